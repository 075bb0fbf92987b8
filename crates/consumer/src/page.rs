//! What one read of a shard gives, polled or pushed.

use flumen_protocol::kinesis;

use crate::error::unreadable;
use crate::{Error, Shard};

#[derive(Clone, Debug)]
pub struct Record {
    pub sequence_number: String,
    /// Its partition key.
    pub key: String,
    /// When the service took it, in epoch milliseconds; 0 if it does not say.
    pub arrival_ms: i64,
    pub data: Vec<u8>,
}

/// Records that follow each other in a shard. There may be none, also before the tip.
pub struct Page {
    pub records: Vec<Record>,
    /// How far behind the tip this read ended; zero at the tip.
    pub behind_ms: i64,
    /// `Some` at the end of a closed shard.
    pub children: Option<Vec<Shard>>,
}

pub fn records(records: &[kinesis::Record<'_>]) -> Result<Vec<Record>, Error> {
    let record = |record: &kinesis::Record<'_>| {
        Ok(Record {
            sequence_number: record.sequence_number.to_string(),
            key: record.partition_key.as_deref().unwrap_or_default().to_owned(),
            arrival_ms: record.approximate_arrival_timestamp.map_or(0, |time| time.0),
            data: record.data.to_bytes().map_err(|fault| unreadable(fault.to_string()))?.into_owned(),
        })
    };
    records.iter().map(record).collect()
}
