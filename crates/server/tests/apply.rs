//! Identities and streams from a file: on a data directory, at a start, and on a running server.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use flumen_testkit::server::{Done, Server, finish, flumen, program};
use tempfile::TempDir;

const BEGIN: &str = r#"
version = 1

[[accounts]]
id = "111111111111"
root-credentials = "root"
"#;

const REST: &str = r#"
[[policies]]
name = "orders"
path = "/team/"
tags = { owner = "ana" }

[policies.document]
Version = "2012-10-17"
Statement = [{ Effect = "Allow", Action = "kinesis:*", Resource = "arn:aws:kinesis:*:*:stream/orders" }]

[[groups]]
name = "writers"
policies = ["FlumenProducer"]

[[roles]]
name = "reader"
trust = "trust.json"
description = "Who reads"
max-session = 7200
policies = ["orders"]
inline.list = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kinesis:ListStreams","Resource":"*"}}'

[[users]]
name = "ana"
policies = ["orders", "FlumenReadOnly"]
boundary = "AdministratorAccess"
groups = ["writers"]
tags = { team = "a", cost = "1" }
access-keys = "ana"

[[users]]
name = "bo"
policies = []
access-keys = "bo"

[[streams]]
name = "orders"
shards = 2
retention-hours = 48
tags = { team = "a" }
consumers = ["billing"]
"#;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
    "Principal":{"AWS":"arn:aws:iam::111111111111:root"}}]}"#;

