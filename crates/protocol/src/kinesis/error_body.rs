//! The body of an error answer, which the interface does not describe.

use std::borrow::Cow;

use crate::codec::{Abort, Decode, Decoder, Kind};
use crate::constraint::{Path, Violations};

pub(crate) struct ErrorBody<'a> {
    pub(crate) r#type: Cow<'a, str>,
    pub(crate) message: Option<Cow<'a, str>>,
    pub(crate) capital_message: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ErrorBody<'a> {
    fn decode<D: Decoder<'a>>(
        from: &mut D,
        at: &Path<'_>,
        violations: &mut Violations,
    ) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        let (mut r#type, mut message, mut capital_message) = (None, None, None);
        while let Some(key) = from.key(&mut open)? {
            match &*key {
                "__type" => r#type = from.string()?,
                "message" => message = from.string()?,
                "Message" => capital_message = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ErrorBody { r#type: violations.required(at, "__type", r#type), message, capital_message }))
    }
}
