//! When requests are due.

use std::time::{Duration, Instant};

use flumen_types::Span;
use tokio::sync::mpsc;

/// Requests that are due and wait for a sender. A full queue only holds up the thread that fills it: a
/// request's time is computed, not taken.
const WAITING_MAX: usize = 4096;

#[derive(Clone, Copy, Debug)]
pub struct Pace {
    requests: u64,
    /// Between two requests.
    step_ns: u128,
}

impl Pace {
    pub fn new(records_a_second: u64, batch: u64, time: Duration) -> Result<Self, String> {
        let step_ns = 1_000_000_000 * u128::from(batch) / u128::from(records_a_second.max(1));
        let requests = time.as_nanos().checked_div(step_ns).unwrap_or(0);
        match u64::try_from(requests) {
            Ok(requests) if requests > 0 => Ok(Pace { requests, step_ns }),
            _ => {
                let time = Span(time);
                Err(format!("{records_a_second} records/s in {batch} a request: no request in {time}"))
            }
        }
    }

    /// When a request is due after the start.
    fn due(&self, request: u64) -> Duration {
        let ns = self.step_ns * u128::from(request);
        Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
    }

    pub fn time(&self) -> Duration {
        self.due(self.requests)
    }

    /// How many requests have been due so long after the start.
    pub fn due_by(&self, elapsed: Duration) -> u64 {
        let due = elapsed.as_nanos() / self.step_ns + 1;
        u64::try_from(due).unwrap_or(u64::MAX).min(self.requests)
    }

    /// The times, each handed out when it has come, until nobody takes them. A thread of its own keeps them:
    /// the runtime's timer is right to a millisecond only, and what it is late by would be charged to the
    /// service.
    pub fn run(self, began: Instant) -> mpsc::Receiver<Instant> {
        let (to, due) = mpsc::channel(WAITING_MAX);
        std::thread::spawn(move || {
            for request in 0..self.requests {
                let time = began + self.due(request);
                std::thread::sleep(time.saturating_duration_since(Instant::now()));
                if to.blocking_send(time).is_err() {
                    return;
                }
            }
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_evenly() {
        let pace = Pace::new(1000, 100, Duration::from_secs(2)).unwrap();
        assert_eq!(pace.requests, 20);
        assert_eq!(pace.due(19), Duration::from_millis(1900));
        let by = |ms| pace.due_by(Duration::from_millis(ms));
        assert_eq!([by(0), by(99), by(100), by(60_000)], [1, 1, 2, 20]);
        assert!(Pace::new(1, 500, Duration::from_secs(10)).unwrap_err().contains("no request"));
        assert_eq!(Pace::new(3, 1, Duration::from_secs(86_400)).unwrap().requests, 259_200);
    }

    #[test]
    fn a_time_is_what_it_was_planned_to_be_however_late_it_is_taken() {
        let began = Instant::now();
        let mut due = Pace::new(1000, 1, Duration::from_millis(3)).unwrap().run(began);
        std::thread::sleep(Duration::from_millis(20));
        let times: Vec<Duration> =
            std::iter::from_fn(|| due.blocking_recv()).map(|time| time - began).collect();
        assert_eq!(times, [0, 1, 2].map(Duration::from_millis));
    }
}
