//! EnableEnhancedMonitoring and DisableEnhancedMonitoring: the set of shard-level metrics of a stream.

use std::collections::BTreeSet;

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    DisableEnhancedMonitoringInput, DisableEnhancedMonitoringOutput, EnableEnhancedMonitoringCode,
    EnableEnhancedMonitoringInput, EnableEnhancedMonitoringOutput, MetricsName,
};
use flumen_protocol::{Operation, Refusal};

use crate::Streams;
use crate::door::{Target, require_steady};
use crate::errors::{CommitError, DoorError, StatusError};
use crate::state::{Change, Stream};

type Metrics = BTreeSet<String>;

/// Every metric but ALL, which stands for them.
const EACH: [MetricsName; 7] = [
    MetricsName::IncomingBytes,
    MetricsName::IncomingRecords,
    MetricsName::OutgoingBytes,
    MetricsName::OutgoingRecords,
    MetricsName::WriteProvisionedThroughputExceeded,
    MetricsName::ReadProvisionedThroughputExceeded,
    MetricsName::IteratorAgeMilliseconds,
];

impl Streams {
    pub async fn enable_enhanced_monitoring(
        &self,
        caller: &Caller,
        input: &EnableEnhancedMonitoringInput<'_>,
    ) -> Result<EnableEnhancedMonitoringOutput<'static>, EnhancedMonitoringError> {
        let door = self.door(caller, Operation::EnableEnhancedMonitoring);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let named = named(&input.shard_level_metrics);
        let done = self.set_monitoring(caller, target, |current| current.union(&named).cloned().collect());
        let Monitored { stream_name, stream_arn, before, after } = done.await?;
        Ok(EnableEnhancedMonitoringOutput {
            stream_name: Some(stream_name.into()),
            current_shard_level_metrics: Some(shape(&before)),
            desired_shard_level_metrics: Some(shape(&after)),
            stream_arn: Some(stream_arn.into()),
        })
    }

    pub async fn disable_enhanced_monitoring(
        &self,
        caller: &Caller,
        input: &DisableEnhancedMonitoringInput<'_>,
    ) -> Result<DisableEnhancedMonitoringOutput<'static>, EnhancedMonitoringError> {
        let door = self.door(caller, Operation::DisableEnhancedMonitoring);
        let target = door.stream(input.stream_name.as_deref(), input.stream_arn.as_deref())?;
        let named = named(&input.shard_level_metrics);
        let done =
            self.set_monitoring(caller, target, |current| current.difference(&named).cloned().collect());
        let Monitored { stream_name, stream_arn, before, after } = done.await?;
        Ok(DisableEnhancedMonitoringOutput {
            stream_name: Some(stream_name.into()),
            current_shard_level_metrics: Some(shape(&before)),
            desired_shard_level_metrics: Some(shape(&after)),
            stream_arn: Some(stream_arn.into()),
        })
    }

    async fn set_monitoring(
        &self,
        caller: &Caller,
        target: Target,
        mut change: impl FnMut(&Metrics) -> Metrics,
    ) -> Result<Monitored, EnhancedMonitoringError> {
        self.change(caller, target, |_, stream, now_ms| {
            require_steady(stream, now_ms)?;
            let after = change(&stream.monitoring);
            let Stream { group, name, monitoring: before, .. } = stream;
            let answer = Monitored {
                stream_name: name.clone(),
                stream_arn: stream.arn().to_string(),
                before: before.clone(),
                after: after.clone(),
            };
            let change =
                (after != *before).then_some(Change::SetMonitoring { group: *group, metrics: after });
            Ok((change, answer))
        })
        .await
    }
}

/// Why EnableEnhancedMonitoring or DisableEnhancedMonitoring, which may answer alike, changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum EnhancedMonitoringError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for EnhancedMonitoringError {
    type Code = EnableEnhancedMonitoringCode;

    fn code(&self) -> EnableEnhancedMonitoringCode {
        use EnableEnhancedMonitoringCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::Status(StatusError::Gone(_)) => {
                ResourceNotFoundException
            }
            Self::Door(DoorError::Misnamed(_)) => InvalidArgumentException,
            Self::Status(StatusError::NotActive { .. }) => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

struct Monitored {
    stream_name: String,
    stream_arn: String,
    before: Metrics,
    after: Metrics,
}

fn named(metrics: &[MetricsName]) -> Metrics {
    let all = metrics.contains(&MetricsName::All);
    let named: &[MetricsName] = if all { &EACH } else { metrics };
    named.iter().map(|metric| metric.as_str().to_owned()).collect()
}

/// In the order of the API.
pub(crate) fn shape(metrics: &Metrics) -> Vec<MetricsName> {
    EACH.into_iter().filter(|metric| metrics.contains(metric.as_str())).collect()
}
