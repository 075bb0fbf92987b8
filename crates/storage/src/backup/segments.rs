//! Links or copies segments, and removes those that an earlier attempt has left.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::{Backup, Stop, damaged, moved};
use crate::LogId;
use crate::commons::Starts;
use crate::disk::Disk;
use crate::layout::{self, JOURNAL, LOGS, TRIMMED};
use crate::recovery::FoundLog;
use crate::segment::common::{self, Table};
use crate::segment::{self, EDGE, SegmentFile};

impl<D: Disk> Backup<D> {
    /// A log's segments, as recovery would leave them.
    pub(super) fn place(&mut self, id: LogId, log: &FoundLog) -> Result<(), Stop> {
        if log.segments.is_empty() {
            return Ok(());
        }
        let dir = self.to.join(layout::group_dir(id.group));
        self.disk.make_dir(&dir).map_err(|error| self.target(layout::group_dir(id.group), error))?;
        let ends = log.segments.iter().skip(1).map(|next| Some(next.first)).chain([None]);
        // That what a segment of many logs has is followed by the next is known by now.
        for (segment, next) in log.segments.iter().zip(ends).filter(|(segment, _)| segment.common.is_none()) {
            let end = self.place_segment(id, segment, next.is_some())?;
            if let Some(next) = next
                && next != end
            {
                let what = format!("the file ends at {end}, and the next begins at {next}");
                return Err(damaged(layout::segment_path(id, segment.first), segment.bytes, what));
            }
        }
        Ok(())
    }

    /// Segments of many logs in which one of these has something. They never change, so that each is linked where that can be.
    pub(super) fn place_commons(
        &mut self,
        logs: &BTreeMap<LogId, FoundLog>,
        starts: &Starts,
    ) -> Result<(), Stop> {
        for generation in commons_of(logs) {
            let path = layout::common_path(generation);
            let to = self.to.join(&path);
            let live = common::read_table(&self.disk, generation)?;
            let is_it = |table: &Table| table.stamp == live.stamp && table.bytes == live.bytes;
            let is_at = |disk: &D, path: &Path| {
                common::read_table_at(disk, generation, path.to_owned()).is_ok_and(|table| is_it(&table))
            };
            // From an earlier attempt.
            if is_at(&self.disk, &to) {
                continue;
            }
            self.remove_if_there(&to).map_err(|error| self.target(&path, error))?;
            if !self.link(&path, &to)? {
                let former = self.former.as_ref().map(|former| former.join(&path));
                let former = former.filter(|former| is_at(&self.disk, former));
                if !former.map_or(Ok(false), |former| self.link(&former, &to))? {
                    self.copy(&path, &to, live.bytes)?;
                }
            }
            if !is_at(&self.disk, &to) {
                let what = "the file does not end as it was written".to_owned();
                return Err(damaged(path, live.bytes.saturating_sub(EDGE), what));
            }
        }
        // Blocks are punched out of a section after it is noted that its log begins behind it, and never out of a file with
        // another name. So what is not noted by now is whole in the copy.
        let noted_now = Starts::read(&self.disk)?;
        for (id, log) in logs {
            let gone = log
                .segments
                .iter()
                .find(|segment| segment.common.is_some_and(|common| common.end <= noted_now.of(*id)));
            if let Some(gone) = gone {
                return Err(moved(gone.path(*id)));
            }
        }
        let noted = Path::new(JOURNAL).join(TRIMMED);
        let put = match starts.is_empty() {
            true => self.remove_if_there(&self.to.join(&noted)),
            false => starts.clone().make(&self.disk, &self.to, 0),
        };
        put.map_err(|error| self.target(noted, error).into())
    }

    /// Answers with the position at which it ends.
    fn place_segment(&mut self, id: LogId, segment: &SegmentFile, is_followed: bool) -> Result<u64, Stop> {
        let path = layout::segment_path(id, segment.first);
        let to = self.to.join(&path);
        // Where there is one, it is from an earlier attempt.
        if let Some((_, end)) = self.read_edge(&to, id, segment)? {
            return Ok(end);
        }
        self.remove_if_there(&to).map_err(|error| self.target(&path, error))?;
        let is_shared = is_followed && self.link(&path, &to)?;
        if !is_shared && !self.link_former(&path, &to, id, segment)? {
            self.copy(&path, &to, segment.bytes)?;
        }
        match self.read_edge(&to, id, segment)? {
            Some((_, end)) => Ok(end),
            None => {
                let what = "the file does not end as it was written";
                Err(damaged(path, segment.bytes.saturating_sub(EDGE), what.to_owned()))
            }
        }
    }

