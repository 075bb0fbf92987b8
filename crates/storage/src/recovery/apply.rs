//! From what was found to a running storage.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::find::{Found, FoundFile, FoundLog, Mend};
use super::put_format;
use crate::disk::{Disk, write_all_at};
use crate::journal::{Closed, FileKeys, JournalFile};
use crate::keeper::Full;
use crate::layout::{
    CLOSED, FORMAT_IN_CLEAR, FORMAT_VERSION, JOURNAL, LOGS, TRIMMED, UNFINISHED, group_dir, is_clear_path,
    segment_path,
};
use crate::log::{self, Log};
use crate::storage::Store;
use crate::tail::{self, Line};
use crate::writer::Current;
use crate::{Block, LogId, OpenError, overwrite, segment};

pub(crate) struct Recovered {
    pub logs: HashMap<LogId, Log>,
    pub current: Current,
    pub sequence: u64,
    pub ends_cleanly: bool,
    pub line: Line,
}

pub(crate) fn apply(
    mut found: Found,
    store: &Arc<Store>,
    journal_bytes: u64,
) -> Result<Recovered, OpenError> {
    let disk = &*store.disk;
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::Io { path, error }
    };
    // Durable with the directory's other names.
    Closed::remove(disk).map_err(io(Path::new(CLOSED)))?;
    let wipes = !store.once_clear.is_empty();
    make_dirs(disk, found.format, store.keys.is_some(), &found.groups).map_err(io(Path::new(JOURNAL)))?;
    apply_mends(disk, &found.mends, wipes)?;
    if found.starts_rise {
        // The journal, which says that logs are deleted, goes before the files that still have something of them.
        found.starts.write(disk).map_err(io(&Path::new(JOURNAL).join(TRIMMED)))?;
    }
    let in_commons = |log: &FoundLog| log.segments.iter().any(|segment| segment.common.is_some());
    let logs = found.logs.iter().filter(|(_, log)| in_commons(log)).map(|(id, _)| *id);
    store.commons.start(found.starts, logs);
    for common in found.commons {
        store.segment_bytes.fetch_add(common.bytes, Ordering::Relaxed);
        store.commons.add(common.generation, common.bytes, common.live, &common.dead);
    }

    let logs: HashMap<LogId, Log> =
        found.logs.into_iter().map(|(id, log)| (id, log.into_log(id, store))).collect();
    let mut line = Line::default();
    for (id, end) in found.order {
        if let Some(log) = logs.get(&id) {
            line.push(log, end);
        }
    }
    let mut files = sort_out(disk, found.files, journal_bytes, wipes).map_err(io(Path::new(JOURNAL)))?;
    if !found.ends_as_noted {
        write_last_again(&files.current).map_err(io(&files.current.file.path()))?;
    }
    let touched = |file: &FoundFile| -> Vec<(Log, u64)> {
        file.touched.iter().filter_map(|(id, end)| Some((logs.get(id)?.clone(), *end))).collect()
    };
    let in_current = touched(&files.current).into_iter().map(|(log, _)| log).collect();
    let keys = std::mem::take(&mut files.current.keys);
    let current = Current::at(files.current.file.clone(), files.current.end, in_current, keys);
    for log in &current.touched {
        log.shared.writing.generation.store(current.file.generation, Ordering::Relaxed);
    }
    let full = files.full.drain(..).map(|file| Full {
        touched: touched(&file),
        used: file.end,
        file: file.file,
        keys: file.keys,
    });
    let next_generation = files.spares.last().unwrap_or(&current.file).generation + 1;
    store.work.start(full.collect(), files.spares, next_generation, found.deleted.into_iter().collect());
    line.shrink(&store.tail_bytes, store.tail_budget);
    Ok(Recovered { logs, current, sequence: found.sequence, ends_cleanly: found.ends_cleanly, line })
}

fn make_dirs(disk: &dyn Disk, format: Option<u32>, seals: bool, groups: &[PathBuf]) -> io::Result<()> {
    let raised = Some(if seals { FORMAT_VERSION } else { FORMAT_IN_CLEAR }).max(format);
    let write_format = || put_format(disk, Path::new(""), raised.unwrap_or(FORMAT_VERSION));
    disk.make_dir(Path::new(JOURNAL))?;
    disk.make_dir(Path::new(LOGS))?;
    if format.is_none() {
        // Syncs the names of all three.
        return write_format();
    }
    // Names that were given just before a crash are read now, and must not go again.
    disk.sync_dir(Path::new(""))?;
    disk.sync_dir(Path::new(JOURNAL))?;
    disk.sync_dir(Path::new(LOGS))?;
    groups.iter().try_for_each(|group| disk.sync_dir(group))?;
    if format == raised {
        return Ok(());
    }
    if format < Some(overwrite::SEALED_SINCE) {
        overwrite::mark(disk, Path::new(""))?;
    }
    // Before anything else is written, so that an earlier program does not take it for its own.
    write_format()
}

