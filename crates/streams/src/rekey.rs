//! Records that lie in clear, or under another key than their stream's present one, are sealed again under that: in the background, log
//! after log, at a bounded rate. That it is under way is in the stream, so it goes on after a restart; what is right already is passed
//! over, so nothing has to be remembered of how far it has come. At its end the journal's files are overwritten.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use flumen_access::Caller;
use flumen_keys::{KeyArn, Keys, Named, RecordKey, key_of};
use flumen_storage::{LogId, ReadError, ResealError, WrappedKey};
use flumen_types::Realm;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::Streams;
use crate::encryption::Encrypting;
use crate::errors::{CommitError, KeyRefused, NotFound};
use crate::live::{Live, log_of};
use crate::state::Change;

/// Bytes of records a second, so that puts and reads have the disk.
const RATE: u64 = 32 << 20;
/// After a step that came no further.
const STILL: Duration = Duration::from_millis(100);
const LEFT_MAX: usize = 100;
/// After what fails for want of something.
const RETRY: Duration = Duration::from_secs(60);

/// How far a stream is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rekey {
    /// Since when it is to be; `None` where nothing is under way.
    pub since_ms: Option<u64>,
    /// Of all bytes that were there when it began, or when this process took it up, the part behind which all is right: 0 to 1.
    pub done: f64,
    /// Bytes that this process has sealed again.
    pub bytes: u64,
    /// Keys under which records stay, since they cannot be used: ARNs, the first hundred. Of what is damaged there is no ARN.
    pub left: BTreeSet<String>,
    /// Files in which it lay in clear and that a backup on the same disk still has.
    pub shared: u64,
    /// Why it does not go on at the moment.
    pub failure: Option<Box<str>>,
}

