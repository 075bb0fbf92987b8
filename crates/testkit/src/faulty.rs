//! A disk that fails on purpose, and that can show what a power loss would leave of it.
//!
//! It keeps two states: what programs read, and what is durable. A sync moves a file's dirty sectors from one
//! to the other; syncing a directory does the same for the names in it. After a failed sync the dirty sectors
//! count as clean, and are lost, as with a kernel's page cache.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IoSlice};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flumen_storage::{Disk, DiskFile, Entry};
use parking_lot::{Mutex, MutexGuard};

const SECTOR: usize = 512;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done and the call fails.
    Error,
    /// A write does half of it and says so.
    Short,
    /// Half of it reaches the disk, then the power goes.
    Torn,
    /// It is done, as far as anyone can see, and the power goes.
    PowerLoss,
}

/// What of the bytes and names that were never synced is on disk after a crash.
#[derive(Clone, Copy, Debug)]
pub enum Unsynced {
    Lost,
    Kept,
    /// Some sectors and some names, by a seed.
    Mixed(u64),
}

/// Tries `survives` with each number from zero on, on four threads, until it is false: then there are no more calls that
/// could fail. Answers with how many there were.
pub fn every_call(survives: impl Fn(u64) -> bool + Sync) -> u64 {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| while survives(next.fetch_add(1, Ordering::Relaxed)) {});
        }
    });
    next.into_inner()
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone)]
pub struct FaultyDisk {
    inner: Arc<Inner>,
}

struct Inner {
    tree: Mutex<Tree>,
    locked: Arc<AtomicBool>,
    calls: AtomicU64,
    plan: Mutex<Option<(u64, Fault)>>,
    tripped: AtomicBool,
    off: AtomicBool,
    next_sync_fails: AtomicBool,
    next_batch_has_no_room: AtomicBool,
    next_sync_of_all_fails: AtomicBool,
    /// Calls that fail for want of a descriptor, counted from when this was set. The journal's batches are not among
    /// them: their files are open.
    lacking: Mutex<Range<u64>>,
    /// Writes that begin with one of these wait.
    held: Mutex<Vec<[u8; 4]>>,
    /// Writes beyond so many bytes in all files together find the disk full.
    capacity: AtomicU64,
    used: AtomicU64,
}

#[derive(Default)]
struct Tree {
    names: Names,
    durable: Names,
    /// Changes of names by the directory that they are in.
    pending: BTreeMap<PathBuf, Vec<Change>>,
}

#[derive(Clone, Default)]
struct Names {
    files: BTreeMap<PathBuf, Arc<File>>,
    dirs: BTreeSet<PathBuf>,
}

#[derive(Clone)]
enum Change {
    Put(PathBuf, Arc<File>),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
    MakeDir(PathBuf),
    RemoveDir(PathBuf),
}

#[derive(Default)]
struct File(Mutex<Content>);

#[derive(Clone, Default)]
struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
    dirty: BTreeSet<usize>,
    length_is_dirty: bool,
    /// What was written last is a batch of the journal.
    holds_batch: bool,
}

struct Handle {
    disk: Arc<Inner>,
    file: Arc<File>,
}

impl Default for FaultyDisk {
    fn default() -> Self {
        FaultyDisk::holding(Tree::default())
    }
}

impl FaultyDisk {
    fn holding(tree: Tree) -> FaultyDisk {
        let files: BTreeMap<*const File, _> =
            tree.names.files.values().map(|f| (Arc::as_ptr(f), f)).collect();
        let used = files.values().map(|file| file.0.lock().now.len() as u64).sum();
        FaultyDisk {
            inner: Arc::new(Inner {
                tree: Mutex::new(tree),
                locked: Arc::default(),
                calls: AtomicU64::new(0),
                plan: Mutex::new(None),
                tripped: AtomicBool::new(false),
                off: AtomicBool::new(false),
                next_sync_fails: AtomicBool::new(false),
                next_batch_has_no_room: AtomicBool::new(false),
                next_sync_of_all_fails: AtomicBool::new(false),
                lacking: Mutex::new(0..0),
                held: Mutex::default(),
                capacity: AtomicU64::new(u64::MAX),
                used: AtomicU64::new(used),
            }),
        }
    }

