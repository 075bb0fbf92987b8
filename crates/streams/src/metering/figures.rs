//! What the counters say, stream by stream, for whoever shows it.

use flumen_types::{Realm, ShardId, Snapshot};

use super::heavy::HeavyKey;
use super::{ConsumerTotals, ShardTotals, StreamTotals};
use crate::Streams;
use crate::live::Live;
use crate::state::Stream;

/// A key is shown as heavy from this part of a shard's records on, so there are at most ten a shard.
const HEAVY_SHARE: f64 = 0.1;

pub struct StreamFigures {
    pub realm: Realm,
    pub name: String,
    pub open_shards: usize,
    pub totals: StreamTotals,
    /// With enhanced monitoring only: open shards.
    pub shards: Vec<ShardFigures>,
    pub consumers: Vec<ConsumerFigures>,
}

pub struct ShardFigures {
    pub id: ShardId,
    pub totals: ShardTotals,
    pub heavy: Vec<HeavyKey>,
    /// API names of the metrics that are switched on.
    metrics: Vec<String>,
}

impl ShardFigures {
    pub fn shows(&self, metric: &str) -> bool {
        self.metrics.iter().any(|on| on == metric)
    }
}

pub struct ConsumerFigures {
    pub name: String,
    pub totals: ConsumerTotals,
    /// Of shards that it subscribed to since the process began.
    pub lags: Vec<Lag>,
}

pub struct Lag {
    pub shard: ShardId,
    pub records: u64,
    pub millis: u64,
}

impl Streams {
    /// Every stream, in no order that means anything.
    pub fn figures(&self) -> Vec<StreamFigures> {
        let now_ms = self.now_ms();
        let all = self.inner.directory.read().all();
        let mut shown: Vec<_> = all.iter().filter(|live| live.stream.status(now_ms).is_some()).collect();
        shown.sort_by_key(|live| live.stream.group);
        shown.into_iter().map(|live| figures(live, now_ms)).collect()
    }

    /// How long appends took from the queue to the answer.
    pub fn append_time(&self) -> Snapshot {
        self.inner.append_time.read()
    }

    /// How the log below is.
    pub fn log_status(&self) -> flumen_storage::Status {
        self.inner.storage.status()
    }
}

fn figures(live: &Live, now_ms: u64) -> StreamFigures {
    let stream = &live.stream;
    StreamFigures {
        realm: stream.realm(),
        name: stream.name.clone(),
        open_shards: stream.open_shards().count(),
        totals: live.counters.totals(),
        shards: if stream.monitoring.is_empty() { Vec::new() } else { shards(live, stream) },
        consumers: stream.live_consumers(now_ms).map(|(name, ..)| consumer(live, name, now_ms)).collect(),
    }
}

fn shards(live: &Live, stream: &Stream) -> Vec<ShardFigures> {
    let open = (0..live.slots()).filter(|&slot| live.shard(slot).is_open());
    let figures = open.filter_map(|slot| {
        let counters = &live.meter(slot)?.counters;
        Some(ShardFigures {
            id: live.shard(slot).id(),
            totals: counters.totals(),
            heavy: counters.heavy.above(HEAVY_SHARE),
            metrics: stream.monitoring.iter().cloned().collect(),
        })
    });
    figures.collect()
}

fn consumer(live: &Live, name: &str, now_ms: u64) -> ConsumerFigures {
    let Some(counters) = live.counters.known_consumer(name) else {
        return ConsumerFigures {
            name: name.to_owned(),
            totals: ConsumerTotals::default(),
            lags: Vec::new(),
        };
    };
    let lags = (0..live.slots()).filter_map(|slot| {
        let (shard, end) = (live.shard(slot), live.log(slot)?.end());
        let (records, millis) = counters.known_place(shard.index)?.behind(end, now_ms);
        // A closed shard that is read to its end is done with.
        (shard.is_open() || records > 0).then_some(Lag { shard: shard.id(), records, millis })
    });
    ConsumerFigures { name: name.to_owned(), totals: counters.totals(), lags: lags.collect() }
}
