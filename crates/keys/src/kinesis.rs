//! The key that Kinesis uses in an account which names none of its own: made when it is first named.

use std::sync::Arc;

use flumen_access::{Caller, Document};
use flumen_machine::{Origin, OwnAct};
use flumen_types::Realm;

use crate::command::Step;
use crate::ids::KeyId;
use crate::manage::check_room;
use crate::names::{AliasArn, KINESIS_ALIAS, KeyArn, REGION_BYTES_MAX};
use crate::rotation::{DAY_MS, PERIOD_DAYS_DEFAULT};
use crate::state::{Alias, Key, KeyState, MadeBy, Material, Rotation};
use crate::{KeyError, Keys, policies};

const DESCRIPTION: &str = "Default master key that protects my Kinesis streams when no other key is defined";

impl Keys {
    /// Where it is this alias that is named, in the caller's own account, and nothing has it yet.
    pub(crate) async fn make_if_kinesis(&self, caller: &Caller, alias: &AliasArn) -> Result<(), KeyError> {
        let realm = caller.realm();
        let is_own = alias.name == KINESIS_ALIAS && alias.account == realm.account;
        let is_there = self.state().alias(alias).is_some();
        match is_own && !is_there && realm.region.len() <= REGION_BYTES_MAX {
            true => self.make_kinesis(realm).await,
            false => Ok(()),
        }
    }

    async fn make_kinesis(&self, realm: &Realm) -> Result<(), KeyError> {
        let arn = KeyArn::new(realm, KeyId::random()?);
        let alias = AliasArn::new(realm, KINESIS_ALIAS);
        let text = arn.to_string();
        let act = OwnAct {
            name: "CreateKey",
            at_ms: self.now_ms(),
            account: Some(&realm.account),
            region: Some(&realm.region),
            resource: Some(&text),
            about: "{\"alias\":\"alias/aws/kinesis\"}",
        };
        let origin = Origin { event: self.inner.carried.event(&act), ..Origin::default() };
        self.with_new_material(&arn, async |material| {
            self.commit(origin, |state, now_ms| {
                // Somebody else was first; this material is nobody's, and goes with the next start.
                if state.alias(&alias).is_some() {
                    return Ok((Vec::new(), ()));
                }
                check_room(state, &arn)?;
                let key = Arc::new(Key {
                    arn: arn.clone(),
                    description: DESCRIPTION.to_owned(),
                    created_ms: now_ms,
                    state: KeyState::Enabled,
                    is_managed: true,
                    policy: Document::of(&policies::kinesis_text(realm)),
                    tags: Default::default(),
                    materials: vec![Material { id: material, from_ms: now_ms, by: MadeBy::Creation }],
                    rotation: Some(Rotation {
                        period_days: PERIOD_DAYS_DEFAULT,
                        next_ms: now_ms.saturating_add(u64::from(PERIOD_DAYS_DEFAULT) * DAY_MS),
                    }),
                });
                let alias = Alias { arn: alias.clone(), key: arn.id, created_ms: now_ms, updated_ms: now_ms };
                Ok((vec![Step::Key(key), Step::Alias(Arc::new(alias))], ()))
            })
            .await
        })
        .await
    }
}
