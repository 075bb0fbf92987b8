//! GetRecords: what a shard holds from an iterator on. Source: AWS API Reference, GetRecords, and
//! `docs/kinesis/streams.md#getrecords`.
//!
//! The answer keeps the log's blocks and is encoded straight from them; no record is copied before that.

use std::sync::Arc;
use std::time::Instant;

use flumen_access::Caller;
use flumen_protocol::kinesis::{GetRecordsCode, GetRecordsInput};
use flumen_protocol::{Operation, Refusal};
use flumen_storage::{Block, ReadError, ReadLimit, Record};
use flumen_types::{Creation, HashKeyRange, SequenceNumber, ShardId};

use super::put_records::ATTRIBUTE_NO_KEY;
use crate::Streams;
use crate::errors::{DoorError, DryRun, NotFound, ReadRefused, ShardThrottled, ShardUnreadable, StreamName};
use crate::live::Live;
use crate::metering::{Read, add};
use crate::state::{DAY_MS, Shard};
use crate::token::{IteratorError, SealError};

/// Reading what is older is billed apart.
const OLD_MS: u64 = 7 * DAY_MS;

/// The answer to GetRecords.
pub struct Fetched {
    pub records: Run,
    /// `None` at the end of a closed shard.
    pub next_shard_iterator: Option<String>,
    pub millis_behind_latest: u64,
    /// Not empty exactly when there is no next iterator.
    pub child_shards: Vec<Child>,
}

/// A child of a closed shard.
#[derive(Clone, Debug)]
pub struct Child(Shard);

impl Child {
    pub(crate) fn new(shard: Shard) -> Self {
        Child(shard)
    }

    pub fn id(&self) -> ShardId {
        self.0.id()
    }

    pub fn range(&self) -> HashKeyRange {
        self.0.range()
    }

    /// One for a split, two for a merge.
    pub fn parents(&self) -> impl Iterator<Item = ShardId> + '_ {
        [self.0.parent, self.0.adjacent_parent].into_iter().flatten().filter_map(ShardId::new)
    }
}

/// Consecutive records of one shard, still in the log's blocks.
pub struct Run {
    blocks: Vec<Block>,
    shard: ShardId,
    creation: Creation,
    first: u64,
    count: usize,
    bytes: usize,
    /// Position and time of the last record.
    last: Option<(u64, u64)>,
}

/// A record as a reader gets it.
pub struct Fetch<'a> {
    pub number: SequenceNumber,
    pub arrival_ms: u64,
    pub partition_key: Option<&'a [u8]>,
    pub data: &'a [u8],
    /// Whether it lies so, whatever is set for the stream by now.
    pub is_encrypted: bool,
}

impl Streams {
    /// At most `bytes_max` bytes of keys and data, but for a single record that is larger.
    pub async fn get_records(
        &self,
        caller: &Caller,
        input: &GetRecordsInput<'_>,
        bytes_max: usize,
    ) -> Result<Fetched, GetRecordsError> {
        let begun = Instant::now();
        let door = self.door(caller, Operation::GetRecords);
        let now_ms = self.now_ms();
        let at = self.inner.vault.open_iterator(&input.shard_iterator, now_ms)?;
        let target = door.iterator(&at, input.stream_arn.as_deref())?;
        let live = target.live();
        let gone = || at.gone();
        let slot = live.slot_of(at.shard);
        let horizon_ms = live.stream.horizon_ms(now_ms);
        let slot = slot.filter(|&slot| !live.shard(slot).is_expired(horizon_ms)).ok_or_else(gone)?;
        if input.dry_run == Some(true) {
            return Err(DryRun.into());
        }
        let meter = live.meter(slot).ok_or_else(gone)?;
        if !meter.may_read(now_ms) {
            add(&meter.counters.counts.own().read_throttled, 1);
            live.counters.read_throttled();
            return Err(ShardThrottled { shard: at.shard, stream: StreamName::of(&live.stream) }.into());
        }
        let limit = ReadLimit { records: door.page_limit(input.limit), bytes: bytes_max };
        let fetched = self.fetch(caller, live, slot, at.position, limit, now_ms).await?;
        let records = &fetched.records;
        meter.note_read(records.bytes());
        let read = Read {
            bytes: records.bytes() as u64,
            records: records.len() as u64,
            age_ms: fetched.millis_behind_latest,
            old: records.last_time_ms().is_some_and(|last| last + OLD_MS < now_ms),
        };
        live.counters.get_records(begun, &read);
        caller.noted().note_records(read.records, read.bytes);
        meter.counters.get_records(&read);
        Ok(fetched)
    }

