//! How a request comes to a service and its answer back: over the network, or within the process that serves it. A
//! transport knows no operation; who may call is settled on its way, by a signature or by the way itself.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};

use crate::Error;

/// Carries requests to one service.
pub trait Transport: Send + Sync {
    /// Sends a request once; its head says what it is for, and nothing of who sends it. An error is that there is no
    /// whole answer: refusals are answers. Dropping the future gives the request up, which may have taken effect.
    fn send(&self, request: Request<Bytes>) -> Sending<'_>;
}

/// The answer to one request.
pub type Sending<'t> = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send + 't>>;

/// The body of an answer.
pub enum Body {
    Whole(Bytes),
    /// A stream of events; all refusals are whole.
    Events(Events),
}

/// The bytes of a stream of events as they come, cut anywhere, and `None` after the last. Dropping it ends the stream.
pub type Events = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> + Send>;
