//! Records that lie encrypted: whether a caller may have them so, and the data key that seals the next ones.
//!
//! What a stream's setting names is asked of the keys at every call, in memory: rights, and whether the key may be used. A data key
//! serves all callers of a stream for five minutes. What keys are and how a data key is wrapped is left to `flumen-keys`; how a
//! block is sealed, to `flumen-storage`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flumen_access::Caller;
use flumen_keys::{KeyArn, KeyError, Keys, Named, OfStream, RecordKey, key_of};
use flumen_storage::{Block, BlockKey, ReadError, SEALS_FOR, WrappedKey};
use parking_lot::Mutex;

use crate::Streams;
use crate::errors::{KeyRefused, StreamName};
use crate::live::Live;
use crate::state::{Encryption, Stream};

/// From then on the next data key is made beside the puts, so that none of them waits for it.
const RENEWED_AFTER: Duration = Duration::from_secs(4 * 60);

/// How the records of a stream are encrypted, kept over its changes as long as it is set so.
pub(crate) struct Encrypting {
    setting: Encryption,
    of: OfStream,
    current: Mutex<Option<Arc<Current>>>,
    /// Held by whoever makes the next one.
    making: tokio::sync::Mutex<()>,
}

pub(crate) struct Current {
    data_key: Arc<BlockKey>,
    /// The key of KMS that has encrypted it.
    by: KeyArn,
    /// The same as text, for what is noted of calls.
    by_text: Arc<str>,
    since: Instant,
}

impl Current {
    pub fn data_key(&self) -> &Arc<BlockKey> {
        &self.data_key
    }

    /// How old it is, if it is for records under that key.
    fn age(&self, key: &RecordKey) -> Option<Duration> {
        (self.by == *key.arn() && !self.data_key.is_spent()).then(|| self.since.elapsed())
    }
}

impl Encrypting {
    /// `before` is how it was until now.
    pub fn new(stream: &Stream, before: Option<&Arc<Encrypting>>) -> Option<Arc<Encrypting>> {
        let setting = stream.encryption.as_ref()?;
        if let Some(before) = before.filter(|before| before.setting == *setting) {
            return Some(before.clone());
        }
        let of = OfStream::new(&stream.arn());
        let (current, making) = Default::default();
        Some(Arc::new(Encrypting { setting: setting.clone(), of, current, making }))
    }

    pub fn key(&self) -> &Named {
        &self.setting.key
    }

    /// The data key that seals now. Mostly it is there; else it is made.
    pub async fn current(self: &Arc<Self>, keys: &Keys, key: &RecordKey) -> Result<Arc<Current>, KeyError> {
        let current = self.current.lock().clone();
        let aged = current.and_then(|current| Some((current.age(key)?, current)));
        let Some((age, current)) = aged.filter(|(age, _)| *age < SEALS_FOR) else {
            return self.make(keys, key).await;
        };
        if age >= RENEWED_AFTER && self.making.try_lock().is_ok() {
            let (this, keys, key) = (self.clone(), keys.clone(), key.clone());
            tokio::spawn(async move {
                if let Err(error) = this.make(&keys, &key).await {
                    tracing::warn!(key = %key.arn(), %error, "a data key is not renewed yet");
                }
            });
        }
        Ok(current)
    }

    async fn make(&self, keys: &Keys, key: &RecordKey) -> Result<Arc<Current>, KeyError> {
        let _one_at_a_time = self.making.lock().await;
        let current = self.current.lock().clone();
        let is_new = |current: &Arc<Current>| current.age(key).is_some_and(|age| age < RENEWED_AFTER);
        if let Some(made) = current.filter(is_new) {
            return Ok(made);
        }
        let data_key = keys.data_key(key, &self.of).await?;
        let (by, by_text) = (key.arn().clone(), key.arn().to_string().into());
        let current = Arc::new(Current { data_key, by, by_text, since: Instant::now() });
        *self.current.lock() = Some(current.clone());
        Ok(current)
    }

    /// It serves nobody any more.
    fn forget(&self) {
        *self.current.lock() = None;
    }
}

impl Streams {
    /// What seals the caller's records; `None` where the stream's lie in clear.
    pub(crate) async fn sealing_key(
        &self,
        caller: &Caller,
        live: &Live,
    ) -> Result<Option<Arc<BlockKey>>, KeyRefused> {
        let Some(encrypting) = &live.encrypting else { return Ok(None) };
        let keys = &self.inner.keys;
        let used = |key: &Arc<str>| caller.noted().note_key_use("GenerateDataKey", key);
        let key = match keys.may_encrypt(caller, encrypting.key(), &encrypting.of) {
            Ok(key) => key,
            Err(error) => {
                used(&encrypting.key().to_string().into());
                if matches!(error, KeyError::NoKey { .. }) {
                    encrypting.forget();
                }
                return Err(error.into());
            }
        };
        let current = match keys.is_granted(&key, &encrypting.of).await {
            Ok(()) => encrypting.current(keys, &key).await,
            Err(error) => Err(error),
        };
        let current = current.inspect_err(|_| used(&key.arn().to_string().into()))?;
        used(&current.by_text);
        Ok(Some(current.data_key.clone()))
    }

