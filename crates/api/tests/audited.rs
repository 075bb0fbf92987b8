//! What is told of calls: a change and its event are both there or neither, whatever happens in between.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use flumen_api::{Api, Content, Credentials};
use flumen_audit::sums::{Counts, Period, SumKey};
use flumen_audit::{Attribute, Attributes, Lookup};
use flumen_storage::Storage;
use flumen_streams::StreamsSettings;
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced, every_call};
use flumen_testkit::{front, service};
use serde_json::{Value, json};
use support::{head, outside};
use tokio::runtime::{Handle, Runtime};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn open(storage: Storage) -> Arc<Api> {
    front::api_on(storage, StreamsSettings::unlimited(), Handle::current(), None).await
}

async fn call(api: &Api, operation: &str, body: Value) -> u16 {
    let body = Bytes::from(body.to_string());
    api.answer(&outside(), &head(operation), Ok(&body)).await.status.as_u16()
}

/// The events of an operation, the newest first, as JSON.
async fn events(api: &Api, operation: &str) -> Vec<Value> {
    let attributes = vec![(Attribute::EventName, operation.to_owned())];
    let lookup = Lookup { attributes, to_ms: u64::MAX, ..Lookup::default() };
    let found = api.resources.auditor.audit.lookup(&lookup, None, 100).await.unwrap();
    assert_eq!(found.next, None);
    found.events.iter().map(|event| serde_json::from_str(&event.text).unwrap()).collect()
}

/// The streams that were made as the events of changes have it.
async fn made(api: &Api) -> BTreeSet<String> {
    let created = events(api, "CreateStream").await;
    let of_success = created.iter().filter(|event| event["errorCode"].is_null());
    let known = of_success.filter(|event| event["additionalEventData"]["callerWentAway"].is_null());
    known.map(|event| event["requestParameters"]["streamName"].as_str().unwrap().to_owned()).collect()
}

async fn there(api: &Api) -> BTreeSet<String> {
    let (head, body) = (head("ListStreams"), Bytes::from_static(b"{}"));
    let reply = api.answer(&outside(), &head, Ok(&body)).await;
    let Content::Whole(answer) = &reply.content else { panic!("it is whole") };
    let answer: Value = serde_json::from_slice(answer).unwrap();
    answer["StreamNames"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Streams are made until the power goes at the `nth` call to the disk.
fn survives(nth: u64, fault: Fault, unsynced: Unsynced) -> bool {
    let disk = FaultyDisk::default();
    let crashed = runtime().block_on(async {
        let Ok(storage) = service::storage(&disk) else { return disk.after_crash(unsynced) };
        let api = open(storage).await;
        disk.fail_later(nth, fault);
        for n in 0..4 {
            call(&api, "CreateStream", json!({"StreamName": format!("s{n}"), "ShardCount": 1})).await;
            if n % 2 == 1 {
                // Some events are in the history, and their commands may be let go.
                let _ = api.resources.auditor.audit.rotate().await;
            }
        }
        disk.after_crash(unsynced)
    });
    runtime().block_on(async {
        let api = open(service::storage(&crashed).unwrap()).await;
        assert_eq!(made(&api).await, there(&api).await, "{fault:?} at call {nth}, {unsynced:?}");
    });
    disk.tripped()
}

#[test]
fn after_a_crash_there_is_no_change_without_its_event_and_no_event_without_its_change() {
    for (fault, unsynced) in [
        (Fault::PowerLoss, Unsynced::Lost),
        (Fault::Torn, Unsynced::Mixed(7)),
        (Fault::Error, Unsynced::Kept),
    ] {
        let calls = every_call(|nth| survives(nth, fault, unsynced));
        assert!(calls > 10, "{calls}");
    }
}

/// A caller who goes away at whatever point: what changed is told, and what is told has changed.
#[tokio::test]
async fn whoever_goes_away_leaves_an_event() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let api = open(storage).await;
    for polls in 1..8 {
        let name = format!("s{polls}");
        {
            let body = Bytes::from(json!({"StreamName": name, "ShardCount": 1}).to_string());
            let (from, head) = (outside(), head("CreateStream"));
            let mut answer = Box::pin(api.answer(&from, &head, Ok(&body)));
            for _ in 0..polls {
                if poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx).is_ready())).await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let of_call = async || {
            let all = events(&api, "CreateStream").await;
            all.into_iter().find(|event| event["requestParameters"]["streamName"] == *name)
        };
        let event = of_call().await.expect("a call that came leaves an event, whenever its caller goes");
        // A command that was given is carried out by itself.
        while !there(&api).await.contains(&name) {
            assert_eq!(event["additionalEventData"]["callerWentAway"], true, "{event}");
            tokio::task::yield_now().await;
        }
        let event = of_call().await.unwrap();
        assert!(event["errorCode"].is_null(), "{event}");
    }
    assert_eq!(made(&api).await, there(&api).await);
}

