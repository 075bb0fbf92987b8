//! Sequence numbers in the layout that AWS uses today ("version 2"), with the position of the record
//! in its log as the sequence index, so that a number finds its record without a lookup.
//!
//! ```text
//! bit 184  constant 2        4 bits
//!     148  creation of the shard, epoch seconds   36
//!     144  lowest nibble of the shard's index      4
//!      80  sequence index                         64, top bit 0
//!      72  which creation of that second           8
//!      36  time of the put, epoch seconds         36
//!       4  shard index                            32
//!       0  version 2                               4
//! ```
//!
//! Within a shard numbers rise with the index. A child's numbers lie above its parents' because its
//! creation time is later. AWS's numbers have zero at bit 72, and so has the first creation of a second
//! here; further ones are told apart there. Source: `docs/kinesis/streams.md#sequence-numbers`.

use std::fmt;

use crate::ShardId;

/// A sequence number of version 2. The order is that of the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SequenceNumber {
    /// Of the shard.
    pub creation: Creation,
    /// 0 for the shard's start, [`INDEX_END`] for its end, otherwise the record's log position + 1.
    pub index: u64,
    /// Time of the put, epoch seconds, 36 bits.
    pub put_s: u64,
    pub shard: ShardId,
}

/// When a shard was created, as its numbers say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Creation {
    /// Epoch seconds, below [`CREATED_S_END`].
    pub second: u64,
    /// Tells creations of the same second apart, from 0.
    pub nth: u8,
}

impl Creation {
    /// The first one of a second.
    pub fn first_of(second: u64) -> Self {
        Creation { second, nth: 0 }
    }

    /// The one after it: of the same second while that has room.
    pub fn next(self) -> Self {
        match self.nth.checked_add(1) {
            Some(nth) => Creation { nth, ..self },
            None => Creation::first_of(self.second + 1),
        }
    }
}

/// Creation times at or above this are not valid.
pub const CREATED_S_END: u64 = 16_025_175_000;
/// The index in the ending number of a closed shard, above every record of it.
pub const INDEX_END: u64 = i64::MAX as u64;

/// Of the two times in a number.
const SECOND_MASK: u64 = (1 << 36) - 1;

/// What a decimal text says, whichever version wrote it. Only version 2 is ever issued here; older ones
/// are told apart so that errors name the right reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    V2(SequenceNumber),
    /// Version 0 or 1.
    Older {
        version: u8,
        shard: ShardId,
    },
}

impl SequenceNumber {
    /// The number of the record at `position` of the log of `shard`.
    pub fn of_record(creation: Creation, shard: ShardId, position: u64, put_ms: u64) -> Self {
        // A child is dated up to some seconds ahead of the clock; its numbers never say a time before that.
        let put_s = (put_ms / 1000).max(creation.second) & SECOND_MASK;
        SequenceNumber { creation, index: position.saturating_add(1).min(INDEX_END), put_s, shard }
    }

    /// That of the next record, if it comes with this one.
    #[inline]
    pub fn next(self) -> Self {
        SequenceNumber { index: self.index.saturating_add(1).min(INDEX_END), ..self }
    }

    /// StartingSequenceNumber of a shard.
    pub fn start_of_shard(creation: Creation, shard: ShardId) -> Self {
        SequenceNumber { creation, index: 0, put_s: creation.second & SECOND_MASK, shard }
    }

    /// EndingSequenceNumber of a shard closed at `closed_ms`.
    pub fn end_of_shard(creation: Creation, shard: ShardId, closed_ms: u64) -> Self {
        let put_s = (closed_ms / 1000).max(creation.second) & SECOND_MASK;
        SequenceNumber { creation, index: INDEX_END, put_s, shard }
    }

    /// Position of the record, `None` for the number of a shard's start.
    pub fn position(&self) -> Option<u64> {
        self.index.checked_sub(1)
    }

    /// Whether it is the ending number of a shard: nothing comes after it there.
    pub fn is_end(&self) -> bool {
        self.index == INDEX_END
    }

