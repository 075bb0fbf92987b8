//! Verifying what lies in a directory: what `aws cloudtrail validate-logs` checks, and what it does not see.

mod digests;
mod logs;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::anchor::Anchor;
use super::key::PublicKey;
use super::location::{Named, named};
use super::time_of_key;
use crate::{Object, ObjectError, Objects, event};

/// Clocks are corrected, and events of the same second come in any order.
const CLOCK_MS: u64 = 60_000;
const MINUTE_MS: u64 = 60_000;

/// What is to be verified, and by what.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifyOptions<'a> {
    /// A trail's name or ARN.
    pub trail: Option<&'a str>,
    /// Digests have to be signed by one of these, whatever keys lie beside them.
    pub pinned: Option<&'a [PublicKey]>,
    pub anchors: &'a [Anchor],
}

/// What was found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    pub chains: Vec<Walked>,
    /// What is wrong. Without any all is as it was written, as far as `notes` say.
    pub findings: Vec<Finding>,
    /// What cannot be known.
    pub notes: Vec<String>,
}

/// A trail's digests in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Walked {
    /// An ARN.
    pub trail: String,
    pub region: String,
    pub digests: u64,
    /// Log files that digests name.
    pub files: u64,
    /// Log files that were delivered after the newest digest, and are in none yet.
    pub not_yet: u64,
    /// Log files that were delivered while no digests were made, so that none names them.
    pub without: u64,
    /// Of digests that are where their anchors say.
    pub anchors: u64,
    /// When the first digest's time begins, and the last one's ends.
    pub from: Option<String>,
    pub to: Option<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub what: What,
    /// Bucket and key.
    pub file: String,
    /// The rest of a sentence that begins with the file.
    pub why: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.file, self.why)
    }
}

/// Kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Its content is another one than was signed, or cannot be read.
    Changed,
    /// It lies where it was not written.
    Moved,
    /// A digest names it, or an anchor, and it is not there.
    Removed,
    /// Anchors name a later digest than there is.
    CutTail,
    /// Two digests follow on one, or an anchor is of another chain than the one that is there.
    TwoChains,
    /// Times go back.
    ClockSetBack,
    /// A log file that no digest names.
    NotNamed,
    /// Signed with a key that is not known, or not pinned.
    Key,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ChainId {
    trail: String,
    region: String,
}

#[derive(Default)]
struct Chain {
    /// When they ended, bucket and key.
    listed: Vec<(u64, String, String)>,
    walked: Walked,
    to_ms: u64,
    /// From when to when there was no chain before another one began.
    gaps: Vec<(u64, u64)>,
}

impl Chain {
    fn of(id: &ChainId) -> Chain {
        let walked = Walked { trail: id.trail.clone(), region: id.region.clone(), ..Walked::default() };
        Chain { walked, ..Chain::default() }
    }
}

struct Verifier<'a> {
    objects: &'a Objects,
    options: &'a VerifyOptions<'a>,
    keys: Vec<PublicKey>,
    chains: BTreeMap<ChainId, Chain>,
    /// Log files that are there, by bucket and key.
    logs: Vec<(String, String)>,
    /// Those that digests name: bucket, key, hash, and who names them.
    named: HashMap<String, Entry>,
    found: Verified,
    /// What is not there. Retention may have removed it meanwhile.
    missing: Vec<(String, Finding)>,
    /// Files whose content has this hash in the place of another.
    strange: Vec<(String, String)>,
    removed_before_ms: u64,
}

struct Entry {
    bucket: String,
    key: String,
    hash: String,
    digest: String,
}

/// Walks all chains of digests and all files that they name.
///
/// # Errors
/// If the directory cannot be read. What is wrong with a single file is a finding.
pub fn verify(objects: &Objects, options: &VerifyOptions<'_>) -> Result<Verified, ObjectError> {
    let mut verifier = Verifier {
        objects,
        options,
        keys: Vec::new(),
        chains: BTreeMap::new(),
        logs: Vec::new(),
        named: HashMap::new(),
        found: Verified::default(),
        missing: Vec::new(),
        strange: Vec::new(),
        removed_before_ms: objects.removed_before_ms()?,
    };
    verifier.list()?;
    verifier.read_keys()?;
    for (id, chain) in std::mem::take(&mut verifier.chains) {
        let chain = verifier.walk(&id, chain);
        verifier.chains.insert(id, chain);
    }
    verifier.read_logs();
    verifier.finish()
}

fn name(bucket: &str, key: &str) -> String {
    format!("{bucket}/{key}")
}

/// By its name or its ARN.
fn is_asked_for(options: Option<&str>, trail: &str) -> bool {
    options.is_none_or(|options| {
        options == trail || trail.rsplit_once('/').is_some_and(|(_, name)| name == options)
    })
}

fn ms(time: &str) -> Option<u64> {
    u64::try_from(time.parse::<Timestamp>().ok()?.as_millisecond()).ok()
}

