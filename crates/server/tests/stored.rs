//! Data directories as earlier versions wrote them: this one opens each, finds everything, and goes on. `stored/make.py`
//! made them, and says what is in the files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flumen_access::{Caller, Identities, Principal};
use flumen_audit::sums::{Retention, Sums};
use flumen_audit::trails::Trails;
use flumen_audit::{Audit, Carried};
use flumen_keys::{Counts, Keys, Materials};
use flumen_machine::{OwnBlockKeys, names};
use flumen_protocol::kinesis::{GetRecordsInput, GetShardIteratorInput, ShardIteratorType};
use flumen_protocol::{Encode, Encoding, decode, encode};
use flumen_seal::{RootKeySource, Seal};
use flumen_storage::Storage;
use flumen_streams::{Streams, StreamsSettings};
use flumen_tables::Tables;
use flumen_testkit::server::{Server, flumen};
use flumen_types::{Clock, ManualClock};
use md5::Digest as _;
use serde::Deserialize;
use serde_json::Value;

/// What one of them was, and what was in it.
#[derive(Deserialize)]
struct Stored {
    #[serde(skip)]
    name: String,
    /// When its server was stopped or killed.
    at_ms: u64,
    #[serde(default)]
    transition_ms: u64,
    streams: Vec<Asked>,
    tables: Vec<Asked>,
    records: Vec<Shard>,
    /// Records that were answered while the server was about to be killed: number, key, shard and MD5.
    #[serde(default)]
    acknowledged: Vec<[String; 4]>,
    /// By stream, the hours as they stood just before a stop.
    #[serde(default)]
    usage: BTreeMap<String, Vec<Value>>,
    files: Vec<StoredFile>,
}

#[derive(Deserialize)]
struct Asked {
    account: String,
    region: String,
    operation: String,
    input: String,
    output: String,
}

#[derive(Deserialize)]
struct Shard {
    account: String,
    region: String,
    stream: String,
    shard: String,
    records: Vec<Record>,
}

/// Number, key, arrival in milliseconds, MD5 of the data.
type Record = (String, String, u64, String);

#[derive(Deserialize)]
struct StoredFile {
    path: String,
    bytes: u64,
    /// Offsets, and what is there in base64; everything else is zeros.
    runs: Vec<(u64, String)>,
}

impl Stored {
    fn all() -> Vec<Stored> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored");
        let versions = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
        let files = versions
            .filter(|path| path.is_dir())
            .flat_map(|version| fs::read_dir(version).unwrap().map(|entry| entry.unwrap().path()));
        let mut all: Vec<Stored> = files.map(|path| Stored::read(&path)).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        assert!(all.len() >= 15);
        all
    }

    fn read(path: &Path) -> Stored {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut text).unwrap();
        let stored: Stored = serde_json::from_slice(&text).unwrap();
        let last = path.components().rev().take(2).map(|part| part.as_os_str().to_str().unwrap());
        Stored { name: last.collect::<Vec<_>>().join(" of version "), ..stored }
    }

    fn unpacked(&self) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for StoredFile { path, bytes, runs } in &self.files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = fs::File::create(path).unwrap();
            file.set_len(*bytes).unwrap();
            for (offset, run) in runs {
                let run = base64_simd::STANDARD.decode_to_vec(run).unwrap();
                file.write_all_at(&run[..run.len().min((bytes - offset) as usize)], *offset).unwrap();
            }
        }
        dir
    }
}

