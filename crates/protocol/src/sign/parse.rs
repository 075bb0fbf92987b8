//! Reads the signature of a request, from its Authorization header or its query.

use std::borrow::Cow;

use super::{ALGORITHM, Request, Signed, refusals, text};
use crate::Fault;

/// A signature in the query is good for a week at most.
const EXPIRES_S_MAX: u32 = 604_800;

/// Reads the signature; nothing is verified yet.
pub fn parse<'a>(request: &Request<'a>) -> Result<Signed<'a>, Fault> {
    let authorization = header(request, "authorization");
    let in_query = parameter(request.query, "X-Amz-Algorithm");
    match (authorization, in_query) {
        (Some(_), Some(_)) => Err(refusals::two_signatures()),
        (Some(authorization), None) if authorization.trim_start().starts_with("AWS4-") => {
            from_header(request, authorization)
        }
        (None, Some(algorithm)) => from_query(request, algorithm),
        _ => Err(refusals::unsigned()),
    }
}

fn header<'a>(request: &Request<'a>, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

fn from_header<'a>(request: &Request<'a>, authorization: &'a str) -> Result<Signed<'a>, Fault> {
    let mut parts = authorization.split([',', ' ']).filter(|part| !part.is_empty());
    let algorithm = parts.next().unwrap_or_default();
    let find = |name: &str| {
        let mut pairs = parts.clone().filter_map(|part| part.split_once('='));
        pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| Cow::Borrowed(value))
    };
    let date = header(request, "x-amz-date").or_else(|| header(request, "date"));
    let found = (find("Credential"), find("Signature"), find("SignedHeaders"), date);
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) = &found else {
        let names = [
            ("Credential", found.0.is_some()),
            ("Signature", found.1.is_some()),
            ("SignedHeaders", found.2.is_some()),
        ];
        return Err(refusals::header_incomplete(&missing(&names), date.is_some(), authorization));
    };
    let token = header(request, "x-amz-security-token").map(Cow::Borrowed);
    Ok(Signed {
        signature: signature.clone(),
        signed_headers: signed_headers.clone(),
        session_token: token,
        ..signed(algorithm, credential.clone(), date)?
    })
}

fn from_query<'a>(request: &Request<'a>, algorithm: Cow<'a, str>) -> Result<Signed<'a>, Fault> {
    let find = |name| parameter(request.query, name).filter(|value| !value.is_empty());
    let found =
        (find("X-Amz-Credential"), find("X-Amz-Signature"), find("X-Amz-SignedHeaders"), find("X-Amz-Date"));
    let (false, (Some(credential), Some(signature), Some(signed_headers), Some(date))) =
        (algorithm.is_empty(), &found)
    else {
        return Err(refusals::query_incomplete(&missing(&[
            ("X-Amz-Algorithm", !algorithm.is_empty()),
            ("X-Amz-Credential", found.0.is_some()),
            ("X-Amz-Signature", found.1.is_some()),
            ("X-Amz-SignedHeaders", found.2.is_some()),
            ("X-Amz-Date", found.3.is_some()),
        ])));
    };
    let expires_s = match find("X-Amz-Expires") {
        None => None,
        Some(text) => match text.parse() {
            Ok(seconds @ 0..=EXPIRES_S_MAX) => Some(seconds),
            _ => return Err(refusals::expires(&text)),
        },
    };
    Ok(Signed {
        signature: signature.clone(),
        signed_headers: signed_headers.clone(),
        session_token: find("X-Amz-Security-Token"),
        expires_s,
        in_query: true,
        ..signed(&algorithm, credential.clone(), date)?
    })
}

fn missing<'n>(names: &[(&'n str, bool)]) -> Vec<&'n str> {
    names.iter().filter(|(_, found)| !found).map(|(name, _)| *name).collect()
}

/// What algorithm, credential and date say; the rest is empty.
fn signed<'a>(algorithm: &str, credential: Cow<'a, str>, date: &str) -> Result<Signed<'a>, Fault> {
    if algorithm != ALGORITHM {
        return Err(refusals::algorithm(algorithm));
    }
    let signed_ms = text::parse_date(date).ok_or_else(|| refusals::date(date))?;
    let [access_key, scope_date, region, service, terminator] = elements(&credential)?;
    Ok(Signed {
        access_key,
        date: scope_date,
        region,
        service,
        terminator,
        signed_ms,
        signed_headers: Cow::Borrowed(""),
        signature: Cow::Borrowed(""),
        session_token: None,
        expires_s: None,
        in_query: false,
    })
}

fn elements<'a>(credential: &Cow<'a, str>) -> Result<[Cow<'a, str>; 5], Fault> {
    let refused = || refusals::credential(credential);
    let elements: Vec<Cow<'a, str>> = match credential {
        Cow::Borrowed(text) => text.split('/').take(6).map(Cow::Borrowed).collect(),
        Cow::Owned(text) => text.split('/').take(6).map(|element| Cow::Owned(element.to_owned())).collect(),
    };
    elements.try_into().map_err(|_| refused())
}

/// The value of a parameter of the query.
fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(match value.contains('%') {
        false => Cow::Borrowed(value),
        true => Cow::Owned(String::from_utf8_lossy(&text::decoded(value)).into_owned()),
    })
}
