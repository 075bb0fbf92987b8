//! Whether a large request is carried out by the worker that it came to, or on threads that no connection stays with
//! ([`flumen_api::aside`]). To pass one on wakes other threads twice, which costs a twentieth of what 100 KiB cost; one that
//! stays holds up whatever else comes to the worker.
//!
//! So one stays where it holds nobody up. Small requests would wait as long as dozens of their own kind take, so none may have
//! come lately; others of its kind would have to wait in any case, unless another worker has nothing to do.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use flumen_api::ASIDE_BYTES;

/// Larger ones take so long that no worker has them.
const STAYS_BYTES_MAX: usize = 256 * 1024;
/// For so long after a small request others are expected.
const LATELY: Duration = Duration::from_millis(100);

thread_local! {
    /// Of the worker that this thread is.
    static OWN: OnceCell<Load> = const { OnceCell::new() };
}

/// Whether a request with so many bytes of body is carried out by the thread that it came to.
pub fn stays(bytes: usize) -> bool {
    OWN.with(|own| match own.get() {
        Some(own) => own.stays(bytes, Instant::now),
        None => bytes < ASIDE_BYTES,
    })
}

/// What a worker has to do.
pub struct Load {
    /// A small request came since it was last looked at, which costs a small one no look at the clock.
    small: Cell<bool>,
    small_until: Cell<Option<Instant>>,
    /// Large ones that stayed since there was last nothing to do.
    stayed: Cell<u32>,
    number: usize,
    /// Of all workers, whether they have nothing to do.
    idle: Arc<[AtomicBool]>,
}

impl Load {
    pub fn new(number: usize, idle: Arc<[AtomicBool]>) -> Self {
        Load { small: Cell::default(), small_until: Cell::default(), stayed: Cell::default(), number, idle }
    }

    /// Makes this thread the worker.
    pub fn adopt(self) {
        OWN.with(|own| drop(own.set(self)));
    }

    /// For this thread: the worker has something to do again, or nothing any more.
    pub fn rests(is_idle: bool) {
        OWN.with(|own| {
            if let Some(own) = own.get() {
                own.rest(is_idle);
            }
        });
    }

    fn rest(&self, is_idle: bool) {
        self.stayed.set(0);
        if let Some(own) = self.idle.get(self.number) {
            own.store(is_idle, Ordering::Relaxed);
        }
    }

    fn stays(&self, bytes: usize, now: impl FnOnce() -> Instant) -> bool {
        if bytes < ASIDE_BYTES {
            self.small.set(true);
            return true;
        }
        if bytes >= STAYS_BYTES_MAX {
            return false;
        }
        let now = now();
        if self.small.take() {
            self.small_until.set(Some(now + LATELY));
        }
        let holds_up_small = self.small_until.get().is_some_and(|until| now < until);
        let stays = !holds_up_small && (self.stayed.get() == 0 || !self.are_others_idle());
        if stays {
            self.stayed.set(self.stayed.get().saturating_add(1));
        }
        stays
    }

    fn are_others_idle(&self) -> bool {
        let others = self.idle.iter().enumerate().filter(|(number, _)| *number != self.number);
        others.into_iter().any(|(_, is_idle)| is_idle.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: usize = 100 * 1024;

    fn of_two() -> (Load, Load) {
        let idle: Arc<[AtomicBool]> = [false, false].map(AtomicBool::new).into();
        (Load::new(0, idle.clone()), Load::new(1, idle))
    }

    #[test]
    fn a_large_request_goes_aside_while_small_ones_come() {
        let (load, _) = of_two();
        let begun = Instant::now();
        let stays = |bytes, after_ms| load.stays(bytes, || begun + Duration::from_millis(after_ms));
        assert!(stays(LARGE, 0) && stays(LARGE, 0));
        assert!(stays(ASIDE_BYTES - 1, 0), "what is small stays");
        assert!(!stays(ASIDE_BYTES, 1000) && !stays(LARGE, 1099), "counted from when it was noticed");
        assert!(stays(LARGE, 1100) && stays(STAYS_BYTES_MAX - 1, 1100));
        assert!(!stays(STAYS_BYTES_MAX, 1100), "it takes too long for anybody who comes meanwhile");
    }

    #[test]
    fn a_second_large_request_goes_where_somebody_has_nothing_to_do() {
        let (load, other) = of_two();
        let stays = || load.stays(LARGE, Instant::now);
        load.rest(true);
        load.rest(false);
        assert!(stays() && stays(), "all are busy");
        other.rest(true);
        assert!(!stays());
        load.rest(true);
        load.rest(false);
        assert!(stays() && !stays(), "the first one would only have to wait for another thread");
        other.rest(false);
        assert!(stays());
    }

    #[test]
    fn elsewhere_it_goes_by_size_alone() {
        assert!(stays(ASIDE_BYTES - 1) && !stays(ASIDE_BYTES));
    }
}
