//! The refusals of the service, by name, with AWS's texts. Where a text was never observed the
//! wording is ours, and `docs/differences.md` says so.
//! Source: `kinesis-semantics.md` and `kinesis-api.md`; each function names its section.

use std::fmt::Display;

use flumen_protocol::{ErrorCode, Fault, Operation};
use flumen_storage::{AppendError, ReadError};
use flumen_types::{Realm, ResourceArn, ShardId};

use crate::state::{Shard, Status, Stream};

fn invalid(message: String) -> Fault {
    Fault::new(ErrorCode::InvalidArgumentException, message)
}

fn not_found(message: String) -> Fault {
    Fault::new(ErrorCode::ResourceNotFoundException, message)
}

fn in_use(message: String) -> Fault {
    Fault::new(ErrorCode::ResourceInUseException, message)
}

fn limit(message: String) -> Fault {
    Fault::new(ErrorCode::LimitExceededException, message)
}

/// A semantic check of a well-formed value failed.
pub(crate) fn invalid_argument(message: impl Into<String>) -> Fault {
    invalid(message.into())
}

/// A constraint that only the service can check, in the form of kinesis-wire.md section 7.
pub(crate) fn constraint(value_at: &str, constraint: &str) -> Fault {
    let message =
        format!("1 validation error detected: {value_at} failed to satisfy constraint: {constraint}");
    Fault::new(ErrorCode::ValidationException, message)
}

pub(crate) fn validation(message: impl Into<String>) -> Fault {
    Fault::new(ErrorCode::ValidationException, message.into())
}

// Naming a stream: kinesis-api.md section 4.

pub(crate) fn stream_not_named() -> Fault {
    invalid("Either StreamName or StreamARN should be provided.".into())
}

pub(crate) fn stream_names_differ(name: &str, arn: &str) -> Fault {
    invalid(format!("StreamName {name} and StreamARN {arn} do not name the same stream."))
}

pub(crate) fn stream_not_found(realm: &Realm, name: &str) -> Fault {
    not_found(format!("Stream {name} under account {} not found.", realm.account))
}

pub(crate) fn arn_invalid(arn: &str) -> Fault {
    invalid(format!("{arn} is not the ARN of a stream."))
}

pub(crate) fn resource_arn_invalid(arn: &str) -> Fault {
    invalid(format!("{arn} is not the ARN of a stream or of a registered consumer."))
}

// States: kinesis-api.md section 5, kinesis-semantics.md section 6.3.

pub(crate) fn not_active(stream: &Stream, status: Status) -> Fault {
    let Stream { name, account, .. } = stream;
    in_use(format!("Stream {name} under account {account} not ACTIVE, instead in state {}", status.as_str()))
}

pub(crate) fn stream_exists(realm: &Realm, name: &str) -> Fault {
    in_use(format!("Stream {name} under account {} already exists.", realm.account))
}

pub(crate) fn on_demand(stream: &Stream) -> Fault {
    let Stream { name, account, .. } = stream;
    validation(format!("Request is invalid. Stream {name} under account {account} is in On-Demand mode."))
}

pub(crate) fn stream_has_consumers(stream: &Stream) -> Fault {
    in_use(format!(
        "DeleteStream can't delete {} because there are consumers associated with this data stream. To delete {} \
         anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers \
         that are associated with it.",
        stream.arn(),
        stream.name
    ))
}

// Shards: kinesis-semantics.md sections 2, 5 and 6.

pub(crate) fn shard_not_found(stream: &str, account: &str, shard: impl Display) -> Fault {
    not_found(format!("Could not find shard {shard} in stream {stream} under account {account}."))
}

pub(crate) fn shard_does_not_exist(stream: &str, account: &str, shard: impl Display) -> Fault {
    not_found(format!("Shard {shard} in stream {stream} under account {account} does not exist"))
}

pub(crate) fn shard_already_closed(stream: &Stream, shard: ShardId) -> Fault {
    let Stream { name, account, .. } = stream;
    invalid(format!(
        "Shard {shard} in stream {name} under account {account} has already been merged or split, and thus is \
         not eligible for merging or splitting."
    ))
}

