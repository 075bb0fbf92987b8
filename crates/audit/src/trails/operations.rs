//! What calls do with trails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flumen_machine::Origin;
use flumen_types::Realm;

use super::command::Step;
use super::names::{TrailArn, check_bucket, check_prefix, check_trail};
use super::selectors::Selectors;
use super::state::{KeyPair, Progress, State, Trail};
use super::{CommitError, TrailError, Trails};
use crate::chain::PublicKey;

/// As AWS has it: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>
const TRAILS_OF_REGION_MAX: usize = 5;
/// Of all accounts together.
const TRAILS_MAX: usize = 1000;
/// Of an account, whether or not trails name them still: an empty one that none names is let go.
const BUCKETS_OF_ACCOUNT_MAX: usize = 100;
pub const TAGS_MAX: usize = 50;
/// How far so many trails have come is written at once.
const PROGRESS_AT_ONCE: usize = 16;
const TAG_KEY_CHARACTERS_MAX: usize = 128;
const TAG_VALUE_CHARACTERS_MAX: usize = 256;

/// A trail as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct NewTrail {
    pub name: String,
    pub bucket: String,
    pub prefix: Option<String>,
    pub is_multi_region: bool,
    pub has_global: bool,
    pub is_validated: bool,
    pub tags: Vec<(String, String)>,
}

/// What of a trail is to be another one.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub bucket: Option<String>,
    /// An empty one takes it away.
    pub prefix: Option<String>,
    pub is_multi_region: Option<bool>,
    pub has_global: Option<bool>,
    pub is_validated: Option<bool>,
}

impl Trails {
    /// # Errors
    /// Where CloudTrail would refuse, and where it cannot be written.
    pub async fn create(
        &self,
        origin: Origin,
        realm: &Realm,
        new: &NewTrail,
    ) -> Result<Arc<Trail>, TrailError> {
        check_trail(&new.name)?;
        check_bucket(&new.bucket)?;
        let prefix = prefix_of(new.prefix.as_deref())?;
        if new.is_multi_region && !new.has_global {
            return Err(TrailError::GlobalEvents);
        }
        let arn = TrailArn::new(realm, &*new.name);
        let mut tags = BTreeMap::new();
        add_tags(&mut tags, &arn, &new.tags)?;
        self.commit(origin, |state, now_ms| {
            check_room(state, &arn)?;
            let mut steps = bucket_for(state, &new.bucket, &arn.account)?;
            let trail = Arc::new(Trail {
                arn: arn.clone(),
                bucket: new.bucket.clone(),
                prefix: prefix.clone(),
                is_multi_region: new.is_multi_region,
                has_global: new.has_global,
                is_validated: new.is_validated,
                selectors: Selectors::default(),
                has_own_selectors: false,
                tags: tags.clone(),
                created_ms: now_ms,
                is_logging: false,
                started_ms: None,
                stopped_ms: None,
                is_built_in: false,
                is_deleted: false,
            });
            steps.push(Step::Set(trail.clone()));
            Ok((steps, trail))
        })
        .await
    }

    /// # Errors
    /// As [`Trails::create`].
    pub async fn update(
        &self,
        origin: Origin,
        arn: &TrailArn,
        changes: &Changes,
    ) -> Result<Arc<Trail>, TrailError> {
        if let Some(bucket) = &changes.bucket {
            check_bucket(bucket)?;
        }
        let prefix = prefix_of(changes.prefix.as_deref())?;
        self.change(origin, arn, |state, trail, _| {
            let Changes { bucket, is_multi_region, has_global, is_validated, .. } = changes.clone();
            let steps = match &bucket {
                Some(bucket) => bucket_for(state, bucket, &arn.account)?,
                None => Vec::new(),
            };
            trail.bucket = bucket.unwrap_or_else(|| trail.bucket.clone());
            if changes.prefix.is_some() {
                trail.prefix.clone_from(&prefix);
            }
            trail.is_multi_region = is_multi_region.unwrap_or(trail.is_multi_region);
            trail.has_global = has_global.unwrap_or(trail.has_global);
            trail.is_validated = is_validated.unwrap_or(trail.is_validated);
            if trail.is_multi_region && !trail.has_global {
                return Err(TrailError::GlobalEvents);
            }
            Ok(steps)
        })
        .await
    }

