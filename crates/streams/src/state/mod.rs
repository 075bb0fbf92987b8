//! What the service knows apart from the records: the fold of the commands on the control log.
//!
//! Everything here is plain data and pure functions. A [`Command`](command::Command) carries the time and
//! every random choice, so that replaying the log always gives the same state, on any machine.
//!
//! Invariant: nothing changes a `State` but [`State::apply`].
//!
//! A status that ends by itself (CREATING, UPDATING, DELETING) is not stored: the state keeps until when
//! it lasts, and [`Stream::status`] reads it off the clock, so that no timer has to fire on time.

pub mod command;
pub mod marks;
pub mod reshard;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use base64_simd::STANDARD as BASE64;
use flumen_keys::Named;
use flumen_machine::Signatures;
use flumen_seal::{Seal, SealError, Secret, Unsealed};
use flumen_types::{Creation, HashKey, HashKeyRange, Realm, SequenceNumber, ShardId, StreamArn};
use serde::{Deserialize, Deserializer, Serialize};

pub use command::{Change, Command, Condition, Key, Outcome};
pub use marks::{AllMarks, Marks};
pub use reshard::{Reshard, ReshardStep};

use crate::OpenError;
use crate::token::LiveKeys;

/// The newest version of commands and of the state in snapshots. Commands of the first do not say so.
pub const VERSION: u32 = 5;
/// Identities lie above marks in states and commands of this version and later ones.
pub(crate) const MARKS_SINCE: u32 = 2;

/// Where token keys lie, which is sealed with them.
pub(crate) const TOKEN_KEY_PLACE: &str = "streams/token-key";

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct State {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// Time of the newest command. Commands never go back in time.
    pub at_ms: u64,
    /// What seals iterators and page tokens, and the one before it; the first is set by the first command.
    #[serde(default, alias = "token_key", deserialize_with = "token_keys")]
    pub token_keys: Vec<TokenKey>,
    /// The log group of the next stream. Groups are never reused; 0 is the control plane's own.
    pub next_group: u32,
    /// Every stream by its log group, those included that are being deleted.
    pub streams: BTreeMap<u32, Arc<Stream>>,
    /// Per account (outer) and region (inner).
    pub accounts: BTreeMap<String, BTreeMap<String, AccountSettings>>,
    /// What nothing may be called again.
    #[serde(default)]
    pub marks: AllMarks,
    /// By which signatures commands were given lately.
    #[serde(default, skip_serializing_if = "Signatures::is_empty")]
    pub signatures: Signatures,
}

impl Default for State {
    fn default() -> Self {
        State {
            version: VERSION,
            at_ms: 0,
            token_keys: Vec::new(),
            next_group: 1,
            streams: BTreeMap::new(),
            accounts: BTreeMap::new(),
            marks: AllMarks::default(),
            signatures: Signatures::default(),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct TokenKey {
    #[serde(flatten)]
    pub key: StoredKey,
    /// When it took the place of the one before it.
    pub since_ms: u64,
    /// Whoever has read the directory of an earlier version may have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lay_in_clear: bool,
}

/// A key as it is written down.
#[derive(Clone, Serialize, Deserialize, PartialEq)]
pub enum StoredKey {
    /// What `flumen-seal` made of it, in base64.
    #[serde(rename = "sealed")]
    Sealed(String),
    /// Up to version 3: the key itself, hexadecimal.
    #[serde(rename = "key", alias = "token_key")]
    Clear(String),
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StoredKey::Sealed(_) => "Sealed",
            StoredKey::Clear(_) => "Clear",
        })
    }
}

impl StoredKey {
    /// May block, as sealing does.
    pub(crate) fn seal(key: &Secret, seal: &Seal) -> Result<StoredKey, SealError> {
        let sealed = seal.seal(TOKEN_KEY_PLACE, key.expose())?;
        Ok(StoredKey::Sealed(BASE64.encode_to_string(sealed)))
    }

