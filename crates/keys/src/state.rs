//! What keys, aliases and grants there are. Nothing here says what a key's material is: that has files of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, LazyLock};

use flumen_access::Document;
use flumen_access::policy::{Kind, Policy};
use flumen_machine::Signatures;
use serde::{Deserialize, Serialize};

use crate::grants::Grant;
use crate::ids::{GrantId, KeyId, MaterialId};
use crate::names::{AliasArn, KeyArn};

/// A key, as calls make and see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Key {
    pub arn: KeyArn,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub created_ms: u64,
    pub state: KeyState,
    /// Made for the services of an account, and managed by nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_managed: bool,
    pub policy: Document,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Oldest first; the last one encrypts, and each decrypts what it has encrypted.
    pub materials: Vec<Material>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    Enabled,
    Disabled,
    /// It is no more from that time on, whether or not that has been carried out.
    PendingDeletion {
        from_ms: u64,
    },
    /// It is no more, and its material is being destroyed.
    Gone,
}

/// A piece of key material, and since when it encrypts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    pub id: MaterialId,
    pub from_ms: u64,
    pub by: MadeBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MadeBy {
    /// With the key.
    Creation,
    /// Because the time had come.
    Time,
    /// Because a call asked for it.
    Demand,
}

/// New material comes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    pub period_days: u32,
    pub next_ms: u64,
}

/// A name of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    pub arn: AliasArn,
    /// In the same account and region.
    pub key: KeyId,
    pub created_ms: u64,
    pub updated_ms: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(crate) struct State {
    /// Position after the newest command.
    pub changed: u64,
    keys: BTreeMap<KeyArn, Arc<Key>>,
    aliases: BTreeMap<AliasArn, Arc<Alias>>,
    grants: BTreeMap<KeyArn, BTreeMap<GrantId, Arc<Grant>>>,
    /// By which signatures commands were given lately.
    pub signatures: Signatures,
    /// Names of each key.
    names: BTreeMap<KeyArn, BTreeSet<String>>,
    weights: Weights,
}

/// What keys and grants take of memory, about: all together, and by account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights {
    pub all: usize,
    by_account: HashMap<String, usize>,
}

/// What the maps and the identities of a key or a grant take.
const WEIGHT_MIN: usize = 1024;
const WEIGHT_OF_MATERIAL: usize = 64;

/// As a snapshot has it.
#[derive(Serialize, Deserialize)]
struct Written {
    changed: u64,
    keys: Vec<Arc<Key>>,
    aliases: Vec<Arc<Alias>>,
    grants: Vec<Arc<Grant>>,
    #[serde(default, skip_serializing_if = "Signatures::is_empty")]
    signatures: Signatures,
}

impl Key {
    /// Whether calls see it.
    pub(crate) fn is_there(&self, now_ms: u64) -> bool {
        match self.state {
            KeyState::Enabled | KeyState::Disabled => true,
            KeyState::PendingDeletion { from_ms } => now_ms < from_ms,
            KeyState::Gone => false,
        }
    }

    /// What it takes of memory, about; a policy is there as its text and as what it says.
    pub(crate) fn weight(&self) -> usize {
        let tags: usize = self.tags.iter().map(|(key, value)| key.len() + value.len() + 64).sum();
        let texts = self.description.len() + 3 * self.policy.text.len() + tags;
        WEIGHT_MIN + texts + WEIGHT_OF_MATERIAL * self.materials.len()
    }

    /// What encrypts.
    pub fn material(&self) -> Option<&Material> {
        self.materials.last()
    }

    /// One that was stored and cannot be read denies everything.
    pub(crate) fn policy(&self) -> &Arc<Policy> {
        static DENIES_ALL: LazyLock<Arc<Policy>> = LazyLock::new(|| Arc::new(Policy::denies_all()));
        self.policy.policy(Kind::Key).unwrap_or(&DENIES_ALL)
    }
}

impl Weights {
    pub fn of(&self, account: &str) -> usize {
        self.by_account.get(account).copied().unwrap_or_default()
    }

