//! `flumen init` and `flumen account`: what an operator does at the data directory itself, while no server runs there.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use flumen_access::identity::{AccountError, Identities, KeyPair};
use flumen_api::Credentials;
use flumen_audit::{Audit, Carried};
use flumen_cli::Misconfigured;
use flumen_keys::Materials;
use flumen_seal::{RootKeySource, Seal, SecretString};
use flumen_storage::Storage;
use flumen_types::Clock;

use crate::data_dir::Directory;
use crate::root_key::RootKey;
use crate::{config, data_dir, files};

pub const ACCOUNT_DEFAULT: &str = "000000000000";
const KEY_ID: &str = "FLUMEN_ROOT_ACCESS_KEY_ID";
const SECRET: &str = "FLUMEN_ROOT_SECRET_ACCESS_KEY";
/// What imported users may: what they could before there were policies, but for identities and other policies.
const IMPORTED: &str = "FlumenOperator";

/// Create the operator's account and its root access key; from then on requests have to be signed
#[derive(Args)]
pub struct Init {
    #[command(flatten)]
    at: At,
    /// The operator's account; streams that were created without credentials belong to 000000000000
    #[arg(long, value_name = "ID", default_value = ACCOUNT_DEFAULT)]
    account: String,
    /// File to write the key to, in AWS's shared credentials format [default: print it]
    #[arg(long, value_name = "FILE")]
    write_credentials: Option<PathBuf>,
    /// Create users with the keys of a credentials file, so that clients can keep them; each user gets the policy
    /// FlumenOperator
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// Replace the root access keys of an existing account by a new one
    #[arg(long)]
    recover: bool,
}

/// Work with accounts
#[derive(Subcommand)]
pub enum Account {
    /// Create an account and its root access key
    Create {
        /// Twelve digits
        id: String,
        #[command(flatten)]
        at: At,
        /// File to write the key to, in AWS's shared credentials format [default: print it]
        #[arg(long, value_name = "FILE")]
        write_credentials: Option<PathBuf>,
    },
}

/// Which directory, and what opens its secrets.
#[derive(Args)]
pub struct At {
    /// The data directory
    #[arg(long, env = "FLUMEN_DATA_DIR", value_name = "DIR", default_value = config::DATA_DIR_DEFAULT)]
    data_dir: PathBuf,
    #[command(flatten)]
    pub root_key: RootKey,
}

pub fn init(args: &Init) -> anyhow::Result<()> {
    let imported = imported(args.import.as_deref())?;
    let key = root_key(|name| std::env::var(name).ok())?;
    let out = Out::open(args.write_credentials.as_deref())?;
    args.at.with(async |opened| {
        let identities = &opened.identities;
        let is_there = identities.has_account(&args.account);
        if args.recover {
            identities.recover(&args.account, &key).await.map_err(named)?;
        } else if !is_there {
            identities.create_account(&args.account, &key).await.map_err(named)?;
        } else if imported.is_empty() {
            bail!(
                "{} is already initialised: account {} exists. To replace its root access keys by a new one, \
                 add --recover",
                args.at.data_dir.display(),
                args.account
            );
        }
        // Before the import, which may fail: nobody could sign anything with an account whose key was not told.
        if args.recover || !is_there {
            out.write(&args.account, &key)?;
        } else {
            flumen_cli::note(format_args!(
                "account {} exists already; its root access key stays as it is",
                args.account
            ));
        }
        for (user, key) in &imported {
            identities.import_user(&args.account, user, key, IMPORTED).await.map_err(named)?;
            flumen_cli::note(format_args!("user {user} has the access key {}", key.id));
        }
        Ok(())
    })
}

/// The users of a credentials file with their keys. Looked at before anything is made, so that a file that is refused
/// leaves the directory as it was.
fn imported(file: Option<&Path>) -> anyhow::Result<Vec<(String, KeyPair)>> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let read = || {
        let credentials = Credentials::read(file)?;
        let people: anyhow::Result<Vec<_>> = credentials.sections().map(as_user).collect();
        let people = people.with_context(|| file.display().to_string())?;
        ensure!(
            !people.is_empty(),
            "{} has no long-term access keys, so there is nobody to import",
            file.display()
        );
        Ok(people)
    };
    read().map_err(misconfigured)
}

fn as_user((section, id, secret): (&str, &str, &str)) -> anyhow::Result<(String, KeyPair)> {
    let key = KeyPair { id: id.to_owned(), secret: SecretString::new(secret.to_owned()) };
    key.check().with_context(|| format!("section [{section}]"))?;
    Ok((user_name(section)?, key))
}

pub fn account(command: &Account) -> anyhow::Result<()> {
    let Account::Create { id, at, write_credentials } = command;
    let key = KeyPair::random()?;
    let out = Out::open(write_credentials.as_deref())?;
    at.with(async |opened| opened.identities.create_account(id, &key).await.map_err(named))?;
    out.write(id, &key)
}

