use std::time::Duration;

use flumen_access::Principal;
use flumen_machine::Carried;
use flumen_seal::Seal;
use flumen_storage::Storage;
use flumen_types::{Clock, Realm};

use super::*;
use crate::manage::NewKey;
use crate::{KINESIS_ALIAS, Materials};

const LOG: LogId = LogId { group: 7, index: 0 };
const DAYS_8: Duration = Duration::from_secs(8 * 24 * 3600);

fn caller(account: &str) -> Caller {
    Caller::new(Arc::new(Principal::root(account)), "eu-west-1")
}

fn stream(name: &str) -> OfStream {
    let realm = Realm { account: "111111111111".into(), region: "eu-west-1".into() };
    OfStream::new(&realm.stream_arn(name))
}

async fn keys() -> (Keys, Materials, flumen_types::ManualClock) {
    let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
    let materials = Materials::in_memory(Seal::in_memory().unwrap());
    let (clock, hand) = Clock::manual(1_700_000_000_000);
    (Keys::open(storage, clock, materials.clone(), &Carried::default()).await.unwrap(), materials, hand)
}

async fn made(keys: &Keys, caller: &Caller) -> Arc<Key> {
    keys.create_key(caller, &NewKey::default()).await.unwrap()
}

#[tokio::test]
async fn a_data_key_is_opened_with_the_material_alone_and_names_its_key() {
    let (keys, materials, _) = keys().await;
    let (caller, of) = (caller("111111111111"), stream("orders"));
    let key = made(&keys, &caller).await;
    let named = keys.name(&caller, &key.arn.to_string()).await.unwrap();
    let may = keys.may_encrypt(&caller, &named, &of).unwrap();
    assert_eq!(*may.arn(), key.arn);
    let data_key = keys.data_key(&RecordKey::Own(key.clone()), &of).await.unwrap();
    assert_eq!(key_of(data_key.wrapped()), Some(key.arn.clone()));
    keys.may_decrypt(&caller, data_key.wrapped()).await.unwrap();
    let opening = RecordKeys::new(materials);
    let opened = opening.opening(LOG, data_key.wrapped()).unwrap();
    assert_eq!(opened.id(), data_key.id());
    assert!(Arc::ptr_eq(&opened, &opening.opening(LOG, data_key.wrapped()).unwrap()), "remembered");
    assert!(opening.sealing(LOG).unwrap().is_none());
    assert_ne!(keys.data_key(&RecordKey::Own(key.clone()), &of).await.unwrap().id(), data_key.id());
    let others = RecordKeys::new(Materials::in_memory(Seal::in_memory().unwrap()));
    assert!(others.opening(LOG, data_key.wrapped()).unwrap_err().0.contains("key material"));
}

#[tokio::test]
async fn bytes_that_were_altered_open_nothing() {
    let (keys, materials, _) = keys().await;
    let key = made(&keys, &caller("111111111111")).await;
    let data_key = keys.data_key(&RecordKey::Own(key), &stream("orders")).await.unwrap();
    let WrappedKey { id, bytes } = &**data_key.wrapped();
    let opening = RecordKeys::new(materials);
    for at in 0..bytes.len() {
        let mut altered = bytes.to_vec();
        altered[at] ^= 1;
        let altered = WrappedKey { id: *id, bytes: altered.into() };
        assert!(opening.opening(LOG, &altered).is_err(), "byte {at}");
    }
    for length in 0..bytes.len() {
        assert!(opening.opening(LOG, &WrappedKey { id: *id, bytes: bytes.slice(..length) }).is_err());
    }
    // Of another stream: the context is another one.
    let other = wrap(&stream("other"), &bytes[3 + stream("orders").arn.len()..]).unwrap();
    let error = opening.opening(LOG, &WrappedKey { id: *id, bytes: other.into() }).unwrap_err();
    assert!(error.0.contains("was altered"), "{error}");
}

#[tokio::test]
async fn how_a_key_is_counts_at_once_and_what_was_opened_goes_with_its_material() {
    let (keys, materials, hand) = keys().await;
    let (caller, of) = (caller("111111111111"), stream("orders"));
    let key = made(&keys, &caller).await;
    let (text, named) = (key.arn.to_string(), Named::Key(key.arn.clone()));
    let data_key = keys.data_key(&RecordKey::Own(key.clone()), &of).await.unwrap();
    let opening = RecordKeys::new(materials);
    opening.opening(LOG, data_key.wrapped()).unwrap();

    keys.disable_key(&caller, &text).await.unwrap();
    let disabled = |error: KeyError| assert!(matches!(error, KeyError::Disabled { .. }), "{error}");
    disabled(keys.may_encrypt(&caller, &named, &of).unwrap_err());
    disabled(keys.may_decrypt(&caller, data_key.wrapped()).await.unwrap_err());
    disabled(keys.usable_key(&named).unwrap_err());
    keys.enable_key(&caller, &text).await.unwrap();
    keys.may_decrypt(&caller, data_key.wrapped()).await.unwrap();

    keys.schedule_deletion(&caller, &text, 7).await.unwrap();
    let pending = keys.may_decrypt(&caller, data_key.wrapped()).await.unwrap_err();
    assert!(matches!(pending, KeyError::PendingDeletion { .. }), "{pending}");
    hand.advance_ms(DAYS_8.as_millis() as u64);
    let gone = keys.may_decrypt(&caller, data_key.wrapped()).await.unwrap_err();
    assert!(matches!(gone, KeyError::NoKey { .. }), "{gone}");
    opening.opening(LOG, data_key.wrapped()).expect("the material is there until it is destroyed");
    keys.keep_house().await;
    assert!(opening.opening(LOG, data_key.wrapped()).unwrap_err().0.contains("key material"));
}

