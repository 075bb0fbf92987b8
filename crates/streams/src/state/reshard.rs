//! Splits, merges and rescales as lists of steps on shards: which shards close, which open.
//! Pure arithmetic on hash ranges; the caller seals logs and writes the commands.
//! Source: `docs/kinesis/streams.md#resharding`.

use std::fmt;

use flumen_types::{Creation, HashKeyRange};
use serde::{Deserialize, Serialize};

use super::{Decimal128, Shard, Stream};

/// One split or merge. A shard may be named that an earlier step of the same list opens.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub enum ReshardStep {
    Split { shard: u32, at: Decimal128 },
    Merge { lower: u32, upper: u32 },
}

/// Steps that take effect together.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct Reshard {
    pub steps: Vec<ReshardStep>,
}

impl fmt::Display for ReshardStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReshardStep::Split { shard, at } => write!(f, "split of shard {shard} at {}", at.0),
            ReshardStep::Merge { lower, upper } => write!(f, "merge of shards {lower} and {upper}"),
        }
    }
}

/// Steps in a row, for the log.
impl fmt::Display for Reshard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            write!(f, "{}{step}", if i > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// The step names a shard that is not open, a key outside it, or shards that do not touch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{step} does not fit the shards of stream {stream}")]
pub struct StepRefused {
    pub step: ReshardStep,
    pub stream: String,
}

impl Reshard {
    /// The shards that are open now and closed by these steps: those whose logs must be sealed first.
    pub fn closes<'a>(&'a self, stream: &'a Stream) -> impl Iterator<Item = u32> + 'a {
        let named = self.steps.iter().flat_map(|step| match *step {
            ReshardStep::Split { shard, .. } => [Some(shard), None],
            ReshardStep::Merge { lower, upper } => [Some(lower), Some(upper)],
        });
        named.flatten().filter(|&index| index < stream.next_shard)
    }
}

impl Stream {
    /// Carries the steps out at `closed_at_ms`; the shards that they open are created above `above`. Answers
    /// with the newest creation among all shards. The stream is unchanged when a step does not fit.
    pub fn reshard(
        &mut self,
        reshard: &Reshard,
        closed_at_ms: u64,
        above: Creation,
    ) -> Result<Creation, StepRefused> {
        let before = (self.next_shard, self.shards.clone());
        for step in &reshard.steps {
            if self.step(step, closed_at_ms, above).is_none() {
                (self.next_shard, self.shards) = before;
                return Err(StepRefused { step: step.clone(), stream: self.name.clone() });
            }
        }
        Ok(self.shards.iter().map(Shard::creation).max().unwrap_or_default())
    }

    /// Whether every step fits the shards as they are, and no other reshard is about to change them.
    pub fn fits(&self, reshard: &Reshard) -> bool {
        self.plan.is_none() && self.clone().reshard(reshard, self.created_at_ms, Creation::default()).is_ok()
    }

    fn step(&mut self, step: &ReshardStep, closed_at_ms: u64, above: Creation) -> Option<()> {
        match *step {
            ReshardStep::Split { shard, at } => {
                let parent = self.open_position(shard)?;
                let Shard { start_key, end_key, .. } = self.shards[parent];
                (start_key < at && at <= end_key).then_some(())?;
                let creation = self.close(&[parent], closed_at_ms, above);
                let lower_end = Decimal128(at.0 - 1);
                self.open(start_key, lower_end, (shard, None), creation, closed_at_ms);
                self.open(at, end_key, (shard, None), creation, closed_at_ms);
            }
            ReshardStep::Merge { lower, upper } => {
                let (l, u) = (self.open_position(lower)?, self.open_position(upper)?);
                let (start, end) = (self.shards[l].start_key, self.shards[u].end_key);
                (self.shards[l].end_key.0.checked_add(1)? == self.shards[u].start_key.0).then_some(())?;
                let creation = self.close(&[l, u], closed_at_ms, above);
                self.open(start, end, (lower, Some(upper)), creation, closed_at_ms);
            }
        }
        Some(())
    }

    fn open_position(&self, index: u32) -> Option<usize> {
        let at = self.shards.binary_search_by_key(&index, |s| s.index).ok()?;
        self.shards[at].is_open().then_some(at)
    }

    /// Closes the parents and answers with the creation of their children: a second after the closing, and
    /// after the parents' own, so that the children's sequence numbers lie above theirs.
    fn close(&mut self, parents: &[usize], closed_at_ms: u64, above: Creation) -> Creation {
        let mut newest_s = closed_at_ms / 1000;
        for &at in parents {
            let parent = &mut self.shards[at];
            // A parent opened by an earlier step is never closed before it was opened.
            parent.closed_at_ms = Some(closed_at_ms.max(parent.opened_at_ms));
            newest_s = newest_s.max(parent.created_s);
        }
        Creation::first_of(newest_s + 1).max(above.next())
    }

    fn open(
        &mut self,
        start_key: Decimal128,
        end_key: Decimal128,
        (parent, adjacent): (u32, Option<u32>),
        creation: Creation,
        opened_at_ms: u64,
    ) {
        let index = self.next_shard;
        self.next_shard += 1;
        self.shards.push(Shard {
            index,
            start_key,
            end_key,
            parent: Some(parent),
            adjacent_parent: adjacent,
            created_s: creation.second,
            created_nth: creation.nth,
            opened_at_ms,
            closed_at_ms: None,
        });
    }

    /// The steps to `target` open shards of equal size: every open shard that holds a boundary of the
    /// target is split there, then the pieces between two boundaries are merged. A boundary that lies
    /// within one key of a shard's end counts as lying on it.
    pub fn uniform_steps(&self, target: u32) -> Reshard {
        let mut steps = Vec::new();
        let mut next = self.next_shard;
        let pieces = self.split_at_boundaries(target, &mut next, &mut steps);
        let mut merged: Option<u32> = None;
        for piece in pieces {
            merged = match merged {
                Some(lower) if !piece.begins => {
                    steps.push(ReshardStep::Merge { lower, upper: piece.index });
                    next += 1;
                    Some(next - 1)
                }
                _ => Some(piece.index),
            };
        }
        Reshard { steps }
    }

    /// Adds the splits to `steps` and answers with all pieces in the order of their ranges.
    fn split_at_boundaries(&self, target: u32, next: &mut u32, steps: &mut Vec<ReshardStep>) -> Vec<Piece> {
        let mut shards: Vec<(u32, HashKeyRange)> = self.open_shards().map(|s| (s.index, s.range())).collect();
        shards.sort_by_key(|(_, range)| range.start);
        let mut pieces: Vec<Piece> = Vec::new();
        let boundary = |k| HashKeyRange::uniform_start(k, target).0;
        let mut k = 1;
        for (mut index, range) in shards {
            let mut start = range.start.0;
            loop {
                let mut begins = pieces.is_empty();
                while k < target && boundary(k) <= start.saturating_add(1) {
                    begins = true;
                    k += 1;
                }
                if k == target || boundary(k) >= range.end.0 {
                    pieces.push(Piece { index, begins });
                    break;
                }
                steps.push(ReshardStep::Split { shard: index, at: Decimal128(boundary(k)) });
                pieces.push(Piece { index: *next, begins });
                (index, start) = (*next + 1, boundary(k));
                *next += 2;
            }
        }
        pieces
    }
}

/// A shard after the splits of a rescale.
struct Piece {
    index: u32,
    /// It begins where a shard of the target begins.
    begins: bool,
}

#[cfg(test)]
mod tests;
