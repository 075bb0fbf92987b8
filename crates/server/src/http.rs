//! The one front of all services: reads a request, gives it to `api` or to a page, and sends what comes of it.

mod answer;
pub(crate) mod body;
mod response;

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use flumen_api::{Peer, Reply, Share, aside, is_for_files};
use http::{HeaderValue, Method, Request, Response, Version, header};
use hyper::body::Incoming;

pub use answer::Answer;

use crate::busy::Busy;
use crate::pages;
use crate::server::Server;
use crate::workers;

impl Server {
    /// `busy` goes when the answer has been handed over.
    pub async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        from: Arc<Peer>,
        busy: Busy,
    ) -> Result<Response<Answer>, Infallible> {
        let (mut head, body) = request.into_parts();
        let mut origin = head.headers.contains_key(header::ORIGIN);
        let Ok(announced) = body::announced(&head.headers) else { return Ok(response::too_large()) };
        let admin = from.is_admin();
        if head.method == Method::OPTIONS && origin && !admin {
            return Ok(response::preflight(&head.headers));
        }
        self.api.pace(&from, &head.headers).await;
        let resources = &self.api.resources;
        let mut reply = match head.method {
            // What S3's clients read; what they would write needs no body to be refused.
            _ if !admin && head.method != Method::POST && is_for_files(&head) => {
                let server = self.clone();
                let replied = async move { (server.api.answer(&from, &head, Ok(&Bytes::new())).await, head) };
                let (reply, kept) = aside(&resources.threads, replied).await;
                head = kept;
                reply
            }
            Method::POST if !admin => {
                let mut share = Share::default();
                match body::read(&resources.memory, announced, body, &mut share).await {
                    Ok(Some(body)) if workers::stays(body.len()) => {
                        self.api.answer(&from, &head, Ok(&body)).await
                    }
                    Ok(Some(body)) => {
                        let (server, from) = (self.clone(), from.clone());
                        let replied = async move { (server.api.answer(&from, &head, Ok(&body)).await, head) };
                        let (reply, kept) = aside(&resources.threads, replied).await;
                        head = kept;
                        reply
                    }
                    Ok(None) => return Ok(response::too_large()),
                    Err(fault) => self.api.answer(&from, &head, Err(fault)).await,
                }
            }
            Method::GET | Method::HEAD => {
                let server = self.clone();
                let paged = async move { (pages::page(&server, &head, &from).await, head) };
                let (page, kept) = aside(&resources.threads, paged).await;
                head = kept;
                // What operators read is not for pages of others in their browser.
                origin &= page.is_none();
                match page {
                    Some(page) if head.method == Method::HEAD => page.without_body(),
                    Some(page) => page,
                    None if admin => pages::nothing_else(),
                    None => Reply::undetermined(),
                }
            }
            Method::PUT if head.uri.path() == "/rekey" => {
                // For programs alone.
                origin = false;
                let server = self.clone();
                let begun = async move { (pages::begin(&server, &head, &from).await, head) };
                let (begun, kept) = aside(&resources.threads, begun).await;
                head = kept;
                begun.unwrap_or_else(Reply::undetermined)
            }
            _ if admin => pages::nothing_else(),
            _ => Reply::undetermined(),
        };
        if reply.close {
            busy.is_last();
            if head.version < Version::HTTP_2 {
                reply.headers.push((header::CONNECTION, HeaderValue::from_static("close")));
            }
        }
        Ok(response::of(reply, head.headers, origin, busy))
    }
}
