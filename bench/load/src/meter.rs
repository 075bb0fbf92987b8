//! What a load counts, and the line it prints.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::Server;
use crate::process;

/// Shared by all threads of a load. Latencies are kept by each thread for itself.
#[derive(Default)]
pub struct Meter {
    pub stop: AtomicBool,
    /// Latencies are kept only while this is set.
    pub measuring: AtomicBool,
    pub requests: AtomicU64,
    pub records: AtomicU64,
    pub bytes: AtomicU64,
    pub errors: AtomicU64,
}

/// Counters and clocks at one moment.
pub struct Mark {
    at: Instant,
    requests: u64,
    records: u64,
    bytes: u64,
    errors: u64,
    cpu_seconds: Option<f64>,
}

impl Meter {
    pub fn mark(&self, server: &Server) -> Mark {
        Mark {
            at: Instant::now(),
            requests: self.requests.load(Relaxed),
            records: self.records.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            errors: self.errors.load(Relaxed),
            cpu_seconds: server.pid.and_then(process::cpu_seconds),
        }
    }

    /// Sleeps until the time is up, the load has stopped by itself, or the server holds too much memory.
    pub fn watch(&self, server: &Server, length: Duration) {
        let end = Instant::now() + length;
        while !self.stop.load(Relaxed) {
            let left = end.saturating_duration_since(Instant::now());
            let resident = server.pid.and_then(process::resident_mib);
            if left.is_zero() || resident.is_some_and(|mib| mib > server.memory_mib_max as f64) {
                break;
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }

    pub fn line(&self, from: &Mark, to: &Mark, server: &Server, latencies: &Histogram<u64>) -> Value {
        let seconds = (to.at - from.at).as_secs_f64();
        let records = to.records - from.records;
        // Requests that were taken, and those that were refused.
        let (requests, errors) = (to.requests - from.requests, to.errors - from.errors);
        let cpu = to.cpu_seconds.zip(from.cpu_seconds).map(|(to, from)| to - from);
        json!({
            "seconds": rounded(seconds),
            "requests_per_second": rounded(requests as f64 / seconds),
            "records_per_second": rounded(records as f64 / seconds),
            "megabytes_per_second": rounded((to.bytes - from.bytes) as f64 / seconds / 1e6),
            "records": records,
            "errors": self.errors.load(Relaxed),
            "latency_ms": percentiles(latencies),
            "cpu_seconds_per_million_records": cpu.filter(|_| records > 0).map(|cpu| rounded(cpu * 1e6 / records as f64)),
            "cpu_microseconds_per_request": cpu.map(|cpu| rounded(cpu * 1e6 / (requests + errors).max(1) as f64)),
            "cpu_cores": cpu.map(|cpu| rounded(cpu / seconds)),
            "resident_mib": server.pid.and_then(process::resident_mib).map(rounded),
        })
    }
}

/// Microseconds up to a minute, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are in order")
}

pub fn note(latencies: &mut Histogram<u64>, latency: Duration) {
    latencies.saturating_record(latency.as_micros() as u64);
}

pub fn percentiles(latencies: &Histogram<u64>) -> Value {
    let at = |quantile| rounded(latencies.value_at_quantile(quantile) as f64 / 1000.0);
    json!({ "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p99.9": at(0.999), "max": rounded(latencies.max() as f64 / 1000.0) })
}

pub fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
