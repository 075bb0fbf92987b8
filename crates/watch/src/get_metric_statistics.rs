//! GetMetricStatistics: the statistics of one metric, period by period.

use flumen_access::{Caller, Denied};
use flumen_protocol::Refusal;
use flumen_protocol::cloudwatch::{
    Datapoint, GetMetricStatisticsCode, GetMetricStatisticsInput, GetMetricStatisticsOutput, Operation,
    Statistic,
};

use crate::ask::{Ask, Point, Span};
use crate::errors::InvalidValue;
use crate::put_metric_data::dimensions;
use crate::store::SeriesName;
use crate::{NO_UNIT, Watch, door};

const POINTS_MAX: u64 = 1440;

impl Watch {
    pub fn get_metric_statistics(
        &self,
        caller: &Caller,
        input: &GetMetricStatisticsInput<'_>,
    ) -> Result<GetMetricStatisticsOutput<'static>, GetMetricStatisticsError> {
        let target = door::own(caller, Operation::GetMetricStatistics)?;
        if let Some(percentile) = input.extended_statistics.iter().flatten().next() {
            return Err(InvalidValue::not_kept("ExtendedStatistics.member.1", percentile).into());
        }
        let statistics = input.statistics.as_deref().ok_or(GetMetricStatisticsError::NoStatistics)?;
        let span = Span::new(input.start_time, input.end_time, input.period, false)?;
        let asked = (span.end - span.first).div_ceil(span.period);
        if asked > POINTS_MAX {
            return Err(GetMetricStatisticsError::TooManyPoints { asked });
        }
        let metric = SeriesName {
            namespace: input.namespace.to_string(),
            metric: input.metric_name.to_string(),
            dimensions: dimensions(input.dimensions.as_deref(), "")?,
            unit: NO_UNIT,
        };
        let points = self.points(&target, &Ask { metric, unit: input.unit, span });
        Ok(GetMetricStatisticsOutput {
            label: Some(input.metric_name.to_string().into()),
            datapoints: Some(points.iter().map(|point| datapoint(point, statistics)).collect()),
        })
    }
}

/// Why GetMetricStatistics gives none.
#[derive(Debug, thiserror::Error)]
pub enum GetMetricStatisticsError {
    #[error(transparent)]
    Denied(#[from] Box<Denied>),
    #[error(transparent)]
    Value(#[from] InvalidValue),
    #[error("Must specify either Statistics or ExtendedStatistics.")]
    NoStatistics,
    #[error(
        "You have requested up to {asked} datapoints, which exceeds the limit of {limit}. You may reduce the datapoints \
         requested by increasing Period, or decreasing the time range.",
        limit = POINTS_MAX
    )]
    TooManyPoints { asked: u64 },
}

impl Refusal for GetMetricStatisticsError {
    type Code = GetMetricStatisticsCode;

    fn code(&self) -> GetMetricStatisticsCode {
        use GetMetricStatisticsCode::*;
        match self {
            Self::Denied(_) => AccessDeniedException,
            Self::Value(_) => InvalidParameterValue,
            Self::NoStatistics => MissingParameter,
            Self::TooManyPoints { .. } => InvalidParameterCombination,
        }
    }
}

fn datapoint(point: &Point, statistics: &[Statistic]) -> Datapoint {
    let asked = |statistic| statistics.contains(&statistic).then(|| point.sample.statistic(statistic));
    Datapoint {
        timestamp: Some(point.time),
        sample_count: asked(Statistic::SampleCount),
        average: asked(Statistic::Average),
        sum: asked(Statistic::Sum),
        minimum: asked(Statistic::Minimum),
        maximum: asked(Statistic::Maximum),
        unit: Some(point.unit),
    }
}
