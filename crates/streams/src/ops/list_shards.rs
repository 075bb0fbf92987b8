//! ListShards, with its filters and pages. Source: `kinesis-semantics.md` section 7, `kinesis-api.md`
//! section 7.

use flumen_access::Caller;
use flumen_protocol::kinesis::{ListShardsInput, ListShardsOutput, ShardFilter, ShardFilterType};
use flumen_protocol::{Fault, Operation};
use flumen_types::ShardId;

use super::describe_stream::shard_shape;
use super::timestamp;
use crate::door::{Door, Target};
use crate::state::{Shard, Status, Stream};
use crate::token::{Page, ShardsFilter};
use crate::{Streams, faults};

/// What a page continues or begins.
struct Asked {
    target: Target,
    after: Option<ShardId>,
    filter: ShardsFilter,
}

impl Streams {
    pub async fn list_shards(
        &self,
        caller: &Caller,
        input: &ListShardsInput<'_>,
    ) -> Result<ListShardsOutput<'static>, Fault> {
        let door = self.door(caller, Operation::ListShards);
        let Asked { target, after, filter } = match &input.next_token {
            Some(token) => continued(&door, token, input)?,
            None => self.begun(&door, input)?,
        };
        let (stream, now_ms) = (&target.stream, self.now_ms());
        match stream.status(now_ms) {
            Some(Status::Active | Status::Updating) => {}
            Some(status) => return Err(faults::not_active(stream, status)),
            None => return Err(faults::stream_not_found(&stream.realm(), &stream.name)),
        }
        let limit = door.page_limit(input.max_results);
        let horizon_ms = stream.horizon_ms(now_ms);
        let listed = stream.shards.iter().filter(|shard| {
            !shard.is_expired(horizon_ms) && after.is_none_or(|a| shard.id() > a) && admits(filter, shard)
        });
        let mut shards: Vec<&Shard> = listed.take(limit + 1).collect();
        let has_more = shards.len() > limit;
        shards.truncate(limit);
        let next_token = match shards.last().filter(|_| has_more) {
            Some(last) => {
                let page = Page::Shards { group: stream.group, after: last.index, filter };
                Some(self.inner.vault.seal_page(&page, now_ms)?.into())
            }
            None => None,
        };
        Ok(ListShardsOutput { shards: Some(shards.into_iter().map(shard_shape).collect()), next_token })
    }

    fn begun(&self, door: &Door<'_>, input: &ListShardsInput<'_>) -> Result<Asked, Fault> {
        let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
        if name.is_none() && arn.is_none() {
            return Err(faults::invalid_argument("Either NextToken or StreamName should be provided."));
        }
        let named = door.named(name, arn)?;
        let asked = named.arn.clone();
        let no_shard = |text: &str| faults::shard_not_found(&asked.name, &asked.realm.account, text);
        let parse = |text: &str| ShardId::parse(text).ok_or_else(|| no_shard(text));
        let mut after = input.exclusive_start_shard_id.as_deref().map(parse).transpose()?;
        let target = named.find()?;
        if let Some(created) = input.stream_creation_timestamp
            && created != timestamp(target.stream.date_ms())
        {
            return Err(faults::stream_not_found(&asked.realm, &asked.name));
        }
        let mut filter = ShardsFilter::All;
        if let Some(given) = &input.shard_filter {
            if given.r#type == ShardFilterType::AfterShardId {
                let id = given.shard_id.as_deref().ok_or_else(|| filter_lacks(given, "ShardId"))?;
                after = after.max(Some(parse(id)?));
            } else {
                filter = resolve(given, &target.stream, self.now_ms())?;
            }
        }
        Ok(Asked { target, after, filter })
    }
}

/// A token stands for everything that the first page was asked with.
fn continued(door: &Door<'_>, token: &str, input: &ListShardsInput<'_>) -> Result<Asked, Fault> {
    let beside = [
        ("StreamName", input.stream_name.is_some()),
        ("StreamARN", input.stream_arn.is_some()),
        ("ExclusiveStartShardId", input.exclusive_start_shard_id.is_some()),
        ("ShardFilter", input.shard_filter.is_some()),
        ("StreamCreationTimestamp", input.stream_creation_timestamp.is_some()),
    ];
    if let Some((member, _)) = beside.iter().find(|(_, given)| *given) {
        let message = format!("NextToken and {member} cannot be provided together.");
        return Err(faults::invalid_argument(message));
    }
    let (target, after, filter) = door.shards_page(token)?;
    Ok(Asked { target, after: ShardId::new(after), filter })
}

/// Fixes the times that a filter speaks of, so that every page sees the same ones.
fn resolve(filter: &ShardFilter<'_>, stream: &Stream, now_ms: u64) -> Result<ShardsFilter, Fault> {
    use ShardFilterType::*;
    let horizon_ms = stream.horizon_ms(now_ms).max(stream.created_at_ms);
    let given_ms = |name| {
        let given = filter.timestamp.ok_or_else(|| filter_lacks(filter, name))?;
        Ok::<_, Fault>(u64::try_from(given.0).unwrap_or(0).max(horizon_ms))
    };
    match filter.r#type {
        AfterShardId | FromTrimHorizon => Ok(ShardsFilter::All),
        AtTrimHorizon => Ok(ShardsFilter::At { ms: horizon_ms }),
        AtLatest => Ok(ShardsFilter::Latest),
        AtTimestamp => Ok(ShardsFilter::At { ms: given_ms("Timestamp")? }),
        FromTimestamp => Ok(ShardsFilter::From { ms: given_ms("Timestamp")? }),
    }
}

fn filter_lacks(filter: &ShardFilter<'_>, member: &str) -> Fault {
    let kind = filter.r#type.as_str();
    faults::invalid_argument(format!("{member} must be provided in a ShardFilter of type {kind}."))
}

/// A shard counts as open until its children are, so that the shards of any moment cover the ring once.
fn admits(filter: ShardsFilter, shard: &Shard) -> bool {
    match filter {
        ShardsFilter::All => true,
        ShardsFilter::Latest => shard.is_open(),
        ShardsFilter::At { ms } => {
            shard.opened_at_ms <= ms && shard.closed_at_ms.is_none_or(|closed| ms < closed)
        }
        ShardsFilter::From { ms } => shard.closed_at_ms.is_none_or(|closed| ms <= closed),
    }
}
