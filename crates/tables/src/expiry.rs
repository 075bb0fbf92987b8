//! Time to live: what has expired is found by reading and deleted by ordinary writes, each on condition
//! that the item is still as it was read. So expiry stands on the log, and replays as it happened.

use std::sync::{Arc, Weak};
use std::time::Duration;

use flumen_types::Realm;
use serde_json::{Map, Value, json};

use crate::answer::without_values;
use crate::door::Permitted;
use crate::engine::Expiring;
use crate::inner::Inner;
use crate::operation::Operation;
use crate::request::Request;

/// AWS takes up to days.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// AWS takes a time further back for a mistake.
const FORGOTTEN_AFTER_S: u64 = 5 * 366 * 24 * 3600;

/// Sweeps while there is a table whose items expire; otherwise sleeps.
pub(crate) async fn run(inner: Weak<Inner>) {
    loop {
        let Some(strong) = inner.upgrade() else { return };
        if expiring(&strong).is_empty() {
            strong.expiring.notified().await;
            continue;
        }
        drop(strong);
        tokio::time::sleep(EVERY).await;
        let Some(strong) = inner.upgrade() else { return };
        let count = sweep(&strong).await;
        if count > 0 {
            tracing::debug!(count, "items expired");
        }
    }
}

fn expiring(inner: &Inner) -> Vec<(Realm, Expiring)> {
    let mut found = Vec::new();
    for realm in inner.realms() {
        match inner.with_engine(&realm, |engine| engine.expiring()) {
            Some(Ok(tables)) => found.extend(tables.into_iter().map(|table| (realm.clone(), table))),
            Some(Err(error)) => {
                let (Realm { account, region }, error) = (&realm, without_values(&error));
                tracing::error!(error, account, region, "tables whose items expire are not known");
            }
            None => {}
        }
    }
    found
}

pub(crate) async fn sweep(inner: &Arc<Inner>) -> usize {
    let now_s = inner.clock.now_ms() / 1000;
    let mut count = 0;
    for (realm, table) in expiring(inner) {
        let mut from = Value::Null;
        while let Some((items, next)) = expired(inner, &realm, &table, now_s, from).await {
            for item in items {
                count += usize::from(delete(inner, &realm, &table, item).await);
            }
            if next.is_null() {
                break;
            }
            from = next;
        }
    }
    count
}

/// One page of the table: the expired items of it, and where the next one begins.
async fn expired(
    inner: &Arc<Inner>,
    realm: &Realm,
    table: &Expiring,
    now_s: u64,
    from: Value,
) -> Option<(Vec<Map<String, Value>>, Value)> {
    let mut names = Map::from_iter([("#at".to_owned(), json!(table.attribute))]);
    let mut projection = vec!["#at".to_owned()];
    for (index, key) in table.keys.iter().enumerate() {
        names.insert(format!("#k{index}"), json!(key));
        projection.push(format!("#k{index}"));
    }
    let mut body = json!({
        "TableName": table.table,
        "FilterExpression": "#at < :now AND #at > :forgotten",
        "ProjectionExpression": projection.join(", "),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {
            ":now": { "N": now_s.to_string() },
            ":forgotten": { "N": now_s.saturating_sub(FORGOTTEN_AFTER_S).to_string() },
        },
    });
    if !from.is_null() {
        body["ExclusiveStartKey"] = from;
    }
    let request = Request::read(Operation::Scan, body.to_string().as_bytes()).ok()?;
    let answer = Inner::read(inner, Permitted::by_itself(realm, Operation::Scan, request)).await;
    if !answer.is_success() {
        // The table went away, or is another one by now.
        return None;
    }
    let mut page: Value = serde_json::from_str(&answer.body).ok()?;
    let items = match page["Items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    let items = items.into_iter().filter_map(|item| match item {
        Value::Object(item) => Some(item),
        _ => None,
    });
    Some((items.collect(), page["LastEvaluatedKey"].take()))
}

async fn delete(inner: &Inner, realm: &Realm, table: &Expiring, mut item: Map<String, Value>) -> bool {
    let key: Map<String, Value> =
        table.keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone()))).collect();
    let Some(at) = item.remove(&table.attribute) else { return false };
    let body = json!({
        "TableName": table.table,
        "Key": key,
        "ConditionExpression": "#at = :at",
        "ExpressionAttributeNames": { "#at": table.attribute },
        "ExpressionAttributeValues": { ":at": at },
    })
    .to_string();
    let Ok(request) = Request::read(Operation::DeleteItem, body.as_bytes()) else { return false };
    let asked = Permitted::by_itself(realm, Operation::DeleteItem, request);
    inner.write(asked, body.as_bytes()).await.is_success()
}
