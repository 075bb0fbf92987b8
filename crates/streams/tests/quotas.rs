//! AWS's quotas and bounds of a stream's shards and retention, at their edges.

use std::sync::Arc;

use flumen_access::{Caller, Principal};
use flumen_protocol::Fault;
use flumen_protocol::kinesis::{
    CreateStreamInput, DecreaseStreamRetentionPeriodInput, IncreaseStreamRetentionPeriodInput,
    ListShardsInput, MergeShardsInput, SplitShardInput, UpdateShardCountInput,
};
use flumen_streams::StreamsSettings;
use flumen_testkit::service::Service;

const NAME: &str = "s";
const HOUR_MS: u64 = 60 * 60 * 1000;

fn message(error: impl Into<Fault>) -> String {
    error.into().message.unwrap_or_default()
}

async fn create(service: &Service, shards: i32) {
    let input =
        CreateStreamInput { stream_name: NAME.into(), shard_count: Some(shards), ..Default::default() };
    service.streams.create_stream(&service.caller, &input).await.unwrap();
}

async fn rescale(service: &Service, target: i32) -> Result<(), String> {
    // Within the rate of calls.
    service.advance_ms(1_000);
    let input = UpdateShardCountInput {
        stream_name: Some(NAME.into()),
        target_shard_count: target,
        ..Default::default()
    };
    service.streams.update_shard_count(&service.caller, &input).await.map(|_| ()).map_err(message)
}

fn id(shard: u32) -> String {
    format!("shardId-{shard:012}")
}

async fn split(service: &Service, shard: u32, at: u128) -> Result<(), String> {
    service.advance_ms(1_000);
    let input = SplitShardInput {
        stream_name: Some(NAME.into()),
        shard_to_split: id(shard).into(),
        new_starting_hash_key: at.to_string().into(),
        ..Default::default()
    };
    service.streams.split_shard(&service.caller, &input).await.map(|_| ()).map_err(message)
}

async fn merge(service: &Service, shard: u32, adjacent: u32) -> Result<(), String> {
    service.advance_ms(1_000);
    let input = MergeShardsInput {
        stream_name: Some(NAME.into()),
        shard_to_merge: id(shard).into(),
        adjacent_shard_to_merge: id(adjacent).into(),
        ..Default::default()
    };
    service.streams.merge_shards(&service.caller, &input).await.map(|_| ()).map_err(message)
}

#[tokio::test]
async fn shards_are_rescaled_ten_times_in_a_day() {
    let mut service = Service::start_with(StreamsSettings::aws()).await;
    create(&service, 2).await;
    for round in 0..10 {
        rescale(&service, 3 - round % 2).await.unwrap();
    }
    let refused = rescale(&service, 3).await.unwrap_err();
    assert!(refused.contains(NAME) && refused.contains("10"), "{refused}");
    service.restart(true).await;
    rescale(&service, 3).await.unwrap_err();
    // A day after the first one. It was a second after the stream; eleven more have passed.
    service.advance_ms(24 * HOUR_MS - 12_000);
    rescale(&service, 3).await.unwrap();
    rescale(&service, 2).await.unwrap();
}

#[tokio::test]
async fn shards_are_at_most_doubled_and_at_most_halved() {
    let service = Service::start().await;
    create(&service, 5).await;
    for (target, is_taken) in [(11, false), (2, false), (10, true), (4, false), (5, true), (3, true)] {
        assert_eq!(rescale(&service, target).await.is_ok(), is_taken, "{target}");
    }
}

#[tokio::test]
async fn both_halves_of_a_split_have_more_than_one_key() {
    let service = Service::start().await;
    create(&service, 1).await;
    for at in [0, 1, u128::MAX] {
        let refused = split(&service, 0, at).await.unwrap_err();
        assert!(refused.contains("NewStartingHashKey"), "{at}: {refused}");
    }
    split(&service, 0, 2).await.unwrap();
    let key = u128::MAX - 1;
    split(&service, 2, key).await.unwrap();
}

/// Of a region that has 6,000.
async fn with_6000_shards(settings: StreamsSettings) -> Service {
    let mut service = Service::start_with(settings).await;
    service.caller = Caller::new(Arc::new(Principal::root("000000000000")), "eu-north-1");
    create(&service, 5_999).await;
    split(&service, 5_998, u128::MAX - (1 << 64)).await.unwrap();
    service
}

#[tokio::test]
async fn an_account_has_6000_shards_in_most_regions_and_merges_where_it_has_no_more() {
    let service = with_6000_shards(StreamsSettings::aws()).await;
    let refused = split(&service, 6_000, u128::MAX - (1 << 63)).await.unwrap_err();
    assert!(refused.contains("6000"), "{refused}");
    merge(&service, 0, 1).await.unwrap();
    split(&service, 6_000, u128::MAX - (1 << 63)).await.unwrap();
    let service = with_6000_shards(StreamsSettings::unlimited()).await;
    split(&service, 6_000, u128::MAX - (1 << 63)).await.unwrap();
}

#[tokio::test]
async fn a_reshard_is_carried_out_when_its_time_has_come() {
    let settings = StreamsSettings { transition_ms: 60_000, ..StreamsSettings::unlimited() };
    let service = Service::start_with(settings).await;
    create(&service, 1).await;
    service.advance_ms(60_000);
    split(&service, 0, 1 << 100).await.unwrap();
    let open = async || {
        service.streams.keep_house().await.unwrap();
        service.shards(NAME).await.iter().filter(|shard| !shard.closed).count()
    };
    service.advance_ms(59_999);
    assert_eq!(open().await, 1);
    service.advance_ms(1);
    assert_eq!(open().await, 2);
}

#[tokio::test]
async fn records_are_kept_from_a_day_to_a_year() {
    let service = Service::start().await;
    create(&service, 1).await;
    let longer = async |hours: i32| {
        let input = IncreaseStreamRetentionPeriodInput {
            stream_name: Some(NAME.into()),
            retention_period_hours: hours,
            ..Default::default()
        };
        service.streams.increase_stream_retention_period(&service.caller, &input).await.map_err(message)
    };
    let shorter = async |hours: i32| {
        let input = DecreaseStreamRetentionPeriodInput {
            stream_name: Some(NAME.into()),
            retention_period_hours: hours,
            ..Default::default()
        };
        service.streams.decrease_stream_retention_period(&service.caller, &input).await.map_err(message)
    };
    let refused = longer(8761).await.unwrap_err();
    assert!(refused.contains("8761") && refused.contains("8760"), "{refused}");
    longer(8760).await.unwrap();
    for hours in [23, 0, -1] {
        let refused = shorter(hours).await.unwrap_err();
        assert!(refused.contains(&hours.to_string()) && refused.contains("24"), "{refused}");
    }
    shorter(24).await.unwrap();
}

#[tokio::test]
async fn a_list_that_ends_with_its_page_has_no_next_one() {
    let service = Service::start().await;
    create(&service, 3).await;
    let listed = async |max_results: i32| {
        let input = ListShardsInput {
            stream_name: Some(NAME.into()),
            max_results: Some(max_results),
            ..Default::default()
        };
        let listed = service.streams.list_shards(&service.caller, &input).await.unwrap();
        (listed.shards.unwrap().len(), listed.next_token.is_some())
    };
    assert_eq!([listed(2).await, listed(3).await, listed(4).await], [(2, true), (3, false), (3, false)]);
}
