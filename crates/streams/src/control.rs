//! The one writer of the control log: checks a change against the state, makes it durable, applies it,
//! publishes what came of it. Logs, snapshots and replay are the machine's (`flumen-machine`).

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flumen_access::Caller;
use flumen_keys::Keys;
use flumen_machine::{
    At, Body, Carried, CommandMetadata, Fold, Follower, Former, Machine, Origin, OwnAct, Signatures,
    Unreadable, names, place,
};
use flumen_seal::{Seal, SealError};
use flumen_storage::{AppendError, BatchBuilder, LogId, Record, Storage};
use flumen_types::{Clock, Histogram, Realm};
use parking_lot::RwLock;
use tokio::sync::{Notify, OwnedMutexGuard};

use crate::door::Directory;
use crate::errors::CommitError;
use crate::limits::account::StorageLimits;
use crate::limits::control_plane::ControlPlaneRates;
use crate::live::{Live, log_of};
use crate::metering::Ledger;
use crate::ops::subscribe_to_shard::Seats;
use crate::rekey::Rekeys;
use crate::state::{
    AllMarks, Change, Command, MARKS_SINCE, Outcome, Plan, Shard, State, StoredKey, Stream, TokenKeyError,
    VERSION,
};
use crate::token::{self, Vault};
use crate::{Inner, Streams, StreamsSettings};

/// The logs in which token keys lay in clear up to version 3.
pub const ONCE_CLEAR: [LogId; 2] = [names::CONTROL.commands, names::CONTROL.snapshots];

const MACHINE: flumen_machine::MachineSettings = flumen_machine::MachineSettings {
    name: "control log",
    logs: names::CONTROL,
    former: Former::Counted,
    commands_bytes_min: 1024 * 1024,
};

/// A decision is made again where another process has changed meanwhile what it saw; each time others get on.
const DECISIONS_MAX: usize = 100;

/// The state and where its next command goes. Whoever holds the lock is the only writer.
pub(crate) struct Control {
    pub state: State,
    machine: Machine,
    follower: Follower,
}

