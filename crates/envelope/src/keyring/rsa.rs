//! A raw RSA key, which encrypts data keys with OAEP. What it encrypts is bound to no encryption context: the message's tags are.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use zeroize::{Zeroize as _, Zeroizing};

use super::{KeyringError, namespace};
use crate::header::{DataKeyEntry, EncryptedDataKey};
use crate::keys::DataKey;

/// The hash function of OAEP and of its mask, which are the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaPadding {
    OaepSha1,
    OaepSha256,
    OaepSha384,
    OaepSha512,
}

pub(super) struct RsaKey {
    namespace: String,
    name: String,
    padding: &'static OaepAlgorithm,
    public: OaepPublicEncryptingKey,
    private: Option<OaepPrivateDecryptingKey>,
}

impl RsaKey {
    pub fn new(
        namespace_text: &str,
        name: &str,
        pem: &[u8],
        padding: RsaPadding,
    ) -> Result<Self, KeyringError> {
        let wrong = |_| KeyringError::RsaKey;
        let (public, private) = match PrivatePkcs8KeyDer::from_pem_slice(pem) {
            Ok(mut der) => {
                let key = PrivateDecryptingKey::from_pkcs8(der.secret_pkcs8_der());
                der.zeroize();
                let key = key.map_err(|_| KeyringError::RsaKey)?;
                (key.public_key(), Some(OaepPrivateDecryptingKey::new(key).map_err(wrong)?))
            }
            Err(_) => {
                let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| KeyringError::Pem)?;
                (PublicEncryptingKey::from_der(&der).map_err(|_| KeyringError::RsaKey)?, None)
            }
        };
        let public = OaepPublicEncryptingKey::new(public).map_err(wrong)?;
        let padding = match padding {
            RsaPadding::OaepSha1 => &OAEP_SHA1_MGF1SHA1,
            RsaPadding::OaepSha256 => &OAEP_SHA256_MGF1SHA256,
            RsaPadding::OaepSha384 => &OAEP_SHA384_MGF1SHA384,
            RsaPadding::OaepSha512 => &OAEP_SHA512_MGF1SHA512,
        };
        Ok(RsaKey { namespace: namespace(namespace_text)?, name: name.to_owned(), padding, public, private })
    }

    pub fn encrypt(&self, data_key: &DataKey) -> Result<EncryptedDataKey, KeyringError> {
        let mut ciphertext = vec![0; self.public.ciphertext_size()];
        let encrypted = self.public.encrypt(self.padding, data_key, &mut ciphertext, None);
        let length = encrypted.map_err(|_| KeyringError::CannotEncrypt)?.len();
        ciphertext.truncate(length);
        let info = self.name.clone().into_bytes();
        Ok(EncryptedDataKey { provider: self.namespace.clone(), info, ciphertext })
    }

    pub fn decrypt(&self, entry: &DataKeyEntry<'_>) -> Option<DataKey> {
        let is_of_key = entry.provider == self.namespace.as_bytes() && entry.info == self.name.as_bytes();
        let key = self.private.as_ref().filter(|_| is_of_key)?;
        let mut room = Zeroizing::new(vec![0; key.min_output_size()]);
        let data_key = key.decrypt(self.padding, entry.ciphertext, &mut room, None).ok()?;
        Some(Zeroizing::new(data_key.to_vec()))
    }
}
