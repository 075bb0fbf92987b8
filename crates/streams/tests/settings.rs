//! What is set of a stream, a consumer and an account: each call's success, and what is so afterwards, also after a restart.

use flumen_protocol::kinesis::{
    CreateStreamInput, DeleteResourcePolicyInput, DescribeAccountSettingsInput, DescribeLimitsInput,
    DescribeStreamSummaryInput, DisableEnhancedMonitoringInput, EnableEnhancedMonitoringInput,
    GetResourcePolicyInput, ListTagsForResourceInput, MetricsName,
    MinimumThroughputBillingCommitmentInput as CommitmentInput,
    MinimumThroughputBillingCommitmentInputStatus as Wanted,
    MinimumThroughputBillingCommitmentOutput as Commitment,
    MinimumThroughputBillingCommitmentOutputStatus as Status, PutRecordInput, PutResourcePolicyInput,
    RegisterStreamConsumerInput, StreamDescriptionSummary, StreamMode, StreamModeDetails, TagResourceInput,
    UntagResourceInput, UpdateAccountSettingsInput, UpdateMaxRecordSizeInput,
    UpdateStreamWarmThroughputInput, WarmThroughputObject,
};
use flumen_protocol::{Blob, Fault, Timestamp};
use flumen_testkit::service::Service;

const NAME: &str = "s";
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn arn(service: &Service) -> String {
    service.caller.realm().stream_arn(NAME).to_string()
}

async fn summary(service: &Service) -> StreamDescriptionSummary<'static> {
    let input = DescribeStreamSummaryInput { stream_name: Some(NAME.into()), ..Default::default() };
    let output = service.streams.describe_stream_summary(&service.caller, &input).await.unwrap();
    output.stream_description_summary
}

async fn create_on_demand(service: &Service, name: &'static str) {
    let input = CreateStreamInput {
        stream_name: name.into(),
        stream_mode_details: Some(StreamModeDetails { stream_mode: StreamMode::OnDemand }),
        ..Default::default()
    };
    service.streams.create_stream(&service.caller, &input).await.unwrap();
}

async fn register(service: &Service, name: &'static str) -> String {
    let stream_arn = arn(service).into();
    let input = RegisterStreamConsumerInput { stream_arn, consumer_name: name.into(), ..Default::default() };
    let output = service.streams.register_stream_consumer(&service.caller, &input).await.unwrap();
    output.consumer.consumer_arn.into_owned()
}

async fn tags(service: &Service, arn: &str) -> Vec<(String, String)> {
    let input = ListTagsForResourceInput { resource_arn: arn.into() };
    let output = service.streams.list_tags_for_resource(&service.caller, &input).await.unwrap();
    let text = |tag: flumen_protocol::kinesis::Tag<'_>| {
        (tag.key.into_owned(), tag.value.unwrap_or_default().into_owned())
    };
    output.tags.unwrap_or_default().into_iter().map(text).collect()
}

#[tokio::test]
async fn tags_are_of_a_stream_or_of_its_consumer() {
    let mut service = Service::start().await;
    service.create(NAME, 1).await;
    let (stream, consumer) = (arn(&service), register(&service, "c").await);
    for (arn, value) in [(&stream, "of the stream"), (&consumer, "of the consumer")] {
        assert_eq!(tags(&service, arn).await, []);
        let given = [("b", value), ("a", ""), ("c", "gone")];
        let tags = given.map(|(key, value)| (key.into(), value.into())).into();
        let input = TagResourceInput { resource_arn: arn.as_str().into(), tags };
        service.streams.tag_resource(&service.caller, &input).await.unwrap();
        let input = UntagResourceInput { resource_arn: arn.as_str().into(), tag_keys: vec!["c".into()] };
        service.streams.untag_resource(&service.caller, &input).await.unwrap();
    }
    service.restart(true).await;
    for (arn, value) in [(&stream, "of the stream"), (&consumer, "of the consumer")] {
        let expected = [("a", ""), ("b", value)].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(tags(&service, arn).await, expected);
    }
}