/// What it takes out of use it overwrites, if it `wipes`.
fn apply_mends(disk: &dyn Disk, mends: &[Mend], wipes: bool) -> Result<(), OpenError> {
    let mut dirs = BTreeSet::new();
    for mend in mends {
        let done = match mend {
            Mend::Remove(path) => {
                dirs.extend(path.parent().map(Path::to_owned));
                let wiped = if wipes || is_clear_path(path) { overwrite::wipe(disk, path) } else { Ok(()) };
                wiped.and_then(|()| disk.remove(path))
            }
            // Should the cut be lost, the next start makes it again.
            Mend::Cut { file, bytes } => {
                tracing::info!(file = %file.display(), bytes, "cut back to where the journal begins");
                cut(disk, file, *bytes, wipes)
            }
            Mend::Renew { id, first, time_ms, .. } => {
                dirs.insert(group_dir(id.group));
                renew(disk, *id, *first, *time_ms, wipes)
            }
        };
        done.map_err(|error| OpenError::Io { path: mend.path(), error })?;
    }
    for dir in dirs {
        disk.sync_dir(&dir).map_err(|error| OpenError::Io { path: dir, error })?;
    }
    Ok(())
}

/// A file that has another name stays as it is under that one: a copy takes its place here.
pub(crate) fn cut(disk: &dyn Disk, path: &Path, bytes: u64, wipes: bool) -> io::Result<()> {
    let file = disk.open(path)?;
    if !file.is_shared()? {
        if wipes {
            file.fill(bytes, file.bytes()?.saturating_sub(bytes))?;
            file.sync()?;
        }
        return file.cut(bytes);
    }
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    let unfinished = PathBuf::from(unfinished);
    disk.copy(path, &unfinished, bytes)?;
    disk.open(&unfinished)?.sync()?;
    disk.rename(&unfinished, path)?;
    disk.sync_dir(path.parent().unwrap_or(Path::new("")))
}

fn renew(disk: &dyn Disk, id: LogId, first: u64, time_ms: Option<u64>, wipes: bool) -> io::Result<()> {
    let before = match disk.open(&segment_path(id, first)) {
        Ok(before) => wipes.then_some(before),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    segment::make_empty(disk, id, first, time_ms)?;
    let Some(before) = before else { return Ok(()) };
    disk.sync_dir(&group_dir(id.group))?;
    overwrite::wipe_open(&*before)
}

impl Mend {
    fn path(&self) -> PathBuf {
        match self {
            Mend::Remove(path) | Mend::Cut { file: path, .. } => path.clone(),
            Mend::Renew { id, first, .. } => segment_path(*id, *first),
        }
    }
}

struct Files {
    full: Vec<FoundFile>,
    current: FoundFile,
    spares: Vec<JournalFile>,
}

/// Which file goes on, which are to be emptied, which are empty.
fn sort_out(disk: &dyn Disk, mut files: Vec<FoundFile>, bytes: u64, wipes: bool) -> io::Result<Files> {
    let in_use = files.iter().rposition(|file| !file.is_empty);
    let mut spares = VecDeque::from(files.split_off(in_use.map_or(0, |at| at + 1)));
    // Made under other settings, or cut short. From the newest, so that no generation is missing.
    let usable = spares.iter().position(|spare| spare.file.bytes != bytes).unwrap_or(spares.len());
    while spares.len() > usable
        && let Some(spare) = spares.pop_back()
    {
        overwrite::remove(disk, &spare.file.path(), wipes)?;
    }
    let current = match files.pop().or_else(|| spares.pop_front()) {
        Some(current) => current,
        None => FoundFile::new(JournalFile::first(disk, bytes)?),
    };
    Ok(Files { full: files, current, spares: spares.into_iter().map(|spare| spare.file).collect() })
}

/// If the last sync before the crash failed, or never came, the batch may be in the page cache alone, and so may the mark of a clean end.
/// The ones before it were synced, or it would not have been written.
fn write_last_again(current: &FoundFile) -> io::Result<()> {
    let (at, batch) = &current.last_batch;
    if !batch.is_empty() {
        write_all_at(&*current.file.file, &mut [IoSlice::new(batch)], *at)?;
        current.file.file.sync()?;
    }
    Ok(())
}

impl FoundFile {
    fn new(file: JournalFile) -> FoundFile {
        let end = crate::journal::SECTOR;
        let (last_batch, touched, keys) = ((end, Vec::new()), Default::default(), FileKeys::new());
        FoundFile { file, end, is_empty: true, last_batch, touched, keys }
    }
}

impl FoundLog {
    fn into_log(self, id: LogId, store: &Arc<Store>) -> Log {
        let own = self.segments.iter().filter(|segment| segment.common.is_none());
        let bytes: u64 = own.map(|segment| segment.bytes).sum();
        store.segment_bytes.fetch_add(bytes, Ordering::Relaxed);
        store.tail_bytes.fetch_add(self.blocks.iter().map(tail::weight).sum(), Ordering::Relaxed);
        let in_journal = self.blocks.back().map(Block::time_ms);
        let time_ms = in_journal.or(self.edge.and_then(|edge| edge.time_ms));
        let flushed = self.edge.map_or(0, |edge| edge.position);
        let waits = self.blocks.iter().filter(|block| block.first() >= flushed);
        let journal_bytes = waits.map(|block| block.bytes() as u64).sum();
        Log::new(
            id,
            store.clone(),
            log::LogContents { tail: self.blocks, segments: self.segments, flushed, journal_bytes },
            time_ms,
        )
    }
}
