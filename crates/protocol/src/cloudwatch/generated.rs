// Written by `cargo xtask codegen` from the interface description. Do not edit.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::codec::{Abort, Decode, Decoder, Encode, Encoder, Kind, list, map, names};
use crate::constraint::{Path, Pattern, Range, StringRule, Violations, class, whole};
use crate::macros::{enumeration, error_codes, operation_codes, operations};
use crate::{Blob, Fault, Input, TextMap, Timestamp};

operations! {
    DeleteAlarmMuteRule: false,
    DeleteAlarms: false,
    DeleteAnomalyDetector: false,
    DeleteDashboards: false,
    DeleteInsightRules: false,
    DeleteMetricStream: false,
    DescribeAlarmContributors: false,
    DescribeAlarmHistory: false,
    DescribeAlarms: false,
    DescribeAlarmsForMetric: false,
    DescribeAnomalyDetectors: false,
    DescribeInsightRules: false,
    DisableAlarmActions: false,
    DisableInsightRules: false,
    EnableAlarmActions: false,
    EnableInsightRules: false,
    GetAlarmMuteRule: false,
    GetDashboard: false,
    GetInsightRuleReport: false,
    GetMetricData: true,
    GetMetricStatistics: true,
    GetMetricStream: false,
    GetMetricWidgetImage: false,
    GetOTelEnrichment: false,
    ListAlarmMuteRules: false,
    ListDashboards: false,
    ListManagedInsightRules: false,
    ListMetricStreams: false,
    ListMetrics: true,
    ListTagsForResource: false,
    PutAlarmMuteRule: false,
    PutAnomalyDetector: false,
    PutCompositeAlarm: false,
    PutDashboard: false,
    PutInsightRule: false,
    PutManagedInsightRules: false,
    PutMetricAlarm: false,
    PutMetricData: true,
    PutMetricStream: false,
    SetAlarmState: false,
    StartMetricStreams: false,
    StartOTelEnrichment: false,
    StopMetricStreams: false,
    StopOTelEnrichment: false,
    TagResource: false,
    UntagResource: false,
}

error_codes! {
    AccessDeniedException: 400,
    ExpiredTokenException: 400,
    IncompleteSignatureException: 400,
    InternalServiceError: 500,
    InvalidNextToken: 400,
    InvalidParameterCombination: 400,
    InvalidParameterValue: 400,
    InvalidSignatureException: 400,
    LimitExceeded: 400,
    MissingAuthenticationTokenException: 400,
    MissingParameter: 400,
    SerializationException: 400,
    ServiceUnavailable: 503,
    Throttling: 400,
    UnknownOperationException: 400,
    UnrecognizedClientException: 400,
    UnsupportedOperationException: 400,
    ValidationError: 400,
}

operation_codes! {
    GetMetricDataCode: AccessDeniedException, InternalServiceError, InvalidNextToken, InvalidParameterCombination, InvalidParameterValue, MissingParameter, ValidationError;
    GetMetricStatisticsCode: AccessDeniedException, InternalServiceError, InvalidParameterCombination, InvalidParameterValue, MissingParameter, ValidationError;
    ListMetricsCode: AccessDeniedException, InternalServiceError, InvalidParameterValue, ValidationError;
    PutMetricDataCode: AccessDeniedException, InternalServiceError, InvalidParameterCombination, InvalidParameterValue, MissingParameter, ValidationError;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Datapoint {
    pub timestamp: Option<Timestamp>,
    pub sample_count: Option<f64>,
    pub average: Option<f64>,
    pub sum: Option<f64>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub unit: Option<StandardUnit>,
}

impl<'a> Decode<'a> for Datapoint {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut timestamp = None;
        let mut sample_count = None;
        let mut average = None;
        let mut sum = None;
        let mut minimum = None;
        let mut maximum = None;
        let mut unit = None;
        while let Some(found) = from.member(&mut open, const { &names(["Timestamp", "SampleCount", "Average", "Sum", "Minimum", "Maximum", "Unit"]) })? {
            match &*found {
                "Timestamp" => timestamp = from.timestamp()?,
                "SampleCount" => sample_count = from.double()?,
                "Average" => average = from.double()?,
                "Sum" => sum = from.double()?,
                "Minimum" => minimum = from.double()?,
                "Maximum" => maximum = from.double()?,
                "Unit" => unit = from.string()?,
                _ => from.skip()?,
            }
        }
        let unit = violations.enumeration(at, "Unit", unit);
        Ok(Some(Datapoint { timestamp, sample_count, average, sum, minimum, maximum, unit }))
    }
}

