//! Who there is: accounts with users, groups, roles, policies and access keys, as the fold of commands on a log of their
//! own. What a request of IAM means is `iam`'s to say, what a policy means `policy`'s.

mod accounts;
mod base64;
mod command;
mod document;
mod flat;
mod ids;
mod known;
mod lines;
pub(crate) mod managed;
pub(crate) mod state;
mod unreadable;
mod used;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flumen_machine::{At, Carried, Follower, Former, Machine, Origin, OwnAct, Signatures, names};
use flumen_seal::Seal;
use flumen_storage::{AppendError, BatchBuilder, Storage};
use flumen_types::Clock;
use parking_lot::{RwLock, RwLockReadGuard};
use tokio::sync::OwnedMutexGuard;

pub use accounts::{AccountError, KeyPair};
pub(crate) use command::{Command, Step};
pub(crate) use document::Document;
pub(crate) use ids::{new_id, new_secret};
pub use known::{Known, NotKnown, SignedBy};
pub use state::PrivateEndpoint;
use state::{Account, State};
pub use used::Used;

use crate::web_identity::Issuers;

const MACHINE: flumen_machine::Settings = flumen_machine::Settings {
    name: "log of identities",
    logs: names::IDENTITIES,
    former: Former::Marked,
    commands_bytes_min: 1024 * 1024,
};

/// A decision is made again where another process has changed the account meanwhile; each time others get on.
const DECISIONS_MAX: usize = 100;

/// All identities. Cheap to clone.
#[derive(Clone)]
pub struct Identities {
    inner: Arc<Inner>,
    issuers: Arc<Issuers>,
}

struct Inner {
    carried: Carried,
    clock: Clock,
    seal: Seal,
    control: Arc<tokio::sync::Mutex<Control>>,
    /// For readers; a step behind the writer's own.
    state: RwLock<State>,
    /// Rises with every change, so that what was worked out before is worked out again.
    generation: AtomicU64,
    known: known::Cache,
    uses: used::AllUses,
}

/// The state and where its next command goes. Whoever holds the lock is the only writer.
struct Control {
    state: State,
    machine: Machine,
    follower: Follower,
}

