//! Writes JSON without spaces.

use std::io::Write;

use base64_simd::STANDARD;

use super::super::Encoder;
use super::{Controls, find_special};
use crate::Timestamp;

/// Appends JSON to a buffer.
pub struct JsonWriter<'o> {
    out: &'o mut Vec<u8>,
    /// A value ended here, so the next one needs a comma before it.
    comma: bool,
}

/// Names up to this length are put together with their quotes on the stack, and copied once.
const NAME_BYTES: usize = 44;

impl<'o> JsonWriter<'o> {
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        JsonWriter { out, comma: false }
    }

    #[inline]
    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    /// A value that is encoded already.
    #[inline]
    pub fn encoded(&mut self, value: &[u8]) {
        self.separate();
        self.out.extend_from_slice(value);
    }

    #[inline]
    fn begin(&mut self, bracket: u8) {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
    }

    #[inline]
    fn end(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = true;
    }

    fn quoted(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.out.push(b'"');
        let mut at = 0;
        loop {
            let special = find_special(bytes, at, Controls::Possible);
            self.out.extend_from_slice(&bytes[at..special]);
            let Some(&b) = bytes.get(special) else { break };
            self.escape(b);
            at = special + 1;
        }
        self.out.push(b'"');
    }

    #[cold]
    fn escape(&mut self, b: u8) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let short = match b {
            b'"' | b'\\' => b,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => {
                self.out.extend_from_slice(b"\\u00");
                self.out.extend_from_slice(&[HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }
}

impl Encoder for JsonWriter<'_> {
    #[inline]
    fn begin_struct(&mut self) {
        self.begin(b'{');
    }

    #[inline]
    fn end_struct(&mut self) {
        self.end(b'}');
    }

    #[inline]
    fn member(&mut self, name: &'static str) {
        let mut part = [0; NAME_BYTES + 4];
        let length = name.len();
        if length <= NAME_BYTES {
            part[0] = b',';
            part[1] = b'"';
            part[2..2 + length].copy_from_slice(name.as_bytes());
            part[2 + length] = b'"';
            part[3 + length] = b':';
            let start = usize::from(!self.comma);
            self.out.extend_from_slice(&part[start..4 + length]);
            self.comma = false;
        } else {
            self.key(name);
        }
    }

    fn key(&mut self, key: &str) {
        self.separate();
        self.quoted(key);
        self.out.push(b':');
        self.comma = false;
    }

    #[inline]
    fn begin_list(&mut self) {
        self.begin(b'[');
    }

    #[inline]
    fn end_list(&mut self) {
        self.end(b']');
    }

    #[inline]
    fn str(&mut self, value: &str) {
        self.separate();
        self.quoted(value);
    }

    #[inline]
    fn plain(&mut self, ascii: &[u8]) {
        self.separate();
        self.out.reserve(ascii.len() + 2);
        self.out.push(b'"');
        self.out.extend_from_slice(ascii);
        self.out.push(b'"');
    }

    #[inline]
    fn i64(&mut self, value: i64) {
        self.separate();
        push_decimal(self.out, value);
    }

    #[inline]
    fn bool(&mut self, value: bool) {
        self.separate();
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    fn f64(&mut self, value: f64) {
        self.separate();
        // JSON has no other numbers; AWS writes these as text.
        let _ = match value.is_finite() {
            true => write!(self.out, "{value}"),
            false => write!(self.out, "\"{value}\""),
        };
    }

    #[inline]
    fn blob(&mut self, bytes: &[u8]) {
        self.separate();
        self.out.push(b'"');
        STANDARD.encode_append(bytes, &mut *self.out);
        self.out.push(b'"');
    }

    #[inline]
    fn base64(&mut self, text: &str) {
        // It came from outside, and may be no base64 at all.
        self.str(text);
    }

    /// Seconds, with the milliseconds as a fraction where there are any.
    #[inline]
    fn timestamp(&mut self, Timestamp(ms): Timestamp) {
        self.separate();
        if ms < 0 {
            self.out.push(b'-');
        }
        let ms = ms.unsigned_abs();
        push_digits(self.out, ms / 1000);
        let fraction = (ms % 1000) as u16;
        if fraction != 0 {
            let digit = |value: u16| b'0' + (value % 10) as u8;
            let text = [b'.', digit(fraction / 100), digit(fraction / 10), digit(fraction)];
            self.out.extend_from_slice(&text);
        }
    }
}

fn push_decimal(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    push_digits(out, value.unsigned_abs());
}

#[inline]
fn push_digits(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}
