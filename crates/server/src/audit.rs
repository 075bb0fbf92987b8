//! `flumen audit`: what was done, for those who answer for it.

mod verify;

#[derive(clap::Subcommand)]
pub enum Command {
    Verify(verify::Args),
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Verify(args) => verify::run(args),
    }
}
