//! What a stream and its shards were written at: minute by minute for a while, and the highest minute of
//! each hour for thirty days.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::Load;
use crate::state::{HOUR_MS, Shard, Stream};

/// Hours for which a peak counts.
const KEPT_HOURS: u32 = 30 * 24;
/// Minutes over which a shard is judged to be hot: well under the fifteen within which it is to be split.
const RECENT: usize = 5;

/// A second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    pub bytes: u64,
    pub records: u64,
}

impl Rate {
    pub fn exceeds(self, other: Rate) -> bool {
        self.bytes > other.bytes || self.records > other.records
    }

    pub fn max(self, other: Rate) -> Rate {
        Rate { bytes: self.bytes.max(other.bytes), records: self.records.max(other.records) }
    }

    fn half(self) -> Rate {
        Rate { bytes: self.bytes.div_ceil(2), records: self.records.div_ceil(2) }
    }

    /// Of what was counted in a time; rounded up, so that little is not nothing.
    fn over(self, elapsed_ms: u64) -> Rate {
        let a_second = |count: u64| (count.saturating_mul(1000)).div_ceil(elapsed_ms.max(1));
        Rate { bytes: a_second(self.bytes), records: a_second(self.records) }
    }

    fn since(self, before: Rate) -> Rate {
        Rate {
            bytes: self.bytes.saturating_sub(before.bytes),
            records: self.records.saturating_sub(before.records),
        }
    }
}

impl std::ops::Add for Rate {
    type Output = Rate;

    fn add(self, other: Rate) -> Rate {
        Rate { bytes: self.bytes + other.bytes, records: self.records + other.records }
    }
}

/// The maximum of the hours kept. Holds only those that no later hour outdoes, so mostly a handful, and
/// never more than the hours of thirty days.
#[derive(Clone, Debug, Default)]
struct Window(VecDeque<(u32, u64)>);

impl Window {
    fn note(&mut self, hour: u32, value: u64) {
        while self.0.back().is_some_and(|&(_, older)| older <= value) {
            self.0.pop_back();
        }
        if self.0.back().is_none_or(|&(newest, _)| newest < hour) {
            self.0.push_back((hour, value));
        }
        while self.0.front().is_some_and(|&(oldest, _)| oldest + KEPT_HOURS <= hour) {
            self.0.pop_front();
        }
    }

    fn max(&self, hour: u32) -> u64 {
        self.0.iter().find(|&&(noted, _)| noted + KEPT_HOURS > hour).map_or(0, |&(_, value)| value)
    }
}

#[derive(Clone, Debug, Default)]
struct Peaks {
    bytes: Window,
    records: Window,
}

impl Peaks {
    fn note(&mut self, hour: u32, rate: Rate) {
        self.bytes.note(hour, rate.bytes);
        self.records.note(hour, rate.records);
    }

    fn max(&self, hour: u32) -> Rate {
        Rate { bytes: self.bytes.max(hour), records: self.records.max(hour) }
    }
}

/// The highest minutes of one hour, as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HourPeaks {
    pub stream: Rate,
    /// By the index of the shard; on-demand streams only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shards: BTreeMap<u32, Rate>,
}

/// Of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    peaks: Peaks,
    shards: BTreeMap<u32, ShardTrack>,
    /// When it was last measured, and what was counted then.
    measured: Option<(u64, Rate)>,
}

#[derive(Clone, Debug, Default)]
struct ShardTrack {
    counted: Option<Rate>,
    recent: VecDeque<Rate>,
    peaks: Peaks,
}

pub(crate) fn hour_of(now_ms: u64) -> u32 {
    u32::try_from(now_ms / HOUR_MS).unwrap_or(u32::MAX)
}

impl Track {
    /// Takes in an hour of before a restart.
    pub fn recall(&mut self, hour: u32, peaks: &HourPeaks) {
        self.peaks.note(hour, peaks.stream);
        for (&index, &rate) in &peaks.shards {
            self.shards.entry(index).or_default().peaks.note(hour, rate);
        }
    }

