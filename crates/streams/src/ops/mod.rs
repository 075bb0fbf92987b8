//! The operations, under their API names. Each checks in the order of `docs/kinesis/wire.md#order-of-checks`:
//! stream, status, shard, limits, arguments.

pub mod account;
pub mod consumers;
pub mod create_stream;
pub mod delete_stream;
pub mod describe_stream;
pub mod encryption;
pub mod get_records;
pub mod get_shard_iterator;
pub mod list_shards;
pub mod list_streams;
pub mod mode;
pub mod monitoring;
pub mod policies;
pub mod put_record;
pub mod put_records;
pub mod resharding;
pub mod retention;
pub mod subscribe_to_shard;
pub mod tags;

/// A number for a member of type integer.
pub(crate) fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use flumen_protocol::kinesis::*;

    /// Their enum says codes of the first of them.
    #[test]
    fn operations_that_share_their_errors_may_answer_alike() {
        macro_rules! alike {
            ($one:ty, $other:ty) => {
                let one: Vec<ErrorCode> = <$one>::ALL.iter().map(|&code| code.into()).collect();
                let other: Vec<ErrorCode> = <$other>::ALL.iter().map(|&code| code.into()).collect();
                assert_eq!(one, other, "{}", stringify!($other));
            };
        }
        alike!(AddTagsToStreamCode, RemoveTagsFromStreamCode);
        alike!(EnableEnhancedMonitoringCode, DisableEnhancedMonitoringCode);
        alike!(IncreaseStreamRetentionPeriodCode, DecreaseStreamRetentionPeriodCode);
        alike!(TagResourceCode, UntagResourceCode);
    }
}
