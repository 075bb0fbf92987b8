//! The files of trails: each a bucket, a key, a compressed content and its metadata, as S3 would have them. They lie sealed
//! in a directory, each whole or not at all, with copies in clear for collectors if that is wanted; or in memory.
//!
//! What is in them is the business of [`crate::chain`]; when they are written, of those who deliver. Everything here blocks.

mod files;
mod memory;
mod names;
mod plain;
mod sealed;
mod walk;

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use flumen_seal::{Seal, SealError};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::chain::{PublicKey, time_of_key};
use crate::{event, hex};
use memory::Memory;
use plain::Plain;
pub use sealed::Damaged;
use sealed::{CONTENT_BYTES_MAX, FILE_BYTES_MAX};
use walk::{ListParams, ObjectDir};

/// As S3 has it.
const KEY_BYTES_MAX: usize = 1024;
/// A bucket's name is one part of a path.
const BUCKET_BYTES_MAX: usize = 255;
const METADATA_BYTES_MAX: usize = 16 << 10;
const OWN_BYTES_MAX: u64 = 4 << 20;
/// Copies that are caught up with when another one is written.
const CAUGHT_UP_AT_ONCE: usize = 16;
const MINUTE_MS: u64 = 60_000;
const RETENTION_CONTEXT: &str = "audit-retention";

/// What S3 answers as headers `x-amz-meta-NAME`.
pub type Metadata = BTreeMap<String, String>;

/// A file of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Compressed by gzip.
    pub content: Vec<u8>,
    pub metadata: Metadata,
    /// When it was delivered.
    pub modified_ms: u64,
}

/// What a list says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub bytes: u64,
    pub modified_ms: u64,
    /// MD5 of the content, in hex; empty if the file is damaged.
    pub etag: String,
}

impl Listed {
    /// As it is listed under that key.
    pub fn of(key: &str, object: &Object) -> Listed {
        Listed {
            key: key.to_owned(),
            bytes: object.content.len() as u64,
            modified_ms: object.modified_ms,
            etag: hex(&Md5::digest(&object.content)),
        }
    }
}

/// What retention did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub objects: u64,
    pub bytes: u64,
    pub objects_left: u64,
    /// On disk or in memory.
    pub bytes_left: u64,
}

/// Why an object is not written or not to be had.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("{0:?} is no bucket's name: it has 1 to {BUCKET_BYTES_MAX} bytes and no slash")]
    Bucket(String),
    #[error("a key has 1 to {KEY_BYTES_MAX} bytes, not {0}")]
    Key(usize),
    #[error("an object has at most {CONTENT_BYTES_MAX} bytes, not {0}")]
    Content(usize),
    #[error("an object's metadata has at most {METADATA_BYTES_MAX} bytes, not {0}")]
    Metadata(usize),
    #[error("{} {damaged}", file.display())]
    Damaged { file: PathBuf, damaged: Damaged },
    #[error("{}: {error}", file.display())]
    Io { file: PathBuf, error: io::Error },
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("copies in clear are only read")]
    ReadOnly,
}

impl ObjectError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> ObjectError + use<> {
        let file = path.to_owned();
        move |error| ObjectError::Io { file, error }
    }
}

/// The objects of a server, or of a directory that it has written.
#[derive(Debug)]
pub struct Objects {
    store: Store,
}

#[derive(Debug)]
enum Store {
    Directory(Directory),
    Memory(Memory),
}

struct Directory {
    root: PathBuf,
    /// `None` of copies in clear, which are read alone.
    seal: Option<Seal>,
    plain: Option<Plain>,
    /// Held by who makes and removes folders.
    writing: Mutex<()>,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory").field("root", &self.root).field("plain", &self.plain).finish()
    }
}

/// What retention has removed so far. Outside of a sealed file anybody may have written it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Retention {
    /// Of objects, by the times in their keys.
    removed_before: String,
}

fn checked(bucket: &str, key: &str) -> Result<(), ObjectError> {
    if bucket.is_empty() || bucket.len() > BUCKET_BYTES_MAX || bucket.contains('/') {
        return Err(ObjectError::Bucket(bucket.chars().take(BUCKET_BYTES_MAX).collect()));
    }
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(ObjectError::Key(key.len()));
    }
    Ok(())
}

