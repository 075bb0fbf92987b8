//! What operators ask for by GET: `/health` (the process is up), `/ready` (the log takes appends) and
//! `/metrics`. Everything else that is not an API request gets AWS's answer.

use bytes::Bytes;
use http::StatusCode;

use crate::exposition;
use crate::http::Server;
use crate::metrics;

pub struct Page {
    pub status: StatusCode,
    pub content_type: &'static str,
    pub body: Bytes,
}

const TEXT: &str = "text/plain; charset=utf-8";

/// `None` for any other path. `local`: asked on an address that only this machine reaches.
pub fn page(server: &Server, path: &str, local: bool) -> Option<Page> {
    match path {
        "/health" => Some(text(StatusCode::OK, "up\n")),
        "/ready" => Some(ready(server)),
        "/metrics" => {
            let body = metrics::page(server, local).into();
            Some(Page { status: StatusCode::OK, content_type: exposition::CONTENT_TYPE, body })
        }
        _ => None,
    }
}

fn ready(server: &Server) -> Page {
    let status = server.streams.log_status();
    match status.failed.or(status.full) {
        None => text(StatusCode::OK, "ready\n"),
        // The reason names files, so it goes to the log alone.
        Some(_) => text(StatusCode::SERVICE_UNAVAILABLE, "the log takes no appends\n"),
    }
}

fn text(status: StatusCode, text: &'static str) -> Page {
    Page { status, content_type: TEXT, body: Bytes::from_static(text.as_bytes()) }
}
