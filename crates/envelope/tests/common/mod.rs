//! Keys and messages that AWS's SDKs made.

// Each test uses some of it.
#![allow(dead_code)]

use std::collections::BTreeMap;

use base64_simd::STANDARD;
use flumen_envelope::{CommitmentPolicy, Context, Keyring, Opener, OpenerSettings, RsaPadding, Suite};
use serde_json::Value;

pub const ALL: CommitmentPolicy = CommitmentPolicy::RequireEncryptAllowDecrypt;

/// A message that one of the SDKs made, and what it is to open to.
pub struct Vector {
    pub suite: Suite,
    pub keyring: String,
    pub context: BTreeMap<String, String>,
    pub unstored: Vec<String>,
    pub frame_bytes: u64,
    pub plaintext: Vec<u8>,
    pub message: Vec<u8>,
}

impl Vector {
    pub fn python() -> Vec<Vector> {
        Vector::read(include_str!("../vectors/python.json"))
    }

    fn read(json: &str) -> Vec<Vector> {
        let all: Vec<Value> = serde_json::from_str(json).unwrap();
        all.iter().map(Vector::of).collect()
    }

    fn of(value: &Value) -> Vector {
        let text = |name: &str| value[name].as_str().unwrap();
        Vector {
            suite: Suite::of_id(value["suite"].as_u64().unwrap() as u16).unwrap(),
            keyring: text("keyring").to_owned(),
            context: serde_json::from_value(value["context"].clone()).unwrap(),
            unstored: serde_json::from_value(value["unstored"].clone()).unwrap(),
            frame_bytes: value["frameBytes"].as_u64().unwrap(),
            plaintext: unhex(text("plaintext")),
            message: STANDARD.decode_to_vec(text("message")).unwrap(),
        }
    }

    /// The pairs that are not in the message.
    pub fn unstored(&self) -> Context {
        let pairs = self.context.iter().filter(|(key, _)| self.unstored.contains(key));
        Context::new(pairs.map(|(key, value)| (key.clone(), value.clone()))).unwrap()
    }

    pub fn opener(&self) -> Opener {
        let settings = OpenerSettings { policy: ALL, context: self.unstored(), ..OpenerSettings::default() };
        Opener::new(keyring(&self.keyring), settings).unwrap()
    }

    pub fn name(&self) -> String {
        let Vector { suite, keyring, plaintext, frame_bytes, .. } = self;
        let unstored = self.unstored.len();
        format!("{:04x} {keyring} {} in {frame_bytes}, {unstored} unstored", suite.id(), plaintext.len())
    }
}

/// By its name in the vectors: several with `+` between.
pub fn keyring(name: &str) -> Keyring {
    let keys: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    let one = |name: &str| {
        let padding = match name {
            "rsa-1" => RsaPadding::OaepSha1,
            "rsa-256" => RsaPadding::OaepSha256,
            "rsa-384" => RsaPadding::OaepSha384,
            "rsa-512" => RsaPadding::OaepSha512,
            _ => return Keyring::aes("vectors", name, &unhex(keys[name].as_str().unwrap())).unwrap(),
        };
        let pem = keys["rsa"].as_str().unwrap();
        Keyring::rsa("vectors", name, pem.as_bytes(), padding).unwrap()
    };
    name.split('+').map(one).reduce(Keyring::and).unwrap()
}

pub fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}
