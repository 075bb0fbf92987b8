//! `flumen policy explain`: decides cases, a line each, and says which statement did.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use flumen_access::policy::{
    Decision, Decisive, Denial, InvalidPolicy, Kind, Policies, Policy, Question, Side, Subject, evaluate,
};
use flumen_cli::text;
use serde::Serialize;
use serde_json::value::RawValue;

use super::case::Case;

/// Ten policies of every sort, and a context, have room in it many times.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// What is said of a case.
#[derive(Debug, Serialize)]
struct Answer {
    decision: &'static str,
    /// The policy that decided, by its place in the case.
    policy: Option<String>,
    /// The statement that decided: its Sid, or its place in the policy.
    statement: Option<Statement>,
    reason: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Statement {
    Sid(String),
    Index(usize),
}

pub fn run(cases: &Path) -> anyhow::Result<()> {
    let out = io::BufWriter::new(io::stdout().lock());
    if cases == Path::new("-") {
        return each_line(io::stdin().lock(), out);
    }
    let file = File::open(cases).with_context(|| cases.display().to_string())?;
    each_line(BufReader::new(file), out)
}

/// Answers every line that is a case; the others are named, and make it fail in the end.
fn each_line(mut from: impl BufRead, mut to: impl Write) -> anyhow::Result<()> {
    let mut line = Vec::new();
    let mut wrong = 0;
    for nth in 1usize.. {
        line.clear();
        let read = from.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        let answer = if line.len() as u64 > LINE_BYTES_MAX && line.last() != Some(&b'\n') {
            from.skip_until(b'\n')?;
            Err(format!("it has more than {LINE_BYTES_MAX} bytes"))
        } else if line.trim_ascii().is_empty() {
            continue;
        } else {
            answer(&line)
        };
        match answer {
            Ok(answer) => {
                serde_json::to_writer(&mut to, &answer).map_err(io::Error::from)?;
                to.write_all(b"\n")?;
            }
            Err(what) => {
                // In the order of the lines, where both go to one place.
                to.flush()?;
                flumen_cli::note(format_args!("flumen: line {nth}: {what}"));
                wrong += 1;
            }
        }
    }
    to.flush()?;
    anyhow::ensure!(
        wrong == 0,
        "{} {} no case",
        text::count(wrong, "line"),
        if wrong == 1 { "is" } else { "are" }
    );
    Ok(())
}

/// What a line comes to, or why it is no case.
fn answer(line: &[u8]) -> Result<Answer, String> {
    let mut case: Case<'_> = serde_json::from_slice(line).map_err(|error| format!("not a case: {error}"))?;
    let facts = case.facts();
    let subject = case.subject(&facts)?;
    let is_action = case.action.split_once(':').is_some_and(|(service, name)| {
        let may = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        [service, name].iter().all(|part| !part.is_empty() && part.bytes().all(may))
    });
    if !is_action {
        return Err(format!("the action {:?} is not of the form service:Name", case.action));
    }
    if case.resource.is_empty() {
        return Err("the resource is empty".to_owned());
    }
    let read = match CasePolicies::read(&case) {
        Ok(read) => read,
        Err((policy, invalid)) => {
            let reason = format!("{policy} is not a policy: {invalid}");
            return Ok(Answer { decision: "invalid", policy: Some(policy), statement: None, reason });
        }
    };
    let question = Question {
        subject: &subject,
        action: &case.action,
        resource: &case.resource,
        resource_account: case.resource_account.as_deref(),
        facts: &facts,
    };
    Ok(read.answer(&case, &subject, evaluate(&question, &read.policies())))
}

/// The policies of a case.
struct CasePolicies {
    identity: Vec<Arc<Policy>>,
    boundary: Vec<Arc<Policy>>,
    session: Vec<Arc<Policy>>,
    resource: Option<Policy>,
    endpoint: Option<Policy>,
}

impl CasePolicies {
    /// An error goes with the name of the policy.
    fn read(case: &Case<'_>) -> Result<Self, (String, InvalidPolicy)> {
        let one = |name: String, text: &RawValue, kind| {
            Policy::parse(text.get(), kind).map_err(|invalid| (name, invalid))
        };
        let each = |side, texts: &Option<Vec<&RawValue>>| {
            let texts = texts.as_deref().unwrap_or_default().iter().enumerate();
            let read =
                |(nth, text): (usize, &&RawValue)| one(name(side, nth), text, Kind::Identity).map(Arc::new);
            texts.map(read).collect::<Result<Vec<_>, _>>()
        };
        let of_resource = match () {
            () if assumes_a_role(&case.action) => Kind::Trust,
            () if case.action.starts_with("kms:") => Kind::Key,
            () => Kind::Resource,
        };
        let maybe =
            |side, text: Option<&RawValue>, kind| text.map(|text| one(name(side, 0), text, kind)).transpose();
        Ok(CasePolicies {
            identity: each(Side::Identity, &case.identity)?,
            boundary: each(Side::Boundary, &case.boundary)?,
            session: each(Side::Session, &case.session)?,
            resource: maybe(Side::Resource, case.resource_policy, of_resource)?,
            endpoint: maybe(Side::Endpoint, case.endpoint, Kind::Endpoint)?,
        })
    }

    fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            boundary: &self.boundary,
            session: &self.session,
            resource: self.resource.as_ref(),
            grants: &[],
            endpoint: self.endpoint.as_ref(),
        }
    }

    fn policy(&self, decisive: Decisive) -> Option<&Policy> {
        match decisive.side {
            Side::Identity => self.identity.get(decisive.policy).map(AsRef::as_ref),
            Side::Boundary => self.boundary.get(decisive.policy).map(AsRef::as_ref),
            Side::Session => self.session.get(decisive.policy).map(AsRef::as_ref),
            Side::Resource | Side::Trust => self.resource.as_ref(),
            // A case brings none.
            Side::Grant => None,
            Side::Endpoint => self.endpoint.as_ref(),
        }
    }

    fn answer(&self, case: &Case<'_>, subject: &Subject<'_>, decision: Decision) -> Answer {
        let policy = decision.decisive().map(|decisive| name(decisive.side, decisive.policy));
        let statement = decision.decisive().map(|decisive| {
            let sid = self.policy(decisive).and_then(|policy| policy.sid(decisive.statement));
            sid.map_or(Statement::Index(decisive.statement), |sid| Statement::Sid(sid.to_owned()))
        });
        let (decision_name, reason) = match decision {
            Decision::Allow(Some(decisive)) => {
                let policy = name(decisive.side, decisive.policy);
                ("allow", format!("{policy} allows {}", case.action))
            }
            Decision::Allow(None) => ("allow", "the root user may do everything in its account".to_owned()),
            Decision::ExplicitDeny(_) | Decision::ImplicitDeny(_) => {
                let name = if matches!(decision, Decision::ExplicitDeny(_)) {
                    "explicitDeny"
                } else {
                    "implicitDeny"
                };
                let (principal, action, resource) = (&subject.name, &case.action, &case.resource);
                (name, Denial { decision, principal, action, resource }.to_string())
            }
        };
        Answer { decision: decision_name, policy, statement, reason }
    }
}

/// Whether the policy of the resource is a role's, which says who may assume it.
fn assumes_a_role(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    action.starts_with("sts:assumerole") || matches!(&*action, "sts:tagsession" | "sts:setsourceidentity")
}

/// A policy's name in a case.
fn name(side: Side, nth: usize) -> String {
    match side {
        Side::Identity => format!("identity[{nth}]"),
        Side::Boundary => format!("boundary[{nth}]"),
        Side::Session => format!("session[{nth}]"),
        Side::Resource | Side::Trust => "resourcePolicy".to_owned(),
        Side::Grant => "grant".to_owned(),
        Side::Endpoint => "endpoint".to_owned(),
    }
}

#[cfg(test)]
mod tests;
