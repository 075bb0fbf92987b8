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
/// looked for by a library that uses what vectors the machine has; control characters, which are never
/// there, in blocks without a branch inside, which the compiler turns into vector code.
#[inline]
fn find_special(bytes: &[u8], mut at: usize) -> usize {
    const WORDS_FIRST: usize = 4;
    for _ in 0..WORDS_FIRST {
        let Some(word) = word_at(bytes, at) else { return find_special_in_tail(bytes, at) };
        match special_in_word(word) {
            Some(offset) => return at + offset,
            None => at += 8,
        }
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let end = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
    at + rest.get(..end).and_then(find_control).unwrap_or(end)
}

fn find_control(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 256;
    let is_control = |b: u8| b < 0x20;
    let least = |bytes: &[u8]| bytes.iter().fold(u8::MAX, |least, &b| least.min(b));
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let passed = blocks.iter().take_while(|block| !is_control(least(*block))).count() * BLOCK;
    let rest = bytes.get(passed..).filter(|rest| is_control(least(rest)))?;
    Some(passed + rest.iter().position(|&b| is_control(b))?)
}

fn find_special_in_tail(bytes: &[u8], at: usize) -> usize {
    let tail = bytes.get(at..).unwrap_or_default();
    tail.iter().position(|&b| is_special(b)).map_or(bytes.len(), |offset| at + offset)
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// The place of the first special byte in eight. A byte above the first may be flagged by a borrow,
/// never one below it.
#[inline]
fn special_in_word(word: u64) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 0x80;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let equal = |b: u8| below(word ^ (ONES * u64::from(b)), 1);
    let flags = (below(word, 0x20) | equal(b'"') | equal(b'\\')) & HIGH;
    (flags != 0).then(|| flags.trailing_zeros() as usize / 8)
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
        for length in 0..200 {
            let mut bytes = vec![b'\xe4'; length];
            assert_eq!(find_special(&bytes, 0), length);
            for at in (0..length).rev() {
                bytes[at] = [b'"', b'\\', 0x1f, 0][at % 4];
                assert_eq!(find_special(&bytes, 0), at, "{length}");
                assert_eq!(find_special(&bytes, at), at);
            }
        }
    }
}
