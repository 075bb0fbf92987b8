//! Which operation a request is for, and in which encoding, checked in AWS's order; and how a refusal looks. Source:
//! `docs/kinesis/wire.md#order-of-checks` and `docs/kinesis/wire.md#answers`.

use flumen_protocol::{Encoding, ErrorCode, Fault, Operation, check_syntax, kinesis};
use http::StatusCode;
use http::header::{self, HeaderMap};

use super::failed;
use crate::reply::{Reply, status};

const PLAIN_JSON: &str = "application/json";

/// What a request is.
#[derive(Clone, Copy)]
pub struct RequestKind {
    pub operation: Operation,
    pub encoding: Encoding,
}

/// Checks 4 to 9 of the wire page's table, but for the parsing of the body.
pub fn resolve(target: &str, headers: &HeaderMap, body: &[u8]) -> Result<RequestKind, Box<Reply>> {
    let name = target.strip_prefix(kinesis::TARGET).and_then(|name| name.strip_prefix('.'));
    let operation = name.and_then(Operation::parse);
    let encoding = encoding_of(headers);
    if body.is_empty() {
        let code = match operation {
            Some(_) => ErrorCode::SerializationException,
            None => ErrorCode::UnknownOperationException,
        };
        return Err(Box::new(refusal(encoding.unwrap_or(Encoding::Cbor), &Fault::bare(code))));
    }
    let Some(encoding) = encoding else {
        return Err(Box::new(other_content_type(headers, target.contains('.'), body)));
    };
    match operation {
        Some(operation) => Ok(RequestKind { operation, encoding }),
        None => {
            let unknown = Fault::bare(ErrorCode::UnknownOperationException);
            let fault = check_syntax(encoding, body).err().unwrap_or(unknown);
            Err(Box::new(refusal(encoding, &fault)))
        }
    }
}

pub fn refusal(encoding: Encoding, fault: &Fault) -> Reply {
    let mut body = Vec::with_capacity(256);
    fault.encode(encoding, &mut body);
    let reply = Reply::new(status(fault.code.status()), Some(encoding.content_type()), body);
    Reply { failed: Some(Box::new(failed(fault))), ..reply }
}

/// What layers of AWS's before the service say.
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

pub fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
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
