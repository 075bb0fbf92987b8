//! The whole service against a plain model of what a stream is: random puts, reads, splits, merges,
//! rescales, retention changes, encryption, clock moves, restarts and crashes. The model holds records in vectors and
//! knows nothing of logs, blocks or positions.

use flumen_keys::NewKey;
use flumen_protocol::Blob;
use flumen_protocol::kinesis::{
    DecreaseStreamRetentionPeriodInput, DeleteStreamInput, EncryptionType, GetShardIteratorInput,
    IncreaseStreamRetentionPeriodInput, MergeShardsInput, PutRecordInput, ShardIteratorType, SplitShardInput,
    StartStreamEncryptionInput, StopStreamEncryptionInput, UpdateShardCountInput,
};
use flumen_testkit::service::{Service, Stored};
use flumen_types::{HashKey, HashKeyRange};
use proptest::prelude::*;

const HOUR_MS: u64 = 60 * 60 * 1000;
const NAME: &str = "s";

#[derive(Clone, Debug)]
enum Op {
    Put {
        key: u8,
        size: usize,
    },
    PutMany {
        keys: Vec<u8>,
    },
    PutOrdered {
        key: u8,
    },
    Split {
        which: usize,
        at: u8,
    },
    Merge {
        which: usize,
    },
    Rescale {
        target: usize,
    },
    Retention {
        hours: u32,
    },
    Advance {
        ms: u64,
    },
    Restart {
        crash: bool,
    },
    KeepHouse,
    Recreate {
        shards: u32,
    },
    /// By one of two keys, or not.
    Encrypt {
        by: Option<usize>,
    },
    Check {
        limit: i32,
    },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (any::<u8>(), 0usize..3000).prop_map(|(key, size)| Op::Put { key, size }),
        6 => proptest::collection::vec(any::<u8>(), 1..60).prop_map(|keys| Op::PutMany { keys }),
        3 => any::<u8>().prop_map(|key| Op::PutOrdered { key }),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(which, at)| Op::Split { which, at }),
        2 => any::<usize>().prop_map(|which| Op::Merge { which }),
        1 => (1usize..7).prop_map(|target| Op::Rescale { target }),
        1 => (24u32..80).prop_map(|hours| Op::Retention { hours }),
        2 => prop_oneof![0u64..10_000, HOUR_MS..30 * HOUR_MS].prop_map(|ms| Op::Advance { ms }),
        1 => any::<bool>().prop_map(|crash| Op::Restart { crash }),
        1 => Just(Op::KeepHouse),
        1 => (1u32..4).prop_map(|shards| Op::Recreate { shards }),
        2 => proptest::option::of(0usize..2).prop_map(|by| Op::Encrypt { by }),
        4 => prop_oneof![1i32..20, Just(10_000)].prop_map(|limit| Op::Check { limit }),
    ]
}

struct Shard {
    range: HashKeyRange,
    closed_ms: Option<u64>,
    records: Vec<Stored>,
}

/// What a stream is.
struct Model {
    shards: Vec<Shard>,
    retention_hours: u32,
    is_encrypted: bool,
}

impl Model {
    fn new(count: u32) -> Self {
        let shard = |range| Shard { range, closed_ms: None, records: Vec::new() };
        Model {
            shards: HashKeyRange::uniform(count).map(shard).collect(),
            retention_hours: 24,
            is_encrypted: false,
        }
    }

    /// Open shards in the order of their ranges.
    fn open(&self) -> Vec<usize> {
        let mut open: Vec<usize> =
            (0..self.shards.len()).filter(|&i| self.shards[i].closed_ms.is_none()).collect();
        open.sort_by_key(|&i| self.shards[i].range.start);
        open
    }

    fn route(&self, key: &str) -> usize {
        let at = HashKey::of_partition_key(key);
        let holds = |&i: &usize| self.shards[i].range.contains(at);
        self.open().into_iter().find(holds).expect("open shards cover the ring")
    }