/// The one that the environment gives, or a new one.
fn root_key(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<KeyPair> {
    match (variable(KEY_ID), variable(SECRET)) {
        (Some(id), Some(secret)) => Ok(KeyPair { id, secret: SecretString::new(secret) }),
        (None, None) => Ok(KeyPair::random()?),
        (Some(_), None) => Err(misconfigured(anyhow::anyhow!("{KEY_ID} is set and {SECRET} is not"))),
        (None, Some(_)) => Err(misconfigured(anyhow::anyhow!("{SECRET} is set and {KEY_ID} is not"))),
    }
}

/// A section's name as that of a user.
fn user_name(section: &str) -> anyhow::Result<String> {
    let name = section.strip_prefix("profile ").unwrap_or(section);
    let is_name = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    ensure!(is_name, "section [{section}] cannot be a user: names have 1 to 64 of A-Z a-z 0-9 _+=,.@-");
    Ok(name.to_owned())
}

fn misconfigured(error: anyhow::Error) -> anyhow::Error {
    anyhow::Error::new(Misconfigured(error))
}

pub fn named(error: AccountError) -> anyhow::Error {
    match error {
        AccountError::Commit(error) => error.into(),
        wrong => misconfigured(wrong.into()),
    }
}

/// What is in a directory that is open.
pub struct OpenDirectory {
    pub storage: Storage,
    pub seal: Seal,
    /// Of the keys in it.
    pub materials: Materials,
    pub identities: Identities,
    pub audit: Audit,
    /// What it keeps of changes.
    pub carried: Carried,
}

impl At {
    pub fn new(data_dir: PathBuf, root_key: RootKey) -> Self {
        At { data_dir, root_key }
    }

    /// The directory, and where its root key comes from.
    pub fn named(&self) -> anyhow::Result<(&Path, RootKeySource)> {
        Ok((&self.data_dir, self.root_key.source()?))
    }

    /// Opens the directory, makes it where there is none, and keeps others from it meanwhile.
    pub fn with<T>(&self, work: impl AsyncFnOnce(&OpenDirectory) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("threads")?;
        let read_files = files::OF_READERS_MIN;
        let settings = flumen_storage::StorageSettings { read_files, ..data_dir::log_settings() };
        let (_, source) = self.named()?;
        data_dir::make_for_the_owner_alone();
        runtime.block_on(async {
            let Directory { storage, seal, materials } =
                data_dir::open(&self.data_dir, &source, None, settings).await?;
            let (clock, settings) = (Clock::system(), flumen_audit::AuditSettings::default());
            let (owner, carried) = (settings.owner.clone(), settings.owner.carried());
            let audit =
                Audit::open(storage.clone(), clock.clone(), seal.clone(), carried.clone(), settings).await?;
            let auditing = tokio::spawn(audit.clone().run());
            let identities = Identities::open_telling(storage.clone(), clock, seal.clone(), &carried).await?;
            owner.set(&flumen_api::operator(None, Some(&identities)));
            let opened = OpenDirectory { storage, seal, materials, identities, audit, carried };
            let done = work(&opened).await;
            opened.identities.close().await;
            auditing.abort();
            let _ = auditing.await;
            opened.audit.close().await;
            opened.storage.close().await;
            done
        })
    }
}

/// Where a new key goes. Opened before anything is made, so that none is lost for want of a place.
struct Out {
    /// Until the key is in it.
    file: Option<(PathBuf, std::fs::File)>,
}

impl Out {
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let Some(path) = path else { return Ok(Out { file: None }) };
        // An older one may hold keys that are needed still.
        let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file =
            opened.with_context(|| format!("credentials {}", path.display())).map_err(misconfigured)?;
        Ok(Out { file: Some((path.to_owned(), file)) })
    }

    fn write(mut self, account: &str, key: &KeyPair) -> anyhow::Result<()> {
        let mut text = String::new();
        let _ = write!(
            text,
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_account_id = {account}\n",
            key.id,
            key.secret.expose()
        );
        match self.file.take() {
            Some((path, mut file)) => {
                file.write_all(text.as_bytes())
                    .and_then(|()| file.sync_all())
                    .with_context(|| format!("credentials {}", path.display()))?;
                flumen_cli::note(format_args!("the root key of account {account} is in {}", path.display()));
            }
            None => {
                std::io::stdout().write_all(text.as_bytes())?;
                flumen_cli::note("this is the only time that the secret is shown");
            }
        }
        Ok(())
    }
}

/// An empty file would be taken for a key, and the next run refuse to write there.
impl Drop for Out {
    fn drop(&mut self) {
        if let Some((path, _)) = &self.file {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_gives_a_whole_key_or_none() {
        let with = |given: &'static [(&str, &str)]| {
            root_key(move |name| {
                given.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(with(&[(KEY_ID, "AKIAEXAMPLEEXAMPLE"), (SECRET, "s")]).unwrap().id, "AKIAEXAMPLEEXAMPLE");
        assert!(with(&[]).unwrap().id.starts_with("AKIA"));
        let error = with(&[(KEY_ID, "AKIA")]).unwrap_err().to_string();
        assert_eq!(error, format!("{KEY_ID} is set and {SECRET} is not"));
        with(&[(SECRET, "s")]).unwrap_err();
    }

    #[test]
    fn a_section_is_a_user_if_its_name_can_be_one() {
        assert_eq!(user_name("profile ana").unwrap(), "ana");
        assert_eq!(user_name("kcl-app_1").unwrap(), "kcl-app_1");
        user_name("a b").unwrap_err();
    }
}
