//! Why a key is not made, changed or used. The texts are AWS's where they are known.

use flumen_access::Denied;
use flumen_access::policy::InvalidPolicy;
use flumen_external_keys::ExternalKeyError;
use flumen_machine::NotCarriedOut;
use flumen_storage::AppendError;

use crate::ids::NoRandom;
use crate::material::MaterialError;
use crate::names::{AliasArn, KeyArn};

/// Why a change is not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("a change of keys is not carried out: {0}")]
    NotCarriedOut(#[from] NotCarriedOut),
    #[error("a change of keys ended before its time")]
    EndedEarly,
    #[error("a change of keys was overtaken {decisions} times")]
    Overtaken { decisions: usize },
}

impl CommitError {
    /// Whether it would be made with more room on the disk.
    pub fn is_no_room(&self) -> bool {
        matches!(self, CommitError::NotCarriedOut(NotCarriedOut::Append(AppendError::Unavailable { .. })))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    // What is named.
    #[error("Invalid keyId '{text}'")]
    InvalidKeyId { text: String },
    #[error("Invalid arn {text}")]
    InvalidArn { text: String },
    #[error("Invalid arn {region}")]
    OtherRegion { region: String },
    #[error("Key '{arn}' does not exist")]
    NoKey { arn: KeyArn },
    #[error("Alias {arn} is not found.")]
    NoAlias { arn: AliasArn },
    #[error("No such policy exists")]
    NoPolicy,
    #[error("Grant ID {id} not found")]
    NoGrant { id: String },
    #[error("Grant ID {id} is not valid: 64 hexadecimal digits are.")]
    InvalidGrantId { id: String },
    // Who asks.
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(
        "User: {principal} is not authorized to perform: {action} on the resource associated with this ciphertext because the \
         resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly \
         denies access"
    )]
    DeniedCiphertext { principal: String, action: &'static str },
    #[error("The key {arn} is an AWS managed key: it is changed by nobody.")]
    Managed { arn: KeyArn },
    #[error("The grant token is not valid.")]
    GrantToken,
    // How the key is.
    #[error("{arn} is disabled.")]
    Disabled { arn: KeyArn },
    #[error("{arn} is pending deletion.")]
    PendingDeletion { arn: KeyArn },
    #[error("{arn} is not pending deletion.")]
    NotPendingDeletion { arn: KeyArn },
    /// The text is for whoever runs the service.
    #[error("the material of {arn} is not to be had: {error}")]
    Unavailable { arn: KeyArn, error: Box<MaterialError> },
    /// Of a key elsewhere.
    #[error("{arn}: {error}")]
    Elsewhere { arn: KeyArn, error: ExternalKeyError },
    // Ciphertext.
    #[error("The ciphertext was altered, or encrypted with another encryption context.")]
    Ciphertext,
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    OtherKey,
    // What is asked for.
    #[error("An alias with the name {arn} already exists")]
    AliasExists { arn: AliasArn },
    #[error("{name} begins with alias/aws/, which is reserved for keys of services.")]
    AliasReserved { name: String },
    #[error("{0}")]
    Policy(#[from] InvalidPolicy),
    #[error("The policy has {found} bytes, where {limit} are the most.")]
    PolicyBytes { found: usize, limit: usize },
    #[error("The new key policy will not allow you to update the key policy in the future.")]
    LockedOut,
    #[error("{what} has {limit} {of} already, which is as many as there may be.")]
    TooMany { what: String, limit: usize, of: &'static str },
    #[error("{0}")]
    Tag(String),
    #[error("The marker is not one of this list's.")]
    Marker,
    #[error("{0}")]
    Validation(String),
    #[error("The request would have succeeded, but the DryRun option is set.")]
    DryRun,
    // The service fails.
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("new key material is not to be had: {0}")]
    Material(#[from] MaterialError),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// As services that use keys for their callers tell these: Kinesis has an exception for each, `KMSNotFoundException` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `KMSNotFoundException`: there is no such key, alias or grant.
    NotFound,
    /// `KMSAccessDeniedException`: the caller may not, or nobody is told whether there is one.
    Denied,
    /// `KMSDisabledException`: the key is disabled.
    Disabled,
    /// `KMSInvalidStateException`: the key waits for its deletion, or is not as it has to be otherwise.
    InvalidState,
    /// `KMSThrottlingException`: there are too many calls.
    Throttled,
    /// The caller asks for what there cannot be, or for too much.
    Invalid,
    /// The service fails, or has no room, and may succeed later.
    Failed,
}

impl KeyError {
    /// Which it is, for services that have fewer names than KMS.
    pub fn refusal(&self) -> Refusal {
        match self {
            KeyError::InvalidKeyId { .. }
            | KeyError::OtherRegion { .. }
            | KeyError::NoKey { .. }
            | KeyError::NoAlias { .. }
            | KeyError::NoPolicy
            | KeyError::NoGrant { .. } => Refusal::NotFound,
            KeyError::Denied(_) | KeyError::DeniedCiphertext { .. } | KeyError::Managed { .. } => {
                Refusal::Denied
            }
            KeyError::Disabled { .. } => Refusal::Disabled,
            KeyError::PendingDeletion { .. } | KeyError::NotPendingDeletion { .. } => Refusal::InvalidState,
            KeyError::InvalidArn { .. }
            | KeyError::InvalidGrantId { .. }
            | KeyError::GrantToken
            | KeyError::Ciphertext
            | KeyError::OtherKey
            | KeyError::AliasExists { .. }
            | KeyError::AliasReserved { .. }
            | KeyError::Policy(_)
            | KeyError::PolicyBytes { .. }
            | KeyError::LockedOut
            | KeyError::TooMany { .. }
            | KeyError::Tag(_)
            | KeyError::Marker
            | KeyError::Validation(_)
            | KeyError::DryRun => Refusal::Invalid,
            KeyError::Elsewhere { error, .. } => match error {
                ExternalKeyError::NotFound(_) => Refusal::NotFound,
                ExternalKeyError::Disabled(_) => Refusal::Disabled,
                ExternalKeyError::Denied(_) => Refusal::Denied,
                // As AWS's KMS says of keys in a store that is cut off.
                ExternalKeyError::InvalidState(_) | ExternalKeyError::Unavailable(_) => Refusal::InvalidState,
                ExternalKeyError::Throttled(_) => Refusal::Throttled,
                ExternalKeyError::Ciphertext(_) | ExternalKeyError::Nonsense(_) => Refusal::Failed,
            },
            KeyError::Unavailable { .. }
            | KeyError::Commit(_)
            | KeyError::Material(_)
            | KeyError::NoRandom(_) => Refusal::Failed,
        }
    }
}

#[cfg(test)]
impl PartialEq for KeyError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}
