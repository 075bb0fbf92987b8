//! Copies a data directory to one point, also while a server works on it. The server takes no part: it is never
//! asked, and it may be killed, started, or trim and delete meanwhile.
//!
//! The point is a batch of the journal. One attempt goes so:
//!
//! 1. Which journal files there are; the oldest one is `G`.
//! 2. Which segment files there are, and how long each is.
//! 3. The journal is copied batch by batch, from `G` to the last whole batch: the point. Whatever was acknowledged
//!    before the attempt began is in it, or in the segments, or was trimmed or deleted by a batch up to the point.
//! 4. Recovery says which part of the segments belongs before what the journal holds, as it would at a start. `G` was
//!    there after the segments had been listed. So what a log has before its first block in the copied journal was
//!    complete in its segments then, and where the journal has nothing of a log, its segments have not grown since.
//! 5. These parts are linked or copied, and the end of each is compared with the beginning of the next.
//! 6. A mark of a clean end is added, so that nothing of the copy can be missing unseen.
//!
//! When a file is gone that step 2 listed, or `G` was written over before it was read, another attempt begins, with a
//! later point. It keeps what is in place, so it is short however much there was to copy. A file that is gone cannot
//! be left out instead: it may have been trimmed because of a batch behind the point (commands behind a snapshot).
//!
//! Segments of many logs never change, and are linked, but for blocks that nobody reads: those are punched out of files without another
//! name when it is noted where their log begins. Such a note that came while they were placed makes another attempt begin.
//! Of a log's own segments only files that are followed by another are linked: the live directory does not change those any more. The newest
//! one of a log grows; it is copied, or linked with the one in an earlier backup if it has not grown. Journal files
//! are written over in place and never linked. Whoever opens a copy does not write to files with another name.
//!
//! Relied upon: a log that is deleted does not come back under its id while a backup is made.

mod journal;
mod segments;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Block;
use crate::disk::{Disk, OsDisk};
use crate::error::{BackupError, OpenError, ReadError};
use crate::layout::{self, CLEAR, FORMAT, FORMAT_UNFINISHED, LOCK, LOGS};
use crate::{overwrite, recovery};

/// Attempts at most.
const TRIES: u32 = 20;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(20);

/// What a backup holds, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// Sequence number in the journal of the last batch that it holds; 0 if nothing was ever written.
    pub sequence: u64,
    /// Time of the newest record, milliseconds since the epoch.
    pub time_ms: Option<u64>,
    pub logs: usize,
    pub linked_files: u64,
    pub linked_bytes: u64,
    /// Journal files and segments.
    pub copied_files: u64,
    pub copied_bytes: u64,
}

/// A backup that was begun. Until [`Backup::finish`] is done, a start on it is refused.
pub struct Backup<D> {
    disk: D,
    /// What errors call the root of the disk.
    dir: PathBuf,
    to: PathBuf,
    former: Option<PathBuf>,
    /// Of the directory, and so of the copy.
    format: u32,
    done: BackedUp,
}

impl Backup<OsDisk> {
    /// Of the directory `dir`, which nothing is written to. `to` is made, or is empty; `former` is an earlier backup of
    /// the same directory, on the same file system as `to`, with which files may be shared.
    pub fn begin(dir: &Path, to: &Path, former: Option<&Path>) -> Result<Backup<OsDisk>, BackupError> {
        let io = |path: &Path, error| BackupError::Io { path: path.to_owned(), error };
        let to = std::path::absolute(to).map_err(|error| io(to, error))?;
        let former = former.map(std::path::absolute).transpose().map_err(|error| io(&to, error))?;
        let disk = OsDisk::read_only(dir).map_err(|error| io(dir, error))?;
        let begun = Backup::begin_on(disk, &to, former.as_deref()).map_err(|error| error.below(dir))?;
        Ok(Backup { dir: dir.to_owned(), ..begun })
    }
}

impl<D: Disk> Backup<D> {
    /// The same on any disk. `to` and `former` are paths on it.
    pub fn begin_on(disk: D, to: &Path, former: Option<&Path>) -> Result<Backup<D>, BackupError> {
        let Some(format) = recovery::read_format(&disk)? else {
            return Err(BackupError::Nothing { dir: PathBuf::new() });
        };
        let io = |error| BackupError::Io { path: to.to_owned(), error };
        if !disk.list(to).map_err(io)?.is_empty() {
            return Err(BackupError::NotEmpty { path: to.to_owned() });
        }
        disk.make_dir(to).map_err(io)?;
        recovery::put_format(&disk, to, FORMAT_UNFINISHED).map_err(io)?;
        let former = former.filter(|former| can_share(&disk, former)).map(Path::to_owned);
        Ok(Backup { disk, dir: PathBuf::new(), to: to.to_owned(), former, format, done: BackedUp::default() })
    }

    /// Copies, and makes all of it durable but the name of the directory itself.
    pub fn finish(self) -> Result<BackedUp, BackupError> {
        self.finish_with(|| Ok(()))
    }

    /// The same; when the log is copied, and not before, `beside` copies what belongs to it and lies elsewhere.
    pub fn finish_with<E: From<BackupError>>(
        mut self,
        beside: impl FnOnce() -> Result<(), E>,
    ) -> Result<BackedUp, E> {
        self.try_often().map_err(|error| error.below(&self.dir))?;
        beside()?;
        Ok(self.say_that_it_is_whole()?)
    }

