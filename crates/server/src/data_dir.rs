//! The data directory at a start: whose eyes it is for, the keys to what is sealed in it, its log, and what an earlier
//! version kept there in clear.
//!
//! Invariant: nothing is written to a directory whose root key is not there.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context;
use flumen_cli::Misconfigured;
use flumen_external_keys::ExternalKeys;
use flumen_keys::Materials;
use flumen_seal::{DATA_KEYS, RootKeySource, Seal};
use flumen_storage::{OverwriteError, Overwritten, Storage, StorageSettings, off_thread};
use rustix::fs::Mode;

use crate::block_keys::AllBlockKeys;
use crate::serve::{KEYS_DIRECTORY, LOG_DIRECTORY};
use crate::tls;

/// Everybody's but the owner's.
const OTHERS: u32 = 0o077;

/// What this process makes is for its owner alone.
pub fn make_for_the_owner_alone() {
    let mask = rustix::process::umask(Mode::from_raw_mode(OTHERS));
    rustix::process::umask(mask | Mode::from_raw_mode(OTHERS));
}

/// How a log is opened that this program has, whatever is asked of it.
pub fn log_settings() -> StorageSettings {
    StorageSettings { once_clear: flumen_streams::ONCE_CLEAR.to_vec(), ..StorageSettings::default() }
}

/// What is open of a data directory.
pub struct Directory {
    pub storage: Storage,
    pub seal: Seal,
    /// Of the keys in it.
    pub materials: Materials,
}

/// The same where all is in memory.
pub fn in_memory(external: Option<ExternalKeys>, settings: StorageSettings) -> anyhow::Result<Directory> {
    let seal = Seal::in_memory().context("the system provides no random numbers")?;
    let materials = Materials::in_memory(seal.clone());
    let settings = AllBlockKeys::new(&seal, &materials).with_external(external).given(settings);
    Ok(Directory { storage: Storage::ephemeral(settings)?, seal, materials })
}

/// The log and the keys of a data directory, which is made where it is missing. A directory of an earlier version is taken
/// over: what is secret in it is sealed, and overwritten where it lay in clear.
pub async fn open(
    dir: &Path,
    root_key: &RootKeySource,
    external: Option<ExternalKeys>,
    settings: StorageSettings,
) -> anyhow::Result<Directory> {
    let log = dir.join(LOG_DIRECTORY);
    fs::create_dir_all(dir).with_context(|| format!("data directory {}", dir.display()))?;
    let is_sealed = flumen_storage::is_sealed(&log)?;
    let seal = {
        let (dir, root_key) = (dir.to_owned(), root_key.clone());
        off_thread(move || Seal::of_directory(&dir, &root_key, is_sealed)).await?
    };
    let seal = seal.map_err(|error| match error.is_misconfigured() {
        true => anyhow::Error::new(Misconfigured(error.into())),
        false => error.into(),
    })?;
    let keys = dir.join(KEYS_DIRECTORY);
    let materials = Materials::of_directory(&keys, seal.clone());
    let materials = materials.with_context(|| format!("key material in {}", keys.display()))?;
    let settings = AllBlockKeys::new(&seal, &materials).with_external(external).given(settings);
    // From here on the directory is this process's.
    let storage = Storage::open(&log, settings.clone())?;
    if !is_sealed || mode(dir)? & OTHERS != 0 {
        keep_to_the_owner(dir)?;
    }
    tls::seal_authority(dir, &seal)?;
    if !storage.holds_clear() {
        return Ok(Directory { storage, seal, materials });
    }
    flumen_streams::take_over(&storage, &seal).await?;
    tell(storage.close_and_overwrite(flumen_streams::redact_token_keys).await);
    Ok(Directory { storage: Storage::open(&log, settings)?, seal, materials })
}

/// Whether there are keys by which something is sealed. Without them nobody can have an access key.
pub fn has_keys(dir: &Path) -> bool {
    dir.join(DATA_KEYS).exists()
}

fn tell(overwritten: Result<Overwritten, OverwriteError>) {
    match overwritten {
        Ok(Overwritten { shared, .. }) => {
            tracing::warn!(
                "the key for iterators and page tokens was stored unencrypted in this directory. This start \
                 replaces it and overwrites it here; the old key is accepted for ten more minutes. Earlier copies \
                 and backups still contain it"
            );
            if shared > 0 {
                tracing::warn!(
                    files = shared,
                    "backups share files with this directory that still contain it unencrypted"
                );
            }
        }
        Err(error) => tracing::warn!(
            %error,
            "an unencrypted key is not yet overwritten everywhere; the next start continues"
        ),
    }
}

fn mode(path: &Path) -> anyhow::Result<u32> {
    let meta = fs::symlink_metadata(path).with_context(|| path.display().to_string())?;
    Ok(meta.permissions().mode())
}

/// Takes everybody else's rights from a directory and what is in it, where that may be done: what belongs to others, as a
/// mounted volume's root may, stays as it is and is named.
pub fn keep_to_the_owner(dir: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let entry = entry.with_context(|| dir.display().to_string())?;
        let kind = match entry.file_type() {
            // Gone meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            kind => kind.with_context(|| entry.path().display().to_string())?,
        };
        if kind.is_dir() && entry.file_name() != "lost+found" {
            keep_to_the_owner(&entry.path())?;
        } else if kind.is_file() {
            keep(&entry.path())?;
        }
    }
    keep(dir)
}

fn keep(path: &Path) -> anyhow::Result<()> {
    let restrict = || {
        let mode = fs::symlink_metadata(path)?.permissions().mode();
        if mode & OTHERS == 0 {
            return Ok(());
        }
        fs::set_permissions(path, Permissions::from_mode(mode & 0o7777 & !OTHERS))
    };
    match restrict() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), %error, "others' rights to it stay as they are");
            Ok(())
        }
        done => done.with_context(|| path.display().to_string()),
    }
}
