//! Where events go: into memory at once, to a durable log within a second or before whoever waits for it goes on, and into
//! the history a few minutes later.
//!
//! Events of changes come by their commands, which are durable before them; commands are let go when the events are here
//! ([`Carried`]). What cannot be written for want of room is kept as far as there is memory, and then counted.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use flumen_machine::{Carried, OwnAct, Progress, append_record, names, read_records};
use flumen_seal::{Seal, SealError, Unsealed};
use flumen_storage::{AppendError, Log, LogId, ReadError, Storage, off_thread};
use flumen_types::Clock;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::event::{Attributes, Line};
use crate::history::{Chunk, Found, History, HistoryError, Lookup, PageToken};
use crate::lines::{self, Unread};
use crate::own::Owner;
use crate::recent::{Completeness, Recent};

/// Recent events are durable within this.
const DURABLE_WITHIN: Duration = Duration::from_secs(1);
/// And in the history within this, or when there are as many bytes.
const RECENT_MAX: Duration = Duration::from_secs(300);
const RECENT_BYTES: usize = 1024 * 1024;
/// A call that has given a command ends within this, or nobody waits for it any more.
const CALL_MS_MAX: u64 = 10_000;
/// What is written at once.
const BATCH_BYTES: usize = 512 * 1024;
/// Of events that cannot be written. Beyond it, those of calls that change nothing are counted; beyond twice as much nothing is
/// changed any more.
const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The clock has been set if it goes so much faster or slower than time does.
const STEP_MS: i64 = 2000;
/// How soon what could not be written is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
const RECENT: &str = "audit/recent";
const VERSION: u32 = 1;

/// What was done. Clones are the same.
#[derive(Clone)]
pub struct Audit {
    inner: Arc<Inner>,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").finish_non_exhaustive()
    }
}

struct Inner {
    storage: Storage,
    clock: Clock,
    seal: Seal,
    carried: Carried,
    log: Log,
    history: History,
    settings: AuditSettings,
    recent: Mutex<Recent>,
    /// Events of commands up to here are durable.
    progress: Mutex<Progress>,
    /// One writes at a time.
    writer: tokio::sync::Mutex<()>,
    /// There is something to write.
    told: Notify,
    counts: Counts,
    /// Events cannot be written, and not since the log takes nothing.
    is_failing: AtomicBool,
    /// The last attempt to write events has failed.
    is_behind: AtomicBool,
}

/// How it is kept.
#[derive(Clone, Debug)]
pub struct AuditSettings {
    pub owner: Owner,
    /// How long the history is kept.
    pub age_max_ms: u64,
    /// And how much of it.
    pub bytes_max: u64,
}

impl Default for AuditSettings {
    fn default() -> Self {
        let age_max_ms = 90 * 24 * 3600 * 1000;
        AuditSettings { owner: Owner::default(), age_max_ms, bytes_max: 5 << 30 }
    }
}

#[derive(Default)]
struct Counts {
    events: AtomicU64,
    /// Of calls that changed nothing, while there was no room.
    lost: AtomicU64,
    /// Those of them that no event has told of yet.
    lost_untold: AtomicU64,
    lost_since_ms: AtomicU64,
}

/// How the audit is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status {
    /// Since the start.
    pub events: u64,
    /// Of those that could only be counted, since the start.
    pub lost: u64,
    /// Age of the oldest event that is not durable, if there is one.
    pub lag_ms: u64,
    /// Of events that are not durable.
    pub waiting_bytes: u64,
    /// Of the history.
    pub bytes: u64,
    pub bytes_max: u64,
    /// Nothing may be changed, since it could not be told.
    pub refuses: bool,
}

/// Why the audit cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("an event of the audit is not written: {0}")]
    Append(#[from] AppendError),
    #[error("recent events of the audit cannot be read: {0}")]
    Read(#[from] ReadError),
    #[error("an event of the audit is not sealed: {0}")]
    Seal(#[from] SealError),
    #[error("recent events of the audit, at {position}, cannot be opened: {error}")]
    Sealed { position: u64, error: Unsealed },
    #[error("recent events of the audit, at {position}, cannot be read: {error}")]
    Unread { position: u64, error: Unread },
    #[error("the head of recent events of the audit, at {position}, cannot be read: {error}")]
    Head { position: u64, error: String },
    #[error(
        "recent events of the audit, at {position}, are of version {found}, and this program knows {VERSION}"
    )]
    Newer { position: u64, found: u32 },
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("the log of recent events is not there")]
    NoLog,
    #[error("writing events ended early")]
    EndedEarly,
}

