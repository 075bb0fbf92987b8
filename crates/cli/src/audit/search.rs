//! `flumen audit search`: events of a time, the newest first.

use std::io::{BufWriter, Write as _};

use super::event::{Event, Wanted};
use super::lookup::Lookup;
use super::query::{self, Path};
use crate::streams::now_ms;
use crate::{Target, when};

/// Search events, the newest first
///
/// Searches the management events of your account and region with CloudTrail's LookupEvents. With --denied it also
/// finds denied calls on records and items, with --all other accounts and regions; both need the permission
/// flumen:SearchAudit.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// Start of the period: how long ago (5m, 2h, 7d) or a time (2026-11-24T18:00:00Z)
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    since: String,
    /// End of the period
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Include all accounts and regions, and denied calls on records and items; works with Flumen only
    #[arg(long)]
    all: bool,
    /// Stop after this many
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    /// Print complete events, one per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

/// Epoch milliseconds of `--since` and `--until`.
pub fn times(since: &str, until: Option<&str>) -> anyhow::Result<(i64, i64)> {
    let now_ms = now_ms();
    let time = |name: &str, text: &str| {
        when::since(text, now_ms).map_err(|why| crate::Misconfigured(anyhow::anyhow!("--{name} {why}")))
    };
    let until_ms = until.map(|until| time("until", until)).transpose()?;
    Ok((time("since", since)?, until_ms.unwrap_or(now_ms)))
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let (since_ms, until_ms) = times(&args.since, args.until.as_deref())?;
    let mut left = args.limit.unwrap_or(usize::MAX);
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut print = |events: Vec<Event>| -> anyhow::Result<bool> {
        for event in events.iter().filter(|event| args.wanted.has(event)).take(left) {
            writeln!(out, "{}", event.shown(args.json))?;
            left -= 1;
        }
        out.flush()?;
        Ok(left > 0)
    };
    if args.all || args.wanted.denied {
        let path = || Path::new("search").and("since", since_ms).and("until", until_ms).wanted(&args.wanted);
        let mut after = None;
        loop {
            match query::search(&args.target, path(), after.clone()).await {
                Ok((events, next)) => {
                    if !print(events)? || next.is_none() {
                        return Ok(());
                    }
                    after = next;
                }
                Err(error) if args.all || after.is_some() => return Err(error),
                Err(error) => {
                    crate::note(format_args!("what was denied of records and items is not told: {error:#}"));
                    break;
                }
            }
        }
    }
    let mut lookup = Lookup::new(&args.target, args.wanted.attribute())?;
    let until_s = until_ms.div_euclid(1000) + i64::from(until_ms.rem_euclid(1000) > 0);
    loop {
        let (events, more) = lookup.page(since_ms.div_euclid(1000), until_s).await?;
        if !print(events)? || !more {
            return Ok(());
        }
    }
}
