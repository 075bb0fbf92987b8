//! PutMetricData: all of a request, or nothing of it.

use std::borrow::Cow;

use flumen_access::{Caller, Denied};
use flumen_protocol::Refusal;
use flumen_protocol::cloudwatch::{
    Dimension, MetricDatum, Operation, PutMetricDataCode, PutMetricDataInput, StatisticSet,
};

use crate::errors::{BothGiven, InvalidValue};
use crate::store::SeriesName;
use crate::{NO_UNIT, Sample, Watch, door};

/// Namespaces that begin so are the services' own.
const RESERVED: &str = "AWS/";
const PAST_MS_MAX: i64 = 14 * 24 * 3_600_000;
const FUTURE_MS_MAX: i64 = 2 * 3_600_000;
const MAGNITUDE_BITS_MAX: i32 = 360;

impl Watch {
    pub fn put_metric_data(
        &self,
        caller: &Caller,
        input: &PutMetricDataInput<'_>,
    ) -> Result<(), PutMetricDataError> {
        let target = door::own_of(caller, Operation::PutMetricData, &input.namespace)?;
        if input.namespace.starts_with(RESERVED) {
            return Err(InvalidValue::new("Namespace", RESERVED, "is reserved for the service").into());
        }
        let now_ms = self.clock.now_ms();
        let own = input.metric_data.iter().flatten();
        let of_entities =
            input.entity_metric_data.iter().flatten().flat_map(|e| e.metric_data.iter().flatten());
        let mut read = Vec::new();
        for (i, datum) in own.chain(of_entities).enumerate() {
            read.push(self.read(&input.namespace, datum, &format!("MetricData.member.{}", i + 1), now_ms)?);
        }
        if read.is_empty() {
            return Err(PutMetricDataError::NoData);
        }
        let mut store = self.store.lock();
        for (name, time_ms, sample) in read {
            // A set of nothing says nothing.
            if sample.count > 0.0 {
                store.add(target.realm, name, time_ms, sample, now_ms);
            }
        }
        Ok(())
    }

    fn read(
        &self,
        namespace: &str,
        datum: &MetricDatum<'_>,
        at: &str,
        now_ms: u64,
    ) -> Result<(SeriesName, u64, Sample), PutMetricDataError> {
        let name = SeriesName {
            namespace: namespace.into(),
            metric: datum.metric_name.to_string(),
            dimensions: dimensions(datum.dimensions.as_deref(), at)?,
            unit: datum.unit.unwrap_or(NO_UNIT),
        };
        let time_ms = match datum.timestamp {
            Some(time) => {
                let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
                let allowed = now_ms.saturating_sub(PAST_MS_MAX)..=now_ms.saturating_add(FUTURE_MS_MAX);
                if !allowed.contains(&time.0) {
                    let rule = "must be at most two weeks in the past and two hours in the future";
                    let value = format!("{} ms", time.0);
                    return Err(InvalidValue::new(format!("{at}.Timestamp"), value, rule).into());
                }
                u64::try_from(time.0).unwrap_or_default()
            }
            None => now_ms,
        };
        match datum.storage_resolution {
            None | Some(1 | 60) => {}
            Some(other) => {
                let rule = "must be 1 or 60 seconds";
                return Err(InvalidValue::new(format!("{at}.StorageResolution"), other, rule).into());
            }
        }
        Ok((name, time_ms, sample(datum, at)?))
    }
}

/// Why PutMetricData takes nothing.
#[derive(Debug, thiserror::Error)]
pub enum PutMetricDataError {
    #[error(transparent)]
    Denied(#[from] Box<Denied>),
    #[error(transparent)]
    Value(#[from] InvalidValue),
    #[error("The parameter MetricData is required.")]
    NoData,
    #[error(
        "At least one of the parameters {at}.Value, {at}.Values and {at}.StatisticValues must be specified."
    )]
    NoValue { at: String },
    #[error("The parameter {at}.Values must not be empty.")]
    NoValues { at: String },
    #[error(transparent)]
    BothGiven(#[from] BothGiven),
    #[error("The parameter {at}.Counts must come with the parameter {at}.Values.")]
    CountsAlone { at: String },
    #[error("The parameters {at}.Values and {at}.Counts must be of the same size.")]
    CountsDiffer { at: String },
}

impl Refusal for PutMetricDataError {
    type Code = PutMetricDataCode;