    /// An empty disk that fails once, at the nth call.
    pub fn failing_at(nth: u64, fault: Fault) -> FaultyDisk {
        let disk = FaultyDisk::default();
        *disk.inner.plan.lock() = Some((nth, fault));
        disk
    }

    /// The same disk, which fails at the nth call from now on.
    pub fn fail_later(&self, nth: u64, fault: Fault) {
        let calls = self.inner.calls.load(Ordering::SeqCst);
        *self.inner.plan.lock() = Some((calls + nth, fault));
    }

    /// Whether the fault that was planned has happened.
    pub fn tripped(&self) -> bool {
        self.inner.tripped.load(Ordering::SeqCst)
    }

    /// Room for so many bytes in all; `u64::MAX` is room enough.
    pub fn set_capacity(&self, bytes: u64) {
        self.inner.capacity.store(bytes, Ordering::SeqCst);
    }

    /// Bytes in all files.
    pub fn used(&self) -> u64 {
        self.inner.used.load(Ordering::SeqCst)
    }

    /// So many calls from now on are done, then so many fail for want of a descriptor; `u64::MAX` is until told otherwise.
    pub fn lack_descriptors(&self, after: u64, calls: u64) {
        *self.inner.lacking.lock() = after..after.saturating_add(calls);
    }

    /// Whether each of these calls has failed.
    pub fn lacked_all(&self) -> bool {
        self.inner.lacking.lock().end == 0
    }

    /// The next batch of the journal is not written, for want of room.
    pub fn refuse_next_batch(&self) {
        self.inner.next_batch_has_no_room.store(true, Ordering::SeqCst);
    }

    /// The next sync of a file's data fails.
    pub fn fail_next_sync(&self) {
        self.inner.next_sync_fails.store(true, Ordering::SeqCst);
    }

    /// The next sync of all files fails, half of which it has synced.
    pub fn fail_next_sync_of_all(&self) {
        self.inner.next_sync_of_all_fails.store(true, Ordering::SeqCst);
    }

    /// Makes writes that begin with one of these wait, until others are held or the power is cut; at most a minute, so
    /// that a test that fails meanwhile ends.
    pub fn hold(&self, magics: &[[u8; 4]]) {
        *self.inner.held.lock() = magics.to_vec();
    }

    /// From here on every call fails.
    pub fn cut_power(&self) {
        self.inner.off.store(true, Ordering::SeqCst);
    }

    /// The disk as the next start finds it.
    pub fn after_crash(&self, unsynced: Unsynced) -> FaultyDisk {
        self.cut_power();
        let tree = self.inner.tree.lock();
        let mut dice = Dice(match unsynced {
            Unsynced::Mixed(seed) => seed | 1,
            _ => 1,
        });
        let mut names = tree.durable.clone();
        for changes in tree.pending.values() {
            let survive = match unsynced {
                Unsynced::Lost => 0,
                Unsynced::Kept => changes.len(),
                Unsynced::Mixed(_) => dice.below(changes.len() + 1),
            };
            changes.iter().take(survive).for_each(|change| names.apply(change));
        }
        let dirs = names.dirs.clone();
        let is_there = |dir: &Path| dir.ancestors().all(|dir| dir == Path::new("") || dirs.contains(dir));
        names.dirs.retain(|dir| is_there(dir));
        names.files.retain(|path, _| is_there(path.parent().unwrap()));
        names.replace(|file| file.after_crash(unsynced, &mut dice));
        FaultyDisk::holding(Tree { durable: names.clone(), names, pending: BTreeMap::new() })
    }

    /// All files and their lengths.
    pub fn files(&self) -> Vec<(PathBuf, u64)> {
        let tree = self.inner.tree.lock();
        tree.names.files.iter().map(|(path, file)| (path.clone(), file.0.lock().now.len() as u64)).collect()
    }

