//! `flumen describe`: a stream, where its shards lie on the ring, where they came from, what they bear.

use std::collections::{HashMap, HashSet};
use std::io::{BufWriter, Write};
use std::time::Duration;

use flumen_client::Stream;
use flumen_consumer::{Shard, list_shards};
use flumen_types::Span;
use serde::Serialize;

use crate::sample::{self, Load, Sample};
use crate::streams::{Summary, now_ms, summary};
use crate::{Target, text, when};

const BAR_CELLS: u32 = 40;

/// Show a stream: its shards, their ranges and lineage, and their write rates
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name or ARN of the stream
    stream: String,
    /// How long to measure write rates; 0 does not measure
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = Span::parse)]
    sample: Span,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    shards: Vec<ShardObject<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShardObject<'a> {
    id: &'a str,
    open: bool,
    parents: &'a [String],
    /// Decimal texts: most readers of JSON would round the numbers.
    starting_hash_key: String,
    ending_hash_key: String,
    share: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    records_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_second: Option<f64>,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let client = args.target.client(sample::settings())?;
    let stream = Stream::new(args.stream);
    let summary = summary(&client, &stream).await?;
    let shards = list_shards(&client, &stream, None).await?;
    let open: Vec<Shard> = shards.iter().filter(|shard| shard.is_open).cloned().collect();
    let samples = match args.sample.0 {
        Duration::ZERO => None,
        time => Some(sample::take(&client, &stream, open, time).await?),
    };
    let loads: Option<HashMap<&str, Load>> = samples
        .as_ref()
        .map(|samples| samples.iter().map(|s: &Sample| (s.shard.id.as_str(), s.load)).collect());
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.json {
        true => {
            let shards = shards.iter().map(|shard| object(shard, loads.as_ref())).collect();
            serde_json::to_writer(&mut out, &Object { summary: &summary, shards })
                .map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        false => {
            write_summary(&mut out, &summary)?;
            writeln!(out)?;
            text::table(&mut out, &rows(&shards, loads.as_ref()))?;
            if shards.iter().any(|shard| !shard.is_open) {
                writeln!(out)?;
                write!(out, "{}", lineage(&shards))?;
            }
        }
    }
    Ok(out.flush()?)
}

fn object<'a>(shard: &'a Shard, loads: Option<&HashMap<&str, Load>>) -> ShardObject<'a> {
    let load = loads.and_then(|loads| loads.get(shard.id.as_str()));
    ShardObject {
        id: &shard.id,
        open: shard.is_open,
        parents: &shard.parents,
        starting_hash_key: shard.range.start.to_string(),
        ending_hash_key: shard.range.end.to_string(),
        share: share(shard),
        records_per_second: load.map(|load| load.records),
        bytes_per_second: load.map(|load| load.bytes),
    }
}

/// Of the ring.
fn share(shard: &Shard) -> f64 {
    ((shard.range.end.0 - shard.range.start.0) as f64 + 1.0) / (u128::MAX as f64)
}

fn write_summary(out: &mut impl Write, summary: &Summary) -> std::io::Result<()> {
    let age = when::lasted(now_ms() - summary.created_ms);
    let shards = text::count(usize::try_from(summary.open_shards).unwrap_or(0), "open shard");
    let consumers = text::count(usize::try_from(summary.consumers).unwrap_or(0), "consumer");
    writeln!(out, "{}  {}  {}", summary.name, summary.status, summary.mode)?;
    writeln!(out, "{}", summary.arn)?;
    writeln!(out, "created {} ({age} ago), kept for {}h", summary.created, summary.retention_hours)?;
    writeln!(out, "{shards}, {consumers}, encryption {}", summary.encryption)
}

