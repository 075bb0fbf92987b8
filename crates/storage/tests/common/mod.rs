//! What the tests share: tiny sizes, so that files roll constantly, and records that say who they are.
#![allow(dead_code, unreachable_pub, reason = "each test file uses some of it")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flumen_storage::{
    Append, AppendError, Appended, BatchBuilder, BlockKey, BlockKeyError, BlockKeyId, BlockKeys, Disk as _,
    Log, LogId, ReadError, ReadLimit, Storage, StorageSettings, WrappedKey, check_on,
};
use flumen_testkit::faulty::FaultyDisk;

pub const ALL: ReadLimit = ReadLimit { records: usize::MAX, bytes: usize::MAX };

pub fn tiny() -> StorageSettings {
    StorageSettings {
        tail_bytes: 24 * 1024,
        segment_bytes: 16 * 1024,
        queue_bytes: 64 * 1024,
        journal_bytes: Some(8 * 1024),
        large_block_bytes: 450,
        free_after: Duration::from_millis(20),
        read_files: 4,
        patience: Duration::from_millis(20),
        once_clear: Vec::new(),
        keys: None,
    }
}

/// The same, and every second log lies sealed.
pub fn tiny_and_sealed() -> StorageSettings {
    StorageSettings { keys: Some(Arc::new(TestKeys::default())), ..tiny() }
}

/// Every second log lies sealed, under a key that seals a few blocks. What a key is wrapped to is the key itself.
#[derive(Debug, Default)]
pub struct TestKeys {
    sealing: Mutex<Option<(Arc<BlockKey>, u32)>>,
    /// No key is to be had.
    pub are_gone: AtomicBool,
    /// Of those that are asked for another one is given.
    pub are_others: AtomicBool,
    /// These are not to be had.
    pub gone: Mutex<Vec<BlockKeyId>>,
}

const BLOCKS_UNDER_ONE: u32 = 3;

/// A key that has not sealed anything.
pub fn new_key() -> Arc<BlockKey> {
    static MADE: AtomicU64 = AtomicU64::new(1);
    // Bytes that stand nowhere by chance.
    let id = MADE.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let id = BlockKeyId(id.to_le_bytes());
    let key = [id.0; 4].concat();
    Arc::new(BlockKey::new(id, &key, key.clone()).expect("a key"))
}

impl BlockKeys for TestKeys {
    fn sealing(&self, log: LogId) -> Result<Option<Arc<BlockKey>>, BlockKeyError> {
        if log.index.is_multiple_of(2) {
            return Ok(None);
        }
        if self.are_gone.load(Ordering::Relaxed) {
            return Err(BlockKeyError("no key today".into()));
        }
        let mut sealing = self.sealing.lock().expect("nobody panicked");
        match &mut *sealing {
            Some((key, blocks)) if *blocks < BLOCKS_UNDER_ONE => {
                *blocks += 1;
                Ok(Some(key.clone()))
            }
            _ => {
                let key = new_key();
                *sealing = Some((key.clone(), 1));
                Ok(Some(key))
            }
        }
    }

    fn opening(&self, _: LogId, wrapped: &WrappedKey) -> Result<Arc<BlockKey>, BlockKeyError> {
        let is_gone = self.gone.lock().expect("nobody panicked").contains(&wrapped.id);
        if is_gone || self.are_gone.load(Ordering::Relaxed) {
            return Err(BlockKeyError("no key today".into()));
        }
        let mut key = wrapped.bytes.to_vec();
        if self.are_others.load(Ordering::Relaxed) {
            key[0] ^= 1;
        }
        let key = BlockKey::new(wrapped.id, &key, wrapped.bytes.clone());
        key.map(Arc::new).ok_or_else(|| BlockKeyError("it is no key".into()))
    }
}

pub fn id(index: u32) -> LogId {
    LogId { group: 7, index }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

pub fn batch<V: AsRef<[u8]>>(log: &Log, time_ms: u64, values: &[V]) -> Append {
    let mut builder = BatchBuilder::with_capacity(values.iter().map(|v| v.as_ref().len() + 16).sum());
    for value in values {
        builder.push(3, b"key", value.as_ref());
    }
    Append { log: log.clone(), time_ms, batch: builder.finish() }
}

pub async fn append<V: AsRef<[u8]>>(
    storage: &Storage,
    log: &Log,
    time_ms: u64,
    values: &[V],
) -> Result<Appended, AppendError> {
    storage.append(vec![batch(log, time_ms, values)]).await.remove(0)
}

/// Waits while the disk catches up.
pub async fn append_patiently(storage: &Storage, log: &Log, time_ms: u64, value: &[u8]) -> Appended {
    loop {
        match append(storage, log, time_ms, &[value]).await {
            Err(AppendError::Overloaded { .. }) => tokio::task::yield_now().await,
            answer => return answer.expect("the append is taken"),
        }
    }
}

/// Waits for what comes within a minute.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..30_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("never: {what}");
}

