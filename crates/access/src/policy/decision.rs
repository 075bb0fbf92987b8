//! The decision: what all policies that bear on a request say together, and why.
//!
//! The order is AWS's ("Policy evaluation logic" in the IAM user guide). What denies anywhere decides. Within an account
//! what allows is an identity-based or a resource-based policy, and boundary and session policies limit the first, and the
//! second unless it names the caller himself. Between accounts both sides have to allow. A role's trust policy and a key's
//! policy have to allow in any case, and so has the policy of an endpoint through which the request came.

use std::fmt;
use std::sync::Arc;

use super::condition::Condition;
use super::pattern::{Arn, Searched, arn_parts};
use super::principals::Grant;
use super::question::{Fact, Question, SubjectKind};
use super::statement::{ParsedQuestion, Statement};
use super::{Kind, Policy};

/// What bears on a request. An empty list is no policy of its kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'a> {
    /// Of the caller: its own, and those of a user's groups.
    pub identity: &'a [Arc<Policy>],
    pub boundary: &'a [Arc<Policy>],
    pub session: &'a [Arc<Policy>],
    /// Of the resource; of a role its trust policy.
    pub resource: Option<&'a Policy>,
    /// What allows beside a key's policy, each as a policy of its own.
    pub grants: &'a [Arc<Policy>],
    /// Of the endpoint through which the request came.
    pub endpoint: Option<&'a Policy>,
}

/// A kind of policies as a decision names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Identity,
    Boundary,
    Session,
    Resource,
    /// A resource-based policy that says who may assume a role.
    Trust,
    /// A grant of a key.
    Grant,
    Endpoint,
}

/// A statement that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decisive {
    pub side: Side,
    /// In the list that was given.
    pub policy: usize,
    /// In the policy.
    pub statement: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// By a statement, or by nothing but being an account's root user.
    Allow(Option<Decisive>),
    ExplicitDeny(Decisive),
    /// There was none of this kind that allows.
    ImplicitDeny(Side),
}

impl Decision {
    pub fn is_allowed(self) -> bool {
        matches!(self, Decision::Allow(_))
    }

    /// The statement that decided.
    pub fn decisive(self) -> Option<Decisive> {
        match self {
            Decision::Allow(decisive) => decisive,
            Decision::ExplicitDeny(decisive) => Some(decisive),
            Decision::ImplicitDeny(_) => None,
        }
    }
}

/// What the caller is told who may not, in AWS's words ("Troubleshoot access denied error messages" in the IAM user guide).
pub struct Denial<'a> {
    pub decision: Decision,
    /// As AWS writes it.
    pub principal: &'a dyn fmt::Display,
    pub action: &'a dyn fmt::Display,
    pub resource: &'a dyn fmt::Display,
}

impl fmt::Display for Denial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Denial { decision, principal, action, resource } = self;
        write!(f, "User: {principal} is not authorized to perform: {action} on resource: {resource}")?;
        match decision {
            Decision::Allow(_) => Ok(()),
            Decision::ExplicitDeny(Decisive { side: Side::Trust, .. }) => {
                f.write_str(" with an explicit deny in the role trust policy")
            }
            Decision::ExplicitDeny(Decisive { side, .. }) => {
                let article = if *side == Side::Identity { "an" } else { "a" };
                write!(f, " with an explicit deny in {article} {side}")
            }
            Decision::ImplicitDeny(side) => write!(f, " because no {side} allows the {action} action"),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Identity => "identity-based policy",
            Side::Boundary => "permissions boundary",
            Side::Session => "session policy",
            Side::Resource => "resource-based policy",
            Side::Trust => "role trust policy",
            Side::Grant => "grant",
            Side::Endpoint => "VPC endpoint policy",
        })
    }
}

/// Decides. Nothing is allocated but where a variable is filled in or a letter's case has to be changed beyond ASCII.
pub fn evaluate(question: &Question<'_>, policies: &Policies<'_>) -> Decision {
    let mut buffer = [0; 128];
    let long;
    let action = match buffer.get_mut(..question.action.len()) {
        Some(bytes) => {
            bytes.copy_from_slice(question.action.as_bytes());
            bytes.make_ascii_lowercase();
            std::str::from_utf8(bytes).unwrap_or_default()
        }
        None => {
            long = question.action.to_ascii_lowercase();
            &long
        }
    };
    with_asked(question, action, |asked| {
        weigh(question, asked, policies, |_| false).map_or_else(|denied| denied, Decision::Allow)
    })
}