impl Encode for Datapoint {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Timestamp", &self.timestamp);
        to.optional("SampleCount", &self.sample_count);
        to.optional("Average", &self.average);
        to.optional("Sum", &self.sum);
        to.optional("Minimum", &self.minimum);
        to.optional("Maximum", &self.maximum);
        to.optional("Unit", &self.unit);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dimension<'a> {
    pub name: Cow<'a, str>,
    pub value: Cow<'a, str>,
}

impl<'a> Decode<'a> for Dimension<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        let mut value = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name", "Value"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                "Value" => value = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Name", &name, &DIMENSION_NAME);
        let name = violations.required(at, "Name", name);
        violations.string(at, "Value", &value, &DIMENSION_VALUE);
        let value = violations.required(at, "Value", value);
        Ok(Some(Dimension { name, value }))
    }
}

impl Encode for Dimension<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.field("Value", &self.value);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DimensionFilter<'a> {
    pub name: Cow<'a, str>,
    pub value: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DimensionFilter<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        let mut value = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name", "Value"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                "Value" => value = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Name", &name, &DIMENSION_NAME);
        let name = violations.required(at, "Name", name);
        violations.string(at, "Value", &value, &DIMENSION_VALUE);
        Ok(Some(DimensionFilter { name, value }))
    }
}

impl Encode for DimensionFilter<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.optional("Value", &self.value);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityMetricData<'a> {
    pub metric_data: Option<Vec<MetricDatum<'a>>>,
}

impl<'a> Decode<'a> for EntityMetricData<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut metric_data = None;
        while let Some(found) = from.member(&mut open, const { &names(["MetricData"]) })? {
            match &*found {
                "MetricData" => metric_data = list(from, &Path::Member(at, "MetricData"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.structures(at, "MetricData", &metric_data, Range { min: None, max: Some(1000) });
        Ok(Some(EntityMetricData { metric_data }))
    }
}

impl Encode for EntityMetricData<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("MetricData", &self.metric_data);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetMetricDataInput<'a> {
    pub metric_data_queries: Vec<MetricDataQuery<'a>>,
    pub start_time: Timestamp,
    pub end_time: Timestamp,
    pub next_token: Option<Cow<'a, str>>,
    pub scan_by: Option<ScanBy>,
    pub max_datapoints: Option<i32>,
    pub label_options: Option<LabelOptions<'a>>,
}

impl<'a> Decode<'a> for GetMetricDataInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut metric_data_queries = None;
        let mut start_time = None;
        let mut end_time = None;
        let mut next_token = None;
        let mut scan_by = None;
        let mut max_datapoints = None;
        let mut label_options = None;
        while let Some(found) = from.member(&mut open, const { &names(["MetricDataQueries", "StartTime", "EndTime", "NextToken", "ScanBy", "MaxDatapoints", "LabelOptions"]) })? {
            match &*found {
                "MetricDataQueries" => metric_data_queries = list(from, &Path::Member(at, "MetricDataQueries"), violations, 500)?,
                "StartTime" => start_time = from.timestamp()?,
                "EndTime" => end_time = from.timestamp()?,
                "NextToken" => next_token = from.string()?,
                "ScanBy" => scan_by = from.string()?,
                "MaxDatapoints" => max_datapoints = from.integer()?,
                "LabelOptions" => label_options = LabelOptions::decode(from, &Path::Member(at, "LabelOptions"), violations)?,
                _ => from.skip()?,
            }
        }
        violations.structures(at, "MetricDataQueries", &metric_data_queries, Range { min: None, max: Some(500) });
        let metric_data_queries = violations.required(at, "MetricDataQueries", metric_data_queries);
        let start_time = violations.required(at, "StartTime", start_time);
        let end_time = violations.required(at, "EndTime", end_time);
        let scan_by = violations.enumeration(at, "ScanBy", scan_by);
        Ok(Some(GetMetricDataInput { metric_data_queries, start_time, end_time, next_token, scan_by, max_datapoints, label_options }))
    }
}

