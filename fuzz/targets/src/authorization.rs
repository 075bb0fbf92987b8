//! Any text as the signature of a request, in an Authorization header or in the query: no panic, nobody is let in, and
//! checking an access key that nobody has does not end otherwise.

use flumen_protocol::sign::{Request, SigningKeys, parse};
use http::HeaderMap;

/// The first line is the Authorization header, the second one `x-amz-date`, the third one the query, and whatever follows are
/// further headers.
pub fn authorization(bytes: &[u8]) {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let (authorization, date) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let query = std::str::from_utf8(lines.next().unwrap_or_default()).unwrap_or_default();
    let mut headers = HeaderMap::new();
    let mut add = |name: &[u8], value: &[u8]| {
        let (name, value) = (http::HeaderName::from_bytes(name), http::HeaderValue::from_bytes(value));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    };
    add(b"host", b"localhost");
    if !authorization.is_empty() {
        add(b"authorization", authorization);
    }
    add(b"x-amz-date", date);
    for line in lines.take(100) {
        if let Some(at) = line.iter().position(|&byte| byte == b':') {
            let (name, value) = line.split_at(at);
            add(name, value.get(1..).unwrap_or_default());
        }
    }
    let request =
        Request { method: "POST", path: "/", query, headers: &headers, authority: None, body: b"{}" };
    let Ok(signed) = parse(&request) else { return };
    let keys = SigningKeys::default();
    // The secret has bits that no input can know.
    let secret = "only here";
    assert!(signed.verify(&request, secret, &keys, signed.signed_ms, "kinesis").is_err());
}
