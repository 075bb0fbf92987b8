//! The table of operations: what is known of each before it runs, and which only exist.

use flumen_access::{Action, Level};

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// What policies call it, for each table that it names; a transaction is what its items are.
    pub actions: &'static [Action],
    pub level: Level,
    /// Whether it goes through the log.
    pub writes: bool,
    /// What it writes are items, which fleets do all the time, and not tables.
    pub writes_items: bool,
    /// Whether it may look at much, so that it must not run on a thread that others wait for.
    pub is_long: bool,
}

impl Row {
    const fn reads(level: Level, actions: &'static [Action]) -> Self {
        Row { actions, level, writes: false, writes_items: false, is_long: false }
    }

    const fn reads_much(level: Level, actions: &'static [Action]) -> Self {
        Row { is_long: true, ..Row::reads(level, actions) }
    }

    const fn writes(level: Level, actions: &'static [Action]) -> Self {
        Row { writes: true, ..Row::reads(level, actions) }
    }

    const fn writes_items(level: Level, actions: &'static [Action]) -> Self {
        Row { writes_items: true, ..Row::writes(level, actions) }
    }
}

macro_rules! operations {
    ($($operation:ident: $of:ident($level:ident),)*) => {
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
                    &Row::$of(Level::$level, &[Action(concat!("dynamodb:", stringify!($operation)))])
                },)*
            }
        }
    };
}

operations! {
    BatchGetItem: reads_much(Read),
    BatchWriteItem: writes_items(Write),
    CreateTable: writes(Write),
    DeleteItem: writes_items(Write),
    DeleteTable: writes(Write),
    DescribeContinuousBackups: reads(Read),
    DescribeLimits: reads(Read),
    DescribeTable: reads_much(Read),
    DescribeTimeToLive: reads(Read),
    GetItem: reads(Read),
    ListTables: reads(List),
    ListTagsOfResource: reads(Read),
    PutItem: writes_items(Write),
    Query: reads_much(Read),
    Scan: reads_much(Read),
    TagResource: writes(Tagging),
    TransactGetItems: reads_much(Read),
    TransactWriteItems: writes_items(Write),
    UntagResource: writes(Tagging),
    UpdateContinuousBackups: writes(Write),
    UpdateItem: writes_items(Write),
    UpdateTable: writes(Write),
    UpdateTimeToLive: writes(Write),
}

/// Of DynamoDB, but not served: told apart from names that nobody knows.
pub(crate) const UNSERVED: &[&str] = &[
    "BatchExecuteStatement",
    "CreateBackup",
    "CreateGlobalTable",
    "DeleteBackup",
    "DeleteResourcePolicy",
    "DescribeBackup",
    "DescribeContributorInsights",
    "DescribeEndpoints",
    "DescribeExport",
    "DescribeGlobalTable",
    "DescribeGlobalTableSettings",
    "DescribeImport",
    "DescribeKinesisStreamingDestination",
    "DescribeTableReplicaAutoScaling",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "GetResourcePolicy",
    "ImportTable",
    "ListBackups",
    "ListContributorInsights",
    "ListExports",
    "ListGlobalTables",
    "ListImports",
    "PutResourcePolicy",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "SearchVectors",
    "UpdateContributorInsights",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination",
    "UpdateTableReplicaAutoScaling",
];

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn every_operation_has_the_row_that_it_should() {
        let mut rows = String::new();
        for &operation in Operation::ALL {
            let Row { actions, level, writes, writes_items, is_long } = row(operation);
            let way = match (writes, is_long) {
                (true, _) if *writes_items => "writes items",
                (true, _) => "writes",
                (false, true) => "reads much",
                (false, false) => "reads",
            };
            rows += &format!("{}: {level:?} {way}\n", actions[0]);
        }
        expect![[r#"
            dynamodb:BatchGetItem: Read reads much
            dynamodb:BatchWriteItem: Write writes items
            dynamodb:CreateTable: Write writes
            dynamodb:DeleteItem: Write writes items
            dynamodb:DeleteTable: Write writes
            dynamodb:DescribeContinuousBackups: Read reads
            dynamodb:DescribeLimits: Read reads
            dynamodb:DescribeTable: Read reads much
            dynamodb:DescribeTimeToLive: Read reads
            dynamodb:GetItem: Read reads
            dynamodb:ListTables: List reads
            dynamodb:ListTagsOfResource: Read reads
            dynamodb:PutItem: Write writes items
            dynamodb:Query: Read reads much
            dynamodb:Scan: Read reads much
            dynamodb:TagResource: Tagging writes
            dynamodb:TransactGetItems: Read reads much
            dynamodb:TransactWriteItems: Write writes items
            dynamodb:UntagResource: Tagging writes
            dynamodb:UpdateContinuousBackups: Write writes
            dynamodb:UpdateItem: Write writes items
            dynamodb:UpdateTable: Write writes
            dynamodb:UpdateTimeToLive: Write writes
        "#]]
        .assert_eq(&rows);
    }
}
