//! The operating system's files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, IoSliceMut, Read as _};
use std::num::NonZeroU64;
use std::os::unix::fs::{FileExt, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use rustix::fs::{
    Advice, FallocateFlags, FlockOperation, OFlags, fadvise, fallocate, fcntl_getfl, fcntl_setfl, flock,
};
use rustix::io::{Errno, ReadWriteFlags, preadv2, pwritev2};

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
            let meta = match entry.metadata() {
                // Gone meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                meta => meta?,
            };
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
        Ok(Arc::new(OsFile(create_new(&self.dir.join(file))?)))
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

    fn link(&self, file: &Path, name: &Path) -> io::Result<()> {
        fs::hard_link(self.dir.join(file), self.dir.join(name))
    }

    /// Within the kernel, which copies nothing where the file system can share blocks.
    fn copy(&self, from: &Path, to: &Path, bytes: u64) -> io::Result<()> {
        let mut from = File::open(self.dir.join(from))?.take(bytes);
        let copied = io::copy(&mut from, &mut create_new(&self.dir.join(to))?)?;
        if copied == bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(self.dir.join(dir))?.sync_all()
    }

    fn sync_files(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.root)?)
    }
}

/// A file of its own: one that was there may have other names, under which it must stay as it is.
fn create_new(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => OpenOptions::new().read(true).write(true).create_new(true).open(path),
    }
}

/// What the log writes at least.
const SECTOR: usize = crate::journal::SECTOR as usize;

struct OsFile(File);

impl DiskFile for OsFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn read_onto(&self, buffer: &mut Vec<u8>, offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pread(&self.0, spare_capacity(buffer), offset)?)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pwritev(&self.0, slices, offset)?)
    }

    fn go_direct(&self, on: bool) -> bool {
        let set = |on: bool| {
            let flags = fcntl_getfl(&self.0)?;
            fcntl_setfl(&self.0, if on { flags | OFlags::DIRECT } else { flags - OFlags::DIRECT })
        };
        if set(on).is_err() || !on {
            return false;
        }
        // A disk may ask for more than a sector of ours, which shows when one is read.
        let mut memory = [0; 4096 + SECTOR];
        let at = memory.as_ptr().align_offset(4096).min(4096);
        let sector = memory.get_mut(at..at + SECTOR).unwrap_or_default();
        let takes_sectors = self.0.read_at(sector, SECTOR as u64).is_ok_and(|n| n == SECTOR);
        takes_sectors || set(false).is_err()
    }

    fn write_direct(&self, bytes: &[u8], offset: u64, durably: bool) -> io::Result<usize> {
        let flags = if durably { ReadWriteFlags::DSYNC } else { ReadWriteFlags::empty() };
        match pwritev2(&self.0, &[IoSlice::new(bytes)], offset, flags) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) if durably => {
                let written = self.0.write_at(bytes, offset)?;
                self.sync().map(|()| written)
            }
            written => Ok(written?),
        }
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

    fn punch(&self, offset: u64, bytes: u64) -> io::Result<()> {
        match fallocate(&self.0, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, offset, bytes) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Err(io::ErrorKind::Unsupported.into()),
            punched => Ok(punched?),
        }
    }

    fn is_at_hand(&self, offset: u64) -> bool {
        let read = preadv2(&self.0, &mut [IoSliceMut::new(&mut [0])], offset, ReadWriteFlags::NOWAIT);
        !matches!(read, Err(Errno::AGAIN))
    }

    fn will_read(&self, offset: u64, bytes: u64) {
        // Whether it is heeded or not, the bytes are there when they are read.
        let _ = fadvise(&self.0, offset, NonZeroU64::new(bytes), Advice::WillNeed);
    }

    fn cut(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn is_shared(&self) -> io::Result<bool> {
        Ok(self.0.metadata()?.nlink() > 1)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_made_anew_stays_as_it_was_under_its_other_names() {
        let dir = tempfile::tempdir().unwrap();
        let disk = OsDisk::new(dir.path()).unwrap();
        let [file, other] = ["file", "other"].map(Path::new);
        disk.create(file).unwrap().write_at(&[IoSlice::new(b"before")], 0).unwrap();
        assert!(!disk.open(file).unwrap().is_shared().unwrap());
        disk.link(file, other).unwrap();
        assert!(disk.open(file).unwrap().is_shared().unwrap());
        disk.create(file).unwrap().write_at(&[IoSlice::new(b"after!")], 0).unwrap();
        disk.copy(file, &dir.path().join("copy"), 3).unwrap();
        let content = |name: &str| fs::read(dir.path().join(name)).unwrap();
        assert_eq!([content("file"), content("other"), content("copy")], [&b"after!"[..], b"before", b"aft"]);
        assert_eq!(disk.copy(file, other, 7).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
