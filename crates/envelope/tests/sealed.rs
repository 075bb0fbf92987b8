//! What is sealed here opens here: every suite, kind of key, length and way.

mod common;

use flumen_envelope::{
    AgainstPolicy, CacheLimits, CommitmentPolicy, Context, ContextError, Keyring, KeyringError, OpenError,
    Opener, OpenerSettings, RsaPadding, SealError, Sealer, SealerSettings, SettingsError, Suite,
};
use proptest::prelude::*;
use serde_json::Value;

use common::{ALL, keyring};

fn sealer(keys: &str, suite: Suite, settings: SealerSettings) -> Sealer {
    let policy = if suite.is_committing() {
        CommitmentPolicy::default()
    } else {
        CommitmentPolicy::ForbidEncryptAllowDecrypt
    };
    Sealer::new(keyring(keys), SealerSettings { policy, suite: Some(suite), ..settings }).unwrap()
}

fn opener(keys: &str, settings: OpenerSettings) -> Opener {
    Opener::new(keyring(keys), OpenerSettings { policy: ALL, ..settings }).unwrap()
}

fn context() -> Context {
    Context::new([("team", "payments"), ("stream", "orders")]).unwrap()
}

#[tokio::test]
async fn every_suite_and_kind_of_key_opens_what_it_sealed() {
    for suite in Suite::ALL {
        for keys in ["aes128", "aes192", "aes256", "rsa-1", "rsa-256", "rsa-384", "rsa-512", "rsa-256+aes192"]
        {
            let sealer = sealer(keys, suite, SealerSettings { frame_bytes: 10, ..SealerSettings::default() });
            let opener = opener(keys, OpenerSettings::default());
            for length in [0, 1, 9, 10, 11, 20, 105] {
                let plaintext = vec![length as u8; length];
                let message = sealer.seal(&context(), &plaintext).await.unwrap();
                // No plaintext was left in a buffer that was too short.
                assert!(message.capacity() - message.len() < 64, "{suite:?} {length}");
                let opened = opener.open(&message).await.unwrap();
                assert_eq!(*opened.plaintext, plaintext);
                assert_eq!((opened.context.get("team"), opened.suite), (Some("payments"), suite));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_message_is_the_same_whole_and_in_pieces(
        suite in prop::sample::select(&Suite::ALL[..]),
        plaintext in prop::collection::vec(any::<u8>(), 0..300),
        pairs in prop::collection::btree_map("\\PC{1,5}", "\\PC{0,5}", 0..4),
        frame_bytes in 1_u32..100,
        written in 1_usize..100,
        read in 1_usize..100,
        cached in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let cache = cached.then(CacheLimits::default);
            let sealer = sealer("aes256", suite, SealerSettings { frame_bytes, cache, ..SealerSettings::default() });
            let opener = opener("aes256", OpenerSettings { cache, ..OpenerSettings::default() });
            let context = Context::new(pairs).unwrap();

            let mut writer = sealer.writer(&context).await.unwrap();
            let mut message = Vec::new();
            for piece in plaintext.chunks(written) {
                message.extend_from_slice(&writer.push(piece).unwrap());
            }
            message.extend_from_slice(&writer.finish().unwrap());
            let whole = sealer.seal(&context, &plaintext).await.unwrap();
            if !suite.is_signed() {
                prop_assert_eq!(message.len(), whole.len());
            }

            for message in [&message, &whole, &whole] {
                let opened = opener.open(message).await.unwrap();
                prop_assert_eq!(&*opened.plaintext, &plaintext);
                for (key, value) in context.iter() {
                    prop_assert_eq!(opened.context.get(key), Some(value));
                }
                let mut reader = opener.reader();
                let mut pieces = Vec::new();
                for piece in message.chunks(read) {
                    pieces.extend_from_slice(&reader.push(piece).await.unwrap());
                }
                pieces.extend_from_slice(&reader.finish().unwrap().plaintext);
                prop_assert_eq!(&pieces, &plaintext);
            }
            Ok(())
        })?;
    }

    #[test]
    fn bytes_that_are_no_message_are_refused(
        begin in prop::sample::select(vec![&b""[..], b"\x02\x04\x78", b"\x01\x80\x01\x78"]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let message = [begin, &bytes].concat();
        runtime.block_on(opener("aes256", OpenerSettings::default()).open(&message)).unwrap_err();
    }
}

#[tokio::test]
async fn pairs_that_are_not_in_the_message_are_authenticated() {
    for suite in [Suite::Aes256Commitment, Suite::Aes256, Suite::Aes128EcdsaP256] {
        let unstored = vec!["team".to_owned()];
        let sealer = sealer("aes128", suite, SealerSettings { unstored, ..SealerSettings::default() });
        let message = sealer.seal(&context(), b"x").await.unwrap();
        assert!(!message.windows(8).any(|part| part == b"payments"));
        for (team, opens) in [(Some("payments"), true), (Some("orders"), false), (None, false)] {
            let context = Context::new(team.map(|team| ("team", team))).unwrap();
            let opener = opener("aes128", OpenerSettings { context, ..OpenerSettings::default() });
            let opened = opener.open(&message).await;
            assert_eq!(opened.as_ref().is_ok(), opens, "{opened:?}");
            if let Ok(opened) = opened {
                assert_eq!(opened.context.get("team"), Some("payments"));
            }
        }
        let missing = sealer.seal(&Context::new([("stream", "orders")]).unwrap(), b"x").await;
        assert_eq!(missing.unwrap_err(), SealError::Context(ContextError::Missing("team".to_owned())));
    }
}

#[tokio::test]
async fn policies_decide_what_is_sealed_and_opened() {
    let policy = CommitmentPolicy::default();
    let settings = SealerSettings { suite: Some(Suite::Aes256), ..SealerSettings::default() };
    let refused = Sealer::new(keyring("aes256"), settings).map(drop).unwrap_err();
    let against = AgainstPolicy { suite: Suite::Aes256, policy };
    assert_eq!(refused, SettingsError::AgainstPolicy(against));
    assert!(
        refused
            .to_string()
            .contains("0x0178 is not allowed by commitment policy REQUIRE_ENCRYPT_REQUIRE_DECRYPT")
    );

    let settings = SealerSettings { frame_bytes: 0, ..SealerSettings::default() };
    let refused = Sealer::new(keyring("aes256"), settings).map(drop).unwrap_err();
    assert_eq!(refused, SettingsError::NoFrameBytes);

    let message =
        sealer("aes256", Suite::Aes256, SealerSettings::default()).seal(&context(), b"x").await.unwrap();
    let strict = Opener::new(keyring("aes256"), OpenerSettings::default()).unwrap();
    assert_eq!(strict.open(&message).await.unwrap_err(), OpenError::AgainstPolicy(against));
    opener("aes256", OpenerSettings::default()).open(&message).await.unwrap();
}

#[tokio::test]
async fn other_keys_other_contexts_and_damage_are_one_error() {
    let seal = async |keys| {
        let sealer = sealer(keys, Suite::Aes256CommitmentEcdsaP384, SealerSettings::default());
        sealer.seal(&context(), b"x").await.unwrap()
    };
    let message = seal("aes256").await;
    let mut damaged = message.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let other = Context::new([("team", "others")]).unwrap();
    let by_key = opener("aes128", OpenerSettings::default()).open(&message).await.unwrap_err();
    let by_rsa = opener("rsa-1", OpenerSettings::default()).open(&seal("rsa-256").await).await.unwrap_err();
    let by_tag = opener("aes256", OpenerSettings::default()).open(&damaged).await.unwrap_err();
    let context = OpenerSettings { context: other, ..OpenerSettings::default() };
    let by_context = opener("aes256", context).open(&message).await.unwrap_err();
    // The same name, and not the same key.
    let namesake = Keyring::aes("vectors", "aes256", &[1; 32]).unwrap();
    let by_namesake =
        Opener::new(namesake, OpenerSettings::default()).unwrap().open(&message).await.unwrap_err();
    for error in [by_key, by_rsa, by_tag, by_context, by_namesake] {
        assert_eq!(
            error.to_string(),
            "the message cannot be decrypted with these keys and this encryption context"
        );
    }
}

#[tokio::test]
async fn encrypted_data_keys_are_bounded_both_ways() {
    let keys = "aes128+aes192+aes256";
    let settings = SealerSettings { data_keys_max: 2, ..SealerSettings::default() };
    let refused = sealer(keys, Suite::Aes256Commitment, settings).seal(&context(), b"").await.unwrap_err();
    assert_eq!(refused, SealError::TooManyKeys { found: 3, most: 2 });
    let three = sealer(keys, Suite::Aes256Commitment, SealerSettings::default());
    let message = three.seal(&context(), b"").await.unwrap();
    let settings = OpenerSettings { data_keys_max: 2, ..OpenerSettings::default() };
    let refused = opener(keys, settings).open(&message).await.unwrap_err();
    assert!(refused.to_string().ends_with("3 encrypted data keys; the maximum is 2"), "{refused}");
    let settings = OpenerSettings { data_keys_max: 3, ..OpenerSettings::default() };
    opener(keys, settings).open(&message).await.unwrap();
}

#[tokio::test]
async fn nothing_of_a_signed_message_comes_out_before_it_is_verified_unless_asked_for() {
    let signed = sealer(
        "aes256",
        Suite::Aes256CommitmentEcdsaP384,
        SealerSettings { frame_bytes: 10, ..SealerSettings::default() },
    );
    let plaintext = [7; 35];
    let message = signed.seal(&context(), &plaintext).await.unwrap();
    let (body, footer) = message.split_at(message.len() - 60);
    let opener = opener("aes256", OpenerSettings { held_bytes_max: 60, ..OpenerSettings::default() });

    let mut reader = opener.reader();
    assert!(reader.push(body).await.unwrap().is_empty());
    assert_eq!(*reader.push(footer).await.unwrap(), plaintext);
    reader.finish().unwrap();

    let mut reader = opener.reader_of_unverified_signatures();
    // The last frame is known to be the last one with the signature alone.
    assert_eq!(*reader.push(body).await.unwrap(), plaintext[..30]);
    assert_eq!(*reader.push(footer).await.unwrap(), plaintext[30..]);
    reader.finish().unwrap();

    let mut reader = opener.reader_of_unverified_signatures();
    reader.push(body).await.unwrap();
    assert_eq!(reader.finish().unwrap_err(), OpenError::CannotOpen);

    let message = signed.seal(&context(), &[7; 61]).await.unwrap();
    let refused = opener.reader().push(&message).await.unwrap_err();
    assert_eq!(refused, OpenError::TooLong { needed: 61, most: 60 });
    opener.reader_of_unverified_signatures().push(&message).await.unwrap();
    // Whole, it is there already.
    opener.open(&message).await.unwrap();
}

#[tokio::test]
async fn a_frame_that_is_longer_than_may_be_held_is_not_waited_for() {
    let sealer = sealer(
        "aes256",
        Suite::Aes256Commitment,
        SealerSettings { frame_bytes: u32::MAX, ..SealerSettings::default() },
    );
    let message = sealer.seal(&context(), &[7; 200]).await.unwrap();
    let opener = opener("aes256", OpenerSettings { held_bytes_max: 100, ..OpenerSettings::default() });
    let refused = opener.reader().push(&message[..message.len() - 1]).await.unwrap_err();
    assert!(matches!(refused, OpenError::TooLong { most: 100, .. }), "{refused}");
}

#[tokio::test]
async fn a_cached_data_key_is_used_again_and_each_message_has_its_own_key() {
    let cache = Some(CacheLimits { messages: 2, ..CacheLimits::default() });
    let sealer =
        sealer("aes256", Suite::Aes256Commitment, SealerSettings { cache, ..SealerSettings::default() });
    let mut messages = Vec::new();
    for _ in 0..3 {
        messages.push(sealer.seal(&context(), b"the same").await.unwrap());
    }
    // Behind version, suite and id: the context and the encrypted data key.
    let fields = |message: &[u8]| message[35..165].to_vec();
    assert_eq!(fields(&messages[0]), fields(&messages[1]));
    assert_ne!(fields(&messages[0]), fields(&messages[2]));
    let end = |message: &[u8]| message[message.len() - 24..].to_vec();
    assert_ne!(end(&messages[0]), end(&messages[1]));
    assert_ne!(messages[0][3..35], messages[1][3..35]);
    // Suites without derivation never have a data key twice.
    let sealer = without_derivation();
    let messages = [sealer.seal(&context(), b"").await.unwrap(), sealer.seal(&context(), b"").await.unwrap()];
    let fields = |message: &[u8]| message[20..150].to_vec();
    assert_ne!(fields(&messages[0]), fields(&messages[1]));
}

fn without_derivation() -> Sealer {
    let cache = Some(CacheLimits::default());
    sealer("aes256", Suite::Aes256WithoutDerivation, SealerSettings { cache, ..SealerSettings::default() })
}

#[tokio::test]
async fn keys_that_are_none_are_named() {
    let error = |made: Result<Keyring, KeyringError>| made.map(drop).unwrap_err().to_string();
    assert!(error(Keyring::aes("n", "k", &[0; 31])).contains("31 bytes; it must have 16, 24 or 32"));
    assert!(error(Keyring::aes("aws-kms", "k", &[0; 32])).contains("\"aws-kms\""));
    let rsa = |pem: &str| Keyring::rsa("n", "k", pem.as_bytes(), RsaPadding::OaepSha256);
    let keys: Value = serde_json::from_str(include_str!("vectors/keys.json")).unwrap();
    let (private, public) = (keys["rsa"].as_str().unwrap(), keys["rsa-public"].as_str().unwrap());
    assert!(error(rsa("")).contains("BEGIN PUBLIC KEY"));
    assert!(error(rsa(&private.replace("PRIVATE", "RSA PRIVATE"))).contains("BEGIN PRIVATE KEY"));
    assert!(error(rsa(&private.replace("PRIVATE", "PUBLIC"))).contains("not an RSA key"));
    rsa(private).unwrap();

    // Keys are told apart by namespace and name, whatever they are.
    let aes = |namespace: &str, name: &str| Keyring::aes(namespace, name, &[7; 32]).unwrap();
    let named = |namespace: &str, name: &str| {
        Keyring::rsa(namespace, name, private.as_bytes(), RsaPadding::OaepSha256).unwrap()
    };
    for keyring in [&aes as &dyn Fn(&str, &str) -> Keyring, &named] {
        let sealer = Sealer::new(keyring("n", "k"), SealerSettings::default()).unwrap();
        let message = sealer.seal(&context(), b"x").await.unwrap();
        for (namespace, name, opens) in [("n", "k", true), ("m", "k", false), ("n", "j", false)] {
            let opener = Opener::new(keyring(namespace, name), OpenerSettings::default()).unwrap();
            assert_eq!(opener.open(&message).await.is_ok(), opens, "{namespace} {name}");
        }
    }

    // A public key makes messages, and only the private one opens them.
    let keyring = || rsa(public).unwrap();
    let message =
        Sealer::new(keyring(), SealerSettings::default()).unwrap().seal(&context(), b"x").await.unwrap();
    let cannot = Opener::new(keyring(), OpenerSettings::default()).unwrap().open(&message).await;
    assert_eq!(cannot.unwrap_err(), OpenError::CannotOpen);
    Opener::new(rsa(private).unwrap(), OpenerSettings::default()).unwrap().open(&message).await.unwrap();
}
