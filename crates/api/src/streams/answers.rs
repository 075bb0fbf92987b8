//! The answers of the operations that carry records, written one record after the other straight from what the service
//! has, in either encoding. Every other answer is a generated shape.

use std::fmt::Write as _;

use flumen_protocol::{CborWriter, Encoder, Encoding, Fault, JsonWriter, Timestamp};
use flumen_streams::{Child, Fetched, Put, Run, Stored};
use flumen_types::sequence_number::Decimal;
use flumen_types::{SequenceNumber, ShardId};

/// Room an answer needs beside the data of a record: member names, number, time, shard id.
const PUT_BYTES: usize = 130;
const RECORD_BYTES: usize = 190;
const ENCRYPTION_BYTES: usize = 24;

pub fn put_record(encoding: Encoding, stored: &Stored, is_encrypted: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(PUT_BYTES);
    match encoding {
        Encoding::Json => write_stored(&mut JsonWriter::new(&mut out), stored, is_encrypted),
        Encoding::Cbor => write_stored(&mut CborWriter::new(&mut out), stored, is_encrypted),
    }
    out
}

/// Of what is not encrypted the answer says nothing, as AWS's.
fn write_encryption<E: Encoder>(to: &mut E, is_encrypted: bool) {
    if is_encrypted {
        to.member("EncryptionType");
        to.plain(b"KMS");
    }
}

fn write_stored<E: Encoder>(to: &mut E, Stored { shard, number }: &Stored, is_encrypted: bool) {
    to.begin_struct();
    to.member("SequenceNumber");
    to.plain(number.to_decimal().as_bytes());
    to.member("ShardId");
    to.plain(shard.to_text().as_bytes());
    write_encryption(to, is_encrypted);
    to.end_struct();
}

pub fn put_records(encoding: Encoding, puts: &[Put], is_encrypted: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + puts.len() * PUT_BYTES);
    let patterns = Patterns::new(encoding, puts.len());
    match encoding {
        Encoding::Json => {
            let to = &mut JsonWriter::new(&mut out);
            write_puts(to, JsonWriter::encoded, patterns, puts, is_encrypted);
        }
        Encoding::Cbor => {
            let to = &mut CborWriter::new(&mut out);
            write_puts(to, CborWriter::encoded, patterns, puts, is_encrypted);
        }
    }
    out
}

fn write_puts<E: Encoder>(
    to: &mut E,
    encoded: fn(&mut E, &[u8]),
    mut patterns: Patterns,
    puts: &[Put],
    is_encrypted: bool,
) {
    let failed = puts.iter().filter(|put| matches!(put, Put::Refused(_))).count();
    to.begin_struct();
    to.member("FailedRecordCount");
    to.i64(failed as i64);
    to.member("Records");
    to.begin_list();
    for put in puts {
        match put {
            Put::Stored(stored) => match patterns.of(stored) {
                Some(pattern) => encoded(to, pattern),
                None => write_stored(to, stored, false),
            },
            Put::Refused(error) => {
                let fault = Fault::of(error);
                to.begin_struct();
                to.member("ErrorCode");
                to.str(fault.code.as_str());
                to.member("ErrorMessage");
                to.str(fault.message.as_deref().unwrap_or("Internal Service Failure"));
                to.end_struct();
            }
        }
    }
    to.end_list();
    write_encryption(to, is_encrypted);
    to.end_struct();
}

/// What is answered of the records of one shard, which only differs in the digits of the number.
struct Pattern {
    shard: ShardId,
    number: Decimal,
    encoded: Vec<u8>,
    /// Where the digits stand in it.
    digits_at: usize,
}

/// Patterns of shards, each in the place that the lowest bits of its shard's number name. Of two shards with the same place
/// the first has it, and answers of the other are written without.
struct Patterns {
    encoding: Encoding,
    places: Vec<Option<Pattern>>,
}

impl Patterns {
    /// Below this a shard's pattern is not worth its making.
    const RECORDS_OF_ONE: usize = 8;
    const PLACES_MAX: usize = 64;

    fn new(encoding: Encoding, records: usize) -> Self {
        let places = (records / Self::RECORDS_OF_ONE).next_power_of_two().min(Self::PLACES_MAX);
        Patterns { encoding, places: (0..places).map(|_| None).collect() }
    }

    #[inline]
    fn of(&mut self, stored: &Stored) -> Option<&[u8]> {
        let mask = self.places.len() - 1;
        let place = self.places.get_mut(stored.shard.index() as usize & mask)?;
        let pattern = match place {
            None => place.insert(Pattern::new(self.encoding, stored)?),
            Some(pattern) => {
                if pattern.shard != stored.shard {
                    return None;
                }
                pattern.turn_to(stored.number);
                pattern
            }
        };
        Some(&pattern.encoded)
    }
}

