//! What came of a request, and the headers that every answer has. Source: `kinesis-wire.md` section 3.

use std::borrow::Cow;
use std::sync::Arc;

use base64_simd::STANDARD as BASE64;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use tokio::sync::Notify;

use super::answer::{Answer, Content};
use crate::budget::Share;

const AMZN_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const AMZ_ID_2: HeaderName = HeaderName::from_static("x-amz-id-2");
const EXPOSED: &str =
    "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";
const PREFLIGHT_SECONDS: &str = "172800";

const UNDETERMINED: &str = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
                            authorized</Message>\n</AccessDeniedException>\n";

/// What came of a request before the headers that every answer has.
pub struct Reply {
    pub status: StatusCode,
    pub content_type: Option<&'static str>,
    /// Where the body holds it as well.
    pub id: Option<HeaderValue>,
    /// Those that this service alone sends.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Content,
    /// The memory that `body` takes.
    pub share: Share,
    /// What is refused.
    pub failed: Option<Box<Failed>>,
}

/// A refusal, for the log. What was told to the caller is not in it: that quotes what they sent.
pub struct Failed {
    /// Empty if it did not come so far.
    pub operation: &'static str,
    pub code: Cow<'static, str>,
    /// Of a failure of the service.
    pub cause: Option<String>,
}

impl Reply {
    pub fn new(status: StatusCode, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        Reply {
            status,
            content_type,
            id: None,
            headers: Vec::new(),
            body: Content::Whole(body.into()),
            share: Share::default(),
            failed: None,
        }
    }

    /// The answer to HEAD in place of this one to GET.
    pub fn without_body(mut self) -> Self {
        if let Content::Whole(body) = std::mem::replace(&mut self.body, Content::Whole(Bytes::new())) {
            self.headers.push((header::CONTENT_LENGTH, HeaderValue::from(body.len())));
        }
        self
    }

    pub fn undetermined() -> Self {
        Reply::new(StatusCode::FORBIDDEN, None, UNDETERMINED)
    }

    /// `origin`: a page in a browser asked. `overdue` is told when the answer is not read in time. `asked` are
    /// the request's headers, whose room the answer's take over.
    pub fn respond(self, asked: HeaderMap, origin: bool, overdue: &Arc<Notify>) -> Response<Answer> {
        let id = self.id.unwrap_or_else(request_id);
        if let Some(failed) = &self.failed {
            failed.log(&id, self.status);
        }
        let mut response = Response::new(Answer::new(self.body, self.share, overdue));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        *headers = asked;
        headers.clear();
        headers.insert(AMZN_REQUEST_ID, id);
        headers.insert(AMZ_ID_2, extended_request_id());
        if let Some(content_type) = self.content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        headers.extend(self.headers);
        if origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
        response
    }
}

impl Failed {
    /// Failures of the service are for whoever runs it; refusals are the caller's, and are told to them.
    fn log(&self, request_id: &HeaderValue, status: StatusCode) {
        let request_id = request_id.to_str().unwrap_or_default();
        let (operation, code) = (self.operation, &*self.code);
        if status.is_server_error() {
            let cause = self.cause.as_deref().unwrap_or_default();
            tracing::warn!(request_id, operation, code, cause, "request failed");
        } else {
            tracing::debug!(request_id, operation, code, "request refused");
        }
    }
}

pub fn too_large() -> Response<Answer> {
    let mut response = Response::new(Answer::empty());
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    // What is left of the body is not worth reading.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

pub fn preflight(asked: &HeaderMap) -> Response<Answer> {
    let mut response = Response::new(Answer::empty());
    let headers = response.headers_mut();
    headers.insert(AMZN_REQUEST_ID, request_id());
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
    let echoed = [
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
    ];
    for (request, response) in echoed {
        if let Some(value) = asked.get(request) {
            headers.insert(response, value.clone());
        }
    }
    response
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A UUID of version 4. It names a request and protects nothing.
pub fn request_id() -> HeaderValue {
    let bits = fastrand::u128(..) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let mut text = [b'-'; 36];
    // Where each byte's two digits stand.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    for (byte, at) in bits.to_be_bytes().into_iter().zip(PLACES) {
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 0xf)];
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static(""))
}

fn extended_request_id() -> HeaderValue {
    let mut bytes = [0; 66];
    fastrand::fill(&mut bytes);
    let mut text = [0; 88];
    let encoded = BASE64.encode(&bytes, base64_simd::Out::from_slice(&mut text));
    HeaderValue::from_bytes(encoded).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_uuids_of_version_four() {
        for _ in 0..100 {
            let id = request_id();
            let id = id.to_str().unwrap();
            let parts: Vec<&str> = id.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
        assert_eq!(extended_request_id().len(), 88);
    }
}
