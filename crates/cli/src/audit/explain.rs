//! `flumen policy explain EVENT-ID`: what decided about a call, and what would have to change.

use std::io::Write as _;

use super::event::{Decided, Event, plain};
use super::lookup::Lookup;
use super::query::{self, Path};
use crate::streams::now_ms;
use crate::{Target, told};

/// How long CloudTrail finds events.
const KEPT_S: i64 = 90 * 86_400;

/// Finds an event by its id, and says why it came out as it did.
pub fn explain_event(target: &Target, id: &str) -> anyhow::Result<()> {
    told(crate::block_on(async {
        let event = find(target, id).await?;
        let text = explained(&event);
        std::io::stdout().lock().write_all(text.as_bytes())?;
        Ok(())
    }))
}

async fn find(target: &Target, id: &str) -> anyhow::Result<Event> {
    // Flumen's own page has the events of records and items as well.
    let path = Path::new("search").and("id", id).and("until", now_ms() + 1000);
    let of_page = query::search(target, path, None).await;
    if let Ok((events, _)) = &of_page
        && let Some(event) = events.first()
    {
        return Ok(event.clone());
    }
    let mut lookup = Lookup::new(target, Some(("EventId", id.to_owned())))?;
    let now_s = now_ms() / 1000;
    let (events, _) = lookup.page(now_s - KEPT_S, now_s + 1).await?;
    let not_found = match of_page {
        Ok(_) => format!("there is no event {id}"),
        Err(error) => format!(
            "there is no management event {id} of this account and region, and others are not told: {error:#}"
        ),
    };
    events.into_iter().next().ok_or_else(|| anyhow::anyhow!(not_found))
}

fn explained(event: &Event) -> String {
    let mut text = format!("{}\n", event.line());
    let Some(decided) = &event.flumen else {
        text += "What decided is not in the event: nothing had to be decided, or it is not told to who may not \
                 iam:SimulatePrincipalPolicy.\n";
        return text;
    };
    text += &format!("\n{}\n", plain(&what_decided(decided)));
    if decided.decision != "allow" {
        text += &format!("{}\n", plain(&what_would_help(decided)));
    }
    text
}

fn side(decided: &Decided) -> &str {
    match decided.side.as_str() {
        "identity" => "identity-based policy",
        "boundary" => "permissions boundary",
        "session" => "session policy",
        "resource" => "resource-based policy",
        "trust" => "role trust policy",
        "endpoint" => "VPC endpoint policy",
        other => other,
    }
}

/// `statement "No" of the identity-based policy p, which arn:... has`
fn statement(decided: &Decided) -> String {
    let statement = match decided.statement.as_deref() {
        Some(number) if number.starts_with('#') => format!("statement {number}"),
        Some(sid) => format!("statement \"{sid}\""),
        None => "a statement".to_owned(),
    };
    let policy = decided.policy.as_deref().map(|policy| format!(" {policy}")).unwrap_or_default();
    let of = decided.attached_to.as_deref().map(|of| format!(", which {of} has")).unwrap_or_default();
    format!("{statement} of the {}{policy}{of}", side(decided))
}

/// `aws:SourceIp (NotIpAddress), which was 10.1.2.3`
fn condition(decided: &Decided) -> Option<String> {
    let key = decided.key.as_deref()?;
    let operator = decided.operator.as_deref().unwrap_or_default();
    let value = match &decided.value {
        Some(value) => format!("which was {value}"),
        None => "which the request did not have".to_owned(),
    };
    let others = decided.keys.get(1..).unwrap_or_default();
    let others = if others.is_empty() { String::new() } else { format!("; and {}", others.join(", ")) };
    Some(format!("{key} ({operator}), {value}{others}"))
}

