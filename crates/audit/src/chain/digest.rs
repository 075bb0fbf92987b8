//! Digests: each names the log files since the one before it with their hashes, and that one with its hash and signature,
//! and is signed. Source:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::anchor::Anchor;
use super::gzip;
use super::key::{KeyError, PublicKey, SigningKey};
use super::location::{Named, TrailLocation, named};
use super::log_file::{NewFile, hash};
use crate::{Object, ObjectError, Objects, event};

/// Begins the comment of a compressed digest; its signature follows.
pub(super) const COMMENT: &str = "flumen-digest-1 ";
/// Of a digest's content. One names fewer than a hundred thousand files.
pub(super) const BYTES_MAX: u64 = 64 << 20;
const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";
const HASH_ALGORITHM: &str = "SHA-256";
const SIGNATURE: &str = "signature";

/// The content of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DigestFile {
    pub aws_account_id: String,
    pub digest_start_time: String,
    pub digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    pub bucket: String,
    #[serde(rename = "digestS3Object")]
    pub key: String,
    pub digest_public_key_fingerprint: String,
    pub digest_signature_algorithm: String,
    pub newest_event_time: Option<String>,
    pub oldest_event_time: Option<String>,
    #[serde(rename = "previousDigestS3Bucket")]
    pub previous_bucket: Option<String>,
    #[serde(rename = "previousDigestS3Object")]
    pub previous_key: Option<String>,
    pub previous_digest_hash_value: Option<String>,
    pub previous_digest_hash_algorithm: Option<String>,
    pub previous_digest_signature: Option<String>,
    pub log_files: Vec<Entry>,
    /// Of a starting digest that is not the trail's first: the last one of the chain before. Flumen's own.
    #[serde(rename = "flumenFormerDigest", default, skip_serializing_if = "Option::is_none")]
    pub former: Option<Former>,
}

/// A log file in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(rename = "s3Bucket")]
    pub bucket: String,
    #[serde(rename = "s3Object")]
    pub key: String,
    pub hash_value: String,
    pub hash_algorithm: String,
    pub newest_event_time: String,
    pub oldest_event_time: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Former {
    #[serde(rename = "s3Bucket")]
    pub bucket: String,
    #[serde(rename = "s3Object")]
    pub key: String,
    pub signature: String,
}

impl DigestFile {
    /// What is signed, and how `aws cloudtrail validate-logs` puts it together.
    pub fn signed(&self, hash: &str) -> String {
        let DigestFile { digest_end_time, bucket, key, .. } = self;
        let previous = self.previous_digest_signature.as_deref().unwrap_or("null");
        format!("{digest_end_time}\n{bucket}/{key}\n{hash}\n{previous}")
    }

    fn is_signed_by(&self, hash: &str, signature: &str, keys: &[PublicKey]) -> bool {
        let key = keys.iter().find(|key| key.fingerprint == self.digest_public_key_fingerprint);
        key.zip(unhex(signature)).is_some_and(|(key, signature)| key.verifies(&self.signed(hash), &signature))
    }
}

