//! Keys of a key service: AWS's, Flumen's, or any other with KMS's API. They never leave it; it makes data keys, and opens them.
//!
//! Calls end within the service's time, and are bounded in number and in the bytes of their answers; the client's settings say how
//! often one is tried again.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flumen_client::{Client, Error};
use flumen_protocol::kms::{
    DecryptRequest, DecryptResponse, EncryptRequest, EncryptResponse, GenerateDataKeyRequest,
    GenerateDataKeyResponse, Operation, encode,
};
use flumen_protocol::{Blob, Decode, Encoding, TextMap, decode_output};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

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
    #[error("{CALLS_MAX} calls wait for the key service already")]
    TooManyCalls,
    #[error("the key service's answer makes no sense: {0}")]
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

    async fn call(&self, operation: Operation, input: Bytes) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let Service { client, timeout, places } = &*self.0;
        let _place = places.try_acquire().map_err(|_| KmsError::TooManyCalls)?;
        let answered = tokio::time::timeout(*timeout, client.kms(operation, input)).await;
        let answer = answered.map_err(|_| KmsError::Timeout(*timeout))??;
        // What is kept of it is wiped; what the connection has read it with is not ours to wipe.
        Ok(Zeroizing::new(answer.into()))
    }
}

impl fmt::Debug for KmsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KmsService({})", self.0.client.endpoint())
    }
}

impl From<Error> for KmsError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused { code, message } => {
                KmsError::Refused { code: excerpt(&code), message: excerpt(&message) }
            }
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
        let input = GenerateDataKeyRequest {
            key_id: self.id.as_str().into(),
            encryption_context: text_map(context),
            number_of_bytes: Some(suite.key_bytes() as i32),
            ..GenerateDataKeyRequest::default()
        };
        let answer = self.service.call(Operation::GenerateDataKey, encode(&input).into()).await?;
        let answer: GenerateDataKeyResponse<'_> = read(&answer)?;
        let data_key = secret("Plaintext", answer.plaintext)?;
        if data_key.len() != suite.key_bytes() {
            let found = data_key.len();
            return Err(nonsense(format!("a data key of {} bytes has {found}", suite.key_bytes())));
        }
        let encrypted = vec![self.encrypted(answer.key_id.as_deref(), answer.ciphertext_blob)?];
        Ok(Generated { data_key, encrypted })
    }

    pub async fn encrypt(&self, data_key: &DataKey, context: &Context) -> Result<EncryptedDataKey, KmsError> {
        let input = EncryptRequest {
            key_id: self.id.as_str().into(),
            plaintext: Blob::Bytes(data_key.as_slice().into()),
            encryption_context: text_map(context),
            ..EncryptRequest::default()
        };
        let answer = self.service.call(Operation::Encrypt, encode(&input).into()).await?;
        let answer: EncryptResponse<'_> = read(&answer)?;
        self.encrypted(answer.key_id.as_deref(), answer.ciphertext_blob)
    }

    /// As the message will name it: by the ARN that the service answers with.
    fn encrypted(
        &self,
        key_id: Option<&str>,
        ciphertext: Option<Blob<'_>>,
    ) -> Result<EncryptedDataKey, KmsError> {
        let found = key_id.unwrap_or_default();
        let is_arn = KeyArn::parse(found).is_some();
        let is_meant = KeyArn::parse(&self.id).is_none() || found == self.id;
        if !is_arn || !is_meant {
            return Err(of_another(found, &self.id));
        }
        let ciphertext = bytes("CiphertextBlob", ciphertext)?;
        if !(1..=CIPHERTEXT_BYTES_MAX).contains(&ciphertext.len()) {
            return Err(nonsense(format!("an encrypted data key has {} bytes", ciphertext.len())));
        }
        Ok(EncryptedDataKey { provider: PROVIDER.to_owned(), info: found.into(), ciphertext })
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
        let region = self.service.0.client.region();
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
    let input = DecryptRequest {
        ciphertext_blob: Some(Blob::Bytes(entry.ciphertext.into())),
        encryption_context: text_map(context),
        key_id: Some(key.into()),
        ..DecryptRequest::default()
    };
    let answer = match service.call(Operation::Decrypt, encode(&input).into()).await {
        Ok(answer) => answer,
        Err(KmsError::Refused { code, .. }) if is_of_ciphertext(&code) => return Ok(None),
        Err(error) => return Err(error),
    };
    let answer: DecryptResponse<'_> = read(&answer)?;
    match answer.key_id.as_deref() {
        Some(found) if found == key => secret("Plaintext", answer.plaintext).map(Some),
        found => Err(of_another(found.unwrap_or_default(), key)),
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

/// Nothing where there is no pair.
fn text_map(context: &Context) -> Option<TextMap<'_>> {
    let pairs = context.iter().map(|(key, value)| (key.into(), value.into()));
    (!context.is_empty()).then(|| pairs.collect())
}

fn nonsense(text: String) -> KmsError {
    KmsError::Nonsense(text)
}

/// A service that answers with another key's has not understood which was meant.
fn of_another(found: &str, asked: &str) -> KmsError {
    let found: String = found.chars().take(200).collect();
    nonsense(format!("it is of key {found:?}, where {asked} was asked"))
}

/// The error goes without its text, which may show a key.
fn read<'a, T: Decode<'a>>(answer: &'a [u8]) -> Result<T, KmsError> {
    decode_output(Encoding::Json, answer)
        .map_err(|_| nonsense("it is not JSON of the operation's shape".to_owned()))
}

fn bytes(name: &str, blob: Option<Blob<'_>>) -> Result<Vec<u8>, KmsError> {
    let blob = blob.ok_or_else(|| nonsense(format!("{name} is missing")))?;
    // What its error shows may be a key.
    blob.to_bytes().map(Into::into).map_err(|_| nonsense(format!("{name} is no base64")))
}

fn secret(name: &str, blob: Option<Blob<'_>>) -> Result<DataKey, KmsError> {
    bytes(name, blob).map(Zeroizing::new)
}
