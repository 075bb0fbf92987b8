//! Sockets: accepts connections, finds out what they speak, and lets hyper speak it.
//!
//! A connection is told apart by its first bytes, inside TLS as well as outside, because clients send the
//! HTTP/2 preface without announcing it by ALPN (`docs/kinesis/wire.md#connections`). Everything that a client
//! can hold is bounded: how many connections, how long one may say nothing, how long one may not read.

mod proxied;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use flumen_api::{Connection, Peer, Rarely};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConnection;

use crate::busy::{Busy, QUIET_MAX, Watch};
use crate::config::{Endpoints, Listener};
use crate::http::Answer;
use crate::server::Server;
use crate::wire::{Preface, Wire};
use crate::workers::{Gathered, Workers};
use proxied::{Refused, proxied};

/// For the header of a proxy, and as long again for TLS.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// Request heads of SDKs have some hundred bytes; a session token may have some thousand.
const HEAD_BYTES_MAX: u32 = 32 * 1024;
const READ_BUFFER_MAX: usize = 512 * 1024;
/// Per HTTP/2 connection. Clients of AWS keep many requests running on one.
const H2_STREAMS_MAX: u32 = 1024;
const H2_STREAM_WINDOW: u32 = 1024 * 1024;
const H2_CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
const H2_SEND_BUFFER: usize = 256 * 1024;
const H2_PING: Duration = Duration::from_secs(60);
const H2_PONG: Duration = Duration::from_secs(20);
/// After `accept` failed, usually for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One listening socket.
pub struct Socket {
    socket: TcpListener,
    listener: Arc<Listener>,
}

/// What all connections of all sockets share.
#[derive(Clone)]
pub struct Connections {
    pub server: Arc<Server>,
    /// True once the server is stopping.
    pub stopping: watch::Receiver<bool>,
}

impl Socket {
    pub async fn bind(listener: Listener) -> anyhow::Result<Self> {
        let address = listener.address;
        let socket = TcpListener::bind(address)
            .await
            .map_err(|error| anyhow::anyhow!("cannot listen on {address}: {error}"))?;
        Ok(Socket { socket, listener: Arc::new(listener) })
    }

    /// Says more of the private endpoint that it is.
    pub fn know(&mut self, endpoints: &Endpoints) {
        let known = self.listener.endpoint.as_ref().and_then(|own| endpoints.get(&own.id));
        if let Some(known) = known {
            self.listener = Arc::new(Listener { endpoint: Some(known.clone()), ..(*self.listener).clone() });
        }
    }

    pub fn about(&self) -> &flumen_api::Listener {
        &self.listener.about
    }

    /// Where it listens, with the port that it was given in place of 0.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Accepts until the server stops.
    pub async fn run(self, tls: Option<TlsAcceptor>, mut connections: Connections, workers: Arc<Workers>) {
        let local = match self.address() {
            Ok(address) => address,
            Err(error) => return tracing::error!(%error, "a listener has no address"),
        };
        let tls = tls.filter(|_| self.listener.about.tls);
        // Said once, not for each of those that come meanwhile.
        let (mut failing, mut refusing) = (false, false);
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                _ = connections.stopping.wait_for(|stopping| *stopping) => return,
            };
            match accepted {
                Ok((stream, client)) => {
                    failing = false;
                    let arrived =
                        Arrived { listener: self.listener.clone(), client, local, tls: tls.clone() };
                    let refused = !arrived.admit(stream, &connections, &workers);
                    if refused && !refusing {
                        tracing::warn!("connections are refused: max-connections is reached");
                    }
                    refusing = refused;
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(%error, "connections are not accepted; will try again");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// A connection that nothing was read of.
struct Arrived {
    listener: Arc<Listener>,
    client: SocketAddr,
    local: SocketAddr,
    tls: Option<TlsAcceptor>,
}

impl Arrived {
    /// False with every place taken: the connection is closed at once, so that its client can try elsewhere or later.
    fn admit(self, stream: TcpStream, connections: &Connections, workers: &Workers) -> bool {
        let Ok(place) = connections.server.places.clone().try_acquire_owned() else { return false };
        // It is the worker's poll that has to know it from now on.
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "connection not served");
                return true;
            }
        };
        let connections = connections.clone();
        workers.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => self.serve(stream, connections).await,
                Err(error) => tracing::warn!(%error, "connection not served"),
            }
            drop(place);
        });
        true
    }

    async fn serve(self, mut stream: TcpStream, connections: Connections) {
        // Answers go out whole; waiting to fill a segment only adds latency.
        let _ = stream.set_nodelay(true);
        let Some(from) = self.connection(&mut stream, &connections.server).await else { return };
        let peer = |from| Arc::new(Peer::Connection(from));
        match self.tls {
            None => connections.speak(stream, peer(from)).await,
            Some(tls) => match tokio::time::timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let tls = tls_of(stream.get_ref().1);
                    connections.speak(stream, peer(Connection { tls, ..from })).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                Err(_) => tracing::debug!("TLS handshake took too long"),
            },
        }
    }

    /// Whose it is. `None`: a proxy did not say it.
    async fn connection<S: AsyncRead + Unpin>(&self, stream: &mut S, server: &Server) -> Option<Connection> {
        let from = self.listener.connection(self.client, self.local);
        if !self.listener.demands_header(self.client) {
            return Some(from);
        }
        let proxied = proxied(stream, from, &server.endpoints);
        let why = match tokio::time::timeout(HANDSHAKE_MAX, proxied).await {
            Ok(Ok(from)) => return Some(from),
            Ok(Err(Refused::Empty)) => return None,
            Ok(Err(refused)) => refused.to_string(),
            Err(_) => "the PROXY header took too long".to_owned(),
        };
        server.headers_refused.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(proxy = %self.client, listener = self.listener.about.name, "connection refused: {why}");
        None
    }
}

