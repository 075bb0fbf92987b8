//! Every call ends exactly once, in whatever way: what is seen here is the line that its end writes.
//!
//! They are lines of the thread that a test runs on. Whether a line is written at all is settled once for all threads, so
//! every test here keeps its own, and those of other threads are elsewhere.

mod support;

use std::future::poll_fn;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use flumen_api::{Api, Content, Events, Reply};
use flumen_client::{Client, ClientSettings};
use flumen_protocol::kinesis::{
    DescribeStreamInput, ListStreamsInput, ShardIteratorType, StartingPosition, SubscribeToShardInput,
};
use flumen_protocol::{ErrorCode, Fault};
use flumen_storage::Storage;
use flumen_streams::StreamsSettings;
use flumen_testkit::front;
use flumen_types::Realm;
use tokio::runtime::Handle;
use tracing::subscriber::DefaultGuard;

use support::{head, outside};

const WAIT: Duration = Duration::from_secs(60);
/// What the ARNs of streams begin with.
const STREAMS: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/";

/// A service whose ends of calls are kept, as lines of the log.
struct Ended {
    api: Arc<Api>,
    lines: Lines,
    _subscriber: DefaultGuard,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Ended {
    async fn start() -> Self {
        Self::start_on(Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap()).await
    }

    async fn start_on(storage: Storage) -> Self {
        let lines = Lines::default();
        let to = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || to.clone())
            .finish();
        let subscriber = tracing::subscriber::set_default(subscriber);
        let api = front::api_on(storage, StreamsSettings::unlimited(), Handle::current(), None).await;
        Ended { api, lines, _subscriber: subscriber }
    }

    /// Of a service within the process.
    fn client(&self) -> Client {
        let realm = Realm { account: "000000000000".into(), region: "us-east-1".into() };
        self.api.client("lambda.amazonaws.com", &realm, ClientSettings::default())
    }

    async fn call(&self, operation: &str, body: &str) -> Reply {
        let body = Bytes::copy_from_slice(body.as_bytes());
        self.api.answer(&outside(), &head(operation), Ok(&body)).await
    }

    fn log(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }

