//! PutRecord: PutRecords with one record, and a fault where that has a result.

use std::time::Instant;

use flumen_access::Caller;
use flumen_protocol::kinesis::PutRecordInput;
use flumen_protocol::{Fault, Operation};
use flumen_types::SequenceNumber;
use flumen_types::clock::SKEW_MS;
use flumen_types::sequence_number::Decoded;

use super::put_records::{NewRecord, Put, Stored, check_sizes};
use crate::live::Live;
use crate::{Streams, faults};

impl Streams {
    pub async fn put_record(&self, caller: &Caller, input: &PutRecordInput<'_>) -> Result<Stored, Fault> {
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
        if input.dry_run == Some(true) {
            return Err(faults::dry_run());
        }
        let counters = live.counters.clone();
        let (mut puts, tally) = self.store(live.clone(), &[record], &hash_keys).await?;
        counters.put_record(begun, &tally);
        match puts.pop() {
            Some(Put::Stored(stored)) => Ok(stored),
            Some(Put::Refused(fault)) => Err(fault),
            None => Err(Fault::failure("the log gave no answer")),
        }
    }

    /// A number issued by a shard is below every later one of that shard by itself; what is left to refuse
    /// are numbers that nobody issued, and those from the future: later than any clock may be, and than all that
    /// the stream's own shards have.
    fn check_ordering(&self, live: &Live, number: &str) -> Result<(), Fault> {
        let valid = match SequenceNumber::decode(number) {
            Some(Decoded::V2(decoded)) => {
                decoded.put_s <= (self.now_ms() + SKEW_MS) / 1000 || decoded.put_s <= live.newest_s()
            }
            Some(Decoded::Older { .. }) => true,
            None => false,
        };
        if valid { Ok(()) } else { Err(faults::ordering_number(&live.stream, number)) }
    }
}
