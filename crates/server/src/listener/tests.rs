//! Connections over a pipe in memory, with time that leaps to whatever is due next.

use bytes::{Bytes, BytesMut};
use flumen_access::{Caller, Principal};
use flumen_protocol::Blob;
use flumen_protocol::event_stream::{self, Frame};
use flumen_protocol::kinesis::{CreateStreamInput, PutRecordInput, RegisterStreamConsumerInput};
use flumen_streams::Streams;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioExecutor;
use tokio::io::DuplexStream;

use super::*;
use crate::in_memory;

struct Peer {
    streams: Streams,
    caller: Caller,
    consumer: String,
    connections: Connections,
    _stop: watch::Sender<bool>,
}

impl Peer {
    async fn start() -> Peer {
        let server = Arc::new(in_memory::server(flumen_streams::StreamsSettings::unlimited()).await);
        let streams = server.api.services.streams.clone();
        let caller = Caller::new(Arc::new(Principal::root("000000000000")), "us-east-1");
        let stream_arn = caller.realm().stream_arn("s").to_string();
        let create = CreateStreamInput {
            stream_name: "s".into(),
            shard_count: Some(1),
            ..CreateStreamInput::default()
        };
        streams.create_stream(&caller, &create).await.unwrap();
        let register = RegisterStreamConsumerInput {
            stream_arn: stream_arn.into(),
            consumer_name: "c".into(),
            ..Default::default()
        };
        let made = streams.register_stream_consumer(&caller, &register).await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let connections = Connections { server, stopping };
        let consumer = made.consumer.consumer_arn.into_owned();
        Peer { streams, caller, consumer, connections, _stop: stop }
    }

    async fn put(&self, number: u32) {
        let put = PutRecordInput {
            stream_name: Some("s".into()),
            data: Blob::Bytes(number.to_string().into_bytes().into()),
            partition_key: Some("k".into()),
            ..Default::default()
        };
        // Time that leaps would not wait for the thread of the log.
        tokio::time::resume();
        self.streams.put_record(&self.caller, &put).await.unwrap();
        tokio::time::pause();
    }

    fn connect(&self) -> TokioIo<DuplexStream> {
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(self.connections.clone().speak(far, in_memory::peer()));
        TokioIo::new(near)
    }

    fn request(&self, start: &str) -> Request<Full<Bytes>> {
        let (consumer, shard) = (&self.consumer, "shardId-000000000000");
        let body =
            format!(r#"{{"ConsumerARN":"{consumer}","ShardId":"{shard}","StartingPosition":{{{start}}}}}"#);
        let scope = "test/20261124/us-east-1/kinesis/aws4_request";
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={:064}",
            0
        );
        let request = Request::post("http://localhost/").header("host", "localhost");
        let request = request.header("x-amz-target", "Kinesis_20131202.SubscribeToShard");
        let request = request.header("content-type", "application/x-amz-json-1.1");
        let request = request.header("x-amz-date", "20261124T000000Z").header("authorization", signed);
        request.body(Full::from(body)).unwrap()
    }
}

/// What a subscription gave until it ended: how many events, data of its records, where to go on.
struct Seen {
    events: u32,
    data: Vec<String>,
    continuation: String,
}

/// Reads a subscription to its end, while a record is put at every tenth event.
async fn read(peer: &Peer, response: Response<Incoming>, puts: &mut std::ops::RangeFrom<u32>) -> Seen {
    assert_eq!(response.status(), 200);
    let (mut body, mut owner) = (response.into_body(), BytesMut::new());
    let mut seen = Seen { events: 0, data: Vec::new(), continuation: String::new() };
    while let Some(frame) = body.frame().await {
        owner.extend_from_slice(frame.unwrap().data_ref().unwrap());
        while let Some((frame, bytes)) = event_stream::decode(&owner).unwrap() {
            if let Frame::Event { payload, .. } = frame {
                let event: serde_json::Value = serde_json::from_slice(payload).unwrap();
                for record in event["Records"].as_array().unwrap() {
                    let data = base64_simd::STANDARD.decode_to_vec(record["Data"].as_str().unwrap()).unwrap();
                    seen.data.push(String::from_utf8(data).unwrap());
                }
                seen.continuation = event["ContinuationSequenceNumber"].as_str().unwrap().to_owned();
                seen.events += 1;
                if seen.events % 10 == 1 {
                    peer.put(puts.next().unwrap()).await;
                }
            }
            let _ = owner.split_to(bytes);
        }
    }
    assert!(owner.is_empty(), "it ends with a whole frame");
    seen
}

/// Renews a subscription again and again over one connection.
async fn renew<S>(peer: &Peer, mut send: S)
where
    S: AsyncFnMut(Request<Full<Bytes>>) -> Response<Incoming>,
{
    let (mut puts, mut start, mut data) = (0.., r#""Type":"TRIM_HORIZON""#.to_owned(), Vec::new());
    for _ in 0..4 {
        let begun = tokio::time::Instant::now();
        let response = send(peer.request(&start)).await;
        let seen = read(peer, response, &mut puts).await;
        let took = begun.elapsed().as_millis();
        assert!((300_000..300_100).contains(&took), "it ended after {took} ms");
        assert!(seen.events >= 59, "{} events in five minutes", seen.events);
        start = format!(r#""Type":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"{}""#, seen.continuation);
        data.extend(seen.data);
    }
    let put = puts.next().unwrap();
    assert!(put > 20);
    // The last may have been put when the last subscription had ended.
    assert!(data.len() as u32 >= put - 1);
    assert!(data.iter().enumerate().all(|(n, text)| *text == n.to_string()), "{data:?}");
}

#[tokio::test]
async fn a_subscription_over_http1_is_renewed_every_five_minutes_and_misses_nothing() {
    let peer = Peer::start().await;
    tokio::time::pause();
    let (mut sender, connection) = http1::handshake(peer.connect()).await.unwrap();
    tokio::spawn(connection);
    renew(&peer, async |request| sender.send_request(request).await.unwrap()).await;
    tokio::time::sleep(2 * QUIET_MAX + Duration::from_secs(1)).await;
    assert!(sender.is_closed(), "a connection with nothing under way is closed");
}

#[tokio::test]
async fn a_subscription_over_http2_is_renewed_every_five_minutes_and_misses_nothing() {
    let peer = Peer::start().await;
    tokio::time::pause();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), peer.connect()).await.unwrap();
    tokio::spawn(connection);
    renew(&peer, async |request| sender.send_request(request).await.unwrap()).await;
    tokio::time::sleep(2 * QUIET_MAX + Duration::from_secs(1)).await;
    assert!(sender.is_closed(), "a connection with nothing under way is closed");
}
