//! Identities of keys, their material and grants: random, and how they are written.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The system provides no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system provides no random numbers")]
pub struct NoRandom;

/// Fills with random bytes.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), NoRandom> {
    SystemRandom::new().fill(bytes).map_err(|_| NoRandom)
}

/// A text is no identity of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no identity")]
pub struct NotAnId;

fn hexadecimal(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Digits in lower case alone: each identity is written in one way.
fn read_hexadecimal(text: &[u8], into: &mut [u8]) -> Result<(), NotAnId> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(NotAnId),
    };
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != into.len() || !rest.is_empty() {
        return Err(NotAnId);
    }
    for (byte, [high, low]) in into.iter_mut().zip(pairs) {
        *byte = 16 * digit(*high)? + digit(*low)?;
    }
    Ok(())
}

/// What the identities of keys of several regions begin with.
const MULTI_REGION: &str = "mrk-";

/// A key: a UUID of version 4. A key elsewhere may be one of several regions: `mrk-` and 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    pub(crate) bytes: [u8; 16],
    is_multi_region: bool,
}

impl KeyId {
    /// The one below all others.
    pub(crate) const FIRST: KeyId = KeyId::own([0; 16]);

    /// Of this service, which has no keys of several regions.
    pub(crate) const fn own(bytes: [u8; 16]) -> Self {
        KeyId { bytes, is_multi_region: false }
    }

    /// # Errors
    /// Where there are no random numbers.
    pub(crate) fn random() -> Result<Self, NoRandom> {
        let mut bytes = [0; 16];
        fill_random(&mut bytes)?;
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Ok(KeyId::own(bytes))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_multi_region {
            f.write_str(MULTI_REGION)?;
            return hexadecimal(f, &self.bytes);
        }
        for (nth, range) in [0..4, 4..6, 6..8, 8..10, 10..16].into_iter().enumerate() {
            if nth > 0 {
                f.write_str("-")?;
            }
            hexadecimal(f, &self.bytes[range])?;
        }
        Ok(())
    }
}

impl FromStr for KeyId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let mut bytes = [0; 16];
        if let Some(digits) = text.strip_prefix(MULTI_REGION) {
            read_hexadecimal(digits.as_bytes(), &mut bytes)?;
            return Ok(KeyId { bytes, is_multi_region: true });
        }
        let mut parts = text.split('-');
        for range in [0..4, 4..6, 6..8, 8..10, 10..16] {
            read_hexadecimal(parts.next().ok_or(NotAnId)?.as_bytes(), &mut bytes[range])?;
        }
        if parts.next().is_some() { Err(NotAnId) } else { Ok(KeyId::own(bytes)) }
    }
}

macro_rules! long_id {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) [u8; 32]);

        impl $name {
            /// # Errors
            /// Where there are no random numbers.
            pub(crate) fn random() -> Result<Self, NoRandom> {
                let mut bytes = [0; 32];
                fill_random(&mut bytes)?;
                Ok($name(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hexadecimal(f, &self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let mut bytes = [0; 32];
                read_hexadecimal(text.as_bytes(), &mut bytes)?;
                Ok($name(bytes))
            }
        }
    };
}

long_id! {
    /// A piece of key material: 64 hexadecimal digits, as AWS's KeyMaterialId.
    MaterialId
}

long_id! {
    /// A grant: 64 hexadecimal digits, as AWS's GrantId.
    GrantId
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

as_text!(KeyId MaterialId GrantId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_read_as_they_are_written() {
        let key = KeyId::random().unwrap();
        let text = key.to_string();
        assert_eq!(text.len(), 36);
        assert_eq!((&text[14..15], text.parse()), ("4", Ok(key)));
        for wrong in ["", "x", &text[1..], &text.to_uppercase(), &format!("{text}-"), &text.replace('-', "")]
        {
            // All digits may be decimal ones; then upper case is the same.
            assert!(*wrong == text || wrong.parse::<KeyId>().is_err(), "{wrong}");
        }
        let text = "mrk-1234abcd12ab34cd56ef1234567890ab";
        let multi: KeyId = text.parse().unwrap();
        assert_eq!(multi.to_string(), text);
        assert_ne!(multi, KeyId::own(multi.bytes), "another key than the UUID of the same digits");
        for wrong in ["mrk-", "mrk-1234abcd-12ab-34cd-56ef-1234567890ab", &text.to_uppercase(), &text[..35]] {
            assert!(wrong.parse::<KeyId>().is_err(), "{wrong}");
        }
        let material = MaterialId::random().unwrap();
        assert_eq!((material.to_string().len(), material.to_string().parse()), (64, Ok(material)));
        assert!(material.to_string()[1..].parse::<MaterialId>().is_err());
        assert_ne!(KeyId::random().unwrap(), key);
    }
}
