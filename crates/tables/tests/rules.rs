//! What AWS's model and documents demand of a request, and of the state that it meets.

mod support;

use serde_json::{Value, json};
use support::Service;

async fn refused(service: &Service, operation: &str, body: Value) -> String {
    let (code, message, _) = service.refusal(operation, body).await;
    assert_eq!(code, "ValidationException", "{message}");
    message
}

#[tokio::test]
async fn time_to_live_changes_to_what_it_is_not() {
    let mut service = Service::start().await;
    service.lease_table("app").await;
    let change = |enabled: bool, name: &str| json!({"TableName": "app", "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": name}});
    let update = "UpdateTimeToLive";
    assert_eq!(refused(&service, update, change(false, "exp")).await, "TimeToLive is already disabled");
    service.call(update, change(true, "exp")).await;
    for crash in [false, true] {
        let other = "TimeToLive is active on a different AttributeName: current AttributeName is exp";
        assert_eq!(refused(&service, update, change(true, "exp")).await, "TimeToLive is already enabled");
        assert_eq!(refused(&service, update, change(true, "other")).await, other);
        assert_eq!(refused(&service, update, change(false, "other")).await, other);
        service.restart(crash).await;
    }
    service.call(update, change(false, "exp")).await;
    assert_eq!(refused(&service, update, change(false, "exp")).await, "TimeToLive is already disabled");
    service.call(update, change(true, "other")).await;
    assert_eq!(
        refused(&service, update, change(true, "")).await,
        "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: \
         Member must have length greater than or equal to 1"
    );
    let long = refused(&service, update, change(true, &"x".repeat(256))).await;
    assert!(long.ends_with("Member must have length less than or equal to 255"), "{long}");
    let missing =
        json!({"TableName": "none", "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "x"}});
    assert_eq!(service.refusal(update, missing).await.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn tags_are_few_and_each_is_there_once() {
    let service = Service::start().await;
    service.lease_table("app").await;
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/app";
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let many: Vec<Value> = (0..51).map(|n| tag(&n.to_string(), "")).collect();
    let wrong = "One or more parameter values were invalid: ";
    for (tags, why) in [
        (json!([tag("", "")]), "Tag key must be between 1 and 128 characters"),
        (json!([tag(&"x".repeat(129), "")]), "Tag key must be between 1 and 128 characters"),
        (json!([tag("k", &"x".repeat(257))]), "Tag value must be between 0 and 256 characters"),
        (json!([tag("AWS:k", "")]), "Tag key AWS:k is reserved, since it begins with aws:"),
        (json!([tag("k", "1"), tag("k", "2")]), "Tag key k is given more than once"),
        (json!(many), "51 tags are given; a table has at most 50"),
    ] {
        let body = json!({"ResourceArn": arn, "Tags": tags});
        assert_eq!(refused(&service, "TagResource", body).await, format!("{wrong}{why}"));
        if why.starts_with("Tag key must") {
            let keys: Vec<&Value> = tags.as_array().unwrap().iter().map(|tag| &tag["Key"]).collect();
            let body = json!({"ResourceArn": arn, "TagKeys": keys});
            assert_eq!(refused(&service, "UntagResource", body).await, format!("{wrong}{why}"));
        }
        let table = json!({"TableName": "tagged", "BillingMode": "PAY_PER_REQUEST", "Tags": tags,
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}]});
        assert_eq!(refused(&service, "CreateTable", table).await, format!("{wrong}{why}"));
    }
    let most: Vec<Value> = (0..50).map(|n| tag(&format!("{n:0128}"), &"v".repeat(256))).collect();
    service.call("TagResource", json!({"ResourceArn": arn, "Tags": most})).await;
}

#[tokio::test]
async fn lists_of_attributes_are_not_empty_and_their_names_not_endless() {
    let service = Service::start().await;
    service.lease_table("app").await;
    let key = json!({"leaseKey": {"S": "a"}});
    for (names, why) in [
        (json!([]), "greater than or equal to 1"),
        (json!(["x".repeat(65_536)]), "less than or equal to 65535"),
    ] {
        for (operation, body) in [
            ("GetItem", json!({"TableName": "app", "Key": key, "AttributesToGet": names})),
            ("Scan", json!({"TableName": "app", "AttributesToGet": names})),
            ("BatchGetItem", json!({"RequestItems": {"app": {"Keys": [key], "AttributesToGet": names}}})),
        ] {
            let message = refused(&service, operation, body).await;
            assert!(message.contains(why), "{operation}: {message}");
        }
    }
}
