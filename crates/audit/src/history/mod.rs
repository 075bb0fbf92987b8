//! What was done so far: chunks of events, packed and sealed, on one log; where in it what lies, on another, so that what is
//! rare is found without reading everything.
//!
//! Chunks come about in the order of time, with a little overlap: a call that ended first may be told of later.

mod index;
mod lookup;

use std::sync::Arc;

use flumen_machine::{Names, names};
use flumen_seal::{Seal, SealError, Unsealed};
use flumen_storage::{
    Answers, Append, AppendError, Batch, BatchBuilder, Log, ReadError, ReadLimit, Storage, off_thread,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::event::Line;
use crate::lines::{self, Unread};
pub(crate) use index::Entry;
pub use lookup::{Also, Attribute, Found, Lookup, PageToken};

/// What is sealed in the two logs opens nowhere else.
const CHUNK: &str = "audit/history";
const VERSION: u32 = 1;

/// Events of the history.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Of the chunk, in its log.
    pub position: u64,
    pub events: Vec<Line>,
}

/// Why the history cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the history of the audit is not written: {0}")]
    Append(#[from] AppendError),
    #[error("the history of the audit cannot be read: {0}")]
    Read(#[from] ReadError),
    #[error("the history of the audit is not sealed: {0}")]
    Seal(#[from] SealError),
    #[error("a chunk of the audit's history, at {position}, cannot be opened: {error}")]
    Sealed { position: u64, error: Unsealed },
    #[error("a chunk of the audit's history, at {position}, cannot be read: {error}")]
    Unread { position: u64, error: Unread },
    #[error(
        "a chunk of the audit's history, at {position}, is of version {found}, and this program knows {VERSION}"
    )]
    Newer { position: u64, found: u32 },
    #[error("the head of a chunk of the audit's history, at {position}, cannot be read: {error}")]
    Head { position: u64, error: String },
    #[error("the logs of the audit's history are not there")]
    NoLog,
    #[error("work on the audit's history ended early")]
    EndedEarly,
}

impl HistoryError {
    /// The position of a chunk that cannot be read, now or later.
    pub(crate) fn damaged(&self) -> Option<u64> {
        match self {
            HistoryError::Sealed { position, .. }
            | HistoryError::Unread { position, .. }
            | HistoryError::Newer { position, .. }
            | HistoryError::Head { position, .. } => Some(*position),
            HistoryError::Append(_)
            | HistoryError::Read(_)
            | HistoryError::Seal(_)
            | HistoryError::NoLog
            | HistoryError::EndedEarly => None,
        }
    }
}

/// The head of a chunk, beside what is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    v: u32,
    /// Recent events before this position of their log are in this chunk or one before it.
    recent: u64,
    events: usize,
    first_ms: u64,
    last_ms: u64,
}

pub(crate) struct History {
    storage: Storage,
    seal: Seal,
    chunks: Log,
    index: Log,
    /// Of the index, from the oldest chunk on: little of each, so that most chunks need not be looked at.
    spans: Mutex<Arc<Vec<Span>>>,
}

/// Where a chunk lies, and its entry in the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub position: u64,
    /// Of the entry, in the log of the index.
    pub entry: u64,
    pub first_ms: u64,
    pub last_ms: u64,
}

const LOGS: Names = Names { commands: names::AUDIT_HISTORY, snapshots: names::AUDIT_INDEX };

impl History {
    pub async fn open(storage: &Storage, seal: &Seal) -> Result<(History, u64), HistoryError> {
        let Names { commands: chunks, snapshots: index } = LOGS;
        storage.create(&[chunks, index])?;
        let log = |id| storage.log(id).ok_or(HistoryError::NoLog);
        let (chunks, index) = (log(chunks)?, log(index)?);
        let history =
            History { storage: storage.clone(), seal: seal.clone(), chunks, index, spans: Mutex::default() };
        history.read_index().await?;
        let recent = history.complete_index().await?;
        Ok((history, recent))
    }

    /// Position of the first chunk that may have something of that time or later.
    pub fn from(&self, ms: u64) -> u64 {
        let spans = self.spans.lock();
        let found = spans.iter().find(|span| span.last_ms >= ms);
        found.map_or_else(|| self.end(), |span| span.position)
    }

    /// Position after the newest chunk.
    pub fn end(&self) -> u64 {
        self.chunks.end()
    }

    pub fn bytes(&self) -> u64 {
        self.chunks.stored_bytes() + self.index.stored_bytes()
    }

    /// The first chunk at `from` or behind it.
    pub async fn chunk(&self, from: u64) -> Result<Option<Chunk>, HistoryError> {
        let from = from.max(self.chunks.start());
        if from >= self.chunks.end() {
            return Ok(None);
        }
        let blocks = self.chunks.read(from, ReadLimit { records: 1, bytes: 1 }).await?;
        let record = blocks.iter().flat_map(|block| block.records_from(from)).next();
        let Some(record) = record else { return Ok(None) };
        head(record.position, record.key)?;
        let (position, sealed, seal) = (record.position, record.value.to_vec(), self.seal.clone());
        let read = off_thread(move || {
            let opened = seal.open(CHUNK, &sealed);
            let opened = opened.map_err(|error| HistoryError::Sealed { position, error })?;
            let events = lines::unpacked(opened.expose()).and_then(|plain| lines::read(&plain));
            events.map_err(|error| HistoryError::Unread { position, error })
        });
        let events = read.await.map_err(|_| HistoryError::EndedEarly)??;
        Ok(Some(Chunk { position, events }))
    }