    /// From now on; `cursor` is where in the history that is.
    ///
    /// # Errors
    /// As [`Trails::create`].
    pub async fn start(&self, origin: Origin, arn: &TrailArn, cursor: u64) -> Result<(), TrailError> {
        self.change(origin, arn, |state, trail, now_ms| {
            if trail.is_logging {
                return Ok(Vec::new());
            }
            trail.is_logging = true;
            trail.started_ms = Some(now_ms);
            trail.stopped_ms = None;
            let mut progress = Progress::starting(cursor);
            // The chains that begin know those that were there, and what was begun and not brought to an end.
            if let Some(before) = state.progress.get(&arn.to_string()) {
                progress.chains.clone_from(&before.chains);
                progress.regions.clone_from(&before.regions);
                progress.pending = before.pending;
                progress.delivered_ms = before.delivered_ms;
                progress.digested_ms = before.digested_ms;
            }
            Ok(vec![Step::Progress { of: arn.clone(), progress: Arc::new(progress) }])
        })
        .await
        .map(|_| ())
    }

    /// Files and the last digest are the deliverer's, which sees that it has stopped.
    ///
    /// # Errors
    /// As [`Trails::create`].
    pub async fn stop(&self, origin: Origin, arn: &TrailArn) -> Result<(), TrailError> {
        self.change(origin, arn, |_, trail, now_ms| {
            stop(trail, now_ms);
            Ok(Vec::new())
        })
        .await
        .map(|_| ())
    }

    /// It is not seen any more, and gone when its last digest is delivered.
    ///
    /// # Errors
    /// As [`Trails::create`].
    pub async fn delete(&self, origin: Origin, arn: &TrailArn) -> Result<(), TrailError> {
        self.change(origin, arn, |_, trail, now_ms| {
            stop(trail, now_ms);
            trail.is_deleted = true;
            Ok(Vec::new())
        })
        .await
        .map(|_| ())
    }

    /// # Errors
    /// As [`Trails::create`].
    pub async fn put_selectors(
        &self,
        origin: Origin,
        arn: &TrailArn,
        selectors: &Selectors,
    ) -> Result<Arc<Trail>, TrailError> {
        selectors.check()?;
        self.change(origin, arn, |_, trail, _| {
            trail.selectors.clone_from(selectors);
            trail.has_own_selectors = true;
            Ok(Vec::new())
        })
        .await
    }

    /// # Errors
    /// As [`Trails::create`].
    pub async fn tag(
        &self,
        origin: Origin,
        arn: &TrailArn,
        tags: &[(String, String)],
    ) -> Result<(), TrailError> {
        self.change(origin, arn, |_, trail, _| {
            add_tags(&mut trail.tags, arn, tags)?;
            Ok(Vec::new())
        })
        .await
        .map(|_| ())
    }

    /// Tags of these keys go, and of these values where one is given.
    ///
    /// # Errors
    /// As [`Trails::create`].
    pub async fn untag(
        &self,
        origin: Origin,
        arn: &TrailArn,
        tags: &[(String, Option<String>)],
    ) -> Result<(), TrailError> {
        self.change(origin, arn, |_, trail, _| {
            let goes = |key: &str, value: &str| {
                tags.iter().any(|(of, only)| of == key && only.as_deref().is_none_or(|only| only == value))
            };
            trail.tags.retain(|key, value| !goes(key, value));
            Ok(Vec::new())
        })
        .await
        .map(|_| ())
    }

    /// Those of an account that are of a region, and those that have its events too.
    pub fn of_account(&self, account: &str) -> Vec<Arc<Trail>> {
        self.state().of_account(account).cloned().collect()
    }

    /// # Errors
    /// Where there is none.
    pub fn trail(&self, arn: &TrailArn) -> Result<(Arc<Trail>, Arc<Progress>), TrailError> {
        let state = self.state();
        let trail = state.trail(arn).filter(|trail| !trail.is_deleted).ok_or_else(|| none(arn))?;
        let progress = state.progress.get(&arn.to_string()).cloned().unwrap_or_default();
        Ok((trail.clone(), progress))
    }