/// Why a change is not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("a change of identities is not written: {0}")]
    Append(#[from] AppendError),
    #[error("the log of identities cannot be followed: {0}")]
    Follow(#[from] Box<flumen_machine::Cause>),
    #[error("a change of identities ended before its time")]
    EndedEarly,
    #[error("a change of identities was overtaken {decisions} times")]
    Overtaken { decisions: usize },
    #[error("no random numbers to be had for an id or a key")]
    Random,
    #[error("an access key cannot be sealed: {0}")]
    Seal(#[from] flumen_seal::SealError),
}

impl Identities {
    pub async fn open(storage: Storage, clock: Clock, seal: Seal) -> Result<Self, flumen_machine::OpenError> {
        Identities::open_telling(storage, clock, seal, &Carried::default()).await
    }

    /// The same where somebody keeps the events of changes.
    pub async fn open_telling(
        storage: Storage,
        clock: Clock,
        seal: Seal,
        carried: &Carried,
    ) -> Result<Self, flumen_machine::OpenError> {
        let (machine, follower, state) =
            flumen_machine::open(&storage, MACHINE, carried, State::default(), |_, _| Ok(())).await?;
        // What is in it is shared.
        let shown = state.clone();
        let control = Arc::new(tokio::sync::Mutex::new(Control { state, machine, follower }));
        let (state, generation) = (RwLock::new(shown), AtomicU64::new(1));
        let (known, uses) = (known::Cache::default(), used::AllUses::default());
        let inner = Inner { carried: carried.clone(), clock, seal, control, state, generation, known, uses };
        Ok(Identities { inner: Arc::new(inner), issuers: Arc::default() })
    }

    /// The same where roles may trust these issuers.
    pub fn with_issuers(self, issuers: Issuers) -> Self {
        Identities { issuers: Arc::new(issuers), ..self }
    }

    /// Who vouches for people whom nobody here knows.
    pub fn issuers(&self) -> &Issuers {
        &self.issuers
    }

    /// Whether requests have to be signed, which is verified, from the first start on that finds it so.
    pub fn is_initialised(&self) -> bool {
        self.state().operator.is_some()
    }

    /// The account whose the server is.
    pub fn operator(&self) -> Option<String> {
        self.state().operator.clone()
    }

    /// Whether an account has a root. What was made before requests were signed is kept under one that has none yet.
    pub fn has_account(&self, id: &str) -> bool {
        self.state().account(id).is_some_and(|account| !account.keys.is_empty())
    }

    /// By which signatures commands were given lately.
    pub fn signatures(&self) -> Signatures {
        self.state().signatures.clone()
    }

    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.inner.state.read()
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.inner.clock.now_ms()
    }

    pub(crate) fn seal(&self) -> &Seal {
        &self.inner.seal
    }

    fn generation(&self) -> u64 {
        self.inner.generation.load(Ordering::Acquire)
    }

    /// Makes changes to an account. `decide` sees what they will meet, and the time; without steps there is nothing to
    /// change. They are durable and in force when this returns. Where another process has changed the account meanwhile,
    /// it is decided again.
    pub(crate) async fn commit<T, E: From<CommitError>>(
        &self,
        origin: Origin,
        account: &str,
        mut decide: impl FnMut(&Account, u64) -> Result<(Vec<Step>, T), E>,
    ) -> Result<T, E> {
        let none = Account::default();
        let mut control = self.inner.control.clone().lock_owned().await;
        for _ in 0..DECISIONS_MAX {
            let at_ms = self.now_ms().max(control.follower.at_ms());
            let seen = control.state.account(account).unwrap_or(&none);
            let (steps, decided) = decide(seen, at_ms)?;
            if steps.is_empty() {
                return Ok(decided);
            }
            let origin = match origin.principal {
                Some(_) => origin.clone(),
                None => self.own_origin(at_ms, account, &steps),
            };
            let command = Command::new(at_ms, origin, account, seen.changed, steps);
            let identities = self.clone();
            // A task of its own: a caller who goes away must not leave a command written but not applied.
            let task = tokio::spawn(async move { identities.carry_out(control, command).await });
            let done = task.await.map_err(|_| CommitError::EndedEarly)??;
            let carried_out;
            (carried_out, control) = done;
            if carried_out {
                return Ok(decided);
            }
        }
        Err(CommitError::Overtaken { decisions: DECISIONS_MAX }.into())
    }

    /// What is told of a change that nobody has called for: it is made at the directory, or by what a start was told.
    fn own_origin(&self, at_ms: u64, account: &str, steps: &[Step]) -> Origin {
        let Some(name) = steps.iter().find_map(Step::own_act) else { return Origin::default() };
        let of = steps.iter().find_map(Step::of);
        let about = serde_json::json!({ "account": account, "of": of }).to_string();
        let act = OwnAct { name, at_ms, account: Some(account), region: None, resource: None, about: &about };
        Origin { event: self.inner.carried.event(&act), ..Origin::default() }
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
                tracing::warn!(%error, "no snapshot of identities");
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
            tracing::warn!(%error, "no snapshot of identities");
        }
    }

    /// Shows readers what was changed.
    fn show(&self, commands: impl Iterator<Item = (Command, At)>) {
        let mut state = self.inner.state.write();
        let mut changes = false;
        for (command, at) in commands {
            changes |= command.changes_rights();
            state.carry_out(&command, at);
        }
        if changes {
            self.inner.generation.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl Control {
    /// Durable on return. What takes away is written on a full disk, too, as far as the log keeps room for that: whose key
    /// was stolen cannot wait for another disk.
    async fn append(&mut self, command: &Command) -> Result<At, AppendError> {
        let text = serde_json::to_vec(command).expect("commands have string keys and no foreign types");
        let batch = || {
            let mut batch = BatchBuilder::with_capacity(text.len() + 8);
            batch.push(0, &[], &text);
            batch
        };
        let ms = command.envelope.at_ms;
        let position = match self.machine.append(ms, batch()).await {
            Err(AppendError::Unavailable { .. }) if command.leaves_no_more(&self.state) => {
                self.machine.append_from_reserve(ms, batch()).await?
            }
            answer => answer?,
        };
        Ok(At { position, ms })
    }

    async fn snapshot(&mut self) -> Result<(), AppendError> {
        let state = lines::written(&self.state).expect("the state has string keys and no foreign types");
        self.machine.snapshot_taken(state.len() as u64);
        self.machine.snapshot(&self.follower).write(&(), [&state[..]]).await
    }
}
