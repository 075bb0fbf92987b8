//! Copies of a directory to one point: while it is written to, trimmed and deleted from; with each I/O of the copying
//! failing in turn; and what becomes of files that a copy and the directory share.

mod common;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use common::*;
use flumen_storage::{
    BackedUp, Backup, BackupError, Disk, DiskFile, Entry, Log, OpenError, Storage, StorageSettings, check,
    check_on,
};
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced};
use parking_lot::Mutex;

fn small() -> StorageSettings {
    StorageSettings {
        tail_bytes: 256 * 1024,
        segment_bytes: 24 * 1024,
        journal_bytes: Some(32 * 1024),
        ..StorageSettings::default()
    }
}

/// Appends the next record of each log, in one call.
async fn put(storage: &Storage, logs: &[&Log], n: u64) {
    let appends: Vec<_> = logs.iter().map(|log| batch(log, n, &[value(log.id(), n)])).collect();
    for answer in storage.append(appends).await {
        assert_eq!(answer.unwrap().first, n);
    }
}

/// Every record is the one that belongs there; answers with where each log begins and ends.
async fn judged(storage: &Storage) -> BTreeMap<u32, (u64, u64)> {
    let mut found = BTreeMap::new();
    for id in storage.logs() {
        let log = storage.log(id).unwrap();
        let seen = read_all(&log).await;
        assert_eq!(seen.len() as u64, log.end() - log.start(), "log {id}");
        for (position, _, seen) in seen {
            assert_eq!(seen, value(id, position), "log {id} at {position}");
        }
        found.insert(id.index, (log.start(), log.end()));
    }
    found
}

fn back_up(from: &Path, to: &Path, former: Option<&Path>) -> Result<BackedUp, BackupError> {
    Backup::begin(from, to, former)?.finish()
}

