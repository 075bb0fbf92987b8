//! One HTTP/1.1 connection, with or without TLS.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flumen_types::Span;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{Endpoint, Error};

/// For the socket and the handshakes together, where nothing else is said.
pub const CONNECT_MAX: Duration = Duration::from_secs(5);

pub type Connection = SendRequest<Full<Bytes>>;

/// `tls` is there for secure endpoints.
pub async fn connect(
    endpoint: &Endpoint,
    tls: Option<&Arc<ClientConfig>>,
    within: Duration,
) -> Result<Connection, Error> {
    let failed = |why: String| Error::Connect { endpoint: endpoint.to_string(), why };
    match tokio::time::timeout(within, open(endpoint, tls)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(why)) => Err(failed(why)),
        Err(_) => Err(failed(format!("nothing came within {}", Span(within)))),
    }
}

async fn open(endpoint: &Endpoint, tls: Option<&Arc<ClientConfig>>) -> Result<Connection, String> {
    let socket =
        TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await.map_err(|e| e.to_string())?;
    // Requests go out whole; waiting to fill a segment only adds latency.
    let _ = socket.set_nodelay(true);
    match tls {
        None => speak(socket).await,
        Some(config) => {
            let name = ServerName::try_from(endpoint.host.clone()).map_err(|e| e.to_string())?;
            let connector = TlsConnector::from(config.clone());
            speak(connector.connect(name, socket).await.map_err(|e| e.to_string())?).await
        }
    }
}

async fn speak<S>(stream: S) -> Result<Connection, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    // Ends when the sender is dropped or the peer closes; whoever waits for an answer gets the error.
    tokio::spawn(connection);
    Ok(sender)
}
