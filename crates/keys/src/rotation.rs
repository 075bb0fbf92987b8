//! New material for a key, by the year or when a call asks for it. What the material before it has encrypted, that decrypts.

use std::sync::Arc;

use flumen_access::{Caller, RequestContext};
use flumen_machine::{Origin, OwnAct};

use crate::command::Step;
use crate::door::KeyRequest;
use crate::names::KeyArn;
use crate::operations::KeyOperation;
use crate::pages::{Listed, Page};
use crate::state::{Key, MadeBy, Material, Rotation};
use crate::{KeyError, Keys};

pub(crate) const DAY_MS: u64 = 24 * 3_600_000;
/// AWS's; the interface allows 90 to 2560.
pub const PERIOD_DAYS_DEFAULT: u32 = 365;
/// Of a key, as long as it is there. AWS's.
pub const ON_DEMAND_MAX: usize = 10;

impl Keys {
    /// From now on, by so many days; without them by those that the key has, or a year.
    ///
    /// # Errors
    /// Where KMS would refuse, and where it cannot be written.
    pub async fn enable_rotation(
        &self,
        caller: &Caller,
        key: &str,
        period_days: Option<u32>,
    ) -> Result<(), KeyError> {
        let mut given = RequestContext::default();
        if let Some(days) = period_days {
            given = given.and("kms:rotationperiodindays", days.to_string());
        }
        let asked = KeyRequest { given: Some(&given), ..KeyRequest::of(KeyOperation::EnableKeyRotation) };
        let arn = self.named_key(caller, key, &asked)?.arn.clone();
        self.change(caller, &arn, |key, now_ms| {
            key.is_enabled()?;
            let known = key.rotation.map(|rotation| rotation.period_days);
            let period_days = period_days.or(known).unwrap_or(PERIOD_DAYS_DEFAULT);
            if known != Some(period_days) {
                let next_ms = now_ms.saturating_add(u64::from(period_days) * DAY_MS);
                key.rotation = Some(Rotation { period_days, next_ms });
            }
            Ok(())
        })
        .await
        .map(drop)
    }

    /// # Errors
    /// As [`Keys::enable_rotation`].
    pub async fn disable_rotation(&self, caller: &Caller, key: &str) -> Result<(), KeyError> {
        let asked = KeyRequest::of(KeyOperation::DisableKeyRotation);
        let arn = self.named_key(caller, key, &asked)?.arn.clone();
        self.change(caller, &arn, |key, _| {
            key.is_enabled()?;
            key.rotation = None;
            Ok(())
        })
        .await
        .map(drop)
    }

    /// The key, which says how it is rotated.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn rotation_status(&self, caller: &Caller, key: &str) -> Result<Arc<Key>, KeyError> {
        self.named_key(caller, key, &KeyRequest::of(KeyOperation::GetKeyRotationStatus))
    }

    /// The key has new material when this returns.
    ///
    /// # Errors
    /// As [`Keys::enable_rotation`].
    pub async fn rotate_on_demand(&self, caller: &Caller, key: &str) -> Result<Arc<Key>, KeyError> {
        let key = self.named_key(caller, key, &KeyRequest::of(KeyOperation::RotateKeyOnDemand))?;
        may_rotate_on_demand(&key)?;
        let arn = key.arn.clone();
        self.with_new_material(&arn, async |material| {
            self.change(caller, &arn, |key, now_ms| {
                may_rotate_on_demand(key)?;
                key.materials.push(Material { id: material, from_ms: now_ms, by: MadeBy::Demand });
                Ok(())
            })
            .await
        })
        .await
    }

    /// A key, and its material, oldest first; `all` with that which it was made with.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn list_rotations(
        &self,
        caller: &Caller,
        key: &str,
        all: bool,
        page: Page<'_>,
    ) -> Result<(Arc<Key>, Listed<Material>), KeyError> {
        let key = self.named_key(caller, key, &KeyRequest::of(KeyOperation::ListKeyRotations))?;
        let wanted = |(_, material): &(usize, &Material)| all || material.by != MadeBy::Creation;
        let numbered = key.materials.iter().enumerate().filter(wanted);
        let numbered: Vec<(usize, Material)> =
            numbered.map(|(nth, material)| (nth, material.clone())).collect();
        let Listed { items, marker } = page.of(&numbered, |(nth, _)| format!("{nth:010}"))?;
        Ok((key, Listed { items: items.into_iter().map(|(_, material)| material).collect(), marker }))
    }

    /// Keys whose time has come get new material.
    pub(crate) async fn rotate_due(&self) -> Result<(), KeyError> {
        let now_ms = self.now_ms();
        let due: Vec<KeyArn> = {
            let state = self.state();
            let due = state.all_keys().filter(|key| is_due(key, now_ms));
            due.map(|key| key.arn.clone()).collect()
        };
        for arn in due {
            self.rotate_one(&arn).await?;
        }
        Ok(())
    }

    async fn rotate_one(&self, arn: &KeyArn) -> Result<(), KeyError> {
        let text = arn.to_string();
        let act = OwnAct {
            name: "RotateKey",
            at_ms: self.now_ms(),
            account: Some(&arn.account),
            region: Some(&arn.region),
            resource: Some(&text),
            about: "{\"rotationType\":\"AUTOMATIC\"}",
        };
        let origin = Origin { event: self.inner.carried.event(&act), ..Origin::default() };
        self.with_new_material(arn, async |material| {
            self.commit(origin, |state, now_ms| {
                let Some(known) = state.key(arn, now_ms).filter(|key| is_due(key, now_ms)) else {
                    return Ok((Vec::new(), ()));
                };
                let mut key = (**known).clone();
                key.materials.push(Material { id: material, from_ms: now_ms, by: MadeBy::Time });
                if let Some(rotation) = &mut key.rotation {
                    rotation.next_ms = now_ms.saturating_add(u64::from(rotation.period_days) * DAY_MS);
                }
                Ok((vec![Step::Key(Arc::new(key))], ()))
            })
            .await
        })
        .await
    }
}

/// A key that is disabled gets its new material when it is enabled again.
fn is_due(key: &Key, now_ms: u64) -> bool {
    key.is_enabled().is_ok() && key.rotation.is_some_and(|rotation| rotation.next_ms <= now_ms)
}

fn may_rotate_on_demand(key: &Key) -> Result<(), KeyError> {
    key.is_customers()?;
    key.is_enabled()?;
    match key.materials.iter().filter(|material| material.by == MadeBy::Demand).count() {
        ON_DEMAND_MAX.. => {
            let what = format!("The key {}", key.arn);
            Err(KeyError::TooMany { what, limit: ON_DEMAND_MAX, of: "rotations on demand" })
        }
        _ => Ok(()),
    }
}
