//! `/usage`: what was used, added up by stream, or one stream's hours one by one. JSON.

use std::collections::BTreeMap;

use flumen_streams::Streams;
use flumen_streams::metering::usage::{UsageRow, Used};
use flumen_streams::state::Mode;
use serde::{Deserialize, Serialize};

/// One stream's use, whatever incarnations its name had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Total {
    pub account: String,
    pub region: String,
    pub stream: String,
    /// In its last hour.
    pub mode: Mode,
    pub used: Used,
}

/// What a query asks for.
#[derive(Debug, Default, PartialEq)]
pub struct UsageQuery {
    pub since_ms: u64,
    pub stream: Option<String>,
    pub by_hour: bool,
}

impl UsageQuery {
    /// `since` (epoch milliseconds), `stream`, `by=hour`. Names of streams need no escapes. `by=hour` is for
    /// one stream, which bounds the answer. `None` for anything else.
    pub fn parse(query: &str) -> Option<UsageQuery> {
        let mut parsed = UsageQuery::default();
        for (name, value) in
            query.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, "")))
        {
            match name {
                "since" => parsed.since_ms = value.parse().ok()?,
                "stream" => parsed.stream = Some(value.to_owned()),
                "by" if value == "hour" => parsed.by_hour = true,
                _ => return None,
            }
        }
        (!parsed.by_hour || parsed.stream.is_some()).then_some(parsed)
    }

    pub fn concerns(&self, row: &UsageRow) -> bool {
        self.stream.as_ref().is_none_or(|name| *name == row.stream)
    }
}

/// Adds rows up.
#[derive(Default)]
pub struct Totals(BTreeMap<(String, String, String), Total>);

impl Totals {
    pub fn add(&mut self, row: UsageRow) {
        let key = (row.account.clone(), row.region.clone(), row.stream.clone());
        let UsageRow { account, region, stream, mode, used, .. } = row;
        let new = || Total { account, region, stream, mode, used: Used::default() };
        let total = self.0.entry(key).or_insert_with(new);
        total.mode = mode;
        total.used.add(&used);
    }

    pub fn finish(self) -> Vec<Total> {
        self.0.into_values().collect()
    }
}

pub async fn json(streams: &Streams, query: &UsageQuery) -> Result<Vec<u8>, flumen_streams::OpenError> {
    let (mut totals, mut rows) = (Totals::default(), Vec::new());
    let visit = |row: UsageRow| match query {
        _ if !query.concerns(&row) => {}
        UsageQuery { by_hour: true, .. } => rows.push(row),
        _ => totals.add(row),
    };
    streams.usage(query.since_ms, visit).await?;
    let json = if query.by_hour { serde_json::to_vec(&rows) } else { serde_json::to_vec(&totals.finish()) };
    Ok(json.expect("usage has string keys and no foreign types"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_given_for_one_stream_only() {
        let parsed = UsageQuery { since_ms: 5, stream: Some("s".into()), by_hour: true };
        assert_eq!(UsageQuery::parse("since=5&stream=s&by=hour"), Some(parsed));
        assert_eq!(UsageQuery::parse(""), Some(UsageQuery::default()));
        for wrong in ["by=hour", "since=x", "stream=s&by=day", "other=1"] {
            assert_eq!(UsageQuery::parse(wrong), None, "{wrong}");
        }
    }
}
