//! GetMetricStatistics: the statistics of one metric, period by period.

use flumen_access::Caller;
use flumen_protocol::cloudwatch::{
    Datapoint, ErrorCode, Fault, GetMetricStatisticsInput, GetMetricStatisticsOutput, Operation, Statistic,
};

use crate::ask::{Ask, Point, Span};
use crate::put_metric_data::{dimensions, invalid};
use crate::store::SeriesName;
use crate::{NO_UNIT, Watch, door};

const POINTS_MAX: u64 = 1440;

impl Watch {
    pub fn get_metric_statistics(
        &self,
        caller: &Caller,
        input: &GetMetricStatisticsInput<'_>,
    ) -> Result<GetMetricStatisticsOutput<'static>, Fault> {
        let target = door::own(caller, Operation::GetMetricStatistics)?;
        if let Some(percentile) = input.extended_statistics.iter().flatten().next() {
            return Err(not_kept("ExtendedStatistics.member.1", percentile));
        }
        let statistics = input.statistics.as_deref().ok_or_else(|| {
            let text = "Must specify either Statistics or ExtendedStatistics.";
            Fault::new(ErrorCode::MissingParameter, text)
        })?;
        let span = Span::new(input.start_time, input.end_time, input.period, false)?;
        let asked = (span.end - span.first).div_ceil(span.period);
        if asked > POINTS_MAX {
            let text = format!(
                "You have requested up to {asked} datapoints, which exceeds the limit of {POINTS_MAX}. You may \
                 reduce the datapoints requested by increasing Period, or decreasing the time range."
            );
            return Err(Fault::new(ErrorCode::InvalidParameterCombination, text));
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

pub(crate) fn not_kept(parameter: &str, statistic: &str) -> Fault {
    let rule = "is not kept; SampleCount, Average, Sum, Minimum and Maximum are";
    invalid(parameter, statistic, rule)
}
