//! Reads a segment file: its index once, then blocks from any position. Every checksum is verified on the
//! way, so that damage is named and never served.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::SegmentFile;
use super::format::{EDGE, Entry, Header, Trailer};
use crate::block::{BLOCK_HEADER, BlockHeader, BlockKind, parse_key};
use crate::disk::{Disk, DiskFile, read_exact_at, read_vec_at};
use crate::error::{Broken, ReadError};
use crate::layout::segment_path;
use crate::log::Gather;
use crate::{Block, BlockKeyId, LogId, WrappedKey};

const CHUNK_MIN: u64 = 64 * 1024;
const CHUNK_MAX: u64 = 1024 * 1024;
const _: () = assert!(BLOCK_HEADER as u64 <= CHUNK_MIN && CHUNK_MIN <= CHUNK_MAX);

/// An open file and what is known of it.
pub(crate) struct OpenSegment {
    id: LogId,
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    pub header: Header,
    index: Mutex<Arc<Index>>,
    /// Those of the sections that were read last.
    keys: Mutex<HashMap<BlockKeyId, Arc<WrappedKey>>>,
}

/// Of a file with more keys those that were seen first are read again.
const KEYS_MAX: usize = 256;

/// The index of all sections up to some length of the file.
#[derive(Clone, Default)]
pub(crate) struct Index {
    bytes: u64,
    pub sections: Vec<Section>,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
pub(crate) struct Section {
    pub trailer: Trailer,
    /// Entries of sections before.
    pub entries_before: usize,
}

impl Index {
    fn end(&self, header: &Header) -> u64 {
        self.sections.last().map_or(header.first, |section| section.trailer.end)
    }

    pub(crate) fn memory(&self) -> usize {
        self.sections.len() * size_of::<Section>() + self.entries.len() * size_of::<Entry>()
    }
}

impl OpenSegment {
    pub(crate) fn open(disk: &dyn Disk, id: LogId, segment: &SegmentFile) -> Result<OpenSegment, ReadError> {
        let path = segment_path(id, segment.first);
        let io = |error| ReadError::Io { file: path.clone(), error };
        let broken =
            |offset, what: &str| Broken { file: path.clone(), offset, what: what.to_owned(), log: Some(id) };
        let file = disk.open(&path).map_err(io)?;
        if file.bytes().map_err(io)? < segment.bytes.max(EDGE) {
            return Err(broken(file.bytes().map_err(io)?, "the file ends before its data").into());
        }
        let mut header = [0; EDGE as usize];
        read_exact_at(&*file, &mut header, 0).map_err(io)?;
        let header =
            Header::parse(&header).ok_or_else(|| broken(0, "the header does not match its checksum"))?;
        if header.id != id || header.first != segment.first {
            return Err(broken(0, "the header is that of another file").into());
        }
        let index = Index { bytes: EDGE, ..Index::default() };
        Ok(OpenSegment { id, path, file, header, index: Mutex::new(Arc::new(index)), keys: Mutex::default() })
    }

    pub(super) fn id(&self) -> LogId {
        self.id
    }

    pub(crate) fn index(&self) -> Arc<Index> {
        self.index.lock().clone()
    }

    pub(crate) fn last_time_ms(&self) -> Option<u64> {
        let index = self.index();
        index.sections.last().map(|section| section.trailer.last_time_ms).or(self.header.time_ms)
    }

    pub(super) fn broken(&self, offset: u64, what: impl Into<String>) -> ReadError {
        Broken { file: self.path.clone(), offset, what: what.into(), log: Some(self.id) }.into()
    }

