//! A journal file: one sector of header, then batches, each from a sector's start.
//!
//! Files are numbered by generation without gaps. A file whose records have all reached segments is written
//! over under a new generation. Its header then has a new stamp, and since every batch repeats the stamp,
//! what the file held before is never taken for new.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::block::BLOCK_HEADER;
use crate::disk::{Disk, DiskFile, write_all_at};
use crate::layout::{JOURNAL, UNFINISHED, common_path, journal_name, journal_path};
use crate::wire::{self, put_checksum, put_u32, put_u64};
use crate::{BlockKeyId, WrappedKey};

/// A disk writes this much whole or not at all, so a batch that begins on a sector cannot hurt the one
/// before it.
pub(crate) const SECTOR: u64 = 512;
const FILE_MAGIC: u32 = u32::from_le_bytes(*b"FLJ1");
const BATCH_MAGIC: u32 = u32::from_le_bytes(*b"FLA1");
pub(crate) const BATCH_HEADER: usize = 48;
/// Either stands in one sector, so that it is written whole or not at all. Blocks follow a batch header without padding.
const _: () =
    assert!(SECTOR.is_power_of_two() && (BATCH_HEADER as u64) < SECTOR && BATCH_HEADER == BLOCK_HEADER);

/// The generation of the file with which a storage begins.
const FIRST: u64 = 1;

#[derive(Clone)]
pub(crate) struct JournalFile {
    pub file: Arc<dyn DiskFile>,
    pub generation: u64,
    pub stamp: u64,
    pub bytes: u64,
    /// Its bytes were written before the first batch. If not, a sync also has to write where on the disk there is data by now,
    /// which costs a small batch a third of its time.
    pub is_filled: bool,
    /// The latest round of overwriting that it has been through: nothing in it is older than that. Counted from 0 at each start.
    pub round: u64,
}

impl JournalFile {
    /// What a new storage begins with. It is there at once, since its bytes are not written beforehand.
    pub(crate) fn first(disk: &dyn Disk, bytes: u64) -> io::Result<JournalFile> {
        JournalFile::make(disk, FIRST, bytes, |_| Ok(false))
    }

    /// Whether its bytes were written beforehand, if that is not known: the first one's never are.
    pub(crate) fn may_be_filled(generation: u64) -> bool {
        generation > FIRST
    }

    /// A new file. `fill` writes its bytes, and says whether it did.
    pub(crate) fn make(
        disk: &dyn Disk,
        generation: u64,
        bytes: u64,
        fill: impl FnOnce(&dyn DiskFile) -> io::Result<bool>,
    ) -> io::Result<JournalFile> {
        let unfinished = unfinished_path(generation);
        let file = disk.create(&unfinished)?;
        match file.allocate(bytes).and_then(|()| fill(&*file)) {
            Ok(is_filled) => JournalFile::finish(disk, file, generation, bytes, is_filled),
            Err(error) => {
                // The room that it did get is wanted by others.
                disk.remove(&unfinished)?;
                Err(error)
            }
        }
    }

    /// The same file again, with nothing in it; `fill` writes its bytes, and says whether it did, if they have not been written
    /// yet, or `must_fill`. An attempt that failed may be repeated, as long as no other file has got the generation meanwhile.
    pub(crate) fn recycle(
        &self,
        disk: &dyn Disk,
        generation: u64,
        must_fill: bool,
        fill: impl FnOnce(&dyn DiskFile) -> io::Result<bool>,
    ) -> io::Result<JournalFile> {
        let unfinished = unfinished_path(generation);
        // Out of the way first: a half-written header must not stand under a finished name. Where the old
        // name is gone an earlier attempt got further, and the file may have either of the other two.
        if !rename_if_there(disk, &self.path(), &unfinished)? {
            rename_if_there(disk, &journal_path(generation), &unfinished)?;
        }
        disk.sync_dir(Path::new(JOURNAL))?;
        // An attempt to make a segment of it has cut it behind its batches.
        let is_whole = self.file.bytes()? >= self.bytes;
        if !is_whole {
            self.file.allocate(self.bytes)?;
        }
        let is_filled = (is_whole && self.is_filled && !must_fill) || fill(&*self.file)?;
        JournalFile::finish(disk, self.file.clone(), generation, self.bytes, is_filled)
    }

    fn finish(
        disk: &dyn Disk,
        file: Arc<dyn DiskFile>,
        generation: u64,
        bytes: u64,
        is_filled: bool,
    ) -> io::Result<JournalFile> {
        let stamp = wire::random_stamp();
        let header = file_header(generation, stamp);
        write_all_at(&*file, &mut [IoSlice::new(&header)], 0)?;
        file.sync()?;
        disk.rename(&unfinished_path(generation), &journal_path(generation))?;
        disk.sync_dir(Path::new(JOURNAL))?;
        Ok(JournalFile { file, generation, stamp, bytes, is_filled, round: 0 })
    }

