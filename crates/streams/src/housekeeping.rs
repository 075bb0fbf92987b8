//! What becomes due without being asked for: reshards whose transition is over, deleted streams, expired
//! shards, records past retention, the minute's measurements and what on-demand streams make of them.
//!
//! Nothing a request sees depends on how promptly this runs, since statuses and horizons are read off the
//! clock; it gives back memory and disk, and lets streams grow.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use flumen_storage::off_thread;

use crate::errors::CommitError;
use crate::limits::account::More;
use crate::live::Live;
use crate::scaling::{self, Need};
use crate::state::{Change, Reshard, ReshardStep, State, Status, StoredKey};
use crate::{Streams, token};

/// Retention is enforced exactly when reading; the bytes go within this time.
const SWEEP: Duration = Duration::from_secs(60);
/// After a failed command (a full disk, say).
const RETRY: Duration = Duration::from_secs(1);

impl Streams {
    /// Keeps house for as long as the task is polled.
    pub async fn housekeeper(self) {
        tokio::join!(self.keep_house_always(), self.weigh_accounts(), self.rekey_always());
    }

    async fn keep_house_always(&self) {
        loop {
            let pause = match self.keep_house().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "housekeeping is put off");
                    RETRY
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.inner.housekeeper.notified() => {}
            }
        }
    }

    /// Does whatever is due and answers with the time until the next look.
    pub async fn keep_house(&self) -> Result<Duration, CommitError> {
        self.follow().await?;
        self.rotate_token_key().await?;
        let all = self.inner.directory.read().all();
        let mut pause = SWEEP.min(self.measure(&all).await);
        for live in all {
            let now_ms = self.now_ms();
            let stream = &live.stream;
            let group = stream.group;
            if stream.status(now_ms).is_none() {
                let forget = |state: &State| {
                    state.streams.contains_key(&group).then_some(Change::ForgetStream { group })
                };
                self.commit::<_, CommitError>(None, |state, _| Ok((forget(state), ()))).await?;
                continue;
            }
            if stream.plan.is_some() {
                self.take_up_plan(group).await?;
                continue;
            }
            if let Some(due_ms) = stream.pending.as_ref().map(|p| p.due_ms).or(stream.gone_at_ms) {
                pause = pause.min(Duration::from_millis(due_ms.saturating_sub(now_ms)));
            }
            if stream.pending.as_ref().is_some_and(|p| p.due_ms <= now_ms) {
                self.carry_out_pending(group).await?;
                continue;
            }
            if stream.status(now_ms) != Some(Status::Deleting) {
                self.forget_expired_shards(&live, now_ms).await?;
                trim(&live, stream.horizon_ms(now_ms)).await;
            }
        }
        Ok(pause)
    }

    /// Once a day, and at once where it lay in clear.
    async fn rotate_token_key(&self) -> Result<(), CommitError> {
        if !self.inner.control.lock().await.state.token_key_is_due(self.now_ms()) {
            return Ok(());
        }
        let seal = self.inner.seal.clone();
        let sealed = off_thread(move || {
            let key = token::new_key().ok_or(CommitError::NoRandom)?;
            Ok::<_, CommitError>(StoredKey::seal(&key, &seal)?)
        });
        let key = sealed.await.map_err(|_| CommitError::EndedEarly { what: "a change" })??;
        self.commit(None, |state, now_ms| {
            let newest = state.token_keys.first().filter(|_| state.token_key_is_due(now_ms));
            let Some(follows_ms) = newest.map(|newest| newest.since_ms) else { return Ok((None, ())) };
            Ok((Some(Change::RotateTokenKey { key: key.clone(), follows_ms }), ()))
        })
        .await
    }

    /// Measures when a minute is over, scales by it, and answers with the time until the next one.
    async fn measure(&self, all: &[Arc<Live>]) -> Duration {
        let now_ms = self.now_ms();
        let mut ledger = self.inner.ledger.lock().await;
        if ledger.due_in_ms(now_ms) == 0 {
            if let Err(error) = ledger.measure(all, now_ms).await {
                tracing::warn!(%error, "usage is not written");
            }
            let plans: Vec<(u32, Vec<ReshardStep>)> = all
                .iter()
                .filter(|live| scaling::scales(&live.stream, now_ms))
                .filter_map(|live| {
                    let track = ledger.track(live.stream.group)?;
                    let loads = track.loads(&live.stream, |shard| live.one_key(shard), now_ms);
                    let need = Need::of(&live.stream, track.peak(now_ms));
                    Some((live.stream.group, scaling::plan(&loads, &need, now_ms)))
                })
                .collect();
            for (group, steps) in plans.into_iter().filter(|(_, steps)| !steps.is_empty()) {
                if let Err(error) = self.scale(group, steps).await {
                    tracing::warn!(group, %error, "an on-demand stream is not scaled");
                }
            }
        }
        Duration::from_millis(ledger.due_in_ms(now_ms))
    }

    /// The same change as a user's split or merge, at once: nobody waits for its transition.
    async fn scale(&self, group: u32, steps: Vec<ReshardStep>) -> Result<(), CommitError> {
        let reshard = Reshard { steps };
        self.commit(None, |state, now_ms| {
            let fits = |s: &&Arc<crate::state::Stream>| scaling::scales(s, now_ms) && s.fits(&reshard);
            // A user may have changed the stream since it was measured.
            let Some(stream) = state.streams.get(&group).filter(fits) else { return Ok((None, ())) };
            let splits =
                reshard.steps.iter().filter(|step| matches!(step, ReshardStep::Split { .. })).count();
            let more = More { streams: 0, shards: splits };
            let directory = self.inner.directory.read();
            if let Err(full) = self.check_account(&directory, &stream.account, more, now_ms) {
                tracing::warn!(stream = %stream.name, %full, "an on-demand stream is not scaled");
                return Ok((None, ()));
            }
            tracing::info!(stream = %stream.name, steps = %reshard, "an on-demand stream is scaled");
            let reshard = reshard.clone();
            Ok((Some(Change::PlanReshard { group, reshard, rescale: false }), ()))
        })
        .await
    }

    /// Writes what was used up to now. For a server that stops.
    pub async fn save_usage(&self) -> Result<(), flumen_storage::AppendError> {
        let all = self.inner.directory.read().all();
        self.inner.ledger.lock().await.close(&all, self.now_ms()).await
    }

    async fn carry_out_pending(&self, group: u32) -> Result<(), CommitError> {
        self.commit(None, |state, _| {
            let pending = state.streams.get(&group).and_then(|s| Some((s, s.pending.clone()?)));
            let Some((stream, pending)) = pending else { return Ok((None, ())) };
            let change = match stream.fits(&pending.reshard) {
                // Counted when it was asked for.
                true => Change::PlanReshard { group, reshard: pending.reshard, rescale: false },
                false => Change::DropReshard { group },
            };
            Ok((Some(change), ()))
        })
        .await
    }

    async fn forget_expired_shards(&self, live: &Live, now_ms: u64) -> Result<(), CommitError> {
        let horizon_ms = live.stream.horizon_ms(now_ms);
        let expired = live.stream.shards.iter().filter(|s| s.is_expired(horizon_ms)).map(|s| s.index);
        let shards: BTreeSet<u32> = expired.collect();
        if shards.is_empty() {
            return Ok(());
        }
        let group = live.stream.group;
        self.commit(None, |state, _| {
            let forget = || Change::ForgetShards { group, shards: shards.clone() };
            Ok((state.streams.contains_key(&group).then(forget), ()))
        })
        .await
    }
}

/// Gives back the records that arrived before the horizon.
async fn trim(live: &Live, horizon_ms: u64) {
    let logs = (0..live.slots()).filter_map(|slot| live.log(slot));
    for log in logs.filter(|log| log.start() < log.end()) {
        match log.find_time(horizon_ms).await {
            Ok(position) => log.trim(position),
            Err(error) => tracing::error!(log = %log.id(), %error, "retention cannot be enforced"),
        }
    }
}
