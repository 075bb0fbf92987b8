//! As many consumers as a stream may have, all on one shard that is written as fast as it may be.

use std::time::{Duration, Instant};

use flumen_client::Client;
use flumen_protocol::Blob;
use flumen_protocol::kinesis::{
    PutRecordInput, RegisterStreamConsumerInput, ShardIteratorType, StartingPosition, SubscribeToShardInput,
};
use flumen_testkit::server::Server;

const CONSUMERS: usize = 20;
const RECORDS: u32 = 300;
const RECORD_BYTES: usize = 10_000;
/// One megabyte a second.
const EVERY: Duration = Duration::from_millis(10);

async fn register(client: &Client, nth: usize) -> String {
    let input = RegisterStreamConsumerInput {
        stream_arn: "arn:aws:kinesis:us-east-1:000000000000:stream/s".into(),
        consumer_name: format!("c{nth}").into(),
        tags: None,
    };
    let answer = client.call(&input).await.unwrap();
    answer.read().unwrap().consumer.consumer_arn.into_owned()
}

/// The numbers of all records, as they are pushed.
async fn subscribe(client: &Client, consumer: String) -> Vec<u32> {
    let input = SubscribeToShardInput {
        consumer_arn: consumer.into(),
        shard_id: "shardId-000000000000".into(),
        starting_position: StartingPosition { r#type: ShardIteratorType::TrimHorizon, ..Default::default() },
        ..Default::default()
    };
    let mut subscription = client.subscribe(&input).await.unwrap();
    let mut numbers = Vec::new();
    while numbers.len() < RECORDS as usize {
        let answer = subscription.next().await.unwrap().expect("it goes on");
        let event = answer.read().unwrap();
        for record in &event.records {
            let data = record.data.to_bytes().unwrap();
            assert_eq!(data.len(), RECORD_BYTES);
            numbers.push(u32::from_be_bytes(data[..4].try_into().unwrap()));
        }
    }
    numbers
}

async fn put(client: &Client) {
    let begun = Instant::now();
    for number in 0..RECORDS {
        let due = begun + EVERY * number;
        tokio::time::sleep(due.saturating_duration_since(Instant::now())).await;
        let mut data = vec![0; RECORD_BYTES];
        data[..4].copy_from_slice(&number.to_be_bytes());
        let input = PutRecordInput {
            stream_name: Some("s".into()),
            data: Blob::Bytes(data.into()),
            partition_key: Some("k".into()),
            ..Default::default()
        };
        client.call(&input).await.unwrap();
    }
}

#[test]
fn twenty_consumers_of_one_shard_are_all_pushed_everything_in_order() {
    let server = Server::start();
    server.create("s", 1);
    let idle_mib = server.resident_mib();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = server.client();
        let mut subscribers = Vec::new();
        for nth in 0..CONSUMERS {
            let (client, consumer) = (client.clone(), register(&client, nth).await);
            subscribers.push(tokio::spawn(async move { subscribe(&client, consumer).await }));
        }
        put(&client).await;
        for subscriber in subscribers {
            let seen = tokio::time::timeout(Duration::from_secs(30), subscriber).await.unwrap().unwrap();
            assert!(seen.into_iter().eq(0..RECORDS));
        }
    });
    let grown_mib = server.resident_mib().saturating_sub(idle_mib);
    assert!(grown_mib < 100, "{grown_mib} MiB more than idle");
}
