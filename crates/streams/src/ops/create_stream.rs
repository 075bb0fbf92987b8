//! CreateStream. Source: `kinesis-api.md` section 9, `kinesis-semantics.md` sections 6.3 and 15.

use std::collections::BTreeMap;

use flumen_access::Caller;
use flumen_protocol::kinesis::{CreateStreamInput, RecordDistributionStrategy, StreamMode};
use flumen_protocol::{Fault, Operation};
use flumen_types::Realm;

use super::tags;
use crate::door::Directory;
use crate::scaling::SHARDS_MIN;
use crate::state::command::NewStream;
use crate::state::{Change, Distribution, Mode, State, Status};
use crate::{Streams, faults};

const MAX_RECORD_KIB_DEFAULT: u32 = 1024;
const CREATING_MAX: usize = 5;
const ON_DEMAND_STREAMS_MAX: usize = 50;
/// Constraint of the older service; it also bounds what one request makes.
const SHARD_COUNT_MAX: u32 = 100_000;

impl Streams {
    pub async fn create_stream(&self, caller: &Caller, input: &CreateStreamInput<'_>) -> Result<(), Fault> {
        let door = self.door(caller, Operation::CreateStream);
        let named = match &input.tags {
            Some(_) => door.named_with_tags(&input.stream_name)?,
            None => door.named(Some(&input.stream_name), None)?,
        };
        let realm = &named.arn.realm;
        let mode = mode_of(input)?;
        let shard_count = shard_count(input, mode)?;
        let distribution = match input.record_distribution_strategy {
            Some(RecordDistributionStrategy::Auto) if mode == Mode::Provisioned => {
                return Err(faults::invalid_argument(
                    "RecordDistributionStrategy AUTO is only supported for streams in On-Demand mode.",
                ));
            }
            Some(RecordDistributionStrategy::Auto) => Distribution::Auto,
            _ => Distribution::UserPartitionKey,
        };
        let warm_mibps = input.warm_throughput_mibps.and_then(|m| u32::try_from(m).ok());
        if warm_mibps.is_some() && mode == Mode::Provisioned {
            return Err(faults::warm_throughput_needs_on_demand());
        }
        let wanted = input.tags.as_ref().map(tags::owned).unwrap_or_default();
        let merged =
            tags::merge_for(&format!("stream {}", input.stream_name), realm, &BTreeMap::new(), wanted)?;
        let max_record_kib = input
            .max_record_size_in_kib
            .and_then(|k| u32::try_from(k).ok())
            .unwrap_or(MAX_RECORD_KIB_DEFAULT);
        self.commit(Some(caller), |state, at_ms| {
            let directory = self.inner.directory.read();
            if named.newest(&directory).is_some_and(|live| live.stream.status(at_ms).is_some()) {
                return Err(faults::stream_exists(realm, &input.stream_name));
            }
            if self.quotas_apply() {
                check_stream_quotas(&directory, realm, mode, at_ms)?;
                if mode == Mode::Provisioned {
                    check_shard_quota(&directory, realm, shard_count as usize, at_ms)?;
                }
            }
            if warm_mibps.is_some() {
                require_commitment(state, realm, at_ms)?;
            }
            let new = NewStream {
                account: realm.account.clone(),
                region: realm.region.clone(),
                name: input.stream_name.to_string(),
                shard_count,
                mode,
                active_at_ms: self.after_transition_ms(at_ms),
                max_record_kib,
                warm_mibps,
                distribution,
                tags: merged.clone(),
            };
            Ok((Some(Change::CreateStream(Box::new(new))), ()))
        })
        .await
    }
}

/// Without a mode, a shard count means provisioned, and none means on-demand.
fn mode_of(input: &CreateStreamInput<'_>) -> Result<Mode, Fault> {
    match (&input.stream_mode_details, input.shard_count) {
        (None, None) => Ok(Mode::OnDemand),
        (None, Some(_)) => Ok(Mode::Provisioned),
        (Some(details), count) => match (details.stream_mode, count) {
            (StreamMode::Provisioned, Some(_)) => Ok(Mode::Provisioned),
            (StreamMode::Provisioned, None) => {
                Err(faults::validation("ShardCount is required for streams in PROVISIONED mode."))
            }
            (StreamMode::OnDemand, None) => Ok(Mode::OnDemand),
            (StreamMode::OnDemand, Some(_)) => {
                Err(faults::validation("ShardCount must not be provided for streams in ON_DEMAND mode."))
            }
        },
    }
}

