//! Events, the newest first.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use flumen_audit::{Attribute, Attributes, Audit, AuditError, Lookup, PageToken, without_own};
use serde::Serialize;

use super::query::{PageQuery, name_of};
use super::{Lines, PageError};
use crate::published::published;

/// So many pages of the history are asked for one of these: whoever wants more goes on behind them.
const LOOKUPS_MAX: usize = 200;

/// Whether an event is wanted.
type Test = Box<dyn Fn(&Attributes<'_>) -> bool + Send + Sync>;

/// At the end of a page behind which there are more.
#[derive(Serialize)]
struct Next {
    next: String,
}

/// What `what` may be beside something's name.
static OPERATIONS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| published().iter().map(|row| row.operation).collect());

/// `tells` what decided.
pub(super) async fn page(audit: &Audit, query: &PageQuery, tells: bool) -> Result<Vec<u8>, PageError> {
    let lookup = lookup(query);
    let (mut lines, mut after, mut left) = (Lines::default(), query.after.clone(), query.limit);
    for _ in 0..LOOKUPS_MAX {
        let found = audit.lookup(&lookup, after.clone(), left).await.map_err(AuditError::from)?;
        for line in &found.events {
            let text = if tells { (&*line.text).into() } else { without_own(&line.text) };
            if !lines.push(&text) {
                left = 0;
                break;
            }
            left -= 1;
            after =
                Attributes::of(&line.text).map(|event| PageToken { at_ms: line.at_ms, id: event.id.into() });
        }
        match found.next {
            None if left > 0 => return Ok(lines.0),
            _ if left == 0 => break,
            next => after = next,
        }
    }
    if let Some(PageToken { at_ms, id }) = after {
        // There is room for it: a page ends below its bound.
        let next = serde_json::to_string(&Next { next: format!("{at_ms}.{id}") }).unwrap_or_default();
        lines.0.extend_from_slice(next.as_bytes());
        lines.0.push(b'\n');
    }
    Ok(lines.0)
}

/// What is told apart by the index goes there, and the rest is looked at event by event.
fn lookup(query: &PageQuery) -> Lookup {
    let mut attributes = Vec::new();
    let mut also: Vec<Test> = Vec::new();
    if let Some(id) = &query.id {
        attributes.push((Attribute::EventId, id.clone()));
    }
    if query.denied {
        attributes.push((Attribute::Denied, String::new()));
    }
    if query.data {
        also.push(Box::new(|event| !event.management_event));
    }
    match query.who.clone() {
        Some(arn) if arn.contains(":user/") || arn.ends_with(":root") => {
            attributes.push((Attribute::Principal, arn));
        }
        Some(key) if key.len() >= 16 && (key.starts_with("AKIA") || key.starts_with("ASIA")) => {
            attributes.push((Attribute::AccessKeyId, key));
        }
        Some(who) => also.push(Box::new(move |event| is_by(event, &who))),
        None => {}
    }
    match query.what.as_deref() {
        Some(service) if service.ends_with(".amazonaws.com") => {
            attributes.push((Attribute::EventSource, service.to_owned()));
        }
        Some(arn) if arn.starts_with("arn:") => attributes.push((Attribute::ResourceName, arn.to_owned())),
        Some(what) => {
            let operation = what.split_once(':').map_or(what, |(_, action)| action);
            let is_operation = OPERATIONS.contains(operation);
            let attribute = if is_operation { Attribute::EventName } else { Attribute::ResourceName };
            attributes.push((attribute, if is_operation { operation } else { what }.to_owned()));
        }
        None => {}
    }
    Lookup {
        place: None,
        attributes,
        from_ms: query.since_ms,
        to_ms: query.until_ms,
        management_only: false,
        also: (!also.is_empty())
            .then(|| Arc::new(move |event: &Attributes<'_>| also.iter().all(|is| is(event))) as _),
    }
}

/// Whether somebody of that name called: a user, a session, its role, an id.
fn is_by(event: &Attributes<'_>, who: &str) -> bool {
    let identity = &event.user_identity;
    let arn = identity.arn.as_deref().unwrap_or_default();
    // arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
    let role = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
    let is_role = role.is_some_and(|role| match who.split_once(":role/") {
        Some((of, _)) => role == name_of(who) && of.ends_with(&*event.account),
        None => role == who,
    });
    is_role
        || arn == who
        || event.user_name() == Some(who)
        || [&identity.principal_id, &identity.access_key_id].into_iter().flatten().any(|id| id == who)
}
