//! The answers of the operations that carry records, written one record after the other straight from what the service
//! has, in either encoding. Every other answer is a generated shape.

use std::fmt::Write as _;

use flumen_protocol::{CborWriter, Encoder, Encoding, Fault, JsonWriter, Timestamp};
use flumen_streams::{Child, Fetched, Put, Run, Stored};

/// Room an answer needs beside the data of a record: member names, number, time, shard id.
const PUT_BYTES: usize = 130;
const RECORD_BYTES: usize = 190;

pub fn put_record(encoding: Encoding, stored: &Stored) -> Vec<u8> {
    let mut out = Vec::with_capacity(PUT_BYTES);
    match encoding {
        Encoding::Json => write_stored(&mut JsonWriter::new(&mut out), stored),
        Encoding::Cbor => write_stored(&mut CborWriter::new(&mut out), stored),
    }
    out
}

fn write_stored<E: Encoder>(to: &mut E, Stored { shard, number }: &Stored) {
    to.begin_struct();
    to.member("SequenceNumber");
    to.plain(number.to_decimal().as_bytes());
    to.member("ShardId");
    to.plain(shard.to_text().as_bytes());
    to.end_struct();
}

pub fn put_records(encoding: Encoding, puts: &[Put]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + puts.len() * PUT_BYTES);
    match encoding {
        Encoding::Json => write_puts(&mut JsonWriter::new(&mut out), puts),
        Encoding::Cbor => write_puts(&mut CborWriter::new(&mut out), puts),
    }
    out
}

fn write_puts<E: Encoder>(to: &mut E, puts: &[Put]) {
    let failed = puts.iter().filter(|put| matches!(put, Put::Refused(_))).count();
    to.begin_struct();
    to.member("FailedRecordCount");
    to.i64(failed as i64);
    to.member("Records");
    to.begin_list();
    for put in puts {
        match put {
            Put::Stored(stored) => write_stored(to, stored),
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
    to.end_struct();
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
        Encoding::Cbor => fetched.records.bytes() + fetched.records.len() * RECORD_BYTES,
    };
    1024 + records + fetched.child_shards.len() * 512
}

/// The same of records alone, in JSON.
pub fn records_bytes(records: &Run) -> usize {
    records.bytes().div_ceil(3) * 4 + records.len() * (RECORD_BYTES + 4)
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
    for record in records.records() {
        to.begin_struct();
        to.member("SequenceNumber");
        to.plain(record.number.to_decimal().as_bytes());
        to.member("ApproximateArrivalTimestamp");
        to.timestamp(Timestamp(i64::try_from(record.arrival_ms).unwrap_or(i64::MAX)));
        to.member("Data");
        to.blob(record.data);
        if let Some(key) = record.partition_key {
            to.member("PartitionKey");
            to.str(&String::from_utf8_lossy(key));
        }
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
