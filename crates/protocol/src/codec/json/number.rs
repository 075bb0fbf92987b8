//! What a JSON number says where the shape wants an integer or a time. The text is a number by JSON's
//! grammar already.

/// Fractions are floored, and what is too large becomes the largest, as AWS does.
pub(super) fn to_i64(number: &str) -> i64 {
    if let Ok(exact) = number.parse() {
        return exact;
    }
    if number.contains(['.', 'e', 'E']) {
        // A cast from float to integer saturates.
        return number.parse::<f64>().map_or(0, |value| value.floor() as i64);
    }
    if number.starts_with('-') { i64::MIN } else { i64::MAX }
}

pub(super) fn to_i32(number: &str) -> i32 {
    to_i64(number).clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// Seconds with a fraction to milliseconds, rounded. Decimal all the way: a float of today's seconds
/// has no exact milliseconds.
pub(super) fn seconds_to_ms(number: &str) -> i64 {
    if number.contains(['e', 'E']) {
        return number.parse::<f64>().map_or(0, |seconds| (seconds * 1000.0).round() as i64);
    }
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, number),
    };
    let (seconds, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digit = |place: usize| fraction.as_bytes().get(place).map_or(0, |d| i64::from(d - b'0'));
    let fraction_ms = digit(0) * 100 + digit(1) * 10 + digit(2) + i64::from(digit(3) >= 5);
    to_i64(seconds).saturating_mul(1000).saturating_add(fraction_ms).saturating_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_floored_and_large_numbers_clamped() {
        let cases = [("1", 1), ("1.9", 1), ("-1.5", -2), ("3000000000", i32::MAX), ("1e99", i32::MAX)];
        for (number, value) in cases {
            assert_eq!(to_i32(number), value, "{number}");
        }
        assert_eq!(to_i64("99999999999999999999"), i64::MAX);
        assert_eq!(to_i64("-99999999999999999999"), i64::MIN);
    }

    #[test]
    fn seconds_become_the_milliseconds_that_they_say() {
        let cases = [
            ("1700000000", 1_700_000_000_000),
            ("1700000000.123", 1_700_000_000_123),
            ("1700000000.1235", 1_700_000_000_124),
            ("1700000000.9999", 1_700_000_001_000),
            ("-1.5", -1500),
            ("1.7E9", 1_700_000_000_000),
            ("99999999999999999999", i64::MAX),
        ];
        for (number, ms) in cases {
            assert_eq!(seconds_to_ms(number), ms, "{number}");
        }
    }
}
