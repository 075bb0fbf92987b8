//! Who may use keys, as services within the process ask it: through a service, with a context, by policies and by grants.

use std::collections::BTreeMap;
use std::sync::Arc;

use flumen_access::{Basis, Caller, Principal, Rights, Source, Standing};
use flumen_keys::{
    Constraint, Context, GrantOperation, KINESIS_ALIAS, KeyError, KeyOperation, Keys, Materials, NewGrant,
    NewKey, Page, Refusal, Use,
};
use flumen_machine::Carried;
use flumen_storage::{Storage, StorageSettings};
use flumen_testkit::service::seal;
use flumen_types::Clock;

const OWN: &str = "111111111111";
const OTHER: &str = "222222222222";
const KINESIS: &str = "kinesis.us-east-1.amazonaws.com";

/// A user of an account with one of the policies that come with the service.
fn user(account: &str, name: &str, policy: &str) -> Caller {
    let rights = Arc::new(Rights::of_provided(policy).unwrap());
    let (basis, source) = (Basis::File(rights), Source::default());
    let standing = Standing { basis, at_ms: 0, source, user_agent: None, report: None };
    let principal = Principal::user(account, "/", name, "AIDA", BTreeMap::new());
    Caller::new(Arc::new(principal), "us-east-1").standing(standing)
}

fn context(pairs: &[(&str, &str)]) -> Context {
    Context::new(pairs.iter().map(|(key, value)| (key.to_string(), value.to_string()))).unwrap()
}

async fn keys() -> Keys {
    let storage = Storage::ephemeral(StorageSettings::default()).unwrap();
    let materials = Materials::in_memory(seal());
    Keys::open(storage, Clock::system(), materials, &Carried::default()).await.unwrap()
}

const GENERATE: KeyOperation = KeyOperation::GenerateDataKey;

#[tokio::test]
async fn the_key_of_kinesis_is_for_whoever_may_use_kinesis_in_the_account_and_through_it_alone() {
    let keys = keys().await;
    // Neither of them may do anything with keys.
    let producer = user(OWN, "producer", "FlumenProducer");
    let reader = user(OWN, "reader", "AmazonKinesisReadOnlyAccess");
    let stream = context(&[("aws:kinesis:arn", "arn:aws:kinesis:us-east-1:111111111111:stream/s")]);
    let through = Use { via: Some(KINESIS), ..Use::with(&stream) };
    let made = keys.generate_data_key(&producer, KINESIS_ALIAS, 32, GENERATE, &through).await.unwrap();
    let opened = keys.decrypt(&reader, &made.encrypted.blob, None, &through).await.unwrap();
    assert_eq!(opened.plaintext, made.plaintext);
    for via in [None, Some("firehose.us-east-1.amazonaws.com"), Some("kinesis.eu-west-1.amazonaws.com")] {
        let elsewhere = Use { via, ..through };
        let refused = keys.generate_data_key(&producer, KINESIS_ALIAS, 32, GENERATE, &elsewhere).await;
        assert!(matches!(refused, Err(KeyError::Denied(_))), "{via:?}");
        assert!(keys.decrypt(&reader, &made.encrypted.blob, None, &elsewhere).await.is_err(), "{via:?}");
    }
    // With another stream's context it is no ciphertext of this one.
    let other = context(&[("aws:kinesis:arn", "arn:aws:kinesis:us-east-1:111111111111:stream/t")]);
    let refused =
        keys.decrypt(&reader, &made.encrypted.blob, None, &Use { context: &other, ..through }).await;
    assert!(matches!(refused, Err(KeyError::Ciphertext)));
    // Another account has a key of its own under that alias, and does not reach this one.
    let stranger = user(OTHER, "stranger", "AdministratorAccess");
    let refused = keys.decrypt(&stranger, &made.encrypted.blob, None, &through).await;
    assert_eq!(refused.unwrap_err().refusal(), Refusal::Denied);
    let theirs = keys.generate_data_key(&stranger, KINESIS_ALIAS, 32, GENERATE, &through).await.unwrap();
    assert_ne!(theirs.encrypted.key, made.encrypted.key);
}

