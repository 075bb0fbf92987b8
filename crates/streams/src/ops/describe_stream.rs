//! DescribeStream and DescribeStreamSummary. Source: AWS API Reference, DescribeStream and
//! DescribeStreamSummary, and `docs/kinesis/streams.md#statuses`.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    DescribeStreamCode, DescribeStreamInput, DescribeStreamOutput, DescribeStreamSummaryCode,
    DescribeStreamSummaryInput, DescribeStreamSummaryOutput, EncryptionType, EnhancedMetrics,
    RecordDistributionStrategy, StreamDescription, StreamDescriptionSummary, StreamMode, StreamModeDetails,
    StreamStatus, WarmThroughputObject,
};
use flumen_protocol::{Operation, Refusal, Timestamp};
use flumen_types::ShardId;

use super::list_shards::shard_shape;
use super::{int, monitoring};
use crate::Streams;
use crate::errors::{DoorError, NotFound};
use crate::state::{Distribution, Mode, Status, Stream};

impl Streams {
    pub async fn describe_stream(
        &self,
        caller: &Caller,
        input: &DescribeStreamInput<'_>,
    ) -> Result<DescribeStreamOutput<'static>, DescribeStreamError> {
        let door = self.door(caller, Operation::DescribeStream);
        let named = door.named(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let parse = |text: &str| ShardId::parse(text).ok_or_else(|| NotFound::shard(text, &named.arn));
        let after = input.exclusive_start_shard_id.as_deref().map(parse).transpose()?;
        let target = named.find()?;
        let (stream, now_ms) = (&target.stream, self.now_ms());
        let status = stream.status(now_ms).unwrap_or(Status::Deleting);
        let limit = door.page_limit(input.limit);
        let horizon_ms = stream.horizon_ms(now_ms);
        let listed = stream.shards.iter().filter(|shard| {
            stream.shows_shards(now_ms)
                && !shard.is_expired(horizon_ms)
                && after.is_none_or(|a| shard.id() > a)
        });
        let mut shards: Vec<_> = listed.take(limit + 1).map(shard_shape).collect();
        let has_more_shards = shards.len() > limit;
        shards.truncate(limit);
        Ok(DescribeStreamOutput {
            stream_description: StreamDescription {
                stream_name: stream.name.clone().into(),
                stream_arn: stream.arn().to_string().into(),
                stream_status: status_shape(status),
                stream_mode_details: Some(mode_shape(stream)),
                shards,
                has_more_shards,
                retention_period_hours: stream.retention_hours as i32,
                stream_creation_timestamp: Timestamp::of_ms(stream.date_ms()),
                enhanced_monitoring: vec![EnhancedMetrics {
                    shard_level_metrics: Some(monitoring::shape(&stream.monitoring)),
                }],
                encryption_type: Some(encryption(stream)),
                key_id: stream.encryption.as_ref().map(|by| by.key_id.clone().into()),
            },
        })
    }

    pub async fn describe_stream_summary(
        &self,
        caller: &Caller,
        input: &DescribeStreamSummaryInput<'_>,
    ) -> Result<DescribeStreamSummaryOutput<'static>, DescribeStreamSummaryError> {
        let door = self.door(caller, Operation::DescribeStreamSummary);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let (stream, now_ms) = (&target.stream, self.now_ms());
        let status = stream.status(now_ms).unwrap_or(Status::Deleting);
        let open = if stream.shows_shards(now_ms) { stream.open_shards().count() } else { 0 };
        Ok(DescribeStreamSummaryOutput {
            stream_description_summary: StreamDescriptionSummary {
                stream_name: stream.name.clone().into(),
                stream_arn: stream.arn().to_string().into(),
                stream_status: status_shape(status),
                stream_mode_details: Some(mode_shape(stream)),
                retention_period_hours: stream.retention_hours as i32,
                stream_creation_timestamp: Timestamp::of_ms(stream.date_ms()),
                enhanced_monitoring: vec![EnhancedMetrics {
                    shard_level_metrics: Some(monitoring::shape(&stream.monitoring)),
                }],
                encryption_type: Some(encryption(stream)),
                key_id: stream.encryption.as_ref().map(|by| by.key_id.clone().into()),
                open_shard_count: int(open),
                consumer_count: Some(int(stream.live_consumers(now_ms).count())),
                warm_throughput: stream.warm_mibps.map(|target| warm_shape(stream, target)),
                max_record_size_in_kib: Some(stream.max_record_kib as i32),
                channel_count: Some(0),
                // Of provisioned streams as well: KPL asks again and again until it is told.
                record_distribution_strategy: Some(match (stream.mode, stream.distribution) {
                    (Mode::OnDemand, Distribution::Auto) => RecordDistributionStrategy::Auto,
                    _ => RecordDistributionStrategy::UserPartitionKey,
                }),
                queue_count: Some(0),
            },
        })
    }
}

/// Why DescribeStream says nothing.
#[derive(Debug, thiserror::Error)]
pub enum DescribeStreamError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
}

impl Refusal for DescribeStreamError {
    type Code = DescribeStreamCode;

    fn code(&self) -> DescribeStreamCode {
        use DescribeStreamCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
        }
    }
}

/// Why DescribeStreamSummary says nothing.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DescribeStreamSummaryError(#[from] DoorError);

impl Refusal for DescribeStreamSummaryError {
    type Code = DescribeStreamSummaryCode;

    fn code(&self) -> DescribeStreamSummaryCode {
        use DescribeStreamSummaryCode::*;
        match self.0 {
            DoorError::Denied(_) => AccessDeniedException,
            DoorError::NotFound(_) => ResourceNotFoundException,
            DoorError::Misnamed(_) => InvalidArgumentException,
            DoorError::Rate(_) => LimitExceededException,
        }
    }
}

/// The target is reached by splits; until then it is what the open shards take, a MiB/s each.
pub(crate) fn warm_shape(stream: &Stream, target_mibps: u32) -> WarmThroughputObject {
    let current_mibps = int(stream.open_shards().count()).min(target_mibps as i32);
    WarmThroughputObject { target_mibps: Some(target_mibps as i32), current_mibps: Some(current_mibps) }
}

pub(crate) fn status_shape(status: Status) -> StreamStatus {
    match status {
        Status::Creating => StreamStatus::Creating,
        Status::Active => StreamStatus::Active,
        Status::Updating => StreamStatus::Updating,
        Status::Deleting => StreamStatus::Deleting,
    }
}

pub(crate) fn mode_shape(stream: &Stream) -> StreamModeDetails {
    StreamModeDetails {
        stream_mode: match stream.mode {
            Mode::Provisioned => StreamMode::Provisioned,
            Mode::OnDemand => StreamMode::OnDemand,
        },
    }
}

fn encryption(stream: &Stream) -> EncryptionType {
    if stream.encryption.is_some() { EncryptionType::Kms } else { EncryptionType::None }
}