    pub(crate) fn open(&self, seal: &Seal) -> Result<Secret, TokenKeyError> {
        match self {
            StoredKey::Sealed(text) => {
                let sealed = BASE64.decode_to_vec(text).map_err(|_| TokenKeyError::NotBase64)?;
                Ok(seal.open(TOKEN_KEY_PLACE, &sealed)?)
            }
            StoredKey::Clear(text) => {
                let pairs = (0..text.len() / 2).map(|i| text.get(2 * i..2 * i + 2));
                let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
                bytes.map(Secret::new).ok_or(TokenKeyError::NoKey)
            }
        }
    }
}

/// Why a token key is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenKeyError {
    #[error("a token key in the control log is not a key")]
    NoKey,
    #[error("a token key in the control log is not base64")]
    NotBase64,
    #[error("a token key in the control log: {0}")]
    Unsealed(#[from] Unsealed),
}

/// Up to version 2 there was one, or none, of no known age.
fn token_keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TokenKey>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Keys(Vec<TokenKey>),
        Key(Option<String>),
    }
    Ok(match Stored::deserialize(deserializer)? {
        Stored::Keys(keys) => keys,
        Stored::Key(key) => {
            let key =
                key.map(|key| TokenKey { key: StoredKey::Clear(key), since_ms: 0, lay_in_clear: false });
            key.into_iter().collect()
        }
    })
}

/// A token key seals for so long.
pub const TOKEN_KEY_MS: u64 = DAY_MS;
/// One that lay in clear opens tokens for so long after another has taken its place: longer than any lives, and no longer.
pub const CLEAR_KEY_MS: u64 = 600_000;
/// Live at a time.
const TOKEN_KEYS: usize = 2;

impl State {
    /// Whether the newest token key has sealed for long enough, or longer than it should. Before the first command there
    /// is none.
    pub fn token_key_is_due(&self, now_ms: u64) -> bool {
        let is_due = |key: &TokenKey| key.lay_in_clear || key.since_ms.saturating_add(TOKEN_KEY_MS) <= now_ms;
        self.token_keys.first().is_some_and(is_due)
    }

    /// Those that are live. There is one from the first command on.
    pub(crate) fn live_token_keys(&self, seal: &Seal) -> Result<LiveKeys, TokenKeyError> {
        let newest = self.token_keys.first().ok_or(TokenKeyError::NoKey)?;
        let before = self.token_keys.get(1).map(|before| {
            let until_ms = before.lay_in_clear.then(|| newest.since_ms.saturating_add(CLEAR_KEY_MS));
            Ok::<_, TokenKeyError>((before.key.open(seal)?, until_ms))
        });
        Ok(LiveKeys { newest: newest.key.open(seal)?, before: before.transpose()? })
    }

    /// Seals what an earlier version kept in clear. The keys are the same, so this is no command. May block.
    pub(crate) fn seal_token_keys(&mut self, seal: &Seal) -> Result<(), OpenError> {
        for key in self.token_keys.iter_mut().filter(|key| matches!(key.key, StoredKey::Clear(_))) {
            key.key = StoredKey::seal(&key.key.open(seal)?, seal)?;
            key.lay_in_clear = true;
        }
        Ok(())
    }

    fn put_token_key(&mut self, key: &StoredKey, since_ms: u64) {
        self.token_keys.insert(0, TokenKey { key: key.clone(), since_ms, lay_in_clear: false });
        self.token_keys.truncate(TOKEN_KEYS);
    }
}

/// What an account sets for itself in one region.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct AccountSettings {
    pub commitment: Option<Commitment>,
    /// As of a stream.
    #[serde(default)]
    pub changed: u64,
}

/// The minimum throughput billing commitment (On-demand Advantage).
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Commitment {
    pub started_at_ms: u64,
    /// When it ends or ended, once a disable was asked for.
    pub ends_at_ms: Option<u64>,
}

/// A commitment lasts at least this long.
pub const COMMITMENT_MIN_MS: u64 = 24 * 60 * 60 * 1000;

