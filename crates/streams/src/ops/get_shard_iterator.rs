//! GetShardIterator: from one of five ways to name a place to a sealed position.
//! Source: `kinesis-semantics.md` section 5.1.

use flumen_access::Caller;
use flumen_protocol::kinesis::{GetShardIteratorInput, GetShardIteratorOutput, ShardIteratorType};
use flumen_protocol::{ErrorCode, Fault, Operation};
use flumen_storage::Log;
use flumen_types::sequence_number::Decoded;
use flumen_types::{SequenceNumber, ShardId};

use crate::live::Live;
use crate::state::Shard;
use crate::token::Position;
use crate::{Streams, faults};

/// A place in a shard as a request names it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
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
    ) -> Result<GetShardIteratorOutput<'static>, Fault> {
        let now_ms = self.now_ms();
        let door = self.door(caller, Operation::GetShardIterator);
        let named = door.named(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let asked = named.arn.clone();
        let Some(id) = ShardId::parse(&input.shard_id) else {
            return Err(faults::shard_not_found(&asked.name, &asked.realm.account, &input.shard_id));
        };
        let missing = || faults::shard_does_not_exist(&asked.name, &asked.realm.account, id);
        // A stream that is not there is told as its shard.
        let target = named.find().map_err(|fault| match fault.code {
            ErrorCode::ResourceNotFoundException => missing(),
            _ => fault,
        })?;
        let live = target.live();
        let slot = live
            .slot_of(id)
            .filter(|_| live.stream.shows_shards(now_ms))
            .filter(|&slot| !live.shard(slot).is_expired(live.stream.horizon_ms(now_ms)))
            .ok_or_else(missing)?;
        if live.meter(slot).is_some_and(|meter| !meter.may_place(now_ms)) {
            return Err(faults::throttled(&live.stream, id));
        }
        let place = Place {
            kind: input.shard_iterator_type,
            number: input.starting_sequence_number.as_deref(),
            timestamp_ms: input.timestamp.map(|t| t.0),
            operation: Operation::GetShardIterator,
        };
        let position = self.resolve(live, slot, place).await?;
        if input.dry_run == Some(true) {
            return Err(faults::dry_run());
        }
        let iterator = self.seal_iterator(live, id, position)?;
        Ok(GetShardIteratorOutput { shard_iterator: Some(iterator.into()) })
    }

    /// The position of the next record to read.
    pub(crate) async fn resolve(&self, live: &Live, slot: usize, place: Place<'_>) -> Result<u64, Fault> {
        use ShardIteratorType::*;
        let log = live.log(slot).ok_or_else(|| faults::internal("a shard has no log"))?;
        let kind = place.kind.as_str();
        match place.kind {
            TrimHorizon | Latest if place.number.is_some() => Err(faults::number_not_wanted(kind)),
            TrimHorizon => Ok(log.start()),
            Latest => Ok(log.end()),
            AtSequenceNumber | AfterSequenceNumber => {
                let number = place.number.ok_or_else(|| faults::number_wanted(kind))?;
                let number = check_number(live, live.shard(slot), number, place.operation)?;
                let position = match place.kind {
                    AfterSequenceNumber if number.is_end() => return Err(faults::number_is_the_last(kind)),
                    AfterSequenceNumber => number.index,
                    _ => number.position().unwrap_or(0),
                };
                // At a closed shard's ending number, which is beyond all records, the end is what comes next.
                Ok(position.min(log.end()))
            }
            AtTimestamp => {
                let dated_ms = live.stream.date_ms();
                self.at_timestamp(log, place.timestamp_ms, dated_ms).await
            }
        }
    }

    /// A time that the stream or a record of the shard is dated at is none of the future, whatever the clock
    /// says.
    async fn at_timestamp(&self, log: &Log, timestamp_ms: Option<i64>, dated_ms: u64) -> Result<u64, Fault> {
        let timestamp_ms = timestamp_ms.ok_or_else(faults::timestamp_wanted)?;
        let now_ms = self.now_ms();
        // Before the epoch is before every record.
        let ms = u64::try_from(timestamp_ms).unwrap_or(0);
        if ms > now_ms.max(dated_ms).max(log.last_time_ms().unwrap_or(0)) {
            return Err(faults::timestamp_in_the_future(ms, now_ms));
        }
        log.find_time(ms).await.map_err(faults::of_read)
    }

    pub(crate) fn seal_iterator(&self, live: &Live, shard: ShardId, position: u64) -> Result<String, Fault> {
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

/// A sequence number that this very shard could have issued.
fn check_number(
    live: &Live,
    shard: &Shard,
    number: &str,
    operation: Operation,
) -> Result<SequenceNumber, Fault> {
    let stream = &live.stream;
    let decoded = SequenceNumber::decode(number)
        .ok_or_else(|| faults::number_invalid(stream, shard.id(), number, operation))?;
    let encoded_shard = match decoded {
        Decoded::V2(number) => number.shard,
        Decoded::Older { shard, .. } => shard,
    };
    if encoded_shard != shard.id() {
        return Err(faults::number_of_other_shard(encoded_shard, shard.id()));
    }
    match decoded {
        Decoded::V2(number) if number.creation == shard.creation() => Ok(number),
        // The real service fails in the same way for these.
        Decoded::Older { version: 0, .. } => Err(Fault::bare(ErrorCode::InternalFailure)),
        _ => Err(faults::number_of_other_stream(stream, shard.id(), number, operation)),
    }
}
