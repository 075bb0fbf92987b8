//! Messages that are not what their maker wrote: every one is refused, whole or as it comes.

mod common;

use std::collections::BTreeMap;

use flumen_envelope::{CacheLimits, OpenError, Opener, OpenerSettings, Suite};

use common::{ALL, Vector, keyring};

/// A short message of each suite by AES, one by RSA, one of several frames, one in a single block, and one with pairs that are not
/// in it.
fn messages() -> Vec<Vector> {
    let kind = |vector: &Vector| {
        let Vector { suite, keyring, frame_bytes, plaintext, unstored, .. } = vector;
        let frames = (plaintext.len() as u64).checked_div(*frame_bytes).map(|whole| whole.min(1));
        (suite.id(), keyring.clone(), frames, unstored.len())
    };
    // What RSA takes for a message is a thousand times of what AES does.
    let is_quick =
        |vector: &Vector| !vector.keyring.contains("rsa") || vector.suite == Suite::Aes256Commitment;
    let is_short =
        |vector: &Vector| !vector.plaintext.is_empty() && vector.plaintext.len() < 200 && is_quick(vector);
    let all = Vector::python().into_iter().filter(is_short).map(|vector| (kind(&vector), vector));
    all.collect::<BTreeMap<_, _>>().into_values().collect()
}

async fn read(opener: &Opener, message: &[u8], size: usize) -> Result<Vec<u8>, OpenError> {
    let mut reader = opener.reader();
    let mut plaintext = Vec::new();
    for piece in message.chunks(size) {
        plaintext.extend_from_slice(&reader.push(piece).await?);
    }
    plaintext.extend_from_slice(&reader.finish()?.plaintext);
    Ok(plaintext)
}

#[tokio::test]
async fn a_message_with_any_byte_changed_is_refused() {
    for vector in messages() {
        let opener = vector.opener();
        // The second one knows the data key of the message as it was.
        let settings = OpenerSettings {
            policy: ALL,
            context: vector.unstored(),
            cache: Some(CacheLimits::default()),
            ..OpenerSettings::default()
        };
        let knowing = Opener::new(keyring(&vector.keyring), settings).unwrap();
        knowing.open(&vector.message).await.unwrap();
        for at in 0..vector.message.len() {
            for flip in [1, 0x80, 0xff] {
                let mut message = vector.message.clone();
                message[at] ^= flip;
                for opener in [&opener, &knowing] {
                    let Err(error) = opener.open(&message).await else {
                        panic!("{}: byte {at} is not missed", vector.name());
                    };
                    assert!(matches!(error, OpenError::CannotOpen | OpenError::Header(_)), "{error}");
                }
            }
            let mut message = vector.message.clone();
            message[at] ^= 1;
            read(&opener, &message, 64).await.unwrap_err();
        }
    }
}

#[tokio::test]
async fn a_message_that_is_cut_or_goes_on_is_refused() {
    for vector in messages() {
        let opener = vector.opener();
        for length in 0..vector.message.len() {
            opener.open(&vector.message[..length]).await.unwrap_err();
            let cut = &vector.message[..length];
            read(&opener, cut, 64).await.unwrap_err();
        }
        let longer = [&vector.message[..], &[0]].concat();
        assert_eq!(opener.open(&longer).await.unwrap_err(), OpenError::CannotOpen);
        assert_eq!(read(&opener, &longer, longer.len() - 1).await.unwrap_err(), OpenError::CannotOpen);
        let twice = [&vector.message[..], &vector.message].concat();
        assert_eq!(opener.open(&twice).await.unwrap_err(), OpenError::CannotOpen);
    }
}

/// What is not one frame after the other, each as its tag says.
#[tokio::test]
async fn frames_in_another_order_are_refused() {
    let is_of_frames = |vector: &Vector| {
        vector.plaintext.len() == 384 && vector.frame_bytes == 128 && !vector.suite.is_signed()
    };
    for vector in Vector::python().into_iter().filter(is_of_frames) {
        let opener = vector.opener();
        let frame = 4 + 12 + 128 + 16;
        let (rest, last) = vector.message.split_at(vector.message.len() - frame - 8);
        let (rest, second) = rest.split_at(rest.len() - frame);
        let (header, first) = rest.split_at(rest.len() - frame);
        let message = |parts: &[&[u8]]| parts.concat();
        opener.open(&message(&[header, first, second, last])).await.unwrap();
        for wrong in [
            message(&[header, second, first, last]),
            message(&[header, first, last]),
            message(&[header, first, first, second, last]),
            message(&[header, last]),
            message(&[header, first, second]),
        ] {
            assert_eq!(opener.open(&wrong).await.unwrap_err(), OpenError::CannotOpen);
        }
    }
}
