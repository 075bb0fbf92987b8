//! What key services have answered, for as long as it counts.
//!
//! A right is what a key may be used for (to make data keys, or to open them) with one encryption context. That a service has granted it
//! counts for five minutes from when it was asked. Whoever uses it in the last of them has it asked again, in the background, so that
//! users of a key that is well never wait. After the five minutes they wait for an answer; while there is none they are
//! told why at once, and the service is asked again when somebody uses the key, every five seconds at most.
//!
//! What a service refuses counts at once. A key that is disabled, pending deletion or not there is so for all rights, and what was
//! opened with it is wiped. It is asked for again after five seconds, and then in growing steps of up to half a minute.
//!
//! Nothing is asked but on behalf of a use, and for each right and ciphertext one call is under way.

mod slot;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::mem::discriminant;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context as Hash, SHA256};
use flumen_seal::Secret;
use flumen_types::Clock;
use parking_lot::Mutex;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;

use crate::service::Context;
use crate::{CIPHERTEXT_BYTES_MAX, ExternalKeyError, KeyArn, KeyService, KeyServices};
use slot::{Failed, Look, Slot, slot_of};

/// How long a granted right counts.
const GRANTED: Duration = Duration::from_secs(300);
/// When it is asked for again while it counts still.
const RENEWED_AFTER: Duration = Duration::from_secs(240);
/// What nobody has used for so long is forgotten, and wiped.
const KEPT_UNUSED: Duration = Duration::from_secs(3600);
const SWEPT_EVERY: Duration = Duration::from_secs(60);
/// Keys of which something is known, rights of either kind, and data keys that are open.
const KEYS_MAX: usize = 10_000;
const RIGHTS_MAX: usize = 10_000;
const OPENED_MAX: usize = 10_000;

/// A key that encrypts, and what the service opens again.
#[derive(Clone, Debug)]
pub struct DataKey {
    pub key: Secret,
    pub ciphertext: Arc<[u8]>,
}

/// What was last answered of a key, whatever it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    pub answer: Result<(), ExternalKeyError>,
    /// Since when that is so, or an error of this kind: milliseconds since the epoch.
    pub since_ms: u64,
    /// When it was answered.
    pub answered_ms: u64,
}

/// Data keys of keys elsewhere. Clones share them.
#[derive(Clone, Debug)]
pub struct ExternalKeys(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    services: KeyServices,
    clock: Clock,
    cache: Mutex<KeyCache>,
}

#[derive(Debug)]
struct KeyCache {
    keys: HashMap<KeyArn, Key>,
    /// Rights to make data keys, with the newest of these.
    makes: HashMap<Id, Slot<DataKey>>,
    /// Rights to open them.
    opens: HashMap<Id, Slot<()>>,
    /// Each by its right and its ciphertext. Whether it may be used is said by the right.
    opened: HashMap<Id, Slot<Secret>>,
    swept: Instant,
}

#[derive(Debug)]
struct Key {
    state: Option<KeyState>,
    /// It can be used for nothing, and since when that is known.
    refused: Option<(Failed, Instant)>,
    /// Whether a call is under way that will say whether that is still so.
    is_probed: bool,
    used: Instant,
}

/// A hash, so that what is held is bounded.
type Id = [u8; 32];

/// What somebody wants of a key.
struct Use<'u> {
    service: KeyService,
    arn: &'u KeyArn,
    context: &'u Context,
    right: Id,
    /// What is to be opened, if not a data key to be made.
    ciphertext: Option<(Id, &'u [u8])>,
}

/// What there is of it.
enum Seen<T> {
    Here { value: T, is_due: bool },
    Missing { is_asked: bool, done: OwnedNotified },
}

/// What a call has brought.
enum Brought {
    Made(DataKey),
    Opened(Secret),
}

impl ExternalKeys {
    pub fn new(services: KeyServices, clock: Clock) -> Self {
        let (keys, makes, opens, opened) = Default::default();
        let cache = Mutex::new(KeyCache { keys, makes, opens, opened, swept: Instant::now() });
        ExternalKeys(Arc::new(Inner { services, clock, cache }))
    }

    /// Whether a service is set for the key.
    pub fn has(&self, arn: &KeyArn) -> bool {
        self.0.services.find(arn).is_some()
    }

