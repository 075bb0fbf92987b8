//! Keys of a key service: AWS's, Flumen's, or any other with KMS's API. They never leave it; it makes data keys, and opens them.
//!
//! Calls end within the service's time, and are bounded in number and in the bytes of their answers; the client's settings say how
//! often one is tried again.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flumen_client::{Client, EncryptedKey, Error};
use flumen_protocol::TextMap;
use tokio::sync::Semaphore;

use super::{Generated, KeyringError};
use crate::Suite;
use crate::context::Context;
use crate::header::{DataKeyEntry, EncryptedDataKey};
use crate::keys::DataKey;

/// Of its keys, in messages.
pub(super) const PROVIDER: &str = "aws-kms";

/// What KMS may answer as a data key that is encrypted.
const CIPHERTEXT_BYTES_MAX: usize = 6144;
/// The longest name of a key that KMS takes.
const KEY_ID_BYTES_MAX: usize = 2048;
/// More calls than these at once are refused.
const CALLS_MAX: usize = 1024;
/// Of what a service says.
const TEXT_CHARS_MAX: usize = 500;

/// A key service, and as whom it is called. Clones are the same one.
#[derive(Clone)]
pub struct KmsService(Arc<Service>);

struct Service {
    client: Client,
    timeout: Duration,
    places: Semaphore,
}

/// What a key service said in place of doing what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KmsError {
    #[error("the key service: {code}: {message}")]
    Refused { code: String, message: String },
    #[error("the key service: {0}")]
    Failed(String),
    #[error("the key service did not answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    #[error("{CALLS_MAX} calls are already waiting for the key service")]
    TooManyCalls,
    #[error("the key service's response is invalid: {0}")]
    Nonsense(String),
}

/// Whose keys are used: those of one partition (`aws`, `aws-cn`), and of some of its accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveryFilter {
    pub partition: String,
    /// Ids of 12 digits.
    pub accounts: BTreeSet<String>,
}

impl KmsService {
    /// By a client that signs for KMS. Calls end after `timeout`, with all their attempts.
    pub fn new(client: Client, timeout: Duration) -> Self {
        KmsService(Arc::new(Service { client, timeout, places: Semaphore::new(CALLS_MAX) }))
    }

    fn client(&self) -> &Client {
        &self.0.client
    }

    async fn within_bounds<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, KmsError> {
        let Service { timeout, places, .. } = &*self.0;
        let _place = places.try_acquire().map_err(|_| KmsError::TooManyCalls)?;
        let answered = tokio::time::timeout(*timeout, call).await;
        Ok(answered.map_err(|_| KmsError::Timeout(*timeout))??)
    }
}

impl fmt::Debug for KmsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KmsService({})", self.client().endpoint())
    }
}

impl From<Error> for KmsError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused { code, message } => {
                KmsError::Refused { code: excerpt(&code), message: excerpt(&message) }
            }
            Error::Unreadable(text) => KmsError::Nonsense(excerpt(&text)),
            error => KmsError::Failed(excerpt(&error.to_string())),
        }
    }
}

