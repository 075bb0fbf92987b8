//! What each operation says of what is not there: a stream, a shard, a consumer, what tags and policies are
//! attached to, a policy. The texts are AWS's where any were seen; `docs/differences.md` lists the others.

use flumen_protocol::kinesis::{
    AddTagsToStreamInput, DecreaseStreamRetentionPeriodInput, DeleteResourcePolicyInput, DeleteStreamInput,
    DeregisterStreamConsumerInput, DescribeStreamConsumerInput, DescribeStreamInput,
    DescribeStreamSummaryInput, DisableEnhancedMonitoringInput, EnableEnhancedMonitoringInput,
    EncryptionType, GetRecordsInput, GetResourcePolicyInput, GetShardIteratorInput,
    IncreaseStreamRetentionPeriodInput, ListShardsInput, ListStreamConsumersInput, ListTagsForResourceInput,
    ListTagsForStreamInput, MergeShardsInput, MetricsName, PutRecordInput, PutRecordsInput,
    PutRecordsRequestEntry, PutResourcePolicyInput, RegisterStreamConsumerInput, RemoveTagsFromStreamInput,
    ScalingType, ShardIteratorType, SplitShardInput, StartStreamEncryptionInput, StartingPosition,
    StopStreamEncryptionInput, StreamMode, StreamModeDetails, SubscribeToShardInput, TagResourceInput,
    UntagResourceInput, UpdateMaxRecordSizeInput, UpdateShardCountInput, UpdateStreamModeInput,
    UpdateStreamWarmThroughputInput,
};
use flumen_protocol::{Blob, ErrorCode, Fault};
use flumen_testkit::service::Service;

const STREAM: &str = "Stream s under account 000000000000 not found.";
const SHARD: &str = "Shard shardId-000000000007 in stream s under account 000000000000 does not exist";
const NO_SHARD: &str = "Could not find shard shardId-000000000007 in stream s under account 000000000000.";
const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const CONSUMER_ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1";
const CONSUMER: &str =
    "Consumer arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1, account 000000000000 not found.";
const NAMED_CONSUMER: &str = "Consumer c, account 000000000000 not found.";
const POLICY: &str =
    "No resource policy found for resource ARN arn:aws:kinesis:us-east-1:000000000000:stream/s.";

/// Each call, and what it says. The calls are made with a stream's name, and where they take one with its ARN.
macro_rules! say {
    ($service:ident, $expected:expr, $($method:ident($input:expr $(, $more:expr)?)),* $(,)?) => {$(
        let answer = $service.streams.$method(&$service.caller, &$input $(, $more)?).await;
        let fault = answer.err().map(Fault::from).unwrap_or_else(|| panic!("{} finds it", stringify!($method)));
        assert_eq!(fault.code, ErrorCode::ResourceNotFoundException, "{}", stringify!($method));
        assert_eq!(fault.message.as_deref(), Some($expected), "{}", stringify!($method));
    )*};
}

/// A request that names the stream by `$by`, then the rest of its members.
macro_rules! of {
    ($by:ident, $input:ident { $($member:ident: $value:expr),* $(,)? }) => {{
        #[allow(clippy::needless_update, reason = "some have no other member")]
        let mut input = $input { $($member: $value,)* ..Default::default() };
        (input.stream_name, input.stream_arn) = $by();
        input
    }};
}

type Named = (Option<std::borrow::Cow<'static, str>>, Option<std::borrow::Cow<'static, str>>);

fn by_name() -> Named {
    (Some("s".into()), None)
}

fn by_arn() -> Named {
    (None, Some(ARN.into()))
}

