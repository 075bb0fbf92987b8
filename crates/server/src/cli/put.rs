//! `flumen put`: records from lines, a file or the command line.
//!
//! Order per key is kept: a batch holds one record of a key at most, because the entries of PutRecords
//! succeed and fail one by one. What failed is sent again before anything that came later with its key.

mod input;
mod queue;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use flumen_client::{Client, Error, Settings};
use flumen_protocol::kinesis::{PutRecordsInput, PutRecordsOutput, PutRecordsRequestEntry};
use flumen_protocol::{Blob, ErrorCode, Operation};

use self::input::{Keys, Lines, Record};
use self::queue::Queue;
use super::{Stream, Target, text};

/// How often a record is sent at most.
const ATTEMPTS_MAX: u32 = 12;
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Store records, one a line
///
/// Lines come from standard input unless --data or FILE gives something else. Records with the same key are
/// stored in their order. The exit status is 1 if anything could not be stored.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name or ARN of the stream
    stream: String,
    /// Lines to store; `-` is standard input
    #[arg(value_name = "FILE", conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Store this one record
    #[arg(long, value_name = "DATA")]
    data: Option<String>,
    /// Partition key of all records [default: a random one for each]
    #[arg(long, value_name = "KEY", conflicts_with = "key_field")]
    key: Option<String>,
    /// Take the partition key from this field of each record, which must then be a JSON object
    #[arg(long, value_name = "FIELD")]
    key_field: Option<String>,
    /// Fill batches with records of the same key, whose order may then change when some are throttled
    #[arg(long)]
    unordered: bool,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let client = args.target.client(Settings::default())?;
    let stream = Stream(args.stream);
    let keys = match (args.key, args.key_field) {
        (Some(key), _) => Keys::Fixed(key),
        (None, Some(field)) => Keys::Field(field),
        (None, None) => Keys::Random,
    };
    let mut lines = match args.data {
        Some(data) => Lines::one(data.into_bytes(), keys),
        None => Lines::of_file(args.file.filter(|file| file.as_os_str() != "-"), keys)?,
    };
    let mut put = Put { client, stream, queue: Queue::new(args.unordered), stored: 0, lost: 0 };
    let result = put.all(&mut lines).await;
    if result.is_ok() || put.stored > 0 {
        eprintln!("stored {}", text::count(put.stored, "record"));
    }
    let lost = put.lost + lines.refused;
    result?;
    if lost > 0 {
        bail!("{} could not be stored", text::count(lost, "record"));
    }
    Ok(())
}

struct Put {
    client: Client,
    stream: Stream,
    queue: Queue,
    stored: usize,
    lost: usize,
}

impl Put {
    async fn all(&mut self, lines: &mut Lines) -> anyhow::Result<()> {
        let mut failed_batches = 0;
        while self.fill(lines).await? {
            let batch = self.queue.batch();
            let first = batch.iter().map(|record| record.line).chain(self.queue.first_line()).min();
            let failed = self.send(batch).await.with_context(|| {
                format!("line {} is the first that is not known to be stored", first.unwrap_or_default())
            });
            match failed? {
                false => failed_batches = 0,
                true => {
                    let pause = PAUSE_FIRST.saturating_mul(1 << u32::min(failed_batches, 10)).min(PAUSE_MAX);
                    tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
                    failed_batches += 1;
                }
            }
        }
        Ok(())
    }

    /// Takes what is there without waiting, and waits when there is nothing else to do. False at the end.
    async fn fill(&mut self, lines: &mut Lines) -> anyhow::Result<bool> {
        while self.queue.has_room() {
            let next = match self.queue.is_empty() {
                true => lines.next().await?,
                false => lines.ready()?,
            };
            match next {
                Some(record) => self.queue.push(record),
                None => break,
            }
        }
        Ok(!self.queue.is_empty())
    }

    /// Stores a batch; what is worth another attempt goes back to the front. True if there was any.
    async fn send(&mut self, batch: Vec<Record>) -> anyhow::Result<bool> {
        let answer = {
            let records = batch.iter().map(entry).collect();
            let input = PutRecordsInput {
                records,
                stream_name: self.stream.name(),
                stream_arn: self.stream.arn(),
                dry_run: None,
            };
            self.client.call(Operation::PutRecords, &input).await
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if is_about_a_record(&error) => {
                // One record spoils a whole batch; alone, it only spoils itself.
                match <[Record; 1]>::try_from(batch) {
                    Ok([record]) => self.lose(&record, &error.to_string()),
                    Err(batch) => self.queue.one_by_one(batch),
                }
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let output: PutRecordsOutput<'_> = answer.read()?;
        if output.records.len() != batch.len() {
            bail!("{} results came for {}", output.records.len(), text::count(batch.len(), "record"));
        }
        let mut again = Vec::new();
        for (mut record, result) in batch.into_iter().zip(&output.records) {
            let Some(code) = &result.error_code else {
                self.stored += 1;
                continue;
            };
            record.attempts += 1;
            if record.attempts < ATTEMPTS_MAX {
                again.push(record);
            } else {
                let message = result.error_message.as_deref().unwrap_or_default();
                self.lose(&record, &format!("{code}: {message}"));
            }
        }
        let failed = !again.is_empty();
        self.queue.put_back(again);
        Ok(failed)
    }

    fn lose(&mut self, record: &Record, why: &str) {
        self.lost += 1;
        eprintln!("line {}: {why}", record.line);
    }
}

fn entry(record: &Record) -> PutRecordsRequestEntry<'_> {
    PutRecordsRequestEntry {
        data: Blob::from(record.data.as_slice()),
        explicit_hash_key: None,
        partition_key: Some(record.key.as_str().into()),
    }
}

fn is_about_a_record(error: &Error) -> bool {
    matches!(error.code(), Some(ErrorCode::ValidationException | ErrorCode::InvalidArgumentException))
}
