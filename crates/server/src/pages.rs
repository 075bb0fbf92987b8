//! What operators ask for by GET or HEAD: `/health` (the process is up), `/ready` (the log takes appends), `/metrics`,
//! and on addresses that only this machine reaches `/usage`. Everything else that is not an API request gets
//! AWS's answer.
//!
//! These pages are not signed. So once credentials are configured, those that name streams are served only
//! where nobody but this machine can ask, and there only under a name of this machine's.

use flumen_api::{Reply, web};
use http::StatusCode;
use http::request::Parts;

use crate::exposition;
use crate::metrics;
use crate::server::Server;
use crate::usage::{self, Asked};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// `None` for any other path. `local`: asked on an address that only this machine reaches.
pub async fn page(server: &Server, head: &Parts, local: bool) -> Option<Reply> {
    match head.uri.path() {
        "/health" => Some(text(StatusCode::OK, "up\n")),
        "/ready" => Some(ready(server)),
        "/metrics" | "/usage" if local && !web::is_meant_for(&server.host_names, head) => Some(misdirected()),
        "/metrics" if local || !server.api.sign_in.is_checked() => {
            Some(Reply::new(StatusCode::OK, Some(exposition::CONTENT_TYPE), metrics::page(server, local)))
        }
        "/usage" if local => Some(usage(server, head.uri.query().unwrap_or_default()).await),
        _ => None,
    }
}

fn ready(server: &Server) -> Reply {
    let status = server.api.services.streams.log_status();
    match status.failed.or(status.stuck) {
        None => text(StatusCode::OK, "ready\n"),
        // The reason names files, so it goes to the log alone.
        Some(_) => text(StatusCode::SERVICE_UNAVAILABLE, "the log takes no appends\n"),
    }
}

fn misdirected() -> Reply {
    text(
        StatusCode::FORBIDDEN,
        "the Host header names another machine; this page is told to localhost, loopback addresses and the names in --tls-name\n",
    )
}

async fn usage(server: &Server, query: &str) -> Reply {
    let Some(asked) = Asked::parse(query) else {
        return text(
            StatusCode::BAD_REQUEST,
            "known are since=<epoch milliseconds>, stream=<name>, by=hour (with stream)\n",
        );
    };
    match usage::json(&server.api.services.streams, &asked).await {
        Ok(json) => Reply::new(StatusCode::OK, Some(JSON), json),
        Err(error) => {
            tracing::warn!(%error, "usage cannot be read");
            text(StatusCode::INTERNAL_SERVER_ERROR, "usage cannot be read\n")
        }
    }
}

fn text(status: StatusCode, text: &'static str) -> Reply {
    Reply::new(status, Some(TEXT), text.as_bytes())
}
