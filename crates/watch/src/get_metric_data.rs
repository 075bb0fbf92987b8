//! GetMetricData: one statistic of each of many metrics, a page of points at a time.

use std::collections::BTreeSet;

use flumen_access::{Caller, Denied};
use flumen_protocol::Refusal;
use flumen_protocol::cloudwatch::{
    GetMetricDataCode, GetMetricDataInput, GetMetricDataOutput, MetricDataQuery, MetricDataResult,
    MetricStat, Operation, ScanBy, Statistic, StatusCode,
};

use crate::ask::{Ask, Point, Span};
use crate::errors::{BothGiven, InvalidValue};
use crate::put_metric_data::dimensions;
use crate::store::SeriesName;
use crate::{NO_UNIT, Watch, door};

const POINTS_MAX: usize = 100_800;

impl Watch {
    pub fn get_metric_data(
        &self,
        caller: &Caller,
        input: &GetMetricDataInput<'_>,
    ) -> Result<GetMetricDataOutput<'static>, GetMetricDataError> {
        let target = door::own(caller, Operation::GetMetricData)?;
        // How many points earlier pages had.
        let mut passed = match input.next_token.as_deref() {
            Some(token) => token.parse().map_err(|_| GetMetricDataError::Token)?,
            None => 0usize,
        };
        let mut room = match input.max_datapoints {
            Some(max) => match usize::try_from(max) {
                Ok(max @ 1..=POINTS_MAX) => max,
                _ => {
                    let rule = "must be between 1 and 100800";
                    return Err(InvalidValue::new("MaxDatapoints", max, rule).into());
                }
            },
            None => POINTS_MAX,
        };
        unique(&input.metric_data_queries)?;
        let shown = passed.saturating_add(room);
        let mut results = Vec::new();
        let mut more = false;
        for (i, query) in input.metric_data_queries.iter().enumerate() {
            let at = format!("MetricDataQueries.member.{}", i + 1);
            let (stat, ask, statistic) = read(query, input, &at)?;
            if query.return_data == Some(false) {
                continue;
            }
            let mut points = self.points(&target, &ask);
            if input.scan_by != Some(ScanBy::TimestampAscending) {
                points.reverse();
            }
            let skipped = passed.min(points.len());
            passed -= skipped;
            let page: Vec<&Point> = points.iter().skip(skipped).take(room).collect();
            let cut = skipped + page.len() < points.len();
            room -= page.len();
            more |= cut;
            results.push(MetricDataResult {
                id: Some(query.id.to_string().into()),
                label: Some(
                    query
                        .label
                        .as_ref()
                        .or(stat.metric.metric_name.as_ref())
                        .map_or_else(String::new, |l| l.to_string())
                        .into(),
                ),
                timestamps: Some(page.iter().map(|point| point.time).collect()),
                values: Some(page.iter().map(|point| point.sample.statistic(statistic)).collect()),
                status_code: Some(if cut { StatusCode::PartialData } else { StatusCode::Complete }),
            });
        }
        Ok(GetMetricDataOutput {
            metric_data_results: Some(results),
            next_token: more.then(|| shown.to_string().into()),
            messages: Some(Vec::new()),
        })
    }
}

/// Why GetMetricData gives none.
#[derive(Debug, thiserror::Error)]
pub enum GetMetricDataError {
    #[error(transparent)]
    Denied(#[from] Box<Denied>),
    #[error("NextToken is none that an answer of this call gave.")]
    Token,
    #[error(transparent)]
    Value(#[from] InvalidValue),
    #[error(transparent)]
    BothGiven(#[from] BothGiven),
    #[error("The parameter {parameter} is required.")]
    Missing { parameter: String },
}

impl Refusal for GetMetricDataError {
    type Code = GetMetricDataCode;

    fn code(&self) -> GetMetricDataCode {
        use GetMetricDataCode::*;
        match self {
            Self::Denied(_) => AccessDeniedException,
            Self::Token => InvalidNextToken,
            Self::Value(_) => InvalidParameterValue,
            Self::BothGiven(_) => InvalidParameterCombination,
            Self::Missing { .. } => MissingParameter,
        }
    }
}

/// Expressions would name queries by their ids, so each has one of its own, which begins with a lower-case letter.
fn unique(queries: &[MetricDataQuery<'_>]) -> Result<(), InvalidValue> {
    let mut seen = BTreeSet::new();
    for (i, query) in queries.iter().enumerate() {
        let at = format!("MetricDataQueries.member.{}.Id", i + 1);
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if !query.id.starts_with(|c: char| c.is_ascii_lowercase()) || !query.id.bytes().all(allowed) {
            let rule = "must begin with a lower-case letter and hold letters, digits and underscores alone";
            return Err(InvalidValue::new(at, &query.id, rule));
        }
        if !seen.insert(&*query.id) {
            return Err(InvalidValue::new(at, &query.id, "is not unique within the request"));
        }
    }
    Ok(())
}

fn read<'q>(
    query: &'q MetricDataQuery<'_>,
    input: &GetMetricDataInput<'_>,
    at: &str,
) -> Result<(&'q MetricStat<'q>, Ask, Statistic), GetMetricDataError> {
    if query.expression.is_some() && query.metric_stat.is_some() {
        return Err(BothGiven { at: at.into(), one: "Expression", other: "MetricStat" }.into());
    }
    if let Some(expression) = &query.expression {
        let rule = "is an expression, and only MetricStat is served here";
        return Err(InvalidValue::new(format!("{at}.Expression"), expression, rule).into());
    }
    let missing = |what: &str| GetMetricDataError::Missing { parameter: format!("{at}.{what}") };
    let stat = query.metric_stat.as_ref().ok_or_else(|| missing("MetricStat"))?;
    let required = |name: &Option<std::borrow::Cow<'_, str>>, what: &str| {
        name.as_ref().map(ToString::to_string).ok_or_else(|| missing(what))
    };
    let metric = SeriesName {
        namespace: required(&stat.metric.namespace, "MetricStat.Metric.Namespace")?,
        metric: required(&stat.metric.metric_name, "MetricStat.Metric.MetricName")?,
        dimensions: dimensions(stat.metric.dimensions.as_deref(), at)?,
        unit: NO_UNIT,
    };
    let not_kept = || InvalidValue::not_kept(format!("{at}.MetricStat.Stat"), &stat.stat);
    let statistic = Statistic::parse(&stat.stat).ok_or_else(not_kept)?;
    let span = Span::new(input.start_time, input.end_time, stat.period, true)?;
    Ok((stat, Ask { metric, unit: stat.unit, span }, statistic))
}
