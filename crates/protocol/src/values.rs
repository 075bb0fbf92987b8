//! Values that JSON and CBOR write differently: blobs and times. Source: `docs/kinesis/wire.md#values`
//! and `docs/kinesis/wire.md#type-errors`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64_simd::STANDARD;

use crate::{ErrorCode, Refusal};

/// A point in time, epoch milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Of an unsigned number of milliseconds; what lies further ahead than a timestamp can say is the last one.
    pub fn of_ms(ms: u64) -> Self {
        Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
    }
}

/// A map of texts: tags.
pub type TextMap<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

/// Bytes as they came: base64 is decoded once, by whoever knows where the bytes go.
#[derive(Clone, Debug)]
pub enum Blob<'a> {
    Base64(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

/// A blob is given as text that is not base64. In AWS's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotBase64(String);

impl fmt::Display for NotBase64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotBase64 {}

impl Refusal for NotBase64 {
    type Code = ErrorCode;

    fn code(&self) -> ErrorCode {
        ErrorCode::SerializationException
    }
}

impl<'a> Blob<'a> {
    /// Length of the decoded bytes, without decoding. Exact for proper base64.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Blob::Base64(text) => decoded_len(text.as_bytes()),
            Blob::Bytes(bytes) => bytes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the decoded bytes to `out`; nothing is appended on error.
    #[inline]
    pub fn append_to(&self, out: &mut Vec<u8>) -> Result<(), NotBase64> {
        match self {
            Blob::Bytes(bytes) => out.extend_from_slice(bytes),
            Blob::Base64(text) => {
                let before = out.len();
                if STANDARD.decode_append(text.as_bytes(), out).is_err() {
                    out.truncate(before);
                    return Err(refused(text));
                }
            }
        }
        Ok(())
    }

    /// Whether [`Blob::append_to`] would succeed.
    pub fn check(&self) -> Result<(), NotBase64> {
        match self {
            Blob::Base64(text) if STANDARD.check(text.as_bytes()).is_err() => Err(refused(text)),
            _ => Ok(()),
        }
    }

    /// The decoded bytes, borrowed where they already are bytes.
    pub fn to_bytes(&self) -> Result<Cow<'_, [u8]>, NotBase64> {
        match self {
            Blob::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Blob::Base64(_) => {
                let mut bytes = Vec::with_capacity(self.len());
                self.append_to(&mut bytes)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }
}

fn decoded_len(base64: &[u8]) -> usize {
    let padding = match base64 {
        [.., b'=', b'='] => 2,
        [.., b'='] => 1,
        _ => 0,
    };
    (base64.len() / 4 * 3).saturating_sub(padding)
}

/// AWS's words for what is wrong with the text, the first of them that applies.
#[cold]
fn refused(text: &str) -> NotBase64 {
    let padding = text.len() - text.trim_end_matches('=').len();
    let bad = |&(at, c): &(usize, char)| match c {
        '=' => at < text.len() - padding,
        _ => !(c.is_ascii_alphanumeric() || c == '+' || c == '/'),
    };
    let why = if !text.len().is_multiple_of(4) {
        format!("Base64 encoded length is expected a multiple of 4 bytes but found: {}", text.len())
    } else if let Some((_, c)) = text.char_indices().find(bad) {
        format!("Invalid Base64 character: '{c}'")
    } else {
        "Invalid last non-pad Base64 character dectected".into()
    };
    NotBase64(format!("'{text}' can not be converted to a Blob: {why}"))
}

impl Default for Blob<'_> {
    fn default() -> Self {
        Blob::Bytes(Cow::Borrowed(&[]))
    }
}

impl PartialEq for Blob<'_> {
    /// Equal bytes, in whichever form they came. Text that is no base64 equals only itself.
    fn eq(&self, other: &Self) -> bool {
        match (self.to_bytes(), other.to_bytes()) {
            (Ok(a), Ok(b)) => a == b,
            (Err(a), Err(b)) => a == b,
            _ => false,
        }
    }
}

impl<'a> From<&'a [u8]> for Blob<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Blob::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Blob<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Blob::Bytes(Cow::Owned(bytes))
    }
}
