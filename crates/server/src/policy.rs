//! `flumen policy`: what policies decide and what they can be about, without a server.

mod case;
mod explain;

use std::io::{self, Write as _};
use std::path::PathBuf;

use flumen_api::published;
use flumen_cli::text;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the policy that decided a call, by the id of its event; or evaluate cases, one JSON object per line
    Explain {
        /// Id of an event
        #[arg(value_name = "EVENT-ID", required_unless_present = "cases", conflicts_with = "cases")]
        event: Option<String>,
        /// File with one case per line; - is standard input
        #[arg(long, value_name = "FILE")]
        cases: Option<PathBuf>,
        #[command(flatten)]
        target: flumen_cli::Target,
    },
    Replay(flumen_cli::Replay),
    /// List all operations and their IAM actions
    Actions {
        /// Print a JSON array, one row per line
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Explain { event: Some(event), target, .. } => flumen_cli::explain_event(target, event),
        Command::Explain { cases: Some(cases), .. } => explain::run(cases),
        // Either of the two is there.
        Command::Explain { .. } => Ok(()),
        Command::Replay(args) => flumen_cli::replay(args),
        Command::Actions { json } => Ok(actions(*json)?),
    }
}

fn actions(json: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if json {
        for (nth, row) in published().iter().enumerate() {
            out.write_all(if nth == 0 { b"[\n" } else { b",\n" })?;
            serde_json::to_writer(&mut out, row)?;
        }
        out.write_all(b"\n]\n")?;
        return out.flush();
    }
    let mut table =
        vec![["service", "operation", "actions", "level", "resources", "served"].map(str::to_owned).to_vec()];
    for row in published() {
        let actions: Vec<String> = row.actions.iter().map(ToString::to_string).collect();
        let with_tags = row.actions_with_tags.iter().map(|action| format!("{action} (with tags)"));
        let actions: Vec<String> = actions.into_iter().chain(with_tags).collect();
        let resources =
            if row.resource_types.is_empty() { "*".to_owned() } else { row.resource_types.join(", ") };
        table.push(vec![
            row.service.to_owned(),
            row.operation.to_owned(),
            actions.join(", "),
            row.level.to_string(),
            resources,
            if row.served { "yes" } else { "no" }.to_owned(),
        ]);
    }
    text::table(&mut out, &table)?;
    out.flush()
}
