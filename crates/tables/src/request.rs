//! A request that was read: the engine's shapes, and those of the two operations that it lacks.

use dynoxide::actions::batch_get_item::BatchGetItemRequest;
use dynoxide::actions::batch_write_item::BatchWriteItemRequest;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::delete_table::DeleteTableRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::describe_time_to_live::DescribeTimeToLiveRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::list_tables::ListTablesRequest;
use dynoxide::actions::list_tags_of_resource::ListTagsOfResourceRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::query::QueryRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::actions::tag_resource::TagResourceRequest;
use dynoxide::actions::transact_get_items::TransactGetItemsRequest;
use dynoxide::actions::transact_write_items::{TransactWriteItem, TransactWriteItemsRequest};
use dynoxide::actions::untag_resource::UntagResourceRequest;
use dynoxide::actions::update_item::UpdateItemRequest;
use dynoxide::actions::update_table::UpdateTableRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use serde::Deserialize;

use crate::answer::Answer;
use crate::operation::Operation;
use crate::read::read;

macro_rules! requests {
    ($($operation:ident $shape:ident)*) => {
        pub(crate) enum Request {
            $($operation(Box<$shape>),)*
            DescribeLimits,
        }

        impl Request {
            pub fn read(operation: Operation, body: &[u8]) -> Result<Request, Answer> {
                Ok(match operation {
                    $(Operation::$operation => Request::$operation(Box::new(read(operation, body)?)),)*
                    Operation::DescribeLimits => read(operation, body).map(|Nothing {}| Request::DescribeLimits)?,
                })
            }
        }
    };
}

requests! {
    BatchGetItem BatchGetItemRequest
    BatchWriteItem BatchWriteItemRequest
    CreateTable CreateTableRequest
    DeleteItem DeleteItemRequest
    DeleteTable DeleteTableRequest
    DescribeContinuousBackups DescribeContinuousBackupsRequest
    DescribeTable DescribeTableRequest
    DescribeTimeToLive DescribeTimeToLiveRequest
    GetItem GetItemRequest
    ListTables ListTablesRequest
    ListTagsOfResource ListTagsOfResourceRequest
    PutItem PutItemRequest
    Query QueryRequest
    Scan ScanRequest
    TagResource TagResourceRequest
    TransactGetItems TransactGetItemsRequest
    TransactWriteItems TransactWriteItemsRequest
    UntagResource UntagResourceRequest
    UpdateContinuousBackups UpdateContinuousBackupsRequest
    UpdateItem UpdateItemRequest
    UpdateTable UpdateTableRequest
    UpdateTimeToLive UpdateTimeToLiveRequest
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeContinuousBackupsRequest {
    pub table_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateContinuousBackupsRequest {
    pub table_name: String,
    pub point_in_time_recovery_specification: PointInTimeRecoverySpecification,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PointInTimeRecoverySpecification {
    pub point_in_time_recovery_enabled: bool,
    pub recovery_period_in_days: Option<u32>,
}

/// What a write does to the size of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Growth {
    /// Only takes away, or changes a setting: works in a full store too.
    None,
    /// Changes items, which rarely makes them larger.
    Changes,
    Adds,
}

impl Request {
    pub fn growth(&self) -> Growth {
        let adds = |adds| if adds { Growth::Adds } else { Growth::None };
        match self {
            Request::BatchWriteItem(batch) => {
                adds(batch.request_items.values().flatten().any(|write| write.put_request.is_some()))
            }
            Request::TransactWriteItems(transaction) => {
                let of_item = |item: &TransactWriteItem| match (&item.put, &item.update) {
                    (Some(_), _) => Growth::Adds,
                    (None, Some(_)) => Growth::Changes,
                    (None, None) => Growth::None,
                };
                transaction.transact_items.iter().map(of_item).max().unwrap_or(Growth::None)
            }
            Request::UpdateTable(update) => {
                let mut updates = update.global_secondary_index_updates.iter().flatten();
                adds(updates.any(|update| update.create.is_some()))
            }
            Request::UpdateItem(_) => Growth::Changes,
            Request::CreateTable(_)
            | Request::PutItem(_)
            | Request::TagResource(_)
            | Request::UpdateContinuousBackups(_) => Growth::Adds,
            _ => Growth::None,
        }
    }
}
