//! `flumen audit verify`, `flumen backup` and `flumen check` on the audit's files: what they find, and what they say.

use std::fs;
use std::path::{Path, PathBuf};

use flumen_audit::Objects;
use flumen_audit::chain::{Anchor, Chain, Holds, PublicKey, SigningKey, TrailLocation, log_file};
use flumen_seal::{RootKeySource, Seal};
use flumen_testkit::server::{Done, Server, flumen, program};

const LOCATION: TrailLocation<'_> = TrailLocation {
    account: "123456789012",
    region: "eu-west-1",
    trail: "everything",
    home_region: "eu-west-1",
    bucket: "audited",
    prefix: Some("p"),
};
const ARN: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/everything";
const HOUR_MS: u64 = 3_600_000;
/// 2026-11-30T03:00:00Z.
const AT_MS: u64 = 1_796_007_600_000;

/// A data directory of a server that was stopped, and the copies in clear of its files.
struct Made {
    _dir: tempfile::TempDir,
    data: PathBuf,
    plain: PathBuf,
    objects: Objects,
    key: SigningKey,
    chain: Chain,
    now_ms: u64,
    events: u64,
    /// Keys of digests.
    digests: Vec<String>,
    files: Vec<String>,
    anchors: Vec<Anchor>,
}

impl Made {
    fn new() -> Made {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap();
        let (data, plain) = (path.join("data"), path.join("plain"));
        Server::start_with(&["--data-dir", text(&data), "--tail-memory", "64MiB"]).stop();
        let seal = Seal::of_directory(&data, &RootKeySource::Directory, false).unwrap();
        let objects = Objects::of_directory(data.join("audit"), Some(plain.clone()), seal).unwrap();
        let key = SigningKey::generate(0, 4_000_000_000_000).unwrap();
        let known = objects.public_keys().unwrap().and_then(|text| String::from_utf8(text).ok());
        let mut keys = known.and_then(|text| PublicKey::read(&text).ok()).unwrap_or_default();
        keys.push(key.public().clone());
        objects.put_public_keys(&keys).unwrap();
        let chain = Chain::new(AT_MS);
        let (digests, files, anchors) = (Vec::new(), Vec::new(), Vec::new());
        Made {
            _dir: dir,
            data,
            plain,
            objects,
            key,
            chain,
            now_ms: AT_MS,
            events: 0,
            digests,
            files,
            anchors,
        }
    }

    fn three_hours() -> Made {
        let mut made = Made::new();
        (0..3).for_each(|_| made.hour());
        made
    }

    /// Two files, and the digest that names them.
    fn hour(&mut self) {
        for minute in [20, 40] {
            let at_ms = self.now_ms + minute * 60_000;
            let line = format!("{{\"eventID\":\"{:036}\"}}", self.events);
            self.events += 1;
            let file = log_file(&LOCATION, at_ms, Holds::Events, [(at_ms - 1000, line)]).unwrap();
            self.objects.put(&file.bucket, &file.key, &file.object).unwrap();
            self.chain.add(&file);
            self.files.push(file.key);
        }
        self.now_ms += HOUR_MS;
        let digest = self.chain.digest(&LOCATION, self.now_ms, &self.key).unwrap();
        self.objects.put(&digest.bucket, &digest.key, &digest.object).unwrap();
        self.chain = digest.after;
        self.anchors.push(digest.anchor);
        self.digests.push(digest.key);
    }

    /// As a system's logger keeps them.
    fn anchors(&self) -> PathBuf {
        let path = self.data.parent().unwrap().join("anchors");
        let lines = self.anchors.iter().map(|anchor| format!("Nov 30 04:00:00 host flumen[7]: {anchor}\n"));
        fs::write(&path, lines.collect::<String>() + "Nov 30 host other: flumen-anchor-1 of nothing\n")
            .unwrap();
        path
    }

    fn sealed(&self, key: &str) -> PathBuf {
        self.data.join("audit/audited").join(format!("{key}.sealed"))
    }

    fn plain(&self, key: &str) -> PathBuf {
        self.plain.join("audited").join(key)
    }

    /// Of the data directory, and of the copies in clear.
    fn verify(&self, args: &[&str]) -> [Done; 2] {
        [&self.data, &self.plain].map(|dir| verify(dir, &[&["--trail", "everything"], args].concat()))
    }
}

