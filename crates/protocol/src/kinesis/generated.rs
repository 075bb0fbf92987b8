// Written by `cargo xtask codegen` from the interface description. Do not edit.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::codec::{Abort, Decode, Decoder, Encode, Encoder, Kind, list, map, names};
use crate::constraint::{Path, Pattern, Range, StringRule, Violations, class, whole};
use crate::macros::{enumeration, error_codes, operation_codes, operations};
use crate::{Blob, Fault, Input, TextMap, Timestamp};

operations! {
    AcknowledgeDeadLetterQueueRecords: false,
    AcknowledgeQueueRecords: false,
    AddTagsToStream: true,
    CreateChannel: false,
    CreateQueue: false,
    CreateStream: true,
    DecreaseStreamRetentionPeriod: true,
    DeleteChannel: false,
    DeleteQueue: false,
    DeleteResourcePolicy: true,
    DeleteStream: true,
    DeregisterStreamConsumer: true,
    DescribeAccountSettings: true,
    DescribeChannel: false,
    DescribeLimits: true,
    DescribeQueue: false,
    DescribeStream: true,
    DescribeStreamConsumer: true,
    DescribeStreamSummary: true,
    DisableEnhancedMonitoring: true,
    EnableEnhancedMonitoring: true,
    GetRecords: true,
    GetResourcePolicy: true,
    GetShardIterator: true,
    IncreaseStreamRetentionPeriod: true,
    ListChannels: false,
    ListQueues: false,
    ListShards: true,
    ListStreamConsumers: true,
    ListStreams: true,
    ListTagsForResource: true,
    ListTagsForStream: true,
    MergeShards: true,
    PutRecord: true,
    PutRecords: true,
    PutResourcePolicy: true,
    ReceiveDeadLetterQueueRecords: false,
    ReceiveQueueRecords: false,
    RegisterStreamConsumer: true,
    RemoveTagsFromStream: true,
    RestoreDeadLetterQueueRecords: false,
    SplitShard: true,
    StartStreamEncryption: true,
    StopStreamEncryption: true,
    SubscribeToShard: true,
    TagResource: true,
    UntagResource: true,
    UpdateAccountSettings: true,
    UpdateChannel: false,
    UpdateDeadLetterQueueRecordsVisibility: false,
    UpdateMaxRecordSize: true,
    UpdateQueue: false,
    UpdateQueueRecordsVisibility: false,
    UpdateShardCount: true,
    UpdateStreamMode: true,
    UpdateStreamRecordDistributionStrategy: false,
    UpdateStreamWarmThroughput: true,
}

error_codes! {
    AccessDeniedException: 400,
    DryRunOperationException: 400,
    ExpiredIteratorException: 400,
    ExpiredNextTokenException: 400,
    ExpiredTokenException: 400,
    IncompleteSignatureException: 400,
    InternalFailure: 500,
    InvalidArgumentException: 400,
    InvalidSignatureException: 400,
    KMSAccessDeniedException: 400,
    KMSDisabledException: 400,
    KMSInvalidStateException: 400,
    KMSNotFoundException: 400,
    KMSOptInRequired: 400,
    KMSThrottlingException: 400,
    LimitExceededException: 400,
    MissingAuthenticationTokenException: 400,
    ProvisionedThroughputExceededException: 400,
    ResourceInUseException: 400,
    ResourceNotFoundException: 400,
    SerializationException: 400,
    ServiceUnavailable: 503,
    ThrottlingException: 400,
    UnknownOperationException: 400,
    UnrecognizedClientException: 400,
    UnsupportedOperationException: 400,
    ValidationException: 400,
}

operation_codes! {
    AddTagsToStreamCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    CreateStreamCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ValidationException;
    DecreaseStreamRetentionPeriodCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    DeleteResourcePolicyCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    DeleteStreamCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    DeregisterStreamConsumerCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceNotFoundException, ValidationException;
    DescribeAccountSettingsCode: AccessDeniedException, InternalFailure, LimitExceededException, ValidationException;
    DescribeLimitsCode: AccessDeniedException, InternalFailure, LimitExceededException, ValidationException;
    DescribeStreamCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceNotFoundException, ValidationException;
    DescribeStreamConsumerCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceNotFoundException, ValidationException;
    DescribeStreamSummaryCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceNotFoundException, ValidationException;
    DisableEnhancedMonitoringCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    EnableEnhancedMonitoringCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    GetRecordsCode: AccessDeniedException, DryRunOperationException, ExpiredIteratorException, InternalFailure, InvalidArgumentException, KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException, KMSOptInRequired, KMSThrottlingException, ProvisionedThroughputExceededException, ResourceNotFoundException, ValidationException;
    GetResourcePolicyCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    GetShardIteratorCode: AccessDeniedException, DryRunOperationException, InternalFailure, InvalidArgumentException, ProvisionedThroughputExceededException, ResourceNotFoundException, ValidationException;
    IncreaseStreamRetentionPeriodCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    ListShardsCode: AccessDeniedException, ExpiredNextTokenException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    ListStreamConsumersCode: AccessDeniedException, ExpiredNextTokenException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    ListStreamsCode: AccessDeniedException, ExpiredNextTokenException, InternalFailure, InvalidArgumentException, LimitExceededException, ValidationException;
    ListTagsForResourceCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    ListTagsForStreamCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceNotFoundException, ValidationException;
    MergeShardsCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    PutRecordCode: AccessDeniedException, DryRunOperationException, InternalFailure, InvalidArgumentException, KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException, KMSOptInRequired, KMSThrottlingException, ProvisionedThroughputExceededException, ResourceNotFoundException, SerializationException, ValidationException;
    PutRecordsCode: AccessDeniedException, DryRunOperationException, InternalFailure, InvalidArgumentException, KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException, KMSOptInRequired, KMSThrottlingException, ProvisionedThroughputExceededException, ResourceNotFoundException, SerializationException, ValidationException;
    PutResourcePolicyCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    RegisterStreamConsumerCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    RemoveTagsFromStreamCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    SplitShardCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    StartStreamEncryptionCode: AccessDeniedException, InternalFailure, InvalidArgumentException, KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException, KMSOptInRequired, KMSThrottlingException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    StopStreamEncryptionCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    SubscribeToShardCode: AccessDeniedException, DryRunOperationException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    TagResourceCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    UntagResourceCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    UpdateAccountSettingsCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ValidationException;
    UpdateMaxRecordSizeCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    UpdateShardCountCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    UpdateStreamModeCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
    UpdateStreamWarmThroughputCode: AccessDeniedException, InternalFailure, InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException, ValidationException;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddTagsToStreamInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub tags: TextMap<'a>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for AddTagsToStreamInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut tags = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "Tags", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "Tags" => tags = map(from, &Path::Member(at, "Tags"), violations, 200)?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.map(at, "Tags", &tags, Range { min: Some(1), max: Some(200) }, &TAG_KEY, &TAG_VALUE);
        let tags = violations.required(at, "Tags", tags);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(AddTagsToStreamInput { stream_name, tags, stream_arn }))
    }
}

impl Encode for AddTagsToStreamInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("Tags", &self.tags);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChildShard<'a> {
    pub shard_id: Cow<'a, str>,
    pub parent_shards: Vec<Cow<'a, str>>,
    pub hash_key_range: HashKeyRange<'a>,
}

impl<'a> Decode<'a> for ChildShard<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut shard_id = None;
        let mut parent_shards = None;
        let mut hash_key_range = None;
        while let Some(found) = from.member(&mut open, const { &names(["ShardId", "ParentShards", "HashKeyRange"]) })? {
            match &*found {
                "ShardId" => shard_id = from.string()?,
                "ParentShards" => parent_shards = list(from, &Path::Member(at, "ParentShards"), violations, usize::MAX)?,
                "HashKeyRange" => hash_key_range = HashKeyRange::decode(from, &Path::Member(at, "HashKeyRange"), violations)?,
                _ => from.skip()?,
            }
        }
        let shard_id = violations.required(at, "ShardId", shard_id);
        let parent_shards = violations.required(at, "ParentShards", parent_shards);
        let hash_key_range = violations.required(at, "HashKeyRange", hash_key_range);
        Ok(Some(ChildShard { shard_id, parent_shards, hash_key_range }))
    }
}

impl Encode for ChildShard<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ShardId", &self.shard_id);
        to.field("ParentShards", &self.parent_shards);
        to.field("HashKeyRange", &self.hash_key_range);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consumer<'a> {
    pub consumer_name: Cow<'a, str>,
    pub consumer_arn: Cow<'a, str>,
    pub consumer_status: ConsumerStatus,
    pub consumer_creation_timestamp: Timestamp,
}

impl<'a> Decode<'a> for Consumer<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut consumer_name = None;
        let mut consumer_arn = None;
        let mut consumer_status = None;
        let mut consumer_creation_timestamp = None;
        while let Some(found) = from.member(&mut open, const { &names(["ConsumerName", "ConsumerARN", "ConsumerStatus", "ConsumerCreationTimestamp"]) })? {
            match &*found {
                "ConsumerName" => consumer_name = from.string()?,
                "ConsumerARN" => consumer_arn = from.string()?,
                "ConsumerStatus" => consumer_status = from.string()?,
                "ConsumerCreationTimestamp" => consumer_creation_timestamp = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let consumer_name = violations.required(at, "ConsumerName", consumer_name);
        let consumer_arn = violations.required(at, "ConsumerARN", consumer_arn);
        let consumer_status = violations.enumeration(at, "ConsumerStatus", consumer_status);
        let consumer_status = violations.required(at, "ConsumerStatus", consumer_status);
        let consumer_creation_timestamp = violations.required(at, "ConsumerCreationTimestamp", consumer_creation_timestamp);
        Ok(Some(Consumer { consumer_name, consumer_arn, consumer_status, consumer_creation_timestamp }))
    }
}

impl Encode for Consumer<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ConsumerName", &self.consumer_name);
        to.field("ConsumerARN", &self.consumer_arn);
        to.field("ConsumerStatus", &self.consumer_status);
        to.field("ConsumerCreationTimestamp", &self.consumer_creation_timestamp);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsumerDescription<'a> {
    pub consumer_name: Cow<'a, str>,
    pub consumer_arn: Cow<'a, str>,
    pub consumer_status: ConsumerStatus,
    pub consumer_creation_timestamp: Timestamp,
    pub stream_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for ConsumerDescription<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut consumer_name = None;
        let mut consumer_arn = None;
        let mut consumer_status = None;
        let mut consumer_creation_timestamp = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["ConsumerName", "ConsumerARN", "ConsumerStatus", "ConsumerCreationTimestamp", "StreamARN"]) })? {
            match &*found {
                "ConsumerName" => consumer_name = from.string()?,
                "ConsumerARN" => consumer_arn = from.string()?,
                "ConsumerStatus" => consumer_status = from.string()?,
                "ConsumerCreationTimestamp" => consumer_creation_timestamp = from.timestamp()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        let consumer_name = violations.required(at, "ConsumerName", consumer_name);
        let consumer_arn = violations.required(at, "ConsumerARN", consumer_arn);
        let consumer_status = violations.enumeration(at, "ConsumerStatus", consumer_status);
        let consumer_status = violations.required(at, "ConsumerStatus", consumer_status);
        let consumer_creation_timestamp = violations.required(at, "ConsumerCreationTimestamp", consumer_creation_timestamp);
        let stream_arn = violations.required(at, "StreamARN", stream_arn);
        Ok(Some(ConsumerDescription { consumer_name, consumer_arn, consumer_status, consumer_creation_timestamp, stream_arn }))
    }
}

impl Encode for ConsumerDescription<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ConsumerName", &self.consumer_name);
        to.field("ConsumerARN", &self.consumer_arn);
        to.field("ConsumerStatus", &self.consumer_status);
        to.field("ConsumerCreationTimestamp", &self.consumer_creation_timestamp);
        to.field("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

enumeration! {
    ConsumerStatus "[CREATING, DELETING, ACTIVE]";
    Creating = "CREATING",
    Deleting = "DELETING",
    Active = "ACTIVE",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateStreamInput<'a> {
    pub stream_name: Cow<'a, str>,
    pub shard_count: Option<i32>,
    pub stream_mode_details: Option<StreamModeDetails>,
    pub tags: Option<TextMap<'a>>,
    pub warm_throughput_mibps: Option<i32>,
    pub max_record_size_in_kib: Option<i32>,
    pub record_distribution_strategy: Option<RecordDistributionStrategy>,
}

impl<'a> Decode<'a> for CreateStreamInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut shard_count = None;
        let mut stream_mode_details = None;
        let mut tags = None;
        let mut warm_throughput_mibps = None;
        let mut max_record_size_in_kib = None;
        let mut record_distribution_strategy = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "ShardCount", "StreamModeDetails", "Tags", "WarmThroughputMiBps", "MaxRecordSizeInKiB", "RecordDistributionStrategy"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "ShardCount" => shard_count = from.integer()?,
                "StreamModeDetails" => stream_mode_details = StreamModeDetails::decode(from, &Path::Member(at, "StreamModeDetails"), violations)?,
                "Tags" => tags = map(from, &Path::Member(at, "Tags"), violations, 200)?,
                "WarmThroughputMiBps" => warm_throughput_mibps = from.integer()?,
                "MaxRecordSizeInKiB" => max_record_size_in_kib = from.integer()?,
                "RecordDistributionStrategy" => record_distribution_strategy = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        let stream_name = violations.required(at, "StreamName", stream_name);
        violations.integer(at, "ShardCount", shard_count, Range { min: Some(1), max: None });
        violations.map(at, "Tags", &tags, Range { min: Some(1), max: Some(200) }, &TAG_KEY, &TAG_VALUE);
        violations.integer(at, "WarmThroughputMiBps", warm_throughput_mibps, Range { min: Some(0), max: None });
        violations.integer(at, "MaxRecordSizeInKiB", max_record_size_in_kib, Range { min: Some(1024), max: Some(10240) });
        let record_distribution_strategy = violations.enumeration(at, "RecordDistributionStrategy", record_distribution_strategy);
        Ok(Some(CreateStreamInput { stream_name, shard_count, stream_mode_details, tags, warm_throughput_mibps, max_record_size_in_kib, record_distribution_strategy }))
    }
}

