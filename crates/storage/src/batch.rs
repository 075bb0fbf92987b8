//! Gathers records into the bytes that will be written, kept and read. Runs on the caller's thread, with
//! the checksum, so that the one writer has nothing to do per byte.

use std::sync::Arc;

use bytes::Bytes;

use crate::block::{BLOCK_HEADER, RECORD_HEADER, key_block_bytes};
use crate::sealed::BlockAad;
use crate::{BlockKey, LogId};

/// Records for one log, ready to be appended.
#[derive(Clone)]
pub struct Batch {
    pub(crate) payload: Bytes,
    /// Of the payload; of no meaning where it will lie sealed.
    pub(crate) crc: u32,
    pub(crate) records: u32,
    /// As it will lie on disk, if that is not as it is here.
    pub(crate) sealed: Option<Box<SealedBatch>>,
}

#[derive(Clone)]
pub(crate) struct SealedBatch {
    pub key: Arc<BlockKey>,
    pub number: u64,
    pub bytes: Vec<u8>,
    pub crc: u32,
}

impl Batch {
    /// It is to lie sealed, in this log. `None` where the cipher fails.
    pub(crate) fn seal(&mut self, log: LogId, key: Arc<BlockKey>) -> Option<()> {
        let number = key.number(self.payload.len());
        let bytes = key.seal(BlockAad { log, records: self.records }, number, &self.payload)?;
        let crc = crc32c::crc32c(&bytes);
        self.sealed = Some(Box::new(SealedBatch { key, number, bytes, crc }));
        Some(())
    }

    /// What it takes in the journal at most.
    pub(crate) fn journal_bytes(&self) -> u64 {
        let bytes = match &self.sealed {
            Some(sealed) => sealed.bytes.len() + key_block_bytes(sealed.key.wrapped()),
            None => self.payload.len(),
        };
        (BLOCK_HEADER + bytes) as u64
    }

    pub fn len(&self) -> usize {
        self.records as usize
    }

    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Bytes of the records with their framing.
    pub fn bytes(&self) -> usize {
        self.payload.len()
    }
}

#[derive(Default)]
pub struct BatchBuilder {
    payload: Vec<u8>,
    records: u32,
}

impl BatchBuilder {
    /// `bytes` of keys and values, plus 8 for each record, spare the buffer from growing.
    pub fn with_capacity(bytes: usize) -> BatchBuilder {
        BatchBuilder { payload: Vec::with_capacity(bytes), records: 0 }
    }

    /// # Panics
    /// If the key has 64 KiB or more, or the value 4 GiB or more.
    pub fn push(&mut self, attributes: u8, key: &[u8], value: &[u8]) {
        self.begin(attributes, key, value.len());
        self.payload.extend_from_slice(value);
    }

    /// Lets `fill` append the `value_len` bytes of the value to the buffer. If it fails, the batch is as it
    /// was before.
    ///
    /// # Panics
    /// If `fill` appends another number of bytes, and where [`Self::push`] does.
    pub fn push_with<E>(
        &mut self,
        attributes: u8,
        key: &[u8],
        value_len: usize,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = self.payload.len();
        self.begin(attributes, key, value_len);
        let value_at = self.payload.len();
        if let Err(error) = fill(&mut self.payload) {
            self.payload.truncate(before);
            self.records -= 1;
            return Err(error);
        }
        assert_eq!(self.payload.len(), value_at + value_len, "the value has the length that was announced");
        Ok(())
    }

    fn begin(&mut self, attributes: u8, key: &[u8], value_len: usize) {
        let key_len = u16::try_from(key.len()).expect("a key is shorter than 64 KiB");
        let value_len_field = u32::try_from(value_len).expect("a value is shorter than 4 GiB");
        self.payload.reserve(RECORD_HEADER + key.len() + value_len);
        let [v0, v1, v2, v3] = value_len_field.to_le_bytes();
        let [k0, k1] = key_len.to_le_bytes();
        self.payload.extend_from_slice(&[v0, v1, v2, v3, k0, k1, attributes, 0]);
        self.payload.extend_from_slice(key);
        self.records += 1;
    }

    /// Records so far.
    pub fn len(&self) -> usize {
        self.records as usize
    }

    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    pub fn bytes(&self) -> usize {
        self.payload.len()
    }

    pub fn finish(self) -> Batch {
        let crc = crc32c::crc32c(&self.payload);
        Batch { crc, ..self.without_crc() }
    }

    /// The same, to lie sealed in this log. The key has to be one that [`BlockKeys`](crate::BlockKeys) opens. `None` where the cipher
    /// fails.
    pub fn finish_sealed(self, log: LogId, key: Arc<BlockKey>) -> Option<Batch> {
        // A sealed block's checksum is of its sealed bytes.
        let mut batch = self.without_crc();
        batch.seal(log, key)?;
        Some(batch)
    }

    fn without_crc(mut self) -> Batch {
        // The buffer stays in memory for as long as the tail keeps the block.
        if self.payload.capacity() - self.payload.len() > self.payload.len() / 8 {
            self.payload.shrink_to_fit();
        }
        Batch { payload: self.payload.into(), crc: 0, records: self.records, sealed: None }
    }
}
