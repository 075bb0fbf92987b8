//! Pollers: GetRecords at a fixed interval, each for itself.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use memchr::memmem;
use serde_json::json;

use super::{Board, Note, note_keys};
use crate::connection::BlockingConnection;
use crate::control::call;
use crate::request::Target;

pub fn read(
    target: &Target,
    board: &Board,
    shard: &str,
    begins: Duration,
    every: Duration,
) -> std::io::Result<Vec<Note>> {
    let input = json!({ "StreamName": target.stream, "ShardId": shard, "ShardIteratorType": "LATEST" });
    let first = call(target, "GetShardIterator", &input)?;
    let mut iterator = first["ShardIterator"].as_str().unwrap_or_default().to_owned();
    let mut connection = BlockingConnection::open(target.address)?;
    let (mut notes, mut due) = (Vec::new(), Instant::now() + begins);
    while !board.over.load(Relaxed) {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        due += every;
        let request = target.request("GetRecords", &json!({ "ShardIterator": iterator }).to_string(), 0);
        let answer = connection.exchange(&request)?;
        let now = board.start.elapsed().as_nanos() as u64;
        // Throttled: the next one asks again from the same place.
        if answer.status == 200 {
            note_keys(&answer.body, now, &mut notes);
            iterator = next(&answer.body).ok_or_else(|| std::io::Error::other("no next iterator"))?;
        }
    }
    Ok(notes)
}

fn next(body: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"\"NextShardIterator\":\"";
    let start = memmem::rfind(body, NAME)? + NAME.len();
    let end = memchr::memchr(b'"', &body[start..])?;
    String::from_utf8(body[start..start + end].to_vec()).ok()
}
