//! A data directory of which some bytes were changed. Opening it may
//! refuse, and reading may, but nothing panics and no record is served that was not written.

use std::io::IoSlice;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flumen_storage::{Append, BatchBuilder, Disk, LogId, MemoryDisk, ReadLimit, Storage, StorageSettings};

const LOGS: u32 = 2;
const RECORDS: u64 = 40;

fn settings() -> StorageSettings {
    StorageSettings {
        tail_bytes: 64 * 1024,
        segment_bytes: 4096,
        journal_bytes: Some(8 * 1024),
        ..StorageSettings::default()
    }
}

fn value(log: u32, nth: u64) -> Vec<u8> {
    format!("{log}-{nth}-").into_bytes().repeat(8)
}

pub fn journal(input: &[u8]) {
    damage("journal", input);
}

pub fn segment(input: &[u8]) {
    damage("logs", input);
}

/// What `input` says is done to the files in `dir` of a directory with some records in it.
fn damage(dir: &str, input: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let disk = Arc::new(MemoryDisk::default());
        write(&disk).await;
        change(&disk, Path::new(dir), input);
        let _ = flumen_storage::check_on(&*disk);
        // A storage that opens serves what was written, or says that it is damaged.
        if let Ok(storage) = Storage::open_on(disk.clone(), settings()) {
            read(&storage).await;
            storage.close().await;
        }
    });
}

async fn write(disk: &Arc<MemoryDisk>) {
    let storage = Storage::open_on(disk.clone(), settings()).unwrap();
    let ids: Vec<LogId> = (0..LOGS).map(|index| LogId { group: 1, index }).collect();
    storage.create(&ids).unwrap();
    for nth in 0..RECORDS {
        let appends = ids.iter().map(|id| {
            let mut batch = BatchBuilder::with_capacity(256);
            batch.push(0, b"key", &value(id.index, nth));
            Append { log: storage.log(*id).unwrap(), time_ms: nth, batch: batch.finish() }
        });
        assert!(storage.append(appends.collect::<Vec<_>>()).await.iter().all(Result::is_ok));
    }
    storage.close().await;
}

fn files(disk: &MemoryDisk, dir: &Path) -> Vec<PathBuf> {
    let entries = disk.list(dir).unwrap_or_default();
    let below = entries.into_iter().flat_map(|entry| match entry.is_dir {
        true => files(disk, &dir.join(entry.name)),
        false => vec![dir.join(entry.name)],
    });
    below.collect()
}

/// Four bytes of input a change: which file, where (two), and what.
fn change(disk: &MemoryDisk, dir: &Path, input: &[u8]) {
    let files = files(disk, dir);
    for change in input.chunks_exact(4) {
        let Some(path) = files.get(usize::from(change[0]) % files.len().max(1)) else { return };
        let Ok(file) = disk.open(path) else { continue };
        let bytes = file.bytes().unwrap_or(0);
        if bytes == 0 {
            continue;
        }
        let at = u64::from(u16::from_be_bytes([change[1], change[2]])) % bytes;
        match change[3] {
            0 => file.cut(at).unwrap(),
            flip => {
                let mut byte = [0];
                let _ = file.read_at(&mut byte, at);
                file.write_at(&[IoSlice::new(&[byte[0] ^ flip])], at).unwrap();
            }
        }
    }
}

async fn read(storage: &Storage) {
    for id in storage.logs() {
        let Some(log) = storage.log(id) else { continue };
        let mut position = log.start();
        while position < log.end() {
            let Ok(blocks) = log.read(position, ReadLimit { records: 7, bytes: 4096 }).await else { break };
            let before = position;
            for record in blocks.iter().flat_map(|block| block.records_from(before)) {
                assert_eq!((record.key, record.value), (&b"key"[..], &value(id.index, record.position)[..]));
                position = record.position + 1;
            }
            assert!(position > before, "a read before the end gives something");
        }
        let _ = log.find_time(RECORDS / 2).await;
    }
}
