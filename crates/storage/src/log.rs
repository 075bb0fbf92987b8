//! One log: what is readable of it, and reading it. The newest blocks are in memory, older ones in segments.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::error::ReadError;
use crate::segment::SegmentFile;
use crate::storage::Store;
use crate::{Block, BlockKeyError, LogId, threads};

/// How much one read may bring. Blocks are whole, so the last one may go beyond it.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimit {
    pub records: usize,
    pub bytes: usize,
}

/// A handle on one log.
#[derive(Clone)]
pub struct Log {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub id: LogId,
    pub store: Arc<Store>,
    pub start: AtomicU64,
    pub end: AtomicU64,
    /// Time of the newest durable record.
    pub time_ms: AtomicU64,
    pub any_time: AtomicBool,
    pub sealed: AtomicBool,
    pub deleted: AtomicBool,
    /// The deletion is durable.
    pub gone: AtomicBool,
    /// The keeper has it on its list.
    pub trim_waits: AtomicBool,
    pub more: Notify,
    pub state: Mutex<LogContents>,
    pub writing: Writing,
}

/// What only the writer uses.
pub(crate) struct Writing {
    /// Where the next record goes, and the least time that it may have; ahead of what is durable.
    pub next: AtomicU64,
    pub time_ms: AtomicU64,
    /// The journal file that last took a block of this log.
    pub generation: AtomicU64,
}

/// Where the records lie.
#[derive(Default)]
pub(crate) struct LogContents {
    /// Without gaps, up to the end. All that is not in segments, and of the rest what memory allows.
    pub tail: VecDeque<Block>,
    /// Without gaps, oldest first.
    pub segments: Vec<SegmentFile>,
    /// Records before this position are durable in segments.
    pub flushed: u64,
    /// Bytes of those from there on, which only the journal holds.
    pub journal_bytes: u64,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({}, {}..{})", self.id(), self.start(), self.end())
    }
}

impl Log {
    pub(crate) fn new(id: LogId, store: Arc<Store>, state: LogContents, time_ms: Option<u64>) -> Log {
        let oldest = state.segments.first().map(|segment| segment.first);
        let start = oldest.or(state.tail.front().map(Block::first)).unwrap_or(0);
        let end = state.tail.back().map_or(state.flushed, Block::end);
        assert!(start <= end && state.flushed <= end, "log {id} goes from {start} to {end}");
        let shared = Shared {
            id,
            store,
            start: start.into(),
            end: end.into(),
            time_ms: time_ms.unwrap_or(0).into(),
            any_time: time_ms.is_some().into(),
            sealed: false.into(),
            deleted: false.into(),
            gone: false.into(),
            trim_waits: false.into(),
            more: Notify::new(),
            state: Mutex::new(state),
            writing: Writing {
                next: end.into(),
                time_ms: time_ms.unwrap_or(0).into(),
                generation: u64::MAX.into(),
            },
        };
        Log { shared: Arc::new(shared) }
    }

    pub fn id(&self) -> LogId {
        self.shared.id
    }

    /// The first readable position.
    pub fn start(&self) -> u64 {
        self.shared.start.load(Ordering::Acquire)
    }

    /// The position after the newest durable record. Only records before it are readable.
    pub fn end(&self) -> u64 {
        self.shared.end.load(Ordering::Acquire)
    }

    /// Arrival time of the newest durable record, also when it is trimmed.
    pub fn last_time_ms(&self) -> Option<u64> {
        let any = self.shared.any_time.load(Ordering::Acquire);
        any.then(|| self.shared.time_ms.load(Ordering::Acquire))
    }

