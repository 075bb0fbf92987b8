//! How long it takes until a record is seen by those who read: puts at a steady rate, subscribers that are
//! pushed to, pollers that ask now and then.
//!
//! Each record has its number for a partition key, so readers only look for keys in the bytes that come. A
//! thread a connection here too: its timer and its wake-up are all that this program adds.

mod pollers;
mod subscribers;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use memchr::memmem;
use serde_json::{Value, json};

use crate::connection::BlockingConnection;
use crate::meter::{histogram, percentiles, rounded};
use crate::request::Target;
use crate::{Server, control, process};

const KEY: &[u8] = b"\"PartitionKey\":\"";
/// Digits of a key: the record's number in hexadecimal.
const DIGITS: usize = 16;
const PUTTERS: usize = 32;
/// What is pushed or polled last may come so long after the last answer.
const GRACE: Duration = Duration::from_millis(2500);
/// Until all who read have begun.
const BEFORE: Duration = Duration::from_secs(1);

pub struct Shape {
    pub size: usize,
    pub rate: u32,
    pub consumers: usize,
    pub pollers: usize,
    pub poll: Duration,
    pub length: Duration,
}

/// A reader's note: which record, and when, in nanoseconds after the start.
type Note = (u64, u64);

/// What all threads look at.
struct Board {
    start: Instant,
    /// When each record was acknowledged, in nanoseconds after the start; zero before.
    answered: Vec<AtomicU64>,
    over: AtomicBool,
}

pub fn run(target: &Target, server: &Server, shape: &Shape) -> std::io::Result<Value> {
    let count = (shape.length.as_secs_f64() * f64::from(shape.rate)) as u64;
    let shards = control::shards(target)?;
    let idle_mib = server.pid.and_then(process::resident_mib);
    let requests: Vec<Vec<u8>> = (0..count).map(|number| put(target, number, shape.size)).collect();
    let consumers = subscribers::register(target, shape.consumers)?;
    let board = Board {
        start: Instant::now() + BEFORE,
        answered: (0..count).map(|_| AtomicU64::new(0)).collect(),
        over: AtomicBool::new(false),
    };
    let readings = shards.len() * (shape.pollers + shape.consumers);
    std::thread::scope(|scope| {
        let board = &board;
        let mut readers = Vec::with_capacity(readings);
        for shard in &shards {
            for consumer in &consumers {
                readers.push(scope.spawn(move || subscribers::read(target, board, consumer, shard)));
            }
            for nth in 0..shape.pollers {
                // Spread over the interval, as pollers that began at different times are.
                let begins = shape.poll.mul_f64(nth as f64 / shape.pollers as f64);
                readers.push(scope.spawn(move || pollers::read(target, board, shard, begins, shape.poll)));
            }
        }
        let requests = &requests;
        let putters: Vec<_> = (0..PUTTERS)
            .map(|nth| scope.spawn(move || put_in_time(target, board, requests, shape.rate, nth)))
            .collect();
        std::thread::sleep(board.start.saturating_duration_since(Instant::now()));
        let cpu_before = server.pid.and_then(process::cpu_seconds);
        let mut resident = 0.0_f64;
        while board.start.elapsed() < shape.length {
            resident = server.pid.and_then(process::resident_mib).unwrap_or(0.0).max(resident);
            std::thread::sleep(Duration::from_millis(50));
        }
        let cpu = server.pid.and_then(process::cpu_seconds).zip(cpu_before).map(|(to, from)| to - from);
        let mut answers = histogram();
        for putter in putters {
            answers += joined(putter)?;
        }
        std::thread::sleep(GRACE + shape.poll);
        board.over.store(true, Relaxed);
        let mut seen = Seen::new(shape.rate);
        for reader in readers {
            joined(reader)?.into_iter().for_each(|note| seen.add(board, note));
        }
        let wanted = count * (shape.pollers + shape.consumers) as u64;
        Ok(json!({
            "records": count,
            "wanted": wanted,
            "seen": seen.count,
            "put_ms": percentiles(&answers),
            "after_answer_ms": seen.after_answer(),
            "from_due_ms": seen.since_due(),
            "cpu_cores": cpu.map(|cpu| rounded(cpu / shape.length.as_secs_f64())),
            "resident_mib_above_idle": idle_mib.map(|idle| rounded(resident - idle)),
        }))
    })
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, std::io::Result<T>>) -> std::io::Result<T> {
    thread.join().map_err(|_| std::io::Error::other("a thread of the load panicked"))?
}

fn put(target: &Target, number: u64, size: usize) -> Vec<u8> {
    let data = base64_simd::STANDARD.encode_to_string(vec![number as u8; size]);
    let stream = &target.stream;
    let body = format!(r#"{{"StreamName":"{stream}","Data":"{data}","PartitionKey":"{number:016x}"}}"#);
    target.request("PutRecord", &body, 1)
}

/// Every `PUTTERS`th record, each at its time.
fn put_in_time(
    target: &Target,
    board: &Board,
    requests: &[Vec<u8>],
    rate: u32,
    nth: usize,
) -> std::io::Result<Histogram<u64>> {
    let mut connection = BlockingConnection::open(target.address)?;
    let mut latencies = histogram();
    for (number, request) in requests.iter().enumerate().skip(nth).step_by(PUTTERS) {
        let due = Duration::from_secs_f64(number as f64 / f64::from(rate));
        std::thread::sleep((board.start + due).saturating_duration_since(Instant::now()));
        let answer = connection.exchange(request)?;
        if answer.status != 200 {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(std::io::Error::other(format!("PutRecord: {} {text}", answer.status)));
        }
        let now = board.start.elapsed();
        board.answered[number].store(now.as_nanos() as u64, Relaxed);
        latencies.saturating_record((now - due.min(now)).as_micros() as u64);
    }
    Ok(latencies)
}

/// Appends a note for each key in the bytes, and answers with how many bytes at their end are still of use.
fn note_keys(bytes: &[u8], now: u64, notes: &mut Vec<Note>) -> usize {
    let mut used = 0;
    for at in memmem::find_iter(bytes, KEY).map(|at| at + KEY.len()) {
        let Some(digits) = bytes.get(at..at + DIGITS) else { break };
        let number = std::str::from_utf8(digits).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
        notes.extend(number.map(|number| (number, now)));
        used = at + DIGITS;
    }
    (bytes.len() - used).min(KEY.len() + DIGITS)
}

/// How long it took, in microseconds.
struct Seen {
    rate: u32,
    count: u64,
    after_answer: Histogram<u64>,
    from_due: Histogram<u64>,
}

impl Seen {
    fn new(rate: u32) -> Self {
        Seen { rate, count: 0, after_answer: histogram(), from_due: histogram() }
    }

    /// A record that was seen before its writer was answered took no time after the answer.
    fn add(&mut self, board: &Board, (number, at): Note) {
        let Some(answered) = board.answered.get(number as usize).map(|at| at.load(Relaxed)) else { return };
        let due = (number as f64 / f64::from(self.rate) * 1e9) as u64;
        self.count += 1;
        self.after_answer.saturating_record(at.saturating_sub(answered) / 1000);
        self.from_due.saturating_record(at.saturating_sub(due) / 1000);
    }

    fn after_answer(&self) -> Value {
        with_mean(&self.after_answer)
    }

    fn since_due(&self) -> Value {
        with_mean(&self.from_due)
    }
}

fn with_mean(latencies: &Histogram<u64>) -> Value {
    let mut value = percentiles(latencies);
    value["mean"] = json!(rounded(latencies.mean() / 1000.0));
    value
}
