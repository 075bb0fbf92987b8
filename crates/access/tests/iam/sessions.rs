//! Credentials for a while: what they may, for how long, and when they end before their time.

use crate::support::{ACCOUNT, Key, World, policy, role, text};
use flumen_access::iam::{Iam, IamError};
use flumen_access::identity::{KeyPair, NotKnown};
use flumen_access::policy::{Decision, Side};
use flumen_access::sts::{Sts, StsError};
use flumen_protocol::iam::{
    DeleteRolePolicyRequest, DeleteRoleRequest, ListUsersRequest, Operation, PutRolePolicyRequest,
};
use flumen_protocol::sts::{AssumeRoleRequest, GetCallerIdentityRequest, Tag};

const PUT: &str = "kinesis:PutRecord";
const GET: &str = "kinesis:GetRecords";
const HOUR_MS: u64 = 3_600_000;

async fn world() -> (World, Key) {
    let world = World::new().await;
    let ana = world.user("ana").await;
    world
        .role("R", &format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:user/ana"}}"#), &policy("Allow", "kinesis:*"))
        .await;
    (world, ana)
}

#[tokio::test]
async fn whom_a_role_trusts_is_a_session_of_it_until_it_expires() {
    let (mut world, ana) = world().await;
    let session = world.assume(&ana, &role("R", "s")).unwrap();
    assert!(session.id.starts_with("ASIA"));
    let caller = world.caller(&session);
    assert_eq!(text(caller.principal()), format!("arn:aws:sts::{ACCOUNT}:assumed-role/R/s"));
    let who = Sts::new(&world.identities, &caller).get_caller_identity(&GetCallerIdentityRequest {});
    assert!(who.user_id.unwrap().starts_with("AROA"));
    world.may(&session, PUT).unwrap();
    // The service keeps nothing of it.
    world.reopen().await;
    world.may(&session, PUT).unwrap();
    world.time.advance_ms(HOUR_MS - 1);
    world.may(&session, PUT).unwrap();
    world.time.advance_ms(1);
    assert_eq!(world.known(&session).unwrap_err(), NotKnown::Expired);
}

#[tokio::test]
async fn a_role_is_told_of_to_nobody_whom_it_does_not_trust() {
    let (world, ana) = world().await;
    let bob = world.user("bob").await;
    let (there, absent) = (role("R", "s"), role("none", "s"));
    let told = |key: &Key, input: &AssumeRoleRequest<'_>| world.assume(key, input).unwrap_err().to_string();
    let wanted = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: sts:AssumeRole on resource: \
         arn:aws:iam::{ACCOUNT}:role/"
    );
    assert!(told(&bob, &there).starts_with(&format!("{wanted}R ")), "{}", told(&bob, &there));
    assert!(told(&bob, &absent).starts_with(&format!("{wanted}none ")), "{}", told(&bob, &absent));
    assert_eq!(told(&world.root(), &there), "Roles may not be assumed by root accounts.");
    world.assume(&ana, &there).unwrap();
}

#[tokio::test]
async fn a_session_token_and_its_key_belong_together() {
    let (world, ana) = world().await;
    let (one, other) =
        (world.assume(&ana, &role("R", "a")).unwrap(), world.assume(&ana, &role("R", "b")).unwrap());
    let mixed = Key { id: one.id.clone(), token: other.token.clone() };
    let bare = Key { id: one.id.clone(), token: None };
    let with_token = Key { id: ana.id.clone(), token: one.token.clone() };
    let mut altered = one.token.clone().unwrap().into_bytes();
    altered[40] ^= 1;
    let altered = Key { id: one.id.clone(), token: String::from_utf8(altered).ok() };
    for wrong in [mixed, bare, with_token, altered] {
        assert_eq!(world.known(&wrong).unwrap_err(), NotKnown::Unknown);
        // Nor does it spoil the right one.
        world.caller(&one);
        world.caller(&ana);
    }
}

