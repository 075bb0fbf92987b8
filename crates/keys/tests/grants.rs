//! Grants: what each allows and to whom, how they are listed, passed on, told apart and ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use flumen_access::{Basis, Caller, Principal, Rights, Source, Standing};
use flumen_keys::{
    Constraint, Context, GRANTS_OF_KEY_MAX, Grant, GrantOperation, KeyError, KeyOperation, Keys, Materials,
    NewGrant, NewKey, Page, Refusal, Use,
};
use flumen_machine::Carried;
use flumen_storage::{Storage, StorageSettings};
use flumen_testkit::faulty::FaultyDisk;
use flumen_testkit::service::{seal, storage};
use flumen_types::Clock;

use GrantOperation::{CreateGrant, Decrypt, DescribeKey, Encrypt, GenerateDataKey, RetireGrant};

const OWN: &str = "111111111111";
const ALL: Page<'static> = Page { limit: 1000, marker: None };

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{OWN}:user/{name}")
}

/// A user with one of the policies that come with the service.
fn user(account: &str, name: &str, policy: &str) -> Caller {
    let rights = Arc::new(Rights::of_provided(policy).unwrap());
    let (basis, source) = (Basis::File(rights), Source::default());
    let standing = Standing { basis, at_ms: 0, source, user_agent: None, report: None };
    let principal = Principal::user(account, "/", name, "AIDA", BTreeMap::new());
    Caller::new(Arc::new(principal), "us-east-1").standing(standing)
}

fn admin() -> Caller {
    user(OWN, "admin", "AdministratorAccess")
}

