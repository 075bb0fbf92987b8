//! A refusal as the wire shows it: code and text. Source: kinesis-wire.md sections 6 and 8.

use std::borrow::Cow;
use std::fmt;

use crate::codec::{Encode, Encoder};
use crate::kinesis::ErrorBody;
use crate::{Encoding, ErrorCode, Operation, decode_output, encode};

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: ErrorCode,
    /// For the caller; of a failure of the service its cause, which is for the log alone.
    pub message: Option<String>,
}

impl Fault {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Fault { code, message: Some(message.into()) }
    }

    /// An error without a text.
    pub fn bare(code: ErrorCode) -> Self {
        Fault { code, message: None }
    }

    /// The text that the caller gets. Why the service failed is not for them: it names files.
    pub fn told(&self) -> Option<&str> {
        self.message.as_deref().filter(|_| self.code != ErrorCode::InternalFailure)
    }

    /// The answer to an operation that is known and not served.
    pub fn unsupported(operation: Operation) -> Self {
        let message = format!("The operation {} is not supported.", operation.as_str());
        Fault::new(ErrorCode::UnsupportedOperationException, message)
    }

    /// Appends the body of the error answer to `out`.
    pub fn encode(&self, encoding: Encoding, out: &mut Vec<u8>) {
        encode(encoding, self, out);
    }

    /// Reads the body of an error answer. `None` when it is not one, or names a code that this version
    /// does not know.
    pub fn decode(encoding: Encoding, body: &[u8]) -> Option<Self> {
        let body: ErrorBody<'_> = decode_output(encoding, body).ok()?;
        let code = ErrorCode::parse(bare_name(&body.r#type))?;
        Some(Fault { code, message: body.message.or(body.capital_message).map(Cow::into_owned) })
    }
}

/// Some services write `namespace#Name:address`; clients keep the name.
fn bare_name(code: &str) -> &str {
    let name = code.rsplit('#').next().unwrap_or(code);
    name.split(':').next().unwrap_or(name)
}

impl Encode for Fault {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.member("__type");
        to.str(self.code.as_str());
        if let Some(message) = self.told() {
            // Type errors alone come from a layer of AWS's that spells it so.
            let capital = self.code == ErrorCode::SerializationException;
            to.member(if capital { "Message" } else { "message" });
            to.str(message);
        }
        to.end_struct();
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_the_service_failed_is_told_to_nobody() {
        let cause = "no room on disk: /data/journal/1.journal";
        let failed = Fault::new(ErrorCode::InternalFailure, cause);
        assert_eq!(failed.told(), None);
        assert!(failed.to_string().contains(cause), "the log has it");
        for encoding in [Encoding::Json, Encoding::Cbor] {
            let (mut told, mut bare) = (Vec::new(), Vec::new());
            failed.encode(encoding, &mut told);
            Fault::bare(ErrorCode::InternalFailure).encode(encoding, &mut bare);
            assert_eq!(told, bare);
        }
        let of_others = br#"{"__type":"InternalFailure","message":"Oh"}"#;
        let read = Fault::decode(Encoding::Json, of_others).unwrap();
        assert_eq!(read, Fault::new(ErrorCode::InternalFailure, "Oh"), "other services may say something");
        let (mut told, mut bare) = (Vec::new(), Vec::new());
        crate::event_stream::exception(&failed, &mut told);
        crate::event_stream::exception(&Fault::bare(ErrorCode::InternalFailure), &mut bare);
        assert_eq!(told, bare);
        assert_eq!(crate::cloudwatch::Fault::from(failed).message, None);
    }
}
