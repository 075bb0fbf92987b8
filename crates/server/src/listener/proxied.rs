//! Whose connection it is where a proxy passes it on: by the header that comes first, and by nothing else.

use std::net::SocketAddr;
use std::sync::Arc;

use flumen_access::Endpoint;
use flumen_api::{Connection, ConnectionOwner};
use flumen_protocol::proxy::{self, HEAD_BYTES, Proxied};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::config::{Endpoints, Listener};

/// Why a connection from a proxy is not served.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Nothing came: somebody looked whether the port is open.
    #[error("it was closed before the first byte")]
    Empty,
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Header(#[from] proxy::NoHeader),
    #[error("the PROXY header names the endpoint {named}, and this listener is {own}")]
    OtherEndpoint { named: String, own: String },
}

impl Listener {
    /// Whether what comes from there has to begin with a header.
    pub fn demands_header(&self, from: SocketAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(from.ip()))
    }

    /// A connection of that client.
    pub fn connection(&self, client: SocketAddr, local: SocketAddr) -> Connection {
        Connection {
            client,
            local,
            listener: self.about.clone(),
            endpoint: self.endpoint.clone(),
            tls: None,
            owner: ConnectionOwner::default(),
        }
    }
}

/// The same connection, as the header says that comes first. No byte after that is read.
pub async fn proxied<S: AsyncRead + Unpin>(
    stream: &mut S,
    from: Connection,
    endpoints: &Endpoints,
) -> Result<Connection, Refused> {
    let mut head = [0; HEAD_BYTES];
    match stream.read(&mut head).await? {
        0 => return Err(Refused::Empty),
        read => stream.read_exact(head.get_mut(read..).unwrap_or_default()).await?,
    };
    let mut rest = vec![0; proxy::rest_bytes(&head)?];
    stream.read_exact(&mut rest).await?;
    match proxy::parse(&head, &rest)? {
        Proxied::Local => Ok(from),
        Proxied::Client { address, endpoint } => {
            let endpoint = joined(from.endpoint.clone(), endpoint, endpoints)?;
            Ok(Connection { client: address, endpoint, ..from })
        }
    }
}

/// The endpoint of a connection. One of the listener's own cannot be left by naming another, or its policy could.
fn joined(
    own: Option<Arc<Endpoint>>,
    named: Option<String>,
    endpoints: &Endpoints,
) -> Result<Option<Arc<Endpoint>>, Refused> {
    match (own, named) {
        (Some(own), Some(named)) if own.id != named => {
            Err(Refused::OtherEndpoint { named, own: own.id.clone() })
        }
        (Some(own), _) => Ok(Some(own)),
        (None, None) => Ok(None),
        // One that no listener describes has no policy, as on AWS the one that is there at first, which allows everything.
        (None, Some(id)) => Ok(Some(match endpoints.get(&id) {
            Some(known) => known.clone(),
            None => Arc::new(Endpoint { id, vpc: None, policy: None }),
        })),
    }
}

#[cfg(test)]
mod tests;
