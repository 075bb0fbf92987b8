//! Adds sections to segment files. Only the keeper calls this, for one log at a time.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::sync::Arc;

use super::SegmentFile;
use super::format::{EDGE, Entry, Header, Trailer};
use crate::block::{BLOCK_HEADER, key_block};
use crate::disk::{Disk, DiskFile, SLICES_MAX, place_file, read_exact_at, write_all_at};
use crate::layout::{group_dir, segment_name, segment_path};
use crate::pace::Pace;
use crate::{Block, BlockKeyId, LogId, WrappedKey, wire};

/// An index entry for every so many bytes of blocks. A reader goes through half of it on average to
/// find its place.
const ENTRY_EVERY: u64 = 64 * 1024;
/// Handed to one write: so many blocks, and no further one after so many bytes.
pub(super) const BLOCKS_AT_ONCE: usize = 512;
pub(super) const BYTES_AT_ONCE: usize = 256 * 1024;

/// A header and a payload each, in one call to the kernel.
const _: () = assert!(2 * BLOCKS_AT_ONCE <= SLICES_MAX);

/// Writes `blocks`, which follow what the newest of `segments` holds, as one section, durable as `pace`
/// has it. The name of a new file is left to the caller.
pub(crate) fn append(
    disk: &dyn Disk,
    id: LogId,
    newest: Option<&SegmentFile>,
    segment_bytes: u64,
    time_before: Option<u64>,
    blocks: &[Block],
    pace: &mut Pace<'_>,
) -> io::Result<Option<Appended>> {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(None) };
    debug_assert!(
        blocks.array_windows().all(|[before, block]| before.end() == block.first()),
        "a hole in log {id}"
    );
    // One that took another's place is believed by a start only when that is noted, so nothing is added to it before.
    let newest = newest
        .filter(|segment| segment.common.is_none() && segment.replaced == 0 && segment.bytes < segment_bytes);
    let reopened = newest.map_or(Ok(None), |segment| reopen(disk, id, segment))?;
    let current = newest.filter(|_| reopened.is_some());
    let (file, stamp, start) = match reopened {
        Some(reopened) => reopened,
        None => begin(disk, id, first.first(), time_before)?,
    };
    let mut section = NewSection::begin(&*file, id, stamp, start);
    let keys = keys_of(blocks);
    section.put_keys(keys.values().copied(), first)?;
    section.put(blocks, pace)?;
    let end = section.end(first.first(), last)?;
    pace.end_of(&*file)?;
    let segment = SegmentFile {
        first: current.map_or(first.first(), |segment| segment.first),
        bytes: end,
        last_time_ms: Some(last.time_ms()),
        is_named: current.is_some_and(|segment| segment.is_named),
        common: None,
        replaced: 0,
    };
    Ok(Some(Appended { segment, is_new: current.is_none(), written: end - current.map_or(0, |s| s.bytes) }))
}

pub(crate) struct Appended {
    pub segment: SegmentFile,
    pub is_new: bool,
    pub written: u64,
}

type OpenFile = (Arc<dyn DiskFile>, u64, u64);

/// `None` for a file that has another name: it belongs to a backup as well, and stays as it is.
fn reopen(disk: &dyn Disk, id: LogId, segment: &SegmentFile) -> io::Result<Option<OpenFile>> {
    let file = disk.open(&segment_path(id, segment.first))?;
    // A backup gives no other name to a file without records; another could not be begun beside it.
    if segment.bytes > EDGE && file.is_shared()? {
        return Ok(None);
    }
    let mut header = [0; EDGE as usize];
    read_exact_at(&*file, &mut header, 0)?;
    let header = Header::parse(&header).ok_or_else(|| io::Error::other("the segment header is damaged"))?;
    if file.bytes()? > segment.bytes {
        // An attempt that failed.
        file.cut(segment.bytes)?;
    }
    Ok(Some((file, header.stamp, segment.bytes)))
}

fn begin(disk: &dyn Disk, id: LogId, first: u64, time_ms: Option<u64>) -> io::Result<OpenFile> {
    disk.make_dir(&group_dir(id.group))?;
    let file = disk.create(&segment_path(id, first))?;
    let header = Header { id, stamp: wire::random_stamp(), first, time_ms };
    write_all_at(&*file, &mut [IoSlice::new(&header.to_bytes())], 0)?;
    Ok((file, header.stamp, EDGE))
}

/// A section on its way to a file: keys, then blocks, then its end.
pub(super) struct NewSection<'a> {
    file: &'a dyn DiskFile,
    id: LogId,
    stamp: u64,
    start: u64,
    /// Where the next block begins.
    at: u64,
    index: Vec<u8>,
    /// The block that has the last entry of the index.
    covered: Option<u64>,
}

