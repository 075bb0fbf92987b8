//! SplitShard, MergeShards and UpdateShardCount: requests turned into reshard steps, checked against the
//! stream as it is. Source: `kinesis-semantics.md` section 6.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    MergeShardsInput, SplitShardInput, UpdateShardCountInput, UpdateShardCountOutput,
};
use flumen_protocol::{Fault, Operation};
use flumen_types::{HashKey, ShardId, StreamArn};

use super::create_stream::check_shard_quota;
use super::int;
use crate::door::Target;
use crate::state::{Change, DAY_MS, Decimal128, Mode, Reshard, Shard, Step, Stream};
use crate::{Streams, faults, require_active};

const TARGET_SHARDS_MAX: usize = 10_000;

impl Streams {
    pub async fn split_shard(&self, caller: &Caller, input: &SplitShardInput<'_>) -> Result<(), Fault> {
        let door = self.door(caller, Operation::SplitShard);
        let named = door.named(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let id = parse_shard(&named.arn, &input.shard_to_split)?;
        self.reshard(caller, named.find()?, |stream| {
            let shard = open_shard(stream, id)?;
            let at = HashKey::parse(&input.new_starting_hash_key).filter(|at| splits(shard, *at));
            let at = at.ok_or_else(|| faults::split_key(stream, shard, &input.new_starting_hash_key))?;
            Ok(Plan {
                steps: vec![Step::Split { shard: id.index(), at: Decimal128(at.0) }],
                ..Plan::adding(1)
            })
        })
        .await
        .map(|_| ())
    }

    pub async fn merge_shards(&self, caller: &Caller, input: &MergeShardsInput<'_>) -> Result<(), Fault> {
        let door = self.door(caller, Operation::MergeShards);
        let named = door.named(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let lower = parse_shard(&named.arn, &input.shard_to_merge)?;
        let upper = parse_shard(&named.arn, &input.adjacent_shard_to_merge)?;
        self.reshard(caller, named.find()?, |stream| {
            let (l, u) = (open_shard(stream, lower)?, open_shard(stream, upper)?);
            if l.end_key.0.checked_add(1) != Some(u.start_key.0) {
                return Err(faults::not_adjacent(stream, lower, upper));
            }
            let step = Step::Merge { lower: lower.index(), upper: upper.index() };
            Ok(Plan { steps: vec![step], ..Plan::adding(0) })
        })
        .await
        .map(|_| ())
    }

    pub async fn update_shard_count(
        &self,
        caller: &Caller,
        input: &UpdateShardCountInput<'_>,
    ) -> Result<UpdateShardCountOutput<'static>, Fault> {
        let door = self.door(caller, Operation::UpdateShardCount);
        let stream = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let target = usize::try_from(input.target_shard_count).unwrap_or(1);
        let (stream_arn, current) = self
            .reshard(caller, stream, |stream| {
                let current = stream.open_shards().count();
                check_target(stream, current, target)?;
                if self.quotas_apply() {
                    check_rescales(stream, door.a_day(), self.now_ms())?;
                }
                let steps = stream.uniform_steps(u32::try_from(target).unwrap_or(u32::MAX)).steps;
                // A split adds one open shard, and until the merges are done all of them are open.
                let splits = steps.iter().filter(|step| matches!(step, Step::Split { .. })).count();
                Ok(Plan { steps, rescale: true, ..Plan::adding(splits) })
            })
            .await?;
        Ok(UpdateShardCountOutput {
            stream_name: Some(stream_arn.name.clone().into()),
            current_shard_count: Some(int(current)),
            target_shard_count: Some(input.target_shard_count),
            stream_arn: Some(stream_arn.to_string().into()),
        })
    }

    /// Plans against the state that the change will meet and carries it out, at once or after the
    /// transition time. Answers with the stream's ARN and its open shards before.
    async fn reshard(
        &self,
        caller: &Caller,
        target: Target,
        mut plan: impl FnMut(&Stream) -> Result<Plan, Fault>,
    ) -> Result<(StreamArn, usize), Fault> {
        let group = target.stream.group;
        let transition_ms = self.inner.settings.transition_ms;
        self.commit(Some(caller), |state, at_ms| {
            let gone = || faults::stream_not_found(&target.stream.realm(), &target.stream.name);
            let stream = state.streams.get(&group).ok_or_else(gone)?;
            if stream.mode == Mode::OnDemand {
                return Err(faults::on_demand(stream));
            }
            require_active(stream, at_ms)?;
            let Plan { steps, rescale, additional } = plan(stream)?;
            if self.quotas_apply() && additional > 0 {
                check_shard_quota(&self.inner.directory.read(), &stream.realm(), additional, at_ms)?;
            }
            let answer = (stream.arn(), stream.open_shards().count());
            if steps.is_empty() {
                return Ok((None, answer));
            }
            let reshard = Reshard { steps };
            let change = match transition_ms {
                0 => Change::PlanReshard { group, reshard, rescale },
                _ => Change::ScheduleReshard { group, reshard, due_ms: at_ms + transition_ms, rescale },
            };
            Ok((Some(change), answer))
        })
        .await
    }
}

struct Plan {
    steps: Vec<Step>,
    /// It counts against the rescales of a day.
    rescale: bool,
    /// Shards open at once beyond those of now.
    additional: usize,
}

impl Plan {
    fn adding(additional: usize) -> Self {
        Plan { steps: Vec::new(), rescale: false, additional }
    }
}

fn parse_shard(asked: &StreamArn, text: &str) -> Result<ShardId, Fault> {
    ShardId::parse(text).ok_or_else(|| faults::shard_not_found(&asked.name, &asked.realm.account, text))
}

fn open_shard(stream: &Stream, id: ShardId) -> Result<&Shard, Fault> {
    let shard = stream.shard(id).ok_or_else(|| faults::shard_not_found(&stream.name, &stream.account, id))?;
    if shard.is_open() { Ok(shard) } else { Err(faults::shard_already_closed(stream, id)) }
}

/// Both children hold more than one key.
fn splits(shard: &Shard, at: HashKey) -> bool {
    shard.start_key.0.checked_add(1).is_some_and(|least| least < at.0) && at.0 < shard.end_key.0
}

fn check_target(stream: &Stream, current: usize, target: usize) -> Result<(), Fault> {
    if target > 2 * current {
        return Err(faults::invalid_argument(format!(
            "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: \
             {current} Target shard count: {target}"
        )));
    }
    if target < current.div_ceil(2) {
        return Err(faults::invalid_argument(format!(
            "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: \
             {current} Target shard count: {target}"
        )));
    }
    if target > TARGET_SHARDS_MAX {
        return Err(faults::limit_exceeded(format!(
            "UpdateShardCount cannot scale stream {} beyond {TARGET_SHARDS_MAX} shards. Target shard count: {target}",
            stream.name
        )));
    }
    Ok(())
}

fn check_rescales(stream: &Stream, a_day: Option<usize>, now_ms: u64) -> Result<(), Fault> {
    let today = stream.rescaled_at_ms.iter().filter(|&&at| at + DAY_MS > now_ms).count();
    if let Some(most) = a_day.filter(|most| today >= *most) {
        return Err(faults::limit_exceeded(format!(
            "UpdateShardCount can be called {most} times per rolling 24-hour period for stream {}.",
            stream.name
        )));
    }
    Ok(())
}
