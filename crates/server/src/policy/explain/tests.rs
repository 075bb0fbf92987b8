use serde_json::{Value, json};

use super::*;

/// What lines come to: the answers, and the error.
fn explained(lines: &str) -> (Vec<Value>, Option<String>) {
    let mut out = Vec::new();
    let error = each_line(lines.as_bytes(), &mut out).err().map(|error| error.to_string());
    let answers = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    (answers.map(|line| serde_json::from_slice(line).unwrap()).collect(), error)
}

fn one(case: &Value) -> Value {
    let (answers, error) = explained(&case.to_string());
    assert_eq!((answers.len(), error), (1, None), "{case}");
    answers[0].clone()
}

/// `me` puts a record; what is in `with` goes into the case.
fn case(with: Value) -> Value {
    let mut case = json!({
        "principal": "arn:aws:iam::111111111111:user/me",
        "action": "kinesis:PutRecord",
        "resource": "arn:aws:kinesis:eu-west-1:111111111111:stream/s",
    });
    for (name, value) in with.as_object().unwrap() {
        case[name] = value.clone();
    }
    case
}

fn statement(effect: &str) -> Value {
    json!({"Effect": effect, "Action": "kinesis:*", "Resource": "*"})
}

fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn named(mut statement: Value, sid: &str) -> Value {
    statement["Sid"] = sid.into();
    statement
}

fn about(mut statement: Value, principal: Value) -> Value {
    statement["Principal"] = principal;
    statement
}

#[test]
fn the_statement_that_decided_is_named() {
    let allow = policy(&[named(statement("Allow"), "All")]);
    assert_eq!(
        one(&case(
            json!({"identity": [policy(&[json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})]), allow]})
        )),
        json!({"decision": "allow", "policy": "identity[1]", "statement": "All", "reason": "identity[1] allows kinesis:PutRecord"})
    );
    let denies = policy(&[statement("Allow"), statement("Deny")]);
    let answer = one(&case(json!({"identity": [allow], "boundary": [denies]})));
    assert_eq!(
        answer,
        json!({"decision": "explicitDeny", "policy": "boundary[0]", "statement": 1, "reason":
            "User: arn:aws:iam::111111111111:user/me is not authorized to perform: kinesis:PutRecord on resource: \
             arn:aws:kinesis:eu-west-1:111111111111:stream/s with an explicit deny in a permissions boundary"})
    );
    let answer =
        one(&case(json!({"identity": [allow], "session": [policy(&[named(statement("Deny"), "No")])]})));
    assert_eq!((&answer["policy"], &answer["statement"]), (&json!("session[0]"), &json!("No")));
    let answer = one(&case(json!({"resourcePolicy": policy(&[about(statement("Allow"), json!("*"))])})));
    assert_eq!((&answer["policy"], &answer["statement"]), (&json!("resourcePolicy"), &json!(0)));
    let denies = policy(&[about(statement("Deny"), json!("*"))]);
    let answer = one(&case(json!({"identity": [allow], "endpoint": denies})));
    assert_eq!((&answer["policy"], &answer["decision"]), (&json!("endpoint"), &json!("explicitDeny")));
    // Where none did there is none.
    let answer = one(&case(json!({})));
    assert_eq!(
        (&answer["decision"], &answer["policy"], &answer["statement"]),
        (&json!("implicitDeny"), &Value::Null, &Value::Null)
    );
    assert!(
        answer["reason"]
            .as_str()
            .unwrap()
            .ends_with("because no identity-based policy allows the kinesis:PutRecord action")
    );
    let answer = one(&case(json!({"principal": "111111111111"})));
    assert_eq!(
        (&answer["decision"], &answer["policy"], &answer["statement"]),
        (&json!("allow"), &Value::Null, &Value::Null)
    );
}

#[test]
fn every_sort_of_principal_is_taken() {
    let decides = |principal: &str, named: Value| {
        let of_resource = policy(&[about(statement("Allow"), named)]);
        one(&case(json!({"principal": principal, "resourcePolicy": of_resource})))["decision"].clone()
    };
    let session = "arn:aws:sts::111111111111:assumed-role/r/s";
    let federated = "arn:aws:sts::111111111111:federated-user/f";
    for (principal, named) in [
        ("arn:aws:iam::111111111111:user/me", json!({"AWS": "arn:aws:iam::111111111111:user/me"})),
        ("arn:aws:iam::111111111111:role/p/r", json!({"AWS": "arn:aws:iam::111111111111:role/p/r"})),
        (session, json!({"AWS": session})),
        (session, json!({"AWS": "arn:aws:iam::111111111111:role/r"})),
        (federated, json!({"AWS": federated})),
        ("lambda.amazonaws.com", json!({"Service": "lambda.amazonaws.com"})),
        ("111111111111", json!({"AWS": "111111111111"})),
        ("arn:aws:iam::111111111111:root", json!({"AWS": "111111111111"})),
    ] {
        assert_eq!(decides(principal, named), "allow", "{principal}");
        if !principal.ends_with("root") && principal != "111111111111" {
            assert_eq!(decides(principal, json!({"AWS": "222222222222"})), "implicitDeny", "{principal}");
        }
    }
    // A role's path is in the context.
    let role = "arn:aws:iam::111111111111:role/p/r";
    let of_resource = policy(&[about(statement("Allow"), json!({"AWS": role}))]);
    let session =
        json!({"principal": session, "resourcePolicy": of_resource, "context": {"aws:PrincipalArn": role}});
    assert_eq!(one(&case(session.clone()))["decision"], "allow");
    let mut other = session;
    other["context"] = json!({"aws:PrincipalArn": "arn:aws:iam::111111111111:role/p/other"});
    assert_eq!(one(&case(other))["decision"], "implicitDeny");
}

