//! Another root key in the place of the one that wraps: nothing that is sealed changes.
//!
//! First both wrap, then the new one is where it will be read from, then it alone wraps. Whenever that ends in between, the next
//! start finds what it needs, and whoever does it again begins anew.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::root_key::Id;
use crate::source::{self, MadeRoot, ROOT_KEY};
use crate::wrapped::{self, WRAPPED_ROOT_KEY};
use crate::{RootKeyError, RootKeySource, Seal, SealError};

/// What has changed: root keys by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    pub from: String,
    pub to: String,
}

/// Why no other root key is in the place of the one that is there. Where writing failed the old one is good still.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    #[error("{0} gives no root key")]
    NoRootKey(String),
    #[error("{source_name} gives root key {id}, which is in use already")]
    Same { source_name: String, id: String },
    #[error("the system provides no random numbers for a key")]
    NoRandom,
    #[error(transparent)]
    Write(#[from] SealError),
    #[error("{file}: {error}")]
    Io { file: String, error: io::Error },
}

impl Seal {
    /// Of a directory whose keys were opened with what `from` gives, and that nobody else has. `to` says where the new root key
    /// comes from; what lies in the directory itself, or is a key service's, is made anew. Blocks.
    ///
    /// # Errors
    /// Where one of the two is not to be had, both are the same, or something cannot be written.
    pub fn rotate_root(
        &self,
        directory: &Path,
        from: &RootKeySource,
        to: &RootKeySource,
    ) -> Result<Rotated, RotateError> {
        let given = |source: &RootKeySource| {
            source.read(directory)?.ok_or_else(|| RotateError::NoRootKey(source.to_string()))
        };
        let old = given(from)?;
        let made = match to.is_made_there() {
            true => Some(MadeRoot::of(to)?.ok_or(RotateError::NoRandom)?),
            false => None,
        };
        let new = match &made {
            Some(made) => made.key.clone(),
            None => given(to)?,
        };
        let rotated = Rotated { from: Id(old.id()).to_string(), to: Id(new.id()).to_string() };
        if rotated.from == rotated.to {
            return Err(RotateError::Same { source_name: to.to_string(), id: rotated.to });
        }
        let at = |name: &str| {
            let file = directory.join(name).display().to_string();
            move |error| RotateError::Io { file, error }
        };
        self.wrap_under([Some(&old), Some(&new)])?;
        if let Some(made) = &made {
            made.write(directory).map_err(at(to.file_name()))?;
        }
        self.wrap_under([Some(&new), None])?;
        // What lies there opens nothing here any more, and copies that were made before it opens still.
        match (from, to) {
            (RootKeySource::Directory, RootKeySource::Directory)
            | (RootKeySource::Service(_), RootKeySource::Service(_)) => {}
            (RootKeySource::Directory, _) => overwrite(&directory.join(ROOT_KEY)).map_err(at(ROOT_KEY))?,
            (RootKeySource::Service(_), _) => wrapped::remove(directory).map_err(at(WRAPPED_ROOT_KEY))?,
            _ => {}
        }
        Ok(rotated)
    }
}