#[tokio::test]
async fn a_session_is_within_its_policies() {
    let (world, ana) = world().await;
    let within = |text: &str| AssumeRoleRequest { policy: Some(text.to_owned().into()), ..role("R", "s") };
    let session = world.assume(&ana, &within(&policy("Allow", "kinesis:Get*"))).unwrap();
    world.may(&session, GET).unwrap();
    assert_eq!(world.may(&session, PUT).unwrap_err().decision, Decision::ImplicitDeny(Side::Session));
    let error = world.assume(&ana, &within("{")).unwrap_err();
    assert!(matches!(error, StsError::Malformed(_)), "{error}");
    let error =
        world.assume(&ana, &within(&policy("Allow", &format!("kinesis:{}", "x".repeat(2_000))))).unwrap_err();
    assert!(matches!(error, StsError::PolicyTooLarge { limit: 2_048, .. }), "{error}");
}

#[tokio::test]
async fn a_session_ends_with_its_role_and_with_what_the_role_may() {
    let (world, ana) = world().await;
    let session = world.assume(&ana, &role("R", "s")).unwrap();
    let root = world.caller(&world.root());
    let iam = |operation| Iam::new(&world.identities, &root, operation);
    let nothing = DeleteRolePolicyRequest { role_name: "R".into(), policy_name: "p".into() };
    iam(Operation::DeleteRolePolicy).delete_role_policy(&nothing).await.unwrap();
    world.may(&session, PUT).unwrap_err();
    iam(Operation::DeleteRole).delete_role(&DeleteRoleRequest { role_name: "R".into() }).await.unwrap();
    assert_eq!(world.known(&session).unwrap_err(), NotKnown::Unknown);
    // One of the same name is another role.
    world.role("R", r#""*""#, &policy("Allow", "kinesis:*")).await;
    assert_eq!(world.known(&session).unwrap_err(), NotKnown::Unknown);
}

#[tokio::test]
async fn sessions_that_are_revoked_end_and_later_ones_do_not() {
    let (mut world, ana) = world().await;
    let before = world.assume(&ana, &role("R", "s")).unwrap();
    let until_ms = world.time.advance_ms(1_000);
    let after = world.assume(&ana, &role("R", "s")).unwrap();
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/R");
    world.identities.revoke_sessions(ACCOUNT, &arn, until_ms).await.unwrap();
    assert_eq!(world.known(&before).unwrap_err(), NotKnown::Unknown);
    world.caller(&after);
    world.reopen().await;
    assert_eq!(world.known(&before).unwrap_err(), NotKnown::Unknown);
    world.identities.revoke_sessions(ACCOUNT, ACCOUNT, until_ms + 1).await.unwrap();
    assert_eq!(world.known(&after).unwrap_err(), NotKnown::Unknown);
}

#[tokio::test]
async fn sessions_of_every_account_end_at_once_and_another_start_ends_no_more() {
    let (mut world, ana) = world().await;
    let other = KeyPair::random().unwrap();
    world.identities.create_account("222222222222", &other).await.unwrap();
    let of_root = world.session_token(&Key { id: other.id.clone(), token: None }).unwrap();
    let (of_role, of_user) =
        (world.assume(&ana, &role("R", "s")).unwrap(), world.session_token(&ana).unwrap());
    let before_ms = world.time.advance_ms(1_000);
    let later = world.assume(&ana, &role("R", "s")).unwrap();
    world.identities.revoke_all_sessions(before_ms).await.unwrap();
    for ended in [&of_root, &of_role, &of_user] {
        assert_eq!(world.known(ended).unwrap_err(), NotKnown::Unknown);
    }
    world.caller(&later);
    let end = world.end();
    world.reopen().await;
    assert_eq!(world.known(&of_role).unwrap_err(), NotKnown::Unknown);
    world.identities.revoke_all_sessions(before_ms).await.unwrap();
    world.identities.revoke_all_sessions(before_ms - 1).await.unwrap();
    assert_eq!(world.end(), end, "what has been ended is not ended again");
}

/// As AWS's console revokes the sessions of a role.
#[tokio::test]
async fn a_policy_ends_the_sessions_of_a_role_that_began_before() {
    let (world, ana) = world().await;
    let before = world.assume(&ana, &role("R", "s")).unwrap();
    world.time.advance_ms(60_000);
    let after = world.assume(&ana, &role("R", "s")).unwrap();
    world.may(&before, PUT).unwrap();
    let revoke = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*",
        "Condition":{"DateLessThan":{"aws:TokenIssueTime":"2027-01-15T08:00:30Z"}}}}"#;
    let put = PutRolePolicyRequest {
        role_name: "R".into(),
        policy_name: "AWSRevokeOlderSessions".into(),
        policy_document: revoke.into(),
    };
    let root = world.caller(&world.root());
    Iam::new(&world.identities, &root, Operation::PutRolePolicy).put_role_policy(&put).await.unwrap();
    let denied = world.may(&before, PUT).unwrap_err();
    assert!(matches!(denied.decision, Decision::ExplicitDeny(_)), "{denied}");
    world.may(&after, PUT).unwrap();
    // Whoever has no session is not asked when it began.
    world.put_policy(&world.root(), "ana", revoke).await.unwrap();
    world.may(&ana, PUT).unwrap_err();
    world.attach("ana", "FlumenProducer").await;
    world.may(&ana, PUT).unwrap();
}

