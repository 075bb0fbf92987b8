//! What a decision takes: `cargo bench -p flumen-access`. Each line is the median of many rounds, of a process that does
//! nothing else; the largest sets are as large as their kinds may be, filled to the last character.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use flumen_access::policy::{Fact, Facts, Kind, Policies, Policy, Question, Subject, evaluate, size};

const STREAM: &str = "arn:aws:kinesis:eu-west-1:111111111111:stream/orders-production-europe";

/// What a request has, as a server would know it.
struct Request;

impl Facts for Request {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        Some(Fact::from(match key {
            "aws:username" => "me",
            "aws:sourceip" => "10.1.2.3",
            "aws:currenttime" => "2026-11-29T20:24:00Z",
            "aws:securetransport" => "true",
            "aws:principaltag/team" => "orders",
            "aws:resourcetag/team" => "orders",
            "aws:principalarn" => "arn:aws:iam::111111111111:user/me",
            _ => return None,
        }))
    }
}

fn policy(kind: Kind, statements: &[String]) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Policy::parse(&text, kind).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// As many statements as there is room for.
fn full(kind: Kind, most: usize, statement: impl Fn(usize) -> String) -> Policy {
    let with_principal = |statement: String| match kind {
        Kind::Identity => statement,
        _ => statement.replacen('{', r#"{"Principal":"*","#, 1),
    };
    let mut statements = Vec::new();
    let mut used = 50;
    for nth in 0.. {
        let next = with_principal(statement(nth));
        used += size(&next) + 1;
        if used > most {
            break;
        }
        statements.push(next);
    }
    policy(kind, &statements)
}

/// All that may bear on one request, each as large as it may be.
struct Set {
    identity: Vec<Arc<Policy>>,
    boundary: Vec<Arc<Policy>>,
    session: Vec<Arc<Policy>>,
    resource: Policy,
    endpoint: Policy,
}

impl Set {
    fn of(statement: impl Fn(usize) -> String) -> Self {
        let of_caller = |most| Arc::new(full(Kind::Identity, most, &statement));
        let mut identity: Vec<_> = (0..10).map(|_| of_caller(6_144)).collect();
        identity.push(of_caller(2_048));
        Set {
            identity,
            boundary: vec![of_caller(6_144)],
            session: vec![of_caller(2_048)],
            resource: full(Kind::Resource, 20_480, &statement),
            endpoint: full(Kind::Endpoint, 20_480, &statement),
        }
    }

    fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            boundary: &self.boundary,
            session: &self.session,
            resource: Some(&self.resource),
            grants: &[],
            endpoint: Some(&self.endpoint),
        }
    }
}

/// Statements as people write them: streams by prefix, a condition in every other, one in five that denies.
fn usual(nth: usize) -> String {
    let effect = if nth % 5 == 4 { "Deny" } else { "Allow" };
    let action = ["kinesis:Put*", "kinesis:*", "kinesis:PutRecord", "dynamodb:*"][nth % 4];
    let condition = [
        "",
        r#","Condition":{"IpAddress":{"aws:SourceIp":["192.168.0.0/16","172.16.0.0/12"]}}"#,
        "",
        r#","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}x"}}"#,
        "",
        r#","Condition":{"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}"#,
        "",
        r#","Condition":{"DateLessThan":{"aws:CurrentTime":"2025-01-01T00:00:00Z"}}"#,
    ][nth % 8];
    let resources = format!(
        r#"["arn:aws:kinesis:*:111111111111:stream/orders-{nth}-*","arn:aws:kinesis:eu-west-1:111111111111:stream/*-{nth}"]"#
    );
    format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":{resources}{condition}}}"#)
}

/// Nothing but resources that take long to find out about: all of their letters are there, in another order in the end.
fn hostile(nth: usize) -> String {
    let pattern = [
        "*t*e*o*r*e*s*r*d*u*t*o*e*u*r*e*e*",
        "*st*ea*or*de*rs*pr*uc*ti*eu*ro*op*",
        "*s??e*o?d*s?p*d?c*-?u*p?e?*",
    ][nth % 3];
    let patterns = vec![format!(r#""arn:aws:kinesis:*:*:{pattern}""#); 20].join(",");
    format!(r#"{{"Effect":"Deny","Action":"*","Resource":[{patterns}]}}"#)
}

/// Nanoseconds of one call.
fn time(rounds: usize, calls: usize, mut call: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            (0..calls).for_each(|_| call());
            begun.elapsed().as_nanos() as f64 / calls as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[rounds / 2]
}

fn main() {
    let me = Subject::of_arn("arn:aws:iam::111111111111:user/me").expect("it is a user's");
    let question = Question {
        subject: &me,
        action: "kinesis:PutRecord",
        resource: STREAM,
        resource_account: None,
        facts: &Request,
    };
    let decision = |name: &str, calls, policies: &Policies<'_>| {
        let took = time(51, calls, || {
            black_box(evaluate(black_box(&question), black_box(policies)));
        });
        println!("{name:42} {took:10.0} ns  {:?}", evaluate(&question, policies));
    };
    let allow = |action: &str, resource: &str, condition: &str| {
        format!(r#"{{"Effect":"Allow","Action":{action},"Resource":"{resource}"{condition}}}"#)
    };
    let small: Vec<Arc<Policy>> = [
        [
            allow(r#"["kinesis:Describe*","kinesis:List*"]"#, "*", ""),
            allow(r#"["kinesis:GetRecords","kinesis:GetShardIterator"]"#, "arn:aws:kinesis:*:*:stream/*", ""),
        ],
        [
            allow(r#"["kinesis:PutRecord","kinesis:PutRecords"]"#, "arn:aws:kinesis:*:111111111111:stream/orders-*", ""),
            allow(r#""cloudwatch:PutMetricData""#, "*", ""),
        ],
        [
            allow(r#""dynamodb:*""#, "arn:aws:dynamodb:*:*:table/orders-*", ""),
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#.to_owned(),
        ],
    ]
    .iter()
    .map(|statements| Arc::new(policy(Kind::Identity, statements)))
    .collect();
    decision("3 policies of 2 statements", 10_000, &Policies { identity: &small, ..Policies::default() });
    decision("the largest set of usual statements", 100, &Set::of(usual).policies());
    decision("the largest set, made to take long", 20, &Set::of(hostile).policies());
    let long =
        format!("arn:aws:kinesis:eu-west-1:111111111111:stream/{}", "orders-production-europe-".repeat(5));
    let of_long = Question { resource: &long, ..question };
    let hostile = Set::of(hostile);
    let took = time(51, 20, || {
        black_box(evaluate(black_box(&of_long), black_box(&hostile.policies())));
    });
    println!("{:42} {took:10.0} ns", "the same of a stream with the longest name");

    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{},{},{}]}}"#, usual(0), usual(1), usual(3));
    let took = time(51, 1000, || drop(black_box(Policy::parse(black_box(&text), Kind::Identity))));
    println!("{:42} {took:10.0} ns", format!("reading {} characters", size(&text)));
}
