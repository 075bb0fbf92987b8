//! The file of one object in a data directory (`docs/format.md`): a head that says what it is, and its content. Both are
//! sealed for the object's bucket and key, so that a file under another name opens nowhere.
//!
//! ```text
//! magic FLO1 4 | bytes of the head 4 | bytes of the content 8 | sealed head | sealed content | CRC-32C 4
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use flumen_seal::{Seal, SealError, Unsealed};
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::Object;
use super::files;
use crate::hex;

pub(crate) const SUFFIX: &str = ".sealed";
/// Of a compressed file; CloudTrail's have 50 MB.
pub(crate) const CONTENT_BYTES_MAX: usize = 128 << 20;
const HEAD_BYTES_MAX: usize = 64 << 10;
const FRONT_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;
pub(crate) const FILE_BYTES_MAX: u64 = (CONTENT_BYTES_MAX + HEAD_BYTES_MAX + 4096) as u64;
const MAGIC: [u8; 3] = *b"FLO";
const VERSION: u8 = b'1';

/// What stands in the head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    pub modified_ms: u64,
    /// Of the content.
    pub bytes: u64,
    /// Of the content, in hex.
    pub md5: String,
    pub metadata: BTreeMap<String, String>,
}

impl Head {
    pub fn of(object: &Object) -> Head {
        Head {
            modified_ms: object.modified_ms,
            bytes: object.content.len() as u64,
            md5: hex(&Md5::digest(&object.content)),
            metadata: object.metadata.clone(),
        }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    #[error("is cut off or too long: it has {0} bytes")]
    Length(u64),
    #[error("does not begin as a sealed object does")]
    Magic,
    #[error("has version {:?}; this program reads version 1", char::from(*.0))]
    Newer(u8),
    #[error("has changed: its checksum is not that of its bytes")]
    Checksum,
    #[error("does not open: it was changed, put here from another place, or sealed with other keys ({0})")]
    Sealed(Unsealed),
    #[error("has a head that cannot be read, or is that of another content")]
    Head,
}

fn head_context(bucket: &str, key: &str) -> String {
    format!("audit-head/{bucket}/{key}")
}

fn context(bucket: &str, key: &str) -> String {
    format!("audit/{bucket}/{key}")
}

/// The parts of the file.
pub(crate) fn write(
    seal: &Seal,
    bucket: &str,
    key: &str,
    object: &Object,
) -> Result<[Vec<u8>; 4], SealError> {
    let head = serde_json::to_vec(&Head::of(object)).expect("a head has string keys and is in memory");
    let head = seal.seal(&head_context(bucket, key), &head)?;
    let content = seal.seal(&context(bucket, key), &object.content)?;
    let mut front = Vec::with_capacity(FRONT_BYTES);
    front.extend_from_slice(&MAGIC);
    front.push(VERSION);
    front.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes());
    front.extend_from_slice(&(content.len() as u64).to_le_bytes());
    let mut checksum = crc32c::crc32c(&front);
    checksum = crc32c::crc32c_append(checksum, &head);
    checksum = crc32c::crc32c_append(checksum, &content);
    Ok([front, head, content, checksum.to_le_bytes().to_vec()])
}

/// How many bytes head and content have.
fn front(bytes: &[u8]) -> Result<(usize, usize), Damaged> {
    let length = || Damaged::Length(bytes.len() as u64);
    let (magic, rest) = bytes.split_first_chunk::<4>().ok_or_else(length)?;
    if magic[..3] != MAGIC {
        return Err(Damaged::Magic);
    }
    if magic[3] != VERSION {
        return Err(Damaged::Newer(magic[3]));
    }
    let (head, rest) = rest.split_first_chunk().ok_or_else(length)?;
    let (content, _) = rest.split_first_chunk().ok_or_else(length)?;
    let head = usize::try_from(u32::from_le_bytes(*head)).ok().filter(|head| *head <= HEAD_BYTES_MAX);
    let content = usize::try_from(u64::from_le_bytes(*content))
        .ok()
        .filter(|content| *content <= CONTENT_BYTES_MAX + 4096);
    head.zip(content).ok_or_else(length)
}

/// Head and content, sealed, of a file whose checksum is right.
fn parts(file: &[u8]) -> Result<(&[u8], &[u8]), Damaged> {
    let (head, content) = front(file)?;
    if file.len() != FRONT_BYTES + head + content + CHECKSUM_BYTES {
        return Err(Damaged::Length(file.len() as u64));
    }
    let (body, checksum) =
        file.split_last_chunk::<CHECKSUM_BYTES>().ok_or(Damaged::Length(file.len() as u64))?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
        return Err(Damaged::Checksum);
    }
    Ok(body[FRONT_BYTES..].split_at(head))
}

/// As far as that goes without keys.
pub(crate) fn check(file: &[u8]) -> Result<(), Damaged> {
    parts(file).map(drop)
}

fn open_head(seal: &Seal, bucket: &str, key: &str, sealed: &[u8]) -> Result<Head, Damaged> {
    let head = seal.open(&head_context(bucket, key), sealed).map_err(Damaged::Sealed)?;
    serde_json::from_slice(head.expose()).map_err(|_| Damaged::Head)
}

pub(crate) fn read(seal: &Seal, bucket: &str, key: &str, file: &[u8]) -> Result<Object, Damaged> {
    let (head, content) = parts(file)?;
    let head = open_head(seal, bucket, key, head)?;
    let content = seal.open(&context(bucket, key), content).map_err(Damaged::Sealed)?.expose().to_vec();
    let object = Object { content, metadata: head.metadata.clone(), modified_ms: head.modified_ms };
    // Each was sealed for this place, but maybe one today and the other one before.
    if Head::of(&object) == head { Ok(object) } else { Err(Damaged::Head) }
}

/// The head alone, of a file that is as long as it says.
pub(crate) fn read_head(
    seal: &Seal,
    bucket: &str,
    key: &str,
    path: &Path,
) -> io::Result<Option<Result<Head, Damaged>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(4096);
    file.take((FRONT_BYTES + HEAD_BYTES_MAX) as u64).read_to_end(&mut bytes)?;
    let head = || {
        let (head, content) = front(&bytes)?;
        let whole = (FRONT_BYTES + head + content + CHECKSUM_BYTES) as u64;
        let sealed = bytes.get(FRONT_BYTES..FRONT_BYTES + head).filter(|_| whole == length);
        open_head(seal, bucket, key, sealed.ok_or(Damaged::Length(length))?)
    };
    Ok(Some(head()))
}

/// A small file of Flumen's own beside the objects.
pub(crate) fn read_own(seal: &Seal, context: &str, path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some(sealed) = files::read(path, HEAD_BYTES_MAX as u64)? else { return Ok(None) };
    let opened = seal.open(context, &sealed);
    opened.map(|opened| Some(opened.expose().to_vec())).map_err(io::Error::other)
}
