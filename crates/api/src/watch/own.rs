//! Kinesis's own metrics under `AWS/Kinesis`, made of what the streams count. Counters say how much and how
//! often, not how it was spread: Minimum and Maximum of a sum are the average of what came between two looks.
//! Source: AWS's Developer Guide, "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch"
//! (<https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html>).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use flumen_protocol::cloudwatch::StandardUnit as Unit;
use flumen_streams::Streams;
use flumen_streams::metering::figures::StreamFigures;
use flumen_streams::metering::{ConsumerTotals, ShardTotals, StreamTotals};
use flumen_types::{Clock, Realm};
use flumen_watch::{MINUTE_MS, Sample, SeriesName, Watch};
use parking_lot::Mutex;

pub const NAMESPACE: &str = "AWS/Kinesis";
/// A look so long before a minute ends puts what came in it into that minute.
const BEFORE_MINUTE_ENDS_MS: u64 = 100;

/// What was seen at the last look.
#[derive(Default)]
pub struct OwnMetrics {
    before: Mutex<Before>,
}

#[derive(Default)]
struct Before {
    counted: HashMap<Dimensions, Vec<LastSeen>>,
    /// Streams whose shards were not looked at. What these count before they are is no rise of the minute in
    /// which monitoring is switched on.
    unmonitored: HashSet<Dimensions>,
}

