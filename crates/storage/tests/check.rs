//! What `check` says of a directory, in words for people.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::*;
use flumen_storage::{Storage, check_on};
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced};

fn unfinished(disk: &FaultyDisk) -> Vec<String> {
    let report = check_on(disk).unwrap();
    assert_eq!(report.damage, []);
    report.unfinished
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_clean_stop_nothing_is_unfinished() {
    let disk = FaultyDisk::default();
    // A log of which nothing but its end is left is written to again: an empty segment stands where the journal begins.
    for n in 0..3 {
        let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
        storage.create(&[id(0), id(1)]).unwrap();
        let (log, other) = (storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap());
        append_patiently(&storage, &log, n, b"x").await;
        log.trim(u64::MAX);
        let is_empty =
            |file: &(PathBuf, u64)| file.0.to_string_lossy().starts_with("logs/7/0-") && file.1 == 64;
        while !disk.files().iter().any(is_empty) {
            append_patiently(&storage, &other, n, &[0; 400]).await;
            log.trim(u64::MAX);
        }
        append_patiently(&storage, &log, n, b"y").await;
        storage.close().await;
        assert_eq!(unfinished(&disk), [""; 0]);
        assert!(check_on(&disk).unwrap().ends_cleanly);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_is_told_in_words() {
    let segment = Path::new("logs/7/0-00000000000000000000.segment");
    let disk = with_a_section_to_cut(segment).await;
    disk.put(Path::new("logs/7/5-00000000000000000009.segment.new"), b"begun");
    let told = unfinished(&disk);
    assert_eq!(told[0], "logs/7/5-00000000000000000009.segment.new: the next start removes it");
    let cut = told.iter().find(|line| line.starts_with(segment.to_str().unwrap())).unwrap();
    let (_, rest) = cut.split_once(": the next start cuts it to ").unwrap_or_else(|| panic!("{cut}"));
    let (bytes, rest) = rest.split_once(' ').unwrap();
    assert!(bytes.parse::<usize>().unwrap() < bytes_of(&disk, segment).len(), "{cut}");
    assert_eq!(rest, "bytes; what follows is elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_cut_short_is_told_in_words() {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).unwrap();
    storage.create(&[id(0)]).unwrap();
    let log = storage.log(id(0)).unwrap();
    append(&storage, &log, 0, &["one"]).await.unwrap();
    disk.fail_later(0, Fault::Torn);
    append(&storage, &log, 0, &[[7; 3000]]).await.unwrap_err();
    let disk = disk.after_crash(Unsynced::Lost);
    let wanted = "journal/00000000000000000001.journal: a write cut short at byte 1024, which was never acknowledged; \
                  the next start drops it";
    assert_eq!(unfinished(&disk), [wanted]);
}
