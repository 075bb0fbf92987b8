//! The checks before the operation, case by case, as the wire page's section 4 lists them.

use expect_test::{Expect, expect};

use super::*;
use crate::reply::Content;

/// Status, content type and body of what is refused, or the operation that is called.
fn told(content_type: &str, target: &str, body: &[u8]) -> String {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
    }
    match resolve(target, &headers, body) {
        Ok(kind) => format!("{} {:?}", kind.operation.as_str(), kind.encoding),
        Err(reply) => {
            let Reply { status, content_type, content: Content::Whole(body), .. } = *reply else {
                panic!("a request that cannot be resolved is never refused with a stream")
            };
            format!("{} {} {}", status.as_u16(), content_type.unwrap_or("-"), body.escape_ascii())
        }
    }
}

fn check(content_type: &str, target: &str, body: &[u8], expect: Expect) {
    expect.assert_eq(&told(content_type, target, body));
}

const JSON: &str = "application/x-amz-json-1.1";
const CBOR: &str = "application/x-amz-cbor-1.1";
const LIST: &str = "Kinesis_20131202.ListStreams";

#[test]
fn operations_are_called_in_both_encodings() {
    check(JSON, LIST, b"{}", expect!["ListStreams Json"]);
    check(CBOR, LIST, b"\xa0", expect!["ListStreams Cbor"]);
    check(" application/x-amz-json-1.1 ; charset=utf-8", LIST, b"{}", expect!["ListStreams Json"]);
}

#[test]
fn an_empty_body_is_refused_in_the_encoding_asked_for_or_cbor() {
    check(
        JSON,
        LIST,
        b"",
        expect![[r#"400 application/x-amz-json-1.1 {\"__type\":\"SerializationException\"}"#]],
    );
    check(
        JSON,
        "Kinesis_20131202.Nope",
        b"",
        expect![[r#"400 application/x-amz-json-1.1 {\"__type\":\"UnknownOperationException\"}"#]],
    );
    assert!(told("text/plain", "", b"").starts_with("400 application/x-amz-cbor-1.1"));
}

#[test]
fn other_content_types_are_refused_as_the_service_does() {
    let undetermined = expect![[
        r#"403 - <AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n"#
    ]];
    check("application/x-amz-json-1.0", "", b"{}", undetermined);
    check("application/x-amz-json-1.0", LIST, b"{}", expect![[r#"404 - <UnknownOperationException/>\n"#]]);
    check(
        "application/json",
        LIST,
        b"{}",
        expect![[
            r#"404 application/json {\"Output\":{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"},\"Version\":\"1.0\"}"#
        ]],
    );
    check(
        "application/json",
        LIST,
        b"{",
        expect![[
            r#"400 application/json {\"Output\":{\"__type\":\"com.amazon.coral.service#SerializationException\"},\"Version\":\"1.0\"}"#
        ]],
    );
}

#[test]
fn unknown_operations_are_refused_after_the_body_is_looked_at() {
    for target in ["", "ListStreams", "Kinesis_20131202.listStreams", "DynamoDB_20120810.ListStreams"] {
        check(
            JSON,
            target,
            b"{}",
            expect![[r#"400 application/x-amz-json-1.1 {\"__type\":\"UnknownOperationException\"}"#]],
        );
        check(
            JSON,
            target,
            b"{,",
            expect![[r#"400 application/x-amz-json-1.1 {\"__type\":\"SerializationException\"}"#]],
        );
    }
}
