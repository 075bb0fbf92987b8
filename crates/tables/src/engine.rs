//! The tables of one realm: the engine, given the time and the ids that a command carries, and what it
//! lacks (the switch of continuous backups, tokens that outlive a restart).
//!
//! Equal commands in equal order give equal tables and answers: nothing here reads a clock or draws a
//! number. Where the engine does, what it wrote is put right before anybody sees it.

use std::future::Future;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use dynoxide::DynoxideError;
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::actions::*;
use dynoxide::storage::Storage as Store;
use dynoxide::storage_backend::sql_builders::SCHEMA_VERSION;
use flumen_types::Realm;
use rusqlite::backup::Backup;
use rusqlite::serialize::Data;
use rusqlite::{Connection, MAIN_DB, OptionalExtension};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::{Answer, Code};
use crate::request::{DescribeContinuousBackupsRequest, Request, UpdateContinuousBackupsRequest};
use crate::token;

/// What the engine calls the place where it runs.
const ENGINE_PLACE: &str = "arn:aws:dynamodb:dynoxide:000000000000:";

/// Ours, in the same database, so that the image holds them.
const OUR_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS _flumen_backups (table_name TEXT PRIMARY KEY, since_ms INTEGER NOT NULL,
        days INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS _flumen_tokens (token TEXT PRIMARY KEY, at_ms INTEGER NOT NULL,
        digest BLOB NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS _flumen_tokens_at ON _flumen_tokens (at_ms);";

/// Names that the engine needs for itself, in lower case, and how reserved ones begin.
const TAKEN_NAMES: [&str; 3] = ["_config", "_tables", "_stream_records"];
const TAKEN_PREFIXES: [&str; 2] = ["sqlite_", "_flumen_"];

/// What a command brings beside the request.
#[derive(Clone, Copy)]
pub(crate) struct Stamp<'a> {
    pub at_ms: u64,
    /// For the one thing that the request makes.
    pub id: &'a str,
}

pub(crate) struct Engine {
    store: Store,
    time: Arc<CommandTime>,
    indexes: VectorIndexLifecycle,
}

/// The time of the command that is being carried out.
/// In memory that SQLite allocated, for one thread.
pub(crate) type Image = Data<'static>;

/// Of the definition of an index that which says how its items are found.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexKey {
    index_name: String,
    key_schema: Vec<dynoxide::types::KeySchemaElement>,
}

#[derive(Default)]
struct CommandTime(AtomicU64);

impl dynoxide::storage_backend::Clock for CommandTime {
    fn now_unix_secs(&self) -> u64 {
        self.0.load(Ordering::Relaxed) / 1000
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 1000.0
    }
}

impl Engine {
    pub fn open() -> Result<Engine, DynoxideError> {
        let time = Arc::new(CommandTime::default());
        let store = Store::memory()?.with_clock(time.clone());
        store.conn().execute_batch(OUR_TABLES)?;
        Ok(Engine { store, time, indexes: VectorIndexLifecycle::new() })
    }

    /// The tables as [`Engine::image`] gave them: at most 2 GiB, which is what SQLite allocates at once.
    pub fn restore(image: impl Read, bytes: usize) -> Result<Engine, DynoxideError> {
        if i32::try_from(bytes).is_err() {
            return Err(DynoxideError::InternalServerError(format!(
                "an image of {bytes} bytes is too large"
            )));
        }
        let mut source = Connection::open_in_memory()?;
        source.deserialize_read_exact(MAIN_DB, image, bytes, true)?;
        let version: Option<String> = source
            .query_row("SELECT value FROM _config WHERE key = 'schema_version'", [], |row| row.get(0))
            .optional()?;
        let mut engine = Engine::open()?;
        if version.is_some_and(|version| version == SCHEMA_VERSION.to_string()) {
            let backup = Backup::new(&source, engine.store.conn_mut())?;
            backup.run_to_completion(1_000_000, Duration::ZERO, None)?;
        } else {
            // Of another release of the engine, which knows how to bring it up to date.
            engine.store.restore_from_connection(&source)?;
        }
        engine.store.conn().execute_batch(OUR_TABLES)?;
        Ok(engine)
    }