/// Whose policies say nothing of keys.
fn nobody(name: &str) -> Caller {
    user(OWN, name, "FlumenProducer")
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

fn context(of: &[(&str, &str)]) -> Context {
    Context::new(pairs(of)).unwrap()
}

fn granting(who: &str, operations: &[GrantOperation]) -> NewGrant {
    NewGrant { grantee: arn(who), operations: operations.iter().copied().collect(), ..NewGrant::default() }
}

/// Keys that a disk holds.
async fn open(disk: &FaultyDisk, log: &Storage) -> Keys {
    let materials = Materials::on(Arc::new(disk.clone()), "keys".into(), seal());
    Keys::open(log.clone(), Clock::system(), materials, &Carried::default()).await.unwrap()
}

/// Keys in memory, and one of them.
async fn keys() -> (Keys, String) {
    let storage = Storage::ephemeral(StorageSettings::default()).unwrap();
    let materials = Materials::in_memory(seal());
    let keys = Keys::open(storage, Clock::system(), materials, &Carried::default()).await.unwrap();
    let key = keys.create_key(&admin(), &NewKey::default()).await.unwrap().arn.to_string();
    (keys, key)
}

async fn create(keys: &Keys, key: &str, new: &NewGrant) -> Arc<Grant> {
    keys.create_grant(&admin(), key, new, &[], false).await.unwrap()
}

fn ids(grants: &[Arc<Grant>]) -> Vec<String> {
    grants.iter().map(|grant| grant.id.to_string()).collect()
}

#[test]
fn operations_have_the_names_of_aws() {
    for operation in GrantOperation::ALL {
        assert_eq!(GrantOperation::parse(operation.as_str()), Some(operation));
    }
    assert_eq!(GrantOperation::parse("Decrypt"), Some(Decrypt));
    assert_eq!((GrantOperation::parse("decrypt"), GrantOperation::parse("Sign")), (None, None));
}

#[tokio::test]
async fn grants_are_listed_of_a_key_by_grantee_by_id_and_in_pages() {
    let (keys, key) = keys().await;
    let other = keys.create_key(&admin(), &NewKey::default()).await.unwrap().arn.to_string();
    let mut made = Vec::new();
    for who in ["ana", "bob", "ana"] {
        made.push(create(&keys, &key, &granting(who, &[Decrypt])).await);
    }
    create(&keys, &other, &granting("ana", &[Decrypt])).await;
    made.sort_by_key(|grant| grant.id.to_string());
    let listed = |grantee: Option<&str>, id: Option<&str>, page| {
        keys.list_grants(&admin(), &key, grantee, id, page).unwrap()
    };
    assert_eq!(listed(None, None, ALL).items, made);
    let (ana, bob) = (arn("ana"), arn("bob"));
    let of_ana: Vec<_> = made.iter().filter(|grant| grant.grantee == ana).cloned().collect();
    assert_eq!((of_ana.len(), listed(Some(&ana), None, ALL).items), (2, of_ana.clone()));
    let id = of_ana[0].id.to_string();
    assert_eq!(listed(None, Some(&id), ALL).items, of_ana[..1]);
    assert_eq!(listed(Some(&ana), Some(&id), ALL).items, of_ana[..1]);
    assert!(listed(Some(&bob), Some(&id), ALL).items.is_empty());
    let first = listed(None, None, Page { limit: 2, marker: None });
    let second = listed(None, None, Page { limit: 2, marker: first.marker.as_deref() });
    assert_eq!([first.items, second.items].concat(), made);
    assert_eq!(second.marker, None);
    let refused = keys.list_grants(&admin(), &key, None, Some("no-id"), ALL).unwrap_err();
    assert!(matches!(refused, KeyError::InvalidGrantId { id } if id == "no-id"));
}

#[tokio::test]
async fn a_grant_of_one_name_that_says_the_same_is_the_same() {
    let (keys, key) = keys().await;
    let named = NewGrant {
        name: Some("n".to_owned()),
        retiring: Some(arn("boss")),
        constraint: Some(Constraint::Equals(pairs(&[("a", "1")]))),
        ..granting("ana", &[Decrypt, Encrypt])
    };
    let first = create(&keys, &key, &named).await;
    assert_eq!(create(&keys, &key, &named).await.id, first.id);
    let others = [
        NewGrant { name: Some("m".to_owned()), ..named.clone() },
        NewGrant { grantee: arn("bob"), ..named.clone() },
        NewGrant { retiring: None, ..named.clone() },
        NewGrant { operations: [Decrypt].into(), ..named.clone() },
        NewGrant { constraint: Some(Constraint::Subset(pairs(&[("a", "1")]))), ..named.clone() },
        NewGrant { constraint: None, ..named.clone() },
    ];
    for (nth, other) in others.iter().enumerate() {
        create(&keys, &key, other).await;
        assert_eq!(
            keys.list_grants(&admin(), &key, None, None, ALL).unwrap().items.len(),
            2 + nth,
            "{other:?}"
        );
    }
    // Without a name each one is another.
    let without = NewGrant { name: None, ..named };
    assert_ne!(create(&keys, &key, &without).await.id, create(&keys, &key, &without).await.id);
}

#[tokio::test]
async fn grants_are_the_same_after_a_restart_until_they_are_revoked() {
    let disk = FaultyDisk::default();
    let log = storage(&disk).unwrap();
    let (keys, caller) = (open(&disk, &log).await, admin());
    let key = keys.create_key(&caller, &NewKey::default()).await.unwrap().arn.to_string();
    let new = NewGrant {
        name: Some("n".to_owned()),
        retiring: Some(arn("boss")),
        constraint: Some(Constraint::Subset(pairs(&[("a", "1")]))),
        ..granting("ana", &[Decrypt, RetireGrant])
    };
    let first = keys.create_grant(&caller, &key, &new, &[], false).await.unwrap();
    let second = keys.create_grant(&caller, &key, &granting("bob", &[Encrypt]), &[], false).await.unwrap();
    assert_ne!(first, second);
    log.close().await;
    let log = storage(&disk).unwrap();
    let keys = open(&disk, &log).await;
    let mut made = vec![first.clone(), second.clone()];
    made.sort_by_key(|grant| grant.id.to_string());
    assert_eq!(keys.list_grants(&caller, &key, None, None, ALL).unwrap().items, made);
    let id = first.id.to_string();
    let refused = keys.revoke_grant(&caller, &key, &id, true).await.unwrap_err();
    assert!(matches!(refused, KeyError::DryRun));
    keys.revoke_grant(&caller, &key, &id, false).await.unwrap();
    for is_dry in [true, false] {
        let refused = keys.revoke_grant(&caller, &key, &id, is_dry).await.unwrap_err();
        assert_eq!(refused.refusal(), Refusal::NotFound);
    }
    log.close().await;
    let log = storage(&disk).unwrap();
    let keys = open(&disk, &log).await;
    assert_eq!(keys.list_grants(&caller, &key, None, None, ALL).unwrap().items, [second]);
}

/// Whether somebody may decrypt what was encrypted with a context.
async fn may_decrypt(keys: &Keys, key: &str, who: &Caller, of: &[(&str, &str)]) -> bool {
    let said = context(of);
    let with = Use::with(&said);
    let made = keys.generate_data_key(&admin(), key, 32, KeyOperation::GenerateDataKey, &with).await.unwrap();
    keys.decrypt(who, &made.encrypted.blob, None, &with).await.is_ok()
}

#[tokio::test]
async fn a_constraint_is_on_the_context_of_what_has_one() {
    let (keys, key) = keys().await;
    let of = &[("a", "1"), ("b", "2")];
    let equals = Some(Constraint::Equals(pairs(of)));
    create(&keys, &key, &NewGrant { constraint: equals, ..granting("ana", &[Decrypt, DescribeKey]) }).await;
    let subset = Some(Constraint::Subset(pairs(of)));
    create(&keys, &key, &NewGrant { constraint: subset, ..granting("bob", &[Decrypt]) }).await;
    create(&keys, &key, &granting("cat", &[Decrypt])).await;
    // Whether ana, bob and cat may.
    let cases = [
        (&[("a", "1"), ("b", "2")][..], [true, true, true]),
        (&[("a", "1"), ("b", "2"), ("c", "3")], [false, true, true]),
        (&[("a", "1")], [false, false, true]),
        (&[("a", "1"), ("b", "3")], [false, false, true]),
        (&[], [false, false, true]),
    ];
    for (said, expected) in cases {
        for (who, expected) in ["ana", "bob", "cat"].into_iter().zip(expected) {
            assert_eq!(may_decrypt(&keys, &key, &nobody(who), said).await, expected, "{who} {said:?}");
        }
    }
    // Describing has no context, and whoever is let decrypt may not describe.
    assert!(keys.describe_key(&nobody("ana"), &key, &[]).await.is_ok());
    assert!(keys.describe_key(&nobody("bob"), &key, &[]).await.is_err());
}

#[tokio::test]
async fn a_grant_is_retired_by_whom_it_names_for_that_or_lets() {
    let (keys, key) = keys().await;
    let constraint = Some(Constraint::Equals(pairs(&[("a", "1")])));
    let new = NewGrant { retiring: Some(arn("boss")), constraint, ..granting("ana", &[Decrypt]) };
    let grant = create(&keys, &key, &new).await;
    let beside = create(&keys, &key, &NewGrant { retiring: Some(arn("other")), ..new.clone() }).await;
    let (token, id) = (grant.token(), grant.id.to_string());
    let by_id = Some((key.as_str(), id.as_str()));
    // The grantee may not, unless the grant lets it; nor may whom another grant names.
    for who in ["ana", "other", "stranger"] {
        let refused = keys.retire_grant(&nobody(who), None, by_id, false).await.unwrap_err();
        assert_eq!(refused.refusal(), Refusal::Denied, "{who}");
        assert!(keys.retire_grant(&nobody(who), Some(&token), None, false).await.is_err(), "{who}");
    }
    assert!(matches!(
        keys.retire_grant(&nobody("boss"), Some(&token), None, true).await,
        Err(KeyError::DryRun)
    ));
    keys.retire_grant(&nobody("boss"), Some(&token), None, false).await.unwrap();
    assert_eq!(keys.list_grants(&admin(), &key, None, None, ALL).unwrap().items, [beside]);
    assert!(!may_decrypt(&keys, &key, &nobody("ana"), &[("a", "2")]).await);
    // By its grantee.
    let grant = create(&keys, &key, &granting("eve", &[RetireGrant])).await;
    let id = grant.id.to_string();
    keys.retire_grant(&nobody("eve"), None, Some((&key, &id)), false).await.unwrap();
    let neither = keys.retire_grant(&admin(), None, None, false).await.unwrap_err();
    assert!(matches!(neither, KeyError::Validation(_)));
}

#[tokio::test]
async fn grants_that_a_principal_may_retire_are_listed_of_all_keys() {
    let (keys, key) = keys().await;
    let second = keys.create_key(&admin(), &NewKey::default()).await.unwrap().arn.to_string();
    let mut made = Vec::new();
    for (key, retiring) in
        [(&key, Some("boss")), (&second, Some("boss")), (&key, Some("other")), (&key, None)]
    {
        let new = NewGrant { retiring: retiring.map(arn), ..granting("ana", &[Decrypt]) };
        made.push(create(&keys, key, &new).await);
    }
    let mut expected = ids(&made[..2]);
    expected.sort();
    assert_eq!(ids(&keys.list_retirable_grants(&admin(), &arn("boss"), ALL).unwrap().items), expected);
    assert!(keys.list_retirable_grants(&admin(), &arn("ana"), ALL).unwrap().items.is_empty());
    assert!(keys.list_retirable_grants(&nobody("boss"), &arn("boss"), ALL).is_err());
}

#[tokio::test]
async fn a_token_is_of_a_grant_and_what_is_none_is_refused() {
    let (keys, key) = keys().await;
    let grant = create(&keys, &key, &granting("ana", &[Decrypt])).await;
    let token = grant.token();
    let with = async |token: &str| {
        keys.create_grant(&admin(), &key, &granting("x", &[Decrypt]), &[token], false).await
    };
    with(&token).await.unwrap();
    let coded = |text: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(text);
    let text = String::from_utf8(base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&token).unwrap()).unwrap();
    assert_eq!(text, format!("1 {key} {}", grant.id));
    with(&coded(&text)).await.unwrap();
    for bad in [
        "",
        "no token",
        &token[..token.len() - 1],
        &coded(&text.replacen('1', "2", 1)),
        &coded(&format!("{text} ")),
        &coded(&format!("{text} more")),
        &coded(&format!("1 {key}")),
        &coded(&format!("1 {key} no-id")),
        &coded(&format!("1 no-key {}", grant.id)),
        &coded(&format!("{text}{}", " ".repeat(1000))),
    ] {
        assert!(matches!(with(bad).await, Err(KeyError::GrantToken)), "{bad}");
    }
}

