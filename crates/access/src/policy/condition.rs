//! The `Condition` element: operators, and what a missing, single or multiple value means to them.

use std::net::IpAddr;

use super::InvalidPolicy;
use super::document::{Json, JsonPath};
use super::matching::Match;
use super::pattern::{Arn, ConditionArn, Pattern, Searched, Special, Text, arn_parts, pieces};
use super::question::{Fact, Facts};
use super::values::{self, Network, Number, Time};

/// One key under one operator.
#[derive(Debug)]
pub(super) struct Condition {
    /// In lower case.
    key: Box<str>,
    /// The operator and the key as they are written, with a space between.
    written: Box<str>,
    over: Over,
    if_exists: bool,
    negated: bool,
    /// Whether each of its values says more than that there is one.
    is_selective: bool,
    test: Test,
}

/// Which of a key's values have to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The one there is. Where there are more, and they do not agree, the answer is unknown: AWS wants one of the others then.
    Single,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

#[derive(Debug)]
enum Test {
    Equals(Box<[Text]>),
    EqualsIgnoringCase(Box<[Text]>),
    Like(Box<[Pattern]>),
    Arn(Box<[ConditionArn]>),
    Number(Comparison, Box<[Number]>),
    Time(Comparison, Box<[Time]>),
    Flag(Box<[Text]>),
    Bytes(Box<[Box<[u8]>]>),
    Address(Box<[Network]>),
    /// Whether the key may be absent, and whether it may be there.
    Null {
        absent: bool,
        present: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds<T: Ord>(self, value: &T, limit: &T) -> bool {
        match self {
            Comparison::Equal => value == limit,
            Comparison::Less => value < limit,
            Comparison::LessOrEqual => value <= limit,
            Comparison::Greater => value > limit,
            Comparison::GreaterOrEqual => value >= limit,
        }
    }
}

/// An operator without prefix and suffix.
#[derive(Clone, Copy)]
enum Kind {
    Equals,
    EqualsIgnoringCase,
    Like,
    Arn,
    Number(Comparison),
    Time(Comparison),
    Flag,
    Bytes,
    Address,
    Null,
}

/// Its kind, and whether it is negated.
fn operator(name: &str) -> Option<(Kind, bool)> {
    use Comparison::*;
    let negated = |kind| Some((kind, true));
    let kind = match name {
        "StringEquals" => Kind::Equals,
        "StringNotEquals" => return negated(Kind::Equals),
        "StringEqualsIgnoreCase" => Kind::EqualsIgnoringCase,
        "StringNotEqualsIgnoreCase" => return negated(Kind::EqualsIgnoringCase),
        "StringLike" => Kind::Like,
        "StringNotLike" => return negated(Kind::Like),
        "ArnEquals" | "ArnLike" => Kind::Arn,
        "ArnNotEquals" | "ArnNotLike" => return negated(Kind::Arn),
        "NumericEquals" => Kind::Number(Equal),
        "NumericNotEquals" => return negated(Kind::Number(Equal)),
        "NumericLessThan" => Kind::Number(Less),
        "NumericLessThanEquals" => Kind::Number(LessOrEqual),
        "NumericGreaterThan" => Kind::Number(Greater),
        "NumericGreaterThanEquals" => Kind::Number(GreaterOrEqual),
        "DateEquals" => Kind::Time(Equal),
        "DateNotEquals" => return negated(Kind::Time(Equal)),
        "DateLessThan" => Kind::Time(Less),
        "DateLessThanEquals" => Kind::Time(LessOrEqual),
        "DateGreaterThan" => Kind::Time(Greater),
        "DateGreaterThanEquals" => Kind::Time(GreaterOrEqual),
        "Bool" => Kind::Flag,
        "BinaryEquals" => Kind::Bytes,
        "IpAddress" => Kind::Address,
        "NotIpAddress" => return negated(Kind::Address),
        "Null" => Kind::Null,
        _ => return None,
    };
    Some((kind, false))
}

/// Reads a `Condition` element.
pub(super) fn read(
    condition: Json,
    variables: bool,
    path: &JsonPath<'_>,
) -> Result<Vec<Condition>, InvalidPolicy> {
    let mut conditions = Vec::new();
    for (name, keys) in condition.into_map(path)? {
        let path = &path.member(&name);
        let (over, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Over::All, rest),
            Some(("ForAnyValue", rest)) => (Over::Any, rest),
            _ => (Over::Single, &*name),
        };
        let (bare, if_exists) = match rest.strip_suffix("IfExists") {
            Some(bare) => (bare, true),
            None => (rest, false),
        };
        let Some((kind, negated)) = operator(bare) else {
            return Err(path.invalid("there is no such operator"));
        };
        if matches!(kind, Kind::Null) && (if_exists || over != Over::Single) {
            return Err(path.invalid("Null takes neither prefix nor suffix"));
        }
        let first = conditions.len();
        for (key, values) in keys.into_map(path)? {
            let path = &path.member(&key);
            if key.is_empty() {
                return Err(path.invalid("a key has a name"));
            }
            let written = format!("{name} {key}").into();
            let key: Box<str> = key.to_lowercase().into();
            // Keys that differ in case are one.
            if conditions[first..].iter().any(|other: &Condition| other.key == key) {
                return Err(path.invalid("the key is there twice"));
            }
            let values = values.into_scalars(path)?;
            let is_selective = values.iter().all(|value| is_selective(value));
            let test = test(kind, values, variables, path)?;
            conditions.push(Condition { key, written, over, if_exists, negated, is_selective, test });
        }
    }
    Ok(conditions)
}

