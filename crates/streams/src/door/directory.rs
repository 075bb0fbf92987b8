//! Every stream, by the ways that requests name one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use flumen_types::Realm;

use crate::live::Live;
use crate::state::AccountSettings;

#[derive(Default)]
pub(crate) struct Directory {
    realms: BTreeMap<Realm, BTreeMap<String, Arc<Live>>>,
    groups: HashMap<u32, Arc<Live>>,
    settings: BTreeMap<Realm, AccountSettings>,
}

impl Directory {
    /// For the door alone: whoever wants a stream by its name asks there.
    pub(super) fn by_name(&self, realm: &Realm, name: &str) -> Option<Arc<Live>> {
        self.realms.get(realm)?.get(name).cloned()
    }

    pub fn by_group(&self, group: u32) -> Option<Arc<Live>> {
        self.groups.get(&group).cloned()
    }

    /// Streams of a realm by name.
    pub fn of_realm(&self, realm: &Realm) -> impl Iterator<Item = &Arc<Live>> {
        self.realms.get(realm).into_iter().flat_map(BTreeMap::values)
    }

    /// Streams of an account in all regions.
    pub fn of_account<'d>(&'d self, account: &'d str) -> impl Iterator<Item = &'d Arc<Live>> {
        let first = Realm { account: account.to_owned(), region: String::new() };
        let realms = self.realms.range(first..).take_while(move |(realm, _)| realm.account == account);
        realms.flat_map(|(_, streams)| streams.values())
    }

    /// Streams of a realm whose names follow `after`.
    pub fn of_realm_after(&self, realm: &Realm, after: &str) -> impl Iterator<Item = &Arc<Live>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let streams = self.realms.get(realm).into_iter();
        streams.flat_map(move |s| s.range::<str, _>((Excluded(after), Unbounded))).map(|(_, live)| live)
    }

    pub fn all(&self) -> Vec<Arc<Live>> {
        self.groups.values().cloned().collect()
    }

    pub fn settings(&self, realm: &Realm) -> AccountSettings {
        self.settings.get(realm).cloned().unwrap_or_default()
    }

    pub fn put_settings(&mut self, realm: Realm, settings: AccountSettings) {
        self.settings.insert(realm, settings);
    }

    /// The newest stream of a name is the one that the name means.
    pub fn put(&mut self, live: Arc<Live>) {
        let group = live.stream.group;
        let names = self.realms.entry(live.stream.realm()).or_default();
        let newer = names.get(&live.stream.name).is_some_and(|named| named.stream.group > group);
        if !newer {
            names.insert(live.stream.name.clone(), live.clone());
        }
        self.groups.insert(group, live);
    }

    pub fn remove(&mut self, group: u32) {
        let Some(live) = self.groups.remove(&group) else { return };
        let realm = live.stream.realm();
        let Some(names) = self.realms.get_mut(&realm) else { return };
        if names.get(&live.stream.name).is_some_and(|named| named.stream.group == group) {
            names.remove(&live.stream.name);
        }
        if names.is_empty() {
            self.realms.remove(&realm);
        }
    }
}
