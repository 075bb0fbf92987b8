//! Asks a running server for its usage: one GET on a plain connection of this machine, which needs no
//! client library.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::Context;

use crate::usage::{Asked, Total};

const WAIT: Duration = Duration::from_secs(60);
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

pub fn totals(endpoint: &str, asked: &Asked) -> anyhow::Result<Vec<Total>> {
    let host = endpoint.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    let host = host.with_context(|| format!("{endpoint} does not begin with http://"))?;
    let mut path = format!("/usage?since={}", asked.since_ms);
    if let Some(stream) = &asked.stream {
        path += &format!("&stream={stream}");
    }
    anyhow::ensure!(
        path.bytes().all(|b| b.is_ascii_graphic()),
        "{:?} is not the name of a stream",
        asked.stream.as_deref().unwrap_or_default()
    );
    let answer = get(host, &path).with_context(|| endpoint.to_owned())?;
    let (head, body) = split(&answer).with_context(|| format!("{endpoint} did not answer in HTTP"))?;
    anyhow::ensure!(
        head.starts_with("HTTP/1.1 200 "),
        "{endpoint} answered {:?}; usage is told on loopback addresses only",
        head.lines().next().unwrap_or_default()
    );
    serde_json::from_slice(body).with_context(|| format!("{endpoint}: usage"))
}

fn get(host: &str, path: &str) -> anyhow::Result<Vec<u8>> {
    let address = host.to_socket_addrs()?.next().context("no address")?;
    let mut connection = TcpStream::connect_timeout(&address, WAIT)?;
    connection.set_read_timeout(Some(WAIT))?;
    write!(connection, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    connection.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(answer)
}

fn split(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(end + 4)?;
    Some((std::str::from_utf8(head).ok()?, body))
}
