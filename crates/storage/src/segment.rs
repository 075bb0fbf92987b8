//! Segments: what has left the journal.
//!
//! Most logs have a series of files of their own. Such a file is a header, then sections. A section is the blocks that one
//! journal file had for the log, a sparse index of them, and a trailer that says all there is to know about the section and,
//! by its length, where the one before ends. So the last bytes of a file tell where the log ends, and the index of a whole
//! file is found from there.
//!
//! A journal file that is made of large blocks is not written a second time: it becomes a segment of many logs ([`common`]).
//! A log may have both kinds, one after the other.

mod cache;
pub(crate) mod common;
mod format;
mod mend;
mod open;
mod rewrite;
mod write;

use std::num::NonZeroU64;
use std::ops::ControlFlow;
use std::path::PathBuf;

pub(crate) use cache::Segments;
pub(crate) use format::EDGE;
pub(crate) use mend::{Edge, edge_at, edge_of, live_stamp, newest_edge};
pub(crate) use open::OpenSegment;
pub(crate) use rewrite::{Resealing, Rewritten, rewrite};
pub(crate) use write::{Appended, append, make_empty};

use crate::check::Opener;
use crate::disk::Disk;
use crate::error::ReadError;
use crate::layout::{common_path, segment_path};
use crate::log::Gather;
use crate::{Block, LogId};
use common::OpenSection;

/// What is remembered of each file of a log, or of the log's section in a file of many.
#[derive(Clone, Debug)]
pub(crate) struct SegmentFile {
    pub first: u64,
    /// Bytes that are durable and described by trailers; of a section the bytes of its blocks.
    pub bytes: u64,
    /// Learned when the file is first opened.
    pub last_time_ms: Option<u64>,
    /// Its name is durable. Until then the journal keeps what the file holds.
    pub is_named: bool,
    /// Where it is, if that is a file of many logs.
    pub common: Option<InCommon>,
    /// How often since the start another file took its place, with the same records.
    pub replaced: u32,
}

/// A section of a log in a segment of many logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InCommon {
    /// Of the journal file that it was.
    pub generation: NonZeroU64,
    /// The position after its last record.
    pub end: u64,
}

impl SegmentFile {
    pub(crate) fn path(&self, id: LogId) -> PathBuf {
        match self.common {
            Some(common) => common_path(common.generation.get()),
            None => segment_path(id, self.first),
        }
    }

    /// Whether both are the same file, which may have grown in between.
    pub(crate) fn is_same(&self, other: &SegmentFile) -> bool {
        (self.first, self.common, self.replaced) == (other.first, other.common, other.replaced)
    }
}

/// A segment that is open to be read.
pub(crate) enum SegmentReader {
    Own(OpenSegment),
    Common(OpenSection),
}

impl SegmentReader {
    pub(crate) fn open(
        disk: &dyn Disk,
        id: LogId,
        segment: &SegmentFile,
    ) -> Result<SegmentReader, ReadError> {
        Ok(match segment.common {
            Some(common) => {
                SegmentReader::Common(OpenSection::open(disk, id, segment.first, common.generation.get())?)
            }
            None => SegmentReader::Own(OpenSegment::open(disk, id, segment)?),
        })
    }

    /// Makes its index reach to `bytes`, where a trailer ends.
    pub(crate) fn extend(&self, bytes: u64) -> Result<(), ReadError> {
        match self {
            SegmentReader::Own(segment) => segment.extend(bytes),
            SegmentReader::Common(_) => Ok(()),
        }
    }

    /// Of its index.
    fn memory(&self) -> usize {
        match self {
            SegmentReader::Own(segment) => segment.index().memory(),
            SegmentReader::Common(section) => section.memory(),
        }
    }

    pub(crate) fn last_time_ms(&self) -> Option<u64> {
        match self {
            SegmentReader::Own(segment) => segment.last_time_ms(),
            SegmentReader::Common(section) => Some(section.last_time_ms()),
        }
    }

    /// Time of the newest record before it, where it says that.
    pub(crate) fn time_before(&self) -> Option<u64> {
        match self {
            SegmentReader::Own(segment) => segment.header.time_ms,
            SegmentReader::Common(_) => None,
        }
    }

    /// An error unless it holds `position`, given that what follows it begins at `next`.
    pub(crate) fn covers(&self, position: u64, next: u64) -> Result<(), ReadError> {
        match self {
            SegmentReader::Own(segment) => segment.covers(position, next),
            SegmentReader::Common(section) => section.covers(position, next),
        }
    }

    /// Of a file of many logs those of the log, which is one.
    pub(crate) fn sections(&self) -> usize {
        match self {
            SegmentReader::Own(segment) => segment.index().sections.len(),
            SegmentReader::Common(_) => 1,
        }
    }

    /// The blocks of one of its sections, in order, verified.
    pub(crate) fn each_block(
        &self,
        section: usize,
        mut each: impl FnMut(Block) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        match self {
            SegmentReader::Own(segment) => {
                let index = segment.index();
                let Some(section) = index.sections.get(section) else { return Ok(()) };
                let Some(entry) = index.entries.get(section.entries_before) else { return Ok(()) };
                segment.walk(&section.trailer, *entry, u64::MAX, |_, block| each(block))
            }
            SegmentReader::Common(section) => section.each_block(each),
        }
    }

    /// Blocks from the position that is wanted next, to the limit or its end.
    pub(crate) fn read(&self, gather: &mut Gather) -> Result<(), ReadError> {
        match self {
            SegmentReader::Own(segment) => segment.read(gather),
            SegmentReader::Common(section) => section.read(gather),
        }
    }

    /// The first block at `ms` or later.
    pub(crate) fn find_time(&self, ms: u64) -> Result<Option<u64>, ReadError> {
        match self {
            SegmentReader::Own(segment) => segment.find_time(ms),
            SegmentReader::Common(section) => Ok(section.find_time(ms)),
        }
    }

    /// Verifies every byte, and answers with the blocks' number of records and bytes.
    pub(crate) fn verify(&self, opener: &mut Opener<'_>) -> Result<(u64, u64), ReadError> {
        match self {
            SegmentReader::Own(segment) => segment.verify(opener),
            SegmentReader::Common(section) => section.verify(opener),
        }
    }
}
