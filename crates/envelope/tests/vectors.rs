//! Messages that AWS's SDKs made open here, to the same text and context.

mod common;

use flumen_envelope::{Context, OpenError, Opener, OpenerSettings, Suite};

use common::{ALL, Vector, keyring};

#[tokio::test]
async fn every_message_of_the_sdks_opens() {
    let vectors = Vector::python();
    for suite in Suite::ALL {
        assert!(vectors.iter().any(|vector| vector.suite == suite), "{suite:?}");
    }
    for vector in vectors {
        let opened = vector.opener().open(&vector.message).await.unwrap_or_else(|error| {
            panic!("{}: {error}", vector.name());
        });
        assert_eq!(*opened.plaintext, vector.plaintext, "{}", vector.name());
        assert_eq!(opened.suite, vector.suite);
        let own = opened.context.iter().filter(|(key, _)| *key != "aws-crypto-public-key");
        let own: Vec<_> = own.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        assert_eq!(own, vector.context.clone().into_iter().collect::<Vec<_>>());
        assert_eq!(opened.context.get("aws-crypto-public-key").is_some(), vector.suite.is_signed());
    }
}

#[tokio::test]
async fn they_open_as_they_come_too() {
    for vector in Vector::python() {
        for size in [1, 7, 100] {
            let opener = vector.opener();
            let mut reader = opener.reader();
            let mut plaintext = Vec::new();
            for piece in vector.message.chunks(size) {
                let certain = reader.push(piece).await.unwrap();
                if !certain.is_empty() {
                    assert!(reader.context().is_some());
                }
                plaintext.extend_from_slice(&certain);
            }
            plaintext.extend_from_slice(&reader.finish().unwrap().plaintext);
            assert_eq!(plaintext, vector.plaintext, "{} by {size}", vector.name());
        }
    }
}

#[tokio::test]
async fn any_of_several_keys_opens_what_all_of_them_encrypted() {
    let is_of_several = |vector: &Vector| vector.keyring.contains('+');
    for vector in Vector::python().into_iter().filter(is_of_several) {
        for one in vector.keyring.split('+') {
            let settings = OpenerSettings { policy: ALL, ..OpenerSettings::default() };
            let opener = Opener::new(keyring(one), settings).unwrap();
            assert_eq!(*opener.open(&vector.message).await.unwrap().plaintext, vector.plaintext);
        }
    }
}

#[tokio::test]
async fn pairs_that_are_not_in_the_message_have_to_be_known() {
    let is_unstored = |vector: &Vector| !vector.unstored.is_empty();
    for vector in Vector::python().into_iter().filter(is_unstored) {
        let given = vector.context.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let with = |key: &str, value: &'static str| {
            let pairs = given.clone().map(|(k, v)| (k, if k == key { value } else { v }));
            Context::new(pairs).unwrap()
        };
        let open = async |context| {
            let settings = OpenerSettings { policy: ALL, context, ..OpenerSettings::default() };
            Opener::new(keyring(&vector.keyring), settings).unwrap().open(&vector.message).await
        };
        open(with("", "")).await.unwrap();
        // One that is not in the message has another value, or one that is; all are missing, or some, or there is one too many.
        for context in [
            with("team", "orders"),
            with("stream", "others"),
            Context::default(),
            Context::new([("team", "payments")]).unwrap(),
            Context::new(given.clone().chain([("more", "")])).unwrap(),
        ] {
            assert_eq!(open(context).await.unwrap_err(), OpenError::CannotOpen, "{}", vector.name());
        }
    }
}
