//! Hash keys: where a record falls on the ring of 2^128 that the shards of a stream divide.
//! Source: `docs/kinesis/streams.md#routing`.

mod lanes;

use std::fmt;

use md5::{Digest, Md5};

use lanes::{Blocks, LANES};

/// A point on the ring, 0 to 2^128 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashKey(pub u128);

impl HashKey {
    pub const MIN: HashKey = HashKey(0);
    pub const MAX: HashKey = HashKey(u128::MAX);

    /// MD5 of the key's UTF-8 bytes, read as a big-endian number.
    pub fn of_partition_key(key: &str) -> Self {
        HashKey(u128::from_be_bytes(Md5::digest(key.as_bytes()).into()))
    }

    /// The same of many keys, each with the place where its hash key goes. Where there are several, a key of usual length
    /// takes a quarter of the time that it takes alone.
    pub fn of_partition_keys<'k>(keys: impl IntoIterator<Item = (&'k str, &'k mut HashKey)>) {
        let short = |(key, place): (&'k str, &'k mut HashKey)| {
            if key.len() <= lanes::LEN_MAX {
                return Some((key, place));
            }
            *place = Self::of_partition_key(key);
            None
        };
        let mut keys = keys.into_iter().filter_map(short).fuse();
        loop {
            let group: [_; LANES] = std::array::from_fn(|_| keys.next());
            match group {
                [None, ..] => return,
                [Some((key, place)), None, ..] => *place = Self::of_partition_key(key),
                group => Self::of_group(group),
            }
        }
    }

    fn of_group(group: [Option<(&str, &mut HashKey)>; LANES]) {
        let mut blocks = Blocks::EMPTY;
        for (lane, taken) in group.iter().enumerate() {
            if let Some((key, _)) = taken {
                blocks.put(lane, key.as_bytes());
            }
        }
        for (taken, digest) in group.into_iter().zip(blocks.digests()) {
            if let Some((_, place)) = taken {
                *place = Self::of_digest(digest);
            }
        }
    }

    fn of_digest(words: [u32; 4]) -> Self {
        // The bytes of a digest are those of its words, the lowest first.
        let value = words.into_iter().fold(0, |value, word| value << 32 | u128::from(word.swap_bytes()));
        HashKey(value)
    }

    /// A decimal number without sign; `None` when it is none or lies beyond 2^128 - 1.
    pub fn parse(decimal: &str) -> Option<Self> {
        let digits = !decimal.is_empty() && decimal.bytes().all(|b| b.is_ascii_digit());
        if digits { decimal.parse().ok().map(HashKey) } else { None }
    }
}

impl fmt::Display for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A range of the ring, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashKeyRange {
    pub start: HashKey,
    pub end: HashKey,
}

impl HashKeyRange {
    pub const ALL: HashKeyRange = HashKeyRange { start: HashKey::MIN, end: HashKey::MAX };

    pub fn contains(&self, key: HashKey) -> bool {
        self.start <= key && key <= self.end
    }

    /// The start of range `index` when the ring is divided into `count` equal ranges: `index * floor(2^128 / count)`.
    /// `count` of 1 has the single start 0, since its width does not fit the type.
    pub fn uniform_start(index: u32, count: u32) -> HashKey {
        if count <= 1 {
            return HashKey::MIN;
        }
        let count = u128::from(count);
        // floor(2^128 / count) without 2^128 itself.
        let width = u128::MAX / count + u128::from(u128::MAX % count == count - 1);
        HashKey(width * u128::from(index))
    }

    /// The ranges of a new stream with `count` shards. The last one takes the remainder.
    pub fn uniform(count: u32) -> impl Iterator<Item = HashKeyRange> {
        (0..count).map(move |i| HashKeyRange {
            start: Self::uniform_start(i, count),
            end: match i + 1 == count {
                true => HashKey::MAX,
                false => HashKey(Self::uniform_start(i + 1, count).0 - 1),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash_together(keys: &[String]) -> Vec<HashKey> {
        let mut hash_keys = vec![HashKey::MAX; keys.len()];
        HashKey::of_partition_keys(keys.iter().map(String::as_str).zip(&mut hash_keys));
        hash_keys
    }

    proptest! {
        #[test]
        fn keys_hash_together_as_they_do_alone(keys in prop::collection::vec("[a-z]{0,70}|\\PC{1,60}", 0..40)) {
            let alone: Vec<_> = keys.iter().map(|key| HashKey::of_partition_key(key)).collect();
            prop_assert_eq!(hash_together(&keys), alone);
        }
    }

    #[test]
    fn keys_of_every_length_hash_together_as_they_do_alone() {
        let keys: Vec<String> =
            (0..140).map(|length| "ab\u{fc}".chars().cycle().take(length).collect()).collect();
        let alone: Vec<_> = keys.iter().map(|key| HashKey::of_partition_key(key)).collect();
        assert_eq!(hash_together(&keys), alone);
    }

    #[test]
    fn partition_keys_hash_to_the_published_vectors() {
        let of = |key| HashKey::of_partition_key(key).to_string();
        assert_eq!(of("a"), "16955237001963240173058271559858726497");
        assert_eq!(of("foo"), "229609063533823256041787889330700985560");
        assert_eq!(of("partitionKey-1"), "159499196025307651934328298402289840726");
        assert_eq!(of("\u{fc}"), "255482112228542481294366945247899473731");
    }

    #[test]
    fn uniform_ranges_match_the_published_boundaries() {
        let starts = |n| HashKeyRange::uniform(n).map(|r| r.start.0).collect::<Vec<_>>();
        assert_eq!(starts(1), [0]);
        assert_eq!(starts(2), [0, 170141183460469231731687303715884105728]);
        assert_eq!(
            starts(3),
            [0, 113427455640312821154458202477256070485, 226854911280625642308916404954512140970]
        );
        let w = 68056473384187692692674921486353642291;
        assert_eq!(starts(5), [0, w, 2 * w, 3 * w, 4 * w]);
        for n in [1, 2, 3, 5, 7, 1000] {
            let ranges: Vec<_> = HashKeyRange::uniform(n).collect();
            assert_eq!(ranges.len(), n as usize);
            assert_eq!(ranges[0].start, HashKey::MIN);
            assert_eq!(ranges[ranges.len() - 1].end, HashKey::MAX);
            assert!(ranges.windows(2).all(|w| w[0].end.0 + 1 == w[1].start.0));
        }
    }

    #[test]
    fn both_ends_of_a_range_belong_to_it() {
        let range = HashKeyRange { start: HashKey(10), end: HashKey(20) };
        let within: Vec<u128> = (0..30).filter(|key| range.contains(HashKey(*key))).collect();
        assert_eq!(within, (10..=20).collect::<Vec<_>>());
    }

    #[test]
    fn decimals_beyond_the_ring_are_refused() {
        assert_eq!(HashKey::parse("340282366920938463463374607431768211455"), Some(HashKey::MAX));
        assert_eq!(HashKey::parse("340282366920938463463374607431768211456"), None);
        assert_eq!(HashKey::parse("+1"), None);
        assert_eq!(HashKey::parse(""), None);
    }
}
