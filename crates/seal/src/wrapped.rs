//! A root key that a key service has made and wraps: `root.key.kms` in a data directory (`docs/format.md`). It opens with the
//! service alone.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use crate::root_key::random;
use crate::{RootKey, RootKeyError, Secret, files};

/// The name of the file.
pub const WRAPPED_ROOT_KEY: &str = "root.key.kms";

const MAGIC: [u8; 3] = *b"FLW";
const VERSION: u8 = b'1';
const ID_BYTES: usize = 16;
const HEADER_BYTES: usize = 16 + ID_BYTES;
const CHECKSUM_BYTES: usize = 4;
const ARN_BYTES_MAX: usize = 2048;
const KEY_BYTES_MAX: usize = 6144;
const FILE_BYTES_MAX: usize = HEADER_BYTES + ARN_BYTES_MAX + KEY_BYTES_MAX + CHECKSUM_BYTES;

/// A key service elsewhere, and one of its keys: it makes root keys, and opens those that it has wrapped. `directory` is the id of
/// a data directory, to which a wrapped key is bound. Both calls block, for as long as the service may be waited for.
pub trait RootKeyService: Send + Sync + fmt::Debug {
    /// Of its key.
    fn arn(&self) -> &str;

    /// A new key of 32 bytes, and as it is wrapped.
    fn make(&self, directory: &str) -> Result<(Secret, Vec<u8>), ServiceFailed>;

    fn open(&self, directory: &str, wrapped: &[u8]) -> Result<Secret, ServiceFailed>;
}

/// Why a key service has given no root key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ServiceFailed {
    pub text: String,
    /// It was not refused: the same may succeed later.
    pub may_pass: bool,
}

/// What is wrong with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrappedDamaged {
    #[error("is damaged: {0} bytes are not a whole file")]
    Length(usize),
    #[error("is damaged: its checksum is not that of its bytes")]
    Checksum,
    #[error("is damaged: it does not begin as a wrapped root key does")]
    Magic,
    #[error("has version {:?}; this program reads version 1", char::from(*.0))]
    Newer(u8),
    #[error("is damaged: the name of its key is no text")]
    Arn,
}

/// What stands in the file.
struct Wrapped<'f> {
    id: [u8; ID_BYTES],
    arn: &'f str,
    key: &'f [u8],
}

impl<'f> Wrapped<'f> {
    fn parse(file: &'f [u8]) -> Result<Self, WrappedDamaged> {
        let length = WrappedDamaged::Length(file.len());
        let (body, checksum) = file.split_last_chunk::<CHECKSUM_BYTES>().ok_or(length)?;
        let (header, rest) = body.split_first_chunk::<HEADER_BYTES>().ok_or(length)?;
        if file.len() > FILE_BYTES_MAX {
            return Err(length);
        }
        if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
            return Err(WrappedDamaged::Checksum);
        }
        if header[..3] != MAGIC {
            return Err(WrappedDamaged::Magic);
        }
        if header[3] != VERSION {
            return Err(WrappedDamaged::Newer(header[3]));
        }
        let number = |at: usize, max: usize| {
            let bytes = header.get(at..)?.first_chunk()?;
            let number = usize::try_from(u32::from_le_bytes(*bytes)).ok()?;
            (1..=max).contains(&number).then_some(number)
        };
        let (arn_bytes, key_bytes) = number(4, ARN_BYTES_MAX).zip(number(8, KEY_BYTES_MAX)).ok_or(length)?;
        if header[12..16] != [0; 4] || rest.len() != arn_bytes + key_bytes {
            return Err(length);
        }
        let (arn, key) = rest.split_at_checked(arn_bytes).ok_or(length)?;
        let arn = std::str::from_utf8(arn).map_err(|_| WrappedDamaged::Arn)?;
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&header[16..]);
        Ok(Wrapped { id, arn, key })
    }

    /// `None` if a part of it is longer than any service makes it.
    fn bytes(&self) -> Option<Vec<u8>> {
        let number = |bytes: usize, max: usize| {
            u32::try_from(bytes).ok().filter(|_| (1..=max).contains(&bytes)).map(u32::to_le_bytes)
        };
        let arn_bytes = number(self.arn.len(), ARN_BYTES_MAX)?;
        let key_bytes = number(self.key.len(), KEY_BYTES_MAX)?;
        let head = [&MAGIC[..], &[VERSION], &arn_bytes, &key_bytes, &[0; 4], &self.id].concat();
        let mut file = [&head, self.arn.as_bytes(), self.key].concat();
        let checksum = crc32c::crc32c(&file);
        file.extend_from_slice(&checksum.to_le_bytes());
        Some(file)
    }
}

