//! A state that is the fold of the commands on a log. Opening is the newest whole snapshot and the commands after
//! it; a command is appended, and applied when its position is reached.
//!
//! Two logs of `flumen-storage` make a machine: one of commands, one of snapshots. What a command means, and what it
//! answers, is the [`Fold`]'s; this crate knows positions, times and bytes, and the names of all services' logs.

pub mod base64;
mod block_keys;
mod carried;
mod committer;
mod error;
mod follower;
mod machine;
mod metadata;
pub mod names;
mod open;
mod records;
mod signatures;
mod snapshot;

pub use block_keys::OwnBlockKeys;
pub use carried::{CallEvent, Carried, OwnAct, OwnEvent, Progress, Ridden};
pub use committer::{Committer, HasMetadata, NotCarriedOut};
pub use error::{Cause, OpenError, Unreadable, newer, place};
pub use follower::Follower;
pub use machine::{Machine, MachineSettings};
pub use metadata::{CommandMetadata, Origin};
pub use names::Names;
pub use open::open;
pub use records::{append_record, read_records};
pub use signatures::Signatures;
pub use snapshot::{Body, Former, SnapshotWriter};

use flumen_storage::Record;

/// Where a command stands in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    pub position: u64,
    /// The time of the command, milliseconds since the epoch.
    pub ms: u64,
}

/// A state, and how commands change it.
pub trait Fold {
    /// The newest version of commands and snapshots that it reads.
    const VERSION: u32;
    type Command;
    /// What whoever gave the command is answered.
    type Output;

    /// The command in a record of the command log, which is of a known version.
    fn decode(metadata: &CommandMetadata, record: &Record<'_>) -> Result<Self::Command, Unreadable>;

    /// Carries out one command. The same commands in the same order give the same state and outputs, in whichever
    /// process.
    fn apply(&mut self, command: Self::Command, at: At) -> Self::Output;

    /// Whether the command that was answered so has changed nothing, so that nothing is told of it.
    fn is_void(output: &Self::Output) -> bool;

    /// Takes the place of what it was by what a snapshot of `version` holds. `head` is JSON. Runs where it may block.
    fn restore(&mut self, version: u32, head: &[u8], body: &mut Body) -> Result<(), Unreadable>;
}
