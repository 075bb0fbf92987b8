//! What lies otherwise on disk than it should is sealed again: afterwards nothing of it is left as it was, and readers, starts,
//! checks and backups see what they saw before.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use common::*;
use flumen_storage::{
    AppendError, Appended, Backup, BlockKey, BlockKeyId, Disk as _, DiskFile, Log, LogId, ReadError,
    ReadLimit, ResealError, Resealed, Storage, StorageSettings, WrappedKey, check, check_with,
};
use flumen_testkit::faulty::{self, Fault, FaultyDisk, Unsynced};

const SECRET: &[u8] = b"what nobody may read";
/// Lies in clear, like all even ones.
const CLEAR: u32 = 0;
const SEALED: u32 = 1;
const OTHER: u32 = 2;

fn small() -> StorageSettings {
    StorageSettings { large_block_bytes: u64::MAX, keys: Some(Arc::new(TestKeys::default())), ..tiny() }
}

/// Journal files stay as segments.
fn large() -> StorageSettings {
    StorageSettings { large_block_bytes: 0, free_after: Duration::from_secs(3600), ..small() }
}

fn open(disk: &FaultyDisk, settings: StorageSettings) -> Storage {
    Storage::open_on(Arc::new(disk.clone()), settings).unwrap()
}

fn secret(log: u32, n: u64) -> Vec<u8> {
    let mut value = format!("{log} {n} ").into_bytes();
    // Of the other log nobody looks for it.
    value.extend_from_slice(if log == OTHER { b"what all may read..." } else { SECRET });
    // A batch is two whole sectors, so that journal files may stay.
    value.resize(if log.is_multiple_of(2) { 917 } else { 885 }, b'.');
    value
}

fn log_of(storage: &Storage, index: u32) -> Log {
    storage.create(&[id(index)]).unwrap();
    storage.log(id(index)).unwrap()
}

/// So many records to each of these logs, in turn.
async fn fill(storage: &Storage, logs: &[u32], records: u64) {
    for _ in 0..records {
        for index in logs {
            let log = log_of(storage, *index);
            let n = log.end();
            let taken = stubborn_append(storage, &log, n, &secret(*index, n)).await;
            assert_eq!(taken.first, n);
        }
    }
}

/// Until what fails once does no more.
async fn stubborn_append(storage: &Storage, log: &Log, time_ms: u64, value: &[u8]) -> Appended {
    for _ in 0..10_000 {
        match append(storage, log, time_ms, &[value]).await {
            Err(AppendError::Overloaded { .. } | AppendError::Unavailable { .. }) => {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            answer => return answer.unwrap(),
        }
    }
    panic!("it is never taken");
}

/// The log has these records, and no others.
async fn holds(log: &Log, end: u64) {
    let seen = read_all(log).await;
    let wanted = (log.start()..end).map(|n| (n, n, secret(log.id().index, n)));
    assert!(seen.into_iter().eq(wanted), "log {} is not as it was written", log.id());
    for position in (log.start()..end).step_by(7) {
        let blocks = log.read(position, ReadLimit { records: 1, bytes: usize::MAX }).await.unwrap();
        let found = blocks[0].records_from(position).next().unwrap();
        assert_eq!((found.position, found.time_ms), (position, position));
        assert_eq!(log.find_time(position).await.unwrap(), position);
    }
}

fn is_under(id: BlockKeyId) -> impl Fn(Option<&WrappedKey>) -> bool + Send + 'static {
    move |key| key.is_some_and(|key| key.id == id)
}

async fn step(
    storage: &Storage,
    log: u32,
    position: u64,
    key: &Arc<BlockKey>,
) -> Result<Resealed, ResealError> {
    storage.reseal(id(log), position, key.clone(), is_under(key.id())).await
}

/// Goes on to the end that the log has now.
async fn reseal(storage: &Storage, log: u32, key: &Arc<BlockKey>) -> Result<Resealed, ResealError> {
    let end = storage.log(id(log)).ok_or(ResealError::NoLog(id(log)))?.end();
    let mut sum = Resealed::default();
    for _ in 0..1000 {
        let done = step(storage, log, sum.position, key).await?;
        assert!(done.position >= sum.position, "{done:?} after {sum:?}");
        let Resealed { position, bytes, shared } = done;
        sum = Resealed { position, bytes: sum.bytes + bytes, shared: sum.shared + shared };
        if position >= end {
            return Ok(sum);
        }
    }
    panic!("it does not end: {sum:?}");
}

/// And the journal's files.
async fn reseal_all(storage: &Storage, log: u32, key: &Arc<BlockKey>) -> Result<Resealed, ResealError> {
    let done = reseal(storage, log, key).await?;
    storage.overwrite_journal().await?;
    Ok(done)
}

