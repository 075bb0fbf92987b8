//! Texts of policies: with wildcards, with variables, and ARNs part by part.
//!
//! A glob is matched in time linear in the text. Between two `*` the first place that fits is taken and never given up,
//! so no byte is looked at by two searches. A search for plain text is `memchr`'s, which is linear; one with `?` in it keeps
//! the set of all beginnings in one word ("shift-and"), which is why there are at most [`MIXED_CHARS_MAX`] characters in it.
//!
//! A text that many globs are matched with is first turned round: for each letter, where it is ([`Positions`]). A glob then
//! takes a step for each of its own letters, and for each further 64 of the text that it passes over.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use super::matching::Match;
use super::question::{Fact, Facts};

/// Between two `*`, where there is a `?` too.
pub(super) const MIXED_CHARS_MAX: usize = 64;

/// A piece of a text as it stands in a policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// `*`
    Many,
    /// `?`
    One,
    /// `${key}` or `${key, 'default'}`; the key in lower case.
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// What is special in a text.
#[derive(Clone, Copy)]
pub(super) struct Special {
    pub wildcards: bool,
    pub variables: bool,
}

/// Cuts a text into pieces.
pub(super) fn pieces(text: &str, special: Special) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let piece = match next {
            '*' if special.wildcards => Piece::Many,
            '?' if special.wildcards => Piece::One,
            '$' if special.variables && rest.starts_with("${") => {
                let (inside, after) = cut_variable(rest)?;
                rest = after;
                match variable(inside)? {
                    Piece::Text(text) => plain += &text,
                    piece => {
                        keep(&mut plain, &mut pieces);
                        pieces.push(piece);
                    }
                }
                continue;
            }
            plain_char => {
                plain.push(plain_char);
                rest = &rest[plain_char.len_utf8()..];
                continue;
            }
        };
        keep(&mut plain, &mut pieces);
        pieces.push(piece);
        rest = &rest[1..];
    }
    keep(&mut plain, &mut pieces);
    Ok(pieces)
}

fn keep(plain: &mut String, pieces: &mut Vec<Piece>) {
    if !plain.is_empty() {
        pieces.push(Piece::Text(std::mem::take(plain)));
    }
}

/// What is between `${` and `}`, and what comes after. A default may hold braces.
fn cut_variable(text: &str) -> Result<(&str, &str), String> {
    let mut quoted = false;
    for (at, char) in text.char_indices().skip(2) {
        match char {
            '\'' => quoted = !quoted,
            '}' if !quoted => return Ok((&text[2..at], &text[at + 1..])),
            _ => {}
        }
    }
    Err(format!("the variable in {text:?} has no end"))
}

fn variable(inside: &str) -> Result<Piece, String> {
    if matches!(inside, "*" | "?" | "$") {
        return Ok(Piece::Text(inside.to_owned()));
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            let quoted = quoted.ok_or_else(|| format!("the default in ${{{inside}}} has no quotes"))?;
            (key, Some(quoted.replace("''", "'")))
        }
    };
    let key = key.trim();
    if key.is_empty() || key.contains(['$', '{', '\'', '*', '?']) {
        return Err(format!("${{{inside}}} names no variable"));
    }
    Ok(Piece::Variable { key: key.to_lowercase(), default })
}

/// The same with what the request says in place of the variables; nothing where one has no single value.
fn resolved(pieces: &[Piece], facts: &dyn Facts) -> Option<Vec<Piece>> {
    let resolve = |piece: &Piece| match piece {
        Piece::Variable { key, default } => match (facts.get(key), default) {
            (Some(Fact::One(value)), _) => Some(Piece::Text(value.into_owned())),
            (Some(Fact::Many([value])), _) => Some(Piece::Text(value.clone())),
            (None | Some(Fact::Many([])), Some(default)) => Some(Piece::Text(default.clone())),
            _ => None,
        },
        other => Some(other.clone()),
    };
    pieces.iter().map(resolve).collect()
}

fn has_variables(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. }))
}

/// A text that is compared as a whole.
#[derive(Debug)]
pub(super) enum Text {
    Fixed(Box<str>),
    Open(Box<[Piece]>),
}

impl Text {
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        if has_variables(&pieces) { Text::Open(pieces.into()) } else { Text::Fixed(joined(&pieces).into()) }
    }

    /// With variables filled in, or nothing where one has no value.
    pub(super) fn resolve(&self, facts: &dyn Facts) -> Option<Cow<'_, str>> {
        match self {
            Text::Fixed(text) => Some(Cow::Borrowed(text)),
            Text::Open(pieces) => resolved(pieces, facts).map(|pieces| Cow::Owned(joined(&pieces))),
        }
    }
}

/// Of a text without wildcards.
fn joined(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        _ => String::new(),
    };
    pieces.iter().map(text).collect()
}

