//! What a format held in clear is overwritten once, whatever fails meanwhile, and nothing else is touched.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{ALL, bytes_of, id, read_from, runtime, tiny};
use flumen_storage::{
    Append, BatchBuilder, Disk as _, DiskFile, OverwriteError, Storage, StorageSettings, check_on,
};
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced};

const SECRET: &[u8] = b"hunter2!";
/// In this log they are to be overwritten, in the other they are somebody's data.
const CLEAR_LOG: u32 = 0;
const OTHER_LOG: u32 = 1;
const RECORDS: u64 = 40;
/// Those before are trimmed.
const START: u64 = 30;

fn settings() -> StorageSettings {
    StorageSettings { once_clear: vec![id(CLEAR_LOG)], ..tiny() }
}

fn redact(bytes: &mut [u8]) {
    for at in 0..bytes.len().saturating_sub(SECRET.len() - 1) {
        if bytes[at..].starts_with(SECRET) {
            bytes[at..at + SECRET.len()].fill(b'0');
        }
    }
}

fn value(n: u64) -> Vec<u8> {
    let mut value = format!("{n:08} ").into_bytes();
    value.extend_from_slice(if n < START { SECRET } else { b"nothing." });
    value.resize(300, b'.');
    value
}

async fn put(storage: &Storage, log: u32, n: u64) {
    let log = storage.log(id(log)).unwrap();
    let mut batch = BatchBuilder::default();
    batch.push(3, b"key", &value(n));
    storage.append(vec![Append { log, time_ms: n, batch: batch.finish() }]).await.remove(0).unwrap();
}

fn open(disk: &FaultyDisk) -> Storage {
    Storage::open_on(Arc::new(disk.clone()), settings()).unwrap()
}

/// A directory of format 3 with records in segments and in the journal, and what a start of it leaves in both.
async fn earlier(ends_cleanly: bool) -> FaultyDisk {
    let disk = FaultyDisk::default();
    let storage = open(&disk);
    assert!(!storage.holds_clear(), "a new directory has nothing in clear");
    storage.create(&[id(CLEAR_LOG), id(OTHER_LOG)]).unwrap();
    for n in 0..RECORDS {
        put(&storage, CLEAR_LOG, n).await;
        put(&storage, OTHER_LOG, n).await;
    }
    let disk = if ends_cleanly {
        storage.close().await;
        disk.copy()
    } else {
        let crashed = disk.after_crash(Unsynced::Kept);
        storage.close().await;
        crashed
    };
    disk.put(Path::new("FORMAT"), b"flumen-storage 3\n");
    disk
}

fn is_others(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    path.starts_with("logs") && name.starts_with(&format!("{OTHER_LOG}-"))
}

/// Files that hold it, but those of the other log, where it is data.
fn holding(disk: &FaultyDisk) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| bytes_of(disk, path).windows(SECRET.len()).any(|window| window == SECRET);
    let paths = disk.files().into_iter().map(|(path, _)| path);
    paths.filter(|path| !is_others(path) && holds(path)).collect()
}

/// Every file that there ever was, also when it has no name any more.
#[derive(Default)]
struct Ever(BTreeMap<PathBuf, Vec<Arc<dyn DiskFile>>>);

impl Ever {
    fn look(&mut self, disk: &FaultyDisk) {
        for (path, _) in disk.files().into_iter().filter(|(path, _)| !is_others(path)) {
            if let Ok(file) = disk.open(&path) {
                self.0.entry(path).or_default().push(file);
            }
        }
    }

    fn holding(&self) -> Vec<&Path> {
        let holds = |file: &Arc<dyn DiskFile>| {
            let mut bytes = vec![0; file.bytes().unwrap() as usize];
            file.read_at(&mut bytes, 0).unwrap();
            bytes.windows(SECRET.len()).any(|window| window == SECRET)
        };
        let holding = self.0.iter().filter(|(_, files)| files.iter().any(holds));
        holding.map(|(path, _)| path.as_path()).collect()
    }
}

fn is_marked(disk: &FaultyDisk) -> bool {
    disk.open(Path::new("clear")).is_ok()
}

