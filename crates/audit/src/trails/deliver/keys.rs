//! The keys that digests are signed with: one after the other, each for a year. The private part lies sealed on the log of
//! trails; of one that signs no more only the public part is kept.

use std::sync::Arc;

use flumen_seal::Seal;
use flumen_storage::off_thread;

use super::super::Trails;
use super::super::state::KeyPair;
use super::{DeliverError, Deliverer};
use crate::chain::SigningKey;

const DAY_MS: u64 = 24 * 3600 * 1000;
const VALID_MS: u64 = 366 * DAY_MS;
/// So long before the end another one takes over.
const RENEWED_BEFORE_MS: u64 = 30 * DAY_MS;
/// A clock that is set back a little does not make digests older than their key.
const SLACK_MS: u64 = DAY_MS;
const CONTEXT: &str = "audit/digest-key";

/// The one that signs, which is made where there is none.
pub(super) async fn current(trails: &Trails, seal: &Seal) -> Result<SigningKey, DeliverError> {
    let (known, now_ms) = (trails.newest_key(), trails.now_ms());
    match known.filter(|pair| now_ms + RENEWED_BEFORE_MS < pair.until_ms) {
        Some(pair) => {
            let pkcs8 = seal.open(CONTEXT, &pair.sealed)?;
            Ok(SigningKey::from_pkcs8(&pkcs8, pair.from_ms, pair.until_ms)?)
        }
        None => {
            let made =
                off_thread(move || SigningKey::generate(now_ms.saturating_sub(SLACK_MS), now_ms + VALID_MS));
            let key = made.await.map_err(|_| DeliverError::EndedEarly)??;
            let sealed = seal.seal(CONTEXT, key.pkcs8()?.expose())?;
            let public = key.public();
            let pair = KeyPair {
                sealed,
                public: public.der.clone(),
                from_ms: public.valid_from_ms,
                until_ms: public.valid_until_ms,
            };
            trails.add_key(Arc::new(pair)).await?;
            Ok(key)
        }
    }
}

impl Deliverer {
    /// There is a key, which is good for long enough, and its public part lies beside the files.
    ///
    /// # Errors
    /// Where it cannot be made, read or written.
    pub async fn ensure_key(&self) -> Result<(), DeliverError> {
        let key = current(&self.inner.trails, &self.inner.seal).await?;
        let is_known = |known: &Arc<SigningKey>| known.public().fingerprint == key.public().fingerprint;
        if !self.inner.key.lock().as_ref().is_some_and(is_known) {
            let (keys, objects) = (self.inner.trails.public_keys(0, u64::MAX), self.inner.objects.clone());
            let put = off_thread(move || objects.put_public_keys(&keys)).await;
            put.map_err(|_| DeliverError::EndedEarly)??;
            *self.inner.key.lock() = Some(Arc::new(key));
        }
        Ok(())
    }

    pub(super) async fn key(&self) -> Result<Arc<SigningKey>, DeliverError> {
        let known = self.inner.key.lock().clone();
        match known {
            Some(key) => Ok(key),
            None => {
                self.ensure_key().await?;
                self.inner.key.lock().clone().ok_or(DeliverError::EndedEarly)
            }
        }
    }
}
