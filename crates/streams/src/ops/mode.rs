//! UpdateStreamMode, UpdateStreamWarmThroughput and UpdateMaxRecordSize: how much a stream may take.
//! Source: AWS API Reference, those three operations, and `docs/kinesis/streams.md#capacity`.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    StreamMode, UpdateMaxRecordSizeCode, UpdateMaxRecordSizeInput, UpdateStreamModeCode,
    UpdateStreamModeInput, UpdateStreamWarmThroughputCode, UpdateStreamWarmThroughputInput,
    UpdateStreamWarmThroughputOutput,
};
use flumen_protocol::{Operation, Refusal};

use super::create_stream::{check_on_demand_quota, require_commitment};
use super::describe_stream::warm_shape;
use crate::Streams;
use crate::door::require_active;
use crate::errors::{CommitError, DoorError, NoCommitment, NotOnDemand, QuotaExceeded, StatusError};
use crate::state::{Change, DAY_MS, Mode};

const WARM_MIBPS_MAX: u32 = 10 * 1024;

impl Streams {
    pub async fn update_stream_mode(
        &self,
        caller: &Caller,
        input: &UpdateStreamModeInput<'_>,
    ) -> Result<(), UpdateStreamModeError> {
        let door = self.door(caller, Operation::UpdateStreamMode);
        let mode = match input.stream_mode_details.stream_mode {
            StreamMode::Provisioned => Mode::Provisioned,
            StreamMode::OnDemand => Mode::OnDemand,
        };
        let warm_mibps = input.warm_throughput_mibps.map(mibps).transpose()?;
        let target = door.stream(None, Some(&input.stream_arn))?;
        self.change(caller, target, |state, stream, now_ms| {
            require_active(stream, now_ms)?;
            if warm_mibps.is_some_and(|warm| warm > 0) {
                if mode == Mode::Provisioned {
                    return Err(NotOnDemand.into());
                }
                require_commitment(state, &stream.realm(), now_ms)?;
            }
            if mode == Mode::Provisioned && stream.warm_mibps.is_some() {
                return Err(UpdateStreamModeError::StillWarm);
            }
            if mode == stream.mode && warm_mibps.is_none() {
                return Ok((None, ()));
            }
            if self.quotas_apply() && mode != stream.mode {
                let today = stream.switched_at_ms.iter().filter(|&&at| at + DAY_MS > now_ms).count();
                if let Some(limit) = door.a_day().filter(|limit| today >= *limit) {
                    let stream = stream.name.as_str().into();
                    return Err(UpdateStreamModeError::TooOften { stream, limit });
                }
                if mode == Mode::OnDemand {
                    check_on_demand_quota(&self.inner.directory.read(), &stream.realm(), now_ms)?;
                }
            }
            let change = Change::SetMode {
                group: stream.group,
                mode,
                warm_mibps: warm_mibps.or(stream.warm_mibps).filter(|&warm| warm > 0),
                updated_at_ms: self.after_transition_ms(now_ms),
            };
            Ok((Some(change), ()))
        })
        .await
    }

    pub async fn update_stream_warm_throughput(
        &self,
        caller: &Caller,
        input: &UpdateStreamWarmThroughputInput<'_>,
    ) -> Result<UpdateStreamWarmThroughputOutput<'static>, UpdateStreamWarmThroughputError> {
        let wanted = mibps(input.warm_throughput_mibps)?;
        let door = self.door(caller, Operation::UpdateStreamWarmThroughput);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        self.change(caller, target, |state, stream, now_ms| {
            require_active(stream, now_ms)?;
            if stream.mode != Mode::OnDemand {
                return Err(NotOnDemand.into());
            }
            require_commitment(state, &stream.realm(), now_ms)?;
            let answer = UpdateStreamWarmThroughputOutput {
                stream_arn: Some(stream.arn().to_string().into()),
                stream_name: Some(stream.name.clone().into()),
                warm_throughput: Some(warm_shape(stream, wanted)),
            };
            let updated_at_ms = self.after_transition_ms(now_ms);
            let change = Change::SetWarmThroughput { group: stream.group, mibps: wanted, updated_at_ms };
            Ok(((stream.warm_mibps.unwrap_or(0) != wanted).then_some(change), answer))
        })
        .await
    }

    pub async fn update_max_record_size(
        &self,
        caller: &Caller,
        input: &UpdateMaxRecordSizeInput<'_>,
    ) -> Result<(), UpdateMaxRecordSizeError> {
        // The model bounds it from 1,024 to 10,240.
        let kib = u32::try_from(input.max_record_size_in_kib).unwrap_or_default();
        let door = self.door(caller, Operation::UpdateMaxRecordSize);
        let target = door.stream(None, input.stream_arn.as_deref())?;
        self.change(caller, target, |_, stream, now_ms| {
            require_active(stream, now_ms)?;
            let updated_at_ms = self.after_transition_ms(now_ms);
            let change = Change::SetMaxRecordSize { group: stream.group, kib, updated_at_ms };
            Ok(((stream.max_record_kib != kib).then_some(change), ()))
        })
        .await
    }
}

/// Why UpdateStreamMode changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum UpdateStreamModeError {
    #[error(transparent)]
    Mibps(#[from] InvalidMibps),
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    WarmNotOnDemand(#[from] NotOnDemand),
    #[error(transparent)]
    NoCommitment(#[from] NoCommitment),
    #[error("Warm throughput must be removed before the stream can be switched to PROVISIONED mode.")]
    StillWarm,
    #[error("The mode of stream {stream} can be switched {limit} times per rolling 24-hour period.")]
    TooOften { stream: Box<str>, limit: usize },
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for UpdateStreamModeError {
    type Code = UpdateStreamModeCode;

    fn code(&self) -> UpdateStreamModeCode {
        use UpdateStreamModeCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::WarmNotOnDemand(_) => ValidationException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::Mibps(_) | Self::NoCommitment(_) | Self::StillWarm => {
                InvalidArgumentException
            }
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) | Self::TooOften { .. } | Self::Quota(_) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why UpdateStreamWarmThroughput changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum UpdateStreamWarmThroughputError {
    #[error(transparent)]
    Mibps(#[from] InvalidMibps),
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    NotOnDemand(#[from] NotOnDemand),
    #[error(transparent)]
    NoCommitment(#[from] NoCommitment),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for UpdateStreamWarmThroughputError {
    type Code = UpdateStreamWarmThroughputCode;

    fn code(&self) -> UpdateStreamWarmThroughputCode {
        use UpdateStreamWarmThroughputCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::NotOnDemand(_) => ValidationException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::Mibps(_) | Self::NoCommitment(_) => {
                InvalidArgumentException
            }
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why UpdateMaxRecordSize changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum UpdateMaxRecordSizeError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for UpdateMaxRecordSizeError {
    type Code = UpdateMaxRecordSizeCode;

    fn code(&self) -> UpdateMaxRecordSizeCode {
        use UpdateMaxRecordSizeCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// No throughput that a stream can be warm for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("WarmThroughputMiBps is {given}; it must lie between 0 and {limit}.", limit = WARM_MIBPS_MAX)]
pub struct InvalidMibps {
    pub given: i32,
}

fn mibps(given: i32) -> Result<u32, InvalidMibps> {
    match u32::try_from(given) {
        Ok(mibps) if mibps <= WARM_MIBPS_MAX => Ok(mibps),
        _ => Err(InvalidMibps { given }),
    }
}
