//! The signature at the end of a message: by a key that is made for it, and that its encryption context names.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsBigEndian as _, EcPublicKeyCompressedBin};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};
use base64_simd::STANDARD;

use crate::suite::Signing;

/// Signatures are DER of two numbers of 48 bytes at most; a longer one is not waited for.
pub(crate) const SIGNATURE_BYTES_MAX: usize = 256;
const LENGTH_BYTES: usize = 2;

/// A key that signs messages.
pub(crate) struct SigningKey(EcdsaKeyPair);

impl SigningKey {
    pub fn generate(of: &Signing) -> Result<Self, Unspecified> {
        EcdsaKeyPair::generate(of.sign).map(SigningKey)
    }

    /// Its public part as it stands in a context: a compressed point, in base64.
    pub fn public(&self) -> Result<String, Unspecified> {
        let point: EcPublicKeyCompressedBin<'_> = self.0.public_key().as_be_bytes()?;
        Ok(STANDARD.encode_to_string(point.as_ref()))
    }

    /// Of all of a message that came to `digest`.
    pub fn sign(&self, digest: Running, to: &mut Vec<u8>) -> Result<(), Unspecified> {
        let signature = self.0.sign_digest(&digest.0.finish())?;
        let signature = signature.as_ref();
        let length = u16::try_from(signature.len()).map_err(|_| Unspecified)?;
        to.extend_from_slice(&length.to_be_bytes());
        to.extend_from_slice(signature);
        Ok(())
    }
}

/// What was signed so far.
#[derive(Clone)]
pub(crate) struct Running(digest::Context);

impl Running {
    pub fn new(of: &Signing) -> Self {
        Running(digest::Context::new(of.digest))
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// A key that verifies messages.
pub(crate) struct VerifyingKey {
    point: Vec<u8>,
    of: &'static Signing,
}

impl VerifyingKey {
    /// As a context names it. Whether it is a point of the curve is seen when it verifies.
    pub fn parse(public: &str, of: &'static Signing) -> Option<Self> {
        let point = STANDARD.decode_to_vec(public).ok()?;
        Some(VerifyingKey { point, of })
    }

    pub fn verify(&self, digest: Running, signature: &[u8]) -> Result<(), Unspecified> {
        let key = UnparsedPublicKey::new(self.of.verify, &self.point);
        key.verify_digest(&digest.0.finish(), signature)
    }

    pub fn signing(&self) -> &'static Signing {
        self.of
    }
}

/// A footer in the bytes at hand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Footer<'b> {
    /// Nothing yet: so many have to be there.
    Needs(usize),
    /// A signature, which is all of it but its length.
    Signature(&'b [u8]),
    TooLong,
}

impl<'b> Footer<'b> {
    pub fn parse(bytes: &'b [u8]) -> Self {
        let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
            return Footer::Needs(LENGTH_BYTES);
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if length > SIGNATURE_BYTES_MAX {
            return Footer::TooLong;
        }
        rest.get(..length).map_or(Footer::Needs(LENGTH_BYTES + length), Footer::Signature)
    }

    /// Of a footer with that signature.
    pub fn length(signature: &[u8]) -> usize {
        LENGTH_BYTES + signature.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Suite;

    #[test]
    fn a_key_verifies_what_its_other_half_signed() {
        for suite in [Suite::Aes256CommitmentEcdsaP384, Suite::Aes128EcdsaP256] {
            let of = suite.signing().unwrap();
            let (key, other) = (SigningKey::generate(of).unwrap(), SigningKey::generate(of).unwrap());
            let running = |parts: [&[u8]; 2]| {
                let mut running = Running::new(of);
                parts.into_iter().for_each(|part| running.update(part));
                running
            };
            let mut footer = Vec::new();
            key.sign(running([b"header", b"body"]), &mut footer).unwrap();
            let Footer::Signature(signature) = Footer::parse(&footer) else { panic!("{footer:?}") };
            assert_eq!(Footer::length(signature), footer.len());
            let verify = |by: &SigningKey, digest| {
                VerifyingKey::parse(&by.public().unwrap(), of).unwrap().verify(digest, signature).is_ok()
            };
            assert!(verify(&key, running([b"heade", b"rbody"])));
            assert!(!verify(&key, running([b"header", b"Body"])));
            assert!(!verify(&other, running([b"header", b"body"])));
        }
    }

    #[test]
    fn footers_say_how_long_they_are() {
        assert_eq!(Footer::parse(b"\0"), Footer::Needs(2));
        assert_eq!(Footer::parse(b"\0\x02a"), Footer::Needs(4));
        assert_eq!(Footer::parse(b"\0\x02abc"), Footer::Signature(b"ab"));
        assert_eq!(Footer::parse(b"\x01\0"), Footer::Needs(258));
        assert_eq!(Footer::parse(b"\x01\x01"), Footer::TooLong);
    }

    #[test]
    fn what_is_no_public_key_verifies_nothing() {
        let of = Suite::Aes128EcdsaP256.signing().unwrap();
        assert!(VerifyingKey::parse("no base64!", of).is_none());
        let no_point = VerifyingKey::parse("AAAA", of).unwrap();
        no_point.verify(Running::new(of), b"").unwrap_err();
    }
}