/// Why the service cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Machine(#[from] flumen_machine::OpenError),
    #[error("log: {0}")]
    Read(#[from] flumen_storage::ReadError),
    #[error("log: {0}")]
    Append(#[from] AppendError),
    #[error("log {0} could not be made")]
    NoLog(LogId),
    /// Written by a newer program. `what` names the log, the thing and where it is.
    #[error("{what} has version {found}; this program reads versions up to {known}")]
    Newer { what: String, found: u32, known: u32 },
    #[error("the system provides no random numbers for the token key")]
    Random,
    #[error(transparent)]
    TokenKey(#[from] TokenKeyError),
    #[error("a token key is not sealed: {0}")]
    Seal(#[from] SealError),
}

impl Fold for State {
    const VERSION: u32 = VERSION;
    type Command = Command;
    type Output = Outcome;

    fn decode(_: &CommandMetadata, record: &Record<'_>) -> Result<Command, Unreadable> {
        serde_json::from_slice(record.value).map_err(|error| Unreadable::Broken(place(&error)))
    }

    fn apply(&mut self, command: Command, at: At) -> Outcome {
        State::apply(self, &command, at.position)
    }

    fn is_void(outcome: &Outcome) -> bool {
        *outcome == Outcome::Void
    }

    fn restore(&mut self, version: u32, _: &[u8], body: &mut Body) -> Result<(), Unreadable> {
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes)?;
        *self = serde_json::from_slice(&bytes).map_err(|error| Unreadable::Broken(place(&error)))?;
        if version < MARKS_SINCE {
            self.marks = AllMarks::derived(self.streams.values().map(Arc::as_ref), self.at_ms);
        }
        self.version = VERSION;
        Ok(())
    }
}

impl Streams {
    /// Reads the control log, makes the shards' logs where they are missing, drops logs that belong to
    /// nothing, and starts the housekeeper. Call within a tokio runtime. The `seal` and the `keys` are those of the data
    /// directory, and the storage opens with their material what lies encrypted.
    pub async fn open(
        storage: Storage,
        clock: Clock,
        seal: Seal,
        keys: Keys,
        settings: StreamsSettings,
    ) -> Result<Streams, OpenError> {
        let mut control = Control::open(&storage, &seal, &settings.carried).await?;
        if control.machine.is_of_earlier_version() {
            control.snapshot().await?;
        }
        if control.state.token_keys.is_empty() {
            let key = StoredKey::seal(&token::new_key().ok_or(OpenError::Random)?, &seal)?;
            let found = Command::new(clock.now_ms(), Origin::default(), Change::Found { key });
            let at = control.append(&found).await?;
            control.follow(at.position + 1).await?;
        }
        let vault = Vault::new(&control.state.live_token_keys(&seal)?).ok_or(TokenKeyError::NoKey)?;
        reconcile(&storage, &control.state)?;
        let ledger = Ledger::open(&storage, &control.state, clock.now_ms().max(control.state.at_ms)).await?;

        let (mut directory, storage_limits) = (Directory::default(), StorageLimits::default());
        for stream in control.state.streams.values() {
            let limits = settings.limits.of(stream);
            let storage_limit = storage_limits.of(&stream.account, &settings.accounts);
            directory.put(Arc::new(Live::new(stream.clone(), &storage, limits, storage_limit, None)));
        }
        for (account, regions) in &control.state.accounts {
            for (region, settings) in regions {
                let realm = Realm { account: account.clone(), region: region.clone() };
                directory.put_settings(realm, settings.clone());
            }
        }
        let inner = Inner {
            latest_ms: AtomicU64::new(control.state.at_ms),
            storage,
            clock,
            settings,
            directory: RwLock::new(directory),
            control: Arc::new(tokio::sync::Mutex::new(control)),
            vault,
            seal,
            keys,
            rekeys: Rekeys::default(),
            append_time: Histogram::default(),
            ledger: tokio::sync::Mutex::new(ledger),
            rates: ControlPlaneRates::default(),
            storage_limits,
            seats: Seats::default(),
            published: Notify::new(),
            housekeeper: Notify::new(),
            spread: AtomicU64::new(0),
        };
        let streams = Streams { inner: Arc::new(inner) };
        streams.seal_closed().await?;
        streams.drop_encryption().await;
        streams.weigh();
        Ok(streams)
    }

    /// Makes one change, in the caller's name if it has one. `decide` sees the state that the change will meet; with
    /// `None` there is nothing to change. The change is durable and visible when this returns. Where another process has
    /// changed meanwhile what was decided on, it is decided again.
    pub(crate) async fn commit<T, E: From<CommitError>>(
        &self,
        caller: Option<&Caller>,
        decide: impl FnMut(&State, u64) -> Result<(Option<Change>, T), E>,
    ) -> Result<T, E> {
        self.commit_and(caller, decide, |_, answer| answer).await
    }

    /// The same, where what the change has made is asked for: `answer` sees the state right behind it.
    pub(crate) async fn commit_and<T, A, E: From<CommitError>>(
        &self,
        caller: Option<&Caller>,
        mut decide: impl FnMut(&State, u64) -> Result<(Option<Change>, T), E>,
        answer: impl FnOnce(&State, T) -> A,
    ) -> Result<A, E> {
        let mut control = self.inner.control.clone().lock_owned().await;
        for _ in 0..DECISIONS_MAX {
            let at_ms = self.now_ms().max(control.state.at_ms);
            let (change, decided) = decide(&control.state, at_ms)?;
            let Some(change) = change else { return Ok(answer(&control.state, decided)) };
            let origin =
                caller.map_or_else(|| self.own_origin(&control.state, at_ms, &change), Caller::origin);
            let command = Command::new(at_ms, origin, change);
            let command = command.decided_on(&control.state, control.follower.next());
            let streams = self.clone();
            // A task of its own: a caller who goes away must not leave a command written but not applied.
            let task = tokio::spawn(async move { streams.carry_out(control, command).await });
            let done = task.await.map_err(|_| CommitError::EndedEarly { what: "a change" })?;
            let outcome;
            (outcome, control) = done?;
            if outcome != Outcome::Void {
                return Ok(answer(&control.state, decided));
            }
        }
        Err(CommitError::Overtaken { decisions: DECISIONS_MAX }.into())
    }

    /// What is told of a change that nobody asked for.
    fn own_origin(&self, state: &State, at_ms: u64, change: &Change) -> Origin {
        let Some((name, group, about)) = change.own_act() else { return Origin::default() };
        let stream = group.and_then(|group| state.streams.get(&group));
        let (realm, arn) = (stream.map(|s| s.realm()), stream.map(|s| s.arn().to_string()));
        let act = OwnAct {
            name,
            at_ms,
            account: realm.as_ref().map(|realm| &*realm.account),
            region: realm.as_ref().map(|realm| &*realm.region),
            resource: arn.as_deref(),
            about: &about,
        };
        Origin { event: self.inner.settings.carried.event(&act), ..Origin::default() }
    }

    /// By which signatures commands were given lately.
    pub async fn signatures(&self) -> Signatures {
        self.inner.control.lock().await.state.signatures.clone()
    }

    /// Shows what other processes have changed.
    pub(crate) async fn follow(&self) -> Result<(), CommitError> {
        let mut control = self.inner.control.lock().await;
        let to = control.machine.end();
        self.follow_to(&mut control, to).await
    }

    async fn follow_to(&self, control: &mut Control, to: u64) -> Result<(), CommitError> {
        let mut outcomes = Vec::new();
        let Control { state, follower, .. } = control;
        let note = |_: &State, outcome| {
            outcomes.push(outcome);
            Ok(())
        };
        follower.follow(state, to, note).await.map_err(Box::new)?;
        outcomes.iter().try_for_each(|outcome| self.publish(&control.state, outcome))
    }

    async fn carry_out(
        &self,
        mut control: OwnedMutexGuard<Control>,
        command: Command,
    ) -> Result<(Outcome, OwnedMutexGuard<Control>), CommitError> {
        let outcome = self.make(&mut control, command).await;
        self.inner.housekeeper.notify_one();
        let outcome = outcome?;
        // A plan is shown with its end, or where it does not come to that.
        let planned = match outcome {
            Outcome::Stream(group) => self.complete_plan(&mut control, group).await,
            _ => Ok(false),
        };
        if !matches!(planned, Ok(true)) {
            self.publish(&control.state, &outcome)?;
        }
        planned?;
        if control.machine.snapshot_is_due() {
            // The commands hold everything; a snapshot that fails costs only time at the next start.
            if let Err(error) = control.snapshot().await {
                tracing::warn!(%error, "no snapshot of the control log");
            }
        }
        Ok((outcome, control))
    }

    /// Makes one command durable, and applies it behind all that come before it, of which it shows what came of them.
    async fn make(&self, control: &mut Control, command: Command) -> Result<Outcome, CommitError> {
        let at = control.append(&command).await?;
        self.follow_to(control, at.position).await?;
        let Control { state, follower, .. } = control;
        let event = command.metadata.origin.event.clone().map(|event| *event);
        Ok(follower.apply(state, command, at, event))
    }

    /// Brings a reshard that has begun to its end, and shows it; false if the stream has none. Its second and third step
    /// may be made by anybody, late or twice: a log that is sealed stays so, and a plan that is closed is not closed
    /// again.
    async fn complete_plan(&self, control: &mut Control, group: u32) -> Result<bool, CommitError> {
        let Some(stream) = control.state.streams.get(&group) else { return Ok(false) };
        let Some(plan) = &stream.plan else { return Ok(false) };
        let (sealed, plan) = (sealed_by(stream, plan), plan.position);
        self.inner.storage.seal(&sealed).await?;
        // Every record of theirs is durable by now, so none is later.
        let newest_ms = |id: &LogId| self.inner.storage.log(*id).and_then(|log| log.last_time_ms());
        let at_ms = self.now_ms().max(control.state.at_ms);
        let closed_at_ms = sealed.iter().filter_map(newest_ms).max().unwrap_or(0).max(at_ms);
        let close = Change::CloseShards { group, plan, closed_at_ms };
        self.make(control, Command::new(at_ms, Origin::default(), close)).await?;
        self.publish(&control.state, &Outcome::Stream(group))?;
        Ok(true)
    }

    /// The same for a plan that was found, since whoever made it did not come to its end.
    pub(crate) async fn take_up_plan(&self, group: u32) -> Result<(), CommitError> {
        let streams = self.clone();
        let mut control = self.inner.control.clone().lock_owned().await;
        // A task of its own, as of every other command.
        let task = tokio::spawn(async move { streams.complete_plan(&mut control, group).await });
        task.await.map_err(|_| CommitError::EndedEarly { what: "a reshard" })?.map(drop)
    }

    /// Shows readers what came of a command.
    fn publish(&self, state: &State, outcome: &Outcome) -> Result<(), CommitError> {
        match outcome {
            Outcome::Stream(group) => {
                self.publish_stream(state, *group)?;
                self.inner.published.notify_waiters();
                self.inner.seats.look_again(*group);
            }
            Outcome::Settings(realm) => {
                let settings = state.settings(realm);
                self.inner.directory.write().put_settings(realm.clone(), settings);
            }
            Outcome::TokenKeys => {
                if !self.inner.vault.replace(&state.live_token_keys(&self.inner.seal)?) {
                    return Err(TokenKeyError::NoKey.into());
                }
            }
            Outcome::Void => {}
        }
        Ok(())
    }

    /// Makes the logs that a stream needs now, and deletes those that it needs no more.
    fn publish_stream(&self, state: &State, group: u32) -> Result<(), CommitError> {
        let storage = &self.inner.storage;
        let shown = self.inner.directory.read().by_group(group);
        let after = state.streams.get(&group);
        if let Some(stream) = after {
            let missing = logs_of(stream).filter(|id| storage.log(*id).is_none()).collect::<Vec<_>>();
            if !missing.is_empty() {
                match storage.create(&missing) {
                    // Another process is ahead, and has forgotten what is shown here for a moment still.
                    Ok(()) | Err(AppendError::Deleted) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            let limits = self.inner.settings.limits.of(stream);
            let storage_limit = self.inner.storage_limits.of(&stream.account, &self.inner.settings.accounts);
            let live = Arc::new(Live::new(stream.clone(), storage, limits, storage_limit, shown.as_deref()));
            self.inner.directory.write().put(live);
        } else {
            self.inner.directory.write().remove(group);
        }
        let dropped = shown.map_or(Vec::new(), |shown| dropped_since(&shown.stream, after.map(Arc::as_ref)));
        if !dropped.is_empty() {
            storage.delete(&dropped)?;
        }
        Ok(())
    }

    /// Up to version 4 a stream was said to be encrypted and was not. Nobody is to believe it any longer.
    async fn drop_encryption(&self) {
        let all = self.inner.directory.read().all();
        for Stream { group, name, account, region, key_id, .. } in all.iter().map(|live| &*live.stream) {
            let Some(key_id) = key_id else { continue };
            tracing::warn!(
                account,
                region,
                stream = name,
                key = key_id,
                "the stream was set to be encrypted under an earlier version, which encrypted nothing: it is set to NONE; \
                 start its encryption again"
            );
            let dropped = self.commit::<_, CommitError>(None, |state, _| {
                let is_set = state.streams.get(group).is_some_and(|stream| stream.key_id.is_some());
                Ok((is_set.then_some(Change::DropEncryption { group: *group }), ()))
            });
            if let Err(error) = dropped.await {
                tracing::warn!(stream = name, %error, "that setting is taken away by the next start");
            }
        }
    }

    /// Logs do not remember being sealed; the state does. A reshard that was begun goes on.
    async fn seal_closed(&self) -> Result<(), OpenError> {
        let all = self.inner.directory.read().all();
        let sealed = all.iter().flat_map(|live| {
            let closed = live.stream.shards.iter().filter(|s| !s.is_open());
            let planned = live.stream.plan.iter().flat_map(|plan| sealed_by(&live.stream, plan));
            closed.map(|shard| log_of(&live.stream, shard)).chain(planned)
        });
        self.inner.storage.seal(&sealed.collect::<Vec<_>>()).await?;
        for live in all.iter().filter(|live| live.stream.plan.is_some()) {
            if let Err(error) = self.take_up_plan(live.stream.group).await {
                tracing::warn!(stream = %live.stream.name, %error, "a reshard is put off");
            }
        }
        Ok(())
    }
}

/// The logs of shards that a stream had and has no more.
fn dropped_since(before: &Stream, after: Option<&Stream>) -> Vec<LogId> {
    let shards = after.map_or(&[][..], |stream| &stream.shards);
    // By their indexes, and none comes back: mostly they are all there still.
    let kept = shards.partition_point(|shard| shard.index < before.next_shard);
    if kept == before.shards.len() {
        return Vec::new();
    }
    let is_kept = |shard: &Shard| shards.binary_search_by_key(&shard.index, |kept| kept.index).is_ok();
    let gone = before.shards.iter().filter(|shard| !is_kept(shard));
    gone.map(|shard| log_of(before, shard)).collect()
}

/// The logs that a plan seals.
fn sealed_by(stream: &Stream, plan: &Plan) -> Vec<LogId> {
    plan.reshard.closes(stream).map(|index| LogId { group: stream.group, index }).collect()
}

fn logs_of(stream: &Stream) -> impl Iterator<Item = LogId> + '_ {
    stream.shards.iter().map(|shard| log_of(stream, shard))
}

/// A crash may fall between a command and what it does to logs; this does it again. Groups from the next one on nobody
/// has named here, and group 0 has owners of its own: they are left alone.
fn reconcile(storage: &Storage, state: &State) -> Result<(), OpenError> {
    let wanted: BTreeSet<LogId> = state.streams.values().flat_map(|stream| logs_of(stream)).collect();
    let own = |id: &LogId| id.group != names::GROUP && id.group < state.next_group;
    let found: BTreeSet<LogId> = storage.logs().into_iter().filter(own).collect();
    let missing: Vec<LogId> = wanted.difference(&found).copied().collect();
    let unwanted: Vec<LogId> = found.difference(&wanted).copied().collect();
    if !missing.is_empty() {
        storage.create(&missing)?;
    }
    if !unwanted.is_empty() {
        storage.delete(&unwanted)?;
    }
    Ok(())
}

/// Writes the state of a data directory so that it no longer needs anything that an earlier version wrote, in which token
/// keys lie in clear. What is trimmed then may be overwritten (`redact_token_keys`).
pub async fn take_over(storage: &Storage, seal: &Seal) -> Result<(), OpenError> {
    // Up to that version no event rode in a command.
    let mut control = Control::open(storage, seal, &Carried::default()).await?;
    if !control.state.token_keys.is_empty() {
        control.snapshot().await?;
    }
    Ok(())
}

/// Replaces token keys that lie in clear in the bytes of commands and snapshots, by as many zeros.
pub fn redact_token_keys(bytes: &mut [u8]) {
    const DIGITS: usize = 2 * token::KEY_BYTES;
    // Also the end of `"token_key":"`.
    const MEMBER: &[u8] = b"key\":\"";
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memmem::find(rest, MEMBER)) {
        at += found + MEMBER.len();
        let Some(digits) = bytes.get_mut(at..at + DIGITS) else { return };
        if digits.iter().all(u8::is_ascii_hexdigit) {
            digits.fill(b'0');
        }
    }
}

impl Control {
    async fn open(storage: &Storage, seal: &Seal, carried: &Carried) -> Result<Control, OpenError> {
        let (machine, follower, mut state) =
            flumen_machine::open(storage, MACHINE, carried, State::default(), |_, _| Ok(())).await?;
        state.seal_token_keys(seal)?;
        Ok(Control { state, machine, follower })
    }

    /// Before anybody is shown anything.
    async fn follow(&mut self, to: u64) -> Result<(), OpenError> {
        let followed = self.follower.follow(&mut self.state, to, |_, _| Ok(())).await;
        Ok(followed.map_err(|cause| flumen_machine::OpenError { name: MACHINE.name, cause })?)
    }

    /// Durable on return. What makes room is written on a full disk, too, as far as the log keeps some for that.
    async fn append(&mut self, command: &Command) -> Result<At, AppendError> {
        let text = serde_json::to_vec(command).expect("commands have string keys and no foreign types");
        let mut batch = BatchBuilder::with_capacity(text.len() + 8);
        batch.push(0, &[], &text);
        let ms = command.metadata.at_ms;
        let position = match command.change.makes_room(&self.state) {
            true => self.machine.append_from_reserve(ms, batch).await?,
            false => self.machine.append(ms, batch).await?,
        };
        Ok(At { position, ms })
    }

    async fn snapshot(&mut self) -> Result<(), AppendError> {
        let state = serde_json::to_vec(&self.state).expect("the state has string keys and no foreign types");
        self.machine.snapshot_taken(state.len() as u64);
        let writer = self.machine.snapshot(&self.follower);
        writer.write(&(), [&state[..]]).await
    }
}