#[tokio::test]
async fn a_session_that_begins_in_another_has_an_hour_and_its_transitive_tags() {
    let (world, ana) = world().await;
    let trusted = format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:role/R"}}"#);
    let tagged = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kinesis:Put*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"data"}}}}"#;
    world.role("Next", &trusted, tagged).await;
    let tag = |key: &'static str, value: &'static str| Tag { key: key.into(), value: value.into() };
    let first = AssumeRoleRequest {
        tags: Some(vec![tag("team", "data"), tag("own", "1")]),
        transitive_tag_keys: Some(vec!["team".into()]),
        source_identity: Some("ana".into()),
        ..role("R", "s")
    };
    let first = world.assume(&ana, &first).unwrap();
    let next = world.assume(&first, &role("Next", "s")).unwrap();
    world.may(&next, PUT).unwrap();
    let long = AssumeRoleRequest { duration_seconds: Some(3_601), ..role("Next", "s") };
    assert!(matches!(world.assume(&first, &long).unwrap_err(), StsError::ChainedTooLong));
    let changed = AssumeRoleRequest { tags: Some(vec![tag("TEAM", "x")]), ..role("Next", "s") };
    assert!(matches!(world.assume(&first, &changed).unwrap_err(), StsError::InheritedTag { .. }));
    let other = AssumeRoleRequest { source_identity: Some("bob".into()), ..role("Next", "s") };
    assert!(matches!(world.assume(&first, &other).unwrap_err(), StsError::SourceIdentity { .. }));
    // Without the first session's tag it may nothing.
    let plain = world.assume(&ana, &role("R", "s")).unwrap();
    let next = world.assume(&plain, &role("Next", "s")).unwrap();
    world.may(&next, PUT).unwrap_err();
    let long = AssumeRoleRequest { duration_seconds: Some(3_601), ..role("R", "s") };
    assert!(matches!(world.assume(&ana, &long).unwrap_err(), StsError::TooLong));
}

#[tokio::test]
async fn what_get_session_token_gives_is_the_user_but_for_iam() {
    let (world, ana) = world().await;
    world.attach("ana", "AdministratorAccess").await;
    let session = world.session_token(&ana).unwrap();
    let caller = world.caller(&session);
    assert_eq!(text(caller.principal()), format!("arn:aws:iam::{ACCOUNT}:user/ana"));
    world.may(&session, PUT).unwrap();
    let iam = Iam::new(&world.identities, &caller, Operation::ListUsers);
    assert!(matches!(iam.list_users(&ListUsersRequest::default()), Err(IamError::SessionToken)));
    assert!(matches!(world.session_token(&session), Err(StsError::OfSession { .. })));
    world.time.advance_ms(12 * HOUR_MS);
    assert_eq!(world.known(&session).unwrap_err(), NotKnown::Expired);
}
