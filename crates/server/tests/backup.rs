//! `flumen backup`: where it puts what, what it refuses, and servers started on what it made.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use flumen_testkit::server::{Done, Server, flumen, program};

const ALL: &[&str] = &["--from-start", "--no-follow"];

struct Place {
    _dir: tempfile::TempDir,
    data: PathBuf,
    backups: PathBuf,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap();
        Place { _dir: dir, data: path.join("data"), backups: path.join("backups") }
    }

    fn back_up(&self) -> Done {
        flumen(&["backup", text(&self.data), text(&self.backups)])
    }

    /// The path of a new backup.
    #[track_caller]
    fn backed_up(&self) -> PathBuf {
        let told = flumen(&["backup", "--json", text(&self.data), text(&self.backups)]).json().remove(0);
        told["path"].as_str().unwrap().into()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.backups).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn serve(dir: &Path) -> Server {
    Server::start_with(&["--data-dir", text(dir), "--tail-memory", "64MiB"])
}

fn put(server: &Server, line: &str) {
    server.run(&["put", "s", "--key", "k", "--data", line]).lines();
}

fn lines(server: &Server) -> Vec<String> {
    server.run(&[&["tail", "s"], ALL].concat()).lines().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_backup_is_a_data_directory_that_goes_its_own_way() {
    let place = Place::new();
    let server = serve(&place.data);
    server.create("s", 1);
    put(&server, "one");
    let first = place.backed_up();
    put(&server, "two");
    let done = place.back_up();
    let second = place.backups.join(place.names().into_iter().rfind(|name| name.ends_with('Z')).unwrap());
    let [point, took] = done.lines()[..] else { panic!("{done:?}") };
    assert!(point.starts_with(&format!("{}: everything up to batch ", second.display())), "{point}");
    assert!(point.contains(" of the journal, whose newest record is of 20"), "{point}");
    assert!(took.starts_with("0 files (0 B) linked, ") && took.contains(" copied, in "), "{took}");
    for backup in [&first, &second] {
        assert_eq!(flumen(&["check", text(backup)]).lines().last(), Some(&"stopped in order"));
    }
    let restored = serve(&first);
    assert_eq!(lines(&restored), ["one"]);
    put(&restored, "other");
    assert_eq!(lines(&restored), ["one", "other"]);
    restored.stop();
    assert_eq!(lines(&server), ["one", "two"]);
    server.stop();
    assert_eq!(lines(&serve(&second)), ["one", "two"]);
    // What was started is no backup any more, and none shares files with it.
    let third = place.backed_up();
    assert_eq!(lines(&serve(&third)), ["one", "two"]);
    assert_eq!(lines(&serve(&place.data)), ["one", "two"]);
}

#[test]
fn what_lies_beside_the_log_is_copied_for_its_owner_alone() {
    let place = Place::new();
    let server = Server::start_with(&["--data-dir", text(&place.data), "--tls", "127.0.0.1:0"]);
    fs::write(place.data.join("flumen.toml"), "limits = \"off\"\n").unwrap();
    for (path, mode) in [("", 0o750), ("flumen.toml", 0o644), ("tls/ca.pem", 0o644)] {
        fs::set_permissions(place.data.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    symlink("flumen.toml", place.data.join("settings")).unwrap();
    let backup = place.backed_up();
    drop(server);
    let mode = |path: &str| fs::symlink_metadata(backup.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(""), mode("tls"), mode("tls/ca.pem"), mode("flumen.toml")),
        (0o700, 0o700, 0o600, 0o600)
    );
    for file in ["root.key", "data.keys", "tls/ca.key.sealed", "tls/ca.pem", "flumen.toml"] {
        assert_eq!(mode(file), 0o600, "{file}");
        assert_eq!(fs::read(backup.join(file)).unwrap(), fs::read(place.data.join(file)).unwrap(), "{file}");
    }
    assert_eq!(fs::read_link(backup.join("settings")).unwrap(), Path::new("flumen.toml"));
    assert!(!backup.join("log/lock").exists(), "nobody has it open");
}

#[test]
fn what_a_killed_run_left_is_refused_and_removed_by_the_next() {
    let place = Place::new();
    serve(&place.data).stop();
    let whole = place.backed_up();
    let left = place.backups.join("20260101T000000Z.unfinished");
    fs::create_dir_all(left.join("log/logs/1")).unwrap();
    fs::write(left.join("log/FORMAT"), "flumen-storage unfinished\n").unwrap();
    let refusal = format!("{} is an unfinished backup; use a finished one", left.join("log").display());
    flumen(&["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&left)]).fails(1, &refusal);
    flumen(&["check", text(&left)]).fails(1, &refusal);
    let next = place.backed_up();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(place.names(), [name(&whole), name(&next), "FORMAT".to_owned()]);
    // Old ones go as any directory does.
    fs::remove_dir_all(&whole).unwrap();
    flumen(&["check", text(&next)]).lines();
}

#[test]
fn wrong_places_are_refused_by_name() {
    let place = Place::new();
    let (data, backups) = (text(&place.data), text(&place.backups));
    flumen(&["backup", data, backups]).fails(1, &format!("there is no directory {data}"));
    fs::create_dir_all(&place.data).unwrap();
    flumen(&["backup", data, backups])
        .fails(1, &format!("{data} is not a data directory: it has no log folder"));
    fs::create_dir_all(place.data.join("log")).unwrap();
    flumen(&["backup", data, backups]).fails(1, &format!("{} is empty", place.data.join("log").display()));
    assert_eq!(place.names(), ["FORMAT"], "nothing is left of it");

    serve(&place.data).stop();
    let inside = place.data.join("backups");
    let within = "is inside the data directory to be backed up";
    flumen(&["backup", data, text(&inside)]).fails(2, within);
    flumen(&["backup", data, data]).fails(2, within);
    assert!(!inside.exists());
    let other = place.backups.with_file_name("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("mine"), "").unwrap();
    let refused = flumen(&["backup", data, text(&other)]);
    refused.fails(2, "other is neither empty nor a directory of backups: it has no file FORMAT");
    fs::write(place.backups.join("FORMAT"), "flumen-backups 2\n").unwrap();
    place.back_up().fails(2, "was written in format 2; this program writes backups in format 1");
    fs::write(place.backups.join("FORMAT"), "flumen-backups 1\n").unwrap();
    fs::write(place.data.join("log/FORMAT"), "flumen-storage 9\n").unwrap();
    place.back_up().fails(1, "the data is in format 9; this program reads formats up to 6");
    assert_eq!(place.names(), ["FORMAT"]);
}

#[test]
fn one_backup_at_a_time_goes_to_a_place() {
    let place = Place::new();
    serve(&place.data).stop();
    place.backed_up();
    let held = fs::File::open(place.backups.join("FORMAT")).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    place.back_up().fails(1, &format!("another backup is being made in {}", place.backups.display()));
    drop(held);
    place.backed_up();
}

#[test]
fn whoever_closes_standard_output_ends_a_command_quietly() {
    let place = Place::new();
    serve(&place.data).stop();
    let (data, backups) = (text(&place.data), text(&place.backups));
    for args in [&["check", data][..], &["cost", "--data-dir", data], &["backup", data, backups]] {
        let mut command = program();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = Done::of(
            command.args(args).stdout(writer).stderr(std::process::Stdio::piped()).output().unwrap(),
        );
        assert_eq!((done.status, done.stderr.as_str()), (Some(0), ""), "{args:?}");
    }
    assert_eq!(place.names().len(), 2, "the backup is made all the same");
}
