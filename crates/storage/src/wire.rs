//! Numbers in and out of fixed structures: little endian, in the order in which they are written.

/// Takes numbers off the front of some bytes; `None` past their end.
pub(crate) struct Fields<'a>(pub &'a [u8]);

impl Fields<'_> {
    pub(crate) fn u32(&mut self) -> Option<u32> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*head))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*head))
    }
}

pub(crate) fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// Ends a structure that began at `start` with the checksum of its bytes.
pub(crate) fn put_checksum(out: &mut Vec<u8>, start: usize) {
    let crc = crc32c::crc32c(out.get(start..).unwrap_or_default());
    put_u32(out, crc);
}

/// The fields of a structure whose last four bytes are the checksum of the others; `None` if they are not.
pub(crate) fn checked(bytes: &[u8]) -> Option<Fields<'_>> {
    let (fields, crc) = bytes.split_last_chunk()?;
    (crc32c::crc32c(fields) == u32::from_le_bytes(*crc)).then_some(Fields(fields))
}

/// A number that no writer of records can guess: marks in files carry it, so that no record's bytes are
/// ever taken for a mark.
pub(crate) fn random_stamp() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}
