//! A reshard is planned, its parents are sealed, they are closed: between any two of these steps the power goes, or whoever
//! made the first one dies. The next start, or another process, brings it to its end, and no record is lost or doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flumen_access::Caller;
use flumen_keys::Keys;
use flumen_machine::Carried;
use flumen_machine::names::CONTROL;
use flumen_protocol::kinesis::{
    CreateStreamInput, DescribeStreamSummaryInput, GetRecordsInput, GetShardIteratorInput, ListShardsInput,
    MergeShardsInput, PutRecordInput, Shard, ShardIteratorType, SplitShardInput, StreamStatus,
    UpdateShardCountInput,
};
use flumen_protocol::{Blob, Fault as Refusal};
use flumen_storage::{Append, AppendError, BatchBuilder, LogId, ReadLimit, Storage};
use flumen_streams::{Streams, StreamsSettings};
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced};
use flumen_testkit::service::{self, NOW_MS, storage};
use flumen_types::{Clock, HashKey, ShardId};
use serde_json::{Value, json};

const KEYS: [&str; 4] = ["a", "b", "c", "d"];

struct Node(Streams);

fn caller() -> Caller {
    service::caller("000000000000")
}

impl Node {
    async fn on(storage: &Storage) -> Option<Node> {
        let (clock, _) = Clock::manual(NOW_MS);
        let (materials, carried) = (service::materials(), Carried::default());
        let keys = Keys::open(storage.clone(), clock.clone(), materials, &carried).await.ok()?;
        let opened =
            Streams::open(storage.clone(), clock, service::seal(), keys, StreamsSettings::unlimited());
        opened.await.ok().map(Node)
    }

    async fn create(&self, shards: i32) -> Result<(), Refusal> {
        let input =
            CreateStreamInput { stream_name: "s".into(), shard_count: Some(shards), ..Default::default() };
        Ok(self.0.create_stream(&caller(), &input).await?)
    }

    async fn put(&self, key: &str) -> Result<String, Refusal> {
        let input = PutRecordInput {
            stream_name: Some("s".into()),
            data: Blob::Bytes(key.as_bytes().to_vec().into()),
            partition_key: Some(key.to_owned().into()),
            ..Default::default()
        };
        Ok(self.0.put_record(&caller(), &input).await?.0.number.to_string())
    }

    async fn split(&self, shard: &str, at: u128) -> Result<(), Refusal> {
        let input = SplitShardInput {
            stream_name: Some("s".into()),
            shard_to_split: shard.to_owned().into(),
            new_starting_hash_key: at.to_string().into(),
            ..Default::default()
        };
        Ok(self.0.split_shard(&caller(), &input).await?)
    }

    async fn merge(&self, lower: &str, upper: &str) -> Result<(), Refusal> {
        let input = MergeShardsInput {
            stream_name: Some("s".into()),
            shard_to_merge: lower.to_owned().into(),
            adjacent_shard_to_merge: upper.to_owned().into(),
            ..Default::default()
        };
        Ok(self.0.merge_shards(&caller(), &input).await?)
    }

    async fn rescale(&self, target: i32) -> Result<(), Refusal> {
        let input = UpdateShardCountInput {
            stream_name: Some("s".into()),
            target_shard_count: target,
            ..Default::default()
        };
        Ok(self.0.update_shard_count(&caller(), &input).await.map(|_| ())?)
    }

    async fn status(&self) -> StreamStatus {
        let input = DescribeStreamSummaryInput { stream_name: Some("s".into()), ..Default::default() };
        let summary = self.0.describe_stream_summary(&caller(), &input).await.unwrap();
        summary.stream_description_summary.stream_status
    }

