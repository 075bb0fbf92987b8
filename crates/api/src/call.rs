//! A call: what is known of one request from its arrival to its end, and its end.
//!
//! A call ends exactly once: when its reply is there, when the last of its events is, or when nobody waits for it any
//! more and its future is dropped. Whatever has to be done once for every call is done in [`Call::close`].

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flumen_access::{Principal, Request};
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;

use crate::accounts::Party;
use crate::counts::Counts;
use crate::peer::Peer;

/// One request under way.
pub struct Call<'r> {
    /// As the caller is told it.
    pub id: HeaderValue,
    /// When it came, in milliseconds since the epoch.
    pub at_ms: u64,
    pub from: Arc<Peer>,
    user_agent: UserAgent<'r>,
    /// The service's name, as signatures have it.
    pub service: &'static str,
    /// Which of the service's operations, once it is known; see `Service::counted`.
    pub operation: Option<usize>,
    /// Who calls, once it is known.
    pub principal: Option<Arc<Principal>>,
    /// And on what, where that is remembered: of operations that give commands, and where the ends of all calls are logged.
    pub request: Option<Arc<Request>>,
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
    counts: Arc<Counts>,
}

/// Looked up when it is asked for, as long as the request's head is there.
enum UserAgent<'r> {
    In(&'r HeaderMap),
    Kept(Option<HeaderValue>),
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
        counts: &Arc<Counts>,
        from: &Arc<Peer>,
        head: &'r Parts,
        at_ms: u64,
    ) -> Self {
        Call {
            id: request_id(),
            at_ms,
            from: from.clone(),
            user_agent: UserAgent::In(&head.headers),
            service,
            operation: None,
            principal: None,
            party: None,
            request: None,
            began: Instant::now(),
            bytes: 0,
            answered: false,
            ended: false,
            is_told: false,
            counts: counts.clone(),
        }
    }

    /// The request's id as text.
    pub fn id(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    /// The API's name of the operation, empty before it is known.
    pub fn operation(&self) -> &'static str {
        self.operation.map_or("", |operation| self.counts.operation(operation))
    }

    /// The ARNs of what it is for, as far as they are remembered, with commas between.
    fn on(&self) -> Option<String> {
        let resources = self.request.as_ref()?.resources();
        (!resources.is_empty()).then(|| resources.join(","))
    }

    /// What the caller says that it is.
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.value()?.to_str().ok()
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
            from: self.from.clone(),
            user_agent: UserAgent::Kept(self.user_agent.value().and_then(own)),
            service: self.service,
            operation: self.operation,
            principal: self.principal.clone(),
            party: self.party.clone(),
            request: self.request.clone(),
            began: self.began,
            bytes: self.bytes,
            answered: self.answered,
            ended: false,
            is_told: self.is_told,
            counts: self.counts.clone(),
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
            if let Some(operation) = self.operation {
                self.counts.took(operation, self.began.elapsed());
            }
        }
    }

    fn close(&mut self, outcome: &Outcome<'_>) {
        if !std::mem::replace(&mut self.ended, true) {
            if !matches!(outcome, Outcome::Abandoned) {
                self.answered();
            }
            self.tell(outcome);
        }
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
                account = self.principal.as_ref().map(|principal| principal.account()),
                principal = self.principal.as_ref().map(tracing::field::display),
                peer = %self.from,
                user_agent = self.user_agent(),
                bytes = self.bytes,
                "request done"
            ),
            Outcome::Failed(failed) => {
                self.counts.failed(self.operation, failed.number);
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

impl UserAgent<'_> {
    fn value(&self) -> Option<&HeaderValue> {
        match self {
            UserAgent::In(headers) => headers.get(header::USER_AGENT),
            UserAgent::Kept(value) => value.as_ref(),
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
