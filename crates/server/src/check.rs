//! `flumen check DIR`: every byte of a data directory, read and verified; nothing is changed.

use std::io::{self, Write as _};
use std::path::Path;

use flumen_cli::text;
use flumen_storage::{Damage, Report};

use crate::serve::log_directory;

pub fn run(dir: &Path) -> anyhow::Result<()> {
    let report = flumen_storage::check(&log_directory(dir)?)?;
    let printed = print(&report);
    let damaged = report.damage.len();
    anyhow::ensure!(damaged == 0, "{} is damaged in {}", dir.display(), text::count(damaged, "place"));
    Ok(printed?)
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