impl Encode for CreateStreamInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamName", &self.stream_name);
        to.optional("ShardCount", &self.shard_count);
        to.optional("StreamModeDetails", &self.stream_mode_details);
        to.optional("Tags", &self.tags);
        to.optional("WarmThroughputMiBps", &self.warm_throughput_mibps);
        to.optional("MaxRecordSizeInKiB", &self.max_record_size_in_kib);
        to.optional("RecordDistributionStrategy", &self.record_distribution_strategy);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecreaseStreamRetentionPeriodInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub retention_period_hours: i32,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DecreaseStreamRetentionPeriodInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut retention_period_hours = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "RetentionPeriodHours", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "RetentionPeriodHours" => retention_period_hours = from.integer()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        let retention_period_hours = violations.required(at, "RetentionPeriodHours", retention_period_hours);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(DecreaseStreamRetentionPeriodInput { stream_name, retention_period_hours, stream_arn }))
    }
}

impl Encode for DecreaseStreamRetentionPeriodInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("RetentionPeriodHours", &self.retention_period_hours);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteResourcePolicyInput<'a> {
    pub resource_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteResourcePolicyInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceARN"]) })? {
            match &*found {
                "ResourceARN" => resource_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "ResourceARN", &resource_arn, &RESOURCE_ARN);
        let resource_arn = violations.required(at, "ResourceARN", resource_arn);
        Ok(Some(DeleteResourcePolicyInput { resource_arn }))
    }
}

impl Encode for DeleteResourcePolicyInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ResourceARN", &self.resource_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteStreamInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub enforce_consumer_deletion: Option<bool>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DeleteStreamInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut enforce_consumer_deletion = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "EnforceConsumerDeletion", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "EnforceConsumerDeletion" => enforce_consumer_deletion = from.boolean()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(DeleteStreamInput { stream_name, enforce_consumer_deletion, stream_arn }))
    }
}

impl Encode for DeleteStreamInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.optional("EnforceConsumerDeletion", &self.enforce_consumer_deletion);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeregisterStreamConsumerInput<'a> {
    pub stream_arn: Option<Cow<'a, str>>,
    pub consumer_name: Option<Cow<'a, str>>,
    pub consumer_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DeregisterStreamConsumerInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_arn = None;
        let mut consumer_name = None;
        let mut consumer_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamARN", "ConsumerName", "ConsumerARN"]) })? {
            match &*found {
                "StreamARN" => stream_arn = from.string()?,
                "ConsumerName" => consumer_name = from.string()?,
                "ConsumerARN" => consumer_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        violations.string(at, "ConsumerName", &consumer_name, &NAME);
        violations.string(at, "ConsumerARN", &consumer_arn, &CONSUMER_ARN);
        Ok(Some(DeregisterStreamConsumerInput { stream_arn, consumer_name, consumer_arn }))
    }
}

impl Encode for DeregisterStreamConsumerInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamARN", &self.stream_arn);
        to.optional("ConsumerName", &self.consumer_name);
        to.optional("ConsumerARN", &self.consumer_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeAccountSettingsInput {
}

impl<'a> Decode<'a> for DescribeAccountSettingsInput {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(DescribeAccountSettingsInput {  }))
    }
}

impl Encode for DescribeAccountSettingsInput {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeAccountSettingsOutput {
    pub minimum_throughput_billing_commitment: Option<MinimumThroughputBillingCommitmentOutput>,
}

impl<'a> Decode<'a> for DescribeAccountSettingsOutput {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut minimum_throughput_billing_commitment = None;
        while let Some(found) = from.member(&mut open, const { &names(["MinimumThroughputBillingCommitment"]) })? {
            match &*found {
                "MinimumThroughputBillingCommitment" => minimum_throughput_billing_commitment = MinimumThroughputBillingCommitmentOutput::decode(from, &Path::Member(at, "MinimumThroughputBillingCommitment"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(DescribeAccountSettingsOutput { minimum_throughput_billing_commitment }))
    }
}

impl Encode for DescribeAccountSettingsOutput {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("MinimumThroughputBillingCommitment", &self.minimum_throughput_billing_commitment);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeLimitsInput {
}

impl<'a> Decode<'a> for DescribeLimitsInput {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(DescribeLimitsInput {  }))
    }
}

impl Encode for DescribeLimitsInput {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeLimitsOutput {
    pub shard_limit: i32,
    pub open_shard_count: i32,
    pub on_demand_stream_count: i32,
    pub on_demand_stream_count_limit: i32,
    pub channel_count: Option<i32>,
    pub channel_count_limit: Option<i32>,
}

impl<'a> Decode<'a> for DescribeLimitsOutput {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut shard_limit = None;
        let mut open_shard_count = None;
        let mut on_demand_stream_count = None;
        let mut on_demand_stream_count_limit = None;
        let mut channel_count = None;
        let mut channel_count_limit = None;
        while let Some(found) = from.member(&mut open, const { &names(["ShardLimit", "OpenShardCount", "OnDemandStreamCount", "OnDemandStreamCountLimit", "ChannelCount", "ChannelCountLimit"]) })? {
            match &*found {
                "ShardLimit" => shard_limit = from.integer()?,
                "OpenShardCount" => open_shard_count = from.integer()?,
                "OnDemandStreamCount" => on_demand_stream_count = from.integer()?,
                "OnDemandStreamCountLimit" => on_demand_stream_count_limit = from.integer()?,
                "ChannelCount" => channel_count = from.integer()?,
                "ChannelCountLimit" => channel_count_limit = from.integer()?,
                _ => from.skip()?,
            }
        }
        let shard_limit = violations.required(at, "ShardLimit", shard_limit);
        let open_shard_count = violations.required(at, "OpenShardCount", open_shard_count);
        let on_demand_stream_count = violations.required(at, "OnDemandStreamCount", on_demand_stream_count);
        let on_demand_stream_count_limit = violations.required(at, "OnDemandStreamCountLimit", on_demand_stream_count_limit);
        Ok(Some(DescribeLimitsOutput { shard_limit, open_shard_count, on_demand_stream_count, on_demand_stream_count_limit, channel_count, channel_count_limit }))
    }
}

impl Encode for DescribeLimitsOutput {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ShardLimit", &self.shard_limit);
        to.field("OpenShardCount", &self.open_shard_count);
        to.field("OnDemandStreamCount", &self.on_demand_stream_count);
        to.field("OnDemandStreamCountLimit", &self.on_demand_stream_count_limit);
        to.optional("ChannelCount", &self.channel_count);
        to.optional("ChannelCountLimit", &self.channel_count_limit);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeStreamConsumerInput<'a> {
    pub stream_arn: Option<Cow<'a, str>>,
    pub consumer_name: Option<Cow<'a, str>>,
    pub consumer_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DescribeStreamConsumerInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_arn = None;
        let mut consumer_name = None;
        let mut consumer_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamARN", "ConsumerName", "ConsumerARN"]) })? {
            match &*found {
                "StreamARN" => stream_arn = from.string()?,
                "ConsumerName" => consumer_name = from.string()?,
                "ConsumerARN" => consumer_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        violations.string(at, "ConsumerName", &consumer_name, &NAME);
        violations.string(at, "ConsumerARN", &consumer_arn, &CONSUMER_ARN);
        Ok(Some(DescribeStreamConsumerInput { stream_arn, consumer_name, consumer_arn }))
    }
}

impl Encode for DescribeStreamConsumerInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamARN", &self.stream_arn);
        to.optional("ConsumerName", &self.consumer_name);
        to.optional("ConsumerARN", &self.consumer_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeStreamConsumerOutput<'a> {
    pub consumer_description: ConsumerDescription<'a>,
}

impl<'a> Decode<'a> for DescribeStreamConsumerOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut consumer_description = None;
        while let Some(found) = from.member(&mut open, const { &names(["ConsumerDescription"]) })? {
            match &*found {
                "ConsumerDescription" => consumer_description = ConsumerDescription::decode(from, &Path::Member(at, "ConsumerDescription"), violations)?,
                _ => from.skip()?,
            }
        }
        let consumer_description = violations.required(at, "ConsumerDescription", consumer_description);
        Ok(Some(DescribeStreamConsumerOutput { consumer_description }))
    }
}

impl Encode for DescribeStreamConsumerOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ConsumerDescription", &self.consumer_description);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeStreamInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub limit: Option<i32>,
    pub exclusive_start_shard_id: Option<Cow<'a, str>>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DescribeStreamInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut limit = None;
        let mut exclusive_start_shard_id = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "Limit", "ExclusiveStartShardId", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "Limit" => limit = from.integer()?,
                "ExclusiveStartShardId" => exclusive_start_shard_id = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(10000) });
        violations.string(at, "ExclusiveStartShardId", &exclusive_start_shard_id, &NAME);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(DescribeStreamInput { stream_name, limit, exclusive_start_shard_id, stream_arn }))
    }
}

impl Encode for DescribeStreamInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.optional("Limit", &self.limit);
        to.optional("ExclusiveStartShardId", &self.exclusive_start_shard_id);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeStreamOutput<'a> {
    pub stream_description: StreamDescription<'a>,
}

impl<'a> Decode<'a> for DescribeStreamOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_description = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamDescription"]) })? {
            match &*found {
                "StreamDescription" => stream_description = StreamDescription::decode(from, &Path::Member(at, "StreamDescription"), violations)?,
                _ => from.skip()?,
            }
        }
        let stream_description = violations.required(at, "StreamDescription", stream_description);
        Ok(Some(DescribeStreamOutput { stream_description }))
    }
}

impl Encode for DescribeStreamOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamDescription", &self.stream_description);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeStreamSummaryInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DescribeStreamSummaryInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(DescribeStreamSummaryInput { stream_name, stream_arn }))
    }
}

impl Encode for DescribeStreamSummaryInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeStreamSummaryOutput<'a> {
    pub stream_description_summary: StreamDescriptionSummary<'a>,
}

impl<'a> Decode<'a> for DescribeStreamSummaryOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_description_summary = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamDescriptionSummary"]) })? {
            match &*found {
                "StreamDescriptionSummary" => stream_description_summary = StreamDescriptionSummary::decode(from, &Path::Member(at, "StreamDescriptionSummary"), violations)?,
                _ => from.skip()?,
            }
        }
        let stream_description_summary = violations.required(at, "StreamDescriptionSummary", stream_description_summary);
        Ok(Some(DescribeStreamSummaryOutput { stream_description_summary }))
    }
}

impl Encode for DescribeStreamSummaryOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamDescriptionSummary", &self.stream_description_summary);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisableEnhancedMonitoringInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub shard_level_metrics: Vec<MetricsName>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DisableEnhancedMonitoringInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut shard_level_metrics = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "ShardLevelMetrics", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "ShardLevelMetrics" => shard_level_metrics = list(from, &Path::Member(at, "ShardLevelMetrics"), violations, 7)?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        let shard_level_metrics = violations.enumerations(at, "ShardLevelMetrics", shard_level_metrics, Range { min: Some(1), max: Some(7) });
        let shard_level_metrics = violations.required(at, "ShardLevelMetrics", shard_level_metrics);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(DisableEnhancedMonitoringInput { stream_name, shard_level_metrics, stream_arn }))
    }
}

impl Encode for DisableEnhancedMonitoringInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("ShardLevelMetrics", &self.shard_level_metrics);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisableEnhancedMonitoringOutput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub current_shard_level_metrics: Option<Vec<MetricsName>>,
    pub desired_shard_level_metrics: Option<Vec<MetricsName>>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DisableEnhancedMonitoringOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut current_shard_level_metrics = None;
        let mut desired_shard_level_metrics = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "CurrentShardLevelMetrics", "DesiredShardLevelMetrics", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "CurrentShardLevelMetrics" => current_shard_level_metrics = list(from, &Path::Member(at, "CurrentShardLevelMetrics"), violations, usize::MAX)?,
                "DesiredShardLevelMetrics" => desired_shard_level_metrics = list(from, &Path::Member(at, "DesiredShardLevelMetrics"), violations, usize::MAX)?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        let current_shard_level_metrics = violations.enumerations(at, "CurrentShardLevelMetrics", current_shard_level_metrics, Range { min: None, max: None });
        let desired_shard_level_metrics = violations.enumerations(at, "DesiredShardLevelMetrics", desired_shard_level_metrics, Range { min: None, max: None });
        Ok(Some(DisableEnhancedMonitoringOutput { stream_name, current_shard_level_metrics, desired_shard_level_metrics, stream_arn }))
    }
}

impl Encode for DisableEnhancedMonitoringOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.optional("CurrentShardLevelMetrics", &self.current_shard_level_metrics);
        to.optional("DesiredShardLevelMetrics", &self.desired_shard_level_metrics);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnableEnhancedMonitoringInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub shard_level_metrics: Vec<MetricsName>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for EnableEnhancedMonitoringInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut shard_level_metrics = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "ShardLevelMetrics", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "ShardLevelMetrics" => shard_level_metrics = list(from, &Path::Member(at, "ShardLevelMetrics"), violations, 7)?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        let shard_level_metrics = violations.enumerations(at, "ShardLevelMetrics", shard_level_metrics, Range { min: Some(1), max: Some(7) });
        let shard_level_metrics = violations.required(at, "ShardLevelMetrics", shard_level_metrics);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(EnableEnhancedMonitoringInput { stream_name, shard_level_metrics, stream_arn }))
    }
}

impl Encode for EnableEnhancedMonitoringInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("ShardLevelMetrics", &self.shard_level_metrics);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnableEnhancedMonitoringOutput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub current_shard_level_metrics: Option<Vec<MetricsName>>,
    pub desired_shard_level_metrics: Option<Vec<MetricsName>>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for EnableEnhancedMonitoringOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut current_shard_level_metrics = None;
        let mut desired_shard_level_metrics = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "CurrentShardLevelMetrics", "DesiredShardLevelMetrics", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "CurrentShardLevelMetrics" => current_shard_level_metrics = list(from, &Path::Member(at, "CurrentShardLevelMetrics"), violations, usize::MAX)?,
                "DesiredShardLevelMetrics" => desired_shard_level_metrics = list(from, &Path::Member(at, "DesiredShardLevelMetrics"), violations, usize::MAX)?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        let current_shard_level_metrics = violations.enumerations(at, "CurrentShardLevelMetrics", current_shard_level_metrics, Range { min: None, max: None });
        let desired_shard_level_metrics = violations.enumerations(at, "DesiredShardLevelMetrics", desired_shard_level_metrics, Range { min: None, max: None });
        Ok(Some(EnableEnhancedMonitoringOutput { stream_name, current_shard_level_metrics, desired_shard_level_metrics, stream_arn }))
    }
}

impl Encode for EnableEnhancedMonitoringOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.optional("CurrentShardLevelMetrics", &self.current_shard_level_metrics);
        to.optional("DesiredShardLevelMetrics", &self.desired_shard_level_metrics);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

enumeration! {
    EncryptionType "[NONE, KMS]";
    None = "NONE",
    Kms = "KMS",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnhancedMetrics {
    pub shard_level_metrics: Option<Vec<MetricsName>>,
}

impl<'a> Decode<'a> for EnhancedMetrics {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut shard_level_metrics = None;
        while let Some(found) = from.member(&mut open, const { &names(["ShardLevelMetrics"]) })? {
            match &*found {
                "ShardLevelMetrics" => shard_level_metrics = list(from, &Path::Member(at, "ShardLevelMetrics"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let shard_level_metrics = violations.enumerations(at, "ShardLevelMetrics", shard_level_metrics, Range { min: None, max: None });
        Ok(Some(EnhancedMetrics { shard_level_metrics }))
    }
}

impl Encode for EnhancedMetrics {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ShardLevelMetrics", &self.shard_level_metrics);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRecordsInput<'a> {
    pub shard_iterator: Cow<'a, str>,
    pub limit: Option<i32>,
    pub stream_arn: Option<Cow<'a, str>>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for GetRecordsInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut shard_iterator = None;
        let mut limit = None;
        let mut stream_arn = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["ShardIterator", "Limit", "StreamARN", "DryRun"]) })? {
            match &*found {
                "ShardIterator" => shard_iterator = from.string()?,
                "Limit" => limit = from.integer()?,
                "StreamARN" => stream_arn = from.string()?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "ShardIterator", &shard_iterator, &SHARD_ITERATOR);
        let shard_iterator = violations.required(at, "ShardIterator", shard_iterator);
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(10000) });
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(GetRecordsInput { shard_iterator, limit, stream_arn, dry_run }))
    }
}

impl Encode for GetRecordsInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ShardIterator", &self.shard_iterator);
        to.optional("Limit", &self.limit);
        to.optional("StreamARN", &self.stream_arn);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRecordsOutput<'a> {
    pub records: Vec<Record<'a>>,
    pub next_shard_iterator: Option<Cow<'a, str>>,
    pub millis_behind_latest: Option<i64>,
    pub child_shards: Option<Vec<ChildShard<'a>>>,
}

impl<'a> Decode<'a> for GetRecordsOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut records = None;
        let mut next_shard_iterator = None;
        let mut millis_behind_latest = None;
        let mut child_shards = None;
        while let Some(found) = from.member(&mut open, const { &names(["Records", "NextShardIterator", "MillisBehindLatest", "ChildShards"]) })? {
            match &*found {
                "Records" => records = list(from, &Path::Member(at, "Records"), violations, usize::MAX)?,
                "NextShardIterator" => next_shard_iterator = from.string()?,
                "MillisBehindLatest" => millis_behind_latest = from.long()?,
                "ChildShards" => child_shards = list(from, &Path::Member(at, "ChildShards"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let records = violations.required(at, "Records", records);
        Ok(Some(GetRecordsOutput { records, next_shard_iterator, millis_behind_latest, child_shards }))
    }
}

impl Encode for GetRecordsOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Records", &self.records);
        to.optional("NextShardIterator", &self.next_shard_iterator);
        to.optional("MillisBehindLatest", &self.millis_behind_latest);
        to.optional("ChildShards", &self.child_shards);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetResourcePolicyInput<'a> {
    pub resource_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetResourcePolicyInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceARN"]) })? {
            match &*found {
                "ResourceARN" => resource_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "ResourceARN", &resource_arn, &RESOURCE_ARN);
        let resource_arn = violations.required(at, "ResourceARN", resource_arn);
        Ok(Some(GetResourcePolicyInput { resource_arn }))
    }
}

impl Encode for GetResourcePolicyInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ResourceARN", &self.resource_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetResourcePolicyOutput<'a> {
    pub policy: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetResourcePolicyOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy = None;
        while let Some(found) = from.member(&mut open, const { &names(["Policy"]) })? {
            match &*found {
                "Policy" => policy = from.string()?,
                _ => from.skip()?,
            }
        }
        let policy = violations.required(at, "Policy", policy);
        Ok(Some(GetResourcePolicyOutput { policy }))
    }
}

impl Encode for GetResourcePolicyOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Policy", &self.policy);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetShardIteratorInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub shard_id: Cow<'a, str>,
    pub shard_iterator_type: ShardIteratorType,
    pub starting_sequence_number: Option<Cow<'a, str>>,
    pub timestamp: Option<Timestamp>,
    pub stream_arn: Option<Cow<'a, str>>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for GetShardIteratorInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut shard_id = None;
        let mut shard_iterator_type = None;
        let mut starting_sequence_number = None;
        let mut timestamp = None;
        let mut stream_arn = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "ShardId", "ShardIteratorType", "StartingSequenceNumber", "Timestamp", "StreamARN", "DryRun"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "ShardId" => shard_id = from.string()?,
                "ShardIteratorType" => shard_iterator_type = from.string()?,
                "StartingSequenceNumber" => starting_sequence_number = from.string()?,
                "Timestamp" => timestamp = from.timestamp()?,
                "StreamARN" => stream_arn = from.string()?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.string(at, "ShardId", &shard_id, &NAME);
        let shard_id = violations.required(at, "ShardId", shard_id);
        let shard_iterator_type = violations.enumeration(at, "ShardIteratorType", shard_iterator_type);
        let shard_iterator_type = violations.required(at, "ShardIteratorType", shard_iterator_type);
        violations.string(at, "StartingSequenceNumber", &starting_sequence_number, &SEQUENCE_NUMBER);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(GetShardIteratorInput { stream_name, shard_id, shard_iterator_type, starting_sequence_number, timestamp, stream_arn, dry_run }))
    }
}

impl Encode for GetShardIteratorInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("ShardId", &self.shard_id);
        to.field("ShardIteratorType", &self.shard_iterator_type);
        to.optional("StartingSequenceNumber", &self.starting_sequence_number);
        to.optional("Timestamp", &self.timestamp);
        to.optional("StreamARN", &self.stream_arn);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetShardIteratorOutput<'a> {
    pub shard_iterator: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetShardIteratorOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut shard_iterator = None;
        while let Some(found) = from.member(&mut open, const { &names(["ShardIterator"]) })? {
            match &*found {
                "ShardIterator" => shard_iterator = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetShardIteratorOutput { shard_iterator }))
    }
}

impl Encode for GetShardIteratorOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ShardIterator", &self.shard_iterator);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct HashKeyRange<'a> {
    pub starting_hash_key: Cow<'a, str>,
    pub ending_hash_key: Cow<'a, str>,
}

impl<'a> Decode<'a> for HashKeyRange<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut starting_hash_key = None;
        let mut ending_hash_key = None;
        while let Some(found) = from.member(&mut open, const { &names(["StartingHashKey", "EndingHashKey"]) })? {
            match &*found {
                "StartingHashKey" => starting_hash_key = from.string()?,
                "EndingHashKey" => ending_hash_key = from.string()?,
                _ => from.skip()?,
            }
        }
        let starting_hash_key = violations.required(at, "StartingHashKey", starting_hash_key);
        let ending_hash_key = violations.required(at, "EndingHashKey", ending_hash_key);
        Ok(Some(HashKeyRange { starting_hash_key, ending_hash_key }))
    }
}

impl Encode for HashKeyRange<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StartingHashKey", &self.starting_hash_key);
        to.field("EndingHashKey", &self.ending_hash_key);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct IncreaseStreamRetentionPeriodInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub retention_period_hours: i32,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for IncreaseStreamRetentionPeriodInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut retention_period_hours = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "RetentionPeriodHours", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "RetentionPeriodHours" => retention_period_hours = from.integer()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        let retention_period_hours = violations.required(at, "RetentionPeriodHours", retention_period_hours);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(IncreaseStreamRetentionPeriodInput { stream_name, retention_period_hours, stream_arn }))
    }
}

impl Encode for IncreaseStreamRetentionPeriodInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("RetentionPeriodHours", &self.retention_period_hours);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListShardsInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub next_token: Option<Cow<'a, str>>,
    pub exclusive_start_shard_id: Option<Cow<'a, str>>,
    pub max_results: Option<i32>,
    pub stream_creation_timestamp: Option<Timestamp>,
    pub shard_filter: Option<ShardFilter<'a>>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListShardsInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut next_token = None;
        let mut exclusive_start_shard_id = None;
        let mut max_results = None;
        let mut stream_creation_timestamp = None;
        let mut shard_filter = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "NextToken", "ExclusiveStartShardId", "MaxResults", "StreamCreationTimestamp", "ShardFilter", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "NextToken" => next_token = from.string()?,
                "ExclusiveStartShardId" => exclusive_start_shard_id = from.string()?,
                "MaxResults" => max_results = from.integer()?,
                "StreamCreationTimestamp" => stream_creation_timestamp = from.timestamp()?,
                "ShardFilter" => shard_filter = ShardFilter::decode(from, &Path::Member(at, "ShardFilter"), violations)?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.string(at, "NextToken", &next_token, &NEXT_TOKEN);
        violations.string(at, "ExclusiveStartShardId", &exclusive_start_shard_id, &NAME);
        violations.integer(at, "MaxResults", max_results, Range { min: Some(1), max: Some(10000) });
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(ListShardsInput { stream_name, next_token, exclusive_start_shard_id, max_results, stream_creation_timestamp, shard_filter, stream_arn }))
    }
}

impl Encode for ListShardsInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.optional("NextToken", &self.next_token);
        to.optional("ExclusiveStartShardId", &self.exclusive_start_shard_id);
        to.optional("MaxResults", &self.max_results);
        to.optional("StreamCreationTimestamp", &self.stream_creation_timestamp);
        to.optional("ShardFilter", &self.shard_filter);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListShardsOutput<'a> {
    pub shards: Option<Vec<Shard<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListShardsOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut shards = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["Shards", "NextToken"]) })? {
            match &*found {
                "Shards" => shards = list(from, &Path::Member(at, "Shards"), violations, usize::MAX)?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListShardsOutput { shards, next_token }))
    }
}

impl Encode for ListShardsOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Shards", &self.shards);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListStreamConsumersInput<'a> {
    pub stream_arn: Cow<'a, str>,
    pub next_token: Option<Cow<'a, str>>,
    pub max_results: Option<i32>,
    pub stream_creation_timestamp: Option<Timestamp>,
}

impl<'a> Decode<'a> for ListStreamConsumersInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_arn = None;
        let mut next_token = None;
        let mut max_results = None;
        let mut stream_creation_timestamp = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamARN", "NextToken", "MaxResults", "StreamCreationTimestamp"]) })? {
            match &*found {
                "StreamARN" => stream_arn = from.string()?,
                "NextToken" => next_token = from.string()?,
                "MaxResults" => max_results = from.integer()?,
                "StreamCreationTimestamp" => stream_creation_timestamp = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        let stream_arn = violations.required(at, "StreamARN", stream_arn);
        violations.string(at, "NextToken", &next_token, &NEXT_TOKEN);
        violations.integer(at, "MaxResults", max_results, Range { min: Some(1), max: Some(10000) });
        Ok(Some(ListStreamConsumersInput { stream_arn, next_token, max_results, stream_creation_timestamp }))
    }
}

