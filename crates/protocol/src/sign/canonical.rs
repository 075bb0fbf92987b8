//! The canonical request and the string to sign.

use aws_lc_rs::digest::{SHA256, digest};

use super::text::{basic_date, decoded, push_encoded, push_hex};
use super::{ALGORITHM, Request, TERMINATOR};

/// The scope of a signature, and when it was made.
pub(super) struct Scope<'s> {
    pub(super) date: &'s str,
    pub(super) region: &'s str,
    pub(super) service: &'s str,
    pub(super) signed_ms: i64,
}

/// What the signing key is applied to. `None` when a header that is said to be signed is not there.
pub(super) fn string_to_sign(
    request: &Request<'_>,
    signed_headers: &str,
    scope: &Scope<'_>,
) -> Option<String> {
    let Scope { date, region, service, signed_ms } = scope;
    let canonical = canonical_request(request, signed_headers, *service == S3)?;
    let time = basic_date(*signed_ms);
    let mut text = format!("{ALGORITHM}\n{time}\n{date}/{region}/{service}/{TERMINATOR}\n");
    push_hex(digest(&SHA256, canonical.as_bytes()).as_ref(), &mut text);
    Some(text)
}

/// The service that signs paths as they are sent, and says itself what the body hashes to.
const S3: &str = "s3";
const CONTENT_SHA256: &str = "x-amz-content-sha256";
/// In place of the hash, where the body is not signed.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

fn canonical_request(request: &Request<'_>, signed_headers: &str, is_s3: bool) -> Option<String> {
    let mut out = String::with_capacity(512);
    out.push_str(request.method);
    out.push('\n');
    match is_s3 {
        true => push_path(&decoded(request.path), &mut out),
        false => push_path(request.path.as_bytes(), &mut out),
    }
    out.push('\n');
    push_query(request.query, &mut out);
    out.push('\n');
    for name in signed_headers.split(';') {
        push_header(request, name, &mut out)?;
    }
    out.push('\n');
    out.push_str(signed_headers);
    out.push('\n');
    match is_s3 {
        true => push_s3_payload(request, &mut out)?,
        false => push_hex(digest(&SHA256, request.body).as_ref(), &mut out),
    }
    Some(out)
}

/// Encoded once: once more than it was sent for every service but S3.
fn push_path(path: &[u8], out: &mut String) {
    if path.is_empty() {
        out.push('/');
    }
    push_encoded(path, b"/", out);
}

/// What the request says that its body hashes to: that is signed, true or not, and `UNSIGNED-PAYLOAD` may stand there. Whoever
/// reads a body has to compare it. Signatures in the query sign none. Source:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
fn push_s3_payload(request: &Request<'_>, out: &mut String) -> Option<()> {
    match request.headers.get(CONTENT_SHA256) {
        Some(said) => out.push_str(said.to_str().ok()?),
        None if request.query.contains("X-Amz-Algorithm=") => out.push_str(UNSIGNED_PAYLOAD),
        None => push_hex(digest(&SHA256, request.body).as_ref(), out),
    }
    Some(())
}

/// Parameters in the order of their encoded names, without the signature itself.
fn push_query(query: &str, out: &mut String) {
    if query.is_empty() {
        return;
    }
    let encode = |text: &str| {
        let mut encoded = String::with_capacity(text.len());
        push_encoded(&decoded(text), b"", &mut encoded);
        encoded
    };
    let mut pairs: Vec<(String, String)> = (query.split('&').filter(|pair| !pair.is_empty()))
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort_unstable();
    for (place, (name, value)) in pairs.iter().enumerate() {
        if place > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}

/// The host of a request: clients that speak HTTP/2 may sign its pseudo-header in place of the header.
pub(super) const HOST_NAMES: [&str; 2] = ["host", ":authority"];

fn push_header(request: &Request<'_>, name: &str, out: &mut String) -> Option<()> {
    out.push_str(name);
    out.push(':');
    // The name of a pseudo-header is none that a header can have.
    let mut values = request.headers.get_all(name).iter().peekable();
    if values.peek().is_none() {
        out.push_str(request.authority.filter(|_| HOST_NAMES.contains(&name))?);
    }
    for (place, value) in values.enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_trimmed(std::str::from_utf8(value.as_bytes()).ok()?, out);
    }
    out.push('\n');
    Some(())
}

/// Without spaces at the ends, runs of them inside as one.
fn push_trimmed(value: &str, out: &mut String) {
    for (place, word) in value.split_ascii_whitespace().enumerate() {
        if place > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}
