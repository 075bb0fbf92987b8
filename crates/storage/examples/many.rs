//! How long a start takes: an empty directory, and one with many logs that all have segments.
//!
//!     many DIR [LOGS]

use std::path::Path;
use std::time::Instant;

use flumen_storage::{Append, BatchBuilder, LogId, Storage, StorageSettings};

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let dir = args.next().expect("a directory");
    let logs: u32 = args.next().map_or(10_000, |text| text.parse().expect("a number"));
    let open = |what: &str| {
        let begun = Instant::now();
        let storage =
            Storage::open(Path::new(&dir), StorageSettings::default()).expect("the directory opens");
        println!("{what}: {:?}, {} logs", begun.elapsed(), storage.logs().len());
        storage
    };
    let storage = open("empty");
    let ids: Vec<LogId> = (0..logs).map(|index| LogId { group: index % 100, index }).collect();
    storage.create(&ids).expect("logs are made");
    let value = vec![1; 1000];
    // Two journal files and more, so that every log is in segments.
    let rounds = 140_000_000 / (u64::from(logs) * 1000) + 1;
    for time_ms in 0..rounds {
        for ids in ids.chunks(1000) {
            let appends = ids.iter().map(|id| {
                let mut batch = BatchBuilder::with_capacity(1100);
                batch.push(0, b"key", &value);
                Append { log: storage.log(*id).expect("it was made"), time_ms, batch: batch.finish() }
            });
            let answers = storage.append(appends.collect::<Vec<_>>()).await;
            assert!(answers.iter().all(Result::is_ok), "{:?}", answers.first());
        }
    }
    let begun = Instant::now();
    let mut bytes = 0;
    while std::mem::replace(&mut bytes, storage.status().disk_bytes) != bytes {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    }
    println!("in segments after {:?}: {:?}", begun.elapsed(), storage.status());
    storage.close().await;
    drop(storage);
    let storage = open("closed in order");
    let begun = Instant::now();
    storage.close().await;
    println!("closing: {:?}", begun.elapsed());
    drop(storage);
    drop(open("once more"));
}
