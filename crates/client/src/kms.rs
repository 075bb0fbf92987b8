//! Calls to a Key Management Service, and what is believed of its answers: that they are of the key that was meant, and no longer than
//! KMS's may be. What of them is secret is wiped, but in the buffers of the connection.

use bytes::Bytes;
use flumen_protocol::kms::{
    DecryptRequest, DecryptResponse, DescribeKeyRequest, DescribeKeyResponse, EncryptRequest,
    EncryptResponse, GenerateDataKeyRequest, GenerateDataKeyResponse, KeyState, Operation, TARGET, encode,
    refusal,
};
use flumen_protocol::{Blob, Decode, Encoding, TextMap, decode_output};
use http::StatusCode;
use http::header::HeaderValue;
use zeroize::Zeroizing;

use crate::client::excerpt;
use crate::{Client, Error, json};

/// What KMS may answer as ciphertext of a data key.
const CIPHERTEXT_BYTES_MAX: usize = 6144;
/// Of what a service says.
const TEXT_CHARS_MAX: usize = 200;

/// A data key as its key has encrypted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedKey {
    /// The ARN of the key that did, by the service.
    pub key_arn: String,
    /// At most 6144 bytes.
    pub ciphertext: Vec<u8>,
}

impl Client {
    /// GenerateDataKey: a new data key of so many bytes, and as the key of that id, alias or ARN has encrypted it.
    ///
    /// # Errors
    /// What the service refuses is [`Error::Refused`], with a code of KMS's or of signatures; an answer that is of another key or
    /// of another length [`Error::Unreadable`].
    pub async fn generate_data_key(
        &self,
        key_id: &str,
        context: &TextMap<'_>,
        bytes: usize,
    ) -> Result<(Zeroizing<Vec<u8>>, EncryptedKey), Error> {
        let input = GenerateDataKeyRequest {
            key_id: key_id.into(),
            encryption_context: given(context),
            number_of_bytes: Some(i32::try_from(bytes).unwrap_or(i32::MAX)),
            ..GenerateDataKeyRequest::default()
        };
        let answer = self.kms_wiped(Operation::GenerateDataKey, encode(&input)).await?;
        let answer: GenerateDataKeyResponse<'_> = read(&answer)?;
        let key_arn = of_key(key_id, answer.key_id.as_deref())?;
        let plaintext = secret("Plaintext", answer.plaintext)?;
        if plaintext.len() != bytes {
            let found = plaintext.len();
            return Err(Error::Unreadable(format!("a data key of {bytes} bytes has {found}")));
        }
        Ok((plaintext, encrypted(key_arn, answer.ciphertext_blob)?))
    }

    /// Encrypt, of what is a data key.
    ///
    /// # Errors
    /// As [`Client::generate_data_key`].
    pub async fn encrypt_data_key(
        &self,
        key_id: &str,
        context: &TextMap<'_>,
        data_key: &[u8],
    ) -> Result<EncryptedKey, Error> {
        let input = EncryptRequest {
            key_id: key_id.into(),
            plaintext: Blob::Bytes(data_key.into()),
            encryption_context: given(context),
            ..EncryptRequest::default()
        };
        let answer = self.kms_wiped(Operation::Encrypt, encode(&input)).await?;
        let answer: EncryptResponse<'_> = read(&answer)?;
        encrypted(of_key(key_id, answer.key_id.as_deref())?, answer.ciphertext_blob)
    }

