//! What would come of calls that were made if a policy were another one.
//!
//! A call that is over is decided again twice, by what policies say now and with the proposal in place of one of them. Of what
//! is not kept of it nothing is guessed: where a decision hangs on that, it cannot be told, and on which condition keys it
//! hangs is said. Policies that stay as they are did to the call what they did: where it was allowed, they let it through.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::Identities;
use crate::identity::Document;
use crate::identity::managed;
use crate::identity::state::{Account, Entity, Grants, Kind as EntityKind, Version, folded};
use crate::policy::{
    Fact, Facts, InvalidPolicy, Kind, Policies, Policy, Question, Subject, SubjectKind, evaluate_partly,
};
use crate::rights::Rights;

/// So many decisions of one question are remembered; with more the question is decided each time.
const REMEMBERED_MAX: usize = 64;
/// So many questions are.
const QUESTIONS_MAX: usize = 500_000;

/// A call that is over.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    /// As policies name it: of a session its role.
    pub principal: &'a str,
    /// As it called; of a sum the principal.
    pub subject: &'a str,
    pub action: &'a str,
    /// An ARN, or `*`.
    pub resource: &'a str,
    /// Of what there is now.
    pub resource_policy: Option<&'a Arc<Policy>>,
    pub was_allowed: bool,
    /// What is kept of the request. [`Fact::Unknown`] is what is not.
    pub facts: &'a dyn Facts,
}

/// What the proposal would do to a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    None,
    Denied,
    Allowed,
    /// It hangs on these condition keys, of which nothing is kept.
    Untold(Vec<String>),
    /// There is no such principal any more.
    Gone,
}

/// Why there is nothing to play.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("the proposal is no policy: {0}")]
    Invalid(#[from] InvalidPolicy),
    #[error("{0:?} is no ARN of a user, a group, a role, a policy or something with a policy of its own")]
    NoPlace(String),
    #[error("there is no {0}")]
    None(String),
    #[error("{0} comes with the service, and has no other version")]
    Provided(String),
}

/// A proposal, and what was decided with it so far.
pub struct Replay {
    identities: Identities,
    proposed: Proposed,
    principals: HashMap<String, Option<Arc<PrincipalRights>>>,
    remembered: HashMap<[Box<str>; 4], Vec<Remembered>>,
}

enum Proposed {
    /// An account as it would be.
    Account(String, Box<Account>),
    /// The policy of a resource.
    Resource(String, Arc<Policy>),
}

/// What a principal may.
struct PrincipalRights {
    now: Rights,
    then: Option<Rights>,
    user: Option<OfUser>,
    account: String,
    arn: String,
}

struct OfUser {
    name: String,
    id: String,
    tags: BTreeMap<String, String>,
}

/// A decision, and what was asked for it.
struct Remembered {
    asked: Vec<(String, Value)>,
    was_allowed: bool,
    effect: Effect,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    None,
    One(String),
    Many(Vec<String>),
    Unknown,
}

impl Value {
    fn of(fact: Option<&Fact<'_>>) -> Value {
        match fact {
            None => Value::None,
            Some(Fact::One(value)) => Value::One(value.to_string()),
            Some(Fact::Many(values)) => Value::Many(values.to_vec()),
            Some(Fact::Unknown) => Value::Unknown,
        }
    }

    fn is(&self, fact: Option<&Fact<'_>>) -> bool {
        match (self, fact) {
            (Value::None, None) | (Value::Unknown, Some(Fact::Unknown)) => true,
            (Value::One(value), Some(Fact::One(other))) => value == other,
            (Value::Many(values), Some(Fact::Many(others))) => values == others,
            _ => false,
        }
    }
}

impl Identities {
    /// A proposal for what the ARN names: of a user, a group or a role it takes the place of its inline policy of that name,
    /// without a name of all its policies; of a managed policy that of the version in force; of anything else that of the
    /// policy that it has.
    pub fn replay(&self, text: &str, on: &str, name: Option<&str>) -> Result<Replay, ReplayError> {
        let no_place = || ReplayError::NoPlace(on.to_owned());
        let none = || ReplayError::None(on.to_owned());
        let [_, _, service, _, account, thing] = on.splitn(6, ':').collect::<Vec<_>>()[..] else {
            return Err(no_place());
        };
        let proposed = if service == "iam" {
            if managed::provided(on).is_some() {
                return Err(ReplayError::Provided(on.to_owned()));
            }
            let document = Document::parse(text, Kind::Identity)?;
            let state = self.state();
            let mut of = state.account(account).ok_or_else(none)?.clone();
            let kinds = [EntityKind::User, EntityKind::Group, EntityKind::Role, EntityKind::Policy];
            let (kind, path) = thing.split_once('/').ok_or_else(no_place)?;
            let kind = kinds.into_iter().find(|known| known.as_str() == kind).ok_or_else(no_place)?;
            let thing = path.rsplit('/').next().unwrap_or(path);
            let entity = of.entity(kind, thing).filter(|entity| entity.named().arn(kind, account) == on);
            of.set(proposal_in(entity.ok_or_else(none)?, document, name));
            Proposed::Account(account.to_owned(), Box::new(of))
        } else {
            let policy = Policy::parse(text, Kind::Resource)?;
            Proposed::Resource(on.to_owned(), Arc::new(policy))
        };
        let (principals, remembered) = (HashMap::new(), HashMap::new());
        Ok(Replay { identities: self.clone(), proposed, principals, remembered })
    }
}

