use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;

const ME: &str = "arn:aws:iam::111111111111:user/me";
const ROLE: &str = "arn:aws:iam::111111111111:role/team/reader";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/reader/run";
const ROOT: &str = "arn:aws:iam::111111111111:root";
const STREAM: &str = "arn:aws:kinesis:eu-west-1:111111111111:stream/clicks";
const THEIRS: &str = "arn:aws:kinesis:eu-west-1:222222222222:stream/clicks";
const PUT: &str = "kinesis:PutRecord";

/// Facts as a test gives them, with lower-case keys.
#[derive(Default)]
struct Known(BTreeMap<&'static str, Vec<String>>);

impl Facts for Known {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        match self.0.get(key)?.as_slice() {
            [one] => Some(Fact::from(one.as_str())),
            many => Some(Fact::Many(many)),
        }
    }
}

fn known(facts: &[(&'static str, &[&str])]) -> Known {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    Known(facts.iter().map(|(key, values)| (*key, owned(values))).collect())
}

/// A request, and what bears on it. `me` puts a record to a stream of its account's unless a test says otherwise.
#[derive(Default)]
struct Case {
    subject: Option<Subject<'static>>,
    action: Option<&'static str>,
    resource: Option<&'static str>,
    facts: Known,
    identity: Vec<Arc<Policy>>,
    boundary: Vec<Arc<Policy>>,
    session: Vec<Arc<Policy>>,
    of_resource: Option<Policy>,
    grants: Vec<Arc<Policy>>,
    endpoint: Option<Policy>,
}

impl Case {
    fn decide(&self) -> Decision {
        let subject = self.subject.clone().unwrap_or_else(|| subject(ME));
        let question = Question {
            subject: &subject,
            action: self.action.unwrap_or(PUT),
            resource: self.resource.unwrap_or(STREAM),
            resource_account: None,
            facts: &self.facts,
        };
        let policies = Policies {
            identity: &self.identity,
            boundary: &self.boundary,
            session: &self.session,
            resource: self.of_resource.as_ref(),
            grants: &self.grants,
            endpoint: self.endpoint.as_ref(),
        };
        evaluate(&question, &policies)
    }

    /// `allow`, `deny by SIDE`, `no SIDE`
    fn says(&self) -> String {
        match self.decide() {
            Decision::Allow(_) => "allow".to_owned(),
            Decision::ExplicitDeny(decisive) => format!("deny by {}", decisive.side),
            Decision::ImplicitDeny(side) => format!("no {side}"),
        }
    }
}

fn subject(arn: &'static str) -> Subject<'static> {
    let mut subject = Subject::of_arn(arn).expect(arn);
    if arn == SESSION {
        subject.role = Some(Cow::Borrowed(ROLE));
    }
    subject
}

/// Of statements, with the version that has variables.
fn text(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

fn policy(kind: Kind, statements: &str) -> Policy {
    Policy::parse(&text(statements), kind).unwrap_or_else(|error| panic!("{statements}: {error}"))
}

fn identity(statements: &str) -> Vec<Arc<Policy>> {
    vec![Arc::new(policy(Kind::Identity, statements))]
}

fn of_resource(statements: &str) -> Option<Policy> {
    Some(policy(Kind::Resource, statements))
}

const ALLOW: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
const DENY: &str = r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#;
const DENY_EVERYONE: &str = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#;
/// What allows nothing that is asked here.
const OTHER: &str = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;

fn allowing(principal: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"}}"#)
}

fn aws(arn: &str) -> String {
    format!(r#"{{"AWS": "{arn}"}}"#)
}

/// What comes of a statement with this effect and condition, beside one that allows where the effect is Deny.
fn with_condition(effect: &str, condition: &str, facts: Known) -> bool {
    let statement =
        format!(r#"{{"Effect": "{effect}", "Action": "*", "Resource": "*", "Condition": {condition}}}"#);
    let statements = if effect == "Deny" { format!("{ALLOW}, {statement}") } else { statement };
    Case { identity: identity(&statements), facts, ..Case::default() }.decide().is_allowed()
}

/// Whether a condition holds: what allows then matches, and what denies too.
fn holds(condition: &str, facts: &[(&'static str, &[&str])]) -> bool {
    let allows = with_condition("Allow", condition, known(facts));
    assert_eq!(!with_condition("Deny", condition, known(facts)), allows, "{condition} {facts:?}");
    allows
}

/// Whether a condition is unknown: what allows does not match then, and what denies does.
fn is_unknown(condition: &str, facts: &[(&'static str, &[&str])]) -> bool {
    !with_condition("Allow", condition, known(facts)) && !with_condition("Deny", condition, known(facts))
}

// The rules that implementations get wrong.

#[test]
fn a_deny_after_an_allow_in_one_document_denies() {
    assert_eq!(
        Case { identity: identity(&format!("{ALLOW}, {DENY}")), ..Case::default() }.says(),
        "deny by identity-based policy"
    );
    assert_eq!(
        Case { identity: identity(&format!("{DENY}, {ALLOW}")), ..Case::default() }.says(),
        "deny by identity-based policy"
    );
    // In a later policy, too.
    let mut both = identity(ALLOW);
    both.extend(identity(DENY));
    let decision = Case { identity: both, ..Case::default() }.decide();
    assert_eq!(decision, Decision::ExplicitDeny(Decisive { side: Side::Identity, policy: 1, statement: 0 }));
}

#[test]
fn the_statement_that_decided_is_told() {
    let decided = |case: Case| case.decide().decisive();
    let by_first = Decisive { side: Side::Identity, policy: 0, statement: 1 };
    let allows = || identity(&[OTHER, ALLOW, ALLOW].join(", "));
    assert_eq!(decided(Case { identity: allows(), ..Case::default() }), Some(by_first));
    let denies =
        Case { identity: allows(), endpoint: Some(policy(Kind::Endpoint, DENY_EVERYONE)), ..Case::default() };
    let by_endpoint = Decisive { side: Side::Endpoint, policy: 0, statement: 0 };
    assert_eq!(decided(denies), Some(by_endpoint));
    assert_eq!(decided(Case::default()), None, "there is none that allows");
}

#[test]
fn a_negated_operator_with_an_absent_key_is_true_so_a_deny_with_it_denies() {
    for condition in [
        r#"{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}"#,
        r#"{"StringNotEqualsIgnoreCase": {"aws:SourceVpce": "vpce-1"}}"#,
        r#"{"StringNotLike": {"aws:SourceVpce": "vpce-*"}}"#,
        r#"{"ArnNotLike": {"aws:SourceArn": "arn:aws:kinesis:*:*:*"}}"#,
        r#"{"ArnNotEquals": {"aws:SourceArn": "arn:aws:kinesis:*:*:*"}}"#,
        r#"{"NumericNotEquals": {"aws:MultiFactorAuthAge": 3}}"#,
        r#"{"DateNotEquals": {"aws:TokenIssueTime": "2026-11-29"}}"#,
        r#"{"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#,
        r#"{"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}"#,
        r#"{"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}}"#,
    ] {
        assert!(holds(condition, &[]), "{condition}");
    }
    for condition in [
        r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#,
        r#"{"StringLike": {"aws:SourceVpce": "*"}}"#,
        r#"{"Bool": {"aws:SecureTransport": false}}"#,
        r#"{"BinaryEquals": {"x:y": "AAA="}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#,
        r#"{"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}}"#,
        r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}"#,
    ] {
        assert!(!holds(condition, &[]), "{condition}");
    }
}

#[test]
fn several_values_of_a_negated_operator_are_nor() {
    let condition = r#"{"StringNotEquals": {"k": ["a", "b"]}}"#;
    for (value, expected) in [("a", false), ("b", false), ("c", true)] {
        assert_eq!(holds(condition, &[("k", &[value])]), expected, "{value}");
    }
    assert!(!holds(r#"{"NotIpAddress": {"k": ["10.0.0.0/8", "11.0.0.0/8"]}}"#, &[("k", &["11.1.1.1"])]));
}

#[test]
fn arn_like_matches_part_by_part() {
    let pattern = r#"{"ArnLike": {"k": "arn:aws:someservice:*:111122223333:finance/*"}}"#;
    let crossing = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
    assert!(!holds(pattern, &[("k", &[crossing])]));
    let string = pattern.replace("ArnLike", "StringLike");
    assert!(holds(&string, &[("k", &[crossing])]), "a string would");
    assert!(holds(pattern, &[("k", &["arn:aws:someservice:us-east-2:111122223333:finance/a:b/c"])]));
    assert!(holds(
        &pattern.replace("ArnLike", "ArnEquals"),
        &[("k", &["arn:aws:someservice::111122223333:finance/"])]
    ));
    for other in ["222222222222:finance/a", "111122223333:finances"] {
        assert!(!holds(pattern, &[("k", &[&format!("arn:aws:someservice:us-east-2:{other}")])]), "{other}");
    }
    assert!(!holds(pattern, &[("k", &["finance/a"])]), "what is no ARN");
    assert!(holds(&pattern.replace("ArnLike", "ArnNotLike"), &[("k", &["finance/a"])]));
}

#[test]
fn what_is_put_in_for_a_variable_is_literal() {
    let allows = |value: &'static str, resource: &'static str| {
        let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kinesis:*:*:stream/${aws:PrincipalTag/Team}-*"}"#;
        let facts = known(&[("aws:principaltag/team", &[value])]);
        Case { identity: identity(statement), facts, resource: Some(resource), ..Case::default() }
            .decide()
            .is_allowed()
    };
    assert!(allows("red", "arn:aws:kinesis:eu-west-1:111111111111:stream/red-1"));
    assert!(!allows("*", "arn:aws:kinesis:eu-west-1:111111111111:stream/red-1"));
    assert!(!allows("r?d", "arn:aws:kinesis:eu-west-1:111111111111:stream/red-1"));
    assert!(allows("*", "arn:aws:kinesis:eu-west-1:111111111111:stream/*-1"));
    // Nor is it read for variables again.
    assert!(!allows("${aws:PrincipalTag/Team}", "arn:aws:kinesis:eu-west-1:111111111111:stream/red-1"));
    let like = r#"{"StringLike": {"k": "${v}/*"}}"#;
    assert!(holds(like, &[("k", &["a*/x"]), ("v", &["a*"])]));
    assert!(!holds(like, &[("k", &["ab/x"]), ("v", &["a*"])]));
    // An ARN that is put in has its parts.
    let arn = r#"{"ArnLike": {"k": "${v}"}}"#;
    assert!(holds(arn, &[("k", &["arn:aws:s3:::b/*"]), ("v", &["arn:aws:s3:::b/*"])]));
    assert!(!holds(arn, &[("k", &["arn:aws:s3:::b/c"]), ("v", &["arn:aws:s3:::b/*"])]));
}

#[test]
fn a_variable_without_a_value_makes_an_allow_not_match_and_a_deny_match() {
    let resource = |effect: &str, element: &str| {
        let statement = format!(
            r#"{{"Effect": "{effect}", "Action": "*", "{element}": "arn:aws:kinesis:*:*:stream/${{aws:username}}"}}"#
        );
        let statements = if effect == "Deny" { format!("{ALLOW}, {statement}") } else { statement };
        Case { identity: identity(&statements), ..Case::default() }.decide().is_allowed()
    };
    for element in ["Resource", "NotResource"] {
        assert!(!resource("Allow", element) && !resource("Deny", element), "{element}");
    }
    for condition in [
        r#"{"StringEquals": {"k": "${absent}"}}"#,
        r#"{"StringNotEquals": {"k": "${absent}"}}"#,
        r#"{"StringEqualsIgnoreCase": {"k": "${absent}"}}"#,
        r#"{"StringLike": {"k": "${absent}*"}}"#,
        r#"{"StringNotLike": {"k": "${absent}*"}}"#,
        r#"{"ArnLike": {"k": "${absent}"}}"#,
        r#"{"ArnNotLike": {"k": "arn:aws:s3:::${absent}"}}"#,
        r#"{"StringNotEquals": {"k": ["x", "${absent}"]}}"#,
        r#"{"StringEquals": {"k": ["x", "${absent}"]}}"#,
        r#"{"ForAnyValue:StringEquals": {"k": "${absent}"}}"#,
        // Several values are not one, nor is nothing.
        r#"{"StringEquals": {"k": "${many}"}}"#,
        r#"{"StringEquals": {"k": "${none}"}}"#,
    ] {
        let facts: &[(&str, &[&str])] = &[("k", &["arn:aws:s3:::b"]), ("many", &["a", "b"]), ("none", &[])];
        assert!(is_unknown(condition, facts), "{condition}");
    }
    assert!(is_unknown(r#"{"Bool": {"k": "${absent}"}}"#, &[("k", &["true"])]));
    // What does not hang on it is as it is.
    assert!(holds(r#"{"StringEquals": {"k": ["b", "${absent}"]}}"#, &[("k", &["b"])]));
    assert!(!holds(r#"{"StringNotEquals": {"k": ["b", "${absent}"]}}"#, &[("k", &["b"])]));
    // Nor does a statement about other actions.
    let other = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::${absent}"}"#;
    assert_eq!(Case { identity: identity(&format!("{ALLOW}, {other}")), ..Case::default() }.says(), "allow");
}

#[test]
fn key_names_and_actions_ignore_case() {
    let statement = r#"{"Effect": "Allow", "Action": "KINESIS:putr*", "Resource": "*", "Condition": {"StringEquals": {"AWS:PrincipalTag/TEAM": "Red"}}}"#;
    let facts = || known(&[("aws:principaltag/team", &["Red"])]);
    assert_eq!(Case { identity: identity(statement), facts: facts(), ..Case::default() }.says(), "allow");
    let asked = Case {
        identity: identity(statement),
        facts: facts(),
        action: Some("Kinesis:PUTRECORDS"),
        ..Case::default()
    };
    assert_eq!(asked.says(), "allow");
    // Values and resources do not.
    assert!(!holds(r#"{"StringEquals": {"k": "Red"}}"#, &[("k", &["red"])]));
    let resource = r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kinesis:*:*:stream/Clicks"}"#;
    assert_eq!(Case { identity: identity(resource), ..Case::default() }.says(), "no identity-based policy");
}

#[test]
fn keys_that_are_there_twice_are_refused() {
    for (bad, place) in [
        (r#"{"Statement": [], "Statement": []}"#.to_owned(), "\"Statement\" is there twice"),
        (
            text(r#"{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}"#),
            "\"Effect\" is there twice",
        ),
        (
            text(
                r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"k": "a", "K": "b"}}}"#,
            ),
            "Statement[0].Condition.StringEquals.K: the key is there twice",
        ),
        (
            text(
                r#"{"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"}, {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"}"#,
            ),
            "Statement[1].Sid: \"a\" is there twice",
        ),
    ] {
        let error = Policy::parse(&bad, Kind::Identity).unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
    }
    // Among many, too.
    for (twice, again) in [(3, 16), (15, 16), (3, 17), (3, 35), (15, 35), (16, 35), (17, 35), (30, 35)] {
        let keys = (0..40).map(|key| format!(r#""k{}": "a""#, if key == again { twice } else { key }));
        let condition = format!(r#"{{"StringEquals": {{{}}}}}"#, keys.collect::<Vec<_>>().join(", "));
        let statement =
            format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#);
        let error = Policy::parse(&text(&statement), Kind::Identity).unwrap_err().to_string();
        assert!(error.contains(&format!("\"k{twice}\" is there twice")), "{error}");
    }
}

// The matrix.

#[test]
fn nothing_is_allowed_that_no_policy_allows() {
    assert_eq!(Case::default().says(), "no identity-based policy");
    assert_eq!(Case { identity: identity(OTHER), ..Case::default() }.says(), "no identity-based policy");
    assert_eq!(Case { identity: identity(ALLOW), ..Case::default() }.says(), "allow");
}

#[test]
fn a_deny_in_any_policy_denies() {
    let allowed = || Case {
        identity: identity(ALLOW),
        boundary: identity(ALLOW),
        session: identity(ALLOW),
        of_resource: of_resource(&allowing("\"*\"")),
        endpoint: Some(policy(Kind::Endpoint, &allowing("\"*\""))),
        ..Case::default()
    };
    assert_eq!(allowed().says(), "allow");
    let deny = allowing("\"*\"").replace("Allow", "Deny");
    assert_eq!(Case { identity: identity(DENY), ..allowed() }.says(), "deny by identity-based policy");
    assert_eq!(Case { boundary: identity(DENY), ..allowed() }.says(), "deny by permissions boundary");
    assert_eq!(Case { session: identity(DENY), ..allowed() }.says(), "deny by session policy");
    assert_eq!(Case { of_resource: of_resource(&deny), ..allowed() }.says(), "deny by resource-based policy");
    let endpoint = Some(policy(Kind::Endpoint, &deny));
    assert_eq!(Case { endpoint, ..allowed() }.says(), "deny by VPC endpoint policy");
}

#[test]
fn boundary_session_and_endpoint_have_to_allow_where_they_are() {
    let case = || Case { identity: identity(ALLOW), ..Case::default() };
    assert_eq!(Case { boundary: identity(OTHER), ..case() }.says(), "no permissions boundary");
    assert_eq!(Case { session: identity(OTHER), ..case() }.says(), "no session policy");
    let endpoint =
        Some(policy(Kind::Endpoint, &OTHER.replace("\"Effect\"", "\"Principal\": \"*\", \"Effect\"")));
    assert_eq!(Case { endpoint, ..case() }.says(), "no VPC endpoint policy");
    // They give nothing.
    let case = Case { boundary: identity(ALLOW), session: identity(ALLOW), ..Case::default() };
    assert_eq!(case.says(), "no identity-based policy");
    let endpoint = Some(policy(Kind::Endpoint, &allowing(&aws(ROOT))));
    assert_eq!(Case { endpoint, ..Case::default() }.says(), "no identity-based policy");
}

/// What a resource-based policy gives by how it names somebody, beside a boundary or session policy that does not allow.
#[test]
fn a_user_or_session_that_is_named_needs_nothing_else_and_a_role_stays_limited() {
    let named = |who: &'static str, by: &str| Case {
        subject: Some(subject(who)),
        of_resource: of_resource(&allowing(by)),
        ..Case::default()
    };
    let limited = |case: Case| Case { boundary: identity(OTHER), session: identity(OTHER), ..case };
    for (who, by) in [
        (ME, aws(ME)),
        (ME, "\"*\"".to_owned()),
        (ME, aws("*")),
        (SESSION, aws(SESSION)),
        (SESSION, "\"*\"".to_owned()),
        ("arn:aws:sts::111111111111:federated-user/f", aws("arn:aws:sts::111111111111:federated-user/f")),
    ] {
        assert_eq!(named(who, &by).says(), "allow", "{who} {by}");
        assert_eq!(limited(named(who, &by)).says(), "allow", "{who} {by}");
    }
    for who in [SESSION, ROLE] {
        assert_eq!(named(who, &aws(ROLE)).says(), "allow");
        assert_eq!(limited(named(who, &aws(ROLE))).says(), "no permissions boundary");
        let in_session = Case { session: identity(OTHER), ..named(who, &aws(ROLE)) };
        assert_eq!(in_session.says(), "no session policy");
    }
    // An account's name leaves it to the account's policies.
    for (who, by) in [(ME, aws(ROOT)), (SESSION, aws("111111111111"))] {
        assert_eq!(named(who, &by).says(), "no identity-based policy");
        assert_eq!(Case { identity: identity(ALLOW), ..named(who, &by) }.says(), "allow");
        assert_eq!(
            limited(Case { identity: identity(ALLOW), ..named(who, &by) }).says(),
            "no permissions boundary"
        );
    }
    // Others are not meant.
    for by in [
        aws("arn:aws:iam::111111111111:user/you"),
        aws("arn:aws:iam::111111111111:user/Me"),
        aws("222222222222"),
        aws("arn:aws:sts::111111111111:assumed-role/reader/other"),
        r#"{"Service": "lambda.amazonaws.com"}"#.to_owned(),
        r#"{"CanonicalUser": "me"}"#.to_owned(),
    ] {
        assert_eq!(named(ME, &by).says(), "no identity-based policy", "{by}");
        assert_eq!(named(SESSION, &by).says(), "no identity-based policy", "{by}");
    }
}

#[test]
fn between_accounts_both_sides_have_to_allow() {
    let case = |identity_: &str, by: Option<&str>| Case {
        identity: identity(identity_),
        of_resource: by.and_then(|by| of_resource(&allowing(by))),
        resource: Some(THEIRS),
        ..Case::default()
    };
    assert_eq!(case(ALLOW, None).says(), "no resource-based policy");
    assert_eq!(case(ALLOW, Some(&aws("333333333333"))).says(), "no resource-based policy");
    for by in [aws(ME), aws(ROOT), aws("111111111111"), "\"*\"".to_owned()] {
        assert_eq!(case(OTHER, Some(&by)).says(), "no identity-based policy", "{by}");
        assert_eq!(case(ALLOW, Some(&by)).says(), "allow", "{by}");
        let limited = Case { boundary: identity(OTHER), ..case(ALLOW, Some(&by)) };
        assert_eq!(limited.says(), "no permissions boundary", "{by}");
    }
    // Whoever says whose it is says so also where the ARN does not.
    let question = |account| {
        let me = subject(ME);
        let identity = identity(ALLOW);
        let question = Question {
            subject: &me,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::bucket/key",
            resource_account: account,
            facts: &(),
        };
        evaluate(&question, &Policies { identity: &identity, ..Policies::default() })
    };
    assert!(question(None).is_allowed() && question(Some("111111111111")).is_allowed());
    assert_eq!(question(Some("222222222222")), Decision::ImplicitDeny(Side::Resource));
}

#[test]
fn a_root_user_may_do_everything_in_its_account_unless_something_denies() {
    let root = || Case { subject: Some(subject(ROOT)), ..Case::default() };
    assert_eq!(root().decide(), Decision::Allow(None));
    let deny = allowing("\"*\"").replace("Allow", "Deny");
    assert_eq!(Case { of_resource: of_resource(&deny), ..root() }.says(), "deny by resource-based policy");
    let endpoint = Some(policy(Kind::Endpoint, &allowing(&aws(ME))));
    assert_eq!(Case { endpoint, ..root() }.says(), "no VPC endpoint policy");
    assert_eq!(Case { session: identity(OTHER), ..root() }.says(), "no session policy");
    assert_eq!(Case { resource: Some(THEIRS), ..root() }.says(), "no resource-based policy");
    let by_them = of_resource(&allowing(&aws("111111111111")));
    assert_eq!(Case { resource: Some(THEIRS), of_resource: by_them, ..root() }.says(), "allow");
}

#[test]
fn services_are_allowed_by_resources() {
    let service = || Case { subject: Some(Subject::service("lambda.amazonaws.com")), ..Case::default() };
    assert_eq!(service().says(), "no resource-based policy");
    let by = |name: &str| of_resource(&allowing(&format!(r#"{{"Service": ["x.amazonaws.com", "{name}"]}}"#)));
    assert_eq!(Case { of_resource: by("lambda.amazonaws.com"), ..service() }.says(), "allow");
    assert_eq!(Case { of_resource: by("sns.amazonaws.com"), ..service() }.says(), "no resource-based policy");
    assert_eq!(
        Case { of_resource: of_resource(&allowing(&aws("111111111111"))), ..service() }.says(),
        "no resource-based policy"
    );
}

#[test]
fn trust_and_key_policies_have_to_allow_in_any_case() {
    let role = "arn:aws:iam::111111111111:role/r";
    let trust = |by: &str| {
        let statement = format!(r#"{{"Effect": "Allow", "Principal": {by}, "Action": "sts:*"}}"#);
        Some(policy(Kind::Trust, &statement))
    };
    let assume = || Case { action: Some("sts:AssumeRole"), resource: Some(role), ..Case::default() };
    let able = || Case { identity: identity(ALLOW), ..assume() };
    assert_eq!(able().says(), "no role trust policy");
    assert_eq!(Case { of_resource: trust(&aws("222222222222")), ..able() }.says(), "no role trust policy");
    assert_eq!(Case { of_resource: trust(&aws(ROOT)), ..able() }.says(), "allow");
    assert_eq!(Case { of_resource: trust(&aws(ROOT)), ..assume() }.says(), "no identity-based policy");
    assert_eq!(Case { of_resource: trust(&aws(ME)), ..assume() }.says(), "allow");
    assert_eq!(Case { subject: Some(subject(ROOT)), ..assume() }.says(), "no role trust policy");
    assert_eq!(Case { action: Some("sts:TagSession"), ..able() }.says(), "no role trust policy");
    // Of what is no role there is no such policy, and what else is done to a role is not for it to allow.
    let user = Case { action: Some("sts:TagSession"), resource: Some(ME), ..able() };
    assert_eq!(user.says(), "allow");
    assert_eq!(Case { action: Some("sts:GetAccessKeyInfo"), ..able() }.says(), "allow");
    let denies = r#"{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}"#;
    assert_eq!(
        Case { of_resource: Some(policy(Kind::Trust, denies)), ..able() }.says(),
        "deny by role trust policy"
    );
    let provider = || Case {
        subject: Some(Subject::provider("accounts.google.com")),
        action: Some("sts:AssumeRoleWithWebIdentity"),
        ..assume()
    };
    assert_eq!(provider().says(), "no role trust policy");
    assert_eq!(
        Case { of_resource: trust(r#"{"Federated": "accounts.google.com"}"#), ..provider() }.says(),
        "allow"
    );

    let key = || Case {
        action: Some("kms:Decrypt"),
        resource: Some("arn:aws:kms:eu-west-1:111111111111:key/k"),
        identity: identity(ALLOW),
        ..Case::default()
    };
    assert_eq!(key().says(), "no resource-based policy");
    assert_eq!(Case { subject: Some(subject(ROOT)), ..key() }.says(), "no resource-based policy");
    assert_eq!(Case { of_resource: of_resource(&allowing(&aws(ROOT))), ..key() }.says(), "allow");
    // A grant allows as well, whatever identity-based policies say, but nothing that is denied anywhere.
    let grants = |to: &str| vec![Arc::new(policy(Kind::Key, &allowing(&aws(to))))];
    let granted = |to: &str| Case { grants: grants(to), ..key() };
    assert_eq!(Case { identity: Vec::new(), ..granted(ME) }.says(), "allow");
    assert_eq!(granted("arn:aws:iam::111111111111:user/you").says(), "no resource-based policy");
    assert_eq!(Case { identity: Vec::new(), ..granted(ROOT) }.says(), "no identity-based policy");
    assert_eq!(
        Case { of_resource: of_resource(&allowing(&aws(ME)).replace("Allow", "Deny")), ..granted(ME) }.says(),
        "deny by resource-based policy"
    );
    // Of the two the one counts that names the caller most closely.
    let decided = |of_resource| {
        let decision = Case { of_resource, ..granted(ME) }.decide();
        decision.decisive().expect("a statement decided").side
    };
    assert_eq!(decided(of_resource(&allowing(&aws(ROOT)))), Side::Grant);
    assert_eq!(decided(of_resource(&allowing(&aws(ME)))), Side::Resource, "the policy's, where both do");
    let by_account = of_resource(&allowing(&aws(ROOT)));
    assert_eq!(Case { identity: Vec::new(), of_resource: by_account, ..granted(ME) }.says(), "allow");
    let elsewhere = || Case { resource: Some("arn:aws:kms:eu-west-1:222222222222:key/k"), ..granted(ME) };
    assert_eq!(elsewhere().says(), "allow");
    assert_eq!(Case { identity: Vec::new(), ..elsewhere() }.says(), "no identity-based policy");
    // An alias has no policy: it is for those of the account.
    assert_eq!(
        Case { resource: Some("arn:aws:kms:eu-west-1:111111111111:alias/a"), ..key() }.says(),
        "allow"
    );
    // Of the account there is no such policy.
    assert_eq!(Case { action: Some("kms:ListKeys"), resource: Some("*"), ..key() }.says(), "allow");
}

#[test]
fn what_is_not_named_is_meant_by_not() {
    let allows = |statement: &str, action: &'static str, resource: &'static str| {
        let case = Case {
            identity: identity(statement),
            action: Some(action),
            resource: Some(resource),
            ..Case::default()
        };
        case.decide().is_allowed()
    };
    let not = r#"{"Effect": "Allow", "NotAction": ["iam:*", "kinesis:Delete*"], "NotResource": "arn:aws:kinesis:*:*:stream/audit*"}"#;
    assert!(allows(not, PUT, STREAM));
    assert!(!allows(not, "iam:CreateUser", STREAM) && !allows(not, "kinesis:DeleteStream", STREAM));
    assert!(!allows(not, PUT, "arn:aws:kinesis:eu-west-1:111111111111:stream/audit-1"));
    assert!(allows(not, PUT, "*"), "what has no ARN is none of those");
    // `*` in a resource crosses what divides it, and no part before.
    let resource =
        r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kinesis:*:111111111111:stream/a*z"}"#;
    assert!(allows(resource, PUT, "arn:aws:kinesis:eu-west-1:111111111111:stream/a/consumer/z:1z"));
    assert!(!allows(resource, PUT, "arn:aws:kinesis:eu-west-1:222222222222:111111111111:stream/az"));
    assert!(!allows(resource, PUT, "arn:aws:kinesis:eu-west-1:222222222222:stream/az"));
    assert!(!allows(resource, PUT, "*"));
}

#[test]
fn not_principal_excepts_who_is_named() {
    let decide = |effect: &str, by: &[&str], who: &'static str| {
        let names = by.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let statement = format!(
            r#"{{"Effect": "{effect}", "NotPrincipal": {{"AWS": [{names}]}}, "Action": "*", "Resource": "*"}}"#
        );
        let mut case =
            Case { subject: Some(subject(who)), of_resource: of_resource(&statement), ..Case::default() };
        if effect == "Deny" {
            case.identity = identity(ALLOW);
        }
        case.decide().is_allowed()
    };
    assert!(decide("Deny", &[ME, ROOT], ME) && decide("Deny", &[ME, ROOT], ROOT));
    assert!(
        !decide("Deny", &[ME, ROOT], "arn:aws:iam::111111111111:user/you"),
        "an account's name excepts no member"
    );
    assert!(decide("Deny", &[ROLE], SESSION) && !decide("Deny", &[ME], SESSION));
    assert!(!decide("Allow", &[ROOT], ME), "nor does it give to a member what the account does not get");
    assert!(decide("Allow", &["222222222222"], ME) && !decide("Allow", &[ME], ME));
}

#[test]
fn variables_are_text_without_their_version() {
    let resource = "arn:aws:kinesis:eu-west-1:111111111111:stream/${aws:username}";
    for (version, name, expected) in [
        (r#""Version": "2012-10-17", "#, "arn:aws:kinesis:eu-west-1:111111111111:stream/me", true),
        (r#""Version": "2008-10-17", "#, "arn:aws:kinesis:eu-west-1:111111111111:stream/me", false),
        ("", "arn:aws:kinesis:eu-west-1:111111111111:stream/me", false),
        ("", resource, true),
        (r#""Version": "2012-10-17", "#, resource, false),
    ] {
        let text = format!(
            r#"{{{version}"Statement": {{"Effect": "Allow", "Action": "*", "Resource": "{resource}"}}}}"#
        );
        let identity = vec![Arc::new(Policy::parse(&text, Kind::Identity).unwrap())];
        let facts = known(&[("aws:username", &["me"])]);
        let case = Case { identity, facts, resource: Some(name), ..Case::default() };
        assert_eq!(case.decide().is_allowed(), expected, "{version} {name}");
    }
}

#[test]
fn variables_have_defaults_and_signs_of_their_own() {
    let equals = |value: &str| format!(r#"{{"StringEquals": {{"k": "{value}"}}}}"#);
    assert!(holds(&equals("${absent, 'none'}"), &[("k", &["none"])]));
    assert!(holds(&equals("${there, 'none'}"), &[("k", &["x"]), ("there", &["x"])]));
    assert!(is_unknown(&equals("${there, 'none'}"), &[("k", &["x"]), ("there", &["x", "y"])]));
    assert!(holds(&equals("a${*}b${?}c${$}{d}"), &[("k", &["a*b?c${d}"])]));
    let like = r#"{"StringLike": {"k": "a${*}*"}}"#;
    assert!(holds(like, &[("k", &["a*b"])]) && !holds(like, &[("k", &["ab"])]));
    assert!(holds(r#"{"Bool": {"k": "${there}"}}"#, &[("k", &["true"]), ("there", &["TRUE"])]));
    let default_is_literal = r#"{"StringLike": {"k": "${absent, '*'}"}}"#;
    assert!(holds(default_is_literal, &[("k", &["*"])]) && !holds(default_is_literal, &[("k", &["x"])]));
}

// Operators.

#[test]
fn operators_compare_as_their_names_say() {
    let cases: &[(&str, &str, &str, bool)] = &[
        ("StringEquals", r#""a""#, "a", true),
        ("StringEquals", r#""a*""#, "ab", false),
        ("StringEquals", r#""a?""#, "ab", false),
        ("StringEquals", r#""a?""#, "a?", true),
        ("StringEquals", r#""a*""#, "a*", true),
        ("StringNotEquals", r#""a""#, "b", true),
        ("StringEqualsIgnoreCase", r#""STRASSE Ä""#, "strasse ä", true),
        ("StringNotEqualsIgnoreCase", r#""A""#, "a", false),
        ("StringLike", r#""a?c*""#, "abcd", true),
        ("StringLike", r#""a?c*""#, "acd", false),
        ("StringNotLike", r#""a*""#, "abc", false),
        ("NumericEquals", "10", "10.0", true),
        ("NumericEquals", r#"["1", 2.5]"#, "2.50", true),
        ("NumericNotEquals", "10", "11", true),
        ("NumericLessThan", "10", "9.99", true),
        ("NumericLessThan", "10", "10", false),
        ("NumericLessThanEquals", r#""10""#, "10", true),
        ("NumericGreaterThan", "9007199254740992", "9007199254740993", true),
        ("NumericGreaterThanEquals", "-1", "-1", true),
        ("DateEquals", r#""2026-11-29T20:24:00Z""#, "2026-11-29T21:24:00+01:00", true),
        ("DateNotEquals", r#""2026-11-29""#, "2026-11-30", true),
        ("DateLessThan", r#""2026-11-29T00:00:00Z""#, "2026-11-28T23:59:59.9Z", true),
        ("DateLessThanEquals", "1795983840", "2026-11-29T20:24:00Z", true),
        ("DateGreaterThan", r#""2026-11-29T00:00:00Z""#, "1795983840", true),
        ("DateGreaterThanEquals", r#""2026""#, "2025-12-31", false),
        ("Bool", "true", "true", true),
        ("Bool", r#""False""#, "true", false),
        ("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ5", true),
        ("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJZ", false),
        ("IpAddress", r#"["10.0.0.0/8", "2001:DB8::/32"]"#, "2001:db8::1", true),
        ("IpAddress", r#""10.0.0.0/8""#, "11.0.0.1", false),
        ("NotIpAddress", r#""10.0.0.0/8""#, "10.0.0.1", false),
        ("Null", "true", "", false),
        ("Null", r#""false""#, "x", true),
    ];
    for (operator, limit, value, expected) in cases {
        let condition = format!(r#"{{"{operator}": {{"k": {limit}}}}}"#);
        assert_eq!(holds(&condition, &[("k", &[value])]), *expected, "{condition} {value}");
    }
    assert!(holds(r#"{"Null": {"k": true}}"#, &[]) && !holds(r#"{"Null": {"k": false}}"#, &[]));
    assert!(holds(r#"{"Null": {"k": true}}"#, &[("k", &[])]), "no value is none");
}

#[test]
fn what_cannot_be_read_fails_closed() {
    for operator in [
        r#"{"NumericEquals": {"k": 1}}"#,
        r#"{"NumericNotEquals": {"k": 1}}"#,
        r#"{"DateLessThan": {"k": "2026"}}"#,
        r#"{"Bool": {"k": true}}"#,
        r#"{"BinaryEquals": {"k": "AAA="}}"#,
        r#"{"IpAddress": {"k": "10.0.0.0/8"}}"#,
        r#"{"NotIpAddress": {"k": "10.0.0.0/8"}}"#,
    ] {
        assert!(is_unknown(operator, &[("k", &["none of that"])]), "{operator}");
    }
}

#[test]
fn if_exists_passes_without_the_key_only() {
    for (operator, value) in [
        ("StringEquals", "\"a\""),
        ("StringNotEquals", "\"a\""),
        ("NumericLessThan", "1"),
        ("Bool", "true"),
        ("IpAddress", "\"10.0.0.0/8\""),
        ("ArnLike", "\"arn:aws:s3:::b\""),
        ("ForAnyValue:StringLike", "\"a\""),
        ("ForAllValues:StringLike", "\"a\""),
    ] {
        let condition = format!(r#"{{"{operator}IfExists": {{"k": {value}}}}}"#);
        assert!(holds(&condition, &[]), "{condition}");
    }
    assert!(!holds(r#"{"StringEqualsIfExists": {"k": "a"}}"#, &[("k", &["b"])]));
}

#[test]
fn sets_are_compared_value_by_value() {
    let all = r#"{"ForAllValues:StringEquals": {"k": ["a", "b"]}}"#;
    let any = r#"{"ForAnyValue:StringEquals": {"k": ["a", "b"]}}"#;
    let cases: &[(&[&str], bool, bool)] = &[
        (&["a"], true, true),
        (&["a", "b"], true, true),
        (&["a", "c"], false, true),
        (&["c", "d"], false, false),
        (&[], true, false),
    ];
    for (values, of_all, of_any) in cases {
        assert_eq!(holds(all, &[("k", values)]), *of_all, "{values:?}");
        assert_eq!(holds(any, &[("k", values)]), *of_any, "{values:?}");
    }
    let none = r#"{"ForAllValues:StringNotEquals": {"k": ["a", "b"]}}"#;
    assert!(holds(none, &[("k", &["c", "d"])]) && !holds(none, &[("k", &["a", "d"])]));
    let some = r#"{"ForAnyValue:StringNotEquals": {"k": ["a", "b"]}}"#;
    assert!(holds(some, &[("k", &["a", "d"])]) && !holds(some, &[("k", &["a", "b"])]));
    // Without a word for it, values that do not agree decide nothing.
    let single = r#"{"StringEquals": {"k": ["a", "b"]}}"#;
    assert!(holds(single, &[("k", &["a", "b"])]) && !holds(single, &[("k", &["c", "d"])]));
    assert!(is_unknown(single, &[("k", &["a", "d"])]));
}

#[test]
fn all_operators_and_all_keys_have_to_hold() {
    let condition = r#"{"StringEquals": {"a": "1", "b": "2"}, "Bool": {"c": true}}"#;
    assert!(holds(condition, &[("a", &["1"]), ("b", &["2"]), ("c", &["true"])]));
    for lacking in 0..3 {
        let facts = [("a", &["1"][..]), ("b", &["2"]), ("c", &["true"])];
        let facts: Vec<_> =
            facts.into_iter().enumerate().filter(|(at, _)| *at != lacking).map(|(_, fact)| fact).collect();
        assert!(!holds(condition, &facts), "{lacking}");
    }
}

// Reading.

#[test]
fn what_is_no_policy_is_refused_with_its_place() {
    let cases: &[(Kind, &str, &str)] = &[
        (Kind::Identity, "", "not the JSON of a policy"),
        (Kind::Identity, "[]", "an object is wanted"),
        (Kind::Identity, "{}", "Statement: it is missing"),
        (Kind::Identity, r#"{"Statement": []}"#, "Statement: one at least is wanted"),
        (Kind::Identity, r#"{"Statement": "x"}"#, "Statement[0]: an object is wanted"),
        (
            Kind::Identity,
            r#"{"Version": "2020-01-01", "Statement": []}"#,
            "Version: \"2020-01-01\" is neither",
        ),
        (
            Kind::Identity,
            r#"{"version": "2012-10-17", "Statement": []}"#,
            "version: there is no such element",
        ),
        (Kind::Identity, r#"{"Statement": []} x"#, "not the JSON of a policy: trailing"),
        (Kind::Identity, r#"{"Statement": [], }"#, "not the JSON of a policy"),
        (
            Kind::Identity,
            "{\"Statement\": \"\u{2028}\"}",
            "the character '\\u{2028}' may not stand in a policy",
        ),
    ];
    for (kind, text, expected) in cases {
        let error = Policy::parse(text, *kind).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let cases: &[(Kind, &str, &str)] = &[
        (Kind::Identity, r#"{"Action": "*", "Resource": "*"}"#, "Statement[0]: Effect is missing"),
        (
            Kind::Identity,
            r#"{"Effect": "allow", "Action": "*", "Resource": "*"}"#,
            "Effect: \"allow\" is neither Allow nor Deny",
        ),
        (Kind::Identity, r#"{"Effect": "Allow", "Resource": "*"}"#, "Action or NotAction is missing"),
        (Kind::Identity, r#"{"Effect": "Allow", "Action": "*"}"#, "Resource or NotResource is missing"),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}"#,
            "NotAction: it may not stand beside Action",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": [], "Resource": "*"}"#,
            "Action: one value at least is wanted",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": 1, "Resource": "*"}"#,
            "Action: a string is wanted",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": ["s3:Get*", "Put"], "Resource": "*"}"#,
            "Action: \"Put\" is neither",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "a b:c", "Resource": "*"}"#,
            "Action: \"a b:c\" is neither",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "stream/x"}"#,
            "Resource: \"stream/x\" is neither \"*\" nor an ARN",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kinesis:*"}"#,
            "an ARN has six parts",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:*:*:*:*"}"#,
            "partition and service in full",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username"}"#,
            "has no end",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:${aws:username}::x"}"#,
            "after the fifth colon only",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}"#,
            "Statement[0].Principal: whom it is about",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Sid": "a b"}"#,
            "Sid: \"a b\" has other characters",
        ),
        (
            Kind::Identity,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "condition": {}}"#,
            "condition: there is no such element",
        ),
        (
            Kind::Resource,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#,
            "Principal or NotPrincipal is missing",
        ),
        (
            Kind::Endpoint,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#,
            "Principal or NotPrincipal is missing",
        ),
        (
            Kind::Resource,
            r#"{"Effect": "Allow", "Principal": "me", "Action": "*", "Resource": "*"}"#,
            "Principal: \"*\" or an object",
        ),
        (
            Kind::Resource,
            r#"{"Effect": "Allow", "Principal": {}, "Action": "*", "Resource": "*"}"#,
            "Principal: somebody has to be named",
        ),
        (
            Kind::Resource,
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/*"}, "Action": "*", "Resource": "*"}"#,
            "Principal.AWS: \"arn:aws:iam::111111111111:user/*\" is no name: wildcards",
        ),
        (
            Kind::Resource,
            r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:group/g"}, "Action": "*", "Resource": "*"}"#,
            "nor the ARN of a principal",
        ),
        (
            Kind::Resource,
            r#"{"Effect": "Allow", "Principal": {"Aws": "*"}, "Action": "*", "Resource": "*"}"#,
            "Principal.Aws: ",
        ),
        (
            Kind::Trust,
            r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#,
            "the role that the policy is attached to",
        ),
    ];
    for (kind, statement, expected) in cases {
        let error = Policy::parse(&text(statement), *kind).unwrap_err().to_string();
        assert!(error.contains(expected), "{statement}: {error}");
    }
    let cases: &[(&str, &str)] = &[
        (
            r#"{"StringMatches": {"k": "a"}}"#,
            "Statement[0].Condition.StringMatches: there is no such operator",
        ),
        (r#"{"stringequals": {"k": "a"}}"#, "there is no such operator"),
        (r#"{"ForSomeValues:StringEquals": {"k": "a"}}"#, "there is no such operator"),
        (r#"{"NullIfExists": {"k": true}}"#, "neither prefix nor suffix"),
        (r#"{"ForAnyValue:Null": {"k": true}}"#, "neither prefix nor suffix"),
        (r#"{"StringEquals": {"k": []}}"#, "Condition.StringEquals.k: one value at least"),
        (r#"{"StringEquals": {"k": null}}"#, "a string, a number, true or false"),
        (r#"{"StringEquals": {"k": ["a", {}]}}"#, "Condition.StringEquals.k[1]: a string"),
        (r#"{"StringEquals": "a"}"#, "StringEquals: an object is wanted"),
        (r#"{"StringEquals": {"": "a"}}"#, "a key has a name"),
        (r#"{"NumericEquals": {"k": "ten"}}"#, "\"ten\" is no decimal number"),
        (r#"{"NumericEquals": {"k": "${n}"}}"#, "\"${n}\" is no decimal number"),
        (r#"{"NumericEquals": {"k": 1234567890123456789012}}"#, "more than 15 digits has to stand in quotes"),
        (r#"{"DateEquals": {"k": "2026-*"}}"#, "is no time"),
        (r#"{"Bool": {"k": "yes"}}"#, "is neither true nor false"),
        (r#"{"Null": {"k": "yes"}}"#, "neither true nor false"),
        (r#"{"BinaryEquals": {"k": "***"}}"#, "is no base64"),
        (r#"{"IpAddress": {"k": "10.0.0.0/33"}}"#, "neither an IP address nor a network"),
        (r#"{"ArnLike": {"k": "x"}}"#, "an ARN has six parts"),
        (r#"{"StringLike": {"k": "${}"}}"#, "names no variable"),
    ];
    for (condition, expected) in cases {
        let statement =
            format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#);
        let error = Policy::parse(&text(&statement), Kind::Identity).unwrap_err().to_string();
        assert!(error.contains(expected), "{condition}: {error}");
    }
}

#[test]
fn a_policy_is_bounded_before_it_is_read() {
    // Far too large, and no JSON either: the size is what is said.
    let error = Policy::parse(&"[".repeat(1 << 20), Kind::Identity).unwrap_err().to_string();
    assert!(error.contains("1048576 bytes, where 131072"), "{error}");
    let of_size = |characters: usize, spaces: usize| {
        let frame = r#"{"Id":"","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        frame.replace(
            r#""Id":"""#,
            &format!(r#""Id":"{}"{}"#, "x".repeat(characters - frame.len()), " ".repeat(spaces)),
        )
    };
    for kind in [Kind::Resource, Kind::Endpoint] {
        assert!(Policy::parse(&of_size(20_480, 0), kind).is_ok());
        let error = Policy::parse(&of_size(20_481, 0), kind).unwrap_err().to_string();
        assert!(error.contains("20481 characters") && error.contains("20480"), "{error}");
    }
    assert!(Policy::parse(&of_size(20_480, 50_000), Kind::Resource).is_ok(), "white space is not counted");
    assert!(Policy::parse(&of_size(20_480, 1), Kind::Endpoint).is_err(), "but of an endpoint's policy");
    assert!(Policy::parse(&of_size(20_480, 131_072 - 20_480), Kind::Resource).is_ok());
    let error = Policy::parse(&of_size(20_480, 131_073 - 20_480), Kind::Resource).unwrap_err().to_string();
    assert!(error.contains("131073 bytes, where 131072"), "{error}");
    assert_eq!(size(" a\tb\r\n"), 2);
    // Deeper than serde_json goes is refused, not followed.
    let deep = format!(r#"{{"Statement": {}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    assert!(Policy::parse(&deep, Kind::Identity).unwrap_err().to_string().contains("recursion limit"));
}

#[test]
fn what_stands_for_an_unreadable_policy_denies_everything() {
    let case = Case { identity: vec![Arc::new(Policy::denies_all())], ..Case::default() };
    assert_eq!(case.says(), "deny by identity-based policy");
    for side in ["resource", "endpoint"] {
        let denies = Some(Policy::denies_all());
        let case = match side {
            "resource" => Case { of_resource: denies, identity: identity(ALLOW), ..Case::default() },
            _ => Case { endpoint: denies, identity: identity(ALLOW), ..Case::default() },
        };
        assert!(case.says().starts_with("deny by"), "{side}");
    }
}

#[test]
fn denials_say_what_aws_says() {
    let says = |decision| {
        let denial = Denial { decision, principal: &ME, action: &PUT, resource: &STREAM };
        let said = denial.to_string();
        let start = format!("User: {ME} is not authorized to perform: {PUT} on resource: {STREAM} ");
        said.strip_prefix(&start).unwrap_or_else(|| panic!("{said}")).to_owned()
    };
    let deny = |side| says(Decision::ExplicitDeny(Decisive { side, policy: 0, statement: 0 }));
    let no = |side| says(Decision::ImplicitDeny(side));
    assert_eq!(deny(Side::Identity), "with an explicit deny in an identity-based policy");
    assert_eq!(deny(Side::Boundary), "with an explicit deny in a permissions boundary");
    assert_eq!(deny(Side::Session), "with an explicit deny in a session policy");
    assert_eq!(deny(Side::Resource), "with an explicit deny in a resource-based policy");
    assert_eq!(deny(Side::Trust), "with an explicit deny in the role trust policy");
    assert_eq!(deny(Side::Endpoint), "with an explicit deny in a VPC endpoint policy");
    assert_eq!(no(Side::Identity), "because no identity-based policy allows the kinesis:PutRecord action");
    assert_eq!(no(Side::Boundary), "because no permissions boundary allows the kinesis:PutRecord action");
    assert_eq!(no(Side::Session), "because no session policy allows the kinesis:PutRecord action");
    assert_eq!(no(Side::Resource), "because no resource-based policy allows the kinesis:PutRecord action");
    assert_eq!(no(Side::Trust), "because no role trust policy allows the kinesis:PutRecord action");
    assert_eq!(no(Side::Endpoint), "because no VPC endpoint policy allows the kinesis:PutRecord action");
}

#[test]
fn subjects_are_read_from_arns() {
    let kind = |arn: &'static str| Subject::of_arn(arn).map(|subject| subject.kind);
    assert_eq!(kind(ROOT), Some(SubjectKind::Root));
    assert_eq!(kind("111111111111"), Some(SubjectKind::Root));
    assert_eq!(Subject::of_arn("111111111111").unwrap().name, ROOT);
    assert_eq!(kind("arn:aws-cn:iam::111111111111:user/path/me"), Some(SubjectKind::User));
    assert_eq!(Subject::of_arn(ROLE).unwrap().role.as_deref(), Some(ROLE));
    let session = Subject::of_arn(SESSION).unwrap();
    assert_eq!((session.kind, session.account), (SubjectKind::Session, Some("111111111111")));
    assert_eq!(session.role.as_deref(), Some("arn:aws:iam::111111111111:role/reader"));
    assert_eq!(kind("arn:aws:sts::111111111111:federated-user/f"), Some(SubjectKind::FederatedUser));
    assert_eq!(kind("arn:aws:iam::111111111111:oidc-provider/issuer.example/x"), Some(SubjectKind::Provider));
    for bad in [
        "",
        "me",
        "1234",
        "arn:aws:iam::1:user/me",
        "arn:aws:iam:eu-west-1:111111111111:user/me",
        "arn:aws:iam::111111111111:user",
        "arn:aws:iam::111111111111:user/",
        "arn:aws:iam::111111111111:root/",
        "arn:aws:iam::111111111111:root/x",
        "arn:aws:iam::111111111111:group/g",
        "arn:aws:sts::111111111111:assumed-role/reader",
        "arn:aws:sts::111111111111:assumed-role/reader/",
        "arn:aws:s3:::111111111111:user/me",
    ] {
        assert_eq!(Subject::of_arn(bad), None, "{bad}");
    }
}