/// Everything below a directory as it is.
fn content(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(content(&path));
        } else {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[derive(Default)]
struct Load {
    stop: AtomicBool,
    /// The first two logs are written in one call; the third after that call was answered.
    together: AtomicU64,
    after: AtomicU64,
    /// A fourth log tells how much of the third is not needed any more; then that is trimmed.
    told: AtomicU64,
    /// Logs that come and go, by index: so many records were acknowledged; deletion was asked for.
    short: Mutex<BTreeMap<u32, (u64, bool)>>,
}

const SHORT: u32 = 10;

impl Load {
    fn ends(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    async fn write(&self, storage: &Storage) {
        let logs = [0, 1, 2].map(|index| storage.log(id(index)).unwrap());
        for n in 0.. {
            if self.ends() {
                return;
            }
            put(storage, &[&logs[0], &logs[1]], n).await;
            self.together.store(n + 1, Ordering::SeqCst);
            put(storage, &[&logs[2]], n).await;
            self.after.store(n + 1, Ordering::SeqCst);
        }
    }

    async fn trim(&self, storage: &Storage) {
        let (log, tells) = (storage.log(id(2)).unwrap(), storage.log(id(3)).unwrap());
        for n in 0.. {
            if self.ends() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
            // The position that it tells is the time of the record.
            let end = log.end();
            let appended = append(storage, &tells, end, &[value(id(3), n)]).await.unwrap();
            assert_eq!(appended.first, n);
            self.told.store(n + 1, Ordering::SeqCst);
            log.trim(end);
            tells.trim(n);
        }
    }

    async fn come_and_go(&self, storage: &Storage) {
        for index in SHORT.. {
            if self.ends() {
                return;
            }
            storage.create(&[id(index)]).unwrap();
            let log = storage.log(id(index)).unwrap();
            for n in 0..40 {
                put(storage, &[&log], n).await;
                self.short.lock().insert(index, (n + 1, false));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            self.short.lock().insert(index, (40, true));
            storage.delete(&[id(index)]).unwrap();
        }
    }
}

/// What a copy must hold at least.
struct Before {
    together: u64,
    after: u64,
    told: u64,
    short: BTreeMap<u32, (u64, bool)>,
}

impl Before {
    fn now(load: &Load) -> Before {
        let short = load.short.lock().clone();
        let [told, after, together] =
            [&load.told, &load.after, &load.together].map(|n| n.load(Ordering::SeqCst));
        Before { together, after, told, short }
    }

    async fn holds(&self, storage: &Storage, load: &Load, context: &str) {
        let found = judged(storage).await;
        let (_, first) = found[&0];
        assert_eq!(first, found[&1].1, "{context}: one call is there whole or not at all");
        let (start, after) = found[&2];
        assert!(after <= first && first <= after + 1, "{context}: {after} follow {first}");
        assert!(self.together <= first && self.after <= after, "{context}: acknowledged records are missing");
        let sent = load.together.load(Ordering::SeqCst) + 1;
        assert!(first <= sent, "{context}: {first} records, and {sent} were sent");
        // What is trimmed was told before. The one who told it may not be trimmed with it.
        let tells = storage.log(id(3)).unwrap();
        assert!(tells.end() >= self.told && tells.end() > 0, "{context}");
        let told = tells.last_time_ms().unwrap();
        assert!(start <= told, "{context}: begins at {start}, and {told} was told");
        for (index, (records, deleted)) in &self.short {
            match found.get(index) {
                Some((0, end)) => assert!(end >= records, "{context}: log {index} lacks records"),
                Some((start, _)) => panic!("{context}: log {index} begins at {start}"),
                None => {
                    let goes = *deleted || load.short.lock()[index].1;
                    assert!(goes || *records == 0, "{context}: log {index} is gone");
                }
            }
        }
        let kept = found.keys().filter(|index| **index >= SHORT).count();
        assert!(kept <= 2, "{context}: {kept} logs, though all but two are deleted");
    }
}

#[test]
fn copies_under_load_hold_what_was_acknowledged_up_to_one_point() {
    let runtime = runtime();
    let place = tempfile::tempdir().unwrap();
    let live = place.path().join("live");
    let (load, storage) = (Arc::new(Load::default()), Storage::open(&live, small()).unwrap());
    storage.create(&[id(0), id(1), id(2), id(3)]).unwrap();
    let tasks: Vec<_> = (0..3)
        .map(|which| {
            let (load, storage) = (load.clone(), storage.clone());
            runtime.spawn(async move {
                match which {
                    0 => load.write(&storage).await,
                    1 => load.trim(&storage).await,
                    _ => load.come_and_go(&storage).await,
                }
            })
        })
        .collect();
    while load.told.load(Ordering::SeqCst) < 3 || load.short.lock().len() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }

    let mut kept: Vec<(PathBuf, BTreeMap<PathBuf, Vec<u8>>)> = Vec::new();
    let (mut linked, mut sequence) = (0, 0);
    for n in 0..16 {
        let context = format!("copy {n}");
        let to = place.path().join(format!("copy-{n}"));
        let before = Before::now(&load);
        let former = kept.last().map(|(former, _)| former.as_path());
        let done = back_up(&live, &to, former).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(done.sequence > sequence, "{context}: {done:?}");
        sequence = done.sequence;
        linked += done.linked_files;
        let report = check(&to, None).unwrap();
        assert_eq!(
            (report.damage, report.unfinished, report.strangers),
            (vec![], vec![], vec![]),
            "{context}"
        );
        assert!(report.ends_cleanly, "{context}");
        runtime.block_on(async {
            // Every other one is opened itself, and goes on; of the rest a copy is.
            let opened = if n % 2 == 0 {
                to.clone()
            } else {
                kept.push((to.clone(), content(&to)));
                let again = place.path().join(format!("again-{n}"));
                let repeated = back_up(&to, &again, None).unwrap();
                assert_eq!(repeated.sequence, sequence + 1, "the mark of the end comes after it");
                again
            };
            let copy = Storage::open(&opened, small()).unwrap();
            before.holds(&copy, &load, &context).await;
            let logs = [0, 1, 2].map(|index| copy.log(id(index)).unwrap());
            let go_on = async |log: &Log| {
                let end = log.end();
                for n in end..end + 100 {
                    put(&copy, &[log], n).await;
                }
                log.trim(end);
            };
            tokio::join!(go_on(&logs[0]), go_on(&logs[1]), go_on(&logs[2]));
            copy.close().await;
            assert_eq!(check(&opened, None).unwrap().damage, [], "{context}");
        });
    }
    load.stop.store(true, Ordering::SeqCst);
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
        judged(&storage).await;
        storage.close().await;
    });
    assert_eq!(check(&live, None).unwrap().damage, []);
    assert!(linked > 20, "{linked} files are shared");
    for (copy, before) in kept {
        assert!(content(&copy) == before, "{} has changed since it was made", copy.display());
    }
}

