//! The one way of a call: every request of every service goes through [`Api::answer`], from its head and body to its
//! reply. On the way it is known whose it is, what came of it is told in the service's own words, and it ends exactly
//! once ([`call`]), which is where it is counted and logged.
//!
//! There are no sockets here: whoever has a head and a body can call, and [`Api::client`] does for callers within the
//! process. How requests are read and replies are sent is the server's; what an operation does is each service's crate's.

mod aside;
pub mod call;
mod counts;
mod credentials;
mod events;
mod inside;
mod memory;
mod operator;
mod peer;
mod rarely;
mod refused;
mod reply;
mod service;
mod sign_in;
mod streams;
mod tables;
mod watch;
pub mod web;

use std::sync::Arc;

use bytes::Bytes;
use flumen_access::Request;
use flumen_protocol::{Fault, sign};
use flumen_types::Clock;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

pub use aside::{ASIDE_BYTES, aside};
pub use call::{Call, request_id};
pub use counts::Counts;
pub use credentials::Credentials;
pub use events::Events;
pub use inside::Inside;
pub use memory::{Budget, Memory, Share};
pub use operator::SIGNING_NAME;
pub use peer::{Connection, Endpoint, EndpointPolicy, Listener, Peer};
pub use rarely::Rarely;
pub use reply::{Content, Reply};
pub use service::{ServiceId, Services};
pub use sign_in::SignIn;
pub use watch::{CloudWatch, own::NAMESPACE};

use refused::Refused;
use service::{Asked, Head, Remembered, Service};
use sign_in::Identified;

/// All services, and what their calls share.
pub struct Api {
    pub services: Services,
    pub sign_in: SignIn,
    pub resources: Resources,
    refused: Arc<Refused>,
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
}

impl Api {
    pub fn new(services: Services, sign_in: SignIn, resources: Resources, clock: Clock) -> Self {
        let counts = |service: &ServiceId| {
            let (operations, codes) = service.counted();
            Arc::new(Counts::new(operations, codes))
        };
        let (counts, events) = (ServiceId::ALL.iter().map(counts).collect(), CancellationToken::new());
        Api { services, sign_in, resources, refused: Arc::default(), counts, clock, events }
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
        let mut call = Call::begin(S::SIGNING_NAME, self.counts(id), from, head, self.clock.now_ms());
        let mut reply = 'reply: {
            let body = match body {
                Ok(body) => body,
                Err(fault) => break 'reply S::refuse(head, &fault.into(), &call),
            };
            let asked = match S::ask(&mut call, head, body) {
                Ok(asked) => asked,
                Err(refused) => break 'reply *refused,
            };
            let identified = match &**from {
                Peer::Connection(_) => self.sign_in.identify(head, body, S::SIGNING_NAME),
                Peer::Inside(inside) => Ok(Identified { caller: inside.caller().clone(), signature: None }),
            };
            let Identified { mut caller, signature } = match identified {
                Ok(identified) => identified,
                Err(fault) => {
                    self.sign_in_refused(&fault, from, Some(call.id()));
                    call.is_told = self.sign_in.is_checked();
                    let first = S::check_before_sign_in(&asked, body);
                    break 'reply S::refuse(head, &first.err().unwrap_or(fault).into(), &call);
                }
            };
            call.principal = Some(caller.principal().clone());
            let remembered = match call.operation {
                _ if call::is_logged() => Remembered::AskerAndResources,
                Some(operation) => S::remembered(operation),
                None => Remembered::Nothing,
            };
            if remembered != Remembered::Nothing {
                let mut request = Request::new(call.id(), signature.as_deref().map(sign::fingerprint));
                if remembered == Remembered::AskerAndResources {
                    request = request.with_resources();
                }
                let request = Arc::new(request);
                call.request = Some(request.clone());
                caller = caller.asking(request);
            }
            let asked = Asked { asked, caller, head, body };
            let done = service.run(&self.resources, &mut call, asked).await;
            done.unwrap_or_else(|fault| S::refuse(head, &fault, &call))
        };
        match &mut reply.content {
            Content::Events(events) => events.begin(call.begin_events(), self.events.child_token()),
            Content::Whole(body) => {
                call.sent(body.len());
                call.end(reply.failed.as_deref());
            }
        }
        reply.id = Some(call.take_id());
        reply
    }

    /// Ends all streams of events, for a server that stops.
    pub fn revoke_events(&self) {
        self.events.cancel();
    }

    pub fn counts(&self, service: ServiceId) -> &Arc<Counts> {
        &self.counts[service as usize]
    }
}