impl Encode for ListStreamConsumersInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamARN", &self.stream_arn);
        to.optional("NextToken", &self.next_token);
        to.optional("MaxResults", &self.max_results);
        to.optional("StreamCreationTimestamp", &self.stream_creation_timestamp);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListStreamConsumersOutput<'a> {
    pub consumers: Option<Vec<Consumer<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListStreamConsumersOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut consumers = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["Consumers", "NextToken"]) })? {
            match &*found {
                "Consumers" => consumers = list(from, &Path::Member(at, "Consumers"), violations, usize::MAX)?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListStreamConsumersOutput { consumers, next_token }))
    }
}

impl Encode for ListStreamConsumersOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Consumers", &self.consumers);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListStreamsInput<'a> {
    pub limit: Option<i32>,
    pub exclusive_start_stream_name: Option<Cow<'a, str>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListStreamsInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut limit = None;
        let mut exclusive_start_stream_name = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["Limit", "ExclusiveStartStreamName", "NextToken"]) })? {
            match &*found {
                "Limit" => limit = from.integer()?,
                "ExclusiveStartStreamName" => exclusive_start_stream_name = from.string()?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(10000) });
        violations.string(at, "ExclusiveStartStreamName", &exclusive_start_stream_name, &NAME);
        violations.string(at, "NextToken", &next_token, &NEXT_TOKEN);
        Ok(Some(ListStreamsInput { limit, exclusive_start_stream_name, next_token }))
    }
}

impl Encode for ListStreamsInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Limit", &self.limit);
        to.optional("ExclusiveStartStreamName", &self.exclusive_start_stream_name);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListStreamsOutput<'a> {
    pub stream_names: Vec<Cow<'a, str>>,
    pub has_more_streams: bool,
    pub next_token: Option<Cow<'a, str>>,
    pub stream_summaries: Option<Vec<StreamSummary<'a>>>,
}

impl<'a> Decode<'a> for ListStreamsOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_names = None;
        let mut has_more_streams = None;
        let mut next_token = None;
        let mut stream_summaries = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamNames", "HasMoreStreams", "NextToken", "StreamSummaries"]) })? {
            match &*found {
                "StreamNames" => stream_names = list(from, &Path::Member(at, "StreamNames"), violations, usize::MAX)?,
                "HasMoreStreams" => has_more_streams = from.boolean()?,
                "NextToken" => next_token = from.string()?,
                "StreamSummaries" => stream_summaries = list(from, &Path::Member(at, "StreamSummaries"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let stream_names = violations.required(at, "StreamNames", stream_names);
        let has_more_streams = violations.required(at, "HasMoreStreams", has_more_streams);
        Ok(Some(ListStreamsOutput { stream_names, has_more_streams, next_token, stream_summaries }))
    }
}

impl Encode for ListStreamsOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamNames", &self.stream_names);
        to.field("HasMoreStreams", &self.has_more_streams);
        to.optional("NextToken", &self.next_token);
        to.optional("StreamSummaries", &self.stream_summaries);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsForResourceInput<'a> {
    pub resource_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for ListTagsForResourceInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceARN"]) })? {
            match &*found {
                "ResourceARN" => resource_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "ResourceARN", &resource_arn, &RESOURCE_ARN);
        let resource_arn = violations.required(at, "ResourceARN", resource_arn);
        Ok(Some(ListTagsForResourceInput { resource_arn }))
    }
}

impl Encode for ListTagsForResourceInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ResourceARN", &self.resource_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsForResourceOutput<'a> {
    pub tags: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for ListTagsForResourceOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["Tags"]) })? {
            match &*found {
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListTagsForResourceOutput { tags }))
    }
}

impl Encode for ListTagsForResourceOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsForStreamInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub exclusive_start_tag_key: Option<Cow<'a, str>>,
    pub limit: Option<i32>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListTagsForStreamInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut exclusive_start_tag_key = None;
        let mut limit = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "ExclusiveStartTagKey", "Limit", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "ExclusiveStartTagKey" => exclusive_start_tag_key = from.string()?,
                "Limit" => limit = from.integer()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.string(at, "ExclusiveStartTagKey", &exclusive_start_tag_key, &LIST_TAGS_FOR_STREAM_INPUT_EXCLUSIVE_START_TAG_KEY);
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(50) });
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(ListTagsForStreamInput { stream_name, exclusive_start_tag_key, limit, stream_arn }))
    }
}

impl Encode for ListTagsForStreamInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.optional("ExclusiveStartTagKey", &self.exclusive_start_tag_key);
        to.optional("Limit", &self.limit);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsForStreamOutput<'a> {
    pub tags: Vec<Tag<'a>>,
    pub has_more_tags: bool,
}

impl<'a> Decode<'a> for ListTagsForStreamOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tags = None;
        let mut has_more_tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["Tags", "HasMoreTags"]) })? {
            match &*found {
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                "HasMoreTags" => has_more_tags = from.boolean()?,
                _ => from.skip()?,
            }
        }
        let tags = violations.required(at, "Tags", tags);
        let has_more_tags = violations.required(at, "HasMoreTags", has_more_tags);
        Ok(Some(ListTagsForStreamOutput { tags, has_more_tags }))
    }
}

impl Encode for ListTagsForStreamOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Tags", &self.tags);
        to.field("HasMoreTags", &self.has_more_tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergeShardsInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub shard_to_merge: Cow<'a, str>,
    pub adjacent_shard_to_merge: Cow<'a, str>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for MergeShardsInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut shard_to_merge = None;
        let mut adjacent_shard_to_merge = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "ShardToMerge", "AdjacentShardToMerge", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "ShardToMerge" => shard_to_merge = from.string()?,
                "AdjacentShardToMerge" => adjacent_shard_to_merge = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.string(at, "ShardToMerge", &shard_to_merge, &NAME);
        let shard_to_merge = violations.required(at, "ShardToMerge", shard_to_merge);
        violations.string(at, "AdjacentShardToMerge", &adjacent_shard_to_merge, &NAME);
        let adjacent_shard_to_merge = violations.required(at, "AdjacentShardToMerge", adjacent_shard_to_merge);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(MergeShardsInput { stream_name, shard_to_merge, adjacent_shard_to_merge, stream_arn }))
    }
}

impl Encode for MergeShardsInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("ShardToMerge", &self.shard_to_merge);
        to.field("AdjacentShardToMerge", &self.adjacent_shard_to_merge);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

enumeration! {
    MetricsName "[IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, IteratorAgeMilliseconds, ALL]";
    IncomingBytes = "IncomingBytes",
    IncomingRecords = "IncomingRecords",
    OutgoingBytes = "OutgoingBytes",
    OutgoingRecords = "OutgoingRecords",
    WriteProvisionedThroughputExceeded = "WriteProvisionedThroughputExceeded",
    ReadProvisionedThroughputExceeded = "ReadProvisionedThroughputExceeded",
    IteratorAgeMilliseconds = "IteratorAgeMilliseconds",
    All = "ALL",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MinimumThroughputBillingCommitmentInput {
    pub status: MinimumThroughputBillingCommitmentInputStatus,
}

impl<'a> Decode<'a> for MinimumThroughputBillingCommitmentInput {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut status = None;
        while let Some(found) = from.member(&mut open, const { &names(["Status"]) })? {
            match &*found {
                "Status" => status = from.string()?,
                _ => from.skip()?,
            }
        }
        let status = violations.enumeration(at, "Status", status);
        let status = violations.required(at, "Status", status);
        Ok(Some(MinimumThroughputBillingCommitmentInput { status }))
    }
}

impl Encode for MinimumThroughputBillingCommitmentInput {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Status", &self.status);
        to.end_struct();
    }
}

enumeration! {
    MinimumThroughputBillingCommitmentInputStatus "[ENABLED, DISABLED]";
    Enabled = "ENABLED",
    Disabled = "DISABLED",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MinimumThroughputBillingCommitmentOutput {
    pub status: MinimumThroughputBillingCommitmentOutputStatus,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub earliest_allowed_end_at: Option<Timestamp>,
}

impl<'a> Decode<'a> for MinimumThroughputBillingCommitmentOutput {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut status = None;
        let mut started_at = None;
        let mut ended_at = None;
        let mut earliest_allowed_end_at = None;
        while let Some(found) = from.member(&mut open, const { &names(["Status", "StartedAt", "EndedAt", "EarliestAllowedEndAt"]) })? {
            match &*found {
                "Status" => status = from.string()?,
                "StartedAt" => started_at = from.timestamp()?,
                "EndedAt" => ended_at = from.timestamp()?,
                "EarliestAllowedEndAt" => earliest_allowed_end_at = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let status = violations.enumeration(at, "Status", status);
        let status = violations.required(at, "Status", status);
        Ok(Some(MinimumThroughputBillingCommitmentOutput { status, started_at, ended_at, earliest_allowed_end_at }))
    }
}

impl Encode for MinimumThroughputBillingCommitmentOutput {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Status", &self.status);
        to.optional("StartedAt", &self.started_at);
        to.optional("EndedAt", &self.ended_at);
        to.optional("EarliestAllowedEndAt", &self.earliest_allowed_end_at);
        to.end_struct();
    }
}

enumeration! {
    MinimumThroughputBillingCommitmentOutputStatus "[ENABLED, DISABLED, ENABLED_UNTIL_EARLIEST_ALLOWED_END]";
    Enabled = "ENABLED",
    Disabled = "DISABLED",
    EnabledUntilEarliestAllowedEnd = "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRecordInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub data: Blob<'a>,
    pub partition_key: Option<Cow<'a, str>>,
    pub explicit_hash_key: Option<Cow<'a, str>>,
    pub sequence_number_for_ordering: Option<Cow<'a, str>>,
    pub stream_arn: Option<Cow<'a, str>>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for PutRecordInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut data = None;
        let mut partition_key = None;
        let mut explicit_hash_key = None;
        let mut sequence_number_for_ordering = None;
        let mut stream_arn = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "Data", "PartitionKey", "ExplicitHashKey", "SequenceNumberForOrdering", "StreamARN", "DryRun"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "Data" => data = from.blob()?,
                "PartitionKey" => partition_key = from.string()?,
                "ExplicitHashKey" => explicit_hash_key = from.string()?,
                "SequenceNumberForOrdering" => sequence_number_for_ordering = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.blob(at, "Data", &data, Range { min: None, max: Some(10485760) });
        let data = violations.required(at, "Data", data);
        violations.string(at, "PartitionKey", &partition_key, &PUT_RECORD_INPUT_PARTITION_KEY);
        violations.string(at, "ExplicitHashKey", &explicit_hash_key, &HASH_KEY);
        violations.string(at, "SequenceNumberForOrdering", &sequence_number_for_ordering, &SEQUENCE_NUMBER);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(PutRecordInput { stream_name, data, partition_key, explicit_hash_key, sequence_number_for_ordering, stream_arn, dry_run }))
    }
}

impl Encode for PutRecordInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("Data", &self.data);
        to.optional("PartitionKey", &self.partition_key);
        to.optional("ExplicitHashKey", &self.explicit_hash_key);
        to.optional("SequenceNumberForOrdering", &self.sequence_number_for_ordering);
        to.optional("StreamARN", &self.stream_arn);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRecordOutput<'a> {
    pub shard_id: Cow<'a, str>,
    pub sequence_number: Cow<'a, str>,
    pub encryption_type: Option<EncryptionType>,
}

impl<'a> Decode<'a> for PutRecordOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut shard_id = None;
        let mut sequence_number = None;
        let mut encryption_type = None;
        while let Some(found) = from.member(&mut open, const { &names(["ShardId", "SequenceNumber", "EncryptionType"]) })? {
            match &*found {
                "ShardId" => shard_id = from.string()?,
                "SequenceNumber" => sequence_number = from.string()?,
                "EncryptionType" => encryption_type = from.string()?,
                _ => from.skip()?,
            }
        }
        let shard_id = violations.required(at, "ShardId", shard_id);
        let sequence_number = violations.required(at, "SequenceNumber", sequence_number);
        let encryption_type = violations.enumeration(at, "EncryptionType", encryption_type);
        Ok(Some(PutRecordOutput { shard_id, sequence_number, encryption_type }))
    }
}

impl Encode for PutRecordOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ShardId", &self.shard_id);
        to.field("SequenceNumber", &self.sequence_number);
        to.optional("EncryptionType", &self.encryption_type);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRecordsInput<'a> {
    pub records: Vec<PutRecordsRequestEntry<'a>>,
    pub stream_name: Option<Cow<'a, str>>,
    pub stream_arn: Option<Cow<'a, str>>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for PutRecordsInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut records = None;
        let mut stream_name = None;
        let mut stream_arn = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["Records", "StreamName", "StreamARN", "DryRun"]) })? {
            match &*found {
                "Records" => records = list(from, &Path::Member(at, "Records"), violations, 500)?,
                "StreamName" => stream_name = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.structures(at, "Records", &records, Range { min: Some(1), max: Some(500) });
        let records = violations.required(at, "Records", records);
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(PutRecordsInput { records, stream_name, stream_arn, dry_run }))
    }
}

impl Encode for PutRecordsInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Records", &self.records);
        to.optional("StreamName", &self.stream_name);
        to.optional("StreamARN", &self.stream_arn);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRecordsOutput<'a> {
    pub failed_record_count: Option<i32>,
    pub records: Vec<PutRecordsResultEntry<'a>>,
    pub encryption_type: Option<EncryptionType>,
}

