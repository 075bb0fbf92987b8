//! A call: what is known of one request from its arrival to its end, and its end.
//!
//! A call ends exactly once: when its reply is there, when the last of its events is, or when nobody waits for it any
//! more and its future is dropped. Whatever has to be done once for every call is done in [`Call::close`].

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use flumen_access::{Caller, Principal, Request};
use flumen_audit::{Resource, is_denial};
use flumen_protocol::codec::Encode;
use flumen_protocol::sign;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;

use crate::accounts::Party;
use crate::audit::{About, Auditor, Draft};
use crate::counts::Counts;
use crate::peer::Peer;

/// One request under way.
pub struct Call<'r> {
    /// As the caller is told it.
    pub id: HeaderValue,
    /// When it came, in milliseconds since the epoch.
    pub at_ms: u64,
    /// This and what follows of the like is borrowed as long as the request is there: all workers have these in common, and count
    /// who holds them in one place.
    pub from: Cow<'r, Arc<Peer>>,
    head: HeadFields<'r>,
    /// The service's name, as signatures have it.
    pub service: &'static str,
    /// Which of the service's operations, once it is known; see `Service::counted`.
    pub operation: OnceLock<usize>,
    /// Who calls, once it is known, and what is noted of that.
    pub(crate) caller: Option<Caller>,
    /// And on what, where that is remembered: of operations that give commands, and where the ends of all calls are logged.
    pub request: Option<Arc<Request>>,
    /// The event that it leaves, where it leaves one of its own.
    pub(crate) draft: Option<Box<Draft>>,
    /// Where it leaves none: whether its operation only reads.
    pub(crate) reads_data: bool,
    auditor: Cow<'r, Arc<Auditor>>,
    /// The caller, where their account has limits.
    pub(crate) party: Option<Arc<Party>>,
    began: Instant,
    bytes: u64,
    /// There is an answer, of which a stream's events may still come.
    answered: bool,
    ended: bool,
    /// How it ends is in the log already, as far as it is to be.
    pub(crate) is_told: bool,
    /// Of the service.
    counts: Cow<'r, Arc<Counts>>,
}

/// What of a request's head is told of: looked up when it is asked for, as long as that is there.
enum HeadFields<'r> {
    In(&'r HeaderMap),
    Own { user_agent: Option<HeaderValue>, access_key: Option<Box<str>> },
}

/// A refusal, for the log. What was told to the caller is not in it: that quotes what they sent.
pub struct Failed {
    pub code: Cow<'static, str>,
    /// Of the code, among those that the service's errors are counted by.
    pub number: usize,
    /// The service failed, and does not refuse.
    pub is_ours: bool,
    /// Of a failure of the service.
    pub cause: Option<String>,
    /// What the caller is told, which may quote what they sent: for the audit alone.
    pub message: Option<String>,
}

/// How a call ended.
enum Outcome<'a> {
    Done,
    Failed(&'a Failed),
    /// Nobody waits for the answer any more, or for further events.
    Abandoned,
}

impl<'r> Call<'r> {
    pub(crate) fn begin(
        service: &'static str,
        counts: &'r Arc<Counts>,
        auditor: &'r Arc<Auditor>,
        from: &'r Arc<Peer>,
        head: &'r Parts,
        at_ms: u64,
    ) -> Self {
        Call {
            id: request_id(),
            at_ms,
            from: Cow::Borrowed(from),
            head: HeadFields::In(&head.headers),
            service,
            operation: OnceLock::new(),
            caller: None,
            party: None,
            request: None,
            draft: None,
            reads_data: false,
            auditor: Cow::Borrowed(auditor),
            began: Instant::now(),
            bytes: 0,
            answered: false,
            ended: false,
            is_told: false,
            counts: Cow::Borrowed(counts),
        }
    }

    /// The request's id as text.
    pub fn id(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    /// The API's name of the operation, empty before it is known.
    pub fn operation(&self) -> &'static str {
        self.operation.get().map_or("", |operation| self.counts.operation(*operation))
    }

    /// It is known now which operation it is for.
    pub(crate) fn is_for(&self, operation: Option<usize>) {
        if let Some(operation) = operation {
            let _ = self.operation.set(operation);
        }
    }

    fn principal(&self) -> Option<&Arc<Principal>> {
        self.caller.as_ref().map(Caller::principal)
    }

    /// It asks for this, which its event says; also the one that rides in its command.
    pub(crate) fn asks(&self, input: &impl Encode) {
        if let Some(draft) = &self.draft {
            draft.asks(input);
            self.rides(draft);
        }
    }

    /// The same of a body that is JSON.
    pub(crate) fn asks_json(&self, body: &[u8]) {
        if let Some(draft) = &self.draft {
            draft.asks_json(body);
            self.rides(draft);
        }
    }

