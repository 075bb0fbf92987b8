//! The evaluator against a second, naive one: random small policies, requests and contexts, made so that they meet.

mod naive;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use flumen_access::policy::{
    Decision, Fact, Facts, Kind, Policies, Policy, Question, Side, Subject, evaluate,
};
use naive::{Case, Outcome, decide, statement_denies};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const ROLE: &str = "arn:aws:iam::111111111111:role/p/r";
const PRINCIPALS: &[(&str, Option<&str>)] = &[
    ("arn:aws:iam::111111111111:user/me", None),
    ("arn:aws:iam::111111111111:user/you", None),
    ("arn:aws:iam::111111111111:root", None),
    ("arn:aws:sts::111111111111:assumed-role/r/s", Some(ROLE)),
    (ROLE, Some(ROLE)),
    ("arn:aws:sts::111111111111:federated-user/f", None),
    ("arn:aws:iam::222222222222:user/me", None),
    ("lambda.amazonaws.com", None),
];
const NAMED: &[&str] = &[
    "*",
    "111111111111",
    "arn:aws:iam::111111111111:root",
    "222222222222",
    "arn:aws:iam::111111111111:user/me",
    ROLE,
    "arn:aws:sts::111111111111:assumed-role/r/s",
    "arn:aws:sts::111111111111:federated-user/f",
];
const ACTIONS: &[&str] = &[
    "kinesis:PutRecord",
    "kinesis:PutRecords",
    "Kinesis:GetRecords",
    "s3:GetObject",
    "sts:AssumeRole",
    "kms:Decrypt",
];
const ACTION_PATTERNS: &[&str] = &[
    "*",
    "kinesis:*",
    "kinesis:Put*",
    "KINESIS:putrecord",
    "*:Get*",
    "kinesis:PutRecor??",
    "s3:*Object",
    "sts:*",
    "kms:*",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:kinesis:eu-west-1:111111111111:stream/a",
    "arn:aws:kinesis:eu-west-1:111111111111:stream/ab",
    "arn:aws:kinesis:us-east-1:222222222222:stream/a/consumer/b:1",
    "arn:aws:iam::111111111111:role/r",
    "arn:aws:kms:eu-west-1:111111111111:key/a",
    "arn:aws:kms:eu-west-1:111111111111:alias/a",
];
const RESOURCE_PATTERNS: &[&str] = &[
    "*",
    "arn:aws:kinesis:*:*:*",
    "arn:aws:kinesis:*:111111111111:stream/a",
    "arn:aws:kinesis:*:*:stream/a*",
    "arn:aws:kinesis:eu-*:*:stream/?b",
    "arn:aws:kinesis:*:*:stream/${v}",
    "arn:aws:kinesis:*:*:stream/${absent, 'a'}*",
    "arn:aws:kinesis:*:*:*/b:?",
    "arn:aws:iam::111111111111:role/*",
    "arn:aws:kms:*:*:key/${v}",
];
const KEYS: &[&str] = &["k", "K", "v", "many"];
const VALUES: &[&str] =
    &["a", "A", "ab", "*", "5", "10", "true", "10.1.2.3", "2026-11-05", "2026-11-20", "arn:aws:s3:::a/b"];

