//! The shards of a stream, and reading one of them from a place on.

use std::borrow::Cow;

use anyhow::Context;
use flumen_client::Client;
use flumen_protocol::kinesis::{
    GetRecordsInput, GetRecordsOutput, GetShardIteratorInput, GetShardIteratorOutput, ListShardsInput,
    ListShardsOutput, ShardFilter, ShardFilterType, ShardIteratorType,
};
use flumen_protocol::{ErrorCode, Operation, Timestamp, kinesis};
use flumen_types::{HashKey, HashKeyRange};

use super::Stream;

#[derive(Clone, Debug)]
pub struct Shard {
    pub id: String,
    /// None, one after a split, two after a merge. They may be too old to be there still.
    pub parents: Vec<String>,
    pub range: HashKeyRange,
    pub is_open: bool,
}

impl Shard {
    fn read(shard: &kinesis::Shard<'_>) -> anyhow::Result<Self> {
        let parents = [&shard.parent_shard_id, &shard.adjacent_parent_shard_id];
        Ok(Shard {
            id: shard.shard_id.to_string(),
            parents: parents.into_iter().flatten().map(ToString::to_string).collect(),
            range: range(&shard.hash_key_range)?,
            is_open: shard.sequence_number_range.ending_sequence_number.is_none(),
        })
    }

    pub fn children(children: &[kinesis::ChildShard<'_>]) -> anyhow::Result<Vec<Self>> {
        let child = |child: &kinesis::ChildShard<'_>| {
            Ok(Shard {
                id: child.shard_id.to_string(),
                parents: child.parent_shards.iter().map(ToString::to_string).collect(),
                range: range(&child.hash_key_range)?,
                is_open: true,
            })
        };
        children.iter().map(child).collect()
    }
}

fn range(range: &kinesis::HashKeyRange<'_>) -> anyhow::Result<HashKeyRange> {
    let key = |text: &str| HashKey::parse(text).with_context(|| format!("hash key {text:?} is none"));
    Ok(HashKeyRange { start: key(&range.starting_hash_key)?, end: key(&range.ending_hash_key)? })
}

/// Which shards to list: all, or those that were open at a time and later ones.
pub fn filter(kind: ShardFilterType, timestamp_ms: Option<i64>) -> ShardFilter<'static> {
    ShardFilter { r#type: kind, shard_id: None, timestamp: timestamp_ms.map(Timestamp) }
}

/// The shards of a stream, page by page, in the order of their ids.
pub async fn list(
    client: &Client,
    stream: &Stream,
    filter: Option<ShardFilter<'static>>,
) -> anyhow::Result<Vec<Shard>> {
    let mut shards = Vec::new();
    let mut input = ListShardsInput {
        stream_name: stream.name(),
        stream_arn: stream.arn(),
        shard_filter: filter,
        ..ListShardsInput::default()
    };
    loop {
        let answer = client.call(Operation::ListShards, &input).await?;
        let output: ListShardsOutput<'_> = answer.read()?;
        for shard in output.shards.iter().flatten() {
            shards.push(Shard::read(shard)?);
        }
        let Some(token) = output.next_token else { return Ok(shards) };
        input = ListShardsInput { next_token: Some(token.into_owned().into()), ..ListShardsInput::default() };
    }
}

/// Where reading a shard begins.
#[derive(Clone, Debug)]
pub enum Start {
    Latest,
    TrimHorizon,
    AtTime(i64),
    After(String),
}

impl Start {
    /// As requests say it: the kind, with a sequence number or a time where it has one.
    pub fn parts(&self) -> (ShardIteratorType, Option<&str>, Option<i64>) {
        match self {
            Start::Latest => (ShardIteratorType::Latest, None, None),
            Start::TrimHorizon => (ShardIteratorType::TrimHorizon, None, None),
            Start::AtTime(ms) => (ShardIteratorType::AtTimestamp, None, Some(*ms)),
            Start::After(number) => (ShardIteratorType::AfterSequenceNumber, Some(number), None),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Record {
    pub sequence_number: String,
    pub key: String,
    pub arrival_ms: i64,
    pub data: Vec<u8>,
}

pub struct Page {
    pub records: Vec<Record>,
    /// How far behind the tip this read ended; zero at the tip.
    pub behind_ms: i64,
    /// `Some` at the end of a closed shard.
    pub children: Option<Vec<Shard>>,
}

/// A place in a shard that moves on with each read.
pub struct Cursor {
    pub shard: String,
    start: Start,
    iterator: Option<String>,
}

impl Cursor {
    pub fn new(shard: String, start: Start) -> Self {
        Cursor { shard, start, iterator: None }
    }

    /// Finds the place now, so that what comes from here on is read.
    pub async fn place(&mut self, client: &Client, stream: &Stream) -> anyhow::Result<()> {
        let (kind, sequence_number, timestamp_ms) = self.start.parts();
        let input = GetShardIteratorInput {
            stream_name: stream.name(),
            stream_arn: stream.arn(),
            shard_id: Cow::Borrowed(&self.shard),
            shard_iterator_type: kind,
            starting_sequence_number: sequence_number.map(Cow::Borrowed),
            timestamp: timestamp_ms.map(Timestamp),
            dry_run: None,
        };
        let answer = client.call(Operation::GetShardIterator, &input).await?;
        let output: GetShardIteratorOutput<'_> = answer.read()?;
        let iterator = output.shard_iterator.context("the answer to GetShardIterator has no iterator")?;
        self.iterator = Some(iterator.into_owned());
        Ok(())
    }

    /// The records from here on, at most as many as one call returns.
    pub async fn read(&mut self, client: &Client, stream: &Stream) -> anyhow::Result<Page> {
        if self.iterator.is_none() {
            self.place(client, stream).await?;
        }
        let iterator = self.iterator.as_deref().unwrap_or_default();
        let input = GetRecordsInput {
            shard_iterator: Cow::Borrowed(iterator),
            stream_arn: stream.arn(),
            ..GetRecordsInput::default()
        };
        let answer = match client.call(Operation::GetRecords, &input).await {
            Ok(answer) => answer,
            Err(error) => {
                if error.code() == Some(ErrorCode::ExpiredIteratorException) {
                    // The next read finds the place again, behind the last record that was seen.
                    self.iterator = None;
                }
                return Err(error.into());
            }
        };
        let output: GetRecordsOutput<'_> = answer.read()?;
        let records = records(&output.records)?;
        if let Some(last) = records.last() {
            self.start = Start::After(last.sequence_number.clone());
        }
        self.iterator = output.next_shard_iterator.map(Cow::into_owned);
        let children = match &self.iterator {
            Some(_) => None,
            None => Some(Shard::children(output.child_shards.as_deref().unwrap_or_default())?),
        };
        Ok(Page { records, behind_ms: output.millis_behind_latest.unwrap_or(0), children })
    }
}

pub fn records(records: &[kinesis::Record<'_>]) -> anyhow::Result<Vec<Record>> {
    let record = |record: &kinesis::Record<'_>| {
        Ok(Record {
            sequence_number: record.sequence_number.to_string(),
            key: record.partition_key.as_deref().unwrap_or_default().to_owned(),
            arrival_ms: record.approximate_arrival_timestamp.map_or(0, |time| time.0),
            data: record.data.to_bytes()?.into_owned(),
        })
    };
    records.iter().map(record).collect()
}
