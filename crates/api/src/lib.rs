//! The one way of a call: every request of every service goes through [`Api::answer`], from its head and body to its
//! reply. On the way it is known whose it is, what came of it is told in the service's own words, and it ends exactly
//! once ([`call`]), which is where it is counted and logged.
//!
//! There are no sockets here: whoever has a head and a body can call, and [`Api::client`] does for callers within the
//! process. How requests are read and replies are sent is the server's; what an operation does is each service's crate's.

mod accounts;
mod aside;
mod audit;
mod audit_files;
mod audit_pages;
pub mod call;
pub mod cloudtrail;
mod counts;
mod credentials;
mod events;
mod forms;
mod iam;
mod inside;
mod issuer_keys;
mod kms;
mod memory;
mod operator;
mod pace;
mod peer;
mod published;
mod rarely;
mod refused;
mod rekey_page;
mod reply;
mod service;
mod sign_in;
mod streams;
mod sts;
mod tables;
mod watch;
pub mod web;

use std::sync::Arc;

use bytes::Bytes;
use flumen_access::{AccountLimits, Basis, Request, Signatures, Standing};
use flumen_protocol::{ErrorCode, Fault, sign};
use flumen_types::Clock;
use http::header::{self, HeaderMap};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

pub use accounts::ConnectionOwner;
pub use aside::{ASIDE_BYTES, aside};
pub use audit::Auditor;
pub use audit_files::{AuditFiles, is_for_files};
pub use audit_pages::{AuditPage, PageError};
pub use call::{Call, request_id};
pub use cloudtrail::CloudTrail;
pub use counts::Counts;
pub use credentials::Credentials;
pub use events::Events;
pub use iam::IamService;
pub use inside::Inside;
pub use issuer_keys::{IssuerKeys, KeySource};
pub use kms::KmsService;
pub use memory::{Budget, Memory, Share};
pub use operator::SIGNING_NAME;
pub use peer::{Connection, Listener, Peer};
pub use published::published;
pub use rarely::Rarely;
pub use rekey_page::RekeyPageError;
pub use reply::{Content, Reply};
pub use service::{ServiceId, Services};
pub use sign_in::{SignIn, Signers, operator};
pub use sts::StsService;
pub use watch::{CloudWatch, own::NAMESPACE};

use accounts::Accounts;
use audit::{Audited, Draft};
use pace::Strangers;
use refused::Refused;
use service::{Head, IdentifiedRequest, Remembered, Service};
use sign_in::Identified;

/// All services, and what their calls share.
pub struct Api {
    pub services: Services,
    pub sign_in: SignIn,
    pub resources: Resources,
    accounts: Accounts,
    refused: Arc<Refused>,
    strangers: Strangers,
    /// Of calls that change something, so that none is carried out for whoever has overheard it.
    signatures: Mutex<Signatures>,
    /// By service.
    counts: Vec<Arc<Counts>>,
    clock: Clock,
    /// Of all streams of events that are under way.
    events: CancellationToken,
}

/// What calls take for a while.
pub struct Resources {
    pub memory: Memory,
    /// Threads for work of more than a moment: see [`aside`].
    pub threads: Handle,
    /// How much of it one account may take.
    pub limits: AccountLimits,
    /// Where calls are told of.
    pub auditor: Arc<Auditor>,
}

impl Api {
    pub fn new(services: Services, sign_in: SignIn, resources: Resources, clock: Clock) -> Self {
        let counts = |service: &ServiceId| {
            let (operations, codes) = service.counted();
            Arc::new(Counts::new(operations, codes))
        };
        let (counts, events) = (ServiceId::ALL.iter().map(counts).collect(), CancellationToken::new());
        let (refused, signatures) = (Arc::default(), Mutex::default());
        let accounts = Accounts::new(resources.limits.clone());
        let strangers = Strangers::default();
        Api { strangers, accounts, services, sign_in, resources, refused, signatures, counts, clock, events }
    }

