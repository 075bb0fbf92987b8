//! Places in shards as callers name them (sequence numbers, iterators, times), where clocks differ and at the
//! ends of shards.

use std::ops::{Deref, DerefMut};

use flumen_protocol::kinesis::{
    GetRecordsInput, GetShardIteratorInput, PutRecordInput, RegisterStreamConsumerInput, ShardIteratorType,
    SplitShardInput, StartingPosition, SubscribeToShardInput, UpdateShardCountInput,
};
use flumen_protocol::{Blob, ErrorCode, Fault, Timestamp};
use flumen_streams::Subscription;
use flumen_testkit::service::{self, NOW_MS};
use flumen_types::sequence_number::Decoded;
use flumen_types::{Creation, SequenceNumber};

const NAME: &str = "s";
const HOUR_MS: u64 = 60 * 60 * 1000;

fn number(text: &str) -> SequenceNumber {
    match SequenceNumber::decode(text) {
        Some(Decoded::V2(number)) => number,
        other => panic!("{text} is {other:?}"),
    }
}

/// A service with the calls that these tests make.
struct Service(service::Service);

impl Deref for Service {
    type Target = service::Service;

    fn deref(&self) -> &service::Service {
        &self.0
    }
}

impl DerefMut for Service {
    fn deref_mut(&mut self) -> &mut service::Service {
        &mut self.0
    }
}

impl Service {
    async fn start() -> Self {
        Service(service::Service::start().await)
    }

    async fn put_after(&self, stream: &str, ordering: &str) -> Result<String, Fault> {
        let input = PutRecordInput {
            stream_name: Some(stream.to_owned().into()),
            data: Blob::Bytes(vec![1].into()),
            partition_key: Some("k".into()),
            sequence_number_for_ordering: Some(ordering.to_owned().into()),
            ..Default::default()
        };
        Ok(self.streams.put_record(&self.caller, &input).await?.0.number.to_string())
    }

    async fn put_one(&self, stream: &str) -> String {
        self.put(stream, &[("k".into(), vec![1])]).await.remove(0).1.number
    }

    async fn rescale(&self, stream: &str, target: i32) {
        let input = UpdateShardCountInput {
            stream_name: Some(stream.to_owned().into()),
            target_shard_count: target,
            ..Default::default()
        };
        self.streams.update_shard_count(&self.caller, &input).await.unwrap();
    }

    async fn split(&self) {
        let input = SplitShardInput {
            stream_name: Some(NAME.into()),
            shard_to_split: "0".into(),
            new_starting_hash_key: (1_u128 << 127).to_string().into(),
            ..Default::default()
        };
        self.streams.split_shard(&self.caller, &input).await.unwrap();
    }

    async fn place(&self, kind: ShardIteratorType, at: &SequenceNumber) -> Result<String, Fault> {
        let input = GetShardIteratorInput {
            stream_name: Some(NAME.into()),
            shard_id: at.shard.to_string().into(),
            shard_iterator_type: kind,
            starting_sequence_number: Some(at.to_string().into()),
            ..Default::default()
        };
        Ok(self.streams.get_shard_iterator(&self.caller, &input).await?.shard_iterator.unwrap().into_owned())
    }

    async fn at_time(&self, ms: u64) -> Result<String, Fault> {
        let input = GetShardIteratorInput {
            stream_name: Some(NAME.into()),
            shard_id: "0".into(),
            shard_iterator_type: ShardIteratorType::AtTimestamp,
            timestamp: Some(Timestamp(ms as i64)),
            ..Default::default()
        };
        Ok(self.streams.get_shard_iterator(&self.caller, &input).await?.shard_iterator.unwrap().into_owned())
    }

    async fn registered(&self) -> String {
        let input = RegisterStreamConsumerInput {
            stream_arn: self.caller.realm().stream_arn(NAME).to_string().into(),
            consumer_name: "c".into(),
            ..Default::default()
        };
        let output = self.streams.register_stream_consumer(&self.caller, &input).await.unwrap();
        output.consumer.consumer_arn.into_owned()
    }

    async fn subscribe(
        &self,
        arn: &str,
        kind: ShardIteratorType,
        at: &SequenceNumber,
    ) -> Result<Subscription, Fault> {
        let input = SubscribeToShardInput {
            consumer_arn: arn.to_owned().into(),
            shard_id: at.shard.to_string().into(),
            starting_position: StartingPosition {
                r#type: kind,
                sequence_number: Some(at.to_string().into()),
                ..Default::default()
            },
            ..Default::default()
        };
        Ok(self.streams.subscribe_to_shard(&self.caller, &input).await?)
    }

