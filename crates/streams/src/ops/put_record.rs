//! PutRecord: PutRecords with one record, and an error where that has a result.

use std::time::Instant;

use flumen_access::Caller;
use flumen_protocol::kinesis::{PutRecordCode, PutRecordInput};
use flumen_protocol::{Operation, Refusal};
use flumen_types::SequenceNumber;
use flumen_types::clock::SKEW_MS;
use flumen_types::sequence_number::Decoded;

use super::put_records::{NewRecord, NotStored, Put, RecordError, StoreError, Stored, check_sizes};
use crate::Streams;
use crate::errors::{DoorError, DryRun, KeyRefused, StreamName};
use crate::live::Live;

impl Streams {
    /// Where it is, and whether it lies encrypted.
    pub async fn put_record(
        &self,
        caller: &Caller,
        input: &PutRecordInput<'_>,
    ) -> Result<(Stored, bool), PutRecordError> {
        let begun = Instant::now();
        let door = self.door(caller, Operation::PutRecord);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let live = self.writable(&target)?;
        let record =
            NewRecord::new(&input.data, input.partition_key.as_deref(), input.explicit_hash_key.as_deref());
        check_sizes(&live.stream, &[record], |_| "data".to_owned())?;
        let hash_keys = self.hash_keys(live, &[record])?;
        if let Some(number) = &input.sequence_number_for_ordering {
            self.check_ordering(live, number)?;
        }
        let sealed_by = self.sealing_key(caller, live).await?;
        if input.dry_run == Some(true) {
            return Err(DryRun.into());
        }
        let (counters, is_encrypted) = (live.counters.clone(), sealed_by.is_some());
        let (mut puts, tally) = self.store(live.clone(), &[record], &hash_keys, sealed_by).await?;
        counters.put_record(begun, &tally);
        caller.noted().note_records(tally.records, tally.bytes);
        match puts.pop() {
            Some(Put::Stored(stored)) => Ok((stored, is_encrypted)),
            Some(Put::Refused(error)) => Err(error.into()),
            None => Err(NotStored::NoAnswer.into()),
        }
    }

    /// A number issued by a shard is below every later one of that shard by itself; what is left to refuse
    /// are numbers that nobody issued, and those from the future: later than any clock may be, and than all that
    /// the stream's own shards have.
    fn check_ordering(&self, live: &Live, number: &str) -> Result<(), PutRecordError> {
        let valid = match SequenceNumber::decode(number) {
            Some(Decoded::V2(decoded)) => {
                decoded.put_s <= (self.now_ms() + SKEW_MS) / 1000 || decoded.put_s <= live.newest_s()
            }
            Some(Decoded::Older { .. }) => true,
            None => false,
        };
        match valid {
            true => Ok(()),
            false => {
                Err(PutRecordError::Ordering { number: number.into(), stream: StreamName::of(&live.stream) })
            }
        }
    }
}

/// Why PutRecord stores nothing.
#[derive(Debug, thiserror::Error)]
pub enum PutRecordError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream} is invalid.")]
    Ordering { number: Box<str>, stream: StreamName },
    #[error(transparent)]
    Key(#[from] KeyRefused),
    #[error(transparent)]
    DryRun(#[from] DryRun),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NotStored(#[from] NotStored),
}

impl Refusal for PutRecordError {
    type Code = PutRecordCode;

    fn code(&self) -> PutRecordCode {
        use PutRecordCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Store(StoreError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_))
            | Self::Record(RecordError::Keys(_))
            | Self::Ordering { .. } => InvalidArgumentException,
            Self::Record(RecordError::TooLarge { .. }) => ValidationException,
            Self::Store(StoreError::NotBase64(_)) => SerializationException,
            // Calls that put records have no rate but that of their shards.
            Self::Door(DoorError::Rate(_))
            | Self::Store(StoreError::Full(_))
            | Self::NotStored(NotStored::Throttled(_)) => ProvisionedThroughputExceededException,
            Self::Key(refused) => refused.into(),
            Self::DryRun(_) => DryRunOperationException,
            Self::Store(StoreError::Failed(_)) | Self::NotStored(NotStored::Log(_) | NotStored::NoAnswer) => {
                InternalFailure
            }
        }
    }
}