    /// Bytes of the records that are kept, in segments and in the journal. Those of a segment of which a part is trimmed
    /// count until all of it is.
    pub fn stored_bytes(&self) -> u64 {
        let state = self.state();
        let segments = state.segments.iter().skip(state.removable(self.start()));
        segments.map(|segment| segment.bytes).sum::<u64>() + state.journal_bytes
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, LogContents> {
        self.shared.state.lock()
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.shared.deleted.load(Ordering::Acquire)
    }

    /// Deleted for good. Until then a crash brings the log back, and all that it held must be there.
    pub(crate) fn is_gone(&self) -> bool {
        self.shared.gone.load(Ordering::Acquire)
    }

    /// What is not in segments yet, up to `end`; none of a log that is gone.
    pub(crate) fn blocks_to_flush(&self, end: u64) -> Vec<Block> {
        let state = self.state();
        if self.is_gone() {
            return Vec::new();
        }
        let from = state.tail.partition_point(|block| block.first() < state.flushed);
        let blocks = state.tail.range(from..).take_while(|block| block.end() <= end);
        let blocks = blocks.cloned().collect::<Vec<Block>>();
        // What goes to segments now is all that will be left of the log.
        let first = blocks.first().map_or(state.flushed, Block::first);
        assert_eq!(first, state.flushed, "log {} goes on where its segments end", self.id());
        blocks
    }

    /// Blocks from the first one that ends after `position`, until the limit is reached; at least one if
    /// there is one. A position before the start reads from the start. What is in memory is answered
    /// at once, on the calling thread, unless a restart found it sealed.
    ///
    /// Of a block that lies sealed the end may be left out. What cannot be opened is an error where it comes first, and else left
    /// out with all that follows.
    pub async fn read(&self, position: u64, limit: ReadLimit) -> Result<Vec<Block>, ReadError> {
        let mut gather = Gather::new(position, limit);
        let remaining = self.read_tail(&mut gather)?;
        if remaining == Remaining::Done && !gather.has_sealed() {
            return Ok(gather.blocks);
        }
        let log = self.clone();
        let read = move || {
            let blocks = match remaining {
                Remaining::Done => gather.blocks,
                Remaining::Segments => log.read_all(gather)?,
            };
            log.opened(blocks, position, limit)
        };
        self.off_thread(read).await
    }

    /// Opens what is sealed.
    fn opened(&self, blocks: Vec<Block>, position: u64, limit: ReadLimit) -> Result<Vec<Block>, ReadError> {
        let mut opened = Vec::with_capacity(blocks.len());
        let (mut records, mut bytes) = (limit.records, limit.bytes);
        for block in blocks {
            let end = block.end();
            let block = match self.open(block, position, records, bytes) {
                Err(error) if opened.is_empty() => return Err(error),
                Err(_) => break,
                Ok(block) => block,
            };
            records = records.saturating_sub((block.end() - position.max(block.first())) as usize);
            bytes = bytes.saturating_sub(block.bytes());
            let is_last = block.end() < end || records == 0 || bytes == 0;
            opened.push(block);
            if is_last {
                break;
            }
        }
        Ok(opened)
    }

    /// A block in clear, at least as far as so many of its records from `position` on, or so many bytes of them, go.
    pub(crate) fn open(
        &self,
        block: Block,
        position: u64,
        records: usize,
        bytes: usize,
    ) -> Result<Block, ReadError> {
        if !block.is_sealed() {
            return Ok(block);
        }
        let (log, position) = (self.id(), position.max(block.first()));
        let altered = || ReadError::Altered { log, position };
        let wrapped = block.key().ok_or_else(altered)?;
        let no_keys = || BlockKeyError("no keys were given".into());
        let keys = self.shared.store.keys.as_ref().ok_or_else(no_keys);
        let key = keys.and_then(|keys| keys.opening(log, wrapped));
        let key = key.map_err(|error| ReadError::NoKey { log, position, key: wrapped.clone(), error })?;
        block.opened(log, &key, position, records, bytes).ok_or_else(altered)
    }

    /// The position of the first record at `ms` or later; the end if there is none.
    pub async fn find_time(&self, ms: u64) -> Result<u64, ReadError> {
        if self.is_deleted() {
            return Err(ReadError::Deleted);
        }
        let end = self.end();
        if self.last_time_ms().is_none_or(|last| last < ms) {
            return Ok(end);
        }
        {
            let state = self.state();
            let older = state.tail.partition_point(|block| block.time_ms() < ms);
            let all_in_tail = state.tail.front().is_some_and(|block| block.first() <= self.start());
            if let Some(block) = state.tail.get(older)
                && (older > 0 || all_in_tail)
            {
                return Ok(block.first().max(self.start()));
            }
        }
        let log = self.clone();
        self.off_thread(move || log.find_time_in_segments(ms)).await
    }

    /// Records before `position` are not readable any more. Files go when no record of theirs is readable,
    /// in the background, and a restart may bring records back whose file has not gone.
    pub fn trim(&self, position: u64) {
        let position = position.min(self.end());
        self.shared.start.fetch_max(position, Ordering::AcqRel);
        debug_assert!(self.start() <= self.end(), "{self:?}");
        let due = {
            let state = self.state();
            state.removable(position) > 0 || state.is_spent(position)
        };
        if due {
            self.shared.store.work.trim(self.clone());
        }
    }

    /// Returns when there is a durable record at `position` or after it.
    pub async fn wait(&self, position: u64) -> Result<(), ReadError> {
        loop {
            let more = self.shared.more.notified();
            let mut more = std::pin::pin!(more);
            // Counted as waiting before looking, so that no wake-up falls between.
            more.as_mut().enable();
            if self.is_deleted() {
                return Err(ReadError::Deleted);
            }
            if self.end() > position {
                return Ok(());
            }
            more.await;
        }
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let reader = self.shared.store.segments.reader().await;
        let work = move || {
            let _held_until_it_is_done = reader;
            work()
        };
        threads::off_thread(work).await.unwrap_or_else(|error| {
            let error = std::io::Error::other(error);
            Err(ReadError::Io { file: crate::layout::group_dir(self.id().group), error })
        })
    }

    /// Takes what memory has, if the position to read next is there.
    fn read_tail(&self, gather: &mut Gather) -> Result<Remaining, ReadError> {
        if self.is_deleted() {
            return Err(ReadError::Deleted);
        }
        let state = self.state();
        gather.start = self.start();
        gather.position = gather.position.max(gather.start);
        if gather.position >= self.end() {
            return Ok(Remaining::Done);
        }
        let before = state.tail.partition_point(|block| block.end() <= gather.position);
        match state.tail.get(before) {
            Some(block) if block.first() <= gather.position => {}
            _ => return Ok(Remaining::Segments),
        }
        for block in state.tail.range(before..) {
            if gather.is_full() {
                break;
            }
            gather.push(block.clone());
        }
        Ok(Remaining::Done)
    }

    fn read_all(&self, mut gather: Gather) -> Result<Vec<Block>, ReadError> {
        while !gather.is_full() {
            if let Remaining::Done = self.read_tail(&mut gather)? {
                break;
            }
            let Some((segment, next)) = self.segment_of(gather.position) else { continue };
            let opened = self.shared.store.segments.get(self.id(), &segment);
            let read = opened.and_then(|opened| {
                opened.covers(gather.position, next)?;
                opened.read(&mut gather)
            });
            match read {
                Ok(()) => {}
                // Trimmed meanwhile: from the new start, then. Or sealed again, and in another file.
                Err(_) if self.has_lost(&segment) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(gather.blocks)
    }

    /// The segment that holds a position, and where the one after it begins.
    fn segment_of(&self, position: u64) -> Option<(SegmentFile, u64)> {
        let state = self.state();
        let after = state.segments.partition_point(|segment| segment.first <= position);
        let segment = state.segments.get(after.checked_sub(1)?)?.clone();
        let next = state.segments.get(after).map_or(state.flushed, |segment| segment.first);
        Some((segment, next))
    }

    /// Whether the segment's file is gone, or may go at any moment, or another took its place.
    pub(crate) fn has_lost(&self, segment: &SegmentFile) -> bool {
        let (start, state) = (self.start(), self.state());
        let kept = state.segments.iter().skip(state.removable(start));
        self.is_deleted() || !kept.into_iter().any(|s| s.is_same(segment))
    }

    fn find_time_in_segments(&self, ms: u64) -> Result<u64, ReadError> {
        loop {
            if self.is_deleted() {
                return Err(ReadError::Deleted);
            }
            // Seen together, segments and tail have no gap between them.
            let (segments, in_tail) = {
                let state = self.state();
                let older = state.tail.partition_point(|block| block.time_ms() < ms);
                let kept = state.segments.iter().skip(state.removable(self.start()));
                (kept.cloned().collect::<Vec<_>>(), state.tail.get(older).map_or(self.end(), Block::first))
            };
            match self.find_time_among(&segments, ms) {
                Ok(found) => return Ok(found.unwrap_or(in_tail).max(self.start())),
                Err(_) if segments.iter().any(|segment| self.has_lost(segment)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn find_time_among(&self, segments: &[SegmentFile], ms: u64) -> Result<Option<u64>, ReadError> {
        let (mut low, mut high) = (0, segments.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let Some(segment) = segments.get(middle) else { break };
            if self.last_time_of(segment)?.is_none_or(|last| last < ms) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let Some(segment) = segments.get(low) else { return Ok(None) };
        self.shared.store.segments.get(self.id(), segment)?.find_time(ms)
    }

    pub(crate) fn last_time_of(&self, segment: &SegmentFile) -> Result<Option<u64>, ReadError> {
        if segment.last_time_ms.is_some() {
            return Ok(segment.last_time_ms);
        }
        let last = self.shared.store.segments.get(self.id(), segment)?.last_time_ms();
        let mut state = self.state();
        if let Some(known) = state.segments.iter_mut().find(|s| s.first == segment.first) {
            known.last_time_ms = known.last_time_ms.or(last);
        }
        Ok(last)
    }
}

impl LogContents {
    /// How many segments, from the oldest, lie wholly before `start`. The newest stays, since it says where
    /// the log ends.
    pub(crate) fn removable(&self, start: u64) -> usize {
        self.segments.iter().skip(1).take_while(|segment| segment.first <= start).count()
    }

    /// Whether the newest segment, and with it the log, holds only records before `start`.
    pub(crate) fn is_spent(&self, start: u64) -> bool {
        let newest = self.segments.last();
        start >= self.flushed && newest.is_some_and(|segment| segment.first < self.flushed)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Remaining {
    /// There is no more, or the limit is reached, or memory gave what it had.
    Done,
    Segments,
}

/// Blocks on their way to a reader.
pub(crate) struct Gather {
    start: u64,
    pub position: u64,
    pub blocks: Vec<Block>,
    pub limit: ReadLimit,
    records: usize,
    bytes: usize,
}

impl Gather {
    fn new(position: u64, limit: ReadLimit) -> Gather {
        Gather { start: 0, position, blocks: Vec::new(), limit, records: 0, bytes: 0 }
    }

    pub(crate) fn is_full(&self) -> bool {
        !self.blocks.is_empty() && (self.records >= self.limit.records || self.bytes >= self.limit.bytes)
    }

    fn has_sealed(&self) -> bool {
        self.blocks.iter().any(Block::is_sealed)
    }

    pub(crate) fn bytes_left(&self) -> usize {
        self.limit.bytes.saturating_sub(self.bytes)
    }

    pub(crate) fn push(&mut self, block: Block) {
        debug_assert!(
            block.first() <= self.position && self.position < block.end(),
            "blocks are read without a gap"
        );
        let from = self.position.max(block.first());
        self.records += (block.end() - from) as usize;
        self.bytes += block.bytes();
        self.position = block.end();
        self.blocks.push(block.trimmed(self.start));
    }
}