    /// Everything, as the bytes of a SQLite database.
    pub fn image(&self) -> Result<Image, DynoxideError> {
        match self.store.conn().serialize(MAIN_DB)? {
            Data::Owned(image) => Ok(Data::Owned(image)),
            Data::Shared(_) => {
                Err(DynoxideError::InternalServerError("the image is the database itself".into()))
            }
        }
    }

    /// Memory of what is stored, in whole pages.
    pub fn bytes(&self) -> Result<u64, DynoxideError> {
        let pages = |pragma| -> Result<u64, DynoxideError> {
            let pages: i64 = self.store.conn().prepare_cached(pragma)?.query_row([], |row| row.get(0))?;
            Ok(u64::try_from(pages).unwrap_or(0))
        };
        let used = pages("PRAGMA page_count")?.saturating_sub(pages("PRAGMA freelist_count")?);
        Ok(used * pages("PRAGMA page_size")?)
    }

    pub fn is_empty(&self) -> Result<bool, DynoxideError> {
        Ok(self.store.list_table_names()?.is_empty())
    }

    /// Tables whose items expire: name, the attribute that says when, and the key's attributes.
    pub fn expiring(&self) -> Result<Vec<Expiring>, DynoxideError> {
        let tables = self.store.list_ttl_enabled_tables()?;
        Ok(tables
            .into_iter()
            .filter_map(|table| {
                let schema: Vec<dynoxide::types::KeySchemaElement> =
                    serde_json::from_str(&table.key_schema).ok()?;
                let keys = schema.into_iter().map(|key| key.attribute_name).collect();
                Some(Expiring { table: table.table_name, attribute: table.ttl_attribute?, keys })
            })
            .collect())
    }

    pub fn run(&mut self, realm: &Realm, request: Request, stamp: Stamp<'_>) -> Answer {
        self.time.0.store(stamp.at_ms, Ordering::Relaxed);
        self.guarded(|| self.dispatch(realm, request, stamp))
    }

    /// The attribute by which a table's items expire; `None` where they do not.
    pub fn expires_by(&self, table: &str) -> Result<Option<String>, DynoxideError> {
        let table = self.store.get_table_metadata(table)?;
        Ok(table.filter(|table| table.ttl_enabled).and_then(|table| table.ttl_attribute))
    }

    /// The attributes of the partition key of a table or of one of its indexes; none where it is not there.
    pub fn partition_key(&self, table: &str, index: Option<&str>) -> Vec<String> {
        let Ok(Some(table)) = self.store.get_table_metadata(table) else { return Vec::new() };
        let schema = match index {
            None => serde_json::from_str(&table.key_schema).ok(),
            Some(index) => {
                [&table.gsi_definitions, &table.lsi_definitions].into_iter().flatten().find_map(|text| {
                    let indexes: Vec<IndexKey> = serde_json::from_str(text).ok()?;
                    indexes.into_iter().find(|of| of.index_name == index).map(|of| of.key_schema)
                })
            }
        };
        let schema: Vec<dynoxide::types::KeySchemaElement> = schema.unwrap_or_default();
        let hash = schema.into_iter().filter(|key| key.key_type == dynoxide::types::KeyType::HASH);
        hash.map(|key| key.attribute_name).collect()
    }

    /// None of one that is not there.
    pub fn tags(&self, table: &str) -> Vec<dynoxide::types::Tag> {
        self.store.get_tags(table).unwrap_or_default()
    }

    pub fn has_table(&self, table: &str) -> Result<bool, DynoxideError> {
        self.store.table_exists(table)
    }

    /// Should the engine panic, the request is refused and has changed nothing, now and in every replay; the
    /// tables stay usable.
    fn guarded(&self, run: impl FnOnce() -> Answer) -> Answer {
        let ran = catch_unwind(AssertUnwindSafe(run));
        let answer = ran.unwrap_or_else(|_| Answer::internal("the engine panicked"));
        if !self.store.conn().is_autocommit()
            && let Err(error) = self.store.rollback()
        {
            tracing::error!(%error, "a transaction is left open");
        }
        answer
    }

