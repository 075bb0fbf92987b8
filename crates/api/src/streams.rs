//! Kinesis Data Streams: its requests, operation by operation, and its answers.

mod answers;
mod events;
mod resolve;

use bytes::Bytes;
use flumen_protocol::{
    Encode, Encoding, ErrorCode, Fault, Input, Operation, check_syntax, decode, encode, kinesis,
};
use flumen_streams::Streams;
use flumen_streams::operations::row;
use http::StatusCode;

use crate::Resources;
use crate::aside::{ASIDE_BYTES, aside};
use crate::audit::Audited;
use crate::call::{Call, Failed};
use crate::memory::{Memory, Share};
use crate::reply::Reply;
use crate::service::{Head, IdentifiedRequest, Remembered, Service};
use resolve::{RequestKind, encoding_of, refusal, resolve};

/// Keys and data of the largest answer to GetRecords, which AWS documents.
const FETCHED_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The same when memory is short: readers then get less at a time and need not wait.
const FETCHED_BYTES_SHORT: usize = 1024 * 1024;

impl Service for Streams {
    type RequestKind = RequestKind;
    type Fault = Fault;

    const SIGNING_NAME: &'static str = "kinesis";

    fn is_meant(head: &Head<'_>) -> bool {
        head.target.starts_with(kinesis::TARGET)
    }

    fn resolve(call: &Call<'_>, head: &Head<'_>, body: &Bytes) -> Result<RequestKind, Box<Reply>> {
        let kind = resolve(head.target, &head.headers, body)?;
        call.is_for(Some(kind.operation as usize));
        Ok(kind)
    }

    /// A body that does not parse is refused before a signature that does not hold.
    fn check_before_sign_in(kind: &RequestKind, body: &Bytes) -> Result<(), Fault> {
        check_syntax(kind.encoding, body)
    }

    fn audited(operation: usize) -> Audited {
        use Operation::*;
        let operation = Operation::ALL[operation];
        match operation {
            PutRecord | PutRecords => Audited::Data { read_only: false },
            GetRecords | GetShardIterator | SubscribeToShard => Audited::Data { read_only: true },
            _ => Audited::Management { read_only: !row(operation).changes() },
        }
    }

    fn remembered(operation: usize) -> Remembered {
        match row(Operation::ALL[operation]).is_command() {
            true => Remembered::AskerAndResources,
            false => Remembered::Nothing,
        }
    }

    /// One operation: decoded, carried out, encoded.
    async fn run(
        &self,
        resources: &Resources,
        call: &Call<'_>,
        IdentifiedRequest { kind: RequestKind { operation, encoding }, caller, body, .. }: IdentifiedRequest<
            '_,
            RequestKind,
        >,
    ) -> Result<Reply, Fault> {
        let streams = self;
        /// An operation whose answer is a shape.
        macro_rules! shape {
            ($method:ident) => {{
                let input = decode(encoding, body)?;
                call.asks(&input);
                let output = streams.$method(caller, &input).await?;
                call.answers(&output);
                Ok(answered(encoding, encoded(encoding, &output)))
            }};
        }
        /// An operation that answers with nothing.
        macro_rules! nothing {
            ($method:ident) => {{
                let input = decode(encoding, body)?;
                call.asks(&input);
                streams.$method(caller, &input).await?;
                Ok(answered(encoding, Vec::new()))
            }};
        }
        use Operation::*;
        match operation {
            PutRecord => {
                let input = decode(encoding, body)?;
                let (stored, is_encrypted) = blobs_first(&input, streams.put_record(caller, &input).await)?;
                Ok(answered(encoding, answers::put_record(encoding, &stored, is_encrypted)))
            }
            PutRecords => {
                let input = decode(encoding, body)?;
                let (puts, is_encrypted) = blobs_first(&input, streams.put_records(caller, &input).await)?;
                Ok(answered(encoding, answers::put_records(encoding, &puts, is_encrypted)))
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
                Ok(Reply { share, ..answered(encoding, answer) })
            }
            SubscribeToShard => {
                let place = call.party.as_ref().map(|party| party.subscribe()).transpose()?;
                events::subscribe(streams, caller, encoding, body, place).await
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
            AcknowledgeDeadLetterQueueRecords
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

    fn refuse(head: &Head<'_>, fault: &Fault, _call: &Call<'_>) -> Reply {
        refusal(encoding_of(&head.headers).unwrap_or(Encoding::Json), fault)
    }

    fn counted() -> (Vec<&'static str>, Vec<&'static str>) {
        let operations = Operation::ALL.iter().map(|operation| operation.as_str());
        (operations.collect(), ErrorCode::ALL.iter().map(|code| code.as_str()).collect())
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

fn answered(encoding: Encoding, body: Vec<u8>) -> Reply {
    Reply::new(StatusCode::OK, Some(encoding.content_type()), body)
}

fn failed(fault: &Fault) -> Failed {
    let is_ours = fault.code.status() >= 500;
    Failed {
        message: fault.message.clone().filter(|_| !is_ours),
        code: fault.code.as_str().into(),
        number: fault.code as usize,
        is_ours,
        cause: fault.cause.as_ref().or(fault.message.as_ref()).filter(|_| is_ours).cloned(),
    }
}

#[cfg(test)]
mod tests;
