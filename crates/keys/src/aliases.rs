//! Aliases: names of keys, which may be moved from one to another.

use std::sync::Arc;

use flumen_access::Caller;

use crate::command::Step;
use crate::door::KeyRequest;
use crate::names::{AliasArn, KeyArn, Named, check_alias};
use crate::operations::KeyOperation;
use crate::pages::{Listed, Page};
use crate::state::{Alias, State};
use crate::{KeyError, Keys};

/// As AWS has it: <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
pub const ALIASES_OF_KEY_MAX: usize = 50;

impl Keys {
    /// The caller has to be let do it with the alias and with the key.
    ///
    /// # Errors
    /// Where KMS would refuse, and where it cannot be written.
    pub async fn create_alias(&self, caller: &Caller, name: &str, key: &str) -> Result<(), KeyError> {
        let arn = self.own_alias(caller, name, KeyOperation::CreateAlias)?;
        let key = self.target(caller, key, KeyOperation::CreateAlias)?;
        self.commit(caller.origin(), |state, now_ms| {
            if state.alias(&arn).is_some() {
                return Err(KeyError::AliasExists { arn: arn.clone() });
            }
            check_target(state, &key, now_ms)?;
            let alias = Alias { arn: arn.clone(), key: key.id, created_ms: now_ms, updated_ms: now_ms };
            Ok((vec![Step::Alias(Arc::new(alias))], ()))
        })
        .await
    }

    /// The caller has to be let do it with the alias, the key that it names, and the one that it will name.
    ///
    /// # Errors
    /// As [`Keys::create_alias`].
    pub async fn update_alias(&self, caller: &Caller, name: &str, key: &str) -> Result<(), KeyError> {
        let operation = KeyOperation::UpdateAlias;
        let arn = self.own_alias(caller, name, operation)?;
        self.may_move(caller, &arn, operation)?;
        let key = self.target(caller, key, operation)?;
        self.commit(caller.origin(), |state, now_ms| {
            let known = state.alias(&arn).ok_or_else(|| KeyError::NoAlias { arn: arn.clone() })?;
            if known.key == key.id {
                return Ok((Vec::new(), ()));
            }
            check_target(state, &key, now_ms)?;
            let alias = Alias { key: key.id, updated_ms: now_ms, ..(**known).clone() };
            Ok((vec![Step::Alias(Arc::new(alias))], ()))
        })
        .await
    }

    /// The caller has to be let do it with the alias and with the key.
    ///
    /// # Errors
    /// As [`Keys::create_alias`].
    pub async fn delete_alias(&self, caller: &Caller, name: &str) -> Result<(), KeyError> {
        let arn = self.own_alias(caller, name, KeyOperation::DeleteAlias)?;
        self.may_move(caller, &arn, KeyOperation::DeleteAlias)?;
        self.commit(caller.origin(), |state, _| match state.alias(&arn) {
            Some(_) => Ok((vec![Step::RemoveAlias(arn.clone())], ())),
            None => Err(KeyError::NoAlias { arn: arn.clone() }),
        })
        .await
    }

    /// Of the caller's account and region, or of one of its keys; by rising names.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn list_aliases(
        &self,
        caller: &Caller,
        key: Option<&str>,
        page: Page<'_>,
    ) -> Result<Listed<Arc<Alias>>, KeyError> {
        self.may_in_account(caller, KeyOperation::ListAliases, None)?;
        let (state, realm, now_ms) = (self.state(), caller.realm(), self.now_ms());
        let key = key.map(|key| Named::parse_key(key, realm)).transpose()?;
        if let Some(arn) = &key
            && (arn.account != realm.account || state.key(arn, now_ms).is_none())
        {
            return Err(KeyError::NoKey { arn: arn.clone() });
        }
        let after = page.after()?.unwrap_or_default();
        let aliases = state.aliases_of(&realm.account, &realm.region, &after);
        let wanted = aliases.filter(|alias| {
            key.as_ref().is_none_or(|arn| alias.key == arn.id) && state.key(&alias.of(), now_ms).is_some()
        });
        page.of(wanted, |alias| alias.arn.name.clone())
    }

    /// An alias of the caller's own account, which it may make, move or take away as far as that is about the alias.
    fn own_alias(&self, caller: &Caller, name: &str, operation: KeyOperation) -> Result<AliasArn, KeyError> {
        let arn = AliasArn::new(caller.realm(), name);
        self.may_with_alias(caller, &Named::Alias(arn.clone()), operation)?;
        check_alias(name)?;
        Ok(arn)
    }

    /// Whether the caller may do it with the key that an alias names.
    fn may_move(&self, caller: &Caller, arn: &AliasArn, operation: KeyOperation) -> Result<(), KeyError> {
        let named = self.state().alias(arn).map(|alias| alias.of());
        let named = named.ok_or_else(|| KeyError::NoAlias { arn: arn.clone() })?;
        match self.let_in(caller, &Named::Key(named), &KeyRequest::of(operation)) {
            // It is no more, and its aliases are nobody's.
            Err(KeyError::NoKey { .. }) => Err(KeyError::NoAlias { arn: arn.clone() }),
            other => other.map(drop),
        }
    }

    /// The key that an alias will name: one of the caller's own account.
    fn target(&self, caller: &Caller, key: &str, operation: KeyOperation) -> Result<KeyArn, KeyError> {
        let key = self.named_key(caller, key, &KeyRequest::of(operation))?;
        key.is_customers()?;
        match key.arn.account == caller.realm().account {
            true => Ok(key.arn.clone()),
            false => Err(KeyError::NoKey { arn: key.arn.clone() }),
        }
    }
}

fn check_target(state: &State, arn: &KeyArn, now_ms: u64) -> Result<(), KeyError> {
    let key = state.key(arn, now_ms).ok_or_else(|| KeyError::NoKey { arn: arn.clone() })?;
    key.stays()?;
    match state.names_of(arn).count() {
        ALIASES_OF_KEY_MAX.. => Err(KeyError::TooMany {
            what: format!("The key {arn}"),
            limit: ALIASES_OF_KEY_MAX,
            of: "aliases",
        }),
        _ => Ok(()),
    }
}
