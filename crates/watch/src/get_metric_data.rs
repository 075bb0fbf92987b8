//! GetMetricData: one statistic of each of many metrics, a page of points at a time.

use std::collections::BTreeSet;

use flumen_access::Caller;
use flumen_protocol::cloudwatch::{
    ErrorCode, Fault, GetMetricDataInput, GetMetricDataOutput, MetricDataQuery, MetricDataResult, MetricStat,
    Operation, ScanBy, Statistic, StatusCode,
};

use crate::ask::{Ask, Point, Span};
use crate::get_metric_statistics::not_kept;
use crate::put_metric_data::{dimensions, invalid};
use crate::store::SeriesName;
use crate::{NO_UNIT, Watch, door};

const POINTS_MAX: usize = 100_800;

impl Watch {
    pub fn get_metric_data(
        &self,
        caller: &Caller,
        input: &GetMetricDataInput<'_>,
    ) -> Result<GetMetricDataOutput<'static>, Fault> {
        let target = door::own(caller, Operation::GetMetricData)?;
        // How many points earlier pages had.
        let mut passed = match input.next_token.as_deref() {
            Some(token) => token.parse().map_err(|_| invalid_token())?,
            None => 0usize,
        };
        let mut room = match input.max_datapoints {
            Some(max) => match usize::try_from(max) {
                Ok(max @ 1..=POINTS_MAX) => max,
                _ => return Err(invalid("MaxDatapoints", &max.to_string(), "must be between 1 and 100800")),
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

/// Expressions would name queries by their ids, so each has one of its own, which begins with a lower-case letter.
fn unique(queries: &[MetricDataQuery<'_>]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for (i, query) in queries.iter().enumerate() {
        let at = format!("MetricDataQueries.member.{}.Id", i + 1);
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if !query.id.starts_with(|c: char| c.is_ascii_lowercase()) || !query.id.bytes().all(allowed) {
            let rule = "must begin with a lower-case letter and hold letters, digits and underscores alone";
            return Err(invalid(&at, &query.id, rule));
        }
        if !seen.insert(&*query.id) {
            return Err(invalid(&at, &query.id, "is not unique within the request"));
        }
    }
    Ok(())
}

fn read<'q>(
    query: &'q MetricDataQuery<'_>,
    input: &GetMetricDataInput<'_>,
    at: &str,
) -> Result<(&'q MetricStat<'q>, Ask, Statistic), Fault> {
    if query.expression.is_some() && query.metric_stat.is_some() {
        let text = format!(
            "The parameters {at}.Expression and {at}.MetricStat are mutually exclusive and you have specified both."
        );
        return Err(Fault::new(ErrorCode::InvalidParameterCombination, text));
    }
    if let Some(expression) = &query.expression {
        let rule = "is an expression, and only MetricStat is served here";
        return Err(invalid(&format!("{at}.Expression"), expression, rule));
    }
    let missing = |what: &str| {
        Fault::new(ErrorCode::MissingParameter, format!("The parameter {at}.{what} is required."))
    };
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
    let statistic =
        Statistic::parse(&stat.stat).ok_or_else(|| not_kept(&format!("{at}.MetricStat.Stat"), &stat.stat))?;
    let span = Span::new(input.start_time, input.end_time, stat.period, true)?;
    Ok((stat, Ask { metric, unit: stat.unit, span }, statistic))
}

fn invalid_token() -> Fault {
    Fault::new(ErrorCode::InvalidNextToken, "NextToken is none that an answer of this call gave.")
}
