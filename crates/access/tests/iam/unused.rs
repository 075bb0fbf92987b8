//! What nobody used.

use flumen_access::{Unused, UnusedKey};
use flumen_protocol::iam::UpdateAccessKeyRequest;

use crate::support::{ACCOUNT, NOW_MS, World, policy};

const ACTIONS: [&str; 4] =
    ["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:GetRecords", "iam:CreateUser"];
const DAY_MS: u64 = 24 * 3600 * 1000;

#[tokio::test]
async fn keys_and_actions_that_nobody_used_are_named() {
    let mut world = World::new().await;
    let arn = |kind: &str, name: &str| format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}");
    let ana = world.user("ana").await;
    world.attach("ana", "AmazonKinesisFullAccess").await;
    world.put_policy(&world.root(), "ana", &policy("Deny", "kinesis:PutRecords")).await.unwrap();
    world.role("R", r#"{"AWS":"*"}"#, &policy("Allow", "iam:*")).await;
    let used =
        |principal: &str, action: &str| principal == arn("user", "ana") && action == "kinesis:PutRecord";
    let unused = |since_ms| world.identities.unused(&ACTIONS, since_ms, used);
    let of_ana =
        |keys| Unused { principal: arn("user", "ana"), keys, actions: vec!["kinesis:GetRecords"], used: 1 };
    let of_role =
        Unused { principal: arn("role", "R"), keys: Vec::new(), actions: vec!["iam:CreateUser"], used: 0 };
    assert_eq!(unused(NOW_MS), [of_ana(vec![]), of_role.clone()], "no key is older");
    let key = |id: &str, last_used_ms| UnusedKey { id: id.to_owned(), created_ms: NOW_MS, last_used_ms };
    let of_root = Unused {
        principal: format!("arn:aws:iam::{ACCOUNT}:root"),
        keys: vec![key(&world.root().id, None)],
        actions: Vec::new(),
        used: 0,
    };
    let all = unused(NOW_MS + 90 * DAY_MS);
    assert_eq!(all, [of_root, of_ana(vec![key(&ana.id, None)]), of_role]);
    let by = world.identities.signed_by(&ana.id, None).unwrap();
    by.known.note_use(NOW_MS + DAY_MS, "kinesis", "us-east-1");
    assert_eq!(unused(NOW_MS + DAY_MS)[1], of_ana(vec![]), "it was used then");
    let last = vec![key(&ana.id, Some(NOW_MS + DAY_MS))];
    assert_eq!(unused(NOW_MS + 2 * DAY_MS)[1], of_ana(last.clone()));
    world.identities.save_uses().await.unwrap();
    assert_eq!(unused(NOW_MS + 2 * DAY_MS)[1], of_ana(last.clone()));
    world.reopen().await;
    let unused = |since_ms| world.identities.unused(&ACTIONS, since_ms, used);
    assert_eq!(unused(NOW_MS + 2 * DAY_MS)[1], of_ana(last), "also after a start");
    let root = world.caller(&world.root());
    let operation = flumen_protocol::iam::Operation::UpdateAccessKey;
    let iam = flumen_access::iam::Iam::new(&world.identities, &root, operation);
    let off = UpdateAccessKeyRequest {
        user_name: Some("ana".into()),
        access_key_id: ana.id.into(),
        status: flumen_protocol::iam::StatusType::Inactive,
    };
    iam.update_access_key(&off).await.unwrap();
    assert_eq!(unused(NOW_MS + 90 * DAY_MS)[1], of_ana(vec![]), "one that is off opens nothing");
}
