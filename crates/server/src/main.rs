//! The `flumen` program: subcommands, exit status, and nothing else.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage or configuration. Whoever closes standard output ends a command quietly.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod accounts;
mod allocator;
mod apply;
mod audit;
mod backup;
mod block_keys;
mod busy;
mod check;
mod config;
mod cost;
mod data_dir;
mod exposition;
mod files;
mod http;
#[cfg(test)]
mod in_memory;
mod keys;
mod listener;
mod metrics;
mod pages;
mod policy;
mod root_key;
mod serve;
mod server;
mod tls;
mod trust;
mod usage;
mod wire;
mod workers;

use std::path::PathBuf;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

use clap::{CommandFactory as _, Parser, Subcommand};
use flumen_cli::{Misconfigured, is_broken_pipe};

/// A stream service that speaks the Amazon Kinesis Data Streams API.
#[derive(Parser)]
#[command(name = "flumen", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service until it is told to stop
    Serve {
        #[command(flatten)]
        settings: Box<config::ServerSettings>,
        /// File with settings; flags and environment variables override it [default: flumen.toml, if it exists]
        #[arg(long, env = "FLUMEN_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Verify every byte of a stopped server's data directory; without the root key, sealed data is not decrypted
    Check(check::Args),
    /// Back up a data directory as of one point in time, also while its server runs
    Backup(backup::Args),
    Init(accounts::Init),
    /// Manage accounts, while no server runs
    #[command(subcommand)]
    Account(accounts::Account),
    Apply(apply::Args),
    /// Print what AWS would bill for the measured usage, in each capacity mode
    Cost(cost::Args),
    /// Print the certificate of the server's own certificate authority as PEM, for clients to trust
    Trust {
        /// The data directory
        #[arg(long, env = "FLUMEN_DATA_DIR", value_name = "DIR", default_value = config::DATA_DIR_DEFAULT)]
        data_dir: PathBuf,
    },
    /// Read and verify the audit
    #[command(subcommand)]
    Audit(audit::Command),
    /// List keys and replace the root key in a stopped server's data directory
    #[command(subcommand)]
    Keys(keys::Command),
    /// Evaluate policies, and list the actions that they can name
    #[command(subcommand)]
    Policy(policy::Command),
    #[command(flatten)]
    ForPeople(flumen_cli::Command),
}

fn main() -> ExitCode {
    data_dir::make_for_the_owner_alone();
    let result = match Cli::parse().command {
        Command::Serve { settings, config } => serve::run(*settings, config.as_deref()),
        Command::Check(args) => check::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Init(args) => accounts::init(&args),
        Command::Account(command) => accounts::account(&command),
        Command::Apply(args) => apply::run(&args),
        Command::Cost(args) => cost::run(&args),
        Command::Trust { data_dir } => trust::run(&data_dir),
        Command::Audit(command) => audit::run(command),
        Command::Keys(command) => keys::run(&command),
        Command::Policy(command) => policy::run(&command),
        Command::ForPeople(command) => flumen_cli::run(command, Cli::command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            flumen_cli::note(format_args!("flumen: {error:#}"));
            ExitCode::from(if error.is::<Misconfigured>() { 2 } else { 1 })
        }
    }
}
