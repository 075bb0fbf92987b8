//! Reads JSON from a body in memory.

use std::borrow::Cow;

use super::super::{Abort, DEPTH_MAX, Decoder, Kind, Name, Open};
use super::mismatch::{Expected, mismatch, not_a_boolean};
use super::{Controls, find_special, find_special_in_long, number};
use crate::{Blob, Timestamp};

/// A JSON body and how far it has been read.
pub struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    /// In the whole body, white space between values included.
    controls: Controls,
}

impl<'a> JsonReader<'a> {
    /// A body that is not UTF-8 is not JSON.
    pub fn new(body: &'a [u8]) -> Result<Self, Abort> {
        let text = simdutf8::basic::from_utf8(body).map_err(|_| Abort::Syntax)?;
        Ok(JsonReader { text, at: 0, depth: 0, controls: Controls::of(body) })
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The first byte of what comes next, white space passed over.
    #[inline]
    fn peek(&mut self) -> Result<u8, Abort> {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(b) => return Ok(b),
                None => return Err(Abort::Syntax),
            }
        }
    }

    #[inline]
    fn eat(&mut self, expected: u8) -> Result<(), Abort> {
        if self.peek()? != expected {
            return Err(Abort::Syntax);
        }
        self.at += 1;
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Abort> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(Abort::Syntax);
        }
        self.at += word.len();
        Ok(())
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Whether a comma or the end follows inside a container, and the end is passed.
    #[inline]
    fn at_end(&mut self, open: &mut Open, end: u8) -> Result<bool, Abort> {
        let next = self.peek()?;
        if next == end {
            self.at += 1;
            self.depth -= 1;
            return Ok(true);
        }
        if !std::mem::replace(&mut open.first, false) {
            self.eat(b',')?;
        }
        Ok(false)
    }

    /// The next key and its colon, if it is one of these names and is written as most clients do: with a blank before it or
    /// with nothing. Otherwise nothing is passed.
    #[inline]
    fn named(&mut self, open: &mut Open, names: &'static [Name]) -> Option<&'static str> {
        let mut at = self.at;
        let bytes = self.text.as_bytes();
        if !open.first {
            bytes.get(at).filter(|&&b| b == b',')?;
            at += 1;
        }
        at += usize::from(bytes.get(at) == Some(&b' '));
        let word = u128::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
        let name = names.iter().find(|name| word & name.mask == name.word)?;
        self.at = at + name.name.len() + 3;
        open.first = false;
        Some(name.name)
    }

    #[inline]
    fn slice(&self, from: usize, to: usize) -> Result<&'a str, Abort> {
        self.text.get(from..to).ok_or(Abort::Syntax)
    }

    /// A string whose opening quote is next.
    #[inline(always)]
    fn quoted(&mut self) -> Result<Cow<'a, str>, Abort> {
        let end = find_special(self.text.as_bytes(), self.at + 1, self.controls);
        self.quoted_to(end)
    }

    /// A string whose opening quote is next and whose first byte that it cannot hold as it is stands at `end`.
    #[inline(always)]
    fn quoted_to(&mut self, end: usize) -> Result<Cow<'a, str>, Abort> {
        let start = self.at + 1;
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return self.with_escapes(start, end);
        }
        self.at = end + 1;
        self.slice(start, end).map(Cow::Borrowed)
    }

    #[cold]
    fn with_escapes(&mut self, start: usize, end: usize) -> Result<Cow<'a, str>, Abort> {
        let mut owned = self.slice(start, end)?.to_owned();
        self.at = end;
        self.escaped(&mut owned)?;
        Ok(Cow::Owned(owned))
    }

    /// The rest of a string from its first backslash on.
    fn escaped(&mut self, owned: &mut String) -> Result<(), Abort> {
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    owned.push(self.escape()?);
                }
                _ => return Err(Abort::Syntax),
            }
            let end = find_special(self.text.as_bytes(), self.at, self.controls);
            owned.push_str(self.slice(self.at, end)?);
            self.at = end;
        }
    }

    /// One escape, its backslash passed.
    fn escape(&mut self) -> Result<char, Abort> {
        let letter = self.byte().ok_or(Abort::Syntax)?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode_escape()?,
            _ => return Err(Abort::Syntax),
        })
    }

    /// A UTF-16 unit, or the two of a pair. Half a pair alone is no character: it becomes the
    /// replacement character, since AWS takes such strings too.
    fn unicode_escape(&mut self) -> Result<char, Abort> {
        let unit = self.hex4()?;
        if (0xd800..0xdc00).contains(&unit) && self.rest().starts_with(b"\\u") {
            let after_first = self.at;
            self.at += 2;
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after_first;
        }
        Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, Abort> {
        let digits = self.rest().get(..4).ok_or(Abort::Syntax)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| {
            let value = char::from(digit).to_digit(16).ok_or(Abort::Syntax)?;
            Ok(unit << 4 | value)
        })
    }

    /// A number by JSON's grammar.
    fn number(&mut self) -> Result<&'a str, Abort> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        self.slice(start, self.at)
    }

    /// One or more digits.
    fn digits(&mut self) -> Result<(), Abort> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start { Err(Abort::Syntax) } else { Ok(()) }
    }

    fn null<T>(&mut self) -> Result<Option<T>, Abort> {
        self.literal("null")?;
        Ok(None)
    }

    fn numeric<T>(&mut self, expected: Expected, convert: fn(&str) -> T) -> Result<Option<T>, Abort> {
        match self.peek()? {
            b'-' | b'0'..=b'9' => Ok(Some(convert(self.number()?))),
            b'n' => self.null(),
            other => Err(mismatch(expected, other)),
        }
    }
}

