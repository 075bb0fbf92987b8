//! What a proposed policy would have done to the calls of a time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use flumen_access::policy::Policy;
use flumen_access::replay::{Effect, Past, Replay};
use flumen_audit::{AuditError, Line, time};
use flumen_streams::Streams;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::past::{Event, OfSum, questions};
use super::query::{PageQuery, is_denial_of_action};
use super::sums::{Total, totals};
use super::{Lines, PageError};
use crate::{Auditor, Services};

/// One at a time: it reads everything.
static ONE: Semaphore = Semaphore::const_new(1);
/// Rows that are told apart; of what is beyond the calls are counted.
const ROWS_MAX: usize = 10_000;

/// What happens to one principal's calls of an action with something.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplayRow<'a> {
    /// `denied`, `allowed`, or `untold`.
    effect: &'static str,
    principal: &'a str,
    action: &'a str,
    resource: &'a str,
    calls: u64,
    /// Of the last one; of sums when the period ended.
    last: String,
    /// Condition keys of which nothing is kept.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    keys: &'a [String],
}

/// At the end.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    events: u64,
    summed_calls: u64,
    unchanged: u64,
    denied: u64,
    allowed: u64,
    untold: u64,
    /// Of principals that are no more.
    gone: u64,
    rows_left_out: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damaged: Vec<String>,
}

type RowKey = (Effect, Box<str>, Box<str>, Box<str>);

/// A replay under way.
struct Playing {
    replay: Replay,
    streams: Streams,
    principals: Vec<String>,
    since_ms: u64,
    until_ms: u64,
    resource_policies: HashMap<String, Option<Arc<Policy>>>,
    rows: BTreeMap<RowKey, (u64, u64)>,
    /// Calls of data that have an event of their own, and are in sums as well; by names of sums.
    told: HashMap<[Box<str>; 5], u64>,
    summary: Summary,
}

pub(super) async fn page(
    services: &Services,
    auditor: &Auditor,
    query: &PageQuery,
) -> Result<Vec<u8>, PageError> {
    let wanted = |what: &str| PageError::Wrong(format!("{what} is wanted"));
    let text = query.policy.as_deref().ok_or_else(|| wanted("policy=<base64>"))?;
    let on = query.on.as_deref().ok_or_else(|| wanted("on=<ARN>"))?;
    let _one = ONE.try_acquire().map_err(|_| PageError::Busy)?;
    let replay = services.iam.0.replay(text, on, query.name.as_deref());
    let mut playing = Playing {
        replay: replay.map_err(|error| PageError::Wrong(error.to_string()))?,
        streams: services.streams.clone(),
        principals: query.principals.clone(),
        since_ms: query.since_ms,
        until_ms: query.until_ms,
        resource_policies: HashMap::new(),
        rows: BTreeMap::new(),
        told: HashMap::new(),
        summary: Summary::default(),
    };
    auditor.audit.rotate_settled().await?;
    let mut next = auditor.audit.history_from(query.since_ms);
    while let Some(chunk) = auditor.audit.chunk(next).await.map_err(AuditError::from)? {
        next = chunk.position + 1;
        playing = off_thread(move || {
            chunk.events.iter().for_each(|line| playing.event(line));
            playing
        })
        .await?;
    }
    let everything = PageQuery { since_ms: query.since_ms, until_ms: query.until_ms, ..PageQuery::default() };
    let (totals, damaged) = totals(&auditor.sums, &everything).await?;
    playing.summary.damaged = damaged;
    off_thread(move || {
        totals.iter().for_each(|(names, total)| playing.sum(names, total));
        playing.page()
    })
    .await
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PageError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| PageError::CutShort)
}

impl Playing {
    fn is_asked_for(&self, principal: &str) -> bool {
        self.principals.is_empty() || self.principals.iter().any(|asked| asked == principal)
    }

    fn event(&mut self, line: &Line) {
        if line.at_ms < self.since_ms || line.at_ms > self.until_ms {
            return;
        }
        let Some(event) = Event::of(&line.text).filter(Event::is_call) else { return };
        let (Some(principal), Some(subject)) = (event.principal(), event.subject()) else { return };
        let questions = event.questions();
        if !event.management_event {
            let outcome = event.error_code.as_deref().unwrap_or_default();
            let thing = questions.first().map_or("", |(_, resource)| resource);
            let names = [principal, thing, &event.event_source, &event.event_name, outcome].map(Box::from);
            *self.told.entry(names).or_default() += 1;
        }
        let Some(was_allowed) = event.was_allowed().filter(|_| self.is_asked_for(principal)) else { return };
        self.summary.events += 1;
        for (action, resource) in questions {
            let policy = self.resource_policy(resource);
            let resource_policy = policy.as_ref();
            let past =
                Past { principal, subject, action, resource, resource_policy, was_allowed, facts: &event };
            self.play(&past, 1, line.at_ms);
        }
    }

