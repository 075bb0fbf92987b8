//! Headers of both versions of the format, as they are written and read. Nothing here is verified: a header is one whose fields are
//! where they should be.

use aws_lc_rs::aead::NONCE_LEN;

use crate::Suite;
use crate::context::Context;

pub(crate) const TAG_BYTES: usize = 16;
pub(crate) const COMMITMENT_BYTES: usize = 32;
/// A longer header is not waited for: 65535 encrypted data keys of the greatest lengths would be 12 GB.
pub(crate) const HEADER_BYTES_MAX: usize = 1024 * 1024;

const VERSION_1: u8 = 1;
const VERSION_2: u8 = 2;
/// Of version 1: encrypted and authenticated data.
const TYPE: u8 = 0x80;
const RESERVED: [u8; 4] = [0; 4];
const SINGLE_BLOCK: u8 = 1;
const FRAMED: u8 = 2;

/// A data key as one key has encrypted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EncryptedDataKey {
    /// Which kind of key, `aws-kms` or the namespace of a raw one.
    pub provider: String,
    /// Which key of these.
    pub info: Vec<u8>,
    pub ciphertext: Vec<u8>,
}

/// The same where it stands in a header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DataKeyEntry<'m> {
    pub provider: &'m [u8],
    pub info: &'m [u8],
    pub ciphertext: &'m [u8],
}

/// How a message's body is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In frames of so many bytes, of which the last one may have fewer.
    Framed(u32),
    SingleBlock,
}

/// A header where it stands in a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'m> {
    pub suite: Suite,
    pub message_id: &'m [u8],
    /// The context and the encrypted data keys: the same in messages under one data key.
    pub key_fields: &'m [u8],
    pub context: &'m [u8],
    data_keys: &'m [u8],
    pub layout: Layout,
    pub commitment: Option<&'m [u8; COMMITMENT_BYTES]>,
    /// What the tag is of.
    pub authenticated: &'m [u8],
    pub iv: [u8; NONCE_LEN],
    pub tag: &'m [u8; TAG_BYTES],
    /// The whole header's.
    pub length: usize,
}

/// Why bytes do not begin with a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("it begins with {0:#04x}; messages begin with 0x01 or 0x02")]
    Version(u8),
    #[error("its type is {0:#04x}; the type of messages is 0x80")]
    Type(u8),
    #[error("there is no algorithm suite {0:#06x} of its version")]
    Suite(u16),
    #[error("its encryption context is malformed")]
    Context,
    #[error("it has no encrypted data key")]
    NoDataKeys,
    #[error("it has {found} encrypted data keys; the maximum is {most}")]
    DataKeys { found: usize, most: usize },
    #[error("the type of its body is {0:#04x}; it must be 0x01 or 0x02")]
    ContentType(u8),
    #[error("its reserved bytes are not zero")]
    Reserved,
    #[error("its nonces have {0} bytes; those of its algorithm suite have 12")]
    NonceBytes(u8),
    #[error("its frames have {0} bytes, which does not match the type of its body")]
    FrameBytes(u32),
    #[error("it ends within its header")]
    Truncated,
    #[error("its header is longer than {HEADER_BYTES_MAX} bytes")]
    TooLong,
}

/// Why there is no header yet.
#[derive(Debug)]
pub(crate) enum NoHeader {
    /// It is longer: at least so many bytes have to be there.
    Needs(usize),
    Wrong(HeaderError),
}

impl From<HeaderError> for NoHeader {
    fn from(error: HeaderError) -> Self {
        NoHeader::Wrong(error)
    }
}

