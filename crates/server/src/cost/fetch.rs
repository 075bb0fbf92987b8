//! Asks a running server for its usage, signed by whoever runs the command.

use anyhow::Context;
use flumen_api::SIGNING_NAME;
use flumen_cli::Misconfigured;
use flumen_client::{Environment, Error, page};
use http::{Method, StatusCode};

use crate::usage::{Total, UsageQuery};

pub fn totals(endpoint: Option<&str>, asked: &UsageQuery) -> anyhow::Result<Vec<Total>> {
    let mut path = format!("/usage?since={}", asked.since_ms);
    if let Some(stream) = &asked.stream {
        path += &format!("&stream={stream}");
    }
    anyhow::ensure!(
        path.bytes().all(|b| b.is_ascii_graphic() && b != b'#'),
        "{:?} is not the name of a stream",
        asked.stream.as_deref().unwrap_or_default()
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("threads")?;
    let asked =
        runtime.block_on(page(&Environment::of_process(), endpoint, SIGNING_NAME, Method::GET, &path));
    let (status, body) = asked.map_err(|error| match error {
        Error::Settings(_) => anyhow::Error::new(Misconfigured(error.into())),
        error => error.into(),
    })?;
    anyhow::ensure!(status == StatusCode::OK, "{status}: {}", String::from_utf8_lossy(&body).trim());
    serde_json::from_slice(&body).context("the response is not usage data")
}
