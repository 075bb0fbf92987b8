//! Each I/O in the life of an encrypted stream fails in turn, in each way, and the power goes. Whatever was answered is there
//! afterwards, and says of itself what it was answered with; nothing that was answered to be encrypted is on the disk in clear.

use std::path::PathBuf;
use std::sync::Arc;

use flumen_keys::{KINESIS_ALIAS, Keys, Materials, NewKey, RecordKeys};
use flumen_machine::Carried;
use flumen_protocol::kinesis::{
    CreateStreamInput, EncryptionType, GetRecordsInput, GetShardIteratorInput, PutRecordInput,
    ShardIteratorType, StartStreamEncryptionInput, StopStreamEncryptionInput,
};
use flumen_protocol::{Blob, Fault as Refusal};
use flumen_storage::{Storage, read_file};
use flumen_streams::{Streams, StreamsSettings};
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced, every_call};
use flumen_testkit::service::{self, NOW_MS};
use flumen_types::Clock;

/// All in files of one disk.
struct Opened {
    storage: Storage,
    keys: Keys,
    streams: Streams,
}

impl Opened {
    async fn on(disk: &FaultyDisk) -> Option<Opened> {
        let materials = Materials::on(Arc::new(disk.clone()), PathBuf::from("keys"), service::seal());
        let settings = flumen_storage::StorageSettings {
            tail_bytes: 8 << 20,
            journal_bytes: Some(2 << 20),
            keys: Some(Arc::new(RecordKeys::new(materials.clone()))),
            ..flumen_storage::StorageSettings::default()
        };
        let storage = Storage::open_on(Arc::new(disk.clone()), settings).ok()?;
        let clock = Clock::manual(NOW_MS).0;
        let keys = Keys::open(storage.clone(), clock.clone(), materials, &Carried::default()).await.ok()?;
        let settings = StreamsSettings::unlimited();
        let streams = Streams::open(storage.clone(), clock, service::seal(), keys.clone(), settings);
        Some(Opened { streams: streams.await.ok()?, storage, keys })
    }

    async fn put(&self, n: usize, answered: &mut Answered) -> Result<(), Refusal> {
        let data = format!("what record {n} holds");
        let input = PutRecordInput {
            stream_name: Some("s".into()),
            data: Blob::Bytes(data.clone().into_bytes().into()),
            partition_key: Some(format!("key of {data}").into()),
            ..Default::default()
        };
        let (_, is_encrypted) = self.streams.put_record(&caller(), &input).await?;
        answered.push((data, is_encrypted));
        Ok(())
    }

    async fn encrypt(&self, by: Option<&str>) -> Result<(), Refusal> {
        let (stream_name, encryption_type) = (Some("s".into()), EncryptionType::Kms);
        let key_id = by.unwrap_or(KINESIS_ALIAS).to_owned().into();
        if by.is_some() {
            let input =
                StartStreamEncryptionInput { stream_name, encryption_type, key_id, ..Default::default() };
            Ok(self.streams.start_stream_encryption(&caller(), &input).await?)
        } else {
            let input =
                StopStreamEncryptionInput { stream_name, encryption_type, key_id, ..Default::default() };
            Ok(self.streams.stop_stream_encryption(&caller(), &input).await?)
        }
    }

    async fn read(&self) -> Result<Answered, Refusal> {
        let input = GetShardIteratorInput {
            stream_name: Some("s".into()),
            shard_id: "shardId-000000000000".into(),
            shard_iterator_type: ShardIteratorType::TrimHorizon,
            ..Default::default()
        };
        let at = self.streams.get_shard_iterator(&caller(), &input).await?.shard_iterator.unwrap();
        let input = GetRecordsInput { shard_iterator: at.into_owned().into(), ..Default::default() };
        let fetched = self.streams.get_records(&caller(), &input, 1 << 20).await?;
        let text = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap();
        Ok(fetched.records.records().map(|record| (text(record.data), record.is_encrypted)).collect())
    }
}

fn caller() -> flumen_access::Caller {
    service::caller("000000000000")
}

/// What each record holds, and whether it was answered to be encrypted.
type Answered = Vec<(String, bool)>;

/// Over a restart, for as long as there is an answer.
async fn workload(disk: &FaultyDisk, answered: &mut Answered) -> Option<()> {
    for round in 0..2 {
        let opened = Opened::on(disk).await?;
        if round == 0 {
            let input =
                CreateStreamInput { stream_name: "s".into(), shard_count: Some(1), ..Default::default() };
            opened.streams.create_stream(&caller(), &input).await.ok()?;
        }
        opened.put(10 * round, answered).await.ok()?;
        let key = opened.keys.create_key(&caller(), &NewKey::default()).await.ok()?.arn.to_string();
        opened.encrypt(Some(&key)).await.ok()?;
        opened.put(10 * round + 1, answered).await.ok()?;
        opened.encrypt(None).await.ok()?;
        opened.put(10 * round + 2, answered).await.ok()?;
        opened.encrypt(Some(KINESIS_ALIAS)).await.ok()?;
        opened.put(10 * round + 3, answered).await.ok()?;
        opened.keys.close().await;
        opened.storage.close().await;
    }
    Some(())
}