/// Whether a value says something before its first wildcard, and more than what kind of name it is: `repo:acme/*` does, `*` and
/// `repo:*` do not. What a variable stands for may be anything.
fn is_selective(value: &str) -> bool {
    let text = value.split(['*', '?']).next().unwrap_or_default();
    let name = match text.split_once(':') {
        Some((_, name)) if text.len() < value.len() => name,
        _ => text,
    };
    !name.is_empty() && !value.contains("${")
}

fn test(
    kind: Kind,
    values: Vec<String>,
    variables: bool,
    path: &JsonPath<'_>,
) -> Result<Test, InvalidPolicy> {
    /// Each value by its reader.
    fn each<T>(
        values: Vec<String>,
        path: &JsonPath<'_>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Box<[T]>, InvalidPolicy> {
        values.iter().map(|value| read(value).map_err(|what| path.invalid(what))).collect()
    }
    fn one_of<T>(read: impl Fn(&str) -> Option<T>, what: &str) -> impl Fn(&str) -> Result<T, String> {
        move |value| read(value).ok_or_else(|| format!("{value:?} is {what}"))
    }
    let plain = Special { wildcards: false, variables };
    let wild = Special { wildcards: true, variables };
    let text = |value: &str| pieces(value, plain).map(Text::new);
    Ok(match kind {
        Kind::Equals => Test::Equals(each(values, path, text)?),
        Kind::EqualsIgnoringCase => Test::EqualsIgnoringCase(each(values, path, text)?),
        Kind::Like => Test::Like(each(values, path, |value| Pattern::new(pieces(value, wild)?))?),
        Kind::Arn => Test::Arn(each(values, path, |value| ConditionArn::new(pieces(value, wild)?))?),
        Kind::Number(comparison) => Test::Number(
            comparison,
            each(
                values,
                path,
                one_of(values::number, "no decimal number of 19 digits and 18 after the point"),
            )?,
        ),
        Kind::Time(comparison) => Test::Time(
            comparison,
            each(
                values,
                path,
                one_of(values::time, "no time of ISO 8601 with its zone, nor seconds since 1970"),
            )?,
        ),
        Kind::Flag => Test::Flag(each(values, path, |value| match text(value)? {
            Text::Fixed(value) if values::flag(&value).is_none() => {
                Err(format!("{value:?} is neither true nor false"))
            }
            text => Ok(text),
        })?),
        Kind::Bytes => Test::Bytes(each(
            values,
            path,
            one_of(|value| values::bytes(value).map(Into::into), "no base64"),
        )?),
        Kind::Address => {
            Test::Address(each(values, path, one_of(Network::parse, "neither an IP address nor a network"))?)
        }
        Kind::Null => {
            let flags = each(values, path, one_of(values::flag, "neither true nor false"))?;
            Test::Null { absent: flags.contains(&true), present: flags.contains(&false) }
        }
    })
}

