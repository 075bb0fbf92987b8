//! Snapshots: what a state is, and which commands it holds. Behind a head, which is JSON, comes a body; both are cut
//! into records that every engine of the log takes. The newest whole one counts: there may be one behind it whose
//! writer died.

use std::io::{self, Read};

use flumen_storage::{AppendError, Block, Log, Record, Storage, off_thread};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::Fold;
use crate::error::{Cause, Unreadable, newer, place};
use crate::records::{READ_AT_ONCE, append_record, read_records};

const CHUNK_BYTES: usize = 512 * 1024;
/// Also with the least memory for the newest records.
const _: () = assert!((CHUNK_BYTES as u64) < flumen_storage::call_bytes_max(0) - 64);

/// How the records of a snapshot are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The head is one record, and says how many follow.
    Counted,
    /// By their attributes: [`HEAD`], [`CHUNK`], [`END`].
    Marked,
}

/// A piece of the head.
const HEAD: u8 = 1;
/// A piece of the body.
const CHUNK: u8 = 0;
/// Behind the last piece, and empty: only now is the snapshot whole.
const END: u8 = 2;

/// The head of a counted snapshot.
#[derive(Serialize, Deserialize)]
struct Counted {
    version: u32,
    /// The first command that the snapshot does not hold.
    position: u64,
    chunks: usize,
}

/// The head of a marked one.
#[derive(Serialize)]
struct Marked<'a, A> {
    v: u32,
    position: u64,
    /// Of the newest command in it.
    at_ms: u64,
    #[serde(flatten)]
    about: &'a A,
}

/// What the heads of both have.
#[derive(Deserialize)]
struct Head {
    #[serde(alias = "version")]
    v: u32,
    position: u64,
    #[serde(default)]
    at_ms: u64,
}

/// Writes one snapshot.
pub struct SnapshotWriter {
    pub(crate) storage: Storage,
    pub(crate) commands: Log,
    pub(crate) snapshots: Log,
    pub(crate) framing: Framing,
    pub(crate) version: u32,
    pub(crate) position: u64,
    pub(crate) at_ms: u64,
}

impl SnapshotWriter {
    /// Durable on return, and earlier snapshots and the commands in this one are let go. `about` are further members
    /// of a marked head; the parts are the body.
    pub async fn write<'a>(
        self,
        about: &impl Serialize,
        parts: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), AppendError> {
        let pieces = parts.into_iter().flat_map(|part| part.chunks(CHUNK_BYTES));
        let first = match self.framing {
            Framing::Counted => self.write_counted(&pieces.collect::<Vec<_>>()).await?,
            Framing::Marked => self.write_marked(about, pieces).await?,
        };
        // If another process has written one that holds more, this one is of no use without what is trimmed.
        if self.commands.start() <= self.position {
            self.snapshots.trim(first);
            self.commands.trim(self.position);
        }
        Ok(())
    }

    async fn write_counted(&self, pieces: &[&[u8]]) -> Result<u64, AppendError> {
        let head = Counted { version: self.version, position: self.position, chunks: pieces.len() };
        let head = serde_json::to_vec(&head).expect("a head is three numbers");
        let first = self.append(0, &head).await?;
        for piece in pieces {
            self.append(0, piece).await?;
        }
        Ok(first)
    }

    async fn write_marked<'a>(
        &self,
        about: &impl Serialize,
        pieces: impl Iterator<Item = &'a [u8]>,
    ) -> Result<u64, AppendError> {
        let head = Marked { v: self.version, position: self.position, at_ms: self.at_ms, about };
        let head = serde_json::to_vec(&head).expect("what is told about a snapshot has string keys");
        let mut first = None;
        for piece in head.chunks(CHUNK_BYTES) {
            let written = self.append(HEAD, piece).await?;
            first.get_or_insert(written);
        }
        for piece in pieces {
            self.append(CHUNK, piece).await?;
        }
        self.append(END, &[]).await?;
        Ok(first.unwrap_or(0))
    }

    async fn append(&self, attributes: u8, bytes: &[u8]) -> Result<u64, AppendError> {
        append_record(&self.storage, &self.snapshots, self.at_ms, attributes, bytes).await
    }
}

/// A state as a snapshot had it.
pub(crate) struct Restored<F> {
    pub fold: F,
    pub position: u64,
    pub at_ms: u64,
    /// Of the body.
    pub bytes: u64,
}

/// What the newest whole snapshot holds; `fold` as it is where there is none.
pub(crate) async fn restore<F: Fold + Send + 'static>(
    log: &Log,
    framing: Framing,
    fold: F,
) -> Result<Restored<F>, Cause> {
    let newest = match framing {
        Framing::Counted => newest_counted(log).await?,
        Framing::Marked => newest_marked(log, F::VERSION).await?,
    };
    let Some(Whole { start, end, .. }) = newest else {
        return Ok(Restored { fold, position: 0, at_ms: 0, bytes: 0 });
    };
    let body = Body::new(log.clone(), start, end);
    let restored = off_thread(move || restore_from(body, framing, fold)).await;
    let restored = restored.unwrap_or_else(|error| Err(Unreadable::Broken(error.to_string())));
    restored.map_err(|error| error.snapshot(start, F::VERSION))
}

