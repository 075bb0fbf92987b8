//! What the started program listens on, and who is let in where.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use flumen_testkit::server::{Done, Server, finish, program};

/// Unsigned.
const LIST_STREAMS: &[u8] = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
    content-type: application/x-amz-json-1.1\r\nx-amz-target: Kinesis_20131202.ListStreams\r\ncontent-length: 2\r\n\r\n{}";

/// What the log says after `text`, up to the next white space.
fn logged(log: &tempfile::NamedTempFile, text: &str) -> String {
    let log = std::fs::read_to_string(log.path()).unwrap();
    let (_, after) = log.split_once(text).unwrap_or_else(|| panic!("{text:?} is not in\n{log}"));
    after.split_whitespace().next().unwrap().to_owned()
}

/// What is answered to these bytes, until the server closes.
fn exchange(address: &str, sent: &[u8]) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    // Whoever is refused may be so before all is sent.
    let _ = connection.write_all(sent);
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn ask(address: &str, method: &str, path: &str, headers: &str) -> String {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n{headers}\r\n"
    );
    exchange(address, request.as_bytes())
}

#[test]
fn without_credentials_no_other_machine_is_served_and_nothing_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let data = data.to_str().unwrap();
    let refusal = "or this line in flumen.toml: insecure-open = true";
    for kept in [&["--data-dir", data][..], &["--ephemeral"]] {
        for port in ["--listen", "--tls"] {
            let mut command = program();
            command.args(["serve", port, "0.0.0.0:0"]).args(kept).env_clear();
            finish(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).fails(2, refusal);
        }
    }
    assert!(!dir.path().join("data").exists());
}

#[test]
fn operators_read_metrics_and_usage_signed_with_a_token_or_on_their_own_port() {
    let dir = tempfile::tempdir().unwrap();
    let (known, token) = (dir.path().join("known"), dir.path().join("token"));
    std::fs::write(&known, "[a]\naws_access_key_id=A\naws_secret_access_key=right\n").unwrap();
    std::fs::write(&token, "let-me-in").unwrap();
    let (known, token) = (known.to_str().unwrap(), token.to_str().unwrap());
    let settings =
        ["--ephemeral", "--credentials", known, "--metrics-token-file", token, "--admin", "127.0.0.1:0"];
    let log = tempfile::NamedTempFile::new().unwrap();
    let server = Server::start_logging(&settings, "info", Stdio::from(log.reopen().unwrap()));
    let address = server.endpoint.strip_prefix("http://").unwrap();
    let admin = logged(&log, "pages of operators on http://");

    let cost = |endpoint: &str, secret: &str| {
        let mut command = server.command(&["cost", "--endpoint", endpoint]);
        command.env("AWS_ACCESS_KEY_ID", "A").env("AWS_SECRET_ACCESS_KEY", secret);
        Done::of(command.output().unwrap())
    };
    assert!(cost(&server.endpoint, "right").lines()[0].starts_with("Use since"));
    cost(&server.endpoint, "wrong").fails(1, "401 Unauthorized: InvalidSignatureException: ");
    assert!(cost(&format!("http://{admin}"), "wrong").lines()[0].starts_with("Use since"));

    for (method, body) in [("GET", true), ("HEAD", false)] {
        for path in ["/health", "/ready"] {
            for address in [address, &admin] {
                let answer = ask(address, method, path, "");
                assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
                let word = if path == "/health" { "up\n" } else { "ready\n" };
                assert_eq!(answer.ends_with(&format!("\r\n\r\n{word}")), body, "{answer}");
            }
        }
        for path in ["/metrics", "/usage"] {
            let status = |address, headers| ask(address, method, path, headers)[9..12].to_owned();
            assert_eq!(status(address, ""), "401");
            assert_eq!(status(address, "authorization: Bearer let-me-in\r\n"), "200");
            assert_eq!(status(&admin, ""), "200");
        }
        assert_eq!(&ask(&admin, method, "/", "")[9..12], "404");
    }
    assert_eq!(&ask(&admin, "POST", "/", "x-amz-target: Kinesis_20131202.ListStreams\r\n")[9..12], "404");
    let preflight = "origin: https://a.example\r\naccess-control-request-method: POST\r\n";
    let answer = ask(address, "OPTIONS", "/", preflight);
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("access-control-allow-origin: *"),
        "{answer}"
    );
}

#[test]
fn a_listener_behind_a_proxy_knows_its_clients_by_what_the_proxy_says() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let known = file("known", "[a]\naws_access_key_id=A\naws_secret_access_key=s\n");
    let policy =
        file("policy", r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#);
    let section = "[[listeners]]\naddress = \"127.0.0.1:0\"\n";
    let settings = file(
        "flumen.toml",
        &format!(
            "{section}name = \"behind\"\nvpc-endpoint = \"vpce-1\"\nvpc = \"vpc-1\"\npolicy = {policy:?}\n\
             proxy-protocol-from = [\"127.0.0.0/8\"]\n{section}name = \"direct\"\ntls = true\n"
        ),
    );
    let log = tempfile::NamedTempFile::new().unwrap();
    let settings =
        ["--ephemeral", "--credentials", &known, "--config", &settings, "--metrics-token-file", &known];
    let error = program().args(["serve", "--listen", "127.0.0.1:0"]).args(settings).output().unwrap();
    assert_eq!(error.status.code(), Some(2), "that file holds no token");
    let server = Server::start_logging(&settings[..5], "info", Stdio::from(log.reopen().unwrap()));
    let [_, behind, direct] = &server.endpoints[..] else { panic!("{:?}", server.endpoints) };
    assert_eq!(server.secure_endpoint.as_ref(), Some(direct));
    let behind = behind.strip_prefix("http://").unwrap();

    let header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x16\xcb\x00\x71\x07\x0a\x00\x00\x01\xc7\x38\x11\xd7\xea\x00\x07\x01vpce-1";
    let answer = exchange(behind, &[&header[..], LIST_STREAMS].concat());
    assert!(answer.contains("MissingAuthenticationTokenException"), "{answer}");
    assert_eq!(logged(&log, "sign-in refused peer="), "203.0.113.7:51000");
    assert_eq!(exchange(behind, LIST_STREAMS), "", "no header, no answer");
}

#[test]
fn who_guesses_fills_no_log_and_keeps_nobody_out() {
    let known = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(known.path(), "[a]\naws_access_key_id=A\naws_secret_access_key=right\n").unwrap();
    let log = tempfile::NamedTempFile::new().unwrap();
    let settings = ["--ephemeral", "--credentials", known.path().to_str().unwrap()];
    let server = Server::start_logging(&settings, "debug", Stdio::from(log.reopen().unwrap()));
    let streams = |access_key: &str| {
        let mut command = server.command(&["streams"]);
        command.env("AWS_ACCESS_KEY_ID", access_key).env("AWS_SECRET_ACCESS_KEY", "right");
        Done::of(command.output().unwrap())
    };
    let address = server.endpoint.strip_prefix("http://").unwrap();
    for _ in 0..30 {
        assert!(exchange(address, LIST_STREAMS).contains("MissingAuthenticationTokenException"));
        assert_eq!(&ask(address, "GET", "/metrics", "")[9..12], "401");
    }
    streams("Hush4Hush").fails(1, "UnrecognizedClientException");
    assert!(streams("A").lines().is_empty());
    let log = std::fs::read_to_string(log.path()).unwrap();
    assert_eq!(log.matches("sign-in refused").count(), 10, "{log}");
    assert!(!log.contains("request refused"), "{log}");
    assert!(!log.contains("Hush4Hush"), "{log}");
}
