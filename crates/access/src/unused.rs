//! What nobody used: access keys, and actions that somebody may do and did not.

use serde::Serialize;

use crate::Identities;
use crate::identity::state::{AccessKey, Kind};
use crate::rights::Rights;

/// Of a user, a role or an account's root user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unused {
    /// An ARN.
    pub principal: String,
    /// Active keys that signed nothing since the time asked for, and are older.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<UnusedKey>,
    /// Actions that its policies may allow with something, and that it did not do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<&'static str>,
    /// How many it may do, and did.
    pub used: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnusedKey {
    pub id: String,
    /// Milliseconds since the epoch.
    pub created_ms: u64,
    /// Nothing if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_ms: Option<u64>,
}

impl Identities {
    /// What of `actions` who may do and did not, which `used` says by principal and action, and which keys were not used since.
    /// Of roots, which may do everything in their accounts, only keys are told.
    pub fn unused(
        &self,
        actions: &[&'static str],
        since_ms: u64,
        used: impl Fn(&str, &str) -> bool,
    ) -> Vec<Unused> {
        let mut all = Vec::new();
        let state = self.state();
        let actions: Vec<(&'static str, String)> =
            actions.iter().map(|&action| (action, action.to_ascii_lowercase())).collect();
        let mut add = |principal: String, keys: &[AccessKey], rights: Option<Rights>| {
            let keys = self.unused_keys(&state.used, keys, since_ms);
            let may = rights.iter().flat_map(|rights| {
                actions.iter().filter(|(_, lower)| rights.may_allow(lower)).map(|(action, _)| *action)
            });
            let (did, did_not): (Vec<_>, Vec<_>) = may.partition(|action| used(&principal, action));
            if !keys.is_empty() || !did_not.is_empty() {
                all.push(Unused { principal, keys, actions: did_not, used: did.len() });
            }
        };
        for (id, account) in &state.accounts {
            add(format!("arn:aws:iam::{id}:root"), &account.keys, None);
            for user in account.users.values() {
                let rights = Rights::of_user(id, account, user);
                add(user.named.arn(Kind::User, id), &user.keys, Some(rights));
            }
            for role in account.roles.values() {
                add(role.named.arn(Kind::Role, id), &[], Some(Rights::of_role(id, account, role)));
            }
        }
        all
    }

    fn unused_keys(
        &self,
        stored: &std::collections::BTreeMap<String, crate::identity::Used>,
        keys: &[AccessKey],
        since_ms: u64,
    ) -> Vec<UnusedKey> {
        let unused = |key: &AccessKey| {
            let last_used_ms = self.newest_use(&key.id).or(stored.get(&key.id).map(|used| used.at_ms));
            let is_unused = key.is_active && key.created_ms.max(last_used_ms.unwrap_or(0)) < since_ms;
            is_unused.then(|| UnusedKey { id: key.id.clone(), created_ms: key.created_ms, last_used_ms })
        };
        keys.iter().filter_map(unused).collect()
    }
}
