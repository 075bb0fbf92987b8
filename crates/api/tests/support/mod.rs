//! What a request from outside is.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod signed;

use std::sync::Arc;

use flumen_api::{Connection, Listener, Peer};
use http::Request;
use http::request::Parts;

/// Somebody on another machine.
pub fn outside() -> Arc<Peer> {
    let listener = Arc::new(Listener { name: "tls".into(), tls: true, is_admin: false });
    let (client, local) = (([10, 0, 0, 7], 999).into(), ([10, 0, 0, 1], 443).into());
    Arc::new(Peer::Connection(Connection {
        client,
        local,
        listener,
        endpoint: None,
        tls: None,
        owner: Default::default(),
    }))
}

/// Of a request for streams that is signed.
pub fn head(operation: &str) -> Parts {
    signed(&format!("Kinesis_20131202.{operation}"), "0")
}

/// Of a request that is signed in this way, for streams or for tables.
pub fn signed(target: &str, signature: &str) -> Parts {
    let (service, content_type) = match target.starts_with("DynamoDB") {
        true => ("dynamodb", "application/x-amz-json-1.0"),
        false => ("kinesis", "application/x-amz-json-1.1"),
    };
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host;x-amz-date, \
         Signature={signature}"
    );
    let request = Request::post("/")
        .header("host", "localhost")
        .header("user-agent", "a test")
        .header("content-type", content_type)
        .header("x-amz-target", target)
        .header("x-amz-date", "20260101T000000Z")
        .header("authorization", authorization);
    request.body(()).unwrap().into_parts().0
}
