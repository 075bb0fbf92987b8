//! Values of conditions that are more than text: numbers, times, networks, bytes.

use std::net::{IpAddr, Ipv6Addr};

/// A decimal number, exactly, in units of 10^-18.
pub(super) type Number = i128;
const UNITS: Number = 10i128.pow(FRACTION_DIGITS as u32);
const FRACTION_DIGITS: usize = 18;
const WHOLE_DIGITS: usize = 19;

/// `-12.50`; nothing where it has more than 19 digits before the point or 18 after.
pub(super) fn number(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if whole.len() > WHOLE_DIGITS || fraction.len() > FRACTION_DIGITS {
        return None;
    }
    let units: i128 = format!("0{whole}{fraction:0<FRACTION_DIGITS$}").parse().ok()?;
    Some(if negative { -units } else { units })
}

/// Nanoseconds since 1970.
pub(super) type Time = i128;
const SECOND: i128 = 1_000_000_000;

/// A time in one of the forms of ISO 8601 that W3C's note lists (`2026`, `2026-11`, `2026-11-29`, `2026-11-29T10:15Z`,
/// `2026-11-29T10:15:30.45+01:00`), or seconds since 1970. Four digits are a year.
pub(super) fn time(text: &str) -> Option<Time> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_year && let Some(seconds) = number(text) {
        return Some(seconds / (UNITS / SECOND));
    }
    let (date, clock) = match text.split_once(['T', 't']) {
        None => (text, None),
        Some((date, clock)) => (date, Some(clock)),
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |month| digits(month, 2))?;
    let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * 86_400 * SECOND;
    let Some(clock) = clock else { return Some(midnight) };
    // A time of day has all of the date before it.
    (date.len() == 10).then_some(())?;
    Some(midnight + time_of_day(clock)?)
}

fn digits(text: &str, count: usize) -> Option<i128> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn days_in(year: i128, month: i128) -> i128 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i128, month: i128, day: i128) -> i128 {
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// `10:15:30.45+01:00`, from midnight in UTC.
fn time_of_day(text: &str) -> Option<i128> {
    let zone_at = text.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = text.split_at(zone_at);
    let offset_minutes = match zone {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let minutes = hours * 60 + minutes;
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(seconds) => {
            let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            if fraction.is_empty()
                || fraction.len() > 9
                || !fraction.bytes().all(|byte| byte.is_ascii_digit())
            {
                return None;
            }
            (digits(second, 2)?, format!("{fraction:0<9}").parse().ok()?)
        }
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(((hour * 60 + minute - offset_minutes) * 60 + second) * SECOND + fraction)
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    is_v4: bool,
    bits: u128,
    mask: u128,
}

/// The address as it is compared: IPv4 in IPv6's form, and whether it is IPv4.
fn address_bits(address: IpAddr) -> (bool, u128) {
    match address.to_canonical() {
        IpAddr::V4(address) => (true, address.to_ipv6_mapped().to_bits()),
        IpAddr::V6(address) => (false, address.to_bits()),
    }
}

impl Network {
    /// `203.0.113.0/24`, `2001:db8::/32`, or one address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => (address, Some(prefix)),
        };
        let written: IpAddr = address.parse().ok()?;
        let written_bits = if written.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => written_bits,
            Some(text) if text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok()?
            }
            Some(_) => return None,
        };
        if prefix > written_bits {
            return None;
        }
        let (is_v4, bits) = address_bits(written);
        // In IPv6's form there are 96 bits more before an IPv4 address.
        let prefix = if written.is_ipv4() { prefix + 96 } else { prefix };
        // Part of the addresses that stand for IPv4, and others besides: one or the other has to be meant.
        if is_v4 && prefix < 96 {
            return None;
        }
        let mask = if prefix == 0 { 0 } else { u128::MAX << (Ipv6Addr::BITS - prefix) };
        Some(Network { is_v4, bits: bits & mask, mask })
    }

    pub(super) fn holds(&self, address: IpAddr) -> bool {
        let (is_v4, bits) = address_bits(address);
        is_v4 == self.is_v4 && bits & self.mask == self.bits
    }
}

