//! Key material, of a server that may make and destroy some meanwhile. A file is copied, or shared with the backup before, and never
//! with the directory itself: what is destroyed there is overwritten, and a backup is what was there when it was made.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::Context;

use super::audit::is_same;

/// A file that is being made.
const UNFINISHED: &str = ".new";

/// Durable but for the name of `to` itself. `former` is the same folder of the backup before.
pub fn copy(from: &Path, to: &Path, former: Option<&Path>) -> anyhow::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry.with_context(|| from.display().to_string())?;
        let name = entry.file_name();
        let (from, to, former) = (entry.path(), to.join(&name), former.map(|former| former.join(&name)));
        if from.is_dir() {
            copy(&from, &to, former.as_deref())?;
        } else if !name.to_string_lossy().ends_with(UNFINISHED) {
            file(&from, &to, former.as_deref())
                .with_context(|| format!("{} to {}", from.display(), to.display()))?;
        }
    }
    File::open(to).and_then(|to| to.sync_all()).with_context(|| to.display().to_string())
}

fn file(from: &Path, to: &Path, former: Option<&Path>) -> io::Result<()> {
    if let Some(former) = former
        && is_same(from, former)
        && fs::hard_link(former, to).is_ok()
    {
        return Ok(());
    }
    match fs::copy(from, to) {
        // Destroyed meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !from.exists() => Ok(()),
        copied => copied.and_then(|_| File::open(to)?.sync_all()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn material_is_shared_with_the_backup_before_and_never_with_the_directory() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("keys/ab")).unwrap();
        for (name, content) in [("stays", "1"), ("changes", "1"), ("made.new", "1")] {
            fs::write(at("keys/ab").join(name), content).unwrap();
        }
        copy(&at("keys"), &at("first"), None).unwrap();
        fs::write(at("keys/ab/changes"), "0").unwrap();
        fs::write(at("keys/ab/more"), "1").unwrap();
        copy(&at("keys"), &at("second"), Some(&at("first"))).unwrap();
        let links = |path: &str| fs::metadata(at(path)).unwrap().nlink();
        assert_eq!((links("keys/ab/stays"), links("first/ab/stays"), links("second/ab/changes")), (1, 2, 1));
        let read = |path: &str| fs::read_to_string(at(path)).unwrap();
        assert_eq!(
            (read("first/ab/changes"), read("second/ab/changes"), read("second/ab/more")),
            ("1".into(), "0".into(), "1".into())
        );
        assert!(!at("first/ab/made.new").exists());
        copy(&at("none"), &at("third"), None).unwrap();
        assert!(!at("third").exists());
    }
}