impl Encode for GetMetricDataInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("MetricDataQueries", &self.metric_data_queries);
        to.field("StartTime", &self.start_time);
        to.field("EndTime", &self.end_time);
        to.optional("NextToken", &self.next_token);
        to.optional("ScanBy", &self.scan_by);
        to.optional("MaxDatapoints", &self.max_datapoints);
        to.optional("LabelOptions", &self.label_options);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetMetricDataOutput<'a> {
    pub metric_data_results: Option<Vec<MetricDataResult<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
    pub messages: Option<Vec<MessageData<'a>>>,
}

impl<'a> Decode<'a> for GetMetricDataOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut metric_data_results = None;
        let mut next_token = None;
        let mut messages = None;
        while let Some(found) = from.member(&mut open, const { &names(["MetricDataResults", "NextToken", "Messages"]) })? {
            match &*found {
                "MetricDataResults" => metric_data_results = list(from, &Path::Member(at, "MetricDataResults"), violations, usize::MAX)?,
                "NextToken" => next_token = from.string()?,
                "Messages" => messages = list(from, &Path::Member(at, "Messages"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetMetricDataOutput { metric_data_results, next_token, messages }))
    }
}

impl Encode for GetMetricDataOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("MetricDataResults", &self.metric_data_results);
        to.optional("NextToken", &self.next_token);
        to.optional("Messages", &self.messages);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetMetricStatisticsInput<'a> {
    pub namespace: Cow<'a, str>,
    pub metric_name: Cow<'a, str>,
    pub dimensions: Option<Vec<Dimension<'a>>>,
    pub start_time: Timestamp,
    pub end_time: Timestamp,
    pub period: i32,
    pub statistics: Option<Vec<Statistic>>,
    pub extended_statistics: Option<Vec<Cow<'a, str>>>,
    pub unit: Option<StandardUnit>,
}

impl<'a> Decode<'a> for GetMetricStatisticsInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut namespace = None;
        let mut metric_name = None;
        let mut dimensions = None;
        let mut start_time = None;
        let mut end_time = None;
        let mut period = None;
        let mut statistics = None;
        let mut extended_statistics = None;
        let mut unit = None;
        while let Some(found) = from.member(&mut open, const { &names(["Namespace", "MetricName", "Dimensions", "StartTime", "EndTime", "Period", "Statistics", "ExtendedStatistics", "Unit"]) })? {
            match &*found {
                "Namespace" => namespace = from.string()?,
                "MetricName" => metric_name = from.string()?,
                "Dimensions" => dimensions = list(from, &Path::Member(at, "Dimensions"), violations, 30)?,
                "StartTime" => start_time = from.timestamp()?,
                "EndTime" => end_time = from.timestamp()?,
                "Period" => period = from.integer()?,
                "Statistics" => statistics = list(from, &Path::Member(at, "Statistics"), violations, 5)?,
                "ExtendedStatistics" => extended_statistics = list(from, &Path::Member(at, "ExtendedStatistics"), violations, 10)?,
                "Unit" => unit = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Namespace", &namespace, &NAMESPACE);
        let namespace = violations.required(at, "Namespace", namespace);
        violations.string(at, "MetricName", &metric_name, &METRIC_NAME);
        let metric_name = violations.required(at, "MetricName", metric_name);
        violations.structures(at, "Dimensions", &dimensions, Range { min: None, max: Some(30) });
        let start_time = violations.required(at, "StartTime", start_time);
        let end_time = violations.required(at, "EndTime", end_time);
        violations.integer(at, "Period", period, Range { min: Some(1), max: None });
        let period = violations.required(at, "Period", period);
        let statistics = violations.enumerations(at, "Statistics", statistics, Range { min: Some(1), max: Some(5) });
        violations.strings(at, "ExtendedStatistics", &extended_statistics, Range { min: Some(1), max: Some(10) }, &GET_METRIC_STATISTICS_INPUT_EXTENDED_STATISTICS);
        let unit = violations.enumeration(at, "Unit", unit);
        Ok(Some(GetMetricStatisticsInput { namespace, metric_name, dimensions, start_time, end_time, period, statistics, extended_statistics, unit }))
    }
}