/// And removes.
fn overwrite(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let bytes = usize::try_from(file.metadata()?.len()).unwrap_or_default().min(source::TEXT_BYTES_MAX);
    file.write_all(&vec![0; bytes])?;
    file.sync_all()?;
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wrapped::tests::Service;
    use crate::{DATA_KEYS, RootKey, ServiceFailed, describe_data_keys};

    const PLACE: &str = "test/place";

    fn opened(directory: &Path, source: &RootKeySource) -> Seal {
        Seal::of_directory(directory, source, true).unwrap()
    }

    fn secret_opens(directory: &Path, source: &RootKeySource, sealed: &[u8]) -> bool {
        let seal = Seal::of_directory(directory, source, true);
        seal.is_ok_and(|seal| seal.open(PLACE, sealed).is_ok_and(|secret| secret.expose() == b"secret"))
    }

    #[test]
    fn what_is_sealed_opens_with_the_new_root_key_and_not_with_the_old_one() {
        let (directory, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (directory, own) = (directory.path(), RootKeySource::Directory);
        let sealed = Seal::of_directory(directory, &own, false).unwrap().seal(PLACE, b"secret").unwrap();
        let before = fs::read_to_string(directory.join(ROOT_KEY)).unwrap();
        let rotated = opened(directory, &own).rotate_root(directory, &own, &own).unwrap();
        assert_ne!(rotated.from, rotated.to);
        assert_ne!(fs::read_to_string(directory.join(ROOT_KEY)).unwrap(), before);
        assert!(secret_opens(directory, &own, &sealed));
        assert_eq!(describe_data_keys(directory).unwrap().unwrap().unwrap().roots, [&*rotated.to]);
        let kept = elsewhere.path().join("old");
        fs::write(&kept, &before).unwrap();
        let kept = RootKeySource::File(kept);
        assert!(!secret_opens(directory, &kept, &sealed));
        // To another place, from where the one in the directory goes, and back.
        let new = elsewhere.path().join("new");
        fs::write(&new, RootKey::random().unwrap().text().expose()).unwrap();
        let new = RootKeySource::File(new);
        opened(directory, &own).rotate_root(directory, &own, &new).unwrap();
        assert!(secret_opens(directory, &new, &sealed) && !directory.join(ROOT_KEY).exists());
        let same = opened(directory, &new).rotate_root(directory, &new, &new);
        assert!(matches!(same, Err(RotateError::Same { .. })));
        opened(directory, &new).rotate_root(directory, &new, &own).unwrap();
        assert!(secret_opens(directory, &own, &sealed) && !secret_opens(directory, &new, &sealed));
    }

    /// What is there after each step, as one leaves it who is cut off then.
    #[test]
    fn whoever_is_cut_off_leaves_a_directory_that_opens_and_can_do_it_again() {
        for step in 0..3 {
            let directory = tempfile::tempdir().unwrap();
            let (directory, own) = (directory.path(), RootKeySource::Directory);
            let seal = Seal::of_directory(directory, &own, false).unwrap();
            let sealed = seal.seal(PLACE, b"secret").unwrap();
            let old = own.read(directory).unwrap().unwrap();
            let new = MadeRoot::of(&own).unwrap().unwrap();
            if step > 0 {
                seal.wrap_under([Some(&old), Some(&new.key)]).unwrap();
            }
            if step > 1 {
                new.write(directory).unwrap();
            }
            assert!(secret_opens(directory, &own, &sealed), "step {step}");
            opened(directory, &own).rotate_root(directory, &own, &own).unwrap();
            assert!(secret_opens(directory, &own, &sealed), "step {step}, again");
            assert_eq!(describe_data_keys(directory).unwrap().unwrap().unwrap().roots.len(), 1);
        }
    }

    #[test]
    fn a_key_service_takes_the_place_of_a_file_and_gives_it_back() {
        let directory = tempfile::tempdir().unwrap();
        let (directory, own) = (directory.path(), RootKeySource::Directory);
        let sealed = Seal::of_directory(directory, &own, false).unwrap().seal(PLACE, b"secret").unwrap();
        let services = ["arn:a", "arn:b"].map(Service::new);
        let [a, b] = services.each_ref().map(|service| RootKeySource::Service(service.clone()));
        let has = |name: &str| directory.join(name).exists();
        // One that refuses changes nothing.
        let failed = ServiceFailed { text: "no".to_owned(), may_pass: false };
        *services[0].failed.lock().unwrap() = Some(failed);
        let refused = opened(directory, &own).rotate_root(directory, &own, &a);
        assert!(matches!(refused, Err(RotateError::RootKey(_))) && !has(WRAPPED_ROOT_KEY));
        assert_eq!(describe_data_keys(directory).unwrap().unwrap().unwrap().roots.len(), 1);
        *services[0].failed.lock().unwrap() = None;

        let to_a = opened(directory, &own).rotate_root(directory, &own, &a).unwrap();
        assert!(secret_opens(directory, &a, &sealed) && !has(ROOT_KEY) && has(WRAPPED_ROOT_KEY));
        // Another data key of the same key, and then of another.
        let anew = opened(directory, &a).rotate_root(directory, &a, &a).unwrap();
        assert_eq!(to_a.to, anew.from);
        assert!(secret_opens(directory, &a, &sealed));
        opened(directory, &a).rotate_root(directory, &a, &b).unwrap();
        assert!(secret_opens(directory, &b, &sealed) && !secret_opens(directory, &a, &sealed));
        opened(directory, &b).rotate_root(directory, &b, &own).unwrap();
        assert!(secret_opens(directory, &own, &sealed) && has(ROOT_KEY) && !has(WRAPPED_ROOT_KEY));
    }

    /// What is there after each step towards a service, as one leaves it who is cut off then.
    #[test]
    fn whoever_is_cut_off_on_the_way_to_a_service_can_do_it_again() {
        for step in 0..3 {
            let directory = tempfile::tempdir().unwrap();
            let (directory, own) = (directory.path(), RootKeySource::Directory);
            let seal = Seal::of_directory(directory, &own, false).unwrap();
            let sealed = seal.seal(PLACE, b"secret").unwrap();
            let old = own.read(directory).unwrap().unwrap();
            let service = RootKeySource::Service(Service::new("arn:a"));
            let new = MadeRoot::of(&service).unwrap().unwrap();
            if step > 0 {
                seal.wrap_under([Some(&old), Some(&new.key)]).unwrap();
            }
            if step > 1 {
                new.write(directory).unwrap();
                assert!(secret_opens(directory, &service, &sealed));
            }
            assert!(secret_opens(directory, &own, &sealed), "step {step}");
            opened(directory, &own).rotate_root(directory, &own, &service).unwrap();
            assert!(secret_opens(directory, &service, &sealed), "step {step}, again");
            assert_eq!(describe_data_keys(directory).unwrap().unwrap().unwrap().roots.len(), 1);
        }
    }

    #[test]
    fn where_nothing_can_be_written_the_old_root_key_is_good() {
        let directory = tempfile::tempdir().unwrap();
        let (directory, own) = (directory.path(), RootKeySource::Directory);
        let seal = Seal::of_directory(directory, &own, false).unwrap();
        let sealed = seal.seal(PLACE, b"secret").unwrap();
        // A directory with something in it, whose name no file can take.
        let blocked = directory.join(format!("{DATA_KEYS}.new"));
        fs::create_dir_all(blocked.join("x")).unwrap();
        assert!(matches!(seal.rotate_root(directory, &own, &own), Err(RotateError::Write(_))));
        fs::remove_dir_all(&blocked).unwrap();
        let blocked = directory.join(format!("{ROOT_KEY}.new"));
        fs::create_dir_all(blocked.join("x")).unwrap();
        assert!(matches!(seal.rotate_root(directory, &own, &own), Err(RotateError::Io { .. })));
        assert!(secret_opens(directory, &own, &sealed));
    }
}