/// What a record of recent events says beside them.
#[derive(Serialize, Deserialize)]
struct Head {
    v: u32,
    /// Up to where events of commands are in this record or one before it; by log.
    carried: BTreeMap<String, u64>,
}

impl Inner {
    fn refuses(&self, recent: &Recent) -> bool {
        self.is_failing.load(Ordering::Relaxed) || recent.not_durable_bytes() > 2 * WAITING_BYTES_MAX
    }
}

impl Head {
    fn of(progress: &Progress) -> Head {
        Head { v: VERSION, carried: progress.iter().map(|(log, next)| (log.to_string(), *next)).collect() }
    }

    fn progress(&self) -> Progress {
        let parsed = |(name, next): (&String, &u64)| {
            let (group, index) = name.split_once('/')?;
            Some((LogId { group: group.parse().ok()?, index: index.parse().ok()? }, *next))
        };
        self.carried.iter().filter_map(parsed).collect()
    }
}

impl Audit {
    /// What was told and is not in the history is read. Whoever tells by commands is opened afterwards, while [`Audit::run`]
    /// is polled.
    pub async fn open(
        storage: Storage,
        clock: Clock,
        seal: Seal,
        carried: Carried,
        settings: AuditSettings,
    ) -> Result<Audit, AuditError> {
        storage.create(&[names::AUDIT_RECENT])?;
        let log = storage.log(names::AUDIT_RECENT).ok_or(AuditError::NoLog)?;
        let (history, in_history) = History::open(&storage, &seal).await?;
        let (mut recent, mut progress) = (Recent::default(), Progress::new());
        read_records(&log, log.start(), log.end(), |record| {
            let position = record.position;
            let error = |error: serde_json::Error| AuditError::Head { position, error: error.to_string() };
            let head: Head = serde_json::from_slice(record.key).map_err(error)?;
            if head.v > VERSION {
                return Err(AuditError::Newer { position, found: head.v });
            }
            progress = head.progress();
            if record.value.is_empty() || position < in_history {
                return Ok(());
            }
            let opened = seal.open(RECENT, record.value);
            let opened = opened.map_err(|error| AuditError::Sealed { position, error })?;
            let read =
                lines::read(opened.expose()).map_err(|error| AuditError::Unread { position, error })?;
            for line in read {
                let id = Attributes::of(&line.text).map(|event| event.id.into_owned());
                recent.restore(&id.unwrap_or_default(), line.at_ms, &line.text);
            }
            Ok(())
        })
        .await?;
        let inner = Inner {
            storage,
            clock,
            seal,
            carried,
            log,
            history,
            settings,
            recent: Mutex::new(recent),
            progress: Mutex::new(progress),
            writer: tokio::sync::Mutex::default(),
            told: Notify::new(),
            counts: Counts::default(),
            is_failing: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
        };
        Ok(Audit { inner: Arc::new(inner) })
    }

    /// An event, which can be found from now on and is durable within a second. What was told of it before counts no more if
    /// this knows more.
    pub fn tell(&self, id: &str, at_ms: u64, line: &str, told: Completeness) {
        let inner = &*self.inner;
        let mut recent = inner.recent.lock();
        let is_new = !recent.has(id);
        if is_new && recent.not_durable_bytes() > WAITING_BYTES_MAX {
            inner.counts.lost.fetch_add(1, Ordering::Relaxed);
            if inner.counts.lost_untold.fetch_add(1, Ordering::Relaxed) == 0 {
                inner.counts.lost_since_ms.store(at_ms, Ordering::Relaxed);
            }
            return;
        }
        if is_new {
            inner.counts.events.fetch_add(1, Ordering::Relaxed);
        }
        recent.put(id, at_ms, line, told);
        drop(recent);
        inner.told.notify_one();
    }

