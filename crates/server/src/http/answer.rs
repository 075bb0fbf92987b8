//! An answer's body as hyper sends it. What it holds goes when it is sent, and it is not held for ever.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use flumen_api::{Content, Share};
use http_body::{Body, Frame, SizeHint};

use crate::busy::Busy;

/// An answer that is not read in this time is given up, with its connection.
const ANSWER_MAX: Duration = Duration::from_secs(120);
/// Smaller answers hold too little to be worth a timer.
const ANSWER_TIMED_BYTES: usize = 128 * 1024;

/// An answer's body.
pub struct Answer {
    content: Content,
    /// Goes when the body has been handed over.
    _busy: Option<Busy>,
}

/// Bytes of an answer with what has to go when they are sent, which is later than when they are handed
/// over: hyper keeps them until the peer has taken them.
struct AnswerBytes {
    bytes: Bytes,
    _share: Share,
    _deadline: Option<Deadline>,
}

impl AsRef<[u8]> for AnswerBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Tells a connection that an answer on it takes too long, unless dropped before.
struct Deadline(tokio::task::JoinHandle<()>);

impl Drop for Deadline {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Deadline {
    fn new(busy: &Busy) -> Self {
        let overdue = busy.overdue().clone();
        Deadline(tokio::spawn(async move {
            tokio::time::sleep(ANSWER_MAX).await;
            overdue.notify_one();
        }))
    }
}

impl Answer {
    pub fn empty() -> Self {
        Answer { content: Content::Whole(Bytes::new()), _busy: None }
    }

    pub fn new(content: Content, share: Share, busy: Busy) -> Self {
        let content = match content {
            Content::Whole(bytes) if !share.is_empty() => {
                let deadline = (bytes.len() >= ANSWER_TIMED_BYTES).then(|| Deadline::new(&busy));
                let held = AnswerBytes { bytes, _share: share, _deadline: deadline };
                Content::Whole(Bytes::from_owner(held))
            }
            content => content,
        };
        Answer { content, _busy: Some(busy) }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = match &mut self.content {
            Content::Whole(data) if data.is_empty() => None,
            Content::Whole(data) => Some(std::mem::take(data)),
            Content::Events(events) => ready!(events.poll_next(cx)),
        };
        Poll::Ready(data.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.content, Content::Whole(data) if data.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(data) => SizeHint::with_exact(data.len() as u64),
            Content::Events(_) => SizeHint::default(),
        }
    }
}
