//! Snapshots: what a state is, and which commands it holds. Behind a head, which is JSON, comes a body; both are cut
//! into records that every engine of the log takes, and each record has the snapshot's id for a key, so that two writers do
//! not mix. The newest whole one counts: there may be one behind it whose writer died.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::time::Duration;

use flumen_storage::{AppendError, Block, Log, Record, Storage, off_thread};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::error::{Cause, Unreadable, place};
use crate::records::{READ_AT_ONCE, append_record, read_records};
use crate::{Carried, Fold};

const CHUNK_BYTES: usize = 512 * 1024;
/// Also with the least memory for the newest records.
const _: () = assert!((CHUNK_BYTES as u64) < flumen_storage::call_bytes_max(0) - 64);

/// How snapshots were written that have no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Former {
    /// The head is one record, and says how many follow.
    Counted,
    /// As today's, by attributes.
    Marked,
}

/// How long a snapshot waits for whoever keeps the events of commands.
const EVENTS_KEPT_WITHIN: Duration = Duration::from_secs(10);

/// A piece of the head.
const HEAD: u8 = 1;
/// A piece of the body.
const CHUNK: u8 = 0;
/// Behind the last piece, and empty: only now is the snapshot whole.
const END: u8 = 2;

/// The head of a counted snapshot.
#[derive(Deserialize)]
struct CountedHead {
    position: u64,
    chunks: usize,
}

/// What the heads of all have.
#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(alias = "version")]
    v: u32,
    /// The first command that the snapshot does not hold.
    position: u64,
    /// Of the newest command in it. A counted one does not say, but is written at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_ms: Option<u64>,
}

/// Writes one snapshot.
pub struct SnapshotWriter {
    pub(crate) storage: Storage,
    pub(crate) carried: Carried,
    pub(crate) commands: Log,
    pub(crate) snapshots: Log,
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) position: u64,
    pub(crate) at_ms: u64,
}

impl SnapshotWriter {
    /// Durable on return, and earlier snapshots and the commands in this one are let go. `about` are further members
    /// of the head; the parts are the body. It is not whole before the events that ride in those commands are kept elsewhere:
    /// a start with it would not come by them any more.
    pub async fn write<'a>(
        self,
        about: &impl Serialize,
        parts: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), AppendError> {
        #[derive(Serialize)]
        struct Object<'a, A> {
            #[serde(flatten)]
            head: Head,
            #[serde(flatten)]
            about: &'a A,
        }
        let head = Head { v: self.version, position: self.position, at_ms: Some(self.at_ms) };
        let head = serde_json::to_vec(&Object { head, about }).expect("members have string keys");
        let mut first = None;
        for piece in head.chunks(CHUNK_BYTES) {
            let written = self.append(HEAD, piece).await?;
            first.get_or_insert(written);
        }
        for piece in parts.into_iter().flat_map(|part| part.chunks(CHUNK_BYTES)) {
            self.append(CHUNK, piece).await?;
        }
        if !self.carried.is_kept(self.commands.id(), self.position, EVENTS_KEPT_WITHIN).await {
            let reason = format!("events of commands are not kept within {} s", EVENTS_KEPT_WITHIN.as_secs());
            return Err(AppendError::Unavailable { reason: reason.into() });
        }
        self.append(END, &[]).await?;
        // If another process has written one that holds more, this one is of no use without what is trimmed.
        if self.commands.start() <= self.position {
            self.snapshots.trim(first.unwrap_or(0));
            self.commands.trim(self.position);
        }
        Ok(())
    }

    async fn append(&self, attributes: u8, bytes: &[u8]) -> Result<u64, AppendError> {
        append_record(&self.storage, &self.snapshots, self.at_ms, attributes, self.id.as_bytes(), bytes).await
    }
}

/// A state as a snapshot had it.
pub(crate) struct Restored<F> {
    pub fold: F,
    pub version: u32,
    pub position: u64,
    pub at_ms: u64,
    /// Of the body.
    pub bytes: u64,
}

/// What the newest whole snapshot holds; `fold` as it is where there is none.
pub(crate) async fn restore<F: Fold + Send + 'static>(
    log: &Log,
    former: Former,
    fold: F,
) -> Result<Restored<F>, Cause> {
    let Some(whole) = newest_whole(log, former, F::VERSION).await? else {
        return Ok(Restored { fold, version: F::VERSION, position: 0, at_ms: 0, bytes: 0 });
    };
    let start = whole.start;
    let body = Body::new(log.clone(), whole);
    let restored = off_thread(move || restore_from(body, fold)).await;
    let restored = restored.unwrap_or_else(|error| Err(Unreadable::Broken(error.to_string())));
    restored.map_err(|error| error.snapshot(start, F::VERSION))
}

fn restore_from<F: Fold>(mut body: Body, mut fold: F) -> Result<Restored<F>, Unreadable> {
    let head = body.read_head()?;
    let broken = |error| Unreadable::Broken(place(&error));
    let Version { version } = serde_json::from_slice(&head).map_err(broken)?;
    if version > F::VERSION {
        return Err(Unreadable::Newer(version));
    }
    let Head { position, at_ms, .. } = serde_json::from_slice(&head).map_err(broken)?;
    fold.restore(version, &head, &mut body)?;
    if body.read(&mut [0])? > 0 {
        return Err(Unreadable::Broken("it is longer than it says".to_owned()));
    }
    let at_ms = at_ms.unwrap_or(body.whole.time_ms);
    Ok(Restored { fold, version, position, at_ms, bytes: body.given })
}

