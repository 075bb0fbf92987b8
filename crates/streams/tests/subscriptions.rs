//! SubscribeToShard from the inside, with time that stands still until a test moves it.

use std::time::Duration;

use flumen_protocol::ErrorCode;
use flumen_protocol::Fault;
use flumen_protocol::kinesis::{
    DeleteStreamInput, DeregisterStreamConsumerInput, RegisterStreamConsumerInput, ShardIteratorType,
    SplitShardInput, StartingPosition, SubscribeToShardInput,
};
use flumen_streams::{Event, ShardLimits, StreamsSettings, Subscription};
use flumen_testkit::service::Service;
use tokio::time::{Instant, advance};

const NAME: &str = "s";

async fn registered(service: &Service, consumer: &str) -> String {
    let input = RegisterStreamConsumerInput {
        stream_arn: service.caller.realm().stream_arn(NAME).to_string().into(),
        consumer_name: consumer.to_owned().into(),
        ..Default::default()
    };
    let output = service.streams.register_stream_consumer(&service.caller, &input).await.unwrap();
    output.consumer.consumer_arn.into_owned()
}

async fn subscribe(
    service: &Service,
    arn: &str,
    shard: u32,
    start: StartingPosition<'_>,
) -> Result<Subscription, Fault> {
    let input = SubscribeToShardInput {
        consumer_arn: arn.to_owned().into(),
        shard_id: format!("shardId-{shard:012}").into(),
        starting_position: start,
        ..Default::default()
    };
    Ok(service.streams.subscribe_to_shard(&service.caller, &input).await?)
}

fn from(kind: ShardIteratorType) -> StartingPosition<'static> {
    StartingPosition { r#type: kind, ..Default::default() }
}

async fn put(service: &Service, data: &str) {
    service.put(NAME, &[("k".into(), data.into())]).await;
}

fn data(event: &Event) -> Vec<String> {
    event.records.records().map(|record| String::from_utf8(record.data.to_vec()).unwrap()).collect()
}

/// Well before the next sign of life, which would show the same later.
async fn promptly<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(4), what).await.expect("at once")
}

async fn next(subscription: &mut Subscription) -> Event {
    subscription.next().await.expect("the subscription stands").unwrap()
}

#[tokio::test]
async fn records_are_pushed_when_they_are_durable() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    put(&service, "before").await;
    let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::Latest)).await.unwrap();
    let (event, ()) = tokio::join!(promptly(next(&mut subscription)), put(&service, "after"));
    assert_eq!(data(&event), ["after"]);
    assert_eq!(event.millis_behind_latest, 0);
}

#[tokio::test]
async fn an_idle_subscription_gives_a_sign_of_life_every_five_seconds_and_ends_after_five_minutes() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    tokio::time::pause();
    let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::TrimHorizon)).await.unwrap();
    let began = Instant::now();
    let mut events = 0;
    while let Some(event) = subscription.next().await {
        let event = event.unwrap();
        events += 1;
        assert!(event.records.is_empty() && event.continuation.is_some());
        assert_eq!(began.elapsed().as_secs(), events * 5);
    }
    assert_eq!((events, began.elapsed().as_secs()), (59, 300));
    assert!(subscription.next().await.is_none());
}

#[tokio::test]
async fn the_next_sign_of_life_comes_five_seconds_after_the_latest_event() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::Latest)).await.unwrap();
    tokio::time::pause();
    assert!(tokio::time::timeout(Duration::from_secs(3), subscription.next()).await.is_err());
    tokio::time::resume();
    put(&service, "at three").await;
    tokio::time::pause();
    assert_eq!(data(&next(&mut subscription).await), ["at three"]);
    let pushed = Instant::now();
    for beat in [5, 10] {
        assert_eq!(data(&next(&mut subscription).await), Vec::<String>::new());
        assert_eq!(pushed.elapsed().as_secs(), beat);
    }
}

