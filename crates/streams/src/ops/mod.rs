//! The operations, under their API names. Each checks in the order of `kinesis-api.md` section 8: stream,
//! status, shard, limits, arguments.

pub mod get_records;
pub mod put_records;
pub mod subscribe_to_shard;

mod account;
mod consumers;
mod create_stream;
mod delete_stream;
mod describe_stream;
mod encryption;
mod get_shard_iterator;
mod list_shards;
mod list_streams;
mod mode;
mod monitoring;
mod policies;
mod put_record;
mod resharding;
mod retention;
mod tags;

use flumen_protocol::Timestamp;

/// Epoch milliseconds as the API's timestamp.
pub(crate) fn timestamp(ms: u64) -> Timestamp {
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// A number for a member of type integer.
pub(crate) fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
