//! What policies say of requests as they come: across accounts, and by what a request says beside what it names.

mod support;

use flumen_api::Content;
use flumen_protocol::sign::Credentials as Signer;
use serde_json::{Value, json};
use support::signed::{Front, HERE, THERE, key};

const DENIED: &str = "AccessDeniedException";

fn statement(effect: &str, actions: &[&str], resource: &str, condition: Value) -> Value {
    json!({"Effect": effect, "Action": actions, "Resource": resource, "Condition": condition})
}

impl Front {
    /// A call of a service that speaks JSON: the answer, or the code of the refusal.
    async fn json(
        &self,
        by: &Signer,
        service: &'static str,
        operation: &str,
        body: Value,
    ) -> Result<Value, String> {
        let (target, version) = match service {
            "kinesis" => ("Kinesis_20131202", "1.1"),
            "dynamodb" => ("DynamoDB_20120810", "1.0"),
            "monitoring" => (flumen_protocol::cloudwatch::TARGET, "1.0"),
            other => panic!("{other} speaks no JSON"),
        };
        let (target, content_type) =
            (format!("{target}.{operation}"), format!("application/x-amz-json-{version}"));
        let headers = [("content-type", &*content_type), ("x-amz-target", &*target)];
        let reply = self.send(by, service, &headers, body.to_string()).await;
        // Events have begun.
        let Content::Whole(answer) = &reply.content else { return Ok(Value::Null) };
        let answer = serde_json::from_slice(answer).unwrap_or(Value::Null);
        match reply.status.as_u16() {
            200 => Ok(answer),
            _ => Err(answer["__type"]
                .as_str()
                .unwrap_or_default()
                .rsplit('#')
                .next()
                .unwrap_or_default()
                .to_owned()),
        }
    }

    async fn kinesis(&self, by: &Signer, operation: &str, body: Value) -> Result<Value, String> {
        self.json(by, "kinesis", operation, body).await
    }

    async fn dynamodb(&self, by: &Signer, operation: &str, body: Value) -> Result<Value, String> {
        self.json(by, "dynamodb", operation, body).await
    }

    /// A user of the account with a policy of these statements.
    async fn user(&self, root: &Signer, name: &str, statements: &[Value]) -> Signer {
        self.form(root, "iam", "CreateUser", &[("UserName", name)]).await.unwrap();
        self.put(root, name, statements).await;
        key(&self.form(root, "iam", "CreateAccessKey", &[("UserName", name)]).await.unwrap()).unwrap()
    }

    /// What a user may from now on.
    async fn put(&self, root: &Signer, name: &str, statements: &[Value]) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let put = [("UserName", name), ("PolicyName", "p"), ("PolicyDocument", &policy)];
        self.form(root, "iam", "PutUserPolicy", &put).await.unwrap();
    }
}

fn all(actions: &[&str]) -> Value {
    statement("Allow", actions, "*", json!({}))
}

