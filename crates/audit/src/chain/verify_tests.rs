use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flumen_seal::Seal;
use proptest::prelude::*;
use tempfile::TempDir;

use super::tests::key;
use super::*;
use crate::{Object, Objects};

mod edges;

const LOCATION: TrailLocation<'_> = TrailLocation {
    account: "123456789012",
    region: "eu-west-1",
    trail: "t",
    home_region: "us-east-1",
    bucket: "bucket",
    prefix: None,
};
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// 2026-11-30T03:00:00Z.
const AT_MS: u64 = 1_796_007_600_000;

/// What a server has written, sealed and plain.
struct Made {
    directory: TempDir,
    seal: Seal,
    objects: Objects,
    chain: Chain,
    location: TrailLocation<'static>,
    now_ms: u64,
    events: u64,
    anchors: Vec<Anchor>,
    /// Keys of digests, with those of the log files that each names.
    digests: Vec<(String, Vec<String>)>,
    files: Vec<String>,
}

impl Made {
    fn new() -> Made {
        let directory = tempfile::tempdir().unwrap();
        let seal = Seal::in_memory().unwrap();
        let plain = directory.path().join("plain");
        let objects =
            Objects::of_directory(directory.path().join("audit"), Some(plain), seal.clone()).unwrap();
        objects.put_public_keys(&[key().public().clone()]).unwrap();
        Made {
            directory,
            seal,
            objects,
            chain: Chain::new(AT_MS),
            location: LOCATION,
            now_ms: AT_MS,
            events: 0,
            anchors: Vec::new(),
            digests: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Three digests: of two files, of none, and of one.
    fn three() -> Made {
        let mut made = Made::new();
        made.hour(2);
        made.hour(0);
        made.hour(1);
        made
    }

    fn lines(&mut self, events: u64) -> Vec<(u64, String)> {
        let line = |number| (self.now_ms - 1000, format!("{{\"eventID\":\"{number:036}\"}}"));
        let lines = (self.events..self.events + events).map(line).collect();
        self.events += events;
        lines
    }

    fn file(&mut self) -> NewFile {
        let lines = self.lines(3);
        log_file(&self.location, self.now_ms, Holds::Events, lines).unwrap()
    }

    /// Delivers a file five minutes later.
    fn deliver(&mut self) -> String {
        self.now_ms += 5 * MINUTE_MS;
        let file = self.file();
        self.objects.put(&file.bucket, &file.key, &file.object).unwrap();
        self.chain.add(&file);
        self.files.push(file.key.clone());
        file.key
    }

    fn digest(&mut self) -> String {
        let new = self.chain.digest(&self.location, self.now_ms, key()).unwrap();
        self.objects.put(&new.bucket, &new.key, &new.object).unwrap();
        self.chain = new.after;
        self.anchors.push(new.anchor);
        self.digests.push((new.key.clone(), std::mem::take(&mut self.files)));
        new.key
    }

    fn hour(&mut self, files: u64) -> String {
        let end_ms = self.now_ms + HOUR_MS;
        for _ in 0..files {
            self.deliver();
        }
        self.now_ms = end_ms;
        self.digest()
    }

    fn plain(&self, key: &str) -> PathBuf {
        self.directory.path().join("plain/bucket").join(key)
    }

    fn sealed(&self, key: &str) -> PathBuf {
        self.directory.path().join("audit/bucket").join(format!("{key}.sealed"))
    }

    fn verify_plain(&self, asked: &VerifyOptions<'_>) -> Verified {
        verify(&Objects::of_plain(self.directory.path().join("plain")), asked).unwrap()
    }

    fn verify_sealed(&self, asked: &VerifyOptions<'_>) -> Verified {
        verify(&Objects::of_sealed(self.directory.path().join("audit"), self.seal.clone()), asked).unwrap()
    }

    fn anchored(&self) -> VerifyOptions<'_> {
        VerifyOptions { anchors: &self.anchors, ..VerifyOptions::default() }
    }
}

fn whats(verified: &Verified) -> Vec<(What, &str)> {
    verified
        .findings
        .iter()
        .map(|finding| (finding.what, finding.file.strip_prefix("bucket/").unwrap()))
        .collect()
}

fn swap(one: &Path, two: &Path) {
    let between = one.with_extension("between");
    fs::rename(one, &between).unwrap();
    fs::rename(two, one).unwrap();
    fs::rename(between, two).unwrap();
}

#[test]
fn what_was_written_is_valid_sealed_and_plain() {
    let mut made = Made::three();
    made.deliver();
    for verified in [made.verify_sealed(&made.anchored()), made.verify_plain(&made.anchored())] {
        assert_eq!(whats(&verified), []);
        assert_eq!(
            verified.chains,
            [Walked {
                trail: "arn:aws:cloudtrail:us-east-1:123456789012:trail/t".to_owned(),
                region: "eu-west-1".to_owned(),
                digests: 3,
                files: 3,
                not_yet: 1,
                without: 0,
                anchors: 3,
                from: Some("2026-11-30T03:00:00Z".to_owned()),
                to: Some("2026-11-30T06:00:00Z".to_owned()),
            }]
        );
        assert!(
            verified.notes.len() == 1 && verified.notes[0].contains("--public-key"),
            "{:?}",
            verified.notes
        );
    }
    let without = made.verify_plain(&VerifyOptions::default());
    assert!(
        without
            .notes
            .iter()
            .any(|note| note.contains("ends at 2026-11-30T06:00:00Z; whether later ones were removed"))
    );
}

#[test]
fn every_changed_byte_is_found() {
    let mut made = Made::new();
    made.hour(1);
    made.hour(0);
    let keys = [&made.digests[0].1[0], &made.digests[0].0, &made.digests[1].0];
    let content = |packed: &[u8]| {
        let mut content = Vec::new();
        let comment = gzip::unpack(packed, 1 << 20, |part| content.extend_from_slice(part)).ok()?;
        Some((content, comment))
    };
    for key in keys {
        let path = made.plain(key);
        let whole = fs::read(&path).unwrap();
        let mut unseen = 0;
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, &changed).unwrap();
            let verified = made.verify_plain(&VerifyOptions::default());
            if verified.findings.is_empty() {
                // Of a file of gzip some bits mean nothing: when it was made, and by which system.
                let (before, after) = (content(&whole).unwrap(), content(&changed).unwrap());
                assert_eq!(before.0, after.0, "byte {at} of {key}");
                unseen += 1;
            }
        }
        assert!(unseen < if key.contains("Digest") { 12 } else { 90 }, "{unseen} of {key}");
        fs::write(&path, &whole).unwrap();
        for end in [0, 1, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..end]).unwrap();
            assert!(!made.verify_plain(&VerifyOptions::default()).findings.is_empty());
        }
        fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
        let verified = made.verify_plain(&VerifyOptions::default());
        assert!(verified.findings[0].why.contains("behind its end"), "{}", verified.findings[0]);
        fs::write(&path, whole).unwrap();
        // Sealed ones have no such bits.
        let path = made.sealed(key);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(7) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, &changed).unwrap();
            let verified = made.verify_sealed(&VerifyOptions::default());
            assert!(whats(&verified).contains(&(What::Changed, key)), "{:?}", verified.findings);
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(made.verify_plain(&made.anchored()).findings.is_empty());
    assert!(made.verify_sealed(&made.anchored()).findings.is_empty());
}

