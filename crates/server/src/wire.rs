//! A connection's bytes below HTTP: looks at the first ones without losing them, and gives up on a peer
//! that does not read what is written to it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How an HTTP/2 connection begins, whoever announced it or not.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A peer that takes no byte for so long holds memory for nothing.
const STALL_MAX: Duration = Duration::from_secs(20);

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preface {
    Http1,
    Http2,
}

pub struct Wire<S> {
    stream: S,
    /// Bytes looked at and not yet read: `seen[read..seen_len]`.
    seen: [u8; PREFACE.len()],
    seen_len: usize,
    read: usize,
    stall: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + Unpin> Wire<S> {
    pub fn new(stream: S) -> Self {
        Wire { stream, seen: [0; PREFACE.len()], seen_len: 0, read: 0, stall: None }
    }

    /// Reads no further than it takes to tell.
    pub async fn preface(&mut self) -> io::Result<Preface> {
        while self.seen_len < PREFACE.len() {
            let read = self.stream.read(&mut self.seen[self.seen_len..]).await?;
            if read == 0 {
                return if self.seen_len == 0 {
                    Err(io::ErrorKind::UnexpectedEof.into())
                } else {
                    Ok(Preface::Http1)
                };
            }
            self.seen_len += read;
            if self.seen[..self.seen_len] != PREFACE[..self.seen_len] {
                return Ok(Preface::Http1);
            }
        }
        Ok(Preface::Http2)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read < self.seen_len {
            let count = buf.remaining().min(self.seen_len - self.read);
            buf.put_slice(&self.seen[self.read..self.read + count]);
            self.read += count;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: Unpin> Wire<S> {
    /// Lets a pending write through to the caller until the peer has stalled for too long.
    fn patient<T>(&mut self, cx: &mut Context<'_>, write: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if write.is_ready() {
            self.stall = None;
            return write;
        }
        let stall = self.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(STALL_MAX)));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.patient(cx, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.patient(cx, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.stream).poll_flush(cx);
        self.patient(cx, flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shutdown = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.patient(cx, shutdown)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// What the pieces are told to be, before the sender says that there is no more, and all that is read
    /// after that, a few bytes at a time.
    async fn told(pieces: &[&[u8]]) -> (Preface, Vec<u8>) {
        let (mut client, server) = tokio::io::duplex(64);
        let mut wire = Wire::new(server);
        let send = async {
            for piece in pieces {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let (preface, ()) = tokio::join!(wire.preface(), send);
        drop(client);
        let (mut all, mut some) = (Vec::new(), [0; 5]);
        loop {
            let read = wire.read(&mut some).await.unwrap();
            if read == 0 {
                return (preface.unwrap(), all);
            }
            all.extend_from_slice(&some[..read]);
        }
    }

    #[tokio::test]
    async fn the_first_bytes_tell_and_are_not_lost() {
        let (preface, rest) = told(&[b"PRI * HT", b"TP/2.0\r\n\r\nSM\r\n\r\nframes"]).await;
        assert_eq!(preface, Preface::Http2);
        assert_eq!(rest, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nframes");
        for request in [&b"POST / HTTP/1.1\r\n\r\n"[..], b"GET /", b"PRI * HTTP/1.1\r\n"] {
            assert_eq!(told(&[request]).await, (Preface::Http1, request.to_vec()));
        }
    }

    #[tokio::test]
    async fn a_connection_that_ends_early_is_told_by_what_came() {
        for (sent, is_http1) in [(&b""[..], false), (b"P", true), (b"PRI * HTTP/2", true)] {
            let (mut client, server) = tokio::io::duplex(64);
            client.write_all(sent).await.unwrap();
            drop(client);
            let preface = Wire::new(server).preface().await;
            assert_eq!(preface.ok(), is_http1.then_some(Preface::Http1), "{sent:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_read_is_given_up() {
        let (_client, server) = tokio::io::duplex(16);
        let mut wire = Wire::new(server);
        let error = wire.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
