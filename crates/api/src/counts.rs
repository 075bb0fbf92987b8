//! How often a service was called and how long it took, by operation; how often it refused, and why.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flumen_types::Histogram;

/// Of one service, since the process began.
pub struct Counts {
    operations: Vec<&'static str>,
    codes: Vec<&'static str>,
    times: Vec<Histogram>,
    /// One row an operation, and a last one for requests that never had one; one column a code.
    failures: Vec<AtomicU64>,
}

impl Counts {
    /// `codes` may have one entry for all errors.
    pub(crate) fn new(operations: Vec<&'static str>, codes: Vec<&'static str>) -> Self {
        let times = operations.iter().map(|_| Histogram::default()).collect();
        let failures = (0..(operations.len() + 1) * codes.len()).map(|_| AtomicU64::new(0)).collect();
        Counts { operations, codes, times, failures }
    }

    pub(crate) fn operation(&self, operation: usize) -> &'static str {
        self.operations.get(operation).copied().unwrap_or_default()
    }

    pub(crate) fn took(&self, operation: usize, time: Duration) {
        if let Some(histogram) = self.times.get(operation) {
            histogram.add(time);
        }
    }

    pub(crate) fn failed(&self, operation: Option<usize>, code: usize) {
        let row = operation.unwrap_or(self.operations.len());
        if let Some(count) = self.failures.get(row * self.codes.len() + code) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// From a request's last byte to its answer, by operation.
    pub fn times(&self) -> impl Iterator<Item = (&'static str, &Histogram)> {
        self.operations.iter().copied().zip(&self.times)
    }

    /// How many were refused, by operation (empty for requests that had none) and code. Those that there were none of are
    /// left out.
    pub fn failures(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let operations = self.operations.iter().copied().chain([""]);
        let pairs = operations.flat_map(|operation| self.codes.iter().map(move |code| (operation, *code)));
        let counts = self.failures.iter().map(|count| count.load(Ordering::Relaxed));
        pairs
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|((operation, code), count)| (operation, code, count))
    }
}
