//! Puts in a closed loop: the rate is what the server and this program reach together on their two cores.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use memchr::memmem;
use serde_json::Value;

use crate::Server;
use crate::connection::Connection;
use crate::meter::{Meter, histogram, note};
use crate::request::Target;

pub struct Shape {
    pub size: usize,
    pub batch: usize,
    pub cbor: bool,
    pub connections: usize,
    pub threads: usize,
    pub warm_up: Duration,
    pub length: Duration,
    pub records: Option<u64>,
}

/// Prepared bytes per thread: large enough that requests differ, small enough to be made in no time.
const PREPARED_BYTES: usize = 8 << 20;

pub fn run(target: &Target, server: &Server, shape: &Shape) -> std::io::Result<Value> {
    let meter = Arc::new(Meter::default());
    let prepared: Vec<_> = (0..shape.threads)
        .map(|thread| {
            let each = shape.batch * (shape.size * 4 / 3 + 60);
            let count = (PREPARED_BYTES / each).clamp(8, 2048);
            target.puts(count, shape.batch, shape.size, thread as u64 + 1, shape.cbor)
        })
        .collect();
    let warm_up = if shape.records.is_some() { Duration::ZERO } else { shape.warm_up };
    meter.measuring.store(warm_up.is_zero(), Relaxed);
    std::thread::scope(|scope| {
        let mut from = meter.mark(server);
        let threads: Vec<_> = prepared
            .iter()
            .enumerate()
            .map(|(thread, requests)| {
                let connections = (thread..shape.connections).step_by(shape.threads).count();
                let meter = &meter;
                scope.spawn(move || put_from_thread(target, meter, shape, connections, requests))
            })
            .collect();
        if !warm_up.is_zero() {
            meter.watch(server, warm_up);
            meter.measuring.store(true, Relaxed);
            from = meter.mark(server);
        }
        meter.watch(server, shape.length);
        let to = meter.mark(server);
        meter.stop.store(true, Relaxed);
        let mut latencies = histogram();
        for thread in threads {
            let of_thread =
                thread.join().map_err(|_| std::io::Error::other("a thread of the load panicked"))??;
            latencies += of_thread;
        }
        Ok(meter.line(&from, &to, server, &latencies))
    })
}

fn put_from_thread(
    target: &Target,
    meter: &Arc<Meter>,
    shape: &Shape,
    connections: usize,
    requests: &[Vec<u8>],
) -> std::io::Result<Histogram<u64>> {
    let latencies = Rc::new(RefCell::new(histogram()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let requests: Rc<[Vec<u8>]> = requests.into();
    for nth in 0..connections {
        let putter = Putter {
            meter: meter.clone(),
            latencies: latencies.clone(),
            requests: requests.clone(),
            first: nth * requests.len() / connections,
            batch: shape.batch as u64,
            bytes: (shape.batch * shape.size) as u64,
            records_max: shape.records.unwrap_or(u64::MAX),
        };
        let address = target.address;
        local.spawn_local(async move {
            let meter = putter.meter.clone();
            if let Err(error) = putter.put_until_stopped(address).await {
                meter.errors.fetch_add(1, Relaxed);
                eprintln!("connection {nth}: {error}");
            }
        });
    }
    runtime.block_on(local);
    Ok(latencies.borrow().clone())
}

/// In JSON or CBOR.
fn all_taken(answer: &[u8]) -> bool {
    let name = b"FailedRecordCount";
    let after = memmem::find(answer, name).map(|at| &answer[at + name.len()..]);
    after.is_some_and(|count| count.starts_with(b"\":0") || count.starts_with(&[0]))
}

struct Putter {
    meter: Arc<Meter>,
    latencies: Rc<RefCell<Histogram<u64>>>,
    requests: Rc<[Vec<u8>]>,
    first: usize,
    batch: u64,
    bytes: u64,
    records_max: u64,
}

impl Putter {
    async fn put_until_stopped(self, address: std::net::SocketAddr) -> std::io::Result<()> {
        let mut connection = Connection::open(address).await?;
        let mut next = self.first;
        while !self.meter.stop.load(Relaxed) {
            let request = &self.requests[next % self.requests.len()];
            next += 1;
            let start = Instant::now();
            let answer = connection.exchange(request).await?;
            let taken = answer.status == 200 && (self.batch == 1 || all_taken(&answer.body));
            let closes = answer.closes;
            self.count(taken, start.elapsed());
            if closes {
                connection.reopen().await?;
            }
        }
        Ok(())
    }

    fn count(&self, taken: bool, latency: Duration) {
        let meter = &self.meter;
        if !taken {
            meter.errors.fetch_add(1, Relaxed);
            return;
        }
        meter.requests.fetch_add(1, Relaxed);
        meter.bytes.fetch_add(self.bytes, Relaxed);
        let records = meter.records.fetch_add(self.batch, Relaxed) + self.batch;
        if records >= self.records_max {
            meter.stop.store(true, Relaxed);
        }
        if meter.measuring.load(Relaxed) {
            note(&mut self.latencies.borrow_mut(), latency);
        }
    }
}