    fn horizon_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(u64::from(self.retention_hours) * HOUR_MS)
    }

    /// Forgets what is past retention. What is gone once is gone for good.
    fn expire(&mut self, now_ms: u64) {
        let horizon_ms = self.horizon_ms(now_ms);
        for shard in &mut self.shards {
            shard.records.retain(|record| record.arrival_ms >= horizon_ms);
        }
    }

    fn close(&mut self, index: usize, now_ms: u64) {
        self.shards[index].closed_ms = Some(now_ms);
    }

    fn add(&mut self, range: HashKeyRange) {
        self.shards.push(Shard { range, closed_ms: None, records: Vec::new() });
    }
}

struct Run {
    service: Service,
    model: Model,
    written: u64,
    /// Of the last put, whatever became of its stream.
    last: Option<String>,
    keys: [String; 2],
}

impl Run {
    async fn step(&mut self, op: Op) {
        let now_ms = self.service.clock.now_ms();
        self.model.expire(now_ms);
        match op {
            Op::Put { key, size } => self.put(&[key], size).await,
            Op::PutMany { keys } => self.put(&keys, 20).await,
            Op::PutOrdered { key } => self.put_ordered(key, now_ms).await,
            Op::Split { which, at } => self.split(which, at, now_ms).await,
            Op::Merge { which } => self.merge(which, now_ms).await,
            Op::Rescale { target } => self.rescale(target, now_ms).await,
            Op::Retention { hours } => self.retain(hours, now_ms).await,
            Op::Advance { ms } => {
                self.service.advance_ms(ms);
            }
            Op::Restart { crash } => self.service.restart(crash).await,
            Op::KeepHouse => {
                self.service.streams.keep_house().await.unwrap();
            }
            Op::Recreate { shards } => {
                let input = DeleteStreamInput { stream_name: Some(NAME.into()), ..Default::default() };
                self.service.streams.delete_stream(&self.service.caller, &input).await.unwrap();
                self.service.create(NAME, shards).await;
                self.model = Model::new(shards);
            }
            Op::Encrypt { by } => self.encrypt(by).await,
            Op::Check { limit } => self.check(limit).await,
        }
    }

    async fn encrypt(&mut self, by: Option<usize>) {
        let (streams, caller) = (&self.service.streams, &self.service.caller);
        let (stream_name, encryption_type) = (Some(NAME.into()), EncryptionType::Kms);
        let key_id = self.keys[by.unwrap_or(0)].clone().into();
        if by.is_some() {
            let input =
                StartStreamEncryptionInput { stream_name, encryption_type, key_id, ..Default::default() };
            streams.start_stream_encryption(caller, &input).await.unwrap();
        } else {
            let input =
                StopStreamEncryptionInput { stream_name, encryption_type, key_id, ..Default::default() };
            streams.stop_stream_encryption(caller, &input).await.unwrap();
        }
        self.model.is_encrypted = by.is_some();
    }

    async fn put(&mut self, keys: &[u8], size: usize) {
        let records: Vec<(String, Vec<u8>)> = keys
            .iter()
            .map(|key| {
                self.written += 1;
                let mut data = self.written.to_string().into_bytes();
                data.resize(data.len().max(size), b'.');
                (format!("key-{key}"), data)
            })
            .collect();
        let stored = self.service.put(NAME, &records).await;
        for (record, (shard, stored)) in records.iter().zip(stored) {
            let expected = self.model.route(&record.0);
            assert_eq!(shard, expected as u32, "key {} went to the wrong shard", record.0);
            assert_eq!(stored.is_encrypted, self.model.is_encrypted);
            self.last = Some(stored.number.clone());
            self.model.shards[expected].records.push(stored);
        }
    }

