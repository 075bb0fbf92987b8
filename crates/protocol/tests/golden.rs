//! Requests, answers and errors as bytes, in both encodings. The texts were made from botocore's model
//! and compared with what its serializer and parser make of them.

use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use flumen_protocol::kinesis::*;
use flumen_protocol::{Encode, Encoding, ErrorCode, Fault, Input, Operation, decode, decode_output, encode};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    let digit = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).expect("the golden file is hexadecimal");
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn golden(operation: Operation, name: &str) -> [Vec<u8>; 2] {
    let read = |ending: &str| {
        let path = folder().join(operation.as_str()).join(format!("{name}.{ending}"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    [read("json").trim_end().into(), bytes_of_hex(read("cbor.hex").trim_end())]
}

fn encoded<T: Encode>(encoding: Encoding, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    encode(encoding, value, &mut out);
    out
}

/// Both encodings say the same value, and writing it gives the same bytes again.
#[track_caller]
fn same<'a, T: Encode + PartialEq + Debug>(
    [json, cbor]: &'a [Vec<u8>; 2],
    read: fn(Encoding, &'a [u8]) -> Result<T, Fault>,
) {
    let of_json = read(Encoding::Json, json).expect("the golden JSON can be read");
    let of_cbor = read(Encoding::Cbor, cbor).expect("the golden CBOR can be read");
    assert_eq!(of_json, of_cbor);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(&encoded(Encoding::Json, &of_cbor)), text(json));
    assert_eq!(encoded(Encoding::Cbor, &of_json), *cbor);
}

fn input<'a, I: Input<'a, Operation = Operation> + Encode + PartialEq + Debug>(
    golden: &'a [Vec<u8>; 2],
) -> Operation {
    same::<I>(golden, decode);
    I::OPERATION
}

/// What answers the operation of `I`.
fn output<'a, 'i, I: Input<'i>>(golden: &'a [Vec<u8>; 2])
where
    I::Output<'a>: Encode + PartialEq + Debug,
{
    same::<I::Output<'a>>(golden, decode_output);
}

macro_rules! operations {
    ($($operation:ident: $input:ty $(=> $name:literal)?;)*) => {
        #[test]
        fn inputs_and_outputs_of_every_operation_are_those_of_the_golden_files() {
            let mut tested = Vec::new();
            $(
                let operation = Operation::$operation;
                assert_eq!(input::<$input>(&golden(operation, "input")), operation);
                $(output::<$input>(&golden(operation, $name));)?
                tested.push(operation);
            )*
            let served: Vec<Operation> =
                Operation::ALL.iter().copied().filter(|operation| operation.is_served()).collect();
            assert_eq!(tested, served);
        }
    };
}

operations! {
    AddTagsToStream: AddTagsToStreamInput<'_>;
    CreateStream: CreateStreamInput<'_>;
    DecreaseStreamRetentionPeriod: DecreaseStreamRetentionPeriodInput<'_>;
    DeleteResourcePolicy: DeleteResourcePolicyInput<'_>;
    DeleteStream: DeleteStreamInput<'_>;
    DeregisterStreamConsumer: DeregisterStreamConsumerInput<'_>;
    DescribeAccountSettings: DescribeAccountSettingsInput => "output";
    DescribeLimits: DescribeLimitsInput => "output";
    DescribeStream: DescribeStreamInput<'_> => "output";
    DescribeStreamConsumer: DescribeStreamConsumerInput<'_> => "output";
    DescribeStreamSummary: DescribeStreamSummaryInput<'_> => "output";
    DisableEnhancedMonitoring: DisableEnhancedMonitoringInput<'_> => "output";
    EnableEnhancedMonitoring: EnableEnhancedMonitoringInput<'_> => "output";
    GetRecords: GetRecordsInput<'_> => "output";
    GetResourcePolicy: GetResourcePolicyInput<'_> => "output";
    GetShardIterator: GetShardIteratorInput<'_> => "output";
    IncreaseStreamRetentionPeriod: IncreaseStreamRetentionPeriodInput<'_>;
    ListShards: ListShardsInput<'_> => "output";
    ListStreamConsumers: ListStreamConsumersInput<'_> => "output";
    ListStreams: ListStreamsInput<'_> => "output";
    ListTagsForResource: ListTagsForResourceInput<'_> => "output";
    ListTagsForStream: ListTagsForStreamInput<'_> => "output";
    MergeShards: MergeShardsInput<'_>;
    PutRecord: PutRecordInput<'_> => "output";
    PutRecords: PutRecordsInput<'_> => "output";
    PutResourcePolicy: PutResourcePolicyInput<'_>;
    RegisterStreamConsumer: RegisterStreamConsumerInput<'_> => "output";
    RemoveTagsFromStream: RemoveTagsFromStreamInput<'_>;
    SplitShard: SplitShardInput<'_>;
    StartStreamEncryption: StartStreamEncryptionInput<'_>;
    StopStreamEncryption: StopStreamEncryptionInput<'_>;
    SubscribeToShard: SubscribeToShardInput<'_> => "event";
    TagResource: TagResourceInput<'_>;
    UntagResource: UntagResourceInput<'_>;
    UpdateAccountSettings: UpdateAccountSettingsInput => "output";
    UpdateMaxRecordSize: UpdateMaxRecordSizeInput<'_>;
    UpdateShardCount: UpdateShardCountInput<'_> => "output";
    UpdateStreamMode: UpdateStreamModeInput<'_>;
    UpdateStreamWarmThroughput: UpdateStreamWarmThroughputInput<'_> => "output";
}

#[test]
fn what_answers_with_nothing_has_no_body() {
    type Output<'o> = <DeleteStreamInput<'o> as Input<'o>>::Output<'o>;
    for encoding in [Encoding::Json, Encoding::Cbor] {
        let nothing: Result<Output<'_>, Fault> = decode_output(encoding, b"");
        assert_eq!(nothing, Ok(()));
        assert!(decode_output::<ListStreamsOutput<'_>>(encoding, b"").is_err(), "it has to have members");
    }
    assert_eq!(decode_output::<()>(Encoding::Json, br#"{"New":[1,{}]}"#), Ok(()));
    assert!(decode_output::<()>(Encoding::Json, b"[").is_err());
}

#[test]
fn every_error_is_that_of_the_golden_file() {
    let lines = fs::read_to_string(folder().join("errors.txt")).expect("the golden file is there");
    let mut codes = Vec::new();
    for line in lines.lines() {
        let parts: Vec<&str> = line.splitn(4, ' ').collect();
        let [code, status, cbor, json] = parts[..] else { panic!("{line}") };
        let code = ErrorCode::parse(code).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(code.status().to_string(), status, "{line}");
        let fault = match json.contains("essage\":") {
            true => Fault::new(code, "Stream \"x\" not found."),
            false => Fault::bare(code),
        };
        for (encoding, golden) in
            [(Encoding::Json, json.as_bytes().to_vec()), (Encoding::Cbor, bytes_of_hex(cbor))]
        {
            let mut out = Vec::new();
            fault.encode(encoding, &mut out);
            assert_eq!(out, golden, "{line}");
            assert_eq!(Fault::decode(encoding, &golden), Some(fault.clone()), "{line}");
        }
        codes.push(code);
    }
    codes.dedup();
    assert_eq!(codes, ErrorCode::ALL);
}
