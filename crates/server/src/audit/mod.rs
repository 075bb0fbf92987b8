//! `flumen audit`: what was done, asked of a server.

pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::ForPeople(command) => flumen_cli::run_audit(command),
    }
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    #[command(flatten)]
    ForPeople(flumen_cli::AuditCommand),
}
