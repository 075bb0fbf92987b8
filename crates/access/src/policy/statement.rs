//! Statements: read from a policy, and asked whether they apply.

use super::condition::{self, Condition};
use super::document::{Json, JsonPath};
use super::matching::Match;
use super::pattern::{Arn, ArnPattern, Glob, Piece, Special, pieces};
use super::principals::{self, Grant, Principals};
use super::question::{Facts, Subject};
use super::{InvalidPolicy, Kind};

#[derive(Debug)]
pub(super) struct Statement {
    pub sid: Option<Box<str>>,
    pub denies: bool,
    /// `None` where the policy belongs to whoever calls.
    principals: Option<Principals>,
    not_actions: bool,
    /// In lower case.
    actions: Box<[Glob]>,
    not_resources: bool,
    /// `None` is what the policy is attached to.
    resources: Option<Box<[Resource]>>,
    conditions: Box<[Condition]>,
}

#[derive(Debug)]
enum Resource {
    All,
    Arn(ArnPattern),
}

/// A question as statements want it.
pub(super) struct ParsedQuestion<'a> {
    pub subject: &'a Subject<'a>,
    /// In lower case.
    pub action: &'a str,
    /// `None` where it is no ARN.
    pub resource: Option<Arn<'a>>,
    pub facts: &'a dyn Facts,
}

impl Statement {
    /// Denies everything to everyone.
    pub(super) fn denies_all() -> Self {
        Statement {
            sid: None,
            denies: true,
            principals: Some(Principals::everyone()),
            not_actions: false,
            actions: Box::new([Glob::All]),
            not_resources: false,
            resources: None,
            conditions: Box::new([]),
        }
    }

    pub(super) fn read(
        statement: Json,
        kind: Kind,
        variables: bool,
        path: &JsonPath<'_>,
    ) -> Result<Self, InvalidPolicy> {
        let mut sid = None;
        let mut denies = None;
        let mut principals = None;
        let mut actions = None;
        let mut resources = None;
        let mut conditions = Vec::new();
        let twice =
            |path: &JsonPath<'_>, other: &str| path.invalid(format!("it may not stand beside {other}"));
        for (name, element) in statement.into_map(path)? {
            let path = &path.member(&name);
            match &*name {
                "Sid" => sid = Some(read_sid(element, kind, path)?),
                "Effect" => denies = Some(read_effect(element, path)?),
                "Principal" | "NotPrincipal" if kind.is_of_the_caller() => {
                    return Err(path.invalid("whom it is about is said by what the policy is attached to"));
                }
                "Principal" | "NotPrincipal" => {
                    let negated = name == "NotPrincipal";
                    if principals.is_some() {
                        return Err(twice(path, if negated { "Principal" } else { "NotPrincipal" }));
                    }
                    principals = Some(principals::read(element, negated, path)?);
                }
                "Action" | "NotAction" => {
                    let negated = name == "NotAction";
                    if actions.is_some() {
                        return Err(twice(path, if negated { "Action" } else { "NotAction" }));
                    }
                    actions = Some((negated, read_actions(element, path)?));
                }
                "Resource" | "NotResource" if kind == Kind::Trust => {
                    return Err(path.invalid("the resource is the role that the policy is attached to"));
                }
                "Resource" | "NotResource" => {
                    let negated = name == "NotResource";
                    if resources.is_some() {
                        return Err(twice(path, if negated { "Resource" } else { "NotResource" }));
                    }
                    resources = Some((negated, read_resources(element, variables, path)?));
                }
                "Condition" => conditions = condition::read(element, variables, path)?,
                _ => return Err(path.invalid("there is no such element")),
            }
        }
        let lacks = |element: &str| path.invalid(format!("{element} is missing"));
        let denies = denies.ok_or_else(|| lacks("Effect"))?;
        let (not_actions, actions) = actions.ok_or_else(|| lacks("Action or NotAction"))?;
        if principals.is_none() && !kind.is_of_the_caller() {
            return Err(lacks("Principal or NotPrincipal"));
        }
        if resources.is_none() && kind != Kind::Trust {
            return Err(lacks("Resource or NotResource"));
        }
        let (not_resources, resources) = match resources {
            None => (false, None),
            Some((negated, resources)) => (negated, Some(resources)),
        };
        Ok(Statement {
            sid,
            denies,
            principals,
            not_actions,
            actions,
            not_resources,
            resources,
            conditions: conditions.into(),
        })
    }

