//! A disk in memory: everything works as on a real one and nothing survives it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};

use super::{Disk, DiskFile, Entry};

#[derive(Default)]
pub struct MemoryDisk {
    tree: Mutex<Tree>,
    locked: Arc<AtomicBool>,
}

#[derive(Default)]
struct Tree {
    files: BTreeMap<PathBuf, Arc<MemoryFile>>,
    dirs: BTreeSet<PathBuf>,
}

/// Grows as it is written, so that room asked for and not used costs nothing.
#[derive(Default)]
struct MemoryFile(RwLock<Content>);

#[derive(Default)]
struct Content {
    written: Vec<u8>,
    bytes: u64,
}

struct Unlock(Arc<AtomicBool>);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Disk for MemoryDisk {
    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        if self.locked.swap(true, Ordering::AcqRel) {
            return Ok(None);
        }
        Ok(Some(Box::new(Unlock(self.locked.clone()))))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let tree = self.tree.lock();
        let name = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
        let inside = |path: &Path| path.parent() == Some(dir);
        let dirs = tree.dirs.iter().filter(|path| inside(path));
        let dirs = dirs.filter_map(|path| Some(Entry { name: name(path)?, is_dir: true, bytes: 0 }));
        let files = tree.files.iter().filter(|(path, _)| inside(path));
        let files = files.filter_map(|(path, f)| {
            Some(Entry { name: name(path)?, is_dir: false, bytes: f.0.read().bytes })
        });
        Ok(dirs.chain(files).collect())
    }

    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.tree.lock().dirs.insert(dir.to_owned());
        Ok(())
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        let mut tree = self.tree.lock();
        if tree.files.keys().any(|path| path.parent() == Some(dir)) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        tree.dirs.remove(dir).then_some(()).ok_or_else(missing)
    }

    fn create(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let made = Arc::new(MemoryFile::default());
        self.tree.lock().files.insert(file.to_owned(), made.clone());
        Ok(made)
    }

    fn open(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let found = self.tree.lock().files.get(file).cloned();
        Ok(found.ok_or_else(missing)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut tree = self.tree.lock();
        let file = tree.files.remove(from).ok_or_else(missing)?;
        tree.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.tree.lock().files.remove(file).map(drop).ok_or_else(missing)
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_files(&self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for MemoryFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.read().bytes)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let content = self.0.read();
        let n = content.bytes.saturating_sub(offset).min(buffer.len() as u64) as usize;
        let from = content.written.get(offset as usize..).unwrap_or_default();
        let written = from.len().min(n);
        buffer[..written].copy_from_slice(&from[..written]);
        buffer[written..n].fill(0);
        Ok(n)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        let mut content = self.0.write();
        let mut at = offset as usize;
        for slice in slices {
            let end = at + slice.len();
            if content.written.len() < end {
                content.written.resize(end, 0);
            }
            content.written[at..end].copy_from_slice(slice);
            at = end;
        }
        content.bytes = content.bytes.max(at as u64);
        Ok(at - offset as usize)
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        let mut content = self.0.write();
        content.bytes = content.bytes.max(bytes);
        Ok(())
    }

    fn fill(&self, offset: u64, bytes: u64) -> io::Result<()> {
        let mut content = self.0.write();
        // What lies beyond is zeros already.
        let end = content.written.len().min((offset + bytes) as usize);
        content.written.get_mut(offset as usize..end).unwrap_or_default().fill(0);
        Ok(())
    }

    fn cut(&self, bytes: u64) -> io::Result<()> {
        let mut content = self.0.write();
        content.written.truncate(bytes as usize);
        content.bytes = bytes;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
