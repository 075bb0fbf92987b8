//! When access keys and roles were last used: noted in memory with every request whose signature holds, and written to the
//! log now and then, so that it outlives the process. AWS itself is behind by minutes to hours.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use flumen_machine::Origin;
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use super::state::{Account, Owner, State};
use super::{CommitError, Identities, Step};

/// So often it is noted.
const NOTED_EVERY_MS: u64 = 60_000;
/// In one command.
const COUNT_MAX: usize = 1_000;

/// When and for what an access key or a role was last used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub at_ms: u64,
    /// The name that the request was signed for.
    pub service: Cow<'static, str>,
    pub region: String,
}

/// The newest use of one of them, which those share who note it.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses(Arc<Mutex<Option<Used>>>);

/// Those since the process began, by the id of the access key or of the role.
#[derive(Default)]
pub(super) struct AllUses(RwLock<HashMap<String, Uses>>);

impl Uses {
    pub fn note(&self, at_ms: u64, service: &'static str, region: &str) {
        let mut used = self.0.lock();
        if used.as_ref().is_none_or(|used| at_ms >= used.at_ms + NOTED_EVERY_MS) {
            *used = Some(Used { at_ms, service: service.into(), region: region.to_owned() });
        }
    }
}

impl AllUses {
    pub fn of(&self, id: &str) -> Uses {
        if let Some(uses) = self.0.read().get(id) {
            return uses.clone();
        }
        self.0.write().entry(id.to_owned()).or_default().clone()
    }

    fn newest(&self, id: &str) -> Option<Used> {
        self.0.read().get(id)?.0.lock().clone()
    }
}

impl Identities {
    /// Of an access key or a role, by id.
    pub(crate) fn last_used(&self, id: &str) -> Option<Used> {
        let since = self.inner.uses.newest(id);
        since.or_else(|| self.state().used.get(id).cloned())
    }

    /// When, since the process began.
    pub(crate) fn newest_use(&self, id: &str) -> Option<u64> {
        self.inner.uses.newest(id).map(|used| used.at_ms)
    }

    /// Writes what is newer than what was written, a command for each account and thousand of them; durable on return.
    pub async fn save_uses(&self) -> Result<(), CommitError> {
        for account in self.accounts() {
            let mut used = self.newer_uses(&account);
            while !used.is_empty() {
                let rest = match used.keys().nth(COUNT_MAX).cloned() {
                    Some(beyond) => used.split_off(&beyond),
                    None => BTreeMap::new(),
                };
                let step = Step::Used(std::mem::replace(&mut used, rest));
                self.commit(Origin::default(), &account, |_: &Account, _| {
                    Ok::<_, CommitError>((vec![step.clone()], ()))
                })
                .await?;
            }
        }
        let state = self.state();
        let is_there = state.ids();
        self.inner.uses.0.write().retain(|id, _| is_there(id));
        Ok(())
    }

    fn newer_uses(&self, account: &str) -> BTreeMap<String, Used> {
        let state = self.state();
        let roles: HashSet<&str> = state
            .account(account)
            .into_iter()
            .flat_map(|of| of.roles.values())
            .map(|role| &*role.named.id)
            .collect();
        let is_of_account = |id: &str| match state.keys.get(id) {
            Some(Owner::Root { account: of } | Owner::User { account: of, .. }) => of == account,
            None => roles.contains(id),
        };
        let all = self.inner.uses.0.read();
        let newest = all.iter().filter_map(|(id, uses)| Some((id, uses.0.lock().clone()?)));
        let is_newer = |(id, used): &(&String, Used)| {
            is_of_account(id) && state.used.get(*id).is_none_or(|known| known.at_ms < used.at_ms)
        };
        newest.filter(is_newer).map(|(id, used)| (id.clone(), used)).collect()
    }
}

impl State {
    /// What is gone is forgotten.
    pub(super) fn note_uses(&mut self, used: &BTreeMap<String, Used>) {
        let mut all = std::mem::take(&mut self.used);
        all.extend(used.iter().map(|(id, used)| (id.clone(), used.clone())));
        let is_there = self.ids();
        all.retain(|id, _| is_there(id));
        drop(is_there);
        self.used = all;
    }

    /// Whether an id is of an access key or a role that there is.
    fn ids(&self) -> impl Fn(&str) -> bool + '_ {
        let roles = self.accounts.values().flat_map(|account| account.roles.values());
        let roles: HashSet<&str> = roles.map(|role| &*role.named.id).collect();
        move |id| self.keys.contains_key(id) || roles.contains(id)
    }
}
