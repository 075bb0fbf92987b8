//! The logs of minutes and hours.
//!
//! A record is a chunk of one minute or hour. Its key has the number of that since the epoch, and of an hour the position up
//! to which minutes are rolled up with it.

use flumen_machine::names;
use flumen_seal::{Seal, Unsealed};
use flumen_storage::{Append, BatchBuilder, Block, Log, ReadError, ReadLimit, Record, Storage, off_thread};

use super::chunk::{self, Unreadable};
use super::key::{Gathered, Sum};
use super::{Counts, HOUR_MS, Period, Retention, SumKey, SumsError};

/// Of chunks.
const VERSION: u8 = 1;
/// Keys of an hour.
const HOUR_KEYS_MAX: usize = 50_000;
/// Positions that are tried after a place on disk that cannot be read.
const SKIPPED_MAX: u64 = 64;
const READ_AT_ONCE: ReadLimit = ReadLimit { records: 64, bytes: 1024 * 1024 };

pub(super) struct Logs {
    storage: Storage,
    minutes: Log,
    hours: Log,
    seal: Seal,
    kept: Retention,
}

/// Where the logs end, and from where on minutes are not in hours.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    rolled: u64,
    minutes: u64,
    hours: u64,
}

/// An hour that is to be rolled up.
pub(super) struct Hour {
    number: u64,
    sums: Vec<Sum>,
    /// The position after its minutes.
    pub rolled: u64,
}

/// What a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Minute(u64),
    Hour { number: u64, rolled: u64 },
}

impl Head {
    fn key(self) -> Vec<u8> {
        match self {
            Head::Minute(number) => number.to_le_bytes().to_vec(),
            Head::Hour { number, rolled } => [number.to_le_bytes(), rolled.to_le_bytes()].concat(),
        }
    }

    fn read(key: &[u8]) -> Option<Head> {
        let (number, rest) = key.split_first_chunk::<8>()?;
        let number = u64::from_le_bytes(*number);
        match rest {
            [] => Some(Head::Minute(number)),
            rest => {
                Some(Head::Hour { number, rolled: u64::from_le_bytes(*<&[u8; 8]>::try_from(rest).ok()?) })
            }
        }
    }

    fn period(self) -> Period {
        match self {
            Head::Minute(number) => Period::minute(number),
            Head::Hour { number, .. } => Period::hour(number),
        }
    }

    /// Chunks that were taken to another period are not opened.
    fn context(self) -> String {
        match self {
            Head::Minute(number) => format!("audit/sums/minute/{number}"),
            Head::Hour { number, .. } => format!("audit/sums/hour/{number}"),
        }
    }
}

impl Logs {
    pub fn open(storage: &Storage, seal: Seal, kept: Retention) -> Result<Logs, SumsError> {
        let log = |id| storage.log(id).ok_or(SumsError::NoLog(id));
        let (minutes, hours) = (log(names::AUDIT_MINUTES)?, log(names::AUDIT_HOURS)?);
        Ok(Logs { storage: storage.clone(), minutes, hours, seal, kept })
    }

    pub fn bytes(&self) -> u64 {
        self.minutes.stored_bytes() + self.hours.stored_bytes()
    }

    pub fn ends(&self, rolled: u64) -> Ends {
        Ends { rolled, minutes: self.minutes.end(), hours: self.hours.end() }
    }

    /// Up to which position minutes are in hours: what the newest hour says.
    pub async fn rolled(&self) -> Result<u64, SumsError> {
        let Some(newest) = self.hours.end().checked_sub(1) else { return Ok(0) };
        let blocks = self.hours.read(newest, READ_AT_ONCE).await?;
        let newest = blocks.iter().flat_map(|block| block.records_from(newest)).last();
        match newest.and_then(|record| Head::read(record.key)) {
            Some(Head::Hour { rolled, .. }) => Ok(rolled),
            _ => Ok(0),
        }
    }

