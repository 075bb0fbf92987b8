//! The counters. All but the gauges only rise, from zero at the start of the process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use flumen_types::PerThread;
use parking_lot::Mutex;

use super::heavy::Heavy;
use crate::state::Stream;

/// A PUT payload unit, by which provisioned streams are billed. Source: AWS, "Amazon Kinesis Data
/// Streams pricing" (<https://aws.amazon.com/kinesis/data-streams/pricing/>).
const PAYLOAD_UNIT_BYTES: u64 = 25 * 1024;

/// Counters, of which each thread has its own, and under a name of its own what they come to at some moment. What follows
/// the semicolon is the latest of something, no sum, and is kept elsewhere.
macro_rules! counters {
    ($(#[$doc:meta])* $atomics:ident, $totals:ident {
        $($(#[$field_doc:meta])* $field:ident,)*
        ; $(#[$latest_doc:meta])* $latest:ident,
    }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $atomics { $($(#[$field_doc])* pub $field: AtomicU64,)* }

        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $totals { $($(#[$field_doc])* pub $field: u64,)* $(#[$latest_doc])* pub $latest: u64 }

        impl $atomics {
            fn sum(all: &PerThread<Self>, latest: &AtomicU64) -> $totals {
                let mut totals = $totals { $latest: latest.load(Ordering::Relaxed), ..$totals::default() };
                for own in all.all() {
                    $(totals.$field += own.$field.load(Ordering::Relaxed);)*
                }
                totals
            }
        }
    };
}

counters! {
    /// Of a stream.
    StreamCounts, StreamTotals {
        incoming_records,
        incoming_bytes,
        /// 25 KB each, rounded up for each record.
        payload_units,
        /// Kilobytes, rounded up for each record.
        rounded_kib,
        write_throttled,
        put_record_calls,
        put_record_successes,
        put_record_bytes,
        put_record_micros,
        put_records_calls,
        put_records_successes,
        put_records_bytes,
        put_records_micros,
        put_records_total,
        put_records_successful,
        put_records_failed,
        put_records_throttled,
        get_records_calls,
        get_records_successes,
        get_records_bytes,
        get_records_records,
        get_records_micros,
        /// Read when they were older than seven days.
        get_records_old_bytes,
        read_throttled,
        fanout_bytes,
        ;
        /// Of the last GetRecords.
        iterator_age_ms,
    }
}

counters! {
    /// Of a shard.
    ShardCounts, ShardTotals {
        incoming_records,
        incoming_bytes,
        outgoing_records,
        outgoing_bytes,
        write_throttled,
        read_throttled,
        ;
        /// Of the last GetRecords.
        iterator_age_ms,
    }
}

counters! {
    /// Of a registered consumer.
    ConsumerCounts, ConsumerTotals {
        subscribed,
        subscribe_refused,
        events,
        bytes,
        records,
        ;
        /// Of the last event.
        millis_behind_latest,
    }
}

pub(crate) fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

/// What one request stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub records: u64,
    pub bytes: u64,
    pub payload_units: u64,
    pub rounded_kib: u64,
    pub throttled: u64,
}

impl Tally {
    pub fn record(&mut self, bytes: usize) {
        let bytes = bytes as u64;
        self.records += 1;
        self.bytes += bytes;
        // A record without bytes is billed like one with one.
        self.payload_units += bytes.max(1).div_ceil(PAYLOAD_UNIT_BYTES);
        self.rounded_kib += bytes.max(1).div_ceil(1024);
    }

    pub fn add(&mut self, other: &Tally) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.payload_units += other.payload_units;
        self.rounded_kib += other.rounded_kib;
        self.throttled += other.throttled;
    }
}

/// Kept over every change of the stream.
#[derive(Default)]
pub(crate) struct StreamCounters {
    pub counts: PerThread<StreamCounts>,
    iterator_age_ms: AtomicU64,
    consumers: Mutex<BTreeMap<String, Arc<ConsumerCounters>>>,
}

impl StreamCounters {
    pub fn totals(&self) -> StreamTotals {
        StreamCounts::sum(&self.counts, &self.iterator_age_ms)
    }

    fn stored(counts: &StreamCounts, tally: &Tally) {
        add(&counts.incoming_records, tally.records);
        add(&counts.incoming_bytes, tally.bytes);
        add(&counts.payload_units, tally.payload_units);
        add(&counts.rounded_kib, tally.rounded_kib);
        if tally.throttled > 0 {
            add(&counts.write_throttled, tally.throttled);
        }
    }

    pub fn put_record(&self, begun: Instant, tally: &Tally) {
        let counts = self.counts.own();
        Self::stored(counts, tally);
        add(&counts.put_record_calls, 1);
        add(&counts.put_record_successes, tally.records);
        add(&counts.put_record_bytes, tally.bytes);
        add(&counts.put_record_micros, micros_since(begun));
    }

    pub fn put_records(&self, begun: Instant, records: usize, tally: &Tally) {
        let counts = self.counts.own();
        Self::stored(counts, tally);
        add(&counts.put_records_calls, 1);
        add(&counts.put_records_successes, tally.records.min(1));
        add(&counts.put_records_bytes, tally.bytes);
        add(&counts.put_records_micros, micros_since(begun));
        add(&counts.put_records_total, records as u64);
        add(&counts.put_records_successful, tally.records);
        let failed = (records as u64).saturating_sub(tally.records + tally.throttled);
        if tally.throttled + failed > 0 {
            add(&counts.put_records_throttled, tally.throttled);
            add(&counts.put_records_failed, failed);
        }
    }

    pub fn read_throttled(&self) {
        let counts = self.counts.own();
        add(&counts.get_records_calls, 1);
        add(&counts.read_throttled, 1);
    }

    /// Records that a GetRecords gave, and how many of their bytes are billed as old.
    pub fn get_records(&self, begun: Instant, read: &Read) {
        let counts = self.counts.own();
        add(&counts.get_records_calls, 1);
        add(&counts.get_records_successes, 1);
        add(&counts.get_records_bytes, read.bytes);
        add(&counts.get_records_records, read.records);
        add(&counts.get_records_micros, micros_since(begun));
        self.iterator_age_ms.store(read.age_ms, Ordering::Relaxed);
        if read.old {
            add(&counts.get_records_old_bytes, read.bytes);
        }
    }

    pub fn consumer(&self, name: &str) -> Arc<ConsumerCounters> {
        let mut consumers = self.consumers.lock();
        if let Some(counters) = consumers.get(name) {
            return counters.clone();
        }
        consumers.entry(name.to_owned()).or_default().clone()
    }

    pub fn known_consumer(&self, name: &str) -> Option<Arc<ConsumerCounters>> {
        self.consumers.lock().get(name).cloned()
    }

    /// Lets go of consumers and shards that the stream does not have any more.
    pub fn keep_only(&self, stream: &Stream) {
        let mut consumers = self.consumers.lock();
        consumers.retain(|name, _| stream.consumers.contains_key(name));
        let has = |index: u32| stream.shards.binary_search_by_key(&index, |s| s.index).is_ok();
        consumers.values().for_each(|consumer| consumer.progress.lock().retain(|&index, _| has(index)));
    }
}

/// What a GetRecords gave.
pub(crate) struct Read {
    pub bytes: u64,
    pub records: u64,
    pub age_ms: u64,
    pub old: bool,
}

/// Kept for as long as the shard is.
#[derive(Default)]
pub(crate) struct ShardCounters {
    pub counts: PerThread<ShardCounts>,
    iterator_age_ms: AtomicU64,
    pub heavy: Heavy,
}

impl ShardCounters {
    pub fn totals(&self) -> ShardTotals {
        ShardCounts::sum(&self.counts, &self.iterator_age_ms)
    }

    pub fn stored(&self, tally: &Tally) {
        let counts = self.counts.own();
        add(&counts.incoming_records, tally.records);
        add(&counts.incoming_bytes, tally.bytes);
    }

    pub fn get_records(&self, read: &Read) {
        let counts = self.counts.own();
        add(&counts.outgoing_records, read.records);
        add(&counts.outgoing_bytes, read.bytes);
        self.iterator_age_ms.store(read.age_ms, Ordering::Relaxed);
    }
}

/// Of one registered consumer of one stream.
#[derive(Default)]
pub(crate) struct ConsumerCounters {
    pub counts: PerThread<ConsumerCounts>,
    millis_behind_latest: AtomicU64,
    /// By the index of the shard; where it was never subscribed since the start, nothing is known.
    progress: Mutex<BTreeMap<u32, Arc<ReadProgress>>>,
}

impl ConsumerCounters {
    pub fn totals(&self) -> ConsumerTotals {
        ConsumerCounts::sum(&self.counts, &self.millis_behind_latest)
    }

    pub fn progress(&self, shard: u32) -> Arc<ReadProgress> {
        self.progress.lock().entry(shard).or_default().clone()
    }

    pub fn known_place(&self, shard: u32) -> Option<Arc<ReadProgress>> {
        self.progress.lock().get(&shard).cloned()
    }

    pub fn event(&self, records: usize, bytes: usize, behind_ms: u64) {
        let counts = self.counts.own();
        add(&counts.events, 1);
        add(&counts.records, records as u64);
        add(&counts.bytes, bytes as u64);
        self.millis_behind_latest.store(behind_ms, Ordering::Relaxed);
    }
}

/// How far a consumer has read a shard.
#[derive(Default)]
pub(crate) struct ReadProgress {
    position: AtomicU64,
    /// What arrived before this time is read.
    read_until_ms: AtomicU64,
}

impl ReadProgress {
    pub fn moved_to(&self, position: u64, read_until_ms: u64) {
        self.read_until_ms.store(read_until_ms, Ordering::Relaxed);
        self.position.store(position, Ordering::Relaxed);
    }

    /// Records and milliseconds to the end of the log. Where positions skip, the records are fewer.
    pub fn behind(&self, end: u64, now_ms: u64) -> (u64, u64) {
        match end.saturating_sub(self.position.load(Ordering::Relaxed)) {
            0 => (0, 0),
            records => (records, now_ms.saturating_sub(self.read_until_ms.load(Ordering::Relaxed))),
        }
    }
}

fn micros_since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_rounded_up_to_its_billing_unit() {
        let mut tally = Tally::default();
        for bytes in [0, 1, 1024, 1025, 25 * 1024, 25 * 1024 + 1] {
            tally.record(bytes);
        }
        assert_eq!((tally.records, tally.payload_units, tally.rounded_kib), (6, 7, 1 + 1 + 1 + 2 + 25 + 26));
    }

    #[test]
    fn what_is_neither_stored_nor_throttled_has_failed() {
        let stream = StreamCounters::default();
        let tally = Tally { records: 3, throttled: 2, ..Tally::default() };
        stream.put_records(Instant::now(), 9, &tally);
        let totals = stream.totals();
        assert_eq!(
            (totals.put_records_successful, totals.put_records_throttled, totals.put_records_failed),
            (3, 2, 4)
        );
    }
}
