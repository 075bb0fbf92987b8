//! The page of a whole, if empty, server.

use std::collections::BTreeSet;

use flumen_protocol::kinesis::{
    CreateStreamInput, EnableEnhancedMonitoringInput, MetricsName, PutRecordInput,
};
use flumen_protocol::{Blob, Fault};
use flumen_streams::Caller;
use flumen_types::Realm;
use http::StatusCode;

use super::*;
use crate::http::Content;
use crate::pages;

/// With 1,000 records of one key, by a caller whose shards are monitored.
async fn busy_server() -> Server {
    let server = Server::in_memory(flumen_streams::Settings::aws()).await;
    let realm = Realm { account: "000000000000".into(), region: "us-east-1".into() };
    let caller = Caller { realm, operation: "Test" };
    let create =
        CreateStreamInput { stream_name: "s".into(), shard_count: Some(1), ..CreateStreamInput::default() };
    server.streams.create_stream(&caller, &create).await.unwrap();
    let monitor = EnableEnhancedMonitoringInput {
        stream_name: Some("s".into()),
        shard_level_metrics: vec![MetricsName::IncomingRecords],
        ..EnableEnhancedMonitoringInput::default()
    };
    server.streams.enable_enhanced_monitoring(&caller, &monitor).await.unwrap();
    for _ in 0..600 {
        let put = PutRecordInput {
            stream_name: Some("s".into()),
            data: Blob::Bytes(vec![1].into()),
            partition_key: Some("secret".into()),
            ..PutRecordInput::default()
        };
        server.streams.put_record(&caller, &put).await.unwrap();
    }
    server
}

#[tokio::test]
async fn puts_are_shown_by_stream_and_where_asked_for_by_shard() {
    let page = page(&busy_server().await, true);
    for line in [
        "flumen_kinesis_incoming_records_total{account=\"000000000000\",region=\"us-east-1\",stream=\"s\"} 600\n",
        "flumen_kinesis_shard_incoming_records_total{account=\"000000000000\",region=\"us-east-1\",stream=\"s\",\
         shard=\"shardId-000000000000\"} 600\n",
        "shard=\"shardId-000000000000\",key=\"secret\"} 1\n",
        "flumen_connections_open 1\n",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    assert!(!page.contains("flumen_kinesis_shard_incoming_bytes_total{"), "that metric is not switched on");
}

#[tokio::test]
async fn keys_and_usage_are_told_on_addresses_of_this_machine_alone() {
    let server = busy_server().await;
    let body = async |path: &'static str, local| {
        let head = http::Request::get(path).body(()).unwrap().into_parts().0;
        let page = pages::page(&server, &head, local).await?;
        let Content::Whole(body) = page.body else { panic!("pages are whole") };
        Some((page.status, String::from_utf8(body.to_vec()).unwrap()))
    };
    assert!(body("/metrics", true).await.unwrap().1.contains("secret"));
    assert!(!body("/metrics", false).await.unwrap().1.contains("secret"));
    assert_eq!(body("/usage", false).await, None);
    let (status, usage) = body("/usage?stream=s", true).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(usage.contains("\"incoming_records\":600"), "{usage}");
    assert_eq!(body("/usage?stream=other", true).await.unwrap().1, "[]");
    assert_eq!(body("/ready", false).await.unwrap().0, StatusCode::OK);
    assert_eq!(body("/other", true).await, None);
}

#[tokio::test]
async fn faults_are_counted_by_operation_and_code() {
    let server = Server::in_memory(flumen_streams::Settings::aws()).await;
    let code = Fault::bare(ErrorCode::ALL[1]).code;
    server.metrics.failed(Some(Operation::ALL[0]), code);
    server.metrics.failed(None, code);
    let page = page(&server, true);
    for operation in [Operation::ALL[0].as_str(), ""] {
        let line = format!("flumen_faults_total{{operation=\"{operation}\",code=\"{}\"}} 1\n", code.as_str());
        assert!(page.contains(&line), "{line} is not in\n{page}");
    }
}

#[tokio::test]
async fn dashboard_and_alerts_name_metrics_that_there_are() {
    let page = page(&Server::in_memory(flumen_streams::Settings::aws()).await, true);
    let families: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    for file in [
        include_str!("../../../../docs/monitoring/grafana.json"),
        include_str!("../../../../docs/monitoring/alerts.yml"),
    ] {
        let words = file.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named: BTreeSet<&str> = words.filter(|word| word.starts_with("flumen_")).collect();
        assert!(named.len() > 5);
        for name in named {
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            assert!(families.contains(name) || family.is_some_and(|f| families.contains(f)), "{name}");
        }
    }
}

#[tokio::test]
async fn requests_for_lease_tables_are_timed_by_operation_and_their_errors_counted() {
    let server = Server::in_memory(flumen_streams::Settings::aws()).await;
    for target in [
        "DynamoDB_20120810.ListTables",
        "DynamoDB_20120810.DescribeTable",
        "DynamoDBStreams_20120810.DescribeTable",
    ] {
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .header("x-amz-date", "20260101T000000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            );
        let (head, ()) = request.body(()).unwrap().into_parts();
        crate::tables::reply(&server, &head, &r#"{"TableName":"none"}"#.into()).await;
    }
    let page = page(&server, false);
    for line in [
        "flumen_tables_request_seconds_count{operation=\"ListTables\"} 1\n",
        "flumen_tables_request_seconds_count{operation=\"DescribeTable\"} 1\n",
        "flumen_tables_faults_total{operation=\"DescribeTable\"} 1\n",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    assert!(!page.contains("flumen_tables_faults_total{operation=\"ListTables\"}"), "{page}");
}