fn what_decided(decided: &Decided) -> String {
    let Decided { action, resource, .. } = decided;
    let about = format!("{action} on {resource}");
    let mut text = match (decided.decision.as_str(), decided.side.as_str()) {
        ("allow", "root") => format!("{about} was allowed: the root user may do everything in its account."),
        ("allow", _) => format!("{about} was allowed by {}.", statement(decided)),
        ("explicitDeny", _) => format!("{about} was denied by {}.", statement(decided)),
        (_, "owner") => format!("{about} was denied: it is another account's, and no policies decide here."),
        _ if decided.statement.is_some() => {
            let near = statement(decided);
            format!("{about} was denied: no {} allows it. Nearest comes {near}.", side(decided))
        }
        _ => format!("{about} was denied: no {} allows it.", side(decided)),
    };
    if let Some(condition) = condition(decided) {
        let what = if decided.decision == "implicitDeny" { "It asks for" } else { "It applied by" };
        text += &format!(" {what} {condition}.");
    }
    if decided.reported_only {
        text += " It was let through all the same, since denials are only reported (--identities report).";
    }
    text
}

fn what_would_help(decided: &Decided) -> String {
    match (decided.decision.as_str(), decided.side.as_str(), &decided.key) {
        ("explicitDeny", _, Some(key)) => format!(
            "To allow it: call with a {key} that the statement does not deny, or change the condition or the statement. What allows \
             elsewhere does not help against a statement that denies."
        ),
        ("explicitDeny", ..) => "To allow it: take the action or the resource out of that statement. What allows elsewhere does not \
                                 help against a statement that denies."
            .to_owned(),
        (_, "owner", _) => "To allow it: call as the account whose it is, or let policies decide (flumen init).".to_owned(),
        (_, _, Some(key)) => {
            format!("To allow it: call with the {key} that the statement asks for, or change its condition.")
        }
        (_, kind, None) => {
            let where_to = match kind {
                "identity" => "a policy of the caller",
                "boundary" => "the caller's permissions boundary, which has to allow it as well",
                "session" => "the policy that the session was begun with, which has to allow it as well",
                "resource" => "the policy of the resource, which has to allow what another account does",
                "trust" => "the trust policy of the role",
                _ => "the policy of the endpoint, which has to allow it as well",
            };
            format!("To allow it: add a statement that allows {} to {where_to}.", decided.action)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(decision: &str, side: &str) -> Decided {
        Decided {
            decision: decision.into(),
            side: side.into(),
            action: "kinesis:DeleteStream".into(),
            resource: "arn:s".into(),
            ..Decided::default()
        }
    }

    #[test]
    fn what_decided_is_said_in_words_and_what_would_help() {
        let said = |decided: &Decided| format!("{}\n{}", what_decided(decided), what_would_help(decided));
        let by_key = Decided {
            policy: Some("p".into()),
            attached_to: Some("arn:ana".into()),
            statement: Some("#2".into()),
            key: Some("aws:SourceIp".into()),
            operator: Some("NotIpAddress".into()),
            value: Some("10.1.2.3".into()),
            ..decided("explicitDeny", "identity")
        };
        assert_eq!(
            said(&by_key),
            "kinesis:DeleteStream on arn:s was denied by statement #2 of the identity-based policy p, which arn:ana has. It \
             applied by aws:SourceIp (NotIpAddress), which was 10.1.2.3.\nTo allow it: call with a aws:SourceIp that the \
             statement does not deny, or change the condition or the statement. What allows elsewhere does not help against \
             a statement that denies."
        );
        let near = Decided {
            decision: "implicitDeny".into(),
            value: None,
            statement: Some("Ours".into()),
            ..by_key.clone()
        };
        assert_eq!(
            what_decided(&near),
            "kinesis:DeleteStream on arn:s was denied: no identity-based policy allows it. Nearest comes statement \"Ours\" of \
             the identity-based policy p, which arn:ana has. It asks for aws:SourceIp (NotIpAddress), which the request did \
             not have."
        );
        let bounded = decided("implicitDeny", "boundary");
        assert_eq!(
            said(&bounded),
            "kinesis:DeleteStream on arn:s was denied: no permissions boundary allows it.\nTo allow it: add a statement that \
             allows kinesis:DeleteStream to the caller's permissions boundary, which has to allow it as well."
        );
        let allowed = Decided { decision: "allow".into(), key: None, ..by_key };
        assert!(
            what_decided(&allowed)
                .ends_with("was allowed by statement #2 of the identity-based policy p, which arn:ana has.")
        );
    }
}
