//! Seals again what of a log lies otherwise on disk than it should, file by file, while it is read and written.
//!
//! A step reads one file, on a thread of its own, and writes its records to another one, in memory no more than some blocks. The keeper
//! then puts that in the place of the first. What lay in clear is overwritten afterwards. After a crash at any moment there
//! is the one file or the other, and a step that was cut short is made again.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::disk::DiskFile;
use crate::error::ReadError;
use crate::keeper::{Keeper, Overwriting, Replaced};
use crate::layout::common_path;
use crate::pace::Pace;
use crate::queue::Leave;
use crate::segment::common::{self, NotSealed};
use crate::segment::{self, EDGE, Resealing, SegmentFile};
use crate::storage::Store;
use crate::{AppendError, Block, BlockKey, Log, LogId, Storage, WrappedKey, tail, threads};

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Before this position all is right. At the end of the log nothing is left, nor in clear, but for `shared`.
    pub position: u64,
    /// Of the files that were written.
    pub bytes: u64,
    /// Files whose bytes in clear were not overwritten, since a backup has them too.
    pub shared: u64,
}

/// Why nothing was sealed again. All is as it was, or is further: the same call may succeed later.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// A call from `end` on leaves this block as it is.
    #[error("the block of positions {first} to {} cannot be sealed again: {error}", end - 1)]
    Unopened { first: u64, end: u64, error: ReadError },
    #[error(transparent)]
    Read(ReadError),
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    /// The journal still holds some of it, and cannot go on in another file at the moment.
    #[error("the journal cannot be emptied at the moment: {reason}")]
    Unavailable { reason: Arc<str> },
    #[error("the storage was opened without keys")]
    NoKeys,
    #[error("there is no log {0}")]
    NoLog(LogId),
    #[error("the storage is closed")]
    Closed,
}

impl From<ReadError> for ResealError {
    fn from(error: ReadError) -> Self {
        ResealError::Read(error)
    }
}

/// What calls share.
#[derive(Default)]
pub(crate) struct Reseals {
    /// One goes on at a time.
    gate: Arc<tokio::sync::Mutex<()>>,
    /// Held while one does anything to the disk; what is left of the steps before.
    left: Mutex<Vec<Replaced>>,
    /// Files of logs that nothing may go before.
    pub strays: Mutex<Vec<(LogId, PathBuf)>>,
    /// A journal file was emptied or overwritten, or could not be.
    pub flushed: Notify,
}

impl Reseals {
    /// Waits until nothing is done to the disk any more, given that it is time to stop.
    pub(crate) fn end(&self) {
        self.left.lock().clear();
    }
}

/// For the keeper to empty a journal file, and those before it.
const FLUSHED_WITHIN: Duration = Duration::from_secs(30);
/// For three files to be emptied, and overwritten beside what else the disk does.
const OVERWRITTEN_WITHIN: Duration = Duration::from_secs(180);
/// Attempts on files that are trimmed, or grow, meanwhile.
const TRIES: u32 = 3;
const AGAIN_AFTER: Duration = Duration::from_millis(10);
/// Looked through at once, since what was punched out is not to take room again.
const PAGE: u64 = 4096;

