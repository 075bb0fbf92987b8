//! The encryption context: pairs of a key and a value that are authenticated with a message, and stand in it in clear.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Of the pairs as they are written, where a caller gives them: KMS takes no longer one.
pub const CONTEXT_BYTES_MAX: usize = 8192;
/// Of those in a message, whose length is a number of 16 bits.
const FORMAT_BYTES_MAX: usize = u16::MAX as usize;

/// Keys that begin so are the format's own.
const RESERVED_PREFIX: &str = "aws-crypto-";
/// Where the key that verifies a message's signature stands, in base64.
pub(crate) const PUBLIC_KEY: &str = "aws-crypto-public-key";

/// An encryption context. Cheap to clone: make it once for many messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(Arc<Inner>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Inner {
    pairs: BTreeMap<String, String>,
    /// As it is written: the number of pairs, and the pairs in the order of their keys' bytes. Nothing without pairs.
    bytes: Vec<u8>,
}

/// What is wrong with pairs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    #[error(
        "the encryption context has key {0:?}, and keys that begin with {RESERVED_PREFIX:?} are the format's own"
    )]
    Reserved(String),
    #[error("the encryption context has key {0:?} twice")]
    Twice(String),
    #[error("the encryption context has an empty key")]
    EmptyKey,
    #[error("the encryption context takes {found} bytes; the maximum is {most}")]
    TooLong { found: usize, most: usize },
    #[error("the encryption context has no {0:?}, which is required")]
    Missing(String),
}

impl Context {
    /// Of pairs with different keys, in any order.
    pub fn new<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ContextError> {
        let mut found = BTreeMap::new();
        for (key, value) in pairs {
            let key = key.into();
            if key.is_empty() {
                return Err(ContextError::EmptyKey);
            }
            if key.starts_with(RESERVED_PREFIX) {
                return Err(ContextError::Reserved(key));
            }
            if found.contains_key(&key) {
                return Err(ContextError::Twice(key));
            }
            found.insert(key, value.into());
        }
        Context::of_pairs(found, CONTEXT_BYTES_MAX)
    }

    /// The value of a key, if it has one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.pairs.get(key).map(String::as_str)
    }

    /// In the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.pairs.is_empty()
    }

    fn of_pairs(pairs: BTreeMap<String, String>, most: usize) -> Result<Self, ContextError> {
        let found = 2 + pairs.iter().map(|(key, value)| 4 + key.len() + value.len()).sum::<usize>();
        if found > most {
            return Err(ContextError::TooLong { found, most });
        }
        let bytes = if pairs.is_empty() { Vec::new() } else { written(&pairs) };
        Ok(Context(Arc::new(Inner { pairs, bytes })))
    }

    /// From what stands in a message, or `None`. Other programs order the keys otherwise where these are not ASCII, so their order
    /// is not looked at.
    pub(crate) fn parse(mut bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Context::default());
        }
        let count = take_number(&mut bytes)?;
        let mut pairs = BTreeMap::new();
        for _ in 0..count {
            let key = take_text(&mut bytes)?;
            let value = take_text(&mut bytes)?;
            if pairs.insert(key.to_owned(), value.to_owned()).is_some() {
                return None;
            }
        }
        if count == 0 || !bytes.is_empty() {
            return None;
        }
        Context::of_pairs(pairs, FORMAT_BYTES_MAX).ok()
    }

    /// As it is authenticated and written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// These pairs and those, unless a key has another value there.
    pub(crate) fn with(&self, others: &Context) -> Result<Context, Conflict> {
        let mut pairs = self.0.pairs.clone();
        for (key, value) in others.iter() {
            match pairs.get(key) {
                Some(found) if found != value => return Err(Conflict),
                Some(_) => {}
                None => {
                    pairs.insert(key.to_owned(), value.to_owned());
                }
            }
        }
        Context::of_pairs(pairs, FORMAT_BYTES_MAX).map_err(|_| Conflict)
    }

    /// With the key that verifies signatures.
    pub(crate) fn with_public_key(&self, key: String) -> Result<Context, ContextError> {
        let mut pairs = self.0.pairs.clone();
        pairs.insert(PUBLIC_KEY.to_owned(), key);
        Context::of_pairs(pairs, FORMAT_BYTES_MAX)
    }

    /// The pairs of which `keep` is true of the key.
    pub(crate) fn only(&self, keep: impl Fn(&str) -> bool) -> Context {
        let pairs = self.0.pairs.iter().filter(|(key, _)| keep(key));
        let pairs = pairs.map(|(key, value)| (key.clone(), value.clone())).collect();
        Context::of_pairs(pairs, FORMAT_BYTES_MAX).expect("some of the pairs are no longer than all of them")
    }
}

/// Two contexts do not go together.
pub(crate) struct Conflict;

fn written(pairs: &BTreeMap<String, String>) -> Vec<u8> {
    let number = |length: usize| u16::try_from(length).expect("64 KiB are the most").to_be_bytes();
    let mut bytes = number(pairs.len()).to_vec();
    for text in pairs.iter().flat_map(|(key, value)| [key, value]) {
        bytes.extend_from_slice(&number(text.len()));
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

fn take_number(bytes: &mut &[u8]) -> Option<u16> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u16::from_be_bytes(*number))
}

fn take_text<'b>(bytes: &mut &'b [u8]) -> Option<&'b str> {
    let length = take_number(bytes)?;
    let (text, rest) = bytes.split_at_checked(length.into())?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_written_by_the_order_of_their_keys() {
        let context = Context::new([("b", "2"), ("a", ""), ("\u{e9}", "x")]).unwrap();
        assert_eq!(context.bytes(), b"\0\x03\0\x01a\0\0\0\x01b\0\x012\0\x02\xc3\xa9\0\x01x");
        assert_eq!(Context::parse(context.bytes()), Some(context));
        assert_eq!(Context::default().bytes(), b"");
        // Written by a program that orders otherwise.
        let other = Context::parse(b"\0\x02\0\x01b\0\0\0\x01a\0\0").unwrap();
        assert_eq!(other.bytes(), b"\0\x02\0\x01a\0\0\0\x01b\0\0");
    }

    #[test]
    fn pairs_that_no_message_may_have_are_named() {
        let error = |pairs: &[(&str, &str)]| Context::new(pairs.iter().copied()).unwrap_err().to_string();
        assert!(error(&[(PUBLIC_KEY, "x")]).contains("\"aws-crypto-public-key\""));
        assert!(error(&[("a", "1"), ("a", "1")]).contains("\"a\" twice"));
        assert!(error(&[("", "1")]).contains("empty"));
        let fits = "x".repeat(CONTEXT_BYTES_MAX - 7);
        Context::new([("a", fits.as_str())]).unwrap();
        assert!(error(&[("ab", &fits)]).contains("8193 bytes; the maximum is 8192"));
    }

    #[test]
    fn bytes_that_are_no_context_are_refused() {
        for wrong in [
            &b"\0"[..],
            b"\0\0",
            b"\0\x01\0\x01a",
            b"\0\x01\0\x01a\0\x02b",
            b"\0\x01\0\x01a\0\0\0",
            b"\0\x01\0\x01\xff\0\0",
            b"\0\x02\0\x01a\0\0\0\x01a\0\0",
            b"\xff\xff\0\x01a\0\0",
        ] {
            assert_eq!(Context::parse(wrong), None, "{wrong:?}");
        }
        Context::parse(b"\0\x01\0\x01a\0\0").unwrap();
    }
}
