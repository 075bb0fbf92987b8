//! What a chunk has, without reading it: hashes of what may be looked for. A chunk that lacks one of them has no event that is
//! looked for; one that has them may have none either.

use std::collections::BTreeSet;

use flumen_seal::Seal;
use flumen_storage::{Batch, BatchBuilder, Record};
use serde::{Deserialize, Serialize};

use super::{HistoryError, Span, VERSION};
use crate::event::Attributes;

const ENTRY: &str = "audit/index";

/// What is looked for by a hash of it and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Hashed {
    Place = 1,
    Name,
    Source,
    User,
    Principal,
    AccessKey,
    ResourceType,
    Resource,
    ReadOnly,
    Denied,
}

/// FNV-1a: quick for texts as short as these, and nobody gains by two that are the same.
pub(crate) fn hash(what: Hashed, values: &[&str]) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    add(what as u8);
    for value in values {
        value.bytes().for_each(&mut add);
        add(0xff);
    }
    (hash ^ (hash >> 32)) as u32
}

/// What one event has.
fn hashes_of(event: &Attributes<'_>, to: &mut BTreeSet<u32>) {
    let mut add = |what, values: &[&str]| _ = to.insert(hash(what, values));
    add(Hashed::Place, &[&event.account, &event.aws_region]);
    add(Hashed::Name, &[&event.event_name]);
    add(Hashed::Source, &[&event.event_source]);
    add(Hashed::ReadOnly, &[if event.read_only { "true" } else { "false" }]);
    if let Some(name) = event.user_name() {
        add(Hashed::User, &[name]);
    }
    if let Some(arn) = &event.user_identity.arn {
        add(Hashed::Principal, &[arn]);
    }
    if let Some(key) = &event.user_identity.access_key_id {
        add(Hashed::AccessKey, &[key]);
    }
    for resource in &event.resources {
        if let Some(kind) = &resource.kind {
            add(Hashed::ResourceType, &[kind]);
        }
        add(Hashed::Resource, &[&resource.arn]);
        add(Hashed::Resource, &[super::lookup::name_of(&resource.arn)]);
    }
    if event.is_denied() {
        add(Hashed::Denied, &[]);
    }
}

/// Of one chunk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    first_ms: u64,
    last_ms: u64,
    /// In order.
    hashes: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    v: u32,
    /// The position of the chunk.
    chunk: u64,
    first_ms: u64,
    last_ms: u64,
}

impl Entry {
    pub fn of<'a>(events: impl Iterator<Item = &'a str>, first_ms: u64, last_ms: u64) -> Entry {
        let mut hashes = BTreeSet::new();
        events.filter_map(Attributes::of).for_each(|event| hashes_of(&event, &mut hashes));
        Entry { first_ms, last_ms, hashes: hashes.into_iter().collect() }
    }

    /// Whether a chunk may have an event with all of these.
    pub fn may_have(&self, hashes: &[u32]) -> bool {
        hashes.iter().all(|hash| self.hashes.binary_search(hash).is_ok())
    }

    pub fn written(&self, seal: &Seal, chunk: u64) -> Result<Batch, HistoryError> {
        let head = Head { v: VERSION, chunk, first_ms: self.first_ms, last_ms: self.last_ms };
        let key = serde_json::to_vec(&head).expect("a head has string keys");
        let hashes: Vec<u8> = self.hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        let sealed = seal.seal(ENTRY, &hashes)?;
        let mut batch = BatchBuilder::with_capacity(key.len() + sealed.len() + 16);
        batch.push(0, &key, &sealed);
        Ok(batch.finish())
    }

    pub fn read(record: &Record<'_>, seal: &Seal) -> Result<(Span, Entry), HistoryError> {
        let span = span(record)?;
        let opened = seal.open(ENTRY, record.value);
        let opened = opened.map_err(|error| HistoryError::Sealed { position: span.position, error })?;
        let hashes = opened.expose().chunks_exact(4).filter_map(|bytes| bytes.try_into().ok());
        let hashes = hashes.map(u32::from_le_bytes).collect();
        Ok((span, Entry { first_ms: span.first_ms, last_ms: span.last_ms, hashes }))
    }
}

/// Where the chunk of an entry lies.
pub(crate) fn span(record: &Record<'_>) -> Result<Span, HistoryError> {
    let position = record.position;
    let unread = |error: serde_json::Error| HistoryError::Head { position, error: error.to_string() };
    let Head { v, chunk, first_ms, last_ms } = serde_json::from_slice(record.key).map_err(unread)?;
    match v > VERSION {
        true => Err(HistoryError::Newer { position, found: v }),
        false => Ok(Span { position: chunk, entry: position, first_ms, last_ms }),
    }
}
