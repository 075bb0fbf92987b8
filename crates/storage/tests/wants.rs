//! What the log needs before it hands over a byte of the journal is not to be had, for a while: it waits, refuses
//! what waited for too long, says so, and goes on by itself. Nothing that was acknowledged is lost.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use common::*;
use flumen_storage::{AppendError, Log, Storage, StorageSettings, check_on};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};

const WITHIN: Duration = Duration::from_secs(60);

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < WITHIN, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn has_files(disk: &FaultyDisk, start: &str) -> bool {
    disk.files().iter().any(|(path, _)| path.display().to_string().starts_with(start))
}

/// Again and again until it is taken. Says how often it was not.
async fn append_stubbornly(storage: &Storage, log: &Log, time_ms: u64, value: &[u8]) -> (Seen, u32) {
    let begun = Instant::now();
    let mut refused = 0;
    loop {
        match append(storage, log, time_ms, &[value]).await {
            Ok(appended) => return ((appended.first, time_ms, value.to_vec()), refused),
            Err(AppendError::Overloaded { .. } | AppendError::Unavailable { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        assert!(begun.elapsed() < WITHIN, "it is never taken");
        refused += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn read_stubbornly(log: &Log) -> Vec<Seen> {
    let begun = Instant::now();
    loop {
        match read_from(log, log.start(), ALL).await {
            Ok(seen) => return seen,
            Err(error) => assert!(begun.elapsed() < WITHIN, "{error}"),
        }
    }
}

/// Appends over several journal files, reads, trims and deletes, while `calls` calls from the one at `after` fail.
/// False when there were not so many.
async fn goes_on(after: u64, calls: u64) -> bool {
    let context = format!("{calls} calls fail from the one at {after}");
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let (log, other) = (storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap());
    disk.lack_descriptors(after, calls);
    let mut sent = Vec::new();
    for n in 0..70 {
        sent.push(append_stubbornly(&storage, &log, n, &[n as u8; 700]).await.0);
        if n <= 50 {
            append_stubbornly(&storage, &other, n, &[n as u8; 300]).await;
        }
        if n == 50 {
            assert_eq!(read_stubbornly(&log).await, sent, "{context}");
            log.trim(log.end());
            storage.delete(&[id(1)]).unwrap();
            storage.create(&[id(2)]).unwrap();
        }
    }
    // What was put off is done when all else is.
    until(&format!("{context}: the deleted log's files go"), || !has_files(&disk, "logs/7/1-")).await;
    until(&format!("{context}: trimmed files go"), || !has_files(&disk, "logs/7/0-00000000000000000000"))
        .await;
    assert!(storage.status().failed.is_none() && storage.status().stuck.is_none(), "{context}");
    assert_eq!(read_stubbornly(&log).await, sent[51..], "{context}");
    let lacked = disk.lacked_all();
    drop((log, other));
    storage.close().await;
    drop(storage);
    let disk = Arc::new(disk.after_crash(Unsynced::Lost));
    let storage = Storage::open_on(disk.clone(), tiny()).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(read_from(&storage.log(id(0)).unwrap(), 51, ALL).await.unwrap(), sent[51..], "{context}");
    drop(storage);
    assert_eq!(check_on(&*disk).unwrap().damage, [], "{context}");
    lacked
}

fn each_call_is_lacked(calls: u64) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| while runtime().block_on(goes_on(next.fetch_add(1, Ordering::Relaxed), calls)) {});
        }
    });
    assert!(next.into_inner() > 100, "the workload is too small to mean anything");
}

#[test]
fn the_log_goes_on_after_any_call_fails_once() {
    each_call_is_lacked(1);
}

