//! `flumen check DIR`: every byte of a data directory, read and verified; nothing is changed.

use std::path::Path;

use flumen_storage::{Damage, Report};

use crate::serve::log_directory;

pub fn run(dir: &Path) -> anyhow::Result<()> {
    let report = flumen_storage::check(&log_directory(dir)?)?;
    print(&report);
    let damaged = report.damage.len();
    anyhow::ensure!(damaged == 0, "{} is damaged in {damaged} places", dir.display());
    Ok(())
}

fn print(report: &Report) {
    let Report { format, logs, journal_files, segment_files, records, bytes, .. } = report;
    println!("format {format}: {records} records in {logs} logs, {bytes} bytes");
    println!("{segment_files} segment files, {journal_files} journal files");
    match report.ends_cleanly {
        true => println!("stopped in order"),
        false => println!("not stopped in order: the next start recovers what was acknowledged"),
    }
    for unfinished in &report.unfinished {
        println!("unfinished: {unfinished}");
    }
    for stranger in &report.strangers {
        println!("not ours: {}", stranger.display());
    }
    for Damage { file, offset, what, log, positions } in &report.damage {
        print!("DAMAGED: {} at byte {offset}: {what}", file.display());
        if let Some(log) = log {
            print!(", log {log}");
        }
        match positions {
            Some(range) => println!(", positions {} to {}", range.start, range.end),
            None => println!(),
        }
    }
}
