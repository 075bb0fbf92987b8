//! What calls do with keys as such: make them, look at them, switch them, and say who may use them.

use std::collections::BTreeMap;
use std::sync::Arc;

use flumen_access::policy::{Facts, Kind};
use flumen_access::{Action, Caller, Document, RequestContext, Resource, would_allow};

use crate::command::Step;
use crate::door::KeyRequest;
use crate::ids::KeyId;
use crate::names::{KeyArn, Named, REGION_BYTES_MAX};
use crate::operations::KeyOperation;
use crate::pages::{Listed, Page};
use crate::state::{Key, KeyState, MadeBy, Material, State};
use crate::{KeyError, Keys, policies};

/// Of all accounts and regions together. AWS has 100,000 of each.
pub const KEYS_MAX: usize = 100_000;
/// Of an account in a region.
const KEYS_OF_REALM_MAX: usize = 10_000;
pub const TAGS_MAX: usize = 50;
/// AWS's, of the text as it is given.
const POLICY_BYTES_MAX: usize = 32_768;
/// The name of every key's policy.
pub const POLICY_NAME: &str = "default";

/// A key as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct NewKey {
    pub description: String,
    /// Without one it is the account's policies that say who may.
    pub policy: Option<String>,
    /// Also a policy by which the caller may not change it any more.
    pub bypasses_lockout_check: bool,
    pub tags: Vec<(String, String)>,
}

impl Keys {
    /// # Errors
    /// Where KMS would refuse, and where it cannot be written.
    pub async fn create_key(&self, caller: &Caller, new: &NewKey) -> Result<Arc<Key>, KeyError> {
        let given = RequestContext::tags(new.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
            .and("kms:keyspec", "SYMMETRIC_DEFAULT")
            .and("kms:keyusage", "ENCRYPT_DECRYPT")
            .and("kms:keyorigin", "AWS_KMS")
            .and("kms:multiregion", "false")
            .and("kms:bypasspolicylockoutsafetycheck", new.bypasses_lockout_check.to_string());
        self.may_in_account(caller, KeyOperation::CreateKey, Some(&given))?;
        if !new.tags.is_empty() {
            self.may_in_account(caller, KeyOperation::TagResource, Some(&given))?;
        }
        let realm = caller.realm();
        if realm.region.len() > REGION_BYTES_MAX {
            let text = format!(
                "The region has {} characters, where {REGION_BYTES_MAX} are the most.",
                realm.region.len()
            );
            return Err(KeyError::Validation(text));
        }
        let arn = KeyArn::new(realm, KeyId::random()?);
        let mut tags = BTreeMap::new();
        add_tags(&mut tags, &arn, &new.tags)?;
        let policy = match &new.policy {
            None => Document::of(&policies::default_text(&realm.account)),
            Some(text) => {
                let policy = read_policy(text)?;
                if !new.bypasses_lockout_check {
                    check_lockout(caller, &arn, &policy, &tags)?;
                }
                policy
            }
        };
        // Before anything is made for it.
        check_room(&self.state(), &arn)?;
        self.with_new_material(&arn, async |material| {
            self.commit(caller.origin(), |state, now_ms| {
                check_room(state, &arn)?;
                let key = Arc::new(Key {
                    arn: arn.clone(),
                    description: new.description.clone(),
                    created_ms: now_ms,
                    state: KeyState::Enabled,
                    is_managed: false,
                    policy: policy.clone(),
                    tags: tags.clone(),
                    materials: vec![Material { id: material, from_ms: now_ms, by: MadeBy::Creation }],
                    rotation: None,
                });
                Ok((vec![Step::Key(key.clone())], key))
            })
            .await
        })
        .await
    }

    /// # Errors
    /// Where KMS would refuse.
    pub async fn describe_key(
        &self,
        caller: &Caller,
        key: &str,
        tokens: &[&str],
    ) -> Result<Arc<Key>, KeyError> {
        self.check_tokens(caller, tokens)?;
        self.find(caller, key, &KeyRequest::of(KeyOperation::DescribeKey)).await
    }

    /// Of the caller's account and region, by rising ids.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn list_keys(&self, caller: &Caller, page: Page<'_>) -> Result<Listed<KeyArn>, KeyError> {
        self.may_in_account(caller, KeyOperation::ListKeys, None)?;
        let after = page.after()?.map(|after| after.parse().map_err(|_| KeyError::Marker)).transpose()?;
        let (state, realm, now_ms) = (self.state(), caller.realm(), self.now_ms());
        let keys = state.keys_of(&realm.account, &realm.region, after, now_ms);
        let keys: Vec<&KeyArn> = keys.map(|key| &key.arn).take(page.limit + 1).collect();
        page.of(keys, |arn| arn.id.to_string())
    }

