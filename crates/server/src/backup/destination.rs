//! The directory in which backups are kept. `FORMAT` says that it is one, and is locked while one is made; each backup is
//! called after the second in which it was begun, and `<name>.unfinished` until it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use flumen_cli::Misconfigured;
use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::serve::LOG_DIRECTORY;

const FORMAT: &str = "FORMAT";
const WORD: &str = "flumen-backups";
const VERSION: u32 = 1;
const UNFINISHED: &str = ".unfinished";
/// A name, as `strftime` has it. Names sort as times do.
const NAME: &str = "%Y%m%dT%H%M%SZ";
const NAME_LENGTH: usize = 16;

pub struct Destination {
    path: PathBuf,
    _lock: File,
}

impl Destination {
    /// Made where it is missing. What an earlier run did not finish is removed.
    pub fn open(path: &Path, data_dir: &Path) -> anyhow::Result<Destination> {
        let shown = path.display();
        let data_dir = fs::canonicalize(data_dir).with_context(|| data_dir.display().to_string())?;
        let path = resolved(path).with_context(|| shown.to_string())?;
        misconfigured(|| {
            ensure!(!path.starts_with(&data_dir), "{shown} is inside the data directory to be backed up");
            Ok(())
        })?;
        fs::create_dir_all(&path).with_context(|| shown.to_string())?;
        let format = path.join(FORMAT);
        if fs::read_dir(&path)?.next().is_none() {
            fs::write(&format, format!("{WORD} {VERSION}\n"))
                .with_context(|| format.display().to_string())?;
            sync(&path)?;
        }
        misconfigured(|| check_format(&path))?;
        let lock = File::open(&format)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => anyhow::bail!("another backup is being made in {shown}"),
            locked => locked.with_context(|| format.display().to_string())?,
        }
        let destination = Destination { path, _lock: lock };
        for name in destination.names()?.iter().filter(|name| name.ends_with(UNFINISHED)) {
            let left = destination.path.join(name);
            fs::remove_dir_all(&left).with_context(|| left.display().to_string())?;
        }
        Ok(destination)
    }

    /// An empty directory, and what it will be called.
    pub fn begin(&self) -> anyhow::Result<(PathBuf, String)> {
        let mut name = Timestamp::now().strftime(NAME).to_string();
        while self.path.join(&name).exists() {
            std::thread::sleep(Duration::from_millis(50));
            name = Timestamp::now().strftime(NAME).to_string();
        }
        let path = self.path.join(format!("{name}{UNFINISHED}"));
        fs::create_dir(&path).with_context(|| path.display().to_string())?;
        Ok((path, name))
    }

    /// The newest backup with which another may share files: no server was started on it.
    pub fn newest(&self) -> anyhow::Result<Option<PathBuf>> {
        let mut names = self.names()?;
        names.retain(|name| is_name(name));
        names.sort_unstable();
        let logs = names.iter().rev().map(|name| self.path.join(name));
        let untouched = |backup: &PathBuf| {
            let log = backup.join(LOG_DIRECTORY);
            log.join(FORMAT).is_file() && !log.join("lock").exists()
        };
        Ok(logs.into_iter().find(untouched))
    }

    /// Gives it its name; durable on return.
    pub fn finish(&self, unfinished: &Path, name: &str) -> anyhow::Result<PathBuf> {
        sync(unfinished)?;
        let path = self.path.join(name);
        fs::rename(unfinished, &path).with_context(|| path.display().to_string())?;
        sync(&self.path)?;
        Ok(path)
    }

    fn names(&self) -> anyhow::Result<Vec<String>> {
        let entries = fs::read_dir(&self.path).with_context(|| self.path.display().to_string())?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        Ok(names.collect::<io::Result<Vec<String>>>()?)
    }
}

fn is_name(name: &str) -> bool {
    let digits = |range| name.get(range).is_some_and(|part: &str| part.bytes().all(|b| b.is_ascii_digit()));
    name.len() == NAME_LENGTH && digits(0..8) && &name[8..9] == "T" && digits(9..15) && name.ends_with('Z')
}

fn check_format(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let text = match fs::read_to_string(path.join(FORMAT)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        text => text.with_context(|| path.join(FORMAT).display().to_string())?,
    };
    let version = match text.split_ascii_whitespace().collect::<Vec<_>>()[..] {
        [WORD, version] => version.parse::<u32>().ok(),
        _ => None,
    };
    let version = version.with_context(|| {
        format!("{shown} is neither empty nor a directory of backups: it has no file {FORMAT}")
    })?;
    ensure!(
        version <= VERSION,
        "{shown} was written in format {version}; this program writes backups in format {VERSION}"
    );
    Ok(())
}

fn misconfigured(check: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    check().map_err(|error| anyhow::Error::new(Misconfigured(error)))
}

/// Without links, also where its end does not exist yet.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    for ancestor in path.ancestors() {
        match fs::canonicalize(ancestor) {
            // Part by part: an empty rest would leave a slash at the end.
            Ok(found) => {
                return Ok(found
                    .components()
                    .chain(path.strip_prefix(ancestor).unwrap_or(&path).components())
                    .collect());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(path)
}

fn sync(dir: &Path) -> anyhow::Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).with_context(|| dir.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_called_after_a_second() {
        let now = Timestamp::now().strftime(NAME).to_string();
        assert!(is_name(&now) && is_name("20261129T101500Z"));
        for other in
            ["", "20261129T101500Z.unfinished", "20261129-101500Z", "2026112üT101500Z", "x0261129T101500Z"]
        {
            assert!(!is_name(other), "{other}");
        }
    }

    #[test]
    fn links_and_missing_ends_do_not_hide_where_a_path_leads() {
        let place = tempfile::tempdir().unwrap();
        let real = place.path().canonicalize().unwrap();
        fs::create_dir(real.join("data")).unwrap();
        std::os::unix::fs::symlink(real.join("data"), real.join("link")).unwrap();
        assert_eq!(resolved(&real.join("link/a/b")).unwrap(), real.join("data/a/b"));
        assert_eq!(resolved(&real.join("data/../other")).unwrap(), real.join("other"));
        assert_eq!(resolved(&real.join("link/")).unwrap().to_str(), real.join("data").to_str());
    }
}
