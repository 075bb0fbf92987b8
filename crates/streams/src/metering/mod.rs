//! What is counted: by stream, by shard, by consumer, and which keys are heavy.
//!
//! The paths of records add to plain atomics, once a request and shard touched; whoever asks reads them
//! and pays for adding up. Once a minute the ledger asks, and keeps what was used hour by hour. Nothing here
//! decides anything.

pub mod figures;
pub mod usage;

mod counters;
mod heavy;
mod ledger;

pub use counters::{ConsumerTotals, ShardTotals, StreamTotals};
pub use heavy::HeavyKey;

pub(crate) use counters::{ConsumerCounters, Read, ReadProgress, ShardCounters, StreamCounters, Tally, add};
pub(crate) use ledger::Ledger;
