//! The three protocols: how a body is read, and how an answer is written.

use super::{Fault, Operation};
use crate::codec::{Abort, CborReader, CborWriter, Decode, Encode, JsonReader, JsonWriter, QueryReader};
use crate::constraint::Violations;
use crate::entry::{check_syntax, read_all};
use crate::{Encoding, query};

/// An answer is in the protocol of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    RpcV2Cbor,
    Json,
    Query,
}

pub(super) const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";

impl Protocol {
    pub fn content_type(self) -> &'static str {
        match self {
            Protocol::RpcV2Cbor => "application/cbor",
            Protocol::Json => "application/x-amz-json-1.0",
            Protocol::Query => query::CONTENT_TYPE,
        }
    }
}

/// Reads the input of an operation and checks the constraints of its interface.
pub fn decode<'a, T: Decode<'a>>(protocol: Protocol, body: &'a [u8]) -> Result<T, Fault> {
    let mut violations = Violations::default();
    let read = match protocol {
        Protocol::RpcV2Cbor if body.is_empty() => read_all(CborReader::rpc_v2(&EMPTY_MAP), &mut violations),
        Protocol::RpcV2Cbor => read_all(CborReader::rpc_v2(body), &mut violations),
        Protocol::Json => JsonReader::new(body).and_then(|reader| read_all(reader, &mut violations)),
        Protocol::Query => QueryReader::new(body).and_then(|reader| read_all(reader, &mut violations)),
    };
    match read {
        Ok(value) => violations.into_fault().map_or(Ok(value), |fault| Err(fault.into())),
        Err(Abort::Type(text))
            if protocol != Protocol::Json || check_syntax(Encoding::Json, body).is_ok() =>
        {
            Err(crate::Fault::new(crate::ErrorCode::SerializationException, text).into())
        }
        Err(_) => Err(crate::Fault::bare(crate::ErrorCode::SerializationException).into()),
    }
}

const EMPTY_MAP: [u8; 1] = [0xa0];

/// The body of an answer; `None` for operations that answer with nothing.
pub fn encode<T: Encode>(
    protocol: Protocol,
    operation: Operation,
    output: Option<&T>,
    request_id: &str,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    match (protocol, output) {
        (Protocol::RpcV2Cbor, Some(output)) => output.encode(&mut CborWriter::rpc_v2(&mut out)),
        (Protocol::RpcV2Cbor, None) => out.extend_from_slice(&[0xbf, 0xff]),
        (Protocol::Json, Some(output)) => output.encode(&mut JsonWriter::new(&mut out)),
        (Protocol::Json, None) => out.extend_from_slice(b"{}"),
        (Protocol::Query, output) => return query::encode(NAMESPACE, operation.as_str(), output, request_id),
    }
    out
}