/// As it is written, in small letters: nothing is taken for the same that is another text.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
    let pair = |pair: &[u8]| match *pair {
        [high, low] => u8::try_from(16 * digit(high)? + digit(low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// A digest as it is read.
pub(super) struct Read {
    pub file: DigestFile,
    pub hash: String,
    /// As it stands beside the object, or in the file of a copy.
    pub signature: Option<String>,
}

pub(super) fn read(object: &Object) -> Result<Read, String> {
    let mut content = Vec::new();
    let comment = gzip::unpack(&object.content, BYTES_MAX, |part| content.extend_from_slice(part))
        .map_err(|not_read| not_read.to_string())?;
    let file = serde_json::from_slice(&content).map_err(|error| format!("is no digest ({error})"))?;
    let in_file = comment.and_then(|comment| Some(comment.strip_prefix(COMMENT)?.to_owned()));
    let signature = object.metadata.get(SIGNATURE).cloned().or(in_file);
    Ok(Read { file, hash: hash(&content), signature })
}

/// A digest that is to be put where its key says. Then `after` takes the chain's place, and then the anchor is sent.
#[derive(Debug)]
pub struct NewDigest {
    pub bucket: String,
    pub key: String,
    pub object: Object,
    pub anchor: Anchor,
    pub after: Chain,
}

/// Of a trail in a region: what the next digest is about. A part of the trail's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// When it was started, or its newest digest ended.
    begin_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Digested>,
    /// The newest digest of the chain before, in one that has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former: Option<Digested>,
    /// Log files since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<Added>,
}

/// A digest that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Digested {
    bucket: String,
    key: String,
    hash: String,
    signature: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    bucket: String,
    key: String,
    hash: String,
    oldest_ms: u64,
    newest_ms: u64,
}

impl Chain {
    /// One that begins with nothing before it.
    pub fn new(begin_ms: u64) -> Chain {
        Chain { begin_ms, previous: None, former: None, files: Vec::new() }
    }

    /// When the next digest's time begins.
    pub fn begin_ms(&self) -> u64 {
        self.begin_ms
    }

    /// How many log files are in no digest yet.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// A chain of its own that begins when logging starts again. Its first digest names the last one of this chain, so
    /// that it is not removed unseen.
    pub fn started_again(&self, begin_ms: u64) -> Chain {
        Chain {
            // Keys have the second in which a digest ended, and each digest has its own.
            begin_ms: begin_ms.max(self.begin_ms),
            previous: None,
            former: self.previous.clone().or_else(|| self.former.clone()),
            files: self.files.clone(),
        }
    }

    /// When the file is durable.
    pub fn add(&mut self, file: &NewFile) {
        let NewFile { bucket, key, hash, oldest_ms, newest_ms, .. } = file;
        // Delivered again after a crash.
        self.files.retain(|added| (&added.bucket, &added.key) != (bucket, key));
        self.files.push(Added {
            bucket: bucket.clone(),
            key: key.clone(),
            hash: hash.clone(),
            oldest_ms: *oldest_ms,
            newest_ms: *newest_ms,
        });
    }

    /// The digest of the time up to `end_ms`, also of no files. It ends a second after the one before it at least,
    /// wherever the clock stands. Who makes it again after a crash calls [`Chain::catch_up`] before.
    pub fn digest(
        &self,
        location: &TrailLocation<'_>,
        end_ms: u64,
        key: &SigningKey,
    ) -> Result<NewDigest, KeyError> {
        let end_ms = (end_ms / 1000).max(self.begin_ms / 1000 + 1) * 1000;
        let object_key = location.digest_key(end_ms);
        let file = self.content(location, &object_key, end_ms, &key.public().fingerprint);
        let content = serde_json::to_vec(&file).expect("texts in a struct are written");
        let hash = hash(&content);
        let signature = key.sign(&file.signed(&hash))?;
        let object = Object {
            content: gzip::pack(&content, &format!("{COMMENT}{signature}")),
            metadata: BTreeMap::from([
                (SIGNATURE.to_owned(), signature.clone()),
                ("signature-algorithm".to_owned(), SIGNATURE_ALGORITHM.to_owned()),
            ]),
            modified_ms: end_ms,
        };
        let bucket = location.bucket.to_owned();
        let anchor = Anchor {
            trail: location.trail_arn().to_string(),
            region: location.region.to_owned(),
            end: event::time(end_ms),
            bucket: bucket.clone(),
            key: object_key.clone(),
            signature: signature.clone(),
        };
        let previous = Digested { bucket: bucket.clone(), key: object_key.clone(), hash, signature };
        let after = Chain { begin_ms: end_ms, previous: Some(previous), former: None, files: Vec::new() };
        Ok(NewDigest { bucket, key: object_key, object, anchor, after })
    }

    fn content(&self, location: &TrailLocation<'_>, key: &str, end_ms: u64, fingerprint: &str) -> DigestFile {
        let entry = |file: &Added| Entry {
            bucket: file.bucket.clone(),
            key: file.key.clone(),
            hash_value: file.hash.clone(),
            hash_algorithm: HASH_ALGORITHM.to_owned(),
            newest_event_time: event::time(file.newest_ms),
            oldest_event_time: event::time(file.oldest_ms),
        };
        let previous =
            |part: fn(&Digested) -> &String| self.previous.as_ref().map(|digest| part(digest).clone());
        DigestFile {
            aws_account_id: location.account.to_owned(),
            digest_start_time: event::time(self.begin_ms),
            digest_end_time: event::time(end_ms),
            bucket: location.bucket.to_owned(),
            key: key.to_owned(),
            digest_public_key_fingerprint: fingerprint.to_owned(),
            digest_signature_algorithm: SIGNATURE_ALGORITHM.to_owned(),
            newest_event_time: self.files.iter().map(|file| file.newest_ms).max().map(event::time),
            oldest_event_time: self.files.iter().map(|file| file.oldest_ms).min().map(event::time),
            previous_bucket: previous(|digest| &digest.bucket),
            previous_key: previous(|digest| &digest.key),
            previous_digest_hash_value: previous(|digest| &digest.hash),
            previous_digest_hash_algorithm: self.previous.as_ref().map(|_| HASH_ALGORITHM.to_owned()),
            previous_digest_signature: previous(|digest| &digest.signature),
            log_files: self.files.iter().map(entry).collect(),
            former: self.former.as_ref().map(|former| Former {
                bucket: former.bucket.clone(),
                key: former.key.clone(),
                signature: former.signature.clone(),
            }),
        }
    }

    /// The chain with the next digest, and its anchor, if that digest was put already: by a process that ended before the
    /// chain was written, or after the backup from which this chain comes. Without that there would be two digests after
    /// one. To be called at a start until it answers with nothing.
    pub fn catch_up(
        &self,
        location: &TrailLocation<'_>,
        objects: &Objects,
        keys: &[PublicKey],
    ) -> Result<Option<(Chain, Anchor)>, ObjectError> {
        let prefix = location.digest_prefix();
        let mut after = location.digest_key(self.begin_ms);
        loop {
            let listed = objects.list(location.bucket, &prefix, &after, 1000)?;
            let Some(last) = listed.last() else { return Ok(None) };
            for found in &listed {
                let is_own = matches!(named(&found.key), Some(Named::Digest { trail, .. }) if trail == location.trail_arn());
                if is_own && let Some(caught_up) = self.follows(location, objects, &found.key, keys)? {
                    return Ok(Some(caught_up));
                }
            }
            after = last.key.clone();
        }
    }

    fn follows(
        &self,
        location: &TrailLocation<'_>,
        objects: &Objects,
        key: &str,
        keys: &[PublicKey],
    ) -> Result<Option<(Chain, Anchor)>, ObjectError> {
        // What is damaged is found by those who verify.
        let object = match objects.get(location.bucket, key) {
            Err(ObjectError::Damaged { .. }) => None,
            object => object?,
        };
        let Some(Read { file, hash, signature: Some(signature) }) =
            object.and_then(|object| read(&object).ok())
        else {
            return Ok(None);
        };
        let follows = file.previous_digest_signature.as_ref() == self.previous.as_ref().map(|d| &d.signature)
            && file.former.as_ref().map(|former| &former.signature)
                == self.former.as_ref().map(|d| &d.signature)
            && file.digest_start_time == event::time(self.begin_ms)
            && (file.bucket.as_str(), file.key.as_str()) == (location.bucket, key);
        let Some(Named::Digest { end_ms, .. }) = named(key).filter(|_| follows) else { return Ok(None) };
        if !file.is_signed_by(&hash, &signature, keys) {
            return Ok(None);
        }
        let is_named = |added: &Added| {
            file.log_files.iter().any(|entry| (&entry.bucket, &entry.key) == (&added.bucket, &added.key))
        };
        let files = self.files.iter().filter(|added| !is_named(added)).cloned().collect();
        let anchor = Anchor {
            trail: location.trail_arn().to_string(),
            region: location.region.to_owned(),
            end: file.digest_end_time.clone(),
            bucket: file.bucket.clone(),
            key: file.key.clone(),
            signature: signature.clone(),
        };
        let previous = Digested { bucket: file.bucket, key: file.key, hash, signature };
        Ok(Some((Chain { begin_ms: end_ms, previous: Some(previous), former: None, files }, anchor)))
    }
}
