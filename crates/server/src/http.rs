//! The one front of all services: reads a request, finds out whose it is, and sends what came of it.
//! Which checks come before an operation, and how a refusal looks, is each service's own.

mod answer;
pub(crate) mod body;
mod reply;

use std::sync::Arc;

use bytes::Bytes;
use flumen_streams::Streams;
use flumen_tables::Tables;
use flumen_watch::Watch;
use http::request::Parts;
use http::{Method, Request, Response, header};
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};

pub use answer::{Answer, Content};
pub use reply::{Failed, Reply, request_id};

use crate::budget::{Budget, Share};
use crate::cloudwatch::{self, own::OwnMetrics};
use crate::identity::Identities;
use crate::kinesis;
use crate::metrics::Metrics;
use crate::pages;
use crate::tables;
#[cfg(test)]
use crate::web::Origins;
use crate::workers::{ASIDE_BYTES, aside};

/// What every request needs.
pub struct Server {
    pub streams: Streams,
    pub tables: Tables,
    /// Metrics that clients report.
    pub watch: Watch,
    pub own_metrics: OwnMetrics,
    pub identities: Identities,
    pub memory: Memory,
    pub metrics: Metrics,
    /// One permit a connection, and how many there are.
    pub places: Arc<Semaphore>,
    pub connections_max: usize,
    /// Beside those that mean this machine: what pages that are told here alone may be asked by.
    pub host_names: Vec<String>,
    /// Threads for work of more than a moment: see [`aside`].
    pub shared: Handle,
}

/// What requests may take. Small ones have a part of their own, so that they never wait for large ones.
pub struct Memory {
    /// Bodies being read.
    pub bodies: Budget,
    pub small_bodies: Budget,
    /// Records being fetched and answers being sent.
    pub answers: Budget,
    pub small_answers: Budget,
}

impl Memory {
    /// `bytes` for bodies and as much again for answers; a quarter of each for small ones.
    pub fn new(bytes: u64) -> Self {
        let small = bytes / 4;
        Memory {
            bodies: Budget::new("large request bodies", bytes - small),
            small_bodies: Budget::new("request bodies", small),
            answers: Budget::new("large answers", bytes - small),
            small_answers: Budget::new("answers", small),
        }
    }
}

impl Server {
    /// `overdue` is told when the answer is not read in time. `local`: asked on an address that only this
    /// machine reaches.
    pub async fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        overdue: &Arc<Notify>,
        local: bool,
    ) -> Response<Answer> {
        let (mut head, body) = request.into_parts();
        let mut origin = head.headers.contains_key(header::ORIGIN);
        let Ok(announced) = body::announced(&head.headers) else { return reply::too_large() };
        if head.method == Method::OPTIONS && origin {
            return reply::preflight(&head.headers);
        }
        let reply = match head.method {
            Method::POST => {
                let mut share = Share::default();
                match body::read(&self.memory, announced, body, &mut share).await {
                    Ok(Some(body)) if body.len() < ASIDE_BYTES => self.reply(&head, &body).await,
                    Ok(Some(body)) => {
                        let server = self.clone();
                        let replied = async move { (server.reply(&head, &body).await, head) };
                        let (reply, kept) = aside(&self.shared, replied).await;
                        head = kept;
                        reply
                    }
                    Ok(None) => return reply::too_large(),
                    Err(fault) if tables::are_meant(&head.headers) => {
                        tables::refuse_body(&head.headers, &fault)
                    }
                    Err(fault) => kinesis::refuse_body(self, &head.headers, &fault),
                }
            }
            Method::GET | Method::HEAD => {
                let server = self.clone();
                let paged = async move { (pages::page(&server, &head, local).await, head) };
                let (page, kept) = aside(&self.shared, paged).await;
                head = kept;
                // What operators read is not for pages of others in their browser.
                origin &= page.is_none();
                match page {
                    Some(page) if head.method == Method::HEAD => page.without_body(),
                    Some(page) => page,
                    None => Reply::undetermined(),
                }
            }
            _ => Reply::undetermined(),
        };
        reply.respond(head.headers, origin, overdue)
    }

    /// Services share the port; what a request is signed for and aimed at tells them apart.
    async fn reply(&self, head: &Parts, body: &Bytes) -> Reply {
        // Nearly all requests; what names none of the services is also answered as Kinesis does.
        if kinesis::is_meant(&head.headers) {
            return kinesis::reply(self, head, body).await;
        }
        if tables::are_meant(&head.headers) {
            return tables::reply(self, head, body).await;
        }
        match cloudwatch::protocol_of(head) {
            Some(protocol) => cloudwatch::reply(self, head, body, protocol).await,
            None => kinesis::reply(self, head, body).await,
        }
    }
}

#[cfg(test)]
impl Server {
    /// Everything in memory, for ten connections, one of which is there.
    pub async fn in_memory(settings: flumen_streams::Settings) -> Server {
        let clock = flumen_types::Clock::system();
        let storage = flumen_storage::Storage::ephemeral(flumen_storage::Settings::default()).unwrap();
        let tables = flumen_tables::Settings { memory_bytes: 1 << 20 };
        let metrics = flumen_watch::Settings { series_max: 100, age_ms: 3_600_000 };
        Server {
            tables: Tables::open(storage.clone(), clock.clone(), tables).await.unwrap(),
            streams: Streams::open(storage, clock.clone(), settings).await.unwrap(),
            watch: Watch::new(metrics, clock.clone()),
            own_metrics: OwnMetrics::default(),
            identities: Identities::new(None, Origins::default(), clock),
            memory: Memory::new(1 << 20),
            metrics: Metrics::default(),
            places: Arc::new(Semaphore::new(9)),
            connections_max: 10,
            host_names: Vec::new(),
            shared: Handle::current(),
        }
    }
}
