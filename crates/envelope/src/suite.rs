//! The algorithm suites that a message may name, and what each of them means.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM};
use aws_lc_rs::digest::{SHA256, SHA384};
use aws_lc_rs::hmac::{HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm,
};
use aws_lc_rs::{aead, digest, hmac};

/// An algorithm suite, by its names in AWS's specification. All of them encrypt with AES in Galois/Counter Mode, with nonces of
/// 12 bytes and tags of 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// 0x0578, what AWS's SDKs take by themselves: a committed key of 256 bits, and a signature.
    Aes256CommitmentEcdsaP384,
    /// 0x0478: a committed key of 256 bits. Who can open a message can also have made it.
    Aes256Commitment,
    /// 0x0378
    Aes256EcdsaP384,
    /// 0x0346
    Aes192EcdsaP384,
    /// 0x0214
    Aes128EcdsaP256,
    /// 0x0178
    Aes256,
    /// 0x0146
    Aes192,
    /// 0x0114
    Aes128,
    /// 0x0078: the data key itself encrypts the message, so no other message may have it.
    Aes256WithoutDerivation,
    /// 0x0046
    Aes192WithoutDerivation,
    /// 0x0014
    Aes128WithoutDerivation,
}

/// How the key that encrypts a message comes from its data key.
pub(crate) enum Derivation {
    /// It is the data key.
    None,
    /// With the suite and the message's id as info.
    Hkdf(hmac::Algorithm),
    /// With the message's id as salt. A second key of the same extract is in the header, and commits to the data key.
    Committing(hmac::Algorithm),
}

pub(crate) struct Signing {
    pub digest: &'static digest::Algorithm,
    pub sign: &'static EcdsaSigningAlgorithm,
    pub verify: &'static EcdsaVerificationAlgorithm,
}

/// A row of the specification's table.
struct SuiteRow {
    id: u16,
    cipher: &'static aead::Algorithm,
    derivation: Derivation,
    signing: Option<Signing>,
}

const P384: Option<Signing> =
    Some(Signing { digest: &SHA384, sign: &ECDSA_P384_SHA384_ASN1_SIGNING, verify: &ECDSA_P384_SHA384_ASN1 });
const P256: Option<Signing> =
    Some(Signing { digest: &SHA256, sign: &ECDSA_P256_SHA256_ASN1_SIGNING, verify: &ECDSA_P256_SHA256_ASN1 });

const fn row(
    id: u16,
    cipher: &'static aead::Algorithm,
    derivation: Derivation,
    signing: Option<Signing>,
) -> SuiteRow {
    SuiteRow { id, cipher, derivation, signing }
}

/// In the order of the enum.
static ROWS: [SuiteRow; 11] = {
    use Derivation::{Committing, Hkdf, None as Same};
    [
        row(0x0578, &AES_256_GCM, Committing(HMAC_SHA512), P384),
        row(0x0478, &AES_256_GCM, Committing(HMAC_SHA512), None),
        row(0x0378, &AES_256_GCM, Hkdf(HMAC_SHA384), P384),
        row(0x0346, &AES_192_GCM, Hkdf(HMAC_SHA384), P384),
        row(0x0214, &AES_128_GCM, Hkdf(HMAC_SHA256), P256),
        row(0x0178, &AES_256_GCM, Hkdf(HMAC_SHA256), None),
        row(0x0146, &AES_192_GCM, Hkdf(HMAC_SHA256), None),
        row(0x0114, &AES_128_GCM, Hkdf(HMAC_SHA256), None),
        row(0x0078, &AES_256_GCM, Same, None),
        row(0x0046, &AES_192_GCM, Same, None),
        row(0x0014, &AES_128_GCM, Same, None),
    ]
};

impl Suite {
    /// All that there are.
    pub const ALL: [Suite; 11] = {
        use Suite::*;
        [
            Aes256CommitmentEcdsaP384,
            Aes256Commitment,
            Aes256EcdsaP384,
            Aes192EcdsaP384,
            Aes128EcdsaP256,
            Aes256,
            Aes192,
            Aes128,
            Aes256WithoutDerivation,
            Aes192WithoutDerivation,
            Aes128WithoutDerivation,
        ]
    };

    /// The suite of that id, if there is one.
    pub fn of_id(id: u16) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.id() == id)
    }

    /// As it stands in messages.
    pub fn id(self) -> u16 {
        self.row().id
    }

    /// Of the data key, and of the key that is derived from it.
    pub fn key_bytes(self) -> usize {
        self.row().cipher.key_len()
    }

    /// Whether messages bind the one data key that opens them. Without, a message can be made that opens to one text under one key
    /// and to another text under another.
    pub fn is_committing(self) -> bool {
        matches!(self.row().derivation, Derivation::Committing(_))
    }

    /// Whether messages end with a signature, by a key that their encryption context names.
    pub fn is_signed(self) -> bool {
        self.row().signing.is_some()
    }

    /// Whether a data key may encrypt more than one message.
    pub(crate) fn derives_keys(self) -> bool {
        !matches!(self.row().derivation, Derivation::None)
    }

    pub(crate) fn cipher(self) -> &'static aead::Algorithm {
        self.row().cipher
    }

    pub(crate) fn derivation(self) -> &'static Derivation {
        &self.row().derivation
    }

    pub(crate) fn signing(self) -> Option<&'static Signing> {
        self.row().signing.as_ref()
    }

    fn row(self) -> &'static SuiteRow {
        &ROWS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_the_ids_that_are_written_beside_them() {
        let ids = Suite::ALL.map(Suite::id);
        let written =
            [0x0578, 0x0478, 0x0378, 0x0346, 0x0214, 0x0178, 0x0146, 0x0114, 0x0078, 0x0046, 0x0014];
        assert_eq!(ids, written);
        for suite in Suite::ALL {
            assert_eq!(Suite::of_id(suite.id()), Some(suite));
            // The second byte of an id tells the cipher apart, and the first how keys are derived.
            let bits = match suite.id() & 0xff {
                0x78 => 256,
                0x46 => 192,
                _ => 128,
            };
            assert_eq!(suite.key_bytes() * 8, bits, "{suite:?}");
            assert_eq!(suite.is_committing(), suite.id() >= 0x0400);
            assert_eq!(suite.derives_keys(), suite.id() >= 0x0100);
            assert_eq!(suite.is_signed(), matches!(suite.id() >> 8, 2 | 3 | 5), "{suite:?}");
        }
        assert_eq!(Suite::of_id(0), None);
    }
}
