//! CBOR (RFC 8949), the part of it that AWS's SDKs for Java speak. Types that do not fit are answered
//! like bodies that do not parse, since no text of AWS's is known (`docs/kinesis/wire.md#type-errors`).

mod read;
mod write;

pub use read::CborReader;
pub use write::CborWriter;

// Major types.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

// Additional information.
const HALF: u8 = 25;
const SINGLE: u8 = 26;
const DOUBLE: u8 = 27;
const INDEFINITE: u8 = 31;
const FALSE: u8 = 20;
const TRUE: u8 = 21;
const NULL: u8 = 22;
const UNDEFINED: u8 = 23;

const BREAK: u8 = 0xff;

/// What the number of a time counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    Milliseconds,
    Seconds,
}

#[cfg(test)]
mod tests;
