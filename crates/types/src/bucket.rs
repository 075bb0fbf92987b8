//! A token bucket: what flows in at a steady rate and may be taken, in units of whatever is counted.
//!
//! Whoever finds enough for what fits a bucket may take more than it holds and leave a debt, so that what is large goes
//! through at once and the average stays.

use std::time::Duration;

/// Filled at a steady rate up to its capacity. Counted in thousandths of a unit, since a unit a second is
/// a thousandth a millisecond.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    capacity: i64,
    rate: i64,
    level: i64,
    at_ms: u64,
}

impl Bucket {
    /// Full.
    pub fn new(rate: u64, capacity: u64) -> Self {
        let capacity = capacity as i64 * 1000;
        Bucket { capacity, rate: rate as i64, level: capacity, at_ms: 0 }
    }

    pub fn refill(&mut self, now_ms: u64) {
        let elapsed = i64::try_from(now_ms.saturating_sub(self.at_ms)).unwrap_or(i64::MAX);
        self.level = self.level.saturating_add(elapsed.saturating_mul(self.rate)).min(self.capacity);
        self.at_ms = self.at_ms.max(now_ms);
    }

    /// Whether there is enough, or the bucket is as full as it gets.
    pub fn has(&self, units: u64) -> bool {
        self.level >= milli(units).min(self.capacity)
    }

    pub fn take(&mut self, units: u64) {
        self.level = self.level.saturating_sub(milli(units));
    }

    /// Whether nothing is left, or less than nothing.
    pub fn is_empty(&self) -> bool {
        self.level <= 0
    }

    /// How long until something is left again, as of the latest look.
    pub fn empty_for(&self) -> Option<Duration> {
        let debt = u64::try_from(self.level.saturating_neg()).ok()?;
        let rate = u64::try_from(self.rate).ok()?.max(1);
        Some(Duration::from_millis(debt / rate + 1))
    }

    pub fn is_full(&mut self, now_ms: u64) -> bool {
        self.refill(now_ms);
        self.level >= self.capacity
    }

    pub fn try_take(&mut self, units: u64, now_ms: u64) -> bool {
        self.refill(now_ms);
        let has = self.has(units);
        if has {
            self.take(units);
        }
        has
    }
}

fn milli(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX).saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    /// What a bucket is: everything that ever flowed in, cut at the capacity at every look.
    fn plain(rate: f64, capacity: f64, calls: &[(u64, u64)]) -> Vec<bool> {
        let (mut level, mut at) = (capacity, 0);
        let answer = |&(wait_ms, units): &(u64, u64)| {
            at += wait_ms;
            level = f64::min(capacity, level + rate * wait_ms as f64 / 1000.0);
            // Thousandths are exact in both, so the comparison is.
            let has = (level * 1000.0).round() >= (f64::min(units as f64, capacity) * 1000.0).round();
            level -= if has { units as f64 } else { 0.0 };
            has
        };
        calls.iter().map(answer).collect()
    }

    #[test]
    fn a_bucket_says_when_it_is_full_and_empty_and_for_how_long() {
        let mut bucket = Bucket::new(100, 10);
        assert!(bucket.is_full(NOW) && !bucket.is_empty());
        assert_eq!(bucket.empty_for(), None);
        bucket.take(9);
        assert!(!bucket.is_full(NOW) && !bucket.is_empty());
        bucket.take(1);
        assert!(bucket.is_empty());
        assert_eq!(bucket.empty_for(), Some(Duration::from_millis(1)), "a tenth of a unit is there then");
        // A debt of 25 units is paid after a quarter of a second.
        bucket.take(25);
        assert!(bucket.is_empty());
        assert_eq!(bucket.empty_for(), Some(Duration::from_millis(251)));
        bucket.refill(NOW + 250);
        assert!(bucket.is_empty());
        bucket.refill(NOW + 251);
        assert!(!bucket.is_empty() && bucket.empty_for().is_none());
        assert!(!bucket.is_full(NOW + 349) && bucket.is_full(NOW + 350));
    }

    proptest! {
        #[test]
        fn a_bucket_is_what_the_plain_model_says(
            rate in 1u64..5000, capacity in 1u64..5000,
            calls in proptest::collection::vec((0u64..2000, 0u64..8000), 1..50)
        ) {
            let mut bucket = Bucket::new(rate, capacity);
            bucket.at_ms = NOW;
            let mut now_ms = NOW;
            let answers: Vec<bool> = calls.iter().map(|&(wait_ms, units)| {
                now_ms += wait_ms;
                bucket.try_take(units, now_ms)
            }).collect();
            prop_assert_eq!(answers, plain(rate as f64, capacity as f64, &calls));
        }
    }
}
