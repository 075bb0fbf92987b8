//! Bodies: frames one by one, or a single block, as they are written and read. A frame is given to nobody before its tag is right.

use aws_lc_rs::aead::NONCE_LEN;
use zeroize::Zeroizing;

use crate::header::{Layout, TAG_BYTES};
use crate::keys::MessageKey;

/// Stands where a frame's number would, before the last frame's.
const LAST: u32 = u32::MAX;
/// What a nonce of 12 bytes leaves to one call of the cipher.
pub(crate) const BLOCK_BYTES_MAX: u64 = (1 << 36) - 32;

const NUMBER_BYTES: usize = 4;
/// Of a frame that is not the last one: its number, nonce and tag.
const FRAME_OVERHEAD: usize = NUMBER_BYTES + NONCE_LEN + TAG_BYTES;
/// Of the last one, which has two numbers more.
const LAST_OVERHEAD: usize = FRAME_OVERHEAD + 2 * NUMBER_BYTES;

const MESSAGE_ID_BYTES_MAX: usize = 32;
/// Of the longest of the texts.
const TEXT_BYTES_MAX: usize = 35;
const AAD_BYTES_MAX: usize = MESSAGE_ID_BYTES_MAX + TEXT_BYTES_MAX + 4 + 8;

/// What a piece of content is, in the words that are authenticated with it.
#[derive(Clone, Copy)]
enum Piece {
    Frame,
    LastFrame,
    SingleBlock,
}

impl Piece {
    fn text(self) -> &'static [u8] {
        match self {
            Piece::Frame => b"AWSKMSEncryptionClient Frame",
            Piece::LastFrame => b"AWSKMSEncryptionClient Final Frame",
            Piece::SingleBlock => b"AWSKMSEncryptionClient Single Block",
        }
    }
}

/// What is authenticated with content, written over for each piece.
struct Aad {
    bytes: [u8; AAD_BYTES_MAX],
    id: usize,
}

impl Aad {
    fn new(message_id: &[u8]) -> Self {
        let mut bytes = [0; AAD_BYTES_MAX];
        bytes[..message_id.len()].copy_from_slice(message_id);
        Aad { bytes, id: message_id.len() }
    }

    fn of(&mut self, piece: Piece, number: u32, length: u64) -> &[u8] {
        let mut at = self.id;
        let parts: [&[u8]; 3] = [piece.text(), &number.to_be_bytes(), &length.to_be_bytes()];
        for part in parts {
            self.bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        &self.bytes[..at]
    }
}

/// A frame's number as a nonce.
fn nonce(number: u32) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - NUMBER_BYTES..].copy_from_slice(&number.to_be_bytes());
    nonce
}

#[derive(Debug)]
pub(crate) enum NotSealed {
    TooManyFrames,
    Cryptography,
}

/// Writes the frames of one message.
pub(crate) struct Frames {
    key: MessageKey,
    aad: Aad,
    /// Of the frame that comes next, counted from 1.
    number: u32,
}

impl Frames {
    pub fn new(key: MessageKey, message_id: &[u8]) -> Self {
        Frames { key, aad: Aad::new(message_id), number: 1 }
    }

    /// What content of so many bytes takes.
    pub fn length(content: usize, frame_bytes: usize) -> usize {
        let before_last = content.saturating_sub(1) / frame_bytes;
        let overhead = before_last.saturating_mul(FRAME_OVERHEAD).saturating_add(LAST_OVERHEAD);
        content.saturating_add(overhead)
    }

    pub fn frame(&mut self, content: &[u8], to: &mut Vec<u8>) -> Result<(), NotSealed> {
        // This number means another thing in front of a frame.
        if self.number == LAST {
            return Err(NotSealed::TooManyFrames);
        }
        to.extend_from_slice(&self.number.to_be_bytes());
        to.extend_from_slice(&nonce(self.number));
        self.seal(Piece::Frame, content, to)?;
        self.number += 1;
        Ok(())
    }

    pub fn last_frame(mut self, content: &[u8], to: &mut Vec<u8>) -> Result<(), NotSealed> {
        let length = u32::try_from(content.len()).map_err(|_| NotSealed::TooManyFrames)?;
        to.extend_from_slice(&LAST.to_be_bytes());
        to.extend_from_slice(&self.number.to_be_bytes());
        to.extend_from_slice(&nonce(self.number));
        to.extend_from_slice(&length.to_be_bytes());
        self.seal(Piece::LastFrame, content, to)
    }

    fn seal(&mut self, piece: Piece, content: &[u8], to: &mut Vec<u8>) -> Result<(), NotSealed> {
        let from = to.len();
        to.extend_from_slice(content);
        let aad = self.aad.of(piece, self.number, content.len() as u64);
        let tag = self.key.seal(nonce(self.number), aad, &mut to[from..]);
        let tag = tag.map_err(|_| NotSealed::Cryptography)?;
        to.extend_from_slice(tag.as_ref());
        Ok(())
    }
}

