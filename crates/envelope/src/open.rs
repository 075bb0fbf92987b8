//! Opening messages, whole or as their bytes come.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::body::{Body, NotAuthentic, ReadStep};
use crate::cache::{Cache, CacheLimits};
use crate::context::{Context, PUBLIC_KEY};
use crate::error::{OpenError, SettingsError};
use crate::header::{Header, HeaderError, NoHeader};
use crate::keyring::Keyring;
use crate::keys::{DataKey, MessageKey};
use crate::policy::CommitmentPolicy;
use crate::signature::{Footer, Running, VerifyingKey};
use crate::{DATA_KEYS_MAX, Suite};

/// Which messages are opened, and how.
#[derive(Clone, Debug)]
pub struct OpenerSettings {
    pub policy: CommitmentPolicy,
    /// Pairs that a message has to be authenticated with, whether they are in it or not.
    pub context: Context,
    /// A message with more encrypted data keys is refused before any of them is looked at.
    pub data_keys_max: usize,
    /// What a [`MessageReader`] holds of a message at most: a frame, or all of what comes out only when it is verified.
    pub held_bytes_max: usize,
    /// Without, each message's data key is decrypted anew.
    pub cache: Option<CacheLimits>,
}

impl Default for OpenerSettings {
    fn default() -> Self {
        OpenerSettings {
            policy: CommitmentPolicy::default(),
            context: Context::default(),
            data_keys_max: DATA_KEYS_MAX,
            held_bytes_max: 64 * 1024 * 1024,
            cache: None,
        }
    }
}

/// A message that was opened: every byte of it is what its maker wrote.
#[derive(Debug)]
pub struct OpenedMessage {
    pub plaintext: Zeroizing<Vec<u8>>,
    /// All pairs that are authenticated with it, in the message or not, and the format's own.
    pub context: Context,
    pub suite: Suite,
}

/// Opens messages with the keys of a keyring.
pub struct Opener {
    keyring: Keyring,
    policy: CommitmentPolicy,
    context: Context,
    data_keys_max: usize,
    held_bytes_max: usize,
    cache: Option<Cache<Material>>,
}

/// What messages with the same encrypted data keys and context have in common.
struct Material {
    data_key: DataKey,
    context: Context,
    /// Pairs that are not in the message, as they are authenticated.
    unstored: Vec<u8>,
    verifying: Option<VerifyingKey>,
}

impl Opener {
    pub fn new(keyring: Keyring, settings: OpenerSettings) -> Result<Self, SettingsError> {
        let OpenerSettings { policy, context, data_keys_max, held_bytes_max, cache } = settings;
        let cache = cache.map(Cache::new).transpose()?;
        Ok(Opener { keyring, policy, context, data_keys_max, held_bytes_max, cache })
    }

    /// Opens a message that is there whole, and nothing behind it.
    pub async fn open(&self, message: &[u8]) -> Result<OpenedMessage, OpenError> {
        // What is held is what is at hand. The plaintext is shorter, so no buffer is left for a larger one.
        let mut reader = Reading::new(self, usize::MAX, false);
        reader.plaintext.reserve_exact(message.len());
        reader.advance(message).await?;
        reader.finish()
    }

    /// For a message that comes piece by piece. A frame comes out when its tag is verified, and of a message with a signature nothing
    /// before that is.
    pub fn reader(&self) -> MessageReader<'_> {
        MessageReader { reading: Reading::new(self, self.held_bytes_max, false), waiting: Vec::new() }
    }

    /// The same, but for frames of messages with a signature, which come out before that is verified: they may be by anybody who
    /// can open the message. All that was done with them has to be undone unless [`MessageReader::finish`] succeeds.
    pub fn reader_of_unverified_signatures(&self) -> MessageReader<'_> {
        MessageReader { reading: Reading::new(self, self.held_bytes_max, true), waiting: Vec::new() }
    }

    async fn material(&self, header: &Header<'_>) -> Result<Arc<Material>, OpenError> {
        match &self.cache {
            Some(cache) if header.suite.derives_keys() => {
                let id = [&header.suite.id().to_be_bytes(), header.key_fields].concat();
                cache.get_or(&id, 0, self.decrypted(header)).await
            }
            _ => self.decrypted(header).await.map(Arc::new),
        }
    }

    async fn decrypted(&self, header: &Header<'_>) -> Result<Material, OpenError> {
        let stored = Context::parse(header.context).ok_or(HeaderError::Context)?;
        let verifying = match (header.suite.signing(), stored.get(PUBLIC_KEY)) {
            (Some(signing), Some(key)) => {
                Some(VerifyingKey::parse(key, signing).ok_or(OpenError::CannotOpen)?)
            }
            (None, None) => None,
            _ => return Err(OpenError::CannotOpen),
        };
        let context = stored.with(&self.context).map_err(|_| OpenError::CannotOpen)?;
        let unstored = context.only(|key| stored.get(key).is_none()).bytes().to_vec();
        let entries: Vec<_> = header.data_keys().collect();
        let opened = self.keyring.open(header.suite, &context, &entries).await?;
        let data_key = opened.ok_or(OpenError::CannotOpen)?;
        Ok(Material { data_key, context, unstored, verifying })
    }
}