async fn stubbornly(storage: &Storage, log: u32, key: &Arc<BlockKey>) {
    for _ in 0..1000 {
        match reseal_all(storage, log, key).await {
            Err(ResealError::Unavailable { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
            done => {
                done.unwrap();
                return;
            }
        }
    }
    panic!("the journal is never emptied");
}

fn is_journal(path: &Path) -> bool {
    // Also while it is made empty.
    path.to_string_lossy().contains(".journal")
}

fn is_common(path: &Path) -> bool {
    path.starts_with("journal") && path.extension() == Some("segment".as_ref())
}

fn files(disk: &FaultyDisk, which: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    disk.files().into_iter().map(|(path, _)| path).filter(|path| which(path)).collect()
}

fn own(disk: &FaultyDisk, log: u32) -> Vec<PathBuf> {
    files(disk, |path| path.to_string_lossy().starts_with(&format!("logs/7/{log}-")))
}

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET)
}

/// Of a log nothing is in any file but the journal's as it was before: no byte in clear, and in its own files no other key.
fn assert_is_sealed(disk: &FaultyDisk, log: u32, key: BlockKeyId, context: &str) {
    for file in files(disk, |path| !is_journal(path)) {
        let of_other_log = file.starts_with("logs") && !own(disk, log).contains(&file);
        assert!(
            of_other_log || !has_secret(&bytes_of(disk, &file)),
            "{context}: {} is in clear",
            file.display()
        );
    }
    // What was sealed and goes is removed bit by bit.
    let own: Vec<_> =
        own(disk, log).into_iter().filter(|file| file.extension() != Some("new".as_ref())).collect();
    let mut numbers = BTreeSet::new();
    for block in blocks_on(disk).iter().filter(|block| own.contains(&block.file)) {
        assert_eq!(block.log, id(log));
        let is_right = block.kind > 0 && block.payload[..8] == key.0;
        let is_new = block.kind != 1 || numbers.insert(block.payload[8..16].to_vec());
        assert!(is_new, "{context}: two blocks with one number");
        assert!(is_right, "{context}: a block of kind {} in {}", block.kind, block.file.display());
    }
}

/// No byte of any file, of the journal's too.
fn assert_nothing_is_clear(disk: &FaultyDisk, context: &str) {
    let clear = files(disk, |path| has_secret(&bytes_of(disk, path)));
    assert!(clear.is_empty(), "{context}: {clear:?} are in clear");
}

/// Every file that there ever was, also when it has no name any more.
#[derive(Default)]
struct Ever(Vec<(PathBuf, Arc<dyn DiskFile>)>);

impl Ever {
    fn look(&mut self, disk: &FaultyDisk) {
        for path in files(disk, |path| !is_journal(path)) {
            if let Ok(file) = disk.open(&path) {
                self.0.push((path, file));
            }
        }
    }

    fn with_secret(&self) -> Vec<&Path> {
        let has = |file: &Arc<dyn DiskFile>| {
            let mut bytes = vec![0; file.bytes().unwrap() as usize];
            file.read_at(&mut bytes, 0).unwrap();
            has_secret(&bytes)
        };
        self.0.iter().filter(|(_, file)| has(file)).map(|(path, _)| path.as_path()).collect()
    }
}

