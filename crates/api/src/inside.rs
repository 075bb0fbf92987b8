//! The door for callers within this process. What they call goes through [`Api::answer`] as what comes from outside does:
//! they meet the same checks, decisions, rates and bounds, and their calls end in the same place. They come without a
//! socket, and as a service that is named at start, so they need no signature.
//!
//! Two bounds of outside are left to who calls. A body is whole before it comes, so counting its memory here would be too
//! late. And an answer is not taken away after a while: its memory is counted until it is dropped.

use std::sync::Arc;

use bytes::Bytes;
use flumen_access::{Caller, Principal};
use flumen_client::{Body, Client, ClientSettings, Sending, Transport};
use flumen_types::Realm;
use http::{Request, Response};

use crate::memory::Share;
use crate::{ASIDE_BYTES, Api, Content, Peer, Reply, aside};

/// Who calls from inside. [`Api::client`] alone makes one; nothing that a request says does.
#[derive(Clone, Debug)]
pub struct Inside(Caller);

impl Inside {
    pub(crate) fn caller(&self) -> &Caller {
        &self.0
    }
}

impl Api {
    /// A client whose calls are carried out here, as those of the service of this name, such as `lambda.amazonaws.com`,
    /// that acts in `realm`.
    pub fn client(self: &Arc<Self>, service: &str, realm: &Realm, settings: ClientSettings) -> Client {
        let principal = Arc::new(Principal::service(service, &*realm.account));
        let caller = Caller::new(principal, &*realm.region);
        let door = Door { api: self.clone(), from: Arc::new(Peer::Inside(Inside(caller))) };
        Client::over(door, "this process", &*realm.region, settings)
    }
}

/// The way of one service.
struct Door {
    api: Arc<Api>,
    from: Arc<Peer>,
}

impl Door {
    async fn reply(&self, request: Request<Bytes>) -> Reply {
        let (head, body) = request.into_parts();
        if body.len() < ASIDE_BYTES {
            return self.api.answer(&self.from, &head, Ok(&body)).await;
        }
        let (api, from) = (self.api.clone(), self.from.clone());
        let replied = async move { api.answer(&from, &head, Ok(&body)).await };
        aside(&self.api.resources.threads, replied).await
    }
}

impl Transport for Door {
    fn send(&self, request: Request<Bytes>) -> Sending<'_> {
        Box::pin(async { Ok(response(self.reply(request).await)) })
    }
}

fn response(reply: Reply) -> Response<Body> {
    let mut response = Response::new(match reply.content {
        Content::Whole(bytes) => Body::Whole(Bytes::from_owner(AnswerBytes { bytes, _share: reply.share })),
        Content::Events(mut events) => {
            Body::Events(Box::new(move |cx| events.poll_next(cx).map(|frame| frame.map(Ok))))
        }
    });
    *response.status_mut() = reply.status;
    response
}

/// An answer, with the memory that it takes for as long as its caller has it.
struct AnswerBytes {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for AnswerBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