impl Storage {
    /// Seals again, under `key`, what of a log lies otherwise on disk, from the block with `position` on: what the first file has
    /// that has any. `is_right` says of a block by its key (`None`: it lies in clear) whether it may stay, at once and from memory.
    /// Durable on return.
    ///
    /// The first call begins at 0, so that what is trimmed and still there is sealed too; the next one goes on at
    /// [`Resealed::position`]. Where that is the log's end of some time, nothing of before that time is left. A call that does nothing
    /// but look through a file answers with the end of that.
    ///
    /// What only the journal holds is brought into files first, which may take half a minute; where it does not get there by
    /// then, the position is where that begins. The journal's files keep their bytes until [`Self::overwrite_journal`], or until they are written over.
    ///
    /// Memory holds some blocks, and the disk a copy of one file. Reads and appends go on.
    pub async fn reseal(
        &self,
        log: LogId,
        position: u64,
        key: Arc<BlockKey>,
        is_right: impl Fn(Option<&WrappedKey>) -> bool + Send + 'static,
    ) -> Result<Resealed, ResealError> {
        let log = self.log(log).ok_or(ResealError::NoLog(log))?;
        let store = log.shared.store.clone();
        if store.keys.is_none() {
            return Err(ResealError::NoKeys);
        }
        let _one_at_a_time = store.reseals.gate.clone().lock_owned().await;
        let mut step = ResealRequest { log: log.clone(), position, key, is_right };
        let mut is_brought = false;
        loop {
            let reader = store.segments.reader().await;
            let work = move || {
                let _held_until_it_is_done = reader;
                let done = step.run();
                (step, done)
            };
            let done = threads::off_thread(work).await.map_err(|_| ResealError::Closed)?;
            step = done.0;
            match done.1? {
                Done::Reached(resealed) => return Ok(resealed),
                Done::InJournal(resealed, end) if !is_brought => {
                    if !self.bring_into_files(&log, end).await? {
                        return Ok(resealed);
                    }
                    is_brought = true;
                }
                Done::InJournal(resealed, _) => return Ok(resealed),
            }
        }
    }

    /// Whether what the journal has of a log up to `end` is in files now.
    async fn bring_into_files(&self, log: &Log, end: u64) -> Result<bool, ResealError> {
        let until = Instant::now() + FLUSHED_WITHIN;
        if !self.leave_file(Leave::With(log.clone()), until).await? {
            return Ok(false);
        }
        let store = &log.shared.store;
        loop {
            let flushed = store.reseals.flushed.notified();
            let mut flushed = std::pin::pin!(flushed);
            flushed.as_mut().enable();
            if log.state().flushed >= end || log.is_deleted() {
                return Ok(true);
            }
            if store.work.is_ending() {
                return Err(ResealError::Closed);
            }
            if let Some(reason) = store.work.flush_failure() {
                return Err(ResealError::Unavailable { reason });
            }
            if timeout_at(until, flushed).await.is_err() {
                return Ok(false);
            }
        }
    }

    /// Overwrites what the journal's files held until now: each of them once it is empty, which the one in use is brought to be. On
    /// return nothing lies in them that was appended before the call. It takes as long as writing the files once; appends and reads
    /// go on.
    ///
    /// # Errors
    /// Where that cannot be done at the moment, or not within some minutes. What was overwritten is; another call begins again.
    pub async fn overwrite_journal(&self) -> Result<(), ResealError> {
        let store = self.store();
        let _one_at_a_time = store.reseals.gate.lock().await;
        let until = Instant::now() + OVERWRITTEN_WITHIN;
        let late = || ResealError::Unavailable { reason: "its files are not empty yet".into() };
        let round = store.work.overwrite_files();
        loop {
            let flushed = store.reseals.flushed.notified();
            let mut flushed = std::pin::pin!(flushed);
            flushed.as_mut().enable();
            if store.work.is_ending() {
                return Err(ResealError::Closed);
            }
            match store.work.overwriting() {
                Overwriting::Done => return Ok(()),
                _ if until <= Instant::now() => return Err(late()),
                Overwriting::Failed(reason) => return Err(ResealError::Unavailable { reason }),
                Overwriting::InUse => {
                    if !self.leave_file(Leave::Before(round), until).await? {
                        return Err(late());
                    }
                }
                Overwriting::Waits => timeout_at(until, flushed).await.map_err(|_| late())?,
            }
        }
    }

    /// Returns when the journal goes on in another file, if it has not by then: false if that is not so in time.
    async fn leave_file(&self, leave: Leave, until: Instant) -> Result<bool, ResealError> {
        let unavailable = |error| match error {
            AppendError::Closed => ResealError::Closed,
            AppendError::Unavailable { reason } | AppendError::Failed(reason) => {
                ResealError::Unavailable { reason }
            }
            error => ResealError::Unavailable { reason: error.to_string().into() },
        };
        let left = self.leave_journal_file(leave).map_err(unavailable)?;
        match timeout_at(until, left).await {
            Err(_) => Ok(false),
            Ok(answer) => {
                answer.unwrap_or(Err(AppendError::Closed)).map_err(unavailable)?;
                Ok(true)
            }
        }
    }
}

