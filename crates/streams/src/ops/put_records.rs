//! PutRecords: up to 500 records onto the shards that their keys belong to, with a result for each.
//! PutRecord is the same with one record.
//!
//! The records of one shard go into one batch, in the order of the request, and all batches into one
//! append: one hop to the log and one wake-up, however many shards a request touches.
//! Source: `kinesis-semantics.md` sections 1 and 4.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flumen_access::Caller;
use flumen_protocol::kinesis::{PutRecordsInput, PutRecordsRequestEntry};
use flumen_protocol::{Blob, Fault, NotBase64, Operation};
use flumen_storage::{Append, AppendError, Appended, BatchBuilder};
use flumen_types::{HashKey, SequenceNumber, ShardId};
use smallvec::{SmallVec, smallvec};

use crate::door::Target;
use crate::live::Live;
use crate::metering::{Tally, add};
use crate::state::{Distribution, Status, Stream};
use crate::{Streams, faults};

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
    Refused(Fault),
}

/// Where a record is.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    pub shard: ShardId,
    pub number: SequenceNumber,
}

impl Streams {
    /// One result a record, in the order of the request.
    pub async fn put_records(&self, caller: &Caller, input: &PutRecordsInput<'_>) -> Result<Vec<Put>, Fault> {
        let begun = Instant::now();
        let door = self.door(caller, Operation::PutRecords);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let live = self.writable(&target)?;
        let records: Vec<NewRecord<'_>> = input.records.iter().map(NewRecord::from).collect();
        check_sizes(&live.stream, &records, |i| format!("records.{}.member.data", i + 1))?;
        let bytes: usize = records.iter().map(NewRecord::bytes).sum();
        if bytes > REQUEST_BYTES_MAX {
            let limit_mib = REQUEST_BYTES_MAX >> 20;
            return Err(faults::invalid_argument(format!("Records size exceeds {limit_mib} MB limit")));
        }
        let hash_keys = self.hash_keys(live, &records)?;
        if input.dry_run == Some(true) {
            return Err(faults::dry_run());
        }
        let counters = live.counters.clone();
        let (puts, tally) = self.store(live.clone(), &records, &hash_keys).await?;
        counters.put_records(begun, records.len(), &tally);
        Ok(puts.into_vec())
    }