#[tokio::test]
async fn a_key_is_decided_about_as_it_is_now() {
    let keys = keys().await;
    let admin = user(OWN, "admin", "AdministratorAccess");
    let producer = user(OWN, "producer", "FlumenProducer");
    let key = keys.create_key(&admin, &NewKey::default()).await.unwrap().arn.to_string();
    let said = context(&[("stream", "s")]);
    let with = Use::with(&said);
    let generate = async || keys.generate_data_key(&producer, &key, 32, GENERATE, &with).await;
    assert_eq!(generate().await.unwrap_err().refusal(), Refusal::Denied);
    let new = NewGrant {
        grantee: format!("arn:aws:iam::{OWN}:user/producer"),
        operations: [GrantOperation::GenerateDataKey].into(),
        constraint: Some(Constraint::Subset([("stream".to_owned(), "s".to_owned())].into())),
        ..NewGrant::default()
    };
    let grant = keys.create_grant(&admin, &key, &new, &[], false).await.unwrap();
    let made = generate().await.unwrap();
    // It is a grant to encrypt, with that context.
    assert!(keys.decrypt(&producer, &made.encrypted.blob, None, &with).await.is_err());
    let other = context(&[("stream", "t")]);
    assert!(keys.generate_data_key(&producer, &key, 32, GENERATE, &Use::with(&other)).await.is_err());
    keys.disable_key(&admin, &key).await.unwrap();
    assert_eq!(generate().await.unwrap_err().refusal(), Refusal::Disabled);
    keys.schedule_deletion(&admin, &key, 7).await.unwrap();
    assert_eq!(generate().await.unwrap_err().refusal(), Refusal::InvalidState);
    keys.cancel_deletion(&admin, &key).await.unwrap();
    keys.enable_key(&admin, &key).await.unwrap();
    generate().await.unwrap();
    keys.revoke_grant(&admin, &key, &grant.id.to_string(), false).await.unwrap();
    assert_eq!(generate().await.unwrap_err().refusal(), Refusal::Denied);
    // Aliases of a key are told of its own account's keys alone.
    let page = Page { limit: 10, marker: None };
    assert!(keys.list_aliases(&admin, Some(&key), page).unwrap().items.is_empty());
    let stranger = user(OTHER, "stranger", "AdministratorAccess");
    assert_eq!(keys.list_aliases(&stranger, Some(&key), page).unwrap_err().refusal(), Refusal::NotFound);
    let absent = keys.generate_data_key(&admin, "alias/none", 32, GENERATE, &with).await;
    assert_eq!(absent.unwrap_err().refusal(), Refusal::NotFound);
}

#[tokio::test]
async fn what_is_made_by_a_grant_is_no_more_than_the_grant() {
    let keys = keys().await;
    let admin = user(OWN, "admin", "AdministratorAccess");
    let holder = user(OWN, "holder", "FlumenProducer");
    let key = keys.create_key(&admin, &NewKey::default()).await.unwrap().arn.to_string();
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    };
    let subset = |of: &[(&str, &str)]| Some(Constraint::Subset(pairs(of)));
    let equals = |of: &[(&str, &str)]| Some(Constraint::Equals(pairs(of)));
    let granting = |who: &str, operations: &[GrantOperation], constraint| NewGrant {
        grantee: format!("arn:aws:iam::{OWN}:user/{who}"),
        operations: operations.iter().copied().collect(),
        constraint,
        ..NewGrant::default()
    };
    use GrantOperation::{CreateGrant, Decrypt, Encrypt};
    let outer = granting("holder", &[Decrypt, CreateGrant], subset(&[("a", "1")]));
    keys.create_grant(&admin, &key, &outer, &[], false).await.unwrap();
    let cases = [
        (&[Decrypt][..], subset(&[("a", "1")]), true),
        (&[Decrypt], subset(&[("a", "1"), ("b", "2")]), true),
        (&[Decrypt], equals(&[("a", "1")]), true),
        (&[Decrypt, CreateGrant], equals(&[("a", "1"), ("c", "3")]), true),
        (&[Decrypt], None, false),
        (&[Decrypt], subset(&[("a", "2")]), false),
        (&[Decrypt], subset(&[("b", "2")]), false),
        (&[Decrypt], equals(&[]), false),
        (&[Decrypt, Encrypt], subset(&[("a", "1")]), false),
    ];
    for (operations, constraint, may) in cases {
        let made =
            keys.create_grant(&holder, &key, &granting("x", operations, constraint.clone()), &[], true).await;
        let expected = if may { "DryRun" } else { "Denied" };
        let found = match made {
            Err(KeyError::DryRun) => "DryRun",
            Err(KeyError::Denied(_)) => "Denied",
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{operations:?} {constraint:?}");
    }
}
