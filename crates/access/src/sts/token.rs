//! Session tokens: they hold everything that a session is, sealed, so that the service keeps nothing of it.

use std::collections::BTreeMap;

use base64_simd::STANDARD;
use flumen_seal::{Seal, SealError};
use serde::{Deserialize, Serialize};

use crate::principal::Session;

/// Characters. Clients send it with every request, in a header.
pub(crate) const TOKEN_MAX: usize = 8 * 1024;
const CONTEXT: &str = "access/session";

/// Credentials for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Token {
    /// The access key that it belongs to, and its secret.
    pub key: String,
    pub secret: String,
    pub account: String,
    pub of: Of,
    pub issued_ms: u64,
    pub expires_ms: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitive: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What bounds it: a policy, and managed ones by ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<String>,
}

/// Whose session it is. Ids tell who has the name now from who had it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Of {
    Root,
    User { id: String },
    Role { id: String, name: String, session: String },
}

impl Token {
    pub fn session(&self) -> Session {
        Session {
            issued_ms: self.issued_ms,
            source_identity: self.source_identity.clone(),
            provider: self.provider.clone(),
            transitive: self.transitive.clone(),
        }
    }

    /// As clients keep it.
    pub fn sealed(&self, seal: &Seal) -> Result<String, SealError> {
        let text = serde_json::to_vec(self).expect("a token has string keys and no foreign types");
        Ok(STANDARD.encode_to_string(seal.seal(CONTEXT, &text)?))
    }
}

/// Nothing if nobody here has sealed it.
pub(crate) fn open(seal: &Seal, token: &str) -> Option<Token> {
    if token.len() > TOKEN_MAX {
        return None;
    }
    let opened = seal.open(CONTEXT, &STANDARD.decode_to_vec(token).ok()?).ok()?;
    serde_json::from_slice(opened.expose()).ok()
}