    /// Measures what was written since the last time, and adds it to `hour`. `counted` is all that ever
    /// went into the stream; `by_shard` the same of a shard.
    pub fn measure(
        &mut self,
        stream: &Stream,
        counted: Rate,
        by_shard: impl Fn(&Shard) -> Rate,
        now_ms: u64,
        hour: &mut HourPeaks,
    ) {
        let Some((then_ms, before)) = self.measured.replace((now_ms, counted)) else {
            // Nothing to compare with yet.
            for shard in stream.open_shards() {
                self.shards.entry(shard.index).or_default().counted = Some(by_shard(shard));
            }
            return;
        };
        let elapsed_ms = now_ms.saturating_sub(then_ms);
        let rate = counted.since(before).over(elapsed_ms);
        self.peaks.note(hour_of(now_ms), rate);
        hour.stream = hour.stream.max(rate);
        for shard in stream.open_shards() {
            let counted = by_shard(shard);
            if !self.shards.contains_key(&shard.index) {
                self.give_birth(shard, hour_of(now_ms), hour);
            }
            let Some(track) = self.shards.get_mut(&shard.index) else { continue };
            // A shard born meanwhile is measured over all of the time, lest its first second look like a minute.
            let rate = counted.since(track.counted.replace(counted).unwrap_or_default()).over(elapsed_ms);
            track.note(hour_of(now_ms), rate);
            if rate != Rate::default() {
                let most = hour.shards.entry(shard.index).or_default();
                *most = most.max(rate);
            }
        }
        let open: Vec<u32> = stream.open_shards().map(|shard| shard.index).collect();
        self.shards.retain(|index, _| open.binary_search(index).is_ok());
    }

    /// A child takes over what its parents were written at: half of what was split, all of what was merged.
    fn give_birth(&mut self, shard: &Shard, hour: u32, stored: &mut HourPeaks) {
        let peak_of = |index| self.shards.get(&index).map_or(Rate::default(), |track| track.peaks.max(hour));
        let peak = match (shard.parent, shard.adjacent_parent) {
            (Some(parent), Some(adjacent)) => peak_of(parent) + peak_of(adjacent),
            (Some(parent), None) => peak_of(parent).half(),
            _ => Rate::default(),
        };
        self.shards.entry(shard.index).or_default().peaks.note(hour, peak);
        if peak != Rate::default() {
            stored.shards.insert(shard.index, peak);
        }
    }

    /// The stream's peak of thirty days.
    pub fn peak(&self, now_ms: u64) -> Rate {
        self.peaks.max(hour_of(now_ms))
    }

    /// The open shards in the order of their ranges. `one_key` says how much of a shard is one key's.
    pub fn loads(&self, stream: &Stream, one_key: impl Fn(&Shard) -> f64, now_ms: u64) -> Vec<Load> {
        let load = |shard: &Shard| {
            let track = self.shards.get(&shard.index);
            Load {
                index: shard.index,
                range: shard.range(),
                opened_at_ms: shard.opened_at_ms,
                now: track.map_or(Rate::default(), ShardTrack::recently),
                peak: track.map_or(Rate::default(), |track| track.peaks.max(hour_of(now_ms))),
                one_key: one_key(shard),
            }
        };
        let mut loads: Vec<Load> = stream.open_shards().map(load).collect();
        loads.sort_by_key(|load| load.range.start);
        loads
    }
}

impl ShardTrack {
    fn note(&mut self, hour: u32, rate: Rate) {
        self.peaks.note(hour, rate);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(rate);
    }

