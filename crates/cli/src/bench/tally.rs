//! What became of the records, and how long their requests took.

use std::time::Duration;

use flumen_client::Error;
use hdrhistogram::Histogram;
use parking_lot::Mutex;
use serde::Serialize;

/// Latencies are kept in microseconds, to three digits, up to here.
const LATENCY_MAX_US: u64 = 600_000_000;
const DIGITS: u8 = 3;

/// What an answer says of its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub ok: u64,
    pub throttled: u64,
    pub failed: u64,
}

/// Counts in records, latencies in requests. Latencies are those of requests that stored something.
pub struct Tallies(Mutex<Inner>);

struct Inner {
    total: Tally,
    /// Since the last line of progress.
    recent: Tally,
    last_error: Option<String>,
}

struct Tally {
    outcome: Outcome,
    latencies_us: Histogram<u64>,
}

impl Tally {
    fn new() -> Self {
        let latencies_us =
            Histogram::new_with_bounds(1, LATENCY_MAX_US, DIGITS).expect("the bounds are valid");
        Tally { outcome: Outcome::default(), latencies_us }
    }

    fn add(&mut self, outcome: Outcome, latency: Option<Duration>) {
        self.outcome.ok += outcome.ok;
        self.outcome.throttled += outcome.throttled;
        self.outcome.failed += outcome.failed;
        if let Some(latency) = latency {
            self.latencies_us.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
        }
    }

    fn ms(&self, quantile: f64) -> f64 {
        self.latencies_us.value_at_quantile(quantile) as f64 / 1000.0
    }
}

/// The last line.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub sent: u64,
    pub ok: u64,
    pub throttled: u64,
    pub failed: u64,
    /// Due, but never sent because every connection was busy.
    pub unsent: u64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    #[serde(rename = "p99.9_ms")]
    pub p999_ms: f64,
    pub max_ms: f64,
    pub seconds: f64,
    /// Records stored a second.
    pub rate: f64,
}

impl Default for Tallies {
    fn default() -> Self {
        Tallies(Mutex::new(Inner { total: Tally::new(), recent: Tally::new(), last_error: None }))
    }
}

impl Tallies {
    pub fn answered(&self, latency: Duration, outcome: Outcome) {
        self.add(outcome, Some(latency).filter(|_| outcome.ok > 0));
    }

    /// A request that stored nothing, as far as is known.
    pub fn refused(&self, records: u64, error: &Error) {
        let outcome = match error.is_throttling() {
            true => Outcome { throttled: records, ..Outcome::default() },
            false => Outcome { failed: records, ..Outcome::default() },
        };
        self.add(outcome, None);
        self.0.lock().last_error = Some(error.to_string());
    }

    fn add(&self, outcome: Outcome, latency: Option<Duration>) {
        let mut inner = self.0.lock();
        inner.total.add(outcome, latency);
        inner.recent.add(outcome, latency);
    }

    pub fn last_error(&self) -> Option<String> {
        self.0.lock().last_error.clone()
    }

    /// One line about the time since the last one.
    pub fn progress(&self, elapsed: Duration) -> String {
        let mut inner = self.0.lock();
        let Tally { outcome: Outcome { ok, throttled, failed }, .. } = inner.recent;
        let (p50, p99) = (inner.recent.ms(0.5), inner.recent.ms(0.99));
        inner.recent.outcome = Outcome::default();
        inner.recent.latencies_us.reset();
        let s = elapsed.as_secs_f64().round();
        format!("{s:4} s  ok {ok}  throttled {throttled}  failed {failed}  p50 {p50:.2} ms  p99 {p99:.2} ms")
    }

    /// `due` is how many records have been due.
    pub fn summary(&self, elapsed: Duration, due: u64) -> Summary {
        let inner = self.0.lock();
        let total = &inner.total;
        let Outcome { ok, throttled, failed } = total.outcome;
        let (seconds, sent) = (elapsed.as_secs_f64(), ok + throttled + failed);
        Summary {
            sent,
            ok,
            throttled,
            failed,
            unsent: due.saturating_sub(sent),
            p50_ms: total.ms(0.5),
            p90_ms: total.ms(0.9),
            p99_ms: total.ms(0.99),
            p999_ms: total.ms(0.999),
            max_ms: total.latencies_us.max() as f64 / 1000.0,
            seconds: (seconds * 1000.0).round() / 1000.0,
            rate: (ok as f64 / seconds.max(0.001)).round(),
        }
    }
}

#[cfg(test)]
mod tests {
    use flumen_protocol::{ErrorCode, Fault};

    use super::*;

    #[test]
    fn records_are_counted_and_stored_requests_are_timed() {
        let tallies = Tallies::default();
        for ms in 1..=100 {
            tallies.answered(Duration::from_millis(ms), Outcome { ok: 9, throttled: 1, failed: 0 });
        }
        tallies.answered(Duration::from_secs(5), Outcome { ok: 0, throttled: 10, failed: 0 });
        tallies.refused(10, &Error::Timeout { endpoint: "x".into() });
        let throttled = Error::Fault(Fault::bare(ErrorCode::ProvisionedThroughputExceededException));
        tallies.refused(10, &throttled);
        let summary = tallies.summary(Duration::from_secs(10), 1040);
        assert_eq!((summary.sent, summary.ok, summary.throttled, summary.failed), (1030, 900, 120, 10));
        assert!((summary.p50_ms - 50.0).abs() < 0.1 && (summary.max_ms - 100.0).abs() < 0.2, "{summary:?}");
        assert_eq!((summary.unsent, summary.rate), (10, 90.0));
    }

    #[test]
    fn progress_is_about_the_time_since_the_last_line() {
        let tallies = Tallies::default();
        tallies.answered(Duration::from_millis(2), Outcome { ok: 5, ..Outcome::default() });
        assert!(
            tallies
                .progress(Duration::from_secs(1))
                .starts_with("   1 s  ok 5  throttled 0  failed 0  p50 2.00 ms")
        );
        assert!(tallies.progress(Duration::from_secs(2)).starts_with("   2 s  ok 0  "));
        assert_eq!(tallies.summary(Duration::from_secs(2), 5).ok, 5);
    }
}
