//! A token as it comes: three parts of base64url with dots between (RFC 7515, compact serialization), two of which are
//! JSON. Nothing here is believed.

use base64_simd::URL_SAFE_NO_PAD;

use super::Refused;
use crate::policy::Json;

/// As AWS's interface has it.
const TOKEN_CHARACTERS_MAX: usize = 20_000;
const HEADER_CHARACTERS_MAX: usize = 4_096;
/// By an RSA key of 8192 bits.
const SIGNATURE_CHARACTERS_MAX: usize = 1_366;

pub(super) struct Token<'t> {
    /// What the signature is of.
    pub signed: &'t str,
    pub signature: Vec<u8>,
    /// As the header says it.
    pub algorithm: String,
    /// The id of the key.
    pub key: String,
    claims: Vec<(String, Json)>,
}

impl<'t> Token<'t> {
    pub fn read(text: &'t str) -> Result<Self, Refused> {
        within(text, TOKEN_CHARACTERS_MAX, "token")?;
        let parts = text.rsplit_once('.').and_then(|(signed, signature)| {
            let (header, claims) = signed.split_once('.')?;
            Some((signed, header, claims, signature))
        });
        let Some((signed, header, claims, signature)) = parts else {
            return Err(invalid("it does not have three parts"));
        };
        within(header, HEADER_CHARACTERS_MAX, "header")?;
        within(signature, SIGNATURE_CHARACTERS_MAX, "signature")?;
        // A dot is no character of base64url, so that there are three parts and no more.
        let (algorithm, key) = read_header(&object(header, "header")?)?;
        let signature = decoded(signature, "signature")?;
        Ok(Token { signed, signature, algorithm, key, claims: object(claims, "payload")? })
    }

    pub fn claim(&self, name: &str) -> Option<&Json> {
        member(&self.claims, name)
    }

    /// Who says that they have signed it.
    pub fn issuer(&self) -> Result<&str, Refused> {
        match self.claim("iss") {
            Some(Json::Text(url)) => Ok(url),
            Some(_) => Err(Refused::Claim { claim: "iss", why: "a string is wanted" }),
            None => Err(Refused::Missing("iss")),
        }
    }
}

/// Algorithm and key id. Where a key could be had from, as the token says it (`jku`, `x5u`, `jwk`, `x5c`), is not looked at.
fn read_header(header: &[(String, Json)]) -> Result<(String, String), Refused> {
    let text = |name| match member(header, name) {
        Some(Json::Text(text)) => Ok(text.clone()),
        _ => Err(invalid(format!("its header has no {name}"))),
    };
    // What says how the rest is to be understood: extensions that must be (`crit`), a payload that is not base64url (`b64`),
    // compression and encryption. None is known here.
    for name in ["crit", "b64", "zip", "enc"] {
        if member(header, name).is_some() {
            return Err(invalid(format!("its header has {name}, which is not understood")));
        }
    }
    match member(header, "typ") {
        None => {}
        Some(Json::Text(kind)) if kind.eq_ignore_ascii_case("JWT") => {}
        Some(_) => return Err(invalid("its typ is not JWT")),
    }
    Ok((text("alg")?, text("kid")?))
}

fn member<'j>(members: &'j [(String, Json)], name: &str) -> Option<&'j Json> {
    members.iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// JSON in which no name is there twice.
fn object(part: &str, what: &str) -> Result<Vec<(String, Json)>, Refused> {
    let json = decoded(part, what)?;
    match serde_json::from_slice(&json) {
        Ok(Json::Map(members)) => Ok(members),
        Ok(_) => Err(invalid(format!("its {what} is no object"))),
        Err(error) => Err(invalid(format!("its {what} is not JSON: {error}"))),
    }
}

/// Strictly: no padding, no bits beyond the last byte.
fn decoded(part: &str, what: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode_to_vec(part).map_err(|_| invalid(format!("its {what} is no base64url")))
}

fn within(text: &str, most: usize, what: &str) -> Result<(), Refused> {
    if text.len() > most {
        let characters = text.len();
        return Err(invalid(format!("the {what} has {characters} characters, where {most} are the most")));
    }
    Ok(())
}

fn invalid(why: impl Into<String>) -> Refused {
    Refused::Invalid(why.into())
}
