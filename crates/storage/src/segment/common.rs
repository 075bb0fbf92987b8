//! A segment of many logs: a journal file that stays where it is, cut where its batches end, with an index behind them. A
//! log's blocks in it are a *section*; between them lie those of other logs, so each block has an entry of its own.
//!
//! It is complete before it has its name, and never changes, except that blocks of sections that nobody can read any more may
//! be punched out.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, IoSlice};
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::format::EDGE;
use crate::block::{BLOCK_HEADER, BlockHeader, BlockKind, parse_key};
use crate::check::Opener;
use crate::disk::{Disk, DiskFile, read_exact_at, read_vec_at, write_all_at};
use crate::error::{Broken, ReadError};
use crate::journal::{FileKeys, JournalFile};
use crate::layout::common_path;
use crate::log::Gather;
use crate::settings::JOURNAL_BYTES_MAX;
use crate::wire::{self, put_checksum, put_u32, put_u64};
use crate::{Block, BlockKeyId, LogId, WRAPPED_BYTES_MAX, WrappedKey};

const MAGIC: u32 = u32::from_le_bytes(*b"FLM1");
/// Read at once at most, unless one block is longer.
const READ_MAX: u64 = 1024 * 1024;
/// What lies between two blocks of a log is read with them if it is no more: a batch's header and padding, or a small block.
const GAP_MAX: u64 = 4 * 1024;
/// The system is told of so many bytes of blocks that will be read next.
const AHEAD: u64 = 4 * 1024 * 1024;

/// A log's part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub id: LogId,
    pub first: u64,
    pub end: u64,
    pub last_time_ms: u64,
    /// Of its blocks, with their headers.
    pub bytes: u64,
    entries_at: u64,
    entries: u32,
    entries_crc: u32,
}

impl Section {
    const BYTES: usize = 56;

    fn put(&self, out: &mut Vec<u8>) {
        put_u32(out, self.id.group);
        put_u32(out, self.id.index);
        put_u64(out, self.first);
        put_u64(out, self.end);
        put_u64(out, self.last_time_ms);
        put_u64(out, self.bytes);
        put_u64(out, self.entries_at);
        put_u32(out, self.entries);
        put_u32(out, self.entries_crc);
    }

    fn parse(bytes: &[u8]) -> Option<Section> {
        let mut fields = wire::Fields(bytes);
        let id = LogId { group: fields.u32()?, index: fields.u32()? };
        let section = Section {
            id,
            first: fields.u64()?,
            end: fields.u64()?,
            last_time_ms: fields.u64()?,
            bytes: fields.u64()?,
            entries_at: fields.u64()?,
            entries: fields.u32()?,
            entries_crc: fields.u32()?,
        };
        (section.first < section.end && section.entries > 0).then_some(section)
    }

    fn entries_len(&self) -> u64 {
        u64::from(self.entries) * Entry::BYTES as u64
    }
}

/// Where a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub position: u64,
    time_ms: u64,
    offset: u32,
    payload_len: u32,
}

impl Entry {
    const BYTES: usize = 24;

    fn of(block: &Block) -> Entry {
        Entry {
            position: block.first(),
            time_ms: block.time_ms(),
            offset: block.journal_at(),
            payload_len: block.disk_bytes() as u32,
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_u64(out, self.position);
        put_u64(out, self.time_ms);
        put_u32(out, self.offset);
        put_u32(out, self.payload_len);
    }

    fn parse(bytes: &[u8]) -> Option<Entry> {
        let mut fields = wire::Fields(bytes);
        Some(Entry {
            position: fields.u64()?,
            time_ms: fields.u64()?,
            offset: fields.u32()?,
            payload_len: fields.u32()?,
        })
    }

    /// Where its header and payload are in the file.
    fn span(&self) -> Range<u64> {
        let at = u64::from(self.offset);
        at..at + BLOCK_HEADER as u64 + u64::from(self.payload_len)
    }
}

/// Where the block of a key is that has sealed some of the blocks.
#[derive(Clone, Copy)]
struct KeyRow {
    id: BlockKeyId,
    at: u64,
}

impl KeyRow {
    const BYTES: usize = 16;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.0);
        put_u64(out, self.at);
    }

    fn parse(bytes: &[u8]) -> Option<KeyRow> {
        let (id, at) = bytes.split_first_chunk()?;
        Some(KeyRow { id: BlockKeyId(*id), at: u64::from_le_bytes(at.try_into().ok()?) })
    }
}

