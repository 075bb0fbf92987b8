//! StartStreamEncryption and StopStreamEncryption: by which key what is put from now on is encrypted. What lies there stays as it is.
//! Source: AWS API Reference, StartStreamEncryption and StopStreamEncryption, and `docs/kinesis/streams.md#encryption`.

use flumen_access::Caller;
use flumen_keys::{AliasArn, KeyArn, Named, OfStream};
use flumen_protocol::kinesis::{
    EncryptionType, StartStreamEncryptionCode, StartStreamEncryptionInput, StopStreamEncryptionCode,
    StopStreamEncryptionInput,
};
use flumen_protocol::{Operation, Refusal};

use crate::Streams;
use crate::door::require_active;
use crate::errors::{CommitError, DoorError, KeyRefused, StatusError};
use crate::state::{Change, DAY_MS, Encryption, Stream};

impl Streams {
    /// Also where it is encrypted by another key. By the one that it has is no change.
    pub async fn start_stream_encryption(
        &self,
        caller: &Caller,
        input: &StartStreamEncryptionInput<'_>,
    ) -> Result<(), StartStreamEncryptionError> {
        let door = self.door(caller, Operation::StartStreamEncryption);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        door.key(&input.key_id)?;
        if input.encryption_type != EncryptionType::Kms {
            return Err(NotKms.into());
        }
        require_active(&target.stream, self.now_ms())?;
        let encryption = self.encryption_by(caller, &target.stream, &input.key_id).await?;
        self.change(caller, target, |_, stream, now_ms| {
            require_active(stream, now_ms)?;
            if stream.encryption.as_ref() == Some(&encryption) {
                return Ok((None, ()));
            }
            self.check_a_day(stream, ("started", &stream.encrypted_at_ms), door.a_day(), now_ms)?;
            let change = Change::StartEncryption {
                group: stream.group,
                encryption: encryption.clone(),
                updated_at_ms: self.after_transition_ms(now_ms),
            };
            Ok::<_, StartStreamEncryptionError>((Some(change), ()))
        })
        .await
        .inspect(|()| self.inner.rekeys.look_again())
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
        if input.encryption_type != EncryptionType::Kms {
            return Err(NotKms.into());
        }
        self.change(caller, target, |_, stream, now_ms| {
            require_active(stream, now_ms)?;
            if stream.encryption.is_none() {
                return Ok((None, ()));
            }
            self.check_a_day(stream, ("stopped", &stream.cleared_at_ms), door.a_day(), now_ms)?;
            let change = Change::StopEncryption {
                group: stream.group,
                updated_at_ms: self.after_transition_ms(now_ms),
            };
            Ok::<_, StopStreamEncryptionError>((Some(change), ()))
        })
        .await
        .inspect(|()| self.inner.rekeys.look_again())
    }

    /// A key that could encrypt now. Of another account's key it is asked whether the caller may encrypt by it, so that nobody
    /// learns of keys that are not theirs; their own they are only to name.
    async fn encryption_by(
        &self,
        caller: &Caller,
        stream: &Stream,
        key_id: &str,
    ) -> Result<Encryption, KeyRefused> {
        let keys = &self.inner.keys;
        let key = keys.name(caller, key_id).await?;
        let (Named::Key(KeyArn { account, .. }) | Named::Alias(AliasArn { account, .. })) = &key;
        let of = OfStream::new(&stream.arn());
        let usable = match *account == caller.realm().account {
            true => keys.usable_key(&key)?,
            false => keys.may_encrypt(caller, &key, &of)?,
        };
        keys.is_granted(&usable, &of).await?;
        Ok(Encryption { key_id: key_id.to_owned(), key })
    }

    fn check_a_day(
        &self,
        stream: &Stream,
        (done, times_ms): (&'static str, &[u64]),
        a_day: Option<usize>,
        now_ms: u64,
    ) -> Result<(), TooOften> {
        let today = times_ms.iter().filter(|&&at| at + DAY_MS > now_ms).count();
        match a_day.filter(|limit| self.quotas_apply() && today >= *limit) {
            Some(limit) => Err(TooOften { stream: stream.name.as_str().into(), done, limit }),
            None => Ok(()),
        }
    }
}

/// Why StartStreamEncryption changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum StartStreamEncryptionError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Key(#[from] KeyRefused),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    NotKms(#[from] NotKms),
    #[error(transparent)]
    TooOften(#[from] TooOften),
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
            Self::Key(refused) => refused.into(),
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) | Self::TooOften(_) => LimitExceededException,
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
    TooOften(#[from] TooOften),
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
            Self::Door(DoorError::Rate(_)) | Self::TooOften(_) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// The one kind of encryption that there is to be started or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("EncryptionType must be KMS.")]
pub struct NotKms;

/// As often as it may be within 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The encryption of stream {stream} can be {done} {limit} times per rolling 24-hour period.")]
pub struct TooOften {
    pub stream: Box<str>,
    /// Started, or stopped.
    pub done: &'static str,
    pub limit: usize,
}