#[tokio::test]
async fn another_account_comes_to_a_stream_where_both_sides_let_it() {
    let front = Front::new().await;
    let reads =
        ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:PutRecord", "kinesis:SubscribeToShard"];
    let other = front.user(&front.root_there, "other", &[all(&reads)]).await;
    let without = front.user(&front.root_there, "without", &[all(&["kinesis:ListStreams"])]).await;
    front.kinesis(&front.root, "CreateStream", json!({"StreamName": "s", "ShardCount": 1})).await.unwrap();
    let arn = format!("arn:aws:kinesis:us-east-1:{HERE}:stream/s");
    let consumer = json!({"StreamARN": arn, "ConsumerName": "c"});
    let consumer = front.kinesis(&front.root, "RegisterStreamConsumer", consumer).await.unwrap();
    let consumer = consumer["Consumer"]["ConsumerARN"].as_str().unwrap().to_owned();
    let put = || json!({"StreamARN": arn, "Data": "eA==", "PartitionKey": "k"});
    let begin =
        || json!({"StreamARN": arn, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"});
    let subscribe = || json!({"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "TRIM_HORIZON"}});
    for (operation, body) in
        [("PutRecord", put()), ("GetShardIterator", begin()), ("SubscribeToShard", subscribe())]
    {
        assert_eq!(front.kinesis(&other, operation, body).await.unwrap_err(), DENIED, "{operation}");
    }
    let lets = |actions: &[&str], resource: &str| {
        let mut statement = statement("Allow", actions, resource, json!({}));
        statement["Principal"] = json!({"AWS": THERE});
        json!({"Version": "2012-10-17", "Statement": statement}).to_string()
    };
    let of_stream = json!({"ResourceARN": arn, "Policy": lets(&reads[..3], &arn)});
    front.kinesis(&front.root, "PutResourcePolicy", of_stream).await.unwrap();
    front.kinesis(&other, "PutRecord", put()).await.unwrap();
    let iterator = front.kinesis(&other, "GetShardIterator", begin()).await.unwrap()["ShardIterator"].clone();
    for body in
        [json!({"ShardIterator": iterator, "StreamARN": arn}), json!({"ShardIterator": iterator, "Limit": 1})]
    {
        let records = front.kinesis(&other, "GetRecords", body).await.unwrap();
        assert_eq!(records["Records"][0]["Data"], "eA==");
    }
    // One side is not enough, and another operation is another matter.
    assert_eq!(front.kinesis(&without, "PutRecord", put()).await.unwrap_err(), DENIED);
    assert_eq!(
        front.kinesis(&without, "GetRecords", json!({"ShardIterator": iterator})).await.unwrap_err(),
        DENIED
    );
    assert_eq!(front.kinesis(&other, "DeleteStream", json!({"StreamARN": arn})).await.unwrap_err(), DENIED);
    // A consumer has a policy of its own.
    assert_eq!(front.kinesis(&other, "SubscribeToShard", subscribe()).await.unwrap_err(), DENIED);
    let of_consumer = json!({"ResourceARN": consumer, "Policy": lets(&reads[3..], &consumer)});
    front.kinesis(&front.root, "PutResourcePolicy", of_consumer).await.unwrap();
    front.kinesis(&other, "SubscribeToShard", subscribe()).await.unwrap();
    front.kinesis(&front.root, "DeleteResourcePolicy", json!({"ResourceARN": arn})).await.unwrap();
    assert_eq!(
        front.kinesis(&other, "GetRecords", json!({"ShardIterator": iterator})).await.unwrap_err(),
        DENIED
    );
}

#[tokio::test]
async fn the_root_takes_away_a_policy_that_shuts_everybody_out() {
    let front = Front::new().await;
    let admin = front.user(&front.root, "admin", &[all(&["*"])]).await;
    front.kinesis(&front.root, "CreateStream", json!({"StreamName": "s", "ShardCount": 1})).await.unwrap();
    let arn = format!("arn:aws:kinesis:us-east-1:{HERE}:stream/s");
    let consumer = json!({"StreamARN": arn, "ConsumerName": "c"});
    let consumer = front.kinesis(&front.root, "RegisterStreamConsumer", consumer).await.unwrap();
    let consumer = consumer["Consumer"]["ConsumerARN"].as_str().unwrap().to_owned();
    for arn in [arn, consumer] {
        let mut nobody = statement("Deny", &["*"], &arn, json!({}));
        nobody["Principal"] = json!("*");
        let policy = json!({"Version": "2012-10-17", "Statement": nobody}).to_string();
        let put = json!({"ResourceARN": arn, "Policy": policy});
        front.kinesis(&admin, "PutResourcePolicy", put.clone()).await.unwrap();
        let named = || json!({"ResourceARN": arn});
        assert_eq!(front.kinesis(&admin, "DeleteResourcePolicy", named()).await.unwrap_err(), DENIED);
        assert_eq!(front.kinesis(&front.root, "ListTagsForResource", named()).await.unwrap_err(), DENIED);
        assert_eq!(front.kinesis(&front.root, "GetResourcePolicy", named()).await.unwrap()["Policy"], policy);
        front.kinesis(&front.root, "PutResourcePolicy", put).await.unwrap();
        front.kinesis(&front.root, "DeleteResourcePolicy", named()).await.unwrap();
        front.kinesis(&admin, "GetResourcePolicy", named()).await.unwrap();
    }
}

async fn with_table(front: &Front) {
    let index = json!({"IndexName": "iii", "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"}});
    let table = json!({"TableName": "ttt", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}, {"AttributeName": "r", "AttributeType": "N"},
            {"AttributeName": "owner", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [index], "Tags": [{"Key": "team", "Value": "data"}]});
    front.dynamodb(&front.root, "CreateTable", table).await.unwrap();
}

#[tokio::test]
async fn whose_items_they_are_is_asked_of_the_table_that_is_named() {
    let front = Front::new().await;
    with_table(&front).await;
    let own = json!({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["own", "owns"]}});
    let ana = front.user(&front.root, "ana", &[statement("Allow", &["dynamodb:*"], "*", own)]).await;
    let key = |k: &str| json!({"k": {"S": k}, "r": {"N": "1"}});
    let values = |k: &str| json!({":k": {"S": k}, ":z": {"S": "own"}});
    for (k, is_own) in [("own", true), ("other", false)] {
        let calls = [
            (
                "PutItem",
                json!({"TableName": "ttt", "Item": {"k": {"S": k}, "r": {"N": "1"}, "owner": {"S": "own"}}}),
            ),
            ("GetItem", json!({"TableName": "ttt", "Key": key(k)})),
            (
                "UpdateItem",
                json!({"TableName": "ttt", "Key": key(k), "UpdateExpression": "SET a = :k",
                "ExpressionAttributeValues": {":k": {"S": "own"}}}),
            ),
            ("BatchGetItem", json!({"RequestItems": {"ttt": {"Keys": [key("owns"), key(k)]}}})),
            (
                "BatchWriteItem",
                json!({"RequestItems": {"ttt": [{"PutRequest": {"Item": key("own")}},
                {"DeleteRequest": {"Key": key(if is_own { "owns" } else { k })}}]}}),
            ),
            (
                "TransactGetItems",
                json!({"TransactItems": [{"Get": {"TableName": "ttt", "Key": key("owns")}},
                {"Get": {"TableName": "ttt", "Key": key(k)}}]}),
            ),
            ("TransactWriteItems", json!({"TransactItems": [{"Put": {"TableName": "ttt", "Item": key(k)}}]})),
            (
                "Query",
                json!({"TableName": "ttt", "KeyConditionExpression": "r > :n AND #key=:k",
                "ExpressionAttributeNames": {"#key": "k"},
                "ExpressionAttributeValues": {":k": {"S": k}, ":n": {"N": "0"}}}),
            ),
            (
                "Query",
                json!({"TableName": "ttt", "KeyConditions": {"k": {"ComparisonOperator": "EQ",
                "AttributeValueList": [{"S": k}]}}}),
            ),
            (
                "Query",
                json!({"TableName": "ttt", "IndexName": "iii", "KeyConditionExpression": "#owner = :k",
                "ExpressionAttributeNames": {"#owner": "owner"}, "ExpressionAttributeValues": {":k": {"S": k}}}),
            ),
            ("DeleteItem", json!({"TableName": "ttt", "Key": key(k)})),
        ];
        for (operation, body) in calls {
            let answered = front.dynamodb(&ana, operation, body.clone()).await;
            let wanted = if is_own { None } else { Some(DENIED.to_owned()) };
            assert_eq!(answered.err(), wanted, "{operation} {body}");
        }
    }
    // What cannot be told is nobody's.
    let unsaid = json!({"TableName": "ttt", "KeyConditionExpression": "k > :k", "ExpressionAttributeValues": values("own")});
    assert_eq!(front.dynamodb(&ana, "Query", unsaid).await.unwrap_err(), DENIED);
    // Numbers are compared as they are kept.
    let numbers = json!({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "1"}});
    let numbers = [all(&["dynamodb:*"]), statement("Deny", &["dynamodb:GetItem"], "*", numbers)];
    front.put(&front.root, "ana", &numbers).await;
    let table = json!({"TableName": "nnn", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}]});
    front.dynamodb(&front.root, "CreateTable", table).await.unwrap();
    for (number, is_denied) in [("1", true), ("1.00", true), ("2", false)] {
        let get = json!({"TableName": "nnn", "Key": {"k": {"N": number}}});
        assert_eq!(front.dynamodb(&ana, "GetItem", get).await.is_err(), is_denied, "{number}");
    }
}

