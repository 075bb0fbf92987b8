//! Why operations refuse, and why they fail: the errors that several have, with AWS's texts. Those of one operation stand
//! in its file, and so does its enum, which embeds these and says in one match what each is answered with.
//!
//! The text of what is refused is for the caller, the text of what fails ([`CommitError`], [`ShardUnreadable`],
//! [`SealError`]) for the log alone ([`Refusal`](flumen_protocol::Refusal)). Where a text was never observed the wording is
//! ours, and `docs/differences.md` says so. Source: `docs/kinesis/streams.md`.

use std::fmt;

use flumen_access::Denied;
use flumen_keys::KeyError;
use flumen_protocol::Operation;
use flumen_storage::{AppendError, ReadError};
use flumen_types::{Realm, ResourceArn, ShardId, StreamArn};

use crate::state::{Status, Stream, TokenKeyError};

pub use crate::ops::account::{
    DescribeAccountSettingsError, DescribeLimitsError, UpdateAccountSettingsError,
};
pub use crate::ops::consumers::{
    DeregisterStreamConsumerError, DescribeStreamConsumerError, ListStreamConsumersError,
    RegisterStreamConsumerError,
};
pub use crate::ops::create_stream::CreateStreamError;
pub use crate::ops::delete_stream::DeleteStreamError;
pub use crate::ops::describe_stream::{DescribeStreamError, DescribeStreamSummaryError};
pub use crate::ops::encryption::{NotKms, StartStreamEncryptionError, StopStreamEncryptionError, TooOften};
pub use crate::ops::get_records::GetRecordsError;
pub use crate::ops::get_shard_iterator::{GetShardIteratorError, InvalidPosition, PositionError};
pub use crate::ops::list_shards::ListShardsError;
pub use crate::ops::list_streams::ListStreamsError;
pub use crate::ops::mode::{
    InvalidMibps, UpdateMaxRecordSizeError, UpdateStreamModeError, UpdateStreamWarmThroughputError,
};
pub use crate::ops::monitoring::EnhancedMonitoringError;
pub use crate::ops::policies::{
    DeleteResourcePolicyError, GetResourcePolicyError, InvalidPolicy, PutResourcePolicyError,
};
pub use crate::ops::put_record::PutRecordError;
pub use crate::ops::put_records::{
    InvalidKey, NotStored, PutRecordsError, RecordError, StoreError, StoreFailure,
};
pub use crate::ops::resharding::{
    MergeShardsError, NotOpen, OnDemand, SplitShardError, UpdateShardCountError,
};
pub use crate::ops::retention::{InvalidHours, RetentionPeriodError};
pub use crate::ops::subscribe_to_shard::{SubscribeToShardError, SubscriptionError};
pub use crate::ops::tags::{
    ListTagsForResourceError, ListTagsForStreamError, ResourceTagsError, StreamTagsError, TagsError,
};
pub use crate::token::{IteratorError, PageError, SealError};

/// A stream as texts name it: `orders under account 000000000000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamName {
    pub name: Box<str>,
    pub account: Box<str>,
}

impl StreamName {
    pub fn new(name: &str, account: &str) -> Self {
        StreamName { name: name.into(), account: account.into() }
    }

    pub(crate) fn of(stream: &Stream) -> Self {
        StreamName::new(&stream.name, &stream.account)
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} under account {}", self.name, self.account)
    }
}

