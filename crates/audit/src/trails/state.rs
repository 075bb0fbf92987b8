//! What trails there are, how far each has come, whose buckets are, and the keys that digests are signed with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flumen_machine::Signatures;
use serde::{Deserialize, Serialize};

use super::names::TrailArn;
use super::selectors::Selectors;
use crate::Attributes;
use crate::chain::Chain;

/// Regions of a trail that have files and digests of their own. What is of further ones goes under the home region.
pub(super) const REGIONS_MAX: usize = 20;

/// Sources whose events are of no region: they are in `us-east-1`, as IAM's endpoint is.
const GLOBAL: [&str; 2] = ["iam.amazonaws.com", "sts.amazonaws.com"];

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Position after the newest command that changed what calls see.
    pub changed: u64,
    #[serde(default)]
    pub trails: BTreeMap<TrailKey, Arc<Trail>>,
    #[serde(default)]
    pub progress: BTreeMap<TrailKey, Arc<Progress>>,
    /// By name, the account whose trail named it first.
    #[serde(default)]
    pub buckets: BTreeMap<String, String>,
    /// Oldest first; the last one signs.
    #[serde(default)]
    pub keys: Vec<Arc<KeyPair>>,
    /// By which signatures commands were given lately.
    #[serde(default, skip_serializing_if = "Signatures::is_empty")]
    pub signatures: Signatures,
}

/// An ARN as text, which is what maps are written with.
pub(crate) type TrailKey = String;

/// A trail, as calls make and see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    #[serde(flatten)]
    pub arn: TrailArn,
    pub bucket: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    pub is_multi_region: bool,
    /// IAM's and STS's events.
    pub has_global: bool,
    /// There are digests.
    pub is_validated: bool,
    pub selectors: Selectors,
    /// They were given, and are not those of every new trail.
    #[serde(default)]
    pub has_own_selectors: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    pub created_ms: u64,
    pub is_logging: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_ms: Option<u64>,
    /// The server's own, of everything: see [`built_in`](super::built_in).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_built_in: bool,
    /// It is no more, as soon as its last digest is delivered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_deleted: bool,
}

/// How far a trail has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Position in the history up to which events are delivered.
    pub cursor: u64,
    /// Files that were begun: those of what is before `cursor` are all delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// Those that have files of their own.
    pub regions: BTreeSet<String>,
    /// Something is to be delivered still, or will be.
    pub is_active: bool,
    /// By region. They go on as long as `has_chains` says so.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub chains: BTreeMap<String, Chain>,
    pub has_chains: bool,
    /// Those that have ended while others went on, by region: what begins there again names where they ended.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ended: BTreeMap<String, Chain>,
    /// Hour since the epoch whose sums come next, of the server's own trail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sums_hour: Option<u64>,
    /// When files and digests were last delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digested_ms: Option<u64>,
}

/// Files of a part of the history: from that position on and before that one, as they are delivered at that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub from: u64,
    pub to: u64,
    pub at_ms: u64,
}

impl Progress {
    /// Of logging that begins at that position.
    pub(super) fn starting(cursor: u64) -> Self {
        Progress { cursor, is_active: true, ..Progress::default() }
    }

    /// The chain of a region, which begins where there is none.
    pub(super) fn chain(&mut self, region: &str, begin_ms: u64) -> &mut Chain {
        let ended = &mut self.ended;
        let begin = || match ended.remove(region) {
            Some(ended) => ended.started_again(begin_ms),
            None => Chain::new(begin_ms),
        };
        self.chains.entry(region.to_owned()).or_insert_with(begin)
    }
}

/// What digests are signed with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeyPair {
    /// PKCS#8, sealed; nothing of one that signs no more.
    #[serde(with = "flumen_machine::base64")]
    pub sealed: Vec<u8>,
    /// DER of PKCS#1.
    #[serde(with = "flumen_machine::base64")]
    pub public: Vec<u8>,
    pub from_ms: u64,
    pub until_ms: u64,
}

impl Trail {
    /// Whether there will be further digests.
    pub(super) fn goes_on(&self) -> bool {
        self.is_logging && self.is_validated
    }

    /// Whether an event of the history is for it.
    pub(super) fn wants(&self, at_ms: u64, event: &Attributes<'_>) -> bool {
        // What was done before logging began or after it ended is not asked for.
        let is_in_time = self.started_ms.is_some_and(|from| at_ms >= from)
            && self.stopped_ms.is_none_or(|until| at_ms <= until);
        if self.is_built_in {
            return is_in_time;
        }
        let is_global = GLOBAL.contains(&&*event.event_source);
        let is_of_region = match is_global {
            true => self.has_global,
            false => self.is_multi_region || event.aws_region == self.arn.region,
        };
        is_in_time && event.account == self.arn.account && is_of_region && self.selectors.want_written(event)
    }

    /// Under which region an event of that one is delivered.
    pub(super) fn region_of<'a>(&'a self, event_region: &'a str, used: &BTreeSet<String>) -> &'a str {
        let is_own = self.is_multi_region && (used.contains(event_region) || used.len() < REGIONS_MAX);
        if is_own && is_region(event_region) { event_region } else { &self.arn.region }
    }
}

/// It becomes part of a key.
fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl State {
    /// Of an account, those that calls see, by name and region.
    pub fn of_account<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Arc<Trail>> {
        self.trails.values().filter(move |trail| trail.arn.account == account && !trail.is_deleted)
    }

    pub fn trail(&self, arn: &TrailArn) -> Option<&Arc<Trail>> {
        self.trails.get(&arn.to_string())
    }
}
