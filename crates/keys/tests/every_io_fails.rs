//! Each I/O in the life of keys fails in turn, in each way, and the power goes. Whatever was acknowledged is there afterwards: keys,
//! and what they have encrypted; what was destroyed is not, and no material is left that no key has.

mod support;

use flumen_keys::{Context, KeyOperation, NewKey, Use};
use flumen_testkit::faulty::{Fault, FaultyDisk, Unsynced, every_call};
use flumen_testkit::service::storage;
use support::{DAY_MS, Opened, material_files};

#[derive(Default)]
struct Sent {
    /// By key: ciphertext, and what it holds.
    encrypted: Vec<(String, Vec<u8>, Vec<u8>)>,
    /// Keys that were made, and are not to be deleted.
    kept: Vec<String>,
    /// Keys of which it was acknowledged that they will be deleted, or that may be.
    leaving: Vec<String>,
    destroyed: usize,
}

async fn workload(disk: &FaultyDisk, sent: &mut Sent) {
    for round in 0..2u64 {
        let Ok(storage) = storage(disk) else { return };
        let Ok(opened) = Opened::on(disk, &storage, round * 40 * DAY_MS).await else { return };
        opened.keys.destroy_unnamed().await;
        for nth in 0..3 {
            let Ok(key) = opened.keys.create_key(&opened.caller, &NewKey::default()).await else { continue };
            let name = key.arn.to_string();
            encrypt(&opened, &name, sent).await;
            if opened.keys.rotate_on_demand(&opened.caller, &name).await.is_ok() {
                encrypt(&opened, &name, sent).await;
            }
            if nth == 1 {
                sent.leaving.push(name.clone());
                let _ = opened.keys.schedule_deletion(&opened.caller, &name, 7).await;
            } else {
                sent.kept.push(name);
            }
        }
        let before = opened.keys.counts().pending_deletion;
        opened.hand.advance_ms(8 * DAY_MS);
        opened.keys.keep_house().await;
        sent.destroyed += before - opened.keys.counts().gone;
        opened.keys.close().await;
        storage.close().await;
    }
}

async fn encrypt(opened: &Opened, key: &str, sent: &mut Sent) {
    let context = Context::default();
    let (operation, with) = (KeyOperation::GenerateDataKey, Use::with(&context));
    if let Ok(made) = opened.keys.generate_data_key(&opened.caller, key, 32, operation, &with).await {
        sent.encrypted.push((key.to_owned(), made.encrypted.blob, made.plaintext.expose().to_vec()));
    }
}

async fn verify(disk: &FaultyDisk, sent: &Sent, context: &str) {
    let storage = storage(disk).unwrap_or_else(|error| panic!("{context}: {error}"));
    let opened =
        Opened::on(disk, &storage, 100 * DAY_MS).await.unwrap_or_else(|error| panic!("{context}: {error}"));
    opened.keys.destroy_unnamed().await;
    opened.keys.keep_house().await;
    for key in &sent.kept {
        let found = opened.keys.describe_key(&opened.caller, key, &[]).await;
        assert!(found.is_ok(), "{context}: lost a key that was acknowledged");
    }
    let none = Context::default();
    for (key, blob, plaintext) in &sent.encrypted {
        let opened = opened.keys.decrypt(&opened.caller, blob, None, &Use::with(&none)).await;
        match opened {
            Ok(opened) => assert_eq!(opened.plaintext.expose(), plaintext, "{context}"),
            Err(error) => assert!(sent.leaving.contains(key), "{context}: {error}"),
        }
    }
    let counts = opened.keys.counts();
    assert_eq!(counts.gone + counts.pending_deletion, 0, "{context}: what is over is destroyed");
    assert_eq!(material_files(disk), counts.materials, "{context}: each piece of material is a key's");
    opened.keys.close().await;
    storage.close().await;
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
        assert!(tripped || (sent.encrypted.len() == 12 && sent.destroyed == 2), "the workload means nothing");
        let disk = disk.after_crash(unsynced);
        verify(&disk, &sent, &context).await;
        verify(&disk.after_crash(Unsynced::Lost), &sent, &context).await;
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
