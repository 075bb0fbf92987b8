//! Tokens that are taken, and every way in which one is not.

use std::sync::Arc;

use flumen_access::web_identity::{
    Algorithm, InvalidIssuer, InvalidKeys, Issuer, Issuers, Refused, WebIdentity,
};
use flumen_testkit::tokens::{TokenKey, base64url, jwks};
use serde_json::{Value, json};

const URL: &str = "https://issuer.example/path";
const NOW_S: u64 = 1_800_000_000;

struct World {
    issuers: Issuers,
    issuer: Arc<Issuer>,
    rsa: TokenKey,
    ec: TokenKey,
    ed25519: TokenKey,
    pss: TokenKey,
}

impl World {
    fn new() -> Self {
        let algorithms = ["RS256", "ES256", "EdDSA", "PS256"].map(|name| Algorithm::named(name).unwrap());
        let issuer =
            Issuer::new(URL, vec!["flumen".into(), "second".into()], algorithms.into(), false).unwrap();
        let (rsa, ec) = (TokenKey::rsa("rsa", "RS256"), TokenKey::es256("ec"));
        let (ed25519, pss) = (TokenKey::ed25519("ed25519"), TokenKey::rsa("pss", "PS256"));
        issuer.set_keys(jwks([&rsa, &ec, &ed25519, &pss]).as_bytes()).unwrap();
        let issuer = Arc::new(issuer);
        let issuers = Issuers::new([issuer.clone()]).unwrap();
        World { issuers, issuer, rsa, ec, ed25519, pss }
    }

    fn verify(&self, token: &str) -> Result<WebIdentity, Refused> {
        self.issuers.verify(token, NOW_S * 1000)
    }

    /// Why a token with these claims in place of the right ones is refused; a null takes one away.
    fn refuses(&self, claims: &Value) -> String {
        self.verify(&self.ec.token(&with(claims))).unwrap_err().to_string()
    }

    /// The same of a header.
    fn refuses_header(&self, header: &Value) -> String {
        let mut whole = json!({"alg": "ES256", "kid": "ec", "typ": "JWT"});
        merge(&mut whole, header);
        self.verify(&self.ec.token_of(&whole.to_string(), &right().to_string())).unwrap_err().to_string()
    }
}

fn right() -> Value {
    json!({"iss": URL, "aud": "flumen", "sub": "system:serviceaccount:orders:producer", "exp": NOW_S + 600,
        "nbf": NOW_S - 5, "iat": NOW_S - 5})
}

fn with(claims: &Value) -> Value {
    let mut whole = right();
    merge(&mut whole, claims);
    whole
}

fn merge(whole: &mut Value, others: &Value) {
    let whole = whole.as_object_mut().unwrap();
    for (name, value) in others.as_object().unwrap() {
        whole.insert(name.clone(), value.clone());
    }
    whole.retain(|_, value| !value.is_null());
}

#[test]
fn a_token_that_the_issuer_signed_says_whom_it_vouches_for() {
    let world = World::new();
    for key in [&world.rsa, &world.ec, &world.ed25519, &world.pss] {
        let identity = world.verify(&key.token(&right())).unwrap();
        assert_eq!(identity.subject, "system:serviceaccount:orders:producer");
        assert_eq!((&*identity.audiences, &*identity.methods), (&["flumen".to_owned()][..], &[][..]));
        assert_eq!(identity.issuer.url(), URL);
    }
    let more = with(&json!({"aud": ["other", "second", "flumen"], "amr": ["pwd", "mfa"], "typ": "ID"}));
    let identity = world.verify(&world.rsa.token(&more)).unwrap();
    assert_eq!(
        (identity.audiences, identity.methods),
        (vec!["second".to_owned(), "flumen".to_owned()], vec!["pwd".to_owned(), "mfa".to_owned()],)
    );
    // As some issuers write times, and without what need not be there.
    let bare = with(&json!({"nbf": null, "iat": NOW_S as f64 - 0.5, "exp": NOW_S as f64 + 0.123_456_7}));
    world.verify(&world.ec.token(&bare)).unwrap();
    let untyped = json!({"alg": "ES256", "kid": "ec", "x5t": "x", "jku": "https://elsewhere.example"});
    world.verify(&world.ec.token_of(&untyped.to_string(), &right().to_string())).unwrap();
}

