//! How much the store may hold. What it holds is counted where writes are applied; whoever would make it
//! larger asks first. So a refusal stands on no log, and a replay under another limit gives the same tables.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flumen_access::{AccountLimits, Limit};
use parking_lot::Mutex;

use crate::answer::{Answer, Code};
use crate::request::Growth;

/// Of a realm beside its pages: its connection, caches and prepared statements.
pub(crate) const REALM_BYTES: u64 = 256 * 1024;
/// Bodies of writes that are not answered.
const WAITING_BYTES_MAX: u64 = 64 * 1024 * 1024;

pub(crate) struct MemoryBudget {
    limit: u64,
    /// Of all realms.
    stored: AtomicU64,
    /// Taken by writes that are not answered.
    waiting: AtomicU64,
    limits: AccountLimits,
    /// Of accounts that are limited.
    stored_of: Mutex<HashMap<Box<str>, u64>>,
}

/// A write's part of what waits, given back when it goes.
pub(crate) struct QueuedBytes {
    budget: Arc<MemoryBudget>,
    bytes: u64,
}

impl Growth {
    /// Changes to items may go an eighth beyond.
    fn is_beyond(self, wanted: u64, limit: u64) -> bool {
        match self {
            Growth::None => false,
            Growth::Changes => wanted > limit + limit / 8,
            Growth::Adds => wanted > limit,
        }
    }
}

impl Drop for QueuedBytes {
    fn drop(&mut self) {
        self.budget.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl MemoryBudget {
    pub fn new(limit: u64, limits: AccountLimits) -> MemoryBudget {
        let (stored, waiting) = (AtomicU64::new(0), AtomicU64::new(0));
        MemoryBudget { limit, stored, waiting, limits, stored_of: Mutex::default() }
    }

    /// A place for a write, which may make the store larger by what it has itself and by `copied` bytes of what
    /// is stored already. Changes to items may go an eighth beyond the limit: whoever filled the store must
    /// not keep others from renewing their leases.
    pub fn take(
        self: &Arc<MemoryBudget>,
        account: &str,
        bytes: usize,
        growth: Growth,
        copied: u64,
    ) -> Result<QueuedBytes, Answer> {
        let bytes = bytes as u64;
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let queued = QueuedBytes { budget: self.clone(), bytes };
        let stored = self.stored.load(Ordering::Relaxed);
        let wanted = stored.saturating_add(before).saturating_add(bytes).saturating_add(copied);
        self.check_account(account, growth, bytes.saturating_add(copied))?;
        if growth.is_beyond(wanted, self.limit) {
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
        Ok(queued)
    }

    /// What waits is not counted here: it is of all accounts, and soon done.
    fn check_account(&self, account: &str, growth: Growth, more: u64) -> Result<(), Answer> {
        let Some(limit) = self.limits.get(account, Limit::TableBytes) else { return Ok(()) };
        let stored = self.stored_of.lock().get(account).copied().unwrap_or(0);
        if !growth.is_beyond(stored.saturating_add(more), limit) {
            return Ok(());
        }
        let text = format!(
            "The tables of account {account} hold {stored} bytes, and this request needs up to {more} more; its limit is \
             {limit} bytes. Delete items or tables."
        );
        Err(Answer::refusal(Code::LimitExceeded, text))
    }

    /// A realm of the account that held `before` bytes holds `after`.
    pub fn moved(&self, account: &str, before: u64, after: u64) {
        if self.limits.get(account, Limit::TableBytes).is_some() {
            let mut stored_of = self.stored_of.lock();
            let stored = stored_of.entry(account.into()).or_default();
            *stored = stored.wrapping_add(after.wrapping_sub(before));
        }
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
        let (budget, done) = (MemoryBudget::new(150, AccountLimits::none()), AtomicBool::new(false));
        budget.moved("a", 0, 100);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..1_000_000 {
                    budget.moved("a", 100, 101);
                    budget.moved("a", 101, 100);
                }
                done.store(true, Ordering::Relaxed);
            });
            while !done.load(Ordering::Relaxed) {
                assert!((100..=101).contains(&budget.stored()));
            }
        });
    }
}