    /// Reads any version. `None` when the text is not a number that AWS could have issued.
    pub fn decode(decimal: &str) -> Option<Decoded> {
        let (high, low) = parse_192(decimal)?;
        if high == 0 && low < 1 << 125 {
            // Version 0: 32 hex digits, of which the first says nothing.
            let created_s = (low >> 88) as u64 & SECOND_MASK;
            let shard = ShardId::new(low as u32 & 0xffff)?;
            return (created_s < CREATED_S_END).then_some(Decoded::Older { version: 0, shard });
        }
        let second = (high >> 20) & SECOND_MASK;
        let shard = ShardId::new((low >> 4) as u32)?;
        if high >> 56 != 2 || second >= CREATED_S_END {
            return None;
        }
        match low & 0xf {
            1 => Some(Decoded::Older { version: 1, shard }),
            2 => {
                let index = (high & 0xffff) << 48 | (low >> 80) as u64;
                let nibble = (high >> 16) & 0xf;
                let valid = index <= INDEX_END && nibble == u64::from(shard.index() & 0xf);
                let creation = Creation { second, nth: (low >> 72) as u8 };
                let put_s = (low >> 36) as u64 & SECOND_MASK;
                valid.then_some(Decoded::V2(SequenceNumber { creation, index, put_s, shard }))
            }
            _ => None,
        }
    }

    /// The 192-bit number as its upper 64 and lower 128 bits.
    fn words(&self) -> (u64, u128) {
        let shard = u64::from(self.shard.index());
        let second = self.creation.second & SECOND_MASK;
        let high = 2 << 56 | second << 20 | (shard & 0xf) << 16 | self.index >> 48;
        let low = u128::from(self.index & ((1 << 48) - 1)) << 80
            | u128::from(self.creation.nth) << 72
            | u128::from(self.put_s & SECOND_MASK) << 36
            | u128::from(shard << 4 | 2);
        (high, low)
    }

    /// The decimal text, without allocating.
    pub fn to_decimal(self) -> Decimal {
        let mut decimal = Decimal { number: self, text: [0; DIGITS] };
        decimal.write();
        decimal
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.words().cmp(&other.words())
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_decimal().as_str())
    }
}

/// The decimal text of a [`SequenceNumber`], on the stack.
#[derive(Clone, Copy)]
pub struct Decimal {
    number: SequenceNumber,
    text: [u8; DIGITS],
}

/// What all numbers have, as they lie between 2 and 3 times 2^184.
const DIGITS: usize = 56;
/// The text is made of half a limb and three whole ones.
const LIMB_DIGITS: usize = 16;
const LIMB: u64 = 10_u64.pow(LIMB_DIGITS as u32);
/// By this a number is above the one whose index is one less: the digits of 2^80, eight in each word, the last word first.
const STEP: [u64; 4] = {
    let mut rest = 1_u128 << 80;
    let mut step = [0; 4];
    let mut at = 0;
    while rest > 0 {
        step[at] = u64::from_be_bytes(eight_digits((rest % 100_000_000) as u64)) - ONES * b'0' as u64;
        rest /= 100_000_000;
        at += 1;
    }
    step
};
/// One in each byte of a word.
const ONES: u64 = u64::MAX / 255;

impl Decimal {
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("digits are ASCII")
    }

    /// Becomes the text of `number`. If only the index differs, and is the next one, as it is from record to record
    /// of what was appended together, that takes an addition and no division of 192 bits.
    #[inline]
    pub fn turn_to(&mut self, number: SequenceNumber) {
        let follows = number.index.checked_sub(1) == Some(self.number.index)
            && number == (SequenceNumber { index: number.index, ..self.number });
        self.number = number;
        match follows {
            true => self.step(),
            false => self.write(),
        }
    }

    #[inline]
    fn step(&mut self) {
        let (eights, _) = self.text.as_chunks_mut();
        let (high, low) = eights.split_at_mut(eights.len() - STEP.len());
        let mut carry = false;
        for (digits, step) in low.iter_mut().rev().zip(STEP) {
            carry = add_digits(digits, step, carry);
        }
        for digits in high.iter_mut().rev() {
            if !carry {
                break;
            }
            carry = add_digits(digits, 0, carry);
        }
    }

    fn write(&mut self) {
        let (high, low) = self.number.words();
        let (high, last) = div_rem_limb([high, (low >> 64) as u64, low as u64]);
        let (high, middle) = div_rem_limb(high);
        // What is left is below 3 * 2^184 / 10^32, which is less than 2^80.
        let ([_, _, first_half], first) = div_rem_limb(high);
        let (half, limbs) = self.text.split_at_mut(LIMB_DIGITS / 2);
        half.copy_from_slice(&eight_digits(first_half));
        for (text, limb) in limbs.as_chunks_mut().0.iter_mut().zip([first, middle, last]) {
            *text = digits(limb);
        }
    }
}

