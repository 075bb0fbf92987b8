//! Lease tables: DynamoDB's JSON protocol. Source: `docs/kinesis/tables.md#dynamodb`.

use bytes::Bytes;
use flumen_protocol::Fault;
use flumen_tables::{Answer, Operation, Tables, row};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use crate::Resources;
use crate::audit::Audited;
use crate::call::{Call, Failed};
use crate::memory::{Memory, Share};
use crate::reply::{Reply, status};
use crate::service::{Head, IdentifiedRequest, Remembered, Service};

const TARGET: &str = "DynamoDB_20120810";
/// The change streams of tables, which nobody serves here: refused in the same manner.
const STREAMS_TARGET: &str = "DynamoDBStreams_20120810";
const AMZ_JSON: &str = "application/x-amz-json-1.0";
const PLAIN_JSON: &str = "application/json";
/// Of the body. Clients that find it verify it.
const AMZ_CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");

/// What AWS gives at most in one answer, and room for its JSON.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
const BATCH_BYTES: usize = 24 * 1024 * 1024;

impl Service for Tables {
    /// The content type.
    type RequestKind = &'static str;
    type Fault = Fault;

    const SIGNING_NAME: &'static str = "dynamodb";

    fn is_meant(head: &Head<'_>) -> bool {
        let target = head.target.split_once('.');
        target.is_some_and(|(service, _)| service == TARGET || service == STREAMS_TARGET)
    }

    fn resolve(call: &Call<'_>, head: &Head<'_>, _body: &Bytes) -> Result<&'static str, Box<Reply>> {
        let Some(content_type) = content_type(&head.headers) else {
            let nobodys = &b"<UnknownOperationException/>\n"[..];
            return Err(Box::new(Reply::new(StatusCode::NOT_FOUND, None, nobodys)));
        };
        // Of streams the same names are other operations, and none is served.
        if let Some((TARGET, operation)) = head.target.split_once('.') {
            call.is_for(Operation::named(operation).map(|operation| operation as usize));
        }
        Ok(content_type)
    }

    fn audited(operation: usize) -> Audited {
        let operation = Operation::ALL[operation];
        let read_only = !row(operation).writes;
        match operation.is_of_items() {
            true => Audited::Data { read_only },
            false => Audited::Management { read_only },
        }
    }

    /// Of items, which fleets write all the time, what they are for is not remembered.
    fn remembered(operation: usize) -> Remembered {
        match row(Operation::ALL[operation]) {
            row if !row.writes => Remembered::Nothing,
            row if row.writes_items => Remembered::Asker,
            _ => Remembered::AskerAndResources,
        }
    }

    async fn run(
        &self,
        Resources { memory, .. }: &Resources,
        call: &Call<'_>,
        IdentifiedRequest { kind: content_type, caller, head, body }: IdentifiedRequest<'_, &'static str>,
    ) -> Result<Reply, Fault> {
        let (service, operation) = head.target.split_once('.').unwrap_or_default();
        // Names of operations are the same in both; those of streams are not served under any.
        let asked = if service == STREAMS_TARGET { head.target } else { operation };
        let (mut share, room) = room(memory, operation).await?;
        call.asks_json(body);
        let answer = self.call(caller, asked, body).await;
        if room {
            share.shrink_to(answer.body.capacity());
        } else if memory.small_answers.add(&mut share, answer.body.capacity()).await.is_err() {
            // It is made already, and its write is done: sent without being counted.
            tracing::debug!("an answer of tables is not counted");
        }
        Ok(sent(content_type, answer, share))
    }

    /// In the words of the framework that AWS's services share.
    fn refuse(head: &Head<'_>, fault: &Fault, _call: &Call<'_>) -> Reply {
        let code = format!("com.amazon.coral.service#{}", fault.code.as_str());
        let body = match &fault.message {
            Some(message) => json!({ "__type": code, "message": message }),
            None => json!({ "__type": code }),
        };
        let status = if fault.code.status() < 500 { 400 } else { fault.code.status() };
        let content_type = content_type(&head.headers).unwrap_or(AMZ_JSON);
        sent(content_type, Answer { status, body: body.to_string() }, Share::default())
    }

    /// A lost race for a lease is an error, too, so errors say little and are counted in one.
    fn counted() -> (Vec<&'static str>, Vec<&'static str>) {
        (Operation::ALL.iter().map(|operation| operation.name()).collect(), vec![""])
    }
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

fn sent(content_type: &'static str, answer: Answer, share: Share) -> Reply {
    let status = status(answer.status);
    let failed = (!answer.is_success()).then(|| {
        // What failed inside the tables was logged there.
        let (code, is_ours) = (answer.code().to_owned().into(), status.is_server_error());
        Box::new(Failed { code, number: 0, is_ours, cause: None, message: answer.denial() })
    });
    let crc = crc32fast::hash(answer.body.as_bytes());
    let reply = Reply::new(status, Some(content_type), answer.body);
    Reply { headers: vec![(AMZ_CRC32, HeaderValue::from(crc))], share, failed, ..reply }
}

/// The one that was asked in is answered in.
fn content_type(headers: &HeaderMap) -> Option<&'static str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or(value).trim();
    [AMZ_JSON, PLAIN_JSON].into_iter().find(|known| known.eq_ignore_ascii_case(media_type))
}
