//! `flumen streams`: the streams of an account and region.

use std::io::{BufWriter, Write as _};

use flumen_client::{Client, ClientSettings, Stream};
use flumen_protocol::ErrorCode;
use flumen_protocol::kinesis::{DescribeStreamSummaryInput, ListStreamsInput, StreamMode};
use flumen_types::Clock;
use serde::Serialize;

use crate::{Target, text, when};

/// List the streams
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// Print one JSON object per stream
    #[arg(long)]
    json: bool,
}

/// What DescribeStreamSummary says, as `streams` and `describe` show it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub name: String,
    pub arn: String,
    pub status: &'static str,
    pub mode: &'static str,
    pub open_shards: i32,
    pub retention_hours: i32,
    pub created: String,
    #[serde(skip)]
    pub created_ms: i64,
    pub consumers: i32,
    pub encryption: &'static str,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let client = args.target.client(ClientSettings::default())?;
    let summaries = summaries(&client).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if args.json {
        for summary in &summaries {
            serde_json::to_writer(&mut out, summary).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    } else if summaries.is_empty() {
        crate::note(format_args!("no streams in {} at {}", client.region(), client.endpoint()));
    } else {
        text::table(&mut out, &rows(&summaries, now_ms()))?;
    }
    Ok(out.flush()?)
}

pub fn now_ms() -> i64 {
    i64::try_from(Clock::system().now_ms()).unwrap_or(i64::MAX)
}

fn rows(summaries: &[Summary], now_ms: i64) -> Vec<Vec<String>> {
    let head = ["NAME", "STATUS", "MODE", "SHARDS", "RETENTION", "AGE"].map(str::to_owned).to_vec();
    let row = |s: &Summary| {
        vec![
            s.name.clone(),
            s.status.to_owned(),
            s.mode.to_owned(),
            s.open_shards.to_string(),
            format!("{}h", s.retention_hours),
            when::lasted(now_ms - s.created_ms),
        ]
    };
    [head].into_iter().chain(summaries.iter().map(row)).collect()
}

async fn summaries(client: &Client) -> anyhow::Result<Vec<Summary>> {
    let mut found = Vec::new();
    // One after another: that alone stays within AWS's rate for this call.
    for name in stream_names(client).await? {
        match summary(client, &Stream::new(name)).await {
            Ok(summary) => found.push(summary),
            // Deleted since it was listed.
            Err(error) if error.code() == Some(ErrorCode::ResourceNotFoundException) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// Of all streams of the account in the region, in their order.
pub async fn stream_names(client: &Client) -> anyhow::Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    loop {
        let after = names.last().cloned().map(Into::into);
        let input = ListStreamsInput { exclusive_start_stream_name: after, ..ListStreamsInput::default() };
        let answer = client.call(&input).await?;
        let output = answer.read()?;
        let before = names.len();
        names.extend(output.stream_names.iter().map(ToString::to_string));
        if !output.has_more_streams || names.len() == before {
            return Ok(names);
        }
    }
}

pub async fn summary(client: &Client, stream: &Stream) -> Result<Summary, flumen_client::Error> {
    let input = DescribeStreamSummaryInput { stream_name: stream.name(), stream_arn: stream.arn() };
    let answer = client.call(&input).await?;
    let of = answer.read()?.stream_description_summary;
    Ok(Summary {
        name: of.stream_name.into_owned(),
        arn: of.stream_arn.into_owned(),
        status: of.stream_status.as_str(),
        // Streams older than the modes say none.
        mode: of.stream_mode_details.map_or(StreamMode::Provisioned, |details| details.stream_mode).as_str(),
        open_shards: of.open_shard_count,
        retention_hours: of.retention_period_hours,
        created: when::time(of.stream_creation_timestamp.0),
        created_ms: of.stream_creation_timestamp.0,
        consumers: of.consumer_count.unwrap_or(0),
        encryption: of.encryption_type.map_or("NONE", |kind| kind.as_str()),
    })
}
