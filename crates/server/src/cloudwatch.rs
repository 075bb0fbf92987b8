//! CloudWatch behind the front: which of its protocols a request is in, and how an answer or a refusal looks
//! there. Source: `lease-tables.md`, CloudWatch.

pub mod exposed;
pub mod own;

use std::borrow::Cow;
use std::io::Read as _;

use bytes::Bytes;
use flate2::read::GzDecoder;
use flumen_protocol::cloudwatch::{
    ErrorCode, Fault, Operation, Protocol, SIGNING_NAME, TARGET, decode, encode,
};
use flumen_protocol::codec::QueryReader;
use flumen_types::Realm;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{StatusCode, Uri};

use crate::budget::Share;
use crate::http::{Failed, Reply, Server, request_id};

const AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const RPC_V2_CBOR: HeaderValue = HeaderValue::from_static("rpc-v2-cbor");
const FORM: &str = "application/x-www-form-urlencoded";
/// What AWS takes in PutMetricData, packed or not.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Without regard to case, like all names of codings (RFC 9110 8.4.1).
const PLAIN_CODINGS: [&str; 3] = ["", "identity", "amz-1.0"];
const GZIP_CODINGS: [&str; 2] = ["gzip", "x-gzip"];
/// Smaller answers hold too little to be counted.
const SMALL_ANSWER_BYTES: usize = 64 * 1024;

/// `None` when a request is for another service.
pub fn protocol_of(head: &Parts) -> Option<Protocol> {
    let target = head.headers.get(AMZ_TARGET).and_then(|target| target.to_str().ok());
    if of_path(&head.uri).is_some() {
        Some(Protocol::RpcV2Cbor)
    } else if target.is_some_and(|target| target.split('.').next() == Some(TARGET)) {
        Some(Protocol::Json)
    } else if has_text(&head.headers, header::CONTENT_TYPE, is_form)
        // Other services have forms as well, and only the signature says whose this is.
        && has_text(&head.headers, header::AUTHORIZATION, |text| text.contains(SCOPE))
    {
        Some(Protocol::Query)
    } else {
        None
    }
}

fn is_form(content_type: &str) -> bool {
    content_type.get(..FORM.len()).is_some_and(|text| text.eq_ignore_ascii_case(FORM))
}

const SCOPE: &str = "/monitoring/aws4_request";

/// The operation that a path of RPC v2 names.
fn of_path(uri: &Uri) -> Option<&str> {
    uri.path().strip_prefix("/service/")?.strip_prefix(TARGET)?.strip_prefix("/operation/")
}

fn has_text(headers: &HeaderMap, name: HeaderName, test: impl Fn(&str) -> bool) -> bool {
    headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(test)
}

pub async fn reply(server: &Server, head: &Parts, body: &Bytes, protocol: Protocol) -> Reply {
    let id = request_id();
    let id_text = id.to_str().unwrap_or_default();
    let mut asked = None;
    let mut reply = match carry_out(server, head, body, protocol, id_text, &mut asked) {
        Ok(body) => sent(server, protocol, body).await,
        Err(fault) => Err(fault),
    }
    .unwrap_or_else(|fault| refusal(&fault, protocol, id_text, asked));
    if protocol == Protocol::RpcV2Cbor {
        reply.headers.push((SMITHY_PROTOCOL, RPC_V2_CBOR));
    }
    Reply { id: Some(id), ..reply }
}

/// A large answer is counted for as long as its reader takes; it is made at one go and needs no room before.
async fn sent(server: &Server, protocol: Protocol, body: Vec<u8>) -> Result<Reply, Fault> {
    let mut share = Share::default();
    if body.capacity() > SMALL_ANSWER_BYTES {
        server.memory.small_answers.add(&mut share, body.capacity()).await?;
    }
    Ok(Reply { share, ..Reply::new(StatusCode::OK, Some(protocol.content_type()), body) })
}

