//! Which partition keys bring most of a shard's records: the space-saving sketch over a sample. Its
//! memory is fixed, and what it says of a key is never more than was sampled of it.

use std::sync::atomic::{AtomicU64, Ordering};

use flumen_types::HashKey;
use parking_lot::Mutex;

const KEPT: usize = 8;
/// One record in so many is looked at. A prime, since producers that go around their keys do so in round numbers.
const SAMPLED_OF: u64 = 17;
/// Keys are shown up to this length.
const SHOWN_BYTES: usize = 64;
/// Shares of fewer samples say nothing.
const SAMPLES_MIN: u64 = 30;

/// A key and the least part of the shard's latest records that it had, from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct HeavyKey {
    /// Cut when it is long.
    pub key: String,
    pub share: f64,
}

#[derive(Default)]
pub(crate) struct Heavy {
    seen: AtomicU64,
    sketch: Mutex<Sketch>,
}

#[derive(Default)]
struct Sketch {
    samples: u64,
    entries: [Entry; KEPT],
}

#[derive(Clone, Copy)]
struct Entry {
    key: HashKey,
    count: u64,
    /// How much of the count may be of other keys.
    error: u64,
    text: [u8; SHOWN_BYTES],
    len: usize,
}

impl Default for Entry {
    fn default() -> Self {
        Entry { key: HashKey(0), count: 0, error: 0, text: [0; SHOWN_BYTES], len: 0 }
    }
}

impl Heavy {
    /// Looks at some of `count` records, which `record` gives by their place.
    pub fn sample<'a>(&self, count: usize, record: impl Fn(usize) -> Option<(HashKey, &'a str)>) {
        let seen = self.seen.fetch_add(count as u64, Ordering::Relaxed);
        let first = (SAMPLED_OF - seen % SAMPLED_OF) % SAMPLED_OF;
        if first >= count as u64 {
            return;
        }
        let mut sketch = self.sketch.lock();
        for place in (first as usize..count).step_by(SAMPLED_OF as usize) {
            if let Some((key, text)) = record(place) {
                sketch.add(key, text);
            }
        }
    }

    /// What is past counts half from now on.
    pub fn fade(&self) {
        let mut sketch = self.sketch.lock();
        sketch.samples /= 2;
        for entry in &mut sketch.entries {
            entry.count /= 2;
            entry.error /= 2;
        }
    }

    /// Keys that surely had at least `share` of the sample, the heaviest first.
    pub fn above(&self, share: f64) -> Vec<HeavyKey> {
        let sketch = self.sketch.lock();
        if sketch.samples < SAMPLES_MIN {
            return Vec::new();
        }
        let mut keys: Vec<HeavyKey> = sketch.entries.iter().map(|e| e.shown(sketch.samples)).collect();
        keys.retain(|key| key.share > 0.0 && key.share >= share);
        keys.sort_by(|a, b| b.share.total_cmp(&a.share));
        keys
    }
}

impl Sketch {
    fn add(&mut self, key: HashKey, text: &str) {
        self.samples += 1;
        let entries = &mut self.entries;
        if let Some(entry) = entries.iter_mut().find(|entry| entry.count > 0 && entry.key == key) {
            entry.count += 1;
            return;
        }
        // The lightest gives its place, and its count with it, since the new key may have been there before.
        let Some(lightest) = entries.iter_mut().min_by_key(|entry| entry.count) else { return };
        lightest.error = lightest.count;
        lightest.count += 1;
        lightest.key = key;
        lightest.len = text.floor_char_boundary(SHOWN_BYTES);
        lightest.text[..lightest.len].copy_from_slice(&text.as_bytes()[..lightest.len]);
    }
}

impl Entry {
    fn shown(&self, samples: u64) -> HeavyKey {
        let text = self.text.get(..self.len).unwrap_or_default();
        HeavyKey {
            key: String::from_utf8_lossy(text).into_owned(),
            share: (self.count - self.error) as f64 / samples as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds requests of 100 records whose keys `key` gives.
    fn fed(key: impl Fn(usize) -> String) -> Heavy {
        let heavy = Heavy::default();
        for request in 0..400 {
            let keys: Vec<String> = (0..100).map(|i| key(request * 100 + i)).collect();
            heavy.sample(100, |i| Some((HashKey::of_partition_key(&keys[i]), &keys[i])));
        }
        heavy
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
    fn what_is_past_fades() {
        let heavy = fed(|_| "old".into());
        (0..12).for_each(|_| heavy.fade());
        assert_eq!(heavy.above(0.1), []);
    }

    #[test]
    fn long_keys_are_cut_between_characters() {
        let heavy = fed(|_| "ü".repeat(40));
        assert_eq!(heavy.above(0.5)[0].key, "ü".repeat(32));
    }
}