impl<'a> Decode<'a> for PutRecordsOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut failed_record_count = None;
        let mut records = None;
        let mut encryption_type = None;
        while let Some(found) = from.member(&mut open, const { &names(["FailedRecordCount", "Records", "EncryptionType"]) })? {
            match &*found {
                "FailedRecordCount" => failed_record_count = from.integer()?,
                "Records" => records = list(from, &Path::Member(at, "Records"), violations, usize::MAX)?,
                "EncryptionType" => encryption_type = from.string()?,
                _ => from.skip()?,
            }
        }
        let records = violations.required(at, "Records", records);
        let encryption_type = violations.enumeration(at, "EncryptionType", encryption_type);
        Ok(Some(PutRecordsOutput { failed_record_count, records, encryption_type }))
    }
}

impl Encode for PutRecordsOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("FailedRecordCount", &self.failed_record_count);
        to.field("Records", &self.records);
        to.optional("EncryptionType", &self.encryption_type);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRecordsRequestEntry<'a> {
    pub data: Blob<'a>,
    pub explicit_hash_key: Option<Cow<'a, str>>,
    pub partition_key: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for PutRecordsRequestEntry<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut data = None;
        let mut explicit_hash_key = None;
        let mut partition_key = None;
        while let Some(found) = from.member(&mut open, const { &names(["Data", "ExplicitHashKey", "PartitionKey"]) })? {
            match &*found {
                "Data" => data = from.blob()?,
                "ExplicitHashKey" => explicit_hash_key = from.string()?,
                "PartitionKey" => partition_key = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.blob(at, "Data", &data, Range { min: None, max: Some(10485760) });
        let data = violations.required(at, "Data", data);
        violations.string(at, "ExplicitHashKey", &explicit_hash_key, &HASH_KEY);
        violations.string(at, "PartitionKey", &partition_key, &PUT_RECORDS_REQUEST_ENTRY_PARTITION_KEY);
        Ok(Some(PutRecordsRequestEntry { data, explicit_hash_key, partition_key }))
    }
}

impl Encode for PutRecordsRequestEntry<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Data", &self.data);
        to.optional("ExplicitHashKey", &self.explicit_hash_key);
        to.optional("PartitionKey", &self.partition_key);
        to.end_struct();
    }
}

impl PutRecordsRequestEntry<'_> {
    fn check_blobs(&self) -> Result<(), Fault> {
        let value = &self.data;
        value.check()?;
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRecordsResultEntry<'a> {
    pub sequence_number: Option<Cow<'a, str>>,
    pub shard_id: Option<Cow<'a, str>>,
    pub error_code: Option<Cow<'a, str>>,
    pub error_message: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for PutRecordsResultEntry<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut sequence_number = None;
        let mut shard_id = None;
        let mut error_code = None;
        let mut error_message = None;
        while let Some(found) = from.member(&mut open, const { &names(["SequenceNumber", "ShardId", "ErrorCode", "ErrorMessage"]) })? {
            match &*found {
                "SequenceNumber" => sequence_number = from.string()?,
                "ShardId" => shard_id = from.string()?,
                "ErrorCode" => error_code = from.string()?,
                "ErrorMessage" => error_message = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(PutRecordsResultEntry { sequence_number, shard_id, error_code, error_message }))
    }
}

impl Encode for PutRecordsResultEntry<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("SequenceNumber", &self.sequence_number);
        to.optional("ShardId", &self.shard_id);
        to.optional("ErrorCode", &self.error_code);
        to.optional("ErrorMessage", &self.error_message);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutResourcePolicyInput<'a> {
    pub resource_arn: Cow<'a, str>,
    pub policy: Cow<'a, str>,
}

impl<'a> Decode<'a> for PutResourcePolicyInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_arn = None;
        let mut policy = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceARN", "Policy"]) })? {
            match &*found {
                "ResourceARN" => resource_arn = from.string()?,
                "Policy" => policy = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "ResourceARN", &resource_arn, &RESOURCE_ARN);
        let resource_arn = violations.required(at, "ResourceARN", resource_arn);
        let policy = violations.required(at, "Policy", policy);
        Ok(Some(PutResourcePolicyInput { resource_arn, policy }))
    }
}

impl Encode for PutResourcePolicyInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ResourceARN", &self.resource_arn);
        to.field("Policy", &self.policy);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record<'a> {
    pub sequence_number: Cow<'a, str>,
    pub approximate_arrival_timestamp: Option<Timestamp>,
    pub data: Blob<'a>,
    pub partition_key: Option<Cow<'a, str>>,
    pub encryption_type: Option<EncryptionType>,
}

impl<'a> Decode<'a> for Record<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut sequence_number = None;
        let mut approximate_arrival_timestamp = None;
        let mut data = None;
        let mut partition_key = None;
        let mut encryption_type = None;
        while let Some(found) = from.member(&mut open, const { &names(["SequenceNumber", "ApproximateArrivalTimestamp", "Data", "PartitionKey", "EncryptionType"]) })? {
            match &*found {
                "SequenceNumber" => sequence_number = from.string()?,
                "ApproximateArrivalTimestamp" => approximate_arrival_timestamp = from.timestamp()?,
                "Data" => data = from.blob()?,
                "PartitionKey" => partition_key = from.string()?,
                "EncryptionType" => encryption_type = from.string()?,
                _ => from.skip()?,
            }
        }
        let sequence_number = violations.required(at, "SequenceNumber", sequence_number);
        let data = violations.required(at, "Data", data);
        let encryption_type = violations.enumeration(at, "EncryptionType", encryption_type);
        Ok(Some(Record { sequence_number, approximate_arrival_timestamp, data, partition_key, encryption_type }))
    }
}

impl Encode for Record<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("SequenceNumber", &self.sequence_number);
        to.optional("ApproximateArrivalTimestamp", &self.approximate_arrival_timestamp);
        to.field("Data", &self.data);
        to.optional("PartitionKey", &self.partition_key);
        to.optional("EncryptionType", &self.encryption_type);
        to.end_struct();
    }
}

enumeration! {
    RecordDistributionStrategy "[AUTO, USER_PARTITION_KEY]";
    Auto = "AUTO",
    UserPartitionKey = "USER_PARTITION_KEY",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegisterStreamConsumerInput<'a> {
    pub stream_arn: Cow<'a, str>,
    pub consumer_name: Cow<'a, str>,
    pub tags: Option<TextMap<'a>>,
}

impl<'a> Decode<'a> for RegisterStreamConsumerInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_arn = None;
        let mut consumer_name = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamARN", "ConsumerName", "Tags"]) })? {
            match &*found {
                "StreamARN" => stream_arn = from.string()?,
                "ConsumerName" => consumer_name = from.string()?,
                "Tags" => tags = map(from, &Path::Member(at, "Tags"), violations, 200)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        let stream_arn = violations.required(at, "StreamARN", stream_arn);
        violations.string(at, "ConsumerName", &consumer_name, &NAME);
        let consumer_name = violations.required(at, "ConsumerName", consumer_name);
        violations.map(at, "Tags", &tags, Range { min: Some(1), max: Some(200) }, &TAG_KEY, &TAG_VALUE);
        Ok(Some(RegisterStreamConsumerInput { stream_arn, consumer_name, tags }))
    }
}

impl Encode for RegisterStreamConsumerInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamARN", &self.stream_arn);
        to.field("ConsumerName", &self.consumer_name);
        to.optional("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegisterStreamConsumerOutput<'a> {
    pub consumer: Consumer<'a>,
}

impl<'a> Decode<'a> for RegisterStreamConsumerOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut consumer = None;
        while let Some(found) = from.member(&mut open, const { &names(["Consumer"]) })? {
            match &*found {
                "Consumer" => consumer = Consumer::decode(from, &Path::Member(at, "Consumer"), violations)?,
                _ => from.skip()?,
            }
        }
        let consumer = violations.required(at, "Consumer", consumer);
        Ok(Some(RegisterStreamConsumerOutput { consumer }))
    }
}

impl Encode for RegisterStreamConsumerOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Consumer", &self.consumer);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemoveTagsFromStreamInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub tag_keys: Vec<Cow<'a, str>>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for RemoveTagsFromStreamInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut tag_keys = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "TagKeys", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "TagKeys" => tag_keys = list(from, &Path::Member(at, "TagKeys"), violations, 50)?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.strings(at, "TagKeys", &tag_keys, Range { min: Some(1), max: Some(50) }, &TAG_KEY);
        let tag_keys = violations.required(at, "TagKeys", tag_keys);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(RemoveTagsFromStreamInput { stream_name, tag_keys, stream_arn }))
    }
}

impl Encode for RemoveTagsFromStreamInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("TagKeys", &self.tag_keys);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

enumeration! {
    ScalingType "[UNIFORM_SCALING]";
    UniformScaling = "UNIFORM_SCALING",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SequenceNumberRange<'a> {
    pub starting_sequence_number: Cow<'a, str>,
    pub ending_sequence_number: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for SequenceNumberRange<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut starting_sequence_number = None;
        let mut ending_sequence_number = None;
        while let Some(found) = from.member(&mut open, const { &names(["StartingSequenceNumber", "EndingSequenceNumber"]) })? {
            match &*found {
                "StartingSequenceNumber" => starting_sequence_number = from.string()?,
                "EndingSequenceNumber" => ending_sequence_number = from.string()?,
                _ => from.skip()?,
            }
        }
        let starting_sequence_number = violations.required(at, "StartingSequenceNumber", starting_sequence_number);
        Ok(Some(SequenceNumberRange { starting_sequence_number, ending_sequence_number }))
    }
}

impl Encode for SequenceNumberRange<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StartingSequenceNumber", &self.starting_sequence_number);
        to.optional("EndingSequenceNumber", &self.ending_sequence_number);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shard<'a> {
    pub shard_id: Cow<'a, str>,
    pub parent_shard_id: Option<Cow<'a, str>>,
    pub adjacent_parent_shard_id: Option<Cow<'a, str>>,
    pub hash_key_range: HashKeyRange<'a>,
    pub sequence_number_range: SequenceNumberRange<'a>,
}

impl<'a> Decode<'a> for Shard<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut shard_id = None;
        let mut parent_shard_id = None;
        let mut adjacent_parent_shard_id = None;
        let mut hash_key_range = None;
        let mut sequence_number_range = None;
        while let Some(found) = from.member(&mut open, const { &names(["ShardId", "ParentShardId", "AdjacentParentShardId", "HashKeyRange", "SequenceNumberRange"]) })? {
            match &*found {
                "ShardId" => shard_id = from.string()?,
                "ParentShardId" => parent_shard_id = from.string()?,
                "AdjacentParentShardId" => adjacent_parent_shard_id = from.string()?,
                "HashKeyRange" => hash_key_range = HashKeyRange::decode(from, &Path::Member(at, "HashKeyRange"), violations)?,
                "SequenceNumberRange" => sequence_number_range = SequenceNumberRange::decode(from, &Path::Member(at, "SequenceNumberRange"), violations)?,
                _ => from.skip()?,
            }
        }
        let shard_id = violations.required(at, "ShardId", shard_id);
        let hash_key_range = violations.required(at, "HashKeyRange", hash_key_range);
        let sequence_number_range = violations.required(at, "SequenceNumberRange", sequence_number_range);
        Ok(Some(Shard { shard_id, parent_shard_id, adjacent_parent_shard_id, hash_key_range, sequence_number_range }))
    }
}

impl Encode for Shard<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ShardId", &self.shard_id);
        to.optional("ParentShardId", &self.parent_shard_id);
        to.optional("AdjacentParentShardId", &self.adjacent_parent_shard_id);
        to.field("HashKeyRange", &self.hash_key_range);
        to.field("SequenceNumberRange", &self.sequence_number_range);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShardFilter<'a> {
    pub r#type: ShardFilterType,
    pub shard_id: Option<Cow<'a, str>>,
    pub timestamp: Option<Timestamp>,
}

impl<'a> Decode<'a> for ShardFilter<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut r#type = None;
        let mut shard_id = None;
        let mut timestamp = None;
        while let Some(found) = from.member(&mut open, const { &names(["Type", "ShardId", "Timestamp"]) })? {
            match &*found {
                "Type" => r#type = from.string()?,
                "ShardId" => shard_id = from.string()?,
                "Timestamp" => timestamp = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let r#type = violations.enumeration(at, "Type", r#type);
        let r#type = violations.required(at, "Type", r#type);
        violations.string(at, "ShardId", &shard_id, &NAME);
        Ok(Some(ShardFilter { r#type, shard_id, timestamp }))
    }
}

impl Encode for ShardFilter<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Type", &self.r#type);
        to.optional("ShardId", &self.shard_id);
        to.optional("Timestamp", &self.timestamp);
        to.end_struct();
    }
}

enumeration! {
    ShardFilterType "[AFTER_SHARD_ID, AT_TRIM_HORIZON, FROM_TRIM_HORIZON, AT_LATEST, AT_TIMESTAMP, FROM_TIMESTAMP]";
    AfterShardId = "AFTER_SHARD_ID",
    AtTrimHorizon = "AT_TRIM_HORIZON",
    FromTrimHorizon = "FROM_TRIM_HORIZON",
    AtLatest = "AT_LATEST",
    AtTimestamp = "AT_TIMESTAMP",
    FromTimestamp = "FROM_TIMESTAMP",
}

enumeration! {
    ShardIteratorType "[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]";
    AtSequenceNumber = "AT_SEQUENCE_NUMBER",
    AfterSequenceNumber = "AFTER_SEQUENCE_NUMBER",
    TrimHorizon = "TRIM_HORIZON",
    Latest = "LATEST",
    AtTimestamp = "AT_TIMESTAMP",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplitShardInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub shard_to_split: Cow<'a, str>,
    pub new_starting_hash_key: Cow<'a, str>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for SplitShardInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut shard_to_split = None;
        let mut new_starting_hash_key = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "ShardToSplit", "NewStartingHashKey", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "ShardToSplit" => shard_to_split = from.string()?,
                "NewStartingHashKey" => new_starting_hash_key = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.string(at, "ShardToSplit", &shard_to_split, &NAME);
        let shard_to_split = violations.required(at, "ShardToSplit", shard_to_split);
        violations.string(at, "NewStartingHashKey", &new_starting_hash_key, &HASH_KEY);
        let new_starting_hash_key = violations.required(at, "NewStartingHashKey", new_starting_hash_key);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(SplitShardInput { stream_name, shard_to_split, new_starting_hash_key, stream_arn }))
    }
}