#[tokio::test]
async fn what_callers_send_stays_in_its_place() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let api = open(storage).await;
    let hostile = [
        "\"}\n{\"eventName\":\"DeleteStream\"}",
        "a\tb\u{7f}",
        "\u{2028}\u{202e}",
        "',\"flumen\":{\"decision\":\"allowed\"}}",
        "\\\"}]}",
        "${jndi:ldap://x}",
        "\r\n\r\n",
        "%0a%0d",
        "<script>",
        "{\"flumen\":{}}",
    ];
    for text in hostile {
        let mut head = head("CreateStream");
        if let Ok(value) = http::HeaderValue::from_bytes(text.as_bytes()) {
            head.headers.insert("user-agent", value);
        }
        let body = Bytes::from(json!({"StreamName": "s", "ShardCount": 1, "Tags": {text: text}}).to_string());
        api.answer(&outside(), &head, Ok(&body)).await;
    }
    let created = events(&api, "CreateStream").await;
    assert_eq!(created.len(), hostile.len());
    assert_eq!(events(&api, "DeleteStream").await, Vec::<Value>::new());
    for event in created {
        assert_eq!(event["flumen"], Value::Null, "{event}");
        assert_eq!(event["eventName"], "CreateStream");
    }
    // As lines they are as many.
    let audit = &api.resources.auditor.audit;
    audit.rotate().await.unwrap();
    let chunk = audit.chunk(0).await.unwrap().unwrap();
    let lines = chunk.events.iter().map(|line| Attributes::of(&line.text).unwrap().event_name.into_owned());
    assert_eq!(lines.filter(|name| name == "CreateStream").count(), hostile.len());
}

/// The calls, records and bytes of each sum: who, with what, what, with what outcome.
async fn sums(api: &Api) -> BTreeMap<[String; 4], [u64; 3]> {
    let mut sums = BTreeMap::new();
    let visit = |_: Period, key: &SumKey<'_>, counts: Counts| {
        let name = |arn: &str| arn.rsplit([':', '/']).next().unwrap_or_default().to_owned();
        let key = [name(key.principal), name(key.thing), key.operation.to_owned(), key.outcome.to_owned()];
        sums.insert(key, [counts.calls, counts.records, counts.bytes]);
    };
    api.resources.auditor.sums.read(0, u64::MAX, visit).await.unwrap();
    sums
}

#[tokio::test]
async fn calls_on_records_and_items_are_summed() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let api = open(storage).await;
    call(&api, "CreateStream", json!({"StreamName": "s", "ShardCount": 1})).await;
    let put = json!({"StreamName": "s", "PartitionKey": "k", "Data": "AAAA"});
    assert_eq!(call(&api, "PutRecord", put.clone()).await, 200);
    assert_eq!(call(&api, "PutRecord", put).await, 200);
    let record = json!({"PartitionKey": "k", "Data": "AAAA"});
    let records = json!({"StreamName": "s", "Records": [record, record]});
    assert_eq!(call(&api, "PutRecords", records).await, 200);
    let absent = json!({"StreamName": "t", "PartitionKey": "k", "Data": "AAAA"});
    assert_eq!(call(&api, "PutRecord", absent).await, 400);
    let sums = sums(&api).await;
    let of = |thing: &str, operation: &str, outcome: &str| {
        sums.get(&["root", thing, operation, outcome].map(str::to_owned)).copied()
    };
    assert_eq!(of("s", "PutRecord", ""), Some([2, 2, 8]));
    assert_eq!(of("s", "PutRecords", ""), Some([1, 2, 8]));
    assert_eq!(of("", "PutRecord", "ResourceNotFoundException"), Some([1, 0, 0]));
    assert_eq!(sums.len(), 3, "what manages has events: {sums:?}");
}

