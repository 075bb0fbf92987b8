//! Calls from within the process: a service's, over no socket, which meet what calls from outside meet.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flumen_api::{Api, Content, Credentials};
use flumen_client::{Client, ClientSettings, Error, Stream};
use flumen_consumer::{Consumer, Event, Follow, Reading, Start, list_shards};
use flumen_producer::{Producer, Record};
use flumen_protocol::kinesis::*;
use flumen_protocol::{Blob, ErrorCode};
use flumen_storage::Storage;
use flumen_streams::StreamsSettings;
use flumen_testkit::front;
use flumen_types::Realm;
use tokio::runtime::Handle;

use support::{head, outside};

const SERVICE: &str = "lambda.amazonaws.com";
const ACCOUNT: &str = "000000000000";
const SHARD: &str = "shardId-000000000000";
const WAIT: Duration = Duration::from_secs(60);

async fn unlimited() -> Arc<Api> {
    front::api(StreamsSettings::unlimited(), Handle::current()).await
}

/// Which says at once how a call ended.
fn once() -> ClientSettings {
    ClientSettings { attempts: 1, ..ClientSettings::default() }
}

fn client(api: &Arc<Api>, account: &str) -> Client {
    let realm = Realm { account: account.into(), region: "us-east-1".into() };
    api.client(SERVICE, &realm, once())
}

async fn create(client: &Client, shards: i32) {
    let input = CreateStreamInput {
        stream_name: "s".into(),
        shard_count: Some(shards),
        ..CreateStreamInput::default()
    };
    client.call(&input).await.unwrap();
}

fn stream_arn() -> String {
    format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s")
}

fn put(data: Vec<u8>) -> PutRecordInput<'static> {
    PutRecordInput {
        stream_name: Some("s".into()),
        data: Blob::Bytes(data.into()),
        partition_key: Some("k".into()),
        ..PutRecordInput::default()
    }
}

async fn iterator(client: &Client) -> String {
    let input = GetShardIteratorInput {
        stream_name: Some("s".into()),
        shard_id: SHARD.into(),
        shard_iterator_type: ShardIteratorType::TrimHorizon,
        ..GetShardIteratorInput::default()
    };
    client.call(&input).await.unwrap().read().unwrap().shard_iterator.unwrap().into_owned()
}

/// Puts records of these numbers with each of ten keys.
async fn produce(client: &Client, numbers: std::ops::Range<u32>) {
    let mut producer = Producer::new(client.clone(), Stream::new("s"), false);
    for number in numbers {
        for key in 0..10 {
            let key = format!("key {key}");
            producer.push(Record { key, data: number.to_string().into_bytes(), opaque: () });
        }
    }
    while !producer.is_empty() {
        let sent = producer.send().await.unwrap();
        assert!(sent.lost.is_empty(), "{:?}", sent.lost);
    }
}

async fn split(client: &Client) {
    let input = SplitShardInput {
        stream_name: Some("s".into()),
        shard_to_split: SHARD.into(),
        new_starting_hash_key: (u128::MAX / 2).to_string().into(),
        stream_arn: None,
    };
    client.call(&input).await.unwrap();
}

