//! A text that many globs are matched with is first turned round: for each letter, where it is ([`Positions`]). A glob then
//! takes a step for each of its own letters, and for each further 64 of the text that it passes over.

use std::cell::{Cell, OnceCell};

use super::glob::Segment;
use super::steps;

/// A text that globs are matched with.
pub(in crate::policy) struct Searched<'t> {
    pub(super) text: &'t str,
    pub(super) asked: Cell<u8>,
    positions: OnceCell<Option<Positions>>,
}

/// With fewer globs it does not pay to look at the whole text.
pub(super) const GLOBS_MIN: u8 = 8;

impl<'t> Searched<'t> {
    /// Inlined, since what it makes is large and would be copied.
    #[inline(always)]
    pub(in crate::policy) fn new(text: &'t str) -> Self {
        Searched { text, asked: Cell::new(0), positions: OnceCell::new() }
    }

    pub(super) fn positions(&self) -> Option<&Positions> {
        if self.asked.get() < GLOBS_MIN {
            self.asked.set(self.asked.get() + 1);
            return None;
        }
        self.positions.get_or_init(|| Positions::of(self.text)).as_ref()
    }
}

/// For each ASCII letter the set of places where a text has it.
pub(in crate::policy) struct Positions([[u64; WORDS + 1]; 128]);

/// The longest names of a stream and its consumer have room. What is longer is searched.
const WORDS: usize = 5;
/// In codes: `?`, and the end of what is between two `*`.
pub(super) const ONE: u8 = 0;
pub(super) const END: u8 = 1;

impl Positions {
    fn of(text: &str) -> Option<Self> {
        if !text.is_ascii() || text.len() > WORDS * 64 {
            return None;
        }
        let mut positions = [[0; WORDS + 1]; 128];
        for (at, byte) in text.bytes().enumerate() {
            positions[usize::from(byte)][at / 64] |= 1 << (at % 64);
        }
        Some(Positions(positions))
    }

    /// Whether the text has all segments of a code one after the other between two places.
    pub(super) fn have(&self, coded: &[u8], from: usize, to: usize) -> bool {
        if to <= 64 {
            return self.have_in_a_word(coded, from, to);
        }
        let mut from = from;
        coded.split(|byte| *byte == END).all(|segment| match self.find(segment, from, to) {
            None => false,
            Some(end) => {
                from = end;
                true
            }
        })
    }

    /// The same in the first 64 letters, where all that is left of a segment's places is one word.
    fn have_in_a_word(&self, coded: &[u8], from: usize, to: usize) -> bool {
        let from_on = |place: usize| if place < 64 { u64::MAX << place } else { 0 };
        let (mut starts, mut nth) = (from_on(from), 0);
        for byte in coded {
            steps::count(1);
            match *byte {
                END => {
                    let end = starts.trailing_zeros() as usize + nth;
                    (starts, nth) = (from_on(end), 0);
                    continue;
                }
                ONE => {}
                byte => starts &= self.0[usize::from(byte & 0x7f)][0] >> nth,
            }
            if starts == 0 {
                return false;
            }
            nth += 1;
        }
        starts.trailing_zeros() as usize + nth <= to
    }

    /// The end of the first place of a segment, which has 64 letters at most.
    fn find(&self, segment: &[u8], from: usize, to: usize) -> Option<usize> {
        for word in from / 64..to.div_ceil(64) {
            let mut starts = if word == from / 64 { u64::MAX << (from % 64) } else { u64::MAX };
            for (nth, byte) in segment.iter().enumerate() {
                steps::count(1);
                if *byte == ONE {
                    continue;
                }
                let at = &self.0[usize::from(byte & 0x7f)];
                // Where it is, seen from where the segment begins.
                starts &= if nth == 0 { at[word] } else { at[word] >> nth | at[word + 1] << (64 - nth) };
                if starts == 0 {
                    break;
                }
            }
            if starts != 0 {
                let end = word * 64 + starts.trailing_zeros() as usize + segment.len();
                return (end <= to).then_some(end);
            }
        }
        None
    }
}

/// Segments with an end between each two, where all is ASCII and none is longer than a word has bits.
pub(super) fn coded(middle: &[Segment]) -> Option<Box<[u8]>> {
    if middle.is_empty() {
        return None;
    }
    let mut coded = Vec::new();
    for (nth, segment) in middle.iter().enumerate() {
        if nth > 0 {
            coded.push(END);
        }
        let before = coded.len();
        match segment {
            Segment::Text(text) => coded.extend(text.bytes()),
            Segment::Mixed(chars) => {
                for char in chars {
                    coded.push(
                        char.map_or(Some(ONE), |char| u8::try_from(char).ok().filter(|byte| *byte > END))?,
                    );
                }
            }
        }
        let is_plain = |byte: &u8| byte.is_ascii() && (*byte > END || matches!(segment, Segment::Mixed(_)));
        if coded.len() - before > 64 || !coded[before..].iter().all(is_plain) {
            return None;
        }
    }
    Some(coded.into())
}
