//! What writes the two logs of a machine.

use flumen_storage::{AppendError, BatchBuilder, Log, LogId, Storage};

use crate::records::append;
use crate::snapshot::{Framing, SnapshotWriter};

/// Which logs a machine has.
#[derive(Clone, Copy, Debug)]
pub struct Logs {
    /// For its operator.
    pub name: &'static str,
    pub commands: LogId,
    pub snapshots: LogId,
    pub framing: Framing,
    /// Commands are kept until they outweigh this and the last snapshot.
    pub commands_bytes_min: u64,
}

/// Appends commands and takes snapshots. There is one of a machine in a process.
pub struct Machine {
    pub(crate) logs: Logs,
    pub(crate) storage: Storage,
    pub(crate) commands: Log,
    pub(crate) snapshots: Log,
    pub(crate) version: u32,
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

    pub fn snapshot_is_due(&self) -> bool {
        self.command_bytes > self.logs.commands_bytes_min.max(self.snapshot_bytes)
    }

    /// Whether there are commands that no snapshot holds.
    pub fn has_news(&self) -> bool {
        self.command_bytes > 0
    }

    /// Takes a snapshot, in two parts: what it holds is settled now, the commands before `position`, of which the
    /// newest has the time `at_ms`; it has so many bytes. Writing it may go on elsewhere. The commands hold everything,
    /// so a snapshot that is not written costs only time at the next start.
    pub fn snapshot(&mut self, position: u64, at_ms: u64, bytes: u64) -> SnapshotWriter {
        self.command_bytes = 0;
        self.snapshot_bytes = bytes;
        SnapshotWriter {
            storage: self.storage.clone(),
            commands: self.commands.clone(),
            snapshots: self.snapshots.clone(),
            framing: self.logs.framing,
            version: self.version,
            position,
            at_ms,
        }
    }
}
