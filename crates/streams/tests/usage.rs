//! What is measured, minute by minute, with a clock that the test moves: usage by the hour, and on-demand
//! streams that scale by it.

use flumen_protocol::Blob;
use flumen_protocol::kinesis::{
    CreateStreamInput, PutRecordsInput, PutRecordsRequestEntry, RegisterStreamConsumerInput, SplitShardInput,
    StreamMode, StreamModeDetails,
};
use flumen_streams::Put;
use flumen_streams::metering::usage::Row;
use flumen_testkit::service::{NOW_MS, Service};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

async fn rows(service: &Service) -> Vec<Row> {
    let mut rows = Vec::new();
    service.streams.usage(0, |row| rows.push(row)).await.unwrap();
    rows
}

/// Minutes pass, and the housekeeper looks after each.
async fn pass(service: &Service, minutes: u64) {
    for _ in 0..minutes {
        service.advance_ms(MINUTE_MS);
        service.streams.keep_house().await.unwrap();
    }
}

/// The open shards, by index.
async fn open(service: &Service, name: &str) -> Vec<u32> {
    let shards = service.shards(name).await;
    shards.iter().filter(|shard| !shard.closed).map(|shard| shard.index).collect()
}

async fn on_demand(service: &Service, name: &str) {
    let input = CreateStreamInput {
        stream_name: name.to_owned().into(),
        stream_mode_details: Some(StreamModeDetails { stream_mode: StreamMode::OnDemand }),
        ..Default::default()
    };
    service.streams.create_stream(&service.caller, &input).await.unwrap();
}

/// One record of so many bytes, onto a point of the ring.
async fn put_at(service: &Service, name: &str, hash: u128, key: &str, bytes: usize) {
    let entry = PutRecordsRequestEntry {
        data: Blob::Bytes(vec![0; bytes].into()),
        partition_key: Some(key.to_owned().into()),
        explicit_hash_key: Some(hash.to_string().into()),
    };
    let input = PutRecordsInput {
        stream_name: Some(name.to_owned().into()),
        records: vec![entry],
        ..Default::default()
    };
    let (puts, _) = service.streams.put_records(&service.caller, &input).await.unwrap();
    assert!(matches!(puts[..], [Put::Stored(_)]), "{puts:?}");
}

/// 34 records of nearly 1 MB: what makes a shard hot when it comes every minute.
async fn put_hot(service: &Service, name: &str, hash: u128, of_key: impl Fn(u32) -> String) {
    for i in 0..34 {
        put_at(service, name, hash + u128::from(i), &of_key(i), 999_980).await;
    }
}

#[tokio::test]
async fn an_hour_of_use_is_added_up_and_kept_over_a_restart() {
    let mut service = Service::start().await;
    service.create("s", 2).await;
    let input = RegisterStreamConsumerInput {
        stream_arn: service.caller.realm().stream_arn("s").to_string().into(),
        consumer_name: "c".into(),
        ..Default::default()
    };
    service.streams.register_stream_consumer(&service.caller, &input).await.unwrap();
    service.put("s", &[("k".into(), vec![0; 2000]), ("k".into(), vec![0; 30_000])]).await;
    service.read("s", 0, 100).await;
    service.read("s", 1, 100).await;
    pass(&service, 2 * 60).await;
    service.streams.save_usage().await.unwrap();
    let before = rows(&service).await;
    service.restart(false).await;
    let after = rows(&service).await;
    assert_eq!(before, after);

    let first_hour = NOW_MS / HOUR_MS;
    assert_eq!(
        after.iter().map(|row| u64::from(row.hour)).collect::<Vec<_>>(),
        [first_hour, first_hour + 1, first_hour + 2]
    );
    let mut all = flumen_streams::metering::usage::Used::default();
    after.iter().for_each(|row| all.add(&row.used));
    assert_eq!(all.stream_ms, 2 * HOUR_MS);
    assert_eq!((all.shard_ms, all.consumer_shard_ms), (4 * HOUR_MS, 4 * HOUR_MS));
    assert_eq!((all.incoming_records, all.incoming_bytes), (2, 32_002));
    assert_eq!((all.payload_units, all.rounded_kib), (1 + 2, 2 + 30));
    assert_eq!(all.outgoing_bytes, 32_002);
}

