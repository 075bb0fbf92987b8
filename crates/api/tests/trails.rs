//! Trails by CloudTrail's calls, what was done by LookupEvents, and files of trails as S3's clients read them.

mod support;

use bytes::Bytes;
use flumen_api::{Content, Reply};
use flumen_protocol::sign::Credentials as Signer;
use serde_json::{Value, json};
use support::signed::{Front, HERE, key, now_ms, sign_head, text};

/// The answer, or the code of the refusal and its text.
type Answer = Result<Value, (String, String)>;

async fn asks(front: &Front, by: &Signer, operation: &str, body: Value) -> Answer {
    let target = format!("CloudTrail_20131101.{operation}");
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &*target)];
    let reply = front.send(by, "cloudtrail", &headers, body.to_string()).await;
    let Content::Whole(answer) = &reply.content else { panic!("{operation} is answered whole") };
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let said = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    if reply.status == 200 { Ok(answer) } else { Err((said("__type"), said("message"))) }
}

fn code(answer: Answer) -> String {
    answer.unwrap_err().0
}

/// A reply, and its body as text.
async fn reads(front: &Front, by: &Signer, method: &str, uri: &str, range: Option<&str>) -> (Reply, String) {
    let mut head = http::Request::builder().method(method).uri(uri).header("host", "localhost");
    if let Some(range) = range {
        head = head.header("range", range);
    }
    let mut head = head.body(()).unwrap().into_parts().0;
    sign_head(&mut head, "", by, now_ms(), "s3");
    let reply = front.api.answer(&support::outside(), &head, Ok(&Bytes::new())).await;
    let Content::Whole(body) = &reply.content else { panic!("files are answered whole") };
    let body = String::from_utf8_lossy(body).into_owned();
    (reply, body)
}

/// The code of a refusal.
async fn refused(front: &Front, by: &Signer, method: &str, uri: &str) -> (u16, String) {
    let (reply, body) = reads(front, by, method, uri, None).await;
    (reply.status.as_u16(), text(&body, "Code").unwrap_or_default().to_owned())
}

/// A user who may do what the policy says.
async fn user(front: &Front, name: &str, actions: &[&str], resource: &str) -> Signer {
    let policy =
        json!({"Statement": {"Effect": "Allow", "Action": actions, "Resource": resource}}).to_string();
    let iam = async |operation: &str, parameters: &[(&str, &str)]| {
        front.form(&front.root, "iam", operation, parameters).await.unwrap()
    };
    iam("CreateUser", &[("UserName", name)]).await;
    iam("PutUserPolicy", &[("UserName", name), ("PolicyName", "p"), ("PolicyDocument", &*policy)]).await;
    key(&iam("CreateAccessKey", &[("UserName", name)]).await).unwrap()
}

