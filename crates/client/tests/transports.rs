//! What a client makes of what its transport brings, whichever that is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use flumen_client::{Body, Client, ClientSettings, Error, Sending, Transport};
use flumen_protocol::event_stream;
use flumen_protocol::kinesis::{DeleteStreamInput, ListStreamsInput, SubscribeToShardInput};
use http::{Request, Response};

const STREAMS: &str = r#"{"HasMoreStreams":false,"StreamNames":["s"]}"#;
const THROTTLED: &str = r#"{"__type":"LimitExceededException","message":"Rate exceeded"}"#;

/// Brings what it was given, one after the other, and nothing after that.
#[derive(Clone, Default)]
struct Given {
    answers: Arc<Mutex<VecDeque<Response<Body>>>>,
    /// What each request was for.
    targets: Arc<Mutex<Vec<String>>>,
}

impl Given {
    fn client(answers: impl IntoIterator<Item = (u16, Body)>) -> (Self, Client) {
        let given = Given::default();
        let response = |(status, body)| Response::builder().status(status).body(body).unwrap();
        given.answers.lock().unwrap().extend(answers.into_iter().map(response));
        let settings = ClientSettings {
            attempts: 3,
            attempt_max: Duration::from_millis(50),
            ..ClientSettings::default()
        };
        (given.clone(), Client::over(given, "a test", "us-east-1", settings))
    }

    fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

impl Transport for Given {
    fn send(&self, request: Request<Bytes>) -> Sending<'_> {
        assert_eq!(request.headers()["content-type"], "application/x-amz-json-1.1");
        let target = request.headers()["x-amz-target"].to_str().unwrap().to_owned();
        self.targets.lock().unwrap().push(target);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async {
            match answer {
                Some(answer) => Ok(answer),
                None => std::future::pending().await,
            }
        })
    }
}

fn whole(body: &'static str) -> Body {
    Body::Whole(Bytes::from_static(body.as_bytes()))
}

/// These pieces, one after the other.
fn events(pieces: Vec<Bytes>) -> Body {
    let mut pieces = pieces.into_iter();
    Body::Events(Box::new(move |_| Poll::Ready(pieces.next().map(Ok))))
}

fn frame(behind_ms: i64) -> Vec<u8> {
    let mut frame = Vec::new();
    event_stream::event("SubscribeToShardEvent", &mut frame, |payload| {
        let json = format!("{{\"Records\":[],\"MillisBehindLatest\":{behind_ms}}}");
        payload.extend_from_slice(json.as_bytes());
    });
    frame
}

#[tokio::test]
async fn what_may_pass_is_tried_again_over_any_transport() {
    let answers = [(400, whole(THROTTLED)), (503, whole("busy")), (200, whole(STREAMS))];
    let (given, client) = Given::client(answers);
    let answer = client.call(&ListStreamsInput::default()).await.unwrap();
    assert_eq!(answer.read().unwrap().stream_names, ["s"]);
    assert_eq!(given.targets(), ["Kinesis_20131202.ListStreams"; 3]);
}

#[tokio::test]
async fn an_attempt_that_brings_nothing_is_given_up() {
    let (given, client) = Given::client([]);
    let error = client.call(&ListStreamsInput::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "a test did not answer in time");
    assert_eq!(given.targets().len(), 3);
}

#[tokio::test]
async fn an_answer_of_nothing_reads_as_nothing() {
    let (_, client) = Given::client([(200, whole(""))]);
    let answer = client.call(&DeleteStreamInput::default()).await.unwrap();
    let () = answer.read().unwrap();
}

#[tokio::test]
async fn events_are_put_together_from_what_comes() {
    let bytes = Bytes::from([frame(7), frame(8)].concat());
    let pieces = bytes.chunks(5).map(Bytes::copy_from_slice).collect();
    let (given, client) = Given::client([(200, events(pieces))]);
    let mut subscription = client.subscribe(&SubscribeToShardInput::default()).await.unwrap();
    for behind_ms in [7, 8] {
        let event = subscription.next().await.unwrap().unwrap();
        assert_eq!(event.read().unwrap().millis_behind_latest, behind_ms);
    }
    assert!(subscription.next().await.unwrap().is_none());
    assert_eq!(given.targets(), ["Kinesis_20131202.SubscribeToShard"]);
    let cut_off = Bytes::from(frame(7)).slice(..20);
    let (_, client) = Given::client([(200, events(vec![cut_off]))]);
    let mut subscription = client.subscribe(&SubscribeToShardInput::default()).await.unwrap();
    let error = subscription.next().await.unwrap_err().to_string();
    assert_eq!(error, "the answer cannot be read: it ends within an event");
}

#[tokio::test]
async fn events_answer_no_call_and_a_whole_body_no_subscription() {
    let (_, client) = Given::client([(200, events(Vec::new()))]);
    let error = client.call(&ListStreamsInput::default()).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable(_)), "{error}");
    for (status, body) in [(200, STREAMS), (400, THROTTLED)] {
        let (given, client) = Given::client([(status, whole(body))]);
        let error = client.subscribe(&SubscribeToShardInput::default()).await.err().unwrap();
        assert_eq!(error.is_throttling(), status == 400, "{error}");
        assert_eq!(given.targets().len(), 1, "who may be pushed to is not for the client to say");
    }
}
