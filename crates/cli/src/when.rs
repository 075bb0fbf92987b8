//! Times as people give and read them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// A moment given as how long ago it was (`5m`, `36h`, `7d`) or as a time (`2026-11-24T18:00:00Z`, UTC
/// where no zone is given). Epoch milliseconds.
pub fn since(text: &str, now_ms: i64) -> Result<i64, String> {
    if let Some(ago_ms) = ago_ms(text) {
        return Ok(now_ms.saturating_sub(ago_ms).max(0));
    }
    let zoned = text.parse::<Timestamp>().ok();
    let plain = || text.parse::<DateTime>().ok().and_then(|time| Offset::UTC.to_timestamp(time).ok());
    let time = zoned.or_else(plain).map(Timestamp::as_millisecond);
    time.ok_or_else(|| {
        format!("{text:?} is neither a duration such as 5m nor a time such as 2026-11-24T18:00:00Z")
    })
}

fn ago_ms(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit_ms)
}

/// A time as text; empty beyond the calendar.
pub fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|time| time.to_string()).unwrap_or_default()
}

/// How long something has lasted, in its two largest units: `3d 4h`.
pub fn lasted(ms: i64) -> String {
    let s = ms.max(0) / 1000;
    match (s / 86_400, s / 3600 % 24, s / 60 % 60, s % 60) {
        (0, 0, 0, s) => format!("{s}s"),
        (0, 0, m, s) => format!("{m}m {s}s"),
        (0, h, m, _) => format!("{h}h {m}m"),
        (d, h, ..) => format!("{d}d {h}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_given_as_ages_or_times() {
        assert_eq!(since("5m", 1_000_000), Ok(700_000));
        assert_eq!(since("2d", 200_000_000), Ok(27_200_000));
        assert_eq!(since("1970-01-01T00:00:02Z", 0), Ok(2000));
        assert_eq!(since("1970-01-01T01:00:02+01:00", 0), Ok(2000));
        assert_eq!(since("1970-01-01T00:00:02.5", 0), Ok(2500));
        assert_eq!(since("1970-01-02", 0), Ok(86_400_000));
        for wrong in ["", "5", "m", "5x", "yesterday", "99999999999999999d"] {
            assert!(since(wrong, 0).unwrap_err().contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn ages_have_two_units() {
        let texts = [0, 59_000, 61_000, 7_260_000, 273_600_000].map(lasted);
        assert_eq!(texts, ["0s", "59s", "1m 1s", "2h 1m", "3d 4h"]);
    }
}
