//! Key material: 32 bytes each, sealed in a file of its own, so that none of it is in a command or a snapshot and all of it is gone
//! when its file is. A file is there, whole and durable, before a command names it. What is used is kept in memory within a bound.
//!
//! ```text
//! magic FLY1 4 | the material, sealed for keys/ARN/MATERIAL 68 | CRC-32C 4
//! ```

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flumen_seal::{Seal, SealError, Secret, Unsealed};
use flumen_storage::{Disk, DiskFile, Entry, MemoryDisk, OsDisk, put_file, read_file};
use parking_lot::Mutex;

use crate::ids::{MaterialId, NoRandom, fill_random};
use crate::names::KeyArn;

const MATERIAL_BYTES: usize = 32;
const MAGIC: [u8; 3] = *b"FLY";
const VERSION: u8 = b'1';
const SUFFIX: &str = ".sealed";
/// Of a file that is being made.
const UNFINISHED: &str = ".sealed.new";
const CHECKSUM_BYTES: usize = 4;
/// Identity of the data key, nonce, tag.
const SEALED_BYTES: usize = 8 + 12 + MATERIAL_BYTES + 16;
const FILE_BYTES: usize = 4 + SEALED_BYTES + CHECKSUM_BYTES;
/// So many pieces are kept in memory, of 100 bytes or so each.
const HELD_MAX: usize = 10_000;

/// Why material is not to be had. The next attempt may succeed where something was lacking.
#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    #[error("key material {id}: {error}")]
    Io { id: MaterialId, error: io::Error },
    #[error("key material {id} {damaged}")]
    Damaged { id: MaterialId, damaged: Damaged },
    #[error("key material cannot be sealed: {0}")]
    Seal(#[from] SealError),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    #[error("reading key material ended before its time")]
    EndedEarly,
}

/// What is wrong with a file of material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    #[error("is damaged: it has {0} bytes, where {FILE_BYTES} are a whole file")]
    Length(u64),
    #[error("is damaged: it does not begin as key material does")]
    Magic,
    #[error("has version {:?}; this program reads version 1", char::from(*.0))]
    Newer(u8),
    #[error("is damaged: its checksum is not that of its bytes")]
    Checksum,
    #[error("does not open: it was changed, put here from another place, or sealed with other keys ({0})")]
    Sealed(Unsealed),
}

/// Where material lies. Clones are the same.
#[derive(Clone)]
pub struct Materials {
    inner: Arc<Inner>,
}

struct Inner {
    disk: Arc<dyn Disk>,
    /// On the disk.
    folder: PathBuf,
    seal: Seal,
    held: Mutex<MaterialCache>,
    /// Made, and not named by a command yet as far as is known.
    making: Mutex<HashSet<MaterialId>>,
    /// How many pieces were destroyed.
    destroyed: AtomicU64,
}

/// What is in memory, the oldest one first.
#[derive(Default)]
struct MaterialCache {
    secrets: HashMap<MaterialId, Arc<Secret>>,
    order: VecDeque<MaterialId>,
}

