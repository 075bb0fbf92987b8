//! Shared by `table_body` and `table_log`: lease tables on a disk in memory.

use std::future::Future;
use std::sync::Arc;

use flumen_access::{Caller, Principal};
use flumen_machine::names::TABLES;
use flumen_storage::{Append, BatchBuilder, LogId, MemoryDisk, ReadLimit, Storage};
use flumen_tables::{OpenError, Tables, TablesSettings};
use flumen_types::Clock;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub const COMMANDS: LogId = TABLES.commands;
pub const SNAPSHOTS: LogId = TABLES.snapshots;
pub const OPERATIONS: [&str; 24] = [
    "UpdateItem",
    "PutItem",
    "DeleteItem",
    "GetItem",
    "Query",
    "Scan",
    "CreateTable",
    "UpdateTable",
    "DeleteTable",
    "DescribeTable",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
    "ListTables",
    "TagResource",
    "UntagResource",
    "ListTagsOfResource",
    "UpdateTimeToLive",
    "DescribeTimeToLive",
    "DescribeLimits",
    "UpdateContinuousBackups",
    "DescribeContinuousBackups",
    "ExecuteStatement",
];

pub fn run(task: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(task);
}

pub struct Service {
    pub tables: Tables,
    storage: Storage,
    caller: Caller,
}

#[derive(Clone)]
pub struct Record {
    pub attributes: u8,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

fn storage() -> Storage {
    let settings = flumen_storage::StorageSettings {
        tail_bytes: 4 << 20,
        segment_bytes: 1 << 20,
        journal_bytes: Some(4 << 20),
        ..flumen_storage::StorageSettings::default()
    };
    Storage::open_on(Arc::new(MemoryDisk::default()), settings).unwrap()
}

async fn open(storage: &Storage) -> Result<Tables, OpenError> {
    Tables::open(storage.clone(), Clock::manual(1_700_000_000_000).0, TablesSettings::new(16 << 20)).await
}

impl Service {
    /// With a table that has an index and an item.
    pub async fn start() -> Service {
        let service = Self::on(&[]).await.unwrap();
        let table = json!({
            "TableName": "leases", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}, {"AttributeName": "leaseOwner", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [{"IndexName": "byOwner", "Projection": {"ProjectionType": "KEYS_ONLY"},
                "KeySchema": [{"AttributeName": "leaseOwner", "KeyType": "HASH"}, {"AttributeName": "leaseKey", "KeyType": "RANGE"}]}],
        });
        service.call("CreateTable", table.to_string().as_bytes()).await;
        let item = json!({"leaseKey": {"S": "a"}, "leaseOwner": {"S": "w"}, "leaseCounter": {"N": "1"}, "parents": {"SS": ["x", "y"]}});
        service.call("PutItem", json!({"TableName": "leases", "Item": item}).to_string().as_bytes()).await;
        assert_eq!(service.contents().await.len(), 1);
        service
    }

    /// Opened on logs that hold these records.
    pub async fn on(logs: &[(LogId, Vec<Record>)]) -> Result<Service, OpenError> {
        let storage = storage();
        storage.create(&[COMMANDS, SNAPSHOTS]).unwrap();
        for (id, records) in logs {
            for record in records {
                let mut batch = BatchBuilder::with_capacity(record.key.len() + record.value.len() + 16);
                batch.push(record.attributes, &record.key, &record.value);
                let append = Append { log: storage.log(*id).unwrap(), time_ms: 1, batch: batch.finish() };
                assert!(storage.append(vec![append]).await.iter().all(Result::is_ok));
            }
        }
        let tables = open(&storage).await?;
        Ok(Service { tables, storage, caller: Caller::new(Arc::new(Principal::root("0")), "r") })
    }

    /// The same logs once more.
    pub async fn opened_beside(&self) -> Result<Service, OpenError> {
        let tables = open(&self.storage).await?;
        Ok(Service { tables, storage: self.storage.clone(), caller: self.caller.clone() })
    }

    pub async fn call(&self, operation: &str, body: &[u8]) -> Value {
        let answer = self.tables.call(&self.caller, operation, body).await;
        serde_json::from_str(&answer.body).expect("answers are JSON")
    }

    /// Each table with its description and items. Items have no order that a replay would keep.
    pub async fn contents(&self) -> Vec<(Value, Vec<String>)> {
        let mut contents = Vec::new();
        let listed = self.call("ListTables", b"{}").await;
        for name in listed["TableNames"].as_array().into_iter().flatten() {
            let named = json!({"TableName": name}).to_string();
            let described = self.call("DescribeTable", named.as_bytes()).await;
            let page = self.call("Scan", named.as_bytes()).await;
            let mut items: Vec<String> =
                page["Items"].as_array().into_iter().flatten().map(Value::to_string).collect();
            items.sort();
            contents.push((described, items));
        }
        contents
    }

    async fn records(&self, id: LogId) -> Vec<Record> {
        let log = self.storage.log(id).unwrap();
        let (mut position, mut records) = (log.start(), Vec::new());
        while position < log.end() {
            let first = position;
            for block in log.read(first, ReadLimit { records: 100, bytes: 1 << 20 }).await.unwrap().iter() {
                for record in block.records_from(first) {
                    let (key, value) = (record.key.to_vec(), record.value.to_vec());
                    records.push(Record { attributes: record.attributes, key, value });
                    position = record.position + 1;
                }
            }
        }
        records
    }
}

/// The commands of a service, and the snapshot that it left.
pub async fn written() -> (Vec<Record>, Vec<Record>) {
    static WRITTEN: OnceCell<(Vec<Record>, Vec<Record>)> = OnceCell::const_new();
    let written = WRITTEN.get_or_init(async || {
        let service = Service::start().await;
        let commands = service.records(COMMANDS).await;
        service.tables.close().await;
        (commands, service.records(SNAPSHOTS).await)
    });
    written.await.clone()
}
