//! Rules at their edges: the moment of a split, and the last consumer that a stream may have.

use flumen_protocol::kinesis::{
    GetRecordsInput, GetShardIteratorInput, ListShardsInput, RegisterStreamConsumerInput, ShardFilter,
    ShardFilterType, ShardIteratorType, SplitShardInput,
};
use flumen_protocol::{Fault, Timestamp};
use flumen_streams::StreamsSettings;
use flumen_testkit::service::Service;

async fn listed(service: &Service, kind: ShardFilterType, at_ms: u64) -> Vec<String> {
    let timestamp = Some(Timestamp::of_ms(at_ms));
    let input = ListShardsInput {
        stream_name: Some("s".into()),
        shard_filter: Some(ShardFilter { r#type: kind, shard_id: None, timestamp }),
        ..Default::default()
    };
    let shards = service.streams.list_shards(&service.caller, &input).await.unwrap().shards.unwrap();
    shards.iter().map(|shard| shard.shard_id.trim_start_matches("shardId-00000000000").to_owned()).collect()
}

/// Every moment has its shards once; a record that was put in the very millisecond of the split may be the parent's.
#[tokio::test]
async fn at_the_moment_of_a_split_the_children_are_there_and_the_parent_may_have_records() {
    let service = Service::start().await;
    service.create("s", 1).await;
    service.advance_ms(10_000);
    let split_ms = service.clock.now_ms();
    let input = SplitShardInput {
        stream_name: Some("s".into()),
        shard_to_split: "shardId-000000000000".into(),
        new_starting_hash_key: (1_u128 << 127).to_string().into(),
        ..Default::default()
    };
    service.streams.split_shard(&service.caller, &input).await.unwrap();
    service.advance_ms(10_000);
    assert_eq!(listed(&service, ShardFilterType::AtTimestamp, split_ms - 1).await, ["0"]);
    assert_eq!(listed(&service, ShardFilterType::AtTimestamp, split_ms).await, ["1", "2"]);
    assert_eq!(listed(&service, ShardFilterType::FromTimestamp, split_ms).await, ["0", "1", "2"]);
    assert_eq!(listed(&service, ShardFilterType::FromTimestamp, split_ms + 1).await, ["1", "2"]);
}

async fn registered(service: &Service, consumers: std::ops::Range<usize>) -> Result<usize, Fault> {
    for n in consumers.clone() {
        let input = RegisterStreamConsumerInput {
            stream_arn: service.caller.realm().stream_arn("s").to_string().into(),
            consumer_name: format!("c{n}").into(),
            ..Default::default()
        };
        service.streams.register_stream_consumer(&service.caller, &input).await?;
        // Within the rate of calls.
        service.advance_ms(1_000);
    }
    Ok(consumers.len())
}

#[tokio::test]
async fn a_stream_has_twenty_consumers_and_not_one_more() {
    let service = Service::start_with(StreamsSettings::aws()).await;
    service.create("s", 1).await;
    assert_eq!(registered(&service, 0..20).await.unwrap(), 20);
    let refused = registered(&service, 20..21).await.unwrap_err();
    assert!(refused.message.unwrap().contains("Limit: 20"));
}

#[tokio::test]
async fn five_consumers_are_being_created_at_a_time() {
    let settings = StreamsSettings { transition_ms: 60_000, ..StreamsSettings::aws() };
    let service = Service::start_with(settings).await;
    service.create("s", 1).await;
    service.advance_ms(60_000);
    assert_eq!(registered(&service, 0..5).await.unwrap(), 5);
    let refused = registered(&service, 5..6).await.unwrap_err();
    assert!(refused.message.unwrap().contains("5 consumers being created. Limit: 5"));
    service.advance_ms(60_000);
    assert_eq!(registered(&service, 5..6).await.unwrap(), 1);
}

async fn got(service: &Service, iterator: &str, limit: i32) -> (usize, Option<String>, i64, usize) {
    let input = GetRecordsInput {
        shard_iterator: iterator.to_owned().into(),
        limit: Some(limit),
        ..Default::default()
    };
    let got = service.streams.get_records(&service.caller, &input, usize::MAX).await.unwrap();
    let behind_ms = i64::try_from(got.millis_behind_latest).unwrap();
    (got.records.len(), got.next_shard_iterator, behind_ms, got.child_shards.len())
}

#[tokio::test]
async fn a_reader_is_as_far_behind_as_the_last_record_that_it_was_given_unless_it_has_all() {
    let service = Service::start().await;
    service.create("s", 1).await;
    for key in ["a", "b", "c"] {
        service.put("s", &[(key.into(), vec![0])]).await;
        service.advance_ms(10_000);
    }
    let iterator = service.iterator("s", 0, ShardIteratorType::TrimHorizon).await;
    let (count, next, behind_ms, _) = got(&service, &iterator, 2).await;
    assert_eq!((count, behind_ms), (2, 20_000));
    let (count, next, behind_ms, _) = got(&service, &next.unwrap(), 2).await;
    assert_eq!((count, behind_ms), (1, 0), "the last one is old, and there is none after it");
    let (count, _, behind_ms, _) = got(&service, &next.unwrap(), 2).await;
    assert_eq!((count, behind_ms), (0, 0));
}

#[tokio::test]
async fn a_closed_shard_ends_after_its_last_record_with_its_children() {
    let service = Service::start().await;
    service.create("s", 1).await;
    service.put("s", &[("a".into(), vec![0]), ("b".into(), vec![0])]).await;
    let input = SplitShardInput {
        stream_name: Some("s".into()),
        shard_to_split: "shardId-000000000000".into(),
        new_starting_hash_key: (1_u128 << 127).to_string().into(),
        ..Default::default()
    };
    service.streams.split_shard(&service.caller, &input).await.unwrap();
    service.advance_ms(5_000);
    let iterator = service.iterator("s", 0, ShardIteratorType::TrimHorizon).await;
    let (count, next, _, children) = got(&service, &iterator, 1).await;
    assert_eq!((count, children), (1, 0));
    let (count, next, _, children) = got(&service, &next.unwrap(), 10).await;
    assert_eq!((count, children), (1, 0));
    let (count, next, behind_ms, children) = got(&service, &next.unwrap(), 10).await;
    assert_eq!((count, next, behind_ms, children), (0, None, 5_000, 2));
}

#[tokio::test]
async fn an_answer_has_as_many_bytes_as_it_may_and_one_record_at_least() {
    let service = Service::start().await;
    service.create("s", 1).await;
    // With its key each is ten bytes.
    service.put("s", &["a", "b", "c"].map(|key| (key.to_owned(), vec![0; 9]))).await;
    let shard_iterator = service.iterator("s", 0, ShardIteratorType::TrimHorizon).await;
    for (bytes_max, expected) in [(0, 1), (9, 1), (19, 1), (20, 2), (29, 2), (30, 3)] {
        let input = GetRecordsInput { shard_iterator: shard_iterator.as_str().into(), ..Default::default() };
        let got = service.streams.get_records(&service.caller, &input, bytes_max).await.unwrap();
        assert_eq!(got.records.len(), expected, "{bytes_max} bytes");
        assert!(!got.records.has_encrypted());
    }
}

#[tokio::test]
async fn a_position_that_needs_no_number_takes_none() {
    let service = Service::start().await;
    service.create("s", 1).await;
    let number = service.put("s", &[("a".into(), vec![0])]).await.remove(0).1.number;
    // Of the first version of AWS's numbers, of shard 0.
    let old = "0";
    for (kind, number, is_taken) in [
        (ShardIteratorType::TrimHorizon, Some(&*number), false),
        (ShardIteratorType::Latest, Some(&*number), false),
        (ShardIteratorType::AtSequenceNumber, Some(&*number), true),
        (ShardIteratorType::AtSequenceNumber, None, false),
        (ShardIteratorType::AfterSequenceNumber, Some(old), false),
    ] {
        let input = GetShardIteratorInput {
            stream_name: Some("s".into()),
            shard_id: "shardId-000000000000".into(),
            shard_iterator_type: kind,
            starting_sequence_number: number.map(Into::into),
            ..Default::default()
        };
        let got = service.streams.get_shard_iterator(&service.caller, &input).await.map_err(Fault::from);
        assert_eq!(got.is_ok(), is_taken, "{kind:?} {number:?}");
        if let Err(refused) = got {
            let expected = if number == Some(old) { "InternalFailure" } else { "InvalidArgumentException" };
            assert_eq!(refused.code.as_str(), expected, "{kind:?} {number:?}");
        }
    }
}
