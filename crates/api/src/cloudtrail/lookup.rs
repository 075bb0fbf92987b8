//! LookupEvents: the management events of an account in a region, of the last 90 days, newest first.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};
use base64_simd::URL_SAFE_NO_PAD;
use flumen_access::{Action, Caller, Resource, decide};
use flumen_audit::{Attribute, Attributes, Audit, Line, Lookup, PageToken, without_own};
use flumen_protocol::Timestamp;
use flumen_protocol::cloudtrail::{
    Event, LookupAttributeKey, LookupEventsRequest, LookupEventsResponse, Resource as ResourceShape,
};
use flumen_types::Bucket;
use parking_lot::Mutex;

use super::errors::Refused;

const PAGE_MAX: usize = 50;
const AGE_MS_MAX: u64 = 90 * 24 * 3600 * 1000;
/// Calls a second of an account in a region.
const RATE: u64 = 2;
/// Accounts and regions whose rates are remembered; beyond it those that are within it are forgotten, as that says nothing.
const RATES_MAX: usize = 1024;
/// Whoever may simulate policies is told which of them decided.
const SIMULATE: Action = Action("iam:SimulatePrincipalPolicy");

/// How often each account asks in each region.
#[derive(Default)]
pub(super) struct LookupRates(Mutex<HashMap<(String, String), Bucket>>);

impl LookupRates {
    pub fn check(&self, caller: &Caller, now_ms: u64) -> Result<(), Refused> {
        let realm = caller.realm();
        let mut rates = self.0.lock();
        if rates.len() >= RATES_MAX {
            rates.retain(|_, bucket| !bucket.is_full(now_ms));
        }
        let of = (realm.account.clone(), realm.region.clone());
        let bucket = rates.entry(of).or_insert_with(|| Bucket::new(RATE, RATE));
        if bucket.try_take(1, now_ms) { Ok(()) } else { Err(Refused::Rate) }
    }
}

/// Once it is decided that the caller may.
pub(super) async fn lookup(
    audit: &Audit,
    caller: &Caller,
    asked: &LookupEventsRequest<'_>,
    now_ms: u64,
) -> Result<LookupEventsResponse<'static>, Refused> {
    // There are no events of insights.
    if asked.event_category.is_some() {
        return Ok(LookupEventsResponse { events: Some(Vec::new()), next_token: None });
    }
    let lookup = wanted(caller, asked, now_ms)?;
    let limit =
        asked.max_results.and_then(|max| usize::try_from(max).ok()).map_or(PAGE_MAX, |max| max.min(PAGE_MAX));
    let asked_hash = hash_of(caller, asked);
    let after = asked.next_token.as_deref().map(|token| read(token, &asked_hash)).transpose()?;
    let found = audit.lookup(&lookup, after, limit).await?;
    let is_told_all = may_simulate(caller);
    let mut told = HashSet::new();
    // What was told by a command and again at the call's end, with the history between, is there twice; the newer knows more.
    let is_new = |event: &Event<'_>| told.insert(event.event_id.as_deref().map(str::to_owned));
    let events = found.events.iter().filter_map(|line| event(line, is_told_all)).filter(is_new).collect();
    let next_token = found.next.map(|next| written(&next, &asked_hash).into());
    Ok(LookupEventsResponse { events: Some(events), next_token })
}

fn may_simulate(caller: &Caller) -> bool {
    let account = caller.principal().account();
    let anybody = format!("arn:aws:iam::{account}:user/*");
    // A clone, so that nothing of this is noted of the call.
    decide(&caller.clone(), &[SIMULATE], Resource::new(account, &anybody)).is_ok()
}

