//! The end of keys: a waiting period in which it can be taken back, and then their material is destroyed.
//!
//! That has three steps, each of which may be made late or twice: a command says that the key is gone, so that no clock brings it
//! back; the files of its material are overwritten and removed; a command takes it out of the state.

use std::sync::Arc;

use flumen_access::{Caller, RequestContext};
use flumen_machine::{Origin, OwnAct};

use crate::command::Step;
use crate::door::KeyRequest;
use crate::names::KeyArn;
use crate::operations::KeyOperation;
use crate::rotation::DAY_MS;
use crate::state::{Key, KeyState};
use crate::{KeyError, Keys};

/// AWS's.
pub const WAITING_DAYS_MIN: u32 = 7;
pub const WAITING_DAYS_MAX: u32 = 30;
pub const WAITING_DAYS_DEFAULT: u32 = 30;

impl Keys {
    /// The key, which says when it will be no more.
    ///
    /// # Errors
    /// Where KMS would refuse, and where it cannot be written.
    pub async fn schedule_deletion(
        &self,
        caller: &Caller,
        key: &str,
        waiting_days: u32,
    ) -> Result<Arc<Key>, KeyError> {
        let given = RequestContext::default()
            .and("kms:schedulekeydeletionpendingwindowindays", waiting_days.to_string());
        let asked = KeyRequest { given: Some(&given), ..KeyRequest::of(KeyOperation::ScheduleKeyDeletion) };
        let arn = self.named_key(caller, key, &asked)?.arn.clone();
        if !(WAITING_DAYS_MIN..=WAITING_DAYS_MAX).contains(&waiting_days) {
            return Err(KeyError::Validation(format!(
                "PendingWindowInDays is {waiting_days}, and has to be from {WAITING_DAYS_MIN} to {WAITING_DAYS_MAX}."
            )));
        }
        self.change(caller, &arn, |key, now_ms| {
            key.stays()?;
            let from_ms = now_ms.saturating_add(u64::from(waiting_days) * DAY_MS);
            key.state = KeyState::PendingDeletion { from_ms };
            Ok(())
        })
        .await
    }

    /// It is disabled then.
    ///
    /// # Errors
    /// As [`Keys::schedule_deletion`].
    pub async fn cancel_deletion(&self, caller: &Caller, key: &str) -> Result<Arc<Key>, KeyError> {
        let asked = KeyRequest::of(KeyOperation::CancelKeyDeletion);
        let arn = self.named_key(caller, key, &asked)?.arn.clone();
        self.change(caller, &arn, |key, _| match key.state {
            KeyState::PendingDeletion { .. } => {
                key.state = KeyState::Disabled;
                Ok(())
            }
            _ => Err(KeyError::NotPendingDeletion { arn: key.arn.clone() }),
        })
        .await
    }

    /// Keys whose waiting period is over are made gone, and those that are gone destroyed.
    pub(crate) async fn destroy_due(&self) -> Result<(), KeyError> {
        let now_ms = self.now_ms();
        let over: Vec<Arc<Key>> = {
            let state = self.state();
            state.all_keys().filter(|key| !key.is_there(now_ms)).cloned().collect()
        };
        for key in over {
            self.destroy(&key.arn).await?;
        }
        Ok(())
    }

    async fn destroy(&self, arn: &KeyArn) -> Result<(), KeyError> {
        let is_of = |key: &&Arc<Key>| key.arn == *arn;
        let gone = self
            .commit(Origin::default(), |state, now_ms| {
                let known = state.all_keys().find(is_of);
                // It may have been taken back meanwhile.
                let Some(known) = known.filter(|key| !key.is_there(now_ms)) else {
                    return Ok((Vec::new(), None));
                };
                if known.state == KeyState::Gone {
                    return Ok((Vec::new(), Some(known.clone())));
                }
                let key = Arc::new(Key { state: KeyState::Gone, ..(**known).clone() });
                Ok((vec![Step::Key(key.clone())], Some(key)))
            })
            .await?;
        let Some(key) = gone else { return Ok(()) };
        let ids: Vec<_> = key.materials.iter().map(|material| material.id).collect();
        self.with_materials(move |materials| ids.into_iter().try_for_each(|id| materials.destroy(id)))
            .await?;
        let text = arn.to_string();
        let act = OwnAct {
            name: "DeleteKey",
            at_ms: self.now_ms(),
            account: Some(&arn.account),
            region: Some(&arn.region),
            resource: Some(&text),
            about: "{}",
        };
        let origin = Origin { event: self.inner.carried.event(&act), ..Origin::default() };
        self.commit(origin, |state, _| match state.all_keys().find(is_of) {
            Some(_) => Ok((vec![Step::RemoveKey(arn.clone())], ())),
            None => Ok((Vec::new(), ())),
        })
        .await
    }
}