/// Some logs with segments and a journal that goes on; one trimmed, one deleted.
async fn filled(disk: &FaultyDisk, from: u64, to: u64) -> BTreeMap<u32, (u64, u64)> {
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0), id(1), id(2)]).unwrap();
    let logs = [0, 1, 2].map(|index| storage.log(id(index)).unwrap());
    for n in from..to {
        put(&storage, &[&logs[0], &logs[1]], n).await;
    }
    if from == 0 {
        for n in 0..5 {
            put(&storage, &[&logs[2]], n).await;
        }
    }
    if from > 0 {
        logs[1].trim(to / 2);
        storage.delete(&[id(2)]).unwrap();
        put(&storage, &[&logs[0], &logs[1]], to).await;
    }
    let found = judged(&storage).await;
    drop(logs);
    storage.close().await;
    found
}

async fn opened(disk: FaultyDisk) -> BTreeMap<u32, (u64, u64)> {
    let storage = Storage::open_on(Arc::new(disk), tiny()).unwrap_or_else(|error| panic!("{error}"));
    let found = judged(&storage).await;
    storage.close().await;
    found
}

fn ends(found: &BTreeMap<u32, (u64, u64)>) -> Vec<(u32, u64)> {
    found.iter().map(|(index, (_, end))| (*index, *end)).collect()
}

#[test]
fn whatever_fails_leaves_a_whole_copy_or_one_that_is_refused() {
    let runtime = runtime();
    let (disk, one, two) = (FaultyDisk::default(), Path::new("one"), Path::new("two"));
    let (first, second) = runtime.block_on(async {
        let first = filled(&disk, 0, 80).await;
        Backup::begin_on(disk.clone(), one, None).unwrap().finish().unwrap();
        disk.sync_dir(Path::new("")).unwrap();
        (first, filled(&disk, 80, 160).await)
    });
    let disk = disk.copy();
    let all = [
        (Fault::Error, Unsynced::Lost),
        (Fault::Short, Unsynced::Kept),
        (Fault::Torn, Unsynced::Lost),
        (Fault::Torn, Unsynced::Mixed(5)),
        (Fault::PowerLoss, Unsynced::Lost),
        (Fault::PowerLoss, Unsynced::Kept),
        (Fault::PowerLoss, Unsynced::Mixed(11)),
    ];
    let (next, whole, refused) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let at = |nth: u64, fault: Fault, unsynced: Unsynced| {
        let context = format!("{fault:?} at call {nth}, unsynced {unsynced:?}");
        let disk = disk.copy();
        disk.fail_later(nth, fault);
        let done = Backup::begin_on(disk.clone(), two, Some(one)).and_then(Backup::finish);
        let tripped = disk.tripped();
        let named = disk.sync_dir(Path::new("")).is_ok();
        let after = disk.after_crash(unsynced);
        let copy = after.below(two);
        // A directory in which nothing is called FORMAT yet has nothing else either.
        if copy.files().iter().all(|(path, _)| path == Path::new("FORMAT.new")) {
            assert!(done.is_err() || !named, "{context}: it is gone");
        } else {
            match Storage::open_on(Arc::new(copy.clone()), tiny()) {
                Ok(storage) => {
                    let found = runtime.block_on(judged(&storage));
                    assert_eq!(ends(&found), ends(&second), "{context}");
                    drop(storage);
                    assert_eq!(check_on(&copy).unwrap().damage, [], "{context}");
                    whole.fetch_add(1, Ordering::Relaxed);
                }
                Err(OpenError::Unfinished { .. }) => {
                    assert!(done.is_err(), "{context}: it is not finished");
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => panic!("{context}: {error}"),
            }
        }
        for (dir, wanted) in [(one, &first), (Path::new(""), &second)] {
            let report = check_on(&after.below(dir)).unwrap();
            assert_eq!(report.damage, [], "{context}: {}", dir.display());
            assert_eq!(ends(&runtime.block_on(opened(after.below(dir)))), ends(wanted), "{context}");
        }
        tripped
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    all.iter().filter(|(fault, unsynced)| at(nth, *fault, *unsynced)).count() > 0
                } {}
            });
        }
    });
    let [next, whole, refused] = [next, whole, refused].map(AtomicU64::into_inner);
    assert!(next > 100 && whole > 10 && refused > 100, "{next} calls, {whole} whole, {refused} refused");
}

