//! One changed byte, anywhere. It is found and named, and never served. Only the last batch of a journal
//! that was not closed in order may pass for a write that a crash cut short.

mod common;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::*;
use flumen_storage::{
    Damage, Disk as _, OpenError, ReadError, ReadLimit, Storage, StorageSettings, check_on, check_with,
};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};

const LOGS: u32 = 2;
/// More than four journal files of `tiny` take.
const RECORDS: u64 = 64;

struct Made {
    disk: FaultyDisk,
    records: Vec<Vec<Seen>>,
    lies: Lies,
}

#[derive(Clone, Copy, PartialEq)]
enum Lies {
    /// Both logs.
    Clear,
    /// The second log.
    Sealed,
}

impl Lies {
    fn settings(self) -> StorageSettings {
        if self == Lies::Sealed { tiny_and_sealed() } else { tiny() }
    }
}

/// A small directory with two full journal files' worth in segments, first of many logs and then of each, and a journal that
/// goes on.
async fn made(closed: bool, lies: Lies) -> Made {
    // Files of many logs stay where little in them is wasted, which hangs on when the journal has its next file.
    for _ in 0..50 {
        if let Some(made) = try_making(closed, lies).await {
            return made;
        }
    }
    panic!("fifty times no two journal files stay as they are");
}

async fn try_making(closed: bool, lies: Lies) -> Option<Made> {
    let disk = FaultyDisk::default();
    let settings = StorageSettings { segment_bytes: 1024, large_block_bytes: 0, ..lies.settings() };
    let value = if lies == Lies::Sealed { 369 } else { 429 };
    let storage = Storage::open_on(Arc::new(disk.clone()), settings.clone()).unwrap();
    storage.create(&(0..LOGS).map(id).collect::<Vec<_>>()).unwrap();
    let mut n = 0;
    while n < RECORDS / 2 {
        // A batch is two whole sectors, with a key if that has to be there.
        let values = [vec![n as u8; value], vec![n as u8 + 1; value]];
        let both = values.iter().zip(0..LOGS).map(|(value, log)| (storage.log(id(log)).unwrap(), value));
        let both: Vec<_> = both.map(|(log, value)| batch(&log, n, &[value])).collect();
        assert!(storage.append(both).await.iter().all(Result::is_ok));
        n += u64::from(LOGS);
    }
    if !is_soon(|| of_many(&disk) >= 2, 500).await {
        return None;
    }
    storage.close().await;
    drop(storage);
    let settings = StorageSettings { large_block_bytes: u64::MAX, ..settings };
    let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
    while n < RECORDS - u64::from(LOGS) {
        let log = storage.log(id((n % 2) as u32)).unwrap();
        append_patiently(&storage, &log, n, &[n as u8; 90]).await;
        n += 1;
    }
    if !is_soon(|| storage.status().tail_bytes > 0 && check_segments(&disk) >= 4, 5000).await {
        return None;
    }
    // The file that takes the last call is not emptied, so the journal knows of the newest segment of each log, however many
    // records each file before it took: the first one is left earlier where the next is soon there.
    let last: Vec<_> =
        (0..LOGS).map(|log| batch(&storage.log(id(log)).unwrap(), RECORDS, &[[log as u8; 90]])).collect();
    assert!(storage.append(last).await.iter().all(Result::is_ok));
    let mut records = Vec::new();
    for index in 0..LOGS {
        records.push(read_all(&storage.log(id(index)).unwrap()).await);
    }
    if closed {
        // The end is marked, but the journal cannot be emptied any more: it has more to say then.
        disk.lack_descriptors(0, u64::MAX);
        storage.close().await;
    }
    let disk = disk.after_crash(Unsynced::Kept);
    Some(Made { disk, records, lies })
}

