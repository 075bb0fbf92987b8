//! What waits for the writer. Bounded in bytes: beyond the limit a call is refused, so memory stays bounded
//! however slow the disk is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::{Condvar, Mutex};
use smallvec::smallvec;
use tokio::sync::oneshot;

use crate::{Answers, AppendError, Appended, Appends, Log};

pub(crate) struct Queue {
    state: Mutex<QueueState>,
    more: Condvar,
    limit: u64,
    call_limit: u64,
}

#[derive(Default)]
struct QueueState {
    calls: VecDeque<Call>,
    /// Of calls that are not answered, also while they are being written.
    bytes: u64,
    /// The writer is to be woken.
    waits: bool,
    failed: Option<Arc<str>>,
    closed: bool,
}

pub(crate) enum Call {
    Append(AppendCall),
    /// Answered when every call before it is.
    Barrier(oneshot::Sender<Result<(), AppendError>>),
    Delete(Vec<Log>),
    /// The journal goes on in its next file, if this is said of the one in use.
    LeaveFile(Leave, oneshot::Sender<Result<(), AppendError>>),
}

/// Which file the journal is to leave.
pub(crate) enum Leave {
    /// One that has something of the log.
    With(Log),
    /// One that was not overwritten since this round of it.
    Before(u64),
}

pub(crate) struct AppendCall {
    pub appends: Appends,
    /// Those that are errors already are not to be written.
    pub answers: Answers,
    /// Of the blocks that will be written.
    pub bytes: u64,
    /// It may have what is left for what makes room.
    pub from_reserve: bool,
    pub reply: oneshot::Sender<Answers>,
}

impl Call {
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Call::Append(call) => call.bytes,
            Call::Barrier(_) | Call::Delete(_) | Call::LeaveFile(..) => 0,
        }
    }

    pub(crate) fn may_have_reserve(&self) -> bool {
        matches!(self, Call::Append(call) if call.from_reserve)
    }

    pub(crate) fn refuse(self, error: &AppendError) {
        // Whoever asked may have gone away.
        match self {
            Call::Append(call) => drop(call.reply.send(refused(call.answers.len(), error))),
            Call::Barrier(reply) | Call::LeaveFile(_, reply) => drop(reply.send(Err(error.clone()))),
            Call::Delete(_) => {}
        }
    }
}

pub(crate) fn refused(count: usize, error: &AppendError) -> Answers {
    smallvec![Err(error.clone()); count]
}

impl QueueState {
    fn takes(&self) -> Result<(), AppendError> {
        match &self.failed {
            _ if self.closed => Err(AppendError::Closed),
            Some(reason) => Err(AppendError::Failed(reason.clone())),
            None => Ok(()),
        }
    }
}

impl Queue {
    pub(crate) fn new(limit: u64, call_limit: u64) -> Queue {
        Queue { state: Mutex::default(), more: Condvar::new(), limit, call_limit }
    }

    /// The answers will come, or are here already because nothing of the call can be written.
    pub(crate) fn append(
        &self,
        appends: Appends,
        from_reserve: bool,
    ) -> Result<oneshot::Receiver<Answers>, Answers> {
        let count = appends.len();
        let bytes = appends.iter().map(|append| append.batch.journal_bytes()).sum();
        if bytes > self.call_limit {
            return Err(refused(count, &AppendError::TooLarge { bytes, limit: self.call_limit }));
        }
        let (reply, answer) = oneshot::channel();
        let unwritten = Appended { first: 0, time_ms: 0 };
        let mut call =
            AppendCall { appends, answers: smallvec![Ok(unwritten); count], bytes, from_reserve, reply };

        let mut state = self.state.lock();
        state.takes().map_err(|error| refused(count, &error))?;
        let queued = state.bytes;
        if queued > 0 && queued + bytes > self.limit {
            return Err(refused(count, &AppendError::Overloaded { queued, limit: self.limit }));
        }
        let mut any = false;
        for (append, answer) in call.appends.iter().zip(&mut call.answers) {
            let log = &append.log.shared;
            if log.deleted.load(Ordering::Relaxed) {
                *answer = Err(AppendError::Deleted);
            } else if log.sealed.load(Ordering::Relaxed) {
                *answer = Err(AppendError::Sealed);
            } else {
                any = true;
            }
        }
        if !any {
            return Err(call.answers);
        }
        state.bytes += bytes;
        self.push(&mut state, Call::Append(call));
        Ok(answer)
    }

