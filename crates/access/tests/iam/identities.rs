//! Users, keys, groups and policies: what they say is so for the next call, and after the next start.

use crate::support::{ACCOUNT, Key, World, policy, role, text};
use flumen_access::iam::{Iam, IamError};
use flumen_access::identity::{AccountError, KeyPair, NotKnown};
use flumen_access::policy::{Decision, Side};
use flumen_access::{Action, Resource, decide};
use flumen_protocol::iam::*;

const PUT: &str = "kinesis:PutRecord";
const GET: &str = "kinesis:GetRecords";

macro_rules! iam {
    ($world:ident, $key:expr, $operation:ident.$method:ident($input:expr)) => {{
        let caller = $world.caller($key);
        let iam = Iam::new(&$world.identities, &caller, Operation::$operation);
        iam.$method(&$input).await
    }};
}

#[tokio::test]
async fn policies_of_a_user_hold_for_the_next_call() {
    let world = World::new().await;
    let ana = world.user("ana").await;
    assert_eq!(text(world.caller(&ana).principal()), format!("arn:aws:iam::{ACCOUNT}:user/ana"));
    assert_eq!(world.may(&ana, PUT).unwrap_err().decision, Decision::ImplicitDeny(Side::Identity));
    world.attach("ana", "FlumenProducer").await;
    world.may(&ana, PUT).unwrap();
    world.put_policy(&world.root(), "ana", &policy("Deny", "kinesis:Put*")).await.unwrap();
    let denied = world.may(&ana, PUT).unwrap_err().to_string();
    assert!(denied.ends_with("with an explicit deny in an identity-based policy"), "{denied}");
    world.put_policy(&world.root(), "ana", &policy("Deny", "kinesis:Get*")).await.unwrap();
    world.may(&ana, PUT).unwrap();
    world.may(&world.root(), PUT).unwrap();
}

#[tokio::test]
async fn policies_of_a_group_are_those_of_its_users() {
    let world = World::new().await;
    let (ana, root) = (world.user("ana").await, world.root());
    let group = CreateGroupRequest { group_name: "Writers".into(), ..Default::default() };
    iam!(world, &root, CreateGroup.create_group(group)).unwrap();
    let (group_name, policy_arn) = ("writers".into(), "arn:aws:iam::aws:policy/FlumenProducer".into());
    iam!(
        world,
        &root,
        AttachGroupPolicy.attach_group_policy(AttachGroupPolicyRequest { group_name, policy_arn })
    )
    .unwrap();
    let member = || AddUserToGroupRequest { group_name: "WRITERS".into(), user_name: "Ana".into() };
    iam!(world, &root, AddUserToGroup.add_user_to_group(member())).unwrap();
    world.may(&ana, PUT).unwrap();
    // A new name takes its users along.
    let renamed = UpdateGroupRequest {
        group_name: "writers".into(),
        new_path: None,
        new_group_name: Some("producers".into()),
    };
    iam!(world, &root, UpdateGroup.update_group(renamed)).unwrap();
    world.may(&ana, PUT).unwrap();
    let delete = DeleteGroupRequest { group_name: "producers".into() };
    let error = iam!(world, &root, DeleteGroup.delete_group(delete)).unwrap_err();
    assert_eq!(error.to_string(), "Cannot delete entity, must remove users from group first.");
    let leaves = RemoveUserFromGroupRequest { group_name: "producers".into(), user_name: "ana".into() };
    iam!(world, &root, RemoveUserFromGroup.remove_user_from_group(leaves)).unwrap();
    world.may(&ana, PUT).unwrap_err();
}

