//! Names and numbers that more than one crate needs: token buckets, hash keys, shard ids, sequence numbers, stream
//! identities, the clock, counters apart for each thread, histograms of times, how durations are written. No I/O, no async. What
//! only one crate uses lives there.

pub mod bucket;
pub mod clock;
pub mod hash_key;
pub mod histogram;
pub mod identity;
pub mod per_thread;
pub mod sequence_number;
pub mod shard_id;
pub mod span;

pub use bucket::Bucket;
pub use clock::{Clock, ManualClock};
pub use hash_key::{HashKey, HashKeyRange};
pub use histogram::{Histogram, Snapshot};
pub use identity::{ConsumerArn, Realm, ResourceArn, StreamArn, StreamArnText};
pub use per_thread::PerThread;
pub use sequence_number::{Creation, SequenceNumber};
pub use shard_id::ShardId;
pub use span::Span;