/// A disk on which something happens just before a file, or the first one of a folder, is opened, linked or copied for
/// the first time, and whose first listing misses the files of a log.
struct Meddled {
    disk: FaultyDisk,
    at: PathBuf,
    what: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    missed: Mutex<Option<&'static str>>,
}

impl Meddled {
    fn meets(&self, file: &Path) {
        if file.starts_with(&self.at) {
            let what = self.what.lock().take();
            what.into_iter().for_each(|what| what());
        }
    }
}

impl Disk for Meddled {
    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        self.disk.lock()
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = self.disk.list(dir)?;
        if dir == Path::new("logs/7")
            && let Some(missed) = self.missed.lock().take()
        {
            entries.retain(|entry| !entry.name.starts_with(missed));
        }
        Ok(entries)
    }
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.make_dir(dir)
    }
    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.remove_dir(dir)
    }
    fn create(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.disk.create(file)
    }
    fn open(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.meets(file);
        self.disk.open(file)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, file: &Path) -> io::Result<()> {
        self.disk.remove(file)
    }
    fn link(&self, file: &Path, name: &Path) -> io::Result<()> {
        self.meets(file);
        self.disk.link(file, name)
    }
    fn copy(&self, from: &Path, to: &Path, bytes: u64) -> io::Result<()> {
        self.meets(from);
        Disk::copy(&self.disk, from, to, bytes)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.sync_dir(dir)
    }
    fn sync_files(&self) -> io::Result<()> {
        self.disk.sync_files()
    }
}

fn is_there(disk: &FaultyDisk, file: &Path) -> bool {
    disk.files().iter().any(|(path, _)| path == file)
}

/// Backs up while `what` happens just before `at`, and answers with what the copy holds.
fn meddled(at: &str, what: impl FnOnce(&Storage, &FaultyDisk) + Send + 'static) -> BTreeMap<u32, (u64, u64)> {
    let runtime = runtime();
    let disk = FaultyDisk::default();
    let storage = runtime.block_on(async {
        let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
        storage.create(&[id(0), id(1)]).unwrap();
        let logs = [0, 1].map(|index| storage.log(id(index)).unwrap());
        for n in 0..200 {
            put(&storage, &[&logs[0], &logs[1]], n).await;
        }
        storage
    });
    let meddler = (storage.clone(), disk.clone());
    let happens = Box::new(move || what(&meddler.0, &meddler.1));
    let (what, missed) = (Mutex::new(Some(happens as Box<_>)), Mutex::default());
    let meddled = Meddled { disk: disk.clone(), at: at.into(), what, missed };
    Backup::begin_on(meddled, Path::new("copy"), None).unwrap().finish().unwrap();
    assert_eq!(check_on(&disk.below(Path::new("copy"))).unwrap().damage, [], "{at}");
    runtime.block_on(storage.close());
    drop(storage);
    runtime.block_on(opened(disk.below(Path::new("copy"))))
}