#[tokio::test]
async fn a_second_subscription_is_refused_for_five_seconds_and_then_takes_over() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    tokio::time::pause();
    let latest = || from(ShardIteratorType::Latest);
    let mut first = subscribe(&service, &arn, 0, latest()).await.unwrap();
    let refused = subscribe(&service, &arn, 0, latest()).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::ResourceInUseException);
    let text = "Another active subscription exists for this consumer: 000000000000:s:shardId-000000000000:c";
    assert_eq!(refused.message.as_deref(), Some(text));
    let other = registered(&service, "d").await;
    let _other = subscribe(&service, &other, 0, latest()).await.unwrap();

    advance(Duration::from_millis(4990)).await;
    subscribe(&service, &arn, 0, latest()).await.err().expect("it is too young yet");
    advance(Duration::from_millis(10)).await;
    let second = subscribe(&service, &arn, 0, latest()).await.unwrap();
    assert!(first.next().await.is_none(), "the older one ends");
    drop(first);
    subscribe(&service, &arn, 0, latest()).await.err().expect("the younger one still sits there");
    drop(second);
    subscribe(&service, &arn, 0, latest()).await.unwrap();
}

#[tokio::test]
async fn a_consumer_subscribes_to_a_shard_once_a_second() {
    let mut settings = StreamsSettings::aws();
    settings.limits.own.insert("free".into(), None);
    let service = Service::start_with(settings).await;
    service.create(NAME, 2).await;
    service.create("free", 1).await;
    let (arn, other) = (registered(&service, "c").await, registered(&service, "d").await);
    tokio::time::pause();
    let latest = || from(ShardIteratorType::Latest);
    let first = subscribe(&service, &arn, 0, latest()).await.unwrap();
    let refused = subscribe(&service, &arn, 0, latest()).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::ResourceInUseException, "while the first stands");
    advance(Duration::from_millis(400)).await;
    drop(first);
    advance(Duration::from_millis(599)).await;
    let refused = subscribe(&service, &arn, 0, latest()).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::LimitExceededException);
    let text =
        "Rate exceeded for consumer c and shard shardId-000000000000 in stream s under account 000000000000.";
    assert_eq!(refused.message.as_deref(), Some(text));
    drop(subscribe(&service, &other, 0, latest()).await.unwrap());
    drop(subscribe(&service, &arn, 1, latest()).await.unwrap());
    // A second after the call that succeeded; those that were refused do not count.
    advance(Duration::from_millis(1)).await;
    drop(subscribe(&service, &arn, 0, latest()).await.unwrap());
    subscribe(&service, &arn, 0, latest()).await.err().expect("this one counts anew");
    // When the first is forgotten, a second after it was left, the second is not.
    advance(Duration::from_millis(400)).await;
    let refused = subscribe(&service, &arn, 0, latest()).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::LimitExceededException);

    let register = RegisterStreamConsumerInput {
        stream_arn: service.caller.realm().stream_arn("free").to_string().into(),
        consumer_name: "c".into(),
        ..Default::default()
    };
    let output = service.streams.register_stream_consumer(&service.caller, &register).await.unwrap();
    for _ in 0..3 {
        drop(subscribe(&service, &output.consumer.consumer_arn, 0, latest()).await.unwrap());
    }
}

#[tokio::test]
async fn the_end_of_a_shard_names_its_children() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    put(&service, "last").await;
    let mut waiting = subscribe(&service, &arn, 0, from(ShardIteratorType::Latest)).await.unwrap();
    let split = async {
        let input = SplitShardInput {
            stream_name: Some(NAME.into()),
            shard_to_split: "0".into(),
            new_starting_hash_key: "1000".into(),
            ..Default::default()
        };
        service.streams.split_shard(&service.caller, &input).await.unwrap();
    };
    let (ended, ()) = tokio::join!(promptly(next(&mut waiting)), split);
    assert!(ended.records.is_empty() && ended.continuation.is_none());
    let children: Vec<u32> = ended.child_shards.iter().map(|child| child.id().index()).collect();
    assert_eq!(children, [1, 2]);
    assert!(ended.child_shards.iter().all(|child| child.parents().map(|p| p.index()).eq([0])));
    assert!(waiting.next().await.is_none());

    drop(waiting);
    let mut whole = subscribe(&service, &arn, 0, from(ShardIteratorType::TrimHorizon)).await.unwrap();
    assert_eq!(data(&next(&mut whole).await), ["last"]);
    assert_eq!(next(&mut whole).await.child_shards.len(), 2);
    assert!(whole.next().await.is_none());
}

