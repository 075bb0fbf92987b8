//! The keys of an issuer: a JWK set (RFC 7517), bounded before it is parsed. What in it is no key to verify with is left out,
//! since sets hold others' keys, too; what could be read in two ways makes the whole set none.

use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use base64_simd::URL_SAFE_NO_PAD;

use super::algorithm::{Algorithm, Wanted};
use crate::policy::Json;

/// Of a JWK set.
pub const KEYS_BYTES_MAX: usize = 64 * 1024;
const KEYS_MAX: usize = 100;
const KEY_ID_CHARACTERS_MAX: usize = 256;
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Those of a set that may verify.
#[derive(Debug, Default)]
pub struct Keys(Vec<Key>);

#[derive(Debug)]
pub(super) struct Key {
    id: String,
    usable: Vec<(Algorithm, ParsedPublicKey)>,
}

/// Why a text is no JWK set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    #[error("the keys have {bytes} bytes, where {KEYS_BYTES_MAX} are the most")]
    Large { bytes: usize },
    #[error("not the JSON of a JWK set: {0}")]
    Json(String),
    #[error("there are {count} keys, where {KEYS_MAX} are the most")]
    Many { count: usize },
    #[error("the key id {0:?} is there twice")]
    Twice(String),
}

impl Keys {
    pub fn parse(text: &[u8], algorithms: &[Algorithm]) -> Result<Self, InvalidKeys> {
        if text.len() > KEYS_BYTES_MAX {
            return Err(InvalidKeys::Large { bytes: text.len() });
        }
        let wrong = |why: &str| InvalidKeys::Json(why.to_owned());
        let set: Json = serde_json::from_slice(text).map_err(|error| wrong(&error.to_string()))?;
        let Json::Map(members) = set else { return Err(wrong("an object is wanted")) };
        let listed = members.into_iter().find(|(name, _)| name == "keys");
        let Some((_, Json::List(listed))) = listed else { return Err(wrong("a list of keys is wanted")) };
        if listed.len() > KEYS_MAX {
            return Err(InvalidKeys::Many { count: listed.len() });
        }
        let mut keys: Vec<Key> = Vec::new();
        for key in listed {
            let Json::Map(members) = key else { return Err(wrong("an object is wanted for a key")) };
            let Some(key) = Key::of(&Members(members), algorithms) else { continue };
            if keys.iter().any(|other| other.id == key.id) {
                return Err(InvalidKeys::Twice(key.id));
            }
            keys.push(key);
        }
        Ok(Keys(keys))
    }

    pub(super) fn get(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

impl Key {
    /// Nothing if it does not verify, has no id, or is for none of the algorithms.
    fn of(members: &Members, algorithms: &[Algorithm]) -> Option<Self> {
        let id = members.text("kid").filter(|id| (1..=KEY_ID_CHARACTERS_MAX).contains(&id.len()))?;
        if members.has("use") && members.text("use") != Some("sig") {
            return None;
        }
        if let Some(operations) = members.get("key_ops") {
            let Json::List(operations) = operations else { return None };
            if !operations.contains(&Json::Text("verify".to_owned())) {
                return None;
            }
        }
        let own = members.text("alg");
        if members.has("alg") && own.is_none() {
            return None;
        }
        let may = |algorithm: &&Algorithm| own.is_none_or(|own| Algorithm::named(own) == Some(**algorithm));
        let usable = algorithms.iter().filter(may);
        let usable: Vec<_> =
            usable.filter_map(|algorithm| Some((*algorithm, members.key(*algorithm)?))).collect();
        (!usable.is_empty()).then(|| Key { id: id.to_owned(), usable })
    }

    pub(super) fn usable_for(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        self.usable.iter().find(|(other, _)| *other == algorithm).map(|(_, key)| key)
    }
}

/// Of a JWK.
struct Members(Vec<(String, Json)>);

impl Members {
    fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode_to_vec(self.text(name)?).ok()
    }

    /// The key, if it is one for the algorithm.
    fn key(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        let kind = self.text("kty")?;
        match algorithm.wanted() {
            Wanted::Rsa(parameters) if kind == "RSA" => {
                let (n, e) = (self.bytes("n")?, self.bytes("e")?);
                let bits = n.len() * 8 - n.first()?.leading_zeros() as usize;
                // With one as the exponent everybody can sign.
                let is_exponent = e.len() <= 4 && e.last()? % 2 == 1 && *e != [1];
                if !RSA_BITS.contains(&bits) || !is_exponent {
                    return None;
                }
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
            }
            Wanted::Ec(verification, curve, bytes) if kind == "EC" && self.text("crv") == Some(curve) => {
                let (x, y) = (self.bytes("x")?, self.bytes("y")?);
                if x.len() != bytes || y.len() != bytes {
                    return None;
                }
                // The point as it is written in full.
                ParsedPublicKey::new(verification, [&[4], &*x, &*y].concat()).ok()
            }
            Wanted::Ed25519(verification) if kind == "OKP" && self.text("crv") == Some("Ed25519") => {
                let x = self.bytes("x").filter(|x| x.len() == 32)?;
                ParsedPublicKey::new(verification, x).ok()
            }
            _ => None,
        }
    }
}