/// No more of what a service says than is told, in one line.
fn excerpt(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// One key of a service.
pub(super) struct KmsKey {
    service: KmsService,
    id: String,
}

impl KmsKey {
    pub fn new(service: KmsService, id: &str) -> Result<Self, KeyringError> {
        let is_named = match id.strip_prefix("arn:") {
            Some(_) => KeyArn::parse(id).is_some() || is_alias_arn(id),
            None => id.strip_prefix("alias/").unwrap_or(id).chars().all(is_of_name),
        };
        if id.is_empty() || id.len() > KEY_ID_BYTES_MAX || !is_named {
            return Err(KeyringError::KmsKeyId(id.chars().take(200).collect()));
        }
        Ok(KmsKey { service, id: id.to_owned() })
    }

    pub async fn generate(&self, suite: Suite, context: &Context) -> Result<Generated, KmsError> {
        let context = text_map(context);
        let call = self.service.client().generate_data_key(&self.id, &context, suite.key_bytes());
        let (data_key, encrypted) = self.service.within_bounds(call).await?;
        Ok(Generated { data_key, encrypted: vec![self.entry(encrypted)?] })
    }

    pub async fn encrypt(&self, data_key: &DataKey, context: &Context) -> Result<EncryptedDataKey, KmsError> {
        let context = text_map(context);
        let call = self.service.client().encrypt_data_key(&self.id, &context, data_key);
        self.entry(self.service.within_bounds(call).await?)
    }

    /// As the message will name it: by the ARN that the service answers with.
    fn entry(&self, encrypted: EncryptedKey) -> Result<EncryptedDataKey, KmsError> {
        let EncryptedKey { key_arn, ciphertext } = encrypted;
        if KeyArn::parse(&key_arn).is_none() {
            let found: String = key_arn.chars().take(200).collect();
            return Err(KmsError::Nonsense(format!("it is of key {found:?}, where {} was asked", self.id)));
        }
        Ok(EncryptedDataKey { provider: PROVIDER.to_owned(), info: key_arn.into_bytes(), ciphertext })
    }

    pub async fn decrypt(
        &self,
        entry: &DataKeyEntry<'_>,
        context: &Context,
    ) -> Result<Option<DataKey>, KmsError> {
        let (Some(named), Some(own)) = (key_of(entry), KeyArn::parse(&self.id)) else { return Ok(None) };
        if named.is_same_key(&own) {
            decrypt(&self.service, &self.id, entry, context).await
        } else {
            Ok(None)
        }
    }
}

/// Whatever key of a service a message names.
pub(super) struct Discovery {
    service: KmsService,
    filter: Option<DiscoveryFilter>,
}

impl Discovery {
    pub fn new(service: KmsService, filter: Option<DiscoveryFilter>) -> Self {
        Discovery { service, filter }
    }

    pub async fn decrypt(
        &self,
        entry: &DataKeyEntry<'_>,
        context: &Context,
    ) -> Result<Option<DataKey>, KmsError> {
        let region = self.service.client().region();
        let arn = key_of(entry).filter(|arn| self.passes(arn)).and_then(|arn| arn.within(region));
        match arn {
            Some(arn) => decrypt(&self.service, &arn, entry, context).await,
            None => Ok(None),
        }
    }

    fn passes(&self, arn: &KeyArn<'_>) -> bool {
        let passes = |filter: &DiscoveryFilter| {
            filter.partition == arn.partition && filter.accounts.contains(arn.account)
        };
        self.filter.as_ref().is_none_or(passes)
    }
}

/// `None` where the service says that the ciphertext is none of this key and context.
async fn decrypt(
    service: &KmsService,
    key: &str,
    entry: &DataKeyEntry<'_>,
    context: &Context,
) -> Result<Option<DataKey>, KmsError> {
    if !(1..=CIPHERTEXT_BYTES_MAX).contains(&entry.ciphertext.len()) {
        return Ok(None);
    }
    let context = text_map(context);
    let call = service.client().decrypt_data_key(key, &context, entry.ciphertext);
    match service.within_bounds(call).await {
        Ok(data_key) => Ok(Some(data_key)),
        Err(KmsError::Refused { code, .. }) if is_of_ciphertext(&code) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_of_ciphertext(code: &str) -> bool {
    matches!(code, "InvalidCiphertextException" | "IncorrectKeyException")
}

fn key_of<'m>(entry: &DataKeyEntry<'m>) -> Option<KeyArn<'m>> {
    let text = std::str::from_utf8(entry.info).ok()?;
    KeyArn::parse(text).filter(|_| entry.provider == PROVIDER.as_bytes())
}

/// The ARN of a key, in its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
struct KeyArn<'t> {
    partition: &'t str,
    region: &'t str,
    account: &'t str,
    key: &'t str,
}

impl<'t> KeyArn<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let mut parts = text.split(':');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let ("arn", partition, "kms", region, account) = (next()?, next()?, next()?, next()?, next()?) else {
            return None;
        };
        let key = next()?.strip_prefix("key/")?;
        let is_key = !key.is_empty() && key.chars().all(is_of_name) && !key.contains('/');
        let is_whole = is_key && next().is_none() && text.len() <= KEY_ID_BYTES_MAX;
        is_whole.then_some(KeyArn { partition, region, account, key })
    }

    fn is_multi_region(&self) -> bool {
        self.key.starts_with("mrk-")
    }

    /// Replicas of a multi-Region key are one key.
    fn is_same_key(&self, other: &KeyArn<'_>) -> bool {
        let without_region = |arn: &KeyArn<'_>| [arn.partition, arn.account, arn.key].map(str::to_owned);
        *self == *other || self.is_multi_region() && without_region(self) == without_region(other)
    }

    /// The ARN by which a service of that region has the key, if it can have it.
    fn within(&self, region: &str) -> Option<String> {
        let KeyArn { partition, account, key, .. } = self;
        let has = self.region == region || self.is_multi_region();
        has.then(|| format!("arn:{partition}:kms:{region}:{account}:key/{key}"))
    }
}

fn is_alias_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [_, partition, "kms", region, account, alias] = parts[..] else { return false };
    let name = alias.strip_prefix("alias/").unwrap_or_default();
    [partition, region, account, name].iter().all(|part| !part.is_empty()) && name.chars().all(is_of_name)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/')
}

fn text_map(context: &Context) -> TextMap<'_> {
    context.iter().map(|(key, value)| (key.into(), value.into())).collect()
}
