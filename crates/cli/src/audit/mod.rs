//! `flumen audit`: what was done, for people. One's own account is asked for by CloudTrail's LookupEvents, which AWS has too; what
//! that cannot say, Flumen's pages for operators do: records and items that were denied, other accounts and regions, sums.

pub(crate) mod event;
mod explain;
mod lookup;
mod query;
mod replay;
mod search;
mod sums;
mod tail;
mod unused;

pub use explain::explain_event;
pub use replay::{Replay, replay};

/// Asks what was done.
#[derive(Debug, clap::Subcommand)]
pub enum AuditCommand {
    Tail(tail::Args),
    Search(search::Args),
    Sums(sums::Args),
    Unused(unused::Args),
}

pub async fn run(command: AuditCommand) -> anyhow::Result<()> {
    match command {
        AuditCommand::Tail(args) => tail::run(args).await,
        AuditCommand::Search(args) => search::run(args).await,
        AuditCommand::Sums(args) => sums::run(args).await,
        AuditCommand::Unused(args) => unused::run(args).await,
    }
}
