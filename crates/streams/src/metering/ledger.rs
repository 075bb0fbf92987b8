//! From counters to hours: every minute, what each stream used since the minute before goes into its
//! running hour, and what it was written at into its [`Track`].

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use flumen_storage::{AppendError, Storage};

use super::StreamTotals;
use super::usage::{ROW_VERSION, UsageLog, UsageRow, Used};
use crate::OpenError;
use crate::live::Live;
use crate::scaling::{HourPeaks, Rate, Track, hour_of};
use crate::state::{DAY_MS, HOUR_MS, Mode, Shard, State, Stream};

/// Between two measurements.
pub(crate) const MINUTE_MS: u64 = 60_000;
/// Between two saves of the running hour: what a crash loses at most.
const SAVE_MS: u64 = 5 * MINUTE_MS;
/// Peaks count for so long.
const PEAKS_MS: u64 = 30 * DAY_MS;
/// Rows that could not be written wait for the disk. So many, then the oldest go.
const WAITING_MAX: usize = 100_000;

pub(crate) struct Ledger {
    log: UsageLog,
    streams: BTreeMap<u32, Entry>,
    /// The running hour is known up to here.
    looked_at_ms: u64,
    measured_at_ms: u64,
    saved_at_ms: u64,
    /// Rows of hours that are over and not written yet.
    waiting: Vec<UsageRow>,
}

/// One stream.
struct Entry {
    counted: StreamTotals,
    row: UsageRow,
    track: Track,
}

impl Ledger {
    /// Goes on where the last process saved.
    pub async fn open(storage: &Storage, state: &State, now_ms: u64) -> Result<Ledger, OpenError> {
        let log = UsageLog::open(storage)?;
        let mut tracks: BTreeMap<u32, Track> = BTreeMap::new();
        log.past(now_ms.saturating_sub(PEAKS_MS), |row| {
            if state.streams.contains_key(&row.group) {
                tracks.entry(row.group).or_default().recall(row.hour, &row.peaks);
            }
        })
        .await?;
        let running = log.running().await?;
        let mut ledger = Ledger {
            log,
            streams: BTreeMap::new(),
            looked_at_ms: now_ms,
            measured_at_ms: now_ms,
            saved_at_ms: now_ms,
            waiting: Vec::new(),
        };
        for row in running {
            tracks.entry(row.group).or_default().recall(row.hour, &row.peaks);
            match state.streams.get(&row.group) {
                Some(stream) if row.hour == hour_of(now_ms) => {
                    let track = tracks.remove(&stream.group).unwrap_or_default();
                    let entry = Entry { counted: StreamTotals::default(), row, track };
                    ledger.streams.insert(stream.group, entry);
                }
                _ => ledger.waiting.push(row),
            }
        }
        for (group, track) in tracks {
            if let Some(stream) = state.streams.get(&group) {
                ledger.streams.entry(group).or_insert_with(|| Entry::new(stream, track, now_ms));
            }
        }
        Ok(ledger)
    }

    /// Milliseconds until the next measurement.
    pub fn due_in_ms(&self, now_ms: u64) -> u64 {
        (self.measured_at_ms + MINUTE_MS).saturating_sub(now_ms)
    }

    /// Measures all streams, and writes what is to be kept.
    pub async fn measure(&mut self, all: &[Arc<Live>], now_ms: u64) -> Result<(), AppendError> {
        self.look(all, now_ms);
        self.take_rates(all, now_ms);
        self.turn_hours(all, now_ms);
        if now_ms >= self.saved_at_ms + SAVE_MS || !self.waiting.is_empty() {
            self.save(now_ms).await?;
        }
        Ok(())
    }

    /// Writes what was used up to now, whether it is time or not.
    pub async fn close(&mut self, all: &[Arc<Live>], now_ms: u64) -> Result<(), AppendError> {
        self.look(all, now_ms);
        self.save(now_ms).await
    }

    /// What is known of every stream's running hour.
    pub fn running(&self) -> impl Iterator<Item = &UsageRow> {
        self.waiting.iter().chain(self.streams.values().map(|entry| &entry.row))
    }

    pub fn log(&self) -> &UsageLog {
        &self.log
    }

    pub fn track(&self, group: u32) -> Option<&Track> {
        self.streams.get(&group).map(|entry| &entry.track)
    }

    /// Brings the running hour up to now.
    pub fn look(&mut self, all: &[Arc<Live>], now_ms: u64) {
        let elapsed_ms = now_ms.saturating_sub(self.looked_at_ms);
        self.looked_at_ms = now_ms;
        for live in all {
            let new = || Entry::new(&live.stream, Track::default(), now_ms);
            let entry = self.streams.entry(live.stream.group).or_insert_with(new);
            entry.look(live, elapsed_ms, now_ms);
        }
    }

    /// Rates are of whole minutes, so that a busy second is not taken for one.
    fn take_rates(&mut self, all: &[Arc<Live>], now_ms: u64) {
        self.measured_at_ms = now_ms;
        for live in all {
            if let Some(entry) = self.streams.get_mut(&live.stream.group) {
                entry.take_rates(live, now_ms);
            }
            live.fade();
        }
    }

