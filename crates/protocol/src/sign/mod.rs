//! Request signatures, version 4: reading and checking them, and making them for our own client.
//! Source: AWS's IAM User Guide, "Create a signed AWS API request"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>); for refusals
//! `docs/kinesis/wire.md#signatures`.
//!
//! Whose key it is and what its owner may do is the server's business: [`parse`] says which access key
//! a request names, and [`Signed::verify`] whether the holder of that key's secret signed it.

mod canonical;
mod keys;
mod parse;
mod refusals;
mod signer;
mod text;
mod verify;

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;

pub use keys::SigningKeys;
pub use parse::{access_key, parse};
pub use signer::{Credentials, sign};

/// The algorithm, as both forms of a signature name it.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What ends every scope.
const TERMINATOR: &str = "aws4_request";

/// What of a request is signed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub method: &'a str,
    /// As sent, percent-encoded.
    pub path: &'a str,
    /// As sent, without the question mark.
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    /// Of an HTTP/2 request, which has no Host header.
    pub authority: Option<&'a str>,
    pub body: &'a [u8],
}

/// The SHA-256 of a signature, hexadecimal. It names a request for good, and does not help anybody to send it again.
pub fn fingerprint(signature: &str) -> String {
    let mut text = String::with_capacity(64);
    text::push_hex(digest(&SHA256, signature.as_bytes()).as_ref(), &mut text);
    text
}

/// A signature and what it says of itself. Nothing of it is believed before [`Signed::verify`].
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    pub access_key: Cow<'a, str>,
    /// The day in the scope, `20150830`.
    pub date: Cow<'a, str>,
    pub region: Cow<'a, str>,
    pub service: Cow<'a, str>,
    /// Separated by semicolons.
    pub signed_headers: Cow<'a, str>,
    /// Hexadecimal.
    pub signature: Cow<'a, str>,
    /// When the request was signed, epoch milliseconds.
    pub signed_ms: i64,
    pub session_token: Option<Cow<'a, str>>,
    /// How long a signature in the query is good for.
    pub expires_s: Option<u32>,
    terminator: Cow<'a, str>,
    in_query: bool,
}