    /// Durable on return.
    pub async fn write_minute(&self, minute: u64, sums: &[Sum]) -> Result<(), SumsError> {
        self.write(&self.minutes, Head::Minute(minute), sums).await
    }

    /// Durable on return.
    pub async fn write_hour(&self, hour: &Hour) -> Result<(), SumsError> {
        let head = Head::Hour { number: hour.number, rolled: hour.rolled };
        self.write(&self.hours, head, &hour.sums).await
    }

    /// All chunks at once: after a crash all of them are there, or none. Their time is when the period ends, so that whatever
    /// meets a time is found by it.
    async fn write(&self, log: &Log, head: Head, sums: &[Sum]) -> Result<(), SumsError> {
        let (sums, seal) = (sums.to_vec(), self.seal.clone());
        let batch = off_thread(move || {
            let (key, context) = (head.key(), head.context());
            let mut batch = BatchBuilder::default();
            for chunk in chunk::write(&sums) {
                let mut value = vec![VERSION];
                value.extend(seal.seal(&context, &chunk)?);
                batch.push(0, &key, &value);
            }
            Ok::<_, SumsError>(batch.finish())
        });
        let batch = batch.await.map_err(|_| SumsError::CutShort)??;
        let append = Append { log: log.clone(), time_ms: head.period().end_ms(), batch };
        let answers = self.storage.append([append]).await;
        Ok(answers.into_iter().try_for_each(|answer| answer.map(|_| ()))?)
    }

