//! Journal files that stay as segments of many logs: they are read like any other, they go when no log reads them, and what
//! is noted of trimmed sections and deleted logs in them holds over restarts.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common::*;
use flumen_storage::{AppendError, Backup, ReadLimit, Storage, StorageSettings, check, check_on};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};

/// With 911 bytes of a record a batch is two whole sectors.
const VALUE: [u8; 917] = [7; 917];

fn large() -> StorageSettings {
    StorageSettings { large_block_bytes: 0, ..tiny() }
}

/// Nothing is punched out.
fn unpunched() -> StorageSettings {
    StorageSettings { free_after: Duration::from_secs(3600), ..large() }
}

fn small() -> StorageSettings {
    StorageSettings { large_block_bytes: u64::MAX, ..tiny() }
}

fn open(disk: &FaultyDisk, settings: StorageSettings) -> Storage {
    Storage::open_on(Arc::new(disk.clone()), settings).expect("it opens")
}

fn commons(disk: &FaultyDisk) -> Vec<PathBuf> {
    let files = disk.files().into_iter().map(|(path, _)| path);
    files.filter(|path| path.starts_with("journal") && path.extension() == Some("segment".as_ref())).collect()
}

fn own(disk: &FaultyDisk, index: u32) -> usize {
    let name = format!("logs/7/{index}-");
    disk.files().iter().filter(|(path, _)| path.display().to_string().starts_with(&name)).count()
}

/// So many records to each of these logs, in turn.
async fn put(storage: &Storage, logs: &[u32], records: u64) {
    for n in 0..records {
        for index in logs {
            let log = storage.log(id(*index)).expect("a log");
            append_patiently(storage, &log, 1000 + n, &VALUE).await;
        }
    }
}

/// Two logs that have twenty records each, most of them in segments of both.
async fn with_commons(settings: StorageSettings) -> (FaultyDisk, Storage) {
    let disk = FaultyDisk::default();
    let storage = open(&disk, settings);
    storage.create(&[id(0), id(1)]).unwrap();
    put(&storage, &[0, 1], 20).await;
    until("files stay", || commons(&disk).len() > 2).await;
    (disk, storage)
}

async fn ends_well(disk: &FaultyDisk, logs: &[(u32, u64, u64)]) -> Storage {
    let disk = disk.after_crash(Unsynced::Lost);
    let report = check_on(&disk).expect("it is readable");
    assert!(report.damage.is_empty() && report.strangers.is_empty(), "{report:?}");
    let storage = open(&disk, large());
    for (index, start, end) in logs {
        let log = storage.log(id(*index)).expect("the log is there");
        assert_eq!((log.start(), log.end()), (*start, *end), "log {index}");
        assert_eq!(read_all(&log).await.len() as u64, end - start);
    }
    storage
}