    /// Whether it does what it does to this request, and how it names the caller. What is unknown denies and does not allow; to
    /// who is lenient it is the other way round.
    pub(super) fn applies(&self, asked: &ParsedQuestion<'_>, is_lenient: bool) -> Option<Grant> {
        if !self.is_about(asked.action) {
            return None;
        }
        let grant = match &self.principals {
            None => Grant::Direct,
            Some(principals) => principals.about(asked.subject, self.denies)?,
        };
        let enough = if self.denies != is_lenient { Match::Unknown } else { Match::Yes };
        if self.resource_matches(asked) < enough {
            return None;
        }
        (self.conditions.iter().all(|condition| condition.matches(asked.facts) >= enough)).then_some(grant)
    }

    pub(super) fn is_about(&self, action: &str) -> bool {
        self.actions.iter().any(|glob| glob.matches(action)) != self.not_actions
    }

    /// Whatever it is done with, and in whatever circumstances.
    pub(super) fn denies_wholly(&self, action: &str) -> bool {
        let of_all = self.resources.iter().flatten().any(|resource| matches!(resource, Resource::All));
        self.denies && self.is_about(action) && self.conditions.is_empty() && of_all && !self.not_resources
    }

    pub(super) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// The conditions without which it would allow the request; nothing if that takes more.
    pub(super) fn lacks(&self, asked: &ParsedQuestion<'_>) -> Option<Vec<&Condition>> {
        let is_about = !self.denies
            && self.is_about(asked.action)
            && self.principals.as_ref().is_none_or(|whom| whom.about(asked.subject, false).is_some())
            && self.resource_matches(asked) == Match::Yes;
        let lacking = self.conditions.iter().filter(|condition| condition.matches(asked.facts) < Match::Yes);
        is_about.then(|| lacking.collect())
    }

    /// Whether it lets the subject do the action whatever the key has for a value.
    pub(super) fn allows_any(&self, subject: &Subject<'_>, action: &str, key: &str) -> bool {
        !self.denies
            && self.is_about(action)
            && self.principals.as_ref().is_none_or(|whom| whom.about(subject, false).is_some())
            && !self.conditions.iter().any(|condition| condition.selects(key))
    }

    fn resource_matches(&self, asked: &ParsedQuestion<'_>) -> Match {
        let Some(resources) = &self.resources else { return Match::Yes };
        let is_one = Match::any(resources.iter().map(|resource| match (resource, &asked.resource) {
            (Resource::All, _) => Match::Yes,
            (Resource::Arn(_), None) => Match::No,
            (Resource::Arn(pattern), Some(arn)) => pattern.matches(arn, asked.facts),
        }));
        if self.not_resources { is_one.not() } else { is_one }
    }
}

fn read_sid(element: Json, kind: Kind, path: &JsonPath<'_>) -> Result<Box<str>, InvalidPolicy> {
    let sid = element.into_text(path)?;
    let is_plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain && matches!(kind, Kind::Identity | Kind::Trust) {
        return Err(path.invalid(format!("{sid:?} has other characters than letters and digits")));
    }
    Ok(sid.into())
}

fn read_effect(element: Json, path: &JsonPath<'_>) -> Result<bool, InvalidPolicy> {
    match &*element.into_text(path)? {
        "Allow" => Ok(false),
        "Deny" => Ok(true),
        other => Err(path.invalid(format!("{other:?} is neither Allow nor Deny"))),
    }
}

fn read_actions(element: Json, path: &JsonPath<'_>) -> Result<Box<[Glob]>, InvalidPolicy> {
    let read = |action: String| {
        let well_formed = match action.split_once(':') {
            None => action == "*",
            Some((service, name)) => [service, name].iter().all(|part| {
                let may = |byte: u8| byte.is_ascii_alphanumeric() || b"*?-_".contains(&byte);
                !part.is_empty() && part.bytes().all(may)
            }),
        };
        if !well_formed {
            return Err(path.invalid(format!("{action:?} is neither \"*\" nor of the form service:Name")));
        }
        let special = Special { wildcards: true, variables: false };
        let glob = pieces(&action.to_ascii_lowercase(), special).and_then(|pieces| Glob::new(&pieces));
        glob.map_err(|what| path.invalid(what))
    };
    element.into_texts(path)?.into_iter().map(read).collect()
}

fn read_resources(
    element: Json,
    variables: bool,
    path: &JsonPath<'_>,
) -> Result<Box<[Resource]>, InvalidPolicy> {
    let read = |resource: String| {
        let pieces =
            pieces(&resource, Special { wildcards: true, variables }).map_err(|what| path.invalid(what))?;
        if pieces == [Piece::Many] {
            return Ok(Resource::All);
        }
        let pattern = ArnPattern::new(&pieces)
            .map_err(|what| path.invalid(format!("{resource:?} is neither \"*\" nor an ARN: {what}")))?;
        if !pattern.names_service() {
            return Err(path.invalid(format!("{resource:?} does not name partition and service in full")));
        }
        Ok(Resource::Arn(pattern))
    };
    element.into_texts(path)?.into_iter().map(read).collect()
}