/// The door stays shut, to a stream, a consumer or what they were named by.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error(transparent)]
    Denied(#[from] Box<Denied>),
    #[error(transparent)]
    Misnamed(#[from] Misnamed),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(transparent)]
    Rate(#[from] RateExceeded),
}

/// The same for what is the account's, and for a stream that is to be made.
#[derive(Debug, thiserror::Error)]
pub enum AccountDoorError {
    #[error(transparent)]
    Denied(#[from] Box<Denied>),
    #[error(transparent)]
    Rate(#[from] RateExceeded),
}

/// The call does not name its resource, or names it in a way that cannot be read: `docs/kinesis/streams.md#names`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misnamed {
    #[error("Either StreamName or StreamARN should be provided.")]
    NoStream,
    #[error("StreamName {name} and StreamARN {arn} do not name the same stream.")]
    StreamsDiffer { name: Box<str>, arn: Box<str> },
    #[error("{arn} is not the ARN of a stream.")]
    StreamArn { arn: Box<str> },
    #[error("{arn} is not the ARN of a stream or of a registered consumer.")]
    ResourceArn { arn: Box<str> },
    #[error("Either ConsumerARN or both StreamARN and ConsumerName should be provided.")]
    NoConsumer,
    #[error("ConsumerARN {arn} does not agree with the StreamARN and ConsumerName given beside it.")]
    ConsumersDiffer { arn: Box<str> },
    /// The iterator is of another stream than is named beside it.
    #[error("Invalid ShardIterator.")]
    IteratorOfOther,
}

impl Misnamed {
    pub(crate) fn stream_arn(arn: &str) -> Self {
        Misnamed::StreamArn { arn: arn.into() }
    }

    pub(crate) fn resource_arn(arn: &str) -> Self {
        Misnamed::ResourceArn { arn: arn.into() }
    }
}

/// The named resource does not exist: `docs/kinesis/streams.md#statuses`, `docs/kinesis/streams.md#shard-ids` and
/// `docs/kinesis/streams.md#iterators`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    #[error("Stream {stream} not found.")]
    Stream { stream: StreamName },
    #[error("Consumer {consumer}, account {account} not found.")]
    Consumer { consumer: Box<str>, account: Box<str> },
    /// Not among the shards that the stream ever had.
    #[error("Could not find shard {shard} in stream {stream}.")]
    Shard { shard: Box<str>, stream: StreamName },
    /// Nor any more.
    #[error("Shard {shard} in stream {stream} does not exist")]
    ShardGone { shard: ShardId, stream: StreamName },
    #[error("The stream of the NextToken does not exist.")]
    StreamOfPage,
}

impl NotFound {
    pub(crate) fn stream(realm: &Realm, name: &str) -> Self {
        NotFound::Stream { stream: StreamName::new(name, &realm.account) }
    }

    pub(crate) fn of(stream: &Stream) -> Self {
        NotFound::Stream { stream: StreamName::of(stream) }
    }

    pub(crate) fn consumer(name_or_arn: impl fmt::Display, account: &str) -> Self {
        NotFound::Consumer { consumer: name_or_arn.to_string().into(), account: account.into() }
    }

    pub(crate) fn shard(shard: &str, stream: &StreamArn) -> Self {
        let stream = StreamName::new(&stream.name, &stream.realm.account);
        NotFound::Shard { shard: shard.into(), stream }
    }

    pub(crate) fn shard_gone(shard: ShardId, stream: &StreamArn) -> Self {
        NotFound::ShardGone { shard, stream: StreamName::new(&stream.name, &stream.realm.account) }
    }

    /// The stream or consumer of an ARN.
    pub(crate) fn resource(named: &ResourceArn) -> Self {
        match named {
            ResourceArn::Stream(stream) => NotFound::stream(&stream.realm, &stream.name),
            ResourceArn::Consumer(consumer) => NotFound::consumer(consumer, &consumer.stream.realm.account),
        }
    }
}

/// Calls of the control plane come too fast: `docs/kinesis/streams.md#rates-of-calls`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateExceeded {
    #[error("Rate exceeded for {} under account {account}.", .operation.as_str())]
    Account { operation: Operation, account: Box<str> },
    #[error("Rate exceeded for stream {stream}.")]
    Stream { stream: StreamName },
}

/// The stream no longer exists, or its status does not allow the operation: `docs/kinesis/streams.md#statuses`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    #[error(transparent)]
    Gone(#[from] NotFound),
    #[error("Stream {stream} not ACTIVE, instead in state {}", .status.as_str())]
    NotActive { stream: StreamName, status: Status },
}

impl StatusError {
    pub(crate) fn of(stream: &Stream, status: Option<Status>) -> Self {
        match status {
            Some(status) => StatusError::NotActive { stream: StreamName::of(stream), status },
            None => NotFound::of(stream).into(),
        }
    }
}

/// More than the shard may take or give: `docs/kinesis/streams.md#throttling`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Rate exceeded for shard {shard} in stream {stream}.")]
pub struct ShardThrottled {
    pub shard: ShardId,
    pub stream: StreamName,
}

/// Nothing was wrong, and nothing was to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The request would have succeeded, but the DryRun parameter was set.")]
pub struct DryRun;

/// A quota of an account in a region (`docs/kinesis/streams.md#quotas`), or a limit that its operator gave it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuotaExceeded {
    #[error(
        "Rate exceeded: {current} streams are being created under account {} in {}. Limit: {limit}.",
        .realm.account, .realm.region
    )]
    Creating { realm: Realm, current: usize, limit: usize },
    #[error(
        "This request would exceed the On-Demand stream limit for the account {} in {}. Current stream count: {current}. \
         Limit: {limit}.",
        .realm.account, .realm.region
    )]
    OnDemandStreams { realm: Realm, current: usize, limit: usize },
    #[error(
        "This request would exceed the shard limit for the account {} in {}. Current shard count for the account: \
         {current}. Limit: {limit}. Number of additional shards that would have resulted from this request: \
         {additional}. Refer to the AWS Service Limits page \
         (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to \
         request higher limits.",
        .realm.account, .realm.region
    )]
    Shards { realm: Realm, current: usize, limit: usize, additional: usize },
    #[error(
        "This request would exceed the stream limit for the account {account}. Current stream count: {current}. Limit: \
         {limit}."
    )]
    AccountStreams { account: Box<str>, current: usize, limit: u64 },
    #[error(
        "This request would exceed the shard limit for the account {account} in all regions. Current shard count: \
         {current}. Limit: {limit}. Number of additional shards that would have resulted from this request: {additional}."
    )]
    AccountShards { account: Box<str>, current: usize, limit: u64, additional: usize },
}