#[test]
fn every_set_of_removed_files_is_found_and_without_anchors_all_but_the_end() {
    let mut made = Made::three();
    // A chain of its own, after a stop.
    made.chain = made.chain.started_again(made.now_ms);
    made.hour(1);
    let mut all = Vec::new();
    for (digest, files) in &made.digests {
        all.push((digest.clone(), all.len(), true));
        let named_by = all.len() - 1;
        all.extend(files.iter().map(|file| (file.clone(), named_by, false)));
    }
    let content: Vec<Vec<u8>> = all.iter().map(|(key, ..)| fs::read(made.plain(key)).unwrap()).collect();
    for set in 1_usize..1 << all.len() {
        let is_removed = |at: usize| set & (1 << at) != 0;
        for (at, (key, ..)) in all.iter().enumerate() {
            if is_removed(at) {
                fs::remove_file(made.plain(key)).unwrap();
            }
        }
        let anchored = made.verify_plain(&made.anchored());
        assert!(!anchored.findings.is_empty(), "{set:b}");
        // The end: digests from one on, and of what these name whatever.
        let digests_left =
            all.iter().enumerate().filter(|(at, (_, _, is_digest))| *is_digest && !is_removed(*at));
        let last_left = digests_left.map(|(at, _)| at).next_back();
        let is_end =
            all.iter().enumerate().filter(|(at, _)| is_removed(*at)).all(|(at, (_, named_by, is_digest))| {
                last_left.is_none_or(|last| if *is_digest { at > last } else { *named_by > last })
            });
        let without = made.verify_plain(&VerifyOptions::default());
        assert_eq!(without.findings.is_empty(), is_end, "{set:b}: {:?}", without.findings);
        for (at, (key, ..)) in all.iter().enumerate() {
            if is_removed(at) {
                fs::write(made.plain(key), &content[at]).unwrap();
            }
        }
    }
    assert!(made.verify_plain(&made.anchored()).findings.is_empty());
}

