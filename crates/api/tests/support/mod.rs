//! What a request from outside is.

use std::sync::Arc;

use flumen_api::Peer;
use http::Request;
use http::request::Parts;

/// Somebody on another machine.
pub fn outside() -> Arc<Peer> {
    let (address, listener) = (([10, 0, 0, 7], 999).into(), ([10, 0, 0, 1], 443).into());
    Arc::new(Peer::Connection { address, listener, tls: true })
}

/// Of a request that is signed.
pub fn head(operation: &str) -> Parts {
    let signed = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, \
                  SignedHeaders=host;x-amz-date, Signature=0";
    let request = Request::post("/")
        .header("host", "localhost")
        .header("user-agent", "a test")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header("authorization", signed);
    request.body(()).unwrap().into_parts().0
}
