//! `flumen check DIR`: every byte of a data directory, read and verified; nothing is changed.

use std::path::Path;

use flumen_storage::{Damage, Report};

use crate::cli::text;
use crate::serve::log_directory;

pub fn run(dir: &Path) -> anyhow::Result<()> {
    let report = flumen_storage::check(&log_directory(dir)?)?;
    print(&report);
    let damaged = report.damage.len();
    anyhow::ensure!(damaged == 0, "{} is damaged in {}", dir.display(), text::count(damaged, "place"));
    Ok(())
}

fn print(report: &Report) {
    let Report { format, logs, journal_files, segment_files, records, bytes, .. } = report;
    let records = text::count(*records as usize, "record");
    println!("format {format}: {records} in {}, {bytes} bytes", text::count(*logs, "log"));
    let segments = text::count(*segment_files, "segment file");
    println!("{segments}, {}", text::count(*journal_files, "journal file"));
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
