//! How a record is shown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Stdout, Write};

use anyhow::Context as _;
use base64_simd::STANDARD;
use flumen_consumer::{Batch, Record};
use flumen_envelope::{Context, OpenError, OpenedMessage, Opener};
use flumen_protocol::kpl;
use serde::Serialize;

use crate::when;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The data and a line feed, byte for byte.
    Raw,
    /// JSON indented, and nothing that would change the terminal.
    Terminal,
    /// One JSON object a record.
    Objects,
}

pub struct Printer<W: Write = Stdout> {
    to: BufWriter<W>,
    form: Form,
    key: Option<String>,
    left: Option<usize>,
    /// Without, records are in clear.
    opener: Option<Opener>,
    printed: usize,
    unopened: usize,
}

/// A record that a producer has written, alone or in an aggregate.
#[derive(Clone, Copy)]
struct Shown<'a> {
    shard: &'a str,
    record: &'a Record,
    sub_sequence_number: Option<usize>,
    key: &'a str,
    data: &'a [u8],
    /// Of one that was encrypted.
    context: Option<&'a Context>,
}

impl Printer {
    pub fn new(form: Form, key: Option<String>, limit: Option<usize>, opener: Option<Opener>) -> Self {
        let to = BufWriter::new(io::stdout());
        Printer { to, form, key, left: limit, opener, printed: 0, unopened: 0 }
    }
}

impl<W: Write> Printer<W> {
    pub fn is_done(&self) -> bool {
        self.left == Some(0)
    }

    pub fn printed(&self) -> usize {
        self.printed
    }

    /// Records that were encrypted otherwise than they are decrypted.
    pub fn unopened(&self) -> usize {
        self.unopened
    }

    /// An error is of the output, or that a key service does not do what it is asked for.
    pub async fn print(&mut self, batch: &Batch) -> anyhow::Result<()> {
        for record in &batch.records {
            let shown = Shown {
                shard: &batch.shard,
                record,
                sub_sequence_number: None,
                key: &record.key,
                data: &record.data,
                context: None,
            };
            match kpl::open(&record.data) {
                None => self.one(&shown).await?,
                Some(contained) => {
                    for (place, inner) in contained.iter().enumerate() {
                        let sub_sequence_number = Some(place);
                        let inner = Shown { sub_sequence_number, key: inner.key, data: inner.data, ..shown };
                        self.one(&inner).await?;
                    }
                }
            }
        }
        Ok(self.to.flush()?)
    }

    async fn one(&mut self, shown: &Shown<'_>) -> anyhow::Result<()> {
        if self.is_done() || self.key.as_deref().is_some_and(|key| key != shown.key) {
            return Ok(());
        }
        let Some(opener) = &self.opener else { return Ok(self.write(shown)?) };
        match opener.open(shown.data).await {
            Ok(OpenedMessage { plaintext, context, .. }) => {
                Ok(self.write(&Shown { data: &plaintext, context: Some(&context), ..*shown })?)
            }
            // What the service will say to the next one is not known, so none is passed over.
            Err(error @ OpenError::Kms(_)) => Err(error).with_context(|| shown.place()),
            Err(error) => {
                self.unopened += 1;
                crate::note(format_args!("{}: {error}", shown.place()));
                Ok(())
            }
        }
    }

    fn write(&mut self, shown: &Shown<'_>) -> io::Result<()> {
        match self.form {
            Form::Raw => self.to.write_all(shown.data)?,
            Form::Terminal => self.to.write_all(for_terminal(shown.data).as_bytes())?,
            Form::Objects => serde_json::to_writer(&mut self.to, &Object::of(shown))?,
        }
        self.to.write_all(b"\n")?;
        self.printed += 1;
        self.left = self.left.map(|left| left - 1);
        Ok(())
    }
}

impl Shown<'_> {
    /// Where it is, for people.
    fn place(&self) -> String {
        let within = self.sub_sequence_number.map(|place| format!(", record {place} of the aggregate"));
        let sequence_number = &self.record.sequence_number;
        format!("{} {sequence_number}{}", self.shard, within.unwrap_or_default())
    }
}

fn for_terminal(data: &[u8]) -> String {
    let is_container = data.trim_ascii_start().starts_with(b"{") || data.trim_ascii_start().starts_with(b"[");
    let is_json = is_container && serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok();
    let text = String::from_utf8_lossy(data);
    let text = if is_json { Cow::Owned(indented(&text)) } else { text };
    let safe = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    text.chars().map(safe).collect()
}

