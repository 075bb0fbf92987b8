//! A disk without room: appends are refused by name, nothing acknowledged is lost, reads go on, and when
//! there is room again all goes on by itself.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use flumen_storage::{AppendError, Storage, check_on};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_appends_reads_on_and_resumes() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
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
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
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
