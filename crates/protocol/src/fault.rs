//! A refusal as the wire shows it: code and text. Source: `docs/kinesis/wire.md#operation-errors`.
//!
//! The services have errors of their own, an enum an operation; [`Refusal`] is what each of them says to become a fault.

use std::borrow::Cow;
use std::fmt;

use crate::codec::{Encode, Encoder};
use crate::kinesis::ErrorBody;
use crate::{Encoding, ErrorCode, Operation, decode_output, encode};

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: ErrorCode,
    /// What the caller is told.
    pub message: Option<String>,
    /// Why the service failed, for the log alone: it names files.
    pub cause: Option<String>,
}

/// Why an operation refuses, or fails: an error that knows what its caller is answered with. Its text is what the caller
/// is told; that of a failure of the service goes to the log, and the caller is told nothing.
pub trait Refusal: std::error::Error {
    /// Those that the operation may answer with; see [`kinesis`](crate::kinesis) and [`cloudwatch`](crate::cloudwatch).
    type Code;

    fn code(&self) -> Self::Code;
}

impl<R: Refusal> From<R> for Fault
where
    ErrorCode: From<R::Code>,
{
    fn from(refusal: R) -> Self {
        Fault::of(&refusal)
    }
}

impl Fault {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Fault { code, message: Some(message.into()), cause: None }
    }

    /// What the caller is answered with, and what the log gets.
    pub fn of<R: Refusal>(refusal: &R) -> Self
    where
        ErrorCode: From<R::Code>,
    {
        match ErrorCode::from(refusal.code()) {
            ErrorCode::InternalFailure => Fault::failure(refusal.to_string()),
            code => Fault::new(code, refusal.to_string()),
        }
    }

    /// The service failed. The cause is for whoever runs it, and not for who asks.
    pub fn failure(cause: impl Into<String>) -> Self {
        Fault { cause: Some(cause.into()), ..Fault::bare(ErrorCode::InternalFailure) }
    }

    /// An error without a text.
    pub fn bare(code: ErrorCode) -> Self {
        Fault { code, message: None, cause: None }
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
        let message = body.message.or(body.capital_message).map(Cow::into_owned);
        Some(Fault { message, ..Fault::bare(code) })
    }
}

/// Some services write `namespace#Name:address`; clients keep the name.
pub(crate) fn bare_name(code: &str) -> &str {
    let name = code.rsplit('#').next().unwrap_or(code);
    name.split(':').next().unwrap_or(name)
}

impl Encode for Fault {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.member("__type");
        to.str(self.code.as_str());
        if let Some(message) = &self.message {
            // Type errors alone come from a layer of AWS's that spells it so.
            let capital = self.code == ErrorCode::SerializationException;
            to.member(if capital { "Message" } else { "message" });
            to.str(message);
        }
        to.end_struct();
    }
}

/// For the log.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        match self.cause.as_ref().or(self.message.as_ref()) {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinesis::PutRecordCode;

    #[derive(Debug)]
    struct Refused(PutRecordCode, &'static str);

    impl fmt::Display for Refused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.1)
        }
    }

    impl std::error::Error for Refused {}

    impl Refusal for Refused {
        type Code = PutRecordCode;

        fn code(&self) -> PutRecordCode {
            self.0
        }
    }

    #[test]
    fn what_is_refused_is_told_and_why_the_service_failed_is_not() {
        let refused = Fault::from(Refused(PutRecordCode::InvalidArgumentException, "no"));
        assert_eq!(refused, Fault::new(ErrorCode::InvalidArgumentException, "no"));
        assert_eq!(refused.cause, None);

        let cause = "no room on disk: /data/journal/1.journal";
        let failed = Fault::from(Refused(PutRecordCode::InternalFailure, cause));
        assert_eq!(failed.cause.as_deref(), Some(cause));
        assert_eq!(failed.to_string(), format!("InternalFailure: {cause}"), "the log has it");
        assert_eq!(failed.message, None);
        let bare = Fault::bare(ErrorCode::InternalFailure);
        let written = |write: &dyn Fn(&Fault, &mut Vec<u8>)| {
            [&failed, &bare].map(|fault| {
                let mut out = Vec::new();
                write(fault, &mut out);
                out
            })
        };
        for encoding in [Encoding::Json, Encoding::Cbor] {
            let [told, bare] = written(&|fault, out| fault.encode(encoding, out));
            assert_eq!(told, bare);
        }
        let [told, bare] = written(&crate::event_stream::exception);
        assert_eq!(told, bare);
        let elsewhere = crate::cloudwatch::Fault::from(failed);
        assert_eq!((elsewhere.message, elsewhere.cause.as_deref()), (None, Some(cause)));
    }

    #[test]
    fn other_services_may_say_why_they_failed() {
        let body = br#"{"__type":"InternalFailure","message":"Oh"}"#;
        let read = Fault::decode(Encoding::Json, body).unwrap();
        assert_eq!((read.code, read.message.as_deref()), (ErrorCode::InternalFailure, Some("Oh")));
    }
}