/// Operators with limits that they take.
const LIMITS: &[(&[&str], &[&str])] = &[
    (
        &["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
        &["a", "A", "ab", "*", "5", "${v}", "${absent}", "${absent, 'a'}", "${*}", "true"],
    ),
    (&["StringLike", "StringNotLike"], &["a", "a*", "?", "*", "${v}", "${v}*", "${absent}", "${*}", "arn:*"]),
    (
        &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        &[
            "arn:aws:s3:::*",
            "arn:aws:*:::a/b",
            "arn:aws:s3:::${v}*",
            "arn:aws:s3:*:*:?/b",
            "${v}",
            "arn:aws:iam::*:*",
        ],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &["5", "10", "7.5"],
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        &["2026-11-05", "2026-11-20"],
    ),
    (&["Bool"], &["true", "False"]),
    (&["IpAddress", "NotIpAddress"], &["10.0.0.0/8", "10.1.2.3", "10.9.0.0/16"]),
];

fn condition() -> impl Strategy<Value = (String, Value)> {
    let operators: Vec<(&'static str, &'static [&'static str])> = LIMITS
        .iter()
        .flat_map(|(operators, limits)| operators.iter().map(|operator| (*operator, *limits)))
        .collect();
    let null = (select(KEYS), select(&["true", "false"][..]))
        .prop_map(|(key, flag)| ("Null".to_owned(), json!({key: flag})));
    let other = select(operators).prop_flat_map(|(operator, limits)| {
        let prefix = select(&["", "", "ForAllValues:", "ForAnyValue:"][..]);
        let suffix = select(&["", "", "IfExists"][..]);
        (prefix, suffix, select(KEYS), vec(select(limits), 1..3)).prop_map(
            move |(prefix, suffix, key, limits)| {
                (format!("{prefix}{operator}{suffix}"), json!({key: limits}))
            },
        )
    });
    prop_oneof![1 => null, 9 => other]
}

/// A statement, without its principal and without its resource.
fn statement() -> impl Strategy<Value = Map<String, Value>> {
    let effect = select(&["Allow", "Allow", "Allow", "Deny"][..]);
    let not = || prop::bool::weighted(0.15);
    (effect, not(), vec(select(ACTION_PATTERNS), 1..3), vec(condition(), 0..2)).prop_map(
        |(effect, not, actions, conditions)| {
            let mut statement = Map::new();
            statement.insert("Effect".into(), effect.into());
            statement.insert(if not { "NotAction" } else { "Action" }.into(), json!(actions));
            let conditions: Map<String, Value> = conditions.into_iter().collect();
            if !conditions.is_empty() {
                statement.insert("Condition".into(), conditions.into());
            }
            statement
        },
    )
}

fn with_resource(
    statement: impl Strategy<Value = Map<String, Value>>,
) -> impl Strategy<Value = Map<String, Value>> {
    let resources = (prop::bool::weighted(0.15), vec(select(RESOURCE_PATTERNS), 1..3));
    (statement, resources).prop_map(|(mut statement, (not, resources))| {
        statement.insert(if not { "NotResource" } else { "Resource" }.into(), json!(resources));
        statement
    })
}

fn with_principal(
    statement: impl Strategy<Value = Map<String, Value>>,
) -> impl Strategy<Value = Map<String, Value>> {
    let aws = vec(select(NAMED), 1..3).prop_map(|names| json!({"AWS": names}));
    let service =
        select(&["lambda.amazonaws.com", "sns.amazonaws.com"][..]).prop_map(|name| json!({"Service": name}));
    let named = prop_oneof![1 => Just(json!("*")), 5 => aws, 1 => service];
    (statement, prop::bool::weighted(0.15), named).prop_map(|(mut statement, not, named)| {
        statement.insert(if not { "NotPrincipal" } else { "Principal" }.into(), named);
        statement
    })
}

fn policy(statement: impl Strategy<Value = Map<String, Value>>) -> impl Strategy<Value = Value> {
    (vec(statement, 1..3), prop::bool::weighted(0.85)).prop_map(|(statements, variables)| {
        let statements: Vec<Value> = statements.into_iter().map(Value::from).collect();
        match variables {
            true => json!({"Version": "2012-10-17", "Statement": statements}),
            // Then it is no ARN at all, and refused.
            false => json!({"Statement": without_open_arns(statements)}),
        }
    })
}

fn without_open_arns(mut statements: Vec<Value>) -> Vec<Value> {
    let conditions =
        statements.iter_mut().filter_map(|statement| statement.get_mut("Condition")?.as_object_mut());
    let arns = conditions.flatten().filter(|(operator, _)| operator.contains("Arn"));
    for limits in arns.flat_map(|(_, keys)| keys.as_object_mut().into_iter().flatten()) {
        limits
            .1
            .as_array_mut()
            .into_iter()
            .flatten()
            .filter(|limit| *limit == "${v}")
            .for_each(|limit| *limit = json!("arn:aws:s3:::${v}"));
    }
    statements
}

fn case() -> impl Strategy<Value = Case> {
    let of_caller = |count| vec(policy(with_resource(statement())), count);
    let context = btree_map(select(&["k", "v", "many"][..]), vec(select(VALUES), 0..3), 0..4);
    let request = (select(PRINCIPALS), select(ACTIONS), select(RESOURCES), context);
    let of_resource = (
        option::weighted(0.6, policy(with_principal(with_resource(statement())))),
        option::weighted(0.6, policy(with_principal(statement()))),
        vec(policy(with_principal(with_resource(statement()))), 0..2),
        option::weighted(0.25, policy(with_principal(with_resource(statement())))),
    );
    (request, of_caller(0..3), of_caller(0..2), of_caller(0..2), of_resource).prop_map(
        |(
            (principal, action, resource, context),
            identity,
            boundary,
            session,
            (of_resource, trust, grants, endpoint),
        )| {
            let owned = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect();
            Case {
                principal: principal.0.to_owned(),
                role: principal.1.map(str::to_owned),
                action: action.to_owned(),
                resource: resource.to_owned(),
                context: context.into_iter().map(|(key, values)| (key.to_owned(), owned(values))).collect(),
                identity,
                boundary,
                session,
                grants: if action.starts_with("kms:") { grants } else { Vec::new() },
                resource_policy: if action.starts_with("sts:") { trust } else { of_resource },
                endpoint,
            }
        },
    )
}

struct Known<'a>(&'a BTreeMap<String, Vec<String>>);

impl Facts for Known<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        match self.0.get(key)?.as_slice() {
            [one] => Some(Fact::from(one.as_str())),
            many => Some(Fact::Many(many)),
        }
    }
}

