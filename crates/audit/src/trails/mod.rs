//! Trails, as CloudTrail has them: what is to be delivered where, as the fold of commands on a log of its own. What a request
//! of CloudTrail means and who may send it is `flumen-api`'s to say; how files and digests come about, `deliver`'s.

mod base64;
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

use flumen_machine::{At, Carried, Follower, Former, Machine, OpenError, Origin, Signatures};
use flumen_storage::{AppendError, BatchBuilder, Storage};
use flumen_types::Clock;
use parking_lot::{RwLock, RwLockReadGuard};
use tokio::sync::OwnedMutexGuard;

pub use built_in::{BUILT_IN, BUILT_IN_BUCKET};
pub use deliver::{Attempt, DeliverError, Deliverer, Delivery, Every};
pub use errors::{CommitError, TrailError};
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

const MACHINE: flumen_machine::Settings = flumen_machine::Settings {
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
    control: Arc<tokio::sync::Mutex<Control>>,
    /// For readers; a step behind the writer's own.
    state: RwLock<State>,
    wanted: DataWanted,
}

/// The state and where its next command goes. Whoever holds the lock is the only writer.
struct Control {
    state: State,
    machine: Machine,
    follower: Follower,
}

impl Trails {
    /// Events that ride in commands are told to `carried`.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub async fn open(storage: Storage, clock: Clock, carried: &Carried) -> Result<Self, OpenError> {
        let (machine, follower, state) =
            flumen_machine::open(&storage, MACHINE, carried, State::default(), |_, _| Ok(())).await?;
        // What is in it is shared.
        let shown = state.clone();
        let wanted = DataWanted::default();
        wanted.set(&shown);
        let control = Arc::new(tokio::sync::Mutex::new(Control { state, machine, follower }));
        Ok(Trails { inner: Arc::new(Inner { clock, control, state: RwLock::new(shown), wanted }) })
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
        let mut control = self.inner.control.clone().lock_owned().await;
        for _ in 0..DECISIONS_MAX {
            let at_ms = self.now_ms().max(control.follower.at_ms());
            let (steps, decided) = decide(&control.state, at_ms)?;
            if steps.is_empty() {
                return Ok(decided);
            }
            let command = Command::new(at_ms, origin.clone(), control.state.changed, steps);
            let trails = self.clone();
            // A task of its own: a caller who goes away must not leave a command written but not applied.
            let task = tokio::spawn(async move { trails.carry_out(control, command).await });
            let done = task.await.map_err(|_| CommitError::EndedEarly)??;
            let carried_out;
            (carried_out, control) = done;
            if carried_out {
                return Ok(decided);
            }
        }
        Err(CommitError::Overtaken { decisions: DECISIONS_MAX }.into())
    }

    async fn carry_out(
        &self,
        mut control: OwnedMutexGuard<Control>,
        command: Command,
    ) -> Result<(bool, OwnedMutexGuard<Control>), CommitError> {
        let at = control.append(&command).await?;
        let mut others = Vec::new();
        let Control { state, follower, .. } = &mut *control;
        let note = |_: &State, applied| {
            others.push(applied);
            Ok(())
        };
        follower.follow(state, at.position, note).await.map_err(Box::new)?;
        let event = command.envelope.origin.event.clone().map(|event| *event);
        let own = follower.apply(state, command, at, event);
        let carried_out = own.is_some();
        self.show(others.into_iter().chain([own]).flatten());
        if control.machine.snapshot_is_due() {
            // The commands hold everything; a snapshot that fails costs only time at the next start.
            if let Err(error) = control.snapshot().await {
                tracing::warn!(%error, "no snapshot of trails");
            }
        }
        Ok((carried_out, control))
    }

    /// Before the storage is closed, so that the next start has nothing to carry out again.
    pub async fn close(&self) {
        let mut control = self.inner.control.lock().await;
        if control.machine.has_news()
            && let Err(error) = control.snapshot().await
        {
            tracing::warn!(%error, "no snapshot of trails");
        }
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

impl Control {
    /// Durable on return. Logging is stopped and trails are deleted on a full disk, too, as far as the log keeps room for that.
    async fn append(&mut self, command: &Command) -> Result<At, AppendError> {
        let text = serde_json::to_vec(command).expect("commands have string keys and no foreign types");
        let batch = || {
            let mut batch = BatchBuilder::with_capacity(text.len() + 8);
            batch.push(0, &[], &text);
            batch
        };
        let ms = command.envelope.at_ms;
        let position = match self.machine.append(ms, batch()).await {
            Err(AppendError::Unavailable { .. }) if command.leaves_no_more() => {
                self.machine.append_from_reserve(ms, batch()).await?
            }
            answer => answer?,
        };
        Ok(At { position, ms })
    }

    async fn snapshot(&mut self) -> Result<(), AppendError> {
        let state = serde_json::to_vec(&self.state).expect("the state has string keys and no foreign types");
        self.machine.snapshot_taken(state.len() as u64);
        self.machine.snapshot(&self.follower).write(&(), [&state[..]]).await
    }
}

#[cfg(test)]
mod tests;
