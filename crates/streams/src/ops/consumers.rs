//! Registered consumers: RegisterStreamConsumer, DeregisterStreamConsumer, DescribeStreamConsumer,
//! ListStreamConsumers. Source: `kinesis-api.md` sections 4.2 and 9, `kinesis-semantics.md` section 9.

use std::collections::BTreeMap;

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    Consumer as ConsumerShape, ConsumerDescription, ConsumerStatus, DeregisterStreamConsumerInput,
    DescribeStreamConsumerInput, DescribeStreamConsumerOutput, ListStreamConsumersInput,
    ListStreamConsumersOutput, RegisterStreamConsumerInput, RegisterStreamConsumerOutput,
};
use flumen_protocol::{Fault, Operation};
use flumen_types::ConsumerArn;

use super::retention::require_steady;
use super::{tags, timestamp};
use crate::door::Consumer;
use crate::state::{self, Change, State, Status, Stream, arn_date};
use crate::token::Page;
use crate::{Streams, faults};

const CONSUMERS_MAX: usize = 20;
/// With the minimum throughput billing commitment, on on-demand streams.
const CONSUMERS_MAX_ADVANTAGE: usize = 50;
const CREATING_MAX: usize = 5;

impl Streams {
    pub async fn register_stream_consumer(
        &self,
        caller: &Caller,
        input: &RegisterStreamConsumerInput<'_>,
    ) -> Result<RegisterStreamConsumerOutput<'static>, Fault> {
        let name = &input.consumer_name;
        let wanted = input.tags.as_ref().map(tags::owned).unwrap_or_default();
        let door = self.door(caller, Operation::RegisterStreamConsumer);
        let target = door.stream(None, Some(&input.stream_arn))?;
        let group = target.stream.group;
        let decide = |state: &State, now_ms| {
            let gone = || faults::stream_not_found(&target.stream.realm(), &target.stream.name);
            let stream = state.streams.get(&group).filter(|s| s.status(now_ms).is_some()).ok_or_else(gone)?;
            require_steady(stream, now_ms)?;
            if stream.consumers.get(name.as_ref()).is_some_and(|c| c.status(now_ms).is_some()) {
                return Err(faults::consumer_exists(stream, name));
            }
            if self.quotas_apply() {
                let commitment = state.settings(&stream.realm()).commitment;
                let advantage = commitment.is_some_and(|c| c.enabled(now_ms));
                check_quotas(stream, advantage, now_ms)?;
            }
            let whose = format!("consumer {name}");
            let tags = tags::merge_for(&whose, &stream.realm(), &BTreeMap::new(), wanted.clone())?;
            let active_at_ms = self.after_transition_ms(now_ms);
            let change = Change::RegisterConsumer { group, name: name.to_string(), active_at_ms, tags };
            Ok((Some(change), ()))
        };
        // Its date lies above whatever the account and region have had before.
        let dated = |state: &State, ()| {
            let consumers = state.streams.get(&group).map(|stream| &stream.consumers);
            consumers.and_then(|consumers| consumers.get(name.as_ref())).map(|consumer| consumer.date_ms())
        };
        let dated = self.commit_and(Some(caller), decide, dated).await?;
        let date_ms = dated.ok_or_else(|| faults::internal("a consumer is not where it was registered"))?;
        let arn = target.stream.arn().consumer(name, arn_date(date_ms));
        Ok(RegisterStreamConsumerOutput {
            consumer: ConsumerShape {
                consumer_name: arn.name.clone().into(),
                consumer_arn: arn.to_string().into(),
                consumer_status: ConsumerStatus::Creating,
                consumer_creation_timestamp: timestamp(date_ms),
            },
        })
    }

    pub async fn deregister_stream_consumer(
        &self,
        caller: &Caller,
        input: &DeregisterStreamConsumerInput<'_>,
    ) -> Result<(), Fault> {
        let (arn, stream_arn) = (input.consumer_arn.as_deref(), input.stream_arn.as_deref());
        let door = self.door(caller, Operation::DeregisterStreamConsumer);
        let Consumer { target, name } = door.consumer(arn, stream_arn, input.consumer_name.as_deref())?;
        let group = target.stream.group;
        self.commit(Some(caller), |state, now_ms| {
            let missing = || faults::consumer_not_found(&name, &target.stream.account);
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
    ) -> Result<DescribeStreamConsumerOutput<'static>, Fault> {
        let (arn, stream_arn) = (input.consumer_arn.as_deref(), input.stream_arn.as_deref());
        let door = self.door(caller, Operation::DescribeStreamConsumer);
        let Consumer { target, name } = door.consumer(arn, stream_arn, input.consumer_name.as_deref())?;
        let stream = &target.stream;
        let consumer = stream.consumers.get(&name).and_then(|c| shape(stream, &name, c, self.now_ms()));
        let consumer = consumer.ok_or_else(|| faults::consumer_not_found(&name, &stream.account))?;
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
    ) -> Result<ListStreamConsumersOutput<'static>, Fault> {
        let door = self.door(caller, Operation::ListStreamConsumers);
        let target = door.stream(None, Some(&input.stream_arn))?;
        let (stream, now_ms) = (&target.stream, self.now_ms());
        let created = timestamp(stream.date_ms());
        if input.stream_creation_timestamp.is_some_and(|given| given != created) {
            return Err(faults::stream_not_found(&stream.realm(), &stream.name));
        }
        let after = match &input.next_token {
            None => None,
            Some(_) if input.stream_creation_timestamp.is_some() => {
                let message = "NextToken and StreamCreationTimestamp cannot be provided together.";
                return Err(faults::invalid_argument(message));
            }
            Some(token) => match self.inner.vault.open_page(token, now_ms)? {
                Page::Consumers { group, after } if group == stream.group => Some(after),
                _ => return Err(faults::invalid_argument("Invalid NextToken.")),
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
        consumer_creation_timestamp: timestamp(consumer.date_ms()),
    })
}

fn check_quotas(stream: &Stream, advantage: bool, now_ms: u64) -> Result<(), Fault> {
    use crate::state::Mode;
    let maximum = match advantage && stream.mode == Mode::OnDemand {
        true => CONSUMERS_MAX_ADVANTAGE,
        false => CONSUMERS_MAX,
    };
    let Stream { name, account, .. } = stream;
    let count = stream.live_consumers(now_ms).count();
    if count >= maximum {
        return Err(faults::limit_exceeded(format!(
            "Stream {name} under account {account} has {count} registered consumers. Limit: {maximum}."
        )));
    }
    let creating = stream.live_consumers(now_ms).filter(|(_, _, status)| *status == Status::Creating).count();
    if creating >= CREATING_MAX {
        return Err(faults::limit_exceeded(format!(
            "Stream {name} under account {account} has {creating} consumers being created. Limit: {CREATING_MAX}."
        )));
    }
    Ok(())
}
