//! Tables on a disk in memory that a crash can hit, with a clock that tests move.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use flumen_access::{Caller, Principal};
use flumen_storage::Storage;
use flumen_tables::{Answer, Tables, TablesSettings};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};
use flumen_types::{Clock, ManualClock};
use serde_json::{Value, json};

pub const NOW_MS: u64 = 1_700_000_000_000;

pub struct Service {
    pub tables: Tables,
    pub caller: Caller,
    pub storage: Storage,
    clock: Clock,
    hand: ManualClock,
    disk: FaultyDisk,
    settings: TablesSettings,
}

pub fn caller(account: &str, region: &str) -> Caller {
    Caller::new(Arc::new(Principal::root(account)), region)
}

impl Service {
    pub async fn start() -> Self {
        Self::start_with(256 << 20).await
    }

    pub async fn start_with(memory_bytes: u64) -> Self {
        let (clock, hand) = Clock::manual(NOW_MS);
        let disk = FaultyDisk::default();
        let storage = open(&disk);
        let settings = TablesSettings::new(memory_bytes);
        let tables = Tables::open(storage.clone(), clock.clone(), settings.clone()).await.unwrap();
        Service { tables, caller: caller("000000000000", "us-east-1"), storage, clock, hand, disk, settings }
    }

    pub fn advance_ms(&self, ms: u64) {
        self.hand.advance_ms(ms);
    }

    /// Stops and starts again on the same disk; a crash loses what was not synced.
    pub async fn restart(&mut self, crash: bool) {
        if crash {
            self.disk = self.disk.after_crash(Unsynced::Lost);
        }
        self.tables.close().await;
        self.storage.close().await;
        self.storage = open(&self.disk);
        self.tables =
            Tables::open(self.storage.clone(), self.clock.clone(), self.settings.clone()).await.unwrap();
    }

    pub async fn answer_in(&self, caller: &Caller, operation: &str, body: &Value) -> Answer {
        self.tables.call(caller, operation, body.to_string().as_bytes()).await
    }

    /// The body of a success.
    pub async fn call(&self, operation: &str, body: Value) -> Value {
        let answer = self.answer_in(&self.caller, operation, &body).await;
        assert!(answer.is_success(), "{operation} {body}: {} {}", answer.status, answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Code and message of a refusal, and the whole body.
    pub async fn refusal(&self, operation: &str, body: Value) -> (String, String, Value) {
        let answer = self.answer_in(&self.caller, operation, &body).await;
        assert!(!answer.is_success(), "{operation} {body}: {}", answer.body);
        let refusal: Value = serde_json::from_str(&answer.body).unwrap();
        let code = refusal["__type"].as_str().unwrap().rsplit('#').next().unwrap().to_owned();
        let message = refusal.get("message").or(refusal.get("Message")).and_then(Value::as_str);
        (code, message.unwrap_or_default().to_owned(), refusal)
    }

    pub fn realm_arn(&self, table: &str) -> String {
        format!(
            "arn:aws:dynamodb:{}:{}:table/{table}",
            self.caller.realm().region,
            self.caller.realm().account
        )
    }

    /// A table as a consumer makes it for its leases.
    pub async fn lease_table(&self, name: &str) {
        self.call("CreateTable", lease_table(name)).await;
    }

    pub async fn get(&self, table: &str, key: &str) -> Value {
        let got = self.call("GetItem", json!({"TableName": table, "Key": {"leaseKey": {"S": key}}})).await;
        got.get("Item").cloned().unwrap_or(Value::Null)
    }

    /// Everything that is stored under a name, in a fixed order.
    pub async fn scan(&self, table: &str) -> Vec<Value> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let mut body = json!({"TableName": table});
            if let Some(from) = from {
                body["ExclusiveStartKey"] = from;
            }
            let mut page = self.call("Scan", body).await;
            items.extend(page["Items"].as_array().unwrap().iter().cloned());
            match page["LastEvaluatedKey"].take() {
                Value::Null => break,
                key => from = Some(key),
            }
        }
        items.sort_by_key(Value::to_string);
        items
    }
}

pub fn lease_table(name: &str) -> Value {
    json!({
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": false,
    })
}

fn open(disk: &FaultyDisk) -> Storage {
    let settings = flumen_storage::StorageSettings {
        tail_bytes: 64 << 20,
        segment_bytes: 4 << 20,
        journal_bytes: Some(16 << 20),
        ..flumen_storage::StorageSettings::default()
    };
    Storage::open_on(Arc::new(disk.clone()), settings).unwrap()
}
