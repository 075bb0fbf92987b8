//! `flumen backup DIR DEST`: a copy of a data directory to one point, also while its server runs. Each is a directory
//! of its own in DEST and a data directory itself; it shares with the one before it, or with DIR, what does not change.
//!
//! What the point is, and how the log is copied, is `flumen_storage::Backup`'s business.

mod audit;
mod beside;
mod destination;
mod material;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use flumen_cli::text;
use flumen_storage::{BackedUp, Backup};
use jiff::Timestamp;
use serde::Serialize;

use crate::data_dir;
use crate::serve::{AUDIT_DIRECTORY, KEYS_DIRECTORY, LOG_DIRECTORY, log_directory};
use destination::Destination;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data directory of a running or stopped server
    dir: PathBuf,
    /// Where backups are stored, each in its own directory; created if it does not exist
    dest: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let log = log_directory(&args.dir)?;
    let destination = Destination::open(&args.dest, &args.dir)?;
    let (unfinished, name) = destination.begin()?;
    let made = make(&args.dir, &log, &unfinished, destination.newest()?.as_deref());
    let finished = made.and_then(|done| Ok((destination.finish(&unfinished, &name)?, done)));
    let (path, done) = finished.inspect_err(|_| {
        // A whole one is made the next time; this one only takes room.
        let _ = fs::remove_dir_all(&unfinished);
    })?;
    print(&BackupReport::new(&path, &done, begun), args.json)
}

/// Makes a whole data directory of an empty one.
fn make(dir: &Path, log: &Path, to: &Path, former: Option<&Path>) -> anyhow::Result<BackedUp> {
    let former_audit = former.map(|former| former.join(AUDIT_DIRECTORY));
    let former_keys = former.map(|former| former.join(KEYS_DIRECTORY));
    let former = former.map(|former| former.join(LOG_DIRECTORY));
    // Until it is finished a start is refused, so nothing else goes there before.
    let backup = Backup::begin(log, &to.join(LOG_DIRECTORY), former.as_deref())?;
    // The keys to what is sealed in the log: those that are there when it is copied are all that it can want.
    let done = backup.finish_with(|| {
        beside::copy(dir, to, &[LOG_DIRECTORY, AUDIT_DIRECTORY, KEYS_DIRECTORY, "lost+found"])?;
        // What keys are made of is there before the log names it.
        material::copy(&dir.join(KEYS_DIRECTORY), &to.join(KEYS_DIRECTORY), former_keys.as_deref())?;
        // What trails have delivered since their state was copied they find when they start.
        audit::copy(&dir.join(AUDIT_DIRECTORY), &to.join(AUDIT_DIRECTORY), former_audit.as_deref())
    })?;
    data_dir::keep_to_the_owner(to)?;
    beside::own_as(dir, to).with_context(|| format!("owner of {}", to.display()))?;
    Ok(done)
}

/// What there is to say about a backup.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackupReport<'a> {
    path: &'a Path,
    /// Sequence number in the journal of the last batch that it holds.
    batch: u64,
    newest_record: Option<String>,
    logs: usize,
    linked_files: u64,
    linked_bytes: u64,
    copied_files: u64,
    copied_bytes: u64,
    seconds: f64,
}

impl BackupReport<'_> {
    fn new<'a>(path: &'a Path, done: &BackedUp, begun: Instant) -> BackupReport<'a> {
        let time = |ms: u64| Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok();
        BackupReport {
            path,
            batch: done.sequence,
            newest_record: done.time_ms.and_then(time).map(|time| format!("{time:.3}")),
            logs: done.logs,
            linked_files: done.linked_files,
            linked_bytes: done.linked_bytes,
            copied_files: done.copied_files,
            copied_bytes: done.copied_bytes,
            seconds: (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        }
    }
}

fn print(told: &BackupReport<'_>, as_json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        return Ok(writeln!(out, "{}", serde_json::to_string(told)?)?);
    }
    let files = |files: u64, bytes: u64| {
        format!("{} ({})", text::count(files as usize, "file"), text::bytes(bytes as f64))
    };
    let newest = match &told.newest_record {
        Some(time) => format!("whose newest record is of {time}"),
        None => "without records".to_owned(),
    };
    writeln!(out, "{}: everything up to batch {} of the journal, {newest}", told.path.display(), told.batch)?;
    let linked = files(told.linked_files, told.linked_bytes);
    let copied = files(told.copied_files, told.copied_bytes);
    Ok(writeln!(out, "{linked} linked, {copied} copied, in {:.1} s", told.seconds)?)
}
