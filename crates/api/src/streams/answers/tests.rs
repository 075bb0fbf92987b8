//! What is written by hand reads back as the generated shapes, and the same in both encodings.

use std::sync::Arc;

use flumen_access::{Caller, Principal};
use flumen_protocol::kinesis::{
    CreateStreamInput, GetRecordsInput, GetRecordsOutput, GetShardIteratorInput, PutRecordOutput,
    PutRecordsInput, PutRecordsOutput, PutRecordsRequestEntry, PutRecordsResultEntry, ShardIteratorType,
    SplitShardInput,
};
use flumen_protocol::{Blob, decode_output, encode};
use flumen_storage::{AppendError, Storage};
use flumen_streams::errors::{NotStored, ShardThrottled, StreamName};
use flumen_streams::{Streams, StreamsSettings};
use flumen_testkit::service::{keys, seal};
use flumen_types::{Clock, Creation};
use proptest::prelude::*;

use super::*;

async fn service() -> (Streams, Caller) {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let settings = StreamsSettings::unlimited();
    let streams = Streams::open(
        storage.clone(),
        Clock::system(),
        seal(),
        keys(&storage, &Clock::system()).await,
        settings,
    )
    .await
    .unwrap();
    let caller = Caller::new(Arc::new(Principal::root("000000000000")), "us-east-1");
    let input =
        CreateStreamInput { stream_name: "s".into(), shard_count: Some(1), ..CreateStreamInput::default() };
    streams.create_stream(&caller, &input).await.unwrap();
    (streams, caller)
}

async fn put(streams: &Streams, caller: &Caller, records: &[(&str, &[u8])]) -> Vec<Put> {
    let entry = |(key, data): &(&str, &[u8])| PutRecordsRequestEntry {
        data: Blob::Bytes(data.to_vec().into()),
        partition_key: Some(key.to_string().into()),
        ..Default::default()
    };
    let input = PutRecordsInput {
        stream_name: Some("s".into()),
        records: records.iter().map(entry).collect(),
        ..Default::default()
    };
    streams.put_records(caller, &input).await.unwrap().0
}

async fn fetch(streams: &Streams, caller: &Caller, kind: ShardIteratorType) -> Fetched {
    let input = GetShardIteratorInput {
        stream_name: Some("s".into()),
        shard_id: "0".into(),
        shard_iterator_type: kind,
        ..Default::default()
    };
    let iterator = streams.get_shard_iterator(caller, &input).await.unwrap().shard_iterator.unwrap();
    let input = GetRecordsInput { shard_iterator: iterator, ..Default::default() };
    streams.get_records(caller, &input, 10 << 20).await.unwrap()
}

