//! Why a key is not made, changed or used. The texts are AWS's where they are known.

use flumen_access::Denied;
use flumen_access::policy::InvalidPolicy;
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
    Unavailable { arn: KeyArn, error: MaterialError },
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

#[cfg(test)]
impl PartialEq for KeyError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}
