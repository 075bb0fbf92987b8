//! Whom others vouch for: tokens of OpenID Connect, signed by an issuer, read and verified without any I/O.
//!
//! Who the issuers are is the operator's to set, and how their keys are come by is `api`'s. What the subject of a token may
//! become is for the trust policies of roles to say (`sts`). Source: RFC 7515, 7517, 7518, 7519 and 8725.
//!
//! A token comes without a signature of the request, so from anybody: it is bounded before anything of it is decoded, and
//! everything that costs little is checked before its signature is.

mod algorithm;
mod claims;
mod keys;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::{LEEWAY_S, WebIdentity};
pub use keys::{InvalidKeys, KEYS_BYTES_MAX, Keys};

use crate::policy::{Policy, Subject};
use token::Token;

/// Issuers that speak for everybody who has an account with them, so that who it is has to be asked. Source: "Identity-provider
/// controls for shared OIDC providers" in the IAM user guide, and Google's.
const PUBLIC: [&str; 13] = [
    "accounts.google.com",
    "agent.buildkite.com",
    "api.pulumi.com/oidc",
    "app.terraform.io",
    "gitlab.com",
    "oidc-configuration.audit-log.githubusercontent.com",
    "oidc.codefresh.io",
    "proidc.upbound.io",
    "scalr.io",
    "studio.datachain.ai/api",
    "token.actions.githubusercontent.com",
    "tokens.cloud.shisho.dev",
    "vstoken.actions.githubusercontent.com",
];

/// Who vouches, as the operator has set it; AWS calls it an OIDC provider.
#[derive(Debug)]
pub struct Issuer {
    url: String,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    is_public: bool,
    /// Those of the moment.
    keys: RwLock<Arc<Keys>>,
}

/// Why what is set of an issuer cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIssuer {
    #[error("the issuer {0:?} is not a URL such as https://issuer.example.com/path")]
    Url(String),
    #[error("the issuer {0:?} has neither a dot nor a port nor a path, as its condition keys must")]
    Short(String),
    #[error("an audience at least is wanted, none of them empty")]
    Audiences,
    #[error("an algorithm at least is wanted, and none of them twice")]
    Algorithms,
}

/// All issuers, by what their tokens have as `iss`.
#[derive(Debug, Default)]
pub struct Issuers(BTreeMap<String, Arc<Issuer>>);

/// Why a token is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("The ID Token provided is not a valid JWT: {0}")]
    Invalid(String),
    #[error("No OpenIDConnect provider found in your account for {0}")]
    NoIssuer(String),
    #[error("Missing a required claim: {0}")]
    Missing(&'static str),
    #[error("The claim {claim} is not what it must be: {why}")]
    Claim { claim: &'static str, why: &'static str },
    #[error("Incorrect token audience")]
    Audience,
    #[error("Token expired: current date/time {now_s} must be before the expiration date/time {exp_s}")]
    Expired { now_s: u64, exp_s: u64 },
    #[error("The claim {claim} is {at_s}, which is to come: it is {now_s}")]
    ToCome { claim: &'static str, at_s: u64, now_s: u64 },
    #[error("The algorithm {0:?} is not one that the identity provider signs with")]
    Algorithm(String),
    /// The keys that are known of the issuer do not have it.
    #[error(
        "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity \
         documentation for requirements"
    )]
    UnknownKey(Arc<Issuer>),
    #[error("The key of the token is not one for its algorithm {0}")]
    OtherKey(Algorithm),
    #[error("The signature of the token is not the identity provider's")]
    Signature,
    /// Keys cannot be had now.
    #[error("The identity provider cannot be reached for its keys; try again")]
    Unreachable,
}