#[test]
fn what_was_removed_is_named_with_who_names_it() {
    let made = Made::three();
    let [(first, files), (second, _), (third, last)] = &made.digests[..] else { panic!() };
    let found = |key: &str, asked: &VerifyOptions<'_>| {
        let content = fs::read(made.plain(key)).unwrap();
        fs::remove_file(made.plain(key)).unwrap();
        let verified = made.verify_plain(asked);
        fs::write(made.plain(key), content).unwrap();
        verified.findings
    };
    let finding = |what, key: &str, why: String| Finding { what, file: format!("bucket/{key}"), why };
    assert_eq!(
        found(&files[0], &VerifyOptions::default()),
        [finding(What::Removed, &files[0], format!("was removed: bucket/{first} names it"))]
    );
    assert_eq!(
        found(second, &made.anchored()),
        [finding(What::Removed, second, format!("was removed: bucket/{third} follows on it"))]
    );
    assert_eq!(found(third, &VerifyOptions::default()), []);
    let why =
        "was anchored and is not there, and the newest digest is 2026-11-30T05:00:00Z: the end was cut off";
    assert_eq!(found(third, &made.anchored()), [finding(What::CutTail, third, why.to_owned())]);
    // The files of a digest that is gone from the middle are named by none.
    let findings = found(first, &VerifyOptions::default());
    let not_named = findings.iter().filter(|finding| finding.what == What::NotNamed).count();
    assert_eq!((findings.len(), not_named), (3, 2), "{findings:?}");
    for (key, _) in &made.digests {
        fs::remove_file(made.plain(key)).unwrap();
    }
    fs::remove_file(made.plain(&last[0])).unwrap();
    let verified = made.verify_plain(&made.anchored());
    assert_eq!(verified.findings.iter().map(|finding| finding.what).collect::<Vec<_>>(), [What::CutTail; 3]);
}

#[test]
fn two_that_were_swapped_are_both_named() {
    let made = Made::three();
    let [(first, files), (second, _), _] = &made.digests[..] else { panic!() };
    for (one, two) in [(&files[0], &files[1]), (first, second)] {
        swap(&made.plain(one), &made.plain(two));
        swap(&made.sealed(one), &made.sealed(two));
        let plain = made.verify_plain(&made.anchored());
        let mut moved: Vec<_> = whats(&plain);
        moved.retain(|(what, _)| *what == What::Moved);
        assert_eq!(moved, [(What::Moved, one.as_str()), (What::Moved, two.as_str())]);
        assert!(
            plain
                .findings
                .iter()
                .all(|finding| finding.why.contains("the two were swapped")
                    || finding.why.contains("signature")),
            "{:?}",
            plain.findings
        );
        let sealed = made.verify_sealed(&made.anchored());
        for key in [one, two] {
            let finding =
                sealed.findings.iter().find(|finding| finding.file.ends_with(key.as_str())).unwrap();
            assert!(finding.why.contains("put here from another place"), "{finding}");
        }
        swap(&made.plain(one), &made.plain(two));
        swap(&made.sealed(one), &made.sealed(two));
    }
}

