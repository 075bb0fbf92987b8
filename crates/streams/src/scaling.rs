//! How many shards an on-demand stream has: twice its write peak of the last thirty days, at least four,
//! and none that stays hot. Source: `docs/kinesis/streams.md#capacity`.
//!
//! [`plan`] is arithmetic on what [`Track`] measured; the housekeeper calls it every minute and carries
//! the steps out as it does those that users ask for, so order by key is kept in the same way.

mod track;

pub use track::{HourPeaks, Rate};
pub(crate) use track::{Track, hour_of};

use flumen_types::{HashKey, HashKeyRange};

use crate::state::{Decimal128, HOUR_MS, Mode, ReshardStep, Stream};

/// Shards at birth, and the least there ever are.
pub(crate) const SHARDS_MIN: u32 = 4;
/// What one shard takes, by its limits.
const SHARD: Rate = Rate { bytes: 1024 * 1024, records: 1000 };
/// A shard above this is split.
const HOT: Rate = Rate { bytes: 500 * 1000, records: 500 };
/// Two neighbours that together never were above this are merged. Well below [`HOT`], so that what is
/// merged is not split again by the same traffic.
const IDLE: Rate = Rate { bytes: 400 * 1000, records: 400 };
/// A key with this part of what a shard takes stays on one shard however often it is split.
const ONE_KEY: f64 = 0.8;
/// Between a reshard and a merge. Growing is urgent, shrinking is not.
const MERGE_PAUSE_MS: u64 = HOUR_MS;

/// An open shard as the planner sees it.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub index: u32,
    pub range: HashKeyRange,
    pub opened_at_ms: u64,
    /// Lately, over some minutes; zero until it was measured for so long.
    pub now: Rate,
    /// Of the last thirty days.
    pub peak: Rate,
    /// The part of what is written that surely has one and the same key.
    pub one_key: f64,
}

/// What the stream as a whole needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// Of the last thirty days.
    pub peak: Rate,
    pub warm_mibps: u32,
    /// It never has more shards.
    pub shards_max: u32,
    /// No merges before.
    pub keeps_until_ms: u64,
}

impl Need {
    pub fn of(stream: &Stream, peak: Rate) -> Self {
        // A stream that became on-demand keeps its shards for a day, as its capacity to begin with.
        let switched_ms = stream.switched_at_ms.last().copied().unwrap_or(0);
        Need {
            peak,
            warm_mibps: stream.warm_mibps.unwrap_or(0),
            shards_max: shards_max(&stream.region),
            keeps_until_ms: switched_ms.saturating_add(crate::state::DAY_MS),
        }
    }

    fn shards(&self) -> u32 {
        let Rate { bytes, records } = self.peak;
        let by_peak = bytes
            .saturating_mul(2)
            .div_ceil(SHARD.bytes)
            .max(records.saturating_mul(2).div_ceil(SHARD.records));
        let by_peak = u32::try_from(by_peak).unwrap_or(u32::MAX);
        by_peak.max(self.warm_mibps).clamp(SHARDS_MIN, self.shards_max)
    }
}

/// The documented ceiling of a stream: 10 GB/s where AWS is large, 200 MB/s elsewhere.
fn shards_max(region: &str) -> u32 {
    match region {
        "us-east-1" | "us-west-2" | "eu-west-1" => 10_240,
        _ => 200,
    }
}

/// Whether the planner may change the stream now.
pub(crate) fn scales(stream: &Stream, now_ms: u64) -> bool {
    stream.mode == Mode::OnDemand
        && stream.pending.is_none()
        && stream.gone_at_ms.is_none()
        && now_ms >= stream.active_at_ms
}

/// The steps to take now. `loads` are all open shards in the order of their ranges.
pub(crate) fn plan(loads: &[Load], need: &Need, now_ms: u64) -> Vec<ReshardStep> {
    let open = u32::try_from(loads.len()).unwrap_or(u32::MAX);
    let room = need.shards_max.saturating_sub(open);
    let splits = splits(loads, need.shards().saturating_sub(open), room);
    if !splits.is_empty() {
        return splits;
    }
    let newest_ms = loads.iter().map(|load| load.opened_at_ms).max().unwrap_or(0);
    let rested = now_ms >= need.keeps_until_ms && now_ms >= newest_ms.saturating_add(MERGE_PAUSE_MS);
    if rested && open > need.shards() { merge(loads).into_iter().collect() } else { Vec::new() }
}

/// Every hot shard once, and of the others the busiest, then the widest, until nothing is missing.
fn splits(loads: &[Load], missing: u32, room: u32) -> Vec<ReshardStep> {
    let hot = |load: &Load| load.now.exceeds(HOT) && load.one_key < ONE_KEY;
    let mut order: Vec<&Load> = loads.iter().filter(|load| middle(load.range).is_some()).collect();
    order.sort_by_key(|load| {
        let width = load.range.end.0 - load.range.start.0;
        (!hot(load), std::cmp::Reverse((load.now.bytes, load.now.records, width)), load.index)
    });
    let hot_ones = order.iter().filter(|load| hot(load)).count();
    let count = hot_ones.max(missing as usize).min(room as usize);
    let split = |load: &&Load| Some(ReshardStep::Split { shard: load.index, at: middle(load.range)? });
    order.iter().take(count).filter_map(split).collect()
}

/// The first key of the upper half; `None` when a half would have a single key.
fn middle(range: HashKeyRange) -> Option<Decimal128> {
    let HashKeyRange { start: HashKey(start), end: HashKey(end) } = range;
    (end - start >= 3).then(|| Decimal128(start + (end - start) / 2 + 1))
}

/// The idlest two neighbours, if they are idle.
fn merge(loads: &[Load]) -> Option<ReshardStep> {
    let pairs = loads.windows(2).filter_map(|pair| match pair {
        [lower, upper] => Some((lower.peak.max(lower.now) + upper.peak.max(upper.now), lower, upper)),
        _ => None,
    });
    let idle = pairs.filter(|(rate, ..)| !rate.exceeds(IDLE));
    let (_, lower, upper) = idle.min_by_key(|(rate, lower, _)| (rate.bytes, rate.records, lower.index))?;
    Some(ReshardStep::Merge { lower: lower.index, upper: upper.index })
}

#[cfg(test)]
mod tests;
