//! The key of one message, from its data key, and what it encrypts and authenticates.

use std::borrow::Cow;

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::Suite;
use crate::header::{COMMITMENT_BYTES, TAG_BYTES};
use crate::suite::Derivation;

/// The longest of a cipher.
const KEY_BYTES_MAX: usize = 32;

/// Of SHA-512.
const HASH_BYTES_MAX: usize = 64;

/// A key in clear, wiped when it goes.
pub(crate) type DataKey = Zeroizing<Vec<u8>>;

/// What encrypts one message.
pub(crate) struct MessageKey {
    cipher: LessSafeKey,
    /// Which data key it is from, where the suite says so in the header.
    pub commitment: Option<[u8; COMMITMENT_BYTES]>,
}

impl MessageKey {
    pub fn derive(suite: Suite, data_key: &DataKey, message_id: &[u8]) -> Result<Self, Unspecified> {
        if data_key.len() != suite.key_bytes() {
            return Err(Unspecified);
        }
        let id = suite.id().to_be_bytes();
        let mut room = Zeroizing::new([0; KEY_BYTES_MAX]);
        let key = &mut room[..suite.key_bytes()];
        let mut commitment = None;
        match suite.derivation() {
            Derivation::None => key.copy_from_slice(data_key),
            Derivation::Hkdf(hash) => {
                let extract = Extract::new(*hash, &[], data_key)?;
                extract.expand(&[&id, message_id], key)?;
            }
            Derivation::Committing(hash) => {
                let extract = Extract::new(*hash, message_id, data_key)?;
                extract.expand(&[&id, b"DERIVEKEY"], key)?;
                extract.expand(&[b"COMMITKEY"], commitment.insert([0; COMMITMENT_BYTES]))?;
            }
        }
        let cipher = LessSafeKey::new(UnboundKey::new(suite.cipher(), key)?);
        Ok(MessageKey { cipher, commitment })
    }

    /// In a time that tells nothing of where they differ.
    pub fn is_committed_by(&self, found: Option<&[u8; COMMITMENT_BYTES]>) -> bool {
        match (&self.commitment, found) {
            (Some(derived), Some(found)) => verify_slices_are_equal(derived, found).is_ok(),
            (derived, found) => derived.is_none() && found.is_none(),
        }
    }

    /// The tag of a header, and of pairs of the context that are not in it.
    pub fn header_tag(
        &self,
        iv: &[u8; NONCE_LEN],
        header: &[u8],
        unstored: &[u8],
    ) -> Result<impl AsRef<[u8]> + use<>, Unspecified> {
        self.seal(*iv, &with(header, unstored), &mut [])
    }

    pub fn verify_header(
        &self,
        iv: &[u8; NONCE_LEN],
        header: &[u8],
        unstored: &[u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), Unspecified> {
        self.open(*iv, &with(header, unstored), &[], tag, &mut [])
    }

    /// Encrypts in place, and gives the tag. No other content of the message may have the nonce.
    pub fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        content: &mut [u8],
    ) -> Result<impl AsRef<[u8]> + use<>, Unspecified> {
        self.cipher.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), content)
    }

    /// Decrypts to a room of the same length. What is in there after an error is not to be shown.
    pub fn open(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        content: &[u8],
        tag: &[u8; TAG_BYTES],
        to: &mut [u8],
    ) -> Result<(), Unspecified> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.cipher.open_separate_gather(nonce, Aad::from(aad), content, tag, to)
    }
}

/// What the tag of a header is of.
fn with<'h>(header: &'h [u8], unstored: &[u8]) -> Cow<'h, [u8]> {
    if unstored.is_empty() { header.into() } else { [header, unstored].concat().into() }
}

/// HKDF (RFC 5869) for keys that are no longer than the hash, of which one extract makes two. The library's own makes the extract
/// again for each of them, and most of what a short message takes is this.
struct Extract(hmac::Key);

impl Extract {
    fn new(hash: hmac::Algorithm, salt: &[u8], secret: &[u8]) -> Result<Self, Unspecified> {
        let mut room = Zeroizing::new([0; HASH_BYTES_MAX]);
        let extracted = hmac::sign_to_buffer(&hmac::Key::new(hash, salt), secret, &mut room[..])?;
        Ok(Extract(hmac::Key::new(hash, extracted)))
    }

    fn expand(&self, info: &[&[u8]], to: &mut [u8]) -> Result<(), Unspecified> {
        let mut room = Zeroizing::new([0; HASH_BYTES_MAX]);
        // The number of the one block.
        let info = [&info.concat(), &[1][..]].concat();
        let block = hmac::sign_to_buffer(&self.0, &info, &mut room[..])?;
        to.copy_from_slice(block.get(..to.len()).ok_or(Unspecified)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hkdf::{self, KeyType, Salt};

    use super::*;

    struct Length(usize);

    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn keys_are_what_the_library_derives() {
        for (own, of_library) in [
            (hmac::HMAC_SHA256, hkdf::HKDF_SHA256),
            (hmac::HMAC_SHA384, hkdf::HKDF_SHA384),
            (hmac::HMAC_SHA512, hkdf::HKDF_SHA512),
        ] {
            for (salt, length) in [(&b""[..], 16), (b"salt", 24), (&[7; 200], 32)] {
                let (mut key, mut expected) = (vec![0; length], vec![0; length]);
                let info = [&b"info"[..], &[9; 70]];
                Extract::new(own, salt, b"secret").unwrap().expand(&info, &mut key).unwrap();
                let prk = Salt::new(of_library, salt).extract(b"secret");
                prk.expand(&info, Length(length)).unwrap().fill(&mut expected).unwrap();
                assert_eq!(key, expected);
            }
        }
    }

    #[test]
    fn a_key_is_committed_by_its_own_commitment_alone() {
        let derive = |suite: Suite, data_key: u8| {
            MessageKey::derive(suite, &Zeroizing::new(vec![data_key; suite.key_bytes()]), &[1; 32]).unwrap()
        };
        let key = derive(Suite::Aes256Commitment, 1);
        let other = derive(Suite::Aes256Commitment, 2);
        assert!(key.is_committed_by(key.commitment.as_ref()));
        assert!(!key.is_committed_by(other.commitment.as_ref()));
        assert!(!key.is_committed_by(None));
        let without = derive(Suite::Aes256, 1);
        assert!(without.is_committed_by(None));
        assert!(!without.is_committed_by(key.commitment.as_ref()));
        assert!(MessageKey::derive(Suite::Aes128, &Zeroizing::new(vec![1; 32]), &[1; 16]).is_err());
    }
}
