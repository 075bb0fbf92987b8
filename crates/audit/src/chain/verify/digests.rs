//! A chain's digests: each by itself, with the one before it, with the clock, and with what was kept elsewhere.

use std::collections::HashMap;

use super::{CLOCK_MS, Chain, ChainId, Entry, MINUTE_MS, Verifier, What, ms, name};
use crate::chain::anchor::Anchor;
use crate::chain::digest::{self, DigestFile, unhex};
use crate::chain::location::{Holds, Named, named};
use crate::chain::time_of_key;
use crate::event;

/// A digest that is there and can be read.
struct Seen {
    id: String,
    file: DigestFile,
    hash: String,
    signature: String,
    /// Nothing was found about it by itself.
    is_whole: bool,
}

impl Verifier<'_> {
    pub(super) fn walk(&mut self, id: &ChainId, mut chain: Chain) -> Chain {
        chain.listed.sort();
        chain.to_ms = chain.listed.last().map_or(0, |(end_ms, ..)| *end_ms);
        let mut seen = Vec::with_capacity(chain.listed.len());
        for (_, bucket, key) in &chain.listed {
            seen.extend(self.digest(bucket, key));
        }
        self.link(&seen);
        self.times(&seen);
        for digest in &seen {
            for entry in &digest.file.log_files {
                self.name(digest, entry);
            }
        }
        chain.gaps = gaps(&seen);
        self.anchors(id, &mut chain, &seen);
        chain.walked.digests = chain.listed.len() as u64;
        chain.walked.files = seen.iter().map(|digest| digest.file.log_files.len() as u64).sum();
        chain.walked.from = seen.first().map(|digest| digest.file.digest_start_time.clone());
        chain.walked.to = seen.last().map(|digest| digest.file.digest_end_time.clone());
        chain
    }

    /// One that is there, by itself.
    fn digest(&mut self, bucket: &str, key: &str) -> Option<Seen> {
        let object = self.object(bucket, key, || "was removed while it was verified".to_owned())?;
        let id = name(bucket, key);
        let before = self.found.findings.len();
        let digest::Read { file, hash, signature } = match digest::read(&object) {
            Ok(read) => read,
            Err(why) => {
                self.find(What::Changed, &id, why);
                return None;
            }
        };
        let own = name(&file.bucket, &file.key);
        if own != id {
            self.find(
                What::Moved,
                &id,
                format!("is the digest {own}: it was moved here, or the two were swapped"),
            );
        }
        let signer = &file.digest_public_key_fingerprint;
        let key = self.keys.iter().find(|key| key.fingerprint == *signer);
        match (&signature, key) {
            (None, _) => self.find(What::Changed, &id, "has no signature"),
            (Some(_), None) if self.options.pinned.is_some() => {
                self.find(What::Key, &id, format!("is signed with key {signer}, which is not pinned"));
            }
            (Some(_), None) => {
                self.find(
                    What::Key,
                    &id,
                    format!("is signed with key {signer}, which is none of public-keys.json"),
                );
            }
            (Some(signature), Some(key)) => {
                let is_right =
                    unhex(signature).is_some_and(|bytes| key.verifies(&file.signed(&hash), &bytes));
                if !is_right {
                    self.find(What::Changed, &id, "has changed: its signature is not that of its content");
                }
            }
        }
        let is_whole = self.found.findings.len() == before;
        Some(Seen { id, file, hash, signature: signature.unwrap_or_default(), is_whole })
    }

    /// Each with the one before it.
    fn link(&mut self, seen: &[Seen]) {
        let by_id: HashMap<&str, &Seen> = seen.iter().map(|digest| (digest.id.as_str(), digest)).collect();
        let mut followed = HashMap::<String, &str>::new();
        for (at, digest) in seen.iter().enumerate() {
            let Seen { id, file, .. } = digest;
            let before = match (&file.previous_bucket, &file.previous_key, &file.former) {
                (Some(bucket), Some(key), _) => Some((bucket, key, file.previous_digest_signature.as_ref())),
                (_, _, Some(former)) => Some((&former.bucket, &former.key, Some(&former.signature))),
                _ => None,
            };
            let Some((bucket, key, signature)) = before else {
                if at > 0 {
                    self.found.notes.push(format!(
                        "{id} begins a chain, and does not say what was before: that may have been removed unseen"
                    ));
                }
                continue;
            };
            let before = name(bucket, key);
            if let Some(other) =
                followed.insert(format!("{before} {}", signature.map_or("", |text| text)), id)
            {
                self.find(
                    What::TwoChains,
                    id,
                    format!("and {other} both follow on {before}: there are two chains, as after a restored backup"),
                );
            }
            match by_id.get(before.as_str()) {
                // What is wrong with it is said already if it is there.
                None => {
                    let is_there = self.found.findings.iter().any(|finding| finding.file == before);
                    if !is_there {
                        self.miss(key, What::Removed, &before, format!("was removed: {id} follows on it"));
                    }
                }
                Some(found) if found.is_whole && digest.is_whole => {
                    let hash = file.previous_digest_hash_value.as_ref();
                    if signature != Some(&found.signature) || hash.is_some_and(|hash| *hash != found.hash) {
                        self.find(
                            What::TwoChains,
                            &before,
                            format!("is not the digest on which {id} follows: another one was in its place"),
                        );
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// Ends of digests, times of events, and when files were delivered, none of which go back.
    fn times(&mut self, seen: &[Seen]) {
        // What others say in the place of one says nothing about the clock.
        let whole = || seen.iter().filter(|digest| digest.is_whole);
        let ends: HashMap<&str, &str> =
            whole().map(|digest| (digest.id.as_str(), digest.file.digest_end_time.as_str())).collect();
        let mut newest: Option<(u64, String)> = None;
        for Seen { id, file, .. } in whole() {
            let (start, end) = (ms(&file.digest_start_time), ms(&file.digest_end_time));
            let (Some(start), Some(end)) = (start, end) else {
                self.find(What::Changed, id, "has no times");
                continue;
            };
            let back = |what: String| format!("{what}: the clock was set back");
            if end <= start {
                let DigestFile { digest_start_time, digest_end_time, .. } = file;
                self.find(
                    What::ClockSetBack,
                    id,
                    back(format!("begins at {digest_start_time} and ends at {digest_end_time}")),
                );
            }
            let previous = file.previous_bucket.as_ref().zip(file.previous_key.as_ref());
            let previous = previous.and_then(|(bucket, key)| ends.get(name(bucket, key).as_str()));
            if let Some(previous) = previous
                && ms(previous).is_some_and(|previous| previous > start)
            {
                let start = &file.digest_start_time;
                self.find(
                    What::ClockSetBack,
                    id,
                    back(format!("begins at {start}, and the digest before it ends at {previous}")),
                );
            }
            for entry in &file.log_files {
                let log = name(&entry.bucket, &entry.key);
                let Some(Named::Log { minute_ms, holds, .. }) = named(&entry.key) else { continue };
                if minute_ms + MINUTE_MS + CLOCK_MS < start {
                    let start = &file.digest_start_time;
                    self.find(
                        What::ClockSetBack,
                        &log,
                        back(format!(
                            "was delivered at {}, and its digest begins at {start}",
                            event::time(minute_ms)
                        )),
                    );
                }
                let Some(time) = ms(&entry.newest_event_time).filter(|_| holds == Holds::Events) else {
                    continue;
                };
                if time > end + CLOCK_MS {
                    let (time, end) = (&entry.newest_event_time, &file.digest_end_time);
                    self.find(
                        What::ClockSetBack,
                        &log,
                        back(format!("has an event of {time}, and its digest ends at {end}")),
                    );
                }
                if let Some((before, of)) = &newest
                    && time + CLOCK_MS < *before
                {
                    let (time, before) = (&entry.newest_event_time, event::time(*before));
                    self.find(
                        What::ClockSetBack,
                        &log,
                        back(format!(
                            "has no event after {time}, and {of}, which came before it, has one of {before}"
                        )),
                    );
                }
                newest = Some((time, log));
            }
        }
    }

    fn name(&mut self, digest: &Seen, entry: &digest::Entry) {
        let digest::Entry { bucket, key, hash_value: hash, .. } = entry;
        let file = name(bucket, key);
        let new =
            Entry { bucket: bucket.clone(), key: key.clone(), hash: hash.clone(), digest: digest.id.clone() };
        match self.named.get(&file) {
            Some(other) if other.hash != *hash => {
                let why = format!("has one hash in {} and another one in {}", other.digest, digest.id);
                self.find(What::TwoChains, &file, why);
            }
            Some(_) => {}
            None => drop(self.named.insert(file, new)),
        }
    }

    fn anchors(&mut self, id: &ChainId, chain: &mut Chain, seen: &[Seen]) {
        let of_chain = |anchor: &&Anchor| anchor.trail == id.trail && anchor.region == id.region;
        let options = self.options;
        let mut newest_ms = None;
        for anchor in options.anchors.iter().filter(of_chain) {
            let file = name(&anchor.bucket, &anchor.key);
            newest_ms = newest_ms.max(time_of_key(&anchor.key));
            match seen.iter().find(|digest| digest.id == file) {
                Some(digest) if digest.signature == anchor.signature => chain.walked.anchors += 1,
                Some(digest) if !digest.is_whole => {}
                Some(_) => self.find(
                    What::TwoChains,
                    &file,
                    "has another signature than its anchor: it was written anew, or the chain is another one",
                ),
                None if self.found.findings.iter().any(|finding| finding.file == file) => {}
                None if time_of_key(&anchor.key) > Some(chain.to_ms) => {
                    let newest = seen.last().map_or("none", |digest| &digest.file.digest_end_time);
                    let why = format!(
                        "was anchored and is not there, and the newest digest is {newest}: the end was cut off"
                    );
                    self.miss(&anchor.key, What::CutTail, &file, why);
                }
                None if self.missing.iter().any(|(_, finding)| finding.file == file) => {}
                None => self.miss(
                    &anchor.key,
                    What::TwoChains,
                    &file,
                    "was anchored, and no chain has it: this is another chain, as after a restored backup",
                ),
            }
        }
        let ChainId { trail, region } = id;
        let to = event::time(chain.to_ms);
        match newest_ms {
            Some(newest_ms) if newest_ms >= chain.to_ms => {}
            Some(newest_ms) => self.found.notes.push(format!(
                "{trail} in {region}: digests after {} have no anchor; whether there were any after {to} is not known",
                event::time(newest_ms)
            )),
            None => self.found.notes.push(format!(
                "{trail} in {region}: the newest digest ends at {to}; whether later ones were removed is not known \
                 without anchors (--anchor)"
            )),
        }
    }
}

/// Before each digest that begins a chain, back to the last one of the chain before.
fn gaps(seen: &[Seen]) -> Vec<(u64, u64)> {
    let mut gaps = Vec::new();
    for digest in seen.iter().filter(|digest| digest.is_whole && digest.file.previous_key.is_none()) {
        let from = match &digest.file.former {
            Some(former) => time_of_key(&former.key),
            None => Some(0),
        };
        gaps.extend(from.zip(ms(&digest.file.digest_start_time)));
    }
    gaps
}
