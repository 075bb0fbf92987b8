//! The file of the data keys, wrapped by the root key: `data.keys` in a data directory (`docs/format.md`).

use std::io;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

use crate::root_key::{Id, KEY_BYTES, random};
use crate::{RootKey, files};

/// The name of the file.
pub const DATA_KEYS: &str = "data.keys";

const MAGIC: [u8; 3] = *b"FLK";
const VERSION: u8 = b'1';
const HEADER_BYTES: usize = 16;
/// Identity, key, and how many it may have sealed.
const ENTRY_BYTES: usize = 8 + KEY_BYTES + 8;
pub(crate) const TAG_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;
/// Of root keys that wrap at once: the one that is used, and the one that takes its place.
const ROOTS_MAX: usize = 2;
/// One is begun where another has sealed all that it may, and that takes thousands of starts or billions of secrets.
pub(crate) const KEYS_MAX: usize = 65_536;
const FILE_BYTES_MAX: usize = bytes(ROOTS_MAX, KEYS_MAX);

const fn wrapped_bytes(keys: usize) -> usize {
    8 + NONCE_LEN + keys * ENTRY_BYTES + TAG_BYTES
}

const fn bytes(roots: usize, keys: usize) -> usize {
    HEADER_BYTES + roots * wrapped_bytes(keys) + CHECKSUM_BYTES
}

/// A key that seals.
#[derive(Clone)]
pub(crate) struct DataKey {
    pub id: [u8; 8],
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    pub cipher: Arc<RandomizedNonceKey>,
    /// It may have sealed so many.
    pub reserved: u64,
}

impl DataKey {
    /// `None` if the system provides no random numbers.
    pub fn random() -> Option<DataKey> {
        let mut id = [0; 8];
        id.copy_from_slice(&random()?[..8]);
        DataKey::new(id, random()?, 0)
    }

    fn new(id: [u8; 8], bytes: Zeroizing<[u8; KEY_BYTES]>, reserved: u64) -> Option<DataKey> {
        let cipher = Arc::new(RandomizedNonceKey::new(&AES_256_GCM, &bytes[..]).ok()?);
        Some(DataKey { id, bytes, cipher, reserved })
    }
}

/// What is wrong with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    #[error("is damaged: {0} bytes are not a whole file")]
    Length(usize),
    #[error("is damaged: its checksum is not that of its bytes")]
    Checksum,
    #[error("is damaged: it does not begin as a file of data keys does")]
    Magic,
    #[error("has version {:?}; this program reads version 1", char::from(*.0))]
    Newer(u8),
    #[error("is damaged: what the root key {} has wrapped there was altered", Id(*.0))]
    Altered([u8; 8]),
}

/// Why no keys are read.
pub(crate) enum Unread {
    Damaged(Damaged),
    /// These wrap it.
    OtherRoots(Vec<[u8; 8]>),
}

impl From<Damaged> for Unread {
    fn from(damaged: Damaged) -> Unread {
        Unread::Damaged(damaged)
    }
}

/// `None` where there is no such file.
pub(crate) fn read_file(path: &Path) -> io::Result<Option<Vec<u8>>> {
    files::read(path, FILE_BYTES_MAX)
}

/// Verifies the file of a data directory; `None` where there is none.
pub fn check_data_keys(data_dir: &Path) -> io::Result<Option<Result<usize, Damaged>>> {
    let file = read_file(&data_dir.join(DATA_KEYS))?;
    Ok(file.map(|file| verify_data_keys(&file)))
}

/// What a file of data keys says of itself without a root key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub data_keys: usize,
    /// The ids of the root keys that wrap them: two while one takes the place of another.
    pub roots: Vec<String>,
}

/// The same of what stands in it.
pub fn describe_data_keys(data_dir: &Path) -> io::Result<Option<Result<Described, Damaged>>> {
    let file = read_file(&data_dir.join(DATA_KEYS))?;
    let described = |opened: KeyFile<'_>| Described {
        data_keys: opened.keys,
        roots: opened.roots.iter().map(|wrapped| Id(wrapped.root).to_string()).collect(),
    };
    Ok(file.map(|file| open(&file).map(described)))
}

/// Verifies such a file as far as that goes without the root key. How many data keys it holds.
pub fn verify_data_keys(file: &[u8]) -> Result<usize, Damaged> {
    open(file).map(|file| file.keys)
}

/// A file whose checksum is right.
struct KeyFile<'a> {
    roots: Vec<Wrapped<'a>>,
    keys: usize,
}

struct Wrapped<'a> {
    root: [u8; 8],
    nonce: &'a [u8],
    sealed: &'a [u8],
}