/// What the bytes at hand were good for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReadStep {
    /// Nothing yet: so many have to be there.
    Needs(u64),
    /// So many are a piece, and another one follows.
    Read(usize),
    /// So many are the last piece.
    Ended(usize),
}

/// The body is not what its key has made.
#[derive(Debug)]
pub(crate) struct NotAuthentic;

/// Reads the body of one message.
pub(crate) struct Body {
    key: MessageKey,
    aad: Aad,
    layout: Layout,
    /// Of the frame that comes next.
    number: u32,
}

/// Where a piece is in the bytes at hand.
struct Found<'b> {
    piece: Piece,
    nonce: [u8; NONCE_LEN],
    content: &'b [u8],
    tag: &'b [u8; TAG_BYTES],
    /// Of all of it.
    length: usize,
}

impl Body {
    pub fn new(key: MessageKey, message_id: &[u8], layout: Layout) -> Self {
        Body { key, aad: Aad::new(message_id), layout, number: 1 }
    }

    /// Decrypts the next piece to the end of `to`, if it is there whole.
    pub fn step(&mut self, bytes: &[u8], to: &mut Zeroizing<Vec<u8>>) -> Result<ReadStep, NotAuthentic> {
        let found = match self.next(bytes)? {
            Ok(found) => found,
            Err(needed) => return Ok(ReadStep::Needs(needed)),
        };
        let aad = self.aad.of(found.piece, self.number, found.content.len() as u64);
        let from = to.len();
        grow(to, found.content.len());
        if self.key.open(found.nonce, aad, found.content, found.tag, &mut to[from..]).is_err() {
            to[from..].fill(0);
            to.truncate(from);
            return Err(NotAuthentic);
        }
        match found.piece {
            Piece::Frame => {
                // A frame of this number would be the last one.
                self.number = self.number.checked_add(1).ok_or(NotAuthentic)?;
                Ok(ReadStep::Read(found.length))
            }
            Piece::LastFrame | Piece::SingleBlock => Ok(ReadStep::Ended(found.length)),
        }
    }

    /// The inner error is how many bytes have to be there.
    fn next<'b>(&self, bytes: &'b [u8]) -> Result<Result<Found<'b>, u64>, NotAuthentic> {
        let mut from = Cursor { bytes, at: 0 };
        let found = match self.layout {
            Layout::SingleBlock => from.single_block(),
            Layout::Framed(frame_bytes) => from.frame(self.number, frame_bytes),
        };
        match found {
            Ok(found) => Ok(Ok(found)),
            Err(NoPiece::Needs(needed)) => Ok(Err(needed)),
            Err(NoPiece::Wrong) => Err(NotAuthentic),
        }
    }
}

enum NoPiece {
    Needs(u64),
    Wrong,
}

struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    fn take(&mut self, count: u64) -> Result<&'b [u8], NoPiece> {
        let end = (self.at as u64).saturating_add(count);
        let range = usize::try_from(end).ok().and_then(|end| self.bytes.get(self.at..end));
        let taken = range.ok_or(NoPiece::Needs(end))?;
        self.at += taken.len();
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<&'b [u8; N], NoPiece> {
        let end = (self.at + N) as u64;
        self.take(N as u64)?.first_chunk().ok_or(NoPiece::Needs(end))
    }

    fn number(&mut self) -> Result<u32, NoPiece> {
        self.array().map(|bytes| u32::from_be_bytes(*bytes))
    }

    fn frame(&mut self, expected: u32, frame_bytes: u32) -> Result<Found<'b>, NoPiece> {
        let first = self.number()?;
        let (piece, number) =
            if first == LAST { (Piece::LastFrame, self.number()?) } else { (Piece::Frame, first) };
        let nonce = *self.array()?;
        if number != expected {
            return Err(NoPiece::Wrong);
        }
        let length = match piece {
            Piece::LastFrame => self.number()?,
            _ => frame_bytes,
        };
        if length > frame_bytes {
            return Err(NoPiece::Wrong);
        }
        self.content(piece, nonce, length.into())
    }

    fn single_block(&mut self) -> Result<Found<'b>, NoPiece> {
        let nonce = *self.array()?;
        let length = u64::from_be_bytes(*self.array()?);
        if length > BLOCK_BYTES_MAX {
            return Err(NoPiece::Wrong);
        }
        self.content(Piece::SingleBlock, nonce, length)
    }

    fn content(&mut self, piece: Piece, nonce: [u8; NONCE_LEN], length: u64) -> Result<Found<'b>, NoPiece> {
        // With its tag, so that both are there or both are needed.
        let sealed = self.take(length + TAG_BYTES as u64)?;
        let (content, tag) = sealed.split_last_chunk().ok_or(NoPiece::Wrong)?;
        Ok(Found { piece, nonce, content, tag, length: self.at })
    }
}

