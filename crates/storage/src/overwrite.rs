//! What formats before [`SEALED_SINCE`] held in clear is overwritten: trimmed records that are still in segment files, and
//! what the journal's files hold behind their batches.
//!
//! A mark in the directory says that this is to be done. It is set before the format rises, and goes when all is done, so
//! a crash loses nothing but time. While it is there, files that go are overwritten too. Which bytes are
//! secret is the caller's to say; files that backups share keep them, since such files are never changed.

use std::io::{self, IoSlice};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::block::{BLOCK_HEADER, BlockHeader, BlockKind};
use crate::disk::{Disk, DiskFile, OsDisk, put_file, write_all_at};
use crate::layout::{CLEAR, FORMAT_VERSION, UNFINISHED, group_dir, segment_path};
use crate::segment::{OpenSegment, SegmentFile};
use crate::{LogId, OpenError, ReadError, recovery};

/// Formats from here on hold no secrets in clear.
pub(crate) const SEALED_SINCE: u32 = 4;
const _: () = assert!(SEALED_SINCE <= FORMAT_VERSION);

/// What is secret in a record's bytes is replaced, by as many bytes.
pub type Redact = fn(&mut [u8]);

/// What has been done, and what not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overwritten {
    /// Blocks of records that held something secret.
    pub blocks: u64,
    /// Files of the directory that backups share: theirs still holds it.
    pub shared: u64,
}

/// Why something in clear is left. The mark stays, and the next start finds it.
#[derive(Debug, thiserror::Error)]
pub enum OverwriteError {
    #[error("the journal still holds records of log {0}")]
    InJournal(LogId),
    #[error("it was cut short")]
    CutShort,
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> OverwriteError + '_ {
    move |error| OverwriteError::Io { path: path.to_owned(), error }
}

/// Whether a directory of this format, or with the mark, may hold secrets in clear.
pub(crate) fn is_marked(disk: &dyn Disk, format: Option<u32>) -> io::Result<bool> {
    if format.is_some_and(|format| format < SEALED_SINCE) {
        return Ok(true);
    }
    match disk.open(Path::new(CLEAR)) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether all secrets of a directory are sealed: it is of a format that has none in clear, and nothing of an earlier one is
/// left. Not so where there is nothing yet. What a start refuses by its format is refused; nothing is changed.
pub fn is_sealed(dir: &Path) -> Result<bool, OpenError> {
    let io = |error| OpenError::Io { path: dir.to_owned(), error };
    if !dir.try_exists().map_err(io)? {
        return Ok(false);
    }
    let disk = OsDisk::read_only(dir).map_err(io)?;
    let format = recovery::read_format(&disk).map_err(|error| recovery::below(dir, error))?;
    Ok(format.is_some() && !is_marked(&disk, format).map_err(io)?)
}

/// Durable on return, and before the format rises.
pub(crate) fn mark(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
    put_file(disk, dir, CLEAR, b"")
}

/// Takes a file out of use, and removes it; overwritten between, if it `wipes`. One that is not there is gone.
pub(crate) fn remove(disk: &dyn Disk, path: &Path, wipes: bool) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new(""));
    let mut gone = path.to_owned();
    if wipes {
        // A crash must not leave it under its name without what it held.
        gone = unfinished(path);
        match disk.rename(path, &gone) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => disk.sync_dir(dir)?,
        }
        wipe(disk, &gone)?;
    }
    match disk.remove(&gone) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => disk.sync_dir(dir),
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}

