//! What a newer program has written is refused by name, with its version and the one that is known.

use flumen_storage::{Append, BatchBuilder, LogId, Storage};
use flumen_tables::{Tables, TablesSettings};
use flumen_types::Clock;

/// Why a storage with these records, given as attributes, key and value, in one of the two logs is not opened.
async fn refusal(index: u32, records: &[(u8, &str, &str)]) -> String {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let id = LogId { group: 0, index };
    storage.create(&[id]).unwrap();
    let mut batch = BatchBuilder::default();
    records
        .iter()
        .for_each(|(attributes, key, value)| batch.push(*attributes, key.as_bytes(), value.as_bytes()));
    let append = Append { log: storage.log(id).unwrap(), time_ms: 5, batch: batch.finish() };
    storage.append(vec![append]).await.remove(0).unwrap();
    let opened = Tables::open(storage, Clock::system(), TablesSettings::new(1 << 20)).await;
    opened.err().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_commands_are_refused() {
    let wanted = "table log: the command at position 0 has version 3; this program reads versions up to 2";
    let known = r#"{"v":3,"at_ms":5,"account":"a","region":"r","operation":"DeleteTable"}"#;
    for head in [known, r#"{"v":3,"when":5}"#] {
        assert_eq!(refusal(4, &[(0, head, r#"{"TableName":"t"}"#)]).await, wanted);
    }
    let first = refusal(4, &[(0, r#"{"v":1,"when":5}"#, "{}")]).await;
    assert!(first.starts_with("table log: record at position 0 is not a command: Data error at"), "{first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_snapshots_are_refused() {
    let wanted = "table log: the snapshot at position 0 has version 7; this program reads versions up to 2";
    for head in [r#"{"v":7,"position":0,"at_ms":5,"images":[]}"#, r#"{"v":7,"else":0}"#] {
        assert_eq!(refusal(5, &[(1, "", head), (2, "", "")]).await, wanted);
    }
}
