//! What decided about a call, for whoever looks at it later: an object of JSON.
//!
//! It names policies by what only those may know who administer them; who is told is for others to say.

use serde::Serialize;

use crate::Action;
use crate::caller::{Caller, Standing};
use crate::policy::{Decision, Policies, Question, Reason, Side, reason};
use crate::rights::{Name, Rights};

/// Values of condition keys are cut here, and so is what a resource is called.
const TEXT_BYTES_MAX: usize = 512;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained<'a> {
    /// `allow`, `explicitDeny` or `implicitDeny`.
    decision: &'static str,
    /// What kind of policy decided, or which kind lacked one that allows: `identity`, `boundary`, `session`, `resource`,
    /// `trust`, `grant`, `endpoint`. `root` is an account's root user, whom no policy had to allow it; `owner` is where no policies are.
    side: &'static str,
    /// An ARN, or a name; of a resource, a role or an endpoint it is what has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    /// The ARN of the user, the group or the role that the policy is attached to.
    #[serde(skip_serializing_if = "Option::is_none")]
    attached_to: Option<&'a str>,
    /// Its Sid, or `#2` for the second one. Of an implicit denial it would have allowed but for the keys.
    #[serde(skip_serializing_if = "str::is_empty")]
    statement: &'a str,
    /// The first of the conditions that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'a str>,
    /// What the key stood for; nothing if the request did not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    /// All of them, where they are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<&'a str>,
    action: &'a str,
    resource: &'a str,
    /// Where denials are only counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reported_only: bool,
}

/// What a decision of policies came from.
pub(crate) fn by_policies(
    caller: &Caller,
    standing: &Standing,
    question: &Question<'_>,
    policies: &Policies<'_>,
    decision: Decision,
) -> Box<str> {
    let Reason { statement, name, conditions } = reason(question, policies, decision);
    let (decided, side) = match decision {
        Decision::Allow(None) => ("allow", "root"),
        Decision::Allow(Some(decisive)) => ("allow", side_name(decisive.side)),
        Decision::ExplicitDeny(decisive) => ("explicitDeny", side_name(decisive.side)),
        Decision::ImplicitDeny(side) => ("implicitDeny", side_name(side)),
    };
    let rights = standing.basis.rights();
    let endpoint = standing.source.endpoint.as_ref().map(|endpoint| endpoint.id.as_str());
    let policy = statement.and_then(|statement| match statement.side {
        Side::Resource | Side::Trust | Side::Grant => Some((cut(question.resource), "")),
        Side::Endpoint => Some((endpoint?, "")),
        side => {
            let Name { policy, of } = name_of(rights, side, statement.policy)?;
            Some((&**policy, &**of))
        }
    });
    let first = conditions.first();
    let keys = conditions.iter().map(|condition| condition.key);
    let explained = Explained {
        decision: decided,
        side,
        policy: policy.map(|(policy, _)| policy).filter(|policy| !policy.is_empty()),
        attached_to: policy.map(|(_, of)| of).filter(|of| !of.is_empty()),
        statement: &name,
        key: first.map(|condition| condition.key),
        operator: first.map(|condition| condition.operator),
        value: first.and_then(|condition| condition.value.as_deref()).map(cut),
        keys: if conditions.len() > 1 { keys.collect() } else { Vec::new() },
        action: question.action,
        resource: cut(question.resource),
        reported_only: !decision.is_allowed() && caller_is_reported(caller),
    };
    text(&explained)
}

/// The same where there are no policies, and what is another account's is denied.
pub(crate) fn by_ownership(action: Action, arn: &str) -> Box<str> {
    text(&Explained {
        decision: "implicitDeny",
        side: "owner",
        policy: None,
        attached_to: None,
        statement: "",
        key: None,
        operator: None,
        value: None,
        keys: Vec::new(),
        action: action.0,
        resource: cut(arn),
        reported_only: false,
    })
}

fn caller_is_reported(caller: &Caller) -> bool {
    caller.standing.as_ref().is_some_and(|standing| standing.report.is_some())
}

