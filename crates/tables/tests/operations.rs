//! What other programs ask of tables, and what is ours around the engine: bounds, tokens, expiry, tags.

mod support;

use serde_json::{Value, json};
use support::{Service, lease_table};

const TABLE: &str = "app";

async fn leases() -> Service {
    let service = Service::start().await;
    service.lease_table(TABLE).await;
    service
}

fn item(key: &str, attributes: Value) -> Value {
    let mut item = json!({"leaseKey": {"S": key}});
    item.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    item
}

#[tokio::test]
async fn batches_write_and_read_several_items() {
    let service = leases().await;
    let puts: Vec<Value> =
        (0..25).map(|n| json!({"PutRequest": {"Item": item(&format!("k{n}"), json!({}))}})).collect();
    let answer = service.call("BatchWriteItem", json!({"RequestItems": {TABLE: puts}})).await;
    assert_eq!(answer["UnprocessedItems"], json!({}));
    let keys: Vec<Value> = (0..30).map(|n| item(&format!("k{n}"), json!({}))).collect();
    let answer = service.call("BatchGetItem", json!({"RequestItems": {TABLE: {"Keys": keys}}})).await;
    assert_eq!(answer["Responses"][TABLE].as_array().unwrap().len(), 25);
    let deletes: Vec<Value> =
        (0..24).map(|n| json!({"DeleteRequest": {"Key": item(&format!("k{n}"), json!({}))}})).collect();
    service.call("BatchWriteItem", json!({"RequestItems": {TABLE: deletes}})).await;
    assert_eq!(service.scan(TABLE).await.len(), 1);
}

fn transaction(token: &str, count: &str) -> Value {
    json!({"ClientRequestToken": token, "TransactItems": [
        {"Update": {"TableName": TABLE, "Key": {"leaseKey": {"S": "a"}}, "UpdateExpression": "ADD n :n",
                    "ExpressionAttributeValues": {":n": {"N": count}}}},
        {"Put": {"TableName": TABLE, "Item": item("b", json!({}))}},
    ]})
}

#[tokio::test]
async fn a_transaction_sent_again_with_its_token_is_carried_out_once_also_after_a_restart() {
    let mut service = leases().await;
    let count = async |service: &Service| service.get(TABLE, "a").await["n"]["N"].clone();
    service.call("TransactWriteItems", transaction("t1", "1")).await;
    for crash in [true, false] {
        service.call("TransactWriteItems", transaction("t1", "1")).await;
        assert_eq!(count(&service).await, "1");
        let (code, ..) = service.refusal("TransactWriteItems", transaction("t1", "2")).await;
        assert_eq!(code, "IdempotentParameterMismatchException");
        service.restart(crash).await;
    }
    service.advance_ms(10 * 60 * 1000);
    service.call("TransactWriteItems", transaction("t1", "1")).await;
    assert_eq!(count(&service).await, "2");
    let long = "x".repeat(37);
    assert_eq!(service.refusal("TransactWriteItems", transaction(&long, "1")).await.0, "ValidationException");
}

#[tokio::test]
async fn a_transaction_whose_condition_fails_changes_nothing_and_may_be_tried_again() {
    let service = leases().await;
    let guarded = |token: Value| {
        json!({"ClientRequestToken": token, "TransactItems": [
            {"Put": {"TableName": TABLE, "Item": item("new", json!({}))}},
            {"ConditionCheck": {"TableName": TABLE, "Key": {"leaseKey": {"S": "guard"}},
                                "ConditionExpression": "attribute_exists(leaseKey)"}},
        ]})
    };
    let (code, message, body) = service.refusal("TransactWriteItems", guarded(json!("t"))).await;
    assert_eq!(code, "TransactionCanceledException");
    assert!(message.contains("[None, ConditionalCheckFailed]"), "{message}");
    assert_eq!(body["CancellationReasons"][1]["Code"], "ConditionalCheckFailed");
    assert_eq!(service.get(TABLE, "new").await, Value::Null);
    service.call("PutItem", json!({"TableName": TABLE, "Item": item("guard", json!({}))})).await;
    service.call("TransactWriteItems", guarded(json!("t"))).await;
    let get = json!({"TransactItems": [{"Get": {"TableName": TABLE, "Key": {"leaseKey": {"S": "new"}}}}]});
    let got = service.call("TransactGetItems", get).await;
    assert_eq!(got["Responses"][0]["Item"], item("new", json!({})));
}