    async fn fetch(
        &self,
        caller: &Caller,
        live: &Arc<Live>,
        slot: usize,
        position: u64,
        limit: ReadLimit,
        now_ms: u64,
    ) -> Result<Fetched, GetRecordsError> {
        let shard = live.shard(slot);
        let log = live.log(slot).ok_or_else(|| ReadRefused::from(ShardUnreadable::NoLog))?;
        // The end as it stands before the read: at or after it means that nothing was missed.
        let end = log.end();
        let records = self.read(caller, live, slot, position, limit, now_ms).await?;
        let next = records.next().unwrap_or(position.max(log.start().min(end)));
        if records.count == 0
            && next >= end
            && let Some(closed_ms) = shard.closed_at_ms
        {
            let children = live.stream.children_of(shard.index);
            return Ok(Fetched {
                records,
                next_shard_iterator: None,
                millis_behind_latest: now_ms.saturating_sub(closed_ms),
                child_shards: children.cloned().map(Child::new).collect(),
            });
        }
        let behind = match records.last_time_ms() {
            Some(last_ms) if next < end => now_ms.saturating_sub(last_ms),
            _ => 0,
        };
        Ok(Fetched {
            next_shard_iterator: Some(self.seal_iterator(live, shard.id(), next)?),
            records,
            millis_behind_latest: behind,
            child_shards: Vec::new(),
        })
    }

    /// Records from `position` on that retention has not taken at `now_ms`, up to the first that is encrypted and that the caller may
    /// not have, or nobody. Where that is the first of all, why.
    pub(crate) async fn read(
        &self,
        caller: &Caller,
        live: &Live,
        slot: usize,
        position: u64,
        limit: ReadLimit,
        now_ms: u64,
    ) -> Result<Run, ReadRefused> {
        let log = live.log(slot).ok_or(ShardUnreadable::NoLog)?;
        let horizon_ms = live.stream.horizon_ms(now_ms);
        let mut from = position;
        let mut read = log.read(from, limit).await;
        let may_be_past = match &read {
            Ok(blocks) => blocks.first().is_some_and(|block| block.time_ms() < horizon_ms),
            Err(error) => matches!(error, ReadError::NoKey { .. }),
        };
        if may_be_past {
            let oldest = log.find_time(horizon_ms).await?;
            if oldest > from {
                from = oldest;
                read = log.read(from, limit).await;
            }
        }
        let blocks = match read {
            Ok(blocks) => self.may_have(caller, live, blocks).await?,
            Err(error) => match self.why_unopened(caller, live, &error).await {
                Some(refused) => return Err(refused.into()),
                None => return Err(error.into()),
            },
        };
        Ok(Run::within(limit, blocks, live.shard(slot), from))
    }
}

/// Why GetRecords gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum GetRecordsError {
    #[error(transparent)]
    Iterator(#[from] IteratorError),
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(transparent)]
    DryRun(#[from] DryRun),
    #[error(transparent)]
    Throttled(#[from] ShardThrottled),
    #[error(transparent)]
    Refused(#[from] ReadRefused),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Refusal for GetRecordsError {
    type Code = GetRecordsCode;

    fn code(&self) -> GetRecordsCode {
        use GetRecordsCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) | Self::Iterator(IteratorError::Invalid) => {
                InvalidArgumentException
            }
            Self::Iterator(IteratorError::Expired(_)) => ExpiredIteratorException,
            // Calls that read records have no rate but that of their shard.
            Self::Door(DoorError::Rate(_)) | Self::Throttled(_) => ProvisionedThroughputExceededException,
            Self::DryRun(_) => DryRunOperationException,
            Self::Refused(ReadRefused::Key(refused)) => refused.into(),
            Self::Refused(ReadRefused::Unreadable(_)) | Self::Seal(_) => InternalFailure,
        }
    }
}

impl Run {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Keys and data.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn records(&self) -> impl Iterator<Item = Fetch<'_>> {
        self.stored().map(|(record, is_encrypted)| Fetch {
            number: SequenceNumber::of_record(self.creation, self.shard, record.position, record.time_ms),
            arrival_ms: record.time_ms,
            partition_key: (record.attributes & ATTRIBUTE_NO_KEY == 0).then_some(record.key),
            data: record.value,
            is_encrypted,
        })
    }

    /// The position after the last record, `None` without records.
    pub(crate) fn next(&self) -> Option<u64> {
        self.last.map(|(position, _)| position + 1)
    }

    pub(crate) fn last_time_ms(&self) -> Option<u64> {
        self.last.map(|(_, time_ms)| time_ms)
    }

    /// Whether some of them are encrypted.
    pub fn has_encrypted(&self) -> bool {
        self.blocks.iter().any(|block| block.key().is_some())
    }

    fn stored(&self) -> impl Iterator<Item = (Record<'_>, bool)> {
        let of_blocks = self.blocks.iter().flat_map(|block| {
            let is_encrypted = block.key().is_some();
            block.records_from(self.first).map(move |record| (record, is_encrypted))
        });
        of_blocks.take(self.count)
    }

    /// The records from `first` on that stay within the limit, though the blocks reach beyond it.
    fn within(limit: ReadLimit, blocks: Vec<Block>, shard: &Shard, first: u64) -> Run {
        let (mut count, mut bytes, mut last) = (0, 0, None);
        for record in blocks.iter().flat_map(|block| block.records_from(first)).take(limit.records) {
            let with_this = bytes + record.key.len() + record.value.len();
            if count > 0 && with_this > limit.bytes {
                break;
            }
            (count, bytes, last) = (count + 1, with_this, Some((record.position, record.time_ms)));
        }
        Run { blocks, shard: shard.id(), creation: shard.creation(), first, count, bytes, last }
    }
}
