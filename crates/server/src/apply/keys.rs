//! Access keys in files of AWS's shared credentials format, one section each. A file is made new, for its owner alone, and
//! never written again.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context;
use flumen_access::identity::KeyPair;
use flumen_api::Credentials;
use flumen_seal::SecretString;

/// The key in the file, or a new one, which is in the file when this returns: it is not lost if what follows fails.
pub fn of_root(path: &Path, account: &str) -> anyhow::Result<KeyPair> {
    if let Some(key) = read(path, "default")? {
        return Ok(key);
    }
    let key = KeyPair::random()?;
    write(make(path)?, path, "default", account, &key.id, key.secret.expose())?;
    Ok(key)
}

/// The key in a section; nothing if there is no file.
pub fn read(path: &Path, section: &str) -> anyhow::Result<Option<KeyPair>> {
    let place = || format!("credentials {}", path.display());
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) => return Err(error).with_context(place),
    }
    let credentials = Credentials::read(path)?;
    let found = credentials.sections().find(|(name, ..)| *name == section);
    let (_, id, secret) = found.with_context(|| format!("{}: there is no section [{section}]", place()))?;
    Ok(Some(KeyPair { id: id.to_owned(), secret: SecretString::new(secret.to_owned()) }))
}

/// Opens a file that is not there yet, so that no key is made for which there is no place.
pub fn make(path: &Path) -> anyhow::Result<File> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.with_context(|| format!("credentials {}", path.display()))
}

pub fn write(
    mut file: File,
    path: &Path,
    section: &str,
    account: &str,
    id: &str,
    secret: &str,
) -> anyhow::Result<()> {
    let text = format!(
        "[{section}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\naws_account_id = {account}\n"
    );
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let written = written.and_then(|()| File::open(folder)?.sync_all());
    written.with_context(|| format!("credentials {}", path.display()))
}

/// Removes what [`make`] made for a key that there is not.
pub fn unmake(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "an empty file stays");
    }
}
