//! Log files: those that digests name, by their hashes, and those that none does.

use std::collections::HashSet;

use aws_lc_rs::digest::{Context, SHA256};

use super::{Chain, ChainId, Entry, MINUTE_MS, Verifier, What, is_asked_for, name};
use crate::chain::location::{Named, named};
use crate::chain::{gzip, log_file};
use crate::hex;

/// Of a log file's content.
const LOG_BYTES_MAX: u64 = 8 << 30;
/// Events of files that no digest names; of more of them it is not looked up whether other files have them.
const LOOKED_UP_MAX: usize = 1_000_000;

struct Unnamed {
    file: String,
    hash: String,
    /// Of its events.
    ids: Vec<String>,
    /// Whether files that are named have all of them.
    is_known: bool,
}

impl Verifier<'_> {
    /// When all digests were read.
    pub(super) fn read_logs(&mut self) {
        let mut unnamed = self.unnamed();
        self.read_named(&mut unnamed);
        self.tell_unnamed(unnamed);
    }

    /// Log files that no digest names and that are not new, with the ids of their events.
    fn unnamed(&mut self) -> Vec<Unnamed> {
        let mut unnamed = Vec::new();
        let mut ids_left = LOOKED_UP_MAX;
        for (bucket, key) in std::mem::take(&mut self.logs) {
            let file = name(&bucket, &key);
            let Some(Named::Log { region, minute_ms, .. }) = named(&key) else { continue };
            // Retention is about to remove it.
            if self.named.contains_key(&file) || minute_ms < self.removed_before_ms {
                continue;
            }
            let Some(object) = self.object(&bucket, &key, || "was removed while it was verified".to_owned())
            else {
                continue;
            };
            let (mut ids, mut context) = (Ids::default(), Context::new(&SHA256));
            let unpacked = gzip::unpack(&object.content, LOG_BYTES_MAX, |part| {
                context.update(part);
                ids.read(part, ids_left);
            });
            let comment = match unpacked {
                Ok(comment) => comment,
                Err(why) => {
                    self.find(What::Changed, &file, why.to_string());
                    continue;
                }
            };
            let trail = comment.as_deref().and_then(|comment| comment.strip_prefix(log_file::COMMENT));
            if trail.is_some_and(|trail| !is_asked_for(self.options.trail, trail))
                || trail.is_none() && self.options.trail.is_some()
            {
                continue;
            }
            let id = trail.map(|trail| ChainId { trail: trail.to_owned(), region: region.to_owned() });
            let chain = id.map(|id| self.chains.entry(id.clone()).or_insert_with(|| Chain::of(&id)));
            match chain {
                Some(chain) if minute_ms + MINUTE_MS > chain.to_ms => chain.walked.not_yet += 1,
                Some(chain)
                    if chain
                        .gaps
                        .iter()
                        .any(|(from, to)| minute_ms + MINUTE_MS > *from && minute_ms <= *to) =>
                {
                    chain.walked.without += 1;
                }
                _ => {
                    ids_left = ids_left.saturating_sub(ids.found.len());
                    // Without one it is never found that others have it all.
                    let is_known = !ids.is_cut && !ids.found.is_empty();
                    let hash = hex(context.finish().as_ref());
                    unnamed.push(Unnamed { file, hash, ids: ids.found, is_known });
                }
            }
        }
        unnamed
    }

    /// Files that digests name, and in them what else has no name.
    fn read_named(&mut self, unnamed: &mut [Unnamed]) {
        let mut elsewhere: HashSet<&str> =
            unnamed.iter().flat_map(|of| of.ids.iter().map(String::as_str)).collect();
        let wanted = elsewhere.len();
        let mut entries: Vec<Entry> = std::mem::take(&mut self.named).into_values().collect();
        entries.sort_by(|a, b| (&a.bucket, &a.key).cmp(&(&b.bucket, &b.key)));
        for Entry { bucket, key, hash, digest } in &entries {
            let Some(object) = self.object(bucket, key, || format!("was removed: {digest} names it")) else {
                continue;
            };
            let mut context = Context::new(&SHA256);
            let mut ids = Ids::default();
            let read = gzip::unpack(&object.content, LOG_BYTES_MAX, |part| {
                context.update(part);
                if wanted > 0 {
                    ids.read(part, usize::MAX);
                    for id in ids.found.drain(..) {
                        elsewhere.remove(id.as_str());
                    }
                }
            });
            let file = name(bucket, key);
            match read {
                Err(why) => self.find(What::Changed, &file, why.to_string()),
                Ok(_) => {
                    let found = hex(context.finish().as_ref());
                    if found != *hash {
                        let why = format!(
                            "has changed: the SHA-256 of its content is not the one that {digest} names"
                        );
                        self.find(What::Changed, &file, why);
                        self.strange.push((file, found));
                    }
                }
            }
        }
        let left: HashSet<String> = elsewhere.into_iter().map(str::to_owned).collect();
        for of in unnamed {
            let is_copy = entries.iter().any(|entry| entry.hash == of.hash);
            of.is_known = is_copy || of.is_known && !of.ids.iter().any(|id| left.contains(id));
        }
        // Whose content is it?
        for (file, found) in std::mem::take(&mut self.strange) {
            let whose = entries.iter().find(|entry| entry.hash == found);
            let finding = self.found.findings.iter_mut().find(|finding| finding.file == file);
            if let Some((whose, finding)) = whose.zip(finding) {
                finding.what = What::Moved;
                let whose = name(&whose.bucket, &whose.key);
                finding.why =
                    format!("has the content of {whose}: it was copied here, or the two were swapped");
            }
        }
    }

    fn tell_unnamed(&mut self, unnamed: Vec<Unnamed>) {
        let mut twice = 0;
        for Unnamed { file, is_known, .. } in unnamed {
            if is_known {
                twice += 1;
            } else {
                let why = "is named by no digest that is there, and has events that no other file has";
                self.find(What::NotNamed, &file, why);
            }
        }
        if twice > 0 {
            self.found.notes.push(format!(
                "{twice} log files are named by no digest, and all their events are in files that are: they were \
                 delivered again after a crash"
            ));
        }
    }
}

