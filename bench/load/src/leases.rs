//! Lease traffic as consumers' libraries make it: every lease is renewed under condition of its counter three
//! times in its life of ten seconds, sometimes with a checkpoint; workers look for what is theirs by the
//! index and report themselves, and the leader scans all. As fast as the server takes it, so that an hour of
//! it is over in minutes; or renewals alone, as a measure of conditional updates.
//!
//! No server measured here verifies signatures, so one stands for all requests: their bodies depend on what
//! was answered before.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Error, Result};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::Server;
use crate::connection::{BlockingConnection, Connection};
use crate::meter::{Meter, histogram, note, percentiles, rounded};
use crate::process;
use crate::request::Target;

/// A third of the ten seconds after which a lease counts as lost.
const ROUND: Duration = Duration::from_millis(3_333);
/// In rounds: once a minute, every half minute, every twenty seconds.
const CHECKPOINT_EVERY: u64 = 18;
const REPORT_EVERY: u64 = 9;
const SCAN_EVERY: u64 = 6;

pub struct Shape {
    pub leases: usize,
    pub workers: usize,
    /// Of each worker, which shares its leases out among them.
    pub connections: usize,
    pub threads: usize,
    /// Of traffic, not of time.
    pub minutes: Option<f64>,
    pub seconds: Duration,
    pub warm_up: Duration,
    /// Nothing but conditional updates.
    pub renew_only: bool,
}

type Latencies = BTreeMap<&'static str, Histogram<u64>>;

pub fn run(target: &Target, server: &Server, shape: &Shape) -> Result<Value> {
    make(target, shape)?;
    let meter = Arc::new(Meter::default());
    let written = |server: &Server| server.pid.and_then(process::written_bytes);
    let timed = shape.minutes.is_none();
    meter.measuring.store(!timed, Relaxed);
    let (mut before, mut resident_max) = (written(server), 0.0_f64);
    std::thread::scope(|scope| {
        let mut from = meter.mark(server);
        let threads: Vec<_> = (0..shape.threads)
            .map(|thread| {
                let meter = &meter;
                scope.spawn(move || work_on_thread(target, meter, shape, thread))
            })
            .collect();
        if timed {
            meter.watch(server, shape.warm_up);
            meter.measuring.store(true, Relaxed);
            (from, before) = (meter.mark(server), written(server));
            meter.watch(server, shape.seconds);
        } else {
            while !threads.iter().all(|thread| thread.is_finished()) && !meter.stop.load(Relaxed) {
                meter.watch(server, Duration::from_millis(200));
                resident_max = resident_max.max(server.pid.and_then(process::resident_mib).unwrap_or(0.0));
            }
        }
        let to = meter.mark(server);
        let after = written(server);
        meter.stop.store(true, Relaxed);
        let mut all = Latencies::new();
        for thread in threads {
            let of_thread = thread.join().map_err(|_| Error::other("a thread of the load panicked"))??;
            for (operation, latencies) in of_thread {
                *all.entry(operation).or_insert_with(histogram) += latencies;
            }
        }
        let mut line = meter.line(&from, &to, server, all.get("renew").unwrap_or(&histogram()));
        let by_operation: serde_json::Map<String, Value> = all
            .iter()
            .map(|(operation, latencies)| {
                let mut found = percentiles(latencies);
                found["count"] = latencies.len().into();
                ((*operation).to_owned(), found)
            })
            .collect();
        line["operations"] = by_operation.into();
        line["written_mib"] =
            json!(before.zip(after).map(|(before, after)| rounded((after - before) as f64 / 1048576.0)));
        if !timed {
            line["minutes_of_traffic"] = json!(shape.minutes);
            line["resident_mib_max"] = json!(rounded(resident_max));
        }
        Ok(line)
    })
}

