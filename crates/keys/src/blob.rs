//! Ciphertext as callers are given it: it names the key and the material, so that it is decrypted without being told by which.
//!
//! ```text
//! version 1 | region 1 + n | account 1 + n | key 16 | material 32 | salt 16 | nonce 12 | AES-256-GCM( plaintext ) | tag 16
//! ```
//!
//! A key of AES is made of the material and the salt for each ciphertext by itself, so a key of KMS encrypts any number: with
//! random nonces under one key of AES the number would be bounded, and had to be counted over restarts.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use flumen_seal::Secret;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::ids::{KeyId, MaterialId, NoRandom, fill_random};
use crate::names::{KeyArn, REGION_BYTES_MAX};

/// Of ciphertext that anybody is given or gives back; AWS's.
pub const BLOB_BYTES_MAX: usize = 6144;
const VERSION: u8 = 1;
const ACCOUNT_BYTES_MAX: usize = 64;
pub(crate) const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
pub(crate) const KEY_BYTES: usize = 32;
const LABEL: &[u8] = b"flumen ciphertext 1";
/// The longest plaintext, AWS's 4096 bytes, has room in the longest ciphertext.
const _: () = assert!(
    1 + 1 + REGION_BYTES_MAX + 1 + ACCOUNT_BYTES_MAX + 16 + 32 + SALT_BYTES + NONCE_LEN + 4096 + TAG_BYTES
        <= BLOB_BYTES_MAX
);

/// Bytes that are no ciphertext of a known version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotABlob;

/// Ciphertext that was taken apart, and of which nothing is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blob<'a> {
    pub arn: KeyArn,
    pub material: MaterialId,
    /// Up to the nonce, as it is authenticated.
    head: &'a [u8],
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_LEN],
    /// With the tag.
    sealed: &'a [u8],
}

impl<'a> Blob<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NotABlob> {
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(NotABlob);
        }
        let (version, rest) = bytes.split_first().ok_or(NotABlob)?;
        if *version != VERSION {
            return Err(NotABlob);
        }
        let (region, rest) = text(rest, REGION_BYTES_MAX)?;
        let (account, rest) = text(rest, ACCOUNT_BYTES_MAX)?;
        let (key, rest) = rest.split_first_chunk().ok_or(NotABlob)?;
        let (material, rest) = rest.split_first_chunk().ok_or(NotABlob)?;
        let (salt, rest) = rest.split_first_chunk().ok_or(NotABlob)?;
        let head = bytes.get(..bytes.len() - rest.len()).ok_or(NotABlob)?;
        let (nonce, sealed) = rest.split_first_chunk().ok_or(NotABlob)?;
        if sealed.len() < TAG_BYTES {
            return Err(NotABlob);
        }
        let arn = KeyArn { account: account.to_owned(), region: region.to_owned(), id: KeyId::own(*key) };
        Ok(Blob { arn, material: MaterialId(*material), head, salt: *salt, nonce: *nonce, sealed })
    }

    /// The plaintext, if it was encrypted with this material and context; nothing if anything is another.
    pub fn open(&self, material: &Secret, context: &Context) -> Option<Secret> {
        let cipher = cipher(material, &self.salt)?;
        let mut content = self.sealed.to_vec();
        let nonce = Nonce::from(&self.nonce);
        let length = cipher.open_in_place(nonce, aad(self.head, context), &mut content).ok()?.len();
        // What is cut off is the tag.
        content.truncate(length);
        Some(Secret::new(content))
    }
}

/// A text with its length in front.
fn text(bytes: &[u8], bytes_max: usize) -> Result<(&str, &[u8]), NotABlob> {
    let (length, rest) = bytes.split_first().ok_or(NotABlob)?;
    let length = usize::from(*length);
    if length > bytes_max {
        return Err(NotABlob);
    }
    let (text, rest) = rest.split_at_checked(length).ok_or(NotABlob)?;
    Ok((std::str::from_utf8(text).map_err(|_| NotABlob)?, rest))
}

/// Ciphertext of the plaintext.
///
/// # Errors
/// Where there are no random numbers, which is the only thing that can be wanting.
pub(crate) fn seal(
    arn: &KeyArn,
    material: MaterialId,
    secret: &Secret,
    context: &Context,
    plaintext: &[u8],
) -> Result<Vec<u8>, NoRandom> {
    let mut blob = Vec::with_capacity(256 + plaintext.len());
    blob.push(VERSION);
    for text in [&arn.region, &arn.account] {
        // Longer ones have no keys.
        blob.push(u8::try_from(text.len()).map_err(|_| NoRandom)?);
        blob.extend_from_slice(text.as_bytes());
    }
    blob.extend_from_slice(&arn.id.bytes);
    blob.extend_from_slice(&material.0);
    let mut salt = [0; SALT_BYTES];
    fill_random(&mut salt)?;
    blob.extend_from_slice(&salt);
    let cipher = cipher(secret, &salt).ok_or(NoRandom)?;
    let mut content = Vec::with_capacity(plaintext.len() + TAG_BYTES);
    content.extend_from_slice(plaintext);
    let nonce = cipher.seal_in_place_append_tag(aad(&blob, context), &mut content).map_err(|_| NoRandom)?;
    blob.extend_from_slice(nonce.as_ref());
    blob.extend_from_slice(&content);
    Ok(blob)
}