/// From another thread, as another process would.
fn put_more(storage: &Storage, from: u64, to: u64) {
    runtime().block_on(async {
        let logs = [0, 1].map(|index| storage.log(id(index)).unwrap());
        for n in from..to {
            put(storage, &[&logs[0], &logs[1]], n).await;
        }
    });
}

#[test]
fn a_journal_file_that_is_written_over_meanwhile_is_read_from_its_successors() {
    let found = meddled("journal", |storage, disk| {
        let oldest = disk.files().into_iter().find(|(path, _)| path.starts_with("journal")).unwrap().0;
        put_more(storage, 200, 300);
        assert!(!is_there(disk, &oldest), "{} is still there", oldest.display());
    });
    assert_eq!(ends(&found), [(0, 300), (1, 300)]);
}

#[test]
fn a_segment_that_is_trimmed_meanwhile_is_trimmed_in_the_copy() {
    let oldest = "logs/7/0-00000000000000000000.segment";
    let found = meddled(oldest, move |storage, disk| {
        storage.log(id(0)).unwrap().trim(150);
        runtime().block_on(until("it goes", || !is_there(disk, Path::new(oldest))));
    });
    assert!(found[&0].0 > 0 && found[&0].0 <= 150 && found[&0].1 == 200, "{found:?}");
    assert_eq!(found[&1], (0, 200));
}

#[test]
fn a_log_that_is_deleted_meanwhile_is_deleted_in_the_copy() {
    let oldest = "logs/7/1-00000000000000000000.segment";
    let found = meddled(oldest, move |storage, disk| {
        storage.delete(&[id(1)]).unwrap();
        runtime().block_on(until("it goes", || !is_there(disk, Path::new(oldest))));
    });
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [(0, (0, 200))]);
}

#[test]
fn what_is_punched_out_of_a_segment_of_many_logs_meanwhile_is_trimmed_in_the_copy() {
    let runtime = runtime();
    let disk = FaultyDisk::default();
    let settings = StorageSettings {
        tail_bytes: 1024 * 1024,
        journal_bytes: Some(256 * 1024),
        queue_bytes: 1024 * 1024,
        segment_bytes: 1024 * 1024,
        large_block_bytes: 0,
        ..tiny()
    };
    let first = Path::new("journal/00000000000000000001.segment");
    let storage = runtime.block_on(async {
        let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
        storage.create(&[id(0), id(1)]).unwrap();
        for n in 0..40 {
            for index in [0, 1] {
                append_patiently(&storage, &storage.log(id(index)).unwrap(), n, &[7; 20_000]).await;
            }
        }
        until("it stays", || is_there(&disk, first)).await;
        storage
    });
    let meddler = (storage.clone(), disk.clone());
    let happens = move || {
        let (storage, disk) = meddler;
        let before = bytes_of(&disk, first);
        storage.log(id(0)).unwrap().trim(30);
        self::runtime().block_on(until("it is punched", || bytes_of(&disk, first) != before));
    };
    // Its copy is looked for when the journal has been read.
    let at = Path::new("copy").join(first);
    let what = Mutex::new(Some(Box::new(happens) as Box<_>));
    let meddled = Meddled { disk: disk.clone(), at, what, missed: Mutex::default() };
    Backup::begin_on(meddled, Path::new("copy"), None).unwrap().finish().unwrap();
    let copy = disk.below(Path::new("copy"));
    assert_eq!(check_on(&copy).unwrap().damage, []);
    runtime.block_on(async {
        let copied = Storage::open_on(Arc::new(copy), tiny()).unwrap();
        let (trimmed, whole) = (copied.log(id(0)).unwrap(), copied.log(id(1)).unwrap());
        assert!(trimmed.start() > 0 && trimmed.start() <= 30, "{}", trimmed.start());
        assert_eq!(read_all(&trimmed).await.len() as u64, 40 - trimmed.start());
        assert_eq!(read_all(&whole).await.len(), 40);
        storage.close().await;
    });
}