#[tokio::test]
async fn calls_on_records_have_events_where_a_trail_wants_them() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let api = open(storage).await;
    let trails = async |operation: &str, body: Value| {
        let mut head = support::signed(&format!("CloudTrail_20131101.{operation}"), "0");
        let credential = head.headers["authorization"].to_str().unwrap().replace("kinesis", "cloudtrail");
        head.headers.insert("authorization", credential.parse().unwrap());
        let body = Bytes::from(body.to_string());
        assert_eq!(api.answer(&outside(), &head, Ok(&body)).await.status, 200, "{operation}");
    };
    call(&api, "CreateStream", json!({"StreamName": "s", "ShardCount": 1})).await;
    let put = json!({"StreamName": "s", "PartitionKey": "k", "Data": "c2VjcmV0"});
    call(&api, "PutRecord", put.clone()).await;
    trails("CreateTrail", json!({"Name": "all", "S3BucketName": "bucket"})).await;
    let streams = json!([
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::Kinesis::Stream"]},
        {"Field": "eventName", "Equals": ["PutRecord"]},
    ]);
    let selectors = json!({"TrailName": "all", "AdvancedEventSelectors": [{"FieldSelectors": streams}]});
    trails("PutEventSelectors", selectors).await;
    call(&api, "PutRecord", put.clone()).await;
    assert_eq!(events(&api, "PutRecord").await.len(), 0, "it logs nothing yet");
    trails("StartLogging", json!({"Name": "all"})).await;
    call(&api, "PutRecord", put.clone()).await;
    let latest = json!({"StreamName": "s", "ShardId": "0", "ShardIteratorType": "LATEST"});
    call(&api, "GetShardIterator", latest).await;
    trails("StopLogging", json!({"Name": "all"})).await;
    call(&api, "PutRecord", put).await;
    assert_eq!(events(&api, "GetShardIterator").await.len(), 0, "nobody wants it");
    let [event] = &events(&api, "PutRecord").await[..] else { panic!("one while it logged") };
    assert_eq!(event["eventCategory"], "Data");
    assert_eq!(event["resources"][0]["ARN"], "arn:aws:kinesis:us-east-1:000000000000:stream/s");
    assert_eq!(event["additionalEventData"], json!({"records": 1, "bytes": 7}));
    assert!(!event.to_string().contains("c2VjcmV0") && !event.to_string().contains("artitionKey"), "{event}");
}

/// What is asked for may be longer than what a command has room for beside it.
#[tokio::test]
async fn a_long_request_has_an_event_and_harms_nothing() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let api = open(storage).await;
    let tables = async |operation: &str, body: &Value| {
        let head = support::signed(&format!("DynamoDB_20120810.{operation}"), "0");
        api.answer(&outside(), &head, Ok(&Bytes::from(body.to_string()))).await.status.as_u16()
    };
    let table = |name: &str| {
        json!({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        })
    };
    assert_eq!(tables("CreateTable", &table("leases")).await, 200);
    for bytes in [100, 8_000, 20_000, 40_000, 66_000, 120_000] {
        let name = "x".repeat(bytes);
        let create = json!({
            "IndexName": "xxx", "VectorAttribute": {"AttributeName": "xxx"}, "Projection": {}, "Dimensions": 1,
            "DistanceFunction": "COSINE", "SearchSchema": [{"AttributeName": name, "SearchSchemaElementType": "HASH"}],
        });
        let update = json!({
            "TableName": "leases", "BillingMode": "PAY_PER_REQUEST", "VectorIndexUpdates": [{"Create": create}],
        });
        tables("UpdateTable", &update).await;
    }
    assert_eq!(events(&api, "UpdateTable").await.len(), 6);
    assert_eq!(tables("CreateTable", &table("after")).await, 200);
}

/// A secret is told once, to whom it is given.
#[tokio::test]
async fn no_secret_is_in_an_event() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let file = "[root]\naws_access_key_id = AKIAROOTROOTROOTROOT\naws_secret_access_key = r\n";
    let known = Some(Credentials::parse(file).unwrap());
    let api = front::api_on(storage, StreamsSettings::unlimited(), Handle::current(), known).await;
    let root = support::signed::signer("AKIAROOTROOTROOTROOT", "r");
    let form = async |service: &'static str, body: &str| {
        let mut head = http::Request::post("/")
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(())
            .unwrap()
            .into_parts()
            .0;
        support::signed::sign_head(&mut head, body, &root, support::signed::now_ms(), service);
        let reply = api.answer(&outside(), &head, Ok(&Bytes::from(body.to_owned()))).await;
        let Content::Whole(answer) = &reply.content else { panic!("it is whole") };
        String::from_utf8(answer.to_vec()).unwrap()
    };
    form("iam", "Action=CreateUser&Version=2010-05-08&UserName=ana").await;
    let key = form("iam", "Action=CreateAccessKey&Version=2010-05-08&UserName=ana").await;
    let between = |text: &str, from: &str, to: &str| {
        text.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned()
    };
    let secret = between(&key, "<SecretAccessKey>", "</SecretAccessKey>");
    let event = events(&api, "CreateAccessKey").await.remove(0);
    assert_eq!(event["requestParameters"]["userName"], "ana");
    let id = between(&key, "<AccessKeyId>", "</AccessKeyId>");
    assert_eq!(event["responseElements"]["accessKey"]["accessKeyId"], *id);
    assert!(!event.to_string().contains(&secret), "{event}");
    let session = form("sts", "Action=GetSessionToken&Version=2011-06-15").await;
    let event = events(&api, "GetSessionToken").await.remove(0).to_string();
    for secret in ["SecretAccessKey", "SessionToken"] {
        let secret = between(&session, &format!("<{secret}>"), &format!("</{secret}>"));
        assert!(!event.contains(&secret), "{event}");
    }
}