    /// With the file of an earlier backup, if that one has not grown since.
    fn link_former(
        &mut self,
        path: &Path,
        to: &Path,
        id: LogId,
        segment: &SegmentFile,
    ) -> Result<bool, Stop> {
        // One without records is written to by whoever opens the copy.
        let Some(former) = self.former.as_ref().filter(|_| segment.bytes > EDGE) else { return Ok(false) };
        let former = former.join(path);
        // What a file holds before a trailer behind which the journal begins never changes, so that stamp and length
        // say what is in it.
        let Some((stamp, _)) = self.read_edge(&former, id, segment)? else { return Ok(false) };
        Ok(segment::live_stamp(&self.disk, id, segment)? == Some(stamp) && self.link(&former, to)?)
    }

    /// Stamp and end of a file of the copy, if it is whole and as long as it should be.
    fn read_edge(&self, path: &Path, id: LogId, segment: &SegmentFile) -> Result<Option<(u64, u64)>, Stop> {
        let file = match self.disk.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|error| self.target(path, error))?,
        };
        let edge = segment::edge_of(&*file, id, segment).and_then(|edge| Ok((edge, file.bytes()?)));
        let (edge, bytes) = edge.map_err(|error| self.target(path, error))?;
        Ok(edge.filter(|_| bytes == segment.bytes).map(|(stamp, edge)| (stamp, edge.position)))
    }

    /// False if these two places cannot share a file.
    fn link(&mut self, from: &Path, to: &Path) -> Result<bool, Stop> {
        use io::ErrorKind::{CrossesDevices, NotFound, PermissionDenied, TooManyLinks, Unsupported};
        match self.disk.link(from, to) {
            Ok(()) => {}
            Err(error) if error.kind() == NotFound => return Err(moved(from)),
            Err(error)
                if matches!(error.kind(), CrossesDevices | PermissionDenied | TooManyLinks | Unsupported) =>
            {
                return Ok(false);
            }
            Err(error) => return Err(self.target(to, error).into()),
        }
        let bytes =
            self.disk.open(to).and_then(|file| file.bytes()).map_err(|error| self.target(to, error))?;
        self.done.linked_files += 1;
        self.done.linked_bytes += bytes;
        Ok(true)
    }

    fn copy(&mut self, from: &Path, to: &Path, bytes: u64) -> Result<(), Stop> {
        use io::ErrorKind::{NotFound, UnexpectedEof};
        match self.disk.copy(from, to, bytes) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), NotFound | UnexpectedEof) => {
                // Not synced, so the next attempt must not take it for one that is in place.
                self.remove_if_there(to).map_err(|error| self.target(to, error))?;
                return Err(moved(from));
            }
            Err(error) => return Err(self.target(to, error).into()),
        }
        let synced = self.disk.open(to).and_then(|file| file.sync());
        synced.map_err(|error| self.target(to, error))?;
        self.done.copied_files += 1;
        self.done.copied_bytes += bytes;
        Ok(())
    }

    /// Removes what earlier attempts have copied and is gone since.
    pub(super) fn keep_only(&self, logs: &BTreeMap<LogId, FoundLog>) -> Result<(), Stop> {
        let root = self.to.join(LOGS);
        let removed = (|| {
            let commons = commons_of(logs);
            let journal = self.to.join(JOURNAL);
            for entry in self.disk.list(&journal)? {
                if layout::parse_common_name(&entry.name).is_some_and(|common| !commons.contains(&common)) {
                    self.disk.remove(&journal.join(&entry.name))?;
                }
            }
            for dir in self.disk.list(&root)? {
                for entry in self.disk.list(&root.join(&dir.name))? {
                    let wanted = || {
                        let (group, (index, first)) =
                            (layout::parse_group(&dir.name)?, layout::parse_segment_name(&entry.name)?);
                        let log = logs.get(&LogId { group, index })?;
                        log.segments.iter().any(|segment| segment.first == first).then_some(())
                    };
                    if wanted().is_none() {
                        self.disk.remove(&root.join(&dir.name).join(&entry.name))?;
                    }
                }
            }
            Ok(())
        })();
        removed.map_err(|error| self.target(LOGS, error).into())
    }

    pub(super) fn sync_names(&self, logs: &BTreeMap<LogId, FoundLog>) -> io::Result<()> {
        let with_files = logs.iter().filter(|(_, log)| !log.segments.is_empty());
        let groups: BTreeSet<u32> = with_files.map(|(id, _)| id.group).collect();
        self.disk.make_dir(&self.to.join(LOGS))?;
        for group in groups {
            self.disk.sync_dir(&self.to.join(layout::group_dir(group)))?;
        }
        self.disk.sync_dir(&self.to.join(LOGS))?;
        self.disk.sync_dir(&self.to.join(JOURNAL))?;
        self.disk.sync_dir(&self.to)
    }

    fn remove_if_there(&self, path: &Path) -> io::Result<()> {
        match self.disk.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The generations of the segments of many logs in which these have something.
fn commons_of(logs: &BTreeMap<LogId, FoundLog>) -> BTreeSet<u64> {
    let segments = logs.values().flat_map(|log| &log.segments);
    segments.filter_map(|segment| Some(segment.common?.generation.get())).collect()
}
