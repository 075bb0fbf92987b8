use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const BUCKET: &str = "bucket";
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// A day's beginning.
const NOW_MS: u64 = 20_500 * DAY_MS;

fn object(content: &str, modified_ms: u64) -> Object {
    let metadata = BTreeMap::from([("signature".to_owned(), "00ff".to_owned())]);
    Object { content: content.as_bytes().to_vec(), metadata, modified_ms }
}

fn in_directory(directory: &TempDir) -> (Objects, Seal) {
    let seal = Seal::in_memory().unwrap();
    (Objects::of_directory(directory.path().join("audit"), None, seal.clone()).unwrap(), seal)
}

fn with_plain(directory: &TempDir, seal: &Seal) -> Objects {
    let plain = directory.path().join("plain");
    Objects::of_directory(directory.path().join("audit"), Some(plain), seal.clone()).unwrap()
}

fn log_key(at_ms: u64, name: &str) -> String {
    let time = event::time(at_ms);
    let (date, time) = time.split_once('T').unwrap();
    let (hour, minute) = (&time[..2], &time[3..5]);
    let (day, compact) = (date.replace('-', "/"), date.replace('-', ""));
    format!(
        "AWSLogs/1/CloudTrail/eu-west-1/{day}/1_CloudTrail_eu-west-1_{compact}T{hour}{minute}Z_{name}.json.gz"
    )
}

fn digest_key(end_ms: u64) -> String {
    let log = log_key(end_ms, "t_eu-west-1");
    let (folder, file) = log.rsplit_once('/').unwrap();
    let time = &file[file.len() - "20260101T0000Z_t_eu-west-1.json.gz".len()..][..13];
    let folder = folder.replace("/CloudTrail/", "/CloudTrail-Digest/");
    format!("{folder}/1_CloudTrail-Digest_eu-west-1_t_eu-west-1_{time}{:02}Z.json.gz", end_ms / 1000 % 60)
}

fn keys(objects: &Objects) -> Vec<String> {
    objects.list(BUCKET, "", "", usize::MAX).unwrap().into_iter().map(|found| found.key).collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

#[test]
fn what_is_put_is_got_by_its_name_alone_after_a_restart_too() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, seal) = in_directory(&directory);
    objects.put(BUCKET, "a/b", &object("one", 1)).unwrap();
    objects.put(BUCKET, "a/b", &object("two", 2)).unwrap();
    objects.put("other", "a/b", &object("three", 3)).unwrap();
    for objects in [objects, Objects::of_sealed(directory.path().join("audit"), seal)] {
        assert_eq!(objects.get(BUCKET, "a/b").unwrap(), Some(object("two", 2)));
        assert_eq!(objects.get("other", "a/b").unwrap(), Some(object("three", 3)));
        let (listed, metadata) = objects.head(BUCKET, "a/b").unwrap().unwrap();
        assert_eq!((listed, metadata), (Listed::of("a/b", &object("two", 2)), object("", 0).metadata));
        assert_eq!(objects.list(BUCKET, "", "", 10).unwrap()[0].etag, "b8a9f715dbb64fd5c56e7783c6820a61");
        assert_eq!(objects.buckets().unwrap(), [BUCKET, "other"]);
        for (bucket, key) in [(BUCKET, "a"), (BUCKET, "a/b/"), (BUCKET, ""), ("", "a/b"), ("bucket/a", "b")] {
            assert!(
                objects.get(bucket, key).unwrap().is_none() && objects.head(bucket, key).unwrap().is_none()
            );
        }
    }
}

#[test]
fn nothing_leaves_the_directory_and_what_is_too_long_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, _) = in_directory(&directory);
    let long = "x/".repeat(400) + &"ü".repeat(112);
    let all = ["../../x", "/etc/x", "a//b/./c", &long, "public-keys.json", "%41"];
    for bucket in ["..", ".", "public-keys.json", "retention.sealed", BUCKET] {
        for key in all {
            objects.put(bucket, key, &object(key, 1)).unwrap();
        }
        for key in all {
            assert_eq!(objects.get(bucket, key).unwrap().unwrap().content, key.as_bytes());
        }
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    assert_eq!(objects.buckets().unwrap().len(), 5);
    let refused = |bucket: &str, key: &str| objects.put(bucket, key, &object("", 0)).unwrap_err().to_string();
    assert_eq!(refused(BUCKET, ""), "a key has 1 to 1024 bytes, not 0");
    assert_eq!(refused(BUCKET, &"x".repeat(1025)), "a key has 1 to 1024 bytes, not 1025");
    assert!(refused("a/b", "c").starts_with("\"a/b\" is no bucket's name"));
}

