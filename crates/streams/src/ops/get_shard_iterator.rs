//! GetShardIterator: from one of five ways to name a place to a sealed position.
//! Source: AWS API Reference, GetShardIterator, and `docs/kinesis/streams.md#iterators`.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    GetShardIteratorCode, GetShardIteratorInput, GetShardIteratorOutput, ShardIteratorType,
};
use flumen_protocol::{Operation, Refusal};
use flumen_storage::Log;
use flumen_types::sequence_number::Decoded;
use flumen_types::{SequenceNumber, ShardId};

use crate::Streams;
use crate::errors::{DoorError, DryRun, NotFound, ShardThrottled, ShardUnreadable, StreamName};
use crate::live::Live;
use crate::state::Shard;
use crate::token::{Position, SealError};

/// A place in a shard as a request names it.
#[derive(Clone, Copy)]
pub(crate) struct RequestedPosition<'a> {
    pub kind: ShardIteratorType,
    pub number: Option<&'a str>,
    pub timestamp_ms: Option<i64>,
    /// For texts that name the operation.
    pub operation: Operation,
}

impl Streams {
    pub async fn get_shard_iterator(
        &self,
        caller: &Caller,
        input: &GetShardIteratorInput<'_>,
    ) -> Result<GetShardIteratorOutput<'static>, GetShardIteratorError> {
        let now_ms = self.now_ms();
        let door = self.door(caller, Operation::GetShardIterator);
        let named = door.named(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let asked = named.arn.clone();
        let id = ShardId::parse(&input.shard_id).ok_or_else(|| NotFound::shard(&input.shard_id, &asked))?;
        let missing = || NotFound::shard_gone(id, &asked);
        let target = match named.find() {
            // A stream that is not there is told as its shard.
            Err(DoorError::NotFound(_)) => return Err(missing().into()),
            found => found?,
        };
        let live = target.live();
        let slot = live
            .slot_of(id)
            .filter(|_| live.stream.shows_shards(now_ms))
            .filter(|&slot| !live.shard(slot).is_expired(live.stream.horizon_ms(now_ms)))
            .ok_or_else(missing)?;
        if live.meter(slot).is_some_and(|meter| !meter.may_get_iterator(now_ms)) {
            return Err(ShardThrottled { shard: id, stream: StreamName::of(&live.stream) }.into());
        }
        let requested = RequestedPosition {
            kind: input.shard_iterator_type,
            number: input.starting_sequence_number.as_deref(),
            timestamp_ms: input.timestamp.map(|t| t.0),
            operation: Operation::GetShardIterator,
        };
        let position = self.resolve(live, slot, requested).await?;
        if input.dry_run == Some(true) {
            return Err(DryRun.into());
        }
        let iterator = self.seal_iterator(live, id, position)?;
        Ok(GetShardIteratorOutput { shard_iterator: Some(iterator.into()) })
    }

    /// The position of the next record to read.
    pub(crate) async fn resolve(
        &self,
        live: &Live,
        slot: usize,
        requested: RequestedPosition<'_>,
    ) -> Result<u64, PositionError> {
        use ShardIteratorType::*;
        let log = live.log(slot).ok_or(ShardUnreadable::NoLog)?;
        let kind = requested.kind;
        match kind {
            TrimHorizon | Latest if requested.number.is_some() => {
                Err(InvalidPosition::NumberNotWanted { kind }.into())
            }
            TrimHorizon => Ok(log.start()),
            Latest => Ok(log.end()),
            AtSequenceNumber | AfterSequenceNumber => {
                let number = requested.number.ok_or(InvalidPosition::NumberWanted { kind })?;
                let number = check_number(live, live.shard(slot), number, requested.operation)?;
                let position = match kind {
                    AfterSequenceNumber if number.is_end() => {
                        return Err(InvalidPosition::Last { kind }.into());
                    }
                    AfterSequenceNumber => number.index,
                    _ => number.position().unwrap_or(0),
                };
                // At a closed shard's ending number, which is beyond all records, the end is what comes next.
                Ok(position.min(log.end()))
            }
            AtTimestamp => {
                let dated_ms = live.stream.date_ms();
                self.at_timestamp(log, requested.timestamp_ms, dated_ms).await
            }
        }
    }

    /// A time that the stream or a record of the shard is dated at is none of the future, whatever the clock
    /// says.
    async fn at_timestamp(
        &self,
        log: &Log,
        timestamp_ms: Option<i64>,
        dated_ms: u64,
    ) -> Result<u64, PositionError> {
        let timestamp_ms = timestamp_ms.ok_or(InvalidPosition::TimestampWanted)?;
        let now_ms = self.now_ms();
        // Before the epoch is before every record.
        let ms = u64::try_from(timestamp_ms).unwrap_or(0);
        if ms > now_ms.max(dated_ms).max(log.last_time_ms().unwrap_or(0)) {
            return Err(InvalidPosition::InTheFuture { timestamp_ms: ms, now_ms }.into());
        }
        Ok(log.find_time(ms).await.map_err(ShardUnreadable::from)?)
    }

