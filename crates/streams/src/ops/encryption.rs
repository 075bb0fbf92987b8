//! StartStreamEncryption and StopStreamEncryption: which key a stream is said to be encrypted with. The
//! setting is stored and returned; records are encrypted once keys are managed here.
//! Source: `kinesis-semantics.md` section 11.

use flumen_access::Caller;
use flumen_protocol::kinesis::{EncryptionType, StartStreamEncryptionInput, StopStreamEncryptionInput};
use flumen_protocol::{Fault, Operation};

use crate::door::Target;
use crate::state::Change;
use crate::{Streams, faults, require_active};

impl Streams {
    pub async fn start_stream_encryption(
        &self,
        caller: &Caller,
        input: &StartStreamEncryptionInput<'_>,
    ) -> Result<(), Fault> {
        let door = self.door(caller, Operation::StartStreamEncryption);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let key_id = Some(input.key_id.to_string());
        self.set_encryption(caller, target, input.encryption_type, key_id).await
    }

    /// The key is required, and not looked at.
    pub async fn stop_stream_encryption(
        &self,
        caller: &Caller,
        input: &StopStreamEncryptionInput<'_>,
    ) -> Result<(), Fault> {
        let door = self.door(caller, Operation::StopStreamEncryption);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        self.set_encryption(caller, target, input.encryption_type, None).await
    }

    async fn set_encryption(
        &self,
        caller: &Caller,
        target: Target,
        kind: EncryptionType,
        key_id: Option<String>,
    ) -> Result<(), Fault> {
        self.change(caller, target, |_, stream, now_ms| {
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
