//! PutRecord at a steady rate, whatever the server does: a request that waits for its connection counts from
//! the moment it was due, so a pause of the server shows in every request that it delayed (no coordinated
//! omission).
//!
//! A thread a connection, since the timer of an event loop ticks in whole milliseconds and a sync takes less.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::Value;

use crate::Server;
use crate::connection::BlockingConnection;
use crate::meter::{Meter, histogram, note, percentiles};
use crate::request::Target;

pub fn run(
    target: &Target,
    server: &Server,
    size: usize,
    rate: u32,
    connections: usize,
    length: Duration,
) -> std::io::Result<Value> {
    let meter = Meter::default();
    let requests = target.puts(1024, 1, size, 7, false);
    let due = (length.as_secs_f64() * f64::from(rate)) as u64;
    // Time for all connections to be open before the first request is due.
    let start = Instant::now() + Duration::from_millis(300);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|nth| {
                let (meter, requests) = (&meter, &requests);
                let mut dues = (nth as u64..due).step_by(connections);
                scope.spawn(move || -> std::io::Result<(Histogram<u64>, Histogram<u64>)> {
                    let mut connection = BlockingConnection::open(target.address)?;
                    let (mut latencies, mut lateness) = (histogram(), histogram());
                    dues.try_for_each(|number| {
                        let due = start + Duration::from_secs_f64(number as f64 / f64::from(rate));
                        if let Some(early) = due.checked_duration_since(Instant::now()) {
                            std::thread::sleep(early);
                            note(&mut lateness, due.elapsed());
                        }
                        let request = &requests[number as usize % requests.len()];
                        let taken = connection.exchange(request)?.status == 200;
                        note(&mut latencies, due.elapsed());
                        meter.requests.fetch_add(1, Relaxed);
                        meter.records.fetch_add(u64::from(taken), Relaxed);
                        meter.bytes.fetch_add(size as u64 * u64::from(taken), Relaxed);
                        meter.errors.fetch_add(u64::from(!taken), Relaxed);
                        std::io::Result::Ok(())
                    })?;
                    Ok((latencies, lateness))
                })
            })
            .collect();
        std::thread::sleep(start.saturating_duration_since(Instant::now()));
        let from = meter.mark(server);
        let (mut latencies, mut lateness) = (histogram(), histogram());
        for thread in threads {
            let of_thread =
                thread.join().map_err(|_| std::io::Error::other("a thread of the load panicked"))??;
            latencies += of_thread.0;
            lateness += of_thread.1;
        }
        let to = meter.mark(server);
        let mut line = meter.line(&from, &to, server, &latencies);
        // How late this program itself woke up: part of every latency above, and not the server's doing.
        line["generator_late_ms"] = percentiles(&lateness);
        Ok(line)
    })
}