/// The ids of events in a file that comes bit by bit. What callers have sent stands in strings, whose quotes are escaped,
/// so none of it is taken for one.
#[derive(Default)]
struct Ids {
    found: Vec<String>,
    rest: Vec<u8>,
    /// There were more.
    is_cut: bool,
}

impl Ids {
    const BEGIN: &[u8] = b"\"eventID\":\"";
    const BYTES: usize = 36;
    /// No more than that can have come of one that goes on.
    const CUT_BYTES: usize = Self::BEGIN.len() + Self::BYTES;

    fn read(&mut self, part: &[u8], max: usize) {
        self.rest.extend_from_slice(part);
        let mut at = 0;
        while let Some(found) = find(&self.rest[at..], Self::BEGIN) {
            let begin = at + found + Self::BEGIN.len();
            let Some(id) = self.rest.get(begin..begin + Self::BYTES) else {
                at += found;
                break;
            };
            match self.found.len() < max {
                true => self.found.push(String::from_utf8_lossy(id).into_owned()),
                false => self.is_cut = true,
            }
            at = begin;
        }
        // A beginning that is cut off at the end goes on in the next part.
        let keep = at.max(self.rest.len().saturating_sub(Self::CUT_BYTES));
        self.rest.drain(..keep);
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "01234567-89ab-7def-8123-456789abcdef";
    const TWO: &str = "fedcba98-7654-7210-8edc-ba9876543210";

    /// Two events; in the first one's parameters stands what looks like a third.
    fn events() -> String {
        let said = serde_json::json!({"Data": format!("{{\"eventID\":\"{}\"}}", "x".repeat(36))}).to_string();
        format!(
            "{{\"Records\":[{{\"requestParameters\":{},\"eventID\":\"{ONE}\",\"a\":1}},{{\"eventID\":\"{TWO}\"}}]}}",
            serde_json::Value::String(said)
        )
    }

    #[test]
    fn ids_are_those_of_events_and_none_that_callers_sent() {
        let mut ids = Ids::default();
        ids.read(events().as_bytes(), 2);
        assert_eq!((ids.found, ids.is_cut), (vec![ONE.to_owned(), TWO.to_owned()], false));
    }

    #[test]
    fn ids_are_found_wherever_a_file_is_cut_in_pieces() {
        let events = events();
        for cut in 0..=events.len() {
            let (one, two) = events.as_bytes().split_at(cut);
            let mut ids = Ids::default();
            ids.read(one, 2);
            ids.read(two, 2);
            assert_eq!(ids.found, [ONE, TWO], "at {cut}");
        }
        for size in 1..60 {
            let mut ids = Ids::default();
            for part in events.as_bytes().chunks(size) {
                ids.read(part, 2);
                assert!(ids.rest.len() <= Ids::CUT_BYTES, "{} bytes are kept", ids.rest.len());
            }
            assert_eq!(ids.found, [ONE, TWO], "in pieces of {size}");
        }
        // One that never ends.
        let mut ids = Ids::default();
        ids.read(&events.as_bytes()[..events.find(TWO).unwrap() + 35], 2);
        assert_eq!(ids.found, [ONE]);
    }

    #[test]
    fn of_more_ids_than_are_looked_up_it_is_said_that_there_are_more() {
        for (max, found, is_cut) in [(0, &[][..], true), (1, &[ONE], true), (2, &[ONE, TWO], false)] {
            let mut ids = Ids::default();
            ids.read(events().as_bytes(), max);
            assert_eq!((ids.found, ids.is_cut), (found.iter().map(|id| id.to_string()).collect(), is_cut));
        }
    }
}
