//! The keys by which digests are signed, RSA of 2048 bits as CloudTrail's, and those by which they are verified.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKey as RsaPublicKey};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64_simd::STANDARD as BASE64;
use flumen_seal::Secret;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::{event, hex};

/// Signs digests.
#[derive(Debug)]
pub struct SigningKey {
    pair: KeyPair,
    public: PublicKey,
}

/// No key came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("no RSA key could be made")]
    Make,
    #[error("these bytes are no RSA key of 2048 bits in PKCS#8")]
    Read,
    #[error("a digest could not be signed")]
    Sign,
}

impl SigningKey {
    /// Takes a tenth of a second, or a whole one.
    pub fn generate(valid_from_ms: u64, valid_until_ms: u64) -> Result<SigningKey, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Make)?;
        Ok(SigningKey::of(pair, valid_from_ms, valid_until_ms))
    }

    /// What [`SigningKey::pkcs8`] has given.
    pub fn from_pkcs8(
        pkcs8: &Secret,
        valid_from_ms: u64,
        valid_until_ms: u64,
    ) -> Result<SigningKey, KeyError> {
        let pair = KeyPair::from_pkcs8(pkcs8.expose()).map_err(|_| KeyError::Read)?;
        if pair.public_modulus_len() != 256 {
            return Err(KeyError::Read);
        }
        Ok(SigningKey::of(pair, valid_from_ms, valid_until_ms))
    }

    fn of(pair: KeyPair, valid_from_ms: u64, valid_until_ms: u64) -> SigningKey {
        let public = PublicKey::of(pair.public_key().as_ref().to_vec(), valid_from_ms, valid_until_ms);
        SigningKey { pair, public }
    }

    /// To be sealed wherever it is kept.
    pub fn pkcs8(&self) -> Result<Secret, KeyError> {
        let der = self.pair.as_der().map_err(|_| KeyError::Make)?;
        Ok(Secret::new(der.as_ref().to_vec()))
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// PKCS#1 v1.5 with SHA-256, in hex.
    pub(super) fn sign(&self, text: &str) -> Result<String, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature);
        signed.map_err(|_| KeyError::Sign)?;
        Ok(hex(&signature))
    }
}

/// Verifies digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// PKCS#1, as ListPublicKeys has it.
    pub der: Vec<u8>,
    /// MD5 of that in hex, by which digests name it.
    pub fingerprint: String,
    pub valid_from_ms: u64,
    pub valid_until_ms: u64,
}

/// No public key is in a file.
#[derive(Debug, thiserror::Error)]
pub enum NoPublicKey {
    #[error(
        "holds no public key: neither PEM, nor a list as `aws cloudtrail list-public-keys` or public-keys.json has it"
    )]
    Neither,
    #[error("holds a public key that is none of RSA")]
    NotRsa,
}

/// As the AWS CLI prints keys.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    public_key_list: Vec<Listed>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    value: String,
    /// The AWS CLI has numbers here, or texts.
    #[serde(default)]
    validity_start_time: serde_json::Value,
    #[serde(default)]
    validity_end_time: serde_json::Value,
    fingerprint: String,
}

impl PublicKey {
    pub(crate) fn of(der: Vec<u8>, valid_from_ms: u64, valid_until_ms: u64) -> PublicKey {
        let fingerprint = hex(&Md5::digest(&der));
        PublicKey { der, fingerprint, valid_from_ms, valid_until_ms }
    }

    pub(super) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.der);
        key.verify(text.as_bytes(), signature).is_ok()
    }

    /// The text of `public-keys.json`.
    pub(crate) fn list(keys: &[PublicKey]) -> String {
        let listed = |key: &PublicKey| Listed {
            value: BASE64.encode_to_string(&key.der),
            validity_start_time: event::time(key.valid_from_ms).into(),
            validity_end_time: event::time(key.valid_until_ms).into(),
            fingerprint: key.fingerprint.clone(),
        };
        let list = List { public_key_list: keys.iter().map(listed).collect() };
        let mut text = serde_json::to_string_pretty(&list).expect("texts in a list are written");
        text.push('\n');
        text
    }

    /// All that are in a file: PEM of PKCS#1 or of SPKI, or a list.
    pub fn read(text: &str) -> Result<Vec<PublicKey>, NoPublicKey> {
        let ders = match serde_json::from_str::<List>(text) {
            Ok(list) => list.public_key_list.into_iter().map(|key| key.value).collect(),
            Err(_) => blocks(text),
        };
        let key = |text: &String| {
            let der = BASE64.decode_to_vec(text).map_err(|_| NoPublicKey::Neither)?;
            let key = RsaPublicKey::from_der(&der).map_err(|_| NoPublicKey::NotRsa)?;
            Ok(PublicKey::of(key.as_ref().to_vec(), 0, u64::MAX))
        };
        let keys = ders.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(NoPublicKey::Neither) } else { Ok(keys) }
    }
}

/// What stands between the lines of PEM that say that it is a public key.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines().map(str::trim) {
        match line {
            "-----BEGIN PUBLIC KEY-----" | "-----BEGIN RSA PUBLIC KEY-----" => block = Some(String::new()),
            _ if line.starts_with("-----") => blocks.extend(block.take()),
            _ => {
                if let Some(block) = &mut block {
                    block.push_str(line);
                }
            }
        }
    }
    blocks
}