fn name_of(rights: &Rights, side: Side, nth: usize) -> Option<&Name> {
    let names = match side {
        Side::Identity => &rights.names.identity,
        Side::Boundary => &rights.names.boundary,
        Side::Session => &rights.names.session,
        Side::Resource | Side::Trust | Side::Grant | Side::Endpoint => return None,
    };
    names.get(nth)
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Identity => "identity",
        Side::Boundary => "boundary",
        Side::Session => "session",
        Side::Resource => "resource",
        Side::Trust => "trust",
        Side::Grant => "grant",
        Side::Endpoint => "endpoint",
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

fn text(explained: &Explained<'_>) -> Box<str> {
    let text = serde_json::to_string(explained);
    text.expect("members have string keys and are in memory").into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use crate::policy::{Kind, Policy};
    use crate::rights::{Name, Names, Rights};
    use crate::{
        Action, Basis, Caller, Endpoint, EndpointPolicy, Principal, Request, Resource, Source, Standing,
        decide,
    };

    const ANA: &str = "arn:aws:iam::111111111111:user/ana";
    const STREAM: &str = "arn:aws:kinesis:eu-west-1:111111111111:stream/s";

    #[derive(Default)]
    struct Case<'a> {
        identity: &'a [&'a str],
        boundary: &'a [&'a str],
        session: &'a [&'a str],
        resource: Option<&'a str>,
        endpoint: Option<&'a str>,
    }

    fn rights(case: &Case<'_>) -> Rights {
        let parse = |texts: &[&str]| -> Vec<_> {
            texts.iter().map(|text| Arc::new(Policy::parse(text, Kind::Identity).unwrap())).collect()
        };
        let names = |kind: &str, texts: &[&str]| -> Vec<_> {
            let name = |n| Name { policy: format!("{kind}{n}").into(), of: ANA.into() };
            (0..texts.len()).map(name).collect()
        };
        Rights {
            identity: parse(case.identity),
            boundary: parse(case.boundary),
            session: parse(case.session),
            names: Names {
                identity: names("identity", case.identity),
                boundary: names("boundary", case.boundary),
                session: names("session", case.session),
            },
        }
    }

    fn decided_by(principal: Principal, case: &Case<'_>, remembers: bool) -> Option<Value> {
        let endpoint = case.endpoint.map(|text| {
            let policy = Some(EndpointPolicy::parse(text.to_owned()).unwrap());
            Arc::new(Endpoint { id: "vpce-1".to_owned(), vpc: None, policy })
        });
        let source = Source { address: "10.1.2.3".parse().ok(), is_secure: true, endpoint };
        let basis = Basis::File(Arc::new(rights(case)));
        let standing = Standing { basis, at_ms: 0, source, user_agent: None, report: None };
        let mut caller = Caller::new(Arc::new(principal), "eu-west-1").standing(standing);
        if remembers {
            caller = caller.asking(Arc::new(Request::new("id", None).with_resources()));
        }
        let policy = case.resource.map(|text| Policy::parse(text, Kind::Resource).unwrap());
        let resource = Resource { policy: policy.as_ref(), ..Resource::new("111111111111", &STREAM) };
        let _ = decide(&caller, &[Action("kinesis:DeleteStream")], resource);
        caller.noted().decided().map(|text| serde_json::from_str(text).unwrap())
    }

    fn decided(case: &Case<'_>) -> Value {
        let mut value =
            decided_by(Principal::user("111111111111", "/", "ana", "AIDA", Default::default()), case, true)
                .unwrap();
        let object = value.as_object_mut().unwrap();
        assert_eq!(object.remove("action"), Some("kinesis:DeleteStream".into()));
        assert_eq!(object.remove("resource"), Some(STREAM.into()));
        value
    }

    const ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    const READS: &str = r#"{"Statement":{"Effect":"Allow","Action":"kinesis:Get*","Resource":"*"}}"#;
    const NOT_FROM_HERE: &str = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"kinesis:Delete*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"192.168.0.0/16"}}}]}"#;
    const OF_A_TEAM: &str = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"OfTheTeam","Effect":"Allow","Action":"*","Resource":"*",
         "Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red"},"Bool":{"aws:SecureTransport":"true"}}},
        {"Sid":"Further","Effect":"Allow","Action":"*","Resource":"*",
         "Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red","aws:SourceVpce":"vpce-1"}}}]}"#;

    #[test]
    fn what_denies_is_named_with_its_statement_and_its_key() {
        let identity = &[READS, NOT_FROM_HERE];
        let wanted = json!({"decision": "explicitDeny", "side": "identity", "policy": "identity1", "attachedTo": ANA,
            "statement": "#2", "key": "aws:SourceIp", "operator": "NotIpAddress", "value": "10.1.2.3"});
        assert_eq!(decided(&Case { identity, ..Case::default() }), wanted);
    }

    #[test]
    fn where_nothing_allows_that_is_named_which_would_but_for_a_condition() {
        let wanted = json!({"decision": "implicitDeny", "side": "identity", "policy": "identity1", "attachedTo": ANA,
            "statement": "OfTheTeam", "key": "aws:PrincipalTag/Team", "operator": "StringEquals"});
        assert_eq!(decided(&Case { identity: &[READS, OF_A_TEAM], ..Case::default() }), wanted);
        let wanted = json!({"decision": "implicitDeny", "side": "identity"});
        assert_eq!(decided(&Case { identity: &[READS], ..Case::default() }), wanted);
    }

    #[test]
    fn each_side_is_named_as_what_it_is() {
        let (identity, reads) = (&[ALL], &[READS]);
        let of = |case: Case<'_>| decided(&Case { identity, ..case });
        let lacks = |side: &str| json!({"decision": "implicitDeny", "side": side});
        assert_eq!(of(Case { boundary: reads, ..Case::default() }), lacks("boundary"));
        assert_eq!(of(Case { session: reads, ..Case::default() }), lacks("session"));
        let nobody =
            r#"{"Statement":{"Sid":"No one","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
        let deny = |side: &str, policy: &str| json!({"decision": "explicitDeny", "side": side, "policy": policy, "statement": "No one"});
        assert_eq!(of(Case { resource: Some(nobody), ..Case::default() }), deny("resource", STREAM));
        assert_eq!(of(Case { endpoint: Some(nobody), ..Case::default() }), deny("endpoint", "vpce-1"));
        let denies = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
        let wanted = json!({"decision": "explicitDeny", "side": "boundary", "policy": "boundary0", "attachedTo": ANA,
            "statement": "#1"});
        assert_eq!(of(Case { boundary: &[denies], ..Case::default() }), wanted);
    }

    #[test]
    fn what_allows_is_named_where_the_request_is_remembered_and_only_there() {
        let wanted = json!({"decision": "allow", "side": "identity", "policy": "identity0", "attachedTo": ANA,
            "statement": "#1"});
        let case = Case { identity: &[ALL], ..Case::default() };
        assert_eq!(decided(&case), wanted);
        let ana = Principal::user("111111111111", "/", "ana", "AIDA", Default::default());
        assert_eq!(decided_by(ana, &case, false), None);
        let root = decided_by(Principal::root("111111111111"), &Case::default(), true).unwrap();
        assert_eq!((&root["decision"], &root["side"]), (&json!("allow"), &json!("root")));
    }

    #[test]
    fn where_there_are_no_policies_what_is_another_accounts_is_denied_to_whom_does_not_own_it() {
        let caller = Caller::new(Arc::new(Principal::root("222222222222")), "eu-west-1");
        let _ = decide(&caller, &[Action("kinesis:PutRecord")], Resource::new("111111111111", &STREAM));
        let decided: Value = serde_json::from_str(caller.noted().decided().unwrap()).unwrap();
        let wanted = json!({"decision": "implicitDeny", "side": "owner", "action": "kinesis:PutRecord",
            "resource": STREAM});
        assert_eq!(decided, wanted);
    }

    #[test]
    fn a_denial_counts_also_where_something_was_allowed_before() {
        let basis = Basis::File(Arc::new(rights(&Case { identity: &[READS], ..Case::default() })));
        let standing =
            Standing { basis, at_ms: 0, source: Source::default(), user_agent: None, report: None };
        let ana = Principal::user("111111111111", "/", "ana", "AIDA", Default::default());
        let caller = Caller::new(Arc::new(ana), "eu-west-1").standing(standing);
        let caller = caller.asking(Arc::new(Request::new("id", None).with_resources()));
        let actions = [Action("kinesis:GetRecords"), Action("kinesis:PutRecord"), Action("kinesis:GetX")];
        let _ = decide(&caller, &actions, Resource::new("111111111111", &STREAM));
        let decided: Value = serde_json::from_str(caller.noted().decided().unwrap()).unwrap();
        assert_eq!(
            (&decided["decision"], &decided["action"]),
            (&json!("implicitDeny"), &json!("kinesis:PutRecord"))
        );
    }
}
