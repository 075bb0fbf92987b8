//! PutRecords: up to 500 records onto the shards that their keys belong to, with a result for each.
//! PutRecord is the same with one record.
//!
//! The records of one shard go into one batch, in the order of the request, and all batches into one
//! append: one hop to the log and one wake-up, however many shards a request touches.
//! Source: AWS API Reference, PutRecord and PutRecords, and `docs/kinesis/streams.md#writing`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flumen_access::Caller;
use flumen_protocol::kinesis::{PutRecordsCode, PutRecordsInput, PutRecordsRequestEntry};
use flumen_protocol::{Blob, NotBase64, Operation, Refusal};
use flumen_storage::{Append, AppendError, Appended, BatchBuilder, BlockKey};
use flumen_types::{HashKey, SequenceNumber, ShardId};
use smallvec::{SmallVec, smallvec};

use crate::Streams;
use crate::door::Target;
use crate::errors::{AccountFull, DoorError, DryRun, KeyRefused, NotFound, ShardThrottled, StreamName};
use crate::live::Live;
use crate::metering::{Tally, add};
use crate::state::{Distribution, Status, Stream};

/// Partition keys and data of one PutRecords together.
const REQUEST_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The record frames of the log: reserved beside key and data when a batch is sized.
const FRAME_BYTES: usize = 8;
/// How long a put waits for the children of a shard that closes under it. A reshard takes one append to
/// the control log; this passes only when that log is in trouble.
const RESHARD_WAIT: Duration = Duration::from_secs(10);

/// The record carries no partition key (distribution AUTO).
pub const ATTRIBUTE_NO_KEY: u8 = 1;

/// One for each record or shard of a request; PutRecord's one needs no memory of its own.
pub(crate) type Each<T> = SmallVec<[T; 1]>;

/// A record to be put, from either operation.
#[derive(Clone, Copy)]
pub(crate) struct NewRecord<'a> {
    data: &'a Blob<'a>,
    /// Decoded.
    data_len: usize,
    partition_key: Option<&'a str>,
    explicit_hash_key: Option<&'a str>,
}

/// What became of one record.
#[derive(Clone, Debug)]
pub enum Put {
    Stored(Stored),
    Refused(NotStored),
}

/// Where a record is.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    pub shard: ShardId,
    pub number: SequenceNumber,
}

impl Streams {
    /// One result a record, in the order of the request, and whether they lie encrypted.
    pub async fn put_records(
        &self,
        caller: &Caller,
        input: &PutRecordsInput<'_>,
    ) -> Result<(Vec<Put>, bool), PutRecordsError> {
        let begun = Instant::now();
        let door = self.door(caller, Operation::PutRecords);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let live = self.writable(&target)?;
        let records: Vec<NewRecord<'_>> = input.records.iter().map(NewRecord::from).collect();
        check_sizes(&live.stream, &records, |i| format!("records.{}.member.data", i + 1))?;
        let bytes: usize = records.iter().map(NewRecord::bytes).sum();
        if bytes > REQUEST_BYTES_MAX {
            return Err(PutRecordsError::RequestTooLarge);
        }
        let hash_keys = self.hash_keys(live, &records)?;
        let sealed_by = self.sealing_key(caller, live).await?;
        if input.dry_run == Some(true) {
            return Err(DryRun.into());
        }
        let (counters, is_encrypted) = (live.counters.clone(), sealed_by.is_some());
        let (puts, tally) = self.store(live.clone(), &records, &hash_keys, sealed_by).await?;
        counters.put_records(begun, records.len(), &tally);
        caller.noted().note_records(tally.records, tally.bytes);
        if tally.records < records.len() as u64 {
            log_failures(&live.stream, &puts);
        }
        Ok((puts.into_vec(), is_encrypted))
    }

