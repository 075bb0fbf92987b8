//! Whether a connection does anything, and whether its peer takes what it is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// A connection without a request under way is closed after so long, or twice that: this bounds the pause
/// between two requests, and how long a request head may take.
pub const QUIET_MAX: Duration = Duration::from_secs(75);

/// What a connection's task looks at to see that its peer is gone or does not read. Noting a request costs
/// no look at the clock: a connection is quiet if a whole period passes without one.
pub struct Watch {
    /// Requests under way.
    busy: AtomicU32,
    /// Whether there was a request since this was last looked at.
    seen: AtomicBool,
    /// An answer was not read in time.
    overdue: Arc<Notify>,
    /// It is not to be used for further requests.
    spent: Notify,
}

impl Watch {
    pub fn new() -> Self {
        Watch {
            busy: AtomicU32::new(0),
            seen: AtomicBool::new(false),
            overdue: Arc::default(),
            spent: Notify::new(),
        }
    }

    /// Returns when the connection is to end once what is under way is answered.
    pub async fn spent(&self) {
        self.spent.notified().await;
    }

    /// Returns when the connection is to be dropped.
    pub async fn over(&self) {
        loop {
            tokio::select! {
                () = self.overdue.notified() => return,
                () = tokio::time::sleep(QUIET_MAX) => {}
            }
            if !self.seen.swap(false, Ordering::Relaxed) && self.busy.load(Ordering::Relaxed) == 0 {
                return;
            }
        }
    }
}

/// A request under way, until its answer is sent: that of a subscription takes five minutes, in which its
/// client has nothing to say.
pub struct Busy(Arc<Watch>);

impl Busy {
    pub fn new(watch: Arc<Watch>) -> Self {
        watch.busy.fetch_add(1, Ordering::Relaxed);
        Busy(watch)
    }

    /// This is the connection's last request.
    pub fn is_last(&self) {
        self.0.spent.notify_one();
    }

    /// Whom to tell that the answer is not read in time.
    pub fn overdue(&self) -> &Arc<Notify> {
        &self.0.overdue
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.seen.store(true, Ordering::Relaxed);
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