fn wanted(caller: &Caller, asked: &LookupEventsRequest<'_>, now_ms: u64) -> Result<Lookup, Refused> {
    let ms = |given: Option<Timestamp>| given.map(|Timestamp(ms)| u64::try_from(ms).unwrap_or(0));
    let oldest_ms = now_ms.saturating_sub(AGE_MS_MAX);
    let (start_ms, end_ms) = (ms(asked.start_time), ms(asked.end_time));
    if start_ms.zip(end_ms).is_some_and(|(start, end)| start > end) {
        return Err(Refused::TimeRange);
    }
    let attributes = match asked.lookup_attributes.as_deref().unwrap_or_default() {
        [] => Vec::new(),
        [only] => {
            vec![(attribute(only.attribute_key, &only.attribute_value)?, only.attribute_value.to_string())]
        }
        more => {
            let text = format!("You can specify one lookup attribute, and not {}.", more.len());
            return Err(Refused::Lookup(text));
        }
    };
    let realm = caller.realm();
    Ok(Lookup {
        place: Some((realm.account.clone(), realm.region.clone())),
        attributes,
        from_ms: start_ms.unwrap_or(0).max(oldest_ms),
        // Times are told in whole seconds, and events of the last one are wanted too.
        to_ms: end_ms.map_or(u64::MAX, |end| end.saturating_add(999)),
        management_only: true,
        also: None,
    })
}

fn attribute(key: LookupAttributeKey, value: &str) -> Result<Attribute, Refused> {
    Ok(match key {
        LookupAttributeKey::EventId => Attribute::EventId,
        LookupAttributeKey::EventName => Attribute::EventName,
        LookupAttributeKey::ReadOnly if !matches!(value, "true" | "false") => {
            return Err(Refused::Lookup(format!("The value of ReadOnly is true or false, and not {value}.")));
        }
        LookupAttributeKey::ReadOnly => Attribute::ReadOnly,
        LookupAttributeKey::Username => Attribute::UserName,
        LookupAttributeKey::ResourceType => Attribute::ResourceType,
        LookupAttributeKey::ResourceName => Attribute::ResourceName,
        LookupAttributeKey::EventSource => Attribute::EventSource,
        LookupAttributeKey::AccessKeyId => Attribute::AccessKeyId,
    })
}

/// Nothing where the line is no event.
fn event(line: &Line, is_told_all: bool) -> Option<Event<'static>> {
    let seen = Attributes::of(&line.text)?;
    let own = |text: &str| Some(Cow::Owned(text.to_owned()));
    let resource = |of: &flumen_audit::ResourceAttributes<'_>| ResourceShape {
        resource_type: of.kind.as_deref().and_then(own),
        resource_name: own(&of.arn),
    };
    let text = if is_told_all { Cow::Borrowed(&*line.text) } else { without_own(&line.text) };
    Some(Event {
        event_id: own(&seen.id),
        event_name: own(&seen.event_name),
        read_only: own(if seen.read_only { "true" } else { "false" }),
        access_key_id: seen.user_identity.access_key_id.as_deref().and_then(own),
        event_time: Some(Timestamp::of_ms(line.at_ms / 1000 * 1000)),
        event_source: own(&seen.event_source),
        username: seen.user_name().and_then(own),
        resources: Some(seen.resources.iter().map(resource).collect()),
        cloud_trail_event: own(&text),
    })
}

/// Of what is asked for, so that a token is not taken to another request.
fn hash_of(caller: &Caller, asked: &LookupEventsRequest<'_>) -> String {
    let realm = caller.realm();
    let about = format!(
        "{}/{}/{:?}/{:?}/{:?}",
        realm.account, realm.region, asked.lookup_attributes, asked.start_time, asked.end_time
    );
    URL_SAFE_NO_PAD.encode_to_string(&digest(&SHA256, about.as_bytes()).as_ref()[..12])
}

fn written(next: &PageToken, asked: &str) -> String {
    URL_SAFE_NO_PAD.encode_to_string(format!("{asked} {} {}", next.at_ms, next.id))
}

fn read(token: &str, asked: &str) -> Result<PageToken, Refused> {
    let decoded = URL_SAFE_NO_PAD.decode_to_vec(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or(Refused::Token)?;
    let mut parts = decoded.splitn(3, ' ');
    match (parts.next(), parts.next().and_then(|ms| ms.parse().ok()), parts.next()) {
        (Some(of), Some(at_ms), Some(id)) if of == asked => Ok(PageToken { at_ms, id: id.to_owned() }),
        _ => Err(Refused::Token),
    }
}