    async fn shards(&self) -> Vec<Shard<'static>> {
        let input = ListShardsInput { stream_name: Some("s".into()), ..Default::default() };
        self.0.list_shards(&caller(), &input).await.map_or(Vec::new(), |listed| listed.shards.unwrap())
    }

    /// Key and number of every record, shard by shard.
    async fn records(&self) -> Vec<(String, String)> {
        let mut records = Vec::new();
        for shard in self.shards().await {
            let input = GetShardIteratorInput {
                stream_name: Some("s".into()),
                shard_id: shard.shard_id,
                shard_iterator_type: ShardIteratorType::TrimHorizon,
                ..Default::default()
            };
            let mut iterator = self
                .0
                .get_shard_iterator(&caller(), &input)
                .await
                .unwrap()
                .shard_iterator
                .unwrap()
                .into_owned();
            loop {
                let input = GetRecordsInput { shard_iterator: iterator.into(), ..Default::default() };
                let fetched = self.0.get_records(&caller(), &input, 1 << 20).await.unwrap();
                records.extend(fetched.records.records().map(|record| {
                    let key = String::from_utf8(record.partition_key.unwrap().to_vec()).unwrap();
                    (key, record.number.to_string())
                }));
                match fetched.next_shard_iterator {
                    Some(next) if !fetched.records.is_empty() => iterator = next,
                    _ => break,
                }
            }
        }
        records
    }
}

/// The numbers that each key was answered, in their order.
type Acknowledged = BTreeMap<&'static str, Vec<String>>;

/// Puts to a stream that is split, merged and rescaled, for as long as there is an answer.
async fn workload(node: &Node, acknowledged: &mut Acknowledged) -> Result<(), Refusal> {
    node.create(2).await?;
    for step in 0..4 {
        for key in KEYS {
            let number = node.put(key).await?;
            acknowledged.entry(key).or_default().push(number);
        }
        match step {
            0 => node.split("0", 1 << 126).await?,
            1 => node.merge("3", "1").await?,
            2 => node.rescale(4).await?,
            _ => {}
        }
    }
    Ok(())
}

/// The steps that the control log ends with.
async fn last_steps(storage: &Storage) -> Vec<String> {
    let Some(log) = storage.log(CONTROL.commands) else { return Vec::new() };
    let blocks = log.read(log.start(), ReadLimit { records: 1000, bytes: 1 << 20 }).await.unwrap();
    let commands = blocks.iter().flat_map(|block| block.records_from(0));
    let name = |value: &[u8]| -> Option<String> {
        let command: Value = serde_json::from_slice(value).ok()?;
        command["change"].as_object()?.keys().next().cloned()
    };
    commands.filter_map(|record| name(record.value)).collect()
}

async fn verify(storage: &Storage, node: &Node, acknowledged: &Acknowledged, context: &str) {
    let records = node.records().await;
    let numbers: BTreeSet<&String> = records.iter().map(|(_, number)| number).collect();
    assert_eq!(numbers.len(), records.len(), "{context}: a number is there twice");
    for (key, answered) in acknowledged {
        let answered: Vec<(String, String)> =
            answered.iter().map(|number| ((*key).to_owned(), number.clone())).collect();
        let found: Vec<_> = records.iter().filter(|record| answered.contains(record)).cloned().collect();
        assert_eq!(found, answered, "{context}: each once, and in their order");
        assert!(answered.is_sorted_by_key(|(_, number)| number.parse::<num::Number>().unwrap()), "{context}");
    }
    let shards = node.shards().await;
    if shards.is_empty() {
        return;
    }
    assert_eq!(node.status().await, StreamStatus::Active, "{context}: a reshard is not at its end");
    let is_open = |shard: &&Shard<'_>| shard.sequence_number_range.ending_sequence_number.is_none();
    for closed in shards.iter().filter(|shard| !is_open(shard)) {
        let index = ShardId::parse(&closed.shard_id).unwrap().index();
        let mut batch = BatchBuilder::default();
        batch.push(0, b"late", b"late");
        let log = storage.log(LogId { group: 1, index }).unwrap();
        if log.end() == 0 {
            // One that a rescale opens and closes at once is never shown to a writer.
            continue;
        }
        let append = Append { log, time_ms: NOW_MS, batch: batch.finish() };
        let answer = storage.append(vec![append]).await.remove(0);
        assert!(matches!(answer, Err(AppendError::Sealed)), "{context}: shard {index} takes {answer:?}");
    }
    let mut ranges: Vec<(u128, u128)> = (shards.iter().filter(is_open))
        .map(|shard| &shard.hash_key_range)
        .map(|range| {
            [&range.starting_hash_key, &range.ending_hash_key].map(|key| HashKey::parse(key).unwrap().0)
        })
        .map(|[start, end]| (start, end))
        .collect();
    ranges.sort_unstable();
    assert_eq!((ranges[0].0, ranges[ranges.len() - 1].1), (0, u128::MAX), "{context}");
    assert!(ranges.windows(2).all(|w| w[0].1 + 1 == w[1].0), "{context}: {ranges:?}");
}