/// With them a metric is one series.
type Dimensions = (Realm, Vec<(&'static str, String)>);

/// Both only rise, until a stream is made anew.
#[derive(Clone, Copy, Default)]
struct LastSeen {
    sum: u64,
    calls: u64,
}

enum Kind {
    /// As much as the counter rose, in so many calls; in units of which so many are one of the metric's.
    Sum(u64),
    /// One for each call that succeeded.
    Success,
    /// What the last call saw.
    Last,
}

struct Metric<T> {
    name: &'static str,
    unit: Unit,
    kind: Kind,
    sum: fn(&T) -> u64,
    calls: fn(&T) -> u64,
}

impl<T> Metric<T> {
    const fn bytes(name: &'static str, sum: fn(&T) -> u64, calls: fn(&T) -> u64) -> Self {
        Metric { name, unit: Unit::Bytes, kind: Kind::Sum(1), sum, calls }
    }

    const fn count(name: &'static str, sum: fn(&T) -> u64, calls: fn(&T) -> u64) -> Self {
        Metric { name, unit: Unit::Count, kind: Kind::Sum(1), sum, calls }
    }

    const fn success(name: &'static str, sum: fn(&T) -> u64, calls: fn(&T) -> u64) -> Self {
        Metric { name, unit: Unit::Count, kind: Kind::Success, sum, calls }
    }

    /// Of a counter in microseconds.
    const fn latency(name: &'static str, sum: fn(&T) -> u64, calls: fn(&T) -> u64) -> Self {
        Metric { name, unit: Unit::Milliseconds, kind: Kind::Sum(1000), sum, calls }
    }

    const fn last(name: &'static str, sum: fn(&T) -> u64, calls: fn(&T) -> u64) -> Self {
        Metric { name, unit: Unit::Milliseconds, kind: Kind::Last, sum, calls }
    }
}

const STREAM: &[Metric<StreamTotals>] = {
    // The calls that a metric is of.
    fn put(t: &StreamTotals) -> u64 {
        t.put_record_calls
    }
    fn puts(t: &StreamTotals) -> u64 {
        t.put_records_calls
    }
    fn both(t: &StreamTotals) -> u64 {
        put(t) + puts(t)
    }
    fn gets(t: &StreamTotals) -> u64 {
        t.get_records_calls
    }
    fn got(t: &StreamTotals) -> u64 {
        t.get_records_successes
    }
    &[
        Metric::bytes("IncomingBytes", |t| t.incoming_bytes, both),
        Metric::count("IncomingRecords", |t| t.incoming_records, both),
        Metric::count("WriteProvisionedThroughputExceeded", |t| t.write_throttled, both),
        Metric::bytes("PutRecord.Bytes", |t| t.put_record_bytes, put),
        Metric::latency("PutRecord.Latency", |t| t.put_record_micros, put),
        Metric::success("PutRecord.Success", |t| t.put_record_successes, put),
        Metric::bytes("PutRecords.Bytes", |t| t.put_records_bytes, puts),
        Metric::latency("PutRecords.Latency", |t| t.put_records_micros, puts),
        Metric::success("PutRecords.Success", |t| t.put_records_successes, puts),
        Metric::count("PutRecords.Records", |t| t.put_records_successful, puts),
        Metric::count("PutRecords.TotalRecords", |t| t.put_records_total, puts),
        Metric::count("PutRecords.SuccessfulRecords", |t| t.put_records_successful, puts),
        Metric::count("PutRecords.FailedRecords", |t| t.put_records_failed, puts),
        Metric::count("PutRecords.ThrottledRecords", |t| t.put_records_throttled, puts),
        Metric::bytes("GetRecords.Bytes", |t| t.get_records_bytes, gets),
        Metric::count("GetRecords.Records", |t| t.get_records_records, gets),
        Metric::latency("GetRecords.Latency", |t| t.get_records_micros, got),
        Metric::success("GetRecords.Success", got, gets),
        Metric::last("GetRecords.IteratorAgeMilliseconds", |t| t.iterator_age_ms, got),
        Metric::count("ReadProvisionedThroughputExceeded", |t| t.read_throttled, gets),
    ]
};

/// Under the names by which enhanced monitoring switches them on. Calls are not counted by shard.
const SHARD: &[Metric<ShardTotals>] = &[
    Metric::bytes("IncomingBytes", |t| t.incoming_bytes, |t| t.incoming_records),
    Metric::count("IncomingRecords", |t| t.incoming_records, |t| t.incoming_records),
    Metric::bytes("OutgoingBytes", |t| t.outgoing_bytes, |t| t.outgoing_records),
    Metric::count("OutgoingRecords", |t| t.outgoing_records, |t| t.outgoing_records),
    Metric::count("WriteProvisionedThroughputExceeded", |t| t.write_throttled, |t| t.write_throttled),
    Metric::count("ReadProvisionedThroughputExceeded", |t| t.read_throttled, |t| t.read_throttled),
    Metric::last("IteratorAgeMilliseconds", |t| t.iterator_age_ms, |t| t.outgoing_records),
];

const CONSUMER: &[Metric<ConsumerTotals>] = {
    fn tries(t: &ConsumerTotals) -> u64 {
        t.subscribed + t.subscribe_refused
    }
    &[
        Metric::success("SubscribeToShard.Success", |t| t.subscribed, tries),
        Metric::count("SubscribeToShard.RateExceeded", |t| t.subscribe_refused, tries),
        Metric::success("SubscribeToShardEvent.Success", |t| t.events, |t| t.events),
        Metric::bytes("SubscribeToShardEvent.Bytes", |t| t.bytes, |t| t.events),
        Metric::count("SubscribeToShardEvent.Records", |t| t.records, |t| t.events),
        Metric::last("SubscribeToShardEvent.MillisBehindLatest", |t| t.millis_behind_latest, |t| t.events),
    ]
};

impl OwnMetrics {
    /// Puts what came since the last look into this minute.
    pub fn look(&self, streams: &Streams, watch: &Watch) {
        let figures = streams.figures();
        let mut before = self.before.lock();
        let Before { counted, unmonitored } = &mut *before;
        let mut seen = HashSet::new();
        for stream in &figures {
            let of_stream = of(stream, None);
            let new_to_shards = unmonitored.contains(&of_stream);
            for shard in &stream.shards {
                let at = of(stream, Some(("ShardId", shard.id.to_string())));
                let shown = |name: &str| !new_to_shards && shard.shows(name);
                rise(SHARD, &shard.totals, &at, shown, counted, watch);
                seen.insert(at);
            }
            for consumer in &stream.consumers {
                let at = of(stream, Some(("ConsumerName", consumer.name.clone())));
                rise(CONSUMER, &consumer.totals, &at, |_| true, counted, watch);
                seen.insert(at);
            }
            rise(STREAM, &stream.totals, &of_stream, |_| true, counted, watch);
            seen.insert(of_stream);
        }
        counted.retain(|dimensions, _| seen.contains(dimensions));
        let without_shards = figures.iter().filter(|stream| stream.shards.is_empty());
        *unmonitored = without_shards.map(|stream| of(stream, None)).collect();
    }
}

/// Looks at the end of every minute, for as long as it is polled.
pub async fn every_minute(own: &OwnMetrics, streams: &Streams, watch: &Watch, clock: &Clock) {
    loop {
        let into_minute = (clock.now_ms() + BEFORE_MINUTE_ENDS_MS) % MINUTE_MS;
        tokio::time::sleep(Duration::from_millis(MINUTE_MS - into_minute)).await;
        own.look(streams, watch);
        watch.sweep();
    }
}

fn of(stream: &StreamFigures, more: Option<(&'static str, String)>) -> Dimensions {
    let name = ("StreamName", stream.name.clone());
    let mut dimensions: Vec<_> = std::iter::once(name).chain(more).collect();
    dimensions.sort();
    (stream.realm.clone(), dimensions)
}

/// Counts them all, so that one that is switched on later rises from then; records those that are shown.
fn rise<T>(
    metrics: &[Metric<T>],
    totals: &T,
    at: &Dimensions,
    shown: impl Fn(&str) -> bool,
    before: &mut HashMap<Dimensions, Vec<LastSeen>>,
    watch: &Watch,
) {
    let old = before.get(at).map_or(&[][..], Vec::as_slice);
    let mut new = Vec::with_capacity(metrics.len());
    for (i, metric) in metrics.iter().enumerate() {
        let now = LastSeen { sum: (metric.sum)(totals), calls: (metric.calls)(totals) };
        let sample = metric.kind.sample(old.get(i).copied().unwrap_or_default(), now);
        if let Some(sample) = sample.filter(|_| shown(metric.name)) {
            watch.record(&at.0, series(metric, &at.1), sample);
        }
        new.push(now);
    }
    before.insert(at.clone(), new);
}

fn series<T>(metric: &Metric<T>, dimensions: &[(&'static str, String)]) -> SeriesName {
    SeriesName {
        namespace: NAMESPACE.into(),
        metric: metric.name.into(),
        dimensions: dimensions.iter().map(|(name, value)| ((*name).into(), value.clone())).collect(),
        unit: metric.unit,
    }
}

impl Kind {
    /// `None` when there were no calls: then there is no point, and not one of zero.
    fn sample(&self, old: LastSeen, now: LastSeen) -> Option<Sample> {
        // A stream that was made anew counts from zero again.
        let since = |old: u64, now: u64| now.checked_sub(old).unwrap_or(now);
        let (sum, calls) = (since(old.sum, now.sum), since(old.calls, now.calls));
        if calls == 0 {
            return None;
        }
        Some(match self {
            Kind::Last => Sample::one(now.sum as f64),
            Kind::Sum(per) => {
                let sum = sum as f64 / *per as f64;
                let average = sum / calls as f64;
                Sample { count: calls as f64, sum, minimum: average, maximum: average }
            }
            Kind::Success => Sample {
                count: calls as f64,
                sum: sum as f64,
                minimum: if sum < calls { 0.0 } else { 1.0 },
                maximum: if sum > 0 { 1.0 } else { 0.0 },
            },
        })
    }
}

#[cfg(test)]
mod tests;
