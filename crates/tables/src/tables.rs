//! The service as the server holds it: opening, one request, closing.

use std::sync::Arc;

use dynoxide::DynoxideError;
use flumen_access::{AccountLimits, Caller};
use flumen_machine::{Carried, Former, OpenError, Signatures, names};
use flumen_storage::{Storage, off_thread};
use flumen_types::Clock;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::answer::{Answer, Code, without_values};
use crate::door;
use crate::expiry;
use crate::fold::Applied;
use crate::inner::Inner;
use crate::operation::{Operation, UNSERVED, row};
use crate::request::Request;
use crate::rules;
use crate::writer::Writer;

const MACHINE: flumen_machine::MachineSettings = flumen_machine::MachineSettings {
    name: "table log",
    logs: names::TABLES,
    former: Former::Marked,
    commands_bytes_min: 4 * 1024 * 1024,
};

/// Reading so large a body takes too long for a thread that others wait for.
const LONG_BODY_BYTES: usize = 64 * 1024;

#[derive(Clone, Debug)]
pub struct TablesSettings {
    /// What all tables together may hold.
    pub memory_bytes: u64,
    /// Of which each account may have so much.
    pub accounts: AccountLimits,
    /// Whoever keeps the events of changes.
    pub carried: Carried,
}

impl TablesSettings {
    /// Without limits of accounts.
    pub fn new(memory_bytes: u64) -> Self {
        TablesSettings { memory_bytes, accounts: AccountLimits::none(), carried: Carried::default() }
    }
}

/// How the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    pub stored_bytes: u64,
    pub limit_bytes: u64,
}

/// Tables of all realms. Clones are the same.
#[derive(Clone)]
pub struct Tables {
    pub(crate) inner: Arc<Inner>,
    tasks: Arc<Mutex<Option<[JoinHandle<()>; 2]>>>,
}

impl Tables {
    /// Reads the newest snapshot and the commands after it. Call within a tokio runtime.
    pub async fn open(storage: Storage, clock: Clock, settings: TablesSettings) -> Result<Tables, OpenError> {
        let carried = settings.carried.clone();
        let inner = Arc::new(Inner::new(clock, settings));
        let fold = Applied(inner.clone());
        // A command that could not be carried out would be missing in all that follows.
        let told = |_: &Applied, done: Result<Answer, DynoxideError>| {
            done.map(drop).map_err(|error| without_values(&error))
        };
        let (machine, follower, fold) = flumen_machine::open(&storage, MACHINE, &carried, fold, told).await?;
        let mut writer = Writer::new(inner.clone(), machine, follower, fold);
        let taken_over = writer.take_over().await;
        taken_over.map_err(|cause| OpenError { name: MACHINE.name, cause })?;
        let writer = tokio::spawn(writer.run());
        let tables = Tables { inner, tasks: Arc::default() };
        let expiry = tokio::spawn(expiry::run(Arc::downgrade(&tables.inner)));
        *tables.tasks.lock() = Some([writer, expiry]);
        Ok(tables)
    }

    /// Carries out one request: a write is durable when it is answered, and a read sees every write that
    /// was.
    pub async fn call(&self, caller: &Caller, operation: &str, body: &[u8]) -> Answer {
        let Some(named) = Operation::named(operation) else {
            return if UNSERVED.iter().any(|unserved| unserved.name == operation) {
                let text = format!("The operation {operation} is not served here.");
                Answer::refusal(Code::UnsupportedOperation, text)
            } else {
                Answer::refusal(Code::UnknownOperation, format!("There is no operation {operation:?}."))
            };
        };
        let request = if body.len() > LONG_BODY_BYTES {
            let body = body.to_vec();
            let read = off_thread(move || Request::read(named, &body));
            read.await.unwrap_or_else(|_| Err(Answer::internal("a read ended early")))
        } else {
            Request::read(named, body)
        };
        let permitted = request.and_then(|request| door::permitted(&self.inner, caller, named, request));
        match permitted {
            Err(refusal) => refusal,
            Ok(asked) if let Some(refusal) = rules::refusal(&asked.request) => refusal,
            Ok(asked) if row(named).writes => self.inner.write(asked, body).await,
            Ok(asked) => Inner::read(&self.inner, asked).await,
        }
    }

    /// By which signatures tables were changed lately.
    pub fn signatures(&self) -> Signatures {
        self.inner.signatures.lock().clone()
    }

    pub fn status(&self) -> Status {
        Status { stored_bytes: self.inner.budget.stored(), limit_bytes: self.inner.budget.limit() }
    }

    /// Deletes what has expired, and says how many items that were.
    pub async fn expire(&self) -> usize {
        expiry::sweep(&self.inner).await
    }

    /// Takes no more writes; those that wait are carried out.
    pub async fn close(&self) {
        self.inner.queue.close();
        let tasks = self.tasks.lock().take();
        let Some([writer, expiry]) = tasks else { return };
        expiry.abort();
        let _ = expiry.await;
        if writer.await.is_err() {
            tracing::error!("the writer of the tables ended early");
        }
    }
}