impl Encode for SplitShardInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("ShardToSplit", &self.shard_to_split);
        to.field("NewStartingHashKey", &self.new_starting_hash_key);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartStreamEncryptionInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub encryption_type: EncryptionType,
    pub key_id: Cow<'a, str>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for StartStreamEncryptionInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut encryption_type = None;
        let mut key_id = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "EncryptionType", "KeyId", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "EncryptionType" => encryption_type = from.string()?,
                "KeyId" => key_id = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        let encryption_type = violations.enumeration(at, "EncryptionType", encryption_type);
        let encryption_type = violations.required(at, "EncryptionType", encryption_type);
        violations.string(at, "KeyId", &key_id, &START_STREAM_ENCRYPTION_INPUT_KEY_ID);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(StartStreamEncryptionInput { stream_name, encryption_type, key_id, stream_arn }))
    }
}

impl Encode for StartStreamEncryptionInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("EncryptionType", &self.encryption_type);
        to.field("KeyId", &self.key_id);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartingPosition<'a> {
    pub r#type: ShardIteratorType,
    pub sequence_number: Option<Cow<'a, str>>,
    pub timestamp: Option<Timestamp>,
}

impl<'a> Decode<'a> for StartingPosition<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut r#type = None;
        let mut sequence_number = None;
        let mut timestamp = None;
        while let Some(found) = from.member(&mut open, const { &names(["Type", "SequenceNumber", "Timestamp"]) })? {
            match &*found {
                "Type" => r#type = from.string()?,
                "SequenceNumber" => sequence_number = from.string()?,
                "Timestamp" => timestamp = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let r#type = violations.enumeration(at, "Type", r#type);
        let r#type = violations.required(at, "Type", r#type);
        violations.string(at, "SequenceNumber", &sequence_number, &SEQUENCE_NUMBER);
        Ok(Some(StartingPosition { r#type, sequence_number, timestamp }))
    }
}

impl Encode for StartingPosition<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Type", &self.r#type);
        to.optional("SequenceNumber", &self.sequence_number);
        to.optional("Timestamp", &self.timestamp);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StopStreamEncryptionInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub encryption_type: EncryptionType,
    pub key_id: Cow<'a, str>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for StopStreamEncryptionInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut encryption_type = None;
        let mut key_id = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "EncryptionType", "KeyId", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "EncryptionType" => encryption_type = from.string()?,
                "KeyId" => key_id = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        let encryption_type = violations.enumeration(at, "EncryptionType", encryption_type);
        let encryption_type = violations.required(at, "EncryptionType", encryption_type);
        violations.string(at, "KeyId", &key_id, &STOP_STREAM_ENCRYPTION_INPUT_KEY_ID);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(StopStreamEncryptionInput { stream_name, encryption_type, key_id, stream_arn }))
    }
}

impl Encode for StopStreamEncryptionInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("EncryptionType", &self.encryption_type);
        to.field("KeyId", &self.key_id);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamDescription<'a> {
    pub stream_name: Cow<'a, str>,
    pub stream_arn: Cow<'a, str>,
    pub stream_status: StreamStatus,
    pub stream_mode_details: Option<StreamModeDetails>,
    pub shards: Vec<Shard<'a>>,
    pub has_more_shards: bool,
    pub retention_period_hours: i32,
    pub stream_creation_timestamp: Timestamp,
    pub enhanced_monitoring: Vec<EnhancedMetrics>,
    pub encryption_type: Option<EncryptionType>,
    pub key_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for StreamDescription<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut stream_arn = None;
        let mut stream_status = None;
        let mut stream_mode_details = None;
        let mut shards = None;
        let mut has_more_shards = None;
        let mut retention_period_hours = None;
        let mut stream_creation_timestamp = None;
        let mut enhanced_monitoring = None;
        let mut encryption_type = None;
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "StreamARN", "StreamStatus", "StreamModeDetails", "Shards", "HasMoreShards", "RetentionPeriodHours", "StreamCreationTimestamp", "EnhancedMonitoring", "EncryptionType", "KeyId"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                "StreamStatus" => stream_status = from.string()?,
                "StreamModeDetails" => stream_mode_details = StreamModeDetails::decode(from, &Path::Member(at, "StreamModeDetails"), violations)?,
                "Shards" => shards = list(from, &Path::Member(at, "Shards"), violations, usize::MAX)?,
                "HasMoreShards" => has_more_shards = from.boolean()?,
                "RetentionPeriodHours" => retention_period_hours = from.integer()?,
                "StreamCreationTimestamp" => stream_creation_timestamp = from.timestamp()?,
                "EnhancedMonitoring" => enhanced_monitoring = list(from, &Path::Member(at, "EnhancedMonitoring"), violations, usize::MAX)?,
                "EncryptionType" => encryption_type = from.string()?,
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        let stream_name = violations.required(at, "StreamName", stream_name);
        let stream_arn = violations.required(at, "StreamARN", stream_arn);
        let stream_status = violations.enumeration(at, "StreamStatus", stream_status);
        let stream_status = violations.required(at, "StreamStatus", stream_status);
        let shards = violations.required(at, "Shards", shards);
        let has_more_shards = violations.required(at, "HasMoreShards", has_more_shards);
        let retention_period_hours = violations.required(at, "RetentionPeriodHours", retention_period_hours);
        let stream_creation_timestamp = violations.required(at, "StreamCreationTimestamp", stream_creation_timestamp);
        let enhanced_monitoring = violations.required(at, "EnhancedMonitoring", enhanced_monitoring);
        let encryption_type = violations.enumeration(at, "EncryptionType", encryption_type);
        Ok(Some(StreamDescription { stream_name, stream_arn, stream_status, stream_mode_details, shards, has_more_shards, retention_period_hours, stream_creation_timestamp, enhanced_monitoring, encryption_type, key_id }))
    }
}

impl Encode for StreamDescription<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamName", &self.stream_name);
        to.field("StreamARN", &self.stream_arn);
        to.field("StreamStatus", &self.stream_status);
        to.optional("StreamModeDetails", &self.stream_mode_details);
        to.field("Shards", &self.shards);
        to.field("HasMoreShards", &self.has_more_shards);
        to.field("RetentionPeriodHours", &self.retention_period_hours);
        to.field("StreamCreationTimestamp", &self.stream_creation_timestamp);
        to.field("EnhancedMonitoring", &self.enhanced_monitoring);
        to.optional("EncryptionType", &self.encryption_type);
        to.optional("KeyId", &self.key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamDescriptionSummary<'a> {
    pub stream_name: Cow<'a, str>,
    pub stream_arn: Cow<'a, str>,
    pub stream_status: StreamStatus,
    pub stream_mode_details: Option<StreamModeDetails>,
    pub retention_period_hours: i32,
    pub stream_creation_timestamp: Timestamp,
    pub enhanced_monitoring: Vec<EnhancedMetrics>,
    pub encryption_type: Option<EncryptionType>,
    pub key_id: Option<Cow<'a, str>>,
    pub open_shard_count: i32,
    pub consumer_count: Option<i32>,
    pub warm_throughput: Option<WarmThroughputObject>,
    pub max_record_size_in_kib: Option<i32>,
    pub channel_count: Option<i32>,
    pub record_distribution_strategy: Option<RecordDistributionStrategy>,
    pub queue_count: Option<i32>,
}

impl<'a> Decode<'a> for StreamDescriptionSummary<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut stream_arn = None;
        let mut stream_status = None;
        let mut stream_mode_details = None;
        let mut retention_period_hours = None;
        let mut stream_creation_timestamp = None;
        let mut enhanced_monitoring = None;
        let mut encryption_type = None;
        let mut key_id = None;
        let mut open_shard_count = None;
        let mut consumer_count = None;
        let mut warm_throughput = None;
        let mut max_record_size_in_kib = None;
        let mut channel_count = None;
        let mut record_distribution_strategy = None;
        let mut queue_count = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "StreamARN", "StreamStatus", "StreamModeDetails", "RetentionPeriodHours", "StreamCreationTimestamp", "EnhancedMonitoring", "EncryptionType", "KeyId", "OpenShardCount", "ConsumerCount", "WarmThroughput", "MaxRecordSizeInKiB", "ChannelCount", "RecordDistributionStrategy", "QueueCount"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                "StreamStatus" => stream_status = from.string()?,
                "StreamModeDetails" => stream_mode_details = StreamModeDetails::decode(from, &Path::Member(at, "StreamModeDetails"), violations)?,
                "RetentionPeriodHours" => retention_period_hours = from.integer()?,
                "StreamCreationTimestamp" => stream_creation_timestamp = from.timestamp()?,
                "EnhancedMonitoring" => enhanced_monitoring = list(from, &Path::Member(at, "EnhancedMonitoring"), violations, usize::MAX)?,
                "EncryptionType" => encryption_type = from.string()?,
                "KeyId" => key_id = from.string()?,
                "OpenShardCount" => open_shard_count = from.integer()?,
                "ConsumerCount" => consumer_count = from.integer()?,
                "WarmThroughput" => warm_throughput = WarmThroughputObject::decode(from, &Path::Member(at, "WarmThroughput"), violations)?,
                "MaxRecordSizeInKiB" => max_record_size_in_kib = from.integer()?,
                "ChannelCount" => channel_count = from.integer()?,
                "RecordDistributionStrategy" => record_distribution_strategy = from.string()?,
                "QueueCount" => queue_count = from.integer()?,
                _ => from.skip()?,
            }
        }
        let stream_name = violations.required(at, "StreamName", stream_name);
        let stream_arn = violations.required(at, "StreamARN", stream_arn);
        let stream_status = violations.enumeration(at, "StreamStatus", stream_status);
        let stream_status = violations.required(at, "StreamStatus", stream_status);
        let retention_period_hours = violations.required(at, "RetentionPeriodHours", retention_period_hours);
        let stream_creation_timestamp = violations.required(at, "StreamCreationTimestamp", stream_creation_timestamp);
        let enhanced_monitoring = violations.required(at, "EnhancedMonitoring", enhanced_monitoring);
        let encryption_type = violations.enumeration(at, "EncryptionType", encryption_type);
        let open_shard_count = violations.required(at, "OpenShardCount", open_shard_count);
        let record_distribution_strategy = violations.enumeration(at, "RecordDistributionStrategy", record_distribution_strategy);
        Ok(Some(StreamDescriptionSummary { stream_name, stream_arn, stream_status, stream_mode_details, retention_period_hours, stream_creation_timestamp, enhanced_monitoring, encryption_type, key_id, open_shard_count, consumer_count, warm_throughput, max_record_size_in_kib, channel_count, record_distribution_strategy, queue_count }))
    }
}

impl Encode for StreamDescriptionSummary<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamName", &self.stream_name);
        to.field("StreamARN", &self.stream_arn);
        to.field("StreamStatus", &self.stream_status);
        to.optional("StreamModeDetails", &self.stream_mode_details);
        to.field("RetentionPeriodHours", &self.retention_period_hours);
        to.field("StreamCreationTimestamp", &self.stream_creation_timestamp);
        to.field("EnhancedMonitoring", &self.enhanced_monitoring);
        to.optional("EncryptionType", &self.encryption_type);
        to.optional("KeyId", &self.key_id);
        to.field("OpenShardCount", &self.open_shard_count);
        to.optional("ConsumerCount", &self.consumer_count);
        to.optional("WarmThroughput", &self.warm_throughput);
        to.optional("MaxRecordSizeInKiB", &self.max_record_size_in_kib);
        to.optional("ChannelCount", &self.channel_count);
        to.optional("RecordDistributionStrategy", &self.record_distribution_strategy);
        to.optional("QueueCount", &self.queue_count);
        to.end_struct();
    }
}

enumeration! {
    StreamMode "[PROVISIONED, ON_DEMAND]";
    Provisioned = "PROVISIONED",
    OnDemand = "ON_DEMAND",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamModeDetails {
    pub stream_mode: StreamMode,
}

impl<'a> Decode<'a> for StreamModeDetails {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_mode = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamMode"]) })? {
            match &*found {
                "StreamMode" => stream_mode = from.string()?,
                _ => from.skip()?,
            }
        }
        let stream_mode = violations.enumeration(at, "StreamMode", stream_mode);
        let stream_mode = violations.required(at, "StreamMode", stream_mode);
        Ok(Some(StreamModeDetails { stream_mode }))
    }
}

