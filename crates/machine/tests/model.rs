//! Two machines on the same logs, as two processes would be, against the plain list of what was appended: random
//! commands, snapshots, snapshots that are cut short, stops and crashes.

mod support;

use flumen_machine::{Cause, Framing, append_record};
use proptest::prelude::*;
use support::faulty::{FaultyDisk, Unsynced};
use support::{FRAMINGS, List, Opened, SNAPSHOTS, storage};

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
        1 => (0u8..3).prop_map(|records| Op::CutSnapshot { records }),
        2 => any::<bool>().prop_map(|crash| Op::Restart { crash }),
    ]
}

async fn run(framing: Framing, ops: Vec<Op>) {
    let mut disk = FaultyDisk::default();
    let mut storage = storage(&disk).unwrap();
    let mut two =
        [Opened::on(&storage, framing).await.unwrap(), Opened::on(&storage, framing).await.unwrap()];
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
                    Err(Cause::Gap { .. }) => two[by] = Opened::on(&storage, framing).await.unwrap(),
                    Err(error) => panic!("{error}"),
                }
                assert_eq!(two[by].list, wanted);
            }
            Op::Snapshot { by } => two[by].snapshot().await.unwrap(),
            Op::CutSnapshot { records } => {
                let log = storage.log(SNAPSHOTS).unwrap();
                let head = br#"{"version":1,"v":1,"position":0,"at_ms":0,"chunks":3}"#;
                append_record(&storage, &log, nth, u8::from(framing == Framing::Marked), head).await.unwrap();
                for _ in 0..records {
                    append_record(&storage, &log, nth, 0, b"half of a sna").await.unwrap();
                }
            }
            Op::Restart { crash } => {
                if crash {
                    disk = disk.after_crash(Unsynced::Lost);
                }
                storage.close().await;
                drop(two);
                storage = support::storage(&disk).unwrap();
                two = [
                    Opened::on(&storage, framing).await.unwrap(),
                    Opened::on(&storage, framing).await.unwrap(),
                ];
                two.iter().for_each(|one| assert_eq!(one.list, wanted));
                // The head of a counted snapshot does not tell.
                for one in two.iter().filter(|_| framing == Framing::Marked) {
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
        for framing in FRAMINGS {
            runtime.block_on(run(framing, ops.clone()));
        }
    }
}