    /// The stream, when it takes records. CREATING and DELETING answer as if it were not there.
    pub(crate) fn writable<'t>(&self, target: &'t Target) -> Result<&'t Arc<Live>, Fault> {
        match target.stream.status(self.now_ms()) {
            Some(Status::Active | Status::Updating) => Ok(target.live()),
            _ => Err(faults::stream_not_found(&target.stream.realm(), &target.stream.name)),
        }
    }

    /// Where each record falls on the ring.
    pub(crate) fn hash_keys(&self, live: &Live, records: &[NewRecord<'_>]) -> Result<Each<HashKey>, Fault> {
        if live.stream.distribution == Distribution::Auto {
            return Ok(records.iter().map(|_| self.spread()).collect());
        }
        records.iter().enumerate().map(|(i, record)| record.hash_key(i)).collect()
    }

    /// Appends the records to the logs of their shards. A shard that closes meanwhile passes its records
    /// on to its children, so a reshard is never seen by a writer. Answers with what was stored, too.
    pub(crate) async fn store(
        &self,
        mut live: Arc<Live>,
        records: &[NewRecord<'_>],
        hash_keys: &[HashKey],
    ) -> Result<(Each<Put>, Tally), Fault> {
        let mut tally = Tally::default();
        let mut results: Each<Option<Put>> = smallvec![None; records.len()];
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
            let appends = self.appends(&live, &parts, records)?;
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
        let missing = || Put::Refused(Fault::failure("the log gave no answer"));
        Ok((results.into_iter().map(|put| put.unwrap_or_else(missing)).collect(), tally))
    }

    fn appends(&self, live: &Live, parts: &Parts, records: &[NewRecord<'_>]) -> Result<Vec<Append>, Fault> {
        let time_ms = self.now_ms();
        let append = |part: &Part| {
            let bytes = part.records.iter().map(|&i| records[i as usize].bytes() + FRAME_BYTES).sum();
            let mut batch = BatchBuilder::with_capacity(bytes);
            for &i in &part.records {
                records[i as usize].push_to(&mut batch)?;
            }
            let log = live.log(part.slot).ok_or_else(|| faults::internal("a shard has no log"))?;
            Ok(Append { log: log.clone(), time_ms, batch: batch.finish() })
        };
        parts.0.iter().map(append).collect()
    }

    /// Waits until the stream is not any more as `before` shows it, and no reshard of it is under way.
    async fn after_reshard(&self, before: &Live) -> Result<Arc<Live>, Fault> {
        let gone = || faults::stream_not_found(&before.stream.realm(), &before.stream.name);
        let changed = async {
            loop {
                let published = self.inner.published.notified();
                let live = self.by_group(before.stream.group).ok_or_else(gone)?;
                if !Arc::ptr_eq(&live.stream, &before.stream) && live.stream.plan.is_none() {
                    return Ok(live);
                }
                published.await;
            }
        };
        let timeout = tokio::time::timeout(RESHARD_WAIT, changed).await;
        timeout.unwrap_or_else(|_| Err(faults::internal("a reshard of the stream does not come to its end")))
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
    fn of(live: &Live, records: &[u32], hash_keys: &[HashKey]) -> Result<Self, Fault> {
        let no_shard = || faults::internal("no open shard covers the hash key");
        if let [i] = *records {
            let slot = live.route(hash_keys[i as usize]).ok_or_else(no_shard)?;
            return Ok(Parts(smallvec![Part { slot, records: smallvec![i] }]));
        }
        let mut parts = Each::<Part>::new();
        // The part of each slot, so that a record costs one look-up however many shards there are.
        let mut part_of = vec![u32::MAX; live.slots()];
        for &i in records {
            let slot = live.route(hash_keys[i as usize]).ok_or_else(no_shard)?;
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
        results: &mut [Option<Put>],
    ) -> Result<u64, Fault> {
        let mut refused = 0;
        for part in &mut self.0 {
            let Some(meter) = live.meter(part.slot) else { continue };
            let admitted = meter.admit(part.records.iter().map(|&i| records[i as usize].bytes()), now_ms);
            if admitted < part.records.len() {
                part.records[admitted..].iter().try_for_each(|&i| records[i as usize].data.check())?;
                let over = (part.records.len() - admitted) as u64;
                add(&meter.counters.counts.write_throttled, over);
                refused += over;
                let throttled = faults::throttled(&live.stream, live.shard(part.slot).id());
                for i in part.records.drain(admitted..) {
                    results[i as usize] = Some(Put::Refused(throttled.clone()));
                }
            }
        }
        self.0.retain(|part| !part.records.is_empty());
        Ok(refused)
    }
}

impl Part {
    fn stored(&self, live: &Live, appended: Appended, results: &mut [Option<Put>]) {
        let shard = live.shard(self.slot);
        let creation = shard.creation();
        for (position, &i) in (appended.first..).zip(&self.records) {
            let number = SequenceNumber::of_record(creation, shard.id(), position, appended.time_ms);
            results[i as usize] = Some(Put::Stored(Stored { shard: shard.id(), number }));
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

    fn refused(&self, live: &Live, error: AppendError, results: &mut [Option<Put>]) {
        let fault = faults::of_append(error, &live.stream, live.shard(self.slot).id());
        for &i in &self.records {
            results[i as usize] = Some(Put::Refused(fault.clone()));
        }
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

    fn hash_key(&self, place: usize) -> Result<HashKey, Fault> {
        let Some(key) = self.partition_key else {
            return Err(faults::partition_key_missing(place));
        };
        match self.explicit_hash_key {
            Some(explicit) => HashKey::parse(explicit).ok_or_else(|| faults::explicit_hash_key(explicit)),
            None => Ok(HashKey::of_partition_key(key)),
        }
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
) -> Result<(), Fault> {
    let limit = stream.max_record_bytes();
    match records.iter().position(|record| record.bytes() > limit) {
        Some(place) => Err(faults::constraint(
            &format!("Value at '{}'", at(place)),
            &format!("Member must have length less than or equal to {limit}"),
        )),
        None => Ok(()),
    }
}
