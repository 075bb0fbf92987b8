//! A key of KMS that is deleted takes with it what it has encrypted: in every file of a data directory, journal files that went round
//! included, nothing of the records is left that anybody could read, and no sealed copy of the key's material.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flumen_access::Caller;
use flumen_keys::{Keys, Materials, NewKey, RecordKeys};
use flumen_machine::{Carried, OwnBlockKeys, names};
use flumen_protocol::kinesis::{
    CreateStreamInput, EncryptionType, GetRecordsCode, GetRecordsInput, GetShardIteratorInput,
    IncreaseStreamRetentionPeriodInput, PutRecordInput, PutRecordsInput, PutRecordsRequestEntry,
    ShardIteratorType, StartStreamEncryptionInput,
};
use flumen_protocol::{Blob, Refusal as _};
use flumen_seal::{RootKeySource, Seal};
use flumen_storage::{
    Backup, BlockKey, BlockKeyError, BlockKeys, LogId, Storage, StorageSettings, WrappedKey,
};
use flumen_streams::{Streams, StreamsSettings};
use flumen_testkit::service;
use flumen_types::{Clock, ManualClock};

const DAYS_8_MS: u64 = 8 * 24 * 3600 * 1000;
/// Bytes of a sealed piece of material: identity of the data key, nonce, 32 bytes, tag.
const SEALED_MATERIAL_BYTES: usize = 8 + 12 + 32 + 16;

#[derive(Debug)]
struct AllKeys(OwnBlockKeys, RecordKeys);

impl BlockKeys for AllKeys {
    fn sealing(&self, log: LogId) -> Result<Option<Arc<BlockKey>>, BlockKeyError> {
        self.0.sealing(log)
    }

    fn opening(&self, log: LogId, wrapped: &WrappedKey) -> Result<Arc<BlockKey>, BlockKeyError> {
        if log.group == names::GROUP { self.0.opening(log, wrapped) } else { self.1.opening(log, wrapped) }
    }
}

/// The services of a directory, as the server opens them, at a time that tests move.
struct Opened {
    seal: Seal,
    storage: Storage,
    keys: Keys,
    streams: Streams,
    hand: ManualClock,
    caller: Caller,
}

impl Opened {
    async fn on(dir: &Path, now_ms: u64) -> Opened {
        let is_sealed = flumen_storage::is_sealed(&dir.join("log")).unwrap();
        let seal = Seal::of_directory(dir, &RootKeySource::Directory, is_sealed).unwrap();
        let materials = Materials::of_directory(&dir.join("keys"), seal.clone()).unwrap();
        let all = AllKeys(OwnBlockKeys::new(seal.clone()), RecordKeys::new(materials.clone()));
        // So small that all kinds of files are there soon.
        let settings = StorageSettings {
            tail_bytes: 4 << 20,
            segment_bytes: 256 << 10,
            keys: Some(Arc::new(all)),
            ..StorageSettings::default()
        };
        let storage = Storage::open(&dir.join("log"), settings).unwrap();
        let (clock, hand) = Clock::manual(now_ms);
        let carried = Carried::default();
        let keys = Keys::open(storage.clone(), clock.clone(), materials, &carried).await.unwrap();
        let settings = StreamsSettings::unlimited();
        let streams = Streams::open(storage.clone(), clock, seal.clone(), keys.clone(), settings);
        let caller = service::caller("000000000000");
        Opened { streams: streams.await.unwrap(), seal, storage, keys, hand, caller }
    }

    async fn create(&self, name: &str, key: Option<&str>) {
        let input = CreateStreamInput {
            stream_name: name.to_owned().into(),
            shard_count: Some(1),
            ..Default::default()
        };
        self.streams.create_stream(&self.caller, &input).await.unwrap();
        let input = IncreaseStreamRetentionPeriodInput {
            stream_name: Some(name.to_owned().into()),
            retention_period_hours: 8760,
            ..Default::default()
        };
        self.streams.increase_stream_retention_period(&self.caller, &input).await.unwrap();
        let Some(key) = key else { return };
        let input = StartStreamEncryptionInput {
            stream_name: Some(name.to_owned().into()),
            encryption_type: EncryptionType::Kms,
            key_id: key.to_owned().into(),
            ..Default::default()
        };
        self.streams.start_stream_encryption(&self.caller, &input).await.unwrap();
    }

    /// Many small ones and some that are large.
    async fn fill(&self, name: &str, from: usize) {
        for n in from..from + 300 {
            let (partition_key, data) = record(name, n);
            let input = PutRecordInput {
                stream_name: Some(name.to_owned().into()),
                data: Blob::Bytes(data.into_bytes().into()),
                partition_key: Some(partition_key.into()),
                ..Default::default()
            };
            self.streams.put_record(&self.caller, &input).await.unwrap();
        }
        for n in 0..40 {
            let (partition_key, data) = record(name, n);
            let entry = PutRecordsRequestEntry {
                data: Blob::Bytes(data.repeat(800).into_bytes().into()),
                partition_key: Some(partition_key.into()),
                ..Default::default()
            };
            let input = PutRecordsInput {
                stream_name: Some(name.to_owned().into()),
                records: vec![entry; 20],
                ..Default::default()
            };
            self.streams.put_records(&self.caller, &input).await.unwrap();
        }
    }

