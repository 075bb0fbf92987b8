//! Writes the records of a log's segments to a file of the log's own, some of them sealed again under another key. What takes the place
//! of what, and when, is left to the keeper.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::format::{EDGE, Header};
use super::write::{BLOCKS_AT_ONCE, BYTES_AT_ONCE, NewSection};
use super::{SegmentFile, SegmentReader};
use crate::disk::write_all_at;
use crate::layout::{group_dir, resealed_path};
use crate::pace::Pace;
use crate::reseal::ResealError;
use crate::{Block, BlockKey, BlockKeyId, Log, WrappedKey, wire};

/// Which blocks of a log are to be sealed again, and under what.
pub(crate) struct Resealing<'a> {
    pub log: &'a Log,
    pub key: &'a BlockKey,
    /// Blocks that end here or before stay as they are.
    pub from: u64,
    /// Says of a block by its key whether it may stay as it is.
    pub is_right: &'a dyn Fn(Option<&WrappedKey>) -> bool,
}

/// The new file, durable, but for its name.
pub(crate) struct Rewritten {
    pub made: PathBuf,
    pub segment: SegmentFile,
    /// Some of what is sealed again was in clear.
    pub was_clear: bool,
    /// It is as it should be up to here, where a block does not open.
    pub until: Option<u64>,
}

/// What a section has.
#[derive(Default)]
struct Looked {
    /// Of the blocks that stay as they are.
    keys: BTreeMap<BlockKeyId, Arc<WrappedKey>>,
    /// Position of the first block that does not.
    first_wrong: Option<u64>,
    has_clear: bool,
}

/// A file's sections.
type LookedAt = Vec<Looked>;

impl Resealing<'_> {
    pub(crate) fn is_wrong(&self, block: &Block) -> bool {
        let is_right = match block.key() {
            // Without its key nobody can open it.
            None if block.is_sealed() => false,
            key => (self.is_right)(key.map(|key| &**key)),
        };
        block.end() > self.from && !is_right
    }

    fn open(&self, segment: &SegmentFile) -> Result<SegmentReader, ResealError> {
        let opened = SegmentReader::open(&*self.log.shared.store.disk, self.log.id(), segment)?;
        opened.extend(segment.bytes)?;
        Ok(opened)
    }

    /// Reads all of a file. Blocks from `until` on count as right.
    fn look(&self, segment: &SegmentFile, until: u64) -> Result<LookedAt, ResealError> {
        let opened = self.open(segment)?;
        let mut sections = Vec::new();
        for section in 0..opened.sections() {
            let mut looked = Looked::default();
            let mut is_alive: Result<(), ResealError> = Ok(());
            opened.each_block(section, |block| {
                if block.first() < until && self.is_wrong(&block) {
                    looked.first_wrong = looked.first_wrong.or(Some(block.first()));
                    looked.has_clear |= !block.is_sealed();
                } else if let Some(key) = block.key() {
                    looked.keys.entry(key.id).or_insert_with(|| key.clone());
                }
                is_alive = self.is_alive();
                if is_alive.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            is_alive?;
            sections.push(looked);
        }
        Ok(sections)
    }

    /// Whether a file has a block that is to be sealed again.
    pub(crate) fn has_wrong(&self, segment: &SegmentFile) -> Result<bool, ResealError> {
        Ok(self.look(segment, u64::MAX)?.iter().any(|section| section.first_wrong.is_some()))
    }

    fn is_alive(&self) -> Result<(), ResealError> {
        if self.log.shared.store.work.is_ending() { Err(ResealError::Closed) } else { Ok(()) }
    }

    /// The block as it is to be.
    fn sealed_again(&self, block: Block) -> Result<Block, ResealError> {
        let (first, end) = (block.first(), block.end());
        let opened = self.log.open(block, 0, usize::MAX, usize::MAX);
        let opened = opened.map_err(|error| ResealError::Unopened { first, end, error })?;
        opened.sealed_again(self.log.id(), self.key).ok_or_else(|| {
            let error = io::Error::other("the cipher seals no block");
            ResealError::Io { path: resealed_path(self.log.id(), first), error }
        })
    }
}

/// One file with the records of all of `run`, whose files follow one another, and their sections as they were: a start may have to find
/// the end of each. `None` if there is nothing to be sealed again, unless it `must` be made. Of the newest record before them `time_ms`
/// is the time, where it is known.
///
/// Where a block does not open, what comes before it is sealed again, and the rest stays as it is; an error if nothing does.
pub(crate) fn rewrite(
    resealing: &Resealing<'_>,
    run: &[SegmentFile],
    must: bool,
    time_ms: Option<u64>,
) -> Result<Option<Rewritten>, ResealError> {
    let mut until = None;
    loop {
        let limit = until.unwrap_or(u64::MAX);
        let looked: Vec<LookedAt> =
            run.iter().map(|segment| resealing.look(segment, limit)).collect::<Result<_, _>>()?;
        let first_wrong = looked.iter().flatten().find_map(|section| section.first_wrong);
        if first_wrong.is_none() && !must {
            return Ok(None);
        }
        let copy = Copy { resealing, until: limit, made: resealed_path(resealing.log.id(), first_of(run)) };
        match copy.write(run, &looked, time_ms) {
            Ok(segment) => {
                let was_clear = looked.iter().flatten().any(|section| section.has_clear);
                return Ok(Some(Rewritten { made: copy.made, segment, was_clear, until }));
            }
            Err(error) => {
                // It is removed at the next start, or written over by the next attempt.
                let _ = resealing.log.shared.store.disk.remove(&copy.made);
                match error {
                    ResealError::Unopened { first, .. } if first_wrong.is_some_and(|wrong| wrong < first) => {
                        until = Some(first);
                    }
                    error => return Err(error),
                }
            }
        }
    }
}

fn first_of(run: &[SegmentFile]) -> u64 {
    run.first().map_or(0, |segment| segment.first)
}

struct Copy<'a> {
    resealing: &'a Resealing<'a>,
    until: u64,
    made: PathBuf,
}

