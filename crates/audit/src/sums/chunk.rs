//! Sums of a period as bytes: names in dictionaries, numbers in columns, deflated. `docs/format.md` has the form.

use std::io::Read as _;

use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};

use super::key::{Counts, Sum, SumKey};

/// Sums in one chunk, and bytes of their names before anything is made smaller.
const SUMS_MAX: usize = 4_096;
const NAMES_BYTES_MAX: usize = 256 * 1024;
/// Of what a chunk says it is before it was deflated.
const RAW_BYTES_MAX: u64 = 4 << 20;
/// All names of one column, written out.
const COLUMN_BYTES_MAX: usize = 4 << 20;
const COLUMNS: usize = 5;

/// Why a chunk is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a chunk of sums: {0}")]
pub struct Unreadable(&'static str);

/// Sums of one period, in order, in as many chunks as it takes, and at least one.
pub(super) fn write(sums: &[Sum]) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let (mut first, mut bytes) = (0, 0);
    for (at, sum) in sums.iter().enumerate() {
        let names: usize = sum.key.borrowed().fields().iter().map(|name| name.len()).sum();
        if at - first == SUMS_MAX || bytes + names > NAMES_BYTES_MAX && at > first {
            chunks.push(write_one(&sums[first..at]));
            (first, bytes) = (at, 0);
        }
        bytes += names;
    }
    if first < sums.len() || chunks.is_empty() {
        chunks.push(write_one(&sums[first..]));
    }
    chunks
}

fn write_one(sums: &[Sum]) -> Vec<u8> {
    let mut raw = Vec::new();
    put(&mut raw, sums.len() as u64);
    for column in 0..COLUMNS {
        let names: Vec<&str> = sums.iter().map(|sum| sum.key.borrowed().fields()[column]).collect();
        let mut dictionary = names.clone();
        dictionary.sort_unstable();
        dictionary.dedup();
        put(&mut raw, dictionary.len() as u64);
        let mut before = "";
        for &name in &dictionary {
            let shared = name.bytes().zip(before.bytes()).take_while(|(a, b)| a == b).count();
            put(&mut raw, shared as u64);
            put(&mut raw, (name.len() - shared) as u64);
            raw.extend_from_slice(&name.as_bytes()[shared..]);
            before = name;
        }
        for name in names {
            let at = dictionary.binary_search(&name).unwrap_or_default();
            put(&mut raw, at as u64);
        }
    }
    let numbers: [fn(&Counts) -> u64; 3] =
        [|counts| counts.calls, |counts| counts.records, |counts| counts.bytes];
    for number in numbers {
        sums.iter().for_each(|sum| put(&mut raw, number(&sum.counts)));
    }
    let mut deflated = Vec::with_capacity(raw.len() / 4);
    let read = DeflateEncoder::new(&*raw, Compression::default()).read_to_end(&mut deflated);
    // From memory to memory.
    read.expect("bytes in memory are deflated");
    deflated
}

/// Calls `visit` with each sum of a chunk. Nothing is visited of one that is not whole.
pub fn read(deflated: &[u8], mut visit: impl FnMut(&SumKey<'_>, Counts)) -> Result<(), Unreadable> {
    let mut raw = Vec::new();
    let mut inflated = DeflateDecoder::new(deflated).take(RAW_BYTES_MAX + 1);
    inflated.read_to_end(&mut raw).map_err(|_| Unreadable("it is not deflated"))?;
    if raw.len() as u64 > RAW_BYTES_MAX {
        return Err(Unreadable("it is too large"));
    }
    let from = &mut &*raw;
    let count = length(from, SUMS_MAX)?;
    let mut columns = Vec::with_capacity(COLUMNS);
    for _ in 0..COLUMNS {
        columns.push(Column::read(from, count)?);
    }
    let numbers = |from: &mut &[u8]| (0..count).map(|_| take(from)).collect::<Result<Vec<u64>, _>>();
    let (calls, records, bytes) = (numbers(from)?, numbers(from)?, numbers(from)?);
    if !from.is_empty() {
        return Err(Unreadable("something follows"));
    }
    for at in 0..count {
        let mut fields = [""; COLUMNS];
        for (field, column) in fields.iter_mut().zip(&columns) {
            *field = column.name(at).ok_or(Unreadable("a name is missing"))?;
        }
        let number = |of: &[u64]| of.get(at).copied().unwrap_or_default();
        let counts = Counts { calls: number(&calls), records: number(&records), bytes: number(&bytes) };
        visit(&SumKey::of_fields(fields), counts);
    }
    Ok(())
}

struct Column {
    text: String,
    /// Where the names of the dictionary end in it.
    ends: Vec<usize>,
    /// Which of them each sum has.
    indexes: Vec<usize>,
}

impl Column {
    fn read(from: &mut &[u8], count: usize) -> Result<Column, Unreadable> {
        let names = length(from, count)?;
        let (mut text, mut ends) = (Vec::new(), Vec::with_capacity(names));
        let mut before = 0..0;
        for _ in 0..names {
            let shared = length(from, before.len())?;
            let rest = length(from, from.len())?;
            let (rest, after) = from.split_at_checked(rest).ok_or(CUT_OFF)?;
            *from = after;
            let begin = text.len();
            text.extend_from_within(before.start..before.start + shared);
            text.extend_from_slice(rest);
            if text.len() > COLUMN_BYTES_MAX {
                return Err(Unreadable("its names are too large"));
            }
            before = begin..text.len();
            ends.push(text.len());
        }
        let text = String::from_utf8(text).map_err(|_| Unreadable("a name is no text"))?;
        if !ends.iter().all(|end| text.is_char_boundary(*end)) {
            return Err(Unreadable("a name is no text"));
        }
        let mut indexes = Vec::with_capacity(count);
        for _ in 0..count {
            let at = usize::try_from(take(from)?).unwrap_or(usize::MAX);
            if at >= names {
                return Err(Unreadable("a name is missing"));
            }
            indexes.push(at);
        }
        Ok(Column { text, ends, indexes })
    }

    fn name(&self, sum: usize) -> Option<&str> {
        let at = *self.indexes.get(sum)?;
        let begin = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(begin..*self.ends.get(at)?)
    }
}

const CUT_OFF: Unreadable = Unreadable("it is cut off");

/// A number of seven bits a byte, the lowest first; the highest bit says that more follow.
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(from: &mut &[u8]) -> Result<u64, Unreadable> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = from.split_first().ok_or(CUT_OFF)?;
        *from = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            break;
        }
        number |= bits << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Unreadable("a number is too large"))
}

