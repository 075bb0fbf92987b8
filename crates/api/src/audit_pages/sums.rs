//! Sums over a time, by what they are asked for.

use std::collections::BTreeMap;

use flumen_audit::sums::{Counts, OTHERS, Period, SumKey, Sums};
use flumen_audit::time;
use serde::Serialize;

use super::query::{By, PageQuery};
use super::{Lines, PageError};

/// What is beyond is one row.
const ROWS_MAX: usize = 50_000;

/// One row, of which the names are left out that it was not asked by.
#[derive(Serialize)]
struct SumRow<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    principal: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    thing: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    service: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    operation: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    outcome: &'a str,
    calls: u64,
    records: u64,
    bytes: u64,
    /// When the first period began, and the last one ended.
    first: String,
    last: String,
}

/// What was added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub counts: Counts,
    pub first_ms: u64,
    pub last_ms: u64,
}

impl Total {
    fn add(&mut self, period: Period, counts: Counts) {
        let is_first = self.counts.calls == 0;
        self.counts.add(counts);
        self.first_ms = if is_first { period.start_ms } else { self.first_ms.min(period.start_ms) };
        self.last_ms = self.last_ms.max(period.end_ms());
    }
}

/// By principal, thing, service, operation and outcome.
pub(super) type Totals = BTreeMap<[Box<str>; 5], Total>;

/// Adds up what is wanted. Answers with what could not be read as well.
pub(super) async fn totals(sums: &Sums, query: &PageQuery) -> Result<(Totals, Vec<String>), PageError> {
    let mut totals = Totals::new();
    let visit = |period: Period, key: &SumKey<'_>, counts: Counts| {
        if !query.wants(key) {
            return;
        }
        let SumKey { principal, thing, service, operation, outcome } = *key;
        let names = match query.by {
            None => [principal, thing, service, operation, outcome],
            Some(By::Principal) => [principal, "", "", "", ""],
            Some(By::Stream) => ["", thing, "", "", ""],
            Some(By::Operation) => ["", "", service, operation, ""],
        };
        let names = names.map(Box::from);
        if let Some(total) = totals.get_mut(&names) {
            return total.add(period, counts);
        }
        let names = if totals.len() < ROWS_MAX { names } else { [OTHERS, "", "", "", ""].map(Box::from) };
        totals.entry(names).or_default().add(period, counts);
    };
    let damaged = sums.read(query.since_ms, query.until_ms.saturating_add(1), visit).await?;
    Ok((totals, damaged))
}

/// Those with most calls first.
pub(super) async fn page(sums: &Sums, query: &PageQuery) -> Result<Vec<u8>, PageError> {
    let (totals, damaged) = totals(sums, query).await?;
    let mut rows: Vec<_> = totals.iter().collect();
    rows.sort_by_key(|(_, total)| std::cmp::Reverse(total.counts.calls));
    let mut lines = Lines::default();
    let mut left = rows.len();
    for ([principal, thing, service, operation, outcome], total) in rows {
        let Total { counts: Counts { calls, records, bytes }, first_ms, last_ms } = *total;
        let (first, last) = (time(first_ms), time(last_ms));
        let row =
            SumRow { principal, thing, service, operation, outcome, calls, records, bytes, first, last };
        if !lines.push_json(&row) {
            break;
        }
        left -= 1;
    }
    let mut about = serde_json::Map::new();
    if left > 0 {
        about.insert("rowsLeftOut".to_owned(), left.into());
    }
    if !damaged.is_empty() {
        about.insert("damaged".to_owned(), damaged.into());
    }
    if !about.is_empty() {
        let about = serde_json::Value::Object(about).to_string();
        lines.0.extend_from_slice(about.as_bytes());
        lines.0.push(b'\n');
    }
    Ok(lines.0)
}
