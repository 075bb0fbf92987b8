//! Secrets in the data directory of a started program: that they are sealed, and what a start does without the key to them.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use flumen_machine::OwnBlockKeys;
use flumen_machine::names::CONTROL;
use flumen_protocol::kinesis::{GetShardIteratorInput, ShardIteratorType};
use flumen_seal::{RootKey, RootKeySource, Seal};
use flumen_storage::{ReadLimit, Storage, StorageSettings};
use flumen_testkit::server::{Done, Server, flumen, program};

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Stored {
    path: PathBuf,
    mode: u32,
    written: (i64, i64),
    content: Vec<u8>,
}

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Beside the data directory.
    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn start(&self, more: &[&str]) -> Server {
        Server::start_with(&[&["--data-dir", text(&self.data())], more].concat())
    }

    /// With a stream and a certificate authority; stopped.
    fn made() -> Place {
        let place = Place::new();
        let server = place.start(&["--tls", "127.0.0.1:0"]);
        server.create("s", 1);
        server.stop();
        place
    }

    /// What a start says that does not come up.
    fn refused(&self, more: &[&str]) -> Done {
        let data = self.data();
        let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data)];
        flumen(&[&args, more].concat())
    }

    /// Every file and directory as it is, and when it was written.
    fn all(&self) -> Vec<Stored> {
        let mut all = Vec::new();
        walk(&self.data(), &mut |path| {
            let meta = fs::metadata(path).unwrap();
            let content = if meta.is_dir() { Vec::new() } else { fs::read(path).unwrap() };
            let mode = meta.permissions().mode() & 0o7777;
            all.push(Stored {
                path: path.to_owned(),
                mode,
                written: (meta.mtime(), meta.mtime_nsec()),
                content,
            });
        });
        all.sort();
        all
    }
}

fn walk(path: &Path, each: &mut impl FnMut(&Path)) {
    each(path);
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| walk(&entry.unwrap().path(), each));
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}

/// The keys of tokens, as whoever has the root key finds them.
fn token_keys(dir: &Path) -> Vec<Vec<u8>> {
    let seal = Seal::of_directory(dir, &RootKeySource::Directory, true).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let keys = Some(Arc::new(OwnBlockKeys::new(seal.clone())) as _);
        let storage =
            Storage::open(&dir.join("log"), StorageSettings { keys, ..StorageSettings::default() }).unwrap();
        let log = storage.log(CONTROL.commands).unwrap();
        let blocks = log.read(log.start(), ReadLimit { records: 100, bytes: 1 << 20 }).await.unwrap();
        let mut keys = Vec::new();
        for record in blocks.iter().flat_map(|block| block.records_from(0)) {
            let command: serde_json::Value = serde_json::from_slice(record.value).unwrap();
            for change in ["Found", "RotateTokenKey"] {
                let Some(sealed) = command["change"][change]["sealed"].as_str() else { continue };
                let sealed = base64_simd::STANDARD.decode_to_vec(sealed).unwrap();
                keys.push(seal.open("streams/token-key", &sealed).unwrap().expose().to_vec());
            }
        }
        storage.close().await;
        keys
    })
}

#[test]
fn a_data_directory_holds_no_key_in_clear_and_is_its_owners_alone() {
    let place = Place::new();
    let server = place.start(&["--tls", "127.0.0.1:0"]);
    server.create("s", 1);
    let input = GetShardIteratorInput {
        stream_name: Some("s".into()),
        shard_id: "shardId-000000000000".into(),
        shard_iterator_type: ShardIteratorType::TrimHorizon,
        ..Default::default()
    };
    server.call(&input).read().unwrap();
    let running = place.all();
    server.stop();
    let stopped = place.all();
    let keys = token_keys(&place.data());
    assert_eq!(keys.iter().map(Vec::len).collect::<Vec<_>>(), [32]);
    let hexadecimal: String = keys[0].iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64_simd::STANDARD.encode_to_string(&keys[0]);
    for Stored { path, mode, content, .. } in running.iter().chain(&stopped) {
        for clear in [&keys[0][..], hexadecimal.as_bytes(), &base64.as_bytes()[..40], b"PRIVATE KEY"] {
            assert!(!holds(content, clear), "{} holds {}", path.display(), String::from_utf8_lossy(clear));
        }
        let expected = if content.is_empty() && path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(*mode, expected, "{}", path.display());
    }
    let sealed = |stored: &&Stored| stored.path.ends_with("tls/ca.key.sealed");
    assert_eq!(stopped.iter().filter(sealed).count(), 1);
}