/// The records of an account take all that they may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The records of account {account} take {stored} bytes, and {limit} is its limit. Some must expire first, or streams be \
     deleted."
)]
pub struct AccountFull {
    pub account: Box<str>,
    pub stored: u64,
    pub limit: u64,
}

/// Warm throughput is only for streams in On-Demand mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Warm throughput can only be set for streams in ON_DEMAND mode.")]
pub struct NotOnDemand;

/// Warm throughput belongs to On-demand Advantage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Warm throughput requires the minimum throughput billing commitment to be enabled for account {} in {}.",
    .realm.account, .realm.region
)]
pub struct NoCommitment {
    pub realm: Realm,
}

/// A key does not serve the caller: `docs/kinesis/streams.md#encryption`.
#[derive(Debug, thiserror::Error)]
pub enum KeyRefused {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("User {user} is not authorized to decrypt records in stream {}:{}", .stream.account, .stream.name)]
    MayNotDecrypt { user: Box<str>, stream: StreamName },
}

/// How each operation that uses keys calls it.
macro_rules! key_codes {
    ($($code:ident),*) => {
        $(impl From<&KeyRefused> for flumen_protocol::kinesis::$code {
            fn from(refused: &KeyRefused) -> Self {
                use flumen_keys::Refusal;
                let KeyRefused::Key(error) = refused else { return Self::KMSAccessDeniedException };
                match error.refusal() {
                    // What lies on the disk, and nothing that the caller has said.
                    _ if matches!(error, KeyError::Ciphertext) => Self::InternalFailure,
                    Refusal::NotFound => Self::KMSNotFoundException,
                    Refusal::Denied => Self::KMSAccessDeniedException,
                    Refusal::Disabled => Self::KMSDisabledException,
                    Refusal::InvalidState => Self::KMSInvalidStateException,
                    Refusal::Throttled => Self::KMSThrottlingException,
                    Refusal::Invalid => Self::InvalidArgumentException,
                    Refusal::Failed => Self::InternalFailure,
                }
            }
        })*
    };
}

key_codes!(ErrorCode, GetRecordsCode, PutRecordCode, PutRecordsCode, StartStreamEncryptionCode);

/// The service failed to make a change.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error(transparent)]
    Log(#[from] AppendError),
    #[error(transparent)]
    Follow(#[from] Box<flumen_machine::Cause>),
    #[error("{what} ended early")]
    EndedEarly { what: &'static str },
    #[error("{decisions} decisions in a row were overtaken by other processes")]
    Overtaken { decisions: usize },
    #[error(transparent)]
    TokenKey(#[from] TokenKeyError),
    #[error("a token key is not sealed: {0}")]
    Seal(#[from] flumen_seal::SealError),
    #[error("the system provides no random numbers")]
    NoRandom,
}

/// Records are not given to the caller.
#[derive(Debug, thiserror::Error)]
pub enum ReadRefused {
    #[error(transparent)]
    Unreadable(#[from] ShardUnreadable),
    #[error(transparent)]
    Key(#[from] KeyRefused),
}

impl From<ReadError> for ReadRefused {
    fn from(error: ReadError) -> Self {
        ShardUnreadable::from(error).into()
    }
}

/// The service failed to read a shard.
#[derive(Debug, thiserror::Error)]
pub enum ShardUnreadable {
    #[error("a shard has no log")]
    NoLog,
    #[error(transparent)]
    Log(#[from] ReadError),
}
