use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;
use crate::ROOT_KEY;

const PLACE: &str = "test/place";

fn of(directory: &TempDir, is_sealed: bool) -> Result<Seal, OpenError> {
    Seal::of_directory(directory.path(), &RootKeySource::Directory, is_sealed)
}

fn refused(directory: &TempDir, source: &str) -> OpenError {
    let opened = Seal::of_directory(directory.path(), &source.parse().unwrap(), true);
    opened.expect_err("it is refused")
}

fn key_file(directory: &TempDir, name: &str, text: &str) -> String {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Names, modes and contents.
fn all_of(directory: &TempDir) -> Vec<(String, u32, Vec<u8>)> {
    let entries = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap());
    let mut all: Vec<_> = entries
        .map(|entry| {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            (entry.file_name().into_string().unwrap(), mode, fs::read(entry.path()).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn what_is_sealed_opens_in_its_place_alone() {
    let seal = Seal::in_memory().unwrap();
    for secret in [&b""[..], b"s", &[7; 100_000]] {
        let sealed = seal.seal(PLACE, secret).unwrap();
        assert_eq!(sealed.len(), secret.len() + AROUND_BYTES);
        assert_eq!(seal.open(PLACE, &sealed).unwrap().expose(), secret);
        let moved = seal.open("test/places", &sealed).unwrap_err();
        assert_eq!(moved, Unsealed::Altered("test/places".to_owned()));
        assert_ne!(seal.seal(PLACE, secret).unwrap(), sealed, "no two are the same");
    }
    let other = Seal::in_memory().unwrap();
    assert!(matches!(other.open(PLACE, &seal.seal(PLACE, b"s").unwrap()), Err(Unsealed::UnknownKey(_))));
}

#[test]
fn sealed_bytes_that_are_cut_off_or_altered_are_refused() {
    let seal = Seal::in_memory().unwrap();
    let sealed = seal.seal(PLACE, b"a secret").unwrap();
    for length in 0..sealed.len() {
        let expected = match length {
            ..AROUND_BYTES => Unsealed::CutOff(length),
            _ => Unsealed::Altered(PLACE.to_owned()),
        };
        assert_eq!(seal.open(PLACE, &sealed[..length]).unwrap_err(), expected);
    }
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 0x10;
        match seal.open(PLACE, &altered).unwrap_err() {
            Unsealed::UnknownKey(_) => assert!(at < ID_BYTES, "byte {at}"),
            error => assert_eq!(error, Unsealed::Altered(PLACE.to_owned()), "byte {at}"),
        }
    }
}

#[test]
fn keys_are_made_once_and_are_their_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let sealed = of(&directory, false).unwrap().seal(PLACE, b"secret").unwrap();
    let made = all_of(&directory);
    let names: Vec<_> = made.iter().map(|(name, mode, _)| (name.as_str(), *mode)).collect();
    assert_eq!(names, [("data.keys", 0o600), ("root.key", 0o600)]);
    for is_sealed in [true, false] {
        assert_eq!(of(&directory, is_sealed).unwrap().open(PLACE, &sealed).unwrap().expose(), b"secret");
    }
    assert_eq!(all_of(&directory), made, "opening writes nothing");
}

#[test]
fn a_wrong_or_missing_key_is_named_and_nothing_is_written() {
    let (directory, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    of(&directory, false).unwrap();
    let root = fs::read_to_string(directory.path().join(ROOT_KEY)).unwrap();
    let other = RootKey::random().unwrap();
    let wrong = key_file(&elsewhere, "wrong", other.text().expose());
    let short = key_file(&elsewhere, "short", &root[..60]);
    let latin = elsewhere.path().join("latin");
    fs::write(&latin, [0xff; 64]).unwrap();
    let long = key_file(&elsewhere, "long", &"0".repeat(5000));
    fs::remove_file(directory.path().join(ROOT_KEY)).unwrap();
    let before = all_of(&directory);
    let id = |key: &RootKey| Id(key.id()).to_string();
    let shown = directory.path().display();
    for (source, expected) in [
        (
            wrong.clone(),
            format!(
                "{shown} was sealed under root key {}; {wrong} is root key {}",
                id(&RootKey::parse(&root).unwrap()),
                id(&other)
            ),
        ),
        (short.clone(), format!("root key {short}: is no root key: it has 60 characters")),
        (long.clone(), format!("root key {long} is longer than 4096 bytes")),
        (latin.display().to_string(), format!("root key {} is no text", latin.display())),
        ("/absent/key".to_owned(), "root key /absent/key: No such file".to_owned()),
        (
            "env:FLUMEN_TEST_NO_SUCH_VARIABLE".to_owned(),
            "root key variable FLUMEN_TEST_NO_SUCH_VARIABLE is not set".to_owned(),
        ),
        ("command:false topsecret".to_owned(), "root key command:false ended with status 1".to_owned()),
        (
            "command:printf topsecret".to_owned(),
            "root key command:printf: is no root key: it has 9 characters".to_owned(),
        ),
    ] {
        let error = refused(&directory, &source);
        assert!(error.is_misconfigured());
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert!(
            !error.to_string().contains("topsecret") && !error.to_string().contains(&root[..20]),
            "{error}"
        );
    }
    let error = of(&directory, true).err().unwrap();
    assert!(matches!(error, OpenError::NoRootKey { .. }) && error.is_misconfigured(), "{error}");
    let error = of(&directory, false).err().unwrap();
    assert!(matches!(error, OpenError::NoRootKey { .. }), "{error}");
    assert_eq!(all_of(&directory), before);
    // From wherever the right one comes, it opens.
    let right = key_file(&elsewhere, "right", &root);
    for source in [right.clone(), format!("command:cat {right}"), format!("command:echo '{}'", root.trim())] {
        Seal::of_directory(directory.path(), &source.parse().unwrap(), true).unwrap();
    }
    assert_eq!(all_of(&directory), before);
}

#[test]
fn data_keys_that_are_gone_or_damaged_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let sealed = of(&directory, false).unwrap().seal(PLACE, b"secret").unwrap();
    let path = directory.path().join(DATA_KEYS);
    let whole = fs::read(&path).unwrap();
    for damaged in [&whole[..whole.len() - 1], b"", &[&whole[..], b"x"].concat()] {
        fs::write(&path, damaged).unwrap();
        let error = of(&directory, true).err().unwrap();
        assert!(matches!(error, OpenError::Damaged { .. }) && !error.is_misconfigured(), "{error}");
        assert!(error.to_string().contains("data.keys is damaged"), "{error}");
    }
    fs::remove_file(&path).unwrap();
    let error = of(&directory, true).err().unwrap();
    assert!(matches!(error, OpenError::NoDataKeys { .. }) && error.is_misconfigured(), "{error}");
    assert!(!path.exists());
    // Where nothing is sealed the root key that is there is taken: a crash came before the data keys.
    let root = fs::read(directory.path().join(ROOT_KEY)).unwrap();
    let seal = of(&directory, false).unwrap();
    assert_eq!(fs::read(directory.path().join(ROOT_KEY)).unwrap(), root);
    assert!(matches!(seal.open(PLACE, &sealed), Err(Unsealed::UnknownKey(_))));
}

#[test]
fn a_file_that_a_crash_left_half_written_is_in_nobodys_way() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["root.key.new", "data.keys.new"] {
        fs::write(directory.path().join(name), "half").unwrap();
        fs::set_permissions(directory.path().join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    of(&directory, false).unwrap().seal(PLACE, b"secret").unwrap();
    let names: Vec<_> = all_of(&directory).into_iter().map(|(name, mode, _)| (name, mode)).collect();
    assert_eq!(names, [("data.keys".to_owned(), 0o600), ("root.key".to_owned(), 0o600)]);
}

#[test]
fn keys_that_cannot_be_written_are_made_when_they_can() {
    let directory = tempfile::tempdir().unwrap();
    let seal = of(&directory, false).unwrap();
    seal.inner.ring.lock().left = 0;
    let (path, away) = (directory.path().join(DATA_KEYS), directory.path().join("away"));
    fs::rename(&path, &away).unwrap();
    // A directory with something in it, whose name no file can take.
    fs::create_dir_all(path.join("x")).unwrap();
    let error = seal.seal(PLACE, b"secret").unwrap_err();
    assert!(matches!(&error, SealError::Io { file, .. } if file.ends_with(DATA_KEYS)), "{error}");
    fs::remove_dir_all(&path).unwrap();
    let sealed = seal.seal(PLACE, b"secret").unwrap();
    assert_eq!(of(&directory, true).unwrap().open(PLACE, &sealed).unwrap().expose(), b"secret");
}

#[test]
fn a_data_key_seals_no_more_than_it_may_over_restarts_too() {
    let directory = tempfile::tempdir().unwrap();
    let seal = of(&directory, false).unwrap();
    let first = seal.seal(PLACE, b"first").unwrap();
    let reserved =
        |seal: &Seal| seal.inner.ring.lock().keys.iter().map(|key| key.reserved).collect::<Vec<_>>();
    assert_eq!(reserved(&seal), [RESERVED_AT_ONCE]);
    let again = of(&directory, true).unwrap();
    assert_eq!(again.seal(PLACE, b"x").unwrap()[..8], first[..8]);
    assert_eq!(reserved(&again), [2 * RESERVED_AT_ONCE], "what the first one may have sealed counts");
    // As after so many more.
    {
        let mut ring = again.inner.ring.lock();
        ring.left = 0;
        ring.keys[0].reserved = SEALED_UNDER_ONE_MAX;
    }
    let later = again.seal(PLACE, b"later").unwrap();
    assert_ne!(later[..8], first[..8], "another key");
    let third = of(&directory, true).unwrap();
    assert_eq!(reserved(&third), [SEALED_UNDER_ONE_MAX, RESERVED_AT_ONCE]);
    assert_eq!(third.open(PLACE, &first).unwrap().expose(), b"first");
    assert_eq!(third.open(PLACE, &later).unwrap().expose(), b"later");
}

#[test]
fn another_root_key_takes_the_place_of_one_and_nothing_is_sealed_anew() {
    let (directory, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let new = RootKey::random().unwrap();
    let file: RootKeySource = key_file(&elsewhere, "new", new.text().expose()).parse().unwrap();
    let opens = |source: &RootKeySource, sealed: &[u8]| {
        let seal = Seal::of_directory(directory.path(), source, true)?;
        assert_eq!(seal.open(PLACE, sealed).unwrap().expose(), b"secret");
        Ok::<Seal, OpenError>(seal)
    };
    let seal = of(&directory, false).unwrap();
    let sealed = seal.seal(PLACE, b"secret").unwrap();
    let old = RootKey::parse(&fs::read_to_string(directory.path().join(ROOT_KEY)).unwrap()).unwrap();
    assert!(matches!(opens(&file, &sealed).err(), Some(OpenError::OtherRootKey { .. })));
    seal.wrap_under([Some(&old), Some(&new)]).unwrap();
    opens(&RootKeySource::Directory, &sealed).unwrap();
    let seal = opens(&file, &sealed).unwrap();
    seal.wrap_under([Some(&new), None]).unwrap();
    opens(&file, &sealed).unwrap();
    assert!(matches!(opens(&RootKeySource::Directory, &sealed).err(), Some(OpenError::OtherRootKey { .. })));
}

#[test]
fn sources_are_written_as_they_are_given_but_for_arguments() {
    for (text, shown) in [
        ("/etc/flumen/root.key", "/etc/flumen/root.key"),
        ("env:FLUMEN_KEY", "env:FLUMEN_KEY"),
        ("command:vault read -token 'my secret'", "command:vault"),
    ] {
        assert_eq!(text.parse::<RootKeySource>().unwrap().to_string(), shown);
    }
    for wrong in ["", " ", "env:", "command:", "command:  ", "command:a 'b", "kms:arn:aws:kms:r:1:key/a"] {
        wrong.parse::<RootKeySource>().unwrap_err();
    }
}

#[test]
fn two_processes_that_make_keys_at_once_have_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let held = files::lock(&directory.path().join(DATA_KEYS)).unwrap().unwrap();
    assert!(matches!(of(&directory, false).err(), Some(OpenError::Busy(_))));
    drop(held);
    let made = std::thread::scope(|scope| {
        let starts = [(); 8].map(|()| {
            scope.spawn(|| {
                loop {
                    match of(&directory, false) {
                        Ok(seal) => return seal,
                        Err(OpenError::Busy(_)) => std::thread::yield_now(),
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        });
        starts.map(|start| start.join().unwrap())
    });
    let seal = of(&directory, true).unwrap();
    for other in made {
        let sealed = other.seal(PLACE, b"secret").unwrap();
        assert_eq!(seal.open(PLACE, &sealed).unwrap().expose(), b"secret");
    }
    assert_eq!(all_of(&directory).len(), 2, "nothing else is left");
}

#[test]
fn each_sealing_is_counted_but_for_those_that_are_rare() {
    let seal = Seal::in_memory().unwrap();
    let left = |seal: &Seal| seal.inner.ring.lock().left;
    seal.seal("a", b"secret").unwrap();
    assert_eq!(left(&seal), RESERVED_AT_ONCE - 1);
    seal.inner.ring.lock().left = 1;
    seal.seal("a", b"secret").unwrap();
    assert_eq!(left(&seal), 0);
    let rare = seal.seal_uncounted("a", b"rare").unwrap();
    assert_eq!(left(&seal), 0);
    assert_eq!(seal.open("a", &rare).unwrap().expose(), b"rare");
    assert!(seal.open("b", &rare).is_err());
    seal.seal("a", b"secret").unwrap();
    assert_eq!(left(&seal), RESERVED_AT_ONCE - 1);
}

#[test]
fn a_data_key_seals_as_often_as_it_may_and_not_once_more() {
    let seal = Seal::in_memory().unwrap();
    let reserve = |reserved: u64| {
        let mut ring = seal.inner.ring.lock();
        ring.keys.last_mut().unwrap().reserved = reserved;
        ring.reserve(None).unwrap();
        (ring.keys.len(), ring.newest().reserved)
    };
    let (max, at_once) = (SEALED_UNDER_ONE_MAX, RESERVED_AT_ONCE);
    assert_eq!(reserve(max - at_once), (1, max));
    assert_eq!(reserve(max - at_once + 1), (2, at_once), "another one is made");
    assert_eq!(reserve(max), (3, at_once));
    assert_eq!(max, 1 << 32, "what is known to be safe with random nonces of 96 bits");
}
