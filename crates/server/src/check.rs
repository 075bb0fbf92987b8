//! `flumen check DIR`: every byte of a data directory, read and verified; nothing is changed.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context;
use flumen_cli::text;
use flumen_seal::DATA_KEYS;
use flumen_storage::{Damage, Report};

use crate::serve::log_directory;

pub fn run(dir: &Path) -> anyhow::Result<()> {
    let report = flumen_storage::check(&log_directory(dir)?)?;
    let printed = print(&report);
    let keys = print_keys(dir);
    let damaged = report.damage.len() + usize::from(!keys?);
    anyhow::ensure!(damaged == 0, "{} is damaged in {}", dir.display(), text::count(damaged, "place"));
    Ok(printed?)
}

/// As far as that goes without the root key: what is sealed is a part of records, whose bytes are verified. Whether the
/// data keys are there and as they were written.
fn print_keys(dir: &Path) -> anyhow::Result<bool> {
    let path = dir.join(DATA_KEYS);
    let keys = flumen_seal::check_data_keys(dir).with_context(|| path.display().to_string())?;
    let mut out = io::stdout().lock();
    let is_whole = match keys {
        Some(Ok(keys)) => {
            writeln!(out, "{}, wrapped by a root key that was not asked for", text::count(keys, "data key"))?;
            true
        }
        Some(Err(damaged)) => {
            writeln!(out, "DAMAGED: {} {damaged}", path.display())?;
            false
        }
        None if flumen_storage::is_sealed(&log_directory(dir)?)? => {
            writeln!(out, "DAMAGED: {} with the keys to what is sealed is missing", path.display())?;
            false
        }
        None => true,
    };
    Ok(is_whole)
}

fn print(report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Report { format, logs, journal_files, segment_files, records, bytes, .. } = report;
    let records = text::count(*records as usize, "record");
    writeln!(out, "format {format}: {records} in {}, {bytes} bytes", text::count(*logs, "log"))?;
    let segments = text::count(*segment_files, "segment file");
    writeln!(out, "{segments}, {}", text::count(*journal_files, "journal file"))?;
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
