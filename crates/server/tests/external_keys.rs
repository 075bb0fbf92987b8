//! The root key of a started program from a key of a second one: what a start does where that is slow, down, refuses and comes
//! back, and that a server goes on without it. And data keys from there, for what a server encrypts.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use flumen_client::{Client, ClientSettings, Environment};
use flumen_external_keys::{
    Context, DataKey, ExternalKeyError, ExternalKeys, KeyArn, KeyServiceSettings, KeyServices,
};
use flumen_protocol::kms::Operation;
use flumen_testkit::server::{Done, Server, flumen, program};
use flumen_types::Clock;

/// How whoever has the key service's address is treated.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Open,
    /// Connections are taken, and nothing comes.
    Hangs,
    /// Connections end.
    Closed,
}

/// A second server, and a way to it that can be closed.
struct Kms {
    server: Server,
    address: SocketAddr,
    way: Arc<Mutex<(Way, Vec<TcpStream>)>>,
}

impl Kms {
    fn start() -> Kms {
        let server = Server::start();
        let to: SocketAddr = server.endpoint.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let way = Arc::new(Mutex::new((Way::Open, Vec::new())));
        let of_listener = way.clone();
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                lead(&of_listener, socket, to);
            }
        });
        Kms { server, address, way }
    }

    /// Also for connections that are there.
    fn set(&self, way: Way) {
        let mut now = self.way.lock().unwrap();
        now.0 = way;
        now.1.drain(..).for_each(|socket| drop(socket.shutdown(Shutdown::Both)));
    }

    fn call(&self, operation: Operation, input: &str) -> serde_json::Value {
        let environment = Environment { variable: &|_| None, file: &|_| None };
        let endpoint = Some(&*self.server.endpoint);
        let settings = ClientSettings::default();
        let client = Client::signing_for("kms", &environment, endpoint, Some("eu-west-1"), settings).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(client.kms(operation, input.to_owned())).unwrap();
        serde_json::from_slice(if answer.is_empty() { b"{}" } else { &answer }).unwrap()
    }

    /// The ARN of a new key.
    fn key(&self) -> String {
        self.call(Operation::CreateKey, "{}")["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    fn of_key(&self, operation: Operation, arn: &str) {
        self.call(operation, &format!(r#"{{"KeyId":"{arn}"}}"#));
    }
}

fn lead(way: &Mutex<(Way, Vec<TcpStream>)>, socket: TcpStream, to: SocketAddr) {
    let mut way = way.lock().unwrap();
    if way.0 == Way::Closed {
        return;
    }
    way.1.push(socket.try_clone().unwrap());
    if way.0 == Way::Hangs {
        return;
    }
    let server = TcpStream::connect(to).unwrap();
    way.1.push(server.try_clone().unwrap());
    for (mut from, mut to) in [(socket.try_clone().unwrap(), server.try_clone().unwrap()), (server, socket)] {
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
    }
}

/// A data directory, and settings that lead to the key service.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new(kms: &Kms, wait: &str) -> Place {
        let place = Place { dir: tempfile::tempdir().unwrap() };
        place.settings(&format!("http://{}", kms.address), "5s", wait, "");
        place
    }

    fn settings(&self, endpoint: &str, timeout: &str, wait: &str, more: &str) {
        let text = format!(
            "[[external-keys]]\narn = \"arn:aws:kms:eu-west-1:*\"\nendpoint = {endpoint:?}\ntimeout = {timeout:?}\n\
             wait-at-start = {wait:?}\n{more}"
        );
        fs::write(self.config(), text).unwrap();
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("flumen.toml")
    }

    fn has(&self, name: &str) -> bool {
        self.data().join(name).exists()
    }

    fn start(&self, source: &str) -> Server {
        let (data, config) = (self.data(), self.config());
        Server::start_with(&["--data-dir", text(&data), "--config", text(&config), "--root-key", source])
    }

    /// What a start says that does not come up, and how long it took.
    fn refused(&self, source: &str) -> (Done, Duration) {
        let begun = Instant::now();
        let done = self.run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&self.data())], source);
        (done, begun.elapsed())
    }

    fn run(&self, args: &[&str], source: &str) -> Done {
        let config = self.config();
        flumen(&[args, &["--config", text(&config), "--root-key", source]].concat())
    }

    /// Names and contents.
    fn all(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut all = Vec::new();
        walk(&self.data(), &mut all);
        all.sort();
        all
    }
}

