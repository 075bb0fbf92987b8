//! Data keys that are used for many messages, so that not each of them asks a key service. What is held is bounded by age, use and
//! number, and wiped when it goes.

use std::collections::HashMap;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// For how long, and for how much, a data key is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// How old a data key gets, when sealing and when opening: for so long it opens what the key service would refuse by now.
    pub age: Duration,
    /// Messages that are sealed with one data key.
    pub messages: u64,
    /// Their bytes in clear.
    pub bytes: u64,
    /// Data keys that are held: one for each encryption context when sealing, for each set of encrypted data keys when opening.
    pub entries: usize,
}

/// As AWS's SDKs bound it.
const MESSAGES_MAX: u64 = 1 << 32;
const BYTES_MAX: u64 = (1 << 63) - 1;

impl Default for CacheLimits {
    /// Five minutes, a million messages, 64 GiB, a thousand data keys.
    fn default() -> Self {
        let age = Duration::from_secs(5 * 60);
        CacheLimits { age, messages: 1_000_000, bytes: 64 << 30, entries: 1000 }
    }
}

/// A limit that would let nothing be held, or more than is safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("data keys are held for {name} = {found}; it must be between 1 and {most}")]
pub struct CacheLimitsError {
    name: &'static str,
    found: u64,
    most: u64,
}

impl CacheLimits {
    fn check(&self) -> Result<(), CacheLimitsError> {
        let age_ms = u64::try_from(self.age.as_millis()).unwrap_or(u64::MAX);
        for (name, found, most) in [
            ("age (in ms)", age_ms, u64::MAX - 1),
            ("messages", self.messages, MESSAGES_MAX),
            ("bytes", self.bytes, BYTES_MAX),
            ("entries", self.entries as u64, u64::from(u32::MAX)),
        ] {
            if !(1..=most).contains(&found) {
                return Err(CacheLimitsError { name, found, most });
            }
        }
        Ok(())
    }
}

/// Who fetches the same at the same time waits for the first one; who fetches something else may have to wait too.
const FETCHES: usize = 16;

pub(crate) struct Cache<M> {
    limits: CacheLimits,
    held: Mutex<HashMap<Box<[u8]>, CacheEntry<M>>>,
    hasher: RandomState,
    fetching: [tokio::sync::Mutex<()>; FETCHES],
}

struct CacheEntry<M> {
    material: Arc<M>,
    since: Instant,
    messages: u64,
    bytes: u64,
}

impl<M> Cache<M> {
    pub fn new(limits: CacheLimits) -> Result<Self, CacheLimitsError> {
        limits.check()?;
        let (held, hasher) = (Mutex::default(), RandomState::new());
        Ok(Cache { limits, held, hasher, fetching: Default::default() })
    }

    /// What is held by that id, for one more message of so many bytes; or else what `fetch` brings, which is held from then on.
    pub async fn get_or<E>(
        &self,
        id: &[u8],
        bytes: u64,
        fetch: impl Future<Output = Result<M, E>>,
    ) -> Result<Arc<M>, E> {
        if let Some(found) = self.get(id, bytes) {
            return Ok(found);
        }
        let turn = self.hasher.hash_one(id) as usize % FETCHES;
        let _turn = self.fetching[turn].lock().await;
        // Whoever had the turn before may have brought it.
        if let Some(found) = self.get(id, bytes) {
            return Ok(found);
        }
        let since = Instant::now();
        let material = Arc::new(fetch.await?);
        self.put(id, CacheEntry { material: material.clone(), since, messages: 1, bytes });
        Ok(material)
    }

    fn get(&self, id: &[u8], bytes: u64) -> Option<Arc<M>> {
        let mut held = self.held.lock();
        let found = held.get_mut(id)?;
        let (messages, bytes) = (found.messages + 1, found.bytes.saturating_add(bytes));
        let is_used_up = messages > self.limits.messages || bytes > self.limits.bytes;
        if is_used_up || found.since.elapsed() >= self.limits.age {
            held.remove(id);
            return None;
        }
        (found.messages, found.bytes) = (messages, bytes);
        Some(found.material.clone())
    }

