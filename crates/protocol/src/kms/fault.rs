//! A refusal as KMS writes it.

use std::borrow::Cow;

use super::ErrorCode;
use crate::codec::{Encode, Encoder, JsonWriter};
use crate::fault::bare_name;
use crate::kinesis::ErrorBody;
use crate::{Encoding, decode_output};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: ErrorCode,
    /// What the caller is told.
    pub message: Option<String>,
    /// Why the service failed, for the log alone.
    pub cause: Option<String>,
}

impl Fault {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Fault { code, message: Some(message.into()), cause: None }
    }

    /// The service failed. The cause is for whoever runs it, and not for who asks.
    pub fn failure(cause: impl Into<String>) -> Self {
        Fault { code: ErrorCode::KMSInternalException, message: None, cause: Some(cause.into()) }
    }

    /// The body of the error answer.
    pub fn body(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        self.encode(&mut JsonWriter::new(&mut out));
        out
    }
}

impl Encode for Fault {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.member("__type");
        to.str(self.code.as_str());
        if let Some(message) = &self.message {
            to.member("message");
            to.str(message);
        }
        to.end_struct();
    }
}

/// What was found before anything of KMS's own.
impl From<crate::Fault> for Fault {
    fn from(fault: crate::Fault) -> Self {
        let code = ErrorCode::parse(fault.code.as_str()).unwrap_or(ErrorCode::KMSInternalException);
        Fault { code, message: fault.message, cause: fault.cause }
    }
}

/// Code and text of the body of an error answer, as a client reads it: the code may be one that the interface does not list.
/// `None` where it is not such a body.
pub fn refusal(body: &[u8]) -> Option<(String, String)> {
    let body: ErrorBody<'_> = decode_output(Encoding::Json, body).ok()?;
    let message = body.message.or(body.capital_message).map(Cow::into_owned);
    Some((bare_name(&body.r#type).to_owned(), message.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_as_it_is_written_and_as_others_write_it() {
        let read = |body: &[u8]| refusal(body);
        let told = |code: &str, text: &str| Some((code.to_owned(), text.to_owned()));
        let body = Fault::new(ErrorCode::DisabledException, "off").body();
        assert_eq!(read(&body), told("DisabledException", "off"));
        let other = br#"{"__type":"com.amazonaws.kms#XException:http://x","Message":"no"}"#;
        assert_eq!(read(other), told("XException", "no"));
        assert_eq!(read(br#"{"__type":"XException"}"#), told("XException", ""));
        for nothing in [&b""[..], b"{}", b"<html>", b"[]", b"{\"__type\":1}"] {
            assert_eq!(read(nothing), None);
        }
    }
}
