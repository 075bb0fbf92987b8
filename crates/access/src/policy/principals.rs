//! The `Principal` and `NotPrincipal` elements: whom a statement is about.

use super::InvalidPolicy;
use super::document::{Json, JsonPath};
use super::question::{Subject, SubjectKind};

/// Whom a statement is about.
#[derive(Debug)]
pub(super) struct Principals {
    /// `NotPrincipal`
    negated: bool,
    named: Box<[Named]>,
}

#[derive(Debug)]
enum Named {
    Everyone,
    Account(Box<str>),
    /// A user, a session of a role, a federated user.
    Arn(Box<str>),
    Role(Box<str>),
    Service(Box<str>),
    Provider(Box<str>),
    /// S3's name for an account, which nobody has here.
    Canonical,
}

/// How somebody is named, the least first. Within an account it decides which other policies still count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grant {
    /// By their account: it is for that account's policies to say who.
    Account,
    /// By their role: boundary and session policies count.
    Role,
    /// By themselves, or along with everyone.
    Direct,
}

pub(super) fn read(element: Json, negated: bool, path: &JsonPath<'_>) -> Result<Principals, InvalidPolicy> {
    let named = match element {
        Json::Text(text) if text == "*" => vec![Named::Everyone],
        Json::Map(map) if map.is_empty() => return Err(path.invalid("somebody has to be named")),
        Json::Map(map) => {
            let mut named = Vec::new();
            for (kind, names) in map {
                let path = &path.member(&kind);
                for name in names.into_texts(path)? {
                    named.push(read_one(&kind, name, path)?);
                }
            }
            named
        }
        _ => return Err(path.invalid("\"*\" or an object is wanted")),
    };
    Ok(Principals { negated, named: named.into() })
}

fn read_one(kind: &str, name: String, path: &JsonPath<'_>) -> Result<Named, InvalidPolicy> {
    if kind == "AWS" && name == "*" {
        return Ok(Named::Everyone);
    }
    if name.is_empty() || name.contains(['*', '?', ' ']) {
        return Err(path.invalid(format!("{name:?} is no name: wildcards may not stand in one")));
    }
    let text: Box<str> = name.as_str().into();
    match kind {
        "AWS" => {
            let subject = Subject::of_arn(&name);
            let named = subject.and_then(|subject| match subject.kind {
                SubjectKind::Root => subject.account.map(|account| Named::Account(account.into())),
                SubjectKind::Role => Some(Named::Role(text)),
                SubjectKind::User | SubjectKind::Session | SubjectKind::FederatedUser => {
                    Some(Named::Arn(text))
                }
                SubjectKind::Service | SubjectKind::Provider => None,
            });
            named.ok_or_else(|| {
                path.invalid(format!("{name:?} is neither \"*\" nor an account nor the ARN of a principal"))
            })
        }
        "Service" => Ok(Named::Service(text)),
        "Federated" => Ok(Named::Provider(text)),
        "CanonicalUser" => Ok(Named::Canonical),
        _ => Err(path.invalid("there is no such kind of principal")),
    }
}

impl Principals {
    pub(super) fn everyone() -> Self {
        Principals { negated: false, named: Box::new([Named::Everyone]) }
    }

    /// Whether the statement is about somebody, and how it names them. `denies` says what it does to them: where members of
    /// an account are excepted by the account's name, what allows leaves them out, and what denies does not.
    pub(super) fn about(&self, subject: &Subject<'_>, denies: bool) -> Option<Grant> {
        let named = self.named.iter().filter_map(|named| named.names(subject)).max();
        if !self.negated {
            return named;
        }
        let excepted = match named {
            None => false,
            Some(Grant::Account) => !denies,
            Some(Grant::Role | Grant::Direct) => true,
        };
        (!excepted).then_some(Grant::Direct)
    }
}

impl Named {
    fn names(&self, subject: &Subject<'_>) -> Option<Grant> {
        let is = |kinds: &[SubjectKind], name: &str| kinds.contains(&subject.kind) && subject.name == name;
        let (names, grant) = match self {
            Named::Everyone => (true, Grant::Direct),
            // The ARN of an account is its root user's own.
            Named::Account(account) if subject.kind == SubjectKind::Root => {
                (subject.account == Some(account), Grant::Direct)
            }
            Named::Account(account) => (subject.account == Some(account), Grant::Account),
            Named::Arn(arn) => (
                is(&[SubjectKind::User, SubjectKind::Session, SubjectKind::FederatedUser], arn),
                Grant::Direct,
            ),
            Named::Role(role) => (subject.role.as_deref() == Some(&**role), Grant::Role),
            Named::Service(name) => (is(&[SubjectKind::Service], name), Grant::Direct),
            Named::Provider(name) => (is(&[SubjectKind::Provider], name), Grant::Direct),
            Named::Canonical => (false, Grant::Direct),
        };
        names.then_some(grant)
    }
}
