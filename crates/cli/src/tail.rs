//! `flumen tail`: the records of a stream as they come, through splits and merges.

mod print;

use std::io::IsTerminal as _;
use std::sync::Arc;

use anyhow::{Context, bail};
use flumen_client::{ClientSettings, Stream};
use flumen_consumer::{Consumer, Event, Follow, Reading, Shard, Start, list_shards};
use flumen_types::Clock;

use self::print::{Form, Printer};
use crate::encryption::KeyArgs;
use crate::{Target, text, when};

/// Print the records of a stream as they arrive
///
/// Reads all shards, across splits and merges; keeps the order of records with the same key. Unpacks aggregates of
/// the Kinesis Producer Library. Indents JSON on a terminal.
///
/// With --decrypt, each record must be a message of the AWS Encryption SDK, from `flumen put --encrypt` or AWS's
/// SDKs. A record that cannot be decrypted is reported by its sequence number, and the exit status is then 1.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name or ARN of the stream
    stream: String,
    /// Start that long ago (5m, 2h, 7d) or at a time (2026-11-24T18:00:00Z) [default: now]
    #[arg(long, value_name = "WHEN", conflicts_with = "from_start")]
    since: Option<String>,
    /// Start with the oldest available record
    #[arg(long)]
    from_start: bool,
    /// Only records with this partition key
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Only this shard
    #[arg(long, value_name = "ID")]
    shard: Option<String>,
    /// Stop after this many records
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    /// Stop at the newest record; without --since, start with the oldest
    #[arg(long)]
    no_follow: bool,
    /// Use enhanced fan-out as this consumer instead of polling; the consumer is registered temporarily if it does
    /// not exist
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
    /// Print one JSON object per record, with shard, sequence number, key and time
    #[arg(long)]
    json: bool,
    /// Decrypt records with a key: kms:ARN; aes:FILE with 16, 24 or 32 bytes; rsa:FILE in PEM, BEGIN PRIVATE KEY.
    /// Can be given several times
    #[arg(long, value_name = "KEYRING", help_heading = "Encryption")]
    decrypt: Vec<String>,
    #[command(flatten)]
    key_args: KeyArgs,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let now_ms = i64::try_from(Clock::system().now_ms())?;
    let since = args.since.as_deref().map(|text| when::since(text, now_ms)).transpose();
    let since = since.map_err(|why| crate::Misconfigured(anyhow::anyhow!("--since {why}")))?;
    let start = match since {
        Some(ms) => Start::AtTime(ms),
        None if args.from_start || args.no_follow => Start::TrimHorizon,
        None => Start::Latest,
    };
    let client = args.target.client(ClientSettings::default())?;
    let opener = args.key_args.opener(&args.decrypt, &args.target, &client)?;
    let stream = Arc::new(Stream::new(args.stream));
    let shards = match &args.shard {
        Some(id) => vec![only(id, list_shards(&client, &stream, None).await?)?],
        None => list_shards(&client, &stream, Some(start.filter())).await?,
    };
    let form = match (args.json, std::io::stdout().is_terminal()) {
        (true, _) => Form::Objects,
        (false, true) => Form::Terminal,
        (false, false) => Form::Raw,
    };
    let mut printer = Printer::new(form, args.key, args.limit, opener);
    let with_children = args.shard.is_none();
    let consumer = match &args.consumer {
        Some(name) => Some(Consumer::named(&client, &stream, name).await?),
        None => None,
    };
    let reading =
        Reading { client: client.clone(), stream, consumer: consumer.clone(), forever: !args.no_follow };
    let mut follow = Follow::new(reading, start, with_children);
    follow.begin(shards);
    let mut interrupt = crate::interrupt()?;
    let mut shards = follow.shards();
    let ended = loop {
        if printer.is_done() {
            break Ok(());
        }
        let event = tokio::select! {
            event = follow.next() => event,
            _ = interrupt.recv() => break Ok(()),
        };
        match event {
            Ok(Some(Event::Records(batch))) => match printer.print(&batch).await {
                Ok(()) => {}
                Err(error) => break Err(error),
            },
            Ok(Some(Event::Troubled { shard, error })) => {
                crate::note(format_args!("{shard}: {error}; trying on"))
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error.into()),
        }
        shards = follow.shards();
    };
    drop(follow);
    let let_go = match consumer {
        Some(consumer) => consumer.let_go(&client).await.map_err(anyhow::Error::new),
        None => Ok(()),
    };
    // Whoever closed the output wants no summary either.
    if !ended.as_ref().is_err_and(crate::is_broken_pipe) {
        crate::note(format_args!(
            "{} from {}",
            text::count(printer.printed(), "record"),
            text::count(shards, "shard")
        ));
    }
    ended.and(let_go)?;
    match printer.unopened() {
        0 => Ok(()),
        count => bail!("{} could not be decrypted", text::count(count, "record")),
    }
}

/// The shard of that id, given whole or as its number.
fn only(id: &str, shards: Vec<Shard>) -> anyhow::Result<Shard> {
    let number = |id: &str| flumen_types::ShardId::parse(id);
    let same = |shard: &Shard| shard.id == id || (number(id).is_some() && number(id) == number(&shard.id));
    shards.into_iter().find(same).with_context(|| format!("the stream has no shard {id}"))
}