fn walk(path: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(path).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, all),
            false => all.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn has_stream(server: &Server, name: &str) -> bool {
    server.run(&["streams", "--json"]).stdout.contains(name)
}

#[test]
fn a_server_has_its_root_key_from_a_key_service_and_goes_on_without_it() {
    let kms = Kms::start();
    let (place, arn) = (Place::new(&kms, "0s"), kms.key());
    let source = format!("kms:{arn}");
    let server = place.start(&source);
    server.create("before", 1);
    assert!(!place.has("root.key") && place.has("root.key.kms") && place.has("data.keys"));
    // Whatever becomes of the service meanwhile.
    for way in [Way::Hangs, Way::Closed] {
        kms.set(way);
        server.create(if way == Way::Hangs { "slow" } else { "down" }, 1);
    }
    kms.of_key(Operation::DisableKey, &arn);
    kms.set(Way::Open);
    server.create("disabled", 1);
    server.stop();

    kms.of_key(Operation::EnableKey, &arn);
    let server = place.start(&source);
    assert!(["before", "slow", "down", "disabled"].iter().all(|name| has_stream(&server, name)));
    drop(server);
    let checked = place.run(&["check", text(&place.data())], &source);
    assert!(checked.lines().contains(&"1 data key, opened by the root key"), "{checked:?}");
    let unopened = flumen(&["check", text(&place.data())]);
    assert!(unopened.lines().iter().any(|line| line.contains("wrapped by a root key that is not there")));
    let status = place.run(&["keys", "status", "--json", "--data-dir", text(&place.data())], &source);
    assert_eq!(status.json()[0]["rootKeySource"], source);
    // A backup has what the service opens, too.
    let backups = place.dir.path().join("backups");
    flumen(&["backup", text(&place.data()), text(&backups)]).lines();
    let backup =
        fs::read_dir(&backups).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir());
    let checked = place.run(&["check", text(&backup.unwrap())], &source);
    assert!(checked.lines().contains(&"1 data key, opened by the root key"), "{checked:?}");

    let path = place.data().join("root.key.kms");
    let mut damaged = fs::read(&path).unwrap();
    damaged[40] ^= 1;
    fs::write(&path, &damaged).unwrap();
    let (done, _) = place.refused(&source);
    done.fails(2, "root.key.kms is damaged: its checksum is not that of its bytes");
    flumen(&["check", text(&place.data())]).fails(1, "is damaged in 1 place");
}

#[test]
fn a_start_without_the_key_service_says_so_and_writes_nothing() {
    let kms = Kms::start();
    let (place, arn) = (Place::new(&kms, "0s"), kms.key());
    let source = format!("kms:{arn}");
    let endpoint = format!("http://{}", kms.address);
    place.settings(&endpoint, "600ms", "0s", "");
    // The first one.
    for way in [Way::Hangs, Way::Closed] {
        kms.set(way);
        let (done, took) = place.refused(&source);
        done.fails(1, &format!("root key {source}: the key service is unavailable: "));
        assert!(took < Duration::from_secs(20), "{took:?}");
        assert_eq!(place.all(), []);
    }
    kms.set(Way::Open);
    place.settings(&endpoint, "20s", "0s", "");
    let server = place.start(&source);
    server.create("s", 1);
    server.stop();
    let before = place.all();
    place.settings(&endpoint, "600ms", "0s", "");
    for (way, why) in [(Way::Hangs, "did not answer within 600ms"), (Way::Closed, "broke: ")] {
        kms.set(way);
        let (done, _) = place.refused(&source);
        done.fails(1, why);
        assert!(place.all() == before, "{why}: something was written");
    }
    // It is waited for, so long and no longer.
    place.settings(&endpoint, "600ms", "3s", "");
    let (done, took) = place.refused(&source);
    done.fails(1, "the key service is unavailable: ");
    assert!(done.stderr.contains("no root key yet; the key service is asked again"), "{done:?}");
    assert!(took > Duration::from_secs(2), "{took:?}");
    assert!(place.all() == before);
    // And used when it comes back.
    place.settings(&endpoint, "5s", "60s", "");
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(700));
            kms.set(Way::Open);
        });
        assert!(has_stream(&place.start(&source), "s"));
    });
}

