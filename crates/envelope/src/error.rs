//! Why a message is not made, and why one is not opened.

use crate::cache::CacheLimitsError;
use crate::context::ContextError;
use crate::header::{HeaderError, TooLongForHeader};
use crate::keyring::{KeyringError, KmsError};
use crate::policy::AgainstPolicy;

/// What is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error(transparent)]
    AgainstPolicy(#[from] AgainstPolicy),
    #[error("frames have 0 bytes; they must have at least 1")]
    NoFrameBytes,
    #[error(transparent)]
    Cache(#[from] CacheLimitsError),
}

/// Why a message is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error(transparent)]
    Context(#[from] ContextError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error("the data key is encrypted by {found} keys; the maximum is {most}")]
    TooManyKeys { found: usize, most: usize },
    #[error(transparent)]
    Header(#[from] TooLongForHeader),
    #[error("this message would have more than 4294967295 frames, which is the maximum")]
    TooManyFrames,
    #[error("the system provides no random bytes, or its cryptography fails")]
    Cryptography,
}

/// Why a message is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// As it stands there, for anybody to see: nothing secret was looked at.
    #[error("it is not a message of the AWS Encryption SDK: {0}")]
    Header(#[from] HeaderError),
    #[error(transparent)]
    AgainstPolicy(#[from] AgainstPolicy),
    /// It was made for other keys or another context, or was altered or cut. Which of these is for nobody to learn.
    #[error("the message cannot be decrypted with these keys and this encryption context")]
    CannotOpen,
    /// No other key opens it.
    #[error(transparent)]
    Kms(#[from] KmsError),
    #[error(
        "the message must be held in memory until it is verified, which takes {needed} bytes; the maximum is {most}"
    )]
    TooLong { needed: u64, most: usize },
}
