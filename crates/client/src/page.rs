//! A page of a server: signed for a service that is not the one whose operations are called.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};

use crate::network::Network;
use crate::transport::{Body, Transport as _};
use crate::{ClientSettings, Environment, Error};

const WAIT: Duration = Duration::from_secs(60);

/// What the endpoint, the given one or the one that the environment names, answers to a `method` of `path`, which may have a query,
/// without a body. It is asked once, signed for `service`.
///
/// # Errors
/// If there is no whole answer within a minute; a refusal is one.
pub async fn page(
    environment: &Environment<'_>,
    endpoint: Option<&str>,
    service: &'static str,
    method: Method,
    path: &str,
) -> Result<(StatusCode, Bytes), Error> {
    let endpoint = environment.endpoint(endpoint)?;
    let (region, name) = (environment.region(None, &endpoint), endpoint.to_string());
    let settings = ClientSettings { connections: 1, ..ClientSettings::default() };
    let network = Network::new(environment, endpoint, region, service, &settings)?;
    let request = Request::builder().method(method).uri(path).body(Bytes::new());
    let request = request.map_err(|_| Error::Settings(format!("{path:?} is not a path")))?;
    let answered = tokio::time::timeout(WAIT, network.send(request)).await;
    let response = answered.map_err(|_| Error::Timeout { endpoint: name })??;
    match (response.status(), response.into_body()) {
        (status, Body::Whole(body)) => Ok((status, body)),
        (_, Body::Events(_)) => Err(Error::Unreadable("it is a stream of events".into())),
    }
}
