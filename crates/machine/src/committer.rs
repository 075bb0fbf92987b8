//! The one writer of a state whose commands hold what things are after them: a command is decided on the state that it will
//! meet, made durable, and carried out behind all that other processes have appended in between.

use flumen_storage::{AppendError, BatchBuilder, Storage};
use serde::Serialize;

use crate::error::{Cause, OpenError};
use crate::{At, Carried, CommandMetadata, Fold, Follower, Machine, MachineSettings, open};

/// A command as it is given: its JSON is the value of its record.
pub trait HasMetadata: Serialize {
    fn metadata(&self) -> &CommandMetadata;
}

/// A state, and where its next command goes. Whoever has it is the only writer in this process.
pub struct Committer<F> {
    state: F,
    machine: Machine,
    follower: Follower,
}

/// Why a command is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum NotCarriedOut {
    #[error("it is not written: {0}")]
    Append(#[from] AppendError),
    #[error("what comes before it cannot be followed: {0}")]
    Follow(#[from] Box<Cause>),
}

impl<F: Fold + Send + 'static> Committer<F>
where
    F::Command: HasMetadata,
{
    /// Brings `fold`, which is as it is before the first command, to where the log ends.
    pub async fn open(
        storage: &Storage,
        settings: MachineSettings,
        carried: &Carried,
        fold: F,
    ) -> Result<Self, OpenError> {
        let (machine, follower, state) = open(storage, settings, carried, fold, |_, _| Ok(())).await?;
        Ok(Committer { state, machine, follower })
    }

    pub fn state(&self) -> &F {
        &self.state
    }

    /// The time of the newest command: none goes back before it.
    pub fn at_ms(&self) -> u64 {
        self.follower.at_ms()
    }

    /// Makes a command durable and carries it out. Answers with what those before it answered that other processes gave, and
    /// last with what it did. What `takes_away` is written on a full disk, too, as far as the log keeps room for that.
    pub async fn carry_out(
        &mut self,
        command: F::Command,
        takes_away: bool,
    ) -> Result<Vec<F::Output>, NotCarriedOut> {
        let at = self.append(&command, takes_away).await?;
        let mut outputs = Vec::new();
        let told = |_: &F, output| {
            outputs.push(output);
            Ok(())
        };
        self.follower.follow(&mut self.state, at.position, told).await.map_err(Box::new)?;
        let event = command.metadata().origin.event.clone().map(|event| *event);
        outputs.push(self.follower.apply(&mut self.state, command, at, event));
        Ok(outputs)
    }

    async fn append(&mut self, command: &F::Command, takes_away: bool) -> Result<At, AppendError> {
        let text = serde_json::to_vec(command).expect("commands have string keys and no foreign types");
        let batch = || {
            let mut batch = BatchBuilder::with_capacity(text.len() + 8);
            batch.push(0, &[], &text);
            batch
        };
        let ms = command.metadata().at_ms;
        let position = match self.machine.append(ms, batch()).await {
            Err(AppendError::Unavailable { .. }) if takes_away => {
                self.machine.append_from_reserve(ms, batch()).await?
            }
            answer => answer?,
        };
        Ok(At { position, ms })
    }

    /// Takes a snapshot if enough has been written since the last one. The commands hold everything; one that fails costs only
    /// time at the next start.
    pub async fn snapshot_if_due(&mut self, written: impl FnOnce(&F) -> Vec<u8>) {
        if self.machine.snapshot_is_due() {
            self.snapshot(written).await;
        }
    }

    /// Before the storage is closed, so that the next start has nothing to carry out again.
    pub async fn close(&mut self, written: impl FnOnce(&F) -> Vec<u8>) {
        if self.machine.has_news() {
            self.snapshot(written).await;
        }
    }

    async fn snapshot(&mut self, written: impl FnOnce(&F) -> Vec<u8>) {
        let body = written(&self.state);
        self.machine.snapshot_taken(body.len() as u64);
        let writer = self.machine.snapshot(&self.follower);
        if let Err(error) = writer.write(&(), [&body[..]]).await {
            tracing::warn!(%error, "no snapshot of the {}", self.machine.settings.name);
        }
    }
}
