//! The one way of a write: it waits with others, is appended with them in one record each, and is applied
//! in the log's order once they are durable. While one group is applied the next one is appended.
//!
//! Readers take a realm's lock for one request at a time and never wait for the disk.

use std::collections::VecDeque;
use std::sync::Arc;

use flumen_storage::{Append, AppendError, BatchBuilder, Log, Storage, off_thread};
use flumen_types::Realm;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinError, JoinHandle};

use crate::answer::{Answer, Code, without_values};
use crate::command::{Head, VERSION};
use crate::engine::Stamp;
use crate::operation::Operation;
use crate::request::Request;
use crate::room::Place;
use crate::snapshot::Images;
use crate::tables::Inner;

/// What is appended together. One write may be larger.
const GROUP_BYTES: usize = 1024 * 1024;
/// Commands are kept until they outweigh this and the last snapshot.
const COMMANDS_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// A write that nobody has carried out yet.
pub(crate) struct Write {
    pub realm: Realm,
    pub operation: Operation,
    pub id: String,
    pub body: Vec<u8>,
    pub request: Request,
    /// Held until it is answered, also when nobody waits for that any more.
    pub place: Place,
    pub reply: oneshot::Sender<Answer>,
}

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    more: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Write>,
    closed: bool,
}

impl Queue {
    /// Drops the write, and with it the answer's sender, when no more are taken.
    pub fn push(&self, write: Write) {
        let mut state = self.state.lock();
        if !state.closed {
            state.waiting.push_back(write);
            self.more.notify_one();
        }
    }

    pub fn close(&self) {
        self.state.lock().closed = true;
        self.more.notify_one();
    }

    /// The writes that go together; none when the queue is closed and empty.
    async fn next(&self) -> Vec<Write> {
        loop {
            {
                let mut state = self.state.lock();
                let mut bytes = 0;
                let mut group = Vec::new();
                while let Some(write) = state.waiting.front()
                    && (group.is_empty() || bytes + write.body.len() <= GROUP_BYTES)
                {
                    bytes += write.body.len();
                    group.extend(state.waiting.pop_front());
                }
                if !group.is_empty() || state.closed {
                    return group;
                }
            }
            self.more.notified().await;
        }
    }
}

/// Owns the two logs.
pub(crate) struct Writer {
    pub inner: Arc<Inner>,
    pub storage: Storage,
    pub commands: Log,
    pub snapshots: Log,
    pub at_ms: u64,
    pub command_bytes: u64,
    pub snapshot_bytes: u64,
}

impl Writer {
    pub async fn run(mut self) {
        let mut applying: Option<Beside> = None;
        let mut saving: Option<Beside> = None;
        loop {
            let group = self.inner.queue.next().await;
            if group.is_empty() {
                break;
            }
            let at_ms = self.inner.clock.now_ms().max(self.at_ms);
            let appended = self.append(&group, at_ms).await;
            finish(applying.take()).await;
            match appended {
                Ok(()) => {
                    self.at_ms = at_ms;
                    let inner = self.inner.clone();
                    applying = Some(beside(move || apply(&inner, group, at_ms)));
                }
                Err(error) => refuse(group, &error),
            }
            let saved = saving.as_ref().is_none_or(JoinHandle::is_finished);
            if saved && self.command_bytes > COMMANDS_BYTES_MIN.max(self.snapshot_bytes) {
                finish(applying.take()).await;
                saving = Some(self.snapshot().await);
            }
        }
        finish(applying).await;
        finish(saving).await;
        // So that the next start, perhaps with another engine, has nothing to carry out again.
        if self.command_bytes > 0 {
            finish(Some(self.snapshot().await)).await;
        }
    }

    /// Durable on return.
    async fn append(&mut self, group: &[Write], at_ms: u64) -> Result<(), AppendError> {
        let bytes = group.iter().map(|write| write.body.len() + 200).sum();
        let mut batch = BatchBuilder::with_capacity(bytes);
        for write in group {
            let head = Head {
                version: VERSION,
                at_ms,
                account: (&*write.realm.account).into(),
                region: (&*write.realm.region).into(),
                operation: write.operation.name().into(),
                id: (&*write.id).into(),
            };
            batch.push(0, &head.bytes(), &write.body);
        }
        let bytes = batch.bytes() as u64;
        let append = Append { log: self.commands.clone(), time_ms: at_ms, batch: batch.finish() };
        let answer = self.storage.append(vec![append]).await.into_iter().next();
        answer.unwrap_or(Err(AppendError::Closed))?;
        self.command_bytes += bytes;
        Ok(())
    }

    /// Every appended command is applied when this is called. The images are taken before it returns; writing
    /// them goes beside the writes that follow.
    async fn snapshot(&mut self) -> Beside {
        let (inner, position, at_ms) = (self.inner.clone(), self.commands.end(), self.at_ms);
        let (storage, snapshots, commands) =
            (self.storage.clone(), self.snapshots.clone(), self.commands.clone());
        let (taken, bytes) = oneshot::channel();
        let runtime = Handle::current();
        // One thread for both, since the images stay on theirs.
        let saving = beside(move || {
            let written = inner.images().map_err(|error| without_values(&error)).and_then(|images| {
                let images = Images { position, at_ms, images };
                let _ = taken.send(images.bytes());
                let write = images.write(&storage, &snapshots, &commands);
                runtime.block_on(write).map_err(|error| error.to_string())
            });
            // The commands hold everything; a snapshot that fails costs only time at the next start.
            if let Err(error) = written {
                tracing::warn!(%error, "no snapshot of the tables");
            }
        });
        if let Ok(bytes) = bytes.await {
            self.command_bytes = 0;
            self.snapshot_bytes = bytes;
        }
        saving
    }
}

/// Work that goes on while the writer does.
type Beside = JoinHandle<Result<(), JoinError>>;

fn beside(work: impl FnOnce() + Send + 'static) -> Beside {
    tokio::spawn(off_thread(work))
}

async fn finish(task: Option<Beside>) {
    if let Some(task) = task
        && task.await.and_then(|done| done).is_err()
    {
        tracing::error!("a task of the tables ended early");
    }
}

fn apply(inner: &Inner, group: Vec<Write>, at_ms: u64) {
    for write in group {
        let Write { realm, request, id, reply, place, .. } = write;
        let answer = inner.apply(&realm, request, Stamp { at_ms, id: &id }).unwrap_or_else(Answer::from);
        // Before the answer, so that whoever got it finds the room that it says.
        drop(place);
        // Whoever asked may have gone away.
        let _ = reply.send(answer);
    }
}

fn refuse(group: Vec<Write>, error: &AppendError) {
    let answer = match error {
        AppendError::TooLarge { bytes, limit } => {
            let text =
                format!("The request has {bytes} bytes with its framing; the log takes {limit} at once.");
            Answer::refusal(Code::Validation, text)
        }
        AppendError::Overloaded { .. } => Answer::refusal(Code::Throttling, error.to_string()),
        error => Answer::internal(error),
    };
    for write in group {
        let _ = write.reply.send(answer.clone());
    }
}
