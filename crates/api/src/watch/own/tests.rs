//! What one sample says of a rise, and which series a service that did a little of everything has.

use std::borrow::Cow;
use std::sync::Arc;

use expect_test::{Expect, expect};
use flumen_access::{Caller, Principal};
use flumen_protocol::Blob;
use flumen_protocol::kinesis::{
    CreateStreamInput, DeleteStreamInput, DisableEnhancedMonitoringInput, EnableEnhancedMonitoringInput,
    GetRecordsInput, GetShardIteratorInput, MetricsName, PutRecordInput, PutRecordsInput,
    PutRecordsRequestEntry, RegisterStreamConsumerInput, ShardIteratorType, StartingPosition,
    SubscribeToShardInput,
};
use flumen_storage::Storage;
use flumen_streams::StreamsSettings;
use flumen_testkit::service::{keys, seal};

use super::*;

const NONE: LastSeen = LastSeen { sum: 0, calls: 0 };
const SUM: Kind = Kind::Sum(1);

#[test]
fn what_was_not_called_has_no_point() {
    for kind in [SUM, Kind::Success, Kind::Last] {
        assert_eq!(kind.sample(LastSeen { sum: 7, calls: 2 }, LastSeen { sum: 9, calls: 2 }), None);
    }
}

#[test]
fn sums_are_what_came_since_the_last_look() {
    let micros = Kind::Sum(1000);
    let sample = micros.sample(LastSeen { sum: 1000, calls: 1 }, LastSeen { sum: 7000, calls: 4 }).unwrap();
    assert_eq!(sample, Sample { count: 3.0, sum: 6.0, minimum: 2.0, maximum: 2.0 });
    let anew = SUM.sample(LastSeen { sum: 100, calls: 50 }, LastSeen { sum: 3, calls: 1 }).unwrap();
    assert_eq!(anew, Sample::one(3.0));
}

#[test]
fn success_is_between_none_and_all() {
    let of = |sum, calls| Kind::Success.sample(NONE, LastSeen { sum, calls }).map(|s| (s.minimum, s.maximum));
    assert_eq!([of(0, 2), of(1, 2), of(2, 2)], [Some((0.0, 0.0)), Some((0.0, 1.0)), Some((1.0, 1.0))]);
}

#[test]
fn the_last_call_says_what_it_saw() {
    let sample = Kind::Last.sample(LastSeen { sum: 40, calls: 1 }, LastSeen { sum: 900, calls: 3 }).unwrap();
    assert_eq!(sample, Sample::one(900.0));
}

/// Streams within AWS's limits on a clock that stands still, and what is reported of them.
struct Watched {
    streams: Streams,
    caller: Caller,
    watch: Watch,
    own: OwnMetrics,
}

impl Watched {
    /// With a stream `s` of one shard.
    async fn start() -> Self {
        let (clock, _) = Clock::manual(1_700_000_000_000);
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let streams = Streams::open(
            storage.clone(),
            clock.clone(),
            seal(),
            keys(&storage, &clock).await,
            StreamsSettings::aws(),
        )
        .await
        .unwrap();
        let watch = Watch::new(flumen_watch::WatchSettings { series_max: 100, age_ms: 3_600_000 }, clock);
        let caller = Caller::new(Arc::new(Principal::root("000000000000")), "us-east-1");
        let watched = Watched { streams, caller, watch, own: OwnMetrics::default() };
        watched.create().await;
        watched
    }

    async fn create(&self) {
        let create =
            CreateStreamInput { stream_name: "s".into(), shard_count: Some(1), ..Default::default() };
        self.streams.create_stream(&self.caller, &create).await.unwrap();
    }

    async fn put(&self, bytes: usize) {
        let put = PutRecordInput {
            stream_name: Some("s".into()),
            data: Blob::Bytes(vec![0; bytes].into()),
            partition_key: Some("k".into()),
            ..Default::default()
        };
        self.streams.put_record(&self.caller, &put).await.unwrap();
    }

    async fn put_many(&self, records: usize) {
        let entry = PutRecordsRequestEntry {
            data: Blob::Bytes(Cow::Borrowed(b"four")),
            partition_key: Some("k".into()),
            ..Default::default()
        };
        let put = PutRecordsInput {
            stream_name: Some("s".into()),
            records: vec![entry; records],
            ..Default::default()
        };
        self.streams.put_records(&self.caller, &put).await.unwrap();
    }

