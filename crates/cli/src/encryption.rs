//! Which keys records are encrypted for, and decrypted with: the options that `put` and `tail` share.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use flumen_client::{Client, ClientSettings};
use flumen_envelope::{
    CacheLimits, Context, Keyring, KmsService, Opener, OpenerSettings, RsaPadding, Sealer, SealerSettings,
    Suite,
};

use crate::{Misconfigured, Target};

/// All of a call to a key service, with its attempts.
const KMS_MAX: Duration = Duration::from_secs(20);
/// No key of any kind has a longer file.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

/// What is said of keys beside which ones they are.
#[derive(Clone, Debug, clap::Args)]
pub struct KeyArgs {
    /// A pair that is authenticated with, and visible in, every record; --decrypt only accepts records that have
    /// it. Can be given several times
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Encryption")]
    context: Vec<String>,
    /// Namespace of aes: and rsa: keys; AWS's SDKs must use the same
    #[arg(long, value_name = "NAME", default_value = "flumen", help_heading = "Encryption")]
    key_namespace: String,
    /// Name of the aes: or rsa: key; AWS's SDKs must use the same [default: aes or rsa]
    #[arg(long, value_name = "NAME", help_heading = "Encryption")]
    key_name: Option<String>,
    /// Hash function for OAEP padding with rsa: keys
    #[arg(long, value_name = "HASH", default_value = "sha256", help_heading = "Encryption")]
    rsa_hash: RsaHash,
    /// URL of the key service for kms: keys [default: AWS_ENDPOINT_URL_KMS, or AWS's if the stream is on AWS, or
    /// the stream's endpoint]
    #[arg(long, value_name = "URL", help_heading = "Encryption")]
    kms_endpoint: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RsaHash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl KeyArgs {
    /// For records with the pairs that are given.
    pub fn sealer(
        &self,
        keyrings: &[String],
        is_signed: bool,
        target: &Target,
        streams: &Client,
    ) -> anyhow::Result<Option<(Sealer, Context)>> {
        let Some(keyring) = self.keyring(keyrings, target, streams)? else { return Ok(None) };
        let suite = if is_signed { Suite::Aes256CommitmentEcdsaP384 } else { Suite::Aes256Commitment };
        let (suite, cache) = (Some(suite), Some(CacheLimits::default()));
        let settings = SealerSettings { suite, cache, ..SealerSettings::default() };
        Ok(Some((Sealer::new(keyring, settings).map_err(misconfigured)?, self.context()?)))
    }

    /// For records that have the pairs that are given.
    pub fn opener(
        &self,
        keyrings: &[String],
        target: &Target,
        streams: &Client,
    ) -> anyhow::Result<Option<Opener>> {
        let is_name = |keyring: &&String| keyring.starts_with("kms:") && !keyring.contains(":key/");
        if let Some(name) = keyrings.iter().find(is_name) {
            let why = format!(
                "{name} opens nothing: records name their key by its ARN, as kms:arn:aws:kms:...:key/..."
            );
            return Err(Misconfigured(anyhow::anyhow!(why)).into());
        }
        let Some(keyring) = self.keyring(keyrings, target, streams)? else { return Ok(None) };
        let (context, cache) = (self.context()?, Some(CacheLimits::default()));
        let settings = OpenerSettings { context, cache, ..OpenerSettings::default() };
        Ok(Some(Opener::new(keyring, settings).map_err(misconfigured)?))
    }

    fn context(&self) -> anyhow::Result<Context> {
        let pair = |text: &String| {
            let pair = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
            pair.with_context(|| format!("--context {text:?} is not KEY=VALUE"))
        };
        let pairs: anyhow::Result<Vec<_>> = self.context.iter().map(pair).collect();
        Context::new(pairs.map_err(Misconfigured)?).map_err(misconfigured)
    }

    fn keyring(
        &self,
        keyrings: &[String],
        target: &Target,
        streams: &Client,
    ) -> anyhow::Result<Option<Keyring>> {
        let one = |text: &String| {
            let made = self.one(text, target, streams).with_context(|| text.clone());
            made.map_err(|error| anyhow::Error::new(Misconfigured(error)))
        };
        if keyrings.is_empty() && !self.context.is_empty() {
            let only = "--context needs --encrypt or --decrypt";
            return Err(Misconfigured(anyhow::anyhow!(only)).into());
        }
        let all: anyhow::Result<Vec<Keyring>> = keyrings.iter().map(one).collect();
        Ok(all?.into_iter().reduce(Keyring::and))
    }

    fn one(&self, text: &str, target: &Target, streams: &Client) -> anyhow::Result<Keyring> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let name = self.key_name.as_deref().unwrap_or(kind);
        let padding = match self.rsa_hash {
            RsaHash::Sha1 => RsaPadding::OaepSha1,
            RsaHash::Sha256 => RsaPadding::OaepSha256,
            RsaHash::Sha384 => RsaPadding::OaepSha384,
            RsaHash::Sha512 => RsaPadding::OaepSha512,
        };
        match kind {
            "kms" => Ok(Keyring::kms(self.service(rest, target, streams)?, rest)?),
            "aes" => Ok(Keyring::aes(&self.key_namespace, name, &key_file(Path::new(rest))?)?),
            "rsa" => Ok(Keyring::rsa(&self.key_namespace, name, &key_file(Path::new(rest))?, padding)?),
            _ => anyhow::bail!("is none of kms:ARN, aes:FILE and rsa:FILE"),
        }
    }

    /// The one that has a key.
    fn service(&self, key: &str, target: &Target, streams: &Client) -> anyhow::Result<KmsService> {
        let of_key = key.split(':').nth(3).filter(|region| !region.is_empty());
        let region = of_key.unwrap_or(streams.region());
        let set = || std::env::var("AWS_ENDPOINT_URL_KMS").ok().filter(|set| !set.is_empty());
        let endpoint = self.kms_endpoint.clone().or_else(set);
        let endpoint = endpoint.unwrap_or_else(|| beside(streams.endpoint(), region));
        let settings = ClientSettings {
            attempts: 3,
            attempt_max: KMS_MAX / 4,
            connections: 4,
            ..ClientSettings::default()
        };
        Ok(KmsService::new(target.client_at("kms", &endpoint, region, settings)?, KMS_MAX))
    }
}

/// The key service that belongs to a service of streams.
fn beside(streams: &str, region: &str) -> String {
    match streams.split_once(".amazonaws.com") {
        Some((_, end)) => {
            let china = if end.starts_with(".cn") { ".cn" } else { "" };
            format!("https://kms.{region}.amazonaws.com{china}")
        }
        None => streams.to_owned(),
    }
}

fn key_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut key = Vec::new();
    std::fs::File::open(path)?.take(KEY_FILE_BYTES_MAX + 1).read_to_end(&mut key)?;
    ensure!(
        key.len() as u64 <= KEY_FILE_BYTES_MAX,
        "longer than {KEY_FILE_BYTES_MAX} bytes, so it is not a key"
    );
    Ok(key)
}

fn misconfigured(error: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    anyhow::Error::new(Misconfigured(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_service_is_beside_the_streams() {
        let here = "http://127.0.0.1:4567";
        assert_eq!(beside(here, "eu-west-1"), here);
        let aws = beside("https://kinesis.eu-west-1.amazonaws.com", "eu-central-1");
        assert_eq!(aws, "https://kms.eu-central-1.amazonaws.com");
        let china = beside("https://kinesis.cn-north-1.amazonaws.com.cn", "cn-north-1");
        assert_eq!(china, "https://kms.cn-north-1.amazonaws.com.cn");
    }
}
