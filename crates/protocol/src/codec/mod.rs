//! Reading and writing values, in JSON, in CBOR, and as forms and XML. Generated code is generic over [`Decoder`] and
//! [`Encoder`], so that a shape is described once.
//!
//! Readers borrow from the body, trust no length that it gives, and stop at [`DEPTH_MAX`] levels.

mod cbor;
mod json;
mod leaf;
mod query;

use std::borrow::Cow;

pub use cbor::{CborReader, CborWriter};
pub use json::{JsonReader, JsonWriter};
pub use leaf::{list, map};
pub use query::{QueryReader, XmlWriter};

use crate::constraint::{Path, Violations};
use crate::{Blob, Timestamp};

/// Levels of objects and arrays that a body may have. The shapes need six.
pub const DEPTH_MAX: u32 = 64;

/// Why reading stopped.
#[derive(Debug)]
pub enum Abort {
    /// The body is not well-formed.
    Syntax,
    /// A value has the wrong type; the text is AWS's.
    Type(Box<str>),
}

/// What a container is read as; only error texts differ between structure and map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Structure,
    List,
    Map,
}

/// A container that is being read.
#[derive(Debug)]
pub struct Open {
    /// Items to come where the encoding says so, otherwise `u64::MAX`.
    left: u64,
    first: bool,
}

/// The name of a member, and how it stands in JSON before the member's value, colon included.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    name: &'static str,
    /// As a little-endian word, and the bytes of one that count. No word agrees where the name has no room in one.
    word: u128,
    mask: u128,
}