struct ResealRequest<F> {
    log: Log,
    position: u64,
    key: Arc<BlockKey>,
    is_right: F,
}

enum Done {
    Reached(Resealed),
    /// What follows is in the journal, up to this position.
    InJournal(Resealed, u64),
}

/// What was found, and done, of one file.
enum Looked {
    Right {
        position: u64,
    },
    Replaced {
        position: u64,
        bytes: u64,
        replaced: Replaced,
    },
    /// It is not there any more, or has grown.
    Changed,
    InJournal {
        position: u64,
        end: u64,
    },
}

/// Where the position to go on from is.
enum ReadSource {
    /// In these files, the one with it at `at`. They end before `next`.
    Files(Files),
    Journal {
        flushed: u64,
        end: u64,
        is_right: bool,
    },
}

struct Files {
    /// What is written again, if anything is.
    run: Vec<SegmentFile>,
    /// What comes before those.
    before: Option<SegmentFile>,
    /// The file that has the position.
    here: SegmentFile,
    /// It is one of those, or those are to be gathered before it is.
    is_in_run: bool,
    /// Where what follows them begins.
    next: u64,
}

impl<F: Fn(Option<&WrappedKey>) -> bool> ResealRequest<F> {
    fn store(&self) -> &Store {
        &self.log.shared.store
    }

    fn run(&self) -> Result<Done, ResealError> {
        let mut left = self.store().reseals.left.lock();
        let mut resealed = Resealed { position: self.position.max(self.log.start()), ..Resealed::default() };
        self.finish(&mut left, &mut resealed)?;
        for _ in 0..TRIES {
            match self.look()? {
                Looked::Changed => std::thread::sleep(AGAIN_AFTER),
                Looked::Right { position } => return Ok(Done::Reached(Resealed { position, ..resealed })),
                Looked::InJournal { position, end } => {
                    return Ok(Done::InJournal(Resealed { position, ..resealed }, end));
                }
                Looked::Replaced { position, bytes, replaced } => {
                    left.push(replaced);
                    self.finish(&mut left, &mut resealed)?;
                    return Ok(Done::Reached(Resealed { position, bytes, ..resealed }));
                }
            }
        }
        Ok(Done::Reached(resealed))
    }

    fn is_alive(&self) -> Result<(), ResealError> {
        if self.store().work.is_ending() { Err(ResealError::Closed) } else { Ok(()) }
    }

    fn look(&self) -> Result<Looked, ResealError> {
        self.is_alive()?;
        if self.log.is_deleted() {
            return Err(ReadError::Deleted.into());
        }
        let from = self.position.max(self.log.start());
        let resealing =
            Resealing { log: &self.log, key: &self.key, from: self.position, is_right: &self.is_right };
        match self.source(&resealing, from) {
            None => Ok(Looked::Changed),
            Some(ReadSource::Journal { end, is_right: true, .. }) => Ok(Looked::Right { position: end }),
            Some(ReadSource::Journal { flushed, end, .. }) => {
                Ok(Looked::InJournal { position: flushed.max(from), end })
            }
            Some(ReadSource::Files(files)) => match self.look_at(&resealing, &files) {
                Err(ResealError::Read(_) | ResealError::Unopened { .. })
                    if files.run.iter().any(|segment| self.log.has_lost(segment)) =>
                {
                    Ok(Looked::Changed)
                }
                done => done,
            },
        }
    }

