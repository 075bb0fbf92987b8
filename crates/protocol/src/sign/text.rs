//! Texts inside signatures: hexadecimal, percent encoding, dates.

use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

const DATE: &str = "%Y%m%dT%H%M%SZ";

/// `20150830T123600Z`
pub(super) fn basic_date(epoch_ms: i64) -> String {
    match Timestamp::from_millisecond(epoch_ms) {
        Ok(time) => time.strftime(DATE).to_string(),
        // A clock outside of all calendars; no signature matches it.
        Err(_) => "00000000T000000Z".into(),
    }
}

/// The time in epoch milliseconds, from ISO 8601's basic form, or from the form of HTTP's Date header.
pub(super) fn parse_date(text: &str) -> Option<i64> {
    let zoned = match basic(text.as_bytes()) {
        Some(date) => date.to_zoned(TimeZone::UTC).ok()?,
        None => rfc2822::parse(text).ok()?,
    };
    Some(zoned.timestamp().as_millisecond())
}

/// Every request has one, so it is read without the help of a format.
fn basic(text: &[u8]) -> Option<civil::DateTime> {
    let text: &[u8; 16] = text.try_into().ok()?;
    let number = |digits: std::ops::Range<usize>| {
        // Four of them at most.
        let digits = text.get(digits).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        Some(digits.iter().fold(0, |n, d| n * 10 + i16::from(d - b'0')))
    };
    let part = |at: usize| number(at..at + 2).map(|part| part as i8);
    if (text[8], text[15]) != (b'T', b'Z') {
        return None;
    }
    civil::DateTime::new(number(0..4)?, part(4)?, part(6)?, part(9)?, part(11)?, part(13)?, 0).ok()
}

pub(super) fn push_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for b in bytes {
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
        out.extend([digit(b >> 4), digit(b & 15)]);
    }
}

/// The 32 bytes of a signature.
pub(super) fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (b, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for &digit in pair {
            *b = *b << 4 | char::from(digit).to_digit(16)? as u8;
        }
    }
    Some(bytes)
}

/// Percent-encodes all but RFC 3986's unreserved characters and those in `kept`.
pub(super) fn push_encoded(bytes: &[u8], kept: &[u8], out: &mut String) {
    for &b in bytes {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) || kept.contains(&b) {
            out.push(char::from(b));
        } else {
            out.push('%');
            for nibble in [b >> 4, b & 15] {
                out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
}

/// Undoes percent encoding. What is no escape stays as it is.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |place: usize| after.get(place).and_then(|&d| char::from(d).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_forms() {
        assert_eq!(parse_date("20150830T123600Z"), Some(1_440_938_160_000));
        assert_eq!(parse_date("Sun, 30 Aug 2015 12:36:00 GMT"), Some(1_440_938_160_000));
        assert_eq!(basic_date(1_440_938_160_000), "20150830T123600Z");
        for wrong in ["20151330T123600Z", "r0150830T123600Z", "2015:830T123600Z", "20150830T12360\u{7f}Z"] {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_and_redone() {
        assert_eq!(decoded("a%2Fb%zz%4"), b"a/b%zz%4");
        let mut out = String::new();
        push_encoded("a/b ä~".as_bytes(), b"/", &mut out);
        assert_eq!(out, "a/b%20%C3%A4~");
    }

    #[test]
    fn a_signature_has_64_hexadecimal_digits() {
        let mut text = String::new();
        push_hex(&[0xa5; 32], &mut text);
        assert_eq!(parse_hex(&text), Some([0xa5; 32]));
        assert_eq!(parse_hex(&text[1..]), None);
        assert_eq!(parse_hex(&text.replace('a', "x")), None);
    }
}