#[tokio::test]
async fn a_grant_that_is_passed_on_has_the_same_context_at_least() {
    let (keys, key) = keys().await;
    let equals = |of: &[(&str, &str)]| Some(Constraint::Equals(pairs(of)));
    let subset = |of: &[(&str, &str)]| Some(Constraint::Subset(pairs(of)));
    let a = [("a", "1")];
    create(&keys, &key, &NewGrant { constraint: equals(&a), ..granting("strict", &[Decrypt, CreateGrant]) })
        .await;
    create(&keys, &key, &granting("free", &[Decrypt, CreateGrant])).await;
    for (who, constraint, may) in [
        ("strict", equals(&a), true),
        ("strict", equals(&[("a", "2")]), false),
        ("strict", subset(&a), false),
        ("strict", None, false),
        ("free", None, true),
        ("free", equals(&a), true),
        ("free", subset(&a), true),
    ] {
        let new = NewGrant { constraint: constraint.clone(), ..granting("x", &[Decrypt]) };
        let made = keys.create_grant(&nobody(who), &key, &new, &[], true).await;
        assert_eq!(matches!(made, Err(KeyError::DryRun)), may, "{who} {constraint:?}");
    }
}

/// A key of which a delegate may make and revoke grants where conditions hold.
async fn with_condition(keys: &Keys, condition: &str) -> String {
    let policy = format!(
        r#"{{"Statement": [
            {{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "kms:*", "Resource": "*"}},
            {{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": ["kms:CreateGrant", "kms:RevokeGrant"], "Resource": "*", "Condition": {condition}}}
        ]}}"#,
        arn("admin"),
        arn("delegate")
    );
    let new = NewKey { policy: Some(policy), ..NewKey::default() };
    keys.create_key(&admin(), &new).await.unwrap().arn.to_string()
}

