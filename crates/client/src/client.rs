//! One operation: encoded, sent, answered, and tried again where that may help.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flumen_protocol::kinesis::TARGET;
use flumen_protocol::{Encode, Encoding, Fault, Input, Operation, decode_output, encode};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};

use crate::connection::CONNECT_MAX;
use crate::network::Network;
use crate::transport::{Body, Transport};
use crate::{Environment, Error, backoff};

/// The name of the service in the scope of signatures.
const SERVICE: &str = "kinesis";
/// What is shown of an answer that is not in the service's words.
const TEXT_CHARS_MAX: usize = 300;

/// How a client behaves; whom it speaks to and as whom is its transport's.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// How often one call is sent at most.
    pub attempts: u32,
    /// How long one attempt may take.
    pub attempt_max: Duration,
    /// Over the network, connections open at once, and so calls that run at once; those of subscriptions are beside them.
    pub connections: usize,
    /// Over the network, how long it may take until a connection is there.
    pub connect_max: Duration,
    /// Over the network, of an answer that is whole.
    pub answer_bytes_max: usize,
}

/// The largest answer is 10 MiB of records in base64 with their keys.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

impl Default for ClientSettings {
    fn default() -> Self {
        ClientSettings {
            attempts: 5,
            attempt_max: Duration::from_secs(30),
            connections: 64,
            connect_max: CONNECT_MAX,
            answer_bytes_max: ANSWER_BYTES_MAX,
        }
    }
}

/// A client of one service in one region. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    transport: Box<dyn Transport>,
    endpoint: String,
    region: String,
    settings: ClientSettings,
}

/// What answers an input: the bytes that its output, or one of its events, borrows from.
#[derive(Debug)]
pub struct Answered<I> {
    body: Bytes,
    of: PhantomData<fn() -> I>,
}

impl<I: Input<'static>> Answered<I> {
    pub(crate) fn new(body: Bytes) -> Self {
        Answered { body, of: PhantomData }
    }

    /// The output of the operation. An error is that the bytes are not one.
    pub fn read(&self) -> Result<I::Output<'_>, Error> {
        decode_output(Encoding::Json, &self.body).map_err(|fault| Error::Unreadable(fault.to_string()))
    }
}

impl Client {
    /// A client, over the network, of the given endpoint and region, or of those that the environment names.
    pub fn new(
        environment: &Environment<'_>,
        endpoint: Option<&str>,
        region: Option<&str>,
        settings: ClientSettings,
    ) -> Result<Self, Error> {
        Client::signing_for(SERVICE, environment, endpoint, region, settings)
    }

    /// The same for another service, by the name in the scope of signatures.
    pub fn signing_for(
        service: &'static str,
        environment: &Environment<'_>,
        endpoint: Option<&str>,
        region: Option<&str>,
        settings: ClientSettings,
    ) -> Result<Self, Error> {
        let endpoint = environment.endpoint(endpoint)?;
        let region = environment.region(region, &endpoint);
        let name = endpoint.to_string();
        let network = Network::new(environment, endpoint, region.clone(), service, &settings)?;
        Ok(Client::over(network, name, region, settings))
    }

    /// A client over another transport. `endpoint` is what people are told of where that leads, `region` the one that
    /// its calls mean.
    pub fn over(
        transport: impl Transport + 'static,
        endpoint: impl Into<String>,
        region: impl Into<String>,
        settings: ClientSettings,
    ) -> Self {
        let (transport, endpoint, region) = (Box::new(transport), endpoint.into(), region.into());
        Client(Arc::new(Shared { transport, endpoint, region, settings }))
    }

    /// Where the service is, for people.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    pub fn region(&self) -> &str {
        &self.0.region
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.0.settings.attempts
    }

    /// One call. A call whose answer gets lost is sent again although it may have taken effect, as AWS's SDKs do: a record
    /// may then be stored twice.
    pub fn call<'i, I>(&self, input: &I) -> impl Future<Output = Result<Answered<I::Static>, Error>> + Send
    where
        I: Input<'i, Operation = Operation> + Encode,
    {
        let answered =
            self.try_often(request(I::OPERATION, encoded(input)), refusal, self.0.settings.attempts);
        async { Ok(Answered::new(answered.await?)) }
    }

    /// `refusal` reads what is no success.
    pub(crate) async fn try_often(
        &self,
        request: Request<Bytes>,
        refusal: fn(StatusCode, &[u8]) -> Error,
        attempts: u32,
    ) -> Result<Bytes, Error> {
        let mut failed = 0;
        loop {
            let error = match self.send(request.clone(), refusal).await {
                Ok(Body::Whole(body)) => return Ok(body),
                Ok(Body::Events(_)) => return Err(Error::Unreadable("it is a stream of events".into())),
                Err(error) => error,
            };
            failed += 1;
            if failed >= attempts || !error.is_transient() {
                return Err(error);
            }
            tokio::time::sleep(backoff::pause(failed, fastrand::f64())).await;
        }
    }

    /// The body of a success, or its begin where it is a stream of events.
    pub(crate) async fn attempt(&self, operation: Operation, body: Bytes) -> Result<Body, Error> {
        self.send(request(operation, body), refusal).await
    }

    async fn send(
        &self,
        request: Request<Bytes>,
        refusal: fn(StatusCode, &[u8]) -> Error,
    ) -> Result<Body, Error> {
        let sent = self.0.transport.send(request);
        let answered = tokio::time::timeout(self.0.settings.attempt_max, sent).await;
        let response = answered.map_err(|_| Error::Timeout { endpoint: self.0.endpoint.clone() })??;
        match (response.status(), response.into_body()) {
            (status, body) if status.is_success() => Ok(body),
            (status, Body::Whole(body)) => Err(refusal(status, &body)),
            (status, Body::Events(_)) => Err(refusal(status, b"")),
        }
    }
}

pub(crate) fn encoded<I: Encode>(input: &I) -> Bytes {
    let mut body = Vec::new();
    encode(Encoding::Json, input, &mut body);
    body.into()
}

/// What every transport is given.
fn request(operation: Operation, body: Bytes) -> Request<Bytes> {
    let target = format!("{TARGET}.{}", operation.as_str());
    let target = HeaderValue::try_from(target).expect("names of operations are letters");
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(Encoding::Json.content_type()));
    headers.insert("x-amz-target", target);
    request
}

pub(crate) fn refusal(status: StatusCode, body: &[u8]) -> Error {
    match Fault::decode(Encoding::Json, body) {
        Some(fault) => Error::Fault(fault),
        None => Error::Status { status: status.as_u16(), text: excerpt(body) },
    }
}

pub(crate) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
