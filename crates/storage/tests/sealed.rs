//! Logs that lie sealed: nothing of them is on disk in clear, each file can be read without the others, and what cannot be opened
//! is named.

mod common;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use common::*;
use flumen_storage::{
    AppendError, Backup, Log, ReadError, ReadLimit, Storage, StorageSettings, check, check_with,
};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};

const SECRET: &[u8] = b"what nobody may read";

fn open(disk: &FaultyDisk, keys: &Arc<TestKeys>) -> Storage {
    open_with(disk, StorageSettings { keys: Some(keys.clone()), ..tiny() })
}

fn open_with(disk: &FaultyDisk, settings: StorageSettings) -> Storage {
    Storage::open_on(Arc::new(disk.clone()), settings).unwrap()
}

/// A record that says its place, and something to look for.
fn secret(n: u64) -> Vec<u8> {
    let mut value = format!("{n} ").into_bytes();
    value.extend_from_slice(SECRET);
    value.resize(300 + 7 * n as usize % 200, b'.');
    value
}

async fn fill(storage: &Storage, index: u32, records: u64) -> Log {
    storage.create(&[id(index)]).unwrap();
    let log = storage.log(id(index)).unwrap();
    for _ in 0..records {
        let n = log.end();
        append_patiently(storage, &log, n, &secret(n)).await;
    }
    log
}

fn holds(disk: &FaultyDisk, wanted: &[u8]) -> usize {
    let files = disk.files().into_iter();
    files.filter(|(file, _)| bytes_of(disk, file).windows(wanted.len()).any(|bytes| bytes == wanted)).count()
}