impl Encode for GetMetricStatisticsInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Namespace", &self.namespace);
        to.field("MetricName", &self.metric_name);
        to.optional("Dimensions", &self.dimensions);
        to.field("StartTime", &self.start_time);
        to.field("EndTime", &self.end_time);
        to.field("Period", &self.period);
        to.optional("Statistics", &self.statistics);
        to.optional("ExtendedStatistics", &self.extended_statistics);
        to.optional("Unit", &self.unit);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetMetricStatisticsOutput<'a> {
    pub label: Option<Cow<'a, str>>,
    pub datapoints: Option<Vec<Datapoint>>,
}

impl<'a> Decode<'a> for GetMetricStatisticsOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut label = None;
        let mut datapoints = None;
        while let Some(found) = from.member(&mut open, const { &names(["Label", "Datapoints"]) })? {
            match &*found {
                "Label" => label = from.string()?,
                "Datapoints" => datapoints = list(from, &Path::Member(at, "Datapoints"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetMetricStatisticsOutput { label, datapoints }))
    }
}

impl Encode for GetMetricStatisticsOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Label", &self.label);
        to.optional("Datapoints", &self.datapoints);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelOptions<'a> {
    pub timezone: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for LabelOptions<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut timezone = None;
        while let Some(found) = from.member(&mut open, const { &names(["Timezone"]) })? {
            match &*found {
                "Timezone" => timezone = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(LabelOptions { timezone }))
    }
}

impl Encode for LabelOptions<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Timezone", &self.timezone);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListMetricsInput<'a> {
    pub namespace: Option<Cow<'a, str>>,
    pub metric_name: Option<Cow<'a, str>>,
    pub dimensions: Option<Vec<DimensionFilter<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
    pub recently_active: Option<RecentlyActive>,
}

impl<'a> Decode<'a> for ListMetricsInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut namespace = None;
        let mut metric_name = None;
        let mut dimensions = None;
        let mut next_token = None;
        let mut recently_active = None;
        while let Some(found) = from.member(&mut open, const { &names(["Namespace", "MetricName", "Dimensions", "NextToken", "RecentlyActive"]) })? {
            match &*found {
                "Namespace" => namespace = from.string()?,
                "MetricName" => metric_name = from.string()?,
                "Dimensions" => dimensions = list(from, &Path::Member(at, "Dimensions"), violations, 10)?,
                "NextToken" => next_token = from.string()?,
                "RecentlyActive" => recently_active = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Namespace", &namespace, &NAMESPACE);
        violations.string(at, "MetricName", &metric_name, &METRIC_NAME);
        violations.structures(at, "Dimensions", &dimensions, Range { min: None, max: Some(10) });
        let recently_active = violations.enumeration(at, "RecentlyActive", recently_active);
        Ok(Some(ListMetricsInput { namespace, metric_name, dimensions, next_token, recently_active }))
    }
}

impl Encode for ListMetricsInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Namespace", &self.namespace);
        to.optional("MetricName", &self.metric_name);
        to.optional("Dimensions", &self.dimensions);
        to.optional("NextToken", &self.next_token);
        to.optional("RecentlyActive", &self.recently_active);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListMetricsOutput<'a> {
    pub metrics: Option<Vec<Metric<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListMetricsOutput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut metrics = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["Metrics", "NextToken"]) })? {
            match &*found {
                "Metrics" => metrics = list(from, &Path::Member(at, "Metrics"), violations, usize::MAX)?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListMetricsOutput { metrics, next_token }))
    }
}