    async fn monitor(&self, metrics: &[MetricsName]) {
        let enable = EnableEnhancedMonitoringInput {
            stream_name: Some("s".into()),
            shard_level_metrics: metrics.to_vec(),
            ..Default::default()
        };
        self.streams.enable_enhanced_monitoring(&self.caller, &enable).await.unwrap();
    }

    /// What the looks since the start have put under the names that `shown` says.
    fn seen(&self, shown: impl Fn(&SeriesName) -> bool, expect: Expect) {
        self.own.look(&self.streams, &self.watch);
        let mut lines = String::new();
        self.watch.totals(|realm, name, total| {
            assert_eq!((realm, name.namespace.as_str()), (self.caller.realm(), NAMESPACE));
            if shown(name) {
                let dimensions: Vec<_> = name.dimensions.iter().map(|(n, v)| format!("{n}={v}")).collect();
                // How long a call takes differs from run to run.
                let sum =
                    if name.metric.ends_with("Latency") { "some".into() } else { total.sum.to_string() };
                let (metric, unit) = (&name.metric, name.unit.as_str());
                let of = dimensions.join(" ");
                lines += &format!("{metric} {of}: {sum} {unit} in {}\n", total.count);
            }
        });
        expect.assert_eq(&lines);
    }
}

#[tokio::test]
async fn calls_are_reported_by_stream_shard_and_consumer() {
    let watched = Watched::start().await;
    watched.monitor(&[MetricsName::All]).await;
    watched.put(99).await;
    watched.put_many(400).await;
    watched.put_many(499).await;
    // The last hundred of a second, and one more.
    watched.put_many(101).await;
    let iterator = GetShardIteratorInput {
        stream_name: Some("s".into()),
        shard_id: "0".into(),
        shard_iterator_type: ShardIteratorType::TrimHorizon,
        ..Default::default()
    };
    let iterator = watched.streams.get_shard_iterator(&watched.caller, &iterator).await.unwrap();
    let get = GetRecordsInput {
        shard_iterator: iterator.shard_iterator.unwrap(),
        limit: Some(10),
        ..Default::default()
    };
    // Five a second are served.
    for nth in 0..6 {
        let got = watched.streams.get_records(&watched.caller, &get, 10 << 20).await;
        assert_eq!(got.is_ok(), nth < 5);
    }
    let register = RegisterStreamConsumerInput {
        stream_arn: watched.caller.realm().stream_arn("s").to_string().into(),
        consumer_name: "c".into(),
        ..Default::default()
    };
    let made = watched.streams.register_stream_consumer(&watched.caller, &register).await.unwrap();
    let subscribe = SubscribeToShardInput {
        consumer_arn: made.consumer.consumer_arn,
        shard_id: "0".into(),
        starting_position: StartingPosition { r#type: ShardIteratorType::TrimHorizon, ..Default::default() },
        ..Default::default()
    };
    let mut subscription = watched.streams.subscribe_to_shard(&watched.caller, &subscribe).await.unwrap();
    subscription.next().await.unwrap().unwrap();
    for _ in 0..2 {
        assert!(watched.streams.subscribe_to_shard(&watched.caller, &subscribe).await.is_err());
    }
    watched.seen(
        |_| true,
        expect![[r#"
        GetRecords.Bytes StreamName=s: 725 Bytes in 6
        GetRecords.IteratorAgeMilliseconds StreamName=s: 0 Milliseconds in 1
        GetRecords.Latency StreamName=s: some Milliseconds in 5
        GetRecords.Records StreamName=s: 50 Count in 6
        GetRecords.Success StreamName=s: 5 Count in 6
        IncomingBytes ShardId=shardId-000000000000 StreamName=s: 5095 Bytes in 1000
        IncomingBytes StreamName=s: 5095 Bytes in 4
        IncomingRecords ShardId=shardId-000000000000 StreamName=s: 1000 Count in 1000
        IncomingRecords StreamName=s: 1000 Count in 4
        IteratorAgeMilliseconds ShardId=shardId-000000000000 StreamName=s: 0 Milliseconds in 1
        OutgoingBytes ShardId=shardId-000000000000 StreamName=s: 725 Bytes in 50
        OutgoingRecords ShardId=shardId-000000000000 StreamName=s: 50 Count in 50
        PutRecord.Bytes StreamName=s: 100 Bytes in 1
        PutRecord.Latency StreamName=s: some Milliseconds in 1
        PutRecord.Success StreamName=s: 1 Count in 1
        PutRecords.Bytes StreamName=s: 4995 Bytes in 3
        PutRecords.FailedRecords StreamName=s: 0 Count in 3
        PutRecords.Latency StreamName=s: some Milliseconds in 3
        PutRecords.Records StreamName=s: 999 Count in 3
        PutRecords.Success StreamName=s: 3 Count in 3
        PutRecords.SuccessfulRecords StreamName=s: 999 Count in 3
        PutRecords.ThrottledRecords StreamName=s: 1 Count in 3
        PutRecords.TotalRecords StreamName=s: 1000 Count in 3
        ReadProvisionedThroughputExceeded ShardId=shardId-000000000000 StreamName=s: 1 Count in 1
        ReadProvisionedThroughputExceeded StreamName=s: 1 Count in 6
        SubscribeToShard.RateExceeded ConsumerName=c StreamName=s: 2 Count in 3
        SubscribeToShard.Success ConsumerName=c StreamName=s: 1 Count in 3
        SubscribeToShardEvent.Bytes ConsumerName=c StreamName=s: 5095 Bytes in 1
        SubscribeToShardEvent.MillisBehindLatest ConsumerName=c StreamName=s: 0 Milliseconds in 1
        SubscribeToShardEvent.Records ConsumerName=c StreamName=s: 1000 Count in 1
        SubscribeToShardEvent.Success ConsumerName=c StreamName=s: 1 Count in 1
        WriteProvisionedThroughputExceeded ShardId=shardId-000000000000 StreamName=s: 1 Count in 1
        WriteProvisionedThroughputExceeded StreamName=s: 1 Count in 4
    "#]],
    );
}

#[tokio::test]
async fn what_is_switched_on_rises_from_then() {
    let watched = Watched::start().await;
    let of_shard = |name: &SeriesName| name.dimensions.iter().any(|(name, _)| name == "ShardId");
    watched.put(9).await;
    watched.seen(of_shard, expect![[""]]);
    watched.monitor(&[MetricsName::IncomingRecords]).await;
    watched.put(9).await;
    // The minute in which it is switched on is not whole, and has no point.
    watched.seen(of_shard, expect![[""]]);
    watched.put(9).await;
    watched.seen(
        of_shard,
        expect![[r#"
        IncomingRecords ShardId=shardId-000000000000 StreamName=s: 1 Count in 1
    "#]],
    );
    // Another metric beside it, and then without it.
    watched.monitor(&[MetricsName::IncomingBytes]).await;
    watched.put(9).await;
    watched.seen(
        of_shard,
        expect![[r#"
        IncomingBytes ShardId=shardId-000000000000 StreamName=s: 10 Bytes in 1
        IncomingRecords ShardId=shardId-000000000000 StreamName=s: 2 Count in 2
    "#]],
    );
    let disable = DisableEnhancedMonitoringInput {
        stream_name: Some("s".into()),
        shard_level_metrics: vec![MetricsName::IncomingBytes],
        ..Default::default()
    };
    watched.streams.disable_enhanced_monitoring(&watched.caller, &disable).await.unwrap();
    watched.put(9).await;
    watched.seen(
        of_shard,
        expect![[r#"
        IncomingBytes ShardId=shardId-000000000000 StreamName=s: 10 Bytes in 1
        IncomingRecords ShardId=shardId-000000000000 StreamName=s: 3 Count in 3
    "#]],
    );
}

#[tokio::test]
async fn a_stream_that_was_made_anew_counts_from_zero() {
    let watched = Watched::start().await;
    let records = |name: &SeriesName| name.metric == "IncomingRecords";
    for _ in 0..3 {
        watched.put(9).await;
    }
    watched.seen(
        records,
        expect![[r#"
        IncomingRecords StreamName=s: 3 Count in 3
    "#]],
    );
    let delete = DeleteStreamInput { stream_name: Some("s".into()), ..Default::default() };
    watched.streams.delete_stream(&watched.caller, &delete).await.unwrap();
    watched.seen(
        records,
        expect![[r#"
        IncomingRecords StreamName=s: 3 Count in 3
    "#]],
    );
    assert!(watched.own.before.lock().counted.is_empty(), "nothing is kept of what is gone");
    watched.create().await;
    for _ in 0..4 {
        watched.put(9).await;
    }
    watched.seen(
        records,
        expect![[r#"
        IncomingRecords StreamName=s: 7 Count in 7
    "#]],
    );
}