#[tokio::test]
async fn the_key_of_kinesis_is_made_when_it_is_named_and_is_nobody_else_s() {
    let (keys, _, _) = keys().await;
    let (own, other) = (caller("111111111111"), caller("222222222222"));
    let named = keys.name(&own, KINESIS_ALIAS).await.unwrap();
    let key = keys.may_encrypt(&own, &named, &stream("orders")).unwrap();
    assert!(matches!(key, RecordKey::Own(key) if key.is_managed));
    assert!(matches!(keys.may_encrypt(&other, &named, &stream("orders")), Err(KeyError::Denied(_))));
    assert!(matches!(
        keys.name(&own, "arn:aws:kms:us-east-1:111111111111:alias/a").await,
        Err(KeyError::OtherRegion { .. })
    ));
    let absent = keys.name(&own, "alias/absent").await.unwrap();
    assert!(matches!(keys.usable_key(&absent), Err(KeyError::NoAlias { .. })));
}

#[test]
fn as_many_opened_keys_are_remembered_as_there_may_be() {
    let mut opened = BlockKeyCache::default();
    let key = |n: u64| Arc::new(BlockKey::new(BlockKeyId(n.to_le_bytes()), &[7; 32], &b"w"[..]).unwrap());
    for n in 0..2 * OPENED_MAX as u64 {
        opened.remember(0, &key(n));
        opened.remember(0, &key(n));
    }
    assert_eq!((opened.keys.len(), opened.order.len()), (OPENED_MAX, OPENED_MAX));
    assert!(opened.known(0, key(0).wrapped()).is_none());
    let newest = key(2 * OPENED_MAX as u64 - 1);
    assert!(opened.known(0, newest.wrapped()).is_some());
    assert!(opened.known(1, newest.wrapped()).is_none(), "something was destroyed");
    opened.remember(0, &newest);
    assert!(
        opened.known(1, newest.wrapped()).is_none(),
        "what was opened before that is not remembered after it"
    );
}

#[test]
fn what_a_key_elsewhere_has_encrypted_names_it() {
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let bytes = wrap_elsewhere(&stream("orders"), arn, &[7; SALT_BYTES], b"its ciphertext").unwrap();
    let Wrapped { stream_arn, by } = Wrapped::parse(&bytes).unwrap();
    assert_eq!(stream_arn, stream("orders").arn);
    let By::Elsewhere { arn: found, salt, ciphertext } = by else { panic!("it is one of a key elsewhere") };
    assert_eq!(
        (found.to_string().as_str(), salt, ciphertext),
        (arn, &[7; SALT_BYTES], &b"its ciphertext"[..])
    );
    let wrapped = WrappedKey { id: BlockKeyId(*b"01234567"), bytes: bytes.into() };
    assert_eq!(key_of(&wrapped).unwrap().to_string(), arn);
    // Nobody is asked where no service is set, as when a directory is only checked.
    let opening = RecordKeys::new(Materials::in_memory(Seal::in_memory().unwrap()));
    let error = opening.opening(LOG, &wrapped).unwrap_err();
    assert!(error.0.contains("whose service is not asked here"), "{error}");
    for other in ["alias/a", "arn:aws:kms:eu-west-1:111122223333:alias/a", "arn:aws:kms:eu-west-1"] {
        let bytes = wrap_elsewhere(&stream("orders"), other, &[7; SALT_BYTES], b"c").unwrap();
        assert!(Wrapped::parse(&bytes).is_none(), "{other}");
    }
}

#[tokio::test]
async fn a_key_whose_service_is_not_set_any_more_is_not_found() {
    let (keys, _, _) = keys().await;
    let arn = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let bytes = wrap_elsewhere(&stream("orders"), arn, &[7; SALT_BYTES], b"c").unwrap();
    let wrapped = WrappedKey { id: BlockKeyId([0; 8]), bytes: bytes.into() };
    let refused = keys.may_decrypt(&caller("111111111111"), &wrapped).await.unwrap_err();
    assert!(matches!(refused, KeyError::NoKey { .. }), "{refused}");
}
