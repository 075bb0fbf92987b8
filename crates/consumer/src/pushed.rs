//! A shard as a registered consumer gets it: its records are pushed, over one subscription after the other.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use flumen_client::{Client, Stream, Subscription};
use flumen_protocol::kinesis::{
    ConsumerStatus, DeregisterStreamConsumerInput, DescribeStreamConsumerInput, DescribeStreamSummaryInput,
    RegisterStreamConsumerInput, StartingPosition, SubscribeToShardInput,
};
use flumen_protocol::{ErrorCode, Timestamp};

use crate::page::records;
use crate::{Error, Page, Shard, Start};

/// Between two looks whether a new consumer is ACTIVE, and how many.
const LOOK: Duration = Duration::from_millis(500);
const LOOKS_MAX: u32 = 120;

/// A registered consumer of a stream.
#[derive(Clone, Debug)]
pub struct Consumer {
    pub arn: Arc<str>,
    /// It was not there before, and is not to be there afterwards.
    ours: bool,
}

impl Consumer {
    /// The one of that name, registered if there is none, once it can be pushed to. A new one is waited for, a minute
    /// at most.
    pub async fn named(client: &Client, stream: &Stream, name: &str) -> Result<Self, Error> {
        let stream_arn = match stream.arn() {
            Some(arn) => arn.into_owned(),
            None => {
                let input = DescribeStreamSummaryInput { stream_name: stream.name(), ..Default::default() };
                let answer = client.call(&input).await?;
                answer.read()?.stream_description_summary.stream_arn.into_owned()
            }
        };
        let register = RegisterStreamConsumerInput {
            stream_arn: Cow::Borrowed(&stream_arn),
            consumer_name: Cow::Borrowed(name),
            tags: None,
        };
        let ours = match client.call(&register).await {
            Ok(_) => true,
            Err(error) if error.code() == Some(ErrorCode::ResourceInUseException) => false,
            Err(error) => return Err(error.into()),
        };
        let describe = DescribeStreamConsumerInput {
            stream_arn: Some(Cow::Borrowed(&stream_arn)),
            consumer_name: Some(Cow::Borrowed(name)),
            consumer_arn: None,
        };
        for _ in 0..LOOKS_MAX {
            let answer = client.call(&describe).await?;
            let seen = answer.read()?.consumer_description;
            if seen.consumer_status == ConsumerStatus::Active {
                return Ok(Consumer { arn: seen.consumer_arn.as_ref().into(), ours });
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(Error::NotActive { name: name.to_owned(), within: LOOK * LOOKS_MAX })
    }

    /// Deregisters it, unless it was there before.
    pub async fn let_go(self, client: &Client) -> Result<(), Error> {
        if self.ours {
            let input = DeregisterStreamConsumerInput {
                consumer_arn: Some(Cow::Borrowed(&self.arn)),
                ..Default::default()
            };
            let answer = client.call(&input).await;
            answer.map_err(|source| Error::StillRegistered { arn: self.arn, source })?;
        }
        Ok(())
    }
}

/// A place in a shard that moves on with each event.
pub struct Pushed {
    shard: String,
    consumer: Arc<str>,
    start: Start,
    subscription: Option<Subscription>,
}

impl Pushed {
    pub fn new(consumer: &Consumer, shard: String, start: Start) -> Self {
        Pushed { shard, consumer: consumer.arn.clone(), start, subscription: None }
    }

    /// The next event, of another subscription where one has ended or failed.
    pub async fn read(&mut self, client: &Client) -> Result<Page, Error> {
        loop {
            let mut subscription = match self.subscription.take() {
                Some(subscription) => subscription,
                None => subscribe(client, &self.consumer, &self.shard, &self.start).await?,
            };
            let Some(answer) = subscription.next().await? else { continue };
            let event = answer.read()?;
            let records = records(&event.records)?;
            if let Some(number) = &event.continuation_sequence_number {
                self.start = Start::After(number.to_string());
            }
            let children = match event.continuation_sequence_number {
                Some(_) => None,
                None => Some(Shard::children(event.child_shards.as_deref().unwrap_or_default())?),
            };
            self.subscription = Some(subscription);
            return Ok(Page { records, behind_ms: event.millis_behind_latest, children });
        }
    }
}

async fn subscribe(
    client: &Client,
    consumer: &str,
    shard: &str,
    start: &Start,
) -> Result<Subscription, flumen_client::Error> {
    let (kind, number, timestamp_ms) = start.parts();
    let starting_position = StartingPosition {
        r#type: kind,
        sequence_number: number.map(Cow::Borrowed),
        timestamp: timestamp_ms.map(Timestamp),
    };
    let input = SubscribeToShardInput {
        consumer_arn: Cow::Borrowed(consumer),
        shard_id: Cow::Borrowed(shard),
        starting_position,
        ..Default::default()
    };
    client.subscribe(&input).await
}