    /// The ends so far, without what differs from run to run.
    fn ends(&self) -> Vec<String> {
        let text = self.log();
        let ends = text.lines().filter_map(|line| line.split_once("flumen_api::call: ").map(|(_, end)| end));
        ends.map(|end| {
            let words = end.split(' ').filter(|word| !word.starts_with("request_id="));
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
    }

    /// A consumer of a stream that is made with it.
    async fn register(&self) -> String {
        self.call("CreateStream", r#"{"StreamName":"s","ShardCount":1}"#).await;
        let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
        let register = format!(r#"{{"StreamARN":"{arn}","ConsumerName":"c"}}"#);
        let Content::Whole(made) = self.call("RegisterStreamConsumer", &register).await.content else {
            panic!("that answer is whole")
        };
        let made: serde_json::Value = serde_json::from_slice(&made).unwrap();
        made["Consumer"]["ConsumerARN"].as_str().unwrap().to_owned()
    }

    async fn subscribe(&self) -> Box<Events> {
        let consumer = self.register().await;
        let body = format!(
            r#"{{"ConsumerARN":"{consumer}","ShardId":"0","StartingPosition":{{"Type":"TRIM_HORIZON"}}}}"#
        );
        match self.call("SubscribeToShard", &body).await.content {
            Content::Events(events) => events,
            Content::Whole(body) => panic!("{}", body.escape_ascii()),
        }
    }

    async fn put(&self) {
        self.call("PutRecord", r#"{"StreamName":"s","PartitionKey":"k","Data":"AAAA"}"#).await;
    }
}

async fn next(events: &mut Events) -> Option<Bytes> {
    let next = poll_fn(|cx| events.poll_next(cx));
    tokio::time::timeout(WAIT, next).await.expect("there is an event")
}

#[tokio::test]
async fn a_call_ends_with_its_reply_and_says_who_called_what_and_how_it_ended() {
    let ended = Ended::start().await;
    let reply = ended.call("ListStreams", "{}").await;
    let Content::Whole(body) = &reply.content else { panic!("that answer is whole") };
    let done = format!(
        "request done service=\"kinesis\" operation=\"ListStreams\" account=\"000000000000\" \
         principal=arn:aws:iam::000000000000:root peer=10.0.0.7:999 user_agent=\"a test\" bytes={}",
        body.len()
    );
    assert_eq!(ended.ends(), [done]);
    assert!(reply.id.is_some());
}

#[tokio::test]
async fn what_is_refused_at_any_step_ends_with_its_code() {
    let ended = Ended::start().await;
    ended.call("DeleteStream", r#"{"StreamName":"none"}"#).await;
    ended.call("DeleteStream", "{").await;
    ended.call("Unknown", "{}").await;
    let mut unsigned = head("ListStreams");
    unsigned.headers.remove("authorization");
    ended.api.answer(&outside(), &unsigned, Ok(&"{}".into())).await;
    let cut_off = Fault::new(ErrorCode::SerializationException, "The body was cut off.");
    ended.api.answer(&outside(), &head("ListStreams"), Err(cut_off)).await;
    let refused = |operation: &str, code: &str| {
        format!("request refused service=\"kinesis\" operation=\"{operation}\" code=\"{code}\"")
    };
    assert_eq!(
        ended.ends(),
        [
            refused("DeleteStream", "ResourceNotFoundException"),
            refused("DeleteStream", "SerializationException"),
            refused("", "UnknownOperationException"),
            refused("ListStreams", "MissingAuthenticationTokenException"),
            refused("", "SerializationException"),
        ]
    );
}

#[tokio::test]
async fn why_the_service_failed_is_logged_once_and_told_to_nobody() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let ended = Ended::start_on(storage.clone()).await;
    ended.call("CreateStream", r#"{"StreamName":"s","ShardCount":2}"#).await;
    storage.close().await;
    let cause = "the storage is closed";
    let failed = |operation, stream| {
        format!(
            "request failed service=\"kinesis\" operation=\"{operation}\" on=\"{STREAMS}{stream}\" \
             code=\"InternalFailure\" cause=\"{cause}\""
        )
    };
    let one = r#"{"StreamName":"s","PartitionKey":"k","Data":"AAAA"}"#;
    let record = |key| format!(r#"{{"PartitionKey":"k","ExplicitHashKey":"{key}","Data":"AAAA"}}"#);
    let both = format!(r#"{{"StreamName":"s","Records":[{},{}]}}"#, record(0), record(u128::MAX));
    let create = r#"{"StreamName":"t","ShardCount":1}"#;
    for (operation, body, line) in [
        ("PutRecord", one, failed("PutRecord", "s")),
        ("CreateStream", create, failed("CreateStream", "t")),
        // Its answer is none of a failure: two records are refused, for one reason.
        ("PutRecords", &both, format!("records were not stored stream=s records=2 cause=\"{cause}\"")),
    ] {
        let before = ended.log().len();
        let Content::Whole(told) = ended.call(operation, body).await.content else { panic!("it is whole") };
        let told = String::from_utf8(told.to_vec()).unwrap();
        assert!(told.contains("InternalFailure") && !told.contains(cause), "{told}");
        let log = ended.log().split_off(before);
        let of_calls = log.lines().filter(|line| !line.contains("events of the audit"));
        let lines: Vec<&str> = of_calls.filter(|line| line.contains(cause)).collect();
        assert_eq!(lines.len(), 1, "{operation}: {lines:?}");
        let request = lines[0].split(' ').filter(|word| !word.starts_with("request_id=")).collect::<Vec<_>>();
        assert!(request.join(" ").ends_with(&line), "{lines:?}");
    }
}

#[tokio::test]
async fn a_call_whose_caller_goes_ends_too() {
    let ended = Ended::start().await;
    let memory = &ended.api.resources.memory;
    let _all = [memory.answers.try_take(48 << 20).unwrap(), memory.small_answers.try_take(16 << 20).unwrap()];
    {
        let (body, head) = (Bytes::from(r#"{"ShardIterator":"none"}"#), head("GetRecords"));
        let from = outside();
        let mut call = Box::pin(ended.api.answer(&from, &head, Ok(&body)));
        let waits = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending())).await;
        assert!(waits, "there is no memory for its answer");
        assert!(ended.ends().is_empty());
    }
    assert_eq!(ended.ends(), ["request abandoned service=\"kinesis\" operation=\"GetRecords\" bytes=0"]);
}

#[tokio::test]
async fn a_stream_of_events_ends_its_call_when_it_is_revoked() {
    let ended = Ended::start().await;
    let mut events = ended.subscribe().await;
    let before = ended.ends().len();
    let first = next(&mut events).await.unwrap();
    ended.put().await;
    let second = next(&mut events).await.unwrap();
    assert_eq!(ended.ends().len(), before + 1, "of the put alone");
    ended.api.revoke_events();
    assert_eq!(next(&mut events).await, None);
    assert_eq!(next(&mut events).await, None);
    let sent = first.len() + second.len();
    let done = &ended.ends()[before + 1..];
    assert_eq!(done.len(), 1, "{done:?}");
    assert!(
        done[0].starts_with("request done service=\"kinesis\" operation=\"SubscribeToShard\""),
        "{done:?}"
    );
    assert!(done[0].ends_with(&format!("user_agent=\"a test\" bytes={sent}")), "{done:?}");
    drop(events);
    assert_eq!(ended.ends().len(), before + 2);
}

#[tokio::test]
async fn a_stream_of_events_ends_its_call_when_its_reader_goes() {
    let ended = Ended::start().await;
    let mut events = ended.subscribe().await;
    let before = ended.ends().len();
    let first = next(&mut events).await.unwrap();
    drop(events);
    let [abandoned] = &ended.ends()[before..] else { panic!("{:?}", ended.ends()) };
    let consumer = format!(
        "request abandoned service=\"kinesis\" operation=\"SubscribeToShard\" on=\"{STREAMS}s/consumer/c:"
    );
    assert!(abandoned.starts_with(&consumer), "{abandoned}");
    assert!(abandoned.ends_with(&format!("\" bytes={}", first.len())), "{abandoned}");
}

#[tokio::test]
async fn a_stream_of_events_ends_its_call_by_itself() {
    let ended = Ended::start().await;
    let mut events = ended.subscribe().await;
    next(&mut events).await.unwrap();
    ended.call("DeleteStream", r#"{"StreamName":"s","EnforceConsumerDeletion":true}"#).await;
    let before = ended.ends().len();
    assert_eq!(next(&mut events).await, None);
    let done = &ended.ends()[before..];
    assert_eq!(done.len(), 1, "{done:?}");
    assert!(
        done[0].starts_with("request done service=\"kinesis\" operation=\"SubscribeToShard\""),
        "{done:?}"
    );
}

#[tokio::test]
async fn an_event_is_made_when_the_one_before_it_was_taken() {
    let ended = Ended::start().await;
    let mut events = ended.subscribe().await;
    ended.put().await;
    next(&mut events).await.unwrap();
    // The first event, with the first record.
    let one = next(&mut events).await.unwrap();
    ended.put().await;
    ended.put().await;
    // Had it been made ahead, it would have one of the two.
    let two = next(&mut events).await.unwrap();
    let records = |frame: &[u8]| frame.windows(16).filter(|window| window == b"\"SequenceNumber\"").count();
    assert_eq!((records(&one), records(&two)), (1, 2));
}

#[tokio::test]
async fn a_call_from_inside_ends_as_that_of_the_service_that_made_it() {
    let ended = Ended::start().await;
    let client = ended.client();
    let answer = client.call(&ListStreamsInput::default()).await.unwrap();
    assert_eq!(answer.read().unwrap().stream_names.len(), 0);
    client.call(&DescribeStreamInput::default()).await.unwrap_err();
    let ends = ended.ends();
    let done = "request done service=\"kinesis\" operation=\"ListStreams\" account=\"000000000000\" \
                principal=lambda.amazonaws.com peer=lambda.amazonaws.com bytes=";
    assert!(ends[0].starts_with(done), "{ends:?}");
    let refused =
        "request refused service=\"kinesis\" operation=\"DescribeStream\" code=\"InvalidArgumentException\"";
    assert_eq!(ends[1..], [refused]);
}

#[tokio::test]
async fn a_subscription_from_inside_ends_its_call_when_it_is_dropped_or_revoked() {
    let ended = Ended::start().await;
    let consumer = ended.register().await;
    for revoked in [false, true] {
        let input = SubscribeToShardInput {
            consumer_arn: (&*consumer).into(),
            shard_id: "0".into(),
            starting_position: StartingPosition {
                r#type: ShardIteratorType::TrimHorizon,
                ..Default::default()
            },
            ..Default::default()
        };
        let mut subscription = ended.client().subscribe(&input).await.unwrap();
        ended.put().await;
        let next = tokio::time::timeout(WAIT, subscription.next()).await.expect("there is an event");
        assert!(next.unwrap().is_some());
        let before = ended.ends().len();
        if revoked {
            ended.api.revoke_events();
            let next = tokio::time::timeout(WAIT, subscription.next()).await.expect("it ends");
            assert!(next.unwrap().is_none());
            assert_eq!(ended.ends().len(), before + 1);
        }
        drop(subscription);
        let ends = &ended.ends()[before..];
        assert_eq!(ends.len(), 1, "{ends:?}");
        let how = if revoked { "done" } else { "abandoned" };
        let told = format!("request {how} service=\"kinesis\" operation=\"SubscribeToShard\"");
        assert!(ends[0].starts_with(&told), "{ends:?}");
    }
}
