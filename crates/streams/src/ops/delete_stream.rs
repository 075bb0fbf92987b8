//! DeleteStream. Source: `kinesis-api.md` section 9.

use flumen_access::Caller;
use flumen_protocol::kinesis::DeleteStreamInput;
use flumen_protocol::{Fault, Operation};

use crate::state::{Change, Status};
use crate::{Streams, faults};

impl Streams {
    pub async fn delete_stream(&self, caller: &Caller, input: &DeleteStreamInput<'_>) -> Result<(), Fault> {
        let door = self.door(caller, Operation::DeleteStream);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let group = target.stream.group;
        let with_consumers = input.enforce_consumer_deletion == Some(true);
        self.commit(Some(caller), |state, at_ms| {
            let gone = || faults::stream_not_found(&target.stream.realm(), &target.stream.name);
            let stream = state.streams.get(&group).ok_or_else(gone)?;
            if stream.status(at_ms) == Some(Status::Deleting) {
                // Asked again: it is on its way.
                return Ok((None, ()));
            }
            if !with_consumers && stream.live_consumers(at_ms).next().is_some() {
                return Err(faults::stream_has_consumers(stream));
            }
            let gone_at_ms = self.after_transition_ms(at_ms);
            Ok((Some(Change::DeleteStream { group, gone_at_ms }), ()))
        })
        .await
    }
}
