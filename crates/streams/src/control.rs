//! The one writer of the control log: checks a change against the state, makes it durable, applies it,
//! publishes what came of it. Opening is the newest snapshot plus the commands after it.
//!
//! Two logs of group 0: commands, one JSON record each, and snapshots of the state, cut into records of
//! at most [`CHUNK_BYTES`] behind a record that says how many follow and which commands they hold.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flumen_protocol::Fault;
use flumen_storage::{Append, AppendError, BatchBuilder, Log, LogId, ReadLimit, Storage};
use flumen_types::{Clock, Histogram, Realm};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, OwnedMutexGuard};

use crate::door::Directory;
use crate::live::{Live, log_of};
use crate::metering::Ledger;
use crate::ops::subscribe_to_shard::Seats;
use crate::rates::Rates;
use crate::state::{
    AllMarks, COMMAND_VERSION, Change, Command, MARKS_SINCE, Reshard, STATE_VERSION, State, Stream,
    first_version,
};
use crate::token::{self, Vault};
use crate::{Inner, Settings, Streams, faults};

const COMMANDS: LogId = LogId { group: 0, index: 0 };
const SNAPSHOTS: LogId = LogId { group: 0, index: 1 };

/// A snapshot is cut into records of this size, which every engine takes.
const CHUNK_BYTES: usize = 512 * 1024;
/// Commands are kept until they outweigh this and the last snapshot.
const COMMANDS_BYTES_MIN: u64 = 1024 * 1024;
const READ_AT_ONCE: ReadLimit = ReadLimit { records: 10_000, bytes: 8 * 1024 * 1024 };

/// The state and where its next command goes. Whoever holds the lock is the only writer.
pub(crate) struct Control {
    pub state: State,
    commands: Log,
    snapshots: Log,
    command_bytes: u64,
    snapshot_bytes: u64,
}

