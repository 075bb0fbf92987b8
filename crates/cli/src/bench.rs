//! `flumen bench`: a load that does not wait for the service, and what the service made of it.
//!
//! Requests are due at fixed times whether or not earlier ones were answered, and latency counts from the
//! time that a request was due: a service that stalls is charged with everything that came due meanwhile.

mod pace;
mod tally;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use flumen_client::{Client, ClientSettings, Error, Stream};
use flumen_protocol::kinesis::{
    CreateStreamInput, PutRecordsInput, PutRecordsOutput, PutRecordsRequestEntry,
};
use flumen_protocol::{Blob, ErrorCode};
use flumen_types::Span;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use self::pace::Pace;
use self::tally::{Outcome, Tallies};
use crate::Misconfigured;
use crate::Target;
use crate::streams::summary;

const CREATE_MAX: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(200);
/// How long answers may take before a request counts as failed.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long requests that came due may wait for a sender after the last one did.
const DRAIN_MAX: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// Put a constant load on a stream and measure latency and throughput
///
/// Sends requests at fixed times, whether or not earlier ones were answered, and measures latency from those times.
/// Prints progress to standard error once a second, and one line of JSON to standard output at the end.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name or ARN of the stream
    #[arg(long, value_name = "STREAM")]
    stream: String,
    /// Create the stream with this many shards if it does not exist
    #[arg(long, value_name = "SHARDS")]
    create: Option<i32>,
    /// Records per second
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    rate: u64,
    /// Bytes of data per record
    #[arg(long, value_name = "BYTES", default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=10_485_760))]
    size: u32,
    /// Records per request
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=500))]
    batch: u64,
    /// Duration in seconds
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Number of connections, and so of concurrent requests
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let pace = Pace::new(args.rate, args.batch, Duration::from_secs(args.seconds));
    let pace = pace.map_err(|why| Misconfigured(anyhow::anyhow!(why)))?;
    // Each request is sent once: one that is sent again would be a load of its own.
    let settings = ClientSettings {
        attempts: 1,
        attempt_max: ANSWER_MAX,
        connections: usize::from(args.connections),
        ..ClientSettings::default()
    };
    let client = args.target.client(settings)?;
    let stream = Stream::new(args.stream);
    prepare(&client, &stream, args.create).await?;

    let load = Arc::new(Load {
        client,
        stream,
        batch: args.batch,
        data: std::iter::repeat_with(|| fastrand::alphanumeric() as u8).take(args.size as usize).collect(),
        tallies: Tallies::default(),
        stopped: AtomicBool::new(false),
    });
    let began = Instant::now();
    let due = pace.run(began);
    let (mut interrupt, mut interrupts) = (crate::interrupt()?, 0);
    let give_up = tokio::time::Instant::from_std(began + pace.time() + DRAIN_MAX);
    let mut workers = load.workers(args.connections, due);
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::from_std(began + SECOND), SECOND);
    loop {
        tokio::select! {
            joined = workers.join_next() => match joined {
                Some(worker) => worker.context("a sender")?,
                None => break,
            },
            _ = ticks.tick() => crate::note(format_args!("{}", load.tallies.progress(began.elapsed()))),
            _ = interrupt.recv() => {
                interrupts += 1;
                // A second time means now.
                ensure!(interrupts < 2, "interrupted");
                load.stopped.store(true, Ordering::SeqCst);
            }
            () = tokio::time::sleep_until(give_up), if !load.stopped.load(Ordering::SeqCst) => {
                load.stopped.store(true, Ordering::SeqCst);
            }
        }
    }
    // The last request is due before the time is over, and its share of it belongs to the load.
    let elapsed = began.elapsed();
    let time = if interrupts == 0 { elapsed.max(pace.time()) } else { elapsed };
    let summary = load.tallies.summary(time, pace.due_by(elapsed) * args.batch);
    let line = serde_json::to_string(&summary).context("summary")?;
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush())?;
    if summary.ok == 0 {
        bail!(
            "nothing was stored{}",
            load.tallies.last_error().map(|e| format!(": {e}")).unwrap_or_default()
        );
    }
    Ok(())
}

/// Makes sure that the stream takes records.
async fn prepare(client: &Client, stream: &Stream, create: Option<i32>) -> anyhow::Result<()> {
    if let Some(shards) = create {
        let input = CreateStreamInput {
            stream_name: stream.short().into(),
            shard_count: Some(shards),
            ..CreateStreamInput::default()
        };
        match client.call(&input).await {
            Ok(_) => crate::note(format_args!("created {}", stream.short())),
            Err(error) if error.code() == Some(ErrorCode::ResourceInUseException) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let ready = async {
        while summary(client, stream).await?.status == "CREATING" {
            tokio::time::sleep(POLL).await;
        }
        Ok::<(), Error>(())
    };
    tokio::time::timeout(CREATE_MAX, ready)
        .await
        .with_context(|| format!("the stream does not exist after {}", Span(CREATE_MAX)))??;
    Ok(())
}

struct Load {
    client: Client,
    stream: Stream,
    batch: u64,
    data: Vec<u8>,
    tallies: Tallies,
    /// Nothing more is sent; what is running is waited for.
    stopped: AtomicBool,
}

impl Load {
    /// Each has one request running at a time. When all are busy, requests wait and their latency counts on.
    fn workers(self: &Arc<Self>, count: u16, due: mpsc::Receiver<Instant>) -> JoinSet<()> {
        let due = Arc::new(Mutex::new(due));
        let mut workers = JoinSet::new();
        for _ in 0..count {
            let (load, due) = (self.clone(), due.clone());
            workers.spawn(async move {
                while !load.stopped.load(Ordering::SeqCst) {
                    let next = due.lock().await.recv().await;
                    let Some(time) = next else { return };
                    load.request(time).await;
                }
            });
        }
        workers
    }

    async fn request(&self, due: Instant) {
        let answer = {
            let keys: Vec<String> = (0..self.batch).map(|_| format!("{:016x}", fastrand::u64(..))).collect();
            let entry = |key: &String| PutRecordsRequestEntry {
                data: Blob::from(self.data.as_slice()),
                explicit_hash_key: None,
                partition_key: Some(key.clone().into()),
            };
            let input = PutRecordsInput {
                records: keys.iter().map(entry).collect(),
                stream_name: self.stream.name(),
                stream_arn: self.stream.arn(),
                dry_run: None,
            };
            self.client.call(&input).await
        };
        let latency = due.elapsed();
        let outcome = answer.and_then(|answer| outcome(&answer.read()?, self.batch));
        match outcome {
            Ok(outcome) => self.tallies.answered(latency, outcome),
            Err(error) => self.tallies.refused(self.batch, &error),
        }
    }
}

fn outcome(output: &PutRecordsOutput<'_>, sent: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    for record in &output.records {
        match record.error_code.as_deref() {
            None => outcome.ok += 1,
            Some("ProvisionedThroughputExceededException") => outcome.throttled += 1,
            Some(_) => outcome.failed += 1,
        }
    }
    match outcome.ok + outcome.throttled + outcome.failed == sent {
        true => Ok(outcome),
        false => {
            Err(Error::Unreadable(format!("it has {} results for {sent} records", output.records.len())))
        }
    }
}