impl Verifier<'_> {
    fn find(&mut self, what: What, file: &str, why: impl Into<String>) {
        self.found.findings.push(Finding { what, file: file.to_owned(), why: why.into() });
    }

    fn miss(&mut self, key: &str, what: What, file: &str, why: impl Into<String>) {
        let finding = Finding { what, file: file.to_owned(), why: why.into() };
        self.missing.push((key.to_owned(), finding));
    }

    fn read_keys(&mut self) -> Result<(), ObjectError> {
        if let Some(pinned) = self.options.pinned {
            self.keys = pinned.to_vec();
            return Ok(());
        }
        if self.chains.is_empty() {
            return Ok(());
        }
        let text = self.objects.public_keys()?;
        let why = match text.map(|text| PublicKey::read(&String::from_utf8_lossy(&text))) {
            Some(Ok(keys)) => {
                self.keys = keys;
                self.found.notes.push(
                    "the keys are those that lie beside the files: whoever can write there can put others in their \
                     place, and sign all anew; name one that was kept elsewhere with --public-key"
                        .to_owned(),
                );
                return Ok(());
            }
            Some(Err(error)) => error.to_string(),
            None => "is not there, and no public key is named: no signature can be verified".to_owned(),
        };
        self.find(What::Key, "public-keys.json", why);
        Ok(())
    }

    /// Digests come before log files in the order of keys, so none is seen whose files came later.
    fn list(&mut self) -> Result<(), ObjectError> {
        let (mut chains, mut logs, mut others) = (BTreeMap::<ChainId, Chain>::new(), Vec::new(), 0);
        let strangers = self.objects.every(|bucket, key| match named(key) {
            Some(Named::Digest { trail, region, end_ms }) => {
                let id = ChainId { trail: trail.to_string(), region: region.to_owned() };
                chains.entry(id.clone()).or_insert_with(|| Chain::of(&id)).listed.push((
                    end_ms,
                    bucket.to_owned(),
                    key.to_owned(),
                ));
            }
            Some(Named::Log { .. }) => logs.push((bucket.to_owned(), key.to_owned())),
            None => others += 1,
        })?;
        chains.retain(|id, _| is_asked_for(self.options.trail, &id.trail));
        (self.chains, self.logs) = (chains, logs);
        if others + strangers.len() > 0 {
            let many = others + strangers.len();
            self.found.notes.push(format!("{many} files are none of a trail's, and were not looked at"));
        }
        Ok(())
    }

    /// `None` is said already.
    fn object(&mut self, bucket: &str, key: &str, gone: impl FnOnce() -> String) -> Option<Object> {
        let file = name(bucket, key);
        match self.objects.get(bucket, key) {
            Ok(Some(object)) => return Some(object),
            Ok(None) => self.miss(key, What::Removed, &file, gone()),
            Err(ObjectError::Damaged { damaged, .. }) => self.find(What::Changed, &file, damaged.to_string()),
            Err(error) => self.find(What::Changed, &file, format!("cannot be read: {error}")),
        }
        None
    }

    fn finish(self) -> Result<Verified, ObjectError> {
        // Read again: what it removed meanwhile is not missed either.
        let before_ms = self.objects.removed_before_ms()?;
        let is_gone = |key: &str| time_of_key(key).is_some_and(|time| time < before_ms);
        let Verifier { options, mut found, missing, chains, .. } = self;
        // First: what else is found often follows from that.
        let missing = missing.into_iter().filter(|(key, _)| !is_gone(key)).map(|(_, finding)| finding);
        found.findings.splice(..0, missing);
        if before_ms > 0 {
            let before = event::time(before_ms);
            found
                .notes
                .push(format!("retention has removed what was delivered before {before}; it is not missed"));
        }
        for anchor in options.anchors.iter().filter(|anchor| is_asked_for(options.trail, &anchor.trail)) {
            let id = ChainId { trail: anchor.trail.clone(), region: anchor.region.clone() };
            let has_digests = chains.get(&id).is_some_and(|chain| !chain.listed.is_empty());
            if !has_digests && !is_gone(&anchor.key) {
                let file = name(&anchor.bucket, &anchor.key);
                let why = "was anchored and is not there, nor is any other digest of its trail".to_owned();
                found.findings.push(Finding { what: What::CutTail, file, why });
            }
        }
        found.chains = chains.into_values().map(|chain| chain.walked).collect();
        for Walked { trail, region, digests, without, .. } in &found.chains {
            let why = match (digests, without) {
                (0, _) => "has no digests: it makes none, or they were removed",
                (_, 1..) => "has log files of times in which it made no digests",
                _ => continue,
            };
            found.notes.push(format!(
                "{trail} in {region} {why}; whether these log files are whole, and all of them, is not known"
            ));
        }
        Ok(found)
    }
}