    /// Changes one byte, also in what is durable.
    pub fn flip(&self, path: &Path, offset: u64, mask: u8) {
        let tree = self.inner.tree.lock();
        let mut content = tree.names.files[path].0.lock();
        content.now[offset as usize] ^= mask;
        content.durable = content.now.clone();
        content.dirty.clear();
    }

    /// A file with this content, all of it durable.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let content = Content { now: bytes.to_vec(), durable: bytes.to_vec(), ..Content::default() };
        let file = Arc::new(File(Mutex::new(content)));
        let mut tree = self.inner.tree.lock();
        tree.durable.files.insert(path.to_owned(), file.clone());
        tree.names.files.insert(path.to_owned(), file);
    }

    /// Removes a file for good, as another program would.
    pub fn unlink(&self, path: &Path) {
        let mut tree = self.inner.tree.lock();
        tree.durable.files.remove(path);
        tree.names.files.remove(path);
    }

    /// An independent disk with the same content, all of it durable.
    pub fn copy(&self) -> FaultyDisk {
        let tree = self.inner.tree.lock();
        let mut names = tree.names.clone();
        names.replace(|file| Content {
            durable: file.now.clone(),
            now: file.now.clone(),
            ..Content::default()
        });
        FaultyDisk::holding(Tree { durable: names.clone(), names, pending: BTreeMap::new() })
    }

    /// What lies below a directory, as an independent disk.
    pub fn below(&self, dir: &Path) -> FaultyDisk {
        let copy = self.copy();
        let names = {
            let tree = copy.inner.tree.lock();
            let files = tree
                .names
                .files
                .iter()
                .filter_map(|(path, file)| Some((path.strip_prefix(dir).ok()?.to_owned(), file.clone())));
            let dirs =
                tree.names.dirs.iter().filter_map(|path| Some(path.strip_prefix(dir).ok()?.to_owned()));
            Names { files: files.collect(), dirs: dirs.collect() }
        };
        FaultyDisk::holding(Tree { durable: names.clone(), names, pending: BTreeMap::new() })
    }
}

impl Names {
    /// Every file by another one, which has the same names.
    fn replace(&mut self, mut content: impl FnMut(&Content) -> Content) {
        let mut made: BTreeMap<*const File, Arc<File>> = BTreeMap::new();
        for file in self.files.values_mut() {
            let new = || Arc::new(File(Mutex::new(content(&file.0.lock()))));
            *file = made.entry(Arc::as_ptr(file)).or_insert_with(new).clone();
        }
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Put(path, file) => drop(self.files.insert(path.clone(), file.clone())),
            Change::Remove(path) => drop(self.files.remove(path)),
            Change::Rename(from, to) => {
                if let Some(file) = self.files.remove(from) {
                    self.files.insert(to.clone(), file);
                }
            }
            Change::MakeDir(path) => drop(self.dirs.insert(path.clone())),
            Change::RemoveDir(path) => drop(self.dirs.remove(path)),
        }
    }
}

impl Tree {
    fn change(&mut self, dir: &Path, change: Change) {
        self.names.apply(&change);
        self.pending.entry(dir.to_owned()).or_default().push(change);
    }
}

impl Content {
    fn mark(&mut self, from: usize, to: usize) {
        self.dirty.extend(from / SECTOR..to.div_ceil(SECTOR));
    }

    fn persist(&mut self, sector: usize) {
        let from = (sector * SECTOR).min(self.now.len());
        let to = (from + SECTOR).min(self.now.len());
        if self.durable.len() < to {
            self.durable.resize(to, 0);
        }
        self.durable[from..to].copy_from_slice(&self.now[from..to]);
    }

    fn sync(&mut self) {
        for sector in std::mem::take(&mut self.dirty) {
            self.persist(sector);
        }
        self.durable.resize(self.now.len(), 0);
        self.length_is_dirty = false;
    }

    /// The dirty sectors are clean now, and were never written.
    fn fail_sync(&mut self) {
        self.dirty.clear();
        self.length_is_dirty = false;
    }