impl<'a> Decoder<'a> for JsonReader<'a> {
    fn expect_container(&mut self) -> Result<(), Abort> {
        match self.peek()? {
            b'{' | b'[' => Ok(()),
            _ => Err(Abort::Syntax),
        }
    }

    fn finish(&mut self) -> Result<(), Abort> {
        match self.peek() {
            Err(_) => Ok(()),
            Ok(_) => Err(Abort::Syntax),
        }
    }

    #[inline]
    fn open(&mut self, kind: Kind) -> Result<Option<Open>, Abort> {
        let start = if kind == Kind::List { b'[' } else { b'{' };
        match self.peek()? {
            b'n' => return self.null(),
            first if first != start => return Err(mismatch(Expected::Container(kind), first)),
            _ if self.depth == DEPTH_MAX => return Err(Abort::Syntax),
            _ => {}
        }
        self.at += 1;
        self.depth += 1;
        Ok(Some(Open { left: u64::MAX, first: true }))
    }

    #[inline]
    fn key(&mut self, open: &mut Open) -> Result<Option<Cow<'a, str>>, Abort> {
        if self.at_end(open, b'}')? {
            return Ok(None);
        }
        if self.peek()? != b'"' {
            return Err(Abort::Syntax);
        }
        let key = self.quoted()?;
        self.eat(b':')?;
        Ok(Some(key))
    }

    #[inline]
    fn member(&mut self, open: &mut Open, names: &'static [Name]) -> Result<Option<Cow<'a, str>>, Abort> {
        match self.named(open, names) {
            Some(name) => Ok(Some(Cow::Borrowed(name))),
            None => self.key(open),
        }
    }

    #[inline]
    fn item(&mut self, open: &mut Open) -> Result<bool, Abort> {
        // The value's reader refuses the `]` of `[1,]`.
        Ok(!self.at_end(open, b']')?)
    }

    fn skip(&mut self) -> Result<(), Abort> {
        match self.peek()? {
            b'"' => drop(self.quoted()?),
            b'{' => {
                let mut open = self.open(Kind::Map)?.ok_or(Abort::Syntax)?;
                while self.key(&mut open)?.is_some() {
                    self.skip()?;
                }
            }
            b'[' => {
                let mut open = self.open(Kind::List)?.ok_or(Abort::Syntax)?;
                while self.item(&mut open)? {
                    self.skip()?;
                }
            }
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => drop(self.number()?),
        }
        Ok(())
    }

    fn remaining(&self) -> usize {
        self.text.len() - self.at
    }

    #[inline]
    fn string(&mut self) -> Result<Option<Cow<'a, str>>, Abort> {
        match self.peek()? {
            b'"' => self.quoted().map(Some),
            b'n' => self.null(),
            other => Err(mismatch(Expected::String, other)),
        }
    }

    fn integer(&mut self) -> Result<Option<i32>, Abort> {
        self.numeric(Expected::Integer, number::to_i32)
    }

    fn long(&mut self) -> Result<Option<i64>, Abort> {
        self.numeric(Expected::Long, number::to_i64)
    }

    fn double(&mut self) -> Result<Option<f64>, Abort> {
        // Any number by JSON's grammar is one for Rust; a large one becomes infinite.
        self.numeric(Expected::Double, |text| text.parse().unwrap_or(f64::NAN))
    }

    fn boolean(&mut self) -> Result<Option<bool>, Abort> {
        match self.peek()? {
            b't' => self.literal("true").map(|()| Some(true)),
            b'f' => self.literal("false").map(|()| Some(false)),
            b'n' => self.null(),
            b'"' => {
                let word = self.quoted()?;
                let is = |words: [&str; 3]| words.iter().any(|w| word.eq_ignore_ascii_case(w));
                match (is(["true", "1", "yes"]), is(["false", "0", "no"])) {
                    (true, _) => Ok(Some(true)),
                    (_, true) => Ok(Some(false)),
                    _ => Err(not_a_boolean(&word)),
                }
            }
            other => Err(mismatch(Expected::Boolean, other)),
        }
    }

    #[inline]
    fn blob(&mut self) -> Result<Option<Blob<'a>>, Abort> {
        match self.peek()? {
            b'"' => {
                // It is seldom short.
                let end = find_special_in_long(self.text.as_bytes(), self.at + 1, self.controls);
                Ok(Some(Blob::Base64(self.quoted_to(end)?)))
            }
            b'n' => self.null(),
            other => Err(mismatch(Expected::Blob, other)),
        }
    }

    fn timestamp(&mut self) -> Result<Option<Timestamp>, Abort> {
        self.numeric(Expected::Timestamp, |text| Timestamp(number::seconds_to_ms(text)))
    }
}