    /// Time that passes for a service that was started before it was set back, not for this one.
    async fn restart_back_ms(&mut self, ms: u64) {
        self.set_back_ms(ms);
        self.restart(false).await;
    }
}

#[tokio::test]
async fn the_number_of_the_last_put_orders_the_next_one_however_far_shards_are_dated_ahead() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    service.split().await;
    let mut last = service.put_one(NAME).await;
    for target in [4, 8, 4, 2, 1, 2] {
        last = service.put_after(NAME, &last).await.unwrap();
        service.rescale(NAME, target).await;
        last = service.put_after(NAME, &last).await.unwrap();
    }
    let ahead_s = number(&last).put_s - NOW_MS / 1000;
    assert!(ahead_s > 5, "or the clock's tolerance lets it in: {ahead_s}");
    for shard in service.shards(NAME).await {
        let created = number(&last).creation.second;
        assert!(created > NOW_MS / 1000, "shard {}", shard.index);
    }
}

#[tokio::test]
async fn numbers_of_a_stream_are_accepted_by_it_after_the_clock_was_set_back() {
    let mut service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = service.registered().await;
    service.advance_ms(HOUR_MS);
    let last = service.put_one(NAME).await;
    let mut subscription =
        service.subscribe(&arn, ShardIteratorType::AtSequenceNumber, &number(&last)).await.unwrap();
    service.advance_ms(HOUR_MS);
    let event = subscription.next().await.unwrap().unwrap();
    let continuation = event.continuation.unwrap().to_string();
    let arrival_ms = service.read(NAME, 0, 10).await[0].arrival_ms;
    service.restart_back_ms(2 * HOUR_MS).await;
    for issued in [&last, &continuation] {
        service.put_after(NAME, issued).await.unwrap();
    }
    let iterator = service.at_time(arrival_ms).await.unwrap();
    assert_eq!(service.read_from(iterator, 10).await.len(), 3);
}

#[tokio::test]
async fn a_number_from_a_future_that_nobody_has_is_refused() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let issued = number(&service.put_one(NAME).await);
    let dated = |put_s| SequenceNumber { put_s, ..issued }.to_string();
    let now_s = NOW_MS / 1000;
    service.put_after(NAME, &dated(now_s + 5)).await.unwrap();
    let foreign = SequenceNumber { creation: Creation::first_of(now_s + 6), ..issued };
    for text in [dated(now_s + 6), SequenceNumber { put_s: now_s + 6, ..foreign }.to_string(), "4".repeat(56)]
    {
        let refused = service.put_after(NAME, &text).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidArgumentException);
        let told = format!(
            "ExclusiveMinimumSequenceNumber {text} used in PutRecord on stream s under account 000000000000 is invalid."
        );
        assert_eq!(refused.message, Some(told));
    }
}

#[tokio::test]
async fn iterators_are_accepted_where_the_clock_is_five_seconds_behind() {
    let mut service = Service::start().await;
    service.create(NAME, 1).await;
    service.put_one(NAME).await;
    service.advance_ms(60_000);
    let iterator = service.iterator(NAME, 0, ShardIteratorType::TrimHorizon).await;
    service.restart_back_ms(5_000).await;
    assert_eq!(service.read_from(iterator.clone(), 10).await.len(), 1);
    service.restart_back_ms(1).await;
    let input = GetRecordsInput { shard_iterator: iterator.into(), ..Default::default() };
    let refused = service.streams.get_records(&service.caller, &input, 1 << 20).await.err().unwrap();
    assert_eq!(refused.to_string(), "Invalid ShardIterator.");
}

#[tokio::test]
async fn the_creation_of_a_stream_is_a_time_to_read_from_though_it_is_dated_ahead() {
    let service = Service::start().await;
    for _ in 0..3 {
        service.create(NAME, 1).await;
        let input = flumen_protocol::kinesis::DescribeStreamSummaryInput {
            stream_name: Some(NAME.into()),
            ..Default::default()
        };
        let summary = service.streams.describe_stream_summary(&service.caller, &input).await.unwrap();
        let created = summary.stream_description_summary.stream_creation_timestamp;
        service.at_time(created.0 as u64).await.unwrap();
        service.at_time(created.0 as u64 + 1).await.err().filter(|_| created.0 as u64 >= NOW_MS).unwrap();
        let input = flumen_protocol::kinesis::DeleteStreamInput {
            stream_name: Some(NAME.into()),
            ..Default::default()
        };
        service.streams.delete_stream(&service.caller, &input).await.unwrap();
    }
}

