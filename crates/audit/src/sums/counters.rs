//! The running minute. A call finds its counter by borrowed names, under the lock of one shard of many. Each thread counts what
//! it has most by itself, and adds it to the others' when somebody looks: all calls of one caller on one stream would meet at
//! one lock.
//!
//! What was counted in a minute stays known, at zero, through the next one, so that who calls all the time is found without
//! an allocation; what was not counted then is forgotten.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flumen_types::PerThread;
use hashbrown::{DefaultHashBuilder, HashTable};
use parking_lot::Mutex;

use super::key::{Called, Counts, Key, NAME_BYTES_MAX, OTHERS, REST, REST_MAX, Sum, SumKey};

const SHARDS: usize = 16;
/// Keys that a thread counts by itself.
const OWN_KEYS: usize = 8;
/// Of the keys of a minute one principal takes at most a part of so much; then all things are one to it.
const PRINCIPALS_PART: usize = 4;

pub(super) struct Counters {
    hasher: DefaultHashBuilder,
    /// Of keys that are in a shard, what each thread has counted since then.
    own: PerThread<Mutex<Vec<Counter>>>,
    shards: [Shard; SHARDS],
    /// Keys with calls in this minute.
    keys: AtomicUsize,
    keys_max: usize,
    /// How many of them are a principal's.
    of_principals: Mutex<HashMap<Box<str>, usize>>,
}

/// On a line of the cache of its own.
#[repr(align(64))]
#[derive(Default)]
struct Shard(Mutex<HashTable<Counter>>);

struct Counter {
    hash: u64,
    service: &'static str,
    operation: &'static str,
    key: Arc<Key>,
    counts: Counts,
}

impl Counter {
    fn is_of(&self, call: &Called<'_>) -> bool {
        let key = self.key.borrowed();
        std::ptr::eq(self.operation, call.operation)
            && std::ptr::eq(self.service, call.service)
            && key.principal == call.principal
            && key.thing == call.thing
            && key.outcome.len() == call.outcome.len()
            && (call.outcome.is_empty() || key.outcome == call.outcome)
    }
}

impl Counters {
    pub fn new(keys_max: usize) -> Self {
        Counters {
            hasher: DefaultHashBuilder::default(),
            own: PerThread::default(),
            shards: Default::default(),
            keys: AtomicUsize::new(0),
            keys_max,
            of_principals: Mutex::default(),
        }
    }

    pub fn keys(&self) -> usize {
        self.keys.load(Ordering::Relaxed)
    }

    pub fn add(&self, call: &Called<'_>, counts: Counts) {
        let is_long = (call.principal.len() | call.thing.len() | call.outcome.len()) >= NAME_BYTES_MAX;
        let call = if is_long { &call.cut() } else { call };
        let hash = self.hash(call);
        let mut own = self.own.own().lock();
        if let Some(known) = own.iter_mut().find(|counter| counter.hash == hash && counter.is_of(call)) {
            known.counts.add(counts);
            return;
        }
        if let Some(key) = self.add_to_all(hash, call, counts)
            && own.len() < OWN_KEYS
        {
            let Called { service, operation, .. } = *call;
            own.push(Counter { hash, service, operation, key, counts: Counts::default() });
        }
    }

    /// Where all threads count. Answers with the key, if it is counted apart.
    fn add_to_all(&self, hash: u64, call: &Called<'_>, counts: Counts) -> Option<Arc<Key>> {
        {
            let mut shard = self.shard(hash).lock();
            let known = shard.find_mut(hash, |counter| counter.is_of(call));
            if let Some(known) = known.filter(|known| known.counts.calls > 0) {
                known.counts.add(counts);
                return Some(known.key.clone());
            }
        }
        self.add_first(call, counts);
        None
    }

    /// Adds what threads have counted by themselves. What they did not count is forgotten there.
    fn gather(&self) {
        for own in self.own.all() {
            let mut own = own.lock();
            own.retain_mut(|counter| {
                let counts = std::mem::take(&mut counter.counts);
                if counts.calls > 0 {
                    let SumKey { principal, thing, outcome, .. } = counter.key.borrowed();
                    let (service, operation) = (counter.service, counter.operation);
                    let call = Called { principal, thing, service, operation, outcome };
                    self.add_to_all(counter.hash, &call, counts);
                }
                counts.calls > 0
            });
        }
    }