impl Pattern {
    fn new(encoding: Encoding, stored: &Stored) -> Option<Self> {
        let encoded = put_record(encoding, stored, false);
        let number = stored.number.to_decimal();
        let digits = number.as_bytes();
        let digits_at = encoded.windows(digits.len()).position(|window| window == digits)?;
        Some(Pattern { shard: stored.shard, number, encoded, digits_at })
    }

    #[inline]
    fn turn_to(&mut self, number: SequenceNumber) {
        self.number.turn_to(number);
        let digits = self.number.as_bytes();
        self.encoded[self.digits_at..][..digits.len()].copy_from_slice(digits);
    }
}

pub fn get_records(encoding: Encoding, fetched: &Fetched) -> Vec<u8> {
    let mut out = Vec::with_capacity(get_records_bytes(encoding, fetched));
    match encoding {
        Encoding::Json => write_fetched(&mut JsonWriter::new(&mut out), fetched),
        Encoding::Cbor => write_fetched(&mut CborWriter::new(&mut out), fetched),
    }
    out
}

/// An upper estimate of the answer's size.
pub fn get_records_bytes(encoding: Encoding, fetched: &Fetched) -> usize {
    let records = match encoding {
        Encoding::Json => records_bytes(&fetched.records),
        Encoding::Cbor => fetched.records.bytes() + fetched.records.len() * record_bytes(&fetched.records),
    };
    1024 + records + fetched.child_shards.len() * 512
}

/// The same of records alone, in JSON.
pub fn records_bytes(records: &Run) -> usize {
    records.bytes().div_ceil(3) * 4 + records.len() * (record_bytes(records) + 4)
}

/// Room that each record needs beside its data.
fn record_bytes(records: &Run) -> usize {
    RECORD_BYTES + if records.has_encrypted() { ENCRYPTION_BYTES } else { 0 }
}

fn write_fetched<E: Encoder>(to: &mut E, fetched: &Fetched) {
    to.begin_struct();
    to.member("Records");
    write_records(to, &fetched.records);
    if let Some(iterator) = &fetched.next_shard_iterator {
        to.member("NextShardIterator");
        to.plain(iterator.as_bytes());
    }
    to.member("MillisBehindLatest");
    to.i64(i64::try_from(fetched.millis_behind_latest).unwrap_or(i64::MAX));
    if !fetched.child_shards.is_empty() {
        to.member("ChildShards");
        write_children(to, &fetched.child_shards);
    }
    to.end_struct();
}

pub fn write_records<E: Encoder>(to: &mut E, records: &Run) {
    to.begin_list();
    let mut number = None::<Decimal>;
    for record in records.records() {
        to.begin_struct();
        to.member("SequenceNumber");
        let number = match &mut number {
            None => number.insert(record.number.to_decimal()),
            Some(number) => {
                number.turn_to(record.number);
                number
            }
        };
        to.plain(number.as_bytes());
        to.member("ApproximateArrivalTimestamp");
        to.timestamp(Timestamp(i64::try_from(record.arrival_ms).unwrap_or(i64::MAX)));
        to.member("Data");
        to.blob(record.data);
        if let Some(key) = record.partition_key {
            to.member("PartitionKey");
            // It was text when it came. Asked first, which costs a fifth of making whatever it is to text.
            match std::str::from_utf8(key) {
                Ok(key) => to.str(key),
                Err(_) => to.str(&String::from_utf8_lossy(key)),
            }
        }
        write_encryption(to, record.is_encrypted);
        to.end_struct();
    }
    to.end_list();
}

pub fn write_children<E: Encoder>(to: &mut E, children: &[Child]) {
    to.begin_list();
    let mut number = String::new();
    for child in children {
        to.begin_struct();
        to.member("ShardId");
        to.plain(child.id().to_text().as_bytes());
        to.member("ParentShards");
        to.begin_list();
        for parent in child.parents() {
            to.plain(parent.to_text().as_bytes());
        }
        to.end_list();
        to.member("HashKeyRange");
        to.begin_struct();
        let range = child.range();
        for (name, key) in [("StartingHashKey", range.start), ("EndingHashKey", range.end)] {
            number.clear();
            // Writing to a string does not fail.
            let _ = write!(number, "{key}");
            to.member(name);
            to.str(&number);
        }
        to.end_struct();
        to.end_struct();
    }
    to.end_list();
}

#[cfg(test)]
mod tests;