/// Why the service cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("control log: {0}")]
    Read(#[from] flumen_storage::ReadError),
    #[error("control log: {0}")]
    Append(#[from] AppendError),
    #[error("control log: log {0} could not be made")]
    NoLog(LogId),
    #[error("control log: record at position {position} is not a command: {error}")]
    Command { position: u64, error: String },
    #[error("control log: the snapshot at position {position} is not readable: {error}")]
    Snapshot { position: u64, error: String },
    #[error("control log: commands begin at position {found}, after {wanted} where the newest snapshot ends")]
    Gap { wanted: u64, found: u64 },
    /// Written by a newer program. `what` names the log, the thing and where it is.
    #[error("{what} has version {found}; this program reads versions up to {known}")]
    Newer { what: String, found: u32, known: u32 },
    #[error("no random numbers to be had for the token key")]
    Random,
    #[error("the token key in the control log is not a key")]
    TokenKey,
}

/// What a stored object says of itself; the first version says nothing.
#[derive(Deserialize)]
struct Version {
    #[serde(rename = "v", default = "first_version")]
    version: u32,
}

/// Refuses an object of a version above `known`, whatever else it holds.
pub(crate) fn refuse_newer(json: &[u8], known: u32, what: impl FnOnce() -> String) -> Result<(), OpenError> {
    match serde_json::from_slice(json) {
        Ok(Version { version }) if version > known => {
            Err(OpenError::Newer { what: what(), found: version, known })
        }
        _ => Ok(()),
    }
}

/// First record of a snapshot.
#[derive(Serialize, Deserialize)]
struct SnapshotHead {
    version: u32,
    /// The first command that the snapshot does not hold.
    position: u64,
    chunks: usize,
}

impl Streams {
    /// Reads the control log, makes the shards' logs where they are missing, drops logs that belong to
    /// nothing, and starts the housekeeper. Call within a tokio runtime.
    pub async fn open(storage: Storage, clock: Clock, settings: Settings) -> Result<Streams, OpenError> {
        let mut control = Control::read(&storage).await?;
        if control.state.token_key.is_none() {
            let token_key = token::new_key().ok_or(OpenError::Random)?;
            let found = Command::new(clock.now_ms(), Change::Found { token_key });
            control.append(&storage, &found).await?;
            control.state.apply(&found);
        }
        let key = control.state.token_key.as_deref().unwrap_or_default();
        let vault = Vault::new(key).ok_or(OpenError::TokenKey)?;
        reconcile(&storage, &control.state)?;
        let ledger = Ledger::open(&storage, &control.state, clock.now_ms().max(control.state.at_ms)).await?;

        let mut directory = Directory::default();
        for stream in control.state.streams.values() {
            let limits = settings.limits.of(stream);
            directory.put(Arc::new(Live::new(stream.clone(), &storage, limits, None)));
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
            append_time: Histogram::default(),
            ledger: tokio::sync::Mutex::new(ledger),
            rates: Rates::default(),
            seats: Seats::default(),
            published: Notify::new(),
            housekeeper: Notify::new(),
            spread: AtomicU64::new(0),
        };
        let streams = Streams { inner: Arc::new(inner) };
        streams.seal_closed().await?;
        Ok(streams)
    }

    /// Makes one change. `decide` sees the state that the change will meet; with `None` there is nothing
    /// to change. The change is durable and visible when this returns.
    pub(crate) async fn commit<T>(
        &self,
        decide: impl FnOnce(&State, u64) -> Result<(Option<Change>, T), Fault>,
    ) -> Result<T, Fault> {
        let control = self.inner.control.clone().lock_owned().await;
        let at_ms = self.now_ms().max(control.state.at_ms);
        let (change, answer) = decide(&control.state, at_ms)?;
        if let Some(change) = change {
            let streams = self.clone();
            // A task of its own: a caller who goes away must not leave a command written but not applied.
            let task =
                tokio::spawn(async move { streams.carry_out(control, Command::new(at_ms, change)).await });
            task.await.map_err(|_| faults::internal("a change ended early"))??;
        }
        Ok(answer)
    }

    async fn carry_out(
        &self,
        mut control: OwnedMutexGuard<Control>,
        mut command: Command,
    ) -> Result<(), Fault> {
        let storage = &self.inner.storage;
        let sealed = match &mut command.change {
            Change::Reshard { group, reshard, closed_at_ms, .. } => {
                let stream = control.state.streams.get(group).cloned();
                self.seal_parents(stream, reshard, closed_at_ms).await?
            }
            _ => Vec::new(),
        };
        if let Err(error) = control.append(storage, &command).await {
            storage.unseal(&sealed);
            self.inner.published.notify_waiters();
            return Err(faults::internal(error));
        }
        let before = match &command.change {
            Change::ForgetStream { group } | Change::ForgetShards { group, .. } => {
                control.state.streams.get(group).cloned()
            }
            _ => None,
        };
        if let Some(group) = control.state.apply(&command) {
            self.publish(&control.state, group, before)?;
            self.inner.published.notify_waiters();
            self.inner.seats.look_again(group);
        }
        if let Change::SetCommitment { account, region, .. } = &command.change {
            let realm = Realm { account: account.clone(), region: region.clone() };
            let settings = control.state.settings(&realm);
            self.inner.directory.write().put_settings(realm, settings);
        }
        self.inner.housekeeper.notify_one();
        if control.snapshot_is_due() {
            // The commands hold everything; a snapshot that fails costs only time at the next start.
            if let Err(error) = control.snapshot(storage).await {
                tracing::warn!(%error, "no snapshot of the control log");
            }
        }
        Ok(())
    }

    /// Ends writing to the shards that a reshard closes. When this returns, every record of theirs is
    /// durable, and the closing time is not before any of them.
    async fn seal_parents(
        &self,
        stream: Option<Arc<Stream>>,
        reshard: &Reshard,
        closed_at_ms: &mut u64,
    ) -> Result<Vec<LogId>, Fault> {
        let Some(stream) = stream else { return Ok(Vec::new()) };
        let ids: Vec<LogId> =
            reshard.closes(&stream).map(|index| LogId { group: stream.group, index }).collect();
        self.inner.storage.seal(&ids).await.map_err(faults::internal)?;
        for id in &ids {
            let newest_ms = self.inner.storage.log(*id).and_then(|log| log.last_time_ms());
            *closed_at_ms = (*closed_at_ms).max(newest_ms.unwrap_or(0));
        }
        Ok(ids)
    }

    /// Shows readers what became of a stream, and deletes the logs that nothing needs any more.
    fn publish(&self, state: &State, group: u32, before: Option<Arc<Stream>>) -> Result<(), Fault> {
        let storage = &self.inner.storage;
        let after = state.streams.get(&group);
        if let Some(stream) = after {
            let missing = logs_of(stream).filter(|id| storage.log(*id).is_none()).collect::<Vec<_>>();
            if !missing.is_empty() {
                storage.create(&missing).map_err(faults::internal)?;
            }
            let shown = self.inner.directory.read().by_group(group);
            let limits = self.inner.settings.limits.of(stream);
            let live = Arc::new(Live::new(stream.clone(), storage, limits, shown.as_deref()));
            self.inner.directory.write().put(live);
        } else {
            self.inner.directory.write().remove(group);
        }
        if let Some(before) = before {
            let kept: BTreeSet<LogId> = after.iter().flat_map(|stream| logs_of(stream)).collect();
            let dropped: Vec<LogId> = logs_of(&before).filter(|id| !kept.contains(id)).collect();
            storage.delete(&dropped).map_err(faults::internal)?;
        }
        Ok(())
    }

    /// Logs do not remember being sealed; the state does.
    async fn seal_closed(&self) -> Result<(), OpenError> {
        let all = self.inner.directory.read().all();
        let closed = all.iter().flat_map(|live| {
            let closed = live.stream.shards.iter().filter(|s| !s.is_open());
            closed.map(|shard| log_of(&live.stream, shard))
        });
        Ok(self.inner.storage.seal(&closed.collect::<Vec<_>>()).await?)
    }
}

fn logs_of(stream: &Stream) -> impl Iterator<Item = LogId> + '_ {
    stream.shards.iter().map(|shard| log_of(stream, shard))
}