#[tokio::test]
async fn a_crash_loses_at_most_some_minutes_of_use() {
    let mut service = Service::start().await;
    service.create("s", 1).await;
    pass(&service, 30).await;
    service.restart(true).await;
    let minutes: u64 = rows(&service).await.iter().map(|row| row.used.shard_ms / MINUTE_MS).sum();
    assert!((25..=30).contains(&minutes), "{minutes}");
    // The hours of before are not counted again.
    pass(&service, 30).await;
    let minutes: u64 = rows(&service).await.iter().map(|row| row.used.shard_ms / MINUTE_MS).sum();
    assert!((55..=60).contains(&minutes), "{minutes}");
}

#[tokio::test]
async fn use_is_forgotten_after_thirteen_months() {
    let service = Service::start().await;
    service.create("s", 1).await;
    for _ in 0..14 * 30 {
        service.advance_ms(24 * HOUR_MS);
        service.streams.keep_house().await.unwrap();
    }
    let oldest = u64::from(rows(&service).await[0].hour) * HOUR_MS;
    let age_days = (NOW_MS + 420 * 24 * HOUR_MS - oldest) / (24 * HOUR_MS);
    assert!((395..=398).contains(&age_days), "{age_days}");
}

#[tokio::test]
async fn a_hot_on_demand_shard_is_split_and_its_peak_outlives_a_restart() {
    let mut service = Service::start().await;
    on_demand(&service, "s").await;
    assert_eq!(open(&service, "s").await, [0, 1, 2, 3]);
    pass(&service, 1).await;
    for round in 0..6 {
        put_hot(&service, "s", u128::MAX / 8, |i| format!("{round}-{i}")).await;
        pass(&service, 1).await;
    }
    assert_eq!(open(&service, "s").await, [1, 2, 3, 4, 5]);
    let mut read = 0;
    for shard in service.shards("s").await {
        read += service.read("s", shard.index, 1000).await.len();
    }
    assert_eq!(read, 6 * 34);
    service.streams.save_usage().await.unwrap();
    service.restart(false).await;
    pass(&service, 1).await;
    for shard in 1..4 {
        put_at(&service, "s", u128::MAX / 4 * shard + u128::MAX / 8, "k", 10).await;
    }
    // What was hot stays apart for thirty days, however quiet it is; two that never were become one.
    pass(&service, 3 * 60).await;
    assert_eq!(open(&service, "s").await, [3, 4, 5, 6]);
}

#[tokio::test]
async fn idle_shards_of_an_on_demand_stream_are_merged_down_to_four() {
    let service = Service::start().await;
    service.create("s", 8).await;
    let input = flumen_protocol::kinesis::UpdateStreamModeInput {
        stream_arn: service.caller.realm().stream_arn("s").to_string().into(),
        stream_mode_details: StreamModeDetails { stream_mode: StreamMode::OnDemand },
        ..Default::default()
    };
    service.streams.update_stream_mode(&service.caller, &input).await.unwrap();
    pass(&service, 23 * 60).await;
    assert_eq!(open(&service, "s").await.len(), 8, "its first day's capacity is what it had");
    pass(&service, 2 * 60).await;
    assert!(open(&service, "s").await.len() >= 6, "not more than one merge an hour");
    pass(&service, 6 * 60).await;
    assert_eq!(open(&service, "s").await.len(), 4);
    let split = SplitShardInput {
        stream_name: Some("s".into()),
        shard_to_split: "shardId-000000000000".into(),
        new_starting_hash_key: "1".into(),
        ..Default::default()
    };
    service.streams.split_shard(&service.caller, &split).await.unwrap_err();
}

#[tokio::test]
async fn a_shard_that_one_key_makes_hot_is_not_split() {
    let service = Service::start().await;
    on_demand(&service, "s").await;
    pass(&service, 1).await;
    for _ in 0..6 {
        for _ in 0..34 {
            put_at(&service, "s", u128::MAX / 8, "one", 999_980).await;
        }
        pass(&service, 1).await;
    }
    assert_eq!(open(&service, "s").await, [0, 1, 2, 3]);
}
