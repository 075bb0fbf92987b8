//! SplitShard, MergeShards and UpdateShardCount: requests turned into reshard steps, checked against the
//! stream as it is. Source: `docs/kinesis/streams.md#resharding`.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    MergeShardsCode, MergeShardsInput, SplitShardCode, SplitShardInput, UpdateShardCountCode,
    UpdateShardCountInput, UpdateShardCountOutput,
};
use flumen_protocol::{Operation, Refusal};
use flumen_types::{HashKey, HashKeyRange, ShardId, StreamArn};

use super::create_stream::check_shard_quota;
use super::int;
use crate::Streams;
use crate::door::{Target, require_active};
use crate::errors::{CommitError, DoorError, NotFound, QuotaExceeded, StatusError, StreamName};
use crate::limits::account::More;
use crate::state::{Change, DAY_MS, Decimal128, Mode, Reshard, ReshardStep, Shard, Stream};

const TARGET_SHARDS_MAX: usize = 10_000;

impl Streams {
    pub async fn split_shard(
        &self,
        caller: &Caller,
        input: &SplitShardInput<'_>,
    ) -> Result<(), SplitShardError> {
        let door = self.door(caller, Operation::SplitShard);
        let named = door.named(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let id = parse_shard(&named.arn, &input.shard_to_split)?;
        self.reshard(caller, named.find()?, |stream| {
            let shard = open_shard(stream, id)?;
            let at = HashKey::parse(&input.new_starting_hash_key).filter(|at| splits(shard, *at));
            let at = at.ok_or_else(|| SplitShardError::Key {
                key: (&*input.new_starting_hash_key).into(),
                shard: id,
                range: shard.range(),
                stream: StreamName::of(stream),
            })?;
            Ok(Plan {
                steps: vec![ReshardStep::Split { shard: id.index(), at: Decimal128(at.0) }],
                ..Plan::adding(1)
            })
        })
        .await
        .map(|_| ())
    }

    pub async fn merge_shards(
        &self,
        caller: &Caller,
        input: &MergeShardsInput<'_>,
    ) -> Result<(), MergeShardsError> {
        let door = self.door(caller, Operation::MergeShards);
        let named = door.named(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let lower = parse_shard(&named.arn, &input.shard_to_merge)?;
        let upper = parse_shard(&named.arn, &input.adjacent_shard_to_merge)?;
        self.reshard(caller, named.find()?, |stream| {
            let (l, u) = (open_shard(stream, lower)?, open_shard(stream, upper)?);
            if l.end_key.0.checked_add(1) != Some(u.start_key.0) {
                return Err(MergeShardsError::NotAdjacent { lower, upper, stream: StreamName::of(stream) });
            }
            let step = ReshardStep::Merge { lower: lower.index(), upper: upper.index() };
            Ok(Plan { steps: vec![step], ..Plan::adding(0) })
        })
        .await
        .map(|_| ())
    }

    pub async fn update_shard_count(
        &self,
        caller: &Caller,
        input: &UpdateShardCountInput<'_>,
    ) -> Result<UpdateShardCountOutput<'static>, UpdateShardCountError> {
        let door = self.door(caller, Operation::UpdateShardCount);
        let stream = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let target = usize::try_from(input.target_shard_count).unwrap_or(1);
        let (stream_arn, current) = self
            .reshard(caller, stream, |stream| {
                let current = stream.open_shards().count();
                check_target(stream, current, target)?;
                if self.quotas_apply() {
                    check_rescales(stream, door.a_day(), self.now_ms())?;
                }
                let steps = stream.uniform_steps(u32::try_from(target).unwrap_or(u32::MAX)).steps;
                // A split adds one open shard, and until the merges are done all of them are open.
                let splits = steps.iter().filter(|step| matches!(step, ReshardStep::Split { .. })).count();
                Ok::<_, UpdateShardCountError>(Plan { steps, rescale: true, ..Plan::adding(splits) })
            })
            .await?;
        Ok(UpdateShardCountOutput {
            stream_name: Some(stream_arn.name.clone().into()),
            current_shard_count: Some(int(current)),
            target_shard_count: Some(input.target_shard_count),
            stream_arn: Some(stream_arn.to_string().into()),
        })
    }

    /// Plans against the state that the change will meet and carries it out, at once or after the
    /// transition time. Answers with the stream's ARN and its open shards before.
    async fn reshard<E>(
        &self,
        caller: &Caller,
        target: Target,
        mut plan: impl FnMut(&Stream) -> Result<Plan, E>,
    ) -> Result<(StreamArn, usize), E>
    where
        E: From<CommitError> + From<StatusError> + From<OnDemand> + From<QuotaExceeded>,
    {
        let group = target.stream.group;
        let transition_ms = self.inner.settings.transition_ms;
        self.commit(Some(caller), |state, at_ms| {
            let gone = || StatusError::from(NotFound::of(&target.stream));
            let stream = state.streams.get(&group).ok_or_else(gone)?;
            if stream.mode == Mode::OnDemand {
                return Err(OnDemand { stream: StreamName::of(stream) }.into());
            }
            require_active(stream, at_ms)?;
            let Plan { steps, rescale, additional } = plan(stream)?;
            let directory = self.inner.directory.read();
            let more = More { streams: 0, shards: additional };
            self.check_account(&directory, &stream.account, more, at_ms)?;
            if self.quotas_apply() && additional > 0 {
                check_shard_quota(&directory, &stream.realm(), additional, at_ms)?;
            }
            let answer = (stream.arn(), stream.open_shards().count());
            if steps.is_empty() {
                return Ok((None, answer));
            }
            let reshard = Reshard { steps };
            let change = match transition_ms {
                0 => Change::PlanReshard { group, reshard, rescale },
                _ => Change::ScheduleReshard { group, reshard, due_ms: at_ms + transition_ms, rescale },
            };
            Ok((Some(change), answer))
        })
        .await
    }
}

/// Why SplitShard changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum SplitShardError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Shard(#[from] NotOpen),
    #[error(
        "NewStartingHashKey {key} used in SplitShard() on shard {shard} in stream {stream} is not both greater than one plus \
         the shard's StartingHashKey {} and less than the shard's EndingHashKey {}.",
        .range.start, .range.end
    )]
    Key { key: Box<str>, shard: ShardId, range: HashKeyRange, stream: StreamName },
    #[error(transparent)]
    OnDemand(#[from] OnDemand),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for SplitShardError {
    type Code = SplitShardCode;

    fn code(&self) -> SplitShardCode {
        use SplitShardCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::OnDemand(_) => ValidationException,
            Self::Door(DoorError::NotFound(_))
            | Self::Shard(NotOpen::NotFound(_))
            | Self::Status(StatusError::Gone(_)) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) | Self::Shard(NotOpen::Closed { .. }) | Self::Key { .. } => {
                InvalidArgumentException
            }
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) | Self::Quota(_) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why MergeShards changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum MergeShardsError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Shard(#[from] NotOpen),
    #[error(
        "Shards {lower} and {upper} in stream {stream} are not an adjacent pair of shards eligible for merging"
    )]
    NotAdjacent { lower: ShardId, upper: ShardId, stream: StreamName },
    #[error(transparent)]
    OnDemand(#[from] OnDemand),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for MergeShardsError {
    type Code = MergeShardsCode;

    fn code(&self) -> MergeShardsCode {
        use MergeShardsCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::OnDemand(_) => ValidationException,
            Self::Door(DoorError::NotFound(_))
            | Self::Shard(NotOpen::NotFound(_))
            | Self::Status(StatusError::Gone(_)) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_))
            | Self::Shard(NotOpen::Closed { .. })
            | Self::NotAdjacent { .. } => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) | Self::Quota(_) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why UpdateShardCount changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum UpdateShardCountError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: {current} \
         Target shard count: {target}"
    )]
    OverDouble { current: usize, target: usize },
    #[error(
        "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: \
         {current} Target shard count: {target}"
    )]
    BelowHalf { current: usize, target: usize },
    #[error(
        "UpdateShardCount cannot scale stream {stream} beyond {limit} shards. Target shard count: {target}",
        limit = TARGET_SHARDS_MAX
    )]
    TooMany { stream: Box<str>, target: usize },
    #[error("UpdateShardCount can be called {limit} times per rolling 24-hour period for stream {stream}.")]
    TooOften { stream: Box<str>, limit: usize },
    #[error(transparent)]
    OnDemand(#[from] OnDemand),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for UpdateShardCountError {
    type Code = UpdateShardCountCode;

    fn code(&self) -> UpdateShardCountCode {
        use UpdateShardCountCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::OnDemand(_) => ValidationException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::OverDouble { .. } | Self::BelowHalf { .. } => {
                InvalidArgumentException
            }
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_))
            | Self::Quota(_)
            | Self::TooMany { .. }
            | Self::TooOften { .. } => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// The shards of a stream in On-Demand mode are the service's to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Request is invalid. Stream {stream} is in On-Demand mode.")]
