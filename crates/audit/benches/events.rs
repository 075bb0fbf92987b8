//! What an event costs, from a call's end to the history, and how long it takes to find one among many. `EVENTS` says how many
//! (a million), and `--quick` makes it few.
//!
//!     EVENTS=10000000 cargo bench -p flumen-audit

use std::time::{Duration, Instant};

use flumen_audit::{
    Attribute, Audit, AuditSettings, Carried, Completeness, Event, Identity, Lookup, Resource, new_event_id,
};
use flumen_seal::Seal;
use flumen_storage::Storage;
use flumen_types::Clock;

const START_MS: u64 = 1_780_000_000_000;
const NAMES: [&str; 8] = [
    "DescribeStream",
    "ListShards",
    "DescribeStreamSummary",
    "ListStreams",
    "CreateStream",
    "AddTagsToStream",
    "RegisterStreamConsumer",
    "GetUser",
];

fn line(id: &str, at_ms: u64, n: u64) -> Box<str> {
    let user = format!("user-{}", n % 97);
    let identity = Identity {
        kind: "IAMUser",
        principal_id: Some(format!("AIDA{:016X}", n % 97)),
        arn: Some(format!("arn:aws:iam::111111111111:user/{user}")),
        account_id: Some("111111111111".to_owned()),
        access_key_id: Some(format!("AKIA{:016X}", n % 97)),
        user_name: Some(if n % 1_000_000 == 777_777 { "rare".to_owned() } else { user }),
        ..Identity::default()
    };
    let stream = format!("stream-{}", n % 211);
    let resources = [Resource::of_arn(&format!("arn:aws:kinesis:us-east-1:111111111111:stream/{stream}"))];
    let parameters = format!("{{\"streamName\":\"{stream}\"}}");
    Event {
        id,
        at_ms,
        identity: &identity,
        source: "kinesis.amazonaws.com",
        name: NAMES[(n % 8) as usize],
        region: "us-east-1",
        from: "10.1.2.3",
        user_agent: Some(
            "Boto3/1.42.0 md/Botocore#1.42.0 ua/2.1 os/linux lang/python#3.12.3 cfg/retry-mode#standard",
        ),
        error: (n.is_multiple_of(31)).then_some(("ResourceNotFoundException", Some("Stream not found."))),
        parameters: Some(&parameters),
        response: None,
        additional: None,
        request_id: Some(id),
        read_only: n % 8 < 4,
        resources: &resources,
        is_call: true,
        is_management: true,
        account: "111111111111",
        endpoint: None,
        tls: None,
        decided: None,
    }
    .line()
}

fn each(took: Duration, count: u64) -> String {
    format!("{:.2} us", took.as_secs_f64() * 1e6 / count as f64)
}

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick" || argument == "--test");
    let asked = std::env::var("EVENTS").ok().and_then(|text| text.parse().ok());
    let count: u64 = asked.unwrap_or(if is_quick { 10_000 } else { 1_000_000 });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(count));
}

async fn run(count: u64) {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), flumen_storage::StorageSettings::default()).unwrap();
    let settings = AuditSettings { age_max_ms: u64::MAX, bytes_max: u64::MAX, ..AuditSettings::default() };
    let seal = Seal::in_memory().unwrap();
    let audit = Audit::open(storage.clone(), Clock::system(), seal, Carried::default(), settings);
    let audit = audit.await.unwrap();

    let (mut written, mut told, mut kept) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut bytes, mut last_id) = (0, String::new());
    for n in 0..count {
        // Some hundred a second.
        let at_ms = START_MS + n * 8;
        let begun = Instant::now();
        let id = new_event_id(at_ms);
        let text = line(&id, at_ms, n);
        written += begun.elapsed();
        bytes += text.len();
        let begun = Instant::now();
        audit.tell(&id, at_ms, &text, Completeness::AtItsEnd);
        told += begun.elapsed();
        if n == count / 2 {
            last_id = id;
        }
        if n % 1000 == 999 {
            let begun = Instant::now();
            audit.rotate().await.unwrap();
            kept += begun.elapsed();
        }
    }
    let begun = Instant::now();
    audit.rotate().await.unwrap();
    kept += begun.elapsed();
    println!("events: {count}, {} bytes each as text", bytes as u64 / count);
    println!("written as a line: {} each", each(written, count));
    println!("told: {} each", each(told, count));
    println!("made durable, packed, sealed, indexed, in chunks of 1000: {} each", each(kept, count));
    println!("history: {:.0} bytes an event on disk", audit.status().bytes as f64 / count as f64);

    let by = |attribute, value: &str| vec![(attribute, value.to_owned())];
    for (what, attributes) in [
        ("the newest", Vec::new()),
        ("a common name", by(Attribute::EventName, "ListShards")),
        ("a user of a hundred", by(Attribute::UserName, "user-5")),
        ("a user of one event in a million", by(Attribute::UserName, "rare")),
        ("a user that is not there", by(Attribute::UserName, "nobody")),
        ("an id", by(Attribute::EventId, &last_id)),
    ] {
        let place = Some(("111111111111".to_owned(), "us-east-1".to_owned()));
        let lookup =
            Lookup { place, attributes, to_ms: u64::MAX, management_only: true, ..Lookup::default() };
        let begun = Instant::now();
        let page = audit.lookup(&lookup, None, 50).await.unwrap();
        let took = begun.elapsed();
        println!("{what}: {} events, {:.1} ms a page", page.events.len(), took.as_secs_f64() * 1e3);
    }
    storage.close().await;
}