#[tokio::test]
async fn a_trail_is_made_changed_started_stopped_and_deleted() {
    let front = Front::new().await;
    let root = &front.root;
    let new = json!({
        "Name": "ops", "S3BucketName": "logs", "S3KeyPrefix": "team", "EnableLogFileValidation": true,
        "TagsList": [{"Key": "team", "Value": "ours"}]
    });
    let made = asks(&front, root, "CreateTrail", new.clone()).await.unwrap();
    let arn = format!("arn:aws:cloudtrail:us-east-1:{HERE}:trail/ops");
    assert_eq!(made["TrailARN"], arn);
    assert_eq!(
        (&made["IncludeGlobalServiceEvents"], &made["IsMultiRegionTrail"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(code(asks(&front, root, "CreateTrail", new).await), "TrailAlreadyExistsException");
    let changed =
        asks(&front, root, "UpdateTrail", json!({"Name": arn, "IsMultiRegionTrail": true})).await.unwrap();
    assert_eq!(changed["IsMultiRegionTrail"], true);
    let names = |listed: &Value| {
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|trail| trail["Name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let listed = asks(&front, root, "ListTrails", json!({})).await.unwrap();
    assert_eq!(names(&listed["Trails"]), ["flumen", "ops"]);
    let described = asks(&front, root, "DescribeTrails", json!({"trailNameList": ["ops"]})).await.unwrap();
    assert_eq!(described["trailList"][0]["S3KeyPrefix"], "team");
    let got = asks(&front, root, "GetTrail", json!({"Name": "ops"})).await.unwrap();
    assert_eq!(
        (&got["Trail"]["HomeRegion"], &got["Trail"]["HasCustomEventSelectors"]),
        (&json!("us-east-1"), &json!(false))
    );
    let status = async || asks(&front, root, "GetTrailStatus", json!({"Name": "ops"})).await.unwrap();
    assert_eq!(status().await["IsLogging"], false);
    asks(&front, root, "StartLogging", json!({"Name": "ops"})).await.unwrap();
    let started = status().await;
    assert_eq!((&started["IsLogging"], started["StartLoggingTime"].is_number()), (&json!(true), true));
    asks(&front, root, "StopLogging", json!({"Name": "ops"})).await.unwrap();
    let stopped = status().await;
    assert_eq!(
        (&stopped["IsLogging"], stopped["LatestDigestDeliveryTime"].is_number()),
        (&json!(false), true)
    );
    let tags = async || {
        let listed = asks(&front, root, "ListTags", json!({"ResourceIdList": [arn]})).await.unwrap();
        listed["ResourceTagList"][0]["TagsList"].clone()
    };
    assert_eq!(tags().await, json!([{"Key": "team", "Value": "ours"}]));
    let more = json!({"ResourceId": arn, "TagsList": [{"Key": "a", "Value": "b"}]});
    asks(&front, root, "AddTags", more).await.unwrap();
    let less = json!({"ResourceId": arn, "TagsList": [{"Key": "team"}]});
    asks(&front, root, "RemoveTags", less).await.unwrap();
    assert_eq!(tags().await, json!([{"Key": "a", "Value": "b"}]));
    asks(&front, root, "DeleteTrail", json!({"Name": "ops"})).await.unwrap();
    assert_eq!(code(asks(&front, root, "GetTrail", json!({"Name": "ops"})).await), "TrailNotFoundException");
}

#[tokio::test]
async fn selectors_come_back_as_they_were_put() {
    let front = Front::new().await;
    let root = &front.root;
    asks(&front, root, "CreateTrail", json!({"Name": "ops", "S3BucketName": "logs"})).await.unwrap();
    let selectors =
        async || asks(&front, root, "GetEventSelectors", json!({"TrailName": "ops"})).await.unwrap();
    let all = json!([{
        "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [], "ExcludeManagementEventSources": []
    }]);
    assert_eq!(selectors().await["EventSelectors"], all);
    let advanced = json!([{"Name": "puts", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::Kinesis::Stream"]},
        {"Field": "resources.ARN", "StartsWith": ["arn:aws:kinesis"], "NotEndsWith": ["-test"]}
    ]}]);
    let put = json!({"TrailName": "ops", "AdvancedEventSelectors": advanced});
    let told = asks(&front, root, "PutEventSelectors", put).await.unwrap();
    assert_eq!((&told["AdvancedEventSelectors"], &told["EventSelectors"]), (&advanced, &Value::Null));
    assert_eq!(selectors().await["AdvancedEventSelectors"], advanced);
    assert_eq!(
        asks(&front, root, "GetTrail", json!({"Name": "ops"})).await.unwrap()["Trail"]["HasCustomEventSelectors"],
        true
    );
    let basic = json!([{
        "ReadWriteType": "WriteOnly", "IncludeManagementEvents": true, "ExcludeManagementEventSources": ["kms.amazonaws.com"],
        "DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}]
    }]);
    asks(&front, root, "PutEventSelectors", json!({"TrailName": "ops", "EventSelectors": basic}))
        .await
        .unwrap();
    let now = selectors().await;
    assert_eq!((&now["EventSelectors"], &now["AdvancedEventSelectors"]), (&basic, &Value::Null));
    let both = json!({"TrailName": "ops", "EventSelectors": basic, "AdvancedEventSelectors": advanced});
    assert_eq!(code(asks(&front, root, "PutEventSelectors", both).await), "InvalidEventSelectorsException");
}

#[tokio::test]
async fn what_cloudtrail_refuses_has_its_codes() {
    let front = Front::new().await;
    let root = &front.root;
    asks(&front, root, "CreateTrail", json!({"Name": "ops", "S3BucketName": "logs"})).await.unwrap();
    asks(&front, &front.root_there, "CreateTrail", json!({"Name": "ops", "S3BucketName": "theirs"}))
        .await
        .unwrap();
    let new = |name: &str, bucket: &str, more: Value| {
        let mut new = json!({"Name": name, "S3BucketName": bucket});
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("CreateTrail", new)
    };
    let abroad = format!("arn:aws:cloudtrail:eu-west-1:{HERE}:trail/ops");
    let none = json!({});
    for ((operation, body), wanted) in [
        (new("a", "logs", none.clone()), "InvalidTrailNameException"),
        (new("abc", "Logs", none.clone()), "InvalidS3BucketNameException"),
        (new("abc", "theirs", none.clone()), "InsufficientS3BucketPolicyException"),
        (new("abc", "logs", json!({"S3KeyPrefix": "../up"})), "InvalidS3PrefixException"),
        (new("abc", "logs", json!({"SnsTopicName": "t"})), "InvalidSnsTopicNameException"),
        (new("abc", "logs", json!({"KmsKeyId": "k"})), "InvalidKmsKeyIdException"),
        (new("abc", "logs", json!({"IsOrganizationTrail": true})), "OrganizationsNotInUseException"),
        (
            new("abc", "logs", json!({"CloudWatchLogsRoleArn": "r"})),
            "CloudWatchLogsDeliveryUnavailableException",
        ),
        (
            new("abc", "logs", json!({"IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": false})),
            "InvalidParameterCombinationException",
        ),
        (
            new("abc", "logs", json!({"TagsList": [{"Key": "aws:x", "Value": "y"}]})),
            "InvalidTagParameterException",
        ),
        (("GetTrail", json!({"Name": "none"})), "TrailNotFoundException"),
        (("GetTrail", json!({"Name": "arn:aws:s3:::x"})), "CloudTrailARNInvalidException"),
        (("StopLogging", json!({"Name": abroad})), "InvalidHomeRegionException"),
        (("StopLogging", json!({"Name": "flumen"})), "OperationNotPermittedException"),
        (("GetInsightSelectors", json!({"TrailName": "ops"})), "InsightNotEnabledException"),
        (("PutInsightSelectors", json!({"TrailName": "ops"})), "UnsupportedOperationException"),
        (("NoSuchThing", json!({})), "UnknownOperationException"),
        (("ListTrails", json!({"NextToken": "x"})), "InvalidTokenException"),
        (("ListPublicKeys", json!({"StartTime": 2, "EndTime": 1})), "InvalidTimeRangeException"),
        (
            (
                "ListTags",
                json!({"ResourceIdList": [format!("arn:aws:cloudtrail:us-east-1:{HERE}:channel/c")]}),
            ),
            "ResourceTypeNotSupportedException",
        ),
        (("CreateTrail", json!({"Name": "abc"})), "ValidationException"),
    ] {
        let (found, message) = asks(&front, root, operation, body.clone()).await.unwrap_err();
        assert_eq!(found, wanted, "{operation} {body}: {message}");
    }
}

#[tokio::test]
async fn what_was_done_is_found_by_one_attribute_in_pages() {
    let front = Front::new().await;
    let root = &front.root;
    for n in 0..5 {
        asks(&front, root, "CreateTrail", json!({"Name": format!("trail{n}"), "S3BucketName": "logs"}))
            .await
            .unwrap();
    }
    let by_name = |more: Value| {
        let mut asked =
            json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateTrail"}]});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    // Each asks as somebody of an account of their own would: twice a second.
    let lookup = async |asked: Value| loop {
        match asks(&front, root, "LookupEvents", asked.clone()).await {
            Err((code, _)) if code == "ThrottlingException" => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            answer => return answer,
        }
    };
    let first = lookup(by_name(json!({"MaxResults": 3}))).await.unwrap();
    let token = first["NextToken"].as_str().unwrap();
    let second = lookup(by_name(json!({"MaxResults": 3, "NextToken": token}))).await.unwrap();
    assert_eq!(second["NextToken"], Value::Null);
    let events: Vec<&Value> =
        [&first, &second].into_iter().flat_map(|page| page["Events"].as_array().unwrap()).collect();
    let made: Vec<String> = events
        .iter()
        .map(|event| {
            let record: Value = serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap();
            assert_eq!(record["eventID"], event["EventId"]);
            record["requestParameters"]["name"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(made, ["trail4", "trail3", "trail2", "trail1", "trail0"]);
    let newest = events[0];
    assert_eq!(
        (&newest["ReadOnly"], &newest["EventSource"]),
        (&json!("false"), &json!("cloudtrail.amazonaws.com"))
    );
    assert_eq!((&newest["Username"], &newest["AccessKeyId"]), (&json!("root"), &json!(root.access_key)));
    assert_eq!(newest["Resources"][0]["ResourceType"], "AWS::CloudTrail::Trail");

    let elsewhere = json!({"NextToken": token});
    assert_eq!(code(lookup(elsewhere).await), "InvalidNextTokenException");
    let two = json!({"LookupAttributes": [
        {"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "ReadOnly", "AttributeValue": "true"}
    ]});
    assert_eq!(code(lookup(two).await), "InvalidLookupAttributesException");
    assert_eq!(code(lookup(json!({"StartTime": 2, "EndTime": 1})).await), "InvalidTimeRangeException");
    assert_eq!(code(lookup(json!({"MaxResults": 51})).await), "ValidationException");
    // Another account has nothing of it.
    let there = asks(&front, &front.root_there, "LookupEvents", by_name(json!({}))).await.unwrap();
    assert_eq!(there["Events"], json!([]));
}

#[tokio::test]
async fn more_than_two_lookups_a_second_are_refused() {
    let front = Front::new().await;
    let mut refused = 0;
    for _ in 0..200 {
        match asks(&front, &front.root, "LookupEvents", json!({"MaxResults": 1})).await {
            Err((code, message)) => {
                assert_eq!((&*code, &*message), ("ThrottlingException", "Rate exceeded"));
                refused += 1;
                break;
            }
            Ok(_) => continue,
        }
    }
    assert_eq!(refused, 1);
    // Others' rates are their own.
    asks(&front, &front.root_there, "LookupEvents", json!({"MaxResults": 1})).await.unwrap();
}

#[tokio::test]
async fn why_it_was_decided_is_told_to_those_who_may_simulate() {
    let front = Front::new().await;
    let reader = user(&front, "reader", &["cloudtrail:LookupEvents"], "*").await;
    let auditor =
        user(&front, "auditor", &["cloudtrail:LookupEvents", "iam:SimulatePrincipalPolicy"], "*").await;
    let denied = asks(&front, &reader, "ListTrails", json!({})).await;
    assert_eq!(code(denied), "AccessDeniedException");
    let asked = json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "ListTrails"}]});
    let told = async |by: &Signer| {
        let found = asks(&front, by, "LookupEvents", asked.clone()).await.unwrap();
        serde_json::from_str::<Value>(found["Events"][0]["CloudTrailEvent"].as_str().unwrap()).unwrap()
    };
    let (short, whole) = (told(&reader).await, told(&auditor).await);
    assert_eq!(short["errorCode"], "AccessDeniedException");
    assert_eq!(short["flumen"], Value::Null);
    assert!(whole["flumen"].is_object(), "{whole}");
}

#[tokio::test]
async fn files_are_listed_and_read_as_s3_has_them() {
    let front = Front::new().await;
    let root = &front.root;
    front.api.services.cloudtrail.deliverer.pass(true).await;
    asks(&front, root, "ListTrails", json!({})).await.unwrap();
    front.api.services.cloudtrail.deliverer.pass(true).await;
    let get = async |uri: &str| {
        let (reply, body) = reads(&front, root, "GET", uri, None).await;
        assert_eq!(reply.status, 200, "{uri}: {body}");
        body
    };
    let location = get("/flumen-audit?location").await;
    assert!(
        location.ends_with("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>"),
        "{location}"
    );
    let list = get("/flumen-audit?prefix=AWSLogs%2F&encoding-type=url").await;
    let keys: Vec<&str> =
        list.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()).collect();
    assert!(keys.len() >= 3 && keys.is_sorted(), "{list}");
    assert_eq!(text(&list, "IsTruncated"), Some("false"));
    let mut paged = Vec::new();
    let mut marker = String::new();
    loop {
        let page = get(&format!("/flumen-audit?max-keys=1&marker={marker}")).await;
        let Some(key) = text(&page, "Key") else { break };
        paged.push(key.to_owned());
        marker = key.to_owned();
    }
    assert_eq!(paged, keys);
    let second = get(&format!("/flumen-audit?list-type=2&max-keys=1&start-after={}", keys[0])).await;
    assert_eq!((text(&second, "Key"), text(&second, "KeyCount")), (Some(keys[1]), Some("1")));
    let token = text(&second, "NextContinuationToken").unwrap();
    let third = get(&format!("/flumen-audit?list-type=2&continuation-token={token}")).await;
    assert_eq!(text(&third, "Key"), Some(keys[2]));
    let folders = get("/flumen-audit?delimiter=/&prefix=AWSLogs/").await;
    assert_eq!(text(&folders, "CommonPrefixes"), Some(&*format!("<Prefix>AWSLogs/{HERE}/</Prefix>")));

    let digest = keys.iter().find(|key| key.contains("-Digest")).unwrap();
    let uri = format!("/flumen-audit/{digest}");
    let (whole, _) = reads(&front, root, "GET", &uri, None).await;
    let header = |reply: &Reply, name: &str| {
        let found = reply
            .headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.to_str().unwrap().to_owned());
        found.unwrap_or_default()
    };
    assert_eq!(header(&whole, "x-amz-meta-signature-algorithm"), "SHA256withRSA");
    assert_eq!(header(&whole, "x-amz-meta-signature").len(), 512);
    let bytes = |reply: &Reply| match &reply.content {
        Content::Whole(body) => body.clone(),
        Content::Events(_) => panic!("files are answered whole"),
    };
    let content = bytes(&whole);
    let (part, _) = reads(&front, root, "GET", &uri, Some("bytes=2-5")).await;
    assert_eq!((part.status.as_u16(), bytes(&part)), (206, content.slice(2..6)));
    assert_eq!(header(&part, "content-range"), format!("bytes 2-5/{}", content.len()));
    let beyond = format!("bytes={}-", content.len());
    let (none, told) = reads(&front, root, "GET", &uri, Some(&beyond)).await;
    assert_eq!((none.status.as_u16(), text(&told, "Code")), (416, Some("InvalidRange")));
    let (head, nothing) = reads(&front, root, "HEAD", &uri, None).await;
    assert_eq!((head.status.as_u16(), nothing.as_str()), (200, ""));
    assert_eq!(header(&head, "content-length"), content.len().to_string());
    assert_eq!(header(&head, "etag"), header(&whole, "etag"));
    let (head, nothing) = reads(&front, root, "HEAD", "/flumen-audit/none", None).await;
    assert_eq!((head.status.as_u16(), nothing.as_str()), (404, ""));
    let (bucket, _) = reads(&front, root, "HEAD", "/flumen-audit", None).await;
    assert_eq!(
        (bucket.status.as_u16(), header(&bucket, "x-amz-bucket-region")),
        (200, "us-east-1".to_owned())
    );
}

#[tokio::test]
async fn files_are_for_those_who_may_and_nobody_writes_any() {
    let front = Front::new().await;
    let (root, there) = (&front.root, &front.root_there);
    front.api.services.cloudtrail.deliverer.pass(true).await;
    let told = |status: u16, code: &str| (status, code.to_owned());
    for (method, uri, wanted) in [
        ("GET", "/nobodys?location", told(404, "NoSuchBucket")),
        ("GET", "/nobodys/key", told(404, "NoSuchBucket")),
        ("GET", "/flumen-audit/none", told(404, "NoSuchKey")),
        ("GET", "/flumen-audit?max-keys=x", told(400, "InvalidArgument")),
        ("GET", "/flumen-audit?encoding-type=x", told(400, "InvalidArgument")),
        ("GET", "/flumen-audit?list-type=2&continuation-token=%21", told(400, "InvalidArgument")),
        ("GET", "/flumen-audit?acl", told(501, "NotImplemented")),
        ("PUT", "/flumen-audit/AWSLogs/x", told(405, "MethodNotAllowed")),
        ("DELETE", "/flumen-audit/AWSLogs/x", told(405, "MethodNotAllowed")),
        ("POST", "/flumen-audit?delete", told(405, "MethodNotAllowed")),
        ("PUT", "/another", told(405, "MethodNotAllowed")),
    ] {
        assert_eq!(refused(&front, root, method, uri).await, wanted, "{method} {uri}");
    }
    for uri in ["/flumen-audit?location", "/flumen-audit", "/flumen-audit/none"] {
        assert_eq!(
            refused(&front, there, "GET", uri).await,
            told(403, "AccessDenied"),
            "{uri} of another account"
        );
    }
    let getter = user(&front, "getter", &["s3:GetObject"], "arn:aws:s3:::flumen-audit/AWSLogs/*").await;
    assert_eq!(refused(&front, &getter, "GET", "/flumen-audit").await, told(403, "AccessDenied"));
    // Whether there is one is for those who may list.
    assert_eq!(
        refused(&front, &getter, "GET", "/flumen-audit/AWSLogs/none").await,
        told(403, "AccessDenied")
    );
    assert_eq!(refused(&front, &getter, "GET", "/flumen-audit/other").await, told(403, "AccessDenied"));
    let (_, list) = reads(&front, root, "GET", "/flumen-audit", None).await;
    let key = text(&list, "Key").unwrap();
    assert_eq!(reads(&front, &getter, "GET", &format!("/flumen-audit/{key}"), None).await.0.status, 200);
    // Who tried to take something away is told of.
    let asked =
        json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "DeleteObject"}]});
    let found = asks(&front, root, "LookupEvents", asked).await.unwrap();
    let event: Value = serde_json::from_str(found["Events"][0]["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&event["eventSource"], &event["errorCode"]),
        (&json!("s3.amazonaws.com"), &json!("MethodNotAllowed"))
    );
}
