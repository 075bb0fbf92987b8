//! Snapshots: an image of each realm's tables, and which commands they hold. Behind a record that says
//! what follows come the images, cut into records that every engine of the log takes.

use std::collections::BTreeMap;
use std::io::{self, Read};

use flumen_storage::{Append, AppendError, BatchBuilder, Block, Log, ReadLimit, Storage, off_thread};
use flumen_types::Realm;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::command::{VERSION, newer};
use crate::engine::{Engine, Image};
use crate::tables::OpenError;

const CHUNK_BYTES: usize = 512 * 1024;
/// Also with the least memory for the newest records.
const _: () = assert!((CHUNK_BYTES as u64) < flumen_storage::call_bytes_max(0) - 64);
pub(crate) const READ_AT_ONCE: ReadLimit = ReadLimit { records: 10_000, bytes: 8 * 1024 * 1024 };

/// Attributes of the first record of a snapshot, and of those behind it.
const HEAD: u8 = 1;
const CHUNK: u8 = 0;

#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(rename = "v")]
    version: u32,
    /// The first command that the snapshot does not hold.
    position: u64,
    /// Of the newest command in it.
    at_ms: u64,
    images: Vec<ImageHead>,
}

#[derive(Clone, Serialize, Deserialize)]
struct ImageHead {
    account: String,
    region: String,
    bytes: u64,
}

/// What a snapshot is made of.
pub(crate) struct Images {
    pub position: u64,
    pub at_ms: u64,
    pub images: Vec<(Realm, Image)>,
}

impl Images {
    pub fn bytes(&self) -> u64 {
        self.images.iter().map(|(_, image)| image.len() as u64).sum()
    }

    /// Durable on return, and earlier snapshots and the commands in this one are let go.
    pub async fn write(self, storage: &Storage, log: &Log, commands: &Log) -> Result<(), AppendError> {
        let images = (self.images.iter())
            .map(|(realm, image)| ImageHead {
                account: realm.account.clone(),
                region: realm.region.clone(),
                bytes: image.len() as u64,
            })
            .collect();
        let head = Head { version: VERSION, position: self.position, at_ms: self.at_ms, images };
        let head = serde_json::to_vec(&head).expect("numbers and strings");
        let mut first = None;
        for bytes in head.chunks(CHUNK_BYTES) {
            let written = append(storage, log, self.at_ms, HEAD, bytes).await?;
            first.get_or_insert(written);
        }
        for bytes in self.images.iter().flat_map(|(_, image)| image.chunks(CHUNK_BYTES)) {
            append(storage, log, self.at_ms, CHUNK, bytes).await?;
        }
        // Only now is it whole.
        append(storage, log, self.at_ms, END, &[]).await?;
        log.trim(first.unwrap_or(0));
        commands.trim(self.position);
        Ok(())
    }
}

const END: u8 = 2;

async fn append(
    storage: &Storage,
    log: &Log,
    time_ms: u64,
    attributes: u8,
    bytes: &[u8],
) -> Result<u64, AppendError> {
    let mut batch = BatchBuilder::with_capacity(bytes.len() + 16);
    batch.push(attributes, &[], bytes);
    let append = Append { log: log.clone(), time_ms, batch: batch.finish() };
    let answer = storage.append(vec![append]).await.into_iter().next();
    // One append gives one answer.
    answer.unwrap_or(Err(AppendError::Closed)).map(|appended| appended.first)
}

/// The tables as a snapshot had them.
#[derive(Default)]
pub(crate) struct Restored {
    pub engines: BTreeMap<Realm, Engine>,
    pub position: u64,
    pub at_ms: u64,
    pub bytes: u64,
}

