//! The one function by which bytes reach the log. The writer's thread takes whatever calls wait, gives their
//! records positions and times, writes all of it as one batch, syncs once, makes it readable, and answers.
//! While it syncs, the next batch gathers.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::arena::Arena;
use crate::batch::SealedBatch;
use crate::block::{BLOCK_HEADER, BlockHeader, BlockKind, key_block};
use crate::disk::{is_want, write_all_at};
use crate::journal::{
    BATCH_HEADER, BatchHeader, BatchKind, Closed, FileKey, FileKeys, JournalFile, SECTOR, on_disk,
};
use crate::keeper::Cause;
use crate::queue::{AppendCall, Call, Leave, Queue};
use crate::storage::Store;
use crate::tail::{self, Line};
use crate::{Append, AppendError, Appended, Block, Log, LogId, WrappedKey};

/// More than this is written in several batches, so that the first callers do not wait for the last.
const BATCH_BYTES: u64 = 16 * 1024 * 1024;

/// A file that was not filled is left as soon as there is another, which is made once it holds this much. A
/// storage that takes less for all its life is spared the disk's space and the writing.
const UNFILLED_BYTES: u64 = 256 * 1024;

/// Room at the end of each file that appends leave to deletions, to appends that take away, and to the mark of a clean
/// end, so that a full disk can be helped by deleting.
const fn reserve(file_bytes: u64) -> u64 {
    let part = file_bytes / 64;
    if part < RESERVE_MIN {
        RESERVE_MIN
    } else if part > RESERVE_MAX {
        RESERVE_MAX
    } else {
        part.next_multiple_of(SECTOR)
    }
}

const RESERVE_MIN: u64 = 2 * SECTOR;
const RESERVE_MAX: u64 = 64 * 1024;
/// A deletion, and the mark of a clean end behind it.
const _: () = assert!(RESERVE_MIN >= on_disk(BLOCK_HEADER as u64) + on_disk(0) && RESERVE_MIN <= RESERVE_MAX);

/// What one call may bring, so that it fits into an empty file.
pub(crate) const fn call_bytes_max(file_bytes: u64) -> u64 {
    file_bytes - SECTOR - reserve(file_bytes) - SECTOR
}

/// Of so many calls in a batch the next ones are worth a moment. With half as many, who waits for it loses more than is gained.
const PACED_FROM: usize = 64;

/// At the end, for all that the journal holds: what a slow disk takes in some seconds.
const EMPTY_WITHIN: Duration = Duration::from_secs(5);

pub(crate) struct Writer {
    pub store: Arc<Store>,
    pub queue: Arc<Queue>,
    /// None while no other file can be had.
    pub current: Option<Current>,
    pub sequence: u64,
    /// The last batch on disk is the mark of a clean end.
    pub ends_cleanly: bool,
    pub line: Line,
    /// Logs whose deletion is not on disk yet.
    pub deletions: Vec<Log>,
    pub arena: Arena,
    /// The vectors of the rounds before, empty.
    pub emptied: Round,
}

/// The file that takes batches.
pub(crate) struct Current {
    pub file: JournalFile,
    pub offset: u64,
    /// Logs that have blocks in it.
    pub touched: Vec<Log>,
    pub keys: FileKeys,
    /// Batches go past the page cache. They are read from there only if they stay as a segment, and that is later.
    is_direct: bool,
}

impl Current {
    pub(crate) fn new(file: JournalFile) -> Current {
        Current::at(file, SECTOR, Vec::new(), FileKeys::new())
    }

    /// A file that has batches up to `offset`.
    pub(crate) fn at(file: JournalFile, offset: u64, touched: Vec<Log>, keys: FileKeys) -> Current {
        let is_direct = file.file.go_direct(true);
        Current { file, offset, touched, keys, is_direct }
    }

    /// Bytes of a batch that may still be written, the reserve left alone.
    fn room(&self) -> u64 {
        self.file.bytes.saturating_sub(self.offset + reserve(self.file.bytes))
    }

    fn room_with_reserve(&self) -> u64 {
        self.file.bytes.saturating_sub(self.offset + SECTOR)
    }