/// As CloudTrail writes version and cipher suite: `TLSv1.3`, `TLS_AES_128_GCM_SHA256`.
fn tls_of(connection: &ServerConnection) -> Option<(String, String)> {
    let version = connection.protocol_version()?.as_str()?.replace("TLSv1_", "TLSv1.");
    let suite = connection.negotiated_cipher_suite()?.suite();
    Some((version, suite.as_str()?.replace("TLS13_", "TLS_")))
}

impl Connections {
    async fn speak<S>(mut self, stream: S, from: Arc<Peer>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut wire = Wire::new(stream);
        let preface = tokio::select! {
            preface = tokio::time::timeout(QUIET_MAX, wire.preface()) => preface,
            _ = self.stopping.wait_for(|stopping| *stopping) => return,
        };
        let result = match preface {
            Ok(Ok(Preface::Http1)) => self.http1(wire, from).await,
            Ok(Ok(Preface::Http2)) => self.http2(wire, from).await,
            // Closed, or silent for too long.
            Ok(Err(_)) | Err(_) => return,
        };
        if let Err(error) = result {
            tracing::debug!(%error, "connection ended");
        }
    }

    async fn http1<S>(self, wire: Wire<S>, from: Arc<Peer>) -> hyper::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let watch = Arc::new(Watch::new());
        let service = self.service(watch.clone(), from);
        let mut builder = hyper::server::conn::http1::Builder::new();
        // The head's timer of hyper is set anew for each request; a watch on the connection costs nothing.
        builder.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(READ_BUFFER_MAX);
        // A client may close its sending side right after its request.
        builder.half_close(true);
        // Answers are written from where they are, in TLS too; one copy of each is counted.
        builder.writev(true);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(wire), service));
        let end = tokio::select! {
            biased;
            result = connection.as_mut() => return result,
            end = Rarely::new(self.end(&watch)) => end,
        };
        match end {
            End::Close => Ok(()),
            End::Finish => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    }

    async fn http2<S>(self, wire: Wire<S>, from: Arc<Peer>) -> hyper::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let watch = Arc::new(Watch::new());
        let service = self.service(watch.clone(), from);
        let mut builder = hyper::server::conn::http2::Builder::new(HereExecutor);
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(H2_STREAMS_MAX)
            .initial_stream_window_size(H2_STREAM_WINDOW)
            .initial_connection_window_size(H2_CONNECTION_WINDOW)
            .max_header_list_size(HEAD_BYTES_MAX)
            .max_send_buf_size(H2_SEND_BUFFER)
            .keep_alive_interval(H2_PING)
            .keep_alive_timeout(H2_PONG);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(wire), service));
        let end = tokio::select! {
            biased;
            result = connection.as_mut() => return result,
            end = Rarely::new(self.end(&watch)) => end,
        };
        match end {
            End::Close => Ok(()),
            End::Finish => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    }

    /// Returns when the connection has to end for a reason that is not in it.
    async fn end(&self, watch: &Watch) -> End {
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = watch.over() => End::Close,
            () = watch.spent() => End::Finish,
            _ = stopping.wait_for(|stopping| *stopping) => End::Finish,
        }
    }

    fn service(
        &self,
        watch: Arc<Watch>,
        from: Arc<Peer>,
    ) -> impl hyper::service::Service<
        Request<Incoming>,
        Response = Response<Answer>,
        Error = std::convert::Infallible,
        Future: Send + 'static,
    > + use<> {
        let server = self.server.clone();
        service_fn(move |request| server.clone().answer(request, from.clone(), Busy::new(watch.clone())))
    }
}

/// An HTTP/2 connection's requests are tasks on its own thread.
#[derive(Clone)]
struct HereExecutor;

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for HereExecutor {
    fn execute(&self, request: F) {
        tokio::spawn(Gathered::new(request));
    }
}

enum End {
    /// At once.
    Close,
    /// Once requests under way are answered.
    Finish,
}

#[cfg(test)]
mod tests;
