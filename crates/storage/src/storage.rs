//! The storage as its users hold it: opening, the logs by name, appending, closing.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flumen_types::{Histogram, Snapshot};
use parking_lot::{Mutex, RwLock};
use smallvec::SmallVec;
use tokio::sync::oneshot;

use crate::arena::Arena;
use crate::commons::Commons;
use crate::disk::{Disk, MemoryDisk, OsDisk};
use crate::keeper::{Keeper, Work};
use crate::layout::CLEAR;
use crate::overwrite::{self, OverwriteError, Overwritten, Redact};
use crate::queue::{Leave, Queue, refused};
use crate::recovery::{self, Recovered};
use crate::reseal::Reseals;
use crate::segment::Segments;
use crate::threads::off_thread;
use crate::writer::{Round, Writer, call_bytes_max};
use crate::{AppendError, Batch, BlockKeyError, BlockKeys, Log, LogId, OpenError, StorageSettings, log};

/// Records for one log. Times within a log never go back: an earlier `time_ms` becomes the log's last one.
pub struct Append {
    pub log: Log,
    pub time_ms: u64,
    pub batch: Batch,
}

/// Where an append's records are: the one at `i` in its batch has position `first + i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub first: u64,
    pub time_ms: u64,
}

/// What one call brings. A single append, as most are, needs no memory beside its records.
pub type Appends = SmallVec<[Append; 1]>;

/// One for each append of a call, in their order.
pub type Answers = SmallVec<[Result<Appended, AppendError>; 1]>;

/// How the storage is.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Memory of the newest blocks.
    pub tail_bytes: u64,
    /// Journal and segments.
    pub disk_bytes: u64,
    /// Of appends that are not answered.
    pub queue_bytes: u64,
    /// The log takes no more appends until it is reopened.
    pub failed: Option<Arc<str>>,
    /// Appends wait, or are refused, since full journal files cannot be emptied, which is tried again.
    pub stuck: Option<Arc<str>>,
    /// Of making batches durable. Where batches go past the page cache, their writing is in it.
    pub sync_time: Snapshot,
    pub sync_time_max: Duration,
    /// Of handing batches to the page cache; nothing where they go past it.
    pub write_time: Duration,
    /// Written to the journal.
    pub written_bytes: u64,
}

/// Many named logs on one disk. Clones are the same storage; when the last one goes it closes, which takes
/// as long as a sync.
#[derive(Clone)]
pub struct Storage {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<Store>,
    queue: Arc<Queue>,
    logs: RwLock<HashMap<LogId, Log>>,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    writer: JoinHandle<()>,
    keeper: JoinHandle<()>,
    /// Held until both have ended.
    lock: Box<dyn Send + Sync>,
}

/// What logs, writer and keeper share.
pub(crate) struct Store {
    pub disk: Arc<dyn Disk>,
    pub segments: Segments,
    pub work: Work,
    pub commons: Commons,
    pub reseals: Reseals,
    pub tail_budget: u64,
    pub patience: Duration,
    /// Secrets in clear may lie in what these logs had, and are overwritten before files go.
    pub once_clear: Vec<LogId>,
    pub keys: Option<Arc<dyn BlockKeys>>,
    pub tail_bytes: AtomicU64,
    pub segment_bytes_max: u64,
    pub large_block_bytes: u64,
    /// On disk.
    pub segment_bytes: AtomicU64,
    pub counters: Counters,
    journal_bytes: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    sync_time: Histogram,
    sync_nanos_max: AtomicU64,
    write_nanos: AtomicU64,
    written_bytes: AtomicU64,
}

