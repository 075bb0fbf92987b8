//! Policies: AWS's language for who may do what, read, and evaluated without any I/O.
//!
//! [`Policy::parse`] reads a document once; [`evaluate`] asks any number of them about one request, of which it learns what
//! it needs through [`Facts`]. Where policies come from, what they are attached to, and which facts a request has is for
//! others to say. The language is described in the IAM user guide ("Grammar of the IAM JSON policy language",
//! "Condition operators", "Policy evaluation logic"); `docs/security.md` lists what differs.
//!
//! Whatever cannot be decided is decided against the caller: a variable without a value, a value that cannot be read, several
//! values where one is wanted.

mod condition;
mod decision;
mod document;
mod matching;
mod pattern;
mod principals;
mod question;
mod statement;
mod values;

pub use decision::{
    Decision, Decisive, Denial, Policies, Reason, Reasoned, Side, evaluate, evaluate_partly, reason,
};
pub use document::size;
pub use question::{Fact, Facts, Question, Subject, SubjectKind};

pub(crate) use document::Json;
use document::JsonPath;
use statement::Statement;

/// What a policy is attached to, on which its grammar depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To a user, group, role or session, also as a permissions boundary.
    Identity,
    /// To a resource: a stream, a consumer.
    Resource,
    /// To a key.
    Key,
    /// To a role: who may assume it.
    Trust,
    /// To an endpoint of a private network.
    Endpoint,
}

impl Kind {
    /// How many characters a policy may have, white space not counted (of an endpoint's it is). Of what is attached to users,
    /// groups and roles it is the largest that any may have; what its place allows is for others to say ([`size`]).
    pub const fn size_max(self) -> usize {
        match self {
            Kind::Identity => 10_240,
            Kind::Resource | Kind::Endpoint => 20_480,
            Kind::Key => 32_768,
            Kind::Trust => 4_096,
        }
    }
}

/// A policy that was read.
#[derive(Debug)]
pub struct Policy {
    statements: Box<[Statement]>,
}

/// Why a text is no policy, and where in it that is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPolicy(String);

impl Policy {
    /// Reads a document. Its size is checked before anything else.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, InvalidPolicy> {
        let path = &JsonPath::Document;
        let mut variables = false;
        let mut statements = None;
        for (name, element) in document::read(text, kind)?.into_map(path)? {
            let path = &path.member(&name);
            match &*name {
                "Version" => match &*element.into_text(path)? {
                    "2008-10-17" => {}
                    "2012-10-17" => variables = true,
                    other => {
                        return Err(path.invalid(format!("{other:?} is neither 2012-10-17 nor 2008-10-17")));
                    }
                },
                "Id" => drop(element.into_text(path)?),
                "Statement" => statements = Some(element),
                _ => return Err(path.invalid("there is no such element")),
            }
        }
        let path = &path.member("Statement");
        let statements = match statements {
            None => return Err(path.invalid("it is missing")),
            Some(Json::List(list)) if list.is_empty() => return Err(path.invalid("one at least is wanted")),
            Some(Json::List(list)) => list,
            Some(one) => vec![one],
        };
        let read = |(at, statement)| Statement::read(statement, kind, variables, &path.item(at));
        let statements: Box<[Statement]> =
            statements.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let mut sids = std::collections::HashSet::new();
        for (at, sid) in statements.iter().enumerate().filter_map(|(at, one)| Some((at, one.sid.as_deref()?)))
        {
            if !sid.is_empty() && !sids.insert(sid) {
                return Err(path.item(at).member("Sid").invalid(format!("{sid:?} is there twice")));
            }
        }
        Ok(Policy { statements })
    }

    /// In place of one that is there and cannot be read: it denies everything.
    pub fn denies_all() -> Self {
        Policy { statements: Box::new([Statement::denies_all()]) }
    }

    /// Whether a statement lets the subject do the action, whatever the key has for a value. Action and key are in lower case.
    pub(crate) fn allows_any(&self, subject: &Subject<'_>, action: &str, key: &str) -> bool {
        self.statements.iter().any(|statement| statement.allows_any(subject, action, key))
    }

    /// Whether it lets somebody do the action with something, whatever its conditions. In lower case.
    pub(crate) fn may_allow(&self, action: &str) -> bool {
        self.statements.iter().any(|statement| !statement.denies && statement.is_about(action))
    }

    /// Whether it denies the action in any case. In lower case.
    pub(crate) fn denies_wholly(&self, action: &str) -> bool {
        self.statements.iter().any(|statement| statement.denies_wholly(action))
    }

    /// The name of a statement, where it has one.
    pub fn sid(&self, statement: usize) -> Option<&str> {
        self.statements.get(statement)?.sid.as_deref().filter(|sid| !sid.is_empty())
    }
}

impl AsRef<Policy> for Policy {
    fn as_ref(&self) -> &Policy {
        self
    }
}

#[cfg(test)]
mod tests;
