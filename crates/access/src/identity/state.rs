//! What there is in each account: the root's keys, users, groups, roles and managed policies.
//!
//! Names are unique without regard to case, as IAM has it; what things are kept under is the name in lower case.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use flumen_machine::Signatures;
use serde::{Deserialize, Serialize};

use super::Used;
use super::document::Document;
use super::flat;
use crate::limits::LimitOverrides;

/// All accounts, and whose an access key is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// The account whose the server is. From when there is one on requests are signed, and that is verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    pub accounts: BTreeMap<String, Account>,
    /// By their ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoints: BTreeMap<String, PrivateEndpoint>,
    /// Sessions that began before are refused: of an account, or of one of its roles and users by ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revoked_before_ms: BTreeMap<String, u64>,
    /// By which signatures commands were given lately.
    #[serde(default, skip_serializing_if = "Signatures::is_empty")]
    pub signatures: Signatures,
    /// When access keys and roles were last used, by id; that of the newest minutes is not here yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub used: BTreeMap<String, Used>,
    #[serde(skip)]
    pub keys: HashMap<String, Owner>,
}

/// Whose an access key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Root {
        account: String,
    },
    /// By the name that the user is kept under.
    User {
        account: String,
        user: String,
    },
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Position of the newest command that changed it.
    pub changed: u64,
    /// The root's.
    #[serde(default)]
    pub keys: Vec<AccessKey>,
    // Written apart, one by one; earlier snapshots have them here.
    #[serde(default, skip_serializing)]
    pub users: BTreeMap<String, Arc<User>>,
    #[serde(default, skip_serializing)]
    pub groups: BTreeMap<String, Arc<Group>>,
    #[serde(default, skip_serializing)]
    pub roles: BTreeMap<String, Arc<Role>>,
    #[serde(default, skip_serializing)]
    pub policies: BTreeMap<String, Arc<Managed>>,
    /// What it may take, where that is not the default.
    #[serde(default, skip_serializing_if = "LimitOverrides::is_empty")]
    pub limits: LimitOverrides,
}

/// A private endpoint, as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateEndpoint {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// What every thing of IAM has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Named {
    pub name: String,
    /// Begins and ends with a slash.
    pub path: String,
    /// With the prefix that says what it is of.
    pub id: String,
    pub created_ms: u64,
}

/// What may be granted to users, groups and roles.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Grants {
    /// ARNs of managed policies.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub attached: BTreeSet<String>,
    /// Policies by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<String, Document>,
    /// ARN of the managed policy that bounds all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
}

pub(crate) type Tags = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "flat::User")]
pub(crate) struct User {
    #[serde(flatten)]
    pub named: Named,
    #[serde(flatten)]
    pub grants: Grants,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// What groups are kept under.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<AccessKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "flat::Group")]
pub(crate) struct Group {
    #[serde(flatten)]
    pub named: Named,
    #[serde(flatten)]
    pub grants: Grants,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "flat::Role")]
pub(crate) struct Role {
    #[serde(flatten)]
    pub named: Named,
    #[serde(flatten)]
    pub grants: Grants,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Who may assume it.
    pub trust: Document,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of a session, at most.
    pub session_s_max: u32,
}

/// A managed policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "flat::Managed")]
pub(crate) struct Managed {
    #[serde(flatten)]
    pub named: Named,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    pub updated_ms: u64,
    /// The version that is in force.
    pub default: u32,
    /// The number of the next version; none is given twice.
    pub next: u32,
    pub versions: BTreeMap<u32, Arc<Version>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub document: Document,
    pub created_ms: u64,
}

/// A key that requests are signed with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccessKey {
    pub id: String,
    /// The secret, sealed for this id.
    #[serde(with = "flumen_machine::base64")]
    pub sealed: Vec<u8>,
    pub is_active: bool,
    pub created_ms: u64,
}

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    User,
    Group,
    Role,
    Policy,
}

/// A thing of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Entity {
    User(Arc<User>),
    Group(Arc<Group>),
    Role(Arc<Role>),
    Policy(Arc<Managed>),
}

