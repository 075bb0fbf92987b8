//! Each I/O of a workload fails in turn, in each way, and the power goes. Whatever was acknowledged is there
//! afterwards, in order, and nothing else is, but for whole appends whose answer was a failure.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::*;
use flumen_storage::{Storage, StorageSettings, check_on};
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced, every_call};

#[derive(Default)]
struct Sent {
    /// By position.
    acknowledged: BTreeMap<u64, Vec<u8>>,
    refused: Vec<Vec<u8>>,
    trimmed: u64,
}

const CROWD: u32 = 20;

type Logs = [Sent; 2 + CROWD as usize];

/// Opens, appends to two logs over several journal files, reads, trims, closes, and does it again. The power may go soon after the
/// next start, while the journal is as the fault left it.
async fn workload(disk: &FaultyDisk, sent: &mut Logs, power_goes: bool) {
    for round in 0..3u64 {
        let power_goes = power_goes && disk.tripped();
        // In the second round whole journal files stay as segments of many logs.
        let settings =
            StorageSettings { large_block_bytes: if round == 1 { 0 } else { u64::MAX }, ..tiny_and_sealed() };
        let Ok(storage) = Storage::open_on(Arc::new(disk.clone()), settings) else { return };
        let ids: Vec<_> = (0..2 + CROWD).map(id).collect();
        if storage.create(&ids).is_err() {
            return;
        }
        let logs = [storage.log(id(0)).unwrap(), storage.log(id(1)).unwrap()];
        for n in 0..24u64 {
            if power_goes && n == 3 {
                return disk.cut_power();
            }
            let which = usize::from(n % 3 == 0);
            let mut value = format!("{round} {n} ").into_bytes();
            // 900 bytes make a batch of two whole sectors.
            value.resize(if round == 1 { 900 } else { 300 + 37 * n as usize % 700 }, b'.');
            match append(&storage, &logs[which], n, &[&value[..], b"second"]).await {
                Ok(appended) => {
                    let sent = &mut sent[which];
                    sent.acknowledged.insert(appended.first, value);
                    sent.acknowledged.insert(appended.first + 1, b"second".to_vec());
                }
                Err(_) => sent[which].refused.push(value),
            }
        }
        // So many logs that their segments are synced all at once.
        let crowd: Vec<_> =
            (0..CROWD).map(|n| batch(&storage.log(id(2 + n)).unwrap(), 0, &["a", "b"])).collect();
        for (sent, answer) in sent[2..].iter_mut().zip(storage.append(crowd).await) {
            match answer {
                Ok(appended) => {
                    sent.acknowledged.insert(appended.first, b"a".to_vec());
                    sent.acknowledged.insert(appended.first + 1, b"b".to_vec());
                }
                Err(_) => sent.refused.extend([b"a".to_vec(), b"b".to_vec()]),
            }
        }
        // What it reads is of no interest here, only that the disk is read.
        let _ = read_from(&logs[1], 0, ALL).await;
        if round == 1 {
            sent[0].trimmed = logs[0].end().saturating_sub(10).max(sent[0].trimmed);
            logs[0].trim(sent[0].trimmed);
        }
        storage.close().await;
    }
}

async fn verify(storage: &Storage, sent: &Logs, context: &str) {
    for (index, sent) in sent.iter().enumerate() {
        let Some(log) = storage.log(id(index as u32)) else {
            assert!(sent.acknowledged.is_empty(), "{context}: log {index} is gone");
            continue;
        };
        let seen = read_all(&log).await;
        let by_position: BTreeMap<u64, &Vec<u8>> = seen.iter().map(|(at, _, value)| (*at, value)).collect();
        for (position, value) in sent.acknowledged.range(sent.trimmed..) {
            let found = by_position.get(position).copied();
            assert_eq!(
                found,
                Some(value),
                "{context}: log {index} lost an acknowledged record at {position}"
            );
        }
        for (position, value) in &by_position {
            match sent.acknowledged.get(position) {
                Some(acknowledged) => {
                    assert_eq!(acknowledged, *value, "{context}: log {index} at {position}")
                }
                None => {
                    let known = **value == b"second" || sent.refused.contains(value);
                    assert!(known, "{context}: log {index} has a record at {position} that nobody sent");
                }
            }
        }
        assert_eq!(log.start() % 2, 0, "{context}: an append is there whole or not at all");
        assert_eq!(log.end() % 2, 0, "{context}: an append is there whole or not at all");
    }
}

/// False when the fault never came, since there are fewer calls.
fn survives(nth: u64, fault: Fault, unsynced: Unsynced) -> bool {
    let context = format!("{fault:?} at call {nth}, unsynced {unsynced:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let disk = FaultyDisk::failing_at(nth, fault);
        let mut sent: Logs = std::array::from_fn(|_| Sent::default());
        workload(&disk, &mut sent, nth % 2 == 1).await;
        let tripped = disk.tripped();
        let disk = Arc::new(disk.after_crash(unsynced));
        let storage = Storage::open_on(disk.clone(), tiny_and_sealed())
            .unwrap_or_else(|error| panic!("{context}: recovery fails: {error}"));
        verify(&storage, &sent, &context).await;
        // It goes on, and what it says is durable by now survives a second loss of power.
        storage.create(&[id(0), id(1)]).unwrap();
        let log = storage.log(id(1)).unwrap();
        let more = append(&storage, &log, 0, &[&b"more"[..], b"second"]).await.unwrap();
        sent[1].acknowledged.insert(more.first, b"more".to_vec());
        let again = disk.after_crash(Unsynced::Lost);
        drop(storage);
        let storage = Storage::open_on(Arc::new(again.clone()), tiny_and_sealed())
            .unwrap_or_else(|error| panic!("{context}: second recovery fails: {error}"));
        verify(&storage, &sent, &context).await;
        storage.close().await;
        drop(storage);
        let report = check_on(&again).unwrap();
        assert_eq!(report.damage, [], "{context}");
        tripped
    })
}

fn every_call_fails_with(fault: Fault, unsynced: impl Fn(u64) -> Unsynced + Sync) {
    let calls = every_call(|nth| survives(nth, fault, unsynced(nth)));
    assert!(calls > 100, "the workload is too small to mean anything");
}

#[test]
fn any_error_and_the_loss_of_what_is_not_synced_are_survived() {
    every_call_fails_with(Fault::Error, |_| Unsynced::Lost);
}

#[test]
fn any_error_is_survived_when_the_process_dies_but_not_the_machine() {
    every_call_fails_with(Fault::Error, |_| Unsynced::Kept);
}

#[test]
fn any_error_and_the_loss_of_some_of_what_is_not_synced_are_survived() {
    every_call_fails_with(Fault::Error, Unsynced::Mixed);
}

#[test]
fn short_writes_are_survived() {
    every_call_fails_with(Fault::Short, |_| Unsynced::Lost);
}

#[test]
fn torn_writes_are_survived() {
    every_call_fails_with(Fault::Torn, |_| Unsynced::Lost);
    every_call_fails_with(Fault::Torn, |nth| Unsynced::Mixed(nth * 7 + 3));
}

#[test]
fn power_loss_after_any_call_is_survived() {
    every_call_fails_with(Fault::PowerLoss, |_| Unsynced::Lost);
    every_call_fails_with(Fault::PowerLoss, |_| Unsynced::Kept);
    every_call_fails_with(Fault::PowerLoss, |nth| Unsynced::Mixed(nth * 31 + 1));
}