fn shard_count(input: &CreateStreamInput<'_>, mode: Mode) -> Result<u32, Fault> {
    let count = match mode {
        Mode::OnDemand => SHARDS_MIN,
        Mode::Provisioned => input.shard_count.and_then(|c| u32::try_from(c).ok()).unwrap_or(1),
    };
    if count > SHARD_COUNT_MAX {
        let text = format!("Member must have value less than or equal to {SHARD_COUNT_MAX}");
        return Err(faults::constraint(&format!("Value '{count}' at 'shardCount'"), &text));
    }
    Ok(count)
}

fn check_stream_quotas(directory: &Directory, realm: &Realm, mode: Mode, now_ms: u64) -> Result<(), Fault> {
    let creating =
        directory.of_realm(realm).filter(|l| l.stream.status(now_ms) == Some(Status::Creating)).count();
    if creating >= CREATING_MAX {
        return Err(faults::limit_exceeded(format!(
            "Rate exceeded: {creating} streams are being created under account {} in {}. Limit: {CREATING_MAX}.",
            realm.account, realm.region
        )));
    }
    if mode == Mode::OnDemand {
        let count = on_demand_streams(directory, realm, now_ms);
        if count >= ON_DEMAND_STREAMS_MAX {
            return Err(on_demand_limit(realm, count));
        }
    }
    Ok(())
}

pub(crate) fn on_demand_limit(realm: &Realm, count: usize) -> Fault {
    faults::limit_exceeded(format!(
        "This request would exceed the On-Demand stream limit for the account {} in {}. Current stream count: \
         {count}. Limit: {ON_DEMAND_STREAMS_MAX}.",
        realm.account, realm.region
    ))
}

pub(crate) const fn on_demand_streams_max() -> usize {
    ON_DEMAND_STREAMS_MAX
}

pub(crate) fn on_demand_streams(directory: &Directory, realm: &Realm, now_ms: u64) -> usize {
    let streams = directory.of_realm(realm).map(|live| &live.stream);
    streams.filter(|s| s.mode == Mode::OnDemand && s.status(now_ms).is_some()).count()
}

/// Open shards of provisioned streams.
pub(crate) fn open_shards(directory: &Directory, realm: &Realm, now_ms: u64) -> usize {
    let streams = directory.of_realm(realm).map(|live| &live.stream);
    let counted = streams.filter(|s| s.mode == Mode::Provisioned && s.status(now_ms).is_some());
    counted.map(|s| s.open_shards().count()).sum()
}

/// The default shard quota of an account in a region.
pub(crate) fn shard_quota(region: &str) -> usize {
    match region {
        "us-east-1" | "us-west-2" | "eu-west-1" => 20_000,
        _ => 6_000,
    }
}

pub(crate) fn check_shard_quota(
    directory: &Directory,
    realm: &Realm,
    additional: usize,
    now_ms: u64,
) -> Result<(), Fault> {
    let (current, quota) = (open_shards(directory, realm, now_ms), shard_quota(&realm.region));
    if current + additional > quota {
        return Err(faults::shard_limit(realm, current, quota, additional));
    }
    Ok(())
}

/// Warm throughput belongs to On-demand Advantage.
pub(crate) fn require_commitment(state: &State, realm: &Realm, now_ms: u64) -> Result<(), Fault> {
    let commitment = state.settings(realm).commitment;
    if commitment.is_some_and(|c| c.enabled(now_ms)) {
        return Ok(());
    }
    Err(faults::invalid_argument(format!(
        "Warm throughput requires the minimum throughput billing commitment to be enabled for account {} in {}.",
        realm.account, realm.region
    )))
}
