//! How each operation refuses: what is not there, another account's, in the wrong status, called too often, only
//! tried. The answers are in `errors.txt`, each a code that AWS documents for the operation.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::expect_file;
use flumen_access::{AccountLimits, Caller, Principal};
use flumen_audit::sums::{Retention, Sums};
use flumen_audit::trails::DataWanted;
use flumen_audit::{Audit, Carried};
use flumen_storage::Storage;
use flumen_streams::{Streams, StreamsSettings};
use flumen_testkit::calls::of_streams as calls;
use flumen_testkit::service;
use flumen_types::{Clock, ManualClock, Realm};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::*;
use crate::audit::Auditor;
use crate::counts::Counts;
use crate::peer::{Connection, Listener, Peer};
use crate::reply::Content;
use crate::service::Service as _;

const ACCOUNT: &str = "000000000000";
const OTHER_ACCOUNT: &str = "111111111111";
/// Errors of every operation on AWS, whether or not they are listed with it.
const COMMON: [&str; 3] = ["AccessDeniedException", "InternalFailure", "ValidationException"];
/// Members that say what a call is for.
const NAMING: [&str; 5] = ["StreamName", "StreamARN", "ResourceARN", "ConsumerARN", "ShardIterator"];
/// Calls that meet what others hold.
const HELD: [Operation; 4] = [
    Operation::CreateStream,
    Operation::DeleteStream,
    Operation::RegisterStreamConsumer,
    Operation::SubscribeToShard,
];
/// More calls than any rate allows at once.
const CALLS: usize = 1100;

struct Service {
    streams: Streams,
    resources: Arc<Resources>,
    realm: Realm,
    clock: ManualClock,
    storage: Storage,
}

impl Service {
    async fn start(settings: StreamsSettings) -> Self {
        let realm = Realm { account: ACCOUNT.into(), region: "us-east-1".into() };
        let (clock, hand) = Clock::manual(1_700_000_000_000);
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let (seal, keys) = (service::seal(), service::keys(&storage, &clock).await);
        let streams =
            Streams::open(storage.clone(), clock.clone(), seal.clone(), keys, settings).await.unwrap();
        let of_sums = Retention { age_ms: u64::MAX, bytes: u64::MAX };
        let sums = Sums::open(&storage, seal.clone(), of_sums, clock.now_ms()).await.unwrap();
        let of_audit = flumen_audit::AuditSettings::default();
        let audit = Audit::open(storage.clone(), clock, seal, Carried::default(), of_audit).await.unwrap();
        // Room for answers of GetRecords.
        let resources = Resources {
            memory: Memory::new(64 << 20),
            threads: Handle::current(),
            limits: AccountLimits::none(),
            auditor: Arc::new(Auditor::new(audit, sums, DataWanted::default())),
        };
        Service { streams, resources: Arc::new(resources), realm, clock: hand, storage }
    }

    /// The same for somebody else.
    fn of(&self, realm: Realm) -> Self {
        Service {
            streams: self.streams.clone(),
            resources: self.resources.clone(),
            realm,
            clock: self.clock.clone(),
            storage: self.storage.clone(),
        }
    }

    fn caller(&self) -> Caller {
        Caller::new(Arc::new(Principal::root(&*self.realm.account)), &*self.realm.region)
    }

    async fn call(&self, operation: Operation, body: &Value) -> Result<Value, Fault> {
        let parts = http::Request::new(()).into_parts().0;
        let (head, body) = (Head::of(&parts), Bytes::from(body.to_string()));
        let here = ([127, 0, 0, 1], 4567).into();
        let listener = Arc::new(Listener { name: "plain".into(), tls: false, is_admin: false });
        let from = Connection {
            client: here,
            local: here,
            listener,
            endpoint: None,
            tls: None,
            owner: Default::default(),
        };
        let from = Arc::new(Peer::Connection(from));
        let counts = Arc::new(Counts::new(Vec::new(), Vec::new()));
        let auditor = &self.resources.auditor;
        let call = Call::begin(Streams::SIGNING_NAME, &counts, auditor, &from, &parts, 0);
        let kind = RequestKind { operation, encoding: Encoding::Json };
        let request = IdentifiedRequest { kind, caller: &self.caller(), head: &head, body: &body };
        let reply = self.streams.run(&self.resources, &call, request).await?;
        let Content::Whole(answer) = reply.content else { return Ok(Value::Null) };
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        // PutRecords is always served, and refuses record by record.
        match answer["Records"][0]["ErrorCode"].as_str() {
            Some(code) => {
                Err(Fault::new(ErrorCode::parse(code).unwrap(), text(&answer["Records"][0]["ErrorMessage"])))
            }
            None => Ok(answer),
        }
    }

