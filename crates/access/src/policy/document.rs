//! The JSON of a policy, read strictly and bounded before anything is parsed: no key twice, numbers as they are written,
//! and a place for each error.

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{InvalidPolicy, Kind};

/// Of the text as a whole, white space and all.
pub(super) const TEXT_BYTES_MAX: usize = 131_072;

/// How many characters a policy has as AWS counts them: without white space.
pub fn size(text: &str) -> usize {
    text.chars().filter(|char| !matches!(char, ' ' | '\t' | '\r' | '\n')).count()
}

#[derive(Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    /// A string.
    Text(String),
    /// A number or a truth value, as it is written.
    Bare(String),
    /// A number of which more digits were written than are read exactly.
    Inexact(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

/// Checks the bounds, then reads.
pub(super) fn read(text: &str, kind: Kind) -> Result<Json, InvalidPolicy> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(InvalidPolicy(format!(
            "the policy has {} bytes, where {TEXT_BYTES_MAX} are the most",
            text.len()
        )));
    }
    let is_endpoint = kind == Kind::Endpoint;
    let characters = if is_endpoint { text.chars().count() } else { size(text) };
    if characters > kind.size_max() {
        let counted = if is_endpoint { "characters" } else { "characters besides white space" };
        let most = kind.size_max();
        return Err(InvalidPolicy(format!(
            "the policy has {characters} {counted}, where {most} are the most"
        )));
    }
    if let Some(bad) = text.chars().find(|char| !matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')) {
        return Err(InvalidPolicy(format!("the character {bad:?} may not stand in a policy")));
    }
    serde_json::from_str(text).map_err(|error| InvalidPolicy(format!("not the JSON of a policy: {error}")))
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

const FEW: usize = 16;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bare(flag.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Bare(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Bare(number.to_string()))
    }

    /// With fifteen digits or fewer what is written is what is read, and no longer with more.
    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        let text = number.to_string();
        let is_exact = text.bytes().filter(u8::is_ascii_digit).count() <= 15;
        Ok(if is_exact { Json::Bare(text) } else { Json::Inexact(text) })
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut map: Vec<(String, Json)> = Vec::new();
        // Nearly all have a handful; of the others looking through all each time would take the square.
        let mut many = HashSet::new();
        while let Some((name, value)) = members.next_entry::<String, Json>()? {
            if map.len() == FEW {
                many.extend(map.iter().map(|(name, _)| name.clone()));
            }
            let is_new = match map.len() < FEW {
                true => map.iter().all(|(other, _)| *other != name),
                false => many.insert(name.clone()),
            };
            if !is_new {
                return Err(de::Error::custom(format!("{name:?} is there twice")));
            }
            map.push((name, value));
        }
        Ok(Json::Map(map))
    }
}

/// Where in a policy something stands: `Statement[1].Condition.StringLike.aws:username`.
pub(super) enum JsonPath<'a> {
    Document,
    Member(&'a JsonPath<'a>, &'a str),
    Item(&'a JsonPath<'a>, usize),
}

impl fmt::Display for JsonPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonPath::Document => Ok(()),
            JsonPath::Member(JsonPath::Document, name) => f.write_str(name),
            JsonPath::Member(parent, name) => write!(f, "{parent}.{name}"),
            JsonPath::Item(parent, at) => write!(f, "{parent}[{at}]"),
        }
    }
}

impl<'a> JsonPath<'a> {
    pub(super) fn member(&'a self, name: &'a str) -> JsonPath<'a> {
        JsonPath::Member(self, name)
    }

    pub(super) fn item(&'a self, at: usize) -> JsonPath<'a> {
        JsonPath::Item(self, at)
    }

    pub(super) fn invalid(&self, what: impl fmt::Display) -> InvalidPolicy {
        match self {
            JsonPath::Document => InvalidPolicy(what.to_string()),
            path => InvalidPolicy(format!("{path}: {what}")),
        }
    }
}

impl Json {
    pub(super) fn into_map(self, path: &JsonPath<'_>) -> Result<Vec<(String, Json)>, InvalidPolicy> {
        match self {
            Json::Map(map) => Ok(map),
            _ => Err(path.invalid("an object is wanted")),
        }
    }

    pub(super) fn into_text(self, path: &JsonPath<'_>) -> Result<String, InvalidPolicy> {
        match self {
            Json::Text(text) => Ok(text),
            _ => Err(path.invalid("a string is wanted")),
        }
    }

    /// One string, or a list of one or more.
    pub(super) fn into_texts(self, path: &JsonPath<'_>) -> Result<Vec<String>, InvalidPolicy> {
        self.into_each(path, |item, path| item.into_text(path))
    }

    /// One string, number or truth value, or a list of one or more.
    pub(super) fn into_scalars(self, path: &JsonPath<'_>) -> Result<Vec<String>, InvalidPolicy> {
        self.into_each(path, |item, path| match item {
            Json::Text(text) | Json::Bare(text) => Ok(text),
            Json::Inexact(_) => Err(path.invalid("a number of more than 15 digits has to stand in quotes")),
            _ => Err(path.invalid("a string, a number, true or false is wanted")),
        })
    }

    fn into_each(
        self,
        path: &JsonPath<'_>,
        read: impl Fn(Json, &JsonPath<'_>) -> Result<String, InvalidPolicy>,
    ) -> Result<Vec<String>, InvalidPolicy> {
        match self {
            Json::List(items) if items.is_empty() => Err(path.invalid("one value at least is wanted")),
            Json::List(items) => {
                items.into_iter().enumerate().map(|(at, item)| read(item, &path.item(at))).collect()
            }
            item => Ok(vec![read(item, path)?]),
        }
    }
}