    /// The account whose a bucket is.
    pub fn owner(&self, bucket: &str) -> Option<String> {
        self.state().buckets.get(bucket).cloned()
    }

    /// Those that something is or will be delivered of.
    pub(super) fn active(&self) -> Vec<(Arc<Trail>, Arc<Progress>)> {
        let state = self.state();
        let active = state.progress.iter().filter(|(_, progress)| progress.is_active);
        active
            .filter_map(|(arn, progress)| Some((state.trails.get(arn)?.clone(), progress.clone())))
            .collect()
    }

    /// # Errors
    /// Where there is no such trail.
    pub(super) fn progress(&self, arn: &TrailArn) -> Result<Arc<Progress>, TrailError> {
        self.state().progress.get(&arn.to_string()).cloned().ok_or_else(|| none(arn))
    }

    /// Of trails that are there still. A command holds a few of them, so that it does not become large.
    pub(super) async fn set_progress(&self, all: Vec<(TrailArn, Arc<Progress>)>) -> Result<(), CommitError> {
        for some in all.chunks(PROGRESS_AT_ONCE) {
            self.commit(Origin::default(), |state, _| {
                let is_there = |(arn, _): &&(TrailArn, Arc<Progress>)| state.trail(arn).is_some();
                let step = |(of, progress): &(TrailArn, Arc<Progress>)| Step::Progress {
                    of: of.clone(),
                    progress: progress.clone(),
                };
                Ok::<_, CommitError>((some.iter().filter(is_there).map(step).collect(), ()))
            })
            .await?;
        }
        Ok(())
    }

    /// A deleted one is gone.
    pub(super) async fn remove(&self, arn: &TrailArn) -> Result<(), CommitError> {
        self.commit(Origin::default(), |_, _| Ok((vec![Step::Remove(arn.clone())], ()))).await
    }

    /// Buckets that no trail names.
    pub(super) fn unnamed_buckets(&self) -> Vec<String> {
        let state = self.state();
        let named: BTreeSet<&str> = state.trails.values().map(|trail| trail.bucket.as_str()).collect();
        state.buckets.keys().filter(|bucket| !named.contains(bucket.as_str())).cloned().collect()
    }

    /// They are nobody's any more, unless a trail names them meanwhile.
    pub(super) async fn release(&self, buckets: &[String]) -> Result<(), CommitError> {
        self.commit(Origin::default(), |state, _| {
            let is_named = |bucket: &String| state.trails.values().any(|trail| trail.bucket == *bucket);
            let unnamed = buckets.iter().filter(|bucket| !is_named(bucket));
            Ok((unnamed.cloned().map(Step::Release).collect(), ()))
        })
        .await
    }

    /// Those that were good for signing at some time in between.
    pub fn public_keys(&self, from_ms: u64, to_ms: u64) -> Vec<PublicKey> {
        let state = self.state();
        let good = state.keys.iter().filter(|key| key.from_ms <= to_ms && key.until_ms >= from_ms);
        good.map(|key| PublicKey::of(key.public.clone(), key.from_ms, key.until_ms)).collect()
    }

    pub(super) fn newest_key(&self) -> Option<Arc<KeyPair>> {
        self.state().keys.last().cloned()
    }

    /// It signs from now on.
    pub(super) async fn add_key(&self, key: Arc<KeyPair>) -> Result<(), CommitError> {
        self.commit(Origin::default(), |state, _| {
            let public = |key: &Arc<KeyPair>| Arc::new(KeyPair { sealed: Vec::new(), ..(**key).clone() });
            let keys = state.keys.iter().map(public).chain([key.clone()]).collect();
            Ok((vec![Step::Keys(keys)], ()))
        })
        .await
    }

    /// Where a bucket is: at home of a trail that names it.
    pub fn region_of_bucket(&self, bucket: &str) -> Option<String> {
        let state = self.state();
        let trail = state.trails.values().find(|trail| trail.bucket == bucket)?;
        Some(trail.arn.region.clone())
    }

