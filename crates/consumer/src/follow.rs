//! Reads all shards of a stream at once, and their children once their parents are read.
//!
//! Order per key: a shard begins when every parent that is read here has ended, so no record of a key is
//! seen before an older one.
//!
//! Each shard has a task of its own; all hand what they have to whoever asks for the next event.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use flumen_client::{Client, Stream};
use flumen_protocol::ErrorCode;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::{Consumer, Cursor, Error, Page, Pushed, Record, Shard, Start};

/// Between two reads at the tip: within the five a second that readers of a shard share.
const POLL: Duration = Duration::from_millis(250);
/// After an error that may pass.
const PAUSE: Duration = Duration::from_secs(1);
/// Answers held at once; each may have 10 MiB of records.
const READS_MAX: usize = 8;

/// Records of one shard, in order.
pub struct Batch {
    pub shard: String,
    pub records: Vec<Record>,
}

/// What comes of following.
pub enum Event {
    Records(Batch),
    /// A shard cannot be read for now, which may pass; it is tried on. Said once, until the shard is read again, and
    /// only of what somebody could mend.
    Troubled {
        shard: String,
        error: Error,
    },
}

/// What the reader of a shard says.
enum ReaderMessage {
    Event(Event),
    /// A shard was read to its end; its children are to be read.
    Ended {
        shard: String,
        children: Vec<Shard>,
    },
    Failed(Error),
}

/// All shards of a stream. Dropping it ends the reading.
pub struct Follow {
    reading: Reading,
    reads: Arc<Semaphore>,
    to: mpsc::Sender<ReaderMessage>,
    start: Start,
    with_children: bool,
    /// Shards that are known and not read to their end.
    unfinished: HashSet<String>,
    /// Shards read to their end, and parents of the first ones that are not to be read.
    done: HashSet<String>,
    /// Shards that wait for their parents.
    waiting: HashMap<String, Shard>,
    begun: HashSet<String>,
    told: mpsc::Receiver<ReaderMessage>,
    tasks: JoinSet<()>,
}

/// What the reader of a shard needs.
#[derive(Clone)]
pub struct Reading {
    pub client: Client,
    pub stream: Arc<Stream>,
    /// Who is pushed to; without one, shards are polled.
    pub consumer: Option<Consumer>,
    /// Go on at the tip, and after errors that may pass.
    pub forever: bool,
}

/// A place in a shard, and the way to it.
enum ShardReader {
    Polled(Cursor),
    Pushed(Pushed),
}

impl Follow {
    /// `start` is where the first shards are read from; `with_children` goes on with what comes of shards that end.
    pub fn new(reading: Reading, start: Start, with_children: bool) -> Self {
        // Bounded by the permits that readers hold until their records are taken; the channel adds none.
        let (to, told) = mpsc::channel(1);
        let reads = Arc::new(Semaphore::new(READS_MAX));
        Follow {
            reading,
            reads,
            to,
            start,
            with_children,
            unfinished: HashSet::new(),
            done: HashSet::new(),
            waiting: HashMap::new(),
            begun: HashSet::new(),
            told,
            tasks: JoinSet::new(),
        }
    }

    /// Begins with these shards: at the start those that have no parent among them, the others from their
    /// oldest record when their parents end.
    pub fn begin(&mut self, shards: Vec<Shard>) {
        self.unfinished.extend(shards.iter().map(|shard| shard.id.clone()));
        let parents = shards.iter().flat_map(|shard| &shard.parents);
        self.done.extend(parents.filter(|parent| !self.unfinished.contains(*parent)).cloned());
        for shard in shards {
            match self.is_free(&shard) {
                true => self.read(shard.id, self.start.clone()),
                false => drop(self.waiting.insert(shard.id.clone(), shard)),
            }
        }
    }

    /// How many shards have been read so far.
    pub fn shards(&self) -> usize {
        self.begun.len()
    }

