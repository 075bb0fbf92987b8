//! Catch-up reads: each reader takes a shard from its oldest record to its newest, as fast as it is answered,
//! and begins again until the time is up.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use memchr::memmem;
use serde_json::Value;

use crate::Server;
use crate::connection::Connection;
use crate::control;
use crate::meter::{Meter, histogram, note};
use crate::request::Target;

pub fn run(
    target: &Target,
    server: &Server,
    readers: usize,
    threads: usize,
    length: Duration,
) -> std::io::Result<Value> {
    let shards = control::shards(target)?;
    if shards.is_empty() {
        return Err(std::io::Error::other("the stream has no shards"));
    }
    let starts: Vec<String> = (0..readers)
        .map(|reader| control::oldest(target, &shards[reader % shards.len()]))
        .collect::<std::io::Result<_>>()?;
    let meter = Arc::new(Meter::default());
    std::thread::scope(|scope| {
        let from = meter.mark(server);
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let (meter, starts) = (meter.clone(), &starts);
                scope.spawn(move || {
                    read_from_thread(target, meter, starts.iter().skip(thread).step_by(threads))
                })
            })
            .collect();
        meter.watch(server, length);
        let to = meter.mark(server);
        meter.stop.store(true, Relaxed);
        let mut latencies = histogram();
        for handle in handles {
            let of_thread =
                handle.join().map_err(|_| std::io::Error::other("a thread of the load panicked"))??;
            latencies += of_thread;
        }
        Ok(meter.line(&from, &to, server, &latencies))
    })
}

fn read_from_thread<'a>(
    target: &Target,
    meter: Arc<Meter>,
    starts: impl Iterator<Item = &'a String>,
) -> std::io::Result<Histogram<u64>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let latencies = Rc::new(RefCell::new(histogram()));
    let readers = starts.map(|start| read_until_stopped(target, &meter, &latencies, start));
    let mut readers: Vec<_> = readers.map(Box::pin).collect();
    // All readers of the thread go on at once; the first failure ends them.
    runtime.block_on(poll_fn(|context| {
        let mut failed = None;
        readers.retain_mut(|reader| match reader.as_mut().poll(context) {
            Poll::Pending => true,
            Poll::Ready(result) => {
                failed = failed.take().or(result.err());
                false
            }
        });
        match failed {
            Some(error) => Poll::Ready(Err(error)),
            None if readers.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }))?;
    let latencies = latencies.borrow().clone();
    Ok(latencies)
}

async fn read_until_stopped(
    target: &Target,
    meter: &Meter,
    latencies: &RefCell<Histogram<u64>>,
    start: &str,
) -> std::io::Result<()> {
    let mut connection = Connection::open(target.address).await?;
    let mut iterator = start.to_owned();
    while !meter.stop.load(Relaxed) {
        let request = target.request("GetRecords", &format!(r#"{{"ShardIterator":"{iterator}"}}"#), 0);
        let sent = Instant::now();
        let answer = connection.exchange(&request).await?;
        if answer.status != 200 {
            meter.errors.fetch_add(1, Relaxed);
            eprintln!("GetRecords: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
            return Ok(());
        }
        let records = memmem::find_iter(&answer.body, b"\"PartitionKey\"").count() as u64;
        if records > 0 {
            note(&mut latencies.borrow_mut(), sent.elapsed());
        }
        meter.requests.fetch_add(1, Relaxed);
        meter.records.fetch_add(records, Relaxed);
        meter.bytes.fetch_add(data_bytes(&answer.body, records), Relaxed);
        iterator = match next_iterator(&answer.body) {
            Some(next) if records > 0 => next,
            _ => start.to_owned(),
        };
        if answer.closes {
            connection.reopen().await?;
        }
    }
    Ok(())
}

/// All records of a benchmark are of one size, so the first tells for all.
fn data_bytes(body: &[u8], records: u64) -> u64 {
    let Some(start) = memmem::find(body, b"\"Data\":\"").map(|at| at + 8) else { return 0 };
    let encoded = memchr::memchr(b'"', &body[start..]).unwrap_or(0);
    let padding = body[start..start + encoded].iter().rev().take_while(|byte| **byte == b'=').count();
    (encoded / 4 * 3 - padding) as u64 * records
}

fn next_iterator(body: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"\"NextShardIterator\":\"";
    let start = memmem::rfind(body, NAME)? + NAME.len();
    let end = memchr::memchr(b'"', &body[start..])?;
    String::from_utf8(body[start..start + end].to_vec()).ok()
}