impl Issuer {
    /// Without keys, which take no token.
    ///
    /// # Errors
    /// What of it cannot be.
    pub fn new(
        url: &str,
        audiences: Vec<String>,
        algorithms: Vec<Algorithm>,
        is_public: bool,
    ) -> Result<Self, InvalidIssuer> {
        let name = url.strip_prefix("https://").ok_or_else(|| InvalidIssuer::Url(url.to_owned()))?;
        let may = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
        let begins = name.starts_with(|first: char| first.is_ascii_alphanumeric());
        if !begins || !name.bytes().all(may) || url.len() > 255 {
            return Err(InvalidIssuer::Url(url.to_owned()));
        }
        // Condition keys begin with it, as others do with the name of a service.
        if !name.contains(['.', ':', '/']) {
            return Err(InvalidIssuer::Short(url.to_owned()));
        }
        if audiences.is_empty() || audiences.iter().any(String::is_empty) {
            return Err(InvalidIssuer::Audiences);
        }
        let is_twice = |nth: usize| algorithms[..nth].contains(&algorithms[nth]);
        if algorithms.is_empty() || (0..algorithms.len()).any(is_twice) {
            return Err(InvalidIssuer::Algorithms);
        }
        let (is_public, keys) = (is_public || PUBLIC.contains(&name), RwLock::default());
        Ok(Issuer { url: url.to_owned(), audiences, algorithms, is_public, keys })
    }

    /// As `iss` has it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As ARNs and condition keys have it: without the scheme.
    pub fn name(&self) -> &str {
        self.url.strip_prefix("https://").unwrap_or_default()
    }

    /// As trust policies of that account's roles name it.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:oidc-provider/{}", self.name())
    }

    /// Whether it speaks for everybody who has an account with it.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Whether a trust policy of that account's, with the public issuer's leave, lets in whoever has an account with it.
    pub(crate) fn lets_in_anybody(&self, trust: &Policy, account: &str) -> bool {
        let (arn, key) = (self.arn(account), self.condition_key("sub"));
        self.is_public && trust.allows_any(&Subject::provider(&arn), "sts:assumerolewithwebidentity", &key)
    }

    /// A condition key about a claim, in lower case.
    pub(crate) fn condition_key(&self, claim: &str) -> String {
        format!("{}:{claim}", self.name().to_ascii_lowercase())
    }

    /// Takes the keys of a JWK set in place of those that it has; how many there are that can be used.
    ///
    /// # Errors
    /// Why it is none. The keys stay as they were.
    pub fn set_keys(&self, text: &[u8]) -> Result<usize, InvalidKeys> {
        let keys = Keys::parse(text, &self.algorithms)?;
        let count = keys.count();
        *self.keys.write() = Arc::new(keys);
        Ok(count)
    }
}

impl Issuers {
    /// Where two have the same URL, the second one is given back.
    pub fn new(issuers: impl IntoIterator<Item = Arc<Issuer>>) -> Result<Self, Arc<Issuer>> {
        let mut all = BTreeMap::new();
        for issuer in issuers {
            if all.insert(issuer.url.clone(), issuer.clone()).is_some() {
                return Err(issuer);
            }
        }
        Ok(Issuers(all))
    }

    pub(crate) fn public(&self) -> impl Iterator<Item = &Arc<Issuer>> {
        self.0.values().filter(|issuer| issuer.is_public)
    }

    /// Whom an issuer vouches for with this token.
    ///
    /// # Errors
    /// Why it does not: the first of what is checked, and the signature is checked last.
    pub fn verify(&self, token: &str, now_ms: u64) -> Result<WebIdentity, Refused> {
        let token = Token::read(token)?;
        let url = token.issuer()?;
        let issuer = self.0.get(url).ok_or_else(|| Refused::NoIssuer(url.to_owned()))?;
        let identity = claims::read(&token, issuer, now_ms)?;
        let algorithm = Algorithm::named(&token.algorithm).filter(|named| issuer.algorithms.contains(named));
        let algorithm = algorithm.ok_or_else(|| Refused::Algorithm(token.algorithm.clone()))?;
        let keys = issuer.keys.read().clone();
        let key = keys.get(&token.key).ok_or_else(|| Refused::UnknownKey(issuer.clone()))?;
        let key = key.usable_for(algorithm).ok_or(Refused::OtherKey(algorithm))?;
        match key.verify_sig(token.signed.as_bytes(), &token.signature) {
            Ok(()) => Ok(identity),
            Err(_) => Err(Refused::Signature),
        }
    }
}