    /// Whether an event with this id has come by its command.
    pub fn has_ridden(&self, id: &str) -> bool {
        self.take_carried();
        self.inner.recent.lock().has(id)
    }

    /// Whether nothing may be changed at the moment, since it could not be told.
    pub fn refuses(&self) -> bool {
        self.inner.refuses(&self.inner.recent.lock())
    }

    /// What has come by commands joins the rest. Answers with how far that goes.
    fn take_carried(&self) -> Progress {
        let mut recent = self.inner.recent.lock();
        let (ridden, progress) = self.inner.carried.take();
        if ridden.is_empty() {
            return progress;
        }
        let durable = self.inner.progress.lock().clone();
        for ridden in ridden {
            if durable.get(&ridden.log).is_some_and(|next| ridden.position < *next) {
                continue;
            }
            let event = ridden.event;
            let line = crate::event::completed(&event.line, &event.resources, event.decided.as_deref());
            if !recent.has(&event.id) {
                self.inner.counts.events.fetch_add(1, Ordering::Relaxed);
            }
            recent.put(&event.id, ridden.at_ms, &line, Completeness::ByCommand);
        }
        progress
    }

    /// Everything that was told before is durable on return.
    ///
    /// # Errors
    /// What could not be written is tried again.
    pub async fn flush(&self) -> Result<(), AuditError> {
        let _one = self.inner.writer.lock().await;
        self.flush_alone().await
    }

    /// Of whoever is the only one that writes.
    async fn flush_alone(&self) -> Result<(), AuditError> {
        let flushed = self.write_waiting().await;
        // What the log takes no more is not changed either: nobody has to be told that by this. And on a full disk whoever makes
        // room may do so.
        let is_failing = match &flushed {
            Ok(()) | Err(AuditError::Append(_)) => false,
            Err(AuditError::Seal(SealError::Io { error, .. })) => error.kind() != io::ErrorKind::StorageFull,
            Err(_) => true,
        };
        self.inner.is_failing.store(is_failing, Ordering::Relaxed);
        self.inner.is_behind.store(flushed.is_err(), Ordering::Relaxed);
        flushed
    }

    /// The same for whoever answers a call: while events cannot be written nobody waits for the next attempt, and answers go on.
    pub async fn flush_before_an_answer(&self) {
        if !self.inner.is_behind.load(Ordering::Relaxed) {
            // Whoever writes for everybody says why it fails.
            let _ = self.flush().await;
        }
    }

    async fn write_waiting(&self) -> Result<(), AuditError> {
        let inner = &*self.inner;
        loop {
            let reached = self.take_carried();
            let waiting = inner.recent.lock().not_durable(BATCH_BYTES);
            let is_all = waiting.len() == inner.recent.lock().not_durable(usize::MAX).len();
            let mut progress = inner.progress.lock().clone();
            // What came by commands is not all in this record unless everything is.
            if is_all {
                advance(&mut progress, &reached);
            }
            if !waiting.is_empty() {
                self.write(&progress, &waiting).await?;
                inner.recent.lock().made_durable(&waiting);
            }
            *inner.progress.lock() = progress.clone();
            inner.carried.keep(&progress);
            if waiting.is_empty() {
                return Ok(());
            }
            self.tell_of_lost();
        }
    }

    async fn write(
        &self,
        progress: &Progress,
        events: &[(u64, Arc<str>, Arc<str>)],
    ) -> Result<(), AuditError> {
        let key = serde_json::to_vec(&Head::of(progress)).expect("a head has string keys");
        let plain = lines::written(events.iter().map(|(at_ms, _, text)| (*at_ms, &**text)));
        let seal = self.inner.seal.clone();
        let sealed = match plain.is_empty() {
            true => Vec::new(),
            false => {
                let sealed = off_thread(move || seal.seal(RECENT, &plain)).await;
                sealed.map_err(|_| AuditError::EndedEarly)??
            }
        };
        let Inner { storage, log, clock, .. } = &*self.inner;
        append_record(storage, log, clock.now_ms(), 0, &key, &sealed).await?;
        Ok(())
    }

