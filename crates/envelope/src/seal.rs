//! Making messages, whole or as their plaintext comes.

use std::sync::Arc;

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use zeroize::{Zeroize as _, Zeroizing};

use crate::body::{Frames, NotSealed};
use crate::cache::{Cache, CacheLimits};
use crate::context::{Context, ContextError};
use crate::error::{SealError, SettingsError};
use crate::header::{Template, message_id_bytes};
use crate::keyring::Keyring;
use crate::keys::{DataKey, MessageKey};
use crate::policy::CommitmentPolicy;
use crate::signature::{Running, SigningKey};
use crate::{DATA_KEYS_MAX, Suite};

/// How messages are made.
#[derive(Clone, Debug)]
pub struct SealerSettings {
    pub policy: CommitmentPolicy,
    /// [`CommitmentPolicy::suite_by_default`] without one.
    pub suite: Option<Suite>,
    /// Of plaintext in a frame. What opens the message holds one at a time.
    pub frame_bytes: u32,
    /// Keys of the encryption context whose pairs are authenticated and are not in the message: whoever opens it has to know them.
    pub unstored: Vec<String>,
    /// Keys that encrypt the data key of one message.
    pub data_keys_max: usize,
    /// Without, each message has a data key of its own. Messages that are written piece by piece have one in any case, and those of
    /// suites that derive no keys.
    pub cache: Option<CacheLimits>,
}

impl Default for SealerSettings {
    fn default() -> Self {
        SealerSettings {
            policy: CommitmentPolicy::default(),
            suite: None,
            frame_bytes: 4096,
            unstored: Vec::new(),
            data_keys_max: DATA_KEYS_MAX,
            cache: None,
        }
    }
}

/// Makes messages that the keys of a keyring open.
pub struct Sealer {
    keyring: Keyring,
    suite: Suite,
    frame_bytes: u32,
    unstored: Vec<String>,
    data_keys_max: usize,
    cache: Option<Cache<Material>>,
}

/// What messages of one encryption context under one data key have in common.
struct Material {
    header: Template,
    data_key: DataKey,
    signing: Option<SigningKey>,
    /// As they are authenticated.
    unstored: Vec<u8>,
}

impl Sealer {
    pub fn new(keyring: Keyring, settings: SealerSettings) -> Result<Self, SettingsError> {
        let SealerSettings { policy, suite, frame_bytes, unstored, data_keys_max, cache } = settings;
        let suite = suite.unwrap_or_else(|| policy.suite_by_default());
        policy.may_seal(suite)?;
        if frame_bytes == 0 {
            return Err(SettingsError::NoFrameBytes);
        }
        let cache = cache.map(Cache::new).transpose()?.filter(|_| suite.derives_keys());
        Ok(Sealer { keyring, suite, frame_bytes, unstored, data_keys_max, cache })
    }

    /// A message with this plaintext, and this context in clear.
    pub async fn seal(&self, context: &Context, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let material = match &self.cache {
            Some(cache) => {
                cache.get_or(context.bytes(), plaintext.len() as u64, self.material(context)).await?
            }
            None => Arc::new(self.material(context).await?),
        };
        let frame_bytes = self.frame_bytes as usize;
        let body = Frames::length(plaintext.len(), frame_bytes);
        let footer = if self.suite.is_signed() { FOOTER_BYTES } else { 0 };
        // As long as it gets, so that no plaintext is left in a buffer that was too short.
        let mut message = Vec::with_capacity(material.header.length() + body + footer);
        let mut writing = self.begin(material, &mut message)?;
        let mut rest = plaintext;
        while rest.len() > frame_bytes {
            let (content, others) = rest.split_at(frame_bytes);
            writing.frame(content, &mut message)?;
            rest = others;
        }
        writing.last_frame(rest, &mut message)?;
        Ok(message)
    }

    /// A message whose plaintext comes piece by piece. Its data key is used for no other one.
    pub async fn writer(&self, context: &Context) -> Result<MessageWriter, SealError> {
        let material = Arc::new(self.material(context).await?);
        let mut message = Vec::with_capacity(material.header.length());
        let writing = self.begin(material, &mut message)?;
        let (frame_bytes, waiting) = (self.frame_bytes as usize, Zeroizing::default());
        Ok(MessageWriter { writing, frame_bytes, waiting, message })
    }

    fn begin(&self, material: Arc<Material>, message: &mut Vec<u8>) -> Result<Writing, SealError> {
        let mut room = [0; 32];
        let id = &mut room[..message_id_bytes(self.suite)];
        // None are made beforehand: a process that is cloned, as with a snapshot of its machine, would have them twice with the same
        // cached data key, and so two messages with one key and one nonce.
        rand::fill(id)?;
        Writing::begin(self.suite, id, material, message)
    }

