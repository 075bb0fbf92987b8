//! What a caller gets: a status and a JSON body, of success and of failure alike.

use dynoxide::DynoxideError;
use serde::Serialize;

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP's.
    pub status: u16,
    /// JSON.
    pub body: String,
}

/// Errors that are ours and not the engine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    AccessDenied,
    IdempotentParameterMismatch,
    InternalServerError,
    LimitExceeded,
    TableNotFound,
    Throttling,
    UnknownOperation,
    UnsupportedOperation,
    Validation,
}

impl Code {
    /// As AWS writes it: some of its errors come from the framework that its services share.
    fn wire(self) -> &'static str {
        match self {
            Code::AccessDenied => "com.amazonaws.dynamodb.v20120810#AccessDeniedException",
            Code::IdempotentParameterMismatch => {
                "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"
            }
            Code::InternalServerError => "com.amazonaws.dynamodb.v20120810#InternalServerError",
            Code::LimitExceeded => "com.amazonaws.dynamodb.v20120810#LimitExceededException",
            Code::TableNotFound => "com.amazonaws.dynamodb.v20120810#TableNotFoundException",
            Code::Throttling => "com.amazonaws.dynamodb.v20120810#ThrottlingException",
            Code::UnknownOperation => "com.amazon.coral.service#UnknownOperationException",
            Code::UnsupportedOperation => "com.amazonaws.dynamodb.v20120810#UnsupportedOperationException",
            Code::Validation => "com.amazon.coral.validate#ValidationException",
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "__type")]
    code: &'a str,
    message: &'a str,
}

impl Answer {
    pub(crate) fn success(body: String) -> Answer {
        Answer { status: 200, body }
    }

    pub(crate) fn refusal(code: Code, message: impl AsRef<str>) -> Answer {
        let body = Body { code: code.wire(), message: message.as_ref() };
        let body = serde_json::to_string(&body).expect("two strings");
        Answer { status: if code == Code::InternalServerError { 500 } else { 400 }, body }
    }

    /// What went wrong is for the log; the caller learns that it was not the request.
    pub(crate) fn internal(error: impl std::fmt::Display) -> Answer {
        tracing::error!(%error, "tables");
        Answer::refusal(
            Code::InternalServerError,
            "The request could not be carried out; see the server's log.",
        )
    }

    pub fn is_success(&self) -> bool {
        self.status == 200
    }
}

impl From<DynoxideError> for Answer {
    fn from(error: DynoxideError) -> Answer {
        match error {
            DynoxideError::InternalServerError(text) => Answer::internal(text),
            DynoxideError::SqliteError(error) => Answer::internal(error),
            // Its own code for this names the engine.
            DynoxideError::UnsupportedCapability(what) => {
                Answer::refusal(Code::UnsupportedOperation, format!("{what} is not served here."))
            }
            error => Answer { status: error.status_code(), body: error.to_json() },
        }
    }
}