    /// The stream and its consumer, as far as they can be had.
    async fn make(&self, name: &str) -> Made {
        let arn = self.realm.stream_arn(name).to_string();
        self.call(Operation::CreateStream, &json!({"StreamName": name, "ShardCount": 2})).await.unwrap();
        let consumer = json!({"StreamARN": arn, "ConsumerName": "c"});
        let consumer = self.call(Operation::RegisterStreamConsumer, &consumer).await;
        let absent = format!("{arn}/consumer/c:1");
        let consumer = consumer.map_or(absent, |made| text(&made["Consumer"]["ConsumerARN"]));
        let iterator = json!({"StreamName": name, "ShardId": "0", "ShardIteratorType": "LATEST"});
        let iterator = self.call(Operation::GetShardIterator, &iterator).await;
        let iterator = iterator.map_or("none".into(), |made| text(&made["ShardIterator"]));
        Made { name: name.into(), arn, consumer, iterator }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What a call may name.
struct Made {
    name: String,
    arn: String,
    consumer: String,
    iterator: String,
}

impl Made {
    fn named_in(&self, body: &Value) -> Value {
        let mut body = body.clone();
        for (_, value) in body.as_object_mut().unwrap() {
            match value.as_str() {
                Some("@") => *value = self.name.clone().into(),
                Some("@arn") => *value = self.arn.clone().into(),
                Some("@consumer") => *value = self.consumer.clone().into(),
                Some("@iterator") => *value = self.iterator.clone().into(),
                _ => {}
            }
        }
        body
    }
}

/// Answers in one situation, and the codes that are documented and were not seen.
struct Told {
    text: String,
    unseen: Vec<(Operation, Vec<String>)>,
}

impl Told {
    fn situation(&mut self, title: &str) {
        let _ = writeln!(self.text, "\n{title}");
    }

    fn answer(&mut self, operation: Operation, answer: Result<Value, Fault>) {
        let name = operation.as_str();
        let Err(fault) = answer else {
            let _ = writeln!(self.text, "    {name}: served");
            return;
        };
        let code = fault.code.as_str();
        let _ = writeln!(self.text, "    {name}: {code} {}", fault.message.as_deref().unwrap_or("-"));
        let (_, unseen) = self.unseen.iter_mut().find(|(other, _)| *other == operation).unwrap();
        // In answers the name of InternalFailureException is the shorter one.
        unseen.retain(|documented| documented != code && documented.strip_suffix("Exception") != Some(code));
        let known =
            COMMON.contains(&code) || documented(operation).iter().any(|documented| documented == code);
        assert!(known, "{name}: {code}");
    }
}

fn documented(operation: Operation) -> Vec<String> {
    let model = include_str!("../../../protocol/model/kinesis.json");
    let model: Value = serde_json::from_str(model).unwrap();
    let errors = model["operations"][operation.as_str()]["errors"].as_array().unwrap();
    errors.iter().map(text).collect()
}

#[tokio::test]
async fn every_operation_refuses_in_ways_that_are_documented() {
    let calls = calls();
    let served: Vec<Operation> =
        Operation::ALL.iter().copied().filter(|operation| operation.is_served()).collect();
    assert_eq!(calls.iter().map(|(operation, _)| *operation).collect::<Vec<_>>(), served);
    let unseen = served.iter().map(|operation| (*operation, documented(*operation))).collect();
    let mut told = Told { text: String::new(), unseen };

    let service = Service::start(StreamsSettings::unlimited()).await;
    let made = service.make("s").await;

    told.situation("What it is for is not named");
    for (operation, body) in &calls {
        let mut body = made.named_in(body);
        let members = body.as_object_mut().unwrap();
        let before = members.len();
        members.retain(|name, _| !NAMING.contains(&name.as_str()));
        if members.len() < before {
            told.answer(*operation, service.call(*operation, &body).await);
        }
    }

    told.situation("What it is for has no possible name");
    for (operation, body) in &calls {
        let mut body = made.named_in(body);
        let mut members = body.as_object_mut().unwrap().iter_mut();
        if let Some((_, name)) = members.find(|(name, _)| NAMING.contains(&name.as_str())) {
            *name = "!".into();
            told.answer(*operation, service.call(*operation, &body).await);
        }
    }

    told.situation("The stream is gone");
    let gone = service.make("gone").await;
    let delete = json!({"StreamName": "gone", "EnforceConsumerDeletion": true});
    service.call(Operation::DeleteStream, &delete).await.unwrap();
    for (operation, body) in calls.iter().filter(|(operation, _)| *operation != Operation::CreateStream) {
        told.answer(*operation, service.call(*operation, &gone.named_in(body)).await);
    }

    told.situation("Another account's");
    let other = service.of(Realm { account: OTHER_ACCOUNT.into(), ..service.realm.clone() });
    for (operation, body) in calls.iter().filter(|(operation, _)| *operation != Operation::CreateStream) {
        let mut body = made.named_in(body);
        let members = body.as_object_mut().unwrap();
        if members.remove("StreamName").is_some() {
            members.insert("StreamARN".into(), made.arn.clone().into());
        }
        if members.keys().any(|name| NAMING.contains(&name.as_str())) {
            told.answer(*operation, other.call(*operation, &body).await);
        }
    }

    told.situation("The stream is being made");
    let slow =
        Service::start(StreamsSettings { transition_ms: 3_600_000, ..StreamsSettings::unlimited() }).await;
    for (operation, body) in &calls {
        let making = slow.make(operation.as_str()).await;
        told.answer(*operation, slow.call(*operation, &making.named_in(body)).await);
    }

    told.situation("Only tried");
    for (operation, body) in &calls {
        if documented(*operation).iter().any(|code| code == "DryRunOperationException") {
            let mut body = made.named_in(body);
            body["DryRun"] = true.into();
            told.answer(*operation, service.call(*operation, &body).await);
        }
    }

    told.situation("Somebody has it");
    let (_, subscribe) =
        calls.iter().find(|(operation, _)| *operation == Operation::SubscribeToShard).unwrap();
    let input = made.named_in(subscribe).to_string();
    let caller = service.caller();
    let input = decode(Encoding::Json, input.as_bytes()).unwrap();
    let _first = service.streams.subscribe_to_shard(&caller, &input).await.unwrap();
    for (operation, body) in calls.iter().filter(|(operation, _)| HELD.contains(operation)) {
        told.answer(*operation, service.call(*operation, &made.named_in(body)).await);
    }

    told.situation("Five minutes later");
    let consumer = json!({"StreamARN": made.arn, "ConsumerName": "d"});
    service.call(Operation::RegisterStreamConsumer, &consumer).await.unwrap();
    service.make("t").await;
    let mut pages = Vec::new();
    for (operation, mut first, limit) in [
        (Operation::ListShards, json!({"StreamName": "s"}), "MaxResults"),
        (Operation::ListStreamConsumers, json!({"StreamARN": made.arn}), "MaxResults"),
        (Operation::ListStreams, json!({}), "Limit"),
    ] {
        first[limit] = 1.into();
        let token = service.call(operation, &first).await.unwrap()["NextToken"].clone();
        first.as_object_mut().unwrap().remove("StreamName");
        first["NextToken"] = token;
        pages.push((operation, first));
    }
    service.clock.advance_ms(5 * 60 * 1000 + 1);
    told.answer(
        Operation::GetRecords,
        service.call(Operation::GetRecords, &json!({"ShardIterator": made.iterator})).await,
    );
    for (operation, body) in pages {
        told.answer(operation, service.call(operation, &body).await);
    }

    told.situation("The log takes nothing more");
    service.storage.close().await;
    for (operation, body) in &calls {
        told.answer(*operation, service.call(*operation, &made.named_in(body)).await);
    }

    told.situation("Called too often at one time");
    let limited = Service::start(StreamsSettings::aws()).await;
    for (place, (operation, body)) in calls.iter().enumerate() {
        // An account for each, since many rates are the account's.
        let realm = Realm { account: format!("{place:012}"), ..limited.realm.clone() };
        let service = limited.of(realm);
        let made = service.make("s").await;
        let body = made.named_in(body);
        let mut answer = Ok(Value::Null);
        for _ in 0..CALLS {
            answer = service.call(*operation, &body).await;
            if answer
                .as_ref()
                .is_err_and(|fault| fault.message.as_deref().is_some_and(|text| text.contains("Rate")))
            {
                break;
            }
        }
        told.answer(*operation, answer);
    }

    told.situation("Documented, and seen in none of these");
    for (operation, codes) in std::mem::take(&mut told.unseen) {
        let codes: Vec<String> = codes.into_iter().filter(|code| !code.starts_with("KMS")).collect();
        if !codes.is_empty() {
            let _ = writeln!(told.text, "    {}: {}", operation.as_str(), codes.join(" "));
        }
    }
    expect_file!["errors.txt"].assert_eq(told.text.trim_start());
}
