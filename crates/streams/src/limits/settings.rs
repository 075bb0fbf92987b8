//! Which limits the shards of a stream have: AWS's, none, or an operator's own. How they are enforced is
//! `shard`'s business. Source: `docs/kinesis/streams.md#throttling`.
//!
//! They are settings of the server and not of the stream: a limit protects whoever runs the service from
//! those who call it, so no call may lift it.

use std::collections::BTreeMap;

use crate::state::Stream;

const MIB: u64 = 1024 * 1024;

/// Of one shard, in units a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardLimits {
    pub write_bytes: u64,
    pub write_records: u64,
    pub read_bytes: u64,
    /// GetRecords, and as many GetShardIterator.
    pub reads: u64,
    /// Pushed to one consumer.
    pub consumer_bytes: u64,
}

impl ShardLimits {
    pub const AWS: ShardLimits = ShardLimits {
        write_bytes: MIB,
        write_records: 1000,
        read_bytes: 2 * MIB,
        reads: 5,
        consumer_bytes: 2 * MIB,
    };
    /// What one of them may be: within it a bucket's thousandths, of seconds of burst, fit its integers.
    pub const MOST: u64 = 1 << 40;
}

/// Those of every stream. `None` is without limits.
#[derive(Clone, Debug)]
pub struct StreamLimits {
    pub others: Option<ShardLimits>,
    /// By a stream's name, in whatever account and region, or by its ARN, which goes before.
    pub own: BTreeMap<String, Option<ShardLimits>>,
}

impl StreamLimits {
    pub fn same_for_all(limits: Option<ShardLimits>) -> Self {
        StreamLimits { others: limits, own: BTreeMap::new() }
    }

    pub(crate) fn of(&self, stream: &Stream) -> Option<ShardLimits> {
        if self.own.is_empty() {
            return self.others;
        }
        let own = self.own.get(&stream.arn().to_string()).or_else(|| self.own.get(&stream.name));
        *own.unwrap_or(&self.others)
    }
}