/// A crash may fall between a command and what it does to logs; this does it again.
fn reconcile(storage: &Storage, state: &State) -> Result<(), OpenError> {
    let wanted: BTreeSet<LogId> = state.streams.values().flat_map(|stream| logs_of(stream)).collect();
    let found: BTreeSet<LogId> = storage.logs().into_iter().filter(|id| id.group != COMMANDS.group).collect();
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

impl Control {
    async fn read(storage: &Storage) -> Result<Control, OpenError> {
        storage.create(&[COMMANDS, SNAPSHOTS])?;
        let log = |id| storage.log(id).ok_or(OpenError::NoLog(id));
        let (commands, snapshots) = (log(COMMANDS)?, log(SNAPSHOTS)?);
        let (mut state, mut position, snapshot_bytes) = newest_snapshot(&snapshots).await?;
        if commands.start() > position {
            return Err(OpenError::Gap { wanted: position, found: commands.start() });
        }
        let mut command_bytes = 0;
        while position < commands.end() {
            let blocks = commands.read(position, READ_AT_ONCE).await?;
            let first = position;
            for record in blocks.iter().flat_map(|block| block.records_from(first)) {
                refuse_newer(record.value, COMMAND_VERSION, || {
                    format!("control log: the command at position {}", record.position)
                })?;
                let command = serde_json::from_slice(record.value).map_err(|error| OpenError::Command {
                    position: record.position,
                    error: place(&error),
                })?;
                state.apply(&command);
                command_bytes += record.value.len() as u64;
                position = record.position + 1;
            }
            if position == first {
                break;
            }
        }
        Ok(Control { state, commands, snapshots, command_bytes, snapshot_bytes })
    }

    /// Durable on return.
    async fn append(&mut self, storage: &Storage, command: &Command) -> Result<(), AppendError> {
        let text = serde_json::to_vec(command).expect("commands have string keys and no foreign types");
        append_records(storage, &self.commands, command.at_ms, [&text[..]]).await?;
        self.command_bytes += text.len() as u64;
        Ok(())
    }

    fn snapshot_is_due(&self) -> bool {
        self.command_bytes > COMMANDS_BYTES_MIN.max(self.snapshot_bytes)
    }

    async fn snapshot(&mut self, storage: &Storage) -> Result<(), AppendError> {
        let state = serde_json::to_vec(&self.state).expect("the state has string keys and no foreign types");
        let chunks = state.chunks(CHUNK_BYTES);
        let position = self.commands.end();
        let head = SnapshotHead { version: STATE_VERSION, position, chunks: chunks.len() };
        let head = serde_json::to_vec(&head).expect("a head is three numbers");
        let at_ms = self.state.at_ms;
        let first = append_records(storage, &self.snapshots, at_ms, [&head[..]]).await?;
        for chunk in chunks {
            append_records(storage, &self.snapshots, at_ms, [chunk]).await?;
        }
        self.snapshots.trim(first);
        self.commands.trim(position);
        self.command_bytes = 0;
        self.snapshot_bytes = state.len() as u64;
        Ok(())
    }
}

/// What is wrong with JSON, and where. The value that stands there is callers' data, which no log has.
pub(crate) fn place(error: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column())
}