    /// The first hour of the minutes from a position on, if all of it is before `before_ms`.
    pub async fn old_hour(&self, from: u64, before_ms: u64) -> Result<Option<Hour>, SumsError> {
        let mut hour: Option<Hour> = None;
        let mut gathered = Gathered::default();
        let (mut next, end) = (from.max(self.minutes.start()), self.minutes.end());
        'all: while next < end {
            let blocks = match read_on(&self.minutes, next).await? {
                Step::Blocks(blocks) => blocks,
                Step::Damaged { error, next: None } => return Err(error.into()),
                Step::Damaged { error, next: Some(after) } => {
                    tracing::error!(%error, "sums are lost");
                    next = after;
                    continue;
                }
            };
            for record in records(&blocks, next, end) {
                // What says no time goes with what it lies among.
                let known = hour.as_ref().map(|hour| hour.number);
                let number = match Head::read(record.key) {
                    Some(head) => head.period().start_ms / HOUR_MS,
                    None => known.unwrap_or(0),
                };
                let is_old = Period::hour(number).end_ms() <= before_ms;
                if !is_old || known.is_some_and(|known| known != number) {
                    break 'all;
                }
                let add = |key: &SumKey<'_>, counts| gathered.add_borrowed(key, counts, HOUR_KEYS_MAX);
                match self.open_chunk(&record, add) {
                    Ok(()) => {}
                    // Whoever can read it rolls it up.
                    Err(Unread::Newer) => {
                        return Err(SumsError::Newer { log: self.minutes.id(), position: record.position });
                    }
                    Err(damage) => {
                        tracing::error!(position = record.position, "sums of a minute are lost: {damage}");
                    }
                }
                next = record.position + 1;
                hour = Some(Hour { number, sums: Vec::new(), rolled: next });
            }
            tokio::task::yield_now().await;
        }
        Ok(hour.map(|hour| Hour { sums: gathered.finish(), ..hour }))
    }

    pub fn trim_minutes(&self, before: u64) {
        self.minutes.trim(before);
    }

    /// What is older than hours are kept, and of the others the oldest where they are too much. The newest record stays, since
    /// it says how far minutes are rolled up.
    pub async fn trim_hours(&self, now_ms: u64) -> Result<(), SumsError> {
        let Some(newest) = self.hours.end().checked_sub(1) else { return Ok(()) };
        let old = self.hours.find_time(now_ms.saturating_sub(self.kept.age_ms)).await?;
        self.hours.trim(old.min(newest));
        let mut excess = self.hours.stored_bytes().saturating_sub(self.kept.bytes);
        while excess > 0 && self.hours.start() < newest {
            match read_on(&self.hours, self.hours.start()).await? {
                Step::Blocks(blocks) => {
                    let Some(block) = blocks.first() else { break };
                    excess = excess.saturating_sub(block.bytes() as u64);
                    self.hours.trim(block.end().min(newest));
                }
                Step::Damaged { next: Some(after), .. } => self.hours.trim(after.min(newest)),
                Step::Damaged { error, next: None } => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// All that meets the time, hours first. Answers with what could not be read.
    pub async fn read(
        &self,
        ends: Ends,
        from_ms: u64,
        to_ms: u64,
        visit: &mut impl FnMut(Period, &SumKey<'_>, Counts),
    ) -> Result<Vec<String>, SumsError> {
        let mut damaged = Vec::new();
        for (log, first, end) in [(&self.hours, 0, ends.hours), (&self.minutes, ends.rolled, ends.minutes)] {
            let mut next = log.find_time(from_ms).await?.max(first);
            while next < end {
                let blocks = match read_on(log, next).await? {
                    Step::Blocks(blocks) => blocks,
                    Step::Damaged { error, next: after } => {
                        damaged.push(error.to_string());
                        next = after.unwrap_or(end);
                        continue;
                    }
                };
                for record in records(&blocks, next, end) {
                    next = record.position + 1;
                    let period = Head::read(record.key).map(Head::period);
                    if period.is_some_and(|period| !period.meets(from_ms, to_ms)) {
                        continue;
                    }
                    let add = |key: &SumKey<'_>, counts| {
                        period.into_iter().for_each(|period| visit(period, key, counts))
                    };
                    if let Err(damage) = self.open_chunk(&record, add) {
                        damaged.push(format!("log {}, position {}: {damage}", log.id(), record.position));
                    }
                }
                tokio::task::yield_now().await;
            }
        }
        Ok(damaged)
    }

    fn open_chunk(&self, record: &Record<'_>, visit: impl FnMut(&SumKey<'_>, Counts)) -> Result<(), Unread> {
        let head = Head::read(record.key).ok_or(Unread::NoTime)?;
        let (&version, sealed) = record.value.split_first().ok_or(Unread::Empty)?;
        if version > VERSION {
            return Err(Unread::Newer);
        }
        let opened = self.seal.open(&head.context(), sealed)?;
        Ok(chunk::read(opened.expose(), visit)?)
    }
}

/// Why a record is not read.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("it says no time")]
    NoTime,
    #[error("it is empty")]
    Empty,
    #[error("it is of a newer program")]
    Newer,
    #[error(transparent)]
    Sealed(#[from] Unsealed),
    #[error(transparent)]
    Chunk(#[from] Unreadable),
}

enum Step {
    Blocks(Vec<Block>),
    /// And where it goes on, if it does within some positions.
    Damaged {
        error: ReadError,
        next: Option<u64>,
    },
}

/// What is at a position and after it. There has to be something.
async fn read_on(log: &Log, position: u64) -> Result<Step, ReadError> {
    let error = match log.read(position, READ_AT_ONCE).await {
        Ok(blocks) => return Ok(Step::Blocks(blocks)),
        Err(error @ ReadError::Damaged { .. }) => error,
        Err(error) => return Err(error),
    };
    for next in position + 1..log.end().min(position + SKIPPED_MAX) {
        match log.read(next, ReadLimit { records: 1, bytes: 1 }).await {
            Ok(_) => return Ok(Step::Damaged { error, next: Some(next) }),
            Err(ReadError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Step::Damaged { error, next: None })
}

fn records(blocks: &[Block], from: u64, end: u64) -> impl Iterator<Item = Record<'_>> {
    let records = blocks.iter().flat_map(move |block| block.records_from(from));
    records.take_while(move |record| record.position < end)
}
