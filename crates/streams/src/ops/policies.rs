//! Resource policies: stored and returned here; whom they let in is the door's to ask.
//! Source: `docs/kinesis/streams.md#policies`.

use flumen_access::Caller;
use flumen_access::policy::{self, Kind, Policy};
use flumen_protocol::kinesis::{
    DeleteResourcePolicyCode, DeleteResourcePolicyInput, GetResourcePolicyCode, GetResourcePolicyInput,
    GetResourcePolicyOutput, PutResourcePolicyCode, PutResourcePolicyInput,
};
use flumen_protocol::{Operation, Refusal};
use flumen_types::ResourceArn;

use super::tags::steady_stream;
use crate::Streams;
use crate::door::NamedResource;
use crate::errors::{CommitError, DoorError, NotFound, StatusError, StreamName};
use crate::state::command::Resource;
use crate::state::{Change, Status, Stream};

/// The usual bound of IAM for resource policies.
const POLICY_BYTES_MAX: usize = 20 * 1024;

impl Streams {
    pub async fn put_resource_policy(
        &self,
        caller: &Caller,
        input: &PutResourcePolicyInput<'_>,
    ) -> Result<(), PutResourcePolicyError> {
        check_policy(&input.policy)?;
        let door = self.door(caller, Operation::PutResourcePolicy);
        let NamedResource { arn: named, target } = door.resource(&input.resource_arn)?;
        self.commit(Some(caller), |state, now_ms| {
            let stream = steady_stream(state, target.stream.group, &named, now_ms)?;
            let (resource, _) = policy_of(stream, &named, now_ms)?;
            if let ResourceArn::Consumer(arn) = &named
                && let Some((name, consumer)) = stream.consumer(arn, now_ms)
                && consumer.status(now_ms) != Some(Status::Active)
            {
                let (consumer, created) = (name.as_str().into(), consumer.created());
                let stream = StreamName::of(stream);
                return Err(PutResourcePolicyError::ConsumerNotActive { consumer, created, stream });
            }
            Ok((Some(Change::SetPolicy { resource, policy: Some(input.policy.to_string()) }), ()))
        })
        .await
    }

    pub async fn get_resource_policy(
        &self,
        caller: &Caller,
        input: &GetResourcePolicyInput<'_>,
    ) -> Result<GetResourcePolicyOutput<'static>, GetResourcePolicyError> {
        let door = self.door(caller, Operation::GetResourcePolicy);
        let NamedResource { arn: named, target } = door.resource(&input.resource_arn)?;
        let (_, policy) = policy_of(&target.stream, &named, self.now_ms())?;
        Ok(GetResourcePolicyOutput { policy: policy.unwrap_or_else(|| "{}".to_owned()).into() })
    }

    pub async fn delete_resource_policy(
        &self,
        caller: &Caller,
        input: &DeleteResourcePolicyInput<'_>,
    ) -> Result<(), DeleteResourcePolicyError> {
        let door = self.door(caller, Operation::DeleteResourcePolicy);
        let NamedResource { arn: named, target } = door.resource(&input.resource_arn)?;
        self.commit(Some(caller), |state, now_ms| {
            let stream = steady_stream(state, target.stream.group, &named, now_ms)?;
            let (resource, policy) = policy_of(stream, &named, now_ms)?;
            if policy.is_none() {
                return Err(DeleteResourcePolicyError::NoPolicy { arn: (&*input.resource_arn).into() });
            }
            Ok((Some(Change::SetPolicy { resource, policy: None }), ()))
        })
        .await
    }
}

/// Why PutResourcePolicy changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum PutResourcePolicyError {
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(
        "Consumer {consumer} with creation timestamp {created} under stream {} and account {} is not in ACTIVE status.",
        .stream.name, .stream.account
    )]
    ConsumerNotActive { consumer: Box<str>, created: u64, stream: StreamName },
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for PutResourcePolicyError {
    type Code = PutResourcePolicyCode;

    fn code(&self) -> PutResourcePolicyCode {
        use PutResourcePolicyCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) | Self::NotFound(_) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::Policy(_) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) | Self::ConsumerNotActive { .. } => {
                ResourceInUseException
            }
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why GetResourcePolicy gives none.
#[derive(Debug, thiserror::Error)]
pub enum GetResourcePolicyError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
}

impl Refusal for GetResourcePolicyError {
    type Code = GetResourcePolicyCode;

    fn code(&self) -> GetResourcePolicyCode {
        use GetResourcePolicyCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
        }
    }
}

/// Why DeleteResourcePolicy changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum DeleteResourcePolicyError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("No resource policy found for resource ARN {arn}.")]
    NoPolicy { arn: Box<str> },
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for DeleteResourcePolicyError {
    type Code = DeleteResourcePolicyCode;

    fn code(&self) -> DeleteResourcePolicyCode {
        use DeleteResourcePolicyCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_))
            | Self::Status(StatusError::Gone(_))
            | Self::NotFound(_)
            | Self::NoPolicy { .. } => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// A text is no policy, or none that is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    #[error("The policy has {bytes} bytes; the limit is {limit}.", limit = POLICY_BYTES_MAX)]
    TooLarge { bytes: usize },
    #[error("The policy is not valid: {0}")]
    Document(#[from] policy::InvalidPolicy),
}

fn policy_of(
    stream: &Stream,
    named: &ResourceArn,
    now_ms: u64,
) -> Result<(Resource, Option<String>), NotFound> {
    let group = stream.group;
    match named {
        ResourceArn::Stream(_) => Ok((Resource::Stream { group }, stream.policy.clone())),
        ResourceArn::Consumer(arn) => {
            let (name, consumer) = stream.consumer(arn, now_ms).ok_or_else(|| NotFound::resource(named))?;
            Ok((Resource::Consumer { group, name: name.clone() }, consumer.policy.clone()))
        }
    }
}

/// A JSON object with at least one statement. What the statements mean is not checked here.
/// It is read again where it is asked.
fn check_policy(policy: &str) -> Result<(), InvalidPolicy> {
    if policy.len() > POLICY_BYTES_MAX {
        return Err(InvalidPolicy::TooLarge { bytes: policy.len() });
    }
    Policy::parse(policy, Kind::Resource)?;
    Ok(())
}
