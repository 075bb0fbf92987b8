//! The use of keys: decided and carried out in memory. Material that was not used since the start is read first, which waits for a
//! file once.

use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use flumen_access::Caller;
use flumen_seal::Secret;

use crate::blob::{self, Blob};
use crate::context::Context;
use crate::door::KeyRequest;
use crate::ids::{MaterialId, NoRandom};
use crate::names::{KeyArn, Named};
use crate::operations::KeyOperation;
use crate::state::Key;
use crate::{KeyError, Keys};

/// What is said beside what is encrypted or decrypted.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    pub context: &'a Context,
    pub grant_tokens: &'a [&'a str],
    /// The service through which the caller comes, as policies name it: `kinesis.eu-west-1.amazonaws.com`. Nothing where it comes
    /// itself.
    pub via: Option<&'a str>,
    /// Only whether it would succeed.
    pub dry_run: bool,
}

impl<'a> Use<'a> {
    pub fn with(context: &'a Context) -> Self {
        Use { context, grant_tokens: &[], via: None, dry_run: false }
    }
}

/// Ciphertext, and by which key and material.
#[derive(Clone, Debug)]
pub struct Encrypted {
    pub key: KeyArn,
    pub material: MaterialId,
    pub blob: Vec<u8>,
}

/// Plaintext, and by which key and material.
#[derive(Clone, Debug)]
pub struct Decrypted {
    pub key: KeyArn,
    pub material: MaterialId,
    pub plaintext: Secret,
}

/// A key that a caller encrypts with itself, in clear and as ciphertext.
#[derive(Clone, Debug)]
pub struct DataKey {
    pub plaintext: Secret,
    pub encrypted: Encrypted,
}

/// Ciphertext of another key or context than before.
#[derive(Clone, Debug)]
pub struct ReEncrypted {
    pub from: KeyArn,
    pub from_material: MaterialId,
    pub to: Encrypted,
}

impl Keys {
    /// # Errors
    /// Where KMS would refuse, and where the material is not to be had.
    pub async fn encrypt(
        &self,
        caller: &Caller,
        key: &str,
        plaintext: &[u8],
        with: &Use<'_>,
    ) -> Result<Encrypted, KeyError> {
        let key = self.usable(caller, key, KeyOperation::Encrypt, with).await?;
        self.seal(&key, with.context, plaintext).await
    }

    /// A new random key of so many bytes. `operation` is one of the two that give one, which have names of their own in policies.
    ///
    /// # Errors
    /// As [`Keys::encrypt`].
    pub async fn generate_data_key(
        &self,
        caller: &Caller,
        key: &str,
        bytes: usize,
        operation: KeyOperation,
        with: &Use<'_>,
    ) -> Result<DataKey, KeyError> {
        let key = self.usable(caller, key, operation, with).await?;
        let plaintext = random_bytes(bytes)?;
        let encrypted = self.seal(&key, with.context, plaintext.expose()).await?;
        Ok(DataKey { plaintext, encrypted })
    }

    /// `key` is which key it has to be, if that is said.
    ///
    /// # Errors
    /// As [`Keys::encrypt`], and where it is no ciphertext of that key with that context.
    pub async fn decrypt(
        &self,
        caller: &Caller,
        ciphertext: &[u8],
        key: Option<&str>,
        with: &Use<'_>,
    ) -> Result<Decrypted, KeyError> {
        let (key, material, plaintext) =
            self.open_blob(caller, ciphertext, key, &KeyRequest::of(KeyOperation::Decrypt), with).await?;
        Ok(Decrypted { key: key.arn.clone(), material, plaintext })
    }

