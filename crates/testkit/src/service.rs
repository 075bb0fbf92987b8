//! The stream service on a disk in memory with a clock that tests move, and the few calls that most tests make.

use std::sync::{Arc, LazyLock};

use flumen_access::{Caller, Principal};
use flumen_audit::Carried;
use flumen_keys::{Keys, Materials, RecordKeys};
use flumen_protocol::Blob;
use flumen_protocol::kinesis::{
    CreateStreamInput, GetRecordsInput, GetShardIteratorInput, ListShardsInput, PutRecordsInput,
    PutRecordsRequestEntry, ShardIteratorType,
};
use flumen_seal::Seal;
use flumen_storage::{Append, BatchBuilder, LogId, ReadLimit, Storage};
use flumen_streams::{Put, Streams, StreamsSettings};
use flumen_types::{Clock, HashKey, HashKeyRange, ManualClock, ShardId};

use crate::faulty::{FaultyDisk, Unsynced};

/// When every service is started first.
pub const NOW_MS: u64 = 1_700_000_000_000;

/// Whoever an account is, in the region of all tests.
pub fn caller(account: &str) -> Caller {
    Caller::new(Arc::new(Principal::root(account)), "us-east-1")
}

/// The keys of every data directory: what one service has sealed, the next one on its disk opens.
pub fn seal() -> Seal {
    static SEAL: LazyLock<Seal> = LazyLock::new(|| Seal::in_memory().expect("random numbers"));
    SEAL.clone()
}

/// The material of keys of every data directory, likewise.
pub fn materials() -> Materials {
    static MATERIALS: LazyLock<Materials> = LazyLock::new(|| Materials::in_memory(seal()));
    MATERIALS.clone()
}

/// Keys of a storage.
pub async fn keys(storage: &Storage, clock: &Clock) -> Keys {
    Keys::open(storage.clone(), clock.clone(), materials(), &Carried::default()).await.unwrap()
}

/// As a storage is opened that reads what is encrypted by [`keys`].
pub fn log_settings() -> flumen_storage::StorageSettings {
    let keys = Some(Arc::new(RecordKeys::new(materials())) as _);
    flumen_storage::StorageSettings { keys, ..flumen_storage::StorageSettings::default() }
}

/// A service that is called without a front.
pub struct Service {
    pub streams: Streams,
    pub keys: Keys,
    pub caller: Caller,
    pub clock: Clock,
    hand: ManualClock,
    disk: FaultyDisk,
    storage: Storage,
    settings: StreamsSettings,
}

/// A record as it was stored or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub key: String,
    pub data: Vec<u8>,
    pub number: String,
    pub arrival_ms: u64,
    pub is_encrypted: bool,
}

/// A shard as ListShards shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub index: u32,
    pub range: HashKeyRange,
    pub closed: bool,
    pub parents: Vec<u32>,
}

impl Service {
    /// Without quotas and limits, which tests of other things would meet all the time.
    pub async fn start() -> Self {
        Self::start_with(StreamsSettings::unlimited()).await
    }

    pub async fn start_with(settings: StreamsSettings) -> Self {
        Self::start_on(FaultyDisk::default(), settings).await
    }

    /// On what an earlier program left behind: commands, and before them a snapshot in its two records.
    pub async fn start_after(snapshot: Option<[&str; 2]>, commands: &[&str]) -> Self {
        let disk = FaultyDisk::default();
        let storage = open(&disk);
        let of_control = |index| LogId { group: 0, index };
        storage.create(&[of_control(0), of_control(1)]).unwrap();
        let kept =
            snapshot.iter().flatten().map(|text| (1, text)).chain(commands.iter().map(|text| (0, text)));
        for (index, text) in kept {
            let mut batch = BatchBuilder::with_capacity(text.len());
            batch.push(0, &[], text.as_bytes());
            let log = storage.log(of_control(index)).unwrap();
            let append = Append { log, time_ms: NOW_MS, batch: batch.finish() };
            storage.append(vec![append]).await.pop().unwrap().unwrap();
        }
        storage.close().await;
        Self::start_on(disk, StreamsSettings::unlimited()).await
    }