    fn say_that_it_is_whole(self) -> Result<BackedUp, BackupError> {
        // A start may have raised it meanwhile, and what was copied before that is of no use with what was copied after it.
        let is_as_it_was = recovery::read_format(&self.disk)? == Some(self.format);
        if !is_as_it_was {
            return Err(BackupError::Raised);
        }
        if overwrite::is_marked(&self.disk, None).map_err(|error| self.target(CLEAR, error))? {
            overwrite::mark(&self.disk, &self.to).map_err(|error| self.target(CLEAR, error))?;
        }
        let whole = recovery::put_format(&self.disk, &self.to, self.format);
        whole.map_err(|error| self.target(FORMAT, error))?;
        Ok(self.done)
    }

    fn try_often(&mut self) -> Result<(), BackupError> {
        let (mut tries, mut before) = (0, None);
        loop {
            let last = match self.attempt() {
                Ok(()) => return Ok(()),
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Moved(error)) => error,
            };
            tries += 1;
            // What a server does meanwhile may look like damage once, but not twice in the same place.
            let place = damaged_place(&last);
            if place.is_some() && place == before {
                return Err(last.into());
            }
            if tries == TRIES {
                return Err(BackupError::Restless { tries, last });
            }
            before = place;
            std::thread::sleep(PAUSE);
        }
    }

    fn attempt(&mut self) -> Result<(), Stop> {
        let generations = recovery::generations(&self.disk)?;
        if let Some(after) = generations.windows(2).find_map(|pair| match pair {
            [before, after] if before + 1 != *after => Some(*after),
            _ => None,
        }) {
            return Err(damaged(
                layout::journal_path(after),
                0,
                "the file before this one is missing".to_owned(),
            ));
        }
        let (mut logs, starts) = recovery::segments(&self.disk)?;
        // A listing misses a log whose files are all replaced while it is read. To be missed twice the log would have
        // to be written to in between, and then the journal has it.
        let (again, _) = recovery::segments(&self.disk)?;
        let oldest = logs.iter().filter_map(|(id, log)| Some((*id, log.segments.first()?.first))).collect();
        let journal = self.copy_journal(&generations, oldest)?;
        for id in again.keys().filter(|id| !logs.contains_key(id) && !journal.deleted.contains(id)) {
            if journal.spans.get(id).is_none_or(|span| span.first() > 0) {
                return Err(moved(layout::group_dir(id.group)));
            }
        }
        logs.retain(|id, _| !journal.deleted.contains(id));
        self.done.time_ms = journal.spans.values().map(Block::time_ms).max();
        for (id, span) in journal.spans {
            logs.entry(id).or_default().blocks.push_back(span);
        }
        self.done.logs = logs.len();
        for (id, log) in &mut logs {
            log.join(&self.disk, *id)?;
            self.done.time_ms = self.done.time_ms.max(log.edge.and_then(|edge| edge.time_ms));
            self.place(*id, log)?;
        }
        self.place_commons(&logs, &starts)?;
        self.keep_only(&logs)?;
        self.sync_names(&logs).map_err(|error| self.target(LOGS, error).into())
    }

    fn target(&self, path: impl AsRef<Path>, error: io::Error) -> BackupError {
        BackupError::Io { path: self.to.join(path), error }
    }
}

/// An earlier backup that nobody has opened to write: a server that did has locked it, and may have gone on from the
/// same files with other records.
fn can_share(disk: &dyn Disk, former: &Path) -> bool {
    let is_there = |name: &str| disk.open(&former.join(name)).is_ok();
    is_there(FORMAT) && !is_there(LOCK)
}

/// Why an attempt has ended.
enum Stop {
    /// The directory changed meanwhile, or is damaged: the next attempt shows which.
    Moved(OpenError),
    Failed(BackupError),
}

fn moved(path: impl AsRef<Path>) -> Stop {
    let error = io::Error::new(io::ErrorKind::NotFound, "it is gone, or another by now");
    Stop::Moved(OpenError::Io { path: path.as_ref().to_owned(), error })
}

fn damaged(file: PathBuf, offset: u64, what: String) -> Stop {
    ReadError::Damaged { file, offset, what }.into()
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Stop {
        use io::ErrorKind::{NotFound, UnexpectedEof};
        match &error {
            OpenError::Damaged { .. } => Stop::Moved(error),
            OpenError::Io { error: io, .. } if matches!(io.kind(), NotFound | UnexpectedEof) => {
                Stop::Moved(error)
            }
            _ => Stop::Failed(error.into()),
        }
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Stop {
        OpenError::from(error).into()
    }
}

impl From<BackupError> for Stop {
    fn from(error: BackupError) -> Stop {
        Stop::Failed(error)
    }
}

fn damaged_place(error: &OpenError) -> Option<(PathBuf, u64)> {
    match error {
        OpenError::Damaged { file, offset, .. } => Some((file.clone(), *offset)),
        _ => None,
    }
}

impl BackupError {
    /// Paths below the root of what is backed up become paths below `dir`; those of the copy are absolute.
    fn below(self, dir: &Path) -> BackupError {
        match self {
            BackupError::Source(error) => BackupError::Source(recovery::below(dir, error)),
            BackupError::Restless { tries, last } => {
                BackupError::Restless { tries, last: recovery::below(dir, last) }
            }
            BackupError::Raised => BackupError::Raised,
            BackupError::Nothing { .. } => BackupError::Nothing { dir: dir.to_owned() },
            other => other,
        }
    }
}