#[test]
fn nothing_but_the_issuers_signature_passes() {
    let world = World::new();
    let token = world.rsa.token(&right());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let refused = |token: &str| world.verify(token).unwrap_err().to_string();
    const SIGNATURE: &str = "The signature of the token is not the identity provider's";
    // Another key of the same id, another text under the same signature, no signature.
    assert_eq!(refused(&TokenKey::rsa("rsa", "RS256").token(&right())), SIGNATURE);
    let other = world.rsa.token(&with(&json!({"sub": "somebody"})));
    assert_eq!(refused(&format!("{}.{signature}", other.rsplit_once('.').unwrap().0)), SIGNATURE);
    assert_eq!(refused(&format!("{signed}.")), SIGNATURE);
    // As ASN.1 has ECDSA's.
    let of_ec = world.ec.token(&right());
    let (signed, _) = of_ec.rsplit_once('.').unwrap();
    let mut der = vec![0x30, 68, 2, 32];
    let fixed = world.ec.signature(signed.as_bytes());
    der.extend_from_slice(&fixed[..32]);
    der.extend([2, 32]);
    der.extend_from_slice(&fixed[32..]);
    assert_eq!(refused(&format!("{signed}.{}", base64url(der))), SIGNATURE);
    // By PSS, where the issuer has a key that signs otherwise.
    let header = json!({"alg": "RS256", "kid": "pss"}).to_string();
    assert_eq!(refused(&world.pss.token_of(&header, &right().to_string())), SIGNATURE);
}