fn verify(dir: &Path, args: &[&str]) -> Done {
    flumen(&[&["audit", "verify", text(dir)], args].concat())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn what_was_written_is_valid_sealed_in_clear_and_in_a_backup() {
    let made = Made::three_hours();
    let anchors = made.anchors();
    for done in made.verify(&["--anchor", text(&anchors)]) {
        let lines = done.lines();
        let of_chain = format!(
            "{ARN} in eu-west-1: 3 digests with 6 log files, from 2026-11-30T03:00:00Z to 2026-11-30T06:00:00Z, \
             3 anchors in place"
        );
        assert_eq!((lines[0], lines.last()), (of_chain.as_str(), Some(&"valid")), "{lines:?}");
    }
    for done in made.verify(&[]) {
        let told = done.lines().join("\n");
        assert!(
            told.contains("whether later ones were removed is not known without anchors (--anchor)"),
            "{told}"
        );
    }
    let backups = made.data.with_file_name("backups");
    let told = flumen(&["backup", "--json", text(&made.data), text(&backups)]).json().remove(0);
    let backup = PathBuf::from(told["path"].as_str().unwrap());
    assert_eq!(verify(&backup, &["--trail", ARN, "--anchor", text(&anchors)]).lines().last(), Some(&"valid"));
    let done = verify(&backup, &["--json", "--trail", ARN]).json().remove(0);
    assert_eq!(done["chains"][0]["digests"], 3);
    assert_eq!(done["findings"], serde_json::json!([]));
}

#[test]
fn whoever_changes_removes_or_swaps_is_found_with_the_file_and_why() {
    let made = Made::three_hours();
    let anchors = made.anchors();
    let args = ["--anchor", text(&anchors)];
    let found = |sealed: &str, plain: &str| {
        for (done, sentence) in made.verify(&args).iter().zip([sealed, plain]) {
            done.fails(1, "was changed after it was written: ");
            assert!(
                done.stdout.contains(&format!("INVALID: audited/{sentence}")),
                "{}: {sentence}",
                done.stdout
            );
        }
    };
    let both = |key: &str| [made.sealed(key), made.plain(key)];
    let (digest, log) = (&made.digests[1], &made.files[2]);
    // A changed byte.
    for key in [digest, log] {
        let before = both(key).map(|path| fs::read(path).unwrap());
        for (path, whole) in both(key).iter().zip(&before) {
            let mut changed = whole.clone();
            let middle = changed.len() - 20;
            changed[middle] ^= 1;
            fs::write(path, changed).unwrap();
        }
        found(&format!("{key} has changed: its checksum"), &format!("{key} is no whole file of gzip"));
        for (path, whole) in both(key).iter().zip(&before) {
            fs::write(path, whole).unwrap();
        }
    }
    // A removed file, and a removed digest.
    for (key, by) in
        [(log, format!("{digest} names it")), (digest, format!("{} follows on it", made.digests[2]))]
    {
        let before = both(key).map(|path| fs::read(path).unwrap());
        both(key).iter().for_each(|path| fs::remove_file(path).unwrap());
        let sentence = format!("{key} was removed: audited/{by}");
        found(&sentence, &sentence);
        for (path, whole) in both(key).iter().zip(&before) {
            fs::write(path, whole).unwrap();
        }
    }
    // Two that were swapped.
    for (one, two) in [(&made.files[0], &made.files[3]), (&made.digests[0], &made.digests[1])] {
        let swap = || {
            for (one, two) in both(one).iter().zip(&both(two)) {
                let between = one.with_extension("between");
                fs::rename(one, &between).unwrap();
                fs::rename(two, one).unwrap();
                fs::rename(between, two).unwrap();
            }
        };
        swap();
        let what = if one.contains("Digest") { "is the digest" } else { "has the content of" };
        for (one, two) in [(one, two), (two, one)] {
            found(
                &format!("{one} does not open: it was changed, put here from another place"),
                &format!("{one} {what} audited/{two}: it was"),
            );
        }
        swap();
    }
    // The newest hour, with all that names it.
    for key in [&made.digests[2], &made.files[4], &made.files[5]] {
        both(key).iter().for_each(|path| fs::remove_file(path).unwrap());
    }
    made.verify(&[]).iter().for_each(|done| assert_eq!(done.lines().last(), Some(&"valid")));
    let sentence = format!(
        "{} was anchored and is not there, and the newest digest is 2026-11-30T05:00:00Z: the end was cut off",
        made.digests[2]
    );
    found(&sentence, &sentence);
}

#[test]
fn keys_are_pinned_from_files_of_either_form() {
    let made = Made::three_hours();
    let list = made.plain.join("public-keys.json");
    for done in made.verify(&["--public-key", text(&list)]) {
        assert_eq!(done.lines().last(), Some(&"valid"));
    }
    let other = SigningKey::generate(0, 1).unwrap();
    let pem = made.data.with_file_name("other.pem");
    let base64 = base64_simd::STANDARD.encode_to_string(&other.public().der);
    fs::write(&pem, format!("-----BEGIN RSA PUBLIC KEY-----\n{base64}\n-----END RSA PUBLIC KEY-----\n"))
        .unwrap();
    for done in made.verify(&["--public-key", text(&pem)]) {
        done.fails(1, "was changed after it was written: 3 findings");
        let signer = &made.key.public().fingerprint;
        assert_eq!(
            done.stdout.matches(&format!("is signed with key {signer}, which is not pinned")).count(),
            3
        );
    }
    // By whoever has written everything anew, with a key of his own beside it.
    made.verify(&["--public-key", text(&pem), "--public-key", text(&list)]).iter().for_each(|done| {
        assert_eq!(done.lines().last(), Some(&"valid"));
    });
}

#[test]
fn wrong_usage_is_told_apart_from_what_is_found() {
    let made = Made::three_hours();
    let absent = made.data.with_file_name("absent");
    verify(&absent, &[]).fails(2, "there is no directory");
    verify(&made.plain, &["--anchor", text(&absent)]).fails(2, "absent: No such file");
    verify(&made.plain, &["--anchor", text(&made.plain)]).fails(2, "is a directory");
    verify(&made.plain, &["--public-key", text(&made.plain(&made.digests[0]))]).fails(2, "");
    fs::write(&absent, "{}").unwrap();
    verify(&made.plain, &["--public-key", text(&absent)]).fails(2, "holds no public key");
    verify(&made.plain, &["--trail", "other"]).fails(1, "has no files of a trail other");
    let empty = made.data.with_file_name("empty");
    fs::create_dir(&empty).unwrap();
    let done = verify(&empty, &["--json"]);
    done.fails(1, "has no audit files");
    // Without the root key, wherever it is.
    fs::rename(made.data.join("root.key"), &absent).unwrap();
    verify(&made.data, &[]).fails(2, "holds sealed data and no root key");
    let args = ["--root-key", text(&absent), "--trail", ARN];
    assert_eq!(verify(&made.data, &args).lines().last(), Some(&"valid"));
    assert!(!made.data.join("root.key").exists());
    // Anchors from a pipe.
    let mut command = program();
    command.args(["audit", "verify", text(&made.plain), "--trail", ARN, "--anchor", "-"]).env_clear();
    command.stdin(fs::File::open(made.anchors()).unwrap());
    let done = Done::of(command.output().unwrap());
    assert!(done.lines()[0].ends_with("3 anchors in place"), "{done:?}");
}

#[test]
fn check_names_files_of_the_audit_that_are_damaged() {
    let made = Made::three_hours();
    let checked = flumen(&["check", text(&made.data)]);
    let told = checked.lines();
    assert!(
        told.iter()
            .any(|line| line.ends_with("files of the audit, whose chain `flumen audit verify` verifies")),
        "{told:?}"
    );
    let path = made.sealed(&made.files[0]);
    let mut file = fs::read(&path).unwrap();
    file[40] ^= 1;
    fs::write(&path, file).unwrap();
    let checked = flumen(&["check", text(&made.data)]);
    checked.fails(1, "is damaged in 1 place");
    let line = format!("DAMAGED: {} has changed: its checksum is not that of its bytes", path.display());
    assert!(checked.stdout.contains(&line), "{}", checked.stdout);
}

#[test]
fn a_backup_is_valid_at_whatever_moment_it_is_made() {
    let mut made = Made::three_hours();
    let (data, backups) = (made.data.clone(), made.data.with_file_name("backups"));
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let backing_up = scope.spawn(|| {
            for _ in 0..8 {
                let told = flumen(&["backup", "--json", text(&data), text(&backups)]).json().remove(0);
                let backup = PathBuf::from(told["path"].as_str().unwrap());
                assert_eq!(verify(&backup, &["--trail", ARN]).lines().last(), Some(&"valid"));
                let hidden = fs::read_dir(backup.join("audit")).unwrap();
                let hidden = hidden
                    .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
                assert_eq!(hidden.count(), 0);
            }
            is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        while !is_done.load(std::sync::atomic::Ordering::Relaxed) && !backing_up.is_finished() {
            made.hour();
            // What is older than a few days of this clock.
            made.objects.retain(made.now_ms, 100 * HOUR_MS, u64::MAX).unwrap();
        }
        backing_up.join().unwrap();
    });
    assert!(made.digests.len() > 8);
}
