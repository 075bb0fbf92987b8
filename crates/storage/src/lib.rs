//! A durable log of many named logs.
//!
//! Appends of all logs go through one journal (group commit: one sync answers every waiting call), stay in
//! memory while they are new, and are written out later into one series of segment files for each log.
//! The crate knows logs, positions, bytes and times; what the records mean is left to its users, and so is
//! remembering which logs ought to exist, which are sealed, and what retention wants.
//!
//! The bytes on disk are described in `docs/format.md`.

mod arena;
mod backup;
mod batch;
mod block;
mod check;
mod commons;
mod disk;
mod error;
mod journal;
mod keeper;
mod layout;
mod log;
mod overwrite;
mod pace;
mod queue;
mod recovery;
mod reseal;
mod sealed;
mod segment;
mod settings;
mod storage;
mod tail;
mod threads;
mod wire;
mod writer;

pub use backup::{BackedUp, Backup};
pub use batch::{Batch, BatchBuilder};
pub use block::{Block, Record, Records};
pub use check::{Damage, Report, check, check_on, check_with};
pub use disk::{Disk, DiskFile, Entry, MemoryDisk, OsDisk, put_file, read_file};
pub use error::{AppendError, BackupError, OpenError, ReadError};
pub use log::{Log, ReadLimit};
pub use overwrite::{OverwriteError, Overwritten, Redact, is_sealed};
pub use reseal::{ResealError, Resealed};
pub use sealed::{BlockKey, BlockKeyError, BlockKeyId, BlockKeys, SEALS_FOR, WRAPPED_BYTES_MAX, WrappedKey};
pub use settings::{FILES, StorageSettings, call_bytes_max};
pub use storage::{Answers, Append, Appended, Appends, Status, Storage};
pub use threads::off_thread;

use std::fmt;

/// Names a log. Written `group/index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    pub group: u32,
    pub index: u32,
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.group, self.index)
    }
}
