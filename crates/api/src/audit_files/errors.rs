//! What refusals are called. Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use flumen_access::Denied;
use flumen_audit::ObjectError;
use flumen_protocol::{ErrorCode, Fault};

pub(super) const INTERNAL: &str = "InternalError";

/// By which they are counted.
pub(super) const CODES: &[&str] = &[
    INTERNAL,
    "AccessDenied",
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidArgument",
    "InvalidRange",
    "InvalidRequest",
    "MethodNotAllowed",
    "NoSuchBucket",
    "NoSuchKey",
    "NotImplemented",
    "SignatureDoesNotMatch",
    "SlowDown",
];

#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("{0}")]
    Common(Fault),
    #[error(transparent)]
    Denied(Denied),
    #[error("The specified bucket does not exist")]
    NoBucket(String),
    #[error("The specified key does not exist.")]
    NoKey(String),
    #[error("The specified method is not allowed against this resource.")]
    Method,
    #[error("A header you provided implies functionality that is not implemented")]
    NotServed,
    #[error("The requested range is not satisfiable")]
    Range { whole: usize },
    #[error("Provided {name} not an integer or within integer range")]
    NotANumber { name: &'static str, value: String },
    #[error("Invalid Encoding Method specified in Request")]
    Encoding { value: String },
    #[error("The continuation token provided is incorrect")]
    Token { value: String },
    #[error("a file of the audit cannot be read: {0}")]
    Object(ObjectError),
    #[error("reading files of the audit ended early")]
    EndedEarly,
}

/// As the caller is told it.
pub(super) struct ErrorAnswer {
    pub code: &'static str,
    pub status: u16,
    pub message: String,
    /// Further elements.
    pub about: Vec<(&'static str, String)>,
}

impl Refused {
    pub(super) fn told(&self) -> ErrorAnswer {
        let (code, status) = self.code();
        let message = match self {
            Refused::Object(_) | Refused::EndedEarly => {
                "We encountered an internal error. Please try again.".to_owned()
            }
            Refused::Common(fault) => fault.message.clone().unwrap_or_else(|| code.to_owned()),
            refused => refused.to_string(),
        };
        let about = match self {
            Refused::NoBucket(bucket) => vec![("BucketName", bucket.clone())],
            Refused::NoKey(key) => vec![("Key", key.clone())],
            Refused::NotANumber { name, value } => {
                vec![("ArgumentName", (*name).to_owned()), ("ArgumentValue", value.clone())]
            }
            Refused::Encoding { value } => {
                vec![("ArgumentName", "encoding-type".to_owned()), ("ArgumentValue", value.clone())]
            }
            Refused::Token { value } => {
                vec![("ArgumentName", "continuation-token".to_owned()), ("ArgumentValue", value.clone())]
            }
            Refused::Range { whole } => vec![("ActualObjectSize", whole.to_string())],
            _ => Vec::new(),
        };
        ErrorAnswer { code, status, message, about }
    }

    fn code(&self) -> (&'static str, u16) {
        match self {
            Refused::Common(fault) => common(fault.code),
            Refused::Denied(_) => ("AccessDenied", 403),
            Refused::NoBucket(_) => ("NoSuchBucket", 404),
            Refused::NoKey(_) => ("NoSuchKey", 404),
            Refused::Method => ("MethodNotAllowed", 405),
            Refused::NotServed => ("NotImplemented", 501),
            Refused::Range { .. } => ("InvalidRange", 416),
            Refused::NotANumber { .. } | Refused::Encoding { .. } | Refused::Token { .. } => {
                ("InvalidArgument", 400)
            }
            Refused::Object(_) | Refused::EndedEarly => (INTERNAL, 500),
        }
    }
}

/// What is refused in every service has codes of its own here.
fn common(code: ErrorCode) -> (&'static str, u16) {
    use ErrorCode::*;
    match code {
        AccessDeniedException | MissingAuthenticationTokenException => ("AccessDenied", 403),
        ExpiredTokenException => ("ExpiredToken", 400),
        IncompleteSignatureException => ("AuthorizationHeaderMalformed", 400),
        InvalidSignatureException => ("SignatureDoesNotMatch", 403),
        UnrecognizedClientException => ("InvalidAccessKeyId", 403),
        // Too many of an account's, or no memory at the moment.
        ThrottlingException | LimitExceededException | ServiceUnavailable => ("SlowDown", 503),
        code if code.status() < 500 => ("InvalidRequest", 400),
        _ => (INTERNAL, 500),
    }
}
