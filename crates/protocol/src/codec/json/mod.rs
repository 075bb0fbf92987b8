//! JSON, as AWS's services read and write it.

mod mismatch;
mod number;
mod read;
mod write;

use memchr::memchr2;

pub use read::JsonReader;
pub use write::JsonWriter;

/// The first byte from `at` that a JSON string cannot hold as it is: quote, backslash or control
/// character. The length of `bytes` when there is none.
///
/// Most strings are names and keys of a few words of eight bytes. In longer ones quote and backslash are
/// looked for by a library that uses what vectors the machine has; control characters only where there may be any.
#[inline]
fn find_special(bytes: &[u8], at: usize, controls: Controls) -> usize {
    const WORDS_FIRST: usize = 4;
    let (words, _) = bytes.get(at..).unwrap_or_default().as_chunks();
    for (place, word) in words.iter().take(WORDS_FIRST).enumerate() {
        if let Some(offset) = special_in_word(u64::from_le_bytes(*word)) {
            return at + place * WORD + offset;
        }
    }
    match words.len() < WORDS_FIRST {
        true => find_special_in_tail(bytes, at + words.len() * WORD),
        false => find_special_in_long(bytes, at + WORDS_FIRST * WORD, controls),
    }
}

/// Whether bytes have control characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Controls {
    Possible,
    None,
}

impl Controls {
    /// One pass without a branch inside, which the compiler turns into vector code.
    fn of(bytes: &[u8]) -> Self {
        const STRIDE: usize = 128;
        let (strides, rest) = bytes.as_chunks::<STRIDE>();
        let mut least = [u8::MAX; STRIDE];
        for stride in strides {
            least.iter_mut().zip(stride).for_each(|(least, &b)| *least = b.min(*least));
        }
        let least_of = |bytes: &[u8]| bytes.iter().fold(u8::MAX, |least, &b| least.min(b));
        match least_of(&least).min(least_of(rest)) {
            ..0x20 => Controls::Possible,
            _ => Controls::None,
        }
    }
}

fn find_special_in_long(bytes: &[u8], at: usize, controls: Controls) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let end = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
    let passed = rest.get(..end).unwrap_or_default();
    let is_control = |&b: &u8| b < 0x20;
    match controls == Controls::Possible && Controls::of(passed) == Controls::Possible {
        true => at + passed.iter().position(is_control).unwrap_or(end),
        false => at + end,
    }
}

fn find_special_in_tail(bytes: &[u8], at: usize) -> usize {
    let tail = bytes.get(at..).unwrap_or_default();
    tail.iter().position(|&b| is_special(b)).map_or(bytes.len(), |offset| at + offset)
}

const WORD: usize = size_of::<u64>();

/// The place of the first special byte in eight. A byte above the first may be flagged by a borrow,
/// never one below it.
#[inline]
fn special_in_word(word: u64) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 0x80;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let equal = |b: u8| below(word ^ (ONES * u64::from(b)), 1);
    let flags = (below(word, 0x20) | equal(b'"') | equal(b'\\')) & HIGH;
    (flags != 0).then(|| flags.trailing_zeros() as usize / WORD)
}

#[inline]
fn is_special(b: u8) -> bool {
    (b == b'"') | (b == b'\\') | (b < 0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_special_byte_is_found_at_every_place() {
        for length in 0..300 {
            let mut bytes = vec![b'\xe4'; length];
            assert_eq!(find_special(&bytes, 0, Controls::Possible), length);
            for at in (0..length).rev() {
                bytes[at] = [b'"', b'\\', 0x1f, 0][at % 4];
                assert_eq!(find_special(&bytes, 0, Controls::Possible), at, "{length}");
                assert_eq!(find_special(&bytes, at, Controls::Possible), at);
            }
        }
    }

    #[test]
    fn every_byte_is_special_or_not() {
        for b in 0..=u8::MAX {
            for place in 0..WORD {
                let mut word = [b' '; WORD];
                word[place] = b;
                let found = matches!(b, b'"' | b'\\' | 0..=0x1f).then_some(place);
                assert_eq!(special_in_word(u64::from_le_bytes(word)), found, "{b}");
                word[place..].fill(b);
                assert_eq!(special_in_word(u64::from_le_bytes(word)), found, "{b}");
            }
        }
    }

    #[test]
    fn where_there_are_no_controls_none_are_looked_for() {
        for length in 0..300 {
            let mut bytes = vec![b' '; length];
            assert!(Controls::of(&bytes) == Controls::None);
            for at in (0..length).rev() {
                bytes[at] = [b'"', b'\\'][at % 2];
                assert!(Controls::of(&bytes) == Controls::None);
                assert_eq!(find_special(&bytes, 0, Controls::None), at);
            }
            for at in 0..length {
                let before = std::mem::replace(&mut bytes[at], 0x1f);
                assert!(Controls::of(&bytes) == Controls::Possible);
                bytes[at] = before;
            }
        }
    }
}
