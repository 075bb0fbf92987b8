//! Why IAM refuses, and why it fails. Its operations answer with the same dozen codes, so they share one enum; each
//! refusal says in one match what it is answered with. The texts are AWS's where they were seen, for callers match them.

use flumen_machine::NotCarriedOut;
use flumen_protocol::iam::ErrorCode;
use flumen_protocol::query::Fault;
use flumen_storage::AppendError;

use crate::Denied;
use crate::identity::CommitError;
use crate::identity::state::Kind;
use crate::policy::InvalidPolicy;

/// What takes away needs hardly any, and is refused last.
const NO_ROOM: &str = "Nothing was changed: the service has no room to write it down at the moment.";

#[derive(Debug, thiserror::Error)]
pub enum IamError {
    #[error(transparent)]
    Denied(#[from] Box<Denied>),
    #[error("The {kind} with name {name} cannot be found.")]
    NoEntity { kind: &'static str, name: String },
    #[error("Policy {arn} was not found.")]
    NoPolicy { arn: String },
    #[error("Policy {arn} version {version} does not exist or is not attachable.")]
    NoVersion { arn: String, version: String },
    #[error("The Access Key with id {id} cannot be found.")]
    NoKey { id: String },
    #[error("The {kind} policy with name {name} cannot be found.")]
    NoInline { kind: &'static str, name: String },
    #[error("Policy {arn} was not found.")]
    NotAttached { arn: String },
    #[error("Login Profile for User {name} cannot be found.")]
    NoLoginProfile { name: String },
    #[error("{what} with name {name} already exists.")]
    Exists { what: &'static str, name: String },
    #[error("A policy called {name} already exists. Duplicate names are not allowed.")]
    PolicyExists { name: String },
    #[error("Cannot delete entity, must {first} first.")]
    InUse { first: &'static str },
    #[error("Cannot delete a policy attached to entities.")]
    PolicyAttached,
    #[error(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The \
         default version is deleted with the policy."
    )]
    PolicyHasVersions,
    #[error("Cannot delete the default version of a policy.")]
    DefaultVersion,
    #[error("The last access key of the root user of account {account} cannot be deleted or made inactive.")]
    LastRootKey { account: String },
    #[error("Cannot exceed quota for {what}: {limit}")]
    Quota { what: &'static str, limit: usize },
    #[error(
        "A managed policy can have up to {limit} versions. Before you create a new version, you must delete an existing \
         version."
    )]
    Versions { limit: usize },
    #[error("Maximum policy size of {limit} bytes exceeded for {kind} {name}")]
    InlineTooLarge { limit: usize, kind: &'static str, name: String },
    #[error("{0}")]
    Malformed(#[from] InvalidPolicy),
    #[error(
        "The trust policy has to say whom it means by a condition on {key}, of StringEquals or StringLike and of more than \
         wildcards: the identity provider speaks for everybody who has an account with it."
    )]
    AnybodyTrusted { key: String },
    #[error("Duplicate tag keys found. Please note that Tag keys are case insensitive.")]
    DuplicateTags,
    #[error("Tag {part} {text:?} holds {character:?}; letters, digits, spaces and _.:/=+-@ are allowed.")]
    TagCharacter { part: &'static str, text: String, character: char },
    #[error("ARN {arn} is not valid.")]
    InvalidArn { arn: String },
    #[error("Invalid Marker.")]
    Marker,
    #[error("The user name must be given: whoever calls is no user.")]
    NotAUser,
    #[error("Policies that come with the service cannot be changed: {arn}")]
    Unmodifiable { arn: String },
    #[error("{what} is {value}; it must be {wanted}")]
    Value { what: &'static str, value: String, wanted: &'static str },
    #[error("Cannot call IAM APIs with the credentials of a session that GetSessionToken gave.")]
    SessionToken,
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl IamError {
    pub(crate) fn none(kind: Kind, name: &str) -> Self {
        IamError::NoEntity { kind: kind.as_str(), name: name.to_owned() }
    }

    fn code(&self) -> ErrorCode {
        use ErrorCode::*;
        match self {
            Self::Denied(_) | Self::SessionToken => AccessDenied,
            Self::NoEntity { .. }
            | Self::NoPolicy { .. }
            | Self::NoVersion { .. }
            | Self::NoKey { .. }
            | Self::NoInline { .. }
            | Self::NotAttached { .. }
            | Self::NoLoginProfile { .. } => NoSuchEntity,
            Self::Exists { .. } | Self::PolicyExists { .. } => EntityAlreadyExists,
            Self::InUse { .. }
            | Self::PolicyAttached
            | Self::PolicyHasVersions
            | Self::DefaultVersion
            | Self::LastRootKey { .. } => DeleteConflict,
            Self::Quota { .. } | Self::Versions { .. } | Self::InlineTooLarge { .. } => LimitExceeded,
            Self::Malformed(_) | Self::AnybodyTrusted { .. } => MalformedPolicyDocument,
            Self::DuplicateTags | Self::TagCharacter { .. } | Self::InvalidArn { .. } => InvalidInput,
            Self::Marker | Self::NotAUser | Self::Value { .. } => ValidationError,
            Self::Unmodifiable { .. } => UnmodifiableEntity,
            Self::Commit(_) => ServiceFailure,
        }
    }
}

impl From<IamError> for Fault {
    fn from(error: IamError) -> Fault {
        let (code, text) = (error.code(), error.to_string());
        let (message, cause) = match error {
            // Which file has no room is for the log alone.
            IamError::Commit(CommitError::NotCarriedOut(NotCarriedOut::Append(
                AppendError::Unavailable { .. },
            ))) => (Some(NO_ROOM.to_owned()), Some(text)),
            IamError::Commit(_) => (None, Some(text)),
            _ => (Some(text), None),
        };
        Fault { code: code.as_str(), status: code.status(), message, cause }
    }
}