pub struct OnDemand {
    pub stream: StreamName,
}

/// There is no such shard to be split or merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpen {
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(
        "Shard {shard} in stream {stream} has already been merged or split, and thus is not eligible for merging or \
         splitting."
    )]
    Closed { shard: ShardId, stream: StreamName },
}

struct Plan {
    steps: Vec<ReshardStep>,
    /// It counts against the rescales of a day.
    rescale: bool,
    /// Shards open at once beyond those of now.
    additional: usize,
}

impl Plan {
    fn adding(additional: usize) -> Self {
        Plan { steps: Vec::new(), rescale: false, additional }
    }
}

fn parse_shard(asked: &StreamArn, text: &str) -> Result<ShardId, NotOpen> {
    ShardId::parse(text).ok_or_else(|| NotFound::shard(text, asked).into())
}

fn open_shard(stream: &Stream, id: ShardId) -> Result<&Shard, NotOpen> {
    let shard = stream.shard(id).ok_or_else(|| NotFound::shard(&id.to_string(), &stream.arn()))?;
    if shard.is_open() {
        Ok(shard)
    } else {
        Err(NotOpen::Closed { shard: id, stream: StreamName::of(stream) })
    }
}

/// Both children hold more than one key.
fn splits(shard: &Shard, at: HashKey) -> bool {
    shard.start_key.0.checked_add(1).is_some_and(|least| least < at.0) && at.0 < shard.end_key.0
}

fn check_target(stream: &Stream, current: usize, target: usize) -> Result<(), UpdateShardCountError> {
    if target > 2 * current {
        return Err(UpdateShardCountError::OverDouble { current, target });
    }
    if target < current.div_ceil(2) {
        return Err(UpdateShardCountError::BelowHalf { current, target });
    }
    if target > TARGET_SHARDS_MAX {
        return Err(UpdateShardCountError::TooMany { stream: stream.name.as_str().into(), target });
    }
    Ok(())
}

fn check_rescales(stream: &Stream, a_day: Option<usize>, now_ms: u64) -> Result<(), UpdateShardCountError> {
    let today = stream.rescaled_at_ms.iter().filter(|&&at| at + DAY_MS > now_ms).count();
    match a_day.filter(|limit| today >= *limit) {
        Some(limit) => Err(UpdateShardCountError::TooOften { stream: stream.name.as_str().into(), limit }),
        None => Ok(()),
    }
}
