//! Nothing that is gone shares an identity with what comes after: sequence numbers, creation timestamps,
//! ARNs of consumers, iterators, page tokens. Names are used again and again here, within a second, by two
//! accounts, over restarts and clocks that are set back.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use flumen_protocol::kinesis::{
    DeleteStreamInput, DeregisterStreamConsumerInput, DescribeStreamConsumerInput,
    DescribeStreamSummaryInput, GetRecordsInput, GetResourcePolicyInput, GetShardIteratorInput,
    ListShardsInput, ListStreamConsumersInput, PutResourcePolicyInput, RegisterStreamConsumerInput,
    ShardIteratorType, StartingPosition, SubscribeToShardInput, UpdateShardCountInput,
};
use flumen_protocol::{ErrorCode, Fault, Timestamp};
use flumen_testkit::service::{self, NOW_MS};
use flumen_types::SequenceNumber;
use flumen_types::sequence_number::Decoded;
use proptest::prelude::*;

const ACCOUNTS: [&str; 2] = ["000000000000", "111111111111"];
const NAMES: [&str; 2] = ["s", "t"];

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

    async fn start_after(snapshot: Option<[&str; 2]>, commands: &[&str]) -> Self {
        Service(service::Service::start_after(snapshot, commands).await)
    }

    fn act_for(&mut self, account: usize) {
        self.caller = service::caller(ACCOUNTS[account]);
    }

    fn arn(&self, name: &str) -> String {
        self.caller.realm().stream_arn(name).to_string()
    }

    async fn delete(&self, name: &str) {
        let input = DeleteStreamInput {
            stream_name: Some(name.to_owned().into()),
            enforce_consumer_deletion: Some(true),
            ..Default::default()
        };
        self.streams.delete_stream(&self.caller, &input).await.unwrap();
    }

    async fn rescale(&self, name: &str, target: u32) -> bool {
        let input = UpdateShardCountInput {
            stream_name: Some(name.to_owned().into()),
            target_shard_count: target as i32,
            ..Default::default()
        };
        self.streams.update_shard_count(&self.caller, &input).await.is_ok()
    }

    async fn register(&self, stream: &str, consumer: &str) -> (String, Timestamp) {
        let input = RegisterStreamConsumerInput {
            stream_arn: self.arn(stream).into(),
            consumer_name: consumer.to_owned().into(),
            ..Default::default()
        };
        let registered = self.streams.register_stream_consumer(&self.caller, &input).await.unwrap().consumer;
        (registered.consumer_arn.into_owned(), registered.consumer_creation_timestamp)
    }

    async fn deregister(&self, arn: &str) {
        let input =
            DeregisterStreamConsumerInput { consumer_arn: Some(arn.to_owned().into()), ..Default::default() };
        self.streams.deregister_stream_consumer(&self.caller, &input).await.unwrap();
    }

    async fn describe_consumer(&self, arn: &str) -> Result<Timestamp, Fault> {
        let input =
            DescribeStreamConsumerInput { consumer_arn: Some(arn.to_owned().into()), ..Default::default() };
        let described = self.streams.describe_stream_consumer(&self.caller, &input).await?;
        Ok(described.consumer_description.consumer_creation_timestamp)
    }

    async fn created(&self, name: &str) -> Timestamp {
        let input =
            DescribeStreamSummaryInput { stream_name: Some(name.to_owned().into()), ..Default::default() };
        let summary = self.streams.describe_stream_summary(&self.caller, &input).await.unwrap();
        summary.stream_description_summary.stream_creation_timestamp
    }

    async fn list_shards(&self, input: ListShardsInput<'_>) -> Result<(Vec<String>, Option<String>), Fault> {
        let listed = self.streams.list_shards(&self.caller, &input).await?;
        let ranges = listed.shards.unwrap_or_default().into_iter().map(|shard| shard.sequence_number_range);
        let numbers = ranges.flat_map(|range| {
            [Some(range.starting_sequence_number), range.ending_sequence_number].into_iter().flatten()
        });
        Ok((numbers.map(|number| number.into_owned()).collect(), listed.next_token.map(|t| t.into_owned())))
    }

    async fn after(&self, name: &str, at: &str) -> Result<String, Fault> {
        let input = GetShardIteratorInput {
            stream_name: Some(name.to_owned().into()),
            shard_id: number(at).shard.to_string().into(),
            shard_iterator_type: ShardIteratorType::AtSequenceNumber,
            starting_sequence_number: Some(at.to_owned().into()),
            ..Default::default()
        };
        Ok(self.streams.get_shard_iterator(&self.caller, &input).await?.shard_iterator.unwrap().into_owned())
    }
}

