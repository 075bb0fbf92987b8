//! The way to a key: what a request names, the decision whether the caller may, and the key as it is.
//!
//! Invariant: nothing else gives a caller a key.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use flumen_access::policy::{Fact, Facts, Policy};
use flumen_access::{ACCOUNT, Caller, Denied, Permit, RequestContext, Resource, decide};

use crate::context::Context;
use crate::grants::{GrantOperation, NewGrant};
use crate::ids::GrantId;
use crate::names::{AliasArn, KeyArn, Named};
use crate::operations::KeyOperation;
use crate::state::{Key, KeyState};
use crate::{KeyError, Keys, policies};

/// What is asked of a key, as far as it decides whether it may be.
#[derive(Clone, Copy)]
pub(crate) struct KeyRequest<'a> {
    pub operation: KeyOperation,
    pub context: Option<&'a Context>,
    /// The service through which it comes, as policies name it: `kinesis.eu-west-1.amazonaws.com`.
    pub via: Option<&'a str>,
    /// Further condition keys.
    pub given: Option<&'a RequestContext>,
    /// Of all grants this one alone counts.
    pub grant: Option<GrantId>,
    /// Of grants those alone count that allow no less than this.
    pub passes_on: Option<&'a NewGrant>,
}

impl<'a> KeyRequest<'a> {
    pub fn of(operation: KeyOperation) -> Self {
        KeyRequest { operation, context: None, via: None, given: None, grant: None, passes_on: None }
    }
}

/// The condition keys of a key.
struct OfKey<'a> {
    keys: &'a Keys,
    caller: &'a Caller,
    arn: &'a KeyArn,
    named: &'a Named,
    asked: &'a KeyRequest<'a>,
    aliases: OnceCell<Vec<String>>,
    context_keys: OnceCell<Vec<String>>,
}

impl Facts for OfKey<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        let Some(name) = key.strip_prefix("kms:") else { return self.asked.given?.get(key) };
        if let Some(name) = name.strip_prefix("encryptioncontext:") {
            let pairs = self.asked.context?.pairs();
            let (_, value) = pairs.iter().find(|(key, _)| key.to_lowercase() == name)?;
            return Some(Fact::from(value.as_str()));
        }
        match name {
            "calleraccount" => Some(Fact::from(self.caller.principal().account())),
            "encryptionalgorithm" => self.asked.context.map(|_| Fact::from("SYMMETRIC_DEFAULT")),
            "encryptioncontextkeys" => {
                let keys = || self.asked.context.map(|context| context.pairs().keys().cloned().collect());
                many(self.context_keys.get_or_init(|| keys().unwrap_or_default()))
            }
            "keyorigin" => Some(Fact::from("AWS_KMS")),
            "keyspec" | "customermasterkeyspec" => Some(Fact::from("SYMMETRIC_DEFAULT")),
            "keyusage" | "customermasterkeyusage" => Some(Fact::from("ENCRYPT_DECRYPT")),
            "multiregion" => Some(Fact::from("false")),
            "requestalias" => match self.named {
                Named::Alias(alias) => Some(Fact::from(alias.name.as_str())),
                Named::Key(_) => None,
            },
            "resourcealiases" => {
                let aliases = || self.keys.state().names_of(self.arn).cloned().collect();
                many(self.aliases.get_or_init(aliases))
            }
            "viaservice" => self.asked.via.map(Fact::from),
            _ => self.asked.given?.get(key),
        }
    }
}

/// A key without values is not there.
fn many(values: &[String]) -> Option<Fact<'_>> {
    (!values.is_empty()).then_some(Fact::Many(values))
}

/// Of operations without a key.
struct OfAccount<'a> {
    account: &'a str,
    given: Option<&'a RequestContext>,
}

impl Facts for OfAccount<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        match key {
            "kms:calleraccount" => Some(Fact::from(self.account)),
            _ => self.given?.get(key),
        }
    }
}

impl Keys {
    /// A key by the KeyId of a request: its id or ARN, or an alias or the ARN of one.
    pub(crate) async fn find(
        &self,
        caller: &Caller,
        text: &str,
        asked: &KeyRequest<'_>,
    ) -> Result<Arc<Key>, KeyError> {
        let named = Named::parse(text, caller.realm())?;
        if let Named::Alias(alias) = &named {
            self.make_if_kinesis(caller, alias).await?;
        }
        self.let_in(caller, &named, asked)
    }

    /// The same where an alias does not do.
    pub(crate) fn named_key(
        &self,
        caller: &Caller,
        text: &str,
        asked: &KeyRequest<'_>,
    ) -> Result<Arc<Key>, KeyError> {
        self.let_in(caller, &Named::Key(Named::parse_key(text, caller.realm())?), asked)
    }

