//! What is answered is there after a stop and after a crash, whatever mix of snapshot and commands it
//! comes back from.

mod support;

use std::sync::Arc;

use flumen_access::Request;
use flumen_storage::{Append, BatchBuilder, LogId, ReadLimit, Storage};
use flumen_tables::{OpenError, Tables, TablesSettings};
use flumen_types::Clock;
use serde_json::{Value, json};
use support::{NOW_MS, Service, caller, lease_table};

const COMMANDS: LogId = LogId { group: 0, index: 4 };
const SNAPSHOTS: LogId = LogId { group: 0, index: 5 };

async fn put(service: &Service, table: &str, key: &str, filler: usize) {
    let item =
        json!({"leaseKey": {"S": key}, "leaseCounter": {"N": "0"}, "filler": {"S": "x".repeat(filler)}});
    service.call("PutItem", json!({"TableName": table, "Item": item})).await;
}

async fn add(service: &Service, table: &str, key: &str) {
    let updates = json!({"leaseCounter": {"Action": "ADD", "Value": {"N": "1"}}});
    let body = json!({"TableName": table, "Key": {"leaseKey": {"S": key}}, "AttributeUpdates": updates});
    service.call("UpdateItem", body).await;
}

/// Enough to make a snapshot.
async fn much(service: &Service, table: &str) {
    for round in 0..20 {
        put(service, table, &format!("lease-{}", round % 7), 300 * 1024).await;
        add(service, table, &format!("lease-{}", round % 7)).await;
    }
}

#[tokio::test]
async fn items_come_back_from_snapshots_and_from_the_commands_after_them() {
    for crash in [false, true] {
        let mut service = Service::start().await;
        service.lease_table("leases").await;
        put(&service, "leases", "first", 10).await;
        for _ in 0..3 {
            much(&service, "leases").await;
            add(&service, "leases", "first").await;
            let before = (service.scan("leases").await, describe(&service, "leases").await);
            service.restart(crash).await;
            let after = (service.scan("leases").await, describe(&service, "leases").await);
            assert_eq!(before, after, "crash {crash}");
        }
        assert_eq!(service.get("leases", "first").await["leaseCounter"], json!({"N": "3"}));
    }
}

async fn describe(service: &Service, table: &str) -> Value {
    service.call("DescribeTable", json!({"TableName": table})).await
}

#[tokio::test]
async fn snapshots_let_commands_go() {
    let service = Service::start().await;
    service.lease_table("leases").await;
    for _ in 0..8 {
        much(&service, "leases").await;
    }
    let commands = service.storage.log(COMMANDS).unwrap();
    assert!(commands.start() > 100, "{commands:?}");
    let snapshots = service.storage.log(SNAPSHOTS).unwrap();
    assert!(snapshots.start() > 0, "{snapshots:?}");
}

#[tokio::test]
async fn a_clean_stop_leaves_a_snapshot_where_something_changed() {
    let mut service = Service::start().await;
    let snapshots = |service: &Service| {
        let log = service.storage.log(SNAPSHOTS).unwrap();
        log.end()
    };
    service.restart(false).await;
    assert_eq!(snapshots(&service), 0, "there is nothing to take an image of");
    service.lease_table("leases").await;
    put(&service, "leases", "first", 10).await;
    service.restart(true).await;
    assert_eq!(snapshots(&service), 0, "a crash leaves the commands alone");
    service.restart(false).await;
    let left = snapshots(&service);
    assert!(left > 0);
    service.restart(false).await;
    assert_eq!(snapshots(&service), left, "nothing was carried out again, so nothing is to be saved");
    assert_eq!(service.scan("leases").await.len(), 1);
}

