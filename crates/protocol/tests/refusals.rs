//! Every text of `docs/kinesis/wire.md#type-errors` and `docs/kinesis/wire.md#constraint-errors`, and which of
//! several reasons is named.

use flumen_protocol::kinesis::*;
use flumen_protocol::{Encoding, ErrorCode, Fault, Input, check_syntax, decode};

fn refusal<'a, I: Input<'a> + std::fmt::Debug>(body: &'a str) -> Fault {
    match decode::<I>(Encoding::Json, body.as_bytes()) {
        Ok(input) => panic!("{body} was taken: {input:?}"),
        Err(fault) => fault,
    }
}

#[track_caller]
fn type_error<'a, I: Input<'a> + std::fmt::Debug>(body: &'a str, message: &str) {
    assert_eq!(refusal::<I>(body), Fault::new(ErrorCode::SerializationException, message), "{body}");
}

#[track_caller]
fn violation<'a, I: Input<'a> + std::fmt::Debug>(body: &'a str, message: &str) {
    assert_eq!(refusal::<I>(body), Fault::new(ErrorCode::ValidationException, message), "{body}");
}

const NUMBER: &str = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to";

#[test]
fn a_string_is_neither_a_boolean_nor_a_number() {
    type_error::<CreateStreamInput<'_>>(
        r#"{"StreamName":true}"#,
        "class java.lang.Boolean can not be converted to an String",
    );
    type_error::<CreateStreamInput<'_>>(r#"{"StreamName":-1.5}"#, &format!("{NUMBER} an String"));
}

#[test]
fn a_number_is_neither_a_boolean_nor_a_string() {
    type_error::<CreateStreamInput<'_>>(
        r#"{"ShardCount":false}"#,
        "class java.lang.Boolean can not be converted to an Integer",
    );
    type_error::<CreateStreamInput<'_>>(
        r#"{"ShardCount":"1"}"#,
        "class java.lang.String can not be converted to an Integer",
    );
}

#[test]
fn a_boolean_is_a_word_or_an_error_that_shows_it_in_capitals() {
    let dry_run = |value: &str| {
        let body = format!(r#"{{"ShardIterator":"i","DryRun":{value}}}"#);
        decode::<GetRecordsInput<'_>>(Encoding::Json, body.as_bytes()).map(|input| input.dry_run)
    };
    for value in ["true", "\"TRUE\"", "\"1\"", "\"yes\""] {
        assert_eq!(dry_run(value), Ok(Some(true)), "{value}");
    }
    for value in ["false", "\"False\"", "\"0\"", "\"NO\""] {
        assert_eq!(dry_run(value), Ok(Some(false)), "{value}");
    }
    type_error::<GetRecordsInput<'_>>(r#"{"DryRun":"hello"}"#, "'HELLO' can not be converted to an Boolean");
    type_error::<GetRecordsInput<'_>>(r#"{"DryRun":1}"#, &format!("{NUMBER} an Boolean"));
}

#[test]
fn a_blob_is_base64() {
    let data = |text: &str| format!(r#"{{"StreamName":"","Data":"{text}","PartitionKey":"k"}}"#);
    let cases = [
        ("23456", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        ("=234", "Invalid Base64 character: '='"),
        ("12_4", "Invalid Base64 character: '_'"),
        ("ab==cd==", "Invalid Base64 character: '='"),
        ("AB==", "Invalid last non-pad Base64 character dectected"),
    ];
    for (text, why) in cases {
        // The name violates a constraint, and the type error wins.
        type_error::<PutRecordInput<'_>>(
            &data(text),
            &format!("'{text}' can not be converted to a Blob: {why}"),
        );
    }
    type_error::<PutRecordInput<'_>>(
        r#"{"Data":true}"#,
        "class java.lang.Boolean can not be converted to a Blob",
    );
    type_error::<PutRecordInput<'_>>(r#"{"Data":1}"#, &format!("{NUMBER} a Blob"));
    type_error::<PutRecordsInput<'_>>(
        r#"{"StreamName":"","Records":[{"Data":"123"}]}"#,
        "'123' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3",
    );
}

