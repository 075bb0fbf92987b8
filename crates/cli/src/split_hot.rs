//! `flumen split-hot`: finds the shard that bears most, and the place where a split halves its load.

mod heat;

use std::io::{self, BufRead as _, Write as _};
use std::time::Duration;

use anyhow::{Context, bail};
use flumen_client::{Client, Error, Stream};
use flumen_consumer::{Shard, list_shards};
use flumen_protocol::kinesis::SplitShardInput;
use flumen_types::{HashKey, Span};

use self::heat::Refusal;
use crate::sample::{self, Sample};
use crate::streams::summary;
use crate::{Target, text};

const PROFILE_CELLS: usize = 40;
const POLL: Duration = Duration::from_millis(200);
/// AWS takes about half a minute to split.
const SPLIT_MAX: Duration = Duration::from_secs(300);

/// Split the busiest shard at the hash key that halves its load
///
/// Reads records for a while to see which keys are written, and asks before it splits. If a single key causes the
/// load, a split does not help, and the command says so.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name or ARN of the stream
    stream: String,
    /// How long to measure write rates
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = Span::parse)]
    sample: Span,
    /// Split without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let client = args.target.client(sample::settings())?;
    let stream = Stream::new(args.stream);
    let open = open(&client, &stream).await?;
    crate::note(format_args!("measuring {} for {}", text::count(open.len(), "shard"), args.sample));
    let samples = sample::take(&client, &stream, open, args.sample.0).await?;
    let hottest = samples.iter().max_by(|a, b| a.load.share().total_cmp(&b.load.share()));
    let hottest = hottest.context("the stream has no open shard")?;
    if hottest.load.records == 0.0 {
        bail!("nothing was written to {} while it was measured", stream.short());
    }
    report(hottest)?;
    let heat = match heat::find(hottest) {
        Ok(heat) => heat,
        Err(refusal) => bail!("{}", explained(hottest, &refusal)),
    };
    let halves = [heat.below, 1.0 - heat.below].map(text::percent);
    let [below, above] = halves;
    writeln!(io::stdout(), "a split at {} leaves {below} below and {above} above", heat.split_at)?;
    if !args.yes && !asked(&format!("split {}?", hottest.shard.id))? {
        return Ok(writeln!(io::stdout(), "nothing was changed")?);
    }
    for child in split(&client, &stream, &hottest.shard, heat.split_at).await? {
        writeln!(io::stdout(), "{} from {} to {}", child.id, child.range.start, child.range.end)?;
    }
    Ok(())
}

async fn open(client: &Client, stream: &Stream) -> anyhow::Result<Vec<Shard>> {
    let shards = list_shards(client, stream, None).await?;
    Ok(shards.into_iter().filter(|shard| shard.is_open).collect())
}

fn report(sample: &Sample) -> anyhow::Result<()> {
    let Sample { shard, load, .. } = sample;
    let (records, bytes) = (load.records, text::bytes(load.bytes));
    let share = text::percent(load.share());
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} bears most: {records:.0} records/s, {bytes}/s, {share} of what a shard takes",
        shard.id
    )?;
    if let Some(half) = heat::narrowest_half(sample) {
        let heat::Half { start, end, width } = half;
        match start == end {
            true => writeln!(out, "half of it has the hash key {start}")?,
            false => {
                let width = text::percent(width);
                writeln!(out, "half of it lies between {start} and {end}, {width} of the shard")?;
            }
        }
    }
    writeln!(out, "|{}|", text::profile(&heat::profile(sample, PROFILE_CELLS)))?;
    Ok(())
}

fn explained(sample: &Sample, refusal: &Refusal) -> String {
    let id = &sample.shard.id;
    match refusal {
        Refusal::OneKey { key, share } => format!(
            "{} of what is written to {id} has the partition key {key:?}: a split would not divide it. Give its \
             records different keys",
            text::percent(*share)
        ),
        Refusal::Hidden { share } => format!(
            "{} of what is written to {id} has explicit hash keys, which records do not tell: where to split it \
             cannot be seen",
            text::percent(*share)
        ),
    }
}

fn asked(question: &str) -> anyhow::Result<bool> {
    write!(io::stdout(), "{question} [y/N] ")?;
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Splits, and waits until the children take records.
async fn split(client: &Client, stream: &Stream, shard: &Shard, at: HashKey) -> anyhow::Result<Vec<Shard>> {
    let input = SplitShardInput {
        stream_name: stream.name(),
        stream_arn: stream.arn(),
        shard_to_split: shard.id.as_str().into(),
        new_starting_hash_key: at.to_string().into(),
    };
    client.call(&input).await?;
    let waited = tokio::time::timeout(SPLIT_MAX, async {
        while !is_active(client, stream).await? {
            tokio::time::sleep(POLL).await;
        }
        anyhow::Ok(())
    });
    waited.await.with_context(|| format!("the stream is still not ACTIVE after {}", Span(SPLIT_MAX)))??;
    let shards = list_shards(client, stream, None).await?;
    Ok(shards.into_iter().filter(|child| child.parents.contains(&shard.id)).collect())
}

async fn is_active(client: &Client, stream: &Stream) -> Result<bool, Error> {
    Ok(summary(client, stream).await?.status == "ACTIVE")
}
