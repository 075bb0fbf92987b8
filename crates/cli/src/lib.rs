//! The commands for people: they speak the public API only, so they work against AWS as well. Running the service, and
//! what is done to its data directory, is the binary's.
//!
//! Results go to standard output, everything else to standard error ([`note`]). Neither ends a command with a panic where its
//! reader has gone.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod audit;
mod bench;
mod describe;
mod encryption;
mod failure;
mod help;
mod note;
mod put;
mod rekey;
mod sample;
mod split_hot;
mod streams;
mod tail;
pub mod text;
pub mod when;

use std::future::Future;

use anyhow::Context;
use clap::Subcommand;
use flumen_client::{Client, ClientSettings, Environment, Error, Method, page};
use tokio::signal::unix::{Signal, SignalKind, signal};

pub use audit::{AuditCommand, Replay, explain_event, replay};
pub use failure::{Misconfigured, is_broken_pipe};
pub use note::note;
pub use streams::stream_names;

/// A command with its arguments.
#[derive(Subcommand)]
pub enum Command {
    Streams(streams::Args),
    Describe(describe::Args),
    Put(put::Args),
    Tail(tail::Args),
    SplitHot(split_hot::Args),
    Rekey(rekey::Args),
    Bench(bench::Args),
    Completions(help::Completions),
    Man(help::Man),
}

/// Carries out a command. `program` is the definition of the whole program, which completions and manual pages are made of.
/// An error is [`Misconfigured`] where the user has to change something before another attempt.
pub fn run(command: Command, program: fn() -> clap::Command) -> anyhow::Result<()> {
    told(match command {
        Command::Streams(args) => block_on(streams::run(args)),
        Command::Describe(args) => block_on(describe::run(args)),
        Command::Put(args) => block_on(put::run(args)),
        Command::Tail(args) => block_on(tail::run(args)),
        Command::SplitHot(args) => block_on(split_hot::run(args)),
        Command::Rekey(args) => block_on(rekey::run(args)),
        Command::Bench(args) => block_on(bench::run(args)),
        Command::Completions(args) => help::completions(&args, program()),
        Command::Man(args) => help::man(&args, program()),
    })
}

/// The same of `flumen audit`.
pub fn run_audit(command: AuditCommand) -> anyhow::Result<()> {
    told(block_on(audit::run(command)))
}

fn told(result: anyhow::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if matches!(of_call(&error), Some(Error::Settings(_))) => {
            Err(anyhow::Error::new(Misconfigured(error)))
        }
        result => result,
    }
}

/// How a call to the service failed, if one did.
fn of_call(error: &anyhow::Error) -> Option<&Error> {
    let of_consumer = || error.downcast_ref().and_then(flumen_consumer::Error::of_call);
    error.downcast_ref().or_else(of_consumer)
}

fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("threads")?;
    let result = runtime.block_on(command);
    // A thread may still sit in a read of standard input.
    runtime.shutdown_background();
    result
}

/// Listens for Ctrl-C from now on: one that comes between two looks is not lost.
fn interrupt() -> anyhow::Result<Signal> {
    signal(SignalKind::interrupt()).context("signal")
}

/// As which pages of operators are signed for.
const OPERATORS: &str = "flumen";

/// Whom to speak to. Without either, AWS's variables and files say, and then a server on this machine.
#[derive(Clone, Debug, clap::Args)]
pub struct Target {
    /// URL of the service, such as https://kinesis.eu-west-1.amazonaws.com [default: FLUMEN_ENDPOINT,
    /// AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, http://127.0.0.1:4567]
    #[arg(long, global = true, value_name = "URL")]
    endpoint: Option<String>,
    /// Region to sign for [default: that of the endpoint, AWS_REGION, AWS_DEFAULT_REGION, ~/.aws/config, us-east-1]
    #[arg(long, global = true, value_name = "NAME")]
    region: Option<String>,
}

impl Target {
    fn client(&self, settings: ClientSettings) -> Result<Client, Error> {
        let environment = Environment::of_process();
        Client::new(&environment, self.endpoint.as_deref(), self.region.as_deref(), settings)
    }

    /// For another service, which is elsewhere.
    fn client_at(
        &self,
        service: &'static str,
        endpoint: &str,
        region: &str,
        settings: ClientSettings,
    ) -> Result<Client, Error> {
        Client::signing_for(service, &Environment::of_process(), Some(endpoint), Some(region), settings)
    }

    /// For another service than Kinesis, by the name that it is signed for.
    fn client_of(&self, service: &'static str, settings: ClientSettings) -> Result<Client, Error> {
        let environment = Environment::of_process();
        let (endpoint, region) = (self.endpoint.as_deref(), self.region.as_deref());
        Client::signing_for(service, &environment, endpoint, region, settings)
    }

    /// What a page of Flumen's operator answers.
    async fn page(&self, path: &str) -> anyhow::Result<String> {
        self.page_by(Method::GET, path).await
    }

    /// The same by another method.
    async fn page_by(&self, method: Method, path: &str) -> anyhow::Result<String> {
        let (environment, endpoint) = (Environment::of_process(), self.endpoint.as_deref());
        let (status, body) = page(&environment, endpoint, OPERATORS, method, path).await?;
        let text = String::from_utf8_lossy(&body);
        anyhow::ensure!(status.is_success(), "{status}: {}", text.trim());
        Ok(text.into_owned())
    }
}
