//! Delivers: what the history holds becomes files of trails, every few minutes, and what was delivered becomes digests, every
//! hour. Whatever stops in between, a file is delivered at least once and a digest follows the one before it.
//!
//! A file is announced on the log of trails before it is put ([`Pending`](super::state::Pending)) and made again in the same
//! way after a crash, so that no file is left that no digest names. A digest that was put and not noted is found again
//! ([`Chain::catch_up`](crate::chain::Chain::catch_up)).

mod digests;
mod files;
mod keys;
mod sums;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use flumen_machine::Origin;
use flumen_seal::Seal;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

use super::names::TrailArn;
use super::state::{Progress, Trail};
use super::{CommitError, TrailError, Trails};
use crate::chain::{Anchors, Chain, KeyError, SigningKey, TrailLocation};
use crate::sums::{Sums, SumsError};
use crate::{Audit, AuditError, HistoryError, ObjectError, Objects};

/// How files and digests come about.
#[derive(Clone, Copy, Debug)]
pub struct Every {
    pub file: Duration,
    pub digest: Duration,
    /// How long files are kept, and how much of them.
    pub age_max_ms: u64,
    pub bytes_max: u64,
}

/// Delivers the files and digests of all trails. Clones are the same.
#[derive(Clone)]
pub struct Deliverer {
    inner: Arc<Inner>,
}

/// What is delivered, where to, and how.
pub struct Delivery {
    pub audit: Audit,
    pub trails: Trails,
    /// Those of each hour are a file of the server's own trail.
    pub sums: Option<Sums>,
    pub objects: Arc<Objects>,
    pub anchors: Anchors,
    /// Keeps the key of digests.
    pub seal: Seal,
    pub every: Every,
}

struct Inner {
    audit: Audit,
    trails: Trails,
    sums: Option<Sums>,
    objects: Arc<Objects>,
    anchors: Arc<Anchors>,
    seal: Seal,
    every: Every,
    /// Known once it is needed.
    key: Mutex<Option<Arc<SigningKey>>>,
    attempts: Mutex<HashMap<TrailArn, Attempt>>,
    /// Whoever delivers, and changes how far trails have come.
    turn: tokio::sync::Mutex<Turn>,
}

/// What is known from one time to the next, and written nowhere.
#[derive(Default)]
struct Turn {
    /// Further than is written, where nothing was wanted of what came behind that.
    cursors: HashMap<TrailArn, u64>,
    /// Of these trails a digest may have been put that is not noted.
    unsure: HashSet<TrailArn>,
}

/// What came of the newest attempt to deliver.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    pub at_ms: Option<u64>,
    /// Nothing where it went well. Why is in the log.
    pub delivery_error: Option<String>,
    pub digest_error: Option<String>,
}

