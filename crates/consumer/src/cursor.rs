//! One shard, polled: GetShardIterator, then GetRecords again and again.

use std::borrow::Cow;

use flumen_client::{Client, Stream};
use flumen_protocol::kinesis::{GetRecordsInput, GetShardIteratorInput};
use flumen_protocol::{ErrorCode, Timestamp};

use crate::error::unreadable;
use crate::page::records;
use crate::{Error, Page, Shard, Start};

/// A place in a shard that moves on with each read.
pub struct Cursor {
    shard: String,
    start: Start,
    iterator: Option<String>,
}

impl Cursor {
    /// The place is found with the first read, or by [`Cursor::place`].
    pub fn new(shard: String, start: Start) -> Self {
        Cursor { shard, start, iterator: None }
    }

    /// Finds the place now, so that what comes from here on is read.
    pub async fn place(&mut self, client: &Client, stream: &Stream) -> Result<(), Error> {
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
        let answer = client.call(&input).await?;
        let iterator = answer.read()?.shard_iterator.ok_or_else(|| unreadable("it has no iterator"))?;
        self.iterator = Some(iterator.into_owned());
        Ok(())
    }

    /// The records from here on, at most as many as one call returns. After an error the place is the same; one that
    /// has expired is found again.
    pub async fn read(&mut self, client: &Client, stream: &Stream) -> Result<Page, Error> {
        if self.iterator.is_none() {
            self.place(client, stream).await?;
        }
        let iterator = self.iterator.as_deref().unwrap_or_default();
        let input = GetRecordsInput {
            shard_iterator: Cow::Borrowed(iterator),
            stream_arn: stream.arn(),
            ..GetRecordsInput::default()
        };
        let answer = match client.call(&input).await {
            Ok(answer) => answer,
            Err(error) => {
                if error.code() == Some(ErrorCode::ExpiredIteratorException) {
                    // The next read finds the place again, behind the last record that was seen.
                    self.iterator = None;
                }
                return Err(error.into());
            }
        };
        let output = answer.read()?;
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
