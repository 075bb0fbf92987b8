//! Events that are not in the history yet: in memory, where they are found, and on a log of their own, where they are durable.
//!
//! An event that is told twice is there once: the fuller telling counts. A call that was cut off may be told as such before
//! its change is, and a change before its answer.

use std::collections::HashMap;
use std::sync::Arc;

use crate::event::Line;

/// How much a telling knows. A fuller one takes the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    /// Nobody waited for the answer; what came of the call is not known.
    CutOff,
    /// By the command that the call gave.
    ByCommand,
    /// Where the call ended.
    AtItsEnd,
}

struct Entry {
    id: Arc<str>,
    at_ms: u64,
    text: Arc<str>,
    told: Completeness,
    is_durable: bool,
}

/// In the order in which they came.
#[derive(Default)]
pub(crate) struct Recent {
    entries: Vec<Entry>,
    by_id: HashMap<Arc<str>, usize>,
    bytes: usize,
    not_durable_bytes: usize,
}

/// About what an entry takes beside its text.
const ENTRY_BYTES: usize = 160;

impl Recent {
    /// False if a fuller telling is there already.
    pub fn put(&mut self, id: &str, at_ms: u64, text: &str, told: Completeness) -> bool {
        let entry = |id| Entry { id, at_ms, text: text.into(), told, is_durable: false };
        match self.by_id.get(id).copied() {
            Some(at) if self.entries[at].told > told => return false,
            Some(at) => {
                let before = &mut self.entries[at];
                if !before.is_durable {
                    self.not_durable_bytes -= before.text.len() + ENTRY_BYTES;
                }
                self.bytes -= before.text.len() + ENTRY_BYTES;
                *before = entry(before.id.clone());
            }
            None => {
                let id: Arc<str> = id.into();
                self.by_id.insert(id.clone(), self.entries.len());
                self.entries.push(entry(id));
            }
        }
        self.bytes += text.len() + ENTRY_BYTES;
        self.not_durable_bytes += text.len() + ENTRY_BYTES;
        true
    }

    /// One that was read where it is durable.
    pub fn restore(&mut self, id: &str, at_ms: u64, text: &str) {
        self.put(id, at_ms, text, Completeness::AtItsEnd);
        if let Some(at) = self.by_id.get(id) {
            self.entries[*at].is_durable = true;
        }
        self.not_durable_bytes -= text.len() + ENTRY_BYTES;
    }

    pub fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn not_durable_bytes(&self) -> usize {
        self.not_durable_bytes
    }

    pub fn oldest_ms(&self) -> Option<u64> {
        self.entries.first().map(|entry| entry.at_ms)
    }

    /// What is to be made durable, up to so many bytes.
    pub fn not_durable(&self, bytes_max: usize) -> Vec<(u64, Arc<str>, Arc<str>)> {
        let mut bytes = 0;
        let waiting = self.entries.iter().filter(|entry| !entry.is_durable);
        let fits = |entry: &&Entry| {
            bytes += entry.text.len();
            bytes <= bytes_max || bytes == entry.text.len()
        };
        waiting.take_while(fits).map(|entry| (entry.at_ms, entry.id.clone(), entry.text.clone())).collect()
    }

    /// These are durable now, unless they were told anew meanwhile.
    pub fn made_durable(&mut self, written: &[(u64, Arc<str>, Arc<str>)]) {
        for (_, id, text) in written {
            if let Some(entry) = self.by_id.get(id).map(|at| &mut self.entries[*at])
                && Arc::ptr_eq(&entry.text, text)
                && !std::mem::replace(&mut entry.is_durable, true)
            {
                self.not_durable_bytes -= text.len() + ENTRY_BYTES;
            }
        }
    }

    /// The first `count`, which are durable.
    pub fn first(&self, count: usize) -> Vec<(u64, Arc<str>)> {
        self.entries.iter().take(count).map(|entry| (entry.at_ms, entry.text.clone())).collect()
    }

    /// The others that are durable.
    pub fn durable_after(&self, count: usize) -> Vec<(u64, Arc<str>, Arc<str>)> {
        let others = self.entries.iter().skip(count).filter(|entry| entry.is_durable);
        others.map(|entry| (entry.at_ms, entry.id.clone(), entry.text.clone())).collect()
    }

    /// How many of the first are durable.
    pub fn durable(&self) -> usize {
        self.entries.iter().take_while(|entry| entry.is_durable).count()
    }