impl Condition {
    pub(super) fn matches(&self, facts: &dyn Facts) -> Match {
        let fact = facts.get(&self.key).filter(|fact| !matches!(fact, Fact::Many([])));
        if let Test::Null { absent, present } = self.test {
            if matches!(fact, Some(Fact::Unknown)) {
                return Match::Unknown;
            }
            return if fact.is_some() { present } else { absent }.into();
        }
        let Some(fact) = fact else {
            let passes = self.if_exists
                || match self.over {
                    Over::Single => self.negated,
                    Over::All => true,
                    Over::Any => false,
                };
            return passes.into();
        };
        match (&fact, self.over) {
            (Fact::Unknown, _) => Match::Unknown,
            (Fact::One(value), _) => self.passes(value, facts),
            (Fact::Many(values), Over::All) => Match::all(self.each(values, facts)),
            (Fact::Many(values), Over::Any) => Match::any(self.each(values, facts)),
            (Fact::Many(values), Over::Single) => {
                let all = Match::all(self.each(values, facts));
                if all == Match::any(self.each(values, facts)) { all } else { Match::Unknown }
            }
        }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Operator and key as they are written.
    pub(super) fn written(&self) -> (&str, &str) {
        self.written.split_once(' ').unwrap_or_default()
    }

    /// Whether it lets through only some of the values that a key has: by a text that is named, of a key that has to be there.
    pub(super) fn selects(&self, key: &str) -> bool {
        let by_text = matches!(self.test, Test::Equals(_) | Test::EqualsIgnoringCase(_) | Test::Like(_));
        let has_to_pass = !self.negated && !self.if_exists && self.over != Over::All;
        *self.key == *key && by_text && has_to_pass && self.is_selective
    }

    fn each<'c>(&'c self, values: &'c [String], facts: &'c dyn Facts) -> impl Iterator<Item = Match> + 'c {
        values.iter().map(|value| self.passes(value, facts))
    }

    /// One value of the request: whether it is one of the policy's, or none of them where the operator is negated.
    fn passes(&self, value: &str, facts: &dyn Facts) -> Match {
        let is_one = self.test.holds(value, facts);
        if self.negated { is_one.not() } else { is_one }
    }
}

impl Test {
    fn holds(&self, value: &str, facts: &dyn Facts) -> Match {
        /// A value of the request that cannot be read as what the operator compares makes the answer unknown.
        fn read<V, L>(value: Option<V>, limits: &[L], holds: impl Fn(&V, &L) -> bool) -> Match {
            match value {
                None => Match::Unknown,
                Some(value) => limits.iter().any(|limit| holds(&value, limit)).into(),
            }
        }
        let texts = |texts: &[Text], same: &dyn Fn(&str) -> bool| {
            Match::any(texts.iter().map(|text| match text.resolve(facts) {
                None => Match::Unknown,
                Some(text) => same(&text).into(),
            }))
        };
        match self {
            Test::Equals(allowed) => texts(allowed, &|text| text == value),
            Test::EqualsIgnoringCase(allowed) => {
                let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
                texts(allowed, &|text| text.eq_ignore_ascii_case(value) || lower(text) == lower(value))
            }
            Test::Like(patterns) => {
                let value = Searched::new(value);
                Match::any(patterns.iter().map(|pattern| pattern.matches(&value, facts)))
            }
            Test::Arn(patterns) => match arn_parts(value) {
                // What is no ARN matches none.
                None => Match::No,
                Some(parts) => {
                    let rest = Searched::new(parts[4]);
                    let arn = Arn::new(parts, &rest);
                    Match::any(patterns.iter().map(|pattern| pattern.matches(&arn, facts)))
                }
            },
            Test::Number(comparison, limits) => {
                read(values::number(value), limits, |value, limit| comparison.holds(value, limit))
            }
            Test::Time(comparison, limits) => {
                read(values::time(value), limits, |value, limit| comparison.holds(value, limit))
            }
            Test::Flag(allowed) => match values::flag(value) {
                None => Match::Unknown,
                Some(value) => Match::any(allowed.iter().map(|text| {
                    let flag = text.resolve(facts).and_then(|text| values::flag(&text));
                    flag.map_or(Match::Unknown, |flag| (flag == value).into())
                })),
            },
            Test::Bytes(allowed) => {
                read(values::bytes(value), allowed, |value, allowed| **value == **allowed)
            }
            Test::Address(networks) => {
                read(value.parse::<IpAddr>().ok(), networks, |address, network| network.holds(*address))
            }
            // Answered before there is a value.
            Test::Null { present, .. } => (*present).into(),
        }
    }
}
