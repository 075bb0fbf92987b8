//! What an account may have where its operator limits it: streams, shards, stored bytes.

use std::collections::BTreeMap;
use std::time::Duration;

use flumen_access::limits::Machine;
use flumen_access::{AccountLimits, Caller, Limit};
use flumen_protocol::kinesis::{CreateStreamInput, DeleteStreamInput, PutRecordInput, SplitShardInput};
use flumen_protocol::{Blob, Fault};
use flumen_streams::StreamsSettings;
use flumen_testkit::service::{Service, caller};

const LIMITED: &str = "111111111111";

async fn limited(limits: &[(Limit, u64)]) -> Service {
    let given = limits.iter().map(|(limit, value)| (*limit, Some(*value))).collect();
    let machine = Machine { processors: 2, connections: 1000, table_bytes: 1 << 20 };
    let accounts =
        AccountLimits::new("000000000000", &BTreeMap::from([(LIMITED.to_owned(), given)]), machine);
    let mut service = Service::start_with(StreamsSettings { accounts, ..StreamsSettings::unlimited() }).await;
    service.caller = caller(LIMITED);
    service
}

async fn create(service: &Service, name: &'static str, shards: i32) -> Result<(), String> {
    create_of(service, &service.caller, name, shards).await
}

async fn create_of(
    service: &Service,
    caller: &Caller,
    name: &'static str,
    shards: i32,
) -> Result<(), String> {
    let input =
        CreateStreamInput { stream_name: name.into(), shard_count: Some(shards), ..Default::default() };
    let created = service.streams.create_stream(caller, &input).await;
    created.map_err(|error| Fault::from(error).message.unwrap_or_default())
}

async fn delete(service: &Service, name: &'static str) {
    let input = DeleteStreamInput { stream_name: Some(name.into()), ..Default::default() };
    service.streams.delete_stream(&service.caller, &input).await.unwrap();
}

async fn put(service: &Service, bytes: usize) -> Result<(), String> {
    let input = PutRecordInput {
        stream_name: Some("s".into()),
        data: Blob::Bytes(vec![7; bytes].into()),
        partition_key: Some("k".into()),
        ..Default::default()
    };
    let put = service.streams.put_record(&service.caller, &input).await;
    put.map(|_| ()).map_err(|error| Fault::from(error).message.unwrap_or_default())
}

#[tokio::test]
async fn an_account_has_so_many_streams_and_not_one_more() {
    let service = limited(&[(Limit::Streams, 2)]).await;
    for name in ["s", "t"] {
        create(&service, name, 1).await.unwrap();
    }
    let refused = create(&service, "u", 1).await.unwrap_err();
    assert!(refused.contains(LIMITED) && refused.contains('2'), "{refused}");
    // Others have their own, and one that is gone makes room.
    create_of(&service, &caller("222222222222"), "u", 1).await.unwrap();
    delete(&service, "s").await;
    create(&service, "u", 1).await.unwrap();
}

#[tokio::test]
async fn an_account_has_so_many_open_shards_and_not_one_more() {
    let service = limited(&[(Limit::Shards, 4)]).await;
    create(&service, "s", 2).await.unwrap();
    let refused = create(&service, "t", 3).await.unwrap_err();
    assert!(refused.contains(LIMITED) && refused.contains('4'), "{refused}");
    create(&service, "t", 1).await.unwrap();
    let split = async |shard: &'static str, at: u128| {
        let input = SplitShardInput {
            stream_name: Some("s".into()),
            shard_to_split: shard.into(),
            new_starting_hash_key: at.to_string().into(),
            ..Default::default()
        };
        service.streams.split_shard(&service.caller, &input).await.map_err(Fault::from)
    };
    split("shardId-000000000000", 1 << 64).await.unwrap();
    let refused = split("shardId-000000000001", u128::MAX - (1 << 64)).await.unwrap_err();
    assert!(refused.message.unwrap().contains(LIMITED));
}

/// What is stored is looked at every two seconds.
#[tokio::test]
async fn an_account_stores_no_more_than_it_may() {
    let service = limited(&[(Limit::StoredBytes, 20_000)]).await;
    create(&service, "s", 1).await.unwrap();
    create(&service, "t", 1).await.unwrap();
    tokio::time::pause();
    let keeps_house = tokio::spawn(service.streams.clone().housekeeper());
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(3)).await;
        put(&service, 9_000).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let refused = put(&service, 1).await.unwrap_err();
    assert!(refused.contains(LIMITED) && refused.contains("20000"), "{refused}");
    // What another account stores does not count, and what is deleted counts no more.
    create_of(&service, &caller("222222222222"), "s", 1).await.unwrap();
    delete(&service, "s").await;
    service.advance_ms(60_000);
    service.streams.keep_house().await.unwrap();
    create(&service, "s", 1).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    put(&service, 9_000).await.unwrap();
    keeps_house.abort();
}