impl Copy<'_> {
    fn write(
        &self,
        run: &[SegmentFile],
        looked: &[LookedAt],
        time_ms: Option<u64>,
    ) -> Result<SegmentFile, ResealError> {
        let (store, id) = (&*self.resealing.log.shared.store, self.resealing.log.id());
        let disk = &*store.disk;
        let file = disk.make_dir(&group_dir(id.group)).and_then(|()| disk.create(&self.made));
        let file = file.map_err(|error| self.io(error))?;
        let before = run.first().map(|first| self.resealing.open(first)).transpose()?;
        let time_ms = before.and_then(|before| before.time_before()).or(time_ms);
        let header = Header { id, stamp: wire::random_stamp(), first: first_of(run), time_ms };
        write_all_at(&*file, &mut [IoSlice::new(&header.to_bytes())], 0).map_err(|error| self.io(error))?;
        let mut pace = Pace::apart(disk, &store.work);
        let (mut at, mut last_time_ms) = (EDGE, time_ms);
        for (segment, sections) in run.iter().zip(looked) {
            let opened = self.resealing.open(segment)?;
            for (n, section) in sections.iter().enumerate() {
                let new = NewSection::begin(&*file, id, header.stamp, at);
                let written = self.write_section(&opened, n, section, new, &mut pace)?;
                let Some((end, time_ms)) = written else { continue };
                (at, last_time_ms) = (end, Some(time_ms));
            }
        }
        pace.end_of(&*file).map_err(|error| self.io(error))?;
        let replaced = run.iter().map(|segment| segment.replaced).max().unwrap_or(0) + 1;
        Ok(SegmentFile {
            first: header.first,
            bytes: at,
            last_time_ms,
            is_named: true,
            common: None,
            replaced,
        })
    }

    /// Answers with where it ends in the file, and with the time of its last block.
    fn write_section(
        &self,
        opened: &SegmentReader,
        section: usize,
        looked: &Looked,
        new: NewSection<'_>,
        pace: &mut Pace<'_>,
    ) -> Result<Option<(u64, u64)>, ResealError> {
        let mut taking =
            Taking { copy: self, looked, new, blocks: Vec::new(), bytes: 0, first: None, last: None };
        let mut taken: Result<(), ResealError> = Ok(());
        opened.each_block(section, |block| {
            taken = taking.take(block, pace);
            if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        taken?;
        taking.end(pace)
    }

    fn io(&self, error: io::Error) -> ResealError {
        ResealError::Io { path: self.made.clone(), error }
    }
}

/// A section on its way to the new file.
struct Taking<'a> {
    copy: &'a Copy<'a>,
    looked: &'a Looked,
    new: NewSection<'a>,
    /// Those that are written together.
    blocks: Vec<Block>,
    bytes: usize,
    first: Option<u64>,
    last: Option<Block>,
}

impl Taking<'_> {
    fn take(&mut self, block: Block, pace: &mut Pace<'_>) -> Result<(), ResealError> {
        let resealing = self.copy.resealing;
        resealing.is_alive()?;
        if self.first.is_none() {
            self.first = Some(block.first());
            self.put_keys(&block)?;
        }
        let is_wrong = block.first() < self.copy.until && resealing.is_wrong(&block);
        let block = if is_wrong { resealing.sealed_again(block)? } else { block };
        self.bytes += block.disk_bytes();
        self.last = Some(block.clone());
        self.blocks.push(block);
        let is_enough = self.blocks.len() >= BLOCKS_AT_ONCE || self.bytes >= BYTES_AT_ONCE;
        if is_enough { self.put(pace) } else { Ok(()) }
    }

    /// Of blocks that are sealed again, and of those that stay.
    fn put_keys(&mut self, first: &Block) -> Result<(), ResealError> {
        let added = self.looked.first_wrong.map(|_| self.copy.resealing.key.wrapped());
        let others = self.looked.keys.values().filter(|key| added.is_none_or(|added| added.id != key.id));
        let put = self.new.put_keys(added.into_iter().chain(others), first);
        put.map_err(|error| self.copy.io(error))
    }

    fn put(&mut self, pace: &mut Pace<'_>) -> Result<(), ResealError> {
        self.bytes = 0;
        let blocks = std::mem::take(&mut self.blocks);
        self.new.put(&blocks, pace).map_err(|error| self.copy.io(error))
    }

    fn end(mut self, pace: &mut Pace<'_>) -> Result<Option<(u64, u64)>, ResealError> {
        self.put(pace)?;
        let (Some(first), Some(last)) = (self.first, self.last) else { return Ok(None) };
        let end = self.new.end(first, &last).map_err(|error| self.copy.io(error))?;
        Ok(Some((end, last.time_ms())))
    }
}