    /// Durable on return. `recent`: up to there recent events are in the history with these.
    pub async fn append(&self, events: Vec<(u64, Arc<str>)>, recent: u64) -> Result<(), HistoryError> {
        let seal = self.seal.clone();
        let made = off_thread(move || made(&seal, events, recent)).await;
        let (head, chunk, entry) = made.map_err(|_| HistoryError::EndedEarly)??;
        let append = Append { log: self.chunks.clone(), time_ms: head.last_ms, batch: chunk };
        let position = first(self.storage.append([append]).await)?;
        self.append_entry(position, head, entry).await
    }

    async fn append_entry(&self, position: u64, head: Head, entry: Entry) -> Result<(), HistoryError> {
        let seal = self.seal.clone();
        let made = off_thread(move || entry.written(&seal, position)).await;
        let batch = made.map_err(|_| HistoryError::EndedEarly)??;
        let append = Append { log: self.index.clone(), time_ms: head.last_ms, batch };
        let entry = first(self.storage.append([append]).await)?;
        let span = Span { position, entry, first_ms: head.first_ms, last_ms: head.last_ms };
        Arc::make_mut(&mut self.spans.lock()).push(span);
        Ok(())
    }

    async fn read_index(&self) -> Result<(), HistoryError> {
        let mut spans = Vec::new();
        let (from, to) = (self.index.start(), self.index.end());
        let chunks_start = self.chunks.start();
        flumen_machine::read_records(&self.index, from, to, |record| {
            let span = index::span(record)?;
            if span.position >= chunks_start {
                spans.push(span);
            }
            Ok::<(), HistoryError>(())
        })
        .await?;
        *self.spans.lock() = Arc::new(spans);
        Ok(())
    }

    /// Entries of chunks that have none: a crash may fall between the two. Answers with how far recent events are in the
    /// history.
    async fn complete_index(&self) -> Result<u64, HistoryError> {
        let mut from = self.spans.lock().last().map_or(0, |span| span.position);
        let mut recent = 0;
        let is_known = |position| self.spans.lock().last().is_some_and(|span| span.position >= position);
        loop {
            from = from.max(self.chunks.start());
            let Some(chunk) = self.chunk(from).await? else { return Ok(recent) };
            let head = self.head(chunk.position).await?;
            recent = recent.max(head.recent);
            if !is_known(chunk.position) {
                let entry =
                    Entry::of(chunk.events.iter().map(|line| &*line.text), head.first_ms, head.last_ms);
                self.append_entry(chunk.position, head, entry).await?;
            }
            from = chunk.position + 1;
        }
    }

    async fn head(&self, position: u64) -> Result<Head, HistoryError> {
        let blocks = self.chunks.read(position, ReadLimit { records: 1, bytes: 1 }).await?;
        let record = blocks.iter().flat_map(|block| block.records_from(position)).next();
        record.map_or(Err(HistoryError::NoLog), |record| head(record.position, record.key))
    }

    /// Forgets what is older, and then the oldest until the rest is no larger.
    pub fn retain(&self, oldest_ms: u64, bytes_max: u64) {
        let spans = self.spans.lock().clone();
        let mut gone = spans.iter().take_while(|span| span.last_ms < oldest_ms).count();
        let bytes = self.bytes();
        if bytes > bytes_max {
            // Chunks are of about the same size; the next time is soon.
            let share = (bytes - bytes_max) as f64 / bytes as f64;
            gone = gone.max(((spans.len() as f64) * share).ceil() as usize);
        }
        let gone = gone.min(spans.len());
        if gone == 0 {
            return;
        }
        let first_kept = spans.get(gone);
        self.chunks.trim(first_kept.map_or(self.chunks.end(), |span| span.position));
        self.index.trim(first_kept.map_or(self.index.end(), |span| span.entry));
        Arc::make_mut(&mut self.spans.lock()).drain(..gone);
    }
}

fn head(position: u64, key: &[u8]) -> Result<Head, HistoryError> {
    let error = |error: serde_json::Error| HistoryError::Head { position, error: error.to_string() };
    let head: Head = serde_json::from_slice(key).map_err(error)?;
    match head.v > VERSION {
        true => Err(HistoryError::Newer { position, found: head.v }),
        false => Ok(head),
    }
}

/// A chunk with its head, and its entry of the index.
fn made(
    seal: &Seal,
    mut events: Vec<(u64, Arc<str>)>,
    recent: u64,
) -> Result<(Head, Batch, Entry), HistoryError> {
    events.sort_by_key(|(at_ms, _)| *at_ms);
    let (first_ms, last_ms) = (events.first().map_or(0, |e| e.0), events.last().map_or(0, |e| e.0));
    let head = Head { v: VERSION, recent, events: events.len(), first_ms, last_ms };
    let entry = Entry::of(events.iter().map(|(_, text)| &**text), first_ms, last_ms);
    let packed = lines::packed(&lines::written(events.iter().map(|(at_ms, text)| (*at_ms, &**text))));
    let sealed = seal.seal(CHUNK, &packed)?;
    let key = serde_json::to_vec(&head).expect("a head has string keys");
    let mut batch = BatchBuilder::with_capacity(key.len() + sealed.len() + 16);
    batch.push(0, &key, &sealed);
    Ok((head, batch.finish(), entry))
}

fn first(answers: Answers) -> Result<u64, AppendError> {
    let answer = answers.into_iter().next().unwrap_or(Err(AppendError::Closed));
    answer.map(|appended| appended.first)
}