/// Verifies such a file, as far as that goes without the service.
pub fn verify_wrapped_root_key(file: &[u8]) -> Result<(), WrappedDamaged> {
    Wrapped::parse(file).map(drop)
}

/// Verifies that of a data directory; `None` where there is none.
pub fn check_wrapped_root_key(data_dir: &Path) -> io::Result<Option<Result<(), WrappedDamaged>>> {
    let file = files::read(&data_dir.join(WRAPPED_ROOT_KEY), FILE_BYTES_MAX)?;
    Ok(file.map(|file| verify_wrapped_root_key(&file)))
}

/// The root key that the directory has from the service; `None` where it has none. Blocks.
pub(crate) fn read(data_dir: &Path, service: &dyn RootKeyService) -> Result<Option<RootKey>, RootKeyError> {
    let path = data_dir.join(WRAPPED_ROOT_KEY);
    let named = || path.display().to_string();
    let file =
        files::read(&path, FILE_BYTES_MAX).map_err(|error| RootKeyError::File { file: named(), error })?;
    let Some(file) = file else { return Ok(None) };
    let wrapped =
        Wrapped::parse(&file).map_err(|damaged| RootKeyError::Wrapped { file: named(), damaged })?;
    if wrapped.arn != service.arn() {
        let (wanted, found) = (wrapped.arn.to_owned(), service.arn().to_owned());
        return Err(RootKeyError::OtherService { file: named(), wanted, found });
    }
    let opened = service.open(&directory(&wrapped.id), wrapped.key);
    let opened = opened.map_err(|failed| RootKeyError::Service { arn: service.arn().to_owned(), failed })?;
    root_key(&opened, service).map(Some)
}

/// A new root key, and the file that is to be kept of it. Blocks.
pub(crate) fn made(service: &dyn RootKeyService) -> Result<(RootKey, Vec<u8>), RootKeyError> {
    let failed = |text: &str| {
        let failed = ServiceFailed { text: text.to_owned(), may_pass: false };
        RootKeyError::Service { arn: service.arn().to_owned(), failed }
    };
    let random = random().ok_or_else(|| failed("the system provides no random numbers"))?;
    let mut id = [0; ID_BYTES];
    id.copy_from_slice(&random[..ID_BYTES]);
    let made = service.make(&directory(&id));
    let (key, wrapped) =
        made.map_err(|failed| RootKeyError::Service { arn: service.arn().to_owned(), failed })?;
    let file = Wrapped { id, arn: service.arn(), key: &wrapped }.bytes();
    let file = file.ok_or_else(|| failed("what it has wrapped is longer than a data key can be"))?;
    Ok((root_key(&key, service)?, file))
}

fn root_key(key: &Secret, service: &dyn RootKeyService) -> Result<RootKey, RootKeyError> {
    RootKey::of_bytes(key.expose()).ok_or_else(|| {
        let text = format!("it has given {} bytes, where a root key has 32", key.expose().len());
        let failed = ServiceFailed { text, may_pass: false };
        RootKeyError::Service { arn: service.arn().to_owned(), failed }
    })
}

/// Takes the place of what was there; durable on return.
pub(crate) fn write(data_dir: &Path, file: &[u8]) -> io::Result<()> {
    files::write(&data_dir.join(WRAPPED_ROOT_KEY), file)
}

