//! The types that are not generated: scalars, lists, maps.

use std::borrow::Cow;

use super::{Abort, Decode, Decoder, Encode, Encoder, Kind};
use crate::constraint::{Path, Violations};
use crate::{Blob, TextMap, Timestamp};

macro_rules! scalar {
    ($type:ty, $read:ident, |$value:ident, $to:ident| $write:expr) => {
        impl<'a> Decode<'a> for $type {
            #[inline]
            fn decode<D: Decoder<'a>>(
                from: &mut D,
                _: &Path<'_>,
                _: &mut Violations,
            ) -> Result<Option<Self>, Abort> {
                from.$read()
            }
        }

        impl Encode for $type {
            #[inline]
            fn encode<E: Encoder>(&self, $to: &mut E) {
                let $value = self;
                $write
            }
        }
    };
}

scalar!(i32, integer, |value, to| to.i64(i64::from(*value)));
scalar!(i64, long, |value, to| to.i64(*value));
scalar!(bool, boolean, |value, to| to.bool(*value));
scalar!(f64, double, |value, to| to.f64(*value));
scalar!(Timestamp, timestamp, |value, to| to.timestamp(*value));

/// What answers an operation that answers with nothing; members are passed over, as those of any structure are that are
/// not known.
impl<'a> Decode<'a> for () {
    fn decode<D: Decoder<'a>>(from: &mut D, _: &Path<'_>, _: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        while from.key(&mut open)?.is_some() {
            from.skip()?;
        }
        Ok(Some(()))
    }
}

impl<'a> Decode<'a> for Cow<'a, str> {
    #[inline]
    fn decode<D: Decoder<'a>>(from: &mut D, _: &Path<'_>, _: &mut Violations) -> Result<Option<Self>, Abort> {
        from.string()
    }
}

impl Encode for Cow<'_, str> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.str(self);
    }
}

impl<'a> Decode<'a> for Blob<'a> {
    #[inline]
    fn decode<D: Decoder<'a>>(from: &mut D, _: &Path<'_>, _: &mut Violations) -> Result<Option<Self>, Abort> {
        from.blob()
    }
}

impl Encode for Blob<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        match self {
            Blob::Base64(text) => to.base64(text),
            Blob::Bytes(bytes) => to.blob(bytes),
        }
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_list();
        for item in self {
            item.encode(to);
        }
        to.end_list();
    }
}

impl Encode for TextMap<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        for (key, value) in self {
            to.key(key);
            to.str(value);
        }
        to.end_struct();
    }
}

/// Reads a list of at most `max` items; one more is kept, for the check of the length to see, and what
/// follows it is read and dropped. So a body of many small items does not grow in memory.
#[inline]
pub fn list<'a, T: Decode<'a>, D: Decoder<'a>>(
    from: &mut D,
    at: &Path<'_>,
    violations: &mut Violations,
    max: usize,
) -> Result<Option<Vec<T>>, Abort> {
    let Some(mut open) = from.open(Kind::List)? else { return Ok(None) };
    violations.forget(at);
    let before = from.remaining();
    let mut items = Vec::new();
    let mut place = 0;
    while from.item(&mut open)? {
        place += 1;
        if items.len() > max {
            // Too long already; only its syntax still matters.
            from.skip()?;
            continue;
        }
        if let Some(item) = T::decode(from, &Path::Item(at, place), violations)? {
            items.push(item);
            if place == 1 {
                // Lists mostly hold items of one size.
                let bytes = (before - from.remaining()).max(1);
                items.reserve((from.remaining() / bytes).min(ITEMS_RESERVED_MAX).min(max));
            }
        }
    }
    Ok(Some(items))
}

/// Room made ahead for a list, from the look of its first item.
const ITEMS_RESERVED_MAX: usize = 512;

/// Reads a map of texts, bounded as [`list`] is. Of two equal keys the last wins.
pub fn map<'a, D: Decoder<'a>>(
    from: &mut D,
    at: &Path<'_>,
    violations: &mut Violations,
    max: usize,
) -> Result<Option<TextMap<'a>>, Abort> {
    let Some(mut open) = from.open(Kind::Map)? else { return Ok(None) };
    violations.forget(at);
    let mut entries = TextMap::new();
    while let Some(key) = from.key(&mut open)? {
        if let Some(value) = from.string()?
            && (entries.len() <= max || entries.contains_key(&key))
        {
            entries.insert(key, value);
        }
    }
    Ok(Some(entries))
}
