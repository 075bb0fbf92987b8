//! Any text as a token of an issuer whose keys are known, and as such keys: no panic, and nothing is taken that the issuer has
//! not signed.

use std::sync::{Arc, LazyLock};

use base64_simd::URL_SAFE_NO_PAD;
use flumen_access::web_identity::{Algorithm, Issuer, Issuers};

/// What the issuer has signed, by an RSA key and on a curve.
const SIGNED: [&str; 2] = [include_str!("web_identity/rs256"), include_str!("web_identity/es256")];
const NOW_MS: u64 = 1_800_000_000_000;

fn issuer() -> Arc<Issuer> {
    let algorithms = ["RS256", "PS256", "ES256", "EdDSA"].map(|name| Algorithm::named(name).unwrap());
    let issuer = Issuer::new("https://issuer.example", vec!["flumen".into()], algorithms.into(), false);
    let issuer = issuer.unwrap();
    assert_eq!(issuer.set_keys(include_bytes!("web_identity/jwks.json")), Ok(2));
    Arc::new(issuer)
}

static ISSUERS: LazyLock<Issuers> = LazyLock::new(|| Issuers::new([issuer()]).unwrap());
static OTHER: LazyLock<Arc<Issuer>> = LazyLock::new(issuer);

/// A token; with a zero byte in it header and claims, of which a token is made with a signature that the issuer made; or, with a
/// brace in front, keys.
pub fn web_identity(input: &[u8]) {
    if input.first() == Some(&b'{') && !input.contains(&0) {
        let _ = OTHER.set_keys(input);
        return;
    }
    let token = match input.iter().position(|byte| *byte == 0) {
        Some(at) => {
            let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
            let (_, signature) = SIGNED[0].rsplit_once('.').unwrap();
            format!("{}.{}.{signature}", part(&input[..at]), part(&input[at + 1..]))
        }
        None => match std::str::from_utf8(input) {
            Ok(text) => text.to_owned(),
            Err(_) => return,
        },
    };
    // Of a signature on a curve there are two, so it is what was signed that counts.
    let signed = |token: &str| token.rsplit_once('.').map(|(signed, _)| signed.to_owned());
    match ISSUERS.verify(&token, NOW_MS) {
        Ok(identity) => {
            assert!(SIGNED.iter().any(|ours| signed(ours) == signed(&token)), "{token}");
            assert_eq!((&*identity.subject, &*identity.audiences), ("subject", &["flumen".to_owned()][..]));
        }
        // Or nothing here would be tested.
        Err(refused) => assert!(!SIGNED.contains(&&*token), "{refused}"),
    }
}