    /// Changes a trail that is there and not the server's own. Where nothing of it changes nothing is written.
    async fn change(
        &self,
        origin: Origin,
        arn: &TrailArn,
        mut change: impl FnMut(&State, &mut Trail, u64) -> Result<Vec<Step>, TrailError>,
    ) -> Result<Arc<Trail>, TrailError> {
        self.commit(origin, |state, now_ms| {
            let known = state.trail(arn).filter(|trail| !trail.is_deleted).ok_or_else(|| none(arn))?;
            if known.is_built_in {
                return Err(TrailError::BuiltIn { arn: arn.clone() });
            }
            let mut trail = (**known).clone();
            let mut steps = change(state, &mut trail, now_ms)?;
            let trail = Arc::new(trail);
            if trail != *known {
                steps.push(Step::Set(trail.clone()));
            }
            Ok((steps, trail))
        })
        .await
    }
}

fn none(arn: &TrailArn) -> TrailError {
    TrailError::None { arn: arn.to_string(), account: arn.account.clone() }
}

fn stop(trail: &mut Trail, now_ms: u64) {
    if trail.is_logging {
        trail.is_logging = false;
        trail.stopped_ms = Some(now_ms);
    }
}

fn prefix_of(given: Option<&str>) -> Result<Option<String>, TrailError> {
    match given {
        None | Some("") => Ok(None),
        Some(prefix) => {
            check_prefix(prefix)?;
            Ok(Some(prefix.to_owned()))
        }
    }
}

fn check_room(state: &State, arn: &TrailArn) -> Result<(), TrailError> {
    let (account, region) = (&arn.account, &arn.region);
    match state.trail(arn) {
        Some(trail) if trail.is_deleted => return Err(TrailError::Leaving { arn: arn.clone() }),
        Some(_) => return Err(TrailError::Exists { name: arn.name.clone(), account: account.clone() }),
        None => {}
    }
    // The server's own takes nobody's place. One that has events of a region counts there, as AWS counts them.
    let counts =
        |trail: &&Arc<Trail>| !trail.is_built_in && (trail.arn.region == *region || trail.is_multi_region);
    if state.of_account(account).filter(counts).count() >= TRAILS_OF_REGION_MAX {
        let limit = TRAILS_OF_REGION_MAX;
        return Err(TrailError::TooMany { account: account.clone(), region: region.clone(), limit });
    }
    match state.trails.len() {
        TRAILS_MAX.. => Err(TrailError::TooManyInAll { limit: TRAILS_MAX }),
        _ => Ok(()),
    }
}

/// What has to be done that an account's trail may name the bucket.
fn bucket_for(state: &State, bucket: &str, account: &str) -> Result<Vec<Step>, TrailError> {
    match state.buckets.get(bucket) {
        Some(owner) if owner == account => Ok(Vec::new()),
        Some(_) => Err(TrailError::NotItsBucket { bucket: bucket.to_owned() }),
        None => {
            let (limit, name, account) = (BUCKETS_OF_ACCOUNT_MAX, bucket.to_owned(), account.to_owned());
            if state.buckets.values().filter(|owner| **owner == account).count() >= limit {
                return Err(TrailError::TooManyBuckets { account, limit });
            }
            Ok(vec![Step::Bucket { name, account }])
        }
    }
}

fn add_tags(
    tags: &mut BTreeMap<String, String>,
    arn: &TrailArn,
    given: &[(String, String)],
) -> Result<(), TrailError> {
    for (place, (key, value)) in given.iter().enumerate() {
        let is_wrong = key.is_empty()
            || key.chars().count() > TAG_KEY_CHARACTERS_MAX
            || value.chars().count() > TAG_VALUE_CHARACTERS_MAX
            || key.starts_with("aws:")
            || given[..place].iter().any(|(before, _)| before == key);
        if is_wrong {
            return Err(TrailError::Tag { key: key.clone() });
        }
        tags.insert(key.clone(), value.clone());
    }
    match tags.len() {
        0..=TAGS_MAX => Ok(()),
        _ => Err(TrailError::TooManyTags { arn: arn.clone(), limit: TAGS_MAX }),
    }
}
