//! One thing that was asked of a service: what came of it, until when that counts, and who waits for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::{GRANTED, Id, RENEWED_AFTER};
use crate::{ExternalKeyError, KeyArn};

/// When it is asked again after it could not be asked, or was refused for the first time.
const PAUSE: Duration = Duration::from_secs(5);
/// After many refusals.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A failure that is told until it is asked again.
#[derive(Debug)]
pub struct Failed {
    pub error: ExternalKeyError,
    pub until: Instant,
    pause: Duration,
}

impl Failed {
    /// The pause grows from refusal to refusal.
    pub fn after(former: Option<&Failed>, error: ExternalKeyError, now: Instant) -> Failed {
        let refusal = former.filter(|failed| !failed.error.is_transient() && !error.is_transient());
        let pause = refusal.map_or(PAUSE, |failed| (2 * failed.pause).min(PAUSE_MAX));
        Failed { error, until: now + pause, pause }
    }

    /// Nothing new is known.
    pub fn put_off(&mut self, now: Instant) {
        self.until = now + PAUSE;
    }
}

#[derive(Debug)]
pub struct Slot<T> {
    pub arn: KeyArn,
    pub value: Option<T>,
    /// When it was asked what was granted then.
    pub granted: Option<Instant>,
    pub failed: Option<Failed>,
    /// Whether a call is under way.
    pub is_asked: bool,
    pub used: Instant,
    /// Told when that call has ended.
    pub done: Arc<Notify>,
}

/// What there is to say of a right.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    Granted { is_due: bool },
    Failed(ExternalKeyError),
    Asked,
    Unknown,
}

impl<T> Slot<T> {
    pub fn new(arn: &KeyArn, now: Instant) -> Self {
        let (value, granted, failed) = (None, None, None);
        Slot { arn: arn.clone(), value, granted, failed, is_asked: false, used: now, done: Arc::default() }
    }

    pub fn look(&self, now: Instant) -> Look {
        if let Some(at) = self.granted.filter(|at| now < *at + GRANTED) {
            let is_due = now >= at + RENEWED_AFTER && !self.is_asked && self.failure(now).is_none();
            return Look::Granted { is_due };
        }
        match self.failure(now) {
            Some(error) => Look::Failed(error.clone()),
            None if self.is_asked => Look::Asked,
            None => Look::Unknown,
        }
    }

    pub fn failure(&self, now: Instant) -> Option<&ExternalKeyError> {
        self.failed.as_ref().filter(|failed| now < failed.until).map(|failed| &failed.error)
    }

    pub fn grant(&mut self, value: T, asked: Option<Instant>) {
        (self.value, self.granted, self.failed) = (Some(value), asked, None);
    }

    /// A refusal takes back what was granted.
    pub fn fail(&mut self, error: ExternalKeyError, now: Instant) {
        if !error.is_transient() {
            self.granted = None;
        }
        self.failed = Some(Failed::after(self.failed.as_ref(), error, now));
    }

    pub fn finish(&mut self) {
        self.is_asked = false;
        self.done.notify_waiters();
    }
}

/// The slot of that id, used now. Where there are too many, those go that were not used for longest.
///
/// # Errors
/// Where all are being asked for.
pub fn slot_of<'s, T>(
    slots: &'s mut HashMap<Id, Slot<T>>,
    id: Id,
    arn: &KeyArn,
    most: usize,
    now: Instant,
) -> Result<&'s mut Slot<T>, ExternalKeyError> {
    if slots.len() >= most && !slots.contains_key(&id) {
        make_room(slots, most / 8);
        if slots.len() >= most {
            return Err(ExternalKeyError::Throttled(format!("{most} are asked for already")));
        }
    }
    let slot = slots.entry(id).or_insert_with(|| Slot::new(arn, now));
    slot.used = now;
    Ok(slot)
}

/// Forgets so many that were not used for longest, and one at least, those apart that are being asked for.
fn make_room<T>(slots: &mut HashMap<Id, Slot<T>>, count: usize) {
    let mut used: Vec<Instant> = slots.values().map(|slot| slot.used).collect();
    let nth = count.min(used.len().saturating_sub(1));
    if used.is_empty() {
        return;
    }
    let (_, last, _) = used.select_nth_unstable(nth);
    let last = *last;
    slots.retain(|_, slot| slot.is_asked || slot.used > last);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn those_go_that_were_not_used_for_longest() {
        let arn: KeyArn = "arn:aws:kms:r:111122223333:key/a".parse().unwrap();
        let mut slots: HashMap<Id, Slot<()>> = HashMap::new();
        for nth in 0..16 {
            let slot = slot_of(&mut slots, [nth; 32], &arn, 16, Instant::now()).unwrap();
            slot.is_asked = nth == 0;
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        slot_of(&mut slots, [1; 32], &arn, 16, Instant::now()).unwrap();
        assert_eq!(slots.len(), 16, "it is there already");
        slot_of(&mut slots, [99; 32], &arn, 16, Instant::now()).unwrap();
        let mut left: Vec<u8> = slots.keys().map(|id| id[0]).collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 99]);
        slots.values_mut().for_each(|slot| slot.is_asked = true);
        while slots.len() < 16 {
            let id = [100 + u8::try_from(slots.len()).unwrap(); 32];
            slot_of(&mut slots, id, &arn, 16, Instant::now()).unwrap().is_asked = true;
        }
        assert!(slot_of(&mut slots, [98; 32], &arn, 16, Instant::now()).is_err());
        assert_eq!(slots.len(), 16);
    }
}
