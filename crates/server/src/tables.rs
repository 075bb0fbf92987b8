//! Lease tables behind the front: DynamoDB's JSON protocol. Source: `lease-tables.md`.

use std::time::Instant;

use bytes::Bytes;
use flumen_protocol::Fault;
use flumen_tables::{Answer, Operation};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use serde_json::json;

use crate::budget::Share;
use crate::http::{Failed, Memory, Reply, Server};

const SERVICE: &str = "dynamodb";
const TARGET: &str = "DynamoDB_20120810";
/// The change streams of tables, which nobody serves here: refused in the same manner.
const STREAMS_TARGET: &str = "DynamoDBStreams_20120810";
const AMZ_JSON: &str = "application/x-amz-json-1.0";
const PLAIN_JSON: &str = "application/json";
const AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");
/// Of the body. Clients that find it verify it.
const AMZ_CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");

/// What AWS gives at most in one answer, and room for its JSON.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
const BATCH_BYTES: usize = 24 * 1024 * 1024;

/// Whether a request is for tables.
pub fn are_meant(headers: &HeaderMap) -> bool {
    let target = target(headers);
    target.is_some_and(|(service, _)| service == TARGET || service == STREAMS_TARGET)
}

fn target(headers: &HeaderMap) -> Option<(&str, &str)> {
    headers.get(AMZ_TARGET)?.to_str().ok()?.split_once('.')
}

pub async fn reply(server: &Server, head: &Parts, body: &Bytes) -> Reply {
    let Some(content_type) = content_type(&head.headers) else {
        return Reply::new(StatusCode::NOT_FOUND, None, &b"<UnknownOperationException/>\n"[..]);
    };
    let (service, operation) = target(&head.headers).unwrap_or_default();
    let begun = Instant::now();
    let reply = carry_out(server, head, body, content_type, service, operation).await;
    // Of streams the same names are other operations, and none is served.
    if service == TARGET
        && let Some(operation) = Operation::named(operation)
    {
        server.metrics.table_took(operation, begun.elapsed(), reply.failed.is_some());
    }
    reply
}

async fn carry_out(
    server: &Server,
    head: &Parts,
    body: &Bytes,
    content_type: &'static str,
    service: &str,
    operation: &str,
) -> Reply {
    let realm = match server.identities.identify(head, body, SERVICE) {
        Ok(realm) => realm,
        Err(fault) => return refusal(content_type, operation, &fault),
    };
    // Names of operations are the same in both; those of streams are not served under any.
    let asked = if service == STREAMS_TARGET { target_text(&head.headers) } else { operation };
    let (mut share, room) = match room(&server.memory, operation).await {
        Ok(room) => room,
        Err(fault) => return refusal(content_type, operation, &fault),
    };
    let answer = server.tables.call(&realm, asked, body).await;
    if room {
        share.shrink_to(answer.body.capacity());
    } else if server.memory.small_answers.add(&mut share, answer.body.capacity()).await.is_err() {
        // It is made already, and its write is done: sent without being counted.
        tracing::debug!("an answer of tables is not counted");
    }
    sent(content_type, operation, answer, share)
}

/// A body that did not come.
pub fn refuse_body(headers: &HeaderMap, fault: &Fault) -> Reply {
    let (_, operation) = target(headers).unwrap_or_default();
    refusal(content_type(headers).unwrap_or(AMZ_JSON), operation, fault)
}

/// Memory for an answer that may be large, taken before it is made; whether it was taken.
async fn room(memory: &Memory, operation: &str) -> Result<(Share, bool), Fault> {
    let mut share = Share::default();
    match operation {
        "Query" | "Scan" => memory.small_answers.add(&mut share, PAGE_BYTES).await?,
        "BatchGetItem" | "TransactGetItems" => memory.answers.add(&mut share, BATCH_BYTES).await?,
        _ => return Ok((share, false)),
    }
    Ok((share, true))
}

fn sent(content_type: &'static str, operation: &str, answer: Answer, share: Share) -> Reply {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let failed = (!answer.is_success()).then(|| {
        let operation = Operation::named(operation).map_or(SERVICE, Operation::name);
        // What failed inside the tables was logged there.
        Box::new(Failed { operation, code: answer.code().to_owned().into(), cause: None })
    });
    let crc = crc32fast::hash(answer.body.as_bytes());
    let reply = Reply::new(status, Some(content_type), answer.body);
    Reply { headers: vec![(AMZ_CRC32, HeaderValue::from(crc))], share, failed, ..reply }
}

/// What the front refuses, in the words of the framework that AWS's services share.
fn refusal(content_type: &'static str, operation: &str, fault: &Fault) -> Reply {
    let code = format!("com.amazon.coral.service#{}", fault.code.as_str());
    let body = match fault.told() {
        Some(message) => json!({ "__type": code, "message": message }),
        None => json!({ "__type": code }),
    };
    let status = if fault.code.status() < 500 { 400 } else { fault.code.status() };
    sent(content_type, operation, Answer { status, body: body.to_string() }, Share::default())
}

fn target_text(headers: &HeaderMap) -> &str {
    headers.get(AMZ_TARGET).and_then(|target| target.to_str().ok()).unwrap_or_default()
}

/// The one that was asked in is answered in.
fn content_type(headers: &HeaderMap) -> Option<&'static str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or(value).trim();
    [AMZ_JSON, PLAIN_JSON].into_iter().find(|known| known.eq_ignore_ascii_case(media_type))
}
