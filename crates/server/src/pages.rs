//! What operators ask for by GET or HEAD (and begin by PUT: `/rekey`): `/health` (the process is up), `/ready` (the log takes appends, and the server does
//! not stop), `/metrics`, `/usage`, `/audit/...`. Everything else that is not an API request gets AWS's answer.
//!
//! The first two are for probes and tell one word to whoever asks. The others name streams of all accounts, so they are told
//! on `--admin`, and elsewhere to who signs for them or has the token. Without credentials they are told to this machine as
//! well, and to others what names no partition key.

mod token;

use std::sync::Arc;

use flumen_api::{AuditPage, PageError, Peer, RekeyPageError, Reply, web};
use flumen_protocol::{ErrorCode, Fault};
use flumen_streams::RekeyError;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

use crate::exposition;
use crate::metrics;
use crate::server::Server;
use crate::usage::{self, UsageQuery};
pub use token::Token;

const JSON: &str = "application/json";
const JSON_LINES: &str = "application/x-ndjson";
const TEXT: &str = "text/plain; charset=utf-8";

const METRICS_ARE_TOLD: &str = "this page is told to who signs for the service flumen and may do flumen:GetMetrics, to who has \
                                the token of --metrics-token-file, and on the port of --admin\n";
const AUDIT_IS_TOLD: &str = "this page is told to who signs for the service flumen and may do flumen:SearchAudit and \
                             flumen:GetAuditSums, and without credentials to this machine\n";

const REKEY_IS_FOR: &str = "this is for who signs for the service flumen and may do flumen:RekeyStream, and without credentials \
                            for this machine\n";

/// What one who asks is told.
struct Visibility {
    /// Partition keys, which are data of whoever sent them.
    keys: bool,
    usage: bool,
}

const ALL: Visibility = Visibility { keys: true, usage: true };

/// What operators begin by PUT; `None` for any other path.
pub async fn begin(server: &Server, head: &Parts, from: &Arc<Peer>) -> Option<Reply> {
    match head.uri.path() {
        "/rekey" => Some(rekey(server, head, from, true).await),
        _ => None,
    }
}

/// `None` for any other path.
pub async fn page(server: &Server, head: &Parts, from: &Arc<Peer>) -> Option<Reply> {
    match head.uri.path() {
        "/health" => Some(text(StatusCode::OK, "up\n")),
        "/ready" => Some(ready(server)),
        path @ ("/metrics" | "/usage") => Some(match told(server, head, from) {
            Ok(told) if path == "/metrics" => {
                let page = metrics::page(server, told.keys);
                Reply::new(StatusCode::OK, Some(exposition::CONTENT_TYPE), page)
            }
            Ok(Visibility { usage: true, .. }) => usage(server, head.uri.query().unwrap_or_default()).await,
            Ok(_) => refusal(&Fault::bare(ErrorCode::MissingAuthenticationTokenException), METRICS_ARE_TOLD),
            Err(refused) => *refused,
        }),
        "/rekey" => Some(rekey(server, head, from, false).await),
        path => match AuditPage::of_path(path) {
            Some(page) => Some(audit(server, page, head, from).await),
            None => None,
        },
    }
}

/// What the audit of all accounts says. That is told to who signs for it alone, and where nobody signs to this machine.
async fn audit(server: &Server, page: AuditPage, head: &Parts, from: &Arc<Peer>) -> Reply {
    let open = !server.api.sign_in.is_checked();
    if open && !(from.is_local() && web::is_meant_for(&server.host_names, head)) {
        return refusal(&Fault::bare(ErrorCode::MissingAuthenticationTokenException), AUDIT_IS_TOLD);
    }
    match server.api.audit_page(page, from, head, open).await {
        Ok(lines) => Reply::new(StatusCode::OK, Some(JSON_LINES), lines),
        Err(PageError::Refused(fault)) => refusal(&fault, AUDIT_IS_TOLD),
        Err(error @ PageError::Wrong(_)) => {
            Reply::new(StatusCode::BAD_REQUEST, Some(TEXT), format!("{error}\n"))
        }
        Err(error @ PageError::Busy) => {
            Reply::new(StatusCode::SERVICE_UNAVAILABLE, Some(TEXT), format!("{error}\n"))
        }
        Err(error) => {
            tracing::warn!(%error, "the audit cannot be read");
            text(StatusCode::INTERNAL_SERVER_ERROR, "the audit cannot be read\n")
        }
    }
}

