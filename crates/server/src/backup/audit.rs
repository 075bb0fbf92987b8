//! The audit's files, of a server that may write and remove some meanwhile: the copy is one that can be verified, because
//! nothing is copied after what it names. They are never changed, only replaced and removed, so they are linked where the
//! file system can, or shared with the backup before.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A folder of digests.
const DIGESTS: &str = "CloudTrail-Digest";
/// The file that says what retention has removed begins so.
const RETENTION: &str = "retention.";

/// What is copied at a time. Whatever digests and log files name was there before them, and if it is gone when its turn
/// comes retention has removed it, and has said so before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Digests,
    Rest,
    Retention,
}

/// Durable but for the name of `to` itself. `former` is the same folder of the backup before.
pub fn copy(from: &Path, to: &Path, former: Option<&Path>) -> anyhow::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    for turn in [Turn::Digests, Turn::Rest, Turn::Retention] {
        folder(from, to, former, turn, Turn::Rest)?;
    }
    Ok(())
}

/// `holds` says what the files of this folder are.
fn folder(from: &Path, to: &Path, former: Option<&Path>, turn: Turn, holds: Turn) -> anyhow::Result<()> {
    // The newest days first: a digest follows on one of the same day or of a day before.
    let mut entries: Vec<PathBuf> = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => {
            let entries = entries.and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
            entries.with_context(|| from.display().to_string())?
        }
    };
    entries.sort_unstable_by(|a, b| b.cmp(a));
    for path in entries {
        let Some(name) = path.file_name() else { continue };
        let shown = name.to_string_lossy();
        // Not whole yet, or wanted by this server alone.
        if shown.starts_with('.') {
            continue;
        }
        let (to, former) = (to.join(name), former.map(|former| former.join(name)));
        if path.is_dir() {
            let holds = if shown == DIGESTS { Turn::Digests } else { holds };
            folder(&path, &to, former.as_deref(), turn, holds)?;
            continue;
        }
        let holds = if shown.starts_with(RETENTION) { Turn::Retention } else { holds };
        if holds == turn {
            file(&path, &to, former.as_deref())
                .with_context(|| format!("{} to {}", path.display(), to.display()))?;
        }
    }
    // In the last turn nothing comes after.
    if turn == Turn::Retention && to.is_dir() {
        File::open(to).and_then(|to| to.sync_all()).with_context(|| to.display().to_string())?;
    }
    Ok(())
}

fn file(from: &Path, to: &Path, former: Option<&Path>) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    match fs::hard_link(from, to) {
        Ok(()) => return Ok(()),
        Err(error) if gone(&error) && !from.exists() => return Ok(()),
        // Another file system, or one without links.
        Err(_) => {}
    }
    if let Some(former) = former
        && is_same(from, former)
        && fs::hard_link(former, to).is_ok()
    {
        return Ok(());
    }
    match fs::copy(from, to) {
        Err(error) if gone(&error) && !from.exists() => Ok(()),
        copied => copied.and_then(|_| File::open(to)?.sync_all()),
    }
}

/// Whether the backup before has the same bytes. They are small, and reading them costs less than keeping them twice.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(a), Ok(b)) if a.len() == b.len() => {
            matches!((fs::read(one), fs::read(other)), (Ok(a), Ok(b)) if a == b)
        }
        _ => false,
    }
}
