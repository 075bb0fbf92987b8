//! A reply that is a stream of events. It begins as a call's answer and ends the call with its last frame, when it is
//! revoked, or when its reader goes. It is pulled, on the reader's thread: no frame is made before the one before it was
//! taken, so the reader's pace is the stream's.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::call::Call;
use crate::reply::Failed;

/// Frames of one call.
pub struct Events {
    maker: Maker,
    made: mpsc::Receiver<Frame>,
    begun: Option<Begun>,
}

/// Makes the frames, one at a time; `None` when it has ended.
type Maker = Option<Pin<Box<dyn Future<Output = ()> + Send>>>;

struct Begun {
    call: Call<'static>,
    revoked: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// One frame, and why it is the last one if it tells of a failure.
pub(crate) struct Frame {
    pub bytes: Bytes,
    pub failed: Option<Failed>,
}

/// Has room for one frame. Room is reserved before a frame is made, so that no more than one is held.
pub(crate) type Frames = mpsc::Sender<Frame>;

impl Events {
    /// `maker` sends its frames to what it is given, and ends when they end.
    pub(crate) fn new<F>(maker: impl FnOnce(Frames) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (frames, made) = mpsc::channel(1);
        Events { maker: Some(Box::pin(maker(frames))), made, begun: None }
    }

    /// From now on these are the events of `call`, until `revocation` is cancelled.
    pub(crate) fn begin(&mut self, call: Call<'static>, revocation: CancellationToken) {
        let revoked = Box::pin(revocation.cancelled_owned());
        self.begun = Some(Begun { call, revoked });
    }

    /// The next frame, `None` after the last one.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(Begun { call, revoked }) = &mut self.begun else { return Poll::Ready(None) };
        let frame = match revoked.as_mut().poll(cx) {
            Poll::Ready(()) => None,
            Poll::Pending => ready!(poll_frame(&mut self.made, &mut self.maker, cx)),
        };
        let Some(Frame { bytes, failed }) = frame else {
            call.end_events(None);
            self.begun = None;
            return Poll::Ready(None);
        };
        call.sent(bytes.len());
        if let Some(failed) = failed {
            call.end_events(Some(&failed));
        }
        Poll::Ready(Some(bytes))
    }
}

/// The frame that is there, or else the next that is made.
fn poll_frame(
    made: &mut mpsc::Receiver<Frame>,
    maker: &mut Maker,
    cx: &mut Context<'_>,
) -> Poll<Option<Frame>> {
    if let Poll::Ready(frame) = made.poll_recv(cx) {
        return Poll::Ready(frame);
    }
    if let Some(running) = maker
        && running.as_mut().poll(cx).is_ready()
    {
        *maker = None;
    }
    made.poll_recv(cx)
}
