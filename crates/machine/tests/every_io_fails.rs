//! Each I/O of a machine's life fails in turn, in each way, and the power goes. Whatever was acknowledged is in the state
//! afterwards, in order, once, and nothing else is but what was refused.

mod support;

use std::collections::BTreeMap;

use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced, every_call};
use support::{Opened, storage};

#[derive(Default)]
struct Sent {
    acknowledged: BTreeMap<u64, String>,
    refused: Vec<String>,
    snapshots: usize,
}

/// Opens, commits, takes snapshots while it does, stops, and does it again.
async fn workload(disk: &FaultyDisk, sent: &mut Sent) {
    for round in 0..2u64 {
        let Ok(storage) = storage(disk) else { return };
        let Ok(mut opened) = Opened::on(&storage).await else { return };
        assert!(opened.list.0.len() >= sent.acknowledged.len());
        for n in 0..12u64 {
            let text = |part: &str| format!("{round} {n} {part} {}", "x".repeat(150 + 37 * n as usize % 200));
            let commands = [text("a"), text("b")];
            match opened.commit(round * 100 + n, &commands).await {
                Ok(first) => sent.acknowledged.extend((first..).zip(commands)),
                Err(_) => sent.refused.extend(commands),
            }
            if n % 4 == 3 {
                sent.snapshots += usize::from(opened.snapshot().await.is_ok());
            }
        }
        storage.close().await;
    }
}

async fn verify(disk: &FaultyDisk, sent: &Sent, context: &str) -> Opened {
    let storage = storage(disk).unwrap_or_else(|error| panic!("{context}: {error}"));
    let opened = Opened::on(&storage).await.unwrap_or_else(|error| panic!("{context}: {error}"));
    let found: BTreeMap<u64, &String> =
        opened.list.0.iter().map(|(position, _, text)| (*position, text)).collect();
    assert_eq!(found.len(), opened.list.0.len(), "{context}: a command was applied twice");
    assert!(opened.list.0.is_sorted(), "{context}: commands were applied out of order");
    for (position, text) in &sent.acknowledged {
        assert_eq!(found.get(position).copied(), Some(text), "{context}: lost what was acknowledged");
    }
    for (position, text) in found {
        let known = sent.acknowledged.contains_key(&position) || sent.refused.contains(text);
        assert!(known, "{context}: nobody gave the command at {position}");
    }
    opened
}

/// False when the fault never came, since there are fewer calls.
fn survives(nth: u64, fault: Fault, unsynced: Unsynced) -> bool {
    let context = format!("{fault:?} at call {nth}, unsynced {unsynced:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let disk = FaultyDisk::failing_at(nth, fault);
        let mut sent = Sent::default();
        workload(&disk, &mut sent).await;
        let tripped = disk.tripped();
        assert!(tripped || sent.snapshots > 3, "the workload is too small to mean anything");
        let disk = disk.after_crash(unsynced);
        // It goes on, and what it says is durable by now survives a second loss of power.
        let mut opened = verify(&disk, &sent, &context).await;
        let more = ["more".to_owned()];
        let first = opened.commit(1_000, &more).await.unwrap();
        sent.acknowledged.extend((first..).zip(more));
        opened.snapshot().await.unwrap();
        let again = disk.after_crash(Unsynced::Lost);
        drop(opened);
        verify(&again, &sent, &context).await.storage.close().await;
        tripped
    })
}

fn every_call_fails_with(fault: Fault, unsynced: impl Fn(u64) -> Unsynced + Sync) {
    let calls = every_call(|nth| survives(nth, fault, unsynced(nth)));
    assert!(calls > 100, "the workload is too small to mean anything");
}

#[test]
fn any_error_is_survived() {
    every_call_fails_with(Fault::Error, |_| Unsynced::Lost);
}

#[test]
fn torn_writes_are_survived() {
    every_call_fails_with(Fault::Torn, |_| Unsynced::Lost);
}

#[test]
fn power_loss_after_any_call_is_survived() {
    every_call_fails_with(Fault::PowerLoss, |nth| Unsynced::Mixed(nth * 31 + 1));
}