    async fn start_on(disk: FaultyDisk, settings: StreamsSettings) -> Self {
        let (clock, hand) = Clock::manual(NOW_MS);
        let storage = open(&disk);
        let keys = keys(&storage, &clock).await;
        let opened = Streams::open(storage.clone(), clock.clone(), seal(), keys.clone(), settings.clone());
        let streams = opened.await.unwrap();
        let caller = caller("000000000000");
        Service { streams, keys, caller, clock, hand, disk, storage, settings }
    }

    /// Under the service.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    pub fn advance_ms(&self, ms: u64) {
        self.hand.advance_ms(ms);
    }

    /// After which the log takes no more appends.
    pub fn fail_next_sync(&self) {
        self.disk.fail_next_sync();
    }

    /// The clock is set back, as clocks are.
    pub fn set_back_ms(&self, ms: u64) {
        self.hand.set_ms(self.clock.now_ms() - ms);
    }

    /// Stops and starts again on the same disk; a crash loses what was not synced.
    pub async fn restart(&mut self, crash: bool) {
        if crash {
            self.disk = self.disk.after_crash(Unsynced::Lost);
        }
        self.storage.close().await;
        self.storage = open(&self.disk);
        self.keys = keys(&self.storage, &self.clock).await;
        let (storage, clock, settings) = (self.storage.clone(), self.clock.clone(), self.settings.clone());
        self.streams = Streams::open(storage, clock, seal(), self.keys.clone(), settings).await.unwrap();
    }

    pub async fn create(&self, name: &str, shards: u32) {
        let input = CreateStreamInput {
            stream_name: name.to_owned().into(),
            shard_count: Some(shards as i32),
            ..Default::default()
        };
        self.streams.create_stream(&self.caller, &input).await.unwrap();
    }

    /// Puts in one request; answers with the shard that each record went to.
    pub async fn put(&self, name: &str, records: &[(String, Vec<u8>)]) -> Vec<(u32, Stored)> {
        let entry = |(key, data): &(String, Vec<u8>)| PutRecordsRequestEntry {
            data: Blob::Bytes(data.clone().into()),
            partition_key: Some(key.clone().into()),
            ..Default::default()
        };
        let input = PutRecordsInput {
            stream_name: Some(name.to_owned().into()),
            records: records.iter().map(entry).collect(),
            ..Default::default()
        };
        let (puts, is_encrypted) = self.streams.put_records(&self.caller, &input).await.unwrap();
        let stored = |((key, data), put): (&(String, Vec<u8>), Put)| match put {
            Put::Stored(flumen_streams::Stored { shard, number }) => {
                let (key, data, arrival_ms) = (key.clone(), data.clone(), self.clock.now_ms());
                (shard.index(), Stored { key, data, number: number.to_string(), arrival_ms, is_encrypted })
            }
            Put::Refused(error) => panic!("{error:?}"),
        };
        records.iter().zip(puts).map(stored).collect()
    }

    /// All shards that are kept, in pages of three.
    pub async fn shards(&self, name: &str) -> Vec<Listed> {
        let mut input = ListShardsInput { stream_name: Some(name.to_owned().into()), ..Default::default() };
        input.max_results = Some(3);
        let mut listed = Vec::new();
        loop {
            let output = self.streams.list_shards(&self.caller, &input).await.unwrap();
            for shard in output.shards.unwrap() {
                let range = &shard.hash_key_range;
                let key = |text: &str| HashKey::parse(text).unwrap();
                let id = |text: &str| ShardId::parse(text).unwrap().index();
                let parents = [&shard.parent_shard_id, &shard.adjacent_parent_shard_id];
                listed.push(Listed {
                    index: id(&shard.shard_id),
                    range: HashKeyRange {
                        start: key(&range.starting_hash_key),
                        end: key(&range.ending_hash_key),
                    },
                    closed: shard.sequence_number_range.ending_sequence_number.is_some(),
                    parents: parents.into_iter().flatten().map(|p| id(p)).collect(),
                });
            }
            let Some(token) = output.next_token else { return listed };
            input = ListShardsInput { next_token: Some(token.into_owned().into()), ..Default::default() };
            input.max_results = Some(3);
        }
    }

    pub async fn iterator(&self, name: &str, shard: u32, kind: ShardIteratorType) -> String {
        let input = GetShardIteratorInput {
            stream_name: Some(name.to_owned().into()),
            shard_id: format!("shardId-{shard:012}").into(),
            shard_iterator_type: kind,
            ..Default::default()
        };
        self.streams
            .get_shard_iterator(&self.caller, &input)
            .await
            .unwrap()
            .shard_iterator
            .unwrap()
            .into_owned()
    }

    /// Commands on the control log that no snapshot has made dispensable.
    pub fn control_commands(&self) -> u64 {
        let log = self.storage.log(LogId { group: 0, index: 0 }).expect("the control log");
        log.end() - log.start()
    }

    /// The changes on the control log that no snapshot has made dispensable, and their members.
    pub async fn control_changes(&self) -> Vec<(String, serde_json::Value)> {
        let log = self.storage.log(LogId { group: 0, index: 0 }).expect("the control log");
        let limit = ReadLimit { records: usize::MAX, bytes: usize::MAX };
        let blocks = log.read(log.start(), limit).await.unwrap();
        let commands = blocks.iter().flat_map(|block| block.records_from(log.start()));
        let change = |value: &[u8]| {
            let mut command: serde_json::Value = serde_json::from_slice(value).unwrap();
            let change = command["change"].as_object_mut().unwrap();
            let name = change.keys().next().unwrap().clone();
            let members = change.remove(&name).unwrap();
            (name, members)
        };
        commands.map(|record| change(record.value)).collect()
    }

    /// Everything that a shard holds, `limit` records at a time.
    pub async fn read(&self, name: &str, shard: u32, limit: i32) -> Vec<Stored> {
        let iterator = self.iterator(name, shard, ShardIteratorType::TrimHorizon).await;
        self.read_from(iterator, limit).await
    }

    /// What is there from an iterator on.
    pub async fn read_from(&self, mut iterator: String, limit: i32) -> Vec<Stored> {
        let mut read = Vec::new();
        loop {
            let input =
                GetRecordsInput { shard_iterator: iterator.into(), limit: Some(limit), ..Default::default() };
            let fetched = self.streams.get_records(&self.caller, &input, 10 << 20).await.unwrap();
            assert!(fetched.records.len() <= limit as usize);
            read.extend(fetched.records.records().map(|record| Stored {
                key: String::from_utf8(record.partition_key.unwrap().to_vec()).unwrap(),
                data: record.data.to_vec(),
                number: record.number.to_string(),
                arrival_ms: record.arrival_ms,
                is_encrypted: record.is_encrypted,
            }));
            assert_eq!(fetched.next_shard_iterator.is_none(), !fetched.child_shards.is_empty());
            match fetched.next_shard_iterator {
                Some(next) if !fetched.records.is_empty() || fetched.millis_behind_latest > 0 => {
                    iterator = next
                }
                // The end of an open shard, or of a closed one.
                _ => return read,
            }
        }
    }
}

/// A journal so small that opening it and all that it does are few calls.
pub fn storage(disk: &FaultyDisk) -> Result<Storage, flumen_storage::OpenError> {
    let settings = flumen_storage::StorageSettings {
        tail_bytes: 8 << 20,
        journal_bytes: Some(2 << 20),
        ..log_settings()
    };
    Storage::open_on(Arc::new(disk.clone()), settings)
}

/// Memory so small that journals fill, tails spill and segments roll all the time.
fn open(disk: &FaultyDisk) -> Storage {
    let settings = flumen_storage::StorageSettings {
        tail_bytes: 8 * 1024 * 1024,
        segment_bytes: 64 * 1024,
        ..log_settings()
    };
    Storage::open_on(Arc::new(disk.clone()), settings).unwrap()
}
