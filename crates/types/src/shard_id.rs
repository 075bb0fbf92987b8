//! Shard ids. Source: `docs/kinesis/streams.md#shard-ids`.

use std::fmt;

/// A shard's number within its stream. Never reused; 0 to 2^31 - 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(u32);

const PREFIX: &[u8; 8] = b"shardId-";
const DIGITS: usize = 12;

impl ShardId {
    pub const MAX: ShardId = ShardId(i32::MAX as u32);

    /// `None` beyond 2^31 - 1.
    pub fn new(index: u32) -> Option<Self> {
        (index <= Self::MAX.0).then_some(ShardId(index))
    }

    pub fn index(self) -> u32 {
        self.0
    }

    /// As lenient as the service: what follows the first `-`, or the whole text, must be digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.split_once('-').map_or(text, |(_, after)| after);
        let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if number { digits.parse().ok().and_then(Self::new) } else { None }
    }

    /// `shardId-000000000007`, without allocating.
    pub fn to_text(self) -> ShardIdText {
        let mut text = [b'0'; PREFIX.len() + DIGITS];
        text[..PREFIX.len()].copy_from_slice(PREFIX);
        let mut rest = self.0;
        for digit in text[PREFIX.len()..].iter_mut().rev() {
            if rest == 0 {
                break;
            }
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        ShardIdText(text)
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_text().as_str())
    }
}

/// The text of a [`ShardId`], on the stack.
#[derive(Clone, Copy)]
pub struct ShardIdText([u8; PREFIX.len() + DIGITS]);

impl ShardIdText {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a prefix and digits are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_parsed_as_leniently_as_the_service_does() {
        for text in ["123", "foo-123", "shardId-123", "shardId-000000000123"] {
            assert_eq!(ShardId::parse(text), ShardId::new(123), "{text}");
        }
        for text in ["", "shardId-", "shardId-x", "a-b-1", "2147483648", "shardId--1", "+1"] {
            assert_eq!(ShardId::parse(text), None, "{text}");
        }
        assert_eq!(ShardId::MAX.to_string(), "shardId-002147483647");
        assert_eq!(ShardId(0).to_string(), "shardId-000000000000");
        assert_eq!(ShardId(12).to_text().as_bytes(), b"shardId-000000000012");
    }
}
