//! `flumen rekey`: records that lie in clear, or under an earlier key, are sealed again under their stream's present one.

use std::io::{self, Write as _};
use std::time::Duration;

use flumen_client::{Method, Stream};
use serde::{Deserialize, Serialize};

use crate::audit::event::plain;
use crate::streams::summary;
use crate::{Target, sample, text};

const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// Encrypt a stream's existing records with its present key
///
/// Encrypts records that are unencrypted or have an earlier key. The server does this in the background, at 32
/// MiB/s, and continues after a restart. Needs the permission flumen:RekeyStream.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name or ARN of the stream
    stream: String,
    /// Do not wait until it is done
    #[arg(long, conflicts_with = "status")]
    no_wait: bool,
    /// Only print the progress
    #[arg(long)]
    status: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rekey {
    stream: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    since_ms: Option<u64>,
    done: f64,
    bytes: u64,
    keys_left: Vec<String>,
    shared_files: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    let client = args.target.client(sample::settings())?;
    let arn = summary(&client, &Stream::new(args.stream)).await?.arn;
    let path = format!("/rekey?stream={arn}");
    let method = if args.status { Method::GET } else { Method::PUT };
    let mut rekey: Rekey = serde_json::from_str(&args.target.page_by(method, &path).await?)?;
    let mut told = 0;
    while !(args.no_wait || args.status) && rekey.since_ms.is_some() {
        tokio::time::sleep(LOOKS_EVERY).await;
        rekey = serde_json::from_str(&args.target.page(&path).await?)?;
        let percent = (rekey.done * 100.0) as u64;
        if !args.json && percent != told && rekey.since_ms.is_some() {
            crate::note(format_args!("{percent} % of the records lie under the key"));
            told = percent;
        }
    }
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::to_string(&rekey)?)?;
        return Ok(());
    }
    Ok(write!(io::stdout(), "{}", shown(&rekey))?)
}

fn shown(rekey: &Rekey) -> String {
    let Rekey { since_ms, done, bytes, keys_left, shared_files, failure, .. } = rekey;
    let mut shown = match since_ms {
        Some(_) => format!("under way: {:.0} %, {} sealed again\n", done * 100.0, text::bytes(*bytes as f64)),
        None => format!("nothing is under way; {} sealed again\n", text::bytes(*bytes as f64)),
    };
    for key in keys_left {
        shown += &format!("records under {} stay as they are: it cannot be used\n", plain(key));
    }
    if *shared_files > 0 {
        let files = text::count(*shared_files as usize, "file");
        shown += &format!(
            "{files} in which records lay in clear are a backup's too, and stay as they are there\n"
        );
    }
    if let Some(failure) = failure {
        shown += &format!("it does not go on at the moment: {failure}\n");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_left_and_why() {
        let mut rekey = Rekey {
            stream: "a".into(),
            since_ms: Some(1),
            done: 0.256,
            bytes: 3 << 20,
            keys_left: Vec::new(),
            shared_files: 0,
            failure: None,
        };
        assert_eq!(shown(&rekey), "under way: 26 %, 3.0 MiB sealed again\n");
        rekey = Rekey {
            since_ms: None,
            keys_left: vec!["k".into()],
            shared_files: 2,
            failure: Some("f".into()),
            ..rekey
        };
        let wanted = "nothing is under way; 3.0 MiB sealed again\n\
                      records under k stay as they are: it cannot be used\n\
                      2 files in which records lay in clear are a backup's too, and stay as they are there\n\
                      it does not go on at the moment: f\n";
        assert_eq!(shown(&rekey), wanted);
    }
}
