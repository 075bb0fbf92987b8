//! Globs: wildcards and text, without variables.
//!
//! A glob is matched in time linear in the text. Between two `*` the first place that fits is taken and never given up,
//! so no byte is looked at by two searches. A search for plain text is `memchr`'s, which is linear; one with `?` in it keeps
//! the set of all beginnings in one word ("shift-and"), which is why there are at most [`MIXED_CHARS_MAX`] characters in it.

use super::positions::{END, ONE, Searched, coded};
use super::{Piece, joined, steps};

/// Between two `*`, where there is a `?` too.
pub(in crate::policy) const MIXED_CHARS_MAX: usize = 64;

/// A text so short that it fits in here, as most parts of ARNs do: nothing else has to be fetched to compare it.
#[derive(Debug)]
pub(in crate::policy) struct Short {
    length: u8,
    text: [u8; SHORT_BYTES],
}

const SHORT_BYTES: usize = 22;

impl Short {
    fn of(text: &str) -> Option<Self> {
        let mut short = Short { length: text.len().try_into().ok()?, text: [0; SHORT_BYTES] };
        short.text.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(short)
    }

    fn is(&self, text: &str) -> bool {
        text.len() == usize::from(self.length) && self.text.starts_with(text.as_bytes())
    }
}

/// Wildcards and text, without variables.
#[derive(Debug)]
pub(in crate::policy) enum Glob {
    All,
    Short(Short),
    Exact(Box<str>),
    Prefix(Box<str>),
    Other(Box<Other>),
}

#[derive(Debug)]
pub(in crate::policy) enum Other {
    /// With `?` and no `*`.
    Whole(Segment),
    Stars {
        head: Segment,
        middle: Middle,
        tail: Segment,
    },
}

/// What is between the first `*` and the last.
#[derive(Debug)]
pub(in crate::policy) enum Middle {
    /// Segments of ASCII in one piece, with [`END`] between them and [`ONE`] for `?`.
    Coded(Box<[u8]>),
    Segments(Box<[Segment]>),
}

/// What is between two `*`.
#[derive(Debug)]
pub(in crate::policy) enum Segment {
    Text(Box<str>),
    /// `None` is any character.
    Mixed(Box<[Option<char>]>),
}

impl Glob {
    pub(in crate::policy) fn new(pieces: &[Piece]) -> Result<Self, String> {
        match pieces {
            [] => return Ok(Glob::exact("")),
            [Piece::Text(text)] => return Ok(Glob::exact(text)),
            [Piece::Many] => return Ok(Glob::All),
            [Piece::Text(text), Piece::Many] => return Ok(Glob::Prefix(text.as_str().into())),
            _ => {}
        }
        let segments: Vec<Segment> = pieces.split(|piece| *piece == Piece::Many).map(Segment::new).collect();
        let mut segments = segments.into_iter();
        // `split` gives one at least.
        let head = segments.next().unwrap_or_else(|| Segment::new(&[]));
        let Some(tail) = segments.next_back() else { return Ok(Glob::Other(Box::new(Other::Whole(head)))) };
        let middle: Box<[Segment]> = segments.filter(|segment| !segment.is_empty()).collect();
        for segment in &middle {
            if let Segment::Mixed(chars) = segment
                && chars.len() > MIXED_CHARS_MAX
            {
                return Err(format!(
                    "{} characters between two `*` with a `?` among them, where {MIXED_CHARS_MAX} are the most",
                    chars.len()
                ));
            }
        }
        let middle = coded(&middle).map_or(Middle::Segments(middle), Middle::Coded);
        Ok(Glob::Other(Box::new(Other::Stars { head, middle, tail })))
    }

    fn exact(exact: &str) -> Self {
        Short::of(exact).map_or_else(|| Glob::Exact(exact.into()), Glob::Short)
    }

    /// Whether it is some text, and no other.
    pub(super) fn is_a_text(&self) -> bool {
        matches!(self, Glob::Short(Short { length: 1.., .. }) | Glob::Exact(_))
    }

    pub(in crate::policy) fn matches(&self, text: &str) -> bool {
        match self {
            Glob::Other(_) => self.matches_in(&Searched::new(text)),
            _ => self.matches_simply(text),
        }
    }

    pub(in crate::policy) fn matches_in(&self, searched: &Searched<'_>) -> bool {
        match self {
            Glob::Other(other) => other.matches(searched),
            _ => self.matches_simply(searched.text),
        }
    }

    fn matches_simply(&self, text: &str) -> bool {
        match self {
            Glob::All => true,
            Glob::Short(short) => short.is(text),
            Glob::Exact(exact) => **exact == *text,
            Glob::Prefix(prefix) => text.as_bytes().starts_with(prefix.as_bytes()),
            Glob::Other(_) => false,
        }
    }
}