/// For who signs for it, and where nobody signs for this machine.
async fn rekey(server: &Server, head: &Parts, from: &Arc<Peer>, begins: bool) -> Reply {
    let open = !server.api.sign_in.is_checked();
    if open && !(from.is_local() && web::is_meant_for(&server.host_names, head)) {
        return refusal(&Fault::bare(ErrorCode::MissingAuthenticationTokenException), REKEY_IS_FOR);
    }
    let told = |status, error: RekeyPageError| Reply::new(status, Some(TEXT), format!("{error}\n"));
    match server.api.rekey_page(from, head, open, begins).await {
        Ok(page) => Reply::new(StatusCode::OK, Some(JSON), page),
        Err(RekeyPageError::Refused(fault)) => refusal(&fault, REKEY_IS_FOR),
        Err(error @ (RekeyPageError::NotFound(_) | RekeyPageError::Rekey(RekeyError::NotFound(_)))) => {
            told(StatusCode::NOT_FOUND, error)
        }
        Err(error @ RekeyPageError::Rekey(RekeyError::Commit(_))) => {
            tracing::warn!(%error, "a stream's records are not sealed again");
            text(StatusCode::INTERNAL_SERVER_ERROR, "it cannot be written\n")
        }
        Err(error @ (RekeyPageError::Wrong(_) | RekeyPageError::Rekey(_))) => {
            told(StatusCode::BAD_REQUEST, error)
        }
    }
}

/// What the port of `--admin` answers to everything else.
pub fn nothing_else() -> Reply {
    text(StatusCode::NOT_FOUND, "this port has GET and HEAD of /health, /ready, /metrics and /usage\n")
}

fn ready(server: &Server) -> Reply {
    let status = server.api.services.streams.log_status();
    match status.failed.or(status.stuck) {
        _ if *server.stopping.borrow() => text(StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        None => text(StatusCode::OK, "ready\n"),
        // The reason names files, so it goes to the log alone.
        Some(_) => text(StatusCode::SERVICE_UNAVAILABLE, "unready\n"),
    }
}

/// What who asks for metrics or usage is told.
fn told(server: &Server, head: &Parts, from: &Arc<Peer>) -> Result<Visibility, Box<Reply>> {
    let open = !server.api.sign_in.is_checked();
    if from.is_local() && (open || from.is_admin()) {
        // Pages of others in a browser on this machine reach it as well.
        return if web::is_meant_for(&server.host_names, head) {
            Ok(ALL)
        } else {
            Err(Box::new(misdirected()))
        };
    }
    if from.is_admin() {
        return Ok(Visibility { keys: false, usage: true });
    }
    if let Some(token) = bearer(head) {
        let right = server.metrics_token.as_ref().is_some_and(|right| right.is(token));
        return if right {
            Ok(ALL)
        } else {
            Err(Box::new(unauthorized("the token is not the one that may read this\n")))
        };
    }
    match server.api.check_operator(from, head) {
        Ok(()) => Ok(ALL),
        Err(_) if open && !head.headers.contains_key(header::AUTHORIZATION) => {
            Ok(Visibility { keys: false, usage: false })
        }
        Err(fault) => Err(Box::new(refusal(&fault, METRICS_ARE_TOLD))),
    }
}

/// The token of the only Authorization header, if it has one.
fn bearer(head: &Parts) -> Option<&str> {
    let mut headers = head.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (headers.next(), headers.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// `told` says whom the page is told to.
fn refusal(fault: &Fault, told: &'static str) -> Reply {
    match fault.code {
        ErrorCode::AccessDeniedException => {
            let why = fault.message.as_deref().unwrap_or_default();
            Reply::new(StatusCode::FORBIDDEN, Some(TEXT), format!("{why}\n"))
        }
        ErrorCode::MissingAuthenticationTokenException => unauthorized(told),
        code => {
            unauthorized(format!("{}: {}\n", code.as_str(), fault.message.as_deref().unwrap_or_default()))
        }
    }
}

fn unauthorized(why: impl Into<String>) -> Reply {
    let mut reply = Reply::new(StatusCode::UNAUTHORIZED, Some(TEXT), why.into());
    reply.headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    reply
}

fn misdirected() -> Reply {
    text(
        StatusCode::FORBIDDEN,
        "the Host header names another machine; this page is told to localhost, loopback addresses and the names in --tls-name\n",
    )
}

async fn usage(server: &Server, query: &str) -> Reply {
    let Some(asked) = UsageQuery::parse(query) else {
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

#[cfg(test)]
mod tests;
