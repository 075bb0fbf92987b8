//! Streams and their consumers. How many shards a stream has is the file's to say when it is made, and later whoever
//! splits and merges.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use flumen_client::Client;
use flumen_protocol::ErrorCode;
use flumen_protocol::kinesis::{
    AddTagsToStreamInput, CreateStreamInput, DecreaseStreamRetentionPeriodInput, DescribeStreamSummaryInput,
    IncreaseStreamRetentionPeriodInput, ListStreamConsumersInput, ListTagsForStreamInput,
    RegisterStreamConsumerInput, RemoveTagsFromStreamInput, StreamMode, StreamModeDetails, StreamStatus,
};

use super::file::{Stream, Tags};
use super::{Account, Changes};

/// How long a stream may take to become active.
const ACTIVE_MAX: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A stream that is there.
struct Found {
    arn: String,
    status: StreamStatus,
    retention_hours: i32,
}

impl Account<'_> {
    pub(super) async fn apply_streams(&self, changes: &mut Changes) -> anyhow::Result<()> {
        for stream in self.file.streams.iter().filter(|stream| self.has(&stream.account)) {
            let what = format!("stream {}", stream.name);
            let client = (self.streams)(&stream.region).with_context(|| what.clone())?;
            let (mut steps, mut is_new) = (Vec::new(), false);
            let done = apply(&client, stream, changes, &mut is_new, &mut steps).await;
            changes.done(&what, is_new, &steps);
            done.with_context(|| what)?;
        }
        Ok(())
    }
}

async fn apply(
    client: &Client,
    stream: &Stream,
    changes: &Changes,
    is_new: &mut bool,
    steps: &mut Vec<String>,
) -> anyhow::Result<()> {
    if found(client, &stream.name).await?.is_none() {
        create(client, stream).await?;
        *is_new = true;
    }
    let found = active(client, &stream.name).await?;
    let (name, hours) = (Some(stream.name.as_str().into()), found.retention_hours);
    match stream.retention_hours {
        Some(wanted) if wanted > hours => {
            let input = IncreaseStreamRetentionPeriodInput {
                stream_name: name,
                retention_period_hours: wanted,
                stream_arn: None,
            };
            client.call(&input).await?;
            steps.push(format!("retention {wanted} h"));
        }
        // Records go by that.
        Some(wanted) if wanted < hours && changes.prune => {
            let input = DecreaseStreamRetentionPeriodInput {
                stream_name: name,
                retention_period_hours: wanted,
                stream_arn: None,
            };
            client.call(&input).await?;
            steps.push(format!("retention {wanted} h"));
        }
        Some(wanted) if wanted < hours => {
            (changes.note)(&format!(
                "stream {} keeps records for {hours} h and not {wanted}: --prune makes it less",
                stream.name
            ));
        }
        _ => {}
    }
    if let Some(wanted) = &stream.tags {
        tags(client, &stream.name, wanted, steps).await?;
    }
    if let Some(wanted) = &stream.consumers {
        active(client, &stream.name).await?;
        let has: BTreeSet<String> = consumers(client, &found.arn).await?.into_iter().collect();
        for consumer in wanted.difference(&has) {
            let input = RegisterStreamConsumerInput {
                stream_arn: found.arn.as_str().into(),
                consumer_name: consumer.as_str().into(),
                tags: None,
            };
            client.call(&input).await?;
            steps.push(format!("consumer {consumer}"));
        }
    }
    Ok(())
}

async fn found(client: &Client, name: &str) -> anyhow::Result<Option<Found>> {
    let input = DescribeStreamSummaryInput { stream_name: Some(name.into()), stream_arn: None };
    let answer = match client.call(&input).await {
        Ok(answer) => answer,
        Err(error) if error.code() == Some(ErrorCode::ResourceNotFoundException) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let of = answer.read()?.stream_description_summary;
    Ok(Some(Found {
        arn: of.stream_arn.into_owned(),
        status: of.stream_status,
        retention_hours: of.retention_period_hours,
    }))
}

async fn active(client: &Client, name: &str) -> anyhow::Result<Found> {
    let begun = Instant::now();
    loop {
        let found = found(client, name).await?.context("it is there no more")?;
        if found.status == StreamStatus::Active {
            return Ok(found);
        }
        let status = found.status.as_str();
        ensure!(begun.elapsed() < ACTIVE_MAX, "it is {status} for {} s", ACTIVE_MAX.as_secs());
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn create(client: &Client, stream: &Stream) -> anyhow::Result<()> {
    let mode = if stream.shards.is_some() { StreamMode::Provisioned } else { StreamMode::OnDemand };
    let input = CreateStreamInput {
        stream_name: stream.name.as_str().into(),
        shard_count: stream.shards,
        stream_mode_details: Some(StreamModeDetails { stream_mode: mode }),
        ..CreateStreamInput::default()
    };
    client.call(&input).await?;
    Ok(())
}

async fn tags(client: &Client, name: &str, wanted: &Tags, steps: &mut Vec<String>) -> anyhow::Result<()> {
    let input =
        ListTagsForStreamInput { stream_name: Some(name.into()), ..ListTagsForStreamInput::default() };
    let answer = client.call(&input).await?;
    // A stream has fifty at most, which fit into one answer.
    let has = answer.read()?.tags;
    let value = |key: &str| has.iter().find(|tag| tag.key == key).and_then(|tag| tag.value.as_deref());
    let set = wanted.iter().filter(|(key, wanted)| value(key) != Some(wanted));
    let set: Vec<_> = set.map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect();
    let gone = has.iter().filter(|tag| !wanted.contains_key(&*tag.key));
    let gone: Vec<_> = gone.map(|tag| tag.key.clone()).collect();
    if !gone.is_empty() {
        let input =
            RemoveTagsFromStreamInput { stream_name: Some(name.into()), tag_keys: gone, stream_arn: None };
        client.call(&input).await?;
        steps.push("tags".to_owned());
    }
    if !set.is_empty() {
        let tags = set.into_iter().collect();
        client.call(&AddTagsToStreamInput { stream_name: Some(name.into()), tags, stream_arn: None }).await?;
        steps.push("tags".to_owned());
    }
    steps.dedup();
    Ok(())
}

/// The names of all of a stream.
pub(super) async fn consumers(client: &Client, arn: &str) -> anyhow::Result<Vec<String>> {
    let (mut names, mut token) = (Vec::new(), None);
    loop {
        let input = ListStreamConsumersInput {
            stream_arn: arn.into(),
            next_token: token.take().map(|token: String| token.into()),
            ..ListStreamConsumersInput::default()
        };
        let answer = client.call(&input).await?;
        let page = answer.read()?;
        names
            .extend(page.consumers.into_iter().flatten().map(|consumer| consumer.consumer_name.into_owned()));
        token = page.next_token.map(|token| token.into_owned());
        if token.is_none() {
            return Ok(names);
        }
    }
}

/// The ARN of a stream that is there.
pub(super) async fn arn(client: &Client, name: &str) -> anyhow::Result<Option<String>> {
    Ok(found(client, name).await?.map(|found| found.arn))
}
