//! Why a call failed, and whether another attempt may help.

use flumen_protocol::{ErrorCode, Fault};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is wrong or missing; no request was made.
    #[error("{0}")]
    Settings(String),
    /// The service refused.
    #[error("{0}")]
    Fault(Fault),
    /// A service refused with a code that is none of Kinesis', as IAM and KMS do.
    #[error("{code}: {message}")]
    Refused { code: String, message: String },
    /// An error that is not in the service's words.
    #[error("the endpoint answered {status}: {text}")]
    Status { status: u16, text: String },
    #[error("cannot connect to {endpoint}: {why}")]
    Connect { endpoint: String, why: String },
    /// The connection ended before the answer did. Whether the request took effect is unknown.
    #[error("the connection to {endpoint} broke: {why}")]
    Broken { endpoint: String, why: String },
    /// Whether the request took effect is unknown.
    #[error("{endpoint} did not answer in time")]
    Timeout { endpoint: String },
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

impl Error {
    /// Whether the service said to come back later.
    pub fn is_throttling(&self) -> bool {
        match self {
            Error::Fault(fault) => matches!(
                fault.code,
                ErrorCode::ProvisionedThroughputExceededException
                    | ErrorCode::ThrottlingException
                    | ErrorCode::LimitExceededException
                    | ErrorCode::KMSThrottlingException
            ),
            Error::Refused { code, .. } => {
                matches!(code.as_str(), "Throttling" | "ThrottlingException" | "LimitExceededException")
            }
            Error::Status { status, .. } => *status == 429,
            _ => false,
        }
    }

    /// Whether the same request may succeed when it is sent again.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Fault(fault) => fault.code.status() >= 500 || self.is_throttling(),
            Error::Refused { code, .. } => {
                matches!(
                    code.as_str(),
                    "ServiceFailure"
                        | "InternalFailure"
                        | "ServiceUnavailable"
                        | "KMSInternalException"
                        | "DependencyTimeoutException"
                        | "KeyUnavailableException"
                ) || self.is_throttling()
            }
            Error::Status { status, .. } => *status >= 500 || self.is_throttling(),
            Error::Connect { .. } | Error::Broken { .. } | Error::Timeout { .. } => true,
            Error::Settings(_) | Error::Unreadable(_) => false,
        }
    }

    /// The code, when the service refused with one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Error::Fault(fault) => Some(fault.code),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
        let fault = |code| Error::Fault(Fault::bare(code));
        for error in [
            fault(ErrorCode::ProvisionedThroughputExceededException),
            fault(ErrorCode::LimitExceededException),
            fault(ErrorCode::InternalFailure),
            Error::Status { status: 503, text: String::new() },
            Error::Status { status: 429, text: String::new() },
            Error::Timeout { endpoint: String::new() },
        ] {
            assert!(error.is_transient(), "{error}");
        }
        for error in [
            fault(ErrorCode::ResourceNotFoundException),
            fault(ErrorCode::ExpiredIteratorException),
            Error::Status { status: 403, text: String::new() },
            Error::Unreadable(String::new()),
        ] {
            assert!(!error.is_transient(), "{error}");
        }
    }
}
