//! How durations are written in settings, flags and messages: `500ms`, `1.5s`, `2m`, `3h`, `0`.

use std::fmt;
use std::time::Duration;

/// The longest that can be given.
const SPAN_MAX: Duration = Duration::from_secs(86_400);

/// A duration such as `500ms`, `1.5s`, `2m` or `0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// Reads a duration of at most 24 hours. The error names the text, for whoever gave it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let seconds_a_unit = match unit.trim() {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "" if number == "0" => 1.0,
            _ => return Err(format!("{text:?} is not a duration such as 500ms, 2s, 5m or 1h")),
        };
        let seconds = number.parse::<f64>().ok().map(|n| n * seconds_a_unit);
        let span = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
        span.filter(|s| *s <= SPAN_MAX)
            .map(Span)
            .ok_or_else(|| format!("{text:?} is not a duration between 0 and 24h"))
    }
}

/// As it is given, in the largest unit that says it exactly.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_secs(), self.0.subsec_nanos()) {
            (0, 0) => write!(f, "0s"),
            (secs, 0) if secs % 3600 == 0 => write!(f, "{}h", secs / 3600),
            (secs, 0) if secs % 60 == 0 => write!(f, "{}m", secs / 60),
            (secs, 0) => write!(f, "{secs}s"),
            (_, nanos) if nanos % 1_000_000 == 0 => write!(f, "{}ms", self.0.as_millis()),
            _ => write!(f, "{}s", self.0.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(Span::parse("500ms").unwrap().0, Duration::from_millis(500));
        assert_eq!(Span::parse("1.5s").unwrap().0, Duration::from_millis(1500));
        assert_eq!(Span::parse("0").unwrap().0, Duration::ZERO);
        assert_eq!(["2m", "24h"].map(|text| Span::parse(text).unwrap().0.as_secs()), [120, 86_400]);
        for wrong in ["", "5", "s", "1d", "-1s", "1e9h", "25h"] {
            assert!(Span::parse(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
        for text in ["0s", "1ms", "1500ms", "90s", "2m", "90m", "3h", "0.0005s"] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
    }
}