/// Appends records to one log and answers with the position of the first.
async fn append_records<const N: usize>(
    storage: &Storage,
    log: &Log,
    time_ms: u64,
    records: [&[u8]; N],
) -> Result<u64, AppendError> {
    let mut batch = BatchBuilder::with_capacity(records.iter().map(|r| r.len() + 16).sum());
    for record in records {
        batch.push(0, &[], record);
    }
    let append = Append { log: log.clone(), time_ms, batch: batch.finish() };
    let answer = storage.append(vec![append]).await.into_iter().next();
    // One append gives one answer.
    answer.unwrap_or(Err(AppendError::Closed)).map(|appended| appended.first)
}

/// The state of the newest whole snapshot, the first command after it, and its size; the empty state
/// when there is none.
async fn newest_snapshot(log: &Log) -> Result<(State, u64, u64), OpenError> {
    let mut newest = None;
    let mut gathering: Option<(SnapshotHead, u64, Vec<u8>)> = None;
    let mut position = log.start();
    while position < log.end() {
        let blocks = log.read(position, READ_AT_ONCE).await?;
        let first = position;
        for record in blocks.iter().flat_map(|block| block.records_from(first)) {
            position = record.position + 1;
            // A head begins a snapshot even where the one before it is not whole: its writer died.
            if let Ok(head) = serde_json::from_slice::<SnapshotHead>(record.value) {
                gathering = Some((head, record.position, Vec::new()));
            } else if let Some((head, _, bytes)) = &mut gathering {
                bytes.extend_from_slice(record.value);
                head.chunks = head.chunks.saturating_sub(1);
            }
            if gathering.as_ref().is_some_and(|(head, _, _)| head.chunks == 0) {
                newest = gathering.take();
            }
        }
        if position == first {
            break;
        }
    }
    let Some((head, position, bytes)) = newest else { return Ok((State::default(), 0, 0)) };
    if head.version > STATE_VERSION {
        let what = format!("control log: the snapshot at position {position}");
        return Err(OpenError::Newer { what, found: head.version, known: STATE_VERSION });
    }
    let mut state: State = serde_json::from_slice(&bytes)
        .map_err(|error| OpenError::Snapshot { position, error: place(&error) })?;
    if head.version < MARKS_SINCE {
        state.marks = AllMarks::derived(state.streams.values().map(Arc::as_ref), state.at_ms);
    }
    state.version = STATE_VERSION;
    Ok((state, head.position, bytes.len() as u64))
}
