//! `flumen audit`: what was done, and whether anything of that is missing. Verifying looks at files; the rest is asked of a
//! server, by the commands for people.

mod verify;

use flumen_cli::AuditCommand;

#[derive(clap::Subcommand)]
pub enum Command {
    Verify(verify::Args),
    #[command(flatten)]
    ForPeople(AuditCommand),
}

pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Verify(args) => verify::run(&args),
        Command::ForPeople(command) => flumen_cli::run_audit(command),
    }
}
