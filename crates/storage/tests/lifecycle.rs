//! Logs that are trimmed, deleted, sealed and reopened; limits that hold under pressure.

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::*;
use flumen_storage::{
    AppendError, Disk as _, MemoryDisk, OpenError, ReadError, Storage, StorageSettings, check_on,
};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};

fn segments_of(disk: &FaultyDisk, index: u32) -> usize {
    let name = format!("logs/7/{index}-");
    disk.files().iter().filter(|(path, _)| path.display().to_string().starts_with(&name)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_and_the_time_outlive_the_records() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let (log, other) = (storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap());
    for n in 0..100 {
        append_patiently(&storage, &log, 1000 + n, &[1; 400]).await;
    }
    let end = log.end();
    // Until nothing of the first log is left in the journal.
    for n in 0..100 {
        append_patiently(&storage, &other, n, &[2; 400]).await;
    }
    assert!(segments_of(&disk, 0) > 1);
    log.trim(u64::MAX);
    assert_eq!((log.start(), log.end()), (end, end));
    assert!(log.read(0, ALL).await.unwrap().is_empty());
    until("one small file is left", || segments_of(&disk, 0) == 1).await;
    drop((log, other));
    drop(storage);

    let disk = disk.after_crash(Unsynced::Lost);
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    let log = storage.log(id(0)).expect("it is remembered");
    assert_eq!((log.start(), log.end(), log.last_time_ms()), (end, end, Some(1099)));
    let next = append(&storage, &log, 5, &["x"]).await.unwrap();
    assert_eq!((next.first, next.time_ms), (end, 1099));
}

#[tokio::test(flavor = "multi_thread")]
async fn trimming_removes_whole_files_and_hides_the_rest() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    for n in 0..300 {
        append_patiently(&storage, &log, n, &[n as u8; 400]).await;
    }
    until("four segments", || segments_of(&disk, 0) > 3).await;
    let before = segments_of(&disk, 0);
    log.trim(150);
    log.trim(20);
    assert_eq!(log.start(), 150);
    until("files go", || segments_of(&disk, 0) < before).await;
    let seen = read_from(&log, 0, ALL).await.unwrap();
    assert_eq!((seen.first().unwrap().0, seen.len()), (150, 150));
    assert_eq!(log.find_time(0).await.unwrap(), 150);
    drop(log);
    storage.close().await;
    drop(storage);
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    let log = storage.log(id(0)).unwrap();
    assert!(log.start() <= 150 && log.start() > 0, "{log:?}");
    assert_eq!(log.end(), 300);
}