    fn code(&self) -> PutMetricDataCode {
        use PutMetricDataCode::*;
        match self {
            Self::Denied(_) => AccessDeniedException,
            Self::Value(_) => InvalidParameterValue,
            Self::NoData | Self::NoValue { .. } | Self::NoValues { .. } => MissingParameter,
            Self::BothGiven(_) | Self::CountsAlone { .. } | Self::CountsDiffer { .. } => {
                InvalidParameterCombination
            }
        }
    }
}

/// By name. A name that is there twice has no meaning.
pub(crate) fn dimensions(
    given: Option<&[Dimension<'_>]>,
    at: &str,
) -> Result<Vec<(String, String)>, InvalidValue> {
    for (i, dimension) in given.unwrap_or_default().iter().enumerate() {
        let at = format!("{at}.Dimensions.member.{}", i + 1);
        if dimension.name.starts_with(':') {
            let rule = "must not begin with a colon";
            return Err(InvalidValue::new(format!("{at}.Name"), &dimension.name, rule));
        }
        for (text, part) in [(&dimension.name, "Name"), (&dimension.value, "Value")] {
            let allowed = text.bytes().all(|b| b.is_ascii() && !b.is_ascii_control());
            if !allowed || text.trim_ascii().is_empty() {
                let rule = "must be ASCII without control characters, and not only spaces";
                return Err(InvalidValue::new(format!("{at}.{part}"), text, rule));
            }
        }
    }
    let owned = |text: &Cow<'_, str>| text.clone().into_owned();
    let mut all: Vec<_> =
        given.unwrap_or_default().iter().map(|d| (owned(&d.name), owned(&d.value))).collect();
    all.sort();
    match all.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => {
            Err(InvalidValue::new(format!("{at}.Dimensions"), &pair[0].0, "is there more than once"))
        }
        None => Ok(all),
    }
}

fn sample(datum: &MetricDatum<'_>, at: &str) -> Result<Sample, PutMetricDataError> {
    let exclusive = |one, other| Err(BothGiven { at: at.into(), one, other }.into());
    if datum.counts.is_some() && datum.values.is_none() {
        return Err(PutMetricDataError::CountsAlone { at: at.into() });
    }
    match (datum.value, &datum.statistic_values, &datum.values) {
        (Some(_), Some(_), _) => exclusive("Value", "StatisticValues"),
        (Some(_), _, Some(_)) => exclusive("Value", "Values"),
        (_, Some(_), Some(_)) => exclusive("StatisticValues", "Values"),
        (Some(value), None, None) => Ok(Sample::one(number(value, at, "Value")?)),
        (None, Some(set), None) => Ok(of_set(set, at)?),
        (None, None, Some(values)) => of_values(values, datum.counts.as_deref(), at),
        (None, None, None) => Err(PutMetricDataError::NoValue { at: at.into() }),
    }
}

fn of_set(set: &StatisticSet, at: &str) -> Result<Sample, InvalidValue> {
    let at = format!("{at}.StatisticValues");
    let sample = Sample {
        count: count(set.sample_count, &at, "SampleCount")?,
        sum: number(set.sum, &at, "Sum")?,
        minimum: number(set.minimum, &at, "Minimum")?,
        maximum: number(set.maximum, &at, "Maximum")?,
    };
    if sample.minimum > sample.maximum {
        let rule = format!("must not be larger than Maximum, which is {}", sample.maximum);
        return Err(InvalidValue::new(format!("{at}.Minimum"), sample.minimum, rule));
    }
    Ok(sample)
}

fn of_values(values: &[f64], counts: Option<&[f64]>, at: &str) -> Result<Sample, PutMetricDataError> {
    if counts.is_some_and(|counts| counts.len() != values.len()) {
        return Err(PutMetricDataError::CountsDiffer { at: at.into() });
    }
    let mut all: Option<Sample> = None;
    for (i, &value) in values.iter().enumerate() {
        let times = counts.and_then(|counts| counts.get(i)).copied().unwrap_or(1.0);
        let of_one = Sample::times(number(value, at, "Values")?, count(times, at, "Counts")?);
        match &mut all {
            Some(all) => all.add(&of_one),
            None => all = Some(of_one),
        }
    }
    all.ok_or_else(|| PutMetricDataError::NoValues { at: at.into() })
}

fn number(value: f64, at: &str, name: &str) -> Result<f64, InvalidValue> {
    if value.is_finite() && value.abs() <= 2f64.powi(MAGNITUDE_BITS_MAX) {
        return Ok(value);
    }
    Err(InvalidValue::new(format!("{at}.{name}"), value, "must be a number between -2^360 and 2^360"))
}

fn count(value: f64, at: &str, name: &str) -> Result<f64, InvalidValue> {
    match number(value, at, name)? {
        value if value < 0.0 => Err(InvalidValue::new(format!("{at}.{name}"), value, "must not be negative")),
        value => Ok(value),
    }
}