    /// It is answered with this, which its event says, if it is the event of a change.
    pub(crate) fn answers(&self, output: &impl Encode) {
        if let Some(draft) = &self.draft
            && !draft.is_read_only()
        {
            draft.answers(output);
        }
    }

    fn rides(&self, draft: &Draft) {
        let (Some(request), Some(caller)) = (&self.request, &self.caller) else { return };
        if !draft.is_read_only() {
            let line = draft.riding_line(&self.about(caller, &[], None, false));
            request.note_event(draft.id().to_owned(), line);
        }
    }

    fn about<'a>(
        &'a self,
        caller: &'a Caller,
        resources: &'a [Resource],
        failed: Option<&'a Failed>,
        is_cut_off: bool,
    ) -> About<'a> {
        let took_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        About {
            at_ms: self.at_ms.saturating_add(took_ms),
            caller,
            from: &self.from,
            user_agent: self.user_agent(),
            service: self.service,
            operation: self.operation(),
            request_id: self.id(),
            resources,
            error: failed.map(|failed| (&*failed.code, failed.message.as_deref())),
            is_cut_off,
            is_management: true,
        }
    }

    /// The ARNs of what it is for, as far as they are remembered, with commas between.
    fn on(&self) -> Option<String> {
        let resources = self.request.as_ref()?.resources();
        (!resources.is_empty()).then(|| resources.join(","))
    }

    /// What the caller says that it is.
    pub fn user_agent(&self) -> Option<&str> {
        self.head.user_agent()?.to_str().ok()
    }

    /// By which it was signed.
    pub(crate) fn access_key(&self) -> Option<&str> {
        match &self.head {
            HeadFields::In(headers) => sign::access_key(headers),
            HeadFields::Own { access_key, .. } => access_key.as_deref(),
        }
    }

    /// The request's id, where nobody asks for it any more.
    pub(crate) fn take_id(&mut self) -> HeaderValue {
        std::mem::replace(&mut self.id, HeaderValue::from_static(""))
    }

    /// Ends: with a reply that is whole, or after the last event.
    pub(crate) fn end(&mut self, failed: Option<&Failed>) {
        self.close(&failed.map_or(Outcome::Done, Outcome::Failed));
    }

    /// The answer is there, and events follow: the call goes on in what is given back, and ends there.
    pub(crate) fn begin_events(&mut self) -> Call<'static> {
        self.answered();
        self.ended = true;
        // A clone would keep the whole head.
        let own = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).ok();
        Call {
            id: self.id.clone(),
            at_ms: self.at_ms,
            from: Cow::Owned(Arc::clone(&self.from)),
            head: HeadFields::Own {
                user_agent: self.head.user_agent().and_then(own),
                access_key: self.access_key().map(Into::into),
            },
            service: self.service,
            operation: self.operation.clone(),
            caller: self.caller.take(),
            party: self.party.clone(),
            request: self.request.clone(),
            draft: self.draft.take(),
            reads_data: self.reads_data,
            auditor: Cow::Owned(Arc::clone(&self.auditor)),
            began: self.began,
            bytes: self.bytes,
            answered: self.answered,
            ended: false,
            is_told: self.is_told,
            counts: Cow::Owned(Arc::clone(&self.counts)),
        }
    }

    /// Records have gone to a reader, with so many bytes of keys and data.
    pub(crate) fn passed(&self, records: u64, bytes: u64) {
        if let Some(caller) = &self.caller {
            caller.noted().note_records(records, bytes);
        }
    }

    pub(crate) fn sent(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if let Some(party) = &self.party {
            party.sent(bytes);
        }
    }

    /// How long the next event has to wait, after what the account has sent and received.
    pub(crate) fn pause(&self) -> Option<Duration> {
        self.party.as_ref()?.pause()
    }

    fn answered(&mut self) {
        if !self.answered {
            self.answered = true;
            if let Some(operation) = self.operation.get() {
                self.counts.took(*operation, self.began.elapsed());
            }
        }
    }

    fn close(&mut self, outcome: &Outcome<'_>) {
        if !std::mem::replace(&mut self.ended, true) {
            if !matches!(outcome, Outcome::Abandoned) {
                self.answered();
            }
            self.tell(outcome);
            self.audit(outcome);
        }
    }

    /// Its event, or its part of a sum.
    fn audit(&self, outcome: &Outcome<'_>) {
        let (failed, is_cut_off) = match outcome {
            Outcome::Done => (None, false),
            Outcome::Failed(failed) => (Some(*failed), false),
            Outcome::Abandoned => (None, true),
        };
        let is_denied = failed.is_some_and(|failed| is_denial(&failed.code));
        self.auditor.count(self.caller.as_ref(), is_denied);
        if self.draft.is_none() {
            self.sum(failed, is_cut_off);
            let is_wanted =
                |caller| self.auditor.is_wanted(caller, self.service, self.operation(), self.reads_data);
            if !is_denied && !self.caller.as_ref().is_some_and(is_wanted) {
                return;
            }
        }
        if let Some(caller) = &self.caller {
            self.leave_event(caller, failed, is_cut_off, is_denied);
        }
    }

    fn sum(&self, failed: Option<&Failed>, is_cut_off: bool) {
        let code = failed.map(|failed| &*failed.code);
        self.auditor.sum(self.caller.as_ref(), self.service, self.operation(), code, is_cut_off);
    }

    fn leave_event(&self, caller: &Caller, failed: Option<&Failed>, is_cut_off: bool, is_denied: bool) {
        let of_data;
        let draft = match &self.draft {
            draft if is_denied && !self.auditor.tells_denial(caller.principal(), self.at_ms) => {
                if draft.is_some() {
                    self.sum(failed, is_cut_off);
                }
                return;
            }
            Some(draft) => &**draft,
            // Of records and items.
            None => {
                of_data = Draft::new(self.at_ms, caller, self.access_key(), self.reads_data);
                &of_data
            }
        };
        let noted = caller.noted().on().map(|arn| arn.to_string()).into_iter();
        let resources = match &self.request {
            Some(request) if !request.resources().is_empty() => request.resources(),
            _ => noted.collect(),
        };
        let resources: Vec<Resource> = resources.iter().map(|arn| Resource::of_arn(arn)).collect();
        let is_management = self.draft.is_some();
        let about = About { is_management, ..self.about(caller, &resources, failed, is_cut_off) };
        self.auditor.tell(draft, &about);
    }

    /// Whether its event, once it is told, has to be durable before the answer: it is of a change, or of what was refused to be
    /// one, and has not come by a command. For before it ends.
    pub(crate) fn event_waits(&self) -> bool {
        let waits = |draft: &Draft| !draft.is_read_only() && !self.auditor.audit.has_ridden(draft.id());
        self.draft.as_deref().is_some_and(waits)
    }

    /// What has to be done once for every call. Neither what was told to the caller is logged, which quotes what they sent,
    /// nor what a refused one names: it may be anything.
    fn tell(&self, outcome: &Outcome<'_>) {
        // Of a request that is done nothing is read unless it is logged.
        match outcome {
            Outcome::Done => tracing::trace!(
                request_id = self.id(),
                service = self.service,
                operation = self.operation(),
                on = self.on(),
                account = self.principal().map(|principal| principal.account()),
                principal = self.principal().map(tracing::field::display),
                peer = %self.from,
                user_agent = self.user_agent(),
                bytes = self.bytes,
                "request done"
            ),
            Outcome::Failed(failed) => {
                self.counts.failed(self.operation.get().copied(), failed.number);
                let (request_id, service, operation) = (self.id(), self.service, self.operation());
                let code = &*failed.code;
                // Failures of the service are for whoever runs it; refusals are the caller's, and are told to them.
                if failed.is_ours {
                    let cause = failed.cause.as_deref().unwrap_or_default();
                    tracing::error!(
                        request_id,
                        service,
                        operation,
                        on = self.on(),
                        code,
                        cause,
                        "request failed"
                    );
                } else if !self.is_told {
                    tracing::debug!(request_id, service, operation, code, "request refused");
                }
            }
            Outcome::Abandoned => {
                let (request_id, service, operation) = (self.id(), self.service, self.operation());
                tracing::debug!(
                    request_id,
                    service,
                    operation,
                    on = self.on(),
                    bytes = self.bytes,
                    "request abandoned"
                );
            }
        }
    }
}

impl HeadFields<'_> {
    fn user_agent(&self) -> Option<&HeaderValue> {
        match self {
            HeadFields::In(headers) => headers.get(header::USER_AGENT),
            HeadFields::Own { user_agent, .. } => user_agent.as_ref(),
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.close(&Outcome::Abandoned);
    }
}

/// Whether the ends of all calls are, and not only of those that fail.
pub(crate) fn is_logged() -> bool {
    tracing::enabled!(tracing::Level::DEBUG)
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A UUID of version 4. It names a request and protects nothing.
pub fn request_id() -> HeaderValue {
    let bits = fastrand::u128(..) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let mut text = [b'-'; 36];
    // Where each byte's two digits stand.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    for (byte, at) in bits.to_be_bytes().into_iter().zip(PLACES) {
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 0xf)];
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_uuids_of_version_four() {
        for _ in 0..100 {
            let id = request_id();
            let id = id.to_str().unwrap();
            let parts: Vec<&str> = id.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
    }
}
