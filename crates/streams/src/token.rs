//! Shard iterators and page tokens: sealed, so that nobody can read, alter or make one, and dated, so
//! that they expire. Shape and life as on AWS (`docs/kinesis/streams.md#iterators` and
//! `docs/kinesis/streams.md#pages`).
//!
//! ```text
//! base64( 00 00 00 00 00 00 00 01 | nonce 12 | AES-256-GCM( issued ms 8 | content ) | tag 16 )
//! ```

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64_simd::STANDARD as BASE64;
use flumen_seal::Secret;
use flumen_types::ShardId;
use flumen_types::clock::SKEW_MS;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

use crate::errors::{NotFound, StreamName};

/// How long iterators and page tokens live.
pub const TOKEN_LIFE_MS: u64 = 300_000;

const VERSION: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
pub const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
/// The longest iterator that the model allows is 512 characters; page tokens are shorter than this too.
const TOKEN_CHARACTERS_MAX: usize = 2048;

/// Seals and opens tokens under the keys of one data directory.
pub struct Vault {
    keys: RwLock<Keys>,
    random: SystemRandom,
}

/// The keys of a vault, each of 32 bytes.
pub struct LiveKeys {
    /// Seals, and opens.
    pub newest: Secret,
    /// Opens what it has sealed; at `until_ms`, if there is such a time, all of that expires.
    pub before: Option<(Secret, Option<u64>)>,
}

struct Keys {
    newest: LessSafeKey,
    before: Option<(LessSafeKey, Option<u64>)>,
}

impl Keys {
    fn of(live: &LiveKeys) -> Option<Keys> {
        let before = match &live.before {
            Some((key, until_ms)) => Some((aes(key)?, *until_ms)),
            None => None,
        };
        Some(Keys { newest: aes(&live.newest)?, before })
    }
}

fn aes(key: &Secret) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).ok()?))
}

/// What stands in a token.
struct TokenBody {
    issued_ms: u64,
    /// Its key opens nothing any more, but says still whose it was.
    is_over: bool,
    content: Vec<u8>,
}

impl TokenBody {
    /// If it has lived too long.
    fn age(&self, now_ms: u64) -> Option<Age> {
        let is_old = now_ms.saturating_sub(self.issued_ms) > TOKEN_LIFE_MS;
        (is_old || self.is_over).then_some(Age { issued_ms: self.issued_ms, now_ms })
    }
}

/// What a token is for. One kind never opens as another.
#[derive(Clone, Copy)]
enum Kind {
    Iterator,
    Page,
}

/// Where a shard iterator points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub group: u32,
    pub shard: ShardId,
    /// The next record to read.
    pub position: u64,
    pub account: String,
    pub stream: String,
}

impl Position {
    /// There is no such shard any more.
    pub(crate) fn gone(&self) -> NotFound {
        NotFound::ShardGone { shard: self.shard, stream: StreamName::new(&self.stream, &self.account) }
    }
}

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Page {
    Streams { after: String },
    Shards { group: u32, after: u32, filter: ShardsFilter },
    Consumers { group: u32, after: String },
}

/// A shard filter with its times resolved when the first page was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShardsFilter {
    All,
    Latest,
    /// Those open at a time.
    At {
        ms: u64,
    },
    /// Those open at a time or later.
    From {
        ms: u64,
    },
}

/// A shard iterator is none that is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IteratorError {
    #[error("Invalid ShardIterator.")]
    Invalid,
    #[error("Iterator expired. The iterator was created at time {0}")]
    Expired(Age),
}

/// The same of a page token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    #[error("Invalid NextToken.")]
    Invalid,
    #[error("NextToken expired. The token was created at time {0}")]
    Expired(Age),
}

/// The service failed to make a token.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the system provides no random numbers")]
    NoRandom,
    #[error("a token could not be sealed")]
    Unsealed,
    #[error("a page token could not be written: {0}")]
    Page(#[from] serde_json::Error),
}

/// A token that was issued longer ago than it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    issued_ms: u64,
    now_ms: u64,
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} while right now it is {} which is further in the future than the tolerated delay of {TOKEN_LIFE_MS} \
             milliseconds.",
            date(self.issued_ms),
            date(self.now_ms)
        )
    }
}

/// A fresh random key.
pub fn new_key() -> Option<Secret> {
    let mut key = vec![0; KEY_BYTES];
    SystemRandom::new().fill(&mut key).ok()?;
    Some(Secret::new(key))
}

impl Vault {
    /// `None` unless they are what [`new_key`] made.
    pub fn new(keys: &LiveKeys) -> Option<Self> {
        Some(Vault { keys: RwLock::new(Keys::of(keys)?), random: SystemRandom::new() })
    }

