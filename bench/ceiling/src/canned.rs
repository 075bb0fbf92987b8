//! The answers, made once.

use bytes::Bytes;

/// The largest PutRecords.
const BATCH_MAX: usize = 500;
/// About 1 MiB of data in each GetRecords answer, as from records of 1 KiB.
const READ_RECORDS: usize = 1000;

const SEQUENCE_NUMBER: &str = "49666666666666666666666666666666666666666666666666666666";

pub struct Canned {
    put_record: Bytes,
    /// By number of records.
    put_records: Vec<Bytes>,
    get_records: Bytes,
}

impl Canned {
    pub fn new() -> Self {
        let entry = format!(r#"{{"SequenceNumber":"{SEQUENCE_NUMBER}","ShardId":"shardId-000000000000"}}"#);
        let put_records = (0..=BATCH_MAX)
            .map(|records| {
                let entries = vec![entry.as_str(); records].join(",");
                format!(r#"{{"FailedRecordCount":0,"Records":[{entries}]}}"#).into()
            })
            .collect();
        let data = base64_simd::STANDARD.encode_to_string([0x5a; 1024]);
        let record = format!(
            r#"{{"SequenceNumber":"{SEQUENCE_NUMBER}","ApproximateArrivalTimestamp":1700000000.123,"Data":"{data}","PartitionKey":"0123456789abcdef"}}"#
        );
        let records = vec![record.as_str(); READ_RECORDS].join(",");
        let iterator = "A".repeat(120);
        let get_records = format!(
            r#"{{"Records":[{records}],"NextShardIterator":"{iterator}","MillisBehindLatest":1000}}"#
        );
        Canned { put_record: entry.into(), put_records, get_records: get_records.into() }
    }

    pub fn answer(&self, operation: &str, records: usize) -> Bytes {
        match operation {
            "PutRecord" => self.put_record.clone(),
            "PutRecords" => self.put_records[records.min(BATCH_MAX)].clone(),
            "GetRecords" => self.get_records.clone(),
            "DescribeStreamSummary" => r#"{"StreamDescriptionSummary":{"StreamStatus":"ACTIVE"}}"#.into(),
            "ListShards" => r#"{"Shards":[{"ShardId":"shardId-000000000000"}]}"#.into(),
            "GetShardIterator" => r#"{"ShardIterator":"A"}"#.into(),
            _ => Bytes::new(),
        }
    }
}
