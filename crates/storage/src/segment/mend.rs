//! What a restart asks of segment files: where the newest one ends, and to cut back what the journal still
//! holds. Sections that the journal still holds may be on disk only in part, in any order, trailer included,
//! and are written again.

use std::io;

use super::format::{EDGE, Header, Trailer};
use super::{InCommon, OpenSegment, SegmentFile};
use crate::LogId;
use crate::check::Opener;
use crate::disk::{Disk, DiskFile, read_exact_at};
use crate::error::ReadError;
use crate::layout::segment_path;

/// Where a log's segments end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub position: u64,
    pub time_ms: Option<u64>,
    /// Length of the file up to here.
    pub bytes: u64,
}

/// What the last bytes of a file say; `None` if they say nothing. Reads no data.
pub(crate) fn newest_edge(
    disk: &dyn Disk,
    id: LogId,
    segment: &SegmentFile,
) -> Result<Option<Edge>, ReadError> {
    if let Some(common) = segment.common {
        return Ok(Some(edge_in_common(segment, common)));
    }
    let path = segment_path(id, segment.first);
    let io = |error| ReadError::Io { file: path.clone(), error };
    let file = disk.open(&path).map_err(io)?;
    Ok(edge_of(&*file, id, segment).map_err(io)?.map(|(_, edge)| edge))
}

/// The stamp of an open file, and what its last bytes say.
pub(crate) fn edge_of(
    file: &dyn DiskFile,
    id: LogId,
    segment: &SegmentFile,
) -> io::Result<Option<(u64, Edge)>> {
    let Some(header) = read_header(file, id, segment)? else { return Ok(None) };
    if segment.bytes == EDGE {
        let edge = Edge { position: header.first, time_ms: header.time_ms, bytes: EDGE };
        return Ok(Some((header.stamp, edge)));
    }
    let at = segment.bytes - EDGE;
    let trailer = read_edge(file, at)?;
    let trailer = trailer.as_deref().and_then(|bytes| Trailer::parse(bytes, header.stamp, at));
    Ok(trailer.map(|trailer| (header.stamp, edge(&trailer, segment.bytes))))
}

/// The stamp of the file that `segment` names; `None` if its header is not that of the segment.
pub(crate) fn live_stamp(
    disk: &dyn Disk,
    id: LogId,
    segment: &SegmentFile,
) -> Result<Option<u64>, ReadError> {
    let path = segment_path(id, segment.first);
    let header = disk.open(&path).and_then(|file| read_header(&*file, id, segment));
    Ok(header.map_err(|error| ReadError::Io { file: path, error })?.map(|header| header.stamp))
}

fn edge_in_common(segment: &SegmentFile, common: InCommon) -> Edge {
    Edge { position: common.end, time_ms: segment.last_time_ms, bytes: segment.bytes }
}

fn edge(trailer: &Trailer, bytes: u64) -> Edge {
    Edge { position: trailer.end, time_ms: Some(trailer.last_time_ms), bytes }
}

fn read_header(file: &dyn DiskFile, id: LogId, segment: &SegmentFile) -> io::Result<Option<Header>> {
    if segment.bytes < EDGE {
        return Ok(None);
    }
    let header = read_edge(file, 0)?.as_deref().and_then(Header::parse);
    Ok(header.filter(|header| header.id == id && header.first == segment.first))
}

fn read_edge(file: &dyn DiskFile, at: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; EDGE as usize];
    match read_exact_at(file, &mut bytes, at) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// The edge at `position`, if the file has one. Reads only where trailers may stand, from the end.
pub(crate) fn edge_at(
    disk: &dyn Disk,
    id: LogId,
    segment: &SegmentFile,
    position: u64,
) -> Result<Option<Edge>, ReadError> {
    if let Some(common) = segment.common {
        return Ok(Some(edge_in_common(segment, common)).filter(|edge| edge.position == position));
    }
    let path = segment_path(id, segment.first);
    let io = |error| ReadError::Io { file: path.clone(), error };
    let file = disk.open(&path).map_err(io)?;
    let Some(header) = read_header(&*file, id, segment).map_err(io)? else { return Ok(None) };
    find_edge(&*file, &header, segment.bytes, position).map_err(io)
}

/// Trailers stand on multiples of their size and carry the file's stamp, so they are found without knowing
/// where sections begin.
fn find_edge(file: &dyn DiskFile, header: &Header, bytes: u64, position: u64) -> io::Result<Option<Edge>> {
    const CHUNK: u64 = 1024 * EDGE;
    if header.first == position {
        return Ok(Some(Edge { position, time_ms: header.time_ms, bytes: EDGE }));
    }
    let mut end = bytes / EDGE * EDGE;
    while end > EDGE {
        let start = end.saturating_sub(CHUNK).max(EDGE);
        let mut chunk = vec![0; (end - start) as usize];
        read_exact_at(file, &mut chunk, start)?;
        for (slot, bytes) in chunk.chunks_exact(EDGE as usize).enumerate().rev() {
            let at = start + slot as u64 * EDGE;
            match Trailer::parse(bytes, header.stamp, at) {
                Some(trailer) if trailer.end == position => return Ok(Some(edge(&trailer, at + EDGE))),
                Some(trailer) if trailer.end < position => return Ok(None),
                _ => {}
            }
        }
        end = start;
    }
    Ok(None)
}

impl OpenSegment {
    /// Verifies every byte, and answers with the blocks' number of records and bytes.
    pub(crate) fn verify(&self, opener: &mut Opener<'_>) -> Result<(u64, u64), ReadError> {
        let (mut records, mut bytes) = (0, 0);
        let index = self.index();
        for section in &index.sections {
            let Some(entry) = index.entries.get(section.entries_before) else { continue };
            let mut fault = None;
            self.walk(&section.trailer, *entry, u64::MAX, |_, block| {
                fault = fault.take().or_else(|| opener.fault(self.id(), &block));
                records += block.end() - block.first();
                bytes += block.bytes() as u64;
                std::ops::ControlFlow::Continue(())
            })?;
            if let Some(what) = fault {
                return Err(self.broken(section.trailer.blocks_at, what));
            }
        }
        Ok((records, bytes))
    }
}
