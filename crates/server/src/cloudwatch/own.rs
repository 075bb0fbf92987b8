//! Kinesis's own metrics under `AWS/Kinesis`, made of what the streams count. Counters say how much and how
//! often, not how it was spread: Minimum and Maximum of a sum are the average of what came between two looks.
//! Source: `kinesis-semantics.md` section 16.

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

/// What was counted at the last look.
#[derive(Default)]
pub struct OwnMetrics {
    before: Mutex<HashMap<Dimensions, Vec<Counted>>>,
}

/// With them a metric is one series.
type Dimensions = (Realm, Vec<(&'static str, String)>);

/// Both only rise, until a stream is made anew.
#[derive(Clone, Copy, Default)]
struct Counted {
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

const fn metric<T>(
    name: &'static str,
    unit: Unit,
    kind: Kind,
    sum: fn(&T) -> u64,
    calls: fn(&T) -> u64,
) -> Metric<T> {
    Metric { name, unit, kind, sum, calls }
}

const MICROS: Kind = Kind::Sum(1000);
const SUM: Kind = Kind::Sum(1);

fn puts(t: &StreamTotals) -> u64 {
    t.put_record_calls + t.put_records_calls
}

const STREAM: &[Metric<StreamTotals>] = &[
    metric("IncomingBytes", Unit::Bytes, SUM, |t| t.incoming_bytes, puts),
    metric("IncomingRecords", Unit::Count, SUM, |t| t.incoming_records, puts),
    metric("WriteProvisionedThroughputExceeded", Unit::Count, SUM, |t| t.write_throttled, puts),
    metric("PutRecord.Bytes", Unit::Bytes, SUM, |t| t.put_record_bytes, |t| t.put_record_calls),
    metric("PutRecord.Latency", Unit::Milliseconds, MICROS, |t| t.put_record_micros, |t| t.put_record_calls),
    metric(
        "PutRecord.Success",
        Unit::Count,
        Kind::Success,
        |t| t.put_record_successes,
        |t| t.put_record_calls,
    ),
    metric("PutRecords.Bytes", Unit::Bytes, SUM, |t| t.put_records_bytes, |t| t.put_records_calls),
    metric(
        "PutRecords.Latency",
        Unit::Milliseconds,
        MICROS,
        |t| t.put_records_micros,
        |t| t.put_records_calls,
    ),
    metric(
        "PutRecords.Success",
        Unit::Count,
        Kind::Success,
        |t| t.put_records_successes,
        |t| t.put_records_calls,
    ),
    metric("PutRecords.Records", Unit::Count, SUM, |t| t.put_records_successful, |t| t.put_records_calls),
    metric("PutRecords.TotalRecords", Unit::Count, SUM, |t| t.put_records_total, |t| t.put_records_calls),
    metric(
        "PutRecords.SuccessfulRecords",
        Unit::Count,
        SUM,
        |t| t.put_records_successful,
        |t| t.put_records_calls,
    ),
    metric("PutRecords.FailedRecords", Unit::Count, SUM, |t| t.put_records_failed, |t| t.put_records_calls),
    metric(
        "PutRecords.ThrottledRecords",
        Unit::Count,
        SUM,
        |t| t.put_records_throttled,
        |t| t.put_records_calls,
    ),
    metric("GetRecords.Bytes", Unit::Bytes, SUM, |t| t.get_records_bytes, |t| t.get_records_calls),
    metric("GetRecords.Records", Unit::Count, SUM, |t| t.get_records_records, |t| t.get_records_calls),
    metric(
        "GetRecords.Latency",
        Unit::Milliseconds,
        MICROS,
        |t| t.get_records_micros,
        |t| t.get_records_successes,
    ),
    metric(
        "GetRecords.Success",
        Unit::Count,
        Kind::Success,
        |t| t.get_records_successes,
        |t| t.get_records_calls,
    ),
    metric(
        "GetRecords.IteratorAgeMilliseconds",
        Unit::Milliseconds,
        Kind::Last,
        |t| t.iterator_age_ms,
        |t| t.get_records_successes,
    ),
    metric(
        "ReadProvisionedThroughputExceeded",
        Unit::Count,
        SUM,
        |t| t.read_throttled,
        |t| t.get_records_calls,
    ),
];

/// Under the names by which enhanced monitoring switches them on. Calls are not counted by shard.
const SHARD: &[Metric<ShardTotals>] = &[
    metric("IncomingBytes", Unit::Bytes, SUM, |t| t.incoming_bytes, |t| t.incoming_records),
    metric("IncomingRecords", Unit::Count, SUM, |t| t.incoming_records, |t| t.incoming_records),
    metric("OutgoingBytes", Unit::Bytes, SUM, |t| t.outgoing_bytes, |t| t.outgoing_records),
    metric("OutgoingRecords", Unit::Count, SUM, |t| t.outgoing_records, |t| t.outgoing_records),
    metric(
        "WriteProvisionedThroughputExceeded",
        Unit::Count,
        SUM,
        |t| t.write_throttled,
        |t| t.write_throttled,
    ),
    metric("ReadProvisionedThroughputExceeded", Unit::Count, SUM, |t| t.read_throttled, |t| t.read_throttled),
    metric(
        "IteratorAgeMilliseconds",
        Unit::Milliseconds,
        Kind::Last,
        |t| t.iterator_age_ms,
        |t| t.outgoing_records,
    ),
];

const CONSUMER: &[Metric<ConsumerTotals>] = &[
    metric(
        "SubscribeToShard.Success",
        Unit::Count,
        Kind::Success,
        |t| t.subscribed,
        |t| t.subscribed + t.subscribe_refused,
    ),
    metric(
        "SubscribeToShard.RateExceeded",
        Unit::Count,
        SUM,
        |t| t.subscribe_refused,
        |t| t.subscribed + t.subscribe_refused,
    ),
    metric("SubscribeToShardEvent.Success", Unit::Count, Kind::Success, |t| t.events, |t| t.events),
    metric("SubscribeToShardEvent.Bytes", Unit::Bytes, SUM, |t| t.bytes, |t| t.events),
    metric("SubscribeToShardEvent.Records", Unit::Count, SUM, |t| t.records, |t| t.events),
    metric(
        "SubscribeToShardEvent.MillisBehindLatest",
        Unit::Milliseconds,
        Kind::Last,
        |t| t.millis_behind_latest,
        |t| t.events,
    ),
];

impl OwnMetrics {
    /// Puts what came since the last look into this minute.
    pub fn look(&self, streams: &Streams, watch: &Watch) {
        let figures = streams.figures();
        let mut before = self.before.lock();
        let mut seen = HashSet::new();
        for stream in &figures {
            let of_stream = of(stream, None);
            for shard in &stream.shards {
                let shown = |metric: &&Metric<ShardTotals>| shard.shows(metric.name);
                let at = of(stream, Some(("ShardId", shard.id.to_string())));
                rise(SHARD.iter().filter(shown), &shard.totals, &at, &mut before, watch);
                seen.insert(at);
            }
            for consumer in &stream.consumers {
                let at = of(stream, Some(("ConsumerName", consumer.name.clone())));
                rise(CONSUMER.iter(), &consumer.totals, &at, &mut before, watch);
                seen.insert(at);
            }
            rise(STREAM.iter(), &stream.totals, &of_stream, &mut before, watch);
            seen.insert(of_stream);
        }
        before.retain(|dimensions, _| seen.contains(dimensions));
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

fn rise<'m, T: 'm>(
    metrics: impl Iterator<Item = &'m Metric<T>>,
    totals: &T,
    at: &Dimensions,
    before: &mut HashMap<Dimensions, Vec<Counted>>,
    watch: &Watch,
) {
    let old = before.get(at).map_or(&[][..], Vec::as_slice);
    let mut new = Vec::new();
    for (i, metric) in metrics.enumerate() {
        let now = Counted { sum: (metric.sum)(totals), calls: (metric.calls)(totals) };
        if let Some(sample) = metric.kind.sample(old.get(i).copied().unwrap_or_default(), now) {
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
    fn sample(&self, old: Counted, now: Counted) -> Option<Sample> {
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
mod tests {
    use super::*;

    const NONE: Counted = Counted { sum: 0, calls: 0 };

    #[test]
    fn what_was_not_called_has_no_point() {
        for kind in [SUM, Kind::Success, Kind::Last] {
            assert_eq!(kind.sample(Counted { sum: 7, calls: 2 }, Counted { sum: 9, calls: 2 }), None);
        }
    }

    #[test]
    fn sums_are_what_came_since_the_last_look() {
        let sample = MICROS.sample(Counted { sum: 1000, calls: 1 }, Counted { sum: 7000, calls: 4 }).unwrap();
        assert_eq!(sample, Sample { count: 3.0, sum: 6.0, minimum: 2.0, maximum: 2.0 });
        let anew = SUM.sample(Counted { sum: 100, calls: 50 }, Counted { sum: 3, calls: 1 }).unwrap();
        assert_eq!(anew, Sample::one(3.0));
    }

    #[test]
    fn success_is_between_none_and_all() {
        let of =
            |sum, calls| Kind::Success.sample(NONE, Counted { sum, calls }).map(|s| (s.minimum, s.maximum));
        assert_eq!([of(0, 2), of(1, 2), of(2, 2)], [Some((0.0, 0.0)), Some((0.0, 1.0)), Some((1.0, 1.0))]);
    }
}
