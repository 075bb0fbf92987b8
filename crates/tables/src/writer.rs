//! The one way of a write: it waits with others, is appended with them in one record each, and is applied
//! in the log's order once they are durable. While one group is applied the next one is appended.
//!
//! Readers take a realm's lock for one request at a time and never wait for the disk.

use std::sync::Arc;

use flumen_machine::{At, Cause, CommandMetadata, Fold, Follower, Machine};
use flumen_storage::{AppendError, BatchBuilder, off_thread};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};

use crate::answer::{Answer, Code, without_values};
use crate::command::{Head, VERSION};
use crate::fold::{Applied, Command, write_images};
use crate::inner::Inner;
use crate::queue::Write;

/// About what stands on the log beside a request's body.
const HEAD_BYTES: usize = 400;

/// Appends what waits, and has it applied.
pub(crate) struct Writer {
    inner: Arc<Inner>,
    machine: Machine,
    applier: Applier,
    at_ms: u64,
}

impl Writer {
    pub fn new(inner: Arc<Inner>, machine: Machine, follower: Follower, fold: Applied) -> Writer {
        let at_ms = follower.at_ms();
        let applier = Applier { at_rest: Some(Tables { fold, follower }), at_work: None };
        Writer { inner, machine, applier, at_ms }
    }

    /// What an earlier version has written, as this one does, before it writes anything else.
    pub async fn take_over(&mut self) -> Result<(), Cause> {
        if !self.machine.is_of_earlier_version() {
            return Ok(());
        }
        let saving = self.snapshot().await;
        let saved = finish(saving).await.unwrap_or_else(|| Err("a task ended early".to_owned()));
        saved.map_err(Cause::NotTakenOver)
    }

    pub async fn run(mut self) {
        let mut saving: Option<Beside<Saved>> = None;
        loop {
            let mut group = self.inner.queue.next().await;
            if group.is_empty() {
                break;
            }
            let at_ms = self.inner.clock.now_ms().max(self.at_ms);
            match self.append(&mut group, at_ms).await {
                Ok(first) => {
                    self.at_ms = at_ms;
                    if self.applier.begin(group, first, at_ms).await.is_none() {
                        return self.give_up().await;
                    }
                }
                Err(error) => refuse(group, &error),
            }
            if saving.as_ref().is_none_or(JoinHandle::is_finished) && self.machine.snapshot_is_due() {
                saving = self.snapshot().await;
            }
        }
        finish(saving).await;
        // So that the next start, perhaps with another engine, has nothing to carry out again.
        if self.applier.rest().await.is_some() && self.machine.has_news() {
            let saving = self.snapshot().await;
            finish(saving).await;
        }
    }

    /// What was appended is not in the tables; the next start will have it there. Until then nobody gets an answer.
    async fn give_up(&self) {
        self.inner.queue.close();
        while !self.inner.queue.next().await.is_empty() {}
    }

    /// Durable on return. Answers with the position of the first.
    async fn append(&mut self, group: &mut [Write], at_ms: u64) -> Result<u64, AppendError> {
        let bytes = group.iter().map(|write| write.body.len() + HEAD_BYTES).sum();
        let mut batch = BatchBuilder::with_capacity(bytes);
        for write in group {
            let head = Head {
                account: (&*write.realm.account).into(),
                region: (&*write.realm.region).into(),
                operation: write.operation.name().into(),
                id: (&*write.id).into(),
            };
            let origin = std::mem::take(&mut write.origin);
            let metadata = CommandMetadata { version: VERSION, at_ms, origin };
            batch.push(0, &metadata.encode_with(&head), &write.body);
            write.origin = metadata.origin;
        }
        self.machine.append(at_ms, batch).await
    }

    /// The images are taken, of all that is appended, before it returns; writing them goes beside the writes that
    /// follow.
    async fn snapshot(&mut self) -> Option<Beside<Saved>> {
        let writer = self.machine.snapshot(&self.applier.rest().await?.follower);
        let inner = self.inner.clone();
        let (taken, bytes) = oneshot::channel();
        let runtime = Handle::current();
        // One thread for both, since the images stay on theirs.
        let saving = beside(move || {
            let signatures = inner.signatures.lock().clone();
            let written = inner.images().map_err(|error| without_values(&error)).and_then(|images| {
                let _ = taken.send(images.iter().map(|(_, image)| image.len() as u64).sum());
                runtime.block_on(write_images(writer, &images, signatures)).map_err(|error| error.to_string())
            });
            // The commands hold everything; a snapshot that fails costs only time at the next start.
            written.inspect_err(|error| tracing::warn!(%error, "no snapshot of the tables"))
        });
        if let Ok(bytes) = bytes.await {
            self.machine.snapshot_taken(bytes);
        }
        Some(saving)
    }
}

/// Applies one group at a time, on another thread.
struct Applier {
    /// None while a group is applied, and when one could not be.
    at_rest: Option<Tables>,
    at_work: Option<Beside<Tables>>,
}

/// The tables, and how far they have come in the log.
struct Tables {
    fold: Applied,
    follower: Follower,
}

impl Applier {
    /// The tables when everything begun is applied; none if it could not be.
    async fn rest(&mut self) -> Option<&mut Tables> {
        if let Some(work) = self.at_work.take() {
            self.at_rest = finish(Some(work)).await;
        }
        self.at_rest.as_mut()
    }

    /// Begins with a group that is durable from `first` on, when the one before it is applied.
    async fn begin(&mut self, group: Vec<Write>, first: u64, at_ms: u64) -> Option<()> {
        let tables = self.rest().await?;
        if let Err(error) = tables.follow(first).await {
            tracing::error!(%error, "the tables cannot be brought up to their log");
            return None;
        }
        let mut tables = self.at_rest.take()?;
        self.at_work = Some(beside(move || {
            tables.apply(group, first, at_ms);
            tables
        }));
        Some(())
    }
}

impl Tables {
    /// What others have appended before `to`.
    async fn follow(&mut self, to: u64) -> Result<(), Cause> {
        let told = |_: &Applied, done: <Applied as Fold>::Output| {
            done.map(drop).map_err(|error| without_values(&error))
        };
        self.follower.follow(&mut self.fold, to, told).await
    }

    fn apply(&mut self, group: Vec<Write>, first: u64, at_ms: u64) {
        for (position, write) in (first..).zip(group) {
            let Write { realm, origin, operation, request, id, reply, queued, .. } = write;
            let at = At { position, ms: at_ms };
            let mut origin = origin;
            let event = origin.event.take().map(|event| *event);
            let command = Command::new(realm, operation, request, id, origin);
            let done = self.follower.apply(&mut self.fold, command, at, event);
            // Before the answer, so that whoever got it finds the room that it says.
            drop(queued);
            // Whoever asked may have gone away.
            let _ = reply.send(done.unwrap_or_else(Answer::from));
        }
    }
}

/// Why a snapshot is not there.
type Saved = Result<(), String>;

/// Work that goes on while the writer does.
type Beside<T> = JoinHandle<Result<T, JoinError>>;

fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Beside<T> {
    tokio::spawn(off_thread(work))
}

async fn finish<T>(task: Option<Beside<T>>) -> Option<T> {
    let done = task?.await.and_then(|done| done);
    if done.is_err() {
        tracing::error!("a task of the tables ended early");
    }
    done.ok()
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