    /// What comes next of any shard; `None` when all are read to their end. Nothing is lost when the future is dropped.
    /// An error is one that does not pass, of a shard that is read no further.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        while !self.unfinished.is_empty() {
            match self.told.recv().await {
                Some(ReaderMessage::Event(event)) => return Ok(Some(event)),
                Some(ReaderMessage::Ended { shard, children }) => self.end(&shard, children),
                Some(ReaderMessage::Failed(error)) => return Err(error),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// A parent that was never heard of is a child of a shard that is still being read.
    fn is_free(&self, shard: &Shard) -> bool {
        shard.parents.iter().all(|parent| self.done.contains(parent))
    }

    fn end(&mut self, shard: &str, children: Vec<Shard>) {
        self.unfinished.remove(shard);
        self.done.insert(shard.to_owned());
        for child in children.into_iter().filter(|_| self.with_children) {
            if !self.begun.contains(&child.id) {
                self.unfinished.insert(child.id.clone());
                self.waiting.insert(child.id.clone(), child);
            }
        }
        let free: Vec<String> =
            self.waiting.values().filter(|shard| self.is_free(shard)).map(|shard| shard.id.clone()).collect();
        for id in free {
            self.waiting.remove(&id);
            self.read(id, Start::TrimHorizon);
        }
    }

    fn read(&mut self, shard: String, start: Start) {
        self.begun.insert(shard.clone());
        let (reading, reads, to) = (self.reading.clone(), self.reads.clone(), self.to.clone());
        self.tasks.spawn(async move { reading.shard(shard, start, &reads, &to).await });
    }
}

impl Reading {
    async fn shard(self, shard: String, start: Start, reads: &Semaphore, to: &mpsc::Sender<ReaderMessage>) {
        let reader = match &self.consumer {
            None => ShardReader::Polled(Cursor::new(shard.clone(), start)),
            Some(consumer) => ShardReader::Pushed(Pushed::new(consumer, shard.clone(), start)),
        };
        let told = match self.to_the_end(&shard, reader, reads, to).await {
            Ok(Some(children)) => ReaderMessage::Ended { shard, children },
            // Nobody listens any more.
            Ok(None) => return,
            Err(error) => ReaderMessage::Failed(error),
        };
        let _ = to.send(told).await;
    }