#[test]
fn what_is_appended_after_the_point_is_not_in_the_copy() {
    // The journal has been read when the first segment is linked.
    let found = meddled("logs/7/0-00000000000000000000.segment", |storage, _| put_more(storage, 200, 400));
    assert_eq!(ends(&found), [(0, 200), (1, 200)]);
}

#[test]
fn a_log_that_the_listing_misses_is_in_the_copy() {
    let runtime = runtime();
    let disk = FaultyDisk::default();
    runtime.block_on(async {
        filled(&disk, 0, 80).await;
        // Until nothing of the first two is left in the journal.
        let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
        let log = storage.log(id(2)).unwrap();
        for n in 5..200 {
            put(&storage, &[&log], n).await;
        }
        storage.close().await;
    });
    let missed = Mutex::new(Some("1-"));
    let meddled = Meddled { disk: disk.clone(), at: "nothing".into(), what: Mutex::default(), missed };
    Backup::begin_on(meddled, Path::new("copy"), None).unwrap().finish().unwrap();
    let found = runtime.block_on(opened(disk.below(Path::new("copy"))));
    assert_eq!(ends(&found), [(0, 80), (1, 80), (2, 200)]);
}

fn filled_directory(dir: &Path, from: u64, to: u64) {
    filled_with(dir, small(), from, to);
}

fn filled_with(dir: &Path, settings: StorageSettings, from: u64, to: u64) {
    runtime().block_on(async {
        let storage = Storage::open(dir, settings).unwrap();
        storage.create(&[id(0), id(1)]).unwrap();
        let logs = [0, 1].map(|index| storage.log(id(index)).unwrap());
        for n in from..to {
            put(&storage, &[&logs[0], &logs[1]], n).await;
        }
        storage.close().await;
    });
}

#[test]
fn the_second_backup_takes_only_what_is_new() {
    let place = tempfile::tempdir().unwrap();
    let [live, one, two, three] = ["live", "one", "two", "three"].map(|name| place.path().join(name));
    filled_directory(&live, 0, 600);
    let first = back_up(&live, &one, None).unwrap();
    assert!(first.linked_files > 4 && first.copied_files >= 3, "{first:?}");
    let second = back_up(&live, &two, Some(&one)).unwrap();
    assert_eq!((second.sequence, second.time_ms), (first.sequence, first.time_ms));
    let journal_files = std::fs::read_dir(two.join("journal")).unwrap().count() as u64;
    assert!(first.copied_files > journal_files, "{first:?}");
    assert_eq!(second.copied_files, journal_files, "{second:?}");
    // Somebody has opened the second: it may hold other records in a file of the same name and length.
    filled_directory(&two, 600, 601);
    let third = back_up(&live, &three, Some(&two)).unwrap();
    assert_eq!(third.copied_files, first.copied_files, "{third:?}");
}

#[test]
fn nothing_is_written_to_a_file_that_a_backup_has_too() {
    let place = tempfile::tempdir().unwrap();
    let [live, one, two] = ["live", "one", "two"].map(|name| place.path().join(name));
    filled_directory(&live, 0, 600);
    back_up(&live, &one, None).unwrap();
    back_up(&live, &two, Some(&one)).unwrap();
    let before = [&live, &one].map(|dir| content(dir));
    // Appends go to other files than the newest, which two backups share, and large ones are removed at once.
    filled_with(&two, StorageSettings { segment_bytes: 1024 * 1024, ..small() }, 600, 900);
    let storage = Storage::open(&two, StorageSettings { segment_bytes: 1024, ..small() }).unwrap();
    storage.log(id(0)).unwrap().trim(u64::MAX);
    runtime().block_on(async {
        let oldest = two.join("logs/7/0-00000000000000000000.segment");
        until("it is removed", || !oldest.exists()).await;
        storage.delete(&[id(1)]).unwrap();
        put(&storage, &[&storage.log(id(0)).unwrap()], 900).await;
        let of_the_other = two.join("logs/7/1-00000000000000000000.segment");
        until("it is removed", || !of_the_other.exists()).await;
        storage.close().await;
    });
    assert!([&live, &one].map(|dir| content(dir)) == before, "what the others hold has changed");
}

