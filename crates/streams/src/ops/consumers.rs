//! Registered consumers: RegisterStreamConsumer, DeregisterStreamConsumer, DescribeStreamConsumer,
//! ListStreamConsumers. Source: AWS API Reference, those four operations, and `docs/kinesis/streams.md#names`.

use std::collections::BTreeMap;

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    Consumer as ConsumerShape, ConsumerDescription, ConsumerStatus, DeregisterStreamConsumerCode,
    DeregisterStreamConsumerInput, DescribeStreamConsumerCode, DescribeStreamConsumerInput,
    DescribeStreamConsumerOutput, ListStreamConsumersCode, ListStreamConsumersInput,
    ListStreamConsumersOutput, RegisterStreamConsumerCode, RegisterStreamConsumerInput,
    RegisterStreamConsumerOutput,
};
use flumen_protocol::{Operation, Refusal, Timestamp};
use flumen_types::ConsumerArn;

use super::tags::{self, Tagged, TagsError};
use crate::Streams;
use crate::door::{Consumer, require_steady};
use crate::errors::{CommitError, DoorError, NotFound, StatusError, StreamName};
use crate::state::{self, Change, State, Status, Stream, arn_date};
use crate::token::{Page, PageError, SealError};

const CONSUMERS_MAX: usize = 20;
/// With the minimum throughput billing commitment, on on-demand streams.
const CONSUMERS_MAX_ADVANTAGE: usize = 50;
const CREATING_MAX: usize = 5;

