//! Trails, as CloudTrail has them: what is to be delivered where, as the fold of commands on a log of its own. What a request
//! of CloudTrail means and who may send it is `flumen-api`'s to say; how files and digests come about, `deliver`'s.

mod built_in;
mod command;
mod deliver;
mod errors;
mod names;
mod operations;
mod selectors;
mod state;
mod wanted;

use std::sync::Arc;

use flumen_machine::{At, Carried, Committer, Former, OpenError, Origin, Signatures};
use flumen_storage::Storage;
use flumen_types::Clock;
use parking_lot::{RwLock, RwLockReadGuard};
use tokio::sync::OwnedMutexGuard;

pub use built_in::{BUILT_IN, BUILT_IN_BUCKET};
pub use deliver::{Attempt, DeliverError, Deliverer, Delivery, Every};
pub use errors::{CommitError, TrailError};
pub(crate) use names::TrailArnText;
pub use names::{InvalidName, TrailArn, check_bucket, check_prefix, check_trail};
pub use operations::{Changes, NewTrail, TAGS_MAX};
pub use selectors::{
    Advanced, Basic, Conditions, DataResource, Field, FieldSelector, InvalidSelectors, ReadWrite, Seen,
    SeenResource, Selectors,
};
pub use state::{Progress, Trail};
pub use wanted::{DataCall, DataWanted};

use command::{Command, Step};
use state::State;

const MACHINE: flumen_machine::MachineSettings = flumen_machine::MachineSettings {
    name: "log of trails",
    logs: flumen_machine::names::TRAILS,
    former: Former::Marked,
    commands_bytes_min: 1024 * 1024,
};

/// A decision is made again where another process has changed something meanwhile; each time others get on.
const DECISIONS_MAX: usize = 100;

/// All trails. Cheap to clone.
#[derive(Clone)]
pub struct Trails {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    /// Whoever holds the lock is the only writer.
    committer: Arc<tokio::sync::Mutex<Committer<State>>>,
    /// For readers; a step behind the writer's own.
    state: RwLock<State>,
    wanted: DataWanted,
}

impl Trails {
    /// Events that ride in commands are told to `carried`.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub async fn open(storage: Storage, clock: Clock, carried: &Carried) -> Result<Self, OpenError> {
        let committer = Committer::open(&storage, MACHINE, carried, State::default()).await?;
        // What is in it is shared.
        let shown = committer.state().clone();
        let wanted = DataWanted::default();
        wanted.set(&shown);
        let committer = Arc::new(tokio::sync::Mutex::new(committer));
        Ok(Trails { inner: Arc::new(Inner { clock, committer, state: RwLock::new(shown), wanted }) })
    }

    /// By which signatures commands were given lately.
    pub fn signatures(&self) -> Signatures {
        self.state().signatures.clone()
    }

    /// What data events trails want.
    pub fn data_wanted(&self) -> &DataWanted {
        &self.inner.wanted
    }

    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.inner.state.read()
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.inner.clock.now_ms()
    }

    /// Makes changes. `decide` sees what they will meet, and the time; without steps there is nothing to change. They are
    /// durable and in force when this returns. Where another process has changed something meanwhile, it is decided again.
    async fn commit<T, E: From<CommitError>>(
        &self,
        origin: Origin,
        mut decide: impl FnMut(&State, u64) -> Result<(Vec<Step>, T), E>,
    ) -> Result<T, E> {
        let mut committer = self.inner.committer.clone().lock_owned().await;
        for _ in 0..DECISIONS_MAX {
            let at_ms = self.now_ms().max(committer.at_ms());
            let (steps, decided) = decide(committer.state(), at_ms)?;
            if steps.is_empty() {
                return Ok(decided);
            }
            let command = Command::new(at_ms, origin.clone(), committer.state().changed, steps);
            let trails = self.clone();
            // A task of its own: a caller who goes away must not leave a command written but not applied.
            let task = tokio::spawn(async move { trails.carry_out(committer, command).await });
            let done = task.await.map_err(|_| CommitError::EndedEarly)??;
            let carried_out;
            (carried_out, committer) = done;
            if carried_out {
                return Ok(decided);
            }
        }
        Err(CommitError::Overtaken { decisions: DECISIONS_MAX }.into())
    }

    /// Logging is stopped and trails are deleted on a full disk, too.
    async fn carry_out(
        &self,
        mut committer: OwnedMutexGuard<Committer<State>>,
        command: Command,
    ) -> Result<(bool, OwnedMutexGuard<Committer<State>>), CommitError> {
        let takes_away = command.leaves_no_more();
        let outputs = committer.carry_out(command, takes_away).await?;
        let carried_out = outputs.last().is_some_and(Option::is_some);
        self.show(outputs.into_iter().flatten());
        committer.snapshot_if_due(written).await;
        Ok((carried_out, committer))
    }

    /// Before the storage is closed, so that the next start has nothing to carry out again.
    pub async fn close(&self) {
        self.inner.committer.lock().await.close(written).await;
    }

    /// Shows readers what was changed.
    fn show(&self, commands: impl Iterator<Item = (Command, At)>) {
        let mut state = self.inner.state.write();
        let mut changes = false;
        for (command, at) in commands {
            changes |= command.steps.iter().any(|step| matches!(step, Step::Set(_) | Step::Remove(_)));
            state.carry_out(&command, at);
        }
        if changes {
            self.inner.wanted.set(&state);
        }
    }
}

/// The body of a snapshot.
fn written(state: &State) -> Vec<u8> {
    serde_json::to_vec(state).expect("the state has string keys and no foreign types")
}

#[cfg(test)]
mod tests;