/// It is of no use where another root key wraps, and to nobody without the service.
pub(crate) fn remove(data_dir: &Path) -> io::Result<()> {
    match fs::remove_file(data_dir.join(WRAPPED_ROOT_KEY)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// As the service is told of it: 32 hexadecimal digits.
fn directory(id: &[u8; ID_BYTES]) -> String {
    format!("{:032x}", u128::from_be_bytes(*id))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{OpenError, RootKeySource, Seal};

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/a";

    /// Wraps by naming the directory, and fails as it is told.
    #[derive(Debug)]
    pub struct Service {
        pub arn: String,
        pub failed: Mutex<Option<ServiceFailed>>,
        keys: Mutex<Vec<(String, Vec<u8>)>>,
    }

    impl Service {
        pub fn new(arn: &str) -> Arc<Service> {
            Arc::new(Service { arn: arn.to_owned(), failed: Mutex::default(), keys: Mutex::default() })
        }
    }

    impl RootKeyService for Service {
        fn arn(&self) -> &str {
            &self.arn
        }

        fn make(&self, directory: &str) -> Result<(Secret, Vec<u8>), ServiceFailed> {
            self.failed.lock().unwrap().clone().map_or(Ok(()), Err)?;
            let key = random().unwrap().to_vec();
            let mut keys = self.keys.lock().unwrap();
            keys.push((directory.to_owned(), key.clone()));
            Ok((Secret::new(key), vec![u8::try_from(keys.len()).unwrap(); 184]))
        }

        fn open(&self, directory: &str, wrapped: &[u8]) -> Result<Secret, ServiceFailed> {
            self.failed.lock().unwrap().clone().map_or(Ok(()), Err)?;
            let (of, key) = self.keys.lock().unwrap()[usize::from(wrapped[0]) - 1].clone();
            assert_eq!(of, directory, "what is said when it is opened is what was said when it was made");
            Ok(Secret::new(key))
        }
    }

    fn file() -> Vec<u8> {
        Wrapped { id: [7; ID_BYTES], arn: ARN, key: &[9; 184] }.bytes().unwrap()
    }

    fn with_checksum(body: &[u8]) -> Vec<u8> {
        [body, &crc32c::crc32c(body).to_le_bytes()].concat()
    }

    #[test]
    fn every_byte_that_is_lost_or_altered_is_found() {
        let file = file();
        let Wrapped { id, arn, key } = Wrapped::parse(&file).unwrap();
        assert_eq!((id, arn, key), ([7; ID_BYTES], ARN, &[9; 184][..]));
        assert_eq!(directory(&id), "07".repeat(16));
        for length in 0..file.len() {
            verify_wrapped_root_key(&file[..length]).unwrap_err();
        }
        for at in 0..file.len() {
            let mut altered = file.clone();
            altered[at] ^= 1;
            assert_eq!(verify_wrapped_root_key(&altered), Err(WrappedDamaged::Checksum), "byte {at}");
        }
        let body = &file[..file.len() - CHECKSUM_BYTES];
        let altered = |at: usize, to: &[u8]| {
            let mut body = body.to_vec();
            body[at..at + to.len()].copy_from_slice(to);
            verify_wrapped_root_key(&with_checksum(&body)).unwrap_err()
        };
        let length = WrappedDamaged::Length(file.len());
        assert_eq!(altered(0, b"X"), WrappedDamaged::Magic);
        assert_eq!(altered(3, b"2"), WrappedDamaged::Newer(b'2'));
        for at in [4, 8] {
            for number in [0, 1, u32::MAX] {
                assert_eq!(altered(at, &number.to_le_bytes()), length, "{number} at {at}");
            }
        }
        assert_eq!(altered(12, b"x"), length);
        assert_eq!(altered(HEADER_BYTES, &[0xff]), WrappedDamaged::Arn);
        let long = vec![0; FILE_BYTES_MAX + 1];
        assert_eq!(verify_wrapped_root_key(&long), Err(WrappedDamaged::Length(long.len())));
    }

    #[test]
    fn what_no_service_makes_is_not_written() {
        let bytes = |arn: &str, key: usize| Wrapped { id: [0; ID_BYTES], arn, key: &vec![0; key] }.bytes();
        assert!(bytes(ARN, 6144).is_some());
        assert!(bytes(ARN, 6145).is_none() && bytes(ARN, 0).is_none());
        assert!(bytes(&"a".repeat(2049), 1).is_none());
    }

    #[test]
    fn a_directory_has_its_root_key_from_the_service_at_every_start() {
        let place = tempfile::tempdir().unwrap();
        let (dir, service) = (place.path(), Service::new(ARN));
        let source = RootKeySource::Service(service.clone());
        let open = |is_sealed| Seal::of_directory(dir, &source, is_sealed);
        let fails = |may_pass| {
            *service.failed.lock().unwrap() =
                Some(ServiceFailed { text: "it says why".to_owned(), may_pass });
        };
        // Nothing is there before the key is.
        for may_pass in [true, false] {
            fails(may_pass);
            let error = open(false).unwrap_err();
            assert_eq!(error.to_string(), format!("root key kms:{ARN}: it says why"));
            assert_eq!(error.is_misconfigured(), !may_pass, "what may pass is nobody's mistake");
            assert_eq!(fs::read_dir(dir).unwrap().count(), 0);
        }
        *service.failed.lock().unwrap() = None;
        let sealed = open(false).unwrap().seal("place", b"secret").unwrap();
        let opens = || open(true).map(|seal| seal.open("place", &sealed).unwrap().expose().to_vec());
        assert_eq!(opens().unwrap(), b"secret");
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["data.keys", WRAPPED_ROOT_KEY]);
        assert_eq!(check_wrapped_root_key(dir).unwrap(), Some(Ok(())));

        fails(true);
        assert!(matches!(opens(), Err(OpenError::RootKey(_))));
        *service.failed.lock().unwrap() = None;
        let other = RootKeySource::Service(Service::new("arn:other"));
        let error = Seal::of_directory(dir, &other, true).unwrap_err().to_string();
        let path = dir.join(WRAPPED_ROOT_KEY);
        assert_eq!(error, format!("root key {} is of {ARN}, and arn:other was named", path.display()));
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[1..]).unwrap();
        assert!(opens().unwrap_err().to_string().contains("its checksum is not that of its bytes"));
        fs::remove_file(&path).unwrap();
        assert!(opens().unwrap_err().to_string().contains("there is no"), "{}", opens().unwrap_err());
        fs::write(&path, &whole).unwrap();
        assert_eq!(opens().unwrap(), b"secret");
    }

    /// A start that was cut off between the two files.
    #[test]
    fn a_root_key_that_wraps_nothing_yet_is_used() {
        let place = tempfile::tempdir().unwrap();
        let service = Service::new(ARN);
        let source = RootKeySource::Service(service.clone());
        drop(Seal::of_directory(place.path(), &source, false).unwrap());
        fs::remove_file(place.path().join(crate::DATA_KEYS)).unwrap();
        drop(Seal::of_directory(place.path(), &source, false).unwrap());
        assert_eq!(service.keys.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_file_of_a_directory_is_verified_without_the_service() {
        let dir = tempfile::tempdir().unwrap();
        assert!(check_wrapped_root_key(dir.path()).unwrap().is_none());
        let path = dir.path().join(WRAPPED_ROOT_KEY);
        fs::write(&path, file()).unwrap();
        assert_eq!(check_wrapped_root_key(dir.path()).unwrap(), Some(Ok(())));
        let mut altered = file();
        altered[20] ^= 1;
        fs::write(&path, altered).unwrap();
        assert_eq!(check_wrapped_root_key(dir.path()).unwrap(), Some(Err(WrappedDamaged::Checksum)));
    }

    #[test]
    fn the_longest_that_is_written_is_read() {
        let (arn, key) = ("a".repeat(ARN_BYTES_MAX), vec![9; KEY_BYTES_MAX]);
        let longest = Wrapped { id: [7; ID_BYTES], arn: &arn, key: &key };
        let file = longest.bytes().unwrap();
        assert_eq!(file.len(), FILE_BYTES_MAX);
        assert_eq!(verify_wrapped_root_key(&file), Ok(()));
        let arn = "a".repeat(ARN_BYTES_MAX + 1);
        assert!(Wrapped { arn: &arn, ..longest }.bytes().is_none());
    }

    #[test]
    fn what_is_not_there_is_removed_and_what_cannot_go_is_told() {
        let dir = tempfile::tempdir().unwrap();
        remove(dir.path()).unwrap();
        let path = dir.path().join(WRAPPED_ROOT_KEY);
        fs::write(&path, file()).unwrap();
        remove(dir.path()).unwrap();
        assert!(!path.exists());
        fs::create_dir(&path).unwrap();
        remove(dir.path()).unwrap_err();
    }
}
