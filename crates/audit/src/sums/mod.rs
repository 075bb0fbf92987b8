//! Sums of calls: who did what with what, how often, with how many records and bytes, and what came of it; by the minute for
//! two days, by the hour afterwards.
//!
//! They are counted where calls end ([`Sums::add`]), for calls that no event of their own tells of as for the others, and are
//! written once a minute. Whose names who is, what a record is and what may be told to whom is for others to say.
//!
//! Three places follow each other: the running minute in memory, the log of minutes, the log of hours. Each record of hours
//! says up to which position of the log of minutes it and those before it have everything, so nothing counts twice, and what
//! a crash leaves is gone on with.
//!
//! Invariant: minutes are trimmed only up to a position that a durable record of hours names.

mod chunk;
mod counters;
mod file;
mod key;
mod logs;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flumen_machine::names;
use flumen_seal::{Seal, SealError};
use flumen_storage::{AppendError, LogId, ReadError, Storage};
use flumen_types::Clock;
use tokio::sync::{Mutex, RwLock};

use counters::Counters;
use key::{Key, Sum};
use logs::Logs;

pub use chunk::read as read_chunk;
pub use key::{Called, Counts, OTHERS, SumKey};

pub const MINUTE_MS: u64 = 60_000;
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
/// Minutes are kept for so long, and an hour more at most.
const MINUTES_MS: u64 = 48 * HOUR_MS;
/// Keys of a minute; what is beyond is summed without who and with what.
const KEYS_MAX: usize = 20_000;
/// So many minutes wait at most to be written; with more of them the newest becomes longer.
const WAITING_MAX: usize = 15;
/// So many hours are rolled up at once; the others come a minute later.
const HOURS_AT_ONCE: usize = 24;

/// How long, and how much of, hours are kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    pub age_ms: u64,
    pub bytes: u64,
}

/// What a sum is of, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    pub start_ms: u64,
    /// A minute or an hour.
    pub length_ms: u64,
}

impl Period {
    fn minute(number: u64) -> Self {
        Period { start_ms: number.saturating_mul(MINUTE_MS), length_ms: MINUTE_MS }
    }

    fn hour(number: u64) -> Self {
        Period { start_ms: number.saturating_mul(HOUR_MS), length_ms: HOUR_MS }
    }

    pub fn end_ms(self) -> u64 {
        self.start_ms.saturating_add(self.length_ms)
    }

    fn meets(self, from_ms: u64, to_ms: u64) -> bool {
        self.start_ms < to_ms && self.end_ms() > from_ms
    }
}

/// Why sums are not written or not read.
#[derive(Debug, thiserror::Error)]
pub enum SumsError {
    #[error("there is no log {0}")]
    NoLog(LogId),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("sums are not sealed: {0}")]
    Seal(#[from] SealError),
    #[error("the work was cut short")]
    CutShort,
    #[error("sums at position {position} of log {log} are of a newer program")]
    Newer { log: LogId, position: u64 },
}

/// How it is with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Of the running minute.
    pub keys: usize,
    /// Minutes that could not be written yet.
    pub waiting: usize,
    /// Kept in logs.
    pub bytes: u64,
}

/// Counts, writes and reads. Clones share it.
#[derive(Clone)]
pub struct Sums {
    inner: Arc<Inner>,
}

struct Inner {
    counters: Counters,
    logs: Logs,
    /// Held while sums go from one place to the next, so that who looks finds each in one place.
    places: Mutex<Places>,
    /// Who reads minutes keeps them from being trimmed.
    readers: RwLock<()>,
    /// How many minutes wait, for whoever may not wait for `places`.
    waiting: AtomicUsize,
}

struct Places {
    /// The minute that counts are of.
    running: u64,
    /// Ended, and not written yet; oldest first.
    waiting: Vec<(u64, Vec<Sum>)>,
    /// Minutes before this position are in hours.
    rolled: u64,
}

impl Sums {
    pub async fn open(
        storage: &Storage,
        seal: Seal,
        kept: Retention,
        now_ms: u64,
    ) -> Result<Self, SumsError> {
        storage.create(&[names::AUDIT_MINUTES, names::AUDIT_HOURS])?;
        let logs = Logs::open(storage, seal, kept)?;
        let places =
            Places { running: now_ms / MINUTE_MS, waiting: Vec::new(), rolled: logs.rolled().await? };
        let inner = Inner {
            counters: Counters::new(KEYS_MAX),
            logs,
            places: Mutex::new(places),
            readers: RwLock::default(),
            waiting: AtomicUsize::default(),
        };
        Ok(Sums { inner: Arc::new(inner) })
    }

    /// One call that ended. Allocates where the key is new in this minute and in the one before.
    pub fn add(&self, call: &Called<'_>, records: u64, bytes: u64) {
        self.inner.counters.add(call, Counts { calls: 1, records, bytes });
    }

