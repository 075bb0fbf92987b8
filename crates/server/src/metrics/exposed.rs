//! What clients report, on `/metrics`: a summary for each metric, with its dimensions as labels. The service's
//! own metrics are on that page under their own names.
//!
//! Names that CloudWatch tells apart and Prometheus cannot (`Dim.1`, `DIM-1`) give one series, which adds them up: a page
//! with a series twice, or with a label that is Prometheus's own, would be refused whole.

use std::collections::BTreeMap;

use flumen_api::NAMESPACE;
use flumen_types::Realm;
use flumen_watch::{Sample, SeriesName, Watch};

use crate::exposition::{Exposition, Kind};

/// By name, so that the same labels in another order are the same series.
type Labels = BTreeMap<String, String>;

pub fn write(watch: &Watch, page: &mut Exposition) {
    let mut families: BTreeMap<String, BTreeMap<Labels, Sample>> = BTreeMap::new();
    watch.totals(|realm, name, total| {
        if name.namespace != NAMESPACE {
            let family = families.entry(format!("cloudwatch_{}", snake(&name.metric))).or_default();
            family.entry(labels(realm, name)).and_modify(|sum| sum.add(total)).or_insert(*total);
        }
    });
    for (family, series) in &families {
        page.family(family, Kind::Summary, "Reported by clients with PutMetricData.");
        for (labels, total) in series {
            let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (&**name, &**value)).collect();
            page.summary(&labels, total.sum, total.count);
        }
    }
}

/// What a dimension's label may not be called: readers of histograms and summaries give these a meaning.
const MEANT_OTHERWISE: [&str; 2] = ["le", "quantile"];

fn labels(realm: &Realm, name: &SeriesName) -> Labels {
    let own = [
        ("account", &*realm.account),
        ("region", &realm.region),
        ("namespace", &name.namespace),
        ("metric", &name.metric),
        ("unit", name.unit.as_str()),
    ];
    let mut labels: Labels = own.map(|(name, value)| (name.into(), value.into())).into();
    for (dimension, value) in &name.dimensions {
        let mut label = snake(dimension);
        // Those that begin with two underscores are Prometheus's own; with one, the loop below could make two.
        if label.is_empty() || label.starts_with('_') {
            label.insert_str(0, "dimension");
        }
        while labels.contains_key(&label) || MEANT_OTHERWISE.contains(&&*label) {
            label.push('_');
        }
        labels.insert(label, value.clone());
    }
    labels
}