    /// Of blocks that were read those that the caller may have: up to the first that they may not. If that is the first of all, why.
    pub(crate) async fn may_have(
        &self,
        caller: &Caller,
        live: &Live,
        mut blocks: Vec<Block>,
    ) -> Result<Vec<Block>, KeyRefused> {
        let mut allowed = None;
        for (place, block) in blocks.iter().enumerate() {
            let Some(key) = block.key() else { continue };
            match self.may_decrypt(caller, live, key, &mut allowed).await {
                Ok(()) => {}
                Err(error) if place == 0 => return Err(error),
                Err(_) => {
                    blocks.truncate(place);
                    break;
                }
            }
        }
        Ok(blocks)
    }

    /// Why the caller is not given what could not be opened.
    pub(crate) async fn why_unopened(
        &self,
        caller: &Caller,
        live: &Live,
        error: &ReadError,
    ) -> Option<KeyRefused> {
        let ReadError::NoKey { key, .. } = error else { return None };
        self.may_decrypt(caller, live, key, &mut None).await.err()
    }

    /// `allowed` is what was asked for last, and the key of KMS for which the answer was yes.
    async fn may_decrypt(
        &self,
        caller: &Caller,
        live: &Live,
        wrapped: &Arc<WrappedKey>,
        allowed: &mut Option<(Arc<WrappedKey>, KeyArn)>,
    ) -> Result<(), KeyRefused> {
        if let Some((last, _)) = allowed
            && last.id == wrapped.id
        {
            return Ok(());
        }
        let arn = key_of(wrapped).ok_or(KeyError::Ciphertext)?;
        // A data key after five minutes, of the same key.
        if let Some((last, of_last)) = allowed
            && *of_last == arn
        {
            *last = wrapped.clone();
            return Ok(());
        }
        caller.noted().note_key_use("Decrypt", &arn.to_string().into());
        let asked = self.inner.keys.may_decrypt(caller, wrapped).await;
        asked.map_err(|error| match error {
            KeyError::Denied(_) => KeyRefused::MayNotDecrypt {
                user: caller.principal().id().into(),
                stream: StreamName::of(&live.stream),
            },
            error => error.into(),
        })?;
        *allowed = Some((wrapped.clone(), arn));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flumen_keys::{Materials, NewKey};
    use flumen_machine::Carried;
    use flumen_storage::Storage;
    use flumen_testkit::service;
    use flumen_types::{Clock, Realm};

    use super::*;

    async fn encrypting() -> (Keys, RecordKey, Arc<Encrypting>) {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let materials = Materials::in_memory(service::seal());
        let keys = Keys::open(storage, Clock::system(), materials, &Carried::default()).await.unwrap();
        let key = keys.create_key(&service::caller("000000000000"), &NewKey::default()).await.unwrap();
        let setting = Encryption { key_id: "k".into(), key: Named::Key(key.arn.clone()) };
        let realm = Realm { account: "000000000000".into(), region: "us-east-1".into() };
        let (of, (current, making)) = (OfStream::new(&realm.stream_arn("s")), Default::default());
        (keys, RecordKey::Own(key), Arc::new(Encrypting { setting, of, current, making }))
    }

    fn aged(encrypting: &Encrypting, age: Duration) {
        let mut current = encrypting.current.lock();
        let Current { data_key, by, by_text, .. } = &**current.as_ref().unwrap();
        let since = Instant::now().checked_sub(age).unwrap();
        *current = Some(Arc::new(Current {
            data_key: data_key.clone(),
            by: by.clone(),
            by_text: by_text.clone(),
            since,
        }));
    }

    #[tokio::test]
    async fn a_data_key_seals_for_five_minutes_and_the_next_is_made_beside_the_puts() {
        let (keys, key, encrypting) = encrypting().await;
        let id = async || encrypting.current(&keys, &key).await.unwrap().data_key.id();
        let first = id().await;
        assert_eq!(id().await, first);
        aged(&encrypting, RENEWED_AFTER);
        assert_eq!(id().await, first, "it still seals");
        let second = loop {
            tokio::task::yield_now().await;
            let now = encrypting.current.lock().as_ref().unwrap().data_key.id();
            if now != first {
                break now;
            }
        };
        assert_eq!(id().await, second);
        aged(&encrypting, SEALS_FOR);
        let third = id().await;
        assert!(third != second && third != first, "nobody had it renewed, so it is waited for");
    }

    #[tokio::test]
    async fn another_key_of_kms_has_another_data_key_and_many_who_want_one_get_the_same() {
        let (keys, key, encrypting) = encrypting().await;
        let made = (0..20).map(|_| {
            let (keys, key, encrypting) = (keys.clone(), key.clone(), encrypting.clone());
            tokio::spawn(async move { encrypting.current(&keys, &key).await.unwrap().data_key.id() })
        });
        let mut ids = Vec::new();
        for made in made.collect::<Vec<_>>() {
            ids.push(made.await.unwrap());
        }
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        let other = keys.create_key(&service::caller("000000000000"), &NewKey::default()).await.unwrap();
        let other = RecordKey::Own(other);
        assert_ne!(encrypting.current(&keys, &other).await.unwrap().data_key.id(), ids[0]);
        encrypting.forget();
        assert!(encrypting.current.lock().is_none());
    }
}
