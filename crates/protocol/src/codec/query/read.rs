//! Reads a form. Its names may come in any order, so it becomes a tree first; the tree is as large as the body.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::vec;

use super::super::{Abort, Decoder, Kind, Open};
use crate::{Blob, Timestamp};

/// Segments that a name may have. The shapes need nine.
const SEGMENTS_MAX: usize = 16;

/// A form and how far it has been read.
pub struct QueryReader<'a> {
    /// The value that is read next.
    next: Option<Node<'a>>,
    /// Members and items that are left, of each container that is open.
    open: Vec<vec::IntoIter<(Cow<'a, str>, Node<'a>)>>,
    /// Texts not yet read.
    left: usize,
}

enum Node<'a> {
    Text(Cow<'a, str>),
    Parts(BTreeMap<Cow<'a, str>, Node<'a>>),
}

impl<'a> QueryReader<'a> {
    pub fn new(body: &'a [u8]) -> Result<Self, Abort> {
        let mut root = BTreeMap::new();
        let mut left = 0;
        for pair in body.split(|&b| b == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|&b| b == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            insert(&mut root, unescaped(name)?, unescaped(value)?)?;
            left += 1;
        }
        Ok(QueryReader { next: Some(Node::Parts(root)), open: Vec::new(), left })
    }

    /// The text of a name without dots.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.next {
            Some(Node::Parts(parts)) => match parts.get(name) {
                Some(Node::Text(text)) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn advance(&mut self) -> Option<Cow<'a, str>> {
        match self.open.last_mut()?.next() {
            Some((name, node)) => {
                self.next = Some(node);
                Some(name)
            }
            None => {
                self.open.pop();
                None
            }
        }
    }

    fn parsed<T: std::str::FromStr>(&mut self, what: &str) -> Result<Option<T>, Abort> {
        let Some(text) = self.string()? else { return Ok(None) };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Abort::Type(format!("{text:?} is not {what}").into())),
        }
    }
}

fn insert<'a>(
    root: &mut BTreeMap<Cow<'a, str>, Node<'a>>,
    name: Cow<'a, str>,
    value: Cow<'a, str>,
) -> Result<(), Abort> {
    let segments: Vec<Cow<'a, str>> = match name {
        Cow::Borrowed(name) => name.splitn(SEGMENTS_MAX + 1, '.').map(Cow::Borrowed).collect(),
        Cow::Owned(name) => name.splitn(SEGMENTS_MAX + 1, '.').map(|part| Cow::Owned(part.into())).collect(),
    };
    if segments.len() > SEGMENTS_MAX {
        return Err(Abort::Syntax);
    }
    let mut segments = segments.into_iter();
    let mut name = segments.next().ok_or(Abort::Syntax)?;
    let mut parts = root;
    for segment in segments {
        let inner = parts.entry(std::mem::replace(&mut name, segment));
        match inner.or_insert_with(|| Node::Parts(BTreeMap::new())) {
            Node::Parts(inner) => parts = inner,
            // A value and members under one name.
            Node::Text(_) => return Err(Abort::Syntax),
        }
    }
    match parts.insert(name, Node::Text(value)) {
        Some(Node::Parts(_)) => Err(Abort::Syntax),
        _ => Ok(()),
    }
}

/// Without percent signs and pluses.
fn unescaped(text: &[u8]) -> Result<Cow<'_, str>, Abort> {
    if !text.iter().any(|b| matches!(b, b'%' | b'+')) {
        return std::str::from_utf8(text).map(Cow::Borrowed).map_err(|_| Abort::Syntax);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&b) = rest.next() {
        plain.push(match b {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|&d| char::from(d).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => (high << 4 | low) as u8,
                    _ => return Err(Abort::Syntax),
                }
            }
            b => b,
        });
    }
    String::from_utf8(plain).map(Cow::Owned).map_err(|_| Abort::Syntax)
}