#[test]
fn a_time_is_a_number() {
    type_error::<ListShardsInput<'_>>(
        r#"{"StreamCreationTimestamp":true}"#,
        "class java.lang.Boolean can not be converted to milliseconds since epoch",
    );
    type_error::<ListShardsInput<'_>>(
        r#"{"StreamCreationTimestamp":"x"}"#,
        "class java.lang.String can not be converted to milliseconds since epoch",
    );
}

#[test]
fn containers_are_not_scalars_and_scalars_no_containers() {
    for scalar in ["true", "1", "\"x\""] {
        type_error::<PutRecordsInput<'_>>(&format!(r#"{{"Records":{scalar}}}"#), "Expected list or null");
        type_error::<AddTagsToStreamInput<'_>>(&format!(r#"{{"Tags":{scalar}}}"#), "Expected map or null");
        type_error::<ListShardsInput<'_>>(&format!(r#"{{"ShardFilter":{scalar}}}"#), "Expected null");
    }
    let list = "Start of list found where not expected";
    type_error::<PutRecordsInput<'_>>(r#"{"StreamName":[]}"#, list);
    type_error::<AddTagsToStreamInput<'_>>(r#"{"Tags":[]}"#, list);
    type_error::<ListShardsInput<'_>>(r#"{"ShardFilter":[]}"#, list);
    type_error::<ListShardsInput<'_>>(r#"[]"#, list);
    let map = "Start of structure or map found where not expected.";
    type_error::<PutRecordsInput<'_>>(r#"{"StreamName":{}}"#, map);
    type_error::<PutRecordsInput<'_>>(r#"{"Records":{}}"#, map);
}

#[test]
fn a_body_that_does_not_parse_wins_over_its_types() {
    for body in [
        "",
        "x",
        "1",
        "null",
        "\"x\"",
        "{",
        "{}x",
        r#"{"StreamName":true"#,
        "{\"StreamName\":true,\"x\":\"\u{1}\"}",
    ] {
        let fault = refusal::<PutRecordsInput<'_>>(body);
        assert_eq!(fault, Fault::bare(ErrorCode::SerializationException), "{body}");
        let mut out = Vec::new();
        fault.encode(Encoding::Json, &mut out);
        assert_eq!(out, br#"{"__type":"SerializationException"}"#);
    }
    assert!(decode::<DescribeLimitsInput>(Encoding::Json, b"\xff").is_err());
}

#[test]
fn only_the_message_of_a_type_error_has_a_capital() {
    let mut out = Vec::new();
    Fault::new(ErrorCode::SerializationException, "a").encode(Encoding::Json, &mut out);
    Fault::new(ErrorCode::ValidationException, "b").encode(Encoding::Json, &mut out);
    let bodies =
        r#"{"__type":"SerializationException","Message":"a"}{"__type":"ValidationException","message":"b"}"#;
    assert_eq!(String::from_utf8(out).unwrap(), bodies);
}

#[test]
fn what_is_required_must_be_there() {
    violation::<GetRecordsInput<'_>>(
        "{}",
        "1 validation error detected: Value null at 'shardIterator' failed to satisfy constraint: \
         Member must not be null",
    );
    violation::<GetRecordsInput<'_>>(
        r#"{"ShardIterator":null}"#,
        "1 validation error detected: Value null at 'shardIterator' failed to satisfy constraint: \
         Member must not be null",
    );
    violation::<PutRecordsInput<'_>>(
        r#"{"Records":[{"Data":""},{"PartitionKey":"k"}]}"#,
        "1 validation error detected: Value null at 'records.2.member.data' failed to satisfy constraint: \
         Member must not be null",
    );
    violation::<ListShardsInput<'_>>(
        r#"{"ShardFilter":{}}"#,
        "1 validation error detected: Value null at 'shardFilter.type' failed to satisfy constraint: \
         Member must not be null",
    );
}

