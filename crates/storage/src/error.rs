//! What can go wrong, as the callers see it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::{BlockKeyError, LogId, WrappedKey};

/// Why an append was not taken. Nothing of it is readable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A failed write or sync: what the page cache holds can no longer be believed. The records of the call
    /// that met the failure may be there after reopening.
    #[error("the log accepts no more writes until it is reopened: {0}")]
    Failed(Arc<str>),
    /// For want of room on the disk, or of something else that the log needs before it can write. It goes on by
    /// itself when that is there again.
    #[error("the log accepts no writes at the moment, nothing was written: {reason}")]
    Unavailable { reason: Arc<str> },
    #[error("the log is sealed")]
    Sealed,
    #[error("the log is deleted")]
    Deleted,
    #[error("{queued} bytes wait to be written and the limit is {limit}")]
    Overloaded { queued: u64, limit: u64 },
    #[error("the call has {bytes} bytes and the limit is {limit}")]
    TooLarge { bytes: u64, limit: u64 },
    #[error("the storage is closed")]
    Closed,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("{}: {error}", file.display())]
    Io { file: PathBuf, error: io::Error },
    #[error("{} is damaged at offset {offset}: {what}", file.display())]
    Damaged { file: PathBuf, offset: u64, what: String },
    /// What comes before the position can be read.
    #[error("the records of log {log} from position {position} on are sealed: {error}")]
    NoKey { log: LogId, position: u64, key: Arc<WrappedKey>, error: BlockKeyError },
    /// Whoever wrote them did not have the key.
    #[error("the records of log {log} from position {position} on are not as they were sealed")]
    Altered { log: LogId, position: u64 },
    #[error("the log is deleted")]
    Deleted,
}

/// Why a directory was not opened. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{} is in use by another process", dir.display())]
    Locked { dir: PathBuf },
    #[error("the data is in format {found}; this program reads formats up to {known}")]
    Newer { found: u32, known: u32 },
    #[error("{} is an unfinished backup; use a finished one", dir.display())]
    Unfinished { dir: PathBuf },
    #[error("{} is damaged at offset {offset}: {what}; {way_out}", file.display())]
    Damaged { file: PathBuf, offset: u64, what: String, way_out: String },
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
}

/// Why there is no backup. What was backed up is as it was; what there is of the copy says that it is unfinished.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Source(#[from] OpenError),
    #[error("{} is empty", dir.display())]
    Nothing { dir: PathBuf },
    #[error("{} already exists", path.display())]
    NotEmpty { path: PathBuf },
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    /// The server took away what each attempt was about to copy.
    #[error(
        "the directory changed under each of {tries} attempts, the last time at {last}; try again when less is \
             written or deleted"
    )]
    Restless { tries: u32, last: OpenError },
    #[error("a newer version was started on the directory in the meantime, and raised its format; try again")]
    Raised,
}

/// Bytes on disk that are not what was written there.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub file: PathBuf,
    pub offset: u64,
    pub what: String,
    pub log: Option<LogId>,
}

const WAY_OUT: &str = "bring the file back from a copy, or move it out of the directory and lose what only it \
                       holds (`check` lists all damage with the positions that it touches)";

impl From<Broken> for OpenError {
    fn from(broken: Broken) -> Self {
        let Broken { file, offset, what, .. } = broken;
        OpenError::Damaged { file, offset, what, way_out: WAY_OUT.to_owned() }
    }
}

impl From<Broken> for ReadError {
    fn from(broken: Broken) -> Self {
        let Broken { file, offset, what, .. } = broken;
        ReadError::Damaged { file, offset, what }
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io { file, error } => OpenError::Io { path: file, error },
            ReadError::Damaged { file, offset, what } => Broken { file, offset, what, log: None }.into(),
            // Neither opens blocks nor finds a log deleted.
            error @ (ReadError::Deleted | ReadError::NoKey { .. } | ReadError::Altered { .. }) => {
                OpenError::Io { path: PathBuf::new(), error: io::Error::other(error) }
            }
        }
    }
}
