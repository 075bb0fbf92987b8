//! Memory that requests may take, counted before it is taken. Who finds none waits a little, then is told
//! to come back.

use std::sync::Arc;
use std::time::Duration;

use flumen_protocol::{ErrorCode, Fault};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits are of this size, so that a budget of terabytes still fits the counter.
const UNIT_BYTES: usize = 1024;
const WAIT: Duration = Duration::from_secs(5);

/// What requests may take. Small ones have a part of their own, so that they never wait for large ones.
pub struct Memory {
    /// Bodies being read.
    pub bodies: Budget,
    pub small_bodies: Budget,
    /// Records being fetched and answers being sent.
    pub answers: Budget,
    pub small_answers: Budget,
}

impl Memory {
    /// `bytes` for bodies and as much again for answers; a quarter of each for small ones.
    pub fn new(bytes: u64) -> Self {
        let small = bytes / 4;
        Memory {
            bodies: Budget::new("large request bodies", bytes - small),
            small_bodies: Budget::new("request bodies", small),
            answers: Budget::new("large answers", bytes - small),
            small_answers: Budget::new("answers", small),
        }
    }
}

/// A named share of memory. Clones share it.
#[derive(Clone)]
pub struct Budget {
    name: &'static str,
    bytes: u64,
    units: Arc<Semaphore>,
}

/// Memory taken; given back when dropped.
#[derive(Default)]
pub struct Share(Option<OwnedSemaphorePermit>);

impl Budget {
    pub fn new(name: &'static str, bytes: u64) -> Self {
        let units = usize::try_from(bytes).unwrap_or(usize::MAX) / UNIT_BYTES;
        Budget { name, bytes, units: Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))) }
    }

    /// Adds `bytes` to a share of this budget.
    pub async fn add(&self, share: &mut Share, bytes: usize) -> Result<(), Fault> {
        let permit = match self.units.clone().try_acquire_many_owned(units(bytes)) {
            Ok(permit) => permit,
            Err(_) => {
                let wait = tokio::time::timeout(WAIT, self.units.clone().acquire_many_owned(units(bytes)));
                wait.await.ok().and_then(Result::ok).ok_or_else(|| self.exhausted())?
            }
        };
        match &mut share.0 {
            Some(held) => held.merge(permit),
            None => share.0 = Some(permit),
        }
        Ok(())
    }

    /// A share of `bytes` if there is room at once.
    pub fn try_take(&self, bytes: usize) -> Option<Share> {
        self.units.clone().try_acquire_many_owned(units(bytes)).ok().map(|permit| Share(Some(permit)))
    }

    fn exhausted(&self) -> Fault {
        let message =
            format!("The server's memory for {} is in use ({} bytes). Try again.", self.name, self.bytes);
        Fault::new(ErrorCode::ServiceUnavailable, message)
    }
}

/// More than the counter holds is more than any budget has.
fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

impl Share {
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Keeps `bytes` and gives the rest back.
    pub fn shrink_to(&mut self, bytes: usize) {
        if let Some(permit) = &mut self.0 {
            let surplus = permit.num_permits().saturating_sub(bytes.div_ceil(UNIT_BYTES));
            drop(permit.split(surplus));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_memory_is_told_so() {
        let budget = Budget::new("request bodies", 10 * 1024);
        let (mut a, mut b) = (Share::default(), Share::default());
        budget.add(&mut a, 6 * 1024).await.unwrap();
        budget.add(&mut a, 3 * 1024).await.unwrap();
        let began = tokio::time::Instant::now();
        let fault = budget.add(&mut b, 2 * 1024).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::ServiceUnavailable);
        assert_eq!(began.elapsed(), WAIT, "after a while, since memory may come free");
        assert!(budget.try_take(1025).is_none(), "a kilobyte is the least that is counted");
        a.shrink_to(8 * 1024);
        budget.add(&mut b, 2 * 1024).await.unwrap();
        assert!(budget.try_take(1).is_none());
        drop((a, b));
        assert!(budget.try_take(10 * 1024).is_some());
        budget.add(&mut Share::default(), 10 * 1024).await.unwrap();
    }
}
