//! Why operations refuse. Here is what several have; an operation's own errors stand in its file, with its enum, which
//! embeds these and says in one match what each is answered with. The texts follow AWS's.

use std::borrow::Cow;

pub use crate::get_metric_data::GetMetricDataError;
pub use crate::get_metric_statistics::GetMetricStatisticsError;
pub use crate::list_metrics::ListMetricsError;
pub use crate::put_metric_data::PutMetricDataError;

/// A value breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The value {value} for parameter {parameter} is invalid: it {rule}.")]
pub struct InvalidValue {
    pub parameter: String,
    pub value: String,
    pub rule: Cow<'static, str>,
}

impl InvalidValue {
    pub(crate) fn new(
        parameter: impl Into<String>,
        value: impl ToString,
        rule: impl Into<Cow<'static, str>>,
    ) -> Self {
        InvalidValue { parameter: parameter.into(), value: value.to_string(), rule: rule.into() }
    }

    pub(crate) fn not_kept(parameter: impl Into<String>, statistic: &str) -> Self {
        let rule = "is not kept; SampleCount, Average, Sum, Minimum and Maximum are";
        InvalidValue::new(parameter, statistic, rule)
    }
}

/// One of two parameters is for when the other is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The parameters {at}.{one} and {at}.{other} are mutually exclusive and you have specified both.")]
pub struct BothGiven {
    pub at: String,
    pub one: &'static str,
    pub other: &'static str,
}
