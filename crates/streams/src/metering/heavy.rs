//! Which partition keys bring most of what is written to a shard: the space-saving sketch over a sample,
//! weighed by kilobytes, as limits weigh it. Its memory is fixed, and what it says of a key is never more
//! than was sampled of it.

use std::sync::atomic::{AtomicU64, Ordering};

use flumen_types::HashKey;
use parking_lot::Mutex;

const KEPT: usize = 8;
/// Of small records one in so many is looked at. A prime, since producers that go around their keys do so in round numbers.
const SAMPLED_OF: u64 = 17;
/// Of requests whose records have at least this size on average, each one is: a few can fill a shard.
const LARGE_BYTES: u64 = 16 * 1024;
/// Keys are shown up to this length.
const SHOWN_BYTES: usize = 64;
/// Shares of fewer samples say nothing.
const SAMPLES_MIN: u64 = 10;

/// A key and the least part of what was lately written to the shard that it had, from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct HeavyKey {
    /// Cut when it is long.
    pub key: String,
    pub share: f64,
}

#[derive(Default)]
pub(crate) struct Heavy {
    seen: AtomicU64,
    /// Made when the first record is looked at: most closed shards and many open ones never need it.
    sketch: Mutex<Option<Box<Sketch>>>,
}

#[derive(Default)]
struct Sketch {
    samples: u64,
    /// Of all samples; each stands for the records that were passed over.
    weight: u64,
    entries: [Entry; KEPT],
}

#[derive(Clone, Copy)]
struct Entry {
    key: HashKey,
    weight: u64,
    /// How much of the weight may be of other keys.
    error: u64,
    text: [u8; SHOWN_BYTES],
    len: usize,
}

impl Default for Entry {
    fn default() -> Self {
        Entry { key: HashKey(0), weight: 0, error: 0, text: [0; SHOWN_BYTES], len: 0 }
    }
}

impl Heavy {
    /// Looks at some of `count` records of `bytes` together. `record` gives key and bytes of the one at a place.
    pub fn sample<'a>(
        &self,
        count: usize,
        bytes: u64,
        record: impl Fn(usize) -> Option<(HashKey, &'a str, usize)>,
    ) {
        let of = if bytes >= LARGE_BYTES * count as u64 { 1 } else { SAMPLED_OF };
        let seen = self.seen.fetch_add(count as u64, Ordering::Relaxed);
        let first = (of - seen % of) % of;
        if first >= count as u64 {
            return;
        }
        let mut sketch = self.sketch.lock();
        let sketch = sketch.get_or_insert_default();
        for place in (first as usize..count).step_by(of as usize) {
            if let Some((key, text, bytes)) = record(place) {
                sketch.add(key, text, (bytes as u64).div_ceil(1024).max(1) * of);
            }
        }
    }

    /// What is past counts half from now on.
    pub fn fade(&self) {
        let mut sketch = self.sketch.lock();
        let Some(sketch) = &mut *sketch else { return };
        sketch.samples /= 2;
        sketch.weight /= 2;
        for entry in &mut sketch.entries {
            entry.weight /= 2;
            entry.error /= 2;
        }
    }

    /// Keys that surely had at least `share` of the sample, the heaviest first.
    pub fn above(&self, share: f64) -> Vec<HeavyKey> {
        let sketch = self.sketch.lock();
        let Some(sketch) = sketch.as_ref().filter(|sketch| sketch.samples >= SAMPLES_MIN) else {
            return Vec::new();
        };
        let mut keys: Vec<HeavyKey> = sketch.entries.iter().map(|e| e.shown(sketch.weight)).collect();
        keys.retain(|key| key.share > 0.0 && key.share >= share);
        keys.sort_by(|a, b| b.share.total_cmp(&a.share));
        keys
    }
}

impl Sketch {
    fn add(&mut self, key: HashKey, text: &str, weight: u64) {
        self.samples += 1;
        self.weight += weight;
        let entries = &mut self.entries;
        if let Some(entry) = entries.iter_mut().find(|entry| entry.weight > 0 && entry.key == key) {
            entry.weight += weight;
            return;
        }
        // The lightest gives its place, and its weight with it, since the new key may have been there before.
        let Some(lightest) = entries.iter_mut().min_by_key(|entry| entry.weight) else { return };
        lightest.error = lightest.weight;
        lightest.weight += weight;
        lightest.key = key;
        lightest.len = text.floor_char_boundary(SHOWN_BYTES);
        lightest.text[..lightest.len].copy_from_slice(&text.as_bytes()[..lightest.len]);
    }
}

impl Entry {
    fn shown(&self, all: u64) -> HeavyKey {
        let text = self.text.get(..self.len).unwrap_or_default();
        HeavyKey {
            key: String::from_utf8_lossy(text).into_owned(),
            share: self.weight.saturating_sub(self.error) as f64 / all as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(key: impl Fn(usize) -> String) -> Heavy {
        let heavy = Heavy::default();
        feed(&heavy, key);
        heavy
    }

    /// Requests of 100 records whose keys `key` gives.
    fn feed(heavy: &Heavy, key: impl Fn(usize) -> String) {
        for request in 0..400 {
            let keys: Vec<String> = (0..100).map(|i| key(request * 100 + i)).collect();
            heavy.sample(100, 100_000, |i| Some((HashKey::of_partition_key(&keys[i]), &keys[i], 1000)));
        }
    }

    #[test]
    fn a_key_with_half_of_the_records_is_found_among_thousands() {
        let heavy = fed(|i| if i % 2 == 0 { "hot".into() } else { format!("cold-{i}") });
        let keys = heavy.above(0.1);
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert_eq!(keys[0].key, "hot");
        assert!((0.45..=0.55).contains(&keys[0].share), "{keys:?}");
    }

    #[test]
    fn even_keys_are_not_called_heavy() {
        assert_eq!(fed(|i| format!("k-{i}")).above(0.1), []);
    }

    #[test]
    fn few_large_records_weigh_more_than_many_small_ones() {
        let heavy = Heavy::default();
        let key = |text: &'static str, bytes| Some((HashKey::of_partition_key(text), text, bytes));
        for _ in 0..12 {
            heavy.sample(1, 1_000_000, |_| key("large", 1_000_000));
            heavy.sample(100, 10_000, |_| key("small", 100));
        }
        let keys = heavy.above(0.8);
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert_eq!(keys[0].key, "large");
    }

    #[test]
    fn what_is_past_fades() {
        let heavy = fed(|_| "old".into());
        (0..3).for_each(|_| heavy.fade());
        feed(&heavy, |_| "new".into());
        let keys = heavy.above(0.0);
        assert_eq!((keys[0].key.as_str(), keys.len()), ("new", 2));
        assert!((0.85..0.92).contains(&keys[0].share), "{keys:?}");
        (0..12).for_each(|_| heavy.fade());
        assert_eq!(heavy.above(0.0), []);
    }

    #[test]
    fn long_keys_are_cut_between_characters() {
        let heavy = fed(|_| "ü".repeat(40));
        assert_eq!(heavy.above(0.5)[0].key, "ü".repeat(32));
    }
}
