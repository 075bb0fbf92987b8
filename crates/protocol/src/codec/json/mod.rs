//! JSON, as AWS's services read and write it.

mod mismatch;
mod number;
mod read;
mod write;

pub use read::JsonReader;
pub use write::JsonWriter;

/// The first byte from `at` that a JSON string cannot hold as it is: quote, backslash or control
/// character. The length of `bytes` when there is none.
///
/// Blocks are tested without a branch per byte, which the compiler turns into vector code.
#[inline]
fn find_special(bytes: &[u8], mut at: usize) -> usize {
    const BLOCK: usize = 32;
    while let Some(block) = bytes.get(at..at + BLOCK) {
        let found = block.iter().fold(false, |found, &b| found | is_special(b));
        if found {
            break;
        }
        at += BLOCK;
    }
    while let Some(&b) = bytes.get(at)
        && !is_special(b)
    {
        at += 1;
    }
    at
}

#[inline]
fn is_special(b: u8) -> bool {
    (b == b'"') | (b == b'\\') | (b < 0x20)
}