/// The same of a question of which not everything is known. To policies that `is_lenient` names, what is unknown is as the
/// caller would have it. A decision that is the same whatever that says hangs on nothing that is unknown.
pub fn evaluate_partly(
    question: &Question<'_>,
    policies: &Policies<'_>,
    is_lenient: impl Fn(&Policy) -> bool,
) -> Decision {
    let action = question.action.to_ascii_lowercase();
    with_asked(question, &action, |asked| {
        weigh(question, asked, policies, is_lenient).map_or_else(|denied| denied, Decision::Allow)
    })
}

fn with_asked<T>(question: &Question<'_>, action: &str, then: impl FnOnce(&ParsedQuestion<'_>) -> T) -> T {
    let parts = arn_parts(question.resource);
    let rest = Searched::new(parts.map_or("", |[.., rest]| rest));
    let resource = parts.map(|parts| Arn::new(parts, &rest));
    then(&ParsedQuestion { subject: question.subject, action, resource, facts: question.facts })
}

/// What decided, for whoever is told.
#[derive(Debug, Default)]
pub struct Reason<'p> {
    /// The statement that decided. Where there was none that allows, one that would but for its conditions.
    pub statement: Option<Decisive>,
    /// Its name or its number, as people count.
    pub name: String,
    /// Its conditions; where it would allow but for them, those that do not hold.
    pub conditions: Vec<Reasoned<'p>>,
}

/// A condition that had a part in a decision.
#[derive(Debug, PartialEq, Eq)]
pub struct Reasoned<'p> {
    pub operator: &'p str,
    pub key: &'p str,
    /// What the key had for a value, if it was there.
    pub value: Option<String>,
}

/// Why the question was decided so. Looks at everything again, so it takes longer than to decide.
pub fn reason<'p>(question: &Question<'_>, policies: &Policies<'p>, decision: Decision) -> Reason<'p> {
    let action = question.action.to_ascii_lowercase();
    let found = with_asked(question, &action, |asked| match decision {
        Decision::Allow(None) => None,
        Decision::Allow(Some(decisive)) | Decision::ExplicitDeny(decisive) => {
            policies.statement(decisive).map(|statement| (decisive, statement.conditions().iter().collect()))
        }
        Decision::ImplicitDeny(side) => {
            let near = policies.of(side).flat_map(|(nth, policy)| {
                let statements = policy.statements.iter().enumerate();
                statements.filter_map(move |(at, statement)| {
                    let decisive = Decisive { side, policy: nth, statement: at };
                    Some((decisive, statement.lacks(asked)?))
                })
            });
            near.min_by_key(|(_, lacking)| lacking.len())
        }
    });
    let Some((decisive, conditions)) = found else { return Reason::default() };
    let sid = policies.statement(decisive).and_then(|statement| statement.sid.as_deref());
    let name = match sid.filter(|sid| !sid.is_empty()) {
        Some(sid) => sid.to_owned(),
        None => format!("#{}", decisive.statement + 1),
    };
    let conditions = conditions.into_iter().map(|condition: &Condition| {
        let (operator, key) = condition.written();
        let value = question.facts.get(condition.key()).map(|fact| match fact {
            Fact::One(value) => value.into_owned(),
            Fact::Many(values) => values.join(", "),
            Fact::Unknown => String::new(),
        });
        Reasoned { operator, key, value }
    });
    Reason { statement: Some(decisive), name, conditions: conditions.collect() }
}

impl<'p> Policies<'p> {
    /// Of one kind, each with its place.
    fn of(&self, side: Side) -> impl Iterator<Item = (usize, &'p Policy)> {
        let (many, one) = match side {
            Side::Identity => (self.identity, None),
            Side::Boundary => (self.boundary, None),
            Side::Session => (self.session, None),
            Side::Grant => (self.grants, None),
            Side::Resource | Side::Trust => (&[][..], self.resource),
            Side::Endpoint => (&[][..], self.endpoint),
        };
        many.iter().map(|policy| &**policy).chain(one).enumerate()
    }

    fn statement(&self, decisive: Decisive) -> Option<&'p Statement> {
        let (_, policy) = self.of(decisive.side).nth(decisive.policy)?;
        policy.statements.get(decisive.statement)
    }
}