impl Encode for ListMetricsOutput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Metrics", &self.metrics);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageData<'a> {
    pub code: Option<Cow<'a, str>>,
    pub value: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for MessageData<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut code = None;
        let mut value = None;
        while let Some(found) = from.member(&mut open, const { &names(["Code", "Value"]) })? {
            match &*found {
                "Code" => code = from.string()?,
                "Value" => value = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(MessageData { code, value }))
    }
}

impl Encode for MessageData<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Code", &self.code);
        to.optional("Value", &self.value);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric<'a> {
    pub namespace: Option<Cow<'a, str>>,
    pub metric_name: Option<Cow<'a, str>>,
    pub dimensions: Option<Vec<Dimension<'a>>>,
}

impl<'a> Decode<'a> for Metric<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut namespace = None;
        let mut metric_name = None;
        let mut dimensions = None;
        while let Some(found) = from.member(&mut open, const { &names(["Namespace", "MetricName", "Dimensions"]) })? {
            match &*found {
                "Namespace" => namespace = from.string()?,
                "MetricName" => metric_name = from.string()?,
                "Dimensions" => dimensions = list(from, &Path::Member(at, "Dimensions"), violations, 30)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Namespace", &namespace, &NAMESPACE);
        violations.string(at, "MetricName", &metric_name, &METRIC_NAME);
        violations.structures(at, "Dimensions", &dimensions, Range { min: None, max: Some(30) });
        Ok(Some(Metric { namespace, metric_name, dimensions }))
    }
}

impl Encode for Metric<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Namespace", &self.namespace);
        to.optional("MetricName", &self.metric_name);
        to.optional("Dimensions", &self.dimensions);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricDataQuery<'a> {
    pub id: Cow<'a, str>,
    pub metric_stat: Option<MetricStat<'a>>,
    pub expression: Option<Cow<'a, str>>,
    pub label: Option<Cow<'a, str>>,
    pub return_data: Option<bool>,
    pub period: Option<i32>,
    pub account_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for MetricDataQuery<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut id = None;
        let mut metric_stat = None;
        let mut expression = None;
        let mut label = None;
        let mut return_data = None;
        let mut period = None;
        let mut account_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["Id", "MetricStat", "Expression", "Label", "ReturnData", "Period", "AccountId"]) })? {
            match &*found {
                "Id" => id = from.string()?,
                "MetricStat" => metric_stat = MetricStat::decode(from, &Path::Member(at, "MetricStat"), violations)?,
                "Expression" => expression = from.string()?,
                "Label" => label = from.string()?,
                "ReturnData" => return_data = from.boolean()?,
                "Period" => period = from.integer()?,
                "AccountId" => account_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Id", &id, &METRIC_DATA_QUERY_ID);
        let id = violations.required(at, "Id", id);
        violations.string(at, "Expression", &expression, &METRIC_DATA_QUERY_EXPRESSION);
        violations.integer(at, "Period", period, Range { min: Some(1), max: None });
        violations.string(at, "AccountId", &account_id, &METRIC_DATA_QUERY_ACCOUNT_ID);
        Ok(Some(MetricDataQuery { id, metric_stat, expression, label, return_data, period, account_id }))
    }
}

impl Encode for MetricDataQuery<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Id", &self.id);
        to.optional("MetricStat", &self.metric_stat);
        to.optional("Expression", &self.expression);
        to.optional("Label", &self.label);
        to.optional("ReturnData", &self.return_data);
        to.optional("Period", &self.period);
        to.optional("AccountId", &self.account_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricDataResult<'a> {
    pub id: Option<Cow<'a, str>>,
    pub label: Option<Cow<'a, str>>,
    pub timestamps: Option<Vec<Timestamp>>,
    pub values: Option<Vec<f64>>,
    pub status_code: Option<StatusCode>,
}

impl<'a> Decode<'a> for MetricDataResult<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut id = None;
        let mut label = None;
        let mut timestamps = None;
        let mut values = None;
        let mut status_code = None;
        while let Some(found) = from.member(&mut open, const { &names(["Id", "Label", "Timestamps", "Values", "StatusCode"]) })? {
            match &*found {
                "Id" => id = from.string()?,
                "Label" => label = from.string()?,
                "Timestamps" => timestamps = list(from, &Path::Member(at, "Timestamps"), violations, usize::MAX)?,
                "Values" => values = list(from, &Path::Member(at, "Values"), violations, usize::MAX)?,
                "StatusCode" => status_code = from.string()?,
                _ => from.skip()?,
            }
        }
        let status_code = violations.enumeration(at, "StatusCode", status_code);
        Ok(Some(MetricDataResult { id, label, timestamps, values, status_code }))
    }
}