/// What a call answers with: nothing, or the refusal.
fn told<T, E: Into<Fault>>(answer: Result<T, E>) -> String {
    answer.err().map_or_else(String::new, |error| error.into().to_string())
}

/// How many records come from a place on, and whether the shard's end comes after them.
async fn read_out(service: &Service, mut iterator: String) -> (usize, bool) {
    let mut count = 0;
    loop {
        let input = GetRecordsInput { shard_iterator: iterator.into(), ..Default::default() };
        let fetched = service.streams.get_records(&service.caller, &input, 1 << 20).await.unwrap();
        count += fetched.records.len();
        match fetched.next_shard_iterator {
            None => return (count, true),
            Some(_) if fetched.records.is_empty() => return (count, false),
            Some(next) => iterator = next,
        }
    }
}

/// The same of a subscription.
async fn pushed_out(mut subscription: Subscription) -> (usize, bool) {
    let mut count = 0;
    while let Some(event) = subscription.next().await {
        let event = event.unwrap();
        count += event.records.len();
        if event.records.is_empty() {
            return (count, event.continuation.is_none());
        }
    }
    panic!("it ended in the middle of a shard")
}

const THE_LAST: &str = "InvalidArgumentException: Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, \
                        SequenceNumber has reached max possible value for the shard.";

#[tokio::test(start_paused = true)]
async fn the_numbers_at_the_ends_of_a_shard_are_places() {
    use ShardIteratorType::{AfterSequenceNumber as After, AtSequenceNumber as At};
    for closed in [false, true] {
        let service = Service::start().await;
        service.create(NAME, 1).await;
        let arn = service.registered().await;
        let mut records = Vec::new();
        for _ in 0..3 {
            records.push(number(&service.put_one(NAME).await));
        }
        let start = SequenceNumber::start_of_shard(records[0].creation, records[0].shard);
        let end = SequenceNumber::end_of_shard(records[0].creation, records[0].shard, NOW_MS);
        if closed {
            service.split().await;
        }
        for (kind, at, count) in [
            (At, start, 3),
            (After, start, 3),
            (At, records[0], 3),
            (After, records[0], 2),
            (At, records[2], 1),
            (After, records[2], 0),
            // Nobody has issued it while the shard is open; what comes next is next then.
            (At, end, 0),
        ] {
            let iterator = service.place(kind, &at).await.unwrap();
            assert_eq!(read_out(&service, iterator).await, (count, closed), "{kind:?} {at:?}");
            let subscription = service.subscribe(&arn, kind, &at).await.unwrap();
            assert_eq!(pushed_out(subscription).await, (count, closed), "{kind:?} {at:?}");
        }
        assert_eq!(told(service.place(After, &end).await), THE_LAST);
        assert_eq!(told(service.subscribe(&arn, After, &end).await), THE_LAST);
        for ordering in [start, records[2], end] {
            let next = service.put_after(NAME, &ordering.to_string()).await.unwrap();
            assert_eq!(number(&next) > ordering, closed || ordering != end);
        }
    }
}

#[tokio::test]
async fn an_expired_shard_has_no_places_whether_it_is_forgotten_yet_or_not() {
    use ShardIteratorType::{AfterSequenceNumber as After, AtSequenceNumber as At};
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = service.registered().await;
    let record = number(&service.put_one(NAME).await);
    let start = SequenceNumber::start_of_shard(record.creation, record.shard);
    let end = SequenceNumber::end_of_shard(record.creation, record.shard, NOW_MS);
    service.split().await;
    service.advance_ms(24 * HOUR_MS);
    let iterator = service.place(At, &record).await.unwrap();
    service.advance_ms(1);
    let missing = "ResourceNotFoundException: Shard shardId-000000000000 in stream s under account 000000000000 does \
                   not exist";
    for forgotten in [false, true] {
        if forgotten {
            service.streams.keep_house().await.unwrap();
        }
        for (kind, at) in
            [(At, start), (After, start), (At, record), (After, record), (At, end), (After, end)]
        {
            assert_eq!(told(service.place(kind, &at).await), missing, "{kind:?} {at:?}");
            assert_eq!(told(service.subscribe(&arn, kind, &at).await), missing, "{kind:?} {at:?}");
        }
        let input = GetRecordsInput { shard_iterator: iterator.clone().into(), ..Default::default() };
        assert_eq!(told(service.streams.get_records(&service.caller, &input, 1 << 20).await), missing);
        for ordering in [start, record, end] {
            service.put_after(NAME, &ordering.to_string()).await.unwrap();
        }
    }
}