    /// The file becomes a segment of many logs, durably. An attempt that failed may be repeated.
    pub(crate) fn become_common(&self, disk: &dyn Disk) -> io::Result<()> {
        rename_if_there(disk, &self.path(), &common_path(self.generation))?;
        disk.sync_dir(Path::new(JOURNAL))
    }

    /// It does not after all, if an attempt got so far; durable with the next change of a name.
    pub(crate) fn stay_journal(&self, disk: &dyn Disk) -> io::Result<()> {
        rename_if_there(disk, &common_path(self.generation), &self.path()).map(drop)
    }

    pub(crate) fn path(&self) -> PathBuf {
        journal_path(self.generation)
    }
}

/// The keys that stand in a journal file, each before the first block that it has sealed, and where.
pub(crate) type FileKeys = HashMap<BlockKeyId, FileKey>;

#[derive(Clone)]
pub(crate) struct FileKey {
    pub key: Arc<WrappedKey>,
    /// Of its block's header.
    pub at: u64,
}

fn rename_if_there(disk: &dyn Disk, from: &Path, to: &Path) -> io::Result<bool> {
    match disk.rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn unfinished_path(generation: u64) -> PathBuf {
    Path::new(JOURNAL).join(format!("{}{UNFINISHED}", journal_name(generation)))
}

/// A whole sector; what is not used is zero.
fn file_header(generation: u64, stamp: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(SECTOR as usize);
    put_u32(&mut header, FILE_MAGIC);
    put_u32(&mut header, 0);
    put_u64(&mut header, generation);
    put_u64(&mut header, stamp);
    header.resize(SECTOR as usize - 4, 0);
    put_checksum(&mut header, 0);
    header
}

/// Generation and stamp, if the sector is a header.
pub(crate) fn parse_file_header(sector: &[u8]) -> Option<(u64, u64)> {
    let mut fields = wire::checked(sector.get(..SECTOR as usize)?)?;
    let (magic, _) = (fields.u32()?, fields.u32()?);
    let (generation, stamp) = (fields.u64()?, fields.u64()?);
    (magic == FILE_MAGIC).then_some((generation, stamp))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchKind {
    Blocks,
    /// The storage was closed here, in order.
    End,
}

/// What precedes the blocks of one write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchHeader {
    pub kind: BatchKind,
    pub stamp: u64,
    /// One more than the batch before, also across files.
    pub sequence: u64,
    pub blocks: u32,
    /// Of the blocks, headers and payloads.
    pub bytes: u64,
    /// Checksum of the block headers in a row. They hold the checksums of the payloads.
    pub headers_crc: u32,
}

impl BatchHeader {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(BATCH_HEADER);
        put_u32(&mut out, BATCH_MAGIC);
        put_u32(&mut out, u32::from(self.kind == BatchKind::End));
        put_u64(&mut out, self.stamp);
        put_u64(&mut out, self.sequence);
        put_u64(&mut out, self.bytes);
        put_u32(&mut out, self.blocks);
        put_u32(&mut out, self.headers_crc);
        put_u32(&mut out, 0);
        put_checksum(&mut out, 0);
        out
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<BatchHeader> {
        // Looking for batches meets mostly other bytes; the magic is the cheaper test.
        if bytes.get(..4)? != BATCH_MAGIC.to_le_bytes() {
            return None;
        }
        let mut fields = wire::checked(bytes.get(..BATCH_HEADER)?)?;
        fields.u32()?;
        let kind = match fields.u32()? {
            0 => BatchKind::Blocks,
            1 => BatchKind::End,
            _ => return None,
        };
        let (stamp, sequence, bytes) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let (blocks, headers_crc) = (fields.u32()?, fields.u32()?);
        Some(BatchHeader { kind, stamp, sequence, blocks, bytes, headers_crc })
    }
}

/// What a batch with so many bytes of blocks takes: its header and the rest of its last sector included.
pub(crate) const fn on_disk(block_bytes: u64) -> u64 {
    (BATCH_HEADER as u64 + block_bytes).next_multiple_of(SECTOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryDisk;

    /// An attempt to make it a segment failed late, and the next one came to something else.
    #[test]
    fn a_file_that_was_to_be_a_segment_is_made_empty_and_whole_again() {
        let disk = MemoryDisk::default();
        let file = JournalFile::first(&disk, 8192).unwrap();
        file.file.cut(4096).unwrap();
        file.become_common(&disk).unwrap();
        file.stay_journal(&disk).unwrap();
        let empty = file.recycle(&disk, 5, false, |_| Ok(false)).unwrap();
        assert_eq!((empty.file.bytes().unwrap(), empty.is_filled), (8192, false));
        let names: Vec<String> =
            disk.list(Path::new(JOURNAL)).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, [journal_name(5)]);
    }
}
