//! The one door to tables: a request becomes a permitted one here, and nothing else is carried out.
//!
//! What a request names becomes ARNs by parsing alone; each of them is decided about ([`flumen_access::decide`]), and a
//! request that names several things (a batch, a transaction) is allowed as a whole or not at all.

use std::fmt;

use dynoxide::actions::transact_get_items::TransactGetItem;
use flumen_access::policy::Facts;
use flumen_access::{ACCOUNT, Action, Caller, Permit, Resource, decide};
use flumen_types::Realm;

use crate::answer::{Answer, Code};
use crate::facts::{OfTable, Part};
use crate::inner::Inner;
use crate::operation::{Operation, row};
use crate::request::Request;

/// A request, and who may have it carried out.
pub(crate) struct Permitted<'a> {
    pub realm: &'a Realm,
    /// `None` for what the service does by itself.
    pub caller: Option<&'a Caller>,
    pub operation: Operation,
    pub request: Request,
    /// One for each decision.
    _permits: Vec<Permit>,
}

/// A request that the caller may make.
pub(crate) fn permitted<'a>(
    tables: &Inner,
    caller: &'a Caller,
    operation: Operation,
    request: Request,
) -> Result<Permitted<'a>, Answer> {
    let realm = caller.realm();
    let mut permits = Vec::new();
    let mut refused = None;
    for_each_thing(operation, &request, |actions, named, index, part| {
        if refused.is_some() {
            return;
        }
        let thing = Thing { realm, named, index };
        if named.is_some() {
            caller.noted().note_on(&thing.to_string().into());
        }
        let facts = named.map(|named| OfTable::new(tables, realm, &request, part, named, index));
        let given = facts.as_ref().map(|facts| facts as &dyn Facts);
        match decide(caller, actions, Resource { given, ..Resource::new(thing.account(), &thing) }) {
            Ok(permit) => permits.push(permit),
            Err(denied) => refused = Some(Answer::refusal(Code::AccessDenied, denied.to_string())),
        }
    });
    match refused {
        Some(refusal) => Err(refusal),
        None => Ok(Permitted { realm, caller: Some(caller), operation, request, _permits: permits }),
    }
}

impl<'a> Permitted<'a> {
    /// What the service does by itself and nobody asked for: expiry.
    pub fn by_itself(realm: &'a Realm, operation: Operation, request: Request) -> Self {
        Permitted { realm, caller: None, operation, request, _permits: Vec::new() }
    }
}

/// A table or one of its indexes as a request names it.
struct Thing<'a> {
    realm: &'a Realm,
    /// A name, or an ARN; `None` for what is the account's.
    named: Option<&'a str>,
    index: Option<&'a str>,
}

impl<'a> Thing<'a> {
    /// Whose it is: the caller's, unless an ARN says otherwise.
    fn account(&self) -> &'a str {
        let of_arn =
            self.named.filter(|named| named.starts_with("arn:")).and_then(|arn| arn.split(':').nth(4));
        of_arn.unwrap_or(&self.realm.account)
    }
}

/// Its ARN.
impl fmt::Display for Thing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.named {
            None => return f.write_str(ACCOUNT),
            Some(arn) if arn.starts_with("arn:") => f.write_str(arn)?,
            Some(name) => {
                let Realm { account, region } = self.realm;
                write!(f, "arn:{}:dynamodb:{region}:{account}:table/{name}", self.realm.partition())?;
            }
        }
        self.index.map_or(Ok(()), |index| write!(f, "/index/{index}"))
    }
}

const GET: &[Action] = &[Action("dynamodb:GetItem")];
const PUT: &[Action] = &[Action("dynamodb:PutItem")];
const UPDATE: &[Action] = &[Action("dynamodb:UpdateItem")];
const DELETE: &[Action] = &[Action("dynamodb:DeleteItem")];
const CHECK: &[Action] = &[Action("dynamodb:ConditionCheckItem")];

/// Calls `about` with each thing that a request names and what is to be done with it.
fn for_each_thing<'r>(
    operation: Operation,
    request: &'r Request,
    mut about: impl FnMut(&[Action], Option<&'r str>, Option<&'r str>, Part<'r>),
) {
    let actions = row(operation).actions;
    let mut table = |name: &'r str| about(actions, Some(name), None, Part::Whole);
    match request {
        Request::BatchGetItem(r) => r.request_items.keys().for_each(|name| table(name)),
        Request::BatchWriteItem(r) => r.request_items.keys().for_each(|name| table(name)),
        Request::CreateTable(r) => table(&r.table_name),
        Request::DeleteItem(r) => table(&r.table_name),
        Request::DeleteTable(r) => table(&r.table_name),
        Request::DescribeContinuousBackups(r) => table(&r.table_name),
        Request::DescribeTable(r) => table(&r.table_name),
        Request::DescribeTimeToLive(r) => table(&r.table_name),
        Request::GetItem(r) => table(&r.table_name),
        Request::PutItem(r) => table(&r.table_name),
        Request::UpdateContinuousBackups(r) => table(&r.table_name),
        Request::UpdateItem(r) => table(&r.table_name),
        Request::UpdateTable(r) => table(&r.table_name),
        Request::UpdateTimeToLive(r) => table(&r.table_name),
        Request::Query(r) => about(actions, Some(&r.table_name), r.index_name.as_deref(), Part::Whole),
        Request::Scan(r) => about(actions, Some(&r.table_name), r.index_name.as_deref(), Part::Whole),
        // Without one they are refused for that.
        Request::ListTagsOfResource(r) => r.resource_arn.iter().for_each(|arn| table(arn)),
        Request::TagResource(r) => r.resource_arn.iter().for_each(|arn| table(arn)),
        Request::UntagResource(r) => r.resource_arn.iter().for_each(|arn| table(arn)),
        Request::DescribeLimits | Request::ListTables(_) => about(actions, None, None, Part::Whole),
        // Each item is what it would be by itself.
        Request::TransactGetItems(r) => {
            for TransactGetItem { get } in &r.transact_items {
                about(GET, Some(&get.table_name), None, Part::Get(get));
            }
        }
        Request::TransactWriteItems(r) => {
            for item in &r.transact_items {
                if let Some(put) = &item.put {
                    about(PUT, Some(&put.table_name), None, Part::Put(put));
                }
                if let Some(update) = &item.update {
                    about(UPDATE, Some(&update.table_name), None, Part::Update(update));
                }
                if let Some(delete) = &item.delete {
                    about(DELETE, Some(&delete.table_name), None, Part::Delete(delete));
                }
                if let Some(check) = &item.condition_check {
                    about(CHECK, Some(&check.table_name), None, Part::Check(check));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