    /// What is known of the key; `None` where nobody has used it lately.
    pub fn state(&self, arn: &KeyArn) -> Option<KeyState> {
        self.0.cache.lock().keys.get(arn)?.state.clone()
    }

    /// Asks whether the key is there and may be used, as far as its state goes. What is answered counts for all.
    pub async fn describe(&self, arn: &KeyArn) -> Result<(), ExternalKeyError> {
        let service = self.service(arn)?;
        let asked = Instant::now();
        let answer = service.describe(arn).await;
        self.0.cache.lock().know(arn, answer.as_ref().err(), asked, self.0.clock.now_ms());
        answer
    }

    /// A data key to encrypt with, the same one for up to five minutes: without waiting where the right counts. In a runtime.
    pub async fn data_key(&self, arn: &KeyArn, context: &Context) -> Result<DataKey, ExternalKeyError> {
        let (service, right) = (self.service(arn)?, id(arn, context));
        self.wait(&Use { service, arn, context, right, ciphertext: None }, KeyCache::data_key).await
    }

    /// What the ciphertext of a data key holds: without waiting where the right counts and it was opened before. In a runtime.
    pub async fn open(
        &self,
        arn: &KeyArn,
        ciphertext: &[u8],
        context: &Context,
    ) -> Result<Secret, ExternalKeyError> {
        let bytes = ciphertext.len();
        if !(1..=CIPHERTEXT_BYTES_MAX).contains(&bytes) {
            let text = format!("it has {bytes} bytes, where there are from 1 to {CIPHERTEXT_BYTES_MAX}");
            return Err(ExternalKeyError::Ciphertext(text));
        }
        let (service, right) = (self.service(arn)?, id(arn, context));
        let ciphertext = Some((hash(&[&right, ciphertext]), ciphertext));
        self.wait(&Use { service, arn, context, right, ciphertext }, KeyCache::opened).await
    }

    fn service(&self, arn: &KeyArn) -> Result<KeyService, ExternalKeyError> {
        let found = self.0.services.find(arn).map(|(_, service)| service.clone());
        found.ok_or_else(|| ExternalKeyError::NotFound(format!("no key service is set for {arn}")))
    }

    async fn wait<T>(
        &self,
        wanted: &Use<'_>,
        see: fn(&mut KeyCache, &Use<'_>, Instant) -> Result<Seen<T>, ExternalKeyError>,
    ) -> Result<T, ExternalKeyError> {
        loop {
            let done = {
                let (mut cache, now) = (self.0.cache.lock(), Instant::now());
                cache.sweep(now);
                cache.admit(wanted.arn, now)?;
                match see(&mut cache, wanted, now)? {
                    Seen::Here { value, is_due } => {
                        if is_due {
                            self.ask(&mut cache, wanted);
                        }
                        return Ok(value);
                    }
                    Seen::Missing { is_asked, done } => {
                        if !is_asked {
                            self.ask(&mut cache, wanted);
                        }
                        done
                    }
                }
            };
            done.await;
        }
    }

    /// Has the service asked, by a task of its own: whoever waits may go.
    fn ask(&self, cache: &mut KeyCache, wanted: &Use<'_>) {
        cache.begin(wanted);
        let (this, service) = (self.clone(), wanted.service.clone());
        let (arn, context, right) = (wanted.arn.clone(), wanted.context.clone(), wanted.right);
        let ciphertext = wanted.ciphertext.map(|(id, bytes)| (id, bytes.to_vec()));
        tokio::spawn(async move {
            let asked = Instant::now();
            let (opened, brought) = match ciphertext {
                None => {
                    let made = service.generate_data_key(&arn, &context).await;
                    let made = made.map(|(key, bytes)| DataKey { key, ciphertext: bytes.into() });
                    (None, made.map(Brought::Made))
                }
                Some((id, bytes)) => {
                    (Some(id), service.decrypt(&arn, &bytes, &context).await.map(Brought::Opened))
                }
            };
            let mut cache = this.0.cache.lock();
            let counts = cache.know(&arn, brought.as_ref().err(), asked, this.0.clock.now_ms());
            cache.end(right, opened, brought, counts.then_some(asked));
        });
    }
}

impl KeyCache {
    /// Whether the key can be used for anything, as far as that is known, or has to be asked for.
    fn admit(&mut self, arn: &KeyArn, now: Instant) -> Result<(), ExternalKeyError> {
        let key = self.key(arn, now);
        match &key.refused {
            Some((failed, _)) if now < failed.until || key.is_probed => Err(failed.error.clone()),
            _ => Ok(()),
        }
    }

