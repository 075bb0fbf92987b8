//! Writes that wait for the writer.

use std::collections::VecDeque;

use flumen_machine::Origin;
use flumen_types::Realm;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use crate::answer::Answer;
use crate::budget::QueuedBytes;
use crate::operation::Operation;
use crate::request::Request;

/// What is appended together. One write may be larger.
const GROUP_BYTES: usize = 1024 * 1024;

/// A write that nobody has carried out yet.
pub(crate) struct Write {
    pub realm: Realm,
    pub origin: Origin,
    pub operation: Operation,
    pub id: String,
    pub body: Vec<u8>,
    pub request: Request,
    /// Held until it is answered, also when nobody waits for that any more.
    pub queued: QueuedBytes,
    pub reply: oneshot::Sender<Answer>,
}

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<QueueState>,
    more: Notify,
}

#[derive(Default)]
struct QueueState {
    waiting: VecDeque<Write>,
    closed: bool,
}

impl Queue {
    /// Drops the write, and with it the answer's sender, when no more are taken.
    pub fn push(&self, write: Write) {
        let mut state = self.state.lock();
        if !state.closed {
            state.waiting.push_back(write);
            self.more.notify_one();
        }
    }

    pub fn close(&self) {
        self.state.lock().closed = true;
        self.more.notify_one();
    }

    /// The writes that go together; none when the queue is closed and empty.
    pub async fn next(&self) -> Vec<Write> {
        loop {
            {
                let mut state = self.state.lock();
                let mut bytes = 0;
                let mut group = Vec::new();
                while let Some(write) = state.waiting.front()
                    && (group.is_empty() || bytes + write.body.len() <= GROUP_BYTES)
                {
                    bytes += write.body.len();
                    group.extend(state.waiting.pop_front());
                }
                if !group.is_empty() || state.closed {
                    return group;
                }
            }
            self.more.notified().await;
        }
    }
}