    /// Nobody is given the plaintext. Whether it is a dry run is said by what it is decrypted with.
    ///
    /// # Errors
    /// As [`Keys::decrypt`].
    pub async fn re_encrypt(
        &self,
        caller: &Caller,
        ciphertext: &[u8],
        from: (Option<&str>, &Use<'_>),
        to: (&str, &Use<'_>),
    ) -> Result<ReEncrypted, KeyError> {
        let source = Blob::parse(ciphertext).map_err(|_| KeyError::Ciphertext)?.arn;
        let destination = self.resolve(caller, to.0).await.map(|key| key.arn.clone());
        let is_same = destination.is_ok_and(|arn| arn == source);
        let given =
            flumen_access::RequestContext::default().and("kms:reencryptonsamekey", is_same.to_string());
        let asked = |operation| KeyRequest { given: Some(&given), ..KeyRequest::of(operation) };
        // Whether it may be done at all is known before anything is decrypted.
        let (asked_to, asked_from) = (asked(KeyOperation::ReEncryptTo), asked(KeyOperation::ReEncryptFrom));
        let to_key = self.usable_as(caller, to.0, &asked_to, &Use { dry_run: false, ..*to.1 }).await?;
        let (key, material, plaintext) =
            self.open_blob(caller, ciphertext, from.0, &asked_from, from.1).await?;
        let to = self.seal(&to_key, to.1.context, plaintext.expose()).await?;
        Ok(ReEncrypted { from: key.arn.clone(), from_material: material, to })
    }

    /// So many random bytes.
    ///
    /// # Errors
    /// Where the caller may not, and where there are none.
    pub fn generate_random(&self, caller: &Caller, bytes: usize) -> Result<Secret, KeyError> {
        self.may_in_account(caller, KeyOperation::GenerateRandom, None)?;
        Ok(random_bytes(bytes)?)
    }

    async fn usable(
        &self,
        caller: &Caller,
        key: &str,
        operation: KeyOperation,
        with: &Use<'_>,
    ) -> Result<Arc<Key>, KeyError> {
        self.usable_as(caller, key, &KeyRequest::of(operation), with).await
    }

    /// A key that the caller may use so, and that is enabled.
    async fn usable_as(
        &self,
        caller: &Caller,
        key: &str,
        asked: &KeyRequest<'_>,
        with: &Use<'_>,
    ) -> Result<Arc<Key>, KeyError> {
        let asked = KeyRequest { context: Some(with.context), via: with.via, ..*asked };
        self.check_tokens(caller, with.grant_tokens)?;
        let key = self.find(caller, key, &asked).await?;
        caller.noted().note_on(&key.arn.to_string().into());
        key.is_enabled()?;
        if with.dry_run { Err(KeyError::DryRun) } else { Ok(key) }
    }

    /// What ciphertext holds, with the key and the material that it names.
    async fn open_blob(
        &self,
        caller: &Caller,
        ciphertext: &[u8],
        wanted: Option<&str>,
        asked: &KeyRequest<'_>,
        with: &Use<'_>,
    ) -> Result<(Arc<Key>, MaterialId, Secret), KeyError> {
        let asked = KeyRequest { context: Some(with.context), via: with.via, ..*asked };
        self.check_tokens(caller, with.grant_tokens)?;
        let blob = Blob::parse(ciphertext).map_err(|_| KeyError::Ciphertext)?;
        let key = match wanted {
            Some(wanted) => {
                let key = self.find(caller, wanted, &asked).await?;
                if key.arn != blob.arn {
                    return Err(KeyError::OtherKey);
                }
                key
            }
            None => self.key_of(caller, &blob, &asked)?,
        };
        caller.noted().note_on(&key.arn.to_string().into());
        key.is_enabled()?;
        if !key.materials.iter().any(|material| material.id == blob.material) {
            return Err(KeyError::Ciphertext);
        }
        let secret = self.secret(&key.arn, blob.material).await?;
        let plaintext = blob.open(&secret, with.context).ok_or(KeyError::Ciphertext)?;
        if with.dry_run { Err(KeyError::DryRun) } else { Ok((key, blob.material, plaintext)) }
    }

    /// The key that ciphertext names. Whoever may not is not told whether it is there.
    fn key_of(&self, caller: &Caller, blob: &Blob<'_>, asked: &KeyRequest<'_>) -> Result<Arc<Key>, KeyError> {
        let denied = || KeyError::DeniedCiphertext {
            principal: caller.principal().to_string(),
            action: asked.operation.name(),
        };
        if blob.arn.region != caller.realm().region {
            return Err(denied());
        }
        match self.let_in(caller, &Named::Key(blob.arn.clone()), asked) {
            Err(KeyError::NoKey { .. }) => Err(denied()),
            other => other,
        }
    }

    pub(crate) async fn seal(
        &self,
        key: &Key,
        context: &Context,
        plaintext: &[u8],
    ) -> Result<Encrypted, KeyError> {
        let arn = &key.arn;
        // A key has material from the beginning, and none is taken out.
        let material =
            key.material().map(|material| material.id).ok_or_else(|| KeyError::NoKey { arn: arn.clone() })?;
        let secret = self.secret(arn, material).await?;
        let blob = blob::seal(arn, material, &secret, context, plaintext)?;
        Ok(Encrypted { key: arn.clone(), material, blob })
    }

    async fn secret(&self, arn: &KeyArn, id: MaterialId) -> Result<Arc<Secret>, KeyError> {
        if let Some(held) = self.materials().held(id) {
            return Ok(held);
        }
        let of = arn.clone();
        let read = self.with_materials(move |materials| materials.read(&of, id)).await;
        read.map_err(|error| KeyError::Unavailable { arn: arn.clone(), error: Box::new(error) })
    }
}

pub(crate) fn random_bytes(bytes: usize) -> Result<Secret, NoRandom> {
    let mut random = vec![0; bytes];
    SystemRandom::new().fill(&mut random).map_err(|_| NoRandom)?;
    Ok(Secret::new(random))
}