fn weigh(
    question: &Question<'_>,
    asked: &ParsedQuestion<'_>,
    policies: &Policies<'_>,
    is_lenient: impl Fn(&Policy) -> bool,
) -> Result<Option<Decisive>, Decision> {
    // What denies anywhere decides, so all of them are looked at before anything else counts.
    let of_caller = |side, policies| look(side, policies, asked, &is_lenient);
    let identity = of_caller(Side::Identity, policies.identity)?;
    let boundary = of_caller(Side::Boundary, policies.boundary)?;
    let session = of_caller(Side::Session, policies.session)?;
    let trusts = trusts_or_not(asked);
    let resource_side = if trusts { Side::Trust } else { Side::Resource };
    let resource = look(resource_side, policies.resource, asked, &is_lenient)?;
    let grant = look(Side::Grant, policies.grants, asked, &is_lenient)?;
    // Of what allows the one counts that names the caller most closely.
    let resource = match (resource, grant) {
        (Some((_, by_policy)), Some((_, by_grant))) if by_policy >= by_grant => resource,
        (_, Some(_)) => grant,
        _ => resource,
    };
    let endpoint = look(Side::Endpoint, policies.endpoint, asked, &is_lenient)?;

    let subject = asked.subject;
    let limits = |has_boundary: bool, has_session: bool| match () {
        () if has_boundary && boundary.is_none() => Err(Decision::ImplicitDeny(Side::Boundary)),
        () if has_session && session.is_none() => Err(Decision::ImplicitDeny(Side::Session)),
        () => Ok(()),
    };
    let within_limits = limits(!policies.boundary.is_empty(), !policies.session.is_empty());
    let by_caller = || match identity {
        Some((decisive, _)) => within_limits.map(|()| Some(decisive)),
        None if subject.kind == SubjectKind::Root => within_limits.map(|()| None),
        None => Err(Decision::ImplicitDeny(Side::Identity)),
    };
    let must_be_named = trusts || is_of_a_key(asked);
    let resource_account = question.resource_account.or_else(|| asked.resource.as_ref().map(Arn::account));
    let is_elsewhere = match (subject.account, resource_account) {
        (Some(own), Some(other)) => !other.is_empty() && own != other,
        _ => false,
    };
    let allowed = match (resource, is_elsewhere) {
        (Some((by_resource, _)), true) => by_caller()?.or(Some(by_resource)),
        (None, true) => {
            by_caller()?;
            return Err(Decision::ImplicitDeny(resource_side));
        }
        (None, false) if must_be_named => return Err(Decision::ImplicitDeny(resource_side)),
        (Some((by_resource, Grant::Direct)), false) => Some(by_resource),
        (Some((by_resource, Grant::Role)), false) => {
            within_limits?;
            Some(by_resource)
        }
        (Some((by_resource, Grant::Account)), false) => by_caller()?.or(Some(by_resource)),
        (None, false) => match by_caller() {
            // They have none of their own, so what lacks is the resource's.
            Err(Decision::ImplicitDeny(Side::Identity))
                if matches!(subject.kind, SubjectKind::Service | SubjectKind::Provider) =>
            {
                return Err(Decision::ImplicitDeny(resource_side));
            }
            other => other?,
        },
    };
    if policies.endpoint.is_some() && endpoint.is_none() {
        return Err(Decision::ImplicitDeny(Side::Endpoint));
    }
    Ok(allowed)
}

/// Whether it is asked to become a role, which is for the role's trust policy to allow.
fn trusts_or_not(asked: &ParsedQuestion<'_>) -> bool {
    asked.action.strip_prefix("sts:").is_some_and(|name| {
        let with_it = matches!(name, "tagsession" | "setsourceidentity");
        let is_role = asked.resource.as_ref().is_some_and(Arn::names_a_role);
        name.starts_with("assumerole") || with_it && is_role
    })
}

/// Whether it is asked to use a key, which is for the key's policy or a grant to allow. What is the account's has no such policy,
/// and an alias has none either.
fn is_of_a_key(asked: &ParsedQuestion<'_>) -> bool {
    asked.action.starts_with("kms:") && asked.resource.as_ref().is_some_and(|arn| !arn.names_an_alias())
}

/// A statement that allows, with how it names the caller. A statement that denies is the error.
fn look<'p, P: AsRef<Policy> + 'p + ?Sized>(
    side: Side,
    policies: impl IntoIterator<Item = &'p P>,
    asked: &ParsedQuestion<'_>,
    is_lenient: &impl Fn(&Policy) -> bool,
) -> Result<Option<(Decisive, Grant)>, Decision> {
    let mut best: Option<(Decisive, Grant)> = None;
    for (nth, policy) in policies.into_iter().enumerate() {
        let policy = policy.as_ref();
        let is_lenient = is_lenient(policy);
        for (at, statement) in policy.statements.iter().enumerate() {
            if !statement.denies && best.is_some_and(|(_, grant)| grant == Grant::Direct) {
                continue;
            }
            let Some(grant) = statement.applies(asked, is_lenient) else { continue };
            let decisive = Decisive { side, policy: nth, statement: at };
            if statement.denies {
                return Err(Decision::ExplicitDeny(decisive));
            }
            if best.is_none_or(|(_, before)| before < grant) {
                best = Some((decisive, grant));
            }
        }
    }
    Ok(best)
}

impl Kind {
    /// Whether a policy of this kind is one of the caller's, and so names nobody.
    pub(super) fn is_of_the_caller(self) -> bool {
        self == Kind::Identity
    }
}
