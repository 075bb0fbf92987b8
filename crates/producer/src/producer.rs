//! Sending batches, and what becomes of their records.

use std::time::Duration;

use flumen_client::{Client, Error, Stream};
use flumen_protocol::kinesis::{PutRecordsInput, PutRecordsRequestEntry};
use flumen_protocol::{Blob, ErrorCode};

use crate::Record;
use crate::queue::{Queue, Queued};

/// How often a record is sent at most.
const ATTEMPTS_MAX: u32 = 12;
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Puts records on one stream, one batch at a time.
pub struct Producer<T> {
    client: Client,
    stream: Stream,
    queue: Queue<T>,
    /// Batches in a row of which some records are to be sent again.
    failed_batches: u32,
}

/// What became of a batch. What is in neither is sent again.
#[derive(Debug)]
pub struct Sent<T> {
    pub stored: Vec<T>,
    pub lost: Vec<Lost<T>>,
}

/// A record that is not stored and not tried again.
#[derive(Debug)]
pub struct Lost<T> {
    pub opaque: T,
    /// In the service's words.
    pub why: String,
}

impl<T> Producer<T> {
    /// With `unordered`, batches are filled with records of the same key, whose order may then change when some are
    /// throttled.
    pub fn new(client: Client, stream: Stream, unordered: bool) -> Self {
        Producer { client, stream, queue: Queue::new(unordered), failed_batches: 0 }
    }

    /// Whether another record is of use now: batches are made of so many.
    pub fn has_room(&self) -> bool {
        self.queue.has_room()
    }

    /// Whether nothing waits to be sent.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Has a record sent after those that came before it with its key.
    pub fn push(&mut self, record: Record<T>) {
        self.queue.push(record);
    }

    /// What belongs to the records that wait to be sent, or of which an error has left unknown whether they are stored.
    pub fn waiting(&self) -> impl Iterator<Item = &T> {
        self.queue.opaque()
    }

    /// Sends the next batch, after a pause if the last one was not stored whole. Records that the service throttled or
    /// failed go to the front of the queue, and are lost after their twelfth attempt. Records that it refuses are lost at
    /// once; where only a whole batch was refused, its records are sent alone next.
    ///
    /// After an error the batch waits again, although some of it may be stored. Records are lost when the future is dropped.
    pub async fn send(&mut self) -> Result<Sent<T>, Error> {
        if self.failed_batches > 0 {
            tokio::time::sleep(pause(self.failed_batches, fastrand::f64())).await;
        }
        let batch = self.queue.batch();
        let error = match self.put(&batch).await {
            Ok(refusals) => return Ok(self.sorted(batch, refusals)),
            Err(error) => error,
        };
        self.failed_batches = 0;
        if !is_about_a_record(&error) {
            self.queue.put_back(batch);
            return Err(error);
        }
        // One record spoils a whole batch; alone, it only spoils itself.
        let lost = match <[Queued<T>; 1]>::try_from(batch) {
            Ok([Queued { record, .. }]) => vec![Lost { opaque: record.opaque, why: error.to_string() }],
            Err(batch) => {
                self.queue.one_by_one(batch);
                Vec::new()
            }
        };
        Ok(Sent { stored: Vec::new(), lost })
    }

    /// For each record why it was refused, if it was.
    async fn put(&self, batch: &[Queued<T>]) -> Result<Vec<Option<String>>, Error> {
        let input = PutRecordsInput {
            records: batch.iter().map(|queued| entry(&queued.record)).collect(),
            stream_name: self.stream.name(),
            stream_arn: self.stream.arn(),
            dry_run: None,
        };
        let answer = self.client.call(&input).await?;
        let output = answer.read()?;
        let (results, sent) = (output.records.len(), batch.len());
        if results != sent {
            return Err(Error::Unreadable(format!("it has {results} results for {sent} records")));
        }
        let refusal = |code: &str, message: Option<&str>| format!("{code}: {}", message.unwrap_or_default());
        let results = output.records.iter();
        Ok(results.map(|r| Some(refusal(r.error_code.as_deref()?, r.error_message.as_deref()))).collect())
    }

