//! ListShards, with its filters and pages. Source: AWS API Reference, ListShards and
//! ShardFilter, `docs/kinesis/streams.md#lists-of-shards` and `docs/kinesis/streams.md#pages`.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    HashKeyRange, ListShardsCode, ListShardsInput, ListShardsOutput, SequenceNumberRange,
    Shard as ShardShape, ShardFilter, ShardFilterType,
};
use flumen_protocol::{Operation, Refusal, Timestamp};
use flumen_types::ShardId;

use crate::Streams;
use crate::door::{Door, Target, require_steady};
use crate::errors::{DoorError, NotFound, StatusError};
use crate::state::{Shard, Stream};
use crate::token::{Page, PageError, SealError, ShardsFilter};

impl Streams {
    pub async fn list_shards(
        &self,
        caller: &Caller,
        input: &ListShardsInput<'_>,
    ) -> Result<ListShardsOutput<'static>, ListShardsError> {
        let door = self.door(caller, Operation::ListShards);
        let PageStart { target, after, filter } = match &input.next_token {
            Some(token) => self.continued(&door, token, input)?,
            None => self.begun(&door, input)?,
        };
        let (stream, now_ms) = (&target.stream, self.now_ms());
        require_steady(stream, now_ms)?;
        let limit = door.page_limit(input.max_results);
        let horizon_ms = stream.horizon_ms(now_ms);
        let listed = stream.shards.iter().filter(|shard| {
            !shard.is_expired(horizon_ms) && after.is_none_or(|a| shard.id() > a) && admits(filter, shard)
        });
        let mut shards: Vec<&Shard> = listed.take(limit + 1).collect();
        let has_more = shards.len() > limit;
        shards.truncate(limit);
        let next_token = match shards.last().filter(|_| has_more) {
            Some(last) => {
                let page = Page::Shards { group: stream.group, after: last.index, filter };
                Some(self.inner.vault.seal_page(&page, now_ms)?.into())
            }
            None => None,
        };
        Ok(ListShardsOutput { shards: Some(shards.into_iter().map(shard_shape).collect()), next_token })
    }

    fn begun(&self, door: &Door<'_>, input: &ListShardsInput<'_>) -> Result<PageStart, ListShardsError> {
        let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
        if name.is_none() && arn.is_none() {
            return Err(ListShardsError::NotNamed);
        }
        let named = door.named(name, arn)?;
        let asked = named.arn.clone();
        let parse = |text: &str| ShardId::parse(text).ok_or_else(|| NotFound::shard(text, &asked));
        let mut after = input.exclusive_start_shard_id.as_deref().map(parse).transpose()?;
        let target = named.find()?;
        if let Some(created) = input.stream_creation_timestamp
            && created != Timestamp::of_ms(target.stream.date_ms())
        {
            return Err(NotFound::of(&target.stream).into());
        }
        let mut filter = ShardsFilter::All;
        if let Some(given) = &input.shard_filter {
            if given.r#type == ShardFilterType::AfterShardId {
                let id = given.shard_id.as_deref().ok_or_else(|| filter_lacks(given, "ShardId"))?;
                after = after.max(Some(parse(id)?));
            } else {
                filter = resolve(given, &target.stream, self.now_ms())?;
            }
        }
        Ok(PageStart { target, after, filter })
    }

    /// A token stands for everything that the first page was asked with.
    fn continued(
        &self,
        door: &Door<'_>,
        token: &str,
        input: &ListShardsInput<'_>,
    ) -> Result<PageStart, ListShardsError> {
        let beside = [
            ("StreamName", input.stream_name.is_some()),
            ("StreamARN", input.stream_arn.is_some()),
            ("ExclusiveStartShardId", input.exclusive_start_shard_id.is_some()),
            ("ShardFilter", input.shard_filter.is_some()),
            ("StreamCreationTimestamp", input.stream_creation_timestamp.is_some()),
        ];
        if let Some((member, _)) = beside.iter().find(|(_, given)| *given) {
            return Err(ListShardsError::TokenAnd { member });
        }
        match self.inner.vault.open_page(token, self.now_ms())? {
            Page::Shards { group, after, filter } => {
                Ok(PageStart { target: door.shards_page(group)?, after: ShardId::new(after), filter })
            }
            _ => Err(PageError::Invalid.into()),
        }
    }
}