#[tokio::test]
async fn a_subscription_beyond_the_end_of_a_closed_shard_says_its_children_and_no_more() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    put(&service, "last").await;
    let mut first = subscribe(&service, &arn, 0, from(ShardIteratorType::TrimHorizon)).await.unwrap();
    let after_last = next(&mut first).await.continuation.unwrap().to_string();
    drop(first);
    let input = SplitShardInput {
        stream_name: Some(NAME.into()),
        shard_to_split: "0".into(),
        new_starting_hash_key: "1000".into(),
        ..Default::default()
    };
    service.streams.split_shard(&service.caller, &input).await.unwrap();
    let after = StartingPosition {
        r#type: ShardIteratorType::AfterSequenceNumber,
        sequence_number: Some(after_last.into()),
        ..Default::default()
    };
    for start in [after, from(ShardIteratorType::Latest)] {
        let mut subscription = subscribe(&service, &arn, 0, start).await.unwrap();
        let event = next(&mut subscription).await;
        assert!(event.records.is_empty() && event.continuation.is_none());
        assert_eq!(event.child_shards.len(), 2);
        assert!(subscription.next().await.is_none());
    }
}

#[tokio::test]
async fn an_event_has_a_mebibyte_or_ten_thousand_records_at_most() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    for _ in 0..30 {
        service.put(NAME, &vec![("k".to_owned(), vec![]); 500]).await;
    }
    for _ in 0..3 {
        service.put(NAME, &vec![("k".to_owned(), vec![0; 400_000]); 1]).await;
    }
    let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::TrimHorizon)).await.unwrap();
    let mut counts = Vec::new();
    while counts.iter().sum::<usize>() < 15_003 {
        counts.push(next(&mut subscription).await.records.len());
    }
    // The second holds five thousand keys of a byte and what fits beside them.
    assert_eq!(counts, [10_000, 5_002, 1]);
}

#[tokio::test]
async fn a_chain_of_subscriptions_sees_every_record_once() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    let mut start = from(ShardIteratorType::TrimHorizon);
    for i in 0..20 {
        let mut subscription = subscribe(&service, &arn, 0, start).await.unwrap();
        put(&service, &i.to_string()).await;
        let event = next(&mut subscription).await;
        assert_eq!(data(&event), [i.to_string()]);
        start = StartingPosition {
            r#type: ShardIteratorType::AfterSequenceNumber,
            sequence_number: Some(event.continuation.unwrap().to_string().into()),
            ..Default::default()
        };
    }
}

#[tokio::test]
async fn a_slow_consumer_reads_on_from_segments_in_order() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::Latest)).await.unwrap();
    // Four times what the tail keeps.
    for i in 0..32 {
        let mut data = i.to_string();
        data.extend(std::iter::repeat_n('.', 1024 * 1024 - 64));
        put(&service, &data).await;
    }
    let mut seen = 0;
    while seen < 32 {
        for record in data(&next(&mut subscription).await) {
            assert!(record.starts_with(&format!("{seen}.")), "record {seen}");
            seen += 1;
        }
    }
}

