//! `flumen cost`: what AWS would bill for the use that was measured, in each capacity mode. Asks a running
//! server, or reads the data directory of a stopped one.
//!
//! Shard-hours are those that the streams had, in whatever mode they were; a stream that moves to
//! provisioned mode may need fewer or more.

mod bill;
mod fetch;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use flumen_cli::Misconfigured;
use flumen_streams::metering::usage::read_usage;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::accounts::At;
use crate::data_dir::{self, Directory};
use crate::root_key::RootKey;
use crate::serve::log_directory;
use crate::usage::{Total, Totals, UsageQuery};
use bill::Prices;

const DAYS_DEFAULT: i64 = 30;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A running server, also its --admin port [default: as for the other commands, or http://127.0.0.1:4567]
    #[arg(long, value_name = "URL", conflicts_with = "data_dir")]
    endpoint: Option<String>,
    /// The data directory of a stopped server
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    root_key: RootKey,
    /// Only this stream
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// Start of the period, UTC, for example 2026-11-01 or 2026-11-01T06:00 [default: 30 days ago]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,
    /// Price list to use instead of the list prices of us-east-1, TOML
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

/// A date or a date and time, in UTC.
fn parse_time(text: &str) -> Result<Timestamp, String> {
    let parsed = text.trim_end_matches('Z').parse::<DateTime>();
    let zoned = parsed.and_then(|time| time.to_zoned(TimeZone::UTC));
    zoned.map(|time| time.timestamp()).map_err(|error| format!("{text:?} is not a date or time: {error}"))
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let prices = match &args.prices {
        Some(file) => Prices::read(file).map_err(|error| anyhow::Error::new(Misconfigured(error)))?,
        None => Prices::list(),
    };
    let since = match args.since {
        Some(since) => since,
        None => Timestamp::now() - SignedDuration::from_hours(24 * DAYS_DEFAULT),
    };
    let since_ms = u64::try_from(since.as_millisecond()).unwrap_or(0);
    let asked = UsageQuery { since_ms, stream: args.stream.clone(), by_hour: false };
    let totals = match &args.data_dir {
        Some(dir) => stored(&At::new(dir.clone(), args.root_key.clone()), &asked)?,
        None => fetch::totals(args.endpoint.as_deref(), &asked)?,
    };
    let (mut out, since) = (std::io::stdout().lock(), since.strftime("%Y-%m-%dT%H:%MZ"));
    writeln!(out, "Use since {since}, in {} at the given prices", prices.currency)?;
    write!(out, "{}", bill::table(&totals, &prices))?;
    Ok(())
}

fn stored(at: &At, asked: &UsageQuery) -> anyhow::Result<Vec<Total>> {
    let (dir, root_key) = at.named()?;
    // Opening it would make it.
    log_directory(dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().context("threads")?;
    runtime.block_on(async {
        let Directory { storage, .. } =
            data_dir::open(dir, &root_key, None, data_dir::log_settings()).await?;
        let mut totals = Totals::default();
        let visit = |row| {
            if asked.concerns(&row) {
                totals.add(row)
            }
        };
        read_usage(&storage, asked.since_ms, visit).await?;
        storage.close().await;
        Ok(totals.finish())
    })
}