    pub(crate) fn seal_iterator(
        &self,
        live: &Live,
        shard: ShardId,
        position: u64,
    ) -> Result<String, SealError> {
        let stream = &live.stream;
        let at = Position {
            group: stream.group,
            shard,
            position,
            account: stream.account.clone(),
            stream: stream.name.clone(),
        };
        self.inner.vault.seal_iterator(&at, self.now_ms())
    }
}

/// Why GetShardIterator gives none.
#[derive(Debug, thiserror::Error)]
pub enum GetShardIteratorError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(transparent)]
    Throttled(#[from] ShardThrottled),
    #[error(transparent)]
    Position(#[from] PositionError),
    #[error(transparent)]
    DryRun(#[from] DryRun),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Refusal for GetShardIteratorError {
    type Code = GetShardIteratorCode;

    fn code(&self) -> GetShardIteratorCode {
        use GetShardIteratorCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) | Self::Position(PositionError::Invalid(_)) => {
                InvalidArgumentException
            }
            // Calls for a shard's records have no rate but that of the shard.
            Self::Door(DoorError::Rate(_)) | Self::Throttled(_) => ProvisionedThroughputExceededException,
            Self::DryRun(_) => DryRunOperationException,
            Self::Position(PositionError::Older | PositionError::Unreadable(_)) | Self::Seal(_) => {
                InternalFailure
            }
        }
    }
}

/// Where a shard is to be read from cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum PositionError {
    #[error(transparent)]
    Invalid(#[from] InvalidPosition),
    /// The real service fails in the same way for these.
    #[error("a sequence number of version 0 is not to be read")]
    Older,
    #[error(transparent)]
    Unreadable(#[from] ShardUnreadable),
}

/// There is no such place in the shard: `docs/kinesis/streams.md#iterators`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPosition {
    #[error("{EITHER} {} and no StartingSequenceNumber.", .kind.as_str())]
    NumberWanted { kind: ShardIteratorType },
    #[error("{EITHER} {} and also a StartingSequenceNumber.", .kind.as_str())]
    NumberNotWanted { kind: ShardIteratorType },
    #[error(
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp \
         parameter."
    )]
    TimestampWanted,
    #[error(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: \
         {timestamp_ms}, currentTimestampInMillis: {now_ms}"
    )]
    InTheFuture { timestamp_ms: u64, now_ms: u64 },
    #[error(
        "StartingSequenceNumber {number} used in {} on shard {shard} in stream {stream} is invalid.",
        .operation.as_str()
    )]
    NoNumber { number: Box<str>, operation: Operation, shard: ShardId, stream: StreamName },
    #[error(
        "StartingSequenceNumber {number} used in {} on shard {shard} in stream {stream} is invalid because it did not \
         come from this stream.",
        .operation.as_str()
    )]
    OfOtherStream { number: Box<str>, operation: Operation, shard: ShardId, stream: StreamName },
    #[error(
        "Invalid StartingSequenceNumber. It encodes {encoded}, while it was used in a call to a shard with {used}"
    )]
    OfOtherShard { encoded: ShardId, used: ShardId },
    /// A shard's own ending number.
    #[error(
        "Invalid SequenceNumber for ShardIteratorType {}, SequenceNumber has reached max possible value for the shard.",
        .kind.as_str()
    )]
    Last { kind: ShardIteratorType },
}

const EITHER: &str = "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or \
                      (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified";

/// A sequence number that this very shard could have issued.
fn check_number(
    live: &Live,
    shard: &Shard,
    number: &str,
    operation: Operation,
) -> Result<SequenceNumber, PositionError> {
    let used = shard.id();
    let stream = || StreamName::of(&live.stream);
    let Some(decoded) = SequenceNumber::decode(number) else {
        let number = number.into();
        return Err(InvalidPosition::NoNumber { number, operation, shard: used, stream: stream() }.into());
    };
    let encoded = match decoded {
        Decoded::V2(number) => number.shard,
        Decoded::Older { shard, .. } => shard,
    };
    if encoded != used {
        return Err(InvalidPosition::OfOtherShard { encoded, used }.into());
    }
    match decoded {
        Decoded::V2(number) if number.creation == shard.creation() => Ok(number),
        Decoded::Older { version: 0, .. } => Err(PositionError::Older),
        _ => {
            let number = number.into();
            Err(InvalidPosition::OfOtherStream { number, operation, shard: used, stream: stream() }.into())
        }
    }
}