#[test]
fn files_are_for_their_owner_and_copies_for_a_group() {
    let directory = tempfile::tempdir().unwrap();
    let objects = with_plain(&directory, &Seal::in_memory().unwrap());
    objects.put(BUCKET, "a/b", &object("one", 1)).unwrap();
    objects.put_public_keys(&[]).unwrap();
    let mode = |path: &str| fs::metadata(directory.path().join(path)).unwrap().permissions().mode() & 0o777;
    for (path, expected) in [
        ("audit", 0o700),
        ("audit/bucket/a", 0o700),
        ("audit/bucket/a/b.sealed", 0o600),
        ("audit/public-keys.json", 0o600),
        ("plain/bucket/a", 0o750),
        ("plain/bucket/a/b", 0o640),
        ("plain/public-keys.json", 0o640),
    ] {
        assert_eq!(format!("{:o}", mode(path)), format!("{expected:o}"), "{path}");
    }
    assert_eq!(fs::read(directory.path().join("plain/bucket/a/b")).unwrap(), b"one");
}

#[test]
fn every_changed_byte_and_every_cut_of_a_sealed_file_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, _) = in_directory(&directory);
    objects.put(BUCKET, "a", &object("content", 1)).unwrap();
    let path = directory.path().join("audit/bucket/a.sealed");
    let whole = fs::read(&path).unwrap();
    let is_found = |file: &[u8]| {
        fs::write(&path, file).unwrap();
        let damaged = |error| matches!(error, ObjectError::Damaged { .. });
        assert!(damaged(objects.get(BUCKET, "a").unwrap_err()));
        assert_eq!(check_objects(&directory.path().join("audit")).unwrap().1.len(), 1);
        // It is there, and answered as it lies there.
        assert_eq!(keys(&objects), ["a"]);
        assert_eq!(objects.get_damaged(BUCKET, "a").unwrap().unwrap().content, file);
    };
    for at in 0..whole.len() {
        let mut file = whole.clone();
        file[at] ^= 0x10;
        is_found(&file);
        is_found(&whole[..at]);
    }
    is_found(&[&whole[..], b"x"].concat());
    // Of somebody who makes the checksum anew too.
    for at in FRONT..whole.len() - 4 {
        let mut file = whole[..whole.len() - 4].to_vec();
        file[at] ^= 0x10;
        let checksum = crc32c::crc32c(&file);
        file.extend_from_slice(&checksum.to_le_bytes());
        fs::write(&path, file).unwrap();
        assert!(matches!(objects.get(BUCKET, "a"), Err(ObjectError::Damaged { .. })));
    }
    fs::write(&path, whole).unwrap();
    assert!(objects.get(BUCKET, "a").unwrap().is_some());
}

const FRONT: usize = 16;

#[test]
fn a_file_under_another_name_opens_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, _) = in_directory(&directory);
    for (bucket, key) in [(BUCKET, "a"), (BUCKET, "b"), ("other", "a")] {
        objects.put(bucket, key, &object("same", 1)).unwrap();
    }
    let root = directory.path().join("audit");
    let path = |name: &str| root.join(name);
    fs::rename(path("bucket/a.sealed"), path("x")).unwrap();
    fs::rename(path("bucket/b.sealed"), path("bucket/a.sealed")).unwrap();
    fs::rename(path("x"), path("bucket/b.sealed")).unwrap();
    fs::copy(path("bucket/a.sealed"), path("other/a.sealed")).unwrap();
    for (bucket, key) in [(BUCKET, "a"), (BUCKET, "b"), ("other", "a")] {
        for error in [objects.get(bucket, key).unwrap_err(), objects.head(bucket, key).unwrap_err()] {
            assert!(error.to_string().contains("put here from another place"), "{error}");
        }
    }
    assert!(check_objects(&root).unwrap().1.is_empty(), "their bytes are whole");
}

#[test]
fn head_and_content_of_two_versions_are_not_one_object() {
    let directory = tempfile::tempdir().unwrap();
    let (_, seal) = in_directory(&directory);
    let one = sealed::write(&seal, BUCKET, "a", &object("first", 1)).unwrap();
    let two = sealed::write(&seal, BUCKET, "a", &object("other", 1)).unwrap();
    let mut mixed = [&one[0][..], &one[1], &two[2]].concat();
    mixed.extend_from_slice(&crc32c::crc32c(&mixed).to_le_bytes());
    assert_eq!(sealed::read(&seal, BUCKET, "a", &mixed), Err(Damaged::Head));
    assert!(sealed::read(&seal, BUCKET, "a", &one.concat()).is_ok());
}