impl Encode for StreamModeDetails {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamMode", &self.stream_mode);
        to.end_struct();
    }
}

enumeration! {
    StreamStatus "[CREATING, DELETING, ACTIVE, UPDATING]";
    Creating = "CREATING",
    Deleting = "DELETING",
    Active = "ACTIVE",
    Updating = "UPDATING",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamSummary<'a> {
    pub stream_name: Cow<'a, str>,
    pub stream_arn: Cow<'a, str>,
    pub stream_status: StreamStatus,
    pub stream_mode_details: Option<StreamModeDetails>,
    pub stream_creation_timestamp: Option<Timestamp>,
}

impl<'a> Decode<'a> for StreamSummary<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut stream_arn = None;
        let mut stream_status = None;
        let mut stream_mode_details = None;
        let mut stream_creation_timestamp = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "StreamARN", "StreamStatus", "StreamModeDetails", "StreamCreationTimestamp"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                "StreamStatus" => stream_status = from.string()?,
                "StreamModeDetails" => stream_mode_details = StreamModeDetails::decode(from, &Path::Member(at, "StreamModeDetails"), violations)?,
                "StreamCreationTimestamp" => stream_creation_timestamp = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let stream_name = violations.required(at, "StreamName", stream_name);
        let stream_arn = violations.required(at, "StreamARN", stream_arn);
        let stream_status = violations.enumeration(at, "StreamStatus", stream_status);
        let stream_status = violations.required(at, "StreamStatus", stream_status);
        Ok(Some(StreamSummary { stream_name, stream_arn, stream_status, stream_mode_details, stream_creation_timestamp }))
    }
}

impl Encode for StreamSummary<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamName", &self.stream_name);
        to.field("StreamARN", &self.stream_arn);
        to.field("StreamStatus", &self.stream_status);
        to.optional("StreamModeDetails", &self.stream_mode_details);
        to.optional("StreamCreationTimestamp", &self.stream_creation_timestamp);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubscribeToShardEvent<'a> {
    pub records: Vec<Record<'a>>,
    pub continuation_sequence_number: Option<Cow<'a, str>>,
    pub millis_behind_latest: i64,
    pub child_shards: Option<Vec<ChildShard<'a>>>,
}

impl<'a> Decode<'a> for SubscribeToShardEvent<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut records = None;
        let mut continuation_sequence_number = None;
        let mut millis_behind_latest = None;
        let mut child_shards = None;
        while let Some(found) = from.member(&mut open, const { &names(["Records", "ContinuationSequenceNumber", "MillisBehindLatest", "ChildShards"]) })? {
            match &*found {
                "Records" => records = list(from, &Path::Member(at, "Records"), violations, usize::MAX)?,
                "ContinuationSequenceNumber" => continuation_sequence_number = from.string()?,
                "MillisBehindLatest" => millis_behind_latest = from.long()?,
                "ChildShards" => child_shards = list(from, &Path::Member(at, "ChildShards"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let records = violations.required(at, "Records", records);
        let millis_behind_latest = violations.required(at, "MillisBehindLatest", millis_behind_latest);
        Ok(Some(SubscribeToShardEvent { records, continuation_sequence_number, millis_behind_latest, child_shards }))
    }
}

impl Encode for SubscribeToShardEvent<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Records", &self.records);
        to.optional("ContinuationSequenceNumber", &self.continuation_sequence_number);
        to.field("MillisBehindLatest", &self.millis_behind_latest);
        to.optional("ChildShards", &self.child_shards);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubscribeToShardInput<'a> {
    pub consumer_arn: Cow<'a, str>,
    pub shard_id: Cow<'a, str>,
    pub starting_position: StartingPosition<'a>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for SubscribeToShardInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut consumer_arn = None;
        let mut shard_id = None;
        let mut starting_position = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["ConsumerARN", "ShardId", "StartingPosition", "DryRun"]) })? {
            match &*found {
                "ConsumerARN" => consumer_arn = from.string()?,
                "ShardId" => shard_id = from.string()?,
                "StartingPosition" => starting_position = StartingPosition::decode(from, &Path::Member(at, "StartingPosition"), violations)?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "ConsumerARN", &consumer_arn, &CONSUMER_ARN);
        let consumer_arn = violations.required(at, "ConsumerARN", consumer_arn);
        violations.string(at, "ShardId", &shard_id, &NAME);
        let shard_id = violations.required(at, "ShardId", shard_id);
        let starting_position = violations.required(at, "StartingPosition", starting_position);
        Ok(Some(SubscribeToShardInput { consumer_arn, shard_id, starting_position, dry_run }))
    }
}

impl Encode for SubscribeToShardInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ConsumerARN", &self.consumer_arn);
        to.field("ShardId", &self.shard_id);
        to.field("StartingPosition", &self.starting_position);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag<'a> {
    pub key: Cow<'a, str>,
    pub value: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for Tag<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key = None;
        let mut value = None;
        while let Some(found) = from.member(&mut open, const { &names(["Key", "Value"]) })? {
            match &*found {
                "Key" => key = from.string()?,
                "Value" => value = from.string()?,
                _ => from.skip()?,
            }
        }
        let key = violations.required(at, "Key", key);
        Ok(Some(Tag { key, value }))
    }
}

impl Encode for Tag<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Key", &self.key);
        to.optional("Value", &self.value);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagResourceInput<'a> {
    pub tags: TextMap<'a>,
    pub resource_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for TagResourceInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tags = None;
        let mut resource_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["Tags", "ResourceARN"]) })? {
            match &*found {
                "Tags" => tags = map(from, &Path::Member(at, "Tags"), violations, 200)?,
                "ResourceARN" => resource_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.map(at, "Tags", &tags, Range { min: Some(1), max: Some(200) }, &TAG_KEY, &TAG_VALUE);
        let tags = violations.required(at, "Tags", tags);
        violations.string(at, "ResourceARN", &resource_arn, &RESOURCE_ARN);
        let resource_arn = violations.required(at, "ResourceARN", resource_arn);
        Ok(Some(TagResourceInput { tags, resource_arn }))
    }
}

impl Encode for TagResourceInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Tags", &self.tags);
        to.field("ResourceARN", &self.resource_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagResourceInput<'a> {
    pub tag_keys: Vec<Cow<'a, str>>,
    pub resource_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for UntagResourceInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tag_keys = None;
        let mut resource_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["TagKeys", "ResourceARN"]) })? {
            match &*found {
                "TagKeys" => tag_keys = list(from, &Path::Member(at, "TagKeys"), violations, 50)?,
                "ResourceARN" => resource_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.strings(at, "TagKeys", &tag_keys, Range { min: Some(1), max: Some(50) }, &TAG_KEY);
        let tag_keys = violations.required(at, "TagKeys", tag_keys);
        violations.string(at, "ResourceARN", &resource_arn, &RESOURCE_ARN);
        let resource_arn = violations.required(at, "ResourceARN", resource_arn);
        Ok(Some(UntagResourceInput { tag_keys, resource_arn }))
    }
}

impl Encode for UntagResourceInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("TagKeys", &self.tag_keys);
        to.field("ResourceARN", &self.resource_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAccountSettingsInput {
    pub minimum_throughput_billing_commitment: MinimumThroughputBillingCommitmentInput,
}

impl<'a> Decode<'a> for UpdateAccountSettingsInput {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut minimum_throughput_billing_commitment = None;
        while let Some(found) = from.member(&mut open, const { &names(["MinimumThroughputBillingCommitment"]) })? {
            match &*found {
                "MinimumThroughputBillingCommitment" => minimum_throughput_billing_commitment = MinimumThroughputBillingCommitmentInput::decode(from, &Path::Member(at, "MinimumThroughputBillingCommitment"), violations)?,
                _ => from.skip()?,
            }
        }
        let minimum_throughput_billing_commitment = violations.required(at, "MinimumThroughputBillingCommitment", minimum_throughput_billing_commitment);
        Ok(Some(UpdateAccountSettingsInput { minimum_throughput_billing_commitment }))
    }
}

impl Encode for UpdateAccountSettingsInput {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("MinimumThroughputBillingCommitment", &self.minimum_throughput_billing_commitment);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAccountSettingsOutput {
    pub minimum_throughput_billing_commitment: Option<MinimumThroughputBillingCommitmentOutput>,
}

impl<'a> Decode<'a> for UpdateAccountSettingsOutput {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut minimum_throughput_billing_commitment = None;
        while let Some(found) = from.member(&mut open, const { &names(["MinimumThroughputBillingCommitment"]) })? {
            match &*found {
                "MinimumThroughputBillingCommitment" => minimum_throughput_billing_commitment = MinimumThroughputBillingCommitmentOutput::decode(from, &Path::Member(at, "MinimumThroughputBillingCommitment"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(UpdateAccountSettingsOutput { minimum_throughput_billing_commitment }))
    }
}

impl Encode for UpdateAccountSettingsOutput {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("MinimumThroughputBillingCommitment", &self.minimum_throughput_billing_commitment);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateMaxRecordSizeInput<'a> {
    pub stream_arn: Option<Cow<'a, str>>,
    pub max_record_size_in_kib: i32,
}

impl<'a> Decode<'a> for UpdateMaxRecordSizeInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_arn = None;
        let mut max_record_size_in_kib = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamARN", "MaxRecordSizeInKiB"]) })? {
            match &*found {
                "StreamARN" => stream_arn = from.string()?,
                "MaxRecordSizeInKiB" => max_record_size_in_kib = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        violations.integer(at, "MaxRecordSizeInKiB", max_record_size_in_kib, Range { min: Some(1024), max: Some(10240) });
        let max_record_size_in_kib = violations.required(at, "MaxRecordSizeInKiB", max_record_size_in_kib);
        Ok(Some(UpdateMaxRecordSizeInput { stream_arn, max_record_size_in_kib }))
    }
}

impl Encode for UpdateMaxRecordSizeInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamARN", &self.stream_arn);
        to.field("MaxRecordSizeInKiB", &self.max_record_size_in_kib);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateShardCountInput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub target_shard_count: i32,
    pub scaling_type: ScalingType,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for UpdateShardCountInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut target_shard_count = None;
        let mut scaling_type = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "TargetShardCount", "ScalingType", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "TargetShardCount" => target_shard_count = from.integer()?,
                "ScalingType" => scaling_type = from.string()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.integer(at, "TargetShardCount", target_shard_count, Range { min: Some(1), max: None });
        let target_shard_count = violations.required(at, "TargetShardCount", target_shard_count);
        let scaling_type = violations.enumeration(at, "ScalingType", scaling_type);
        let scaling_type = violations.required(at, "ScalingType", scaling_type);
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        Ok(Some(UpdateShardCountInput { stream_name, target_shard_count, scaling_type, stream_arn }))
    }
}

impl Encode for UpdateShardCountInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.field("TargetShardCount", &self.target_shard_count);
        to.field("ScalingType", &self.scaling_type);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateShardCountOutput<'a> {
    pub stream_name: Option<Cow<'a, str>>,
    pub current_shard_count: Option<i32>,
    pub target_shard_count: Option<i32>,
    pub stream_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for UpdateShardCountOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_name = None;
        let mut current_shard_count = None;
        let mut target_shard_count = None;
        let mut stream_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamName", "CurrentShardCount", "TargetShardCount", "StreamARN"]) })? {
            match &*found {
                "StreamName" => stream_name = from.string()?,
                "CurrentShardCount" => current_shard_count = from.integer()?,
                "TargetShardCount" => target_shard_count = from.integer()?,
                "StreamARN" => stream_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(UpdateShardCountOutput { stream_name, current_shard_count, target_shard_count, stream_arn }))
    }
}

impl Encode for UpdateShardCountOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamName", &self.stream_name);
        to.optional("CurrentShardCount", &self.current_shard_count);
        to.optional("TargetShardCount", &self.target_shard_count);
        to.optional("StreamARN", &self.stream_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateStreamModeInput<'a> {
    pub stream_arn: Cow<'a, str>,
    pub stream_mode_details: StreamModeDetails,
    pub warm_throughput_mibps: Option<i32>,
}

impl<'a> Decode<'a> for UpdateStreamModeInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_arn = None;
        let mut stream_mode_details = None;
        let mut warm_throughput_mibps = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamARN", "StreamModeDetails", "WarmThroughputMiBps"]) })? {
            match &*found {
                "StreamARN" => stream_arn = from.string()?,
                "StreamModeDetails" => stream_mode_details = StreamModeDetails::decode(from, &Path::Member(at, "StreamModeDetails"), violations)?,
                "WarmThroughputMiBps" => warm_throughput_mibps = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        let stream_arn = violations.required(at, "StreamARN", stream_arn);
        let stream_mode_details = violations.required(at, "StreamModeDetails", stream_mode_details);
        violations.integer(at, "WarmThroughputMiBps", warm_throughput_mibps, Range { min: Some(0), max: None });
        Ok(Some(UpdateStreamModeInput { stream_arn, stream_mode_details, warm_throughput_mibps }))
    }
}

impl Encode for UpdateStreamModeInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("StreamARN", &self.stream_arn);
        to.field("StreamModeDetails", &self.stream_mode_details);
        to.optional("WarmThroughputMiBps", &self.warm_throughput_mibps);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateStreamWarmThroughputInput<'a> {
    pub stream_arn: Option<Cow<'a, str>>,
    pub stream_name: Option<Cow<'a, str>>,
    pub warm_throughput_mibps: i32,
}