    fn read_at(&self, offset: u64, len: u64) -> Result<Vec<u8>, ReadError> {
        match read_vec_at(&*self.file, len as usize, offset) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(self.broken(offset, "the file ends before its data"))
            }
            Err(error) => Err(ReadError::Io { file: self.path.clone(), error }),
        }
    }

    /// Makes the index reach to `bytes`, where a trailer ends. Sections known before are not read again.
    pub(crate) fn extend(&self, bytes: u64) -> Result<(), ReadError> {
        let mut index = self.index.lock();
        if index.bytes >= bytes {
            return Ok(());
        }
        let mut found = Vec::new();
        let mut end = bytes;
        while end > index.bytes {
            let (trailer, entries) = self.read_trailer(end)?;
            end = trailer.blocks_at;
            found.push((trailer, entries));
        }
        if end != index.bytes {
            return Err(self.broken(end, "the sections do not meet"));
        }
        let mut grown = Index::clone(&index);
        grown.bytes = bytes;
        for (trailer, entries) in found.into_iter().rev() {
            if trailer.first != grown.end(&self.header) {
                return Err(self.broken(trailer.blocks_at, "positions have a gap"));
            }
            grown.sections.push(Section { trailer, entries_before: grown.entries.len() });
            grown.entries.extend(entries);
        }
        *index = Arc::new(grown);
        Ok(())
    }

    fn read_trailer(&self, end: u64) -> Result<(Trailer, Vec<Entry>), ReadError> {
        let damaged = |at| self.broken(at, "the trailer does not match its checksum");
        let at = end.checked_sub(EDGE).ok_or_else(|| damaged(0))?;
        let trailer = self.read_at(at, EDGE)?;
        let trailer = Trailer::parse(&trailer, self.header.stamp, at).ok_or_else(|| damaged(at))?;
        let bytes = self.read_at(trailer.blocks_end(), at - trailer.blocks_end())?;
        let index_len = trailer.entries as usize * Entry::BYTES;
        let (index, padding) = bytes.split_at_checked(index_len).ok_or_else(|| damaged(at))?;
        let sound = crc32c::crc32c(index) == trailer.entries_crc && padding.iter().all(|byte| *byte == 0);
        let entries: Vec<Entry> = index.chunks_exact(Entry::BYTES).filter_map(Entry::parse).collect();
        let inside = |e: &Entry| (trailer.blocks_at..trailer.blocks_end()).contains(&e.offset);
        if !sound
            || entries.first().is_none_or(|e| e.offset != trailer.blocks_at)
            || !entries.iter().all(inside)
        {
            return Err(self.broken(trailer.blocks_end(), "the index does not match its checksum"));
        }
        Ok((trailer, entries))
    }

    /// An error unless the file holds `position`, given that what follows it begins at `next`.
    pub(crate) fn covers(&self, position: u64, next: u64) -> Result<(), ReadError> {
        let index = self.index();
        let end = index.end(&self.header);
        if position >= end && position < next {
            return Err(
                self.broken(index.bytes, format!("the file ends at {end}, and the next begins at {next}"))
            );
        }
        Ok(())
    }

    /// Blocks from the position that is wanted next, to the limit or the end of the file.
    pub(crate) fn read(&self, gather: &mut Gather) -> Result<(), ReadError> {
        let index = self.index();
        let after = index.sections.partition_point(|section| section.trailer.end <= gather.position);
        for section in index.sections.iter().skip(after) {
            if gather.is_full() {
                break;
            }
            let entries = index.entries.get(section.entries_before..).unwrap_or_default();
            let past = entries.partition_point(|entry| entry.position <= gather.position);
            let Some(entry) = entries.get(past.saturating_sub(1)) else { break };
            let want = gather.bytes_left() as u64;
            self.walk(&section.trailer, *entry, want, |_, block| {
                if block.end() > gather.position {
                    gather.push(block);
                }
                if gather.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        Ok(())
    }

    /// The first block at `ms` or later.
    pub(crate) fn find_time(&self, ms: u64) -> Result<Option<u64>, ReadError> {
        let index = self.index();
        let at = index.entries.partition_point(|entry| entry.time_ms < ms);
        let next = index.entries.get(at).map(|entry| entry.position);
        let Some(entry) = at.checked_sub(1).and_then(|before| index.entries.get(before)) else {
            return Ok(next);
        };
        let after = index.sections.partition_point(|section| section.trailer.end <= entry.position);
        let Some(section) = index.sections.get(after) else { return Ok(next) };
        let mut found = None;
        self.walk(&section.trailer, *entry, 0, |_, block| {
            if block.time_ms() >= ms {
                found = Some(block.first());
            }
            let past = next.is_some_and(|next| block.end() >= next);
            if found.is_some() || past { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(found.or(next))
    }

    /// Goes through the blocks of a section from `entry` on, each with its place in the file. `want` is how many bytes will be of use.
    pub(crate) fn walk(
        &self,
        section: &Trailer,
        entry: Entry,
        want: u64,
        mut each: impl FnMut(u64, Block) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let (mut offset, mut position) = (entry.offset, entry.position);
        let mut need = 0;
        while offset < section.blocks_end() {
            let left = section.blocks_end() - offset;
            let len = want.saturating_add(CHUNK_MIN).clamp(CHUNK_MIN, CHUNK_MAX).max(need).min(left);
            let chunk = Bytes::from(self.read_at(offset, len)?);
            let mut at = 0;
            loop {
                match self.next_block(&chunk, at, offset, left, position)? {
                    Next::Block(block) => {
                        let here = offset + at as u64;
                        at += BLOCK_HEADER + block.disk_bytes();
                        position = block.end();
                        if each(here, self.with_key(section, here, block)?).is_break() {
                            return Ok(());
                        }
                    }
                    Next::Key(bytes) => at += bytes,
                    // What is there of a block is read again with the rest of it.
                    Next::Needs(bytes) => {
                        need = bytes;
                        break;
                    }
                }
            }
            offset += at as u64;
        }
        if position != section.end {
            return Err(self.broken(offset, format!("blocks end at {position}, not at {}", section.end)));
        }
        Ok(())
    }

    /// The block at `at` in a chunk that was read from `offset`, with `left` bytes of the section from there.
    fn next_block(
        &self,
        chunk: &Bytes,
        at: usize,
        offset: u64,
        left: u64,
        position: u64,
    ) -> Result<Next, ReadError> {
        let here = offset + at as u64;
        let left = left - at as u64;
        let bytes = chunk.get(at..).unwrap_or_default();
        if bytes.len() < BLOCK_HEADER {
            if left > 0 && left < BLOCK_HEADER as u64 {
                return Err(self.broken(here, "a block is cut off"));
            }
            return Ok(Next::Needs(BLOCK_HEADER as u64));
        }
        let header =
            BlockHeader::parse(bytes).filter(|header| header.id == self.id && header.first == position);
        let header =
            header.ok_or_else(|| self.broken(here, "the block header is not the one that belongs here"))?;
        let whole = BLOCK_HEADER as u64 + u64::from(header.payload_len);
        if whole > left || (header.records == 0 && header.kind != BlockKind::Key) {
            return Err(self.broken(here, "the block does not fit into its section"));
        }
        if whole > bytes.len() as u64 {
            return Ok(Next::Needs(whole));
        }
        let payload = chunk.slice(at + BLOCK_HEADER..at + whole as usize);
        let block = header.block(payload);
        let block = block.ok_or_else(|| self.broken(here, "the records do not match their checksum"))?;
        if header.kind != BlockKind::Key {
            return Ok(Next::Block(block));
        }
        let key = parse_key(block.payload()).ok_or_else(|| self.broken(here, "the key is none"))?;
        self.know(key);
        Ok(Next::Key(whole as usize))
    }

    fn know(&self, key: WrappedKey) -> Arc<WrappedKey> {
        let key = Arc::new(key);
        let mut keys = self.keys.lock();
        if keys.len() >= KEYS_MAX {
            keys.clear();
        }
        keys.insert(key.id, key.clone());
        key
    }

    fn with_key(&self, section: &Trailer, at: u64, block: Block) -> Result<Block, ReadError> {
        if !block.is_sealed() {
            return Ok(block);
        }
        let id =
            block.sealed_under_id().ok_or_else(|| self.broken(at, "the block is too short to be sealed"))?;
        let known = self.keys.lock().get(&id).cloned();
        let key = match known {
            Some(key) => key,
            None => self.key_of(section, id)?,
        };
        Ok(block.with_key(key))
    }

    /// A key from the beginning of the section.
    fn key_of(&self, section: &Trailer, id: BlockKeyId) -> Result<Arc<WrappedKey>, ReadError> {
        let mut at = section.blocks_at;
        while at + (BLOCK_HEADER as u64) < section.blocks_end() {
            let header = BlockHeader::parse(&self.read_at(at, BLOCK_HEADER as u64)?);
            let header = header.filter(|header| header.kind == BlockKind::Key);
            let Some(header) = header else { break };
            let payload_at = at + BLOCK_HEADER as u64;
            let len = u64::from(header.payload_len);
            if len > section.blocks_end() - payload_at {
                break;
            }
            let block = header.block(self.read_at(payload_at, len)?.into());
            let key = block.and_then(|block| parse_key(block.payload()));
            let key = key.ok_or_else(|| self.broken(at, "the key does not match its checksum"))?;
            if key.id == id {
                return Ok(self.know(key));
            }
            at = payload_at + len;
        }
        Err(self.broken(section.blocks_at, format!("key {id} is not in the section that it has sealed")))
    }
}

enum Next {
    Block(Block),
    /// A key, whose block has so many bytes.
    Key(usize),
    /// So many bytes from the block's beginning.
    Needs(u64),
}