/// The same with the proposal in its place.
fn proposal_in(mut entity: Entity, document: Document, name: Option<&str>) -> Entity {
    match &mut entity {
        Entity::Policy(policy) => {
            let policy = Arc::make_mut(policy);
            let created_ms = policy.updated_ms;
            policy.versions.insert(policy.next, Arc::new(Version { document, created_ms }));
            policy.default = policy.next;
        }
        entity => {
            if let Some(grants) = entity.grants_mut() {
                // What stays is read before it is copied, so that it is the same afterwards.
                grants.inline.values().for_each(|document| _ = document.policy(Kind::Identity));
                let boundary = grants.boundary.take();
                let (mut inline, attached) = match name {
                    Some(_) => (std::mem::take(&mut grants.inline), std::mem::take(&mut grants.attached)),
                    None => Default::default(),
                };
                inline.insert(name.unwrap_or("proposal").to_owned(), document);
                *grants = Grants { attached, inline, boundary };
            }
        }
    }
    entity
}

impl Replay {
    /// What the proposal does to a call.
    pub fn play(&mut self, past: &Past<'_>) -> Effect {
        let key = [past.principal, past.subject, past.action, past.resource].map(Box::from);
        if let Some(remembered) = self.remembered.get(&key)
            && let Some(remembered) = remembered.iter().find(|remembered| remembered.is_of(past))
        {
            return remembered.effect.clone();
        }
        let Some(known) = self.known(past.principal) else { return Effect::Gone };
        let asked = RefCell::default();
        let effect = self.decide(past, &known, &asked);
        if self.remembered.len() >= QUESTIONS_MAX {
            self.remembered.clear();
        }
        let decisions = self.remembered.entry(key).or_default();
        if decisions.len() < REMEMBERED_MAX {
            let asked = asked.into_inner();
            decisions.push(Remembered { asked, was_allowed: past.was_allowed, effect: effect.clone() });
        }
        effect
    }

    fn decide(
        &self,
        past: &Past<'_>,
        known: &PrincipalRights,
        asked: &RefCell<Vec<(String, Value)>>,
    ) -> Effect {
        let Some(subject) = subject(past) else { return Effect::Gone };
        let facts = Together { known, past, asked, unknown: RefCell::default() };
        let question = Question {
            subject: &subject,
            action: past.action,
            resource: past.resource,
            resource_account: None,
            facts: &facts,
        };
        let trust = self.trust(past);
        let now_resource = trust.as_ref().or(past.resource_policy);
        let then_resource = match &self.proposed {
            Proposed::Resource(arn, policy) if arn == past.resource => Some(policy),
            _ => now_resource,
        };
        let then_rights = known.then.as_ref().unwrap_or(&known.now);
        let decided =
            |rights: &Rights, resource: Option<&Arc<Policy>>, is_lenient: &dyn Fn(&Policy) -> bool| {
                let policies = Policies {
                    identity: &rights.identity,
                    boundary: &rights.boundary,
                    session: &[],
                    resource: resource.map(|policy| &**policy),
                    grants: &[],
                    endpoint: None,
                };
                evaluate_partly(&question, &policies, is_lenient).is_allowed()
            };
        let now = |is_lenient: bool| decided(&known.now, now_resource, &|_| is_lenient);
        let is_allowed = if now(false) == now(true) { now(false) } else { past.was_allowed };
        // What stays did what it did; of what is new both is possible.
        let stays = |policy: &Policy| {
            let rights = [&known.now.identity, &known.now.boundary];
            let mut known = rights.into_iter().flatten().chain(now_resource);
            known.any(|known| std::ptr::eq(&**known, policy))
        };
        let then = |is_lenient: bool| {
            let lets = |policy: &Policy| if stays(policy) { past.was_allowed } else { is_lenient };
            decided(then_rights, then_resource, &lets)
        };
        facts.unknown.borrow_mut().clear();
        match (is_allowed, then(false), then(true)) {
            (true, false, false) => Effect::Denied,
            (false, true, true) => Effect::Allowed,
            (_, strictly, leniently) if strictly == leniently => Effect::None,
            _ => Effect::Untold(facts.unknown.take().into_iter().collect()),
        }
    }

