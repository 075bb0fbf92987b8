//! One shard offered ten times what it may take, beside three that have little to do: what the quiet ones
//! notice of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::connection::BlockingConnection;
use crate::meter::{histogram, note, percentiles, rounded};
use crate::request::Target;
use crate::{Server, process};

/// A thread and a connection each.
const QUIET: usize = 12;
const HOT: usize = 16;

pub struct Shape {
    pub size: usize,
    /// Records a second to each of the three quiet shards.
    pub quiet_rate: u32,
    /// Records a second to the hot one.
    pub hot_rate: u32,
    /// Records in a request to the hot one: 1 sends PutRecord, more sends PutRecords.
    pub batch: usize,
    pub length: Duration,
}

#[derive(Default)]
struct Hot {
    over: AtomicBool,
    refused: AtomicU64,
    accepted: AtomicU64,
}

pub fn run(target: &Target, server: &Server, shape: &Shape) -> std::io::Result<Value> {
    let alone = quiet(target, shape)?;
    let hot = Hot::default();
    let request = put(target, 0, shape.size, shape.batch);
    let (beside, seconds, cpu) = std::thread::scope(|scope| {
        let interval = Duration::from_secs_f64((HOT * shape.batch) as f64 / f64::from(shape.hot_rate));
        let threads: Vec<_> = (0..HOT)
            .map(|nth| {
                let (hot, request) = (&hot, &request);
                let begins = interval.mul_f64(nth as f64 / HOT as f64);
                scope.spawn(move || offer(target, hot, request, begins, interval, shape.batch))
            })
            .collect();
        // What a bucket held at first is gone by then.
        std::thread::sleep(Duration::from_millis(1500));
        let (from, before) = (Instant::now(), server.pid.and_then(process::cpu_seconds));
        let (refused, accepted) = (hot.refused.load(Relaxed), hot.accepted.load(Relaxed));
        let beside = quiet(target, shape);
        let seconds = from.elapsed().as_secs_f64();
        let cpu = server.pid.and_then(process::cpu_seconds).zip(before).map(|(to, from)| to - from);
        hot.over.store(true, Relaxed);
        hot.refused.fetch_sub(refused, Relaxed);
        hot.accepted.fetch_sub(accepted, Relaxed);
        for thread in threads {
            thread.join().map_err(|_| std::io::Error::other("a thread of the load panicked"))??;
        }
        std::io::Result::Ok((beside?, seconds, cpu))
    })?;
    let rate = |count: &AtomicU64| rounded(count.load(Relaxed) as f64 / seconds);
    let p99 = |latencies: &Histogram<u64>| latencies.value_at_quantile(0.99) as f64;
    Ok(json!({
        "quiet_alone_ms": percentiles(&alone),
        "quiet_beside_ms": percentiles(&beside),
        "p99_ratio": rounded(p99(&beside) / p99(&alone)),
        "hot_refused_per_second": rate(&hot.refused),
        "hot_accepted_per_second": rate(&hot.accepted),
        "cpu_cores": cpu.map(|cpu| rounded(cpu / seconds)),
    }))
}

/// A request of `batch` records to the shard of that number of four.
fn put(target: &Target, shard: u128, size: usize, batch: usize) -> Vec<u8> {
    let data = base64_simd::STANDARD.encode_to_string(vec![7; size]);
    let (stream, hash_key) = (&target.stream, shard * (1 << 126) + (1 << 125));
    let record = format!(r#""Data":"{data}","PartitionKey":"k","ExplicitHashKey":"{hash_key}""#);
    if batch == 1 {
        return target.request("PutRecord", &format!(r#"{{"StreamName":"{stream}",{record}}}"#), 1);
    }
    let records = vec![record; batch].join("},{");
    target.request("PutRecords", &format!(r#"{{"StreamName":"{stream}","Records":[{{{records}}}]}}"#), batch)
}

/// A steady rate to the three other shards, each latency from when its request was due.
fn quiet(target: &Target, shape: &Shape) -> std::io::Result<Histogram<u64>> {
    let rate = f64::from(3 * shape.quiet_rate);
    let due = (shape.length.as_secs_f64() * rate) as u64;
    let start = Instant::now() + Duration::from_millis(200);
    let requests: Vec<Vec<u8>> = (1..4).map(|shard| put(target, shard, shape.size, 1)).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..QUIET)
            .map(|nth| {
                let requests = &requests;
                scope.spawn(move || -> std::io::Result<Histogram<u64>> {
                    let mut connection = BlockingConnection::open(target.address)?;
                    let mut latencies = histogram();
                    for number in (nth as u64..due).step_by(QUIET) {
                        let due = start + Duration::from_secs_f64(number as f64 / rate);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        let answer = connection.exchange(&requests[number as usize % 3])?;
                        if answer.status != 200 {
                            return Err(std::io::Error::other(format!("a quiet put: {}", answer.status)));
                        }
                        note(&mut latencies, due.elapsed());
                    }
                    Ok(latencies)
                })
            })
            .collect();
        let mut all = histogram();
        for thread in threads {
            all += thread.join().map_err(|_| std::io::Error::other("a thread of the load panicked"))??;
        }
        Ok(all)
    })
}

fn offer(
    target: &Target,
    hot: &Hot,
    request: &[u8],
    begins: Duration,
    interval: Duration,
    batch: usize,
) -> std::io::Result<()> {
    let mut connection = BlockingConnection::open(target.address)?;
    let mut due = Instant::now() + begins;
    while !hot.over.load(Relaxed) {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        due += interval;
        let answer = connection.exchange(request)?;
        let refused = match answer.status {
            400 => batch as u64,
            _ => memchr::memmem::find_iter(&answer.body, b"\"ErrorCode\":\"P").count() as u64,
        };
        hot.refused.fetch_add(refused, Relaxed);
        hot.accepted.fetch_add(batch as u64 - refused, Relaxed);
    }
    Ok(())
}