/// As whoever has taken over what is there.
async fn take_over(storage: &Storage) -> Result<(), OverwriteError> {
    assert!(storage.holds_clear());
    storage.log(id(CLEAR_LOG)).unwrap().trim(START);
    storage.close_and_overwrite(redact).await.map(drop)
}

async fn holds_all(storage: &Storage) {
    let read = async |log| read_from(&storage.log(id(log)).unwrap(), START, ALL).await.unwrap();
    let expected: Vec<_> = (START..RECORDS).map(|n| (n, n, value(n))).collect();
    assert_eq!(read(CLEAR_LOG).await, expected);
    assert_eq!(read(OTHER_LOG).await, expected);
    let other = read_from(&storage.log(id(OTHER_LOG)).unwrap(), 0, ALL).await.unwrap();
    assert_eq!(other.len() as u64, RECORDS);
}

#[test]
fn what_is_trimmed_is_overwritten_and_the_rest_is_as_it_was() {
    runtime().block_on(async {
        for ends_cleanly in [true, false] {
            let disk = earlier(ends_cleanly).await;
            assert!(!holding(&disk).is_empty());
            let mut ever = Ever::default();
            ever.look(&disk);
            let storage = open(&disk);
            assert!(is_marked(&disk), "before anything else");
            take_over(&storage).await.unwrap();
            assert_eq!(ever.holding(), Vec::<&Path>::new());
            assert!(storage.log(id(CLEAR_LOG)).unwrap().start() == START);
            assert_eq!(holding(&disk), Vec::<PathBuf>::new());
            assert!(!is_marked(&disk));
            let report = check_on(&disk).unwrap();
            assert!(report.damage.is_empty() && report.ends_cleanly && report.format == 5, "{report:?}");
            let storage = open(&disk);
            assert!(!storage.holds_clear(), "it is done once");
            holds_all(&storage).await;
            storage.close().await;
        }
    });
}

#[test]
fn while_it_is_not_done_files_are_overwritten_before_they_go() {
    runtime().block_on(async {
        // Small segments go bit by bit, large ones at once.
        for segment_bytes in [settings().segment_bytes, 1 << 20] {
            let disk = earlier(true).await;
            let mut ever = Ever::default();
            for left in
                ["logs/7/0-00000000000000000000.segment.new", "journal/00000000000000000099.journal.new"]
            {
                disk.put(Path::new(left), SECRET);
            }
            ever.look(&disk);
            let settings = StorageSettings { segment_bytes, ..settings() };
            let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
            ever.look(&disk);
            // All journal files go round, and the log's segments are given up.
            for n in RECORDS..4 * RECORDS {
                put(&storage, CLEAR_LOG, n).await;
                put(&storage, OTHER_LOG, n).await;
                storage.log(id(CLEAR_LOG)).unwrap().trim(n);
                ever.look(&disk);
            }
            storage.close().await;
            assert!(is_marked(&disk));
            let storage = open(&disk);
            take_over(&storage).await.unwrap();
            assert_eq!(holding(&disk), Vec::<PathBuf>::new());
            assert_eq!(ever.holding(), Vec::<&Path>::new());
        }
    });
}

#[test]
fn journal_files_of_another_size_are_overwritten_before_they_go() {
    runtime().block_on(async {
        for ends_cleanly in [true, false] {
            let disk = earlier(ends_cleanly).await;
            let mut ever = Ever::default();
            ever.look(&disk);
            let settings = StorageSettings { journal_bytes: Some(16 * 1024), ..settings() };
            let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
            ever.look(&disk);
            take_over(&storage).await.unwrap();
            assert_eq!(holding(&disk), Vec::<PathBuf>::new());
            assert_eq!(ever.holding(), Vec::<&Path>::new());
        }
    });
}

#[test]
fn what_is_not_trimmed_is_as_it_was() {
    runtime().block_on(async {
        let disk = earlier(true).await;
        let storage = open(&disk);
        storage.log(id(CLEAR_LOG)).unwrap().trim(START - 1);
        storage.close_and_overwrite(redact).await.unwrap();
        let log = open(&disk).log(id(CLEAR_LOG)).unwrap();
        let read = read_from(&log, START - 2, ALL).await.unwrap();
        assert_ne!(read[0].2, value(START - 2));
        assert_eq!(read[1].2, value(START - 1));
    });
}