#[tokio::test]
async fn which_attributes_are_named_and_what_is_wanted_of_them_is_asked() {
    let front = Front::new().await;
    with_table(&front).await;
    let some = json!({"ForAllValues:StringEquals": {"dynamodb:Attributes": ["k", "r", "a", "b"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES", "dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]}});
    let ana = front.user(&front.root, "ana", &[statement("Allow", &["dynamodb:*"], "*", some)]).await;
    let key = json!({"k": {"S": "1"}, "r": {"N": "1"}});
    let update = |expression: &str, more: Value| {
        let mut body = json!({"TableName": "ttt", "Key": key, "UpdateExpression": expression,
            "ExpressionAttributeValues": {":v": {"N": "1"}}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let may = [
        (
            "UpdateItem",
            update("SET a = if_not_exists(b, :v)", json!({"ConditionExpression": "attribute_not_exists(a)"})),
        ),
        (
            "UpdateItem",
            update(
                "SET #x = :v",
                json!({"ExpressionAttributeNames": {"#x": "b"}, "ReturnValues": "UPDATED_NEW"}),
            ),
        ),
        ("GetItem", json!({"TableName": "ttt", "Key": key, "ProjectionExpression": "a, b.secret"})),
        ("GetItem", json!({"TableName": "ttt", "Key": key, "AttributesToGet": ["a"]})),
        ("Scan", json!({"TableName": "ttt", "ProjectionExpression": "a"})),
        ("PutItem", json!({"TableName": "ttt", "Item": {"k": {"S": "1"}, "r": {"N": "1"}, "a": {"N": "1"}}})),
    ];
    let may_not = [
        ("UpdateItem", update("SET secret = :v", json!({}))),
        ("UpdateItem", update("SET a = :v", json!({"ConditionExpression": "secret = :v"}))),
        ("UpdateItem", update("SET #x = :v", json!({"ExpressionAttributeNames": {"#x": "secret"}}))),
        ("UpdateItem", update("SET a = :v", json!({"ReturnValues": "ALL_OLD"}))),
        (
            "UpdateItem",
            json!({"TableName": "ttt", "Key": key, "AttributeUpdates": {"secret": {"Action": "DELETE"}}}),
        ),
        (
            "UpdateItem",
            json!({"TableName": "ttt", "Key": key, "Expected": {"secret": {"Exists": false}},
            "AttributeUpdates": {"a": {"Action": "DELETE"}}}),
        ),
        ("GetItem", json!({"TableName": "ttt", "Key": key})),
        ("GetItem", json!({"TableName": "ttt", "Key": key, "ProjectionExpression": "a, secret"})),
        ("GetItem", json!({"TableName": "ttt", "Key": key, "AttributesToGet": ["secret"]})),
        ("Scan", json!({"TableName": "ttt"})),
        (
            "Scan",
            json!({"TableName": "ttt", "ProjectionExpression": "a", "FilterExpression": "secret = :v",
            "ExpressionAttributeValues": {":v": {"N": "1"}}}),
        ),
        ("BatchGetItem", json!({"RequestItems": {"ttt": {"Keys": [key]}}})),
        (
            "PutItem",
            json!({"TableName": "ttt", "Item": {"k": {"S": "1"}, "r": {"N": "1"}, "secret": {"N": "1"}}}),
        ),
    ];
    for (operation, body) in may {
        let answered = front.dynamodb(&ana, operation, body.clone()).await;
        assert_eq!(answered.err(), None, "{operation} {body}");
    }
    for (operation, body) in may_not {
        let answered = front.dynamodb(&ana, operation, body.clone()).await;
        assert_eq!(answered.err().as_deref(), Some(DENIED), "{operation} {body}");
    }
    // Within a transaction and not alone.
    let within = json!({"StringEquals": {"dynamodb:EnclosingOperation": "TransactWriteItems"}});
    front.put(&front.root, "ana", &[statement("Allow", &["dynamodb:PutItem"], "*", within)]).await;
    let item = json!({"TableName": "ttt", "Item": key});
    assert_eq!(front.dynamodb(&ana, "PutItem", item.clone()).await.unwrap_err(), DENIED);
    front.dynamodb(&ana, "TransactWriteItems", json!({"TransactItems": [{"Put": item}]})).await.unwrap();
}

#[tokio::test]
async fn tags_of_tables_are_asked_and_so_are_those_that_a_request_brings() {
    let front = Front::new().await;
    with_table(&front).await;
    let tagged = json!({"StringEquals": {"aws:ResourceTag/Team": "data"}});
    let brings = json!({"StringEquals": {"aws:RequestTag/team": "data"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}});
    let statements = [
        statement("Allow", &["dynamodb:DescribeTable", "dynamodb:UntagResource"], "*", tagged),
        statement("Allow", &["dynamodb:CreateTable", "dynamodb:TagResource"], "*", brings),
    ];
    let ana = front.user(&front.root, "ana", &statements).await;
    let describe = || json!({"TableName": "ttt"});
    front.dynamodb(&ana, "DescribeTable", describe()).await.unwrap();
    let arn = format!("arn:aws:dynamodb:us-east-1:{HERE}:table/ttt");
    let table = |tags: Value| {
        json!({"TableName": "uuu", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "Tags": tags})
    };
    let (data, other) = (json!({"Key": "team", "Value": "data"}), json!({"Key": "other", "Value": "x"}));
    for tags in [json!([]), json!([{"Key": "team", "Value": "x"}]), json!([data, other])] {
        let refused = front.dynamodb(&ana, "CreateTable", table(tags.clone())).await.unwrap_err();
        assert_eq!(refused, DENIED, "{tags}");
        let tag = json!({"ResourceArn": arn, "Tags": tags});
        assert_eq!(front.dynamodb(&ana, "TagResource", tag).await.unwrap_err(), DENIED);
    }
    front.dynamodb(&ana, "CreateTable", table(json!([data]))).await.unwrap();
    front.dynamodb(&ana, "TagResource", json!({"ResourceArn": arn, "Tags": [data]})).await.unwrap();
    front.dynamodb(&ana, "UntagResource", json!({"ResourceArn": arn, "TagKeys": ["team"]})).await.unwrap();
    assert_eq!(front.dynamodb(&ana, "DescribeTable", describe()).await.unwrap_err(), DENIED);
}

#[tokio::test]
async fn metrics_are_put_into_the_namespaces_that_a_policy_names() {
    let front = Front::new().await;
    let own = json!({"StringEquals": {"cloudwatch:namespace": "own"}});
    let ana =
        front.user(&front.root, "ana", &[statement("Allow", &["cloudwatch:PutMetricData"], "*", own)]).await;
    for (namespace, wanted) in [("own", None), ("other", Some("AccessDenied"))] {
        let put = json!({"Namespace": namespace, "MetricData": [{"MetricName": "m", "Value": 1}]});
        let answered = front.json(&ana, "monitoring", "PutMetricData", put).await;
        assert_eq!(
            answered.err().as_deref().map(|code| code.trim_end_matches("Exception")),
            wanted,
            "{namespace}"
        );
    }
}

#[tokio::test]
async fn whoever_sets_a_streams_encryption_needs_the_key_too() {
    let front = Front::new().await;
    front.kinesis(&front.root, "CreateStream", json!({"StreamName": "s", "ShardCount": 1})).await.unwrap();
    let actions = ["kinesis:StartStreamEncryption", "kinesis:StopStreamEncryption"];
    let stream =
        statement("Allow", &actions, &format!("arn:aws:kinesis:us-east-1:{HERE}:stream/s"), json!({}));
    let key = statement("Allow", &actions, &format!("arn:aws:kms:us-east-1:{HERE}:key/abc"), json!({}));
    let alias = statement("Allow", &actions, &format!("arn:aws:kms:us-east-1:{HERE}:alias/own"), json!({}));
    let ana = front.user(&front.root, "ana", std::slice::from_ref(&stream)).await;
    let set = |key: &str| json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": key});
    let arn = format!("arn:aws:kms:us-east-1:{HERE}:key/abc");
    for named in ["abc", &arn, "alias/own", "alias/other"] {
        for operation in ["StartStreamEncryption", "StopStreamEncryption"] {
            assert_eq!(
                front.kinesis(&ana, operation, set(named)).await.unwrap_err(),
                DENIED,
                "{operation} {named}"
            );
        }
    }
    front.kinesis(&ana, "StartStreamEncryption", set("alias/aws/kinesis")).await.unwrap();
    front.put(&front.root, "ana", &[stream, key.clone(), alias]).await;
    for named in ["abc", &arn, "alias/own"] {
        // Let in, and told that there is none.
        let told = front.kinesis(&ana, "StartStreamEncryption", set(named)).await.unwrap_err();
        assert_eq!(told, "KMSNotFoundException", "{named}");
    }
    assert_eq!(front.kinesis(&ana, "StartStreamEncryption", set("alias/other")).await.unwrap_err(), DENIED);
    front.put(&front.root, "ana", &[key]).await;
    assert_eq!(front.kinesis(&ana, "StopStreamEncryption", set("abc")).await.unwrap_err(), DENIED);
}

/// Whatever is written in an ARN that does not count: what is done is decided about as what it is done with.
#[tokio::test]
async fn a_denial_is_not_evaded_by_another_spelling() {
    let front = Front::new().await;
    with_table(&front).await;
    front.kinesis(&front.root, "CreateStream", json!({"StreamName": "s", "ShardCount": 1})).await.unwrap();
    let stream = format!("arn:aws:kinesis:us-east-1:{HERE}:stream/s");
    let consumer = json!({"StreamARN": stream, "ConsumerName": "c"});
    let consumer = front.kinesis(&front.root, "RegisterStreamConsumer", consumer).await.unwrap();
    let consumer = consumer["Consumer"]["ConsumerARN"].as_str().unwrap().to_owned();
    let table = format!("arn:aws:dynamodb:us-east-1:{HERE}:table/ttt");
    let denied = |resource: &str| statement("Deny", &["*"], resource, json!({}));
    let statements = [all(&["*"]), denied(&stream), denied(&consumer), denied(&table)];
    let ana = front.user(&front.root, "ana", &statements).await;
    let created = consumer.rsplit_once(':').unwrap();
    let spellings = [
        stream.clone(),
        stream.replace("arn:aws:", "arn:aws-cn:"),
        stream.replace("arn:aws:", "arn:awsx:"),
        consumer.clone(),
        consumer.replace("arn:aws:", "arn:aws-cn:"),
        format!("{}:00{}", created.0, created.1),
    ];
    for arn in spellings {
        let named = json!({"ResourceARN": arn});
        assert_eq!(front.kinesis(&ana, "ListTagsForResource", named).await.unwrap_err(), DENIED, "{arn}");
        let named = json!({"StreamARN": arn});
        if arn.ends_with("/s") {
            assert_eq!(
                front.kinesis(&ana, "DescribeStreamSummary", named).await.unwrap_err(),
                DENIED,
                "{arn}"
            );
        }
    }
    for (behind, wanted) in
        [("", DENIED), ("/index/iii", "ValidationException"), ("/x", "ValidationException")]
    {
        let arn = format!("{table}{behind}");
        for (operation, more) in [
            ("ListTagsOfResource", json!({})),
            ("TagResource", json!({"Tags": [{"Key": "k", "Value": "v"}]})),
            ("UntagResource", json!({"TagKeys": ["team"]})),
        ] {
            let mut body = json!({"ResourceArn": arn});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(front.dynamodb(&ana, operation, body).await.unwrap_err(), wanted, "{operation} {arn}");
        }
    }
}