    /// For appends that take away, which leave room for a deletion.
    fn reserve_for_appends(&self) -> u64 {
        self.room_with_reserve().saturating_sub(on_disk(BLOCK_HEADER as u64))
    }

    /// At the end: a file without records, and one that would first have to be filled, for a few that are soon read
    /// unless they `must_go`.
    fn is_left_as_it_is(&self, must_go: bool) -> bool {
        self.touched.is_empty() || (!must_go && !self.file.is_filled && self.offset <= UNFILLED_BYTES)
    }

    fn wants_next(&self) -> bool {
        self.offset > self.file.bytes / 4 || (!self.file.is_filled && self.offset > UNFILLED_BYTES)
    }
}

/// Of what rounds keep in memory for those that come.
const KEPT_MAX: usize = 1024;

/// One batch on its way.
#[derive(Default)]
pub(crate) struct Round {
    /// Of the batch that it will be.
    sequence: u64,
    /// Where it will be in its file.
    offset: u64,
    calls: Vec<AppendCall>,
    barriers: Vec<tokio::sync::oneshot::Sender<Result<(), AppendError>>>,
    headers: Vec<u8>,
    blocks: Vec<Placed>,
    /// Those that its file has not had before.
    keys: FileKeys,
    deletions: Vec<Log>,
    block_bytes: u64,
    call_bytes: u64,
}

/// A block with its place.
struct Placed {
    log: Log,
    block: Block,
    /// What is written in place of its payload.
    sealed: Option<Box<SealedOnDisk>>,
}

struct SealedOnDisk {
    /// The payload of the key's block before it, if that is the first one under it in its file.
    key: Option<Vec<u8>>,
    bytes: Vec<u8>,
}

impl Placed {
    /// One for each of its headers.
    fn payloads(&self) -> impl Iterator<Item = &[u8]> {
        let (key, payload) = match self.sealed.as_deref() {
            Some(SealedOnDisk { key, bytes }) => (key.as_deref(), &bytes[..]),
            None => (None, &self.block.payload()[..]),
        };
        key.into_iter().chain([payload])
    }
}

enum Stop {
    /// Nothing is written, for want of something that may be there later.
    Unavailable(Arc<str>),
    Failed(Arc<str>),
}

impl Writer {
    pub(crate) fn run(mut self) {
        let mut calls = VecDeque::new();
        let mut answered = 0;
        let mut before = 0;
        while self.queue.take(&mut calls, answered) {
            self.pace(&mut calls, before);
            let waiting = calls.len();
            answered = self.round(&mut calls);
            before = waiting - calls.len();
        }
        if self.queue.failure().is_none()
            && let Err(Stop::Unavailable(reason) | Stop::Failed(reason)) = self.end()
        {
            tracing::warn!(%reason, "the journal ends without the mark of a clean end");
        }
    }

    /// Where many callers come again as soon as they are answered, and the processors are busy with them, those of the batch
    /// before are on their way: they get the processor first, as long as they come, up to as many as there were. Where it is
    /// idle, nobody comes and nothing is waited for.
    fn pace(&self, calls: &mut VecDeque<Call>, before: usize) {
        while before >= PACED_FROM && calls.len() < before {
            std::thread::yield_now();
            if self.queue.join(calls) == 0 {
                break;
            }
        }
    }

    /// Nothing else will be written. What the journal holds goes into segments, so that the next start has little to
    /// read; the end is marked before, should that not succeed, and again where the journal ends then.
    fn end(&mut self) -> Result<(), Stop> {
        self.mark_clean_end()?;
        let must_go = !self.store.once_clear.is_empty();
        let current = self.current.take_if(|current| !current.is_left_as_it_is(must_go));
        let is_left = current.is_some();
        if self.store.work.empty(current, EMPTY_WITHIN) && is_left {
            self.ends_cleanly = false;
            self.mark_clean_end()?;
        }
        let Some(Current { file, offset, .. }) = &self.current else { return Ok(()) };
        let closed = Closed { generation: file.generation, end: *offset, sequence: self.sequence - 1 };
        if let Err(error) = closed.put(&*self.store.disk) {
            tracing::warn!(%error, "the next start takes longer, since it is not noted where the journal ends");
        }
        Ok(())
    }

