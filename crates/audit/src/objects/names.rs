//! Names of files for buckets and keys, which callers choose: whatever these are, each object has a path of its own below
//! the directory, and none leads out of it. `docs/format.md` has the rules.

use std::path::{Path, PathBuf};

/// Of a part of a path, so that what is put before and behind it fits into the 255 that file systems have.
const PART_BYTES_MAX: usize = 240;
/// Stands for a part without characters.
const EMPTY: &str = "%_";
/// Ends the name of a folder in which the part goes on.
const GOES_ON: char = '%';

/// Beside the buckets' folders.
pub(crate) const PUBLIC_KEYS: &str = "public-keys.json";
const RETENTION: &str = "retention";

/// The file that says what retention has removed.
pub(crate) fn retention(root: &Path, suffix: &str) -> PathBuf {
    root.join(format!("{RETENTION}{}", if suffix.is_empty() { ".json" } else { suffix }))
}

fn push_escaped(text: &mut String, c: char) {
    text.push_str(&format!("%{:02X}", c as u32));
}

/// A part as it is written. A folder's does not end as a file's would, in `suffix`.
fn encoded(part: &str, suffix: &str) -> String {
    if part.is_empty() {
        return EMPTY.to_owned();
    }
    let mut text = String::with_capacity(part.len());
    let mut before = '.';
    for (at, c) in part.char_indices() {
        // What begins with a dot is not whole yet, wherever a long part is cut.
        let is_dot = c == '.' && (before == '.' || !suffix.is_empty() && &part[at..] == suffix);
        if c.is_ascii_control() || c == '%' || is_dot {
            push_escaped(&mut text, c)
        } else {
            text.push(c)
        }
        before = c;
    }
    text
}

/// What is written so; nothing if nothing is. Of a part that could be written in another way too it is not the business
/// of this function to say which one is right.
fn decoded(name: &str) -> Option<String> {
    if name == EMPTY {
        return Some(String::new());
    }
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, escaped)) = rest.split_once('%') {
        let digits = escaped.get(..2)?;
        text.push_str(plain);
        text.push(char::from(u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii)?));
        rest = &escaped[2..];
    }
    text.push_str(rest);
    Some(text)
}

/// Appends a part, as several names where it is long.
fn push(path: &mut PathBuf, mut name: &str) {
    while name.len() > PART_BYTES_MAX {
        let bytes = name.as_bytes();
        let mut end = PART_BYTES_MAX;
        while !name.is_char_boundary(end) || bytes[end - 2..end].contains(&b'%') || bytes[end] == b'.' {
            end -= 1;
        }
        path.push(format!("{}{GOES_ON}", &name[..end]));
        name = &name[end..];
    }
    path.push(name);
}

/// The bucket's folder.
pub(crate) fn of_bucket(root: &Path, bucket: &str, suffix: &str) -> PathBuf {
    let mut name = encoded(bucket, suffix);
    if name == PUBLIC_KEYS || name.starts_with(RETENTION) {
        let first = name.remove(0);
        let mut escaped = String::new();
        push_escaped(&mut escaped, first);
        name.insert_str(0, &escaped);
    }
    let mut path = root.to_owned();
    push(&mut path, &name);
    path
}

/// The object's file, whose name ends in `suffix`.
pub(crate) fn of_object(root: &Path, bucket: &str, key: &str, suffix: &str) -> PathBuf {
    let mut path = of_bucket(root, bucket, suffix);
    let (folders, file) = key.rsplit_once('/').map_or((None, key), |(folders, file)| (Some(folders), file));
    for part in folders.into_iter().flat_map(|folders| folders.split('/')) {
        push(&mut path, &encoded(part, suffix));
    }
    push(&mut path, &encoded(file, ""));
    let mut name = path.file_name().map(ToOwned::to_owned).unwrap_or_default();
    name.push(suffix);
    path.set_file_name(name);
    path
}

/// What is in a folder, by the part of a key that it stands for.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    /// With a slash at the end if it is a folder's, so that their order is that of the keys.
    pub part: String,
    /// A key may end with a slash too.
    pub is_folder: bool,
    pub path: PathBuf,
}

/// Appends what is in a folder, and in the folders in which long names go on. What has no name of ours is put aside.
pub(crate) fn within(
    folder: &Path,
    suffix: &str,
    found: &mut Vec<Named>,
    strangers: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    from(folder, "", suffix, found, strangers)
}

fn from(
    folder: &Path,
    begun: &str,
    suffix: &str,
    found: &mut Vec<Named>,
    strangers: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        // Retention has removed it meanwhile.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str() else {
            strangers.push(path);
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let kind = match entry.file_type() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            kind => kind?,
        };
        if kind.is_dir()
            && let Some(name) = name.strip_suffix(GOES_ON)
        {
            from(&path, &format!("{begun}{name}"), suffix, found, strangers)?;
            continue;
        }
        let part = match kind.is_dir() {
            true => decoded(&format!("{begun}{name}")).map(|part| format!("{part}/")),
            false if kind.is_file() => {
                name.strip_suffix(suffix).and_then(|name| decoded(&format!("{begun}{name}")))
            }
            false => None,
        };
        match part {
            Some(part) => found.push(Named { part, is_folder: kind.is_dir(), path }),
            None => strangers.push(path),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn shown(key: &str) -> String {
        of_object(Path::new("d"), "b", key, ".sealed").display().to_string()
    }

    #[test]
    fn names_are_the_keys_own_but_for_what_is_special() {
        for (key, path) in [
            ("AWSLogs/1/CloudTrail/x_Z.json.gz", "d/b/AWSLogs/1/CloudTrail/x_Z.json.gz.sealed"),
            ("../..", "d/b/%2E%2E/%2E%2E.sealed"),
            ("/a//b/", "d/b/%_/a/%_/b/%_.sealed"),
            ("a.sealed/.b", "d/b/a%2Esealed/%2Eb.sealed"),
            ("a%2E\n\0ü", "d/b/a%252E%0A%00ü.sealed"),
        ] {
            assert_eq!(shown(key), path);
        }
        for (bucket, path) in [
            ("public-keys.json", "d/%70ublic-keys.json"),
            ("retention.sealed", "d/%72etention%2Esealed"),
            ("..", "d/%2E%2E"),
        ] {
            assert_eq!(of_bucket(Path::new("d"), bucket, ".sealed").display().to_string(), path);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn every_key_has_a_file_of_its_own_and_is_found_by_it(
            keys in proptest::collection::btree_set("([a-b.%/!ü~]|\\.sealed|[a.ü%]{120,150}){1,5}", 1..8),
        ) {
            let directory = tempfile::tempdir().unwrap();
            let root = directory.path();
            for key in &keys {
                let path = of_object(root, "b", key, ".sealed");
                for part in path.strip_prefix(root).unwrap().components() {
                    prop_assert!(matches!(part, std::path::Component::Normal(name) if name.len() <= 250));
                }
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                prop_assert!(!path.exists());
                fs::write(path, "").unwrap();
            }
            let mut found = Vec::new();
            all(&root.join("b"), "", &mut found);
            prop_assert_eq!(found, keys.into_iter().collect::<Vec<_>>());
        }
    }

    fn all(folder: &Path, at: &str, keys: &mut Vec<String>) {
        let (mut found, mut strangers) = (Vec::new(), Vec::new());
        within(folder, ".sealed", &mut found, &mut strangers).unwrap();
        assert!(strangers.is_empty());
        found.sort();
        for Named { part, is_folder, path } in found {
            let full = format!("{at}{part}");
            if is_folder { all(&path, &full, keys) } else { keys.push(full) }
        }
    }
}
