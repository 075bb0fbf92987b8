//! `flumen policy`: what policies decide and what they can be about, without a server.

mod case;
mod explain;

use std::io::{self, Write as _};
use std::path::PathBuf;

use flumen_api::published;
use flumen_cli::text;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Decide cases: one JSON object a line in, one a line out
    Explain {
        /// A case a line; - is standard input
        #[arg(long, value_name = "FILE")]
        cases: PathBuf,
    },
    /// List all operations with the actions that policies allow or deny
    Actions {
        /// A JSON array, a row a line
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Explain { cases } => explain::run(cases),
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