#[tokio::test]
async fn an_access_key_is_whose_it_is_until_it_is_taken_away() {
    let mut world = World::new().await;
    let (first, root) = (world.user("ana").await, world.root());
    let second = world.key_of("ana").await.unwrap();
    let error = world.key_of("ana").await.unwrap_err();
    assert_eq!(error.to_string(), "Cannot exceed quota for AccessKeysPerUser: 2");
    let renamed = UpdateUserRequest {
        user_name: "ana".into(),
        new_path: Some("/ops/".into()),
        new_user_name: Some("anna".into()),
    };
    iam!(world, &root, UpdateUser.update_user(renamed)).unwrap();
    for key in [&first, &second] {
        assert_eq!(text(world.caller(key).principal()), format!("arn:aws:iam::{ACCOUNT}:user/ops/anna"));
    }
    let inactive = UpdateAccessKeyRequest {
        user_name: Some("anna".into()),
        access_key_id: first.id.clone().into(),
        status: StatusType::Inactive,
    };
    iam!(world, &root, UpdateAccessKey.update_access_key(inactive)).unwrap();
    assert_eq!(world.known(&first).unwrap_err(), NotKnown::Unknown);
    let gone =
        DeleteAccessKeyRequest { user_name: Some("anna".into()), access_key_id: second.id.clone().into() };
    iam!(world, &root, DeleteAccessKey.delete_access_key(gone)).unwrap();
    assert_eq!(world.known(&second).unwrap_err(), NotKnown::Unknown);
    world.reopen().await;
    assert_eq!(world.known(&first).unwrap_err(), NotKnown::Unknown);
    assert_eq!(world.known(&second).unwrap_err(), NotKnown::Unknown);
    world.caller(&root);
}

#[tokio::test]
async fn another_start_finds_everybody() {
    let mut world = World::new().await;
    let ana = world.user("ana").await;
    world.attach("ana", "FlumenProducer").await;
    world.reopen().await;
    assert_eq!(world.identities.operator().as_deref(), Some(ACCOUNT));
    world.may(&ana, PUT).unwrap();
    let get = GetUserRequest { user_name: Some("ANA".into()) };
    let user = {
        let caller = world.caller(&world.root());
        Iam::new(&world.identities, &caller, Operation::GetUser).get_user(&get).unwrap().user
    };
    assert!(user.user_id.starts_with("AIDA") && user.user_id.len() == 20, "{}", user.user_id);
    // Many changes make a snapshot, which the next start reads.
    let long = policy("Allow", &"x".repeat(1_900));
    for _ in 0..600 {
        let long = long.replace("xx", "kinesis:x");
        let _ = world.put_policy(&world.root(), "ana", &long[..]).await;
        world.put_policy(&world.root(), "ana", &policy("Allow", "kinesis:Put*")).await.unwrap();
    }
    world.reopen().await;
    world.may(&ana, PUT).unwrap();
    // As the end of a server does.
    world.attach("ana", "FlumenReadOnly").await;
    world.identities.close().await;
    world.reopen().await;
    world.may(&ana, PUT).unwrap();
    world.may(&ana, GET).unwrap();
    world.caller(&world.root());
}

#[tokio::test]
async fn the_last_key_of_the_root_stays() {
    let world = World::new().await;
    let root = world.root();
    let gone = || DeleteAccessKeyRequest { user_name: None, access_key_id: root.id.clone().into() };
    let error = iam!(world, &root, DeleteAccessKey.delete_access_key(gone())).unwrap_err();
    assert!(matches!(error, IamError::LastRootKey { .. }), "{error}");
    let made =
        iam!(world, &root, CreateAccessKey.create_access_key(CreateAccessKeyRequest { user_name: None }));
    let second = Key { id: made.unwrap().access_key.access_key_id.into_owned(), token: None };
    iam!(world, &second, DeleteAccessKey.delete_access_key(gone())).unwrap();
    assert_eq!(world.known(&root).unwrap_err(), NotKnown::Unknown);
    assert!(world.caller(&second).principal().is_root());
}

#[tokio::test]
async fn whoever_lost_the_root_key_gets_another_at_the_directory() {
    let world = World::new().await;
    let new = KeyPair::random().unwrap();
    world.identities.recover(ACCOUNT, &new).await.unwrap();
    assert_eq!(world.known(&world.root()).unwrap_err(), NotKnown::Unknown);
    assert!(world.caller(&Key { id: new.id.clone(), token: None }).principal().is_root());
    let again = world.identities.create_account("222222222222", &new).await.unwrap_err();
    assert!(matches!(again, AccountError::KeyTaken { .. }), "{again}");
    let other = KeyPair::random().unwrap();
    let again = world.identities.create_account(ACCOUNT, &other).await.unwrap_err();
    assert_eq!(again.to_string(), format!("account {ACCOUNT} already exists"));
    let wrong = world.identities.create_account("12", &other).await.unwrap_err();
    assert_eq!(wrong.to_string(), "\"12\" is no account: it must be twelve digits");
}