fn iterator_of(shard: &'static str, by: fn() -> Named) -> GetShardIteratorInput<'static> {
    of!(by, GetShardIteratorInput { shard_id: shard.into(), shard_iterator_type: ShardIteratorType::Latest })
}

fn subscription_to(shard: &'static str, arn: &str) -> SubscribeToShardInput<'static> {
    SubscribeToShardInput {
        consumer_arn: arn.to_owned().into(),
        shard_id: shard.into(),
        starting_position: StartingPosition { r#type: ShardIteratorType::Latest, ..Default::default() },
        ..Default::default()
    }
}

#[tokio::test]
async fn a_stream_that_is_not_there() {
    let service = Service::start().await;
    let entry = || PutRecordsRequestEntry {
        data: Blob::Bytes(vec![1].into()),
        partition_key: Some("k".into()),
        ..Default::default()
    };
    let on_demand = || StreamModeDetails { stream_mode: StreamMode::OnDemand };
    for by in [by_name, by_arn] {
        say!(
            service,
            STREAM,
            add_tags_to_stream(of!(by, AddTagsToStreamInput { tags: [("k".into(), "v".into())].into() })),
            decrease_stream_retention_period(of!(
                by,
                DecreaseStreamRetentionPeriodInput { retention_period_hours: 24 }
            )),
            delete_stream(of!(by, DeleteStreamInput {})),
            describe_stream(of!(by, DescribeStreamInput {})),
            describe_stream_summary(of!(by, DescribeStreamSummaryInput {})),
            disable_enhanced_monitoring(of!(
                by,
                DisableEnhancedMonitoringInput { shard_level_metrics: vec![MetricsName::All] }
            )),
            enable_enhanced_monitoring(of!(
                by,
                EnableEnhancedMonitoringInput { shard_level_metrics: vec![MetricsName::All] }
            )),
            increase_stream_retention_period(of!(
                by,
                IncreaseStreamRetentionPeriodInput { retention_period_hours: 48 }
            )),
            list_shards(of!(by, ListShardsInput {})),
            list_tags_for_stream(of!(by, ListTagsForStreamInput {})),
            merge_shards(of!(
                by,
                MergeShardsInput { shard_to_merge: "0".into(), adjacent_shard_to_merge: "1".into() }
            )),
            put_record(of!(by, PutRecordInput { data: entry().data, partition_key: entry().partition_key })),
            put_records(of!(by, PutRecordsInput { records: vec![entry()] })),
            remove_tags_from_stream(of!(by, RemoveTagsFromStreamInput { tag_keys: vec!["k".into()] })),
            split_shard(of!(
                by,
                SplitShardInput { shard_to_split: "0".into(), new_starting_hash_key: "9".into() }
            )),
            start_stream_encryption(of!(
                by,
                StartStreamEncryptionInput { encryption_type: EncryptionType::Kms, key_id: "k".into() }
            )),
            stop_stream_encryption(of!(
                by,
                StopStreamEncryptionInput { encryption_type: EncryptionType::Kms, key_id: "k".into() }
            )),
            update_shard_count(of!(
                by,
                UpdateShardCountInput { target_shard_count: 2, scaling_type: ScalingType::UniformScaling }
            )),
            update_stream_warm_throughput(of!(
                by,
                UpdateStreamWarmThroughputInput { warm_throughput_mibps: 2 }
            )),
        );
        say!(service, SHARD, get_shard_iterator(iterator_of("7", by)));
    }
    say!(
        service,
        STREAM,
        list_stream_consumers(ListStreamConsumersInput { stream_arn: ARN.into(), ..Default::default() }),
        register_stream_consumer(RegisterStreamConsumerInput {
            stream_arn: ARN.into(),
            consumer_name: "c".into(),
            ..Default::default()
        }),
        describe_stream_consumer(DescribeStreamConsumerInput {
            stream_arn: Some(ARN.into()),
            consumer_name: Some("c".into()),
            ..Default::default()
        }),
        deregister_stream_consumer(DeregisterStreamConsumerInput {
            stream_arn: Some(ARN.into()),
            consumer_name: Some("c".into()),
            ..Default::default()
        }),
        update_max_record_size(UpdateMaxRecordSizeInput {
            stream_arn: Some(ARN.into()),
            max_record_size_in_kib: 2048
        }),
        update_stream_mode(UpdateStreamModeInput {
            stream_arn: ARN.into(),
            stream_mode_details: on_demand(),
            ..Default::default()
        }),
    );
    of_resource(&service, ARN, STREAM).await;
    say!(
        service,
        CONSUMER,
        describe_stream_consumer(DescribeStreamConsumerInput {
            consumer_arn: Some(CONSUMER_ARN.into()),
            ..Default::default()
        }),
        subscribe_to_shard(subscription_to("0", CONSUMER_ARN)),
    );
}

/// Tags and policies of what is not there.
async fn of_resource(service: &Service, arn: &str, expected: &str) {
    let arn = || std::borrow::Cow::from(arn.to_owned());
    let policy = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kinesis:*","Resource":"*"}]}"#;
    say!(
        service,
        expected,
        tag_resource(TagResourceInput { resource_arn: arn(), tags: [("k".into(), "v".into())].into() }),
        untag_resource(UntagResourceInput { resource_arn: arn(), tag_keys: vec!["k".into()] }),
        list_tags_for_resource(ListTagsForResourceInput { resource_arn: arn() }),
        get_resource_policy(GetResourcePolicyInput { resource_arn: arn() }),
        put_resource_policy(PutResourcePolicyInput { resource_arn: arn(), policy: policy.into() }),
        delete_resource_policy(DeleteResourcePolicyInput { resource_arn: arn() }),
    );
}

#[tokio::test]
async fn what_is_not_there_of_a_stream_that_is() {
    let service = Service::start().await;
    service.create("s", 1).await;
    let input = RegisterStreamConsumerInput {
        stream_arn: ARN.into(),
        consumer_name: "d".into(),
        ..Default::default()
    };
    let registered = service.streams.register_stream_consumer(&service.caller, &input).await.unwrap();
    let registered = registered.consumer.consumer_arn.into_owned();
    for by in [by_name, by_arn] {
        say!(
            service,
            NO_SHARD,
            merge_shards(of!(
                by,
                MergeShardsInput { shard_to_merge: "7".into(), adjacent_shard_to_merge: "0".into() }
            )),
            merge_shards(of!(
                by,
                MergeShardsInput { shard_to_merge: "0".into(), adjacent_shard_to_merge: "7".into() }
            )),
            split_shard(of!(
                by,
                SplitShardInput { shard_to_split: "7".into(), new_starting_hash_key: "9".into() }
            )),
        );
        say!(service, SHARD, get_shard_iterator(iterator_of("7", by)));
        let no_id = "Could not find shard shard-x in stream s under account 000000000000.";
        say!(
            service,
            no_id,
            get_shard_iterator(iterator_of("shard-x", by)),
            describe_stream(of!(
                by,
                DescribeStreamInput { exclusive_start_shard_id: Some("shard-x".into()) }
            )),
            list_shards(of!(by, ListShardsInput { exclusive_start_shard_id: Some("shard-x".into()) })),
        );
    }
    say!(service, SHARD, subscribe_to_shard(subscription_to("7", &registered)));
    say!(
        service,
        CONSUMER,
        describe_stream_consumer(DescribeStreamConsumerInput {
            consumer_arn: Some(CONSUMER_ARN.into()),
            ..Default::default()
        }),
        deregister_stream_consumer(DeregisterStreamConsumerInput {
            consumer_arn: Some(CONSUMER_ARN.into()),
            ..Default::default()
        }),
        subscribe_to_shard(subscription_to("0", CONSUMER_ARN)),
    );
    of_resource(&service, CONSUMER_ARN, CONSUMER).await;
    say!(
        service,
        NAMED_CONSUMER,
        describe_stream_consumer(DescribeStreamConsumerInput {
            stream_arn: Some(ARN.into()),
            consumer_name: Some("c".into()),
            ..Default::default()
        }),
        deregister_stream_consumer(DeregisterStreamConsumerInput {
            stream_arn: Some(ARN.into()),
            consumer_name: Some("c".into()),
            ..Default::default()
        }),
    );
    say!(service, POLICY, delete_resource_policy(DeleteResourcePolicyInput { resource_arn: ARN.into() }));
}

#[tokio::test]
async fn a_stream_that_went_away_is_told_to_who_holds_an_iterator_or_a_token_of_it() {
    let service = Service::start().await;
    service.create("s", 8).await;
    let iterator = service.iterator("s", 7, ShardIteratorType::Latest).await;
    let first = of!(by_name, ListShardsInput { max_results: Some(1) });
    let token = service.streams.list_shards(&service.caller, &first).await.unwrap().next_token.unwrap();
    let input = of!(by_name, DeleteStreamInput {});
    service.streams.delete_stream(&service.caller, &input).await.unwrap();
    let read = GetRecordsInput { shard_iterator: iterator.into(), ..Default::default() };
    say!(service, SHARD, get_records(read, 1 << 20));
    let next = ListShardsInput { next_token: Some(token.into_owned().into()), ..Default::default() };
    say!(service, "The stream of the NextToken does not exist.", list_shards(next));
}
