//! What a principal may, by the policies that it has.

use std::sync::{Arc, LazyLock};

use crate::identity::Document;
use crate::identity::managed;
use crate::identity::state::{Account, Grants, Kind as EntityKind, Role, User, folded};
use crate::policy::{Kind, Policy};
use crate::sts::token::Token;

/// The policies of a principal. The root user has none, and may whatever is its account's.
#[derive(Debug, Default)]
pub struct Rights {
    pub(crate) identity: Vec<Arc<Policy>>,
    pub(crate) boundary: Vec<Arc<Policy>>,
    pub(crate) session: Vec<Arc<Policy>>,
}

/// In place of a policy that does not parse, so that what it may have denied is denied.
static DENIES_ALL: LazyLock<Arc<Policy>> = LazyLock::new(|| Arc::new(Policy::denies_all()));

impl Rights {
    pub(crate) fn of_user(id: &str, account: &Account, user: &User) -> Self {
        let mut rights = Rights::default();
        rights.add(id, account, &user.grants);
        for group in user.groups.iter().filter_map(|name| account.groups.get(name)) {
            rights.add(id, account, &group.grants);
        }
        rights
    }

    pub(crate) fn of_role(id: &str, account: &Account, role: &Role) -> Self {
        Rights::of_grants(id, account, Some(&role.grants))
    }

    pub(crate) fn of_grants(id: &str, account: &Account, grants: Option<&Grants>) -> Self {
        let mut rights = Rights::default();
        if let Some(grants) = grants {
            rights.add(id, account, grants);
        }
        rights
    }

    /// The rights of whoever has a policy that comes with the service and nothing else; by its name.
    pub fn of_provided(name: &str) -> Option<Self> {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        let document = managed::provided(&arn)?.document();
        Some(Rights { identity: vec![policy_of(document)], ..Rights::default() })
    }

    /// Within what the session was begun with.
    pub(crate) fn within_session(mut self, id: &str, account: &Account, token: &Token) -> Self {
        let inline = token.policy.iter().map(|text| match Policy::parse(text, Kind::Identity) {
            Ok(policy) => Arc::new(policy),
            Err(_) => DENIES_ALL.clone(),
        });
        // One that is gone meanwhile allows nothing, but the session is bounded still.
        let managed = token
            .policy_arns
            .iter()
            .map(|arn| document(id, account, arn).map_or_else(|| DENIES_ALL.clone(), policy_of));
        self.session = inline.chain(managed).collect();
        self
    }

    fn add(&mut self, id: &str, account: &Account, grants: &Grants) {
        let attached = grants.attached.iter().filter_map(|arn| document(id, account, arn));
        self.identity.extend(grants.inline.values().chain(attached).map(policy_of));
        if let Some(arn) = &grants.boundary {
            let boundary = document(id, account, arn);
            self.boundary.push(boundary.map_or_else(|| DENIES_ALL.clone(), policy_of));
        }
    }
}

fn policy_of(document: &Document) -> Arc<Policy> {
    document.policy(Kind::Identity).unwrap_or(&DENIES_ALL).clone()
}

/// The text of a managed policy that is in force.
fn document<'a>(id: &str, account: &'a Account, arn: &str) -> Option<&'a Document> {
    if let Some(provided) = managed::provided(arn) {
        return Some(provided.document());
    }
    let policy = account.policies.get(&folded(arn.rsplit('/').next()?))?;
    // One that has its name but another path came after it was gone.
    policy.document().filter(|_| policy.named.arn(EntityKind::Policy, id) == arn)
}