    fn hash(&self, call: &Called<'_>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(call.principal.as_bytes());
        hasher.write(call.thing.as_bytes());
        hasher.write_usize(call.service.as_ptr().addr());
        hasher.write_usize(call.operation.as_ptr().addr());
        if !call.outcome.is_empty() {
            hasher.write(call.outcome.as_bytes());
        }
        hasher.finish()
    }

    /// The first of its key in this minute.
    #[cold]
    fn add_first(&self, call: &Called<'_>, counts: Counts) {
        let of_principal = {
            let mut all = self.of_principals.lock();
            match all.get_mut(call.principal) {
                Some(count) => {
                    *count += 1;
                    *count
                }
                None => *all.entry(call.principal.into()).or_insert(1),
            }
        };
        let of_one_max = self.keys_max.div_ceil(PRINCIPALS_PART);
        let shared = Called { thing: OTHERS, ..*call };
        let call = if of_principal > of_one_max { &shared } else { call };
        let bounds =
            [(*call, self.keys_max), (call.of_others(), self.keys_max + REST_MAX), (REST, usize::MAX)];
        for (call, keys_max) in bounds {
            if self.add_within(&call, counts, keys_max) {
                return;
            }
        }
    }

    /// Does nothing where the key would be one too many.
    fn add_within(&self, call: &Called<'_>, counts: Counts, keys_max: usize) -> bool {
        let hash = self.hash(call);
        let mut shard = self.shard(hash).lock();
        let known = shard.find_mut(hash, |counter| counter.is_of(call));
        let counts_already = known.as_ref().is_some_and(|known| known.counts.calls > 0);
        let one_more = |keys| (keys < keys_max).then_some(keys + 1);
        if !counts_already && self.keys.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_err()
        {
            return false;
        }
        match known {
            Some(known) => known.counts.add(counts),
            None => {
                let Called { service, operation, .. } = *call;
                let counter = Counter { hash, service, operation, key: Arc::new(call.key().owned()), counts };
                shard.insert_unique(hash, counter, |counter| counter.hash);
            }
        }
        true
    }

    /// What was counted, in order. From here on the next minute is.
    pub fn take(&self) -> Vec<Sum> {
        self.gather();
        let mut sums = Vec::with_capacity(self.keys());
        for shard in &self.shards {
            shard.0.lock().retain(|counter| {
                let counts = std::mem::take(&mut counter.counts);
                if counts.calls > 0 {
                    sums.push(Sum { key: counter.key.clone(), counts });
                }
                counts.calls > 0
            });
        }
        self.keys.fetch_sub(sums.len(), Ordering::Relaxed);
        self.of_principals.lock().clear();
        sums.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        // A text may be in several places of the program.
        sums.dedup_by(|next, sum| {
            let is_same = next.key == sum.key;
            if is_same {
                sum.counts.add(next.counts);
            }
            is_same
        });
        sums
    }

    /// What was counted so far in this minute, in no order.
    pub fn look(&self) -> Vec<Sum> {
        self.gather();
        let mut sums = Vec::with_capacity(self.keys());
        for shard in &self.shards {
            let shard = shard.0.lock();
            let counted = shard.iter().filter(|counter| counter.counts.calls > 0);
            sums.extend(counted.map(|counter| Sum { key: counter.key.clone(), counts: counter.counts }));
        }
        sums
    }

    fn shard(&self, hash: u64) -> &Mutex<HashTable<Counter>> {
        // Tables look at the lowest and the highest bits.
        &self.shards[(hash >> 32) as usize % SHARDS].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(principal: &'a str, thing: &'a str) -> Called<'a> {
        Called { principal, thing, service: "kinesis.amazonaws.com", operation: "PutRecord", outcome: "" }
    }

    fn add(counters: &Counters, key: &Called<'_>) {
        counters.add(key, Counts { calls: 1, records: 2, bytes: 3 });
    }

