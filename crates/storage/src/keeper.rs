//! The background thread: moves full journal files into segments, has empty journal files ready, removes what
//! is trimmed or deleted. What fails is tried again after a pause, for as long as it fails: nothing here is given up,
//! since it was for want of something that may be there again. Meanwhile reads go on, and appends go on for as long
//! as there are journal files.

mod flush;
mod keep;
mod reseal;
mod work;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::disk::{DiskFile, is_full};
use crate::journal::{JournalFile, SECTOR};
use crate::layout::{LOGS, dying_segment_path, group_dir, segment_path};
use crate::pace::{self, Pace};
use crate::storage::Store;
use crate::{Log, LogId, overwrite, segment};

pub(crate) use reseal::Replaced;
use work::Job;
pub(crate) use work::{Cause, Full, JOURNAL_FILES_MAX, Overwriting, Work};

pub(crate) struct Keeper {
    pub store: Arc<Store>,
    pub journal_bytes: u64,
}

impl Keeper {
    pub(crate) fn run(self) {
        self.remove_those_unread();
        while let Some(job) = self.store.work.next(|| self.store.commons.punch_at()) {
            match job {
                Job::Remove(logs) => self.remove(logs),
                Job::Trim(log) => self.trim(log),
                Job::Shrink(remains) => self.shrink(remains),
                Job::Punch => self.punch(),
                Job::Prepare { generation } => self.prepare(generation),
                Job::Flush(full) => self.flush(&full),
                Job::Fill(spare) => self.fill_spare(spare),
                Job::Overwrite(spare, round) => self.overwrite_spare(spare, round),
                Job::Errand(errand) => errand(&self),
            }
        }
    }

    pub(crate) fn remove_those_unread(&self) {
        if let Err(error) = self.remove_unread() {
            tracing::warn!(%error, "segments that nobody reads stay until something is trimmed");
        }
    }

    fn prepare(&self, generation: u64) {
        let (disk, round) = (&*self.store.disk, self.store.work.round());
        match JournalFile::make(disk, generation, self.journal_bytes, |file| self.fill(file)) {
            Ok(spare) => self.store.work.prepared(JournalFile { round, ..spare }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let reason = format!("journal file {generation} cannot be made: {error}").into();
                // Said once: on a small disk it stays so, and the file that there is goes round alone.
                if self.store.work.prepare_failed(reason, cause_of(&error)) {
                    tracing::warn!(%error, generation, "no new journal file; will try again every second");
                }
            }
        }
    }

    /// A journal file's bytes, unless there is a hurry or files are full before one is filled; says whether it is so.
    /// Interrupted when it is time to stop.
    fn fill(&self, file: &dyn DiskFile) -> io::Result<bool> {
        Ok(self.store.work.has_time_to_fill() && self.fill_from(file, 0)?)
    }

    fn fill_from(&self, file: &dyn DiskFile, from: u64) -> io::Result<bool> {
        Pace::new(&*self.store.disk, &self.store.work, false).fill(file, from, self.journal_bytes)
    }

    /// An empty file that waits for its turn, behind its header.
    fn fill_spare(&self, mut spare: JournalFile) {
        match self.fill_from(&*spare.file, SECTOR) {
            Ok(is_filled) => spare.is_filled = is_filled,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => tracing::debug!(%error, "an empty journal file is not filled"),
        }
        self.store.work.filled(spare);
    }