    fn add(&mut self, account: &str, weight: usize) {
        self.all += weight;
        *self.by_account.entry(account.to_owned()).or_default() += weight;
    }

    fn take(&mut self, account: &str, weight: usize) {
        self.all = self.all.saturating_sub(weight);
        if let Some(own) = self.by_account.get_mut(account) {
            *own = own.saturating_sub(weight);
            if *own == 0 {
                self.by_account.remove(account);
            }
        }
    }
}

impl State {
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// A key that calls see.
    pub fn key(&self, arn: &KeyArn, now_ms: u64) -> Option<&Arc<Key>> {
        self.keys.get(arn).filter(|key| key.is_there(now_ms))
    }

    /// Also those that are no more, and whose material is still to be destroyed.
    pub fn all_keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.keys.values()
    }

    /// Of all accounts and regions, also those that are no more.
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// What a key takes of memory; nothing where there is none.
    pub fn weight_of(&self, arn: &KeyArn) -> usize {
        self.keys.get(arn).map_or(0, |key| key.weight())
    }

    /// Whether that is material of the key, which may be no more.
    pub fn has_material(&self, arn: &KeyArn, id: MaterialId) -> bool {
        self.keys.get(arn).is_some_and(|key| key.materials.iter().any(|material| material.id == id))
    }

    /// Of an account and region, behind one of them, by rising ids.
    pub fn keys_of<'a>(
        &'a self,
        account: &'a str,
        region: &'a str,
        after: Option<KeyId>,
        now_ms: u64,
    ) -> impl Iterator<Item = &'a Arc<Key>> {
        let first =
            KeyArn { account: account.into(), region: region.into(), id: after.unwrap_or(KeyId::FIRST) };
        let from = if after.is_some() { Bound::Excluded(first) } else { Bound::Included(first) };
        let keys = self.keys.range((from, Bound::Unbounded)).map(|(_, key)| key);
        let keys = keys.take_while(move |key| key.arn.account == account && key.arn.region == region);
        keys.filter(move |key| key.is_there(now_ms))
    }

    pub fn alias(&self, arn: &AliasArn) -> Option<&Arc<Alias>> {
        self.aliases.get(arn)
    }

    /// Of an account and region, behind one of them, by rising names.
    pub fn aliases_of<'a>(
        &'a self,
        account: &'a str,
        region: &'a str,
        after: &str,
    ) -> impl Iterator<Item = &'a Arc<Alias>> {
        let first = AliasArn { account: account.into(), region: region.into(), name: after.to_owned() };
        let aliases = self.aliases.range((Bound::Excluded(first), Bound::Unbounded)).map(|(_, alias)| alias);
        aliases.take_while(move |alias| alias.arn.account == account && alias.arn.region == region)
    }

    /// Names of a key.
    pub fn names_of(&self, arn: &KeyArn) -> impl Iterator<Item = &String> {
        self.names.get(arn).into_iter().flatten()
    }

    pub fn grant(&self, arn: &KeyArn, id: GrantId) -> Option<&Arc<Grant>> {
        self.grants.get(arn)?.get(&id)
    }

    /// Of a key, by rising ids.
    pub fn grants_of(&self, arn: &KeyArn) -> impl Iterator<Item = &Arc<Grant>> {
        self.grants.get(arn).into_iter().flat_map(BTreeMap::values)
    }

    /// Of the keys of an account and region.
    pub fn grants_in<'a>(
        &'a self,
        account: &'a str,
        region: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Grant>> {
        let first = KeyArn { account: account.into(), region: region.into(), id: KeyId::FIRST };
        let of_keys = self.grants.range(first..);
        let of_keys = of_keys.take_while(move |(arn, _)| arn.account == account && arn.region == region);
        of_keys.flat_map(|(_, grants)| grants.values())
    }

    pub(crate) fn set_key(&mut self, key: &Arc<Key>) {
        self.weights.add(&key.arn.account, key.weight());
        if let Some(before) = self.keys.insert(key.arn.clone(), key.clone()) {
            self.weights.take(&key.arn.account, before.weight());
        }
    }

    /// With its names and its grants.
    pub(crate) fn remove_key(&mut self, arn: &KeyArn) {
        if let Some(key) = self.keys.remove(arn) {
            self.weights.take(&arn.account, key.weight());
        }
        for grant in self.grants.remove(arn).unwrap_or_default().into_values() {
            self.weights.take(&arn.account, grant.weight());
        }
        for name in self.names.remove(arn).unwrap_or_default() {
            self.aliases.remove(&AliasArn { account: arn.account.clone(), region: arn.region.clone(), name });
        }
    }

    pub(crate) fn set_alias(&mut self, alias: &Arc<Alias>) {
        self.remove_alias(&alias.arn);
        self.names.entry(alias.of()).or_default().insert(alias.arn.name.clone());
        self.aliases.insert(alias.arn.clone(), alias.clone());
    }

    pub(crate) fn remove_alias(&mut self, arn: &AliasArn) {
        let Some(alias) = self.aliases.remove(arn) else { return };
        if let Some(names) = self.names.get_mut(&alias.of()) {
            names.remove(&arn.name);
            if names.is_empty() {
                self.names.remove(&alias.of());
            }
        }
    }

    pub(crate) fn set_grant(&mut self, grant: &Arc<Grant>) {
        self.remove_grant(&grant.key, grant.id);
        self.weights.add(&grant.key.account, grant.weight());
        self.grants.entry(grant.key.clone()).or_default().insert(grant.id, grant.clone());
    }

    pub(crate) fn remove_grant(&mut self, arn: &KeyArn, id: GrantId) {
        if let Some(grants) = self.grants.get_mut(arn) {
            if let Some(grant) = grants.remove(&id) {
                self.weights.take(&arn.account, grant.weight());
            }
            if grants.is_empty() {
                self.grants.remove(arn);
            }
        }
    }
}