impl Objects {
    /// Sealed files in `dir`, which is made where it is missing. With `plain` there are copies in clear below that.
    ///
    /// # Errors
    /// If one of the two cannot be made, which the error names, or lies within the other one.
    pub fn of_directory(dir: PathBuf, plain: Option<PathBuf>, seal: Seal) -> io::Result<Objects> {
        let make = |path: &Path, modes| -> io::Result<PathBuf> {
            let made = files::make_folder(path, path, modes).and_then(|()| path.canonicalize());
            made.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
        };
        let one = make(&dir, files::SEALED)?;
        if let Some(plain) = &plain {
            let other = make(plain, files::PLAIN)?;
            if one.starts_with(&other) || other.starts_with(&one) {
                let what = format!("{} and {} lie within each other", dir.display(), plain.display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
        }
        let plain = plain.map(|plain| Plain::new(plain, &dir));
        Ok(Objects::of(Directory { root: dir, seal: Some(seal), plain, writing: Mutex::default() }))
    }

    /// Sealed files that are only read, as in a backup or beside a running server.
    pub fn of_sealed(dir: PathBuf, seal: Seal) -> Objects {
        Objects::of(Directory { root: dir, seal: Some(seal), plain: None, writing: Mutex::default() })
    }

    /// Copies in clear, which are only read.
    pub fn of_plain(dir: PathBuf) -> Objects {
        Objects::of(Directory { root: dir, seal: None, plain: None, writing: Mutex::default() })
    }

    /// The newest ones in as many bytes.
    pub fn in_memory(bytes_max: u64) -> Objects {
        Objects { store: Store::Memory(Memory::new(bytes_max)) }
    }

    fn of(directory: Directory) -> Objects {
        Objects { store: Store::Directory(directory) }
    }

    /// Takes the place of one that was there; durable on return.
    pub fn put(&self, bucket: &str, key: &str, object: &Object) -> Result<(), ObjectError> {
        checked(bucket, key)?;
        if object.content.len() > CONTENT_BYTES_MAX {
            return Err(ObjectError::Content(object.content.len()));
        }
        let metadata = object.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if metadata > METADATA_BYTES_MAX {
            return Err(ObjectError::Metadata(metadata));
        }
        match &self.store {
            Store::Directory(directory) => directory.put(bucket, key, object),
            Store::Memory(memory) => {
                memory.put(bucket, key, object);
                Ok(())
            }
        }
    }

    pub fn get(&self, bucket: &str, key: &str) -> Result<Option<Object>, ObjectError> {
        if checked(bucket, key).is_err() {
            return Ok(None);
        }
        match &self.store {
            Store::Directory(directory) => directory.get(bucket, key),
            Store::Memory(memory) => Ok(memory.get(bucket, key)),
        }
    }

    /// What there is to say of an object but for its content, which is not read.
    pub fn head(&self, bucket: &str, key: &str) -> Result<Option<(Listed, Metadata)>, ObjectError> {
        if checked(bucket, key).is_err() {
            return Ok(None);
        }
        match &self.store {
            Store::Directory(directory) => directory.head(bucket, key),
            Store::Memory(memory) => {
                let object = memory.get(bucket, key);
                Ok(object.map(|object| (Listed::of(key, &object), object.metadata)))
            }
        }
    }

    /// The bytes of a damaged object's file as they lie there, in the place of its content: for a reader who then sees for
    /// himself that they are not what was put. They are sealed, or were not there before.
    pub fn get_damaged(&self, bucket: &str, key: &str) -> Result<Option<Object>, ObjectError> {
        let Store::Directory(directory) = &self.store else { return Ok(None) };
        let path = directory.path(bucket, key);
        let file = files::read(&path, FILE_BYTES_MAX).map_err(ObjectError::at(&path))?;
        Ok(file.map(|content| Object { content, metadata: Metadata::new(), modified_ms: 0 }))
    }

    /// Up to `max` objects whose keys begin with `prefix` and are greater than `after`, in order of keys.
    pub fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: &str,
        max: usize,
    ) -> Result<Vec<Listed>, ObjectError> {
        match &self.store {
            Store::Directory(_) if bucket.is_empty() || bucket.contains('/') || max == 0 => Ok(Vec::new()),
            Store::Directory(directory) => directory.list(&ListParams { bucket, prefix, after }, max),
            Store::Memory(memory) => Ok(memory.list(bucket, prefix, after, max)),
        }
    }

    /// In order; those that hold something.
    pub fn buckets(&self) -> Result<Vec<String>, ObjectError> {
        match &self.store {
            Store::Directory(directory) => directory.object_dir().buckets(&mut Vec::new()),
            Store::Memory(memory) => Ok(memory.buckets()),
        }
    }

    /// Shows bucket and key of every object, in order; answers with the files that are none.
    pub(crate) fn every(&self, mut visit: impl FnMut(&str, &str)) -> Result<Vec<PathBuf>, ObjectError> {
        let mut strangers = Vec::new();
        match &self.store {
            Store::Directory(directory) => {
                for bucket in directory.object_dir().buckets(&mut strangers)? {
                    let params = ListParams { bucket: &bucket, prefix: "", after: "" };
                    directory.object_dir().walk(&params, &mut strangers, &mut |key, _| {
                        visit(&bucket, key);
                        Ok(ControlFlow::Continue(()))
                    })?;
                }
            }
            Store::Memory(memory) => {
                for bucket in memory.buckets() {
                    memory.list(&bucket, "", "", usize::MAX).iter().for_each(|of| visit(&bucket, &of.key));
                }
            }
        }
        Ok(strangers)
    }

    /// Removes the oldest ones, by the times in their keys: those that are older than `max_age_ms`, and whole minutes of
    /// others until what is left takes no more than `max_bytes`. A digest is removed after the files that it names. What
    /// is of the running minute stays.
    pub fn retain(&self, now_ms: u64, max_age_ms: u64, max_bytes: u64) -> Result<Removed, ObjectError> {
        let before_ms = now_ms.saturating_sub(max_age_ms);
        match &self.store {
            Store::Directory(directory) => directory.retain(now_ms, before_ms, max_bytes),
            Store::Memory(memory) => Ok(memory.retain(before_ms, max_bytes)),
        }
    }

    /// Objects whose keys have earlier times may have been removed by [`Objects::retain`].
    pub fn removed_before_ms(&self) -> Result<u64, ObjectError> {
        match &self.store {
            Store::Directory(directory) => directory.removed_before_ms(),
            Store::Memory(_) => Ok(0),
        }
    }

    /// Lays the keys by which digests are verified beside them in clear, so that a copy can be verified without the root
    /// key; durable on return.
    pub fn put_public_keys(&self, keys: &[PublicKey]) -> Result<(), ObjectError> {
        let Store::Directory(directory) = &self.store else { return Ok(()) };
        let text = PublicKey::list(keys);
        let _one = directory.writing.lock();
        let write = |root: &Path, modes| {
            let path = root.join(names::PUBLIC_KEYS);
            files::write(root, &path, &[text.as_bytes()], modes).map_err(ObjectError::at(&path))
        };
        write(&directory.root, files::SEALED)?;
        if let Some(plain) = &directory.plain
            && let Err(error) = write(&plain.root, files::PLAIN)
        {
            tracing::warn!(%error, "a copy of the audit's public keys was not written");
        }
        Ok(())
    }

    /// Those that lie beside the objects. Whoever can write there can have put others in their place.
    pub fn public_keys(&self) -> Result<Option<Vec<u8>>, ObjectError> {
        let Store::Directory(directory) = &self.store else { return Ok(None) };
        let path = directory.root.join(names::PUBLIC_KEYS);
        files::read(&path, OWN_BYTES_MAX).map_err(ObjectError::at(&path))
    }
}

/// Verifies the sealed files in a directory as far as that goes without keys: how many there are, and what is wrong.
pub fn check_objects(dir: &Path) -> Result<(u64, Vec<(PathBuf, Damaged)>), ObjectError> {
    let object_dir = ObjectDir { root: dir, suffix: sealed::SUFFIX };
    let (mut objects, mut damaged, mut strangers) = (0, Vec::new(), Vec::new());
    for bucket in object_dir.buckets(&mut strangers)? {
        object_dir.walk(
            &ListParams { bucket: &bucket, prefix: "", after: "" },
            &mut strangers,
            &mut |_, path| {
                // `None`: retention has removed it meanwhile.
                if let Some(file) = files::read(path, FILE_BYTES_MAX).map_err(ObjectError::at(path))? {
                    objects += 1;
                    damaged.extend(sealed::check(&file).err().map(|what| (path.to_owned(), what)));
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
    }
    Ok((objects, damaged))
}

impl Directory {
    fn suffix(&self) -> &'static str {
        if self.seal.is_some() { sealed::SUFFIX } else { plain::SUFFIX }
    }

    fn object_dir(&self) -> ObjectDir<'_> {
        ObjectDir { root: &self.root, suffix: self.suffix() }
    }

    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        names::of_object(&self.root, bucket, key, self.suffix())
    }

    fn put(&self, bucket: &str, key: &str, object: &Object) -> Result<(), ObjectError> {
        let seal = self.seal.as_ref().ok_or(ObjectError::ReadOnly)?;
        let file = sealed::write(seal, bucket, key, object)?;
        let path = self.path(bucket, key);
        let _one = self.writing.lock();
        if let Some(plain) = &self.plain {
            plain.want(bucket, key).map_err(ObjectError::at(&self.root))?;
        }
        let parts: Vec<&[u8]> = file.iter().map(Vec::as_slice).collect();
        files::write(&self.root, &path, &parts, files::SEALED).map_err(ObjectError::at(&path))?;
        if let Some(plain) = &self.plain
            && plain.copy(bucket, key, &object.content).is_ok()
        {
            self.catch_up(plain);
        }
        Ok(())
    }

    /// Makes copies that could not be made before.
    fn catch_up(&self, plain: &Plain) {
        for (bucket, key) in plain.wanted(CAUGHT_UP_AT_ONCE) {
            match self.get(&bucket, &key) {
                Ok(Some(object)) if plain.copy(&bucket, &key, &object.content).is_err() => return,
                Ok(Some(_)) => {}
                Ok(None) => plain.forget(&bucket, &key),
                Err(error) => tracing::warn!(%error, "an object of which a copy is wanted cannot be read"),
            }
        }
    }

    fn get(&self, bucket: &str, key: &str) -> Result<Option<Object>, ObjectError> {
        let path = self.path(bucket, key);
        let Some(file) = files::read(&path, FILE_BYTES_MAX).map_err(ObjectError::at(&path))? else {
            return Ok(None);
        };
        match &self.seal {
            Some(seal) => {
                let object = sealed::read(seal, bucket, key, &file);
                object.map(Some).map_err(|damaged| ObjectError::Damaged { file: path, damaged })
            }
            None => Ok(Some(Object { content: file, metadata: BTreeMap::new(), modified_ms: 0 })),
        }
    }

    fn head(&self, bucket: &str, key: &str) -> Result<Option<(Listed, Metadata)>, ObjectError> {
        let Some(seal) = &self.seal else {
            let object = self.get(bucket, key)?;
            return Ok(object.map(|object| (Listed::of(key, &object), object.metadata)));
        };
        let path = self.path(bucket, key);
        let read = sealed::read_head(seal, bucket, key, &path).map_err(ObjectError::at(&path))?;
        let head = read.transpose().map_err(|damaged| ObjectError::Damaged { file: path, damaged })?;
        Ok(head.map(|head| {
            let sealed::Head { modified_ms, bytes, md5, metadata } = head;
            (Listed { key: key.to_owned(), bytes, modified_ms, etag: md5 }, metadata)
        }))
    }

    fn list(&self, params: &ListParams<'_>, max: usize) -> Result<Vec<Listed>, ObjectError> {
        let mut listed = Vec::new();
        self.object_dir().walk(params, &mut Vec::new(), &mut |key, path| {
            match self.head(params.bucket, key) {
                Ok(Some((found, _))) => listed.push(found),
                Ok(None) => {}
                // It is there: a list that left it out would say that it was removed.
                Err(ObjectError::Damaged { .. }) => {
                    let bytes = path.metadata().map_or(0, |meta| meta.len());
                    listed.push(Listed { key: key.to_owned(), bytes, modified_ms: 0, etag: String::new() });
                }
                Err(error) => return Err(error),
            }
            Ok(if listed.len() < max { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(listed)
    }

    /// Time by its key, or of a sealed one as the file system has it. What else lies among copies is not ours.
    fn time(object_dir: ObjectDir<'_>, key: &str, path: &Path) -> io::Result<u64> {
        match time_of_key(key) {
            Some(time) => Ok(time),
            None if object_dir.suffix == plain::SUFFIX => Ok(u64::MAX),
            None => {
                let modified = path.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH);
                Ok(modified.map_or(0, |since| since.as_millis() as u64))
            }
        }
    }

    /// Shows every object of these buckets in `object_dir` with its time and its size; those that go meanwhile are left out.
    fn each(
        object_dir: ObjectDir<'_>,
        buckets: &[String],
        mut visit: impl FnMut(&str, &str, u64, &Path),
    ) -> Result<(), ObjectError> {
        for bucket in buckets {
            let params = ListParams { bucket, prefix: "", after: "" };
            object_dir.walk(&params, &mut Vec::new(), &mut |key, path| {
                match Directory::time(object_dir, key, path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    time => visit(bucket, key, time.map_err(ObjectError::at(path))?, path),
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(())
    }

    fn retain(&self, now_ms: u64, before_ms: u64, max_bytes: u64) -> Result<Removed, ObjectError> {
        if self.seal.is_none() {
            return Err(ObjectError::ReadOnly);
        }
        if let Some(plain) = &self.plain {
            let _one = self.writing.lock();
            self.catch_up(plain);
        }
        let buckets = self.object_dir().buckets(&mut Vec::new())?;
        let mut minutes = BTreeMap::<u64, u64>::new();
        let mut left = Removed::default();
        Directory::each(self.object_dir(), &buckets, |_, _, time_ms, path| {
            let bytes = path.metadata().map_or(0, |meta| meta.len());
            *minutes.entry(time_ms / MINUTE_MS).or_default() += bytes;
            left.objects_left += 1;
            left.bytes_left += bytes;
        })?;
        let floor = floor_of(&minutes, now_ms, before_ms, max_bytes);
        if minutes.range(..floor).next().is_none() {
            return Ok(left);
        }
        let before_ms = floor * MINUTE_MS;
        let said = self.say_removed_before(before_ms)?;
        let removed = self.remove_before(self.object_dir(), &buckets, before_ms)?;
        if let Some(plain) = &self.plain {
            let object_dir = ObjectDir { root: &plain.root, suffix: plain::SUFFIX };
            let path = names::retention(&plain.root, plain::SUFFIX);
            let said = files::write(&plain.root, &path, &[&said], files::PLAIN);
            let said = said.map_err(ObjectError::at(&path));
            if let Err(error) = said.and_then(|()| self.remove_before(object_dir, &buckets, before_ms)) {
                tracing::warn!(%error, "copies of the audit's files that are too old were not all removed");
            }
        }
        Ok(Removed {
            objects_left: left.objects_left.saturating_sub(removed.objects),
            bytes_left: left.bytes_left.saturating_sub(removed.bytes),
            ..removed
        })
    }

    fn remove_before(
        &self,
        object_dir: ObjectDir<'_>,
        buckets: &[String],
        before_ms: u64,
    ) -> Result<Removed, ObjectError> {
        let mut old = Vec::new();
        Directory::each(object_dir, buckets, |bucket, key, time_ms, path| {
            if time_ms < before_ms {
                old.push((time_ms, path.to_owned(), bucket.to_owned(), key.to_owned()));
            }
        })?;
        // A digest has the time at which its hour ended.
        old.sort();
        let mut removed = Removed::default();
        for (_, path, bucket, key) in old {
            let _one = self.writing.lock();
            let bytes = path.metadata().map_or(0, |meta| meta.len());
            if files::remove(&path).map_err(ObjectError::at(&path))? {
                removed.objects += 1;
                removed.bytes += bytes;
            }
            if let Some(plain) = &self.plain {
                plain.forget(&bucket, &key);
            }
            files::remove_empty(object_dir.root, &path);
        }
        Ok(removed)
    }

    /// Before anything is removed, so that whoever verifies knows what may be missing; durable on return.
    fn say_removed_before(&self, before_ms: u64) -> Result<Vec<u8>, ObjectError> {
        let seal = self.seal.as_ref().ok_or(ObjectError::ReadOnly)?;
        let before_ms = before_ms.max(self.removed_before_ms()?);
        let text = serde_json::to_vec(&Retention { removed_before: event::time(before_ms) })
            .expect("a struct of a text is written");
        let sealed = seal.seal(RETENTION_CONTEXT, &text)?;
        let path = names::retention(&self.root, sealed::SUFFIX);
        files::write(&self.root, &path, &[&sealed], files::SEALED).map_err(ObjectError::at(&path))?;
        Ok(text)
    }

    fn removed_before_ms(&self) -> Result<u64, ObjectError> {
        let path = names::retention(&self.root, self.suffix());
        let text = match &self.seal {
            Some(seal) => sealed::read_own(seal, RETENTION_CONTEXT, &path),
            None => files::read(&path, OWN_BYTES_MAX),
        };
        let Some(text) = text.map_err(ObjectError::at(&path))? else { return Ok(0) };
        let retention = serde_json::from_slice::<Retention>(&text).ok();
        let time = retention.and_then(|said| said.removed_before.parse::<Timestamp>().ok());
        let time = time.and_then(|time| u64::try_from(time.as_millisecond()).ok());
        time.ok_or(ObjectError::Damaged { file: path, damaged: Damaged::Head })
    }
}

/// The first minute that stays: what is before it goes.
fn floor_of(minutes: &BTreeMap<u64, u64>, now_ms: u64, before_ms: u64, max_bytes: u64) -> u64 {
    let running = now_ms / MINUTE_MS;
    let mut floor = (before_ms / MINUTE_MS).min(running);
    let mut left: u64 = minutes.range(floor..).map(|(_, bytes)| bytes).sum();
    for (minute, bytes) in minutes.range(floor..running) {
        if left <= max_bytes {
            break;
        }
        left -= bytes;
        floor = minute + 1;
    }
    floor
}

#[cfg(test)]
mod tests;
