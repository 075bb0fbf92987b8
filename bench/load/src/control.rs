//! The few calls that prepare a load: creating the stream, listing its shards, getting iterators.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::connection::BlockingConnection;
use crate::request::Target;

const ACTIVE_WITHIN: Duration = Duration::from_secs(30);

pub fn call(target: &Target, operation: &str, input: &Value) -> std::io::Result<Value> {
    let mut connection = BlockingConnection::open(target.address)?;
    let answer = connection.exchange(&target.request(operation, &input.to_string(), 0))?;
    let body = String::from_utf8_lossy(&answer.body);
    match answer.status {
        200 if body.is_empty() => Ok(json!({})),
        200 => serde_json::from_str(&body).map_err(std::io::Error::other),
        status => Err(std::io::Error::other(format!("{operation}: {status} {body}"))),
    }
}

pub fn create_stream(target: &Target, shards: u32) -> std::io::Result<Value> {
    call(target, "CreateStream", &json!({ "StreamName": target.stream, "ShardCount": shards }))?;
    let start = Instant::now();
    loop {
        let seen = call(target, "DescribeStreamSummary", &json!({ "StreamName": target.stream }))?;
        if seen["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE" {
            return Ok(json!({ "stream": target.stream, "shards": shards }));
        }
        if start.elapsed() > ACTIVE_WITHIN {
            return Err(std::io::Error::other(format!("the stream did not become ACTIVE: {seen}")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// By the key that Kinesis has in each account.
pub fn encrypt_stream(target: &Target) -> std::io::Result<Value> {
    let input = json!({ "StreamName": target.stream, "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis" });
    call(target, "StartStreamEncryption", &input)?;
    Ok(json!({ "stream": target.stream }))
}

pub fn shards(target: &Target) -> std::io::Result<Vec<String>> {
    let seen = call(target, "ListShards", &json!({ "StreamName": target.stream }))?;
    let shards = seen["Shards"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(shards.iter().filter_map(|shard| shard["ShardId"].as_str().map(str::to_owned)).collect())
}

pub fn oldest(target: &Target, shard: &str) -> std::io::Result<String> {
    let input = json!({ "StreamName": target.stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    let seen = call(target, "GetShardIterator", &input)?;
    let iterator = seen["ShardIterator"].as_str();
    iterator.map(str::to_owned).ok_or_else(|| std::io::Error::other(format!("no iterator: {seen}")))
}
