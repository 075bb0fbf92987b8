//! What the log asks of a disk: few verbs over paths relative to the data directory, or absolute ones beside it,
//! where a backup goes. Two sides here, the operating system's files and memory; a third, which fails on purpose,
//! lives with the tests.

mod memory;
mod os;

use std::io::{self, IoSlice};
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;

pub use memory::MemoryDisk;
pub use os::OsDisk;

/// A directory tree. Creations, renames and removals are durable once their directory is synced.
pub trait Disk: Send + Sync {
    /// Keeps others out until the answer is dropped; `None` if somebody else has the directory.
    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>>;
    /// A directory that does not exist has no entries.
    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>>;
    /// One that exists is left as it is.
    fn make_dir(&self, dir: &Path) -> io::Result<()>;
    fn remove_dir(&self, dir: &Path) -> io::Result<()>;
    /// An empty file, also where one was; that one stays as it is under other names.
    fn create(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>>;
    fn open(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, file: &Path) -> io::Result<()>;
    /// Another name for the same file, where there is none yet. Not every two places can share a file.
    fn link(&self, _file: &Path, _name: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// The first `bytes` of a file as a new one, which is not synced; an error where it has fewer.
    fn copy(&self, from: &Path, to: &Path, bytes: u64) -> io::Result<()> {
        let (from, to) = (self.open(from)?, self.create(to)?);
        let mut buffer = vec![0; COPIED_AT_ONCE.min(bytes) as usize];
        let mut at = 0;
        while at < bytes {
            let now = COPIED_AT_ONCE.min(bytes - at) as usize;
            let piece = buffer.get_mut(..now).unwrap_or_default();
            read_exact_at(&*from, piece, at)?;
            write_all_at(&*to, &mut [IoSlice::new(piece)], at)?;
            at += now as u64;
        }
        Ok(())
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Makes the bytes of all files durable at once, as if each were synced.
    fn sync_files(&self) -> io::Result<()>;
}

/// An open file. Written bytes are durable once it is synced.
pub trait DiskFile: Send + Sync {
    fn bytes(&self) -> io::Result<u64>;
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Adds what is there to the buffer, up to its capacity.
    fn read_onto(&self, buffer: &mut Vec<u8>, offset: u64) -> io::Result<usize> {
        let (len, capacity) = (buffer.len(), buffer.capacity());
        buffer.resize(capacity, 0);
        let read = self.read_at(buffer.get_mut(len..).unwrap_or_default(), offset);
        buffer.truncate(len + read.as_ref().map_or(0, |n| *n));
        read
    }
    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize>;
    /// Whether writes go past the page cache, `on` or not from now on; false where they cannot. Then they are made by
    /// [`Self::write_direct`], from memory that is aligned to 4,096 bytes, and of whole sectors.
    fn go_direct(&self, _on: bool) -> bool {
        false
    }
    /// Past the page cache, and durable on return if so asked; an earlier write is not made durable by it.
    fn write_direct(&self, _bytes: &[u8], _offset: u64, _durably: bool) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// Room for so many bytes, which read as zeros.
    fn allocate(&self, bytes: u64) -> io::Result<()>;
    /// Writes zeros to allocated bytes, so that later syncs there have nothing to do but the data.
    fn fill(&self, offset: u64, bytes: u64) -> io::Result<()>;
    /// Gives back the room of these bytes where the file system can, in whole pages; they read as zeros then, or as before.
    fn punch(&self, _offset: u64, _bytes: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// Whether the byte there can be read without waiting for the disk.
    fn is_at_hand(&self, _offset: u64) -> bool {
        true
    }
    /// Somebody is about to read these bytes.
    fn will_read(&self, _offset: u64, _bytes: u64) {}
    /// Bytes from here on go.
    fn cut(&self, bytes: u64) -> io::Result<()>;
    /// Whether it has another name, as files of a backup have. Such a file is never changed, only removed.
    fn is_shared(&self) -> io::Result<bool> {
        Ok(false)
    }
    fn sync(&self) -> io::Result<()>;
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    pub is_dir: bool,
    pub bytes: u64,
}

const COPIED_AT_ONCE: u64 = 1024 * 1024;

/// The kernel takes this many slices in one call.
pub(crate) const SLICES_MAX: usize = 1024;

pub(crate) fn read_exact_at(file: &dyn DiskFile, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match file.read_at(buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                buffer = buffer.get_mut(n..).unwrap_or_default();
                offset += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// So many bytes, in memory that was not written before.
pub(crate) fn read_vec_at(file: &dyn DiskFile, bytes: usize, offset: u64) -> io::Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(bytes);
    while buffer.len() < bytes {
        let at = offset + buffer.len() as u64;
        match file.read_onto(&mut buffer, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // The allocator may have given more room than was asked for.
    buffer.truncate(bytes);
    Ok(buffer)
}

pub(crate) fn write_all_at(
    file: &dyn DiskFile,
    mut slices: &mut [IoSlice<'_>],
    mut offset: u64,
) -> io::Result<()> {
    // Slices without bytes at the front would read as a write that does not get on.
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        let now = slices.get(..SLICES_MAX).unwrap_or(slices);
        match file.write_at(now, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                IoSlice::advance_slices(&mut slices, n);
                offset += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether an error means that the disk has no room, rather than that it cannot be believed.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether an error means that something was lacking that may be there later: room, memory, descriptors.
pub(crate) fn is_want(error: &io::Error) -> bool {
    let memory = error.kind() == io::ErrorKind::OutOfMemory;
    let descriptors = matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE));
    is_full(error) || memory || descriptors
}

/// Writes a small file so that it is there whole or not at all; durable on return. While it is written its name ends in `.new`.
pub fn put_file(disk: &dyn Disk, dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    place_file(disk, dir, name, content)?;
    disk.sync_dir(dir)
}

/// The same, but for the name: it is durable once the directory is synced.
pub(crate) fn place_file(disk: &dyn Disk, dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let (path, new) = (dir.join(name), dir.join(format!("{name}{}", crate::layout::UNFINISHED)));
    let file = disk.create(&new)?;
    write_all_at(&*file, &mut [IoSlice::new(content)], 0)?;
    file.sync()?;
    disk.rename(&new, &path)
}

/// A small file, as far as one byte beyond so many, so that a longer one is noticed.
pub fn read_file(disk: &dyn Disk, path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let file = disk.open(path)?;
    let bytes = usize::try_from(file.bytes()?).unwrap_or(usize::MAX).min(bytes_max.saturating_add(1));
    read_vec_at(&*file, bytes, 0)
}
