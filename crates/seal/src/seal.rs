//! Sealing and opening under the data keys of one data directory.
//!
//! ```text
//! id of the data key 8 | nonce 12 | AES-256-GCM( secret ) | tag 16
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use parking_lot::Mutex;

use crate::data_keys::{self, DATA_KEYS, Damaged, DataKey, KEYS_MAX, TAG_BYTES, Unread};
use crate::files::{self, Making};
use crate::root_key::Id;
use crate::source::MadeRoot;
use crate::{RootKey, RootKeyError, RootKeySource, Secret};

const ID_BYTES: usize = 8;
const AROUND_BYTES: usize = ID_BYTES + NONCE_LEN + TAG_BYTES;
/// Nonces are random, 96 bits: under so many of one key two are the same with a chance of less than 2^-32 (NIST
/// SP 800-38D, section 8.3).
const SEALED_UNDER_ONE_MAX: u64 = 1 << 32;
/// So many are written down as sealed before the first of them is, so that a restart has lost no count.
const RESERVED_AT_ONCE: u64 = 1 << 20;

/// Seals secrets, and opens what was sealed. Clones share it.
#[derive(Clone)]
pub struct Seal {
    inner: Arc<Inner>,
}

struct Inner {
    /// Where the data keys are kept; `None` if they go with the process.
    path: Option<PathBuf>,
    ring: Mutex<Ring>,
}

struct Ring {
    /// The newest one last; there is always one.
    keys: Vec<DataKey>,
    /// The newest one may seal so many more before that is written down.
    left: u64,
    /// They wrap the keys wherever these are kept.
    roots: Vec<RootKey>,
}

/// Why the keys of a data directory are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    #[error(
        "{directory} holds sealed data and no root key: there is no {directory}/{file}; bring it back, or name \
         another place with --root-key"
    )]
    NoRootKey { directory: String, file: &'static str },
    #[error("{directory} was sealed under root key {wanted}; {source_name} is root key {found}")]
    OtherRootKey { directory: String, source_name: String, wanted: String, found: String },
    #[error("{directory} holds sealed data, and {directory}/{DATA_KEYS} with the keys to it is missing")]
    NoDataKeys { directory: String },
    #[error("{file} {damaged}")]
    Damaged { file: String, damaged: Damaged },
    #[error("the keys of {0} are being made by another process")]
    Busy(String),
    #[error("{file}: {error}")]
    Io { file: String, error: io::Error },
    #[error("the system provides no random numbers for keys")]
    NoRandom,
}

/// Why a secret is not sealed. Nothing of it is anywhere; the next attempt may succeed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the system provides no random numbers")]
    NoRandom,
    #[error("there are {KEYS_MAX} data keys already, and none of them may seal more")]
    TooManyKeys,
    #[error("{file}: {error}")]
    Io { file: String, error: io::Error },
}

/// Why sealed bytes are not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsealed {
    #[error("sealed bytes are cut off: there are {0}, and {AROUND_BYTES} are around every secret")]
    CutOff(usize),
    #[error("sealed under data key {}, which is none of this data directory", Id(*.0))]
    UnknownKey([u8; 8]),
    #[error("sealed bytes are altered, or from another place than {0}")]
    Altered(String),
}

impl OpenError {
    /// Whether whoever started the program has to name another key or directory, and nothing is broken.
    pub fn is_misconfigured(&self) -> bool {
        match self {
            OpenError::RootKey(error) => error.is_misconfigured(),
            OpenError::NoRootKey { .. } | OpenError::OtherRootKey { .. } | OpenError::NoDataKeys { .. } => {
                true
            }
            _ => false,
        }
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seal({:?})", self.inner.path)
    }
}