    /// Of a key that is not there it is decided as if it had the policy of a new one, so that whoever may do nothing learns nothing.
    pub(crate) fn let_in(
        &self,
        caller: &Caller,
        named: &Named,
        asked: &KeyRequest<'_>,
    ) -> Result<Arc<Key>, KeyError> {
        let now_ms = self.now_ms();
        let (arn, found) = {
            let state = self.state();
            let arn = match named {
                Named::Key(arn) => Some(Cow::Borrowed(arn)),
                Named::Alias(alias) => state.alias(alias).map(|alias| Cow::Owned(alias.of())),
            };
            let found = arn.as_ref().and_then(|arn| state.key(arn, now_ms)).cloned();
            (arn, found)
        };
        let Some(arn) = arn else {
            self.may_with_alias(caller, named, asked.operation)?;
            return Err(absent(named));
        };
        match found {
            Some(key) => {
                self.decide(caller, &arn, named, asked, Some(&key), key.policy())?;
                Ok(key)
            }
            None => {
                let policy = policies::of_new_key(&arn.account);
                self.decide(caller, &arn, named, asked, None, &policy)?;
                Err(KeyError::NoKey { arn: arn.into_owned() })
            }
        }
    }

    /// Whether the caller may do it with a key, as far as it is there.
    fn decide(
        &self,
        caller: &Caller,
        arn: &KeyArn,
        named: &Named,
        asked: &KeyRequest<'_>,
        key: Option<&Key>,
        policy: &Policy,
    ) -> Result<Permit, Denied> {
        let grants = match (caller.is_judged(), asked.operation.in_grants()) {
            (true, Some(operation)) => self.granted(arn, operation, asked),
            _ => Vec::new(),
        };
        let facts = OfKey {
            keys: self,
            caller,
            arn,
            named,
            asked,
            aliases: OnceCell::new(),
            context_keys: OnceCell::new(),
        };
        let resource = Resource {
            tags: key.map(|key| &key.tags),
            policy: Some(policy),
            grants: &grants,
            given: Some(&facts),
            ..Resource::new(&arn.account, arn)
        };
        decide(caller, asked.operation.actions(), resource)
    }

    /// Whether the caller may do it with a key elsewhere, of whose policy nothing is known here: its service decides about this one, and
    /// the caller's own policies about them.
    pub(crate) fn may_elsewhere(
        &self,
        caller: &Caller,
        arn: &KeyArn,
        named: &Named,
        asked: &KeyRequest<'_>,
    ) -> Result<(), Denied> {
        let (aliases, context_keys) = (OnceCell::new(), OnceCell::new());
        let facts = OfKey { keys: self, caller, arn, named, asked, aliases, context_keys };
        let resource = Resource { given: Some(&facts), ..Resource::new(caller.principal().account(), arn) };
        decide(caller, asked.operation.actions(), resource).map(drop)
    }

    /// What grants of the key allow, each as a policy.
    fn granted(&self, arn: &KeyArn, operation: GrantOperation, asked: &KeyRequest<'_>) -> Vec<Arc<Policy>> {
        let state = self.state();
        let grants = state.grants_of(arn).filter(|grant| {
            grant.is_about(operation, asked.context)
                && asked.grant.is_none_or(|id| grant.id == id)
                && asked.passes_on.is_none_or(|new| new.is_within(grant))
        });
        grants.map(|grant| grant.policy().clone()).collect()
    }

    /// Whether the caller may do it with an alias, which has no policy of its own.
    pub(crate) fn may_with_alias(
        &self,
        caller: &Caller,
        named: &Named,
        operation: KeyOperation,
    ) -> Result<(), Denied> {
        let (Named::Key(KeyArn { account, .. }) | Named::Alias(AliasArn { account, .. })) = named;
        let facts = OfAccount { account: caller.principal().account(), given: None };
        let resource = Resource { given: Some(&facts), ..Resource::new(account, named) };
        decide(caller, operation.actions(), resource).map(drop)
    }

    /// Whether the caller may do what is about no key.
    pub(crate) fn may_in_account(
        &self,
        caller: &Caller,
        operation: KeyOperation,
        given: Option<&RequestContext>,
    ) -> Result<(), Denied> {
        let account = &caller.realm().account;
        let facts = OfAccount { account: caller.principal().account(), given };
        let resource = Resource { given: Some(&facts), ..Resource::new(account, &ACCOUNT) };
        decide(caller, operation.actions(), resource).map(drop)
    }
}

fn absent(named: &Named) -> KeyError {
    match named {
        Named::Key(arn) => KeyError::NoKey { arn: arn.clone() },
        Named::Alias(arn) => KeyError::NoAlias { arn: arn.clone() },
    }
}

impl Key {
    /// Whether it may be used.
    pub(crate) fn is_enabled(&self) -> Result<(), KeyError> {
        let arn = || self.arn.clone();
        match self.state {
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => Err(KeyError::Disabled { arn: arn() }),
            KeyState::PendingDeletion { .. } => Err(KeyError::PendingDeletion { arn: arn() }),
            KeyState::Gone => Err(KeyError::NoKey { arn: arn() }),
        }
    }

    /// Whether it may be changed, also while it is disabled.
    pub(crate) fn stays(&self) -> Result<(), KeyError> {
        match self.is_enabled() {
            Err(KeyError::Disabled { .. }) => Ok(()),
            other => other,
        }
    }

    /// Whether it is its account's to change.
    pub(crate) fn is_customers(&self) -> Result<(), KeyError> {
        if self.is_managed { Err(KeyError::Managed { arn: self.arn.clone() }) } else { Ok(()) }
    }
}
