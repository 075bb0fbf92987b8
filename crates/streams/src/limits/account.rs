//! What accounts have of streams, shards and stored bytes, where that is limited: the operator's limits beside AWS's
//! quotas, which `ops/create_stream.rs` has. They are of an account in all regions together.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flumen_access::{AccountLimits, Limit};
use parking_lot::Mutex;

use crate::Streams;
use crate::door::Directory;
use crate::errors::{AccountFull, QuotaExceeded};
use crate::live::Live;

/// What is stored is looked at so often. Who puts fast gets so much beyond the limit.
const WEIGHED_EVERY: Duration = Duration::from_secs(2);

/// How much the records of an account may take that is limited, and how much they took when it was last looked at.
pub(crate) struct StorageLimit {
    account: Box<str>,
    limit: u64,
    stored: AtomicU64,
}

/// Of all accounts whose records are limited and that have streams.
#[derive(Default)]
pub(crate) struct StorageLimits(Mutex<HashMap<Box<str>, Arc<StorageLimit>>>);

impl StorageLimit {
    /// Refuses records where there is no room for more.
    pub fn check(&self) -> Result<(), AccountFull> {
        let stored = self.stored.load(Ordering::Relaxed);
        match stored < self.limit {
            true => Ok(()),
            false => Err(AccountFull { account: self.account.clone(), stored, limit: self.limit }),
        }
    }
}

impl StorageLimits {
    /// Nothing where the account's records are not limited.
    pub fn of(&self, account: &str, limits: &AccountLimits) -> Option<Arc<StorageLimit>> {
        let limit = limits.get(account, Limit::StoredBytes)?;
        let new = || Arc::new(StorageLimit { account: account.into(), limit, stored: AtomicU64::new(0) });
        Some(self.0.lock().entry(account.into()).or_insert_with(new).clone())
    }

    fn all(&self) -> Vec<Arc<StorageLimit>> {
        self.0.lock().values().cloned().collect()
    }
}

impl Streams {
    /// Looks at what limited accounts store, for as long as it is polled.
    pub(crate) async fn weigh_accounts(&self) {
        loop {
            tokio::time::sleep(WEIGHED_EVERY).await;
            self.weigh();
        }
    }

    pub(crate) fn weigh(&self) {
        let limits = self.inner.storage_limits.all();
        if limits.is_empty() {
            return;
        }
        let mut stored: HashMap<&str, u64> = limits.iter().map(|limit| (&*limit.account, 0)).collect();
        let all = self.inner.directory.read().all();
        for live in &all {
            if let Some(of_account) = stored.get_mut(live.stream.account.as_str()) {
                *of_account += stored_bytes(live);
            }
        }
        for limit in &limits {
            limit.stored.store(stored.get(&*limit.account).copied().unwrap_or(0), Ordering::Relaxed);
        }
    }

    /// Refuses a stream that would be one too many of the account, and shards that would.
    pub(crate) fn check_account(
        &self,
        directory: &Directory,
        account: &str,
        more: More,
        now_ms: u64,
    ) -> Result<(), QuotaExceeded> {
        let limits = &self.inner.settings.accounts;
        let count = |what: fn(&Live) -> usize| -> usize {
            let there = directory.of_account(account).filter(|live| live.stream.status(now_ms).is_some());
            there.map(|live| what(live)).sum()
        };
        if let Some(limit) = limits.get(account, Limit::Streams) {
            let current = count(|_| 1);
            if is_over(current, more.streams, limit) {
                return Err(QuotaExceeded::AccountStreams { account: account.into(), current, limit });
            }
        }
        if let Some(limit) = limits.get(account, Limit::Shards) {
            let current = count(|live| live.stream.open_shards().count());
            let additional = more.shards;
            if is_over(current, additional, limit) {
                let account = account.into();
                return Err(QuotaExceeded::AccountShards { account, current, limit, additional });
            }
        }
        Ok(())
    }
}

/// What there will be more of.
#[derive(Clone, Copy)]
pub(crate) struct More {
    pub streams: usize,
    pub shards: usize,
}

/// Who is over a limit already, since it was lowered, may still do what adds nothing.
fn is_over(current: usize, additional: usize, limit: u64) -> bool {
    additional > 0 && current.saturating_add(additional) as u64 > limit
}

fn stored_bytes(live: &Live) -> u64 {
    (0..live.slots()).filter_map(|slot| live.log(slot)).map(flumen_storage::Log::stored_bytes).sum()
}
