//! What writes the two logs of a machine.

use flumen_storage::{AppendError, BatchBuilder, Log, Storage};

use crate::records::{append, append_from_reserve};
use crate::snapshot::{Former, SnapshotWriter};
use crate::{Carried, Follower, Names};

/// What a machine is.
#[derive(Clone, Copy, Debug)]
pub struct MachineSettings {
    /// For its operator.
    pub name: &'static str,
    pub logs: Names,
    /// How snapshots of earlier versions are read.
    pub former: Former,
    /// Commands are kept until they outweigh this and the last snapshot.
    pub commands_bytes_min: u64,
}

/// Appends commands and takes snapshots. There is one of a machine in a process.
pub struct Machine {
    pub(crate) settings: MachineSettings,
    pub(crate) carried: Carried,
    pub(crate) storage: Storage,
    pub(crate) commands: Log,
    pub(crate) snapshots: Log,
    pub(crate) version: u32,
    pub(crate) is_of_earlier_version: bool,
    /// Since the last snapshot.
    pub(crate) command_bytes: u64,
    pub(crate) snapshot_bytes: u64,
}

impl Machine {
    /// Commands of the time `at_ms`, a record each; durable on return. Answers with the position of the first; the
    /// others follow it.
    pub async fn append(&mut self, at_ms: u64, commands: BatchBuilder) -> Result<u64, AppendError> {
        let bytes = commands.bytes() as u64;
        let first = append(&self.storage, &self.commands, at_ms, commands).await?;
        self.command_bytes += bytes;
        Ok(first)
    }

    /// The same for commands that take away: where the disk is full they may have what is kept for that.
    pub async fn append_from_reserve(
        &mut self,
        at_ms: u64,
        commands: BatchBuilder,
    ) -> Result<u64, AppendError> {
        let bytes = commands.bytes() as u64;
        let first = append_from_reserve(&self.storage, &self.commands, at_ms, commands).await?;
        self.command_bytes += bytes;
        Ok(first)
    }

    /// Whether what was opened was written by an earlier version. Then a snapshot comes before anything else that this
    /// one writes, so that no log has commands of both, and no later start begins with what only the earlier one knows.
    pub fn is_of_earlier_version(&self) -> bool {
        self.is_of_earlier_version
    }

    /// Where the log of commands ends: what others have appended before is to be followed up to here.
    pub fn end(&self) -> u64 {
        self.commands.end()
    }

    pub fn snapshot_is_due(&self) -> bool {
        self.command_bytes > self.settings.commands_bytes_min.max(self.snapshot_bytes)
    }

    /// Whether there are commands that no snapshot holds.
    pub fn has_news(&self) -> bool {
        self.command_bytes > 0
    }

    /// Writes a snapshot of the state that has come as far as `follower`. That may go on elsewhere, while further
    /// commands are appended and applied: what the snapshot holds is settled when it is taken, which is told by
    /// [`Machine::snapshot_taken`].
    pub fn snapshot(&self, follower: &Follower) -> SnapshotWriter {
        SnapshotWriter {
            storage: self.storage.clone(),
            carried: self.carried.clone(),
            commands: self.commands.clone(),
            snapshots: self.snapshots.clone(),
            id: format!("{:016x}", fastrand::u64(..)),
            version: self.version,
            position: follower.next(),
            at_ms: follower.at_ms(),
        }
    }

    /// So many bytes are about to be written. If that fails, it costs only time at the next start: the commands hold
    /// everything.
    pub fn snapshot_taken(&mut self, bytes: u64) {
        self.command_bytes = 0;
        self.snapshot_bytes = bytes;
    }
}
