//! Seals and opens messages on one core with a cached data key, beside AES-256-GCM alone over the same bytes. A line for each suite
//! and size: the time of a message and megabytes of plaintext a second, of the best of some rounds.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use flumen_envelope::{CacheLimits, Context, Keyring, Opener, OpenerSettings, Sealer, SealerSettings, Suite};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(200);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    println!(
        "{:<10} {:>9} {:>12} {:>12} {:>12} {:>8} {:>8}",
        "suite", "bytes", "seal", "open", "cipher", "seal MB", "open MB"
    );
    for (suite, sizes) in [
        (Suite::Aes256Commitment, &[0, 100, 1024, 10_240, 102_400, 1_048_576][..]),
        (Suite::Aes256CommitmentEcdsaP384, &[1024, 102_400]),
        (Suite::Aes256, &[1024, 102_400]),
    ] {
        for &size in sizes {
            runtime.block_on(measure(suite, size));
        }
    }
}

async fn measure(suite: Suite, size: usize) {
    let keyring = || Keyring::aes("bench", "bench", &[7; 32]).expect("a key");
    let policy = match suite.is_committing() {
        true => flumen_envelope::CommitmentPolicy::RequireEncryptAllowDecrypt,
        false => flumen_envelope::CommitmentPolicy::ForbidEncryptAllowDecrypt,
    };
    // So that the limits of a data key are not what is measured.
    let cache =
        Some(CacheLimits { age: Duration::from_secs(3600), messages: 1 << 32, bytes: 1 << 62, entries: 10 });
    let settings = SealerSettings { policy, suite: Some(suite), cache, ..SealerSettings::default() };
    let sealer = Sealer::new(keyring(), settings).expect("settings");
    let opener = Opener::new(keyring(), OpenerSettings { policy, cache, ..OpenerSettings::default() });
    let opener = opener.expect("settings");
    let context = Context::new([("team", "payments"), ("stream", "orders")]).expect("a context");
    let plaintext = vec![0x5a; size];
    let message = sealer.seal(&context, &plaintext).await.expect("a message");

    let seal = best(async || {
        drop(black_box(sealer.seal(&context, black_box(&plaintext)).await.expect("a message")))
    })
    .await;
    let open =
        best(async || drop(black_box(opener.open(black_box(&message)).await.expect("the plaintext")))).await;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key"));
    let mut buffer = plaintext.clone();
    let cipher = best(async || {
        // As the frames of a message are.
        for frame in buffer.chunks_mut(4096) {
            let nonce = Nonce::assume_unique_for_key([0; 12]);
            let _ = black_box(key.seal_in_place_separate_tag(nonce, Aad::empty(), frame).expect("a tag"));
        }
    })
    .await;
    let rate = |time: Duration| size as f64 / time.as_secs_f64() / 1e6;
    println!(
        "{:<10} {size:>9} {:>12} {:>12} {:>12} {:>8.0} {:>8.0}",
        format!("{:#06x}", suite.id()),
        shown(seal),
        shown(open),
        shown(cipher),
        rate(seal),
        rate(open),
    );
}

fn shown(time: Duration) -> String {
    format!("{:.2} us", time.as_secs_f64() * 1e6)
}

/// The time of one, in the round that took the least.
async fn best(mut one: impl AsyncFnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let (begun, mut count) = (Instant::now(), 0);
        while begun.elapsed() < ROUND {
            for _ in 0..10 {
                one().await;
            }
            count += 10;
        }
        best = best.min(begun.elapsed() / count);
    }
    best
}