pub(crate) fn split_key(stream: &Stream, shard: &Shard, key: &str) -> Fault {
    let (Stream { name, account, .. }, range) = (stream, shard.range());
    invalid(format!(
        "NewStartingHashKey {key} used in SplitShard() on shard {} in stream {name} under account {account} is not \
         both greater than one plus the shard's StartingHashKey {} and less than the shard's EndingHashKey {}.",
        shard.id(),
        range.start,
        range.end
    ))
}

pub(crate) fn not_adjacent(stream: &Stream, lower: ShardId, upper: ShardId) -> Fault {
    let Stream { name, account, .. } = stream;
    invalid(format!(
        "Shards {lower} and {upper} in stream {name} under account {account} are not an adjacent pair of shards \
         eligible for merging"
    ))
}

pub(crate) fn shard_limit(realm: &Realm, current: usize, maximum: usize, additional: usize) -> Fault {
    limit(format!(
        "This request would exceed the shard limit for the account {} in {}. Current shard count for the account: \
         {current}. Limit: {maximum}. Number of additional shards that would have resulted from this request: \
         {additional}. Refer to the AWS Service Limits page \
         (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to \
         request higher limits.",
        realm.account, realm.region
    ))
}

/// Control-plane rates: kinesis-api.md section 6.
pub(crate) fn account_rate(realm: &Realm, operation: Operation) -> Fault {
    let operation = operation.as_str();
    limit(format!("Rate exceeded for {operation} under account {}.", realm.account))
}

pub(crate) fn stream_rate(stream: &Stream) -> Fault {
    limit(format!("Rate exceeded for stream {} under account {}.", stream.name, stream.account))
}

pub(crate) fn limit_exceeded(message: impl Into<String>) -> Fault {
    limit(message.into())
}

pub(crate) fn resource_not_found(message: impl Into<String>) -> Fault {
    not_found(message.into())
}

pub(crate) fn consumer_not_found(name_or_arn: impl Display, account: &str) -> Fault {
    not_found(format!("Consumer {name_or_arn}, account {account} not found."))
}

pub(crate) fn consumer_exists(stream: &Stream, consumer: &str) -> Fault {
    let Stream { name, account, .. } = stream;
    in_use(format!("Consumer {consumer} under stream {name} and account {account} already exists."))
}

pub(crate) fn consumer_not_active(stream: &Stream, consumer: &str, created: u64) -> Fault {
    let Stream { name, account, .. } = stream;
    in_use(format!(
        "Consumer {consumer} with creation timestamp {created} under stream {name} and account {account} is not in \
         ACTIVE status."
    ))
}

/// As a subscription is told it, whose text differs by a comma.
pub(crate) fn consumer_not_active_yet(stream: &Stream, consumer: &str, created: u64) -> Fault {
    let Stream { name, account, .. } = stream;
    in_use(format!(
        "Consumer {consumer} with creation timestamp {created} under stream: {name} , account {account} is not in \
         ACTIVE status."
    ))
}

pub(crate) fn subscription_in_use(stream: &Stream, shard: ShardId, consumer: &str) -> Fault {
    let Stream { name, account, .. } = stream;
    in_use(format!(
        "Another active subscription exists for this consumer: {account}:{name}:{shard}:{consumer}"
    ))
}

pub(crate) fn subscribed_too_soon(stream: &Stream, shard: ShardId, consumer: &str) -> Fault {
    let Stream { name, account, .. } = stream;
    limit(format!(
        "Rate exceeded for consumer {consumer} and shard {shard} in stream {name} under account {account}."
    ))
}

/// The stream or consumer of an ARN is not there.
pub(crate) fn resource_gone(named: &ResourceArn) -> Fault {
    match named {
        ResourceArn::Stream(stream) => stream_not_found(&stream.realm, &stream.name),
        ResourceArn::Consumer(consumer) => consumer_not_found(consumer, &consumer.stream.realm.account),
    }
}