/// Earlier versions said so and encrypted nothing; this one does not say so any more.
fn says_encrypted(asked: &Asked) -> bool {
    asked.output.contains(r#""EncryptionType":"KMS""#)
}

fn unencrypted(mut answer: Value) -> Value {
    let summary = answer.get_mut("StreamDescriptionSummary").and_then(Value::as_object_mut);
    if let Some(summary) = summary {
        summary.remove("KeyId");
        summary.insert("EncryptionType".into(), "NONE".into());
    }
    answer
}

/// The services on a directory, at the time at which it was left.
struct Service {
    storage: Storage,
    streams: Streams,
    tables: Tables,
    hand: ManualClock,
}

impl Service {
    async fn open(dir: &Path, stored: &Stored) -> Service {
        let (clock, hand) = Clock::manual(stored.at_ms);
        let settings =
            StreamsSettings { transition_ms: stored.transition_ms, ..StreamsSettings::unlimited() };
        let seal = Seal::of_directory(dir, &RootKeySource::Directory, false).unwrap();
        let keys = Some(Arc::new(OwnBlockKeys::new(seal.clone())) as _);
        let of_log = flumen_storage::StorageSettings { keys, ..flumen_storage::StorageSettings::default() };
        let storage = Storage::open(&dir.join("log"), of_log).unwrap();
        let identities = Identities::open(storage.clone(), clock.clone(), seal.clone()).await.unwrap();
        assert!(!identities.is_initialised(), "{}: nobody was there", stored.name);
        // Nobody audited it; its logs are made now.
        let (carried, kept) = (Carried::default(), Retention { age_ms: u64::MAX, bytes: u64::MAX });
        let of_audit = flumen_audit::AuditSettings::default();
        Audit::open(storage.clone(), clock.clone(), seal.clone(), carried.clone(), of_audit).await.unwrap();
        Sums::open(&storage, seal.clone(), kept, stored.at_ms).await.unwrap();
        Trails::open(storage.clone(), clock.clone(), &carried).await.unwrap();
        let keys = Keys::open(storage.clone(), clock.clone(), Materials::in_memory(seal.clone()), &carried);
        let keys = keys.await.unwrap();
        assert_eq!(keys.counts(), Counts::default(), "{}: nobody had keys", stored.name);
        let streams = Streams::open(storage.clone(), clock.clone(), seal, keys, settings).await.unwrap();
        let settings = flumen_tables::TablesSettings::new(64 << 20);
        let tables = Tables::open(storage.clone(), clock, settings).await.unwrap();
        Service { storage, streams, tables, hand }
    }

    async fn close(self) {
        self.streams.save_usage().await.unwrap();
        self.tables.close().await;
        self.storage.close().await;
    }

    async fn holds(&self, stored: &Stored) {
        for asked in &stored.streams {
            let (Asked { operation, input, .. }, name) = (asked, &stored.name);
            let answer: Value = serde_json::from_str(&self.answer(asked).await).unwrap();
            let wanted: Value = serde_json::from_str(&asked.output).unwrap();
            assert_eq!(answer, unencrypted(wanted), "{name}: {operation} {input}");
        }
        for asked in &stored.tables {
            let caller = caller(&asked.account, &asked.region);
            let answer = self.tables.call(&caller, &asked.operation, asked.input.as_bytes()).await;
            let [wanted, answer] = [&asked.output, &answer.body].map(|body| without_now(body));
            assert_eq!(answer, wanted, "{}: {} {}", stored.name, asked.operation, asked.input);
        }
        for shard in &stored.records {
            let found = self.records(shard).await;
            let context = format!("{}: {} {}", stored.name, shard.stream, shard.shard);
            if stored.acknowledged.is_empty() {
                assert_eq!(found, shard.records, "{context}");
                continue;
            }
            // More was written before the kill, the last of it perhaps without an answer.
            assert_eq!(found[..shard.records.len()], shard.records, "{context}");
            for [number, key, _, md5] in stored.acknowledged.iter().filter(|record| record[2] == shard.shard)
            {
                let is_it = |record: &&Record| record.0 == *number;
                let record =
                    found.iter().find(is_it).unwrap_or_else(|| panic!("{context}: {number} is lost"));
                assert_eq!((&record.1, &record.3), (key, md5), "{context}");
            }
        }
        self.used(stored).await;
    }

    async fn answer(&self, asked: &Asked) -> String {
        fn json(output: &impl Encode) -> String {
            let mut bytes = Vec::new();
            encode(Encoding::Json, output, &mut bytes);
            String::from_utf8(bytes).unwrap()
        }
        let (caller, input, streams) =
            (caller(&asked.account, &asked.region), asked.input.as_bytes(), &self.streams);
        macro_rules! ask {
            ($($name:literal => $call:ident,)*) => {
                match asked.operation.as_str() {
                    $($name => {
                        let input = decode(Encoding::Json, input).unwrap();
                        json(&streams.$call(&caller, &input).await.unwrap())
                    })*
                    other => panic!("{other}"),
                }
            };
        }
        ask! {
            "DescribeStreamSummary" => describe_stream_summary,
            "ListShards" => list_shards,
            "ListTagsForStream" => list_tags_for_stream,
            "ListStreamConsumers" => list_stream_consumers,
            "GetResourcePolicy" => get_resource_policy,
        }
    }

    async fn records(&self, shard: &Shard) -> Vec<Record> {
        let caller = caller(&shard.account, &shard.region);
        let input = GetShardIteratorInput {
            stream_name: Some(shard.stream.as_str().into()),
            shard_id: shard.shard.as_str().into(),
            shard_iterator_type: ShardIteratorType::TrimHorizon,
            ..Default::default()
        };
        let mut iterator = self.streams.get_shard_iterator(&caller, &input).await.unwrap().shard_iterator;
        let mut found = Vec::new();
        while let Some(shard_iterator) = iterator {
            let input = GetRecordsInput { shard_iterator, ..Default::default() };
            let fetched = self.streams.get_records(&caller, &input, 10 << 20).await.unwrap();
            found.extend(fetched.records.records().map(|record| {
                let md5 = md5::Md5::digest(record.data);
                let md5 = md5.iter().map(|byte| format!("{byte:02x}")).collect();
                let key = String::from_utf8(record.partition_key.unwrap().to_vec()).unwrap();
                (record.number.to_string(), key, record.arrival_ms, md5)
            }));
            let more = !fetched.records.is_empty() || fetched.millis_behind_latest > 0;
            iterator = fetched.next_shard_iterator.filter(|_| more).map(Into::into);
        }
        found
    }

    /// The hours that were over are as they were; the one that ran may have got longer.
    async fn used(&self, stored: &Stored) {
        let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let visit = |row: flumen_streams::metering::usage::UsageRow| {
            rows.entry(row.stream.clone()).or_default().push(serde_json::to_value(row).unwrap());
        };
        self.streams.usage(0, visit).await.unwrap();
        for (stream, wanted) in &stored.usage {
            let (found, context) = (&rows[stream], format!("{}: {stream}", stored.name));
            let (ran, over) = wanted.split_last().unwrap();
            assert_eq!(found[..over.len()], *over, "{context}");
            for used in ["incoming_records", "incoming_bytes", "payload_units"] {
                assert_eq!(found[over.len()]["used"][used], ran["used"][used], "{context}: {used}");
            }
        }
    }
}

/// An answer but for the time at which it was given.
fn without_now(body: &str) -> Value {
    let mut answer: Value = serde_json::from_str(body).unwrap();
    let now = "/ContinuousBackupsDescription/PointInTimeRecoveryDescription/LatestRestorableDateTime";
    answer.pointer_mut(now).into_iter().for_each(|now| *now = Value::Null);
    answer
}

fn caller(account: &str, region: &str) -> Caller {
    Caller::new(Arc::new(Principal::root(account)), region)
}

fn files_of(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap()) {
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(files_of(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files
}

/// Token keys in clear, as commands and snapshots had them, with the files that hold them.
fn clear_keys(dir: &Path) -> Vec<String> {
    // A server that runs gives files up.
    let files = files_of(dir).into_iter().filter_map(|path| Some((fs::File::open(&path).ok()?, path)));
    clear_keys_in(&mut files.collect::<Vec<_>>())
}

/// The same in files that may have no name any more.
fn clear_keys_in(files: &mut [(fs::File, PathBuf)]) -> Vec<String> {
    let mut keys = Vec::new();
    for (file, path) in files {
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        for at in memchr::memmem::find_iter(&bytes, b"key\":\"") {
            let digits = bytes.get(at + 6..at + 70).unwrap_or_default();
            if digits.len() == 64
                && digits.iter().all(u8::is_ascii_hexdigit)
                && digits.iter().any(|&d| d != b'0')
            {
                keys.push(format!("{}: {}", path.display(), String::from_utf8_lossy(digits)));
            }
        }
    }
    keys
}

/// Files and directories that others have rights to.
fn open_to_others(dir: &Path) -> Vec<PathBuf> {
    let all =
        files_of(dir).into_iter().flat_map(|file| file.ancestors().map(Path::to_owned).collect::<Vec<_>>());
    let others = |path: &PathBuf| fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0);
    all.filter(|path| path.starts_with(dir)).filter(others).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stored_directory_is_opened_and_holds_what_it_held() {
    for stored in Stored::all() {
        let dir = stored.unpacked();
        let checked = flumen(&["check", text(dir.path())]);
        assert_eq!(checked.status, Some(0), "{}: {checked:?}", stored.name);
        assert!(!checked.stdout.contains('{'), "{}: words for people: {checked:?}", stored.name);
        // The second time as this version has left it.
        for time in 0..2 {
            let service = Service::open(dir.path(), &stored).await;
            let services = service.storage.logs().into_iter().filter(|id| id.group == names::GROUP);
            assert!(services.eq(names::ALL.map(|(id, _)| id)), "each log of group 0 has an owner");
            // What is trimmed may be there again at the next start, and of version 3 on tables are as they are today.
            let tables = (!stored.name.ends_with('3')).then_some(names::TABLES.commands);
            for commands in [Some(names::CONTROL.commands), tables].iter().flatten().filter(|_| time == 0) {
                let log = service.storage.log(*commands).unwrap();
                // Behind it comes what takes the setting of encryption away.
                let is_control = *commands == names::CONTROL.commands;
                let dropped =
                    stored.streams.iter().filter(|asked| is_control && says_encrypted(asked)).count();
                let behind = log.end() - log.start();
                assert_eq!(behind, dropped as u64, "{}: a snapshot of this version holds all", stored.name);
            }
            service.holds(&stored).await;
            service.close().await;
            let checked = flumen(&["check", text(dir.path())]);
            assert_eq!(checked.status, Some(0), "{}: {checked:?}", stored.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_reshard_is_carried_out_when_it_is_due() {
    let all = Stored::all();
    for stored in all.iter().filter(|stored| stored.transition_ms > 0) {
        carry_out(stored).await;
    }
}

async fn carry_out(stored: &Stored) {
    let dir = stored.unpacked();
    let service = Service::open(dir.path(), stored).await;
    let shards = async || {
        let asked = stored.streams.iter().find(|asked| asked.operation == "ListShards").unwrap();
        let listed: Value = serde_json::from_str(&service.answer(asked).await).unwrap();
        listed["Shards"].as_array().unwrap().clone()
    };
    service.streams.keep_house().await.unwrap();
    assert_eq!(shards().await.len(), 2, "it is not due");
    service.hand.advance_ms(stored.transition_ms);
    service.streams.keep_house().await.unwrap();
    let shards = shards().await;
    let parents: Vec<&str> = shards.iter().filter_map(|shard| shard["ParentShardId"].as_str()).collect();
    assert_eq!(parents, ["shardId-000000000000"; 2], "{shards:?}");
    for shard in &stored.records {
        assert_eq!(service.records(shard).await, shard.records, "{}", shard.shard);
    }
    service.close().await;
}

#[test]
fn the_program_starts_on_every_stored_directory_and_goes_on() {
    for stored in Stored::all() {
        let dir = stored.unpacked();
        assert!(!clear_keys(dir.path()).is_empty(), "{}: this would find them", stored.name);
        let open = |path: PathBuf| (fs::File::open(&path).unwrap(), path);
        let mut held: Vec<(fs::File, PathBuf)> = files_of(dir.path()).into_iter().map(open).collect();
        let server = Server::start_with(&["--data-dir", text(dir.path())]);
        assert_eq!(clear_keys(dir.path()), Vec::<String>::new(), "{}", stored.name);
        assert_eq!(clear_keys_in(&mut held), Vec::<String>::new(), "{}: in what was removed", stored.name);
        assert_eq!(fs::read_to_string(dir.path().join("log/FORMAT")).unwrap(), "flumen-storage 6\n");
        assert_eq!(open_to_others(dir.path()), Vec::<PathBuf>::new(), "{}", stored.name);
        let mut wanted: Vec<&str> = (stored.records.iter())
            .filter(|shard| shard.account == "000000000000")
            .map(|shard| shard.stream.as_str())
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let listed = server.run(&["streams", "--json"]).json();
        let names: Vec<&str> = listed.iter().map(|stream| stream["name"].as_str().unwrap()).collect();
        assert_eq!(names, wanted, "{}", stored.name);
        for name in names {
            server.run(&["put", name, "--data", "more"]).lines();
            let since = ["tail", name, "--since", "1h", "--no-follow"];
            assert!(server.run(&since).lines().contains(&"more"), "{}", stored.name);
        }
        server.stop();
        assert_eq!(clear_keys(dir.path()), Vec::<String>::new(), "{}", stored.name);
        let backups = tempfile::tempdir().unwrap();
        let told = flumen(&["backup", "--json", text(dir.path()), text(backups.path())]).json().remove(0);
        flumen(&["check", told["path"].as_str().unwrap()]).lines();
    }
}