fn length(from: &mut &[u8], max: usize) -> Result<usize, Unreadable> {
    let number = usize::try_from(take(from)?).unwrap_or(usize::MAX);
    if number > max { Err(Unreadable("a number is too large")) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::key::Gathered;
    use super::*;

    type Row = ([String; 5], [u64; 3]);

    fn sums(rows: &[Row]) -> Vec<Sum> {
        let mut gathered = Gathered::default();
        for (names, [calls, records, bytes]) in rows {
            let [a, b, c, d, e] = names;
            let counts = Counts { calls: *calls, records: *records, bytes: *bytes };
            gathered.add_borrowed(&SumKey::of_fields([a, b, c, d, e]), counts, usize::MAX);
        }
        gathered.finish()
    }

    fn read_all(chunks: &[Vec<u8>]) -> Vec<Row> {
        let mut rows = Vec::new();
        for chunk in chunks {
            let read = read(chunk, |key, counts| {
                let names = key.fields().map(str::to_owned);
                rows.push((names, [counts.calls, counts.records, counts.bytes]));
            });
            assert_eq!(read, Ok(()));
        }
        rows
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let name = || prop_oneof!["", "[a-c]{1,3}", "arn:aws:kinesis:[é-ü]{1,4}", "\\PC{0,8}"];
        let names = (name(), name(), name(), name(), name());
        let numbers = prop_oneof![0u64..300, any::<u64>()];
        let row =
            (names, vec(numbers, 3)).prop_map(|((a, b, c, d, e), n)| ([a, b, c, d, e], [n[0], n[1], n[2]]));
        vec(row, 0..60)
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(rows in rows()) {
            let sums = sums(&rows);
            let wanted: Vec<Row> = sums
                .iter()
                .map(|sum| {
                    let Counts { calls, records, bytes } = sum.counts;
                    (sum.key.borrowed().fields().map(str::to_owned), [calls, records, bytes])
                })
                .collect();
            prop_assert_eq!(read_all(&write(&sums)), wanted);
        }

        #[test]
        fn whatever_is_on_disk_is_read_or_refused(rows in rows(), at in any::<prop::sample::Index>(), bits in 1u8..) {
            let _ = read(&[bits; 40], |_, _| ());
            for mut chunk in write(&sums(&rows)) {
                let at = at.index(chunk.len());
                chunk[at] ^= bits;
                let _ = read(&chunk, |_, _| ());
                chunk.truncate(at);
                prop_assert!(read(&chunk, |_, _| ()).is_err());
            }
        }

        #[test]
        fn whatever_was_deflated_is_read_or_refused(raw in vec(any::<u8>(), 0..80)) {
            let mut deflated = Vec::new();
            DeflateEncoder::new(&*raw, Compression::fast()).read_to_end(&mut deflated).unwrap();
            let _ = read(&deflated, |_, _| ());
        }
    }

    #[test]
    fn nothing_is_visited_of_a_chunk_that_is_not_whole() {
        let visited = |name_of_second: u8| {
            // Two sums with a name in the first column, and none in the others.
            let mut raw = vec![2, 1, 0, 1, b'p', 0, name_of_second];
            raw.extend([1, 0, 0, 0, 0].repeat(COLUMNS - 1));
            raw.extend([1, 1, 2, 2, 3, 3]);
            let mut deflated = Vec::new();
            DeflateEncoder::new(&*raw, Compression::fast()).read_to_end(&mut deflated).unwrap();
            let mut visited = 0;
            (read(&deflated, |_, _| visited += 1).is_ok(), visited)
        };
        assert_eq!((visited(0), visited(1)), ((true, 2), (false, 0)));
    }

    #[test]
    fn many_sums_are_several_chunks() {
        let row =
            |n: usize| (["p".repeat(100), format!("{n:05}"), "".into(), "".into(), "".into()], [1, 2, 3]);
        let rows: Vec<Row> = (0..SUMS_MAX * 2).map(row).collect();
        let chunks = write(&sums(&rows));
        assert!(chunks.len() > 2, "{}", chunks.len());
        assert_eq!(read_all(&chunks), rows);
    }
}