    fn dispatch(&self, realm: &Realm, request: Request, stamp: Stamp<'_>) -> Answer {
        let place = place(realm);
        let (store, indexes) = (&self.store, &self.indexes);
        match request {
            Request::BatchGetItem(r) => answer(batch_get_item::execute(store, *r)),
            Request::BatchWriteItem(r) => answer(batch_write_item::execute(store, *r)),
            Request::CreateTable(r) => self.create_table(&place, *r, stamp).unwrap_or_else(Answer::from),
            Request::DeleteItem(r) => answer(delete_item::execute(store, *r)),
            Request::DeleteTable(r) => {
                let name = r.table_name.clone();
                let gone = answer(delete_table::execute(store, *r, indexes));
                if gone.is_success() {
                    self.forget_backups(&name);
                }
                placed(&place, gone)
            }
            Request::DescribeContinuousBackups(r) => {
                self.describe_backups(&r, stamp).unwrap_or_else(Answer::from)
            }
            Request::DescribeLimits => Answer::success(limits()),
            Request::DescribeTable(r) => placed(&place, answer(describe_table::execute(store, *r, indexes))),
            Request::DescribeTimeToLive(r) => answer(describe_time_to_live::execute(store, *r)),
            Request::GetItem(r) => answer(get_item::execute(store, *r)),
            Request::ListTables(r) => answer(list_tables::execute(store, *r)),
            Request::ListTagsOfResource(r) => foreign(&place, r.resource_arn.as_deref())
                .unwrap_or_else(|| answer(list_tags_of_resource::execute(store, *r))),
            Request::PutItem(r) => answer(put_item::execute(store, *r)),
            Request::Query(r) => answer(query::execute(store, *r)),
            Request::Scan(r) => answer(scan::execute(store, *r)),
            Request::TagResource(r) => foreign(&place, r.resource_arn.as_deref())
                .unwrap_or_else(|| answer(tag_resource::execute(store, *r))),
            Request::TransactGetItems(r) => answer(transact_get_items::execute(store, *r)),
            Request::TransactWriteItems(r) => {
                let token = r.client_request_token.clone();
                match token {
                    None => answer(transact_write_items::execute(store, *r)),
                    Some(token) => {
                        let digest = token::digest(&r.transact_items);
                        let run = || answer(transact_write_items::execute(store, *r));
                        token::once(store.conn(), &token, &digest, stamp.at_ms, run)
                    }
                }
            }
            Request::UntagResource(r) => foreign(&place, r.resource_arn.as_deref())
                .unwrap_or_else(|| answer(untag_resource::execute(store, *r))),
            Request::UpdateContinuousBackups(r) => {
                self.update_backups(&r, stamp).unwrap_or_else(Answer::from)
            }
            Request::UpdateItem(r) => self.update_item(*r).unwrap_or_else(Answer::from),
            Request::UpdateTable(r) => self.update_table(&place, *r, stamp).unwrap_or_else(Answer::from),
            Request::UpdateTimeToLive(r) => answer(update_time_to_live::execute(store, *r)),
        }
    }