    fn sum(&mut self, names: &[Box<str>; 5], total: &Total) {
        let [principal, thing, service, operation, outcome] = names;
        // Keys are decided about by policies of their own, which are not looked at here.
        if &**service == "kms.amazonaws.com" {
            return;
        }
        let was_allowed = match &**outcome {
            "" => true,
            code if is_denial_of_action(code) => false,
            _ => return,
        };
        let told = self.told.get(names).copied().unwrap_or(0);
        let calls = total.counts.calls.saturating_sub(told);
        if calls == 0 || !principal.starts_with("arn:") || !self.is_asked_for(principal) {
            return;
        }
        self.summary.summed_calls += calls;
        let things: Vec<&str> = Some(&**thing).filter(|thing| !thing.is_empty()).into_iter().collect();
        let region = thing.split(':').nth(3).filter(|region| !region.is_empty());
        for (action, resource) in questions(service, operation, &things) {
            let policy = self.resource_policy(resource);
            let past = Past {
                principal,
                subject: principal,
                action,
                resource,
                resource_policy: policy.as_ref(),
                was_allowed,
                facts: &OfSum { region },
            };
            self.play(&past, calls, total.last_ms);
        }
    }

    fn resource_policy(&mut self, resource: &str) -> Option<Arc<Policy>> {
        if !resource.starts_with("arn:aws:kinesis:") {
            return None;
        }
        if let Some(known) = self.resource_policies.get(resource) {
            return known.clone();
        }
        let policy = self.streams.policy_of(resource);
        if self.resource_policies.len() < ROWS_MAX {
            self.resource_policies.insert(resource.to_owned(), policy.clone());
        }
        policy
    }

    fn play(&mut self, past: &Past<'_>, calls: u64, at_ms: u64) {
        let effect = self.replay.play(past);
        let summary = &mut self.summary;
        let count = match &effect {
            Effect::None => &mut summary.unchanged,
            Effect::Denied => &mut summary.denied,
            Effect::Allowed => &mut summary.allowed,
            Effect::Untold(_) => &mut summary.untold,
            Effect::Gone => &mut summary.gone,
        };
        *count += calls;
        if matches!(effect, Effect::None | Effect::Gone) {
            return;
        }
        let key = (effect, past.principal.into(), past.action.into(), past.resource.into());
        if self.rows.len() >= ROWS_MAX && !self.rows.contains_key(&key) {
            summary.rows_left_out += 1;
            return;
        }
        let (all, last_ms) = self.rows.entry(key).or_default();
        *all += calls;
        *last_ms = at_ms.max(*last_ms);
    }

    /// What would be denied first, with most calls first.
    fn page(self) -> Vec<u8> {
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by_key(|((effect, ..), (calls, _))| (effect_name(effect), std::cmp::Reverse(*calls)));
        rows.sort_by_key(|((effect, ..), _)| match effect {
            Effect::Denied => 0,
            Effect::Allowed => 1,
            _ => 2,
        });
        let (mut lines, mut summary) = (Lines::default(), self.summary);
        for ((effect, principal, action, resource), (calls, last_ms)) in rows {
            let keys = match effect {
                Effect::Untold(keys) => &keys[..],
                _ => &[],
            };
            let (effect, last, calls) = (effect_name(effect), time(*last_ms), *calls);
            if !lines.push_json(&ReplayRow { effect, principal, action, resource, calls, last, keys }) {
                summary.rows_left_out += 1;
            }
        }
        let summary = serde_json::json!({ "summary": summary }).to_string();
        lines.0.extend_from_slice(summary.as_bytes());
        lines.0.push(b'\n');
        lines.0
    }
}

fn effect_name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Denied => "denied",
        Effect::Allowed => "allowed",
        Effect::Untold(_) => "untold",
        Effect::None => "none",
        Effect::Gone => "gone",
    }
}
