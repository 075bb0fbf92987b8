//! What operators ask for by GET: `/health` (the process is up), `/ready` (the log takes appends), `/metrics`,
//! and on addresses that only this machine reaches `/usage`. Everything else that is not an API request gets
//! AWS's answer.
//!
//! These pages are not signed. So once credentials are configured, those that name streams are served only
//! where nobody but this machine can ask.

use bytes::Bytes;
use http::{StatusCode, Uri};

use crate::exposition;
use crate::http::Server;
use crate::metrics;
use crate::usage::{self, Asked};

pub struct Page {
    pub status: StatusCode,
    pub content_type: &'static str,
    pub body: Bytes,
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// `None` for any other path. `local`: asked on an address that only this machine reaches.
pub async fn page(server: &Server, uri: &Uri, local: bool) -> Option<Page> {
    match uri.path() {
        "/health" => Some(text(StatusCode::OK, "up\n")),
        "/ready" => Some(ready(server)),
        "/metrics" if local || !server.identities.are_checked() => {
            let body = metrics::page(server, local).into();
            Some(Page { status: StatusCode::OK, content_type: exposition::CONTENT_TYPE, body })
        }
        "/usage" if local => Some(usage(server, uri.query().unwrap_or_default()).await),
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

async fn usage(server: &Server, query: &str) -> Page {
    let Some(asked) = Asked::parse(query) else {
        return text(
            StatusCode::BAD_REQUEST,
            "known are since=<epoch milliseconds>, stream=<name>, by=hour (with stream)\n",
        );
    };
    match usage::json(&server.streams, &asked).await {
        Ok(json) => Page { status: StatusCode::OK, content_type: JSON, body: json.into() },
        Err(error) => {
            tracing::warn!(%error, "usage cannot be read");
            text(StatusCode::INTERNAL_SERVER_ERROR, "usage cannot be read\n")
        }
    }
}

fn text(status: StatusCode, text: &'static str) -> Page {
    Page { status, content_type: TEXT, body: Bytes::from_static(text.as_bytes()) }
}
