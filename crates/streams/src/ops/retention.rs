//! IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod. Source: `docs/kinesis/streams.md#retention`.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    DecreaseStreamRetentionPeriodInput, IncreaseStreamRetentionPeriodCode, IncreaseStreamRetentionPeriodInput,
};
use flumen_protocol::{Operation, Refusal};

use crate::Streams;
use crate::door::{Target, require_steady};
use crate::errors::{CommitError, DoorError, StatusError};
use crate::state::{Change, Stream};

const HOURS_MIN: i32 = 24;
const HOURS_MAX: i32 = 8760;

impl Streams {
    pub async fn increase_stream_retention_period(
        &self,
        caller: &Caller,
        input: &IncreaseStreamRetentionPeriodInput<'_>,
    ) -> Result<(), RetentionPeriodError> {
        let door = self.door(caller, Operation::IncreaseStreamRetentionPeriod);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let wanted = input.retention_period_hours;
        self.set_retention(caller, target, wanted, |stream| {
            let (current, stream) = (stream.retention_hours, &stream.name);
            if wanted >= current as i32 {
                return Ok(());
            }
            Err(InvalidHours::Shorter { wanted, current, stream: stream.as_str().into() })
        })
        .await
    }

    pub async fn decrease_stream_retention_period(
        &self,
        caller: &Caller,
        input: &DecreaseStreamRetentionPeriodInput<'_>,
    ) -> Result<(), RetentionPeriodError> {
        let door = self.door(caller, Operation::DecreaseStreamRetentionPeriod);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let wanted = input.retention_period_hours;
        self.set_retention(caller, target, wanted, |stream| {
            let (current, stream) = (stream.retention_hours, &stream.name);
            if wanted <= current as i32 {
                return Ok(());
            }
            Err(InvalidHours::Longer { wanted, current, stream: stream.as_str().into() })
        })
        .await
    }

    async fn set_retention(
        &self,
        caller: &Caller,
        target: Target,
        wanted: i32,
        mut direction: impl FnMut(&Stream) -> Result<(), InvalidHours>,
    ) -> Result<(), RetentionPeriodError> {
        self.change(caller, target, |_, stream, now_ms| {
            require_steady(stream, now_ms)?;
            check_bounds(wanted)?;
            direction(stream)?;
            let hours = wanted as u32;
            let change = Change::SetRetention { group: stream.group, hours };
            Ok(((hours != stream.retention_hours).then_some(change), ()))
        })
        .await
    }
}

/// Why IncreaseStreamRetentionPeriod or DecreaseStreamRetentionPeriod, which may answer alike, changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum RetentionPeriodError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Hours(#[from] InvalidHours),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for RetentionPeriodError {
    type Code = IncreaseStreamRetentionPeriodCode;

    fn code(&self) -> IncreaseStreamRetentionPeriodCode {
        use IncreaseStreamRetentionPeriodCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::Hours(_) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// No period that the stream can be given by that operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHours {
    #[error(
        "Minimum allowed retention period is {limit} hours. Requested retention period ({wanted} hours) is too short.",
        limit = HOURS_MIN
    )]
    TooShort { wanted: i32 },
    #[error(
        "Maximum allowed retention period is {limit} hours. Requested retention period ({wanted} hours) is too long.",
        limit = HOURS_MAX
    )]
    TooLong { wanted: i32 },
    #[error(
        "Requested retention period ({wanted} hours) for stream {stream} can not be shorter than existing retention period \
         ({current} hours). Use DecreaseRetentionPeriod API."
    )]
    Shorter { wanted: i32, current: u32, stream: Box<str> },
    #[error(
        "Requested retention period ({wanted} hours) for stream {stream} can not be longer than existing retention period \
         ({current} hours). Use IncreaseRetentionPeriod API."
    )]
    Longer { wanted: i32, current: u32, stream: Box<str> },
}

fn check_bounds(wanted: i32) -> Result<(), InvalidHours> {
    match wanted {
        ..HOURS_MIN => Err(InvalidHours::TooShort { wanted }),
        HOURS_MIN..=HOURS_MAX => Ok(()),
        _ => Err(InvalidHours::TooLong { wanted }),
    }
}