    fn create_table(
        &self,
        place: &str,
        mut request: create_table::CreateTableRequest,
        stamp: Stamp<'_>,
    ) -> Result<Answer, DynoxideError> {
        if request.stream_specification.as_ref().is_some_and(|stream| stream.stream_enabled) {
            return Ok(unserved("StreamSpecification"));
        }
        if request.vector_indexes.is_some() {
            return Ok(unserved("VectorIndexes"));
        }
        let name = request.table_name.clone();
        if let Some(refusal) = self.name_refusal(&name)? {
            return Ok(refusal);
        }
        let global = request.global_secondary_indexes.iter().flatten().map(|index| &index.index_name);
        let local = request.local_secondary_indexes.iter().flatten().map(|index| &index.index_name);
        if let Some(refusal) = index_names_refusal(global.chain(local)) {
            return Ok(refusal);
        }
        if let Some(encryption) = &mut request.sse_specification
            && encryption.enabled == Some(true)
        {
            // The engine would draw one.
            let key = format!("{}key/{}", place.replacen(":dynamodb:", ":kms:", 1), stamp.id);
            encryption.kms_master_key_id.get_or_insert(key);
        }
        let protected = request.deletion_protection_enabled.unwrap_or(false);
        let mut response = now(create_table::execute(&self.store, request))?;
        let created_s = i64::try_from(stamp.at_ms / 1000).unwrap_or(i64::MAX);
        self.store.conn().execute(
            "UPDATE _tables SET created_at = ?1, table_id = ?2 WHERE table_name = ?3",
            (created_s, stamp.id, &name),
        )?;
        // Written as it is already: this makes the engine forget what it remembers of the table.
        self.store.update_deletion_protection(&name, protected)?;
        let description = &mut response.table_description;
        description.creation_date_time = Some(created_s as f64);
        description.table_id = Some(stamp.id.to_owned());
        Ok(placed(place, written(&response)))
    }

    fn update_table(
        &self,
        place: &str,
        request: update_table::UpdateTableRequest,
        stamp: Stamp<'_>,
    ) -> Result<Answer, DynoxideError> {
        if request.stream_specification.as_ref().is_some_and(|stream| stream.stream_enabled) {
            return Ok(unserved("StreamSpecification"));
        }
        if request.vector_index_updates.is_some() {
            return Ok(unserved("VectorIndexUpdates"));
        }
        let name = request.table_name.clone();
        let before = self.store.get_table_metadata(&name)?;
        let indexes: Vec<create_table_index::Name> = (before.iter())
            .flat_map(|table| [&table.gsi_definitions, &table.lsi_definitions])
            .filter_map(|definitions| serde_json::from_str::<Vec<_>>(definitions.as_deref()?).ok())
            .flatten()
            .collect();
        let new = request.global_secondary_index_updates.iter().flatten();
        let new = new.filter_map(|update| Some(&update.create.as_ref()?.index_name));
        for new in new {
            // One that has the very name is refused by the engine, in AWS's words.
            let others = indexes.iter().map(|index| &index.index_name).filter(|index| *index != new);
            if let Some(refusal) = index_names_refusal(others.chain([new])) {
                return Ok(refusal);
            }
        }
        let mut answer = answer(update_table::execute(&self.store, request, &self.indexes));
        let after = self.store.get_table_metadata(&name)?;
        let throughput = |table: Option<dynoxide::TableMetadata>| table?.provisioned_throughput;
        if let (before, Some(after)) = (throughput(before), throughput(after))
            && before.as_ref() != Some(&after)
            && let Some(stamped) = stamped_throughput(before.as_deref(), &after, stamp.at_ms)
        {
            self.store.update_provisioned_throughput(&name, &stamped)?;
            if answer.is_success() {
                let described = now(describe_table::execute(
                    &self.store,
                    serde_json::from_value(json!({ "TableName": name })).map_err(unreadable)?,
                    &self.indexes,
                ))?;
                answer = written(&json!({ "TableDescription": described.table }));
            }
        }
        Ok(placed(place, answer))
    }

    /// Of an item that the update makes there is nothing old; the engine gives its key.
    fn update_item(&self, request: update_item::UpdateItemRequest) -> Result<Answer, DynoxideError> {
        let made = request.return_values.as_deref() == Some("ALL_OLD") && {
            let key = get_item::GetItemRequest {
                table_name: request.table_name.clone(),
                key: request.key.clone(),
                ..Default::default()
            };
            now(get_item::execute(&self.store, key)).is_ok_and(|found| found.item.is_none())
        };
        let mut response = now(update_item::execute(&self.store, request))?;
        if made {
            response.attributes = None;
        }
        Ok(written(&response))
    }

