//! A file of events: `{"Records":[...]}`, compressed.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};

use super::gzip;
use super::location::{Holds, TrailLocation};
use crate::{Object, hex};

/// Begins the comment of a compressed log file; the trail's ARN follows.
pub(super) const COMMENT: &str = "flumen-log-1 ";

/// A log file that is to be put where its key says, and added to the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    pub bucket: String,
    pub key: String,
    pub object: Object,
    /// SHA-256 of the content before it was compressed, in hex.
    pub hash: String,
    pub oldest_ms: u64,
    pub newest_ms: u64,
    pub events: usize,
}

/// The file of these lines, each with the time of its event, delivered at `at_ms`; nothing without lines. The same lines at
/// the same minute make the same file.
pub fn log_file<T: AsRef<str>>(
    location: &TrailLocation<'_>,
    at_ms: u64,
    holds: Holds,
    lines: impl IntoIterator<Item = (u64, T)>,
) -> Option<NewFile> {
    let mut content = String::from("{\"Records\":[");
    let (mut oldest_ms, mut newest_ms, mut events) = (u64::MAX, 0, 0);
    for (time_ms, line) in lines {
        if events > 0 {
            content.push(',');
        }
        content.push_str(line.as_ref());
        oldest_ms = oldest_ms.min(time_ms);
        newest_ms = newest_ms.max(time_ms);
        events += 1;
    }
    if events == 0 {
        return None;
    }
    content.push_str("]}");
    let hash = hash(content.as_bytes());
    let trail = location.trail_arn();
    let key = location.log_key(at_ms, holds, &unique(&[&trail.to_string(), location.region, &hash]));
    let content = gzip::pack(content.as_bytes(), &format!("{COMMENT}{trail}"));
    let object = Object { content, metadata: BTreeMap::new(), modified_ms: at_ms };
    Some(NewFile { bucket: location.bucket.to_owned(), key, object, hash, oldest_ms, newest_ms, events })
}

pub(super) fn hash(content: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(content);
    hex(context.finish().as_ref())
}

/// Sixteen letters and digits that two trails' files do not share.
fn unique(of: &[&str]) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let hash = aws_lc_rs::digest::digest(&SHA256, of.join("\n").as_bytes());
    hash.as_ref()[..16].iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_of_all_letters_and_digits() {
        let names: BTreeSet<String> = (0..200).map(|number: u32| unique(&[&number.to_string()])).collect();
        assert!(names.iter().all(|name| name.len() == 16));
        let letters: BTreeSet<char> = names.iter().flat_map(|name| name.chars()).collect();
        assert_eq!((names.len(), letters.len()), (200, 62));
        assert!(letters.iter().all(char::is_ascii_alphanumeric));
    }
}