impl<'a> Decode<'a> for UpdateStreamWarmThroughputInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_arn = None;
        let mut stream_name = None;
        let mut warm_throughput_mibps = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamARN", "StreamName", "WarmThroughputMiBps"]) })? {
            match &*found {
                "StreamARN" => stream_arn = from.string()?,
                "StreamName" => stream_name = from.string()?,
                "WarmThroughputMiBps" => warm_throughput_mibps = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "StreamARN", &stream_arn, &STREAM_ARN);
        violations.string(at, "StreamName", &stream_name, &NAME);
        violations.integer(at, "WarmThroughputMiBps", warm_throughput_mibps, Range { min: Some(0), max: None });
        let warm_throughput_mibps = violations.required(at, "WarmThroughputMiBps", warm_throughput_mibps);
        Ok(Some(UpdateStreamWarmThroughputInput { stream_arn, stream_name, warm_throughput_mibps }))
    }
}

impl Encode for UpdateStreamWarmThroughputInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamARN", &self.stream_arn);
        to.optional("StreamName", &self.stream_name);
        to.field("WarmThroughputMiBps", &self.warm_throughput_mibps);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateStreamWarmThroughputOutput<'a> {
    pub stream_arn: Option<Cow<'a, str>>,
    pub stream_name: Option<Cow<'a, str>>,
    pub warm_throughput: Option<WarmThroughputObject>,
}

impl<'a> Decode<'a> for UpdateStreamWarmThroughputOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut stream_arn = None;
        let mut stream_name = None;
        let mut warm_throughput = None;
        while let Some(found) = from.member(&mut open, const { &names(["StreamARN", "StreamName", "WarmThroughput"]) })? {
            match &*found {
                "StreamARN" => stream_arn = from.string()?,
                "StreamName" => stream_name = from.string()?,
                "WarmThroughput" => warm_throughput = WarmThroughputObject::decode(from, &Path::Member(at, "WarmThroughput"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(UpdateStreamWarmThroughputOutput { stream_arn, stream_name, warm_throughput }))
    }
}

impl Encode for UpdateStreamWarmThroughputOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StreamARN", &self.stream_arn);
        to.optional("StreamName", &self.stream_name);
        to.optional("WarmThroughput", &self.warm_throughput);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct WarmThroughputObject {
    pub target_mibps: Option<i32>,
    pub current_mibps: Option<i32>,
}

impl<'a> Decode<'a> for WarmThroughputObject {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut target_mibps = None;
        let mut current_mibps = None;
        while let Some(found) = from.member(&mut open, const { &names(["TargetMiBps", "CurrentMiBps"]) })? {
            match &*found {
                "TargetMiBps" => target_mibps = from.integer()?,
                "CurrentMiBps" => current_mibps = from.integer()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(WarmThroughputObject { target_mibps, current_mibps }))
    }
}

impl Encode for WarmThroughputObject {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("TargetMiBps", &self.target_mibps);
        to.optional("CurrentMiBps", &self.current_mibps);
        to.end_struct();
    }
}

impl<'a> Input<'a> for AddTagsToStreamInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::AddTagsToStream;
    type Output<'o> = ();
    type Static = AddTagsToStreamInput<'static>;
}

impl<'a> Input<'a> for CreateStreamInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateStream;
    type Output<'o> = ();
    type Static = CreateStreamInput<'static>;
}

impl<'a> Input<'a> for DecreaseStreamRetentionPeriodInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DecreaseStreamRetentionPeriod;
    type Output<'o> = ();
    type Static = DecreaseStreamRetentionPeriodInput<'static>;
}

impl<'a> Input<'a> for DeleteResourcePolicyInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteResourcePolicy;
    type Output<'o> = ();
    type Static = DeleteResourcePolicyInput<'static>;
}

impl<'a> Input<'a> for DeleteStreamInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteStream;
    type Output<'o> = ();
    type Static = DeleteStreamInput<'static>;
}

impl<'a> Input<'a> for DeregisterStreamConsumerInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeregisterStreamConsumer;
    type Output<'o> = ();
    type Static = DeregisterStreamConsumerInput<'static>;
}

impl<'a> Input<'a> for DescribeAccountSettingsInput {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DescribeAccountSettings;
    type Output<'o> = DescribeAccountSettingsOutput;
    type Static = DescribeAccountSettingsInput;
}

impl<'a> Input<'a> for DescribeLimitsInput {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DescribeLimits;
    type Output<'o> = DescribeLimitsOutput;
    type Static = DescribeLimitsInput;
}

impl<'a> Input<'a> for DescribeStreamInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DescribeStream;
    type Output<'o> = DescribeStreamOutput<'o>;
    type Static = DescribeStreamInput<'static>;
}

impl<'a> Input<'a> for DescribeStreamConsumerInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DescribeStreamConsumer;
    type Output<'o> = DescribeStreamConsumerOutput<'o>;
    type Static = DescribeStreamConsumerInput<'static>;
}

impl<'a> Input<'a> for DescribeStreamSummaryInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DescribeStreamSummary;
    type Output<'o> = DescribeStreamSummaryOutput<'o>;
    type Static = DescribeStreamSummaryInput<'static>;
}

impl<'a> Input<'a> for DisableEnhancedMonitoringInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DisableEnhancedMonitoring;
    type Output<'o> = DisableEnhancedMonitoringOutput<'o>;
    type Static = DisableEnhancedMonitoringInput<'static>;
}

impl<'a> Input<'a> for EnableEnhancedMonitoringInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::EnableEnhancedMonitoring;
    type Output<'o> = EnableEnhancedMonitoringOutput<'o>;
    type Static = EnableEnhancedMonitoringInput<'static>;
}

impl<'a> Input<'a> for GetRecordsInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetRecords;
    type Output<'o> = GetRecordsOutput<'o>;
    type Static = GetRecordsInput<'static>;
}

impl<'a> Input<'a> for GetResourcePolicyInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetResourcePolicy;
    type Output<'o> = GetResourcePolicyOutput<'o>;
    type Static = GetResourcePolicyInput<'static>;
}

impl<'a> Input<'a> for GetShardIteratorInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetShardIterator;
    type Output<'o> = GetShardIteratorOutput<'o>;
    type Static = GetShardIteratorInput<'static>;
}

impl<'a> Input<'a> for IncreaseStreamRetentionPeriodInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::IncreaseStreamRetentionPeriod;
    type Output<'o> = ();
    type Static = IncreaseStreamRetentionPeriodInput<'static>;
}

impl<'a> Input<'a> for ListShardsInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListShards;
    type Output<'o> = ListShardsOutput<'o>;
    type Static = ListShardsInput<'static>;
}

impl<'a> Input<'a> for ListStreamConsumersInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListStreamConsumers;
    type Output<'o> = ListStreamConsumersOutput<'o>;
    type Static = ListStreamConsumersInput<'static>;
}

impl<'a> Input<'a> for ListStreamsInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListStreams;
    type Output<'o> = ListStreamsOutput<'o>;
    type Static = ListStreamsInput<'static>;
}

impl<'a> Input<'a> for ListTagsForResourceInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListTagsForResource;
    type Output<'o> = ListTagsForResourceOutput<'o>;
    type Static = ListTagsForResourceInput<'static>;
}

impl<'a> Input<'a> for ListTagsForStreamInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListTagsForStream;
    type Output<'o> = ListTagsForStreamOutput<'o>;
    type Static = ListTagsForStreamInput<'static>;
}

impl<'a> Input<'a> for MergeShardsInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::MergeShards;
    type Output<'o> = ();
    type Static = MergeShardsInput<'static>;
}

impl<'a> Input<'a> for PutRecordInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutRecord;
    type Output<'o> = PutRecordOutput<'o>;
    type Static = PutRecordInput<'static>;
    fn check_blobs(&self) -> Result<(), Fault> {
        let value = &self.data;
        value.check()?;
        Ok(())
    }
}

impl<'a> Input<'a> for PutRecordsInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutRecords;
    type Output<'o> = PutRecordsOutput<'o>;
    type Static = PutRecordsInput<'static>;
    fn check_blobs(&self) -> Result<(), Fault> {
        let value = &self.records;
        value.iter().try_for_each(|item| item.check_blobs())?;
        Ok(())
    }
}

impl<'a> Input<'a> for PutResourcePolicyInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutResourcePolicy;
    type Output<'o> = ();
    type Static = PutResourcePolicyInput<'static>;
}

impl<'a> Input<'a> for RegisterStreamConsumerInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::RegisterStreamConsumer;
    type Output<'o> = RegisterStreamConsumerOutput<'o>;
    type Static = RegisterStreamConsumerInput<'static>;
}

impl<'a> Input<'a> for RemoveTagsFromStreamInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::RemoveTagsFromStream;
    type Output<'o> = ();
    type Static = RemoveTagsFromStreamInput<'static>;
}

impl<'a> Input<'a> for SplitShardInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::SplitShard;
    type Output<'o> = ();
    type Static = SplitShardInput<'static>;
}

impl<'a> Input<'a> for StartStreamEncryptionInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::StartStreamEncryption;
    type Output<'o> = ();
    type Static = StartStreamEncryptionInput<'static>;
}

impl<'a> Input<'a> for StopStreamEncryptionInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::StopStreamEncryption;
    type Output<'o> = ();
    type Static = StopStreamEncryptionInput<'static>;
}

impl<'a> Input<'a> for SubscribeToShardInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::SubscribeToShard;
    type Output<'o> = SubscribeToShardEvent<'o>;
    type Static = SubscribeToShardInput<'static>;
}

impl<'a> Input<'a> for TagResourceInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::TagResource;
    type Output<'o> = ();
    type Static = TagResourceInput<'static>;
}

impl<'a> Input<'a> for UntagResourceInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UntagResource;
    type Output<'o> = ();
    type Static = UntagResourceInput<'static>;
}

impl<'a> Input<'a> for UpdateAccountSettingsInput {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateAccountSettings;
    type Output<'o> = UpdateAccountSettingsOutput;
    type Static = UpdateAccountSettingsInput;
}

impl<'a> Input<'a> for UpdateMaxRecordSizeInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateMaxRecordSize;
    type Output<'o> = ();
    type Static = UpdateMaxRecordSizeInput<'static>;
}

impl<'a> Input<'a> for UpdateShardCountInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateShardCount;
    type Output<'o> = UpdateShardCountOutput<'o>;
    type Static = UpdateShardCountInput<'static>;
}

impl<'a> Input<'a> for UpdateStreamModeInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateStreamMode;
    type Output<'o> = ();
    type Static = UpdateStreamModeInput<'static>;
}

impl<'a> Input<'a> for UpdateStreamWarmThroughputInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateStreamWarmThroughput;
    type Output<'o> = UpdateStreamWarmThroughputOutput<'o>;
    type Static = UpdateStreamWarmThroughputInput<'static>;
}

static CONSUMER_ARN: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+")), "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+")) };

static HASH_KEY: StringRule = StringRule { length: Range { min: None, max: None }, pattern: Some(Pattern::Decimal(38, "0|([1-9]\\d{0,38})")) };

static LIST_TAGS_FOR_STREAM_INPUT_EXCLUSIVE_START_TAG_KEY: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: None };

static NAME: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: Some(Pattern::Class(&const { class("[a-zA-Z0-9_.-]+") }, "[a-zA-Z0-9_.-]+")) };

static NEXT_TOKEN: StringRule = StringRule { length: Range { min: Some(1), max: Some(1048576) }, pattern: None };

static PUT_RECORDS_REQUEST_ENTRY_PARTITION_KEY: StringRule = StringRule { length: Range { min: Some(1), max: Some(256) }, pattern: None };

static PUT_RECORD_INPUT_PARTITION_KEY: StringRule = StringRule { length: Range { min: Some(1), max: Some(256) }, pattern: None };

static RESOURCE_ARN: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: Some(Pattern::StreamArn(LazyLock::new(|| whole("arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+")), "arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+")) };

static SEQUENCE_NUMBER: StringRule = StringRule { length: Range { min: None, max: None }, pattern: Some(Pattern::Decimal(128, "0|([1-9]\\d{0,128})")) };

static SHARD_ITERATOR: StringRule = StringRule { length: Range { min: Some(1), max: Some(512) }, pattern: None };

static START_STREAM_ENCRYPTION_INPUT_KEY_ID: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: None };

static STOP_STREAM_ENCRYPTION_INPUT_KEY_ID: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: None };

static STREAM_ARN: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: Some(Pattern::StreamArn(LazyLock::new(|| whole("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+")), "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+")) };

static TAG_KEY: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: None };

static TAG_VALUE: StringRule = StringRule { length: Range { min: Some(0), max: Some(256) }, pattern: None };

#[cfg(test)]
pub(crate) static RULES: &[&StringRule] = &[&CONSUMER_ARN, &HASH_KEY, &LIST_TAGS_FOR_STREAM_INPUT_EXCLUSIVE_START_TAG_KEY, &NAME, &NEXT_TOKEN, &PUT_RECORDS_REQUEST_ENTRY_PARTITION_KEY, &PUT_RECORD_INPUT_PARTITION_KEY, &RESOURCE_ARN, &SEQUENCE_NUMBER, &SHARD_ITERATOR, &START_STREAM_ENCRYPTION_INPUT_KEY_ID, &STOP_STREAM_ENCRYPTION_INPUT_KEY_ID, &STREAM_ARN, &TAG_KEY, &TAG_VALUE];
