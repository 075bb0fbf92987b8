//! The tables of all realms: a write goes to the queue, a read to the engine, a durable command to both readers' and
//! writer's one state.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use dynoxide::DynoxideError;
use flumen_access::Caller;
use flumen_machine::{Origin, Signatures};
use flumen_storage::off_thread;
use flumen_types::{Clock, Realm};
use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, oneshot};

use crate::answer::Answer;
use crate::budget::{MemoryBudget, REALM_BYTES};
use crate::command::new_id;
use crate::door::Permitted;
use crate::engine::{Engine, Image, Stamp};
use crate::operation::{Operation, row};
use crate::queue::{Queue, Write};
use crate::request::Request;
use crate::rules;
use crate::tables::TablesSettings;

pub(crate) struct Inner {
    pub clock: Clock,
    pub queue: Queue,
    pub budget: Arc<MemoryBudget>,
    realms: RwLock<BTreeMap<Realm, Arc<Mutex<RealmTables>>>>,
    /// Answers for realms that have no tables.
    empty: OnceLock<Mutex<Engine>>,
    /// The tables whose items expire may have changed.
    pub expiring: Notify,
    /// By which signatures tables were changed lately; not their items.
    pub signatures: Mutex<Signatures>,
}

/// The tables of a realm, and how much room they take.
pub(crate) struct RealmTables {
    engine: Engine,
    bytes: u64,
}

impl Inner {
    /// Without any.
    pub fn new(clock: Clock, settings: TablesSettings) -> Inner {
        Inner {
            clock,
            queue: Queue::default(),
            budget: Arc::new(MemoryBudget::new(settings.memory_bytes, settings.accounts)),
            realms: RwLock::default(),
            empty: OnceLock::new(),
            expiring: Notify::new(),
            signatures: Mutex::default(),
        }
    }

    /// Through the log.
    pub async fn write(&self, asked: Permitted<'_>, body: &[u8]) -> Answer {
        let makes = asked.operation == Operation::CreateTable;
        let Some(held) = self.held(asked.realm) else {
            if makes {
                return self.append(asked, body, REALM_BYTES).await;
            }
            // Where there are no tables a write changes nothing, so it need not be remembered.
            return self.run_on_empty(asked);
        };
        if asked.operation == Operation::UpdateTimeToLive {
            match rules::refusal_by(&held.lock().engine, &asked.request) {
                Ok(None) => {}
                Ok(Some(refusal)) => return refusal,
                Err(error) => return error.into(),
            }
        }
        let copied = match asked.operation {
            // A new index copies up to all of its table.
            Operation::UpdateTable => held.lock().bytes,
            _ => 0,
        };
        self.append(asked, body, copied).await
    }

    async fn append(&self, asked: Permitted<'_>, body: &[u8], copied: u64) -> Answer {
        let Permitted { realm, caller, operation, request, .. } = asked;
        let queued = match self.budget.take(&realm.account, body.len(), request.growth(), copied) {
            Ok(queued) => queued,
            Err(refusal) => return refusal,
        };
        let id = if operation == Operation::CreateTable { new_id() } else { String::new() };
        let (reply, answer) = oneshot::channel();
        let origin = caller.map_or_else(Origin::default, Caller::origin);
        let (realm, body) = (realm.clone(), body.to_vec());
        let write = Write { realm, origin, operation, id, body, request, queued, reply };
        self.queue.push(write);
        answer.await.unwrap_or_else(|_| Answer::internal("the tables are closed"))
    }

    pub async fn read(inner: &Arc<Inner>, asked: Permitted<'_>) -> Answer {
        let Some(held) = inner.held(asked.realm) else { return inner.run_on_empty(asked) };
        let Permitted { realm, operation, request, .. } = asked;
        let at_ms = inner.clock.now_ms();
        if !row(operation).is_long
            && let Some(mut held) = held.try_lock()
        {
            return held.engine.run(realm, request, Stamp { at_ms, id: "" });
        }
        let realm = realm.clone();
        let run = move || held.lock().engine.run(&realm, request, Stamp { at_ms, id: "" });
        off_thread(run).await.unwrap_or_else(|_| Answer::internal("a read ended early"))
    }

    /// A command that is durable.
    pub fn apply(&self, realm: &Realm, request: Request, stamp: Stamp<'_>) -> Result<Answer, DynoxideError> {
        let expires = matches!(request, Request::UpdateTimeToLive(_));
        let drops = matches!(request, Request::DeleteTable(_));
        let held = match self.held(realm) {
            Some(held) => held,
            None => self.hold(realm.clone(), Engine::open()?)?,
        };
        let (answer, empty) = {
            let mut held = held.lock();
            let answer = held.engine.run(realm, request, stamp);
            let bytes = held.engine.bytes()? + REALM_BYTES;
            self.budget.moved(&realm.account, held.bytes, bytes);
            held.bytes = bytes;
            (answer, drops && held.engine.is_empty()?)
        };
        if empty && self.realms.write().remove(realm).is_some() {
            self.budget.moved(&realm.account, held.lock().bytes, 0);
        }
        if expires {
            self.expiring.notify_one();
        }
        Ok(answer)
    }

    pub fn realms(&self) -> Vec<Realm> {
        self.realms.read().keys().cloned().collect()
    }

    pub fn with_engine<T>(&self, realm: &Realm, look: impl FnOnce(&Engine) -> T) -> Option<T> {
        Some(look(&self.held(realm)?.lock().engine))
    }

    /// An image of each realm's tables.
    pub fn images(&self) -> Result<Vec<(Realm, Image)>, DynoxideError> {
        let realms = self.realms.read().clone();
        realms.into_iter().map(|(realm, held)| Ok((realm, held.lock().engine.image()?))).collect()
    }

    fn held(&self, realm: &Realm) -> Option<Arc<Mutex<RealmTables>>> {
        self.realms.read().get(realm).cloned()
    }

    pub fn hold(&self, realm: Realm, engine: Engine) -> Result<Arc<Mutex<RealmTables>>, DynoxideError> {
        let bytes = engine.bytes()? + REALM_BYTES;
        self.budget.moved(&realm.account, 0, bytes);
        let held = Arc::new(Mutex::new(RealmTables { engine, bytes }));
        self.realms.write().insert(realm, held.clone());
        Ok(held)
    }

    fn run_on_empty(&self, Permitted { realm, request, .. }: Permitted<'_>) -> Answer {
        let engine = match self.empty.get() {
            Some(engine) => engine,
            None => match Engine::open() {
                Ok(engine) => self.empty.get_or_init(|| Mutex::new(engine)),
                Err(error) => return error.into(),
            },
        };
        engine.lock().run(realm, request, Stamp { at_ms: self.clock.now_ms(), id: "" })
    }
}