/// What there is of streams is in commands, snapshots, usage and the audit; what of it a crash leaves in the journal, and a stop in
/// segments.
#[test]
fn nothing_of_the_service_s_own_logs_lies_in_clear() {
    let name = "what-nobody-may-see";
    let ends: [fn(Server); 2] = [drop, Server::stop];
    for end in ends {
        let place = Place::new();
        let server = place.start(&[]);
        server.create(name, 1);
        end(server);
        let files = place.all();
        let clear: Vec<&PathBuf> = files
            .iter()
            .filter(|file| holds(&file.content, name.as_bytes()))
            .map(|file| &file.path)
            .collect();
        assert!(clear.is_empty(), "{name} is in {clear:?}");

        let (check, data) = (|data: &Path| flumen(&["check", text(data)]), place.data());
        let checked = check(&data);
        assert!(checked.status == Some(0) && !checked.stdout.contains("being opened"), "{checked:?}");
        let (root, aside) = (data.join("root.key"), place.dir.path().join("aside"));
        fs::rename(&root, &aside).unwrap();
        let checked = check(&data);
        assert!(checked.status == Some(0) && checked.stdout.contains("without being opened"), "{checked:?}");
        fs::rename(&aside, &root).unwrap();
        let server = place.start(&[]);
        assert!(server.run(&["streams", "--json"]).stdout.contains(name), "it is there again");
    }
}

#[test]
fn a_start_without_the_right_root_key_exits_2_and_writes_nothing() {
    let place = Place::made();
    let root = fs::read_to_string(place.data().join("root.key")).unwrap();
    let other = RootKey::random().unwrap().text();
    let wrong = place.file("wrong", other.expose());
    let short = place.file("short", &root[..30]);
    let away = place.file("away", &root);
    let data = place.data();
    let shown = data.display();
    // The one in the directory is there, and another one is named.
    let before = place.all();
    let sealed_under = format!("{shown} was sealed under root key ");
    for (source, why) in [
        (text(&wrong), &*sealed_under),
        (text(&short), "it has 30 characters that are not 32 bytes"),
        ("/absent/key", "root key /absent/key: No such file"),
        ("env:FLUMEN_NO_SUCH", "root key variable FLUMEN_NO_SUCH is not set"),
        ("command:false", "root key command:false ended with status 1"),
        ("command:/absent/program", "root key command:/absent/program cannot be run: "),
        ("env:", "root-key names no file, variable or command"),
        ("command:a 'b", "a quotation mark has no second one"),
    ] {
        let done = place.refused(&["--root-key", source]);
        done.fails(2, why);
        assert!(
            !done.stderr.contains(&root[..20]) && !done.stderr.contains(&other.expose()[..20]),
            "{done:?}"
        );
        assert!(place.all() == before, "{source}: something was written");
    }
    // It is gone, or not what it was.
    for (content, why) in [
        (None, format!("{shown} holds sealed data and no root key: there is no {shown}/root.key")),
        (Some(other.expose()), sealed_under.clone()),
        (Some(""), "root.key: is no root key: it has 0 characters".to_owned()),
    ] {
        let path = data.join("root.key");
        match content {
            Some(content) => fs::write(&path, content).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let before = place.all();
        place.refused(&[]).fails(2, &why);
        assert!(place.all() == before, "{content:?}: something was written");
    }
    fs::remove_file(data.join("root.key")).unwrap();
    // From wherever it comes.
    let by_command = format!("command:cat {}", text(&away));
    for source in [text(&away), &by_command] {
        let server = place.start(&["--root-key", source]);
        assert_eq!(server.run(&["streams", "--json"]).json().len(), 1);
        server.stop();
    }
    assert!(!data.join("root.key").exists());
    let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data), "--root-key", "env:KEY"];
    let mut command = program();
    command.args(args).env("KEY", root.trim()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut ready = String::new();
    let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut { stdout }, &mut ready).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(ready.starts_with("ready "), "{ready}");
}

