//! Every request that consumers' libraries were seen to send, in its exact shape, and what they use of the
//! answer. Source: `docs/kinesis/tables.md#dynamodb`.

mod support;

use serde_json::{Value, json};
use support::{Service, lease_table};

const TABLE: &str = "app";
const CONDITION: &str = "ConditionalCheckFailedException";

async fn leases() -> Service {
    let service = Service::start().await;
    service.lease_table(TABLE).await;
    service
}

fn key(key: &str) -> Value {
    json!({"leaseKey": {"S": key}})
}

/// A lease as it is when it is made.
fn lease(key: &str) -> Value {
    json!({
        "leaseKey": {"S": key}, "checkpoint": {"S": "TRIM_HORIZON"}, "checkpointSubSequenceNumber": {"N": "0"},
        "leaseCounter": {"N": "0"}, "ownerSwitchesSinceCheckpoint": {"N": "0"},
        "startingHashKey": {"S": "0"}, "endingHashKey": {"S": "340282366920938463463374607431768211455"},
        "parentShardId": {"SS": ["shardId-000000000001", "shardId-000000000000"]}, "entityType": {"S": "LEASE"},
    })
}

async fn make_lease(service: &Service, name: &str) {
    service.call("PutItem", put_new(lease(name))).await;
}

fn put_new(item: Value) -> Value {
    json!({"TableName": TABLE, "Item": item, "Expected": {"leaseKey": {"Exists": false}}})
}

fn put(value: Value) -> Value {
    json!({"Action": "PUT", "Value": value})
}

/// An update in the old form.
fn update(name: &str, updates: Value, expected: Value) -> Value {
    json!({"TableName": TABLE, "Key": key(name), "AttributeUpdates": updates, "Expected": expected})
}

fn with(mut body: Value, members: Value) -> Value {
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn a_table_that_is_not_there_is_not_found() {
    let service = Service::start().await;
    let (code, message, _) = service.refusal("DescribeTable", json!({"TableName": "app"})).await;
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(message, "Requested resource not found: Table: app not found");
}

#[tokio::test]
async fn tables_are_made_as_each_library_makes_them() {
    let service = Service::start().await;
    service.call("CreateTable", lease_table("on-demand")).await;
    let table = service.call("DescribeTable", json!({"TableName": "on-demand"})).await;
    let table = &table["Table"];
    assert_eq!(table["TableStatus"], "ACTIVE");
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["TableSizeBytes"], 0);
    assert_eq!(table["DeletionProtectionEnabled"], false);
    let provisioned = json!({
        "BillingMode": "PROVISIONED", "DeletionProtectionEnabled": true,
        "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10},
        "Tags": [{"Key": "team", "Value": "streams"}],
    });
    service.call("CreateTable", with(lease_table("provisioned"), provisioned)).await;
    let table = service.call("DescribeTable", json!({"TableName": "provisioned"})).await;
    let table = &table["Table"];
    assert_eq!(table["ProvisionedThroughput"]["WriteCapacityUnits"], 10);
    assert_eq!(table["DeletionProtectionEnabled"], true);
    let tags = service.call("ListTagsOfResource", json!({"ResourceArn": table["TableArn"]})).await;
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "streams"}]));
    let (code, ..) = service.refusal("DeleteTable", json!({"TableName": "provisioned"})).await;
    assert_eq!(code, "ValidationException");
    let mut oldest = lease_table("oldest");
    oldest.as_object_mut().unwrap().retain(|member, _| member != "BillingMode" && !member.starts_with("Del"));
    oldest["ProvisionedThroughput"] = json!({"ReadCapacityUnits": 10, "WriteCapacityUnits": 10});
    service.call("CreateTable", oldest).await;
    let (code, ..) = service.refusal("CreateTable", lease_table("oldest")).await;
    assert_eq!(code, "ResourceInUseException");
}

