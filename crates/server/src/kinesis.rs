//! Kinesis Data Streams behind the front: the checks that come before any operation, in AWS's order, and
//! how a refusal looks. Source: `kinesis-wire.md` sections 3 and 4.

use std::time::Instant;

use bytes::Bytes;
use flumen_protocol::{Encoding, ErrorCode, Fault, Operation, check_syntax, decode, kinesis};
use flumen_streams::Caller;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;

use crate::dispatch;
use crate::http::{Content, Failed, Reply, Server};
use crate::subscribe;

const SERVICE: &str = "kinesis";
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";
const PLAIN_JSON: &str = "application/json";
const AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// A request whose operation and encoding are known.
struct Call {
    operation: Operation,
    encoding: Encoding,
}

/// Whether a request says that it is for streams.
pub fn is_meant(headers: &HeaderMap) -> bool {
    headers.get(AMZ_TARGET).is_some_and(|target| target.as_bytes().starts_with(kinesis::TARGET.as_bytes()))
}

pub async fn reply(server: &Server, head: &Parts, body: &Bytes) -> Reply {
    let call = match envelope(&head.headers, body) {
        Ok(call) => call,
        Err(Refused::Fault(encoding, fault)) => return fault_reply(server, encoding, &fault, None),
        Err(Refused::Early(reply)) => return *reply,
    };
    let begun = Instant::now();
    let reply = carry_out(server, head, body, &call).await;
    server.metrics.took(call.operation, begun.elapsed());
    reply.unwrap_or_else(|fault| fault_reply(server, call.encoding, &fault, Some(call.operation)))
}

/// A body that did not come.
pub fn refuse_body(server: &Server, headers: &HeaderMap, fault: &Fault) -> Reply {
    fault_reply(server, encoding_of(headers).unwrap_or(Encoding::Json), fault, None)
}

async fn carry_out(server: &Server, head: &Parts, body: &Bytes, call: &Call) -> Result<Reply, Fault> {
    let Call { operation, encoding } = *call;
    // A body that does not parse is refused before a signature that does not hold.
    let identified = server.identities.identify(head, body, SERVICE);
    let realm = identified.or_else(|fault| check_syntax(encoding, body).and(Err(fault)))?;
    let caller = Caller { realm, operation: operation.as_str() };
    if operation == Operation::SubscribeToShard {
        return subscribe(server, &caller, encoding, body).await;
    }
    let (body, share) = dispatch::dispatch(server, &caller, operation, encoding, body).await?;
    Ok(Reply { share, ..Reply::new(StatusCode::OK, Some(encoding.content_type()), body) })
}

/// The one operation whose answer does not end when it is known.
async fn subscribe(
    server: &Server,
    caller: &Caller,
    encoding: Encoding,
    body: &[u8],
) -> Result<Reply, Fault> {
    let input = decode(encoding, body)?;
    let subscription = server.streams.subscribe_to_shard(caller, &input).await?;
    let body = Content::Events(subscribe::frames(subscription));
    Ok(Reply { body, ..Reply::new(StatusCode::OK, Some(EVENT_STREAM), Bytes::new()) })
}

fn fault_reply(server: &Server, encoding: Encoding, fault: &Fault, operation: Option<Operation>) -> Reply {
    server.metrics.failed(operation, fault.code);
    let mut body = Vec::with_capacity(256);
    fault.encode(encoding, &mut body);
    let status = StatusCode::from_u16(fault.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let failed = Failed {
        operation: operation.map_or("", Operation::as_str),
        code: fault.code.as_str().into(),
        cause: fault.message.clone().filter(|_| status.is_server_error()),
    };
    Reply { failed: Some(Box::new(failed)), ..Reply::new(status, Some(encoding.content_type()), body) }
}

/// Why a request comes to no operation.
enum Refused {
    Fault(Encoding, Fault),
    /// What a layer of AWS's before the service says.
    Early(Box<Reply>),
}

/// Checks 4 to 9 of the wire page's table, but for the parsing of the body.
fn envelope(headers: &HeaderMap, body: &[u8]) -> Result<Call, Refused> {
    let target = headers.get(AMZ_TARGET).and_then(|target| target.to_str().ok());
    let name = target.and_then(|target| target.strip_prefix(kinesis::TARGET)?.strip_prefix('.'));
    let operation = name.and_then(Operation::parse);
    let encoding = encoding_of(headers);
    if body.is_empty() {
        let code = match operation {
            Some(_) => ErrorCode::SerializationException,
            None => ErrorCode::UnknownOperationException,
        };
        return Err(Refused::Fault(encoding.unwrap_or(Encoding::Cbor), Fault::bare(code)));
    }
    let Some(encoding) = encoding else {
        let has_target = target.is_some_and(|target| target.contains('.'));
        return Err(Refused::Early(Box::new(other_content_type(headers, has_target, body))));
    };
    match operation {
        Some(operation) => Ok(Call { operation, encoding }),
        None => {
            let unknown = Fault::bare(ErrorCode::UnknownOperationException);
            Err(Refused::Fault(encoding, check_syntax(encoding, body).err().unwrap_or(unknown)))
        }
    }
}

fn other_content_type(headers: &HeaderMap, has_target: bool, body: &[u8]) -> Reply {
    if !has_target {
        return Reply::undetermined();
    }
    if !media_type(headers).is_some_and(|media_type| media_type.eq_ignore_ascii_case(PLAIN_JSON)) {
        return Reply::new(StatusCode::NOT_FOUND, None, &b"<UnknownOperationException/>\n"[..]);
    }
    let (status, name) = match check_syntax(Encoding::Json, body) {
        Ok(()) => (StatusCode::NOT_FOUND, "UnknownOperationException"),
        Err(_) => (StatusCode::BAD_REQUEST, "SerializationException"),
    };
    let body =
        format!("{{\"Output\":{{\"__type\":\"com.amazon.coral.service#{name}\"}},\"Version\":\"1.0\"}}");
    Reply::new(status, Some(PLAIN_JSON), body)
}

/// Without parameters and surrounding spaces.
fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
    // Nearly always it stands alone.
    if headers.get(header::CONTENT_TYPE)? == Encoding::Json.content_type() {
        return Some(Encoding::Json);
    }
    let media_type = media_type(headers)?;
    let known = [Encoding::Json, Encoding::Cbor];
    known.into_iter().find(|encoding| encoding.content_type().eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests;
