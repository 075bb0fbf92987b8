//! Journal files that stay as segments of many logs: which do, and how what is trimmed or deleted in them goes.

use std::io;
use std::num::NonZeroU64;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{Full, Keeper};
use crate::block::BLOCK_HEADER;
use crate::commons::ToPunch;
use crate::error::ReadError;
use crate::layout::{JOURNAL, common_path, dying_common_path, segment_path};
use crate::segment::{InCommon, SegmentFile, common};
use crate::{Block, Log};

/// A log has at least this part of a file of which it keeps a section, since each section is remembered.
const SECTION_PART: u64 = 256;
/// What stays makes up all of the file but this part, since the rest of it is of no use from then on.
const WASTED_PART: u64 = 4;
/// A file in which less is used than this part of it does not stay: it is small, and would be one of many.
const USED_PART: u64 = 4;
/// Room is given back in whole pages, so that no byte of what stays is written again.
const PAGE: u64 = 4096;

impl Keeper {
    /// The logs whose blocks are left in the file, with the blocks. Another attempt may come to something else: a log of which the one
    /// before wrote a segment has nothing in the file any more, and where there is no room none stays.
    pub(super) fn staying(&self, full: &Full) -> Vec<(Log, Vec<Block>)> {
        let store = &*self.store;
        let is_small = full.used * USED_PART < full.file.bytes;
        // Where there is no room for another file this one is needed. Secrets in clear must not stay.
        if is_small || store.work.lacks_another() || !store.once_clear.is_empty() {
            return Vec::new();
        }
        let mut staying = Vec::new();
        let mut stays = 0;
        for (log, end) in &full.touched {
            let blocks = log.blocks_to_flush(*end);
            let bytes: u64 = blocks.iter().map(|block| block.bytes() as u64).sum();
            let is_large = bytes >= (blocks.len() as u64).saturating_mul(store.large_block_bytes);
            if !blocks.is_empty() && is_large && bytes >= full.file.bytes / SECTION_PART {
                stays += bytes + (blocks.len() * BLOCK_HEADER) as u64;
                staying.push((log.clone(), blocks));
            }
        }
        if stays < full.used - full.used / WASTED_PART { Vec::new() } else { staying }
    }

    /// The journal file becomes a segment of these logs, which are in order. All else that it held is durable in segments, or
    /// deleted.
    pub(super) fn keep(&self, full: &Full, staying: Vec<(Log, Vec<Block>)>) -> io::Result<()> {
        let (store, generation) = (&*self.store, full.file.generation);
        store.commons.make_room(&*store.disk, staying.iter().map(|(log, _)| log.id()))?;
        let logs: Vec<_> = staying.iter().map(|(log, blocks)| (log.id(), &blocks[..])).collect();
        let (sections, bytes) = common::write_index(&full.file, full.used, &logs, &full.keys)?;
        for ((log, _), section) in staying.iter().zip(&sections) {
            self.remove_begun(log, section.first)?;
        }
        full.file.become_common(&*store.disk)?;
        store.commons.add(generation, bytes, sections.len(), &[]);
        store.segment_bytes.fetch_add(bytes, Ordering::Relaxed);
        let generation = NonZeroU64::new(generation).unwrap_or(NonZeroU64::MIN);
        for ((log, blocks), section) in staying.iter().zip(&sections) {
            let segment = SegmentFile {
                first: section.first,
                bytes: section.bytes,
                last_time_ms: Some(section.last_time_ms),
                is_named: true,
                common: Some(InCommon { generation, end: section.end }),
                replaced: 0,
            };
            let moved = blocks.iter().map(|block| block.bytes() as u64).sum();
            self.publish(log, segment, true, section.end, moved);
        }
        Ok(())
    }

    /// An earlier attempt may have begun a segment of the log's own, of which nobody would know any more.
    fn remove_begun(&self, log: &Log, first: u64) -> io::Result<()> {
        if log.state().segments.last().is_some_and(|segment| segment.first == first) {
            return Ok(());
        }
        match self.store.disk.remove(&segment_path(log.id(), first)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Nothing of the section is read any more.
    pub(super) fn let_go(&self, log: &Log, first: u64, common: InCommon) {
        let mut state = log.state();
        let Some(at) = state.segments.iter().position(|segment| segment.first == first) else { return };
        let gone = state.segments.remove(at);
        drop(state);
        self.store.segments.forget(log.id(), &gone);
        self.store.commons.let_go(common.generation.get(), log.id(), common.end);
    }

    /// Removes segments that no log reads.
    pub(super) fn remove_unread(&self) -> io::Result<()> {
        let (disk, commons) = (&*self.store.disk, &self.store.commons);
        for generation in commons.unread() {
            commons.note_removal(disk, generation)?;
            let remains = dying_common_path(generation);
            match disk.rename(&common_path(generation), &remains) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => disk.sync_dir(JOURNAL.as_ref())?,
            }
            self.store.segment_bytes.fetch_sub(commons.forget(generation), Ordering::Relaxed);
            self.store.work.shrink(remains);
        }
        Ok(())
    }

    /// Gives back the room of what has been dead for some time in files that stay.
    pub(super) fn punch(&self) {
        let due = match self.store.commons.to_punch(&*self.store.disk) {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "what is trimmed in segments of many logs stays; will try again");
                return self.store.commons.punch_all_later();
            }
        };
        for due in due {
            match self.punch_file(&due) {
                Ok(Some(bytes)) => {
                    self.store.commons.punched(&due, bytes);
                    self.store.segment_bytes.fetch_sub(bytes, Ordering::Relaxed);
                }
                // As long as a backup has it too, nothing would be freed.
                Ok(None) => self.store.commons.punch_later(&due),
                Err(error) => {
                    tracing::warn!(%error, "what is trimmed in a segment of many logs stays; will try again");
                    self.store.commons.punch_later(&due);
                }
            }
            if self.store.work.is_stopping() {
                return;
            }
        }
    }

    /// How many bytes are free now; `None` of a file that has another name, which stays as it is. A file system that cannot do it
    /// has the file until nobody reads it.
    fn punch_file(&self, due: &ToPunch) -> Result<Option<u64>, ReadError> {
        let path = common_path(due.generation);
        let io = |error| ReadError::Io { file: path.clone(), error };
        let file = self.store.disk.open(&path).map_err(io)?;
        if file.is_shared().map_err(io)? {
            return Ok(None);
        }
        let (mut freed, mut unsynced) = (0, 0);
        for span in common::spans(&*self.store.disk, due.generation, &due.logs)? {
            let (mut at, end) = (span.start.next_multiple_of(PAGE), span.end / PAGE * PAGE);
            while at < end {
                let now = self.shrink_bytes().next_multiple_of(PAGE).min(end - at);
                match file.punch(at, now) {
                    Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(Some(freed)),
                    punched => punched.map_err(io)?,
                }
                (at, freed, unsynced) = (at + now, freed + now, unsynced + now);
                if unsynced >= self.shrink_bytes() {
                    let begun = Instant::now();
                    file.sync().map_err(io)?;
                    self.store.work.rest(begun.elapsed().max(crate::pace::SHRINK_REST));
                    unsynced = 0;
                }
            }
        }
        file.sync().map_err(io)?;
        Ok(Some(freed))
    }
}
