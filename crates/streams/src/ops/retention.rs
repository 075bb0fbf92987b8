//! IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod. Source: `kinesis-semantics.md` section 8.

use flumen_access::Caller;
use flumen_protocol::kinesis::{DecreaseStreamRetentionPeriodInput, IncreaseStreamRetentionPeriodInput};
use flumen_protocol::{Fault, Operation};

use crate::door::Target;
use crate::state::{Change, Status, Stream};
use crate::{Streams, faults};

const HOURS_MIN: i32 = 24;
const HOURS_MAX: i32 = 8760;

impl Streams {
    pub async fn increase_stream_retention_period(
        &self,
        caller: &Caller,
        input: &IncreaseStreamRetentionPeriodInput<'_>,
    ) -> Result<(), Fault> {
        let door = self.door(caller, Operation::IncreaseStreamRetentionPeriod);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let wanted = input.retention_period_hours;
        self.set_retention(caller, target, wanted, |stream| {
            let Stream { name, retention_hours, .. } = stream;
            if wanted >= *retention_hours as i32 {
                return Ok(());
            }
            Err(faults::invalid_argument(format!(
                "Requested retention period ({wanted} hours) for stream {name} can not be shorter than existing \
                 retention period ({retention_hours} hours). Use DecreaseRetentionPeriod API."
            )))
        })
        .await
    }

    pub async fn decrease_stream_retention_period(
        &self,
        caller: &Caller,
        input: &DecreaseStreamRetentionPeriodInput<'_>,
    ) -> Result<(), Fault> {
        let door = self.door(caller, Operation::DecreaseStreamRetentionPeriod);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let wanted = input.retention_period_hours;
        self.set_retention(caller, target, wanted, |stream| {
            let Stream { name, retention_hours, .. } = stream;
            if wanted <= *retention_hours as i32 {
                return Ok(());
            }
            Err(faults::invalid_argument(format!(
                "Requested retention period ({wanted} hours) for stream {name} can not be longer than existing \
                 retention period ({retention_hours} hours). Use IncreaseRetentionPeriod API."
            )))
        })
        .await
    }

    async fn set_retention(
        &self,
        caller: &Caller,
        target: Target,
        wanted: i32,
        mut direction: impl FnMut(&Stream) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.change(caller, target, |_, stream, now_ms| {
            require_steady(stream, now_ms)?;
            check_bounds(wanted)?;
            direction(stream)?;
            let hours = wanted as u32;
            let change = Change::SetRetention { group: stream.group, hours };
            Ok(((hours != stream.retention_hours).then_some(change), ()))
        })
        .await
    }
}

/// Tags, retention and policies may change while a stream is UPDATING, not while it comes or goes.
pub(crate) fn require_steady(stream: &Stream, now_ms: u64) -> Result<(), Fault> {
    match stream.status(now_ms) {
        Some(Status::Active | Status::Updating) => Ok(()),
        _ => crate::require_active(stream, now_ms),
    }
}

fn check_bounds(wanted: i32) -> Result<(), Fault> {
    if wanted < HOURS_MIN {
        return Err(faults::invalid_argument(format!(
            "Minimum allowed retention period is {HOURS_MIN} hours. Requested retention period ({wanted} hours) is \
             too short."
        )));
    }
    if wanted > HOURS_MAX {
        return Err(faults::invalid_argument(format!(
            "Maximum allowed retention period is {HOURS_MAX} hours. Requested retention period ({wanted} hours) is \
             too long."
        )));
    }
    Ok(())
}
