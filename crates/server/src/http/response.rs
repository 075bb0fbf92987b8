//! A reply as HTTP, with the headers that every answer has. Source: `docs/kinesis/wire.md#answers`.

use base64_simd::STANDARD as BASE64;
use flumen_api::{Reply, request_id};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use super::answer::Answer;
use crate::busy::Busy;

const AMZN_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const AMZ_ID_2: HeaderName = HeaderName::from_static("x-amz-id-2");
/// Of nearly all answers. A value that is made when it is needed is looked at letter by letter.
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const EXPOSED: &str =
    "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";
const PREFLIGHT_SECONDS: &str = "172800";

/// `origin`: a page in a browser asked. `asked` are the request's headers, whose room the answer's take over.
pub fn of(reply: Reply, asked: HeaderMap, origin: bool, busy: Busy) -> Response<Answer> {
    let mut response = Response::new(Answer::new(reply.content, reply.share, busy));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    *headers = asked;
    headers.clear();
    headers.insert(AMZN_REQUEST_ID, reply.id.unwrap_or_else(request_id));
    headers.insert(AMZ_ID_2, extended_request_id());
    if let Some(content_type) = reply.content_type {
        let is_json = JSON == content_type;
        let value = if is_json { JSON } else { HeaderValue::from_static(content_type) };
        headers.insert(header::CONTENT_TYPE, value);
    }
    headers.extend(reply.headers);
    if origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    response
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
    fn extended_ids_have_the_length_of_aws() {
        assert_eq!(extended_request_id().len(), 88);
    }
}