    fn key(&mut self, arn: &KeyArn, now: Instant) -> &mut Key {
        if self.keys.len() >= KEYS_MAX && !self.keys.contains_key(arn) {
            let oldest = self.keys.iter().min_by_key(|(_, key)| key.used).map(|(arn, _)| arn.clone());
            oldest.map(|arn| self.keys.remove(&arn));
        }
        let new = || Key { state: None, refused: None, is_probed: false, used: now };
        let key = self.keys.entry(arn.clone()).or_insert_with(new);
        key.used = now;
        key
    }

    fn data_key(&mut self, wanted: &Use<'_>, now: Instant) -> Result<Seen<DataKey>, ExternalKeyError> {
        let slot = slot_of(&mut self.makes, wanted.right, wanted.arn, RIGHTS_MAX, now)?;
        let missing = |is_asked| Seen::Missing { is_asked, done: slot.done.clone().notified_owned() };
        match (slot.look(now), &slot.value) {
            (Look::Failed(error), _) => Err(error),
            (Look::Granted { is_due }, Some(key)) => Ok(Seen::Here { value: key.clone(), is_due }),
            _ => Ok(missing(slot.is_asked)),
        }
    }

    fn opened(&mut self, wanted: &Use<'_>, now: Instant) -> Result<Seen<Secret>, ExternalKeyError> {
        let id = wanted.ciphertext.map_or(wanted.right, |(id, _)| id);
        let right = slot_of(&mut self.opens, wanted.right, wanted.arn, RIGHTS_MAX, now)?;
        let opened = slot_of(&mut self.opened, id, wanted.arn, OPENED_MAX, now)?;
        if let Some(error) = opened.failure(now) {
            return Err(error.clone());
        }
        // The first call of a right stands for all, since it is granted or refused to all of them.
        let waits_for = match (right.look(now), &opened.value) {
            (Look::Failed(error), _) => return Err(error),
            (Look::Granted { is_due }, Some(key)) => return Ok(Seen::Here { value: key.clone(), is_due }),
            (Look::Granted { .. }, None) => (opened.is_asked, &opened.done),
            (Look::Asked | Look::Unknown, _) => (right.is_asked, &right.done),
        };
        let (is_asked, done) = waits_for;
        Ok(Seen::Missing { is_asked, done: done.clone().notified_owned() })
    }

    /// A call is under way.
    fn begin(&mut self, wanted: &Use<'_>) {
        if let Some(key) = self.keys.get_mut(wanted.arn) {
            key.is_probed = key.refused.is_some();
        }
        let right = match wanted.ciphertext {
            None => self.makes.get_mut(&wanted.right).map(|slot| &mut slot.is_asked),
            Some((id, _)) => {
                if let Some(slot) = self.opened.get_mut(&id) {
                    slot.is_asked = true;
                }
                self.opens.get_mut(&wanted.right).map(|slot| &mut slot.is_asked)
            }
        };
        if let Some(is_asked) = right {
            *is_asked = true;
        }
    }

    /// Notes what was answered of a key. Whether an answer counts that grants something: not if the key was refused since.
    fn know(&mut self, arn: &KeyArn, error: Option<&ExternalKeyError>, asked: Instant, now_ms: u64) -> bool {
        let now = Instant::now();
        let key = self.key(arn, now);
        key.is_probed = false;
        let counts = key.refused.as_ref().is_none_or(|(_, since)| *since <= asked);
        if counts && !matches!(error, Some(ExternalKeyError::Ciphertext(_))) {
            let answer = error.map_or(Ok(()), |error| Err(error.clone()));
            let is_same = |former: &KeyState| match (&former.answer, &answer) {
                (Ok(()), Ok(())) => true,
                (Err(former), Err(now)) => discriminant(former) == discriminant(now),
                _ => false,
            };
            let since_ms =
                key.state.as_ref().filter(|state| is_same(state)).map_or(now_ms, |state| state.since_ms);
            key.state = Some(KeyState { answer, since_ms, answered_ms: now_ms });
        }
        match error {
            None if counts => key.refused = None,
            Some(error) if error.is_of_the_key() => {
                let former = key.refused.take();
                let failed = Failed::after(former.as_ref().map(|(failed, _)| failed), error.clone(), now);
                key.refused = Some((failed, now));
                self.wipe(arn);
            }
            _ => {
                if let Some((failed, _)) = &mut key.refused {
                    failed.put_off(now);
                }
            }
        }
        counts
    }