/// Why ListShards lists nothing.
#[derive(Debug, thiserror::Error)]
pub enum ListShardsError {
    #[error("Either NextToken or StreamName should be provided.")]
    NotNamed,
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("NextToken and {member} cannot be provided together.")]
    TokenAnd { member: &'static str },
    #[error(transparent)]
    Page(#[from] PageError),
    #[error("{member} must be provided in a ShardFilter of type {}.", .kind.as_str())]
    FilterLacks { member: &'static str, kind: ShardFilterType },
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Refusal for ListShardsError {
    type Code = ListShardsCode;

    fn code(&self) -> ListShardsCode {
        use ListShardsCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_))
            | Self::NotNamed
            | Self::TokenAnd { .. }
            | Self::Page(PageError::Invalid)
            | Self::FilterLacks { .. } => InvalidArgumentException,
            Self::Page(PageError::Expired(_)) => ExpiredNextTokenException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Seal(_) => InternalFailure,
        }
    }
}

/// What a page continues or begins.
struct PageStart {
    target: Target,
    after: Option<ShardId>,
    filter: ShardsFilter,
}

/// Fixes the times that a filter speaks of, so that every page sees the same ones.
fn resolve(filter: &ShardFilter<'_>, stream: &Stream, now_ms: u64) -> Result<ShardsFilter, ListShardsError> {
    use ShardFilterType::*;
    let horizon_ms = stream.horizon_ms(now_ms).max(stream.created_at_ms);
    let given_ms = |name| {
        let given = filter.timestamp.ok_or_else(|| filter_lacks(filter, name))?;
        Ok::<_, ListShardsError>(u64::try_from(given.0).unwrap_or(0).max(horizon_ms))
    };
    match filter.r#type {
        AfterShardId | FromTrimHorizon => Ok(ShardsFilter::All),
        AtTrimHorizon => Ok(ShardsFilter::At { ms: horizon_ms }),
        AtLatest => Ok(ShardsFilter::Latest),
        AtTimestamp => Ok(ShardsFilter::At { ms: given_ms("Timestamp")? }),
        FromTimestamp => Ok(ShardsFilter::From { ms: given_ms("Timestamp")? }),
    }
}

fn filter_lacks(filter: &ShardFilter<'_>, member: &'static str) -> ListShardsError {
    ListShardsError::FilterLacks { member, kind: filter.r#type }
}

/// A shard counts as open until its children are, so that the shards of any moment cover the ring once.
fn admits(filter: ShardsFilter, shard: &Shard) -> bool {
    match filter {
        ShardsFilter::All => true,
        ShardsFilter::Latest => shard.is_open(),
        ShardsFilter::At { ms } => {
            shard.opened_at_ms <= ms && shard.closed_at_ms.is_none_or(|closed| ms < closed)
        }
        ShardsFilter::From { ms } => shard.closed_at_ms.is_none_or(|closed| ms <= closed),
    }
}

/// A shard as DescribeStream says it, too.
pub(crate) fn shard_shape(shard: &Shard) -> ShardShape<'static> {
    let id_of = |index| ShardId::new(index).unwrap_or(ShardId::MAX).to_string().into();
    ShardShape {
        shard_id: shard.id().to_string().into(),
        parent_shard_id: shard.parent.map(id_of),
        adjacent_parent_shard_id: shard.adjacent_parent.map(id_of),
        hash_key_range: range_shape(shard),
        sequence_number_range: SequenceNumberRange {
            starting_sequence_number: shard.start_number().to_string().into(),
            ending_sequence_number: shard.end_number().map(|number| number.to_string().into()),
        },
    }
}

pub(crate) fn range_shape(shard: &Shard) -> HashKeyRange<'static> {
    let range = shard.range();
    HashKeyRange {
        starting_hash_key: range.start.to_string().into(),
        ending_hash_key: range.end.to_string().into(),
    }
}