/// Sequence numbers have more digits than `u128` has.
mod num {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    pub struct Number(usize, String);

    impl std::str::FromStr for Number {
        type Err = ();
        fn from_str(text: &str) -> Result<Number, ()> {
            Ok(Number(text.len(), text.to_owned()))
        }
    }
}

#[derive(Default)]
struct Seen {
    calls: u64,
    /// Times that a start found a plan without its end.
    plans: u64,
}

async fn every_call_fails_with(fault: Fault, unsynced: impl Fn(u64) -> Unsynced) -> Seen {
    let mut seen = Seen::default();
    loop {
        let (nth, disk) = (seen.calls, FaultyDisk::failing_at(seen.calls, fault));
        let mut acknowledged = Acknowledged::new();
        if let Ok(storage) = storage(&disk) {
            if let Some(node) = Node::on(&storage).await {
                let done = workload(&node, &mut acknowledged).await;
                assert!(done.is_ok() || disk.tripped(), "{done:?}");
            }
            disk.cut_power();
        }
        let tripped = disk.tripped();
        let disk = disk.after_crash(unsynced(nth));
        let context = format!("{fault:?} at call {nth}");
        for start in 0..2 {
            let storage = storage(&disk).unwrap();
            let steps = last_steps(&storage).await;
            let is_planned = steps.last().is_some_and(|step| step == "PlanReshard");
            assert!(start == 0 || !is_planned, "{context}: it was not completed");
            seen.plans += u64::from(is_planned);
            let node = Node::on(&storage).await.unwrap_or_else(|| panic!("{context}: it does not open"));
            verify(&storage, &node, &acknowledged, &context).await;
            if !acknowledged.is_empty() {
                for key in KEYS {
                    let number = node.put(key).await.unwrap();
                    acknowledged.entry(key).or_default().push(number);
                }
            }
            verify(&storage, &node, &acknowledged, &context).await;
            storage.close().await;
        }
        if !tripped {
            return seen;
        }
        seen.calls += 1;
    }
}

#[tokio::test]
async fn a_loss_of_power_between_any_two_steps_is_survived() {
    for fault in [Fault::PowerLoss, Fault::Torn, Fault::Error] {
        let seen = every_call_fails_with(fault, |_| Unsynced::Lost).await;
        assert!(seen.calls > 20 && seen.plans > 2, "{fault:?}: {} calls, {} plans", seen.calls, seen.plans);
    }
    let seen = every_call_fails_with(Fault::PowerLoss, Unsynced::Mixed).await;
    assert!(seen.plans > 2, "{} plans", seen.plans);
}

/// A command as another process appends it.
async fn append(storage: &Storage, change: Value) -> u64 {
    let command = json!({"v": 3, "at_ms": NOW_MS, "change": change}).to_string();
    let mut batch = BatchBuilder::default();
    batch.push(0, &[], command.as_bytes());
    let log = storage.log(CONTROL.commands).unwrap();
    let append = Append { log, time_ms: NOW_MS, batch: batch.finish() };
    storage.append(vec![append]).await.remove(0).unwrap().first
}