#[test]
fn algorithms_are_the_issuers_and_not_the_tokens() {
    let world = World::new();
    let alg = |alg: &str| world.refuses_header(&json!({"alg": alg}));
    for other in ["none", "None", "HS256", "RS512", "ES384", "es256", ""] {
        assert_eq!(
            alg(other),
            format!("The algorithm {other:?} is not one that the identity provider signs with")
        );
    }
    // With the public key as the secret, as it stands in the set.
    let header = base64url(json!({"alg": "HS256", "kid": "rsa"}).to_string());
    let signed = format!("{header}.{}", base64url(right().to_string()));
    let secret = aws_lc_rs::hmac::Key::new(
        aws_lc_rs::hmac::HMAC_SHA256,
        world.rsa.jwk()["n"].as_str().unwrap().as_bytes(),
    );
    let token = format!("{signed}.{}", base64url(aws_lc_rs::hmac::sign(&secret, signed.as_bytes())));
    assert!(matches!(world.verify(&token).unwrap_err(), Refused::Algorithm(named) if named == "HS256"));
    // One that the issuer has, and the key is not for.
    assert_eq!(alg("RS256"), "The key of the token is not one for its algorithm RS256");
    let mut jwk = world.rsa.jwk();
    jwk["alg"] = "PS256".into();
    world.issuer.set_keys(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
    assert!(matches!(world.verify(&world.rsa.token(&right())).unwrap_err(), Refused::OtherKey(_)));
}

#[test]
fn a_key_is_meant_by_its_id_exactly() {
    let world = World::new();
    for id in ["EC", "ec ", "", "rsa2"] {
        let header = json!({"alg": "ES256", "kid": id}).to_string();
        let refused = world.verify(&world.ec.token_of(&header, &right().to_string())).unwrap_err();
        assert!(matches!(refused, Refused::UnknownKey(issuer) if issuer.url() == URL), "{id}");
    }
    assert!(world.refuses_header(&json!({"kid": null})).ends_with("its header has no kid"));
    assert!(world.refuses_header(&json!({"kid": 1})).ends_with("its header has no kid"));
}

#[test]
fn times_have_a_minute_of_leeway_and_no_more() {
    let world = World::new();
    let fine = |claims: Value| world.verify(&world.ec.token(&with(&claims))).map(|_| ()).unwrap();
    fine(json!({"exp": NOW_S - 59, "nbf": NOW_S + 60, "iat": NOW_S + 60}));
    assert_eq!(
        world.refuses(&json!({"exp": NOW_S - 60})),
        "Token expired: current date/time 1800000000 must be before the expiration date/time 1799999940"
    );
    for claim in ["nbf", "iat"] {
        assert_eq!(
            world.refuses(&json!({claim: NOW_S + 61})),
            format!("The claim {claim} is 1800000061, which is to come: it is 1800000000")
        );
    }
    assert_eq!(world.refuses(&json!({"exp": null})), "Missing a required claim: exp");
    for wrong in [json!("1900000000"), json!(true), json!(-1), json!(1e15), json!([1_900_000_000])] {
        assert_eq!(
            world.refuses(&json!({"exp": wrong})),
            "The claim exp is not what it must be: seconds since 1970 are wanted"
        );
    }
}

#[test]
fn issuer_audience_and_subject_have_to_be_there_and_right() {
    let world = World::new();
    for other in [
        "https://issuer.example/path/",
        "https://issuer.example",
        "http://issuer.example/path",
        "HTTPS://issuer.example/path",
    ] {
        assert_eq!(
            world.refuses(&json!({"iss": other})),
            format!("No OpenIDConnect provider found in your account for {other}")
        );
    }
    for aud in [json!("Flumen"), json!("flumen "), json!(["other"]), json!("")] {
        assert_eq!(world.refuses(&json!({"aud": aud})), "Incorrect token audience");
    }
    for claim in ["iss", "aud", "sub"] {
        assert_eq!(world.refuses(&json!({claim: null})), format!("Missing a required claim: {claim}"));
    }
    for (claim, value) in [
        ("iss", json!([URL])),
        ("aud", json!([])),
        ("aud", json!(["flumen", 1])),
        ("aud", json!({"flumen": 1})),
        ("sub", json!(1)),
        ("sub", json!("")),
        ("sub", json!("s".repeat(256))),
        ("amr", json!(1)),
        ("https://aws.amazon.com/source_identity", json!("a b")),
        ("https://aws.amazon.com/tags", json!({"principal_tags": {"team": ["a", "b"]}})),
        ("https://aws.amazon.com/tags", json!({"principal_tags": {"team": ["a"], "Team": ["a"]}})),
        ("https://aws.amazon.com/tags", json!({"principal_tags": {}, "transitive_tag_keys": ["team"]})),
    ] {
        let refused = world.refuses(&json!({claim: value}));
        assert!(refused.starts_with(&format!("The claim {claim} is not what it must be: ")), "{refused}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_no_token() {
    let world = World::new();
    let refused = |token: &str| {
        let error = world.verify(token).unwrap_err();
        assert!(matches!(error, Refused::Invalid(_)), "{error}");
        error.to_string()
    };
    let of = |header: &str, claims: &str| refused(&world.ec.token_of(header, claims));
    let (header, claims) = (r#"{"alg":"ES256","kid":"ec"}"#, right().to_string());
    let twice = claims.replace("\"sub\":", "\"sub\":\"admin\",\"sub\":");
    assert!(of(header, &twice).contains("\"sub\" is there twice"));
    // The same name written otherwise.
    assert!(of(header, &claims.replace("\"sub\":", "\"s\\u0075b\":\"admin\",\"sub\":")).contains("twice"));
    assert!(of(header, &claims.replace("\"exp\":", "\"more\":{\"a\":1,\"a\":2},\"exp\":")).contains("twice"));
    assert!(of(r#"{"alg":"none","alg":"ES256","kid":"ec"}"#, &claims).contains("\"alg\" is there twice"));
    assert!(of(header, "[]").contains("its payload is no object"));
    assert!(of(header, &format!("{claims}{{}}")).contains("its payload is not JSON"));
    assert!(of(header, &"[".repeat(10_000)).contains("recursion limit"));
    for name in ["crit", "b64", "zip", "enc"] {
        assert!(world.refuses_header(&json!({name: "x"})).contains("is not understood"));
    }
    assert!(world.refuses_header(&json!({"typ": "logout+jwt"})).contains("its typ is not JWT"));

    let token = world.ec.token(&right());
    for other in [
        format!("{token}="),
        format!("{token}\n"),
        format!(" {token}"),
        token.replacen('.', "=.", 1),
        format!("{token}.x"),
        format!("{token}."),
        token.replacen('.', "", 1),
        String::new(),
        "..".to_owned(),
    ] {
        refused(&other);
    }
    // Bits beyond the last byte, which would make several tokens of one.
    let (rest, last) = token.split_at(token.len() - 1);
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = digits.find(last).unwrap();
    refused(&format!("{rest}{}", &digits[at + 1..at + 2]));
}

#[test]
fn a_token_is_bounded_before_it_is_decoded() {
    let world = World::new();
    let refused = |token: &str| world.verify(token).unwrap_err().to_string();
    let long = world.ec.token(&with(&json!({"more": "x".repeat(20_000)})));
    assert!(refused(&long).contains("characters, where 20000 are the most"));
    let header = json!({"alg": "ES256", "kid": "x".repeat(4_000)}).to_string();
    assert!(refused(&world.ec.token_of(&header, "{}")).contains("the header has"));
    let token = world.ec.token(&right());
    assert!(refused(&format!("{token}{}", "A".repeat(1_366))).contains("the signature has"));
}

#[test]
fn a_set_of_keys_is_bounded_and_has_each_id_once() {
    let world = World::new();
    let set = |keys: &[Value]| world.issuer.set_keys(json!({"keys": keys}).to_string().as_bytes());
    assert_eq!(set(&[]), Ok(0));
    let taken = |change: Value| {
        let mut jwk = world.rsa.jwk();
        merge(&mut jwk, &change);
        set(&[jwk]).unwrap() == 1
    };
    assert!(taken(json!({"use": "sig", "key_ops": ["verify"], "alg": "RS256", "x5c": ["x"]})));
    let half = base64url([0x81; 128]);
    let large = base64url([0x81; 1025]);
    for none in [
        json!({"use": "enc"}),
        json!({"key_ops": ["encrypt"]}),
        json!({"kid": null}),
        json!({"kid": ""}),
        json!({"alg": "RS512"}),
        json!({"alg": 1}),
        json!({"kty": "oct", "k": "c2VjcmV0"}),
        json!({"n": half}),
        json!({"n": large}),
        json!({"n": format!("AAAA{}", world.rsa.jwk()["n"].as_str().unwrap())}),
        json!({"e": "AQ"}),
        json!({"e": "AAE"}),
        json!({"e": "BA"}),
        json!({"e": null}),
    ] {
        assert!(!taken(none.clone()), "{none}");
    }
    let mut ec = world.ec.jwk();
    ec["y"] = ec["x"].clone();
    assert_eq!(set(&[ec]), Ok(0), "a point that is not on the curve");
    assert_eq!(set(&[world.rsa.jwk(), world.rsa.jwk()]), Err(InvalidKeys::Twice("rsa".into())));
    assert_eq!(set(&vec![json!({}); 101]), Err(InvalidKeys::Many { count: 101 }));
    let large = " ".repeat(65_537);
    assert_eq!(world.issuer.set_keys(large.as_bytes()), Err(InvalidKeys::Large { bytes: 65_537 }));
    for wrong in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[1]}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(matches!(world.issuer.set_keys(wrong.as_bytes()), Err(InvalidKeys::Json(_))), "{wrong}");
    }
    // What could not be taken leaves the keys that are there.
    set(&[world.ec.jwk()]).unwrap();
    world.issuer.set_keys(b"{").unwrap_err();
    world.verify(&world.ec.token(&right())).unwrap();
}

#[test]
fn an_issuer_is_a_url_with_audiences_and_algorithms() {
    let new = |url: &str, audiences: &[&str], algorithms: &[Algorithm]| {
        let audiences = audiences.iter().map(ToString::to_string).collect();
        Issuer::new(url, audiences, algorithms.to_vec(), false)
    };
    let one = &[Algorithm::RS256][..];
    for url in ["https://a.example", "https://a.example/", "https://localhost:8443", "https://a/b"] {
        assert_eq!(new(url, &["a"], one).unwrap().url(), url);
    }
    for url in [
        "",
        "a.example",
        "http://a.example",
        "https://",
        "https:///x",
        "https://u@a.example",
        "https://a.example?x",
        "https://a.example#x",
        "https://a .example",
    ] {
        assert_eq!(new(url, &["a"], one).unwrap_err(), InvalidIssuer::Url(url.into()));
    }
    // Its condition keys would be those of a service.
    assert_eq!(new("https://sts", &["a"], one).unwrap_err(), InvalidIssuer::Short("https://sts".into()));
    assert_eq!(new(URL, &[], one).unwrap_err(), InvalidIssuer::Audiences);
    assert_eq!(new(URL, &["a", ""], one).unwrap_err(), InvalidIssuer::Audiences);
    assert_eq!(new(URL, &["a"], &[]).unwrap_err(), InvalidIssuer::Algorithms);
    let twice = [Algorithm::RS256, Algorithm::RS256];
    assert_eq!(new(URL, &["a"], &twice).unwrap_err(), InvalidIssuer::Algorithms);
    assert!(new("https://token.actions.githubusercontent.com", &["a"], one).unwrap().is_public());
    assert!(!new(URL, &["a"], one).unwrap().is_public());
    for name in ["none", "HS256", "rs256", ""] {
        name.parse::<Algorithm>().unwrap_err();
    }
    let issuer = || Arc::new(new(URL, &["a"], one).unwrap());
    assert_eq!(Issuers::new([issuer(), issuer()]).unwrap_err().url(), URL);
}