    async fn material(&self, context: &Context) -> Result<Material, SealError> {
        let missing = self.unstored.iter().find(|key| context.get(key).is_none());
        if let Some(missing) = missing {
            return Err(ContextError::Missing(missing.clone()).into());
        }
        let signing = self.suite.signing().map(SigningKey::generate).transpose()?;
        let context = match &signing {
            Some(key) => context.with_public_key(key.public()?)?,
            None => context.clone(),
        };
        let generated = self.keyring.generate(self.suite, &context).await?;
        let (found, most) = (generated.encrypted.len(), self.data_keys_max);
        if found > most {
            return Err(SealError::TooManyKeys { found, most });
        }
        let is_unstored = |key: &str| self.unstored.iter().any(|unstored| unstored == key);
        let stored = context.only(|key| !is_unstored(key));
        let header = Template::new(self.suite, &stored, &generated.encrypted, self.frame_bytes)?;
        let unstored = context.only(is_unstored).bytes().to_vec();
        Ok(Material { header, data_key: generated.data_key, signing, unstored })
    }
}

/// The most that a footer takes: a signature by a key of 384 bits and its length.
const FOOTER_BYTES: usize = 106;

impl From<Unspecified> for SealError {
    fn from(_: Unspecified) -> Self {
        SealError::Cryptography
    }
}

impl From<NotSealed> for SealError {
    fn from(error: NotSealed) -> Self {
        match error {
            NotSealed::TooManyFrames => SealError::TooManyFrames,
            NotSealed::Cryptography => SealError::Cryptography,
        }
    }
}

/// A message behind its header.
struct Writing {
    frames: Frames,
    /// What the signature will be of.
    signed: Option<Running>,
    material: Arc<Material>,
}

impl Writing {
    fn begin(
        suite: Suite,
        id: &[u8],
        material: Arc<Material>,
        message: &mut Vec<u8>,
    ) -> Result<Self, SealError> {
        let key = MessageKey::derive(suite, &material.data_key, id)?;
        material.header.write(id, key.commitment.as_ref(), message);
        // No frame has this number.
        let iv = [0; NONCE_LEN];
        let tag = key.header_tag(&iv, message, &material.unstored)?;
        material.header.write_tag(&iv, tag.as_ref(), message);
        let mut signed = suite.signing().map(Running::new);
        if let Some(signed) = &mut signed {
            signed.update(message);
        }
        Ok(Writing { frames: Frames::new(key, id), signed, material })
    }

    fn frame(&mut self, content: &[u8], message: &mut Vec<u8>) -> Result<(), SealError> {
        let from = message.len();
        self.frames.frame(content, message)?;
        if let Some(signed) = &mut self.signed {
            signed.update(&message[from..]);
        }
        Ok(())
    }

    /// And the signature, which ends the message.
    fn last_frame(self, content: &[u8], message: &mut Vec<u8>) -> Result<(), SealError> {
        let from = message.len();
        self.frames.last_frame(content, message)?;
        if let (Some(mut signed), Some(key)) = (self.signed, &self.material.signing) {
            signed.update(&message[from..]);
            key.sign(signed, message)?;
        }
        Ok(())
    }
}

/// A message that is being made. It is whole after [`MessageWriter::finish`], and no message before.
pub struct MessageWriter {
    writing: Writing,
    frame_bytes: usize,
    /// Plaintext that is not a frame yet, or that may be the last one.
    waiting: Zeroizing<Vec<u8>>,
    message: Vec<u8>,
}

impl MessageWriter {
    /// Takes plaintext, and gives what has become of the message since the last time. After an error it is not to be gone on with.
    pub fn push(&mut self, mut plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        // The last frame is told apart from others, so a whole one waits until more comes.
        while self.waiting.len() + plaintext.len() > self.frame_bytes {
            let (content, rest) = plaintext.split_at(self.frame_bytes - self.waiting.len());
            if self.waiting.is_empty() {
                self.writing.frame(content, &mut self.message)?;
            } else {
                self.wait(content);
                self.writing.frame(&self.waiting, &mut self.message)?;
                self.waiting.zeroize();
            }
            plaintext = rest;
        }
        self.wait(plaintext);
        Ok(std::mem::take(&mut self.message))
    }

    /// The end of the message.
    pub fn finish(self) -> Result<Vec<u8>, SealError> {
        let MessageWriter { writing, waiting, mut message, .. } = self;
        writing.last_frame(&waiting, &mut message)?;
        Ok(message)
    }

    fn wait(&mut self, plaintext: &[u8]) {
        let from = self.waiting.len();
        crate::body::grow(&mut self.waiting, plaintext.len());
        self.waiting[from..].copy_from_slice(plaintext);
    }
}