    /// The number of the last put is always taken, and the next one of its shard lies above it.
    async fn put_ordered(&mut self, key: u8, now_ms: u64) {
        self.written += 1;
        let (key, data) = (format!("key-{key}"), self.written.to_string().into_bytes());
        let input = PutRecordInput {
            stream_name: Some(NAME.into()),
            data: Blob::Bytes(data.clone().into()),
            partition_key: Some(key.clone().into()),
            sequence_number_for_ordering: self.last.clone().map(Into::into),
            ..Default::default()
        };
        let (stored, is_encrypted) =
            self.service.streams.put_record(&self.service.caller, &input).await.unwrap();
        let expected = self.model.route(&key);
        assert_eq!(stored.shard.index(), expected as u32, "key {key} went to the wrong shard");
        assert_eq!(is_encrypted, self.model.is_encrypted);
        let stored =
            Stored { key, data, number: stored.number.to_string(), arrival_ms: now_ms, is_encrypted };
        self.last = Some(stored.number.clone());
        self.model.shards[expected].records.push(stored);
    }

    async fn split(&mut self, which: usize, at: u8, now_ms: u64) {
        let open = self.model.open();
        let index = open[which % open.len()];
        let range = self.model.shards[index].range;
        let width = range.end.0 - range.start.0;
        let key = range.start.0 + width / 256 * u128::from(at);
        let input = SplitShardInput {
            stream_name: Some(NAME.into()),
            shard_to_split: format!("shardId-{index:012}").into(),
            new_starting_hash_key: key.to_string().into(),
            ..Default::default()
        };
        let split = self.service.streams.split_shard(&self.service.caller, &input).await;
        let fits = key > range.start.0 + 1 && key < range.end.0;
        assert_eq!(split.is_ok(), fits, "{split:?}");
        if fits {
            self.model.close(index, now_ms);
            self.model.add(HashKeyRange { start: range.start, end: HashKey(key - 1) });
            self.model.add(HashKeyRange { start: HashKey(key), end: range.end });
        }
    }

    async fn merge(&mut self, which: usize, now_ms: u64) {
        let open = self.model.open();
        if open.len() < 2 {
            return;
        }
        let at = which % (open.len() - 1);
        let (lower, upper) = (open[at], open[at + 1]);
        let input = MergeShardsInput {
            stream_name: Some(NAME.into()),
            shard_to_merge: format!("shardId-{lower:012}").into(),
            adjacent_shard_to_merge: format!("{upper}").into(),
            ..Default::default()
        };
        self.service.streams.merge_shards(&self.service.caller, &input).await.unwrap();
        let joined = HashKeyRange {
            start: self.model.shards[lower].range.start,
            end: self.model.shards[upper].range.end,
        };
        self.model.close(lower, now_ms);
        self.model.close(upper, now_ms);
        self.model.add(joined);
    }

    /// The steps are the service's choice; what must hold is that the open shards are equal afterwards.
    async fn rescale(&mut self, target: usize, now_ms: u64) {
        let open = self.model.open().len();
        let input = UpdateShardCountInput {
            stream_name: Some(NAME.into()),
            target_shard_count: target as i32,
            ..Default::default()
        };
        let scaled = self.service.streams.update_shard_count(&self.service.caller, &input).await;
        assert_eq!(scaled.is_ok(), target <= 2 * open && target >= open.div_ceil(2), "{open} to {target}");
        let Ok(scaled) = scaled else { return };
        assert_eq!(scaled.current_shard_count, Some(open as i32));
        let listed = self.service.shards(NAME).await;
        for shard in &listed {
            let index = shard.index as usize;
            while self.model.shards.len() <= index {
                self.model.add(shard.range);
            }
            self.model.shards[index].range = shard.range;
            if shard.closed && self.model.shards[index].closed_ms.is_none() {
                self.model.close(index, now_ms);
            }
        }
        let widths: Vec<u128> = self
            .model
            .open()
            .iter()
            .map(|&i| self.model.shards[i].range)
            .map(|r| r.end.0 - r.start.0)
            .collect();
        assert_eq!(widths.len(), target);
        assert!(widths.iter().max().unwrap() - widths.iter().min().unwrap() < 64, "{widths:?}");
    }

