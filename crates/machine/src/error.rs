//! Why a machine is not opened, in words for its operator, who gets no data of callers.

use flumen_storage::{AppendError, LogId, ReadError};
use serde::Deserialize;

/// `name` is the machine's.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {cause}")]
pub struct OpenError {
    pub name: &'static str,
    #[source]
    pub cause: Cause,
}

#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("{0}")]
    Read(#[from] ReadError),
    #[error("{0}")]
    Append(#[from] AppendError),
    #[error("log {0} could not be made")]
    NoLog(LogId),
    #[error("record at position {position} is not a command: {error}")]
    Command { position: u64, error: String },
    #[error("the snapshot at position {position} is not readable: {error}")]
    Snapshot { position: u64, error: String },
    /// Before opening, and when a follower comes too late.
    #[error("commands begin at position {found}, after {wanted} where the newest snapshot ends")]
    Gap { wanted: u64, found: u64 },
    #[error("what an earlier version wrote is not taken over: {0}")]
    NotTakenOver(String),
    /// Written by a newer program. `what` names the thing and where it is.
    #[error("{what} has version {found}; this program reads versions up to {known}")]
    Newer { what: String, found: u32, known: u32 },
}

/// Why a record or a snapshot is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    Broken(String),
    /// It has this version.
    Newer(u32),
}

impl<E: std::error::Error> From<E> for Unreadable {
    fn from(error: E) -> Unreadable {
        Unreadable::Broken(error.to_string())
    }
}

impl Unreadable {
    pub(crate) fn command(self, position: u64, known: u32) -> Cause {
        match self {
            Unreadable::Broken(error) => Cause::Command { position, error },
            Unreadable::Newer(found) => {
                Cause::Newer { what: format!("the command at position {position}"), found, known }
            }
        }
    }

    pub(crate) fn snapshot(self, position: u64, known: u32) -> Cause {
        match self {
            Unreadable::Broken(error) => Cause::Snapshot { position, error },
            Unreadable::Newer(found) => {
                Cause::Newer { what: format!("the snapshot at position {position}"), found, known }
            }
        }
    }
}

/// The version that a stored object gives in its member `v`, if it is above `known`, whatever else the object holds.
pub fn newer(json: &[u8], known: u32) -> Option<u32> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    serde_json::from_slice(json).ok().map(|Version { v }| v).filter(|version| *version > known)
}

/// What is wrong with JSON, and where. The value that stands there is callers' data, which no log has.
pub fn place(error: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column())
}
