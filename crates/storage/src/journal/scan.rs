//! Reads a journal file back: its whole batches in order, and what to make of the place where they end.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::file::{
    BATCH_HEADER, BatchHeader, BatchKind, FileKey, FileKeys, JournalFile, SECTOR, on_disk, parse_file_header,
};
use crate::block::{BLOCK_HEADER, Block, BlockHeader, BlockKind, parse_key};
use crate::disk::{Disk, DiskFile, read_exact_at};
use crate::error::{Broken, ReadError};
use crate::layout::journal_path;
use crate::settings::JOURNAL_BYTES_MAX;

/// Read at once where more is read than is asked for.
const CHUNK: u64 = 256 * 1024;

/// A batch header is looked for in each sector of a chunk.
const _: () = assert!(CHUNK.is_multiple_of(SECTOR));

/// A journal file as it was found.
pub(crate) struct Scanned {
    pub file: JournalFile,
    pub blocks: Vec<(BlockHeader, Block)>,
    pub keys: FileKeys,
    /// Sequence numbers of the first and the last whole batch.
    pub sequences: Option<(u64, u64)>,
    /// Where the last whole batch begins, as it is on disk, and where the next belongs.
    pub last_batch: (u64, Vec<u8>),
    pub end: u64,
    /// The last batch says that the storage was closed in order.
    pub ends_cleanly: bool,
    /// The first thing wrong that cannot be a write cut short by a crash. Found by [`Self::look_behind`].
    pub broken: Option<Broken>,
    /// There are bytes after the end that look like the beginning of a batch.
    pub torn: bool,
}

/// Reads the whole batches of a generation's file, and nothing behind them. A header that is not one is
/// [`ReadError::Damaged`].
pub(crate) fn scan(disk: &dyn Disk, generation: u64) -> Result<Scanned, ReadError> {
    let path = journal_path(generation);
    let io = |error| ReadError::Io { file: path.clone(), error };
    let broken = |offset, what: String| Broken { file: path.clone(), offset, what, log: None };
    let file = disk.open(&path).map_err(io)?;
    let bytes = file.bytes().map_err(io)?;
    // None is made larger than this; one that is was not made here.
    if bytes > JOURNAL_BYTES_MAX {
        return Err(
            broken(JOURNAL_BYTES_MAX, format!("{bytes} bytes are too many for a journal file")).into()
        );
    }
    // Memory is taken as it is filled.
    let mut content = Content { file: &*file, bytes, read: Vec::with_capacity(bytes as usize) };
    let header = content.get(0, SECTOR).map_err(io)?.and_then(parse_file_header);
    let Some((found, stamp)) = header else {
        return Err(broken(0, "the file header does not match its checksum".to_owned()).into());
    };
    if found != generation {
        return Err(broken(0, format!("the file says that it is generation {found}")).into());
    }
    let mut scanned = Scanned {
        file: JournalFile {
            file: file.clone(),
            generation,
            stamp,
            bytes,
            is_filled: JournalFile::may_be_filled(generation),
            round: 0,
        },
        blocks: Vec::new(),
        keys: FileKeys::new(),
        sequences: None,
        last_batch: (SECTOR, Vec::new()),
        end: SECTOR,
        ends_cleanly: false,
        broken: None,
        torn: false,
    };
    scanned.walk(&mut content).map_err(io)?;
    Ok(scanned)
}

/// A file's bytes, as far as they have been asked for.
struct Content<'a> {
    file: &'a dyn DiskFile,
    bytes: u64,
    read: Vec<u8>,
}

impl Content<'_> {
    /// `None` if the file does not reach to `to`.
    fn get(&mut self, from: u64, to: u64) -> io::Result<Option<&[u8]>> {
        if to > self.bytes {
            return Ok(None);
        }
        let has = self.read.len() as u64;
        if to > has {
            let len = to.max(has + CHUNK).min(self.bytes);
            self.read.resize(len as usize, 0);
            let (_, new) = self.read.split_at_mut(has as usize);
            read_exact_at(self.file, new, has)?;
        }
        Ok(self.read.get(from as usize..to as usize))
    }
}

