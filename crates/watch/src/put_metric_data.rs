//! PutMetricData: all of a request, or nothing of it.

use std::borrow::Cow;

use flumen_access::Caller;
use flumen_protocol::cloudwatch::{
    Dimension, ErrorCode, Fault, MetricDatum, Operation, PutMetricDataInput, StatisticSet,
};

use crate::store::SeriesName;
use crate::{NO_UNIT, Sample, Watch, door};

/// Namespaces that begin so are the services' own.
const RESERVED: &str = "AWS/";
const PAST_MS_MAX: i64 = 14 * 24 * 3_600_000;
const FUTURE_MS_MAX: i64 = 2 * 3_600_000;
const MAGNITUDE_BITS_MAX: i32 = 360;

impl Watch {
    pub fn put_metric_data(&self, caller: &Caller, input: &PutMetricDataInput<'_>) -> Result<(), Fault> {
        let target = door::own(caller, Operation::PutMetricData)?;
        if input.namespace.starts_with(RESERVED) {
            return Err(invalid("Namespace", RESERVED, "is reserved for the service"));
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
            return Err(Fault::new(ErrorCode::MissingParameter, "The parameter MetricData is required."));
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
    ) -> Result<(SeriesName, u64, Sample), Fault> {
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
                    return Err(invalid(&format!("{at}.Timestamp"), &format!("{} ms", time.0), rule));
                }
                u64::try_from(time.0).unwrap_or_default()
            }
            None => now_ms,
        };
        match datum.storage_resolution {
            None | Some(1 | 60) => {}
            Some(other) => {
                let rule = "must be 1 or 60 seconds";
                return Err(invalid(&format!("{at}.StorageResolution"), &other.to_string(), rule));
            }
        }
        Ok((name, time_ms, sample(datum, at)?))
    }
}

/// By name. A name that is there twice has no meaning.
pub(crate) fn dimensions(given: Option<&[Dimension<'_>]>, at: &str) -> Result<Vec<(String, String)>, Fault> {
    for (i, dimension) in given.unwrap_or_default().iter().enumerate() {
        let at = format!("{at}.Dimensions.member.{}", i + 1);
        if dimension.name.starts_with(':') {
            return Err(invalid(&format!("{at}.Name"), &dimension.name, "must not begin with a colon"));
        }
        for (text, part) in [(&dimension.name, "Name"), (&dimension.value, "Value")] {
            let allowed = text.bytes().all(|b| b.is_ascii() && !b.is_ascii_control());
            if !allowed || text.trim_ascii().is_empty() {
                let rule = "must be ASCII without control characters, and not only spaces";
                return Err(invalid(&format!("{at}.{part}"), text, rule));
            }
        }
    }
    let owned = |text: &Cow<'_, str>| text.clone().into_owned();
    let mut all: Vec<_> =
        given.unwrap_or_default().iter().map(|d| (owned(&d.name), owned(&d.value))).collect();
    all.sort();
    match all.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(invalid(&format!("{at}.Dimensions"), &pair[0].0, "is there more than once")),
        None => Ok(all),
    }
}

fn sample(datum: &MetricDatum<'_>, at: &str) -> Result<Sample, Fault> {
    let exclusive = |a: &str, b: &str| {
        let text = format!(
            "The parameters {at}.{a} and {at}.{b} are mutually exclusive and you have specified both."
        );
        Err(Fault::new(ErrorCode::InvalidParameterCombination, text))
    };
    if datum.counts.is_some() && datum.values.is_none() {
        let text = format!("The parameter {at}.Counts must come with the parameter {at}.Values.");
        return Err(Fault::new(ErrorCode::InvalidParameterCombination, text));
    }
    match (datum.value, &datum.statistic_values, &datum.values) {
        (Some(_), Some(_), _) => exclusive("Value", "StatisticValues"),
        (Some(_), _, Some(_)) => exclusive("Value", "Values"),
        (_, Some(_), Some(_)) => exclusive("StatisticValues", "Values"),
        (Some(value), None, None) => Ok(Sample::one(number(value, at, "Value")?)),
        (None, Some(set), None) => of_set(set, at),
        (None, None, Some(values)) => of_values(values, datum.counts.as_deref(), at),
        (None, None, None) => {
            let text = format!(
                "At least one of the parameters {at}.Value, {at}.Values and {at}.StatisticValues must be specified."
            );
            Err(Fault::new(ErrorCode::MissingParameter, text))
        }
    }
}

fn of_set(set: &StatisticSet, at: &str) -> Result<Sample, Fault> {
    let at = format!("{at}.StatisticValues");
    let sample = Sample {
        count: count(set.sample_count, &at, "SampleCount")?,
        sum: number(set.sum, &at, "Sum")?,
        minimum: number(set.minimum, &at, "Minimum")?,
        maximum: number(set.maximum, &at, "Maximum")?,
    };
    if sample.minimum > sample.maximum {
        let rule = format!("must not be larger than Maximum, which is {}", sample.maximum);
        return Err(invalid(&format!("{at}.Minimum"), &sample.minimum.to_string(), &rule));
    }
    Ok(sample)
}

fn of_values(values: &[f64], counts: Option<&[f64]>, at: &str) -> Result<Sample, Fault> {
    if counts.is_some_and(|counts| counts.len() != values.len()) {
        let text = format!("The parameters {at}.Values and {at}.Counts must be of the same size.");
        return Err(Fault::new(ErrorCode::InvalidParameterCombination, text));
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
    all.ok_or_else(|| {
        Fault::new(ErrorCode::MissingParameter, format!("The parameter {at}.Values must not be empty."))
    })
}

fn number(value: f64, at: &str, name: &str) -> Result<f64, Fault> {
    if value.is_finite() && value.abs() <= 2f64.powi(MAGNITUDE_BITS_MAX) {
        return Ok(value);
    }
    Err(invalid(&format!("{at}.{name}"), &value.to_string(), "must be a number between -2^360 and 2^360"))
}

fn count(value: f64, at: &str, name: &str) -> Result<f64, Fault> {
    match number(value, at, name)? {
        value if value < 0.0 => {
            Err(invalid(&format!("{at}.{name}"), &value.to_string(), "must not be negative"))
        }
        value => Ok(value),
    }
}

pub(crate) fn invalid(parameter: &str, value: &str, rule: &str) -> Fault {
    let text = format!("The value {value} for parameter {parameter} is invalid: it {rule}.");
    Fault::new(ErrorCode::InvalidParameterValue, text)
}
