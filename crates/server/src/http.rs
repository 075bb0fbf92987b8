//! From an HTTP request to an answer: the checks that come before any operation, in AWS's order, and the
//! headers around what the operation says. Source: `kinesis-wire.md` sections 3 and 4.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use base64_simd::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use flumen_protocol::{Encoding, ErrorCode, Fault, Operation, check_syntax, decode, kinesis};
use flumen_streams::{Caller, Streams};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::{Notify, Semaphore, mpsc};

use crate::budget::{Budget, Share};
use crate::dispatch;
use crate::identity::Identities;
use crate::listener::Busy;
use crate::metrics::Metrics;
use crate::pages;
use crate::subscribe;

/// PutRecords takes 10 MiB, which is 13.4 MiB as base64, and member names and keys beside it.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bodies up to this size have memory of their own.
const SMALL_BODY_BYTES: usize = 256 * 1024;
/// A body that stops coming is given up.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(30);
/// An answer that is not read in this time is given up, with its connection.
const ANSWER_MAX: Duration = Duration::from_secs(120);
/// Smaller answers hold too little to be worth a timer.
const ANSWER_TIMED_BYTES: usize = 128 * 1024;

const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";
const PLAIN_JSON: &str = "application/json";

const AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const AMZN_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const AMZ_ID_2: HeaderName = HeaderName::from_static("x-amz-id-2");
const EXPOSED: &str =
    "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";
const PREFLIGHT_SECONDS: &str = "172800";

const UNDETERMINED: &str = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
                            authorized</Message>\n</AccessDeniedException>\n";

/// What every request needs.
pub struct Server {
    pub streams: Streams,
    pub identities: Identities,
    pub memory: Memory,
    pub metrics: Metrics,
    /// One permit a connection, and how many there are.
    pub places: Arc<Semaphore>,
    pub connections_max: usize,
}

/// What requests may take. Small ones have a part of their own, so that they never wait for large ones.
pub struct Memory {
    /// Bodies being read.
    pub bodies: Budget,
    pub small_bodies: Budget,
    /// Records being fetched and answers being sent.
    pub answers: Budget,
    pub small_answers: Budget,
}

impl Memory {
    /// `bytes` for bodies and as much again for answers; a quarter of each for small ones.
    pub fn new(bytes: u64) -> Self {
        let small = bytes / 4;
        Memory {
            bodies: Budget::new("large request bodies", bytes - small),
            small_bodies: Budget::new("request bodies", small),
            answers: Budget::new("large answers", bytes - small),
            small_answers: Budget::new("answers", small),
        }
    }
}

/// What came of a request before any header is put around it.
struct Reply {
    status: StatusCode,
    content_type: Option<&'static str>,
    body: Content,
    /// The memory that `body` takes.
    share: Share,
    /// What is refused, and in which operation if it came so far.
    failed: Option<Box<Failed>>,
}

struct Failed {
    fault: Fault,
    operation: Option<Operation>,
}

enum Content {
    Whole(Bytes),
    /// An event stream, frame by frame.
    Events(mpsc::Receiver<Bytes>),
}

/// A request whose operation and encoding are known.
struct Call {
    operation: Operation,
    encoding: Encoding,
}

impl Server {
    /// `overdue` is told when the answer is not read in time. `local`: asked on an address that only this
    /// machine reaches.
    pub async fn answer(
        &self,
        request: Request<Incoming>,
        overdue: &Arc<Notify>,
        local: bool,
    ) -> Response<Answer> {
        let (head, body) = request.into_parts();
        let origin = head.headers.contains_key(header::ORIGIN);
        if content_length(&head.headers).is_some_and(|length| length > BODY_BYTES_MAX as u64) {
            return too_large();
        }
        if head.method == Method::OPTIONS && origin {
            return preflight(&head.headers);
        }
        let reply = if head.method == Method::POST {
            let mut share = Share::default();
            match self.read(body, content_length(&head.headers), &mut share).await {
                Ok(Some(body)) => self.reply(&head, &body).await,
                Ok(None) => return too_large(),
                Err(fault) => Reply::fault(encoding_of(&head.headers).unwrap_or(Encoding::Json), &fault),
            }
        } else {
            let page = match head.method {
                Method::GET => pages::page(self, &head.uri, local).await,
                _ => None,
            };
            page.map_or_else(Reply::undetermined, |page| {
                Reply::new(page.status, Some(page.content_type), page.body)
            })
        };
        self.finish(reply, origin, overdue)
    }

    fn finish(&self, reply: Reply, origin: bool, overdue: &Arc<Notify>) -> Response<Answer> {
        let id = request_id();
        if let Some(failed) = &reply.failed {
            self.metrics.failed(failed.operation, failed.fault.code);
            failed.log(&id);
        }
        respond(reply, id, origin, overdue)
    }

