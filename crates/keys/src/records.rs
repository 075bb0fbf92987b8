//! Keys for records of streams: whether a caller may have them encrypted and decrypted, the data keys that seal their blocks, and
//! how a data key lies beside what it has sealed.
//!
//! ```text
//! 1 | length 2 | ARN of the stream | the data key as GenerateDataKey gives it, encrypted
//! 2 | length 2 | ARN of the stream | length 2 | ARN of a key elsewhere | salt 16 | ciphertext as its service gives it
//! ```
//!
//! The service of a key elsewhere is asked once for many data keys, so a block's key is made of what it gave and a salt.
//!
//! The encryption context is the stream's ARN as `aws:kinesis:arn`, as on AWS. Whoever opens a block needs the material alone, not
//! what is known of keys; whether a caller may is decided by [`Keys`], at each call. When a data key is new is left to whoever writes
//! records.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use flumen_access::Caller;
use flumen_external_keys::ExternalKeys;
use flumen_seal::Secret;
use flumen_storage::{BlockKey, BlockKeyError, BlockKeyId, BlockKeys, LogId, WrappedKey};
use flumen_types::StreamArn;
use parking_lot::Mutex;
use tokio::runtime::Handle;

use crate::blob::{self, Blob, KEY_BYTES, SALT_BYTES};
use crate::context::Context;
use crate::door::KeyRequest;
use crate::elsewhere::Elsewhere;
use crate::ids::fill_random;
use crate::material::Materials;
use crate::names::{KeyArn, Named};
use crate::operations::KeyOperation;
use crate::state::Key;
use crate::uses::random_bytes;
use crate::{KeyError, Keys};

const CONTEXT_KEY: &str = "aws:kinesis:arn";
/// What wrapped keys begin with: by keys of this service, and by those of one elsewhere.
const OWN: u8 = 1;
const ELSEWHERE: u8 = 2;
const LABEL: &[u8] = b"flumen block key 2";
/// So many are remembered that were opened, the newest ones; each takes a kilobyte.
const OPENED_MAX: usize = 4096;

/// A stream, as policies of keys and ciphertext know it.
#[derive(Debug)]
pub struct OfStream {
    arn: String,
    context: Context,
    via: String,
}

impl OfStream {
    pub fn new(arn: &StreamArn) -> Self {
        let via = via(&arn.realm.region);
        let arn = arn.to_string();
        OfStream { context: context(&arn), arn, via }
    }
}

/// No ARN of a stream is too long for a context.
fn context(arn: &str) -> Context {
    Context::new([(CONTEXT_KEY.to_owned(), arn.to_owned())]).unwrap_or_default()
}

/// How policies name the service through which it comes.
fn via(region: &str) -> String {
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("kinesis.{region}.amazonaws.com{suffix}")
}

/// A wrapped key taken apart, of which nothing is verified.
struct Wrapped<'a> {
    stream_arn: &'a str,
    by: By<'a>,
}

/// What a data key is encrypted by.
enum By<'a> {
    Own(Blob<'a>),
    Elsewhere { arn: KeyArn, salt: &'a [u8; SALT_BYTES], ciphertext: &'a [u8] },
}

impl<'a> Wrapped<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (stream_arn, rest) = text(rest)?;
        let by = match *version {
            OWN => By::Own(Blob::parse(rest).ok()?),
            ELSEWHERE => {
                let (arn, rest) = text(rest)?;
                let (salt, ciphertext) = rest.split_first_chunk()?;
                By::Elsewhere { arn: KeyArn::parse(arn)?, salt, ciphertext }
            }
            _ => return None,
        };
        Some(Wrapped { stream_arn, by })
    }

    fn arn(self) -> KeyArn {
        match self.by {
            By::Own(blob) => blob.arn,
            By::Elsewhere { arn, .. } => arn,
        }
    }
}

/// A text with its length in front.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

fn put_text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(&u16::try_from(text.len()).ok()?.to_le_bytes());
    out.extend_from_slice(text.as_bytes());
    Some(())
}

fn wrap(of: &OfStream, blob: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(3 + of.arn.len() + blob.len());
    bytes.push(OWN);
    put_text(&of.arn, &mut bytes)?;
    bytes.extend_from_slice(blob);
    Some(bytes)
}

