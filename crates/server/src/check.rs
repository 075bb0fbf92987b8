//! `flumen check DIR`: every byte of a data directory, read and verified; nothing is changed.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flumen_audit::{Damaged, check_objects};
use flumen_cli::text;
use flumen_keys::check_materials;
use flumen_seal::DATA_KEYS;
use flumen_storage::{Damage, Report};

use crate::serve::{AUDIT_DIRECTORY, KEYS_DIRECTORY, log_directory};

pub fn run(dir: &Path) -> anyhow::Result<()> {
    let report = flumen_storage::check(&log_directory(dir)?, None)?;
    let (keys, audit) = (keys_of(dir)?, check_objects(&dir.join(AUDIT_DIRECTORY))?);
    let materials = check_materials(&dir.join(KEYS_DIRECTORY))?;
    let printed = print(&report, &keys, &audit, &materials);
    let damaged = report.damage.len()
        + usize::from(matches!(keys, Keys::Damaged(_)))
        + audit.1.len()
        + materials.1.len();
    anyhow::ensure!(damaged == 0, "{} is damaged in {}", dir.display(), text::count(damaged, "place"));
    Ok(printed?)
}

/// The keys to what is sealed. That is a part of records, whose bytes are verified; the root key is not asked for.
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
    audit: &Checked<Damaged>,
    materials: &Checked<flumen_keys::Damaged>,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Report { format, logs, journal_files, segment_files, records, bytes, .. } = report;
    let records = text::count(*records as usize, "record");
    writeln!(out, "format {format}: {records} in {}, {bytes} bytes", text::count(*logs, "log"))?;
    let segments = text::count(*segment_files, "segment file");
    writeln!(out, "{segments}, {}", text::count(*journal_files, "journal file"))?;
    if let Keys::Whole(keys) = keys {
        writeln!(out, "{}, wrapped by a root key that was not asked for", text::count(*keys, "data key"))?;
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
