//! UpdateStreamMode, UpdateStreamWarmThroughput and UpdateMaxRecordSize: how much a stream may take.
//! Source: `kinesis-api.md` section 9, `kinesis-semantics.md` section 10.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    StreamMode, UpdateMaxRecordSizeInput, UpdateStreamModeInput, UpdateStreamWarmThroughputInput,
    UpdateStreamWarmThroughputOutput,
};
use flumen_protocol::{Fault, Operation};

use super::create_stream::{on_demand_limit, on_demand_streams, on_demand_streams_max, require_commitment};
use super::describe_stream::warm_shape;
use crate::state::{Change, DAY_MS, Mode};
use crate::{Streams, faults, require_active};

const WARM_MIBPS_MAX: u32 = 10 * 1024;

impl Streams {
    pub async fn update_stream_mode(
        &self,
        caller: &Caller,
        input: &UpdateStreamModeInput<'_>,
    ) -> Result<(), Fault> {
        let door = self.door(caller, Operation::UpdateStreamMode);
        let mode = match input.stream_mode_details.stream_mode {
            StreamMode::Provisioned => Mode::Provisioned,
            StreamMode::OnDemand => Mode::OnDemand,
        };
        let warm_mibps = input.warm_throughput_mibps.map(mibps).transpose()?;
        let target = door.stream(None, Some(&input.stream_arn))?;
        self.change(caller, target, |state, stream, now_ms| {
            require_active(stream, now_ms)?;
            if warm_mibps.is_some_and(|warm| warm > 0) {
                if mode == Mode::Provisioned {
                    return Err(faults::warm_throughput_needs_on_demand());
                }
                require_commitment(state, &stream.realm(), now_ms)?;
            }
            if mode == Mode::Provisioned && stream.warm_mibps.is_some() {
                return Err(faults::invalid_argument(
                    "Warm throughput must be removed before the stream can be switched to PROVISIONED mode.",
                ));
            }
            if mode == stream.mode && warm_mibps.is_none() {
                return Ok((None, ()));
            }
            if self.quotas_apply() && mode != stream.mode {
                let today = stream.switched_at_ms.iter().filter(|&&at| at + DAY_MS > now_ms).count();
                if let Some(most) = door.a_day().filter(|most| today >= *most) {
                    return Err(faults::limit_exceeded(format!(
                        "The mode of stream {} can be switched {most} times per rolling 24-hour period.",
                        stream.name
                    )));
                }
                let on_demand = on_demand_streams(&self.inner.directory.read(), &stream.realm(), now_ms);
                if mode == Mode::OnDemand && on_demand >= on_demand_streams_max() {
                    return Err(on_demand_limit(&stream.realm(), on_demand));
                }
            }
            let change = Change::SetMode {
                group: stream.group,
                mode,
                warm_mibps: warm_mibps.or(stream.warm_mibps).filter(|&warm| warm > 0),
                updated_at_ms: self.after_transition_ms(now_ms),
            };
            Ok((Some(change), ()))
        })
        .await
    }

    pub async fn update_stream_warm_throughput(
        &self,
        caller: &Caller,
        input: &UpdateStreamWarmThroughputInput<'_>,
    ) -> Result<UpdateStreamWarmThroughputOutput<'static>, Fault> {
        let wanted = mibps(input.warm_throughput_mibps)?;
        let door = self.door(caller, Operation::UpdateStreamWarmThroughput);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        self.change(caller, target, |state, stream, now_ms| {
            require_active(stream, now_ms)?;
            if stream.mode != Mode::OnDemand {
                return Err(faults::warm_throughput_needs_on_demand());
            }
            require_commitment(state, &stream.realm(), now_ms)?;
            let answer = UpdateStreamWarmThroughputOutput {
                stream_arn: Some(stream.arn().to_string().into()),
                stream_name: Some(stream.name.clone().into()),
                warm_throughput: Some(warm_shape(stream, wanted)),
            };
            let updated_at_ms = self.after_transition_ms(now_ms);
            let change = Change::SetWarmThroughput { group: stream.group, mibps: wanted, updated_at_ms };
            Ok(((stream.warm_mibps.unwrap_or(0) != wanted).then_some(change), answer))
        })
        .await
    }

    pub async fn update_max_record_size(
        &self,
        caller: &Caller,
        input: &UpdateMaxRecordSizeInput<'_>,
    ) -> Result<(), Fault> {
        // The model bounds it from 1,024 to 10,240.
        let kib = u32::try_from(input.max_record_size_in_kib).unwrap_or_default();
        let door = self.door(caller, Operation::UpdateMaxRecordSize);
        let target = door.stream(None, input.stream_arn.as_deref())?;
        self.change(caller, target, |_, stream, now_ms| {
            require_active(stream, now_ms)?;
            let updated_at_ms = self.after_transition_ms(now_ms);
            let change = Change::SetMaxRecordSize { group: stream.group, kib, updated_at_ms };
            Ok(((stream.max_record_kib != kib).then_some(change), ()))
        })
        .await
    }
}

fn mibps(given: i32) -> Result<u32, Fault> {
    match u32::try_from(given) {
        Ok(mibps) if mibps <= WARM_MIBPS_MAX => Ok(mibps),
        _ => Err(faults::invalid_argument(format!(
            "WarmThroughputMiBps is {given}; it must lie between 0 and {WARM_MIBPS_MAX}."
        ))),
    }
}