/// A user who may make users only within a boundary cannot make one without, nor take the boundary away.
#[tokio::test]
async fn what_must_be_bounded_stays_bounded() {
    let world = World::new().await;
    let (admin, root) = (world.user("admin").await, world.root());
    let bounds = CreatePolicyRequest {
        policy_name: "bounds".into(),
        policy_document: policy("Allow", "kinesis:Get*").into(),
        ..Default::default()
    };
    iam!(world, &root, CreatePolicy.create_policy(bounds)).unwrap();
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/bounds");
    let delegated = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Action":["iam:CreateUser","iam:PutUserPolicy","iam:AttachUserPolicy","iam:PutUserPermissionsBoundary"],
              "Resource":"arn:aws:iam::{ACCOUNT}:user/bounded*","Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{arn}"}}}}}},
            {{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::{ACCOUNT}:user/bounded*"}}]}}"#
    );
    world.put_policy(&root, "admin", &delegated).await.unwrap();
    let user = |boundary: Option<&str>| CreateUserRequest {
        user_name: "bounded1".into(),
        permissions_boundary: boundary.map(|arn| arn.to_owned().into()),
        ..Default::default()
    };
    let denied = iam!(world, &admin, CreateUser.create_user(user(None))).unwrap_err();
    assert!(matches!(denied, IamError::Denied(_)), "{denied}");
    iam!(world, &admin, CreateUser.create_user(user(Some(&arn)))).unwrap();
    world.put_policy(&admin, "bounded1", &policy("Allow", "*")).await.unwrap();
    let key = world.key_of("bounded1").await.unwrap();
    world.may(&key, "kinesis:GetRecords").unwrap();
    assert_eq!(world.may(&key, PUT).unwrap_err().decision, Decision::ImplicitDeny(Side::Boundary));
    let unbind = DeleteUserPermissionsBoundaryRequest { user_name: "bounded1".into() };
    iam!(world, &admin, DeleteUserPermissionsBoundary.delete_user_permissions_boundary(unbind)).unwrap_err();
    let other = PutUserPermissionsBoundaryRequest {
        user_name: "bounded1".into(),
        permissions_boundary: "arn:aws:iam::aws:policy/AdministratorAccess".into(),
    };
    iam!(world, &admin, PutUserPermissionsBoundary.put_user_permissions_boundary(other)).unwrap_err();
    // The policy itself is not theirs to change, nor is a user without it.
    world.put_policy(&admin, "admin", &policy("Allow", "*")).await.unwrap_err();
    let gone = DeletePolicyRequest { policy_arn: arn.into() };
    let error = iam!(world, &root, DeletePolicy.delete_policy(gone)).unwrap_err();
    assert!(matches!(error, IamError::PolicyAttached), "{error}");
}

#[tokio::test]
async fn a_managed_policy_is_what_its_default_version_says() {
    let world = World::new().await;
    let (ana, root) = (world.user("ana").await, world.root());
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/team/p");
    let make = CreatePolicyRequest {
        policy_name: "p".into(),
        path: Some("/team/".into()),
        policy_document: policy("Allow", PUT).into(),
        ..Default::default()
    };
    iam!(world, &root, CreatePolicy.create_policy(make.clone())).unwrap();
    let twice = iam!(world, &root, CreatePolicy.create_policy(make)).unwrap_err();
    assert_eq!(twice.to_string(), "A policy called p already exists. Duplicate names are not allowed.");
    let attach = AttachUserPolicyRequest { user_name: "ana".into(), policy_arn: arn.clone().into() };
    iam!(world, &root, AttachUserPolicy.attach_user_policy(attach)).unwrap();
    world.may(&ana, PUT).unwrap();
    let version = |text: String, set_as_default| CreatePolicyVersionRequest {
        policy_arn: arn.clone().into(),
        policy_document: text.into(),
        set_as_default,
    };
    iam!(world, &root, CreatePolicyVersion.create_policy_version(version(policy("Deny", PUT), Some(true))))
        .unwrap();
    world.may(&ana, PUT).unwrap_err();
    let first = SetDefaultPolicyVersionRequest { policy_arn: arn.clone().into(), version_id: "v1".into() };
    iam!(world, &root, SetDefaultPolicyVersion.set_default_policy_version(first)).unwrap();
    world.may(&ana, PUT).unwrap();
    for _ in 0..3 {
        iam!(world, &root, CreatePolicyVersion.create_policy_version(version(policy("Deny", "a:b"), None)))
            .unwrap();
    }
    let sixth =
        iam!(world, &root, CreatePolicyVersion.create_policy_version(version(policy("Deny", "a:b"), None)));
    assert!(matches!(sixth.unwrap_err(), IamError::Versions { limit: 5 }));
    let gone = DeletePolicyVersionRequest { policy_arn: arn.clone().into(), version_id: "v1".into() };
    let error = iam!(world, &root, DeletePolicyVersion.delete_policy_version(gone)).unwrap_err();
    assert!(matches!(error, IamError::DefaultVersion), "{error}");
    // The path is part of the ARN.
    let elsewhere = format!("arn:aws:iam::{ACCOUNT}:policy/p");
    let attach = AttachUserPolicyRequest { user_name: "ana".into(), policy_arn: elsewhere.into() };
    let error = iam!(world, &root, AttachUserPolicy.attach_user_policy(attach)).unwrap_err();
    assert!(matches!(error, IamError::NoPolicy { .. }), "{error}");
}