#[test]
fn a_journal_that_was_never_filled_is_emptied_too() {
    runtime().block_on(async {
        let large = || StorageSettings { journal_bytes: Some(1 << 20), tail_bytes: 8 << 20, ..settings() };
        let disk = FaultyDisk::default();
        let storage = Storage::open_on(Arc::new(disk.clone()), large()).unwrap();
        storage.create(&[id(CLEAR_LOG)]).unwrap();
        put(&storage, CLEAR_LOG, 0).await;
        storage.close().await;
        disk.put(Path::new("FORMAT"), b"flumen-storage 3\n");
        let storage = Storage::open_on(Arc::new(disk.clone()), large()).unwrap();
        put(&storage, CLEAR_LOG, START).await;
        storage.log(id(CLEAR_LOG)).unwrap().trim(1);
        storage.close_and_overwrite(redact).await.unwrap();
        assert_eq!(holding(&disk), Vec::<PathBuf>::new());
    });
}

#[test]
fn a_loss_of_power_at_any_call_is_made_good_by_the_next_start() {
    runtime().block_on(async {
        let earlier = earlier(false).await;
        let (mut done, mut nth) = (0, 0);
        loop {
            let disk = earlier.copy();
            disk.fail_later(nth, Fault::PowerLoss);
            if let Ok(storage) = Storage::open_on(Arc::new(disk.clone()), settings()) {
                done += u64::from(take_over(&storage).await.is_ok());
            }
            let tripped = disk.tripped();
            let disk = disk.after_crash(Unsynced::Mixed(nth));
            let storage = open(&disk);
            holds_all(&storage).await;
            match storage.holds_clear() {
                true => take_over(&storage).await.unwrap_or_else(|error| panic!("call {nth}: {error}")),
                false => storage.close().await,
            }
            assert_eq!(holding(&disk), Vec::<PathBuf>::new(), "call {nth}");
            assert!(!is_marked(&disk));
            if !tripped {
                break;
            }
            nth += 1;
        }
        assert!(nth > 30 && done > 0 && done < nth, "{done} of {nth}");
    });
}

#[test]
fn a_file_that_a_backup_shares_stays_as_it_is_there() {
    runtime().block_on(async {
        let disk = earlier(true).await;
        let segment = PathBuf::from(format!("logs/7/{CLEAR_LOG}-00000000000000000000.segment"));
        disk.make_dir(Path::new("elsewhere")).unwrap();
        disk.link(&segment, Path::new("elsewhere/segment")).unwrap();
        let storage = open(&disk);
        storage.log(id(CLEAR_LOG)).unwrap().trim(START);
        let done = storage.close_and_overwrite(redact).await.unwrap();
        assert!(done.shared == 1 && done.blocks > 0, "{done:?}");
        assert_eq!(holding(&disk), [PathBuf::from("elsewhere/segment")]);
        holds_all(&open(&disk)).await;
        // As it does when the file goes.
        disk.put(Path::new("FORMAT"), b"flumen-storage 3\n");
        let segment = PathBuf::from(format!("logs/7/{CLEAR_LOG}-00000000000000000000.segment"));
        disk.unlink(&segment);
        disk.link(Path::new("elsewhere/segment"), &segment).unwrap();
        let storage = open(&disk);
        storage.log(id(CLEAR_LOG)).unwrap().trim(RECORDS);
        storage.close_and_overwrite(redact).await.unwrap();
        // A stop may come between the name that a file gets to go and its going; then the next start removes it.
        open(&disk).close().await;
        assert_eq!(holding(&disk), [PathBuf::from("elsewhere/segment")]);
    });
}

#[test]
fn where_there_is_no_room_it_waits_for_the_next_start() {
    runtime().block_on(async {
        let disk = earlier(true).await;
        let storage = open(&disk);
        disk.set_capacity(disk.used());
        let error = take_over(&storage).await.unwrap_err();
        assert!(matches!(error, OverwriteError::Io { .. } | OverwriteError::InJournal(_)), "{error}");
        assert!(is_marked(&disk));
        let storage = open(&disk);
        holds_all(&storage).await;
        disk.set_capacity(u64::MAX);
        take_over(&storage).await.unwrap();
        assert_eq!(holding(&disk), Vec::<PathBuf>::new());
    });
}