#[tokio::test]
async fn ids_and_times_of_tables_survive() {
    let mut service = Service::start().await;
    let made = service.call("CreateTable", lease_table("leases")).await;
    let made = &made["TableDescription"];
    assert_eq!(made["CreationDateTime"], json!(1_700_000_000.0));
    assert_eq!(made["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/leases");
    service.advance_ms(100_000);
    let mut throughput = lease_table("provisioned");
    throughput["BillingMode"] = json!("PROVISIONED");
    throughput["ProvisionedThroughput"] = json!({"ReadCapacityUnits": 10, "WriteCapacityUnits": 10});
    service.call("CreateTable", throughput).await;
    service.advance_ms(1_000);
    let raised = json!({"TableName": "provisioned",
        "ProvisionedThroughput": {"ReadCapacityUnits": 20, "WriteCapacityUnits": 20}});
    service.call("UpdateTable", raised).await;
    let before = [describe(&service, "leases").await, describe(&service, "provisioned").await];
    assert_eq!(before[0]["Table"]["TableId"], made["TableId"]);
    assert_eq!(before[0]["Table"]["CreationDateTime"], made["CreationDateTime"]);
    assert_eq!(before[1]["Table"]["CreationDateTime"], json!(1_700_000_100.0));
    let increased = &before[1]["Table"]["ProvisionedThroughput"]["LastIncreaseDateTime"];
    assert_eq!(*increased, json!(1_700_000_101.0));
    service.advance_ms(1_000_000);
    for crash in [true, false] {
        service.restart(crash).await;
        let after = [describe(&service, "leases").await, describe(&service, "provisioned").await];
        assert_eq!(before, after);
    }
    // Another table of the same name is another table.
    service.call("DeleteTable", json!({"TableName": "leases"})).await;
    let again = service.call("CreateTable", lease_table("leases")).await;
    assert_ne!(again["TableDescription"]["TableId"], made["TableId"]);
}

#[tokio::test]
async fn realms_see_their_own_tables_only_also_after_a_restart() {
    let mut service = Service::start().await;
    let others = [caller("111111111111", "us-east-1"), caller("000000000000", "eu-west-1")];
    service.lease_table("leases").await;
    put(&service, "leases", "mine", 1).await;
    for other in &others {
        let answer = service.answer_in(other, "DescribeTable", &json!({"TableName": "leases"})).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains("ResourceNotFoundException"), "{}", answer.body);
    }
    assert!(service.answer_in(&others[0], "CreateTable", &lease_table("leases")).await.is_success());
    for crash in [true, false] {
        service.restart(crash).await;
        let found = service.answer_in(&others[0], "DescribeTable", &json!({"TableName": "leases"})).await;
        assert!(
            found.body.contains("arn:aws:dynamodb:us-east-1:111111111111:table/leases"),
            "{}",
            found.body
        );
        let scanned = service.answer_in(&others[0], "Scan", &json!({"TableName": "leases"})).await;
        assert!(scanned.body.contains("\"Count\":0"), "{}", scanned.body);
        assert_eq!(service.scan("leases").await.len(), 1);
        let none = service.answer_in(&others[1], "ListTables", &json!({})).await;
        assert_eq!(none.body, r#"{"TableNames":[]}"#);
    }
}

#[tokio::test]
async fn a_realm_without_tables_takes_no_room() {
    let mut service = Service::start().await;
    assert_eq!(service.tables.status().stored_bytes, 0);
    for region in ["a", "b", "c"] {
        let elsewhere = caller("000000000000", region);
        let item = json!({"TableName": "leases", "Item": {"leaseKey": {"S": "k"}}});
        let answer = service.answer_in(&elsewhere, "PutItem", &item).await;
        assert!(answer.body.contains("ResourceNotFoundException"), "{}", answer.body);
    }
    assert_eq!(service.tables.status().stored_bytes, 0);
    service.lease_table("leases").await;
    assert!(service.tables.status().stored_bytes > 0);
    service.call("DeleteTable", json!({"TableName": "leases"})).await;
    assert_eq!(service.tables.status().stored_bytes, 0);
    service.restart(true).await;
    assert_eq!(service.tables.status().stored_bytes, 0);
}

#[tokio::test]
async fn writes_that_are_answered_can_be_read_while_others_wait() {
    let service = std::sync::Arc::new(Service::start().await);
    service.lease_table("leases").await;
    let clients = (0..16).map(|client| {
        let service = service.clone();
        tokio::spawn(async move {
            let key = format!("lease-{client}");
            put(&service, "leases", &key, 10).await;
            for count in 1..=20 {
                add(&service, "leases", &key).await;
                let item = service.get("leases", &key).await;
                assert_eq!(item["leaseCounter"], json!({"N": count.to_string()}));
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}

/// The records of the newest snapshot, as attributes and bytes.
async fn snapshot_records(storage: &Storage) -> Vec<(u8, Vec<u8>)> {
    let log = storage.log(SNAPSHOTS).unwrap();
    let blocks = log.read(log.start(), ReadLimit { records: 1000, bytes: 64 << 20 }).await.unwrap();
    let records = blocks.iter().flat_map(|block| block.records_from(0));
    let mut records: Vec<_> = records.map(|record| (record.attributes, record.value.to_vec())).collect();
    let newest = records.iter().rposition(|(attributes, _)| *attributes == 1).unwrap();
    records.split_off(newest)
}

#[tokio::test(flavor = "multi_thread")]
async fn images_of_any_size_come_back_whole_and_others_are_refused() {
    let mut service = Service::start().await;
    let other = caller("000000000000", "eu-west-1");
    service.lease_table("leases").await;
    much(&service, "leases").await;
    assert!(service.answer_in(&other, "CreateTable", &lease_table("others")).await.is_success());
    let before = service.scan("leases").await;
    service.restart(false).await;
    assert_eq!(before, service.scan("leases").await);
    let named = json!({"TableName": "others"});
    assert!(service.answer_in(&other, "DescribeTable", &named).await.is_success());

    // The first image ends within a record, and the second begins there.
    let records = snapshot_records(&service.storage).await;
    let head: Value = serde_json::from_slice(&records[0].1).unwrap();
    let all: Vec<u8> = records
        .iter()
        .filter(|(attributes, _)| *attributes == 0)
        .flat_map(|(_, bytes)| bytes.clone())
        .collect();
    let rewrite = async |head: &Value, images: &[u8]| {
        let mut parts = vec![(1, head.to_string().into_bytes())];
        parts.extend(images.chunks(300_000).map(|chunk| (0, chunk.to_vec())));
        parts.push((2, Vec::new()));
        for (attributes, bytes) in parts {
            let mut batch = BatchBuilder::with_capacity(bytes.len() + 16);
            batch.push(attributes, &[], &bytes);
            let log = service.storage.log(SNAPSHOTS).unwrap();
            let append = Append { log, time_ms: NOW_MS, batch: batch.finish() };
            service.storage.append(vec![append]).await.remove(0).unwrap();
        }
        let settings = TablesSettings::new(256 << 20);
        Tables::open(service.storage.clone(), Clock::manual(NOW_MS).0, settings).await
    };
    let tables = rewrite(&head, &all).await.map_err(|error| error.to_string()).unwrap();
    let got = tables.call(&other, "DescribeTable", named.to_string().as_bytes()).await;
    assert!(got.is_success(), "{}", got.body);
    tables.close().await;

    let refused =
        |opened: Result<Tables, OpenError>| opened.err().map(|error| error.to_string()).unwrap_or_default();
    let short = refused(rewrite(&head, &all[..all.len() - 1]).await);
    assert!(short.contains("is not readable") && short.contains("failed to fill whole buffer"), "{short}");
    let long = refused(rewrite(&head, &[&all[..], b"x"].concat()).await);
    assert!(long.ends_with("it is longer than it says"), "{long}");
    let mut vast = head.clone();
    vast["images"][0]["bytes"] = json!(u64::MAX);
    let vast = refused(rewrite(&vast, &all).await);
    assert!(vast.ends_with("it is shorter than it says"), "{vast}");
    let newer = refused(rewrite(&json!({"v": 99, "position": 0, "at_ms": 0, "images": []}), &all).await);
    assert!(newer.ends_with("has version 99; this program reads versions up to 2"), "{newer}");
}

/// Whoever has overheard a request does not make or delete a table with it after the next start; items are another matter.
#[tokio::test]
async fn by_which_signatures_tables_were_changed_is_known_after_the_next_start() {
    for (crash, snapshot) in [(true, false), (true, true), (false, true)] {
        let mut service = Service::start().await;
        let by = |hash: &str| {
            let request = Request::new("id", Some(hash.to_owned()));
            caller("000000000000", "us-east-1").asking(Arc::new(request))
        };
        let made = service.answer_in(&by("made"), "CreateTable", &lease_table("leases")).await;
        assert!(made.is_success(), "{}", made.body);
        let item = json!({"TableName": "leases", "Item": {"leaseKey": {"S": "1"}}});
        assert!(service.answer_in(&by("put"), "PutItem", &item).await.is_success());
        if snapshot {
            much(&service, "leases").await;
        }
        service.restart(crash).await;
        let known = service.tables.signatures();
        assert!(!known.is_replayed("made", NOW_MS + 2_000) && known.is_replayed("made", NOW_MS + 2_001));
        assert!(!known.is_replayed("put", NOW_MS + 2_001));
        service.advance_ms(600_001);
        let gone = service.answer_in(&by("gone"), "DeleteTable", &json!({"TableName": "leases"})).await;
        assert!(gone.is_success(), "{}", gone.body);
        assert!(!service.tables.signatures().is_replayed("made", u64::MAX), "not for ever");
    }
}