impl Materials {
    /// In files of this folder, which is made where it is missing.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn of_directory(folder: &Path, seal: Seal) -> io::Result<Self> {
        Ok(Materials::on(Arc::new(OsDisk::new(folder)?), PathBuf::new(), seal))
    }

    /// The same of a folder that is only read, and need not be there.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read_only(folder: &Path, seal: Seal) -> io::Result<Self> {
        match folder.is_dir() {
            true => Ok(Materials::on(Arc::new(OsDisk::read_only(folder)?), PathBuf::new(), seal)),
            false => Ok(Materials::in_memory(seal)),
        }
    }

    /// In memory.
    pub fn in_memory(seal: Seal) -> Self {
        Materials::on(Arc::new(MemoryDisk::default()), PathBuf::new(), seal)
    }

    /// In a folder of a disk.
    pub fn on(disk: Arc<dyn Disk>, folder: PathBuf, seal: Seal) -> Self {
        let (held, making, destroyed) = Default::default();
        Materials { inner: Arc::new(Inner { disk, folder, seal, held, making, destroyed }) }
    }

    /// New material for a key, durable on return. Blocks. It is [`Materials::settled`] when a command names it; of one that was not
    /// written nobody can say whether it is there, so its material stays until the next start.
    pub(crate) fn make(&self, arn: &KeyArn) -> Result<MaterialId, MaterialError> {
        let id = MaterialId::random()?;
        let mut bytes = vec![0; MATERIAL_BYTES];
        fill_random(&mut bytes)?;
        let secret = Secret::new(bytes);
        let file = write(&self.inner.seal, arn, id, &secret)?;
        self.inner.making.lock().insert(id);
        let (folder, name) = self.place(id);
        let disk = &*self.inner.disk;
        let written = self.make_folder(&folder).and_then(|()| put_file(disk, &folder, &name, &file));
        if let Err(error) = written {
            // What cannot be removed now goes with the next start.
            for name in [name, format!("{id}{UNFINISHED}")] {
                let _ = self.destroy_file(&folder, &name);
            }
            self.settled(id);
            return Err(MaterialError::Io { id, error });
        }
        self.hold(id, secret);
        Ok(id)
    }

    /// It is known whether a command names it.
    pub(crate) fn settled(&self, id: MaterialId) {
        self.inner.making.lock().remove(&id);
    }

    /// What is in memory.
    pub(crate) fn held(&self, id: MaterialId) -> Option<Arc<Secret>> {
        self.inner.held.lock().secrets.get(&id).cloned()
    }

    /// From memory, or else from its file. Blocks.
    pub(crate) fn read(&self, arn: &KeyArn, id: MaterialId) -> Result<Arc<Secret>, MaterialError> {
        if let Some(held) = self.held(id) {
            return Ok(held);
        }
        let destroyed = self.destroyed();
        let (folder, name) = self.place(id);
        let file = read_file(&*self.inner.disk, &folder.join(name), FILE_BYTES);
        let file = file.map_err(|error| MaterialError::Io { id, error })?;
        let secret = open(&self.inner.seal, arn, id, &file);
        let secret = secret.map_err(|damaged| MaterialError::Damaged { id, damaged })?;
        // What was destroyed meanwhile must not come back.
        if self.destroyed() == destroyed { Ok(self.hold(id, secret)) } else { Ok(Arc::new(secret)) }
    }

    /// Takes it out of memory, overwrites its file unless that is a backup's too, and removes it; durable on return, also where some
    /// of that was done before. Blocks.
    pub(crate) fn destroy(&self, id: MaterialId) -> Result<(), MaterialError> {
        self.forget(id);
        let (folder, name) = self.place(id);
        let done = self.destroy_file(&folder, &name);
        // Whoever had read the file before it was gone may have held it again.
        self.forget(id);
        done.map_err(|error| MaterialError::Io { id, error })
    }

    /// Destroys what `is_named` by no command. What was there when the process began and is not named then never will be. Blocks.
    /// How many files that were.
    pub(crate) fn destroy_unnamed(&self, is_named: impl Fn(MaterialId) -> bool) -> io::Result<u64> {
        let (disk, folder) = (&self.inner.disk, &self.inner.folder);
        let mut destroyed = 0;
        for below in disk.list(folder)?.into_iter().filter(|entry| entry.is_dir) {
            let folder = folder.join(&below.name);
            for Entry { name, .. } in disk.list(&folder)? {
                let unfinished = name.strip_suffix(UNFINISHED);
                let Some(Ok(id)) = unfinished.or(name.strip_suffix(SUFFIX)).map(str::parse) else { continue };
                // What is made now is asked for first: when it is not among that any more, a command names it.
                if self.inner.making.lock().contains(&id) || unfinished.is_none() && is_named(id) {
                    continue;
                }
                self.destroy_file(&folder, &name)?;
                destroyed += 1;
            }
        }
        Ok(destroyed)
    }

    fn destroy_file(&self, folder: &Path, name: &str) -> io::Result<()> {
        let (disk, path) = (&self.inner.disk, folder.join(name));
        match disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            file => {
                let file = file?;
                // Under another name it is a backup's.
                if !file.is_shared()? {
                    overwrite(&*file)?;
                }
                drop(file);
                disk.remove(&path)?;
            }
        }
        // Also where it was gone: maybe its name was not durably.
        match disk.sync_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// How many pieces were destroyed by now, for whoever keeps what was opened with them.
    pub(crate) fn destroyed(&self) -> u64 {
        self.inner.destroyed.load(Ordering::Acquire)
    }

    fn forget(&self, id: MaterialId) {
        self.inner.destroyed.fetch_add(1, Ordering::AcqRel);
        let held = &mut *self.inner.held.lock();
        if held.secrets.remove(&id).is_some() {
            held.order.retain(|other| *other != id);
        }
    }

    fn hold(&self, id: MaterialId, secret: Secret) -> Arc<Secret> {
        let held = &mut *self.inner.held.lock();
        if let Some(before) = held.secrets.get(&id) {
            return before.clone();
        }
        if held.order.len() >= HELD_MAX
            && let Some(oldest) = held.order.pop_front()
        {
            held.secrets.remove(&oldest);
        }
        let secret = Arc::new(secret);
        held.order.push_back(id);
        held.secrets.insert(id, secret.clone());
        secret
    }

    /// Folder and name of its file: as many files in one folder as there may be are slow to list.
    fn place(&self, id: MaterialId) -> (PathBuf, String) {
        let id = id.to_string();
        (self.inner.folder.join(&id[..2]), format!("{id}{SUFFIX}"))
    }

    /// Durable on return.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let (disk, above) = (&self.inner.disk, &self.inner.folder);
        disk.make_dir(above)?;
        disk.make_dir(folder)?;
        disk.sync_dir(above)?;
        match above.parent() {
            Some(top) => disk.sync_dir(top),
            None => Ok(()),
        }
    }
}

