//! The heart of the service: one operation, decoded, carried out, encoded.

use flumen_access::Caller;
use flumen_protocol::{Encode, Encoding, ErrorCode, Fault, Input, Operation, decode, encode};
use flumen_streams::Streams;

use super::answers;
use crate::Resources;
use crate::aside::{ASIDE_BYTES, aside};
use crate::memory::{Memory, Share};

/// Keys and data of the largest answer to GetRecords, which AWS documents.
const FETCHED_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The same when memory is short: readers then get less at a time and need not wait.
const FETCHED_BYTES_SHORT: usize = 1024 * 1024;

/// The answer's body and the memory that it takes.
pub type Done = (Vec<u8>, Share);

pub async fn dispatch(
    streams: &Streams,
    resources: &Resources,
    caller: &Caller,
    operation: Operation,
    encoding: Encoding,
    body: &[u8],
) -> Result<Done, Fault> {
    /// An operation whose answer is a shape.
    macro_rules! shape {
        ($method:ident) => {{
            let input = decode(encoding, body)?;
            let output = streams.$method(caller, &input).await?;
            Ok(done(encoded(encoding, &output)))
        }};
    }
    /// An operation that answers with nothing.
    macro_rules! nothing {
        ($method:ident) => {{
            let input = decode(encoding, body)?;
            streams.$method(caller, &input).await?;
            Ok(done(Vec::new()))
        }};
    }
    use Operation::*;
    match operation {
        PutRecord => {
            let input = decode(encoding, body)?;
            let stored = blobs_first(&input, streams.put_record(caller, &input).await)?;
            Ok(done(answers::put_record(encoding, &stored)))
        }
        PutRecords => {
            let input = decode(encoding, body)?;
            let puts = blobs_first(&input, streams.put_records(caller, &input).await)?;
            Ok(done(answers::put_records(encoding, &puts)))
        }
        GetRecords => {
            let input = decode(encoding, body)?;
            let (mut share, bytes_max) = room_to_fetch(&resources.memory).await?;
            let fetched = streams.get_records(caller, &input, bytes_max).await?;
            let answer = if answers::get_records_bytes(encoding, &fetched) < ASIDE_BYTES {
                answers::get_records(encoding, &fetched)
            } else {
                aside(&resources.threads, async move { answers::get_records(encoding, &fetched) }).await
            };
            share.shrink_to(answer.capacity());
            Ok((answer, share))
        }
        AddTagsToStream => nothing!(add_tags_to_stream),
        CreateStream => nothing!(create_stream),
        DecreaseStreamRetentionPeriod => nothing!(decrease_stream_retention_period),
        DeleteResourcePolicy => nothing!(delete_resource_policy),
        DeleteStream => nothing!(delete_stream),
        DeregisterStreamConsumer => nothing!(deregister_stream_consumer),
        DescribeAccountSettings => shape!(describe_account_settings),
        DescribeLimits => shape!(describe_limits),
        DescribeStream => shape!(describe_stream),
        DescribeStreamConsumer => shape!(describe_stream_consumer),
        DescribeStreamSummary => shape!(describe_stream_summary),
        DisableEnhancedMonitoring => shape!(disable_enhanced_monitoring),
        EnableEnhancedMonitoring => shape!(enable_enhanced_monitoring),
        GetResourcePolicy => shape!(get_resource_policy),
        GetShardIterator => shape!(get_shard_iterator),
        IncreaseStreamRetentionPeriod => nothing!(increase_stream_retention_period),
        ListShards => shape!(list_shards),
        ListStreamConsumers => shape!(list_stream_consumers),
        ListStreams => shape!(list_streams),
        ListTagsForResource => shape!(list_tags_for_resource),
        ListTagsForStream => shape!(list_tags_for_stream),
        MergeShards => nothing!(merge_shards),
        PutResourcePolicy => nothing!(put_resource_policy),
        RegisterStreamConsumer => shape!(register_stream_consumer),
        RemoveTagsFromStream => nothing!(remove_tags_from_stream),
        SplitShard => nothing!(split_shard),
        StartStreamEncryption => nothing!(start_stream_encryption),
        StopStreamEncryption => nothing!(stop_stream_encryption),
        TagResource => nothing!(tag_resource),
        UntagResource => nothing!(untag_resource),
        UpdateAccountSettings => shape!(update_account_settings),
        UpdateMaxRecordSize => nothing!(update_max_record_size),
        UpdateShardCount => shape!(update_shard_count),
        UpdateStreamMode => nothing!(update_stream_mode),
        UpdateStreamWarmThroughput => shape!(update_stream_warm_throughput),
        // Its answer is a stream of events.
        SubscribeToShard
        | AcknowledgeDeadLetterQueueRecords
        | AcknowledgeQueueRecords
        | CreateChannel
        | CreateQueue
        | DeleteChannel
        | DeleteQueue
        | DescribeChannel
        | DescribeQueue
        | ListChannels
        | ListQueues
        | ReceiveDeadLetterQueueRecords
        | ReceiveQueueRecords
        | RestoreDeadLetterQueueRecords
        | UpdateChannel
        | UpdateDeadLetterQueueRecordsVisibility
        | UpdateQueue
        | UpdateQueueRecordsVisibility
        | UpdateStreamRecordDistributionStrategy => Err(not_served(operation)),
    }
}

/// Room taken before records are fetched, and how much of them it is for.
async fn room_to_fetch(memory: &Memory) -> Result<(Share, usize), Fault> {
    // Base64, and what stands around it.
    let answer_bytes = |fetched: usize| fetched / 2 * 3;
    if let Some(share) = memory.answers.try_take(answer_bytes(FETCHED_BYTES_MAX)) {
        return Ok((share, FETCHED_BYTES_MAX));
    }
    let mut share = Share::default();
    memory.small_answers.add(&mut share, answer_bytes(FETCHED_BYTES_SHORT)).await?;
    Ok((share, FETCHED_BYTES_SHORT))
}

fn not_served(operation: Operation) -> Fault {
    let message = format!("The operation {} is not served here yet.", operation.as_str());
    Fault::new(ErrorCode::UnsupportedOperationException, message)
}

/// Base64 is decoded where the data goes, which is after other checks; a request that fails one of them is
/// still told first of base64 that it got wrong, as every error of type comes first.
fn blobs_first<'a, I: Input<'a>, T, E: Into<Fault>>(input: &I, result: Result<T, E>) -> Result<T, Fault> {
    result.map_err(|error| input.check_blobs().err().unwrap_or_else(|| error.into()))
}

fn encoded<T: Encode>(encoding: Encoding, output: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    encode(encoding, output, &mut out);
    out
}

fn done(body: Vec<u8>) -> Done {
    (body, Share::default())
}

#[cfg(test)]
mod tests;