    /// Reads until the shard ends, or its tip without going on. Answers with the children.
    async fn to_the_end(
        &self,
        shard: &str,
        mut reader: ShardReader,
        reads: &Semaphore,
        to: &mpsc::Sender<ReaderMessage>,
    ) -> Result<Option<Vec<Shard>>, Error> {
        let mut in_trouble = false;
        loop {
            // An event waits for being pushed, so that a permit would be held for nothing; it has 1 MiB at most.
            let permit = match &reader {
                ShardReader::Polled(_) => {
                    Some(reads.acquire().await.expect("the permits are never withdrawn"))
                }
                ShardReader::Pushed(_) => None,
            };
            let page = match self.read(&mut reader).await {
                Ok(page) => page,
                Err(error) if self.may_pass(&error) => {
                    drop(permit);
                    if !in_trouble && !is_quiet(&error) {
                        in_trouble = true;
                        let troubled = Event::Troubled { shard: shard.to_owned(), error };
                        if to.send(ReaderMessage::Event(troubled)).await.is_err() {
                            return Ok(None);
                        }
                    }
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            in_trouble = false;
            let (behind, empty) = (page.behind_ms > 0, page.records.is_empty());
            if !empty {
                let batch = Batch { shard: shard.to_owned(), records: page.records };
                if to.send(ReaderMessage::Event(Event::Records(batch))).await.is_err() {
                    return Ok(None);
                }
            }
            drop(permit);
            match page.children {
                Some(children) => return Ok(Some(children)),
                None if !behind && !self.forever => return Ok(Some(Vec::new())),
                None if behind => {}
                None if matches!(reader, ShardReader::Pushed(_)) => {}
                None => tokio::time::sleep(POLL).await,
            }
        }
    }

    async fn read(&self, reader: &mut ShardReader) -> Result<Page, Error> {
        match reader {
            ShardReader::Polled(cursor) => cursor.read(&self.client, &self.stream).await,
            ShardReader::Pushed(pushed) => pushed.read(&self.client).await,
        }
    }

    fn may_pass(&self, error: &Error) -> bool {
        error.of_call().is_some_and(|error| {
            is_expired(error)
                || error.is_throttling()
                || (self.forever && (error.is_transient() || self.is_taken(error)))
        })
    }

    /// Somebody else is pushed to under the consumer's name.
    fn is_taken(&self, error: &flumen_client::Error) -> bool {
        self.consumer.is_some() && error.code() == Some(ErrorCode::ResourceInUseException)
    }
}

/// Other readers of the shard, or a pause of this machine's: nothing that a user could mend.
fn is_quiet(error: &Error) -> bool {
    error.of_call().is_some_and(|error| error.is_throttling() || is_expired(error))
}

fn is_expired(error: &flumen_client::Error) -> bool {
    error.code() == Some(ErrorCode::ExpiredIteratorException)
}

#[cfg(test)]
mod tests {
    use flumen_client::{ClientSettings, Environment};
    use flumen_types::HashKeyRange;

    use super::*;

    /// Of an endpoint where nobody listens.
    fn follow(forever: bool, with_children: bool) -> Follow {
        let environment = Environment { variable: &|_| None, file: &|_| None };
        let settings = ClientSettings { attempts: 1, ..ClientSettings::default() };
        let client = Client::new(&environment, Some("http://127.0.0.1:1"), None, settings).unwrap();
        let reading = Reading { client, stream: Arc::new(Stream::new("s")), consumer: None, forever };
        Follow::new(reading, Start::Latest, with_children)
    }

    fn shard(id: &str, parents: &[&str]) -> Shard {
        let parents = parents.iter().map(|&parent| parent.to_owned()).collect();
        Shard { id: id.to_owned(), parents, range: HashKeyRange::ALL, is_open: true }
    }

    async fn next(follow: &mut Follow) -> Result<Option<Event>, Error> {
        tokio::time::timeout(Duration::from_secs(60), follow.next()).await.expect("it comes")
    }

    #[tokio::test]
    async fn a_shard_begins_when_every_parent_that_is_read_has_ended() {
        let mut follow = follow(true, true);
        // A parent that is not listed is too old to be read.
        follow.begin(vec![shard("a", &["gone"]), shard("b", &[]), shard("ab", &["a", "b"])]);
        let begun = |follow: &Follow, id: &str| follow.begun.contains(id);
        assert!(begun(&follow, "a") && begun(&follow, "b") && !begun(&follow, "ab"));
        follow.end("a", vec![shard("ab", &["a", "b"])]);
        assert!(!begun(&follow, "ab"));
        follow.end("b", vec![shard("ab", &["a", "b"])]);
        assert!(begun(&follow, "ab"));
        follow.end("ab", vec![shard("c", &["ab"]), shard("d", &["ab"])]);
        assert_eq!((follow.shards(), follow.unfinished.len()), (5, 2));
    }

    #[tokio::test]
    async fn without_children_reading_ends_with_the_first_shards() {
        let mut follow = follow(true, false);
        follow.begin(vec![shard("a", &[])]);
        follow.end("a", vec![shard("b", &["a"])]);
        assert!(next(&mut follow).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn trouble_that_may_pass_is_told_where_reading_goes_on_and_ends_it_otherwise() {
        let mut going_on = follow(true, true);
        going_on.begin(vec![shard("a", &[])]);
        match next(&mut going_on).await.unwrap() {
            Some(Event::Troubled { shard, error: Error::Call(flumen_client::Error::Connect { .. }) }) => {
                assert_eq!(shard, "a");
            }
            _ => panic!("nobody can be reached"),
        }
        let mut once = follow(false, true);
        once.begin(vec![shard("a", &[])]);
        assert!(matches!(next(&mut once).await, Err(Error::Call(flumen_client::Error::Connect { .. }))));
    }
}