/// Divides the big-endian words by [`LIMB`].
#[inline]
fn div_rem_limb(words: [u64; 3]) -> ([u64; 3], u64) {
    let mut quotient = [0; 3];
    let mut rest = 0_u64;
    for (q, word) in quotient.iter_mut().zip(words) {
        let dividend = u128::from(rest) << 64 | u128::from(word);
        // The rest is below LIMB, so the quotient fits in 64 bits.
        *q = (dividend / u128::from(LIMB)) as u64;
        rest = (dividend as u64).wrapping_sub(q.wrapping_mul(LIMB));
    }
    (quotient, rest)
}

/// Of a number below [`LIMB`].
#[inline]
fn digits(limb: u64) -> [u8; LIMB_DIGITS] {
    const HALF: u64 = 10_u64.pow(LIMB_DIGITS as u32 / 2);
    let mut digits = [0; LIMB_DIGITS];
    let (upper, lower) = digits.split_at_mut(LIMB_DIGITS / 2);
    upper.copy_from_slice(&eight_digits(limb / HALF));
    lower.copy_from_slice(&eight_digits(limb % HALF));
    digits
}

/// Adds digit to digit, one in each byte. Whether there is one to carry.
#[inline]
fn add_digits(digits: &mut [u8; 8], other: u64, carry: bool) -> bool {
    // With this in addition, a byte overflows into the next one when its digits are ten together.
    const TO_TEN: u64 = 256 - 10;
    let raised = other + ONES * (TO_TEN - b'0' as u64) + u64::from(carry);
    let (sum, carry) = u64::from_be_bytes(*digits).overflowing_add(raised);
    // The bytes that did not still hold it, and have their highest bit by it.
    let stayed = sum >> 7 & ONES;
    *digits = sum.wrapping_add(ONES * u64::from(b'0')).wrapping_sub(stayed * TO_TEN).to_be_bytes();
    carry
}

/// Of a number below 10^8. All parts of the word are divided at once: into two of four digits, then four of two, then
/// eight of one, the first digit in the lowest byte. The products that stand for divisions are exact for so small parts.
#[inline]
const fn eight_digits(number: u64) -> [u8; 8] {
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let twos = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    let ones = tens | ((twos - tens * 10) << 8);
    (ones + ONES * b'0' as u64).to_le_bytes()
}