    async fn read(&self, name: &str) -> Result<usize, GetRecordsCode> {
        let input = GetShardIteratorInput {
            stream_name: Some(name.to_owned().into()),
            shard_id: "shardId-000000000000".into(),
            shard_iterator_type: ShardIteratorType::TrimHorizon,
            ..Default::default()
        };
        let at = self.streams.get_shard_iterator(&self.caller, &input).await.unwrap().shard_iterator;
        let input = GetRecordsInput { shard_iterator: at.unwrap().into_owned().into(), ..Default::default() };
        let fetched = self.streams.get_records(&self.caller, &input, 10 << 20).await;
        fetched.map(|fetched| fetched.records.len()).map_err(|error| error.code())
    }

    async fn close(self) {
        self.keys.close().await;
        self.streams.save_usage().await.unwrap();
        self.storage.close().await;
    }
}

/// Partition key and data, which nothing else has.
fn record(name: &str, n: usize) -> (String, String) {
    (format!("partition-key-of-{name}-{n}"), format!("<data of {name} number {n}>"))
}

fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            // Unless it was renamed meanwhile.
            false => found.extend(fs::read(&path).ok().map(|content| (path, content))),
        }
    }
    found
}

fn holders(dir: &Path, wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, content) in files(dir) {
        for wanted in wanted {
            if memchr::memmem::find(&content, wanted.as_bytes()).is_some() {
                found.push(format!("{} holds {wanted}", path.display()));
            }
        }
    }
    found
}

/// How often bytes that are sealed for one of these places are in a file, wherever they begin.
fn sealed_copies(dir: &Path, seal: &Seal, places: &[String]) -> usize {
    // Whatever is sealed begins with the id of the directory's one data key; other bytes do not open, and trying them takes long.
    let id = seal.seal_uncounted("id", b"of the data key").unwrap()[..8].to_vec();
    let tried = files(dir).into_iter().map(|(_, content)| {
        let begins = memchr::memmem::find_iter(&content, &id);
        let bytes = begins.filter_map(|at| content.get(at..at + SEALED_MATERIAL_BYTES));
        bytes.filter(|bytes| places.iter().any(|place| seal.open(place, bytes).is_ok())).count()
    });
    tried.sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_key_takes_its_records_with_it() {
    let place = tempfile::tempdir().unwrap();
    let (dir, copy) = (place.path().join("data"), place.path().join("copy"));
    fs::create_dir(&dir).unwrap();
    let opened = Opened::on(&dir, service::NOW_MS).await;
    let keys = &opened.keys;
    let lost = keys.create_key(&opened.caller, &NewKey::default()).await.unwrap().arn.clone();
    keys.rotate_on_demand(&opened.caller, &lost.to_string()).await.unwrap();
    let kept = keys.create_key(&opened.caller, &NewKey::default()).await.unwrap().arn.clone();
    opened.create("lost", Some(&lost.to_string())).await;
    opened.create("kept", Some(&kept.to_string())).await;
    opened.create("clear", None).await;
    for name in ["lost", "kept", "clear"] {
        opened.fill(name, 0).await;
    }
    opened.close().await;
    // Once more, so that there is a journal beside segments, and files that went round.
    let opened = Opened::on(&dir, service::NOW_MS + 1).await;
    for name in ["lost", "kept", "clear"] {
        opened.fill(name, 300).await;
    }
    let described = opened.keys.describe_key(&opened.caller, &lost.to_string(), &[]).await.unwrap();
    let materials = described.materials.iter().map(|material| format!("keys/{lost}/{}", material.id));
    let materials: Vec<String> = materials.collect();
    assert_eq!(materials.len(), 2);
    assert_eq!(
        sealed_copies(&dir, &opened.seal, &materials),
        2,
        "each piece is in its file, and nowhere else"
    );
    fs::create_dir(&copy).unwrap();
    Backup::begin(&dir.join("log"), &copy.join("log"), None).unwrap().finish().unwrap();
    for name in ["keys", "data.keys", "root.key"] {
        copy_all(&dir.join(name), &copy.join(name));
    }

    opened.keys.schedule_deletion(&opened.caller, &lost.to_string(), 7).await.unwrap();
    assert_eq!(opened.read("lost").await, Err(GetRecordsCode::KMSInvalidStateException));
    opened.hand.advance_ms(DAYS_8_MS);
    opened.keys.keep_house().await;
    assert_eq!(
        opened.read("lost").await,
        Err(GetRecordsCode::KMSNotFoundException),
        "also what is in memory"
    );
    opened.close().await;

    let texts =
        |name: &str| [record(name, 7).0, record(name, 299).1, record(name, 599).1, record(name, 12).1];
    for name in ["lost", "kept"] {
        let texts = texts(name);
        assert_eq!(holders(&dir, &texts.each_ref().map(|text| &**text)), Vec::<String>::new());
    }
    let clear = texts("clear");
    assert!(
        holders(&dir, &clear.each_ref().map(|text| &**text)).len() >= 4,
        "the search finds what is in clear"
    );
    let opened = Opened::on(&dir, service::NOW_MS + DAYS_8_MS).await;
    assert_eq!(sealed_copies(&dir, &opened.seal, &materials), 0, "no copy of the material opens");
    assert_eq!(opened.read("lost").await, Err(GetRecordsCode::KMSNotFoundException));
    assert!(opened.read("kept").await.unwrap() > 300 && opened.read("clear").await.unwrap() > 300);
    opened.close().await;

    // A backup from before brings the key back, and what it has encrypted.
    let restored = Opened::on(&copy, service::NOW_MS + 2).await;
    assert!(restored.read("lost").await.unwrap() > 300);
    restored.close().await;
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy_all(&entry.path(), &to.join(entry.file_name()));
    }
}
