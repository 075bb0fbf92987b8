//! One operation: encoded, signed, sent, answered, and tried again where that may help.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flumen_protocol::kinesis::TARGET;
use flumen_protocol::sign::{self, Credentials, SigningKeys};
use flumen_protocol::{Decode, Encode, Encoding, Fault, Operation, decode_output, encode};
use flumen_types::Clock;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;

use crate::pool::Pool;
use crate::{Endpoint, Environment, Error, backoff, tls};

/// The largest answer is 10 MiB of records in base64 with their keys.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// What is shown of an answer that is not in the service's words.
const TEXT_CHARS_MAX: usize = 300;
const SERVICE: &str = "kinesis";
const PATH: &str = "/";

/// How a client behaves; whom it speaks to and as whom comes from an [`Environment`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// How often one call is sent at most.
    pub attempts: u32,
    /// How long one attempt may take.
    pub attempt_max: Duration,
    /// Connections open at once, and so calls that run at once.
    pub connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { attempts: 5, attempt_max: Duration::from_secs(30), connections: 64 }
    }
}

/// A client of one endpoint. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    pool: Pool,
    settings: Settings,
    credentials: Credentials,
    region: String,
    keys: SigningKeys,
    clock: Clock,
}

/// The body of an answer, which outputs borrow from.
#[derive(Debug)]
pub struct Answer(Bytes);

impl Answer {
    pub fn read<'a, O: Decode<'a>>(&'a self) -> Result<O, Error> {
        decode_output(Encoding::Json, &self.0).map_err(|fault| Error::Unreadable(fault.to_string()))
    }

    pub(crate) fn copied(body: &[u8]) -> Self {
        Answer(Bytes::copy_from_slice(body))
    }
}

impl Client {
    /// A client of the given endpoint and region, or of those that the environment names.
    pub fn new(
        environment: &Environment<'_>,
        endpoint: Option<&str>,
        region: Option<&str>,
        settings: Settings,
    ) -> Result<Self, Error> {
        let endpoint = environment.endpoint(endpoint)?;
        let region = environment.region(region, &endpoint);
        let credentials = environment.credentials(&endpoint)?;
        let tls = match endpoint.secure {
            true => {
                let (file, pem) = environment.roots()?;
                Some(tls::trusting(&file, &pem)?)
            }
            false => None,
        };
        let pool = Pool::new(endpoint, tls, settings.connections);
        let (keys, clock) = (SigningKeys::default(), Clock::system());
        Ok(Client(Arc::new(Shared { pool, settings, credentials, region, keys, clock })))
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.0.pool.endpoint
    }

    pub fn region(&self) -> &str {
        &self.0.region
    }

    /// One call. A call whose connection breaks is sent again although it may have taken effect, as AWS's
    /// SDKs do: a record may then be stored twice.
    pub async fn call<I: Encode>(&self, operation: Operation, input: &I) -> Result<Answer, Error> {
        let body = encoded(input);
        let mut failed = 0;
        loop {
            let error = match self.attempt(operation, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failed += 1;
            if failed >= self.0.settings.attempts || !error.is_transient() {
                return Err(error);
            }
            tokio::time::sleep(backoff::pause(failed, fastrand::f64())).await;
        }
    }

    async fn attempt(&self, operation: Operation, body: Bytes) -> Result<Answer, Error> {
        let sent = self.send(operation, body);
        match tokio::time::timeout(self.0.settings.attempt_max, sent).await {
            Ok(answered) => answered,
            Err(_) => Err(Error::Timeout { endpoint: self.endpoint().to_string() }),
        }
    }

    async fn send(&self, operation: Operation, body: Bytes) -> Result<Answer, Error> {
        loop {
            let mut taken = self.0.pool.take().await?;
            let request = self.request(operation, body.clone())?;
            let response = match taken.connection.try_send_request(request).await {
                Ok(response) => response,
                // The peer closed an idle connection and has seen nothing of the request.
                Err(error) if taken.used && error.message().is_some() => continue,
                Err(error) => return Err(self.broken(&error.into_error())),
            };
            let answer = self.read(response).await;
            // A body that was read to its end, of an error as well, leaves the connection usable.
            if !matches!(answer, Err(Error::Broken { .. } | Error::Unreadable(_))) {
                self.0.pool.keep(taken);
            }
            return answer;
        }
    }

    /// The signed request.
    pub(crate) fn request(&self, operation: Operation, body: Bytes) -> Result<Request<Full<Bytes>>, Error> {
        let unfit = |_| Error::Settings("endpoint, region or credentials do not fit into a header".into());
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(HOST, HeaderValue::from_str(&self.endpoint().authority).map_err(unfit)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(Encoding::Json.content_type()));
        let target = format!("{TARGET}.{}", operation.as_str());
        headers.insert("x-amz-target", HeaderValue::from_str(&target).map_err(unfit)?);
        let parts = sign::Request {
            method: Method::POST.as_str(),
            path: PATH,
            query: "",
            headers: &headers,
            authority: None,
            body: &body,
        };
        let now_ms = i64::try_from(self.0.clock.now_ms()).unwrap_or(i64::MAX);
        let Shared { credentials, keys, region, .. } = &*self.0;
        let added = sign::sign(&parts, credentials, keys, now_ms, region, SERVICE).map_err(unfit)?;
        for (name, value) in added {
            let mut value = HeaderValue::from_str(&value).map_err(unfit)?;
            value.set_sensitive(name == AUTHORIZATION.as_str());
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.headers_mut() = headers;
        Ok(request)
    }

    pub(crate) async fn connect(&self) -> Result<crate::connection::Connection, Error> {
        self.0.pool.connect().await
    }

    pub(crate) async fn read(&self, response: Response<Incoming>) -> Result<Answer, Error> {
        let status = response.status();
        let body = match Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                return Err(Error::Unreadable(format!("it is larger than {ANSWER_BYTES_MAX} bytes")));
            }
            Err(error) => return Err(self.broken(&*error)),
        };
        if status.is_success() {
            return Ok(Answer(body));
        }
        Err(match Fault::decode(Encoding::Json, &body) {
            Some(fault) => Error::Fault(fault),
            None => Error::Status { status: status.as_u16(), text: excerpt(&body) },
        })
    }

    pub(crate) fn broken(&self, error: &(dyn std::error::Error + 'static)) -> Error {
        // The cause is what a person can use: hyper's own text only says where it happened.
        let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        Error::Broken { endpoint: self.endpoint().to_string(), why }
    }
}

pub(crate) fn encoded<I: Encode>(input: &I) -> Bytes {
    let mut body = Vec::new();
    encode(Encoding::Json, input, &mut body);
    body.into()
}

fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
