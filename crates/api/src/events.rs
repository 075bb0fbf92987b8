//! A reply that is a stream of events. It begins as a call's answer and ends the call with its last frame, when it is
//! revoked, or when its reader goes. It is pulled, on the reader's thread: no frame is made before the one before it was
//! taken, so the reader's pace is the stream's.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::accounts::Subscription;
use crate::call::{Call, Failed};
use crate::rarely::Rarely;

/// Frames of one call.
pub struct Events {
    /// Makes the frames, one at a time; `None` when it has ended.
    maker: Option<Rarely<dyn Future<Output = ()> + Send>>,
    made: Slot,
    begun: Option<Begun>,
    /// The account has sent and received more than it may: until when the next frame waits.
    paused: Option<Pin<Box<Sleep>>>,
    /// One of those that the account may have.
    _place: Option<Subscription>,
}

struct Begun {
    call: Call<'static>,
    revoked: Rarely<WaitForCancellationFutureOwned>,
}

/// One frame, and why it is the last one if it tells of a failure.
pub(crate) struct Frame {
    pub bytes: Bytes,
    /// In it, with their bytes of keys and data.
    pub records: (u64, u64),
    pub failed: Option<Failed>,
}

/// A frame that was made and not taken. Whoever takes it asks the maker for the next one, in the same task, so nobody has
/// to be woken.
type Slot = Arc<Mutex<Option<Frame>>>;

/// Takes one frame after the other.
pub(crate) struct Frames(Slot);

impl Frames {
    /// Returns when the frame was taken.
    pub async fn send(&self, frame: Frame) {
        *self.0.lock() = Some(frame);
        poll_fn(|_| if self.0.lock().is_some() { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

impl Events {
    /// `maker` sends its frames to what it is given, and ends when they end.
    pub(crate) fn new<F>(place: Option<Subscription>, maker: impl FnOnce(Frames) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let made = Slot::default();
        let maker = Some(Rarely::of(Box::pin(maker(Frames(made.clone()))) as Pin<Box<_>>));
        Events { maker, made, begun: None, paused: None, _place: place }
    }

    /// From now on these are the events of `call`, until `revocation` is cancelled.
    pub(crate) fn begin(&mut self, call: Call<'static>, revocation: CancellationToken) {
        let revoked = Rarely::new(revocation.cancelled_owned());
        self.begun = Some(Begun { call, revoked });
    }

    /// The next frame, `None` after the last one.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(Begun { call, revoked }) = &mut self.begun else { return Poll::Ready(None) };
        // Also of a stream that always has something to say.
        let is_revoked = Pin::new(revoked).poll(cx).is_ready();
        if let Some(paused) = &mut self.paused
            && !is_revoked
        {
            ready!(paused.as_mut().poll(cx));
            self.paused = None;
        }
        if let Some(maker) = &mut self.maker
            && !is_revoked
            && Pin::new(maker).poll(cx).is_ready()
        {
            self.maker = None;
        }
        let frame = if is_revoked { None } else { self.made.lock().take() };
        let Some(Frame { bytes, records, failed }) = frame else {
            if self.maker.is_some() && !is_revoked {
                return Poll::Pending;
            }
            call.end(None);
            self.begun = None;
            return Poll::Ready(None);
        };
        if let Some(maker) = &mut self.maker {
            maker.ask_again();
        }
        call.sent(bytes.len());
        call.passed(records.0, records.1);
        self.paused = call.pause().map(|pause| Box::pin(tokio::time::sleep(pause)));
        if let Some(failed) = failed {
            call.end(Some(&failed));
        }
        Poll::Ready(Some(bytes))
    }
}
