//! Two processes on one log: each carries out what the other has appended, in the log's order, so both have the same
//! tables and a condition holds for one of them alone.

mod support;

use flumen_tables::{Tables, TablesSettings};
use flumen_types::Clock;
use serde_json::{Value, json};
use support::{NOW_MS, Service, caller, lease_table};

async fn call(tables: &Tables, operation: &str, body: Value) -> (bool, Value) {
    let caller = caller("000000000000", "us-east-1");
    let answer = tables.call(&caller, operation, body.to_string().as_bytes()).await;
    (answer.is_success(), serde_json::from_str(&answer.body).unwrap())
}

/// One more, if the counter is still `from`.
async fn renew(tables: &Tables, from: u64) -> bool {
    let body = json!({
        "TableName": "leases", "Key": {"leaseKey": {"S": "k"}},
        "UpdateExpression": "SET leaseCounter = :to", "ConditionExpression": "leaseCounter = :from",
        "ExpressionAttributeValues": {":from": {"N": from.to_string()}, ":to": {"N": (from + 1).to_string()}},
    });
    call(tables, "UpdateItem", body).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_holds_for_one_of_two_processes() {
    let service = Service::start().await;
    service.lease_table("leases").await;
    let settings = TablesSettings::new(64 << 20);
    let other = Tables::open(service.storage.clone(), Clock::manual(NOW_MS).0, settings).await.unwrap();
    let item = json!({"TableName": "leases", "Item": {"leaseKey": {"S": "k"}, "leaseCounter": {"N": "0"}}});
    service.call("PutItem", item).await;
    for round in 0..50 {
        let won = tokio::join!(renew(&service.tables, round), renew(&other, round));
        assert!(won.0 != won.1, "round {round}: {won:?}");
    }
    // Who writes has read all before it.
    assert!(call(&other, "CreateTable", lease_table("more")).await.0);
    service.call("CreateTable", lease_table("most")).await;
    let (_, listed) = call(&service.tables, "ListTables", json!({})).await;
    assert_eq!(listed["TableNames"], json!(["leases", "more", "most"]));
    for tables in [&service.tables, &other] {
        let get = json!({"TableName": "leases", "Key": {"leaseKey": {"S": "k"}}, "ConsistentRead": true});
        assert_eq!(call(tables, "GetItem", get).await.1["Item"]["leaseCounter"], json!({"N": "50"}));
    }
    other.close().await;
}
