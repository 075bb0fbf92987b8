//! A refusal as KMS writes it.

use super::ErrorCode;
use crate::codec::{Encode, Encoder, JsonWriter};

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
