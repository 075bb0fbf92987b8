//! The table of operations: what is known of each before it runs, and which only exist.

use flumen_access::{Action, Level, Published};

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// What policies call it, for each table that it names; a transaction is what its items are, so of these it may be any.
    pub actions: &'static [Action],
    pub level: Level,
    /// What its resources are of, as AWS's authorization reference calls it; nothing for what is the account's.
    pub resources: &'static [&'static str],
    /// Whether it goes through the log.
    pub writes: bool,
    /// What it writes are items, which fleets do all the time, and not tables.
    pub writes_items: bool,
    /// Whether it may look at much, so that it must not run on a thread that others wait for.
    pub is_long: bool,
}

/// What is done to tables as such.
const TABLE: &[&str] = &["table"];
/// What may read an index, too.
const READ: &[&str] = &["table", "index"];

impl Row {
    const fn reads(level: Level, resources: &'static [&'static str], actions: &'static [Action]) -> Self {
        Row { actions, level, resources, writes: false, writes_items: false, is_long: false }
    }

    const fn reads_much(
        level: Level,
        resources: &'static [&'static str],
        actions: &'static [Action],
    ) -> Self {
        Row { is_long: true, ..Row::reads(level, resources, actions) }
    }

    const fn writes(level: Level, resources: &'static [&'static str], actions: &'static [Action]) -> Self {
        Row { writes: true, ..Row::reads(level, resources, actions) }
    }

    const fn writes_items(
        level: Level,
        resources: &'static [&'static str],
        actions: &'static [Action],
    ) -> Self {
        Row { writes_items: true, ..Row::writes(level, resources, actions) }
    }
}

/// The actions of these names, or the one that is called as its operation is.
macro_rules! actions {
    ($operation:ident) => {
        actions!($operation $operation)
    };
    ($operation:ident $($name:ident)+) => {
        &[$(Action(concat!("dynamodb:", stringify!($name)))),+]
    };
}

macro_rules! operations {
    ($($operation:ident: $of:ident($level:ident, $resources:expr) $(as [$($action:ident),*])?,)*) => {
        /// What is served.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Operation {
            $($operation),*
        }

        impl Operation {
            pub const ALL: &[Operation] = &[$(Operation::$operation),*];

            pub fn named(name: &str) -> Option<Operation> {
                match name {
                    $(stringify!($operation) => Some(Operation::$operation),)*
                    _ => None,
                }
            }

            /// Whether what it reads or writes are items, and not tables as such.
            pub fn is_of_items(self) -> bool {
                use Operation::*;
                row(self).writes_items || matches!(self, BatchGetItem | GetItem | Query | Scan | TransactGetItems)
            }

            pub fn name(self) -> &'static str {
                match self {
                    $(Operation::$operation => stringify!($operation)),*
                }
            }
        }

        /// The row of an operation.
        pub const fn row(operation: Operation) -> &'static Row {
            match operation {
                $(Operation::$operation => const {
                    &Row::$of(Level::$level, $resources, actions!($operation $($($action)*)?))
                },)*
            }
        }
    };
}

operations! {
    BatchGetItem: reads_much(Read, TABLE),
    BatchWriteItem: writes_items(Write, TABLE),
    CreateTable: writes(Write, TABLE),
    DeleteItem: writes_items(Write, TABLE),
    DeleteTable: writes(Write, TABLE),
    DescribeContinuousBackups: reads(Read, TABLE),
    DescribeLimits: reads(Read, &[]),
    DescribeTable: reads_much(Read, TABLE),
    DescribeTimeToLive: reads(Read, TABLE),
    GetItem: reads(Read, TABLE),
    ListTables: reads(List, &[]),
    ListTagsOfResource: reads(Read, TABLE),
    PutItem: writes_items(Write, TABLE),
    Query: reads_much(Read, READ),
    Scan: reads_much(Read, READ),
    TagResource: writes(Tagging, TABLE),
    TransactGetItems: reads_much(Read, TABLE) as [GetItem],
    TransactWriteItems: writes_items(Write, TABLE) as [PutItem, UpdateItem, DeleteItem, ConditionCheckItem],
    UntagResource: writes(Tagging, TABLE),
    UpdateContinuousBackups: writes(Write, TABLE),
    UpdateItem: writes_items(Write, TABLE),
    UpdateTable: writes(Write, TABLE),
    UpdateTimeToLive: writes(Write, TABLE),
}

/// An operation of DynamoDB's that is not served: told apart from names that nobody knows.
#[derive(Debug)]
pub(crate) struct Unserved {
    pub name: &'static str,
    actions: &'static [Action],
    level: Level,
    resources: &'static [&'static str],
}

macro_rules! unserved {
    ($($operation:ident: $level:ident, $resources:expr $(=> [$($action:ident),*])?;)*) => {
        pub(crate) const UNSERVED: &[Unserved] = &[$(Unserved {
            name: stringify!($operation),
            actions: actions!($operation $($($action)*)?),
            level: Level::$level,
            resources: $resources,
        }),*];
    };
}