/// Only the space between tokens changes: order and digits are the producer's. The text is valid JSON.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut tokens = json.chars().peekable();
    let line = |out: &mut String, depth| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = tokens.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                while tokens.next_if(char::is_ascii_whitespace).is_some() {}
                match tokens.next_if(|c| matches!(c, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    out
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    shard: &'a str,
    sequence_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_sequence_number: Option<usize>,
    arrival: String,
    partition_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context: Option<BTreeMap<&'a str, &'a str>>,
    /// Text, or else base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
}

impl<'a> Object<'a> {
    fn of(shown: &Shown<'a>) -> Self {
        let data = std::str::from_utf8(shown.data).ok();
        Object {
            shard: shown.shard,
            sequence_number: &shown.record.sequence_number,
            sub_sequence_number: shown.sub_sequence_number,
            arrival: when::time(shown.record.arrival_ms),
            partition_key: shown.key,
            encryption_context: shown.context.map(own_pairs),
            data,
            data_base64: data.is_none().then(|| STANDARD.encode_to_string(shown.data)),
        }
    }
}

/// Without those of the format.
fn own_pairs(context: &Context) -> BTreeMap<&str, &str> {
    context.iter().filter(|(key, _)| !key.starts_with("aws-crypto-")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn printed(form: Form, key: Option<&str>, limit: Option<usize>, records: &[(&str, &[u8])]) -> String {
        let (text, unopened) = opened(form, key, limit, None, records);
        assert_eq!(unopened, 0);
        text
    }

    fn opened(
        form: Form,
        key: Option<&str>,
        limit: Option<usize>,
        opener: Option<Opener>,
        records: &[(&str, &[u8])],
    ) -> (String, usize) {
        let record = |(key, data): &(&str, &[u8])| Record {
            sequence_number: "1".into(),
            key: (*key).into(),
            arrival_ms: 0,
            data: data.to_vec(),
        };
        let batch = Batch { shard: "shardId-0".into(), records: records.iter().map(record).collect() };
        let to = BufWriter::new(Vec::new());
        let key = key.map(str::to_owned);
        let mut printer = Printer { to, form, key, left: limit, opener, printed: 0, unopened: 0 };
        block_on(printer.print(&batch)).unwrap();
        let text = String::from_utf8(printer.to.into_inner().unwrap()).unwrap();
        (text, printer.unopened)
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    /// Records `x` of key `a`, and `y` of key `b`.
    fn aggregate() -> Vec<u8> {
        aggregate_of(b"x", b"y")
    }

    fn aggregate_of(a: &[u8], b: &[u8]) -> Vec<u8> {
        use md5::Digest as _;
        // A length of two bytes, which protobuf takes for any below 16384.
        let length = |bytes: usize| [(bytes & 0x7f) as u8 | 0x80, (bytes >> 7) as u8];
        let record = |key: u8, data: &[u8]| {
            let inner = [&[0x08, key, 0x1a][..], &length(data.len()), data].concat();
            [&[0x1a][..], &length(inner.len()), &inner].concat()
        };
        let message = [&b"\x0a\x01a\x0a\x01b"[..], &record(0, a), &record(1, b)].concat();
        [b"\xf3\x89\x9a\xc2", &message[..], md5::Md5::digest(&message).as_slice()].concat()
    }

    #[test]
    fn raw_data_is_as_it_was_put() {
        let records: [(&str, &[u8]); 2] = [("k", b"{\"a\":1}"), ("k", b"\x1b[2J")];
        assert_eq!(printed(Form::Raw, None, None, &records), "{\"a\":1}\n\x1b[2J\n");
    }

    #[test]
    fn on_a_terminal_json_is_indented_and_control_characters_are_not_obeyed() {
        let json = br#" {"b":1.50,"a":[1, {}],"c":"\"{,"}"#;
        let records: [(&str, &[u8]); 4] = [("k", json), ("k", b"\x1b[2J"), ("k", b"17"), ("k", b"{")];
        let indented = "{\n  \"b\": 1.50,\n  \"a\": [\n    1,\n    {}\n  ],\n  \"c\": \"\\\"{,\"\n}";
        let expected = format!("{indented}\n\u{fffd}[2J\n17\n{{\n");
        assert_eq!(printed(Form::Terminal, None, None, &records), expected);
    }

    #[test]
    fn objects_say_where_a_record_is_from() {
        let text = printed(Form::Objects, None, None, &[("k", b"x"), ("k", b"\xff")]);
        let start = r#"{"shard":"shardId-0","sequenceNumber":"1","arrival":"1970-01-01T00:00:00Z","partitionKey":"k","#;
        assert_eq!(text, format!("{start}\"data\":\"x\"}}\n{start}\"dataBase64\":\"/w==\"}}\n"));
    }

    #[test]
    fn aggregates_are_opened() {
        let data = aggregate();
        assert_eq!(printed(Form::Raw, None, None, &[("z", &data)]), "x\ny\n");
        assert_eq!(printed(Form::Raw, Some("b"), None, &[("z", &data)]), "y\n");
        let objects = printed(Form::Objects, Some("b"), None, &[("z", &data)]);
        assert!(objects.contains(r#""subSequenceNumber":1,"#), "{objects}");
    }

    #[test]
    fn keys_are_chosen_before_they_are_counted() {
        let records: [(&str, &[u8]); 4] = [("a", b"1"), ("b", b"2"), ("b", b"3"), ("b", b"4")];
        assert_eq!(printed(Form::Raw, Some("b"), Some(2), &records), "2\n3\n");
        assert_eq!(printed(Form::Raw, None, Some(0), &records), "");
    }

    #[test]
    fn encrypted_records_are_opened_alone_and_in_aggregates() {
        use flumen_envelope::{Keyring, Sealer};
        let keyring = || Keyring::aes("flumen", "aes", &[7; 32]).unwrap();
        let sealer = Sealer::new(keyring(), Default::default()).unwrap();
        let context = Context::new([("team", "a")]).unwrap();
        let seal = |data: &[u8]| block_on(sealer.seal(&context, data)).unwrap();
        let (alone, aggregate) = (seal(b"alone"), aggregate_of(&seal(b"x"), &seal(b"y")));
        let damaged = [&seal(b"z")[..], b"!"].concat();
        let records: [(&str, &[u8]); 4] =
            [("k", &alone), ("k", &aggregate), ("k", b"in clear"), ("k", &damaged)];
        let opener = || Some(Opener::new(keyring(), Default::default()).unwrap());
        assert_eq!(opened(Form::Raw, None, None, opener(), &records), ("alone\nx\ny\n".to_owned(), 2));
        // What is not asked for is not opened.
        assert_eq!(opened(Form::Raw, Some("b"), None, opener(), &records), ("y\n".to_owned(), 0));
        let (objects, _) = opened(Form::Objects, None, Some(1), opener(), &records);
        assert!(objects.contains(r#""encryptionContext":{"team":"a"},"data":"alone""#), "{objects}");
    }
}
