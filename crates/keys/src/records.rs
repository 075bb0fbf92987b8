//! Keys for records of streams: whether a caller may have them encrypted and decrypted, the data keys that seal their blocks, and
//! how a data key lies beside what it has sealed.
//!
//! ```text
//! version 1 | length 2 | ARN of the stream | the data key as GenerateDataKey gives it, encrypted
//! ```
//!
//! The encryption context is the stream's ARN as `aws:kinesis:arn`, as on AWS. Whoever opens a block needs the material alone, not
//! what is known of keys; whether a caller may is decided by [`Keys`], at each call. When a data key is new is left to whoever writes
//! records.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use flumen_access::Caller;
use flumen_storage::{BlockKey, BlockKeyError, BlockKeyId, BlockKeys, LogId, WrappedKey};
use flumen_types::StreamArn;
use parking_lot::Mutex;

use crate::blob::{self, Blob};
use crate::context::Context;
use crate::door::Asked;
use crate::ids::fill_random;
use crate::material::Materials;
use crate::names::{KeyArn, Named};
use crate::operations::KeyOperation;
use crate::state::Key;
use crate::uses::random_bytes;
use crate::{KeyError, Keys};

const CONTEXT_KEY: &str = "aws:kinesis:arn";
const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
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
    blob: Blob<'a>,
}

impl<'a> Wrapped<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&[version, low, high], rest) = bytes.split_first_chunk()?;
        let (arn, blob) = rest.split_at_checked(usize::from(u16::from_le_bytes([low, high])))?;
        let stream_arn = std::str::from_utf8(arn).ok()?;
        (version == VERSION).then_some(Wrapped { stream_arn, blob: Blob::parse(blob).ok()? })
    }
}

fn wrap(of: &OfStream, blob: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(of.arn.len()).ok()?;
    let mut bytes = Vec::with_capacity(3 + of.arn.len() + blob.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(of.arn.as_bytes());
    bytes.extend_from_slice(blob);
    Some(bytes)
}

/// Which key of KMS a data key is encrypted by; `None` if these are no bytes of one.
pub fn key_of(wrapped: &WrappedKey) -> Option<KeyArn> {
    Wrapped::parse(&wrapped.bytes).map(|wrapped| wrapped.blob.arn)
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
    /// # Errors
    /// Where it is not there, or not enabled.
    pub fn usable_key(&self, named: &Named) -> Result<Arc<Key>, KeyError> {
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
        Ok(key)
    }

    /// The key, if the caller may have records of the stream encrypted by it now. Decided in memory.
    ///
    /// # Errors
    /// Where they may not, and as [`Keys::usable_key`].
    pub fn may_encrypt(&self, caller: &Caller, named: &Named, of: &OfStream) -> Result<Arc<Key>, KeyError> {
        self.may(caller, named, KeyOperation::GenerateDataKey, &of.context, &of.via)
    }

    /// Whether the caller may now have decrypted what lies under a data key. Decided in memory.
    ///
    /// # Errors
    /// Where they may not, where the key of KMS is not there or not enabled, and where these are no bytes of a data key.
    pub fn may_decrypt(&self, caller: &Caller, wrapped: &WrappedKey) -> Result<(), KeyError> {
        let Wrapped { stream_arn, blob } = Wrapped::parse(&wrapped.bytes).ok_or(KeyError::Ciphertext)?;
        let (context, via) = (context(stream_arn), via(&blob.arn.region));
        self.may(caller, &Named::Key(blob.arn), KeyOperation::Decrypt, &context, &via).map(drop)
    }

    fn may(
        &self,
        caller: &Caller,
        named: &Named,
        operation: KeyOperation,
        context: &Context,
        via: &str,
    ) -> Result<Arc<Key>, KeyError> {
        let asked = Asked { context: Some(context), via: Some(via), ..Asked::of(operation) };
        let key = self.let_in(caller, named, &asked)?;
        key.is_enabled()?;
        Ok(key)
    }

    /// A new data key for blocks of a stream's records, encrypted by the key. Waits for a file if the key was not used since the start.
    ///
    /// # Errors
    /// Where the material is not to be had, or no random numbers.
    pub async fn data_key(&self, key: &Key, of: &OfStream) -> Result<Arc<BlockKey>, KeyError> {
        let mut id = [0; 8];
        fill_random(&mut id)?;
        let plaintext = random_bytes(KEY_BYTES)?;
        let encrypted = self.seal(key, &of.context, plaintext.expose()).await?;
        let key = wrap(of, &encrypted.blob)
            .and_then(|wrapped| BlockKey::new(BlockKeyId(id), plaintext.expose(), wrapped));
        key.map(Arc::new).ok_or(KeyError::Ciphertext)
    }
}

/// Opens what lies under data keys of [`Keys::data_key`], with the material of a directory.
pub struct RecordKeys {
    materials: Materials,
    opened: Mutex<Opened>,
}

#[derive(Default)]
struct Opened {
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
        RecordKeys { materials, opened: Mutex::default() }
    }

    fn open(&self, wrapped: &WrappedKey) -> Result<BlockKey, BlockKeyError> {
        let none = |error: &dyn std::fmt::Display| BlockKeyError(error.to_string().into());
        let parsed = Wrapped::parse(&wrapped.bytes)
            .ok_or_else(|| none(&format_args!("key {} is no data key of records", wrapped.id)))?;
        let Wrapped { stream_arn, blob } = parsed;
        let secret = self.materials.read(&blob.arn, blob.material).map_err(|error| none(&error))?;
        let key = blob.open(&secret, &context(stream_arn));
        let key = key.and_then(|key| BlockKey::new(wrapped.id, key.expose(), wrapped.bytes.clone()));
        key.ok_or_else(|| none(&format_args!("key {} was altered", wrapped.id)))
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
        let key = Arc::new(self.open(wrapped)?);
        // Where something was destroyed meanwhile, it may be what this was opened with.
        if self.materials.destroyed() == destroyed {
            self.opened.lock().remember(destroyed, &key);
        }
        Ok(key)
    }
}

impl Opened {
    /// With the very bytes, since an id alone says nothing of what it was wrapped to.
    fn known(&mut self, destroyed: u64, wrapped: &WrappedKey) -> Option<Arc<BlockKey>> {
        if self.destroyed != destroyed {
            *self = Opened { destroyed, ..Opened::default() };
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
    Wrapped::parse(bytes).is_none_or(|wrapped| blob::stays_shut(&wrapped.blob))
}

#[cfg(test)]
mod tests;
