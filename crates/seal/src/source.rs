//! Where the root key comes from.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::command::{self, CommandFailed, NotWords};
use crate::files;
use crate::wrapped::{self, RootKeyService, ServiceFailed, WRAPPED_ROOT_KEY, WrappedDamaged};
use crate::{RootKey, RootKeyText};

/// The file of the root key in a data directory, where nothing else is said.
pub const ROOT_KEY: &str = "root.key";

/// A root key is shorter by far; what a source gives beyond this is not read.
pub(crate) const TEXT_BYTES_MAX: usize = 4096;

/// Where the root key comes from. Written `FILE`, `env:NAME` or `command:PROGRAM ARGUMENT ...`; `kms:ARN` is for whoever has a key
/// service to give.
#[derive(Clone, Debug)]
pub enum RootKeySource {
    /// `root.key` in the data directory, made where there is none and nothing is sealed yet.
    Directory,
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// What a program writes to its standard output. It is run without a shell.
    Command(Vec<String>),
    /// `root.key.kms` in the data directory, which the service opens; made by it where there is none and nothing is sealed yet.
    Service(Arc<dyn RootKeyService>),
}

/// Before the ARN of a key service's key.
const SERVICE: &str = "kms:";

/// A text that names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownSource {
    #[error(
        "root-key names no file, variable or command; it must be FILE, env:NAME or command:PROGRAM ARGUMENT ..."
    )]
    Empty,
    #[error("root-key command: {0}")]
    Command(#[from] NotWords),
    #[error("root-key {0} is a key service's, and there is none here")]
    Service(String),
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
    #[error("root key {SERVICE}{arn}: {failed}")]
    Service { arn: String, failed: ServiceFailed },
    #[error("root key {file} {damaged}")]
    Wrapped { file: String, damaged: WrappedDamaged },
    #[error("root key {file} is of {wanted}, and {found} was named")]
    OtherService { file: String, wanted: String, found: String },
}

impl RootKeyError {
    /// Whether another source has to be named, or this one to give what it does not. A service that is down does that by itself.
    pub fn is_misconfigured(&self) -> bool {
        !matches!(self, RootKeyError::Service { failed, .. } if failed.may_pass)
    }
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
            service if service.starts_with(SERVICE) => Err(UnknownSource::Service(service.to_owned())),
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
            RootKeySource::Service(service) => write!(f, "{SERVICE}{}", service.arn()),
        }
    }
}

impl RootKeySource {
    /// In the data directory itself: made at its first start, and anew for every rotation.
    pub fn is_made_there(&self) -> bool {
        matches!(self, RootKeySource::Directory | RootKeySource::Service(_))
    }

    /// The file in the data directory, of a source that has one.
    pub(crate) fn file_name(&self) -> &'static str {
        match self {
            RootKeySource::Service(_) => WRAPPED_ROOT_KEY,
            _ => ROOT_KEY,
        }
    }

    /// The key of a data directory. `None` if it is to lie there and does not. May block: for half a minute at most, but for a
    /// service, which says itself how long.
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
            RootKeySource::Service(service) => return wrapped::read(data_dir, &**service),
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

/// A new root key, which is nowhere yet.
pub(crate) struct MadeRoot {
    pub key: RootKey,
    /// What is to be kept in the data directory, where a key service wraps it.
    wrapped: Option<Vec<u8>>,
}

impl MadeRoot {
    /// As the source has them made; `None` if the system provides no random numbers. May block.
    pub fn of(source: &RootKeySource) -> Result<Option<MadeRoot>, RootKeyError> {
        match source {
            RootKeySource::Service(service) => {
                let (key, file) = wrapped::made(&**service)?;
                Ok(Some(MadeRoot { key, wrapped: Some(file) }))
            }
            _ => Ok(RootKey::random().map(|key| MadeRoot { key, wrapped: None })),
        }
    }

    /// Writes its file into a data directory; durable on return.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        let Some(wrapped) = &self.wrapped else {
            let path = data_dir.join(ROOT_KEY);
            files::write(&path, self.key.text().expose().as_bytes())?;
            tracing::warn!(
                path = %path.display(),
                "a root key was made: whoever copies the directory copies it too, and without it nothing here can be opened; \
                 --root-key takes one that lies elsewhere"
            );
            return Ok(());
        };
        wrapped::write(data_dir, wrapped)?;
        tracing::info!(
            path = %data_dir.join(WRAPPED_ROOT_KEY).display(),
            "a root key was made by the key service, which alone opens it: without the file or the service nothing here can \
             be opened"
        );
        Ok(())
    }
}