fn checks(disk: &FaultyDisk, records: u64, context: &str) {
    let report =
        check_with(disk, Some(&TestKeys::default())).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert!(report.damage.is_empty() && report.strangers.is_empty(), "{context}: {report:?}");
    assert_eq!((report.records, report.unopened_bytes), (records, 0), "{context}: {report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lay_in_clear_is_sealed_and_its_bytes_are_overwritten() {
    let (disk, key) = (FaultyDisk::default(), new_key());
    // Files that go are cut from their ends, to a piece of this size.
    let settings = StorageSettings { segment_bytes: 64 * 1024, ..small() };
    let storage = open(&disk, settings);
    fill(&storage, &[CLEAR, OTHER], 150).await;
    let log = log_of(&storage, CLEAR);
    let mut ever = Ever::default();
    ever.look(&disk);
    assert!(own(&disk, CLEAR).len() > 1 && !ever.with_secret().is_empty());
    let mut position = 0;
    let mut steps = 0;
    while position < 150 {
        let done = step(&storage, CLEAR, position, &key).await.unwrap();
        assert!(done.position > position && done.shared == 0, "{done:?} from {position}");
        position = done.position;
        steps += 1;
        ever.look(&disk);
        holds(&log, 150).await;
    }
    assert!(steps > 1, "one file a step");
    assert_is_sealed(&disk, CLEAR, key.id(), "after it");
    assert_eq!(ever.with_secret(), Vec::<&Path>::new());
    let again = reseal(&storage, CLEAR, &key).await.unwrap();
    assert_eq!(again, Resealed { position: 150, bytes: 0, shared: 0 });
    holds(&log_of(&storage, OTHER), 150).await;
    // It goes on as before.
    fill(&storage, &[CLEAR, OTHER], 20).await;
    holds(&log, 170).await;
    drop(log);
    let crashed = disk.after_crash(Unsynced::Lost);
    drop(storage);
    let storage = open(&crashed, small());
    for index in [CLEAR, OTHER] {
        holds(&log_of(&storage, index), 170).await;
    }
    storage.close().await;
    drop(storage);
    checks(&crashed, 340, "at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lay_under_other_keys_lies_under_the_new_one() {
    let (disk, key) = (FaultyDisk::default(), new_key());
    let storage = open(&disk, small());
    fill(&storage, &[SEALED, OTHER], 120).await;
    let done = reseal(&storage, SEALED, &key).await.unwrap();
    assert!(done.bytes > 120 * 500, "{done:?}");
    assert_is_sealed(&disk, SEALED, key.id(), "after it");
    assert!(key.pieces() >= 120);
    holds(&log_of(&storage, SEALED), 120).await;
    // Under yet another one, after a restart.
    storage.close().await;
    drop(storage);
    let (storage, key) = (open(&disk, small()), new_key());
    reseal(&storage, SEALED, &key).await.unwrap();
    assert_is_sealed(&disk, SEALED, key.id(), "the second time");
    holds(&log_of(&storage, SEALED), 120).await;
    storage.close().await;
    drop(storage);
    checks(&disk, 240, "at the end");
}

/// Whoever asks what a reader needs is told of the key that opens it by now, also for what is in memory.
#[tokio::test(flavor = "multi_thread")]
async fn what_memory_has_lies_under_the_new_key_too() {
    for log in [CLEAR, SEALED] {
        let (disk, keys) = (FaultyDisk::default(), [new_key(), new_key()]);
        let mut storage = open(&disk, StorageSettings { tail_bytes: 8 << 20, ..small() });
        fill(&storage, &[log, OTHER], 40).await;
        for key in &keys {
            reseal(&storage, log, key).await.unwrap();
            let limit = ReadLimit { records: usize::MAX, bytes: usize::MAX };
            let blocks = log_of(&storage, log).read(0, limit).await.unwrap();
            let under: BTreeSet<_> = blocks.iter().map(|block| block.key().map(|key| key.id)).collect();
            assert_eq!(under, BTreeSet::from([Some(key.id())]), "log {log}");
            holds(&log_of(&storage, log), 40).await;
            // What was only in the journal is sealed in memory then.
            drop(storage);
            storage =
                open(&disk.after_crash(Unsynced::Kept), StorageSettings { tail_bytes: 8 << 20, ..small() });
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sections_of_files_of_many_logs_are_gathered_and_overwritten_there() {
    for log in [CLEAR, SEALED] {
        let (disk, key) = (FaultyDisk::default(), new_key());
        let storage = open(&disk, large());
        fill(&storage, &[log, OTHER], 60).await;
        until("files stay", || files(&disk, is_common).len() > 4).await;
        let before = files(&disk, is_common);
        let mut ever = Ever::default();
        ever.look(&disk);
        reseal(&storage, log, &key).await.unwrap();
        assert_is_sealed(&disk, log, key.id(), "after it");
        assert_eq!(ever.with_secret(), Vec::<&Path>::new());
        assert!(own(&disk, log).len() < before.len(), "several sections are in one file");
        let after = files(&disk, is_common);
        assert!(before.iter().all(|file| after.contains(file)), "the other log reads them");
        for index in [log, OTHER] {
            holds(&log_of(&storage, index), 60).await;
        }
        let crashed = disk.after_crash(Unsynced::Lost);
        drop(storage);
        checks(&crashed, 120, "after a crash");
        let storage = open(&crashed, large());
        for index in [log, OTHER] {
            holds(&log_of(&storage, index), 60).await;
        }
        // It is trimmed, and deleted, like any other.
        fill(&storage, &[log, OTHER], 30).await;
        let handle = log_of(&storage, log);
        handle.trim(70);
        until("its files go", || {
            !own(&crashed, log).iter().any(|file| file.ends_with(format!("{log}-{:020}.segment", 0)))
        })
        .await;
        holds(&handle, 90).await;
        holds(&log_of(&storage, OTHER), 90).await;
        storage.delete(&[id(log)]).unwrap();
        until("all of it goes", || own(&crashed, log).is_empty()).await;
        drop(handle);
        storage.close().await;
        drop(storage);
        let storage = open(&crashed, large());
        assert!(storage.log(id(log)).is_none());
        holds(&log_of(&storage, OTHER), 90).await;
    }
}

/// What is right stays where it is, unless something wrong follows in the same way.
#[tokio::test(flavor = "multi_thread")]
async fn sections_before_one_that_is_wrong_go_with_it() {
    let (disk, key) = (FaultyDisk::default(), new_key());
    let storage = open(&disk, large());
    fill(&storage, &[SEALED, OTHER], 60).await;
    until("files stay", || files(&disk, is_common).len() > 4).await;
    let first = blocks_on(&disk).into_iter().find(|block| block.kind == 2).unwrap();
    let first = BlockKeyId(first.payload[..8].try_into().unwrap());
    let is_right = move |wrapped: Option<&WrappedKey>| {
        wrapped.is_some_and(|wrapped| wrapped.id == first || wrapped.id == key.id())
    };
    let is_right = Arc::new(is_right);
    let key = new_key();
    let mut position = 0;
    while position < 60 {
        let (is_right, own) = (is_right.clone(), key.id());
        let rule = move |wrapped: Option<&WrappedKey>| is_right(wrapped) || is_under(own)(wrapped);
        position = storage.reseal(id(SEALED), position, key.clone(), rule).await.unwrap().position;
    }
    let own = own(&disk, SEALED);
    let left: Vec<_> =
        blocks_on(&disk).into_iter().filter(|block| own.contains(&block.file) && block.kind == 1).collect();
    assert_eq!(
        left.iter().filter(|block| block.payload[..8] == first.0).count(),
        3,
        "those stay as they are"
    );
    assert!(left.iter().all(|block| block.payload[..8] == first.0 || block.payload[..8] == key.id().0));
    holds(&log_of(&storage, SEALED), 60).await;
    drop(storage);
    let crashed = disk.after_crash(Unsynced::Lost);
    checks(&crashed, 120, "after a crash");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_idle_server_what_the_journal_has_is_sealed_too() {
    for settings in [small(), large()] {
        let (disk, key) = (FaultyDisk::default(), new_key());
        let settings = StorageSettings {
            journal_bytes: Some(256 * 1024),
            tail_bytes: 1 << 20,
            queue_bytes: 1 << 20,
            ..settings
        };
        let storage = open(&disk, settings.clone());
        fill(&storage, &[CLEAR], 5).await;
        assert_eq!(own(&disk, CLEAR), Vec::<PathBuf>::new());
        let done = reseal(&storage, CLEAR, &key).await.unwrap();
        assert_eq!(done.position, 5);
        assert_is_sealed(&disk, CLEAR, key.id(), "after it");
        holds(&log_of(&storage, CLEAR), 5).await;
        // Of an empty log there is nothing to be done.
        log_of(&storage, 4);
        assert_eq!(reseal(&storage, 4, &key).await.unwrap(), Resealed::default());
        drop(storage);
        let crashed = disk.after_crash(Unsynced::Lost);
        holds(&log_of(&open(&crashed, settings), CLEAR), 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_files_of_the_journal_held_is_overwritten() {
    for settings in [small(), large()] {
        let (disk, key) = (FaultyDisk::default(), new_key());
        let storage = open(&disk, settings.clone());
        fill(&storage, &[CLEAR, OTHER], 60).await;
        reseal(&storage, CLEAR, &key).await.unwrap();
        let clear = files(&disk, |path| has_secret(&bytes_of(&disk, path)));
        assert!(clear.iter().all(|path| is_journal(path)), "{clear:?}");
        // Files that stay as segments have gone with what they held.
        assert_eq!(clear.is_empty(), settings.large_block_bytes == 0);
        storage.overwrite_journal().await.unwrap();
        assert_nothing_is_clear(&disk, "after it");
        fill(&storage, &[CLEAR, OTHER], 60).await;
        assert!(
            !files(&disk, |path| has_secret(&bytes_of(&disk, path))).is_empty(),
            "what is appended in clear stands there again"
        );
        holds(&log_of(&storage, CLEAR), 120).await;
        let crashed = disk.after_crash(Unsynced::Lost);
        drop(storage);
        let storage = open(&crashed, settings);
        for index in [CLEAR, OTHER] {
            holds(&log_of(&storage, index), 120).await;
        }
        storage.close().await;
        drop(storage);
        checks(&crashed, 240, "at the end");
    }
}

/// Where there is room for one file of the journal it is emptied, overwritten, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_the_only_file_of_the_journal_is_overwritten_too() {
    let (disk, key) = (FaultyDisk::default(), new_key());
    let storage = open(&disk, small());
    // Enough for what the journal holds, and not for another file.
    disk.set_capacity(disk.used() + 8000);
    fill(&storage, &[CLEAR], 3).await;
    reseal(&storage, CLEAR, &key).await.unwrap();
    assert_eq!(files(&disk, is_journal).len(), 1);
    storage.overwrite_journal().await.unwrap();
    assert_nothing_is_clear(&disk, "after it");
    disk.set_capacity(u64::MAX);
    fill(&storage, &[CLEAR, OTHER], 60).await;
    holds(&log_of(&storage, CLEAR), 63).await;
}

/// Appends that need every file as soon as it is empty.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_journal_is_overwritten_beside_appends() {
    for settings in [small(), large()] {
        let (disk, key) = (FaultyDisk::default(), new_key());
        let storage = open(&disk, settings.clone());
        fill(&storage, &[CLEAR, OTHER], 60).await;
        reseal(&storage, CLEAR, &key).await.unwrap();
        let is_done = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = [OTHER, 4]
            .map(|index| {
                let (storage, is_done) = (storage.clone(), is_done.clone());
                tokio::spawn(async move {
                    while !is_done.load(Ordering::Relaxed) {
                        let log = log_of(&storage, index);
                        let n = log.end();
                        stubborn_append(&storage, &log, n, &secret(OTHER, n)).await;
                    }
                })
            })
            .into();
        for _ in 0..5 {
            storage.overwrite_journal().await.unwrap();
            assert_nothing_is_clear(&disk, "beside appends");
        }
        is_done.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        holds(&log_of(&storage, CLEAR), 60).await;
        let end = log_of(&storage, OTHER).end();
        holds(&log_of(&storage, OTHER), end).await;
        let crashed = disk.after_crash(Unsynced::Lost);
        drop(storage);
        holds(&log_of(&open(&crashed, settings), OTHER), end).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_does_not_open_is_named_and_the_rest_is_sealed() {
    for settings in [small(), large()] {
        let (disk, key, keys) = (FaultyDisk::default(), new_key(), Arc::new(TestKeys::default()));
        let settings = StorageSettings { keys: Some(keys.clone()), ..settings };
        let storage = open(&disk, settings);
        fill(&storage, &[SEALED, OTHER], 60).await;
        let log = log_of(&storage, SEALED);
        // One key in the middle is not to be had, which seals three blocks of a record each.
        let ids: Vec<BlockKeyId> = blocks_on(&disk)
            .iter()
            .filter(|block| block.kind == 2)
            .map(|block| BlockKeyId(block.payload[..8].try_into().unwrap()))
            .collect();
        *keys.gone.lock().unwrap() = vec![ids[ids.len() / 2]];
        let (mut position, mut unopened) = (0, Vec::new());
        while position < 60 {
            position = match step(&storage, SEALED, position, &key).await {
                Ok(done) => done.position,
                Err(ResealError::Unopened { first, end, error: ReadError::NoKey { .. } }) => {
                    unopened.push(first);
                    end
                }
                Err(error) => panic!("{error}"),
            };
        }
        assert_eq!(unopened.len(), 3, "{unopened:?}");
        keys.gone.lock().unwrap().clear();
        holds(&log, 60).await;
        let before = key.pieces();
        reseal(&storage, SEALED, &key).await.unwrap();
        assert_eq!(key.pieces(), before + 3, "nothing else");
        assert_is_sealed(&disk, SEALED, key.id(), "after it");
        holds(&log, 60).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_all_stays_as_it_is_until_there_is_room() {
    for settings in [small(), large()] {
        let (disk, key) = (FaultyDisk::default(), new_key());
        let storage = open(&disk, settings.clone());
        fill(&storage, &[CLEAR, OTHER], 60).await;
        storage.close().await;
        drop(storage);
        let storage = open(&disk, settings);
        let before = disk.files();
        disk.set_capacity(disk.used() + 1000);
        let error = step(&storage, CLEAR, 0, &key).await.unwrap_err();
        assert!(
            matches!(&error, ResealError::Io { error, .. } if error.kind() == std::io::ErrorKind::StorageFull),
            "{error}"
        );
        assert_eq!(disk.files(), before, "nothing is left");
        holds(&log_of(&storage, CLEAR), 60).await;
        disk.set_capacity(u64::MAX);
        reseal(&storage, CLEAR, &key).await.unwrap();
        assert_is_sealed(&disk, CLEAR, key.id(), "after it");
        holds(&log_of(&storage, CLEAR), 60).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_log_or_keys_or_after_the_end_it_is_refused() {
    let (disk, key) = (FaultyDisk::default(), new_key());
    let storage = open(&disk, small());
    let refused = |storage: Storage| {
        let key = key.clone();
        async move { step(&storage, CLEAR, 0, &key).await.unwrap_err() }
    };
    assert!(matches!(refused(storage.clone()).await, ResealError::NoLog(LogId { group: 7, index: CLEAR })));
    fill(&storage, &[CLEAR], 60).await;
    storage.close().await;
    assert!(matches!(refused(storage.clone()).await, ResealError::Closed));
    drop(storage);
    let storage = open(&disk, tiny());
    assert!(matches!(refused(storage.clone()).await, ResealError::NoKeys));
    holds(&log_of(&storage, CLEAR), 60).await;
}

/// Readers, a writer, trims and deletions meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reads_and_appends_go_on() {
    for settings in [small(), large()] {
        let (disk, key) = (FaultyDisk::default(), new_key());
        let storage = open(&disk, settings.clone());
        fill(&storage, &[CLEAR, OTHER, 3], 100).await;
        let log = log_of(&storage, CLEAR);
        let is_done = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..2u64)
            .map(|reader| {
                let (log, is_done) = (log.clone(), is_done.clone());
                tokio::spawn(async move {
                    let mut reads = 0u64;
                    while !is_done.load(Ordering::Relaxed) || reads < 3 {
                        let from = log.start() + reads * 13 % 50 * reader;
                        let seen =
                            read_from(&log, from, ReadLimit { records: 7, bytes: 3000 }).await.unwrap();
                        assert!(
                            seen.iter().all(|(at, time, value)| at == time && *value == secret(CLEAR, *at))
                        );
                        assert!(seen.len() >= 40);
                        assert_eq!(log.find_time(from + 20).await.unwrap(), from + 20);
                        reads += 1;
                    }
                })
            })
            .collect();
        let writer = {
            let (storage, log, is_done) = (storage.clone(), log.clone(), is_done.clone());
            tokio::spawn(async move {
                while !is_done.load(Ordering::Relaxed) {
                    fill(&storage, &[CLEAR, OTHER], 1).await;
                    log.trim(log.start() + u64::from(log.end().is_multiple_of(4)));
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
        };
        let deleted = storage.clone();
        let third = tokio::spawn({
            let (storage, key) = (storage.clone(), new_key());
            async move { reseal(&storage, 3, &key).await.map_err(|error| error.to_string()) }
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
        deleted.delete(&[id(3)]).unwrap();
        reseal(&storage, CLEAR, &key).await.unwrap();
        is_done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        writer.await.unwrap();
        let third = third.await.unwrap();
        assert!(
            third
                .as_ref()
                .err()
                .is_none_or(|error| ["the log is deleted", "there is no log 7/3"].contains(&&**error)),
            "{third:?}"
        );
        until("the deleted one goes", || own(&disk, 3).is_empty()).await;
        holds(&log, log.end()).await;
        // Until nothing is in the journal as it was.
        reseal(&storage, CLEAR, &key).await.unwrap();
        assert_is_sealed(&disk, CLEAR, key.id(), "after it");
        let ends = [CLEAR, OTHER].map(|index| log_of(&storage, index).end());
        drop((log, deleted));
        let crashed = disk.after_crash(Unsynced::Lost);
        drop(storage);
        let storage = open(&crashed, settings);
        for (index, end) in [CLEAR, OTHER].into_iter().zip(ends) {
            holds(&log_of(&storage, index), end).await;
        }
    }
}

/// Says of no block but those under the key that it is right, and waits once, at the nth block that it is asked about.
fn pausing(
    id: BlockKeyId,
    nth: usize,
) -> (impl Fn(Option<&WrappedKey>) -> bool + Send + 'static, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let ((reached, is_there), (go_on, waits)) = (mpsc::channel(), mpsc::channel());
    let asked = AtomicUsize::new(0);
    let is_right = move |key: Option<&WrappedKey>| {
        if asked.fetch_add(1, Ordering::Relaxed) == nth {
            reached.send(()).unwrap();
            waits.recv().unwrap();
        }
        is_under(id)(key)
    };
    (is_right, is_there, go_on)
}

async fn reached(is_there: mpsc::Receiver<()>) {
    tokio::task::spawn_blocking(move || is_there.recv().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_grows_while_it_is_read_is_read_again() {
    // While it is looked through, and while it is written.
    for nth in [5, 30] {
        let (disk, key) = (FaultyDisk::default(), new_key());
        let settings = StorageSettings { segment_bytes: 1024 * 1024, ..small() };
        let storage = open(&disk, settings.clone());
        fill(&storage, &[CLEAR], 20).await;
        storage.close().await;
        drop(storage);
        let storage = open(&disk, settings);
        let [file] = &own(&disk, CLEAR)[..] else { panic!("one file") };
        let before = bytes_of(&disk, file).len();
        let (is_right, is_there, go_on) = pausing(key.id(), nth);
        let first = tokio::spawn({
            let (storage, key) = (storage.clone(), key.clone());
            async move { storage.reseal(id(CLEAR), 0, key, is_right).await }
        });
        reached(is_there).await;
        fill(&storage, &[CLEAR], 30).await;
        until("it grows", || bytes_of(&disk, file).len() > before).await;
        go_on.send(()).unwrap();
        first.await.unwrap().unwrap();
        holds(&log_of(&storage, CLEAR), 50).await;
        reseal(&storage, CLEAR, &key).await.unwrap();
        holds(&log_of(&storage, CLEAR), 50).await;
        assert_is_sealed(&disk, CLEAR, key.id(), "after it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_directory_is_not_let_go_of_before_it_is_cut_short() {
    let (disk, key) = (FaultyDisk::default(), new_key());
    let storage = open(&disk, small());
    fill(&storage, &[CLEAR], 40).await;
    let (is_right, is_there, go_on) = pausing(key.id(), 30);
    let resealing = tokio::spawn({
        let (storage, key) = (storage.clone(), key.clone());
        async move { storage.reseal(id(CLEAR), 0, key, is_right).await }
    });
    reached(is_there).await;
    let close = tokio::spawn({
        let storage = storage.clone();
        async move { storage.close().await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!close.is_finished());
    go_on.send(()).unwrap();
    close.await.unwrap();
    let left = disk.files();
    let done = resealing.await.unwrap();
    assert!(matches!(done, Err(ResealError::Closed)), "{done:?}");
    assert_eq!(disk.files(), left);
}

/// A server that stops in the middle of it leaves nothing to chance.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_cuts_it_short() {
    for pause in 0..12u64 {
        let settings = if pause % 2 == 0 { small() } else { large() };
        let (disk, key) = (FaultyDisk::default(), new_key());
        let storage = open(&disk, settings.clone());
        fill(&storage, &[CLEAR, OTHER], 60).await;
        let resealing = tokio::spawn({
            let (storage, key) = (storage.clone(), key.clone());
            async move { reseal(&storage, CLEAR, &key).await }
        });
        tokio::time::sleep(Duration::from_micros(pause * 400)).await;
        storage.close().await;
        let copy = disk.copy();
        let done = resealing.await.unwrap();
        assert!(
            matches!(done, Ok(_) | Err(ResealError::Closed | ResealError::Unavailable { .. })),
            "{done:?}"
        );
        assert_eq!(disk.files(), copy.files(), "nothing is done after the end");
        drop(storage);
        let storage = open(&disk, settings);
        reseal(&storage, CLEAR, &key).await.unwrap();
        holds(&log_of(&storage, CLEAR), 60).await;
        assert_is_sealed(&disk, CLEAR, key.id(), "after it");
    }
}

/// Which logs, in which kinds of files.
async fn before_it(settings: &StorageSettings) -> FaultyDisk {
    let disk = FaultyDisk::default();
    let storage = open(&disk, settings.clone());
    fill(&storage, &[CLEAR, OTHER], 12).await;
    storage.close().await;
    drop(storage);
    // Files of both kinds, one after the other.
    let storage = open(&disk, StorageSettings { large_block_bytes: 0, ..settings.clone() });
    fill(&storage, &[CLEAR, OTHER], 8).await;
    storage.close().await;
    disk.copy()
}

const BEFORE: u64 = 20;

#[derive(Clone, Copy, Debug)]
enum How {
    /// One call, so.
    Fails(Fault),
    /// So many calls find no descriptor.
    Lacks(u64),
}

/// One call fails, or some do. False when there were not so many.
fn survives(before: &FaultyDisk, settings: &StorageSettings, nth: u64, how: How, unsynced: Unsynced) -> bool {
    let context = format!("{how:?} at call {nth}, unsynced {unsynced:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let (disk, key) = (before.copy(), new_key());
        let storage = open(&disk, settings.clone());
        match how {
            How::Fails(fault) => disk.fail_later(nth, fault),
            How::Lacks(calls) => disk.lack_descriptors(nth, calls),
        }
        let first = reseal_all(&storage, CLEAR, &key).await;
        let (tripped, goes_on) = match how {
            How::Fails(fault) => (disk.tripped(), fault == Fault::Error),
            How::Lacks(_) => (disk.lacked_all() || first.is_err(), true),
        };
        if !tripped {
            disk.fail_later(u64::MAX / 2, Fault::Error);
        }
        disk.lack_descriptors(0, 0);
        if goes_on {
            // Where it was.
            holds(&log_of(&storage, CLEAR), BEFORE).await;
            if nth.is_multiple_of(2) {
                stubbornly(&storage, CLEAR, &key).await;
                assert_is_sealed(&disk, CLEAR, key.id(), &context);
                assert_nothing_is_clear(&disk, &context);
            }
            if nth.is_multiple_of(3) {
                log_of(&storage, CLEAR).trim(BEFORE - 2);
            }
            fill(&storage, &[CLEAR, OTHER], 12).await;
        }
        let ends = [CLEAR, OTHER].map(|index| log_of(&storage, index).end());
        let start = log_of(&storage, CLEAR).start();
        let disk = disk.after_crash(unsynced);
        drop(storage);
        let report = check_with(&disk, Some(&TestKeys::default())).unwrap();
        assert!(report.damage.is_empty() && report.strangers.is_empty(), "{context}: {report:?}");
        let storage = Storage::open_on(Arc::new(disk.clone()), settings.clone());
        let storage = storage.unwrap_or_else(|error| panic!("{context}: {error}"));
        for (index, end) in [CLEAR, OTHER].into_iter().zip(ends) {
            let log = log_of(&storage, index);
            assert!(log.start() <= start && log.end() == end, "{context}: {log:?}, not to {end}");
            holds(&log, end).await;
        }
        // Who asks goes on where it is known to have come to.
        let mut position = if first.is_ok() && !goes_on { BEFORE } else { 0 };
        while position < ends[0] {
            let done = step(&storage, CLEAR, position, &key).await;
            position = done.unwrap_or_else(|error| panic!("{context}: {error}")).position;
        }
        storage.overwrite_journal().await.unwrap_or_else(|error| panic!("{context}: {error}"));
        assert_is_sealed(&disk, CLEAR, key.id(), &context);
        assert_nothing_is_clear(&disk, &context);
        storage.close().await;
        drop(storage);
        let again = open(&disk, settings.clone());
        holds(&log_of(&again, CLEAR), ends[0]).await;
        holds(&log_of(&again, OTHER), ends[1]).await;
        tripped
    })
}

fn every_call(how: How, unsynced: impl Fn(u64) -> Unsynced + Sync) {
    for settings in [small(), large()] {
        let before = runtime().block_on(before_it(&settings));
        let calls = faulty::every_call(|nth| survives(&before, &settings, nth, how, unsynced(nth)));
        assert!(calls > 60, "{calls} calls are too few to mean anything");
    }
}

#[test]
fn any_error_is_survived() {
    every_call(How::Fails(Fault::Error), Unsynced::Mixed);
}

#[test]
fn a_want_of_descriptors_is_survived() {
    every_call(How::Lacks(2), |_| Unsynced::Lost);
}

#[test]
fn power_loss_after_any_call_is_survived() {
    every_call(How::Fails(Fault::PowerLoss), |_| Unsynced::Lost);
    every_call(How::Fails(Fault::PowerLoss), |nth| Unsynced::Mixed(nth * 31 + 1));
}

#[test]
fn torn_writes_are_survived() {
    every_call(How::Fails(Fault::Torn), |nth| Unsynced::Mixed(nth * 7 + 3));
}

/// An attempt to empty the journal's file may have added to a file of the log's own what then stayed where it was.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_has_behind_its_end_is_cut_off_before_another_follows() {
    let (settings, key) = (large(), new_key());
    let disk = before_it(&small()).await;
    let storage = open(&disk, settings.clone());
    let before = own(&disk, CLEAR);
    let mut bytes = bytes_of(&disk, &before[0]);
    bytes.extend([7; 640]);
    disk.put(&before[0], &bytes);
    // What is in the file stays as it is.
    let first = BEFORE - 8;
    step(&storage, CLEAR, first, &key).await.unwrap();
    assert_eq!(own(&disk, CLEAR).len(), before.len() + 1);
    let disk = disk.after_crash(Unsynced::Lost);
    drop(storage);
    checks(&disk, 2 * BEFORE, "after a crash");
    holds(&log_of(&open(&disk, settings), CLEAR), BEFORE).await;
}

/// Between the new file's name and the end of the old one.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_leaves_of_a_file_in_clear_is_overwritten_by_the_next_start() {
    let (disk, key) = (FaultyDisk::default(), new_key());
    let storage = open(&disk, small());
    fill(&storage, &[CLEAR, OTHER], 60).await;
    storage.close().await;
    drop(storage);
    let is_left = |disk: &FaultyDisk| files(disk, |path| path.to_string_lossy().ends_with(".clear.new"));
    let (mut overwritten, mut kept) = (0, 0);
    for nth in 0..400 {
        let disk = disk.copy();
        let storage = open(&disk, small());
        disk.fail_later(nth, Fault::PowerLoss);
        if step(&storage, CLEAR, 0, &key).await.is_ok() {
            break;
        }
        let disk = disk.after_crash(Unsynced::Kept);
        drop(storage);
        let left = is_left(&disk);
        let mut ever = Ever::default();
        ever.look(&disk);
        let storage = open(&disk, small());
        if let [left] = &left[..] {
            assert!(is_left(&disk).is_empty());
            let has = ever.with_secret().iter().any(|path| path == left);
            let is_replaced =
                bytes_of(&disk, &own(&disk, CLEAR)[0]).windows(8).any(|bytes| bytes == key.id().0);
            assert_eq!(has, !is_replaced, "call {nth}");
            (overwritten, kept) = (overwritten + u32::from(!has), kept + u32::from(has));
        }
        holds(&log_of(&storage, CLEAR), 60).await;
    }
    assert!(overwritten > 1 && kept > 0, "{overwritten} overwritten, {kept} kept");
}

fn temporary(settings: StorageSettings) -> (tempfile::TempDir, StorageSettings) {
    (tempfile::tempdir().unwrap(), settings)
}

/// What a backup has too stays as it is, in both.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_backup_shares_stays_as_it_is_there() {
    for (place, settings) in [temporary(small()), temporary(large())] {
        let [live, copy] = ["live", "copy"].map(|name| place.path().join(name));
        let storage = Storage::open(&live, settings.clone()).unwrap();
        fill(&storage, &[CLEAR, OTHER], 80).await;
        let (from, to) = (live.clone(), copy.clone());
        let backup = tokio::task::spawn_blocking(move || Backup::begin(&from, &to, None)?.finish());
        let linked = backup.await.unwrap().unwrap().linked_files;
        let key = new_key();
        let done = reseal(&storage, CLEAR, &key).await.unwrap();
        assert!(linked > 2 && done.shared > 1, "{linked} linked: {done:?}");
        holds(&log_of(&storage, CLEAR), 80).await;
        let report = check(&copy, None).unwrap();
        assert_eq!((report.damage, report.records), (vec![], 160));
        let copied = Storage::open(&copy, settings).unwrap();
        holds(&log_of(&copied, CLEAR), 80).await;
        storage.close().await;
        drop(storage);
        assert_eq!(check(&live, None).unwrap().damage, []);
    }
}

/// One after the other, while files take each other's places.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn backups_beside_it_are_whole() {
    for (place, settings) in [temporary(small()), temporary(large())] {
        let live = place.path().join("live");
        let storage = Storage::open(&live, settings.clone()).unwrap();
        fill(&storage, &[CLEAR, SEALED, OTHER], 100).await;
        let is_done = Arc::new(AtomicBool::new(false));
        let backups = tokio::task::spawn_blocking({
            let (live, is_done, place) = (live.clone(), is_done.clone(), place.path().to_owned());
            move || {
                let mut copies = Vec::new();
                while !is_done.load(Ordering::Relaxed) || copies.is_empty() {
                    let to = place.join(format!("copy-{}", copies.len()));
                    Backup::begin(&live, &to, copies.last().map(PathBuf::as_path)).unwrap().finish().unwrap();
                    copies.push(to);
                }
                copies
            }
        });
        for _ in 0..6 {
            for index in [CLEAR, SEALED] {
                reseal(&storage, index, &new_key()).await.unwrap();
            }
        }
        is_done.store(true, Ordering::Relaxed);
        let copies = backups.await.unwrap();
        assert!(copies.len() > 1);
        for copy in copies {
            let report = check(&copy, Some(&TestKeys::default())).unwrap();
            assert!(report.damage.is_empty() && report.unopened_bytes == 0, "{report:?}");
            let storage = Storage::open(&copy, settings.clone()).unwrap();
            for index in [CLEAR, SEALED, OTHER] {
                holds(&log_of(&storage, index), 100).await;
            }
        }
    }
}
