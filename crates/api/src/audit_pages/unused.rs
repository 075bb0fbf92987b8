//! Access keys that nobody used, and actions that somebody may do and did not.

use std::collections::{HashMap, HashSet};

use flumen_audit::AuditError;

use super::past::{Event, row};
use super::query::{PageQuery, is_principal};
use super::sums::totals;
use super::{Lines, PageError};
use crate::published::published;
use crate::{Auditor, Services};

/// Actions by principal.
type Used = HashMap<Box<str>, HashSet<&'static str>>;

pub(super) async fn page(
    services: &Services,
    auditor: &Auditor,
    query: &PageQuery,
) -> Result<Vec<u8>, PageError> {
    let mut used = Used::new();
    auditor.audit.rotate_settled().await?;
    let mut next = auditor.audit.history_from(query.since_ms);
    while let Some(chunk) = auditor.audit.chunk(next).await.map_err(AuditError::from)? {
        next = chunk.position + 1;
        let since_ms = query.since_ms;
        let work = move || {
            for line in chunk.events.iter().filter(|line| line.at_ms >= since_ms) {
                let Some(event) = Event::of(&line.text).filter(Event::is_call) else { continue };
                if let (Some(principal), Some(true)) = (event.principal(), event.was_allowed()) {
                    add(&mut used, principal, &event.event_source, &event.event_name);
                }
            }
            used
        };
        used = tokio::task::spawn_blocking(work).await.map_err(|_| PageError::CutShort)?;
    }
    let everything = PageQuery { since_ms: query.since_ms, until_ms: query.until_ms, ..PageQuery::default() };
    let (totals, _) = totals(&auditor.sums, &everything).await?;
    for [principal, _, service, operation, outcome] in totals.keys() {
        if outcome.is_empty() {
            add(&mut used, principal, service, operation);
        }
    }
    let mut actions: Vec<&'static str> = Vec::new();
    for row in published().iter().filter(|row| row.served) {
        actions.extend(row.actions.iter().map(|action| action.0));
    }
    actions.sort_unstable();
    actions.dedup();
    let did = |principal: &str, action: &str| used.get(principal).is_some_and(|used| used.contains(action));
    let unused = services.iam.0.unused(&actions, query.since_ms, did);
    let mut lines = Lines::default();
    for one in &unused {
        if query.who.as_deref().is_none_or(|who| is_principal(&one.principal, who)) && !lines.push_json(one) {
            break;
        }
    }
    Ok(lines.0)
}

fn add(used: &mut Used, principal: &str, source: &str, operation: &str) {
    let Some(row) = row(source, operation) else { return };
    let actions = row.actions.iter().chain(row.actions_with_tags).map(|action| action.0);
    match used.get_mut(principal) {
        Some(known) => known.extend(actions),
        None => _ = used.insert(principal.into(), actions.collect()),
    }
}
