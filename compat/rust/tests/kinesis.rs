//! The AWS SDK for Rust: JSON over HTTP/1.1 in the clear, and over TLS whatever ALPN agrees on.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::error::ProvideErrorMetadata;
use aws_sdk_kinesis::operation::RequestId;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, Record, ShardIteratorType, StreamStatus};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

/// A client for each port that the server offers, named.
fn clients() -> Vec<(&'static str, Client)> {
    let mut clients = Vec::new();
    let plain = std::env::var("FLUMEN_ENDPOINT").expect("FLUMEN_ENDPOINT names the server");
    clients.push(("plain", client(&plain, None)));
    if let (Ok(tls), Ok(authority)) = (std::env::var("FLUMEN_TLS_ENDPOINT"), std::env::var("FLUMEN_CA")) {
        let authority = std::fs::read(authority).expect("FLUMEN_CA is a readable file");
        clients.push(("tls", client(&tls, Some(authority))));
    }
    clients
}

fn client(endpoint: &str, authority: Option<Vec<u8>>) -> Client {
    let http = match authority {
        None => Builder::new().build_http(),
        Some(pem) => Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(
                TlsContext::builder()
                    .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
                    .build()
                    .expect("the authority is PEM"),
            )
            .build_https(),
    };
    let key = |name| std::env::var(name).unwrap_or_else(|_| "test".into());
    let keys = Credentials::new(key("AWS_ACCESS_KEY_ID"), key("AWS_SECRET_ACCESS_KEY"), None, None, "tests");
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(keys)
        .retry_config(RetryConfig::disabled())
        .http_client(http)
        .build();
    Client::from_conf(config)
}

async fn make(kinesis: &Client, stream: &str, shards: i32) {
    kinesis.create_stream().stream_name(stream).shard_count(shards).send().await.expect("the stream is made");
    loop {
        let seen =
            kinesis.describe_stream_summary().stream_name(stream).send().await.expect("it is described");
        let summary = seen.stream_description_summary().expect("the summary is there");
        if summary.stream_status() == &StreamStatus::Active {
            let made =
                SystemTime::try_from(*summary.stream_creation_timestamp()).expect("a moment of our time");
            let age = SystemTime::now().duration_since(made).unwrap_or_default();
            assert!(age < Duration::from_secs(60), "created {age:?} ago");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn read_all(kinesis: &Client, stream: &str) -> Vec<Record> {
    let mut found = Vec::new();
    let listed = kinesis.list_shards().stream_name(stream).send().await.expect("shards are listed");
    for shard in listed.shards() {
        let first = kinesis.get_shard_iterator().stream_name(stream).shard_id(shard.shard_id());
        let first =
            first.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.expect("an iterator");
        let mut next = first.shard_iterator;
        while let Some(iterator) = next {
            let answer =
                kinesis.get_records().shard_iterator(iterator).send().await.expect("records are read");
            next = answer
                .next_shard_iterator
                .filter(|_| !(answer.records.is_empty() && answer.millis_behind_latest == Some(0)));
            found.extend(answer.records);
        }
    }
    found
}

#[tokio::test]
async fn records_come_back_in_order_by_key() {
    for (way, kinesis) in clients() {
        let stream = format!("rust-order-{way}");
        make(&kinesis, &stream, 4).await;
        for round in 0..5 {
            let entries = (0..40).map(|key| {
                let data = Blob::new(format!("{round}"));
                PutRecordsRequestEntry::builder()
                    .partition_key(format!("key-{key}"))
                    .data(data)
                    .build()
                    .expect("complete")
            });
            let put = kinesis.put_records().stream_name(&stream).set_records(Some(entries.collect()));
            let answer = put.send().await.expect("records are put");
            assert_eq!(answer.failed_record_count(), Some(0));
        }
        let mut by_key: HashMap<String, String> = HashMap::new();
        for record in read_all(&kinesis, &stream).await {
            let data = String::from_utf8(record.data.into_inner()).expect("text was put");
            let key = record.partition_key;
            by_key.entry(format!("{key:?}")).or_default().push_str(&data);
        }
        assert_eq!(by_key.len(), 40);
        assert!(by_key.values().all(|rounds| rounds == "01234"), "{by_key:?}");
        kinesis.delete_stream().stream_name(&stream).send().await.expect("the stream is deleted");
    }
}

#[tokio::test]
async fn bytes_of_every_kind_come_back_as_they_were_put() {
    for (way, kinesis) in clients() {
        let stream = format!("rust-bytes-{way}");
        make(&kinesis, &stream, 1).await;
        for size in [0, 1, 2, 3, 255, 65_536, 1_000_000] {
            let data: Vec<u8> = (0..size).map(|at| (at * 31 + size) as u8).collect();
            let put =
                kinesis.put_record().stream_name(&stream).partition_key("k").data(Blob::new(data.clone()));
            let put = put.send().await.expect("the record is put");
            let at = kinesis.get_shard_iterator().stream_name(&stream).shard_id(put.shard_id());
            let at = at.shard_iterator_type(ShardIteratorType::AtSequenceNumber);
            let at = at.starting_sequence_number(put.sequence_number()).send().await.expect("an iterator");
            let answer =
                kinesis.get_records().set_shard_iterator(at.shard_iterator).send().await.expect("a read");
            assert_eq!(answer.records()[0].data().as_ref(), data);
        }
        kinesis.delete_stream().stream_name(&stream).send().await.expect("the stream is deleted");
    }
}

#[tokio::test]
async fn errors_arrive_as_their_own_kinds() {
    for (_, kinesis) in clients() {
        let error =
            kinesis.describe_stream_summary().stream_name("missing").send().await.expect_err("there is none");
        let error = error.into_service_error();
        assert!(error.is_resource_not_found_exception());
        assert!(error.message().is_some_and(|text| text.starts_with("Stream missing under account ")));
        assert!(error.request_id().is_some());
        let error =
            kinesis.get_records().shard_iterator("nonsense").send().await.expect_err("it is nonsense");
        assert!(error.as_service_error().is_some_and(|error| error.is_invalid_argument_exception()));
        assert_eq!(error.into_service_error().message(), Some("Invalid ShardIterator."));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_are_under_way_at_once() {
    for (way, kinesis) in clients() {
        let stream = format!("rust-many-{way}");
        make(&kinesis, &stream, 4).await;
        let puts: Vec<_> = (0..200)
            .map(|n| {
                let put = kinesis.put_record().stream_name(&stream).partition_key(format!("k{n}"));
                tokio::spawn(put.data(Blob::new(vec![n as u8; 5_000])).send())
            })
            .collect();
        for put in puts {
            put.await.expect("the task ends").expect("the record is put");
        }
        assert_eq!(read_all(&kinesis, &stream).await.len(), 200);
        kinesis.delete_stream().stream_name(&stream).send().await.expect("the stream is deleted");
    }
}
