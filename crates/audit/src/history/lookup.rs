//! Finding events, newest first: those that are recent, and those of the history. Source for what may be asked:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>

use std::collections::BinaryHeap;
use std::sync::Arc;

use flumen_storage::off_thread;

use super::index::{Hashed, hash};
use super::{Entry, History, HistoryError, Span};
use crate::event::{Attributes, Line, time_of_event_id};

/// So many chunks are read for one page at most: the next page goes on behind them.
const CHUNKS_MAX: usize = 64;
/// Entries of the index that are read at once.
const ENTRIES_AT_ONCE: usize = 128;
/// An id has the time of its event, and a call may be told of a little later.
const ID_MARGIN_MS: u64 = 60_000;

/// What an event has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    EventId,
    EventName,
    EventSource,
    /// `true` or `false`.
    ReadOnly,
    /// As [`Attributes::user_name`].
    UserName,
    /// The ARN of who called.
    Principal,
    AccessKeyId,
    ResourceType,
    /// An ARN, or the name at its end.
    ResourceName,
    /// That it was denied; the value is of no matter.
    Denied,
}

/// Whether an event is wanted.
pub type Also = Arc<dyn Fn(&Attributes<'_>) -> bool + Send + Sync>;

/// What is looked for: events that have all of it.
#[derive(Clone, Default)]
pub struct Lookup {
    /// The account and the region; without one, everywhere.
    pub place: Option<(String, String)>,
    pub attributes: Vec<(Attribute, String)>,
    /// Both ends belong to it.
    pub from_ms: u64,
    pub to_ms: u64,
    pub management_only: bool,
    /// Whatever else.
    pub also: Option<Also>,
}

/// Up to where a page came: the next one begins behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageToken {
    pub at_ms: u64,
    pub id: String,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The newest first.
    pub events: Vec<Line>,
    /// Nothing at the end.
    pub next: Option<PageToken>,
}

/// What stands behind the last slash or colon of an ARN.
pub(crate) fn name_of(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

impl Lookup {
    fn hashes(&self) -> Vec<u32> {
        let place = self.place.iter().map(|(account, region)| hash(Hashed::Place, &[account, region]));
        let attribute = |(attribute, value): &(Attribute, String)| {
            let what = match attribute {
                // Every event has another one: it is found by its time.
                Attribute::EventId => return None,
                Attribute::EventName => Hashed::Name,
                Attribute::EventSource => Hashed::Source,
                Attribute::ReadOnly => Hashed::ReadOnly,
                Attribute::UserName => Hashed::User,
                Attribute::Principal => Hashed::Principal,
                Attribute::AccessKeyId => Hashed::AccessKey,
                Attribute::ResourceType => Hashed::ResourceType,
                Attribute::ResourceName => Hashed::Resource,
                Attribute::Denied => return Some(hash(Hashed::Denied, &[])),
            };
            Some(hash(what, &[value]))
        };
        place.chain(self.attributes.iter().filter_map(attribute)).collect()
    }

    /// Narrower where an id is asked for.
    fn times(&self) -> (u64, u64) {
        let id = self.attributes.iter().find(|(attribute, _)| *attribute == Attribute::EventId);
        match id.map(|(_, id)| time_of_event_id(id)) {
            None => (self.from_ms, self.to_ms),
            Some(Some(ms)) => {
                (self.from_ms.max(ms.saturating_sub(ID_MARGIN_MS)), self.to_ms.min(ms + ID_MARGIN_MS))
            }
            // It is none of ours.
            Some(None) => (1, 0),
        }
    }

    fn has(&self, event: &Attributes<'_>) -> bool {
        let is_there =
            |(account, region): &(String, String)| event.account == *account && event.aws_region == *region;
        self.place.as_ref().is_none_or(is_there)
            && (!self.management_only || event.management_event)
            && self.attributes.iter().all(|(attribute, value)| is(event, *attribute, value))
            && self.also.as_ref().is_none_or(|also| also(event))
    }
}

fn is(event: &Attributes<'_>, attribute: Attribute, value: &str) -> bool {
    let identity = &event.user_identity;
    match attribute {
        Attribute::EventId => event.id == value,
        Attribute::EventName => event.event_name == value,
        Attribute::EventSource => event.event_source == value,
        Attribute::ReadOnly => value.parse() == Ok(event.read_only),
        Attribute::UserName => event.user_name() == Some(value),
        Attribute::Principal => identity.arn.as_deref() == Some(value),
        Attribute::AccessKeyId => identity.access_key_id.as_deref() == Some(value),
        Attribute::ResourceType => event.resources.iter().any(|of| of.kind.as_deref() == Some(value)),
        Attribute::ResourceName => {
            event.resources.iter().any(|of| of.arn == value || name_of(&of.arn) == value)
        }
        Attribute::Denied => event.is_denied(),
    }
}

/// An event that was found, in the order of pages.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    at: PageToken,
    text: Box<str>,
}

