//! Reads CBOR from a body in memory.

use std::borrow::Cow;

use super::super::{Abort, DEPTH_MAX, Decoder, Kind, Open};
use super::*;
use crate::{Blob, Timestamp};

/// A CBOR body and how far it has been read.
pub struct CborReader<'a> {
    body: &'a [u8],
    at: usize,
    depth: u32,
    times: Times,
}

/// The start of an item.
#[derive(Clone, Copy)]
struct Head {
    major: u8,
    info: u8,
    /// Value, length or bits of a float; 0 when indefinite.
    argument: u64,
}

impl Head {
    fn is_null(self) -> bool {
        self.major == SIMPLE && matches!(self.info, NULL | UNDEFINED)
    }
}

impl<'a> CborReader<'a> {
    pub fn new(body: &'a [u8]) -> Self {
        CborReader { body, at: 0, depth: 0, times: Times::Milliseconds }
    }

    /// As Smithy's RPC v2 protocol has it, where tag 1 means seconds.
    pub fn rpc_v2(body: &'a [u8]) -> Self {
        CborReader { times: Times::Seconds, ..CborReader::new(body) }
    }

    #[inline]
    fn take(&mut self, length: u64) -> Result<&'a [u8], Abort> {
        let length = usize::try_from(length).map_err(|_| Abort::Syntax)?;
        let end = self.at.checked_add(length).ok_or(Abort::Syntax)?;
        let bytes = self.body.get(self.at..end).ok_or(Abort::Syntax)?;
        self.at = end;
        Ok(bytes)
    }

    #[inline]
    fn any_head(&mut self) -> Result<Head, Abort> {
        let &first = self.body.get(self.at).ok_or(Abort::Syntax)?;
        self.at += 1;
        let (major, info) = (first >> 5, first & 31);
        let argument = match info {
            0..24 => u64::from(info),
            24..=27 => {
                let bytes = self.take(1 << (info - 24))?;
                bytes.iter().fold(0, |value, &b| value << 8 | u64::from(b))
            }
            INDEFINITE if matches!(major, BYTES | TEXT | ARRAY | MAP) => 0,
            _ => return Err(Abort::Syntax),
        };
        Ok(Head { major, info, argument })
    }

    /// The head of a value. Tags say nothing that the shapes do not: they are passed over.
    #[inline]
    fn head(&mut self) -> Result<Head, Abort> {
        loop {
            let head = self.any_head()?;
            if head.major != TAG {
                return Ok(head);
            }
        }
    }

    fn at_break(&mut self) -> bool {
        let is_break = self.body.get(self.at) == Some(&BREAK);
        self.at += usize::from(is_break);
        is_break
    }

    fn descend(&mut self, head: Head) -> Result<Open, Abort> {
        if self.depth == DEPTH_MAX {
            return Err(Abort::Syntax);
        }
        self.depth += 1;
        let left = if head.info == INDEFINITE { u64::MAX } else { head.argument };
        Ok(Open { left, first: true })
    }

    /// Whether the container ends here.
    #[inline]
    fn at_end(&mut self, open: &mut Open) -> bool {
        let end = match open.left {
            u64::MAX => self.at_break(),
            0 => true,
            _ => {
                open.left -= 1;
                false
            }
        };
        self.depth -= u32::from(end);
        end
    }

    /// The bytes of a string whose head has been read.
    #[inline]
    fn string_bytes(&mut self, head: Head) -> Result<Cow<'a, [u8]>, Abort> {
        match head.info {
            INDEFINITE => self.chunks(head.major),
            _ => self.take(head.argument).map(Cow::Borrowed),
        }
    }

    fn chunks(&mut self, major: u8) -> Result<Cow<'a, [u8]>, Abort> {
        let mut bytes = Vec::new();
        while !self.at_break() {
            let chunk = self.any_head()?;
            if chunk.major != major || chunk.info == INDEFINITE {
                return Err(Abort::Syntax);
            }
            bytes.extend_from_slice(self.take(chunk.argument)?);
        }
        Ok(Cow::Owned(bytes))
    }

    #[inline]
    fn text(&mut self, head: Head) -> Result<Cow<'a, str>, Abort> {
        if head.major != TEXT {
            return Err(Abort::Syntax);
        }
        match self.string_bytes(head)? {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Abort::Syntax),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Abort::Syntax),
        }
    }

    fn skip_items(&mut self, head: Head) -> Result<(), Abort> {
        let mut open = self.descend(head)?;
        while !self.at_end(&mut open) {
            if head.major == MAP {
                self.skip()?;
            }
            self.skip()?;
        }
        Ok(())
    }
}

