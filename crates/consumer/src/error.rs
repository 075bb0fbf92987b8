//! Why reading stopped.

use std::sync::Arc;
use std::time::Duration;

use flumen_types::Span;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A call failed, or its answer makes no sense.
    #[error(transparent)]
    Call(#[from] flumen_client::Error),
    /// A consumer that was registered cannot be pushed to yet.
    #[error("consumer {name} did not become ACTIVE within {}", Span(*.within))]
    NotActive { name: String, within: Duration },
    /// A consumer that was registered for the time is left behind.
    #[error("consumer {arn} is still registered")]
    StillRegistered { arn: Arc<str>, source: flumen_client::Error },
}

impl Error {
    /// How the call failed, if one did.
    pub fn of_call(&self) -> Option<&flumen_client::Error> {
        match self {
            Error::Call(error) | Error::StillRegistered { source: error, .. } => Some(error),
            Error::NotActive { .. } => None,
        }
    }
}

/// An answer that can be read and still is not one.
pub fn unreadable(why: impl Into<String>) -> Error {
    Error::Call(flumen_client::Error::Unreadable(why.into()))
}
