//! A role for whom an issuer vouches, from an unsigned request to a record, and the keys of the issuer meanwhile.

mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flumen_access::web_identity::{Algorithm, Issuer};
use flumen_api::{Api, Content, Credentials, KeySource, Peer};
use flumen_protocol::sign::Credentials as Signer;
use flumen_storage::Storage;
use flumen_streams::StreamsSettings;
use flumen_testkit::front;
use flumen_testkit::tokens::{TokenKey, jwks};
use flumen_types::Clock;
use http::request::Parts;
use serde_json::json;
use support::outside;
use support::signed::{now_ms, sign_head};
use tokio::runtime::Handle;

const URL: &str = "https://issuer.example";
const ROLE: &str = "arn:aws:iam::000000000000:role/writer";

struct Served {
    api: Arc<Api>,
    from: Arc<Peer>,
    keys: PathBuf,
    _dir: tempfile::TempDir,
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn form(fields: &[(&str, &str)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    fields.join("&")
}

fn post() -> http::request::Builder {
    http::Request::post("/")
        .header("host", "localhost")
        .header("content-type", "application/x-www-form-urlencoded")
}

impl Served {
    /// With an issuer whose keys are in a file.
    async fn start(key: &TokenKey, credentials: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("jwks.json");
        std::fs::write(&keys, jwks([key])).unwrap();
        let algorithms = vec![Algorithm::named("ES256").unwrap()];
        let issuer = Issuer::new(URL, vec!["flumen".into()], algorithms, false).unwrap();
        let source = KeySource::File(keys.clone());
        source.open(&issuer).unwrap();
        let storage = Storage::ephemeral(flumen_storage::StorageSettings::default()).unwrap();
        let known = credentials.map(|text| Credentials::parse(text).unwrap());
        let (settings, providers) = (StreamsSettings::unlimited(), vec![(Arc::new(issuer), source)]);
        let api = front::api_trusting(storage, settings, Handle::current(), known, providers).await;
        Served { api, from: outside(), keys, _dir: dir }
    }

    async fn answer(&self, head: &Parts, body: String) -> (u16, String) {
        let reply = self.api.answer(&self.from, head, Ok(&Bytes::from(body))).await;
        let Content::Whole(answer) = &reply.content else { panic!("that answer is whole") };
        (reply.status.as_u16(), String::from_utf8(answer.to_vec()).unwrap())
    }

    async fn signed(&self, by: &Signer, service: &str, mut head: Parts, body: String) -> (u16, String) {
        sign_head(&mut head, &body, by, now_ms(), service);
        self.answer(&head, body).await
    }

    async fn iam(&self, by: &Signer, fields: &[(&str, &str)]) {
        let head = post().body(()).unwrap().into_parts().0;
        let (status, text) = self.signed(by, "iam", head, form(fields)).await;
        assert_eq!(status, 200, "{text}");
    }

    /// As SDKs ask for the role: without a signature.
    async fn assume(&self, token: &str, origin: Option<&str>) -> (u16, String) {
        let mut head = post();
        if let Some(origin) = origin {
            head = head.header("origin", origin);
        }
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", ROLE),
            ("RoleSessionName", "pod"),
            ("WebIdentityToken", token),
        ];
        self.answer(&head.body(()).unwrap().into_parts().0, form(&fields)).await
    }

    /// The code that it is refused with.
    async fn refused(&self, token: &str) -> String {
        let (status, text) = self.assume(token, None).await;
        assert_ne!(status, 200, "{text}");
        between(&text, "Code").to_owned()
    }
}

/// Whether what comes next on the connection has to wait.
async fn is_slowed(served: &Served) -> bool {
    let headers = http::HeaderMap::new();
    tokio::time::timeout(Duration::ZERO, served.api.pace(&served.from, &headers)).await.is_err()
}

#[tokio::test]
async fn whoever_sends_wrong_tokens_is_slowed_until_one_is_right() {
    let key = TokenKey::es256("one");
    let served = with_role(&key).await;
    assert!(!is_slowed(&served).await);
    served.refused(&token(&TokenKey::es256("one"))).await;
    assert!(is_slowed(&served).await);
    assert_eq!(served.assume(&token(&key), None).await.0, 200);
    assert!(!is_slowed(&served).await);
}

fn between<'t>(text: &'t str, element: &str) -> &'t str {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    text.split_once(&start).and_then(|(_, rest)| rest.split_once(&end)).map(|(text, _)| text).expect(text)
}

fn token(key: &TokenKey) -> String {
    let exp = Clock::system().now_ms() / 1000 + 600;
    key.token(&json!({"iss": URL, "aud": "flumen", "sub": "pod", "exp": exp}))
}

fn root() -> Signer {
    Signer { access_key: "AKIAROOTROOTROOTROOT".into(), secret: "r".into(), session_token: None }
}