    /// Writes some of the calls, from the front, and answers them. Returns their bytes.
    fn round(&mut self, calls: &mut VecDeque<Call>) -> u64 {
        if let Some(Call::LeaveFile(..)) = calls.front()
            && let Some(Call::LeaveFile(leave, reply)) = calls.pop_front()
        {
            self.leave_file(&leave, reply, calls);
            return 0;
        }
        let first = calls.front().map_or(0, Call::bytes);
        if first > 0
            && (self.room() < on_disk(first) || self.may_leave_unfilled())
            && let Err(stop) = self.next_file()
        {
            match stop {
                Stop::Unavailable(_) if self.fits_into_reserve(calls.front()) => {}
                Stop::Unavailable(reason) => {
                    return refuse_first(calls, &AppendError::Unavailable { reason });
                }
                Stop::Failed(reason) => return self.fail(calls, reason),
            }
        }
        let mut round = self.gather(calls);
        let answered = round.call_bytes;
        match self.write(&mut round) {
            Ok(()) => self.publish(&mut round),
            Err(Stop::Unavailable(reason)) => self.withdraw(&mut round, &AppendError::Unavailable { reason }),
            Err(Stop::Failed(reason)) => {
                self.withdraw(&mut round, &AppendError::Failed(reason.clone()));
                return answered + self.fail(calls, reason);
            }
        }
        self.emptied = round.emptied();
        answered
    }

    fn leave_file(
        &mut self,
        leave: &Leave,
        reply: tokio::sync::oneshot::Sender<Result<(), AppendError>>,
        calls: &mut VecDeque<Call>,
    ) {
        let is_meant = |file: &JournalFile| match leave {
            Leave::With(log) => log.shared.writing.generation.load(Ordering::Relaxed) == file.generation,
            Leave::Before(round) => file.round < *round,
        };
        let left = if self.current.as_ref().is_some_and(|current| is_meant(&current.file)) {
            self.next_file()
        } else {
            Ok(())
        };
        let answer = match left {
            Ok(()) => Ok(()),
            Err(Stop::Unavailable(reason)) => Err(AppendError::Unavailable { reason }),
            Err(Stop::Failed(reason)) => {
                self.fail(calls, reason.clone());
                Err(AppendError::Failed(reason))
            }
        };
        // Whoever asked may have gone away.
        let _ = reply.send(answer);
    }

    fn room(&self) -> u64 {
        self.current.as_ref().map_or(0, Current::room)
    }

    fn fits_into_reserve(&self, call: Option<&Call>) -> bool {
        let (Some(current), Some(call)) = (&self.current, call) else { return false };
        call.may_have_reserve() && on_disk(call.bytes()) <= current.reserve_for_appends()
    }

    /// The file makes syncs dear, and there is one that does not.
    fn may_leave_unfilled(&self) -> bool {
        self.current.as_ref().is_some_and(|current| !current.file.is_filled)
            && self.store.work.has_filled_spare()
    }

    /// Takes as many calls as one batch holds, and gives their records places.
    fn gather(&mut self, calls: &mut VecDeque<Call>) -> Round {
        let offset = self.current.as_ref().map_or(0, |current| current.offset);
        let mut round = Round { sequence: self.sequence, offset, ..std::mem::take(&mut self.emptied) };
        let room = self.room();
        while let Some(call) = calls.front() {
            let bytes = round.block_bytes + call.bytes();
            // Another file was asked for, for the first one alone.
            let fits =
                on_disk(bytes) <= room || (round.block_bytes == 0 && self.fits_into_reserve(Some(call)));
            if call.bytes() > 0 && (!fits || (round.block_bytes > 0 && bytes > BATCH_BYTES)) {
                break;
            }
            if let Call::LeaveFile(..) = call {
                break;
            }
            match calls.pop_front() {
                Some(Call::Append(call)) => round.place(call, self.current.as_ref()),
                Some(Call::Barrier(reply)) => round.barriers.push(reply),
                Some(Call::Delete(logs)) => self.deletions.extend(logs),
                Some(Call::LeaveFile(..)) | None => break,
            }
        }
        self.gather_deletions(&mut round);
        round
    }

