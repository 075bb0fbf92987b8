//! Loads a Kinesis endpoint and prints one JSON line a load: rate, percentiles, errors, and, when told the
//! server's process id, its processor time per million records and its memory.
//!
//! It shares two cores with the server it measures, so it does as little as it can: requests are built and
//! signed before the clock starts, and answers are only looked at for their status and the few bytes that
//! tell success from failure. Starting servers and making tables is the business of `bench/run`.

mod answer;
mod closed_loop;
mod connection;
mod control;
mod disk;
mod hot;
mod identities;
mod leases;
mod meter;
mod open_loop;
mod process;
mod readers;
mod request;
mod seen;
mod sign;

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::request::Target;

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[command(subcommand)]
    load: Load,
}

#[derive(Subcommand)]
enum Load {
    /// Create the stream and wait until it is ACTIVE.
    Create {
        #[command(flatten)]
        at: Endpoint,
        #[arg(long, default_value_t = 4)]
        shards: u32,
    },
    /// Start the stream's encryption.
    Encrypt {
        #[command(flatten)]
        at: Endpoint,
    },
    /// Closed loop: every connection puts again as soon as it is answered.
    Put {
        #[command(flatten)]
        at: Endpoint,
        #[command(flatten)]
        server: Server,
        /// Bytes of data in a record.
        #[arg(long, default_value_t = 1024)]
        size: usize,
        /// Records in a request: 1 sends PutRecord, more sends PutRecords.
        #[arg(long, default_value_t = 1)]
        batch: usize,
        /// Requests in CBOR in place of JSON.
        #[arg(long)]
        cbor: bool,
        #[arg(long, default_value_t = 64)]
        connections: usize,
        #[arg(long, default_value_t = 2)]
        threads: usize,
        /// Seconds before the measurement begins.
        #[arg(long, default_value_t = 1.0)]
        warm_up: f64,
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// End after this many records, and measure from the first one.
        #[arg(long)]
        records: Option<u64>,
    },
    /// Catch-up: every reader reads its shard from the oldest record, again and again.
    Get {
        #[command(flatten)]
        at: Endpoint,
        #[command(flatten)]
        server: Server,
        #[arg(long, default_value_t = 4)]
        readers: usize,
        #[arg(long, default_value_t = 2)]
        threads: usize,
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
    },
    /// Open loop: PutRecord at a steady rate, each latency counted from the moment at which the request was due.
    Open {
        #[command(flatten)]
        at: Endpoint,
        #[command(flatten)]
        server: Server,
        #[arg(long, default_value_t = 1024)]
        size: usize,
        #[arg(long, default_value_t = 1000)]
        rate: u32,
        #[arg(long, default_value_t = 64)]
        connections: usize,
        #[arg(long, default_value_t = 10.0)]
        seconds: f64,
    },
    /// How long after its put a record is seen, by subscribers and by pollers of every shard.
    Seen {
        #[command(flatten)]
        at: Endpoint,
        #[command(flatten)]
        server: Server,
        #[arg(long, default_value_t = 1024)]
        size: usize,
        #[arg(long, default_value_t = 1000)]
        rate: u32,
        #[arg(long, default_value_t = 0)]
        consumers: usize,
        #[arg(long, default_value_t = 0)]
        pollers: usize,
        #[arg(long, default_value_t = 200)]
        poll_ms: u64,
        #[arg(long, default_value_t = 10.0)]
        seconds: f64,
    },
    /// One of four shards offered more than it may take: what the puts to the three others notice of it.
    Hot {
        #[command(flatten)]
        at: Endpoint,
        #[command(flatten)]
        server: Server,
        #[arg(long, default_value_t = 100)]
        size: usize,
        #[arg(long, default_value_t = 100)]
        quiet_rate: u32,
        #[arg(long, default_value_t = 10_000)]
        hot_rate: u32,
        #[arg(long, default_value_t = 1)]
        batch: usize,
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
    },
    /// Lease traffic on a table that it makes: an hour of it as fast as it goes, or conditional updates alone.
    Leases {
        #[command(flatten)]
        at: Endpoint,
        #[command(flatten)]
        server: Server,
        #[arg(long, default_value_t = 1000)]
        leases: usize,
        #[arg(long, default_value_t = 10)]
        workers: usize,
        /// Of each worker.
        #[arg(long, default_value_t = 4)]
        connections: usize,
        #[arg(long, default_value_t = 1)]
        threads: usize,
        /// Minutes of traffic; without them conditional updates alone, for some seconds.
        #[arg(long)]
        minutes: Option<f64>,
        #[arg(long, default_value_t = 1.0)]
        warm_up: f64,
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
    },
    /// Closed loop: calls of IAM and STS, or calls of ListStreams that are signed rightly or wrongly.
    Identities {
        #[command(flatten)]
        at: Endpoint,
        #[command(flatten)]
        server: Server,
        work: identities::Work,
        #[arg(long, default_value = "000000000000")]
        account: String,
        /// Of those that change something, and end with the last one.
        #[arg(long, default_value_t = 10_000)]
        changes: usize,
        #[arg(long, default_value_t = 16)]
        connections: usize,
        #[arg(long, default_value_t = 1)]
        threads: usize,
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
    },
    /// What one sync costs on the file system of a directory, and how fast it takes synced bytes.
    Disk { directory: std::path::PathBuf },
}