impl From<NotAuthentic> for OpenError {
    fn from(_: NotAuthentic) -> Self {
        OpenError::CannotOpen
    }
}

/// A message that is being opened.
pub struct MessageReader<'o> {
    reading: Reading<'o>,
    /// What has come and is no whole piece of the message yet.
    waiting: Vec<u8>,
}

impl MessageReader<'_> {
    /// Takes bytes of the message, and gives the plaintext that is certain by now. After an error it is not to be gone on with.
    pub async fn push(&mut self, mut message: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        if !self.waiting.is_empty() {
            // Not more than is needed, so that the rest is read from where it is.
            loop {
                let missing = self.reading.needed.saturating_sub(self.waiting.len());
                let Some((first, rest)) = message.split_at_checked(missing) else { break };
                self.waiting.extend_from_slice(first);
                message = rest;
                let read = self.reading.advance(&self.waiting).await?;
                self.waiting.drain(..read);
                if self.waiting.is_empty() {
                    break;
                }
            }
        }
        if self.waiting.is_empty() {
            let read = self.reading.advance(message).await?;
            message = &message[read..];
        }
        self.waiting.extend_from_slice(message);
        Ok(self.reading.certain())
    }

    /// The context, once it is authenticated, which is before any plaintext comes out.
    pub fn context(&self) -> Option<&Context> {
        self.reading.material.as_ref().map(|(_, material)| &material.context)
    }

    /// Whether the message was whole, and what of it has not come out yet.
    pub fn finish(self) -> Result<OpenedMessage, OpenError> {
        self.reading.finish()
    }
}

/// What of a message comes next.
enum Next {
    Header,
    Body(Box<Body>),
    Footer,
    Nothing,
}

struct Reading<'o> {
    opener: &'o Opener,
    held_bytes_max: usize,
    gives_unverified: bool,
    next: Next,
    /// How many bytes have to be there for the next step.
    needed: usize,
    /// Once the header is verified.
    material: Option<(Suite, Arc<Material>)>,
    /// What the signature is to be of.
    signed: Option<Running>,
    plaintext: Zeroizing<Vec<u8>>,
    /// Bytes of the plaintext that may come out.
    certain: usize,
}

impl<'o> Reading<'o> {
    fn new(opener: &'o Opener, held_bytes_max: usize, gives_unverified: bool) -> Self {
        Reading {
            opener,
            held_bytes_max,
            gives_unverified,
            next: Next::Header,
            needed: 1,
            material: None,
            signed: None,
            plaintext: Zeroizing::default(),
            certain: 0,
        }
    }

    /// Reads pieces as long as they are there whole, and says how many bytes they had.
    async fn advance(&mut self, bytes: &[u8]) -> Result<usize, OpenError> {
        let mut at = 0;
        while bytes.len() - at >= self.needed {
            let rest = &bytes[at..];
            let read = match &mut self.next {
                Next::Header => self.header(rest).await?,
                Next::Body(body) => {
                    let step = body.step(rest, &mut self.plaintext)?;
                    self.after(step, rest)?
                }
                Next::Footer => self.footer(rest)?,
                // There is something behind the message.
                Next::Nothing => return Err(OpenError::CannotOpen),
            };
            if read > 0 {
                self.needed = 1;
            }
            at += read;
        }
        Ok(at)
    }

    /// Nothing is read where more is needed; so of the following two.
    async fn header(&mut self, bytes: &[u8]) -> Result<usize, OpenError> {
        let header = match Header::parse(bytes, self.opener.data_keys_max) {
            Ok(header) => header,
            Err(NoHeader::Wrong(error)) => return Err(error.into()),
            Err(NoHeader::Needs(needed)) => {
                self.needed = needed;
                return Ok(0);
            }
        };
        self.opener.policy.may_open(header.suite)?;
        let material = self.opener.material(&header).await?;
        let cannot = |_| OpenError::CannotOpen;
        let key = MessageKey::derive(header.suite, &material.data_key, header.message_id).map_err(cannot)?;
        if !key.is_committed_by(header.commitment) {
            return Err(OpenError::CannotOpen);
        }
        let Header { iv, authenticated, tag, .. } = header;
        key.verify_header(&iv, authenticated, &material.unstored, tag).map_err(cannot)?;
        if let Some(verifying) = &material.verifying {
            let signed = self.signed.insert(Running::new(verifying.signing()));
            signed.update(&bytes[..header.length]);
        }
        self.material = Some((header.suite, material));
        self.next = Next::Body(Box::new(Body::new(key, header.message_id, header.layout)));
        Ok(header.length)
    }