    /// The whole body, `None` when it is too large.
    async fn read(
        &self,
        mut body: Incoming,
        announced: Option<u64>,
        share: &mut Share,
    ) -> Result<Option<Bytes>, Fault> {
        let announced = announced.and_then(|a| usize::try_from(a).ok());
        let budget = match announced {
            Some(bytes) if bytes <= SMALL_BODY_BYTES => &self.memory.small_bodies,
            _ => &self.memory.bodies,
        };
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        let mut counted = 0;
        while let Some(data) = next_data(&mut body).await? {
            let bytes = first.len() + whole.len() + data.len();
            if bytes > BODY_BYTES_MAX {
                return Ok(None);
            }
            if bytes > counted {
                // All that was announced once some of it came, so that no two bodies wait for each other's rest.
                let bytes = bytes.max(announced.unwrap_or(0));
                budget.add(share, bytes - counted).await?;
                counted = bytes;
            }
            if first.is_empty() && whole.is_empty() {
                // Most bodies come in one piece, which is used as it is.
                first = data;
                continue;
            }
            if whole.is_empty() {
                whole.reserve(counted);
                whole.extend_from_slice(&std::mem::take(&mut first));
            }
            whole.extend_from_slice(&data);
        }
        Ok(Some(if whole.is_empty() { first } else { whole.freeze() }))
    }

    async fn reply(&self, head: &http::request::Parts, body: &Bytes) -> Reply {
        let call = match envelope(&head.headers, body) {
            Ok(call) => call,
            Err(reply) => return reply,
        };
        let begun = Instant::now();
        let mut reply = self.carry_out(head, body, &call).await;
        self.metrics.took(call.operation, begun.elapsed());
        if let Some(failed) = &mut reply.failed {
            failed.operation = Some(call.operation);
        }
        reply
    }

    async fn carry_out(&self, head: &http::request::Parts, body: &Bytes, call: &Call) -> Reply {
        let Call { operation, encoding } = *call;
        let realm = match self.identities.identify(head, body) {
            Ok(realm) => realm,
            // A body that does not parse is refused before a signature that does not hold.
            Err(fault) => {
                return Reply::fault(encoding, check_syntax(encoding, body).err().as_ref().unwrap_or(&fault));
            }
        };
        let caller = Caller { realm, operation: operation.as_str() };
        if operation == Operation::SubscribeToShard {
            return self.subscribe(&caller, encoding, body).await;
        }
        match dispatch::dispatch(self, &caller, operation, encoding, body).await {
            Ok((body, share)) => {
                Reply { share, ..Reply::new(StatusCode::OK, Some(encoding.content_type()), body) }
            }
            Err(fault) => Reply::fault(encoding, &fault),
        }
    }

    /// The one operation whose answer does not end when it is known.
    async fn subscribe(&self, caller: &Caller, encoding: Encoding, body: &[u8]) -> Reply {
        let subscribed = match decode(encoding, body) {
            Ok(input) => self.streams.subscribe_to_shard(caller, &input).await,
            Err(fault) => Err(fault),
        };
        match subscribed {
            Ok(subscription) => Reply {
                status: StatusCode::OK,
                content_type: Some(EVENT_STREAM),
                body: Content::Events(subscribe::frames(subscription)),
                share: Share::default(),
                failed: None,
            },
            Err(fault) => Reply::fault(encoding, &fault),
        }
    }
}

impl Failed {
    /// Failures of the service are for whoever runs it; refusals are the caller's, and are told to them.
    fn log(&self, request_id: &HeaderValue) {
        let request_id = request_id.to_str().unwrap_or_default();
        let operation = self.operation.map_or("", Operation::as_str);
        let (code, reason) = (self.fault.code.as_str(), self.fault.message.as_deref().unwrap_or_default());
        if self.fault.code.status() >= 500 {
            tracing::warn!(request_id, operation, code, reason, "request failed");
        } else {
            tracing::debug!(request_id, operation, code, reason, "request refused");
        }
    }
}

