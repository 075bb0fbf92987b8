//! Why a trail is not made, changed or found. The texts are AWS's where they were seen.

use flumen_machine::NotCarriedOut;
use flumen_storage::AppendError;

use super::names::{InvalidName, TrailArn};
use super::selectors::InvalidSelectors;

/// Why a change is not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("a change of trails is not carried out: {0}")]
    NotCarriedOut(#[from] NotCarriedOut),
    #[error("a change of trails ended before its time")]
    EndedEarly,
    #[error("a change of trails was overtaken {decisions} times")]
    Overtaken { decisions: usize },
}

impl CommitError {
    /// Whether it would be made with more room on the disk.
    pub fn is_no_room(&self) -> bool {
        matches!(self, CommitError::NotCarriedOut(NotCarriedOut::Append(AppendError::Unavailable { .. })))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    #[error(transparent)]
    Name(#[from] InvalidName),
    #[error(transparent)]
    Selectors(#[from] InvalidSelectors),
    #[error("Trail {name} already exists for customer: {account}")]
    Exists { name: String, account: String },
    #[error("Unknown trail: {arn} for the user: {account}")]
    None { arn: String, account: String },
    #[error("The trail {arn} is of the region {region}: it is changed there alone.")]
    HomeRegion { arn: TrailArn, region: String },
    #[error("User: {account} already has {limit} trails in {region}.")]
    TooMany { account: String, region: String, limit: usize },
    #[error("There are {limit} trails of all accounts together, which is as many as there may be.")]
    TooManyInAll { limit: usize },
    #[error("Incorrect S3 bucket policy is detected for bucket: {bucket}. It is another account's.")]
    NotItsBucket { bucket: String },
    #[error("User: {account} already has {limit} buckets.")]
    TooManyBuckets { account: String, limit: usize },
    #[error("Multi-Region trail must include global service events.")]
    GlobalEvents,
    #[error("The trail {arn} is the server's own: it is neither changed, stopped nor deleted by calls.")]
    BuiltIn { arn: TrailArn },
    #[error("The trail {arn} is being deleted. Its last digest is still to be delivered.")]
    Leaving { arn: TrailArn },
    #[error("Tag key {key} is specified twice, is empty or begins with aws:, or is longer than it may be.")]
    Tag { key: String },
    #[error("The trail {arn} cannot have more than {limit} tags.")]
    TooManyTags { arn: TrailArn, limit: usize },
    #[error(transparent)]
    Commit(#[from] CommitError),
}
