//! The operations by name: which are served, which only exist, and which of them write.

macro_rules! operations {
    ($($operation:ident)*) => {
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
    };
}

operations! {
    BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeContinuousBackups DescribeLimits
    DescribeTable DescribeTimeToLive GetItem ListTables ListTagsOfResource PutItem Query Scan TagResource
    TransactGetItems TransactWriteItems UntagResource UpdateContinuousBackups UpdateItem UpdateTable
    UpdateTimeToLive
}

impl Operation {
    /// Whether it goes through the log.
    pub fn writes(self) -> bool {
        use Operation::*;
        match self {
            BatchWriteItem
            | CreateTable
            | DeleteItem
            | DeleteTable
            | PutItem
            | TagResource
            | TransactWriteItems
            | UntagResource
            | UpdateContinuousBackups
            | UpdateItem
            | UpdateTable
            | UpdateTimeToLive => true,
            BatchGetItem
            | DescribeContinuousBackups
            | DescribeLimits
            | DescribeTable
            | DescribeTimeToLive
            | GetItem
            | ListTables
            | ListTagsOfResource
            | Query
            | Scan
            | TransactGetItems => false,
        }
    }

    /// Whether it may look at much, so that it must not run on a thread that others wait for.
    pub fn is_long(self) -> bool {
        use Operation::*;
        matches!(self, BatchGetItem | DescribeTable | Query | Scan | TransactGetItems)
    }
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