impl Encode for MetricDataResult<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Id", &self.id);
        to.optional("Label", &self.label);
        to.optional("Timestamps", &self.timestamps);
        to.optional("Values", &self.values);
        to.optional("StatusCode", &self.status_code);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricDatum<'a> {
    pub metric_name: Cow<'a, str>,
    pub dimensions: Option<Vec<Dimension<'a>>>,
    pub timestamp: Option<Timestamp>,
    pub value: Option<f64>,
    pub statistic_values: Option<StatisticSet>,
    pub values: Option<Vec<f64>>,
    pub counts: Option<Vec<f64>>,
    pub unit: Option<StandardUnit>,
    pub storage_resolution: Option<i32>,
}

impl<'a> Decode<'a> for MetricDatum<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut metric_name = None;
        let mut dimensions = None;
        let mut timestamp = None;
        let mut value = None;
        let mut statistic_values = None;
        let mut values = None;
        let mut counts = None;
        let mut unit = None;
        let mut storage_resolution = None;
        while let Some(found) = from.member(&mut open, const { &names(["MetricName", "Dimensions", "Timestamp", "Value", "StatisticValues", "Values", "Counts", "Unit", "StorageResolution"]) })? {
            match &*found {
                "MetricName" => metric_name = from.string()?,
                "Dimensions" => dimensions = list(from, &Path::Member(at, "Dimensions"), violations, 30)?,
                "Timestamp" => timestamp = from.timestamp()?,
                "Value" => value = from.double()?,
                "StatisticValues" => statistic_values = StatisticSet::decode(from, &Path::Member(at, "StatisticValues"), violations)?,
                "Values" => values = list(from, &Path::Member(at, "Values"), violations, 150)?,
                "Counts" => counts = list(from, &Path::Member(at, "Counts"), violations, 150)?,
                "Unit" => unit = from.string()?,
                "StorageResolution" => storage_resolution = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "MetricName", &metric_name, &METRIC_NAME);
        let metric_name = violations.required(at, "MetricName", metric_name);
        violations.structures(at, "Dimensions", &dimensions, Range { min: None, max: Some(30) });
        violations.structures(at, "Values", &values, Range { min: None, max: Some(150) });
        violations.structures(at, "Counts", &counts, Range { min: None, max: Some(150) });
        let unit = violations.enumeration(at, "Unit", unit);
        violations.integer(at, "StorageResolution", storage_resolution, Range { min: Some(1), max: None });
        Ok(Some(MetricDatum { metric_name, dimensions, timestamp, value, statistic_values, values, counts, unit, storage_resolution }))
    }
}

impl Encode for MetricDatum<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("MetricName", &self.metric_name);
        to.optional("Dimensions", &self.dimensions);
        to.optional("Timestamp", &self.timestamp);
        to.optional("Value", &self.value);
        to.optional("StatisticValues", &self.statistic_values);
        to.optional("Values", &self.values);
        to.optional("Counts", &self.counts);
        to.optional("Unit", &self.unit);
        to.optional("StorageResolution", &self.storage_resolution);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricStat<'a> {
    pub metric: Metric<'a>,
    pub period: i32,
    pub stat: Cow<'a, str>,
    pub unit: Option<StandardUnit>,
}