fn decided(case: &Case) -> Decision {
    let read = |policy: &Value, kind| {
        Policy::parse(&policy.to_string(), kind).unwrap_or_else(|error| panic!("{policy}: {error}"))
    };
    let each = |policies: &[Value]| {
        policies.iter().map(|policy| Arc::new(read(policy, Kind::Identity))).collect::<Vec<_>>()
    };
    let of_resource = if case.action.starts_with("sts:") { Kind::Trust } else { Kind::Resource };
    let (identity, boundary, session) = (each(&case.identity), each(&case.boundary), each(&case.session));
    let grants: Vec<_> = case.grants.iter().map(|policy| Arc::new(read(policy, Kind::Key))).collect();
    let resource = case.resource_policy.as_ref().map(|policy| read(policy, of_resource));
    let endpoint = case.endpoint.as_ref().map(|policy| read(policy, Kind::Endpoint));
    let mut subject = Subject::of_arn(&case.principal).unwrap_or_else(|| Subject::service(&case.principal));
    subject.role = case.role.as_deref().map(Cow::Borrowed);
    let question = Question {
        subject: &subject,
        action: &case.action,
        resource: &case.resource,
        resource_account: None,
        facts: &Known(&case.context),
    };
    let policies = Policies {
        identity: &identity,
        boundary: &boundary,
        session: &session,
        resource: resource.as_ref(),
        grants: &grants,
        endpoint: endpoint.as_ref(),
    };
    evaluate(&question, &policies)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_evaluators_decide_alike(case in case()) {
        let expected = decide(&case);
        match decided(&case) {
            Decision::Allow(_) => prop_assert_eq!(expected, Outcome::Allow),
            Decision::ImplicitDeny(side) => {
                let kind = match side {
                    Side::Identity => "identity",
                    Side::Boundary => "boundary",
                    Side::Session => "session",
                    Side::Resource => "resource",
                    Side::Trust => "trust",
                    Side::Grant => "grant",
                    Side::Endpoint => "endpoint",
                };
                prop_assert_eq!(expected, Outcome::Lacks(kind));
            }
            Decision::ExplicitDeny(decisive) => {
                prop_assert_eq!(expected, Outcome::ExplicitDeny);
                let policy = match decisive.side {
                    Side::Identity => &case.identity[decisive.policy],
                    Side::Boundary => &case.boundary[decisive.policy],
                    Side::Session => &case.session[decisive.policy],
                    Side::Resource | Side::Trust => case.resource_policy.as_ref().unwrap(),
                    Side::Grant => &case.grants[decisive.policy],
                    Side::Endpoint => case.endpoint.as_ref().unwrap(),
                };
                prop_assert!(statement_denies(policy, decisive.statement, &case));
            }
        }
    }
}

/// What is made up meets: each decision comes up often.
#[test]
fn the_cases_that_are_made_up_are_of_every_sort() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut counts = BTreeMap::<String, usize>::new();
    for _ in 0..2000 {
        let outcome = decide(&case().new_tree(&mut runner).unwrap().current());
        *counts.entry(format!("{outcome:?}")).or_default() += 1;
    }
    for outcome in
        ["Allow", "ExplicitDeny", "identity", "boundary", "session", "resource", "trust", "endpoint"]
    {
        let count: usize =
            counts.iter().filter(|(name, _)| name.contains(outcome)).map(|(_, count)| count).sum();
        assert!(count >= 20, "{outcome}: {counts:?}");
    }
}