#[derive(Clone, Debug)]
enum Op {
    Create { account: usize, name: usize, shards: u32 },
    Delete { account: usize, name: usize },
    Register { account: usize, name: usize, consumer: u8 },
    Deregister { account: usize, which: usize },
    Rescale { account: usize, name: usize, target: u32 },
    Put { account: usize, name: usize, keys: Vec<u8> },
    Advance { ms: u64 },
    SetBack { ms: u64 },
    Restart { crash: bool },
    KeepHouse,
}

fn op() -> impl Strategy<Value = Op> {
    let (account, name) = (|| 0..ACCOUNTS.len(), || 0..NAMES.len());
    prop_oneof![
        8 => (account(), name(), 1u32..5)
            .prop_map(|(account, name, shards)| Op::Create { account, name, shards }),
        6 => (account(), name()).prop_map(|(account, name)| Op::Delete { account, name }),
        5 => (account(), name(), 0u8..2)
            .prop_map(|(account, name, consumer)| Op::Register { account, name, consumer }),
        4 => (account(), any::<usize>()).prop_map(|(account, which)| Op::Deregister { account, which }),
        5 => (account(), name(), 1u32..6)
            .prop_map(|(account, name, target)| Op::Rescale { account, name, target }),
        5 => (account(), name(), proptest::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(account, name, keys)| Op::Put { account, name, keys }),
        3 => prop_oneof![0u64..300, 0u64..4_000].prop_map(|ms| Op::Advance { ms }),
        1 => (0u64..20_000).prop_map(|ms| Op::SetBack { ms }),
        1 => any::<bool>().prop_map(|crash| Op::Restart { crash }),
        1 => Just(Op::KeepHouse),
    ]
}

/// One stream from its creation to its deletion.
#[derive(Default)]
struct Life {
    numbers: Vec<String>,
    iterators: Vec<String>,
    pages: Vec<String>,
    created: Option<Timestamp>,
}

/// A consumer's account, stream and name, and whether it is registered still.
struct Registered {
    account: usize,
    name: usize,
    consumer: u8,
    arn: String,
    stands: bool,
}

struct Run {
    service: Service,
    /// By account and name; the last one is there unless it was deleted.
    lives: HashMap<(usize, usize), Vec<Life>>,
    there: HashMap<(usize, usize), bool>,
    /// Who has each number, by account: the name and which life of it.
    owners: HashMap<(usize, String), (usize, usize)>,
    consumers: Vec<Registered>,
}

impl Run {
    fn new(service: Service) -> Run {
        let (lives, there, owners) = Default::default();
        Run { service, lives, there, owners, consumers: Vec::new() }
    }

    fn is_there(&self, at: (usize, usize)) -> bool {
        self.there.get(&at).copied().unwrap_or(false)
    }

