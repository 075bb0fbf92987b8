//! Limits of shards as callers meet them: AWS's, none, and an operator's own for single streams.

use flumen_protocol::kinesis::{
    DeregisterStreamConsumerInput, DescribeLimitsInput, DescribeStreamConsumerInput, DescribeStreamInput,
    DescribeStreamSummaryInput, EnableEnhancedMonitoringInput, GetRecordsInput, GetShardIteratorInput,
    IncreaseStreamRetentionPeriodInput, ListShardsInput, ListStreamConsumersInput, ListStreamsInput,
    MetricsName, PutRecordInput, PutRecordsInput, PutRecordsRequestEntry, RegisterStreamConsumerInput,
    ShardIteratorType, SplitShardInput,
};
use flumen_protocol::{Blob, ErrorCode, Fault};
use flumen_streams::{Put, ShardLimits, StreamLimits, StreamsSettings};
use flumen_testkit::service::{self, Service};

/// How many of so many records of one key are taken at once.
async fn taken(service: &Service, stream: &str, count: usize) -> usize {
    let entry = || PutRecordsRequestEntry {
        data: Blob::Bytes(vec![0; 10].into()),
        partition_key: Some("k".into()),
        ..Default::default()
    };
    let mut taken = 0;
    for batch in (0..count).collect::<Vec<_>>().chunks(500) {
        let input = PutRecordsInput {
            stream_name: Some(stream.to_owned().into()),
            records: batch.iter().map(|_| entry()).collect(),
            ..Default::default()
        };
        let (puts, _) = service.streams.put_records(&service.caller, &input).await.unwrap();
        taken += puts.iter().filter(|put| matches!(put, Put::Stored { .. })).count();
    }
    taken
}

/// How many of so many reads of one shard are served at once.
async fn served(service: &Service, stream: &str, count: usize) -> usize {
    let iterator = service.iterator(stream, 0, ShardIteratorType::Latest).await;
    let mut served = 0;
    for _ in 0..count {
        let input = GetRecordsInput { shard_iterator: iterator.clone().into(), ..Default::default() };
        served += usize::from(service.streams.get_records(&service.caller, &input, 10 << 20).await.is_ok());
    }
    served
}

fn settings() -> StreamsSettings {
    let wide = ShardLimits { write_records: 2500, reads: 8, ..ShardLimits::AWS };
    let mut limits = StreamLimits::same_for_all(Some(ShardLimits::AWS));
    limits.own.insert("wide".into(), Some(wide));
    limits.own.insert("free".into(), None);
    let narrow = ShardLimits { write_records: 7, ..ShardLimits::AWS };
    limits.own.insert("arn:aws:kinesis:us-east-1:000000000000:stream/one".into(), Some(narrow));
    limits.own.insert("one".into(), None);
    StreamsSettings { limits, ..StreamsSettings::aws() }
}

#[tokio::test]
async fn a_stream_has_its_own_limits_and_the_others_have_those_of_aws() {
    let mut service = Service::start_with(settings()).await;
    for (stream, writes, reads) in [("s", 1000, 5), ("wide", 2500, 8), ("free", 3000, 10), ("one", 7, 5)] {
        service.create(stream, 1).await;
        assert_eq!(taken(&service, stream, 3000).await, writes, "{stream}");
        assert_eq!(served(&service, stream, 10).await, reads, "{stream}");
    }
    service.advance_ms(10_000);
    service.restart(true).await;
    for (stream, writes) in [("s", 1000), ("wide", 2500), ("free", 3000), ("one", 7)] {
        assert_eq!(taken(&service, stream, 3000).await, writes, "{stream} after a restart");
    }
}

#[tokio::test]
async fn children_have_the_limits_of_their_stream() {
    let service = Service::start_with(settings()).await;
    service.create("wide", 1).await;
    let split = SplitShardInput {
        stream_name: Some("wide".into()),
        shard_to_split: "0".into(),
        new_starting_hash_key: (1_u128 << 127).to_string().into(),
        ..Default::default()
    };
    service.streams.split_shard(&service.caller, &split).await.unwrap();
    assert_eq!(taken(&service, "wide", 3000).await, 2500);
}