    fn sorted(&mut self, batch: Vec<Queued<T>>, refusals: Vec<Option<String>>) -> Sent<T> {
        let mut sent = Sent { stored: Vec::new(), lost: Vec::new() };
        let mut again = Vec::new();
        for (mut queued, refusal) in batch.into_iter().zip(refusals) {
            let Some(why) = refusal else {
                sent.stored.push(queued.record.opaque);
                continue;
            };
            queued.attempts += 1;
            match queued.attempts < ATTEMPTS_MAX {
                true => again.push(queued),
                false => sent.lost.push(Lost { opaque: queued.record.opaque, why }),
            }
        }
        self.failed_batches = if again.is_empty() { 0 } else { self.failed_batches.saturating_add(1) };
        self.queue.put_back(again);
        sent
    }
}

fn entry<T>(record: &Record<T>) -> PutRecordsRequestEntry<'_> {
    PutRecordsRequestEntry {
        data: Blob::from(record.data.as_slice()),
        explicit_hash_key: None,
        partition_key: Some(record.key.as_str().into()),
    }
}

/// After so many failed batches, from one on. `random` is below 1.
fn pause(failed_batches: u32, random: f64) -> Duration {
    let doublings = failed_batches.saturating_sub(1).min(10);
    let pause = PAUSE_FIRST.saturating_mul(1 << doublings).min(PAUSE_MAX);
    pause.mul_f64(0.5 + random / 2.0)
}

fn is_about_a_record(error: &Error) -> bool {
    matches!(error.code(), Some(ErrorCode::ValidationException | ErrorCode::InvalidArgumentException))
}

#[cfg(test)]
mod tests {
    use flumen_client::{ClientSettings, Environment};

    use super::*;

    /// Of an endpoint where nobody listens.
    fn producer(keys: &[&str]) -> Producer<usize> {
        let environment = Environment { variable: &|_| None, file: &|_| None };
        let settings = ClientSettings { attempts: 1, ..ClientSettings::default() };
        let client = Client::new(&environment, Some("http://127.0.0.1:1"), None, settings).unwrap();
        let mut producer = Producer::new(client, Stream::new("s"), false);
        for (opaque, key) in keys.iter().enumerate() {
            producer.push(Record { key: (*key).to_owned(), data: Vec::new(), opaque });
        }
        producer
    }

    fn waiting(producer: &Producer<usize>) -> Vec<usize> {
        producer.waiting().copied().collect()
    }

    #[tokio::test]
    async fn after_an_error_the_batch_waits_again() {
        let mut producer = producer(&["a", "b", "a"]);
        assert!(matches!(producer.send().await, Err(Error::Connect { .. })));
        assert_eq!(waiting(&producer), [0, 1, 2]);
    }

    #[test]
    fn what_failed_goes_before_what_came_later() {
        let mut producer = producer(&["a", "b", "c", "a"]);
        let batch = producer.queue.batch();
        let sent = producer.sorted(batch, vec![Some("Throttled: ".into()), None, Some("Failed: ".into())]);
        assert_eq!((sent.stored, sent.lost.len()), (vec![1], 0));
        assert_eq!(waiting(&producer), [0, 2, 3]);
    }

    #[test]
    fn a_record_is_lost_after_its_last_attempt() {
        let mut producer = producer(&["a", "b"]);
        for attempt in 1..=ATTEMPTS_MAX {
            let batch = producer.queue.batch();
            let refusals =
                batch.iter().map(|queued| (queued.record.key == "b").then(|| "Throttled: slow".into()));
            let refusals = refusals.collect();
            let lost = producer.sorted(batch, refusals).lost;
            assert_eq!(lost.iter().map(|lost| lost.opaque).collect::<Vec<_>>(), [1][..lost.len()]);
            assert_eq!(lost.len(), usize::from(attempt == ATTEMPTS_MAX), "{attempt}");
            assert!(lost.iter().all(|lost| lost.why == "Throttled: slow"));
        }
        assert!(producer.is_empty());
        assert_eq!(producer.failed_batches, 0);
    }

    #[test]
    fn pauses_double_up_to_two_seconds_and_are_half_random() {
        let longest = [1, 2, 3, 6, 7, 12, u32::MAX].map(|failed| pause(failed, 1.0).as_millis());
        assert_eq!(longest, [50, 100, 200, 1600, 2000, 2000, 2000]);
        assert_eq!(pause(1, 0.0), Duration::from_millis(25));
    }
}