    /// # Errors
    /// Where KMS would refuse, and where it cannot be written.
    pub async fn enable_key(&self, caller: &Caller, key: &str) -> Result<(), KeyError> {
        self.switch(caller, key, KeyOperation::EnableKey, KeyState::Enabled).await
    }

    /// # Errors
    /// As [`Keys::enable_key`].
    pub async fn disable_key(&self, caller: &Caller, key: &str) -> Result<(), KeyError> {
        self.switch(caller, key, KeyOperation::DisableKey, KeyState::Disabled).await
    }

    async fn switch(
        &self,
        caller: &Caller,
        key: &str,
        operation: KeyOperation,
        to: KeyState,
    ) -> Result<(), KeyError> {
        let arn = self.named_key(caller, key, &KeyRequest::of(operation))?.arn.clone();
        self.change(caller, &arn, |key, _| {
            key.stays()?;
            key.state = to;
            Ok(())
        })
        .await
        .map(drop)
    }

    /// # Errors
    /// As [`Keys::enable_key`].
    pub async fn update_description(
        &self,
        caller: &Caller,
        key: &str,
        description: &str,
    ) -> Result<(), KeyError> {
        let asked = KeyRequest::of(KeyOperation::UpdateKeyDescription);
        let arn = self.named_key(caller, key, &asked)?.arn.clone();
        self.change(caller, &arn, |key, _| {
            key.stays()?;
            description.clone_into(&mut key.description);
            Ok(())
        })
        .await
        .map(drop)
    }