    /// Appends that come later are refused; the answer comes when all earlier ones have theirs.
    pub(crate) fn seal(
        &self,
        logs: &[Log],
    ) -> Result<oneshot::Receiver<Result<(), AppendError>>, AppendError> {
        let (reply, answer) = oneshot::channel();
        let mut state = self.state.lock();
        state.takes()?;
        for log in logs {
            log.shared.sealed.store(true, Ordering::Relaxed);
        }
        self.push(&mut state, Call::Barrier(reply));
        Ok(answer)
    }

    /// Answered when another file is in use than one of which that is said now.
    pub(crate) fn leave_file(
        &self,
        leave: Leave,
    ) -> Result<oneshot::Receiver<Result<(), AppendError>>, AppendError> {
        let (reply, answer) = oneshot::channel();
        let mut state = self.state.lock();
        state.takes()?;
        self.push(&mut state, Call::LeaveFile(leave, reply));
        Ok(answer)
    }

    pub(crate) fn delete(&self, logs: Vec<Log>) -> Result<(), AppendError> {
        let mut state = self.state.lock();
        state.takes()?;
        for log in &logs {
            log.shared.deleted.store(true, Ordering::Release);
        }
        self.push(&mut state, Call::Delete(logs));
        Ok(())
    }

    pub(crate) fn takes(&self) -> Result<(), AppendError> {
        self.state.lock().takes()
    }

    fn push(&self, state: &mut QueueState, call: Call) {
        state.calls.push_back(call);
        if std::mem::take(&mut state.waits) {
            self.more.notify_one();
        }
    }

    /// Moves all that waits to `calls`, and waits if there is none in either. `answered` is how many bytes of
    /// calls are done with. False when there will be no more.
    ///
    /// What comes while a batch is being synced goes together into the next one.
    pub(crate) fn take(&self, calls: &mut VecDeque<Call>, answered: u64) -> bool {
        let mut state = self.state.lock();
        assert!(answered <= state.bytes, "no more is answered than was asked");
        state.bytes -= answered;
        while state.calls.is_empty() && calls.is_empty() && !state.closed {
            state.waits = true;
            self.more.wait(&mut state);
        }
        state.waits = false;
        if calls.is_empty() {
            std::mem::swap(calls, &mut state.calls);
        } else {
            calls.append(&mut state.calls);
        }
        !calls.is_empty()
    }

    /// Moves what waits to `calls`, and says how many that were.
    pub(crate) fn join(&self, calls: &mut VecDeque<Call>) -> usize {
        let mut state = self.state.lock();
        let joined = state.calls.len();
        calls.append(&mut state.calls);
        joined
    }

    /// From now on nothing is taken until reopened; what waits is refused.
    pub(crate) fn fail(&self, reason: Arc<str>) {
        let waiting = {
            let mut state = self.state.lock();
            state.failed.get_or_insert_with(|| reason.clone());
            let waiting = std::mem::take(&mut state.calls);
            state.bytes -= waiting.iter().map(Call::bytes).sum::<u64>();
            waiting
        };
        waiting.into_iter().for_each(|call| call.refuse(&AppendError::Failed(reason.clone())));
    }

    /// The writer is gone.
    pub(crate) fn abandon(&self) {
        if !self.state.lock().closed {
            self.fail("the writer has ended".into());
        }
    }

    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.more.notify_all();
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.state.lock().bytes
    }

    pub(crate) fn failure(&self) -> Option<Arc<str>> {
        self.state.lock().failed.clone()
    }
}