#[test]
fn a_refusal_ends_a_start_at_once_and_is_no_more_when_it_is_taken_back() {
    let kms = Kms::start();
    let (place, arn, other) = (Place::new(&kms, "60s"), kms.key(), kms.key());
    let source = format!("kms:{arn}");
    let absent = "kms:arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-4000-8000-000000000000";
    let (done, took) = place.refused(absent);
    done.fails(2, "there is no such key: NotFoundException");
    assert!(took < Duration::from_secs(20));
    assert_eq!(place.all(), []);
    let (done, _) = place.refused("kms:alias/a");
    done.fails(2, "root-key: \"alias/a\" is not the ARN of a key");
    place.start(&source).stop();
    let before = place.all();
    let (done, _) = place.refused(&format!("kms:{other}"));
    done.fails(2, &format!("root.key.kms is of {arn}, and {other} was named"));
    kms.of_key(Operation::DisableKey, &arn);
    let (done, took) = place.refused(&source);
    done.fails(2, "the key is disabled: DisabledException");
    assert!(took < Duration::from_secs(20));
    kms.call(Operation::ScheduleKeyDeletion, &format!(r#"{{"KeyId":"{arn}","PendingWindowInDays":7}}"#));
    let (done, _) = place.refused(&source);
    done.fails(2, "the key cannot be used as it is: KMSInvalidStateException");
    assert!(place.all() == before, "something was written");
    kms.of_key(Operation::CancelKeyDeletion, &arn);
    kms.of_key(Operation::EnableKey, &arn);
    place.start(&source).stop();
}

#[test]
fn the_root_key_goes_to_a_key_service_and_back() {
    let kms = Kms::start();
    let (place, arn, other) = (Place::new(&kms, "0s"), kms.key(), kms.key());
    let [source, next] = [&arn, &other].map(|arn| format!("kms:{arn}"));
    let data = place.data();
    let server = Server::start_with(&["--data-dir", text(&data)]);
    server.create("s", 1);
    server.stop();
    let rotate = |from: Option<&str>, to: &[&str]| {
        let config = place.config();
        let from = from.map_or(vec![], |from| vec!["--root-key", from]);
        let at = ["keys", "rotate-root", "--data-dir", text(&data), "--config", text(&config)];
        flumen(&[&at[..], &from, to].concat())
    };
    kms.set(Way::Closed);
    rotate(None, &["--new-root-key", &source]).fails(1, "the key service is unavailable");
    assert!(place.has("root.key") && !place.has("root.key.kms"));
    kms.set(Way::Open);
    let done = rotate(None, &["--new-root-key", &source]);
    assert!(done.lines().contains(&&*format!("start the server with --root-key {source} from now on")));
    assert!(!place.has("root.key") && place.has("root.key.kms"));
    assert!(has_stream(&place.start(&source), "s"));
    // Another data key of the same key; another key; and home.
    assert!(rotate(Some(&source), &[]).lines().len() == 1);
    assert!(has_stream(&place.start(&source), "s"));
    rotate(Some(&source), &["--new-root-key", &next]).lines();
    assert!(has_stream(&place.start(&next), "s"));
    place.refused(&source).0.fails(2, "was named");
    let file = place.dir.path().join("file");
    fs::write(&file, format!("{}\n", "5a".repeat(32))).unwrap();
    rotate(Some(&next), &["--new-root-key", text(&file)]).lines();
    assert!(!place.has("root.key.kms"));
    assert!(has_stream(&place.start(text(&file)), "s"));
}

#[test]
fn a_key_service_with_tls_is_believed_by_its_certificate() {
    let keeps = tempfile::tempdir().unwrap();
    let of_kms = keeps.path().join("kms");
    let server = Server::start_with(&["--data-dir", text(&of_kms), "--tls", "127.0.0.1:0"]);
    let endpoint = server.secure_endpoint.clone().unwrap();
    let ca = keeps.path().join("ca.pem");
    fs::write(&ca, flumen(&["trust", "--data-dir", text(&of_kms)]).stdout).unwrap();
    let (way, address) =
        (Arc::new(Mutex::new((Way::Open, Vec::new()))), SocketAddr::from(([127, 0, 0, 1], 1)));
    let kms = Kms { server, address, way };
    let place = Place::new(&kms, "0s");
    place.settings(&endpoint, "20s", "0s", &format!("ca = {:?}\n", text(&ca)));
    let source = format!("kms:{}", kms.key());
    place.start(&source).stop();
    let strangers =
        Server::start_with(&["--data-dir", text(&keeps.path().join("b")), "--tls", "127.0.0.1:0"]);
    let other = keeps.path().join("other.pem");
    fs::write(&other, flumen(&["trust", "--data-dir", text(&keeps.path().join("b"))]).stdout).unwrap();
    drop(strangers);
    place.settings(&endpoint, "20s", "0s", &format!("ca = {:?}\n", text(&other)));
    place.refused(&source).0.fails(1, "cannot connect to https://");
}

fn services_of(kms: &Kms) -> KeyServices {
    let settings = KeyServiceSettings {
        endpoint: Some(format!("http://{}", kms.address)),
        ..KeyServiceSettings::new("arn:aws:kms:eu-west-1:*".parse().unwrap())
    };
    KeyServices::new(vec![settings]).unwrap()
}

/// Data keys for what a server encrypts, as a second server makes and opens them.
#[test]
fn data_keys_are_there_while_the_service_or_what_it_granted_is() {
    let kms = Kms::start();
    let arn: KeyArn = kms.key().parse().unwrap();
    let services = services_of(&kms);
    let of = |stream: &str| Context::from([("aws:kinesis:arn".to_owned(), stream.to_owned())]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let keys = ExternalKeys::new(services.clone(), Clock::system());
        let DataKey { key, ciphertext } = keys.data_key(&arn, &of("s")).await.unwrap();
        assert_eq!(key.expose().len(), 32);
        assert_eq!(keys.open(&arn, &ciphertext, &of("s")).await.unwrap(), key);
        let other = keys.open(&arn, &ciphertext, &of("t")).await;
        assert!(matches!(other, Err(ExternalKeyError::Ciphertext(_))), "{other:?}");
        // Whoever starts anew opens what was made before.
        let anew = ExternalKeys::new(services, Clock::system());
        assert_eq!(anew.open(&arn, &ciphertext, &of("s")).await.unwrap(), key);

        kms.set(Way::Closed);
        let down = keys.data_key(&arn, &of("down")).await;
        assert!(matches!(down, Err(ExternalKeyError::Unavailable(_))), "{down:?}");
        assert!(keys.state(&arn).unwrap().answer.is_err());
        assert_eq!(keys.open(&arn, &ciphertext, &of("s")).await.unwrap(), key, "it was granted");
        kms.set(Way::Open);
        keys.data_key(&arn, &of("back")).await.unwrap();
        assert!(keys.state(&arn).unwrap().answer.is_ok());
    });
    kms.of_key(Operation::DisableKey, arn.as_str());
    runtime.block_on(async {
        let keys = ExternalKeys::new(services_of(&kms), Clock::system());
        let disabled = |answer: Result<(), ExternalKeyError>| {
            assert!(matches!(answer, Err(ExternalKeyError::Disabled(_))), "{answer:?}");
        };
        disabled(keys.data_key(&arn, &of("s")).await.map(drop));
        disabled(keys.open(&arn, b"anything", &of("s")).await.map(drop));
        disabled(keys.describe(&arn).await);
    });
}

#[test]
fn the_settings_name_keys_and_nothing_secret() {
    let dir = tempfile::tempdir().unwrap();
    let (config, credentials) = (dir.path().join("flumen.toml"), dir.path().join("credentials"));
    fs::write(&credentials, "[kms]\naws_access_key_id = AKIAPUBLIC\naws_secret_access_key = Hush4Hush\n")
        .unwrap();
    let section = format!(
        "[[external-keys]]\narn = \"arn:aws:kms:eu-west-1:111122223333:key/*\"\nendpoint = \"http://127.0.0.1:1\"\nprofile = \"kms\"\n\
         credentials = {:?}\n",
        text(&credentials)
    );
    fs::write(&config, &section).unwrap();
    let data = dir.path().join("data");
    let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data), "--config", text(&config)];
    let mut command = program();
    let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut ready = [0; 6];
    child.stdout.take().unwrap().read_exact(&mut ready).unwrap();
    child.kill().unwrap();
    let said = Done::of(child.wait_with_output().unwrap()).stderr;
    assert!(said.contains("external-keys=arn:aws:kms:eu-west-1:111122223333:key/*"), "{said}");
    assert!(!said.contains("Hush4Hush") && !said.contains("AKIAPUBLIC"), "{said}");
    fs::write(&config, format!("{section}{section}")).unwrap();
    let done = flumen(&args);
    done.fails(2, "external-keys: arn:aws:kms:eu-west-1:111122223333:key/* is there twice");
}
