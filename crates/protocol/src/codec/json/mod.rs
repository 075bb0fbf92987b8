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
/// Most strings are names and keys of a block or two, which the compiler makes into a vector. In longer ones quote and
/// backslash are looked for by a library that uses what vectors the machine has; control characters only where there may
/// be any.
#[inline]
fn find_special(bytes: &[u8], mut at: usize, controls: Controls) -> usize {
    const BLOCKS_FIRST: usize = 8;
    for _ in 0..BLOCKS_FIRST {
        let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) else {
            return find_special_in_tail(bytes, at);
        };
        match special_in_block(block) {
            Some(offset) => return at + offset,
            None => at += BLOCK,
        }
    }
    find_special_in_long(bytes, at, controls)
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
        const STRIDE: usize = 8 * BLOCK;
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

const BLOCK: usize = 16;

/// The place of the first special byte of a block.
#[inline]
fn special_in_block(block: &[u8; BLOCK]) -> Option<usize> {
    let mut flags = [0; BLOCK];
    for (flag, &b) in flags.iter_mut().zip(block) {
        *flag = if is_special(b) { u8::MAX } else { 0 };
    }
    let flags = u128::from_le_bytes(flags);
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
            for place in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[place] = b;
                let found = matches!(b, b'"' | b'\\' | 0..=0x1f).then_some(place);
                assert_eq!(special_in_block(&block), found, "{b}");
                block[place..].fill(b);
                assert_eq!(special_in_block(&block), found, "{b}");
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