fn open(file: &[u8]) -> Result<KeyFile<'_>, Damaged> {
    let length = Damaged::Length(file.len());
    let (body, checksum) = file.split_last_chunk::<CHECKSUM_BYTES>().ok_or(length)?;
    if file.len() < HEADER_BYTES + CHECKSUM_BYTES {
        return Err(length);
    }
    if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
        return Err(Damaged::Checksum);
    }
    let (magic, rest) = body.split_first_chunk::<4>().ok_or(length)?;
    if magic[..3] != MAGIC {
        return Err(Damaged::Magic);
    }
    if magic[3] != VERSION {
        return Err(Damaged::Newer(magic[3]));
    }
    let (roots, rest) = rest.split_first_chunk().ok_or(length)?;
    let (keys, rest) = rest.split_first_chunk().ok_or(length)?;
    let (zero, mut rest) = rest.split_first_chunk::<4>().ok_or(length)?;
    let number = |bytes: &[u8; 4], max: usize| {
        let number = usize::try_from(u32::from_le_bytes(*bytes)).ok()?;
        (1..=max).contains(&number).then_some(number)
    };
    let (roots, keys) =
        number(roots, ROOTS_MAX).zip(number(keys, KEYS_MAX)).filter(|_| *zero == [0; 4]).ok_or(length)?;
    if file.len() != bytes(roots, keys) {
        return Err(length);
    }
    let mut opened = KeyFile { roots: Vec::with_capacity(roots), keys };
    for _ in 0..roots {
        let wrapped;
        (wrapped, rest) = rest.split_at_checked(wrapped_bytes(keys)).ok_or(length)?;
        let (root, wrapped) = wrapped.split_first_chunk().ok_or(length)?;
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or(length)?;
        opened.roots.push(Wrapped { root: *root, nonce, sealed });
    }
    Ok(opened)
}

/// The keys in a file, the newest one last; at least one.
pub(crate) fn read(file: &[u8], root: &RootKey) -> Result<Vec<DataKey>, Unread> {
    let opened = open(file)?;
    let id = root.id();
    let Some(wrapped) = opened.roots.iter().find(|wrapped| wrapped.root == id) else {
        return Err(Unread::OtherRoots(opened.roots.iter().map(|wrapped| wrapped.root).collect()));
    };
    let altered = Damaged::Altered(id);
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, root.bytes()).map_err(|_| altered)?;
    let nonce = Nonce::try_assume_unique_for_key(wrapped.nonce).map_err(|_| altered)?;
    let mut sealed = Zeroizing::new(wrapped.sealed.to_vec());
    let list = cipher.open_in_place(nonce, aad(id, opened.keys), &mut sealed).map_err(|_| altered)?;
    let keys: Option<Vec<DataKey>> = list.chunks_exact(ENTRY_BYTES).map(read_entry).collect();
    Ok(keys.filter(|keys| !keys.is_empty()).ok_or(altered)?)
}

fn read_entry(entry: &[u8]) -> Option<DataKey> {
    let (id, rest) = entry.split_first_chunk()?;
    let (key, reserved) = rest.split_first_chunk()?;
    DataKey::new(*id, Zeroizing::new(*key), u64::from_le_bytes(reserved.try_into().ok()?))
}

/// The file that holds these keys, wrapped by each of the root keys. `None` if it could not be sealed.
pub(crate) fn write(keys: &[DataKey], roots: &[RootKey]) -> Option<Vec<u8>> {
    let mut file = Vec::with_capacity(bytes(roots.len(), keys.len()));
    file.extend_from_slice(&MAGIC);
    file.push(VERSION);
    file.extend_from_slice(&u32::try_from(roots.len()).ok()?.to_le_bytes());
    file.extend_from_slice(&u32::try_from(keys.len()).ok()?.to_le_bytes());
    file.extend_from_slice(&[0; 4]);
    for root in roots {
        let mut list = Zeroizing::new(Vec::with_capacity(keys.len() * ENTRY_BYTES + TAG_BYTES));
        for key in keys {
            list.extend_from_slice(&key.id);
            list.extend_from_slice(&key.bytes[..]);
            list.extend_from_slice(&key.reserved.to_le_bytes());
        }
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, root.bytes()).ok()?;
        let nonce = cipher.seal_in_place_append_tag(aad(root.id(), keys.len()), &mut *list).ok()?;
        file.extend_from_slice(&root.id());
        file.extend_from_slice(nonce.as_ref());
        file.extend_from_slice(&list);
    }
    let checksum = crc32c::crc32c(&file);
    file.extend_from_slice(&checksum.to_le_bytes());
    Some(file)
}