/// A log of four files at least, another without records, and the path and size of the oldest file.
async fn four_segments(disk: &FaultyDisk) -> (Storage, String, u64) {
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    for n in 0..300 {
        append_patiently(&storage, &log, n, &[n as u8; 400]).await;
    }
    until("four segments", || segments_of(disk, 0) > 3).await;
    let (oldest, bytes) = disk.files().into_iter().find(|(path, _)| path.starts_with("logs/7")).unwrap();
    (storage, oldest.display().to_string(), bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_bit_by_bit_and_a_crash_meanwhile_ends_it() {
    for unsynced in [Unsynced::Lost, Unsynced::Kept, Unsynced::Mixed(5)] {
        let disk = crashed_while_a_file_goes(unsynced).await;
        let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
        let left = read_from(&storage.log(id(0)).unwrap(), 100, ALL).await.unwrap();
        assert_eq!((left.first().unwrap().0, left.len()), (100, 200), "{unsynced:?}");
        storage.close().await;
        assert!(
            !disk.files().iter().any(|(path, _)| path.extension() == Some("new".as_ref())),
            "{unsynced:?}"
        );
        assert_eq!(check_on(&disk).unwrap().damage, [], "{unsynced:?}");
    }
}

async fn crashed_while_a_file_goes(unsynced: Unsynced) -> FaultyDisk {
    // All of it may have gone between two looks.
    for _ in 0..100 {
        let disk = FaultyDisk::default();
        let (storage, oldest, bytes) = four_segments(&disk).await;
        storage.log(id(0)).unwrap().trim(100);
        let dying = format!("{oldest}.new");
        let left = |path: &str| disk.files().into_iter().find(|(file, _)| file == Path::new(path));
        let is_smaller = || left(&dying).is_some_and(|(_, left)| left < bytes);
        until("it is smaller, or gone", || {
            is_smaller() || (left(&oldest).is_none() && left(&dying).is_none())
        })
        .await;
        if is_smaller() {
            return disk.after_crash(unsynced);
        }
    }
    panic!("no file is seen while it goes");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_files_of_deleted_logs_go_with_their_directory() {
    let disk = FaultyDisk::default();
    let (storage, ..) = four_segments(&disk).await;
    storage.delete(&[id(0), id(1)]).unwrap();
    until("it is empty", || disk.list(Path::new("logs")).unwrap().is_empty()).await;
    assert!(!disk.files().iter().any(|(path, _)| path.starts_with("logs")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_log_is_gone_with_its_files_and_cannot_be_made_again() {
    // The file that says so may have been emptied when it is looked at.
    for _ in 0..100 {
        if deleted_log_is_known_after_a_crash().await {
            return;
        }
    }
    panic!("no journal file says that the log is deleted");
}

/// False if the journal had forgotten it by the time of the crash.
async fn deleted_log_is_known_after_a_crash() -> bool {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let (log, other) = (storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap());
    for n in 0..60 {
        append_patiently(&storage, &log, n, &[1; 400]).await;
        append_patiently(&storage, &other, n, &[2; 400]).await;
    }
    until("there are files", || segments_of(&disk, 0) > 0).await;
    storage.delete(&[id(0)]).unwrap();
    assert_eq!(append(&storage, &log, 0, &["x"]).await, Err(AppendError::Deleted));
    assert!(matches!(log.read(0, ALL).await, Err(ReadError::Deleted)));
    assert!(matches!(log.find_time(0).await, Err(ReadError::Deleted)));
    assert_eq!(storage.logs(), [id(1)]);
    assert_eq!(storage.create(&[id(0)]), Err(AppendError::Deleted));
    until("its files go", || segments_of(&disk, 0) == 0).await;
    append(&storage, &other, 0, &["x"]).await.unwrap();

    // The journal says so: it does not come back, though its first records are nowhere.
    let crashed = disk.copy();
    // No file forgets it before that is looked at.
    crashed.hold(&[*b"FLJ1"]);
    let again = Storage::open_on(Arc::new(crashed.clone()), tiny()).unwrap();
    assert_eq!(again.logs(), [id(1)]);
    let created = again.create(&[id(0)]);
    crashed.hold(&[]);
    if created.is_ok() {
        assert_eq!(again.log(id(0)).unwrap().end(), 0, "of a log that is forgotten nothing is left");
        return false;
    }
    assert_eq!(created, Err(AppendError::Deleted));
    assert_eq!(read_all(&again.log(id(1)).unwrap()).await.len(), 61);
    again.close().await;
    assert_eq!(check_on(&crashed).unwrap().damage, []);
    // Once the journal has forgotten it, nothing of it is left.
    for n in 0..100 {
        append_patiently(&storage, &other, n, &[2; 400]).await;
    }
    until("the id is free", || storage.create(&[id(0)]).is_ok()).await;
    assert_eq!(storage.log(id(0)).unwrap().end(), 0);
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_file_is_emptied_before_the_deletion_of_its_log_is_durable() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let (other, log) = (storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap());
    let oldest = || disk.files().into_iter().find(|(path, _)| path.starts_with("journal")).unwrap().0;
    let first = oldest();
    // Holds the blocks of the other log's segment, which is written first, and then the journal's batches.
    disk.hold(&[*b"FLB1"]);
    append(&storage, &other, 0, &["x"]).await.unwrap();
    for n in 0..12 {
        append(&storage, &log, n, &[[n as u8; 900]]).await.unwrap();
    }
    assert_eq!(oldest(), first, "it cannot be emptied yet");
    disk.hold(&[*b"FLA1"]);
    storage.delete(&[id(1)]).unwrap();
    until("it is empty", || oldest() != first).await;

    let disk = disk.after_crash(Unsynced::Lost);
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    let log = storage.log(id(1)).expect("nothing durable says that it is deleted");
    assert_eq!(read_all(&log).await.len(), 12);
    storage.delete(&[id(1)]).unwrap();
    until("its files go", || segments_of(&disk, 1) == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_seal_nothing_is_added_and_everything_before_is_durable() {
    let storage = Storage::ephemeral(StorageSettings::default()).unwrap();
    for nth in 0..50 {
        storage.create(&[id(nth)]).unwrap();
        let log = storage.log(id(nth)).unwrap();
        let appenders: Vec<_> = (0..4)
            .map(|_| {
                let (storage, log) = (storage.clone(), log.clone());
                tokio::spawn(async move {
                    let mut last = None;
                    loop {
                        match append(&storage, &log, 0, &["x"]).await {
                            Ok(appended) => last = last.max(Some(appended.first)),
                            Err(AppendError::Sealed) => return last,
                            Err(error) => panic!("{error}"),
                        }
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        storage.seal(&[id(nth)]).await.unwrap();
        let end = log.end();
        for appender in appenders {
            assert!(appender.await.unwrap().is_none_or(|last| last < end));
        }
        assert_eq!(log.end(), end, "nothing comes after the seal has answered");
        assert_eq!(append(&storage, &log, 0, &["y"]).await, Err(AppendError::Sealed));
    }
}

#[tokio::test]
async fn the_queue_is_bounded() {
    let settings = StorageSettings { queue_bytes: 10_000, ..StorageSettings::default() };
    let storage = Storage::ephemeral(settings).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    let mut answers = Vec::new();
    for _ in 0..400 {
        answers.push(tokio::spawn({
            let (storage, log) = (storage.clone(), log.clone());
            async move { append(&storage, &log, 0, &[[0; 1000]]).await }
        }));
    }
    let mut refused = 0;
    for answer in answers {
        match answer.await.unwrap() {
            Ok(_) => {}
            Err(AppendError::Overloaded { queued, limit: 10_000 }) => {
                assert!(queued <= 10_000);
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 0, "four hundred at once are too many");
    until("the queue is empty", || storage.status().queue_bytes == 0).await;
    append(&storage, &log, 0, &[[0; 20_000]]).await.expect("one call alone may be larger than the queue");
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded_while_segments_cannot_be_written() {
    let disk = FaultyDisk::default();
    let settings = tiny();
    let storage = Storage::open_on(Arc::new(disk.clone()), settings.clone()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    disk.set_capacity(disk.used() + 16 * 1024 + 600);
    for n in 0..500 {
        let _ = append(&storage, &log, n, &[[n as u8; 500]]).await;
        assert!(storage.status().tail_bytes <= settings.tail_bytes + 8192, "{:?}", storage.status());
    }
    assert!(storage.status().stuck.is_some());
}

#[test]
fn a_directory_is_opened_once_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), tiny()).unwrap();
    match Storage::open(dir.path(), tiny()) {
        Err(OpenError::Locked { dir: named }) => assert_eq!(named, dir.path()),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is opened twice"),
    }
    assert!(matches!(flumen_storage::check(dir.path(), None), Err(OpenError::Locked { .. })));
    drop(storage);
    assert!(Storage::open(dir.path(), tiny()).is_ok());
}

#[tokio::test]
async fn a_failed_sync_stops_appends_until_reopened_and_reads_go_on() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), StorageSettings::default()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    append(&storage, &log, 1, &["kept"]).await.unwrap();
    disk.cut_power();
    assert!(matches!(append(&storage, &log, 2, &["x"]).await, Err(AppendError::Failed(_))));
    assert!(matches!(append(&storage, &log, 3, &["y"]).await, Err(AppendError::Failed(_))));
    assert!(matches!(storage.seal(&[id(0)]).await, Err(AppendError::Failed(_))));
    assert!(matches!(storage.delete(&[id(0)]), Err(AppendError::Failed(_))));
    assert!(storage.status().failed.is_some());
    assert_eq!(read_all(&log).await.len(), 1);
}

#[tokio::test]
async fn what_a_restart_shows_is_durable_even_if_its_sync_had_failed() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    append(&storage, &log, 1, &["kept"]).await.unwrap();
    disk.fail_next_sync();
    assert!(matches!(append(&storage, &log, 2, &["doubtful"]).await, Err(AppendError::Failed(_))));
    drop(log);
    drop(storage);
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    let shown = read_all(&storage.log(id(0)).unwrap()).await;
    assert_eq!(shown.len(), 2, "the page cache has it");
    let storage = Storage::open_on(Arc::new(disk.after_crash(Unsynced::Lost)), tiny()).unwrap();
    assert_eq!(read_all(&storage.log(id(0)).unwrap()).await, shown);
}

/// What is written behind a mark of the end that is not durable would be damage after a loss of power.
#[tokio::test]
async fn a_clean_end_that_a_restart_shows_is_durable_even_if_its_sync_had_failed() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    append(&storage, &storage.log(id(0)).unwrap(), 1, &["kept"]).await.unwrap();
    disk.fail_next_sync();
    storage.close().await;
    drop(storage);
    assert!(check_on(&disk.copy()).unwrap().ends_cleanly, "the page cache has it");
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    append(&storage, &storage.log(id(0)).unwrap(), 2, &["after it"]).await.unwrap();
    let storage = Storage::open_on(Arc::new(disk.after_crash(Unsynced::Lost)), tiny()).unwrap();
    assert_eq!(read_all(&storage.log(id(0)).unwrap()).await.len(), 2);
}

#[tokio::test]
async fn many_restarts_need_no_room() {
    let disk = Arc::new(MemoryDisk::default());
    for _ in 0..100 {
        let storage = Storage::open_on(disk.clone(), tiny()).unwrap();
        storage.close().await;
    }
    for n in 0..100 {
        let storage = Storage::open_on(disk.clone(), tiny()).unwrap();
        storage.create(&[id(0)]).unwrap();
        let log = storage.log(id(0)).unwrap();
        assert_eq!(append(&storage, &log, n, &["x"]).await.unwrap().first, n);
        storage.close().await;
    }
    let report = check_on(&*disk).unwrap();
    assert_eq!((report.damage.len(), report.records, report.ends_cleanly), (0, 100, true));
}

#[tokio::test]
async fn other_settings_open_the_same_directory() {
    let disk = FaultyDisk::default();
    let mut n = 0;
    for journal_bytes in [8, 64, 16, 1024, 8] {
        let settings = StorageSettings { journal_bytes: Some(journal_bytes * 1024), ..tiny() };
        let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
        storage.create(&[id(0)]).unwrap();
        let log = storage.log(id(0)).unwrap();
        assert_eq!(log.end(), n);
        for _ in 0..60 {
            append_patiently(&storage, &log, n, &[7; 600]).await;
            n += 1;
        }
        append(&storage, &log, n, &[[1; 4000]]).await.unwrap();
        n += 1;
    }
    let report = check_on(&disk).unwrap();
    assert_eq!((report.damage.len(), report.records), (0, n), "{report:?}");
}

#[tokio::test]
async fn files_of_others_are_left_alone_and_reported() {
    let disk = FaultyDisk::default();
    drop(Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap());
    disk.put(Path::new("logs/notes.txt"), b"mine");
    drop(Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap());
    assert_eq!(check_on(&disk).unwrap().strangers, [Path::new("logs/notes.txt")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_journal_file_is_left_for_one_that_was_filled_and_is_filled_then() {
    let disk = FaultyDisk::default();
    let settings = || StorageSettings { journal_bytes: Some(4 << 20), ..tiny() };
    let storage = Storage::open_on(Arc::new(disk.clone()), settings()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    let journal = || -> Vec<String> {
        let files = disk.files().into_iter().map(|(path, _)| path.display().to_string());
        files.filter_map(|path| Some(path.strip_prefix("journal/0000000000000000000")?.to_owned())).collect()
    };
    let value = [7; 60 * 1024];
    for n in 0..4 {
        append_patiently(&storage, &log, n, &value).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(journal(), ["1.journal"], "next to nothing is in it");
    append_patiently(&storage, &log, 4, &value).await;
    until("there is another", || journal() == ["1.journal", "2.journal"]).await;
    assert_eq!(segments_of(&disk, 0), 0);
    append_patiently(&storage, &log, 5, &value).await;
    until("the first is another one's spare", || journal() == ["2.journal", "3.journal"]).await;
    assert_eq!(segments_of(&disk, 0), 1);
    let spare = disk.open(Path::new("journal/00000000000000000003.journal")).unwrap();
    let mut content = vec![1; 4 << 20];
    assert_eq!(spare.read_at(&mut content, 0).unwrap(), content.len());
    assert!(content[512..].iter().all(|byte| *byte == 0), "it is filled");
    append_patiently(&storage, &log, 6, &value).await;
    assert_eq!(journal(), ["2.journal", "3.journal"], "that one is used up to its end");
    assert_eq!(read_all(&log).await.len(), 7);
    drop(log);
    drop(storage);

    let storage = Storage::open_on(Arc::new(disk.after_crash(Unsynced::Lost)), settings()).unwrap();
    let times: Vec<u64> =
        read_all(&storage.log(id(0)).unwrap()).await.iter().map(|(_, time, _)| *time).collect();
    assert_eq!(times, [0, 1, 2, 3, 4, 5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_journal_file_that_was_cut_short_is_not_written_to() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    for n in 0..100 {
        append_patiently(&storage, &log, n, &[1; 400]).await;
    }
    let files = || -> Vec<(std::path::PathBuf, u64)> {
        disk.files().into_iter().filter(|(path, _)| path.starts_with("journal")).collect()
    };
    until("two files are empty", || files().len() == 3).await;
    drop(log);
    storage.close().await;

    let (files, mut opened) = (files(), 0);
    for cut in 0..1 << files.len() {
        for appends in [0, 1, 100] {
            let disk = disk.copy();
            for (at, (path, _)) in files.iter().enumerate() {
                if cut >> at & 1 == 1 {
                    disk.open(path).unwrap().cut(512).unwrap();
                }
            }
            // Where records are missed.
            let Ok(storage) = Storage::open_on(Arc::new(disk.clone()), tiny()) else { continue };
            opened += 1;
            let log = storage.log(id(0)).unwrap();
            for n in 0..appends {
                append_patiently(&storage, &log, n, &[2; 400]).await;
            }
            let written = read_all(&log).await;
            drop(log);
            storage.close().await;
            assert!(check_on(&disk).unwrap().ends_cleanly, "cut {cut:b}, {appends} appends");
            let storage = Storage::open_on(Arc::new(disk), tiny()).unwrap();
            assert_eq!(read_all(&storage.log(id(0)).unwrap()).await, written);
        }
    }
    assert!(opened > 3, "empty files are not missed");
}

#[tokio::test]
async fn a_start_after_a_clean_end_reads_no_records_from_the_journal_and_a_crash_after_it_loses_none() {
    let disk = FaultyDisk::default();
    let mut wanted = Vec::new();
    for round in 0..4 {
        let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
        assert_eq!(storage.status().tail_bytes, 0, "round {round}");
        storage.create(&[id(0)]).unwrap();
        let log = storage.log(id(0)).unwrap();
        assert_eq!(read_all(&log).await, wanted, "round {round}");
        // Several journal files, then less than one, then nothing.
        for n in 0..[40, 3, 0, 1][round] {
            let appended = append_patiently(&storage, &log, n, &[n as u8; 500]).await;
            let time_ms = appended.time_ms;
            wanted.push((appended.first, time_ms, vec![n as u8; 500]));
        }
        storage.close().await;
        assert!(check_on(&disk).unwrap().ends_cleanly);
    }
    let mut disk = disk;
    for n in 0..20 {
        let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
        let log = storage.log(id(0)).unwrap();
        assert_eq!(read_all(&log).await, wanted, "after {n} crashes");
        let appended = append_patiently(&storage, &log, 1000 + n, &[n as u8; 500]).await;
        wanted.push((appended.first, 1000 + n, vec![n as u8; 500]));
        disk = disk.after_crash(Unsynced::Lost);
        assert_eq!(check_on(&disk.copy()).unwrap().damage, [], "after {n} crashes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_sync_of_all_files_was_to_write_is_written_again() {
    let disk = FaultyDisk::default();
    let settings = StorageSettings {
        tail_bytes: 64 << 20,
        queue_bytes: 64 << 20,
        journal_bytes: Some(16 << 20),
        ..tiny()
    };
    let storage = Storage::open_on(Arc::new(disk.clone()), settings.clone()).unwrap();
    // So many logs that they are synced together, and so much that this is done before all of it is written.
    let ids: Vec<_> = (0..20).map(id).collect();
    storage.create(&ids).unwrap();
    disk.fail_next_sync_of_all();
    for n in 0..40 {
        let log = storage.log(ids[n % ids.len()]).unwrap();
        append_patiently(&storage, &log, n as u64, &vec![n as u8; 600 << 10]).await;
    }
    let first = Path::new("journal/00000000000000000001.journal");
    until("the first file is emptied", || !disk.files().iter().any(|(path, _)| path == first)).await;
    let disk = disk.after_crash(Unsynced::Lost);
    let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
    for (index, id) in ids.iter().enumerate() {
        let seen = read_all(&storage.log(*id).unwrap()).await;
        let wanted = [index, index + ids.len()].map(|n| n as u8);
        assert_eq!(seen.iter().map(|(.., value)| value[0]).collect::<Vec<_>>(), wanted, "log {id}");
    }
    drop(storage);
    assert_eq!(check_on(&disk).unwrap().damage, []);
}