/// With zeros; durable on return.
fn overwrite(file: &dyn DiskFile) -> io::Result<()> {
    let bytes = usize::try_from(file.bytes()?).unwrap_or(usize::MAX).min(FILE_BYTES);
    let (zeros, mut at) = (vec![0; bytes], 0);
    while let Some(rest) = zeros.get(at..).filter(|rest| !rest.is_empty()) {
        match file.write_at(&[IoSlice::new(rest)], at as u64)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => at += written,
        }
    }
    file.sync()
}

fn context(arn: &KeyArn, id: MaterialId) -> String {
    format!("keys/{arn}/{id}")
}

fn write(seal: &Seal, arn: &KeyArn, id: MaterialId, secret: &Secret) -> Result<Vec<u8>, SealError> {
    let mut file = Vec::with_capacity(FILE_BYTES);
    file.extend_from_slice(&MAGIC);
    file.push(VERSION);
    file.extend_from_slice(&seal.seal(&context(arn, id), secret.expose())?);
    let checksum = crc32c::crc32c(&file);
    file.extend_from_slice(&checksum.to_le_bytes());
    Ok(file)
}

/// The sealed bytes of a file whose checksum is right.
fn sealed(file: &[u8]) -> Result<&[u8], Damaged> {
    let length = Damaged::Length(file.len() as u64);
    let (body, checksum) = file.split_last_chunk::<CHECKSUM_BYTES>().ok_or(length.clone())?;
    let (magic, sealed) = body.split_first_chunk::<4>().ok_or(length.clone())?;
    if magic[..3] != MAGIC {
        return Err(Damaged::Magic);
    }
    if magic[3] != VERSION {
        return Err(Damaged::Newer(magic[3]));
    }
    if file.len() != FILE_BYTES {
        return Err(length);
    }
    match crc32c::crc32c(body) == u32::from_le_bytes(*checksum) {
        true => Ok(sealed),
        false => Err(Damaged::Checksum),
    }
}

fn open(seal: &Seal, arn: &KeyArn, id: MaterialId, file: &[u8]) -> Result<Secret, Damaged> {
    let secret = seal.open(&context(arn, id), sealed(file)?).map_err(Damaged::Sealed)?;
    match secret.expose().len() {
        MATERIAL_BYTES => Ok(secret),
        found => Err(Damaged::Length(found as u64)),
    }
}

/// Reads every file of material below a folder and verifies it as far as that goes without keys; nothing is changed. How many there
/// are, and which of them are damaged.
///
/// # Errors
/// Where one cannot be read.
pub fn check_materials(folder: &Path) -> io::Result<(u64, Vec<(PathBuf, Damaged)>)> {
    let (mut files, mut damaged) = (0, Vec::new());
    if !folder.is_dir() {
        return Ok((files, damaged));
    }
    let disk = OsDisk::read_only(folder)?;
    let mut folders = disk.list(Path::new(""))?;
    folders.retain(|entry| entry.is_dir);
    for Entry { name: below, .. } in folders {
        for Entry { name, .. } in disk.list(Path::new(&below))? {
            if name.strip_suffix(SUFFIX).is_none_or(|id| id.parse::<MaterialId>().is_err()) {
                continue;
            }
            let path = Path::new(&below).join(&name);
            let file = match read_file(&disk, &path, FILE_BYTES) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                file => file?,
            };
            files += 1;
            if let Err(error) = sealed(&file) {
                damaged.push((folder.join(path), error));
            }
        }
    }
    Ok((files, damaged))
}

#[cfg(test)]
mod tests;