/// The items of a list, `member` left out where it stands, in the order of their numbers.
fn items<'a>(mut parts: BTreeMap<Cow<'a, str>, Node<'a>>) -> Result<Vec<(Cow<'a, str>, Node<'a>)>, Abort> {
    if parts.len() == 1
        && let Some(Node::Parts(members)) = parts.remove("member")
    {
        parts = members;
    }
    let numbered = parts.into_iter().map(|(place, node)| Ok((place.parse::<u64>()?, (place, node))));
    let mut items: Vec<_> =
        numbered.collect::<Result<_, std::num::ParseIntError>>().map_err(|_| Abort::Syntax)?;
    items.sort_by_key(|(place, _)| *place);
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

impl<'a> Decoder<'a> for QueryReader<'a> {
    fn expect_container(&mut self) -> Result<(), Abort> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Abort> {
        Ok(())
    }

    fn open(&mut self, kind: Kind) -> Result<Option<Open>, Abort> {
        let parts = match self.next.take() {
            Some(Node::Parts(parts)) => parts,
            // How an empty list is written.
            Some(Node::Text(text)) if text.is_empty() => BTreeMap::new(),
            _ => return Err(Abort::Syntax),
        };
        let parts = match kind {
            Kind::Structure => parts.into_iter().collect(),
            Kind::List => items(parts)?,
            // No shape of this protocol has one yet.
            Kind::Map => return Err(Abort::Syntax),
        };
        self.open.push(parts.into_iter());
        Ok(Some(Open { left: u64::MAX, first: true }))
    }

    fn key(&mut self, _: &mut Open) -> Result<Option<Cow<'a, str>>, Abort> {
        Ok(self.advance())
    }

    fn item(&mut self, _: &mut Open) -> Result<bool, Abort> {
        Ok(self.advance().is_some())
    }

    fn skip(&mut self) -> Result<(), Abort> {
        self.next = None;
        Ok(())
    }

    fn remaining(&self) -> usize {
        self.left
    }

    fn string(&mut self) -> Result<Option<Cow<'a, str>>, Abort> {
        match self.next.take() {
            Some(Node::Text(text)) => {
                self.left = self.left.saturating_sub(1);
                Ok(Some(text))
            }
            _ => Err(Abort::Syntax),
        }
    }

    fn integer(&mut self) -> Result<Option<i32>, Abort> {
        self.parsed("an integer")
    }

    fn long(&mut self) -> Result<Option<i64>, Abort> {
        self.parsed("an integer")
    }

    fn boolean(&mut self) -> Result<Option<bool>, Abort> {
        self.parsed("true or false")
    }

    fn double(&mut self) -> Result<Option<f64>, Abort> {
        self.parsed("a number")
    }

    fn blob(&mut self) -> Result<Option<Blob<'a>>, Abort> {
        Ok(self.string()?.map(Blob::Base64))
    }

    fn timestamp(&mut self) -> Result<Option<Timestamp>, Abort> {
        let time: Option<jiff::Timestamp> = self.parsed("a time such as 2026-01-31T12:00:00Z")?;
        Ok(time.map(|time| Timestamp(time.as_millisecond())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Decode, list};
    use crate::constraint::{Path, Violations};

    fn texts(body: &str) -> Result<Vec<String>, Abort> {
        let mut reader = QueryReader::new(body.as_bytes())?;
        let mut open = reader.open(Kind::Structure)?.expect("never null");
        let mut found = Vec::new();
        while let Some(name) = reader.key(&mut open)? {
            match &*name {
                "L" => {
                    let items =
                        list::<Cow<'_, str>, _>(&mut reader, &Path::Root, &mut Violations::default(), 9)?;
                    found.extend(items.unwrap_or_default().into_iter().map(Cow::into_owned));
                }
                _ => found.extend(
                    Cow::decode(&mut reader, &Path::Root, &mut Violations::default())?.map(Cow::into_owned),
                ),
            }
        }
        Ok(found)
    }

    #[test]
    fn items_come_in_the_order_of_their_numbers() {
        assert_eq!(
            texts("L.member.10=c&L.member.2=b&L.member.1=a&T=x+y%2Fz").unwrap(),
            ["a", "b", "c", "x y/z"]
        );
        assert_eq!(texts("L.2=b&L.1=a").unwrap(), ["a", "b"]);
        assert_eq!(texts("&&L.member.1&L.member.2=&").unwrap(), ["", ""], "as browsers write it");
        assert!(texts("L=").unwrap().is_empty());
    }

    #[test]
    fn forms_that_contradict_themselves_are_refused() {
        let deep = format!("{}=1", ["a"; 17].join("."));
        for body in
            ["L=x&L.member.1=a", "L.member.1=a&L.member=x", "L.member.x=a", "T=%zz", "T=%f", "T=%ff", &deep]
        {
            assert!(texts(body).is_err(), "{body}");
        }
        // Already as a form, whatever is read of it.
        for body in ["L=x&L.member.1=a", "L.member.x.y=a&L.member.x=b", &deep] {
            assert!(QueryReader::new(body.as_bytes()).is_err(), "{body}");
        }
        assert!(QueryReader::new(&deep.as_bytes()[2..]).is_ok(), "as deep as it may be");
    }

    #[test]
    fn times_are_iso_8601() {
        let mut reader = QueryReader::new(b"T=2026-01-31T12%3A00%3A00.5Z").unwrap();
        let mut open = reader.open(Kind::Structure).unwrap().unwrap();
        reader.key(&mut open).unwrap();
        assert_eq!(reader.timestamp().unwrap(), Some(Timestamp(1_769_860_800_500)));
    }

    #[test]
    fn scalars_are_texts_that_say_what_they_are() {
        let mut reader = QueryReader::new(b"a=-7&b=9000000000&c=2.5&d=true&e=aGk%3D").unwrap();
        let mut open = reader.open(Kind::Structure).unwrap().unwrap();
        let mut next = |reader: &mut QueryReader<'_>| reader.key(&mut open).unwrap().is_some();
        assert!(next(&mut reader));
        assert_eq!(reader.integer().unwrap(), Some(-7));
        assert!(next(&mut reader));
        assert_eq!(reader.long().unwrap(), Some(9_000_000_000));
        assert!(next(&mut reader));
        assert_eq!(reader.double().unwrap(), Some(2.5));
        assert!(next(&mut reader));
        assert_eq!(reader.boolean().unwrap(), Some(true));
        assert!(next(&mut reader));
        assert_eq!(*reader.blob().unwrap().unwrap().to_bytes().unwrap(), *b"hi");
        assert!(!next(&mut reader));
    }

    #[test]
    fn a_text_that_is_not_what_it_should_be_is_named() {
        let told = |read: fn(&mut QueryReader<'_>) -> Result<(), Abort>| {
            let mut reader = QueryReader::new(b"a=x").unwrap();
            let mut open = reader.open(Kind::Structure).unwrap().unwrap();
            reader.key(&mut open).unwrap();
            match read(&mut reader).unwrap_err() {
                Abort::Type(text) => text.into_string(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(told(|reader| reader.integer().map(drop)), "\"x\" is not an integer");
        assert_eq!(told(|reader| reader.boolean().map(drop)), "\"x\" is not true or false");
        assert_eq!(told(|reader| reader.double().map(drop)), "\"x\" is not a number");
        assert!(told(|reader| reader.timestamp().map(drop)).starts_with("\"x\" is not a time such as"));
    }

    #[test]
    fn a_text_is_found_by_its_name() {
        let reader = QueryReader::new(b"Version=1&Action=Put+it&L.member.1=a").unwrap();
        assert_eq!(reader.text("Action"), Some("Put it"));
        assert_eq!((reader.text("L"), reader.text("Other")), (None, None));
    }

    proptest::proptest! {
        #[test]
        fn no_form_is_too_strange_to_be_answered(body in r"([A-Z%+.=&01-9a-f]|L[.]member[.]|MetricData[.]member[.]1[.]){0,60}") {
            let _ = texts(&body);
            let _ = crate::cloudwatch::decode::<crate::cloudwatch::PutMetricDataInput<'_>>(
                crate::cloudwatch::Protocol::Query,
                body.as_bytes(),
            );
        }
    }
}