/// The newest whole snapshot. There may be one behind it whose writer died.
pub(crate) async fn newest(log: &Log) -> Result<Restored, OpenError> {
    let Some((start, end)) = newest_whole(log).await? else { return Ok(Restored::default()) };
    let source = Source {
        log: log.clone(),
        runtime: Handle::current(),
        blocks: Vec::new(),
        next: start,
        end,
        record: Vec::new(),
        taken: 0,
    };
    let restored = off_thread(move || restore(source)).await;
    restored.unwrap_or_else(|error| Err(Unreadable::Broken(error.to_string()))).map_err(|error| match error {
        Unreadable::Broken(error) => OpenError::Snapshot { position: start, error },
        Unreadable::Newer { found } => {
            OpenError::Newer { what: format!("the snapshot at position {start}"), found }
        }
    })
}

enum Unreadable {
    Broken(String),
    Newer { found: u32 },
}

impl<E: std::error::Error> From<E> for Unreadable {
    fn from(error: E) -> Unreadable {
        Unreadable::Broken(error.to_string())
    }
}

fn restore(mut source: Source) -> Result<Restored, Unreadable> {
    let broken = |what: &str| Err(Unreadable::Broken(what.to_owned()));
    let mut head = Vec::new();
    while source.advance()? == Some(HEAD) {
        head.extend_from_slice(&source.record);
    }
    if let Some(found) = newer(&head) {
        return Err(Unreadable::Newer { found });
    }
    let head: Head = serde_json::from_slice(&head)?;
    let mut restored = Restored { position: head.position, at_ms: head.at_ms, ..Restored::default() };
    for image in head.images {
        // Memory is taken for as much as it says.
        if image.bytes > source.bytes_max() {
            return broken("it is shorter than it says");
        }
        let engine = Engine::restore(&mut source, usize::try_from(image.bytes)?)?;
        restored.bytes += image.bytes;
        restored.engines.insert(Realm { account: image.account, region: image.region }, engine);
    }
    if source.read(&mut [0])? > 0 { broken("it is longer than it says") } else { Ok(restored) }
}

/// A snapshot's records one after the other, and as a reader what is left of them from the first image on.
struct Source {
    log: Log,
    runtime: Handle,
    blocks: Vec<Block>,
    next: u64,
    end: u64,
    /// The newest record, and how much of it the reader gave.
    record: Vec<u8>,
    taken: usize,
}

impl Source {
    /// The next record's attributes; nothing behind the last one.
    fn advance(&mut self) -> io::Result<Option<u8>> {
        self.record.clear();
        self.taken = 0;
        if self.next == self.end {
            return Ok(None);
        }
        let next = self.next;
        if self.blocks.iter().flat_map(|block| block.records_from(next)).next().is_none() {
            self.blocks =
                self.runtime.block_on(self.log.read(next, READ_AT_ONCE)).map_err(io::Error::other)?;
        }
        let record = self.blocks.iter().flat_map(|block| block.records_from(next)).next();
        let record = record.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.record.extend_from_slice(record.value);
        self.next = record.position + 1;
        Ok(Some(record.attributes))
    }

    /// No more than this can be left.
    fn bytes_max(&self) -> u64 {
        (self.end - self.next + 1).saturating_mul(CHUNK_BYTES as u64)
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.record.len() {
            if self.advance()?.is_none() {
                return Ok(0);
            }
        }
        let read = (&self.record[self.taken..]).read(into)?;
        self.taken += read;
        Ok(read)
    }
}

/// Where the newest whole snapshot begins and ends.
async fn newest_whole(log: &Log) -> Result<Option<(u64, u64)>, OpenError> {
    let (mut newest, mut begun, mut in_head) = (None, None, false);
    let mut position = log.start();
    while position < log.end() {
        let blocks = log.read(position, READ_AT_ONCE).await?;
        let first = position;
        for record in blocks.iter().flat_map(|block| block.records_from(first)) {
            position = record.position + 1;
            match record.attributes {
                // The head may take several records; after a chunk it is that of another snapshot.
                HEAD if !in_head => (begun, in_head) = (Some(record.position), true),
                HEAD => {}
                END => (newest, begun, in_head) = (begun.map(|begun| (begun, position)), None, false),
                _ => in_head = false,
            }
        }
        if position == first {
            break;
        }
    }
    Ok(newest)
}
