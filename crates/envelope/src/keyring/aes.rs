//! A raw AES key, which encrypts data keys with Galois/Counter Mode.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use super::{KeyringError, namespace};
use crate::context::Context;
use crate::header::{DataKeyEntry, EncryptedDataKey, TAG_BYTES};
use crate::keys::DataKey;

pub(super) struct AesKey {
    namespace: String,
    /// What entries of this key have as info before the nonce: its name, and two numbers that are always the same.
    info: Vec<u8>,
    key: LessSafeKey,
}

impl AesKey {
    pub fn new(namespace_text: &str, name: &str, key: &[u8]) -> Result<Self, KeyringError> {
        let wrong = || KeyringError::AesKeyBytes(key.len());
        let cipher = match key.len() {
            16 => &AES_128_GCM,
            24 => &AES_192_GCM,
            32 => &AES_256_GCM,
            _ => return Err(wrong()),
        };
        let key = LessSafeKey::new(UnboundKey::new(cipher, key).map_err(|_| wrong())?);
        let number = |number: usize| (number as u32).to_be_bytes();
        let info = [name.as_bytes(), &number(8 * TAG_BYTES), &number(NONCE_LEN)].concat();
        Ok(AesKey { namespace: namespace(namespace_text)?, info, key })
    }

    pub fn encrypt(&self, data_key: &DataKey, context: &Context) -> Result<EncryptedDataKey, KeyringError> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| KeyringError::NoRandom)?;
        let info = [&self.info, &nonce[..]].concat();
        // Wiped in place by being encrypted.
        let mut ciphertext = Vec::with_capacity(data_key.len() + TAG_BYTES);
        ciphertext.extend_from_slice(data_key);
        let (nonce, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(context.bytes()));
        let sealed = self.key.seal_in_place_append_tag(nonce, aad, &mut ciphertext);
        sealed.map_err(|_| KeyringError::CannotEncrypt)?;
        Ok(EncryptedDataKey { provider: self.namespace.clone(), info, ciphertext })
    }

    pub fn decrypt(&self, entry: &DataKeyEntry<'_>, context: &Context) -> Option<DataKey> {
        let nonce = entry.info.strip_prefix(&self.info[..]);
        let nonce = nonce.filter(|_| entry.provider == self.namespace.as_bytes())?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let (key, tag) = entry.ciphertext.split_last_chunk::<TAG_BYTES>()?;
        let mut data_key = Zeroizing::new(vec![0; key.len()]);
        let aad = Aad::from(context.bytes());
        self.key.open_separate_gather(nonce, aad, key, tag, &mut data_key).ok()?;
        Some(data_key)
    }
}
