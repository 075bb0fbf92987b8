//! The series, by realm and name, within their bounds.

use std::collections::{BTreeMap, VecDeque};

use flumen_protocol::cloudwatch::StandardUnit;
use flumen_types::Realm;

use crate::{MINUTE_MS, Sample, WatchSettings};

/// Names up to this size are part of what a series takes anyway.
const NAME_BYTES: usize = 1024;
/// Of the series of the realm that has the most, this part goes at once, so that a flood of new names does not
/// pay for a look at all of them each time.
const DROPPED_OF: usize = 16;

/// A metric and the unit of its values: values of different units are never added.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesName {
    pub namespace: String,
    pub metric: String,
    /// By name.
    pub dimensions: Vec<(String, String)>,
    pub unit: StandardUnit,
}

impl SeriesName {
    /// How many series it counts as.
    fn weight(&self) -> usize {
        let dimensions = self.dimensions.iter().map(|(name, value)| name.len() + value.len());
        let bytes = self.namespace.len() + self.metric.len() + dimensions.sum::<usize>();
        bytes.div_ceil(NAME_BYTES).max(1)
    }
}

/// One point a minute, the newest last.
pub(crate) struct Series {
    points: VecDeque<(u64, Sample)>,
    total: Sample,
    written_ms: u64,
}

impl Series {
    pub fn total(&self) -> &Sample {
        &self.total
    }

    /// Points of minutes from `first` up to `end`, which is not included.
    pub fn between(&self, first: u64, end: u64) -> impl Iterator<Item = &(u64, Sample)> {
        let start = self.points.partition_point(|&(minute, _)| minute < first);
        self.points.range(start..).take_while(move |&&(minute, _)| minute < end)
    }

    pub fn newest_minute(&self) -> Option<u64> {
        self.points.back().map(|&(minute, _)| minute)
    }

    fn add(&mut self, minute: u64, sample: &Sample) {
        let place = self.points.partition_point(|&(other, _)| other < minute);
        match self.points.get_mut(place) {
            Some((other, point)) if *other == minute => point.add(sample),
            _ => self.points.insert(place, (minute, *sample)),
        }
    }

    fn forget_before(&mut self, minute: u64) {
        while self.points.front().is_some_and(|&(first, _)| first < minute) {
            self.points.pop_front();
        }
    }
}

pub(crate) struct Store {
    realms: BTreeMap<Realm, RealmSeries>,
    weight: usize,
    settings: WatchSettings,
}

#[derive(Default)]
struct RealmSeries {
    series: BTreeMap<SeriesName, Series>,
    weight: usize,
}

impl Store {
    pub fn new(settings: WatchSettings) -> Self {
        Store { realms: BTreeMap::new(), weight: 0, settings }
    }