fn wrap_elsewhere(of: &OfStream, arn: &str, salt: &[u8; SALT_BYTES], ciphertext: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(5 + of.arn.len() + arn.len() + SALT_BYTES + ciphertext.len());
    bytes.push(ELSEWHERE);
    put_text(&of.arn, &mut bytes)?;
    put_text(arn, &mut bytes)?;
    bytes.extend_from_slice(salt);
    bytes.extend_from_slice(ciphertext);
    Some(bytes)
}

/// The key of a block, of what a service gave, which gives it to others too.
fn derived(id: BlockKeyId, given: &Secret, salt: &[u8; SALT_BYTES], wrapped: Vec<u8>) -> Option<BlockKey> {
    let key = blob::derive(given, salt, &[LABEL, &id.0])?;
    BlockKey::new(id, &key[..], wrapped)
}

/// Which key of KMS a data key is encrypted by; `None` if these are no bytes of one.
pub fn key_of(wrapped: &WrappedKey) -> Option<KeyArn> {
    Wrapped::parse(&wrapped.bytes).map(Wrapped::arn)
}

/// A key by which records may be encrypted.
#[derive(Clone, Debug)]
pub enum RecordKey {
    Own(Arc<Key>),
    /// It is in a KMS elsewhere.
    Elsewhere(KeyArn),
}

impl RecordKey {
    pub fn arn(&self) -> &KeyArn {
        match self {
            RecordKey::Own(key) => &key.arn,
            RecordKey::Elsewhere(arn) => arn,
        }
    }
}

impl Keys {
    /// What a KeyId names, for a stream of the caller's. The alias of Kinesis's own key makes that.
    ///
    /// # Errors
    /// Where it names nothing that could be there, and where that key cannot be made.
    pub async fn name(&self, caller: &Caller, key_id: &str) -> Result<Named, KeyError> {
        let named = Named::parse(key_id, caller.realm())?;
        if let Named::Alias(alias) = &named {
            self.make_if_kinesis(caller, alias).await?;
        }
        Ok(named)
    }

    /// The key that is named, if it can be used, whoever asks.
    ///
    /// How a key elsewhere is says its service, when it is used ([`Keys::is_granted`]).
    ///
    /// # Errors
    /// Where it is not there, or not enabled.
    pub fn usable_key(&self, named: &Named) -> Result<RecordKey, KeyError> {
        if let Some((_, arn)) = self.elsewhere(named) {
            return Ok(RecordKey::Elsewhere(arn.clone()));
        }
        let now_ms = self.now_ms();
        let state = self.state();
        let arn = match named {
            Named::Key(arn) => arn.clone(),
            Named::Alias(alias) => {
                state.alias(alias).ok_or_else(|| KeyError::NoAlias { arn: alias.clone() })?.of()
            }
        };
        let key = state.key(&arn, now_ms).cloned().ok_or(KeyError::NoKey { arn })?;
        key.is_enabled()?;
        Ok(RecordKey::Own(key))
    }