impl Seal {
    /// The keys of a data directory. Where nothing `is_sealed` yet and there are none, they are made: the root key first
    /// if it is to lie in the directory, then the data keys; durable on return. Otherwise nothing is written. Blocks.
    ///
    /// Whoever calls it twice for one directory at once has to keep one of the two from sealing.
    pub fn of_directory(
        directory: &Path,
        source: &RootKeySource,
        is_sealed: bool,
    ) -> Result<Seal, OpenError> {
        let name = || directory.display().to_string();
        let path = directory.join(DATA_KEYS);
        let at = |path: &Path| {
            let file = path.display().to_string();
            move |error| OpenError::Io { file, error }
        };
        // Who makes keys keeps others from it, and looks again.
        let making = match path.try_exists().map_err(at(&path))? || is_sealed {
            true => None,
            false => Some(files::lock(&path).map_err(at(directory))?.ok_or_else(|| OpenError::Busy(name()))?),
        };
        let file = data_keys::read_file(&path).map_err(at(&path))?;
        let root = source.read(directory)?;
        let (Some(file), Some(root)) = (&file, &root) else {
            if file.is_some() {
                return Err(OpenError::NoRootKey { directory: name(), file: source.file_name() });
            }
            let Some(making) = making else { return Err(OpenError::NoDataKeys { directory: name() }) };
            return Seal::make(directory, path, source, root, &making);
        };
        let keys = data_keys::read(file, root).map_err(|unread| match unread {
            Unread::Damaged(damaged) => OpenError::Damaged { file: path.display().to_string(), damaged },
            Unread::OtherRoots(roots) => OpenError::OtherRootKey {
                directory: name(),
                source_name: source.to_string(),
                wanted: roots.into_iter().map(|id| Id(id).to_string()).collect::<Vec<_>>().join(" or "),
                found: Id(root.id()).to_string(),
            },
        })?;
        Ok(Seal::new(Some(path), Ring { keys, left: 0, roots: vec![root.clone()] }))
    }

    fn make(
        directory: &Path,
        path: PathBuf,
        source: &RootKeySource,
        root: Option<RootKey>,
        _: &Making,
    ) -> Result<Seal, OpenError> {
        let root = match root {
            Some(root) => root,
            None => {
                let made = MadeRoot::of(source)?.ok_or(OpenError::NoRandom)?;
                made.write(directory).map_err(|error| OpenError::Io {
                    file: directory.join(source.file_name()).display().to_string(),
                    error,
                })?;
                made.key
            }
        };
        let key = DataKey::random().ok_or(OpenError::NoRandom)?;
        let mut ring = Ring { keys: vec![key], left: 0, roots: vec![root] };
        ring.reserve(Some(&path)).map_err(|error| match error {
            SealError::Io { file, error } => OpenError::Io { file, error },
            SealError::NoRandom | SealError::TooManyKeys => OpenError::NoRandom,
        })?;
        Ok(Seal::new(Some(path), ring))
    }

    /// Keys that go with the process, and with them whatever they have sealed. `None` if there are no random numbers to
    /// be had.
    pub fn in_memory() -> Option<Seal> {
        let ring = Ring { keys: vec![DataKey::random()?], left: 0, roots: Vec::new() };
        Some(Seal::new(None, ring))
    }

    fn new(path: Option<PathBuf>, ring: Ring) -> Seal {
        Seal { inner: Arc::new(Inner { path, ring: Mutex::new(ring) }) }
    }

    /// Opens again with the same `context` alone: the name of the place where the bytes will lie, such as
    /// `streams/token-key`. Blocks for a file's sync the first time, and then once in a million times.
    pub fn seal(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let (id, cipher) = {
            let mut ring = self.inner.ring.lock();
            if ring.left == 0 {
                ring.reserve(self.inner.path.as_deref())?;
            }
            ring.left -= 1;
            let newest = ring.newest();
            (newest.id, newest.cipher.clone())
        };
        sealed(id, &cipher, context, secret)
    }

    /// The same for what is sealed every few minutes at most, a hundred thousand times a year of the 2^32 that a data key may: it is
    /// not counted, so nothing is written for it, and it is sealed on a full disk too. Does not block.
    pub fn seal_uncounted(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let (id, cipher) = {
            let ring = self.inner.ring.lock();
            (ring.newest().id, ring.newest().cipher.clone())
        };
        sealed(id, &cipher, context, secret)
    }

