//! What each operation may answer with is what its interface description says, and closed.

use flumen_protocol::{cloudwatch, kinesis};

/// Names on the wire, in the order of the alphabet.
macro_rules! codes {
    ($of:ident, $type:path) => {{
        let codes: Vec<&str> = <$type>::ALL.iter().map(|&code| $of::from(code).as_str()).collect();
        codes.join(" ")
    }};
}

#[test]
fn an_operation_answers_with_its_own_codes_and_those_of_any() {
    use kinesis::{ErrorCode, *};
    assert_eq!(
        codes!(ErrorCode, DescribeLimitsCode),
        "AccessDeniedException InternalFailure LimitExceededException ValidationException"
    );
    assert_eq!(
        codes!(ErrorCode, GetShardIteratorCode),
        "AccessDeniedException DryRunOperationException InternalFailure InvalidArgumentException \
         ProvisionedThroughputExceededException ResourceNotFoundException ValidationException"
    );
    // Keys are looked at only by the first of these two.
    let stop = codes!(ErrorCode, StopStreamEncryptionCode);
    assert_eq!(
        stop,
        "AccessDeniedException InternalFailure InvalidArgumentException LimitExceededException \
         ResourceInUseException ResourceNotFoundException ValidationException"
    );
    let start = codes!(ErrorCode, StartStreamEncryptionCode);
    assert_eq!(start.split(' ').filter(|code| !stop.contains(code)).count(), 6, "{start}");
}

#[test]
fn codes_beyond_the_list_of_aws_are_of_one_operation() {
    use kinesis::{ErrorCode, *};
    let of_data = "SerializationException";
    assert!(codes!(ErrorCode, PutRecordCode).contains(of_data));
    assert!(codes!(ErrorCode, PutRecordsCode).contains(of_data));
    assert!(!codes!(ErrorCode, GetRecordsCode).contains(of_data));
}

#[test]
fn codes_have_the_names_of_the_wire() {
    use cloudwatch::{ErrorCode, *};
    assert_eq!(
        codes!(ErrorCode, ListMetricsCode),
        "AccessDeniedException InternalServiceError InvalidParameterValue ValidationError"
    );
    assert_eq!(
        codes!(ErrorCode, GetMetricDataCode),
        "AccessDeniedException InternalServiceError InvalidNextToken InvalidParameterCombination \
         InvalidParameterValue MissingParameter ValidationError"
    );
}
