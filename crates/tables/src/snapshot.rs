//! Snapshots: an image of each realm's tables, and which commands they hold. Behind a record that says
//! what follows come the images, cut into records that every engine of the log takes.

use std::collections::BTreeMap;

use flumen_storage::{Append, AppendError, BatchBuilder, Log, ReadLimit, Storage};
use flumen_types::Realm;
use serde::{Deserialize, Serialize};

use crate::command::VERSION;
use crate::engine::Engine;
use crate::tables::OpenError;

const CHUNK_BYTES: usize = 512 * 1024;
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
    pub images: Vec<(Realm, Vec<u8>)>,
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
    let broken = |what: &str| OpenError::Snapshot { position: start, error: what.to_owned() };
    let mut restored = Restored::default();
    let (mut head, mut head_bytes) = (None::<std::vec::IntoIter<ImageHead>>, Vec::new());
    let mut image: Option<(ImageHead, Vec<u8>)> = None;
    let mut position = start;
    while position < end {
        let blocks = log.read(position, READ_AT_ONCE).await?;
        let first = position;
        for record in blocks.iter().flat_map(|block| block.records_from(first)) {
            if record.position >= end {
                break;
            }
            position = record.position + 1;
            if record.attributes == HEAD {
                head_bytes.extend_from_slice(record.value);
                continue;
            }
            let images = match &mut head {
                Some(images) => images,
                None => {
                    let read: Head =
                        serde_json::from_slice(&head_bytes).map_err(|error| broken(&error.to_string()))?;
                    if read.version > VERSION {
                        return Err(OpenError::Newer { found: read.version });
                    }
                    restored.position = read.position;
                    restored.at_ms = read.at_ms;
                    head.insert(read.images.into_iter())
                }
            };
            let mut rest = record.value;
            while !rest.is_empty() {
                let (of, mut bytes) = match image.take() {
                    Some(image) => image,
                    None => (images.next().ok_or_else(|| broken("it is longer than it says"))?, Vec::new()),
                };
                let wanted = usize::try_from(of.bytes).unwrap_or(usize::MAX) - bytes.len();
                let (taken, left) = rest.split_at(wanted.min(rest.len()));
                bytes.extend_from_slice(taken);
                rest = left;
                if bytes.len() as u64 == of.bytes {
                    let engine = Engine::restore(&bytes).map_err(|error| broken(&error.to_string()))?;
                    restored.bytes += of.bytes;
                    restored.engines.insert(Realm { account: of.account, region: of.region }, engine);
                } else {
                    image = Some((of, bytes));
                }
            }
        }
        if position == first {
            break;
        }
    }
    let missing = image.is_some() || head.is_none_or(|mut images| images.next().is_some());
    if missing { Err(broken("it is shorter than it says")) } else { Ok(restored) }
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
