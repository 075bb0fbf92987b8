//! Blocks that lie sealed on disk: their bytes, and the keys that seal and open them.
//!
//! ```text
//! id of the key 8 | number of the block 8 | ( AES-256-GCM( 64 KiB of the records, the last piece what is left ) | tag 16 )..
//! ```
//!
//! A block is cut into pieces, so that a few records of a large one are read without opening all of it. No two pieces under one
//! key have one nonce: that is the block's number, which the key gives once, and the piece's place. A key never seals in two
//! processes, since the next one could not know which numbers this one had given.
//!
//! Where keys come from, who may use them, and how they are wrapped is left to whoever brings [`BlockKeys`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use bytes::Bytes;

use crate::LogId;

/// Clear bytes in a piece.
pub(crate) const PIECE: usize = 64 * 1024;
pub(crate) const TAG: usize = 16;
/// The key's id and the block's number.
pub(crate) const PREFIX: usize = 16;
/// A wrapped key is no longer: what AWS KMS gives at most.
pub const WRAPPED_BYTES_MAX: usize = 6144;

/// A key seals what comes within so long, as in AWS's services: what one key opens is bounded.
pub const SEALS_FOR: Duration = Duration::from_secs(5 * 60);
/// Of 2^32 that NIST SP 800-38D allows under one key and nonces that are counted.
const PIECES_MAX: u64 = 1 << 31;

/// Tells a key from others, at random.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockKeyId(pub [u8; 8]);

impl fmt::Display for BlockKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlockKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockKeyId({self})")
    }
}

/// A key as it stands on disk before what it has sealed. Who wrapped it says what the bytes mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    pub id: BlockKeyId,
    pub bytes: Bytes,
}

/// A key that seals blocks and opens them.
pub struct BlockKey {
    wrapped: Arc<WrappedKey>,
    cipher: LessSafeKey,
    /// The number that the next block gets.
    next: AtomicU64,
    pieces: AtomicU64,
}

impl fmt::Debug for BlockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockKey({})", self.wrapped.id)
    }
}

/// Why a key is not to be had: in the words of whoever was to bring it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BlockKeyError(pub Arc<str>);

/// Brings the keys of a storage's blocks.
pub trait BlockKeys: Send + Sync + fmt::Debug {
    /// The key that seals what comes for a log without one; `None` where it is to lie in clear. Does not block.
    ///
    /// # Errors
    /// There is none at the moment: the append is refused, and may succeed later.
    fn sealing(&self, log: LogId) -> Result<Option<Arc<BlockKey>>, BlockKeyError>;

    /// The key that was wrapped, which opens blocks of a log. Asked for each block, so it remembers. May block.
    ///
    /// # Errors
    /// It is none of these, or not to be had at the moment.
    fn opening(&self, log: LogId, wrapped: &WrappedKey) -> Result<Arc<BlockKey>, BlockKeyError>;
}

/// What of a block is its own in what is sealed with it.
#[derive(Clone, Copy)]
pub(crate) struct BlockAad {
    pub log: LogId,
    pub records: u32,
}

impl BlockKey {
    /// A key of 256 bits that has not sealed anything, or only opens. `None` if it has another length, or if what it is wrapped to has
    /// none or more than [`WRAPPED_BYTES_MAX`].
    pub fn new(id: BlockKeyId, key: &[u8], wrapped: impl Into<Bytes>) -> Option<BlockKey> {
        let wrapped = WrappedKey { id, bytes: wrapped.into() };
        if wrapped.bytes.is_empty() || wrapped.bytes.len() > WRAPPED_BYTES_MAX {
            return None;
        }
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
        Some(BlockKey { wrapped: Arc::new(wrapped), cipher, next: 0.into(), pieces: 0.into() })
    }

    pub fn id(&self) -> BlockKeyId {
        self.wrapped.id
    }

    /// It has sealed as much as it should.
    pub fn is_spent(&self) -> bool {
        self.pieces() >= PIECES_MAX
    }

    /// How many pieces it has sealed.
    pub fn pieces(&self) -> u64 {
        self.pieces.load(Ordering::Relaxed)
    }

    pub fn wrapped(&self) -> &Arc<WrappedKey> {
        &self.wrapped
    }

