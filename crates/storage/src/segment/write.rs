//! Adds sections to segment files. Only the keeper calls this, for one log at a time.

use std::collections::HashSet;
use std::io::{self, IoSlice};
use std::sync::Arc;

use super::SegmentFile;
use super::format::{EDGE, Entry, Header, Trailer};
use crate::block::{BLOCK_HEADER, key_block};
use crate::disk::{Disk, DiskFile, SLICES_MAX, place_file, read_exact_at, write_all_at};
use crate::layout::{group_dir, segment_name, segment_path};
use crate::pace::Pace;
use crate::{Block, LogId, wire};

/// An index entry for every so many bytes of blocks. A reader goes through half of it on average to
/// find its place.
const ENTRY_EVERY: u64 = 64 * 1024;
/// Handed to one write: so many blocks, and no further one after so many bytes.
const BLOCKS_AT_ONCE: usize = 512;
const BYTES_AT_ONCE: usize = 256 * 1024;

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
    let newest = newest.filter(|segment| segment.common.is_none() && segment.bytes < segment_bytes);
    let reopened = newest.map_or(Ok(None), |segment| reopen(disk, id, segment))?;
    let current = newest.filter(|_| reopened.is_some());
    let (file, stamp, start) = match reopened {
        Some(reopened) => reopened,
        None => begin(disk, id, first.first(), time_before)?,
    };
    let (blocks_end, index) = write_blocks(&*file, id, start, blocks, pace)?;
    let trailer = Trailer {
        stamp,
        blocks_at: start,
        blocks_len: blocks_end - start,
        first: first.first(),
        end: last.end(),
        last_time_ms: last.time_ms(),
        entries: (index.len() / Entry::BYTES) as u32,
        entries_crc: crc32c::crc32c(&index),
    };
    let end = write_index(&*file, &trailer, index)?;
    pace.end_of(&*file)?;
    let segment = SegmentFile {
        first: current.map_or(first.first(), |segment| segment.first),
        bytes: end,
        last_time_ms: Some(last.time_ms()),
        is_named: current.is_some_and(|segment| segment.is_named),
        common: None,
    };
    Ok(Some(Appended { segment, is_new: current.is_none(), written: end - current.map_or(0, |s| s.bytes) }))
}

pub(crate) struct Appended {
    pub segment: SegmentFile,
    pub is_new: bool,
    pub written: u64,
}

type Opened = (Arc<dyn DiskFile>, u64, u64);

/// `None` for a file that has another name: it belongs to a backup as well, and stays as it is.
fn reopen(disk: &dyn Disk, id: LogId, segment: &SegmentFile) -> io::Result<Option<Opened>> {
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

fn begin(disk: &dyn Disk, id: LogId, first: u64, time_ms: Option<u64>) -> io::Result<Opened> {
    disk.make_dir(&group_dir(id.group))?;
    let file = disk.create(&segment_path(id, first))?;
    let header = Header { id, stamp: wire::random_stamp(), first, time_ms };
    write_all_at(&*file, &mut [IoSlice::new(&header.to_bytes())], 0)?;
    Ok((file, header.stamp, EDGE))
}

/// Answers with the end of the blocks and the index over them.
fn write_blocks(
    file: &dyn DiskFile,
    id: LogId,
    start: u64,
    mut rest: &[Block],
    pace: &mut Pace<'_>,
) -> io::Result<(u64, Vec<u8>)> {
    let (mut index, mut covered) = (Vec::new(), None);
    let mut at = write_keys(file, id, start, rest)?;
    while let (blocks @ [_, ..], after) = rest.split_at(at_once(rest)) {
        rest = after;
        let mut headers = Vec::with_capacity(blocks.len() * BLOCK_HEADER);
        let here = at;
        for block in blocks {
            block.put_header(id, &mut headers);
            if covered.is_none_or(|covered| at >= covered + ENTRY_EVERY) {
                // The first one covers the keys before it, too.
                let offset = if covered.is_none() { start } else { at };
                Entry { position: block.first(), time_ms: block.time_ms(), offset }.put(&mut index);
                covered = Some(at);
            }
            at += (BLOCK_HEADER + block.disk_bytes()) as u64;
        }
        let payloads = blocks.iter().map(|block| block.on_disk(id)).collect::<io::Result<Vec<_>>>()?;
        let headers = headers.chunks_exact(BLOCK_HEADER);
        let mut slices: Vec<IoSlice<'_>> = headers
            .zip(&payloads)
            .flat_map(|(header, payload)| [IoSlice::new(header), IoSlice::new(payload)])
            .collect();
        write_all_at(file, &mut slices, here)?;
        pace.wrote(file, at - here)?;
    }
    Ok((at, index))
}

/// The keys of these blocks, at the beginning of their section, so that it can be read without the rest. Answers with their end.
fn write_keys(file: &dyn DiskFile, id: LogId, start: u64, blocks: &[Block]) -> io::Result<u64> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for (block, key) in blocks.iter().filter_map(|block| Some((block, block.key()?))) {
        if seen.insert(key.id) {
            let first = blocks.first().map_or(block.first(), Block::first);
            let (header, payload) = key_block(key, id, first, block.time_ms());
            header.put(&mut out);
            out.extend_from_slice(&payload);
        }
    }
    if !out.is_empty() {
        write_all_at(file, &mut [IoSlice::new(&out)], start)?;
    }
    Ok(start + out.len() as u64)
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

/// Index and trailer, moved so that the trailer stands on a multiple of its size.
fn write_index(file: &dyn DiskFile, trailer: &Trailer, index: Vec<u8>) -> io::Result<u64> {
    let at = trailer.blocks_end();
    let trailer_at = (at + index.len() as u64).next_multiple_of(EDGE);
    let mut out = index;
    out.resize((trailer_at - at) as usize, 0);
    trailer.put(&mut out);
    write_all_at(file, &mut [IoSlice::new(&out)], at)?;
    Ok(trailer_at + EDGE)
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
    Ok(SegmentFile { first: end, bytes: EDGE, last_time_ms: time_ms, is_named: false, common: None })
}