/// Names as [`Decoder::member`] takes them.
pub const fn names<const N: usize>(names: [&'static str; N]) -> [Name; N] {
    let mut made = [Name { name: "", word: 1, mask: 0 }; N];
    let mut at = 0;
    while at < N {
        made[at] = Name::new(names[at]);
        at += 1;
    }
    made
}

impl Name {
    const fn new(name: &'static str) -> Name {
        let bytes = name.as_bytes();
        let mut word = [0; size_of::<u128>()];
        if bytes.len() + 3 > word.len() {
            return Name { name, word: 1, mask: 0 };
        }
        word[0] = b'"';
        word[bytes.len() + 1] = b'"';
        word[bytes.len() + 2] = b':';
        let mut at = 0;
        while at < bytes.len() {
            word[at + 1] = bytes[at];
            at += 1;
        }
        let mask = u128::MAX >> (8 * (word.len() - bytes.len() - 3));
        Name { name, word: u128::from_le_bytes(word), mask }
    }
}

/// Reads a body. `None` from a value's method is null, which AWS treats as absent.
pub trait Decoder<'a> {
    /// Refuses a body whose value is neither an object nor an array.
    fn expect_container(&mut self) -> Result<(), Abort>;
    /// Refuses bytes after the value.
    fn finish(&mut self) -> Result<(), Abort>;

    fn open(&mut self, kind: Kind) -> Result<Option<Open>, Abort>;
    /// The next key of a structure or map, `None` at its end.
    fn key(&mut self, open: &mut Open) -> Result<Option<Cow<'a, str>>, Abort>;
    /// As [`Decoder::key`], of a structure with members of these names.
    #[inline]
    fn member(&mut self, open: &mut Open, _names: &'static [Name]) -> Result<Option<Cow<'a, str>>, Abort> {
        self.key(open)
    }
    /// Whether another item of a list follows.
    fn item(&mut self, open: &mut Open) -> Result<bool, Abort>;
    /// Passes over a value of any type.
    fn skip(&mut self) -> Result<(), Abort>;
    /// Bytes of the body not yet read: no honest list has more items.
    fn remaining(&self) -> usize;

    fn string(&mut self) -> Result<Option<Cow<'a, str>>, Abort>;
    fn integer(&mut self) -> Result<Option<i32>, Abort>;
    fn long(&mut self) -> Result<Option<i64>, Abort>;
    fn boolean(&mut self) -> Result<Option<bool>, Abort>;
    fn double(&mut self) -> Result<Option<f64>, Abort>;
    fn blob(&mut self) -> Result<Option<Blob<'a>>, Abort>;
    fn timestamp(&mut self) -> Result<Option<Timestamp>, Abort>;
}

/// Writes a body. Separators between members and items are the encoder's business.
pub trait Encoder {
    fn begin_struct(&mut self);
    fn end_struct(&mut self);
    /// Names the member whose value is written next.
    fn member(&mut self, name: &'static str);
    /// As [`Encoder::member`], for the key of a map: any text.
    fn key(&mut self, key: &str);
    fn begin_list(&mut self);
    fn end_list(&mut self);

    fn str(&mut self, value: &str);
    /// As [`Encoder::str`], for ASCII text that is known to need no escapes: names, numbers, ids of ours.
    fn plain(&mut self, ascii: &[u8]);
    fn i64(&mut self, value: i64);
    fn bool(&mut self, value: bool);
    fn f64(&mut self, value: f64);
    fn blob(&mut self, bytes: &[u8]);
    /// A blob that is base64 already.
    fn base64(&mut self, text: &str);
    fn timestamp(&mut self, value: Timestamp);

    fn field<T: Encode>(&mut self, name: &'static str, value: &T)
    where
        Self: Sized,
    {
        self.member(name);
        value.encode(self);
    }

    /// Nothing for a value that is absent.
    fn optional<T: Encode>(&mut self, name: &'static str, value: &Option<T>)
    where
        Self: Sized,
    {
        if let Some(value) = value {
            self.field(name, value);
        }
    }
}

/// A type that can be read. Violated constraints are collected and reading goes on.
pub trait Decode<'a>: Sized {
    fn decode<D: Decoder<'a>>(
        from: &mut D,
        at: &Path<'_>,
        violations: &mut Violations,
    ) -> Result<Option<Self>, Abort>;
}

/// A type that can be written.
pub trait Encode {
    fn encode<E: Encoder>(&self, to: &mut E);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_where_it_has_room() {
        let [data, longest, too_long] = names(["Data", "PartitionKeys", "ExplicitHashKey"]);
        assert_eq!(
            (data.word, data.mask),
            (u128::from_le_bytes(*b"\"Data\":\0\0\0\0\0\0\0\0\0"), (1 << 56) - 1)
        );
        assert_eq!((longest.word, longest.mask), (u128::from_le_bytes(*b"\"PartitionKeys\":"), u128::MAX));
        assert_ne!(too_long.word, u128::from_le_bytes(*b"\"ExplicitHashKey") & too_long.mask);
    }

    fn json(write: impl FnOnce(&mut JsonWriter<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut JsonWriter::new(&mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_of_json_have_characters_beyond_the_first_65536() {
        let read = |text: &str| {
            let mut reader = JsonReader::new(text.as_bytes()).unwrap();
            reader.string().map(|text| text.unwrap().into_owned())
        };
        for (text, expected) in [
            (r#""\ud83d\ude00""#, "\u{1f600}"),
            (r#""\uD800\uDC00""#, "\u{10000}"),
            (r#""\udbff\udfff""#, "\u{10ffff}"),
            (r#""a\u00e9\u20AC""#, "a\u{e9}\u{20ac}"),
            // Half a pair is no character.
            (r#""\ud83dx""#, "\u{fffd}x"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        for bad in [r#""\ud83""#, r#""\u00g0""#, r#""\x""#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_times_and_blobs_are_written_as_json() {
        for (ms, expected) in [
            (0, "0"),
            (1_363_896_240_500, "1363896240.500"),
            (1_363_896_240_007, "1363896240.007"),
            (-1_500, "-1.500"),
            (-1, "-0.001"),
        ] {
            assert_eq!(json(|out| out.timestamp(Timestamp(ms))), expected);
        }
        for (value, expected) in [(1.5, "1.5"), (-0.25, "-0.25"), (f64::NAN, "\"NaN\""), (3.0, "3")] {
            assert_eq!(json(|out| out.f64(value)), expected);
        }
        let list = json(|out| {
            out.begin_list();
            out.blob(b"ab");
            out.base64("YWI=");
            out.base64("\"");
            out.plain(b"x");
            out.encoded(b"[1]");
            out.encoded(b"2");
            out.end_list();
        });
        assert_eq!(list, r#"["YWI=","YWI=","\"","x",[1],2]"#);
        let read = |text: &str| JsonReader::new(text.as_bytes()).unwrap().double();
        assert_eq!(read("-2.5e3").unwrap(), Some(-2500.0));
        assert_eq!(read("null").unwrap(), None);
        assert!(read("\"x\"").is_err());
    }

    /// With a blank after a comma or a colon and without, and names that begin like another one.
    #[test]
    fn names_are_found_as_clients_write_them() {
        const NAMES: &[Name] = &names(["Data", "DataKey", "ExplicitHashKey"]);
        for body in [
            r#"{"Data":1,"DataKey":2,"ExplicitHashKey":3,"Other":4}"#,
            r#"{"Data": 1, "DataKey": 2, "ExplicitHashKey": 3, "Other": 4}"#,
            "{ \"Data\" : 1 ,\n  \"DataKey\" : 2 , \"ExplicitHashKey\":3,\t\"Other\" :4 }",
        ] {
            let mut reader = JsonReader::new(body.as_bytes()).unwrap();
            let whole = reader.remaining();
            assert_eq!(whole, body.len());
            let mut open = reader.open(Kind::Structure).unwrap().unwrap();
            let mut found = Vec::new();
            while let Some(name) = reader.member(&mut open, NAMES).unwrap() {
                found.push((name.to_string(), reader.long().unwrap().unwrap()));
                assert!(reader.remaining() < whole);
            }
            let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            assert_eq!(found, [("Data", 1), ("DataKey", 2), ("ExplicitHashKey", 3), ("Other", 4)], "{body}");
            reader.finish().unwrap();
        }
    }
}