/// The last bytes of a file.
struct Trailer {
    stamp: u64,
    generation: u64,
    /// Where the batches end.
    index_at: u64,
    sections_at: u64,
    sections: u32,
    sections_crc: u32,
    /// They follow the sections.
    keys: u32,
    keys_crc: u32,
}

impl Trailer {
    fn put(&self, out: &mut Vec<u8>) {
        let start = out.len();
        put_u32(out, MAGIC);
        put_u32(out, self.sections);
        put_u64(out, self.stamp);
        put_u64(out, self.generation);
        put_u64(out, self.index_at);
        put_u64(out, self.sections_at);
        put_u32(out, self.sections_crc);
        put_u32(out, self.keys);
        put_u32(out, self.keys_crc);
        out.resize(start + EDGE as usize - 4, 0);
        put_checksum(out, start);
    }

    fn parse(bytes: &[u8], generation: u64, at: u64) -> Option<Trailer> {
        let mut fields = wire::checked(bytes)?;
        let (magic, sections) = (fields.u32()?, fields.u32()?);
        let trailer = Trailer {
            stamp: fields.u64()?,
            generation: fields.u64()?,
            index_at: fields.u64()?,
            sections_at: fields.u64()?,
            sections,
            sections_crc: fields.u32()?,
            keys: fields.u32()?,
            keys_crc: fields.u32()?,
        };
        let end = trailer.sections_at.checked_add(trailer.sections_len() + trailer.keys_len())?;
        let fits = trailer.index_at <= trailer.sections_at && end <= at && at - end < EDGE;
        (magic == MAGIC && trailer.generation == generation && fits).then_some(trailer)
    }

    fn sections_len(&self) -> u64 {
        u64::from(self.sections) * Section::BYTES as u64
    }

    fn keys_len(&self) -> u64 {
        u64::from(self.keys) * KeyRow::BYTES as u64
    }
}

/// Adds an index of these logs' blocks, each log's in a row, to a journal file in which `used` bytes are batches, and syncs it. The
/// name is left to the caller. An attempt that failed may be repeated.
pub(crate) fn write_index(
    journal: &JournalFile,
    used: u64,
    logs: &[(LogId, &[Block])],
    keys: &FileKeys,
) -> io::Result<(Vec<Section>, u64)> {
    let (mut out, mut sections) = (Vec::new(), Vec::new());
    for (id, blocks) in logs {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { continue };
        let start = out.len();
        blocks.iter().for_each(|block| Entry::of(block).put(&mut out));
        sections.push(Section {
            id: *id,
            first: first.first(),
            end: last.end(),
            last_time_ms: last.time_ms(),
            bytes: blocks.iter().map(|block| (BLOCK_HEADER + block.disk_bytes()) as u64).sum(),
            entries_at: used + start as u64,
            entries: blocks.len() as u32,
            entries_crc: crc32c::crc32c(out.get(start..).unwrap_or_default()),
        });
    }
    let sections_at = out.len();
    sections.iter().for_each(|section| section.put(&mut out));
    let sections_end = out.len();
    let rows = key_rows(logs, keys);
    rows.iter().for_each(|row| row.put(&mut out));
    let crc = |bytes: Option<&[u8]>| crc32c::crc32c(bytes.unwrap_or_default());
    let trailer = Trailer {
        stamp: journal.stamp,
        generation: journal.generation,
        index_at: used,
        sections_at: used + sections_at as u64,
        sections: sections.len() as u32,
        sections_crc: crc(out.get(sections_at..sections_end)),
        keys: rows.len() as u32,
        keys_crc: crc(out.get(sections_end..)),
    };
    let end = (used + out.len() as u64).next_multiple_of(EDGE);
    out.resize((end - used) as usize, 0);
    trailer.put(&mut out);
    let bytes = used + out.len() as u64;
    write_all_at(&*journal.file, &mut [IoSlice::new(&out)], used)?;
    journal.file.cut(bytes)?;
    journal.file.sync()?;
    Ok((sections, bytes))
}