impl Alias {
    /// The key that it names.
    pub fn of(&self) -> KeyArn {
        let AliasArn { account, region, .. } = &self.arn;
        KeyArn { account: account.clone(), region: region.clone(), id: self.key }
    }
}

impl From<Written> for State {
    fn from(written: Written) -> Self {
        let Written { changed, keys, aliases, grants, signatures } = written;
        let mut state = State { changed, signatures, ..State::default() };
        keys.iter().for_each(|key| state.set_key(key));
        aliases.iter().for_each(|alias| state.set_alias(alias));
        grants.iter().for_each(|grant| state.set_grant(grant));
        state
    }
}

impl From<State> for Written {
    fn from(state: State) -> Self {
        Written {
            changed: state.changed,
            keys: state.keys.into_values().collect(),
            aliases: state.aliases.into_values().collect(),
            grants: state.grants.into_values().flat_map(BTreeMap::into_values).collect(),
            signatures: state.signatures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_weighed_once_and_what_is_gone_is_not() {
        let arn = KeyArn { account: "1".repeat(12), region: "r".into(), id: KeyId::FIRST };
        let key = |description: &str| {
            Arc::new(Key {
                arn: arn.clone(),
                description: description.to_owned(),
                created_ms: 0,
                state: KeyState::Enabled,
                is_managed: false,
                policy: Document::of("{}"),
                tags: BTreeMap::new(),
                materials: Vec::new(),
                rotation: None,
            })
        };
        let mut state = State::default();
        state.set_key(&key("short"));
        let short = state.weights().all;
        state.set_key(&key("a longer one"));
        assert_eq!(state.weights().all, short + 7);
        state.set_key(&key("short"));
        assert_eq!((state.weights().all, state.weights().of(&arn.account)), (short, short));
        let written = serde_json::to_vec(&state).unwrap();
        let again: State = serde_json::from_slice(&written).unwrap();
        assert_eq!(again.weights().all, short);
        state.remove_key(&arn);
        assert_eq!((state.weights().all, state.weights().by_account.len()), (0, 0));
    }
}
