//! What is put is what is asked for, in each of the three protocols.

use std::sync::Arc;

use flumen_access::{Caller, Principal};
use flumen_protocol::cloudwatch::{
    ErrorCode, Fault, GetMetricDataInput, GetMetricDataOutput, GetMetricStatisticsInput,
    GetMetricStatisticsOutput, ListMetricsInput, ListMetricsOutput, Protocol, PutMetricDataInput, decode,
};
use flumen_types::Clock;
use flumen_watch::{Watch, WatchSettings};

/// 2026-01-31T12:00:00Z
const NOON_MS: u64 = 1_769_860_800_000;

fn watch() -> Watch {
    let settings = WatchSettings { series_max: 1000, age_ms: 3 * 3_600_000 };
    Watch::new(settings, Clock::manual(NOON_MS + 30_000).0)
}

fn caller() -> Caller {
    Caller::new(Arc::new(Principal::root("000000000000")), "us-east-1")
}

fn put(watch: &Watch, form: &str) -> Result<(), Fault> {
    let input: PutMetricDataInput<'_> = decode(Protocol::Query, form.as_bytes())?;
    Ok(watch.put_metric_data(&caller(), &input)?)
}

fn statistics(watch: &Watch, form: &str) -> Result<GetMetricStatisticsOutput<'static>, Fault> {
    let input: GetMetricStatisticsInput<'_> = decode(Protocol::Query, form.as_bytes())?;
    Ok(watch.get_metric_statistics(&caller(), &input)?)
}

fn data(watch: &Watch, json: &str) -> Result<GetMetricDataOutput<'static>, Fault> {
    let input: GetMetricDataInput<'_> = decode(Protocol::Json, json.as_bytes())?;
    Ok(watch.get_metric_data(&caller(), &input)?)
}

fn listed(watch: &Watch, json: &str) -> ListMetricsOutput<'static> {
    let input: ListMetricsInput<'_> = decode(Protocol::Json, json.as_bytes()).unwrap();
    watch.list_metrics(&caller(), &input).unwrap()
}

const ASKED: &str = "Namespace=app&MetricName=Lag&Dimensions.member.1.Name=ShardId&Dimensions.member.1.Value=s-0\
                     &StartTime=2026-01-31T11:00:00Z&EndTime=2026-01-31T12:01:00Z&Period=60\
                     &Statistics.member.1=SampleCount&Statistics.member.2=Average&Statistics.member.3=Maximum";

#[test]
fn values_of_a_minute_are_one_point_in_every_protocol() {
    let watch = watch();
    put(
        &watch,
        "Action=PutMetricData&Version=2010-08-01&Namespace=app&MetricData.member.1.MetricName=Lag\
         &MetricData.member.1.Dimensions.member.1.Name=ShardId&MetricData.member.1.Dimensions.member.1.Value=s-0\
         &MetricData.member.1.Value=1.5&MetricData.member.1.Unit=Milliseconds",
    )
    .unwrap();
    let json = r#"{"Namespace":"app","MetricData":[{"MetricName":"Lag","Dimensions":[{"Name":"ShardId","Value":"s-0"}],
        "StatisticValues":{"SampleCount":2,"Sum":4.5,"Minimum":2,"Maximum":2.5},"Unit":"Milliseconds"}]}"#;
    watch.put_metric_data(&caller(), &decode(Protocol::Json, json.as_bytes()).unwrap()).unwrap();
    // As KPL sends it: a whole double as an integer, a time as tag 1 over seconds; and a half for good measure.
    let mut cbor =
        b"\xa2\x69Namespace\x63app\x6aMetricData\x81\xa5\x6aMetricName\x63Lag\x64Unit\x6cMilliseconds"
            .to_vec();
    cbor.extend_from_slice(b"\x6aDimensions\x81\xa2\x64Name\x67ShardId\x65Value\x63s-0\x69Timestamp\xc1\x1a");
    cbor.extend_from_slice(&u32::try_from(NOON_MS / 1000).unwrap().to_be_bytes());
    cbor.extend_from_slice(b"\x66Values\x82\x07\xf9\x3c\x00");
    watch.put_metric_data(&caller(), &decode(Protocol::RpcV2Cbor, &cbor).unwrap()).unwrap();

    let answer = statistics(&watch, ASKED).unwrap();
    let points = answer.datapoints.unwrap();
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].timestamp.unwrap().0, NOON_MS as i64);
    assert_eq!(
        (points[0].sample_count, points[0].average, points[0].maximum),
        (Some(5.0), Some(2.8), Some(7.0))
    );
    assert_eq!(points[0].sum, None, "was not asked for");
}

