//! Files that are there as a whole or not at all, whatever comes between.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Whose eyes files and folders are for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modes {
    pub file: u32,
    pub folder: u32,
}

/// For the owner alone.
pub(crate) const SEALED: Modes = Modes { file: 0o600, folder: 0o700 };
/// For a collector in the owner's group too.
pub(crate) const PLAIN: Modes = Modes { file: 0o640, folder: 0o750 };

/// Takes the place of what was there in one step; durable on return, with the folders below `root` that it needs. While it
/// is written its name begins with a dot and ends otherwise than any object's.
pub(crate) fn write(root: &Path, path: &Path, parts: &[&[u8]], modes: Modes) -> io::Result<()> {
    let folder = path.parent().unwrap_or(root);
    make_folder(root, folder, modes)?;
    let new = beside(path);
    let written = || {
        // One that was left has the mode that it was given then, so it goes first.
        remove(&new)?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(&new)?;
        file.set_permissions(Permissions::from_mode(modes.file))?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()?;
        fs::rename(&new, path)
    };
    written().inspect_err(|_| drop(remove(&new)))?;
    sync(folder)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}

/// The folder and those above it up to `root`, which is made as well; durable on return.
pub(crate) fn make_folder(root: &Path, folder: &Path, modes: Modes) -> io::Result<()> {
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && folder != root => {
            make_folder(root, above.unwrap_or(root), modes)?;
            fs::create_dir(folder)?;
        }
        Err(error) => return Err(error),
    }
    fs::set_permissions(folder, Permissions::from_mode(modes.folder))?;
    sync(above.unwrap_or(Path::new(".")))
}

/// Whether it was there.
pub(crate) fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the folders between a file that is gone and `root` as far as nothing is in them.
pub(crate) fn remove_empty(root: &Path, file: &Path) {
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != root) {
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// `None` where there is none.
pub(crate) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    if length > bytes_max {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("has {length} bytes, and {bytes_max} are the most"),
        ));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    io::Read::read_to_end(&mut io::Read::take(file, bytes_max), &mut bytes)?;
    Ok(Some(bytes))
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
