//! Events while the disk has no room.

use std::time::Duration;

use flumen_audit::{Attribute, Attributes, Audit, AuditSettings, Carried, Lookup};
use flumen_machine::append_record;
use flumen_seal::{RootKeySource, Seal};
use flumen_storage::{LogId, Storage};
use flumen_testkit::faulty::FaultyDisk;
use flumen_testkit::service::{seal, storage};
use flumen_types::Clock;

/// Of no service.
const OTHER: LogId = LogId { group: 7, index: 0 };
const EVENT_BYTES: usize = 100_000;

async fn open(disk: &FaultyDisk) -> (Storage, Audit) {
    let storage = storage(disk).unwrap();
    let (clock, _) = Clock::manual(1_700_000_000_000);
    let audit = Audit::open(storage.clone(), clock, seal(), Carried::default(), AuditSettings::default());
    let audit = audit.await.unwrap();
    (storage, audit)
}

async fn named(audit: &Audit, name: &str) -> Vec<String> {
    let attributes = vec![(Attribute::EventName, name.to_owned())];
    let lookup = Lookup { attributes, to_ms: u64::MAX, ..Lookup::default() };
    let found = audit.lookup(&lookup, None, 1000).await.unwrap();
    found.events.iter().map(|event| event.text.to_string()).collect()
}

/// Takes all the room that there is.
async fn fill(disk: &FaultyDisk, storage: &Storage) {
    disk.set_capacity(disk.used());
    storage.create(&[OTHER]).unwrap();
    let log = storage.log(OTHER).unwrap();
    for bytes in [100_000, 1_000] {
        while append_record(storage, &log, 0, 0, &[], &vec![0; bytes]).await.is_ok() {}
    }
}

#[tokio::test]
async fn events_wait_for_room_and_what_is_too_much_is_counted() {
    let disk = FaultyDisk::default();
    let (storage, audit) = open(&disk).await;
    fill(&disk, &storage).await;
    let about = format!("{{\"text\":\"{}\"}}", "x".repeat(EVENT_BYTES));
    let told = 200;
    for _ in 0..told {
        audit.tell_service("Tested", &about);
    }
    audit.flush().await.unwrap_err();
    assert!(!audit.refuses(), "whoever makes room may do so");
    let status = audit.status();
    let kept = named(&audit, "Tested").await.len() as u64;
    assert!(status.lost > 0 && kept > 50, "{status:?}, {kept}");
    assert_eq!(kept + status.lost, told);
    // With room again everything that was kept is written, and how many were not is told.
    disk.set_capacity(u64::MAX);
    let written = async {
        while audit.flush().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), written).await.unwrap();
    audit.flush().await.unwrap();
    let lost = named(&audit, "EventsNotWritten").await;
    assert_eq!(lost.len(), 1);
    assert!(lost[0].contains(&format!("\"events\":{}", status.lost)), "{}", lost[0]);
    storage.close().await;
    drop((audit, storage));
    let (_storage, audit) = open(&disk).await;
    assert_eq!(named(&audit, "Tested").await.len() as u64, kept);
    let event = named(&audit, "EventsNotWritten").await.remove(0);
    assert_eq!(Attributes::of(&event).unwrap().user_identity.kind, "AWSService");
}

/// Where events cannot be sealed, nobody changes what could not be told.
#[tokio::test]
async fn what_cannot_be_told_is_not_changed() {
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    let seal = Seal::of_directory(&keys, &RootKeySource::Directory, false).unwrap();
    // As a later start does it: the first of its events asks for room in the keys' file.
    drop(seal);
    let seal = Seal::of_directory(&keys, &RootKeySource::Directory, true).unwrap();
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let (clock, _) = Clock::manual(1_700_000_000_000);
    let audit =
        Audit::open(storage, clock, seal, Carried::default(), AuditSettings::default()).await.unwrap();
    let away = dir.path().join("away");
    std::fs::rename(&keys, &away).unwrap();
    audit.tell_service("Tested", "{}");
    assert!(!audit.refuses());
    audit.flush().await.unwrap_err();
    assert!(audit.refuses() && audit.status().refuses);
    assert_eq!(named(&audit, "Tested").await.len(), 1, "it waits");
    // What was wanting is there again.
    std::fs::rename(&away, &keys).unwrap();
    audit.rotate().await.unwrap();
    assert!(!audit.refuses() && !audit.status().refuses);
    assert_eq!(named(&audit, "Tested").await.len(), 1);
}
