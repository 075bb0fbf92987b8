//! Who calls.

use std::collections::BTreeMap;
use std::fmt;

use crate::policy::{Subject, SubjectKind};

/// An account as a whole, one of its users, a session of one of its roles, a service that acts in it, or somebody who has not
/// signed: anybody, or whom an issuer vouches for.
#[derive(Debug, PartialEq, Eq)]
pub struct Principal {
    account: String,
    /// As AWS writes it: an ARN, of a service its name.
    name: String,
    who: Who,
    /// Of the user or the session.
    tags: BTreeMap<String, String>,
    session: Option<Session>,
}

#[derive(Debug, PartialEq, Eq)]
enum Who {
    Root,
    User {
        name: String,
        id: String,
    },
    /// Of a role.
    Session {
        role: RoleName,
        name: String,
    },
    Service,
    /// Nothing is known of them.
    Anybody,
    /// Of an issuer, whom that vouches for.
    Provider,
}

/// A role as its sessions know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleName {
    /// With its path.
    pub arn: String,
    pub name: String,
    pub id: String,
}

/// What credentials for a while know of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    pub issued_ms: u64,
    pub source_identity: Option<String>,
    /// The issuer that vouched for whoever began it.
    pub provider: Option<String>,
    /// Tags that sessions that begin in this one have too.
    pub transitive: Vec<String>,
}

impl Principal {
    /// The account itself, which AWS calls its root user.
    pub fn root(account: impl Into<String>) -> Self {
        let account = account.into();
        let name = format!("arn:aws:iam::{account}:root");
        Principal { account, name, who: Who::Root, tags: BTreeMap::new(), session: None }
    }

    /// A service by its name, such as `lambda.amazonaws.com`, where it acts in an account.
    pub fn service(name: impl Into<String>, account: impl Into<String>) -> Self {
        let (account, name) = (account.into(), name.into());
        Principal { account, name, who: Who::Service, tags: BTreeMap::new(), session: None }
    }

    /// Whoever calls without a signature.
    pub fn anybody() -> Self {
        let name = "anonymous".to_owned();
        let (account, tags) = (String::new(), BTreeMap::new());
        Principal { account, name, who: Who::Anybody, tags, session: None }
    }

    /// Whom an issuer vouches for, by its ARN, where they want to become somebody in an account.
    pub(crate) fn provider(arn: String, account: &str) -> Self {
        let (account, tags) = (account.to_owned(), BTreeMap::new());
        Principal { account, name: arn, who: Who::Provider, tags, session: None }
    }

    /// `path` begins and ends with a slash.
    pub fn user(account: &str, path: &str, name: &str, id: &str, tags: BTreeMap<String, String>) -> Self {
        let arn = format!("arn:aws:iam::{account}:user{path}{name}");
        let who = Who::User { name: name.to_owned(), id: id.to_owned() };
        Principal { account: account.to_owned(), name: arn, who, tags, session: None }
    }