impl Scanned {
    /// Takes the whole batches, from the first one on.
    fn walk(&mut self, content: &mut Content<'_>) -> io::Result<()> {
        let mut last = SECTOR..SECTOR;
        loop {
            let header = content.get(self.end, self.end + BATCH_HEADER as u64)?.and_then(BatchHeader::parse);
            let header = header.filter(|h| h.stamp == self.file.stamp);
            let follows = |h: &BatchHeader| self.sequences.is_none_or(|(_, last)| h.sequence == last + 1);
            let Some((header, blocks)) = (match header.filter(follows) {
                Some(header) => batch_at(content, self.end, &header)?.map(|blocks| (header, blocks)),
                None => None,
            }) else {
                self.torn = header.is_some();
                break;
            };
            blocks.into_iter().for_each(|(header, block)| self.take(header, block));
            let first = self.sequences.map_or(header.sequence, |(first, _)| first);
            self.sequences = Some((first, header.sequence));
            last = self.end..self.end + on_disk(header.bytes);
            self.ends_cleanly = header.kind == BatchKind::End;
            self.end = last.end;
        }
        let written = content.get(last.start, last.end)?.unwrap_or_default();
        self.last_batch = (last.start, written.to_vec());
        Ok(())
    }

    /// A key is kept, and goes with the blocks that it opens.
    fn take(&mut self, header: BlockHeader, block: Block) {
        if header.kind == BlockKind::Key {
            if let Some(key) = parse_key(block.payload()) {
                let at = block.journal_at().into();
                self.keys.insert(key.id, FileKey { key: Arc::new(key), at });
            }
            return;
        }
        let key = block.sealed_under_id().and_then(|id| self.keys.get(&id));
        let block = match key {
            Some(key) => block.with_key(key.key.clone()),
            None => block,
        };
        self.blocks.push((header, block));
    }

    /// Looks behind the last whole batch for what tells a write that a crash cut short from damage.
    pub(crate) fn look_behind(&mut self) -> Result<(), ReadError> {
        let file = self.file.path();
        match self.later_batch() {
            Ok(later) => {
                self.broken = later.map(|later| Broken {
                    file,
                    offset: self.end,
                    what: format!("the batch here is not as it was written, yet another follows at {later}"),
                    log: None,
                });
                Ok(())
            }
            Err(error) => Err(ReadError::Io { file, error }),
        }
    }

    /// A batch is begun only when the one before is durable. So where one is whole, nothing before it was cut
    /// short by a crash.
    fn later_batch(&self) -> io::Result<Option<u64>> {
        let JournalFile { file, bytes, stamp, .. } = &self.file;
        let next = self.sequences.map_or(0, |(_, last)| last + 1);
        let mut start = self.end + SECTOR;
        // What is read here is mostly of no use, so it is not kept.
        let mut chunk = vec![0; CHUNK as usize];
        while start < *bytes {
            let len = CHUNK.min(bytes - start);
            let Some(chunk) = chunk.get_mut(..len as usize) else { break };
            read_exact_at(&**file, chunk, start)?;
            for (at, here) in (start..).step_by(SECTOR as usize).zip(chunk.chunks(SECTOR as usize)) {
                let Some(header) = BatchHeader::parse(here) else { continue };
                if header.stamp != *stamp || header.sequence < next {
                    continue;
                }
                let mut content = Content { file: &**file, bytes: *bytes, read: Vec::new() };
                if batch_at(&mut content, at, &header)?.is_some() {
                    return Ok(Some(at));
                }
            }
            start += len;
        }
        Ok(None)
    }
}

/// The blocks of the batch with this header, if it is whole.
fn batch_at(
    content: &mut Content<'_>,
    at: u64,
    header: &BatchHeader,
) -> io::Result<Option<Vec<(BlockHeader, Block)>>> {
    if header.bytes > content.bytes {
        return Ok(None);
    }
    let bytes = content.get(at, at + on_disk(header.bytes))?;
    Ok(bytes.and_then(|bytes| parse_blocks(header, bytes, at)))
}

/// The blocks of a batch at `at` in its file, if every byte is as it was written.
pub(super) fn parse_blocks(header: &BatchHeader, bytes: &[u8], at: u64) -> Option<Vec<(BlockHeader, Block)>> {
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
        let here = at + (end as usize - BLOCK_HEADER - payload.len() - rest.len()) as u64;
        blocks.push((block, block.block(Bytes::copy_from_slice(payload))?.in_journal_at(here)));
    }
    let sound = headers_crc == header.headers_crc
        && blocks.len() == header.blocks as usize
        && padding.iter().all(|byte| *byte == 0);
    sound.then_some(blocks)
}