    fn sync_half(&mut self) {
        let dirty: Vec<usize> = self.dirty.iter().copied().collect();
        dirty.iter().take(dirty.len() / 2).for_each(|sector| self.persist(*sector));
    }

    fn after_crash(&self, unsynced: Unsynced, dice: &mut Dice) -> Content {
        let mut content = self.clone();
        match unsynced {
            Unsynced::Lost => {}
            Unsynced::Kept => content.sync(),
            Unsynced::Mixed(_) => {
                for sector in self.dirty.iter().copied() {
                    if dice.below(2) == 0 {
                        content.persist(sector);
                    }
                }
                if self.length_is_dirty && dice.below(2) == 0 {
                    content.durable.resize(content.now.len(), 0);
                }
            }
        }
        Content { now: content.durable.clone(), durable: content.durable, ..Content::default() }
    }
}

struct Dice(pub u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n.max(1)
    }
}

const HELD_MAX: std::time::Duration = std::time::Duration::from_secs(60);

fn broken() -> io::Error {
    io::Error::other("the disk fails on purpose")
}

impl Inner {
    /// Counts a call; the fault that it meets, if it is the one.
    fn call(&self) -> io::Result<Option<Fault>> {
        let n = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.off.load(Ordering::SeqCst) {
            return Err(broken());
        }
        match *self.plan.lock() {
            Some((nth, fault)) if nth == n => {
                self.tripped.store(true, Ordering::SeqCst);
                Ok(Some(fault))
            }
            _ => Ok(None),
        }
    }

    /// Counts a call that is not of a journal's batch.
    fn lack(&self) -> io::Result<()> {
        const MFILE: i32 = 24;
        let mut lacking = self.lacking.lock();
        let lacks = lacking.start == 0 && lacking.end > 0;
        *lacking =
            lacking.start.saturating_sub(1)..lacking.end.saturating_sub(u64::from(lacking.end < u64::MAX));
        if lacks { Err(io::Error::from_raw_os_error(MFILE)) } else { Ok(()) }
    }