    /// `None` where it has changed meanwhile.
    fn source(&self, resealing: &Resealing<'_>, from: u64) -> Option<ReadSource> {
        let state = self.log.state();
        if from >= state.flushed {
            let mut waits = state.tail.iter().filter(|block| block.first() >= state.flushed);
            let is_right = !waits.any(|block| resealing.is_wrong(block));
            return Some(ReadSource::Journal { flushed: state.flushed, end: self.log.end(), is_right });
        }
        let after = state.segments.partition_point(|segment| segment.first <= from);
        let here = after.checked_sub(1)?;
        let next_of = |at: usize| state.segments.get(at + 1).map_or(state.flushed, |next| next.first);
        let run = match state.segments.get(here)?.common {
            None => here..here + 1,
            Some(_) => {
                // From the first one on, since a note that a section counts no more is one of all before it.
                let trimmed = state.removable(self.log.start());
                let is_common = |segment: &SegmentFile| segment.common.is_some();
                let first = trimmed + state.segments.iter().skip(trimmed).position(is_common)?;
                let mut bytes = 0;
                let run = state.segments.iter().skip(first).take_while(|segment| {
                    let fits = is_common(segment) && (bytes == 0 || bytes < self.store().segment_bytes_max);
                    bytes += segment.bytes;
                    fits
                });
                first..first + run.count()
            }
        };
        let first = state.segments.get(run.start)?;
        // It says where the log ended before it had these, and is about to go. The name that they would get is its own.
        let has_name = |other: &SegmentFile| other.common.is_none() && other.first == first.first;
        if first.common.is_some() && state.segments.iter().any(has_name) {
            return None;
        }
        Some(ReadSource::Files(Files {
            before: run.start.checked_sub(1).and_then(|before| state.segments.get(before)).cloned(),
            here: state.segments.get(here)?.clone(),
            is_in_run: run.contains(&here),
            next: next_of(run.end.checked_sub(1)?),
            run: state.segments.get(run)?.to_vec(),
        }))
    }

    fn look_at(&self, resealing: &Resealing<'_>, files: &Files) -> Result<Looked, ResealError> {
        let Files { run, before, here, is_in_run, next } = files;
        if let Some(common) = here.common
            && !resealing.has_wrong(here)?
        {
            return Ok(Looked::Right { position: common.end });
        }
        let time_ms = before.as_ref().and_then(|before| self.log.last_time_of(before).ok().flatten());
        let Some(new) = segment::rewrite(resealing, run, !is_in_run, time_ms)? else {
            return Ok(Looked::Right { position: *next });
        };
        let (bytes, until) = (new.segment.bytes, new.until);
        let made = new.made.clone();
        let (log, replacing) = (self.log.clone(), run.clone());
        let replaced = self.ask(move |keeper| keeper.replace(&log, &replacing, &new));
        let replaced = replaced.and_then(|replaced| replaced.map_err(|error| self.io(&made, error)));
        match replaced {
            Ok(Some(replaced)) => {
                self.renew_tail(resealing, until.unwrap_or(*next));
                // Others before it were gathered, and it is not.
                let position = if *is_in_run { *next } else { resealing.from.max(self.log.start()) };
                Ok(Looked::Replaced { position: until.unwrap_or(position), bytes, replaced })
            }
            other => {
                let _ = self.store().disk.remove(&made);
                other.map(|_| Looked::Changed)
            }
        }
    }

    /// What memory has of records up to `until` says from now on what their file does. Which key they need is read from there.
    fn renew_tail(&self, resealing: &Resealing<'_>, until: u64) {
        let is_due = |block: &&Block| block.end() <= until && resealing.is_wrong(block);
        let due: Vec<Block> = self.log.state().tail.iter().filter(is_due).cloned().collect();
        for block in due {
            let (end, weight) = (block.end(), tail::weight(&block));
            // What a restart found sealed was opened for the file a moment ago.
            let Ok(opened) = self.log.open(block, 0, usize::MAX, usize::MAX) else { continue };
            let renewed = opened.shown_under(self.key.wrapped());
            let mut state = self.log.state();
            let Ok(at) = state.tail.binary_search_by_key(&end, Block::end) else { continue };
            let bytes = &self.store().tail_bytes;
            bytes.fetch_add(tail::weight(&renewed), Ordering::Relaxed);
            bytes.fetch_sub(weight, Ordering::Relaxed);
            state.tail[at] = renewed;
        }
    }

    fn io(&self, path: &Path, error: io::Error) -> ResealError {
        // What is cut short since it is time to stop fails for that.
        let failed = || ResealError::Io { path: path.to_owned(), error };
        self.is_alive().err().unwrap_or_else(failed)
    }