#[test]
fn trust_policies_are_those_of_roles() {
    let trust = json!({"Statement": {"Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"accounts.google.com:aud": "me"}}}});
    let case = |aud: &str| {
        case(json!({
            "principal": "accounts.google.com", "action": "sts:AssumeRoleWithWebIdentity", "resource": "arn:aws:iam::111111111111:role/r",
            "resourcePolicy": trust, "context": {"accounts.google.com:AUD": aud},
        }))
    };
    assert_eq!(one(&case("me"))["decision"], "allow");
    let denied = one(&case("you"));
    assert_eq!(denied["decision"], "implicitDeny");
    assert!(
        denied["reason"]
            .as_str()
            .unwrap()
            .contains("because no role trust policy allows the sts:AssumeRoleWithWebIdentity action")
    );
}

#[test]
fn the_context_is_taken_as_given() {
    let when = |condition: Value, context: Value, tags: Value| {
        let mut allow = statement("Allow");
        allow["Condition"] = condition;
        one(&case(json!({"identity": [policy(&[allow])], "context": context, "principalTags": tags})))["decision"].clone()
    };
    let condition = json!({"StringEquals": {"aws:PrincipalTag/Team": "red"}});
    assert_eq!(when(condition.clone(), json!({}), json!({"team": "red"})), "allow");
    assert_eq!(
        when(condition.clone(), json!({"AWS:principaltag/TEAM": "blue"}), json!({"Team": "red"})),
        "implicitDeny"
    );
    assert_eq!(when(condition, json!({}), json!(null)), "implicitDeny");
    assert_eq!(when(json!({"NumericEquals": {"k": 5}}), json!({"k": 5.0}), json!({})), "allow");
    assert_eq!(when(json!({"Bool": {"k": true}}), json!({"K": true}), json!({})), "allow");
    assert_eq!(when(json!({"Null": {"k": true}}), json!({"k": null}), json!({})), "allow");
    assert_eq!(
        when(json!({"ForAllValues:StringEquals": {"k": ["a", "b"]}}), json!({"k": ["a", "b"]}), json!({})),
        "allow"
    );
    // Nothing is added that only the principal says.
    assert_eq!(when(json!({"Null": {"aws:username": true}}), json!({}), json!({})), "allow");
}

#[test]
fn a_policy_that_is_none_makes_a_case_invalid() {
    let twice = r#"{"principal": "111111111111", "action": "s3:GetObject", "resource": "*", "identity": [],
        "session": [{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}]}"#
        .replace('\n', " ");
    let (answers, error) = explained(&twice);
    assert_eq!(error, None);
    assert_eq!((&answers[0]["decision"], &answers[0]["policy"]), (&json!("invalid"), &json!("session[0]")));
    assert!(
        answers[0]["reason"]
            .as_str()
            .unwrap()
            .contains("session[0] is not a policy: not the JSON of a policy: \"Effect\" is there twice")
    );
    for (name, text) in [("resourcePolicy", json!("x")), ("endpoint", json!({}))] {
        let answer = one(&case(json!({name: text})));
        assert_eq!((&answer["decision"], &answer["policy"]), (&json!("invalid"), &json!(name)));
    }
}

#[test]
fn a_line_that_is_no_case_fails_and_the_others_are_answered() {
    let good = case(json!({})).to_string();
    let bad = [
        "{".to_owned(),
        "[]".to_owned(),
        json!({"action": "s3:GetObject", "resource": "*"}).to_string(),
        case(json!({"identitty": []})).to_string(),
        case(json!({"principal": "me"})).to_string(),
        case(json!({"principal": "arn:aws:iam::111111111111:group/g"})).to_string(),
        case(json!({"action": "PutRecord"})).to_string(),
        case(json!({"action": "kinesis:*"})).to_string(),
        case(json!({"resource": ""})).to_string(),
        case(json!({"context": {"k": {}}})).to_string(),
        case(json!({"context": {"k": "a", "K": "b"}})).to_string(),
        case(json!({"identity": {}})).to_string(),
        format!("{{\"principal\": \"{}\"}}", "x".repeat(LINE_BYTES_MAX as usize)),
    ];
    for bad in bad {
        let (answers, error) = explained(&format!("{good}\n\n{bad}\n{good}"));
        assert_eq!(answers.len(), 2, "{bad:.100}");
        assert_eq!(error.as_deref(), Some("1 line is no case"), "{bad:.100}");
    }
    assert!(answer(b"\xff").is_err());
    let (answers, error) = explained("");
    assert_eq!((answers.len(), error), (0, None));
}
