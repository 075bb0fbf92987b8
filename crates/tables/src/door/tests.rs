use std::sync::Arc;

use expect_test::expect;
use flumen_access::Principal;

use super::*;

/// What is decided about, in order.
fn things(operation: Operation, body: &str) -> String {
    let realm = Realm { account: "000000000000".into(), region: "eu-west-1".into() };
    let request =
        Request::read(operation, body.as_bytes()).unwrap_or_else(|refusal| panic!("{}", refusal.body));
    let mut lines = Vec::new();
    for_each_thing(operation, &request, |actions, named, index, _| {
        let thing = Thing { realm: &realm, named, index };
        lines.push(format!("{} {thing} of {}\n", actions[0], thing.account()));
    });
    lines.concat()
}

#[test]
fn a_request_is_decided_about_for_each_thing_that_it_names() {
    expect![[r#"
        dynamodb:GetItem arn:aws:dynamodb:eu-west-1:000000000000:table/ttt of 000000000000
    "#]]
    .assert_eq(&things(Operation::GetItem, r#"{"TableName":"ttt","Key":{"k":{"S":"1"}}}"#));
    expect![[r#"
        dynamodb:Query arn:aws:dynamodb:eu-west-1:000000000000:table/ttt/index/iii of 000000000000
    "#]]
    .assert_eq(&things(
        Operation::Query,
        r#"{"TableName":"ttt","IndexName":"iii","KeyConditionExpression":"k = :k"}"#,
    ));
    expect![[r#"
        dynamodb:ListTables * of 000000000000
    "#]]
    .assert_eq(&things(Operation::ListTables, "{}"));
    expect![[r#"
        dynamodb:PutItem arn:aws:dynamodb:eu-west-1:000000000000:table/aaa of 000000000000
        dynamodb:ConditionCheckItem arn:aws:dynamodb:eu-west-1:000000000000:table/bbb of 000000000000
    "#]]
    .assert_eq(&things(
        Operation::TransactWriteItems,
        r#"{"TransactItems":[{"Put":{"TableName":"aaa","Item":{"k":{"S":"1"}}}},
            {"ConditionCheck":{"TableName":"bbb","Key":{"k":{"S":"1"}},"ConditionExpression":"attribute_exists(k)"}}]}"#,
    ));
    let foreign = "arn:aws:dynamodb:eu-west-1:111111111111:table/ttt";
    expect![[r#"
        dynamodb:ListTagsOfResource arn:aws:dynamodb:eu-west-1:111111111111:table/ttt of 111111111111
    "#]]
    .assert_eq(&things(Operation::ListTagsOfResource, &format!(r#"{{"ResourceArn":"{foreign}"}}"#)));
}

#[test]
fn what_is_anothers_is_refused() {
    let body = br#"{"ResourceArn":"arn:aws:dynamodb:eu-west-1:111111111111:table/ttt"}"#;
    let tables = Inner::new(flumen_types::Clock::system(), crate::TablesSettings::new(1 << 20));
    let asked = |account: &str| {
        let operation = Operation::ListTagsOfResource;
        let request = Request::read(operation, body).unwrap_or_else(|refusal| panic!("{}", refusal.body));
        let caller = Caller::new(Arc::new(Principal::root(account)), "eu-west-1");
        permitted(&tables, &caller, operation, request).map(|_| ())
    };
    assert_eq!(asked("111111111111"), Ok(()));
    let refusal = asked("000000000000").unwrap_err();
    assert_eq!(refusal.code(), "AccessDeniedException");
    let text = "dynamodb:ListTagsOfResource on resource: arn:aws:dynamodb:eu-west-1:111111111111:table/ttt";
    assert!(refusal.body.contains(text), "{}", refusal.body);
}