/// The numbers of each key as they come, until there are so many of all.
async fn consume(mut follow: Follow, records: usize) -> BTreeMap<String, Vec<u32>> {
    let (mut seen, mut left) = (BTreeMap::<String, Vec<u32>>::new(), records);
    while left > 0 {
        match follow.next().await.unwrap() {
            Some(Event::Records(batch)) => {
                left -= batch.records.len();
                for record in batch.records {
                    let number = String::from_utf8(record.data).unwrap().parse().unwrap();
                    seen.entry(record.key).or_default().push(number);
                }
            }
            Some(Event::Troubled { error, .. }) => panic!("{error}"),
            None => panic!("{left} records do not come"),
        }
    }
    assert_eq!(follow.shards(), 3, "the first, and its children");
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producer_and_consumers_run_whole_through_a_split() {
    let client = client(&unlimited().await, ACCOUNT);
    create(&client, 1).await;
    let stream = Stream::new("s");
    let mut consumers = Vec::new();
    for consumer in [None, Some(Consumer::named(&client, &stream, "c").await.unwrap())] {
        let reading =
            Reading { client: client.clone(), stream: Arc::new(stream.clone()), consumer, forever: true };
        let mut follow = Follow::new(reading, Start::TrimHorizon, true);
        follow.begin(list_shards(&client, &stream, None).await.unwrap());
        consumers.push(tokio::spawn(consume(follow, 10 * 100)));
    }
    produce(&client, 0..50).await;
    split(&client).await;
    produce(&client, 50..100).await;
    for consumer in consumers {
        let seen = tokio::time::timeout(WAIT, consumer).await.expect("all records come").unwrap();
        assert_eq!(seen.len(), 10);
        assert!(seen.values().all(|numbers| numbers.iter().copied().eq(0..100)), "{seen:?}");
    }
}

#[tokio::test]
async fn who_calls_from_outside_signs_and_who_calls_from_inside_does_not() {
    let file = Credentials::parse("[a]\naws_access_key_id = A\naws_secret_access_key = s\n").unwrap();
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let api = front::api_on(storage, StreamsSettings::unlimited(), Handle::current(), Some(file)).await;
    client(&api, ACCOUNT).call(&ListStreamsInput::default()).await.unwrap();
    let mut unsigned = head("ListStreams");
    unsigned.headers.remove("authorization");
    // As a caller inside has it.
    unsigned.headers.insert("user-agent", SERVICE.parse().unwrap());
    for head in [unsigned, head("ListStreams")] {
        let reply = api.answer(&outside(), &head, Ok(&Bytes::from("{}"))).await;
        assert_eq!(reply.status, 400);
        let Content::Whole(body) = reply.content else { panic!("a refusal is whole") };
        let text = String::from_utf8_lossy(&body);
        assert!(text.contains("MissingAuthenticationToken") || text.contains("UnrecognizedClient"), "{text}");
    }
}

#[tokio::test]
async fn a_service_meets_the_decision_and_the_rates_of_the_account_that_it_acts_in() {
    let api = front::api(StreamsSettings::aws(), Handle::current()).await;
    let owner = client(&api, ACCOUNT);
    create(&owner, 1).await;
    let input = DescribeStreamSummaryInput { stream_arn: Some(stream_arn().into()), stream_name: None };
    owner.call(&input).await.unwrap();
    let error = client(&api, "111111111111").call(&input).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::AccessDeniedException), "{error}");
    assert!(error.to_string().contains(&format!("User: {SERVICE} is not authorized")), "{error}");
    let mut error = None;
    for _ in 0..1000 {
        error = error.or(owner.call(&ListStreamsInput::default()).await.err());
    }
    assert_eq!(error.and_then(|error| error.code()), Some(ErrorCode::LimitExceededException));
}

#[tokio::test]
async fn an_answer_takes_memory_for_as_long_as_its_caller_has_it() {
    let api = unlimited().await;
    let client = client(&api, ACCOUNT);
    create(&client, 1).await;
    client.call(&put(vec![7; 500_000])).await.unwrap();
    let iterator = iterator(&client).await;
    let input = GetRecordsInput { shard_iterator: (&*iterator).into(), ..GetRecordsInput::default() };
    let answer = client.call(&input).await.unwrap();
    assert_eq!(answer.read().unwrap().records[0].data.len(), 500_000);
    let all = usize::try_from(front::REQUEST_BYTES / 4 * 3).unwrap();
    assert!(api.resources.memory.answers.try_take(all).is_none());
    drop(answer);
    assert!(api.resources.memory.answers.try_take(all).is_some());
}

#[tokio::test]
async fn large_requests_are_carried_out_on_the_threads_for_them() {
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let api = front::api(StreamsSettings::unlimited(), runtime.handle().clone()).await;
    runtime.shutdown_background();
    // With no such threads any more, what needs them does not come.
    let realm = Realm { account: ACCOUNT.into(), region: "us-east-1".into() };
    let client = api.client(SERVICE, &realm, once());
    create(&client, 1).await;
    client.call(&put(vec![7; 1000])).await.unwrap();
    let impatient = ClientSettings { attempt_max: Duration::from_millis(50), ..once() };
    let error = api.client(SERVICE, &realm, impatient).call(&put(vec![7; 100_000])).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
}