#[tokio::test]
async fn whoever_goes_beyond_a_limit_is_told_so_in_the_words_of_aws() {
    let service = Service::start_with(settings()).await;
    for stream in ["s", "wide"] {
        service.create(stream, 1).await;
        taken(&service, stream, 3000).await;
        let put = PutRecordInput {
            stream_name: Some(stream.into()),
            data: Blob::Bytes(vec![0; 10].into()),
            partition_key: Some("k".into()),
            ..Default::default()
        };
        let refused = service.streams.put_record(&service.caller, &put).await.err().map(Fault::from).unwrap();
        assert_eq!(refused.code, ErrorCode::ProvisionedThroughputExceededException);
        let text = format!(
            "Rate exceeded for shard shardId-000000000000 in stream {stream} under account 000000000000."
        );
        assert_eq!(refused.message, Some(text));
    }
}

#[tokio::test]
async fn data_that_is_no_base64_fails_its_request_also_beyond_a_limit() {
    let service = Service::start_with(settings()).await;
    service.create("one", 2).await;
    let entry = |data: &'static str, half: u128| PutRecordsRequestEntry {
        data: Blob::Base64(data.into()),
        partition_key: Some("k".into()),
        explicit_hash_key: Some((half << 127).to_string().into()),
    };
    let input = PutRecordsInput {
        stream_name: Some("one".into()),
        records: (0..9).map(|_| entry("aGVsbG8=", 0)).chain([entry("aGVsbG8=", 1)]).collect(),
        ..Default::default()
    };
    let mut bad = input.clone();
    bad.records[8].data = Blob::Base64("no base64".into());
    let fault = service.streams.put_records(&service.caller, &bad).await.err().map(Fault::from).unwrap();
    assert_eq!(fault.code, ErrorCode::SerializationException);
    let nothing = service.read("one", 1, 10).await;
    assert!(nothing.is_empty(), "{nothing:?}");

    // The ninth is beyond the limit, and would have been the one that is no base64.
    service.advance_ms(1000);
    let (puts, _) = service.streams.put_records(&service.caller, &input).await.unwrap();
    assert!(matches!(puts[8], Put::Refused(_)) && matches!(puts[9], Put::Stored(_)), "{puts:?}");
}

#[tokio::test]
async fn calls_of_the_control_plane_are_bounded_by_the_second() {
    let service = Service::start_with(settings()).await;
    service.create("s", 1).await;
    let stream = || Some("s".into());
    let describe = DescribeStreamInput { stream_name: stream(), ..Default::default() };
    let summary = DescribeStreamSummaryInput { stream_name: stream(), ..Default::default() };
    let iterator = GetShardIteratorInput {
        stream_name: stream(),
        shard_id: "0".into(),
        shard_iterator_type: ShardIteratorType::Latest,
        ..Default::default()
    };
    let put = PutRecordInput { stream_name: stream(), partition_key: Some("k".into()), ..Default::default() };
    /// How many of a hundred calls of an account are not beyond its rate.
    macro_rules! admitted {
        ($account:expr, $method:ident, $input:expr) => {{
            let (caller, mut admitted) = (service::caller($account), 0);
            for _ in 0..100 {
                let answer = service.streams.$method(&caller, $input).await;
                let refused = answer.err().map(Fault::from);
                let refused = refused.is_some_and(|fault| fault.code == ErrorCode::LimitExceededException);
                admitted += usize::from(!refused);
            }
            admitted
        }};
    }
    for _ in 0..2 {
        for account in ["000000000000", "111111111111"] {
            assert_eq!(admitted!(account, describe_limits, &DescribeLimitsInput {}), 1);
            assert_eq!(admitted!(account, list_streams, &ListStreamsInput::default()), 5);
            assert_eq!(admitted!(account, describe_stream, &describe), 10);
            assert_eq!(admitted!(account, describe_stream_summary, &summary), 20);
            assert_eq!(admitted!(account, get_shard_iterator, &iterator), 100);
            assert_eq!(admitted!(account, put_record, &put), 100);
        }
        service.advance_ms(1000);
    }
    assert_eq!(admitted!("000000000000", list_streams, &ListStreamsInput::default()), 5);
    let refused = service.streams.list_streams(&service.caller, &ListStreamsInput::default()).await;
    let refused = Fault::from(refused.unwrap_err());
    assert_eq!(refused.code, ErrorCode::LimitExceededException);
    let text = "Rate exceeded for ListStreams under account 000000000000.";
    assert_eq!(refused.message.as_deref(), Some(text));
}