impl<'m> Header<'m> {
    /// Of a message that has `data_keys_max` encrypted data keys at most.
    pub fn parse(message: &'m [u8], data_keys_max: usize) -> Result<Header<'m>, NoHeader> {
        let mut from = Cursor { message, at: 0 };
        let version = from.byte()?;
        match version {
            VERSION_1 => match from.byte()? {
                TYPE => {}
                other => return Err(HeaderError::Type(other).into()),
            },
            VERSION_2 => {}
            other => return Err(HeaderError::Version(other).into()),
        }
        let id = from.number()?;
        let suite = Suite::of_id(id).filter(|suite| suite.is_committing() == (version == VERSION_2));
        let suite = suite.ok_or(HeaderError::Suite(id))?;
        let message_id = from.take(message_id_bytes(suite))?;
        let fields = from.at;
        let context = from.counted()?;
        let entries = from.data_keys(data_keys_max)?;
        let key_fields = &message[fields..from.at];
        let data_keys = &message[entries..from.at];
        let content_type = from.byte()?;
        if version == VERSION_1 {
            if from.take(RESERVED.len())? != RESERVED {
                return Err(HeaderError::Reserved.into());
            }
            match usize::from(from.byte()?) {
                NONCE_LEN => {}
                other => return Err(HeaderError::NonceBytes(other as u8).into()),
            }
        }
        let frame_bytes = u32::from_be_bytes(*from.array()?);
        let layout = match (content_type, frame_bytes) {
            (SINGLE_BLOCK, 0) => Layout::SingleBlock,
            (FRAMED, 1..) => Layout::Framed(frame_bytes),
            (SINGLE_BLOCK | FRAMED, _) => return Err(HeaderError::FrameBytes(frame_bytes).into()),
            (other, _) => return Err(HeaderError::ContentType(other).into()),
        };
        let commitment = if suite.is_committing() { Some(from.array()?) } else { None };
        let authenticated = &message[..from.at];
        let iv = if version == VERSION_1 { *from.array()? } else { [0; NONCE_LEN] };
        let tag = from.array()?;
        let length = from.at;
        Ok(Header {
            suite,
            message_id,
            key_fields,
            context,
            data_keys,
            layout,
            commitment,
            authenticated,
            iv,
            tag,
            length,
        })
    }

    pub fn data_keys(&self) -> impl Iterator<Item = DataKeyEntry<'m>> + use<'m> {
        let mut from = Cursor { message: self.data_keys, at: 0 };
        // They were walked once.
        std::iter::from_fn(move || from.data_key().ok())
    }
}

/// What is the same in all headers under one data key; the message's id and its commitment stand between.
pub(crate) struct Template {
    suite: Suite,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// A part of a header that is longer than its number can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the header has {0} bytes or entries; the maximum is 65535")]
pub struct TooLongForHeader(usize);

impl Template {
    pub fn new(
        suite: Suite,
        stored: &Context,
        data_keys: &[EncryptedDataKey],
        frame_bytes: u32,
    ) -> Result<Self, TooLongForHeader> {
        let mut before = match suite.is_committing() {
            true => vec![VERSION_2],
            false => vec![VERSION_1, TYPE],
        };
        before.extend_from_slice(&suite.id().to_be_bytes());
        let mut after = Vec::new();
        put_counted(&mut after, stored.bytes())?;
        after.extend_from_slice(&short(data_keys.len())?);
        for key in data_keys {
            put_counted(&mut after, key.provider.as_bytes())?;
            put_counted(&mut after, &key.info)?;
            put_counted(&mut after, &key.ciphertext)?;
        }
        after.push(FRAMED);
        if !suite.is_committing() {
            after.extend_from_slice(&RESERVED);
            after.push(NONCE_LEN as u8);
        }
        after.extend_from_slice(&frame_bytes.to_be_bytes());
        Ok(Template { suite, before, after })
    }

    /// Of the whole header.
    pub fn length(&self) -> usize {
        let (id, tag) = (message_id_bytes(self.suite), TAG_BYTES);
        // A nonce stands in the first version, a commitment in the second.
        let varying = if self.suite.is_committing() { COMMITMENT_BYTES } else { NONCE_LEN };
        self.before.len() + id + self.after.len() + varying + tag
    }

    /// What the tag is of.
    pub fn write(&self, message_id: &[u8], commitment: Option<&[u8; COMMITMENT_BYTES]>, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.before);
        to.extend_from_slice(message_id);
        to.extend_from_slice(&self.after);
        if let Some(commitment) = commitment {
            to.extend_from_slice(commitment);
        }
    }

    /// And the tag behind it.
    pub fn write_tag(&self, iv: &[u8; NONCE_LEN], tag: &[u8], to: &mut Vec<u8>) {
        if !self.suite.is_committing() {
            to.extend_from_slice(iv);
        }
        to.extend_from_slice(tag);
    }
}

pub(crate) fn message_id_bytes(suite: Suite) -> usize {
    if suite.is_committing() { 32 } else { 16 }
}

fn short(number: usize) -> Result<[u8; 2], TooLongForHeader> {
    u16::try_from(number).map(u16::to_be_bytes).map_err(|_| TooLongForHeader(number))
}

fn put_counted(to: &mut Vec<u8>, bytes: &[u8]) -> Result<(), TooLongForHeader> {
    to.extend_from_slice(&short(bytes.len())?);
    to.extend_from_slice(bytes);
    Ok(())
}

struct Cursor<'m> {
    message: &'m [u8],
    at: usize,
}

