//! StartStreamEncryption and StopStreamEncryption: which key a stream is said to be encrypted with. The
//! setting is stored and returned; records are encrypted once keys are managed here.
//! Source: `kinesis-semantics.md` section 11.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    EncryptionType, StartStreamEncryptionCode, StartStreamEncryptionInput, StopStreamEncryptionCode,
    StopStreamEncryptionInput,
};
use flumen_protocol::{Operation, Refusal};

use crate::Streams;
use crate::door::{Target, require_active};
use crate::errors::{CommitError, DoorError, StatusError};
use crate::state::Change;

impl Streams {
    pub async fn start_stream_encryption(
        &self,
        caller: &Caller,
        input: &StartStreamEncryptionInput<'_>,
    ) -> Result<(), StartStreamEncryptionError> {
        let door = self.door(caller, Operation::StartStreamEncryption);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        door.key(&input.key_id)?;
        let key_id = Some(input.key_id.to_string());
        self.set_encryption(caller, target, input.encryption_type, key_id).await
    }

    /// The key is required, and whether it is the stream's is not looked at.
    pub async fn stop_stream_encryption(
        &self,
        caller: &Caller,
        input: &StopStreamEncryptionInput<'_>,
    ) -> Result<(), StopStreamEncryptionError> {
        let door = self.door(caller, Operation::StopStreamEncryption);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        door.key(&input.key_id)?;
        self.set_encryption(caller, target, input.encryption_type, None).await
    }

    async fn set_encryption<E: From<CommitError> + From<StatusError> + From<NotKms>>(
        &self,
        caller: &Caller,
        target: Target,
        kind: EncryptionType,
        key_id: Option<String>,
    ) -> Result<(), E> {
        self.change(caller, target, |_, stream, now_ms| {
            require_active(stream, now_ms)?;
            if kind != EncryptionType::Kms {
                return Err(NotKms.into());
            }
            let change = Change::SetEncryption {
                group: stream.group,
                key_id: key_id.clone(),
                updated_at_ms: self.after_transition_ms(now_ms),
            };
            Ok(((stream.key_id != key_id).then_some(change), ()))
        })
        .await
    }
}

/// Why StartStreamEncryption changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum StartStreamEncryptionError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    NotKms(#[from] NotKms),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for StartStreamEncryptionError {
    type Code = StartStreamEncryptionCode;

    fn code(&self) -> StartStreamEncryptionCode {
        use StartStreamEncryptionCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::NotKms(_) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why StopStreamEncryption changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum StopStreamEncryptionError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    NotKms(#[from] NotKms),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for StopStreamEncryptionError {
    type Code = StopStreamEncryptionCode;

    fn code(&self) -> StopStreamEncryptionCode {
        use StopStreamEncryptionCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::NotKms(_) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// The one kind of encryption that there is to be started or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("EncryptionType must be KMS.")]
pub struct NotKms;
