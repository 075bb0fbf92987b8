//! Why a key service has not done what it was asked for.

use flumen_client::Error;

/// Of what a service says: errors are held, and logged.
const TEXT_CHARS_MAX: usize = 500;

/// Each has what the service said, or what kept it from saying anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExternalKeyError {
    #[error("there is no such key: {0}")]
    NotFound(String),
    #[error("the key is disabled: {0}")]
    Disabled(String),
    /// It is pending deletion or import, or made for something else.
    #[error("the key cannot be used as it is: {0}")]
    InvalidState(String),
    /// By the key's policy, or since the credentials are good for nothing there.
    #[error("access is denied: {0}")]
    Denied(String),
    /// By another key or with another encryption context, or altered.
    #[error("the ciphertext is none of this key and encryption context: {0}")]
    Ciphertext(String),
    #[error("there are too many calls: {0}")]
    Throttled(String),
    /// It is slow, cannot be reached, or fails.
    #[error("the key service is unavailable: {0}")]
    Unavailable(String),
    #[error("the key service's response is invalid: {0}")]
    Nonsense(String),
}

impl ExternalKeyError {
    /// Whether nothing was said of the key: the same call may succeed when it is made again.
    pub fn is_transient(&self) -> bool {
        use ExternalKeyError::{Nonsense, Throttled, Unavailable};
        matches!(self, Throttled(_) | Unavailable(_) | Nonsense(_))
    }

    /// Whether the key can be used by nobody and for nothing.
    pub(crate) fn is_of_the_key(&self) -> bool {
        use ExternalKeyError::{Disabled, InvalidState, NotFound};
        matches!(self, NotFound(_) | Disabled(_) | InvalidState(_))
    }
}

/// Whether the caller is not known by these credentials, or no more.
pub(crate) fn is_of_credentials(error: &Error) -> bool {
    let Error::Refused { code, .. } = error else { return false };
    matches!(
        code.as_str(),
        "ExpiredTokenException" | "UnrecognizedClientException" | "InvalidSignatureException"
    )
}

impl From<Error> for ExternalKeyError {
    fn from(error: Error) -> Self {
        let text = if let Error::Unreadable(what) = &error { what.clone() } else { error.to_string() };
        let text = text.chars().take(TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let kind = match &error {
            Error::Refused { code, .. } => of_code(code),
            Error::Status { status: 429, .. } => ExternalKeyError::Throttled,
            Error::Status { status: 500.., .. }
            | Error::Connect { .. }
            | Error::Broken { .. }
            | Error::Timeout { .. } => ExternalKeyError::Unavailable,
            Error::Fault(_) | Error::Status { .. } | Error::Unreadable(_) | Error::Settings(_) => {
                ExternalKeyError::Nonsense
            }
        };
        kind(text)
    }
}

/// Codes that AWS lists with the operations, and those of every operation.
fn of_code(code: &str) -> fn(String) -> ExternalKeyError {
    match code {
        "NotFoundException" => ExternalKeyError::NotFound,
        "DisabledException" => ExternalKeyError::Disabled,
        "KMSInvalidStateException" | "InvalidKeyUsageException" => ExternalKeyError::InvalidState,
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "OptInRequired"
        | "NotAuthorized" => ExternalKeyError::Denied,
        "InvalidCiphertextException" | "IncorrectKeyException" => ExternalKeyError::Ciphertext,
        "ThrottlingException" | "Throttling" | "LimitExceededException" => ExternalKeyError::Throttled,
        "KMSInternalException"
        | "InternalFailure"
        | "DependencyTimeoutException"
        | "KeyUnavailableException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => ExternalKeyError::Unavailable,
        _ => ExternalKeyError::Nonsense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_of_the_key_is_so_and_failures_say_nothing_of_it() {
        let refused = |code: &str| {
            ExternalKeyError::from(Error::Refused { code: code.to_owned(), message: "m".to_owned() })
        };
        for (code, shown) in [
            ("NotFoundException", "there is no such key: NotFoundException: m"),
            ("DisabledException", "the key is disabled: DisabledException: m"),
            ("KMSInvalidStateException", "the key cannot be used as it is: KMSInvalidStateException: m"),
            ("AccessDeniedException", "access is denied: AccessDeniedException: m"),
            ("ExpiredTokenException", "access is denied: ExpiredTokenException: m"),
            (
                "IncorrectKeyException",
                "the ciphertext is none of this key and encryption context: IncorrectKeyException: m",
            ),
            ("ThrottlingException", "there are too many calls: ThrottlingException: m"),
            ("KeyUnavailableException", "the key service is unavailable: KeyUnavailableException: m"),
            ("ValidationException", "the key service's response is invalid: ValidationException: m"),
        ] {
            let error = refused(code);
            assert_eq!(error.to_string(), shown);
            let says_nothing = ["ThrottlingException", "KeyUnavailableException", "ValidationException"];
            assert_eq!(error.is_transient(), says_nothing.contains(&code), "{code}");
        }
        let long = Error::Refused { code: "X".to_owned(), message: "\n\u{e9}".repeat(20_000) };
        let text = ExternalKeyError::from(long).to_string();
        assert!(text.len() < 1500 && !text.contains('\n'), "{text}");
        let status = |status| ExternalKeyError::from(Error::Status { status, text: String::new() });
        assert!(matches!(status(429), ExternalKeyError::Throttled(_)));
        assert!(matches!(status(502), ExternalKeyError::Unavailable(_)));
        assert!(matches!(status(404), ExternalKeyError::Nonsense(_)));
    }
}