#[derive(Args, Clone)]
struct Endpoint {
    /// Address and port.
    #[arg(long)]
    endpoint: std::net::SocketAddr,
    #[arg(long, default_value = "bench")]
    stream: String,
    #[arg(long, default_value = "test")]
    access_key: String,
    #[arg(long, default_value = "test")]
    secret_key: String,
}

#[derive(Args, Clone)]
struct Server {
    /// Process id of the server, to read its processor time and memory.
    #[arg(long)]
    pid: Option<u32>,
    /// End the load early when the server holds more memory than this.
    #[arg(long, default_value_t = 8192)]
    memory_mib_max: u64,
}

/// Signatures are made before a load starts and are good for five minutes.
const LOAD_SECONDS_MAX: f64 = 240.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let line = match Cli::parse().load {
        Load::Create { at, shards } => control::create_stream(&at.target(), shards)?,
        Load::Encrypt { at } => control::encrypt_stream(&at.target())?,
        Load::Put { at, server, size, batch, cbor, connections, threads, warm_up, seconds, records } => {
            let shape = closed_loop::Shape {
                size,
                batch,
                cbor,
                connections,
                threads: threads.clamp(1, connections.max(1)),
                warm_up: bounded(warm_up),
                length: bounded(seconds),
                records,
            };
            closed_loop::run(&at.target(), &server, &shape)?
        }
        Load::Get { at, server, readers, threads, seconds } => {
            readers::run(&at.target(), &server, readers, threads.clamp(1, readers.max(1)), bounded(seconds))?
        }
        Load::Open { at, server, size, rate, connections, seconds } => {
            open_loop::run(&at.target(), &server, size, rate.max(1), connections.max(1), bounded(seconds))?
        }
        Load::Seen { at, server, size, rate, consumers, pollers, poll_ms, seconds } => {
            let poll = Duration::from_millis(poll_ms);
            let (rate, length) = (rate.max(1), bounded(seconds));
            seen::run(&at.target(), &server, &seen::Shape { size, rate, consumers, pollers, poll, length })?
        }
        Load::Hot { at, server, size, quiet_rate, hot_rate, batch, seconds } => {
            let (quiet_rate, hot_rate, batch) = (quiet_rate.max(1), hot_rate.max(1), batch.max(1));
            let shape = hot::Shape { size, quiet_rate, hot_rate, batch, length: bounded(seconds) };
            hot::run(&at.target(), &server, &shape)?
        }
        Load::Leases { at, server, leases, workers, connections, threads, minutes, warm_up, seconds } => {
            let shape = leases::Shape {
                leases: leases.max(1),
                workers: workers.max(1),
                connections: connections.max(1),
                threads: threads.max(1),
                minutes,
                seconds: bounded(seconds),
                warm_up: bounded(warm_up),
                renew_only: minutes.is_none(),
            };
            leases::run(&at.target(), &server, &shape)?
        }
        Load::Identities { at, server, work, account, changes, connections, threads, seconds } => {
            let (connections, length) = (connections.max(1), bounded(seconds));
            let threads = threads.clamp(1, connections);
            let shape = identities::Shape { work, account, changes, connections, threads, length };
            identities::run(&at.target(), &server, &shape)?
        }
        Load::Disk { directory } => disk::measure(&directory)?,
    };
    println!("{line}");
    Ok(())
}

fn bounded(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, LOAD_SECONDS_MAX))
}

impl Endpoint {
    fn target(&self) -> Target {
        Target {
            address: self.endpoint,
            stream: self.stream.clone(),
            access_key: self.access_key.clone(),
            secret_key: self.secret_key.clone(),
        }
    }
}
