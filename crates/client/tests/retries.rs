//! What a client does when a service fails, against sockets that answer as they are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flumen_client::{Answered, Client, ClientSettings, Environment, Error};
use flumen_protocol::event_stream;
use flumen_protocol::kinesis::{ListStreamsInput, SubscribeToShardInput};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const STREAMS: &str = r#"{"HasMoreStreams":false,"StreamNames":["s"]}"#;

fn answer(status: u16, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into()
}

/// Answers the n-th request, over all connections, with the n-th answer; an empty one closes the connection
/// instead. Counts connections and requests.
struct Service {
    client: Client,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Service {
    async fn answering(answers: Vec<Vec<u8>>, settings: ClientSettings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (accepted, seen, answers) = (connections.clone(), requests.clone(), Arc::new(answers));
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                accepted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(socket, seen.clone(), answers.clone()));
            }
        });
        let environment = Environment { variable: &|_| None, file: &|_| None };
        let client = Client::new(&environment, Some(&endpoint), None, settings).unwrap();
        Service { client, connections, requests }
    }

    async fn list(&self) -> Result<Answered<ListStreamsInput<'static>>, Error> {
        self.client.call(&ListStreamsInput::default()).await
    }

    fn counts(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.requests.load(Ordering::SeqCst))
    }
}

async fn serve(mut socket: TcpStream, seen: Arc<AtomicUsize>, answers: Arc<Vec<Vec<u8>>>) {
    let mut request = Vec::new();
    while socket.read_buf(&mut request).await.is_ok_and(|read| read > 0) {
        // The body is `{}`, or says from where to push, and nothing else of a request ends so.
        if !request.ends_with(b"\r\n\r\n{}") && !request.ends_with(b"}}") {
            continue;
        }
        request.clear();
        let answer = answers.get(seen.fetch_add(1, Ordering::SeqCst)).map_or(&[][..], Vec::as_slice);
        if answer.is_empty() || socket.write_all(answer).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_on_the_same_connection() {
    let throttled = r#"{"__type":"LimitExceededException","message":"Rate exceeded"}"#;
    let answers = vec![answer(400, throttled), answer(503, "busy"), answer(200, STREAMS)];
    let service = Service::answering(answers, ClientSettings::default()).await;
    let answer = service.list().await.unwrap();
    assert_eq!(answer.read().unwrap().stream_names, ["s"]);
    assert_eq!(service.counts(), (1, 3));
}

#[tokio::test]
async fn what_will_not_pass_is_answered_at_once() {
    let refused = r#"{"__type":"com.amazonaws#ValidationException:","message":"no"}"#;
    let service = Service::answering(vec![answer(400, refused)], ClientSettings::default()).await;
    assert_eq!(service.list().await.unwrap_err().to_string(), "ValidationException: no");
    assert_eq!(service.counts(), (1, 1));
}

#[tokio::test]
async fn attempts_are_bounded() {
    let settings = ClientSettings { attempts: 3, ..ClientSettings::default() };
    let service = Service::answering(vec![answer(500, "broken"); 9], settings).await;
    assert_eq!(service.list().await.unwrap_err().to_string(), "the endpoint answered 500: broken");
    assert_eq!(service.counts(), (1, 3));
}

#[tokio::test]
async fn a_broken_connection_is_replaced() {
    let answers = vec![answer(200, STREAMS), Vec::new(), answer(200, STREAMS)];
    let service = Service::answering(answers, ClientSettings::default()).await;
    service.list().await.unwrap();
    service.list().await.unwrap();
    assert_eq!(service.counts(), (2, 3));
    let settings = ClientSettings { attempts: 1, ..ClientSettings::default() };
    let service = Service::answering(vec![Vec::new()], settings).await;
    assert!(matches!(service.list().await.unwrap_err(), Error::Broken { .. }));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let settings =
        ClientSettings { attempts: 2, attempt_max: Duration::from_millis(100), ..ClientSettings::default() };
    let service = Service::answering(vec!["HTTP/1.1 200 X\r\n".into(); 2], settings).await;
    assert!(matches!(service.list().await.unwrap_err(), Error::Timeout { .. }));
    // A connection on which an answer is due is not used again.
    assert_eq!(service.counts(), (2, 2));
}

#[tokio::test]
async fn connections_are_bounded_and_kept() {
    let settings = ClientSettings { connections: 3, ..ClientSettings::default() };
    let service = Arc::new(Service::answering(vec![answer(200, STREAMS); 100], settings).await);
    let calls: Vec<_> =
        (0..100).map(|_| service.clone()).map(|s| tokio::spawn(async move { s.list().await })).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let (connections, requests) = service.counts();
    assert!(
        (1..=3).contains(&connections) && requests == 100,
        "{connections} connections, {requests} requests"
    );
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read() {
    let length = 64 << 20;
    let endless = format!("HTTP/1.1 200 X\r\ncontent-length: {length}\r\n\r\n{}", " ".repeat(length));
    let service = Service::answering(vec![endless.into()], ClientSettings::default()).await;
    let error = service.list().await.unwrap_err().to_string();
    assert!(error.contains("larger than"), "{error}");
}

#[tokio::test]
async fn a_subscription_takes_no_place_of_the_connections() {
    let mut event = Vec::new();
    event_stream::event("SubscribeToShardEvent", &mut event, |payload| {
        payload.extend_from_slice(br#"{"Records":[],"MillisBehindLatest":7}"#);
    });
    let mut events = b"HTTP/1.1 200 X\r\ncontent-type: application/vnd.amazon.eventstream\r\n\
                       transfer-encoding: chunked\r\n\r\n"
        .to_vec();
    events.extend_from_slice(format!("{:x}\r\n", event.len()).as_bytes());
    events.extend_from_slice(&event);
    events.extend_from_slice(b"\r\n");
    let streams = answer(200, STREAMS);
    let answers = vec![streams.clone(), events, streams.clone(), streams];
    let settings = ClientSettings { connections: 1, attempts: 1, ..ClientSettings::default() };
    let service = Service::answering(answers, settings).await;
    service.list().await.unwrap();
    let mut subscription = service.client.subscribe(&SubscribeToShardInput::default()).await.unwrap();
    for _ in 0..2 {
        service.list().await.unwrap();
    }
    let event = subscription.next().await.unwrap().unwrap();
    assert_eq!(event.read().unwrap().millis_behind_latest, 7);
    assert_eq!(service.counts(), (2, 4), "the kept connection is the subscription's, and calls have another");
}