    /// The first minute that is kept.
    fn horizon(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.settings.age_ms) / MINUTE_MS
    }

    pub fn add(&mut self, realm: &Realm, name: SeriesName, time_ms: u64, sample: Sample, now_ms: u64) {
        let horizon = self.horizon(now_ms);
        let minute = time_ms / MINUTE_MS;
        if minute < horizon {
            return;
        }
        if !self.realms.contains_key(realm) {
            self.realms.insert(realm.clone(), RealmSeries::default());
        }
        let Some(of_realm) = self.realms.get_mut(realm) else { return };
        if let Some(series) = of_realm.series.get_mut(&name) {
            series.forget_before(horizon);
            series.add(minute, &sample);
            series.total.add(&sample);
            series.written_ms = now_ms;
            return;
        }
        let weight = name.weight();
        let points = VecDeque::from([(minute, sample)]);
        of_realm.series.insert(name, Series { points, total: sample, written_ms: now_ms });
        of_realm.weight += weight;
        self.weight += weight;
        while self.weight > self.settings.series_max && self.drop_stalest() {}
    }

    /// Whether there was anything to drop.
    fn drop_stalest(&mut self) -> bool {
        let Some(largest) = self.realms.values_mut().max_by_key(|of_realm| of_realm.weight) else {
            return false;
        };
        let mut times: Vec<u64> = largest.series.values().map(|series| series.written_ms).collect();
        times.sort_unstable();
        let Some(&last) = times.get(times.len() / DROPPED_OF) else { return false };
        let mut left = times.len() / DROPPED_OF + 1;
        let before = largest.weight;
        let weight = &mut largest.weight;
        largest.series.retain(|name, series| {
            let dropped = left > 0 && series.written_ms <= last;
            if dropped {
                left -= 1;
                *weight -= name.weight();
            }
            !dropped
        });
        self.weight -= before - largest.weight;
        true
    }

    pub fn sweep(&mut self, now_ms: u64) {
        let horizon = self.horizon(now_ms);
        self.realms.retain(|_, of_realm| {
            let weight = &mut of_realm.weight;
            of_realm.series.retain(|name, series| {
                series.forget_before(horizon);
                if series.points.is_empty() {
                    *weight -= name.weight();
                }
                !series.points.is_empty()
            });
            !of_realm.series.is_empty()
        });
        self.weight = self.realms.values().map(|of_realm| of_realm.weight).sum();
    }

    pub fn series(&self) -> impl Iterator<Item = (&Realm, &SeriesName, &Series)> {
        self.realms
            .iter()
            .flat_map(|(realm, of_realm)| of_realm.series.iter().map(move |(name, s)| (realm, name, s)))
    }

    /// Those of a realm that have points, by name.
    pub fn of_realm(
        &self,
        realm: &Realm,
        now_ms: u64,
    ) -> impl Iterator<Item = (&SeriesName, &Series)> + use<'_> {
        let horizon = self.horizon(now_ms);
        let series = self.realms.get(realm).into_iter().flat_map(|of_realm| &of_realm.series);
        series.filter(move |(_, series)| series.newest_minute().is_some_and(|minute| minute >= horizon))
    }

    /// The series of one metric, one for each unit, and the first minute that counts.
    pub fn of_metric(
        &self,
        realm: &Realm,
        name: &SeriesName,
        now_ms: u64,
    ) -> (Vec<(StandardUnit, &Series)>, u64) {
        let units = StandardUnit::ALL.iter().filter_map(|&unit| {
            let name = SeriesName { unit, ..name.clone() };
            Some((unit, self.realms.get(realm)?.series.get(&name)?))
        });
        (units.collect(), self.horizon(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn realm(account: &str) -> Realm {
        Realm { account: account.into(), region: "us-east-1".into() }
    }

    fn named(metric: &str) -> SeriesName {
        SeriesName {
            namespace: "n".into(),
            metric: metric.into(),
            dimensions: Vec::new(),
            unit: StandardUnit::Count,
        }
    }

    fn names(store: &Store) -> Vec<&str> {
        store.series().map(|(_, name, _)| name.metric.as_str()).collect()
    }

    const DAY: WatchSettings = WatchSettings { series_max: 3, age_ms: 60 * MINUTE_MS };

    #[test]
    fn the_series_that_was_not_written_for_longest_makes_room() {
        let mut store = Store::new(DAY);
        for (now_ms, name) in [(1, "a"), (2, "b"), (3, "c"), (4, "a"), (5, "d")] {
            store.add(&realm("1"), named(name), now_ms, Sample::one(1.0), now_ms);
        }
        assert_eq!(names(&store), ["a", "c", "d"]);
    }

    #[test]
    fn room_is_made_in_the_realm_that_has_the_most() {
        let mut store = Store::new(DAY);
        store.add(&realm("2"), named("other"), 0, Sample::one(1.0), 0);
        for now_ms in 1..9 {
            store.add(&realm("1"), named(&format!("flood{now_ms}")), now_ms, Sample::one(1.0), now_ms);
        }
        assert!(names(&store).contains(&"other"));
        assert_eq!(store.weight, 3);
    }

    #[test]
    fn long_names_count_as_several_series() {
        let mut store = Store::new(DAY);
        store.add(&realm("1"), named("a"), 1, Sample::one(1.0), 1);
        store.add(&realm("1"), named(&"x".repeat(2 * NAME_BYTES)), 2, Sample::one(1.0), 2);
        // 2,049 bytes are three.
        assert_eq!((names(&store).len(), store.weight), (1, 3));
    }

    #[test]
    fn old_points_are_forgotten_and_late_ones_find_their_minute() {
        let mut store = Store::new(DAY);
        let at = |minute: u64| minute * MINUTE_MS;
        for minute in [100, 99, 100, 30] {
            store.add(&realm("1"), named("a"), at(minute), Sample::one(1.0), at(100));
        }
        let minutes = |store: &Store| -> Vec<(u64, f64)> {
            store.series().flat_map(|(_, _, s)| s.between(0, 999).map(|&(m, p)| (m, p.count))).collect()
        };
        assert_eq!(minutes(&store), [(99, 1.0), (100, 2.0)]);
        store.sweep(at(160));
        assert_eq!(minutes(&store), [(100, 2.0)]);
        store.sweep(at(161));
        assert_eq!((names(&store).len(), store.weight), (0, 0));
    }
}
