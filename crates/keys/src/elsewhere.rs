//! Keys of a KMS elsewhere, by which records may be encrypted: what its service has answered, told as of a key of this one. Which
//! services there are, and for how long an answer counts, is `flumen-external-keys`' to say; what a caller may here, the door's.

use flumen_external_keys::{DataKey, ExternalKeyError, ExternalKeys, KeyArn as ArnElsewhere};
use flumen_seal::Secret;

use crate::KeyError;
use crate::context::Context;
use crate::names::KeyArn;

pub(crate) struct Elsewhere(ExternalKeys);

impl Elsewhere {
    pub fn new(keys: ExternalKeys) -> Self {
        Elsewhere(keys)
    }

    /// Whether its service is set.
    pub fn has(&self, arn: &KeyArn) -> bool {
        name(arn).is_ok_and(|name| self.0.has(&name))
    }

    /// The one that the service gives at the moment, to all who ask within five minutes.
    ///
    /// # Errors
    /// As the service has answered, or is silent.
    pub async fn data_key(&self, arn: &KeyArn, context: &Context) -> Result<DataKey, KeyError> {
        let given = self.0.data_key(&name(arn)?, context.pairs()).await;
        given.map_err(|error| told(arn, error))
    }

    /// # Errors
    /// As of [`Elsewhere::data_key`], and where it is no ciphertext of the key with the context.
    pub async fn open(&self, arn: &KeyArn, ciphertext: &[u8], context: &Context) -> Result<Secret, KeyError> {
        let opened = self.0.open(&name(arn)?, ciphertext, context.pairs()).await;
        opened.map_err(|error| told(arn, error))
    }
}

fn name(arn: &KeyArn) -> Result<ArnElsewhere, KeyError> {
    let text = arn.to_string();
    text.parse().map_err(|_| KeyError::InvalidArn { text })
}

fn told(arn: &KeyArn, error: ExternalKeyError) -> KeyError {
    KeyError::Elsewhere { arn: arn.clone(), error }
}