    /// For calls that are done or not done.
    fn whole(&self) -> io::Result<()> {
        self.lack()?;
        match self.call()? {
            Some(Fault::Error | Fault::Short) => Err(broken()),
            Some(Fault::Torn) => {
                self.off.store(true, Ordering::SeqCst);
                Err(broken())
            }
            Some(Fault::PowerLoss) => {
                self.off.store(true, Ordering::SeqCst);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn grow(&self, content: &mut Content, to: usize) -> io::Result<()> {
        let more = to.saturating_sub(content.now.len()) as u64;
        if more == 0 {
            return Ok(());
        }
        if self.used.load(Ordering::SeqCst) + more > self.capacity.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.used.fetch_add(more, Ordering::SeqCst);
        content.now.resize(to, 0);
        content.length_is_dirty = true;
        Ok(())
    }

    fn shrink(&self, content: &mut Content, to: usize) {
        let less = content.now.len().saturating_sub(to) as u64;
        self.used.fetch_sub(less, Ordering::SeqCst);
        content.now.truncate(to);
        content.length_is_dirty |= less > 0;
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

struct Unlock(Arc<AtomicBool>);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl FaultyDisk {
    fn tree(&self) -> io::Result<MutexGuard<'_, Tree>> {
        self.inner.whole()?;
        Ok(self.inner.tree.lock())
    }

    fn handle(&self, file: Arc<File>) -> Arc<dyn DiskFile> {
        Arc::new(Handle { disk: self.inner.clone(), file })
    }

    /// Room is given back when the last name goes; open handles are not counted.
    fn forget(&self, tree: &Tree, file: &Arc<File>) {
        if tree.names.files.values().filter(|other| Arc::ptr_eq(other, file)).count() == 1 {
            let bytes = file.0.lock().now.len() as u64;
            self.inner.used.fetch_sub(bytes, Ordering::SeqCst);
        }
    }
}

impl Disk for FaultyDisk {
    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        if self.inner.locked.swap(true, Ordering::SeqCst) {
            return Ok(None);
        }
        Ok(Some(Box::new(Unlock(self.inner.locked.clone()))))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let tree = self.tree()?;
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let dirs = tree.names.dirs.iter().filter(|path| path.parent() == Some(dir));
        let dirs = dirs.map(|path| Entry { name: name(path), is_dir: true, bytes: 0 });
        let files = tree.names.files.iter().filter(|(path, _)| path.parent() == Some(dir));
        let files = files.map(|(path, file)| Entry {
            name: name(path),
            is_dir: false,
            bytes: file.0.lock().now.len() as u64,
        });
        Ok(dirs.chain(files).collect())
    }

    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        let mut tree = self.tree()?;
        if !tree.names.dirs.contains(dir) {
            tree.change(parent(dir), Change::MakeDir(dir.to_owned()));
        }
        Ok(())
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        let mut tree = self.tree()?;
        if tree.names.files.keys().any(|path| path.parent() == Some(dir)) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        tree.change(parent(dir), Change::RemoveDir(dir.to_owned()));
        Ok(())
    }

    fn create(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut tree = self.tree()?;
        if parent(file) != Path::new("") && !tree.names.dirs.contains(parent(file)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if let Some(before) = tree.names.files.get(file) {
            self.forget(&tree, before);
        }
        let made = Arc::new(File::default());
        tree.change(parent(file), Change::Put(file.to_owned(), made.clone()));
        Ok(self.handle(made))
    }

    fn open(&self, file: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let tree = self.tree()?;
        let found = tree.names.files.get(file).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(self.handle(found))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut tree = self.tree()?;
        if !tree.names.files.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        assert_eq!(parent(from), parent(to), "renames stay in their directory");
        if let Some(before) = tree.names.files.get(to) {
            self.forget(&tree, before);
        }
        tree.change(parent(from), Change::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        let mut tree = self.tree()?;
        let gone = tree.names.files.get(file).cloned().ok_or(io::ErrorKind::NotFound)?;
        self.forget(&tree, &gone);
        tree.change(parent(file), Change::Remove(file.to_owned()));
        Ok(())
    }

    fn link(&self, file: &Path, name: &Path) -> io::Result<()> {
        let mut tree = self.tree()?;
        let linked = tree.names.files.get(file).cloned().ok_or(io::ErrorKind::NotFound)?;
        if tree.names.files.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        tree.change(parent(name), Change::Put(name.to_owned(), linked));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut tree = self.tree()?;
        let changes = tree.pending.remove(dir).unwrap_or_default();
        changes.iter().for_each(|change| tree.durable.apply(change));
        Ok(())
    }

    fn sync_files(&self) -> io::Result<()> {
        self.inner.lack()?;
        let fails = self.inner.next_sync_of_all_fails.swap(false, Ordering::SeqCst);
        let fault = self.inner.call()?.or(fails.then_some(Fault::Error));
        let files: Vec<Arc<File>> = self.inner.tree.lock().names.files.values().cloned().collect();
        let some = if fault.is_some() { files.len() / 2 } else { files.len() };
        for file in files.iter().take(some) {
            file.0.lock().sync();
        }
        match fault {
            None => Ok(()),
            Some(fault) => {
                files.iter().for_each(|file| file.0.lock().fail_sync());
                self.inner.off.fetch_or(matches!(fault, Fault::Torn | Fault::PowerLoss), Ordering::SeqCst);
                Err(broken())
            }
        }
    }
}

impl DiskFile for Handle {
    fn bytes(&self) -> io::Result<u64> {
        self.disk.whole()?;
        Ok(self.file.0.lock().now.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.disk.lack()?;
        let mut wanted = buffer.len();
        match self.disk.call()? {
            Some(Fault::Short) if wanted > 1 => wanted /= 2,
            Some(_) => return Err(broken()),
            None => {}
        }
        let content = self.file.0.lock();
        let from = content.now.get(offset as usize..).unwrap_or_default();
        let n = from.len().min(wanted);
        buffer[..n].copy_from_slice(&from[..n]);
        Ok(n)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        let magic = slices.first().and_then(|slice| slice.first_chunk());
        let begun = std::time::Instant::now();
        while magic.is_some_and(|magic| self.disk.held.lock().contains(magic))
            && !self.disk.off.load(Ordering::SeqCst)
            && begun.elapsed() < HELD_MAX
        {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let is_batch = magic == Some(b"FLA1");
        if !is_batch {
            self.disk.lack()?;
        }
        let fault = self.disk.call()?;
        if is_batch && self.disk.next_batch_has_no_room.swap(false, Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        // Whole slices: without optimisation, byte after byte took most of the time of tests that write much.
        let mut bytes = Vec::with_capacity(slices.iter().map(|slice| slice.len()).sum());
        slices.iter().for_each(|slice| bytes.extend_from_slice(slice));
        match fault {
            Some(Fault::Error) => return Err(broken()),
            Some(Fault::Short | Fault::Torn) => bytes.truncate(bytes.len().div_ceil(2)),
            _ => {}
        }
        let (from, to) = (offset as usize, offset as usize + bytes.len());
        let mut content = self.file.0.lock();
        self.disk.grow(&mut content, to)?;
        content.now[from..to].copy_from_slice(&bytes);
        content.mark(from, to);
        content.holds_batch = is_batch;
        match fault {
            Some(Fault::Torn) => {
                // This much is on disk, whatever becomes of the rest.
                (from / SECTOR..to.div_ceil(SECTOR)).for_each(|sector| content.persist(sector));
                self.disk.off.store(true, Ordering::SeqCst);
                Err(broken())
            }
            Some(Fault::PowerLoss) => {
                self.disk.off.store(true, Ordering::SeqCst);
                Ok(bytes.len())
            }
            _ => Ok(bytes.len()),
        }
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.disk.whole()?;
        let mut content = self.file.0.lock();
        self.disk.grow(&mut content, bytes as usize)
    }

    fn fill(&self, offset: u64, bytes: u64) -> io::Result<()> {
        self.disk.whole()?;
        let (from, to) = (offset as usize, (offset + bytes) as usize);
        let mut content = self.file.0.lock();
        self.disk.grow(&mut content, to)?;
        content.now[from..to].fill(0);
        content.mark(from, to);
        Ok(())
    }

    /// Its room is not given back.
    fn punch(&self, offset: u64, bytes: u64) -> io::Result<()> {
        self.disk.whole()?;
        let mut content = self.file.0.lock();
        let (from, to) = (offset as usize, (offset + bytes) as usize);
        content.now[from..to].fill(0);
        content.mark(from, to);
        Ok(())
    }

    fn cut(&self, bytes: u64) -> io::Result<()> {
        self.disk.whole()?;
        self.disk.shrink(&mut self.file.0.lock(), bytes as usize);
        Ok(())
    }

    fn is_shared(&self) -> io::Result<bool> {
        self.disk.whole()?;
        let tree = self.disk.tree.lock();
        Ok(tree.names.files.values().filter(|file| Arc::ptr_eq(file, &self.file)).count() > 1)
    }

    fn sync(&self) -> io::Result<()> {
        if !self.file.0.lock().holds_batch {
            self.disk.lack()?;
        }
        let fault = self.disk.call()?;
        let fails = self.disk.next_sync_fails.swap(false, Ordering::SeqCst);
        let fault = fault.or(fails.then_some(Fault::Error));
        let mut content = self.file.0.lock();
        match fault {
            Some(Fault::Error | Fault::Short) => {
                content.fail_sync();
                Err(broken())
            }
            Some(Fault::Torn) => {
                content.sync_half();
                self.disk.off.store(true, Ordering::SeqCst);
                Err(broken())
            }
            Some(Fault::PowerLoss) => {
                content.sync();
                self.disk.off.store(true, Ordering::SeqCst);
                Ok(())
            }
            None => {
                content.sync();
                Ok(())
            }
        }
    }
}