    fn after(&mut self, step: ReadStep, bytes: &[u8]) -> Result<usize, OpenError> {
        let (read, is_last) = match step {
            ReadStep::Needs(needed) => {
                self.needed = usize::try_from(needed).unwrap_or(usize::MAX);
                self.is_within(needed)?;
                return Ok(0);
            }
            ReadStep::Read(read) => (read, false),
            ReadStep::Ended(read) => (read, true),
        };
        match &mut self.signed {
            None => self.certain = self.plaintext.len(),
            Some(signed) => {
                signed.update(&bytes[..read]);
                // That there is no other frame behind the last one is certain with the signature alone.
                if self.gives_unverified && !is_last {
                    self.certain = self.plaintext.len();
                }
                self.is_within((self.plaintext.len() - self.certain) as u64)?;
            }
        }
        if is_last {
            self.next = if self.signed.is_some() { Next::Footer } else { Next::Nothing };
        }
        Ok(read)
    }

    fn footer(&mut self, bytes: &[u8]) -> Result<usize, OpenError> {
        let signature = match Footer::parse(bytes) {
            Footer::Signature(signature) => signature,
            Footer::TooLong => return Err(OpenError::CannotOpen),
            Footer::Needs(needed) => {
                self.needed = needed;
                return Ok(0);
            }
        };
        let verifying = self.material.as_ref().and_then(|(_, material)| material.verifying.as_ref());
        let (Some(key), Some(signed)) = (verifying, self.signed.take()) else {
            return Err(OpenError::CannotOpen);
        };
        key.verify(signed, signature).map_err(|_| OpenError::CannotOpen)?;
        self.certain = self.plaintext.len();
        self.next = Next::Nothing;
        Ok(Footer::length(signature))
    }

    fn is_within(&self, needed: u64) -> Result<(), OpenError> {
        let most = self.held_bytes_max;
        if needed > most as u64 { Err(OpenError::TooLong { needed, most }) } else { Ok(()) }
    }

    /// Plaintext that may come out and has not yet.
    fn certain(&mut self) -> Zeroizing<Vec<u8>> {
        let held = Zeroizing::new(self.plaintext[self.certain..].to_vec());
        let mut certain = std::mem::replace(&mut self.plaintext, held);
        // What was behind is wiped with the whole buffer.
        certain[self.certain..].fill(0);
        certain.truncate(self.certain);
        self.certain = 0;
        certain
    }

    /// Behind the end nothing can have come: that is refused at once.
    fn finish(self) -> Result<OpenedMessage, OpenError> {
        match (self.next, self.material) {
            (Next::Nothing, Some((suite, material))) => {
                Ok(OpenedMessage { plaintext: self.plaintext, context: material.context.clone(), suite })
            }
            (Next::Header, _) => Err(HeaderError::Truncated.into()),
            _ => Err(OpenError::CannotOpen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Frames;
    use crate::header::{COMMITMENT_BYTES, Template};

    fn keyring() -> Keyring {
        Keyring::aes("n", "k", &[7; 32]).unwrap()
    }

    /// A message that is right but for its context, or its commitment, which its maker has chosen.
    async fn made(context: Context, change: fn([u8; COMMITMENT_BYTES]) -> [u8; COMMITMENT_BYTES]) -> Vec<u8> {
        let (suite, id) = (Suite::Aes256Commitment, [1; 32]);
        let generated = keyring().generate(suite, &context).await.unwrap();
        let key = MessageKey::derive(suite, &generated.data_key, &id).unwrap();
        let header = Template::new(suite, &context, &generated.encrypted, 4096).unwrap();
        let mut message = Vec::new();
        header.write(&id, Some(&change(key.commitment.unwrap())), &mut message);
        let tag = key.header_tag(&[0; 12], &message, &[]).unwrap();
        header.write_tag(&[0; 12], tag.as_ref(), &mut message);
        Frames::new(key, &id).last_frame(b"text", &mut message).unwrap();
        message
    }

    /// The cipher's tags alone do not say which of two keys a message is for.
    #[tokio::test]
    async fn a_message_that_commits_to_another_key_is_refused() {
        let opener = Opener::new(keyring(), OpenerSettings::default()).unwrap();
        let right = made(Context::default(), |commitment| commitment).await;
        assert_eq!(*opener.open(&right).await.unwrap().plaintext, *b"text");
        let other = made(Context::default(), |mut commitment| {
            commitment[31] ^= 1;
            commitment
        });
        assert_eq!(opener.open(&other.await).await.unwrap_err(), OpenError::CannotOpen);
    }

    /// It would look as if somebody had signed it.
    #[tokio::test]
    async fn a_message_without_signature_that_names_a_key_for_one_is_refused() {
        let context = Context::default().with_public_key("AAAA".to_owned()).unwrap();
        let message = made(context, |commitment| commitment).await;
        let opener = Opener::new(keyring(), OpenerSettings::default()).unwrap();
        assert_eq!(opener.open(&message).await.unwrap_err(), OpenError::CannotOpen);
    }
}