#[test]
fn data_keys_that_are_gone_or_damaged_are_named_by_a_start_and_by_check() {
    let place = Place::made();
    let path = place.data().join("data.keys");
    let whole = fs::read(&path).unwrap();
    let checked = flumen(&["check", text(&place.data())]);
    assert!(checked.lines().contains(&"1 data key, opened by the root key"), "{checked:?}");
    let step = whole.len() / 7;
    for at in (0..whole.len()).step_by(step) {
        let mut altered = whole.clone();
        altered[at] ^= 0x40;
        for damaged in [&altered[..], &whole[..at]] {
            fs::write(&path, damaged).unwrap();
            let before = place.all();
            place.refused(&[]).fails(1, "data.keys is damaged: ");
            assert!(place.all() == before, "something was written");
            let checked = flumen(&["check", text(&place.data())]);
            checked.fails(1, "is damaged in 1 place");
            assert!(checked.stdout.contains("data.keys is damaged"), "{checked:?}");
        }
    }
    fs::remove_file(&path).unwrap();
    let before = place.all();
    place.refused(&[]).fails(2, "with the keys to it is missing");
    assert!(place.all() == before, "something was written");
    flumen(&["check", text(&place.data())]).fails(1, "is damaged in 1 place");
    fs::write(&path, whole).unwrap();
    place.start(&[]).stop();
}

#[test]
fn a_sealed_authority_that_is_damaged_is_named() {
    let place = Place::made();
    let path = place.data().join("tls/ca.key.sealed");
    let mut sealed = fs::read(&path).unwrap();
    sealed[40] ^= 1;
    fs::write(&path, sealed).unwrap();
    place.refused(&["--tls", "127.0.0.1:0"]).fails(1, "tls/ca.key.sealed: sealed bytes are altered");
    // Who does not need it starts.
    place.start(&[]).stop();
}

#[test]
fn a_crash_between_the_keys_and_what_they_seal_is_made_good() {
    // The root key alone.
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    let root = RootKey::random().unwrap().text();
    fs::write(place.data().join("root.key"), root.expose()).unwrap();
    place.start(&[]).stop();
    assert_eq!(fs::read_to_string(place.data().join("root.key")).unwrap(), root.expose());
    // Both, and no log.
    fs::remove_dir_all(place.data().join("log")).unwrap();
    place.start(&[]).stop();
    // Data keys without the root key, before anything was sealed.
    fs::remove_dir_all(place.data().join("log")).unwrap();
    fs::remove_file(place.data().join("root.key")).unwrap();
    place.refused(&[]).fails(2, "holds sealed data and no root key");
    assert!(!place.data().join("root.key").exists() && !place.data().join("log").exists());
}

#[test]
fn a_backup_holds_the_root_key_only_if_the_directory_does() {
    let place = Place::made();
    let backups = place.dir.path().join("backups");
    let back_up = || {
        let told = flumen(&["backup", "--json", text(&place.data()), text(&backups)]).json().remove(0);
        PathBuf::from(told["path"].as_str().unwrap())
    };
    let serves = |dir: &Path, more: &[&str]| {
        let server = Server::start_with(&[&["--data-dir", text(dir)], more].concat());
        assert_eq!(server.run(&["streams", "--json"]).json().len(), 1);
        server.stop();
    };
    let whole = back_up();
    flumen(&["check", text(&whole)]).lines();
    walk(&whole, &mut |path| {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    });
    serves(&whole, &["--tls", "127.0.0.1:0"]);
    // Kept apart, it is to be brought along.
    let away = place.dir.path().join("away.key");
    fs::rename(place.data().join("root.key"), &away).unwrap();
    let apart = back_up();
    assert!(!apart.join("root.key").exists());
    flumen(&["check", text(&apart)]).lines();
    let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&apart)];
    flumen(&args).fails(2, "holds sealed data and no root key");
    serves(&apart, &["--root-key", text(&away), "--tls", "127.0.0.1:0"]);
}

#[test]
fn a_root_key_that_others_may_read_is_warned_of() {
    let place = Place::made();
    let root = place.data().join("root.key");
    let away = place.file("away", &fs::read_to_string(&root).unwrap());
    for (mode, warns) in [(0o640, true), (0o604, true), (0o600, false), (0o400, false)] {
        fs::set_permissions(&away, fs::Permissions::from_mode(mode)).unwrap();
        let log = tempfile::NamedTempFile::new().unwrap();
        let server = Server::start_logging(
            &["--data-dir", text(&place.data()), "--root-key", text(&away)],
            "warn",
            log.reopen().unwrap().into(),
        );
        server.stop();
        let log = fs::read_to_string(log.path()).unwrap();
        assert_eq!(log.contains("others may read the root key"), warns, "{mode:o}: {log}");
    }
}