    /// A number that no other block of the key has.
    pub(crate) fn number(&self, clear_bytes: usize) -> u64 {
        self.pieces.fetch_add(clear_bytes.div_ceil(PIECE) as u64, Ordering::Relaxed);
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The bytes on disk. The same ones again for the same records under the same number. `None` only where the cipher fails, which
    /// it does not for pieces of this size.
    pub(crate) fn seal(&self, block: BlockAad, number: u64, clear: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(sealed_bytes(clear.len()));
        out.extend_from_slice(&self.wrapped.id.0);
        out.extend_from_slice(&number.to_le_bytes());
        let aad = aad(block, clear.len());
        for (piece, clear) in (0..).zip(clear.chunks(PIECE)) {
            let at = out.len();
            out.extend_from_slice(clear);
            let sealed = out.get_mut(at..)?;
            let tag = self.cipher.seal_in_place_separate_tag(nonce(number, piece), Aad::from(&aad), sealed);
            out.extend_from_slice(tag.ok()?.as_ref());
        }
        Some(out)
    }

    /// Opens pieces from the first one on, as long as `wants_more` of what is open by now. `None` if they are not as they were
    /// sealed.
    pub(crate) fn open(
        &self,
        block: BlockAad,
        sealed: &Sealed<'_>,
        mut wants_more: impl FnMut(&[u8]) -> bool,
    ) -> Option<Vec<u8>> {
        let aad = aad(block, sealed.clear_bytes);
        // No more than the sealed bytes, which are in memory too.
        let mut clear = Vec::with_capacity(sealed.clear_bytes);
        for (piece, bytes) in (0..).zip(sealed.pieces.chunks(PIECE + TAG)) {
            if piece > 0 && !wants_more(&clear) {
                break;
            }
            let (bytes, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
            let at = clear.len();
            clear.resize(at + bytes.len(), 0);
            let out = clear.get_mut(at..)?;
            let opened = self.cipher.open_separate_gather(
                nonce(sealed.number, piece),
                Aad::from(&aad),
                bytes,
                tag,
                out,
            );
            opened.ok()?;
        }
        Some(clear)
    }
}

/// A sealed block's bytes, taken apart.
pub(crate) struct Sealed<'a> {
    pub key: BlockKeyId,
    number: u64,
    pieces: &'a [u8],
    pub clear_bytes: usize,
}

impl Sealed<'_> {
    /// `None` if these cannot be the bytes of one.
    pub(crate) fn parse(payload: &[u8]) -> Option<Sealed<'_>> {
        let (key, rest) = payload.split_first_chunk::<8>()?;
        let (number, pieces) = rest.split_first_chunk::<8>()?;
        let tags = pieces.len().div_ceil(PIECE + TAG) * TAG;
        // The last piece has something in it.
        let clear_bytes = pieces.len().checked_sub(tags)?;
        let fits =
            clear_bytes > 0 && PREFIX + clear_bytes + clear_bytes.div_ceil(PIECE) * TAG == payload.len();
        fits.then_some(Sealed {
            key: BlockKeyId(*key),
            number: u64::from_le_bytes(*number),
            pieces,
            clear_bytes,
        })
    }
}

/// What so many bytes of records take on disk.
pub(crate) const fn sealed_bytes(clear: usize) -> usize {
    PREFIX + clear + clear.div_ceil(PIECE) * TAG
}

fn nonce(number: u64, piece: u32) -> Nonce {
    let mut nonce = [0; 12];
    let (front, back) = nonce.split_at_mut(8);
    front.copy_from_slice(&number.to_le_bytes());
    back.copy_from_slice(&piece.to_le_bytes());
    Nonce::assume_unique_for_key(nonce)
}

/// A block is of no use in another log, cut short, or with another number of records.
fn aad(block: BlockAad, clear_bytes: usize) -> Vec<u8> {
    let mut aad = Vec::with_capacity(32);
    aad.extend_from_slice(b"flumen block 1");
    aad.extend_from_slice(&block.log.group.to_le_bytes());
    aad.extend_from_slice(&block.log.index.to_le_bytes());
    aad.extend_from_slice(&block.records.to_le_bytes());
    aad.extend_from_slice(&(clear_bytes as u64).to_le_bytes());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: BlockAad = BlockAad { log: LogId { group: 7, index: 1 }, records: 3 };

    fn key() -> BlockKey {
        BlockKey::new(BlockKeyId(*b"01234567"), &[7; 32], &b"wrapped"[..]).unwrap()
    }

    #[test]
    fn a_block_of_any_length_comes_back() {
        let key = key();
        for length in [1, 100, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let clear: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let number = key.number(length);
            let sealed = key.seal(PLACE, number, &clear).unwrap();
            assert_eq!(sealed.len(), sealed_bytes(length));
            assert_eq!(key.seal(PLACE, number, &clear).unwrap(), sealed, "once more, for another file");
            let parsed = Sealed::parse(&sealed).unwrap();
            assert_eq!((parsed.key, parsed.clear_bytes), (key.id(), length));
            assert_eq!(key.open(PLACE, &parsed, |_| true).unwrap(), clear);
            let first = key.open(PLACE, &parsed, |_| false).unwrap();
            assert_eq!(first[..], clear[..length.min(PIECE)], "no more than is wanted");
        }
        assert_eq!(key.pieces(), 4 + 2 + 3);
    }

    #[test]
    fn no_other_bytes_open() {
        let key = key();
        let clear = vec![1; PIECE + 10];
        let sealed = key.seal(PLACE, key.number(clear.len()), &clear).unwrap();
        let opens = |block, bytes: &[u8]| {
            Sealed::parse(bytes).is_some_and(|sealed| key.open(block, &sealed, |_| true).is_some())
        };
        assert!(opens(PLACE, &sealed));
        // Of the key's id nothing hangs on what it is: another one names another key.
        for at in (8..sealed.len()).step_by(97).chain([8, sealed.len() - 1]) {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert!(!opens(PLACE, &flipped), "byte {at}");
        }
        for length in [0, PREFIX, PREFIX + TAG, PREFIX + PIECE + TAG, sealed.len() - 1] {
            assert!(!opens(PLACE, &sealed[..length]), "cut to {length} bytes");
        }
        assert!(!opens(BlockAad { records: 4, ..PLACE }, &sealed));
        assert!(!opens(BlockAad { log: LogId { group: 7, index: 2 }, ..PLACE }, &sealed));
        let (one, other) = sealed[PREFIX..].split_at(PIECE + TAG);
        assert!(!opens(PLACE, &[&sealed[..PREFIX], other, one].concat()), "pieces in another order");
    }

    #[test]
    fn a_key_has_256_bits_and_is_wrapped_to_something() {
        let made =
            |key: &[u8], wrapped: usize| BlockKey::new(BlockKeyId([0; 8]), key, vec![0; wrapped]).is_some();
        assert!(made(&[0; 32], 1) && made(&[0; 32], WRAPPED_BYTES_MAX));
        assert!(!made(&[0; 16], 1) && !made(&[0; 32], 0) && !made(&[0; 32], WRAPPED_BYTES_MAX + 1));
    }
}