/// The table with its index, and the leases.
fn make(target: &Target, shape: &Shape) -> Result<()> {
    let mut connection = BlockingConnection::open(target.address)?;
    let table = &target.stream;
    let mut call = |operation: &str, body: &Value| {
        let answer = connection.exchange(&request(target, operation, &body.to_string()))?;
        match answer.status {
            200 => Ok(()),
            status => {
                Err(Error::other(format!("{operation}: {status} {}", String::from_utf8_lossy(&answer.body))))
            }
        }
    };
    call(
        "CreateTable",
        &json!({
            "TableName": table, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"},
                                     {"AttributeName": "leaseOwner", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [{"IndexName": "LeaseOwnerToLeaseKeyIndex",
                "KeySchema": [{"AttributeName": "leaseOwner", "KeyType": "HASH"},
                              {"AttributeName": "leaseKey", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"}}],
        }),
    )?;
    for lease in 0..shape.leases {
        let item = json!({
            "leaseKey": {"S": lease_key(lease)}, "leaseOwner": {"S": worker_name(lease % shape.workers)},
            "checkpoint": {"S": "TRIM_HORIZON"}, "checkpointSubSequenceNumber": {"N": "0"},
            "leaseCounter": {"N": "0"}, "ownerSwitchesSinceCheckpoint": {"N": "0"},
            "startingHashKey": {"S": "0"}, "endingHashKey": {"S": "340282366920938463463374607431768211455"},
            "entityType": {"S": "LEASE"},
        });
        call(
            "PutItem",
            &json!({"TableName": table, "Item": item, "Expected": {"leaseKey": {"Exists": false}}}),
        )?;
    }
    Ok(())
}

fn lease_key(lease: usize) -> String {
    format!("shardId-{lease:012}")
}

fn worker_name(worker: usize) -> String {
    format!("worker-{worker:04}")
}

fn request(target: &Target, operation: &str, body: &str) -> Vec<u8> {
    let signature = "0000000000000000000000000000000000000000000000000000000000000000";
    let Target { address, access_key, .. } = target;
    format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={access_key}/20260101/us-east-1/dynamodb/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn work_on_thread(target: &Target, meter: &Arc<Meter>, shape: &Shape, thread: usize) -> Result<Latencies> {
    let latencies = Rc::new(RefCell::new(Latencies::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let all = shape.workers * shape.connections;
    let rounds = shape.minutes.map_or(u64::MAX, |minutes| (minutes * 60.0 / ROUND.as_secs_f64()) as u64);
    for nth in (thread..all).step_by(shape.threads) {
        let worker = nth % shape.workers;
        let leases = (0..shape.leases).filter(|lease| lease % all == nth).map(|lease| (lease, 0)).collect();
        let mut work = Work {
            meter: meter.clone(),
            latencies: latencies.clone(),
            target: target.clone(),
            worker,
            checkpoints: !shape.renew_only,
            // One of a worker's connections speaks for it, and one of all for the leader.
            speaks: nth < shape.workers && !shape.renew_only,
            leads: nth == 0 && !shape.renew_only,
            leases,
        };
        let address = target.address;
        local.spawn_local(async move {
            let run = async {
                let mut connection = Connection::open(address).await?;
                work.run(&mut connection, rounds).await
            };
            if let Err(error) = run.await {
                work.meter.errors.fetch_add(1, Relaxed);
                eprintln!("connection {nth}: {error}");
            }
        });
    }
    runtime.block_on(local);
    Ok(latencies.take())
}

/// One connection of one worker.
struct Work {
    meter: Arc<Meter>,
    latencies: Rc<RefCell<Latencies>>,
    target: Target,
    worker: usize,
    checkpoints: bool,
    speaks: bool,
    leads: bool,
    /// With their counters.
    leases: Vec<(usize, u64)>,
}

impl Work {
    async fn run(&mut self, connection: &mut Connection, rounds: u64) -> Result<()> {
        for round in 0..rounds {
            for nth in 0..self.leases.len() {
                if self.meter.stop.load(Relaxed) {
                    return Ok(());
                }
                let (lease, counter) = self.leases[nth];
                let checkpoint = self.checkpoints && (round + nth as u64) % CHECKPOINT_EVERY == 17;
                let (name, body) = if checkpoint {
                    ("checkpoint", self.checkpoint(lease, counter, round))
                } else {
                    ("renew", self.renewal(lease, counter))
                };
                self.exchange(connection, name, "UpdateItem", &body).await?;
                self.leases[nth].1 = counter + 1;
            }
            let (table, worker) = (self.target.stream.clone(), worker_name(self.worker));
            if self.speaks && round % 3 == 2 {
                let body = json!({"TableName": table, "IndexName": "LeaseOwnerToLeaseKeyIndex",
                    "KeyConditionExpression": "leaseOwner = :leaseOwner",
                    "ExpressionAttributeValues": {":leaseOwner": {"S": worker}}});
                self.exchange(connection, "query", "Query", &body.to_string()).await?;
            }
            if self.speaks && round % REPORT_EVERY == REPORT_EVERY - 1 {
                let body = json!({"TableName": table, "Key": {"leaseKey": {"S": worker}}, "ReturnValues": "ALL_NEW",
                    "UpdateExpression": "SET #lut = :lut, #sts = :sts, #opr = :opr",
                    "ExpressionAttributeNames": {"#lut": "lut", "#sts": "sts", "#opr": "opr"},
                    "ExpressionAttributeValues": {":lut": {"N": round.to_string()}, ":sts": {"M": {}},
                        ":opr": {"M": {"C": {"L": [{"N": "80.000001"}]}}}}});
                self.exchange(connection, "report", "UpdateItem", &body.to_string()).await?;
            }
            if self.leads && round % SCAN_EVERY == SCAN_EVERY - 1 {
                let mut from = String::new();
                loop {
                    let body = format!("{{\"TableName\":\"{table}\"{from}}}");
                    let answer = self.exchange(connection, "scan", "Scan", &body).await?;
                    if !answer.contains("\"LastEvaluatedKey\":") {
                        break;
                    }
                    let page: Value = serde_json::from_str(&answer).map_err(Error::other)?;
                    from = format!(",\"ExclusiveStartKey\":{}", page["LastEvaluatedKey"]);
                }
            }
        }
        Ok(())
    }

    fn renewal(&self, lease: usize, counter: u64) -> String {
        format!(
            "{{\"TableName\":\"{}\",\"Key\":{{\"leaseKey\":{{\"S\":\"{}\"}}}},\"AttributeUpdates\":{{\
             \"leaseCounter\":{{\"Action\":\"PUT\",\"Value\":{{\"N\":\"{}\"}}}}}},\"Expected\":{{\
             \"leaseCounter\":{{\"Value\":{{\"N\":\"{counter}\"}}}}}},\
             \"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}}",
            self.target.stream,
            lease_key(lease),
            counter + 1
        )
    }

    fn checkpoint(&self, lease: usize, counter: u64, round: u64) -> String {
        let put = |value: Value| json!({"Action": "PUT", "Value": value});
        json!({
            "TableName": self.target.stream, "Key": {"leaseKey": {"S": lease_key(lease)}},
            "AttributeUpdates": {
                "leaseCounter": put(json!({"N": (counter + 1).to_string()})),
                "checkpoint": put(json!({"S": format!("{:056}", round)})),
                "checkpointSubSequenceNumber": put(json!({"N": "0"})),
                "ownerSwitchesSinceCheckpoint": put(json!({"N": "0"})),
                "pendingCheckpoint": {"Action": "DELETE"},
                "pendingCheckpointSubSequenceNumber": {"Action": "DELETE"},
                "pendingCheckpointState": {"Action": "DELETE"},
            },
            "Expected": {"leaseCounter": {"Value": {"N": counter.to_string()}}},
        })
        .to_string()
    }

    async fn exchange(
        &self,
        connection: &mut Connection,
        name: &'static str,
        operation: &str,
        body: &str,
    ) -> Result<String> {
        let start = Instant::now();
        let answer = connection.exchange(&request(&self.target, operation, body)).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status != 200 {
            return Err(Error::other(format!("{operation}: {} {text}", answer.status)));
        }
        if answer.closes {
            connection.reopen().await?;
        }
        self.meter.requests.fetch_add(1, Relaxed);
        self.meter.records.fetch_add(1, Relaxed);
        if self.meter.measuring.load(Relaxed) {
            note(self.latencies.borrow_mut().entry(name).or_insert_with(histogram), start.elapsed());
        }
        Ok(text)
    }
}
