//! Writes the blocks of a full journal file into segments, log by log.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::Keeper;
use crate::Log;
use crate::layout::{LOGS, group_dir};
use crate::pace::Pace;
use crate::segment::{self, Appended, SegmentFile};

/// A log's new section.
struct Flushed {
    log: Log,
    appended: Appended,
    end: u64,
    /// Bytes of what was written, as the journal has it.
    moved: u64,
}

/// More logs than this are synced together.
const SYNC_EACH_MAX: usize = 16;

impl Keeper {
    /// A second attempt passes over what the first one finished.
    pub(super) fn flush_logs(&self, logs: &[&(Log, u64)]) -> io::Result<()> {
        let sync_each = logs.len() <= SYNC_EACH_MAX;
        let mut pace = Pace::new(&*self.store.disk, &self.store.work, !sync_each);
        // What counts only when more is synced.
        let mut written = Vec::new();
        let mut result = Ok(());
        for (log, end) in logs {
            if self.store.work.is_stopping() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match self.flush_log(log, *end, &mut pace) {
                Ok(Some(flushed)) if sync_each && flushed.appended.segment.is_named => {
                    self.publish_own(flushed)
                }
                Ok(Some(flushed)) => written.push(flushed),
                Ok(None) => {}
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        if !sync_each && result.is_err() {
            // After a sync of all files that failed, another one says nothing of what that was to write.
            return result;
        }
        if !written.is_empty() {
            pace.end()?;
        }
        self.sync_names(&written)?;
        written.into_iter().for_each(|flushed| self.publish_own(flushed));
        result
    }

    fn flush_log(&self, log: &Log, end: u64, pace: &mut Pace<'_>) -> io::Result<Option<Flushed>> {
        let (blocks, newest) = (log.blocks_to_flush(end), log.state().segments.last().cloned());
        let time_before = newest.as_ref().and_then(|newest| newest.last_time_ms);
        let moved = blocks.iter().map(|block| block.bytes() as u64).sum();
        let (disk, limit) = (&*self.store.disk, self.store.segment_bytes_max);
        let appended = segment::append(disk, log.id(), newest.as_ref(), limit, time_before, &blocks, pace)?;
        Ok(appended.map(|appended| Flushed { log: log.clone(), appended, end, moved }))
    }

    fn sync_names(&self, written: &[Flushed]) -> io::Result<()> {
        let new = written.iter().filter(|flushed| !flushed.appended.segment.is_named);
        let mut groups: Vec<u32> = new.map(|flushed| flushed.log.id().group).collect();
        groups.dedup();
        for group in &groups {
            self.store.disk.sync_dir(&group_dir(*group))?;
        }
        if groups.is_empty() { Ok(()) } else { self.store.disk.sync_dir(Path::new(LOGS)) }
    }

    fn publish_own(&self, Flushed { log, appended, end, moved }: Flushed) {
        self.store.segment_bytes.fetch_add(appended.written, Ordering::Relaxed);
        let segment = SegmentFile { is_named: true, ..appended.segment };
        self.publish(&log, segment, appended.is_new, end, moved);
    }

    /// What the log has up to `end` is durable in `segment`, of which `moved` bytes were in the journal alone.
    pub(super) fn publish(&self, log: &Log, segment: SegmentFile, is_new: bool, end: u64, moved: u64) {
        let start = log.start();
        let trimmable = {
            let mut state = log.state();
            if !is_new {
                state.segments.pop();
            }
            state.segments.push(segment);
            assert!(state.flushed <= end && end <= log.end(), "segments of log {} never go back", log.id());
            state.flushed = end;
            state.journal_bytes = state.journal_bytes.saturating_sub(moved);
            state.removable(start) > 0 || state.is_spent(start)
        };
        if trimmable {
            self.store.work.trim(log.clone());
        }
    }
}