/// A text with wildcards.
#[derive(Debug)]
pub(super) enum Pattern {
    Fixed(Glob),
    Open(Box<[Piece]>),
}

impl Pattern {
    pub(super) fn new(pieces: Vec<Piece>) -> Result<Self, String> {
        if has_variables(&pieces) {
            return Ok(Pattern::Open(pieces.into()));
        }
        Glob::new(&pieces).map(Pattern::Fixed)
    }

    pub(super) fn matches(&self, text: &Searched<'_>, facts: &dyn Facts) -> Match {
        match self {
            Pattern::Fixed(glob) => glob.matches_in(text).into(),
            Pattern::Open(pieces) => {
                let glob = resolved(pieces, facts).and_then(|pieces| Glob::new(&pieces).ok());
                glob.map_or(Match::Unknown, |glob| glob.matches_in(text).into())
            }
        }
    }
}

/// A text so short that it fits in here, as most parts of ARNs do: nothing else has to be fetched to compare it.
#[derive(Debug)]
pub(super) struct Short {
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
pub(super) enum Glob {
    All,
    Short(Short),
    Exact(Box<str>),
    Prefix(Box<str>),
    Other(Box<Other>),
}

#[derive(Debug)]
pub(super) enum Other {
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
pub(super) enum Middle {
    /// Segments of ASCII in one piece, with [`END`] between them and [`ONE`] for `?`.
    Coded(Box<[u8]>),
    Segments(Box<[Segment]>),
}

/// What is between two `*`.
#[derive(Debug)]
pub(super) enum Segment {
    Text(Box<str>),
    /// `None` is any character.
    Mixed(Box<[Option<char>]>),
}

impl Glob {
    pub(super) fn new(pieces: &[Piece]) -> Result<Self, String> {
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
    fn is_a_text(&self) -> bool {
        matches!(self, Glob::Short(Short { length: 1.., .. }) | Glob::Exact(_))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Glob::Other(_) => self.matches_in(&Searched::new(text)),
            _ => self.matches_simply(text),
        }
    }

    pub(super) fn matches_in(&self, searched: &Searched<'_>) -> bool {
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

/// A text that globs are matched with.
pub(super) struct Searched<'t> {
    text: &'t str,
    asked: Cell<u8>,
    positions: OnceCell<Option<Positions>>,
}

/// With fewer globs it does not pay to look at the whole text.
const GLOBS_MIN: u8 = 8;

impl<'t> Searched<'t> {
    /// Inlined, since what it makes is large and would be copied.
    #[inline(always)]
    pub(super) fn new(text: &'t str) -> Self {
        Searched { text, asked: Cell::new(0), positions: OnceCell::new() }
    }