    /// Goes on with these. What others have sealed is not opened any more. False, and as before, unless they are keys.
    pub fn replace(&self, keys: &LiveKeys) -> bool {
        let Some(keys) = Keys::of(keys) else { return false };
        *self.keys.write() = keys;
        true
    }

    pub fn seal_iterator(&self, at: &Position, now_ms: u64) -> Result<String, SealError> {
        let mut content = Vec::with_capacity(128 + at.stream.len());
        content.extend_from_slice(&at.group.to_be_bytes());
        content.extend_from_slice(&at.shard.index().to_be_bytes());
        content.extend_from_slice(&at.position.to_be_bytes());
        content.extend_from_slice(at.account.as_bytes());
        content.push(b'/');
        content.extend_from_slice(at.stream.as_bytes());
        // The length tells nothing of the stream's name, and is one that AWS's iterators have.
        content.push(b'/');
        let padded = 108 + content.len().saturating_sub(108).next_multiple_of(16);
        content.resize(padded, b' ');
        self.seal(Kind::Iterator, now_ms, &content)
    }

    /// Opens an iterator; one in double quotes is accepted too.
    pub fn open_iterator(&self, token: &str, now_ms: u64) -> Result<Position, IteratorError> {
        let bare = token.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(token);
        let opened = self.open(Kind::Iterator, bare, now_ms).ok_or(IteratorError::Invalid)?;
        let position = parse_position(&opened.content).ok_or(IteratorError::Invalid)?;
        if opened.issued_ms > now_ms + SKEW_MS {
            return Err(IteratorError::Invalid);
        }
        opened.age(now_ms).map_or(Ok(position), |age| Err(IteratorError::Expired(age)))
    }

    pub fn seal_page(&self, page: &Page, now_ms: u64) -> Result<String, SealError> {
        let content = serde_json::to_vec(page)?;
        self.seal(Kind::Page, now_ms, &content)
    }

    pub fn open_page(&self, token: &str, now_ms: u64) -> Result<Page, PageError> {
        let opened = self.open(Kind::Page, token, now_ms).ok_or(PageError::Invalid)?;
        let page = serde_json::from_slice(&opened.content).map_err(|_| PageError::Invalid)?;
        if opened.issued_ms > now_ms + SKEW_MS {
            return Err(PageError::Invalid);
        }
        opened.age(now_ms).map_or(Ok(page), |age| Err(PageError::Expired(age)))
    }

    fn seal(&self, kind: Kind, now_ms: u64, content: &[u8]) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| SealError::NoRandom)?;
        let mut sealed = Vec::with_capacity(8 + content.len() + TAG_BYTES);
        sealed.extend_from_slice(&now_ms.to_be_bytes());
        sealed.extend_from_slice(content);
        let keys = self.keys.read();
        keys.newest
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), kind.aad(), &mut sealed)
            .map_err(|_| SealError::Unsealed)?;
        Ok(BASE64.encode_to_string([&VERSION[..], &nonce, &sealed].concat()))
    }

    /// `None` for anything that this vault did not seal.
    fn open(&self, kind: Kind, token: &str, now_ms: u64) -> Option<TokenBody> {
        if token.len() > TOKEN_CHARACTERS_MAX {
            return None;
        }
        let bytes = BASE64.decode_to_vec(token).ok()?;
        let (version, rest) = bytes.split_at_checked(VERSION.len())?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        let opened_by = |key: &LessSafeKey, until_ms: Option<u64>| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut sealed = sealed.to_vec();
            let content = key.open_in_place(nonce, kind.aad(), &mut sealed).ok()?;
            let (issued, content) = content.split_first_chunk::<8>()?;
            Some(TokenBody {
                issued_ms: u64::from_be_bytes(*issued),
                is_over: until_ms.is_some_and(|until_ms| now_ms > until_ms),
                content: content.to_vec(),
            })
        };
        let keys = self.keys.read();
        let by_former = || keys.before.as_ref().and_then(|(key, until_ms)| opened_by(key, *until_ms));
        let opened = opened_by(&keys.newest, None).or_else(by_former)?;
        (version == VERSION).then_some(opened)
    }
}

impl Kind {
    fn aad(self) -> Aad<&'static [u8]> {
        Aad::from(match self {
            Kind::Iterator => b"iterator",
            Kind::Page => b"page",
        })
    }
}

