//! How much the store may hold. What it holds is counted where writes are applied; whoever would make it
//! larger asks first. So a refusal stands on no log, and a replay under another limit gives the same tables.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::answer::{Answer, Code};

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
pub(crate) struct Place<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.room.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Room {
    pub fn new(limit: u64) -> Room {
        Room { limit, stored: AtomicU64::new(0), waiting: AtomicU64::new(0) }
    }

    /// A place for a write, which may `grow` the store by as much as it is large, and by `copied` bytes of
    /// what is stored already.
    pub fn take(&self, bytes: usize, grows: bool, copied: u64) -> Result<Place<'_>, Answer> {
        let bytes = bytes as u64;
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let place = Place { room: self, bytes };
        let stored = self.stored.load(Ordering::Relaxed);
        if grows && stored.saturating_add(before).saturating_add(bytes).saturating_add(copied) > self.limit {
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
        self.stored.fetch_add(after, Ordering::Relaxed);
        self.stored.fetch_sub(before, Ordering::Relaxed);
    }

    pub fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }
}
