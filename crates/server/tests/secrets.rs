//! What callers send and keep does not get into the log, however much is logged.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use flumen_testkit::server::Server;

/// In whatever is sent; a word, so that it passes where letters alone do.
const SECRET: &str = "Hush4Hush";
const KINESIS: &str = "Kinesis_20131202";
const TABLES: &str = "DynamoDB_20120810";
const WATCH: &str = "GraniteServiceVersion20100801";

struct Answer {
    status: u16,
    request_id: String,
    body: String,
}

/// One request on a connection of its own.
fn call(server: &Server, service: &str, operation: &str, authorization: &str, body: &str) -> Answer {
    let version = if service == KINESIS { "1.1" } else { "1.0" };
    let address = server.endpoint.strip_prefix("http://").unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/x-amz-json-{version}\r\n\
         x-amz-date: 20300101T000000Z\r\nx-amz-target: {service}.{operation}\r\nauthorization: {authorization}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let request_id =
        head.lines().find_map(|line| line.strip_prefix("x-amzn-requestid: ")).unwrap().to_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, request_id, body: body.to_owned() }
}

fn signed(service: &str) -> String {
    let name = match service {
        TABLES => "dynamodb",
        WATCH => "monitoring",
        _ => "kinesis",
    };
    format!(
        "AWS4-HMAC-SHA256 Credential=AK/20300101/us-east-1/{name}/aws4_request, SignedHeaders=host;x-amz-date, \
         Signature=00"
    )
}

#[test]
fn refusals_are_logged_without_what_was_sent_or_kept() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let server = Server::start_logging(&["--ephemeral"], "debug", Stdio::from(log.reopen().unwrap()));
    let long = SECRET.repeat(40);
    let accepted = [
        (KINESIS, "CreateStream", r#"{"StreamName":"s","ShardCount":1}"#.to_owned()),
        (
            TABLES,
            "CreateTable",
            r#"{"TableName":"leases","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}]}"#
                .to_owned(),
        ),
        (TABLES, "PutItem", format!(r#"{{"TableName":"leases","Item":{{"k":{{"S":"a"}},"v":{{"S":"{SECRET}"}}}}}}"#)),
    ];
    for (service, operation, body) in accepted {
        let answer = call(&server, service, operation, &signed(service), &body);
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
    }
    let put = |members: &str| format!(r#"{{"StreamName":"s",{members}}}"#);
    let item = format!(
        r#"{{"TableName":"leases","Item":{{"k":{{"S":"a"}},"v":{{"S":"{SECRET}"}}}},"ConditionExpression":"attribute_not_exists(k)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}"#
    );
    let refused = [
        (KINESIS, "PutRecord", "ValidationException", put(&format!(r#""Data":"","PartitionKey":"{long}""#))),
        (
            KINESIS,
            "PutRecord",
            "SerializationException",
            put(&format!(r#""Data":"{SECRET}","PartitionKey":"k""#)),
        ),
        (
            KINESIS,
            "AddTagsToStream",
            "InvalidArgumentException",
            put(&format!(r#""Tags":{{"{SECRET},":"{SECRET}"}}"#)),
        ),
        (KINESIS, "AddTagsToStream", "ValidationException", put(&format!(r#""Tags":{{"k":"{long}"}}"#))),
        (KINESIS, "GetRecords", "InvalidArgumentException", format!(r#"{{"ShardIterator":"{SECRET}"}}"#)),
        (KINESIS, "DescribeStream", "ResourceNotFoundException", format!(r#"{{"StreamName":"{SECRET}"}}"#)),
        (KINESIS, SECRET, "UnknownOperationException", "{}".to_owned()),
        (TABLES, "PutItem", "ConditionalCheckFailedException", item.clone()),
        (
            TABLES,
            "TransactWriteItems",
            "TransactionCanceledException",
            format!(r#"{{"TransactItems":[{{"Put":{item}}}]}}"#),
        ),
        (
            TABLES,
            "PutItem",
            "ValidationException",
            format!(r#"{{"TableName":"leases","Item":{{"k":{{"N":"{SECRET}"}}}}}}"#),
        ),
        (
            TABLES,
            "GetItem",
            "SerializationException",
            format!(r#"{{"TableName":"leases","Key":["{SECRET}"]}}"#),
        ),
        (TABLES, SECRET, "UnknownOperationException", "{}".to_owned()),
        (
            WATCH,
            "PutMetricData",
            "InvalidParameterValue",
            format!(r#"{{"Namespace":"AWS/{SECRET}","MetricData":[{{"MetricName":"{SECRET}","Value":1}}]}}"#),
        ),
    ];
    let mut told = 0;
    let mut ids = Vec::new();
    for (service, operation, code, body) in refused {
        let answer = call(&server, service, operation, &signed(service), &body);
        assert!(answer.status >= 400 && answer.body.contains(code), "{operation}: {}", answer.body);
        told += usize::from(answer.body.contains(SECRET));
        ids.push((answer.request_id, code));
    }
    for (authorization, code) in [
        (format!("AWS4-HMAC-SHA256 Credential={SECRET}"), "IncompleteSignatureException"),
        (format!("Bearer {SECRET}"), "IncompleteSignatureException"),
    ] {
        let answer = call(&server, KINESIS, "ListStreams", &authorization, "{}");
        assert!(answer.status >= 400 && answer.body.contains(code), "{}", answer.body);
        told += usize::from(answer.body.contains(SECRET));
        ids.push((answer.request_id, code));
    }
    assert!(told >= 6, "callers are told {told} times");

    // A line is written before its answer is sent.
    let text = std::fs::read_to_string(log.path()).unwrap();
    for (id, code) in ids {
        let line = text.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("{id} in {text}"));
        assert!(line.contains("request refused") && line.contains(code), "{line}");
    }
    let leaks: Vec<&str> = text.lines().filter(|line| line.contains(SECRET)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