impl<'a> NewSection<'a> {
    /// From `start` on, where header or trailer before it ends.
    pub(super) fn begin(file: &'a dyn DiskFile, id: LogId, stamp: u64, start: u64) -> NewSection<'a> {
        NewSection { file, id, stamp, start, at: start, index: Vec::new(), covered: None }
    }

    /// The keys of its blocks, of which this is the first one, so that it can be read without the rest.
    pub(super) fn put_keys<'k>(
        &mut self,
        keys: impl Iterator<Item = &'k Arc<WrappedKey>>,
        first: &Block,
    ) -> io::Result<()> {
        let mut out = Vec::new();
        for key in keys {
            let (header, payload) = key_block(key, self.id, first.first(), first.time_ms());
            header.put(&mut out);
            out.extend_from_slice(&payload);
        }
        if !out.is_empty() {
            write_all_at(self.file, &mut [IoSlice::new(&out)], self.at)?;
            self.at += out.len() as u64;
        }
        Ok(())
    }

    pub(super) fn put(&mut self, mut rest: &[Block], pace: &mut Pace<'_>) -> io::Result<()> {
        while let (blocks @ [_, ..], after) = rest.split_at(at_once(rest)) {
            rest = after;
            let mut headers = Vec::with_capacity(blocks.len() * BLOCK_HEADER);
            let here = self.at;
            for block in blocks {
                block.put_header(self.id, &mut headers);
                if self.covered.is_none_or(|covered| self.at >= covered + ENTRY_EVERY) {
                    // The first one covers the keys before it, too.
                    let offset = if self.covered.is_none() { self.start } else { self.at };
                    Entry { position: block.first(), time_ms: block.time_ms(), offset }.put(&mut self.index);
                    self.covered = Some(self.at);
                }
                self.at += (BLOCK_HEADER + block.disk_bytes()) as u64;
            }
            let payloads =
                blocks.iter().map(|block| block.on_disk(self.id)).collect::<io::Result<Vec<_>>>()?;
            let headers = headers.chunks_exact(BLOCK_HEADER);
            let mut slices: Vec<IoSlice<'_>> = headers
                .zip(&payloads)
                .flat_map(|(header, payload)| [IoSlice::new(header), IoSlice::new(payload)])
                .collect();
            write_all_at(self.file, &mut slices, here)?;
            pace.wrote(self.file, self.at - here)?;
        }
        Ok(())
    }

    /// Index and trailer, moved so that the trailer stands on a multiple of its size. Answers with the end of the section.
    pub(super) fn end(self, first: u64, last: &Block) -> io::Result<u64> {
        let trailer = Trailer {
            stamp: self.stamp,
            blocks_at: self.start,
            blocks_len: self.at - self.start,
            first,
            end: last.end(),
            last_time_ms: last.time_ms(),
            entries: (self.index.len() / Entry::BYTES) as u32,
            entries_crc: crc32c::crc32c(&self.index),
        };
        let mut out = self.index;
        let trailer_at = (self.at + out.len() as u64).next_multiple_of(EDGE);
        out.resize((trailer_at - self.at) as usize, 0);
        trailer.put(&mut out);
        write_all_at(self.file, &mut [IoSlice::new(&out)], self.at)?;
        Ok(trailer_at + EDGE)
    }
}

/// The keys that these blocks are opened with, each once.
fn keys_of(blocks: &[Block]) -> BTreeMap<BlockKeyId, &Arc<WrappedKey>> {
    blocks.iter().filter_map(Block::key).map(|key| (key.id, key)).collect()
}

/// How many of the blocks one write takes.
fn at_once(blocks: &[Block]) -> usize {
    let mut bytes = 0;
    let fits = |block: &&Block| {
        let room = bytes < BYTES_AT_ONCE;
        bytes += block.disk_bytes();
        room
    };
    blocks.iter().take(BLOCKS_AT_ONCE).take_while(fits).count()
}

/// A file that says only where the log ends, whole or not there at all. Its name is left to the caller.
pub(crate) fn make_empty(
    disk: &dyn Disk,
    id: LogId,
    end: u64,
    time_ms: Option<u64>,
) -> io::Result<SegmentFile> {
    let header = Header { id, stamp: wire::random_stamp(), first: end, time_ms };
    place_file(disk, &group_dir(id.group), &segment_name(id.index, end), &header.to_bytes())?;
    Ok(SegmentFile {
        first: end,
        bytes: EDGE,
        last_time_ms: time_ms,
        is_named: false,
        common: None,
        replaced: 0,
    })
}