#[tokio::test]
async fn calls_to_one_stream_are_bounded_by_the_second_each_stream_for_itself() {
    let service = Service::start_with(settings()).await;
    let caller = &service.caller;
    for stream in ["s", "wide"] {
        service.create(stream, 1).await;
        let mut refusals = Vec::new();
        for _ in 0..7 {
            let input = IncreaseStreamRetentionPeriodInput {
                stream_name: Some(stream.into()),
                retention_period_hours: 48,
                ..Default::default()
            };
            let answer = service.streams.increase_stream_retention_period(caller, &input).await;
            refusals.extend(answer.err().map(Fault::from));
        }
        let text = format!("Rate exceeded for stream {stream} under account 000000000000.");
        assert_eq!(refusals.len(), 2);
        assert!(refusals.iter().all(|r| r.code == ErrorCode::LimitExceededException));
        assert!(refusals.iter().all(|r| r.message.as_deref() == Some(text.as_str())));
    }
}

/// A call, by the place of the way in which it names what it is about.
macro_rules! way {
    ($service:ident, $operation:literal, $method:ident, [$($input:expr),* $(,)?]) => {{
        let ways = [$($input),*];
        let mut admitted = 0;
        // One after the other, so that each would have its own allowance if they were counted apart.
        for input in ways.iter().cycle().take(2200) {
            match $service.streams.$method(&$service.caller, input).await.map_err(Fault::from) {
                Err(fault) if fault.code == ErrorCode::LimitExceededException => {}
                _ => admitted += 1,
            }
        }
        ($operation, ways.len(), admitted)
    }};
}