/// The key of AES for one ciphertext.
fn cipher(material: &Secret, salt: &[u8; SALT_BYTES]) -> Option<RandomizedNonceKey> {
    let key = derive(material, salt, &[LABEL])?;
    RandomizedNonceKey::new(&AES_256_GCM, &key[..]).ok()
}

/// A key that is made of a secret, and of which nothing follows about others that are made of it. `None` only where HKDF fails, which
/// it does not for keys of this length.
pub(crate) fn derive(
    secret: &Secret,
    salt: &[u8; SALT_BYTES],
    info: &[&[u8]],
) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let extracted = Salt::new(HKDF_SHA256, salt).extract(secret.expose());
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    extracted.expand(info, &AES_256_GCM).ok()?.fill(&mut key[..]).ok()?;
    Some(key)
}

fn aad(head: &[u8], context: &Context) -> Aad<Vec<u8>> {
    let mut aad = Vec::with_capacity(LABEL.len() + head.len() + 64);
    aad.extend_from_slice(LABEL);
    aad.extend_from_slice(head);
    context.append_to(&mut aad);
    Aad::from(aad)
}

/// For whoever fuzzes it: that bytes which nobody has encrypted are opened by no material.
pub fn check_unopened(bytes: &[u8]) -> bool {
    Blob::parse(bytes).ok().is_none_or(|blob| stays_shut(&blob))
}

/// Whether material that nobody has does not open it.
pub(crate) fn stays_shut(blob: &Blob<'_>) -> bool {
    let material = Secret::new(vec![0; KEY_BYTES]);
    blob.open(&material, &Context::default()).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn() -> KeyArn {
        KeyArn { account: "111111111111".into(), region: "eu-west-1".into(), id: KeyId::random().unwrap() }
    }

    fn context(pairs: &[(&str, &str)]) -> Context {
        Context::new(pairs.iter().map(|(key, value)| (key.to_string(), value.to_string()))).unwrap()
    }

    fn material() -> Secret {
        let mut bytes = vec![0; 32];
        fill_random(&mut bytes).unwrap();
        Secret::new(bytes)
    }

    #[test]
    fn ciphertext_opens_with_its_material_and_its_context_alone() {
        let (arn, id, secret) = (arn(), MaterialId::random().unwrap(), material());
        let said = context(&[("a", "1")]);
        let blob = seal(&arn, id, &secret, &said, b"plain").unwrap();
        let parsed = Blob::parse(&blob).unwrap();
        assert_eq!((&parsed.arn, parsed.material), (&arn, id));
        assert_eq!(parsed.open(&secret, &said).unwrap().expose(), b"plain");
        assert!(parsed.open(&material(), &said).is_none());
        for other in
            [context(&[]), context(&[("a", "2")]), context(&[("A", "1")]), context(&[("a", "1"), ("b", "")])]
        {
            assert!(parsed.open(&secret, &other).is_none(), "{other:?}");
        }
        assert_ne!(seal(&arn, id, &secret, &said, b"plain").unwrap(), blob);
    }

    #[test]
    fn a_blob_has_a_tag_at_least_and_so_many_bytes_at_most() {
        let (arn, id, secret) = (arn(), MaterialId::random().unwrap(), material());
        let empty = seal(&arn, id, &secret, &Context::default(), b"").unwrap();
        let opened = Blob::parse(&empty).unwrap().open(&secret, &Context::default()).unwrap();
        assert_eq!(opened.expose(), b"");
        assert!(Blob::parse(&empty[..empty.len() - 1]).is_err(), "the tag is not whole");
        let mut long = empty;
        long.resize(BLOB_BYTES_MAX, 0);
        assert!(Blob::parse(&long).is_ok());
        long.push(0);
        assert!(Blob::parse(&long).is_err());
    }

    #[test]
    fn what_is_fuzzed_would_say_that_a_blob_opens() {
        let id = MaterialId::random().unwrap();
        let nobodys = Secret::new(vec![0; KEY_BYTES]);
        let blob = |material: &Secret| seal(&arn(), id, material, &Context::default(), b"plain").unwrap();
        assert!(check_unopened(&blob(&material())) && check_unopened(b"no blob"));
        assert!(!check_unopened(&blob(&nobodys)));
    }

    #[test]
    fn every_byte_that_is_lost_or_altered_is_noticed() {
        let (arn, id, secret) = (arn(), MaterialId::random().unwrap(), material());
        let said = Context::default();
        let blob = seal(&arn, id, &secret, &said, b"plain").unwrap();
        let opens =
            |bytes: &[u8]| Blob::parse(bytes).ok().and_then(|blob| blob.open(&secret, &said)).is_some();
        assert!(opens(&blob));
        for length in 0..blob.len() {
            assert!(!opens(&blob[..length]), "{length}");
        }
        for at in 0..blob.len() {
            let mut altered = blob.clone();
            altered[at] ^= 1;
            assert!(!opens(&altered), "byte {at}");
        }
        assert!(!opens(&[&blob[..], b"x"].concat()));
    }

    #[test]
    fn the_longest_plaintext_has_room() {
        let (id, secret) = (MaterialId::random().unwrap(), material());
        let arn = KeyArn { region: "x".repeat(REGION_BYTES_MAX), ..arn() };
        let blob = seal(&arn, id, &secret, &Context::default(), &[7; 4096]).unwrap();
        assert!(blob.len() <= BLOB_BYTES_MAX, "{}", blob.len());
        assert!(Blob::parse(&blob).is_ok());
        assert_eq!(Blob::parse(&vec![1; BLOB_BYTES_MAX + 1]), Err(NotABlob));
    }
}