pub type Seen = (u64, u64, Vec<u8>);

/// Every record from `position`, read in small pieces, with its position and time.
pub async fn read_from(log: &Log, position: u64, limit: ReadLimit) -> Result<Vec<Seen>, ReadError> {
    let mut seen = Vec::new();
    let mut position = position;
    loop {
        let blocks = log.read(position, limit).await?;
        if blocks.is_empty() {
            return Ok(seen);
        }
        for record in blocks.iter().flat_map(|block| block.records_from(position)) {
            assert_eq!((record.attributes, record.key), (3, &b"key"[..]));
            seen.push((record.position, record.time_ms, record.value.to_vec()));
        }
        position = blocks.last().map_or(position, flumen_storage::Block::end);
    }
}

pub async fn read_all(log: &Log) -> Vec<Seen> {
    read_from(log, log.start(), ALL).await.expect("the log is readable")
}

/// The record at a position, so that a copy can be judged without the original.
pub fn value(id: LogId, position: u64) -> Vec<u8> {
    let mut value = format!("{id} {position} ").into_bytes();
    value.resize(60 + (position as usize * 37 + id.index as usize) % 400, b'.');
    value
}

pub fn bytes_of(disk: &FaultyDisk, file: &Path) -> Vec<u8> {
    let Ok(file) = disk.open(file) else { return Vec::new() };
    let mut bytes = vec![0; file.bytes().expect("its length") as usize];
    let read = file.read_at(&mut bytes, 0).expect("it is readable");
    bytes.truncate(read);
    bytes
}

/// A block somewhere in a file, whole.
pub struct FoundBlock {
    pub file: PathBuf,
    /// Of its header.
    pub at: u64,
    pub log: LogId,
    /// 0 in clear, 1 sealed, 2 a key.
    pub kind: u32,
    pub payload: Vec<u8>,
}

/// Looks for blocks at each byte of each file.
pub fn blocks_on(disk: &FaultyDisk) -> Vec<FoundBlock> {
    let mut found = Vec::new();
    for (file, _) in disk.files() {
        let bytes = bytes_of(disk, &file);
        for at in 0..bytes.len().saturating_sub(48) {
            let header = &bytes[at..at + 48];
            let number = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
            if !header.starts_with(b"FLB1") || crc32c::crc32c(&header[..44]) != number(44) {
                continue;
            }
            let Some(payload) = bytes.get(at + 48..at + 48 + number(32) as usize) else { continue };
            if crc32c::crc32c(payload) == number(36) {
                let log = LogId { group: number(4), index: number(8) };
                found.push(FoundBlock {
                    file: file.clone(),
                    at: at as u64,
                    log,
                    kind: number(40),
                    payload: payload.to_vec(),
                });
            }
        }
    }
    found
}

/// A directory as a crash leaves it when a section was added to a segment of log 0 whose blocks the journal still
/// holds. Its records are those of [`value`].
pub async fn with_a_section_to_cut(segment: &Path) -> FaultyDisk {
    // Whether the keeper adds a section to this file, or begins it, hangs on how far it is.
    for _ in 0..50 {
        if let Some(disk) = try_for_a_section_to_cut(segment).await {
            return disk;
        }
    }
    panic!("no section was added");
}

async fn try_for_a_section_to_cut(segment: &Path) -> Option<FaultyDisk> {
    let disk = FaultyDisk::default();
    let storage = Storage::open_on(Arc::new(disk.clone()), tiny()).expect("it opens");
    storage.create(&[id(0)]).expect("a log");
    let log = storage.log(id(0)).expect("a log");
    for n in 0..300 {
        let before = disk.copy();
        let short = bytes_of(&before, segment).len();
        append_patiently(&storage, &log, n, &value(id(0), n)).await;
        let long = bytes_of(&disk, segment);
        if short > 0 && long.len() > short {
            before.put(segment, &long);
            let damage = check_on(&before).expect("it is readable").damage;
            let tried = before.copy();
            let opened = Storage::open_on(Arc::new(tried.clone()), tiny());
            let cut = bytes_of(&tried, segment).len();
            if damage.is_empty() && opened.is_ok() && (1..long.len()).contains(&cut) {
                return Some(before);
            }
        }
    }
    None
}
