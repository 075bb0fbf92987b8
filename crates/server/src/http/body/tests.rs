//! Bodies as they come over a connection, written by hand into a pipe.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::*;
use flumen_api::Budget;

const KIB: usize = 1024;

/// What became of a body, and the memory that it holds.
type Outcome = (Result<Option<Bytes>, Fault>, Share);

struct Peer {
    memory: Arc<Memory>,
    to: DuplexStream,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
}

impl Peer {
    /// With 64 KiB for small bodies and a mebibyte for others, and a request whose head is sent.
    async fn send(header: &str) -> Self {
        let bodies = Budget::new("bodies", 1024 * 1024);
        let small_bodies = Budget::new("small bodies", 64 * 1024);
        Self::send_within(Memory { bodies, small_bodies, ..Memory::new(0) }, header).await
    }

    async fn send_within(memory: Memory, header: &str) -> Self {
        let memory = Arc::new(memory);
        let (mut to, from) = tokio::io::duplex(64 * 1024);
        let (sender, outcomes) = mpsc::unbounded_channel();
        let of_service = memory.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let (memory, sender) = (of_service.clone(), sender.clone());
            async move {
                let announced = announced(request.headers()).unwrap_or_else(|TooLarge| panic!("too large"));
                let mut share = Share::default();
                let read = read(&memory, announced, request.into_body(), &mut share).await;
                sender.send((read, share)).unwrap();
                let mut answer = Response::new(Empty::<Bytes>::new());
                *answer.status_mut() = StatusCode::NO_CONTENT;
                Ok::<_, Infallible>(answer)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(from), service));
        to.write_all(format!("POST / HTTP/1.1\r\nhost: localhost\r\n{header}\r\n\r\n").as_bytes())
            .await
            .unwrap();
        Peer { memory, to, outcomes }
    }

    /// Sends a piece, and lets it be read.
    async fn piece(&mut self, bytes: &[u8]) {
        self.to.write_all(bytes).await.unwrap();
        sleep(Duration::from_millis(1)).await;
    }

    async fn chunk(&mut self, bytes: &[u8]) {
        self.piece(format!("{:x}\r\n", bytes.len()).as_bytes()).await;
        self.piece(&[bytes, b"\r\n"].concat()).await;
    }

    async fn outcome(&mut self) -> Outcome {
        self.outcomes.recv().await.unwrap()
    }

    /// Kilobytes that are free of small bodies' memory and of others'.
    fn free(&self) -> (usize, usize) {
        let free =
            |budget: &Budget| (0..=1024).rev().find(|kib| budget.try_take(kib * KIB).is_some()).unwrap();
        (free(&self.memory.small_bodies), free(&self.memory.bodies))
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_is_whole_in_however_many_pieces_it_comes() {
    for cuts in [&[][..], &[1], &[3, 4], &[1, 2, 3, 4, 5, 6, 7]] {
        let mut peer = Peer::send("content-length: 8").await;
        let (mut rest, mut sent) = (&b"in order"[..], 0);
        for cut in cuts {
            let (piece, after) = rest.split_at(cut - sent);
            peer.piece(piece).await;
            (rest, sent) = (after, *cut);
        }
        peer.piece(rest).await;
        assert_eq!(peer.outcome().await.0.unwrap().unwrap(), "in order");
    }
    let mut empty = Peer::send("content-length: 0").await;
    assert_eq!(empty.outcome().await.0.unwrap().unwrap(), "");
}

#[tokio::test(start_paused = true)]
async fn what_is_announced_is_counted_once_some_of_it_came() {
    let mut peer = Peer::send("content-length: 40960").await;
    assert_eq!(peer.free(), (64, 1024), "nothing has come");
    peer.piece(b"x").await;
    assert_eq!(peer.free(), (24, 1024));
    peer.piece(&[b'x'; 40_959]).await;
    let (read, share) = peer.outcome().await;
    assert_eq!((read.unwrap().unwrap().len(), peer.free()), (40_960, (24, 1024)));
    drop(share);
    assert_eq!(peer.free(), (64, 1024));

    let mut large = Peer::send("content-length: 307200").await;
    large.piece(b"x").await;
    assert_eq!(large.free(), (64, 724), "beside the memory of small ones");
}

#[tokio::test(start_paused = true)]
async fn a_body_of_unknown_length_is_counted_as_it_comes() {
    let mut peer = Peer::send("transfer-encoding: chunked").await;
    peer.chunk(&[1; 3 * KIB]).await;
    assert_eq!(peer.free(), (64, 1021));
    peer.chunk(&[2; 2 * KIB]).await;
    assert_eq!(peer.free(), (64, 1019));
    peer.piece(b"0\r\n\r\n").await;
    let body = peer.outcome().await.0.unwrap().unwrap();
    assert_eq!(body, [[1; 3 * KIB].as_slice(), &[2; 2 * KIB]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_finds_no_memory_is_refused() {
    let mut peer = Peer::send("content-length: 204800").await;
    let begun = Instant::now();
    peer.piece(b"x").await;
    let fault = peer.outcome().await.0.unwrap_err();
    assert_eq!(fault.code, ErrorCode::ServiceUnavailable);
    assert_eq!(begun.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_body_over_the_cap_is_refused_when_it_passes_it() {
    let length = |length: usize| {
        let headers = [(header::CONTENT_LENGTH, length.into())].into_iter().collect();
        announced(&headers).ok()
    };
    assert_eq!(length(16 << 20), Some(Some(16 << 20)));
    assert_eq!(length((16 << 20) + 1), None);
    assert_eq!(announced(&HeaderMap::new()).ok(), Some(None));

    let mut peer = Peer::send_within(Memory::new(64 << 20), "transfer-encoding: chunked").await;
    for _ in 0..16 {
        peer.chunk(&vec![0; 1 << 20]).await;
    }
    assert!(peer.outcomes.try_recv().is_err(), "it may end here");
    peer.chunk(b"x").await;
    assert_eq!(peer.outcome().await.0.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let told = |outcome: Outcome| outcome.0.unwrap_err().message.unwrap();
    let mut slow = Peer::send("content-length: 9").await;
    slow.piece(b"x").await;
    let begun = Instant::now();
    assert_eq!(told(slow.outcome().await), "The body stopped coming.");
    assert_eq!(begun.elapsed().as_secs(), 29, "thirty since the last piece");
    let Peer { to, mut outcomes, .. } = Peer::send("content-length: 9").await;
    drop(to);
    assert_eq!(told(outcomes.recv().await.unwrap()), "The body was cut off.");
}
