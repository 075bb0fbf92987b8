//! Every page, as everybody asks for it.

use flumen_api::{Content, Credentials, SIGNING_NAME};
use flumen_protocol::sign::{self, SigningKeys};
use flumen_streams::StreamsSettings;
use http::Request;

use super::*;
use crate::in_memory::{from, server, server_of};

const PAGES: [&str; 4] = ["/health", "/ready", "/metrics", "/usage"];
const KEYS: &str = "[op]\naws_access_key_id=OP\naws_secret_access_key=s\n\
                    [other]\naws_access_key_id=OTHER\naws_secret_access_key=s\naws_account_id=111111111111\n";

async fn checked() -> Server {
    server_of(StreamsSettings::unlimited(), Some(Credentials::parse(KEYS).unwrap())).await
}

/// On the API's port of this machine, on that of another, and on `--admin` of both.
fn ways() -> [(&'static str, Arc<Peer>); 4] {
    let (here, there) = (("127.0.0.1:9", "127.0.0.1:4567"), ("10.0.0.7:9", "10.0.0.1:4567"));
    [
        ("here", from(here.0, here.1, false)),
        ("there", from(there.0, there.1, false)),
        ("admin here", from(here.0, here.1, true)),
        ("admin there", from(there.0, there.1, true)),
    ]
}

fn head(path: &str, headers: &[(&'static str, String)]) -> Parts {
    let mut head = Request::get(path).header("host", "localhost").body(()).unwrap().into_parts().0;
    for (name, value) in headers {
        head.headers.append(*name, value.parse().unwrap());
    }
    head
}

/// The headers that sign a GET of the path.
fn signed(path: &str, access_key: &str, secret: &str, service: &str) -> Vec<(&'static str, String)> {
    let head = head(path, &[]);
    let request = sign::Request {
        method: "GET",
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &head.headers,
        authority: None,
        body: b"",
    };
    let credentials =
        sign::Credentials { access_key: access_key.into(), secret: secret.into(), session_token: None };
    let now_ms = i64::try_from(flumen_types::Clock::system().now_ms()).unwrap();
    sign::sign(&request, &credentials, &SigningKeys::default(), now_ms, "us-east-1", service).unwrap()
}

fn bearer_of(token: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {token}"))]
}

async fn asked(server: &Server, head: &Parts, from: &Arc<Peer>) -> (u16, String) {
    let page = page(server, head, from).await.unwrap();
    let Content::Whole(body) = page.content else { panic!("pages are whole") };
    (page.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn with_credentials_no_page_but_those_of_probes_is_told_unsigned() {
    let server = checked().await;
    for (way, from) in ways() {
        for path in PAGES {
            let status = asked(&server, &head(path, &[]), &from).await.0;
            let free = matches!(path, "/health" | "/ready") || way.starts_with("admin");
            assert_eq!(status, if free { 200 } else { 401 }, "{path} {way}");
        }
        for path in
            ["/", "/metrics/", "/usage/x", "/debug", "/health/", "//metrics", "/Metrics", "/%6detrics"]
        {
            assert!(page(&server, &head(path, &[]), &from).await.is_none(), "{path} {way}");
        }
    }
}

#[tokio::test]
async fn metrics_and_usage_are_told_to_who_signs_for_the_operator() {
    let server = checked().await;
    let (_, there) = &ways()[1];
    for path in ["/metrics", "/usage", "/usage?since=5&stream=s"] {
        let status = async |headers: &[_]| asked(&server, &head(path, headers), there).await;
        assert_eq!(status(&signed(path, "OP", "s", SIGNING_NAME)).await.0, 200, "{path}");
        for (access_key, secret, service, code) in [
            ("OP", "wrong", SIGNING_NAME, "InvalidSignatureException: "),
            ("OP", "s", "kinesis", "InvalidSignatureException: "),
            ("NOBODY", "s", SIGNING_NAME, "UnrecognizedClientException: "),
        ] {
            let (status, text) = status(&signed(path, access_key, secret, service)).await;
            assert!(
                status == 401 && text.starts_with(code),
                "{path} {access_key} {service}: {status} {text}"
            );
        }
        let (status, text) = status(&signed(path, "OTHER", "s", SIGNING_NAME)).await;
        assert_eq!(status, 403);
        let denied = "User: arn:aws:iam::111111111111:root is not authorized to perform: flumen:GetMetrics on resource: \
                      arn:aws:flumen:us-east-1:000000000000:metrics";
        assert!(text.starts_with(denied), "{text}");
    }
    let of_another = signed("/usage?since=5", "OP", "s", SIGNING_NAME);
    assert_eq!(asked(&server, &head("/usage?since=6", &of_another), there).await.0, 401);
}

#[tokio::test]
async fn metrics_and_usage_are_told_to_who_has_the_token() {
    let mut server = checked().await;
    let (_, there) = &ways()[1];
    let with =
        async |server: &Server, headers: &[_]| asked(server, &head("/metrics", headers), there).await.0;
    assert_eq!(with(&server, &bearer_of("")).await, 401, "there is no token");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "let-me-in\n").unwrap();
    server.metrics_token = Some(Token::open(file.path()).unwrap());
    assert_eq!(with(&server, &bearer_of("let-me-in")).await, 200);
    assert_eq!(with(&server, &[("authorization", "bearer  let-me-in".to_owned())]).await, 200);
    for wrong in ["let-me-i", "let-me-in2", ""] {
        assert_eq!(with(&server, &bearer_of(wrong)).await, 401, "{wrong}");
    }
    let twice = [bearer_of("let-me-in"), bearer_of("let-me-in")].concat();
    assert_eq!(with(&server, &twice).await, 401, "two headers");
}

#[tokio::test]
async fn without_credentials_this_machine_is_told_all_and_others_no_usage() {
    let server = server(StreamsSettings::unlimited()).await;
    for (way, from) in ways() {
        let expected = if way == "there" { [200, 200, 200, 401] } else { [200; 4] };
        for (path, expected) in PAGES.into_iter().zip(expected) {
            assert_eq!(asked(&server, &head(path, &[]), &from).await.0, expected, "{path} {way}");
        }
        let mut rebound = head("/metrics", &[]);
        rebound.headers.insert("host", HeaderValue::from_static("rebound.example"));
        let expected = if way.ends_with("there") { 200 } else { 403 };
        assert_eq!(asked(&server, &rebound, &from).await.0, expected, "{way}");
    }
}

#[tokio::test]
async fn a_server_that_stops_is_up_and_not_ready() {
    let mut server = server(StreamsSettings::unlimited()).await;
    let (_, there) = &ways()[1];
    assert_eq!(asked(&server, &head("/ready", &[]), there).await, (200, "ready\n".into()));
    server.stopping = tokio::sync::watch::channel(true).1;
    assert_eq!(asked(&server, &head("/ready", &[]), there).await, (503, "stopping\n".into()));
    assert_eq!(asked(&server, &head("/health", &[]), there).await, (200, "up\n".into()));
}
