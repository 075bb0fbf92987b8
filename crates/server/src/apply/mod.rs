//! `flumen apply` and `serve --bootstrap`: makes streams and identities what a file says, through the operations that
//! everybody calls, so that whatever these check is checked. Over the network they are called as the commands for people
//! call; at a data directory, and at a start, from inside.
//!
//! What is so already is left alone, so a second run changes nothing. Things go only with `--prune`.

mod file;
mod identities;
mod keys;
mod prune;
mod streams;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use flumen_access::Identities;
use flumen_access::identity::AccountError;
use flumen_api::Api;
use flumen_cli::Misconfigured;
use flumen_client::{Client, ClientSettings, Environment, Error, IAM, STS};
use flumen_types::Realm;

use crate::accounts::{At, named};
use crate::root_key::RootKey;
use crate::serve::offline;

pub use file::File;
use file::Limits;

/// As what calls from inside are known.
const SERVICE: &str = "apply.flumen";
/// Identities have none; this one is signed for.
const IAM_REGION: &str = "us-east-1";

/// Create and update streams, consumers, users, groups, roles and policies as a file describes them
///
/// Prints a line for each change. docs/security.md describes the file.
#[derive(clap::Args)]
pub struct Args {
    /// TOML
    file: PathBuf,
    /// A running server [default: FLUMEN_ENDPOINT, AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, http://127.0.0.1:4567]
    #[arg(long, value_name = "URL", conflicts_with = "data_dir")]
    endpoint: Option<String>,
    /// The data directory of a stopped server; the file's accounts are created too
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    root_key: RootKey,
    /// Delete what the file does not name, in its accounts and of the kinds that it describes
    #[arg(long)]
    prune: bool,
}

/// What was changed, and what may be.
pub struct Changes {
    count: usize,
    prune: bool,
    /// Tells of a change.
    say: fn(&str),
    /// Tells of what is not changed, and why.
    note: fn(&str),
}

/// An account in which a file is applied.
struct Account<'a> {
    file: &'a File,
    id: &'a str,
    /// The one that is meant where the file names none.
    only: &'a str,
    iam: Client,
    /// By region.
    streams: &'a dyn Fn(&str) -> Result<Client, Error>,
    /// Where the identities themselves are at hand.
    identities: Option<&'a Identities>,
    /// The ARN of whoever calls, who does not delete themselves.
    caller: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let file = File::read(&args.file).map_err(misconfigured)?;
    let mut changes = Changes {
        count: 0,
        prune: args.prune,
        say: print,
        note: |line| flumen_cli::note(format_args!("{line}")),
    };
    match &args.data_dir {
        Some(dir) => {
            let at = At::new(dir.clone(), args.root_key.clone());
            at.with(async |opened| {
                make_accounts(&file, &opened.identities, &mut changes).await?;
                let identities = opened.identities.clone();
                let offline = offline(opened).await?;
                let applied = within(&file, &offline.api, &identities, &mut changes).await;
                offline.close().await;
                applied
            })?;
        }
        None => {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().enable_all().build().context("threads")?;
            runtime.block_on(over_the_network(&file, args.endpoint.as_deref(), &mut changes))?;
        }
    }
    if changes.count == 0 {
        print("nothing to change");
    }
    Ok(())
}

/// What is begun is carried out, also where nobody reads of it any more.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// What a start does once requests could be answered.
pub async fn bootstrap(file: &File, api: &Arc<Api>, identities: &Identities) -> anyhow::Result<()> {
    within(file, api, identities, &mut Changes::of_a_start()).await.map_err(misconfigured)
}

/// What a start does before it is known whether signatures are verified.
pub async fn bootstrap_accounts(file: &File, identities: &Identities) -> anyhow::Result<()> {
    make_accounts(file, identities, &mut Changes::of_a_start()).await.map_err(misconfigured)
}

async fn make_accounts(file: &File, identities: &Identities, changes: &mut Changes) -> anyhow::Result<()> {
    let place = || file.path.display().to_string();
    for account in file.accounts.iter().filter(|account| !identities.has_account(&account.id)) {
        let id = &account.id;
        let out = account.root_credentials.as_deref().with_context(|| {
            format!(
                "account {id} does not exist: to create it, set root-credentials = \"FILE\", the file for its key"
            )
        });
        let key = out.and_then(|out| keys::of_root(out, id));
        let key = key.with_context(place).map_err(misconfigured)?;
        identities.create_account(id, &key).await.map_err(named).with_context(place)?;
        changes.made(&format!("created account {id}"));
    }
    for account in &file.accounts {
        let Some(Limits(given)) = &account.limits else { continue };
        if identities.set_limits(&account.id, given).await.with_context(place)? {
            changes.made(&format!("changed account {}: limits", account.id));
        }
    }
    make_endpoints(file, identities, changes).await.map_err(named).with_context(place)?;
    ensure!(
        identities.is_initialised() || !file.describes_identities(),
        Misconfigured(anyhow::anyhow!(
            "{}: users, groups, roles and policies need an account; name it: [[accounts]]",
            place()
        ))
    );
    Ok(())
}