#[tokio::test]
async fn policies_are_asked_about_what_a_grant_says() {
    let (keys, _) = keys().await;
    let asked = NewGrant {
        retiring: Some(arn("boss")),
        constraint: Some(Constraint::Subset(pairs(&[("a", "1")]))),
        ..granting("ana", &[Decrypt, GenerateDataKey])
    };
    for (condition, may) in [
        (format!(r#"{{"StringEquals": {{"kms:GranteePrincipal": "{}"}}}}"#, arn("ana")), true),
        (format!(r#"{{"StringEquals": {{"kms:GranteePrincipal": "{}"}}}}"#, arn("bob")), false),
        (format!(r#"{{"StringEquals": {{"kms:RetiringPrincipal": "{}"}}}}"#, arn("boss")), true),
        (format!(r#"{{"StringEquals": {{"kms:RetiringPrincipal": "{}"}}}}"#, arn("ana")), false),
        (r#"{"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset"}}"#.to_owned(), true),
        (r#"{"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}}"#.to_owned(), false),
        (
            r#"{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "GenerateDataKey"]}}"#
                .to_owned(),
            true,
        ),
        (r#"{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}}"#.to_owned(), false),
        (r#"{"StringEquals": {"kms:EncryptionContext:a": "1"}}"#.to_owned(), true),
        (r#"{"StringEquals": {"kms:EncryptionContext:a": "2"}}"#.to_owned(), false),
        (r#"{"Bool": {"kms:GrantIsForAWSResource": "false"}}"#.to_owned(), true),
        (r#"{"Bool": {"kms:GrantIsForAWSResource": "true"}}"#.to_owned(), false),
    ] {
        let key = with_condition(&keys, &condition).await;
        let made = keys.create_grant(&nobody("delegate"), &key, &asked, &[], false).await;
        assert_eq!(made.is_ok(), may, "{condition}");
    }
    // Revoking is asked about as well.
    for (is_for_resource, may) in [("false", true), ("true", false)] {
        let condition = format!(r#"{{"Bool": {{"kms:GrantIsForAWSResource": "{is_for_resource}"}}}}"#);
        let key = with_condition(&keys, &condition).await;
        let grant = create(&keys, &key, &granting("ana", &[Decrypt])).await;
        let revoked = keys.revoke_grant(&nobody("delegate"), &key, &grant.id.to_string(), false).await;
        assert_eq!(revoked.is_ok(), may, "{condition}");
    }
    let equals = Constraint::Equals(pairs(&[("a", "1")]));
    let new = NewGrant { constraint: Some(equals), ..asked };
    let key =
        with_condition(&keys, r#"{"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}}"#)
            .await;
    keys.create_grant(&nobody("delegate"), &key, &new, &[], false).await.unwrap();
}

#[tokio::test]
async fn a_grant_allows_something_to_somebody() {
    let (keys, key) = keys().await;
    let refused =
        async |new: &NewGrant| keys.create_grant(&admin(), &key, new, &[], false).await.unwrap_err();
    assert!(matches!(refused(&granting("ana", &[])).await, KeyError::Validation(_)));
    let nobody = NewGrant { grantee: "ana".to_owned(), ..granting("ana", &[Decrypt]) };
    assert!(matches!(refused(&nobody).await, KeyError::InvalidArn { .. }));
    let new = NewGrant { retiring: Some("boss".to_owned()), ..granting("ana", &[Decrypt]) };
    assert!(matches!(refused(&new).await, KeyError::InvalidArn { .. }));
}

#[tokio::test]
async fn a_key_has_a_thousand_grants_and_not_one_more() {
    let (keys, key) = keys().await;
    for _ in 0..GRANTS_OF_KEY_MAX {
        create(&keys, &key, &granting("ana", &[Decrypt])).await;
    }
    let refused =
        keys.create_grant(&admin(), &key, &granting("ana", &[Decrypt]), &[], false).await.unwrap_err();
    assert!(matches!(refused, KeyError::TooMany { limit: GRANTS_OF_KEY_MAX, .. }));
    let id = keys.list_grants(&admin(), &key, None, None, ALL).unwrap().items[0].id.to_string();
    keys.revoke_grant(&admin(), &key, &id, false).await.unwrap();
    create(&keys, &key, &granting("ana", &[Decrypt])).await;
}