    pub fn status(&self) -> Status {
        Status {
            keys: self.inner.counters.keys(),
            waiting: self.inner.waiting.load(Ordering::Relaxed),
            bytes: self.inner.logs.bytes(),
        }
    }

    /// Writes each minute when it is over, and rolls up and trims what is old, for as long as it is polled.
    pub async fn every_minute(self, clock: Clock) {
        loop {
            let left_ms = MINUTE_MS - clock.now_ms() % MINUTE_MS;
            tokio::time::sleep(Duration::from_millis(left_ms)).await;
            let now_ms = clock.now_ms();
            if let Err(error) = self.end_minute(now_ms).await {
                tracing::warn!(%error, "sums of a minute are not written yet");
                continue;
            }
            if let Err(error) = self.keep_house(now_ms).await {
                tracing::warn!(%error, "old sums are not rolled up yet");
            }
        }
    }

    /// Writes what was counted so far: at the end of a minute, and at a stop. What cannot be written waits in memory, and is
    /// written with the next.
    pub async fn end_minute(&self, now_ms: u64) -> Result<(), SumsError> {
        let Inner { counters, logs, places, waiting, .. } = &*self.inner;
        let places = &mut *places.lock().await;
        let ended = std::mem::replace(&mut places.running, now_ms / MINUTE_MS);
        let sums = counters.take();
        if !sums.is_empty() {
            places.wait(ended, sums);
        }
        let mut written = Ok(());
        while let Some((minute, sums)) = places.waiting.first() {
            written = logs.write_minute(*minute, sums).await;
            if written.is_err() {
                break;
            }
            places.waiting.remove(0);
        }
        waiting.store(places.waiting.len(), Ordering::Relaxed);
        written
    }

    /// Rolls up what is old enough, and lets go of what is too old or too much.
    pub async fn keep_house(&self, now_ms: u64) -> Result<(), SumsError> {
        let Inner { logs, places, readers, .. } = &*self.inner;
        for _ in 0..HOURS_AT_ONCE {
            let from = places.lock().await.rolled;
            let Some(hour) = logs.old_hour(from, now_ms.saturating_sub(MINUTES_MS)).await? else { break };
            let places = &mut *places.lock().await;
            logs.write_hour(&hour).await?;
            places.rolled = hour.rolled;
        }
        let rolled = places.lock().await.rolled;
        // Who reads now, reads minutes that are in hours by now; they go with the next look.
        if let Ok(_nobody_reads) = readers.try_write() {
            logs.trim_minutes(rolled);
        }
        logs.trim_hours(now_ms).await
    }

    /// Calls `visit` with each sum whose period meets the time from `from_ms` to before `to_ms`. A key may come several times
    /// for a period. Answers with what of the logs could not be read, in words.
    pub async fn read(
        &self,
        from_ms: u64,
        to_ms: u64,
        mut visit: impl FnMut(Period, &SumKey<'_>, Counts),
    ) -> Result<Vec<String>, SumsError> {
        let Inner { counters, logs, places, readers, .. } = &*self.inner;
        let _keeps_minutes = readers.read().await;
        let (seen, in_memory) = {
            let places = places.lock().await;
            let mut in_memory = places.waiting.clone();
            in_memory.push((places.running, counters.look()));
            (logs.ends(places.rolled), in_memory)
        };
        let damaged = logs.read(seen, from_ms, to_ms, &mut visit).await?;
        for (minute, sums) in &in_memory {
            let period = Period::minute(*minute);
            if period.meets(from_ms, to_ms) {
                sums.iter().for_each(|sum| visit(period, &sum.key.borrowed(), sum.counts));
            }
        }
        Ok(damaged)
    }

    /// The sums of an hour since the epoch as lines of a file of a trail, each a record in CloudTrail's shape. The same hour
    /// gives the same lines with the same event ids, as long as nothing of it is trimmed.
    pub async fn hour_file(&self, hour: u64) -> Result<Vec<Box<str>>, SumsError> {
        let Period { start_ms, length_ms } = Period::hour(hour);
        let mut all = BTreeMap::<Key, Counts>::new();
        self.read(start_ms, start_ms + length_ms, |_, key, counts| {
            all.entry(key.owned()).or_default().add(counts);
        })
        .await?;
        Ok(all.iter().map(|(key, counts)| file::line(hour, &key.borrowed(), *counts)).collect())
    }
}

impl Places {
    fn wait(&mut self, minute: u64, sums: Vec<Sum>) {
        let is_full = self.waiting.len() >= WAITING_MAX;
        match self.waiting.last_mut() {
            Some((_, last)) if is_full => {
                let all = std::mem::take(last).into_iter().chain(sums);
                *last = key::together(all, KEYS_MAX);
            }
            _ => self.waiting.push((minute, sums)),
        }
    }
}

#[cfg(test)]
mod tests;
