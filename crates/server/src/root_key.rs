//! Where the root key of a data directory comes from, as `--root-key` says it: for the server, and for commands on a directory.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use flumen_cli::Misconfigured;
use flumen_external_keys::{KeyArn, KeyService, KeyServiceSettings, KeyServices, ServiceRootKey};
use flumen_seal::RootKeySource;

use crate::config;

/// Before the ARN of a key of a Key Management Service elsewhere.
const SERVICE: &str = "kms:";

/// For commands.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RootKey {
    /// Key that protects the secrets in the data directory: FILE, env:NAME, command:PROGRAM ARGUMENT ... (run
    /// without a shell) or kms:ARN [default: root.key in the data directory]
    #[arg(long, env = "FLUMEN_ROOT_KEY", value_name = "SOURCE")]
    root_key: Option<String>,
    /// The server's settings file, with [[external-keys]] for kms:ARN [default: flumen.toml, if it exists]
    #[arg(long, env = "FLUMEN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl RootKey {
    /// Nobody waits for a service that is down.
    ///
    /// # Errors
    /// [`Misconfigured`].
    pub fn source(&self) -> anyhow::Result<RootKeySource> {
        match &self.root_key {
            Some(text) => self.read(text),
            None => Ok(RootKeySource::Directory),
        }
    }

    /// The same of another text.
    pub fn read(&self, text: &str) -> anyhow::Result<RootKeySource> {
        let read = || match text.trim_ascii().starts_with(SERVICE) {
            true => source(text, &config::external_keys(self.config.as_deref())?, |_| Duration::ZERO),
            // Settings that say nothing of it may be as they are.
            false => source(text, &KeyServices::default(), |_| Duration::ZERO),
        };
        read().map_err(|error| Misconfigured(error).into())
    }

    /// Whether one was named.
    pub fn is_named(&self) -> bool {
        self.root_key.is_some()
    }
}

/// What the text says; `wait` is how long a service is waited for. A key for which no service is set is AWS's.
pub fn source(
    text: &str,
    services: &KeyServices,
    wait: impl Fn(&KeyServiceSettings) -> Duration,
) -> anyhow::Result<RootKeySource> {
    let Some(arn) = text.trim_ascii().strip_prefix(SERVICE) else { return Ok(text.parse()?) };
    let arn: KeyArn = arn.parse().context("root-key")?;
    let (settings, service) = match services.find(&arn) {
        Some((settings, service)) => (settings.clone(), service.clone()),
        None => {
            let settings = KeyServiceSettings::new(arn.as_str().parse().context("root-key")?);
            let service = KeyService::new(&settings).with_context(|| format!("root-key {SERVICE}{arn}"))?;
            (settings, service)
        }
    };
    Ok(RootKeySource::Service(Arc::new(ServiceRootKey::new(service, arn, wait(&settings)))))
}
