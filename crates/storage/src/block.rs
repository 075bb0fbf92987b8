//! The block: the records of one log that one append brought. It is the unit of the journal, of the tail
//! and of segments, and its payload is one buffer that all three share.

use bytes::Bytes;

use crate::LogId;
use crate::wire::{self, put_checksum, put_u32, put_u64};

pub(crate) const BLOCK_HEADER: usize = 48;
const BLOCK_MAGIC: u32 = u32::from_le_bytes(*b"FLB1");
/// Value length, key length, attributes, and a byte that is zero.
pub(crate) const RECORD_HEADER: usize = 8;

/// Some records of a log that lie together.
#[derive(Clone)]
pub struct Block {
    payload: Bytes,
    written_first: u64,
    /// Records before this position are trimmed.
    first: u64,
    time_ms: u64,
    records: u32,
    crc: u32,
    /// Where its header is in the journal file that holds it; of no meaning once it is in a segment.
    journal_at: u32,
}

/// One record, where it lies in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub position: u64,
    pub time_ms: u64,
    pub attributes: u8,
    pub key: &'a [u8],
    pub value: &'a [u8],
}

impl Block {
    pub(crate) fn new(payload: Bytes, crc: u32, records: u32, first: u64, time_ms: u64) -> Block {
        Block { payload, written_first: first, first, time_ms, records, crc, journal_at: 0 }
    }

    pub(crate) fn in_journal_at(mut self, offset: u64) -> Block {
        debug_assert!(offset <= u64::from(u32::MAX), "journal files are shorter");
        self.journal_at = offset as u32;
        self
    }

    pub(crate) fn journal_at(&self) -> u32 {
        self.journal_at
    }

    /// Position of the first record that is readable.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Hides the records before `start`.
    pub(crate) fn trimmed(mut self, start: u64) -> Block {
        self.first = self.first.max(start.min(self.end()));
        self
    }

    /// Position after the last record.
    pub fn end(&self) -> u64 {
        self.written_first + u64::from(self.records)
    }

    /// Arrival time of all of its records.
    pub fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// The records at `position` and after it.
    pub fn records_from(&self, position: u64) -> Records<'_> {
        let mut records = Records { rest: &self.payload, position: self.written_first, block: self };
        let position = position.max(self.first);
        while records.position < position && records.next().is_some() {}
        records
    }

    /// Bytes of the records with their framing.
    pub fn bytes(&self) -> usize {
        self.payload.len()
    }

    pub(crate) fn payload(&self) -> &Bytes {
        &self.payload
    }

    pub(crate) fn put_header(&self, id: LogId, out: &mut Vec<u8>) {
        let header = BlockHeader {
            id,
            records: self.records,
            first: self.written_first,
            time_ms: self.time_ms,
            payload_len: self.payload.len() as u32,
            payload_crc: self.crc,
        };
        header.put(out);
    }

    /// Whether the payload is made of exactly as many records as the header says. The checksum makes it so
    /// unless a writer was wrong.
    pub(crate) fn is_well_formed(&self) -> bool {
        let mut records = self.records_from(0);
        let count = records.by_ref().count();
        count == self.records as usize && records.rest.is_empty()
    }
}

/// The records of a block, in order.
pub struct Records<'a> {
    rest: &'a [u8],
    position: u64,
    block: &'a Block,
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.position >= self.block.end() {
            return None;
        }
        let (header, rest) = self.rest.split_first_chunk::<RECORD_HEADER>()?;
        let [v0, v1, v2, v3, k0, k1, attributes, _] = *header;
        let value_len = u32::from_le_bytes([v0, v1, v2, v3]) as usize;
        let (key, rest) = rest.split_at_checked(u16::from_le_bytes([k0, k1]).into())?;
        let (value, rest) = rest.split_at_checked(value_len)?;
        let record = Record { position: self.position, time_ms: self.block.time_ms, attributes, key, value };
        self.rest = rest;
        self.position += 1;
        Some(record)
    }
}

/// What precedes a payload on disk. No records: from here on the log is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockHeader {
    pub id: LogId,
    pub records: u32,
    pub first: u64,
    pub time_ms: u64,
    pub payload_len: u32,
    pub payload_crc: u32,
}

impl BlockHeader {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let start = out.len();
        put_u32(out, BLOCK_MAGIC);
        put_u32(out, self.id.group);
        put_u32(out, self.id.index);
        put_u32(out, self.records);
        put_u64(out, self.first);
        put_u64(out, self.time_ms);
        put_u32(out, self.payload_len);
        put_u32(out, self.payload_crc);
        put_u32(out, 0);
        put_checksum(out, start);
    }

    /// `None` unless the bytes begin with a header as it was written.
    pub(crate) fn parse(bytes: &[u8]) -> Option<BlockHeader> {
        let mut fields = wire::checked(bytes.get(..BLOCK_HEADER)?)?;
        let magic = fields.u32()?;
        let id = LogId { group: fields.u32()?, index: fields.u32()? };
        let header = BlockHeader {
            id,
            records: fields.u32()?,
            first: fields.u64()?,
            time_ms: fields.u64()?,
            payload_len: fields.u32()?,
            payload_crc: fields.u32()?,
        };
        let sound = magic == BLOCK_MAGIC && header.first.checked_add(header.records.into()).is_some();
        sound.then_some(header)
    }

    /// The block of this header, if these are its bytes.
    pub(crate) fn block(&self, payload: Bytes) -> Option<Block> {
        let sound =
            payload.len() == self.payload_len as usize && crc32c::crc32c(&payload) == self.payload_crc;
        sound.then(|| Block::new(payload, self.payload_crc, self.records, self.first, self.time_ms))
    }
}
