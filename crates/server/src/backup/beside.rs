//! What lies in a data directory beside the log: the keys to what is sealed, the server's certificate authority, and whatever
//! else somebody put there. Copied with its permissions, never linked.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, lchown, symlink};
use std::path::Path;

use anyhow::Context;

/// Copies files, folders and links, but those of these names at the top; durable but for the name of `to` itself.
pub fn copy(from: &Path, to: &Path, without: &[&str]) -> anyhow::Result<()> {
    fs::set_permissions(to, fs::metadata(from)?.permissions()).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if without.iter().any(|without| name == *without) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(&name));
        let copied = if kind.is_dir() {
            fs::create_dir(&to)?;
            copy(&from, &to, &[])?;
            Ok(())
        } else if kind.is_symlink() {
            fs::read_link(&from).and_then(|target| symlink(target, &to))
        } else if kind.is_file() {
            fs::copy(&from, &to).and_then(|_| File::open(&to)?.sync_all())
        } else {
            Ok(())
        };
        match copied {
            // Gone meanwhile, as the file is under whose name a new one is written.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            copied => copied.with_context(|| format!("{} to {}", from.display(), to.display()))?,
        }
    }
    File::open(to).and_then(|dir| dir.sync_all()).with_context(|| to.display().to_string())
}

/// Gives all that was copied to the owner of `from`, so that his server can be started on it. Only root can, and has to.
pub fn own_as(from: &Path, to: &Path) -> io::Result<()> {
    let owner = fs::metadata(from)?;
    if !rustix::process::geteuid().is_root() || (owner.uid(), owner.gid()) == (0, 0) {
        return Ok(());
    }
    own(to, owner.uid(), owner.gid())
}

fn own(path: &Path, uid: u32, gid: u32) -> io::Result<()> {
    let meta = fs::symlink_metadata(path)?;
    if meta.is_dir() {
        for entry in fs::read_dir(path)? {
            own(&entry?.path(), uid, gid)?;
        }
    } else if meta.nlink() > 1 {
        // Another's as well; it is his already.
        return Ok(());
    }
    lchown(path, Some(uid), Some(gid))
}