impl Counters {
    /// A write was begun, and written, and is synced now.
    pub(crate) fn synced(&self, begun: Instant, written: Instant, bytes: u64) {
        let sync = written.elapsed();
        let write = (written - begun).as_nanos() as u64;
        self.sync_time.add(sync);
        self.sync_nanos_max.fetch_max(sync.as_nanos() as u64, Ordering::Relaxed);
        self.write_nanos.fetch_add(write, Ordering::Relaxed);
        self.written_bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Storage {
    /// Opens a data directory, made where it is missing, and recovers what a crash has left.
    pub fn open(dir: &Path, settings: StorageSettings) -> Result<Storage, OpenError> {
        let disk = OsDisk::new(dir).map_err(|error| OpenError::Io { path: dir.to_owned(), error })?;
        Storage::open_on(Arc::new(disk), settings).map_err(|error| recovery::below(dir, error))
    }

    /// The same on a disk in memory.
    pub fn ephemeral(settings: StorageSettings) -> Result<Storage, OpenError> {
        Storage::open_on(Arc::new(MemoryDisk::default()), settings)
    }

    pub fn open_on(disk: Arc<dyn Disk>, settings: StorageSettings) -> Result<Storage, OpenError> {
        let journal_bytes = settings.journal_file_bytes();
        let lock = recovery::lock(&*disk)?;
        let found = recovery::find(&*disk)?;
        let is_marked = overwrite::is_marked(&*disk, found.format);
        let is_marked = is_marked.map_err(|error| OpenError::Io { path: CLEAR.into(), error })?;
        let store = Arc::new(Store {
            segments: Segments::new(disk.clone(), settings.read_files),
            disk,
            work: Work::default(),
            commons: Commons::new(settings.free_after),
            reseals: Reseals::default(),
            tail_budget: settings.tail_bytes,
            patience: settings.patience,
            once_clear: if is_marked { settings.once_clear } else { Vec::new() },
            keys: settings.keys,
            tail_bytes: AtomicU64::new(0),
            segment_bytes_max: settings.segment_bytes,
            large_block_bytes: settings.large_block_bytes,
            segment_bytes: AtomicU64::new(0),
            counters: Counters::default(),
            journal_bytes,
        });
        let queue = Arc::new(Queue::new(settings.queue_bytes, call_bytes_max(journal_bytes)));
        let Recovered { logs, current, sequence, ends_cleanly, line } =
            recovery::apply(found, &store, journal_bytes)?;
        let writer = Writer {
            store: store.clone(),
            queue: queue.clone(),
            current: Some(current),
            sequence,
            ends_cleanly,
            line,
            deletions: Vec::new(),
            arena: Arena::new(),
            emptied: Round::default(),
        };
        let keeper = Keeper { store: store.clone(), journal_bytes };
        let threads = Threads {
            writer: spawn("log-writer", move || writer.run())?,
            keeper: spawn("log-keeper", move || keeper.run())?,
            lock,
        };
        let inner = Inner { store, queue, logs: RwLock::new(logs), threads: Mutex::new(Some(threads)) };
        Ok(Storage { inner: Arc::new(inner) })
    }

    /// Logs that exist stay as they are. That an empty log exists is not remembered over a restart.
    pub fn create(&self, ids: &[LogId]) -> Result<(), AppendError> {
        self.inner.queue.takes()?;
        let mut logs = self.inner.logs.write();
        if ids.iter().any(|id| !logs.contains_key(id) && self.is_deleted(*id)) {
            return Err(AppendError::Deleted);
        }
        for id in ids {
            let new = || Log::new(*id, self.inner.store.clone(), log::LogContents::default(), None);
            logs.entry(*id).or_insert_with(new);
        }
        Ok(())
    }

    /// Whether something on disk still says so.
    fn is_deleted(&self, id: LogId) -> bool {
        self.inner.store.work.is_deleted(id) || self.inner.store.commons.is_deleted(id)
    }

    pub fn log(&self, id: LogId) -> Option<Log> {
        self.inner.logs.read().get(&id).cloned()
    }

    pub fn logs(&self) -> Vec<LogId> {
        let mut ids: Vec<LogId> = self.inner.logs.read().keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Nothing of these logs can be read or appended any more; their files go in the background. After a
    /// crash a deleted log may be there again, to be deleted again.
    pub fn delete(&self, ids: &[LogId]) -> Result<(), AppendError> {
        let mut logs = self.inner.logs.write();
        let gone: Vec<Log> = ids.iter().filter_map(|id| logs.get(id).cloned()).collect();
        let work = &self.inner.store.work;
        work.mark_deleted(&gone);
        self.inner.queue.delete(gone.clone()).inspect_err(|_| work.unmark_deleted(&gone))?;
        for log in gone {
            logs.remove(&log.id());
            log.shared.more.notify_waiters();
        }
        Ok(())
    }

    /// On return every earlier append is answered, and later ones are refused. A start forgets it.
    pub async fn seal(&self, ids: &[LogId]) -> Result<(), AppendError> {
        let logs: Vec<Log> = {
            let logs = self.inner.logs.read();
            ids.iter().filter_map(|id| logs.get(id).cloned()).collect()
        };
        let answer = self.inner.queue.seal(&logs)?;
        answer.await.unwrap_or(Err(AppendError::Closed))
    }

    /// Answered when the journal goes on in another file, if it has not by then.
    pub(crate) fn leave_journal_file(
        &self,
        leave: Leave,
    ) -> Result<oneshot::Receiver<Result<(), AppendError>>, AppendError> {
        self.inner.queue.leave_file(leave)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Durable on return. Answers are in the order of the appends.
    pub async fn append(&self, appends: impl Into<Appends>) -> Answers {
        self.queued(appends.into(), false).await
    }

    /// The same for little that makes room, or takes away what must not go on: where the disk has no room, it may have what
    /// the journal's file in use keeps for that.
    pub async fn append_from_reserve(&self, appends: impl Into<Appends>) -> Answers {
        self.queued(appends.into(), true).await
    }

    async fn queued(&self, mut appends: Appends, from_reserve: bool) -> Answers {
        let count = appends.len();
        if let Some(keys) = &self.inner.store.keys
            && let Err(BlockKeyError(reason)) = seal_batches(&**keys, &mut appends)
        {
            return refused(count, &AppendError::Unavailable { reason });
        }
        match self.inner.queue.append(appends, from_reserve) {
            Ok(answers) => answers.await.unwrap_or_else(|_| refused(count, &AppendError::Closed)),
            Err(answers) => answers,
        }
    }

    /// Takes no more appends, writes those that wait, marks the journal's end as clean, and lets go of the
    /// directory. What is readable stays readable.
    pub async fn close(&self) {
        let inner = self.inner.clone();
        if off_thread(move || drop(inner.shut_down())).await.is_err() {
            tracing::error!("closing was cut short");
        }
    }

    /// Whether secrets may lie here that a format before 4 held in clear; with [`StorageSettings::once_clear`] alone.
    pub fn holds_clear(&self) -> bool {
        !self.inner.store.once_clear.is_empty()
    }

    /// Closes, and overwrites what is secret in trimmed records of those logs, and whatever the journal's files hold that
    /// is no record any more. What it cannot do is done by another call after the next start.
    pub async fn close_and_overwrite(&self, redact: Redact) -> Result<Overwritten, OverwriteError> {
        let inner = self.inner.clone();
        let overwrite = move || {
            let lock = inner.shut_down();
            let starts: Vec<(LogId, u64)> = {
                let logs = inner.logs.read();
                let once_clear = inner.store.once_clear.iter();
                once_clear.filter_map(|id| Some((*id, logs.get(id)?.start()))).collect()
            };
            let done = overwrite::overwrite(&*inner.store.disk, &starts, redact);
            drop(lock);
            done
        };
        off_thread(overwrite).await.unwrap_or(Err(OverwriteError::CutShort))
    }

    pub fn status(&self) -> Status {
        let Store { counters, work, tail_bytes, segment_bytes, journal_bytes, .. } = &*self.inner.store;
        let nanos = |counter: &AtomicU64| Duration::from_nanos(counter.load(Ordering::Relaxed));
        Status {
            tail_bytes: tail_bytes.load(Ordering::Relaxed),
            disk_bytes: segment_bytes.load(Ordering::Relaxed) + work.files() * journal_bytes,
            queue_bytes: self.inner.queue.bytes(),
            failed: self.inner.queue.failure(),
            stuck: work.stuck().map(|stuck| stuck.reason),
            sync_time: counters.sync_time.read(),
            sync_time_max: nanos(&counters.sync_nanos_max),
            write_time: nanos(&counters.write_nanos),
            written_bytes: counters.written_bytes.load(Ordering::Relaxed),
        }
    }
}

impl Inner {
    /// Answers with the lock of the directory, which others get when it is dropped.
    fn shut_down(&self) -> Option<Box<dyn Send + Sync>> {
        self.queue.close();
        let mut threads = self.threads.lock();
        let Threads { writer, keeper, lock } = threads.take()?;
        let writer = writer.join();
        self.store.work.stop();
        if writer.and(keeper.join()).is_err() {
            tracing::error!("a thread of the log panicked");
        }
        self.store.reseals.end();
        Some(lock)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.shut_down());
    }
}

/// What comes without a key. On the caller's thread, as all that there is to do for each byte.
fn seal_batches(keys: &dyn BlockKeys, appends: &mut [Append]) -> Result<(), BlockKeyError> {
    let without = |append: &&mut Append| !append.batch.is_empty() && append.batch.sealed.is_none();
    for Append { log, batch, .. } in appends.iter_mut().filter(without) {
        if let Some(key) = keys.sealing(log.id())? {
            batch.seal(log.id(), key).ok_or_else(|| BlockKeyError("the cipher seals no block".into()))?;
        }
    }
    Ok(())
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| OpenError::Io { path: name.into(), error })
}