unserved! {
    BatchExecuteStatement: Write, READ => [PartiQLDelete, PartiQLInsert, PartiQLSelect, PartiQLUpdate];
    CreateBackup: Write, TABLE;
    CreateGlobalTable: Write, &["table", "global-table"];
    DeleteBackup: Write, &["backup"];
    DeleteResourcePolicy: Permissions, &["table", "stream"];
    DescribeBackup: Read, &["backup"];
    DescribeContributorInsights: Read, READ;
    DescribeEndpoints: Read, &[];
    DescribeExport: Read, &["export"];
    DescribeGlobalTable: Read, &["global-table"];
    DescribeGlobalTableSettings: Read, &["global-table"];
    DescribeImport: Read, &["import"];
    DescribeKinesisStreamingDestination: Read, TABLE;
    DescribeTableReplicaAutoScaling: Read, TABLE;
    DisableKinesisStreamingDestination: Write, TABLE;
    EnableKinesisStreamingDestination: Write, TABLE;
    ExecuteStatement: Write, READ => [PartiQLDelete, PartiQLInsert, PartiQLSelect, PartiQLUpdate];
    ExecuteTransaction: Write, READ => [PartiQLDelete, PartiQLInsert, PartiQLSelect, PartiQLUpdate];
    ExportTableToPointInTime: Write, TABLE;
    GetResourcePolicy: Read, &["table", "stream"];
    ImportTable: Write, TABLE;
    ListBackups: List, &[];
    ListContributorInsights: List, &[];
    ListExports: List, &[];
    ListGlobalTables: List, &[];
    ListImports: List, &[];
    PutResourcePolicy: Permissions, &["table", "stream"];
    RestoreTableFromBackup: Write, &["table", "backup"];
    RestoreTableToPointInTime: Write, TABLE;
    SearchVectors: Read, READ;
    UpdateContributorInsights: Write, READ;
    UpdateGlobalTable: Write, &["table", "global-table"];
    UpdateGlobalTableSettings: Write, &["table", "global-table"];
    UpdateKinesisStreamingDestination: Write, TABLE;
    UpdateTableReplicaAutoScaling: Write, TABLE;
}

/// All of them, as they are published.
pub fn published() -> impl Iterator<Item = Published> {
    let published = |operation, actions, level, resources: &[&'static str], served| Published {
        service: "dynamodb",
        operation,
        actions,
        actions_with_tags: &[],
        level,
        resource_types: resources.to_vec(),
        served,
    };
    let served = Operation::ALL.iter().map(move |&operation| {
        let Row { actions, level, resources, .. } = row(operation);
        published(operation.name(), *actions, *level, resources, true)
    });
    let unserved = UNSERVED.iter().map(move |unserved| {
        published(unserved.name, unserved.actions, unserved.level, unserved.resources, false)
    });
    served.chain(unserved)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn every_operation_has_the_row_that_it_should() {
        let mut rows = String::new();
        for &operation in Operation::ALL {
            let Row { actions, level, resources, writes, writes_items, is_long } = row(operation);
            let way = match (writes, is_long) {
                (true, _) if *writes_items => "writes items",
                (true, _) => "writes",
                (false, true) => "reads much",
                (false, false) => "reads",
            };
            rows += &format!("{}: {level:?} {way}", operation.name());
            resources.iter().for_each(|resource| rows += &format!(" {resource}"));
            actions.iter().for_each(|action| rows += &format!(" {action}"));
            rows.push('\n');
        }
        expect![[r#"
            BatchGetItem: Read reads much table dynamodb:BatchGetItem
            BatchWriteItem: Write writes items table dynamodb:BatchWriteItem
            CreateTable: Write writes table dynamodb:CreateTable
            DeleteItem: Write writes items table dynamodb:DeleteItem
            DeleteTable: Write writes table dynamodb:DeleteTable
            DescribeContinuousBackups: Read reads table dynamodb:DescribeContinuousBackups
            DescribeLimits: Read reads dynamodb:DescribeLimits
            DescribeTable: Read reads much table dynamodb:DescribeTable
            DescribeTimeToLive: Read reads table dynamodb:DescribeTimeToLive
            GetItem: Read reads table dynamodb:GetItem
            ListTables: List reads dynamodb:ListTables
            ListTagsOfResource: Read reads table dynamodb:ListTagsOfResource
            PutItem: Write writes items table dynamodb:PutItem
            Query: Read reads much table index dynamodb:Query
            Scan: Read reads much table index dynamodb:Scan
            TagResource: Tagging writes table dynamodb:TagResource
            TransactGetItems: Read reads much table dynamodb:GetItem
            TransactWriteItems: Write writes items table dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:ConditionCheckItem
            UntagResource: Tagging writes table dynamodb:UntagResource
            UpdateContinuousBackups: Write writes table dynamodb:UpdateContinuousBackups
            UpdateItem: Write writes items table dynamodb:UpdateItem
            UpdateTable: Write writes table dynamodb:UpdateTable
            UpdateTimeToLive: Write writes table dynamodb:UpdateTimeToLive
        "#]]
        .assert_eq(&rows);
    }
}
