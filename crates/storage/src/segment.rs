//! Segments: what has left the journal, one series of files for each log.
//!
//! A file is a header, then sections. A section is the blocks that one journal file had for the log, a
//! sparse index of them, and a trailer that says all there is to know about the section and, by its length,
//! where the one before ends. So the last bytes of a file tell where the log ends, and the index of a whole
//! file is found from there.

mod cache;
mod format;
mod mend;
mod open;
mod write;

pub(crate) use cache::Segments;
pub(crate) use format::EDGE;
pub(crate) use mend::{Edge, edge_at, edge_of, live_stamp, newest_edge};
pub(crate) use open::OpenSegment;
pub(crate) use write::{Appended, append, make_empty};

/// What is remembered of each file.
#[derive(Clone, Debug)]
pub(crate) struct SegmentFile {
    pub first: u64,
    /// Bytes that are durable and described by trailers.
    pub bytes: u64,
    /// Learned when the file is first opened.
    pub last_time_ms: Option<u64>,
    /// Its name is durable. Until then the journal keeps what the file holds.
    pub is_named: bool,
}