/// Overwrites a file that nobody reads, unless it is a backup's too. One that is not there is overwritten.
pub(crate) fn wipe(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.open(path) {
        Ok(file) => wipe_open(&*file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

pub(crate) fn wipe_open(file: &dyn DiskFile) -> io::Result<()> {
    if file.is_shared()? {
        return Ok(());
    }
    file.fill(0, file.bytes()?)?;
    file.sync()
}

/// Of a storage that is closed and still locked. Records of `logs` before these positions are trimmed.
pub(crate) fn overwrite(
    disk: &dyn Disk,
    logs: &[(LogId, u64)],
    redact: Redact,
) -> Result<Overwritten, OverwriteError> {
    let found = recovery::find(disk)?;
    for (id, _) in logs {
        if found.files.iter().any(|file| file.touched.contains_key(id)) {
            return Err(OverwriteError::InJournal(*id));
        }
    }
    for file in &found.files {
        let path = file.file.path();
        let behind = file.file.bytes.saturating_sub(file.end);
        let filled = file.file.file.fill(file.end, behind).and_then(|()| file.file.file.sync());
        filled.map_err(io_at(&path))?;
    }
    // What an earlier start meant to remove, and whose names the next one takes.
    for path in found.mends.iter().filter_map(recovery::Mend::removes) {
        wipe(disk, path).map_err(io_at(path))?;
    }
    let mut done = Overwritten::default();
    for (id, start) in logs {
        let segments = found.logs.get(id).map_or(&[][..], |log| &log.segments);
        // While the mark is there no journal file becomes a segment of many logs.
        for segment in segments.iter().filter(|segment| segment.common.is_none()) {
            overwrite_segment(disk, *id, segment, *start, redact, &mut done)?;
        }
    }
    let mark = Path::new(CLEAR);
    match disk.remove(mark).and_then(|()| disk.sync_dir(Path::new(""))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(mark)(error)),
        _ => Ok(done),
    }
}

/// A copy without secrets takes the place of a file that has some; then that one is overwritten.
fn overwrite_segment(
    disk: &dyn Disk,
    id: LogId,
    segment: &SegmentFile,
    start: u64,
    redact: Redact,
    done: &mut Overwritten,
) -> Result<(), OverwriteError> {
    let path = segment_path(id, segment.first);
    let redacted = redacted_blocks(disk, id, segment, start, redact)?;
    if redacted.is_empty() {
        return Ok(());
    }
    let replace = || {
        let file = disk.open(&path)?;
        let is_shared = file.is_shared()?;
        let new = unfinished(&path);
        disk.copy(&path, &new, segment.bytes)?;
        let copy = disk.open(&new)?;
        for (offset, block) in &redacted {
            write_all_at(&*copy, &mut [IoSlice::new(block)], *offset)?;
        }
        copy.sync()?;
        disk.rename(&new, &path)?;
        disk.sync_dir(&group_dir(id.group))?;
        // The file has no name here any more.
        if is_shared { Ok(true) } else { wipe_open(&*file).map(|()| false) }
    };
    let is_shared = replace().map_err(io_at(&path))?;
    done.blocks += redacted.len() as u64;
    done.shared += u64::from(is_shared);
    Ok(())
}

/// The blocks that begin before `start` and held something secret, each with its offset, as they are to be.
fn redacted_blocks(
    disk: &dyn Disk,
    id: LogId,
    segment: &SegmentFile,
    start: u64,
    redact: Redact,
) -> Result<Vec<(u64, Vec<u8>)>, OverwriteError> {
    let opened = OpenSegment::open(disk, id, segment)?;
    opened.extend(segment.bytes)?;
    let mut redacted = Vec::new();
    let index = opened.index();
    for section in &index.sections {
        let Some(entry) = index.entries.get(section.entries_before) else { continue };
        opened.walk(&section.trailer, *entry, u64::MAX, |at, block| {
            if block.first() >= start {
                return ControlFlow::Break(());
            }
            if block.is_sealed() {
                return ControlFlow::Continue(());
            }
            let mut payload = block.payload().to_vec();
            redact(&mut payload);
            if payload[..] != block.payload()[..] {
                let mut bytes = Vec::with_capacity(BLOCK_HEADER + payload.len());
                let header = BlockHeader {
                    kind: BlockKind::Clear,
                    id,
                    records: u32::try_from(block.end() - block.first()).unwrap_or(u32::MAX),
                    first: block.first(),
                    time_ms: block.time_ms(),
                    payload_len: u32::try_from(payload.len()).unwrap_or(u32::MAX),
                    payload_crc: crc32c::crc32c(&payload),
                };
                header.put(&mut bytes);
                bytes.extend_from_slice(&payload);
                redacted.push((at, bytes));
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(redacted)
}
