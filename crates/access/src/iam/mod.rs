//! The operations of IAM, on the identities of the caller's account. Source: AWS's IAM API reference.
//!
//! Every operation comes through [`Iam::may`], which decides about the ARN of what it names, whether or not that is there.
//! What has no part here (passwords, certificates, MFA devices, instance profiles) is answered with there being none.

mod attached;
mod boundaries;
mod errors;
mod groups;
mod inline;
mod keys;
mod managed;
mod operations;
mod pages;
mod roles;
mod simulate;
mod tags;
mod users;

use flumen_protocol::Timestamp;
use flumen_protocol::iam::Operation;

use crate::identity::state::{Account, Entity, Kind, Named, Tags};
use crate::identity::{Identities, Step, new_id};
use crate::policy::Facts;
use crate::{Caller, RequestContext, Resource, decide};

pub use errors::IamError;
pub use operations::{Row, published, row};

/// What bounds whom the request is about.
const BOUNDARY: &str = "iam:permissionsboundary";

/// Somebody who wants something of IAM.
pub struct Iam<'a> {
    identities: &'a Identities,
    caller: &'a Caller,
    operation: Operation,
}

impl<'a> Iam<'a> {
    pub fn new(identities: &'a Identities, caller: &'a Caller, operation: Operation) -> Self {
        Iam { identities, caller, operation }
    }

