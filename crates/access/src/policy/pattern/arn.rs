//! ARNs, of which the parts are matched one by one.

use super::glob::Glob;
use super::positions::Searched;
use super::{Pattern, Piece, has_variables, resolved};
use crate::policy::matching::Match;
use crate::policy::question::Facts;

/// An ARN that patterns are matched with.
pub(in crate::policy) struct Arn<'t> {
    /// Partition, service, region, account.
    first: [&'t str; 4],
    /// All that follows.
    rest: &'t Searched<'t>,
}

impl<'t> Arn<'t> {
    /// Of an ARN's parts, the last of which is `rest`: that is large, and stays where it was made.
    pub(in crate::policy) fn new([first @ .., _]: [&'t str; 5], rest: &'t Searched<'t>) -> Self {
        Arn { first, rest }
    }

    pub(in crate::policy) fn names_a_role(&self) -> bool {
        self.rest.text.starts_with("role/")
    }

    pub(in crate::policy) fn names_an_alias(&self) -> bool {
        self.rest.text.starts_with("alias/")
    }

    pub(in crate::policy) fn account(&self) -> &'t str {
        self.first[3]
    }
}

/// An ARN's parts after `arn`: partition, service, region, account, and all that follows.
pub(in crate::policy) fn arn_parts(arn: &str) -> Option<[&str; 5]> {
    let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':');
    let mut next = || parts.next();
    Some([next()?, next()?, next()?, next()?, next()?])
}

/// An ARN of which each part is matched by itself. `*` stays within its part; the last part is all that follows the fifth
/// colon.
#[derive(Debug)]
pub(in crate::policy) struct ArnPattern {
    first: [Glob; 4],
    rest: Pattern,
}

impl ArnPattern {
    /// Variables may stand in the last part only.
    pub(in crate::policy) fn new(pieces: &[Piece]) -> Result<Self, String> {
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
    pub(in crate::policy) fn names_service(&self) -> bool {
        let [partition, service, ..] = &self.first;
        partition.is_a_text() && service.is_a_text()
    }

    pub(in crate::policy) fn matches(&self, arn: &Arn<'_>, facts: &dyn Facts) -> Match {
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
pub(in crate::policy) enum ConditionArn {
    Fixed(ArnPattern),
    Open(Box<[Piece]>),
}

impl ConditionArn {
    pub(in crate::policy) fn new(pieces: Vec<Piece>) -> Result<Self, String> {
        if has_variables(&pieces) {
            return Ok(ConditionArn::Open(pieces.into()));
        }
        ArnPattern::new(&pieces).map(ConditionArn::Fixed)
    }

    pub(in crate::policy) fn matches(&self, arn: &Arn<'_>, facts: &dyn Facts) -> Match {
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