#[test]
fn a_chain_that_went_on_from_a_restored_backup_is_two_chains() {
    let mut made = Made::three();
    let (backup, now_ms) = (made.chain.clone(), made.now_ms);
    let gone = [made.hour(1), made.hour(0)];
    // The restored server goes on later, on its own files.
    (made.chain, made.now_ms) = (backup, now_ms + 10 * MINUTE_MS);
    let other = made.hour(1);
    let verified = made.verify_plain(&VerifyOptions::default());
    assert_eq!(whats(&verified), [(What::TwoChains, other.as_str())]);
    assert!(verified.findings[0].why.contains("both follow on bucket/"), "{}", verified.findings[0]);
    // Without what the first one wrote since, only anchors say it.
    for (key, files) in &made.digests[3..5] {
        fs::remove_file(made.plain(key)).unwrap();
        files.iter().for_each(|file| fs::remove_file(made.plain(file)).unwrap());
    }
    assert_eq!(whats(&made.verify_plain(&VerifyOptions::default())), []);
    let verified = made.verify_plain(&made.anchored());
    let mut found = whats(&verified);
    found.sort();
    assert_eq!(found, [(What::CutTail, gone[1].as_str()), (What::TwoChains, gone[0].as_str())]);
}

#[test]
fn a_digest_that_was_signed_anew_is_not_the_anchored_one() {
    let mut made = Made::three();
    let anchored = made.anchors.clone();
    let at = made.chain.clone();
    let key = made.hour(1);
    let anchors = made.anchors.clone();
    // By somebody who has the key: another content at the same place.
    (made.chain, made.now_ms) = (at, made.now_ms - HOUR_MS);
    made.hour(2);
    assert_eq!(anchored.len(), 3);
    let asked = VerifyOptions { anchors: &anchors, ..VerifyOptions::default() };
    let verified = made.verify_plain(&asked);
    assert!(whats(&verified).contains(&(What::TwoChains, &key)), "{:?}", verified.findings);
}

#[test]
fn a_clock_that_was_set_back_is_found() {
    for (step_ms, is_found) in [(30 * MINUTE_MS, true), (3 * MINUTE_MS, false), (40 * 24 * HOUR_MS, true)] {
        let mut made = Made::new();
        made.deliver();
        made.deliver();
        made.now_ms -= step_ms;
        made.deliver();
        made.digest();
        made.hour(2);
        let verified = made.verify_plain(&made.anchored());
        let found = verified.findings.iter().filter(|finding| finding.what == What::ClockSetBack).count();
        assert_eq!((found > 0, found), (is_found, verified.findings.len()), "{:?}", verified.findings);
    }
    // Before a digest, behind the last event.
    let mut made = Made::new();
    made.deliver();
    let lines = made.lines(3).into_iter().map(|(at_ms, line)| (at_ms + HOUR_MS, line)).collect::<Vec<_>>();
    let file = log_file(&made.location, made.now_ms, Holds::Events, lines).unwrap();
    made.objects.put(&file.bucket, &file.key, &file.object).unwrap();
    made.chain.add(&file);
    made.digest();
    let verified = made.verify_plain(&made.anchored());
    assert_eq!(whats(&verified), [(What::ClockSetBack, &*file.key)]);
    // Between two digests.
    let mut made = Made::three();
    made.now_ms -= 10 * HOUR_MS;
    made.hour(1);
    let verified = made.verify_plain(&made.anchored());
    assert!(whats(&verified).iter().any(|(what, _)| *what == What::ClockSetBack), "{:?}", verified.findings);
}