#[test]
fn what_a_crash_left_half_written_is_no_object() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, _) = in_directory(&directory);
    objects.put(BUCKET, "a", &object("one", 1)).unwrap();
    let new = directory.path().join("audit/bucket/.b.sealed.new");
    fs::write(&new, "half").unwrap();
    assert_eq!(keys(&objects), ["a"]);
    assert_eq!(check_objects(&directory.path().join("audit")).unwrap(), (1, Vec::new()));
    objects.put(BUCKET, "b", &object("two", 2)).unwrap();
    assert!(!new.exists());
}

#[test]
fn retention_removes_the_oldest_first_and_says_up_to_where() {
    let directory = tempfile::tempdir().unwrap();
    let seal = Seal::in_memory().unwrap();
    let objects = with_plain(&directory, &seal);
    let hours = [3 * DAY_MS, 2 * DAY_MS, DAY_MS, 60 * MINUTE_MS];
    for hour in hours {
        let end_ms = NOW_MS - hour;
        for name in ["a", "b"] {
            objects.put(BUCKET, &log_key(end_ms - 60 * MINUTE_MS, name), &object(name, 0)).unwrap();
        }
        objects.put(BUCKET, &digest_key(end_ms), &object("digest", 0)).unwrap();
    }
    let plain = Objects::of_plain(directory.path().join("plain"));
    let all = keys(&objects);
    assert_eq!(objects.retain(NOW_MS, 4 * DAY_MS, u64::MAX).unwrap().objects, 0);
    assert_eq!((objects.removed_before_ms().unwrap(), keys(&objects)), (0, all.clone()));
    // The files of the second hour, and not the digest that names them: that was made later.
    let removed = objects.retain(NOW_MS, 2 * DAY_MS, u64::MAX).unwrap();
    assert_eq!((removed.objects, removed.objects_left), (5, 7));
    let left = keys(&objects);
    assert!(left.contains(&digest_key(NOW_MS - 2 * DAY_MS)));
    assert!(!left.contains(&log_key(NOW_MS - 2 * DAY_MS - 60 * MINUTE_MS, "a")));
    for objects in [&objects, &plain] {
        assert_eq!(objects.removed_before_ms().unwrap(), NOW_MS - 2 * DAY_MS);
        assert_eq!(keys(objects), left);
    }
    let bytes = removed.bytes_left;
    assert_eq!(
        bytes,
        files_in(&directory.path().join("audit/bucket"))
            .iter()
            .map(|path| path.metadata().unwrap().len())
            .sum::<u64>()
    );
    // A byte too many, and the digest goes, which is alone in its minute.
    let removed = objects.retain(NOW_MS, 4 * DAY_MS, bytes - 1).unwrap();
    assert_eq!((removed.objects, removed.objects_left), (1, 6));
    assert_eq!(objects.removed_before_ms().unwrap(), NOW_MS - 2 * DAY_MS + MINUTE_MS);
    // What retention has said it does not take back.
    objects.put(BUCKET, &log_key(NOW_MS - 5 * DAY_MS, "c"), &object("c", 0)).unwrap();
    objects.retain(NOW_MS, 4 * DAY_MS, u64::MAX).unwrap();
    assert_eq!(objects.removed_before_ms().unwrap(), NOW_MS - 2 * DAY_MS + MINUTE_MS);
    objects.retain(NOW_MS, 0, 0).unwrap();
    assert_eq!((keys(&objects), keys(&plain)), (Vec::<String>::new(), Vec::new()));
    assert!(
        !directory.path().join("audit/bucket").exists() && !directory.path().join("plain/bucket").exists()
    );
}