#[tokio::test]
async fn expired_items_are_deleted_once_and_stay_so() {
    let mut service = leases().await;
    let now_s = support::NOW_MS / 1000;
    for (key, at) in [("past", now_s - 1), ("soon", now_s + 50), ("later", now_s + 5000), ("ancient", 5)] {
        let item = item(key, json!({"expires": {"N": at.to_string()}}));
        service.call("PutItem", json!({"TableName": TABLE, "Item": item})).await;
    }
    let odd = item("odd", json!({"expires": {"S": "1"}}));
    service.call("PutItem", json!({"TableName": TABLE, "Item": odd})).await;
    assert_eq!(service.tables.expire().await, 0, "nothing expires that was not asked to");
    let specification = json!({"AttributeName": "expires", "Enabled": true});
    let on = json!({"TableName": TABLE, "TimeToLiveSpecification": specification});
    assert_eq!(service.call("UpdateTimeToLive", on).await["TimeToLiveSpecification"], specification);
    let described = service.call("DescribeTimeToLive", json!({"TableName": TABLE})).await;
    assert_eq!(
        described["TimeToLiveDescription"],
        json!({"AttributeName": "expires", "TimeToLiveStatus": "ENABLED"})
    );
    assert_eq!(service.tables.expire().await, 1);
    service.advance_ms(100_000);
    service.restart(true).await;
    assert_eq!(service.tables.expire().await, 1);
    let left: Vec<Value> =
        service.scan(TABLE).await.into_iter().map(|item| item["leaseKey"]["S"].clone()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    service.restart(true).await;
    assert_eq!(service.scan(TABLE).await.len(), 3);
    assert_eq!(service.tables.expire().await, 0);
}

#[tokio::test]
async fn every_page_of_a_large_table_expires() {
    let service = leases().await;
    let on =
        json!({"TableName": TABLE, "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": true}});
    service.call("UpdateTimeToLive", on).await;
    for number in 0..12 {
        let filler = json!({"expires": {"N": "1699999999"}, "filler": {"S": "x".repeat(200_000)}});
        service
            .call("PutItem", json!({"TableName": TABLE, "Item": item(&format!("k{number}"), filler)}))
            .await;
    }
    assert_eq!(service.tables.expire().await, 12);
    assert_eq!(service.scan(TABLE).await.len(), 0);
}