#[test]
fn what_was_delivered_twice_is_told_and_a_strange_file_is_found() {
    let mut made = Made::new();
    // A crash came between the file and the chain: delivered again, with more.
    made.now_ms += MINUTE_MS;
    let lines = made.lines(5);
    let first = log_file(&LOCATION, made.now_ms, Holds::Events, lines[..3].to_vec()).unwrap();
    made.objects.put(&first.bucket, &first.key, &first.object).unwrap();
    let again = log_file(&LOCATION, made.now_ms + MINUTE_MS, Holds::Events, lines).unwrap();
    made.objects.put(&again.bucket, &again.key, &again.object).unwrap();
    made.chain.add(&again);
    made.now_ms += HOUR_MS;
    // Sums have no ids.
    let sums =
        |minute: u64| log_file(&LOCATION, AT_MS + minute * MINUTE_MS, Holds::Sums, [(AT_MS, "{}")]).unwrap();
    for minute in [1, 2] {
        made.objects.put("bucket", &sums(minute).key, &sums(minute).object).unwrap();
    }
    made.chain.add(&sums(2));
    made.digest();
    let verified = made.verify_plain(&made.anchored());
    assert_eq!(whats(&verified), []);
    assert!(
        verified.notes.iter().any(|note| note.starts_with("2 log files are named by no digest")),
        "{:?}",
        verified.notes
    );
    let strange = log_file(&LOCATION, AT_MS + 3 * MINUTE_MS, Holds::Events, [(AT_MS, "{ }")]).unwrap();
    made.objects.put("bucket", &strange.key, &strange.object).unwrap();
    for verified in [made.verify_plain(&made.anchored()), made.verify_sealed(&made.anchored())] {
        assert_eq!(whats(&verified), [(What::NotNamed, strange.key.as_str())]);
    }
    // Of what is in a digest of another trail this one's says nothing.
    let asked = VerifyOptions { trail: Some("other"), ..made.anchored() };
    let verified = made.verify_plain(&asked);
    assert_eq!((verified.findings.len(), verified.chains.len()), (0, 0));
}

#[test]
fn what_was_delivered_while_no_digests_were_made_is_told() {
    let mut made = Made::new();
    let deliver_without = |made: &mut Made| {
        let chain = made.chain.clone();
        made.deliver();
        (made.chain, made.files) = (chain, Vec::new());
    };
    deliver_without(&mut made);
    let verified = made.verify_plain(&VerifyOptions::default());
    assert_eq!((verified.findings.len(), verified.chains[0].not_yet), (0, 1));
    assert!(verified.notes.iter().any(|note| note.contains("has no digests")), "{:?}", verified.notes);
    made.now_ms += HOUR_MS;
    made.chain = Chain::new(made.now_ms);
    made.hour(2);
    deliver_without(&mut made);
    made.now_ms += HOUR_MS;
    made.chain = made.chain.started_again(made.now_ms);
    made.hour(1);
    let verified = made.verify_plain(&made.anchored());
    assert_eq!((whats(&verified), verified.chains[0].without), (Vec::new(), 2));
    assert!(
        verified.notes.iter().any(|note| note.contains("of times in which it made no digests")),
        "{:?}",
        verified.notes
    );
    // Within a chain it is a stranger.
    made.now_ms -= 2 * HOUR_MS + 30 * MINUTE_MS;
    deliver_without(&mut made);
    let verified = made.verify_plain(&made.anchored());
    assert_eq!(verified.findings.iter().map(|finding| finding.what).collect::<Vec<_>>(), [What::NotNamed]);
}

