//! What refusals of keys are called.

use flumen_keys::KeyError;
use flumen_protocol::kms::{ErrorCode, Fault};

/// What takes away needs hardly any, and is refused last.
const NO_ROOM: &str = "Nothing was changed: the service has no room to write it down at the moment.";
const UNAVAILABLE: &str = "The material of the key is not to be had at the moment.";

/// Why KMS refuses, and why it fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("The operation {0} is not served here.")]
    NotServed(&'static str),
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Invalid(&'static str),
    #[error("The algorithm {0} is incompatible with key spec SYMMETRIC_DEFAULT.")]
    Algorithm(&'static str),
}

impl Refused {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Key(error) => code_of(error),
            Self::NotServed(_) | Self::Unsupported(_) => ErrorCode::UnsupportedOperationException,
            Self::Invalid(_) => ErrorCode::ValidationException,
            Self::Algorithm(_) => ErrorCode::InvalidKeyUsageException,
        }
    }
}

fn code_of(error: &KeyError) -> ErrorCode {
    use ErrorCode::*;
    match error {
        KeyError::InvalidKeyId { .. }
        | KeyError::OtherRegion { .. }
        | KeyError::NoKey { .. }
        | KeyError::NoAlias { .. }
        | KeyError::NoPolicy
        | KeyError::NoGrant { .. } => NotFoundException,
        KeyError::InvalidArn { .. } => InvalidArnException,
        KeyError::InvalidGrantId { .. } => InvalidGrantIdException,
        KeyError::Denied(_) | KeyError::DeniedCiphertext { .. } | KeyError::Managed { .. } => {
            AccessDeniedException
        }
        KeyError::GrantToken => InvalidGrantTokenException,
        KeyError::Disabled { .. } => DisabledException,
        KeyError::PendingDeletion { .. } | KeyError::NotPendingDeletion { .. } => KMSInvalidStateException,
        // No call of this service is for a key elsewhere.
        KeyError::Unavailable { .. } | KeyError::Elsewhere { .. } => KeyUnavailableException,
        KeyError::Ciphertext => InvalidCiphertextException,
        KeyError::OtherKey => IncorrectKeyException,
        KeyError::AliasExists { .. } => AlreadyExistsException,
        KeyError::AliasReserved { .. } => InvalidAliasNameException,
        KeyError::Policy(_) | KeyError::LockedOut => MalformedPolicyDocumentException,
        KeyError::TooMany { .. } | KeyError::PolicyBytes { .. } => LimitExceededException,
        KeyError::Tag(_) => TagException,
        KeyError::Marker => InvalidMarkerException,
        KeyError::Validation(_) => ValidationException,
        KeyError::DryRun => DryRunOperationException,
        KeyError::Commit(_) | KeyError::Material(_) | KeyError::NoRandom(_) => KMSInternalException,
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Fault {
        let (code, text) = (refused.code(), refused.to_string());
        let (message, cause) = match refused {
            // Which file has no room, or is missing, is for the log alone.
            Refused::Key(KeyError::Commit(error)) if error.is_no_room() => {
                (Some(NO_ROOM.to_owned()), Some(text))
            }
            Refused::Key(KeyError::Unavailable { .. }) => (Some(UNAVAILABLE.to_owned()), Some(text)),
            _ if code == ErrorCode::KMSInternalException => (None, Some(text)),
            _ => (Some(text), None),
        };
        Fault { code, message, cause }
    }
}
