//! The operating system's files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock};
use rustix::io::Errno;

use super::{Disk, DiskFile, Entry};
use crate::layout::LOCK;

/// A directory of the file system.
pub struct OsDisk {
    dir: PathBuf,
    /// Open all the time, so that syncing everything reports each failed write-back since the last time.
    root: File,
    writable: bool,
}

impl OsDisk {
    /// Makes the directory if it is missing.
    pub fn new(dir: &Path) -> io::Result<OsDisk> {
        if !dir.exists() {
            fs::create_dir_all(dir)?;
            // Its name is in the directory above.
            let above = dir.canonicalize()?;
            above.parent().map_or(Ok(()), |above| File::open(above)?.sync_all())?;
        }
        Ok(OsDisk { dir: dir.to_owned(), root: File::open(dir)?, writable: true })
    }

    /// Changes nothing, not even by locking.
    pub fn read_only(dir: &Path) -> io::Result<OsDisk> {
        Ok(OsDisk { dir: dir.to_owned(), root: File::open(dir)?, writable: false })
    }
}

impl Disk for OsDisk {
    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        let path = self.dir.join(LOCK);
        let (file, how) = if self.writable {
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
            (file, FlockOperation::NonBlockingLockExclusive)
        } else {
            match File::open(path) {
                Ok(file) => (file, FlockOperation::NonBlockingLockShared),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Box::new(()))),
                Err(error) => return Err(error),
            }
        };
        match flock(&file, how) {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let entries = match fs::read_dir(self.dir.join(dir)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut list = Vec::new();
        for entry in entries {
            let entry = entry?;
            let meta = entry.metadata()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            list.push(Entry { name, is_dir: meta.is_dir(), bytes: meta.len() });
        }
        Ok(list)
    }

    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(self.dir.join(dir))
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        fs::remove_dir(self.dir.join(dir))
    }

    fn create(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.dir.join(file);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(Arc::new(OsFile(file)))
    }

    fn open(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.dir.join(file);
        Ok(Arc::new(OsFile(OpenOptions::new().read(true).write(self.writable).open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(self.dir.join(file))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(self.dir.join(dir))?.sync_all()
    }

    fn sync_files(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.root)?)
    }
}

struct OsFile(File);

impl DiskFile for OsFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pwritev(&self.0, slices, offset)?)
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        match fallocate(&self.0, FallocateFlags::empty(), 0, bytes) {
            Ok(()) => Ok(()),
            // Without it a full disk shows at a write, which is dealt with there.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.0.set_len(bytes),
            Err(error) => Err(error.into()),
        }
    }

    fn fill(&self, offset: u64, bytes: u64) -> io::Result<()> {
        static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
        let (mut at, end) = (offset, offset + bytes);
        while at < end {
            let now = ZEROS.len().min((end - at) as usize);
            self.0.write_all_at(&ZEROS[..now], at)?;
            at += now as u64;
        }
        Ok(())
    }

    fn cut(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