    fn positions(&self) -> Option<&Positions> {
        if self.asked.get() < GLOBS_MIN {
            self.asked.set(self.asked.get() + 1);
            return None;
        }
        self.positions.get_or_init(|| Positions::of(self.text)).as_ref()
    }
}

/// For each ASCII letter the set of places where a text has it.
pub(super) struct Positions([[u64; WORDS + 1]; 128]);

/// The longest names of a stream and its consumer have room. What is longer is searched.
const WORDS: usize = 5;
/// In codes: `?`, and the end of what is between two `*`.
const ONE: u8 = 0;
const END: u8 = 1;

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
    fn have(&self, coded: &[u8], from: usize, to: usize) -> bool {
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
fn coded(middle: &[Segment]) -> Option<Box<[u8]>> {
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

/// An ARN that patterns are matched with.
pub(super) struct Arn<'t> {
    /// Partition, service, region, account.
    first: [&'t str; 4],
    /// All that follows.
    rest: &'t Searched<'t>,
}

impl<'t> Arn<'t> {
    /// Of an ARN's parts, the last of which is `rest`: that is large, and stays where it was made.
    pub(super) fn new([first @ .., _]: [&'t str; 5], rest: &'t Searched<'t>) -> Self {
        Arn { first, rest }
    }

    pub(super) fn names_a_role(&self) -> bool {
        self.rest.text.starts_with("role/")
    }

    pub(super) fn account(&self) -> &'t str {
        self.first[3]
    }
}

/// An ARN's parts after `arn`: partition, service, region, account, and all that follows.
pub(super) fn arn_parts(arn: &str) -> Option<[&str; 5]> {
    let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':');
    let mut next = || parts.next();
    Some([next()?, next()?, next()?, next()?, next()?])
}

/// An ARN of which each part is matched by itself. `*` stays within its part; the last part is all that follows the fifth
/// colon.
#[derive(Debug)]
pub(super) struct ArnPattern {
    first: [Glob; 4],
    rest: Pattern,
}

impl ArnPattern {
    /// Variables may stand in the last part only.
    pub(super) fn new(pieces: &[Piece]) -> Result<Self, String> {
        let [arn, first @ .., rest] = six_parts(pieces).ok_or("an ARN has six parts with colons between")?;
        if *arn != [Piece::Text("arn".to_owned())] {
            return Err("an ARN begins with `arn:`".to_owned());
        }
        if first.iter().any(|part| has_variables(part)) {
            return Err("a variable may stand after the fifth colon only".to_owned());
        }
        let [partition, service, region, account] = first.map(|part| Glob::new(&part));
        Ok(ArnPattern { first: [partition?, service?, region?, account?], rest: Pattern::new(rest)? })
    }

    /// Whether partition and service are named in full.
    pub(super) fn names_service(&self) -> bool {
        let [partition, service, ..] = &self.first;
        partition.is_a_text() && service.is_a_text()
    }

    pub(super) fn matches(&self, arn: &Arn<'_>, facts: &dyn Facts) -> Match {
        if self.first.iter().zip(arn.first).all(|(glob, part)| glob.matches(part)) {
            self.rest.matches(arn.rest, facts)
        } else {
            Match::No
        }
    }
}

fn six_parts(pieces: &[Piece]) -> Option<[Vec<Piece>; 6]> {
    let mut parts: [Vec<Piece>; 6] = Default::default();
    let mut at = 0;
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                for (nth, part) in text.splitn(6 - at, ':').enumerate() {
                    at += usize::from(nth > 0);
                    if !part.is_empty() {
                        parts[at].push(Piece::Text(part.to_owned()));
                    }
                }
            }
            other => parts[at].push(other.clone()),
        }
    }
    (at == 5).then_some(parts)
}

/// An ARN in a condition, where variables may stand anywhere.
#[derive(Debug)]
pub(super) enum ConditionArn {
    Fixed(ArnPattern),
    Open(Box<[Piece]>),
}

impl ConditionArn {
    pub(super) fn new(pieces: Vec<Piece>) -> Result<Self, String> {
        if has_variables(&pieces) {
            return Ok(ConditionArn::Open(pieces.into()));
        }
        ArnPattern::new(&pieces).map(ConditionArn::Fixed)
    }

    pub(super) fn matches(&self, arn: &Arn<'_>, facts: &dyn Facts) -> Match {
        match self {
            ConditionArn::Fixed(pattern) => pattern.matches(arn, facts),
            ConditionArn::Open(pieces) => match resolved(pieces, facts) {
                None => Match::Unknown,
                Some(pieces) => {
                    ArnPattern::new(&pieces).map_or(Match::No, |pattern| pattern.matches(arn, facts))
                }
            },
        }
    }
}

/// How much work globs were, for tests.
mod steps {
    #[cfg(test)]
    thread_local! {
        pub(super) static COUNT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    #[cfg(test)]
    pub(super) fn count(steps: usize) {
        COUNT.set(COUNT.get() + steps);
    }

    #[cfg(not(test))]
    pub(super) fn count(_steps: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const WILD: Special = Special { wildcards: true, variables: true };

    fn glob(pattern: &str) -> Glob {
        Glob::new(&pieces(pattern, WILD).unwrap()).unwrap()
    }

    /// The textbook's, which tries everything.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|from| slow(rest, &text[from..])),
            [wanted, rest @ ..] => {
                text.first().is_some_and(|char| wanted == char || *wanted == '?') && slow(rest, &text[1..])
            }
        }
    }

    #[test]
    fn globs_match_what_the_textbook_says() {
        let words = |letters: &[char], longest: u32| -> Vec<Vec<char>> {
            let mut all = vec![vec![]];
            let mut last = all.clone();
            for _ in 0..longest {
                last = last
                    .iter()
                    .flat_map(|word| letters.iter().map(|letter| [&word[..], &[*letter]].concat()))
                    .collect();
                all.extend(last.iter().cloned());
            }
            all
        };
        // Where all is ASCII, and where it is not.
        for letter in ['b', 'é'] {
            let texts = words(&['a', letter], 5);
            for pattern in words(&['a', letter, '*', '?'], 5) {
                let compiled = glob(&pattern.iter().collect::<String>());
                for text in &texts {
                    let as_text: String = text.iter().collect();
                    let expected = slow(&pattern, text);
                    assert_eq!(compiled.matches(&as_text), expected, "{pattern:?} {text:?}");
                    assert_eq!(compiled.matches_in(&often_asked(&as_text)), expected, "{pattern:?} {text:?}");
                }
            }
        }
    }

    /// A text of which the positions are known.
    fn often_asked(text: &str) -> Searched<'_> {
        let searched = Searched::new(text);
        searched.asked.set(GLOBS_MIN);
        searched
    }

