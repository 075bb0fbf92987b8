//! How fast the log is on this disk, beside what the disk gives to one file written and synced in order.
//!
//! `-` for a disk in memory, which shows what the code costs alone.
//!
//!     load DIR [BYTES_PER_RECORD] [RECORDS_PER_CALL] [CALLERS] [LOGS] [SECONDS]

use std::path::Path;
use std::time::{Duration, Instant};

use flumen_storage::{Append, AppendError, BatchBuilder, LogId, Storage, StorageSettings};

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let dir = args.next().expect("a directory");
    let mut number = |default: u64| args.next().map_or(default, |text| text.parse().expect("a number"));
    let (bytes, records, callers) = (number(1024), number(1), number(64));
    let (logs, seconds) = (number(16), number(5));

    let storage = match &*dir {
        "-" => Storage::ephemeral(StorageSettings::default()),
        dir => Storage::open(Path::new(dir), StorageSettings::default()),
    };
    let storage = storage.expect("the directory opens");
    let ids: Vec<LogId> = (0..logs as u32).map(|index| LogId { group: 1, index }).collect();
    storage.create(&ids).expect("logs are made");
    let (cpu, status, begun) = (cpu_seconds(), storage.status(), Instant::now());
    let until = begun + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let storage = storage.clone();
            let log = storage.log(ids[caller as usize % ids.len()]).expect("it was made");
            tokio::spawn(async move {
                let (mut calls, mut slowest, value) = (0u64, Duration::ZERO, vec![7; bytes as usize]);
                while Instant::now() < until {
                    let mut batch = BatchBuilder::with_capacity((bytes as usize + 16) * records as usize);
                    (0..records).for_each(|_| batch.push(0, b"some key", &value));
                    let append = Append { log: log.clone(), time_ms: calls, batch: batch.finish() };
                    let asked = Instant::now();
                    match storage.append(vec![append]).await.remove(0) {
                        Ok(_) => calls += 1,
                        Err(AppendError::Overloaded { .. }) => tokio::task::yield_now().await,
                        Err(error) => panic!("{error}"),
                    }
                    slowest = slowest.max(asked.elapsed());
                }
                (calls, slowest)
            })
        })
        .collect();
    let (mut calls, mut slowest) = (0, Duration::ZERO);
    for task in tasks {
        let (more, slow) = task.await.expect("a caller ends");
        (calls, slowest) = (calls + more, slowest.max(slow));
    }
    let (took, ended) = (begun.elapsed().as_secs_f64(), cpu_seconds());
    let per_million = |from: f64, to: f64| (to - from) / calls as f64 * 1e6;
    let after = storage.status();
    let syncs = (after.sync_time.count - status.sync_time.count) as f64;
    let appends = calls as f64 / took;
    println!("appends/s {appends:.0}, records/s {:.0}", appends * records as f64);
    println!("MB/s      {:.1}", appends * (records * bytes) as f64 / 1e6);
    println!("syncs/s   {:.0}, of {:.1} appends", syncs / took, calls as f64 / syncs);
    println!(
        "sync      {:?} on average, {:?} at most",
        Duration::from_secs_f64((after.sync_time.seconds - status.sync_time.seconds) / syncs.max(1.0)),
        after.sync_time_max
    );
    println!("write     {:?} on average", after.write_time.div_f64(syncs.max(1.0)));
    println!("slowest   {slowest:?}");
    println!(
        "CPU       {:.2} s user and {:.2} s system per million appends",
        per_million(cpu.0, ended.0),
        per_million(cpu.1, ended.1)
    );
    storage.close().await;
    if dir == "-" {
        return;
    }
    println!("disk      {:.1} MB/s in writes of 1 MiB, each synced", disk_rate(Path::new(&dir)) / 1e6);
}

/// User and system time of this process, all threads.
fn cpu_seconds() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) / 100.0, ticks(12) / 100.0)
}

fn disk_rate(dir: &Path) -> f64 {
    use std::os::unix::fs::FileExt;
    let path = dir.join("rate");
    let file = std::fs::File::create(&path).expect("a file can be made");
    let block = vec![1; 1 << 20];
    let pass = || {
        for n in 0..128 {
            file.write_all_at(&block, n << 20).and_then(|()| file.sync_data()).expect("a write is synced");
        }
    };
    pass();
    let begun = Instant::now();
    pass();
    let rate = 128.0 * (1 << 20) as f64 / begun.elapsed().as_secs_f64();
    std::fs::remove_file(path).expect("the file can be removed");
    rate
}
