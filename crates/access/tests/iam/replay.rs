//! What a proposal would do to calls that were made.

use std::sync::Arc;

use flumen_access::policy::{Fact, Facts, Kind, Policy};
use flumen_access::replay::{Effect, Past, Replay, ReplayError};

use crate::support::{ACCOUNT, World, policy};

const STREAM: &str = "arn:aws:kinesis:us-east-1:111111111111:stream/s";

/// The address, if it is known, and nothing else.
struct From(Option<&'static str>);

impl Facts for From {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        match (key, self.0) {
            ("aws:sourceip", Some(address)) => Some(Fact::from(address)),
            _ => Some(Fact::Unknown),
        }
    }
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

fn play(
    replay: &mut Replay,
    principal: &str,
    action: &str,
    was_allowed: bool,
    from: Option<&'static str>,
) -> Effect {
    replay.play(&Past {
        principal,
        subject: principal,
        action,
        resource: STREAM,
        resource_policy: None,
        was_allowed,
        facts: &From(from),
    })
}

fn untold(keys: &[&str]) -> Effect {
    Effect::Untold(keys.iter().map(|&key| key.to_owned()).collect())
}

fn from(effect: &str, operator: &str, network: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"kinesis:*","Resource":"*",
            "Condition":{{"{operator}":{{"aws:SourceIp":"{network}"}}}}}}}}"#
    )
}

#[tokio::test]
async fn a_policy_of_a_user_takes_the_place_of_all_or_of_the_one_of_its_name() {
    let world = World::new().await;
    world.user("ana").await;
    world.user("bob").await;
    world.attach("ana", "FlumenProducer").await;
    world.put_policy(&world.root(), "ana", &policy("Allow", "kinesis:Get*")).await.unwrap();
    let (ana, bob) = (arn("user", "ana"), arn("user", "bob"));
    let reads = policy("Allow", "kinesis:Describe*");
    let mut all = world.identities.replay(&reads, &ana, None).unwrap();
    assert_eq!(play(&mut all, &ana, "kinesis:PutRecord", true, None), Effect::Denied);
    assert_eq!(play(&mut all, &ana, "kinesis:GetRecords", true, None), Effect::Denied);
    assert_eq!(play(&mut all, &ana, "kinesis:DescribeStream", true, None), Effect::None);
    assert_eq!(play(&mut all, &ana, "kinesis:DescribeLimits", false, None), Effect::Allowed);
    assert_eq!(play(&mut all, &bob, "kinesis:PutRecord", false, None), Effect::None);
    assert_eq!(play(&mut all, &arn("user", "gone"), "kinesis:PutRecord", true, None), Effect::Gone);
    assert_eq!(
        play(&mut all, &format!("arn:aws:iam::{ACCOUNT}:root"), "kinesis:X", true, None),
        Effect::None
    );
    let mut one = world.identities.replay(&reads, &ana, Some("p")).unwrap();
    assert_eq!(play(&mut one, &ana, "kinesis:PutRecord", true, None), Effect::None);
    assert_eq!(play(&mut one, &ana, "kinesis:GetRecords", true, None), Effect::Denied);
    // Nothing is changed.
    world.may(&world.key_of("ana").await.unwrap(), "kinesis:GetRecords").unwrap();
}

#[tokio::test]
async fn what_hangs_on_what_is_not_kept_cannot_be_told() {
    let world = World::new().await;
    world.user("ana").await;
    let ana = arn("user", "ana");
    world.put_policy(&world.root(), "ana", &policy("Allow", "kinesis:*")).await.unwrap();
    let here = from("Allow", "IpAddress", "10.0.0.0/8");
    let mut replay = world.identities.replay(&here, &ana, None).unwrap();
    let put = "kinesis:PutRecord";
    assert_eq!(play(&mut replay, &ana, put, true, None), untold(&["aws:sourceip"]));
    assert_eq!(play(&mut replay, &ana, put, true, Some("10.1.2.3")), Effect::None);
    assert_eq!(play(&mut replay, &ana, put, true, Some("192.168.0.1")), Effect::Denied);
    assert_eq!(play(&mut replay, &ana, put, true, None), untold(&["aws:sourceip"]), "remembered");
    assert_eq!(play(&mut replay, &ana, "dynamodb:GetItem", false, None), Effect::None);
    // A policy that stays has let through what was allowed, wherever that came from, and lets it through again.
    world.attach("ana", "FlumenOperator").await;
    world.put_policy(&world.root(), "ana", &from("Deny", "NotIpAddress", "10.0.0.0/8")).await.unwrap();
    let mut replay = world.identities.replay(&policy("Deny", "kinesis:Get*"), &ana, Some("other")).unwrap();
    assert_eq!(play(&mut replay, &ana, put, true, None), Effect::None);
    assert_eq!(play(&mut replay, &ana, put, false, None), Effect::None);
    assert_eq!(play(&mut replay, &ana, "kinesis:GetRecords", true, None), Effect::Denied);
    assert_eq!(play(&mut replay, &ana, "kinesis:GetRecords", false, None), Effect::None, "it was denied");
    let exists = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kinesis:*","Resource":"*",
        "Condition":{"Null":{"aws:SourceVpce":"true"}}}}"#;
    let mut replay = world.identities.replay(exists, &ana, None).unwrap();
    assert_eq!(play(&mut replay, &ana, put, true, None), untold(&["aws:sourcevpce"]));
}

