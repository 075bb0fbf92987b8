//! Calls of IAM and STS, and floods of calls that are signed wrongly, in a closed loop. What changes something is sent
//! once each, since the same signature again would be a retry; what changes nothing goes round.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use hdrhistogram::Histogram;
use serde_json::Value;

use crate::Server;
use crate::connection::Connection;
use crate::meter::{Meter, histogram, note};
use crate::request::Target;

pub struct Shape {
    pub work: Work,
    pub account: String,
    /// Requests that change something; the load ends with the last one.
    pub changes: usize,
    pub connections: usize,
    pub threads: usize,
    pub length: Duration,
}

pub fn run(target: &Target, server: &Server, shape: &Shape) -> std::io::Result<Value> {
    let meter = Arc::new(Meter::default());
    let prepared = shape.work.prepared(target, &shape.account, shape.changes, shape.threads);
    let goes_round = !shape.work.is_change();
    std::thread::scope(|scope| {
        let from = meter.mark(server);
        let threads: Vec<_> = prepared
            .iter()
            .enumerate()
            .map(|(thread, requests)| {
                let connections = (thread..shape.connections).step_by(shape.threads).count();
                let (meter, address) = (&meter, target.address);
                scope.spawn(move || ask_from_thread(address, meter, connections, requests, goes_round))
            })
            .collect();
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

fn ask_from_thread(
    address: std::net::SocketAddr,
    meter: &Arc<Meter>,
    connections: usize,
    requests: &[Vec<u8>],
    goes_round: bool,
) -> std::io::Result<Histogram<u64>> {
    let latencies = Rc::new(RefCell::new(histogram()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let requests: Rc<[Vec<u8>]> = requests.into();
    let next = Rc::new(Cell::new(0));
    for nth in 0..connections {
        let (meter, latencies, next, requests) =
            (meter.clone(), latencies.clone(), next.clone(), requests.clone());
        local.spawn_local(async move {
            if let Err(error) =
                ask_until_stopped(address, &meter, &latencies, &next, &requests, goes_round).await
            {
                meter.errors.fetch_add(1, Relaxed);
                eprintln!("connection {nth}: {error}");
            }
        });
    }
    runtime.block_on(local);
    Ok(latencies.borrow().clone())
}

async fn ask_until_stopped(
    address: std::net::SocketAddr,
    meter: &Meter,
    latencies: &RefCell<Histogram<u64>>,
    next: &Cell<usize>,
    requests: &[Vec<u8>],
    goes_round: bool,
) -> std::io::Result<()> {
    let mut connection = Connection::open(address).await?;
    while !meter.stop.load(Relaxed) {
        let nth = next.replace(next.get() + 1);
        if nth >= requests.len() && !goes_round {
            meter.stop.store(true, Relaxed);
            break;
        }
        let start = Instant::now();
        let answer = connection.exchange(&requests[nth % requests.len()]).await?;
        let (taken, closes) = (answer.status == 200, answer.closes);
        note(&mut latencies.borrow_mut(), start.elapsed());
        meter.requests.fetch_add(u64::from(taken), Relaxed);
        meter.errors.fetch_add(u64::from(!taken), Relaxed);
        if closes {
            connection.reopen().await?;
        }
    }
    Ok(())
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Work {
    /// Users `load-0`, `load-1` and so on.
    CreateUser,
    /// A policy of each of these users.
    PutUserPolicy,
    /// A key of each of them.
    CreateAccessKey,
    /// A session of the role `load`, again and again.
    AssumeRole,
    /// ListStreams, rightly signed.
    RightlySigned,
    /// The same, signed with access keys that nobody has, of which hardly two are the same.
    UnknownKeys,
    /// The same, signed with the key that is given, and not with its secret.
    WrongSecret,
}

/// As many requests that go round as differ enough.
const AROUND: usize = 1024;

impl Work {
    fn is_change(self) -> bool {
        matches!(self, Work::CreateUser | Work::PutUserPolicy | Work::CreateAccessKey)
    }

    /// One share a thread.
    fn prepared(self, target: &Target, account: &str, changes: usize, threads: usize) -> Vec<Vec<Vec<u8>>> {
        let count = if self.is_change() { changes } else { AROUND };
        let mut shares = vec![Vec::with_capacity(count / threads + 1); threads];
        for n in 0..count {
            shares[n % threads].push(self.request(target, account, n));
        }
        shares
    }

    fn request(self, target: &Target, account: &str, n: usize) -> Vec<u8> {
        let iam =
            |body: String| target.form("iam", &format!("Version=2010-05-08&UserName=load-{n}&Action={body}"));
        match self {
            Work::CreateUser => iam("CreateUser".to_owned()),
            Work::CreateAccessKey => iam("CreateAccessKey".to_owned()),
            Work::PutUserPolicy => {
                iam(format!("PutUserPolicy&PolicyName=own&PolicyDocument={}", policy(account, n)))
            }
            Work::AssumeRole => {
                let role = format!("arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2Fload");
                let body =
                    format!("Version=2011-06-15&Action=AssumeRole&RoleArn={role}&RoleSessionName=load-{n}");
                target.form("sts", &body)
            }
            Work::RightlySigned => list(target, n),
            Work::UnknownKeys => {
                list(&Target { access_key: format!("AKIANOBODY{n:010}"), ..target.clone() }, n)
            }
            Work::WrongSecret => list(&Target { secret_key: "wrong".to_owned(), ..target.clone() }, n),
        }
    }
}

fn list(target: &Target, n: usize) -> Vec<u8> {
    target.request("ListStreams", &format!("{{\"Limit\":{}}}", n % 100 + 1), 0)
}

/// As forms have it.
fn policy(account: &str, n: usize) -> String {
    let document = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\"Action\":[\"kinesis:PutRecord\",\"kinesis:PutRecords\"],\
         \"Resource\":\"arn:aws:kinesis:us-east-1:{account}:stream/team-{n}-*\"}}}}"
    );
    document.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
