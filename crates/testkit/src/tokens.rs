//! Tokens of OpenID Connect, and the keys that sign them, as an issuer of them has them.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A key with its id, and the algorithm that it signs by.
pub struct TokenKey {
    pub id: String,
    pub algorithm: &'static str,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

impl TokenKey {
    /// Signs by `RS256` or `PS256`.
    pub fn rsa(id: &str, algorithm: &'static str) -> Self {
        let pair = Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
        TokenKey { id: id.to_owned(), algorithm, pair }
    }

    pub fn es256(id: &str) -> Self {
        let pair = Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
        TokenKey { id: id.to_owned(), algorithm: "ES256", pair }
    }

    pub fn ed25519(id: &str) -> Self {
        let pair = Pair::Ed25519(Ed25519KeyPair::generate().unwrap());
        TokenKey { id: id.to_owned(), algorithm: "EdDSA", pair }
    }

    /// What the issuer says of it to everybody.
    pub fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let (n, e) = integers(pair.public_key().as_ref());
                json!({"kty": "RSA", "n": base64url(n), "e": base64url(e)})
            }
            Pair::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)})
            }
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key())})
            }
        };
        jwk["kid"] = self.id.as_str().into();
        jwk
    }

    pub fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm, "kid": self.id, "typ": "JWT"});
        self.token_of(&header.to_string(), &claims.to_string())
    }

    /// With header and claims as they are given, whatever they say.
    pub fn token_of(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", base64url(header), base64url(claims));
        let signature = self.signature(signed.as_bytes());
        format!("{signed}.{}", base64url(signature))
    }

    pub fn signature(&self, of: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding = if self.algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(padding, &random, of, &mut signature).unwrap();
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, of).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(of).as_ref().to_vec(),
        }
    }
}

/// A JWK set of these keys.
pub fn jwks<'k>(keys: impl IntoIterator<Item = &'k TokenKey>) -> String {
    json!({"keys": keys.into_iter().map(TokenKey::jwk).collect::<Vec<_>>()}).to_string()
}

/// Modulus and exponent of an RSAPublicKey of 2048 bits in DER, without the zeros in front.
fn integers(der: &[u8]) -> (&[u8], &[u8]) {
    let [0x30, 0x82, _, _, 0x02, 0x82, 1, 1, 0, rest @ ..] = der else { panic!("no RSA key of 2048 bits") };
    let (n, rest) = rest.split_at(256);
    let [0x02, _, e @ ..] = rest else { panic!("no exponent") };
    (n, e)
}