    /// Recent events become a chunk of the history; durable on return. What is told more fully afterwards, since its call has
    /// not ended, is there twice.
    pub async fn rotate(&self) -> Result<(), AuditError> {
        self.rotate_those(Recent::durable).await
    }

    /// The same but for those whose calls may have not ended, and what came after them.
    pub async fn rotate_settled(&self) -> Result<(), AuditError> {
        let old_ms = self.inner.clock.now_ms().saturating_sub(CALL_MS_MAX);
        self.rotate_those(|recent| recent.settled(old_ms)).await
    }

    async fn rotate_those(&self, count: impl FnOnce(&Recent) -> usize) -> Result<(), AuditError> {
        let _one = self.inner.writer.lock().await;
        self.flush_alone().await?;
        let inner = &*self.inner;
        let (first, others, up_to) = {
            let recent = inner.recent.lock();
            let count = count(&recent);
            (recent.first(count), recent.durable_after(count), inner.log.end())
        };
        if first.is_empty() {
            return Ok(());
        }
        // They stay durable behind what goes.
        if !others.is_empty() {
            let progress = inner.progress.lock().clone();
            self.write(&progress, &others).await?;
        }
        inner.history.append(first.clone(), up_to).await?;
        inner.recent.lock().forget(&first);
        // How far commands are dealt with has to be known when what said so is gone. Should that not be written, it is not.
        let progress = inner.progress.lock().clone();
        self.write(&progress, &[]).await?;
        inner.log.trim(up_to);
        let oldest_ms = inner.clock.now_ms().saturating_sub(inner.settings.age_max_ms);
        inner.history.retain(oldest_ms, inner.settings.bytes_max);
        Ok(())
    }

    /// Writes what is told, for as long as it is polled.
    pub async fn run(self) {
        let mut step = ClockStep::new(&self.inner.clock);
        let mut is_behind = false;
        loop {
            let in_time = self.inner.recent.lock().oldest_ms().map_or(RECENT_MAX, |oldest_ms| {
                let age = Duration::from_millis(self.inner.clock.now_ms().saturating_sub(oldest_ms));
                RECENT_MAX.saturating_sub(age)
            });
            let Inner { told, carried, .. } = &*self.inner;
            let waits = tokio::select! {
                () = told.notified() => true,
                // Their commands are durable already.
                () = carried.told() => true,
                () = carried.asked() => false,
                () = tokio::time::sleep(in_time) => false,
            };
            if waits {
                // With what comes meanwhile, unless somebody waits for it.
                tokio::select! {
                    () = tokio::time::sleep(DURABLE_WITHIN) => {}
                    () = carried.asked() => {}
                }
            }
            if let Some(by_ms) = step.taken(&self.inner.clock) {
                self.tell_service("ClockStepped", &format!("{{\"byMilliseconds\":{by_ms}}}"));
            }
            let is_due = {
                let recent = self.inner.recent.lock();
                recent.bytes() > RECENT_BYTES || in_time.is_zero()
            };
            let done = match is_due {
                true => self.rotate_settled().await,
                false => self.flush().await,
            };
            let was_behind = std::mem::replace(&mut is_behind, done.is_err());
            if let Err(error) = done {
                if !was_behind {
                    tracing::warn!(%error, "events of the audit wait for being written");
                }
                tokio::time::sleep(RETRY_AFTER).await;
                self.inner.told.notify_one();
            }
        }
    }

    /// What was told is durable when this returns, if it can be.
    pub async fn close(&self) {
        if let Err(error) = self.rotate().await {
            tracing::warn!(%error, "the last events of the audit are not in its history");
        }
    }

    /// Something that the service did by itself. `about` is an object of JSON.
    pub fn tell_service(&self, name: &'static str, about: &str) {
        let at_ms = self.inner.clock.now_ms();
        let act = OwnAct { name, at_ms, account: None, region: None, resource: None, about };
        let event = self.inner.settings.owner.event(&act);
        self.tell(&event.id, at_ms, &event.line, Completeness::AtItsEnd);
    }