/// A name as things are kept under it.
pub(crate) fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl Kind {
    /// As ARNs and messages have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Group => "group",
            Kind::Role => "role",
            Kind::Policy => "policy",
        }
    }

    /// What ids of such things begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Kind::User => "AIDA",
            Kind::Group => "AGPA",
            Kind::Role => "AROA",
            Kind::Policy => "ANPA",
        }
    }
}

impl Named {
    pub fn arn(&self, kind: Kind, account: &str) -> String {
        format!("arn:aws:iam::{account}:{}{}{}", kind.as_str(), self.path, self.name)
    }
}

impl Entity {
    pub fn kind(&self) -> Kind {
        match self {
            Entity::User(_) => Kind::User,
            Entity::Group(_) => Kind::Group,
            Entity::Role(_) => Kind::Role,
            Entity::Policy(_) => Kind::Policy,
        }
    }

    pub fn named(&self) -> &Named {
        match self {
            Entity::User(user) => &user.named,
            Entity::Group(group) => &group.named,
            Entity::Role(role) => &role.named,
            Entity::Policy(policy) => &policy.named,
        }
    }

    /// Nothing of a policy.
    pub fn grants(&self) -> Option<&Grants> {
        match self {
            Entity::User(user) => Some(&user.grants),
            Entity::Group(group) => Some(&group.grants),
            Entity::Role(role) => Some(&role.grants),
            Entity::Policy(_) => None,
        }
    }

    pub fn grants_mut(&mut self) -> Option<&mut Grants> {
        match self {
            Entity::User(user) => Some(&mut Arc::make_mut(user).grants),
            Entity::Group(group) => Some(&mut Arc::make_mut(group).grants),
            Entity::Role(role) => Some(&mut Arc::make_mut(role).grants),
            Entity::Policy(_) => None,
        }
    }

    /// Nothing of a group.
    pub fn tags_mut(&mut self) -> Option<&mut Tags> {
        match self {
            Entity::User(user) => Some(&mut Arc::make_mut(user).tags),
            Entity::Role(role) => Some(&mut Arc::make_mut(role).tags),
            Entity::Policy(policy) => Some(&mut Arc::make_mut(policy).tags),
            Entity::Group(_) => None,
        }
    }

    pub fn tags(&self) -> Option<&Tags> {
        match self {
            Entity::User(user) => Some(&user.tags),
            Entity::Role(role) => Some(&role.tags),
            Entity::Policy(policy) => Some(&policy.tags),
            Entity::Group(_) => None,
        }
    }
}

impl Managed {
    /// The text that is in force.
    pub fn document(&self) -> Option<&Document> {
        self.versions.get(&self.default).map(|version| &version.document)
    }
}

impl Account {
    pub fn entity(&self, kind: Kind, name: &str) -> Option<Entity> {
        let name = folded(name);
        match kind {
            Kind::User => self.users.get(&name).cloned().map(Entity::User),
            Kind::Group => self.groups.get(&name).cloned().map(Entity::Group),
            Kind::Role => self.roles.get(&name).cloned().map(Entity::Role),
            Kind::Policy => self.policies.get(&name).cloned().map(Entity::Policy),
        }
    }

    /// Users, groups and roles.
    pub fn grantees(&self) -> impl Iterator<Item = Entity> + '_ {
        let users = self.users.values().cloned().map(Entity::User);
        let groups = self.groups.values().cloned().map(Entity::Group);
        let roles = self.roles.values().cloned().map(Entity::Role);
        users.chain(groups).chain(roles)
    }

    pub fn members<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Arc<User>> {
        self.users.values().filter(move |user| user.groups.contains(group))
    }

    pub(crate) fn set(&mut self, entity: Entity) {
        let name = folded(&entity.named().name);
        match entity {
            Entity::User(user) => _ = self.users.insert(name, user),
            Entity::Group(group) => _ = self.groups.insert(name, group),
            Entity::Role(role) => _ = self.roles.insert(name, role),
            Entity::Policy(policy) => _ = self.policies.insert(name, policy),
        }
    }

    fn remove(&mut self, kind: Kind, name: &str) {
        match kind {
            Kind::User => _ = self.users.remove(name),
            Kind::Group => _ = self.groups.remove(name),
            Kind::Role => _ = self.roles.remove(name),
            Kind::Policy => _ = self.policies.remove(name),
        }
    }
}