    /// On the keeper's thread.
    fn ask<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Keeper) -> T + Send + 'static,
    ) -> Result<T, ResealError> {
        let (reply, answer) = std::sync::mpsc::channel();
        // Who asks waits for the answer.
        self.store().work.ask(Box::new(move |keeper| drop(reply.send(what(keeper)))));
        answer.recv().map_err(|_| ResealError::Closed)
    }

    /// Makes what was done durable, and overwrites what lay in clear before, also what an earlier call has left.
    fn finish(&self, left: &mut Vec<Replaced>, resealed: &mut Resealed) -> Result<(), ResealError> {
        self.is_alive()?;
        let disk = &*self.store().disk;
        while let Some(replaced) = left.last() {
            let in_dir = |error| self.io(&replaced.dir, error);
            disk.sync_dir(&replaced.dir).map_err(in_dir)?;
            resealed.shared += u64::from(replaced.is_shared);
            if let Some(file) = &replaced.in_clear {
                let is_overwritten = self.overwrite_file(&**file).map_err(in_dir)?;
                resealed.shared += u64::from(!is_overwritten);
            }
            replaced.remains.iter().for_each(|remains| self.store().work.shrink(remains.clone()));
            left.pop();
        }
        let log = self.log.clone();
        let sections = self.ask(move |keeper| keeper.to_overwrite(&log))?;
        let sections = sections.map_err(|error| self.io(Path::new(crate::layout::JOURNAL), error))?;
        for (generation, end) in &sections {
            let is_overwritten = self.overwrite_section(*generation, *end)?;
            resealed.shared += u64::from(!is_overwritten);
            self.store().commons.overwritten(*generation, self.log.id(), *end);
        }
        if !sections.is_empty() {
            // What is left of it is said there, and tried again when something is trimmed.
            self.ask(Keeper::remove_those_unread)?;
        }
        Ok(())
    }

    /// A segment of the log's own that has no name any more, or one that says that it goes. False if a backup has it.
    fn overwrite_file(&self, file: &dyn DiskFile) -> io::Result<bool> {
        if file.is_shared()? {
            return Ok(false);
        }
        let bytes = file.bytes()?;
        let edge = bytes.saturating_sub(EDGE);
        // First what says where it ends, or a backup that is copying it might not see that something before is gone.
        file.fill(edge, bytes - edge)?;
        Pace::apart(&*self.store().disk, &self.store().work).overwrite(file, 0, edge)?;
        Ok(true)
    }

    /// What a segment of many logs has of the log, where nobody reads it any more. False if a backup has it.
    fn overwrite_section(&self, generation: u64, end: u64) -> Result<bool, ResealError> {
        let store = self.store();
        let NotSealed { file, spans } = match common::not_sealed(&*store.disk, generation, self.log.id(), end)
        {
            // It is gone with all that was in it.
            Err(ReadError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            found => found?,
        };
        if spans.is_empty() {
            return Ok(true);
        }
        let overwrite = || -> io::Result<bool> {
            if file.is_shared()? {
                return Ok(false);
            }
            let mut pace = Pace::apart(&*store.disk, &store.work);
            let mut page = vec![0; PAGE as usize];
            for span in &spans {
                let mut at = span.start;
                while at < span.end {
                    self.is_alive().map_err(|_| io::ErrorKind::Interrupted)?;
                    let now = (at / PAGE * PAGE + PAGE).min(span.end) - at;
                    let bytes = page.get_mut(..now as usize).unwrap_or_default();
                    crate::disk::read_exact_at(&*file, bytes, at)?;
                    if bytes.iter().any(|byte| *byte != 0) {
                        file.fill(at, now)?;
                        pace.wrote(&*file, now)?;
                    }
                    at += now;
                }
            }
            pace.end_of(&*file)?;
            Ok(true)
        };
        let path = common_path(generation);
        overwrite().or_else(|error| match store.disk.open(&path) {
            // It went meanwhile.
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(true),
            _ => Err(self.io(&path, error)),
        })
    }
}
