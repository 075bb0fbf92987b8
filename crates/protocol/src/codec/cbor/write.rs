//! Writes CBOR as AWS does: containers of indefinite length, strings of definite length.

use super::super::Encoder;
use super::*;
use crate::{Blob, Timestamp};

/// Appends CBOR to a buffer.
pub struct CborWriter<'o> {
    out: &'o mut Vec<u8>,
    times: Times,
}

impl<'o> CborWriter<'o> {
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        CborWriter { out, times: Times::Milliseconds }
    }

    /// As Smithy's RPC v2 protocol has it, where tag 1 means seconds.
    pub fn rpc_v2(out: &'o mut Vec<u8>) -> Self {
        CborWriter { out, times: Times::Seconds }
    }

    /// A value that is encoded already.
    #[inline]
    pub fn encoded(&mut self, value: &[u8]) {
        self.out.extend_from_slice(value);
    }

    #[inline]
    fn head(&mut self, major: u8, argument: u64) {
        let bytes = argument.to_be_bytes();
        let (info, argument) = match argument {
            0..24 => (argument as u8, &[][..]),
            24..0x100 => (24, &bytes[7..]),
            0x100..0x1_0000 => (25, &bytes[6..]),
            0x1_0000..0x1_0000_0000 => (26, &bytes[4..]),
            _ => (27, &bytes[..]),
        };
        self.out.push(major << 5 | info);
        self.out.extend_from_slice(argument);
    }

    #[inline]
    fn string(&mut self, major: u8, bytes: &[u8]) {
        self.head(major, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }
}

impl Encoder for CborWriter<'_> {
    #[inline]
    fn begin_struct(&mut self) {
        self.out.push(MAP << 5 | INDEFINITE);
    }

    #[inline]
    fn end_struct(&mut self) {
        self.out.push(BREAK);
    }

    #[inline]
    fn member(&mut self, name: &'static str) {
        self.string(TEXT, name.as_bytes());
    }

    fn key(&mut self, key: &str) {
        self.string(TEXT, key.as_bytes());
    }

    #[inline]
    fn begin_list(&mut self) {
        self.out.push(ARRAY << 5 | INDEFINITE);
    }

    #[inline]
    fn end_list(&mut self) {
        self.out.push(BREAK);
    }

    #[inline]
    fn str(&mut self, value: &str) {
        self.string(TEXT, value.as_bytes());
    }

    #[inline]
    fn plain(&mut self, ascii: &[u8]) {
        self.string(TEXT, ascii);
    }

    #[inline]
    fn i64(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.head(UNSIGNED, value),
            Err(_) => self.head(NEGATIVE, value.unsigned_abs() - 1),
        }
    }

    #[inline]
    fn bool(&mut self, value: bool) {
        self.out.push(SIMPLE << 5 | if value { TRUE } else { FALSE });
    }

    fn f64(&mut self, value: f64) {
        self.out.push(SIMPLE << 5 | DOUBLE);
        self.out.extend_from_slice(&value.to_bits().to_be_bytes());
    }

    #[inline]
    fn blob(&mut self, bytes: &[u8]) {
        self.string(BYTES, bytes);
    }

    fn base64(&mut self, text: &str) {
        let blob = Blob::Base64(text.into());
        // Text that is no base64 has no bytes; what reads it back sees an empty blob.
        self.blob(&blob.to_bytes().unwrap_or_default());
    }

    #[inline]
    fn timestamp(&mut self, Timestamp(ms): Timestamp) {
        if self.times == Times::Seconds {
            self.out.push(TAG << 5 | 1);
            return match ms % 1000 {
                0 => self.i64(ms / 1000),
                _ => self.f64(ms as f64 / 1000.0),
            };
        }
        let (major, ms) = match u64::try_from(ms) {
            Ok(ms) => (UNSIGNED, ms),
            Err(_) => (NEGATIVE, ms.unsigned_abs() - 1),
        };
        // Tag 1, then always eight bytes.
        self.out.extend_from_slice(&[TAG << 5 | 1, major << 5 | 27]);
        self.out.extend_from_slice(&ms.to_be_bytes());
    }
}