async fn is_soon(is_so: impl Fn() -> bool, within_ms: u64) -> bool {
    for _ in 0..within_ms {
        if is_so() {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    false
}

fn check_segments(disk: &FaultyDisk) -> usize {
    disk.files().iter().filter(|(path, _)| path.starts_with("logs")).count()
}

fn of_many(disk: &FaultyDisk) -> usize {
    let is_one = |path: &PathBuf| path.starts_with("journal") && path.extension() == Some("segment".as_ref());
    disk.files().iter().filter(|(path, _)| is_one(path)).count()
}

fn names(damage: &[Damage], file: &PathBuf) -> bool {
    damage.iter().any(|damage| damage.file == *file)
}

/// Opens and reads everything: what it was, or an error that names the file.
async fn served(made: &Made, disk: FaultyDisk, file: &PathBuf, may_lack: usize) -> Result<usize, String> {
    let storage = match Storage::open_on(Arc::new(disk), made.lies.settings()) {
        Ok(storage) => storage,
        Err(OpenError::Damaged { file: named, .. }) if named == *file || named.starts_with("journal") => {
            return Ok(1);
        }
        Err(OpenError::Newer { .. }) if file == &PathBuf::from("FORMAT") => return Ok(1),
        Err(error) => return Err(format!("opening names something else: {error}")),
    };
    let (mut named, mut lacking) = (0, 0);
    for (index, wanted) in made.records.iter().enumerate() {
        let Some(log) = storage.log(id(index as u32)) else { return Err(format!("log {index} is gone")) };
        let mut position = log.start();
        if position != 0 {
            return Err(format!("log {index} begins at {position}"));
        }
        // Record by record, so that one damaged block does not hide what the others serve.
        while position < log.end() {
            match log.read(position, ReadLimit { records: 1, bytes: 1 }).await {
                Ok(blocks) => {
                    for record in blocks.iter().flat_map(|block| block.records_from(position)) {
                        let seen = (record.position, record.time_ms, record.value.to_vec());
                        if wanted.get(record.position as usize) != Some(&seen) {
                            return Err(format!("log {index} serves {seen:?}"));
                        }
                    }
                    position = blocks.last().map_or(log.end(), |block| block.end());
                }
                Err(ReadError::Damaged { file: at, .. }) if at == *file => {
                    named += 1;
                    position += 1;
                }
                Err(error) => return Err(format!("reading names something else: {error}")),
            }
        }
        lacking += wanted.len() - log.end() as usize;
    }
    if lacking > may_lack { Err(format!("{lacking} records are gone without a word")) } else { Ok(named) }
}

/// Of so many bytes one is changed, or each with `EVERY_BYTE=1`, which takes minutes.
fn stride() -> u64 {
    if std::env::var_os("EVERY_BYTE").is_some() { 1 } else { 3 }
}

/// Flips bytes of every file; of the journal, which is mostly empty, a third of those, from `skip` on.
fn every_byte_flipped(closed: bool, lies: Lies, may_lack: usize, skip: u64) {
    let runtime = runtime();
    let made = Arc::new(runtime.block_on(made(closed, lies)));
    let report = check_with(&made.disk, Some(&TestKeys::default())).unwrap();
    assert_eq!((report.damage.len(), report.ends_cleanly), (0, closed), "{report:?}");
    assert_eq!(report.records, RECORDS);
    let files = made.disk.files();
    let (named, silent) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let all: Vec<(PathBuf, u64)> =
        files.iter().flat_map(|(file, bytes)| (0..*bytes).map(|at| (file.clone(), at))).collect();
    // Half of it is as where nothing is sealed.
    let stride = if lies == Lies::Sealed && stride() > 1 { 2 * stride() } else { stride() };
    let is_chosen = |file: &PathBuf, at: u64| match file.starts_with("journal") {
        true => at % (3 * stride) == skip,
        false => at.is_multiple_of(stride),
    };
    let all: Vec<_> = all.into_iter().filter(|(file, at)| is_chosen(file, *at)).collect();
    std::thread::scope(|scope| {
        for lane in 0..2 {
            let (all, made, runtime, named, silent) = (&all, &made, &runtime, &named, &silent);
            scope.spawn(move || {
                for (file, at) in all.iter().skip(lane).step_by(2) {
                    let disk = made.disk.copy();
                    disk.flip(file, *at, 1 << (at % 8));
                    let checked = check_with(&disk, Some(&TestKeys::default()));
                    let found = match &checked {
                        Ok(report) => {
                            names(&report.damage, file) || names(&report.damage, &PathBuf::from("FORMAT"))
                        }
                        Err(_) => file == &PathBuf::from("FORMAT"),
                    };
                    let context = format!("{} at {at}", file.display());
                    let checked_clean = checked.as_ref().is_ok_and(|report| report.damage.is_empty());
                    assert!(found || checked_clean, "{context}: the check names something else: {checked:?}");
                    let served = runtime.block_on(served(made, disk, file, may_lack));
                    let errors = served.unwrap_or_else(|what| panic!("{context}: {what}"));
                    assert!(found || errors == 0, "{context}: the check does not see what reading sees");
                    // Bytes that are not in use may be anything.
                    let segment = file.starts_with("logs");
                    assert!(
                        found || !segment || !checked_clean || is_unfinished(&checked),
                        "{context}: not found"
                    );
                    if found { named } else { silent }.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let (named, silent) = (named.into_inner(), silent.into_inner());
    assert!(named as u64 * stride > 3000, "{named} named, {silent} not in use");
}

fn is_unfinished(checked: &Result<flumen_storage::Report, OpenError>) -> bool {
    checked.as_ref().is_ok_and(|report| !report.unfinished.is_empty())
}

#[test]
fn after_a_clean_end_every_changed_byte_is_named_and_nothing_is_lost() {
    every_byte_flipped(true, Lies::Clear, 0, 0);
}

#[test]
fn after_a_crash_only_the_last_batch_may_go() {
    every_byte_flipped(false, Lies::Clear, LOGS as usize, 1);
}

#[test]
fn of_sealed_blocks_and_their_keys_every_changed_byte_is_named_and_nothing_is_lost() {
    every_byte_flipped(true, Lies::Sealed, 0, 2);
}

/// By somebody who mends the checksums: the cipher knows. What a block's position and time are he may change.
#[test]
fn a_changed_byte_of_a_sealed_block_is_found_out_whatever_its_checksums_say() {
    let runtime = runtime();
    let made = runtime.block_on(made(true, Lies::Sealed));
    // What the journal has too is read from there.
    let unfinished = check_on(&made.disk).unwrap().unfinished.join(", ");
    let is_in_journal = |file: &PathBuf| {
        file.extension() == Some("journal".as_ref()) || unfinished.contains(&*file.to_string_lossy())
    };
    let blocks: Vec<FoundBlock> = blocks_on(&made.disk)
        .into_iter()
        .filter(|block| block.log == id(1) && block.kind > 0 && !is_in_journal(&block.file))
        .collect();
    let (keys, sealed): (Vec<&FoundBlock>, Vec<&FoundBlock>) =
        blocks.iter().partition(|block| block.kind == 2);
    assert!(keys.len() > 5 && sealed.len() > 10, "{} keys, {} sealed", keys.len(), sealed.len());
    for block in &blocks {
        for at in (0..block.payload.len()).step_by(7 * stride() as usize) {
            let disk = made.disk.copy();
            let mut payload = block.payload.clone();
            payload[at] ^= 4;
            put_payload(&disk, block, &payload);
            let context =
                format!("{} at {}, byte {at} of kind {}", block.file.display(), block.at, block.kind);
            let report = check_with(&disk, Some(&TestKeys::default())).unwrap();
            let errors = runtime.block_on(altered(&made, disk, &block.file)).unwrap();
            // A section before it in its file may have the key, too, under its right id.
            if block.kind == 2 && at < 8 {
                continue;
            }
            assert!(names(&report.damage, &block.file), "{context}: {report:?}");
            assert!(errors > 0, "{context} is served");
        }
    }
}

/// Other bytes for a block's, with checksums that match.
fn put_payload(disk: &FaultyDisk, block: &FoundBlock, payload: &[u8]) {
    let before = bytes_of(disk, &block.file);
    let (at, mut after) = (block.at as usize, before.clone());
    after[at + 48..at + 48 + payload.len()].copy_from_slice(payload);
    after[at + 36..at + 40].copy_from_slice(&crc32c::crc32c(payload).to_le_bytes());
    let header = crc32c::crc32c(&after[at..at + 44]);
    after[at + 44..at + 48].copy_from_slice(&header.to_le_bytes());
    for (offset, (before, after)) in
        before.iter().zip(&after).enumerate().filter(|(_, (one, other))| one != other)
    {
        disk.flip(&block.file, offset as u64, before ^ after);
    }
}

/// How many reads of the sealed log, record by record, are refused; the others bring what was written.
async fn altered(made: &Made, disk: FaultyDisk, file: &PathBuf) -> Result<usize, OpenError> {
    let storage = Storage::open_on(Arc::new(disk), made.lies.settings())?;
    let (log, mut errors) = (storage.log(id(1)).expect("the log is there"), 0);
    for (position, wanted) in (0..).zip(&made.records[1]) {
        match log.read(position, ReadLimit { records: 1, bytes: 1 }).await {
            Ok(blocks) => {
                let record = blocks[0].records_from(position).next().expect("a record");
                assert_eq!(
                    (record.position, record.time_ms, record.value),
                    (wanted.0, wanted.1, &wanted.2[..])
                );
            }
            Err(ReadError::Damaged { file: named, .. }) => {
                assert_eq!(named, *file);
                errors += 1;
            }
            Err(ReadError::Altered { .. } | ReadError::NoKey { .. }) => errors += 1,
            Err(error) => panic!("{error}"),
        }
    }
    Ok(errors)
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let disk = FaultyDisk::default();
    drop(Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap());
    disk.put(&PathBuf::from("FORMAT"), b"flumen-storage 7\n");
    match Storage::open_on(Arc::new(disk.clone()), tiny()) {
        Err(OpenError::Newer { found: 7, known: 6 }) => {}
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is opened"),
    }
    assert!(matches!(check_on(&disk), Err(OpenError::Newer { found: 7, known: 6 })));
}

#[test]
fn an_earlier_format_is_raised_when_it_is_opened() {
    let runtime = runtime();
    let made = runtime.block_on(made(true, Lies::Clear));
    let format = PathBuf::from("FORMAT");
    made.disk.put(&format, b"flumen-storage 1\n");
    assert_eq!(check_on(&made.disk).unwrap().format, 1);
    let errors = runtime.block_on(served(&made, made.disk.copy(), &format, 0));
    assert_eq!(errors, Ok(0));
    drop(Storage::open_on(Arc::new(made.disk.clone()), tiny()).unwrap());
    let mut text = [0; 17];
    made.disk.open(&format).unwrap().read_at(&mut text, 0).unwrap();
    assert_eq!(&text, b"flumen-storage 5\n");
}

#[test]
fn a_missing_file_is_named() {
    let runtime = runtime();
    let made = runtime.block_on(made(true, Lies::Clear));
    // What a stop may leave of the next file, depending on how far the keeper was. It holds nothing.
    made.disk.put(&PathBuf::from("journal/00000000000000000099.new"), b"");
    let is_whole = |file: &PathBuf| file.extension() != Some("new".as_ref());
    let files: Vec<PathBuf> = made.disk.files().into_iter().map(|(file, _)| file).filter(is_whole).collect();
    let of_journal = |name: &str| {
        let of_it = |file: &&PathBuf| file.starts_with("journal") && file.extension() == Some(name.as_ref());
        files.iter().filter(of_it).collect::<Vec<&PathBuf>>()
    };
    let (journal, of_many) = (of_journal("journal"), of_journal("segment"));
    let mut missed = 0;
    for file in &files {
        let disk = made.disk.copy();
        disk.unlink(file);
        let report = check_on(&disk).unwrap();
        missed += usize::from(!report.damage.is_empty());
        // Where the journal begins or ends, and the oldest segment of a log, nothing is left that knows of it:
        // the same is seen when files are given up in order.
        let is_edge = file.to_string_lossy().contains("-00000000000000000000.segment")
            || journal.first() == Some(&file)
            || of_many.first() == Some(&file)
            || journal.last() == Some(&file);
        // The stop came while the keeper was copying: what the newest segments hold is in the journal too.
        let is_double = report.records == RECORDS;
        assert!(is_edge || is_double || !report.damage.is_empty(), "{} is not missed", file.display());
    }
    assert!(missed > 2, "{missed} files of {}", files.len());
}

/// What says that nothing was written since the end must be gone, for good, before anything is.
#[tokio::test]
async fn damage_to_the_first_batch_after_a_clean_end_is_named() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    append_patiently(&storage, &storage.log(id(0)).unwrap(), 0, b"before").await;
    storage.close().await;
    drop(storage);
    assert!(disk.files().iter().any(|(file, _)| file == "closed"));
    // With no room for another file the journal stays in the one that it is in.
    disk.set_capacity(disk.used());
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    for n in 0..3 {
        append_patiently(&storage, &storage.log(id(0)).unwrap(), n, b"after").await;
    }
    let disk = disk.after_crash(Unsynced::Lost);
    assert!(!disk.files().iter().any(|(file, _)| file == "closed"));
    // A sector each: the file's header, the batch before, the end, the first one after it.
    let journal = PathBuf::from("journal/00000000000000000001.journal");
    disk.flip(&journal, 3 * 512 + 10, 1);
    match Storage::open_on(Arc::new(disk), tiny()) {
        Err(OpenError::Damaged { file, offset, .. }) => assert_eq!((file, offset), (journal, 3 * 512)),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("two batches are dropped"),
    }
}

#[tokio::test]
async fn without_a_sound_note_of_the_end_all_is_read_and_there() {
    for change in 0..3 {
        let disk = FaultyDisk::default();
        let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
        storage.create(&[id(0)]).unwrap();
        let log = storage.log(id(0)).unwrap();
        for n in 0..30 {
            append_patiently(&storage, &log, n, &[n as u8; 500]).await;
        }
        let wanted = read_all(&log).await;
        storage.close().await;
        drop((storage, log));
        let note = PathBuf::from("closed");
        match change {
            0 => disk.unlink(&note),
            1 => disk.flip(&note, 9, 1),
            _ => disk.put(&note, b"FLC1"),
        }
        let storage = Storage::open_on(Arc::new(disk), tiny()).unwrap();
        assert_eq!(read_all(&storage.log(id(0)).unwrap()).await, wanted);
    }
}