impl State {
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// The key of that id and whose it is.
    pub fn key(&self, id: &str) -> Option<(&AccessKey, &Owner)> {
        let owner = self.keys.get(id)?;
        let keys = match owner {
            Owner::Root { account } => &self.account(account)?.keys,
            Owner::User { account, user } => &self.account(account)?.users.get(user)?.keys,
        };
        Some((keys.iter().find(|key| key.id == id)?, owner))
    }

    pub(super) fn set_root_keys(&mut self, account: &str, keys: Vec<AccessKey>) {
        let of = self.accounts.entry(account.to_owned()).or_default();
        let before = std::mem::replace(&mut of.keys, keys.clone());
        self.index(&before, &keys, &Owner::Root { account: account.to_owned() });
    }

    pub(super) fn set_limits(&mut self, account: &str, limits: LimitOverrides) {
        self.accounts.entry(account.to_owned()).or_default().limits = limits;
    }

    pub(super) fn set(&mut self, account: &str, entity: Entity) {
        let of = self.accounts.entry(account.to_owned()).or_default();
        if let Entity::User(user) = &entity {
            let name = folded(&user.named.name);
            let before = of.users.get(&name).map(|user| user.keys.clone()).unwrap_or_default();
            let (keys, owner) = (user.keys.clone(), Owner::User { account: account.to_owned(), user: name });
            of.set(entity);
            self.index(&before, &keys, &owner);
        } else {
            of.set(entity);
        }
    }

    /// `name` as it is kept under.
    pub(super) fn remove(&mut self, account: &str, kind: Kind, name: &str) {
        let Some(of) = self.accounts.get_mut(account) else { return };
        if kind == Kind::User
            && let Some(user) = of.users.get(name)
        {
            let (keys, user) = (user.keys.clone(), name.to_owned());
            self.index(&keys, &[], &Owner::User { account: account.to_owned(), user });
        }
        if let Some(of) = self.accounts.get_mut(account) {
            of.remove(kind, name);
        }
    }

    /// A key that goes from one owner to another in one command is the new one's, whichever step comes first.
    fn index(&mut self, before: &[AccessKey], after: &[AccessKey], owner: &Owner) {
        for key in before {
            if self.keys.get(&key.id) == Some(owner) {
                self.keys.remove(&key.id);
            }
        }
        self.keys.extend(after.iter().map(|key| (key.id.clone(), owner.clone())));
    }

    /// After a snapshot was read.
    pub(super) fn index_all(&mut self) {
        self.keys.clear();
        for (id, account) in &self.accounts {
            let of_root = account.keys.iter().map(|key| (&key.id, Owner::Root { account: id.clone() }));
            let of_users = account.users.iter().flat_map(|(name, user)| {
                let owner = Owner::User { account: id.clone(), user: name.clone() };
                user.keys.iter().map(move |key| (&key.id, owner.clone()))
            });
            self.keys.extend(of_root.chain(of_users).map(|(key, owner)| (key.clone(), owner)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_looked_up_by_who_has_it_now() {
        let user = |name: &str, keys: &[&str]| {
            let (name, path, id) = (name.to_owned(), "/".to_owned(), format!("AIDA{name}"));
            let key = |id: &&str| AccessKey {
                id: (*id).to_owned(),
                sealed: Vec::new(),
                is_active: true,
                created_ms: 0,
            };
            Entity::User(Arc::new(User {
                named: Named { name, path, id, created_ms: 0 },
                grants: Grants::default(),
                tags: Tags::new(),
                groups: BTreeSet::new(),
                keys: keys.iter().map(key).collect(),
            }))
        };
        let mut state = State::default();
        state.set("1", user("Ana", &["A", "B"]));
        assert_eq!(state.key("A").map(|(key, _)| key.id.as_str()), Some("A"));
        state.set("1", user("ana", &["B"]));
        assert!(state.key("A").is_none());
        // Another name: the old one goes, and its key is the new one's, whichever comes first.
        state.set("1", user("anna", &["B"]));
        state.remove("1", Kind::User, "ana");
        let owner = state.key("B").map(|(_, owner)| owner.clone());
        assert_eq!(owner, Some(Owner::User { account: "1".into(), user: "anna".into() }));
        state.remove("1", Kind::User, "anna");
        assert!(state.keys.is_empty());
    }
}
