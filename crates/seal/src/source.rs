//! Where the root key comes from.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::command::{self, CommandFailed, NotWords};
use crate::files;
use crate::{RootKey, RootKeyText};

/// The file of the root key in a data directory, where nothing else is said.
pub const ROOT_KEY: &str = "root.key";

/// A root key is shorter by far; what a source gives beyond this is not read.
pub(crate) const TEXT_BYTES_MAX: usize = 4096;

/// Where the root key comes from. Written `FILE`, `env:NAME` or `command:PROGRAM ARGUMENT ...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootKeySource {
    /// `root.key` in the data directory, made where there is none and nothing is sealed yet.
    Directory,
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// What a program writes to its standard output. It is run without a shell.
    Command(Vec<String>),
}

/// A text that names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownSource {
    #[error(
        "root-key names no file, variable or command; it must be FILE, env:NAME or command:PROGRAM ARGUMENT ..."
    )]
    Empty,
    #[error("root-key command: {0}")]
    Command(#[from] NotWords),
}

/// Why there is no root key. Names the source, and nothing of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    #[error("root key {file}: {error}")]
    File { file: String, error: io::Error },
    #[error("root key {source_name}: {error}")]
    Text { source_name: String, error: RootKeyText },
    #[error("root key {source_name} is no text")]
    NoText { source_name: String },
    #[error("root key {source_name} is longer than {TEXT_BYTES_MAX} bytes")]
    TooLong { source_name: String },
    #[error("root key variable {0} is not set")]
    NoVariable(String),
    #[error("root key {source_name} {error}")]
    Command { source_name: String, error: CommandFailed },
}

impl FromStr for RootKeySource {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        let text = text.trim_ascii();
        if let Some(name) = text.strip_prefix("env:") {
            return match name {
                "" => Err(UnknownSource::Empty),
                name => Ok(RootKeySource::Variable(name.to_owned())),
            };
        }
        if let Some(line) = text.strip_prefix("command:") {
            return match command::words(line)? {
                words if words.is_empty() => Err(UnknownSource::Empty),
                words => Ok(RootKeySource::Command(words)),
            };
        }
        match text {
            "" => Err(UnknownSource::Empty),
            path => Ok(RootKeySource::File(path.into())),
        }
    }
}

/// As it is given, but for the arguments of a command, which may be secrets themselves.
impl fmt::Display for RootKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RootKeySource::Directory => f.write_str(ROOT_KEY),
            RootKeySource::File(path) => write!(f, "{}", path.display()),
            RootKeySource::Variable(name) => write!(f, "env:{name}"),
            RootKeySource::Command(words) => {
                write!(f, "command:{}", words.first().map_or("", String::as_str))
            }
        }
    }
}

impl RootKeySource {
    /// The key of a data directory. `None` if it is to lie there and does not. May block, for half a minute at most.
    pub fn read(&self, data_dir: &Path) -> Result<Option<RootKey>, RootKeyError> {
        let text = match self {
            RootKeySource::Directory => match read_file(&data_dir.join(ROOT_KEY)) {
                Err(RootKeyError::File { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(None);
                }
                text => text?,
            },
            RootKeySource::File(path) => read_file(path)?,
            RootKeySource::Variable(name) => {
                let value = std::env::var_os(name).ok_or_else(|| RootKeyError::NoVariable(name.clone()))?;
                Zeroizing::new(value.into_encoded_bytes())
            }
            RootKeySource::Command(words) => command::output(words)
                .map_err(|error| RootKeyError::Command { source_name: self.to_string(), error })?,
        };
        let source_name = || match self {
            RootKeySource::Directory => data_dir.join(ROOT_KEY).display().to_string(),
            other => other.to_string(),
        };
        if text.len() > TEXT_BYTES_MAX {
            return Err(RootKeyError::TooLong { source_name: source_name() });
        }
        let text = std::str::from_utf8(&text);
        let text = text.map_err(|_| RootKeyError::NoText { source_name: source_name() })?;
        let key = RootKey::parse(text);
        key.map(Some).map_err(|error| RootKeyError::Text { source_name: source_name(), error })
    }
}

/// Others' eyes are warned of; a file that only its owner may read has no others.
fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
    let read = || {
        let file = File::open(path)?;
        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            let (path, mode) = (path.display(), format!("{:04o}", mode & 0o7777));
            tracing::warn!(%path, mode, "others may read the root key; chmod 600 keeps it to its owner");
        }
        let mut text = Zeroizing::new(Vec::with_capacity(TEXT_BYTES_MAX + 1));
        file.take(TEXT_BYTES_MAX as u64 + 1).read_to_end(&mut text)?;
        Ok(text)
    };
    read().map_err(|error| RootKeyError::File { file: path.display().to_string(), error })
}

/// Writes a new `root.key` into a data directory that has none; durable on return.
pub(crate) fn make(data_dir: &Path, key: &RootKey) -> io::Result<()> {
    let path = data_dir.join(ROOT_KEY);
    files::write(&path, key.text().expose().as_bytes())?;
    tracing::warn!(
        path = %path.display(),
        "a root key was made: whoever copies the directory copies it too, and without it nothing here can be opened; \
         --root-key takes one that lies elsewhere"
    );
    Ok(())
}