#[test]
fn the_log_goes_on_after_any_calls_fail_for_a_while() {
    each_call_is_lacked(5);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_descriptors_appends_are_refused_and_reads_go_on_until_they_are_there() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    disk.lack_descriptors(0, u64::MAX);
    let mut sent = Vec::new();
    let error = loop {
        let n = sent.len() as u64;
        match append(&storage, &log, n, &[&[n as u8; 700]]).await {
            Ok(appended) => sent.push((appended.first, n, vec![n as u8; 700])),
            Err(error) => break error,
        }
        assert!(n < 100, "no file is ever full");
    };
    assert!(
        matches!(&error, AppendError::Unavailable { reason } if reason.contains("os error 24")),
        "{error}"
    );
    let status = storage.status();
    assert!(status.stuck.is_some() && status.failed.is_none(), "{status:?}");
    assert_eq!(read_all(&log).await, sent);
    // It is refused again, and nobody waits as long as the first.
    append(&storage, &log, 0, &[[1; 700]]).await.unwrap_err();

    disk.lack_descriptors(0, 0);
    until("it takes appends", || storage.status().stuck.is_none()).await;
    let (seen, refused) = append_stubbornly(&storage, &log, 100, &[9; 700]).await;
    assert_eq!(refused, 0, "it is as it says");
    sent.push(seen);
    drop(log);
    drop(storage);
    let again = Storage::open_on(Arc::new(disk.after_crash(Unsynced::Lost)), tiny()).unwrap();
    assert_eq!(read_all(&again.log(id(0)).unwrap()).await, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_wait_for_descriptors_in_the_queue_and_beyond_it_are_throttled() {
    let disk = FaultyDisk::default();
    let settings = StorageSettings { queue_bytes: 2000, patience: WITHIN, ..tiny() };
    let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    disk.lack_descriptors(0, u64::MAX);
    let send = |n: u64| {
        let (storage, log) = (storage.clone(), log.clone());
        tokio::spawn(async move { append(&storage, &log, n, &[[n as u8; 700]]).await })
    };
    let mut waiting = Vec::new();
    let mut acknowledged = 0;
    while storage.status().stuck.is_none() {
        waiting.push(send(waiting.len() as u64));
        until("it is answered, or waits", || {
            waiting.last().is_some_and(|append| append.is_finished()) || storage.status().stuck.is_some()
        })
        .await;
        assert!(waiting.len() < 100, "no file is ever full");
    }
    waiting.extend((0..10).map(|n| send(100 + n)));
    let refused = |waiting: &[tokio::task::JoinHandle<_>]| {
        waiting.iter().rev().take(10).filter(|w| w.is_finished()).count()
    };
    until("those beyond the queue are refused", || refused(&waiting) >= 8).await;
    disk.lack_descriptors(0, 0);
    let mut throttled = 0;
    for append in waiting {
        match append.await.unwrap() {
            Ok(_) => acknowledged += 1,
            Err(AppendError::Overloaded { limit: 2000, .. }) => throttled += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(throttled >= 8, "{throttled}");
    assert_eq!(read_all(&log).await.len(), acknowledged);
}

/// Journal files have their room beforehand where the file system gives it; where not, a write may find none.
#[tokio::test]
async fn a_batch_that_finds_no_room_gives_its_positions_and_times_back() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    append(&storage, &log, 1, &[b"first"]).await.unwrap();
    disk.refuse_next_batch();
    let refused = append(&storage, &log, 9, &[b"refused", b"as well"]).await;
    assert!(matches!(refused, Err(AppendError::Unavailable { .. })), "{refused:?}");
    let second = append(&storage, &log, 2, &[b"second"]).await.unwrap();
    assert_eq!((second.first, second.time_ms), (1, 2));
    let wanted: Vec<Seen> = vec![(0, 1, b"first".to_vec()), (1, 2, b"second".to_vec())];
    assert_eq!(read_all(&log).await, wanted);
    let crashed = disk.after_crash(Unsynced::Lost);
    drop((log, storage));
    let storage = Storage::open_on(Arc::new(crashed), tiny()).unwrap();
    assert_eq!(read_all(&storage.log(id(0)).unwrap()).await, wanted);
}
