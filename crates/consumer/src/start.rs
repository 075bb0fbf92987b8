//! Where reading begins.

use flumen_protocol::Timestamp;
use flumen_protocol::kinesis::{ShardFilter, ShardFilterType, ShardIteratorType};

/// Where reading a shard begins.
#[derive(Clone, Debug)]
pub enum Start {
    /// With what is written from now on.
    Latest,
    /// With the oldest record that is kept.
    TrimHorizon,
    /// With the first record at or after a time, in epoch milliseconds.
    AtTime(i64),
    /// Behind the record with this sequence number.
    After(String),
}

impl Start {
    /// As requests say it: the kind, with a sequence number or a time where it has one.
    pub fn parts(&self) -> (ShardIteratorType, Option<&str>, Option<i64>) {
        match self {
            Start::Latest => (ShardIteratorType::Latest, None, None),
            Start::TrimHorizon => (ShardIteratorType::TrimHorizon, None, None),
            Start::AtTime(ms) => (ShardIteratorType::AtTimestamp, None, Some(*ms)),
            Start::After(number) => (ShardIteratorType::AfterSequenceNumber, Some(number), None),
        }
    }

    /// The shards that hold what a whole stream has from here on: those that were open then, and later ones.
    pub fn filter(&self) -> ShardFilter<'static> {
        let (kind, timestamp_ms) = match self {
            Start::AtTime(ms) => (ShardFilterType::FromTimestamp, Some(*ms)),
            Start::TrimHorizon => (ShardFilterType::FromTrimHorizon, None),
            Start::Latest | Start::After(_) => (ShardFilterType::AtLatest, None),
        };
        ShardFilter { r#type: kind, shard_id: None, timestamp: timestamp_ms.map(Timestamp) }
    }
}
