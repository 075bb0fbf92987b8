//! Why STS refuses, and why it fails. The texts are AWS's where they were seen.

use flumen_protocol::query::Fault;
use flumen_protocol::sts::ErrorCode;

use crate::Denied;
use crate::identity::CommitError;
use crate::policy::InvalidPolicy;
use crate::web_identity::Refused;

#[derive(Debug, thiserror::Error)]
pub enum StsError {
    #[error(transparent)]
    Denied(#[from] Box<Denied>),
    /// What it is that speaks against it is told to nobody whom no role trusts.
    #[error("Not authorized to perform sts:AssumeRoleWithWebIdentity")]
    NotTrusted,
    #[error(transparent)]
    Token(#[from] Refused),
    #[error("Cannot call {action} with session credentials")]
    OfSession { action: &'static str },
    #[error("Roles may not be assumed by root accounts.")]
    Root,
    #[error("The source identity of a session cannot be changed: it is {source_identity}.")]
    SourceIdentity { source_identity: String },
    #[error("{arn} is invalid")]
    InvalidArn { arn: String },
    #[error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")]
    TooLong,
    #[error(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    )]
    ChainedTooLong,
    #[error("Duplicate tag keys found. Please note that Tag keys are case insensitive.")]
    DuplicateTags,
    #[error("The tag {key} came with the session that calls, and cannot be changed.")]
    InheritedTag { key: String },
    #[error("The transitive tag key {key} is not the key of a tag.")]
    NoSuchTag { key: String },
    #[error("The session's policies and tags make a token of {characters} characters; the limit is {limit}.")]
    Packed { characters: usize, limit: usize },
    #[error("The session policy has {characters} characters; the limit is {limit}.")]
    PolicyTooLarge { characters: usize, limit: usize },
    #[error("The policy {arn} does not exist or is not attachable.")]
    NoPolicy { arn: String },
    #[error("{0}")]
    Malformed(#[from] InvalidPolicy),
    #[error("The access key {id} is not known.")]
    NoKey { id: String },
    #[error(transparent)]
    Failed(#[from] CommitError),
}

impl StsError {
    fn code(&self) -> ErrorCode {
        use ErrorCode::*;
        match self {
            Self::Denied(_)
            | Self::NotTrusted
            | Self::OfSession { .. }
            | Self::Root
            | Self::SourceIdentity { .. } => AccessDenied,
            Self::Token(Refused::Expired { .. }) => ExpiredTokenException,
            Self::Token(Refused::Unreachable) => IDPCommunicationError,
            Self::Token(Refused::Claim { .. }) => IDPRejectedClaim,
            Self::Token(_) => InvalidIdentityToken,
            Self::InvalidArn { .. } | Self::TooLong | Self::ChainedTooLong | Self::NoKey { .. } => {
                ValidationError
            }
            Self::DuplicateTags | Self::InheritedTag { .. } | Self::NoSuchTag { .. } => InvalidParameterValue,
            Self::Packed { .. } | Self::PolicyTooLarge { .. } => PackedPolicyTooLarge,
            Self::Malformed(_) | Self::NoPolicy { .. } => MalformedPolicyDocument,
            Self::Failed(_) => InternalFailure,
        }
    }
}

impl From<StsError> for Fault {
    fn from(error: StsError) -> Fault {
        let (code, text) = (error.code(), error.to_string());
        let (message, cause) = match error {
            StsError::Failed(_) => (None, Some(text)),
            _ => (Some(text), None),
        };
        Fault { code: code.as_str(), status: code.status(), message, cause }
    }
}
