//! Where records come from: lines that a thread reads ahead of the sender, within a budget of bytes.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use flumen_producer::Record;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// The largest record that any stream takes, and so the longest line.
const RECORD_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Lines that have been read and not been stored.
const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;
const LINES_AHEAD: usize = 2048;
const READ_BUFFER: usize = 256 * 1024;

const _: () = assert!(RECORD_BYTES_MAX < HELD_BYTES_MAX);

/// Where a record comes from.
pub struct Origin {
    /// Counted from 1.
    pub line: u64,
    _held: Option<OwnedSemaphorePermit>,
}

/// What a record's partition key is.
pub enum Keys {
    Fixed(String),
    Field(String),
    Random,
}

impl Keys {
    fn of(&self, data: &[u8]) -> Result<String, String> {
        match self {
            Keys::Fixed(key) => Ok(key.clone()),
            Keys::Random => Ok(format!("{:016x}", fastrand::u64(..))),
            Keys::Field(field) => {
                let value: serde_json::Value =
                    serde_json::from_slice(data).map_err(|error| format!("no JSON: {error}"))?;
                match value.get(field) {
                    None => Err(format!("no field {field:?}")),
                    Some(serde_json::Value::String(key)) => Ok(key.clone()),
                    Some(other) => Ok(other.to_string()),
                }
            }
        }
    }
}

pub struct Lines {
    keys: Keys,
    source: mpsc::Receiver<std::io::Result<Line>>,
    /// Lines that are no records.
    pub refused: usize,
}

struct Line {
    number: u64,
    /// `None` if it is too long.
    data: Option<Vec<u8>>,
    held: Option<OwnedSemaphorePermit>,
}

impl Lines {
    pub fn one(data: Vec<u8>, keys: Keys) -> Self {
        let (to, source) = mpsc::channel(1);
        let _ = to.try_send(Ok(Line { number: 1, data: Some(data), held: None }));
        Lines { keys, source, refused: 0 }
    }

    /// Standard input without a file.
    pub fn of_file(file: Option<PathBuf>, keys: Keys) -> anyhow::Result<Self> {
        let (to, source) = mpsc::channel(LINES_AHEAD);
        let budget = Arc::new(Semaphore::new(HELD_BYTES_MAX));
        match file {
            None => std::thread::spawn(move || read(std::io::stdin().lock(), &budget, &to)),
            Some(path) => {
                let file = File::open(&path).with_context(|| path.display().to_string())?;
                std::thread::spawn(move || read(BufReader::with_capacity(READ_BUFFER, file), &budget, &to))
            }
        };
        Ok(Lines { keys, source, refused: 0 })
    }

    /// The next record, waited for; `None` at the end.
    pub async fn next(&mut self) -> anyhow::Result<Option<Record<Origin>>> {
        while let Some(line) = self.source.recv().await {
            if let Some(record) = self.record(line.context("input")?) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// The next record if it is there.
    pub fn ready(&mut self) -> anyhow::Result<Option<Record<Origin>>> {
        while let Ok(line) = self.source.try_recv() {
            if let Some(record) = self.record(line.context("input")?) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn record(&mut self, line: Line) -> Option<Record<Origin>> {
        let read = match line.data {
            None => Err(format!("longer than {RECORD_BYTES_MAX} bytes")),
            Some(data) => self.keys.of(&data).map(|key| (key, data)),
        };
        match read {
            Ok((key, data)) => {
                let opaque = Origin { line: line.number, _held: line.held };
                Some(Record { key, data, opaque })
            }
            Err(why) => {
                self.refused += 1;
                crate::note(format_args!("line {}: {why}", line.number));
                None
            }
        }
    }
}

fn read(mut from: impl BufRead, budget: &Arc<Semaphore>, to: &mpsc::Sender<std::io::Result<Line>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let Ok(runtime) = runtime else { return };
    for number in 1.. {
        let sent = match line(&mut from) {
            Ok(None) => return,
            Err(error) => to.blocking_send(Err(error)),
            Ok(Some(data)) => {
                let data = Some(data).filter(|data| data.len() <= RECORD_BYTES_MAX);
                let bytes = data.as_ref().map_or(0, Vec::len);
                // At most RECORD_BYTES_MAX, which fits.
                let held = runtime.block_on(budget.clone().acquire_many_owned(bytes as u32)).ok();
                to.blocking_send(Ok(Line { number, data, held }))
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

/// A line without its end. Of one that is too long, one byte more than is allowed.
fn line(from: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut data = Vec::new();
    let read = from.by_ref().take(RECORD_BYTES_MAX as u64 + 1).read_until(b'\n', &mut data)?;
    if read == 0 {
        return Ok(None);
    }
    if data.last() == Some(&b'\n') {
        data.pop();
        if data.last() == Some(&b'\r') {
            data.pop();
        }
    } else if data.len() > RECORD_BYTES_MAX {
        from.skip_until(b'\n')?;
    }
    Ok(Some(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_and_without_a_carriage_return_or_not_at_all() {
        let mut text = &b"a\r\n\nb\rc\nd"[..];
        let lines = std::iter::from_fn(|| line(&mut text).unwrap()).collect::<Vec<_>>();
        assert_eq!(lines, [&b"a"[..], b"", b"b\rc", b"d"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = [vec![b'x'; RECORD_BYTES_MAX + 7], b"\nnext\n".to_vec()].concat();
        let mut text = &long[..];
        assert!(line(&mut text).unwrap().unwrap().len() > RECORD_BYTES_MAX);
        assert_eq!(line(&mut text).unwrap().unwrap(), b"next");
        let longest = [vec![b'x'; RECORD_BYTES_MAX], b"\nnext".to_vec()].concat();
        let mut text = &longest[..];
        assert_eq!(line(&mut text).unwrap().unwrap().len(), RECORD_BYTES_MAX);
    }

    #[test]
    fn a_key_is_fixed_or_a_field_or_random() {
        let field = Keys::Field("id".into());
        assert_eq!(field.of(br#"{"id":"a"}"#).unwrap(), "a");
        assert_eq!(field.of(br#"{"id":17}"#).unwrap(), "17");
        assert_eq!(field.of(br#"{"x":1}"#).unwrap_err(), "no field \"id\"");
        assert!(field.of(b"{").unwrap_err().starts_with("no JSON"));
        assert_eq!(Keys::Fixed("k".into()).of(b"").unwrap(), "k");
        assert_ne!(Keys::Random.of(b"").unwrap(), Keys::Random.of(b"").unwrap());
    }
}