    /// Nothing of the key counts any more.
    fn wipe(&mut self, arn: &KeyArn) {
        fn wipe<T>(slots: &mut HashMap<Id, Slot<T>>, arn: &KeyArn) {
            for slot in slots.values_mut().filter(|slot| slot.arn == *arn) {
                (slot.value, slot.granted) = (None, None);
            }
        }
        wipe(&mut self.makes, arn);
        wipe(&mut self.opens, arn);
        wipe(&mut self.opened, arn);
    }

    /// A call has ended. It was made at `granted`, if what it brought counts.
    fn end(
        &mut self,
        right: Id,
        opened: Option<Id>,
        brought: Result<Brought, ExternalKeyError>,
        granted: Option<Instant>,
    ) {
        let now = Instant::now();
        match (brought, granted) {
            (Ok(Brought::Made(key)), Some(_)) => {
                if let Some(slot) = self.makes.get_mut(&right) {
                    slot.grant(key, granted);
                }
            }
            (Ok(Brought::Opened(key)), Some(_)) => {
                if let Some(slot) = self.opens.get_mut(&right) {
                    slot.grant((), granted);
                }
                if let Some(slot) = opened.and_then(|id| self.opened.get_mut(&id)) {
                    slot.grant(key, granted);
                }
            }
            // Whoever waits looks again, and finds that the key is refused.
            (Ok(_), None) => {}
            (Err(error @ ExternalKeyError::Ciphertext(_)), _) => {
                if let Some(slot) = opened.and_then(|id| self.opened.get_mut(&id)) {
                    slot.fail(error, now);
                }
            }
            (Err(error), _) => match opened {
                None => fail(&mut self.makes, right, error, now),
                Some(_) => fail(&mut self.opens, right, error, now),
            },
        }
        match opened {
            None => finish(&mut self.makes, right),
            Some(id) => {
                finish(&mut self.opens, right);
                finish(&mut self.opened, id);
            }
        }
    }

    fn sweep(&mut self, now: Instant) {
        if now < self.swept + SWEPT_EVERY {
            return;
        }
        self.swept = now;
        let is_kept = |used: Instant, is_asked: bool| is_asked || now < used + KEPT_UNUSED;
        self.makes.retain(|_, slot| is_kept(slot.used, slot.is_asked));
        self.opens.retain(|_, slot| is_kept(slot.used, slot.is_asked));
        self.opened.retain(|_, slot| is_kept(slot.used, slot.is_asked));
        self.keys.retain(|_, key| is_kept(key.used, key.is_probed));
    }
}

/// Of a right.
fn id(arn: &KeyArn, context: &Context) -> Id {
    let texts = context.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]);
    let all: Vec<&[u8]> = [arn.as_str().as_bytes()].into_iter().chain(texts).collect();
    hash(&all)
}

/// Of the parts with their lengths, so that no two lists have the same.
fn hash(parts: &[&[u8]]) -> Id {
    let mut hash = Hash::new(&SHA256);
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut id = [0; 32];
    id.copy_from_slice(hash.finish().as_ref());
    id
}

fn fail<T>(slots: &mut HashMap<Id, Slot<T>>, id: Id, error: ExternalKeyError, now: Instant) {
    if let Some(slot) = slots.get_mut(&id) {
        slot.fail(error, now);
    }
}

fn finish<T>(slots: &mut HashMap<Id, Slot<T>>, id: Id) {
    if let Some(slot) = slots.get_mut(&id) {
        slot.finish();
    }
}
