//! What is known of some values of a metric: how many, their sum, the least and the largest.

use flumen_protocol::cloudwatch::Statistic;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub count: f64,
    pub sum: f64,
    pub minimum: f64,
    pub maximum: f64,
}

impl Sample {
    pub fn one(value: f64) -> Self {
        Sample::times(value, 1.0)
    }

    /// The same value several times.
    pub fn times(value: f64, count: f64) -> Self {
        Sample { count, sum: value * count, minimum: value, maximum: value }
    }

    pub fn add(&mut self, other: &Sample) {
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
    }

    pub(crate) fn statistic(&self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::SampleCount => self.count,
            Statistic::Average => self.sum / self.count,
            Statistic::Sum => self.sum,
            Statistic::Minimum => self.minimum,
            Statistic::Maximum => self.maximum,
        }
    }
}