#[test]
fn strings_have_patterns_and_lengths() {
    violation::<CreateStreamInput<'_>>(
        r#"{"StreamName":""}"#,
        "2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at 'streamName' failed to satisfy constraint: \
         Member must have length greater than or equal to 1",
    );
    let long = "x".repeat(129);
    violation::<CreateStreamInput<'_>>(
        &format!(r#"{{"StreamName":"{long}"}}"#),
        &format!(
            "1 validation error detected: Value '{long}' at 'streamName' failed to satisfy constraint: \
             Member must have length less than or equal to 128"
        ),
    );
    violation::<PutRecordInput<'_>>(
        r#"{"StreamName":"s","Data":"","PartitionKey":"k","ExplicitHashKey":"01","SequenceNumberForOrdering":"x"}"#,
        "2 validation errors detected: Value '01' at 'explicitHashKey' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: 0|([1-9]\\d{0,38}); Value 'x' at 'sequenceNumberForOrdering' failed \
         to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,128})",
    );
    violation::<DescribeStreamInput<'_>>(
        r#"{"StreamARN":"arn:aws:kinesis:us-east-1:123:stream/s"}"#,
        "1 validation error detected: Value 'arn:aws:kinesis:us-east-1:123:stream/s' at 'streamARN' failed to \
         satisfy constraint: Member must satisfy regular expression pattern: \
         arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
    );
}

#[test]
fn numbers_have_bounds() {
    violation::<GetRecordsInput<'_>>(
        r#"{"ShardIterator":"i","Limit":0}"#,
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: \
         Member must have value greater than or equal to 1",
    );
    violation::<GetRecordsInput<'_>>(
        r#"{"ShardIterator":"i","Limit":99999999999999999999}"#,
        "1 validation error detected: Value '2147483647' at 'limit' failed to satisfy constraint: \
         Member must have value less than or equal to 10000",
    );
}

#[test]
fn the_value_of_a_blob_is_left_out() {
    let data = "A".repeat(10_485_764 / 3 * 4);
    violation::<PutRecordInput<'_>>(
        &format!(r#"{{"StreamName":"s","Data":"{data}","PartitionKey":"k"}}"#),
        "1 validation error detected: Value at 'data' failed to satisfy constraint: \
         Member must have length less than or equal to 10485760",
    );
}

#[test]
fn lists_have_lengths() {
    violation::<PutRecordsInput<'_>>(
        r#"{"Records":[],"StreamName":"s"}"#,
        "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: \
         Member must have length greater than or equal to 1",
    );
    let records = [r#"{"Data":"","PartitionKey":"k"}"#; 501].join(",");
    violation::<PutRecordsInput<'_>>(
        &format!(r#"{{"Records":[{records}],"StreamName":"s"}}"#),
        "1 validation error detected: Value at 'records' failed to satisfy constraint: \
         Member must have length less than or equal to 500",
    );
}

#[test]
fn enumerations_list_their_values_in_the_order_that_was_seen() {
    violation::<GetShardIteratorInput<'_>>(
        r#"{"StreamName":"s","ShardId":"x","ShardIteratorType":"NEWEST"}"#,
        "1 validation error detected: Value 'NEWEST' at 'shardIteratorType' failed to satisfy constraint: Member \
         must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, \
         TRIM_HORIZON]",
    );
    violation::<EnableEnhancedMonitoringInput<'_>>(
        r#"{"StreamName":"s","ShardLevelMetrics":["ALL","x"]}"#,
        "1 validation error detected: Value '[ALL, x]' at 'shardLevelMetrics' failed to satisfy constraint: Member \
         must satisfy constraint: [Member must satisfy enum value set: [IncomingBytes, IncomingRecords, \
         OutgoingBytes, OutgoingRecords, WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, \
         IteratorAgeMilliseconds, ALL]]",
    );
}