impl Commitment {
    pub fn enabled(&self, now_ms: u64) -> bool {
        self.ends_at_ms.is_none_or(|end| now_ms < end)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Stream {
    pub account: String,
    pub region: String,
    pub name: String,
    /// The log group of its shards: the identity of this incarnation of the name.
    pub group: u32,
    pub created_at_ms: u64,
    /// The date that it is known by, where that is not the second of its creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated_ms: Option<u64>,
    /// CREATING until then.
    pub active_at_ms: u64,
    /// UPDATING until then.
    pub updated_at_ms: u64,
    /// DELETING until then, gone afterwards.
    pub gone_at_ms: Option<u64>,
    pub mode: Mode,
    pub retention_hours: u32,
    /// Records that arrived before are gone for good, however long the retention is now.
    pub floor_ms: u64,
    pub max_record_kib: u32,
    pub warm_mibps: Option<u32>,
    pub distribution: Distribution,
    pub tags: BTreeMap<String, String>,
    /// Shard-level metrics switched on.
    pub monitoring: BTreeSet<String>,
    /// How records are encrypted from now on; `None` where they lie in clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// Up to version 4: a key as it was named, which encrypted nothing. The next start takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    pub policy: Option<String>,
    /// By name; those that are gone stay until the next change of the stream's consumers.
    pub consumers: BTreeMap<String, Consumer>,
    /// By id, expired ones removed.
    pub shards: Vec<Shard>,
    pub next_shard: u32,
    /// Position of the newest command that changed it.
    #[serde(default)]
    pub changed: u64,
    /// A split, merge or rescale that was accepted and waits for its time.
    pub pending: Option<Pending>,
    /// A reshard that has begun and is not at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Times of UpdateShardCount within the last 24 hours.
    pub rescaled_at_ms: Vec<u64>,
    /// Times of mode switches within the last 24 hours.
    pub switched_at_ms: Vec<u64>,
    /// What lies there is sealed again, since that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rekey_since_ms: Option<u64>,
    /// Times of StartStreamEncryption within the last 24 hours, and of StopStreamEncryption.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encrypted_at_ms: Vec<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleared_at_ms: Vec<u64>,
}

/// By which key records are encrypted.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Encryption {
    /// As the call named it.
    pub key_id: String,
    /// What that means. An alias is followed whenever it is used.
    pub key: Named,
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Pending {
    pub reshard: Reshard,
    pub due_ms: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Plan {
    /// Of the command, by which it is known.
    pub position: u64,
    pub reshard: Reshard,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub enum Mode {
    Provisioned,
    OnDemand,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub enum Distribution {
    UserPartitionKey,
    Auto,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Creating,
    Active,
    Updating,
    Deleting,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Creating => "CREATING",
            Status::Active => "ACTIVE",
            Status::Updating => "UPDATING",
            Status::Deleting => "DELETING",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Consumer {
    pub created_at_ms: u64,
    /// As of a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated_ms: Option<u64>,
    pub active_at_ms: u64,
    pub gone_at_ms: Option<u64>,
    pub tags: BTreeMap<String, String>,
    pub policy: Option<String>,
}

impl Consumer {
    /// `None` once it is gone.
    pub fn status(&self, now_ms: u64) -> Option<Status> {
        match self.gone_at_ms {
            Some(gone) if now_ms >= gone => None,
            Some(_) => Some(Status::Deleting),
            None if now_ms < self.active_at_ms => Some(Status::Creating),
            None => Some(Status::Active),
        }
    }

    /// The date that tells it from others of its name, epoch milliseconds, mostly a whole second.
    pub fn date_ms(&self) -> u64 {
        date_ms(self.created_at_ms, self.dated_ms)
    }

    /// The date as its ARN has it: seconds, or milliseconds where that is no whole number.
    pub fn created(&self) -> u64 {
        arn_date(self.date_ms())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Shard {
    pub index: u32,
    pub start_key: Decimal128,
    pub end_key: Decimal128,
    pub parent: Option<u32>,
    pub adjacent_parent: Option<u32>,
    /// Creation time in its sequence numbers, epoch seconds. Above its parents'.
    pub created_s: u64,
    /// Which creation of that second in the account and region.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub created_nth: u8,
    /// From when it takes records: its parents' closing time, or the stream's creation.
    pub opened_at_ms: u64,
    pub closed_at_ms: Option<u64>,
}

impl Shard {
    pub fn id(&self) -> ShardId {
        ShardId::new(self.index).unwrap_or(ShardId::MAX)
    }

    pub fn range(&self) -> HashKeyRange {
        HashKeyRange { start: HashKey(self.start_key.0), end: HashKey(self.end_key.0) }
    }

    pub fn is_open(&self) -> bool {
        self.closed_at_ms.is_none()
    }

    /// Neither listed nor readable: closed, and its newest record past retention.
    pub fn is_expired(&self, horizon_ms: u64) -> bool {
        self.closed_at_ms.is_some_and(|closed| closed < horizon_ms)
    }

    pub fn creation(&self) -> Creation {
        Creation { second: self.created_s, nth: self.created_nth }
    }

    pub fn start_number(&self) -> SequenceNumber {
        SequenceNumber::start_of_shard(self.creation(), self.id())
    }

    pub fn end_number(&self) -> Option<SequenceNumber> {
        self.closed_at_ms.map(|closed| SequenceNumber::end_of_shard(self.creation(), self.id(), closed))
    }

    pub fn has_parent(&self, index: u32) -> bool {
        self.parent == Some(index) || self.adjacent_parent == Some(index)
    }
}

/// A 128-bit number written as a decimal string, since JSON readers round large numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal128(pub u128);

impl Serialize for Decimal128 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal128 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Decimal128).map_err(serde::de::Error::custom)
    }
}

impl Stream {
    pub fn realm(&self) -> Realm {
        Realm { account: self.account.clone(), region: self.region.clone() }
    }

    pub fn arn(&self) -> StreamArn {
        self.realm().stream_arn(&self.name)
    }

    /// StreamCreationTimestamp, which tells it from others of its name; mostly a whole second.
    pub fn date_ms(&self) -> u64 {
        date_ms(self.created_at_ms, self.dated_ms)
    }

    /// Whether it can be seen. The clock is asked only when that depends on it.
    pub fn is_there(&self, now_ms: impl FnOnce() -> u64) -> bool {
        self.gone_at_ms.is_none_or(|gone| now_ms() < gone)
    }

    /// `None` once it is gone.
    pub fn status(&self, now_ms: u64) -> Option<Status> {
        match self.gone_at_ms {
            Some(gone) if now_ms >= gone => None,
            Some(_) => Some(Status::Deleting),
            None if now_ms < self.active_at_ms => Some(Status::Creating),
            None if self.is_resharding() || now_ms < self.updated_at_ms => Some(Status::Updating),
            None => Some(Status::Active),
        }
    }

    fn is_resharding(&self) -> bool {
        self.pending.is_some() || self.plan.is_some()
    }

    /// Whether it has ever been ACTIVE. Until then it shows no shards, also when it is deleted meanwhile.
    pub fn shows_shards(&self, now_ms: u64) -> bool {
        now_ms >= self.active_at_ms
    }

    /// Records that arrived before this time are past retention.
    pub fn horizon_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(u64::from(self.retention_hours) * HOUR_MS).max(self.floor_ms)
    }

    pub fn shard(&self, id: ShardId) -> Option<&Shard> {
        let at = self.shards.binary_search_by_key(&id.index(), |s| s.index).ok()?;
        self.shards.get(at)
    }

    pub fn open_shards(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter().filter(|s| s.is_open())
    }

    pub fn children_of(&self, index: u32) -> impl Iterator<Item = &Shard> {
        self.shards.iter().filter(move |s| s.has_parent(index))
    }

    pub fn live_consumers(&self, now_ms: u64) -> impl Iterator<Item = (&String, &Consumer, Status)> {
        self.consumers.iter().filter_map(move |(name, c)| Some((name, c, c.status(now_ms)?)))
    }

    pub fn max_record_bytes(&self) -> usize {
        self.max_record_kib as usize * 1024
    }
}

fn date_ms(created_at_ms: u64, dated_ms: Option<u64>) -> u64 {
    dated_ms.unwrap_or(created_at_ms - created_at_ms % 1000)
}

/// A date in the ARN of a consumer.
pub(crate) fn arn_date(date_ms: u64) -> u64 {
    if date_ms.is_multiple_of(1000) { date_ms / 1000 } else { date_ms }
}

fn is_zero(nth: &u8) -> bool {
    *nth == 0
}

pub const HOUR_MS: u64 = 60 * 60 * 1000;
pub const DAY_MS: u64 = 24 * HOUR_MS;