    /// The key service that has the key, if that is one elsewhere.
    fn elsewhere<'a>(&self, named: &'a Named) -> Option<(&Elsewhere, &'a KeyArn)> {
        let (Named::Key(arn), Some(elsewhere)) = (named, self.external()) else { return None };
        elsewhere.has(arn).then_some((elsewhere, arn))
    }

    /// The key, if the caller may have records of the stream encrypted by it now. Decided in memory.
    ///
    /// # Errors
    /// Where they may not, and as [`Keys::usable_key`].
    pub fn may_encrypt(&self, caller: &Caller, named: &Named, of: &OfStream) -> Result<RecordKey, KeyError> {
        self.may(caller, named, KeyOperation::GenerateDataKey, &of.context, &of.via)
    }

    /// Whether the caller may now have decrypted what lies under a data key. Decided in memory, and of a key elsewhere with what its
    /// service has answered within five minutes.
    ///
    /// # Errors
    /// Where they may not, where the key of KMS is not there or not enabled, and where these are no bytes of a data key.
    pub async fn may_decrypt(&self, caller: &Caller, wrapped: &WrappedKey) -> Result<(), KeyError> {
        let Wrapped { stream_arn, by } = Wrapped::parse(&wrapped.bytes).ok_or(KeyError::Ciphertext)?;
        let (arn, ciphertext) = match by {
            By::Own(blob) => (blob.arn, None),
            By::Elsewhere { arn, ciphertext, .. } => (arn, Some(ciphertext)),
        };
        let (context, via) = (context(stream_arn), via(&arn.region));
        let named = Named::Key(arn);
        let key = self.may(caller, &named, KeyOperation::Decrypt, &context, &via)?;
        match (self.elsewhere(&named), ciphertext) {
            (Some((external, arn)), Some(ciphertext)) => {
                external.open(arn, ciphertext, &context).await.map(drop)
            }
            // Its service is not set any more.
            (None, Some(_)) => Err(KeyError::NoKey { arn: key.arn().clone() }),
            (_, None) => Ok(()),
        }
    }

    fn may(
        &self,
        caller: &Caller,
        named: &Named,
        operation: KeyOperation,
        context: &Context,
        via: &str,
    ) -> Result<RecordKey, KeyError> {
        let asked = KeyRequest { context: Some(context), via: Some(via), ..KeyRequest::of(operation) };
        if let Some((_, arn)) = self.elsewhere(named) {
            self.may_elsewhere(caller, arn, named, &asked)?;
            return Ok(RecordKey::Elsewhere(arn.clone()));
        }
        let key = self.let_in(caller, named, &asked)?;
        key.is_enabled()?;
        Ok(RecordKey::Own(key))
    }

    /// Whether the service of a key elsewhere lets this one go on with it: what it has answered counts for five minutes. Of a key of
    /// this service there is nothing to ask.
    ///
    /// # Errors
    /// As the service has answered, or as it is silent.
    pub async fn is_granted(&self, key: &RecordKey, of: &OfStream) -> Result<(), KeyError> {
        match (key, self.external()) {
            (RecordKey::Elsewhere(arn), Some(external)) => {
                external.data_key(arn, &of.context).await.map(drop)
            }
            (RecordKey::Elsewhere(arn), None) => Err(KeyError::NoKey { arn: arn.clone() }),
            (RecordKey::Own(_), _) => Ok(()),
        }
    }

    /// A new data key for blocks of a stream's records, encrypted by the key. Waits for a file if the key was not used since the start,
    /// and for the service of a key elsewhere.
    ///
    /// # Errors
    /// Where the material is not to be had, or no random numbers; where the service refuses, or is silent.
    pub async fn data_key(&self, key: &RecordKey, of: &OfStream) -> Result<Arc<BlockKey>, KeyError> {
        let mut id = [0; 8];
        fill_random(&mut id)?;
        let id = BlockKeyId(id);
        let made = match (key, self.external()) {
            (RecordKey::Own(key), _) => {
                let plaintext = random_bytes(KEY_BYTES)?;
                let encrypted = self.seal(key, &of.context, plaintext.expose()).await?;
                wrap(of, &encrypted.blob).and_then(|wrapped| BlockKey::new(id, plaintext.expose(), wrapped))
            }
            (RecordKey::Elsewhere(arn), Some(external)) => {
                let given = external.data_key(arn, &of.context).await?;
                let mut salt = [0; SALT_BYTES];
                fill_random(&mut salt)?;
                wrap_elsewhere(of, &arn.to_string(), &salt, &given.ciphertext)
                    .and_then(|wrapped| derived(id, &given.key, &salt, wrapped))
            }
            (RecordKey::Elsewhere(arn), None) => return Err(KeyError::NoKey { arn: arn.clone() }),
        };
        made.map(Arc::new).ok_or(KeyError::Ciphertext)
    }
}

/// Opens what lies under data keys of [`Keys::data_key`], with the material of a directory.
pub struct RecordKeys {
    materials: Materials,
    /// Its calls are waited for in that runtime.
    external: Option<(Elsewhere, Handle)>,
    opened: Mutex<BlockKeyCache>,
}

