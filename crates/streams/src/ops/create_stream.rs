//! CreateStream. Source: AWS API Reference, CreateStream, `docs/kinesis/streams.md#statuses` and
//! `docs/kinesis/streams.md#quotas`.

use std::collections::BTreeMap;

use flumen_access::Caller;
use flumen_protocol::kinesis::{CreateStreamCode, CreateStreamInput, RecordDistributionStrategy, StreamMode};
use flumen_protocol::{Operation, Refusal};
use flumen_types::Realm;

use super::tags::{self, Tagged, TagsError};
use crate::Streams;
use crate::door::Directory;
use crate::errors::{AccountDoorError, CommitError, NoCommitment, NotOnDemand, QuotaExceeded, StreamName};
use crate::limits::account::More;
use crate::scaling::SHARDS_MIN;
use crate::state::command::NewStream;
use crate::state::{Change, Distribution, Mode, State, Status};

const MAX_RECORD_KIB_DEFAULT: u32 = 1024;
const CREATING_MAX: usize = 5;
const ON_DEMAND_STREAMS_MAX: usize = 50;
/// Constraint of the older service; it also bounds what one request makes.
const SHARD_COUNT_MAX: u32 = 100_000;

impl Streams {
    pub async fn create_stream(
        &self,
        caller: &Caller,
        input: &CreateStreamInput<'_>,
    ) -> Result<(), CreateStreamError> {
        let given = || input.tags.as_ref().map(tags::given_tags).unwrap_or_default();
        let door = self.door(caller, Operation::CreateStream).given(given);
        let named = door.new_stream(&input.stream_name, input.tags.is_some())?;
        let realm = &named.arn.realm;
        let mode = mode_of(input)?;
        let shard_count = shard_count(input, mode)?;
        let distribution = match input.record_distribution_strategy {
            Some(RecordDistributionStrategy::Auto) if mode == Mode::Provisioned => {
                return Err(CreateStreamError::AutoNotOnDemand);
            }
            Some(RecordDistributionStrategy::Auto) => Distribution::Auto,
            _ => Distribution::UserPartitionKey,
        };
        let warm_mibps = input.warm_throughput_mibps.and_then(|m| u32::try_from(m).ok());
        if warm_mibps.is_some() && mode == Mode::Provisioned {
            return Err(NotOnDemand.into());
        }
        let wanted = input.tags.as_ref().map(tags::owned).unwrap_or_default();
        let tagged = Tagged { kind: "stream", name: &input.stream_name, account: &realm.account };
        let merged = tags::merge_for(tagged, &BTreeMap::new(), wanted)?;
        let max_record_kib = input
            .max_record_size_in_kib
            .and_then(|k| u32::try_from(k).ok())
            .unwrap_or(MAX_RECORD_KIB_DEFAULT);
        self.commit(Some(caller), |state, at_ms| {
            let directory = self.inner.directory.read();
            if named.newest(&directory).is_some_and(|live| live.stream.status(at_ms).is_some()) {
                let stream = StreamName::new(&input.stream_name, &realm.account);
                return Err(CreateStreamError::Exists { stream });
            }
            let more = More { streams: 1, shards: shard_count as usize };
            self.check_account(&directory, &realm.account, more, at_ms)?;
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

/// Why CreateStream makes none.
#[derive(Debug, thiserror::Error)]
pub enum CreateStreamError {
    #[error(transparent)]
    Door(#[from] AccountDoorError),
    #[error("ShardCount is required for streams in PROVISIONED mode.")]
    ShardCountMissing,
    #[error("ShardCount must not be provided for streams in ON_DEMAND mode.")]
    ShardCountGiven,
    #[error(
        "1 validation error detected: Value '{count}' at 'shardCount' failed to satisfy constraint: Member must have value \
         less than or equal to {limit}",
        limit = SHARD_COUNT_MAX
    )]
    ShardCountTooLarge { count: u32 },
    #[error("RecordDistributionStrategy AUTO is only supported for streams in On-Demand mode.")]
    AutoNotOnDemand,
    #[error(transparent)]
    WarmNotOnDemand(#[from] NotOnDemand),
    #[error(transparent)]
    NoCommitment(#[from] NoCommitment),
    #[error(transparent)]
    Tags(#[from] TagsError),
    #[error("Stream {stream} already exists.")]
    Exists { stream: StreamName },
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for CreateStreamError {
    type Code = CreateStreamCode;

    fn code(&self) -> CreateStreamCode {
        use CreateStreamCode::*;
        match self {
            Self::Door(AccountDoorError::Denied(_)) => AccessDeniedException,
            Self::ShardCountMissing
            | Self::ShardCountGiven
            | Self::ShardCountTooLarge { .. }
            | Self::WarmNotOnDemand(_) => ValidationException,
            Self::AutoNotOnDemand | Self::NoCommitment(_) | Self::Tags(_) => InvalidArgumentException,
            Self::Exists { .. } => ResourceInUseException,
            Self::Door(AccountDoorError::Rate(_)) | Self::Quota(_) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Without a mode, a shard count means provisioned, and none means on-demand.
fn mode_of(input: &CreateStreamInput<'_>) -> Result<Mode, CreateStreamError> {
    match (&input.stream_mode_details, input.shard_count) {
        (None, None) => Ok(Mode::OnDemand),
        (None, Some(_)) => Ok(Mode::Provisioned),
        (Some(details), count) => match (details.stream_mode, count) {
            (StreamMode::Provisioned, Some(_)) => Ok(Mode::Provisioned),
            (StreamMode::Provisioned, None) => Err(CreateStreamError::ShardCountMissing),
            (StreamMode::OnDemand, None) => Ok(Mode::OnDemand),
            (StreamMode::OnDemand, Some(_)) => Err(CreateStreamError::ShardCountGiven),
        },
    }
}

fn shard_count(input: &CreateStreamInput<'_>, mode: Mode) -> Result<u32, CreateStreamError> {
    let count = match mode {
        Mode::OnDemand => SHARDS_MIN,
        Mode::Provisioned => input.shard_count.and_then(|c| u32::try_from(c).ok()).unwrap_or(1),
    };
    if count > SHARD_COUNT_MAX {
        return Err(CreateStreamError::ShardCountTooLarge { count });
    }
    Ok(count)
}

fn check_stream_quotas(
    directory: &Directory,
    realm: &Realm,
    mode: Mode,
    now_ms: u64,
) -> Result<(), QuotaExceeded> {
    let current =
        directory.of_realm(realm).filter(|l| l.stream.status(now_ms) == Some(Status::Creating)).count();
    if current >= CREATING_MAX {
        return Err(QuotaExceeded::Creating { realm: realm.clone(), current, limit: CREATING_MAX });
    }
    match mode {
        Mode::OnDemand => check_on_demand_quota(directory, realm, now_ms),
        Mode::Provisioned => Ok(()),
    }
}

/// Whether there may be another stream in On-Demand mode.
pub(crate) fn check_on_demand_quota(
    directory: &Directory,
    realm: &Realm,
    now_ms: u64,
) -> Result<(), QuotaExceeded> {
    let (current, limit) = (on_demand_streams(directory, realm, now_ms), ON_DEMAND_STREAMS_MAX);
    if current >= limit {
        return Err(QuotaExceeded::OnDemandStreams { realm: realm.clone(), current, limit });
    }
    Ok(())
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
) -> Result<(), QuotaExceeded> {
    let (current, limit) = (open_shards(directory, realm, now_ms), shard_quota(&realm.region));
    if current + additional > limit {
        return Err(QuotaExceeded::Shards { realm: realm.clone(), current, limit, additional });
    }
    Ok(())
}

pub(crate) fn require_commitment(state: &State, realm: &Realm, now_ms: u64) -> Result<(), NoCommitment> {
    let commitment = state.settings(realm).commitment;
    if commitment.is_some_and(|c| c.enabled(now_ms)) {
        return Ok(());
    }
    Err(NoCommitment { realm: realm.clone() })
}