    fn tell_of_lost(&self) {
        let counts = &self.inner.counts;
        let lost = counts.lost_untold.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let since = crate::event::time(counts.lost_since_ms.load(Ordering::Relaxed));
            self.tell_service("EventsNotWritten", &format!("{{\"events\":{lost},\"since\":\"{since}\"}}"));
        }
    }

    /// Position of the first chunk of the history that may have something of that time or later.
    pub fn history_from(&self, ms: u64) -> u64 {
        self.inner.history.from(ms)
    }

    /// Position after the newest chunk of the history.
    pub fn history_end(&self) -> u64 {
        self.inner.history.end()
    }

    /// The first chunk of the history at `from` or behind it.
    pub async fn chunk(&self, from: u64) -> Result<Option<Chunk>, HistoryError> {
        self.inner.history.chunk(from).await
    }

    /// A page of at most `limit` events, the newest first, behind what a page before came to.
    pub async fn lookup(
        &self,
        lookup: &Lookup,
        after: Option<PageToken>,
        limit: usize,
    ) -> Result<Found, HistoryError> {
        self.take_carried();
        let recent: Vec<Line> = self.inner.recent.lock().lines().collect();
        self.inner.history.lookup(lookup, after, limit, recent).await
    }

    pub fn status(&self) -> Status {
        let inner = &*self.inner;
        let recent = inner.recent.lock();
        let waiting = recent.not_durable(0);
        let now_ms = inner.clock.now_ms();
        Status {
            events: inner.counts.events.load(Ordering::Relaxed),
            lost: inner.counts.lost.load(Ordering::Relaxed),
            lag_ms: waiting.first().map_or(0, |(at_ms, ..)| now_ms.saturating_sub(*at_ms)),
            waiting_bytes: recent.not_durable_bytes() as u64,
            bytes: inner.history.bytes(),
            bytes_max: inner.settings.bytes_max,
            refuses: inner.refuses(&recent),
        }
    }
}

/// A start tells of commands again that come before what was kept: nothing goes back by that.
fn advance(progress: &mut Progress, reached: &Progress) {
    for (log, next) in reached {
        let known = progress.entry(*log).or_default();
        *known = (*known).max(*next);
    }
}

/// Whether the clock goes as time does.
struct ClockStep {
    at: Instant,
    clock_ms: u64,
}

impl ClockStep {
    fn new(clock: &Clock) -> ClockStep {
        ClockStep { at: Instant::now(), clock_ms: clock.now_ms() }
    }

    /// By how many milliseconds it was set, if it was, since the last look.
    fn taken(&mut self, clock: &Clock) -> Option<i64> {
        let now = ClockStep::new(clock);
        let time_ms = i64::try_from((now.at - self.at).as_millis()).unwrap_or(i64::MAX);
        let clock_ms = now.clock_ms as i64 - self.clock_ms as i64;
        *self = now;
        let by_ms = clock_ms - time_ms;
        (by_ms.abs() > STEP_MS).then_some(by_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: LogId = LogId { group: 0, index: 0 };
    const OTHER: LogId = LogId { group: 0, index: 6 };

    #[test]
    fn what_is_told_again_sets_nothing_back() {
        let mut progress = Progress::from([(LOG, 50)]);
        advance(&mut progress, &Progress::from([(LOG, 35), (OTHER, 7)]));
        assert_eq!(progress, Progress::from([(LOG, 50), (OTHER, 7)]));
        advance(&mut progress, &Progress::from([(LOG, 51)]));
        assert_eq!(progress[&LOG], 51);
    }

    #[test]
    fn a_clock_that_is_set_is_noticed() {
        let (clock, hand) = Clock::manual(1_700_000_000_000);
        let mut step = ClockStep::new(&clock);
        assert_eq!(step.taken(&clock), None);
        hand.advance_ms(3_600_000);
        let by_ms = step.taken(&clock).unwrap();
        assert!((3_590_000..=3_600_000).contains(&by_ms), "{by_ms}");
        hand.set_ms(1_700_000_000_000);
        assert!(step.taken(&clock).unwrap() <= -3_590_000);
        assert_eq!(step.taken(&clock), None);
    }
}
