//! The block: the records of one log that one append brought. It is the unit of the journal, of the tail
//! and of segments, and its payload is one buffer that all three share, unless it lies sealed on disk.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use crate::LogId;
use crate::sealed::{BlockAad, BlockKey, BlockKeyId, Sealed, WRAPPED_BYTES_MAX, WrappedKey, sealed_bytes};
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
    /// Of the payload as it is on disk.
    crc: u32,
    /// Where its header is in the journal file that holds it; of no meaning once it is in a segment.
    journal_at: u32,
    lies: Lies,
}

/// How a block lies on disk, and which of it the payload is.
#[derive(Clone)]
enum Lies {
    /// In clear.
    Clear,
    /// Sealed, with this number of the key; the payload is in clear.
    Opened(Arc<BlockKey>, u64),
    /// Sealed, and so is the payload. Who reads a file finds the key in it.
    Sealed(Option<Arc<WrappedKey>>),
    /// Sealed; the payload is in clear, for a reader, and maybe not all of it.
    Shown(Arc<WrappedKey>),
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
        Block {
            payload,
            written_first: first,
            first,
            time_ms,
            records,
            crc,
            journal_at: 0,
            lies: Lies::Clear,
        }
    }

    /// It lies sealed on disk, under this number of the key.
    pub(crate) fn sealed_under(self, key: Arc<BlockKey>, number: u64) -> Block {
        Block { lies: Lies::Opened(key, number), ..self }
    }

    /// The key that a sealed block is opened with.
    pub(crate) fn with_key(self, key: Arc<WrappedKey>) -> Block {
        Block { lies: Lies::Sealed(Some(key)), ..self }
    }

    /// Whether its records can be read only when it is opened.
    pub(crate) fn is_sealed(&self) -> bool {
        matches!(self.lies, Lies::Sealed(_))
    }

    /// The key under which it lies sealed, as far as it is known; `None` of one that lies in clear. A block that a reader is given
    /// says it always.
    pub fn key(&self) -> Option<&Arc<WrappedKey>> {
        match &self.lies {
            Lies::Clear => None,
            Lies::Opened(key, _) => Some(key.wrapped()),
            Lies::Sealed(key) => key.as_ref(),
            Lies::Shown(key) => Some(key),
        }
    }

    /// The key that a sealed one names.
    pub(crate) fn sealed_under_id(&self) -> Option<BlockKeyId> {
        let Lies::Sealed(_) = self.lies else { return None };
        Sealed::parse(&self.payload).map(|sealed| sealed.key)
    }

    fn aad(&self, log: LogId) -> BlockAad {
        BlockAad { log, records: self.records }
    }

    /// What of a sealed block is open after so many `records` from `position` on, or so many `bytes` of them; at least one record. The
    /// pieces behind stay sealed, so it may end earlier than this one. `None` if it is not as it was sealed.
    pub(crate) fn opened(
        &self,
        log: LogId,
        key: &BlockKey,
        position: u64,
        records: usize,
        bytes: usize,
    ) -> Option<Block> {
        let sealed = Sealed::parse(&self.payload).filter(|sealed| sealed.key == key.id())?;
        let position = position.max(self.first);
        let mut counted = WholeRecords { at: 0, position: self.written_first, wanted: 0, wanted_bytes: 0 };
        let clear = key.open(self.aad(log), &sealed, |clear| {
            counted.count(clear, position, self.end());
            counted.wanted == 0 || (counted.wanted < records && counted.wanted_bytes < bytes)
        })?;
        let is_whole = clear.len() == sealed.clear_bytes;
        let lies = Lies::Shown(key.wrapped().clone());
        if is_whole {
            return Some(Block { payload: clear.into(), lies, ..self.clone() });
        }
        // Of the last piece a record may be there in part.
        counted.count(&clear, position, self.end());
        let payload = Bytes::from(clear).slice(..counted.at);
        let records = u32::try_from(counted.position - self.written_first).ok()?;
        Some(Block { payload, records, lies, ..self.clone() })
    }

    /// One that is in clear, as a reader has it of a file where it lies under that key.
    pub(crate) fn shown_under(self, key: &Arc<WrappedKey>) -> Block {
        Block { lies: Lies::Shown(key.clone()), ..self }
    }

    /// The same records, of one that is in clear, under another number of a key. `None` only where the cipher fails.
    pub(crate) fn sealed_again(self, log: LogId, key: &BlockKey) -> Option<Block> {
        let number = key.number(self.payload.len());
        let payload = Bytes::from(key.seal(self.aad(log), number, &self.payload)?);
        let crc = crc32c::crc32c(&payload);
        Some(Block { payload, crc, lies: Lies::Sealed(Some(key.wrapped().clone())), ..self })
    }

    /// The payload as it is on disk.
    pub(crate) fn on_disk(&self, log: LogId) -> io::Result<Cow<'_, [u8]>> {
        match &self.lies {
            Lies::Clear | Lies::Sealed(_) => Ok(Cow::Borrowed(&self.payload)),
            Lies::Opened(key, number) => {
                let sealed = key.seal(self.aad(log), *number, &self.payload);
                sealed.map(Cow::Owned).ok_or_else(|| io::Error::other("the cipher seals no block"))
            }
            Lies::Shown(_) => Err(io::Error::other("what was opened for a reader is not written")),
        }
    }

    /// Bytes of the payload on disk.
    pub(crate) fn disk_bytes(&self) -> usize {
        match self.lies {
            Lies::Clear | Lies::Sealed(_) | Lies::Shown(_) => self.payload.len(),
            Lies::Opened(..) => sealed_bytes(self.payload.len()),
        }
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
        let rest = if self.is_sealed() { &[][..] } else { &self.payload };
        let mut records = Records { rest, position: self.written_first, block: self };
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
            kind: if matches!(self.lies, Lies::Clear) { BlockKind::Clear } else { BlockKind::Sealed },
            id,
            records: self.records,
            first: self.written_first,
            time_ms: self.time_ms,
            payload_len: self.disk_bytes() as u32,
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

/// How many records of a payload are there whole.
struct WholeRecords {
    at: usize,
    position: u64,
    /// Those from the position that is asked for on.
    wanted: usize,
    wanted_bytes: usize,
}

impl WholeRecords {
    fn count(&mut self, payload: &[u8], from: u64, end: u64) {
        while self.position < end
            && let Some(bytes) = payload.get(self.at..).and_then(record_bytes)
        {
            if self.position >= from {
                self.wanted += 1;
                self.wanted_bytes += bytes;
            }
            (self.at, self.position) = (self.at + bytes, self.position + 1);
        }
    }
}

/// What the first record takes, if it is there whole.
fn record_bytes(payload: &[u8]) -> Option<usize> {
    let [v0, v1, v2, v3, k0, k1, _, _] = *payload.first_chunk::<RECORD_HEADER>()?;
    let (value, key) = (u32::from_le_bytes([v0, v1, v2, v3]), u16::from_le_bytes([k0, k1]));
    let bytes = RECORD_HEADER.checked_add(value as usize)?.checked_add(key.into())?;
    (bytes <= payload.len()).then_some(bytes)
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

/// What a payload on disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// Records. None: from here on the log is deleted.
    Clear,
    /// Records, sealed.
    Sealed,
    /// A key, wrapped, that later blocks of the file are sealed under. It has no records, and the position of those that follow.
    Key,
}

/// What precedes a payload on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockHeader {
    pub kind: BlockKind,
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
        put_u32(out, self.kind as u32);
        put_checksum(out, start);
    }

    /// Whether it says that the log is deleted.
    pub(crate) fn is_deletion(&self) -> bool {
        self.kind == BlockKind::Clear && self.records == 0
    }

    /// `None` unless the bytes begin with a header as it was written.
    pub(crate) fn parse(bytes: &[u8]) -> Option<BlockHeader> {
        let mut fields = wire::checked(bytes.get(..BLOCK_HEADER)?)?;
        let magic = fields.u32()?;
        let id = LogId { group: fields.u32()?, index: fields.u32()? };
        let (records, first, time_ms) = (fields.u32()?, fields.u64()?, fields.u64()?);
        let (payload_len, payload_crc) = (fields.u32()?, fields.u32()?);
        let kind = match fields.u32()? {
            0 => BlockKind::Clear,
            1 => BlockKind::Sealed,
            2 => BlockKind::Key,
            _ => return None,
        };
        let header = BlockHeader { kind, id, records, first, time_ms, payload_len, payload_crc };
        let has_records = match kind {
            BlockKind::Clear => true,
            BlockKind::Sealed => records > 0,
            BlockKind::Key => records == 0,
        };
        let sound = magic == BLOCK_MAGIC && first.checked_add(records.into()).is_some() && has_records;
        sound.then_some(header)
    }

    /// The block of this header, if these are its bytes.
    pub(crate) fn block(&self, payload: Bytes) -> Option<Block> {
        let sound =
            payload.len() == self.payload_len as usize && crc32c::crc32c(&payload) == self.payload_crc;
        let lies = if self.kind == BlockKind::Sealed { Lies::Sealed(None) } else { Lies::Clear };
        let block = || Block::new(payload, self.payload_crc, self.records, self.first, self.time_ms);
        sound.then(|| Block { lies, ..block() })
    }
}

/// A wrapped key, from the payload of its block.
pub(crate) fn parse_key(payload: &[u8]) -> Option<WrappedKey> {
    let (id, bytes) = payload.split_first_chunk()?;
    let fits = (1..=WRAPPED_BYTES_MAX).contains(&bytes.len());
    fits.then(|| WrappedKey { id: BlockKeyId(*id), bytes: Bytes::copy_from_slice(bytes) })
}

/// What such a block takes on disk.
pub(crate) fn key_block_bytes(key: &WrappedKey) -> usize {
    BLOCK_HEADER + size_of::<BlockKeyId>() + key.bytes.len()
}

/// Header and payload of a key's block, before blocks of `id` from `first` on. The payload is its id, then what it is wrapped to.
pub(crate) fn key_block(key: &WrappedKey, id: LogId, first: u64, time_ms: u64) -> (BlockHeader, Vec<u8>) {
    let payload = [&key.id.0[..], &key.bytes].concat();
    let header = BlockHeader {
        kind: BlockKind::Key,
        id,
        records: 0,
        first,
        time_ms,
        payload_len: payload.len() as u32,
        payload_crc: crc32c::crc32c(&payload),
    };
    (header, payload)
}
