//! Who there is: accounts with users, groups, roles, policies and access keys, as the fold of commands on a log of their
//! own. What a request of IAM means is `iam`'s to say, what a policy means `policy`'s.

mod access_keys;
mod accounts;
mod command;
mod document;
mod flat;
mod ids;
mod lines;
pub(crate) mod managed;
pub(crate) mod state;
mod unreadable;
mod used;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flumen_machine::{At, Carried, Committer, Former, NotCarriedOut, Origin, OwnAct, Signatures, names};
use flumen_seal::Seal;
use flumen_storage::Storage;
use flumen_types::Clock;
use parking_lot::{RwLock, RwLockReadGuard};
use tokio::sync::OwnedMutexGuard;

pub use access_keys::{CachedAccessKey, NotKnown, SignedBy};
pub use accounts::{AccountError, KeyPair};
pub(crate) use command::{Command, Step};
pub use document::Document;
pub(crate) use ids::{new_id, new_secret};
pub use state::PrivateEndpoint;
use state::{Account, State};
pub use used::Used;

use crate::web_identity::Issuers;

const MACHINE: flumen_machine::MachineSettings = flumen_machine::MachineSettings {
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
    /// Whoever holds the lock is the only writer.
    committer: Arc<tokio::sync::Mutex<Committer<State>>>,
    /// For readers; a step behind the writer's own.
    state: RwLock<State>,
    /// Rises with every change, so that what was worked out before is worked out again.
    generation: AtomicU64,
    known: access_keys::Cache,
    uses: used::AllUses,
}

/// Why a change is not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("a change of identities is not carried out: {0}")]
    NotCarriedOut(#[from] NotCarriedOut),
    #[error("a change of identities ended before its time")]
    EndedEarly,
    #[error("a change of identities was overtaken {decisions} times")]
    Overtaken { decisions: usize },
    #[error("the system provides no random numbers for an id or a key")]
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
        let committer = Committer::open(&storage, MACHINE, carried, State::default()).await?;
        // What is in it is shared.
        let shown = committer.state().clone();
        let committer = Arc::new(tokio::sync::Mutex::new(committer));
        let (state, generation) = (RwLock::new(shown), AtomicU64::new(1));
        let (known, uses) = (access_keys::Cache::default(), used::AllUses::default());
        let inner =
            Inner { carried: carried.clone(), clock, seal, committer, state, generation, known, uses };
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
        let mut committer = self.inner.committer.clone().lock_owned().await;
        for _ in 0..DECISIONS_MAX {
            let at_ms = self.now_ms().max(committer.at_ms());
            let seen = committer.state().account(account).unwrap_or(&none);
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
            let task = tokio::spawn(async move { identities.carry_out(committer, command).await });
            let done = task.await.map_err(|_| CommitError::EndedEarly)??;
            let carried_out;
            (carried_out, committer) = done;
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

    /// Whose key was stolen cannot wait for another disk.
    async fn carry_out(
        &self,
        mut committer: OwnedMutexGuard<Committer<State>>,
        command: Command,
    ) -> Result<(bool, OwnedMutexGuard<Committer<State>>), CommitError> {
        let takes_away = command.leaves_no_more(committer.state());
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
            changes |= command.changes_rights();
            state.carry_out(&command, at);
        }
        if changes {
            self.inner.generation.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// The body of a snapshot.
fn written(state: &State) -> Vec<u8> {
    lines::written(state).expect("the state has string keys and no foreign types")
}
