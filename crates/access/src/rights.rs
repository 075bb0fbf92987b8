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
    pub(crate) names: Names,
}

/// What the policies of a principal are called, in their order.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub identity: Vec<Name>,
    pub boundary: Vec<Name>,
    pub session: Vec<Name>,
}

#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// An ARN, or of an inline policy its name.
    pub policy: Arc<str>,
    /// The ARN of the user, the group or the role that has it.
    pub of: Arc<str>,
}

impl Names {
    pub const NONE: Names = Names { identity: Vec::new(), boundary: Vec::new(), session: Vec::new() };
}

/// In place of a policy that does not parse, so that what it may have denied is denied.
static DENIES_ALL: LazyLock<Arc<Policy>> = LazyLock::new(|| Arc::new(Policy::denies_all()));

impl Rights {
    pub(crate) fn of_user(id: &str, account: &Account, user: &User) -> Self {
        let mut rights = Rights::default();
        rights.add(id, account, user.named.arn(EntityKind::User, id), &user.grants);
        for group in user.groups.iter().filter_map(|name| account.groups.get(name)) {
            rights.add(id, account, group.named.arn(EntityKind::Group, id), &group.grants);
        }
        rights
    }

    pub(crate) fn of_role(id: &str, account: &Account, role: &Role) -> Self {
        Rights::of_grants(id, account, role.named.arn(EntityKind::Role, id), &role.grants)
    }

    /// Of what has the ARN `of`.
    pub(crate) fn of_grants(id: &str, account: &Account, of: String, grants: &Grants) -> Self {
        let mut rights = Rights::default();
        rights.add(id, account, of, grants);
        rights
    }

    /// The rights of whoever has a policy that comes with the service and nothing else; by its name.
    pub fn of_provided(name: &str) -> Option<Self> {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        let document = managed::provided(&arn)?.document();
        let name = Name { policy: arn.into(), of: "".into() };
        let names = Names { identity: vec![name], ..Names::default() };
        Some(Rights { identity: vec![policy_of(document)], names, ..Rights::default() })
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
        let of: Arc<str> = "".into();
        let inline = token.policy.iter().map(|_| "");
        let policies = inline.chain(token.policy_arns.iter().map(String::as_str));
        self.names.session = policies.map(|policy| Name { policy: policy.into(), of: of.clone() }).collect();
        self
    }

    /// Whether they may allow the action with something, in some circumstances. In lower case.
    pub(crate) fn may_allow(&self, action: &str) -> bool {
        let some = |policies: &[Arc<Policy>]| policies.iter().any(|policy| policy.may_allow(action));
        let bounds = self.boundary.iter().all(|bound| bound.may_allow(action));
        let mut all = self.identity.iter().chain(&self.boundary);
        some(&self.identity) && bounds && !all.any(|policy| policy.denies_wholly(action))
    }

    fn add(&mut self, id: &str, account: &Account, of: String, grants: &Grants) {
        let of: Arc<str> = of.into();
        let named = |policy: &str| Name { policy: policy.into(), of: of.clone() };
        let attached = grants.attached.iter().filter_map(|arn| Some((arn, document(id, account, arn)?)));
        for (name, document) in grants.inline.iter().chain(attached) {
            self.identity.push(policy_of(document));
            self.names.identity.push(named(name));
        }
        if let Some(arn) = &grants.boundary {
            let boundary = document(id, account, arn);
            self.boundary.push(boundary.map_or_else(|| DENIES_ALL.clone(), policy_of));
            self.names.boundary.push(named(arn));
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