fn refusal(fault: &Fault, protocol: Protocol, id: &str, operation: Option<Operation>) -> Reply {
    let status = StatusCode::from_u16(fault.status(protocol)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let failed = Failed {
        operation: operation.map_or("", Operation::as_str),
        code: fault.code.as_str().into(),
        cause: fault.message.clone().filter(|_| status.is_server_error()),
    };
    let code = HeaderValue::from_str(&fault.query_error()).ok().map(|value| (QUERY_ERROR, value));
    Reply {
        failed: Some(Box::new(failed)),
        headers: code.into_iter().collect(),
        ..Reply::new(status, Some(protocol.content_type()), fault.encode(protocol, id))
    }
}

fn carry_out(
    server: &Server,
    head: &Parts,
    body: &Bytes,
    protocol: Protocol,
    id: &str,
    asked: &mut Option<Operation>,
) -> Result<Vec<u8>, Fault> {
    let realm = server.identities.identify(head, body, SIGNING_NAME)?;
    let body = unpacked(&head.headers, body)?;
    let operation = operation(head, &body, protocol)?;
    *asked = Some(operation);
    if operation != Operation::PutMetricData {
        server.own_metrics.look(&server.streams, &server.watch);
    }
    answer(server, &realm, operation, protocol, &body, id)
}

fn answer(
    server: &Server,
    realm: &Realm,
    operation: Operation,
    protocol: Protocol,
    body: &[u8],
    id: &str,
) -> Result<Vec<u8>, Fault> {
    let watch = &server.watch;
    macro_rules! shape {
        ($method:ident) => {{
            let output = watch.$method(realm, &decode(protocol, body)?)?;
            Ok(encode(protocol, operation, Some(&output), id))
        }};
    }
    match operation {
        Operation::PutMetricData => {
            watch.put_metric_data(realm, &decode(protocol, body)?)?;
            Ok(encode(protocol, operation, None::<&Nothing>, id))
        }
        Operation::GetMetricData => shape!(get_metric_data),
        Operation::GetMetricStatistics => shape!(get_metric_statistics),
        Operation::ListMetrics => shape!(list_metrics),
        other => {
            let text = format!("The operation {} is not served here.", other.as_str());
            Err(Fault::new(ErrorCode::UnsupportedOperationException, text))
        }
    }
}

/// The output of an operation that has none.
type Nothing = bool;

fn operation(head: &Parts, body: &[u8], protocol: Protocol) -> Result<Operation, Fault> {
    let named = match protocol {
        Protocol::RpcV2Cbor => of_path(&head.uri).map(str::to_owned),
        Protocol::Json => {
            let target = head.headers.get(AMZ_TARGET).and_then(|target| target.to_str().ok());
            target.and_then(|target| target.split_once('.')).map(|(_, name)| name.to_owned())
        }
        Protocol::Query => {
            QueryReader::new(body).ok().and_then(|form| form.text("Action").map(str::to_owned))
        }
    };
    let named = named.unwrap_or_default();
    Operation::parse(&named).ok_or_else(|| {
        let text = format!("The action {named} is not valid for this web service.");
        Fault::new(ErrorCode::UnknownOperationException, text)
    })
}

/// The body as the operation means it, and bounded.
fn unpacked<'b>(headers: &HeaderMap, body: &'b Bytes) -> Result<Cow<'b, [u8]>, Fault> {
    let too_large = || {
        let text = format!("The body is larger than {BODY_BYTES_MAX} bytes.");
        Fault::new(ErrorCode::InvalidParameterValue, text)
    };
    let coding = headers.get(header::CONTENT_ENCODING).map_or(&b""[..], HeaderValue::as_bytes).trim_ascii();
    let is = |name: &str| coding.eq_ignore_ascii_case(name.as_bytes());
    let body = match coding {
        _ if PLAIN_CODINGS.into_iter().any(is) => Cow::Borrowed(&body[..]),
        _ if GZIP_CODINGS.into_iter().any(is) => {
            let mut plain = Vec::new();
            let limit = BODY_BYTES_MAX as u64 + 1;
            GzDecoder::new(&body[..]).take(limit).read_to_end(&mut plain).map_err(|error| {
                let text = format!("The body is not what gzip makes: {error}.");
                Fault::new(ErrorCode::SerializationException, text)
            })?;
            Cow::Owned(plain)
        }
        other => {
            let text =
                format!("The content encoding {} is not known; gzip is.", String::from_utf8_lossy(other));
            return Err(Fault::new(ErrorCode::SerializationException, text));
        }
    };
    if body.len() > BODY_BYTES_MAX { Err(too_large()) } else { Ok(body) }
}