    fn put(&self, id: &[u8], new: CacheEntry<M>) {
        let mut held = self.held.lock();
        held.retain(|_, one| one.since.elapsed() < self.limits.age);
        if held.len() >= self.limits.entries && !held.contains_key(id) {
            let oldest = held.iter().min_by_key(|(_, one)| one.since).map(|(id, _)| id.clone());
            held.remove(&oldest.unwrap_or_default());
        }
        held.insert(id.into(), new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(10);
    const LIMITS: CacheLimits = CacheLimits { age: AGE, messages: 3, bytes: 100, entries: 2 };

    async fn get(cache: &Cache<u32>, id: &str, bytes: u64, new: u32) -> u32 {
        *cache.get_or(id.as_bytes(), bytes, async { Ok::<_, ()>(new) }).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_is_used_until_a_limit_is_reached() {
        let cache = Cache::new(LIMITS).unwrap();
        assert_eq!(get(&cache, "a", 1, 1).await, 1);
        assert_eq!(get(&cache, "b", 1, 2).await, 2);
        assert_eq!(get(&cache, "a", 1, 3).await, 1);
        assert_eq!(get(&cache, "a", 1, 4).await, 1);
        // Three messages.
        assert_eq!(get(&cache, "a", 60, 5).await, 5);
        assert_eq!(get(&cache, "a", 40, 6).await, 5);
        // A hundred bytes.
        assert_eq!(get(&cache, "a", 1, 7).await, 7);
        tokio::time::advance(AGE - Duration::from_millis(1)).await;
        assert_eq!(get(&cache, "a", 1, 8).await, 7);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(get(&cache, "a", 1, 9).await, 9);
        // One message that is longer than all together may be has a data key of its own.
        assert_eq!(get(&cache, "c", 101, 10).await, 10);
        assert_eq!(get(&cache, "c", 101, 11).await, 11);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_held_than_may_be_and_the_oldest_goes_first() {
        let cache = Cache::new(LIMITS).unwrap();
        for (id, new) in [("a", 1), ("b", 2), ("c", 3)] {
            get(&cache, id, 1, new).await;
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(cache.held.lock().len(), 2);
        assert_eq!(get(&cache, "c", 1, 4).await, 3);
        assert_eq!(get(&cache, "b", 1, 5).await, 2);
        assert_eq!(get(&cache, "a", 1, 6).await, 6);
        // What is too old goes with the next that comes, though nobody asks for it.
        tokio::time::advance(AGE).await;
        get(&cache, "d", 1, 7).await;
        assert_eq!(cache.held.lock().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_is_fetched_once_and_an_error_is_not_held() {
        let cache = Cache::new(LIMITS).unwrap();
        let refused = cache.get_or(b"a", 1, async { Err("no") }).await;
        assert_eq!(refused, Err("no"));
        let fetch = |new: u32| {
            let cache = &cache;
            let fetched = async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok::<_, ()>(new)
            };
            async move { *cache.get_or(b"a", 1, fetched).await.unwrap() }
        };
        assert_eq!(tokio::join!(fetch(1), fetch(2)), (1, 1));
    }

    #[test]
    fn limits_that_hold_nothing_or_too_much_are_named() {
        for (wrong, shown) in [
            (CacheLimits { age: Duration::ZERO, ..LIMITS }, "age (in ms) = 0"),
            (CacheLimits { messages: 0, ..LIMITS }, "messages = 0"),
            (CacheLimits { messages: MESSAGES_MAX + 1, ..LIMITS }, "messages = 4294967297"),
            (CacheLimits { bytes: BYTES_MAX + 1, ..LIMITS }, "bytes = 9223372036854775808"),
            (CacheLimits { entries: 0, ..LIMITS }, "entries = 0"),
        ] {
            let error = Cache::<u32>::new(wrong).map(drop).unwrap_err().to_string();
            assert!(error.contains(shown), "{error}");
        }
        Cache::<u32>::new(CacheLimits { messages: MESSAGES_MAX, bytes: BYTES_MAX, ..LIMITS }).unwrap();
    }
}