#[tokio::test]
async fn a_policy_that_is_shared_and_one_of_a_resource() {
    use flumen_access::iam::Iam;
    use flumen_protocol::iam::{AttachRolePolicyRequest, CreatePolicyRequest, Operation};

    let world = World::new().await;
    world.role("R", r#"{"AWS":"*"}"#, &policy("Allow", "sts:*")).await;
    let root = world.caller(&world.root());
    let make = CreatePolicyRequest {
        policy_name: "shared".into(),
        policy_document: policy("Allow", "kinesis:*").into(),
        ..Default::default()
    };
    let iam = |operation| Iam::new(&world.identities, &root, operation);
    iam(Operation::CreatePolicy).create_policy(&make).await.unwrap();
    let (role, shared) = (arn("role", "R"), arn("policy", "shared"));
    let attach = AttachRolePolicyRequest { role_name: "R".into(), policy_arn: shared.clone().into() };
    iam(Operation::AttachRolePolicy).attach_role_policy(&attach).await.unwrap();
    let mut replay = world.identities.replay(&policy("Allow", "kinesis:Get*"), &shared, None).unwrap();
    assert_eq!(play(&mut replay, &role, "kinesis:PutRecord", true, None), Effect::Denied);
    assert_eq!(play(&mut replay, &role, "kinesis:GetRecords", true, None), Effect::None);
    let of_stream = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":{{"AWS":"{role}"}},
            "Action":"kinesis:Put*","Resource":"{STREAM}"}}}}"#
    );
    let mut replay = world.identities.replay(&of_stream, STREAM, None).unwrap();
    assert_eq!(play(&mut replay, &role, "kinesis:PutRecord", true, None), Effect::Denied);
    assert_eq!(play(&mut replay, &role, "kinesis:GetRecords", true, None), Effect::None);
    // And the same where what is there is that policy already.
    let now = Arc::new(Policy::parse(&of_stream, Kind::Resource).unwrap());
    let mut replay = world.identities.replay(&of_stream.replace("Put*", "Get*"), STREAM, None).unwrap();
    let past = |action| Past {
        principal: &role,
        subject: "arn:aws:sts::111111111111:assumed-role/R/s",
        action,
        resource: STREAM,
        resource_policy: Some(&now),
        was_allowed: false,
        facts: &From(None),
    };
    assert_eq!(replay.play(&past("kinesis:PutRecord")), Effect::Allowed);
    assert_eq!(replay.play(&past("kinesis:GetRecords")), Effect::Denied, "by what there is now");
}

#[tokio::test]
async fn what_cannot_be_proposed_is_named() {
    let world = World::new().await;
    let error = |text: &str, on: &str| world.identities.replay(text, on, None).err().unwrap().to_string();
    let fine = policy("Allow", "*");
    let provided = "arn:aws:iam::aws:policy/FlumenProducer";
    assert_eq!(
        error(&fine, provided),
        format!("{provided} comes with the service, and has no other version")
    );
    assert_eq!(error(&fine, &arn("user", "ana")), format!("there is no {}", arn("user", "ana")));
    assert!(error(&fine, "ana").starts_with("\"ana\" is no ARN of a user"));
    assert!(error("{", STREAM).starts_with("the proposal is no policy: "));
    assert!(matches!(world.identities.replay("{", &arn("user", "x"), None), Err(ReplayError::Invalid(_))));
}
