//! How much the store may hold. What it holds is counted where writes are applied; whoever would make it
//! larger asks first. So a refusal stands on no log, and a replay under another limit gives the same tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::answer::{Answer, Code};
use crate::request::Growth;

/// Of a realm beside its pages: its connection, caches and prepared statements.
pub(crate) const REALM_BYTES: u64 = 256 * 1024;
/// Bodies of writes that are not answered.
const WAITING_BYTES_MAX: u64 = 64 * 1024 * 1024;

pub(crate) struct Room {
    limit: u64,
    /// Of all realms.
    stored: AtomicU64,
    /// Taken by writes that are not answered.
    waiting: AtomicU64,
}

/// A write's part of what waits, given back when it goes.
pub(crate) struct Place {
    room: Arc<Room>,
    bytes: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Room {
    pub fn new(limit: u64) -> Room {
        Room { limit, stored: AtomicU64::new(0), waiting: AtomicU64::new(0) }
    }

    /// A place for a write, which may make the store larger by what it has itself and by `copied` bytes of what
    /// is stored already. Changes to items may go an eighth beyond the limit: whoever filled the store must
    /// not keep others from renewing their leases.
    pub fn take(self: &Arc<Room>, bytes: usize, growth: Growth, copied: u64) -> Result<Place, Answer> {
        let bytes = bytes as u64;
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let place = Place { room: self.clone(), bytes };
        let stored = self.stored.load(Ordering::Relaxed);
        let wanted = stored.saturating_add(before).saturating_add(bytes).saturating_add(copied);
        let is_full = match growth {
            Growth::None => false,
            Growth::Changes => wanted > self.limit + self.limit / 8,
            Growth::Adds => wanted > self.limit,
        };
        if is_full {
            let text = format!(
                "The tables of all accounts hold {stored} bytes, and this request needs up to {} more; the limit \
                 (table-memory) is {} bytes. Delete items or tables, or raise the limit.",
                bytes.saturating_add(copied),
                self.limit
            );
            return Err(Answer::refusal(Code::LimitExceeded, text));
        }
        if before > 0 && before.saturating_add(bytes) > WAITING_BYTES_MAX {
            let text =
                format!("Writes of {before} bytes wait already; the limit is {WAITING_BYTES_MAX} bytes.");
            return Err(Answer::refusal(Code::Throttling, text));
        }
        Ok(place)
    }

    /// A realm that held `before` bytes holds `after`.
    pub fn moved(&self, before: u64, after: u64) {
        // In one step: in between, whoever asks for room would find it taken twice.
        self.stored.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
    }

    pub fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn what_is_stored_is_never_counted_twice_on_its_way() {
        let (room, done) = (Room::new(150), AtomicBool::new(false));
        room.moved(0, 100);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..1_000_000 {
                    room.moved(100, 101);
                    room.moved(101, 100);
                }
                done.store(true, Ordering::Relaxed);
            });
            while !done.load(Ordering::Relaxed) {
                assert!((100..=101).contains(&room.stored()));
            }
        });
    }
}