/// A file with what it needs beside it, and a place for a data directory.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        fs::write(place.path("trust.json"), TRUST).unwrap();
        place.write(&format!("{BEGIN}{REST}"));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn write(&self, text: &str) {
        fs::write(self.path("who.toml"), text).unwrap();
    }

    fn offline(&self, more: &[&str]) -> Done {
        let (file, data) = (self.text("who.toml"), self.text("data"));
        flumen(&[&["apply", &file, "--data-dir", &data], more].concat())
    }

    /// As the root of the account.
    fn online(&self, server: &Server, more: &[&str]) -> Done {
        let file = self.text("who.toml");
        self.with(server, "root", "default", &[&["apply", &file], more].concat())
    }

    fn with(&self, server: &Server, credentials: &str, profile: &str, args: &[&str]) -> Done {
        let mut command = server.command(args);
        command.env("AWS_SHARED_CREDENTIALS_FILE", self.path(credentials)).env("AWS_PROFILE", profile);
        Done::of(command.output().unwrap())
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The lines, without the ids of keys, which are random.
#[track_caller]
fn told(done: &Done) -> Vec<String> {
    let word = |word: &str| if word.starts_with("AKIA") { "AKIA".to_owned() } else { word.to_owned() };
    done.lines().iter().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_file_is_applied_to_a_directory_and_then_to_its_server() {
    let place = Place::new();
    let done = place.offline(&[]);
    let key = |user| format!("created access key AKIA of user {user} in {}", place.text(user));
    assert_eq!(
        told(&done),
        [
            "created account 111111111111",
            "created policy orders",
            "created group writers",
            "created role reader",
            "created user ana",
            &key("ana"),
            "created user bo",
            &key("bo"),
            "created stream orders",
        ]
    );
    for file in ["root", "ana", "bo"] {
        assert_eq!(mode(&place.path(file)), 0o600, "{file}");
    }
    assert_eq!(place.offline(&[]).lines(), ["nothing to change"]);
    assert_eq!(place.offline(&["--prune"]).lines(), ["nothing to change"]);

    let server = Server::start_with(&["--data-dir", &place.text("data")]);
    assert_eq!(place.online(&server, &[]).lines(), ["nothing to change"]);
    assert_eq!(place.online(&server, &["--prune"]).lines(), ["nothing to change"]);
    place.with(&server, "ana", "ana", &["describe", "orders"]).lines();
    place.with(&server, "bo", "bo", &["describe", "orders"]).fails(1, "AccessDenied");
    place.with(&server, "bo", "bo", &["apply", &place.text("who.toml")]).fails(1, "AccessDenied");

    // Each of these is one thing that changes, and is said in one line.
    let mut text = format!("{BEGIN}{REST}");
    let mut change = |from: &str, to: &str, line: &str| {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
        place.write(&text);
        assert_eq!(place.online(&server, &[]).lines(), [line]);
        assert_eq!(place.online(&server, &[]).lines(), ["nothing to change"]);
    };
    let provided = "arn:aws:iam::aws:policy";
    change(
        "policies = []",
        "policies = [\"FlumenReadOnly\"]",
        &format!("changed user bo: attached {provided}/FlumenReadOnly"),
    );
    change(
        "[\"orders\", \"FlumenReadOnly\"]",
        "[\"orders\"]",
        &format!("changed user ana: detached {provided}/FlumenReadOnly"),
    );
    change("groups = [\"writers\"]", "groups = []", "changed user ana: out of group writers");
    change("\"a\", cost = \"1\"", "\"b\"", "changed user ana: tags");
    change("\"AdministratorAccess\"", "\"\"", "changed user ana: no boundary");
    change("kinesis:*\"", "kinesis:Get*\"", "changed policy orders: document");
    change("max-session = 7200", "max-session = 3600", "changed role reader: MaxSessionDuration 3600");
    change("kinesis:ListStreams", "kinesis:ListShards", "changed role reader: inline policy list");
    change("retention-hours = 48", "retention-hours = 72", "changed stream orders: retention 72 h");
    change("[\"billing\"]", "[\"billing\", \"audit\"]", "changed stream orders: consumer audit");
    for n in 0..6 {
        // More versions than a policy may have.
        let (from, to) =
            (format!("kinesis:Get{}*", "x".repeat(n)), format!("kinesis:Get{}*", "x".repeat(n + 1)));
        change(&from, &to, "changed policy orders: document");
    }
    fs::write(place.path("trust.json"), TRUST.replace("root", "user/ana")).unwrap();
    assert_eq!(place.online(&server, &[]).lines(), ["changed role reader: trust"]);

    // What the file names no more stays, until it is said to go.
    let (before, after) = text.split_once("[[users]]\nname = \"bo\"").unwrap();
    let after = &after[after.find("[[streams]]").unwrap()..];
    let text = format!("{before}{after}").replace("[\"billing\", \"audit\"]", "[]").replace("= 72", "= 24");
    place.write(&text);
    let done = place.online(&server, &[]);
    assert_eq!(done.lines(), ["nothing to change"]);
    assert!(done.stderr.contains("stream orders keeps records for 72 h and not 24"), "{done:?}");
    let done = place.online(&server, &["--prune"]);
    assert_eq!(
        done.lines(),
        [
            "changed stream orders: retention 24 h",
            "deleted consumer audit of stream orders",
            "deleted consumer billing of stream orders",
            "deleted user bo",
        ]
    );
    place.with(&server, "bo", "bo", &["describe", "orders"]).fails(1, "UnrecognizedClient");
    assert_eq!(place.online(&server, &["--prune"]).lines(), ["nothing to change"]);

    // All kinds that are described with nothing in them; streams alone need a word more.
    let none = format!("{BEGIN}policies = []\ngroups = []\nroles = []\nusers = []\n");
    let none = none.replace("version = 1", "version = 1\nusers = []\nroles = []\ngroups = []\npolicies = []");
    place.write(none.split("policies = []\ngroups = []").next().unwrap());
    let gone = ["deleted user ana", "deleted role reader", "deleted group writers", "deleted policy orders"];
    assert_eq!(place.online(&server, &["--prune"]).lines(), gone);
    let streams = format!("prune-streams = true\n{BEGIN}[[streams]]\nname = \"other\"\nshards = 1\n");
    place.write(&streams);
    assert_eq!(place.online(&server, &[]).lines(), ["created stream other"]);
    assert_eq!(place.online(&server, &["--prune"]).lines(), ["deleted stream orders"]);
    // The root has its key still, and so could say all this.
    assert_eq!(place.online(&server, &["--prune"]).lines(), ["nothing to change"]);
}

#[test]
fn a_start_applies_its_file_with_keys_that_are_there() {
    let place = Place::new();
    let file = place.text("who.toml");
    let server = Server::start_with(&["--ephemeral", "--bootstrap", &file]);
    place.with(&server, "ana", "ana", &["describe", "orders"]).lines();
    assert_eq!(place.online(&server, &["--prune"]).lines(), ["nothing to change"]);
    server.run(&["streams"]).fails(1, "UnrecognizedClient");
    server.stop();
    let keys = ["root", "ana", "bo"].map(|name| fs::read_to_string(place.path(name)).unwrap());
    // Nothing was kept but the keys, which clients have. With them other machines may be served.
    let server = Server::start_with(&["--ephemeral", "--bootstrap", &file, "--tls", "0.0.0.0:0"]);
    assert_eq!(keys, ["root", "ana", "bo"].map(|name| fs::read_to_string(place.path(name)).unwrap()));
    place.with(&server, "ana", "ana", &["describe", "orders"]).lines();
    assert_eq!(place.online(&server, &[]).lines(), ["nothing to change"]);
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let place = Place::new();
    let wrong = |text: &str, why: &str| {
        place.write(text);
        let file = place.text("who.toml");
        let mut start = program();
        start.args(["serve", "--listen", "127.0.0.1:0", "--ephemeral", "--bootstrap", &file]);
        start.stdout(Stdio::piped()).stderr(Stdio::piped());
        // One after the other: they would make the same files.
        let offline = place.offline(&[]);
        for done in [offline, finish(start.spawn().unwrap())] {
            done.fails(2, why);
            done.fails(2, "who.toml");
        }
    };
    wrong(&format!("{BEGIN}[[user]]\nname = \"a\"\n"), "unknown field `user`");
    assert!(!place.path("data").exists() && !place.path("root").exists(), "nothing is touched");
    let text = BEGIN.replace("root-credentials = \"root\"\n", "");
    wrong(&text, "set root-credentials = ");
    wrong("version = 1\n[[users]]\nname = \"a\"\n", "need an account");
    fs::write(place.path("ana"), "[other]\naws_access_key_id = AKIAOTHEROTHER1\naws_secret_access_key = s\n")
        .unwrap();
    wrong(&format!("{BEGIN}[[users]]\nname = \"ana\"\naccess-keys = \"ana\"\n"), "there is no section [ana]");

    // Only who sits at the directory gives keys that are there.
    fs::remove_file(place.path("ana")).unwrap();
    place.write(BEGIN);
    place.offline(&[]).lines();
    let server = Server::start_with(&["--data-dir", &place.text("data")]);
    fs::write(place.path("ana"), "[ana]\naws_access_key_id = AKIAANAANAANAANA\naws_secret_access_key = s\n")
        .unwrap();
    place.write(&format!("{BEGIN}[[users]]\nname = \"ana\"\naccess-keys = \"ana\"\n"));
    place.online(&server, &[]).fails(2, "only --data-dir and --bootstrap can import");
    // Credentials of an account that the file is not about.
    place.write(&BEGIN.replace("111111111111", "222222222222"));
    place.online(&server, &[]).fails(2, "the credentials are of 111111111111");
    server.stop();
    place.write(&format!("{BEGIN}[[users]]\nname = \"ana\"\naccess-keys = \"ana\"\n"));
    assert_eq!(place.offline(&[]).lines(), ["imported access key AKIAANAANAANAANA of user ana"]);
}

#[test]
fn what_was_made_before_requests_were_signed_gets_a_root() {
    let place = Place::new();
    let (file, data) = (place.text("who.toml"), place.text("data"));
    place.write("version = 1\n[[users]]\nname = \"ana\"\n[[streams]]\nname = \"s\"\n");
    let server = Server::start_with(&["--data-dir", &data]);
    assert_eq!(server.run(&["apply", &file]).lines(), ["created user ana", "created stream s"]);
    assert_eq!(server.run(&["apply", &file]).lines(), ["nothing to change"]);
    server.stop();
    place.offline(&[]).fails(2, "need an account");
    let account = BEGIN.replace("111111111111", "000000000000");
    place.write(&format!("{account}[[users]]\nname = \"ana\"\n[[streams]]\nname = \"s\"\n"));
    let server = Server::start_with(&["--data-dir", &data, "--bootstrap", &file]);
    assert_eq!(mode(&place.path("root")), 0o600);
    server.run(&["streams"]).fails(1, "UnrecognizedClient");
    assert_eq!(place.online(&server, &["--prune"]).lines(), ["nothing to change"]);
}

#[test]
fn each_account_is_its_own_and_whoever_calls_stays() {
    let place = Place::new();
    let account = |id, root| format!("[[accounts]]\nid = \"{id}\"\nroot-credentials = \"{root}\"\n");
    let begin =
        format!("version = 1\n{}{}", account("111111111111", "root"), account("222222222222", "second"));
    let in_account = |id| format!("account = \"{id}\"\n");
    let stream = |id| format!("[[streams]]\nname = \"s\"\nshards = 1\n{}", in_account(id));
    let user = |id, name, more| format!("[[users]]\nname = \"{name}\"\n{}{more}\n", in_account(id));
    let admin =
        user("222222222222", "admin", "access-keys = \"admin\"\npolicies = [\"AdministratorAccess\"]");
    let streams = stream("111111111111") + &stream("222222222222");
    let others = user("111111111111", "ana", "") + &user("222222222222", "ana", "");
    place.write(&format!("{begin}{admin}{others}{streams}"));
    let server = Server::start_with(&["--ephemeral", "--bootstrap", &place.text("who.toml")]);
    let (first, second) = (&["describe", "s", "--json"], &["apply", &place.text("who.toml"), "--prune"]);
    let described = place.with(&server, "root", "default", first).stdout;
    assert!(described.contains(":111111111111:stream/s"), "{described}");
    let done = place.with(&server, "admin", "admin", second);
    assert_eq!(done.lines(), ["nothing to change"]);
    assert!(
        done.stderr.contains("account 111111111111 is skipped: the credentials belong to 222222222222"),
        "{done:?}"
    );

    // The caller is not in the file any more, nor is the first account's user.
    place.write(&format!("{begin}{}{streams}", user("222222222222", "bo", "")));
    let done = place.with(&server, "admin", "admin", second);
    assert_eq!(done.lines(), ["created user bo", "deleted user ana"]);
    assert!(done.stderr.contains("user admin stays"), "{done:?}");
    assert_eq!(place.online(&server, &["--prune"]).lines(), ["deleted user ana"]);
}

#[test]
fn limits_and_endpoints_are_kept() {
    let place = Place::new();
    let file = place.text("who.toml");
    let endpoint = r#"[[endpoints]]
id = "vpce-1"
vpc = "vpc-1"
policy = '{"Statement":{"Effect":"Allow","Principal":"*","NotAction":"kinesis:ListStreams","Resource":"*"}}'
"#;
    let limits = "[accounts.limits]\nstreams = 1\nbytes = \"64MiB\"\n";
    let stream = "[[streams]]\nname = \"s\"\nshards = 1\n";
    place.write(&format!("{BEGIN}{limits}{endpoint}{stream}"));
    let made = [
        "created account 111111111111",
        "changed account 111111111111: limits",
        "created endpoint vpce-1",
        "created stream s",
    ];
    assert_eq!(place.offline(&[]).lines(), made);
    assert_eq!(place.offline(&["--prune"]).lines(), ["nothing to change"]);

    // The listener says no more than which endpoint it is.
    let settings = |more: &str| {
        let text = format!(
            "[[listeners]]\nname = \"private\"\naddress = \"127.0.0.1:0\"\nvpc-endpoint = \"vpce-1\"\n{more}"
        );
        fs::write(place.path("flumen.toml"), text).unwrap();
        place.text("flumen.toml")
    };
    let (data, config) = (place.text("data"), settings(""));
    let server = Server::start_with(&["--data-dir", &data, "--config", &config]);
    let through = |args: &[&str]| {
        let to = ["--endpoint", server.endpoints[1].as_str()];
        place.with(&server, "root", "default", &[args, &to].concat())
    };
    through(&["describe", "s"]).lines();
    through(&["streams"]).fails(1, "because no VPC endpoint policy allows the kinesis:ListStreams action");
    assert_eq!(
        place.with(&server, "root", "default", &["streams"]).lines().len(),
        2,
        "a head and the stream"
    );
    place.write(&format!(
        "{BEGIN}{}{stream}{}",
        limits.replace("= 1", "= 2"),
        stream.replace("\"s\"", "\"t\"")
    ));
    let done = place.online(&server, &[]);
    done.fails(1, "This request would exceed the stream limit for the account 111111111111");
    assert!(done.stderr.contains("limits and endpoints are left out"), "{done:?}");
    server.stop();

    let config = settings("vpc = \"vpc-1\"\n");
    let mut start = program();
    start.args(["serve", "--listen", "127.0.0.1:0", "--data-dir", &data, "--config", &config]);
    start.stdout(Stdio::piped()).stderr(Stdio::piped());
    finish(start.spawn().unwrap())
        .fails(2, "the endpoint vpce-1 is described by a listener and by a bootstrap file");
    let server = Server::start_with(&["--data-dir", &data, "--bootstrap", &file]);
    assert_eq!(place.online(&server, &[]).lines(), ["nothing to change"]);
    server.stop();
    place.write(&format!("{}{limits}", BEGIN.replace("version = 1", "version = 1\nendpoints = []")));
    assert_eq!(place.offline(&[]).lines(), ["changed account 111111111111: limits"]);
    assert_eq!(place.offline(&["--prune"]).lines(), ["deleted endpoint vpce-1"]);
    let server = Server::start_with(&["--data-dir", &data, "--config", &config]);
    assert_eq!(server.endpoints.len(), 2);
}
