//! The structures of a segment file. Header and trailer have the same size and stand on multiples of it, so
//! that the last bytes of a file are always one of the two.

use crate::LogId;
use crate::journal::SECTOR;
use crate::wire::{self, put_checksum, put_u32, put_u64};

/// Size of a header and of a trailer.
pub(crate) const EDGE: u64 = 64;
/// Neither is torn by a power loss, as no sector ends within one.
const _: () = assert!(EDGE.is_power_of_two() && SECTOR.is_multiple_of(EDGE));
const HEADER_MAGIC: u32 = u32::from_le_bytes(*b"FLS1");
const TRAILER_MAGIC: u32 = u32::from_le_bytes(*b"FLT1");

/// Begins a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub id: LogId,
    /// Repeated by every trailer; random, so that no record's bytes pass for a trailer.
    pub stamp: u64,
    pub first: u64,
    /// Time of the log's newest record before `first`.
    pub time_ms: Option<u64>,
}

impl Header {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(EDGE as usize);
        put_u32(&mut out, HEADER_MAGIC);
        put_u32(&mut out, u32::from(self.time_ms.is_some()));
        put_u32(&mut out, self.id.group);
        put_u32(&mut out, self.id.index);
        put_u64(&mut out, self.stamp);
        put_u64(&mut out, self.first);
        put_u64(&mut out, self.time_ms.unwrap_or(0));
        out.resize(EDGE as usize - 4, 0);
        put_checksum(&mut out, 0);
        out
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Header> {
        let mut fields = wire::checked(bytes)?;
        let (magic, any_time) = (fields.u32()?, fields.u32()?);
        let id = LogId { group: fields.u32()?, index: fields.u32()? };
        let (stamp, first, time_ms) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let header = Header { id, stamp, first, time_ms: (any_time == 1).then_some(time_ms) };
        (magic == HEADER_MAGIC).then_some(header)
    }
}

/// Ends a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trailer {
    pub stamp: u64,
    /// Where the section's blocks begin. The header or the trailer before stands just before them.
    pub blocks_at: u64,
    pub blocks_len: u64,
    pub first: u64,
    pub end: u64,
    pub last_time_ms: u64,
    pub entries: u32,
    pub entries_crc: u32,
}

impl Trailer {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let start = out.len();
        put_u32(out, TRAILER_MAGIC);
        put_u32(out, self.entries);
        put_u64(out, self.stamp);
        put_u64(out, self.blocks_at);
        put_u64(out, self.blocks_len);
        put_u64(out, self.first);
        put_u64(out, self.end);
        put_u64(out, self.last_time_ms);
        put_u32(out, self.entries_crc);
        put_checksum(out, start);
    }

    /// The trailer that stands at `at` in the file with this stamp.
    pub(crate) fn parse(bytes: &[u8], stamp: u64, at: u64) -> Option<Trailer> {
        if bytes.get(..4)? != TRAILER_MAGIC.to_le_bytes() {
            return None;
        }
        let mut fields = wire::checked(bytes)?;
        let (_, entries) = (fields.u32()?, fields.u32()?);
        let trailer = Trailer {
            stamp: fields.u64()?,
            blocks_at: fields.u64()?,
            blocks_len: fields.u64()?,
            first: fields.u64()?,
            end: fields.u64()?,
            last_time_ms: fields.u64()?,
            entries,
            entries_crc: fields.u32()?,
        };
        let fits = trailer.blocks_at >= EDGE
            && trailer.blocks_at.checked_add(trailer.blocks_len)?.checked_add(trailer.index_len()?)? <= at
            && at - (trailer.blocks_at + trailer.blocks_len + trailer.index_len()?) < EDGE;
        (trailer.stamp == stamp && trailer.first < trailer.end && fits).then_some(trailer)
    }

    fn index_len(&self) -> Option<u64> {
        u64::from(self.entries).checked_mul(Entry::BYTES as u64)
    }

    pub(crate) fn blocks_end(&self) -> u64 {
        self.blocks_at + self.blocks_len
    }
}

/// Points at a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub position: u64,
    pub time_ms: u64,
    pub offset: u64,
}

impl Entry {
    pub(crate) const BYTES: usize = 24;

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        put_u64(out, self.position);
        put_u64(out, self.time_ms);
        put_u64(out, self.offset);
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Entry> {
        let mut fields = wire::Fields(bytes);
        Some(Entry { position: fields.u64()?, time_ms: fields.u64()?, offset: fields.u64()? })
    }
}