#[tokio::test]
async fn a_managed_policy_is_found_by_its_own_arn_alone() {
    let world = World::new().await;
    let root = world.root();
    let make = |path: &'static str, policy_name: &'static str| CreatePolicyRequest {
        policy_name: policy_name.into(),
        path: Some(path.into()),
        policy_document: policy("Allow", PUT).into(),
        ..Default::default()
    };
    iam!(world, &root, CreatePolicy.create_policy(make("/", "Bound"))).unwrap();
    iam!(world, &root, CreatePolicy.create_policy(make("/a/", "b"))).unwrap();
    for (partition, path) in [("aws", "x/Bound"), ("aws", "x/a/b"), ("aws", "bound"), ("aws-cn", "Bound")] {
        let arn = format!("arn:{partition}:iam::{ACCOUNT}:policy/{path}");
        let version = CreatePolicyVersionRequest {
            policy_arn: arn.clone().into(),
            policy_document: policy("Allow", "*").into(),
            set_as_default: Some(true),
        };
        let error = iam!(world, &root, CreatePolicyVersion.create_policy_version(version)).unwrap_err();
        assert!(matches!(&error, IamError::NoPolicy { arn: named } if *named == arn), "{arn}: {error}");
        let tags = vec![Tag { key: "k".into(), value: "v".into() }];
        let tag = TagPolicyRequest { policy_arn: arn.clone().into(), tags };
        let error = iam!(world, &root, TagPolicy.tag_policy(tag)).unwrap_err();
        assert!(matches!(error, IamError::NoPolicy { .. }), "{arn}: {error}");
    }
}

#[tokio::test]
async fn a_new_name_is_given_by_whoever_may_do_so_with_the_arn_that_comes_of_it() {
    let world = World::new().await;
    let (ana, root) = (world.user("ana").await, world.root());
    let may = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["iam:UpdateUser","iam:UpdateGroup"],
            "Resource":"*"}},{{"Effect":"Deny","Action":"iam:*",
            "Resource":["arn:aws:iam::{ACCOUNT}:user/ops/vip","arn:aws:iam::{ACCOUNT}:group/ops/vip"]}}]}}"#
    );
    world.put_policy(&root, "ana", &may).await.unwrap();
    let user = CreateUserRequest { user_name: "u".into(), path: Some("/ops/".into()), ..Default::default() };
    iam!(world, &root, CreateUser.create_user(user)).unwrap();
    let group = CreateGroupRequest { group_name: "g".into(), path: Some("/ops/".into()) };
    iam!(world, &root, CreateGroup.create_group(group)).unwrap();
    let named = |name: &'static str| UpdateUserRequest {
        user_name: "u".into(),
        new_path: None,
        new_user_name: Some(name.into()),
    };
    let error = iam!(world, &ana, UpdateUser.update_user(named("vip"))).unwrap_err();
    assert!(matches!(error, IamError::Denied(_)), "{error}");
    iam!(world, &ana, UpdateUser.update_user(named("U"))).unwrap();
    let named = |name: &'static str| UpdateGroupRequest {
        group_name: "g".into(),
        new_path: None,
        new_group_name: Some(name.into()),
    };
    let error = iam!(world, &ana, UpdateGroup.update_group(named("vip"))).unwrap_err();
    assert!(matches!(error, IamError::Denied(_)), "{error}");
    iam!(world, &ana, UpdateGroup.update_group(named("G"))).unwrap();
}