    /// The engine keeps tables by names that differ in more than case, beside some of its own.
    fn name_refusal(&self, name: &str) -> Result<Option<Answer>, DynoxideError> {
        let lower = name.to_ascii_lowercase();
        let taken = TAKEN_NAMES.contains(&&*lower) || TAKEN_PREFIXES.iter().any(|p| lower.starts_with(p));
        if taken {
            let text = format!("The table name {name} is reserved here.");
            return Ok(Some(Answer::refusal(Code::Validation, text)));
        }
        let other: Option<String> = self
            .store
            .conn()
            .query_row(
                "SELECT table_name FROM _tables WHERE table_name = ?1 COLLATE NOCASE AND table_name <> ?1",
                [name],
                |row| row.get(0),
            )
            .optional()?;
        Ok(other.map(|other| {
            let text = format!("The table name {name} differs from that of the table {other} in case only.");
            Answer::refusal(Code::Validation, text)
        }))
    }

    fn require_table(&self, name: &str) -> Result<Option<Answer>, DynoxideError> {
        let there = self.store.table_exists(name)?;
        Ok((!there).then(|| Answer::refusal(Code::TableNotFound, format!("Table not found: {name}"))))
    }

    fn update_backups(
        &self,
        request: &UpdateContinuousBackupsRequest,
        stamp: Stamp<'_>,
    ) -> Result<Answer, DynoxideError> {
        let name = &request.table_name;
        if let Some(refusal) = self.require_table(name)? {
            return Ok(refusal);
        }
        let specification = &request.point_in_time_recovery_specification;
        let days = specification.recovery_period_in_days.unwrap_or(RECOVERY_DAYS_MAX);
        if !(1..=RECOVERY_DAYS_MAX).contains(&days) {
            let text = format!(
                "1 validation error detected: Value '{days}' at 'pointInTimeRecoverySpecification.\
                 recoveryPeriodInDays' failed to satisfy constraint: Member must have value between 1 and \
                 {RECOVERY_DAYS_MAX}"
            );
            return Ok(Answer::refusal(Code::Validation, text));
        }
        if specification.point_in_time_recovery_enabled {
            let since_ms = i64::try_from(stamp.at_ms).unwrap_or(i64::MAX);
            self.store.conn().execute(
                "INSERT INTO _flumen_backups VALUES (?1, ?2, ?3) \
                 ON CONFLICT (table_name) DO UPDATE SET days = excluded.days",
                (name, since_ms, days),
            )?;
        } else {
            self.store.conn().execute("DELETE FROM _flumen_backups WHERE table_name = ?1", [name])?;
        }
        self.backups(name, stamp)
    }

    fn describe_backups(
        &self,
        request: &DescribeContinuousBackupsRequest,
        stamp: Stamp<'_>,
    ) -> Result<Answer, DynoxideError> {
        match self.require_table(&request.table_name)? {
            Some(refusal) => Ok(refusal),
            None => self.backups(&request.table_name, stamp),
        }
    }

    fn backups(&self, table: &str, stamp: Stamp<'_>) -> Result<Answer, DynoxideError> {
        let switched: Option<(i64, u32)> = self
            .store
            .conn()
            .query_row("SELECT since_ms, days FROM _flumen_backups WHERE table_name = ?1", [table], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let recovery = match switched {
            None => json!({ "PointInTimeRecoveryStatus": "DISABLED" }),
            Some((since_ms, days)) => json!({
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": days,
                "EarliestRestorableDateTime": since_ms as f64 / 1000.0,
                "LatestRestorableDateTime": stamp.at_ms as f64 / 1000.0,
            }),
        };
        Ok(written(&json!({ "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": recovery,
        } })))
    }

    fn forget_backups(&self, table: &str) {
        let forgotten =
            self.store.conn().execute("DELETE FROM _flumen_backups WHERE table_name = ?1", [table]);
        if let Err(error) = forgotten {
            tracing::error!(%error, table, "the switch of continuous backups is left behind");
        }
    }
}

/// A table whose items expire.
pub(crate) struct Expiring {
    pub table: String,
    pub attribute: String,
    pub keys: Vec<String>,
}

const RECOVERY_DAYS_MAX: u32 = 35;

mod create_table_index {
    #[derive(serde::Deserialize)]
    pub struct Name {
        #[serde(rename = "IndexName")]
        pub index_name: String,
    }
}