    /// The secret that was sealed with this context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Secret, Unsealed> {
        let cut_off = Unsealed::CutOff(sealed.len());
        if sealed.len() < AROUND_BYTES {
            return Err(cut_off);
        }
        let (id, rest) = sealed.split_first_chunk::<ID_BYTES>().ok_or(cut_off.clone())?;
        let (nonce, content) = rest.split_first_chunk::<NONCE_LEN>().ok_or(cut_off)?;
        let cipher = self.cipher(id).ok_or(Unsealed::UnknownKey(*id))?;
        let mut content = content.to_vec();
        let opened = cipher.open_in_place(Nonce::from(nonce), aad(*id, context), &mut content);
        let length = opened.map_err(|_| Unsealed::Altered(context.to_owned()))?.len();
        // What is cut off is the tag.
        content.truncate(length);
        Ok(Secret::new(content))
    }

    fn cipher(&self, id: &[u8; ID_BYTES]) -> Option<Arc<RandomizedNonceKey>> {
        let ring = self.inner.ring.lock();
        ring.keys.iter().rev().find(|key| key.id == *id).map(|key| key.cipher.clone())
    }

    /// From now on these root keys wrap the data keys, which stay what they are, and with them all that is sealed;
    /// durable on return. Blocks.
    ///
    /// Another root key takes the place of one in three steps, after each of which a start finds what it needs: both
    /// wrap; its source gives the new one; the new one alone wraps.
    pub fn wrap_under(&self, roots: [Option<&RootKey>; 2]) -> Result<(), SealError> {
        let roots: Vec<RootKey> = roots.into_iter().flatten().cloned().collect();
        let mut ring = self.inner.ring.lock();
        if let Some(path) = &self.inner.path
            && !roots.is_empty()
        {
            write(path, &ring.keys, &roots)?;
        }
        ring.roots = roots;
        Ok(())
    }
}

fn sealed(
    id: [u8; ID_BYTES],
    cipher: &RandomizedNonceKey,
    context: &str,
    secret: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut content = Vec::with_capacity(secret.len() + TAG_BYTES);
    content.extend_from_slice(secret);
    let nonce = cipher.seal_in_place_append_tag(aad(id, context), &mut content);
    // It fails for want of random numbers, and for texts of gigabytes.
    let nonce = nonce.map_err(|_| SealError::NoRandom)?;
    Ok([&id[..], nonce.as_ref(), &content].concat())
}

impl Ring {
    fn newest(&self) -> &DataKey {
        self.keys.last().expect("a ring has a key from the beginning, and none is taken out")
    }

    /// Room for more to be sealed, under another key where the newest one has none. As before if that cannot be written.
    fn reserve(&mut self, path: Option<&Path>) -> Result<(), SealError> {
        let mut keys = self.keys.clone();
        if self.newest().reserved + RESERVED_AT_ONCE > SEALED_UNDER_ONE_MAX {
            if keys.len() >= KEYS_MAX {
                return Err(SealError::TooManyKeys);
            }
            keys.push(DataKey::random().ok_or(SealError::NoRandom)?);
        }
        if let Some(newest) = keys.last_mut() {
            newest.reserved += RESERVED_AT_ONCE;
        }
        if let Some(path) = path {
            write(path, &keys, &self.roots)?;
        }
        self.keys = keys;
        self.left = RESERVED_AT_ONCE;
        Ok(())
    }
}

fn write(path: &Path, keys: &[DataKey], roots: &[RootKey]) -> Result<(), SealError> {
    let file = data_keys::write(keys, roots).ok_or(SealError::NoRandom)?;
    let written = files::write(path, &file);
    written.map_err(|error| SealError::Io { file: path.display().to_string(), error })
}

fn aad(id: [u8; ID_BYTES], context: &str) -> Aad<Vec<u8>> {
    Aad::from([&b"flumen sealed 1"[..], &id, context.as_bytes()].concat())
}

#[cfg(test)]
mod tests;
