//! The page of a whole, if empty, server.

use std::collections::BTreeSet;
use std::sync::Arc;

use flumen_access::{Caller, Principal};
use flumen_api::Content;
use flumen_protocol::Blob;
use flumen_protocol::kinesis::{
    CreateStreamInput, EnableEnhancedMonitoringInput, MetricsName, PutRecordInput,
};
use http::StatusCode;

use super::*;
use crate::in_memory::{from, peer, server, server_of};
use crate::pages;

/// With 1,000 records of one key, by a caller whose shards are monitored.
async fn busy_server() -> Server {
    let server = server(flumen_streams::StreamsSettings::aws()).await;
    let caller = Caller::new(Arc::new(Principal::root("000000000000")), "us-east-1");
    let create =
        CreateStreamInput { stream_name: "s".into(), shard_count: Some(1), ..CreateStreamInput::default() };
    server.api.services.streams.create_stream(&caller, &create).await.unwrap();
    let monitor = EnableEnhancedMonitoringInput {
        stream_name: Some("s".into()),
        shard_level_metrics: vec![MetricsName::IncomingRecords],
        ..EnableEnhancedMonitoringInput::default()
    };
    server.api.services.streams.enable_enhanced_monitoring(&caller, &monitor).await.unwrap();
    for _ in 0..600 {
        let put = PutRecordInput {
            stream_name: Some("s".into()),
            data: Blob::Bytes(vec![1].into()),
            partition_key: Some("secret".into()),
            ..PutRecordInput::default()
        };
        server.api.services.streams.put_record(&caller, &put).await.unwrap();
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
        let from = if local { peer() } else { from("10.0.0.7:9", "10.0.0.1:4567", false) };
        let page = pages::page(&server, &head, &from).await?;
        let Content::Whole(body) = page.content else { panic!("pages are whole") };
        Some((page.status, String::from_utf8(body.to_vec()).unwrap()))
    };
    assert!(body("/metrics", true).await.unwrap().1.contains("secret"));
    assert!(!body("/metrics", false).await.unwrap().1.contains("secret"));
    assert_eq!(body("/usage", false).await.unwrap().0, StatusCode::UNAUTHORIZED);
    let (status, usage) = body("/usage?stream=s", true).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(usage.contains("\"incoming_records\":600"), "{usage}");
    assert_eq!(body("/usage?stream=other", true).await.unwrap().1, "[]");
    assert_eq!(body("/ready", false).await.unwrap().0, StatusCode::OK);
    assert_eq!(body("/other", true).await, None);
}

/// Sends a request as anybody.
async fn ask(server: &Server, service: &str, target: &str, content_type: &str, body: &'static str) {
    let scope = format!("test/20260101/us-east-1/{service}/aws4_request");
    let request = http::Request::post("/")
        .header("content-type", content_type)
        .header("x-amz-target", target)
        .header("x-amz-date", "20260101T000000Z")
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
        );
    let (head, ()) = request.body(()).unwrap().into_parts();
    server.api.answer(&peer(), &head, Ok(&body.into())).await;
}

