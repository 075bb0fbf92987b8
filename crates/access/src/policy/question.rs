//! What is asked: who wants to do what with what, and the facts of the request.

use std::borrow::Cow;

/// Who calls, as policies see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    pub kind: SubjectKind,
    /// As AWS writes it: an ARN, or the name of a service or an identity provider.
    pub name: Cow<'a, str>,
    /// Whose it is. Services and identity providers are nobody's.
    pub account: Option<&'a str>,
    /// Of a session the ARN of its role, with the path; of a role its own.
    pub role: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// The account itself.
    Root,
    User,
    /// A role, or a session of which only the role is known.
    Role,
    /// `arn:aws:sts::A:assumed-role/ROLE/SESSION`
    Session,
    /// `arn:aws:sts::A:federated-user/NAME`
    FederatedUser,
    /// `lambda.amazonaws.com`
    Service,
    /// Who vouches for the caller of AssumeRoleWithWebIdentity or AssumeRoleWithSAML: a name, or an ARN.
    Provider,
}

impl<'a> Subject<'a> {
    /// Reads an ARN of the kinds that call, or an account's id. The ARN of a session does not say its role's path, so the
    /// role is taken for one without; who knows better sets it.
    pub fn of_arn(arn: &'a str) -> Option<Self> {
        if is_account(arn) {
            let name = Cow::Owned(format!("arn:aws:iam::{arn}:root"));
            return Some(Subject { kind: SubjectKind::Root, name, account: Some(arn), role: None });
        }
        let [partition, service, "", account, resource] = super::pattern::arn_parts(arn)? else {
            return None;
        };
        if !is_account(account) {
            return None;
        }
        let (kind, rest) = match resource.split_once('/') {
            None => (resource, ""),
            Some((kind, rest)) if !rest.is_empty() => (kind, rest),
            Some(_) => return None,
        };
        let (kind, role) = match (service, kind) {
            ("iam", "root") if rest.is_empty() => (SubjectKind::Root, None),
            _ if rest.is_empty() => return None,
            ("iam", "user") => (SubjectKind::User, None),
            ("iam", "role") => (SubjectKind::Role, Some(Cow::Borrowed(arn))),
            ("iam", "oidc-provider" | "saml-provider") => (SubjectKind::Provider, None),
            ("sts", "federated-user") => (SubjectKind::FederatedUser, None),
            ("sts", "assumed-role") => {
                let (role, session) = rest.split_once('/')?;
                if role.is_empty() || session.is_empty() {
                    return None;
                }
                let role = format!("arn:{partition}:iam::{account}:role/{role}");
                (SubjectKind::Session, Some(Cow::Owned(role)))
            }
            _ => return None,
        };
        // A provider belongs to an account, but who it vouches for does not.
        let account = (kind != SubjectKind::Provider).then_some(account);
        Some(Subject { kind, name: Cow::Borrowed(arn), account, role })
    }

    /// A service by its name.
    pub fn service(name: &'a str) -> Self {
        Subject { kind: SubjectKind::Service, name: Cow::Borrowed(name), account: None, role: None }
    }

    /// An identity provider by its name or ARN.
    pub fn provider(name: &'a str) -> Self {
        Subject { kind: SubjectKind::Provider, name: Cow::Borrowed(name), account: None, role: None }
    }
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Who wants to do what with what.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    pub subject: &'a Subject<'a>,
    /// `kinesis:PutRecord`, in any case.
    pub action: &'a str,
    /// An ARN, or `*` for what is the account's.
    pub resource: &'a str,
    /// Whose the resource is, where its ARN does not say so.
    pub resource_account: Option<&'a str>,
    pub facts: &'a dyn Facts,
}

/// What is known of a request.
pub trait Facts {
    /// What a condition key stands for. It comes in lower case: whoever keeps facts compares without regard to case. `None`
    /// is a key that the request does not have; so is one without values.
    fn get(&self, key: &str) -> Option<Fact<'_>>;
}

/// The value of a condition key, as text: numbers in decimal, times in ISO 8601 or seconds since 1970, bytes in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    One(Cow<'a, str>),
    Many(&'a [String]),
    /// There may be a value, and nobody can tell: of a request that is over and of which not all was kept.
    Unknown,
}

impl<'a> From<&'a str> for Fact<'a> {
    fn from(value: &'a str) -> Self {
        Fact::One(Cow::Borrowed(value))
    }
}

/// Nothing is known.
impl Facts for () {
    fn get(&self, _: &str) -> Option<Fact<'_>> {
        None
    }
}
