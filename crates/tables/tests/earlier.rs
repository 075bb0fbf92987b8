//! What an earlier version has written is taken over before anything else is written, or the tables are not opened.

use std::sync::Arc;

use flumen_access::{Caller, Principal};
use flumen_machine::names::TABLES;
use flumen_storage::{Append, BatchBuilder, Storage};
use flumen_tables::{OpenError, Tables, TablesSettings};
use flumen_testkit::faulty::FaultyDisk;
use flumen_types::Clock;

const NOW_MS: u64 = 1_700_000_000_000;
/// Commands of version 1.
const COMMANDS: [(&str, &str); 2] = [
    (
        r#"{"v":1,"at_ms":1700000000000,"account":"000000000000","region":"us-east-1","operation":"CreateTable","id":"5a8e5b5a-0000-4000-8000-000000000000"}"#,
        r#"{"TableName":"leases","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"leaseKey","AttributeType":"S"}],"KeySchema":[{"AttributeName":"leaseKey","KeyType":"HASH"}]}"#,
    ),
    (
        r#"{"v":1,"at_ms":1700000000005,"account":"000000000000","region":"us-east-1","operation":"PutItem"}"#,
        r#"{"TableName":"leases","Item":{"leaseKey":{"S":"k"}}}"#,
    ),
];

async fn earlier(disk: &FaultyDisk) -> Storage {
    let settings = flumen_storage::StorageSettings {
        tail_bytes: 64 << 20,
        journal_bytes: Some(16 << 20),
        ..flumen_storage::StorageSettings::default()
    };
    let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
    storage.create(&[TABLES.commands]).unwrap();
    for (key, value) in COMMANDS {
        let mut batch = BatchBuilder::default();
        batch.push(0, key.as_bytes(), value.as_bytes());
        let append =
            Append { log: storage.log(TABLES.commands).unwrap(), time_ms: NOW_MS, batch: batch.finish() };
        storage.append(vec![append]).await.remove(0).unwrap();
    }
    storage
}

async fn open(storage: &Storage) -> Result<Tables, OpenError> {
    Tables::open(storage.clone(), Clock::manual(NOW_MS).0, TablesSettings::new(16 << 20)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_snapshot_comes_before_anything_else() {
    let storage = earlier(&FaultyDisk::default()).await;
    for again in [false, true] {
        let tables = open(&storage).await.unwrap();
        let (commands, snapshots) = (storage.log(TABLES.commands), storage.log(TABLES.snapshots));
        let commands = commands.unwrap();
        assert_eq!((commands.start(), commands.end()), (2, 2), "the snapshot holds them");
        let caller = Caller::new(Arc::new(Principal::root("000000000000")), "us-east-1");
        let scanned = tables.call(&caller, "Scan", br#"{"TableName":"leases"}"#).await;
        assert!(scanned.body.contains(r#""Count":1"#), "{}", scanned.body);
        let written = snapshots.unwrap().end();
        tables.close().await;
        assert_eq!(storage.log(TABLES.snapshots).unwrap().end(), written, "there is nothing to add, {again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_not_opened_while_the_first_snapshot_cannot_be_written() {
    let disk = FaultyDisk::default();
    let storage = earlier(&disk).await;
    disk.fail_next_sync();
    let refused = open(&storage).await.err().unwrap().to_string();
    assert!(refused.starts_with("table log: what an earlier version wrote is not taken over: "), "{refused}");
    assert_eq!(storage.log(TABLES.commands).unwrap().end(), 2);
}
