//! CloudWatch: which of its protocols a request is in, and how an answer or a refusal looks there.
//! Source: `docs/kinesis/tables.md#cloudwatch`.

pub mod own;

use std::borrow::Cow;
use std::io::Read as _;

use bytes::Bytes;
use flate2::read::GzDecoder;
use flumen_access::Caller;
use flumen_protocol::cloudwatch::{
    ErrorCode, Fault, Operation, Protocol, SIGNING_NAME, TARGET, decode, encode,
};
use flumen_protocol::codec::QueryReader;
use flumen_streams::Streams;
use flumen_types::Clock;
use flumen_watch::Watch;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, Uri};

use crate::Resources;
use crate::audit::Audited;
use crate::call::{Call, Failed};
use crate::memory::{Memory, Share};
use crate::reply::{Reply, status};
use crate::service::{Head, IdentifiedRequest, Service};

use own::OwnMetrics;

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
fn protocol_of(head: &Head<'_>) -> Option<Protocol> {
    if of_path(&head.uri).is_some() {
        Some(Protocol::RpcV2Cbor)
    } else if head.target.split('.').next() == Some(TARGET) {
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

/// Metrics that clients report, and Kinesis's own beside them.
pub struct CloudWatch {
    pub watch: Watch,
    own: OwnMetrics,
    streams: Streams,
}

impl CloudWatch {
    pub fn new(watch: Watch, streams: Streams) -> Self {
        CloudWatch { watch, own: OwnMetrics::default(), streams }
    }

    /// Looks at the streams at the end of every minute, for as long as it is polled.
    pub async fn every_minute(&self, clock: &Clock) {
        own::every_minute(&self.own, &self.streams, &self.watch, clock).await;
    }

    fn answer(
        &self,
        caller: &Caller,
        operation: Operation,
        protocol: Protocol,
        body: &[u8],
        call: &Call<'_>,
    ) -> Result<Vec<u8>, Fault> {
        let (watch, id) = (&self.watch, call.id());
        macro_rules! shape {
            ($method:ident) => {{
                let input = decode(protocol, body)?;
                call.asks(&input);
                let output = watch.$method(caller, &input)?;
                Ok(encode(protocol, operation, Some(&output), id))
            }};
        }
        if operation != Operation::PutMetricData {
            self.own.look(&self.streams, watch);
        }
        match operation {
            Operation::PutMetricData => {
                watch.put_metric_data(caller, &decode(protocol, body)?)?;
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
}

impl Service for CloudWatch {
    type RequestKind = Protocol;
    type Fault = Fault;

    const SIGNING_NAME: &'static str = SIGNING_NAME;

    fn is_meant(head: &Head<'_>) -> bool {
        protocol_of(head).is_some()
    }

    /// A body that is packed is not looked into before it is known whose it is.
    fn resolve(call: &Call<'_>, head: &Head<'_>, body: &Bytes) -> Result<Protocol, Box<Reply>> {
        let protocol = protocol_of(head).unwrap_or(Protocol::Json);
        call.is_for(operation(head, body, protocol).ok().map(|operation| operation as usize));
        Ok(protocol)
    }

    fn audited(operation: usize) -> Audited {
        use Operation::*;
        match Operation::ALL[operation] {
            PutMetricData => Audited::Data { read_only: false },
            GetMetricData => Audited::Data { read_only: true },
            GetMetricStatistics | ListMetrics => Audited::Management { read_only: true },
            _ => Audited::Management { read_only: false },
        }
    }

    async fn run(
        &self,
        Resources { memory, .. }: &Resources,
        call: &Call<'_>,
        IdentifiedRequest { kind: protocol, caller, head, body }: IdentifiedRequest<'_, Protocol>,
    ) -> Result<Reply, Fault> {
        let body = unpacked(&head.headers, body)?;
        let operation = operation(head, &body, protocol)?;
        call.is_for(Some(operation as usize));
        let answer = self.answer(caller, operation, protocol, &body, call)?;
        sent(memory, protocol, answer).await
    }

    fn refuse(head: &Head<'_>, fault: &Fault, call: &Call<'_>) -> Reply {
        let protocol = protocol_of(head).unwrap_or(Protocol::Json);
        let status = status(fault.status(protocol));
        let is_ours = status.is_server_error();
        let failed = Failed {
            message: fault.message.clone().filter(|_| !is_ours),
            code: fault.code.as_str().into(),
            number: fault.code as usize,
            is_ours,
            cause: fault.cause.as_ref().or(fault.message.as_ref()).filter(|_| is_ours).cloned(),
        };
        let code = HeaderValue::from_str(&fault.query_error()).ok().map(|value| (QUERY_ERROR, value));
        let reply = Reply::new(status, Some(protocol.content_type()), fault.encode(protocol, call.id()));
        Reply { failed: Some(Box::new(failed)), headers: headers(protocol).chain(code).collect(), ..reply }
    }

    fn counted() -> (Vec<&'static str>, Vec<&'static str>) {
        let operations = Operation::ALL.iter().map(|operation| operation.as_str());
        (operations.collect(), ErrorCode::ALL.iter().map(|code| code.as_str()).collect())
    }
}

/// A large answer is counted for as long as its reader takes; it is made at one go and needs no room before.
async fn sent(memory: &Memory, protocol: Protocol, body: Vec<u8>) -> Result<Reply, Fault> {
    let mut share = Share::default();
    if body.capacity() > SMALL_ANSWER_BYTES {
        memory.small_answers.add(&mut share, body.capacity()).await?;
    }
    let reply = Reply::new(StatusCode::OK, Some(protocol.content_type()), body);
    Ok(Reply { share, headers: headers(protocol).collect(), ..reply })
}

/// Those of every answer.
fn headers(protocol: Protocol) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    (protocol == Protocol::RpcV2Cbor).then_some((SMITHY_PROTOCOL, RPC_V2_CBOR)).into_iter()
}

/// The output of an operation that has none.
type Nothing = bool;

fn operation(head: &Head<'_>, body: &[u8], protocol: Protocol) -> Result<Operation, Fault> {
    let named = match protocol {
        Protocol::RpcV2Cbor => of_path(&head.uri).map(str::to_owned),
        Protocol::Json => head.target.split_once('.').map(|(_, name)| name.to_owned()),
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
