//! What a server keeps of sessions, keys and signatures from one start to the next.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use flumen_client::{Client, ClientSettings, Environment, IAM, QueryService, STS};
use flumen_protocol::sign::{Credentials, Request, SigningKeys, sign};
use flumen_testkit::server::{Done, Server, flumen};
use tempfile::TempDir;

const FILE: &str = r#"
version = 1

[[accounts]]
id = "111111111111"
root-credentials = "root"

[[roles]]
name = "reader"
trust = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111111111111:user/ana"}}}'
policies = ["FlumenReadOnly"]

[[users]]
name = "ana"
access-keys = "ana"
"#;

/// A data directory with a user who may become a role.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        fs::write(place.path("who.toml"), FILE).unwrap();
        flumen(&["apply", &place.path("who.toml"), "--data-dir", &place.path("data")]).lines();
        place
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn start(&self, more: &[&str]) -> Server {
        Server::start_with(&[&["--data-dir", &self.path("data")], more].concat())
    }

    /// Asks with a credential that is in a file.
    fn ask(
        &self,
        server: &Server,
        credential: &str,
        service: QueryService,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> flumen_client::Element {
        let file = self.path(credential);
        let variable = |name: &str| match name {
            "AWS_SHARED_CREDENTIALS_FILE" => Some(file.clone()),
            "AWS_PROFILE" => Some(if credential == "root" { "default" } else { credential }.to_owned()),
            _ => None,
        };
        let environment = Environment { variable: &variable, file: &|path| fs::read_to_string(path).ok() };
        let (endpoint, region) = (Some(&*server.endpoint), Some("us-east-1"));
        let client =
            Client::signing_for(service.name, &environment, endpoint, region, ClientSettings::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(client.unwrap().query(service, action, parameters)).unwrap()
    }

    /// A new session of the role, as variables of the environment.
    fn session(&self, server: &Server) -> [(&'static str, String); 3] {
        let role = [("RoleArn", "arn:aws:iam::111111111111:role/reader"), ("RoleSessionName", "session")];
        let assumed = self.ask(server, "ana", STS, "AssumeRole", &role);
        let credentials = assumed.get("Credentials").unwrap();
        let text = |name| credentials.text(name).unwrap().to_owned();
        [
            ("AWS_ACCESS_KEY_ID", text("AccessKeyId")),
            ("AWS_SECRET_ACCESS_KEY", text("SecretAccessKey")),
            ("AWS_SESSION_TOKEN", text("SessionToken")),
        ]
    }
}

fn streams(server: &Server, session: &[(&'static str, String)]) -> Done {
    Done::of(server.command(&["streams"]).envs(session.iter().cloned()).output().unwrap())
}

#[test]
fn sessions_end_at_the_start_that_says_so_and_stay_ended() {
    let place = Place::new();
    let server = place.start(&[]);
    let before = place.session(&server);
    streams(&server, &before).lines();
    server.stop();

    let server = place.start(&["--revoke-sessions-before", "now"]);
    streams(&server, &before).fails(1, "security token");
    let after = place.session(&server);
    streams(&server, &after).lines();
    server.stop();

    let server = place.start(&[]);
    streams(&server, &before).fails(1, "security token");
    streams(&server, &after).lines();
}

#[test]
fn when_a_key_was_last_used_is_known_after_an_orderly_stop() {
    let place = Place::new();
    let server = place.start(&[]);
    let session = place.session(&server);
    streams(&server, &session).lines();
    server.stop();

    let server = place.start(&[]);
    let keys = place.ask(&server, "root", IAM, "ListAccessKeys", &[("UserName", "ana")]);
    let id = keys.members("AccessKeyMetadata").next().unwrap().text("AccessKeyId").unwrap().to_owned();
    let used = place.ask(&server, "root", IAM, "GetAccessKeyLastUsed", &[("AccessKeyId", &id)]);
    let used = used.get("AccessKeyLastUsed").unwrap();
    assert_eq!((used.text("ServiceName"), used.text("Region")), (Some("sts"), Some("us-east-1")));
    let role = place.ask(&server, "root", IAM, "GetRole", &[("RoleName", "reader")]);
    let used = role.get("Role").and_then(|role| role.get("RoleLastUsed")).unwrap();
    assert!(used.text("LastUsedDate").is_some());
}

/// A request as it goes over a connection, signed now.
fn signed(place: &Place, server: &Server, body: &str) -> String {
    let text = fs::read_to_string(place.path("root")).unwrap();
    let value =
        |name: &str| text.lines().find_map(|line| line.split_once('=').filter(|(key, _)| key.trim() == name));
    let value = |name| value(name).unwrap().1.trim().to_owned();
    let (access_key, secret) = (value("aws_access_key_id"), value("aws_secret_access_key"));
    let head = http::Request::post("/")
        .header("host", server.endpoint.strip_prefix("http://").unwrap())
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.CreateTable");
    let head = head.body(()).unwrap().into_parts().0;
    let now_ms = i64::try_from(flumen_types::Clock::system().now_ms()).unwrap();
    let (method, path, query, authority) = ("POST", "/", "", None);
    let request = Request { method, path, query, headers: &head.headers, authority, body: body.as_bytes() };
    let signer = Credentials { access_key, secret, session_token: None };
    let added = sign(&request, &signer, &SigningKeys::default(), now_ms, "us-east-1", "dynamodb").unwrap();
    let own = head.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap().to_owned()));
    let headers: String = own.chain(added).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("POST / HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn sent(server: &Server, request: &str) -> String {
    let mut connection = TcpStream::connect(server.endpoint.strip_prefix("http://").unwrap()).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn whoever_has_overheard_a_change_of_tables_cannot_repeat_it_after_another_start() {
    let place = Place::new();
    let server = place.start(&[]);
    let body = r#"{"TableName":"leases","KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],
        "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST"}"#;
    let request = signed(&place, &server, body);
    let answer = sent(&server, &request);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let at = Instant::now();
    server.stop();
    // For so long it is a retry.
    std::thread::sleep(Duration::from_millis(2_100).saturating_sub(at.elapsed()));
    // Whoever listens is of no matter to a signature; the name in it is the first one's.
    let server = place.start(&[]);
    let answer = sent(&server, &request);
    assert!(answer.contains("InvalidSignatureException") && answer.contains("Sign it anew"), "{answer}");
    let anew = sent(&server, &signed(&place, &server, body));
    assert!(anew.contains("ResourceInUseException"), "{anew}");
}
