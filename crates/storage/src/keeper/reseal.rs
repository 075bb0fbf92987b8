//! Puts files whose records were sealed again in the place of those that held them before. They are written elsewhere; here their
//! names change, so that no file is gathered, trimmed, deleted and replaced at once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Keeper;
use crate::disk::DiskFile;
use crate::layout::{LOGS, clear_path, dying_segment_path, group_dir, segment_path};
use crate::segment::{Rewritten, SegmentFile};
use crate::{Log, recovery};

/// What another file took the place of.
pub(crate) struct Replaced {
    /// Of a file of the log's own that had records in clear: its bytes are to be overwritten.
    pub in_clear: Option<Arc<dyn DiskFile>>,
    /// They are not, since a backup has it too.
    pub is_shared: bool,
    /// Another name that it still has, under which its room is freed.
    pub remains: Option<PathBuf>,
    /// The directory whose names have changed, durably once it is synced.
    pub dir: PathBuf,
}

impl Keeper {
    /// `None` if these are not the log's files any more, or have grown.
    pub(crate) fn replace(
        &self,
        log: &Log,
        run: &[SegmentFile],
        new: &Rewritten,
    ) -> io::Result<Option<Replaced>> {
        let is_as_it_was = place_of(log, run).is_some();
        match run {
            _ if !is_as_it_was || log.is_deleted() => Ok(None),
            [own] if own.common.is_none() => self.replace_own(log, own, new).map(Some),
            sections => self.replace_sections(log, sections, new).map(Some),
        }
    }

    /// After a crash there is the file before or the new one, under its name.
    fn replace_own(&self, log: &Log, own: &SegmentFile, new: &Rewritten) -> io::Result<Replaced> {
        let (disk, dir) = (&*self.store.disk, group_dir(log.id().group));
        let path = segment_path(log.id(), own.first);
        let names = [clear_path(log.id(), own.first), dying_segment_path(log.id(), own.first)];
        // Of an attempt that failed, or what is overwritten and only waits for its end.
        for name in &names {
            match disk.remove(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let before = disk.open(&path)?;
        // What others hold under another name is theirs. That is known while it has its own, and later by how many it has beside that
        // under which it goes.
        let is_shared = before.is_shared()?;
        let is_kept = (new.was_clear || own.bytes > self.shrink_bytes()) && !is_shared;
        let [clear, dying] = names;
        let remains = if new.was_clear { clear } else { dying };
        let remains = if is_kept && self.name(&path, &remains)? { Some(remains) } else { None };
        if new.was_clear && remains.is_some() {
            // Should a crash come before it is overwritten, the next start knows by its name that it is to be.
            disk.sync_dir(&dir)?;
        }
        disk.rename(&new.made, &path)?;
        // It is read by its name, so it counts from here on, durable or not: there are the same records in both.
        put_in_place(log, std::slice::from_ref(own), new);
        self.store.segments.forget(log.id(), own);
        self.store.segment_bytes.fetch_add(new.segment.bytes, Ordering::Relaxed);
        self.store.segment_bytes.fetch_sub(own.bytes, Ordering::Relaxed);
        let in_clear = (new.was_clear && !is_shared).then_some(before);
        Ok(Replaced { in_clear, remains, is_shared: new.was_clear && is_shared, dir })
    }

    /// Gives a file another name. False where that cannot be had.
    fn name(&self, path: &Path, name: &Path) -> io::Result<bool> {
        use io::ErrorKind::{PermissionDenied, TooManyLinks, Unsupported};
        match self.store.disk.link(path, name) {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.kind(), PermissionDenied | TooManyLinks | Unsupported) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Until it is noted that the log's sections count no more, a start believes them, and removes the new file.
    fn replace_sections(&self, log: &Log, sections: &[SegmentFile], new: &Rewritten) -> io::Result<Replaced> {
        let (disk, commons, id) = (&*self.store.disk, &self.store.commons, log.id());
        let dir = group_dir(id.group);
        self.cut_before(log, sections)?;
        let path = segment_path(id, new.segment.first);
        disk.rename(&new.made, &path)?;
        if let Err(error) = disk.sync_dir(&dir).and_then(|()| disk.sync_dir(Path::new(LOGS))) {
            // What follows it may go, and then it must not be there.
            if disk.remove(&path).is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
                self.store.reseals.strays.lock().push((id, path));
            }
            return Err(error);
        }
        self.store.reseals.strays.lock().retain(|(_, stray)| *stray != path);
        put_in_place(log, sections, new);
        self.store.segment_bytes.fetch_add(new.segment.bytes, Ordering::Relaxed);
        for section in sections {
            self.store.segments.forget(id, section);
            if let Some(common) = section.common {
                commons.move_out(common.generation.get(), id, common.end, new.was_clear);
            }
        }
        Ok(Replaced { in_clear: None, remains: None, is_shared: false, dir })
    }

    /// A file that ends where a section begins may have more behind that, of an attempt that failed. That is cut off at a start, but not
    /// if another file follows.
    fn cut_before(&self, log: &Log, sections: &[SegmentFile]) -> io::Result<()> {
        let before = {
            let state = log.state();
            let at = sections.first().and_then(|first| state.segments.iter().position(|s| s.is_same(first)));
            at.and_then(|at| at.checked_sub(1)).and_then(|before| state.segments.get(before)).cloned()
        };
        let Some(before) = before.filter(|before| before.common.is_none()) else { return Ok(()) };
        let (disk, path) = (&*self.store.disk, segment_path(log.id(), before.first));
        if disk.open(&path)?.bytes()? <= before.bytes {
            return Ok(());
        }
        recovery::cut(disk, &path, before.bytes, false)?;
        disk.open(&path)?.sync()
    }

    /// What a log has in segments of many logs where nobody reads it any more; noted on return.
    pub(crate) fn to_overwrite(&self, log: &Log) -> io::Result<Vec<(u64, u64)>> {
        self.store.commons.to_overwrite(&*self.store.disk, log.id())
    }

    /// Files that were to take a place and did not, whose removal failed.
    pub(super) fn remove_strays(&self, log: &Log) -> io::Result<()> {
        let of_log = |(id, path): &(_, PathBuf)| (*id == log.id()).then(|| path.clone());
        let strays: Vec<PathBuf> = self.store.reseals.strays.lock().iter().filter_map(of_log).collect();
        for stray in strays {
            match self.store.disk.remove(&stray) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => self.store.disk.sync_dir(&group_dir(log.id().group))?,
            }
            self.store.reseals.strays.lock().retain(|(_, other)| *other != stray);
        }
        Ok(())
    }
}

/// Where in the log's files these are, if they all are, as they were.
fn place_of(log: &Log, run: &[SegmentFile]) -> Option<usize> {
    let state = log.state();
    let first = run.first()?;
    let at = state.segments.iter().position(|segment| segment.is_same(first))?;
    let now = state.segments.get(at..at + run.len())?;
    let is_as_it_was =
        |(one, other): (&SegmentFile, &SegmentFile)| one.is_same(other) && one.bytes == other.bytes;
    now.iter().zip(run).all(is_as_it_was).then_some(at)
}

/// Nobody else changes the list, and so they are there.
fn put_in_place(log: &Log, run: &[SegmentFile], new: &Rewritten) {
    if let Some(at) = place_of(log, run) {
        log.state().segments.splice(at..at + run.len(), [new.segment.clone()]);
    }
}
