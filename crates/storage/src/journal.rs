//! The journal's files: how they are made, written over again, and read back. Who writes batches, and when,
//! is the writer's business.

mod closed;
mod file;
mod follow;
mod scan;

pub(crate) use closed::Closed;
pub(crate) use file::{
    BATCH_HEADER, BatchHeader, BatchKind, FileKey, FileKeys, JournalFile, SECTOR, on_disk,
};
pub(crate) use follow::{Followed, WholeBatch};
pub(crate) use scan::{Scanned, scan};
