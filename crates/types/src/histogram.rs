//! How long things take, in fixed buckets of atomics: adding is two additions and a look-up of a dozen bounds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::PerThread;

/// Upper bounds in microseconds; a last bucket has none.
const BOUNDS_MICROS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

#[derive(Default)]
pub struct Histogram(PerThread<Buckets>);

#[derive(Default)]
struct Buckets {
    counts: [AtomicU64; BOUNDS_MICROS.len() + 1],
    micros: AtomicU64,
}

/// A histogram as it stood.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Upper bound in seconds, and how many took no longer.
    pub at_most: Vec<(f64, u64)>,
    pub count: u64,
    pub seconds: f64,
}

impl Histogram {
    pub fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_MICROS.partition_point(|&bound| bound < micros);
        let own = self.0.own();
        if let Some(count) = own.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        own.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn read(&self) -> Snapshot {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let mut count = 0;
        let mut at_most = Vec::with_capacity(BOUNDS_MICROS.len());
        for i in 0..=BOUNDS_MICROS.len() {
            count += self.0.all().filter_map(|own| own.counts.get(i)).map(load).sum::<u64>();
            if let Some(&bound) = BOUNDS_MICROS.get(i) {
                at_most.push((bound as f64 / 1e6, count));
            }
        }
        let micros: u64 = self.0.all().map(|own| load(&own.micros)).sum();
        Snapshot { at_most, count, seconds: micros as f64 / 1e6 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_bucket_and_buckets_add_up() {
        let histogram = Histogram::default();
        for micros in [100, 101, 20_000_000] {
            histogram.add(Duration::from_micros(micros));
        }
        let Snapshot { at_most, count, seconds } = histogram.read();
        assert_eq!((at_most[0], at_most[1], at_most[15]), ((0.0001, 1), (0.00025, 2), (10.0, 2)));
        assert_eq!(count, 3);
        assert!((seconds - 20.000201).abs() < 1e-9);
    }
}
