//! Snapshots as they were written before they had ids are read, and give way to those of today.

mod support;

use flumen_machine::{Carried, Former, MachineSettings};
use flumen_storage::{Append, BatchBuilder, Storage};
use support::{COMMANDS, List, Opened, SETTINGS, SNAPSHOTS};

/// Appends records without a key at a time, given as attributes and value.
async fn append(storage: &Storage, time_ms: u64, records: &[(u8, &str)]) {
    for (attributes, value) in records {
        let mut batch = BatchBuilder::default();
        batch.push(*attributes, &[], value.as_bytes());
        let append = Append { log: storage.log(SNAPSHOTS).unwrap(), time_ms, batch: batch.finish() };
        storage.append(vec![append]).await.remove(0).unwrap();
    }
}

/// The state, up to where it goes and its time, whether it is of an earlier version.
async fn opened(storage: &Storage, former: Former) -> (List, u64, u64, bool) {
    let settings = MachineSettings { former, ..SETTINGS };
    let opened =
        flumen_machine::open(storage, settings, &Carried::default(), List::default(), |_, _| Ok(())).await;
    let (machine, follower, list) = opened.map_err(|error| error.to_string()).unwrap();
    (list, follower.next(), follower.at_ms(), machine.is_of_earlier_version())
}

fn list(commands: &[(u64, u64, &str)]) -> List {
    List(commands.iter().map(|(position, ms, text)| (*position, *ms, (*text).to_owned())).collect())
}

#[tokio::test]
async fn the_newest_whole_one_of_either_form_is_read() {
    let counted: [&[(u8, &str)]; 3] = [
        &[(0, r#"{"version":1,"position":1,"chunks":1}"#), (0, "0 5 a\n")],
        &[(0, r#"{"version":1,"position":2,"chunks":2}"#), (0, "0 5 a\n1"), (0, " 7 b\n")],
        &[(0, r#"{"version":1,"position":3,"chunks":2}"#), (0, "0 5 a\n1 7 b\n")],
    ];
    let head = r#"{"v":1,"position":2,"at_ms":7}"#;
    let marked: [&[(u8, &str)]; 3] = [
        &[(1, r#"{"v":1,"position":1,"at_ms":5}"#), (0, "0 5 a\n"), (2, "")],
        // Its writer died behind the first piece.
        &[(1, head), (1, head), (0, "0 5 a\n1"), (0, " 7 b\n"), (2, "")],
        &[(1, r#"{"v":1,"position":3,"at_ms":8}"#), (0, "0 5 a\n1 7 b\n")],
    ];
    for (former, snapshots) in [(Former::Counted, counted), (Former::Marked, marked)] {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        storage.create(&[COMMANDS, SNAPSHOTS]).unwrap();
        assert_eq!(opened(&storage, former).await, (list(&[]), 0, 0, false), "{former:?}");
        append(&storage, 5, snapshots[0]).await;
        assert_eq!(opened(&storage, former).await, (list(&[(0, 5, "a")]), 1, 5, true), "{former:?}");
        append(&storage, 7, snapshots[1]).await;
        let both = list(&[(0, 5, "a"), (1, 7, "b")]);
        assert_eq!(opened(&storage, former).await, (both.clone(), 2, 7, true), "{former:?}");
        append(&storage, 9, snapshots[2]).await;
        assert_eq!(opened(&storage, former).await, (both.clone(), 2, 7, true), "{former:?}: it is cut short");

        let mut one = Opened::of(&storage, former).await.unwrap();
        one.snapshot().await.unwrap();
        assert_eq!(
            opened(&storage, former).await,
            (both.clone(), 2, 7, false),
            "{former:?}: it is taken over"
        );
    }
}