/// The open shards in the order of the ring.
fn rows(shards: &[Shard], loads: Option<&HashMap<&str, Load>>) -> Vec<Vec<String>> {
    let mut head = vec!["SHARD", "RING", "SHARE"];
    if loads.is_some() {
        head.extend(["RECORDS/S", "BYTES/S", "OF LIMIT"]);
    }
    let mut open: Vec<&Shard> = shards.iter().filter(|shard| shard.is_open).collect();
    open.sort_by_key(|shard| shard.range.start);
    let row = |shard: &&Shard| {
        let bar = text::bar(shard.range.start.0, shard.range.end.0, BAR_CELLS);
        let mut row = vec![shard.id.clone(), bar, text::percent(share(shard))];
        if let Some(loads) = loads {
            let load = loads.get(shard.id.as_str()).copied().unwrap_or_default();
            row.extend([
                format!("{:.0}", load.records),
                text::bytes(load.bytes),
                text::percent(load.share()),
            ]);
        }
        row
    };
    [head.into_iter().map(str::to_owned).collect()].into_iter().chain(open.iter().map(row)).collect()
}

/// Shards under their parents. One that came from a merge stands under the first and names the other.
fn lineage(shards: &[Shard]) -> String {
    let known: HashSet<&str> = shards.iter().map(|shard| shard.id.as_str()).collect();
    let mut children: HashMap<&str, Vec<&Shard>> = HashMap::new();
    let mut roots = Vec::new();
    for shard in shards {
        match shard.parents.iter().find(|parent| known.contains(parent.as_str())) {
            Some(parent) => children.entry(parent).or_default().push(shard),
            None => roots.push(shard),
        }
    }
    let mut text = String::new();
    // Depth first without recursion: a stream may have been split any number of times.
    let mut next: Vec<(&Shard, String, &str, &str)> =
        roots.into_iter().rev().map(|root| (root, String::new(), "", "")).collect();
    while let Some((shard, indent, branch, below)) = next.pop() {
        let state = if shard.is_open { "open" } else { "closed" };
        let merged = shard.parents.get(1).map(|other| format!(", merged with {other}"));
        text += &format!("{indent}{branch}{} {state}{}\n", shard.id, merged.unwrap_or_default());
        let under = children.get(shard.id.as_str()).map_or(&[][..], Vec::as_slice);
        for (place, child) in under.iter().enumerate().rev() {
            let (branch, beside) =
                if place + 1 == under.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            next.push((child, format!("{indent}{below}"), branch, beside));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use flumen_types::{HashKey, HashKeyRange};

    use super::*;

    fn shard(id: u32, parents: &[u32], is_open: bool) -> Shard {
        let name = |id: u32| format!("shard-{id}");
        let range = HashKeyRange { start: HashKey(u128::from(id) << 124), end: HashKey::MAX };
        Shard { id: name(id), parents: parents.iter().copied().map(name).collect(), range, is_open }
    }

    #[test]
    fn lineage_follows_splits_and_merges() {
        let shards = [
            shard(0, &[], false),
            shard(1, &[], true),
            shard(2, &[0], false),
            shard(3, &[0], false),
            shard(4, &[2, 3], true),
            shard(6, &[5], true),
        ];
        expect![[r#"
            shard-0 closed
            ├─ shard-2 closed
            │  └─ shard-4 open, merged with shard-3
            └─ shard-3 closed
            shard-1 open
            shard-6 open
        "#]]
        .assert_eq(&lineage(&shards));
    }

    #[test]
    fn open_shards_are_drawn_in_the_order_of_the_ring() {
        let shards = [shard(8, &[], true), shard(3, &[], false), shard(0, &[], true)];
        let load = Load { records: 500.0, bytes: 2048.0 };
        let loads = HashMap::from([("shard-8", load)]);
        let mut out = Vec::new();
        text::table(&mut out, &rows(&shards, Some(&loads))).unwrap();
        expect![[r#"
            SHARD    RING                                      SHARE  RECORDS/S  BYTES/S  OF LIMIT
            shard-0  ████████████████████████████████████████  100 %  0          0 B      0 %
            shard-8  ····················████████████████████  50 %   500        2.0 KiB  50 %
        "#]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }
}