#[test]
fn a_start_cuts_its_own_copy_of_a_file_with_another_name() {
    let segment = Path::new("logs/7/0-00000000000000000000.segment");
    let disk = runtime().block_on(with_a_section_to_cut(segment));
    let other = Path::new("logs/other");
    disk.link(segment, other).unwrap();
    let before = bytes_of(&disk, segment);
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    let found = runtime().block_on(judged(&storage));
    assert!(bytes_of(&disk, other) == before, "what is there under the other name has changed");
    drop(storage);
    assert_eq!(ends(&runtime().block_on(opened(disk.after_crash(Unsynced::Lost)))), ends(&found));
}

#[test]
fn a_backup_that_is_not_finished_is_refused_by_name() {
    let place = tempfile::tempdir().unwrap();
    let [live, copy] = ["live", "copy"].map(|name| place.path().join(name));
    filled_directory(&live, 0, 100);
    let begun = Backup::begin(&live, &copy, None).unwrap();
    let refusal = format!("{} is an unfinished backup; use a finished one", copy.display());
    assert_eq!(Storage::open(&copy, small()).err().unwrap().to_string(), refusal);
    assert_eq!(check(&copy, None).unwrap_err().to_string(), refusal);
    std::fs::remove_file(copy.join("lock")).unwrap();
    let again = Backup::begin(&live, &copy, None).err().unwrap();
    assert_eq!(again.to_string(), format!("{} already exists", copy.display()));
    let of_it = Backup::begin(&copy, &place.path().join("other"), None).err().unwrap();
    assert_eq!(of_it.to_string(), refusal);
    begun.finish().unwrap();
    assert_eq!(check(&copy, None).unwrap().damage, []);
}

#[test]
fn what_cannot_be_backed_up_is_named() {
    let place = tempfile::tempdir().unwrap();
    let [live, empty, absent] = ["live", "empty", "absent"].map(|name| place.path().join(name));
    std::fs::create_dir(&empty).unwrap();
    let refusal =
        |from: &Path, to: &str| back_up(from, &place.path().join(to), None).unwrap_err().to_string();
    assert_eq!(refusal(&empty, "a"), format!("{} is empty", empty.display()));
    assert!(refusal(&absent, "b").starts_with(&format!("{}: No such file", absent.display())));
    filled_directory(&live, 0, 600);
    std::fs::write(live.join("FORMAT"), "flumen-storage 7\n").unwrap();
    assert_eq!(refusal(&live, "c"), "the data is in format 7; this program reads formats up to 6");
}

#[test]
fn damage_is_named_and_not_copied() {
    let disk = FaultyDisk::default();
    runtime().block_on(filled(&disk, 0, 80));
    let files = disk.files();
    for (file, bytes) in files.into_iter().filter(|(file, _)| file.components().count() > 1) {
        // In the first batch of a journal file, and in the last trailer of a segment.
        let offset = if file.starts_with("journal") { 600 } else { bytes - 30 };
        let disk = disk.copy();
        disk.flip(&file, offset, 4);
        let checked = check_on(&disk).unwrap();
        let done = Backup::begin_on(disk, Path::new("copy"), None).unwrap().finish();
        match done {
            Err(BackupError::Source(OpenError::Damaged { file: named, .. })) => {
                assert!(checked.damage.iter().any(|damage| damage.file == named), "{named:?}: {checked:?}")
            }
            Err(error) => panic!("{}: {error}", file.display()),
            // Bytes that are not in use, or what the journal holds too.
            Ok(_) => assert_eq!(checked.damage, [], "{}", file.display()),
        }
    }
}