async fn make_endpoints(
    file: &File,
    identities: &Identities,
    changes: &mut Changes,
) -> Result<(), AccountError> {
    let Some(endpoints) = &file.endpoints else { return Ok(()) };
    let before: BTreeSet<String> = identities.endpoints().into_iter().map(|endpoint| endpoint.id).collect();
    for (id, endpoint) in endpoints {
        if identities.set_endpoint(id, endpoint).await? {
            let what = if before.contains(id) { "changed" } else { "created" };
            changes.made(&format!("{what} endpoint {id}"));
        }
    }
    let prune = changes.prune;
    for id in before.iter().filter(|id| prune && !endpoints.contains_key(*id)) {
        identities.remove_endpoint(id).await?;
        changes.made(&format!("deleted endpoint {id}"));
    }
    Ok(())
}

/// The file's accounts, from inside.
async fn within(
    file: &File,
    api: &Arc<Api>,
    identities: &Identities,
    changes: &mut Changes,
) -> anyhow::Result<()> {
    let only = identities.operator().unwrap_or_else(|| crate::accounts::ACCOUNT_DEFAULT.to_owned());
    for id in file.accounts(&only) {
        let is_there = identities.has_account(id) || !identities.is_initialised();
        ensure!(
            is_there,
            Misconfigured(anyhow::anyhow!(
                "{}: there is no account {id}; name it: [[accounts]]",
                file.path.display()
            ))
        );
        let client = |region: &str| {
            let realm = Realm { account: id.to_owned(), region: region.to_owned() };
            Ok(api.client(SERVICE, &realm, settings()))
        };
        let (identities, caller) = (Some(identities), None);
        let iam = client(IAM_REGION)?;
        let account = Account { file, id, only: &only, iam, streams: &client, identities, caller };
        account.apply(changes).await?;
    }
    Ok(())
}

/// The account that the credentials are of.
async fn over_the_network(file: &File, endpoint: Option<&str>, changes: &mut Changes) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let signing_for = |service, region: &str| {
        let client = Client::signing_for(service, &environment, endpoint, Some(region), settings());
        client.map_err(|error| match error {
            Error::Settings(_) => misconfigured(error.into()),
            error => error.into(),
        })
    };
    let who = signing_for(STS.name, IAM_REGION)?.query(STS, "GetCallerIdentity", &[]).await;
    let who = who.context("GetCallerIdentity")?;
    let id = who.text("Account").context("the answer to GetCallerIdentity names no account")?;
    let accounts = file.accounts(id);
    if !accounts.contains(id) {
        let accounts = accounts.into_iter().collect::<Vec<_>>().join(", ");
        let text =
            format!("{} is about account {accounts}, and the credentials are of {id}", file.path.display());
        return Err(misconfigured(anyhow::anyhow!(text)));
    }
    for other in accounts.into_iter().filter(|other| *other != id) {
        (changes.note)(&format!("account {other} is skipped: the credentials belong to {id}"));
    }
    if file.endpoints.is_some() || file.accounts.iter().any(|account| account.limits.is_some()) {
        (changes.note)(
            "limits and endpoints are left out: they are set with --data-dir and by serve --bootstrap",
        );
    }
    let streams = |region: &str| Client::new(&environment, endpoint, Some(region), settings());
    let iam = signing_for(IAM.name, IAM_REGION)?;
    let caller = who.text("Arn").map(str::to_owned);
    let account = Account { file, id, only: id, iam, streams: &streams, identities: None, caller };
    account.apply(changes).await
}

/// Rates of the control plane are waited for.
fn settings() -> ClientSettings {
    ClientSettings { attempts: 10, ..ClientSettings::default() }
}

pub fn misconfigured(error: anyhow::Error) -> anyhow::Error {
    match error.is::<Misconfigured>() {
        true => error,
        false => anyhow::Error::new(Misconfigured(error)),
    }
}

impl Changes {
    fn of_a_start() -> Self {
        Changes {
            count: 0,
            prune: false,
            say: |line| tracing::info!("bootstrap: {line}"),
            note: |line| tracing::warn!("bootstrap: {line}"),
        }
    }

    fn made(&mut self, line: &str) {
        self.count += 1;
        (self.say)(line);
    }

    /// One line for what was done to one thing, also where it ended half-way.
    fn done(&mut self, what: &str, is_new: bool, steps: &[String]) {
        match (is_new, steps) {
            (true, _) => self.made(&format!("created {what}")),
            (false, []) => {}
            (false, steps) => self.made(&format!("changed {what}: {}", steps.join(", "))),
        }
    }
}

impl Account<'_> {
    async fn apply(&self, changes: &mut Changes) -> anyhow::Result<()> {
        let applied = async {
            self.apply_identities(changes).await?;
            self.apply_streams(changes).await?;
            if changes.prune {
                self.prune(changes).await?;
            }
            Ok(())
        };
        applied.await.map_err(|error: anyhow::Error| {
            let place = self.file.path.display().to_string();
            match error.is::<Misconfigured>() {
                true => misconfigured(error.context(place)),
                false => error.context(place),
            }
        })
    }

    fn has(&self, owner: &Option<String>) -> bool {
        owner.as_deref().unwrap_or(self.only) == self.id
    }
}

/// Why something cannot be so unless the user does something about it.
fn refuse<T>(why: String) -> anyhow::Result<T> {
    bail!(Misconfigured(anyhow::anyhow!(why)))
}