async fn verify(disk: &FaultyDisk, answered: &Answered, context: &str) {
    let opened = Opened::on(disk).await.unwrap_or_else(|| panic!("{context}: it does not open"));
    if !answered.is_empty() {
        let read = opened.read().await.unwrap_or_else(|fault| panic!("{context}: {fault:?}"));
        let found: Vec<_> = read.iter().filter(|record| answered.contains(record)).collect();
        assert_eq!(found, answered.iter().collect::<Vec<_>>(), "{context}: each once, in order");
    }
    opened.storage.close().await;
}

fn nothing_in_clear(disk: &FaultyDisk, answered: &Answered, context: &str) {
    for (path, bytes) in disk.files() {
        let content = read_file(disk, &path, bytes as usize).unwrap();
        for (data, is_encrypted) in answered {
            let data = data.as_bytes();
            let is_there = content.windows(data.len()).any(|window| window == data);
            assert!(!(is_there && *is_encrypted), "{context}: {data:?} is in {}", path.display());
        }
    }
}

/// Its key is disabled when it would go on.
#[tokio::test]
async fn what_is_put_off_ends_as_soon_as_the_stream_is_not_encrypted_any_more() {
    let disk = FaultyDisk::default();
    let opened = Opened::on(&disk).await.unwrap();
    let input = CreateStreamInput { stream_name: "s".into(), shard_count: Some(1), ..Default::default() };
    opened.streams.create_stream(&caller(), &input).await.unwrap();
    opened.put(0, &mut Answered::new()).await.unwrap();
    let key = opened.keys.create_key(&caller(), &NewKey::default()).await.unwrap().arn.to_string();
    opened.encrypt(Some(&key)).await.unwrap();
    let (streams, realm) = (&opened.streams, caller().realm().clone());
    assert!(streams.rekey(&caller(), &realm, "s").await.unwrap().since_ms.is_some());
    opened.keys.disable_key(&caller(), &key).await.unwrap();
    let keeper = tokio::spawn(opened.streams.clone().housekeeper());
    let put_off =
        || streams.rekeyed(&realm, "s").unwrap().failure.is_some_and(|text| text.contains("disabled"));
    until("it is put off", put_off).await;
    opened.encrypt(None).await.unwrap();
    until("it ends", || streams.rekeyed(&realm, "s").unwrap().since_ms.is_none()).await;
    keeper.abort();
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..1000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{what}: not within ten seconds");
}

/// Of so many calls the one at this place.
type Which = (u64, u64);
const ALL: Which = (1, 0);

fn every_call_fails_with(fault: Fault, unsynced: impl Fn(u64) -> Unsynced + Sync, (of, place): Which) -> u64 {
    every_call(|nth| {
        let nth = of * nth + place;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (disk, context) = (FaultyDisk::failing_at(nth, fault), format!("{fault:?} at call {nth}"));
        runtime.block_on(async {
            let mut answered = Answered::new();
            let done = workload(&disk, &mut answered).await;
            let tripped = disk.tripped();
            assert!(tripped || done.is_some(), "{context}: it fails without a fault");
            disk.cut_power();
            let disk = disk.after_crash(unsynced(nth));
            nothing_in_clear(&disk, &answered, &context);
            for _ in 0..2 {
                verify(&disk, &answered, &context).await;
            }
            if done.is_some() {
                assert_eq!(answered.iter().filter(|(_, is_encrypted)| *is_encrypted).count(), 5, "{context}");
            }
            tripped
        })
    })
}

#[test]
fn whatever_fails_what_was_answered_is_there_as_it_was_answered() {
    let calls = every_call_fails_with(Fault::Error, |_| Unsynced::Lost, (2, 0));
    assert!(calls > 30, "{calls} calls");
    every_call_fails_with(Fault::PowerLoss, Unsynced::Mixed, (2, 1));
}

/// Takes longer than tests that run every time may.
#[test]
#[ignore = "takes minutes"]
fn whatever_fails_in_whichever_way() {
    for fault in [Fault::Error, Fault::Short, Fault::Torn, Fault::PowerLoss] {
        every_call_fails_with(fault, |_| Unsynced::Lost, ALL);
        every_call_fails_with(fault, |_| Unsynced::Kept, ALL);
        every_call_fails_with(fault, Unsynced::Mixed, ALL);
    }
}