/// The keys of these blocks, in order.
fn key_rows(logs: &[(LogId, &[Block])], keys: &FileKeys) -> Vec<KeyRow> {
    let used = logs.iter().flat_map(|(_, blocks)| *blocks).filter_map(|block| Some(block.key()?.id));
    let used: BTreeSet<BlockKeyId> = used.collect();
    used.into_iter().filter_map(|id| Some(KeyRow { id, at: keys.get(&id)?.at })).collect()
}

/// What a start reads of a file.
pub(crate) struct Table {
    /// Of the journal file that it was.
    pub stamp: u64,
    pub bytes: u64,
    /// In the order of their logs.
    pub sections: Vec<Section>,
}

/// An open file, its table of sections read and verified.
struct OpenCommon {
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    index_at: u64,
    table: Table,
    /// In the order of their ids.
    keys: Vec<KeyRow>,
}

impl OpenCommon {
    fn open(disk: &dyn Disk, generation: u64, path: PathBuf) -> Result<OpenCommon, ReadError> {
        let io = |error| ReadError::Io { file: path.clone(), error };
        let broken =
            |offset, what: &str| Broken { file: path.clone(), offset, what: what.to_owned(), log: None };
        let file = disk.open(&path).map_err(io)?;
        let bytes = file.bytes().map_err(io)?;
        let damaged = |at| broken(at, "the trailer does not match its checksum");
        let at = bytes.checked_sub(EDGE).ok_or_else(|| damaged(0))?;
        let mut trailer = [0; EDGE as usize];
        read_exact_at(&*file, &mut trailer, at).map_err(io)?;
        let trailer = Trailer::parse(&trailer, generation, at).ok_or_else(|| damaged(at))?;
        let mut rows = vec![0; (at - trailer.sections_at) as usize];
        read_exact_at(&*file, &mut rows, trailer.sections_at).map_err(io)?;
        let (rows, rest) = rows.split_at(trailer.sections_len() as usize);
        let (key_rows, padding) = rest.split_at(trailer.keys_len() as usize);
        let keys: Vec<KeyRow> = key_rows.chunks_exact(KeyRow::BYTES).filter_map(KeyRow::parse).collect();
        let sections: Vec<Section> = rows.chunks_exact(Section::BYTES).filter_map(Section::parse).collect();
        let inside = |section: &Section| {
            section.entries_at >= trailer.index_at
                && section.entries_at.saturating_add(section.entries_len()) <= trailer.sections_at
        };
        let sound = crc32c::crc32c(rows) == trailer.sections_crc
            && padding.iter().all(|byte| *byte == 0)
            && sections.len() == trailer.sections as usize
            && sections.is_sorted_by(|one, next| one.id < next.id)
            && sections.iter().all(inside)
            && crc32c::crc32c(key_rows) == trailer.keys_crc
            && keys.is_sorted_by(|one, next| one.id < next.id);
        if !sound {
            return Err(
                broken(trailer.sections_at, "the table of sections does not match its checksum").into()
            );
        }
        let table = Table { stamp: trailer.stamp, bytes, sections };
        Ok(OpenCommon { path, file, index_at: trailer.index_at, table, keys })
    }