fn hits(lookup: &Lookup, after: Option<&PageToken>, lines: impl Iterator<Item = Line>) -> Vec<Hit> {
    let (from_ms, to_ms) = lookup.times();
    let hit = |line: Line| {
        if line.at_ms < from_ms || line.at_ms > to_ms || after.is_some_and(|after| line.at_ms > after.at_ms) {
            return None;
        }
        let event = Attributes::of(&line.text)?;
        if !lookup.has(&event) {
            return None;
        }
        let at = PageToken { at_ms: line.at_ms, id: event.id.into_owned() };
        let is_behind = after.is_none_or(|after| at < *after);
        is_behind.then_some(Hit { at, text: line.text })
    };
    lines.filter_map(hit).collect()
}

impl History {
    /// A page of at most `limit` events: of `recent`, and of what is in chunks.
    pub async fn lookup(
        &self,
        lookup: &Lookup,
        after: Option<PageToken>,
        limit: usize,
        recent: Vec<Line>,
    ) -> Result<Found, HistoryError> {
        let mut heap: BinaryHeap<Hit> = hits(lookup, after.as_ref(), recent.into_iter()).into();
        let mut chunks = self.candidates(lookup, after.as_ref());
        let mut found = Found::default();
        let mut read = 0;
        loop {
            // What is newer than all chunks that are left comes first.
            let left_ms = chunks.newest_ms();
            while found.events.len() < limit
                && heap.peek().is_some_and(|hit| left_ms.is_none_or(|ms| hit.at.at_ms > ms))
            {
                let Some(Hit { at, text }) = heap.pop() else { break };
                // Told twice, and in two chunks.
                if found.next.as_ref() != Some(&at) {
                    found.events.push(Line { at_ms: at.at_ms, text });
                    found.next = Some(at);
                }
            }
            if found.events.len() >= limit {
                return Ok(found);
            }
            if left_ms.is_none() {
                found.next = None;
                return Ok(found);
            }
            if read >= CHUNKS_MAX {
                // Nothing that is left is newer than what comes next.
                let ms = left_ms.unwrap_or(0);
                found.next = Some(PageToken { at_ms: ms, id: char::MAX.to_string() });
                return Ok(found);
            }
            let Some(span) = chunks.next(self).await? else { continue };
            read += 1;
            let Some(chunk) = self.chunk(span.position).await? else { continue };
            // Trimmed meanwhile, and another one is found in its place.
            if chunk.position != span.position {
                continue;
            }
            let (lookup, after) = (lookup.clone(), after.clone());
            let more = off_thread(move || hits(&lookup, after.as_ref(), chunk.events.into_iter())).await;
            heap.extend(more.map_err(|_| HistoryError::EndedEarly)?);
        }
    }

    fn candidates(&self, lookup: &Lookup, after: Option<&PageToken>) -> Candidates {
        let (from_ms, to_ms) = lookup.times();
        let to_ms = after.map_or(to_ms, |after| to_ms.min(after.at_ms));
        let spans = self.spans.lock().clone();
        let mut spans: Vec<Span> =
            spans.iter().filter(|span| span.last_ms >= from_ms && span.first_ms <= to_ms).copied().collect();
        // The newest at the end, from which they are taken.
        spans.sort_by_key(|span| span.last_ms);
        Candidates { hashes: lookup.hashes(), spans, looked_at: Vec::new() }
    }
}

/// Chunks that may have what is looked for.
struct Candidates {
    hashes: Vec<u32>,
    /// Not looked at in the index yet.
    spans: Vec<Span>,
    /// Looked at, the newest last.
    looked_at: Vec<Span>,
}

impl Candidates {
    /// None that is left has anything newer.
    fn newest_ms(&self) -> Option<u64> {
        let newest = [self.looked_at.last(), self.spans.last()].into_iter().flatten();
        newest.map(|span| span.last_ms).max()
    }

    /// The next one; nothing if none of those that were looked at now may have it.
    async fn next(&mut self, history: &History) -> Result<Option<Span>, HistoryError> {
        if self.looked_at.is_empty() {
            let from = self.spans.len().saturating_sub(ENTRIES_AT_ONCE);
            let group = self.spans.split_off(from);
            self.looked_at = history.those_that_may_have(&self.hashes, group).await?;
        }
        Ok(self.looked_at.pop())
    }
}

impl History {
    async fn those_that_may_have(&self, hashes: &[u32], group: Vec<Span>) -> Result<Vec<Span>, HistoryError> {
        if hashes.is_empty() {
            return Ok(group);
        }
        let (first, last) = group
            .iter()
            .fold((u64::MAX, 0), |(first, last), span| (first.min(span.entry), last.max(span.entry)));
        let mut kept = Vec::new();
        flumen_machine::read_records(&self.index, first, last + 1, |record| {
            let Some(span) = group.iter().find(|span| span.entry == record.position) else { return Ok(()) };
            let (_, entry) = Entry::read(record, &self.seal)?;
            if entry.may_have(hashes) {
                kept.push(*span);
            }
            Ok::<(), HistoryError>(())
        })
        .await?;
        kept.sort_by_key(|span| span.last_ms);
        Ok(kept)
    }
}