/// The engine's futures are ready at once: behind them is memory.
fn now<T>(future: impl Future<Output = Result<T, DynoxideError>>) -> Result<T, DynoxideError> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(DynoxideError::InternalServerError("the engine waits".to_owned())),
    }
}

fn answer<T: Serialize>(future: impl Future<Output = Result<T, DynoxideError>>) -> Answer {
    match now(future) {
        Ok(response) => written(&response),
        Err(error) => error.into(),
    }
}

fn written<T: Serialize>(response: &T) -> Answer {
    serde_json::to_string(response).map_or_else(Answer::internal, Answer::success)
}

fn unreadable(error: serde_json::Error) -> DynoxideError {
    DynoxideError::InternalServerError(error.to_string())
}

fn unserved(member: &str) -> Answer {
    Answer::refusal(Code::UnsupportedOperation, format!("{member} is not served here."))
}

/// How the ARNs of a realm begin.
fn place(realm: &Realm) -> String {
    format!("arn:{}:dynamodb:{}:{}:", realm.partition(), realm.region, realm.account)
}

/// A description of a table, moved to where it is.
fn placed(place: &str, answer: Answer) -> Answer {
    Answer { body: answer.body.replace(ENGINE_PLACE, place), ..answer }
}

/// The refusal of an ARN that belongs to another realm.
fn foreign(place: &str, arn: Option<&str>) -> Option<Answer> {
    let arn = arn.filter(|arn| arn.starts_with("arn:") && arn.contains(":dynamodb:"))?;
    (!arn.starts_with(place)).then(|| {
        Answer::refusal(
            Code::AccessDenied,
            format!("The resource {arn} is not one of this account and region."),
        )
    })
}

fn index_names_refusal<'a>(names: impl Iterator<Item = &'a String>) -> Option<Answer> {
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if let Some(other) = seen.iter().find(|s| s.eq_ignore_ascii_case(name) && **s != name) {
            let text = format!("The index name {name} differs from {other} in case only.");
            return Some(Answer::refusal(Code::Validation, text));
        }
        seen.push(name);
    }
    None
}

/// Times of a change of throughput are the command's.
fn stamped_throughput(before: Option<&str>, after: &str, at_ms: u64) -> Option<String> {
    let before: serde_json::Value = serde_json::from_str(before.unwrap_or("null")).ok()?;
    let mut after: serde_json::Value = serde_json::from_str(after).ok()?;
    for time in ["LastIncreaseDateTime", "LastDecreaseDateTime"] {
        if let Some(value) = after.get_mut(time)
            && before.get(time) != Some(value)
        {
            *value = json!(at_ms as f64 / 1000.0);
        }
    }
    Some(after.to_string())
}

/// AWS's defaults: nothing here is limited by throughput.
fn limits() -> String {
    json!({
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation;

    fn call(engine: &mut Engine, operation: Operation, body: &str) -> Answer {
        let realm = Realm { account: "000000000000".into(), region: "us-east-1".into() };
        let request = Request::read(operation, body.as_bytes()).unwrap();
        engine.run(&realm, request, Stamp { at_ms: 1, id: "id" })
    }

    #[test]
    fn a_panic_refuses_the_request_and_leaves_the_tables_usable() {
        let mut engine = Engine::open().unwrap();
        let table = r#"{"TableName": "app", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}]}"#;
        assert!(call(&mut engine, Operation::CreateTable, table).is_success());
        let refused = engine.guarded(|| {
            engine.store.begin_transaction().unwrap();
            engine.store.conn().execute("DELETE FROM _tables", []).unwrap();
            panic!("as if by a mistake of the engine's");
        });
        assert_eq!(refused.status, 500);
        assert!(!refused.body.contains("mistake"), "{}", refused.body);
        let put = r#"{"TableName": "app", "Item": {"k": {"S": "x"}}}"#;
        let answer = call(&mut engine, Operation::PutItem, put);
        assert!(answer.is_success(), "{}", answer.body);
    }
}
