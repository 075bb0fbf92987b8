//! Calls to a Key Management Service.

use bytes::Bytes;
use flumen_protocol::kms::{Operation, TARGET, refusal};
use http::StatusCode;
use http::header::HeaderValue;

use crate::client::excerpt;
use crate::{Client, Error, json};

impl Client {
    /// One call of a client that signs for KMS: `body` is the operation's input, and its output comes back. It is tried again where
    /// that may help, so what makes something may make a second one.
    ///
    /// # Errors
    /// What the service refuses is [`Error::Refused`], with a code of KMS's or of signatures.
    pub async fn kms(&self, operation: Operation, body: impl Into<Bytes>) -> Result<Bytes, Error> {
        let target = format!("{TARGET}{}", operation.as_str());
        let target = HeaderValue::try_from(target).expect("names of operations are letters");
        self.try_often(json::request(target, body.into()), refused, self.attempts()).await
    }
}

fn refused(status: StatusCode, body: &[u8]) -> Error {
    match refusal(body) {
        Some((code, message)) => Error::Refused { code, message },
        None => Error::Status { status: status.as_u16(), text: excerpt(body) },
    }
}