fn plan() -> Value {
    let step = json!({"Split": {"shard": 0, "at": (1_u128 << 127).to_string()}});
    json!({"PlanReshard": {"group": 1, "reshard": {"steps": [step]}, "rescale": false}})
}

#[tokio::test]
async fn a_plan_of_a_process_that_died_is_taken_up_by_another() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let node = Node::on(&storage).await.unwrap();
    node.create(1).await.unwrap();
    let mut acknowledged = Acknowledged::new();
    for key in KEYS {
        acknowledged.entry(key).or_default().push(node.put(key).await.unwrap());
    }
    append(&storage, plan()).await;
    assert_eq!(node.status().await, StreamStatus::Active, "nobody has looked");
    node.0.keep_house().await.unwrap();
    assert_eq!(node.shards().await.len(), 3);
    for key in KEYS {
        acknowledged.entry(key).or_default().push(node.put(key).await.unwrap());
    }
    verify(&storage, &node, &acknowledged, "another").await;
}

#[tokio::test]
async fn a_plan_is_closed_once_and_while_there_is_one_no_other_is_made() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let node = Node::on(&storage).await.unwrap();
    node.create(1).await.unwrap();
    let first = append(&storage, plan()).await;
    append(&storage, plan()).await;
    let close = |plan: u64| json!({"CloseShards": {"group": 1, "plan": plan, "closed_at_ms": NOW_MS}});
    append(&storage, close(first + 1)).await;
    append(&storage, close(first)).await;
    append(&storage, close(first)).await;
    // A plan of its own, which the late end of the first one does not close before its parents are sealed.
    let at = (1_u128 << 126).to_string();
    let step = json!({"Split": {"shard": 1, "at": at}});
    let second = json!({"PlanReshard": {"group": 1, "reshard": {"steps": [step]}, "rescale": false}});
    append(&storage, second).await;
    append(&storage, close(first)).await;
    let versions = last_steps(&storage).await;
    assert_eq!(versions.len(), 9);
    node.0.keep_house().await.unwrap();
    let shards = node.shards().await;
    let parents: Vec<_> = shards.iter().map(|shard| shard.parent_shard_id.as_deref().unwrap_or("")).collect();
    let (zero, one) = ("shardId-000000000000", "shardId-000000000001");
    assert_eq!(parents, ["", zero, zero, one, one]);
    assert_eq!(node.status().await, StreamStatus::Active);
    let steps = last_steps(&storage).await;
    assert_eq!(steps[9..], ["CloseShards"], "the second one is at its end too");
}

/// Puts of one key each, one after the other, until they are told to stop.
async fn write(node: Arc<Node>, key: &'static str, stop: Arc<std::sync::atomic::AtomicBool>) -> Vec<String> {
    let mut numbers = Vec::new();
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        numbers.push(node.put(key).await.unwrap());
    }
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_see_no_reshard_and_keep_their_order() {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let node = Arc::new(Node::on(&storage).await.unwrap());
    node.create(1).await.unwrap();
    let stop = Arc::default();
    let writers = KEYS.map(|key| (key, tokio::spawn(write(node.clone(), key, Arc::clone(&stop)))));
    for target in [2, 4, 8, 4, 2, 1, 2, 4, 2, 1] {
        let records = node.records().await.len();
        node.rescale(target).await.unwrap();
        while node.records().await.len() < records + 20 {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut acknowledged = Acknowledged::new();
    for (key, writer) in writers {
        acknowledged.insert(key, writer.await.unwrap());
    }
    verify(&storage, &node, &acknowledged, "while it was written to").await;
    assert_eq!(node.records().await.len(), acknowledged.values().map(Vec::len).sum::<usize>());
}