#[test]
fn periods_gather_minutes_and_pages_cut_points() {
    let watch = watch();
    for minute in 0..60 {
        let form = format!(
            "Namespace=app&MetricData.member.1.MetricName=Count&MetricData.member.1.Value={minute}\
             &MetricData.member.1.Timestamp=2026-01-31T11:{minute:02}:30Z"
        );
        put(&watch, &form).unwrap();
    }
    let ask = |more: &str| {
        let json = format!(
            r#"{{"StartTime":1769857300,"EndTime":1769860800,"ScanBy":"TimestampAscending",{more}"MetricDataQueries":[
               {{"Id":"a","MetricStat":{{"Metric":{{"Namespace":"app","MetricName":"Count"}},"Period":600,"Stat":"Sum"}}}}]}}"#
        );
        let answer = data(&watch, &json).unwrap();
        (answer.metric_data_results.unwrap().remove(0).values.unwrap(), answer.next_token)
    };
    // 11:01:40 lies in the period that begins at eleven.
    let sums = [45.0, 145.0, 245.0, 345.0, 445.0, 545.0];
    assert_eq!(ask("").0, sums);
    let (first, token) = ask(r#""MaxDatapoints":4,"#);
    assert_eq!(first, sums[..4]);
    let (second, end) = ask(&format!(r#""MaxDatapoints":4,"NextToken":"{}","#, token.unwrap()));
    assert_eq!((second.as_slice(), end), (&sums[4..], None));
}

#[test]
fn a_metric_is_listed_once_and_only_to_its_realm() {
    let watch = watch();
    for unit in ["Count", "Bytes"] {
        let form = format!(
            "Namespace=app&MetricData.member.1.MetricName=A&MetricData.member.1.Value=1&MetricData.member.1.Unit={unit}\
             &MetricData.member.2.MetricName=B&MetricData.member.2.Value=1\
             &MetricData.member.2.Dimensions.member.1.Name=d&MetricData.member.2.Dimensions.member.1.Value=x"
        );
        put(&watch, &form).unwrap();
    }
    let names = |json: &str| -> Vec<String> {
        let metrics = listed(&watch, json).metrics.unwrap();
        metrics.into_iter().map(|m| m.metric_name.unwrap().into_owned()).collect()
    };
    assert_eq!(names("{}"), ["A", "B"]);
    assert_eq!(names(r#"{"Dimensions":[{"Name":"d"}]}"#), ["B"]);
    assert_eq!(names(r#"{"Dimensions":[{"Name":"d","Value":"y"}]}"#), [""; 0]);
    assert_eq!(names(r#"{"MetricName":"A","RecentlyActive":"PT3H"}"#), ["A"]);
    let elsewhere = Caller::new(Arc::new(Principal::root("111111111111")), "us-east-1");
    let input = decode(Protocol::Json, b"{}").unwrap();
    assert_eq!(watch.list_metrics(&elsewhere, &input).unwrap().metrics.unwrap(), []);
}

#[test]
fn long_lists_come_in_pages() {
    let watch = watch();
    for page in 0..2 {
        let members: Vec<String> = (0..300)
            .map(|i| format!("MetricData.member.{i}.MetricName=M{page}-{i:03}&MetricData.member.{i}.Value=1"))
            .collect();
        put(&watch, &format!("Namespace=app&{}", members.join("&"))).unwrap();
    }
    let first = listed(&watch, "{}");
    assert_eq!(first.metrics.unwrap().len(), 500);
    let second = listed(&watch, &format!(r#"{{"NextToken":"{}"}}"#, first.next_token.unwrap()));
    assert_eq!((second.metrics.unwrap().len(), second.next_token), (100, None));
}

#[test]
fn one_wrong_datum_refuses_the_whole_request() {
    let watch = watch();
    let good = "Namespace=app&MetricData.member.1.MetricName=A&MetricData.member.1.Value=1";
    let cases = [
        (format!("{good}&MetricData.member.2.MetricName=B"), ErrorCode::MissingParameter),
        (format!("{good}&MetricData.member.1.Values.member.1=1"), ErrorCode::InvalidParameterCombination),
        (
            format!("{good}&MetricData.member.2.MetricName=B&MetricData.member.2.Value=NaN"),
            ErrorCode::InvalidParameterValue,
        ),
        (
            format!("{good}&MetricData.member.1.Timestamp=2026-01-01T00:00:00Z"),
            ErrorCode::InvalidParameterValue,
        ),
        (format!("{good}&MetricData.member.1.Timestamp=soon"), ErrorCode::SerializationException),
        (format!("{good}&MetricData.member.1.Unit=Miles"), ErrorCode::ValidationError),
        (good.replace("app", "AWS/Kinesis"), ErrorCode::InvalidParameterValue),
        (good.replace("Namespace=app&", ""), ErrorCode::ValidationError),
        ("Namespace=app".into(), ErrorCode::MissingParameter),
        (
            format!(
                "{good}&MetricData.member.1.Dimensions.member.1.Name=d&MetricData.member.1.Dimensions.member.1.Value=x\
                 &MetricData.member.1.Dimensions.member.2.Name=d&MetricData.member.1.Dimensions.member.2.Value=y"
            ),
            ErrorCode::InvalidParameterValue,
        ),
    ];
    for (form, code) in cases {
        assert_eq!(put(&watch, &form).unwrap_err().code, code, "{form}");
    }
    assert_eq!(listed(&watch, "{}").metrics.unwrap(), []);
}

#[test]
fn questions_without_an_answer_are_refused() {
    let watch = watch();
    let cases = [
        (ASKED.replace("Period=60", "Period=30"), "the parameter"),
        (ASKED.replace("T11", "T13"), "StartTime"),
        (ASKED.replace("2026-01-31T11", "2026-01-30T11"), "1501 datapoints, which exceeds the limit of 1440"),
        (format!("{ASKED}&ExtendedStatistics.member.1=p99"), "p99"),
    ];
    for (form, text) in cases.iter().map(|(form, text)| (form, text.replace("the parameter", "Period"))) {
        let message = statistics(&watch, form).unwrap_err().message.unwrap();
        assert!(message.contains(&text), "{message}");
    }
    let json = r#"{"StartTime":1,"EndTime":2,"MetricDataQueries":[{"Id":"e","Expression":"a+b"}]}"#;
    assert!(data(&watch, json).unwrap_err().message.unwrap().contains("a+b"));
    let json = r#"{"StartTime":1,"EndTime":2,"NextToken":"18446744073709551615","MetricDataQueries":[]}"#;
    assert_eq!(data(&watch, json).unwrap().metric_data_results.unwrap(), []);
}

#[test]
fn rules_that_the_model_leaves_out_are_kept() {
    let watch = watch();
    let datum = |rest: &str| {
        put(&watch, &format!("Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.{rest}"))
    };
    let dimension = |name: &str, value: &str| {
        let at = "MetricData.member.1.Dimensions.member.1";
        datum(&format!("Value=1&{at}.Name={name}&{at}.Value={value}")).map_err(|fault| fault.message.unwrap())
    };
    assert_eq!(dimension("a:b", "%20x"), Ok(()));
    for (name, value, part) in [
        (":a", "v", "Name"),
        ("%C3%A9", "v", "Name"),
        ("a%0Ab", "v", "Name"),
        ("%20", "v", "Name"),
        ("a", "%09", "Value"),
        ("a", "%C3%A9", "Value"),
    ] {
        let message = dimension(name, value).unwrap_err();
        assert!(
            message.contains(&format!("MetricData.member.1.Dimensions.member.1.{part} is invalid")),
            "{message}"
        );
    }
    for resolution in [1, 60] {
        datum(&format!("Value=1&MetricData.member.1.StorageResolution={resolution}")).unwrap();
    }
    let fault = datum("Value=1&MetricData.member.1.StorageResolution=30").unwrap_err();
    assert_eq!(fault.code, ErrorCode::InvalidParameterValue);
    let fault = datum("Value=1&MetricData.member.1.Counts.member.1=1").unwrap_err();
    assert_eq!(fault.code, ErrorCode::InvalidParameterCombination);
}

#[test]
fn queries_have_ids_of_their_own() {
    let watch = watch();
    let asked = |ids: [&str; 2]| {
        let query = |id: &str| {
            format!(
                r#"{{"Id":"{id}","MetricStat":{{"Metric":{{"Namespace":"n","MetricName":"m"}},"Period":60,"Stat":"Sum"}}}}"#
            )
        };
        let queries = ids.map(query).join(",");
        data(
            &watch,
            &format!(r#"{{"MetricDataQueries":[{queries}],"StartTime":1769860000,"EndTime":1769860800}}"#),
        )
    };
    assert!(asked(["a", "b_1Z"]).is_ok());
    for ids in [["a", "a"], ["a", "B"], ["a", "1"], ["a", "b-c"], ["a", "_b"]] {
        let fault = asked(ids).unwrap_err();
        assert_eq!(fault.code, ErrorCode::InvalidParameterValue, "{ids:?}");
        assert!(fault.message.unwrap().contains("MetricDataQueries.member.2.Id"), "{ids:?}");
    }
    let both = r#"{"MetricDataQueries":[{"Id":"a","Expression":"1","MetricStat":{"Metric":{"Namespace":"n","MetricName":"m"},
        "Period":60,"Stat":"Sum"}}],"StartTime":1769860000,"EndTime":1769860800}"#;
    assert_eq!(data(&watch, both).unwrap_err().code, ErrorCode::InvalidParameterCombination);
}