#[tokio::test]
async fn every_way_to_name_a_stream_or_consumer_counts_alike() {
    let service = Service::start_with(settings()).await;
    service.create("s", 2).await;
    let arn = service.caller.realm().stream_arn("s").to_string();
    let (name, arn) = (|| Some("s".into()), || Some(arn.clone().into()));
    let mut consumers = Vec::new();
    for consumer in ["c", "d"] {
        let input = RegisterStreamConsumerInput {
            stream_arn: arn().unwrap(),
            consumer_name: consumer.into(),
            ..Default::default()
        };
        let registered = service.streams.register_stream_consumer(&service.caller, &input).await.unwrap();
        consumers.push(registered.consumer.consumer_arn.into_owned());
    }
    let consumer = || Some(consumers[0].clone().into());
    let first = ListShardsInput { stream_name: name(), max_results: Some(1), ..Default::default() };
    let token = service.streams.list_shards(&service.caller, &first).await.unwrap().next_token.unwrap();
    let list = ListStreamConsumersInput { stream_arn: arn().unwrap(), ..Default::default() };
    let page = ListStreamConsumersInput { max_results: Some(1), ..list.clone() };
    let page =
        service.streams.list_stream_consumers(&service.caller, &page).await.unwrap().next_token.unwrap();
    // What was called so far counts no more.
    service.advance_ms(1000);

    let counted = [
        way!(
            service,
            "ListShards",
            list_shards,
            [
                ListShardsInput { next_token: Some(token.clone().into_owned().into()), ..Default::default() },
                ListShardsInput { stream_name: name(), ..Default::default() },
                ListShardsInput { stream_arn: arn(), ..Default::default() },
                ListShardsInput { stream_name: name(), stream_arn: arn(), ..Default::default() },
            ]
        ),
        way!(
            service,
            "ListStreamConsumers",
            list_stream_consumers,
            [list.clone(), ListStreamConsumersInput { next_token: Some(page.into_owned().into()), ..list }]
        ),
        way!(
            service,
            "DescribeStreamConsumer",
            describe_stream_consumer,
            [
                DescribeStreamConsumerInput { consumer_arn: consumer(), ..Default::default() },
                DescribeStreamConsumerInput {
                    stream_arn: arn(),
                    consumer_name: Some("c".into()),
                    ..Default::default()
                },
                DescribeStreamConsumerInput {
                    consumer_arn: consumer(),
                    stream_arn: arn(),
                    consumer_name: Some("c".into()),
                },
                // One that is not there is looked for all the same.
                DescribeStreamConsumerInput {
                    consumer_arn: Some(format!("{}0", consumers[0]).into()),
                    ..Default::default()
                },
            ]
        ),
        way!(
            service,
            "DeregisterStreamConsumer",
            deregister_stream_consumer,
            [
                DeregisterStreamConsumerInput { consumer_arn: consumer(), ..Default::default() },
                DeregisterStreamConsumerInput {
                    stream_arn: arn(),
                    consumer_name: Some("d".into()),
                    ..Default::default()
                },
            ]
        ),
        way!(
            service,
            "IncreaseStreamRetentionPeriod",
            increase_stream_retention_period,
            [
                IncreaseStreamRetentionPeriodInput {
                    stream_name: name(),
                    retention_period_hours: 48,
                    ..Default::default()
                },
                IncreaseStreamRetentionPeriodInput {
                    stream_arn: arn(),
                    retention_period_hours: 48,
                    ..Default::default()
                },
            ]
        ),
        way!(
            service,
            "EnableEnhancedMonitoring",
            enable_enhanced_monitoring,
            [
                EnableEnhancedMonitoringInput {
                    stream_name: name(),
                    shard_level_metrics: vec![MetricsName::All],
                    ..Default::default()
                },
                EnableEnhancedMonitoringInput {
                    stream_arn: arn(),
                    shard_level_metrics: vec![MetricsName::All],
                    ..Default::default()
                },
            ]
        ),
    ];
    assert_eq!(
        counted,
        [
            ("ListShards", 4, 1000),
            ("ListStreamConsumers", 2, 5),
            ("DescribeStreamConsumer", 4, 20),
            ("DeregisterStreamConsumer", 2, 5),
            ("IncreaseStreamRetentionPeriod", 2, 5),
            ("EnableEnhancedMonitoring", 2, 5),
        ]
    );
}

#[tokio::test]
async fn every_way_to_name_a_shard_counts_alike() {
    let service = Service::start_with(settings()).await;
    service.create("s", 2).await;
    let arn = service.caller.realm().stream_arn("s").to_string();
    let mut admitted = 0;
    for call in 0..40 {
        let input = GetShardIteratorInput {
            stream_name: (call % 2 == 0).then(|| "s".into()),
            stream_arn: (call % 2 == 1).then(|| arn.clone().into()),
            shard_id: ["0", "shardId-000000000000", "x-0"][call % 3].into(),
            shard_iterator_type: ShardIteratorType::Latest,
            ..Default::default()
        };
        admitted += usize::from(service.streams.get_shard_iterator(&service.caller, &input).await.is_ok());
    }
    assert_eq!(admitted, 5);
}

#[tokio::test]
async fn without_limits_for_all_a_stream_may_have_some() {
    let mut limits = StreamLimits::same_for_all(None);
    limits.own.insert("s".into(), Some(ShardLimits::AWS));
    let service = Service::start_with(StreamsSettings { limits, ..StreamsSettings::unlimited() }).await;
    service.create("s", 1).await;
    service.create("other", 1).await;
    assert_eq!(taken(&service, "s", 3000).await, 1000);
    assert_eq!(taken(&service, "other", 3000).await, 3000);
}
