//! The disk that everything durable waits for: one sync of 64 KiB into a file written full beforehand and
//! into a growing one, what a thousand small ones a second take, and the rate at which large synced writes go through.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::meter::{histogram, note, percentiles, rounded};

const BLOCK: usize = 64 << 10;
const SYNCS: usize = 500;
const CHUNK: usize = 8 << 20;
const SEQUENTIAL_BYTES: usize = 512 << 20;
const RECORD: usize = 4 << 10;
const RECORDS: u32 = 3000;
const RECORDS_EVERY: Duration = Duration::from_millis(1);

pub fn measure(directory: &Path) -> std::io::Result<Value> {
    let path = directory.join("disk-measurement");
    let measured = measure_into(&path);
    let removed = std::fs::remove_file(&path);
    let line = measured?;
    removed?;
    Ok(line)
}

fn measure_into(path: &Path) -> std::io::Result<Value> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    let chunk = vec![0x5a; CHUNK];
    let start = Instant::now();
    for _ in 0..SEQUENTIAL_BYTES / CHUNK {
        file.write_all(&chunk)?;
        file.sync_data()?;
    }
    let rate = SEQUENTIAL_BYTES as f64 / start.elapsed().as_secs_f64() / 1e6;
    file.seek(SeekFrom::Start(0))?;
    let prewritten = syncs(&mut file)?;
    let paced = paced_syncs(&mut file)?;
    file.set_len(0)?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let growing = syncs(&mut file)?;
    Ok(json!({
        "sync_prewritten_ms": percentiles(&prewritten),
        "sync_paced_ms": percentiles(&paced),
        "sync_growing_ms": percentiles(&growing),
        "sequential_synced_megabytes_per_second": rounded(rate),
    }))
}

fn syncs(file: &mut File) -> std::io::Result<Histogram<u64>> {
    let block = vec![0xa5; BLOCK];
    let mut times = histogram();
    for _ in 0..SYNCS {
        let start = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        note(&mut times, start.elapsed());
    }
    Ok(times)
}

/// What the open loop has to wait for whatever the server: a record every millisecond, each from when it was due. Those
/// that became due during a sync share the next one.
fn paced_syncs(file: &mut File) -> std::io::Result<Histogram<u64>> {
    let record = vec![0xa5; RECORD];
    let mut times = histogram();
    let start = Instant::now();
    let due = |number: u32| start + number * RECORDS_EVERY;
    let mut synced = 0;
    while synced < RECORDS {
        if let Some(early) = due(synced).checked_duration_since(Instant::now()) {
            std::thread::sleep(early);
        }
        let from = synced;
        while synced < RECORDS && due(synced) <= Instant::now() {
            file.write_all(&record)?;
            synced += 1;
        }
        file.sync_data()?;
        (from..synced).for_each(|number| note(&mut times, due(number).elapsed()));
    }
    Ok(times)
}
