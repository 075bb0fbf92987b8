//! `flumen keys`: what keys a data directory has, and another root key for it, while no server runs there.

use std::io::Write as _;

use flumen_cli::{Misconfigured, text};
use flumen_keys::{Counts, Keys};
use flumen_seal::{Described, RotateError, describe_data_keys};
use flumen_types::Clock;
use serde::Serialize;

use crate::accounts::{At, OpenDirectory};
use crate::serve::log_directory;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Print the root key and its source, the number of data keys, and the number of KMS keys by state
    Status {
        #[command(flatten)]
        at: At,
        /// Print one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Replace the root key; sealed data is not rewritten
    RotateRoot {
        #[command(flatten)]
        at: At,
        /// Source of the new root key: FILE, env:NAME, command:PROGRAM ARGUMENT ... or kms:ARN, whose service
        /// creates it [default: a new key where the present one was created, in the data directory or by the
        /// service]
        #[arg(long, value_name = "SOURCE")]
        new_root_key: Option<String>,
    },
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Status { at, json } => status(at, *json),
        Command::RotateRoot { at, new_root_key } => rotate_root(at, new_root_key.as_deref()),
    }
}

/// What there is to say.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Ids: two while one takes the place of another.
    root_keys: Vec<String>,
    root_key_source: String,
    data_keys: usize,
    keys: CountsOfKeys,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountsOfKeys {
    enabled: usize,
    disabled: usize,
    pending_deletion: usize,
    being_destroyed: usize,
    materials: usize,
}

fn status(at: &At, as_json: bool) -> anyhow::Result<()> {
    let (dir, source) = at.named()?;
    // Opening it would make it.
    log_directory(dir)?;
    let counts = at.with(async |opened| {
        let keys = keys_of(opened).await?;
        let counts = keys.counts();
        keys.close().await;
        Ok(counts)
    })?;
    let Described { data_keys, roots } = match describe_data_keys(dir)? {
        Some(described) => described?,
        None => anyhow::bail!("{} has no data keys, so nothing in it is sealed", dir.display()),
    };
    let Counts { enabled, disabled, pending_deletion, gone, materials } = counts;
    let keys = CountsOfKeys { enabled, disabled, pending_deletion, being_destroyed: gone, materials };
    let status = Status { root_keys: roots, root_key_source: source.to_string(), data_keys, keys };
    let mut out = std::io::stdout().lock();
    if as_json {
        return Ok(writeln!(out, "{}", serde_json::to_string(&status)?)?);
    }
    let Status { root_keys, root_key_source, data_keys, keys } = status;
    writeln!(out, "root key {} from {root_key_source}", root_keys.join(" and "))?;
    if root_keys.len() > 1 {
        writeln!(
            out,
            "one root key is taking the place of the other: `flumen keys rotate-root` brings that to its end"
        )?;
    }
    writeln!(out, "{}", text::count(data_keys, "data key"))?;
    let CountsOfKeys { enabled, disabled, pending_deletion, being_destroyed, materials } = keys;
    let all = text::count(enabled + disabled + pending_deletion + being_destroyed, "key");
    let pieces = text::count(materials, "piece");
    writeln!(
        out,
        "{all} with {pieces} of material: {enabled} enabled, {disabled} disabled, {pending_deletion} pending deletion, \
         {being_destroyed} being destroyed"
    )?;
    Ok(())
}

fn rotate_root(at: &At, new: Option<&str>) -> anyhow::Result<()> {
    let misconfigured = |error: anyhow::Error| anyhow::Error::new(Misconfigured(error));
    let (dir, from) = at.named()?;
    log_directory(dir)?;
    let to = match (new, &from) {
        (Some(new), _) => at.root_key.read(new)?,
        (None, from) if from.is_made_there() => from.clone(),
        (None, _) => {
            let text =
                "the root key lies elsewhere, so --new-root-key has to say where the new one comes from";
            return Err(misconfigured(anyhow::anyhow!(text)));
        }
    };
    let rotated = at.with(async |opened| {
        let (dir, seal, from, to) = (dir.to_owned(), opened.seal.clone(), from.clone(), to.clone());
        let rotated = tokio::task::spawn_blocking(move || seal.rotate_root(&dir, &from, &to)).await?;
        let rotated = rotated.map_err(|error| match error {
            RotateError::RootKey(ref wrong) if !wrong.is_misconfigured() => error.into(),
            RotateError::RootKey(_) | RotateError::NoRootKey(_) | RotateError::Same { .. } => {
                misconfigured(error.into())
            }
            other => other.into(),
        })?;
        let about = serde_json::json!({ "from": rotated.from, "to": rotated.to });
        opened.audit.tell_service("RootKeyRotated", &about.to_string());
        Ok(rotated)
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "root key {} is in the place of root key {}", rotated.to, rotated.from)?;
    if let Some(new) = new {
        writeln!(out, "start the server with --root-key {new} from now on")?;
    }
    Ok(())
}

async fn keys_of(opened: &OpenDirectory) -> anyhow::Result<Keys> {
    let (storage, clock) = (opened.storage.clone(), Clock::system());
    Ok(Keys::open(storage, clock, opened.materials.clone(), &opened.carried).await?)
}