    /// One request, by the service that it is for. In each service's order: what it wants to know first, whose the request
    /// is, what it asks for.
    async fn carry_out<S: Service>(
        &self,
        service: &S,
        id: ServiceId,
        from: &Arc<Peer>,
        head: &Head<'_>,
        body: Result<&Bytes, Fault>,
    ) -> Reply {
        let (auditor, now_ms) = (&self.resources.auditor, self.clock.now_ms());
        let mut call = Call::begin(S::SIGNING_NAME, self.counts(id), auditor, from, head, now_ms);
        let mut reply = 'reply: {
            let body = match body {
                Ok(body) => body,
                Err(fault) => break 'reply S::refuse(head, &fault.into(), &call),
            };
            let kind = match S::resolve(&call, head, body) {
                Ok(kind) => kind,
                Err(refused) => break 'reply *refused,
            };
            let operation = call.operation.get().copied();
            let is_for_anybody = operation.is_some_and(S::is_for_anybody);
            let identified = match &**from {
                Peer::Connection(_) if is_for_anybody => self.sign_in.unsigned(head),
                Peer::Connection(_) => self.sign_in.identify(head, body, S::SIGNING_NAME),
                Peer::Inside(inside) => {
                    Ok(Identified { caller: inside.caller().clone(), basis: None, signature: None })
                }
            };
            let Identified { mut caller, basis, signature } = match identified {
                Ok(identified) => identified,
                Err(fault) => {
                    self.sign_in_refused(&fault, from, Some(call.id()));
                    call.is_told = self.sign_in.is_checked();
                    let first = S::check_before_sign_in(&kind, body);
                    break 'reply S::refuse(head, &first.err().unwrap_or(fault).into(), &call);
                }
            };
            match operation.map(S::audited) {
                Some(Audited::Management { read_only }) => {
                    let draft = Draft::new(call.at_ms, &caller, call.access_key(), read_only);
                    call.draft = Some(Box::new(draft));
                }
                Some(Audited::Data { read_only }) => call.reads_data = read_only,
                None => {}
            }
            // Whoever has not said who they are takes nothing of anybody's.
            if !is_for_anybody {
                match self.admit(from, caller.principal(), &head.headers, body.len()) {
                    Ok(party) => call.party = party,
                    Err(refused) => {
                        call.caller = Some(caller);
                        let reply = S::refuse(head, &refused.fault.into(), &call);
                        break 'reply Reply { close: refused.close, ..reply };
                    }
                }
            }
            if let Some(basis) = basis {
                caller = caller.standing(self.standing(basis, from, &head.headers, call.at_ms));
            }
            let of_operation = operation.map_or(Remembered::Nothing, S::remembered);
            let is_told = call::is_logged() || call.draft.is_some();
            let remembered = if is_told { Remembered::AskerAndResources } else { of_operation };
            if remembered != Remembered::Nothing {
                let signature_sha256 = signature.as_deref().map(sign::fingerprint);
                if of_operation == Remembered::AskerAndResources
                    && let Err(fault) = self.check_first(signature_sha256.as_deref(), call.at_ms)
                {
                    call.caller = Some(caller);
                    break 'reply S::refuse(head, &fault.into(), &call);
                }
                let mut request = Request::new(call.id(), signature_sha256);
                if remembered == Remembered::AskerAndResources {
                    request = request.with_resources();
                }
                let request = Arc::new(request);
                call.request = Some(request.clone());
                caller = caller.asking(request);
            }
            call.caller = Some(caller);
            if of_operation == Remembered::AskerAndResources && auditor.audit.refuses() {
                let text = "Nothing is changed at the moment, since the audit of it cannot be written.";
                break 'reply S::refuse(head, &Fault::new(ErrorCode::ServiceUnavailable, text).into(), &call);
            }
            let caller = call.caller.as_ref().expect("it was put there");
            let request = IdentifiedRequest { kind, caller, head, body };
            let done = service.run(&self.resources, &call, request).await;
            // What nobody signs for is a sign-in of its own.
            if is_for_anybody {
                self.pace_stranger(from, done.is_ok());
            }
            done.unwrap_or_else(|fault| S::refuse(head, &fault, &call))
        };
        match &mut reply.content {
            Content::Events(events) => events.begin(call.begin_events(), self.events.child_token()),
            Content::Whole(body) => {
                call.sent(body.len());
                let event_waits = call.event_waits();
                call.end(reply.failed.as_deref());
                if event_waits {
                    auditor.audit.flush_before_an_answer().await;
                }
            }
        }
        reply.id = Some(call.take_id());
        reply
    }

    /// What was asked for by these signatures before this process began.
    pub fn remember(&self, signatures: &Signatures) {
        self.signatures.lock().extend(signatures);
    }

    /// Whether a call that changes something comes for the first time, or is sent again at once.
    fn check_first(&self, signature_sha256: Option<&str>, at_ms: u64) -> Result<(), Fault> {
        let Some(hash) = signature_sha256 else { return Ok(()) };
        let mut seen = self.signatures.lock();
        if seen.is_replayed(hash, at_ms) {
            let text = "A request with this signature was carried out before. Sign it anew.";
            return Err(Fault::new(ErrorCode::InvalidSignatureException, text));
        }
        seen.note_hash(hash, at_ms);
        Ok(())
    }

    /// What policies look at.
    fn standing(&self, basis: Basis, from: &Peer, headers: &HeaderMap, at_ms: u64) -> Standing {
        let user_agent = headers.get(header::USER_AGENT).cloned();
        let report = self.sign_in.report().cloned();
        Standing { basis, at_ms, source: from.source(), user_agent, report }
    }

    /// Ends all streams of events, for a server that stops.
    pub fn revoke_events(&self) {
        self.events.cancel();
    }

    pub fn counts(&self, service: ServiceId) -> &Arc<Counts> {
        &self.counts[service as usize]
    }
}
