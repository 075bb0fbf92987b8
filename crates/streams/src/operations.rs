//! The table of operations: what is known of each before it runs. Whether it is served, what policies call it and what
//! it is done with (AWS's Service Authorization Reference, "Actions, resources, and condition keys for Amazon Kinesis Data
//! Streams", <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html>), how often it may be
//! called (`docs/kinesis/streams.md#rates-of-calls`), how long its pages are (`docs/kinesis/streams.md#pages`).

use flumen_access::{Action, Level, Published};
use flumen_protocol::Operation;

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    pub served: bool,
    /// What policies call it. All of them must be allowed.
    pub actions: &'static [Action],
    /// Needed as well where the request brings tags.
    pub(crate) with_tags: &'static [Action],
    /// What it may be done with; nothing for those that are the account's.
    pub resources: &'static [Kind],
    pub level: Level,
    /// `None` for operations on records, whose limits are the shards', and for what is not served.
    pub(crate) rate: Option<Rate>,
    pub(crate) page: Option<Page>,
    /// How often it may change a stream within 24 hours.
    pub(crate) a_day: Option<usize>,
}

/// What ARNs are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Stream,
    Consumer,
    /// A key of the key management service.
    Key,
}

impl Kind {
    /// As AWS's authorization reference calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Stream => "stream",
            Kind::Consumer => "consumer",
            Kind::Key => "kmsKey",
        }
    }
}

/// What a rate is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rate {
    /// Calls a second of an account in a region.
    Account(u64),
    /// Calls a second to a stream.
    Stream(u64),
}

/// How many things one answer lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    default: usize,
    max: usize,
}

impl Page {
    /// As many as are asked for, within the table's bounds.
    pub(crate) fn limit(self, asked: Option<i32>) -> usize {
        asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or(self.default).min(self.max)
    }
}

impl Row {
    const fn of(level: Level, actions: &'static [Action], resources: &'static [Kind]) -> Self {
        Row { served: true, actions, with_tags: &[], resources, level, rate: None, page: None, a_day: None }
    }

    /// Of the API, but not served here.
    const fn absent(level: Level, actions: &'static [Action]) -> Self {
        Row { served: false, ..Row::of(level, actions, &[]) }
    }

    /// Whether it is there to change something.
    pub fn changes(&self) -> bool {
        !matches!(self.level, Level::List | Level::Read)
    }

    /// Whether it goes through the control log. What puts records does not, and is the one that has no rate.
    pub fn is_command(&self) -> bool {
        self.changes() && self.rate.is_some()
    }

    const fn rate(self, rate: Rate) -> Self {
        Row { rate: Some(rate), ..self }
    }

    const fn page(self, default: usize, max: usize) -> Self {
        Row { page: Some(Page { default, max }), ..self }
    }

    const fn a_day(self, times: usize) -> Self {
        Row { a_day: Some(times), ..self }
    }

    const fn with_tags(self, actions: &'static [Action]) -> Self {
        Row { with_tags: actions, ..self }
    }
}

