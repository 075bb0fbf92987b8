//! The shards of a stream.

use flumen_client::{Client, Stream};
use flumen_protocol::kinesis::{self, ListShardsInput, ShardFilter};
use flumen_types::{HashKey, HashKeyRange};

use crate::Error;
use crate::error::unreadable;

/// What is needed of a shard to read it in its turn.
#[derive(Clone, Debug)]
pub struct Shard {
    pub id: String,
    /// None, one after a split, two after a merge. They may be too old to be there still.
    pub parents: Vec<String>,
    pub range: HashKeyRange,
    /// Whether records can still be put on it.
    pub is_open: bool,
}

impl Shard {
    fn read(shard: &kinesis::Shard<'_>) -> Result<Self, Error> {
        let parents = [&shard.parent_shard_id, &shard.adjacent_parent_shard_id];
        Ok(Shard {
            id: shard.shard_id.to_string(),
            parents: parents.into_iter().flatten().map(ToString::to_string).collect(),
            range: range(&shard.hash_key_range)?,
            is_open: shard.sequence_number_range.ending_sequence_number.is_none(),
        })
    }

    /// What came of a closed shard, as its last answer says.
    pub(crate) fn children(children: &[kinesis::ChildShard<'_>]) -> Result<Vec<Self>, Error> {
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

fn range(range: &kinesis::HashKeyRange<'_>) -> Result<HashKeyRange, Error> {
    let key =
        |text: &str| HashKey::parse(text).ok_or_else(|| unreadable(format!("hash key {text:?} is none")));
    Ok(HashKeyRange { start: key(&range.starting_hash_key)?, end: key(&range.ending_hash_key)? })
}

/// The shards of a stream, page by page, in the order of their ids. Without a filter all that are kept, closed ones
/// included; [`Start::filter`](crate::Start::filter) makes one.
pub async fn list_shards(
    client: &Client,
    stream: &Stream,
    filter: Option<ShardFilter<'static>>,
) -> Result<Vec<Shard>, Error> {
    let mut shards = Vec::new();
    let mut input = ListShardsInput {
        stream_name: stream.name(),
        stream_arn: stream.arn(),
        shard_filter: filter,
        ..ListShardsInput::default()
    };
    loop {
        let answer = client.call(&input).await?;
        let output = answer.read()?;
        for shard in output.shards.iter().flatten() {
            shards.push(Shard::read(shard)?);
        }
        let Some(token) = output.next_token else { return Ok(shards) };
        input = ListShardsInput { next_token: Some(token.into_owned().into()), ..ListShardsInput::default() };
    }
}