/// What the head of any version has.
#[derive(Deserialize)]
struct Version {
    #[serde(rename = "v", alias = "version")]
    version: u32,
}

/// Where a whole snapshot lies.
struct Whole {
    start: u64,
    end: u64,
    /// Of its last record.
    time_ms: u64,
    /// Of each of its records; others between them are another's.
    id: Vec<u8>,
    /// The head is one record, whatever its attributes say.
    is_counted: bool,
}

impl Whole {
    fn up_to(last: &Record<'_>, start: u64) -> Whole {
        let (end, time_ms) = (last.position + 1, last.time_ms);
        Whole { start, end, time_ms, id: Vec::new(), is_counted: false }
    }
}

/// The snapshots of a log, as its records come by.
struct Search {
    former: Former,
    /// The newest version that is known.
    known: u32,
    /// By id, those whose end has not come: where they begin, and what there is of the head.
    begun: BTreeMap<Vec<u8>, (u64, Vec<u8>)>,
    /// A head without an id goes on only behind a full piece of it. Otherwise it is another one's: the writer died.
    head_goes_on: bool,
    /// A counted one: where it begins, and how many records are to come.
    counted: Option<(u64, CountedHead)>,
    /// The whole one that holds most, and up to where it holds the commands.
    newest: Option<(u64, Whole)>,
}

async fn newest_whole(log: &Log, former: Former, known: u32) -> Result<Option<Whole>, Cause> {
    let (begun, head_goes_on, counted, newest) = Default::default();
    let mut search = Search { former, known, begun, head_goes_on, counted, newest };
    let note = |record: &Record<'_>| {
        match (search.former, record.key.is_empty()) {
            (Former::Counted, true) => search.note_counted(record),
            _ => search.note_marked(record),
        }
        Ok::<(), Cause>(())
    };
    read_records(log, log.start(), log.end(), note).await?;
    Ok(search.newest.map(|(_, whole)| whole))
}

impl Search {
    fn note_marked(&mut self, record: &Record<'_>) {
        let id = record.key;
        if record.attributes == HEAD {
            if id.is_empty() && !self.head_goes_on {
                self.begun.remove(id);
            }
            let (_, head) = self.begun.entry(id.to_vec()).or_insert((record.position, Vec::new()));
            head.extend_from_slice(record.value);
        }
        self.head_goes_on = record.attributes == HEAD && record.value.len() == CHUNK_BYTES;
        if record.attributes == END
            && let Some((start, head)) = self.begun.remove(id)
        {
            // One that cannot be read, or is a newer program's, is refused when it is to be restored.
            let head: Option<Head> = serde_json::from_slice(&head).ok();
            let position = head.filter(|head| head.v <= self.known).map_or(u64::MAX, |head| head.position);
            self.found(position, Whole { id: id.to_vec(), is_counted: false, ..Whole::up_to(record, start) });
        }
    }

    fn note_counted(&mut self, record: &Record<'_>) {
        // A head begins a snapshot even where the one before it is not whole.
        if let Ok(head) = serde_json::from_slice::<CountedHead>(record.value) {
            self.counted = Some((record.position, head));
        } else if let Some((_, head)) = &mut self.counted {
            head.chunks = head.chunks.saturating_sub(1);
        }
        if let Some((start, CountedHead { position, chunks: 0 })) = self.counted {
            self.counted = None;
            self.found(position, Whole { is_counted: true, ..Whole::up_to(record, start) });
        }
    }

    /// The newest of two is the one that holds more, whichever was written first.
    fn found(&mut self, position: u64, whole: Whole) {
        if self.newest.as_ref().is_none_or(|(newest, _)| *newest <= position) {
            self.newest = Some((position, whole));
        }
    }
}

/// The body of a snapshot, to be read from its beginning to its end, where that may block.
pub struct Body {
    log: Log,
    runtime: Handle,
    blocks: Vec<Block>,
    whole: Whole,
    next: u64,
    /// The newest record, and how much of it the reader was given.
    record: Vec<u8>,
    taken: usize,
    given: u64,
}

impl Body {
    fn new(log: Log, whole: Whole) -> Body {
        let (runtime, next) = (Handle::current(), whole.start);
        Body { log, runtime, blocks: Vec::new(), whole, next, record: Vec::new(), taken: 0, given: 0 }
    }

    /// No more bytes than this can be left.
    pub fn bytes_max(&self) -> u64 {
        (self.whole.end - self.next + 1).saturating_mul(CHUNK_BYTES as u64)
    }

    /// Up to the first piece of the body.
    fn read_head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        if self.whole.is_counted {
            self.advance()?;
            head.append(&mut self.record);
        } else {
            while self.advance()? == Some(HEAD) {
                head.extend_from_slice(&self.record);
            }
        }
        Ok(head)
    }

    /// The next record's attributes; nothing behind the last one.
    fn advance(&mut self) -> io::Result<Option<u8>> {
        self.record.clear();
        self.taken = 0;
        while self.next < self.whole.end {
            let next = self.next;
            if self.blocks.iter().flat_map(|block| block.records_from(next)).next().is_none() {
                let read = self.runtime.block_on(self.log.read(next, READ_AT_ONCE));
                self.blocks = read.map_err(io::Error::other)?;
            }
            let record = self.blocks.iter().flat_map(|block| block.records_from(next)).next();
            let record = record.ok_or(io::ErrorKind::UnexpectedEof)?;
            self.next = record.position + 1;
            if record.key == self.whole.id {
                self.record.extend_from_slice(record.value);
                return Ok(Some(record.attributes));
            }
        }
        Ok(None)
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