/// The number where the value is one. Floats are floored and large numbers clamped, as in JSON.
fn number(head: Head) -> Result<i64, Abort> {
    let magnitude = i64::try_from(head.argument).unwrap_or(i64::MAX);
    match (head.major, head.info) {
        (UNSIGNED, _) => Ok(magnitude),
        (NEGATIVE, _) => Ok(-1 - magnitude),
        (SIMPLE, SINGLE) => Ok(f32::from_bits(head.argument as u32).floor() as i64),
        (SIMPLE, DOUBLE) => Ok(f64::from_bits(head.argument).floor() as i64),
        _ => Err(Abort::Syntax),
    }
}

/// The same with its fraction. Whole numbers come as integers, and short ones as short floats.
fn real(head: Head) -> Result<f64, Abort> {
    match (head.major, head.info) {
        (UNSIGNED, _) => Ok(head.argument as f64),
        (NEGATIVE, _) => Ok(-1.0 - head.argument as f64),
        (SIMPLE, HALF) => Ok(half(head.argument as u16)),
        (SIMPLE, SINGLE) => Ok(f32::from_bits(head.argument as u32).into()),
        (SIMPLE, DOUBLE) => Ok(f64::from_bits(head.argument)),
        _ => Err(Abort::Syntax),
    }
}

/// RFC 8949, appendix D.
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let magnitude = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}

impl<'a> Decoder<'a> for CborReader<'a> {
    fn expect_container(&mut self) -> Result<(), Abort> {
        let start = self.at;
        let head = self.head()?;
        self.at = start;
        if matches!(head.major, ARRAY | MAP) { Ok(()) } else { Err(Abort::Syntax) }
    }

    fn finish(&mut self) -> Result<(), Abort> {
        if self.at == self.body.len() { Ok(()) } else { Err(Abort::Syntax) }
    }

    #[inline]
    fn open(&mut self, kind: Kind) -> Result<Option<Open>, Abort> {
        let head = self.head()?;
        let major = if kind == Kind::List { ARRAY } else { MAP };
        match head {
            head if head.major == major => self.descend(head).map(Some),
            head if head.is_null() => Ok(None),
            _ => Err(Abort::Syntax),
        }
    }

    #[inline]
    fn key(&mut self, open: &mut Open) -> Result<Option<Cow<'a, str>>, Abort> {
        if self.at_end(open) {
            return Ok(None);
        }
        let head = self.head()?;
        self.text(head).map(Some)
    }

    #[inline]
    fn item(&mut self, open: &mut Open) -> Result<bool, Abort> {
        Ok(!self.at_end(open))
    }

    fn skip(&mut self) -> Result<(), Abort> {
        let head = self.head()?;
        match head.major {
            TEXT => drop(self.text(head)?),
            BYTES => drop(self.string_bytes(head)?),
            ARRAY | MAP => self.skip_items(head)?,
            _ => {}
        }
        Ok(())
    }

    fn remaining(&self) -> usize {
        self.body.len() - self.at
    }

    #[inline]
    fn string(&mut self) -> Result<Option<Cow<'a, str>>, Abort> {
        let head = self.head()?;
        if head.is_null() { Ok(None) } else { self.text(head).map(Some) }
    }

    fn integer(&mut self) -> Result<Option<i32>, Abort> {
        let clamp = |value: i64| value.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        Ok(self.long()?.map(clamp))
    }

    fn long(&mut self) -> Result<Option<i64>, Abort> {
        let head = self.head()?;
        if head.is_null() { Ok(None) } else { number(head).map(Some) }
    }

    fn double(&mut self) -> Result<Option<f64>, Abort> {
        let head = self.head()?;
        if head.is_null() { Ok(None) } else { real(head).map(Some) }
    }

    fn boolean(&mut self) -> Result<Option<bool>, Abort> {
        let head = self.head()?;
        match (head.major, head.info) {
            (SIMPLE, FALSE) => Ok(Some(false)),
            (SIMPLE, TRUE) => Ok(Some(true)),
            _ if head.is_null() => Ok(None),
            _ => Err(Abort::Syntax),
        }
    }

    #[inline]
    fn blob(&mut self) -> Result<Option<Blob<'a>>, Abort> {
        let head = self.head()?;
        match head.major {
            BYTES => Ok(Some(Blob::Bytes(self.string_bytes(head)?))),
            _ if head.is_null() => Ok(None),
            _ => Err(Abort::Syntax),
        }
    }

    /// For Kinesis milliseconds, whatever the tag: it writes tag 1, which means seconds elsewhere. A float is
    /// refused there, since nothing says which of the two it is.
    fn timestamp(&mut self) -> Result<Option<Timestamp>, Abort> {
        let head = self.head()?;
        match head.major {
            _ if self.times == Times::Seconds && !head.is_null() => {
                // A cast from float to integer saturates.
                Ok(Some(Timestamp((real(head)? * 1000.0).round() as i64)))
            }
            UNSIGNED | NEGATIVE => Ok(Some(Timestamp(number(head)?))),
            _ if head.is_null() => Ok(None),
            _ => Err(Abort::Syntax),
        }
    }
}