/// Why nothing is sealed again.
#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("the stream is not encrypted; start its encryption first")]
    NotEncrypted,
    #[error(transparent)]
    Key(#[from] KeyRefused),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Why it does not go on at the moment, or stops.
#[derive(Debug, thiserror::Error)]
enum PutOff {
    #[error(transparent)]
    Key(#[from] flumen_keys::KeyError),
    #[error(transparent)]
    Reseal(#[from] ResealError),
    #[error("the stream is not encrypted any more")]
    NotEncrypted,
    #[error("the stream has another key by now")]
    OtherKey,
}

impl Streams {
    /// Begins it, unless it is under way, on behalf of whoever runs the service: whether they may is decided before. The stream is
    /// found by its name in a realm.
    ///
    /// # Errors
    /// Where the stream is not there or not encrypted, its key cannot be used, or it cannot be written.
    pub async fn rekey(&self, caller: &Caller, realm: &Realm, name: &str) -> Result<Rekey, RekeyError> {
        let live = self.look_up(realm, name).ok_or_else(|| NotFound::stream(realm, name))?;
        let encrypting = live.encrypting.as_ref().ok_or(RekeyError::NotEncrypted)?;
        self.inner.keys.usable_key(encrypting.key()).map_err(KeyRefused::from)?;
        let group = live.stream.group;
        self.commit::<_, CommitError>(Some(caller), |state, _| {
            let is_under_way = state.streams.get(&group).is_none_or(|stream| stream.rekey_since_ms.is_some());
            Ok(((!is_under_way).then_some(Change::StartRekey { group }), ()))
        })
        .await?;
        self.inner.rekeys.look_again();
        self.rekeyed(realm, name).map_err(RekeyError::from)
    }

    /// How far it is.
    ///
    /// # Errors
    /// Where the stream is not there.
    pub fn rekeyed(&self, realm: &Realm, name: &str) -> Result<Rekey, NotFound> {
        let live = self.look_up(realm, name).ok_or_else(|| NotFound::stream(realm, name))?;
        let seen = self.inner.rekeys.seen.lock().get(&live.stream.group).cloned().unwrap_or_default();
        Ok(Rekey { since_ms: live.stream.rekey_since_ms, ..seen })
    }

    /// For as long as it is polled: one stream after the other.
    pub(crate) async fn rekey_always(&self) {
        loop {
            let mut due = self.inner.directory.read().all();
            due.retain(|live| live.stream.rekey_since_ms.is_some());
            due.sort_unstable_by_key(|live| live.stream.rekey_since_ms);
            self.inner.rekeys.keep_only(&due);
            let mut again: Option<Duration> = None;
            for live in due {
                if let Some(after) = self.rekey_or_put_off(&live).await {
                    again = Some(again.map_or(after, |sooner| sooner.min(after)));
                }
            }
            let again = async {
                match again {
                    Some(after) => tokio::time::sleep(after).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = again => {}
                () = self.inner.rekeys.wanted.notified() => {}
            }
        }
    }

    /// After how long it is to be tried again; `None` where that is its end.
    async fn rekey_or_put_off(&self, live: &Live) -> Option<Duration> {
        let name = &live.stream.name;
        match self.rekey_stream(live).await {
            Ok(()) => tracing::info!(stream = name, "all records lie under the stream's key"),
            // There is no key any more under which they should lie.
            Err(PutOff::NotEncrypted) => {}
            Err(PutOff::OtherKey) => return Some(Duration::ZERO),
            // The process ends, and the next one goes on.
            Err(PutOff::Reseal(ResealError::Closed)) => return Some(RETRY),
            Err(error) => {
                tracing::warn!(stream = name, %error, "records are not sealed again yet");
                let failure = Some(error.to_string().into());
                self.inner.rekeys.note(live.stream.group, |rekey| rekey.failure = failure);
                return Some(RETRY);
            }
        }
        let ended = self.end_rekey(live).await;
        ended
            .inspect_err(|error| tracing::warn!(stream = name, %error, "its end is not written yet"))
            .err()?;
        Some(RETRY)
    }

    async fn rekey_stream(&self, live: &Live) -> Result<(), PutOff> {
        let group = live.stream.group;
        let (encrypting, key) = self.present_key(group)?;
        let (mut logs, left) = (Logs::of(live), Arc::<Mutex<BTreeSet<String>>>::default());
        self.inner.rekeys.note(group, |rekey| *rekey = Rekey::default());
        for nth in 0..logs.0.len() {
            let OneLog { id, end, .. } = logs.0[nth];
            while logs.0[nth].position < end {
                let begun = Instant::now();
                let data_key = encrypting.current(&self.inner.keys, &key).await?.data_key().clone();
                let may_stay =
                    MayStay { keys: self.inner.keys.clone(), by: key.arn().clone(), left: left.clone() };
                let is_right = move |wrapped: Option<&WrappedKey>| may_stay.is_right(wrapped);
                let resealed = self.inner.storage.reseal(id, logs.0[nth].position, data_key, is_right).await;
                let (position, bytes, shared) = match resealed {
                    Ok(done) => (done.position, done.bytes, done.shared),
                    // It stays as it is, for whoever brings its key back.
                    Err(ResealError::Unopened { end, error, .. }) => {
                        let of = if let ReadError::NoKey { key, .. } = &error { key_of(key) } else { None };
                        leave(&left, of.map_or_else(|| error.to_string(), |arn| arn.to_string()));
                        (end, 0, 0)
                    }
                    // Gone meanwhile, and all of it.
                    Err(ResealError::NoLog(_) | ResealError::Read(ReadError::Deleted)) => (end, 0, 0),
                    Err(error) => return Err(error.into()),
                };
                let before = std::mem::replace(&mut logs.0[nth].position, position);
                let done = logs.done();
                self.inner.rekeys.note(group, |rekey| {
                    rekey.done = done;
                    rekey.bytes += bytes;
                    rekey.left = left.lock().clone();
                    rekey.shared += shared;
                    rekey.failure = None;
                });
                let (_, now) = self.present_key(group)?;
                if now.arn() != key.arn() {
                    return Err(PutOff::OtherKey);
                }
                // Where nothing was to be done the file may change again and again.
                let pace = match bytes {
                    0 if position == before => STILL,
                    bytes => Duration::from_secs_f64(bytes as f64 / RATE as f64),
                };
                tokio::time::sleep(pace.saturating_sub(begun.elapsed())).await;
            }
        }
        // Where all of it has been, and may still lie in clear.
        self.inner.storage.overwrite_journal().await?;
        Ok(())
    }

    fn present_key(&self, group: u32) -> Result<(Arc<Encrypting>, RecordKey), PutOff> {
        let live = self.by_group(group).ok_or(PutOff::NotEncrypted)?;
        let encrypting = live.encrypting.clone().ok_or(PutOff::NotEncrypted)?;
        let key = self.inner.keys.usable_key(encrypting.key())?;
        Ok((encrypting, key))
    }

    async fn end_rekey(&self, live: &Live) -> Result<(), CommitError> {
        let (group, since_ms) = (live.stream.group, live.stream.rekey_since_ms);
        self.commit(None, |state, _| {
            let stream = state.streams.get(&group);
            let is_that = stream.is_some_and(|stream| stream.rekey_since_ms == since_ms);
            Ok((is_that.then_some(Change::EndRekey { group }), ()))
        })
        .await
    }
}

/// Which blocks are left as they are.
struct MayStay {
    keys: Keys,
    /// The key by which all is to be encrypted.
    by: KeyArn,
    left: Arc<Mutex<BTreeSet<String>>>,
}

impl MayStay {
    /// Also what nobody may have at the moment: a key that is disabled opens nothing, nor for this.
    fn is_right(&self, wrapped: Option<&WrappedKey>) -> bool {
        let Some(of) = wrapped.and_then(key_of) else { return false };
        if of == self.by {
            return true;
        }
        let named = Named::Key(of);
        let is_usable = self.keys.usable_key(&named).is_ok();
        if !is_usable {
            leave(&self.left, named.to_string());
        }
        !is_usable
    }
}

fn leave(left: &Mutex<BTreeSet<String>>, what: String) {
    let mut left = left.lock();
    if left.len() < LEFT_MAX {
        left.insert(what);
    }
}

/// What is under way, as this process has seen it.
#[derive(Default)]
pub(crate) struct Rekeys {
    /// By the group of the stream, of those under way and the last that ended.
    seen: Mutex<HashMap<u32, Rekey>>,
    wanted: Notify,
}

impl Rekeys {
    /// One is due, or one that was put off may go on or is at its end.
    pub(crate) fn look_again(&self) {
        self.wanted.notify_one();
    }

    fn note(&self, group: u32, note: impl FnOnce(&mut Rekey)) {
        note(self.seen.lock().entry(group).or_default());
    }

    /// Before others begin: of what has ended nobody asks any more.
    fn keep_only(&self, due: &[Arc<Live>]) {
        if !due.is_empty() {
            self.seen.lock().retain(|group, _| due.iter().any(|live| live.stream.group == *group));
        }
    }
}

struct OneLog {
    id: LogId,
    start: u64,
    /// When it began; what comes behind is sealed as it should be.
    end: u64,
    position: u64,
    stored_bytes: u64,
}

struct Logs(Vec<OneLog>);

impl Logs {
    fn of(live: &Live) -> Self {
        let shards = live.stream.shards.iter().zip(0..);
        let of = |(shard, slot)| {
            let log = live.log(slot)?;
            let (start, end, stored_bytes) = (log.start(), log.end(), log.stored_bytes());
            Some(OneLog { id: log_of(&live.stream, shard), start, end, position: start, stored_bytes })
        };
        Logs(shards.filter_map(of).collect())
    }

    /// By bytes, as far as they lie evenly within a log.
    fn done(&self) -> f64 {
        let all: u64 = self.0.iter().map(|log| log.stored_bytes).sum();
        let of_log = |log: &OneLog| {
            let records = log.end.saturating_sub(log.start).max(1) as f64;
            let done = log.position.clamp(log.start, log.end.max(log.start)) - log.start;
            log.stored_bytes as f64 * (done as f64 / records).min(1.0)
        };
        let done: f64 = self.0.iter().map(of_log).sum();
        if all == 0 { 1.0 } else { done / all as f64 }
    }
}