const FILE: &str = "[root]\naws_access_key_id = AKIAROOTROOTROOTROOT\naws_secret_access_key = r\n";

async fn with_role(key: &TokenKey) -> Served {
    let served = Served::start(key, Some(FILE)).await;
    let trust = json!({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "arn:aws:iam::000000000000:oidc-provider/issuer.example"}}});
    let create =
        [("Action", "CreateRole"), ("RoleName", "writer"), ("AssumeRolePolicyDocument", &*trust.to_string())];
    served.iam(&root(), &create).await;
    let attach = [
        ("Action", "AttachRolePolicy"),
        ("RoleName", "writer"),
        ("PolicyArn", "arn:aws:iam::aws:policy/FlumenOperator"),
    ];
    served.iam(&root(), &attach).await;
    served
}

#[tokio::test]
async fn a_token_in_place_of_a_signature_gives_credentials_that_sign() {
    let key = TokenKey::es256("one");
    let served = with_role(&key).await;
    let (status, text) = served.assume(&token(&key), None).await;
    assert_eq!(status, 200, "{text}");
    let session = Signer {
        access_key: between(&text, "AccessKeyId").to_owned(),
        secret: between(&text, "SecretAccessKey").to_owned(),
        session_token: Some(between(&text, "SessionToken").to_owned()),
    };
    let create = |name: &str| {
        let head = http::Request::post("/")
            .header("host", "localhost")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "Kinesis_20131202.CreateStream");
        let body = json!({"StreamName": name, "ShardCount": 1}).to_string();
        (head.body(()).unwrap().into_parts().0, body)
    };
    let (head, body) = create("s");
    let (status, text) = served.signed(&session, "kinesis", head, body).await;
    assert_eq!(status, 200, "{text}");
    // Without the token its key is nobody's.
    let (head, body) = create("t");
    let bare = Signer { session_token: None, ..session };
    assert_ne!(served.signed(&bare, "kinesis", head, body).await.0, 200);
    // Whoever forges one is not told of roles, and what else is not signed is refused.
    assert_eq!(served.refused(&token(&TokenKey::es256("one"))).await, "InvalidIdentityToken");
    let head = post().body(()).unwrap().into_parts().0;
    for action in ["GetCallerIdentity", "AssumeRole", "ListUsers", "PutRecord", ""] {
        let (status, text) = served.answer(&head, form(&[("Action", action), ("RoleArn", ROLE)])).await;
        assert_eq!((status, between(&text, "Code")), (403, "MissingAuthenticationToken"), "{action}");
    }
}

#[tokio::test]
async fn keys_are_looked_for_once_a_minute_where_one_is_not_known() {
    let keys = ["one", "two", "three"].map(TokenKey::es256);
    let served = with_role(&keys[0]).await;
    let taken = async |key| served.assume(&token(key), None).await.0 == 200;
    assert!(taken(&keys[0]).await);
    std::fs::write(&served.keys, jwks([&keys[1]])).unwrap();
    assert!(taken(&keys[0]).await, "keys that are known are not looked for");
    assert!(taken(&keys[1]).await && !taken(&keys[0]).await, "another set took its place");
    // Within the minute nobody looks, whatever comes.
    std::fs::write(&served.keys, jwks([&keys[2]])).unwrap();
    assert_eq!(served.refused(&token(&keys[2])).await, "InvalidIdentityToken");
    assert!(taken(&keys[1]).await);
    let later = async |seconds| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
    };
    later(61).await;
    assert!(taken(&keys[2]).await);
    // What cannot be read leaves the keys that are there.
    std::fs::write(&served.keys, "{").unwrap();
    later(61).await;
    assert_eq!(served.refused(&token(&keys[0])).await, "IDPCommunicationError");
    assert_eq!(served.refused(&token(&keys[0])).await, "IDPCommunicationError");
    assert!(taken(&keys[2]).await);
    // After an hour a key that was withdrawn is missed although nobody asks for another one.
    std::fs::write(&served.keys, jwks([&keys[0]])).unwrap();
    later(3_601).await;
    let gone = async {
        while taken(&keys[2]).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.unwrap();
    assert!(taken(&keys[0]).await);
}

#[tokio::test]
async fn without_identities_a_token_is_verified_and_pages_of_others_are_refused() {
    let key = TokenKey::es256("one");
    let served = Served::start(&key, None).await;
    assert_eq!(served.refused(&token(&key)).await, "AccessDenied", "there is no role");
    assert_eq!(served.refused(&token(&TokenKey::es256("one"))).await, "InvalidIdentityToken");
    let (status, text) = served.assume("a.b.c", Some("https://evil.example")).await;
    assert!(status == 403 && text.contains("origin of the page"), "{text}");
}