/// `true` or `false`, in any case.
pub(super) fn flag(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}

/// What base64 stands for, with padding.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    base64_simd::STANDARD.decode_to_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let one = 10i128.pow(18);
        let cases: [(&str, Option<i128>); 14] = [
            ("0", Some(0)),
            ("10", Some(10 * one)),
            ("-1.5", Some(-3 * one / 2)),
            ("+07.50", Some(15 * one / 2)),
            ("9007199254740993", Some(9_007_199_254_740_993 * one)),
            ("0.000000000000000001", Some(1)),
            ("9999999999999999999", Some(9_999_999_999_999_999_999 * one)),
            ("10000000000000000000", None),
            ("0.0000000000000000001", None),
            ("", None),
            ("1.", None),
            (".5", None),
            ("1e3", None),
            ("0x10", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn times_are_read_in_each_form() {
        let cases: [(&str, Option<i128>); 32] = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T23:59:59Z", Some(86_399)),
            ("1970-01-01T00:00:00-23:59", Some(86_340)),
            ("1970-01-01T23:59:00+23:59", Some(0)),
            ("1970-01-01T00:00:00+24:00", None),
            ("1970-01-01T00:00:00+25:00", None),
            ("1970-01-01T00:00:00+00:60", None),
            ("1970-01-01T00:00:00+00:61", None),
            ("1970-01-01T25:00:00Z", None),
            ("1970-01-01T00:60:00Z", None),
            ("1970-01-01T00:00:60Z", None),
            ("1970-01-01T00:00:00.+5Z", None),
            ("1970-+1-01", None),
            ("1970", Some(0)),
            ("1970-02", Some(31 * 86_400)),
            ("1970-01-02", Some(86_400)),
            ("2026-11-29T20:24Z", Some(1_795_983_840)),
            ("2026-11-29T21:24:00+01:00", Some(1_795_983_840)),
            ("2000-02-29T00:00:00Z", Some(951_782_400)),
            ("1969-12-31T23:59:59Z", Some(-1)),
            ("1795983840", Some(1_795_983_840)),
            ("-5", Some(-5)),
            ("1900-02-29", None),
            ("2026-13-01", None),
            ("2026-11-31", None),
            ("2026-11-29T24:00:00Z", None),
            ("2026-11-29T10:15:30", None),
            ("2026-11T10:15Z", None),
            ("2026-11-29T10:15:30.Z", None),
            ("", None),
            ("-", None),
            ("tomorrow", None),
        ];
        for (text, expected) in cases {
            assert_eq!(time(text), expected.map(|seconds| seconds * SECOND), "{text}");
        }
        assert_eq!(time("1970-01-01T00:00:00.25Z"), Some(SECOND / 4));
        assert_eq!(time("1970-01-01T00:00:00.123456789Z"), Some(123_456_789));
        assert_eq!(time("1970-01-01T00:00:00.1234567890Z"), None);
        assert_eq!(time("0.25"), Some(SECOND / 4));
        assert_eq!(time("12.5"), Some(25 * SECOND / 2), "four characters, and no year");
    }

    #[test]
    fn networks_hold_their_addresses() {
        let holds = |network: &str, address: &str| {
            Network::parse(network).expect(network).holds(address.parse().expect(address))
        };
        assert!(holds("203.0.113.0/24", "203.0.113.255") && !holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("203.0.113.7/24", "203.0.113.1"), "bits beyond the prefix do not count");
        assert!(holds("10.0.0.1", "10.0.0.1") && !holds("10.0.0.1", "10.0.0.2"));
        assert!(holds("0.0.0.0/0", "255.1.2.3") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("::/0", "2001:db8::1") && !holds("::/0", "10.0.0.1"));
        assert!(holds("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:9::"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"), "IPv4 in IPv6's clothes");
        for bad in ["", "10.0.0.0/33", "10.0.0", "10.0.0.0/", "::/129", "::ffff:10.0.0.0/90", "10.0.0.0/+8"] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }
}
