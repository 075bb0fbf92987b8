//! Reads a journal file beside the process that writes it, and that may write it over under another generation:
//! batch by batch, so that memory holds one of them.

use std::path::PathBuf;
use std::sync::Arc;

use super::file::{BATCH_HEADER, BatchHeader, SECTOR, on_disk, parse_file_header};
use super::scan::parse_blocks;
use crate::block::BlockHeader;
use crate::disk::{Disk, DiskFile, read_exact_at};
use crate::error::{Broken, ReadError};
use crate::layout::{common_path, journal_path};
use crate::settings::JOURNAL_BYTES_MAX;

/// Read at once where a later batch is looked for.
const CHUNK: u64 = 1024 * 1024;

/// An open journal file, and how far it has been read.
pub(crate) struct Followed {
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    bytes: u64,
    pub generation: u64,
    /// The first sector.
    pub header: Vec<u8>,
    pub stamp: u64,
    /// Where the next batch belongs.
    pub end: u64,
}

/// A batch whose every byte is as it was written.
pub(crate) struct WholeBatch {
    pub header: BatchHeader,
    /// As it is on disk.
    pub bytes: Vec<u8>,
    pub blocks: Vec<BlockHeader>,
}

impl Followed {
    /// The file of a generation. One that is not there, or is another by now, is [`ReadError::Io`] of a file that
    /// is not found.
    pub(crate) fn open(disk: &dyn Disk, generation: u64) -> Result<Followed, ReadError> {
        let mut path = journal_path(generation);
        let mut file = disk.open(&path);
        if file.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            // It may have become a segment of many logs, in which the batches are as they were.
            path = common_path(generation);
            file = disk.open(&path);
        }
        let io = |error| ReadError::Io { file: path.clone(), error };
        let file = file.map_err(io)?;
        let bytes = file.bytes().map_err(io)?.min(JOURNAL_BYTES_MAX);
        let mut header = vec![0; SECTOR as usize];
        read_exact_at(&*file, &mut header, 0).map_err(io)?;
        let broken = |what: &str| Broken { file: path.clone(), offset: 0, what: what.to_owned(), log: None };
        match parse_file_header(&header) {
            Some((found, stamp)) if found == generation => {
                Ok(Followed { path, file, bytes, generation, header, stamp, end: SECTOR })
            }
            Some(_) => Err(io(std::io::ErrorKind::NotFound.into())),
            None => Err(broken("the file header does not match its checksum").into()),
        }
    }

    /// Whether the file has not been written over since it was opened. What was read of it before was its own then.
    pub(crate) fn is_the_same(&self) -> Result<bool, ReadError> {
        Ok(self.read(0, SECTOR)? == self.header)
    }

    /// The batch that comes next, once it is there whole.
    pub(crate) fn next(&mut self) -> Result<Option<WholeBatch>, ReadError> {
        let batch = self.batch_at(self.end)?;
        self.end += batch.as_ref().map_or(0, |batch| batch.bytes.len() as u64);
        Ok(batch)
    }

    /// Where a whole batch with this sequence number or a higher one lies behind the end, though none does at it.
    pub(crate) fn later(&self, sequence: u64) -> Result<Option<u64>, ReadError> {
        let mut at = self.end + SECTOR;
        while at + SECTOR <= self.bytes {
            let chunk = self.read(at, CHUNK.min((self.bytes - at) / SECTOR * SECTOR))?;
            for sector in chunk.chunks_exact(SECTOR as usize) {
                let header = BatchHeader::parse(sector);
                if header.is_some_and(|h| h.stamp == self.stamp && h.sequence >= sequence)
                    && self.batch_at(at)?.is_some()
                {
                    return Ok(Some(at));
                }
                at += SECTOR;
            }
        }
        Ok(None)
    }

    fn batch_at(&self, at: u64) -> Result<Option<WholeBatch>, ReadError> {
        let left = self.bytes.saturating_sub(at);
        if left < SECTOR {
            return Ok(None);
        }
        let header = BatchHeader::parse(&self.read(at, BATCH_HEADER as u64)?);
        let Some(header) = header.filter(|h| h.stamp == self.stamp && h.bytes <= left) else {
            return Ok(None);
        };
        let len = on_disk(header.bytes);
        if len > left {
            return Ok(None);
        }
        let bytes = self.read(at, len)?;
        // What was read first may have been overtaken.
        let Some(header) = BatchHeader::parse(&bytes) else { return Ok(None) };
        let blocks = parse_blocks(&header, &bytes, at);
        let blocks = blocks.map(|blocks| blocks.into_iter().map(|(header, _)| header).collect());
        Ok(blocks.filter(|_| on_disk(header.bytes) == len).map(|blocks| WholeBatch { header, bytes, blocks }))
    }

    fn read(&self, at: u64, len: u64) -> Result<Vec<u8>, ReadError> {
        let mut bytes = vec![0; len as usize];
        let read = read_exact_at(&*self.file, &mut bytes, at);
        read.map_err(|error| ReadError::Io { file: self.path.clone(), error })?;
        Ok(bytes)
    }

    pub(crate) fn broken(&self, what: impl Into<String>) -> ReadError {
        Broken { file: self.path.clone(), offset: self.end, what: what.into(), log: None }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryDisk;
    use crate::journal::JournalFile;

    #[test]
    fn a_file_that_is_written_over_is_seen_to_be_another() {
        let disk = MemoryDisk::default();
        let file = JournalFile::first(&disk, 8192).unwrap();
        let followed = Followed::open(&disk, file.generation).unwrap();
        assert!(followed.is_the_same().unwrap());
        file.recycle(&disk, 5, false, |_| Ok(true)).unwrap();
        assert!(!followed.is_the_same().unwrap());
        let gone = Followed::open(&disk, file.generation).err().unwrap();
        assert!(matches!(gone, ReadError::Io { error, .. } if error.kind() == std::io::ErrorKind::NotFound));
    }
}
