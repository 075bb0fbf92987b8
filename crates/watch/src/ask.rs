//! What the two calls that read have in common: one metric, in periods of whole minutes.

use std::collections::BTreeMap;

use crate::door::Target;
use flumen_protocol::Timestamp;
use flumen_protocol::cloudwatch::StandardUnit;

use crate::errors::InvalidValue;
use crate::store::SeriesName;
use crate::{MINUTE_MS, Sample, Watch};

pub(crate) struct Ask {
    /// Its unit does not count.
    pub metric: SeriesName,
    /// Where it is absent, each unit has points of its own.
    pub unit: Option<StandardUnit>,
    pub span: Span,
}

/// Minutes, the end not included, and how many of them are one point.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub first: u64,
    pub end: u64,
    pub period: u64,
}

pub(crate) struct Point {
    pub time: Timestamp,
    pub unit: StandardUnit,
    pub sample: Sample,
}

impl Span {
    /// `aligned`: points begin at multiples of the period, otherwise at the first minute.
    pub fn new(start: Timestamp, end: Timestamp, period_s: i32, aligned: bool) -> Result<Span, InvalidValue> {
        let period = u64::try_from(period_s).unwrap_or_default() / 60;
        if period == 0 || period_s % 60 != 0 {
            let rule = "must be a multiple of 60, since a point is a minute";
            return Err(InvalidValue::new("Period", period_s, rule));
        }
        if start >= end {
            let rule = "must be before the parameter EndTime";
            return Err(InvalidValue::new("StartTime", format!("{} ms", start.0), rule));
        }
        let ms = |time: Timestamp| u64::try_from(time.0).unwrap_or_default();
        let first = ms(start) / MINUTE_MS;
        let first = if aligned { first / period * period } else { first };
        Ok(Span { first, end: ms(end).div_ceil(MINUTE_MS), period })
    }
}

impl Watch {
    /// By time.
    pub(crate) fn points(&self, target: &Target<'_>, ask: &Ask) -> Vec<Point> {
        let Span { first, end, period } = ask.span;
        let store = self.store.lock();
        let (series, horizon) = store.of_metric(target.realm, &ask.metric, self.clock.now_ms());
        let mut points: BTreeMap<(u64, StandardUnit), Sample> = BTreeMap::new();
        for (unit, series) in
            series.into_iter().filter(|(unit, _)| ask.unit.is_none_or(|asked| asked == *unit))
        {
            for (minute, sample) in series.between(first.max(horizon), end) {
                let begins = first + (minute - first) / period * period;
                points.entry((begins, unit)).and_modify(|point| point.add(sample)).or_insert(*sample);
            }
        }
        let point = |((minute, unit), sample): ((u64, StandardUnit), Sample)| {
            let ms = i64::try_from(minute.saturating_mul(MINUTE_MS)).unwrap_or(i64::MAX);
            Point { time: Timestamp(ms), unit, sample }
        };
        points.into_iter().map(point).collect()
    }
}