/// So many bytes more at the end. A buffer that is left for a larger one is wiped.
pub(crate) fn grow(to: &mut Zeroizing<Vec<u8>>, by: usize) {
    let length = to.len() + by;
    if length > to.capacity() {
        let mut larger = Vec::with_capacity(length.max(2 * to.capacity()));
        larger.extend_from_slice(to);
        *to = Zeroizing::new(larger);
    }
    to.resize(length, 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Suite;

    const FRAME_BYTES: u32 = 10;

    fn key() -> MessageKey {
        MessageKey::derive(Suite::Aes128, &Zeroizing::new(vec![7; 16]), &[1; 16]).unwrap()
    }

    fn frames() -> Frames {
        Frames::new(key(), &[1; 16])
    }

    fn body(layout: Layout) -> Body {
        Body::new(key(), &[1; 16], layout)
    }

    fn step(body: &mut Body, bytes: &[u8]) -> (Option<ReadStep>, Vec<u8>) {
        let mut to = Zeroizing::new(b"before".to_vec());
        let step = body.step(bytes, &mut to).ok();
        (step, to.to_vec())
    }

    #[test]
    fn frames_are_read_as_they_were_written() {
        let (mut frames, mut bytes) = (frames(), Vec::new());
        frames.frame(&[1; 10], &mut bytes).unwrap();
        frames.last_frame(&[2; 3], &mut bytes).unwrap();
        assert_eq!(bytes.len(), Frames::length(13, 10));
        assert_eq!([0, 10].map(|content| Frames::length(content, 10)), [LAST_OVERHEAD, 10 + LAST_OVERHEAD]);
        assert_eq!(Frames::length(20, 10), 20 + FRAME_OVERHEAD + LAST_OVERHEAD);
        let mut body = body(Layout::Framed(FRAME_BYTES));
        let first = 10 + FRAME_OVERHEAD;
        assert_eq!(step(&mut body, &bytes[..first - 1]).0, Some(ReadStep::Needs(first as u64)));
        assert_eq!(
            step(&mut body, &bytes),
            (Some(ReadStep::Read(first)), [&b"before"[..], &[1; 10]].concat())
        );
        let rest = &bytes[first..];
        assert_eq!(
            step(&mut body, rest),
            (Some(ReadStep::Ended(rest.len())), [&b"before"[..], &[2; 3]].concat())
        );
    }

    #[test]
    fn nothing_is_left_of_a_frame_that_is_not_authentic() {
        let mut bytes = Vec::new();
        frames().last_frame(&[2; 3], &mut bytes).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(step(&mut body(Layout::Framed(FRAME_BYTES)), &bytes), (None, b"before".to_vec()));
    }

    #[test]
    fn a_last_frame_is_no_longer_than_others() {
        for (length, is_read) in [(10, true), (11, false)] {
            let mut bytes = Vec::new();
            frames().last_frame(&vec![2; length], &mut bytes).unwrap();
            let (read, _) = step(&mut body(Layout::Framed(FRAME_BYTES)), &bytes);
            assert_eq!(read.is_some(), is_read, "{length}");
        }
    }

    #[test]
    fn the_number_of_the_last_frame_is_no_other_frames() {
        let mut frames = Frames { number: LAST - 1, ..frames() };
        let mut bytes = Vec::new();
        frames.frame(&[1; 10], &mut bytes).unwrap();
        assert!(matches!(frames.frame(&[1; 10], &mut bytes), Err(NotSealed::TooManyFrames)));
        // As the last one it may have it.
        frames.last_frame(b"", &mut bytes).unwrap();
        let mut body = Body { number: LAST - 1, ..body(Layout::Framed(FRAME_BYTES)) };
        let first = 10 + FRAME_OVERHEAD;
        assert_eq!(step(&mut body, &bytes).0, Some(ReadStep::Read(first)));
        assert_eq!(step(&mut body, &bytes[first..]).0, Some(ReadStep::Ended(LAST_OVERHEAD)));
    }

    #[test]
    fn a_block_is_no_longer_than_the_cipher_takes() {
        let begin = |length: u64| [&[0; NONCE_LEN][..], &length.to_be_bytes()].concat();
        let mut body = body(Layout::SingleBlock);
        let whole = (NONCE_LEN + 8 + TAG_BYTES) as u64 + BLOCK_BYTES_MAX;
        assert_eq!(step(&mut body, &begin(BLOCK_BYTES_MAX)).0, Some(ReadStep::Needs(whole)));
        assert_eq!(step(&mut body, &begin(BLOCK_BYTES_MAX + 1)).0, None);
        assert_eq!(step(&mut body, &begin(u64::MAX)).0, None);
    }
}