pub(crate) fn warm_throughput_needs_on_demand() -> Fault {
    validation("Warm throughput can only be set for streams in ON_DEMAND mode.")
}

pub(crate) fn dry_run() -> Fault {
    let message = "The request would have succeeded, but the DryRun parameter was set.";
    Fault::new(ErrorCode::DryRunOperationException, message)
}

// Records: kinesis-semantics.md sections 1, 3 and 4.

pub(crate) fn explicit_hash_key(value: &str) -> Fault {
    invalid(format!(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {value}"
    ))
}

pub(crate) fn partition_key_missing(place: usize) -> Fault {
    let message = format!("PartitionKey is required; record {} has none.", place + 1);
    Fault::new(ErrorCode::InvalidArgumentException, message)
}

pub(crate) fn ordering_number(stream: &Stream, number: &str) -> Fault {
    let Stream { name, account, .. } = stream;
    invalid(format!(
        "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {name} under account {account} is invalid."
    ))
}

// Places in a shard: kinesis-semantics.md section 5.1.

const EITHER: &str = "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or \
                      (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified";

pub(crate) fn number_wanted(kind: &str) -> Fault {
    invalid(format!("{EITHER} {kind} and no StartingSequenceNumber."))
}

pub(crate) fn number_not_wanted(kind: &str) -> Fault {
    invalid(format!("{EITHER} {kind} and also a StartingSequenceNumber."))
}

pub(crate) fn timestamp_wanted() -> Fault {
    invalid(
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp \
         parameter."
            .into(),
    )
}

pub(crate) fn timestamp_in_the_future(timestamp_ms: u64, now_ms: u64) -> Fault {
    invalid(format!(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: \
         {timestamp_ms}, currentTimestampInMillis: {now_ms}"
    ))
}

pub(crate) fn number_invalid(stream: &Stream, shard: ShardId, number: &str, operation: Operation) -> Fault {
    let (Stream { name, account, .. }, operation) = (stream, operation.as_str());
    invalid(format!(
        "StartingSequenceNumber {number} used in {operation} on shard {shard} in stream {name} under account {account} \
         is invalid."
    ))
}

pub(crate) fn number_of_other_stream(
    stream: &Stream,
    shard: ShardId,
    number: &str,
    operation: Operation,
) -> Fault {
    let (Stream { name, account, .. }, operation) = (stream, operation.as_str());
    invalid(format!(
        "StartingSequenceNumber {number} used in {operation} on shard {shard} in stream {name} under account {account} \
         is invalid because it did not come from this stream."
    ))
}

/// A shard's own ending number.
pub(crate) fn number_is_the_last(kind: &str) -> Fault {
    invalid(format!(
        "Invalid SequenceNumber for ShardIteratorType {kind}, SequenceNumber has reached max possible value for the \
         shard."
    ))
}

pub(crate) fn number_of_other_shard(encoded: ShardId, used: ShardId) -> Fault {
    invalid(format!(
        "Invalid StartingSequenceNumber. It encodes {encoded}, while it was used in a call to a shard with {used}"
    ))
}

// The log below: what a caller is told of its failures.

pub(crate) fn of_append(error: AppendError, stream: &Stream, shard: ShardId) -> Fault {
    match error {
        // Refused for want of room in a queue: the same answer, and the same retry, as any throttling.
        AppendError::Overloaded { .. } => throttled(stream, shard),
        AppendError::Deleted => stream_not_found(&stream.realm(), &stream.name),
        error => internal(error),
    }
}

pub(crate) fn throttled(stream: &Stream, shard: ShardId) -> Fault {
    let Stream { name, account, .. } = stream;
    let message = format!("Rate exceeded for shard {shard} in stream {name} under account {account}.");
    Fault::new(ErrorCode::ProvisionedThroughputExceededException, message)
}

pub(crate) fn of_read(error: ReadError) -> Fault {
    internal(error)
}

/// The service failed; the cause is for whoever runs it and not for who asks.
pub(crate) fn internal(error: impl Display) -> Fault {
    tracing::error!(%error, "request failed inside the service");
    Fault::failure(error.to_string())
}
