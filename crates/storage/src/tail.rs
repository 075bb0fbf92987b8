//! The one budget that the tails of all logs share. What is oldest in the journal goes first, but only once
//! it is in segments: memory is the one place where blocks are read that only the journal holds.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Block, Log};

/// What a block costs in memory beside its payload: itself, its place in line, and what the allocator adds.
const BLOCK_OVERHEAD: u64 = 160;

pub(crate) fn weight(block: &Block) -> u64 {
    block.bytes() as u64 + BLOCK_OVERHEAD
}

/// Blocks in the order of the journal. Runs of one log are one entry.
#[derive(Default)]
pub(crate) struct Line {
    entries: VecDeque<(Log, u64)>,
}

impl Line {
    /// A log has blocks in memory up to `end`.
    pub(crate) fn push(&mut self, log: &Log, end: u64) {
        if let Some((last, last_end)) = self.entries.back_mut()
            && last.id() == log.id()
        {
            *last_end = end;
            return;
        }
        self.entries.push_back((log.clone(), end));
    }

    /// Lets blocks go until all that is left fits, or is needed.
    pub(crate) fn shrink(&mut self, bytes: &AtomicU64, budget: u64) {
        while bytes.load(Ordering::Relaxed) > budget {
            let Some((log, end)) = self.entries.front() else { return };
            let mut state = log.state();
            let may_go = state.flushed.min(*end);
            while bytes.load(Ordering::Relaxed) > budget
                && let Some(block) = state.tail.pop_front_if(|block| block.end() <= may_go)
            {
                debug_assert!(block.end() <= state.flushed, "only memory has it");
                bytes.fetch_sub(weight(&block), Ordering::Relaxed);
            }
            let over = bytes.load(Ordering::Relaxed) > budget;
            let (done, gone) = (state.flushed >= *end, log.is_gone());
            drop(state);
            if !over || !(done || gone) {
                return;
            }
            self.entries.pop_front();
        }
    }
}

impl Line {
    /// Their blocks are let go elsewhere.
    pub(crate) fn forget_gone(&mut self) {
        self.entries.retain(|(log, _)| !log.is_gone());
    }
}