#[tokio::test]
async fn tags_are_kept_with_the_table_and_belong_to_its_realm() {
    let mut service = leases().await;
    let arn = service.realm_arn(TABLE);
    let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
    service.call("TagResource", json!({"ResourceArn": arn, "Tags": tags})).await;
    service.call("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["a"]})).await;
    service.restart(true).await;
    let listed = service.call("ListTagsOfResource", json!({"ResourceArn": arn})).await;
    assert_eq!(listed["Tags"], json!([{"Key": "b", "Value": "2"}]));
    let foreign = arn.replace("000000000000", "111111111111");
    for operation in ["ListTagsOfResource", "TagResource", "UntagResource"] {
        let body = json!({"ResourceArn": foreign, "Tags": tags, "TagKeys": ["b"]});
        assert_eq!(service.refusal(operation, body).await.0, "AccessDeniedException", "{operation}");
    }
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let service = leases().await;
    for operation in ["ExecuteStatement", "CreateBackup", "DescribeGlobalTable", "SearchVectors"] {
        let (code, message, _) = service.refusal(operation, json!({})).await;
        assert_eq!(code, "UnsupportedOperationException");
        assert!(message.contains(operation), "{message}");
    }
    assert_eq!(service.refusal("ListTable", json!({})).await.0, "UnknownOperationException");
    let mut streaming = lease_table("streaming");
    streaming["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"});
    let (code, message, _) = service.refusal("CreateTable", streaming).await;
    assert_eq!(code, "UnsupportedOperationException");
    assert!(message.contains("StreamSpecification"), "{message}");
    let streaming = json!({"TableName": TABLE, "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}});
    assert_eq!(service.refusal("UpdateTable", streaming).await.0, "UnsupportedOperationException");
    assert_eq!(service.call("ListTables", json!({})).await["TableNames"], json!([TABLE]));
}

#[tokio::test]
async fn names_that_the_engine_cannot_keep_apart_are_refused() {
    let service = leases().await;
    for name in ["_tables", "_Config", "sqlite_stat1", "_flumen_tokens", "APP"] {
        let (code, message, _) = service.refusal("CreateTable", lease_table(name)).await;
        assert_eq!(code, "ValidationException", "{name}");
        assert!(message.contains(name), "{message}");
    }
    assert_eq!(service.refusal("CreateTable", lease_table("app")).await.0, "ResourceInUseException");
    service.lease_table("_leases").await;
    let index = |name: &str| {
        json!({"IndexName": name, "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
               "Projection": {"ProjectionType": "ALL"}})
    };
    let mut table = lease_table("indexed");
    table["GlobalSecondaryIndexes"] = json!([index("one"), index("ONE")]);
    assert_eq!(service.refusal("CreateTable", table.clone()).await.0, "ValidationException");
    table["GlobalSecondaryIndexes"] = json!([index("one"), index("two")]);
    service.call("CreateTable", table).await;
    let create = json!({"TableName": "indexed", "GlobalSecondaryIndexUpdates": [{"Create": index("Two")}],
                        "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}]});
    let (code, message, _) = service.refusal("UpdateTable", create).await;
    assert_eq!(code, "ValidationException");
    assert!(message.contains("Two") && message.contains("two"), "{message}");
}

#[tokio::test]
async fn a_full_store_refuses_what_would_grow_it_whichever_operation_it_is() {
    let mut service = Service::start_with(2 << 20).await;
    service.lease_table(TABLE).await;
    let filled = |key: &str| json!({"TableName": TABLE, "Item": item(key, json!({"filler": {"S": "x".repeat(150_000)}}))});
    let mut count = 0;
    while service.answer_in(&service.caller, "PutItem", &filled(&format!("k{count}"))).await.is_success() {
        count += 1;
        assert!(count < 20);
    }
    for _ in 0..2 {
        let (code, message, _) = service.refusal("PutItem", filled("more")).await;
        assert_eq!(code, "LimitExceededException");
        assert!(message.contains("2097152 bytes") && message.contains("table-memory"), "{message}");
        let status = service.tables.status();
        assert!(status.stored_bytes <= status.limit_bytes, "{status:?}");
        // Whoever filled it does not keep others from their leases.
        let renewal = json!({"TableName": TABLE, "Key": {"leaseKey": {"S": "k0"}}, "UpdateExpression": "ADD n :n",
                             "ExpressionAttributeValues": {":n": {"N": "1"}}});
        service.call("UpdateItem", renewal).await;
        let grown = json!({"TableName": TABLE, "Key": {"leaseKey": {"S": "k0"}}, "UpdateExpression": "SET f = :f",
                           "ExpressionAttributeValues": {":f": {"S": "x".repeat(390_000)}}});
        assert_eq!(service.refusal("UpdateItem", grown).await.0, "LimitExceededException");
        let batch = json!({"RequestItems": {TABLE: [{"PutRequest": {"Item": filled("more")["Item"]}}]}});
        assert_eq!(service.refusal("BatchWriteItem", batch).await.0, "LimitExceededException");
        let transaction = json!({"TransactItems": [{"Put": filled("more")}]});
        assert_eq!(service.refusal("TransactWriteItems", transaction).await.0, "LimitExceededException");
        let index = json!({"TableName": TABLE,
            "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}],
            "GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": "copy", "Projection": {"ProjectionType": "ALL"},
                "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}]}}]});
        assert_eq!(service.refusal("UpdateTable", index).await.0, "LimitExceededException");
        service.restart(true).await;
    }
    service.call("DeleteItem", json!({"TableName": TABLE, "Key": {"leaseKey": {"S": "k0"}}})).await;
    let batch = json!({"RequestItems": {TABLE: [{"DeleteRequest": {"Key": {"leaseKey": {"S": "k1"}}}}]}});
    service.call("BatchWriteItem", batch).await;
    service.call("PutItem", filled("more")).await;
}

#[tokio::test]
async fn limits_are_told() {
    let service = Service::start().await;
    let limits = service.call("DescribeLimits", json!({})).await;
    assert_eq!(limits["TableMaxWriteCapacityUnits"], 40_000);
}

#[tokio::test]
async fn of_an_item_that_an_update_makes_there_is_nothing_old() {
    let service = leases().await;
    let update = json!({"TableName": TABLE, "Key": {"leaseKey": {"S": "k"}}, "ReturnValues": "ALL_OLD",
                        "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}});
    assert_eq!(service.call("UpdateItem", update.clone()).await, json!({}));
    let old = service.call("UpdateItem", update).await;
    assert_eq!(old["Attributes"], item("k", json!({"n": {"N": "1"}})));
}