#[tokio::test]
async fn a_resource_policy_is_there_until_it_is_deleted() {
    let mut service = Service::start().await;
    service.create(NAME, 1).await;
    let (stream, consumer) = (arn(&service), register(&service, "c").await);
    for arn in [&stream, &consumer] {
        let policy = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"111111111111"}},"Action":"kinesis:GetRecords","Resource":"{arn}"}}]}}"#
        );
        let input =
            PutResourcePolicyInput { resource_arn: arn.as_str().into(), policy: policy.as_str().into() };
        service.streams.put_resource_policy(&service.caller, &input).await.unwrap();
        service.restart(true).await;
        let get = GetResourcePolicyInput { resource_arn: arn.as_str().into() };
        let found = service.streams.get_resource_policy(&service.caller, &get).await.unwrap().policy;
        assert_eq!(found, policy);

        let delete = DeleteResourcePolicyInput { resource_arn: arn.as_str().into() };
        service.streams.delete_resource_policy(&service.caller, &delete).await.unwrap();
        service.restart(true).await;
        assert_eq!(service.streams.get_resource_policy(&service.caller, &get).await.unwrap().policy, "{}");
        let again = service.streams.delete_resource_policy(&service.caller, &delete).await.unwrap_err();
        assert_eq!(Fault::from(again).code.as_str(), "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn limits_count_shards_of_provisioned_streams_and_on_demand_streams() {
    let service = Service::start().await;
    service.create(NAME, 3).await;
    service.create("t", 2).await;
    create_on_demand(&service, "u").await;
    let limits = service.streams.describe_limits(&service.caller, &DescribeLimitsInput::default()).await;
    let limits = limits.unwrap();
    assert_eq!((limits.open_shard_count, limits.shard_limit), (5, 20_000));
    assert_eq!((limits.on_demand_stream_count, limits.on_demand_stream_count_limit), (1, 50));
}

async fn commit(service: &Service, status: Wanted) -> Commitment {
    let minimum_throughput_billing_commitment = CommitmentInput { status };
    let input = UpdateAccountSettingsInput { minimum_throughput_billing_commitment };
    let output = service.streams.update_account_settings(&service.caller, &input).await.unwrap();
    let answered = output.minimum_throughput_billing_commitment.unwrap();
    assert_eq!(format!("{:?}", committed(service).await), format!("{answered:?}"), "both calls say the same");
    answered
}

async fn committed(service: &Service) -> Commitment {
    let input = DescribeAccountSettingsInput::default();
    let output = service.streams.describe_account_settings(&service.caller, &input).await.unwrap();
    output.minimum_throughput_billing_commitment.unwrap()
}

#[tokio::test]
async fn a_commitment_lasts_a_day_at_least() {
    let mut service = Service::start().await;
    let none = committed(&service).await;
    assert!(none.status == Status::Disabled && none.started_at.is_none() && none.ended_at.is_none());

    let start_ms = service.clock.now_ms();
    let on = commit(&service, Wanted::Enabled).await;
    assert_eq!(on.status, Status::Enabled);
    assert_eq!(on.started_at, Some(Timestamp::of_ms(start_ms)));
    assert_eq!(on.earliest_allowed_end_at, Some(Timestamp::of_ms(start_ms + DAY_MS)));

    service.advance_ms(DAY_MS / 2);
    service.restart(true).await;
    let ending = commit(&service, Wanted::Disabled).await;
    assert_eq!(ending.status, Status::EnabledUntilEarliestAllowedEnd);
    assert_eq!(ending.ended_at, None);
    service.advance_ms(DAY_MS / 2 - 1);
    assert_eq!(committed(&service).await.status, Status::EnabledUntilEarliestAllowedEnd);
    service.advance_ms(1);
    let over = committed(&service).await;
    assert_eq!(over.status, Status::Disabled);
    assert_eq!(over.ended_at, Some(Timestamp::of_ms(start_ms + DAY_MS)));

    // Another one, that is ended after its day is over.
    let again_ms = service.clock.now_ms();
    assert_eq!(commit(&service, Wanted::Enabled).await.started_at, Some(Timestamp::of_ms(again_ms)));
    service.advance_ms(2 * DAY_MS);
    let ended = commit(&service, Wanted::Disabled).await;
    assert_eq!(ended.status, Status::Disabled);
    assert_eq!(ended.ended_at, Some(Timestamp::of_ms(again_ms + 2 * DAY_MS)));
}

