//! The time of day as a handle, so that a test can move it: thirty days pass in a millisecond.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// How far the clocks of those who serve the same data may differ: what one of them dates ahead by no more, the
/// others accept.
pub const SKEW_MS: u64 = 5_000;

/// Where a component reads the time. Cheap to clone; all clones of a manual clock move together.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<AtomicU64>),
}

/// Moves a manual [`Clock`].
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Clock(Source::System)
    }

    /// A clock that stands still at `now_ms` until its [`ManualClock`] moves it.
    pub fn manual(now_ms: u64) -> (Self, ManualClock) {
        let time = Arc::new(AtomicU64::new(now_ms));
        (Clock(Source::Manual(time.clone())), ManualClock(time))
    }

    /// Milliseconds since the Unix epoch. The system clock may step back; whoever needs rising times
    /// keeps the largest one seen.
    pub fn now_ms(&self) -> u64 {
        match &self.0 {
            Source::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            }
            Source::Manual(time) => time.load(Ordering::SeqCst),
        }
    }
}

impl ManualClock {
    /// Moves the clock by `ms` and returns the new time.
    pub fn advance_ms(&self, ms: u64) -> u64 {
        self.0.fetch_add(ms, Ordering::SeqCst) + ms
    }

    /// Sets the clock, forwards or back.
    pub fn set_ms(&self, now_ms: u64) {
        self.0.store(now_ms, Ordering::SeqCst);
    }
}