#[derive(Default)]
struct BlockKeyCache {
    /// Pieces of material that had been destroyed by then; what they had encrypted is forgotten with them.
    destroyed: u64,
    keys: HashMap<BlockKeyId, Arc<BlockKey>>,
    /// The oldest one first.
    order: VecDeque<BlockKeyId>,
}

impl std::fmt::Debug for RecordKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordKeys")
    }
}

impl RecordKeys {
    pub fn new(materials: Materials) -> Self {
        RecordKeys { materials, external: None, opened: Mutex::default() }
    }

    /// Opens what keys elsewhere have encrypted, too. Within a runtime, in which nobody opens anything on its own threads.
    pub fn with_external(self, external: ExternalKeys) -> Self {
        RecordKeys { external: Some((Elsewhere::new(external), Handle::current())), ..self }
    }

    /// And whether it is to be remembered: whether a key elsewhere still opens it is for its service to say, each time.
    fn open(&self, wrapped: &WrappedKey) -> Result<(BlockKey, bool), BlockKeyError> {
        let none = |error: &dyn std::fmt::Display| BlockKeyError(error.to_string().into());
        let parsed = Wrapped::parse(&wrapped.bytes)
            .ok_or_else(|| none(&format_args!("key {} is no data key of records", wrapped.id)))?;
        let context = context(parsed.stream_arn);
        let (key, is_own) = match parsed.by {
            By::Own(blob) => {
                let secret = self.materials.read(&blob.arn, blob.material).map_err(|error| none(&error))?;
                let key = blob.open(&secret, &context);
                (key.and_then(|key| BlockKey::new(wrapped.id, key.expose(), wrapped.bytes.clone())), true)
            }
            By::Elsewhere { arn, salt, ciphertext } => {
                let (external, runtime) = self.external.as_ref().ok_or_else(|| {
                    none(&format_args!("{arn} is a key elsewhere, whose service is not asked here"))
                })?;
                let given = runtime.block_on(external.open(&arn, ciphertext, &context));
                let given = given.map_err(|error| none(&error))?;
                (derived(wrapped.id, &given, salt, wrapped.bytes.to_vec()), false)
            }
        };
        let key = key.ok_or_else(|| none(&format_args!("key {} was altered", wrapped.id)))?;
        Ok((key, is_own))
    }
}

impl BlockKeys for RecordKeys {
    /// Whoever writes records brings their key.
    fn sealing(&self, _: LogId) -> Result<Option<Arc<BlockKey>>, BlockKeyError> {
        Ok(None)
    }

    fn opening(&self, _: LogId, wrapped: &WrappedKey) -> Result<Arc<BlockKey>, BlockKeyError> {
        let destroyed = self.materials.destroyed();
        if let Some(known) = self.opened.lock().known(destroyed, wrapped) {
            return Ok(known);
        }
        let (key, is_own) = self.open(wrapped)?;
        let key = Arc::new(key);
        // Where something was destroyed meanwhile, it may be what this was opened with.
        if is_own && self.materials.destroyed() == destroyed {
            self.opened.lock().remember(destroyed, &key);
        }
        Ok(key)
    }
}

impl BlockKeyCache {
    /// With the very bytes, since an id alone says nothing of what it was wrapped to.
    fn known(&mut self, destroyed: u64, wrapped: &WrappedKey) -> Option<Arc<BlockKey>> {
        if self.destroyed != destroyed {
            *self = BlockKeyCache { destroyed, ..BlockKeyCache::default() };
        }
        self.keys.get(&wrapped.id).filter(|key| **key.wrapped() == *wrapped).cloned()
    }

    fn remember(&mut self, destroyed: u64, key: &Arc<BlockKey>) {
        if self.destroyed != destroyed || self.keys.insert(key.id(), key.clone()).is_some() {
            return;
        }
        self.order.push_back(key.id());
        if self.order.len() > OPENED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
    }
}

/// For whoever fuzzes it: that bytes which nobody has wrapped are opened by no material.
pub fn check_unopened_key(bytes: &[u8]) -> bool {
    match Wrapped::parse(bytes) {
        Some(Wrapped { by: By::Own(blob), .. }) => blob::stays_shut(&blob),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