#[tokio::test]
async fn the_index_by_owner_is_active_at_once_and_sparse() {
    for throughput in
        [json!({}), json!({"ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10}})]
    {
        let service = leases().await;
        make_lease(&service, "owned").await;
        make_lease(&service, "free").await;
        let owner = update("owned", json!({"leaseOwner": put(json!({"S": "w"}))}), json!({}));
        service.call("UpdateItem", owner).await;
        let index = with(
            json!({
                "IndexName": "LeaseOwnerToLeaseKeyIndex",
                "KeySchema": [{"AttributeName": "leaseOwner", "KeyType": "HASH"},
                              {"AttributeName": "leaseKey", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }),
            throughput,
        );
        let body = json!({
            "TableName": TABLE,
            "AttributeDefinitions": [{"AttributeName": "leaseOwner", "AttributeType": "S"},
                                     {"AttributeName": "leaseKey", "AttributeType": "S"}],
            "GlobalSecondaryIndexUpdates": [{"Create": index}],
        });
        service.call("UpdateTable", body).await;
        let table = service.call("DescribeTable", json!({"TableName": TABLE})).await;
        let index = &table["Table"]["GlobalSecondaryIndexes"][0];
        assert_eq!(index["IndexStatus"], "ACTIVE");
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/app/index/LeaseOwnerToLeaseKeyIndex";
        assert_eq!(index["IndexArn"], arn);
        let by_owner = json!({
            "TableName": TABLE, "IndexName": "LeaseOwnerToLeaseKeyIndex",
            "KeyConditionExpression": "leaseOwner = :leaseOwner",
            "ExpressionAttributeValues": {":leaseOwner": {"S": "w"}},
        });
        let found = service.call("Query", by_owner.clone()).await;
        assert_eq!(found["Items"], json!([{"leaseKey": {"S": "owned"}, "leaseOwner": {"S": "w"}}]));
        let owner = update("free", json!({"leaseOwner": put(json!({"S": "w"}))}), json!({}));
        service.call("UpdateItem", owner).await;
        assert_eq!(service.call("Query", by_owner).await["Count"], 2);
    }
}

#[tokio::test]
async fn continuous_backups_are_switched_and_stay_so() {
    let mut service = leases().await;
    let switch = |on: bool| json!({"TableName": TABLE, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": on}});
    let status = |answer: &Value| {
        let description = &answer["ContinuousBackupsDescription"];
        assert_eq!(description["ContinuousBackupsStatus"], "ENABLED");
        description["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let described = service.call("DescribeContinuousBackups", json!({"TableName": TABLE})).await;
    assert_eq!(status(&described), "DISABLED");
    assert_eq!(status(&service.call("UpdateContinuousBackups", switch(true)).await), "ENABLED");
    service.restart(true).await;
    let described = service.call("DescribeContinuousBackups", json!({"TableName": TABLE})).await;
    assert_eq!(status(&described), "ENABLED");
    // A table of the same name is not that table. Another one keeps the account's tables where they are.
    service.lease_table("other").await;
    service.call("DeleteTable", json!({"TableName": TABLE})).await;
    service.lease_table(TABLE).await;
    let described = service.call("DescribeContinuousBackups", json!({"TableName": TABLE})).await;
    assert_eq!(status(&described), "DISABLED");
    let other = json!({"TableName": "third", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}});
    assert_eq!(service.refusal("UpdateContinuousBackups", other).await.0, "TableNotFoundException");
}

#[tokio::test]
async fn leases_are_made_once() {
    let service = leases().await;
    assert_eq!(service.call("PutItem", put_new(lease("shardId-0"))).await, json!({}));
    assert_eq!(service.refusal("PutItem", put_new(lease("shardId-0"))).await.0, CONDITION);
    let migration = json!({
        "leaseKey": {"S": "Migration3.0"}, "entityType": {"S": "MIGRATION"}, "cv": {"S": "3.x"}, "mb": {"S": "w"},
        "mts": {"N": "1700000000000"},
        "h": {"L": [{"M": {"cv": {"S": "2.x"}, "mb": {"S": "w"}, "mts": {"N": "1"}}}]},
    });
    service.call("PutItem", put_new(migration.clone())).await;
    assert_eq!(service.get(TABLE, "Migration3.0").await, migration);
    assert_eq!(service.get(TABLE, "nothing").await, Value::Null);
    for consistent in [true, false] {
        let get = json!({"TableName": TABLE, "Key": key("nothing"), "ConsistentRead": consistent});
        assert_eq!(service.call("GetItem", get).await, json!({}));
    }
}

#[tokio::test]
async fn renewals_hold_while_nobody_else_took_the_lease() {
    let service = leases().await;
    make_lease(&service, "s").await;
    let renew = |from: u32, expected: Value| {
        let updates = json!({"leaseCounter": put(json!({"N": (from + 1).to_string()})),
                             "throughputKBps": put(json!({"N": "4.831731"}))});
        let expected = with(json!({"leaseCounter": {"Value": {"N": from.to_string()}}}), expected);
        with(update("s", updates, expected), json!({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}))
    };
    service.call("UpdateItem", renew(0, json!({"checkpointOwner": {"Exists": false}}))).await;
    service.call("UpdateItem", renew(1, json!({}))).await;
    let item = service.get(TABLE, "s").await;
    assert_eq!(
        (&item["leaseCounter"], &item["throughputKBps"]),
        (&json!({"N": "2"}), &json!({"N": "4.831731"}))
    );
    // The old owner learns of a hand-over from the item that comes with the refusal.
    let hand_over =
        json!({"leaseOwner": put(json!({"S": "new"})), "checkpointOwner": put(json!({"S": "old"}))});
    service.call("UpdateItem", update("s", hand_over, json!({}))).await;
    let refused = renew(2, json!({"checkpointOwner": {"Exists": false}}));
    let (code, message, body) = service.refusal("UpdateItem", refused).await;
    assert_eq!((&*code, &*message), (CONDITION, "The conditional request failed"));
    assert_eq!(body["Item"]["checkpointOwner"], json!({"S": "old"}));
    assert_eq!(body["Item"]["leaseOwner"], json!({"S": "new"}));
    // Without being asked for, it does not come.
    let plain = update(
        "s",
        json!({"leaseCounter": put(json!({"N": "9"}))}),
        json!({"leaseCounter": {"Value": {"N": "7"}}}),
    );
    assert_eq!(service.refusal("UpdateItem", plain).await.2.get("Item"), None);
}

#[tokio::test]
async fn checkpoints_take_pending_ones_away() {
    let service = leases().await;
    let pending = json!({"pendingCheckpoint": {"S": "1"}, "pendingCheckpointSubSequenceNumber": {"N": "0"},
                         "pendingCheckpointState": {"B": "AQID"}});
    service.call("PutItem", put_new(with(lease("s"), pending))).await;
    let checkpoint = |number: &str, counter: u32| {
        json!({
            "leaseCounter": put(json!({"N": counter.to_string()})), "checkpoint": put(json!({"S": number})),
            "checkpointSubSequenceNumber": put(json!({"N": "0"})),
            "ownerSwitchesSinceCheckpoint": put(json!({"N": "0"})),
            "startingHashKey": put(json!({"S": "0"})), "endingHashKey": put(json!({"S": "1"})),
            "pendingCheckpoint": {"Action": "DELETE"}, "pendingCheckpointSubSequenceNumber": {"Action": "DELETE"},
            "pendingCheckpointState": {"Action": "DELETE"},
        })
    };
    let held = json!({"leaseCounter": {"Value": {"N": "0"}}});
    assert_eq!(service.call("UpdateItem", update("s", checkpoint("17", 1), held.clone())).await, json!({}));
    let item = service.get(TABLE, "s").await;
    assert_eq!(item["checkpoint"], json!({"S": "17"}));
    assert!(item.as_object().unwrap().keys().all(|name| !name.starts_with("pending")), "{item}");
    assert_eq!(service.refusal("UpdateItem", update("s", checkpoint("18", 1), held)).await.0, CONDITION);
    // The oldest library's form.
    let differs = |not: &str| {
        json!({"leaseCounter": {"Value": {"N": "1"}},
               "checkpoint": {"ComparisonOperator": "NE", "AttributeValueList": [{"S": not}]}})
    };
    let by_value = json!({"leaseCounter": {"Value": {"N": "1"}},
                          "checkpoint": {"ComparisonOperator": "NE", "Value": {"S": "17"}}});
    assert_eq!(service.refusal("UpdateItem", update("s", checkpoint("18", 2), by_value)).await.0, CONDITION);
    assert_eq!(
        service.refusal("UpdateItem", update("s", checkpoint("18", 2), differs("17"))).await.0,
        CONDITION
    );
    service.call("UpdateItem", update("s", checkpoint("18", 2), differs("19"))).await;
}

#[tokio::test]
async fn leases_are_taken_and_assigned() {
    let service = leases().await;
    make_lease(&service, "s").await;
    let take = json!({"leaseCounter": put(json!({"N": "1"})), "leaseOwner": put(json!({"S": "a"})),
                      "ownerSwitchesSinceCheckpoint": {"Action": "ADD", "Value": {"N": "1"}},
                      "checkpointOwner": {"Action": "DELETE"}});
    let held = json!({"leaseCounter": {"Value": {"N": "0"}}});
    service.call("UpdateItem", update("s", take.clone(), held.clone())).await;
    assert_eq!(service.refusal("UpdateItem", update("s", take, held)).await.0, CONDITION);
    let assign = |owner: &str, expected: Value| {
        let updates = json!({"leaseOwner": put(json!({"S": owner})),
                             "leaseCounter": {"Action": "ADD", "Value": {"N": "1"}},
                             "checkpointOwner": {"Action": "DELETE"},
                             "ownerSwitchesSinceCheckpoint": {"Action": "ADD", "Value": {"N": "1"}}});
        let expected = with(json!({"leaseKey": {"Exists": true, "Value": {"S": "s"}}}), expected);
        let returns = json!({"ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"});
        with(update("s", updates, expected), returns)
    };
    let free = json!({"leaseOwner": {"Exists": false}, "checkpointOwner": {"Exists": false}});
    assert_eq!(
        service.refusal("UpdateItem", assign("b", free)).await.2["Item"]["leaseOwner"],
        json!({"S": "a"})
    );
    let owned = json!({"leaseOwner": {"Value": {"S": "a"}}, "checkpointOwner": {"Exists": false}});
    let assigned = service.call("UpdateItem", assign("b", owned)).await;
    let attributes = &assigned["Attributes"];
    assert_eq!(attributes["leaseOwner"], json!({"S": "b"}));
    assert_eq!(attributes["leaseCounter"], json!({"N": "2"}));
    assert_eq!(attributes["ownerSwitchesSinceCheckpoint"], json!({"N": "2"}));
    let parents = attributes["parentShardId"]["SS"].as_array().unwrap();
    assert_eq!(parents.len(), 2);
    let begin = with(
        update(
            "s",
            json!({"leaseOwner": put(json!({"S": "c"})), "checkpointOwner": put(json!({"S": "b"}))}),
            json!({"leaseKey": {"Exists": true, "Value": {"S": "s"}}, "leaseOwner": {"Value": {"S": "b"}},
                      "checkpointOwner": {"Exists": false}}),
        ),
        json!({"ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
    );
    assert_eq!(service.call("UpdateItem", begin).await["Attributes"]["checkpointOwner"], json!({"S": "b"}));
    // Of a lease that is gone nothing is made.
    let gone = update(
        "gone",
        json!({"childShardIds": put(json!({"SS": ["x"]}))}),
        json!({"leaseKey": {"Exists": true, "Value": {"S": "gone"}}}),
    );
    assert_eq!(service.refusal("UpdateItem", gone).await.0, CONDITION);
    let children = update(
        "s",
        json!({"childShardIds": put(json!({"SS": ["shardId-2", "shardId-3"]}))}),
        json!({"leaseKey": {"Exists": true, "Value": {"S": "s"}}}),
    );
    service.call("UpdateItem", children).await;
    assert_eq!(service.get(TABLE, "s").await["childShardIds"]["SS"].as_array().unwrap().len(), 2);
    assert_eq!(service.call("DeleteItem", json!({"TableName": TABLE, "Key": key("s")})).await, json!({}));
    assert_eq!(service.call("DeleteItem", json!({"TableName": TABLE, "Key": key("s")})).await, json!({}));
}

#[tokio::test]
async fn scans_go_whole_by_segment_by_page_and_by_kind() {
    let service = leases().await;
    for number in 0..25 {
        make_lease(&service, &format!("shardId-{number}")).await;
    }
    service
        .call(
            "PutItem",
            json!({"TableName": TABLE, "Item": {"leaseKey": {"S": "Leader"}, "entityType": {"S": "LEADER"}}}),
        )
        .await;
    let all = service.call("Scan", json!({"TableName": TABLE})).await;
    assert_eq!((&all["Count"], all.get("LastEvaluatedKey")), (&json!(26), None));
    for segments in [1, 4] {
        let mut count = 0;
        for segment in 0..segments {
            let body = json!({"TableName": TABLE, "Segment": segment, "TotalSegments": segments});
            count += service.call("Scan", body).await["Count"].as_u64().unwrap();
        }
        assert_eq!(count, 26);
    }
    for limit in [1, 10] {
        let (mut count, mut from) = (0, None);
        loop {
            let mut body = json!({"TableName": TABLE, "Limit": limit});
            if let Some(from) = from {
                body["ExclusiveStartKey"] = from;
            }
            let page = service.call("Scan", body).await;
            count += page["Items"].as_array().unwrap().len();
            match page.get("LastEvaluatedKey") {
                None => break,
                Some(key) => from = Some(key.clone()),
            }
        }
        assert_eq!(count, 26);
    }
    let by_kind = json!({"TableName": TABLE, "FilterExpression": "entityType = :entityType",
                         "ExpressionAttributeValues": {":entityType": {"S": "LEASE"}}});
    let found = service.call("Scan", by_kind).await;
    assert_eq!((&found["Count"], &found["ScannedCount"]), (&json!(25), &json!(26)));
}

#[tokio::test]
async fn the_leaders_lock_passes_on_when_it_expires() {
    let service = leases().await;
    let lock = |owner: &str, version: &str| {
        json!({"leaseKey": {"S": "Leader"}, "ownerName": {"S": owner}, "recordVersionNumber": {"S": version},
               "leaseDuration": {"S": "120000"}, "entityType": {"S": "LEADER"}})
    };
    let first = |owner: &str| {
        json!({"TableName": TABLE, "Item": lock(owner, "v1"), "ConditionExpression": "attribute_not_exists(#pk)",
               "ExpressionAttributeNames": {"#pk": "leaseKey"}})
    };
    service.call("PutItem", first("a")).await;
    assert_eq!(service.refusal("PutItem", first("b")).await.0, CONDITION);
    let over = |seen: &str| {
        json!({"TableName": TABLE, "Item": lock("b", "v2"),
               "ConditionExpression": "attribute_exists(#pk) AND #rvn = :rvn",
               "ExpressionAttributeNames": {"#pk": "leaseKey", "#rvn": "recordVersionNumber"},
               "ExpressionAttributeValues": {":rvn": {"S": seen}}})
    };
    assert_eq!(service.refusal("PutItem", over("v0")).await.0, CONDITION);
    service.call("PutItem", over("v1")).await;
    let held = json!({"#pk": "leaseKey", "#rvn": "recordVersionNumber", "#on": "ownerName"});
    let beat = |owner: &str| {
        json!({"TableName": TABLE, "Key": key("Leader"), "UpdateExpression": "SET #ld = :ld, #rvn = :newRvn",
               "ConditionExpression": "attribute_exists(#pk) AND #rvn = :rvn AND #on = :on",
               "ExpressionAttributeNames": with(held.clone(), json!({"#ld": "leaseDuration"})),
               "ExpressionAttributeValues": {":ld": {"S": "120000"}, ":newRvn": {"S": "v3"}, ":rvn": {"S": "v2"},
                                             ":on": {"S": owner}}})
    };
    assert_eq!(service.refusal("UpdateItem", beat("a")).await.0, CONDITION);
    service.call("UpdateItem", beat("b")).await;
    let release = |version: &str| {
        json!({"TableName": TABLE, "Key": key("Leader"),
               "ConditionExpression": "attribute_exists(#pk) AND #rvn = :rvn AND #on = :on",
               "ExpressionAttributeNames": held,
               "ExpressionAttributeValues": {":rvn": {"S": version}, ":on": {"S": "b"}}})
    };
    assert_eq!(service.refusal("DeleteItem", release("v2")).await.0, CONDITION);
    service.call("DeleteItem", release("v3")).await;
    assert_eq!(service.get(TABLE, "Leader").await, Value::Null);
}

#[tokio::test]
async fn worker_metrics_are_made_by_their_update_and_deleted_when_stale() {
    let service = leases().await;
    let names = ["entityType", "lut", "opr", "slu", "sts", "sup"];
    let metrics = |at: &str| {
        json!({"entityType": {"S": "WORKER_METRICS"}, "lut": {"N": at}, "slu": {"N": "1"}, "sup": {"N": "0.12"},
               "opr": {"M": {"C": {"L": [{"N": "80.000001"}]}}}, "sts": {"M": {}}})
    };
    let report = |at: &str| {
        let metrics = metrics(at);
        let sets: Vec<String> =
            names.iter().map(|name| format!("#AMZN_MAPPED_{name} = :AMZN_MAPPED_{name}")).collect();
        let mapped = |sign: &str, value: &dyn Fn(&str) -> Value| -> Value {
            names
                .iter()
                .map(|name| (format!("{sign}AMZN_MAPPED_{name}"), value(name)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        json!({"TableName": TABLE, "Key": key("worker-1"), "UpdateExpression": format!("SET {}", sets.join(", ")),
               "ExpressionAttributeNames": mapped("#", &|name| json!(name)),
               "ExpressionAttributeValues": mapped(":", &|name| metrics[name].clone()),
               "ReturnValues": "ALL_NEW"})
    };
    let made = service.call("UpdateItem", report("1700000000")).await;
    assert_eq!(made["Attributes"], with(metrics("1700000000"), key("worker-1")));
    service.call("UpdateItem", report("1700000030")).await;
    let stale = |at: &str| {
        json!({"TableName": TABLE, "Key": key("worker-1"),
               "ConditionExpression": "#key = :value AND attribute_exists (leaseKey)",
               "ExpressionAttributeNames": {"#key": "lut"}, "ExpressionAttributeValues": {":value": {"N": at}},
               "ReturnValues": "ALL_OLD"})
    };
    assert_eq!(service.refusal("DeleteItem", stale("1700000000")).await.0, CONDITION);
    let deleted = service.call("DeleteItem", stale("1700000030")).await;
    assert_eq!(deleted["Attributes"], with(metrics("1700000030"), key("worker-1")));
    assert_eq!(service.refusal("DeleteItem", stale("1700000030")).await.0, CONDITION);
}

#[tokio::test]
async fn numbers_are_kept_to_the_last_digit() {
    let service = leases().await;
    for (given, kept) in [
        ("4.831731", "4.831731"),
        ("1.50", "1.5"),
        ("0.000001", "0.000001"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
    ] {
        service
            .call("PutItem", json!({"TableName": TABLE, "Item": {"leaseKey": {"S": "n"}, "n": {"N": given}}}))
            .await;
        assert_eq!(service.get(TABLE, "n").await["n"], json!({"N": kept}), "{given}");
    }
    for wrong in ["", "x", "1e999", "123456789012345678901234567890123456789"] {
        let item = json!({"TableName": TABLE, "Item": {"leaseKey": {"S": "n"}, "n": {"N": wrong}}});
        assert_eq!(service.refusal("PutItem", item).await.0, "ValidationException", "{wrong}");
    }
}