    /// Those that do not fit wait for another round.
    fn gather_deletions(&mut self, round: &mut Round) {
        let Some(current) = &self.current else { return };
        while !self.deletions.is_empty()
            && on_disk(round.block_bytes + BLOCK_HEADER as u64) <= current.room_with_reserve()
            && let Some(log) = self.deletions.pop()
        {
            let first = log.shared.writing.next.load(Ordering::Relaxed);
            let id = log.id();
            let kind = BlockKind::Clear;
            let header =
                BlockHeader { kind, id, records: 0, first, time_ms: 0, payload_len: 0, payload_crc: 0 };
            header.put(&mut round.headers);
            round.block_bytes += BLOCK_HEADER as u64;
            round.deletions.push(log);
        }
    }

    fn write(&mut self, round: &mut Round) -> Result<(), Stop> {
        if round.block_bytes == 0 {
            return Ok(());
        }
        let payloads = round.blocks.iter().flat_map(Placed::payloads);
        let header = BatchHeader {
            kind: BatchKind::Blocks,
            stamp: 0,
            sequence: 0,
            blocks: (round.headers.len() / BLOCK_HEADER) as u32,
            bytes: round.block_bytes,
            headers_crc: crc32c::crc32c(&round.headers),
        };
        self.write_batch(header, &round.headers, payloads)
    }

