//! What a newer program has written is refused by name, with its version and the one that is known.

use flumen_storage::{Append, BatchBuilder, LogId, Storage};
use flumen_streams::{Streams, StreamsSettings};
use flumen_testkit::service::{keys, seal};
use flumen_types::Clock;

const NOW_MS: u64 = 1_700_000_000_000;

async fn opened(storage: &Storage) -> Result<(), String> {
    let (clock, _) = Clock::manual(NOW_MS);
    let keys = keys(storage, &clock).await;
    let opened = Streams::open(storage.clone(), clock, seal(), keys, StreamsSettings::unlimited()).await;
    opened.map(drop).map_err(|error| error.to_string())
}

/// Why a storage with these records at the end of one of the service's logs is not opened.
async fn refusal(index: u32, records: &[&str]) -> Option<String> {
    let records: Vec<_> = records.iter().map(|record| (0, "", *record)).collect();
    refusal_of(index, &records).await
}

/// The same of records that are given as attributes, key and value.
async fn refusal_of(index: u32, records: &[(u8, &str, &str)]) -> Option<String> {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    opened(&storage).await.unwrap();
    let id = LogId { group: 0, index };
    storage.create(&[id]).unwrap();
    let mut batch = BatchBuilder::default();
    records
        .iter()
        .for_each(|(attributes, key, value)| batch.push(*attributes, key.as_bytes(), value.as_bytes()));
    let append = Append { log: storage.log(id).unwrap(), time_ms: NOW_MS, batch: batch.finish() };
    storage.append(vec![append]).await.remove(0).unwrap();
    opened(&storage).await.err()
}

#[tokio::test]
async fn newer_commands_are_refused() {
    let wanted = "control log: the command at position 1 has version 6; this program reads versions up to 5";
    let known = r#"{"v":6,"at_ms":6,"change":{"SetRetention":{"group":1,"hours":48}}}"#;
    let unknown = r#"{"v":6,"at_ms":6,"change":{"Teleport":{"group":1}}}"#;
    for command in [known, unknown] {
        assert_eq!(refusal(0, &[command]).await.unwrap(), wanted);
    }
    assert_eq!(refusal(0, &[&known.replace("6,", "5,")]).await, None);
    assert_eq!(refusal(0, &[&known.replace(r#""v":6,"#, "")]).await, None);
    let unknown = refusal(0, &[&unknown.replace("6,", "5,")]).await.unwrap();
    assert!(unknown.starts_with("control log: record at position 1 is not a command: "), "{unknown}");
}

#[tokio::test]
async fn newer_snapshots_are_refused() {
    let wanted = "control log: the snapshot at position 0 has version 6; this program reads versions up to 5";
    for head in [r#"{"v":6,"position":1,"at_ms":5,"more":true}"#, r#"{"v":6,"else":1}"#] {
        let records = [(1, "id", head), (0, "id", r#"{"other":"shape"}"#), (2, "id", "")];
        assert_eq!(refusal_of(1, &records).await.unwrap(), wanted);
        // Its writer died.
        assert_eq!(refusal_of(1, &records[..2]).await, None);
    }
}

#[tokio::test]
async fn newer_rows_of_usage_are_refused() {
    let hour = NOW_MS / 3_600_000;
    let row = format!(
        r#"{{"v":2,"hour":{hour},"group":1,"account":"a","region":"r","stream":"s","mode":"Provisioned","used":{{}}}}"#
    );
    let other = format!(r#"{{"v":2,"hour":"{hour}"}}"#);
    for index in [2, 3] {
        let wanted = format!(
            "usage: a row of log 0/{index} at position 0 has version 2; this program reads versions up to 1"
        );
        for row in [&row, &other] {
            assert_eq!(refusal(index, &[row]).await.unwrap(), wanted);
        }
        assert_eq!(refusal(index, &[&row.replace("2,", "1,")]).await, None);
        assert_eq!(refusal(index, &["neither", "{}"]).await, None, "what cannot be read costs only itself");
    }
}
