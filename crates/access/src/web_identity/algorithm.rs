//! How tokens may be signed: with a key of which everybody may know the half that verifies. Those with a shared secret
//! (HS256 and the like) and `none` are none.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    VerificationAlgorithm,
};

/// As `alg` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the algorithm {0:?} is none of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA"
)]
pub struct UnknownAlgorithm(String);

/// What an algorithm takes for a key.
pub(super) enum Wanted {
    Rsa(&'static RsaParameters),
    /// On the curve of that name, with numbers of that many bytes.
    Ec(&'static dyn VerificationAlgorithm, &'static str, usize),
    Ed25519(&'static dyn VerificationAlgorithm),
}

impl Algorithm {
    const ALL: [Algorithm; 10] = [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::EdDSA,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Algorithm::RS256 => "RS256",
            Algorithm::RS384 => "RS384",
            Algorithm::RS512 => "RS512",
            Algorithm::PS256 => "PS256",
            Algorithm::PS384 => "PS384",
            Algorithm::PS512 => "PS512",
            Algorithm::ES256 => "ES256",
            Algorithm::ES384 => "ES384",
            Algorithm::ES512 => "ES512",
            Algorithm::EdDSA => "EdDSA",
        }
    }

    /// By its name, exactly.
    pub fn named(name: &str) -> Option<Self> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    pub(super) fn wanted(self) -> Wanted {
        match self {
            Algorithm::RS256 => Wanted::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => Wanted::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => Wanted::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => Wanted::Rsa(&RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => Wanted::Rsa(&RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => Wanted::Rsa(&RSA_PSS_2048_8192_SHA512),
            Algorithm::ES256 => Wanted::Ec(&ECDSA_P256_SHA256_FIXED, "P-256", 32),
            Algorithm::ES384 => Wanted::Ec(&ECDSA_P384_SHA384_FIXED, "P-384", 48),
            Algorithm::ES512 => Wanted::Ec(&ECDSA_P521_SHA512_FIXED, "P-521", 66),
            Algorithm::EdDSA => Wanted::Ed25519(&ED25519),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        Algorithm::named(text).ok_or_else(|| UnknownAlgorithm(text.to_owned()))
    }
}
