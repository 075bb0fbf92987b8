//! Where a request comes from: the client's address, and what the operator's settings say of the way it came, which are the
//! listener and the private endpoint. Nothing here is taken from what a request says of itself.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use flumen_access::{Endpoint, Source};

use crate::accounts::ConnectionOwner;
use crate::inside::Inside;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub enum Peer {
    /// A connection.
    Connection(Connection),
    /// This process.
    Inside(Inside),
}

/// What is known of a connection before anything of a request is read.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The client's address; behind a proxy that the operator named, the one that the proxy gives.
    pub client: SocketAddr,
    /// The address that it came in on.
    pub local: SocketAddr,
    pub listener: Arc<Listener>,
    /// The private endpoint that it came through, if it did.
    pub endpoint: Option<Arc<Endpoint>>,
    /// The version and the cipher suite of TLS, as CloudTrail writes them.
    pub tls: Option<(String, String)>,
    /// By whose requests it is taken up.
    pub owner: ConnectionOwner,
}

/// A listener as the settings have it.
#[derive(Debug, PartialEq, Eq)]
pub struct Listener {
    pub name: String,
    /// Whether what comes in on it is encrypted. Where a proxy before it does that, it is not.
    pub tls: bool,
    /// It has the pages of operators, unsigned, and no operation.
    pub is_admin: bool,
}

impl Peer {
    /// Whether it comes from this machine, on an address that only this machine reaches.
    pub fn is_local(&self) -> bool {
        match self {
            Peer::Connection(Connection { client, local, .. }) => {
                [client, local].into_iter().all(|address| address.ip().to_canonical().is_loopback())
            }
            Peer::Inside(_) => true,
        }
    }

    /// As policies see it.
    pub(crate) fn source(&self) -> Source {
        match self {
            Peer::Connection(Connection { client, listener, endpoint, .. }) => {
                Source { address: Some(client.ip()), is_secure: listener.tls, endpoint: endpoint.clone() }
            }
            Peer::Inside(_) => Source::default(),
        }
    }

    /// Whether it came in on a listener for operators' pages alone.
    pub fn is_admin(&self) -> bool {
        matches!(self, Peer::Connection(connection) if connection.listener.is_admin)
    }
}

/// An address; of a caller inside its name, as where AWS's services call each other.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Connection(connection) => connection.client.fmt(f),
            Peer::Inside(inside) => inside.caller().principal().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_on_this_machine_is_local() {
        let is_local = |client: &str, local: &str| {
            let listener = Arc::new(Listener { name: "plain".into(), tls: false, is_admin: false });
            let (client, local) = (client.parse().unwrap(), local.parse().unwrap());
            Peer::Connection(Connection {
                client,
                local,
                listener,
                endpoint: None,
                tls: None,
                owner: ConnectionOwner::default(),
            })
            .is_local()
        };
        assert!(is_local("127.0.0.1:9", "127.0.0.1:1"));
        assert!(is_local("[::1]:9", "[::1]:1") && is_local("[::ffff:127.0.0.1]:9", "[::ffff:127.0.0.1]:1"));
        assert!(!is_local("10.0.0.7:9", "10.0.0.1:1"));
        assert!(!is_local("10.0.0.7:9", "127.0.0.1:1"), "a proxy on this machine gave it");
    }
}