    fn entries(&self, section: &Section) -> Result<Vec<Entry>, ReadError> {
        let mut bytes = vec![0; section.entries_len() as usize];
        let read = read_exact_at(&*self.file, &mut bytes, section.entries_at);
        read.map_err(|error| ReadError::Io { file: self.path.clone(), error })?;
        let entries: Vec<Entry> = bytes.chunks_exact(Entry::BYTES).filter_map(Entry::parse).collect();
        let sound = crc32c::crc32c(&bytes) == section.entries_crc
            && entries.first().is_some_and(|entry| entry.position == section.first)
            && entries.is_sorted_by(|one, next| {
                one.position < next.position && one.span().end <= next.span().start
            })
            && entries
                .last()
                .is_some_and(|entry| entry.position < section.end && entry.span().end <= self.index_at);
        if !sound {
            let what = "the index does not match its checksum".to_owned();
            let file = self.path.clone();
            return Err(Broken { file, offset: section.entries_at, what, log: Some(section.id) }.into());
        }
        Ok(entries)
    }
}

/// The sections of a file, and what tells it from others.
pub(crate) fn read_table(disk: &dyn Disk, generation: u64) -> Result<Table, ReadError> {
    read_table_at(disk, generation, common_path(generation))
}

/// The same of a copy.
pub(crate) fn read_table_at(disk: &dyn Disk, generation: u64, path: PathBuf) -> Result<Table, ReadError> {
    Ok(OpenCommon::open(disk, generation, path)?.table)
}

/// Where blocks of these logs' sections lie, the ranges in order and those that touch made one.
pub(crate) fn spans(disk: &dyn Disk, generation: u64, logs: &[LogId]) -> Result<Vec<Range<u64>>, ReadError> {
    let opened = OpenCommon::open(disk, generation, common_path(generation))?;
    let mut spans = Vec::new();
    for section in opened.table.sections.iter().filter(|section| logs.contains(&section.id)) {
        spans.extend(opened.entries(section)?.iter().map(Entry::span));
    }
    spans.sort_unstable_by_key(|span| span.start);
    Ok(joined(spans.into_iter(), BLOCK_HEADER as u64))
}

/// An open file, and where blocks lie in it that are not known to be sealed.
pub(crate) struct NotSealed {
    pub file: Arc<dyn DiskFile>,
    pub spans: Vec<Range<u64>>,
}

/// Those of the log's section that ends at `end`.
pub(crate) fn not_sealed(
    disk: &dyn Disk,
    generation: u64,
    id: LogId,
    end: u64,
) -> Result<NotSealed, ReadError> {
    let opened = OpenCommon::open(disk, generation, common_path(generation))?;
    let mut spans = Vec::new();
    for section in opened.table.sections.iter().filter(|section| (section.id, section.end) == (id, end)) {
        for entry in opened.entries(section)? {
            let mut header = [0; BLOCK_HEADER];
            let read = read_exact_at(&*opened.file, &mut header, entry.offset.into());
            read.map_err(|error| ReadError::Io { file: opened.path.clone(), error })?;
            // Where the header is punched out, some of the records may not be.
            if BlockHeader::parse(&header).is_none_or(|header| header.kind != BlockKind::Sealed) {
                spans.push(entry.span());
            }
        }
    }
    Ok(NotSealed { file: opened.file, spans })
}

/// Ranges with no more than `gap` between them as one.
fn joined(spans: impl Iterator<Item = Range<u64>>, gap: u64) -> Vec<Range<u64>> {
    let mut joined: Vec<Range<u64>> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end + gap => last.end = span.end,
            _ => joined.push(span),
        }
    }
    joined
}

/// A section, open to be read.
pub(crate) struct OpenSection {
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    section: Section,
    entries: Vec<Entry>,
    keys: Vec<KeyRow>,
    /// Those that were needed.
    known: Mutex<HashMap<BlockKeyId, Arc<WrappedKey>>>,
}