impl Streams {
    pub async fn register_stream_consumer(
        &self,
        caller: &Caller,
        input: &RegisterStreamConsumerInput<'_>,
    ) -> Result<RegisterStreamConsumerOutput<'static>, RegisterStreamConsumerError> {
        let name = &input.consumer_name;
        let wanted = input.tags.as_ref().map(tags::owned).unwrap_or_default();
        let given = || input.tags.as_ref().map(tags::given_tags).unwrap_or_default();
        let door = self.door(caller, Operation::RegisterStreamConsumer).given(given);
        let target = door.stream(None, Some(&input.stream_arn))?;
        let group = target.stream.group;
        let decide = |state: &State, now_ms| {
            let gone = || StatusError::from(NotFound::of(&target.stream));
            let stream = state.streams.get(&group).ok_or_else(gone)?;
            require_steady(stream, now_ms)?;
            if stream.consumers.get(name.as_ref()).is_some_and(|c| c.status(now_ms).is_some()) {
                let consumer = (&**name).into();
                return Err(RegisterStreamConsumerError::Exists { consumer, stream: StreamName::of(stream) });
            }
            if self.quotas_apply() {
                let commitment = state.settings(&stream.realm()).commitment;
                let advantage = commitment.is_some_and(|c| c.enabled(now_ms));
                check_quotas(stream, advantage, now_ms)?;
            }
            let tagged = Tagged { kind: "consumer", name, account: &stream.account };
            let tags = tags::merge_for(tagged, &BTreeMap::new(), wanted.clone())?;
            let active_at_ms = self.after_transition_ms(now_ms);
            let change = Change::RegisterConsumer { group, name: name.to_string(), active_at_ms, tags };
            Ok::<_, RegisterStreamConsumerError>((Some(change), ()))
        };
        // Its date lies above whatever the account and region have had before.
        let dated = |state: &State, ()| {
            let consumers = state.streams.get(&group).map(|stream| &stream.consumers);
            consumers.and_then(|consumers| consumers.get(name.as_ref())).map(|consumer| consumer.date_ms())
        };
        let dated = self.commit_and(Some(caller), decide, dated).await?;
        let date_ms = dated.ok_or(RegisterStreamConsumerError::Lost)?;
        let arn = target.stream.arn().consumer(name, arn_date(date_ms));
        Ok(RegisterStreamConsumerOutput {
            consumer: ConsumerShape {
                consumer_name: arn.name.clone().into(),
                consumer_arn: arn.to_string().into(),
                consumer_status: ConsumerStatus::Creating,
                consumer_creation_timestamp: Timestamp::of_ms(date_ms),
            },
        })
    }

    pub async fn deregister_stream_consumer(
        &self,
        caller: &Caller,
        input: &DeregisterStreamConsumerInput<'_>,
    ) -> Result<(), DeregisterStreamConsumerError> {
        let (arn, stream_arn) = (input.consumer_arn.as_deref(), input.stream_arn.as_deref());
        let door = self.door(caller, Operation::DeregisterStreamConsumer);
        let Consumer { target, name } = door.consumer(arn, stream_arn, input.consumer_name.as_deref())?;
        let group = target.stream.group;
        self.commit(Some(caller), |state, now_ms| {
            let missing = || NotFound::consumer(&name, &target.stream.account);
            let stream = state.streams.get(&group).ok_or_else(missing)?;
            let status = stream.consumers.get(&name).and_then(|c| c.status(now_ms)).ok_or_else(missing)?;
            let change = Change::DeregisterConsumer {
                group,
                name: name.clone(),
                gone_at_ms: self.after_transition_ms(now_ms),
            };
            Ok(((status != Status::Deleting).then_some(change), ()))
        })
        .await
    }

    pub async fn describe_stream_consumer(
        &self,
        caller: &Caller,
        input: &DescribeStreamConsumerInput<'_>,
    ) -> Result<DescribeStreamConsumerOutput<'static>, DescribeStreamConsumerError> {
        let (arn, stream_arn) = (input.consumer_arn.as_deref(), input.stream_arn.as_deref());
        let door = self.door(caller, Operation::DescribeStreamConsumer);
        let Consumer { target, name } = door.consumer(arn, stream_arn, input.consumer_name.as_deref())?;
        let stream = &target.stream;
        let consumer = stream.consumers.get(&name).and_then(|c| shape(stream, &name, c, self.now_ms()));
        let consumer = consumer.ok_or_else(|| NotFound::consumer(&name, &stream.account))?;
        Ok(DescribeStreamConsumerOutput {
            consumer_description: ConsumerDescription {
                consumer_name: consumer.consumer_name,
                consumer_arn: consumer.consumer_arn,
                consumer_status: consumer.consumer_status,
                consumer_creation_timestamp: consumer.consumer_creation_timestamp,
                stream_arn: stream.arn().to_string().into(),
            },
        })
    }

    pub async fn list_stream_consumers(
        &self,
        caller: &Caller,
        input: &ListStreamConsumersInput<'_>,
    ) -> Result<ListStreamConsumersOutput<'static>, ListStreamConsumersError> {
        let door = self.door(caller, Operation::ListStreamConsumers);
        let target = door.stream(None, Some(&input.stream_arn))?;
        let (stream, now_ms) = (&target.stream, self.now_ms());
        let created = Timestamp::of_ms(stream.date_ms());
        if input.stream_creation_timestamp.is_some_and(|given| given != created) {
            return Err(NotFound::of(stream).into());
        }
        let after = match &input.next_token {
            None => None,
            Some(_) if input.stream_creation_timestamp.is_some() => {
                return Err(ListStreamConsumersError::TokenAndTimestamp);
            }
            Some(token) => match self.inner.vault.open_page(token, now_ms)? {
                Page::Consumers { group, after } if group == stream.group => Some(after),
                _ => return Err(PageError::Invalid.into()),
            },
        };
        let limit = door.page_limit(input.max_results);
        let listed = stream.consumers.iter().filter(|(name, _)| after.as_ref().is_none_or(|a| *name > a));
        let shapes = listed.filter_map(|(name, consumer)| shape(stream, name, consumer, now_ms));
        let mut consumers: Vec<_> = shapes.take(limit + 1).collect();
        let has_more = consumers.len() > limit;
        consumers.truncate(limit);
        let next_token = match consumers.last().filter(|_| has_more) {
            Some(last) => {
                let page = Page::Consumers { group: stream.group, after: last.consumer_name.to_string() };
                Some(self.inner.vault.seal_page(&page, now_ms)?.into())
            }
            None => None,
        };
        Ok(ListStreamConsumersOutput { consumers: Some(consumers), next_token })
    }
}