#[tokio::test]
async fn results_of_puts_read_back_as_their_shape() {
    let (streams, caller) = service().await;
    let mut puts = put(&streams, &caller, &[("a", b"1"), ("b", b"2")]).await;
    let stream = StreamName { name: "\"s\"".into(), account: "0".into() };
    let throttled = ShardThrottled { shard: ShardId::default(), stream };
    puts.push(Put::Refused(NotStored::Throttled(throttled.into())));
    let failed = AppendError::Failed("/data/journal/1.journal: no room".into());
    puts.push(Put::Refused(NotStored::Log(failed)));
    let (json, cbor) = (put_records(Encoding::Json, &puts, false), put_records(Encoding::Cbor, &puts, false));
    let output: PutRecordsOutput<'_> = decode_output(Encoding::Json, &json).unwrap();
    assert_eq!(decode_output::<PutRecordsOutput<'_>>(Encoding::Cbor, &cbor).unwrap(), output);
    assert_eq!(output.failed_record_count, Some(2));
    let Put::Stored(Stored { number, .. }) = &puts[1] else { panic!("{:?}", puts[1]) };
    assert_eq!(output.records[1].sequence_number.as_deref(), Some(number.to_string().as_str()));
    assert_eq!(output.records[1].shard_id.as_deref(), Some("shardId-000000000000"));
    assert_eq!(output.records[2].error_code.as_deref(), Some("ProvisionedThroughputExceededException"));
    assert_eq!(
        output.records[2].error_message.as_deref(),
        Some("Rate exceeded for shard shardId-000000000000 in stream \"s\" under account 0.")
    );
    assert_eq!(output.records[3].error_code.as_deref(), Some("InternalFailure"));
    assert_eq!(output.records[3].error_message.as_deref(), Some("Internal Service Failure"));
    assert!(json.len() <= json.capacity() && json.capacity() < 1024, "room is made once");

    let Put::Stored(stored) = &puts[0] else { panic!("{:?}", puts[0]) };
    for encoding in [Encoding::Json, Encoding::Cbor] {
        let one = put_record(encoding, stored, false);
        assert!(one.len() <= PUT_BYTES, "room is made once");
        let one: PutRecordOutput<'_> = decode_output(encoding, &one).unwrap();
        assert_eq!(Some(one.sequence_number), output.records[0].sequence_number);
        assert_eq!(Some(one.shard_id), output.records[0].shard_id);
    }
}

#[tokio::test]
async fn records_read_back_as_their_shape() {
    let (streams, caller) = service().await;
    let written: [(&str, &[u8]); 4] =
        [("ключ \"1\"", b""), ("b", &[0, 255, 128]), ("c", &[7; 1000]), ("\u{1}", b"x")];
    // Two appends, within each of which numbers count on.
    put(&streams, &caller, &written[..3]).await;
    put(&streams, &caller, &written[3..]).await;
    let fetched = fetch(&streams, &caller, ShardIteratorType::TrimHorizon).await;
    let numbers: Vec<String> = fetched.records.records().map(|record| record.number.to_string()).collect();
    let (json, cbor) = (get_records(Encoding::Json, &fetched), get_records(Encoding::Cbor, &fetched));
    assert!(json.len() <= get_records_bytes(Encoding::Json, &fetched));
    assert!(cbor.len() <= get_records_bytes(Encoding::Cbor, &fetched));
    let json: GetRecordsOutput<'_> = decode_output(Encoding::Json, &json).unwrap();
    let cbor: GetRecordsOutput<'_> = decode_output(Encoding::Cbor, &cbor).unwrap();
    assert_eq!(json.records.len(), written.len());
    for ((from_json, from_cbor), (key, data)) in json.records.iter().zip(&cbor.records).zip(written) {
        assert_eq!(from_json.partition_key.as_deref(), Some(key));
        assert_eq!(
            (&*from_json.data.to_bytes().unwrap(), &*from_cbor.data.to_bytes().unwrap()),
            (data, data)
        );
        assert_eq!(from_json.approximate_arrival_timestamp, from_cbor.approximate_arrival_timestamp);
        assert_eq!(from_json.sequence_number, from_cbor.sequence_number);
    }
    assert!(json.records.iter().map(|record| &*record.sequence_number).eq(&numbers));
    assert_eq!((&json.next_shard_iterator, json.millis_behind_latest), (&cbor.next_shard_iterator, Some(0)));
    assert_eq!(json.child_shards, None);
}

#[tokio::test]
async fn the_end_of_a_shard_reads_back_with_its_children() {
    let (streams, caller) = service().await;
    let input = SplitShardInput {
        stream_name: Some("s".into()),
        shard_to_split: "0".into(),
        new_starting_hash_key: "1000".into(),
        ..Default::default()
    };
    streams.split_shard(&caller, &input).await.unwrap();
    let fetched = fetch(&streams, &caller, ShardIteratorType::Latest).await;
    for encoding in [Encoding::Json, Encoding::Cbor] {
        let answer = get_records(encoding, &fetched);
        let output: GetRecordsOutput<'_> = decode_output(encoding, &answer).unwrap();
        assert_eq!(output.next_shard_iterator, None);
        let children = output.child_shards.unwrap();
        assert_eq!(children.len(), 2);
        assert_eq!(children[0].hash_key_range.ending_hash_key, "999");
        assert_eq!(children[1].shard_id, "shardId-000000000002");
        assert_eq!(children[1].parent_shards, ["shardId-000000000000"]);
    }
}

/// As the generated shape writes it.
fn as_shape(encoding: Encoding, puts: &[Put]) -> Vec<u8> {
    let entry = |put: &Put| match put {
        Put::Stored(Stored { shard, number }) => PutRecordsResultEntry {
            sequence_number: Some(number.to_string().into()),
            shard_id: Some(shard.to_string().into()),
            ..Default::default()
        },
        Put::Refused(_) => PutRecordsResultEntry {
            error_code: Some("InternalFailure".into()),
            error_message: Some("Internal Service Failure".into()),
            ..Default::default()
        },
    };
    let failed = puts.iter().filter(|put| matches!(put, Put::Refused(_))).count();
    let output = PutRecordsOutput {
        failed_record_count: Some(failed as i32),
        records: puts.iter().map(entry).collect(),
        ..Default::default()
    };
    let mut out = Vec::new();
    encode(encoding, &output, &mut out);
    out
}

proptest! {
    #[test]
    fn results_of_puts_are_written_as_their_shape(
        shards in 1..150_u32,
        places in prop::collection::vec((0..150_u32, 0..12_u8), 0..300),
    ) {
        let mut positions = [0; 150];
        let put = |(shard, chance): (u32, u8)| {
            let shard = shard % shards;
            let position = &mut positions[shard as usize];
            match chance {
                0 => return Put::Refused(NotStored::NoAnswer),
                1 => *position += 1_000_000_007,
                _ => *position += 1,
            }
            let creation = Creation::first_of(1_700_000_000 + u64::from(shard));
            let shard = ShardId::new(shard).unwrap();
            let number = SequenceNumber::of_record(creation, shard, *position, 1_800_000_000_000);
            Put::Stored(Stored { shard, number })
        };
        let puts: Vec<Put> = places.into_iter().map(put).collect();
        for encoding in [Encoding::Json, Encoding::Cbor] {
            prop_assert_eq!(put_records(encoding, &puts, false), as_shape(encoding, &puts));
        }
    }
}
