//! What is measured, minute by minute, with a clock that the test moves: usage by the hour, and on-demand
//! streams that scale by it.

use flumen_protocol::Blob;
use flumen_protocol::kinesis::{
    CreateStreamInput, IncreaseStreamRetentionPeriodInput, ListStreamConsumersInput, PutRecordsInput,
    PutRecordsRequestEntry, RegisterStreamConsumerInput, ShardIteratorType, SplitShardInput,
    StartingPosition, StreamMode, StreamModeDetails, SubscribeToShardInput,
};
use flumen_streams::Put;
use flumen_streams::metering::usage::{UsageRow, Used, read_usage};
use flumen_testkit::service::{NOW_MS, Service};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

async fn rows(service: &Service) -> Vec<UsageRow> {
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

async fn register(service: &Service, name: &str) {
    let input = RegisterStreamConsumerInput {
        stream_arn: service.caller.realm().stream_arn("s").to_string().into(),
        consumer_name: name.to_owned().into(),
        ..Default::default()
    };
    service.streams.register_stream_consumer(&service.caller, &input).await.unwrap();
}

async fn keep_for(service: &Service, hours: i32) {
    let input = IncreaseStreamRetentionPeriodInput {
        stream_name: Some("s".into()),
        retention_period_hours: hours,
        ..Default::default()
    };
    service.streams.increase_stream_retention_period(&service.caller, &input).await.unwrap();
}

/// How many records the first event of a subscription from the shard's start brings.
async fn pushed(service: &Service, consumer: &str) -> usize {
    let stream = service.caller.realm().stream_arn("s");
    let input = ListStreamConsumersInput { stream_arn: stream.to_string().into(), ..Default::default() };
    let created = service.streams.list_stream_consumers(&service.caller, &input).await;
    let consumers = created.unwrap().consumers.unwrap();
    let arn = consumers.into_iter().find(|found| found.consumer_name == consumer).unwrap().consumer_arn;
    let input = SubscribeToShardInput {
        consumer_arn: arn,
        shard_id: "shardId-000000000000".into(),
        starting_position: StartingPosition { r#type: ShardIteratorType::TrimHorizon, ..Default::default() },
        ..Default::default()
    };
    let mut subscription = service.streams.subscribe_to_shard(&service.caller, &input).await.unwrap();
    subscription.next().await.expect("the subscription stands").unwrap().records.len()
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
    register(&service, "c").await;
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
    let mut all = Used::default();
    after.iter().for_each(|row| all.add(&row.used));
    assert_eq!(all.stream_ms, 2 * HOUR_MS);
    assert_eq!((all.shard_ms, all.consumer_shard_ms), (4 * HOUR_MS, 4 * HOUR_MS));
    assert_eq!((all.incoming_records, all.incoming_bytes), (2, 32_002));
    assert_eq!((all.payload_units, all.rounded_kib), (1 + 2, 2 + 30));
    assert_eq!(all.outgoing_bytes, 32_002);
}

/// Or the task would turn in circles, or come too late.
#[tokio::test]
async fn the_next_look_is_a_minute_after_the_last_one() {
    let service = Service::start().await;
    let looked = async |after_ms: u64| {
        service.advance_ms(after_ms);
        service.streams.keep_house().await.unwrap().as_millis()
    };
    assert_eq!(looked(0).await, 60_000);
    assert_eq!(looked(20_000).await, 40_000);
    assert_eq!(looked(39_999).await, 1);
    assert_eq!(looked(1).await, 60_000);
}

#[tokio::test]
async fn a_crash_loses_at_most_some_minutes_of_use() {
    let mut service = Service::start().await;
    service.create("s", 1).await;
    pass(&service, 30).await;
    service.restart(true).await;
    let minutes: u64 = rows(&service).await.iter().map(|row| row.used.shard_ms / MINUTE_MS).sum();
    assert_eq!(minutes, 30, "it is saved every five");
    pass(&service, 4).await;
    service.restart(true).await;
    let minutes: u64 = rows(&service).await.iter().map(|row| row.used.shard_ms / MINUTE_MS).sum();
    assert_eq!(minutes, 30, "and not more often");
    // The hours of before are not counted again.
    pass(&service, 30).await;
    let minutes: u64 = rows(&service).await.iter().map(|row| row.used.shard_ms / MINUTE_MS).sum();
    assert!((55..=60).contains(&minutes), "{minutes}");
}

/// What each reading and each kind of time is billed by, over two minutes with something in each.
#[tokio::test]
async fn each_kind_of_use_is_counted_by_itself() {
    let service = Service::start().await;
    service.create("s", 3).await;
    for name in ["c", "d"] {
        register(&service, name).await;
    }
    let of = async |service: &Service| {
        let mut all = Used::default();
        rows(service).await.iter().for_each(|row| all.add(&row.used));
        all
    };
    pass(&service, 1).await;
    let one_day = of(&service).await;
    assert_eq!((one_day.stream_ms, one_day.shard_ms), (MINUTE_MS, 3 * MINUTE_MS));
    assert_eq!((one_day.extended_shard_ms, one_day.consumer_shard_ms), (0, 2 * 3 * MINUTE_MS));
    // Each of 30 KiB, of which one is in the part of a kibibyte.
    let put = async |service: &Service| put_at(service, "s", 0, "k", 29 * 1024 + 100).await;
    for _ in 0..2 {
        put(&service).await;
        pass(&service, 1).await;
    }
    let used = of(&service).await;
    assert_eq!((used.incoming_records, used.incoming_bytes), (2, 2 * (29 * 1024 + 101)));
    assert_eq!((used.payload_units, used.rounded_kib), (4, 60));
    assert_eq!((used.extended_kib_hours, used.long_kib_hours), (0, 0), "a day is no longer than usual");

    for (hours, minute) in [(25, 1), (168, 2), (200, 3)] {
        keep_for(&service, hours).await;
        put(&service).await;
        pass(&service, 1).await;
        let used = of(&service).await;
        assert_eq!(used.extended_shard_ms, minute * 3 * MINUTE_MS, "{hours} h");
        let (extended, long) = match hours {
            25 => (30, 0),
            168 => (30 + 30 * 144, 0),
            _ => (30 + 2 * 30 * 144, 30 * 32),
        };
        assert_eq!((used.extended_kib_hours, used.long_kib_hours), (extended, long), "{hours} h");
    }
    // What is older than seven days costs more to read, also the second time.
    let bytes = 5 * (29 * 1024 + 101);
    assert_eq!(service.read("s", 0, 100).await.len(), 5);
    pass(&service, 1).await;
    let used = of(&service).await;
    assert_eq!((used.outgoing_bytes, used.old_outgoing_bytes, used.fanout_bytes), (bytes, 0, 0));
    service.advance_ms(7 * 24 * HOUR_MS);
    for reads in [1, 2] {
        assert_eq!(service.read("s", 0, 100).await.len(), 5);
        pass(&service, 1).await;
        let used = of(&service).await;
        assert_eq!((used.outgoing_bytes, used.old_outgoing_bytes), (bytes * (1 + reads), bytes * reads));
    }
    for pushes in [1, 2] {
        assert_eq!(pushed(&service, "c").await, 5);
        pass(&service, 1).await;
        assert_eq!(of(&service).await.fanout_bytes, bytes * pushes);
    }
}

#[tokio::test]
async fn an_hour_that_ended_while_the_program_was_away_is_not_added_to() {
    let mut service = Service::start().await;
    on_demand(&service, "s").await;
    pass(&service, 1).await;
    put_hot(&service, "s", 0, |i| i.to_string()).await;
    pass(&service, 9).await;
    service.streams.save_usage().await.unwrap();
    let before = rows(&service).await;
    assert_eq!(before.len(), 1);
    service.advance_ms(HOUR_MS);
    service.restart(true).await;
    pass(&service, 10).await;
    let after = rows(&service).await;
    assert_eq!(after.len(), 2);
    assert_eq!(after[0], before[0]);
    assert_eq!((after[1].hour, after[1].used.stream_ms), (after[0].hour + 1, 10 * MINUTE_MS));
    // Nor has the new hour the old one's peaks.
    assert_ne!(after[0].peaks, Default::default());
    service.advance_ms(HOUR_MS);
    pass(&service, 10).await;
    let after = rows(&service).await;
    assert_eq!((after.len(), &after[0].peaks), (3, &before[0].peaks));
    let bytes = |row: &UsageRow| serde_json::to_value(&row.peaks).unwrap().to_string();
    assert!(bytes(&after[2]) != bytes(&after[0]));
}

#[tokio::test]
async fn use_is_asked_for_from_an_hour_on_also_of_a_program_that_has_stopped() {
    let service = Service::start().await;
    service.create("s", 1).await;
    pass(&service, 3 * 60).await;
    service.streams.save_usage().await.unwrap();
    let all = rows(&service).await;
    let first = u64::from(all[0].hour);
    assert_eq!(all.len(), 4);
    // An hour belongs to it up to its last millisecond.
    for (since_ms, expected) in [
        (0, 4),
        (first * HOUR_MS, 4),
        ((first + 1) * HOUR_MS - 1, 4),
        ((first + 1) * HOUR_MS, 3),
        ((first + 3) * HOUR_MS, 1),
        ((first + 4) * HOUR_MS - 1, 1),
        ((first + 4) * HOUR_MS, 0),
    ] {
        let (mut asked, mut read) = (Vec::new(), Vec::new());
        service.streams.usage(since_ms, |row| asked.push(row)).await.unwrap();
        read_usage(service.storage(), since_ms, |row| read.push(row)).await.unwrap();
        assert_eq!(asked.len(), expected, "since {since_ms}");
        assert_eq!(asked, all[4 - expected..]);
        assert_eq!(read, asked);
    }
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