fn parse_position(content: &[u8]) -> Option<Position> {
    let (group, rest) = content.split_first_chunk()?;
    let (shard, rest) = rest.split_first_chunk()?;
    let (position, rest) = rest.split_first_chunk()?;
    let mut names = std::str::from_utf8(rest).ok()?.split('/');
    Some(Position {
        group: u32::from_be_bytes(*group),
        shard: ShardId::new(u32::from_be_bytes(*shard))?,
        position: u64::from_be_bytes(*position),
        account: names.next()?.to_owned(),
        stream: names.next()?.to_owned(),
    })
}

/// `Thu Jan 22 01:22:02 UTC 2015`
fn date(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map(|t| t.strftime("%a %b %d %H:%M:%S UTC %Y").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_421_889_722_000;

    fn vault() -> Vault {
        Vault::new(&live(&new_key().unwrap(), None)).unwrap()
    }

    fn live(newest: &Secret, before: Option<(&Secret, Option<u64>)>) -> LiveKeys {
        LiveKeys { newest: newest.clone(), before: before.map(|(key, until_ms)| (key.clone(), until_ms)) }
    }

    fn position(stream: &str) -> Position {
        Position {
            group: 7,
            shard: ShardId::new(3).unwrap(),
            position: 1 << 40,
            account: "000000000000".into(),
            stream: stream.into(),
        }
    }

    #[test]
    fn iterators_have_the_shape_of_aws() {
        let vault = vault();
        for length in [1, 64, 128] {
            let at = position(&"s".repeat(length));
            let token = vault.seal_iterator(&at, NOW).unwrap();
            let bytes = BASE64.decode_to_vec(&token).unwrap();
            assert!(bytes.len() >= 152 && (bytes.len() - 152).is_multiple_of(16), "{}", bytes.len());
            assert!(token.len() <= 512);
            assert_eq!(vault.open_iterator(&token, NOW).unwrap(), at);
            assert_eq!(vault.open_iterator(&format!("\"{token}\""), NOW).unwrap(), at);
        }
    }

    #[test]
    fn an_altered_iterator_is_invalid() {
        let vault = vault();
        let token = vault.seal_iterator(&position("s"), NOW).unwrap();
        let bytes = BASE64.decode_to_vec(&token).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let refused = vault.open_iterator(&BASE64.encode_to_string(&altered), NOW).unwrap_err();
            assert_eq!(refused, IteratorError::Invalid, "byte {at}");
        }
        for other in ["", "x", "\"\"", &token[4..], &token[..token.len() - 4]] {
            assert_eq!(vault.open_iterator(other, NOW).unwrap_err(), IteratorError::Invalid);
        }
        assert_eq!(super::tests::vault().open_iterator(&token, NOW).unwrap_err(), IteratorError::Invalid);
    }

    /// Whatever it says: an iterator's content need not be looked at to know that it is no page.
    #[test]
    fn a_token_of_one_kind_is_none_of_another() {
        let vault = vault();
        for (kind, other) in [(Kind::Iterator, Kind::Page), (Kind::Page, Kind::Iterator)] {
            let token = vault.seal(kind, NOW, b"content").unwrap();
            assert_eq!(vault.open(kind, &token, NOW).unwrap().content, b"content");
            assert!(vault.open(other, &token, NOW).is_none());
        }
    }

    #[test]
    fn the_former_key_counts_up_to_its_last_millisecond() {
        let (old, new) = (new_key().unwrap(), new_key().unwrap());
        let token = Vault::new(&live(&old, None)).unwrap().seal(Kind::Page, NOW, b"content").unwrap();
        let vault = Vault::new(&live(&new, Some((&old, Some(NOW))))).unwrap();
        let is_over = |now_ms| vault.open(Kind::Page, &token, now_ms).unwrap().is_over;
        assert!(!is_over(NOW) && is_over(NOW + 1));
    }

    #[test]
    fn iterators_expire_after_five_minutes() {
        let vault = vault();
        let token = vault.seal_iterator(&position("s"), NOW).unwrap();
        vault.open_iterator(&token, NOW + TOKEN_LIFE_MS).unwrap();
        let expired = vault.open_iterator(&token, NOW + 3_600_000).unwrap_err();
        let expected = "Iterator expired. The iterator was created at time Thu Jan 22 01:22:02 UTC 2015 while right \
                        now it is Thu Jan 22 02:22:02 UTC 2015 which is further in the future than the tolerated \
                        delay of 300000 milliseconds.";
        assert!(matches!(expired, IteratorError::Expired(_)));
        assert_eq!(expired.to_string(), expected);
    }

    #[test]
    fn tokens_are_accepted_where_the_clock_is_five_seconds_behind_and_live_no_longer() {
        let vault = vault();
        let page = Page::Streams { after: "a".into() };
        let iterator = vault.seal_iterator(&position("s"), NOW).unwrap();
        let token = vault.seal_page(&page, NOW).unwrap();
        for at_ms in [NOW - SKEW_MS, NOW - 1, NOW, NOW + TOKEN_LIFE_MS] {
            vault.open_iterator(&iterator, at_ms).unwrap();
            vault.open_page(&token, at_ms).unwrap();
        }
        let from_the_future = NOW - SKEW_MS - 1;
        assert_eq!(vault.open_iterator(&iterator, from_the_future).unwrap_err(), IteratorError::Invalid);
        assert_eq!(vault.open_page(&token, from_the_future).unwrap_err(), PageError::Invalid);
        let now_ms = NOW + TOKEN_LIFE_MS + 1;
        let age = Age { issued_ms: NOW, now_ms };
        assert_eq!(vault.open_iterator(&iterator, now_ms).unwrap_err(), IteratorError::Expired(age));
        assert_eq!(vault.open_page(&token, now_ms).unwrap_err(), PageError::Expired(age));
    }

    #[test]
    fn what_the_key_before_has_sealed_is_opened_and_nothing_older() {
        let keys: Vec<Secret> = (0..3).map(|_| new_key().unwrap()).collect();
        let vault = Vault::new(&live(&keys[0], None)).unwrap();
        let page = Page::Streams { after: "a".into() };
        let first = (vault.seal_iterator(&position("s"), NOW).unwrap(), vault.seal_page(&page, NOW).unwrap());
        assert!(vault.replace(&live(&keys[1], Some((&keys[0], None)))));
        let second = vault.seal_iterator(&position("t"), NOW).unwrap();
        assert_eq!(vault.open_iterator(&first.0, NOW).unwrap(), position("s"));
        assert_eq!(vault.open_page(&first.1, NOW).unwrap(), page);
        assert_eq!(vault.open_iterator(&second, NOW).unwrap(), position("t"));
        let former = Vault::new(&live(&keys[0], None)).unwrap();
        assert!(former.open_iterator(&second, NOW).is_err(), "it is the new one's");
        assert!(vault.replace(&live(&keys[2], Some((&keys[1], None)))));
        assert_eq!(vault.open_iterator(&first.0, NOW).unwrap_err(), IteratorError::Invalid);
        assert_eq!(vault.open_iterator(&second, NOW).unwrap(), position("t"));
        for bad in [&[][..], &[7; 31], &[7; 33]].map(|bytes| Secret::new(bytes.to_vec())) {
            assert!(!vault.replace(&live(&bad, None)));
            assert!(!vault.replace(&live(&keys[0], Some((&bad, None)))));
        }
        assert_eq!(vault.open_iterator(&second, NOW).unwrap(), position("t"));
    }

    #[test]
    fn all_that_a_key_has_sealed_expires_when_its_time_is_over() {
        let (old, new) = (new_key().unwrap(), new_key().unwrap());
        let former = Vault::new(&live(&old, None)).unwrap();
        let until_ms = NOW + 600_000;
        let vault = Vault::new(&live(&new, Some((&old, Some(until_ms))))).unwrap();
        // Whoever has the old key gives his tokens whatever time he likes.
        let page = Page::Streams { after: "a".into() };
        let issued = |now_ms| (former.seal_iterator(&position("s"), now_ms), former.seal_page(&page, now_ms));
        let (iterator, token) = issued(until_ms);
        let (iterator, token) = (iterator.unwrap(), token.unwrap());
        vault.open_iterator(&iterator, until_ms).unwrap();
        vault.open_page(&token, until_ms).unwrap();
        for now_ms in [until_ms + 1, until_ms + 10] {
            let age = Age { issued_ms: until_ms, now_ms };
            assert_eq!(vault.open_iterator(&iterator, now_ms).unwrap_err(), IteratorError::Expired(age));
            assert_eq!(vault.open_page(&token, now_ms).unwrap_err(), PageError::Expired(age));
        }
    }

    #[test]
    fn a_page_token_is_no_iterator() {
        let vault = vault();
        let page = Page::Streams { after: "a".into() };
        let token = vault.seal_page(&page, NOW).unwrap();
        assert_eq!(vault.open_page(&token, NOW).unwrap(), page);
        assert_eq!(vault.open_iterator(&token, NOW).unwrap_err(), IteratorError::Invalid);
        let expired = vault.open_page(&token, NOW + TOKEN_LIFE_MS + 1).unwrap_err();
        assert!(matches!(expired, PageError::Expired(_)));
        let iterator = vault.seal_iterator(&position("s"), NOW).unwrap();
        vault.open_page(&iterator, NOW).unwrap_err();
    }
}