    /// How many of the first are durable, and will not be told more fully: those that were told before `old_ms` have been by
    /// now, if they ever are.
    pub fn settled(&self, old_ms: u64) -> usize {
        let is_settled = |entry: &&Entry| {
            entry.is_durable && (entry.told == Completeness::AtItsEnd || entry.at_ms < old_ms)
        };
        self.entries.iter().take_while(is_settled).count()
    }

    /// The first ones are in the history, as they were then. What was told anew meanwhile stays.
    pub fn forget(&mut self, first: &[(u64, Arc<str>)]) {
        let mut kept = first.iter();
        self.entries.retain(|entry| {
            let is_kept = kept.next().is_some_and(|(_, text)| Arc::ptr_eq(text, &entry.text));
            if is_kept {
                self.bytes -= entry.text.len() + ENTRY_BYTES;
            }
            !is_kept
        });
        self.by_id = self.entries.iter().enumerate().map(|(at, entry)| (entry.id.clone(), at)).collect();
    }

    pub fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        self.entries.iter().map(|entry| Line { at_ms: entry.at_ms, text: (&*entry.text).into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(recent: &Recent) -> Vec<String> {
        recent.lines().map(|line| line.text.into()).collect()
    }

    #[test]
    fn the_fuller_telling_counts_in_whichever_order() {
        let mut recent = Recent::default();
        assert!(recent.put("1", 5, "cut off", Completeness::CutOff));
        assert!(recent.put("1", 5, "changed", Completeness::ByCommand));
        assert!(recent.put("1", 5, "answered", Completeness::AtItsEnd));
        assert!(!recent.put("1", 5, "changed", Completeness::ByCommand));
        assert_eq!(texts(&recent), ["answered"]);
        assert_eq!(recent.bytes(), "answered".len() + ENTRY_BYTES);
    }

    #[test]
    fn what_is_told_anew_is_made_durable_again() {
        let mut recent = Recent::default();
        recent.put("1", 5, "changed", Completeness::ByCommand);
        recent.put("2", 6, "other", Completeness::AtItsEnd);
        let written = recent.not_durable(usize::MAX);
        recent.put("1", 5, "answered", Completeness::AtItsEnd);
        recent.made_durable(&written);
        let waiting: Vec<_> =
            recent.not_durable(usize::MAX).iter().map(|(_, id, _)| id.to_string()).collect();
        assert_eq!((waiting, recent.durable()), (vec!["1".to_owned()], 0));
        recent.made_durable(&recent.not_durable(usize::MAX));
        assert_eq!((recent.durable(), recent.not_durable_bytes()), (2, 0));
        recent.forget(&recent.first(1));
        assert_eq!(texts(&recent), ["other"]);
        assert!(!recent.has("1") && recent.has("2"));
        let first = recent.first(1);
        recent.put("2", 6, "fuller", Completeness::AtItsEnd);
        recent.forget(&first);
        assert_eq!(texts(&recent), ["fuller"]);
        recent.made_durable(&recent.not_durable(usize::MAX));
        recent.forget(&recent.first(1));
        assert_eq!(recent.bytes(), 0);
    }

    #[test]
    fn what_may_be_told_more_fully_is_not_settled() {
        let mut recent = Recent::default();
        recent.put("1", 5, "answered", Completeness::AtItsEnd);
        recent.put("2", 6, "changed", Completeness::ByCommand);
        recent.put("3", 7, "answered", Completeness::AtItsEnd);
        assert_eq!(recent.settled(0), 0, "nothing is durable");
        recent.made_durable(&recent.not_durable(usize::MAX));
        assert_eq!((recent.durable(), recent.settled(6), recent.settled(7)), (3, 1, 3));
        assert_eq!(recent.durable_after(1).len(), 2);
        recent.put("2", 6, "answered", Completeness::AtItsEnd);
        assert_eq!(recent.durable_after(1).len(), 1);
        recent.made_durable(&recent.not_durable(usize::MAX));
        assert_eq!(recent.settled(6), 3);
    }

    #[test]
    fn one_that_is_too_large_for_a_batch_is_one() {
        let mut recent = Recent::default();
        recent.put("1", 5, &"x".repeat(50), Completeness::AtItsEnd);
        recent.put("2", 5, "y", Completeness::AtItsEnd);
        assert_eq!(recent.not_durable(10).len(), 1);
    }
}
