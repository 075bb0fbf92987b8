//! One keep-alive connection that carries one request at a time, awaited or blocking.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::answer::{Answer, Progress, progress};

/// A server that says nothing for this long is as good as gone.
const SILENCE_MAX: Duration = Duration::from_secs(20);

fn closed() -> std::io::Error {
    std::io::Error::other("the server closed the connection")
}

/// Used by the closed loops: many of them on one thread.
pub struct Connection {
    address: SocketAddr,
    socket: tokio::net::TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let socket = tokio::net::TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Connection { address, socket, buffer: vec![0; 16 << 10] })
    }

    pub async fn reopen(&mut self) -> std::io::Result<()> {
        self.socket = tokio::net::TcpStream::connect(self.address).await?;
        self.socket.set_nodelay(true)
    }

    pub async fn exchange(&mut self, request: &[u8]) -> std::io::Result<Answer<'_>> {
        self.socket.write_all(request).await?;
        let (mut filled, mut head) = (0, None);
        loop {
            let read = self.socket.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err(closed());
            }
            filled += read;
            match progress(&self.buffer[..filled], &mut head)? {
                Progress::Whole(head) => return Ok(head.answer(&self.buffer[..filled])),
                Progress::Need(bytes) => grow(&mut self.buffer, bytes),
            }
        }
    }
}

/// Used where precise timers matter more than many connections: one thread each.
pub struct BlockingConnection {
    socket: std::net::TcpStream,
    buffer: Vec<u8>,
}

impl BlockingConnection {
    pub fn open(address: SocketAddr) -> std::io::Result<Self> {
        let socket = std::net::TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(SILENCE_MAX))?;
        Ok(BlockingConnection { socket, buffer: vec![0; 16 << 10] })
    }

    pub fn exchange(&mut self, request: &[u8]) -> std::io::Result<Answer<'_>> {
        self.socket.write_all(request)?;
        let (mut filled, mut head) = (0, None);
        loop {
            let read = self.socket.read(&mut self.buffer[filled..])?;
            if read == 0 {
                return Err(closed());
            }
            filled += read;
            match progress(&self.buffer[..filled], &mut head)? {
                Progress::Whole(head) => return Ok(head.answer(&self.buffer[..filled])),
                Progress::Need(bytes) => grow(&mut self.buffer, bytes),
            }
        }
    }
}

/// Doubles, so that a chunked answer of unknown length is not copied at every read.
fn grow(buffer: &mut Vec<u8>, bytes: usize) {
    if bytes > buffer.len() {
        buffer.resize(bytes.max(buffer.len() * 2), 0);
    }
}
