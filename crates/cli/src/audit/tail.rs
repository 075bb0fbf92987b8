//! `flumen audit tail`: events as they come.

use std::collections::{HashSet, VecDeque};
use std::io::{BufWriter, Write as _};
use std::time::Duration;

use super::event::{Event, Wanted};
use super::lookup::Lookup;
use super::query::{self, Path};
use crate::Target;
use crate::streams::now_ms;

/// LookupEvents may be asked twice a second, by all of an account.
const EVERY: Duration = Duration::from_secs(1);
/// Events may be told of so much later than they happened.
const LATE_MS: i64 = 30_000;
/// So many ids are remembered, of which an event is not shown again.
const SHOWN_MAX: usize = 20_000;

/// Print events as they occur
///
/// Prints the management events of your account and region. With --all, prints those of all accounts and regions,
/// and denied calls on records and items; this needs the permission flumen:SearchAudit. On AWS, events appear
/// minutes later.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
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

/// What was shown lately.
#[derive(Default)]
struct Shown {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Shown {
    /// Whether it was not shown before.
    fn is_new(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > SHOWN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let mut interrupt = crate::interrupt()?;
    let mut shown = Shown::default();
    let began_ms = now_ms();
    let mut left = args.limit.unwrap_or(usize::MAX);
    let mut out = BufWriter::new(std::io::stdout().lock());
    loop {
        let since_ms = began_ms.max(now_ms() - LATE_MS);
        let asked = async {
            match args.all {
                true => of_all(&args, since_ms).await,
                false => of_account(&args, since_ms).await,
            }
        };
        let events = tokio::select! {
            events = asked => events?,
            _ = interrupt.recv() => return Ok(()),
        };
        for event in events.iter().rev().filter(|event| args.wanted.has(event)) {
            if left > 0 && shown.is_new(&event.id) {
                writeln!(out, "{}", event.shown(args.json))?;
                left -= 1;
            }
        }
        out.flush()?;
        if left == 0 {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = interrupt.recv() => return Ok(()),
        }
    }
}

async fn of_account(args: &Args, since_ms: i64) -> anyhow::Result<Vec<Event>> {
    let mut lookup = Lookup::new(&args.target, args.wanted.attribute())?;
    let mut all = Vec::new();
    loop {
        let (events, more) = lookup.page(since_ms.div_euclid(1000), now_ms() / 1000 + 1).await?;
        all.extend(events);
        if !more || all.len() > SHOWN_MAX {
            return Ok(all);
        }
    }
}

async fn of_all(args: &Args, since_ms: i64) -> anyhow::Result<Vec<Event>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let path = Path::new("search").and("since", since_ms).wanted(&args.wanted);
        let (events, next) = query::search(&args.target, path, after).await?;
        all.extend(events);
        if next.is_none() || all.len() > SHOWN_MAX {
            return Ok(all);
        }
        after = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_shown_once_for_as_long_as_it_may_come_again() {
        let mut shown = Shown::default();
        assert!(shown.is_new("a") && !shown.is_new("a"));
        assert!((0..SHOWN_MAX).all(|n| shown.is_new(&n.to_string())));
        assert_eq!((shown.ids.len(), shown.order.len()), (SHOWN_MAX, SHOWN_MAX));
        assert!(shown.is_new("a"), "it is long ago");
    }
}
