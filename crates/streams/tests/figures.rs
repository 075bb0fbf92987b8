//! What `Streams::figures` says after some work.

use flumen_protocol::kinesis::{
    GetRecordsInput, RegisterStreamConsumerInput, ShardIteratorType, StartingPosition, SubscribeToShardInput,
};
use flumen_streams::metering::figures::StreamFigures;
use flumen_streams::{StreamsSettings, Subscription};
use flumen_testkit::service::Service;

fn figures(service: &Service) -> StreamFigures {
    service.streams.figures().pop().unwrap()
}

async fn subscribed(service: &Service) -> Subscription {
    let register = RegisterStreamConsumerInput {
        stream_arn: service.caller.realm().stream_arn("s").to_string().into(),
        consumer_name: "c".into(),
        ..Default::default()
    };
    let output = service.streams.register_stream_consumer(&service.caller, &register).await.unwrap();
    let input = SubscribeToShardInput {
        consumer_arn: output.consumer.consumer_arn,
        shard_id: "shardId-000000000000".into(),
        starting_position: StartingPosition { r#type: ShardIteratorType::TrimHorizon, ..Default::default() },
        ..Default::default()
    };
    service.streams.subscribe_to_shard(&service.caller, &input).await.unwrap()
}

/// Records and milliseconds that the consumer is behind.
fn lag(service: &Service) -> (u64, u64) {
    let lag = &figures(service).consumers[0].lags[0];
    (lag.records, lag.millis)
}

#[tokio::test]
async fn a_consumer_lags_by_what_it_has_not_been_given() {
    let service = Service::start().await;
    service.create("s", 1).await;
    let put = async |count| service.put("s", &vec![("k".to_owned(), vec![0; 9]); count]).await;
    put(3).await;
    let mut subscription = subscribed(&service).await;
    service.advance_ms(2_000);
    assert_eq!(lag(&service), (3, 2_000));
    subscription.next().await.unwrap().unwrap();
    assert_eq!(lag(&service), (0, 0));
    put(2).await;
    service.advance_ms(5_000);
    assert_eq!(lag(&service), (2, 5_000));
    subscription.next().await.unwrap().unwrap();
    let consumer = &figures(&service).consumers[0];
    assert_eq!((consumer.totals.events, consumer.totals.records, consumer.totals.bytes), (2, 5, 50));
    // What it was is not forgotten with the subscription, only with the consumer.
    drop(subscription);
    put(1).await;
    assert_eq!(lag(&service).0, 1);
}

#[tokio::test]
async fn what_is_throttled_is_counted_and_not_as_stored() {
    let service = Service::start_with(StreamsSettings::aws()).await;
    service.create("s", 1).await;
    let put = |count| vec![("k".to_owned(), vec![0; 9]); count];
    let try_put = async |count: usize| {
        let entry = |(key, data): (String, Vec<u8>)| flumen_protocol::kinesis::PutRecordsRequestEntry {
            data: flumen_protocol::Blob::Bytes(data.into()),
            partition_key: Some(key.into()),
            ..Default::default()
        };
        let input = flumen_protocol::kinesis::PutRecordsInput {
            stream_name: Some("s".into()),
            records: put(count).into_iter().map(entry).collect(),
            ..Default::default()
        };
        service.streams.put_records(&service.caller, &input).await.unwrap();
    };
    for _ in 0..3 {
        try_put(400).await;
    }
    assert_eq!(service.streams.append_time().count, 3);
    let totals = figures(&service).totals;
    assert_eq!((totals.incoming_records, totals.write_throttled), (1000, 200));
    assert_eq!((totals.put_records_total, totals.put_records_successful), (1200, 1000));
    assert_eq!((totals.put_records_throttled, totals.put_records_failed), (200, 0));
    try_put(400).await;
    assert_eq!(figures(&service).totals.put_records_throttled, 600);
    assert_eq!(service.streams.append_time().count, 3, "what is refused whole does not reach the log");

    let iterator = service.iterator("s", 0, ShardIteratorType::TrimHorizon).await;
    for _ in 0..7 {
        let input = GetRecordsInput { shard_iterator: iterator.clone().into(), ..Default::default() };
        let _ = service.streams.get_records(&service.caller, &input, 10 << 20).await;
    }
    let totals = figures(&service).totals;
    assert_eq!((totals.get_records_successes, totals.read_throttled), (5, 2));
    assert_eq!(totals.get_records_records, 5000);
}
