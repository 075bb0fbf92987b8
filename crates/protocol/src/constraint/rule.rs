//! The constraints that a shape can carry.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Bounds of a length or a value, both included.
#[derive(Clone, Copy, Debug)]
pub struct Range<T> {
    pub min: Option<T>,
    pub max: Option<T>,
}

/// What a string must be. Lengths are in UTF-16 units, as Java counts them.
pub struct StringRule {
    pub length: Range<usize>,
    pub pattern: Option<Pattern>,
}

/// A regular expression that a whole value must match, in its cheapest form, with its text.
pub enum Pattern {
    /// `[...]+`: one class of bytes.
    Class(&'static [bool; 256], &'static str),
    /// `0|([1-9]\d{0,N})`: a decimal number of at most N + 1 digits without leading zeros.
    Decimal(usize, &'static str),
    /// An expression that [plain ARNs of streams](is_plain_stream_arn) match; most requests name their
    /// stream by one, and an expression costs microseconds.
    StreamArn(LazyLock<Regex>, &'static str),
    Regex(LazyLock<Regex>, &'static str),
}

impl<T: PartialOrd + Copy> Range<T> {
    #[inline]
    pub(super) fn below(&self, value: T) -> Option<T> {
        self.min.filter(|&min| value < min)
    }

    #[inline]
    pub(super) fn above(&self, value: T) -> Option<T> {
        self.max.filter(|&max| value > max)
    }
}

impl StringRule {
    #[inline]
    pub(super) fn admits(&self, value: &str) -> bool {
        self.has_length(value) && self.pattern.as_ref().is_none_or(|pattern| pattern.matches(value))
    }

    #[inline]
    fn has_length(&self, value: &str) -> bool {
        // A UTF-16 unit takes one to three bytes, which settles nearly every value without counting.
        let certain = self
            .length
            .min
            .is_none_or(|min| value.len() >= min.saturating_mul(3) || min <= 1 && !value.is_empty())
            && self.length.max.is_none_or(|max| value.len() <= max);
        certain || {
            let units = value.encode_utf16().count();
            self.length.below(units).is_none() && self.length.above(units).is_none()
        }
    }

    /// Whether a value is so long that its characters do not matter. It is refused for its length, and
    /// matching megabytes against an expression would cost more than that says.
    pub(super) fn is_beyond(&self, value: &str) -> bool {
        self.length.max.is_some_and(|max| value.len() / 3 > max)
    }
}

impl Pattern {
    #[inline]
    pub(super) fn matches(&self, value: &str) -> bool {
        match self {
            Pattern::Class(class, _) => !value.is_empty() && value.bytes().all(|b| class[usize::from(b)]),
            Pattern::Decimal(more, _) => match value.as_bytes() {
                [b'0'] => true,
                [b'1'..=b'9', rest @ ..] => rest.len() <= *more && rest.iter().all(u8::is_ascii_digit),
                _ => false,
            },
            Pattern::StreamArn(regex, _) => is_plain_stream_arn(value) || regex.is_match(value),
            Pattern::Regex(regex, _) => regex.is_match(value),
        }
    }

    pub(super) fn text(&self) -> &'static str {
        match self {
            Pattern::Class(_, text) | Pattern::Decimal(_, text) => text,
            Pattern::StreamArn(_, text) | Pattern::Regex(_, text) => text,
        }
    }
}

/// Whether the value is `arn:aws:kinesis:<region>:<account>:stream/<name>` or the ARN of a consumer under
/// that, in any partition.
fn is_plain_stream_arn(value: &str) -> bool {
    let mut parts = value.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default().as_bytes();
    let is_word = |text: &[u8]| text.iter().all(|&b| b.is_ascii_alphanumeric() || b == b'-');
    let is_path = |text: &[u8]| text.iter().all(|&b| b.is_ascii_alphanumeric() || b"_.-/:".contains(&b));
    part() == b"arn"
        && part().strip_prefix(b"aws").is_some_and(is_word)
        && part() == b"kinesis"
        && is_word(part())
        && matches!(part(), account if account.len() == 12 && account.iter().all(u8::is_ascii_digit))
        && part().strip_prefix(b"stream/").is_some_and(|name| !name.is_empty() && is_path(name))
}

/// The bytes of `[class]+`: single characters and ranges, without escapes.
pub const fn class(pattern: &str) -> [bool; 256] {
    let text = pattern.as_bytes();
    let end = text.len() - 2;
    let mut table = [false; 256];
    let mut at = 1;
    while at < end {
        let is_range = at + 2 < end && text[at + 1] == b'-';
        let last = if is_range { text[at + 2] } else { text[at] };
        let mut b = text[at];
        while b <= last {
            table[b as usize] = true;
            b += 1;
        }
        at += if is_range { 3 } else { 1 };
    }
    table
}

/// An expression that must match a value from end to end.
pub fn whole(pattern: &str) -> Regex {
    Regex::new(&format!("^(?:{pattern})$")).expect("the patterns of the interface are tested to compile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_its_ranges_and_single_characters() {
        let table = class("[a-c_.-]+");
        let held: Vec<char> = (0..=255u8).filter(|&b| table[usize::from(b)]).map(char::from).collect();
        assert_eq!(held, ['-', '.', '_', 'a', 'b', 'c']);
    }

    #[test]
    fn lengths_are_counted_in_utf16_units() {
        let rule = StringRule { length: Range { min: Some(2), max: Some(3) }, pattern: None };
        let admitted = |value| rule.admits(value);
        assert!(admitted("ab") && admitted("äöü") && admitted("\u{1f600}") && admitted("€€€"));
        assert!(!admitted("a") && !admitted("äöüß") && !admitted("\u{1f600}\u{1f600}") && !admitted("€"));
    }

    #[test]
    fn decimals_have_no_leading_zeros_and_a_limit() {
        let pattern = Pattern::Decimal(2, "");
        for (value, matches) in
            [("0", true), ("999", true), ("1000", false), ("01", false), ("", false), ("1a", false)]
        {
            assert_eq!(pattern.matches(value), matches, "{value}");
        }
    }

    #[test]
    fn a_pattern_must_match_the_whole_value() {
        let regex = whole(r"^(arn):aws|x\S+");
        assert!(regex.is_match("arn:aws") && regex.is_match("xyz"));
        assert!(!regex.is_match("arn:aws ") && !regex.is_match(" xyz") && !regex.is_match("xyz\n"));
    }

    #[test]
    fn a_plain_arn_is_one_that_the_expressions_match() {
        let expressions = crate::kinesis::RULES.iter().filter_map(|rule| rule.pattern.as_ref());
        let arns: Vec<_> = expressions.filter(|pattern| matches!(pattern, Pattern::StreamArn(..))).collect();
        assert_eq!(arns.len(), 2);
        let cases = [
            ("arn:aws:kinesis:us-east-1:123456789012:stream/orders", true),
            ("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders/consumer/a.b:1700000000", true),
            ("arn:aws:kinesis:us-east-1:123456789012:stream/", false),
            ("arn:aws:kinesis:us-east-1:12345678901:stream/orders", false),
            ("arn:aws:kinesis:us-east-1:123456789012:stream/or ders", false),
            ("arn:aws:firehose:us-east-1:123456789012:stream/orders", false),
            ("arn", false),
        ];
        for (value, plain) in cases {
            assert_eq!(is_plain_stream_arn(value), plain, "{value}");
            for pattern in &arns {
                let Pattern::StreamArn(regex, _) = pattern else { unreachable!() };
                assert_eq!(regex.is_match(value), plain, "{value}");
            }
        }
    }
}
