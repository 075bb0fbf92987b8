//! Signs the requests of our own client.

use aws_lc_rs::hmac;
use http::HeaderMap;

use super::canonical::{Scope, string_to_sign};
use super::text::{basic_date, push_hex};
use super::{ALGORITHM, Request, SigningKeys, TERMINATOR, keys};

/// Who signs.
#[derive(Clone)]
pub struct Credentials {
    pub access_key: String,
    pub secret: String,
    pub session_token: Option<String>,
}

/// Headers that are signed where a request has them, in the order that signatures want.
const SIGNED: [&str; 5] = ["content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"];

/// The headers to add to a request: `x-amz-date`, `authorization`, and `x-amz-security-token` for the
/// keys of a session. The request must have a Host header or an authority.
pub fn sign(
    request: &Request<'_>,
    credentials: &Credentials,
    keys: &SigningKeys,
    now_ms: i64,
    region: &str,
    service: &str,
) -> Result<Vec<(&'static str, String)>, http::header::InvalidHeaderValue> {
    let time = basic_date(now_ms);
    let mut headers: HeaderMap = request.headers.clone();
    headers.insert("x-amz-date", time.parse()?);
    if let Some(token) = &credentials.session_token {
        headers.insert("x-amz-security-token", token.parse()?);
    }
    let signed: Vec<&str> = (SIGNED.into_iter())
        .filter(|name| headers.contains_key(*name) || (*name == "host" && request.authority.is_some()))
        .collect();
    let signed = signed.join(";");
    let date = time.get(..8).unwrap_or_default();
    let scope = Scope { date, region, service, signed_ms: now_ms };
    let request = Request { headers: &headers, ..*request };
    // All headers of the list are there.
    let text = string_to_sign(&request, &signed, &scope).unwrap_or_default();
    let name = keys::name(&credentials.access_key, &scope);
    let (key, _) = keys.get(&name, &credentials.secret, &scope);
    let access_key = &credentials.access_key;
    let mut authorization = format!(
        "{ALGORITHM} Credential={access_key}/{date}/{region}/{service}/{TERMINATOR}, SignedHeaders={signed}, Signature="
    );
    push_hex(hmac::sign(&key, text.as_bytes()).as_ref(), &mut authorization);
    keys.keep(name, &credentials.secret, &key);
    let mut added = vec![("x-amz-date", time), ("authorization", authorization)];
    added.extend(credentials.session_token.clone().map(|token| ("x-amz-security-token", token)));
    Ok(added)
}
