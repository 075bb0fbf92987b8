//! Texts of policies: with wildcards, with variables, and ARNs part by part ([`arn`]). How wildcards are matched is `glob`'s.

mod arn;
mod glob;
mod positions;

pub(super) use arn::{Arn, ArnPattern, ConditionArn, arn_parts};
pub(super) use glob::Glob;
pub(super) use positions::Searched;

use std::borrow::Cow;

use super::matching::Match;
use super::question::{Fact, Facts};

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
mod tests;
