//! The state as requests see it: each stream with the logs of its shards and its routes at hand.
//! Rebuilt for one stream whenever a command touches it; never changed otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use flumen_access::policy::{Kind, Policy};
use flumen_storage::{Log, LogId, Storage};
use flumen_types::{HashKey, ShardId};

use crate::ShardLimits;
use crate::encryption::Encrypting;
use crate::limits::account::StorageLimit;
use crate::limits::shard::ShardMeter;
use crate::metering::StreamCounters;
use crate::state::{Consumer, Shard, Stream};

/// A stream with what its records need.
pub(crate) struct Live {
    pub stream: Arc<Stream>,
    /// As text, for what is noted of calls.
    pub arn: Arc<str>,
    /// One for each of `stream.shards`, in their order. `None` for a shard whose log could not be made.
    logs: Vec<Option<Log>>,
    /// One for each of `stream.shards`, kept over every change of the stream.
    meters: Vec<Arc<ShardMeter>>,
    /// Of each shard; `None` is without limits.
    pub limits: Option<ShardLimits>,
    /// For its records, where the account's are limited.
    pub storage_limit: Option<Arc<StorageLimit>>,
    /// Kept likewise.
    pub counters: Arc<StreamCounters>,
    /// Open shards by the start of their range.
    routes: Vec<Route>,
    pub policies: ResourcePolicies,
    /// `None` where records are to lie in clear. Kept likewise, as long as it is set so.
    pub encrypting: Option<Arc<Encrypting>>,
}

/// What the policies of a stream and its consumers say.
#[derive(Default)]
pub(crate) struct ResourcePolicies {
    pub stream: Option<Arc<Policy>>,
    /// By name.
    pub consumers: BTreeMap<String, Arc<Policy>>,
}

impl ResourcePolicies {
    /// Those that are the same as before are not read again.
    fn new(stream: &Stream, before: Option<&Live>) -> Self {
        let read = |text: &str| match Policy::parse(text, Kind::Resource) {
            Ok(policy) => Arc::new(policy),
            // It was stored before policies were read. Whom it denied would be let in if it were left out.
            Err(error) => {
                tracing::warn!(stream = stream.name, %error, "a resource policy cannot be read; it denies everything");
                Arc::new(Policy::denies_all())
            }
        };
        let kept = before.filter(|before| before.stream.policy == stream.policy);
        let of_stream = match kept {
            Some(kept) => kept.policies.stream.clone(),
            None => stream.policy.as_deref().map(read),
        };
        let of_consumer = |(name, consumer): (&String, &Consumer)| {
            let text = consumer.policy.as_deref()?;
            let same = |before: &&Live| {
                before.stream.consumers.get(name).is_some_and(|was| was.policy == consumer.policy)
            };
            let kept = before.filter(same).and_then(|before| before.policies.consumers.get(name).cloned());
            Some((name.clone(), kept.unwrap_or_else(|| read(text))))
        };
        ResourcePolicies {
            stream: of_stream,
            consumers: stream.consumers.iter().filter_map(of_consumer).collect(),
        }
    }
}

#[derive(Clone, Copy)]
struct Route {
    start: HashKey,
    /// Place in `stream.shards` and `logs`.
    slot: usize,
}

impl Live {
    /// `before` is the picture that this one takes the place of.
    pub fn new(
        stream: Arc<Stream>,
        storage: &Storage,
        limits: Option<ShardLimits>,
        storage_limit: Option<Arc<StorageLimit>>,
        before: Option<&Live>,
    ) -> Self {
        let logs = stream.shards.iter().map(|s| storage.log(log_of(&stream, s))).collect();
        let open = stream.shards.iter().enumerate().filter(|(_, shard)| shard.is_open());
        let mut routes: Vec<Route> = open.map(|(slot, s)| Route { start: s.range().start, slot }).collect();
        routes.sort_unstable_by_key(|route| route.start);
        let kept = |shard: &Shard| before.and_then(|b| b.meters.get(b.slot_of(shard.id())?).cloned());
        let new = || Arc::new(ShardMeter::new(limits.as_ref()));
        let meters = stream.shards.iter().map(|shard| kept(shard).unwrap_or_else(new)).collect();
        let counters = before.map(|b| b.counters.clone()).unwrap_or_default();
        counters.keep_only(&stream);
        let policies = ResourcePolicies::new(&stream, before);
        let arn = before.map_or_else(|| stream.arn().to_string().into(), |before| before.arn.clone());
        let encrypting = Encrypting::new(&stream, before.and_then(|before| before.encrypting.as_ref()));
        Live { stream, arn, logs, meters, limits, storage_limit, counters, routes, policies, encrypting }
    }

    /// The slot of the open shard that takes `key`.
    pub fn route(&self, key: HashKey) -> Option<usize> {
        let after = self.routes.partition_point(|route| route.start <= key);
        self.routes.get(after.checked_sub(1)?).map(|route| route.slot)
    }

    pub fn shard(&self, slot: usize) -> &Shard {
        &self.stream.shards[slot]
    }

    pub fn log(&self, slot: usize) -> Option<&Log> {
        self.logs.get(slot)?.as_ref()
    }

    pub fn meter(&self, slot: usize) -> Option<&ShardMeter> {
        self.meters.get(slot).map(Arc::as_ref)
    }

    /// The part of a shard's latest records that surely have one and the same key.
    pub fn one_key(&self, shard: &Shard) -> f64 {
        let meter = self.slot_of(shard.id()).and_then(|slot| self.meter(slot));
        meter.and_then(|meter| Some(meter.counters.heavy.above(0.0).first()?.share)).unwrap_or(0.0)
    }

    /// What made keys heavy counts half from now on.
    pub fn fade(&self) {
        self.meters.iter().for_each(|meter| meter.counters.heavy.fade());
    }

    /// No sequence number of the stream has a later time, whatever the clock says by now.
    pub fn newest_s(&self) -> u64 {
        let of_log = |log: &Option<Log>| log.as_ref().and_then(Log::last_time_ms).unwrap_or(0) / 1000;
        let of_shard = |shard: &Shard| shard.created_s.max(shard.closed_at_ms.unwrap_or(0) / 1000);
        let shards = self.stream.shards.iter().zip(&self.logs);
        shards.map(|(shard, log)| of_shard(shard).max(of_log(log))).max().unwrap_or(0)
    }

    pub fn slots(&self) -> usize {
        self.stream.shards.len()
    }

    pub fn slot_of(&self, id: ShardId) -> Option<usize> {
        self.stream.shards.binary_search_by_key(&id.index(), |s| s.index).ok()
    }
}

/// The log that keeps a shard's records.
pub(crate) fn log_of(stream: &Stream, shard: &Shard) -> LogId {
    LogId { group: stream.group, index: shard.index }
}
