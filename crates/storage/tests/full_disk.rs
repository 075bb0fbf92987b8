//! A disk without room: appends are refused by name, nothing acknowledged is lost, reads go on, and when
//! there is room again all goes on by itself.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use flumen_storage::{AppendError, Storage, StorageSettings, check_on};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};

/// Journal files that are written to segments of each log, and such that stay.
fn both() -> [StorageSettings; 2] {
    [u64::MAX, 0].map(|large_block_bytes| StorageSettings { large_block_bytes, ..tiny() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_appends_reads_on_and_resumes() {
    for settings in both() {
        refuses_appends_reads_on_and_resumes(settings).await;
    }
}

async fn refuses_appends_reads_on_and_resumes(settings: StorageSettings) {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    disk.set_capacity(disk.used() + 60 * 1024);
    let mut wanted = Vec::new();
    let refused = loop {
        let n = wanted.len() as u64;
        let value = vec![n as u8; 700];
        match append(&storage, &log, n, &[&value]).await {
            Ok(appended) => wanted.push((appended.first, n, value)),
            Err(AppendError::Overloaded { .. }) => {}
            Err(error) => break error,
        }
        assert!(n < 1000, "the disk never gets full");
    };
    assert!(matches!(refused, AppendError::Unavailable { .. }), "{refused}");
    assert!(storage.status().stuck.is_some() && storage.status().failed.is_none());
    assert_eq!(read_all(&log).await, wanted);
    assert!(matches!(append(&storage, &log, 0, &[[0; 700]]).await, Err(AppendError::Unavailable { .. })));

    // What a crash leaves of a full disk opens again while it is full.
    let crashed = disk.copy();
    crashed.set_capacity(crashed.used());
    let again = Storage::open_on(Arc::new(crashed.clone()), tiny()).unwrap();
    assert_eq!(read_all(&again.log(id(0)).unwrap()).await, wanted);
    drop(again);
    assert_eq!(check_on(&crashed).unwrap().damage, []);

    disk.set_capacity(u64::MAX);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    for _ in 0..40 {
        let n = wanted.len() as u64;
        let appended = append_patiently(&storage, &log, n, &[1; 700]).await;
        wanted.push((appended.first, n, vec![1; 700]));
    }
    assert!(storage.status().stuck.is_none());
    assert_eq!(read_all(&log).await, wanted);
    let crashed = disk.after_crash(Unsynced::Lost);
    let again = Storage::open_on(Arc::new(crashed), tiny()).unwrap();
    assert_eq!(read_all(&again.log(id(0)).unwrap()).await, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn trimming_and_deleting_help_a_full_disk() {
    for settings in both() {
        trimming_and_deleting_help(settings).await;
    }
}

async fn trimming_and_deleting_help(settings: StorageSettings) {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), settings).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    let other = storage.log(id(1)).unwrap();
    disk.set_capacity(disk.used() + 90 * 1024);
    for n in 0.. {
        let answers = storage.append(vec![batch(&log, n, &[[1; 350]]), batch(&other, n, &[[2; 350]])]).await;
        if matches!(answers[0], Err(AppendError::Unavailable { .. })) {
            break;
        }
        assert!(n < 1000, "the disk never gets full");
    }
    storage.delete(&[id(1)]).unwrap();
    log.trim(log.end());
    let answer = async {
        while append(&storage, &log, 0, &[[3; 350]]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), answer).await.expect("there is room again");
    // Room may come before the last file goes.
    let gone = async {
        while disk.files().iter().any(|(path, _)| path.display().to_string().starts_with("logs/7/1-")) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the deleted log's files go");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_away_is_written_on_a_full_disk_as_long_as_the_reserve_lasts() {
    for settings in both() {
        what_takes_away_is_written(settings).await;
    }
}

async fn what_takes_away_is_written(settings: StorageSettings) {
    let disk = FaultyDisk::default();
    let settings = StorageSettings { journal_bytes: Some(256 * 1024), queue_bytes: 1024 * 1024, ..settings };
    let storage = Storage::open_on(Arc::new(disk.clone()), settings.clone()).unwrap();
    storage.create(&[id(0), id(1)]).unwrap();
    let (log, other) = (storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap());
    // Another file comes after the first one.
    for n in 0..30 {
        append_patiently(&storage, &log, n, &[1; 10_000]).await;
    }
    disk.set_capacity(disk.used() + 30 * 1024);
    for len in [10_000, 700, 1] {
        let refused = async {
            loop {
                match append(&storage, &log, 30, &[vec![1; len]]).await {
                    Ok(_) | Err(AppendError::Overloaded { .. }) => {}
                    Err(error) => break error,
                }
            }
        };
        let refused =
            tokio::time::timeout(Duration::from_secs(20), refused).await.expect("the disk gets full");
        assert!(matches!(refused, AppendError::Unavailable { .. }), "{refused}");
    }
    let taken_away = |n: u64| storage.append_from_reserve(vec![batch(&other, n, &[[2; 100]])]);
    let mut wanted = Vec::new();
    let refused = loop {
        match taken_away(wanted.len() as u64).await.remove(0) {
            Ok(appended) => wanted.push((appended.first, appended.time_ms, vec![2; 100])),
            Err(error) => break error,
        }
        assert!(wanted.len() < 100, "the reserve never ends");
    };
    assert!(matches!(refused, AppendError::Unavailable { .. }) && wanted.len() > 3, "{refused}: {wanted:?}");
    assert!(matches!(append(&storage, &log, 31, &[[1]]).await, Err(AppendError::Unavailable { .. })));

    let crashed = disk.copy();
    crashed.set_capacity(crashed.used());
    let again = Storage::open_on(Arc::new(crashed.clone()), settings.clone()).unwrap();
    assert_eq!(read_all(&again.log(id(1)).unwrap()).await, wanted);
    drop(again);
    assert_eq!(check_on(&crashed).unwrap().damage, []);
    // A deletion still has its place, and makes room.
    storage.delete(&[id(0)]).unwrap();
    let answer = async {
        loop {
            match append(&storage, &other, 40, &[[3; 100]]).await {
                Ok(appended) => break appended,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let appended = tokio::time::timeout(Duration::from_secs(10), answer).await.expect("there is room again");
    wanted.push((appended.first, appended.time_ms, vec![3; 100]));
    let crashed = disk.after_crash(Unsynced::Lost);
    let again = Storage::open_on(Arc::new(crashed), settings).unwrap();
    assert_eq!(read_all(&again.log(id(1)).unwrap()).await, wanted);
}