/// The row of an operation.
pub const fn row(operation: Operation) -> &'static Row {
    use Kind::{Consumer, Key, Stream};
    use Level::{List, Permissions, Read, Tagging, Write};
    use Rate::{Account as OfAccount, Stream as OfStream};
    macro_rules! action {
        ($name:ident) => {
            const { &[Action(concat!("kinesis:", stringify!($name)))] }
        };
    }
    macro_rules! rows {
        ($($name:ident: $of:ident($level:expr $(, $resources:expr)?) $(.$also:ident($($value:expr),*))*,)*) => {
            match operation {
                $(Operation::$name => const {
                    &Row::$of($level, action!($name) $(, $resources)?)$(.$also($($value),*))*
                },)*
            }
        };
    }
    rows! {
        AcknowledgeDeadLetterQueueRecords: absent(Write),
        AcknowledgeQueueRecords: absent(Write),
        AddTagsToStream: of(Tagging, &[Stream]).rate(OfAccount(5)),
        CreateChannel: absent(Write),
        CreateQueue: absent(Write),
        CreateStream: of(Write, &[Stream]).rate(OfAccount(5)).with_tags(action!(AddTagsToStream)),
        DecreaseStreamRetentionPeriod: of(Write, &[Stream]).rate(OfStream(5)),
        DeleteChannel: absent(Write),
        DeleteQueue: absent(Write),
        DeleteResourcePolicy: of(Permissions, &[Stream, Consumer]).rate(OfAccount(5)),
        DeleteStream: of(Write, &[Stream]).rate(OfAccount(5)),
        DeregisterStreamConsumer: of(Write, &[Consumer]).rate(OfStream(5)),
        DescribeAccountSettings: of(Read, &[]).rate(OfAccount(5)),
        DescribeChannel: absent(Read),
        DescribeLimits: of(Read, &[]).rate(OfAccount(1)),
        DescribeQueue: absent(Read),
        DescribeStream: of(Read, &[Stream]).rate(OfAccount(10)).page(100, 100),
        DescribeStreamConsumer: of(Read, &[Consumer]).rate(OfStream(20)),
        DescribeStreamSummary: of(Read, &[Stream]).rate(OfAccount(20)),
        DisableEnhancedMonitoring: of(Write, &[Stream]).rate(OfStream(5)),
        EnableEnhancedMonitoring: of(Write, &[Stream]).rate(OfStream(5)),
        GetRecords: of(Read, &[Stream]).page(10_000, 10_000),
        GetResourcePolicy: of(Read, &[Stream, Consumer]).rate(OfAccount(5)),
        GetShardIterator: of(Read, &[Stream]),
        IncreaseStreamRetentionPeriod: of(Write, &[Stream]).rate(OfStream(5)),
        ListChannels: absent(List),
        ListQueues: absent(List),
        ListShards: of(List, &[Stream]).rate(OfStream(1000)).page(1000, 10_000),
        ListStreamConsumers: of(List, &[Stream]).rate(OfStream(5)).page(100, 100),
        ListStreams: of(List, &[]).rate(OfAccount(5)).page(100, 100),
        ListTagsForResource: of(Read, &[Stream, Consumer]).rate(OfAccount(5)),
        ListTagsForStream: of(Read, &[Stream]).rate(OfAccount(5)).page(50, 50),
        MergeShards: of(Write, &[Stream]).rate(OfAccount(5)),
        PutRecord: of(Write, &[Stream]),
        PutRecords: of(Write, &[Stream]),
        PutResourcePolicy: of(Permissions, &[Stream, Consumer]).rate(OfAccount(5)),
        ReceiveDeadLetterQueueRecords: absent(Read),
        ReceiveQueueRecords: absent(Read),
        RegisterStreamConsumer: of(Write, &[Stream]).rate(OfAccount(5)),
        RemoveTagsFromStream: of(Tagging, &[Stream]).rate(OfAccount(5)),
        RestoreDeadLetterQueueRecords: absent(Write),
        SplitShard: of(Write, &[Stream]).rate(OfAccount(5)),
        StartStreamEncryption: of(Write, &[Stream, Key]).rate(OfAccount(5)).a_day(25),
        StopStreamEncryption: of(Write, &[Stream, Key]).rate(OfAccount(5)).a_day(25),
        SubscribeToShard: of(Read, &[Consumer]),
        TagResource: of(Tagging, &[Stream, Consumer]).rate(OfAccount(5)),
        UntagResource: of(Tagging, &[Stream, Consumer]).rate(OfAccount(5)),
        UpdateAccountSettings: of(Write, &[]).rate(OfAccount(5)),
        UpdateChannel: absent(Write),
        UpdateDeadLetterQueueRecordsVisibility: absent(Write),
        UpdateMaxRecordSize: of(Write, &[Stream]).rate(OfAccount(5)),
        UpdateQueue: absent(Write),
        UpdateQueueRecordsVisibility: absent(Write),
        UpdateShardCount: of(Write, &[Stream]).rate(OfAccount(10)).a_day(10),
        UpdateStreamMode: of(Write, &[Stream]).rate(OfAccount(5)).a_day(2),
        UpdateStreamRecordDistributionStrategy: absent(Write),
        UpdateStreamWarmThroughput: of(Write, &[Stream]).rate(OfAccount(5)),
    }
}

/// All of them, as they are published.
pub fn published() -> impl Iterator<Item = Published> {
    Operation::ALL.iter().map(|&operation| {
        let Row { served, actions, with_tags, resources, level, .. } = row(operation);
        Published {
            service: "kinesis",
            operation: operation.as_str(),
            actions,
            actions_with_tags: with_tags,
            level: *level,
            resource_types: resources.iter().map(|kind| kind.name()).collect(),
            served: *served,
        }
    })
}

#[cfg(test)]
mod tests;