#[tokio::test(flavor = "multi_thread")]
async fn large_blocks_are_written_once_and_read_from_where_they_are() {
    let disk = FaultyDisk::default();
    let storage = open(&disk, large());
    storage.create(&[id(0), id(1)]).unwrap();
    put(&storage, &[0, 1], 60).await;
    until("files stay", || commons(&disk).len() > 8).await;
    assert_eq!(own(&disk, 0) + own(&disk, 1), 0, "nothing is written a second time");
    let log = storage.log(id(1)).unwrap();
    let wanted: Vec<Seen> = (0..60).map(|n| (n, 1000 + n, VALUE.to_vec())).collect();
    for limit in [ALL, ReadLimit { records: 1, bytes: 1 }, ReadLimit { records: 9, bytes: 3000 }] {
        assert_eq!(read_from(&log, 0, limit).await.unwrap(), wanted);
        assert_eq!(read_from(&log, 17, limit).await.unwrap(), wanted[17..]);
    }
    for ms in [0, 1000, 1001, 1017, 1059, 1060] {
        let later = wanted.iter().position(|(_, time_ms, _)| *time_ms >= ms).unwrap_or(60) as u64;
        assert_eq!(log.find_time(ms).await.unwrap(), later, "{ms}");
    }
    let stored = log.stored_bytes();
    assert!((60 * 917..60 * 1024).contains(&stored), "{stored}");
    ends_well(&disk, &[(0, 0, 60), (1, 0, 60)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_blocks_beside_few_large_ones_do_not_make_a_file_stay() {
    let disk = FaultyDisk::default();
    let storage = open(&disk, tiny());
    storage.create(&[id(0), id(1)]).unwrap();
    let (small, large) = (storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap());
    for n in 0..120 {
        append_patiently(&storage, &small, n, &[1; 300]).await;
        if n % 3 == 0 {
            append_patiently(&storage, &large, n, &VALUE).await;
        }
    }
    until("both have segments", || own(&disk, 0) > 0 && own(&disk, 1) > 0).await;
    assert_eq!(commons(&disk), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_when_no_log_reads_it() {
    let disk = FaultyDisk::default();
    let storage = open(&disk, unpunched());
    storage.create(&[id(0), id(1)]).unwrap();
    put(&storage, &[0, 1], 60).await;
    until("files stay", || commons(&disk).len() > 8).await;
    let before = commons(&disk);
    storage.log(id(0)).unwrap().trim(50);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let after = commons(&disk);
    assert!(before.iter().all(|file| after.contains(file)), "the other log reads them");
    let before = after;
    let first = storage.log(id(1)).unwrap();
    first.trim(50);
    until("they go", || commons(&disk).len() + 6 < before.len()).await;
    assert_eq!(read_all(&first).await.len(), 10);
    until("their room is free", || !disk.files().iter().any(|(path, _)| path.ends_with(".new"))).await;
    let (zero, one) = (storage.log(id(0)).unwrap().end(), first.end());
    drop(first);
    let again = disk.after_crash(Unsynced::Lost);
    let storage = open(&again, large());
    let starts = [0, 1].map(|index| storage.log(id(index)).unwrap().start());
    assert!(starts.iter().all(|start| (40..=50).contains(start)), "{starts:?}");
    assert_eq!([zero, one], [60, 60]);
}

/// Log 0 has a section in a file that log 1 reads, then segments of its own, which go.
#[tokio::test(flavor = "multi_thread")]
async fn where_a_log_begins_is_noted_before_a_hole_is_made() {
    let (disk, storage) = with_commons(large()).await;
    storage.close().await;
    drop(storage);
    let storage = open(&disk, small());
    storage.create(&[id(2)]).unwrap();
    put(&storage, &[0, 2], 80).await;
    until("own segments", || own(&disk, 0) > 3).await;
    let log = storage.log(id(0)).unwrap();
    let left = own(&disk, 0);
    log.trim(90);
    until("its own segments go", || own(&disk, 0) < left).await;
    put(&storage, &[2], 20).await;
    assert!(!commons(&disk).is_empty(), "log 1 is still read");
    drop(log);
    let report = check_on(&disk.copy()).unwrap();
    assert_eq!(report.damage, []);
    let again = disk.after_crash(Unsynced::Lost);
    let storage = open(&again, large());
    let log = storage.log(id(0)).unwrap();
    assert!((20..=90).contains(&log.start()), "{}", log.start());
    assert_eq!(read_all(&log).await.len() as u64, 100 - log.start());
    assert_eq!(read_all(&storage.log(id(1)).unwrap()).await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_log_stays_deleted_while_a_file_has_something_of_it() {
    let settings = unpunched();
    let (disk, storage) = with_commons(settings.clone()).await;
    storage.delete(&[id(0)]).unwrap();
    // The journal forgets that it is deleted.
    put(&storage, &[1], 60).await;
    storage.close().await;
    drop(storage);
    let disk = disk.after_crash(Unsynced::Kept);
    assert_eq!(check_on(&disk).unwrap().damage, []);
    let storage = open(&disk, settings);
    assert!(storage.log(id(0)).is_none(), "it is back");
    assert_eq!(storage.create(&[id(0)]), Err(AppendError::Deleted));
    let log = storage.log(id(1)).unwrap();
    assert_eq!(read_all(&log).await.len(), 80);
    log.trim(70);
    for _ in 0..5000 {
        if storage.create(&[id(0)]).is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let made = storage.log(id(0)).expect("nothing is left of it");
    put(&storage, &[0, 1], 30).await;
    assert_eq!((made.start(), made.end()), (0, 30));
    drop(made);
    let again = disk.after_crash(Unsynced::Lost);
    assert_eq!(read_all(&open(&again, large()).log(id(0)).unwrap()).await.len(), 30);
}

fn temporary(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("flumen-common-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    dir
}

/// What the files of a directory take on disk.
fn room(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let files = std::fs::read_dir(dir).expect("a directory").flatten();
    files
        .filter(|file| file.file_name().to_string_lossy().ends_with(".segment"))
        .fold(0, |sum, file| sum + file.metadata().map_or(0, |meta| meta.blocks() * 512))
}

/// Of two logs that have blocks of 32 KiB in the same files one is deleted.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reads_is_freed_and_the_rest_stays_readable() {
    let dir = temporary("freed");
    let settings = StorageSettings {
        tail_bytes: 1024 * 1024,
        journal_bytes: Some(256 * 1024),
        queue_bytes: 4 * 1024 * 1024,
        segment_bytes: 16 * 1024 * 1024,
        ..large()
    };
    let storage = Storage::open(&dir, settings.clone()).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let values: Vec<Vec<u8>> = (0..64u64).map(|n| vec![n as u8; 32 * 1024]).collect();
    for value in &values {
        for index in [0, 1] {
            let log = storage.log(id(index)).unwrap();
            append_patiently(&storage, &log, 0, value).await;
        }
    }
    let journal = dir.join("journal");
    until("files stay", || room(&journal) > 3 * 1024 * 1024).await;
    // What a backup has too stays as it is, and is freed once the backup is gone.
    let copy = temporary("freed-copy");
    let done = Backup::begin(&dir, &copy, None).unwrap().finish().unwrap();
    assert!(done.linked_files > 3, "{done:?}");
    storage.delete(&[id(0)]).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(check(&copy, None).unwrap().damage, []);
    let copied = Storage::open(&copy, settings.clone()).unwrap();
    assert_eq!(read_all(&copied.log(id(0)).unwrap()).await.len(), 64);
    drop(copied);
    let before = room(&journal);
    assert!(before > 3 * 1024 * 1024, "{before}");
    std::fs::remove_dir_all(&copy).unwrap();
    until("nearly half of it is freed", || room(&journal) < before * 6 / 10).await;
    let wanted: Vec<Vec<u8>> =
        read_all(&storage.log(id(1)).unwrap()).await.into_iter().map(|seen| seen.2).collect();
    assert_eq!(wanted, values);
    storage.close().await;
    drop(storage);
    assert_eq!(check(&dir, None).unwrap().damage, []);
    let storage = Storage::open(&dir, settings).unwrap();
    assert_eq!(read_all(&storage.log(id(1)).unwrap()).await.len(), 64);
    assert!(storage.log(id(0)).is_none());
    storage.close().await;
    std::fs::remove_dir_all(&dir).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_damaged_file_is_named() {
    let disk = FaultyDisk::default();
    let storage = open(&disk, large());
    storage.create(&[id(0), id(1)]).unwrap();
    put(&storage, &[0, 1], 40).await;
    until("files stay", || commons(&disk).len() > 5).await;
    let disk = disk.after_crash(Unsynced::Kept);
    let files = commons(&disk);
    for file in &files[1..] {
        let without = disk.copy();
        without.unlink(file);
        assert!(!check_on(&without).unwrap().damage.is_empty(), "{} is not missed", file.display());
        assert!(Storage::open_on(Arc::new(without), large()).is_err());
    }
    // Its last bytes, a byte of its table, of its index.
    let bytes = disk.files().iter().find(|(path, _)| *path == files[2]).unwrap().1;
    for at in [bytes - 1, bytes - 64, bytes - 64 - 100, bytes - 64 - 2 * 56 - 30] {
        let flipped = disk.copy();
        flipped.flip(&files[2], at, 4);
        let named = check_on(&flipped).unwrap().damage.iter().any(|damage| damage.file == files[2]);
        assert!(named, "a changed byte at {at} of {bytes}");
    }
}

/// What is noted when a segment goes does not reach to records that only the journal has: those are in a segment later, and
/// that one says where the log ends.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_noted_does_not_reach_beyond_what_goes() {
    let settings = unpunched();
    let (disk, storage) = with_commons(settings.clone()).await;
    storage.close().await;
    drop(storage);
    let storage = open(&disk, StorageSettings { free_after: Duration::from_secs(3600), ..small() });
    put(&storage, &[0], 40).await;
    storage.close().await;
    drop(storage);
    // Segments of its own behind that, then a few records in the journal alone; then all is trimmed.
    let storage = open(&disk, settings.clone());
    put(&storage, &[0], 3).await;
    let log = storage.log(id(0)).unwrap();
    let (left, end) = (own(&disk, 0), log.end());
    log.trim(end);
    until("its own segments go", || own(&disk, 0) < left).await;
    // The power goes before another one can say where the log ends.
    disk.hold(&[*b"FLS1"]);
    let kept = commons(&disk).len();
    put(&storage, &[1], 5).await;
    until("the records are in a segment", || commons(&disk).len() > kept).await;
    let disk = disk.after_crash(Unsynced::Kept);
    drop((storage, log));
    assert_eq!(check_on(&disk).unwrap().damage, []);
    assert_eq!(open(&disk, settings).log(id(0)).unwrap().end(), end);
}

/// A segment of its own was begun for what stays in the journal's file in the end, as where a disk was full for a while.
#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_was_begun_for_what_then_stays_is_removed() {
    let (disk, storage) = with_commons(large()).await;
    storage.close().await;
    drop(storage);
    let disk = disk.after_crash(Unsynced::Kept);
    // At the beginning of one section, and of no use at all.
    let begun = Path::new("logs/7/0-00000000000000000000.segment");
    assert_eq!(own(&disk, 0), 0);
    let dir = disk.copy();
    flumen_storage::Disk::make_dir(&dir, Path::new("logs/7")).unwrap();
    dir.put(begun, b"");
    assert_eq!(check_on(&dir).unwrap().damage, []);
    let storage = open(&dir, large());
    assert_eq!(own(&dir, 0), 0);
    assert_eq!(read_all(&storage.log(id(0)).unwrap()).await.len(), 20);
}

/// Log 0 has sections in files that log 1 reads, and then alone in others, which go.
#[tokio::test(flavor = "multi_thread")]
async fn where_a_log_begins_is_noted_before_a_file_of_many_goes() {
    let settings = unpunched();
    let (disk, storage) = with_commons(settings.clone()).await;
    put(&storage, &[0], 40).await;
    until("more files stay", || commons(&disk).len() > 10).await;
    let before = commons(&disk).len();
    storage.log(id(0)).unwrap().trim(50);
    until("those of log 0 alone go", || commons(&disk).len() < before - 2).await;
    let disk = disk.after_crash(Unsynced::Lost);
    drop(storage);
    assert_eq!(check_on(&disk).unwrap().damage, []);
    let storage = open(&disk, settings);
    let log = storage.log(id(0)).unwrap();
    assert!((30..=50).contains(&log.start()), "{}", log.start());
    assert_eq!(read_all(&log).await.len() as u64, 60 - log.start());
    assert_eq!(read_all(&storage.log(id(1)).unwrap()).await.len(), 20);
}

/// Room is made on a disk that has none, not even for what has to be noted before.
#[tokio::test(flavor = "multi_thread")]
async fn without_any_room_what_nobody_reads_is_noted_and_freed() {
    let disk = FaultyDisk::default();
    let settings = StorageSettings {
        tail_bytes: 1024 * 1024,
        journal_bytes: Some(256 * 1024),
        queue_bytes: 1024 * 1024,
        segment_bytes: 1024 * 1024,
        ..large()
    };
    let storage = open(&disk, settings.clone());
    storage.create(&[id(0), id(1)]).unwrap();
    for n in 0..40 {
        for index in [0, 1] {
            append_patiently(&storage, &storage.log(id(index)).unwrap(), n, &[7; 20_000]).await;
        }
    }
    until("files stay", || commons(&disk).len() > 3).await;
    let first = commons(&disk).remove(0);
    let before = bytes_of(&disk, &first);
    disk.set_capacity(disk.used());
    storage.delete(&[id(0)]).unwrap();
    until("it is punched", || bytes_of(&disk, &first) != before).await;
    let disk = disk.after_crash(Unsynced::Lost);
    drop(storage);
    assert_eq!(check_on(&disk).unwrap().damage, []);
    let storage = open(&disk, settings);
    assert!(storage.log(id(0)).is_none());
    assert_eq!(read_all(&storage.log(id(1)).unwrap()).await.len(), 40);
}

/// Each half of what is noted is enough.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_noted_outlives_the_loss_of_a_half() {
    let settings = unpunched();
    let (disk, storage) = with_commons(settings.clone()).await;
    storage.delete(&[id(0)]).unwrap();
    put(&storage, &[1], 60).await;
    storage.close().await;
    drop(storage);
    let noted = Path::new("journal/trimmed");
    let half = bytes_of(&disk, noted).len() as u64 / 2;
    for (flipped, is_damaged) in [(&[3][..], false), (&[half + 3][..], false), (&[20, half + 20][..], true)] {
        let disk = disk.copy();
        flipped.iter().for_each(|at| disk.flip(noted, *at, 1));
        let damage = check_on(&disk).unwrap().damage;
        assert_eq!(damage.iter().any(|damage| damage.file == noted), is_damaged, "{flipped:?}: {damage:?}");
        match Storage::open_on(Arc::new(disk), settings.clone()) {
            Ok(storage) => assert!(!is_damaged && storage.log(id(0)).is_none(), "{flipped:?}: it is back"),
            Err(error) => assert!(is_damaged, "{flipped:?}: {error}"),
        }
    }
}
