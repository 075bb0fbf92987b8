//! StartStreamEncryption and StopStreamEncryption: which key a stream is said to be encrypted with. The
//! setting is stored and returned; records are encrypted once keys are managed here.
//! Source: `kinesis-semantics.md` section 11.

use flumen_protocol::Fault;
use flumen_protocol::kinesis::{EncryptionType, StartStreamEncryptionInput, StopStreamEncryptionInput};

use crate::state::Change;
use crate::{Caller, Streams, faults, require_active};

impl Streams {
    pub async fn start_stream_encryption(
        &self,
        caller: &Caller,
        input: &StartStreamEncryptionInput<'_>,
    ) -> Result<(), Fault> {
        let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
        let key_id = Some(input.key_id.to_string());
        self.set_encryption(caller, name, arn, input.encryption_type, key_id).await
    }

    /// The key is required, and not looked at.
    pub async fn stop_stream_encryption(
        &self,
        caller: &Caller,
        input: &StopStreamEncryptionInput<'_>,
    ) -> Result<(), Fault> {
        let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
        self.set_encryption(caller, name, arn, input.encryption_type, None).await
    }

    async fn set_encryption(
        &self,
        caller: &Caller,
        name: Option<&str>,
        arn: Option<&str>,
        kind: EncryptionType,
        key_id: Option<String>,
    ) -> Result<(), Fault> {
        self.change(caller, name, arn, |_, stream, now_ms| {
            require_active(stream, now_ms)?;
            if kind != EncryptionType::Kms {
                return Err(faults::invalid_argument("EncryptionType must be KMS."));
            }
            let change = Change::SetEncryption {
                group: stream.group,
                key_id: key_id.clone(),
                updated_at_ms: self.after_transition_ms(now_ms),
            };
            Ok(((stream.key_id != key_id).then_some(change), ()))
        })
        .await
    }
}