    fn turn_hours(&mut self, all: &[Arc<Live>], now_ms: u64) {
        let hour = hour_of(now_ms);
        for entry in self.streams.values_mut().filter(|entry| entry.row.hour != hour) {
            let (used, peaks) = (Used::default(), HourPeaks::default());
            let next = UsageRow { hour, used, peaks, ..entry.row.clone() };
            self.waiting.push(std::mem::replace(&mut entry.row, next));
        }
        let kept: HashSet<u32> = all.iter().map(|live| live.stream.group).collect();
        let gone: Vec<u32> = self.streams.keys().filter(|group| !kept.contains(group)).copied().collect();
        self.waiting.extend(gone.iter().filter_map(|group| Some(self.streams.remove(group)?.row)));
        if self.waiting.len() > WAITING_MAX {
            tracing::warn!("usage is lost, since it cannot be written");
            self.waiting.drain(..self.waiting.len() - WAITING_MAX);
        }
    }

    async fn save(&mut self, now_ms: u64) -> Result<(), AppendError> {
        if !self.waiting.is_empty() {
            self.waiting.sort_by_key(|row| row.hour);
            self.log.add_past(&self.waiting, now_ms).await?;
            self.waiting.clear();
        }
        let rows: Vec<UsageRow> = self.streams.values().map(|entry| entry.row.clone()).collect();
        self.log.save_running(&rows, now_ms).await?;
        self.saved_at_ms = now_ms;
        Ok(())
    }
}

impl Entry {
    fn new(stream: &Stream, track: Track, now_ms: u64) -> Entry {
        let row = UsageRow {
            version: ROW_VERSION,
            hour: hour_of(now_ms),
            group: stream.group,
            account: stream.account.clone(),
            region: stream.region.clone(),
            stream: stream.name.clone(),
            mode: stream.mode,
            used: Used::default(),
            peaks: HourPeaks::default(),
        };
        // The counters begin with the process, or with the stream.
        Entry { counted: StreamTotals::default(), row, track }
    }

    fn look(&mut self, live: &Live, elapsed_ms: u64, now_ms: u64) {
        let stream = &live.stream;
        let counted = live.counters.totals();
        let before = std::mem::replace(&mut self.counted, counted);
        self.row.mode = stream.mode;
        if stream.status(now_ms).is_some() {
            let lived_ms = now_ms.saturating_sub(stream.created_at_ms);
            self.row.used.add(&used_since(&before, &counted, stream, elapsed_ms.min(lived_ms), now_ms));
        }
    }

    fn take_rates(&mut self, live: &Live, now_ms: u64) {
        let (stream, counted) = (&live.stream, &self.counted);
        let all = Rate { bytes: counted.incoming_bytes, records: counted.incoming_records };
        let by_shard = |shard: &Shard| {
            let meter = live.slot_of(shard.id()).and_then(|slot| live.meter(slot));
            let totals = meter.map(|meter| meter.counters.totals()).unwrap_or_default();
            Rate { bytes: totals.incoming_bytes, records: totals.incoming_records }
        };
        self.track.measure(stream, all, by_shard, now_ms, &mut self.row.peaks);
        if stream.mode == Mode::Provisioned {
            // Its shards are as its owner wants them, however busy each one is.
            self.row.peaks.shards.clear();
        }
    }
}

fn used_since(
    before: &StreamTotals,
    now: &StreamTotals,
    stream: &Stream,
    elapsed_ms: u64,
    now_ms: u64,
) -> Used {
    let open_ms = elapsed_ms * stream.open_shards().count() as u64;
    let consumers = stream.live_consumers(now_ms).count() as u64;
    let rounded_kib = now.rounded_kib - before.rounded_kib;
    let kept_hours = u64::from(stream.retention_hours);
    Used {
        stream_ms: elapsed_ms,
        shard_ms: open_ms,
        extended_shard_ms: if kept_hours > DAY_HOURS { open_ms } else { 0 },
        consumer_shard_ms: consumers * open_ms,
        incoming_records: now.incoming_records - before.incoming_records,
        incoming_bytes: now.incoming_bytes - before.incoming_bytes,
        payload_units: now.payload_units - before.payload_units,
        rounded_kib,
        outgoing_bytes: now.get_records_bytes - before.get_records_bytes,
        old_outgoing_bytes: now.get_records_old_bytes - before.get_records_old_bytes,
        fanout_bytes: now.fanout_bytes - before.fanout_bytes,
        extended_kib_hours: rounded_kib * kept_hours.min(WEEK_HOURS).saturating_sub(DAY_HOURS),
        long_kib_hours: rounded_kib * kept_hours.saturating_sub(WEEK_HOURS),
    }
}

const DAY_HOURS: u64 = DAY_MS / HOUR_MS;
const WEEK_HOURS: u64 = 7 * DAY_HOURS;