    fn taken(counters: &Counters) -> Vec<(String, String, u64)> {
        let name = |name: &str| name.to_owned();
        let sums = counters.take();
        sums.iter()
            .map(|sum| {
                let key = sum.key.borrowed();
                (name(key.principal), name(key.thing), sum.counts.calls)
            })
            .collect()
    }

    #[test]
    fn what_is_beyond_the_bound_is_summed_without_who_and_with_what() {
        let counters = Counters::new(8);
        for n in 0..20 {
            let (who, what) = (format!("p{n:02}"), format!("t{n}"));
            add(&counters, &key(&who, &what));
            add(&counters, &key(&who, &what));
        }
        let sums = taken(&counters);
        assert_eq!(sums.len(), 9);
        assert_eq!(sums[0], (OTHERS.to_owned(), String::new(), 24));
        assert_eq!(sums[8], ("p07".to_owned(), "t7".to_owned(), 2));
        assert_eq!(counters.keys(), 0, "there is room again");
        add(&counters, &key("p19", "t19"));
        assert_eq!(taken(&counters), [("p19".to_owned(), "t19".to_owned(), 1)]);
    }

    #[test]
    fn one_principal_does_not_take_the_room_of_the_others() {
        let counters = Counters::new(8);
        for n in 0..100 {
            add(&counters, &key("greedy", &format!("t{n}")));
        }
        add(&counters, &key("other", "t"));
        let sums = taken(&counters);
        let of = |thing: &str| sums.iter().find(|(_, known, _)| known == thing).map(|(.., calls)| *calls);
        assert_eq!((of("t0"), of("t1"), of(OTHERS), of("t")), (Some(1), Some(1), Some(98), Some(1)));
    }

    #[test]
    fn what_threads_count_by_themselves_is_one_sum() {
        let counters = Counters::new(100);
        let things: Vec<String> = (0..2 * OWN_KEYS).map(|n| format!("t{n:02}")).collect();
        let count = || (0..300).for_each(|n| add(&counters, &key("p", &things[n % things.len()])));
        for _ in 0..3 {
            std::thread::scope(|scope| (0..5).for_each(|_| drop(scope.spawn(count))));
            let calls = |sums: Vec<Sum>| sums.iter().map(|sum| sum.counts.calls).sum::<u64>();
            assert_eq!(calls(counters.look()), 1500, "so far");
            let sums = taken(&counters);
            assert_eq!(sums.len(), things.len());
            assert_eq!(sums.iter().map(|(.., calls)| calls).sum::<u64>(), 1500, "{sums:?}");
        }
    }

    #[test]
    fn what_was_not_called_for_a_minute_is_forgotten() {
        let counters = Counters::new(100);
        (0..3).for_each(|_| add(&counters, &key("p", "t")));
        let kept = || {
            let of_all = counters.shards.iter().map(|shard| shard.0.lock().len()).sum::<usize>();
            of_all + counters.own.all().map(|own| own.lock().len()).sum::<usize>()
        };
        assert_eq!((taken(&counters).len(), kept()), (1, 2));
        assert_eq!((taken(&counters).len(), kept()), (0, 0));
    }

    #[test]
    fn a_text_that_is_in_several_places_of_the_program_is_one() {
        let counters = Counters::new(100);
        let copy: &'static str = "PutRecord".to_owned().leak();
        add(&counters, &key("p", "t"));
        add(&counters, &Called { operation: copy, ..key("p", "t") });
        assert_eq!(taken(&counters), [("p".to_owned(), "t".to_owned(), 2)]);
        assert_eq!(counters.keys(), 0);
    }

    #[test]
    fn long_names_are_cut_and_found_again() {
        let counters = Counters::new(100);
        let long = "ü".repeat(NAME_BYTES_MAX);
        add(&counters, &key(&long, "t"));
        add(&counters, &key(&long, "t"));
        let sums = taken(&counters);
        assert_eq!((sums.len(), sums[0].0.len(), sums[0].2), (1, NAME_BYTES_MAX, 2));
    }
}