/// The next piece of a body, `None` at its end.
async fn next_data(body: &mut Incoming) -> Result<Option<Bytes>, Fault> {
    let broken = |what: &str| Fault::new(ErrorCode::SerializationException, format!("The body {what}."));
    loop {
        let frame = tokio::time::timeout(BODY_PAUSE_MAX, body.frame()).await;
        let frame = frame.map_err(|_| broken("stopped coming"))?;
        let Some(frame) = frame.transpose().map_err(|_| broken("was cut off"))? else { return Ok(None) };
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

/// Checks 4 to 9 of the wire page's table, but for the parsing of the body.
fn envelope(headers: &HeaderMap, body: &[u8]) -> Result<Call, Reply> {
    let target = headers.get(AMZ_TARGET).and_then(|t| t.to_str().ok()).and_then(|t| t.split_once('.'));
    let operation =
        target.filter(|(service, _)| *service == kinesis::TARGET).and_then(|(_, o)| Operation::parse(o));
    let encoding = encoding_of(headers);
    if body.is_empty() {
        let code = match operation {
            Some(_) => ErrorCode::SerializationException,
            None => ErrorCode::UnknownOperationException,
        };
        return Err(Reply::fault(encoding.unwrap_or(Encoding::Cbor), &Fault::bare(code)));
    }
    let Some(encoding) = encoding else { return Err(other_content_type(headers, target.is_some(), body)) };
    match operation {
        Some(operation) => Ok(Call { operation, encoding }),
        None => {
            let unknown = Fault::bare(ErrorCode::UnknownOperationException);
            Err(Reply::fault(encoding, check_syntax(encoding, body).err().as_ref().unwrap_or(&unknown)))
        }
    }
}

fn other_content_type(headers: &HeaderMap, has_target: bool, body: &[u8]) -> Reply {
    if !has_target {
        return Reply::undetermined();
    }
    if media_type(headers) != Some(PLAIN_JSON) {
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
    let media_type = media_type(headers)?;
    [Encoding::Json, Encoding::Cbor].into_iter().find(|encoding| encoding.content_type() == media_type)
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl Reply {
    fn new(status: StatusCode, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        Reply {
            status,
            content_type,
            body: Content::Whole(body.into()),
            share: Share::default(),
            failed: None,
        }
    }

    fn fault(encoding: Encoding, fault: &Fault) -> Self {
        let mut body = Vec::with_capacity(256);
        fault.encode(encoding, &mut body);
        let status = StatusCode::from_u16(fault.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let failed = Some(Box::new(Failed { fault: fault.clone(), operation: None }));
        Reply { failed, ..Reply::new(status, Some(encoding.content_type()), body) }
    }

    fn undetermined() -> Self {
        Reply::new(StatusCode::FORBIDDEN, None, UNDETERMINED)
    }
}

fn respond(reply: Reply, id: HeaderValue, origin: bool, overdue: &Arc<Notify>) -> Response<Answer> {
    let mut response = Response::new(Answer::new(reply.body, reply.share, overdue));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.reserve(8);
    headers.insert(AMZN_REQUEST_ID, id);
    headers.insert(AMZ_ID_2, extended_request_id());
    if let Some(content_type) = reply.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    response
}

fn too_large() -> Response<Answer> {
    let mut response = Response::new(Answer::empty());
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    // What is left of the body is not worth reading.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn preflight(asked: &HeaderMap) -> Response<Answer> {
    let mut response = Response::new(Answer::empty());
    let headers = response.headers_mut();
    headers.insert(AMZN_REQUEST_ID, request_id());
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
    let echoed = [
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
    ];
    for (request, response) in echoed {
        if let Some(value) = asked.get(request) {
            headers.insert(response, value.clone());
        }
    }
    response
}

/// A UUID of version 4. It names a request and protects nothing.
fn request_id() -> HeaderValue {
    let bits = fastrand::u128(..) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let mut text = [0; 36];
    let mut digits = (0..32).rev().map(|i| b"0123456789abcdef"[(bits >> (4 * i)) as usize & 0xf]);
    for (at, byte) in text.iter_mut().enumerate() {
        *byte = if matches!(at, 8 | 13 | 18 | 23) { b'-' } else { digits.next().unwrap_or(b'0') };
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static(""))
}

fn extended_request_id() -> HeaderValue {
    let mut bytes = [0; 66];
    fastrand::fill(&mut bytes);
    let mut text = [0; 88];
    let encoded = BASE64.encode(&bytes, base64_simd::Out::from_slice(&mut text));
    HeaderValue::from_bytes(encoded).unwrap_or(HeaderValue::from_static(""))
}

/// An answer's body.
pub struct Answer {
    content: Content,
    /// Goes when the body has been handed over.
    pub under_way: Option<Busy>,
}

/// Bytes of an answer with what has to go when they are sent, which is later than when they are handed
/// over: hyper keeps them until the peer has taken them.
struct Held {
    bytes: Bytes,
    _share: Share,
    _deadline: Option<Deadline>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Tells a connection that an answer on it takes too long, unless dropped before.
struct Deadline(tokio::task::JoinHandle<()>);

impl Drop for Deadline {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Deadline {
    fn new(overdue: Arc<Notify>) -> Self {
        Deadline(tokio::spawn(async move {
            tokio::time::sleep(ANSWER_MAX).await;
            overdue.notify_one();
        }))
    }
}

impl Answer {
    fn empty() -> Self {
        Answer { content: Content::Whole(Bytes::new()), under_way: None }
    }

    fn new(content: Content, share: Share, overdue: &Arc<Notify>) -> Self {
        let content = match content {
            Content::Whole(bytes) if !share.is_empty() => {
                let deadline = (bytes.len() >= ANSWER_TIMED_BYTES).then(|| Deadline::new(overdue.clone()));
                let held = Held { bytes, _share: share, _deadline: deadline };
                Content::Whole(Bytes::from_owner(held))
            }
            content => content,
        };
        Answer { content, under_way: None }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = match &mut self.content {
            Content::Whole(data) if data.is_empty() => None,
            Content::Whole(data) => Some(std::mem::take(data)),
            Content::Events(frames) => ready!(frames.poll_recv(cx)),
        };
        Poll::Ready(data.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.content, Content::Whole(data) if data.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(data) => SizeHint::with_exact(data.len() as u64),
            Content::Events(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests;