    /// Who may assume a role stands in its trust policy.
    fn trust(&self, past: &Past<'_>) -> Option<Arc<Policy>> {
        let role = past.action.starts_with("sts:").then_some(past.resource)?;
        let state = self.identities.state();
        let account = state.account(role.split(':').nth(4)?)?;
        let role = account.entity(EntityKind::Role, role.rsplit('/').next()?)?;
        match role {
            Entity::Role(role) => role.trust.policy(Kind::Trust).ok().cloned(),
            _ => None,
        }
    }

    fn known(&mut self, principal: &str) -> Option<Arc<PrincipalRights>> {
        if let Some(known) = self.principals.get(principal) {
            return known.clone();
        }
        let known = self.look_up(principal).map(Arc::new);
        self.principals.insert(principal.to_owned(), known.clone());
        known
    }

    fn look_up(&self, principal: &str) -> Option<PrincipalRights> {
        let subject = Subject::of_arn(principal)?;
        let account = subject.account?.to_owned();
        let name = principal.rsplit('/').next()?;
        let state = self.identities.state();
        let now = state.account(&account)?;
        let then = match &self.proposed {
            Proposed::Account(of, then) if *of == account => Some(&**then),
            _ => None,
        };
        let rights = |of: &Account| match subject.kind {
            SubjectKind::Root => Some((Rights::default(), None)),
            SubjectKind::User => {
                let user = of.users.get(&folded(name))?;
                let (name, id) = (user.named.name.clone(), user.named.id.clone());
                let is_same = user.named.arn(EntityKind::User, &account) == principal;
                let known = OfUser { name, id, tags: user.tags.clone() };
                is_same.then(|| (Rights::of_user(&account, of, user), Some(known)))
            }
            SubjectKind::Role => {
                let role = of.roles.get(&folded(name))?;
                let is_same = role.named.arn(EntityKind::Role, &account) == principal;
                is_same.then(|| (Rights::of_role(&account, of, role), None))
            }
            _ => None,
        };
        let (now, user) = rights(now)?;
        let then = then.map(|then| Some(rights(then)?.0));
        Some(PrincipalRights { now, then: then.flatten(), user, account, arn: principal.to_owned() })
    }
}

impl Remembered {
    fn is_of(&self, past: &Past<'_>) -> bool {
        let is_same = |(key, value): &(String, Value)| value.is(past.facts.get(key).as_ref());
        self.was_allowed == past.was_allowed && self.asked.iter().all(is_same)
    }
}

/// Of a sum only the role is known, and not its sessions.
fn subject<'a>(past: &Past<'a>) -> Option<Subject<'a>> {
    let mut subject = Subject::of_arn(past.subject)?;
    if subject.kind == SubjectKind::Session {
        subject.role = Some(Cow::Borrowed(past.principal));
    }
    Some(subject)
}

/// What is known of the principal, and what is kept of the request.
struct Together<'a> {
    known: &'a PrincipalRights,
    past: &'a Past<'a>,
    asked: &'a RefCell<Vec<(String, Value)>>,
    unknown: RefCell<BTreeSet<String>>,
}

impl Together<'_> {
    fn of_principal(&self, key: &str) -> Option<Option<Fact<'_>>> {
        let user = self.known.user.as_ref();
        let is_root = self.known.arn.ends_with(":root");
        Some(match key {
            "aws:principalarn" => Some(Fact::from(&*self.known.arn)),
            "aws:principalaccount" => Some(Fact::from(&*self.known.account)),
            "aws:principaltype" if is_root => Some(Fact::from("Account")),
            "aws:principaltype" => Some(Fact::from(if user.is_some() { "User" } else { "AssumedRole" })),
            "aws:principalisawsservice" => Some(Fact::from("false")),
            "aws:username" => user.map(|user| Fact::from(&*user.name)),
            "aws:userid" if user.is_some() => user.map(|user| Fact::from(&*user.id)),
            _ => {
                // A session has tags of its own.
                let name = key.strip_prefix("aws:principaltag/").filter(|_| user.is_some() || is_root)?;
                let tags = user.map(|user| &user.tags).into_iter().flatten();
                let mut found = tags.filter(|(known, _)| known.eq_ignore_ascii_case(name));
                found.next().map(|(_, value)| Fact::from(&**value))
            }
        })
    }
}

impl Facts for Together<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        if let Some(known) = self.of_principal(key) {
            return known;
        }
        let fact = self.past.facts.get(key);
        if fact == Some(Fact::Unknown) {
            self.unknown.borrow_mut().insert(key.to_owned());
        }
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|(known, _)| known == key) {
            asked.push((key.to_owned(), Value::of(fact.as_ref())));
        }
        fact
    }
}