/// A decimal number below 2^192 as its upper 64 and lower 128 bits.
fn parse_192(decimal: &str) -> Option<(u64, u128)> {
    const LEN_MAX: usize = 58;
    if decimal.is_empty() || decimal.len() > LEN_MAX {
        return None;
    }
    let mut words = [0_u64; 3];
    for byte in decimal.bytes() {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        let mut carry = u64::from(digit);
        for word in words.iter_mut().rev() {
            let product = u128::from(*word) * 10 + u128::from(carry);
            *word = product as u64;
            carry = (product >> 64) as u64;
        }
        if carry != 0 {
            return None;
        }
    }
    Some((words[0], u128::from(words[1]) << 64 | u128::from(words[2])))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CREATED_S: u64 = 1_700_000_000;
    const CREATED: Creation = Creation { second: CREATED_S, nth: 0 };

    fn shard(index: u32) -> ShardId {
        ShardId::new(index).unwrap()
    }

    #[test]
    fn numbers_match_the_published_vectors() {
        let start = |i| SequenceNumber::start_of_shard(CREATED, shard(i)).to_string();
        assert_eq!(start(0), "49646437577108476416916876405825929425585429676275269634");
        assert_eq!(start(1), "49646437577130777162115407028967465143858078037781250066");
        let first = SequenceNumber::of_record(CREATED, shard(0), 0, (CREATED_S + 5) * 1000);
        assert_eq!(first.to_string(), "49646437577108476416916876405827138351405044649047359490");
        let end = SequenceNumber::end_of_shard(CREATED, shard(0), (CREATED_S + 60) * 1000);
        assert_eq!(end.to_string(), "49646437577119626789516141717395488358902143351022157826");
    }

    #[test]
    fn a_number_issued_by_aws_decodes() {
        let real = "49594189147623985939251953501666965394405037144469929986";
        let Some(Decoded::V2(number)) = SequenceNumber::decode(real) else { panic!("version 2") };
        assert_eq!(
            (number.creation, number.put_s, number.index),
            (Creation::first_of(1_553_568_712), 1_553_568_735, 0xc3)
        );
        assert_eq!(number.to_string(), real);
    }

    #[test]
    fn older_and_impossible_numbers_are_told_apart() {
        let zero = SequenceNumber::decode("0");
        assert_eq!(zero, Some(Decoded::Older { version: 0, shard: shard(0) }));
        for text in ["", "-1", "1.5", "99999999999999999999999999999999999999999999999999999999", "4"] {
            let decoded = SequenceNumber::decode(text);
            assert!(!matches!(decoded, Some(Decoded::V2(_))), "{text}: {decoded:?}");
        }
        assert_eq!(SequenceNumber::decode(&"9".repeat(129)), None);
        let above = SequenceNumber { creation: Creation::first_of(CREATED_S_END), ..Default::default() };
        assert_eq!(SequenceNumber::decode(&above.to_string()), None);
    }

    #[test]
    fn numbers_of_earlier_versions_name_their_shard_if_their_time_can_be() {
        let version_0 = |second: u64, shard: u32| {
            let number = 1 << 124 | u128::from(second) << 88 | 99 << 16 | u128::from(shard);
            SequenceNumber::decode(&number.to_string())
        };
        let of = |version, index| Some(Decoded::Older { version, shard: shard(index) });
        assert_eq!(version_0(1_300_000_000, 7), of(0, 7));
        assert_eq!(version_0(CREATED_S_END - 1, 0xffff), of(0, 0xffff));
        assert_eq!(version_0(CREATED_S_END, 7), None);
        assert_eq!(SequenceNumber::decode("7"), of(0, 7));
        assert_eq!(SequenceNumber::decode(&((1_u128 << 125) - 1).to_string()), None, "a time that cannot be");
        assert_eq!(SequenceNumber::decode(&(1_u128 << 125).to_string()), None);
        // The same number but for its version.
        let number = SequenceNumber::of_record(CREATED, shard(7), 3, CREATED_S * 1000);
        let (high, low) = number.words();
        let version_1 = divided_by_ten((high, low & !0xf | 1));
        assert_eq!(SequenceNumber::decode(&version_1), of(1, 7));
        assert_eq!(SequenceNumber::decode(&divided_by_ten((high, low & !0xf | 3))), None);
    }

    #[test]
    fn a_number_whose_parts_do_not_go_together_is_none() {
        let number = SequenceNumber::of_record(CREATED, shard(7), 3, CREATED_S * 1000);
        let (high, low) = number.words();
        let decode = |high, low| SequenceNumber::decode(&divided_by_ten((high, low)));
        assert_eq!(decode(high, low), Some(Decoded::V2(number)));
        assert_eq!(decode(high ^ 1 << 16, low), None, "another shard in front");
        assert_eq!(decode(high | 1 << 15, low), None, "an index above all");
        assert_eq!(decode(high ^ 1 << 56, low), None, "another version in front");
    }

    #[test]
    fn the_next_number_is_that_of_the_next_position() {
        for position in [0, 1, u64::from(u32::MAX), INDEX_END - 2, INDEX_END - 1, INDEX_END] {
            let number = |position| SequenceNumber::of_record(CREATED, shard(3), position, 1_700_000_000_123);
            assert_eq!(number(position).next(), number(position + 1));
        }
    }

    #[test]
    fn a_number_says_which_position_it_is_of_and_whether_it_ends_a_shard() {
        for position in [0, 1, 77, INDEX_END - 2] {
            let number = SequenceNumber::of_record(CREATED, shard(3), position, 1_700_000_000_123);
            assert_eq!((number.position(), number.is_end()), (Some(position), false));
        }
        assert_eq!(SequenceNumber::start_of_shard(CREATED, shard(3)).position(), None);
        assert!(SequenceNumber::end_of_shard(CREATED, shard(3), CREATED_S * 1000).is_end());
    }

    #[test]
    fn creations_of_a_second_are_told_apart_until_it_is_full() {
        let mut creation = CREATED;
        for nth in 0..=u8::MAX {
            assert_eq!(creation, Creation { second: CREATED_S, nth });
            creation = creation.next();
        }
        assert_eq!(creation, Creation::first_of(CREATED_S + 1));
    }

    /// Digit by digit, as on paper.
    fn divided_by_ten((high, low): (u64, u128)) -> String {
        let mut words = [
            (high >> 32) as u32,
            high as u32,
            (low >> 96) as u32,
            (low >> 64) as u32,
            (low >> 32) as u32,
            low as u32,
        ];
        let mut digits = Vec::new();
        while words != [0; 6] {
            let mut rest = 0;
            for word in &mut words {
                let dividend = rest << 32 | u64::from(*word);
                *word = (dividend / 10) as u32;
                rest = dividend % 10;
            }
            digits.push(char::from(b'0' + rest as u8));
        }
        digits.iter().rev().collect()
    }

    #[test]
    fn numbers_of_192_bits_are_read_and_nothing_longer() {
        let largest = divided_by_ten((u64::MAX, u128::MAX));
        assert_eq!(largest.len(), 58);
        assert_eq!(parse_192(&largest), Some((u64::MAX, u128::MAX)));
        assert_eq!(parse_192(&format!("{}6", &largest[..57])), None, "one more");
        assert_eq!(parse_192(&format!("0{largest}")), None, "longer than any");
        assert_eq!((parse_192(""), SequenceNumber::decode("")), (None, None));
    }

    #[test]
    fn a_text_is_the_same_as_bytes_and_numbers_are_in_order() {
        let number = SequenceNumber::of_record(CREATED, shard(7), 3, CREATED_S * 1000);
        assert_eq!(number.to_decimal().as_bytes(), number.to_string().as_bytes());
        assert_eq!(number.partial_cmp(&number.next()), Some(std::cmp::Ordering::Less));
    }

    #[test]
    fn eight_digits_are_those_of_the_number() {
        let edges = [0, 1, 9, 10, 99, 100, 9_999, 10_000, 99_999_999];
        for number in edges.into_iter().chain((0..100_000_000).step_by(997)) {
            assert_eq!(eight_digits(number), *format!("{number:08}").as_bytes());
        }
    }

    #[test]
    fn a_text_that_is_turned_carries_into_every_digit() {
        // An index after which a number passes a multiple of the power of ten, so that a digit before it changes.
        let number = |index| SequenceNumber { index, ..SequenceNumber::start_of_shard(CREATED, shard(7)) };
        for power in 25..=38 {
            let base = number(0).to_decimal();
            let digits: u128 = base.as_str()[DIGITS - power..].parse().unwrap();
            let left = 10_u128.pow(power as u32) - 1 - digits;
            let turning = u64::try_from(left >> 80).unwrap_or(INDEX_END - 4);
            let mut decimal = number(turning).to_decimal();
            for index in turning..turning + 4 {
                decimal.turn_to(number(index));
                assert_eq!(decimal.as_str(), divided_by_ten(number(index).words()));
            }
        }
    }

    proptest! {
        #[test]
        fn decimal_text_reads_back(second in 0..CREATED_S_END, nth: u8, index in 0..=INDEX_END, put_s in 0..=SECOND_MASK, s in 0..=i32::MAX as u32) {
            let creation = Creation { second, nth };
            let number = SequenceNumber { creation, index, put_s, shard: shard(s) };
            prop_assert_eq!(SequenceNumber::decode(&number.to_string()), Some(Decoded::V2(number)));
        }

        #[test]
        fn a_text_that_is_turned_is_that_of_the_number(
            first in 0..=INDEX_END - 60,
            steps in prop::collection::vec((0..3_u64, 0..4_u8), 1..30),
        ) {
            let mut number = SequenceNumber { creation: CREATED, index: first, put_s: CREATED_S, shard: shard(9) };
            let mut decimal = number.to_decimal();
            for (step, change) in steps {
                number.index += step;
                match change {
                    1 => number.put_s += 1,
                    2 => number.shard = shard(number.shard.index() ^ 1),
                    3 => number.creation = number.creation.next(),
                    _ => {}
                }
                decimal.turn_to(number);
                prop_assert_eq!(decimal.as_str(), divided_by_ten(number.words()));
            }
        }

        #[test]
        fn any_text_is_decoded_or_refused(text in "[0-9]{0,130}|.{0,60}") {
            let _ = SequenceNumber::decode(&text);
        }

        #[test]
        fn order_of_positions_is_order_of_numbers(a in 0..u64::MAX / 4, b in 0..u64::MAX / 4, ta in 0u64..1 << 40, tb in 0u64..1 << 40) {
            let number = |p, t| SequenceNumber::of_record(CREATED, shard(3), p, t);
            prop_assume!(a != b);
            prop_assert_eq!(number(a, ta).cmp(&number(b, tb)), a.cmp(&b));
        }
    }
}