    /// The stream, when it takes records. CREATING and DELETING answer as if it were not there.
    pub(crate) fn writable<'t>(&self, target: &'t Target) -> Result<&'t Arc<Live>, StoreError> {
        let takes = |at_ms| matches!(target.stream.status(at_ms), Some(Status::Active | Status::Updating));
        // As this picture of it shows it, it goes on to take them once it does.
        match takes(self.latest_ms()) || takes(self.now_ms()) {
            true => Ok(target.live()),
            false => Err(NotFound::of(&target.stream).into()),
        }
    }

    /// Where each record falls on the ring.
    pub(crate) fn hash_keys(
        &self,
        live: &Live,
        records: &[NewRecord<'_>],
    ) -> Result<Each<HashKey>, RecordError> {
        if live.stream.distribution == Distribution::Auto {
            return Ok(records.iter().map(|_| self.spread()).collect());
        }
        if let [record] = records {
            let explicit = record.explicit_hash_key(0)?;
            let hash_key = explicit.or_else(|| record.partition_key.map(HashKey::of_partition_key));
            return Ok(hash_key.into_iter().collect());
        }
        let mut hash_keys: Each<HashKey> = smallvec![HashKey::MIN; records.len()];
        for (i, (record, hash_key)) in records.iter().zip(&mut hash_keys).enumerate() {
            if let Some(explicit) = record.explicit_hash_key(i)? {
                *hash_key = explicit;
            }
        }
        let hashed =
            records.iter().zip(&mut hash_keys).filter(|(record, _)| record.explicit_hash_key.is_none());
        HashKey::of_partition_keys(
            hashed.filter_map(|(record, hash_key)| Some((record.partition_key?, hash_key))),
        );
        Ok(hash_keys)
    }

    /// Appends the records to the logs of their shards. A shard that closes meanwhile passes its records
    /// on to its children, so a reshard is never seen by a writer. Answers with what was stored, too. What has a key to be
    /// `sealed_by` lies so on disk.
    pub(crate) async fn store(
        &self,
        mut live: Arc<Live>,
        records: &[NewRecord<'_>],
        hash_keys: &[HashKey],
        sealed_by: Option<Arc<BlockKey>>,
    ) -> Result<(Each<Put>, Tally), StoreError> {
        if let Some(limit) = &live.storage_limit {
            limit.check()?;
        }
        let mut tally = Tally::default();
        let mut results: Each<Put> = smallvec![Put::Refused(NotStored::NoAnswer); records.len()];
        let mut waiting: Each<u32> = (0..).take(records.len()).collect();
        loop {
            let mut parts = Parts::of(&live, &waiting, hash_keys)?;
            if live.limits.is_some() {
                tally.throttled += parts.admit(&live, records, self.now_ms(), &mut results)?;
                // The log has nothing to do with what is refused whole.
                if parts.0.is_empty() {
                    break;
                }
            }
            let appends = self.appends(&live, &parts, records, sealed_by.as_ref())?;
            let mut sealed = Each::new();
            let queued = Instant::now();
            let answers = self.inner.storage.append(appends).await;
            self.inner.append_time.add(queued.elapsed());
            for (part, answer) in parts.0.iter().zip(answers) {
                match answer {
                    Ok(appended) => {
                        part.stored(&live, appended, &mut results);
                        tally.add(&part.count(&live, records, hash_keys));
                    }
                    Err(AppendError::Sealed) => sealed.extend_from_slice(&part.records),
                    // With the stream, and with whatever of the request was stored in it.
                    Err(AppendError::Deleted) => return Err(NotFound::of(&live.stream).into()),
                    Err(error) => part.refused(&live, error, &mut results),
                }
            }
            if sealed.is_empty() {
                break;
            }
            live = self.after_reshard(&live).await?;
            sealed.sort_unstable();
            waiting = sealed;
        }
        Ok((results, tally))
    }

    fn appends(
        &self,
        live: &Live,
        parts: &Parts,
        records: &[NewRecord<'_>],
        sealed_by: Option<&Arc<BlockKey>>,
    ) -> Result<Vec<Append>, StoreError> {
        let time_ms = self.now_ms();
        let append = |part: &Part| {
            let bytes = part.records.iter().map(|&i| records[i as usize].bytes() + FRAME_BYTES).sum();
            let mut batch = BatchBuilder::with_capacity(bytes);
            for &i in &part.records {
                records[i as usize].push_to(&mut batch)?;
            }
            let log = live.log(part.slot).ok_or(StoreFailure::NoLog)?;
            let batch = match sealed_by {
                Some(key) => batch.finish_sealed(log.id(), key.clone()).ok_or(StoreFailure::NotSealed)?,
                None => batch.finish(),
            };
            Ok(Append { log: log.clone(), time_ms, batch })
        };
        parts.0.iter().map(append).collect()
    }

    /// Waits until the stream is not any more as `before` shows it, and no reshard of it is under way.
    async fn after_reshard(&self, before: &Live) -> Result<Arc<Live>, StoreError> {
        let changed = async {
            loop {
                let published = self.inner.published.notified();
                let live = self.by_group(before.stream.group);
                let live = live.ok_or_else(|| NotFound::of(&before.stream))?;
                if !Arc::ptr_eq(&live.stream, &before.stream) && live.stream.plan.is_none() {
                    return Ok(live);
                }
                published.await;
            }
        };
        let timeout = tokio::time::timeout(RESHARD_WAIT, changed).await;
        timeout.unwrap_or_else(|_| Err(StoreFailure::ReshardUnfinished.into()))
    }
}

/// Why PutRecords stores nothing.
#[derive(Debug, thiserror::Error)]
pub enum PutRecordsError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("Records size exceeds {} MB limit", REQUEST_BYTES_MAX >> 20)]
    RequestTooLarge,
    #[error(transparent)]
    Key(#[from] KeyRefused),
    #[error(transparent)]
    DryRun(#[from] DryRun),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refusal for PutRecordsError {
    type Code = PutRecordsCode;

    fn code(&self) -> PutRecordsCode {
        use PutRecordsCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Store(StoreError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_))
            | Self::Record(RecordError::Keys(_))
            | Self::RequestTooLarge => InvalidArgumentException,
            Self::Record(RecordError::TooLarge { .. }) => ValidationException,
            Self::Store(StoreError::NotBase64(_)) => SerializationException,
            // Calls that put records have no rate but that of their shards. Whoever puts comes again later where there is no
            // room, as it may be there then.
            Self::Door(DoorError::Rate(_)) | Self::Store(StoreError::Full(_)) => {
                ProvisionedThroughputExceededException
            }
            Self::Key(refused) => refused.into(),
            Self::DryRun(_) => DryRunOperationException,
            Self::Store(StoreError::Failed(_)) => InternalFailure,
        }
    }
}