    /// Every byte after a journal file's header is written here.
    fn write_batch<'a>(
        &mut self,
        header: BatchHeader,
        block_headers: &[u8],
        mut payloads: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), Stop> {
        const ZEROS: [u8; SECTOR as usize] = [0; SECTOR as usize];
        let none = || Stop::Unavailable("no journal file".into());
        let current = self.current.as_mut().ok_or_else(none)?;
        let header = BatchHeader { stamp: current.file.stamp, sequence: self.sequence, ..header };
        let padded = on_disk(header.bytes);
        let batch_header = header.to_bytes();
        let padding = padded - BATCH_HEADER as u64 - header.bytes;
        let block_headers = block_headers.chunks_exact(BLOCK_HEADER);
        // Deletions come last and have none.
        let blocks = block_headers.flat_map(|block_header| [Some(block_header), payloads.next()]).flatten();
        let slices = std::iter::once(&batch_header[..]).chain(blocks).chain([&ZEROS[..padding as usize]]);

        assert!(current.offset + padded <= current.file.bytes, "a batch is gathered to fit its file");
        let file = &current.file;
        let reason = |error: io::Error| format!("{}: {error}", file.path().display()).into();
        // What was written is not a whole batch, and the next one goes to the same place.
        let unwritten = |error: io::Error| match is_want(&error) {
            true => Stop::Unavailable(reason(error)),
            false => Stop::Failed(reason(error)),
        };
        let begun = Instant::now();
        let written = if current.is_direct {
            let is_durable = self.arena.write(&*file.file, slices, current.offset).map_err(unwritten)?;
            if !is_durable {
                file.file.sync().map_err(|error| Stop::Failed(reason(error)))?;
            }
            begun
        } else {
            let mut slices: Vec<IoSlice<'_>> = slices.map(IoSlice::new).collect();
            write_all_at(&*file.file, &mut slices, current.offset).map_err(unwritten)?;
            let written = Instant::now();
            file.file.sync().map_err(|error| Stop::Failed(reason(error)))?;
            written
        };
        self.store.counters.synced(begun, written, padded);
        current.offset += padded;
        self.sequence += 1;
        self.ends_cleanly = header.kind == BatchKind::End;
        if current.wants_next() {
            self.store.work.want_spare(current.offset > current.file.bytes / 2);
        }
        Ok(())
    }

    /// The round is durable: readable first, then answered.
    fn publish(&mut self, round: &mut Round) {
        let synced = self.sequence - round.sequence;
        assert_eq!(synced, u64::from(round.block_bytes > 0), "what is answered is synced");
        let mut bytes = 0;
        if let Some(current) = &mut self.current {
            current.keys.extend(round.keys.drain());
        }
        let mut blocks = round.blocks.drain(..).peekable();
        while let Some(Placed { log, block, .. }) = blocks.next() {
            bytes += tail::weight(&block);
            self.touch(&log);
            self.line.push(&log, block.end());
            let shared = &log.shared;
            {
                let mut state = log.state();
                debug_assert_eq!(log.end(), block.first(), "positions rise without a gap");
                debug_assert!(
                    log.last_time_ms().is_none_or(|last| last <= block.time_ms()),
                    "times never go back"
                );
                shared.time_ms.store(block.time_ms(), Ordering::Release);
                shared.any_time.store(true, Ordering::Release);
                shared.end.store(block.end(), Ordering::Release);
                state.journal_bytes += block.bytes() as u64;
                state.tail.push_back(block);
            }
            if blocks.peek().is_none_or(|next| next.log.id() != log.id()) {
                shared.more.notify_waiters();
            }
        }
        self.store.tail_bytes.fetch_add(bytes, Ordering::Relaxed);
        if !round.deletions.is_empty() {
            round.deletions.iter().for_each(|log| log.shared.gone.store(true, Ordering::Release));
            self.line.forget_gone();
            let generation = self.current.as_ref().map_or(u64::MAX, |current| current.file.generation);
            self.store.work.remove(std::mem::take(&mut round.deletions), generation);
        }
        // Whoever asked may have gone away.
        for call in round.calls.drain(..) {
            let _ = call.reply.send(call.answers);
        }
        for reply in round.barriers.drain(..) {
            let _ = reply.send(Ok(()));
        }
        // Nobody waits for memory to be let go.
        self.line.shrink(&self.store.tail_bytes, self.store.tail_budget);
    }

    fn touch(&mut self, log: &Log) {
        let Some(current) = &mut self.current else { return };
        let generation = current.file.generation;
        if log.shared.writing.generation.swap(generation, Ordering::Relaxed) != generation {
            current.touched.push(log.clone());
        }
    }

    /// Nothing of the round was written: its positions are free again.
    fn withdraw(&mut self, round: &mut Round, error: &AppendError) {
        round.keys.clear();
        for Placed { log, .. } in round.blocks.drain(..) {
            log.shared.writing.next.store(log.end(), Ordering::Relaxed);
            let time_ms = log.last_time_ms().unwrap_or(0);
            log.shared.writing.time_ms.store(time_ms, Ordering::Relaxed);
        }
        self.deletions.append(&mut round.deletions);
        for call in round.calls.drain(..) {
            let answers = call.answers.into_iter();
            let _ = call.reply.send(answers.map(|answer| answer.and(Err(error.clone()))).collect());
        }
        for reply in round.barriers.drain(..) {
            // Unavailable: what came before is answered, and what comes after is refused all the same.
            let answer =
                if let AppendError::Unavailable { .. } = error { Ok(()) } else { Err(error.clone()) };
            let _ = reply.send(answer);
        }
    }

    /// Refuses these calls and all that will come. Returns the bytes of these.
    fn fail(&mut self, calls: &mut VecDeque<Call>, reason: Arc<str>) -> u64 {
        tracing::error!(%reason, "the log accepts no more writes until it is reopened");
        self.queue.fail(reason.clone());
        let bytes = calls.iter().map(Call::bytes).sum();
        calls.drain(..).for_each(|call| call.refuse(&AppendError::Failed(reason.clone())));
        bytes
    }

    /// Waits for an empty file, but not until the disk has room for one or for what is in the full ones.
    fn next_file(&mut self) -> Result<(), Stop> {
        match self.store.work.next_file(&mut self.current, self.store.patience) {
            Ok(file) => {
                self.current = Some(Current::new(file));
                // The mark of a clean end is in a file before this one, which will be emptied.
                self.ends_cleanly = false;
                Ok(())
            }
            Err(stuck) if stuck.cause == Cause::Ended => Err(Stop::Failed(stuck.reason)),
            // Not a byte was handed over, so there is nothing that could not be believed.
            Err(stuck) => Err(Stop::Unavailable(stuck.reason)),
        }
    }

    fn mark_clean_end(&mut self) -> Result<(), Stop> {
        if self.ends_cleanly {
            return Ok(());
        }
        let current = self.current.as_ref();
        if current.is_none_or(|current| current.offset + on_disk(0) > current.file.bytes) {
            self.next_file()?;
        }
        let header = BatchHeader {
            kind: BatchKind::End,
            stamp: 0,
            sequence: 0,
            blocks: 0,
            bytes: 0,
            headers_crc: crc32c::crc32c(&[]),
        };
        self.write_batch(header, &[], std::iter::empty())
    }
}