    /// The mean of the last minutes; nothing before there are so many.
    fn recently(&self) -> Rate {
        if self.recent.len() < RECENT {
            return Rate::default();
        }
        let sum = self.recent.iter().fold(Rate::default(), |sum, &rate| sum + rate);
        Rate { bytes: sum.bytes / RECENT as u64, records: sum.records / RECENT as u64 }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use flumen_types::Creation;

    use crate::state::command::NewStream;
    use crate::state::{Change, Command, Decimal128, Distribution, Mode, Reshard, ReshardStep, State};

    #[test]
    fn a_peak_counts_for_thirty_days() {
        let mut window = Window::default();
        window.note(100, 7);
        window.note(101, 3);
        window.note(101, 2);
        assert_eq!([window.max(100), window.max(819), window.max(820), window.max(821)], [7, 7, 3, 0]);
        assert_eq!(window.0.len(), 2);
    }

    #[test]
    fn a_window_never_holds_more_than_its_hours() {
        let mut window = Window::default();
        (0..5000u32).for_each(|hour| window.note(hour, u64::from(10_000 - hour)));
        assert_eq!(window.0.len(), KEPT_HOURS as usize);
    }

    fn rate(bytes: u64, records: u64) -> Rate {
        Rate { bytes, records }
    }

    #[test]
    fn a_rate_exceeds_another_by_bytes_or_by_records() {
        let other = rate(10, 10);
        for (bytes, records, expected) in [(10, 10, false), (11, 0, true), (0, 11, true), (9, 9, false)] {
            assert_eq!(rate(bytes, records).exceeds(other), expected, "{bytes} {records}");
        }
        assert_eq!(rate(3, 5) + rate(4, 6), rate(7, 11));
    }

    fn stream() -> Stream {
        let new = NewStream {
            account: "000000000000".into(),
            region: "us-east-1".into(),
            name: "s".into(),
            shard_count: 2,
            mode: Mode::OnDemand,
            active_at_ms: 0,
            max_record_kib: 1024,
            warm_mibps: None,
            distribution: Distribution::UserPartitionKey,
            tags: BTreeMap::new(),
        };
        let mut state = State::default();
        state.apply(&Command::new(1, Default::default(), Change::CreateStream(Box::new(new))), 0);
        (*state.streams[&1]).clone()
    }

    /// The track and the stored peaks after a minute in which shard 0 was written at 61 bytes and 7 records a second, and shard 1 at
    /// 30 and 2, and another one after a reshard in which nothing was.
    fn after(steps: Vec<ReshardStep>) -> (BTreeMap<u32, Rate>, HourPeaks) {
        let (mut stream, mut track, mut hour) = (stream(), Track::default(), HourPeaks::default());
        let counted = |shard: &Shard| match shard.index {
            0 => rate(61 * 60, 7 * 60),
            1 => rate(30 * 60, 2 * 60),
            _ => Rate::default(),
        };
        track.measure(&stream, Rate::default(), |_| Rate::default(), 0, &mut hour);
        let all = rate(91 * 60, 9 * 60);
        track.measure(&stream, all, counted, 60_000, &mut hour);
        assert_eq!(hour.stream, rate(91, 9));
        stream.reshard(&Reshard { steps }, 61_000, Creation::default()).unwrap();
        let mut next = HourPeaks::default();
        track.measure(&stream, all, counted, 120_000, &mut next);
        let loads = track.loads(&stream, |_| 0.0, 120_000);
        (loads.iter().map(|load| (load.index, load.peak)).collect(), next)
    }

    #[test]
    fn children_begin_with_what_their_parents_were_written_at() {
        let (peaks, stored) = after(vec![ReshardStep::Split { shard: 0, at: Decimal128(1 << 64) }]);
        // Rounded up, so that little is not nothing.
        let half = rate(31, 4);
        assert_eq!(peaks, BTreeMap::from([(1, rate(30, 2)), (2, half), (3, half)]));
        assert_eq!(stored.shards, BTreeMap::from([(2, half), (3, half)]), "what was idle is not stored");
        let (peaks, stored) = after(vec![ReshardStep::Merge { lower: 0, upper: 1 }]);
        assert_eq!(peaks, BTreeMap::from([(2, rate(91, 9))]));
        assert_eq!(stored.shards, peaks);
    }

    #[test]
    fn a_shard_is_as_busy_as_the_mean_of_its_last_minutes() {
        let mut track = ShardTrack::default();
        for minute in 1..RECENT as u64 {
            track.note(0, rate(minute * 100, minute));
            assert_eq!(track.recently(), Rate::default(), "too few minutes");
        }
        track.note(0, rate(500, 5));
        assert_eq!((RECENT, track.recently()), (5, rate(300, 3)));
        track.note(0, rate(0, 0));
        assert_eq!(track.recently(), rate(280, 2), "the first one is forgotten");
    }
}