impl<'m> Cursor<'m> {
    fn take(&mut self, count: usize) -> Result<&'m [u8], NoHeader> {
        let end = self.at + count;
        if end > HEADER_BYTES_MAX {
            return Err(HeaderError::TooLong.into());
        }
        let taken = self.message.get(self.at..end).ok_or(NoHeader::Needs(end))?;
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<&'m [u8; N], NoHeader> {
        let end = self.at + N;
        self.take(N)?.first_chunk().ok_or(NoHeader::Needs(end))
    }

    fn byte(&mut self) -> Result<u8, NoHeader> {
        self.array().map(|[byte]| *byte)
    }

    fn number(&mut self) -> Result<u16, NoHeader> {
        self.array().map(|bytes| u16::from_be_bytes(*bytes))
    }

    fn counted(&mut self) -> Result<&'m [u8], NoHeader> {
        let count = self.number()?;
        self.take(count.into())
    }

    fn data_key(&mut self) -> Result<DataKeyEntry<'m>, NoHeader> {
        Ok(DataKeyEntry { provider: self.counted()?, info: self.counted()?, ciphertext: self.counted()? })
    }

    /// Goes behind the encrypted data keys, and says where the first one is.
    fn data_keys(&mut self, most: usize) -> Result<usize, NoHeader> {
        let found = usize::from(self.number()?);
        if found == 0 {
            return Err(HeaderError::NoDataKeys.into());
        }
        if found > most {
            return Err(HeaderError::DataKeys { found, most }.into());
        }
        let entries = self.at;
        for _ in 0..found {
            self.data_key()?;
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(suite: Suite) -> Vec<u8> {
        let context = Context::new([("a", "b")]).unwrap();
        let key = |ciphertext: &[u8]| EncryptedDataKey {
            provider: "p".to_owned(),
            info: b"i".to_vec(),
            ciphertext: ciphertext.to_vec(),
        };
        let template = Template::new(suite, &context, &[key(b"1"), key(b"22")], 4096).unwrap();
        let id = vec![7; message_id_bytes(suite)];
        let mut header = Vec::new();
        template.write(&id, suite.is_committing().then_some(&[9; 32]), &mut header);
        template.write_tag(&[0; 12], &[8; 16], &mut header);
        assert_eq!(header.len(), template.length());
        header
    }

    fn refusal(header: &[u8]) -> HeaderError {
        match Header::parse(header, 2) {
            Err(NoHeader::Wrong(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn headers_are_read_as_they_were_written() {
        for suite in Suite::ALL {
            let bytes = written(suite);
            let header = Header::parse(&bytes, 2).unwrap();
            assert_eq!((header.suite, header.length), (suite, bytes.len()));
            assert_eq!(header.message_id, vec![7; if suite.is_committing() { 32 } else { 16 }]);
            assert_eq!(Context::parse(header.context), Some(Context::new([("a", "b")]).unwrap()));
            assert_eq!((header.layout, header.iv, header.tag), (Layout::Framed(4096), [0; 12], &[8; 16]));
            assert_eq!(header.commitment, suite.is_committing().then_some(&[9; 32]));
            let keys: Vec<_> =
                header.data_keys().map(|key| (key.provider, key.info, key.ciphertext)).collect();
            assert_eq!(keys, [(&b"p"[..], &b"i"[..], &b"1"[..]), (b"p", b"i", b"22")]);
            let behind = if suite.is_committing() { 16 } else { 28 };
            assert_eq!(header.authenticated, &bytes[..bytes.len() - behind]);
        }
    }

    #[test]
    fn a_header_that_goes_on_says_how_many_bytes_it_needs_next() {
        let bytes = written(Suite::Aes256);
        for length in 0..bytes.len() {
            match Header::parse(&bytes[..length], 2) {
                Err(NoHeader::Needs(needed)) => assert!(needed > length && needed <= bytes.len()),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn headers_with_wrong_fields_are_refused() {
        let (first, second) = (written(Suite::Aes256), written(Suite::Aes256Commitment));
        let with = |header: &[u8], at: usize, byte: u8| {
            let mut header = header.to_vec();
            header[at] = byte;
            refusal(&header)
        };
        assert_eq!(with(&first, 0, 3), HeaderError::Version(3));
        assert_eq!(with(&first, 1, 0x81), HeaderError::Type(0x81));
        // A suite of the other version.
        assert_eq!(with(&first, 2, 4), HeaderError::Suite(0x0478));
        assert_eq!(with(&second, 1, 1), HeaderError::Suite(0x0178));
        // Behind a context of ten bytes.
        let keys = 20 + 2 + 8;
        assert_eq!(with(&first, keys + 1, 0), HeaderError::NoDataKeys);
        assert_eq!(with(&first, keys + 1, 3), HeaderError::DataKeys { found: 3, most: 2 });
        let body = keys + 2 + 9 + 10;
        assert_eq!(with(&first, body, 0), HeaderError::ContentType(0));
        assert_eq!(with(&first, body, 1), HeaderError::FrameBytes(4096));
        assert_eq!(with(&first, body + 4, 1), HeaderError::Reserved);
        assert_eq!(with(&first, body + 5, 13), HeaderError::NonceBytes(13));
        assert_eq!(with(&first, body + 8, 0), HeaderError::FrameBytes(0));
    }

    #[test]
    fn a_header_is_not_waited_for_without_end() {
        let mut header = written(Suite::Aes256)[..30].to_vec();
        header.extend_from_slice(&u16::MAX.to_be_bytes());
        for _ in 0..8 {
            header.extend_from_slice(&[0, 0, 0, 0, 0xff, 0xff]);
            header.resize(header.len() + 0xffff, 0);
        }
        let refused = loop {
            header.extend_from_slice(&[0, 0, 0, 0, 0xff, 0xff]);
            header.resize(header.len() + 0xffff, 0);
            assert!(header.len() <= 2 * HEADER_BYTES_MAX);
            match Header::parse(&header, usize::MAX) {
                Err(NoHeader::Needs(_)) => {}
                other => break other,
            }
        };
        assert!(matches!(refused, Err(NoHeader::Wrong(HeaderError::TooLong))));
    }
}