fn aad(root: [u8; 8], keys: usize) -> Aad<Vec<u8>> {
    Aad::from([&b"flumen data keys 1"[..], &root, &(keys as u64).to_le_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (RootKey, Vec<DataKey>, Vec<u8>) {
        let root = RootKey::random().unwrap();
        let mut keys = vec![DataKey::random().unwrap(), DataKey::random().unwrap()];
        keys[1].reserved = 7;
        let file = write(&keys, std::slice::from_ref(&root)).unwrap();
        (root, keys, file)
    }

    fn refused(file: &[u8], root: &RootKey) -> Damaged {
        match read(file, root) {
            Err(Unread::Damaged(damaged)) => damaged,
            Err(Unread::OtherRoots(_)) => panic!("it is the right root key"),
            Ok(_) => panic!("it was read"),
        }
    }

    fn with_checksum(mut body: Vec<u8>) -> Vec<u8> {
        let checksum = crc32c::crc32c(&body);
        body.extend_from_slice(&checksum.to_le_bytes());
        body
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        let (root, keys, file) = made();
        assert_eq!(file.len(), bytes(1, 2));
        let read = read(&file, &root).ok().unwrap();
        let shown = |keys: &[DataKey]| keys.iter().map(|k| (k.id, *k.bytes, k.reserved)).collect::<Vec<_>>();
        assert_eq!(shown(&read), shown(&keys));
        for key in &keys {
            assert!(!file.windows(8).any(|window| window == &key.bytes[..8]), "a key lies there in clear");
        }
    }

    #[test]
    fn what_is_sealed_is_bound_to_the_root_key_and_to_how_many_keys_there_are() {
        let bound = |root: u8, keys| aad([root; 8], keys).as_ref().to_vec();
        assert_eq!(bound(1, 2), bound(1, 2));
        assert_ne!(bound(1, 2), bound(1, 3));
        assert_ne!(bound(1, 2), bound(2, 2));
    }

    #[test]
    fn the_file_of_a_directory_is_verified_without_a_root_key() {
        let dir = tempfile::tempdir().unwrap();
        assert!(check_data_keys(dir.path()).unwrap().is_none());
        let (root, _, file) = made();
        let path = dir.path().join(DATA_KEYS);
        std::fs::write(&path, &file).unwrap();
        assert_eq!(check_data_keys(dir.path()).unwrap(), Some(Ok(2)));
        let described = Described { data_keys: 2, roots: vec![Id(root.id()).to_string()] };
        assert_eq!(describe_data_keys(dir.path()).unwrap(), Some(Ok(described)));
        std::fs::write(&path, &file[..file.len() - 1]).unwrap();
        assert_eq!(check_data_keys(dir.path()).unwrap(), Some(Err(Damaged::Checksum)));
        std::fs::write(&path, []).unwrap();
        assert_eq!(check_data_keys(dir.path()).unwrap(), Some(Err(Damaged::Length(0))));
    }

    #[test]
    fn every_byte_that_is_lost_or_altered_is_found() {
        let (root, _, file) = made();
        for length in 0..file.len() {
            let damaged = refused(&file[..length], &root);
            assert!(matches!(damaged, Damaged::Length(_) | Damaged::Checksum), "{length}: {damaged}");
        }
        for at in 0..file.len() {
            let mut altered = file.clone();
            altered[at] ^= 1;
            assert_eq!(refused(&altered, &root), Damaged::Checksum, "byte {at}");
        }
    }

    #[test]
    fn what_somebody_altered_with_its_checksum_is_found() {
        let (root, _, file) = made();
        let body = &file[..file.len() - CHECKSUM_BYTES];
        for at in 0..body.len() {
            let mut altered = body.to_vec();
            altered[at] ^= 1;
            let altered = with_checksum(altered);
            match read(&altered, &root) {
                Err(Unread::OtherRoots(_)) => assert!((16..24).contains(&at), "byte {at}"),
                Err(Unread::Damaged(damaged)) => {
                    let expected = match at {
                        0..3 => Damaged::Magic,
                        3 => Damaged::Newer(b'0'),
                        4..16 => Damaged::Length(altered.len()),
                        _ => Damaged::Altered(root.id()),
                    };
                    assert_eq!(damaged, expected, "byte {at}");
                }
                Ok(_) => panic!("byte {at} is not noticed"),
            }
        }
    }

    #[test]
    fn numbers_in_the_file_allocate_nothing() {
        for (roots, keys) in [(0, 1), (1, 0), (3, 1), (1, u32::MAX), (u32::MAX, u32::MAX), (1, 65_537)] {
            let mut body = b"FLK1".to_vec();
            for number in [roots, keys, 0] {
                body.extend_from_slice(&u32::to_le_bytes(number));
            }
            let file = with_checksum(body);
            assert_eq!(refused(&file, &RootKey::random().unwrap()), Damaged::Length(20));
        }
    }

    #[test]
    fn another_root_key_is_told_from_damage() {
        let (root, _, file) = made();
        let Err(Unread::OtherRoots(roots)) = read(&file, &RootKey::random().unwrap()) else {
            panic!("it opens")
        };
        assert_eq!(roots, [root.id()]);
    }
}
