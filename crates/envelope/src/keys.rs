//! The key of one message, from its data key, and what it encrypts and authenticates.

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{self, Prk, Salt};
use zeroize::Zeroizing;

use crate::Suite;
use crate::header::{COMMITMENT_BYTES, TAG_BYTES};
use crate::suite::Derivation;

/// The longest of a cipher.
const KEY_BYTES_MAX: usize = 32;

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
            Derivation::Hkdf(algorithm) => {
                let prk = Salt::none(*algorithm).extract(data_key);
                expand(&prk, &[&id, message_id], key)?;
            }
            Derivation::Committing(algorithm) => {
                let prk = Salt::new(*algorithm, message_id).extract(data_key);
                expand(&prk, &[&id, b"DERIVEKEY"], key)?;
                expand(&prk, &[b"COMMITKEY"], commitment.insert([0; COMMITMENT_BYTES]))?;
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
        let nonce = Nonce::assume_unique_for_key(*iv);
        match unstored {
            [] => self.cipher.seal_in_place_separate_tag(nonce, Aad::from(header), &mut []),
            _ => {
                let aad = Aad::from([header, unstored].concat());
                self.cipher.seal_in_place_separate_tag(nonce, aad, &mut [])
            }
        }
    }

    pub fn verify_header(
        &self,
        iv: &[u8; NONCE_LEN],
        header: &[u8],
        unstored: &[u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), Unspecified> {
        let nonce = Nonce::assume_unique_for_key(*iv);
        let aad = [header, unstored].concat();
        self.cipher.open_separate_gather(nonce, Aad::from(aad), &[], tag, &mut [])
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

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, info: &[&[u8]], to: &mut [u8]) -> Result<(), Unspecified> {
    prk.expand(info, Length(to.len()))?.fill(to)
}