#[tokio::test]
async fn requests_are_timed_by_operation_and_their_faults_counted_by_code() {
    let server = server(flumen_streams::StreamsSettings::aws()).await;
    for (operation, body) in [
        ("ListStreams", "{}"),
        ("DeleteStream", r#"{"StreamName":"none"}"#),
        ("DeleteStream", "{"),
        ("Unknown", "{}"),
    ] {
        let target = format!("Kinesis_20131202.{operation}");
        ask(&server, "kinesis", &target, "application/x-amz-json-1.1", body).await;
    }
    let page = page(&server, false);
    for line in [
        "flumen_request_seconds_count{operation=\"ListStreams\"} 1\n",
        "flumen_request_seconds_count{operation=\"DeleteStream\"} 2\n",
        "flumen_faults_total{operation=\"DeleteStream\",code=\"ResourceNotFoundException\"} 1\n",
        "flumen_faults_total{operation=\"DeleteStream\",code=\"SerializationException\"} 1\n",
        "flumen_faults_total{operation=\"\",code=\"UnknownOperationException\"} 1\n",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    assert!(!page.contains("flumen_faults_total{operation=\"ListStreams\""), "{page}");
}

/// Denials, roots, failed sign-ins, and where events are.
#[tokio::test]
async fn the_audit_is_shown() {
    let keys = "[op]\naws_access_key_id=OP\naws_secret_access_key=s\npolicy=FlumenReadOnly\n\
                [root]\naws_access_key_id=ROOT\naws_secret_access_key=s\n";
    let credentials = flumen_api::Credentials::parse(keys).unwrap();
    let server = server_of(flumen_streams::StreamsSettings::aws(), Some(credentials)).await;
    let value = |name: &str| {
        let page = page(&server, false);
        let line =
            page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in\n{page}")).parse::<f64>().unwrap()
    };
    let counted = || {
        ["flumen_audit_events_total", "flumen_audit_denials_total", "flumen_sign_in_failures_total"]
            .map(value)
    };
    assert_eq!(counted(), [0.0; 3]);
    let create = |access_key| signed_call(&server, access_key, "Kinesis_20131202.CreateStream");
    create("OP").await;
    assert_eq!(counted(), [1.0, 1.0, 0.0]);
    create("NOBODY").await;
    assert_eq!(counted(), [1.0, 1.0, 1.0]);
    assert_eq!(value("flumen_audit_root_calls_total"), 0.0);
    create("ROOT").await;
    assert_eq!(value("flumen_audit_root_calls_total"), 1.0);
    assert_eq!(counted(), [2.0, 1.0, 1.0]);
    assert!(value("flumen_audit_room_bytes") > 0.0);
    for name in ["flumen_audit_lost_total", "flumen_audit_refusing", "flumen_audit_sums_waiting"] {
        assert_eq!(value(name), 0.0, "{name}");
    }
    assert!(value("flumen_audit_lag_seconds") >= 0.0 && value("flumen_audit_bytes") >= 0.0);
}

/// A call by an access key with the secret `s`.
async fn signed_call(server: &Server, access_key: &str, target: &str) {
    use flumen_protocol::sign::{self, SigningKeys};
    let body = br#"{"StreamName":"s","ShardCount":1}"#;
    let request = http::Request::post("/").header("host", "localhost").header("x-amz-target", target);
    let request = request.header("content-type", "application/x-amz-json-1.1").body(()).unwrap();
    let mut head = request.into_parts().0;
    let parts =
        sign::Request { method: "POST", path: "/", query: "", headers: &head.headers, authority: None, body };
    let credentials =
        sign::Credentials { access_key: access_key.into(), secret: "s".into(), session_token: None };
    let now_ms = i64::try_from(flumen_types::Clock::system().now_ms()).unwrap();
    let keys = SigningKeys::default();
    for (name, value) in sign::sign(&parts, &credentials, &keys, now_ms, "us-east-1", "kinesis").unwrap() {
        head.headers.append(name, value.parse().unwrap());
    }
    server.api.answer(&peer(), &head, Ok(&body.to_vec().into())).await;
}

#[tokio::test]
async fn dashboard_and_alerts_name_metrics_that_there_are() {
    let page = page(&server(flumen_streams::StreamsSettings::aws()).await, true);
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
    let server = server(flumen_streams::StreamsSettings::aws()).await;
    for target in [
        "DynamoDB_20120810.ListTables",
        "DynamoDB_20120810.DescribeTable",
        "DynamoDBStreams_20120810.DescribeTable",
    ] {
        let body = r#"{"TableName":"none"}"#;
        ask(&server, "dynamodb", target, "application/x-amz-json-1.0", body).await;
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

#[tokio::test]
async fn requests_for_metrics_are_timed_and_counted_too() {
    let server = server(flumen_streams::StreamsSettings::aws()).await;
    for operation in ["ListMetrics", "DescribeAlarms"] {
        let target = format!("GraniteServiceVersion20100801.{operation}");
        ask(&server, "monitoring", &target, "application/x-amz-json-1.0", "{}").await;
    }
    let page = page(&server, false);
    for line in [
        "flumen_watch_request_seconds_count{operation=\"ListMetrics\"} 1\n",
        "flumen_watch_faults_total{operation=\"",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
}
