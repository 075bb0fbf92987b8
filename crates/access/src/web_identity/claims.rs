//! What a token says of its subject, and for when and whom it says it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::token::Token;
use super::{Issuer, Refused};
use crate::policy::Json;

/// By how much clocks may differ.
pub const LEEWAY_S: u64 = 60;
/// As AWS's interface has it.
const SUBJECT_CHARACTERS_MAX: usize = 255;
/// The year 5138; what is beyond is no time in seconds.
const TIME_S_MAX: f64 = 1e11;
/// Session tags and a source identity, as AWS has issuers say them.
const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
const TAGS_MAX: usize = 50;
const TAG_KEY_CHARACTERS_MAX: usize = 128;
const TAG_VALUE_CHARACTERS_MAX: usize = 256;

/// Whom an issuer vouches for.
#[derive(Debug)]
pub struct WebIdentity {
    pub issuer: Arc<Issuer>,
    /// `sub`
    pub subject: String,
    /// Those of `aud` that are the issuer's audiences.
    pub audiences: Vec<String>,
    /// How the subject proved to be who they are.
    pub methods: Vec<String>,
    /// Of the session.
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) transitive: Vec<String>,
    pub(crate) source_identity: Option<String>,
}

pub(super) fn read(token: &Token<'_>, issuer: &Arc<Issuer>, now_ms: u64) -> Result<WebIdentity, Refused> {
    let audiences = texts(token, "aud", true)?.ok_or(Refused::Missing("aud"))?;
    let audiences: Vec<_> = audiences.into_iter().filter(|one| issuer.audiences.contains(one)).collect();
    if audiences.is_empty() {
        return Err(Refused::Audience);
    }
    check_times(token, now_ms / 1000)?;
    let subject = text(token, "sub")?.ok_or(Refused::Missing("sub"))?;
    if !(1..=SUBJECT_CHARACTERS_MAX).contains(&subject.chars().count()) {
        return Err(Refused::Claim { claim: "sub", why: "1 to 255 characters are wanted" });
    }
    let methods = texts(token, "amr", false)?.unwrap_or_default();
    let (tags, transitive) = match token.claim(TAGS) {
        Some(tags) => {
            session_tags(tags).ok_or(Refused::Claim { claim: TAGS, why: "no session tags are in it" })?
        }
        None => Default::default(),
    };
    let source_identity = text(token, SOURCE_IDENTITY)?;
    if !source_identity.as_deref().is_none_or(is_source_identity) {
        let why = "2 to 64 letters, digits and characters of _+=,.@- are wanted";
        return Err(Refused::Claim { claim: SOURCE_IDENTITY, why });
    }
    let issuer = issuer.clone();
    Ok(WebIdentity { issuer, subject, audiences, methods, tags, transitive, source_identity })
}

/// Valid until `exp`, and from `nbf` and `iat` on where they are there.
fn check_times(token: &Token<'_>, now_s: u64) -> Result<(), Refused> {
    let exp_s = time(token, "exp")?.ok_or(Refused::Missing("exp"))?;
    if now_s >= exp_s.saturating_add(LEEWAY_S) {
        return Err(Refused::Expired { now_s, exp_s });
    }
    for claim in ["nbf", "iat"] {
        if let Some(at_s) = time(token, claim)?
            && at_s > now_s.saturating_add(LEEWAY_S)
        {
            return Err(Refused::ToCome { claim, at_s, now_s });
        }
    }
    Ok(())
}

/// Seconds since 1970.
fn time(token: &Token<'_>, claim: &'static str) -> Result<Option<u64>, Refused> {
    let wrong = Refused::Claim { claim, why: "seconds since 1970 are wanted" };
    match token.claim(claim) {
        None => Ok(None),
        Some(Json::Bare(number) | Json::Inexact(number)) => match number.parse::<f64>() {
            Ok(seconds) if (0.0..=TIME_S_MAX).contains(&seconds) => Ok(Some(seconds as u64)),
            _ => Err(wrong),
        },
        Some(_) => Err(wrong),
    }
}

fn text(token: &Token<'_>, claim: &'static str) -> Result<Option<String>, Refused> {
    match token.claim(claim) {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refused::Claim { claim, why: "a string is wanted" }),
    }
}

/// One string, or a list of them.
fn texts(token: &Token<'_>, claim: &'static str, one_at_least: bool) -> Result<Option<Vec<String>>, Refused> {
    let wrong = || Refused::Claim { claim, why: "a string or a list of strings is wanted" };
    Ok(match token.claim(claim) {
        None => None,
        Some(Json::Text(text)) => Some(vec![text.clone()]),
        Some(list) => Some(strings(list).filter(|all| !(one_at_least && all.is_empty())).ok_or_else(wrong)?),
    })
}

fn strings(list: &Json) -> Option<Vec<String>> {
    let Json::List(list) = list else { return None };
    let text = |item: &Json| match item {
        Json::Text(text) => Some(text.clone()),
        _ => None,
    };
    list.iter().map(text).collect()
}

/// `{"principal_tags": {"key": ["value"]}, "transitive_tag_keys": ["key"]}`
fn session_tags(claim: &Json) -> Option<(BTreeMap<String, String>, Vec<String>)> {
    let Json::Map(members) = claim else { return None };
    let (mut tags, mut transitive) = (BTreeMap::new(), Vec::new());
    for (name, value) in members {
        match (name.as_str(), value) {
            ("principal_tags", Json::Map(all)) if all.len() <= TAGS_MAX => {
                for (key, values) in all {
                    let value = match values {
                        Json::Text(value) => value.clone(),
                        list => <[String; 1]>::try_from(strings(list)?).ok()?.into_iter().next()?,
                    };
                    let is_new = !tags.keys().any(|other: &String| other.eq_ignore_ascii_case(key));
                    let fits = (1..=TAG_KEY_CHARACTERS_MAX).contains(&key.chars().count())
                        && value.chars().count() <= TAG_VALUE_CHARACTERS_MAX;
                    if !is_new || !fits {
                        return None;
                    }
                    tags.insert(key.clone(), value);
                }
            }
            ("transitive_tag_keys", list) => transitive = strings(list)?,
            _ => return None,
        }
    }
    transitive.iter().all(|key| tags.contains_key(key)).then_some((tags, transitive))
}

fn is_source_identity(text: &str) -> bool {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (2..=64).contains(&text.len()) && text.bytes().all(may)
}