impl<'a> Decode<'a> for MetricStat<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut metric = None;
        let mut period = None;
        let mut stat = None;
        let mut unit = None;
        while let Some(found) = from.member(&mut open, const { &names(["Metric", "Period", "Stat", "Unit"]) })? {
            match &*found {
                "Metric" => metric = Metric::decode(from, &Path::Member(at, "Metric"), violations)?,
                "Period" => period = from.integer()?,
                "Stat" => stat = from.string()?,
                "Unit" => unit = from.string()?,
                _ => from.skip()?,
            }
        }
        let metric = violations.required(at, "Metric", metric);
        violations.integer(at, "Period", period, Range { min: Some(1), max: None });
        let period = violations.required(at, "Period", period);
        let stat = violations.required(at, "Stat", stat);
        let unit = violations.enumeration(at, "Unit", unit);
        Ok(Some(MetricStat { metric, period, stat, unit }))
    }
}

impl Encode for MetricStat<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Metric", &self.metric);
        to.field("Period", &self.period);
        to.field("Stat", &self.stat);
        to.optional("Unit", &self.unit);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutMetricDataInput<'a> {
    pub namespace: Cow<'a, str>,
    pub metric_data: Option<Vec<MetricDatum<'a>>>,
    pub entity_metric_data: Option<Vec<EntityMetricData<'a>>>,
    pub strict_entity_validation: Option<bool>,
}

impl<'a> Decode<'a> for PutMetricDataInput<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut namespace = None;
        let mut metric_data = None;
        let mut entity_metric_data = None;
        let mut strict_entity_validation = None;
        while let Some(found) = from.member(&mut open, const { &names(["Namespace", "MetricData", "EntityMetricData", "StrictEntityValidation"]) })? {
            match &*found {
                "Namespace" => namespace = from.string()?,
                "MetricData" => metric_data = list(from, &Path::Member(at, "MetricData"), violations, 1000)?,
                "EntityMetricData" => entity_metric_data = list(from, &Path::Member(at, "EntityMetricData"), violations, 2)?,
                "StrictEntityValidation" => strict_entity_validation = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Namespace", &namespace, &NAMESPACE);
        let namespace = violations.required(at, "Namespace", namespace);
        violations.structures(at, "MetricData", &metric_data, Range { min: None, max: Some(1000) });
        violations.structures(at, "EntityMetricData", &entity_metric_data, Range { min: None, max: Some(2) });
        Ok(Some(PutMetricDataInput { namespace, metric_data, entity_metric_data, strict_entity_validation }))
    }
}

impl Encode for PutMetricDataInput<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Namespace", &self.namespace);
        to.optional("MetricData", &self.metric_data);
        to.optional("EntityMetricData", &self.entity_metric_data);
        to.optional("StrictEntityValidation", &self.strict_entity_validation);
        to.end_struct();
    }
}

enumeration! {
    RecentlyActive "[PT3H]";
    Pt3h = "PT3H",
}

enumeration! {
    ScanBy "[TimestampDescending, TimestampAscending]";
    TimestampDescending = "TimestampDescending",
    TimestampAscending = "TimestampAscending",
}

enumeration! {
    StandardUnit "[Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, Bits, Kilobits, Megabits, Gigabits, Terabits, Percent, Count, Bytes/Second, Kilobytes/Second, Megabytes/Second, Gigabytes/Second, Terabytes/Second, Bits/Second, Kilobits/Second, Megabits/Second, Gigabits/Second, Terabits/Second, Count/Second, None]";
    Seconds = "Seconds",
    Microseconds = "Microseconds",
    Milliseconds = "Milliseconds",
    Bytes = "Bytes",
    Kilobytes = "Kilobytes",
    Megabytes = "Megabytes",
    Gigabytes = "Gigabytes",
    Terabytes = "Terabytes",
    Bits = "Bits",
    Kilobits = "Kilobits",
    Megabits = "Megabits",
    Gigabits = "Gigabits",
    Terabits = "Terabits",
    Percent = "Percent",
    Count = "Count",
    BytesPerSecond = "Bytes/Second",
    KilobytesPerSecond = "Kilobytes/Second",
    MegabytesPerSecond = "Megabytes/Second",
    GigabytesPerSecond = "Gigabytes/Second",
    TerabytesPerSecond = "Terabytes/Second",
    BitsPerSecond = "Bits/Second",
    KilobitsPerSecond = "Kilobits/Second",
    MegabitsPerSecond = "Megabits/Second",
    GigabitsPerSecond = "Gigabits/Second",
    TerabitsPerSecond = "Terabits/Second",
    CountPerSecond = "Count/Second",
    None = "None",
}