    /// Decrypt, of what the key of that ARN has encrypted with the same context.
    ///
    /// # Errors
    /// As [`Client::generate_data_key`].
    pub async fn decrypt_data_key(
        &self,
        key_arn: &str,
        context: &TextMap<'_>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let input = DecryptRequest {
            ciphertext_blob: Some(Blob::Bytes(ciphertext.into())),
            encryption_context: given(context),
            key_id: Some(key_arn.into()),
            ..DecryptRequest::default()
        };
        let answer = self.kms_wiped(Operation::Decrypt, encode(&input)).await?;
        let answer: DecryptResponse<'_> = read(&answer)?;
        of_key(key_arn, answer.key_id.as_deref())?;
        secret("Plaintext", answer.plaintext)
    }

    /// DescribeKey: how the key of that ARN is.
    ///
    /// # Errors
    /// As [`Client::generate_data_key`].
    pub async fn key_state(&self, key_arn: &str) -> Result<KeyState, Error> {
        let input = DescribeKeyRequest { key_id: key_arn.into(), ..DescribeKeyRequest::default() };
        let answer = self.kms_wiped(Operation::DescribeKey, encode(&input)).await?;
        let answer: DescribeKeyResponse<'_> = read(&answer)?;
        let nothing = || Error::Unreadable("the description says nothing of a state".to_owned());
        let metadata = answer.key_metadata.ok_or_else(nothing)?;
        of_key(key_arn, metadata.arn.as_deref())?;
        metadata.key_state.ok_or_else(nothing)
    }

    /// One call of a client that signs for KMS: `body` is the operation's input, and its output comes back. It is tried again where
    /// that may help, so what makes something may make a second one.
    pub async fn kms(&self, operation: Operation, body: impl Into<Bytes>) -> Result<Bytes, Error> {
        let target = format!("{TARGET}{}", operation.as_str());
        let target = HeaderValue::try_from(target).expect("names of operations are letters");
        self.try_often(json::request(target, body.into()), refused, self.attempts()).await
    }

    async fn kms_wiped(&self, operation: Operation, body: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, Error> {
        Ok(Zeroizing::new(self.kms(operation, body).await?.into()))
    }
}

fn refused(status: StatusCode, body: &[u8]) -> Error {
    match refusal(body) {
        Some((code, message)) => Error::Refused { code, message },
        None => Error::Status { status: status.as_u16(), text: excerpt(body) },
    }
}

/// Nothing where there is no pair.
fn given<'a>(context: &TextMap<'a>) -> Option<TextMap<'a>> {
    (!context.is_empty()).then(|| context.clone())
}

/// The error goes without its text, which may show a key.
fn read<'a, T: Decode<'a>>(answer: &'a [u8]) -> Result<T, Error> {
    let unreadable = |_| Error::Unreadable("it is not JSON of the operation's shape".to_owned());
    decode_output(Encoding::Json, answer).map_err(unreadable)
}

/// The ARN of the key that an answer is of. One that was named by its ARN is answered by it; an alias or an id by that of its key.
fn of_key<'a>(asked: &str, found: Option<&'a str>) -> Result<&'a str, Error> {
    let found = found.ok_or_else(|| Error::Unreadable("it names no key".to_owned()))?;
    let is_by_arn = asked.starts_with("arn:") && asked.contains(":key/");
    let is_meant = if is_by_arn { found == asked } else { found.contains(":key/") };
    if is_meant { Ok(found) } else { Err(of_another(asked, found)) }
}

fn encrypted(key_arn: &str, ciphertext: Option<Blob<'_>>) -> Result<EncryptedKey, Error> {
    let ciphertext = bytes("CiphertextBlob", ciphertext)?;
    if !(1..=CIPHERTEXT_BYTES_MAX).contains(&ciphertext.len()) {
        return Err(Error::Unreadable(format!("an encrypted data key has {} bytes", ciphertext.len())));
    }
    Ok(EncryptedKey { key_arn: key_arn.to_owned(), ciphertext })
}

/// A service that answers with another key's has not understood which was meant.
fn of_another(asked: &str, found: &str) -> Error {
    let found: String = found.chars().take(TEXT_CHARS_MAX).collect();
    Error::Unreadable(format!("it is of key {found:?}, where {asked} was asked"))
}

fn bytes(name: &str, blob: Option<Blob<'_>>) -> Result<Vec<u8>, Error> {
    let blob = blob.ok_or_else(|| Error::Unreadable(format!("{name} is missing")))?;
    // What its error shows may be a key.
    let decoded = blob.to_bytes().map_err(|_| Error::Unreadable(format!("{name} is no base64")))?;
    Ok(decoded.into())
}

fn secret(name: &str, blob: Option<Blob<'_>>) -> Result<Zeroizing<Vec<u8>>, Error> {
    bytes(name, blob).map(Zeroizing::new)
}
