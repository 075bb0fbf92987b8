//! DeleteStream. Source: AWS API Reference, DeleteStream, and `docs/kinesis/streams.md#statuses`.

use flumen_access::Caller;
use flumen_protocol::kinesis::{DeleteStreamCode, DeleteStreamInput};
use flumen_protocol::{Operation, Refusal};

use crate::Streams;
use crate::errors::{CommitError, DoorError, NotFound};
use crate::state::{Change, Status};

impl Streams {
    pub async fn delete_stream(
        &self,
        caller: &Caller,
        input: &DeleteStreamInput<'_>,
    ) -> Result<(), DeleteStreamError> {
        let door = self.door(caller, Operation::DeleteStream);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let group = target.stream.group;
        let with_consumers = input.enforce_consumer_deletion == Some(true);
        self.commit(Some(caller), |state, at_ms| {
            let stream = state.streams.get(&group).ok_or_else(|| NotFound::of(&target.stream))?;
            if stream.status(at_ms) == Some(Status::Deleting) {
                // Asked again: it is on its way.
                return Ok((None, ()));
            }
            if !with_consumers && stream.live_consumers(at_ms).next().is_some() {
                let (arn, stream) = (stream.arn().to_string().into(), stream.name.as_str().into());
                return Err(DeleteStreamError::HasConsumers { arn, stream });
            }
            let gone_at_ms = self.after_transition_ms(at_ms);
            Ok((Some(Change::DeleteStream { group, gone_at_ms }), ()))
        })
        .await
    }
}

/// Why DeleteStream deletes nothing.
#[derive(Debug, thiserror::Error)]
pub enum DeleteStreamError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(
        "DeleteStream can't delete {arn} because there are consumers associated with this data stream. To delete {stream} \
         anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are \
         associated with it."
    )]
    HasConsumers { arn: Box<str>, stream: Box<str> },
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for DeleteStreamError {
    type Code = DeleteStreamCode;

    fn code(&self) -> DeleteStreamCode {
        use DeleteStreamCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::HasConsumers { .. } => ResourceInUseException,
            Self::Commit(_) => InternalFailure,
        }
    }
}