    /// Behind the header of an empty file is what it held before.
    fn overwrite_spare(&self, mut spare: JournalFile, round: u64) {
        match self.overwrite(&*spare.file, SECTOR, spare.bytes) {
            Ok(()) => (spare.round, spare.is_filled) = (round, true),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let reason = format!("journal file {} is not overwritten: {error}", spare.generation);
                self.store.work.overwrite_failed(reason.into());
            }
        }
        self.store.work.filled(spare);
        self.store.reseals.flushed.notify_waiters();
    }

    fn overwrite(&self, file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
        Pace::new(&*self.store.disk, &self.store.work, false).overwrite(file, from, to)
    }

    fn flush(&self, full: &Full) {
        let generation = full.file.generation;
        match self.try_flush(full) {
            Ok(spare) => self.store.work.flushed(spare),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let reason = format!("journal file {generation} cannot be emptied: {error}").into();
                if self.store.work.flush_failed(reason, cause_of(&error)) {
                    tracing::warn!(%error, generation, "a journal file cannot be emptied; will try again every second");
                }
            }
        }
        self.store.reseals.flushed.notify_waiters();
    }

    fn try_flush(&self, full: &Full) -> io::Result<Option<JournalFile>> {
        let staying = self.staying(full);
        let goes = |log: &Log| !staying.iter().any(|(other, _)| other.id() == log.id());
        let going: Vec<&(Log, u64)> = full.touched.iter().filter(|(log, _)| goes(log)).collect();
        self.flush_logs(&going)?;
        if self.store.work.owes_removals() {
            // The file may be the only one that says so.
            return Err(io::Error::other("files of a deleted log are still there"));
        }
        match staying.is_empty() {
            true => self.empty(full),
            false => self.keep(full, staying).map(|()| None),
        }
    }

    /// Every record of the file is durable in segments, or deleted.
    fn empty(&self, full: &Full) -> io::Result<Option<JournalFile>> {
        full.file.stay_journal(&*self.store.disk)?;
        let due = self.store.work.round_due(full.file.round);
        match self.store.work.generation_for(full.file.bytes == self.journal_bytes) {
            Some(generation) => {
                let fill = |file: &dyn DiskFile| match due {
                    Some(_) => self.overwrite(file, 0, full.file.bytes).map(|()| true),
                    None => self.fill(file),
                };
                let spare = full.file.recycle(&*self.store.disk, generation, due.is_some(), fill)?;
                Ok(Some(JournalFile { round: due.unwrap_or(full.file.round), ..spare }))
            }
            None => {
                let wipes = !self.store.once_clear.is_empty() || due.is_some();
                overwrite::remove(&*self.store.disk, &full.file.path(), wipes).map(|()| None)
            }
        }
    }

    fn remove(&self, logs: Vec<Log>) {
        let dirs = logs.iter().map(|log| group_dir(log.id().group)).collect();
        let (mut removed, mut again) = (Vec::new(), Vec::new());
        for log in logs {
            match self.remove_files(&log) {
                Ok(()) => removed.push(log),
                Err(error) => {
                    tracing::warn!(log = %log.id(), %error, "files of a deleted log stay; will try again");
                    again.push(log);
                }
            }
        }
        if let Err(error) = self.sync_removals(&dirs).and_then(|()| self.finish_removals(&removed)) {
            tracing::warn!(%error, "the removal of logs is not durable; will try again");
            again.append(&mut removed);
        }
        if !again.is_empty() {
            self.store.work.try_removing_again(again);
        }
    }

    /// What segments of many logs have of them.
    fn finish_removals(&self, logs: &[Log]) -> io::Result<()> {
        let ids: Vec<LogId> = logs.iter().map(Log::id).collect();
        self.store.commons.note_deleted(&*self.store.disk, &ids)?;
        self.remove_unread()
    }

    fn remove_files(&self, log: &Log) -> io::Result<()> {
        let (files, newest) = {
            let mut state = log.state();
            let bytes = state.tail.drain(..).map(|block| crate::tail::weight(&block)).sum();
            self.store.tail_bytes.fetch_sub(bytes, Ordering::Relaxed);
            (state.segments.clone(), state.flushed)
        };
        self.remove_strays(log)?;
        for file in &files {
            // Should a crash bring its name back, the journal says that the log is deleted.
            match file.common {
                Some(common) => self.let_go(log, file.first, common),
                None => {
                    let remains = self.remove_segment(log, file)?;
                    self.forget_segment(log, file, remains);
                }
            }
        }
        // An attempt to begin another may have left it.
        match self.store.disk.remove(&segment_path(log.id(), newest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The file no longer counts once its directory is synced; then it is to be forgotten, with what is left of it.
    /// An attempt that failed may be repeated until it is.
    fn remove_segment(&self, log: &Log, file: &segment::SegmentFile) -> io::Result<Option<PathBuf>> {
        let path = segment_path(log.id(), file.first);
        let is_kept = file.bytes > self.shrink_bytes() || self.store.once_clear.contains(&log.id());
        let remains = is_kept.then(|| dying_segment_path(log.id(), file.first));
        let gone = match &remains {
            Some(remains) => self.store.disk.rename(&path, remains),
            None => self.store.disk.remove(&path),
        };
        match gone {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.store.segments.forget(log.id(), file);
        Ok(remains)
    }

    fn forget_segment(&self, log: &Log, file: &segment::SegmentFile, remains: Option<PathBuf>) {
        remains.into_iter().for_each(|remains| self.store.work.shrink(remains));
        let mut state = log.state();
        if let Some(at) = state.segments.iter().position(|segment| segment.first == file.first) {
            state.segments.remove(at);
            self.store.segment_bytes.fetch_sub(file.bytes, Ordering::Relaxed);
        }
    }

    fn shrink(&self, remains: PathBuf) {
        let (disk, work) = (&*self.store.disk, &self.store.work);
        let groups = self.store.once_clear.iter().map(|id| group_dir(id.group));
        let wipes = groups.into_iter().any(|group| remains.starts_with(group));
        let wiped = if wipes { overwrite::wipe(disk, &remains) } else { Ok(()) };
        if let Err(error) = wiped.and_then(|()| pace::remove(disk, work, &remains, self.shrink_bytes())) {
            let file = remains.display();
            tracing::warn!(%file, %error, "what is left of a removed file stays; will try again");
            return work.try_shrinking_again(remains);
        }
        // Only if nothing is in it. Should it come back after a crash, it is as good as none.
        let _ = remains.parent().map(|dir| disk.remove_dir(dir));
    }

    /// How much of a file may go at once.
    fn shrink_bytes(&self) -> u64 {
        (self.store.segment_bytes_max / 16).max(1)
    }

    fn sync_removals(&self, dirs: &BTreeSet<PathBuf>) -> io::Result<()> {
        let mut emptied = false;
        for dir in dirs {
            match self.store.disk.sync_dir(dir) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            // Only if nothing is in it.
            emptied |= self.store.disk.remove_dir(dir).is_ok();
        }
        if emptied { self.store.disk.sync_dir(Path::new(LOGS)) } else { Ok(()) }
    }

    fn trim(&self, log: Log) {
        if let Err(error) = self.try_trim(&log) {
            tracing::warn!(log = %log.id(), %error, "trimmed files stay; will try again");
            self.store.work.try_trimming_again(log);
        }
    }

    fn try_trim(&self, log: &Log) -> io::Result<()> {
        let start = log.start();
        let spent = {
            let state = log.state();
            if log.is_deleted() {
                return Ok(());
            }
            state
                .is_spent(start)
                .then_some((state.flushed, state.segments.last().and_then(|s| s.last_time_ms)))
        };
        if let Some((end, time_ms)) = spent {
            let file = segment::make_empty(&*self.store.disk, log.id(), end, time_ms)?;
            self.store.segment_bytes.fetch_add(file.bytes, Ordering::Relaxed);
            log.state().segments.push(file);
        }
        let (files, has_unnamed) = {
            let state = log.state();
            let count = state.removable(start);
            let has_unnamed = state.segments.iter().any(|segment| !segment.is_named);
            let nexts = state.segments.iter().skip(1).map(|next| next.first);
            let files = state.segments.iter().cloned().zip(nexts).take(count).collect::<Vec<_>>();
            (files, has_unnamed)
        };
        if !files.is_empty() {
            self.remove_strays(log)?;
        }
        if !files.is_empty() && has_unnamed {
            // Before those go that say where the log ends.
            self.store.disk.sync_dir(&group_dir(log.id().group))?;
            log.state().segments.iter_mut().for_each(|segment| segment.is_named = true);
        }
        for (file, end) in files {
            if let Some(common) = file.common {
                self.let_go(log, file.first, common);
                continue;
            }
            // No further than it ends: what is noted to be trimmed is not there after a restart, even if no segment had it yet.
            self.store.commons.note_start(&*self.store.disk, log.id(), end)?;
            let remains = self.remove_segment(log, &file)?;
            // One after the other, so that a crash leaves no hole between files.
            self.store.disk.sync_dir(&group_dir(log.id().group))?;
            self.forget_segment(log, &file, remains);
        }
        self.remove_unread()
    }
}

impl Drop for Keeper {
    /// Also when it panicked: the writer may not wait for it then.
    fn drop(&mut self) {
        self.store.work.flush_failed("the keeper has ended".into(), Cause::Ended);
        self.store.work.end();
        self.store.reseals.flushed.notify_waiters();
    }
}

fn cause_of(error: &io::Error) -> Cause {
    if is_full(error) { Cause::Room } else { Cause::Passing }
}

/// One file can be emptied while another is filled.
const _: () = assert!(JOURNAL_FILES_MAX >= 2);
