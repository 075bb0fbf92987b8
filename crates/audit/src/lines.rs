//! Events as bytes: a line each, behind its time; packed where they are kept for long.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::event::Line;

/// No chunk is larger, so nothing that is read is either.
const PLAIN_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why bytes are no events.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("they are not packed as events are: {0}")]
    NotPacked(String),
    #[error("they are larger than {PLAIN_BYTES_MAX} bytes")]
    TooLarge,
    #[error("line {0} has no time")]
    NoTime(usize),
}

/// `TIME TAB EVENT LF` of each.
pub(crate) fn written<'a>(lines: impl Iterator<Item = (u64, &'a str)>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4096);
    for (at_ms, text) in lines {
        let _ = writeln!(bytes, "{at_ms}\t{text}");
    }
    bytes
}

pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Line>, Unread> {
    let text = std::str::from_utf8(bytes).map_err(|error| Unread::NotPacked(error.to_string()))?;
    let line = |(number, line): (usize, &str)| {
        let (at_ms, text) = line.split_once('\t').ok_or(Unread::NoTime(number + 1))?;
        let at_ms = at_ms.parse().map_err(|_| Unread::NoTime(number + 1))?;
        Ok(Line { at_ms, text: text.into() })
    };
    text.lines().enumerate().map(line).collect()
}

/// Smaller by what events have in common.
pub(crate) fn packed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(plain.len() / 6), Compression::new(PACKING));
    // Writing to memory does not fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default()
}

/// Of ten levels; those above it take longer than what they save is worth.
const PACKING: u32 = 4;

pub(crate) fn unpacked(packed: &[u8]) -> Result<Vec<u8>, Unread> {
    let mut plain = Vec::new();
    let mut decoder = DeflateDecoder::new(packed).take(PLAIN_BYTES_MAX + 1);
    decoder.read_to_end(&mut plain).map_err(|error| Unread::NotPacked(error.to_string()))?;
    match plain.len() as u64 > PLAIN_BYTES_MAX {
        true => Err(Unread::TooLarge),
        false => Ok(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back() {
        let lines = [(5, r#"{"a":"b\tc"}"#), (7, "{}")];
        let plain = written(lines.into_iter());
        let read = read(&unpacked(&packed(&plain)).unwrap()).unwrap();
        assert_eq!(read.iter().map(|line| (line.at_ms, &*line.text)).collect::<Vec<_>>(), lines);
    }

    #[test]
    fn what_are_no_events_is_said() {
        assert!(matches!(unpacked(b"\xff\xff"), Err(Unread::NotPacked(_))));
        assert_eq!(read(b"5\t{}\n{}\n"), Err(Unread::NoTime(2)));
        let bomb = packed(&vec![0; PLAIN_BYTES_MAX as usize + 1]);
        assert_eq!(unpacked(&bomb), Err(Unread::TooLarge));
    }
}
