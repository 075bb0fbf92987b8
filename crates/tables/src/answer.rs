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

    /// The name of an error.
    pub fn code(&self) -> &str {
        // An item cannot have the text: the quotation marks of its strings are escaped, and its values are objects.
        let after = self.body.split_once("\"__type\":\"").map_or("", |(_, after)| after);
        let code = after.split('"').next().unwrap_or_default();
        code.rsplit('#').next().unwrap_or(code)
    }

    /// What is said to whoever may not; nothing of any other answer.
    pub fn denial(&self) -> Option<String> {
        if self.is_success() || self.code() != "AccessDeniedException" {
            return None;
        }
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        let message = body.get("message").or(body.get("Message"))?;
        message.as_str().map(str::to_owned)
    }

    pub fn is_success(&self) -> bool {
        self.status == 200
    }
}

/// What an error of the engine says before the first value that it may quote: those are callers' data, and no
/// log has them.
pub(crate) fn without_values(error: &DynoxideError) -> String {
    let text = match error {
        DynoxideError::InternalServerError(text) => text.clone(),
        DynoxideError::SqliteError(error) => error.to_string(),
        error => error.short_error_code().to_owned(),
    };
    text.split([':', '"', '\'', '`']).next().unwrap_or_default().trim_end().to_owned()
}

impl From<DynoxideError> for Answer {
    fn from(error: DynoxideError) -> Answer {
        match error {
            error @ (DynoxideError::InternalServerError(_) | DynoxideError::SqliteError(_)) => {
                Answer::internal(without_values(&error))
            }
            // Its own code for this names the engine.
            DynoxideError::UnsupportedCapability(what) => {
                Answer::refusal(Code::UnsupportedOperation, format!("{what} is not served here."))
            }
            error => Answer { status: error.status_code(), body: error.to_json() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_an_error_is_found_beside_any_item() {
        let body = r#"{"CancellationReasons":[{"Item":{"__type":{"S":"\"__type\":\"x#y\""}}}],"__type":"a#TransactionCanceledException"}"#;
        let answer = Answer { status: 400, body: body.to_owned() };
        assert_eq!(answer.code(), "TransactionCanceledException");
        assert_eq!(Answer::refusal(Code::Throttling, "slowly").code(), "ThrottlingException");
        assert_eq!(Answer::success("{}".to_owned()).code(), "");
    }

    #[test]
    fn an_error_of_the_engine_is_logged_without_the_values_that_it_quotes() {
        let not_json = serde_json::from_str::<u32>(r#""secret""#).unwrap_err();
        for (text, logged) in [
            (format!("Bad item JSON: {not_json}"), "Bad item JSON"),
            (not_json.to_string(), "invalid type"),
            ("Missing 'secret'".to_owned(), "Missing"),
            ("database or disk is full".to_owned(), "database or disk is full"),
        ] {
            assert_eq!(without_values(&DynoxideError::InternalServerError(text)), logged);
        }
        let refused = DynoxideError::ValidationException("secret".into());
        assert_eq!(without_values(&refused), "ValidationError");
    }
}
