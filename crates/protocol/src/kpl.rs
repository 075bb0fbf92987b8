//! Aggregates of the Kinesis Producer Library: many records in the data of one. Source: AWS,
//! the format of aggregates in the repository of the KPL
//! (<https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>).
//!
//! Three protobuf messages with seven fields are read by hand here; a library and its code generator
//! would be more than they are.

use md5::{Digest, Md5};

const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
const DIGEST_BYTES: usize = 16;

/// A record within an aggregate.
#[derive(Debug, PartialEq, Eq)]
pub struct Contained<'a> {
    pub key: &'a str,
    /// A decimal number, where the producer chose one.
    pub explicit_hash_key: Option<&'a str>,
    pub data: &'a [u8],
}

/// The records of an aggregate; `None` when the data is not one in every respect, and is then a record
/// like any other.
pub fn open(data: &[u8]) -> Option<Vec<Contained<'_>>> {
    let (message, digest) = data.strip_prefix(&MAGIC)?.split_last_chunk::<DIGEST_BYTES>()?;
    if message.is_empty() || Md5::digest(message).as_slice() != digest {
        return None;
    }
    let (mut keys, mut hash_keys, mut records) = (Vec::new(), Vec::new(), Vec::new());
    for field in Fields(message) {
        match field? {
            (1, Value::Bytes(key)) => keys.push(std::str::from_utf8(key).ok()?),
            (2, Value::Bytes(key)) => hash_keys.push(std::str::from_utf8(key).ok()?),
            (3, Value::Bytes(record)) => records.push(record),
            _ => {}
        }
    }
    records.into_iter().map(|record| contained(record, &keys, &hash_keys)).collect()
}

fn contained<'a>(record: &'a [u8], keys: &[&'a str], hash_keys: &[&'a str]) -> Option<Contained<'a>> {
    let (mut key, mut hash_key, mut data) = (None, None, None);
    for field in Fields(record) {
        match field? {
            (1, Value::Number(index)) => key = Some(at(keys, index)?),
            (2, Value::Number(index)) => hash_key = Some(at(hash_keys, index)?),
            (3, Value::Bytes(bytes)) => data = Some(bytes),
            _ => {}
        }
    }
    Some(Contained { key: key?, explicit_hash_key: hash_key, data: data? })
}

fn at<'a>(table: &[&'a str], index: u64) -> Option<&'a str> {
    table.get(usize::try_from(index).ok()?).copied()
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Of a width that no field here has.
    Other,
}

/// The fields of a message. Yields `None` once, where it is not well-formed.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => self.take(8).map(|_| Value::Other)?,
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Other)?,
            _ => return None,
        };
        Some((tag >> 3, value))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let &[byte] = self.take(1)?.first_chunk()?;
            let bits = u64::from(byte & 0x7f);
            number |= bits.checked_shl(shift).filter(|shifted| shifted >> shift == bits)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(message: &[u8]) -> Vec<u8> {
        [&MAGIC, message, Md5::digest(message).as_slice()].concat()
    }

    /// Keys `a` and `bc`, hash key `7`; record `x` of `a`; record `yz` of `bc` with the hash key and a tag.
    const MESSAGE: &[u8] = b"\x0a\x01a\x0a\x02bc\x12\x017\x1a\x05\x08\x00\x1a\x01x\x1a\x0d\x08\x01\x10\x00\x1a\x02yz\x22\x03\x0a\x01t";

    #[test]
    fn an_aggregate_holds_its_records_in_order() {
        let data = sealed(MESSAGE);
        let records = open(&data).unwrap();
        let first = Contained { key: "a", explicit_hash_key: None, data: b"x" };
        assert_eq!(records, [first, Contained { key: "bc", explicit_hash_key: Some("7"), data: b"yz" }]);
    }

    #[test]
    fn what_is_not_an_aggregate_in_every_respect_is_none() {
        let whole = sealed(MESSAGE);
        for cut in 0..whole.len() {
            assert_eq!(open(&whole[..cut]), None, "{cut}");
        }
        for flipped in 0..whole.len() {
            let mut data = whole.clone();
            data[flipped] ^= 1;
            assert_eq!(open(&data), None, "{flipped}");
        }
        // Digest in order, but an index out of range, a length beyond the end, a group, an endless number.
        let wrong: [&[u8]; 4] = [
            b"\x0a\x01a\x1a\x05\x08\x01\x1a\x01x",
            b"\x0a\x01a\x1a\x7f\x08\x00",
            b"\x0b",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ];
        for message in wrong {
            assert_eq!(open(&sealed(message)), None, "{message:?}");
        }
    }
}
