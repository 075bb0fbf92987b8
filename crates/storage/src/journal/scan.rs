//! Reads a journal file back: its whole batches in order, and what to make of the place where they end.

use std::path::PathBuf;

use bytes::Bytes;

use super::file::{BATCH_HEADER, BatchHeader, BatchKind, JournalFile, SECTOR, on_disk, parse_file_header};
use crate::block::{BLOCK_HEADER, Block, BlockHeader};
use crate::disk::{Disk, read_exact_at};
use crate::error::{Broken, ReadError};
use crate::layout::journal_path;

/// No file is made larger than this; one that is was not made here.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// A journal file as it was found.
pub(crate) struct Scanned {
    pub file: JournalFile,
    pub blocks: Vec<(BlockHeader, Block)>,
    /// Sequence numbers of the first and the last whole batch.
    pub sequences: Option<(u64, u64)>,
    /// Where the last whole batch begins, as it is on disk, and where the next belongs.
    pub last_batch: (u64, Vec<u8>),
    pub end: u64,
    /// The last batch says that the storage was closed in order.
    pub ends_cleanly: bool,
    /// The first thing wrong that cannot be a write cut short by a crash.
    pub broken: Option<Broken>,
    /// There are bytes after the end that look like the beginning of a batch.
    pub torn: bool,
}

/// Reads the file of a generation. A header that is not one is [`ReadError::Damaged`].
pub(crate) fn scan(disk: &dyn Disk, generation: u64) -> Result<Scanned, ReadError> {
    let path = journal_path(generation);
    let io = |error| ReadError::Io { file: path.clone(), error };
    let broken = |offset, what: String| Broken { file: path.clone(), offset, what, log: None };
    let file = disk.open(&path).map_err(io)?;
    let bytes = file.bytes().map_err(io)?;
    if bytes > FILE_BYTES_MAX {
        return Err(broken(FILE_BYTES_MAX, format!("{bytes} bytes are too many for a journal file")).into());
    }
    let mut content = vec![0; bytes as usize];
    read_exact_at(&*file, &mut content, 0).map_err(io)?;
    let Some((found, stamp)) = parse_file_header(&content) else {
        return Err(broken(0, "the file header does not match its checksum".to_owned()).into());
    };
    if found != generation {
        return Err(broken(0, format!("the file says that it is generation {found}")).into());
    }
    let file = JournalFile { file, generation, stamp, bytes };
    Ok(walk(file, path, &content))
}

fn walk(file: JournalFile, path: PathBuf, content: &[u8]) -> Scanned {
    let mut scanned = Scanned {
        file,
        blocks: Vec::new(),
        sequences: None,
        last_batch: (SECTOR, Vec::new()),
        end: SECTOR,
        ends_cleanly: false,
        broken: None,
        torn: false,
    };
    let stamp = scanned.file.stamp;
    let mut last = SECTOR..SECTOR;
    loop {
        let here = content.get(scanned.end as usize..).unwrap_or_default();
        let header = BatchHeader::parse(here).filter(|h| h.stamp == stamp);
        let follows = |h: &BatchHeader| scanned.sequences.is_none_or(|(_, last)| h.sequence == last + 1);
        let batch = header.filter(follows).and_then(|h| Some((h, parse_blocks(&h, here)?)));
        let Some((header, blocks)) = batch else {
            scanned.torn = header.is_some();
            break;
        };
        let padded = on_disk(header.bytes);
        scanned.blocks.extend(blocks);
        let first = scanned.sequences.map_or(header.sequence, |(first, _)| first);
        scanned.sequences = Some((first, header.sequence));
        last = scanned.end..scanned.end + padded;
        scanned.ends_cleanly = header.kind == BatchKind::End;
        scanned.end += padded;
    }
    let written = content.get(last.start as usize..last.end as usize).unwrap_or_default();
    scanned.last_batch = (last.start, written.to_vec());
    scanned.broken = later_batch(&scanned, content).map(|later| Broken {
        file: path,
        offset: scanned.end,
        what: format!("the batch here is not as it was written, yet another follows at {later}"),
        log: None,
    });
    scanned
}

/// The blocks of a batch, if every byte is as it was written.
fn parse_blocks(header: &BatchHeader, bytes: &[u8]) -> Option<Vec<(BlockHeader, Block)>> {
    let end = (BATCH_HEADER as u64).checked_add(header.bytes)?;
    let padding = bytes.get(usize::try_from(end).ok()?..usize::try_from(on_disk(header.bytes)).ok()?)?;
    let mut rest = bytes.get(BATCH_HEADER..end as usize)?;
    let mut blocks = Vec::new();
    let mut headers_crc = 0;
    while !rest.is_empty() {
        let block = BlockHeader::parse(rest)?;
        headers_crc = crc32c::crc32c_append(headers_crc, rest.get(..BLOCK_HEADER)?);
        let payload = rest.get(BLOCK_HEADER..)?.get(..block.payload_len as usize)?;
        rest = rest.get(BLOCK_HEADER + payload.len()..)?;
        // A buffer of its own, so that the tail can let go of one block without the others.
        blocks.push((block, block.block(Bytes::copy_from_slice(payload))?));
    }
    let sound = headers_crc == header.headers_crc
        && blocks.len() == header.blocks as usize
        && padding.iter().all(|byte| *byte == 0);
    sound.then_some(blocks)
}

/// A batch is begun only when the one before is durable. So where one is whole, nothing before it was cut
/// short by a crash.
fn later_batch(scanned: &Scanned, content: &[u8]) -> Option<u64> {
    let next = scanned.sequences.map_or(0, |(_, last)| last + 1);
    let sectors = (scanned.end..content.len() as u64).step_by(SECTOR as usize).skip(1);
    for at in sectors {
        let Some(here) = content.get(at as usize..) else { break };
        let Some(header) = BatchHeader::parse(here) else { continue };
        if header.stamp == scanned.file.stamp
            && header.sequence >= next
            && parse_blocks(&header, here).is_some()
        {
            return Some(at);
        }
    }
    None
}
