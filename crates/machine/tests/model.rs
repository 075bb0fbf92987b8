//! Two machines on the same logs, as two processes would be, against the plain list of what was appended: random
//! commands, snapshots, snapshots that are cut short, stops and crashes.

mod support;

use flumen_machine::{Cause, append_record};
use flumen_testkit::faulty::{FaultyDisk, Unsynced};
use proptest::prelude::*;
use support::{List, Opened, SNAPSHOTS, storage};

#[derive(Clone, Debug)]
enum Op {
    Commit {
        by: usize,
        sizes: Vec<usize>,
    },
    Follow {
        by: usize,
    },
    Snapshot {
        by: usize,
    },
    /// The writer dies after so many records.
    CutSnapshot {
        records: u8,
        id: bool,
    },
    Restart {
        crash: bool,
    },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => (0usize..2, proptest::collection::vec(0usize..1500, 1..4))
            .prop_map(|(by, sizes)| Op::Commit { by, sizes }),
        2 => (0usize..2).prop_map(|by| Op::Follow { by }),
        2 => (0usize..2).prop_map(|by| Op::Snapshot { by }),
        1 => (0u8..3, any::<bool>()).prop_map(|(records, id)| Op::CutSnapshot { records, id }),
        2 => any::<bool>().prop_map(|crash| Op::Restart { crash }),
    ]
}

async fn run(ops: Vec<Op>) {
    let mut disk = FaultyDisk::default();
    let mut storage = storage(&disk).unwrap();
    let mut two = [Opened::on(&storage).await.unwrap(), Opened::on(&storage).await.unwrap()];
    let mut wanted = List::default();
    for (nth, op) in (0u64..).zip(ops) {
        match op {
            Op::Commit { by, sizes } => {
                let texts: Vec<String> =
                    sizes.iter().map(|size| format!("{nth} {}", "x".repeat(*size))).collect();
                let first = two[by].commit(nth, &texts).await.unwrap();
                wanted.0.extend((first..).zip(texts).map(|(position, text)| (position, nth, text)));
                assert_eq!(two[by].list, wanted, "who has committed has applied all before it");
            }
            Op::Follow { by } => {
                let end = storage.log(support::COMMANDS).unwrap().end();
                let Opened { follower, list, .. } = &mut two[by];
                let mut told = Vec::new();
                let from = list.0.len();
                let note = |_: &List, count| {
                    told.push(count);
                    Ok(())
                };
                match follower.follow(list, end, note).await {
                    Ok(()) => assert_eq!(told, (from + 1..=wanted.0.len()).collect::<Vec<_>>()),
                    Err(Cause::Gap { .. }) => two[by] = Opened::on(&storage).await.unwrap(),
                    Err(error) => panic!("{error}"),
                }
                assert_eq!(two[by].list, wanted);
            }
            Op::Snapshot { by } => two[by].snapshot().await.unwrap(),
            Op::CutSnapshot { records, id } => {
                let log = storage.log(SNAPSHOTS).unwrap();
                let head = br#"{"v":1,"position":0,"at_ms":0}"#;
                // Ids of their own, or none, as before.
                let id = if id { format!("cut {nth}") } else { String::new() };
                for nth in 0..=records {
                    let (attributes, bytes) =
                        if nth == 0 { (1, &head[..]) } else { (0, &b"half of a sna"[..]) };
                    append_record(&storage, &log, 0, attributes, id.as_bytes(), bytes).await.unwrap();
                }
            }
            Op::Restart { crash } => {
                if crash {
                    disk = disk.after_crash(Unsynced::Lost);
                }
                storage.close().await;
                drop(two);
                storage = support::storage(&disk).unwrap();
                two = [Opened::on(&storage).await.unwrap(), Opened::on(&storage).await.unwrap()];
                two.iter().for_each(|one| assert_eq!(one.list, wanted));
                for one in &two {
                    assert_eq!(one.follower.at_ms(), wanted.0.last().map_or(0, |(_, ms, _)| *ms));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_state_is_the_fold_of_its_commands(ops in proptest::collection::vec(op(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(run(ops));
    }
}