    async fn step(&mut self, op: Op) {
        match op {
            Op::Create { account, name, shards } if !self.is_there((account, name)) => {
                self.service.act_for(account);
                self.service.create(NAMES[name], shards).await;
                self.there.insert((account, name), true);
                self.lives.entry((account, name)).or_default().push(Life::default());
                self.look((account, name)).await;
            }
            Op::Delete { account, name } if self.is_there((account, name)) => {
                self.look((account, name)).await;
                self.service.delete(NAMES[name]).await;
                self.there.insert((account, name), false);
                for consumer in self.consumers.iter_mut().filter(|c| (c.account, c.name) == (account, name)) {
                    consumer.stands = false;
                }
            }
            Op::Register { account, name, consumer } if self.is_there((account, name)) => {
                let same = |c: &&Registered| {
                    (c.account, c.name, c.consumer) == (account, name, consumer) && c.stands
                };
                if self.consumers.iter().find(same).is_none() {
                    self.service.act_for(account);
                    let (arn, date) = self.service.register(NAMES[name], &format!("c{consumer}")).await;
                    assert!(self.consumers.iter().all(|c| c.arn != arn), "{arn} was a consumer's before");
                    assert_eq!(self.service.describe_consumer(&arn).await.unwrap(), date);
                    self.consumers.push(Registered { account, name, consumer, arn, stands: true });
                }
            }
            Op::Deregister { account, which } => {
                let mut stand: Vec<_> =
                    self.consumers.iter_mut().filter(|c| c.account == account && c.stands).collect();
                let count = stand.len();
                if count > 0 {
                    let consumer = &mut stand[which % count];
                    consumer.stands = false;
                    self.service.act_for(account);
                    self.service.deregister(&consumer.arn).await;
                }
            }
            Op::Rescale { account, name, target } if self.is_there((account, name)) => {
                self.service.act_for(account);
                if self.service.rescale(NAMES[name], target).await {
                    self.look((account, name)).await;
                }
            }
            Op::Put { account, name, keys } if self.is_there((account, name)) => {
                self.service.act_for(account);
                let records: Vec<_> = keys.iter().map(|key| (format!("k{key}"), vec![1])).collect();
                let stored = self.service.put(NAMES[name], &records).await;
                for (_, stored) in stored {
                    assert!(!self.owners.contains_key(&(account, stored.number.clone())));
                    self.note((account, name), stored.number);
                }
            }
            Op::Advance { ms } => self.service.advance_ms(ms),
            Op::SetBack { ms } => self.service.set_back_ms(ms),
            Op::Restart { crash } => self.service.restart(crash).await,
            Op::KeepHouse => {
                self.service.streams.keep_house().await.unwrap();
            }
            _ => {}
        }
    }

    /// The number is this life's alone, in its account.
    fn note(&mut self, (account, name): (usize, usize), number: String) {
        let lives = self.lives.get_mut(&(account, name)).unwrap();
        let life = (name, lives.len());
        let owner = *self.owners.entry((account, number.clone())).or_insert(life);
        assert_eq!(owner, life, "{number} has two owners");
        lives.last_mut().unwrap().numbers.push(number);
    }

    /// Notes what a stream calls itself and its shards, and takes iterators and page tokens of it.
    async fn look(&mut self, at: (usize, usize)) {
        self.service.act_for(at.0);
        let name = NAMES[at.1];
        let created = self.service.created(name).await;
        let lives = self.lives.get_mut(&at).unwrap();
        let (life, before) = lives.split_last_mut().unwrap();
        assert!(
            before.iter().all(|life| life.created != Some(created)),
            "{name} was created at {created:?} before"
        );
        assert_eq!(*life.created.get_or_insert(created), created);
        let input = ListShardsInput { stream_name: Some(name.into()), ..Default::default() };
        for number in self.service.list_shards(input.clone()).await.unwrap().0 {
            self.note(at, number);
        }
        let (_, page) =
            self.service.list_shards(ListShardsInput { max_results: Some(1), ..input }).await.unwrap();
        let iterator = self.service.iterator(name, 0, ShardIteratorType::TrimHorizon).await;
        let life = self.lives.get_mut(&at).unwrap().last_mut().unwrap();
        life.iterators.push(iterator);
        life.pages.extend(page);
    }

