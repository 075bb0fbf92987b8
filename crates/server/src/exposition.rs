//! Prometheus's text format, version 0.0.4: families of samples. Written here, since it is a page of code;
//! the exporter crates bring registries of their own, which the counters of the service do not need.

use std::fmt::{Display, Write as _};

use flumen_types::Snapshot;

pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone, Copy)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
}

/// A page that grows. Samples belong to the family begun last.
#[derive(Default)]
pub struct Exposition {
    text: String,
    family: String,
}

pub type Labels<'a> = &'a [(&'a str, &'a str)];

impl Exposition {
    pub fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        };
        name.clone_into(&mut self.family);
        // Writing to a string does not fail, here and below.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    pub fn sample(&mut self, labels: Labels<'_>, value: impl Display) {
        self.line("", labels, None, value);
    }

    pub fn summary(&mut self, labels: Labels<'_>, sum: impl Display, count: impl Display) {
        self.line("_sum", labels, None, sum);
        self.line("_count", labels, None, count);
    }

    pub fn histogram(&mut self, labels: Labels<'_>, snapshot: &Snapshot) {
        for (bound, count) in &snapshot.at_most {
            self.line("_bucket", labels, Some(&bound.to_string()), count);
        }
        self.line("_bucket", labels, Some("+Inf"), snapshot.count);
        self.summary(labels, snapshot.seconds, snapshot.count);
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, suffix: &str, labels: Labels<'_>, at_most: Option<&str>, value: impl Display) {
        let _ = write!(self.text, "{}{suffix}", self.family);
        let all = labels.iter().copied().chain(at_most.map(|bound| ("le", bound)));
        for (i, (name, text)) in all.enumerate() {
            self.text.push(if i == 0 { '{' } else { ',' });
            let _ = write!(self.text, "{name}=\"");
            text.chars().for_each(|c| match c {
                '\\' => self.text.push_str("\\\\"),
                '"' => self.text.push_str("\\\""),
                '\n' => self.text.push_str("\\n"),
                c => self.text.push(c),
            });
            self.text.push('"');
        }
        if !labels.is_empty() || at_most.is_some() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect;
    use flumen_types::Histogram;

    use super::*;

    #[test]
    fn families_are_written_as_prometheus_reads_them() {
        let mut page = Exposition::default();
        page.family("up", Kind::Gauge, "Whether.");
        page.sample(&[], 1);
        page.family("keys_total", Kind::Counter, "Keys.");
        page.sample(&[("key", "a\"b\\c\nd"), ("shard", "0")], 2);
        expect![[r#"
            # HELP up Whether.
            # TYPE up gauge
            up 1
            # HELP keys_total Keys.
            # TYPE keys_total counter
            keys_total{key="a\"b\\c\nd",shard="0"} 2
        "#]]
        .assert_eq(&page.finish());
    }

    #[test]
    fn a_histogram_ends_with_all_of_it() {
        let histogram = Histogram::default();
        histogram.add(Duration::from_micros(150));
        let mut page = Exposition::default();
        page.family("t", Kind::Histogram, "Time.");
        page.histogram(&[("o", "x")], &histogram.read());
        let text = page.finish();
        assert!(
            text.contains("t_bucket{o=\"x\",le=\"0.0001\"} 0\nt_bucket{o=\"x\",le=\"0.00025\"} 1\n"),
            "{text}"
        );
        assert!(text.ends_with("le=\"+Inf\"} 1\nt_sum{o=\"x\"} 0.00015\nt_count{o=\"x\"} 1\n"), "{text}");
    }
}
