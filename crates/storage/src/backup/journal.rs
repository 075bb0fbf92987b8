//! Copies the journal, batch by batch, while its writer goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IoSlice;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::{Backup, Stop, moved};
use crate::block::{BlockHeader, BlockKind};
use crate::disk::{Disk, DiskFile, write_all_at};
use crate::error::ReadError;
use crate::journal::{BatchHeader, BatchKind, Followed, WholeBatch, on_disk};
use crate::layout::{self, JOURNAL};
use crate::{Block, LogId};

/// What the copied part of the journal holds.
#[derive(Default)]
pub(super) struct Journal {
    /// Where the oldest segment of each log begins; blocks before it are trimmed.
    oldest: BTreeMap<LogId, u64>,
    /// Of each log what is not trimmed, as if it were one block.
    pub spans: BTreeMap<LogId, Block>,
    pub deleted: BTreeSet<LogId>,
    /// Of the last batch.
    sequence: Option<u64>,
    ends_cleanly: bool,
    current: Option<Current>,
}

/// The file of the copy that is written.
struct Current {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    stamp: u64,
    end: u64,
}

impl Journal {
    fn take(&mut self, batch: &WholeBatch) -> Result<(), String> {
        self.sequence = Some(batch.header.sequence);
        self.ends_cleanly = batch.header.kind == BatchKind::End;
        for header in &batch.blocks {
            if header.kind == BlockKind::Key {
                continue;
            }
            if header.is_deletion() {
                self.spans.remove(&header.id);
                self.deleted.insert(header.id);
            } else if self.oldest.get(&header.id).is_none_or(|oldest| header.first >= *oldest) {
                self.extend(header)?;
            }
        }
        Ok(())
    }

    fn extend(&mut self, header: &BlockHeader) -> Result<(), String> {
        let before = self.spans.get(&header.id);
        if before.is_some_and(|before| before.end() != header.first) {
            return Err(format!("log {} has a hole before position {}", header.id, header.first));
        }
        let (first, records) =
            before.map_or((header.first, 0), |before| (before.first(), before.end() - before.first()));
        let records = u32::try_from(records + u64::from(header.records)).unwrap_or(u32::MAX);
        self.spans.insert(header.id, Block::new(Bytes::new(), 0, records, first, header.time_ms));
        Ok(())
    }
}

impl<D: Disk> Backup<D> {
    /// Up to the last whole batch. Each file is cut where its batches end.
    pub(super) fn copy_journal(
        &mut self,
        generations: &[u64],
        oldest: BTreeMap<LogId, u64>,
    ) -> Result<Journal, Stop> {
        let dir = self.to.join(JOURNAL);
        let earlier = self.disk.make_dir(&dir).and_then(|()| self.disk.list(&dir));
        let earlier = earlier.map_err(|error| self.target(JOURNAL, error))?;
        // Segments of many logs are in place.
        for entry in earlier.iter().filter(|entry| layout::parse_common_name(&entry.name).is_none()) {
            let removed = self.disk.remove(&dir.join(&entry.name));
            removed.map_err(|error| self.target(JOURNAL, error))?;
        }
        let mut journal = Journal { oldest, ..Journal::default() };
        let mut passed: Vec<Followed> = Vec::new();
        for generation in generations {
            let mut file = Followed::open(&self.disk, *generation)?;
            let ended = self.copy_journal_file(&mut file, &mut passed, &mut journal)?;
            if !file.is_the_same()? {
                return Err(moved(layout::journal_path(*generation)));
            }
            passed.push(file);
            if ended {
                break;
            }
        }
        if journal.current.is_none()
            && let Some(first) = passed.first()
        {
            self.begin_journal_file(&mut journal, first)?;
        }
        self.end_journal(journal)
    }

    /// True if the journal was written on after the files before this one had been read: what this one holds comes
    /// after the point.
    fn copy_journal_file(
        &mut self,
        file: &mut Followed,
        passed: &mut [Followed],
        journal: &mut Journal,
    ) -> Result<bool, Stop> {
        let mut is_begun = false;
        while let Some(batch) = next_batch(file, journal.sequence)? {
            let sequence = batch.header.sequence;
            if let Some(last) = journal.sequence
                && sequence != last + 1
            {
                for earlier in passed.iter_mut() {
                    if earlier.next()?.is_some_and(|batch| batch.header.sequence == last + 1) {
                        return Ok(true);
                    }
                }
                let what = format!("batch {} is not as it was written, yet {sequence} follows", last + 1);
                return Err(file.broken(what).into());
            }
            if !std::mem::replace(&mut is_begun, true) {
                self.begin_journal_file(journal, file)?;
            }
            self.write_journal(journal, &batch.bytes)?;
            journal.take(&batch).map_err(|what| file.broken(what))?;
        }
        Ok(false)
    }

    fn begin_journal_file(&mut self, journal: &mut Journal, file: &Followed) -> Result<(), Stop> {
        self.sync_journal(journal)?;
        let path = layout::journal_path(file.generation);
        let made = self.disk.create(&self.to.join(&path)).map_err(|error| self.target(&path, error))?;
        journal.current = Some(Current { file: made, path, stamp: file.stamp, end: 0 });
        self.done.copied_files += 1;
        self.write_journal(journal, &file.header)
    }

    fn write_journal(&mut self, journal: &mut Journal, bytes: &[u8]) -> Result<(), Stop> {
        let Some(current) = &mut journal.current else { return Ok(()) };
        let written = write_all_at(&*current.file, &mut [IoSlice::new(bytes)], current.end);
        written.map_err(|error| self.target(&current.path, error))?;
        current.end += bytes.len() as u64;
        self.done.copied_bytes += bytes.len() as u64;
        Ok(())
    }

    fn sync_journal(&self, journal: &Journal) -> Result<(), Stop> {
        let Some(current) = &journal.current else { return Ok(()) };
        current.file.sync().map_err(|error| self.target(&current.path, error).into())
    }

    /// With the mark of a clean end, before which nothing may be missing.
    fn end_journal(&mut self, mut journal: Journal) -> Result<Journal, Stop> {
        self.done.sequence = journal.sequence.unwrap_or(0);
        if let Some(current) = &journal.current
            && !journal.ends_cleanly
        {
            let end = BatchHeader {
                kind: BatchKind::End,
                stamp: current.stamp,
                sequence: journal.sequence.map_or(1, |last| last + 1),
                blocks: 0,
                bytes: 0,
                headers_crc: crc32c::crc32c(&[]),
            };
            let mut bytes = end.to_bytes();
            bytes.resize(on_disk(0) as usize, 0);
            self.write_journal(&mut journal, &bytes)?;
        }
        self.sync_journal(&journal)?;
        Ok(journal)
    }
}

/// The next whole batch of a file; none where the journal ends. `last` is the sequence number before it.
fn next_batch(file: &mut Followed, last: Option<u64>) -> Result<Option<WholeBatch>, ReadError> {
    if let Some(batch) = file.next()? {
        return Ok(Some(batch));
    }
    let Some(later) = file.later(last.map_or(0, |last| last + 1))? else { return Ok(None) };
    // It was begun when the one before it was durable, so that one can be read by now.
    match file.next()? {
        Some(batch) => Ok(Some(batch)),
        None => {
            Err(file.broken(format!("the batch is not as it was written, yet another follows at {later}")))
        }
    }
}