    pub(crate) fn session_of(
        account: &str,
        role: RoleName,
        name: &str,
        tags: BTreeMap<String, String>,
        session: Session,
    ) -> Self {
        let arn = format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.name);
        let who = Who::Session { role, name: name.to_owned() };
        Principal { account: account.to_owned(), name: arn, who, tags, session: Some(session) }
    }

    /// The same by credentials for a while, which GetSessionToken gave.
    pub(crate) fn for_a_while(self, session: Session) -> Self {
        Principal { session: Some(session), ..self }
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    /// AWS's unique id: `AIDA...` of a user, `AROA...:NAME` of a session, the account's of the root.
    pub fn id(&self) -> String {
        match &self.who {
            Who::Root => self.account.clone(),
            Who::User { id, .. } => id.clone(),
            Who::Session { role, name } => format!("{}:{name}", role.id),
            Who::Service | Who::Anybody | Who::Provider => self.name.clone(),
        }
    }

    pub fn is_root(&self) -> bool {
        self.who == Who::Root
    }

    pub fn is_service(&self) -> bool {
        self.who == Who::Service
    }

    pub(crate) fn is_provider(&self) -> bool {
        self.who == Who::Provider
    }

    /// Of a user.
    pub fn user_name(&self) -> Option<&str> {
        match &self.who {
            Who::User { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether it calls with credentials that GetSessionToken gave.
    pub fn is_of_session_token(&self) -> bool {
        self.session.is_some() && !matches!(self.who, Who::Session { .. })
    }

    /// Of a session of a role: the role's ARN, name and id.
    pub fn role(&self) -> Option<[&str; 3]> {
        match &self.who {
            Who::Session { role, .. } => Some([&role.arn, &role.name, &role.id]),
            _ => None,
        }
    }

    /// Of credentials for a while: when they were given, in milliseconds since the epoch.
    pub fn issued_ms(&self) -> Option<u64> {
        self.session.as_ref().map(|session| session.issued_ms)
    }

    /// Who began the session, as whoever began the first one of a chain has said.
    pub fn source_identity(&self) -> Option<&str> {
        self.session.as_ref()?.source_identity.as_deref()
    }

    /// The ARN of the issuer that vouched for whoever calls, or for whoever began the session.
    pub fn issuer(&self) -> Option<&str> {
        match self.who {
            Who::Provider => Some(&self.name),
            _ => self.session.as_ref()?.provider.as_deref(),
        }
    }

    /// Whether nobody here knows them: they have not signed.
    pub fn is_stranger(&self) -> bool {
        matches!(self.who, Who::Anybody | Who::Provider)
    }

    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Whether it is a session of a role.
    pub(crate) fn is_role_session(&self) -> bool {
        matches!(self.who, Who::Session { .. })
    }

    pub(crate) fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// What policies name; of a session the role.
    pub fn policy_arn(&self) -> &str {
        match &self.who {
            Who::Session { role, .. } => &role.arn,
            _ => &self.name,
        }
    }

    /// As `aws:PrincipalType` has it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.who {
            Who::Root => "Account",
            Who::User { .. } => "User",
            Who::Session { .. } => "AssumedRole",
            Who::Service => "Service",
            Who::Anybody => "Anonymous",
            Who::Provider => "FederatedUser",
        }
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        let (kind, role) = match &self.who {
            Who::Root => (SubjectKind::Root, None),
            Who::User { .. } => (SubjectKind::User, None),
            Who::Session { role, .. } => (SubjectKind::Session, Some(role.arn.as_str().into())),
            Who::Service => return Subject::service(&self.name),
            Who::Anybody | Who::Provider => return Subject::provider(&self.name),
        };
        Subject { kind, name: self.name.as_str().into(), account: Some(&self.account), role }
    }
}

/// As AWS writes it: an ARN, of a service its name.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_is_written_as_aws_writes_it() {
        let user = Principal::user("111111111111", "/ops/", "ana", "AIDA1", BTreeMap::new());
        assert_eq!(user.to_string(), "arn:aws:iam::111111111111:user/ops/ana");
        assert_eq!((user.user_name(), user.id().as_str()), (Some("ana"), "AIDA1"));
        let role = RoleName { arn: "arn:aws:iam::1:role/x/R".into(), name: "R".into(), id: "AROA1".into() };
        let session = Principal::session_of("1", role, "s", BTreeMap::new(), Session::default());
        assert_eq!(session.to_string(), "arn:aws:sts::1:assumed-role/R/s");
        assert_eq!(session.id(), "AROA1:s");
        assert_eq!(session.policy_arn(), "arn:aws:iam::1:role/x/R");
        assert!(!session.is_of_session_token());
        let for_a_while = user.for_a_while(Session::default());
        assert!(for_a_while.is_of_session_token());
        assert_ne!(Principal::service("lambda.amazonaws.com", "1"), Principal::root("1"));
    }
}
