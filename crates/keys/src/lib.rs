//! Keys that encrypt for callers, as AWS's Key Management Service has them: what there is of keys, aliases and grants, who may do
//! what with them, the material, and its use.
//!
//! What there is is the fold of commands on a log ([`flumen_machine`]). Material is never in one: each piece has a file of its own,
//! sealed under the root key ([`material`]). A use of a key is decided and carried out in memory, where its material is.
//!
//! What a request of KMS looks like is `flumen-api`'s to say; what is encrypted with keys, and when, that of whoever uses them
//! within the process.

mod aliases;
mod blob;
mod command;
mod context;
mod deletion;
mod door;
mod elsewhere;
mod errors;
mod grants;
mod housekeeping;
mod ids;
mod kinesis;
mod manage;
mod material;
mod names;
mod operations;
mod pages;
mod policies;
mod records;
mod rotation;
mod state;
mod uses;

use std::sync::{Arc, OnceLock};

use flumen_external_keys::ExternalKeys;
use flumen_machine::{At, Carried, Committer, Former, OpenError, Origin, Signatures};
use flumen_storage::{Storage, off_thread};
use flumen_types::Clock;
use parking_lot::{RwLock, RwLockReadGuard};
use tokio::sync::OwnedMutexGuard;

pub use aliases::ALIASES_OF_KEY_MAX;
pub use blob::{BLOB_BYTES_MAX, check_unopened};
pub use context::Context;
pub use deletion::{WAITING_DAYS_DEFAULT, WAITING_DAYS_MAX, WAITING_DAYS_MIN};
pub use errors::{CommitError, KeyError, Refusal};
pub use grants::{Constraint, GRANTS_OF_KEY_MAX, Grant, GrantOperation, NewGrant};
pub use housekeeping::Counts;
pub use ids::{GrantId, KeyId, MaterialId, NoRandom};
pub use manage::{KEYS_MAX, NewKey, POLICY_NAME, TAGS_MAX};
pub use material::{Damaged, MaterialError, Materials, check_materials};
pub use names::{AliasArn, KINESIS_ALIAS, KeyArn, Named};
pub use operations::KeyOperation;
pub use pages::{Listed, Page};
pub use records::{OfStream, RecordKey, RecordKeys, check_unopened_key, key_of};
pub use rotation::{ON_DEMAND_MAX, PERIOD_DAYS_DEFAULT};
pub use state::{Alias, Key, KeyState, MadeBy, Material, Rotation};
pub use uses::{DataKey, Decrypted, Encrypted, ReEncrypted, Use};

use command::{Command, Step};
use elsewhere::Elsewhere;
use state::State;

const MACHINE: flumen_machine::MachineSettings = flumen_machine::MachineSettings {
    name: "log of keys",
    logs: flumen_machine::names::KEYS,
    former: Former::Marked,
    commands_bytes_min: 1024 * 1024,
};

/// A decision is made again where another process has changed something meanwhile; each time others get on.
const DECISIONS_MAX: usize = 100;

/// All keys. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    carried: Carried,
    materials: Materials,
    /// Keys by which records may be encrypted too.
    external: OnceLock<Elsewhere>,
    /// Whoever holds the lock is the only writer.
    committer: Arc<tokio::sync::Mutex<Committer<State>>>,
    /// For readers; a step behind the writer's own.
    state: RwLock<State>,
}

impl Keys {
    /// Events that ride in commands are told to `carried`.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub async fn open(
        storage: Storage,
        clock: Clock,
        materials: Materials,
        carried: &Carried,
    ) -> Result<Self, OpenError> {
        let committer = Committer::open(&storage, MACHINE, carried, State::default()).await?;
        // What is in it is shared.
        let state = RwLock::new(committer.state().clone());
        let (committer, carried) = (Arc::new(tokio::sync::Mutex::new(committer)), carried.clone());
        let external = OnceLock::new();
        Ok(Keys { inner: Arc::new(Inner { clock, carried, materials, external, committer, state }) })
    }

    /// Also keys elsewhere encrypt records, which is said once.
    pub fn with_external(self, keys: ExternalKeys) -> Self {
        let _ = self.inner.external.set(Elsewhere::new(keys));
        self
    }

    pub(crate) fn external(&self) -> Option<&Elsewhere> {
        self.inner.external.get()
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

    pub(crate) fn materials(&self) -> &Materials {
        &self.inner.materials
    }

    /// Makes changes. `decide` sees what they will meet, and the time; without steps there is nothing to change. They are
    /// durable and in force when this returns. Where another process has changed something meanwhile, it is decided again.
    pub(crate) async fn commit<T>(
        &self,
        origin: Origin,
        mut decide: impl FnMut(&State, u64) -> Result<(Vec<Step>, T), KeyError>,
    ) -> Result<T, KeyError> {
        let mut committer = self.inner.committer.clone().lock_owned().await;
        for _ in 0..DECISIONS_MAX {
            let at_ms = self.now_ms().max(committer.at_ms());
            let (steps, decided) = decide(committer.state(), at_ms)?;
            if steps.is_empty() {
                return Ok(decided);
            }
            committer.state().check_room(&steps)?;
            let command = Command::new(at_ms, origin.clone(), committer.state().changed, steps);
            let keys = self.clone();
            // A task of its own: a caller who goes away must not leave a command written but not applied.
            let task = tokio::spawn(async move { keys.carry_out(committer, command).await });
            let done = task.await.map_err(|_| CommitError::EndedEarly)??;
            let carried_out;
            (carried_out, committer) = done;
            if carried_out {
                return Ok(decided);
            }
        }
        Err(CommitError::Overtaken { decisions: DECISIONS_MAX }.into())
    }

    async fn carry_out(
        &self,
        mut committer: OwnedMutexGuard<Committer<State>>,
        command: Command,
    ) -> Result<(bool, OwnedMutexGuard<Committer<State>>), CommitError> {
        let takes_away = command.takes_away();
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
        commands.for_each(|(command, at)| state.carry_out(&command, at));
    }

    /// Work on material, where it may block.
    pub(crate) async fn with_materials<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Materials) -> Result<T, MaterialError> + Send + 'static,
    ) -> Result<T, MaterialError> {
        let materials = self.materials().clone();
        off_thread(move || work(&materials)).await.unwrap_or(Err(MaterialError::EndedEarly))
    }

    /// New material for a key; `name` gives the command by which it is the key's, or finds that it is not to be. Where it cannot be
    /// known whether the command is there, the material stays: the next start knows.
    pub(crate) async fn with_new_material<T>(
        &self,
        arn: &KeyArn,
        name: impl AsyncFnOnce(MaterialId) -> Result<T, KeyError>,
    ) -> Result<T, KeyError> {
        let of = arn.clone();
        let id = self.with_materials(move |materials| materials.make(&of)).await?;
        let done = name(id).await;
        // Where there is no room nothing was handed to the disk.
        let is_unknown = matches!(&done, Err(KeyError::Commit(error)) if !error.is_no_room());
        if !is_unknown && !self.state().has_material(arn, id) {
            self.with_materials(move |materials| materials.destroy(id)).await?;
        }
        if !is_unknown {
            self.materials().settled(id);
        }
        done
    }
}

/// The body of a snapshot.
fn written(state: &State) -> Vec<u8> {
    serde_json::to_vec(state).expect("the state has string keys and no foreign types")
}
