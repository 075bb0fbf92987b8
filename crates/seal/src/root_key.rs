//! The key that wraps the data keys: 32 bytes, and how it is written down.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64_simd::STANDARD as BASE64;
use zeroize::Zeroizing;

use crate::SecretString;

pub(crate) const KEY_BYTES: usize = 32;

/// The key of which a data directory's other keys hang. Clones are wiped one by one.
#[derive(Clone)]
pub struct RootKey(Zeroizing<[u8; KEY_BYTES]>);

/// What a text is that is no root key; without what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no root key: it has {length} characters that are not 32 bytes, which are 64 hexadecimal digits or 44 \
     characters of base64"
)]
pub struct RootKeyText {
    length: usize,
}

impl RootKey {
    /// A random one; `None` if the system provides no random numbers.
    pub fn random() -> Option<RootKey> {
        random().map(RootKey)
    }

    /// `None` unless there are 32.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<RootKey> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(RootKey(key))
    }

    /// From one line: 64 hexadecimal digits, as [`RootKey::text`] writes it, or the same bytes in base64. White space
    /// around it does not count.
    pub fn parse(text: &str) -> Result<RootKey, RootKeyText> {
        let text = text.trim_ascii();
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let read = match text.len() {
            64 => read_hexadecimal(text.as_bytes(), &mut key),
            44 => read_base64(text.as_bytes(), &mut key),
            _ => None,
        };
        read.map(|()| RootKey(key)).ok_or(RootKeyText { length: text.chars().count() })
    }

    /// As it is written down: one line of 64 hexadecimal digits.
    pub fn text(&self) -> SecretString {
        let mut text = String::with_capacity(2 * KEY_BYTES + 1);
        for byte in self.0.iter() {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
            }
        }
        text.push('\n');
        SecretString::new(text)
    }

    /// Says which key it is and nothing of what it is: the beginning of a hash of 256 random bits.
    pub(crate) fn id(&self) -> [u8; 8] {
        let named = Zeroizing::new([&b"flumen root key "[..], &self.0[..]].concat());
        let mut id = [0; 8];
        id.copy_from_slice(&digest(&SHA256, &named).as_ref()[..8]);
        id
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

pub(crate) fn random() -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    SystemRandom::new().fill(&mut key[..]).ok()?;
    Some(key)
}

fn read_hexadecimal(text: &[u8], key: &mut [u8; KEY_BYTES]) -> Option<()> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
        *byte = u8::try_from(16 * digit(pair[0])? + digit(pair[1])?).ok()?;
    }
    Some(())
}

fn read_base64(text: &[u8], key: &mut [u8; KEY_BYTES]) -> Option<()> {
    let bytes = Zeroizing::new(BASE64.decode_to_vec(text).ok()?);
    if bytes.len() != KEY_BYTES {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(())
}

/// An id as people read it.
pub(crate) struct Id(pub [u8; 8]);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKey(id {})", Id(self.id()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_key_is_a_line_of_hexadecimal_digits_or_of_base64() {
        let key = RootKey::random().unwrap();
        let text = key.text();
        assert_eq!(text.expose().len(), 65);
        let base64 = BASE64.encode_to_string(key.bytes());
        for text in [text.expose(), &text.expose().to_uppercase(), &format!(" {base64}\r\n"), &base64] {
            assert_eq!(RootKey::parse(text).unwrap().bytes(), key.bytes());
        }
        assert_ne!(key.id(), RootKey::random().unwrap().id());
    }

    #[test]
    fn what_is_no_root_key_is_refused_by_its_length() {
        let of = |text: &str| RootKey::parse(text).unwrap_err().to_string();
        for wrong in
            ["", "x", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"é".repeat(32), &"!".repeat(44)]
        {
            assert!(of(wrong).contains(&format!("it has {} characters", wrong.chars().count())), "{wrong}");
        }
        // 44 characters of base64 may be 31 or 33 bytes.
        for bytes in [31, 33] {
            RootKey::parse(&BASE64.encode_to_string(vec![7; bytes])).unwrap_err();
        }
    }

    #[test]
    fn a_root_key_prints_its_id_alone() {
        let key = RootKey::random().unwrap();
        let shown = format!("{key:?}");
        assert_eq!(shown.len(), "RootKey(id 0123456789abcdef)".len());
        assert!(!shown.contains(&key.text().expose()[..16]));
    }
}