    #[test]
    fn positions_are_found_across_words() {
        let text = format!("{}abc{}abd{}", "x".repeat(62), "y".repeat(61), "z".repeat(190));
        let searched = often_asked(&text);
        assert!(searched.positions().is_some());
        for (pattern, expected) in [
            ("*abc*", true),
            ("*abd*", true),
            ("*abc*abd*", true),
            ("*abd*abc*", false),
            ("*a?d*", true),
            ("*abe*", false),
            ("x*xabc*", true),
            ("*y*abd*z", true),
            ("*c?*?a*", true),
            ("*?abc?*", true),
            ("*abdz*zz", true),
            ("*zz?*z", true),
        ] {
            let compiled = glob(pattern);
            assert_eq!(compiled.matches_in(&searched), expected, "{pattern}");
            assert_eq!(compiled.matches(&text), expected, "{pattern}");
        }
        // What is found is not what the end takes.
        let end = "z".repeat(190);
        assert!(glob(&format!("*ab*d{end}")).matches_in(&searched));
        assert!(!glob(&format!("*abd*d{end}")).matches_in(&searched));
        let all = format!("*{}*", "?".repeat(63));
        assert!(glob(&format!("*x{all}z*")).matches_in(&searched));
        // Longer ones are searched.
        let long = "x".repeat(321);
        assert!(often_asked(&long).positions().is_none() && glob("*x*x").matches_in(&often_asked(&long)));
    }

    #[test]
    fn a_glob_on_positions_takes_as_many_steps_as_it_has_letters() {
        let text = "a".repeat(64);
        let searched = often_asked(&text);
        for pattern in ["*a*a*a*a*a*a*b*", "*aaaaaaab*aaaaaaab*", "*?a?a?a?b*?"] {
            let compiled = glob(pattern);
            steps::COUNT.set(0);
            assert!(!compiled.matches_in(&searched));
            let steps = steps::COUNT.get();
            assert!((1..=pattern.len()).contains(&steps), "{steps} steps");
        }
    }

    #[test]
    fn a_glob_takes_as_many_steps_as_the_text_is_long() {
        let text = "a".repeat(2000);
        for pattern in [
            "*a*a*a*a*a*a*a*a*b*",
            "*aaaaaaaaaaaaaaaaaab*",
            "*?a?a?a?a?a?a?a?a?a?b*",
            "*a?b*a?b*",
            "*??????b",
        ] {
            let pattern = glob(pattern);
            steps::COUNT.set(0);
            assert!(!pattern.matches(&text));
            let steps = steps::COUNT.get();
            assert!((1..=2 * text.len()).contains(&steps), "{steps} steps");
        }
        // As many stars as a policy has room for.
        let pattern = glob(&("*a".repeat(1900) + "*?b*"));
        steps::COUNT.set(0);
        assert!(!pattern.matches(&text));
        assert!(steps::COUNT.get() <= 2 * text.len(), "{}", steps::COUNT.get());
    }

    #[test]
    fn what_is_between_two_stars_is_bounded_where_it_is_mixed() {
        let most = "?".repeat(MIXED_CHARS_MAX);
        assert!(glob(&format!("*{most}*")).matches(&"x".repeat(64)));
        assert!(!glob(&format!("*{most}*")).matches(&"x".repeat(63)));
        let too_many = pieces(&format!("*{most}?*"), WILD).unwrap();
        let error = Glob::new(&too_many).unwrap_err();
        assert!(error.contains("65") && error.contains("64"), "{error}");
        // Elsewhere there is nothing to search.
        assert!(glob(&format!("{most}?*?{most}")).matches(&"x".repeat(130)));
    }

    #[test]
    fn variables_have_names_defaults_and_ends() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let cut = |text: &str| pieces(text, WILD);
        assert_eq!(cut("a${*}${?}${$}{b}").unwrap(), [text("a*?${b}")]);
        let variable = |key: &str, default: Option<&str>| Piece::Variable {
            key: key.to_owned(),
            default: default.map(str::to_owned),
        };
        assert_eq!(cut("${aws:UserName}").unwrap(), [variable("aws:username", None)]);
        assert_eq!(
            cut("x/${ aws:PrincipalTag/Team , 'it''s {*}' }/*").unwrap(),
            [text("x/"), variable("aws:principaltag/team", Some("it's {*}")), text("/"), Piece::Many]
        );
        for bad in ["${", "${}", "a${aws:username", "${a, b}", "${a, 'b}", "${, 'b'}", "${a*}", "${${a}}"] {
            assert!(cut(bad).is_err(), "{bad}");
        }
        let plain = pieces("${aws:username}*", Special { wildcards: false, variables: false });
        assert_eq!(plain.unwrap(), [text("${aws:username}*")]);
        // Signs of money are none.
        assert_eq!(cut("$5 {x}").unwrap(), [text("$5 {x}")]);
    }
}