/// Why something is not delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Sums(#[from] SumsError),
    #[error("a file of a trail is not written: {0}")]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the key of digests is not sealed: {0}")]
    Seal(#[from] flumen_seal::SealError),
    #[error("the key of digests cannot be opened: {0}")]
    Sealed(#[from] flumen_seal::Unsealed),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("delivering ended early")]
    EndedEarly,
}

/// As GetTrailStatus tells of any of them.
const FAILED: &str = "InternalError";

impl Deliverer {
    /// What a server before this one began is brought to an end. The server's own trail is `operator`'s, whoever that is from now
    /// on; without one it stays as it is.
    ///
    /// # Errors
    /// Where that cannot be read or written.
    pub async fn open(delivery: Delivery, operator: Option<&str>) -> Result<Self, DeliverError> {
        let Delivery { audit, trails, sums, objects, anchors, seal, every } = delivery;
        if let Some(operator) = operator {
            trails.ensure_built_in(operator, 0).await?;
        }
        let unsure = trails.active().iter().map(|(trail, _)| trail.arn.clone()).collect();
        let turn = tokio::sync::Mutex::new(Turn { unsure, ..Turn::default() });
        let (anchors, key, attempts) = (Arc::new(anchors), Mutex::default(), Mutex::default());
        let inner = Inner { audit, trails, sums, objects, anchors, seal, every, key, attempts, turn };
        let deliverer = Deliverer { inner: Arc::new(inner) };
        deliverer.begin_chains(None).await?;
        Ok(deliverer)
    }

    pub fn audit(&self) -> &Audit {
        &self.inner.audit
    }

    pub fn trails(&self) -> &Trails {
        &self.inner.trails
    }

    pub fn objects(&self) -> &Arc<Objects> {
        &self.inner.objects
    }

    /// What came of the newest attempt.
    pub fn attempt(&self, arn: &TrailArn) -> Attempt {
        self.inner.attempts.lock().get(arn).cloned().unwrap_or_default()
    }

    /// Logging begins: what is told from now on is delivered.
    ///
    /// # Errors
    /// As those of [`Trails`].
    pub async fn start(&self, origin: Origin, arn: &TrailArn) -> Result<(), TrailError> {
        let mut turn = self.inner.turn.lock().await;
        turn.cursors.remove(arn);
        self.inner.trails.start(origin, arn, self.inner.audit.history_end()).await?;
        Ok(self.begin_chains(Some(arn)).await?)
    }

    /// Logging has ended, or the trail is deleted: what was told until then is delivered, and the last digest. What fails is
    /// tried again with the next files.
    pub async fn finish(&self, arn: &TrailArn) {
        let mut turn = self.inner.turn.lock().await;
        self.deliver(&mut turn, Some(arn)).await;
        self.digest(&mut turn, Some(arn), false).await;
    }

    /// Everything that is there, now: files, and with `digests` a digest of each chain.
    pub async fn pass(&self, digests: bool) {
        let mut turn = self.inner.turn.lock().await;
        self.deliver(&mut turn, None).await;
        self.digest(&mut turn, None, digests).await;
    }

    /// Delivers for as long as it is polled. A clock that is set holds nothing up.
    pub async fn run(self) {
        let Every { file, digest, .. } = self.inner.every;
        let mut file_at = Instant::now() + file;
        let mut digest_at = Instant::now() + self.until_digest();
        loop {
            sleep_until(file_at.min(digest_at)).await;
            let now = Instant::now();
            let is_digest = now >= digest_at;
            self.pass(is_digest).await;
            if is_digest {
                self.keep_house().await;
                digest_at = next(digest_at, digest);
            }
            if now >= file_at {
                file_at = next(file_at, file);
            }
        }
    }

    /// As the last server would have gone on.
    fn until_digest(&self) -> Duration {
        let every = self.inner.every.digest;
        let now_ms = self.inner.trails.now_ms();
        let begun =
            |(_, progress): (Arc<Trail>, Arc<Progress>)| progress.chains.values().map(Chain::begin_ms).min();
        let begun_ms = self.inner.trails.active().into_iter().filter_map(begun).min();
        every.saturating_sub(Duration::from_millis(begun_ms.map_or(0, |ms| now_ms.saturating_sub(ms))))
    }

    /// Whoever delivers has come to an end, so that nothing is half done when the storage is closed.
    pub async fn close(&self) {
        let _turn = self.inner.turn.lock().await;
        self.inner.trails.close().await;
    }

    /// All that something is to be delivered of, or that one if it is.
    fn active(&self, which: Option<&TrailArn>) -> Vec<(Arc<Trail>, Arc<Progress>)> {
        let mut active = self.inner.trails.active();
        active.retain(|(trail, _)| which.is_none_or(|arn| trail.arn == *arn));
        active
    }

    fn note(&self, arn: &TrailArn, note: impl FnOnce(&mut Attempt)) {
        let mut attempts = self.inner.attempts.lock();
        let attempt = attempts.entry(arn.clone()).or_default();
        attempt.at_ms = Some(self.inner.trails.now_ms());
        note(attempt);
    }

    /// What is old goes, and with it buckets that nobody names and that hold nothing.
    async fn keep_house(&self) {
        let (objects, Every { age_max_ms, bytes_max, .. }) = (self.inner.objects.clone(), self.inner.every);
        let now_ms = self.inner.trails.now_ms();
        let unused = self.inner.trails.unnamed_buckets();
        let kept = flumen_storage::off_thread(move || {
            objects.retain(now_ms, age_max_ms, bytes_max)?;
            let is_empty =
                |bucket: &String| Ok::<_, ObjectError>(objects.list(bucket, "", "", 1)?.is_empty());
            let mut empty = Vec::new();
            for bucket in unused {
                if is_empty(&bucket)? {
                    empty.push(bucket);
                }
            }
            Ok::<_, ObjectError>(empty)
        });
        let done = match kept.await {
            Ok(Ok(empty)) => self.inner.trails.release(&empty).await.map_err(DeliverError::from),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(DeliverError::EndedEarly),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "old files of the audit are not removed");
        }
        if let Err(error) = self.ensure_key().await {
            tracing::warn!(%error, "the key of digests is not renewed");
        }
    }
}

/// The next time after one that has come; times that were missed are left out.
fn next(at: Instant, every: Duration) -> Instant {
    (at + every).max(Instant::now())
}

fn location<'a>(trail: &'a Trail, region: &'a str) -> TrailLocation<'a> {
    TrailLocation {
        account: &trail.arn.account,
        region,
        trail: &trail.arn.name,
        home_region: &trail.arn.region,
        bucket: &trail.bucket,
        prefix: trail.prefix.as_deref(),
    }
}
