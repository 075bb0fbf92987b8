//! By which signatures commands were given lately. Whoever has overheard a request cannot have it carried out once more.
//!
//! A signature is of a second, so two calls of one second that ask for the same have the same one; and whoever lost an answer
//! may send the request again as it is. So within [`RETRY_MS`] of the first it is a retry, and later it is somebody else's.
//! A signature that is older than [`KEPT_MS`] no longer holds by itself.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::Origin;

/// How long after the first the same signature is a retry.
pub const RETRY_MS: u64 = 2_000;
/// How long signatures are remembered.
pub const KEPT_MS: u64 = 600_000;
/// And how many; then the oldest are forgotten.
const COUNT_MAX: usize = 100_000;

/// Hashes of signatures, as [`Origin`] has them, and when each first gave a command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "VecDeque<(u64, String)>", into = "VecDeque<(u64, String)>")]
pub struct Signatures {
    /// By time.
    order: VecDeque<(u64, String)>,
    first_ms: HashMap<String, u64>,
}

impl Signatures {
    /// A command of that origin was given at that time. Times do not fall.
    pub fn note(&mut self, origin: &Origin, at_ms: u64) {
        if let Some(hash) = &origin.signature_sha256 {
            self.note_hash(hash, at_ms);
        }
    }

    pub fn note_hash(&mut self, hash: &str, at_ms: u64) {
        self.add(hash.to_owned(), at_ms);
        self.forget(at_ms);
    }

    /// Whether what comes now with this signature is neither the first that does nor its retry.
    pub fn is_replayed(&self, hash: &str, now_ms: u64) -> bool {
        let first_ms = self.first_ms.get(hash);
        first_ms.is_some_and(|first_ms| now_ms.saturating_sub(*first_ms) > RETRY_MS)
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// What another has, too.
    pub fn extend(&mut self, other: &Signatures) {
        for (at_ms, hash) in &other.order {
            self.add(hash.clone(), *at_ms);
        }
        self.order.make_contiguous().sort();
    }

    fn add(&mut self, hash: String, at_ms: u64) {
        if !self.first_ms.contains_key(&hash) {
            self.first_ms.insert(hash.clone(), at_ms);
            self.order.push_back((at_ms, hash));
        }
    }

    fn forget(&mut self, now_ms: u64) {
        let is_over = |at_ms: u64| now_ms.saturating_sub(at_ms) > KEPT_MS;
        while let Some((at_ms, _)) = self.order.front()
            && (is_over(*at_ms) || self.order.len() > COUNT_MAX)
            && let Some((_, hash)) = self.order.pop_front()
        {
            self.first_ms.remove(&hash);
        }
    }
}

impl From<VecDeque<(u64, String)>> for Signatures {
    fn from(order: VecDeque<(u64, String)>) -> Self {
        let first_ms = order.iter().map(|(at_ms, hash)| (hash.clone(), *at_ms)).collect();
        Signatures { order, first_ms }
    }
}

impl From<Signatures> for VecDeque<(u64, String)> {
    fn from(signatures: Signatures) -> Self {
        signatures.order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(hash: &str) -> Origin {
        Origin { signature_sha256: Some(hash.to_owned()), ..Origin::default() }
    }

    #[test]
    fn the_same_signature_is_a_retry_at_first_and_somebody_elses_later() {
        let mut seen = Signatures::default();
        seen.note(&by("a"), 1_000);
        seen.note(&by("a"), 2_900);
        assert!(!seen.is_replayed("a", 3_000));
        assert!(seen.is_replayed("a", 3_001), "two seconds after the first, not after the retry");
        assert!(!seen.is_replayed("b", 9_000));
        seen.note(&Origin::default(), 3_000);
        let written = serde_json::to_string(&seen).unwrap();
        assert_eq!(written, r#"[[1000,"a"]]"#);
        assert_eq!(serde_json::from_str::<Signatures>(&written).unwrap(), seen);
    }

    #[test]
    fn what_is_long_ago_is_forgotten_and_so_are_the_first_of_very_many() {
        let mut seen = Signatures::default();
        seen.note(&by("a"), 0);
        seen.note(&by("b"), KEPT_MS);
        assert!(seen.is_replayed("a", KEPT_MS));
        seen.note(&by("c"), KEPT_MS + 1);
        assert!(!seen.is_replayed("a", KEPT_MS + 1));
        for nth in 0..COUNT_MAX {
            seen.note(&by(&nth.to_string()), KEPT_MS + 2);
        }
        assert_eq!((seen.order.len(), seen.first_ms.len()), (COUNT_MAX, COUNT_MAX));
        assert!(!seen.first_ms.contains_key("b"));
    }
}
