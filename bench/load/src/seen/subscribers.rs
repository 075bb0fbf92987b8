//! Subscribers: one connection a consumer and shard, read for keys as bytes come, whatever their framing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use memchr::memmem;
use serde_json::json;

use super::{Board, Note, note_keys};
use crate::control::call;
use crate::request::Target;

/// How often a reader looks whether it is over.
const LOOK: Duration = Duration::from_millis(200);
const ACTIVE_WITHIN: Duration = Duration::from_secs(30);

/// Consumers of those names, made where they are missing, by their ARNs.
pub fn register(target: &Target, count: usize) -> std::io::Result<Vec<String>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let seen = call(target, "DescribeStreamSummary", &json!({ "StreamName": target.stream }))?;
    let stream = &seen["StreamDescriptionSummary"]["StreamARN"];
    (0..count)
        .map(|nth| {
            let named = json!({ "StreamARN": stream, "ConsumerName": format!("reader-{nth}") });
            let begun = Instant::now();
            loop {
                // Refused where it is there already.
                let made = call(target, "RegisterStreamConsumer", &named);
                let seen = call(target, "DescribeStreamConsumer", &named);
                match seen {
                    Ok(seen) if seen["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE" => {
                        let arn = seen["ConsumerDescription"]["ConsumerARN"].as_str().unwrap_or_default();
                        return Ok(arn.to_owned());
                    }
                    _ if begun.elapsed() < ACTIVE_WITHIN => std::thread::sleep(Duration::from_millis(20)),
                    Ok(seen) => return Err(std::io::Error::other(format!("no consumer: {seen}"))),
                    Err(error) => return Err(made.err().unwrap_or(error)),
                }
            }
        })
        .collect()
}

/// Notes what is pushed from now on until it is over.
pub fn read(target: &Target, board: &Board, consumer: &str, shard: &str) -> std::io::Result<Vec<Note>> {
    let mut socket = TcpStream::connect(target.address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(LOOK))?;
    let start = json!({ "Type": "LATEST" });
    let body = json!({ "ConsumerARN": consumer, "ShardId": shard, "StartingPosition": start });
    socket.write_all(&target.request("SubscribeToShard", &body.to_string(), 0))?;
    let (mut buffer, mut filled, mut notes, mut began) = (vec![0; 1 << 20], 0, Vec::new(), false);
    while !board.over.load(Relaxed) {
        let read = match socket.read(&mut buffer[filled..]) {
            Ok(0) => return Err(std::io::Error::other("a subscription ended")),
            Ok(read) => read,
            Err(error) if is_silence(&error) => continue,
            Err(error) => return Err(error),
        };
        let now = board.start.elapsed().as_nanos() as u64;
        filled += read;
        if !began {
            if memmem::find(&buffer[..filled], b"\r\n\r\n").is_none() {
                continue;
            }
            began = buffer.starts_with(b"HTTP/1.1 200");
            if !began {
                let text = String::from_utf8_lossy(&buffer[..filled]).into_owned();
                return Err(std::io::Error::other(format!("SubscribeToShard: {text}")));
            }
        }
        let kept = note_keys(&buffer[..filled], now, &mut notes);
        buffer.copy_within(filled - kept..filled, 0);
        filled = kept;
    }
    Ok(notes)
}

fn is_silence(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