/// `ShardId` as `shard_id`; what a name of Prometheus's cannot hold becomes an underscore.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        let allowed = c.is_ascii_alphanumeric();
        snake.push(if allowed { c.to_ascii_lowercase() } else { '_' });
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    if snake.starts_with(|c: char| c.is_ascii_digit()) {
        snake.insert(0, '_');
    }
    snake
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use flumen_protocol::cloudwatch::StandardUnit;
    use flumen_types::Clock;
    use flumen_watch::WatchSettings;

    use super::*;

    #[test]
    fn dimensions_are_labels_and_none_is_there_twice() {
        let watch = Watch::new(WatchSettings { series_max: 9, age_ms: 60_000 }, Clock::system());
        let realm = Realm { account: "1".into(), region: "r".into() };
        let dimension = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let name = |namespace: &str| SeriesName {
            namespace: namespace.into(),
            metric: "MillisBehindLatest".into(),
            dimensions: vec![
                dimension("Metric", "m"),
                dimension("ShardId", "s"),
                dimension("Shard.Id", "\"t"),
            ],
            unit: StandardUnit::Milliseconds,
        };
        watch.record(&realm, name("app"), Sample::times(1.5, 2.0));
        watch.record(&realm, name(NAMESPACE), Sample::one(1.0));
        let mut page = Exposition::default();
        write(&watch, &mut page);
        expect![[r#"
            # HELP cloudwatch_millis_behind_latest Reported by clients with PutMetricData.
            # TYPE cloudwatch_millis_behind_latest summary
            cloudwatch_millis_behind_latest_sum{account="1",metric="MillisBehindLatest",metric_="m",namespace="app",region="r",shard_id="s",shard_id_="\"t",unit="Milliseconds"} 3
            cloudwatch_millis_behind_latest_count{account="1",metric="MillisBehindLatest",metric_="m",namespace="app",region="r",shard_id="s",shard_id_="\"t",unit="Milliseconds"} 2
        "#]]
        .assert_eq(&page.finish());
    }

    #[test]
    fn series_of_one_metric_are_one_family() {
        let watch = Watch::new(WatchSettings { series_max: 9, age_ms: 60_000 }, Clock::system());
        for (region, metric, value) in [("r", "2xx é", 1.0), ("r", "Time", 2.0), ("s", "2xx é", 3.0)] {
            let name = SeriesName {
                namespace: "app".into(),
                metric: metric.into(),
                dimensions: Vec::new(),
                unit: StandardUnit::None,
            };
            watch.record(&Realm { account: "1".into(), region: region.into() }, name, Sample::one(value));
        }
        let mut page = Exposition::default();
        write(&watch, &mut page);
        expect![[r#"
            # HELP cloudwatch__2xx__ Reported by clients with PutMetricData.
            # TYPE cloudwatch__2xx__ summary
            cloudwatch__2xx___sum{account="1",metric="2xx é",namespace="app",region="r",unit="None"} 1
            cloudwatch__2xx___count{account="1",metric="2xx é",namespace="app",region="r",unit="None"} 1
            cloudwatch__2xx___sum{account="1",metric="2xx é",namespace="app",region="s",unit="None"} 3
            cloudwatch__2xx___count{account="1",metric="2xx é",namespace="app",region="s",unit="None"} 1
            # HELP cloudwatch_time Reported by clients with PutMetricData.
            # TYPE cloudwatch_time summary
            cloudwatch_time_sum{account="1",metric="Time",namespace="app",region="r",unit="None"} 2
            cloudwatch_time_count{account="1",metric="Time",namespace="app",region="r",unit="None"} 1
        "#]]
        .assert_eq(&page.finish());
    }

    /// Pairs of names from a few characters: whatever is reported, each series is there once, and no label is reserved.
    #[test]
    fn no_name_makes_the_page_unreadable() {
        let watch = Watch::new(WatchSettings { series_max: 10_000, age_ms: 60_000 }, Clock::system());
        let realm = Realm { account: "1".into(), region: "r".into() };
        let names = [
            "__name__", "Dim.1", "Dim_1", "DIM-1", "dim1", "_", "__", "é", "le", "Quantile", "unit", "1", "U",
        ];
        let mut reported = 0.0;
        for metric in ["x", "X", "x.", "__x", "Xy", "x_sum"] {
            for first in names {
                for second in names.into_iter().filter(|second| *second != first) {
                    let dimensions = [first, second].map(|name| (name.to_owned(), "v".to_owned())).into();
                    let name = SeriesName {
                        namespace: "n".into(),
                        metric: metric.into(),
                        dimensions,
                        unit: StandardUnit::None,
                    };
                    watch.record(&realm, name, Sample::one(1.0));
                    reported += 1.0;
                }
            }
        }
        let mut page = Exposition::default();
        write(&watch, &mut page);
        let (text, mut seen, mut counted) = (page.finish(), std::collections::BTreeSet::new(), 0.0);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(seen.insert(series), "{series} is there twice");
            let (name, labels) = series.split_once('{').unwrap();
            for label in labels.trim_end_matches('}').split(',') {
                let name = label.split_once('=').unwrap().0;
                assert!(!name.starts_with("__") && !["", "le", "quantile"].contains(&name), "{series}");
                assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{series}");
            }
            if name.ends_with("_count") {
                counted += value.parse::<f64>().unwrap();
            }
        }
        assert_eq!(counted, reported, "nothing is left out");
    }

    #[test]
    fn a_label_does_not_begin_with_a_digit() {
        assert_eq!(["2Xx", "a1B", "ABc", ""].map(snake), ["_2_xx", "a1_b", "abc", ""]);
    }
}