impl Drop for Writer {
    /// Also when it panicked: nobody may wait for it then.
    fn drop(&mut self) {
        self.queue.abandon();
    }
}

fn refuse_first(calls: &mut VecDeque<Call>, error: &AppendError) -> u64 {
    let Some(call) = calls.pop_front() else { return 0 };
    let bytes = call.bytes();
    call.refuse(error);
    bytes
}

impl Round {
    /// For the next one, after all in it is dealt with: what grew once need not grow again.
    fn emptied(self) -> Round {
        let Round { mut calls, mut headers, mut blocks, keys, .. } = self;
        debug_assert!(
            calls.is_empty() && blocks.is_empty() && keys.is_empty(),
            "what is in a round is dealt with"
        );
        headers.clear();
        calls.shrink_to(KEPT_MAX);
        headers.shrink_to(KEPT_MAX * BLOCK_HEADER);
        blocks.shrink_to(KEPT_MAX);
        Round { calls, headers, blocks, ..Round::default() }
    }

    fn place(&mut self, mut call: AppendCall, current: Option<&Current>) {
        self.call_bytes += call.bytes;
        for (append, answer) in call.appends.drain(..).zip(&mut call.answers) {
            if answer.is_ok() {
                *answer = Ok(self.place_block(append, current));
            }
        }
        self.calls.push(call);
    }

    fn place_block(&mut self, append: Append, current: Option<&Current>) -> Appended {
        let Append { log, time_ms, batch } = append;
        let writing = &log.shared.writing;
        let first = writing.next.load(Ordering::Relaxed);
        let time_ms = time_ms.max(writing.time_ms.load(Ordering::Relaxed));
        if batch.records > 0 {
            debug_assert!(first >= log.end(), "a place that was given is not given again");
            writing.next.store(first + u64::from(batch.records), Ordering::Relaxed);
            writing.time_ms.store(time_ms, Ordering::Relaxed);
            let (block, sealed) = match batch.sealed {
                None => (Block::new(batch.payload, batch.crc, batch.records, first, time_ms), None),
                Some(sealed) => {
                    let SealedBatch { key, number, bytes, crc } = *sealed;
                    let new = self.place_key(key.wrapped(), log.id(), first, time_ms, current);
                    let block = Block::new(batch.payload, crc, batch.records, first, time_ms);
                    (block.sealed_under(key, number), Some(Box::new(SealedOnDisk { key: new, bytes })))
                }
            };
            let block = block.in_journal_at(self.here());
            block.put_header(log.id(), &mut self.headers);
            self.block_bytes += (BLOCK_HEADER + block.disk_bytes()) as u64;
            self.blocks.push(Placed { log, block, sealed });
        }
        Appended { first, time_ms }
    }

    /// Where the next block's header will be in the file.
    fn here(&self) -> u64 {
        self.offset + BATCH_HEADER as u64 + self.block_bytes
    }

    /// A key that the file does not have yet stands before the first block under it. Answers with the payload of its block.
    fn place_key(
        &mut self,
        key: &Arc<WrappedKey>,
        id: LogId,
        first: u64,
        time_ms: u64,
        current: Option<&Current>,
    ) -> Option<Vec<u8>> {
        if self.keys.contains_key(&key.id)
            || current.is_some_and(|current| current.keys.contains_key(&key.id))
        {
            return None;
        }
        let (header, payload) = key_block(key, id, first, time_ms);
        self.keys.insert(key.id, FileKey { key: key.clone(), at: self.here() });
        header.put(&mut self.headers);
        self.block_bytes += (BLOCK_HEADER + payload.len()) as u64;
        Some(payload)
    }
}
