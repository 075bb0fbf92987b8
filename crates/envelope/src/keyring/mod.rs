//! Keys that encrypt data keys: which ones a message is for, and which ones open it.

mod aes;
mod kms;
mod rsa;

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use self::aes::AesKey;
use self::kms::{Discovery, KmsKey};
pub use self::kms::{DiscoveryFilter, KmsError, KmsService};
use self::rsa::RsaKey;
pub use self::rsa::RsaPadding;
use crate::Suite;
use crate::context::Context;
use crate::header::{DataKeyEntry, EncryptedDataKey};
use crate::keys::DataKey;

/// Which keys encrypt the data keys of messages, and which ones decrypt them. What several encrypted can be opened with any of them.
pub struct Keyring {
    /// The first one makes the data key, the others encrypt it.
    keys: Vec<Key>,
}

enum Key {
    Aes(AesKey),
    Rsa(Box<RsaKey>),
    Kms(KmsKey),
    Discovery(Discovery),
}

/// What is wrong with a key, or with what it is used for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    #[error("the AES key has {0} bytes; it must have 16, 24 or 32")]
    AesKeyBytes(usize),
    #[error("the namespace of a key is {0:?}, which is reserved for KMS keys")]
    Namespace(String),
    /// Without the parser's reason, which may show a key.
    #[error("it is not a public key (BEGIN PUBLIC KEY) or private key (BEGIN PRIVATE KEY) in PEM")]
    Pem,
    #[error("it is not an RSA key of 2048 to 8192 bits")]
    RsaKey,
    #[error("{0:?} is neither the ARN of a key or alias, nor alias/ and a name, nor the id of a key")]
    KmsKeyId(String),
    #[error("a discovery keyring can decrypt messages but not encrypt them")]
    OpensOnly,
    #[error("the system provides no random bytes")]
    NoRandom,
    #[error("the key cannot encrypt the data key")]
    CannotEncrypt,
    #[error(transparent)]
    Kms(#[from] KmsError),
}

/// A new data key, and as each of the keys has encrypted it.
pub(crate) struct Generated {
    pub data_key: DataKey,
    pub encrypted: Vec<EncryptedDataKey>,
}

impl Keyring {
    /// A raw key of 16, 24 or 32 bytes. Namespace and name are no secrets, and are what AWS's SDKs have to be given alike.
    pub fn aes(namespace: &str, name: &str, key: &[u8]) -> Result<Keyring, KeyringError> {
        Ok(Keyring::of(Key::Aes(AesKey::new(namespace, name, key)?)))
    }

    /// A raw key in PEM: with a public one (`BEGIN PUBLIC KEY`, an X.509 SubjectPublicKeyInfo) messages are made, with a private one
    /// (`BEGIN PRIVATE KEY`, PKCS #8) made and opened.
    pub fn rsa(
        namespace: &str,
        name: &str,
        pem: &[u8],
        padding: RsaPadding,
    ) -> Result<Keyring, KeyringError> {
        Ok(Keyring::of(Key::Rsa(Box::new(RsaKey::new(namespace, name, pem, padding)?))))
    }

    /// A key of a key service, by its ARN; by an alias or its id, it makes messages and opens none, since they name the key by its
    /// ARN. A multi-Region key opens what its replicas have encrypted.
    pub fn kms(service: KmsService, key_id: &str) -> Result<Keyring, KeyringError> {
        Ok(Keyring::of(Key::Kms(KmsKey::new(service, key_id)?)))
    }

    /// Opens what any key of the service has encrypted that the filter lets through: those of the service's region, and multi-Region
    /// keys. It makes no messages.
    pub fn kms_discovery(service: KmsService, filter: Option<DiscoveryFilter>) -> Keyring {
        Keyring::of(Key::Discovery(Discovery::new(service, filter)))
    }

    /// These keys and then those: the first of all makes data keys, and each of the others encrypts them too.
    #[must_use]
    pub fn and(mut self, others: Keyring) -> Keyring {
        self.keys.extend(others.keys);
        self
    }

    fn of(key: Key) -> Keyring {
        Keyring { keys: vec![key] }
    }

    pub(crate) async fn generate(&self, suite: Suite, context: &Context) -> Result<Generated, KeyringError> {
        let (first, others) = self.keys.split_first().expect("a keyring has a key");
        let mut generated = first.generate(suite, context).await?;
        for key in others {
            let encrypted = key.encrypt(&generated.data_key, context).await?;
            generated.encrypted.push(encrypted);
        }
        Ok(generated)
    }

    /// The data key, by the first of these keys and those entries that go together. `None` if none do; an error is what a key service
    /// said where no key succeeded.
    pub(crate) async fn open(
        &self,
        suite: Suite,
        context: &Context,
        entries: &[DataKeyEntry<'_>],
    ) -> Result<Option<DataKey>, KmsError> {
        let mut failed = None;
        for key in &self.keys {
            for entry in entries {
                match key.decrypt(entry, context).await {
                    Ok(Some(data_key)) if data_key.len() == suite.key_bytes() => return Ok(Some(data_key)),
                    Ok(_) => {}
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
        }
        failed.map_or(Ok(None), Err)
    }
}

impl Key {
    async fn generate(&self, suite: Suite, context: &Context) -> Result<Generated, KeyringError> {
        if let Key::Kms(key) = self {
            return Ok(key.generate(suite, context).await?);
        }
        let mut data_key = Zeroizing::new(vec![0; suite.key_bytes()]);
        rand::fill(&mut data_key).map_err(|_| KeyringError::NoRandom)?;
        let encrypted = vec![self.encrypt(&data_key, context).await?];
        Ok(Generated { data_key, encrypted })
    }

    async fn encrypt(&self, data_key: &DataKey, context: &Context) -> Result<EncryptedDataKey, KeyringError> {
        match self {
            Key::Aes(key) => key.encrypt(data_key, context),
            Key::Rsa(key) => key.encrypt(data_key),
            Key::Kms(key) => Ok(key.encrypt(data_key, context).await?),
            Key::Discovery(_) => Err(KeyringError::OpensOnly),
        }
    }

    /// `None` if the entry is not of this key, or not of this context.
    async fn decrypt(
        &self,
        entry: &DataKeyEntry<'_>,
        context: &Context,
    ) -> Result<Option<DataKey>, KmsError> {
        match self {
            Key::Aes(key) => Ok(key.decrypt(entry, context)),
            Key::Rsa(key) => Ok(key.decrypt(entry)),
            Key::Kms(key) => key.decrypt(entry, context).await,
            Key::Discovery(keys) => keys.decrypt(entry, context).await,
        }
    }
}

/// The namespace of a raw key, which is not to be taken for a key of KMS.
fn namespace(text: &str) -> Result<String, KeyringError> {
    if text.starts_with(kms::PROVIDER) {
        return Err(KeyringError::Namespace(text.to_owned()));
    }
    Ok(text.to_owned())
}
