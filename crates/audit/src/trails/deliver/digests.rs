//! Digests of chains: those of each hour, and the last ones.

use std::sync::Arc;

use flumen_storage::off_thread;

use super::super::CommitError;
use super::super::names::TrailArn;
use super::super::state::{Progress, Trail};
use super::{DeliverError, Deliverer, FAILED, Turn, location};
use crate::chain::{Anchor, Chain};

/// A chain with so many files has a digest before its time, so that neither becomes large.
const FILES_MAX: usize = 1000;

/// What is to be done with a chain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Digest,
    /// And no more after it.
    LastDigest,
}

impl Deliverer {
    /// Chains begin with logging, and when there are to be digests again.
    pub(super) async fn begin_chains(&self, which: Option<&TrailArn>) -> Result<(), CommitError> {
        let now_ms = self.inner.trails.now_ms();
        let begin = |(trail, progress): &(Arc<Trail>, Arc<Progress>)| {
            let mut after = Progress { has_chains: true, ..(**progress).clone() };
            for chain in after.chains.values_mut() {
                *chain = chain.started_again(now_ms);
            }
            after.chain(&trail.arn.region, now_ms);
            (trail.arn.clone(), Arc::new(after))
        };
        let active = self.active(which).into_iter();
        let begun: Vec<_> = active
            .filter(|(trail, progress)| trail.goes_on() && !progress.has_chains)
            .map(|of| begin(&of))
            .collect();
        self.inner.trails.set_progress(begun).await
    }

    /// Chains of those trails end as their trails do; with `all` each that goes on has a digest.
    pub(super) async fn digest(&self, turn: &mut Turn, which: Option<&TrailArn>, all: bool) {
        for (trail, progress) in self.active(which) {
            let arn = trail.arn.clone();
            let done = self.digest_one(turn, trail, progress, all).await;
            if let Err(error) = &done {
                tracing::warn!(trail = %arn, %error, "digests are not delivered");
                turn.unsure.insert(arn.clone());
            }
            let error = done.err().map(|_| FAILED.to_owned());
            self.note(&arn, |attempt| attempt.digest_error = error);
        }
    }

    async fn digest_one(
        &self,
        turn: &mut Turn,
        trail: Arc<Trail>,
        progress: Arc<Progress>,
        all: bool,
    ) -> Result<(), DeliverError> {
        if turn.unsure.contains(&trail.arn) {
            self.catch_up(&trail, &progress).await?;
            turn.unsure.remove(&trail.arn);
        }
        let arn = trail.arn.clone();
        let Ok(progress) = self.inner.trails.progress(&arn) else { return Ok(()) };
        let now_ms = self.inner.trails.now_ms();
        let goes_on = trail.goes_on();
        let mut after = (*progress).clone();
        let wanted = |region: &String, chain: &Chain| match after.has_chains {
            false => Wanted::Nothing,
            true if !goes_on || !(trail.is_multi_region || *region == trail.arn.region) => Wanted::LastDigest,
            true if all || chain.files() >= FILES_MAX => Wanted::Digest,
            true => Wanted::Nothing,
        };
        let wanted: Vec<_> = after
            .chains
            .iter()
            .map(|(region, chain)| (region.clone(), chain.clone(), wanted(region, chain)))
            .collect();
        let mut anchors = Vec::new();
        for (region, chain, wanted) in wanted {
            if wanted == Wanted::Nothing {
                continue;
            }
            let (chain, anchor) = self.put_digest(&trail, &region, chain, now_ms).await?;
            after.digested_ms = Some(now_ms);
            match wanted {
                Wanted::LastDigest if goes_on => {
                    after.chains.remove(&region);
                    after.ended.insert(region, chain);
                }
                _ => _ = after.chains.insert(region, chain),
            }
            anchors.push(anchor);
        }
        after.has_chains &= goes_on;
        // Files were delivered in the same turn, if they could be.
        let is_delivered = after.pending.is_none() && self.attempt(&arn).delivery_error.is_none();
        let is_over = !trail.is_logging && is_delivered;
        after.is_active &= !is_over;
        if after != *progress {
            self.inner.trails.set_progress(vec![(arn.clone(), Arc::new(after))]).await?;
        }
        if trail.is_deleted && is_over {
            self.inner.trails.remove(&arn).await?;
        }
        self.send(anchors).await;
        Ok(())
    }

    pub(super) async fn put_digest(
        &self,
        trail: &Arc<Trail>,
        region: &str,
        chain: Chain,
        now_ms: u64,
    ) -> Result<(Chain, Anchor), DeliverError> {
        let (trail, region) = (trail.clone(), region.to_owned());
        let (objects, key) = (self.inner.objects.clone(), self.key().await?);
        let put = off_thread(move || {
            let digest = chain.digest(&location(&trail, &region), now_ms, &key)?;
            objects.put(&digest.bucket, &digest.key, &digest.object)?;
            Ok::<_, DeliverError>((digest.after, digest.anchor))
        });
        put.await.map_err(|_| DeliverError::EndedEarly)?
    }

    /// Digests that were put and not noted.
    async fn catch_up(&self, trail: &Arc<Trail>, progress: &Arc<Progress>) -> Result<(), DeliverError> {
        let keys = self.inner.trails.public_keys(0, u64::MAX);
        let (objects, of, from) = (self.inner.objects.clone(), trail.clone(), progress.clone());
        let found = off_thread(move || {
            let (mut after, mut anchors) = ((*from).clone(), Vec::new());
            for (region, chain) in &mut after.chains {
                while let Some((next, anchor)) = chain.catch_up(&location(&of, region), &objects, &keys)? {
                    *chain = next;
                    anchors.push(anchor);
                }
            }
            Ok::<_, DeliverError>((after, anchors))
        });
        let (after, anchors) = found.await.map_err(|_| DeliverError::EndedEarly)??;
        if after != **progress {
            self.inner.trails.set_progress(vec![(trail.arn.clone(), Arc::new(after))]).await?;
        }
        self.send(anchors).await;
        Ok(())
    }

    async fn send(&self, anchors: Vec<Anchor>) {
        if anchors.is_empty() {
            return;
        }
        let to = self.inner.anchors.clone();
        let _ = off_thread(move || anchors.iter().for_each(|anchor| to.send(anchor))).await;
    }
}