/// The stream does not take a record, which fails the whole request: `docs/kinesis/streams.md#routing` and
/// `docs/kinesis/streams.md#writing`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error(
        "1 validation error detected: Value at '{at}' failed to satisfy constraint: Member must have length less than or \
         equal to {limit}"
    )]
    TooLarge { at: Box<str>, limit: usize },
    #[error(transparent)]
    Keys(#[from] InvalidKey),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    #[error("PartitionKey is required; record {} has none.", .place + 1)]
    NoPartitionKey { place: usize },
    #[error(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {value}"
    )]
    ExplicitHashKey { value: Box<str> },
}

/// The records of a request are not stored, or not all of them and it is not known which.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Gone(#[from] NotFound),
    #[error(transparent)]
    NotBase64(#[from] NotBase64),
    #[error(transparent)]
    Full(#[from] AccountFull),
    #[error(transparent)]
    Failed(#[from] StoreFailure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFailure {
    #[error("no open shard covers the hash key")]
    NoShard,
    #[error("a shard has no log")]
    NoLog,
    #[error("the cipher seals no block")]
    NotSealed,
    #[error("a reshard of the stream does not come to its end")]
    ReshardUnfinished,
}

/// One record is not stored, while others of its request may be.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotStored {
    #[error(transparent)]
    Throttled(Arc<ShardThrottled>),
    #[error(transparent)]
    Log(AppendError),
    #[error("the log gave no answer")]
    NoAnswer,
}

impl Refusal for NotStored {
    type Code = PutRecordsCode;

    fn code(&self) -> PutRecordsCode {
        use PutRecordsCode::*;
        match self {
            Self::Throttled(_) => ProvisionedThroughputExceededException,
            Self::Log(_) | Self::NoAnswer => InternalFailure,
        }
    }
}

/// The records of a request that go to one shard.
struct Part {
    slot: usize,
    /// Places in the request, rising.
    records: Each<u32>,
}

struct Parts(Each<Part>);

impl Parts {
    fn of(live: &Live, records: &[u32], hash_keys: &[HashKey]) -> Result<Self, StoreFailure> {
        if let [i] = *records {
            let slot = live.route(hash_keys[i as usize]).ok_or(StoreFailure::NoShard)?;
            return Ok(Parts(smallvec![Part { slot, records: smallvec![i] }]));
        }
        let mut parts = Each::<Part>::new();
        // The part of each slot, so that a record costs one look-up however many shards there are.
        let mut part_of = vec![u32::MAX; live.slots()];
        for &i in records {
            let slot = live.route(hash_keys[i as usize]).ok_or(StoreFailure::NoShard)?;
            if part_of[slot] == u32::MAX {
                part_of[slot] = parts.len() as u32;
                let room = records.len() / live.slots().max(1) * 2 + 1;
                parts.push(Part { slot, records: Each::with_capacity(room.min(records.len())) });
            }
            parts[part_of[slot] as usize].records.push(i);
        }
        Ok(Parts(parts))
    }

    /// Keeps what the shards' limits let in and refuses the rest, whose number it answers with. What is kept
    /// will be decoded; in what is not, too, data that is not base64 fails the whole request.
    fn admit(
        &mut self,
        live: &Live,
        records: &[NewRecord<'_>],
        now_ms: u64,
        results: &mut [Put],
    ) -> Result<u64, NotBase64> {
        let mut refused = 0;
        for part in &mut self.0 {
            let Some(meter) = live.meter(part.slot) else { continue };
            let admitted = meter.admit(part.records.iter().map(|&i| records[i as usize].bytes()), now_ms);
            if admitted < part.records.len() {
                part.records[admitted..].iter().try_for_each(|&i| records[i as usize].data.check())?;
                let over = (part.records.len() - admitted) as u64;
                add(&meter.counters.counts.own().write_throttled, over);
                refused += over;
                let throttled = NotStored::throttled(live, part.slot);
                for i in part.records.drain(admitted..) {
                    results[i as usize] = Put::Refused(throttled.clone());
                }
            }
        }
        self.0.retain(|part| !part.records.is_empty());
        Ok(refused)
    }
}

impl Part {
    fn stored(&self, live: &Live, appended: Appended, results: &mut [Put]) {
        let shard = live.shard(self.slot);
        let mut number =
            SequenceNumber::of_record(shard.creation(), shard.id(), appended.first, appended.time_ms);
        for &i in &self.records {
            results[i as usize] = Put::Stored(Stored { shard: shard.id(), number });
            number = number.next();
        }
    }

    /// Notes what went into the shard.
    fn count(&self, live: &Live, records: &[NewRecord<'_>], hash_keys: &[HashKey]) -> Tally {
        let mut tally = Tally::default();
        self.records.iter().for_each(|&i| tally.record(records[i as usize].bytes()));
        if let Some(meter) = live.meter(self.slot) {
            meter.counters.stored(&tally);
            meter.counters.heavy.sample(self.records.len(), tally.bytes, |place| {
                let i = *self.records.get(place)? as usize;
                Some((hash_keys[i], records[i].partition_key?, records[i].bytes()))
            });
        }
        tally
    }

    fn refused(&self, live: &Live, error: AppendError, results: &mut [Put]) {
        let refused = match error {
            // Refused for want of room in a queue: the same answer, and the same retry, as any throttling.
            AppendError::Overloaded { .. } => NotStored::throttled(live, self.slot),
            error => NotStored::Log(error),
        };
        for &i in &self.records {
            results[i as usize] = Put::Refused(refused.clone());
        }
    }
}

impl NotStored {
    fn throttled(live: &Live, slot: usize) -> Self {
        let (shard, stream) = (live.shard(slot).id(), StreamName::of(&live.stream));
        NotStored::Throttled(Arc::new(ShardThrottled { shard, stream }))
    }
}

impl<'a> From<&'a PutRecordsRequestEntry<'a>> for NewRecord<'a> {
    fn from(entry: &'a PutRecordsRequestEntry<'a>) -> Self {
        NewRecord::new(&entry.data, entry.partition_key.as_deref(), entry.explicit_hash_key.as_deref())
    }
}

impl<'a> NewRecord<'a> {
    pub fn new(data: &'a Blob<'a>, partition_key: Option<&'a str>, explicit: Option<&'a str>) -> Self {
        NewRecord { data, data_len: data.len(), partition_key, explicit_hash_key: explicit }
    }

    /// Data and partition key, as all limits count them.
    pub fn bytes(&self) -> usize {
        self.data_len + self.partition_key.map_or(0, str::len)
    }

    /// The one that goes before the key's, which has to be there all the same.
    fn explicit_hash_key(&self, place: usize) -> Result<Option<HashKey>, InvalidKey> {
        if self.partition_key.is_none() {
            return Err(InvalidKey::NoPartitionKey { place });
        }
        let parse = |explicit: &str| {
            HashKey::parse(explicit).ok_or_else(|| InvalidKey::ExplicitHashKey { value: explicit.into() })
        };
        self.explicit_hash_key.map(parse).transpose()
    }

    /// Base64 is decoded here, once, into the buffer that the log keeps.
    fn push_to(&self, batch: &mut BatchBuilder) -> Result<(), NotBase64> {
        let (attributes, key) = match self.partition_key {
            Some(key) => (0, key.as_bytes()),
            None => (ATTRIBUTE_NO_KEY, &[][..]),
        };
        batch.push_with(attributes, key, self.data_len, |buffer| self.data.append_to(buffer))
    }
}

/// A record that is too large fails its whole request, named by the path that `at` gives.
pub(crate) fn check_sizes(
    stream: &Stream,
    records: &[NewRecord<'_>],
    at: impl Fn(usize) -> String,
) -> Result<(), RecordError> {
    let limit = stream.max_record_bytes();
    match records.iter().position(|record| record.bytes() > limit) {
        Some(place) => Err(RecordError::TooLarge { at: at(place).into(), limit }),
        None => Ok(()),
    }
}

/// What fails of single records is told in the answer, which is none of a failure: nobody else would log why.
fn log_failures(stream: &Stream, puts: &[Put]) {
    let mut causes = BTreeMap::<String, usize>::new();
    for put in puts {
        if let Put::Refused(error @ (NotStored::Log(_) | NotStored::NoAnswer)) = put {
            *causes.entry(error.to_string()).or_default() += 1;
        }
    }
    for (cause, records) in causes {
        tracing::error!(stream = %stream.name, records, cause, "records were not stored");
    }
}

#[cfg(test)]
mod tests {
    use flumen_protocol::kinesis::{CreateStreamInput, DeleteStreamInput};
    use flumen_storage::Storage;
    use flumen_testkit::service;
    use flumen_types::Clock;

    use super::*;
    use crate::StreamsSettings;

    /// A service with the stream `s`, as a put has it.
    async fn service() -> (Streams, Caller, Arc<Live>) {
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let keys = service::keys(&storage, &Clock::system()).await;
        let streams = Streams::open(
            storage.clone(),
            Clock::system(),
            service::seal(),
            keys,
            StreamsSettings::unlimited(),
        )
        .await
        .unwrap();
        let caller = service::caller("000000000000");
        let create =
            CreateStreamInput { stream_name: "s".into(), shard_count: Some(1), ..Default::default() };
        streams.create_stream(&caller, &create).await.unwrap();
        let live = streams.inner.directory.read().all().remove(0);
        (streams, caller, live)
    }

    #[tokio::test]
    async fn an_explicit_hash_key_goes_before_that_of_the_key() {
        let (streams, _, live) = service().await;
        let data = Blob::default();
        let keys: Vec<String> = (0..30).map(|n| format!("key-{n}")).collect();
        let explicit = |n: usize| n.is_multiple_of(3).then_some("170141183460469231731687303715884105728");
        let mut records: Vec<_> =
            (0..30).map(|n| NewRecord::new(&data, Some(&keys[n]), explicit(n))).collect();
        let expected = |n: usize| match explicit(n) {
            Some(_) => HashKey(1 << 127),
            None => HashKey::of_partition_key(&keys[n]),
        };
        let hash_keys = streams.hash_keys(&live, &records).unwrap();
        assert_eq!(hash_keys.to_vec(), (0..30).map(expected).collect::<Vec<_>>());

        for n in 0..3 {
            assert_eq!(streams.hash_keys(&live, &records[n..=n]).unwrap().to_vec(), [expected(n)]);
        }

        // Of several faults the first is told.
        let value = "340282366920938463463374607431768211456";
        records[20] = NewRecord::new(&data, None, None);
        records[21] = NewRecord::new(&data, Some("k"), Some(value));
        let refused = streams.hash_keys(&live, &records).unwrap_err();
        assert_eq!(refused, RecordError::Keys(InvalidKey::NoPartitionKey { place: 20 }));
        records.remove(20);
        let refused = streams.hash_keys(&live, &records).unwrap_err();
        assert_eq!(refused, RecordError::Keys(InvalidKey::ExplicitHashKey { value: value.into() }));
    }

    #[tokio::test]
    async fn a_stream_that_is_deleted_under_a_put_fails_the_whole_request() {
        // As a put has it that began before.
        let (streams, caller, live) = service().await;
        let delete = DeleteStreamInput { stream_name: Some("s".into()), ..Default::default() };
        streams.delete_stream(&caller, &delete).await.unwrap();
        streams.keep_house().await.unwrap();
        let data = Blob::default();
        let record = NewRecord::new(&data, Some("k"), None);
        let refused = streams.store(live, &[record], &[HashKey(0)], None).await.unwrap_err();
        assert_eq!(refused.to_string(), "Stream s under account 000000000000 not found.");
        let code = PutRecordsError::from(refused).code();
        assert_eq!(code, PutRecordsCode::ResourceNotFoundException);
    }
}