#[test]
fn what_others_put_among_copies_stays() {
    let directory = tempfile::tempdir().unwrap();
    let objects = with_plain(&directory, &Seal::in_memory().unwrap());
    let key = log_key(NOW_MS - DAY_MS, "a");
    objects.put(BUCKET, &key, &object("a", 0)).unwrap();
    let position = directory.path().join("plain/bucket/AWSLogs/position");
    fs::write(&position, "a collector's own").unwrap();
    let now_ms = NOW_MS + 400_000 * DAY_MS;
    assert_eq!(objects.retain(now_ms, DAY_MS, u64::MAX).unwrap().objects, 1);
    assert!(position.exists() && !directory.path().join("plain/bucket").join(key).exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let temporary = tempfile::tempdir().unwrap();
    let missing = temporary.path().join("missing/copies");
    let sealed = temporary.path().join("sealed");
    let error = Objects::of_directory(sealed.clone(), Some(missing.clone()), Seal::in_memory().unwrap())
        .err()
        .unwrap()
        .to_string();
    assert!(error.starts_with(&format!("{}: ", missing.display())), "{error}");
    let error =
        Objects::of_directory(missing.clone(), None, Seal::in_memory().unwrap()).err().unwrap().to_string();
    assert!(error.starts_with(&format!("{}: ", missing.display())), "{error}");
}

#[test]
fn copies_do_not_lie_within_the_sealed_ones_nor_these_within_copies() {
    let directory = tempfile::tempdir().unwrap();
    let open = |dir: &str, plain: &str| {
        let (dir, plain) = (directory.path().join(dir), directory.path().join(plain));
        Objects::of_directory(dir, Some(plain), Seal::in_memory().unwrap()).map(drop)
    };
    for (dir, plain) in [("a", "a"), ("a", "a/b"), ("a/b", "a")] {
        let error = open(dir, plain).unwrap_err().to_string();
        assert!(error.contains("lie within each other"), "{error}");
    }
    open("a", "ab").unwrap();
}

#[test]
fn what_is_of_the_running_minute_stays() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, _) = in_directory(&directory);
    objects.put(BUCKET, &log_key(NOW_MS, "a"), &object("a", 0)).unwrap();
    assert_eq!(objects.retain(NOW_MS + 1, 0, 0).unwrap().objects, 0);
    assert_eq!(objects.retain(NOW_MS + MINUTE_MS, DAY_MS, 0).unwrap().objects, 1);
}

#[test]
fn a_copy_that_cannot_be_made_holds_up_nothing_and_is_made_when_it_can() {
    let directory = tempfile::tempdir().unwrap();
    let seal = Seal::in_memory().unwrap();
    let objects = with_plain(&directory, &seal);
    let plain = directory.path().join("plain/bucket");
    // A file where a folder should be.
    fs::write(&plain, "").unwrap();
    objects.put(BUCKET, "a", &object("one", 1)).unwrap();
    objects.put(BUCKET, "b", &object("two", 2)).unwrap();
    assert_eq!(keys(&objects), ["a", "b"]);
    drop(objects);
    let objects = with_plain(&directory, &seal);
    fs::remove_file(&plain).unwrap();
    objects.put(BUCKET, "c", &object("three", 3)).unwrap();
    for (name, content) in [("a", "one"), ("b", "two"), ("c", "three")] {
        assert_eq!(fs::read_to_string(plain.join(name)).unwrap(), content);
    }
    // What a collector has taken away does not come back.
    fs::remove_file(plain.join("a")).unwrap();
    drop(objects);
    let objects = with_plain(&directory, &seal);
    objects.put(BUCKET, "d", &object("four", 4)).unwrap();
    objects.retain(NOW_MS, u64::MAX, u64::MAX).unwrap();
    assert!(!plain.join("a").exists());
}

#[test]
fn memory_holds_the_newest_in_so_many_bytes() {
    let objects = Objects::in_memory(10_000);
    for number in 0..100 {
        objects.put(BUCKET, &format!("{number:03}"), &object(&"x".repeat(1000), number)).unwrap();
    }
    let kept = keys(&objects);
    assert!((3..10).contains(&kept.len()) && kept.last().unwrap() == "099", "{kept:?}");
    let removed = objects.retain(99, 1, u64::MAX).unwrap();
    assert_eq!((removed.objects_left, keys(&objects).len()), (2, 2));
    assert_eq!(objects.retain(99, 99, 0).unwrap().bytes_left, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn lists_are_pages_of_all_keys_in_order(
        all in proptest::collection::btree_set("[ab./-]{1,6}", 1..24),
        prefix in "[ab./-]{0,2}",
        max in 1_usize..7,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let seal = Seal::in_memory().unwrap();
        let objects = Objects::of_directory(directory.path().to_owned(), None, seal).unwrap();
        let memory = Objects::in_memory(u64::MAX);
        for key in &all {
            for objects in [&objects, &memory] {
                objects.put(BUCKET, key, &object(key, 7)).unwrap();
            }
        }
        for bucket in ["a", "c"] {
            for objects in [&objects, &memory] {
                objects.put(bucket, "a/b", &object("", 7)).unwrap();
            }
        }
        for objects in [&objects, &memory] {
            let mut found = Vec::new();
            loop {
                let after = found.last().map_or(String::new(), |last: &Listed| last.key.clone());
                let page = objects.list(BUCKET, &prefix, &after, max).unwrap();
                prop_assert!(page.len() <= max);
                if page.is_empty() { break }
                found.extend(page);
            }
            let expected: Vec<Listed> =
                all.iter().filter(|key| key.starts_with(&prefix)).map(|key| Listed::of(key, &object(key, 7))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