#[tokio::test]
async fn shard_metrics_are_switched_on_and_off() {
    use MetricsName::{All, IncomingBytes, IncomingRecords, IteratorAgeMilliseconds, OutgoingBytes};
    let mut service = Service::start().await;
    service.create(NAME, 1).await;
    let enable = |metrics: &[MetricsName]| EnableEnhancedMonitoringInput {
        stream_name: Some(NAME.into()),
        shard_level_metrics: metrics.to_vec(),
        stream_arn: None,
    };
    let disable = |metrics: &[MetricsName]| DisableEnhancedMonitoringInput {
        stream_name: Some(NAME.into()),
        shard_level_metrics: metrics.to_vec(),
        stream_arn: None,
    };
    let (streams, caller) = (&service.streams, &service.caller);
    let on = streams.enable_enhanced_monitoring(caller, &enable(&[OutgoingBytes, IncomingBytes])).await;
    let on = on.unwrap();
    assert_eq!(on.current_shard_level_metrics, Some(vec![]));
    assert_eq!(on.desired_shard_level_metrics, Some(vec![IncomingBytes, OutgoingBytes]));
    let less = streams.disable_enhanced_monitoring(caller, &disable(&[OutgoingBytes, IncomingRecords])).await;
    let less = less.unwrap();
    assert_eq!(less.current_shard_level_metrics, Some(vec![IncomingBytes, OutgoingBytes]));
    assert_eq!(less.desired_shard_level_metrics, Some(vec![IncomingBytes]));
    assert_eq!(less.stream_arn.as_deref(), Some(&*arn(&service)));

    service.restart(true).await;
    let monitored = async |service: &Service| {
        let monitoring = summary(service).await.enhanced_monitoring;
        monitoring
            .into_iter()
            .flat_map(|of_stream| of_stream.shard_level_metrics.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(monitored(&service).await, [IncomingBytes]);
    let (streams, caller) = (&service.streams, &service.caller);
    let all = streams.enable_enhanced_monitoring(caller, &enable(&[All])).await.unwrap();
    assert_eq!(all.desired_shard_level_metrics.unwrap().len(), 7);
    assert!(monitored(&service).await.contains(&IteratorAgeMilliseconds));
    streams.disable_enhanced_monitoring(caller, &disable(&[All])).await.unwrap();
    assert_eq!(monitored(&service).await, []);
}

async fn put(service: &Service, bytes: usize) -> Result<(), Fault> {
    let input = PutRecordInput {
        stream_name: Some(NAME.into()),
        data: Blob::Bytes(vec![7; bytes].into()),
        partition_key: Some("k".into()),
        ..Default::default()
    };
    service.streams.put_record(&service.caller, &input).await.map(|_| ()).map_err(Fault::from)
}

#[tokio::test]
async fn a_stream_takes_larger_records_once_it_is_told_to() {
    const MIB: usize = 1024 * 1024;
    let mut service = Service::start().await;
    service.create(NAME, 1).await;
    // The key is counted.
    assert!(put(&service, MIB - 1).await.is_ok() && put(&service, MIB).await.is_err());
    let input =
        UpdateMaxRecordSizeInput { stream_arn: Some(arn(&service).into()), max_record_size_in_kib: 1500 };
    service.streams.update_max_record_size(&service.caller, &input).await.unwrap();
    service.restart(true).await;
    assert_eq!(summary(&service).await.max_record_size_in_kib, Some(1500));
    assert!(put(&service, 1500 * 1024 - 1).await.is_ok() && put(&service, 1500 * 1024).await.is_err());
}

#[tokio::test]
async fn warm_throughput_is_set_under_a_commitment() {
    let mut service = Service::start().await;
    create_on_demand(&service, NAME).await;
    let input = UpdateStreamWarmThroughputInput {
        stream_arn: None,
        stream_name: Some(NAME.into()),
        warm_throughput_mibps: 9,
    };
    let refused = service.streams.update_stream_warm_throughput(&service.caller, &input).await.unwrap_err();
    assert_eq!(Fault::from(refused).code.as_str(), "InvalidArgumentException");
    commit(&service, Wanted::Enabled).await;
    let warm = service.streams.update_stream_warm_throughput(&service.caller, &input).await.unwrap();
    let target = |warm: Option<WarmThroughputObject>| warm.and_then(|warm| warm.target_mibps);
    assert_eq!(target(warm.warm_throughput), Some(9));
    service.restart(true).await;
    assert_eq!(target(summary(&service).await.warm_throughput), Some(9));
    // A shard for each MiB a second, once the streams are looked at.
    for _ in 0..5 {
        service.advance_ms(60_000);
        service.streams.keep_house().await.unwrap();
    }
    assert_eq!(summary(&service).await.open_shard_count, 9);
}