fn restore_from<F: Fold>(mut body: Body, framing: Framing, mut fold: F) -> Result<Restored<F>, Unreadable> {
    let head = body.read_head(framing)?;
    if let Some(found) = newer(&head, F::VERSION) {
        return Err(Unreadable::Newer(found));
    }
    let head_of = |error| Unreadable::Broken(place(&error));
    let Head { v, position, at_ms } = serde_json::from_slice(&head).map_err(head_of)?;
    if v > F::VERSION {
        return Err(Unreadable::Newer(v));
    }
    fold.restore(v, &head, &mut body)?;
    if body.read(&mut [0])? > 0 {
        return Err(Unreadable::Broken("it is longer than it says".to_owned()));
    }
    Ok(Restored { fold, position, at_ms, bytes: body.given })
}

/// Where a whole snapshot lies, and up to where it holds the commands.
struct Whole {
    start: u64,
    end: u64,
    position: u64,
}

/// The newest of two is the one that holds more, whichever was written first.
fn newest(one: Option<Whole>, other: Whole) -> Option<Whole> {
    one.filter(|one| one.position > other.position).or(Some(other))
}

async fn newest_counted(log: &Log) -> Result<Option<Whole>, Cause> {
    let mut found = None;
    let mut begun: Option<(u64, Counted)> = None;
    let note = |record: &Record<'_>| {
        // A head begins a snapshot even where the one before it is not whole.
        if let Ok(head) = serde_json::from_slice::<Counted>(record.value) {
            begun = Some((record.position, head));
        } else if let Some((_, head)) = &mut begun {
            head.chunks = head.chunks.saturating_sub(1);
        }
        if let Some((start, Counted { position, chunks: 0, .. })) = begun {
            begun = None;
            found = newest(found.take(), Whole { start, end: record.position + 1, position });
        }
        Ok::<(), Cause>(())
    };
    read_records(log, log.start(), log.end(), note).await?;
    Ok(found)
}

async fn newest_marked(log: &Log, known: u32) -> Result<Option<Whole>, Cause> {
    let mut found = None;
    let (mut begun, mut head, mut head_goes_on) = (None, Vec::new(), false);
    let note = |record: &Record<'_>| {
        if record.attributes == HEAD {
            // It goes on only behind a full piece. Otherwise this is another one's: the writer died.
            if !head_goes_on {
                begun = Some(record.position);
                head.clear();
            }
            head.extend_from_slice(record.value);
        }
        head_goes_on = record.attributes == HEAD && record.value.len() == CHUNK_BYTES;
        if record.attributes == END
            && let Some(start) = begun.take()
        {
            // One that cannot be read, or is a newer program's, is refused when it is to be restored.
            let head: Option<Head> = serde_json::from_slice(&head).ok();
            let position = head.filter(|head| head.v <= known).map_or(u64::MAX, |head| head.position);
            found = newest(found.take(), Whole { start, end: record.position + 1, position });
        }
        Ok::<(), Cause>(())
    };
    read_records(log, log.start(), log.end(), note).await?;
    Ok(found)
}

/// The body of a snapshot, to be read from its beginning to its end, where that may block.
pub struct Body {
    log: Log,
    runtime: Handle,
    blocks: Vec<Block>,
    next: u64,
    end: u64,
    /// The newest record, and how much of it the reader was given.
    record: Vec<u8>,
    taken: usize,
    given: u64,
}

impl Body {
    fn new(log: Log, start: u64, end: u64) -> Body {
        let runtime = Handle::current();
        Body { log, runtime, blocks: Vec::new(), next: start, end, record: Vec::new(), taken: 0, given: 0 }
    }

    /// No more bytes than this can be left.
    pub fn bytes_max(&self) -> u64 {
        (self.end - self.next + 1).saturating_mul(CHUNK_BYTES as u64)
    }

    /// Up to the first piece of the body.
    fn read_head(&mut self, framing: Framing) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        match framing {
            Framing::Counted => {
                self.advance()?;
                head.append(&mut self.record);
            }
            Framing::Marked => {
                while self.advance()? == Some(HEAD) {
                    head.extend_from_slice(&self.record);
                }
            }
        }
        Ok(head)
    }

    /// The next record's attributes; nothing behind the last one.
    fn advance(&mut self) -> io::Result<Option<u8>> {
        self.record.clear();
        self.taken = 0;
        if self.next == self.end {
            return Ok(None);
        }
        let next = self.next;
        if self.blocks.iter().flat_map(|block| block.records_from(next)).next().is_none() {
            self.blocks =
                self.runtime.block_on(self.log.read(next, READ_AT_ONCE)).map_err(io::Error::other)?;
        }
        let record = self.blocks.iter().flat_map(|block| block.records_from(next)).next();
        let record = record.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.record.extend_from_slice(record.value);
        self.next = record.position + 1;
        Ok(Some(record.attributes))
    }
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.record.len() {
            if self.advance()?.is_none() {
                return Ok(0);
            }
        }
        let read = (&self.record[self.taken..]).read(into)?;
        self.taken += read;
        self.given += read as u64;
        Ok(read)
    }
}