#[tokio::test]
async fn a_consumer_gets_two_mebibytes_a_second() {
    let service = Service::start_with(StreamsSettings::aws()).await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    for _ in 0..8 {
        put(&service, &".".repeat(1024 * 1024 - 64)).await;
        service.advance_ms(2000);
    }
    tokio::time::pause();
    let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::TrimHorizon)).await.unwrap();
    let began = Instant::now();
    for _ in 0..8 {
        assert_eq!(next(&mut subscription).await.records.len(), 1);
    }
    let took = began.elapsed().as_secs_f64();
    // Eight mebibytes; the last is sent before it is paid for.
    assert!((3.0..4.1).contains(&took), "{took} s");
}

#[tokio::test]
async fn a_stream_may_push_faster_than_aws() {
    let mut settings = StreamsSettings::aws();
    let own = ShardLimits { consumer_bytes: 8 << 20, ..ShardLimits::AWS };
    settings.limits.own.insert(NAME.into(), Some(own));
    let service = Service::start_with(settings).await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    for _ in 0..8 {
        put(&service, &".".repeat(1024 * 1024 - 64)).await;
        service.advance_ms(2000);
    }
    tokio::time::pause();
    let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::TrimHorizon)).await.unwrap();
    let began = Instant::now();
    for _ in 0..8 {
        assert_eq!(next(&mut subscription).await.records.len(), 1);
    }
    let took = began.elapsed().as_secs_f64();
    assert!((0.75..1.1).contains(&took), "{took} s");
}

#[tokio::test]
async fn a_subscription_ends_with_its_stream() {
    // Also while the stream is still there, DELETING.
    for transition_ms in [0, 5_000] {
        let service =
            Service::start_with(StreamsSettings { transition_ms, ..StreamsSettings::unlimited() }).await;
        service.create(NAME, 1).await;
        service.advance_ms(transition_ms);
        let arn = registered(&service, "c").await;
        service.advance_ms(transition_ms);
        let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::Latest)).await.unwrap();
        let delete = async {
            let input = DeleteStreamInput {
                stream_name: Some(NAME.into()),
                enforce_consumer_deletion: Some(true),
                ..Default::default()
            };
            service.streams.delete_stream(&service.caller, &input).await.unwrap();
        };
        let (ended, ()) = tokio::join!(promptly(subscription.next()), delete);
        assert!(ended.is_none());
    }
}

#[tokio::test]
async fn a_consumer_registered_anew_does_not_inherit_subscriptions() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    let mut old = subscribe(&service, &arn, 0, from(ShardIteratorType::Latest)).await.unwrap();
    let input =
        DeregisterStreamConsumerInput { consumer_arn: Some(arn.clone().into()), ..Default::default() };
    service.streams.deregister_stream_consumer(&service.caller, &input).await.unwrap();
    service.advance_ms(1000);
    let again = registered(&service, "c").await;
    let mut new = subscribe(&service, &again, 0, from(ShardIteratorType::Latest)).await.unwrap();
    put(&service, "x").await;
    assert!(promptly(old.next()).await.is_none());
    assert_eq!(data(&next(&mut new).await), ["x"]);
}

#[tokio::test]
async fn a_subscription_ends_with_its_consumer() {
    let service = Service::start().await;
    service.create(NAME, 1).await;
    let arn = registered(&service, "c").await;
    let mut subscription = subscribe(&service, &arn, 0, from(ShardIteratorType::Latest)).await.unwrap();
    // A task of its own, so that only what wakes it has it looked at again.
    let waiting = tokio::spawn(async move { subscription.next().await.is_none() });
    tokio::task::yield_now().await;
    let input =
        DeregisterStreamConsumerInput { consumer_arn: Some(arn.clone().into()), ..Default::default() };
    service.streams.deregister_stream_consumer(&service.caller, &input).await.unwrap();
    assert!(promptly(waiting).await.unwrap());
    let gone = subscribe(&service, &arn, 0, from(ShardIteratorType::Latest)).await.err().unwrap();
    assert_eq!(gone.code, ErrorCode::ResourceNotFoundException);
}
