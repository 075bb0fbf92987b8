//! What clients report, on `/metrics`: a summary for each metric, with its dimensions as labels. The service's
//! own metrics are on that page under their own names.

use std::collections::BTreeMap;

use flumen_types::Realm;
use flumen_watch::{Sample, SeriesName, Watch};

use super::own;
use crate::exposition::{Exposition, Kind};

type Labels = Vec<(String, String)>;

pub fn write(watch: &Watch, page: &mut Exposition) {
    let mut families: BTreeMap<String, Vec<(Labels, Sample)>> = BTreeMap::new();
    watch.totals(|realm, name, total| {
        if name.namespace != own::NAMESPACE {
            let family = format!("cloudwatch_{}", snake(&name.metric));
            families.entry(family).or_default().push((labels(realm, name), *total));
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

/// No label is there twice, since Prometheus would refuse the whole page.
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
        while labels.iter().any(|(other, _)| *other == label) {
            label.push('_');
        }
        labels.push((label, value.clone()));
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
    use flumen_watch::Settings;

    use super::*;

    #[test]
    fn dimensions_are_labels_and_none_is_there_twice() {
        let watch = Watch::new(Settings { series_max: 9, age_ms: 60_000 }, Clock::system());
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
        watch.record(&realm, name(own::NAMESPACE), Sample::one(1.0));
        let mut page = Exposition::default();
        write(&watch, &mut page);
        expect![[r#"
            # HELP cloudwatch_millis_behind_latest Reported by clients with PutMetricData.
            # TYPE cloudwatch_millis_behind_latest summary
            cloudwatch_millis_behind_latest_sum{account="1",region="r",namespace="app",metric="MillisBehindLatest",unit="Milliseconds",metric_="m",shard_id="s",shard_id_="\"t"} 3
            cloudwatch_millis_behind_latest_count{account="1",region="r",namespace="app",metric="MillisBehindLatest",unit="Milliseconds",metric_="m",shard_id="s",shard_id_="\"t"} 2
        "#]]
        .assert_eq(&page.finish());
    }

    #[test]
    fn series_of_one_metric_are_one_family() {
        let watch = Watch::new(Settings { series_max: 9, age_ms: 60_000 }, Clock::system());
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
            cloudwatch__2xx___sum{account="1",region="r",namespace="app",metric="2xx é",unit="None"} 1
            cloudwatch__2xx___count{account="1",region="r",namespace="app",metric="2xx é",unit="None"} 1
            cloudwatch__2xx___sum{account="1",region="s",namespace="app",metric="2xx é",unit="None"} 3
            cloudwatch__2xx___count{account="1",region="s",namespace="app",metric="2xx é",unit="None"} 1
            # HELP cloudwatch_time Reported by clients with PutMetricData.
            # TYPE cloudwatch_time summary
            cloudwatch_time_sum{account="1",region="r",namespace="app",metric="Time",unit="None"} 2
            cloudwatch_time_count{account="1",region="r",namespace="app",metric="Time",unit="None"} 1
        "#]]
        .assert_eq(&page.finish());
    }

    #[test]
    fn a_label_does_not_begin_with_a_digit() {
        assert_eq!(["2Xx", "a1B", "ABc", ""].map(snake), ["_2_xx", "a1_b", "abc", ""]);
    }
}