#[test]
fn trails_are_verified_each_by_itself_and_after_a_move_to_another_bucket() {
    let mut made = Made::three();
    let location = TrailLocation { bucket: "b2", prefix: Some("p/AWSLogs"), ..LOCATION };
    made.location = location;
    let moved = made.hour(1);
    let (chain, now_ms) = (made.chain.clone(), made.now_ms);
    made.location = TrailLocation { trail: "u", bucket: "b2", ..LOCATION };
    (made.chain, made.now_ms) = (Chain::new(AT_MS), AT_MS);
    made.hour(1);
    assert_ne!(chain, made.chain);
    let verified = made.verify_sealed(&made.anchored());
    assert_eq!(verified.findings, []);
    let seen: Vec<_> = verified
        .chains
        .iter()
        .map(|chain| (chain.trail.rsplit('/').next().unwrap(), chain.digests))
        .collect();
    assert_eq!(seen, [("t", 4), ("u", 1)]);
    for asked in ["u", "arn:aws:cloudtrail:us-east-1:123456789012:trail/u"] {
        let verified = made.verify_sealed(&VerifyOptions { trail: Some(asked), ..made.anchored() });
        assert_eq!((verified.findings.len(), verified.chains.len()), (0, 1));
    }
    assert!(now_ms > AT_MS && moved.starts_with("p/AWSLogs/AWSLogs/"));
    fs::remove_file(made.plain(&made.digests[2].0)).unwrap();
    let verified = made.verify_plain(&VerifyOptions::default());
    let whys: Vec<&str> = verified.findings.iter().map(|finding| finding.why.as_str()).collect();
    assert_eq!(whys[0], format!("was removed: b2/{moved} follows on it"), "{whys:?}");
}

#[test]
fn keys_are_pinned() {
    let made = Made::three();
    let other = SigningKey::generate(0, 1).unwrap();
    let pinned = [key().public().clone()];
    let verified = made.verify_plain(&VerifyOptions { pinned: Some(&pinned), ..made.anchored() });
    assert!(verified.findings.is_empty() && verified.notes.is_empty(), "{:?}", verified.notes);
    let others = [other.public().clone()];
    let verified = made.verify_plain(&VerifyOptions { pinned: Some(&others), ..made.anchored() });
    assert_eq!(verified.findings.iter().map(|finding| finding.what).collect::<Vec<_>>(), [What::Key; 3]);
    assert!(verified.findings[0].why.ends_with("which is not pinned"));
    let path = made.directory.path().join("plain/public-keys.json");
    fs::remove_file(&path).unwrap();
    assert_eq!(made.verify_plain(&VerifyOptions::default()).findings[0].what, What::Key);
    fs::write(&path, "{").unwrap();
    assert_eq!(made.verify_plain(&VerifyOptions::default()).findings[0].file, "public-keys.json");
    assert!(
        made.verify_plain(&VerifyOptions { pinned: Some(&pinned), ..made.anchored() }).findings.is_empty()
    );
}

#[test]
fn what_retention_removed_is_not_missed_and_what_others_removed_is() {
    let mut made = Made::three();
    for _ in 0..4 {
        made.hour(3);
    }
    // Within an hour: the oldest digest that is left names files that are gone.
    made.objects.retain(made.now_ms, 3 * HOUR_MS - 8 * MINUTE_MS, u64::MAX).unwrap();
    for verified in [made.verify_sealed(&made.anchored()), made.verify_plain(&made.anchored())] {
        assert_eq!(verified.findings, []);
        assert_eq!((verified.chains[0].digests, verified.chains[0].files), (3, 9));
        assert!(
            verified.notes.iter().any(|note| note.contains("before 2026-11-30T07:08:00Z")),
            "{:?}",
            verified.notes
        );
    }
    let left = &made.digests[4].1;
    assert!(!made.plain(&left[0]).exists() && made.plain(&left[1]).exists());
    for key in [&left[1], &made.digests[4].0] {
        let content = fs::read(made.plain(key)).unwrap();
        fs::remove_file(made.plain(key)).unwrap();
        let verified = made.verify_plain(&VerifyOptions::default());
        assert!(whats(&verified).contains(&(What::Removed, key)), "{:?}", verified.findings);
        fs::write(made.plain(key), content).unwrap();
    }
    // The sealed word is not anybody's to write.
    fs::write(
        made.directory.path().join("audit/retention.sealed"),
        "{\"removedBefore\":\"2027-01-01T00:00:00Z\"}",
    )
    .unwrap();
    let sealed = Objects::of_sealed(made.directory.path().join("audit"), made.seal.clone());
    assert!(verify(&sealed, &VerifyOptions::default()).is_err());
    fs::remove_file(made.directory.path().join("audit/retention.sealed")).unwrap();
    assert!(!made.verify_sealed(&VerifyOptions::default()).findings.is_empty());
}

