//! The control log over its whole life: commands, snapshots, restarts.

use std::collections::BTreeSet;

use flumen_protocol::kinesis::{
    AddTagsToStreamInput, DeleteStreamInput, DescribeStreamSummaryInput, GetResourcePolicyInput,
    ListTagsForStreamInput, PutResourcePolicyInput, RecordDistributionStrategy, ShardIteratorType,
};
use flumen_testkit::service::Service;

const NAME: &str = "s";

/// Enough commands to outweigh the least that a snapshot waits for, several times.
async fn many_commands(service: &Service, rounds: usize) -> String {
    let arn = service.caller.realm().stream_arn(NAME).to_string();
    let mut policy = String::new();
    for round in 0..rounds {
        let filler = "x".repeat(16 * 1024);
        policy = format!(
            r#"{{"Id":"{filler}","Statement":[{{"Sid":"{round}","Effect":"Allow","Principal":"*","Action":"kinesis:*","Resource":"*"}}]}}"#
        );
        let input =
            PutResourcePolicyInput { resource_arn: arn.clone().into(), policy: policy.clone().into() };
        service.streams.put_resource_policy(&service.caller, &input).await.unwrap();
    }
    policy
}

async fn tag(service: &Service, key: &str) {
    let input = AddTagsToStreamInput {
        stream_name: Some(NAME.into()),
        tags: [(key.to_owned().into(), "v".into())].into(),
        ..Default::default()
    };
    service.streams.add_tags_to_stream(&service.caller, &input).await.unwrap();
}

async fn tags(service: &Service) -> Vec<String> {
    let input = ListTagsForStreamInput { stream_name: Some(NAME.into()), ..Default::default() };
    let output = service.streams.list_tags_for_stream(&service.caller, &input).await.unwrap();
    output.tags.into_iter().map(|tag| tag.key.into_owned()).collect()
}

async fn policy(service: &Service) -> String {
    let arn = service.caller.realm().stream_arn(NAME).to_string();
    let input = GetResourcePolicyInput { resource_arn: arn.into() };
    service.streams.get_resource_policy(&service.caller, &input).await.unwrap().policy.into_owned()
}

#[tokio::test]
async fn snapshots_and_the_commands_after_them_bring_the_state_back() {
    for crash in [false, true] {
        let mut service = Service::start().await;
        service.create(NAME, 2).await;
        tag(&service, "before").await;
        let expected = many_commands(&service, 300).await;
        tag(&service, "after").await;
        service.put(NAME, &[("k".into(), b"record".to_vec())]).await;
        for _ in 0..3 {
            service.restart(crash).await;
            assert_eq!(tags(&service).await, ["after", "before"]);
            assert_eq!(policy(&service).await, expected);
            let input = DescribeStreamSummaryInput { stream_name: Some(NAME.into()), ..Default::default() };
            let summary = service.streams.describe_stream_summary(&service.caller, &input).await.unwrap();
            assert_eq!(summary.stream_description_summary.open_shard_count, 2);
        }
        // The log was cut: five mebibytes of commands and no more than two snapshots' worth are kept.
        assert!(service.control_commands() < 300, "{} commands kept", service.control_commands());
    }
}

#[tokio::test]
async fn a_snapshot_remembers_the_numbers_of_what_is_gone() {
    let mut service = Service::start().await;
    service.create(NAME, 1).await;
    let mut numbers = Vec::new();
    for round in 0..3 {
        service.create("t", 2).await;
        numbers.push(service.put("t", &[("k".into(), vec![])]).await.remove(0).1.number);
        let input = DeleteStreamInput { stream_name: Some("t".into()), ..Default::default() };
        service.streams.delete_stream(&service.caller, &input).await.unwrap();
        service.streams.keep_house().await.unwrap();
        many_commands(&service, 100).await;
        service.restart(round == 1).await;
    }
    assert!(service.control_commands() < 250, "{} commands kept", service.control_commands());
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 3, "{numbers:?}");
}

#[tokio::test]
async fn iterators_outlive_a_restart() {
    let mut service = Service::start().await;
    service.create(NAME, 1).await;
    service.put(NAME, &[("k".into(), b"record".to_vec())]).await;
    let iterator = service.iterator(NAME, 0, ShardIteratorType::TrimHorizon).await;
    service.restart(true).await;
    assert_eq!(service.read_from(iterator, 10).await.len(), 1);
}

#[tokio::test]
async fn a_provisioned_stream_says_that_partition_keys_distribute_its_records() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let input = DescribeStreamSummaryInput { stream_name: Some(NAME.into()), ..Default::default() };
    let summary = service.streams.describe_stream_summary(&service.caller, &input).await.unwrap();
    assert_eq!(
        summary.stream_description_summary.record_distribution_strategy,
        Some(RecordDistributionStrategy::UserPartitionKey)
    );
}