impl OpenSection {
    pub(crate) fn open(
        disk: &dyn Disk,
        id: LogId,
        first: u64,
        generation: u64,
    ) -> Result<OpenSection, ReadError> {
        let opened = OpenCommon::open(disk, generation, common_path(generation))?;
        // Nobody makes a file longer than that, but for its index.
        if opened.index_at > JOURNAL_BYTES_MAX {
            let what = format!("{} bytes are too many for a journal file", opened.index_at);
            return Err(Broken { file: opened.path, offset: JOURNAL_BYTES_MAX, what, log: None }.into());
        }
        let section = opened.table.sections.iter().find(|section| section.id == id && section.first == first);
        let Some(section) = section.copied() else {
            let what = format!("the file has no section of log {id} from position {first} on");
            return Err(Broken { file: opened.path, offset: 0, what, log: Some(id) }.into());
        };
        let entries = opened.entries(&section)?;
        let OpenCommon { path, file, keys, .. } = opened;
        Ok(OpenSection { path, file, section, entries, keys, known: Mutex::default() })
    }

    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.entries) + size_of_val(&*self.keys)
    }

    pub(crate) fn last_time_ms(&self) -> u64 {
        self.section.last_time_ms
    }

    fn broken(&self, offset: u64, what: impl Into<String>) -> ReadError {
        Broken { file: self.path.clone(), offset, what: what.into(), log: Some(self.section.id) }.into()
    }

    /// An error unless the file holds `position`, given that what follows it begins at `next`.
    pub(crate) fn covers(&self, position: u64, next: u64) -> Result<(), ReadError> {
        let end = self.section.end;
        if position >= end && position < next {
            let what = format!("the section ends at {end}, and what follows begins at {next}");
            return Err(self.broken(0, what));
        }
        Ok(())
    }

    /// Blocks from the position that is wanted next, to the limit or the end of the section.
    pub(crate) fn read(&self, gather: &mut Gather) -> Result<(), ReadError> {
        let past = self.entries.partition_point(|entry| entry.position <= gather.position);
        let mut at = past.saturating_sub(1);
        let mut advised = at;
        while !gather.is_full() && at < self.entries.len() && gather.position < self.section.end {
            let end = at + self.together(at, gather.bytes_left() as u64);
            if end > advised && !self.is_at_hand(end - 1) {
                advised = self.advise(advised.max(at), gather.bytes_left() as u64);
            }
            self.blocks(at..end, |block| {
                if block.end() > gather.position && !gather.is_full() {
                    gather.push(block);
                }
            })?;
            at = end;
        }
        Ok(())
    }

    /// How many entries from `at` on are read in one call: those that lie close together, and are of use.
    fn together(&self, at: usize, want: u64) -> usize {
        let rest = self.entries.get(at..).unwrap_or_default();
        let start = rest.first().map_or(0, |entry| entry.span().start);
        let last = start + want.clamp(1, READ_MAX);
        let close = rest.windows(2).take_while(|pair| match pair {
            [one, next] => next.span().start - one.span().end <= GAP_MAX && next.span().end <= last,
            _ => false,
        });
        1 + close.count()
    }

    fn is_at_hand(&self, at: usize) -> bool {
        self.entries.get(at).is_none_or(|entry| self.file.is_at_hand(entry.span().end - 1))
    }

    /// Tells the system what will be read soon, from an entry that it was not told of yet. Answers with the first one that it
    /// was not told of.
    fn advise(&self, from: usize, want: u64) -> usize {
        let mut left = want.min(AHEAD);
        let rest = self.entries.get(from..).unwrap_or_default();
        let soon = rest.iter().take_while(|entry| {
            let is_wanted = left > 0;
            left = left.saturating_sub(u64::from(entry.payload_len));
            is_wanted
        });
        let spans: Vec<Range<u64>> = soon.map(Entry::span).collect();
        let count = spans.len();
        for span in joined(spans.into_iter(), GAP_MAX) {
            self.file.will_read(span.start, span.end - span.start);
        }
        from + count
    }

    /// The blocks of these entries, read at once and verified.
    fn blocks(&self, which: Range<usize>, mut each: impl FnMut(Block)) -> Result<(), ReadError> {
        let next = self.entries.get(which.end).map_or(self.section.end, |entry| entry.position);
        let entries = self.entries.get(which).unwrap_or_default();
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
        let (start, end) = (first.span().start, last.span().end);
        let chunk = match read_vec_at(&*self.file, (end - start) as usize, start) {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.broken(start, "the file ends before its data"));
            }
            Err(error) => return Err(ReadError::Io { file: self.path.clone(), error }),
        };
        let chunk = Bytes::from(chunk);
        let after = entries.iter().skip(1).map(|entry| entry.position).chain([next]);
        for (entry, after) in entries.iter().zip(after) {
            let span = entry.span();
            let bytes = chunk.slice((span.start - start) as usize..(span.end - start) as usize);
            let header = BlockHeader::parse(&bytes).filter(|header| {
                header.id == self.section.id
                    && header.first == entry.position
                    && header.payload_len == entry.payload_len
                    && header.first + u64::from(header.records) == after
            });
            let header = header.ok_or_else(|| {
                self.broken(span.start, "the block header is not the one that belongs here")
            })?;
            let block = header.block(bytes.slice(BLOCK_HEADER..));
            let block =
                block.ok_or_else(|| self.broken(span.start, "the records do not match their checksum"))?;
            each(self.with_key(span.start, block)?);
        }
        Ok(())
    }

    fn with_key(&self, at: u64, block: Block) -> Result<Block, ReadError> {
        if !block.is_sealed() {
            return Ok(block);
        }
        let id =
            block.sealed_under_id().ok_or_else(|| self.broken(at, "the block is too short to be sealed"))?;
        let mut known = self.known.lock();
        let key = match known.get(&id) {
            Some(key) => key.clone(),
            None => {
                let key = self.key(id)?;
                known.insert(id, key.clone());
                key
            }
        };
        Ok(block.with_key(key))
    }

    fn key(&self, id: BlockKeyId) -> Result<Arc<WrappedKey>, ReadError> {
        let row = self.keys.binary_search_by_key(&id, |row| row.id).ok().and_then(|at| self.keys.get(at));
        let at = row.ok_or_else(|| self.broken(0, format!("the file does not say where key {id} is")))?.at;
        let broken = || self.broken(at, format!("key {id} is not as it was written"));
        let read = |len: u64, at| match read_vec_at(&*self.file, len as usize, at) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(broken()),
            read => read.map_err(|error| ReadError::Io { file: self.path.clone(), error }),
        };
        let header = BlockHeader::parse(&read(BLOCK_HEADER as u64, at)?);
        let header = header.filter(|header| {
            header.kind == BlockKind::Key
                && header.payload_len as usize <= size_of::<BlockKeyId>() + WRAPPED_BYTES_MAX
        });
        let header = header.ok_or_else(broken)?;
        let payload = read(header.payload_len.into(), at + BLOCK_HEADER as u64)?;
        let key = header.block(payload.into()).and_then(|block| parse_key(block.payload()));
        key.filter(|key| key.id == id).map(Arc::new).ok_or_else(broken)
    }

    /// The first block at `ms` or later.
    pub(crate) fn find_time(&self, ms: u64) -> Option<u64> {
        let at = self.entries.partition_point(|entry| entry.time_ms < ms);
        self.entries.get(at).map(|entry| entry.position)
    }

    /// All blocks in order, verified.
    pub(crate) fn each_block(&self, mut each: impl FnMut(Block) -> ControlFlow<()>) -> Result<(), ReadError> {
        let (mut at, mut flow) = (0, ControlFlow::Continue(()));
        while at < self.entries.len() && flow.is_continue() {
            let end = at + self.together(at, READ_MAX);
            self.blocks(at..end, |block| {
                if flow.is_continue() {
                    flow = each(block);
                }
            })?;
            at = end;
        }
        Ok(())
    }

    /// Verifies every byte, and answers with the blocks' number of records and bytes.
    pub(crate) fn verify(&self, opener: &mut Opener<'_>) -> Result<(u64, u64), ReadError> {
        let (mut records, mut bytes, mut fault) = (0, 0, None);
        self.each_block(|block| {
            fault = fault.take().or_else(|| opener.fault(self.section.id, &block));
            records += block.end() - block.first();
            bytes += block.bytes() as u64;
            ControlFlow::Continue(())
        })?;
        if let Some(what) = fault {
            return Err(self.broken(0, what));
        }
        Ok((records, bytes))
    }
}
