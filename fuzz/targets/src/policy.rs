//! Any text as a policy of each kind: no panic, nothing beyond the bounds, and what is taken decides every request.

use std::sync::Arc;

use flumen_access::policy::{Fact, Facts, Kind, Policies, Policy, Question, Subject, evaluate, size};

const KINDS: [Kind; 5] = [Kind::Identity, Kind::Resource, Kind::Key, Kind::Trust, Kind::Endpoint];
const PRINCIPALS: [&str; 4] = [
    "arn:aws:iam::111111111111:user/me",
    "arn:aws:sts::111111111111:assumed-role/r/s",
    "arn:aws:iam::222222222222:root",
    "lambda.amazonaws.com",
];

/// The first byte says the kind and what every condition key has as its value.
pub fn policy(input: &[u8]) {
    let Some((first, text)) = input.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let kind = KINDS[usize::from(first % 4)];
    let Ok(policy) = Policy::parse(text, kind) else { return };
    assert!(size(text) <= kind.size_max());
    let policy = Arc::new(policy);
    let facts = Everything(usize::from(first / 4));
    for principal in PRINCIPALS {
        let subject = Subject::of_arn(principal).unwrap_or_else(|| Subject::service(principal));
        for (action, resource) in [
            ("kinesis:PutRecord", "arn:aws:kinesis:eu-west-1:111111111111:stream/a"),
            ("sts:AssumeRole", "arn:aws:iam::111111111111:role/r"),
            ("kinesis:ListStreams", "*"),
        ] {
            let question =
                Question { subject: &subject, action, resource, resource_account: None, facts: &facts };
            let one = std::slice::from_ref(&policy);
            let policies = match kind {
                Kind::Identity => Policies { identity: one, ..Policies::default() },
                Kind::Resource | Kind::Trust => Policies { resource: Some(&policy), ..Policies::default() },
                Kind::Key => Policies { grants: one, ..Policies::default() },
                Kind::Endpoint => Policies { endpoint: Some(&policy), ..Policies::default() },
            };
            let decision = evaluate(&question, &policies);
            assert_eq!(evaluate(&question, &policies), decision);
            // A decision names a statement that is there, or none.
            decision.decisive().map(|decisive| policy.sid(decisive.statement));
        }
    }
}

/// Every key has the same value.
struct Everything(usize);

impl Facts for Everything {
    fn get(&self, _: &str) -> Option<Fact<'_>> {
        const VALUES: [&str; 8] =
            ["", "a", "5", "2026-11-29T20:24:00Z", "true", "10.1.2.3", "arn:aws:s3:::é", "AAA="];
        VALUES.get(self.0 % 9).map(|value| Fact::from(*value))
    }
}