    /// The text of the policy.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn get_policy(&self, caller: &Caller, key: &str, name: &str) -> Result<String, KeyError> {
        let key = self.named_key(caller, key, &KeyRequest::of(KeyOperation::GetKeyPolicy))?;
        if name == POLICY_NAME { Ok(key.policy.text.clone()) } else { Err(KeyError::NoPolicy) }
    }

    /// The names of a key's policies.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn list_policies(
        &self,
        caller: &Caller,
        key: &str,
        page: Page<'_>,
    ) -> Result<&'static [&'static str], KeyError> {
        self.named_key(caller, key, &KeyRequest::of(KeyOperation::ListKeyPolicies))?;
        if page.marker.is_some() { Err(KeyError::Marker) } else { Ok(&[POLICY_NAME]) }
    }

    /// # Errors
    /// As [`Keys::enable_key`].
    pub async fn put_policy(
        &self,
        caller: &Caller,
        key: &str,
        name: &str,
        text: &str,
        bypasses_lockout_check: bool,
    ) -> Result<(), KeyError> {
        let given = RequestContext::default()
            .and("kms:bypasspolicylockoutsafetycheck", bypasses_lockout_check.to_string());
        let asked = KeyRequest { given: Some(&given), ..KeyRequest::of(KeyOperation::PutKeyPolicy) };
        let key = self.named_key(caller, key, &asked)?;
        if name != POLICY_NAME {
            return Err(KeyError::NoPolicy);
        }
        let policy = read_policy(text)?;
        if !bypasses_lockout_check {
            check_lockout(caller, &key.arn, &policy, &key.tags)?;
        }
        // Also of a key that waits for its deletion, so that somebody may take it back.
        self.change(caller, &key.arn, |key, _| {
            key.policy = policy.clone();
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Of a key, by rising keys of tags.
    ///
    /// # Errors
    /// Where KMS would refuse.
    pub fn list_tags(
        &self,
        caller: &Caller,
        key: &str,
        page: Page<'_>,
    ) -> Result<Listed<(String, String)>, KeyError> {
        let key = self.named_key(caller, key, &KeyRequest::of(KeyOperation::ListResourceTags))?;
        let tags: Vec<_> = key.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        page.of(&tags, |(key, _)| key.clone())
    }

    /// # Errors
    /// As [`Keys::enable_key`].
    pub async fn tag(&self, caller: &Caller, key: &str, tags: &[(String, String)]) -> Result<(), KeyError> {
        let given = RequestContext::tags(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        self.retag(caller, key, KeyOperation::TagResource, &given, |key| {
            let arn = key.arn.clone();
            add_tags(&mut key.tags, &arn, tags)
        })
        .await
    }

    /// # Errors
    /// As [`Keys::enable_key`].
    pub async fn untag(&self, caller: &Caller, key: &str, keys: &[&str]) -> Result<(), KeyError> {
        let given = RequestContext::tag_keys(keys.iter().copied());
        self.retag(caller, key, KeyOperation::UntagResource, &given, |key| {
            key.tags.retain(|name, _| !keys.contains(&name.as_str()));
            Ok(())
        })
        .await
    }

    async fn retag(
        &self,
        caller: &Caller,
        key: &str,
        operation: KeyOperation,
        given: &RequestContext,
        mut retag: impl FnMut(&mut Key) -> Result<(), KeyError>,
    ) -> Result<(), KeyError> {
        let asked = KeyRequest { given: Some(given), ..KeyRequest::of(operation) };
        let arn = self.named_key(caller, key, &asked)?.arn.clone();
        self.change(caller, &arn, |key, _| {
            key.stays()?;
            retag(key)
        })
        .await
        .map(drop)
    }

    /// Changes a key that its account may change. Where nothing of it changes nothing is written.
    pub(crate) async fn change(
        &self,
        caller: &Caller,
        arn: &KeyArn,
        mut change: impl FnMut(&mut Key, u64) -> Result<(), KeyError>,
    ) -> Result<Arc<Key>, KeyError> {
        self.commit(caller.origin(), |state, now_ms| {
            let known = state.key(arn, now_ms).ok_or_else(|| KeyError::NoKey { arn: arn.clone() })?;
            known.is_customers()?;
            let mut key = (**known).clone();
            change(&mut key, now_ms)?;
            let key = Arc::new(key);
            let steps = if key == *known { Vec::new() } else { vec![Step::Key(key.clone())] };
            Ok((steps, key))
        })
        .await
    }
}

pub(crate) fn check_room(state: &State, arn: &KeyArn) -> Result<(), KeyError> {
    let too_many = |what: String, limit| Err(KeyError::TooMany { what, limit, of: "keys" });
    if state.keys_of(&arn.account, &arn.region, None, 0).count() >= KEYS_OF_REALM_MAX {
        let what = format!("The account {} in {}", arn.account, arn.region);
        return too_many(what, KEYS_OF_REALM_MAX);
    }
    match state.count() {
        KEYS_MAX.. => too_many("The server".to_owned(), KEYS_MAX),
        _ => Ok(()),
    }
}

fn read_policy(text: &str) -> Result<Document, KeyError> {
    match text.len() {
        0..=POLICY_BYTES_MAX => Ok(Document::parse(text, Kind::Key)?),
        found => Err(KeyError::PolicyBytes { found, limit: POLICY_BYTES_MAX }),
    }
}

/// Whether the caller will still be able to say who may use the key.
fn check_lockout(
    caller: &Caller,
    arn: &KeyArn,
    policy: &Document,
    tags: &BTreeMap<String, String>,
) -> Result<(), KeyError> {
    const PUT: Action = KeyOperation::PutKeyPolicy.actions()[0];
    let policy = policy.policy(Kind::Key).map_err(|error| error.clone())?;
    let given = RequestContext::default()
        .and("kms:calleraccount", caller.principal().account())
        .and("kms:bypasspolicylockoutsafetycheck", "false");
    let given: &dyn Facts = &given;
    let resource = Resource {
        tags: Some(tags),
        policy: Some(policy),
        given: Some(given),
        ..Resource::new(&arn.account, arn)
    };
    if would_allow(caller, PUT, &resource) { Ok(()) } else { Err(KeyError::LockedOut) }
}

/// What the interface says of lengths was checked before.
fn add_tags(
    tags: &mut BTreeMap<String, String>,
    arn: &KeyArn,
    given: &[(String, String)],
) -> Result<(), KeyError> {
    for (place, (key, value)) in given.iter().enumerate() {
        if key.starts_with("aws:") {
            return Err(KeyError::Tag(format!("The tag key {key} begins with aws:, which is reserved.")));
        }
        if given[..place].iter().any(|(before, _)| before == key) {
            return Err(KeyError::Tag(format!("The tag key {key} is given twice.")));
        }
        tags.insert(key.clone(), value.clone());
    }
    match tags.len() {
        0..=TAGS_MAX => Ok(()),
        _ => Err(KeyError::TooMany { what: format!("The key {arn}"), limit: TAGS_MAX, of: "tags" }),
    }
}

impl Keys {
    /// For whoever keeps which key is meant: the key that a text names in the caller's account and region, as it is now, whoever may use it.
    ///
    /// # Errors
    /// Where it names none that is there.
    pub async fn resolve(&self, caller: &Caller, text: &str) -> Result<Arc<Key>, KeyError> {
        let named = Named::parse(text, caller.realm())?;
        if let Named::Alias(alias) = &named {
            self.make_if_kinesis(caller, alias).await?;
        }
        let (state, now_ms) = (self.state(), self.now_ms());
        let arn = match named {
            Named::Key(arn) => arn,
            Named::Alias(alias) => match state.alias(&alias) {
                Some(found) => found.of(),
                None => return Err(KeyError::NoAlias { arn: alias }),
            },
        };
        state.key(&arn, now_ms).cloned().ok_or(KeyError::NoKey { arn })
    }
}