/// Whoever is told why somebody was denied finds the policy by its name.
#[tokio::test]
async fn what_decided_is_called_as_it_is_attached() {
    let world = World::new().await;
    let (ana, root) = (world.user("ana").await, world.root());
    let of = |kind: &str, name: &str| format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}");
    let decided = |key: &Key, action: &'static str| {
        let caller = world.caller(key);
        let arn = format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s");
        decide(&caller, &[Action(action)], Resource::new(ACCOUNT, &arn)).unwrap_err();
        let decided: serde_json::Value = serde_json::from_str(caller.noted().decided().unwrap()).unwrap();
        ["side", "policy", "attachedTo"].map(|name| decided[name].as_str().unwrap_or_default().to_owned())
    };
    let group = CreateGroupRequest { group_name: "readers".into(), ..Default::default() };
    iam!(world, &root, CreateGroup.create_group(group)).unwrap();
    let inline = PutGroupPolicyRequest {
        group_name: "readers".into(),
        policy_name: "no-puts".into(),
        policy_document: policy("Deny", "kinesis:Put*").into(),
    };
    iam!(world, &root, PutGroupPolicy.put_group_policy(inline)).unwrap();
    let member = AddUserToGroupRequest { group_name: "readers".into(), user_name: "ana".into() };
    iam!(world, &root, AddUserToGroup.add_user_to_group(member)).unwrap();
    world.attach("ana", "FlumenProducer").await;
    world.put_policy(&root, "ana", &policy("Deny", "kinesis:Get*")).await.unwrap();
    assert_eq!(decided(&ana, PUT), ["identity", "no-puts", &of("group", "readers")]);
    assert_eq!(decided(&ana, GET), ["identity", "p", &of("user", "ana")]);
    world.attach("ana", "FlumenOperator").await;
    let operator = "arn:aws:iam::aws:policy/FlumenOperator";
    assert_eq!(decided(&ana, "kinesis:DeleteResourcePolicy"), ["identity", operator, &of("user", "ana")]);
    let bounds = CreatePolicyRequest {
        policy_name: "bounds".into(),
        policy_document: policy("Deny", "kinesis:Delete*").into(),
        ..Default::default()
    };
    iam!(world, &root, CreatePolicy.create_policy(bounds)).unwrap();
    let bound = PutUserPermissionsBoundaryRequest {
        user_name: "ana".into(),
        permissions_boundary: of("policy", "bounds").into(),
    };
    iam!(world, &root, PutUserPermissionsBoundary.put_user_permissions_boundary(bound)).unwrap();
    let wanted = ["boundary", &of("policy", "bounds"), &of("user", "ana")];
    assert_eq!(decided(&ana, "kinesis:DeleteStream"), wanted);
    world.role("R", r#"{"AWS":"*"}"#, &policy("Allow", "*")).await;
    let mut session = role("R", "s");
    session.policy = Some(policy("Deny", "kinesis:Put*").into());
    session.policy_arns = Some(vec![flumen_protocol::sts::PolicyDescriptorType {
        arn: Some("arn:aws:iam::aws:policy/FlumenOperator".into()),
    }]);
    let key = world.assume(&root, &session).err();
    assert!(key.is_some(), "the root assumes nothing");
    let bob = world.user("bob").await;
    world.put_policy(&root, "bob", &policy("Allow", "*")).await.unwrap();
    let key = world.assume(&bob, &session).unwrap();
    assert_eq!(decided(&key, PUT), ["session", "", ""]);
    assert_eq!(decided(&key, "kinesis:PutResourcePolicy"), ["session", "", ""]);
    assert_eq!(decided(&key, "kinesis:DeleteResourcePolicy"), ["session", operator, ""]);
}