/// Why RegisterStreamConsumer registers nobody.
#[derive(Debug, thiserror::Error)]
pub enum RegisterStreamConsumerError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error("Consumer {consumer} under stream {} and account {} already exists.", .stream.name, .stream.account)]
    Exists { consumer: Box<str>, stream: StreamName },
    #[error("Stream {stream} has {count} registered consumers. Limit: {limit}.")]
    TooMany { stream: StreamName, count: usize, limit: usize },
    #[error("Stream {stream} has {count} consumers being created. Limit: {limit}.", limit = CREATING_MAX)]
    TooManyCreating { stream: StreamName, count: usize },
    #[error(transparent)]
    Tags(#[from] TagsError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("a consumer is not where it was registered")]
    Lost,
}

impl Refusal for RegisterStreamConsumerError {
    type Code = RegisterStreamConsumerCode;

    fn code(&self) -> RegisterStreamConsumerCode {
        use RegisterStreamConsumerCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) | Self::Tags(_) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) | Self::Exists { .. } => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) | Self::TooMany { .. } | Self::TooManyCreating { .. } => {
                LimitExceededException
            }
            Self::Commit(_) | Self::Lost => InternalFailure,
        }
    }
}

/// Why DeregisterStreamConsumer changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum DeregisterStreamConsumerError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for DeregisterStreamConsumerError {
    type Code = DeregisterStreamConsumerCode;

    fn code(&self) -> DeregisterStreamConsumerCode {
        use DeregisterStreamConsumerCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

/// Why DescribeStreamConsumer says nothing.
#[derive(Debug, thiserror::Error)]
pub enum DescribeStreamConsumerError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
}

impl Refusal for DescribeStreamConsumerError {
    type Code = DescribeStreamConsumerCode;

    fn code(&self) -> DescribeStreamConsumerCode {
        use DescribeStreamConsumerCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
        }
    }
}

/// Why ListStreamConsumers lists nothing.
#[derive(Debug, thiserror::Error)]
pub enum ListStreamConsumersError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("NextToken and StreamCreationTimestamp cannot be provided together.")]
    TokenAndTimestamp,
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Refusal for ListStreamConsumersError {
    type Code = ListStreamConsumersCode;

    fn code(&self) -> ListStreamConsumersCode {
        use ListStreamConsumersCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) | Self::TokenAndTimestamp | Self::Page(PageError::Invalid) => {
                InvalidArgumentException
            }
            Self::Page(PageError::Expired(_)) => ExpiredNextTokenException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Seal(_) => InternalFailure,
        }
    }
}

impl Stream {
    /// The consumer that the ARN means: of that name and of that creation.
    pub(crate) fn consumer(&self, arn: &ConsumerArn, now_ms: u64) -> Option<(&String, &state::Consumer)> {
        let (name, consumer) = self.consumers.get_key_value(&arn.name)?;
        (consumer.status(now_ms).is_some() && consumer.created() == arn.created).then_some((name, consumer))
    }
}

fn shape(
    stream: &Stream,
    name: &str,
    consumer: &state::Consumer,
    now_ms: u64,
) -> Option<ConsumerShape<'static>> {
    let consumer_status = match consumer.status(now_ms)? {
        Status::Creating => ConsumerStatus::Creating,
        Status::Active | Status::Updating => ConsumerStatus::Active,
        Status::Deleting => ConsumerStatus::Deleting,
    };
    Some(ConsumerShape {
        consumer_name: name.to_owned().into(),
        consumer_arn: stream.arn().consumer(name, consumer.created()).to_string().into(),
        consumer_status,
        consumer_creation_timestamp: Timestamp::of_ms(consumer.date_ms()),
    })
}

fn check_quotas(stream: &Stream, advantage: bool, now_ms: u64) -> Result<(), RegisterStreamConsumerError> {
    use crate::state::Mode;
    let limit = match advantage && stream.mode == Mode::OnDemand {
        true => CONSUMERS_MAX_ADVANTAGE,
        false => CONSUMERS_MAX,
    };
    let count = stream.live_consumers(now_ms).count();
    if count >= limit {
        return Err(RegisterStreamConsumerError::TooMany { stream: StreamName::of(stream), count, limit });
    }
    let count = stream.live_consumers(now_ms).filter(|(_, _, status)| *status == Status::Creating).count();
    if count >= CREATING_MAX {
        return Err(RegisterStreamConsumerError::TooManyCreating { stream: StreamName::of(stream), count });
    }
    Ok(())
}