enumeration! {
    Statistic "[SampleCount, Average, Sum, Minimum, Maximum]";
    SampleCount = "SampleCount",
    Average = "Average",
    Sum = "Sum",
    Minimum = "Minimum",
    Maximum = "Maximum",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatisticSet {
    pub sample_count: f64,
    pub sum: f64,
    pub minimum: f64,
    pub maximum: f64,
}

impl<'a> Decode<'a> for StatisticSet {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut sample_count = None;
        let mut sum = None;
        let mut minimum = None;
        let mut maximum = None;
        while let Some(found) = from.member(&mut open, const { &names(["SampleCount", "Sum", "Minimum", "Maximum"]) })? {
            match &*found {
                "SampleCount" => sample_count = from.double()?,
                "Sum" => sum = from.double()?,
                "Minimum" => minimum = from.double()?,
                "Maximum" => maximum = from.double()?,
                _ => from.skip()?,
            }
        }
        let sample_count = violations.required(at, "SampleCount", sample_count);
        let sum = violations.required(at, "Sum", sum);
        let minimum = violations.required(at, "Minimum", minimum);
        let maximum = violations.required(at, "Maximum", maximum);
        Ok(Some(StatisticSet { sample_count, sum, minimum, maximum }))
    }
}

impl Encode for StatisticSet {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("SampleCount", &self.sample_count);
        to.field("Sum", &self.sum);
        to.field("Minimum", &self.minimum);
        to.field("Maximum", &self.maximum);
        to.end_struct();
    }
}

enumeration! {
    StatusCode "[Complete, InternalError, PartialData, Forbidden]";
    Complete = "Complete",
    InternalError = "InternalError",
    PartialData = "PartialData",
    Forbidden = "Forbidden",
}

impl<'a> Input<'a> for GetMetricDataInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetMetricData;
    type Output<'o> = GetMetricDataOutput<'o>;
    type Static = GetMetricDataInput<'static>;
}

impl<'a> Input<'a> for GetMetricStatisticsInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetMetricStatistics;
    type Output<'o> = GetMetricStatisticsOutput<'o>;
    type Static = GetMetricStatisticsInput<'static>;
}

impl<'a> Input<'a> for ListMetricsInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListMetrics;
    type Output<'o> = ListMetricsOutput<'o>;
    type Static = ListMetricsInput<'static>;
}

impl<'a> Input<'a> for PutMetricDataInput<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutMetricData;
    type Output<'o> = ();
    type Static = PutMetricDataInput<'static>;
}

static DIMENSION_NAME: StringRule = StringRule { length: Range { min: Some(1), max: Some(255) }, pattern: None };

static DIMENSION_VALUE: StringRule = StringRule { length: Range { min: Some(1), max: Some(1024) }, pattern: None };

static GET_METRIC_STATISTICS_INPUT_EXTENDED_STATISTICS: StringRule = StringRule { length: Range { min: None, max: None }, pattern: None };

static METRIC_DATA_QUERY_ACCOUNT_ID: StringRule = StringRule { length: Range { min: Some(1), max: Some(255) }, pattern: None };

static METRIC_DATA_QUERY_EXPRESSION: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: None };

static METRIC_DATA_QUERY_ID: StringRule = StringRule { length: Range { min: Some(1), max: Some(255) }, pattern: None };

static METRIC_NAME: StringRule = StringRule { length: Range { min: Some(1), max: Some(255) }, pattern: None };

static NAMESPACE: StringRule = StringRule { length: Range { min: Some(1), max: Some(255) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[^:].*")), "[^:].*")) };

#[cfg(test)]
pub(crate) static RULES: &[&StringRule] = &[&DIMENSION_NAME, &DIMENSION_VALUE, &GET_METRIC_STATISTICS_INPUT_EXTENDED_STATISTICS, &METRIC_DATA_QUERY_ACCOUNT_ID, &METRIC_DATA_QUERY_EXPRESSION, &METRIC_DATA_QUERY_ID, &METRIC_NAME, &NAMESPACE];