async fn reads_all(log: &Log, records: u64) {
    let seen = read_all(log).await;
    assert_eq!(seen.len() as u64, records - log.start());
    assert!(seen.iter().all(|(at, time_ms, value)| at == time_ms && *value == secret(*at)));
    // One by one, too.
    for position in (log.start()..records).step_by(5) {
        let blocks = log.read(position, ReadLimit { records: 1, bytes: usize::MAX }).await.unwrap();
        assert_eq!(blocks[0].records_from(position).next().unwrap().value, secret(position));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_on_disk_in_clear_and_all_comes_back() {
    let (disk, keys) = (FaultyDisk::default(), Arc::new(TestKeys::default()));
    let storage = open(&disk, &keys);
    let log = fill(&storage, 1, 120).await;
    reads_all(&log, 120).await;
    assert!(disk.files().iter().any(|(file, _)| file.starts_with("logs/7")), "some went to segments");
    assert_eq!(holds(&disk, SECRET), 0);
    // What a crash leaves in the journal, and then what a clean end leaves in segments.
    drop(log);
    let disk = disk.after_crash(Unsynced::Kept);
    let storage = open(&disk, &keys);
    reads_all(&storage.log(id(1)).unwrap(), 120).await;
    let log = fill(&storage, 1, 30).await;
    reads_all(&log, 150).await;
    storage.close().await;
    drop((storage, log));
    let storage = open(&disk, &keys);
    reads_all(&storage.log(id(1)).unwrap(), 150).await;
    assert_eq!(holds(&disk, SECRET), 0);
    // Which is how it would be seen.
    let log = fill(&storage, 2, 1).await;
    reads_all(&log, 1).await;
    assert_eq!(holds(&disk, SECRET), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_stays_as_a_segment_has_the_keys_of_its_blocks() {
    let (disk, keys) = (FaultyDisk::default(), Arc::new(TestKeys::default()));
    let settings = || StorageSettings {
        large_block_bytes: 0,
        journal_bytes: Some(64 * 1024),
        tail_bytes: 24 * 1024,
        keys: Some(keys.clone()),
        ..tiny()
    };
    let storage = open_with(&disk, settings());
    storage.create(&[id(0), id(1)]).unwrap();
    let logs = [storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap()];
    for n in 0..60 {
        for log in &logs {
            append_patiently(&storage, log, n, &vec![n as u8; 4000]).await;
        }
    }
    let of_many = || {
        let is_one =
            |file: &Path| file.starts_with("journal") && file.extension() == Some("segment".as_ref());
        disk.files().iter().filter(|(file, _)| is_one(file)).count()
    };
    until("files stay", || of_many() > 3).await;
    storage.close().await;
    drop((storage, logs));
    let report = check_with(&disk, Some(&*keys)).unwrap();
    assert_eq!((report.damage, report.records, report.unopened_bytes), (vec![], 120, 0));
    let storage = open_with(&disk, settings());
    for index in 0..2 {
        let seen = read_all(&storage.log(id(index)).unwrap()).await;
        assert_eq!(seen.len(), 60);
        assert!(seen.iter().all(|(at, _, value)| *value == vec![*at as u8; 4000]));
    }
    assert_eq!(holds(&disk, &[9; 1000]), 1, "of the log in clear alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nothing_is_written_and_nothing_sealed_is_read() {
    let (disk, keys) = (FaultyDisk::default(), Arc::new(TestKeys::default()));
    let storage = open(&disk, &keys);
    let log = fill(&storage, 1, 40).await;
    keys.are_gone.store(true, Ordering::Relaxed);
    let refused = append(&storage, &log, 40, &[secret(40)]).await;
    assert_eq!(refused, Err(AppendError::Unavailable { reason: "no key today".into() }));
    fill(&storage, 0, 40).await;
    keys.are_gone.store(false, Ordering::Relaxed);
    fill(&storage, 1, 1).await;
    storage.close().await;
    drop((storage, log));

    keys.are_gone.store(true, Ordering::Relaxed);
    let storage = open(&disk, &keys);
    reads_all(&storage.log(id(0)).unwrap(), 40).await;
    let log = storage.log(id(1)).unwrap();
    match log.read(7, ALL).await.map(|blocks| blocks.len()) {
        Err(ReadError::NoKey { log, position: 7, error, .. }) => {
            assert_eq!((log, &*error.0), (id(1), "no key today"))
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(log.find_time(20).await.unwrap(), 20, "times are no secret");
    keys.are_gone.store(false, Ordering::Relaxed);
    reads_all(&log, 41).await;
    storage.close().await;
    drop((storage, log));
    let storage = open_with(&disk, tiny());
    let read = storage.log(id(1)).unwrap().read(0, ALL).await.map(|blocks| blocks.len());
    assert!(matches!(read, Err(ReadError::NoKey { position: 0, .. })), "{read:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_opens_what_it_has_the_keys_of() {
    let (disk, keys) = (FaultyDisk::default(), Arc::new(TestKeys::default()));
    let storage = open(&disk, &keys);
    fill(&storage, 1, 40).await;
    let crashed = disk.copy();
    storage.close().await;
    drop(storage);
    for disk in [disk, crashed] {
        let with = |keys: Option<&dyn flumen_storage::BlockKeys>| check_with(&disk, keys).unwrap();
        let report = with(Some(&*keys));
        assert_eq!((report.damage, report.records, report.unopened_bytes), (vec![], 40, 0));
        let report = with(None);
        assert_eq!((report.damage.len(), report.records), (0, 40));
        assert!(report.unopened_bytes > 40 * 300);
        let others = TestKeys::default();
        others.are_others.store(true, Ordering::Relaxed);
        let damage = with(Some(&others)).damage;
        assert!(damage[0].what.contains("is not as it was sealed"), "{damage:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_before_a_block_that_does_not_open_is_read() {
    let (disk, keys) = (FaultyDisk::default(), Arc::new(TestKeys::default()));
    let storage = open(&disk, &keys);
    let log = fill(&storage, 1, 60).await;
    // It is in memory in clear: whoever may read at all is asked elsewhere.
    keys.are_others.store(true, Ordering::Relaxed);
    let newest = log.read(59, ALL).await.unwrap();
    assert_eq!(newest.len(), 1);
    let read = log.read(0, ALL).await.map(|blocks| blocks.len());
    assert!(matches!(read, Err(ReadError::Altered { position: 0, .. })), "{read:?}");
    drop((storage, log, newest));
    let disk = disk.after_crash(Unsynced::Kept);
    let storage = open(&disk, &keys);
    let log = storage.log(id(1)).unwrap();
    keys.are_others.store(false, Ordering::Relaxed);
    storage.create(&[id(1)]).unwrap();
    reads_all(&log, 60).await;
    // New blocks are in clear in memory, those that the restart found are not.
    for n in 60..62 {
        append_patiently(&storage, &log, n, &secret(n)).await;
    }
    keys.are_others.store(true, Ordering::Relaxed);
    assert!(matches!(log.read(59, ALL).await, Err(ReadError::Altered { position: 59, .. })));
    assert_eq!(log.read(60, ALL).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_large_block_no_more_is_opened_than_is_asked_for() {
    let (disk, keys) = (FaultyDisk::default(), Arc::new(TestKeys::default()));
    let settings = StorageSettings {
        journal_bytes: Some(1024 * 1024),
        queue_bytes: 1 << 20,
        tail_bytes: 1 << 20,
        ..tiny()
    };
    let settings = StorageSettings { keys: Some(keys.clone()), ..settings };
    let storage = open_with(&disk, settings.clone());
    storage.create(&[id(1)]).unwrap();
    let values: Vec<Vec<u8>> = (0..100).map(|n| vec![n; 4000]).collect();
    append(&storage, &storage.log(id(1)).unwrap(), 5, &values).await.unwrap();
    storage.close().await;
    drop(storage);
    let storage = open_with(&disk, settings);
    let log = storage.log(id(1)).unwrap();
    for (position, records, end) in [(0, 1, 16), (20, 1, 32), (20, 30, 65), (99, 1, 100), (0, 1000, 100)] {
        let blocks = log.read(position, ReadLimit { records, bytes: usize::MAX }).await.unwrap();
        assert_eq!((blocks.len(), blocks[0].end()), (1, end), "{records} from {position} on");
        let seen: Vec<u64> = blocks[0].records_from(position).map(|record| record.position).collect();
        assert_eq!(seen, (position..end).collect::<Vec<_>>());
    }
    let bytes = log.read(0, ReadLimit { records: 1000, bytes: 10_000 }).await.unwrap();
    assert_eq!(bytes[0].end(), 16);
    assert_eq!(read_from(&log, 0, ReadLimit { records: 3, bytes: usize::MAX }).await.unwrap().len(), 100);
}

/// Each sealed block in the directory: key and number, and all of its bytes.
fn sealed_blocks(disk: &FaultyDisk) -> Vec<(Vec<u8>, Vec<u8>)> {
    let sealed = blocks_on(disk).into_iter().filter(|block| block.kind == 1);
    sealed.map(|block| (block.payload[..16].to_vec(), block.payload)).collect()
}

/// Positions are written again after a crash, never under the same key with the same number.
#[tokio::test(flavor = "multi_thread")]
async fn no_key_seals_two_blocks_with_one_number() {
    let mut disk = FaultyDisk::default();
    let mut seen: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    for kill in 0..30u64 {
        let storage = open(&disk, &Arc::new(TestKeys::default()));
        fill(&storage, 1, 7 + kill % 5).await;
        if kill % 3 == 0 {
            disk.fail_next_sync();
            let log = storage.log(id(1)).unwrap();
            let _ = append(&storage, &log, 1, &[secret(1)]).await;
        }
        let left = disk.after_crash(if kill % 2 == 0 { Unsynced::Kept } else { Unsynced::Mixed(kill) });
        for (number, bytes) in sealed_blocks(&disk).into_iter().chain(sealed_blocks(&left)) {
            let before = seen.entry(number).or_insert_with(|| bytes.clone());
            assert_eq!(*before, bytes, "one number, two blocks");
        }
        drop(storage);
        disk = left;
    }
    assert!(seen.len() > 200, "{} blocks", seen.len());
}

/// Taken while the server runs, so that keys of blocks are in the journal that is copied.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_the_keys_and_loses_no_log_to_one() {
    let (place, keys) = (tempfile::tempdir().unwrap(), Arc::new(TestKeys::default()));
    let [live, copy] = ["live", "copy"].map(|name| place.path().join(name));
    let settings = || StorageSettings { keys: Some(keys.clone()), ..tiny() };
    let storage = Storage::open(&live, settings()).unwrap();
    fill(&storage, 1, 80).await;
    fill(&storage, 3, 5).await;
    let (from, to) = (live.clone(), copy.clone());
    let backup = tokio::task::spawn_blocking(move || Backup::begin(&from, &to, None)?.finish());
    backup.await.unwrap().unwrap();
    let report = check(&copy, Some(&*keys)).unwrap();
    assert_eq!((report.damage, report.records, report.unopened_bytes), (vec![], 85, 0));
    let storage = Storage::open(&copy, settings()).unwrap();
    reads_all(&storage.log(id(1)).unwrap(), 80).await;
    reads_all(&storage.log(id(3)).unwrap(), 5).await;
}