#[test]
fn it_is_valid_at_every_moment_of_a_server_that_writes_and_removes() {
    let mut made = Made::new();
    let (plain, audit) = (made.directory.path().join("plain"), made.directory.path().join("audit"));
    let (sealed, plain) = (Objects::of_sealed(audit, made.seal.clone()), Objects::of_plain(plain));
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let verifier = scope.spawn(|| {
            let mut times = 0;
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) || times == 0 {
                for objects in [&sealed, &plain] {
                    assert_eq!(verify(objects, &VerifyOptions::default()).unwrap().findings, []);
                }
                times += 1;
            }
        });
        for hour in 0..30 {
            made.hour(hour % 4);
            made.objects.retain(made.now_ms, 7 * HOUR_MS + hour * 7 * MINUTE_MS, 40_000).unwrap();
        }
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        verifier.join().unwrap();
    });
}

/// Reads as a tail does that looks for `*.json.gz` again and again: each file that it has not seen, as far as it is there.
fn tail(root: &Path, seen: &mut BTreeMap<PathBuf, u64>, events: &mut BTreeMap<String, u32>) {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".json.gz") && !path.to_str().unwrap().contains("Digest") {
                use std::os::unix::fs::MetadataExt as _;
                // A file is known by its inode, as Vector knows those that it cannot tell by their first lines.
                let Ok(file) = fs::File::open(&path) else { continue };
                let inode = file.metadata().unwrap().ino();
                if seen.get(&path) == Some(&inode) {
                    continue;
                }
                let mut text = String::new();
                std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let content: serde_json::Value = serde_json::from_str(&text).unwrap();
                for record in content["Records"].as_array().unwrap() {
                    *events.entry(record["eventID"].as_str().unwrap().to_owned()).or_default() += 1;
                }
                seen.insert(path, inode);
            }
        }
    }
}

#[test]
fn a_collector_reads_every_event_while_files_come_and_go() {
    let mut made = Made::new();
    let root = made.directory.path().join("plain");
    let (collected, is_done) = (parking_lot::Mutex::new(0_u64), std::sync::atomic::AtomicBool::new(false));
    let events = std::thread::scope(|scope| {
        let collector = scope.spawn(|| {
            let (mut seen, mut events) = (BTreeMap::new(), BTreeMap::new());
            loop {
                let is_last = is_done.load(std::sync::atomic::Ordering::Acquire);
                tail(&root, &mut seen, &mut events);
                *collected.lock() = events.len() as u64;
                if is_last {
                    return events;
                }
            }
        });
        for hour in 0..40 {
            made.hour(1 + hour % 4);
            // Retention is days behind collectors; here it waits for what is not collected yet.
            if hour % 5 == 4 {
                let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
                while *collected.lock() < made.events {
                    assert!(std::time::Instant::now() < until, "{} of {}", *collected.lock(), made.events);
                    std::thread::yield_now();
                }
                let removed = made.objects.retain(made.now_ms, 2 * HOUR_MS, u64::MAX).unwrap();
                assert!(removed.objects > 0);
            }
        }
        is_done.store(true, std::sync::atomic::Ordering::Release);
        collector.join().unwrap()
    });
    assert_eq!(events.len() as u64, made.events);
    assert!(events.contains_key(&format!("{:036}", made.events - 1)));
}

fn object(content: Vec<u8>) -> Object {
    Object { content, metadata: BTreeMap::new(), modified_ms: 0 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Whatever lies there is found about, and nothing comes of it.
    #[test]
    fn digests_of_strangers_are_findings(
        content in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..64),
            "\\{\"[a-z0-9S]{0,20}\":(null|\"[a-z]*\"|\\[\\]|1)\\}".prop_map(String::into_bytes),
        ],
        is_packed in any::<bool>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let content = if is_packed { gzip::pack(&content, "x") } else { content };
        let path = directory.path().join("bucket").join(LOCATION.digest_key(AT_MS));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, object(content).content).unwrap();
        let verified = verify(&Objects::of_plain(directory.path().to_owned()), &VerifyOptions::default()).unwrap();
        prop_assert_eq!(verified.findings.last().unwrap().what, What::Changed);
    }
}