    /// What is left of lives that are over means nothing that is there.
    async fn check(&mut self) {
        for (&(account, name), lives) in &self.lives {
            let over = lives.len() - usize::from(self.there[&(account, name)]);
            self.service.act_for(account);
            for life in &lives[..over] {
                for iterator in &life.iterators {
                    let input =
                        GetRecordsInput { shard_iterator: iterator.clone().into(), ..Default::default() };
                    let read = self.service.streams.get_records(&self.service.caller, &input, 1 << 20).await;
                    assert_eq!(
                        read.err().map(Fault::from).unwrap().code,
                        ErrorCode::ResourceNotFoundException
                    );
                }
                for page in &life.pages {
                    let input =
                        ListShardsInput { next_token: Some(page.clone().into()), ..Default::default() };
                    let listed = self.service.list_shards(input).await;
                    assert_eq!(listed.unwrap_err().code, ErrorCode::ResourceNotFoundException);
                }
                for number in &life.numbers {
                    let placed = self.service.after(NAMES[name], number).await;
                    let refused = placed.expect_err("a number of a stream that is gone");
                    let foreign = "is invalid because it did not come from this stream.";
                    let told = refused.message.as_deref().unwrap_or_default();
                    let is_missing = refused.code == ErrorCode::ResourceNotFoundException;
                    assert!(is_missing || told.ends_with(foreign), "{refused:?}");
                }
                let at = life.created.unwrap();
                let input = ListShardsInput {
                    stream_name: Some(NAMES[name].into()),
                    stream_creation_timestamp: Some(at),
                    ..Default::default()
                };
                let listed = self.service.list_shards(input).await;
                assert_eq!(listed.unwrap_err().code, ErrorCode::ResourceNotFoundException);
            }
        }
        for consumer in &self.consumers {
            self.service.act_for(consumer.account);
            let found = self.service.describe_consumer(&consumer.arn).await;
            assert_eq!(found.is_ok(), consumer.stands, "{}", consumer.arn);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_gone_shares_no_identity_with_what_comes_after(ops in proptest::collection::vec(op(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut run = Run::new(Service::start().await);
            for op in ops {
                run.step(op).await;
            }
            run.check().await;
            run.step(Op::Restart { crash: true }).await;
            run.check().await;
        });
    }
}

#[tokio::test]
async fn thousands_of_streams_a_minute_leave_numbers_at_the_clock() {
    let service = Service::start().await;
    let (mut ahead_s, mut last) = (0, None);
    for _ in 0..3000 {
        service.advance_ms(20);
        service.create("s", 1).await;
        let (_, stored) = service.put("s", &[("k".into(), vec![])]).await.remove(0);
        ahead_s =
            ahead_s.max(number(&stored.number).creation.second.saturating_sub(service.clock.now_ms() / 1000));
        let date = service.created("s").await;
        assert!(last.replace(date) != Some(date));
        assert!(date.0 <= service.clock.now_ms() as i64 + 5_000, "{date:?}");
        service.after("s", &stored.number).await.unwrap();
        service.delete("s").await;
    }
    assert_eq!(ahead_s, 0);
    // All at one moment they get ahead by the seconds that they fill, no more.
    for _ in 0..1000 {
        service.create("s", 1).await;
        service.delete("s").await;
    }
    service.create("s", 1).await;
    let (_, stored) = service.put("s", &[("k".into(), vec![])]).await.remove(0);
    let ahead_s = number(&stored.number).creation.second - service.clock.now_ms() / 1000;
    assert!(ahead_s <= 1000 / 256, "{ahead_s}");
    service.after("s", &stored.number).await.unwrap();
}

#[tokio::test]
async fn a_consumer_registered_again_is_another_one() {
    let service = Service::start().await;
    service.create("s", 1).await;
    let (old, old_date) = service.register("s", "c").await;
    let policy = |arn: &str| PutResourcePolicyInput {
        resource_arn: arn.to_owned().into(),
        policy: r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kinesis:*","Resource":"*"}]}"#
            .into(),
    };
    service.streams.put_resource_policy(&service.caller, &policy(&old)).await.unwrap();
    let subscribe = |arn: &str| SubscribeToShardInput {
        consumer_arn: arn.to_owned().into(),
        shard_id: "0".into(),
        starting_position: StartingPosition { r#type: ShardIteratorType::TrimHorizon, ..Default::default() },
        ..Default::default()
    };
    let mut subscription =
        service.streams.subscribe_to_shard(&service.caller, &subscribe(&old)).await.unwrap();
    service.deregister(&old).await;
    let (new, new_date) = service.register("s", "c").await;
    assert_ne!(old, new);
    assert!(new_date.0 >= old_date.0 + 1000, "{old_date:?}, {new_date:?}");
    assert!(new.ends_with(&format!(":{}", new_date.0 / 1000)), "{new}");

    assert!(subscription.next().await.is_none(), "a subscription ends with its consumer");
    let missing = |fault: Fault| assert_eq!(fault.code, ErrorCode::ResourceNotFoundException);
    let subscribed = service.streams.subscribe_to_shard(&service.caller, &subscribe(&old)).await;
    missing(subscribed.err().unwrap().into());
    missing(service.streams.put_resource_policy(&service.caller, &policy(&old)).await.unwrap_err().into());
    let read = |arn: &str| GetResourcePolicyInput { resource_arn: arn.to_owned().into() };
    missing(service.streams.get_resource_policy(&service.caller, &read(&old)).await.unwrap_err().into());
    let of_new = service.streams.get_resource_policy(&service.caller, &read(&new)).await.unwrap();
    assert_eq!(of_new.policy, "{}");
    service.streams.subscribe_to_shard(&service.caller, &subscribe(&new)).await.unwrap();
}

#[tokio::test]
async fn consumers_are_listed_of_the_stream_that_was_created_then() {
    let service = Service::start().await;
    service.create("s", 1).await;
    let before = service.created("s").await;
    service.delete("s").await;
    service.create("s", 1).await;
    let (arn, _) = service.register("s", "c").await;
    let list = |created| ListStreamConsumersInput {
        stream_arn: service.arn("s").into(),
        stream_creation_timestamp: Some(created),
        ..Default::default()
    };
    let now = service.created("s").await;
    let listed = service.streams.list_stream_consumers(&service.caller, &list(now)).await.unwrap();
    assert_eq!(listed.consumers.unwrap()[0].consumer_arn, arn);
    let refused = service.streams.list_stream_consumers(&service.caller, &list(before)).await.unwrap_err();
    assert_eq!(Fault::from(refused).code, ErrorCode::ResourceNotFoundException);
}

/// What the program wrote before there were marks, but for the times.
fn old_commands(at_ms: u64) -> Vec<String> {
    let create = |name: &str| {
        format!(
            r#"{{"CreateStream":{{"account":"000000000000","region":"us-east-1","name":"{name}","shard_count":2,"mode":"Provisioned","active_at_ms":{at_ms},"max_record_kib":1024,"warm_mibps":null,"distribution":"UserPartitionKey","tags":{{}}}}}}"#
        )
    };
    let key = "e9d062c280686878c657f845b8e968383e94f7bbaa007c26683c58d90939956b";
    [
        format!(r#"{{"Found":{{"token_key":"{key}"}}}}"#),
        create("s"),
        format!(r#"{{"RegisterConsumer":{{"group":1,"name":"c","active_at_ms":{at_ms},"tags":{{}}}}}}"#),
        format!(
            r#"{{"Reshard":{{"group":1,"reshard":{{"steps":[{{"Split":{{"shard":0,"at":"1000"}}}}]}},"closed_at_ms":{at_ms},"rescale":false}}}}"#
        ),
        create("t"),
        format!(r#"{{"DeleteStream":{{"group":2,"gone_at_ms":{at_ms}}}}}"#),
        r#"{"ForgetStream":{"group":2}}"#.to_owned(),
    ]
    .iter()
    .map(|change| format!(r#"{{"at_ms":{at_ms},"change":{change}}}"#))
    .collect()
}

/// The stream `s` of these commands in a snapshot.
fn old_snapshot(at_ms: u64) -> [String; 2] {
    let (created_s, child_s) = (at_ms / 1000 - 2, at_ms / 1000 + 1);
    let half = 1_u128 << 127;
    let shard = |index, start: u128, end: u128, parent: &str, created_s, closed: &str| {
        format!(
            r#"{{"index":{index},"start_key":"{start}","end_key":"{end}","parent":{parent},"adjacent_parent":null,"created_s":{created_s},"opened_at_ms":{at_ms},"closed_at_ms":{closed}}}"#
        )
    };
    let shards = [
        shard(0, 0, half - 1, "null", created_s, &at_ms.to_string()),
        shard(1, half, u128::MAX, "null", created_s, "null"),
        shard(2, 0, 999, "0", child_s, "null"),
        shard(3, 1000, half - 1, "0", child_s, "null"),
    ]
    .join(",");
    let consumers = format!(
        r#"{{"c":{{"created_at_ms":{at_ms},"active_at_ms":{at_ms},"gone_at_ms":null,"tags":{{}},"policy":null}}}}"#
    );
    let stream = format!(
        r#"{{"account":"000000000000","region":"us-east-1","name":"s","group":1,"created_at_ms":{at_ms},"active_at_ms":{at_ms},"updated_at_ms":{at_ms},"gone_at_ms":null,"mode":"Provisioned","retention_hours":24,"floor_ms":0,"max_record_kib":1024,"warm_mibps":null,"distribution":"UserPartitionKey","tags":{{}},"monitoring":[],"key_id":null,"policy":null,"consumers":{consumers},"shards":[{shards}],"next_shard":4,"pending":null,"rescaled_at_ms":[],"switched_at_ms":[]}}"#
    );
    let key = "e9d062c280686878c657f845b8e968383e94f7bbaa007c26683c58d90939956b";
    let state = format!(
        r#"{{"version":1,"at_ms":{at_ms},"token_key":"{key}","next_group":3,"streams":{{"1":{stream}}},"accounts":{{}}}}"#
    );
    [r#"{"version":1,"position":0,"chunks":1}"#.to_owned(), state]
}

#[tokio::test]
async fn what_an_earlier_program_called_things_stays_and_is_not_given_again() {
    let at_ms = NOW_MS;
    let commands = old_commands(at_ms);
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let snapshot = old_snapshot(at_ms);
    for (snapshot, commands) in
        [(None, &commands[..]), (Some(snapshot.each_ref().map(String::as_str)), &[][..])]
    {
        let mut service = Service::start_after(snapshot, commands).await;
        for restart in [false, true] {
            if restart {
                service.restart(true).await;
            }
            let input = ListShardsInput { stream_name: Some("s".into()), ..Default::default() };
            let (numbers, _) = service.list_shards(input).await.unwrap();
            let numbers: Vec<_> = numbers.iter().map(|text| number(text)).collect();
            let seconds: Vec<_> =
                numbers.iter().map(|n| (n.creation.second, n.creation.nth, n.shard.index())).collect();
            let s = at_ms / 1000;
            assert_eq!(seconds, [(s - 2, 0, 0), (s - 2, 0, 0), (s - 2, 0, 1), (s + 1, 0, 2), (s + 1, 0, 3)]);
            assert_eq!(service.created("s").await, Timestamp(at_ms as i64));
            let arn = format!("{}/consumer/c:{}", service.arn("s"), at_ms / 1000);
            assert_eq!(service.describe_consumer(&arn).await.unwrap(), Timestamp(at_ms as i64));
        }
        // Of the same moment still.
        service.create("t", 4).await;
        let (_, stored) = service.put("t", &[("k".into(), vec![])]).await.remove(0);
        assert!(number(&stored.number).creation.second >= at_ms / 1000 - 2);
        let taken = [at_ms / 1000 - 2, at_ms / 1000 + 1];
        let creation = number(&stored.number).creation;
        assert!(creation.nth > 0 || !taken.contains(&creation.second), "{creation:?}");
        assert!(service.created("t").await.0 > at_ms as i64);
        let (new, _) = service.register("t", "c").await;
        assert!(!new.ends_with(&format!(":{}", at_ms / 1000)), "{new}");
    }
}