    async fn retain(&mut self, hours: u32, now_ms: u64) {
        let (streams, caller) = (&self.service.streams, &self.service.caller);
        let (name, hours_i32) = (Some(NAME.into()), hours as i32);
        if hours >= self.model.retention_hours {
            let input = IncreaseStreamRetentionPeriodInput {
                stream_name: name,
                retention_period_hours: hours_i32,
                ..Default::default()
            };
            streams.increase_stream_retention_period(caller, &input).await.unwrap();
        } else {
            let input = DecreaseStreamRetentionPeriodInput {
                stream_name: name,
                retention_period_hours: hours_i32,
                ..Default::default()
            };
            streams.decrease_stream_retention_period(caller, &input).await.unwrap();
        }
        self.model.retention_hours = hours;
        self.model.expire(now_ms);
    }

    /// Everything that can be read is what the model holds, and nothing else.
    async fn check(&mut self, limit: i32) {
        let now_ms = self.service.clock.now_ms();
        let horizon_ms = self.model.horizon_ms(now_ms);
        let listed = self.service.shards(NAME).await;
        for (index, shard) in self.model.shards.iter().enumerate() {
            let expired = shard.closed_ms.is_some_and(|closed| closed < horizon_ms);
            let found = listed.iter().find(|s| s.index as usize == index);
            let Some(found) = found else {
                // A shard that expired under a longer retention stays away under a shorter one.
                assert!(
                    expired || shard.records.is_empty() && shard.closed_ms.is_some(),
                    "shard {index} is not listed"
                );
                continue;
            };
            assert!(!expired, "shard {index} is past retention and listed");
            assert_eq!(
                (found.range, found.closed),
                (shard.range, shard.closed_ms.is_some()),
                "shard {index}"
            );
            let read = self.service.read(NAME, found.index, limit).await;
            assert_eq!(read, shard.records, "shard {index}");
            assert!(read.windows(2).all(|w| number(&w[0]) < number(&w[1])), "numbers rise in shard {index}");
            for (place, record) in read.iter().enumerate().step_by(read.len().div_ceil(3).max(1)) {
                let from = |kind| self.read_from(kind, index, &record.number, limit);
                assert_eq!(from(ShardIteratorType::AtSequenceNumber).await, read[place..]);
                assert_eq!(from(ShardIteratorType::AfterSequenceNumber).await, read[place + 1..]);
            }
        }
        assert!(listed.iter().all(|s| (s.index as usize) < self.model.shards.len()));
    }
}

impl Run {
    async fn read_from(&self, kind: ShardIteratorType, shard: usize, at: &str, limit: i32) -> Vec<Stored> {
        let input = GetShardIteratorInput {
            stream_name: Some(NAME.into()),
            shard_id: shard.to_string().into(),
            shard_iterator_type: kind,
            starting_sequence_number: Some(at.to_owned().into()),
            ..Default::default()
        };
        let placed = self.service.streams.get_shard_iterator(&self.service.caller, &input).await.unwrap();
        self.service.read_from(placed.shard_iterator.unwrap().into_owned(), limit).await
    }
}

fn number(record: &Stored) -> (usize, &str) {
    (record.number.len(), &record.number)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_service_is_what_the_model_says(shards in 1u32..5, ops in proptest::collection::vec(op(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let service = Service::start().await;
            service.create(NAME, shards).await;
            let mut keys = [String::new(), String::new()];
            for key in &mut keys {
                let made = service.keys.create_key(&service.caller, &NewKey::default()).await.unwrap();
                *key = made.arn.to_string();
            }
            let mut run = Run { service, model: Model::new(shards), written: 0, last: None, keys };
            for op in ops {
                run.step(op).await;
            }
            run.step(Op::Check { limit: 7 }).await;
            run.step(Op::Restart { crash: true }).await;
            run.step(Op::Check { limit: 10_000 }).await;
        });
    }
}
