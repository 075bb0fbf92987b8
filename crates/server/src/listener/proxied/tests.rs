//! Connections of proxies, byte by byte, over a pipe in memory with time that leaps.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::*;
use crate::config::Endpoints;
use crate::in_memory;
use crate::listener::Arrived;
use crate::server::Server;

const PROXY: &str = "10.0.0.2:7000";
const CLIENT: &str = "203.0.113.7:51000";
/// Of the client, through the endpoint `vpce-1`.
const HEADER: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x16\xcb\x00\x71\x07\x0a\x00\x00\x01\xc7\x38\x11\xd7\xea\x00\x07\x01vpce-1";
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00";

fn endpoint(id: &str, vpc: Option<&str>) -> Arc<Endpoint> {
    Arc::new(Endpoint { id: id.into(), vpc: vpc.map(str::to_owned), policy: None })
}

/// A server that knows the endpoints `vpce-1` and `vpce-2`.
async fn server() -> Server {
    let known = [endpoint("vpce-1", Some("vpc-1")), endpoint("vpce-2", None)];
    let endpoints: Endpoints = known.into_iter().map(|endpoint| (endpoint.id.clone(), endpoint)).collect();
    Server { endpoints, ..in_memory::server(flumen_streams::StreamsSettings::unlimited()).await }
}

fn arrived(client: &str, own: Option<Arc<Endpoint>>) -> Arrived {
    let proxies = vec!["10.0.0.0/24".to_owned().try_into().unwrap()];
    let listener = Listener::new("behind", "10.0.0.1:4567".parse().unwrap(), false);
    let listener = Arc::new(Listener { endpoint: own, proxies, ..listener });
    Arrived { client: client.parse().unwrap(), local: listener.address, listener, tls: None }
}

/// What is known of a connection that sends these pieces, what it has sent after that is still to be read, and how many
/// were refused so far.
async fn known(
    server: &Server,
    arrived: &Arrived,
    pieces: impl IntoIterator<Item = &[u8]>,
) -> (Option<Connection>, Vec<u8>, u64) {
    let (mut client, mut stream) = tokio::io::duplex(64 * 1024);
    let pieces: Vec<Vec<u8>> = pieces.into_iter().map(<[u8]>::to_vec).collect();
    let sent = tokio::spawn(async move {
        for piece in pieces {
            client.write_all(&piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    let connection = arrived.connection(&mut stream, server).await;
    sent.await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    (connection, rest, server.headers_refused.load(Ordering::Relaxed))
}

#[tokio::test]
async fn the_header_of_a_proxy_says_whose_a_connection_is_however_it_comes() {
    let server = server().await;
    let whole = [HEADER, b"POST / HTTP/1.1\r\n"].concat();
    let bytes: Vec<&[u8]> = whole.chunks(1).collect();
    for pieces in [vec![&whole[..]], bytes, vec![&whole[..11], &whole[11..16], &whole[16..]]] {
        let (connection, rest, refused) = known(&server, &arrived(PROXY, None), pieces).await;
        let connection = connection.unwrap();
        assert_eq!((connection.client, connection.local.port()), (CLIENT.parse().unwrap(), 4567));
        assert_eq!(connection.listener.name, "behind");
        assert_eq!(connection.endpoint, Some(endpoint("vpce-1", Some("vpc-1"))));
        assert_eq!((rest.as_slice(), refused), (&b"POST / HTTP/1.1\r\n"[..], 0), "nothing else is read");
    }
}

#[tokio::test]
async fn a_proxy_that_only_looks_speaks_for_itself() {
    let (server, own) = (server().await, endpoint("vpce-1", None));
    let (connection, _, refused) = known(&server, &arrived(PROXY, Some(own.clone())), [LOCAL]).await;
    let connection = connection.unwrap();
    assert_eq!((connection.client, connection.endpoint, refused), (PROXY.parse().unwrap(), Some(own), 0));
    let (connection, _, refused) = known(&server, &arrived(PROXY, None), []).await;
    assert_eq!((connection.is_none(), refused), (true, 0), "closed before a byte came");
}

#[tokio::test]
async fn elsewhere_no_header_is_looked_for() {
    let server = server().await;
    let (connection, rest, _) = known(&server, &arrived("10.0.1.2:7000", None), [HEADER]).await;
    assert_eq!(connection.unwrap().client, "10.0.1.2:7000".parse().unwrap());
    assert_eq!(rest, HEADER);
}

#[tokio::test]
async fn a_listener_that_is_an_endpoint_is_no_other() {
    let server = server().await;
    let own = |id| arrived(PROXY, Some(endpoint(id, None)));
    assert_eq!(known(&server, &own("vpce-1"), [HEADER]).await.0.unwrap().endpoint.unwrap().id, "vpce-1");
    let (connection, _, refused) = known(&server, &own("vpce-2"), [HEADER]).await;
    assert_eq!((connection.is_none(), refused), (true, 1));
    let bare = [&HEADER[..15], &[12], &HEADER[16..28]].concat();
    let (connection, _, _) = known(&server, &own("vpce-2"), [&bare[..]]).await;
    let connection = connection.unwrap();
    assert_eq!(
        (connection.client, connection.endpoint.unwrap().id.as_str()),
        (CLIENT.parse().unwrap(), "vpce-2")
    );
    let unknown = [&HEADER[..HEADER.len() - 1], b"9"].concat();
    let (connection, _, _) = known(&server, &arrived(PROXY, None), [&unknown[..]]).await;
    assert_eq!(connection.unwrap().endpoint, Some(endpoint("vpce-9", None)), "nobody describes it");
}

#[tokio::test]
async fn without_a_header_a_proxys_connection_is_closed_and_counted() {
    let server = server().await;
    let long = [&HEADER[..14], &[0xff, 0xff], &[0; 300][..]].concat();
    for (count, sent) in (1..).zip([
        &b"POST / HTTP/1.1\r\nhost: localhost\r\n"[..],
        b"GET",
        &HEADER[..15],
        &HEADER[..30],
        &long,
    ]) {
        let (connection, _, refused) = known(&server, &arrived(PROXY, None), [sent]).await;
        assert_eq!((connection.is_none(), refused), (true, count), "{}", sent.escape_ascii());
    }
}

#[tokio::test]
async fn a_header_that_does_not_come_is_not_waited_for() {
    let server = server().await;
    tokio::time::pause();
    for (count, sent) in [(1, &b""[..]), (2, &HEADER[..20])] {
        let (mut client, mut stream) = tokio::io::duplex(64);
        client.write_all(sent).await.unwrap();
        let begun = tokio::time::Instant::now();
        assert!(arrived(PROXY, None).connection(&mut stream, &server).await.is_none());
        assert!(begun.elapsed() < Duration::from_secs(11));
        assert_eq!(server.headers_refused.load(Ordering::Relaxed), count);
    }
}
