//! Events of calls ride in the commands that the calls give, and are told when those are carried out: to whoever writes the
//! audit, which says when it has them. Commands are not trimmed before.
//!
//! A void command tells nothing, so an event is there exactly where its change is.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flumen_storage::LogId;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// What is said of a call by a command that it gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallEvent {
    /// Of the event.
    pub id: String,
    /// As it is if the call goes well, but for what follows.
    pub line: String,
    /// The ARNs of what it was for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What decided that it may be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<String>,
}

/// An event that came with a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Ridden {
    pub log: LogId,
    /// Of the command.
    pub position: u64,
    pub at_ms: u64,
    pub event: CallEvent,
}

/// Up to where events are dealt with, by the log of their commands: the position after the last one that is.
pub type Progress = BTreeMap<LogId, u64>;

/// Something that the service does by itself.
#[derive(Clone, Copy, Debug)]
pub struct OwnAct<'a> {
    pub name: &'static str,
    pub at_ms: u64,
    /// Whose it is done to, and where; nothing where it is the whole server.
    pub account: Option<&'a str>,
    pub region: Option<&'a str>,
    /// The ARN of what it is done to.
    pub resource: Option<&'a str>,
    /// An object of JSON.
    pub about: &'a str,
}

/// How the event of such an act is written.
pub type OwnEvent = Arc<dyn Fn(&OwnAct<'_>) -> CallEvent + Send + Sync>;

/// Takes events of commands, and remembers how far they are kept. Clones are the same; one that is made by
/// [`Default`] takes nothing and holds nothing up.
#[derive(Clone, Default)]
pub struct Carried(Option<(OwnEvent, Arc<Inner>)>);

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Carried(kept)" } else { "Carried(by nobody)" })
    }
}

#[derive(Default)]
struct Inner {
    state: Mutex<CarriedState>,
    /// There is something to take.
    told: Notify,
    /// Somebody waits for it being kept.
    asked: Notify,
    /// There is more that is kept.
    kept: Notify,
}

#[derive(Default)]
struct CarriedState {
    waiting: Vec<Ridden>,
    told: Progress,
    kept: Progress,
}

impl Carried {
    /// Takes what it is told, for somebody who writes events like that.
    pub fn kept(own_event: OwnEvent) -> Self {
        Carried(Some((own_event, Arc::default())))
    }

    fn inner(&self) -> Option<&Inner> {
        self.0.as_ref().map(|(_, inner)| &**inner)
    }

    /// What rides in the command of an act of the service's own; nothing where nobody keeps it.
    pub fn event(&self, act: &OwnAct<'_>) -> Option<Box<CallEvent>> {
        self.0.as_ref().map(|(own_event, _)| Box::new(own_event(act)))
    }

    /// The command at `position` was carried out.
    pub(crate) fn tell(&self, log: LogId, position: u64, at_ms: u64, event: CallEvent) {
        let Some(inner) = self.inner() else { return };
        let mut state = inner.state.lock();
        state.told.insert(log, position + 1);
        state.waiting.push(Ridden { log, position, at_ms, event });
        inner.told.notify_one();
    }

    /// What was told and not taken, and up to where that is all.
    pub fn take(&self) -> (Vec<Ridden>, Progress) {
        let Some(inner) = self.inner() else { return Default::default() };
        let mut state = inner.state.lock();
        (std::mem::take(&mut state.waiting), state.told.clone())
    }

    /// Returns when there is something to take; never where nothing is taken.
    pub async fn told(&self) {
        match self.inner() {
            Some(inner) => inner.told.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Returns when somebody waits for what was told being kept.
    pub async fn asked(&self) {
        match self.inner() {
            Some(inner) => inner.asked.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Whatever was told before there is durable elsewhere.
    pub fn keep(&self, progress: &Progress) {
        let Some(inner) = self.inner() else { return };
        let mut state = inner.state.lock();
        for (log, next) in progress {
            let kept = state.kept.entry(*log).or_default();
            *kept = (*kept).max(*next);
        }
        drop(state);
        inner.kept.notify_waiters();
    }

    /// Waits until all that commands before `position` have told is kept, which whoever takes it is asked for; false if that
    /// takes longer than `patience`.
    pub async fn is_kept(&self, log: LogId, position: u64, patience: Duration) -> bool {
        let Some(inner) = self.inner() else { return true };
        let kept = async {
            loop {
                let more = inner.kept.notified();
                let mut more = std::pin::pin!(more);
                more.as_mut().enable();
                {
                    let state = inner.state.lock();
                    let told = state.told.get(&log).copied().unwrap_or(0).min(position);
                    if state.kept.get(&log).copied().unwrap_or(0) >= told {
                        return;
                    }
                }
                inner.asked.notify_one();
                more.await;
            }
        };
        tokio::time::timeout(patience, kept).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: LogId = LogId { group: 0, index: 0 };

    fn event(id: &str) -> CallEvent {
        CallEvent { id: id.to_owned(), line: "{}".to_owned(), resources: Vec::new(), decided: None }
    }

    #[tokio::test(start_paused = true)]
    async fn commands_are_held_until_their_events_are_kept() {
        let carried = Carried::kept(Arc::new(|_| event("own")));
        let patience = Duration::from_secs(1);
        assert!(carried.is_kept(LOG, 10, patience).await, "nothing was told");
        carried.tell(LOG, 5, 1, event("a"));
        assert!(!carried.is_kept(LOG, 6, patience).await, "an event waits");
        let (taken, progress) = carried.take();
        assert_eq!((taken.len(), progress.get(&LOG)), (1, Some(&6)));
        assert!(!carried.is_kept(LOG, 6, patience).await, "taken is not kept");
        carried.keep(&progress);
        assert!(carried.is_kept(LOG, 6, patience).await);
        carried.tell(LOG, 6, 2, event("b"));
        assert!(carried.is_kept(LOG, 6, patience).await, "what came later does not matter");
        assert!(!carried.is_kept(LOG, 7, patience).await);
    }

    #[tokio::test]
    async fn where_nobody_keeps_anything_nothing_waits() {
        let carried = Carried::default();
        carried.tell(LOG, 4, 1, event("a"));
        assert!(carried.take().0.is_empty());
        assert!(carried.is_kept(LOG, 5, Duration::ZERO).await);
    }
}
