//! The way to a service over the network: each request is signed, and sent over a connection that is kept for the next.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use flumen_protocol::event_stream;
use flumen_protocol::sign::{self, Credentials, SigningKeys};
use flumen_types::Clock;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};

use crate::pool::{Pool, Taken};
use crate::transport::{Body, Events, Sending, Transport};
use crate::{ClientSettings, Endpoint, Environment, Error, tls};

pub struct Network {
    pool: Pool,
    credentials: Credentials,
    region: String,
    /// The service that requests are signed for.
    service: &'static str,
    keys: SigningKeys,
    clock: Clock,
    answer_bytes_max: usize,
}

impl Network {
    pub fn new(
        environment: &Environment<'_>,
        endpoint: Endpoint,
        region: String,
        service: &'static str,
        settings: &ClientSettings,
    ) -> Result<Self, Error> {
        let credentials = environment.credentials(&endpoint)?;
        let tls = match endpoint.secure {
            true => {
                let (file, pem) = environment.roots()?;
                Some(tls::trusting(&file, &pem)?)
            }
            false => None,
        };
        let pool = Pool::new(endpoint, tls, settings);
        Ok(Network {
            pool,
            credentials,
            region,
            service,
            keys: SigningKeys::default(),
            clock: Clock::system(),
            answer_bytes_max: settings.answer_bytes_max,
        })
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Body>, Error> {
        let (head, body) = request.into_parts();
        loop {
            let mut taken = self.pool.take().await?;
            let signed = self.signed(&head, &body)?;
            match taken.connection.try_send_request(signed).await {
                Ok(response) => return self.answer(taken, response).await,
                // The peer closed an idle connection and has seen nothing of the request.
                Err(error) if taken.used && error.message().is_some() => {}
                Err(error) => return Err(self.broken(&error.into_error())),
            }
        }
    }

    fn signed(&self, head: &Parts, body: &Bytes) -> Result<Request<Full<Bytes>>, Error> {
        let unfit = |_| Error::Settings("endpoint, region or credentials do not fit into a header".into());
        let mut headers = head.headers.clone();
        headers.insert(HOST, HeaderValue::from_str(&self.pool.endpoint.authority).map_err(unfit)?);
        let parts = sign::Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &headers,
            authority: None,
            body,
        };
        let now_ms = i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX);
        let Network { credentials, keys, region, service, .. } = self;
        let added = sign::sign(&parts, credentials, keys, now_ms, region, service).map_err(unfit)?;
        for (name, value) in added {
            let mut value = HeaderValue::from_str(&value).map_err(unfit)?;
            value.set_sensitive(name == AUTHORIZATION.as_str());
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = head.method.clone();
        *request.uri_mut() = head.uri.clone();
        *request.headers_mut() = headers;
        Ok(request)
    }

    async fn answer(&self, taken: Taken<'_>, response: Response<Incoming>) -> Result<Response<Body>, Error> {
        let (head, body) = response.into_parts();
        let body = match head.headers.get(CONTENT_TYPE) {
            Some(kind) if kind == event_stream::MEDIA_TYPE => Body::Events(self.events(taken, body)),
            _ => {
                let body = self.whole(body).await?;
                // A body that was read to its end, of an error as well, leaves the connection usable.
                self.pool.keep(taken);
                Body::Whole(body)
            }
        };
        Ok(Response::from_parts(head, body))
    }

    async fn whole(&self, body: Incoming) -> Result<Bytes, Error> {
        let bytes_max = self.answer_bytes_max;
        match Limited::new(body, bytes_max).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(Error::Unreadable(format!("it is larger than {bytes_max} bytes")))
            }
            Err(error) => Err(self.broken(&*error)),
        }
    }

    /// The connection leaves the pool and is closed after the last event; its place is another's at once.
    fn events(&self, taken: Taken<'_>, mut body: Incoming) -> Events {
        let (connection, endpoint) = (taken.connection, self.pool.endpoint.to_string());
        Box::new(move |cx: &mut Context<'_>| {
            let _open_until_dropped = &connection;
            loop {
                let Some(frame) = ready!(Pin::new(&mut body).poll_frame(cx)) else {
                    return Poll::Ready(None);
                };
                match frame.map(|frame| frame.into_data()) {
                    Ok(Ok(data)) => return Poll::Ready(Some(Ok(data))),
                    // Trailers, which say nothing.
                    Ok(Err(_)) => {}
                    Err(error) => return Poll::Ready(Some(Err(broken(&endpoint, &error)))),
                }
            }
        })
    }

    fn broken(&self, error: &(dyn std::error::Error + 'static)) -> Error {
        broken(&self.pool.endpoint.to_string(), error)
    }
}

impl Transport for Network {
    fn send(&self, request: Request<Bytes>) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }
}

fn broken(endpoint: &str, error: &(dyn std::error::Error + 'static)) -> Error {
    // The cause is what a person can use: hyper's own text only says where it happened.
    let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    Error::Broken { endpoint: endpoint.to_owned(), why }
}
