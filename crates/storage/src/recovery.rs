//! Opening: finds out what a directory holds (`find`, which changes nothing and is the better part of
//! `check`), and then makes it a running storage (`apply`).

mod apply;
mod find;

use std::path::{Path, PathBuf};

pub(crate) use apply::{Recovered, apply, cut};
pub(crate) use find::{Found, FoundLog, Mend, find, generations, segments, survey};

use crate::disk::{Disk, put_file, read_exact_at};
use crate::error::Broken;
use crate::layout::{FORMAT, FORMAT_UNFINISHED, FORMAT_VERSION, FORMAT_WORD};
use crate::{OpenError, ReadError};

pub(crate) fn lock(disk: &dyn Disk) -> Result<Box<dyn Send + Sync>, OpenError> {
    match disk.lock() {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(OpenError::Locked { dir: PathBuf::new() }),
        Err(error) => Err(OpenError::Io { path: crate::layout::LOCK.into(), error }),
    }
}

/// Paths below a disk's root become paths below `dir`.
pub(crate) fn below(dir: &Path, error: OpenError) -> OpenError {
    match error {
        OpenError::Locked { .. } => OpenError::Locked { dir: dir.to_owned() },
        OpenError::Damaged { file, offset, what, way_out } => {
            OpenError::Damaged { file: dir.join(file), offset, what, way_out }
        }
        OpenError::Io { path, error } => OpenError::Io { path: dir.join(path), error },
        OpenError::Unfinished { .. } => OpenError::Unfinished { dir: dir.to_owned() },
        error @ OpenError::Newer { .. } => error,
    }
}

/// The format that the directory says it has; `None` if it says nothing.
pub(crate) fn read_format(disk: &dyn Disk) -> Result<Option<u32>, OpenError> {
    let path = Path::new(FORMAT);
    let io = |error| ReadError::Io { file: path.to_owned(), error };
    let file = match disk.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error).into()),
    };
    let mut text = vec![0; file.bytes().map_err(io)?.min(256) as usize];
    read_exact_at(&*file, &mut text, 0).map_err(io)?;
    let text = String::from_utf8_lossy(&text);
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words[..] == [FORMAT_WORD, FORMAT_UNFINISHED] {
        return Err(OpenError::Unfinished { dir: PathBuf::new() });
    }
    let version = match words[..] {
        [FORMAT_WORD, version] => version.parse::<u32>().ok().filter(|version| *version > 0),
        _ => None,
    };
    let version = version.ok_or_else(|| Broken {
        file: path.to_owned(),
        offset: 0,
        what: "the file does not name a format".to_owned(),
        log: None,
    })?;
    if version > FORMAT_VERSION {
        return Err(OpenError::Newer { found: version, known: FORMAT_VERSION });
    }
    Ok(Some(version))
}

/// Says which format a directory has, or that there is nothing to rely on in it.
pub(crate) fn put_format(
    disk: &dyn Disk,
    dir: &Path,
    version: impl std::fmt::Display,
) -> std::io::Result<()> {
    put_file(disk, dir, FORMAT, format!("{FORMAT_WORD} {version}\n").as_bytes())
}