    /// The caller's account.
    fn id(&self) -> &'a str {
        &self.caller.realm().account
    }

    /// Whether the caller may do the operation with the thing of that ARN.
    fn may(&self, arn: &str) -> Result<(), IamError> {
        self.may_given(arn, None, None)
    }

    fn may_given(
        &self,
        arn: &str,
        tags: Option<&Tags>,
        given: Option<&RequestContext>,
    ) -> Result<(), IamError> {
        if self.caller.principal().is_of_session_token() {
            return Err(IamError::SessionToken);
        }
        let given = given.map(|given| given as &dyn Facts);
        let resource = Resource { tags, given, ..Resource::new(self.id(), &arn) };
        decide(self.caller, row(self.operation).actions, resource).map_err(Box::new)?;
        Ok(())
    }

    /// The same with a thing of a name, as it is, or by the ARN that its name would have.
    fn may_with(&self, kind: Kind, name: &str) -> Result<(), IamError> {
        self.may_with_given(kind, name, RequestContext::default())
    }

    /// To attach a policy, or take it away.
    fn may_with_policy(&self, kind: Kind, name: &str, arn: &str) -> Result<(), IamError> {
        self.may_with_given(kind, name, RequestContext::default().and("iam:policyarn", arn))
    }

    /// What bounds a thing is a fact of the request, so that whoever may only make bounded things cannot unbind them: the
    /// boundary that is asked for, or else the one that is there.
    fn may_with_given(&self, kind: Kind, name: &str, mut given: RequestContext) -> Result<(), IamError> {
        let entity = self.read(|account| account.entity(kind, name));
        let arn = match &entity {
            Some(entity) => entity.named().arn(kind, self.id()),
            None => would_be(kind, self.id(), "/", name),
        };
        let is_asked_for = given.more.iter().any(|(key, _)| *key == BOUNDARY);
        let boundary = entity.as_ref().and_then(Entity::grants).and_then(|grants| grants.boundary.as_deref());
        if let Some(boundary) = boundary.filter(|_| !is_asked_for) {
            given = given.and(BOUNDARY, boundary);
        }
        self.may_given(&arn, entity.as_ref().and_then(Entity::tags), Some(&given))
    }

    /// To make a thing that is not there.
    fn may_make(
        &self,
        kind: Kind,
        path: &str,
        name: &str,
        tags: &Tags,
        boundary: Option<&str>,
    ) -> Result<(), IamError> {
        let mut given = RequestContext::tags(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        if let Some(boundary) = boundary {
            given = given.and(BOUNDARY, boundary);
        }
        self.may_given(&would_be(kind, self.id(), path, name), None, Some(&given))
    }

    /// To give a thing the ARN that it would have by its new path and name; what is not new stays.
    fn may_rename(
        &self,
        kind: Kind,
        name: &str,
        new_path: Option<&str>,
        new_name: Option<&str>,
    ) -> Result<(), IamError> {
        let entity = self.read(|account| account.entity(kind, name));
        let named = entity.as_ref().map(Entity::named);
        let path = new_path.or(named.map(|named| &*named.path)).unwrap_or("/");
        let name = new_name.or(named.map(|named| &*named.name)).unwrap_or(name);
        self.may(&would_be(kind, self.id(), path, name))
    }

    fn may_list(&self) -> Result<(), IamError> {
        self.may(crate::ACCOUNT)
    }

    /// What the account is now.
    fn read<T>(&self, read: impl FnOnce(&Account) -> T) -> T {
        match self.identities.state().account(self.id()) {
            Some(account) => read(account),
            None => read(&Account::default()),
        }
    }

    fn found(&self, kind: Kind, name: &str) -> Result<Entity, IamError> {
        self.read(|account| account.entity(kind, name)).ok_or_else(|| IamError::none(kind, name))
    }

    /// Makes changes to the caller's account; durable and in force on return.
    async fn commit<T>(
        &self,
        mut decide: impl FnMut(&Account, u64) -> Result<(Vec<Step>, T), IamError>,
    ) -> Result<T, IamError> {
        // Who signs makes others who sign; from then on nobody goes without.
        let initialises = self.caller.standing.is_some() && !self.identities.is_initialised();
        let decide = |account: &Account, now_ms| {
            let (mut steps, answer) = decide(account, now_ms)?;
            if initialises && !steps.is_empty() {
                steps.push(Step::Initialise);
            }
            Ok((steps, answer))
        };
        self.identities.commit(self.caller.origin(), self.id(), decide).await
    }

    /// Changes one thing that is there.
    async fn change(
        &self,
        kind: Kind,
        name: &str,
        mut change: impl FnMut(&mut Entity, &Account, u64) -> Result<(), IamError>,
    ) -> Result<(), IamError> {
        self.commit(|account, now_ms| {
            let before = account.entity(kind, name).ok_or_else(|| IamError::none(kind, name))?;
            let mut after = before.clone();
            change(&mut after, account, now_ms)?;
            let steps = if after == before { Vec::new() } else { vec![Step::Set(after)] };
            Ok((steps, ()))
        })
        .await
    }

    /// A name and an id for something new.
    fn named(&self, kind: Kind, name: &str, path: Option<&str>, created_ms: u64) -> Result<Named, IamError> {
        let id = new_id(kind.prefix()).ok_or(crate::identity::CommitError::Random)?;
        let path = checked_path(path)?.to_owned();
        Ok(Named { name: name.to_owned(), path, id, created_ms })
    }

    /// The name that was given, or the caller's own.
    fn user_name<'n>(&'n self, given: Option<&'n str>) -> Result<&'n str, IamError> {
        given.or(self.caller.principal().user_name()).ok_or(IamError::NotAUser)
    }
}

/// The ARN that a name has, or would have.
fn would_be(kind: Kind, account: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{}{path}{name}", kind.as_str())
}

/// A path begins and ends with a slash.
fn checked_path(path: Option<&str>) -> Result<&str, IamError> {
    const WANTED: &str = "a path that begins and ends with / and has 1 to 512 characters from ! to ~";
    let path = path.unwrap_or("/");
    let is_path = path.len() <= 512
        && path.starts_with('/')
        && path.ends_with('/')
        && path.bytes().all(|b| (b'!'..=b'~').contains(&b));
    match is_path {
        true => Ok(path),
        false => Err(IamError::Value { what: "path", value: path.to_owned(), wanted: WANTED }),
    }
}

fn time(ms: u64) -> Timestamp {
    // IAM tells whole seconds.
    Timestamp::of_ms(ms - ms % 1000)
}

/// Within a quota.
fn within(count: usize, limit: usize, what: &'static str) -> Result<(), IamError> {
    if count < limit { Ok(()) } else { Err(IamError::Quota { what, limit }) }
}