impl Other {
    fn matches(&self, searched: &Searched<'_>) -> bool {
        let text = searched.text;
        match self {
            Other::Whole(segment) => segment.strip_from_start(text) == Some(""),
            Other::Stars { head, middle, tail } => {
                let Some(after_head) = head.strip_from_start(text) else { return false };
                let Some(between) = tail.strip_from_end(after_head) else { return false };
                match (middle, searched.positions()) {
                    (Middle::Coded(coded), Some(positions)) => {
                        let from = text.len() - after_head.len();
                        positions.have(coded, from, from + between.len())
                    }
                    (Middle::Coded(coded), None) => {
                        let mut segments = coded.split(|byte| *byte == END);
                        segments
                            .try_fold(between, |rest, segment| after(rest, find_coded(segment, rest)))
                            .is_some()
                    }
                    (Middle::Segments(segments), _) => {
                        let mut segments = segments.iter();
                        segments.try_fold(between, |rest, segment| after(rest, segment.find(rest))).is_some()
                    }
                }
            }
        }
    }
}

impl Segment {
    /// Of texts and `?` only.
    fn new(pieces: &[Piece]) -> Self {
        if !pieces.contains(&Piece::One) {
            return Segment::Text(joined(pieces).into());
        }
        let mut chars = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => chars.extend(text.chars().map(Some)),
                _ => chars.push(None),
            }
        }
        Segment::Mixed(chars.into())
    }

    fn is_empty(&self) -> bool {
        matches!(self, Segment::Text(text) if text.is_empty())
    }

    fn strip_from_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            // Comparing nothing can take long where it is nowhere: an empty box has no address.
            Segment::Text(start) if start.is_empty() => Some(text),
            Segment::Text(start) => text.strip_prefix(&**start),
            Segment::Mixed(chars) => {
                let mut rest = text.chars();
                let fits = chars.iter().all(|wanted| {
                    steps::count(1);
                    rest.next().is_some_and(|char| wanted.is_none_or(|wanted| wanted == char))
                });
                fits.then_some(rest.as_str())
            }
        }
    }

    fn strip_from_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Segment::Text(end) if end.is_empty() => Some(text),
            Segment::Text(end) => text.strip_suffix(&**end),
            Segment::Mixed(chars) => {
                let mut rest = text.chars();
                let fits = chars.iter().rev().all(|wanted| {
                    steps::count(1);
                    rest.next_back().is_some_and(|char| wanted.is_none_or(|wanted| wanted == char))
                });
                fits.then_some(rest.as_str())
            }
        }
    }

    /// The end of the first place where it is.
    fn find(&self, text: &str) -> Option<usize> {
        match self {
            Segment::Text(wanted) => find_text(wanted.as_bytes(), text),
            Segment::Mixed(chars) => find_mixed(chars.len(), |nth| chars[nth], text),
        }
    }
}

/// What follows a place.
fn after(text: &str, end: Option<usize>) -> Option<&str> {
    text.get(end?..)
}

fn find_coded(segment: &[u8], text: &str) -> Option<usize> {
    match segment.contains(&ONE) {
        false => find_text(segment, text),
        true => {
            find_mixed(segment.len(), |nth| Some(char::from(segment[nth])).filter(|char| *char != '\0'), text)
        }
    }
}

fn find_text(wanted: &[u8], text: &str) -> Option<usize> {
    let found = match wanted {
        [byte] => memchr::memchr(*byte, text.as_bytes()),
        bytes => memchr::memmem::find(text.as_bytes(), bytes),
    };
    let end = found.map(|start| start + wanted.len());
    steps::count(end.unwrap_or(text.len()));
    end
}

/// A search for `count` characters, the nth of which `wanted` says, `None` for any. Bit n of `ends` is set while the first
/// n + 1 of them fit in front of where we are.
fn find_mixed(count: usize, wanted: impl Fn(usize) -> Option<char>, text: &str) -> Option<usize> {
    let mut any = 0u64;
    let mut ascii = [0u64; 128];
    for nth in 0..count {
        match wanted(nth) {
            None => any |= 1 << nth,
            Some(char) if char.is_ascii() => ascii[char as usize] |= 1 << nth,
            Some(_) => {}
        }
    }
    // Of the others there are at most as many as there are bits.
    let wide = |char: char| {
        let at = (0..count).filter(|nth| wanted(*nth) == Some(char));
        at.fold(0u64, |set, nth| set | 1 << nth)
    };
    let last = 1u64 << (count - 1);
    let mut ends = 0u64;
    for (at, char) in text.char_indices() {
        steps::count(1);
        let fits = if char.is_ascii() { ascii[char as usize] } else { wide(char) } | any;
        ends = (ends << 1 | 1) & fits;
        if ends & last != 0 {
            return Some(at + char.len_utf8());
        }
    }
    None
}