#[test]
fn strings_in_lists_and_maps_are_refused_as_a_whole() {
    violation::<RemoveTagsFromStreamInput<'_>>(
        r#"{"StreamName":"s","TagKeys":["a",""]}"#,
        "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy \
         constraint: [Member must have length less than or equal to 128, Member must have length greater than or \
         equal to 1]",
    );
    let long = "v".repeat(257);
    violation::<AddTagsToStreamInput<'_>>(
        &format!(r#"{{"StreamName":"s","Tags":{{"":"a","k":"{long}"}}}}"#),
        &format!(
            "2 validation errors detected: Value '{{=a, k={long}}}' at 'tags' failed to satisfy constraint: Map keys \
             must satisfy constraint: [Member must have length less than or equal to 128, Member must have length \
             greater than or equal to 1]; Value '{{=a, k={long}}}' at 'tags' failed to satisfy constraint: Map value \
             must satisfy constraint: [Member must have length less than or equal to 256, Member must have length \
             greater than or equal to 0]"
        ),
    );
    violation::<AddTagsToStreamInput<'_>>(
        r#"{"StreamName":"s","Tags":{}}"#,
        "1 validation error detected: Value '{}' at 'tags' failed to satisfy constraint: \
         Member must have length greater than or equal to 1",
    );
}

#[test]
fn at_most_ten_violations_are_listed() {
    let records = ["{}"; 11].join(",");
    let message = refusal::<PutRecordsInput<'_>>(&format!(r#"{{"Records":[{records}]}}"#)).message.unwrap();
    assert!(
        message.starts_with("10 validation errors detected: Value null at 'records.1.member.data'"),
        "{message}"
    );
    assert_eq!(message.matches("Member must not be null").count(), 10);
}

#[test]
fn of_a_repeated_member_the_last_counts() {
    let body = r#"{"Records":[{}],"StreamName":"","Records":[{"Data":""}],"StreamName":"s"}"#;
    let input: PutRecordsInput<'_> = decode(Encoding::Json, body.as_bytes()).unwrap();
    assert_eq!((input.records.len(), input.stream_name.as_deref()), (1, Some("s")));
}

#[test]
fn unknown_members_are_passed_over_and_their_syntax_is_not() {
    let body =
        r#"{"StreamId":[{"a":[1,-0.5e+3,true,false,null,"\u00e4\ud83d\ude00\n"]},{}],"StreamName":"s"}"#;
    let input: DescribeStreamInput<'_> = decode(Encoding::Json, body.as_bytes()).unwrap();
    assert_eq!(input.stream_name.as_deref(), Some("s"));
    let broken = [
        "01",
        "1.",
        "+1",
        "1e",
        "tru",
        "[1,]",
        "[,1]",
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        "{1:2}",
        r#""\x""#,
        r#""\u12""#,
        "nul",
    ];
    for value in broken {
        let body = format!(r#"{{"StreamName":"s","x":{value}}}"#);
        let fault = refusal::<DescribeStreamInput<'_>>(&body);
        assert_eq!(fault, Fault::bare(ErrorCode::SerializationException), "{value}");
    }
}

#[test]
fn depth_is_limited() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(check_syntax(Encoding::Json, nested(64).as_bytes()).is_ok());
    assert!(check_syntax(Encoding::Json, nested(65).as_bytes()).is_err());
    assert!(check_syntax(Encoding::Cbor, &[&[0x81; 63][..], &[0x80]].concat()).is_ok());
    assert!(check_syntax(Encoding::Cbor, &[&[0x81; 64][..], &[0x80]].concat()).is_err());
}

#[test]
fn lengths_in_cbor_are_not_trusted() {
    for body in [
        "9bffffffffffffffff",
        "bbfffffffffffffff0",
        "a161787bffffffffffffffff",
        "a16178",
        "a16578",
        "a16178467879",
        "5f",
        "bf",
    ] {
        let bytes: Vec<u8> =
            (0..body.len() / 2).map(|i| u8::from_str_radix(&body[2 * i..2 * i + 2], 16).unwrap()).collect();
        assert!(check_syntax(Encoding::Cbor, &bytes).is_err(), "{body}");
    }
}
