//! `flumen check DIR`: every byte of a data directory, read and verified; nothing is changed. With the root key all that is sealed in
//! the log is opened, too.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flumen_audit::{Damaged, check_objects};
use flumen_cli::{Misconfigured, text};
use flumen_keys::check_materials;
use flumen_seal::{DATA_KEYS, ROOT_KEY, Seal, WRAPPED_ROOT_KEY, check_wrapped_root_key};
use flumen_storage::{BlockKeys, Damage, Report};

use crate::block_keys::AllBlockKeys;
use crate::root_key::RootKey;
use crate::serve::{AUDIT_DIRECTORY, KEYS_DIRECTORY, log_directory};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data directory
    dir: PathBuf,
    #[command(flatten)]
    root_key: RootKey,
}

pub fn run(Args { dir, root_key }: &Args) -> anyhow::Result<()> {
    let log = log_directory(dir)?;
    let block_keys = block_keys(dir, root_key)?;
    let block_keys = block_keys.as_ref().map(|keys| keys as &dyn BlockKeys);
    let report = flumen_storage::check(&log, block_keys)?;
    let (keys, audit) = (keys_of(dir)?, check_objects(&dir.join(AUDIT_DIRECTORY))?);
    let materials = check_materials(&dir.join(KEYS_DIRECTORY))?;
    let printed = print(&report, &keys, block_keys.is_some(), &audit, &materials);
    let damaged = report.damage.len()
        + usize::from(matches!(keys, Keys::Damaged(_)))
        + audit.1.len()
        + materials.1.len();
    anyhow::ensure!(damaged == 0, "{} is damaged in {}", dir.display(), text::count(damaged, "place"));
    Ok(printed?)
}

/// `None` where there is no root key in the directory, and none was named.
fn block_keys(dir: &Path, root_key: &RootKey) -> anyhow::Result<Option<AllBlockKeys>> {
    let source = root_key.source()?;
    let is_there = matches!(flumen_seal::check_data_keys(dir), Ok(Some(Ok(_))));
    if !is_there || (!root_key.is_named() && !dir.join(ROOT_KEY).exists()) {
        return Ok(None);
    }
    match Seal::of_directory(dir, &source, true) {
        Ok(seal) => Ok(Some(AllBlockKeys::of_directory(dir, &seal)?)),
        Err(error) if error.is_misconfigured() => Err(Misconfigured(error.into()).into()),
        Err(error) => Err(error.into()),
    }
}

/// The file of keys to what is sealed.
enum Keys {
    /// Nothing is sealed yet.
    None,
    Whole(usize),
    /// What is wrong.
    Damaged(String),
}

fn keys_of(dir: &Path) -> anyhow::Result<Keys> {
    let path = dir.join(DATA_KEYS);
    let named = || path.display().to_string();
    let wrapped = dir.join(WRAPPED_ROOT_KEY);
    let checked = check_wrapped_root_key(dir).with_context(|| wrapped.display().to_string())?;
    if let Some(Err(damaged)) = checked {
        return Ok(Keys::Damaged(format!("{} {damaged}", wrapped.display())));
    }
    Ok(match flumen_seal::check_data_keys(dir).with_context(named)? {
        Some(Ok(keys)) => Keys::Whole(keys),
        Some(Err(damaged)) => Keys::Damaged(format!("{} {damaged}", path.display())),
        None if flumen_storage::is_sealed(&log_directory(dir)?)? => {
            Keys::Damaged(format!("{} with the keys to what is sealed is missing", path.display()))
        }
        None => Keys::None,
    })
}

/// How many files there are, and which of them are damaged.
type Checked<D> = (u64, Vec<(PathBuf, D)>);

fn print(
    report: &Report,
    keys: &Keys,
    has_root_key: bool,
    audit: &Checked<Damaged>,
    materials: &Checked<flumen_keys::Damaged>,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Report { format, logs, journal_files, segment_files, records, bytes, unopened_bytes, .. } = report;
    let records = text::count(*records as usize, "record");
    writeln!(out, "format {format}: {records} in {}, {bytes} bytes", text::count(*logs, "log"))?;
    let segments = text::count(*segment_files, "segment file");
    writeln!(out, "{segments}, {}", text::count(*journal_files, "journal file"))?;
    if let Keys::Whole(keys) = keys {
        let wrapped =
            if has_root_key { "opened by the root key" } else { "wrapped by a root key that is not there" };
        writeln!(out, "{}, {wrapped}", text::count(*keys, "data key"))?;
        if *unopened_bytes > 0 {
            writeln!(
                out,
                "{unopened_bytes} bytes of records are sealed, and were verified without being opened"
            )?;
        }
    }
    let (files, damaged_files) = audit;
    if *files > 0 {
        let files = text::count(*files as usize, "file");
        writeln!(out, "{files} of the audit, whose chain `flumen audit verify` verifies")?;
    }
    let (pieces, damaged_materials) = materials;
    if *pieces > 0 {
        writeln!(out, "{} of key material", text::count(*pieces as usize, "piece"))?;
    }
    match report.ends_cleanly {
        true => writeln!(out, "stopped in order")?,
        false => writeln!(out, "not stopped in order: the next start recovers what was acknowledged")?,
    }
    for unfinished in &report.unfinished {
        writeln!(out, "unfinished: {unfinished}")?;
    }
    for stranger in &report.strangers {
        writeln!(out, "not ours: {}", stranger.display())?;
    }
    if let Keys::Damaged(what) = keys {
        writeln!(out, "DAMAGED: {what}")?;
    }
    for (file, damaged) in damaged_files {
        writeln!(out, "DAMAGED: {} {damaged}", file.display())?;
    }
    for (file, damaged) in damaged_materials {
        writeln!(out, "DAMAGED: {} {damaged}", file.display())?;
    }
    for Damage { file, offset, what, log, positions } in &report.damage {
        write!(out, "DAMAGED: {} at byte {offset}: {what}", file.display())?;
        if let Some(log) = log {
            write!(out, ", log {log}")?;
        }
        match positions {
            Some(range) => writeln!(out, ", positions {} to {}", range.start, range.end)?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}
