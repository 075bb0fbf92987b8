//! Sign-ins that were refused, as the log has them: the first ones of a minute in a line each, of the others how many there
//! were. So whoever guesses fills no log. Their connections are slowed; nothing here keeps anybody from signing in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flumen_protocol::Fault;
use parking_lot::Mutex;

use crate::{Api, Connection, Peer};

/// In a line of their own, a minute.
const LINES_MAX: u32 = 10;
const MINUTE: Duration = Duration::from_secs(60);

/// Those of the running minute, and how many there were since the start.
#[derive(Default)]
pub(crate) struct Refused {
    running: Mutex<Running>,
    all: AtomicU64,
}

#[derive(Default)]
struct Running {
    lines: u32,
    left_out: u64,
}

/// What is to be done about one of them.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// The first of its minute, which has to be ended a minute later.
    First,
    Line,
    LeftOut,
}

impl Refused {
    fn note(&self) -> Said {
        self.all.fetch_add(1, Ordering::Relaxed);
        let mut running = self.running.lock();
        if running.lines >= LINES_MAX {
            running.left_out += 1;
            return Said::LeftOut;
        }
        running.lines += 1;
        if running.lines == 1 { Said::First } else { Said::Line }
    }

    /// How many were left out in the minute that is over.
    fn end(&self) -> u64 {
        std::mem::take(&mut *self.running.lock()).left_out
    }
}

impl Api {
    /// Sign-ins that were refused since the start.
    pub fn sign_ins_refused(&self) -> u64 {
        self.refused.all.load(Ordering::Relaxed)
    }

    /// Slows the connection of whoever does not come in, until somebody does.
    pub(crate) fn pace_stranger(&self, from: &Peer, comes_in: bool) {
        let Peer::Connection(Connection { owner, .. }) = from else { return };
        match comes_in {
            true => owner.pace().is_known(),
            false if self.sign_in.is_checked() => owner.pace().slow_all(&self.strangers),
            false => {}
        }
    }

    /// Notes a sign-in that failed; `request_id` is that of the call, if it is one. What was sent, the access key too, stays
    /// out of the log: it may be a secret that got into the wrong place.
    pub(crate) fn sign_in_refused(&self, fault: &Fault, from: &Arc<Peer>, request_id: Option<&str>) {
        if !self.sign_in.is_checked() {
            return;
        }
        self.pace_stranger(from, false);
        match self.refused.note() {
            Said::LeftOut => return,
            Said::Line => {}
            Said::First => {
                let refused = self.refused.clone();
                self.resources.threads.spawn(async move {
                    tokio::time::sleep(MINUTE).await;
                    let left_out = refused.end();
                    if left_out > 0 {
                        tracing::warn!(left_out, "further sign-ins were refused within a minute");
                    }
                });
            }
        }
        tracing::warn!(peer = %from, request_id, code = fault.code.as_str(), "sign-in refused");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_ten_lines_a_minute_are_written_and_the_others_counted() {
        let refused = Refused::default();
        for _ in 0..2 {
            assert_eq!(refused.note(), Said::First);
            for _ in 1..LINES_MAX {
                assert_eq!(refused.note(), Said::Line);
            }
            for _ in 0..1000 {
                assert_eq!(refused.note(), Said::LeftOut);
            }
            assert_eq!(refused.end(), 1000);
        }
        assert_eq!(refused.end(), 0);
    }
}
